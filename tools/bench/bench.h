/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cost of the framework beside what the same work costs with the bare kernel:
 * in instructions, on a machine whose clock counts them; or in time on two processors,
 * where those cases that can do so run on both at once.
 *
 * A group of cases is a file: its cases in a const array that ends with an empty
 * one, named in groups[] of main.c. A case has two sides. Each does its work
 * several times over, in bench_run() or between bench_begin() and bench_end(). Of
 * instructions the cheapest of some runs counts, since what disturbs only adds; of
 * times the median. The baseline is the code that a good kernel engineer writes for
 * the same job, and stands beside ours.
 */
#ifndef _DMF_BENCH_H
#define _DMF_BENCH_H

#include <linux/types.h>

struct dmf_client_ops;
struct dmf_device;

/**
 * struct bench - one run of one side of a case
 * @begin: clock at bench_begin().
 * @idle: time that the processor had been idle by then.
 * @cost: between bench_begin() and bench_end(): instructions, or nanoseconds.
 * @operations: what bench_end() was told.
 * @both: it ran on both processors at once.
 * @void_: the processor was idle meanwhile, and the clock jumped.
 */
struct bench {
	u64 begin;
	u64 idle;
	u64 cost;
	unsigned long operations;
	bool both;
	bool void_;
};

/* bench_begin - the work begins here. */
void bench_begin(struct bench *bench);
/* bench_end - it was so many operations. */
void bench_end(struct bench *bench, unsigned long operations);

/*
 * bench_run - both, around @work, which does so many operations on @data. With two
 * processors it runs on both at once, so it must be safe against itself. It may sleep.
 * Return: 0 or what @work has returned.
 */
int bench_run(struct bench *bench, int (*work)(void *data), void *data,
	      unsigned long operations);

/* Two processors and their time instead of one and its instructions; constant. */
extern bool bench_contention;

/* bench_clock_init - whether this machine is of use at all. Return: 0 or -errno. */
int bench_clock_init(void);

/**
 * struct bench_case - an operation, ours and the baseline
 * @name: a few words.
 * @baseline_name: what it is compared with.
 * @goal: ratio of the instructions of ours to the baseline's that must not be
 *	exceeded, in hundredths; 0 if the case is only reported.
 * @ours: do it. Return: 0 or -errno.
 * @baseline: do it with the bare kernel, or on the scale that ours is compared
 *	with.
 */
struct bench_case {
	const char *name;
	const char *baseline_name;
	unsigned int goal;
	int (*ours)(struct bench *bench);
	int (*baseline)(struct bench *bench);
};

extern const struct bench_case alertable_sleep_cases[];
extern const struct bench_case branch_track_cases[];
extern const struct bench_case buffer_pool_cases[];
extern const struct bench_case buffer_queue_cases[];
extern const struct bench_case dispatch_cases[];
extern const struct bench_case doorbell_cases[];
extern const struct bench_case hash_table_cases[];
extern const struct bench_case ping_pong_buffer_cases[];
extern const struct bench_case queued_work_item_cases[];
extern const struct bench_case recorder_cases[];
extern const struct bench_case reference_cases[];
extern const struct bench_case ring_buffer_cases[];
extern const struct bench_case rundown_cases[];
extern const struct bench_case scheduled_task_cases[];
extern const struct bench_case stack_cases[];
extern const struct bench_case thread_cases[];
extern const struct bench_case threaded_buffer_queue_cases[];
extern const struct bench_case trace_cases[];
extern const struct bench_case tree_cases[];

/* A device without a bus, bound to a Client whose only callbacks are @ops. */

/* bench_device_probe - a fresh device. Return: it, or an ERR_PTR(). */
struct dmf_device *bench_device_probe(const struct dmf_client_ops *ops);
void bench_device_remove(struct dmf_device *ddev);

/*
 * For cases that measure binding itself: what bench_device_probe() does before
 * dmf_device_probe(), and bench_device_remove() after dmf_device_remove().
 */
struct device *bench_device_add(void);
int bench_device_bind(struct device *dev, const struct dmf_client_ops *ops);
void bench_device_unbind(struct device *dev);
void bench_device_delete(struct device *dev);

/**
 * struct bench_source - a driver that programs in tools/bench-user read from
 * @start: make its node. Return: 0 or -errno.
 * @stop: undo that.
 * @report: an event, with BENCH_DATA_SIZE bytes.
 */
struct bench_source {
	int (*start)(void);
	void (*stop)(void);
	void (*report)(const void *data);
};

extern const struct bench_source by_hand_source;

/* All of them, and the node that has them report. Return: 0 or -errno. */
int bench_user_start(void);
void bench_user_stop(void);

#endif /* _DMF_BENCH_H */
