// SPDX-License-Identifier: GPL-2.0-only
/* Signals that meet a blocked call. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"
#include "waiter.h"

#define STORM_EVENTS	100

static void expect_interrupted(way_fn *way)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start_handling(fd, way, 0, 0);

	waiter_signal(&waiter);
	EXPECT_EQ(waiter_result(&waiter), -EINTR);
	ask(fd, 5);
	expect_next(fd, 5);
}

static void expect_restarted(way_fn *way)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start_handling(fd, way, SA_RESTART, 0);

	waiter_signal(&waiter);
	waiter_signal(&waiter);
	expect_still_blocked(&waiter);
	ask(fd, 5);
	expect_got(&waiter, 5);
	expect_empty(fd);
}

static void wait_is_interrupted_EINTR(void)
{
	expect_interrupted(by_wait);
}

static void wait_is_restarted(void)
{
	expect_restarted(by_wait);
}

static void read_is_interrupted_EINTR(void)
{
	expect_interrupted(by_read);
}

static void read_is_restarted(void)
{
	expect_restarted(by_read);
}

/* Without a handler, stop and continue do not interrupt a call. */
static void stop_and_continue_go_unnoticed(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);

	waiter_stop(&waiter);
	waiter_continue(&waiter);
	expect_still_blocked(&waiter);
	ask(fd, 5);
	expect_got(&waiter, 5);
}

static void restart_keeps_the_deadline(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter;
	__u64 deadline, end;
	int i;

	/* The signals are to come before, however slow this process is. */
	deadline = now_ns() + LATE;
	waiter = waiter_start_handling(fd, by_wait, SA_RESTART, deadline);
	for (i = 0; i < 3; i++) {
		waiter_signal(&waiter);
		usleep(100 * 1000);
	}
	EXPECT_EQ(waiter_result(&waiter), -ETIMEDOUT);
	end = waiter.outcome->ended_ns;
	EXPECT(end >= deadline);
	EXPECT(end < deadline + LATE);
}

static void event_while_stopped_is_not_lost(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);

	waiter_stop(&waiter);
	ask(fd, 5);
	waiter_continue(&waiter);
	expect_got(&waiter, 5);
}

static void killed_waiter_takes_no_event(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);

	waiter_kill(&waiter);
	ask(fd, 5);
	expect_next(fd, 5);
}

static pid_t start_storm(pid_t target)
{
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid)
		return pid;
	while (!kill(target, SIGUSR1))
		usleep(200);
	_exit(0);
}

static bool has_had_signals(const struct waiter *waiter)
{
	return __atomic_load_n(&waiter->outcome->signals, __ATOMIC_SEQ_CST) > 0;
}

static void expect_storm_loses_nothing(int sa_flags)
{
	__u64 end = now_ns() + PATIENCE;
	int fd = node_open(O_RDWR);
	struct waiter waiter;
	pid_t storm;
	__u32 i;

	waiter = waiter_start_handling(fd, by_waiting_on, sa_flags, 0);
	storm = start_storm(waiter.pid);
	while (!has_had_signals(&waiter) && nap_until(end))
		;
	EXPECT(has_had_signals(&waiter));
	for (i = 1; i <= STORM_EVENTS; i++) {
		ask(fd, i);
		require_taken(&waiter, 1, i);
		EXPECT_EQ(waiter.outcome->operands[i - 1], i);
		EXPECT_EQ(waiter.outcome->sequences[i - 1],
			  waiter.outcome->sequences[0] + i - 1);
	}
	kill(storm, SIGKILL);
	waiter_kill(&waiter);
	expect_empty(fd);
}

static void storm_with_EINTR_loses_nothing(void)
{
	expect_storm_loses_nothing(0);
}

static void storm_with_restart_loses_nothing(void)
{
	expect_storm_loses_nothing(SA_RESTART);
}

static const struct test_case cases[] = {
	TEST_CASE(wait_is_interrupted_EINTR),
	TEST_CASE(wait_is_restarted),
	TEST_CASE(read_is_interrupted_EINTR),
	TEST_CASE(read_is_restarted),
	TEST_CASE(stop_and_continue_go_unnoticed),
	TEST_CASE(restart_keeps_the_deadline),
	TEST_CASE(event_while_stopped_is_not_lost),
	TEST_CASE(killed_waiter_takes_no_event),
	TEST_CASE(storm_with_EINTR_loses_nothing),
	TEST_CASE(storm_with_restart_loses_nothing),
	{ }
};

const struct test_suite signal_suite = {
	.name = "signal",
	.setup = node_setup,
	.cases = cases,
};
