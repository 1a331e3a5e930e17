// SPDX-License-Identifier: GPL-2.0-only
/*
 * BufferPool: timers of the buffers in a sink, and what enumeration does to them.
 */
#include <linux/delay.h>
#include <linux/kthread.h>

#include "../modules/buffers/buffer_pool.h"
#include "buffer_pool_sink_fixture.h"

#define RACE_ROUNDS	200

/* -- Putting and getting -- */

static void timer_fires_and_hands_over(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer = pools_put_with_timer(test, 10);

	pools_expect_fired(test, 1);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[0], buffer);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_pool, t->sink);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_context,
			    dmf_buffer_pool_context_get(t->source, buffer));
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), POOL_BUFFERS);
}

static void timer_of_zero_fires_at_once(struct kunit *test)
{
	pools_up(test);
	pools_put_with_timer(test, 0);
	pools_expect_fired(test, 1);
}

static void timer_of_passive_level_pool_fires(struct kunit *test)
{
	struct sink_test *t = test->priv;

	t->attributes.passive_level = true;
	pools_up(test);
	pools_put_with_timer(test, 10);
	pools_expect_fired(test, 1);
}

static void timer_fires_each_time_it_is_set(struct kunit *test)
{
	pools_up(test);
	pools_put_with_timer(test, 0);
	pools_expect_fired(test, 1);
	pools_put_with_timer(test, 5);
	pools_expect_fired(test, 2);
}

static ktime_t deadline(void *buffer)
{
	return buffer_pool_timed(buffer_pool_entry(buffer))->deadline.expires;
}

static void timers_expire_in_order(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *first = pools_put_with_timer(test, 120);
	void *second = pools_put_with_timer(test, 60);

	/* Unless the test was stopped for so long in between. */
	if (ktime_before(deadline(second), deadline(first)))
		swap(first, second);
	pools_expect_fired(test, 2);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[0], first);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[1], second);
}

static void get_beats_timer(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer;

	pools_hold_timers_up(test);
	buffer = pools_put_with_timer(test, 40);
	KUNIT_EXPECT_PTR_EQ(test, pools_get(test, t->sink), buffer);
	pools_let_timers_go(t);
	pools_expect_not_fired(test, 80);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void get_cancels_timer_for_good(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer;

	pools_hold_timers_up(test);
	buffer = pools_put_with_timer(test, 40);
	KUNIT_EXPECT_PTR_EQ(test, pools_get(test, t->sink), buffer);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, buffer), 0);
	pools_let_timers_go(t);
	pools_expect_not_fired(test, 80);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 1);
}

static void put_with_timer_without_callback_fails(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer = pools_get(test, t->source);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(t->sink, buffer, 1, NULL, t),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void put_with_timer_of_buffer_without_fails(struct kunit *test)
{
	struct sink_test *t = test->priv;
	void *buffer;

	t->without_timer = true;
	pools_up(test);

	buffer = pools_get(test, t->source);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(t->sink, buffer, 1,
								     pools_fired, t), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void put_with_timer_into_source_fails(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer = pools_get(test, t->source);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(t->source, buffer, 1,
								     pools_fired, t),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void double_put_leaves_timer_alone(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer;

	pools_hold_timers_up(test);
	buffer = pools_put_with_timer(test, 20);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(t->sink, buffer, 60000,
								     pools_fired, NULL),
			-EALREADY);
	pools_let_timers_go(t);
	pools_expect_fired(test, 1);
}

static void overrun_found_by_timer(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	u8 *buffer;

	pools_hold_timers_up(test);
	buffer = pools_put_with_timer(test, 40);
	OPTIMIZER_HIDE_VAR(buffer);
	buffer[POOL_SIZE] = 0;
	pools_let_timers_go(t);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(!dmf_buffer_pool_count(t->sink)));
	pools_expect_not_fired(test, 80);
}

/* -- Enumeration -- */

static void enumerate_remove_beats_timer(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer;

	pools_hold_timers_up(test);
	buffer = pools_put_with_timer(test, 40);
	t->answers[0] = DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP;
	KUNIT_EXPECT_PTR_EQ(test, pools_enumerate(test), buffer);
	pools_let_timers_go(t);
	pools_expect_not_fired(test, 80);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void enumerate_stop_timer_and_stop(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *first, *second;

	pools_hold_timers_up(test);
	first = pools_put_with_timer(test, 40);
	second = pools_put_with_timer(test, 40);
	t->answers[0] = DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_STOP;
	KUNIT_EXPECT_NULL(test, pools_enumerate(test));
	KUNIT_EXPECT_EQ(test, t->visits, 1);
	pools_let_timers_go(t);
	pools_expect_fired(test, 1);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[0], second);
	KUNIT_EXPECT_PTR_EQ(test, pools_get(test, t->sink), first);
	dmf_buffer_pool_put(t->source, first);
}

static void enumerate_stop_timer_and_continue(struct kunit *test)
{
	struct sink_test *t = pools_up(test);

	pools_hold_timers_up(test);
	pools_put_with_timer(test, 40);
	pools_put_with_timer(test, 40);
	t->answers[0] = DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_CONTINUE;
	t->answers[1] = DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_CONTINUE;
	KUNIT_EXPECT_NULL(test, pools_enumerate(test));
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	pools_let_timers_go(t);
	pools_expect_not_fired(test, 80);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 2);
}

