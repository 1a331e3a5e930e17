// SPDX-License-Identifier: GPL-2.0-only
/* Dumps: made by the node, by debugfs and by the driver, read with dmfctl. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/dmf/dump.h>

#include "commands.h"
#include "exerciser_node.h"
#include "node.h"
#include "sample.h"
#include "suites.h"
#include "system.h"

#define DEBUGFS		"/sys/kernel/debug"
#define EXERCISER_DATA	"/sys/devices/platform/" EXERCISER "/devcoredump/data"
#define NOBODY		65534

static const char *edu_data(void)
{
	return edu_attribute("devcoredump/data");
}

/* Whoever has made the dump before has left none; when this returns it is freed. */
static void discard(const char *data)
{
	__u64 end = now_ns() + PATIENCE;
	char link[512];
	struct stat status;

	snprintf(link, sizeof(link), "%s", data);
	*strrchr(link, '/') = '\0';
	if (file_write(data, "1") && lstat(link, &status))
		return;
	while (!lstat(link, &status) && nap_until(end))
		;
	EXPECT_ERRNO(lstat(link, &status), ENOENT);
}

static void setup(void)
{
	mount_once("debugfs", DEBUGFS);
	discard(EXERCISER_DATA);
	node_setup();
	discard(edu_data());
	if (access("/sys/class/devcoredump", F_OK))
		test_skip("this kernel has no device core dumps");
}

static int create(int fd)
{
	const struct dmf_dump_create argument = { .code = 7, .text = "a test" };

	return ioctl(fd, DMF_IOC_DUMP_CREATE, &argument);
}

/* What dmfctl prints; its status into @status. Valid until the next call. */
static const char *dmfctl_says(const char *arguments, int *status)
{
	static char text[1024 * 1024];
	char line[512];
	FILE *output;
	size_t size;

	snprintf(line, sizeof(line), "%s/dmfctl %s 2>&1", getenv("DMF_BIN") ?: "/dmf/bin",
		 arguments);
	output = popen(line, "r");
	REQUIRE(output);
	size = fread(text, 1, sizeof(text) - 1, output);
	text[size] = '\0';
	*status = pclose(output);
	return text;
}

static void expect_in(const char *text, const char *part)
{
	if (!EXPECT(strstr(text, part)))
		test_note("\"%s\" is not in:\n%s", part, text);
}

static void node_makes_one_that_dmfctl_shows(void)
{
	int fd = node_open(O_RDWR), status;
	char line[512];
	const char *text;

	EXPECT_EQ(create(fd), 0);
	snprintf(line, sizeof(line), "dump show %s", edu_data());
	text = dmfctl_says(line, &status);
	EXPECT_EQ(status, 0);
	expect_in(text, edu_address());
	expect_in(text, "dmf_edu");
	expect_in(text, "reason 0x7 0 a test");
	expect_in(text, "factorial");
	expect_in(text, "module=notify_user_with_request");
	expect_in(text, "module=doorbell");
	expect_in(text, "\n  config ");
	expect_in(text, "\n  context ");
	discard(edu_data());
}

static void debugfs_makes_one(void)
{
	char path[128];
	struct stat status;

	snprintf(path, sizeof(path), DEBUGFS "/dmf/%s/dump", edu_address());
	REQUIRE(!stat(path, &status));
	EXPECT_EQ(status.st_mode & 07777, 0200);
	EXPECT_EQ(file_write(path, "0"), -EINVAL);
	EXPECT_EQ(file_write(path, "nonsense"), -EINVAL);
	EXPECT_ERRNO(access(edu_data(), F_OK), ENOENT);
	EXPECT_EQ(file_write(path, "1"), 0);
	EXPECT_EQ(file_write(path, "1"), -EBUSY);
	REQUIRE(!stat(edu_data(), &status));
	EXPECT_EQ(status.st_mode & 07777, 0600);
	EXPECT_EQ(status.st_uid, 0);
	discard(edu_data());
}

static void method_makes_one_and_secrets_are_left_out(void)
{
	int fd, status;
	const char *text;

	exerciser_setup();
	fd = exerciser_open(O_RDWR);
	EXPECT_EQ(ioctl(fd, EXERCISER_IOC_DUMP), 0);
	text = dmfctl_says("dump show --full " EXERCISER_DATA, &status);
	EXPECT_EQ(status, 0);
	expect_in(text, "by a Method");
	expect_in(text, "for all to see");
	expect_in(text, "sealed region 20 bytes  secret: left out");
	expect_in(text, "request structure 8 bytes");
	text = dmfctl_says("dump show --json " EXERCISER_DATA " | grep -c '6e6f626f6479206d6179'",
			   &status);
	EXPECT(!strcmp(text, "0\n"));
	close(fd);
	discard(EXERCISER_DATA);
}

