// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system.h"
#include "waiter.h"

/* How long a waiter that ought to sleep on is watched. */
#define WATCH_NS	(50 * MS)

/* How to set up a waiter, before it starts. */
struct plan {
	int fd;
	way_fn *way;
	unsigned long clone_flags;
	int sa_flags;
	__u64 deadline_ns;
};

static struct outcome *own;

long by_wait(int fd, struct outcome *outcome)
{
	return take_until(fd, &outcome->record,
			  outcome->deadline_ns ?: DMF_WAIT_FOREVER);
}

long by_read(int fd, struct outcome *outcome)
{
	ssize_t ret = read(fd, &outcome->record, sizeof(outcome->record));

	if (ret < 0)
		return -errno;
	return ret == sizeof(outcome->record) ? 0 : ret;
}

static long collect(int fd, struct outcome *outcome, way_fn *way)
{
	unsigned int taken = 0;
	long ret;

	do {
		ret = way(fd, outcome);
		if (ret)
			continue;
		outcome->sequences[taken] = outcome->record.event.sequence;
		outcome->operands[taken] = outcome->record.factorial.operand;
		taken++;
		__atomic_store_n(&outcome->taken, taken, __ATOMIC_SEQ_CST);
	} while ((!ret && taken < TAKEN_MAX) || ret == -EINTR);
	return ret;
}

long by_waiting_on(int fd, struct outcome *outcome)
{
	return collect(fd, outcome, by_wait);
}

long by_reading_on(int fd, struct outcome *outcome)
{
	return collect(fd, outcome, by_read);
}

long by_poll(int fd, struct outcome *outcome)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	(void)outcome;
	return poll(&poll_fd, 1, -1) < 0 ? -errno : poll_fd.revents;
}

long by_epoll(int fd, struct outcome *outcome)
{
	struct epoll_event event = { .events = EPOLLIN };
	int watch = epoll_create1(EPOLL_CLOEXEC);

	(void)outcome;
	if (watch < 0 || epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event) ||
	    epoll_wait(watch, &event, 1, -1) < 0)
		return -errno;
	return event.events;
}

static void count_signal(int signal)
{
	(void)signal;
	__atomic_add_fetch(&own->signals, 1, __ATOMIC_SEQ_CST);
}

static noreturn void
waiter_process(const struct plan *plan, struct outcome *outcome)
{
	struct sigaction action = {
		.sa_handler = count_signal,
		.sa_flags = plan->sa_flags,
	};
	int fd = plan->fd >= 0 ? plan->fd : node_open(O_RDWR);

	own = outcome;
	sigaction(SIGUSR1, &action, NULL);
	__atomic_store_n(&outcome->began_ns, now_ns(), __ATOMIC_SEQ_CST);
	outcome->result = plan->way(fd, outcome);
	outcome->ended_ns = now_ns();
	__atomic_store_n(&outcome->done, true, __ATOMIC_SEQ_CST);
	_exit(0);
}

static struct waiter start(const struct plan *plan)
{
	struct waiter waiter;

	waiter.outcome = mmap(NULL, sizeof(*waiter.outcome),
			      PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(waiter.outcome != MAP_FAILED);
	waiter.outcome->deadline_ns = plan->deadline_ns;
	waiter.pid = syscall(SYS_clone, plan->clone_flags | SIGCHLD, 0, 0, 0, 0);
	REQUIRE(waiter.pid >= 0);
	if (!waiter.pid)
		waiter_process(plan, waiter.outcome);
	waiter_require_blocked(&waiter);
	return waiter;
}

struct waiter waiter_start(int fd, way_fn *way)
{
	const struct plan plan = { .fd = fd, .way = way };

	return start(&plan);
}

struct waiter waiter_start_thread(int fd, way_fn *way)
{
	const struct plan plan = {
		.fd = fd,
		.way = way,
		.clone_flags = CLONE_FILES,
	};

	return start(&plan);
}

struct waiter waiter_start_opening(way_fn *way)
{
	const struct plan plan = { .fd = -1, .way = way };

