/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A dump, taken apart. It is taken as a file of anybody: what it says of itself is
 * checked against its size, and bounded.
 */
#ifndef DMFCTL_DUMP_FILE_H
#define DMFCTL_DUMP_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/dmf/dump.h>

/* A longer file is cut, further sections are not seen. */
#define DUMP_FILE_MAX		(128 * 1024 * 1024)
#define DUMP_SECTIONS_MAX	16384

/**
 * struct dump_section - one section
 * @head: as this machine has its numbers; the name ends.
 * @data: &dmf_dump_section.size bytes, within the file.
 */
struct dump_section {
	struct dmf_dump_section head;
	const unsigned char *data;
};

/**
 * struct dump_file - a dump
 * @header: as this machine has its numbers; all strings end.
 * @sections: without the last, which is empty.
 * @count: of @sections.
 * @defect: what is wrong with the file, NULL if nothing is; what was there before the
 *	defect is in @sections.
 */
struct dump_file {
	struct dmf_dump_header header;
	struct dump_section *sections;
	size_t count;
	const char *defect;
};

/* All of a file, for free(); NULL with errno. */
unsigned char *dump_file_read(int fd, size_t *size);

/*
 * Returns NULL, or why this is no dump at all. The bytes must stay until
 * dump_file_free(), and do not belong to @dump.
 */
const char *dump_file_parse(struct dump_file *dump, const unsigned char *bytes, size_t size);
void dump_file_free(struct dump_file *dump);

/* What a type of section is called; NULL if it is not known. */
const char *dump_type_name(unsigned int type);
/* Are the data text? */
bool dump_type_is_text(unsigned int type);

#endif /* DMFCTL_DUMP_FILE_H */
