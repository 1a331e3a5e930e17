// SPDX-License-Identifier: GPL-2.0-only
/* read(2) of records. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"
#include "waiter.h"

#define RECORD	((ssize_t)sizeof(struct record))

static void blocked_read_gets_the_event(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_read);

	ask(fd, 5);
	expect_got(&waiter, 5);
	expect_empty(fd);
}

static void waiting_event_is_returned_at_once(void)
{
	int fd = node_open(O_RDWR);
	struct record record;

	ask_queued(fd, 5);
	EXPECT_EQ(read(fd, &record, sizeof(record)), RECORD);
	EXPECT_FACTORIAL(&record, 5);
}

static void several_records_in_one_call(void)
{
	int fd = node_open(O_RDWR);
	struct record records[8];

	ask_queued(fd, 3);
	ask_queued(fd, 4);
	EXPECT_EQ(read(fd, records, sizeof(records)), 2 * RECORD);
	EXPECT_FACTORIAL(&records[0], 3);
	EXPECT_FACTORIAL(&records[1], 4);
	EXPECT_EQ(records[1].event.sequence, records[0].event.sequence + 1);
}

static void records_are_never_split(void)
{
	int fd = node_open(O_RDWR);
	struct record records[2];

	ask_queued(fd, 3);
	ask_queued(fd, 4);
	EXPECT_EQ(read(fd, records, 2 * RECORD - 1), RECORD);
	expect_next(fd, 4);
}

static void short_buffer_ENOSPC_leaves_the_event(void)
{
	int fd = node_open(O_RDWR);
	struct record record;

	ask_queued(fd, 5);
	EXPECT_ERRNO(read(fd, &record, RECORD - 1), ENOSPC);
	EXPECT_ERRNO(read(fd, &record, 1), ENOSPC);
	expect_next(fd, 5);
	expect_empty(fd);
}

static void nonblocking_file_EAGAIN(void)
{
	int fd = node_open(O_RDWR | O_NONBLOCK);
	struct record record;

	EXPECT_ERRNO(read(fd, &record, sizeof(record)), EAGAIN);
}

static void nonblocking_by_preadv2_EAGAIN(void)
{
	int fd = node_open(O_RDWR);
	struct record record;
	struct iovec part = { &record, sizeof(record) };

	EXPECT_ERRNO(preadv2(fd, &part, 1, -1, RWF_NOWAIT), EAGAIN);
	ask_queued(fd, 5);
	EXPECT_EQ(preadv2(fd, &part, 1, -1, RWF_NOWAIT), RECORD);
	EXPECT_FACTORIAL(&record, 5);
}

static void readv_scatters_a_record(void)
{
	int fd = node_open(O_RDWR);
	struct record record;
	struct iovec parts[] = {
		{ &record, 20 },
		{ (char *)&record + 20, 9 },
		{ (char *)&record + 29, sizeof(record) - 29 },
	};

	ask_queued(fd, 5);
	EXPECT_EQ(readv(fd, parts, 3), RECORD);
	EXPECT_FACTORIAL(&record, 5);
}

static void bad_address_EFAULT_leaves_the_event(void)
{
	int fd = node_open(O_RDWR);
	struct record record;
	__u64 sequence;

	ask(fd, 4);
	sequence = expect_next(fd, 4);
	ask_queued(fd, 5);
	EXPECT_ERRNO(read(fd, bad_address(0), sizeof(record)), EFAULT);
	EXPECT_ERRNO(read(fd, bad_address(8), sizeof(record)), EFAULT);
	EXPECT_EQ(expect_next(fd, 5), sequence + 1);
}

static void partly_mapped_buffer_EFAULT_leaves_the_event(void)
{
	long page = sysconf(_SC_PAGESIZE);
	int fd = node_open(O_RDWR);
	char *pages;

	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(pages != MAP_FAILED);
	REQUIRE(!munmap(pages + page, page));
	ask_queued(fd, 5);
	EXPECT_ERRNO(read(fd, pages + page - RECORD / 2, RECORD), EFAULT);
	expect_next(fd, 5);
}

static void position_is_refused(void)
{
	int fd = node_open(O_RDWR);
	struct record record;

	EXPECT_ERRNO(lseek(fd, 0, SEEK_SET), ESPIPE);
	EXPECT_ERRNO(pread(fd, &record, sizeof(record), 0), ESPIPE);
}

static void write_only_file_cannot_read(void)
{
	int fd = node_open(O_WRONLY);
	struct record record;

	EXPECT_ERRNO(read(fd, &record, sizeof(record)), EBADF);
}

static const struct test_case cases[] = {
	TEST_CASE(blocked_read_gets_the_event),
	TEST_CASE(waiting_event_is_returned_at_once),
	TEST_CASE(several_records_in_one_call),
	TEST_CASE(records_are_never_split),
	TEST_CASE(short_buffer_ENOSPC_leaves_the_event),
	TEST_CASE(nonblocking_file_EAGAIN),
	TEST_CASE(nonblocking_by_preadv2_EAGAIN),
	TEST_CASE(readv_scatters_a_record),
	TEST_CASE(bad_address_EFAULT_leaves_the_event),
	TEST_CASE(partly_mapped_buffer_EFAULT_leaves_the_event),
	TEST_CASE(position_is_refused),
	TEST_CASE(write_only_file_cannot_read),
	{ }
};

const struct test_suite read_suite = {
	.name = "read",
	.setup = node_setup,
	.cases = cases,
};
