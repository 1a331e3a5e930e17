// SPDX-License-Identifier: GPL-2.0-only
/* DMF_IOC_WAIT as a single program uses it. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "node.h"
#include "suites.h"
#include "system.h"
#include "waiter.h"

static void ask_three(int fd)
{
	ask_queued(fd, 3);
	ask_queued(fd, 4);
	ask_queued(fd, 5);
}

/* All that fits into @size bytes at @records; returns the number of records. */
static __u32 take_many(int fd, struct record *records, __u32 size,
		       __u32 max_count)
{
	struct dmf_wait wait = {
		.buffer = (uintptr_t)records,
		.size = size,
		.max_count = max_count,
		.deadline_ns = DMF_WAIT_FOREVER,
	};

	EXPECT_EQ(wait_call(fd, &wait), 0);
	EXPECT_EQ(wait.used, wait.count * sizeof(*records));
	return wait.count;
}

static void blocked_call_gets_the_event(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);

	ask(fd, 5);
	expect_got(&waiter, 5);
	expect_empty(fd);
}

static void blocked_call_gets_one_event_only(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);

	ask(fd, 5);
	expect_got(&waiter, 5);
	ask(fd, 6);
	expect_next(fd, 6);
}

static void waiting_event_is_returned_at_once(void)
{
	int fd = node_open(O_RDWR);

	ask_queued(fd, 5);
	expect_next(fd, 5);
}

static void event_comes_before_the_deadline(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter;
	__u64 deadline;

	deadline = now_ns() + 30 * SECOND;
	waiter = waiter_start_until(fd, deadline);
	ask(fd, 5);
	expect_got(&waiter, 5);
	EXPECT(waiter.outcome->ended_ns < deadline - 10 * SECOND);
}

static void several_events_in_one_call(void)
{
	int fd = node_open(O_RDWR);
	struct record records[8];

	ask_three(fd);
	EXPECT_EQ(take_many(fd, records, sizeof(records), 0), 3);
	EXPECT_FACTORIAL(&records[0], 3);
	EXPECT_FACTORIAL(&records[1], 4);
	EXPECT_FACTORIAL(&records[2], 5);
}

static void max_count_limits_the_records(void)
{
	int fd = node_open(O_RDWR);
	struct record records[8];

	ask_three(fd);
	EXPECT_EQ(take_many(fd, records, sizeof(records), 2), 2);
	EXPECT_FACTORIAL(&records[1], 4);
	expect_next(fd, 5);
}

static void max_count_may_exceed_the_events(void)
{
	int fd = node_open(O_RDWR);
	struct record records[8];

	ask_three(fd);
	EXPECT_EQ(take_many(fd, records, sizeof(records), ~0U), 3);
}

static void size_limits_the_records(void)
{
	int fd = node_open(O_RDWR);
	struct record records[8];
	__u32 size = 3 * sizeof(records[0]) - 1;

	ask_three(fd);
	EXPECT_EQ(take_many(fd, records, size, 0), 2);
	expect_next(fd, 5);
}

static void nothing_behind_the_records_is_written(void)
{
	int fd = node_open(O_RDWR);
	struct record records[3];
	const unsigned char *end = (unsigned char *)&records[1];
	size_t i;

	memset(records, 0xa5, sizeof(records));
	ask_queued(fd, 3);
	EXPECT_EQ(take_many(fd, records, sizeof(records), 0), 1);
	for (i = 0; i < 2 * sizeof(records[0]); i++)
		if (!EXPECT_EQ(end[i], 0xa5))
			break;
}

static void record_is_laid_out_as_documented(void)
{
	int fd = node_open(O_RDWR);
	const struct dmf_event *event;
	struct record record;

	ask(fd, 5);
	EXPECT_EQ(take(fd, &record), 0);
	event = &record.event;
	EXPECT_EQ(event->size, sizeof(record));
	EXPECT_EQ(event->size % 8, 0);
	EXPECT_EQ(event->data_size, sizeof(record.factorial));
	EXPECT_EQ(event->data_offset, sizeof(*event));
	EXPECT_EQ(event->type, DMF_EDU_EVENT_FACTORIAL);
	EXPECT_EQ(event->status, 0);
	EXPECT_EQ(event->reserved, 0);
}

static void timestamp_is_monotonic_time(void)
{
	int fd = node_open(O_RDWR);
	struct record record;
	__u64 before, after;

	before = now_ns();
	ask(fd, 5);
	EXPECT_EQ(take(fd, &record), 0);
	after = now_ns();
	EXPECT(record.event.timestamp_ns >= before);
	EXPECT(record.event.timestamp_ns <= after);
}