/*
 *	0 ms		first is put, expires at 400
 *	20 ms or later	it is visited: the full time would end at 420 or later
 *	right then	second is put, expires at 410 or later, but before that
 */
static void visit_first_of_two(struct kunit *test, enum dmf_buffer_pool_visit answer,
			       bool visit_before, void *buffers[2])
{
	struct sink_test *t = test->priv;
	ktime_t put;

	t->answers[0] = answer;
	t->answers[1] = DMF_BUFFER_POOL_VISIT_STOP;
	pools_hold_timers_up(test);
	buffers[0] = pools_put_with_timer(test, 400);
	put = ktime_get();
	/* Once does not do if the clock of msleep() was behind. */
	while (ktime_ms_delta(ktime_get(), put) < 20)
		msleep(20);
	if (visit_before)
		pools_enumerate(test);
	buffers[1] = pools_put_with_timer(test, 390);
	if (!visit_before)
		pools_enumerate(test);
	pools_let_timers_go(t);
	pools_expect_fired(test, 2);
}

static void enumerate_continue_keeps_remaining_time(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[2];

	visit_first_of_two(test, DMF_BUFFER_POOL_VISIT_CONTINUE, true, buffers);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[0], buffers[0]);
}

static void enumerate_stop_keeps_remaining_time(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[2];

	visit_first_of_two(test, DMF_BUFFER_POOL_VISIT_STOP, true, buffers);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[0], buffers[0]);
}

static void enumerate_reset_timer_and_stop(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[2];

	visit_first_of_two(test, DMF_BUFFER_POOL_VISIT_RESET_TIMER_AND_STOP, false, buffers);
	KUNIT_EXPECT_EQ(test, t->visits, 1);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[0], buffers[1]);
}

static void enumerate_reset_timer_and_continue(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[2];

	visit_first_of_two(test, DMF_BUFFER_POOL_VISIT_RESET_TIMER_AND_CONTINUE, false, buffers);
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[0], buffers[1]);
}

static void enumerate_reset_without_timer_sets_none(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[3];

	pools_put_three(test, buffers);
	t->answers[0] = DMF_BUFFER_POOL_VISIT_RESET_TIMER_AND_CONTINUE;
	pools_enumerate(test);
	KUNIT_EXPECT_EQ(test, t->visits, 3);
	pools_expect_not_fired(test, 40);
}

/* -- Races and close -- */

static int getter(void *data)
{
	struct sink_test *t = data;
	void *buffer;

	while (!kthread_should_stop()) {
		if (!dmf_buffer_pool_get(t->sink, &buffer, NULL))
			pools_fired(NULL, buffer, NULL, t);
		usleep_range(1, 60);
	}
	return 0;
}

