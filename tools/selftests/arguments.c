// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program can get wrong in a call. The call fails, and the event that it
 * could have got stays in the stream with its number.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"

#define RECORD		((__u32)sizeof(struct record))
#define UNMAPPED	((void *)8)
#define KERNEL_ADDRESS	((void *)0xffff888000000000UL)

/* Open the node with the event of one request in the stream. */
static int open_with_event(__u64 *sequence)
{
	int fd = node_open(O_RDWR);

	ask(fd, 4);
	*sequence = expect_next(fd, 4);
	ask_queued(fd, 5);
	return fd;
}

static void expect_event_stayed(int fd, __u64 sequence)
{
	EXPECT(is_readable(fd));
	EXPECT_EQ(expect_next(fd, 5), sequence + 1);
	expect_empty(fd);
}

/* A call with this argument fails, and the event stays. */
static void expect_wait_fails(const struct dmf_wait *argument, int error)
{
	struct dmf_wait wait = *argument;
	__u64 sequence;
	int fd;

	fd = open_with_event(&sequence);
	EXPECT_EQ(wait_call(fd, &wait), -error);
	expect_event_stayed(fd, sequence);
	close(fd);
}

static void expect_buffer_fails(void *buffer, __u32 size, int error)
{
	const struct dmf_wait wait = {
		.buffer = (uintptr_t)buffer,
		.size = size,
		.deadline_ns = DMF_WAIT_FOREVER,
	};

	expect_wait_fails(&wait, error);
}

/* Two pages of which only the first is there; returns its end. */
static char *end_of_mapping(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *pages;

	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(pages != MAP_FAILED);
	REQUIRE(!munmap(pages + page, page));
	return pages + page;
}

static void buffer_null_EFAULT(void)
{
	expect_buffer_fails(NULL, RECORD, EFAULT);
}

static void buffer_unmapped_EFAULT(void)
{
	expect_buffer_fails(UNMAPPED, RECORD, EFAULT);
	expect_buffer_fails(end_of_mapping(), RECORD, EFAULT);
}

static void buffer_in_the_kernel_EFAULT(void)
{
	expect_buffer_fails(KERNEL_ADDRESS, RECORD, EFAULT);
	expect_buffer_fails((void *)-8L, RECORD, EFAULT);
}

static void buffer_partly_mapped_EFAULT(void)
{
	expect_buffer_fails(end_of_mapping() - RECORD / 2, RECORD, EFAULT);
	expect_buffer_fails(end_of_mapping() - RECORD + 1, RECORD, EFAULT);
}

static void buffer_read_only_EFAULT(void)
{
	void *page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(page != MAP_FAILED);
	expect_buffer_fails(page, RECORD, EFAULT);
}

/* The first of two records fits in front of the hole. */
static void buffer_with_a_hole_loses_nothing(void)
{
	struct dmf_wait wait = {
		.buffer = (uintptr_t)(end_of_mapping() - RECORD - RECORD / 2),
		.size = 2 * RECORD,
		.deadline_ns = DMF_WAIT_FOREVER,
	};
	__u64 sequence;
	int fd, ret;

	fd = open_with_event(&sequence);
	ask_queued(fd, 6);
	ret = wait_call(fd, &wait);
	if (ret) {
		EXPECT_EQ(ret, -EFAULT);
		EXPECT_EQ(expect_next(fd, 5), sequence + 1);
	} else {
		EXPECT_EQ(wait.count, 1);
		EXPECT_EQ(wait.used, RECORD);
	}
	EXPECT_EQ(expect_next(fd, 6), sequence + 2);
	expect_empty(fd);
}

static void buffer_at_an_odd_address(void)
{
	char buffer[sizeof(struct record) + 1];
	struct dmf_wait wait = {
		.buffer = (uintptr_t)buffer + 1,
		.size = RECORD,
		.deadline_ns = DMF_WAIT_FOREVER,
	};
	struct record record;
	__u64 sequence;
	int fd;

	fd = open_with_event(&sequence);
	EXPECT_EQ(wait_call(fd, &wait), 0);
	memcpy(&record, buffer + 1, sizeof(record));
	EXPECT_FACTORIAL(&record, 5);
}

