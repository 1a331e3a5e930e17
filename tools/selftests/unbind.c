// SPDX-License-Identifier: GPL-2.0-only
/* The device is taken away while programs use it, and comes back. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "load.h"
#include "node.h"
#include "suites.h"
#include "system.h"
#include "waiter.h"

static void expect_unbind(void)
{
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT(!edu_is_bound());
}

/* A file of a device that has gone; who wants one brings it into this state. */
static int open_dead(void)
{
	int fd = node_open(O_RDWR);

	expect_unbind();
	return fd;
}

static void expect_wakes_with(way_fn *way, long result)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, way);
	__u64 start = now_ns();

	expect_unbind();
	EXPECT_EQ(waiter_result(&waiter), result);
	EXPECT(waiter.outcome->ended_ns < start + LATE);
}

static void blocked_wait_ENODEV(void)
{
	expect_wakes_with(by_wait, -ENODEV);
}

static void blocked_read_ENODEV(void)
{
	expect_wakes_with(by_read, -ENODEV);
}

static void blocked_poll_gets_POLLHUP(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_poll);

	expect_unbind();
	EXPECT(waiter_result(&waiter) & POLLHUP);
}

static void blocked_epoll_gets_EPOLLHUP(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_epoll);

	expect_unbind();
	EXPECT(waiter_result(&waiter) & EPOLLHUP);
}

/* The entry in the epoll instance stays until the file goes. */
static void watch_outlives_the_device(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int watch = epoll_create1(EPOLL_CLOEXEC);
	int fd = node_open(O_RDWR);

	REQUIRE(!epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event));
	EXPECT_EQ(epoll_wait(watch, &event, 1, 0), 0);
	expect_unbind();
	EXPECT_EQ(epoll_wait(watch, &event, 1, PATIENCE / MS), 1);
	EXPECT(event.events & EPOLLHUP);
	EXPECT_EQ(edu_bind(), 0);
	EXPECT_EQ(epoll_wait(watch, &event, 1, 0), 1);
	EXPECT_EQ(close(fd), 0);
	EXPECT_EQ(epoll_wait(watch, &event, 1, 0), 0);
	EXPECT_EQ(close(watch), 0);
}

static void all_blocked_readers_wake(void)
{
	struct waiter waiters[8];
	int i;

	for (i = 0; i < 8; i++)
		waiters[i] = waiter_start_opening(i & 1 ? by_wait : by_read);
	expect_unbind();
	for (i = 0; i < 8; i++)
		EXPECT_EQ(waiter_result(&waiters[i]), -ENODEV);
}

static void open_file_cannot_wait_ENODEV(void)
{
	struct record record;
	int fd = open_dead();

	EXPECT_EQ(take_until(fd, &record, DMF_WAIT_FOREVER), -ENODEV);
	EXPECT_EQ(take_now(fd, &record), -ENODEV);
	REQUIRE(!fcntl(fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(take_now(fd, &record), -ENODEV);
}

static void open_file_cannot_read_ENODEV(void)
{
	struct record record;
	int fd = open_dead();

	EXPECT_ERRNO(read(fd, &record, sizeof(record)), ENODEV);
	REQUIRE(!fcntl(fd, F_SETFL, O_NONBLOCK));
	EXPECT_ERRNO(read(fd, &record, sizeof(record)), ENODEV);
}

static void open_file_cannot_write_ENODEV(void)
{
	int fd = open_dead();

	EXPECT_ERRNO(write(fd, "5\n", 2), ENODEV);
}

static void open_file_knows_no_command_ENODEV(void)
{
	struct dmf_stream_select select = { .name = STREAM };
	int fd = open_dead();

	EXPECT_ERRNO(ask_once(fd, 5), ENODEV);
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_SELECT, &select), ENODEV);
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_CANCEL_MINE), ENODEV);
	EXPECT_ERRNO(ioctl(fd, _IO(DMF_IOC_MAGIC, 0x7f)), ENODEV);
}

static void open_file_polls_POLLHUP(void)
{
	int fd = open_dead();

	EXPECT(poll_for(fd, POLLIN, 1000) & POLLHUP);
	EXPECT(poll_for(fd, 0, 1000) & POLLHUP);
}

static void open_file_closes(void)
{
	int fd = open_dead();

	EXPECT_EQ(close(fd), 0);
}

