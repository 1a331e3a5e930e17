// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event to a program that is asleep, from the report until the program is asleep
 * again: a program that waits in a process of its own, of a higher priority than
 * the one that has the driver report, so that it runs as soon as it is woken, and
 * until it sleeps.
 */
#include <err.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define EVENTS		1000

static void set_priority(int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		err(1, "sched_setscheduler");
}

/* For ever; counts in memory that is shared. */
static void take_on(const struct node *node, take_fn *take, unsigned long *taken)
{
	unsigned char record[RECORD_SIZE];

	set_priority(2);
	while (take(node, record, 1) == (long)node->record_size)
		__atomic_add_fetch(taken, 1, __ATOMIC_RELAXED);
	_exit(1);
}

int bench_wake(struct bench *bench, const struct node *node, take_fn *take)
{
	unsigned long *taken;
	unsigned int i;
	pid_t pid;

	taken = mmap(NULL, sizeof(*taken), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (taken == MAP_FAILED)
		err(1, "mmap");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid)
		take_on(node, take, taken);

	/* By then it sleeps: it is of a higher priority. */
	sched_yield();
	node_report(node, 1);
	bench_begin(bench);
	for (i = 0; i < EVENTS; i++)
		node_report(node, 1);
	bench_end(bench);
	bench->operations = EVENTS;

	i = __atomic_load_n(taken, __ATOMIC_RELAXED);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	munmap(taken, sizeof(*taken));
	return i == EVENTS + 1 ? 0 : -EIO;
}

static int wake_source(struct bench *bench, unsigned int source, take_fn *take)
{
	struct node node = node_open(source, 0);
	int ret = bench_wake(bench, &node, take);

	node_close(&node);
	return ret;
}

static int wake_ours(struct bench *bench)
{
	return wake_source(bench, BENCH_SOURCE_OURS, take_by_wait);
}

static int wake_ours_read(struct bench *bench)
{
	return wake_source(bench, BENCH_SOURCE_OURS, take_by_read);
}

static int wake_by_hand(struct bench *bench)
{
	return wake_source(bench, BENCH_SOURCE_BY_HAND, take_by_read);
}

const struct bench_case wake_cases[] = {
	{ "user: an event to a program asleep in the ioctl", "by hand, in read()", 105,
	  wake_ours, wake_by_hand },
	{ "user: an event to a program asleep in read()", "by hand, in read()", 0,
	  wake_ours_read, wake_by_hand },
	{ }
};
