// SPDX-License-Identifier: GPL-2.0-only
/*
 * 32-bit programs on a 64-bit kernel: the system calls that they make, made by this one,
 * which the processor allows: int $0x80 enters the kernel as from a 32-bit program,
 * with addresses of 32 bits. All that they point to is in the first 2 GiB.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commands.h"
#include "exerciser_node.h"
#include "suites.h"

#ifdef __x86_64__

/* The number of ioctl(2) in the 32-bit table. */
#define COMPAT_IOCTL	54

/* What the calls use, where 32 bits reach it. */
struct low {
	struct dmf_wait wait;
	struct dmf_stream_select select;
	struct exerciser_copy copy;
	struct exerciser_sum sum;
	struct exerciser_record record;
	char in[8];
	char out[8];
};

static struct low *low_memory(void)
{
	struct low *low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	REQUIRE(low != MAP_FAILED);
	return low;
}

/* Return: 0 or what the call returns, or a negative errno. */
static int compat_ioctl(int fd, unsigned int command, const void *argument)
{
	int ret;

	/* The entry of old kernels does not keep r8 to r11. */
	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "a"(COMPAT_IOCTL), "b"(fd), "c"(command), "d"(argument)
		     : "memory", "cc", "r8", "r9", "r10", "r11");
	return ret;
}

static void require_compat(int fd)
{
	/* One without them may as well end the process with a signal. */
	if (compat_ioctl(fd, EXERCISER_IOC_UNMARKED, NULL))
		test_skip("this kernel has no 32-bit system calls");
}

static int compat_open(void)
{
	int fd = exerciser_open(O_RDWR);

	require_compat(fd);
	return fd;
}

static void waiting(void)
{
	struct low *low = low_memory();
	int fd = compat_open();
	__u64 number = 5;

	REQUIRE(write(fd, &number, sizeof(number)) == sizeof(number));
	low->wait.buffer = (uintptr_t)&low->record;
	low->wait.size = sizeof(low->record);
	low->wait.deadline_ns = now_ns() + PATIENCE;
	EXPECT_EQ(compat_ioctl(fd, DMF_IOC_WAIT, &low->wait), 0);
	EXPECT_EQ(low->wait.count, 1);
	EXPECT_EQ(low->wait.used, sizeof(low->record));
	EXPECT_EQ(low->record.event.data_size, sizeof(low->record.data));
	EXPECT_EQ(low->record.data.number, 5);

	/* The deadline has all its 64 bits. */
	low->wait.deadline_ns = now_ns() + 20 * MS;
	EXPECT_EQ(compat_ioctl(fd, DMF_IOC_WAIT, &low->wait), -ETIMEDOUT);
	EXPECT(now_ns() >= low->wait.deadline_ns);
}

static void selecting_a_stream(void)
{
	struct low *low = low_memory();
	int fd = compat_open();

	strcpy(low->select.name, "large");
	EXPECT_EQ(compat_ioctl(fd, DMF_IOC_STREAM_SELECT, &low->select), 0);
	strcpy(low->select.name, "no");	/* and what is left of the other */
	EXPECT_EQ(compat_ioctl(fd, DMF_IOC_STREAM_SELECT, &low->select), -EINVAL);
	memset(&low->select, 0, sizeof(low->select));
	strcpy(low->select.name, "none");
	EXPECT_EQ(compat_ioctl(fd, DMF_IOC_STREAM_SELECT, &low->select), -ENOENT);
	EXPECT_EQ(compat_ioctl(fd, DMF_IOC_CANCEL_MINE, NULL), 0);
}

static void commands_with_buffers(void)
{
	struct low *low = low_memory();
	int fd = compat_open();

	memcpy(low->in, "abcdefg", 8);
	memcpy(low->out, "ABCDEFG", 8);
	low->copy.in = (struct dmf_buffer){ (uintptr_t)low->in, 4, 0 };
	low->copy.out = (struct dmf_buffer){ (uintptr_t)low->out, 6, 0 };
	EXPECT_EQ(compat_ioctl(fd, EXERCISER_IOC_COPY, &low->copy), 0);
	EXPECT(!memcmp(low->out, "dcbaEFG", 8));
	EXPECT_EQ(low->copy.out.used, 4);
	EXPECT_EQ(low->copy.out.ptr, (uintptr_t)low->out);
	EXPECT_EQ(low->copy.count, 4);

	/* What a program has above its 32 bits is part of the address. */
	low->copy.in.ptr |= 1ULL << 63;
	EXPECT_EQ(compat_ioctl(fd, EXERCISER_IOC_COPY, &low->copy), -EFAULT);
}

static void commands_without_buffers(void)
{
	struct low *low = low_memory();
	int fd = compat_open();

	low->sum.value = 1ULL << 40;
	low->sum.added = 2;
	EXPECT_EQ(compat_ioctl(fd, EXERCISER_IOC_SUM, &low->sum), 0);
	EXPECT_EQ(low->sum.value, (1ULL << 40) + 2);
	EXPECT_EQ(compat_ioctl(fd, EXERCISER_IOC_SUM, NULL), -EFAULT);
	EXPECT_EQ(compat_ioctl(fd, EXERCISER_IOC_MANUAL, NULL), -ENOTTY);
}

static const struct test_case cases[] = {
	TEST_CASE(waiting),
	TEST_CASE(selecting_a_stream),
	TEST_CASE(commands_with_buffers),
	TEST_CASE(commands_without_buffers),
	{ }
};

#else

static void elsewhere(void)
{
	test_skip("only x86-64 programs can make 32-bit system calls");
}

static const struct test_case cases[] = {
	TEST_CASE(elsewhere),
	{ }
};

#endif

const struct test_suite compat_suite = {
	.name = "compat",
	.setup = exerciser_setup,
	.cases = cases,
};
