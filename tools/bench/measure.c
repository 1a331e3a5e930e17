// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock: under QEMU's -icount shift=0 the time stamp counter advances by one
 * for each instruction that the guest executes. When the processor idles it
 * jumps to the next timer instead, so whoever measures must not have idled.
 */
#include <asm/tsc.h>
#include <linux/irqflags.h>
#include <linux/smp.h>
#include <linux/tick.h>

#include "bench.h"

/* Instructions of a loop whose length is known. */
#define LOOP_TURNS	1000000

/* Time that the only processor has been idle, in us. */
static u64 idle_time(void)
{
	return get_cpu_idle_time_us(0, NULL);
}

void bench_begin(struct bench *bench)
{
	bench->idle = idle_time();
	bench->begin = rdtsc_ordered();
}

void bench_end(struct bench *bench, unsigned long operations)
{
	bench->instructions = rdtsc_ordered() - bench->begin;
	bench->operations = operations;
	bench->void_ = idle_time() != bench->idle;
}

int bench_run(struct bench *bench, int (*work)(void *data), void *data,
	      unsigned long operations)
{
	int ret;

	bench_begin(bench);
	ret = work(data);
	bench_end(bench, operations);
	return ret;
}

bool bench_clock_counts_instructions(void)
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
	return num_online_cpus() == 1 && bench.instructions >= 2 * LOOP_TURNS &&
	       bench.instructions < 2 * LOOP_TURNS + LOOP_TURNS / 100;
}
