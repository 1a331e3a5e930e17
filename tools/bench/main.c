// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs every case once the module is loaded and prints a line for each to the
 * kernel log, which scripts/harness/bench.py makes the table of:
 *
 *   dmf-bench: <name>|<baseline>|<goal>|<ours>|<baseline's>|ok or void
 *
 * The goal is a ratio in hundredths, the costs are instructions per operation in
 * thousandths.
 */
#include <linux/glob.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/module.h>

#include "bench.h"

static char *filter = "*";
module_param(filter, charp, 0444);
MODULE_PARM_DESC(filter, "glob: only cases with such names (default: all)");

static const struct bench_case *const groups[] = {
	buffer_pool_cases,
	reference_cases,
	tree_cases,
	dispatch_cases,
};

/* The cheapest of some runs, in thousandths of an instruction per operation. */
static int bench_side(int (*side)(struct bench *bench), u64 *cost, bool *void_)
{
	struct bench bench;
	int i, ret;

	*cost = U64_MAX;
	*void_ = false;
	for (i = 0; i < BENCH_ROUNDS; i++) {
		ret = side(&bench);
		if (ret)
			return ret;
		*void_ |= bench.void_;
		*cost = min(*cost, div64_ul(bench.instructions * 1000, bench.operations));
	}
	return 0;
}

static int bench_case(const struct bench_case *bench)
{
	bool ours_void, baseline_void;
	u64 ours, baseline;
	int ret;

	ret = bench_side(bench->ours, &ours, &ours_void);
	if (!ret)
		ret = bench_side(bench->baseline, &baseline, &baseline_void);
	if (ret) {
		pr_err("dmf-bench: %s failed: %d\n", bench->name, ret);
		return ret;
	}
	pr_info("dmf-bench: %s|%s|%u|%llu|%llu|%s\n", bench->name, bench->baseline_name,
		bench->goal, ours, baseline, ours_void || baseline_void ? "void" : "ok");
	return 0;
}

static int __init bench_init(void)
{
	const struct bench_case *bench;
	int i, ret;

	if (!bench_clock_counts_instructions()) {
		pr_err("dmf-bench: this machine's clock does not count instructions\n");
		return -ENODEV;
	}
	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		for (bench = groups[i]; bench->name; bench++) {
			if (!glob_match(filter, bench->name))
				continue;
			ret = bench_case(bench);
			if (ret)
				return ret;
		}
	}
	return 0;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmark of the Driver Module Framework");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMF);
