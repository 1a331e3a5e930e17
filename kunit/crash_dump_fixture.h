/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Client with a CrashDump or two, and a decoder of what that prints.
 */
#ifndef _CRASH_DUMP_FIXTURE_H
#define _CRASH_DUMP_FIXTURE_H

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/notifier.h>

#include <linux/dmf/device.h>

#include "../modules/patterns/crash_dump.h"
#include "dmf_kunit.h"

#define SIZE		20
#define COUNT		8
#define COST		(sizeof(struct dmf_crash_record) + SIZE)
#define PLENTY		(64 * 1024)
#define STREAM_MAX	(DMF_CRASH_DUMP_PANIC_KIB_MAX * 1024 + 8192)
#define RECORDS_MAX	64

/* test->priv. */
struct crash_test {
	/* What the next probe adds; a case may change it before. */
	struct dmf_crash_dump_config config;
	struct dmf_crash_dump_config second_config;
	bool second;
	struct dmf_module_attributes attributes;

	struct dmf_device *ddev;
	struct dmf_crash_dump *crash_dump;
	struct dmf_crash_dump *other;	/* if @second */
	u8 written;			/* content of the last record */
	u8 next[DMF_CRASH_DUMP_BUFFER_SIZE_MAX];
	int result;			/* of what ran elsewhere */

	/* What the Client adds in the panic. */
	size_t additional;
	bool panics_again;		/* when he is asked */
	size_t asked_for;
	unsigned int queries;
	unsigned int writes;

	/* What was printed, and what is in it. */
	u32 lines;
	u32 headers;
	u32 faults;
	u32 skip;			/* a line that gets lost, from 1 on */
	void (*meanwhile)(struct crash_test *t);	/* when the first line is printed */
	bool in_step;
	char begin[CRASH_LINE_SIZE];
	char end[CRASH_LINE_SIZE];
	u8 *stream;
	size_t stream_size;
	unsigned int records;
	struct dmf_crash_record record[RECORDS_MAX];
	u8 first_byte[RECORDS_MAX];

	/* Of a race. */
	struct completion started;
	notifier_fn_t panic;
	atomic_t walks;			/* that have found a notifier of ours */
	atomic_t accepted;
	atomic_t refused;
};

extern const struct dmf_client_ops crash_client_ops;

int crash_test_init(struct kunit *test);
struct crash_test *crash_up(struct kunit *test);

/* What the Client adds at the panic: t->additional bytes of 0xad. */
size_t crash_query(struct dmf_crash_dump *crash_dump);
void crash_write(struct dmf_crash_dump *crash_dump, void *buffer, size_t size);

/* A record all of whose bytes are its number. Return: what the Method does. */
int write_next(struct crash_test *t, size_t size);
void write_records(struct kunit *test, unsigned int count);

/* Print, and read it back. Return: how many bytes of records were printed. */
size_t crash_read_back(struct kunit *test, size_t budget);
/* Read back lines that were printed elsewhere, CRASH_LINE_SIZE bytes each. */
void crash_decode(struct kunit *test, const char *lines, unsigned int count);
/* Expect that what was read back is the records with these numbers. */
void expect_records(struct kunit *test, u64 first, u64 last);

#endif /* _CRASH_DUMP_FIXTURE_H */
