/* SPDX-License-Identifier: GPL-2.0-only */
/* Between main.c, which starts workers, and the worker. */
#ifndef DMF_FUZZ_FUZZ_H
#define DMF_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define NODES_MAX	4
#define OPERATIONS_MAX	32

/**
 * struct slot - a worker, shared with it
 * @pid: of it; written by main.c alone.
 * @seed: of its sequence.
 * @calls: that it has made.
 * @operation: that it is in.
 */
struct slot {
	pid_t pid;
	uint64_t seed;
	unsigned long calls;
	unsigned int operation;
};

/**
 * struct tally - shared by all
 * @failures: number of times that a call did what it may not do.
 * @calls: of each operation.
 * @successes: of them those that were not refused.
 * @failed_allocations: in calls of workers.
 */
struct tally {
	unsigned int failures;
	unsigned long calls[OPERATIONS_MAX];
	unsigned long successes[OPERATIONS_MAX];
	unsigned long failed_allocations;
};

/**
 * struct plan - what was asked for on the command line
 * @nodes: paths of the nodes.
 * @node_count: number of them.
 * @fail: have allocations fail in the calls.
 * @calls: how many a worker makes.
 */
struct plan {
	const char *nodes[NODES_MAX];
	unsigned int node_count;
	bool fail;
	unsigned long calls;
};

extern struct tally *tally;

/* The process of a worker; does not return. */
void worker_run(const struct plan *plan, struct slot *slot);

/* The operations: number, names, and whether one that never succeeds is a defect. */
unsigned int operation_count(void);
const char *operation_name(unsigned int operation);
bool operation_must_succeed(unsigned int operation);

#endif /* DMF_FUZZ_FUZZ_H */
