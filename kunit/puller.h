/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Consumers of a stream, by its own functions: what is there at once, or in a thread that
 * waits for it.
 */
#ifndef _DMF_PULLER_H
#define _DMF_PULLER_H

#include <linux/completion.h>

#include <linux/dmf/module.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

/* A size that is no multiple of eight. */
struct payload {
	u32 value;
	u32 odd[2];
};

struct record {
	struct dmf_event event;
	struct payload payload;
	u32 padding;
};

/* What is there, without waiting: bytes or a negative errno. */
int dmf_kunit_pull_many(struct dmf_file *file, struct record *records, size_t size,
			unsigned int max, unsigned int *count);
int dmf_kunit_pull(struct dmf_file *file, struct record *record);
/* The next record has this value and number. */
void dmf_kunit_expect_record(struct kunit *test, struct dmf_file *file, u32 value, u64 sequence);
/*
 * The next record is complete and leaks nothing: type, status, number and value are the
 * expected ones, and it was made after @since.
 */
void dmf_kunit_expect_complete(struct kunit *test, struct dmf_file *file,
			       const struct record *expected, u64 since);

/**
 * struct puller - a thread that waits for one record
 * @file: of which file's stream.
 * @deadline_ns: how long, or DMF_WAIT_FOREVER.
 * @signal: signal that the thread takes, or 0.
 * @result: bytes, or a negative errno.
 * @record: what it got.
 */
struct puller {
	struct dmf_file *file;
	u64 deadline_ns;
	int signal;
	ssize_t result;
	struct record record;
	/* private: */
	struct task_struct *thread;
	struct completion done;
};

/* A copy of @what in a thread of its own, which need not wait yet. */
struct puller *dmf_kunit_pull_start(struct kunit *test, const struct puller *what);
ssize_t dmf_kunit_pull_result(struct kunit *test, struct puller *puller);

#endif /* _DMF_PULLER_H */
