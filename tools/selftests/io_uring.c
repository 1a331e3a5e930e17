// SPDX-License-Identifier: GPL-2.0-only
/* Reads and polls of the node that are posted on an io_uring. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <liburing.h>

#include "node.h"
#include "suites.h"
#include "system.h"

#define POSTED		32
/* Of a read: then io_uring has a thread wait for it. */
#define WOKEN_TOO_OFTEN	128

static struct io_uring ring;
static struct record records[POSTED];

static void ring_setup(void)
{
	int ret = io_uring_queue_init(2 * POSTED, &ring, 0);

	REQUIRE(ret != -ENOMEM);
	if (ret)
		test_skip("no io_uring");
}

/* A read whose number is @index; it is posted by the next submit. */
static struct io_uring_sqe *prepare_read(int fd, unsigned int index)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	REQUIRE(sqe);
	io_uring_prep_read(sqe, fd, &records[index], sizeof(records[index]), 0);
	sqe->user_data = index;
	return sqe;
}

static void post_reads(int fd, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		prepare_read(fd, i);
	REQUIRE(io_uring_submit(&ring) == (int)count);
}

/* The next completion, which must come within PATIENCE: its number in *@index. */
static int completed(unsigned long *index)
{
	struct __kernel_timespec patience = { .tv_sec = PATIENCE / SECOND };
	struct io_uring_cqe *cqe;
	int result;

	REQUIRE(!io_uring_wait_cqe_timeout(&ring, &cqe, &patience));
	result = cqe->res;
	*index = cqe->user_data;
	io_uring_cqe_seen(&ring, cqe);
	return result;
}

static void expect_completed(unsigned long index, int result)
{
	unsigned long found;

	EXPECT_EQ(completed(&found), result);
	EXPECT_EQ(found, index);
}

/* None is there, nor comes in a while. */
static void expect_pending(void)
{
	struct __kernel_timespec while_ = { .tv_nsec = 20 * MS };
	struct io_uring_cqe *cqe;

	EXPECT_EQ(io_uring_wait_cqe_timeout(&ring, &cqe, &while_), -ETIME);
}

static void posted_read_gets_the_event(void)
{
	int fd = node_open(O_RDWR);

	ring_setup();
	post_reads(fd, 1);
	expect_pending();
	ask(fd, 5);
	expect_completed(0, sizeof(records[0]));
	EXPECT_FACTORIAL(&records[0], 5);
	expect_empty(fd);
}

static void event_that_is_there_completes_at_once(void)
{
	int fd = node_open(O_RDWR);

	ring_setup();
	ask_queued(fd, 5);
	post_reads(fd, 1);
	expect_completed(0, sizeof(records[0]));
	EXPECT_FACTORIAL(&records[0], 5);
}

static void each_posted_read_gets_one_event(void)
{
	int fd = node_open(O_RDWR);
	__u64 first = ~0ULL, last = 0;
	bool seen[POSTED] = { };
	unsigned long index;
	unsigned int i;

	ring_setup();
	post_reads(fd, POSTED);
	for (i = 0; i < POSTED; i++)
		ask(fd, 3);
	for (i = 0; i < POSTED; i++) {
		EXPECT_EQ(completed(&index), sizeof(records[0]));
		REQUIRE(index < POSTED && !seen[index]);
		seen[index] = true;
		EXPECT_FACTORIAL(&records[index], 3);
		if (records[index].event.sequence < first)
			first = records[index].event.sequence;
		if (records[index].event.sequence > last)
			last = records[index].event.sequence;
	}
	/* As many numbers as events, and each read has its own memory: none came twice. */
	EXPECT_EQ(last - first, POSTED - 1);
	expect_empty(fd);
}

static void one_event_completes_one_of_many(void)
{
	int fd = node_open(O_RDWR);
	unsigned long index;

	ring_setup();
	post_reads(fd, POSTED);
	ask(fd, 5);
	EXPECT_EQ(completed(&index), sizeof(records[0]));
	expect_pending();
}

static void cancelled_read_loses_no_event(void)
{
	int fd = node_open(O_RDWR);
	struct io_uring_sqe *sqe;
	unsigned long index;
	int i, result;

	ring_setup();
	post_reads(fd, 1);
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_cancel64(sqe, 0, 0);
	sqe->user_data = 99;
	REQUIRE(io_uring_submit(&ring) == 1);
	for (i = 0; i < 2; i++) {
		result = completed(&index);
		EXPECT_EQ(result, index == 99 ? 0 : -ECANCELED);
	}
	ask(fd, 5);
	expect_next(fd, 5);
}

static void linked_timeout_ends_the_read(void)
{
	struct __kernel_timespec soon = { .tv_nsec = 10 * MS };
	int fd = node_open(O_RDWR);
	struct io_uring_sqe *sqe;
	unsigned long index;
	int i, result;

	ring_setup();
	prepare_read(fd, 0)->flags |= IOSQE_IO_LINK;
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_link_timeout(sqe, &soon, 0);
	sqe->user_data = 99;
	REQUIRE(io_uring_submit(&ring) == 2);
	for (i = 0; i < 2; i++) {
		result = completed(&index);
		if (index == 0)
			EXPECT_EQ(result, -ECANCELED);
	}
	ask(fd, 5);
	expect_next(fd, 5);
}

