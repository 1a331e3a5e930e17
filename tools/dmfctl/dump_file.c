// SPDX-License-Identifier: GPL-2.0-only
#include <byteswap.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crc32.h"
#include "dump_file.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* Of headers in a file; no version has larger ones. */
#define HEAD_MAX	4096

/* -- Reading ----------------------------------------------------------------------- */

static unsigned char *grow(unsigned char *bytes, size_t *room)
{
	unsigned char *larger;

	*room = *room ? 2 * *room : 65536;
	larger = realloc(bytes, *room);
	if (!larger)
		free(bytes);
	return larger;
}

unsigned char *dump_file_read(int fd, size_t *size)
{
	unsigned char *bytes = NULL;
	size_t room = 0;
	ssize_t got = 1;

	for (*size = 0; got > 0 && *size < DUMP_FILE_MAX; *size += got) {
		if (*size == room) {
			bytes = grow(bytes, &room);
			if (!bytes)
				return NULL;
		}
		do {
			got = read(fd, bytes + *size, room - *size);
		} while (got < 0 && errno == EINTR);
		if (got < 0) {
			free(bytes);
			return NULL;
		}
	}
	return bytes;
}

/* -- Numbers and texts --------------------------------------------------------------- */

static void swap32(__u32 *number)
{
	*number = bswap_32(*number);
}

static void swap64(__u64 *number)
{
	*number = bswap_64(*number);
}

static void header_swap(struct dmf_dump_header *header)
{
	header->major = bswap_16(header->major);
	header->minor = bswap_16(header->minor);
	swap32(&header->header_size);
	swap32(&header->section_size);
	swap32(&header->sections);
	swap32(&header->flags);
	swap32(&header->crc);
	swap32(&header->pointer_size);
	swap64((__u64 *)&header->size);
	swap64((__u64 *)&header->time_ns);
	swap64((__u64 *)&header->uptime_ns);
	swap64((__u64 *)&header->code);
	swap64((__u64 *)&header->parameter);
}

static void section_swap(struct dmf_dump_section *head)
{
	swap32(&head->type);
	swap32(&head->flags);
	swap32(&head->id);
	swap32(&head->parent);
	swap64((__u64 *)&head->size);
	swap64((__u64 *)&head->total);
}

/* -- Taking apart ---------------------------------------------------------------------- */

/* The version of the header that is known; a longer one begins with it. */
static const char *parse_header(struct dmf_dump_header *header, const unsigned char *bytes,
				size_t size, bool *swapped)
{
	if (size < sizeof(*header))
		return "too short";
	memcpy(header, bytes, sizeof(*header));
	if (memcmp(header->magic, DMF_DUMP_MAGIC, sizeof(header->magic)))
		return "not a dump of a DMF device";
	*swapped = header->byte_order == bswap_32(DMF_DUMP_BYTE_ORDER);
	if (*swapped)
		header_swap(header);
	else if (header->byte_order != DMF_DUMP_BYTE_ORDER)
		return "not a dump of a DMF device";
	if (header->major != DMF_DUMP_MAJOR)
		return "a version that this program does not know";
	if (header->header_size < sizeof(*header) || header->header_size > HEAD_MAX ||
	    header->section_size < sizeof(struct dmf_dump_section) ||
	    header->section_size > HEAD_MAX)
		return "impossible sizes";

	header->text[sizeof(header->text) - 1] = '\0';
	header->report_type[sizeof(header->report_type) - 1] = '\0';
	header->release[sizeof(header->release) - 1] = '\0';
	header->driver[sizeof(header->driver) - 1] = '\0';
	header->device[sizeof(header->device) - 1] = '\0';
	return NULL;
}

static bool add_section(struct dump_file *dump, const struct dump_section *section)
{
	struct dump_section *larger;

	/* At 0, 1, 2, 4, ... there is no room any more. */
	if (!(dump->count & (dump->count - 1))) {
		larger = realloc(dump->sections,
				 (dump->count ? 2 * dump->count : 1) * sizeof(*larger));
		if (!larger)
			return false;
		dump->sections = larger;
	}
	dump->sections[dump->count++] = *section;
	return true;
}

/* Returns what is wrong, or NULL. */
static const char *parse_sections(struct dump_file *dump, const unsigned char *bytes,
				  size_t size, bool swapped)
{
	const struct dmf_dump_header *header = &dump->header;
	size_t offset = header->header_size;
	struct dump_section section;

	while (dump->count < DUMP_SECTIONS_MAX) {
		if (offset > size || size - offset < header->section_size)
			return "the file is cut";
		memcpy(&section.head, bytes + offset, sizeof(section.head));
		if (swapped)
			section_swap(&section.head);
		section.head.name[sizeof(section.head.name) - 1] = '\0';
		offset += header->section_size;
		section.data = bytes + offset;
		if (section.head.type == DMF_DUMP_END)
			return NULL;

		if (section.head.size > size - offset) {
			section.head.size = size - offset;
			section.head.flags |= DMF_DUMP_CUT;
		}
		offset += section.head.size;
		offset += -offset & 7;
		if (!add_section(dump, &section))
			return "no memory for all of it";
	}
	return "more sections than this program shows";
}

const char *dump_file_parse(struct dump_file *dump, const unsigned char *bytes, size_t size)
{
	const struct dmf_dump_header *header = &dump->header;
	const char *defect;
	bool swapped;

	memset(dump, 0, sizeof(*dump));
	defect = parse_header(&dump->header, bytes, size, &swapped);
	if (defect)
		return defect;

	dump->defect = parse_sections(dump, bytes, size, swapped);
	if (dump->defect)
		return NULL;
	if (header->size > size)
		dump->defect = "the file is cut";
	else if (header->size < header->header_size ||
		 header->crc != crc32(bytes + header->header_size,
				      header->size - header->header_size))
		dump->defect = "the checksum does not fit";
	return NULL;
}

void dump_file_free(struct dump_file *dump)
{
	free(dump->sections);
	dump->sections = NULL;
	dump->count = 0;
}

/* -- Types -------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool is_text;
} types[] = {
	[DMF_DUMP_MODULE]	= { "module", true },
	[DMF_DUMP_TEXT]		= { "text", true },
	[DMF_DUMP_CONFIG]	= { "config", false },
	[DMF_DUMP_CONTEXT]	= { "context", false },
	[DMF_DUMP_REGION]	= { "region", false },
	[DMF_DUMP_STRUCTURE]	= { "structure", false },
};

const char *dump_type_name(unsigned int type)
{
	return type < ARRAY_SIZE(types) ? types[type].name : NULL;
}

bool dump_type_is_text(unsigned int type)
{
	return type < ARRAY_SIZE(types) && types[type].is_text;
}
