// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps in a log. Lines are found wherever they are in a file, and in any order: their
 * key tells to which dump they belong and their number where. Of what a missing line
 * had only the records are lost that it has a part of.
 */
#include <ctype.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "crash.h"
#include "crc32.h"

/* More are not kept: no panic prints as many. */
#define LINES_MAX	65536
#define KEYS_MAX	1024

/* Of a file's line; what is longer is none of ours. */
#define LENGTH_MAX	2048

#define BODY_MAX	512

enum line_kind {
	LINE_BEGIN,
	LINE_END,
	LINE_DATA,
};

/* A line whose CRC is right. */
struct line {
	size_t order;		/* of its dump: the place of its key in @keys */
	uint32_t key;
	uint32_t number;
	enum line_kind kind;
	uint16_t size;		/* of @body; text ends with 0 */
	unsigned char body[BODY_MAX];
};

struct crash_log {
	struct line *lines;
	size_t count;
	size_t room;
	size_t damaged;
	uint32_t keys[KEYS_MAX];
	size_t key_count;
};

/* As in a line, little endian. */
struct wire_record {
	uint64_t number;
	uint64_t time_ns;
	uint32_t size;
	uint32_t kind;
};

/* -- Lines ------------------------------------------------------------------------ */

static int digit_of(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? found - digits : -1;
}

/* Returns the number of bytes, which is less than that of digits; -1 if it is not base64. */
static int decode_base64(const char *text, size_t length, unsigned char *bytes)
{
	uint32_t bits = 0;
	int digit, count = 0, have = 0;

	while (length && text[length - 1] == '=')
		length--;
	for (; length; length--) {
		digit = digit_of(*text++);
		if (digit < 0)
			return -1;
		bits = bits << 6 | digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			bytes[count++] = bits >> have;
		}
	}
	return count;
}

/* Eight hexadecimal digits, lower case, as the kernel prints them. */
static bool parse_hex(const char *text, uint32_t *value)
{
	int i;

	*value = 0;
	for (i = 0; i < 8; i++) {
		if (!isxdigit((unsigned char)text[i]) || isupper((unsigned char)text[i]))
			return false;
		*value = *value << 4 | (isdigit((unsigned char)text[i]) ? text[i] - '0' :
								    text[i] - 'a' + 10);
	}
	return true;
}

static bool parse_body(struct line *line, const char *body, size_t length)
{
	int size;

	if (length >= sizeof(line->body))
		return false;
	if (memchr(body, ' ', length)) {
		line->kind = !strncmp(body, "begin ", 6) ? LINE_BEGIN : LINE_END;
		if (line->kind == LINE_END && strncmp(body, "end ", 4))
			return false;
		memcpy(line->body, body, length);
		line->body[length] = '\0';
		line->size = length;
		return true;
	}
	line->kind = LINE_DATA;
	size = decode_base64(body, length, line->body);
	line->size = size < 0 ? 0 : size;
	return size >= 2 && size <= DMF_CRASH_LINE_BYTES;
}

/* @text has what follows the prefix, without the end of the line. */
static bool parse_line(struct line *line, const char *text)
{
	const char *last = strrchr(text, ' ');
	unsigned long number;
	uint32_t crc;
	char *end;

	if (!last || strlen(last + 1) != 8 || !parse_hex(last + 1, &crc) ||
	    crc32(text, last - text) != crc)
		return false;
	if (!parse_hex(text, &line->key) || text[8] != ' ' || !isdigit((unsigned char)text[9]))
		return false;
	number = strtoul(text + 9, &end, 10);
	if (number >= LINES_MAX || *end != ' ' || end >= last)
		return false;
	line->number = number;
	return parse_body(line, end + 1, last - end - 1);
}

/* Returns its place in @keys, where it is put if it is new; KEYS_MAX if there is no room. */
static size_t find_key(struct crash_log *log, uint32_t key)
{
	size_t i;

	for (i = 0; i < log->key_count; i++) {
		if (log->keys[i] == key)
			return i;
	}
	if (i < KEYS_MAX)
		log->keys[log->key_count++] = key;
	return i;
}

static void add_line(struct crash_log *log, const char *text)
{
	struct line *line;

	log->lines = crash_grow(log->lines, &log->room, log->count + 1, sizeof(*line));
	line = &log->lines[log->count];
	if (log->count == LINES_MAX || !parse_line(line, text)) {
		log->damaged++;
		return;
	}
	line->order = find_key(log, line->key);
	if (line->order < KEYS_MAX)
		log->count++;
	else
		log->damaged++;
}

void crash_log_read(struct crash_log *log, FILE *file)
{
	const size_t prefix = strlen(DMF_CRASH_LINE_PREFIX);
	char text[LENGTH_MAX], *found;
	size_t length = 0;
	bool ended = false;
	int c;

	while (!ended) {
		c = getc(file);
		ended = c == EOF;
		if (!ended && c != '\n' && c != '\r' && c != '\0') {
			/* What is too long is looked at as far as there is room. */
			if (length < sizeof(text) - 1)
				text[length++] = c;
			continue;
		}
		text[length] = '\0';
		found = strstr(text, DMF_CRASH_LINE_PREFIX);
		if (found)
			add_line(log, found + prefix);
		length = 0;
	}
}

