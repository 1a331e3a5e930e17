// SPDX-License-Identifier: GPL-2.0-only
/* Asking the device: by its own ioctl and by write(2). */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"

/* Ask by text, patiently while the device is busy. */
static ssize_t ask_text(int fd, const char *text)
{
	__u64 end = now_ns() + PATIENCE;
	ssize_t ret;

	do {
		ret = write(fd, text, strlen(text));
	} while (ret < 0 && errno == EBUSY && nap_until(end));
	return ret;
}

static void ioctl_gives_one_event(void)
{
	int fd = node_open(O_RDWR);

	ask_queued(fd, 5);
	expect_next(fd, 5);
	expect_empty(fd);
}

static void text_gives_one_event(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_EQ(ask_text(fd, "6\n"), 2);
	expect_next(fd, 6);
	expect_empty(fd);
}

static void text_without_newline(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_EQ(ask_text(fd, "7"), 1);
	expect_next(fd, 7);
}

static void text_that_is_no_number_EINVAL(void)
{
	static const char *const texts[] = {
		"x\n", "\n", " ", "5x", "5 6", "-", "5\n\n", "five",
	};
	int fd = node_open(O_RDWR);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!EXPECT_ERRNO(ask_text(fd, texts[i]), EINVAL))
			test_note("text number %zu", i);
	}
	expect_empty(fd);
}

static void negative_number_is_refused(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_EQ(ask_text(fd, "-1\n"), -1);
	EXPECT(errno == EINVAL || errno == ERANGE);
	expect_empty(fd);
}

static void number_above_32_bits_is_refused(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_EQ(ask_text(fd, "4294967296\n"), -1);
	EXPECT(errno == EINVAL || errno == ERANGE);
	expect_empty(fd);
}

static void endless_text_is_refused(void)
{
	static char text[65536];
	int fd = node_open(O_RDWR);

	memset(text, '1', sizeof(text) - 1);
	EXPECT_EQ(ask_text(fd, text), -1);
	EXPECT(errno == EINVAL || errno == ERANGE || errno == EMSGSIZE);
	expect_empty(fd);
}

static void text_at_bad_address_EFAULT(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_ERRNO(write(fd, bad_address(8), 2), EFAULT);
	expect_empty(fd);
}

static void operand_at_bad_address_EFAULT(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_ERRNO(ioctl(fd, DMF_EDU_IOC_FACTORIAL, NULL), EFAULT);
	EXPECT_ERRNO(ioctl(fd, DMF_EDU_IOC_FACTORIAL, (void *)8), EFAULT);
	expect_empty(fd);
}

static void zero_factorial_is_one(void)
{
	int fd = node_open(O_RDWR);
	struct record record;

	ask(fd, 0);
	EXPECT_EQ(take(fd, &record), 0);
	EXPECT_EQ(record.factorial.operand, 0);
	EXPECT_EQ(record.factorial.result, 1);
}

static void result_is_modulo_32_bits(void)
{
	int fd = node_open(O_RDWR);
	struct record record;

	ask(fd, 13);
	EXPECT_EQ(take(fd, &record), 0);
	EXPECT_EQ(record.factorial.result, 1932053504);
}

static int ask_text_once(int fd, __u32 operand)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u\n", operand);

	return write(fd, text, length);
}

static void busy_device_EBUSY(void)
{
	int fd = node_open(O_RDWR);

	expect_busy(fd, ask_once);
	expect_busy(fd, ask_text_once);
	expect_empty(fd);
}

static void read_only_file_cannot_write(void)
{
	int fd = node_open(O_RDONLY);

	EXPECT_ERRNO(write(fd, "3\n", 2), EBADF);
}

static void hundred_requests_hundred_events(void)
{
	int fd = node_open(O_RDWR);
	__u64 sequence, next;
	__u32 i;

	ask(fd, 0);
	sequence = expect_next(fd, 0);
	for (i = 1; i <= 100; i++) {
		ask(fd, i);
		next = expect_next(fd, i);
		EXPECT_EQ(next, sequence + i);
	}
	expect_empty(fd);
}

/* The device counts as busy until its result has become an event. */
static void asking_on_without_a_look_loses_nothing(void)
{
	int fd = node_open(O_RDWR);
	__u32 i;

	for (i = 1; i <= 100; i++)
		ask(fd, i);
	for (i = 1; i <= 100; i++)
		expect_next(fd, i);
	expect_empty(fd);
}

static const struct test_case cases[] = {
	TEST_CASE(ioctl_gives_one_event),
	TEST_CASE(text_gives_one_event),
	TEST_CASE(text_without_newline),
	TEST_CASE(text_that_is_no_number_EINVAL),
	TEST_CASE(negative_number_is_refused),
	TEST_CASE(number_above_32_bits_is_refused),
	TEST_CASE(endless_text_is_refused),
	TEST_CASE(text_at_bad_address_EFAULT),
	TEST_CASE(operand_at_bad_address_EFAULT),
	TEST_CASE(zero_factorial_is_one),
	TEST_CASE(result_is_modulo_32_bits),
	TEST_CASE(busy_device_EBUSY),
	TEST_CASE(read_only_file_cannot_write),
	TEST_CASE(hundred_requests_hundred_events),
	TEST_CASE(asking_on_without_a_look_loses_nothing),
	{ }
};

const struct test_suite request_suite = {
	.name = "request",
	.setup = node_setup,
	.cases = cases,
};
