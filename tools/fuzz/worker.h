/* SPDX-License-Identifier: GPL-2.0-only */
/* What the operations of a worker share. */
#ifndef DMF_FUZZ_WORKER_H
#define DMF_FUZZ_WORKER_H

#include <pthread.h>

#include "fuzz.h"
#include "memory.h"
#include "random.h"

#define FILES	6

/**
 * struct worker - one process
 * @plan: what was asked for.
 * @slot: its own.
 * @random: what its seed determines.
 * @memory: for its calls.
 * @files: descriptors of nodes, or of what was put in their place.
 * @fail_nth: where to say which allocation fails; -1 if none is to.
 * @failing: one of the call under way is to.
 */
struct worker {
	const struct plan *plan;
	struct slot *slot;
	struct random random;
	struct memory memory;
	int files[FILES];
	int fail_nth;
	bool failing;
};

/**
 * struct operation - a kind of call
 * @name: of it.
 * @run: do it once. Return: whether it was not refused.
 * @weight: how often, beside the others.
 * @may_fail: it need not ever succeed.
 */
struct operation {
	const char *name;
	bool (*run)(struct worker *worker);
	unsigned int weight;
	bool may_fail;
};

/* calls.c: on one file; others.c: with more around it. Both end with an empty one. */
extern const struct operation call_operations[];
extern const struct operation other_operations[];

/* The calls of the operations are made between these two. */
void call_begin(struct worker *worker);
void call_end(struct worker *worker);

/* One of the files. */
int any_file(struct worker *worker);
/* A size, mostly small, at most @limit. */
size_t any_size(struct worker *worker, size_t limit);

/* The kernel has done what it may not: tell it, with what the caller found. */
void __attribute__((format(printf, 2, 3)))
found(const struct worker *worker, const char *format, ...);

#endif /* DMF_FUZZ_WORKER_H */
