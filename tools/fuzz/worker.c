// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker: a process that makes a sequence of calls, which its seed determines,
 * and a thread beside it that gets in their way: it takes away memory, puts other
 * files in the place of those in use, cancels, and sends signals.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/dmf/notify.h>

#include "worker.h"

/* Nothing waits longer: a signal comes. */
#define SIGNAL_PERIOD_US	3000
/* The thread beside rests so long, at most: most files are to be what they were. */
#define REST_US			30000

static const struct operation *operations[OPERATIONS_MAX];

/* -- The table ------------------------------------------------------------------------- */

unsigned int operation_count(void)
{
	static unsigned int count;
	const struct operation *operation;

	if (count)
		return count;
	for (operation = call_operations; operation->name; operation++)
		operations[count++] = operation;
	for (operation = other_operations; operation->name; operation++)
		operations[count++] = operation;
	return count;
}

const char *operation_name(unsigned int operation)
{
	return operation < operation_count() ? operations[operation]->name : "?";
}

bool operation_must_succeed(unsigned int operation)
{
	return !operations[operation]->may_fail;
}

static unsigned int any_operation(struct random *random)
{
	unsigned int sum = 0, chosen, i;

	for (i = 0; i < operation_count(); i++)
		sum += operations[i]->weight;
	chosen = random_below(random, sum);
	for (i = 0; chosen >= operations[i]->weight; i++)
		chosen -= operations[i]->weight;
	return i;
}

/* -- What operations need -------------------------------------------------------------- */

void found(const struct worker *worker, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	printf("%s: %s; seed %llu, call %lu\n", operation_name(worker->slot->operation), text,
	       (unsigned long long)worker->slot->seed, worker->slot->calls);
	fflush(stdout);
	__atomic_add_fetch(&tally->failures, 1, __ATOMIC_SEQ_CST);
}

int any_file(struct worker *worker)
{
	return worker->files[random_below(&worker->random, FILES)];
}

size_t any_size(struct worker *worker, size_t limit)
{
	struct random *random = &worker->random;
	size_t size = random_below(random, random_one_in(random, 6) ? limit + 1 : 512);

	if (random_one_in(random, 3))
		size &= ~7UL;
	return size < limit ? size : limit;
}

static void set_fail_nth(struct worker *worker, unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(worker->fail_nth, text, length, 0) < 0)
		_exit(1);
}

void call_begin(struct worker *worker)
{
	unsigned int nth = 1 + random_below(&worker->random, 8);

	worker->failing = worker->fail_nth >= 0 && random_one_in(&worker->random, 2);
	if (worker->failing)
		set_fail_nth(worker, nth);
}

/* The kernel counts down, to 0 when an allocation has failed. */
static bool allocation_has_failed(const struct worker *worker)
{
	char digit;

	return pread(worker->fail_nth, &digit, 1, 0) == 1 && digit == '0';
}

void call_end(struct worker *worker)
{
	int error = errno;

	if (worker->failing && allocation_has_failed(worker))
		__atomic_add_fetch(&tally->failed_allocations, 1, __ATOMIC_RELAXED);
	if (worker->failing)
		set_fail_nth(worker, 0);
	worker->failing = false;
	errno = error;
}

/* -- The thread beside ------------------------------------------------------------------ */

static const char *any_node(const struct worker *worker, struct random *random)
{
	return worker->plan->nodes[random_below(random, worker->plan->node_count)];
}

/* Something else, most often another file of a node, with the same number. */
static void replace_file(const struct worker *worker, struct random *random)
{
	const char *path = random_one_in(random, 6) ? "/dev/null" : any_node(worker, random);
	int file = worker->files[random_below(random, FILES)];
	int other = open(path, O_RDWR | O_CLOEXEC |
			 (random_one_in(random, 2) ? O_NONBLOCK : 0));

	if (other < 0)
		return;
	dup2(other, file);
	close(other);
}

static void toggle_nonblock(const struct worker *worker, struct random *random)
{
	int file = worker->files[random_below(random, FILES)];

	fcntl(file, F_SETFL, fcntl(file, F_GETFL) ^ O_NONBLOCK);
}

static void *get_in_the_way(void *argument)
{
	struct worker *worker = argument;
	struct random random = { ~worker->slot->seed };

	while (true) {
		usleep(random_below(&random, REST_US));
		switch (random_below(&random, 8)) {
		case 0:
		case 1:
			replace_file(worker, &random);
			break;
		case 2:
			toggle_nonblock(worker, &random);
			break;
		case 3:
			ioctl(worker->files[random_below(&random, FILES)], DMF_IOC_CANCEL_MINE);
			break;
		case 4:
			syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
			break;
		default:
			memory_shift(&worker->memory, &random);
		}
	}
	return NULL;
}

/* -- The process ------------------------------------------------------------------------- */

static void ignore(int signal)
{
	(void)signal;
}

static void signals_start(void)
{
	struct itimerval period = {
		.it_interval.tv_usec = SIGNAL_PERIOD_US,
		.it_value.tv_usec = SIGNAL_PERIOD_US,
	};
	struct sigaction action = { .sa_handler = ignore };

	/* Calls that this one interrupts are not begun again. */
	sigaction(SIGALRM, &action, NULL);
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	setitimer(ITIMER_REAL, &period, NULL);
}

static int node_open(const struct worker *worker, unsigned int index)
{
	static const int flags[FILES] = {
		O_RDWR, O_RDWR | O_NONBLOCK, O_RDWR, O_RDONLY, O_WRONLY, O_RDWR,
	};

	return open(worker->plan->nodes[index % worker->plan->node_count],
		    flags[index] | O_CLOEXEC);
}

/* A device that is not there for the moment leaves a file that can do nothing. */
static void files_open(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < FILES; i++) {
		worker->files[i] = node_open(worker, i);
		if (worker->files[i] < 0)
			worker->files[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	}
}

/* One after the other: what is dead, or not of a node, is opened anew. */
static void file_refresh(struct worker *worker)
{
	unsigned int index = worker->slot->calls % FILES;
	int file;

	if (!ioctl(worker->files[index], DMF_IOC_CANCEL_MINE))
		return;
	file = node_open(worker, index);
	if (file < 0)
		return;
	dup2(file, worker->files[index]);
	close(file);
}

void worker_run(const struct plan *plan, struct slot *slot)
{
	struct worker worker = {
		.plan = plan,
		.slot = slot,
		.random = { slot->seed },
		.fail_nth = -1,
	};
	unsigned int operation;
	pthread_t thread;
	char path[64];

	operation_count();
	memory_make(&worker.memory);
	files_open(&worker);
	signals_start();
	if (pthread_create(&thread, NULL, get_in_the_way, &worker))
		_exit(1);
	if (plan->fail) {
		snprintf(path, sizeof(path), "/proc/self/task/%d/fail-nth", getpid());
		worker.fail_nth = open(path, O_RDWR | O_CLOEXEC);
	}
	while (slot->calls < plan->calls) {
		file_refresh(&worker);
		operation = any_operation(&worker.random);
		slot->operation = operation;
		__atomic_add_fetch(&tally->calls[operation], 1, __ATOMIC_RELAXED);
		if (operations[operation]->run(&worker))
			__atomic_add_fetch(&tally->successes[operation], 1, __ATOMIC_RELAXED);
		slot->calls++;
	}
}
