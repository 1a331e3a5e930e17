// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lines in which CrashDump prints its records, as uapi/linux/dmf/crash.h says. Runs
 * in a panic: all memory is the caller's, and there are no locks.
 *
 * Each line stands for itself, with a number and a CRC, because of what a log does to
 * lines: it puts times and levels in front of them, others print in between, and
 * where space ends the oldest ones go. What is asked for by name, who has printed it,
 * is therefore in the first line and in the last, readable without a decoder.
 */
#include <linux/base64.h>
#include <linux/crc32.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "crash_dump.h"

/* As struct dmf_crash_record, in a line. */
struct crash_text_record {
	__le64 number;
	__le64 time_ns;
	__le32 size;
	__le32 kind;
};

static_assert(sizeof(struct crash_text_record) == sizeof(struct dmf_crash_record));
static_assert(sizeof(struct crash_text_bytes) == DMF_CRASH_LINE_BYTES);
static_assert(DMF_CRASH_LINE_BYTES % 3 == 0);	/* base64 without padding */

/* Put the CRC behind a line of that length, and print it. */
static void crash_text_end_line(struct crash_text *text, size_t length)
{
	u32 crc = ~crc32_le(~0, (const u8 *)text->line, length);

	snprintf(text->line + length, sizeof(text->line) - length, " %08x", crc);
	text->print(text->context, text->line);
	text->number++;
}

/* Return: the length of what is in front of the body. */
static size_t crash_text_begin_line(struct crash_text *text)
{
	return scnprintf(text->line, sizeof(text->line), "%08x %u ", text->key, text->number);
}

static void crash_text_empty(struct crash_text *text)
{
	text->used = 0;
	text->bytes.first = cpu_to_le16(DMF_CRASH_LINE_NO_RECORD);
}

void crash_text_init(struct crash_text *text, u32 key,
		     void (*print)(void *context, const char *line), void *context)
{
	text->print = print;
	text->context = context;
	text->key = key;
	text->number = 0;
	crash_text_empty(text);
}

/* A line with text of at most as many characters as other lines have. */
void crash_text_say(struct crash_text *text, const char *format, ...)
{
	size_t length = crash_text_begin_line(text);
	va_list arguments;

	va_start(arguments, format);
	length += vscnprintf(text->line + length, CRASH_BASE64_SIZE + 1, format, arguments);
	va_end(arguments);
	crash_text_end_line(text, length);
}

/* Print what has not been printed. */
void crash_text_flush(struct crash_text *text)
{
	size_t length;

	if (!text->used)
		return;
	length = crash_text_begin_line(text);
	length += base64_encode((const u8 *)&text->bytes,
				offsetof(struct crash_text_bytes, records) + text->used,
				text->line + length);
	crash_text_end_line(text, length);
	crash_text_empty(text);
}

static void crash_text_add_bytes(struct crash_text *text, const void *bytes, size_t size)
{
	size_t part;

	while (size) {
		part = min(size, sizeof(text->bytes.records) - text->used);
		memcpy(text->bytes.records + text->used, bytes, part);
		text->used += part;
		bytes += part;
		size -= part;
		if (text->used == sizeof(text->bytes.records))
			crash_text_flush(text);
	}
}

/* @record has its data behind it. */
void crash_text_add(struct crash_text *text, const struct dmf_crash_record *record)
{
	const struct crash_text_record header = {
		.number = cpu_to_le64(record->number),
		.time_ns = cpu_to_le64(record->time_ns),
		.size = cpu_to_le32(record->size),
		.kind = cpu_to_le32(record->kind),
	};

	if (text->bytes.first == cpu_to_le16(DMF_CRASH_LINE_NO_RECORD))
		text->bytes.first = cpu_to_le16(text->used);
	crash_text_add_bytes(text, &header, sizeof(header));
	crash_text_add_bytes(text, record + 1, record->size);
}
