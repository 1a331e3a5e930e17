// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock. Under QEMU's -icount shift=0 the time stamp counter advances by one
 * for each instruction that the guest executes. When the processor idles it
 * jumps to the next timer instead, so whoever measures must not have idled.
 *
 * With two processors it is time that is measured, and whoever can be used by both
 * is: the thread that measures is bound to the first, another one to the second.
 */
#include <asm/tsc.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/tick.h>

#include "bench.h"

/* Instructions of a loop whose length is known. */
#define LOOP_TURNS	1000000

bool bench_contention;
module_param_named(contention, bench_contention, bool, 0444);
MODULE_PARM_DESC(contention, "Measure time on two processors, not instructions (default: N)");

/* Time that the only processor has been idle, in us. */
static u64 idle_time(void)
{
	return bench_contention ? 0 : get_cpu_idle_time_us(0, NULL);
}

static u64 clock_now(void)
{
	return bench_contention ? ktime_get_ns() : rdtsc_ordered();
}

void bench_begin(struct bench *bench)
{
	bench->idle = idle_time();
	bench->begin = clock_now();
}

void bench_end(struct bench *bench, unsigned long operations)
{
	bench->cost = clock_now() - bench->begin;
	bench->operations = operations;
	bench->void_ = idle_time() != bench->idle;
}

/**
 * struct bench_pair - work that is done by two threads
 * @work: what.
 * @data: for @work.
 * @ready: threads that are about to begin; all begin when it is 2.
 * @ret: what the second one's work has returned.
 * @done: the second one has.
 */
struct bench_pair {
	int (*work)(void *data);
	void *data;
	atomic_t ready;
	int ret;
	struct completion done;
};

static int bench_second(void *data)
{
	struct bench_pair *pair = data;

	atomic_inc(&pair->ready);
	while (atomic_read(&pair->ready) < 2)
		cpu_relax();
	pair->ret = pair->work(pair->data);
	complete(&pair->done);
	return 0;
}

static int bench_run_on_both(struct bench *bench, int (*work)(void *data), void *data,
			     unsigned long operations)
{
	struct bench_pair pair = { .work = work, .data = data };
	struct task_struct *second;
	int ret;

	init_completion(&pair.done);
	second = kthread_create(bench_second, &pair, "dmf-bench");
	if (IS_ERR(second))
		return PTR_ERR(second);
	kthread_bind(second, 1);
	wake_up_process(second);
	while (!atomic_read(&pair.ready))
		cpu_relax();

	bench_begin(bench);
	atomic_inc(&pair.ready);
	ret = work(data);
	wait_for_completion(&pair.done);
	bench_end(bench, 2 * operations);
	bench->both = true;
	return ret ?: pair.ret;
}

int bench_run(struct bench *bench, int (*work)(void *data), void *data,
	      unsigned long operations)
{
	int ret;

	if (bench_contention)
		return bench_run_on_both(bench, work, data, operations);

	bench_begin(bench);
	ret = work(data);
	bench_end(bench, operations);
	return ret;
}

static bool clock_counts_instructions(void)
{
	unsigned long turns = LOOP_TURNS;
	struct bench bench;
	unsigned long flags;

	local_irq_save(flags);
	bench_begin(&bench);
	asm volatile("1: dec %0\n\t"
		     "jnz 1b" : "+r" (turns) : : "cc");
	bench_end(&bench, LOOP_TURNS);
	local_irq_restore(flags);
	return num_online_cpus() == 1 && bench.cost >= 2 * LOOP_TURNS &&
	       bench.cost < 2 * LOOP_TURNS + LOOP_TURNS / 100;
}

int bench_clock_init(void)
{
	if (!bench_contention) {
		if (clock_counts_instructions())
			return 0;
		pr_err("dmf-bench: this machine's clock does not count instructions\n");
		return -ENODEV;
	}

	if (num_online_cpus() < 2) {
		pr_err("dmf-bench: contention takes two processors\n");
		return -ENODEV;
	}
	return set_cpus_allowed_ptr(current, cpumask_of(0));
}