	return start(&plan);
}

struct waiter waiter_start_until(int fd, __u64 deadline_ns)
{
	const struct plan plan = {
		.fd = fd,
		.way = by_wait,
		.deadline_ns = deadline_ns,
	};

	return start(&plan);
}

struct waiter waiter_start_handling(int fd, way_fn *way, int sa_flags,
				    __u64 deadline_ns)
{
	const struct plan plan = {
		.fd = fd,
		.way = way,
		.sa_flags = sa_flags,
		.deadline_ns = deadline_ns,
	};

	return start(&plan);
}

bool waiter_is_done(const struct waiter *waiter)
{
	return __atomic_load_n(&waiter->outcome->done, __ATOMIC_SEQ_CST);
}

/* Once it has begun, its call is the only place where a waiter can sleep. */
static bool is_blocked(const struct waiter *waiter)
{
	char path[64], stat[512], *state;

	if (!__atomic_load_n(&waiter->outcome->began_ns, __ATOMIC_SEQ_CST) ||
	    waiter_is_done(waiter))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", waiter->pid);
	if (file_read(path, stat, sizeof(stat)) < 0)
		return false;
	state = strrchr(stat, ')');
	return state && state[1] == ' ' && state[2] == 'S' && !waiter_is_done(waiter);
}

void waiter_require_blocked(const struct waiter *waiter)
{
	__u64 end = now_ns() + PATIENCE;
	bool blocked;

	do {
		blocked = is_blocked(waiter);
		if (waiter_is_done(waiter))
			test_note("the waiter did not block: it got %ld",
				  waiter->outcome->result);
	} while (!blocked && !waiter_is_done(waiter) && nap_until(end));
	REQUIRE(blocked);
}

void expect_still_blocked(const struct waiter *waiter)
{
	__u64 end = now_ns() + WATCH_NS;

	waiter_require_blocked(waiter);
	while (!waiter_is_done(waiter) && nap_until(end))
		;
	if (!EXPECT(!waiter_is_done(waiter)))
		test_note("the waiter got %ld", waiter->outcome->result);
}

long waiter_result(const struct waiter *waiter)
{
	__u64 end = now_ns() + PATIENCE;

	while (!waiter_is_done(waiter) && nap_until(end))
		;
	REQUIRE(waiter_is_done(waiter));
	waitpid(waiter->pid, NULL, 0);
	return waiter->outcome->result;
}

void expect_got(const struct waiter *waiter, __u32 operand)
{
	if (EXPECT_EQ(waiter_result(waiter), 0))
		EXPECT_FACTORIAL(&waiter->outcome->record, operand);
}

void require_taken(const struct waiter *waiters, unsigned int count,
		   unsigned int records)
{
	__u64 end = now_ns() + PATIENCE;
	unsigned int taken, i;

	do {
		taken = 0;
		for (i = 0; i < count; i++)
			taken += __atomic_load_n(&waiters[i].outcome->taken,
						 __ATOMIC_SEQ_CST);
	} while (taken < records && nap_until(end));
	if (taken != records)
		test_note("%u records were taken instead of %u", taken, records);
	REQUIRE(taken == records);
}

void waiter_kill(const struct waiter *waiter)
{
	kill(waiter->pid, SIGKILL);
	REQUIRE(waitpid(waiter->pid, NULL, 0) == waiter->pid);
}

void waiter_signal(const struct waiter *waiter)
{
	unsigned int before = waiter->outcome->signals;
	__u64 end = now_ns() + PATIENCE;
	unsigned int after;

	kill(waiter->pid, SIGUSR1);
	do {
		after = __atomic_load_n(&waiter->outcome->signals,
					__ATOMIC_SEQ_CST);
	} while (after == before && nap_until(end));
	REQUIRE(after != before);
}

void waiter_stop(const struct waiter *waiter)
{
	int status;

	kill(waiter->pid, SIGSTOP);
	REQUIRE(waitpid(waiter->pid, &status, WUNTRACED) == waiter->pid);
	REQUIRE(WIFSTOPPED(status));
}

void waiter_continue(const struct waiter *waiter)
{
	kill(waiter->pid, SIGCONT);
}
