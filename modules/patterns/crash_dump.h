/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CrashDump's structure, which its suite takes apart as a panic would find it, and the
 * lines that it prints.
 */
#ifndef _DMF_MODULES_CRASH_DUMP_H
#define _DMF_MODULES_CRASH_DUMP_H

#include <linux/compiler_attributes.h>
#include <linux/list.h>
#include <linux/notifier.h>
#include <linux/types.h>

#include <linux/dmf/crash_dump.h>
#include <linux/dmf/module.h>
#include <uapi/linux/dmf/crash.h>

#define CRASH_BASE64_SIZE	(DMF_CRASH_LINE_BYTES / 3 * 4)
/* Key, number, body and CRC, with blanks in between and a NUL. */
#define CRASH_LINE_SIZE		(8 + 1 + 10 + 1 + CRASH_BASE64_SIZE + 1 + 8 + 1)

/* What a line holds; see DMF_CRASH_LINE_BYTES. */
struct crash_text_bytes {
	__le16 first;
	u8 records[DMF_CRASH_LINE_BYTES - 2];
};

/**
 * struct crash_text - the lines of one dump
 * @print: where they go: printk, or a suite's memory.
 * @context: for @print.
 * @key: of the dump.
 * @number: of the next line.
 * @used: bytes of records in @bytes.
 * @bytes: of the next line.
 * @line: the line that is being put together.
 *
 * Who uses it is alone.
 */
struct crash_text {
	void (*print)(void *context, const char *line);
	void *context;
	u32 key;
	u32 number;
	size_t used;
	struct crash_text_bytes bytes;
	char line[CRASH_LINE_SIZE];
};

void crash_text_init(struct crash_text *text, u32 key,
		     void (*print)(void *context, const char *line), void *context);
__printf(2, 3) void crash_text_say(struct crash_text *text, const char *format, ...);
void crash_text_add(struct crash_text *text, const struct dmf_crash_record *record);
void crash_text_flush(struct crash_text *text);

struct dmf_crash_dump {
	struct dmf_module module;

	/* Constant from creation on. */
	char component[DMF_CRASH_DUMP_COMPONENT_MAX];
	u32 record_size;
	u32 slot_size;
	u32 slot_count;
	u32 additional_size;
	size_t panic_size;

	/* Constant while open. The ring's slots, last and dropped: see crash_dump.c. */
	struct dmf_crash_ring *ring;		/* NULL unless open */
	size_t ring_size;
	struct list_head node;			/* in crash_dumps, under its lock */
	unsigned int place;			/* in dmf_crash_rings, the same */
	struct notifier_block notifier;

	/* Of whoever prints: there is one panic. */
	bool printed;				/* or it is being done */
	struct dmf_crash_record *copy;		/* of a record */
	struct crash_text text;
};

/* The symbol by which the rings are found; in the layout of the user-space interface. */
extern struct dmf_crash_rings dmf_crash_rings;

extern size_t __dmf_crash_dump_left;
struct dmf_crash_record *__dmf_crash_dump_slot(struct dmf_crash_dump *crash_dump, u64 number);
size_t __dmf_crash_dump_print(struct dmf_crash_dump *crash_dump, size_t budget,
			      void (*print)(void *context, const char *line), void *context);

#endif /* _DMF_MODULES_CRASH_DUMP_H */
