// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that waits must neither keep the device awake nor stop the machine
 * from going to sleep, and goes on waiting afterwards. run.sh adds the case that
 * ends everything, reboot_with_blocked_daemon.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "node.h"
#include "pm.h"
#include "process.h"
#include "suites.h"
#include "system.h"
#include "waiter.h"

static void runtime_suspend_with_blocked_daemon(void)
{
	struct process daemon = daemon_start("edu0");
	int fd = node_open(O_RDWR);

	process_require_blocked(&daemon);
	edu_allow_runtime_suspend();
	edu_require_suspended();
	EXPECT(process_is_alive(&daemon));
	ask(fd, 5);
	EXPECT(process_says(daemon.output, ": 5! = 120\n"));
	edu_require_suspended();
}

static void requests_resume_the_device(void)
{
	int fd = node_open(O_RDWR);
	__u32 i;

	edu_allow_runtime_suspend();
	for (i = 1; i <= 5; i++) {
		edu_require_suspended();
		ask(fd, i);
		expect_next(fd, i);
	}
}

static void result_of_long_work_arrives(void)
{
	int fd = node_open(O_RDWR);
	struct record record;

	edu_allow_runtime_suspend();
	edu_require_suspended();
	ask(fd, LONG_WORK);
	EXPECT_EQ(take(fd, &record), 0);
	EXPECT_EQ(record.factorial.operand, LONG_WORK);
	edu_require_suspended();
}

static void waiting_does_not_resume_the_device(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter, poller;

	edu_allow_runtime_suspend();
	edu_require_suspended();
	waiter = waiter_start_opening(by_wait);
	poller = waiter_start_opening(by_poll);
	expect_still_blocked(&waiter);
	expect_still_blocked(&poller);
	EXPECT(edu_is_suspended());
	ask(fd, 5);
	expect_got(&waiter, 5);
}

static void unread_event_survives_runtime_suspend(void)
{
	int fd = node_open(O_RDWR);

	ask_queued(fd, 5);
	edu_allow_runtime_suspend();
	edu_require_suspended();
	EXPECT(is_readable(fd));
	expect_next(fd, 5);
}

static void unbind_while_runtime_suspended(void)
{
	struct waiter waiter = waiter_start_opening(by_wait);
	int fd;

	edu_allow_runtime_suspend();
	edu_require_suspended();
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_EQ(waiter_result(&waiter), -ENODEV);
	EXPECT_EQ(edu_bind(), 0);
	fd = node_open(O_RDWR);
	ask(fd, 5);
	expect_next(fd, 5);
}

/* The unanswered request of the old binding must not keep the device awake. */
static void runtime_suspend_after_unanswered_request(void)
{
	int fd = node_open(O_RDWR);

	ask(fd, LONGER_WORK);
	close(fd);
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_EQ(edu_bind(), 0);
	edu_allow_runtime_suspend();
	edu_require_suspended();
}

static void expect_daemon_survives(const char *level)
{
	struct process daemon = daemon_start("edu0");
	int fd = node_open(O_RDWR);

	process_require_blocked(&daemon);
	sleep_as_far_as(level);
	EXPECT(process_is_alive(&daemon));
	ask(fd, 5);
	EXPECT(process_says(daemon.output, ": 5! = 120\n"));
}

static void sleep_of_devices_with_blocked_daemon(void)
{
	expect_daemon_survives("devices");
}

static void sleep_of_platform_with_blocked_daemon(void)
{
	expect_daemon_survives("platform");
}

static void sleep_with_runtime_suspended_device(void)
{
	edu_allow_runtime_suspend();
	edu_require_suspended();
	expect_daemon_survives("devices");
	edu_require_suspended();
}

static void sleep_with_all_kinds_of_waiters(void)
{
	int fd = node_open(O_RDWR);
	struct waiter poller = waiter_start_opening(by_poll);
	struct waiter waiters[] = {
		waiter_start_opening(by_waiting_on),
		waiter_start_opening(by_reading_on),
	};
	__u32 i;

	sleep_as_far_as("devices");
	expect_still_blocked(&waiters[0]);
	expect_still_blocked(&waiters[1]);
	expect_still_blocked(&poller);
	for (i = 1; i <= 10; i++) {
		ask(fd, i);
		require_taken(waiters, 2, i);
	}
}

static void sleep_keeps_unread_events(void)
{
	int fd = node_open(O_RDWR);
	__u64 sequence;

	ask(fd, 3);
	sequence = expect_next(fd, 3);
	ask_queued(fd, 4);
	sleep_as_far_as("devices");
	EXPECT_EQ(expect_next(fd, 4), sequence + 1);
	expect_empty(fd);
}

/*
 * Whether the result survives is the device's affair; it must work again. The driver
 * refuses to sleep if the device takes longer than a second.
 */
static void sleep_while_the_device_computes(void)
{
	__u64 end = now_ns() + 2 * PATIENCE;
	int fd = node_open(O_RDWR);
	int ret;

	ask(fd, LONG_WORK);
	do {
		ret = try_sleep_as_far_as("devices");
	} while (ret == -EBUSY && nap_until(end));
	EXPECT_EQ(ret, 0);
	node_setup();
	ask(fd, 5);
	expect_next(fd, 5);
}

static const struct test_case cases[] = {
	TEST_CASE(runtime_suspend_with_blocked_daemon),
	TEST_CASE(requests_resume_the_device),
	TEST_CASE(result_of_long_work_arrives),
	TEST_CASE(waiting_does_not_resume_the_device),
	TEST_CASE(unread_event_survives_runtime_suspend),
	TEST_CASE(unbind_while_runtime_suspended),
	SLOW_TEST_CASE(runtime_suspend_after_unanswered_request, 60),
	SLOW_TEST_CASE(sleep_of_devices_with_blocked_daemon, 60),
	SLOW_TEST_CASE(sleep_of_platform_with_blocked_daemon, 60),
	SLOW_TEST_CASE(sleep_with_runtime_suspended_device, 60),
	SLOW_TEST_CASE(sleep_with_all_kinds_of_waiters, 60),
	SLOW_TEST_CASE(sleep_keeps_unread_events, 60),
	SLOW_TEST_CASE(sleep_while_the_device_computes, 60),
	{ }
};

const struct test_suite power_suite = {
	.name = "power",
	.setup = node_setup,
	.cases = cases,
};
