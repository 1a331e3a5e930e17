// SPDX-License-Identifier: GPL-2.0-only
/* Several consumers of one stream: every event goes to exactly one of them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"
#include "waiter.h"

#define EVENTS	100

/* Note each number that a waiter got; they begin with @first. */
static void tick_off(const struct waiter *waiter, __u64 first, int *seen)
{
	unsigned int i;
	__u64 number;

	for (i = 0; i < waiter->outcome->taken; i++) {
		number = waiter->outcome->sequences[i] - first;
		if (EXPECT(number < EVENTS))
			seen[number]++;
	}
}

/* The numbers that one consumer got only grow. */
static void expect_oldest_first(const struct waiter *waiter)
{
	const struct outcome *outcome = waiter->outcome;
	unsigned int i;

	for (i = 1; i < outcome->taken; i++)
		EXPECT(outcome->sequences[i] > outcome->sequences[i - 1]);
}

static __u64 first_number(const struct waiter *waiters, unsigned int count)
{
	__u64 first = ~0ULL;
	unsigned int i;

	for (i = 0; i < count; i++)
		if (waiters[i].outcome->taken &&
		    waiters[i].outcome->sequences[0] < first)
			first = waiters[i].outcome->sequences[0];
	return first;
}

static void expect_each_event_once(struct waiter *waiters, unsigned int count)
{
	int fd = node_open(O_RDWR);
	int seen[EVENTS] = { };
	unsigned int i;
	__u64 first;

	for (i = 1; i <= EVENTS; i++) {
		ask(fd, i);
		require_taken(waiters, count, i);
	}
	first = first_number(waiters, count);
	for (i = 0; i < count; i++) {
		tick_off(&waiters[i], first, seen);
		expect_oldest_first(&waiters[i]);
		waiter_kill(&waiters[i]);
	}
	for (i = 0; i < EVENTS; i++)
		if (!EXPECT_EQ(seen[i], 1))
			test_note("event %u", i);
	expect_empty(fd);
}

static void two_files_each_event_once(void)
{
	struct waiter waiters[] = {
		waiter_start_opening(by_waiting_on),
		waiter_start_opening(by_waiting_on),
	};

	expect_each_event_once(waiters, 2);
}

static void one_file_each_event_once(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiters[] = {
		waiter_start(fd, by_waiting_on),
		waiter_start(fd, by_waiting_on),
	};

	expect_each_event_once(waiters, 2);
}

static void wait_and_read_each_event_once(void)
{
	struct waiter waiters[] = {
		waiter_start_opening(by_waiting_on),
		waiter_start_opening(by_reading_on),
	};

	expect_each_event_once(waiters, 2);
}

static void eight_readers_each_event_once(void)
{
	struct waiter waiters[8];
	int i;

	for (i = 0; i < 8; i++)
		waiters[i] = waiter_start_opening(i & 1 ? by_waiting_on :
							  by_reading_on);
	expect_each_event_once(waiters, 8);
}

/* Both pull from a full stream at the same time. */
static void queued_events_each_once(void)
{
	struct waiter waiters[] = {
		waiter_start_opening(by_waiting_on),
		waiter_start_opening(by_waiting_on),
	};
	int fd = node_open(O_RDWR);
	int seen[EVENTS] = { };
	int i;

	for (i = 0; i < 2; i++)
		waiter_stop(&waiters[i]);
	for (i = 1; i <= EVENTS; i++)
		ask_queued(fd, i);
	for (i = 0; i < 2; i++)
		waiter_continue(&waiters[i]);
	require_taken(waiters, 2, EVENTS);
	for (i = 0; i < 2; i++) {
		tick_off(&waiters[i], first_number(waiters, 2), seen);
		expect_oldest_first(&waiters[i]);
	}
	for (i = 0; i < EVENTS; i++)
		EXPECT_EQ(seen[i], 1);
	expect_empty(fd);
}

static void one_event_ends_one_call(void)
{
	struct waiter waiters[] = {
		waiter_start_opening(by_wait),
		waiter_start_opening(by_wait),
	};
	int fd = node_open(O_RDWR);
	__u64 end = now_ns() + PATIENCE;
	int first;

	ask(fd, 5);
	while (!waiter_is_done(&waiters[0]) &&
	       !waiter_is_done(&waiters[1]) && nap_until(end))
		;
	first = waiter_is_done(&waiters[0]) ? 0 : 1;
	expect_got(&waiters[first], 5);
	expect_still_blocked(&waiters[!first]);
	ask(fd, 6);
	expect_got(&waiters[!first], 6);
	EXPECT_EQ(waiters[!first].outcome->record.event.sequence,
		  waiters[first].outcome->record.event.sequence + 1);
}

static void poller_wakes_beside_a_blocked_call(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);
	struct waiter poller = waiter_start(fd, by_poll);

	ask(fd, 5);
	expect_got(&waiter, 5);
	/* The poller may find the stream empty again, and sleep on. */
	ask_queued(fd, 6);
	EXPECT_EQ(waiter_result(&poller), POLLIN);
	expect_next(fd, 6);
}

static void killed_reader_does_not_swallow_the_wakeup(void)
{
	struct waiter waiters[8];
	int fd = node_open(O_RDWR);
	bool taken = false;
	int i;

	for (i = 0; i < 8; i++)
		waiters[i] = waiter_start_opening(by_wait);
	ask(fd, 5);
	for (i = 0; i < 7; i++)
		waiter_kill(&waiters[i]);
	/* The records lie in shared memory: a dead reader's is still there. */
	for (i = 0; i < 7; i++)
		taken |= waiters[i].outcome->record.event.sequence != 0;
	if (!taken) {
		expect_got(&waiters[7], 5);
		return;
	}
	ask(fd, 6);
	expect_got(&waiters[7], 6);
}

static const struct test_case cases[] = {
	TEST_CASE(two_files_each_event_once),
	TEST_CASE(one_file_each_event_once),
	TEST_CASE(wait_and_read_each_event_once),
	TEST_CASE(eight_readers_each_event_once),
	TEST_CASE(queued_events_each_once),
	TEST_CASE(one_event_ends_one_call),
	TEST_CASE(poller_wakes_beside_a_blocked_call),
	TEST_CASE(killed_reader_does_not_swallow_the_wakeup),
	{ }
};

const struct test_suite readers_suite = {
	.name = "readers",
	.setup = node_setup,
	.cases = cases,
};
