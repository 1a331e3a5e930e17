// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stream of which each open file gets every event: that of the container driver, whose
 * events are the writes to its node.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/dmf/notify.h>

#include "clock.h"
#include "harness.h"
#include "suites.h"
#include "system.h"

#define SAMPLE		"dmf_sample"
#define SAMPLE_DEVICE	"dmf_sample_device"
#define SAMPLE_NODE	"/dev/dmf/sample0"
#define STREAM		"writes"
#define OTHER_STREAM	"totals"

/* Events that the driver keeps, and newcomers get. */
#define DEPTH		16

struct record {
	struct dmf_event event;
	__u64 total;
};

static int fds[8];
static unsigned int fd_count;

/* Both modules loaded anew: the count begins with 0. */
static void setup(void)
{
	system_setup();
	if (module_is_loaded(SAMPLE))
		REQUIRE(!module_unload(SAMPLE));
	if (module_is_loaded(SAMPLE_DEVICE))
		REQUIRE(!module_unload(SAMPLE_DEVICE));
	REQUIRE(!module_load(SAMPLE));
	REQUIRE(!module_load(SAMPLE_DEVICE));
}

/* The end of each case: other suites take the core away. */
static void finish(void)
{
	while (fd_count)
		close(fds[--fd_count]);
	if (module_is_loaded(SAMPLE_DEVICE))
		EXPECT_EQ(module_unload(SAMPLE_DEVICE), 0);
	EXPECT_EQ(module_unload(SAMPLE), 0);
}

static void stream_select(int fd, const char *name)
{
	struct dmf_stream_select select = { .name = "" };

	strncpy(select.name, name, sizeof(select.name) - 1);
	REQUIRE(!ioctl(fd, DMF_IOC_STREAM_SELECT, &select));
}

static int broadcast_open(int flags)
{
	int fd = open(SAMPLE_NODE, O_RDWR | O_CLOEXEC | flags);

	REQUIRE(fd >= 0 && fd_count < ARRAY_SIZE(fds));
	fds[fd_count++] = fd;
	stream_select(fd, STREAM);
	return fd;
}

static void write_some(int fd, unsigned int count)
{
	while (count--)
		REQUIRE(write(fd, "x", 1) == 1);
}

/* The next record is that of the write of this number. */
static void expect_write(int fd, __u64 number)
{
	struct record record = { .total = 0 };

	EXPECT_EQ(read(fd, &record, sizeof(record)), sizeof(record));
	EXPECT_EQ(record.total, number);
	EXPECT_EQ(record.event.sequence, number);
}

static void expect_empty(int fd)
{
	struct record record;
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	EXPECT_EQ(poll(&poll_fd, 1, 0), 0);
	EXPECT_ERRNO(read(fd, &record, sizeof(record)), EAGAIN);
}

/* -- Several processes -------------------------------------------------------------- */

#define PROCESSES	6
#define ROUNDS		25
#define ROUND		8	/* writes until all have read what there is */

static int take_by_read(int fd, struct record *record)
{
	return read(fd, record, sizeof(*record));
}

static int take_by_wait(int fd, struct record *record)
{
	struct dmf_wait wait = {
		.buffer = (uintptr_t)record,
		.size = sizeof(*record),
		.deadline_ns = now_ns() + PATIENCE,
	};

	return ioctl(fd, DMF_IOC_WAIT, &wait) ? -1 : (int)wait.used;
}

static int take_by_poll(int fd, struct record *record)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, PATIENCE / MS) == 1 ? take_by_read(fd, record) : -1;
}

static int (*const ways[])(int fd, struct record *record) = {
	take_by_read, take_by_wait, take_by_poll,
};

/* Say that the file is open, and then after each round that it has been read. */
static void process_run(unsigned int index, int channel)
{
	int fd = broadcast_open(0);
	struct record record;
	unsigned int i;

	REQUIRE(write(channel, "o", 1) == 1);
	for (i = 1; i <= ROUNDS * ROUND; i++) {
		REQUIRE(ways[index % ARRAY_SIZE(ways)](fd, &record) == sizeof(record));
		EXPECT_EQ(record.total, i);
		EXPECT_EQ(record.event.sequence, i);
		if (!(i % ROUND))
			REQUIRE(write(channel, "r", 1) == 1);
	}
	_exit(0);
}

static void require_answers(int channel)
{
	struct pollfd poll_fd = { .fd = channel, .events = POLLIN };
	unsigned int i;
	char answer;

	for (i = 0; i < PROCESSES; i++) {
		REQUIRE(poll(&poll_fd, 1, PATIENCE / MS) == 1);
		REQUIRE(read(channel, &answer, 1) == 1);
	}
}