/* Only what is there is copied. */
static void size_may_exceed_the_mapping(void)
{
	struct dmf_wait wait = {
		.buffer = (uintptr_t)(end_of_mapping() - RECORD),
		.size = ~0U,
		.deadline_ns = DMF_WAIT_FOREVER,
	};
	__u64 sequence;
	int fd;

	fd = open_with_event(&sequence);
	EXPECT_EQ(wait_call(fd, &wait), 0);
	EXPECT_EQ(wait.count, 1);
	expect_empty(fd);
}

static void size_zero_ENOSPC(void)
{
	struct record record;

	expect_buffer_fails(&record, 0, ENOSPC);
	expect_buffer_fails(NULL, 0, ENOSPC);
}

static void size_too_small_ENOSPC(void)
{
	struct record record;

	expect_buffer_fails(&record, RECORD - 1, ENOSPC);
	expect_buffer_fails(&record, sizeof(struct dmf_event), ENOSPC);
	expect_buffer_fails(&record, 1, ENOSPC);
}

static void reserved_not_zero_EINVAL(void)
{
	struct record record;
	struct dmf_wait wait = {
		.buffer = (uintptr_t)&record,
		.size = RECORD,
		.deadline_ns = DMF_WAIT_FOREVER,
	};

	wait.reserved[0] = 1;
	expect_wait_fails(&wait, EINVAL);
	wait.reserved[0] = 0;
	wait.reserved[1] = 1ULL << 63;
	expect_wait_fails(&wait, EINVAL);
}

static void expect_argument_fails(void *argument)
{
	__u64 sequence;
	int fd;

	fd = open_with_event(&sequence);
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_WAIT, argument), EFAULT);
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_STREAM_SELECT, argument), EFAULT);
	expect_event_stayed(fd, sequence);
	close(fd);
}

static void argument_null_EFAULT(void)
{
	expect_argument_fails(NULL);
}

static void argument_unmapped_EFAULT(void)
{
	expect_argument_fails(UNMAPPED);
}

static void argument_in_the_kernel_EFAULT(void)
{
	expect_argument_fails(KERNEL_ADDRESS);
}

static void argument_partly_mapped_EFAULT(void)
{
	expect_argument_fails(end_of_mapping() - 8);
}

/* The results cannot be written back. */
static void argument_read_only_EFAULT(void)
{
	long page = sysconf(_SC_PAGESIZE);
	struct record record;
	struct dmf_wait *wait;
	__u64 sequence;
	int fd;

	wait = mmap(NULL, page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(wait != MAP_FAILED);
	wait->buffer = (uintptr_t)&record;
	wait->size = RECORD;
	wait->deadline_ns = DMF_WAIT_FOREVER;
	REQUIRE(!mprotect(wait, page, PROT_READ));
	fd = open_with_event(&sequence);
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_WAIT, wait), EFAULT);
	expect_event_stayed(fd, sequence);
}

/* Who may only write takes no events. */
static void wait_without_read_access_EBADF(void)
{
	struct record record;
	struct dmf_wait wait = {
		.buffer = (uintptr_t)&record,
		.size = RECORD,
	};
	__u64 sequence;
	int fd, writer;

	fd = open_with_event(&sequence);
	writer = node_open(O_WRONLY);
	EXPECT_ERRNO(ioctl(writer, DMF_IOC_WAIT, &wait), EBADF);
	expect_event_stayed(fd, sequence);
}

static void unknown_command_ENOTTY(void)
{
	char argument[64] = { };
	__u64 sequence;
	int fd, number;

	fd = open_with_event(&sequence);
	for (number = 0; number < 256; number++) {
		if (number >= 1 && number <= 3)
			continue;
		if (number == DMF_IOC_CLIENT_BASE)
			continue;
		if (!EXPECT_ERRNO(ioctl(fd, _IOWR(DMF_IOC_MAGIC, number,
						  argument), argument), ENOTTY))
			test_note("number %#x", number);
	}
	expect_event_stayed(fd, sequence);
}

