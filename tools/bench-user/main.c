// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs every case whose name matches the argument, a glob, and prints a line for each
 * to the kernel log, in the form that tools/bench/main.c describes.
 */
#include <err.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bench.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* The first brings in what is missing; of the others the cheapest counts. */
#define ROUNDS		5

static const struct bench_case *const groups[] = {
	wake_cases,
	batch_cases,
	broadcast_cases,
	ring_cases,
	event_cases,
};

void bench_begin(struct bench *bench)
{
	bench->idle_us = idle_time();
	_mm_lfence();
	bench->begin = __rdtsc();
	_mm_lfence();
}

void bench_end(struct bench *bench)
{
	_mm_lfence();
	bench->cost += __rdtsc() - bench->begin;
	bench->idle |= idle_time() != bench->idle_us;
}

/* A line in the kernel log, with a level. */
static void say(const char *line)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		err(1, "/dev/kmsg");
	close(fd);
}

/* What an operation costs, in thousandths. */
static int bench_side(int (*side)(struct bench *bench), __u64 *cost, bool *idle)
{
	__u64 this_cost;
	int round, ret;

	*cost = ~0ULL;
	for (round = 0; round < ROUNDS; round++) {
		struct bench bench = { .cost = 0 };

		ret = side(&bench);
		if (ret)
			return ret;
		*idle |= bench.idle;
		this_cost = bench.cost * 1000 / bench.operations;
		if (this_cost < *cost)
			*cost = this_cost;
	}
	return 0;
}

static int bench_case(const struct bench_case *bench)
{
	__u64 ours, baseline;
	bool idle = false;
	char line[512];
	int ret;

	ret = bench_side(bench->ours, &ours, &idle);
	if (!ret)
		ret = bench_side(bench->baseline, &baseline, &idle);
	if (ret)
		snprintf(line, sizeof(line), "<3>dmf-bench: %s failed: %d\n", bench->name, ret);
	else
		snprintf(line, sizeof(line), "<6>dmf-bench: %s|%s|%u|%llu|%llu|%s\n",
			 bench->name, bench->baseline_name, bench->goal,
			 (unsigned long long)ours, (unsigned long long)baseline,
			 idle ? "void" : "ok");
	say(line);
	return ret;
}

/* A program that runs whenever it can is not stopped for doing so. */
static void allow_realtime(void)
{
	static const char path[] = "/proc/sys/kernel/sched_rt_runtime_us";
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "-1", 2) != 2)
		err(1, "%s", path);
	close(fd);
}

int main(int argc, char **argv)
{
	const char *filter = argc > 1 && *argv[1] ? argv[1] : "*";
	const struct sched_param param = { .sched_priority = 1 };
	const struct bench_case *bench;
	unsigned int i;
	int ret = 0;

	/* Nobody else runs meanwhile. */
	allow_realtime();
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		err(1, "sched_setscheduler");
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		for (bench = groups[i]; bench->name; bench++)
			if (!fnmatch(filter, bench->name, 0) && bench_case(bench))
				ret = 1;
	return ret;
}