/* Each round's buffer must come back exactly once, from the thread or from the timer. */
static void timer_races_with_get(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	int round;

	dmf_kunit_run(test, getter, t);
	for (round = 1; round <= RACE_ROUNDS; round++) {
		pools_put_with_timer(test, 0);
		pools_expect_fired(test, round);
		if (atomic_read(&t->fired_count) != round)
			break;
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&t->fired_count), RACE_ROUNDS);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), POOL_BUFFERS);
}

static void timer_races_with_close(struct kunit *test)
{
	struct sink_test *t = test->priv;
	int round, i, after;

	for (round = 0; round < 30; round++) {
		pools_up(test);
		for (i = 0; i < POOL_BUFFERS; i++)
			pools_put_with_timer(test, i % 2);
		usleep_range(1, 1 + round * 100);
		dmf_kunit_remove(test, t->ddev);
		after = atomic_xchg(&t->fired_count, 0);
		KUNIT_EXPECT_LE(test, after, 2 * POOL_BUFFERS);
	}
	pools_expect_not_fired(test, 20);
}

static void fired_slowly(struct dmf_buffer_pool *pool, void *buffer, void *buffer_context,
			 void *context)
{
	struct sink_test *t = context;

	complete(&t->fired);
	msleep(50);
	dmf_buffer_pool_put(t->source, buffer);
	WRITE_ONCE(t->fired_slowly, true);
}

static void close_waits_for_timer_callback(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer = pools_get(test, t->source);

	dmf_buffer_pool_put_in_sink_with_timer(t->sink, buffer, 0, fired_slowly, t);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&t->fired, DMF_KUNIT_TIMEOUT), 0);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(t->fired_slowly));
}

static void close_cancels_pending_timers(struct kunit *test)
{
	struct sink_test *t = pools_up(test);

	pools_put_with_timer(test, 60);
	pools_put_with_timer(test, 60000);
	dmf_kunit_remove(test, t->ddev);
	/* The first one may have been quicker. */
	KUNIT_EXPECT_LE(test, atomic_xchg(&t->fired_count, 0), 1);
	pools_expect_not_fired(test, 100);
}

static struct kunit_case buffer_pool_timer_cases[] = {
	KUNIT_CASE(timer_fires_and_hands_over),
	KUNIT_CASE(timer_of_zero_fires_at_once),
	KUNIT_CASE(timer_of_passive_level_pool_fires),
	KUNIT_CASE(timer_fires_each_time_it_is_set),
	KUNIT_CASE(timers_expire_in_order),
	KUNIT_CASE(get_beats_timer),
	KUNIT_CASE(get_cancels_timer_for_good),
	KUNIT_CASE(put_with_timer_without_callback_fails),
	KUNIT_CASE(put_with_timer_of_buffer_without_fails),
	KUNIT_CASE(put_with_timer_into_source_fails),
	KUNIT_CASE(double_put_leaves_timer_alone),
	KUNIT_CASE(overrun_found_by_timer),
	KUNIT_CASE(enumerate_remove_beats_timer),
	KUNIT_CASE(enumerate_stop_timer_and_stop),
	KUNIT_CASE(enumerate_stop_timer_and_continue),
	KUNIT_CASE(enumerate_continue_keeps_remaining_time),
	KUNIT_CASE(enumerate_stop_keeps_remaining_time),
	KUNIT_CASE(enumerate_reset_timer_and_stop),
	KUNIT_CASE(enumerate_reset_timer_and_continue),
	KUNIT_CASE(enumerate_reset_without_timer_sets_none),
	KUNIT_CASE(timer_races_with_get),
	KUNIT_CASE(timer_races_with_close),
	KUNIT_CASE(close_waits_for_timer_callback),
	KUNIT_CASE(close_cancels_pending_timers),
	{ }
};

static struct kunit_suite buffer_pool_timer_suite = {
	.name = "dmf_buffer_pool_timer",
	.init = pools_init,
	.test_cases = buffer_pool_timer_cases,
};

kunit_test_suite(buffer_pool_timer_suite);
