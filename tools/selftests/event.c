// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eventfds that a program registers on the node: what they hear, what ends it, and
 * what can be wrong in the call. The event is that of the container driver, which
 * each write to its node signals.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptor.h"
#include "node.h"
#include "sample.h"
#include "suites.h"
#include "system.h"

#define NAME	"totals"

static int event_new(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}

static int event_set(int node, int fd, unsigned int flags)
{
	struct dmf_event_set set = { .name = NAME, .fd = fd, .flags = flags };

	return ioctl(node, DMF_IOC_EVENT_SET, &set);
}

/* What has been added since the last time, at once. */
static long long taken(int event)
{
	unsigned long long count;

	return read(event, &count, sizeof(count)) == sizeof(count) ? (long long)count : 0;
}

static bool hears(int event, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = event, .events = POLLIN };

	return poll(&poll_fd, 1, timeout_ms) == 1 && poll_fd.revents == POLLIN;
}

/* Have the event happen, and wait until it has: its record is taken, too. */
static void signal_once(int node)
{
	char record[256];

	REQUIRE(write(node, "x", 1) == 1);
	REQUIRE(read(node, record, sizeof(record)) > 0);
}

static void expect_heard(int node, int event)
{
	signal_once(node);
	EXPECT(hears(event, PATIENCE / MS));
	EXPECT_EQ(taken(event), 1);
}

/* The event comes after the record: one more record is proof that none is to come. */
static void expect_deaf(int node, int event)
{
	signal_once(node);
	signal_once(node);
	EXPECT(!hears(event, 20));
}

/* -- Hearing ---------------------------------------------------------------------- */

static void each_event_adds_one(void)
{
	int node = sample_open(), event = event_new();

	EXPECT_EQ(event_set(node, event, 0), 0);
	EXPECT(!hears(event, 0));
	expect_heard(node, event);
	expect_heard(node, event);
	EXPECT(!hears(event, 0));
}

static void the_name_may_be_left_out(void)
{
	struct dmf_event_set set = { .fd = event_new() };
	int node = sample_open();

	EXPECT_EQ(ioctl(node, DMF_IOC_EVENT_SET, &set), 0);
	expect_heard(node, set.fd);
}

static void every_file_hears(void)
{
	int mine = sample_open(), theirs = sample_open();
	int first = event_new(), second = event_new();

	EXPECT_EQ(event_set(mine, first, 0), 0);
	EXPECT_EQ(event_set(theirs, second, 0), 0);
	expect_heard(mine, first);
	EXPECT(hears(second, PATIENCE / MS));
	close(theirs);
	expect_heard(mine, first);
	EXPECT_EQ(taken(second), 1);
}

static void second_eventfd_replaces_the_first(void)
{
	int node = sample_open(), first = event_new(), second = event_new();

	EXPECT_EQ(event_set(node, first, 0), 0);
	EXPECT_EQ(event_set(node, second, 0), 0);
	expect_heard(node, second);
	EXPECT(!hears(first, 0));
}

static void epoll_waits_for_event_and_record(void)
{
	struct epoll_event wanted = { .events = EPOLLIN }, got[2];
	int node = sample_open(), event = event_new();
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	EXPECT_EQ(event_set(node, event, 0), 0);
	REQUIRE(!epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted));
	REQUIRE(!epoll_ctl(epoll, EPOLL_CTL_ADD, node, &wanted));
	EXPECT_EQ(epoll_wait(epoll, got, 2, 0), 0);
	REQUIRE(write(node, "x", 1) == 1);
	EXPECT(hears(event, PATIENCE / MS));
	EXPECT(hears(node, PATIENCE / MS));
	EXPECT_EQ(epoll_wait(epoll, got, 2, 0), 2);
}

/* -- What ends it ------------------------------------------------------------------- */

static void taken_away(void)
{
	int node = sample_open(), event = event_new();

	EXPECT_EQ(event_set(node, -1, 0), 0);
	EXPECT_EQ(event_set(node, event, 0), 0);
	expect_heard(node, event);
	EXPECT_EQ(event_set(node, -1, 0), 0);
	expect_deaf(node, event);
}

