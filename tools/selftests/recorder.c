// SPDX-License-Identifier: GPL-2.0-only
/* The flight recorders: what the Modules of the edu device have said. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"
#include "system.h"

#define DEBUGFS	"/sys/kernel/debug"

/* Sees the file go a number of times while another process reads it. */
#define UNBINDS	5

static char text[65536];

/* Of a Module, by the name of its instance, or the shared one. */
static const char *recorder_path(const char *instance)
{
	static char path[256];
	char pattern[128];
	glob_t found;

	if (!instance) {
		snprintf(path, sizeof(path), DEBUGFS "/dmf/%s/recorder",
			 edu_address());
		return path;
	}
	snprintf(pattern, sizeof(pattern),
		 DEBUGFS "/dmf/%s/modules/*-%s/recorder", edu_address(),
		 instance);
	REQUIRE(!glob(pattern, 0, NULL, &found));
	EXPECT_EQ(found.gl_pathc, 1);
	snprintf(path, sizeof(path), "%s", found.gl_pathv[0]);
	globfree(&found);
	return path;
}

static void expect_text(const char *path, const char *expected)
{
	EXPECT(file_read(path, text, sizeof(text)) > 0);
	if (!EXPECT(strstr(text, expected)))
		test_note("no \"%s\" in %s: %s", expected, path, text);
}

static void setup(void)
{
	mount_once("debugfs", DEBUGFS);
	node_setup();
}

static void recorder_is_for_root_only(void)
{
	struct stat status;

	REQUIRE(!stat(recorder_path("factorial"), &status));
	EXPECT(S_ISREG(status.st_mode));
	EXPECT_EQ(status.st_mode & 07777, 0400);
	EXPECT_EQ(status.st_uid, 0);
	REQUIRE(!stat(recorder_path(NULL), &status));
	EXPECT_EQ(status.st_mode & 07777, 0400);
}

static void recorder_shows_the_messages(void)
{
	int fd = node_open(O_RDWR);

	ask(fd, 5);
	expect_next(fd, 5);
	close(fd);
	expect_text(recorder_path("factorial"), ": 5! is 120\n");
	EXPECT(strstr(text, "size=4096 shared=0 "));
	EXPECT(strstr(text, " dropped=0\n"));
	EXPECT(!strstr(text, "doorbell"));
}

/* Of a device that has just been bound the first event that is lost is recorded. */
static void recorder_shows_lost_events(void)
{
	int fd, i;

	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_EQ(edu_bind(), 0);
	fd = node_open(O_RDWR);
	for (i = 0; i <= QUEUE_DEPTH; i++)
		ask_queued(fd, 3);
	close(fd);
	expect_text(recorder_path("factorial"), ": discarded=1 ");
}

/* The first messages of a device that has just been bound are still there. */
static void modules_without_one_share_the_device_s(void)
{
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_EQ(edu_bind(), 0);
	expect_text(recorder_path(NULL), " doorbell: opened\n");
	EXPECT(strstr(text, " shared=1 "));
	EXPECT(!strstr(text, " factorial: "));
	expect_text(recorder_path("doorbell"), " doorbell: opened\n");
	expect_text(recorder_path("factorial"), ": opened\n");
}

static void recorder_goes_with_the_device(void)
{
	char path[256], byte;
	int fd;

	snprintf(path, sizeof(path), "%s", recorder_path("factorial"));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	REQUIRE(fd >= 0);
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_EQ(read(fd, &byte, 1), -1);
	EXPECT_EQ(close(fd), 0);
	EXPECT_ERRNO(access(path, F_OK), ENOENT);
	EXPECT_EQ(edu_bind(), 0);
}

/* Reads, wherever the file is at the moment, until it is killed. */
static pid_t reader_start(void)
{
	pid_t pid = fork();
	glob_t found;
	int fd;

	REQUIRE(pid >= 0);
	if (pid)
		return pid;
	for (;;) {
		if (glob(DEBUGFS "/dmf/*/modules/*/recorder", 0, NULL, &found))
			continue;
		while (found.gl_pathc) {
			fd = open(found.gl_pathv[--found.gl_pathc], O_RDONLY);
			while (fd >= 0 && read(fd, text, 512) > 0)
				;
			close(fd);
		}
		globfree(&found);
	}
}

static void race_read_against_destroy(void)
{
	pid_t reader = reader_start();
	int i, status;

	for (i = 0; i < UNBINDS; i++) {
		EXPECT_EQ(edu_unbind(), 0);
		EXPECT_EQ(edu_bind(), 0);
	}
	EXPECT_EQ(waitpid(reader, &status, WNOHANG), 0);
	EXPECT_EQ(kill(reader, SIGKILL), 0);
	EXPECT_EQ(waitpid(reader, &status, 0), reader);
	EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

static const struct test_case cases[] = {
	TEST_CASE(recorder_is_for_root_only),
	TEST_CASE(recorder_shows_the_messages),
	TEST_CASE(recorder_shows_lost_events),
	TEST_CASE(modules_without_one_share_the_device_s),
	TEST_CASE(recorder_goes_with_the_device),
	TEST_CASE(race_read_against_destroy),
	{ }
};

const struct test_suite recorder_suite = {
	.name = "recorder",
	.setup = setup,
	.cases = cases,
};
