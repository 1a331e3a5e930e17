// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors and open files: who shares what, who may open, who is woken. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptor.h"
#include "node.h"
#include "suites.h"
#include "system.h"
#include "waiter.h"

#define NOBODY	65534

static void duplicate_shares_the_file(void)
{
	int fd = node_open(O_RDWR);
	int copy = dup(fd);

	REQUIRE(copy >= 0);
	ask_queued(fd, 5);
	EXPECT(is_readable(copy));
	expect_next(copy, 5);
	EXPECT(!is_readable(fd));
	close(fd);
	ask(copy, 6);
	expect_next(copy, 6);
}

static void child_shares_the_file(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);

	close(fd);
	fd = node_open(O_RDWR);
	ask(fd, 5);
	expect_got(&waiter, 5);
}

static void files_share_the_stream(void)
{
	int fd = node_open(O_RDWR);
	int other = node_open(O_RDWR);

	ask_queued(fd, 5);
	EXPECT(is_readable(other));
	expect_next(other, 5);
	expect_empty(fd);
}

/* A program without the right to open the node uses a file that it is given. */
static void socket_passes_the_file(void)
{
	int fd = node_open(O_RDWR);
	int ends[2], status;
	pid_t child;

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	child = fork();
	REQUIRE(child >= 0);
	if (!child) {
		close(fd);
		REQUIRE(!setuid(NOBODY));
		fd = descriptor_receive(ends[1]);
		ask(fd, 5);
		expect_next(fd, 5);
		_exit(0);
	}
	descriptor_send(ends[0], fd);
	close(fd);
	EXPECT_EQ(waitpid(child, &status, 0), child);
	EXPECT_EQ(status, 0);
}

/* As everywhere on Linux, close(2) does not wake who is blocked. */
static void close_leaves_a_blocked_thread(void)
{
	int fd = node_open(O_RDWR);
	int other = node_open(O_RDWR);
	struct waiter waiter = waiter_start_thread(fd, by_wait);

	EXPECT_EQ(close(fd), 0);
	expect_still_blocked(&waiter);
	ask(other, 5);
	expect_got(&waiter, 5);
}

static void close_in_a_thread_ends_the_descriptor(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start_thread(fd, by_wait);
	struct record record;

	EXPECT_EQ(close(fd), 0);
	EXPECT_EQ(take_now(fd, &record), -EBADF);
	waiter_kill(&waiter);
}

static void read_only_file_takes_events(void)
{
	int fd = node_open(O_RDONLY);
	int other = node_open(O_RDWR);

	ask_queued(other, 5);
	EXPECT(is_readable(fd));
	expect_next(fd, 5);
}

static void hundred_files_at_once(void)
{
	int files[100];
	int i;

	for (i = 0; i < 100; i++)
		files[i] = node_open(O_RDWR);
	ask_queued(files[0], 5);
	for (i = 0; i < 100; i++)
		EXPECT(is_readable(files[i]));
	expect_next(files[99], 5);
}

static void node_is_for_root_only(void)
{
	struct stat status;

	REQUIRE(!stat(NODE, &status));
	EXPECT(S_ISCHR(status.st_mode));
	EXPECT_EQ(status.st_mode & 0777, 0600);
	EXPECT_EQ(status.st_uid, 0);
}

static void open_without_permission_EACCES(void)
{
	int status;
	pid_t child = fork();

	REQUIRE(child >= 0);
	if (!child) {
		/* It is the node that refuses, and no folder above it. */
		REQUIRE(!chdir("/dev/dmf"));
		REQUIRE(!setuid(NOBODY));
		EXPECT_ERRNO(open("edu0", O_RDWR), EACCES);
		EXPECT_ERRNO(open("edu0", O_RDONLY), EACCES);
		_exit(0);
	}
	EXPECT_EQ(waitpid(child, &status, 0), child);
	EXPECT_EQ(status, 0);
}

static int kernel_log_at_end(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	REQUIRE(log >= 0);
	lseek(log, 0, SEEK_END);
	return log;
}

/* No message of ours: a user must not be able to fill the log by opening. */
static void expect_silent(int log)
{
	char line[8192];
	ssize_t length;

	while (true) {
		length = read(log, line, sizeof(line) - 1);
		if (length < 0)
			break;
		line[length] = '\0';
		if (!EXPECT(!strstr(line, "edu") && !strstr(line, "dmf")))
			test_note("%.200s", line);
	}
}

/* A node that somebody made by hand, of a device that has gone. */
static void failing_open_is_silent_ENODEV(void)
{
	static const char stale[] = "/tmp/dmf-stale-node";
	struct stat status;
	int log;

	mkdir("/tmp", 01777);
	REQUIRE(!stat(NODE, &status));
	unlink(stale);
	REQUIRE(!mknod(stale, S_IFCHR | 0600, status.st_rdev));
	REQUIRE(!edu_unbind());
	log = kernel_log_at_end();
	EXPECT_ERRNO(open(stale, O_RDWR), ENODEV);
	expect_silent(log);
	unlink(stale);
}

static const struct test_case cases[] = {
	TEST_CASE(duplicate_shares_the_file),
	TEST_CASE(child_shares_the_file),
	TEST_CASE(files_share_the_stream),
	TEST_CASE(socket_passes_the_file),
	TEST_CASE(close_leaves_a_blocked_thread),
	TEST_CASE(close_in_a_thread_ends_the_descriptor),
	TEST_CASE(read_only_file_takes_events),
	TEST_CASE(hundred_files_at_once),
	TEST_CASE(node_is_for_root_only),
	TEST_CASE(open_without_permission_EACCES),
	TEST_CASE(failing_open_is_silent_ENODEV),
	{ }
};

const struct test_suite file_suite = {
	.name = "file",
	.setup = node_setup,
	.cases = cases,
};
