// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event to many files, from the report until the last of them has it, for each of
 * them: beside an event to the only file of a stream that is read by one.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define FILES		16
#define BATCH		64
#define BATCHES		20
#define EVENTS		200

/* -- All are behind ------------------------------------------------------------- */

static int bench_behind(struct bench *bench, unsigned int source, unsigned int files)
{
	static unsigned char buffer[BATCH * RECORD_SIZE];
	struct node nodes[FILES];
	unsigned int i, j;
	int ret = 0;

	for (i = 0; i < files; i++)
		nodes[i] = node_open(source, O_NONBLOCK);
	for (i = 0; i < BATCHES && !ret; i++) {
		bench_begin(bench);
		node_report(&nodes[0], BATCH);
		for (j = 0; j < files; j++) {
			if (take_by_read(&nodes[j], buffer, BATCH) !=
			    (long)(BATCH * nodes[j].record_size))
				ret = -EIO;
		}
		bench_end(bench);
	}
	bench->operations = BATCHES * BATCH * files;
	for (i = 0; i < files; i++)
		node_close(&nodes[i]);
	return ret;
}

static int behind_many(struct bench *bench)
{
	return bench_behind(bench, BENCH_SOURCE_BROADCAST, FILES);
}

static int behind_one(struct bench *bench)
{
	return bench_behind(bench, BENCH_SOURCE_OURS, 1);
}

/* -- All are asleep, as in wake.c --------------------------------------------------- */

static void take_on(unsigned int source, volatile unsigned long *taken)
{
	const struct sched_param param = { .sched_priority = 2 };
	struct node node = node_open(source, 0);
	unsigned char record[RECORD_SIZE];

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		err(1, "sched_setscheduler");
	while (take_by_wait(&node, record, 1) == (long)node.record_size)
		++*taken;
	_exit(1);
}

static int bench_asleep(struct bench *bench, unsigned int source, unsigned int files)
{
	struct node node = node_open(source, O_NONBLOCK);
	volatile unsigned long *taken;
	pid_t pids[FILES];
	unsigned int i;
	int ret = 0;

	taken = mmap(NULL, FILES * sizeof(*taken), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (taken == MAP_FAILED)
		err(1, "mmap");
	for (i = 0; i < files; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			err(1, "fork");
		if (!pids[i])
			take_on(source, &taken[i]);
		/* By then it has gone to sleep: it is of a higher priority. */
		sched_yield();
	}

	node_report(&node, 1);
	bench_begin(bench);
	for (i = 0; i < EVENTS; i++)
		node_report(&node, 1);
	bench_end(bench);
	bench->operations = EVENTS * files;

	for (i = 0; i < files; i++) {
		if (taken[i] != EVENTS + 1)
			ret = -EIO;
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	munmap((void *)taken, FILES * sizeof(*taken));
	node_close(&node);
	return ret;
}

static int asleep_many(struct bench *bench)
{
	return bench_asleep(bench, BENCH_SOURCE_BROADCAST, FILES);
}

static int asleep_one(struct bench *bench)
{
	return bench_asleep(bench, BENCH_SOURCE_OURS, 1);
}

const struct bench_case broadcast_cases[] = {
	{ "user: broadcast to 16 files each 64 behind, per delivery", "to one file", 60,
	  behind_many, behind_one },
	{ "user: broadcast to 16 files, all asleep, per delivery", "to one file", 105,
	  asleep_many, asleep_one },
	{ }
};