static void second_is_busy_until_the_first_is_discarded(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_EQ(create(fd), 0);
	EXPECT_ERRNO(create(fd), EBUSY);
	discard(edu_data());
	EXPECT_EQ(create(fd), 0);
	discard(edu_data());
}

static void dump_stays_when_the_device_is_unbound(void)
{
	int fd = node_open(O_RDWR), status;
	char line[512];

	EXPECT_EQ(create(fd), 0);
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_ERRNO(create(fd), ENODEV);
	close(fd);
	EXPECT_EQ(module_unload(CLIENT), 0);
	EXPECT_EQ(module_unload(CORE), -EWOULDBLOCK);
	snprintf(line, sizeof(line), "dump show %s", edu_data());
	expect_in(dmfctl_says(line, &status), "factorial");
	EXPECT_EQ(status, 0);
	discard(edu_data());
	EXPECT_EQ(module_unload_soon(CORE), 0);
}

static void others_than_administrators_are_refused(void)
{
	int fd;

	REQUIRE(!chmod(NODE, 0666));
	REQUIRE(!seteuid(NOBODY));
	fd = node_open(O_RDWR);
	EXPECT_ERRNO(create(fd), EACCES);
	REQUIRE(!seteuid(0));
	/* Whoever has it. */
	EXPECT_ERRNO(create(fd), EACCES);
	EXPECT_ERRNO(access(edu_data(), F_OK), ENOENT);
	close(fd);
	REQUIRE(!chmod(NODE, 0600));
}

static void mistakes_are_refused(void)
{
	struct dmf_dump_create argument = { };
	int fd = node_open(O_RDWR);

	EXPECT_ERRNO(ioctl(fd, DMF_IOC_DUMP_CREATE, bad_address(1)), EFAULT);
	memset(argument.text, 'x', sizeof(argument.text));
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_DUMP_CREATE, &argument), EINVAL);
	memset(argument.text, 0, sizeof(argument.text));
	argument.text[1] = 'x';
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_DUMP_CREATE, &argument), EINVAL);
	argument.text[1] = '\0';
	argument.reserved[1] = 1;
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_DUMP_CREATE, &argument), EINVAL);
	EXPECT_ERRNO(access(edu_data(), F_OK), ENOENT);
}

static void driver_without_makes_none(void)
{
	int fd;

	sample_setup();
	fd = sample_open();
	EXPECT_ERRNO(create(fd), ENOTTY);
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_DUMP_CREATE, bad_address(1)), ENOTTY);
	close(fd);
}

static void dmfctl_creates_and_releases(void)
{
	const char *text;
	int status;

	text = dmfctl_says("dump create --text='by hand' --code=0x10 edu0", &status);
	EXPECT_EQ(status, 0);
	expect_in(text, "devcoredump/data");
	text = dmfctl_says("dump create edu0", &status);
	EXPECT_EQ(WEXITSTATUS(status), 1);
	expect_in(text, "there is a dump of it already");
	text = dmfctl_says("dump show", &status);
	expect_in(text, "reason 0x10 0 by hand");
	text = dmfctl_says("dump release edu0", &status);
	EXPECT_EQ(status, 0);
	discard(edu_data());
	text = dmfctl_says("dump show", &status);
	EXPECT_EQ(WEXITSTATUS(status), 1);
	expect_in(text, "no dump in /sys/class/devcoredump");
}

static const struct test_case cases[] = {
	TEST_CASE(node_makes_one_that_dmfctl_shows),
	TEST_CASE(debugfs_makes_one),
	TEST_CASE(method_makes_one_and_secrets_are_left_out),
	TEST_CASE(second_is_busy_until_the_first_is_discarded),
	TEST_CASE(dump_stays_when_the_device_is_unbound),
	TEST_CASE(others_than_administrators_are_refused),
	TEST_CASE(mistakes_are_refused),
	TEST_CASE(driver_without_makes_none),
	TEST_CASE(dmfctl_creates_and_releases),
	{ }
};

const struct test_suite dump_suite = {
	.name = "dump",
	.setup = setup,
	.cases = cases,
};
