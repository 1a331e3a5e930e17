// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls nodes with random and hostile arguments from several processes at a time,
 * while devices are unbound and bound again. Not to be run on a machine that is
 * needed.
 *
 *   dmf-fuzz [--seconds N] [--seed N] [--workers N] [--fail] [--rebind DRIVER:DEVICE]... NODE...
 *   dmf-fuzz --replay SEED [--fail] NODE...     the sequence of one worker alone
 *
 * DRIVER is its folder in sysfs. What a worker does its seed determines, which is
 * printed when something is found; what happens at the same time is left to chance.
 *
 * Found are: calls that change memory or report results as they may not, calls that
 * do not come back, workers that cannot be killed. What the kernel complains of
 * is found by whoever reads its log.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "random.h"

#define WORKERS_MAX	16
#define WORKER_CALLS	400
#define REBINDS_MAX	4
/* An operation that is not refused for good has worked at least once in so many calls. */
#define CALLS_ENOUGH	300
/* Longer than any call that signals end takes on a slow machine. */
#define STUCK_S		15

struct rebind {
	char driver[128];
	const char *device;
};

struct tally *tally;

static struct plan plan = { .calls = WORKER_CALLS };
static struct rebind rebinds[REBINDS_MAX];
static unsigned int rebind_count;
static unsigned int seconds = 10;
static unsigned int worker_count = 3;
static uint64_t seed;
static bool replay;
static struct slot *slots;

static unsigned int now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("dmf-fuzz");
		exit(2);
	}
	return memory;
}

static void fail(const char *what, const struct slot *slot)
{
	printf("%s: seed %llu, call %lu, %s\n", what, (unsigned long long)slot->seed, slot->calls,
	       operation_name(slot->operation));
	tally->failures++;
}

static void show_stacks(pid_t pid)
{
	char command[128];

	snprintf(command, sizeof(command), "cat /proc/%d/task/*/stack", pid);
	fflush(stdout);
	if (system(command))
		printf("(no stacks)\n");
}

/* -- Devices that come and go --------------------------------------------------------- */

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[192];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		usleep(1000);
	close(fd);
}

/* The slot's count of calls is that of bindings. */
static void rebinder_run(const struct rebind *rebind, struct slot *slot)
{
	struct random random = { slot->seed };

	while (true) {
		usleep(1000 * (200 + random_below(&random, 1500)));
		write_file(rebind->driver, "unbind", rebind->device);
		slot->calls++;
		usleep(1000 * random_below(&random, 4));
		write_file(rebind->driver, "bind", rebind->device);
		slot->calls++;
	}
}

/* -- Processes ---------------------------------------------------------------------------- */

/* Those behind the workers' are of the processes that unbind. */
static void slot_start(unsigned int index)
{
	struct slot *slot = &slots[index];
	pid_t pid;

	slot->seed = seed;
	seed = random_next(&(struct random){ seed });
	slot->calls = 0;
	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	if (!pid) {
		setpgid(0, 0);
		if (index < worker_count)
			worker_run(&plan, slot);
		else
			rebinder_run(&rebinds[index - worker_count], slot);
		_exit(0);
	}
	setpgid(pid, pid);
	slot->pid = pid;
}

/* Its children, which end soon, are killed with it. Return: false if it does not go. */
static bool slot_end(struct slot *slot)
{
	unsigned int end = now_s() + STUCK_S;

	if (!slot->pid)
		return true;
	kill(-slot->pid, SIGKILL);
	while (waitpid(slot->pid, NULL, WNOHANG) == 0) {
		if (now_s() > end) {
			fail("does not end after SIGKILL", slot);
			show_stacks(slot->pid);
			return false;
		}
		usleep(1000);
	}
	slot->pid = 0;
	return true;
}

/* Some calls have succeeded, and some allocations have failed if they were to. */
static bool has_worked(void)
{
	unsigned long successes = 0;
	unsigned int i;

	for (i = 0; i < operation_count(); i++)
		successes += __atomic_load_n(&tally->successes[i], __ATOMIC_RELAXED);
	return successes && (!plan.fail ||
			     __atomic_load_n(&tally->failed_allocations, __ATOMIC_RELAXED));
}

/* The time is over; but a machine that has stood still has not done anything yet. */
static bool is_over(unsigned int end)
{
	return now_s() >= end && (has_worked() || now_s() >= end + STUCK_S);
}

