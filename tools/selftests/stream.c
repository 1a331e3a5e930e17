// SPDX-License-Identifier: GPL-2.0-only
/* DMF_IOC_STREAM_SELECT and DMF_IOC_STREAM_LIST */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"
#include "system.h"
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

/* What is said of the only stream of the device. */
static struct dmf_stream_list list_first(int fd)
{
	struct dmf_stream_list list = { .index = 0 };

	REQUIRE(!ioctl(fd, DMF_IOC_STREAM_LIST, &list));
	return list;
}

static void list_tells_of_the_stream(void)
{
	int fd = node_open(O_RDWR);
	struct dmf_stream_list list;
	char name[DMF_STREAM_NAME_SIZE] = STREAM;

	memset(&list, 0xa5, sizeof(list));
	list.index = 0;
	list.reserved0 = 0;
	memset(list.reserved, 0, sizeof(list.reserved));
	REQUIRE(!ioctl(fd, DMF_IOC_STREAM_LIST, &list));
	EXPECT(!memcmp(list.name, name, sizeof(name)));
	EXPECT_EQ(list.index, 0);
	EXPECT_EQ(list.flags, DMF_STREAM_SELECTED);
	EXPECT_EQ(list.record_size, sizeof(struct record));
	EXPECT_EQ(list.depth, QUEUE_DEPTH);
	EXPECT_EQ(list.queued, 0);
	EXPECT_EQ(list.reserved0, 0);
	EXPECT_EQ(list.reserved[0], 0);
	EXPECT_EQ(list.reserved[1], 0);
}

static void list_counts_what_is_queued(void)
{
	int fd = node_open(O_RDWR);
	__u64 sequence = list_first(fd).sequence;
	struct dmf_stream_list list;

	ask_queued(fd, 3);
	ask_queued(fd, 4);
	list = list_first(fd);
	EXPECT_EQ(list.queued, 2);
	EXPECT_EQ(list.sequence, sequence + 2);
	EXPECT_EQ(expect_next(fd, 3), sequence + 1);
	EXPECT_EQ(list_first(fd).queued, 1);
	expect_next(fd, 4);
	list = list_first(fd);
	EXPECT_EQ(list.queued, 0);
	EXPECT_EQ(list.sequence, sequence + 2);
}

static void list_counts_what_is_lost(void)
{
	int fd = node_open(O_RDWR);
	__u64 lost = list_first(fd).lost;
	__u32 i;

	for (i = 0; i < QUEUE_DEPTH + 3; i++)
		ask(fd, 5);
	while (list_first(fd).lost < lost + 3)
		usleep(500);
	EXPECT_EQ(list_first(fd).lost, lost + 3);
	EXPECT_EQ(list_first(fd).queued, QUEUE_DEPTH);
}

static void list_index_behind_the_last_ENOENT(void)
{
	struct dmf_stream_list list = { .index = 1 };
	int fd = node_open(O_RDWR);

	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_LIST, &list), ENOENT);
	list.index = ~0U;
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_LIST, &list), ENOENT);
}

static void list_bad_arguments(void)
{
	struct dmf_stream_list list = { .reserved0 = 1 };
	int fd = node_open(O_RDWR);

	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_LIST, &list), EINVAL);
	list.reserved0 = 0;
	list.reserved[1] = 1;
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_LIST, &list), EINVAL);
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_LIST, bad_address(8)), EFAULT);
}

static void list_of_a_device_that_is_gone_ENODEV(void)
{
	struct dmf_stream_list list = { .index = 0 };
	int fd = node_open(O_RDWR);

	REQUIRE(!edu_unbind());
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_LIST, &list), ENODEV);
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
	TEST_CASE(list_tells_of_the_stream),
	TEST_CASE(list_counts_what_is_queued),
	TEST_CASE(list_counts_what_is_lost),
	TEST_CASE(list_index_behind_the_last_ENOENT),
	TEST_CASE(list_bad_arguments),
	TEST_CASE(list_of_a_device_that_is_gone_ENODEV),
	{ }
};

const struct test_suite stream_suite = {
	.name = "stream",
	.setup = node_setup,
	.cases = cases,
};
