// SPDX-License-Identifier: GPL-2.0-only
/* DMF_IOC_STREAM_SELECT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "node.h"
#include "suites.h"
#include "waiter.h"

static int select_name(int fd, const char *name)
{
	struct dmf_stream_select select = { };

	strncpy(select.name, name, sizeof(select.name) - 1);
	return ioctl(fd, DMF_IOC_STREAM_SELECT, &select);
}

/* After a failed selection the file is bound as before. */
static void expect_still_bound(int fd)
{
	ask(fd, 5);
	expect_next(fd, 5);
}

static void name_of_the_stream(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_EQ(select_name(fd, STREAM), 0);
	EXPECT_EQ(select_name(fd, STREAM), 0);
	expect_still_bound(fd);
}

static void unknown_name_ENOENT(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_ERRNO(select_name(fd, "nonsense"), ENOENT);
	EXPECT_ERRNO(select_name(fd, "Factorial"), ENOENT);
	expect_still_bound(fd);
}

static void part_of_the_name_ENOENT(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_ERRNO(select_name(fd, "factoria"), ENOENT);
	EXPECT_ERRNO(select_name(fd, "factorials"), ENOENT);
	expect_still_bound(fd);
}

static void empty_name_ENOENT(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_ERRNO(select_name(fd, ""), ENOENT);
	expect_still_bound(fd);
}

static void unterminated_name_EINVAL(void)
{
	struct dmf_stream_select select = { };
	int fd = node_open(O_RDWR);

	memset(select.name, 'a', sizeof(select.name));
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_SELECT, &select), EINVAL);
	expect_still_bound(fd);
}

static void bytes_behind_the_name_EINVAL(void)
{
	struct dmf_stream_select select = { .name = STREAM };
	int fd = node_open(O_RDWR);

	select.name[sizeof(select.name) - 1] = 1;
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_SELECT, &select), EINVAL);
	select.name[sizeof(select.name) - 1] = 0;
	select.name[sizeof(STREAM)] = 'x';
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_SELECT, &select), EINVAL);
	expect_still_bound(fd);
}

static void reserved_not_zero_EINVAL(void)
{
	struct dmf_stream_select select = { .name = STREAM };
	int fd = node_open(O_RDWR);

	select.reserved[0] = 1;
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_SELECT, &select), EINVAL);
	select.reserved[0] = 0;
	select.reserved[1] = 1;
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_SELECT, &select), EINVAL);
	expect_still_bound(fd);
}

static void blocked_call_goes_on(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);

	EXPECT_EQ(select_name(fd, STREAM), 0);
	EXPECT_ERRNO(select_name(fd, "nonsense"), ENOENT);
	expect_still_blocked(&waiter);
	ask(fd, 5);
	expect_got(&waiter, 5);
}

static void events_in_the_stream_stay(void)
{
	int fd = node_open(O_RDWR);

	ask_queued(fd, 5);
	EXPECT_EQ(select_name(fd, STREAM), 0);
	expect_next(fd, 5);
}

static const struct test_case cases[] = {
	TEST_CASE(name_of_the_stream),
	TEST_CASE(unknown_name_ENOENT),
	TEST_CASE(part_of_the_name_ENOENT),
	TEST_CASE(empty_name_ENOENT),
	TEST_CASE(unterminated_name_EINVAL),
	TEST_CASE(bytes_behind_the_name_EINVAL),
	TEST_CASE(reserved_not_zero_EINVAL),
	TEST_CASE(blocked_call_goes_on),
	TEST_CASE(events_in_the_stream_stay),
	{ }
};

const struct test_suite stream_suite = {
	.name = "stream",
	.setup = node_setup,
	.cases = cases,
};