static void events_are_numbered_one_by_one(void)
{
	int fd = node_open(O_RDWR);
	struct record records[8];

	ask_three(fd);
	REQUIRE(take_many(fd, records, sizeof(records), 0) == 3);
	EXPECT(records[0].event.sequence >= 1);
	EXPECT_EQ(records[1].event.sequence, records[0].event.sequence + 1);
	EXPECT_EQ(records[2].event.sequence, records[0].event.sequence + 2);
}

static void first_event_has_number_one(void)
{
	struct record record;
	int fd;

	REQUIRE(!edu_unbind());
	REQUIRE(!edu_bind());
	fd = node_open(O_RDWR);
	ask(fd, 5);
	EXPECT_EQ(take(fd, &record), 0);
	EXPECT_EQ(record.event.sequence, 1);
}

static void nonblocking_file_EAGAIN(void)
{
	int fd = node_open(O_RDWR | O_NONBLOCK);
	struct record record;

	EXPECT_EQ(take(fd, &record), -EAGAIN);
}

static void nonblocking_file_takes_the_event(void)
{
	int fd = node_open(O_RDWR | O_NONBLOCK);

	ask_queued(fd, 5);
	expect_next(fd, 5);
}

static void nonblocking_by_fcntl(void)
{
	int fd = node_open(O_RDWR);
	struct record record;

	REQUIRE(!fcntl(fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(take(fd, &record), -EAGAIN);
}

static void deadline_passes_ETIMEDOUT(void)
{
	int fd = node_open(O_RDWR);
	struct record record;
	__u64 deadline, end;

	deadline = now_ns() + 200 * MS;
	EXPECT_EQ(take_until(fd, &record, deadline), -ETIMEDOUT);
	end = now_ns();
	EXPECT(end >= deadline);
	EXPECT(end < deadline + LATE);
}

static void deadline_in_the_past_ETIMEDOUT(void)
{
	int fd = node_open(O_RDWR);
	struct record record;
	__u64 start;

	start = now_ns();
	EXPECT_EQ(take_until(fd, &record, start - 1), -ETIMEDOUT);
	EXPECT_EQ(take_until(fd, &record, 1), -ETIMEDOUT);
	EXPECT_EQ(take_until(fd, &record, 0), -ETIMEDOUT);
	EXPECT(now_ns() < start + LATE);
}

static void deadline_in_the_past_takes_the_event(void)
{
	int fd = node_open(O_RDWR);
	struct record record;

	ask_queued(fd, 5);
	EXPECT_EQ(take_until(fd, &record, 1), 0);
	EXPECT_FACTORIAL(&record, 5);
}

/* Not representable as signed nanoseconds: as good as for ever. */
static void expect_blocks_until(__u64 deadline)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter;

	waiter = waiter_start_until(fd, deadline);
	expect_still_blocked(&waiter);
	ask(fd, 5);
	expect_got(&waiter, 5);
}

static void deadline_in_the_far_future(void)
{
	expect_blocks_until(DMF_WAIT_FOREVER - 1);
	expect_blocks_until(1ULL << 63);
	expect_blocks_until((1ULL << 63) - 1);
}

static void event_after_a_timeout_is_not_lost(void)
{
	int fd = node_open(O_RDWR);
	struct record record;

	EXPECT_EQ(take_until(fd, &record, now_ns() + 20 * MS), -ETIMEDOUT);
	ask(fd, 5);
	expect_next(fd, 5);
}

static const struct test_case cases[] = {
	TEST_CASE(blocked_call_gets_the_event),
	TEST_CASE(blocked_call_gets_one_event_only),
	TEST_CASE(waiting_event_is_returned_at_once),
	TEST_CASE(event_comes_before_the_deadline),
	TEST_CASE(several_events_in_one_call),
	TEST_CASE(max_count_limits_the_records),
	TEST_CASE(max_count_may_exceed_the_events),
	TEST_CASE(size_limits_the_records),
	TEST_CASE(nothing_behind_the_records_is_written),
	TEST_CASE(record_is_laid_out_as_documented),
	TEST_CASE(timestamp_is_monotonic_time),
	TEST_CASE(events_are_numbered_one_by_one),
	TEST_CASE(first_event_has_number_one),
	TEST_CASE(nonblocking_file_EAGAIN),
	TEST_CASE(nonblocking_file_takes_the_event),
	TEST_CASE(nonblocking_by_fcntl),
	TEST_CASE(deadline_passes_ETIMEDOUT),
	TEST_CASE(deadline_in_the_past_ETIMEDOUT),
	TEST_CASE(deadline_in_the_past_takes_the_event),
	TEST_CASE(deadline_in_the_far_future),
	TEST_CASE(event_after_a_timeout_is_not_lost),
	{ }
};

const struct test_suite wait_suite = {
	.name = "wait",
	.setup = node_setup,
	.cases = cases,
};
