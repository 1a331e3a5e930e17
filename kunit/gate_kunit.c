// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the gate.
 */
#include <linux/delay.h>
#include <linux/dmf/gate.h>
#include <linux/kthread.h>

#include "dmf_kunit.h"

static void enter_open_gate_succeeds(struct kunit *test)
{
	struct dmf_gate gate;

	dmf_gate_init(&gate, true);
	KUNIT_EXPECT_TRUE(test, dmf_gate_enter(&gate));
	KUNIT_EXPECT_EQ(test, dmf_gate_users(&gate), 1);
	dmf_gate_leave(&gate);
	KUNIT_EXPECT_EQ(test, dmf_gate_users(&gate), 0);
}

static void enter_closed_gate_fails(struct kunit *test)
{
	struct dmf_gate gate;

	dmf_gate_init(&gate, true);
	dmf_gate_close(&gate);
	KUNIT_EXPECT_FALSE(test, dmf_gate_enter(&gate));
	KUNIT_EXPECT_TRUE(test, dmf_gate_is_closed(&gate));
	KUNIT_EXPECT_EQ(test, dmf_gate_users(&gate), 0);
}

static void gate_may_begin_closed(struct kunit *test)
{
	struct dmf_gate gate;

	dmf_gate_init(&gate, false);
	KUNIT_EXPECT_FALSE(test, dmf_gate_enter(&gate));
	dmf_gate_close(&gate);
	dmf_gate_reopen(&gate);
	KUNIT_EXPECT_TRUE(test, dmf_gate_enter(&gate));
	dmf_gate_leave(&gate);
}

static void close_twice_returns(struct kunit *test)
{
	struct dmf_gate gate;

	dmf_gate_init(&gate, true);
	dmf_gate_close(&gate);
	dmf_gate_close(&gate);
	KUNIT_EXPECT_TRUE(test, dmf_gate_is_closed(&gate));
}

static void reopen_lets_in_again(struct kunit *test)
{
	struct dmf_gate gate;
	int i;

	dmf_gate_init(&gate, true);
	for (i = 0; i < 3; i++) {
		dmf_gate_close(&gate);
		KUNIT_EXPECT_FALSE(test, dmf_gate_enter(&gate));
		dmf_gate_reopen(&gate);
		KUNIT_EXPECT_TRUE(test, dmf_gate_enter(&gate));
		dmf_gate_leave(&gate);
	}
}

/* -- Closing and those inside -- */

struct closer {
	struct dmf_gate gate;
	struct completion closed;
};

static int closer_thread(void *data)
{
	struct closer *closer = data;

	dmf_gate_close(&closer->gate);
	complete(&closer->closed);
	return 0;
}

static struct closer *closer_start(struct kunit *test)
{
	struct closer *closer = kunit_kzalloc(test, sizeof(*closer), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, closer);
	dmf_gate_init(&closer->gate, true);
	init_completion(&closer->closed);
	KUNIT_ASSERT_TRUE(test, dmf_gate_enter_detached(&closer->gate));
	dmf_kunit_run(test, closer_thread, closer);
	while (!dmf_gate_is_closed(&closer->gate))
		cond_resched();
	return closer;
}

static void close_waits_for_user(struct kunit *test)
{
	struct closer *closer = closer_start(test);

	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&closer->closed, HZ / 20));
	KUNIT_EXPECT_FALSE(test, dmf_gate_enter_detached(&closer->gate));
	dmf_gate_leave_detached(&closer->gate);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&closer->closed, DMF_KUNIT_TIMEOUT));
}

static void leave_in_hardirq(void *data)
{
	dmf_gate_leave_detached(data);
}

static void leave_from_hard_irq_work_ends_close(struct kunit *test)
{
	struct closer *closer = closer_start(test);

	dmf_kunit_in_hardirq(leave_in_hardirq, &closer->gate);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&closer->closed, DMF_KUNIT_TIMEOUT));
}

struct hardirq_enter {
	struct dmf_gate gate;
	bool entered;
};

static void enter_and_leave_in_hardirq(void *data)
{
	struct hardirq_enter *enter = data;

	enter->entered = dmf_gate_enter(&enter->gate);
	if (enter->entered)
		dmf_gate_leave(&enter->gate);
}