/* Each slot is seen to make calls, and begins anew when it has come to its end. */
static void watch(unsigned int count)
{
	unsigned long calls[WORKERS_MAX + REBINDS_MAX] = { };
	unsigned int moved[WORKERS_MAX + REBINDS_MAX], end = now_s() + seconds, i;
	struct random random = { seed };
	struct slot *slot;
	int status;

	for (i = 0; i < count; i++)
		moved[i] = now_s();
	while (!is_over(end) && !tally->failures) {
		usleep(2000);
		for (i = 0; i < count; i++) {
			slot = &slots[i];
			if (slot->calls != calls[i])
				moved[i] = now_s();
			calls[i] = slot->calls;
			if (now_s() - moved[i] > STUCK_S) {
				fail("does not come back", slot);
				show_stacks(slot->pid);
			}
			if (i < worker_count && random_one_in(&random, 1000))
				kill(slot->pid, SIGKILL);
			if (waitpid(slot->pid, &status, WNOHANG) != slot->pid)
				continue;
			if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
				fail("has crashed", slot);
				printf("by signal %d\n", WTERMSIG(status));
			}
			slot_start(i);
		}
	}
}

static void summarize(void)
{
	unsigned long calls = 0;
	unsigned int i;

	for (i = 0; i < operation_count(); i++) {
		calls += tally->calls[i];
		printf("%-14s %7lu calls, %7lu not refused\n", operation_name(i), tally->calls[i],
		       tally->successes[i]);
		/* What never works is not tested; a slow machine does not come that far. */
		if (!plan.fail && operation_must_succeed(i) && !tally->successes[i] &&
		    tally->calls[i] >= CALLS_ENOUGH) {
			printf("%s has never succeeded\n", operation_name(i));
			tally->failures++;
		}
	}
	printf("%lu calls\n", calls);
	if (plan.fail)
		printf("%lu failed allocations\n", tally->failed_allocations);
	if (!replay && !has_worked()) {
		printf("none of them has succeeded, or no allocation has failed\n");
		tally->failures++;
	}
}

static void run(void)
{
	unsigned int count = worker_count + rebind_count, i;
	bool ended = true;

	for (i = 0; i < count; i++)
		slot_start(i);
	watch(count);
	/* Whoever is in the middle of it binds again. */
	for (i = 0; i < count; i++)
		ended &= slot_end(&slots[i]);
	if (ended)
		for (i = 0; i < rebind_count; i++)
			write_file(rebinds[i].driver, "bind", rebinds[i].device);
	summarize();
}

static void usage(void)
{
	fprintf(stderr, "Usage: dmf-fuzz [--seconds N] [--seed N] [--workers N] [--fail]\n"
		"                [--rebind DRIVER:DEVICE]... NODE...\n"
		"       dmf-fuzz --replay SEED [--fail] NODE...\n");
	exit(2);
}

static void add_rebind(const char *text)
{
	const char *colon = strchr(text, ':');
	struct rebind *rebind = &rebinds[rebind_count];

	if (!colon || rebind_count == REBINDS_MAX ||
	    (size_t)(colon - text) >= sizeof(rebind->driver))
		usage();
	memcpy(rebind->driver, text, colon - text);
	rebind->device = colon + 1;
	rebind_count++;
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'S' },
		{ "workers", required_argument, NULL, 'w' },
		{ "rebind", required_argument, NULL, 'b' },
		{ "replay", required_argument, NULL, 'r' },
		{ "fail", no_argument, NULL, 'f' },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (option) {
		case 's':
			seconds = atoi(optarg);
			break;
		case 'w':
			worker_count = atoi(optarg);
			break;
		case 'b':
			add_rebind(optarg);
			break;
		case 'f':
			plan.fail = true;
			break;
		case 'r':
		case 'S':
			replay = option == 'r';
			seed = strtoull(optarg, NULL, 0);
			break;
		default:
			usage();
		}
	}
	for (; optind < argc && plan.node_count < NODES_MAX; optind++)
		plan.nodes[plan.node_count++] = argv[optind];
	if (!plan.node_count || !worker_count || worker_count > WORKERS_MAX)
		usage();
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	if (!seed)
		seed = time(NULL) ^ (uint64_t)getpid() << 32;
	tally = shared_memory(sizeof(*tally));
	slots = shared_memory((WORKERS_MAX + REBINDS_MAX) * sizeof(*slots));
	printf("seed %llu\n", (unsigned long long)seed);
	if (replay) {
		worker_count = 1;
		slot_start(0);
		waitpid(slots[0].pid, NULL, 0);
		summarize();
	} else {
		run();
	}
	return tally->failures ? 1 : 0;
}
