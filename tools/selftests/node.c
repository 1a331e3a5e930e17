// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "node.h"
#include "system.h"

/* LONGER_WORK takes some seconds of a host that has nothing else to do. */
#define BUSY_PATIENCE	(3 * PATIENCE)

#define DEBUGFS		"/sys/kernel/debug"

/* Asked by the setup to find the end of what earlier cases left behind. */
#define MARK	29

int node_open(int flags)
{
	int fd = open(NODE, flags | O_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}

int ask_once(int fd, __u32 operand)
{
	return ioctl(fd, DMF_EDU_IOC_FACTORIAL, &operand);
}

void ask(int fd, __u32 operand)
{
	__u64 end = now_ns() + BUSY_PATIENCE;
	int ret;

	do {
		ret = ask_once(fd, operand);
	} while (ret && errno == EBUSY && nap_until(end));
	REQUIRE(!ret);
}

void expect_busy(int fd, int (*again)(int fd, __u32 operand))
{
	__u64 end = now_ns() + PATIENCE;
	struct record record;
	bool refused;

	do {
		ask(fd, LONG_WORK);
		refused = again(fd, 3) < 0;
		if (refused)
			EXPECT_EQ(errno, EBUSY);
		EXPECT_EQ(take(fd, &record), 0);
		EXPECT_EQ(record.factorial.operand, LONG_WORK);
		/* This process was late, and the device was done with the first. */
		if (!refused)
			expect_next(fd, 3);
	} while (!refused && nap_until(end));
	EXPECT(refused);
}

/* Of the latest event, be it in the stream or not. */
static __u64 latest_sequence(int fd)
{
	struct dmf_stream_list list = { .index = 0 };

	REQUIRE(!ioctl(fd, DMF_IOC_STREAM_LIST, &list));
	return list.sequence;
}

/*
 * An edge-triggered watch reports each arrival, be the stream empty or not; and also that
 * of the event before, if whoever has put it there is slow to tell.
 */
void ask_queued(int fd, __u32 operand)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int watch = epoll_create1(EPOLL_CLOEXEC);
	__u64 before;

	REQUIRE(watch >= 0);
	REQUIRE(!epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event));
	epoll_wait(watch, &event, 1, 0);
	before = latest_sequence(fd);
	ask(fd, operand);
	do {
		REQUIRE(epoll_wait(watch, &event, 1, PATIENCE / MS) == 1);
	} while (latest_sequence(fd) == before);
	close(watch);
}

int wait_call(int fd, struct dmf_wait *wait)
{
	return ioctl(fd, DMF_IOC_WAIT, wait) ? -errno : 0;
}

int take_until(int fd, struct record *record, __u64 deadline_ns)
{
	struct dmf_wait wait = {
		.buffer = (uintptr_t)record,
		.size = sizeof(*record),
		.max_count = 1,
		.deadline_ns = deadline_ns,
	};

	memset(record, 0, sizeof(*record));
	return wait_call(fd, &wait);
}

int take(int fd, struct record *record)
{
	return take_until(fd, record, now_ns() + PATIENCE);
}

int take_now(int fd, struct record *record)
{
	return take_until(fd, record, 0);
}

int poll_for(int fd, short events, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };

	REQUIRE(poll(&poll_fd, 1, timeout_ms) >= 0);
	return poll_fd.revents;
}

bool is_readable(int fd)
{
	return poll_for(fd, POLLIN, 0) & POLLIN;
}

__u32 factorial(__u32 operand)
{
	__u32 result = 1;

	for (; operand; operand--)
		result *= operand;
	return result;
}

void expect_factorial(const struct record *record, __u32 number,
		      const char *file, int line)
{
	test_expect_equal(record->factorial.operand, number, "the operand",
			  "as asked", file, line);
	test_expect_equal(record->factorial.result, factorial(number),
			  "the result", "its factorial", file, line);
}

__u64 expect_next(int fd, __u32 operand)
{
	struct record record;

	if (EXPECT_EQ(take(fd, &record), 0))
		EXPECT_FACTORIAL(&record, operand);
	return record.event.sequence;
}

void expect_empty(int fd)
{
	struct record record;
	int ret = take_now(fd, &record);

	if (!EXPECT(ret == -ETIMEDOUT || ret == -EAGAIN))
		test_note("got %d, event %llu", ret, record.event.sequence);
}

/* The Doorbell's callback, which tells of the events, has come to its end. */
static bool bell_is_at_rest(void)
{
	char path[128], tree[16384];

	snprintf(path, sizeof(path), DEBUGFS "/dmf/%s/tree", edu_address());
	REQUIRE(file_read(path, tree, sizeof(tree)) > 0);
	return strstr(tree, " running=0 pending=0");
}

/*
 * The device works on one request at a time. So when the result of the mark is
 * there, all earlier ones have come too. Whoever waits is told a moment later.
 */
static void node_drain(void)
{
	__u64 end = now_ns() + BUSY_PATIENCE;
	int fd = node_open(O_RDWR);
	struct record record;

	ask(fd, MARK);
	do {
		REQUIRE(!take(fd, &record));
	} while (record.factorial.operand != MARK);
	close(fd);
	while (!bell_is_at_rest() && nap_until(end))
		;
	REQUIRE(bell_is_at_rest());
}

void node_setup(void)
{
	mount_once("debugfs", DEBUGFS);
	system_setup();
	node_drain();
}