static void enter_from_hard_irq_work(struct kunit *test)
{
	struct hardirq_enter enter = { };

	dmf_gate_init(&enter.gate, true);
	dmf_kunit_in_hardirq(enter_and_leave_in_hardirq, &enter);
	KUNIT_EXPECT_TRUE(test, enter.entered);

	dmf_gate_close(&enter.gate);
	dmf_kunit_in_hardirq(enter_and_leave_in_hardirq, &enter);
	KUNIT_EXPECT_FALSE(test, enter.entered);
}

/* -- Races -- */

#define RACERS		3
#define RACE_ROUNDS	300

struct race {
	struct dmf_gate gate;
	atomic_t inside;
	atomic_t entered;
	bool closed;		/* what racers must not see inside */
	bool failed;
};

static int race_enter_thread(void *data)
{
	struct race *race = data;

	while (!kthread_should_stop()) {
		if (dmf_gate_enter(&race->gate)) {
			atomic_inc(&race->inside);
			atomic_inc(&race->entered);
			if (READ_ONCE(race->closed))
				WRITE_ONCE(race->failed, true);
			atomic_dec(&race->inside);
			dmf_gate_leave(&race->gate);
		}
		cond_resched();
	}
	return 0;
}

static void race_enter_against_close(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	int i, before;

	KUNIT_ASSERT_NOT_NULL(test, race);
	dmf_gate_init(&race->gate, true);
	for (i = 0; i < RACERS; i++)
		dmf_kunit_run(test, race_enter_thread, race);

	for (i = 0; i < RACE_ROUNDS; i++) {
		dmf_gate_close(&race->gate);
		if (atomic_read(&race->inside))
			race->failed = true;
		WRITE_ONCE(race->closed, true);
		udelay(5);
		WRITE_ONCE(race->closed, false);
		before = atomic_read(&race->entered);
		dmf_gate_reopen(&race->gate);
		while (atomic_read(&race->entered) == before)
			cond_resched();
	}
	KUNIT_EXPECT_FALSE(test, race->failed);
}

struct two_closers {
	struct closer closer;
	struct completion second;
};

static int second_closer_thread(void *data)
{
	struct two_closers *two = data;

	dmf_gate_close(&two->closer.gate);
	complete(&two->second);
	return 0;
}

static void second_close_waits_too(struct kunit *test)
{
	struct two_closers *two = kunit_kzalloc(test, sizeof(*two), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, two);
	dmf_gate_init(&two->closer.gate, true);
	init_completion(&two->closer.closed);
	init_completion(&two->second);
	KUNIT_ASSERT_TRUE(test, dmf_gate_enter_detached(&two->closer.gate));
	dmf_kunit_run(test, closer_thread, &two->closer);
	dmf_kunit_run(test, second_closer_thread, two);

	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&two->second, HZ / 20));
	dmf_gate_leave_detached(&two->closer.gate);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&two->closer.closed,
							    DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&two->second, DMF_KUNIT_TIMEOUT));
}

/* -- lockdep -- */

static int might_close_inside(void *data)
{
	struct dmf_gate *gate = data;

	if (dmf_gate_enter(gate)) {
		dmf_gate_might_close(gate);
		dmf_gate_leave(gate);
	}
	return 0;
}

static int might_close_outside(void *data)
{
	struct dmf_gate *gate = data;

	if (dmf_gate_enter(gate))
		dmf_gate_leave(gate);
	dmf_gate_might_close(gate);
	return 0;
}

static void close_from_inside_is_reported(struct kunit *test)
{
	struct dmf_gate gate;

	dmf_gate_init(&gate, true);
	KUNIT_EXPECT_FALSE(test, dmf_kunit_lockdep_reports(test, might_close_outside, &gate));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_lockdep_reports(test, might_close_inside, &gate));
}

static struct kunit_case gate_cases[] = {
	KUNIT_CASE(enter_open_gate_succeeds),
	KUNIT_CASE(enter_closed_gate_fails),
	KUNIT_CASE(gate_may_begin_closed),
	KUNIT_CASE(close_twice_returns),
	KUNIT_CASE(reopen_lets_in_again),
	KUNIT_CASE(close_waits_for_user),
	KUNIT_CASE(leave_from_hard_irq_work_ends_close),
	KUNIT_CASE(enter_from_hard_irq_work),
	KUNIT_CASE(race_enter_against_close),
	KUNIT_CASE(second_close_waits_too),
	KUNIT_CASE(close_from_inside_is_reported),
	{ }
};

static struct kunit_suite gate_suite = {
	.name = "dmf_gate",
	.test_cases = gate_cases,
};

kunit_test_suite(gate_suite);