static void closing_the_descriptor_of_the_eventfd_does_not(void)
{
	int node = sample_open(), event = event_new(), copy = dup(event);

	REQUIRE(copy >= 0);
	EXPECT_EQ(event_set(node, event, 0), 0);
	close(event);
	expect_heard(node, copy);
	/* Nobody can hear it any more, and it can still be taken away. */
	close(copy);
	signal_once(node);
	EXPECT_EQ(event_set(node, -1, 0), 0);
}

static void closing_the_file_does(void)
{
	int node = sample_open(), other = sample_open(), event = event_new();

	EXPECT_EQ(event_set(node, event, DMF_EVENT_GONE), 0);
	expect_heard(other, event);
	close(node);
	expect_deaf(other, event);
}

/* The file is shared after fork(2): it is the last to close it who ends it. */
static void the_last_of_two_processes_does(void)
{
	int node = sample_open(), other = sample_open(), event = event_new();
	int go[2], status;
	char byte;
	pid_t child;

	EXPECT_EQ(event_set(node, event, 0), 0);
	REQUIRE(!pipe(go));
	child = fork();
	REQUIRE(child >= 0);
	if (!child) {
		close(go[1]);
		_exit(read(go[0], &byte, 1) != 0);
	}
	close(go[0]);
	close(node);
	expect_heard(other, event);
	close(go[1]);
	REQUIRE(waitpid(child, &status, 0) == child);
	EXPECT_EQ(status, 0);
	expect_deaf(other, event);
}

static void a_file_in_a_socket_stays_open(void)
{
	int node = sample_open(), other = sample_open(), event = event_new();
	int sockets[2];

	EXPECT_EQ(event_set(node, event, 0), 0);
	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	descriptor_send(sockets[0], node);
	close(node);
	expect_heard(other, event);
	close(sockets[0]);
	close(sockets[1]);
	expect_deaf(other, event);
}

static void the_device_goes(void)
{
	int node = sample_open(), other = sample_open();
	int told = event_new(), untold = event_new();
	struct pollfd poll_fd = { .fd = node, .events = POLLIN };

	EXPECT_EQ(event_set(node, told, DMF_EVENT_GONE), 0);
	EXPECT_EQ(event_set(other, untold, 0), 0);
	EXPECT_EQ(module_unload(SAMPLE_DEVICE), 0);
	EXPECT(hears(told, 0));
	EXPECT_EQ(taken(told), 1);
	EXPECT(!hears(untold, 0));
	EXPECT_EQ(poll(&poll_fd, 1, 0), 1);
	EXPECT(poll_fd.revents & POLLHUP);
	EXPECT_ERRNO(event_set(node, told, 0), ENODEV);
	EXPECT_ERRNO(event_set(node, -1, 0), ENODEV);
}

/* -- What can be wrong -------------------------------------------------------------- */

static void expect_set_fails(int node, const struct dmf_event_set *set, int error)
{
	struct dmf_event_set copy = *set;

	EXPECT_ERRNO(ioctl(node, DMF_IOC_EVENT_SET, &copy), error);
}

#define EXPECT_SET_FAILS(node, error, ...) \
	expect_set_fails((node), &(struct dmf_event_set){ __VA_ARGS__ }, (error))

static void bad_arguments(void)
{
	int node = sample_open(), event = event_new(), closed = dup(event);
	struct dmf_event_set set;

	close(closed);
	EXPECT_SET_FAILS(node, EBADF, .name = NAME, .fd = closed);
	EXPECT_SET_FAILS(node, EBADF, .name = NAME, .fd = -2);
	EXPECT_SET_FAILS(node, EINVAL, .name = NAME, .fd = node);
	EXPECT_SET_FAILS(node, EINVAL, .name = NAME, .fd = event, .index = 1);
	EXPECT_SET_FAILS(node, EINVAL, .name = NAME, .fd = -1, .index = ~0U);
	EXPECT_SET_FAILS(node, EINVAL, .name = NAME, .fd = event, .flags = 2);
	EXPECT_SET_FAILS(node, EINVAL, .name = NAME, .fd = -1, .flags = DMF_EVENT_GONE);
	EXPECT_SET_FAILS(node, EINVAL, .name = NAME, .fd = event, .reserved = { 0, 0, 0, 0, 1 });
	EXPECT_SET_FAILS(node, ENOENT, .fd = event, .name = "totalsx");
	EXPECT_SET_FAILS(node, EINVAL, .fd = event, .name = "totals\0x");
	memset(&set, 0, sizeof(set));
	memset(set.name, 'x', sizeof(set.name));
	expect_set_fails(node, &set, EINVAL);
	EXPECT_ERRNO(ioctl(node, DMF_IOC_EVENT_SET, bad_address(8)), EFAULT);
	expect_deaf(node, event);
}