static void unknown_magic_ENOTTY(void)
{
	static char argument[1 << _IOC_SIZEBITS];
	__u64 sequence;
	int fd;

	fd = open_with_event(&sequence);
	EXPECT_ERRNO(ioctl(fd, _IOWR('Z', 0x02, struct dmf_wait), argument),
		     ENOTTY);
	EXPECT_ERRNO(ioctl(fd, _IOW('Z', DMF_IOC_CLIENT_BASE, __u32), argument),
		     ENOTTY);
	EXPECT_ERRNO(ioctl(fd, 0, argument), ENOTTY);
	EXPECT_ERRNO(ioctl(fd, ~0U, argument), ENOTTY);
	expect_event_stayed(fd, sequence);
}

static void enormous_command_ENOTTY(void)
{
	static char argument[1 << _IOC_SIZEBITS];
	const unsigned int size = sizeof(argument) - 1;
	const unsigned int both = _IOC_READ | _IOC_WRITE;
	__u64 sequence;
	int fd;

	fd = open_with_event(&sequence);
	EXPECT_ERRNO(ioctl(fd, _IOC(both, DMF_IOC_MAGIC, 0x7f, size), argument),
		     ENOTTY);
	EXPECT_ERRNO(ioctl(fd, _IOC(both, DMF_IOC_MAGIC, 0xff, size), argument),
		     ENOTTY);
	EXPECT_ERRNO(ioctl(fd, _IOC(both, DMF_IOC_MAGIC, 0x02, size), argument),
		     ENOTTY);
	EXPECT_ERRNO(ioctl(fd, _IOC(both, DMF_IOC_MAGIC, 0x02, 0), argument),
		     ENOTTY);
	expect_event_stayed(fd, sequence);
}

/* Numbers of another direction are other commands. */
static void wrong_direction_ENOTTY(void)
{
	struct dmf_wait wait = { };
	__u64 sequence;
	int fd;

	fd = open_with_event(&sequence);
	EXPECT_ERRNO(ioctl(fd, _IOR(DMF_IOC_MAGIC, 0x02, wait), &wait), ENOTTY);
	EXPECT_ERRNO(ioctl(fd, _IOW(DMF_IOC_MAGIC, 0x02, wait), &wait), ENOTTY);
	expect_event_stayed(fd, sequence);
}

static const struct test_case cases[] = {
	TEST_CASE(buffer_null_EFAULT),
	TEST_CASE(buffer_unmapped_EFAULT),
	TEST_CASE(buffer_in_the_kernel_EFAULT),
	TEST_CASE(buffer_partly_mapped_EFAULT),
	TEST_CASE(buffer_read_only_EFAULT),
	TEST_CASE(buffer_with_a_hole_loses_nothing),
	TEST_CASE(buffer_at_an_odd_address),
	TEST_CASE(size_may_exceed_the_mapping),
	TEST_CASE(size_zero_ENOSPC),
	TEST_CASE(size_too_small_ENOSPC),
	TEST_CASE(reserved_not_zero_EINVAL),
	TEST_CASE(argument_null_EFAULT),
	TEST_CASE(argument_unmapped_EFAULT),
	TEST_CASE(argument_in_the_kernel_EFAULT),
	TEST_CASE(argument_partly_mapped_EFAULT),
	TEST_CASE(argument_read_only_EFAULT),
	TEST_CASE(wait_without_read_access_EBADF),
	TEST_CASE(unknown_command_ENOTTY),
	TEST_CASE(unknown_magic_ENOTTY),
	TEST_CASE(enormous_command_ENOTTY),
	TEST_CASE(wrong_direction_ENOTTY),
	{ }
};

const struct test_suite arguments_suite = {
	.name = "arguments",
	.setup = node_setup,
	.cases = cases,
};
