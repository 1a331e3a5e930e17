// SPDX-License-Identifier: GPL-2.0-only
/* poll(2) and epoll on the node. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"
#include "waiter.h"

static int watch_of(int fd, __u32 events)
{
	struct epoll_event event = { .events = events };
	int watch = epoll_create1(EPOLL_CLOEXEC);

	REQUIRE(watch >= 0);
	REQUIRE(!epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event));
	return watch;
}

/* Number of events that the watch reports within the time. */
static int watched(int watch, int timeout_ms)
{
	struct epoll_event event;

	return epoll_wait(watch, &event, 1, timeout_ms);
}

static void empty_stream_is_not_readable(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_EQ(poll_for(fd, POLLIN | POLLRDNORM, 0) &
		  (POLLIN | POLLRDNORM | POLLHUP | POLLERR), 0);
}

static void event_makes_readable(void)
{
	int fd = node_open(O_RDWR);

	ask(fd, 5);
	EXPECT_EQ(poll_for(fd, POLLIN | POLLRDNORM, PATIENCE / MS),
		  POLLIN | POLLRDNORM);
}

static void readable_until_the_last_event_is_taken(void)
{
	int fd = node_open(O_RDWR);

	ask_queued(fd, 3);
	ask_queued(fd, 4);
	EXPECT(is_readable(fd));
	EXPECT(is_readable(fd));
	expect_next(fd, 3);
	EXPECT(is_readable(fd));
	expect_next(fd, 4);
	EXPECT(!is_readable(fd));
}

static void timeout_passes(void)
{
	int fd = node_open(O_RDWR);
	__u64 start = now_ns();
	__u64 end;

	EXPECT_EQ(poll_for(fd, POLLIN, 100), 0);
	end = now_ns();
	EXPECT(end >= start + 100 * MS);
	EXPECT(end < start + LATE);
}

static void blocked_poll_wakes(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_poll);

	ask(fd, 5);
	EXPECT_EQ(waiter_result(&waiter), POLLIN);
	expect_next(fd, 5);
}

static void blocked_epoll_wakes(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_epoll);

	ask(fd, 5);
	EXPECT_EQ(waiter_result(&waiter), EPOLLIN);
	expect_next(fd, 5);
}

static void pollers_of_all_files_wake(void)
{
	int fd = node_open(O_RDWR);
	struct waiter same = waiter_start(fd, by_poll);
	struct waiter other = waiter_start_opening(by_poll);

	ask(fd, 5);
	EXPECT_EQ(waiter_result(&same), POLLIN);
	EXPECT_EQ(waiter_result(&other), POLLIN);
}

static void edge_triggered_watch_sees_each_event(void)
{
	int fd = node_open(O_RDWR);
	int watch = watch_of(fd, EPOLLIN | EPOLLET);
	__u32 i;

	for (i = 1; i <= 3; i++) {
		ask(fd, i);
		EXPECT_EQ(watched(watch, PATIENCE / MS), 1);
		EXPECT_EQ(watched(watch, 0), 0);
	}
	for (i = 1; i <= 3; i++)
		expect_next(fd, i);
}

/* Take events as they come, by a watch of one's own, and count them. */
static void take_by_watch(int fd, __u32 events, unsigned int *taken)
{
	struct record record;
	int watch;

	watch = watch_of(fd, events);
	for (;;) {
		if (watched(watch, -1) != 1)
			continue;
		while (!take_now(fd, &record))
			__atomic_add_fetch(taken, 1, __ATOMIC_RELAXED);
	}
}

/* Each event is taken, whichever of several watches on one file is told of it. */
static void expect_all_taken(__u32 events)
{
	unsigned int *taken = mmap(NULL, sizeof(*taken), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = node_open(O_RDWR | O_NONBLOCK);
	__u64 end = now_ns() + PATIENCE;
	pid_t takers[3];
	unsigned int i;

	REQUIRE(taken != MAP_FAILED);
	for (i = 0; i < ARRAY_SIZE(takers); i++) {
		takers[i] = fork();
		if (!takers[i])
			take_by_watch(fd, events, taken);
	}
	for (i = 0; i < 50; i++)
		ask(fd, 3);
	while (__atomic_load_n(taken, __ATOMIC_RELAXED) < 50 && nap_until(end))
		;
	EXPECT_EQ(*taken, 50);
	for (i = 0; i < ARRAY_SIZE(takers); i++) {
		kill(takers[i], SIGKILL);
		waitpid(takers[i], NULL, 0);
	}
}

static void edge_triggered_watches_of_one_file(void)
{
	expect_all_taken(EPOLLIN | EPOLLET);
}

static void exclusive_watches_of_one_file(void)
{
	expect_all_taken(EPOLLIN | EPOLLEXCLUSIVE);
}

static void exclusive_edge_triggered_watches_of_one_file(void)
{
	expect_all_taken(EPOLLIN | EPOLLET | EPOLLEXCLUSIVE);
}

static void level_triggered_watch_repeats(void)
{
	int fd = node_open(O_RDWR);
	int watch = watch_of(fd, EPOLLIN);

	ask(fd, 5);
	EXPECT_EQ(watched(watch, PATIENCE / MS), 1);
	EXPECT_EQ(watched(watch, 0), 1);
	expect_next(fd, 5);
	EXPECT_EQ(watched(watch, 0), 0);
}

static void node_is_writable(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_EQ(poll_for(fd, POLLOUT, 0), POLLOUT);
}

static void watch_survives_the_file(void)
{
	int fd = node_open(O_RDWR);
	int other = node_open(O_RDWR);
	int watch = watch_of(fd, EPOLLIN);

	close(fd);
	ask_queued(other, 5);
	EXPECT_EQ(watched(watch, 0), 0);
	expect_next(other, 5);
}

static const struct test_case cases[] = {
	TEST_CASE(empty_stream_is_not_readable),
	TEST_CASE(event_makes_readable),
	TEST_CASE(readable_until_the_last_event_is_taken),
	TEST_CASE(timeout_passes),
	TEST_CASE(blocked_poll_wakes),
	TEST_CASE(blocked_epoll_wakes),
	TEST_CASE(pollers_of_all_files_wake),
	TEST_CASE(edge_triggered_watch_sees_each_event),
	TEST_CASE(edge_triggered_watches_of_one_file),
	TEST_CASE(exclusive_watches_of_one_file),
	TEST_CASE(exclusive_edge_triggered_watches_of_one_file),
	TEST_CASE(level_triggered_watch_repeats),
	TEST_CASE(node_is_writable),
	TEST_CASE(watch_survives_the_file),
	{ }
};

const struct test_suite poll_suite = {
	.name = "poll",
	.setup = node_setup,
	.cases = cases,
};