static void file_not_open_for_reading(void)
{
	int node = open(SAMPLE_NODE, O_WRONLY | O_CLOEXEC), event = event_new();

	REQUIRE(node >= 0);
	EXPECT_ERRNO(event_set(node, event, 0), EBADF);
}

static void device_without_events(void)
{
	struct dmf_event_set set = { .fd = event_new() };
	int node = node_open(O_RDWR);

	EXPECT_ERRNO(ioctl(node, DMF_IOC_EVENT_SET, &set), ENOENT);
}

static void one_file_too_many(void)
{
	int event = event_new(), nodes[65];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		nodes[i] = sample_open();
	for (i = 0; i < 64; i++)
		EXPECT_EQ(event_set(nodes[i], event, 0), 0);
	EXPECT_ERRNO(event_set(nodes[64], event, 0), EBUSY);
	signal_once(nodes[64]);
	EXPECT(hears(event, PATIENCE / MS));
	close(nodes[0]);
	EXPECT_EQ(event_set(nodes[64], event, 0), 0);
}

/* -- All at once ---------------------------------------------------------------------- */

#define RACE_NS		(300 * MS)

struct race {
	int event;
	__u64 end_ns;
	unsigned int failures;
};

static void *write_on(void *data)
{
	struct race *race = data;
	int node = sample_open();
	char record[256];

	while (now_ns() < race->end_ns) {
		if (write(node, "x", 1) != 1 || read(node, record, sizeof(record)) <= 0)
			race->failures++;
	}
	close(node);
	return NULL;
}

static void *set_on(void *data)
{
	struct race *race = data;
	int node;

	while (now_ns() < race->end_ns) {
		node = sample_open();
		if (event_set(node, race->event, DMF_EVENT_GONE) ||
		    event_set(node, race->event, 0) || event_set(node, -1, 0) ||
		    event_set(node, race->event, 0))
			race->failures++;
		close(node);
	}
	return NULL;
}

static void race_events_against_registering_and_close(void)
{
	struct race races[3];
	pthread_t threads[3];
	int node = sample_open(), event = event_new();
	unsigned int i;

	for (i = 0; i < 3; i++) {
		races[i] = (struct race){ event_new(), now_ns() + RACE_NS, 0 };
		REQUIRE(!pthread_create(&threads[i], NULL, i ? set_on : write_on, &races[i]));
	}
	for (i = 0; i < 3; i++) {
		REQUIRE(!pthread_join(threads[i], NULL));
		EXPECT_EQ(races[i].failures, 0);
	}
	/* Nothing is left of them, once the last event of then is over. */
	signal_once(node);
	signal_once(node);
	for (i = 1; i < 3; i++)
		taken(races[i].event);
	EXPECT_EQ(event_set(node, event, 0), 0);
	signal_once(node);
	EXPECT(hears(event, PATIENCE / MS));
	for (i = 1; i < 3; i++)
		EXPECT(!hears(races[i].event, 0));
}

static const struct test_case cases[] = {
	TEST_CASE(each_event_adds_one),
	TEST_CASE(the_name_may_be_left_out),
	TEST_CASE(every_file_hears),
	TEST_CASE(second_eventfd_replaces_the_first),
	TEST_CASE(epoll_waits_for_event_and_record),
	TEST_CASE(taken_away),
	TEST_CASE(closing_the_descriptor_of_the_eventfd_does_not),
	TEST_CASE(closing_the_file_does),
	TEST_CASE(the_last_of_two_processes_does),
	TEST_CASE(a_file_in_a_socket_stays_open),
	TEST_CASE(the_device_goes),
	TEST_CASE(bad_arguments),
	TEST_CASE(file_not_open_for_reading),
	TEST_CASE(device_without_events),
	TEST_CASE(one_file_too_many),
	TEST_CASE(race_events_against_registering_and_close),
	{ }
};

const struct test_suite event_suite = {
	.name = "event",
	.setup = sample_setup,
	.cases = cases,
};