static void require_good_ends(void)
{
	unsigned int i;
	int status;

	for (i = 0; i < PROCESSES; i++) {
		REQUIRE(wait(&status) > 0);
		EXPECT_EQ(status, 0);
	}
}

static void each_of_several_processes_sees_every_event_in_order(void)
{
	int fd = broadcast_open(0);
	unsigned int i;
	int channels[2];

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channels));
	for (i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		REQUIRE(pid >= 0);
		if (!pid)
			process_run(i, channels[1]);
	}
	require_answers(channels[0]);
	for (i = 0; i < ROUNDS; i++) {
		write_some(fd, ROUND);
		require_answers(channels[0]);
	}
	require_good_ends();
	finish();
}

/* Each waits on a file of its own, and all hear that the device goes. */
static void removal_ends_the_wait_on_every_file(void)
{
	int channels[2];
	unsigned int i;

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channels));
	for (i = 0; i < PROCESSES; i++) {
		struct record record;
		pid_t pid = fork();
		int fd;

		REQUIRE(pid >= 0);
		if (pid)
			continue;
		fd = broadcast_open(0);
		REQUIRE(write(channels[1], "o", 1) == 1);
		expect_write(fd, 1);
		REQUIRE(write(channels[1], "r", 1) == 1);
		EXPECT_ERRNO(read(fd, &record, sizeof(record)), ENODEV);
		_exit(0);
	}
	require_answers(channels[0]);
	write_some(broadcast_open(0), 1);
	require_answers(channels[0]);
	EXPECT_EQ(module_unload(SAMPLE_DEVICE), 0);
	require_good_ends();
	finish();
}

/* -- Files ---------------------------------------------------------------------------- */

static void slow_file_loses_its_own_events_and_sees_the_gap(void)
{
	int slow = broadcast_open(O_NONBLOCK);
	int fast = broadcast_open(O_NONBLOCK);
	__u64 number;

	write_some(fast, 1);
	expect_write(slow, 1);
	expect_write(fast, 1);
	for (number = 2; number <= DEPTH + 5; number++) {
		write_some(fast, 1);
		expect_write(fast, number);
	}
	/* 2 to 5 it has lost. */
	for (number = 6; number <= DEPTH + 5; number++)
		expect_write(slow, number);
	expect_empty(slow);
	expect_empty(fast);
	finish();
}

static void newcomer_gets_the_last_events(void)
{
	int fd = broadcast_open(0);
	int newcomer;
	__u64 number;

	write_some(fd, DEPTH + 3);
	newcomer = broadcast_open(O_NONBLOCK);
	for (number = 4; number <= DEPTH + 3; number++)
		expect_write(newcomer, number);
	expect_empty(newcomer);
	write_some(fd, 1);
	expect_write(newcomer, DEPTH + 4);
	finish();
}

/* What dup(2) and fork(2) make is the same open file. */
static void descriptors_of_one_open_file_share_its_events(void)
{
	int fd = broadcast_open(O_NONBLOCK);
	int other = dup(fd), status;
	pid_t pid;

	REQUIRE(other >= 0);
	write_some(fd, 3);
	expect_write(fd, 1);
	expect_write(other, 2);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		expect_write(fd, 3);
		_exit(0);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT_EQ(status, 0);
	expect_empty(fd);
	expect_empty(other);
	close(other);
	finish();
}

static void file_that_reads_another_stream_misses_nothing(void)
{
	int fd = broadcast_open(O_NONBLOCK);

	stream_select(fd, OTHER_STREAM);
	write_some(fd, 2);
	stream_select(fd, STREAM);
	expect_write(fd, 1);
	stream_select(fd, OTHER_STREAM);
	write_some(fd, 1);
	stream_select(fd, STREAM);
	expect_write(fd, 2);
	expect_write(fd, 3);
	expect_empty(fd);
	finish();
}

static const struct test_case cases[] = {
	TEST_CASE(each_of_several_processes_sees_every_event_in_order),
	TEST_CASE(removal_ends_the_wait_on_every_file),
	TEST_CASE(slow_file_loses_its_own_events_and_sees_the_gap),
	TEST_CASE(newcomer_gets_the_last_events),
	TEST_CASE(descriptors_of_one_open_file_share_its_events),
	TEST_CASE(file_that_reads_another_stream_misses_nothing),
	{ }
};

const struct test_suite broadcast_suite = {
	.name = "broadcast",
	.setup = setup,
	.cases = cases,
};
