// SPDX-License-Identifier: GPL-2.0-only
/* A stream that nobody reads: it keeps the newest events and counts the rest. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"

#define TOO_MANY	44

/* The operands count up from 1. */
static void fill(int fd, __u32 count)
{
	__u32 i;

	for (i = 1; i <= count; i++)
		ask_queued(fd, i);
}

static __u64 last_sequence(int fd)
{
	ask(fd, 0);
	return expect_next(fd, 0);
}

static void full_stream_loses_nothing(void)
{
	int fd = node_open(O_RDWR);
	__u64 sequence = last_sequence(fd);
	__u32 i;

	fill(fd, QUEUE_DEPTH);
	for (i = 1; i <= QUEUE_DEPTH; i++)
		EXPECT_EQ(expect_next(fd, i), sequence + i);
	expect_empty(fd);
}

static void gap_counts_the_lost_events(void)
{
	int fd = node_open(O_RDWR);
	__u64 sequence = last_sequence(fd);

	fill(fd, QUEUE_DEPTH + TOO_MANY);
	EXPECT_EQ(expect_next(fd, TOO_MANY + 1), sequence + TOO_MANY + 1);
}

static void oldest_events_are_lost(void)
{
	int fd = node_open(O_RDWR);
	__u64 sequence;
	__u32 i;

	fill(fd, QUEUE_DEPTH + TOO_MANY);
	sequence = expect_next(fd, TOO_MANY + 1);
	for (i = 1; i < QUEUE_DEPTH; i++)
		EXPECT_EQ(expect_next(fd, TOO_MANY + 1 + i), sequence + i);
	expect_empty(fd);
}

static void stream_works_after_an_overflow(void)
{
	int fd = node_open(O_RDWR);
	struct record record;
	__u64 sequence = 0;

	fill(fd, QUEUE_DEPTH + 1);
	while (!take_now(fd, &record))
		sequence = record.event.sequence;
	ask(fd, 5);
	EXPECT_EQ(expect_next(fd, 5), sequence + 1);
}

static void whole_stream_in_one_call(void)
{
	static struct record records[QUEUE_DEPTH + 1];
	struct dmf_wait wait = {
		.buffer = (uintptr_t)records,
		.size = sizeof(records),
		.deadline_ns = DMF_WAIT_FOREVER,
	};
	int fd = node_open(O_RDWR);
	__u32 i;

	fill(fd, QUEUE_DEPTH);
	EXPECT_EQ(wait_call(fd, &wait), 0);
	EXPECT_EQ(wait.count, QUEUE_DEPTH);
	for (i = 0; i < wait.count; i++)
		EXPECT_FACTORIAL(&records[i], i + 1);
	expect_empty(fd);
}

static const struct test_case cases[] = {
	SLOW_TEST_CASE(full_stream_loses_nothing, 60),
	SLOW_TEST_CASE(gap_counts_the_lost_events, 60),
	SLOW_TEST_CASE(oldest_events_are_lost, 60),
	SLOW_TEST_CASE(stream_works_after_an_overflow, 60),
	SLOW_TEST_CASE(whole_stream_in_one_call, 60),
	{ }
};

const struct test_suite overflow_suite = {
	.name = "overflow",
	.setup = node_setup,
	.cases = cases,
};
