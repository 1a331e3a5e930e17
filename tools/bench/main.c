// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs every case once the module is loaded, then makes the nodes for the cases that
 * are programs in user space, in tools/bench-user. Either prints a line for each to the
 * kernel log, which scripts/harness/bench.py makes the table of:
 *
 *   dmf-bench: <name>|<baseline>|<goal>|<ours>|<baseline's>|ok, void or alone
 *
 * The goal is a ratio in hundredths, the costs are instructions per operation, or
 * nanoseconds, in thousandths. Alone is what had two processors and used one.
 */
#include <linux/glob.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sort.h>

#include "bench.h"

static char *filter = "*";
module_param(filter, charp, 0444);
MODULE_PARM_DESC(filter, "glob: only cases with such names (default: all)");

static const struct bench_case *const groups[] = {
	/* The core. */
	reference_cases,
	tree_cases,
	dispatch_cases,
	trace_cases,
	recorder_cases,
	/* Modules, sorted. */
	alertable_sleep_cases,
	branch_track_cases,
	buffer_pool_cases,
	buffer_queue_cases,
	doorbell_cases,
	hash_table_cases,
	ping_pong_buffer_cases,
	queued_work_item_cases,
	ring_buffer_cases,
	rundown_cases,
	scheduled_task_cases,
	stack_cases,
	thread_cases,
	threaded_buffer_queue_cases,
};

/* Instructions are the same each time, but for what disturbs; times never are. */
#define INSTRUCTION_ROUNDS	5
#define TIME_ROUNDS		20

static int compare_costs(const void *a, const void *b)
{
	return *(const u64 *)a < *(const u64 *)b ? -1 : *(const u64 *)a > *(const u64 *)b;
}

/*
 * What an operation costs, in thousandths: of some runs the cheapest, or the median.
 * *@void_ and *@alone are set if one was so.
 */
static int bench_side(int (*side)(struct bench *bench), u64 *cost, bool *void_, bool *alone)
{
	int i, ret, rounds = bench_contention ? TIME_ROUNDS : INSTRUCTION_ROUNDS;
	u64 costs[TIME_ROUNDS];

	for (i = 0; i < rounds; i++) {
		struct bench bench = { };

		ret = side(&bench);
		if (ret)
			return ret;
		*void_ |= bench.void_;
		*alone |= bench_contention && !bench.both;
		costs[i] = div64_ul(bench.cost * 1000, bench.operations);
	}
	sort(costs, rounds, sizeof(*costs), compare_costs, NULL);
	*cost = costs[bench_contention ? rounds / 2 : 0];
	return 0;
}

static int bench_case(const struct bench_case *bench)
{
	bool void_ = false, alone = false;
	u64 ours, baseline;
	int ret;

	ret = bench_side(bench->ours, &ours, &void_, &alone);
	if (!ret)
		ret = bench_side(bench->baseline, &baseline, &void_, &alone);
	if (ret) {
		pr_err("dmf-bench: %s failed: %d\n", bench->name, ret);
		return ret;
	}
	pr_info("dmf-bench: %s|%s|%u|%llu|%llu|%s\n", bench->name, bench->baseline_name,
		bench->goal, ours, baseline, void_ ? "void" : alone ? "alone" : "ok");
	return 0;
}

static int __init bench_init(void)
{
	const struct bench_case *bench;
	int i, ret;

	ret = bench_clock_init();
	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		for (bench = groups[i]; bench->name; bench++) {
			if (!glob_match(filter, bench->name))
				continue;
			ret = bench_case(bench);
			if (ret)
				return ret;
		}
	}
	return bench_user_start();
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	bench_user_stop();
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmark of the Driver Module Framework");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMF);