static void unread_event_is_gone(void)
{
	int fd = node_open(O_RDWR);
	struct record record;

	ask_queued(fd, 5);
	expect_unbind();
	EXPECT_EQ(take_now(fd, &record), -ENODEV);
}

static void node_disappears(void)
{
	expect_unbind();
	EXPECT(!node_exists());
	EXPECT_ERRNO(open(NODE, O_RDWR), ENOENT);
}

static void new_node_works(void)
{
	int fd;

	expect_unbind();
	EXPECT_EQ(edu_bind(), 0);
	fd = node_open(O_RDWR);
	ask(fd, 5);
	expect_next(fd, 5);
	expect_empty(fd);
}

static void old_file_stays_dead(void)
{
	int old = open_dead();
	struct record record;
	int fd;

	EXPECT_EQ(edu_bind(), 0);
	fd = node_open(O_RDWR);
	EXPECT_EQ(take_now(old, &record), -ENODEV);
	EXPECT_ERRNO(ask_once(old, 5), ENODEV);
	EXPECT(poll_for(old, POLLIN, 0) & POLLHUP);
	ask(fd, 5);
	expect_next(fd, 5);
	EXPECT_EQ(close(old), 0);
	ask(fd, 6);
	expect_next(fd, 6);
}

static void expect_result_does_not_cross(__u32 work)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);
	long result;

	ask(fd, work);
	expect_unbind();
	/* The driver may let the device finish first. */
	result = waiter_result(&waiter);
	EXPECT(result == -ENODEV || !result);
	EXPECT_EQ(edu_bind(), 0);
	close(fd);
	/* What was asked through the old file is no event of the new node. */
	fd = node_open(O_RDWR);
	ask(fd, 5);
	expect_next(fd, 5);
	expect_empty(fd);
}

static void while_the_device_computes(void)
{
	expect_result_does_not_cross(LONG_WORK);
}

/* No driver waits so long: the device is still busy when it is bound again. */
static void while_the_device_computes_for_long(void)
{
	expect_result_does_not_cross(LONGER_WORK);
}

static void rebind_twenty_times_under_load(void)
{
	struct load load = load_start();
	int i;

	for (i = 0; i < 20; i++) {
		usleep(20 * 1000);
		expect_unbind();
		usleep(1000 * (i % 3));
		EXPECT_EQ(edu_bind(), 0);
	}
	load_stop(&load);
	node_setup();
}

static void twenty_times_under_load(void)
{
	rebind_twenty_times_under_load();
}

/* Here the device falls asleep whenever it has a moment. */
static void twenty_times_with_runtime_suspend(void)
{
	REQUIRE(!file_write(edu_attribute("power/control"), "auto"));
	rebind_twenty_times_under_load();
}

static void many_dead_files(void)
{
	int files[20];
	int i;

	for (i = 0; i < 20; i++) {
		files[i] = open_dead();
		EXPECT_EQ(edu_bind(), 0);
	}
	for (i = 0; i < 20; i++) {
		EXPECT_ERRNO(ask_once(files[i], 5), ENODEV);
		EXPECT_EQ(close(files[i]), 0);
	}
}

static const struct test_case cases[] = {
	TEST_CASE(blocked_wait_ENODEV),
	TEST_CASE(blocked_read_ENODEV),
	TEST_CASE(blocked_poll_gets_POLLHUP),
	TEST_CASE(blocked_epoll_gets_EPOLLHUP),
	TEST_CASE(watch_outlives_the_device),
	TEST_CASE(all_blocked_readers_wake),
	TEST_CASE(open_file_cannot_wait_ENODEV),
	TEST_CASE(open_file_cannot_read_ENODEV),
	TEST_CASE(open_file_cannot_write_ENODEV),
	TEST_CASE(open_file_knows_no_command_ENODEV),
	TEST_CASE(open_file_polls_POLLHUP),
	TEST_CASE(open_file_closes),
	TEST_CASE(unread_event_is_gone),
	TEST_CASE(node_disappears),
	TEST_CASE(new_node_works),
	TEST_CASE(old_file_stays_dead),
	TEST_CASE(while_the_device_computes),
	SLOW_TEST_CASE(while_the_device_computes_for_long, 60),
	SLOW_TEST_CASE(twenty_times_under_load, 60),
	SLOW_TEST_CASE(twenty_times_with_runtime_suspend, 60),
	TEST_CASE(many_dead_files),
	{ }
};

const struct test_suite unbind_suite = {
	.name = "unbind",
	.setup = node_setup,
	.cases = cases,
};