static void unbind_completes_posted_reads_ENODEV(void)
{
	int fd = node_open(O_RDWR);
	unsigned long index;
	int i;

	ring_setup();
	post_reads(fd, 4);
	REQUIRE(!edu_unbind());
	for (i = 0; i < 4; i++)
		EXPECT_EQ(completed(&index), -ENODEV);
}

/* A ring waits for what it can poll, whatever the file says; the read decides. */
static void nonblocking_file_makes_no_difference(void)
{
	int fd = node_open(O_RDWR | O_NONBLOCK);

	ring_setup();
	post_reads(fd, 1);
	expect_pending();
	ask(fd, 5);
	expect_completed(0, sizeof(records[0]));
}

static void nonblocking_read_EAGAIN_at_once(void)
{
	int fd = node_open(O_RDWR);

	ring_setup();
	prepare_read(fd, 0)->rw_flags = RWF_NOWAIT;
	REQUIRE(io_uring_submit(&ring) == 1);
	expect_completed(0, -EAGAIN);
	ask_queued(fd, 5);
	prepare_read(fd, 0)->rw_flags = RWF_NOWAIT;
	REQUIRE(io_uring_submit(&ring) == 1);
	expect_completed(0, sizeof(records[0]));
}

static void multishot_poll_tells_of_each_event(void)
{
	int fd = node_open(O_RDWR);
	struct io_uring_sqe *sqe;
	unsigned long index;
	__u32 i;

	ring_setup();
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_poll_multishot(sqe, fd, POLLIN);
	sqe->user_data = 7;
	REQUIRE(io_uring_submit(&ring) == 1);
	for (i = 1; i <= 3; i++) {
		ask(fd, i);
		EXPECT_EQ(completed(&index) & POLLIN, POLLIN);
		EXPECT_EQ(index, 7);
		expect_next(fd, i);
	}
	REQUIRE(!edu_unbind());
	EXPECT(completed(&index) & POLLHUP);
}

/* Number of threads of this process that the ring has made. */
static unsigned int ring_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned int count = 0;
	struct dirent *entry;
	char path[300], name[32];

	REQUIRE(tasks);
	while ((entry = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		if (*entry->d_name != '.' && file_read(path, name, sizeof(name)) > 0)
			count += !strncmp(name, "iou-", 4);
	}
	closedir(tasks);
	return count;
}

/* A read that was woken too often for nothing would get a thread: each has its turn. */
static void expect_no_thread(unsigned int posted)
{
	int fd = node_open(O_RDWR);
	unsigned long index;
	unsigned int i;

	ring_setup();
	post_reads(fd, posted);
	EXPECT_EQ(ring_threads(), 0);
	for (i = 0; i < WOKEN_TOO_OFTEN + posted; i++) {
		ask(fd, 3);
		REQUIRE(completed(&index) == sizeof(records[0]));
		prepare_read(fd, index);
		REQUIRE(io_uring_submit(&ring) == 1);
	}
	EXPECT_EQ(ring_threads(), 0);
}

static void posted_reads_cost_no_thread(void)
{
	expect_no_thread(POSTED);
}

static void pair_of_posted_reads_costs_no_thread(void)
{
	expect_no_thread(2);
}

/* The Client's .ko is in use as long as a file is open. */
static void end_of_the_ring_frees_the_file(void)
{
	int fd = node_open(O_RDWR);

	ring_setup();
	post_reads(fd, POSTED);
	close(fd);
	EXPECT_EQ(module_unload(CLIENT), -EAGAIN);
	io_uring_queue_exit(&ring);
	REQUIRE(!edu_unbind());
	EXPECT_EQ(module_unload_soon(CLIENT), 0);
}

static void killed_program_loses_no_event(void)
{
	int fd = node_open(O_RDWR);
	int ready[2];
	pid_t pid;
	char byte;

	REQUIRE(!pipe(ready));
	pid = fork();
	if (!pid) {
		ring_setup();
		post_reads(fd, POSTED);
		REQUIRE(write(ready[1], "x", 1) == 1);
		pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		test_skip("no io_uring");
	kill(pid, SIGKILL);
	REQUIRE(waitpid(pid, NULL, 0) == pid);
	ask_queued(fd, 5);
	expect_next(fd, 5);
}

static const struct test_case cases[] = {
	TEST_CASE(posted_read_gets_the_event),
	TEST_CASE(event_that_is_there_completes_at_once),
	TEST_CASE(each_posted_read_gets_one_event),
	TEST_CASE(one_event_completes_one_of_many),
	TEST_CASE(cancelled_read_loses_no_event),
	TEST_CASE(linked_timeout_ends_the_read),
	TEST_CASE(unbind_completes_posted_reads_ENODEV),
	TEST_CASE(nonblocking_file_makes_no_difference),
	TEST_CASE(nonblocking_read_EAGAIN_at_once),
	TEST_CASE(multishot_poll_tells_of_each_event),
	TEST_CASE(posted_reads_cost_no_thread),
	TEST_CASE(pair_of_posted_reads_costs_no_thread),
	TEST_CASE(end_of_the_ring_frees_the_file),
	TEST_CASE(killed_program_loses_no_event),
	{ }
};

const struct test_suite io_uring_suite = {
	.name = "io_uring",
	.setup = node_setup,
	.cases = cases,
};
