/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cost of the way from a driver's event to a program, beside what it costs with a
 * driver written by hand: the part of tools/bench that is in user space, and works
 * alike. The time stamp counter counts the instructions of the only processor, the
 * kernel's and all programs'.
 *
 * A group of cases is a file: its cases in a const array that ends with an empty one,
 * named in groups[] of main.c. Each line of it that begins like the others is listed
 * by `make bench LIST=1`.
 */
#ifndef DMF_BENCH_USER_BENCH_H
#define DMF_BENCH_USER_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "../bench/user.h"

/**
 * struct bench - one run of one side of a case
 * @cost: instructions between bench_begin() and bench_end(), all stretches together.
 * @operations: what these stretches have done, set by the case.
 * @idle: the processor was idle meanwhile, and the clock jumped.
 */
struct bench {
	__u64 cost;
	unsigned long operations;
	bool idle;
	/* private: */
	__u64 begin;
	__u64 idle_us;
};

/* Around what is measured, as often as need be. */
void bench_begin(struct bench *bench);
void bench_end(struct bench *bench);

/**
 * struct bench_case - an operation, ours and the baseline
 * @name: a few words.
 * @baseline_name: what it is compared with.
 * @goal: ratio that must not be exceeded, in hundredths; 0 if the case is only reported.
 * @ours: do it. Return: 0 or -errno.
 * @baseline: do it the other way.
 */
struct bench_case {
	const char *name;
	const char *baseline_name;
	unsigned int goal;
	int (*ours)(struct bench *bench);
	int (*baseline)(struct bench *bench);
};

extern const struct bench_case batch_cases[];
extern const struct bench_case broadcast_cases[];
extern const struct bench_case event_cases[];
extern const struct bench_case ring_cases[];
extern const struct bench_case wake_cases[];

/* Room for an event of either driver, with what the framework adds. */
#define RECORD_SIZE	64

/**
 * struct node - a driver's node that is open
 * @fd: its descriptor.
 * @source: its number for the trigger.
 * @record_size: of one event.
 */
struct node {
	int fd;
	unsigned int source;
	size_t record_size;
};

/* Both end the program if they fail: there is nothing to measure then. */
struct node node_open(unsigned int source, int flags);
void node_report(const struct node *node, unsigned int count);
void node_close(const struct node *node);

/* So many events into @buffer, in one call. Return: number of bytes or -errno. */
typedef long take_fn(const struct node *node, void *buffer, unsigned int count);

take_fn take_by_wait;		/* DMF_IOC_WAIT, for ever */
take_fn take_by_read;		/* read(2) */

/* What takes the commands of ../bench/user.h. */
int node_trigger(void);

/* An event to a program that is asleep, until it is asleep again. */
int bench_wake(struct bench *bench, const struct node *node, take_fn *take);

/* Time that the processor has been idle, in us. */
__u64 idle_time(void);

#endif /* DMF_BENCH_USER_BENCH_H */
