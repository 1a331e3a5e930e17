// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checkpoints of BranchTrack: off beside nothing at all, on beside the increment of a
 * counter of this CPU. Ten stand in a row, so that the loop around them adds little; in
 * the first case ten more instructions are there on both sides, so that the ratio of 20
 * to 10 is one instruction for each checkpoint. Interrupts are off meanwhile.
 */
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>

#include <linux/dmf/branch_track.h>
#include <linux/dmf/device.h>
#include <linux/dmf/module.h>

#include "bench.h"

#define CHECKPOINTS	10000

#define BENCH_BRANCHES(X)	X(run, RUN)

DMF_BRANCHES(bench, BENCH_BRANCHES);

struct dmf_bench_branch {
	struct dmf_module module;
};

static const struct dmf_module_ops bench_branch_ops = { };

static const struct dmf_module_desc bench_branch_desc = {
	.name		= "bench_branch",
	.size		= sizeof(struct dmf_bench_branch),
	.branches	= &bench_branches,
	.ops		= &bench_branch_ops,
};

DMF_DECLARE_MODULE(bench_branch);
DMF_DEFINE_MODULE(bench_branch);

static struct dmf_bench_branch *handle;

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return dmf_bench_branch_add(init, NULL, NULL, &handle);
}

static const struct dmf_branch_track_config branch_track_config = { };

static const struct dmf_client_ops client_ops = {
	.modules_add	= modules_add,
	.branch_track	= &branch_track_config,
};

static const struct dmf_client_ops plain_client_ops = {
	.modules_add	= modules_add,
};

static DEFINE_PER_CPU(unsigned long, counter);

/* One instruction that gcc neither moves nor drops. */
#define instruction()	asm volatile("nop")

/* @step is constant in each caller, and so inlined. */
static __always_inline int steps(void (*step)(void *object), void *object)
{
	unsigned long flags;
	int i;

	local_irq_save(flags);
	for (i = 0; i < CHECKPOINTS; i += 10) {
		step(object);
		step(object);
		step(object);
		step(object);
		step(object);
		step(object);
		step(object);
		step(object);
		step(object);
		step(object);
	}
	local_irq_restore(flags);
	return 0;
}

static __always_inline void step_checkpoint(void *object)
{
	struct dmf_module *module = object;

	instruction();
	DMF_BRANCH(bench, module, run);
}

static __always_inline void step_nothing(void *object)
{
	instruction();
}

static __always_inline void step_count(void *object)
{
	struct dmf_module *module = object;

	DMF_BRANCH(bench, module, run);
}

static __always_inline void step_increment(void *object)
{
	this_cpu_inc(counter);
}

static int checkpoints(void *module)
{
	return steps(step_checkpoint, module);
}

static int nothings(void *unused)
{
	return steps(step_nothing, unused);
}

static int counts(void *module)
{
	return steps(step_count, module);
}

static int increments(void *unused)
{
	return steps(step_increment, unused);
}

static int bench_of(struct bench *bench, const struct dmf_client_ops *ops,
		    int (*work)(void *module))
{
	struct dmf_device *ddev = bench_device_probe(ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, work, dmf_bench_branch_module(handle), CHECKPOINTS);
	bench_device_remove(ddev);
	return ret;
}

static int bench_off(struct bench *bench)
{
	return bench_of(bench, &plain_client_ops, checkpoints);
}

static int bench_nothing(struct bench *bench)
{
	return bench_run(bench, nothings, NULL, CHECKPOINTS);
}

static int bench_on(struct bench *bench)
{
	return bench_of(bench, &client_ops, counts);
}

static int bench_increment(struct bench *bench)
{
	return bench_run(bench, increments, NULL, CHECKPOINTS);
}

const struct bench_case branch_track_cases[] = {
	{ "checkpoint of BranchTrack, off, and an instruction", "an instruction", 190,
	  bench_off, bench_nothing },
	{ "checkpoint of BranchTrack, on", "this_cpu_inc", 0,
	  bench_on, bench_increment },
	{ }
};