/* -- Dumps ------------------------------------------------------------------------ */

static int compare_lines(const void *left, const void *right)
{
	const struct line *a = left, *b = right;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return 0;
}

/* The value of a name, which may be empty. */
static void get_name(const struct line *line, const char *name, char *value)
{
	const char *from = strstr((const char *)line->body, name);
	size_t i = 0;

	if (from) {
		from += strlen(name);
		for (; i < CRASH_NAME_MAX - 1 && from[i] && from[i] != ' '; i++)
			value[i] = from[i];
	}
	value[i] = '\0';
}

static uint64_t get_number(const struct line *line, const char *name)
{
	char value[CRASH_NAME_MAX];

	get_name(line, name, value);
	return isdigit((unsigned char)*value) ? strtoull(value, NULL, 10) : 0;
}

static void decode_names(struct crash_dump *dump, const struct line *line)
{
	get_name(line, " component=", dump->component);
	get_name(line, " driver=", dump->driver);
	get_name(line, " device=", dump->device);
	dump->last = get_number(line, " last=");
	dump->dropped = get_number(line, " dropped=");
	dump->named = true;
}

/* What is known of the records while their lines are read. */
struct assembly {
	struct crash_dump *dump;
	unsigned char *bytes;	/* of a record, as far as it has been read */
	size_t size;
	size_t room;
	bool in_step;		/* @bytes begins with a record */
};

/* Tell the whole records, keep the rest. */
static void take_records(struct assembly *assembly)
{
	const unsigned char *bytes = assembly->bytes;
	struct crash_record record = { };
	size_t left = assembly->size;
	struct wire_record wire;

	while (left >= sizeof(wire)) {
		memcpy(&wire, bytes, sizeof(wire));
		record.number = le64toh(wire.number);
		record.time_ns = le64toh(wire.time_ns);
		record.size = le32toh(wire.size);
		record.kind = le32toh(wire.kind);
		if (record.size > DMF_CRASH_RING_SIZE_MAX) {
			assembly->dump->broken++;
			assembly->in_step = false;
			left = 0;
			break;
		}
		if (left - sizeof(wire) < record.size)
			break;
		crash_dump_add(assembly->dump, &record, bytes + sizeof(wire));
		bytes += sizeof(wire) + record.size;
		left -= sizeof(wire) + record.size;
	}
	memmove(assembly->bytes, bytes, left);
	assembly->size = left;
}

static void lose_step(struct assembly *assembly)
{
	assembly->in_step = false;
	assembly->size = 0;
}

static void add_bytes(struct assembly *assembly, const struct line *line)
{
	size_t first = line->body[0] | line->body[1] << 8, size = line->size - 2, from = 0;

	if (!assembly->in_step) {
		/* DMF_CRASH_LINE_NO_RECORD is larger than any line. */
		if (first >= size)
			return;
		from = first;
		assembly->in_step = true;
	}
	assembly->bytes = crash_grow(assembly->bytes, &assembly->room,
				     assembly->size + size - from, 1);
	memcpy(assembly->bytes + assembly->size, line->body + 2 + from, size - from);
	assembly->size += size - from;
	take_records(assembly);
}

/* One dump, from its sorted lines. */
static void decode_lines(struct crash_dump *dump, const struct line *lines, size_t count)
{
	struct assembly assembly = { .dump = dump };
	bool begun = false, ended = false;
	uint32_t expected = 0;
	size_t i;

	dump->key = lines->key;
	for (i = 0; i < count; i++) {
		/* The same line may be in several files. */
		if (i && lines[i].number == lines[i - 1].number)
			continue;
		if (lines[i].number != expected) {
			dump->missing += lines[i].number - expected;
			lose_step(&assembly);
		}
		expected = lines[i].number + 1;
		if (lines[i].kind == LINE_DATA) {
			add_bytes(&assembly, &lines[i]);
			continue;
		}
		decode_names(dump, &lines[i]);
		begun |= lines[i].kind == LINE_BEGIN;
		ended |= lines[i].kind == LINE_END;
	}
	if (assembly.size)
		dump->broken++;
	dump->whole = begun && ended;
	free(assembly.bytes);
}

size_t crash_log_decode(struct crash_log *log, crash_found_fn *found)
{
	size_t first, next, dumps = 0;

	if (log->count)
		qsort(log->lines, log->count, sizeof(*log->lines), compare_lines);
	for (first = 0; first < log->count; first = next) {
		struct crash_dump dump = { };

		for (next = first; next < log->count; next++) {
			if (log->lines[next].order != log->lines[first].order)
				break;
		}
		decode_lines(&dump, log->lines + first, next - first);
		found(&dump);
		crash_dump_free(&dump);
		dumps++;
	}
	return dumps;
}

struct crash_log *crash_log_new(void)
{
	size_t room = 0;

	return memset(crash_grow(NULL, &room, 1, sizeof(struct crash_log)), 0,
		      sizeof(struct crash_log));
}

size_t crash_log_damaged(const struct crash_log *log)
{
	return log->damaged;
}

void crash_log_free(struct crash_log *log)
{
	free(log->lines);
	free(log);
}
