// SPDX-License-Identifier: GPL-2.0-only
/*
 * BufferPool: timers, enumeration, and who gets a buffer when a pool closes.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include <linux/dmf/buffer_pool.h>
#include <linux/dmf/device.h>
#include <linux/dmf/module.h>

#include "../modules/buffers/buffer_pool.h"
#include "dmf_kunit.h"
#include "submitter.h"

#define BUFFERS		4
#define SIZE		32
#define RACE_ROUNDS	200

/* A Module that closes after those that were added behind it. */
struct dmf_pool_witness;
DMF_DECLARE_MODULE(pool_witness);

enum sink_test_layout {
	SOURCE_FIRST,
	SINK_FIRST,
	SOURCE_ONLY,
	SINK_ONLY,
};

struct sink_test {
	/* What the next probe adds; a case may change it before. */
	enum sink_test_layout layout;
	bool without_timer;
	struct dmf_module_attributes attributes;

	struct dmf_device *ddev;
	struct dmf_buffer_pool *source;
	struct dmf_buffer_pool *sink;

	/* Recorded by the timer callback. */
	struct completion fired;	/* once for each, when all is done */
	atomic_t fired_count;		/* that have begun */
	int awaited;			/* of those the test has seen the end */
	void *fired_buffers[BUFFERS];
	struct dmf_buffer_pool *fired_pool;
	void *fired_context;		/* the buffer's */
	bool fired_slowly;		/* to its end */

	/* Timers that are held up: the callback of one of them waits. */
	struct completion held_up;
	struct completion go_on;

	/* A buffer for the witness to put, and what it records. */
	void *held;
	int put_result;
	int sink_result;
	int get_result;
	int enumerate_result;
	unsigned int count;

	/* For the enumeration, and recorded by it. */
	enum dmf_buffer_pool_visit answers[BUFFERS];
	unsigned int visits;
	void *visited[BUFFERS];
	struct dmf_buffer_pool *visited_pool;
};

struct dmf_pool_witness {
	struct dmf_module module;
};

static enum dmf_buffer_pool_visit visit_locked(struct dmf_buffer_pool *pool, void *buffer,
					       void *buffer_context, void *context)
{
	struct sink_test *t = context;

	t->visited_pool = pool;
	if (t->visits == BUFFERS)
		return DMF_BUFFER_POOL_VISIT_STOP;
	t->visited[t->visits] = buffer;
	return t->answers[t->visits++];
}

static void pool_witness_close(struct dmf_module *module)
{
	struct sink_test *t = dmf_module_client_data(module);
	void *buffer;

	if (!t->held)
		return;
	t->put_result = dmf_buffer_pool_put(t->source, t->held);
	t->sink_result = dmf_buffer_pool_put(t->sink, t->held);
	t->get_result = dmf_buffer_pool_get(t->source, &buffer, NULL);
	t->enumerate_result = dmf_buffer_pool_enumerate(t->sink, visit_locked, t, &buffer, NULL);
	t->count = dmf_buffer_pool_count(t->source) + dmf_buffer_pool_count(t->sink);
}

static const struct dmf_module_ops pool_witness_ops = {
	.close = pool_witness_close,
};

static const struct dmf_module_desc pool_witness_desc = {
	.name = "pool_witness",
	.size = sizeof(struct dmf_pool_witness),
	.open_option = DMF_OPEN_CREATE,
	.ops = &pool_witness_ops,
};

DMF_DEFINE_MODULE(pool_witness);

static int sink_test_add_source(struct sink_test *t, struct dmf_module_init *init)
{
	const struct dmf_buffer_pool_config config = {
		.source = {
			.buffer_count = BUFFERS,
			.buffer_size = SIZE,
			.buffer_context_size = sizeof(int),
			.create_with_timer = !t->without_timer,
		},
	};

	return dmf_buffer_pool_add(init, &config, &t->attributes, &t->source);
}

static int sink_test_add_sink(struct sink_test *t, struct dmf_module_init *init)
{
	const struct dmf_buffer_pool_config config = { .mode = DMF_BUFFER_POOL_MODE_SINK };

	return dmf_buffer_pool_add(init, &config, &t->attributes, &t->sink);
}

static int sink_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct sink_test *t = dmf_kunit_priv(ddev);
	const struct dmf_module_attributes attributes = { .client_data = t };
	int ret;

	switch (t->layout) {
	case SOURCE_ONLY:
		return sink_test_add_source(t, init);
	case SINK_ONLY:
		return sink_test_add_sink(t, init);
	case SOURCE_FIRST:
	case SINK_FIRST:
		break;
	}

	ret = dmf_pool_witness_add(init, NULL, &attributes, NULL);
	if (ret)
		return ret;
	if (t->layout == SINK_FIRST)
		return sink_test_add_sink(t, init) ?: sink_test_add_source(t, init);
	return sink_test_add_source(t, init) ?: sink_test_add_sink(t, init);
}

static const struct dmf_client_ops sink_client_ops = {
	.modules_add = sink_modules_add,
};

static int sink_test_init(struct kunit *test)
{
	struct sink_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	init_completion(&t->fired);
	init_completion(&t->held_up);
	init_completion(&t->go_on);
	test->priv = t;
	return 0;
}

static struct dmf_device *probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &sink_client_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

static struct sink_test *pools_up(struct kunit *test)
{
	struct sink_test *t = test->priv;

	t->ddev = probe(test);
	return t;
}

static void *get(struct kunit *test, struct dmf_buffer_pool *pool)
{
	void *buffer = NULL;

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(pool, &buffer, NULL), 0);
	KUNIT_ASSERT_NOT_NULL(test, buffer);
	return buffer;
}

/* Record the buffer and put it back. */
static void fired(struct dmf_buffer_pool *pool, void *buffer, void *buffer_context, void *context)
{
	struct sink_test *t = context;
	int nth = atomic_inc_return(&t->fired_count);

	t->fired_buffers[(nth - 1) % BUFFERS] = buffer;
	t->fired_pool = pool;
	t->fired_context = buffer_context;
	dmf_buffer_pool_put(t->source, buffer);
	complete(&t->fired);
}

static void *sink_with_timer(struct kunit *test, unsigned int timeout_ms)
{
	struct sink_test *t = test->priv;
	void *buffer = get(test, t->source);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(t->sink, buffer, timeout_ms,
								     fired, t), 0);
	return buffer;
}

static void held_up(struct dmf_buffer_pool *pool, void *buffer, void *buffer_context,
		    void *context)
{
	struct sink_test *t = context;

	dmf_buffer_pool_put(t->source, buffer);
	complete(&t->held_up);
	wait_for_completion(&t->go_on);
}

static void let_timers_go(void *data)
{
	struct sink_test *t = data;

	complete_all(&t->go_on);
}

/* However slow the test is now, no timer that it sets fires before let_timers_go(). */
static void hold_timers_up(struct kunit *test)
{
	struct sink_test *t = test->priv;

	/* Also if the test ends early. */
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, let_timers_go, t), 0);
	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(t->sink, get(test, t->source),
								     0, held_up, t), 0);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&t->held_up, DMF_KUNIT_TIMEOUT), 0);
}

/* Wait for @count callbacks in all. */
static void expect_fired(struct kunit *test, int count)
{
	struct sink_test *t = test->priv;

	while (t->awaited < count && wait_for_completion_timeout(&t->fired, DMF_KUNIT_TIMEOUT))
		t->awaited++;
	KUNIT_EXPECT_EQ(test, atomic_read(&t->fired_count), count);
}

static void expect_not_fired(struct kunit *test, unsigned int within_ms)
{
	struct sink_test *t = test->priv;

	msleep(within_ms);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->fired_count), 0);
}

/* -- Timers -- */

static void timer_fires_and_hands_over(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer = sink_with_timer(test, 10);

	expect_fired(test, 1);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[0], buffer);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_pool, t->sink);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_context,
			    dmf_buffer_pool_context_get(t->source, buffer));
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
}

static void timer_of_zero_fires_at_once(struct kunit *test)
{
	pools_up(test);
	sink_with_timer(test, 0);
	expect_fired(test, 1);
}

static void timer_of_passive_level_pool_fires(struct kunit *test)
{
	struct sink_test *t = test->priv;

	t->attributes.passive_level = true;
	pools_up(test);
	sink_with_timer(test, 10);
	expect_fired(test, 1);
}

static void timer_fires_each_time_it_is_set(struct kunit *test)
{
	pools_up(test);
	sink_with_timer(test, 0);
	expect_fired(test, 1);
	sink_with_timer(test, 5);
	expect_fired(test, 2);
}

static ktime_t deadline(void *buffer)
{
	return buffer_pool_timed(buffer_pool_entry(buffer))->deadline.expires;
}

static void timers_expire_in_order(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *first = sink_with_timer(test, 120);
	void *second = sink_with_timer(test, 60);

	/* Unless the test was stopped for so long in between. */
	if (ktime_before(deadline(second), deadline(first)))
		swap(first, second);
	expect_fired(test, 2);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[0], first);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[1], second);
}

static void get_beats_timer(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer;

	hold_timers_up(test);
	buffer = sink_with_timer(test, 40);
	KUNIT_EXPECT_PTR_EQ(test, get(test, t->sink), buffer);
	let_timers_go(t);
	expect_not_fired(test, 80);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void get_cancels_timer_for_good(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer;

	hold_timers_up(test);
	buffer = sink_with_timer(test, 40);
	KUNIT_EXPECT_PTR_EQ(test, get(test, t->sink), buffer);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, buffer), 0);
	let_timers_go(t);
	expect_not_fired(test, 80);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 1);
}

static void put_with_timer_without_callback_fails(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer = get(test, t->source);

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

	buffer = get(test, t->source);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(t->sink, buffer, 1, fired, t),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void put_with_timer_into_source_fails(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer = get(test, t->source);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(t->source, buffer, 1, fired,
								     t), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void double_put_leaves_timer_alone(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer;

	hold_timers_up(test);
	buffer = sink_with_timer(test, 20);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(t->sink, buffer, 60000, fired,
								     NULL), -EALREADY);
	let_timers_go(t);
	expect_fired(test, 1);
}

static void overrun_found_by_timer(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	u8 *buffer;

	hold_timers_up(test);
	buffer = sink_with_timer(test, 40);
	OPTIMIZER_HIDE_VAR(buffer);
	buffer[SIZE] = 0;
	let_timers_go(t);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(!dmf_buffer_pool_count(t->sink)));
	expect_not_fired(test, 80);
}

/* -- Enumeration -- */

static void *enumerate(struct kunit *test)
{
	struct sink_test *t = test->priv;
	void *buffer = t, *buffer_context = t;

	t->visits = 0;
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_enumerate(t->sink, visit_locked, t, &buffer,
							&buffer_context), 0);
	KUNIT_EXPECT_PTR_EQ(test, buffer_context,
			    buffer ? dmf_buffer_pool_context_get(t->source, buffer) : NULL);
	return buffer;
}

static void put_three(struct kunit *test, void *buffers[3])
{
	struct sink_test *t = test->priv;
	int i;

	for (i = 0; i < 3; i++) {
		buffers[i] = get(test, t->source);
		KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, buffers[i]), 0);
	}
}

static void enumerate_continue_visits_all(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[3];
	int i;

	put_three(test, buffers);
	KUNIT_EXPECT_NULL(test, enumerate(test));
	KUNIT_EXPECT_EQ(test, t->visits, 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_PTR_EQ(test, t->visited[i], buffers[i]);
	KUNIT_EXPECT_PTR_EQ(test, t->visited_pool, t->sink);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 3);
}

static void enumerate_stop_ends(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[3];

	put_three(test, buffers);
	t->answers[1] = DMF_BUFFER_POOL_VISIT_STOP;
	KUNIT_EXPECT_NULL(test, enumerate(test));
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 3);
}

static void enumerate_remove_and_stop_gives_buffer(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[3];

	put_three(test, buffers);
	t->answers[1] = DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP;
	KUNIT_EXPECT_PTR_EQ(test, enumerate(test), buffers[1]);
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 2);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffers[1]), 0);
}

static void enumerate_empty_sink_gives_nothing(struct kunit *test)
{
	struct sink_test *t = pools_up(test);

	KUNIT_EXPECT_NULL(test, enumerate(test));
	KUNIT_EXPECT_EQ(test, t->visits, 0);
}

static void enumerate_source_fails(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer = t;

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_enumerate(t->source, visit_locked, t, &buffer, NULL),
			-EOPNOTSUPP);
	KUNIT_EXPECT_NULL(test, buffer);
}

static void enumerate_passes_over_overrun_buffer(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[3];
	u8 *first;

	put_three(test, buffers);
	first = buffers[0];
	OPTIMIZER_HIDE_VAR(first);
	first[SIZE] = 0;
	enumerate(test);
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	KUNIT_EXPECT_PTR_EQ(test, t->visited[0], buffers[1]);
}

static void enumerate_remove_beats_timer(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer;

	hold_timers_up(test);
	buffer = sink_with_timer(test, 40);
	t->answers[0] = DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP;
	KUNIT_EXPECT_PTR_EQ(test, enumerate(test), buffer);
	let_timers_go(t);
	expect_not_fired(test, 80);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void enumerate_stop_timer_and_stop(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *first, *second;

	hold_timers_up(test);
	first = sink_with_timer(test, 40);
	second = sink_with_timer(test, 40);
	t->answers[0] = DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_STOP;
	KUNIT_EXPECT_NULL(test, enumerate(test));
	KUNIT_EXPECT_EQ(test, t->visits, 1);
	let_timers_go(t);
	expect_fired(test, 1);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffers[0], second);
	KUNIT_EXPECT_PTR_EQ(test, get(test, t->sink), first);
	dmf_buffer_pool_put(t->source, first);
}

static void enumerate_stop_timer_and_continue(struct kunit *test)
{
	struct sink_test *t = pools_up(test);

	hold_timers_up(test);
	sink_with_timer(test, 40);
	sink_with_timer(test, 40);
	t->answers[0] = DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_CONTINUE;
	t->answers[1] = DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_CONTINUE;
	KUNIT_EXPECT_NULL(test, enumerate(test));
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	let_timers_go(t);
	expect_not_fired(test, 80);
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
	hold_timers_up(test);
	buffers[0] = sink_with_timer(test, 400);
	put = ktime_get();
	/* Once does not do if the clock of msleep() was behind. */
	while (ktime_ms_delta(ktime_get(), put) < 20)
		msleep(20);
	if (visit_before)
		enumerate(test);
	buffers[1] = sink_with_timer(test, 390);
	if (!visit_before)
		enumerate(test);
	let_timers_go(t);
	expect_fired(test, 2);
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

	put_three(test, buffers);
	t->answers[0] = DMF_BUFFER_POOL_VISIT_RESET_TIMER_AND_CONTINUE;
	enumerate(test);
	KUNIT_EXPECT_EQ(test, t->visits, 3);
	expect_not_fired(test, 40);
}

/* -- Races -- */

static int getter(void *data)
{
	struct sink_test *t = data;
	void *buffer;

	while (!kthread_should_stop()) {
		if (!dmf_buffer_pool_get(t->sink, &buffer, NULL))
			fired(NULL, buffer, NULL, t);
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
		sink_with_timer(test, 0);
		expect_fired(test, round);
		if (atomic_read(&t->fired_count) != round)
			break;
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&t->fired_count), RACE_ROUNDS);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
}

static void timer_races_with_close(struct kunit *test)
{
	struct sink_test *t = test->priv;
	int round, i, after;

	for (round = 0; round < 30; round++) {
		pools_up(test);
		for (i = 0; i < BUFFERS; i++)
			sink_with_timer(test, i % 2);
		usleep_range(1, 1 + round * 100);
		dmf_kunit_remove(test, t->ddev);
		after = atomic_xchg(&t->fired_count, 0);
		KUNIT_EXPECT_LE(test, after, 2 * BUFFERS);
	}
	expect_not_fired(test, 20);
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
	void *buffer = get(test, t->source);

	dmf_buffer_pool_put_in_sink_with_timer(t->sink, buffer, 0, fired_slowly, t);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&t->fired, DMF_KUNIT_TIMEOUT), 0);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(t->fired_slowly));
}

/* -- Close -- */

static void close_cancels_pending_timers(struct kunit *test)
{
	struct sink_test *t = pools_up(test);

	sink_with_timer(test, 60);
	sink_with_timer(test, 60000);
	dmf_kunit_remove(test, t->ddev);
	/* The first one may have been quicker. */
	KUNIT_EXPECT_LE(test, atomic_xchg(&t->fired_count, 0), 1);
	expect_not_fired(test, 100);
}

static void close_with_outstanding_buffers(struct kunit *test)
{
	struct sink_test *t = pools_up(test);

	get(test, t->source);
	get(test, t->source);
	dmf_kunit_remove(test, t->ddev);
}

static void methods_fail_after_close(struct kunit *test)
{
	struct sink_test *t = pools_up(test);

	t->held = get(test, t->source);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_EQ(test, t->put_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, t->sink_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, t->get_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, t->enumerate_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, t->count, 0);
}

static void source_closed_before_sink_frees_what_comes_back(struct kunit *test)
{
	struct sink_test *t = test->priv;
	void *buffers[3];

	t->layout = SINK_FIRST;
	pools_up(test);
	put_three(test, buffers);
	dmf_kunit_remove(test, t->ddev);
}

/* The source on one device, the sink on another. */
static struct dmf_device *two_devices_up(struct kunit *test, struct dmf_device **sink)
{
	struct sink_test *t = test->priv;
	struct dmf_device *source;

	t->layout = SOURCE_ONLY;
	source = probe(test);
	t->layout = SINK_ONLY;
	*sink = probe(test);
	return source;
}

static void sink_gone_sends_buffers_back(struct kunit *test)
{
	struct sink_test *t = test->priv;
	struct dmf_device *sink;
	void *buffers[3], *all[BUFFERS];
	int i;

	two_devices_up(test, &sink);
	put_three(test, buffers);
	memset(buffers[0], 0x5a, SIZE);
	sink_with_timer(test, 60000);
	dmf_kunit_remove(test, sink);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
	for (i = 0; i < BUFFERS; i++) {
		all[i] = get(test, t->source);
		KUNIT_EXPECT_NULL(test, memchr_inv(all[i], 0, SIZE));
	}
	for (i = 0; i < BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, all[i]), 0);
}

static void source_gone_takes_buffers_out_of_sink(struct kunit *test)
{
	struct sink_test *t = test->priv;
	struct dmf_device *source, *sink;
	void *buffers[3], *buffer;

	source = two_devices_up(test, &sink);
	hold_timers_up(test);
	put_three(test, buffers);
	sink_with_timer(test, 60);
	dmf_kunit_remove(test, source);
	let_timers_go(t);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_get(t->sink, &buffer, NULL), -ENOENT);
	expect_not_fired(test, 100);
}

static struct kunit_case buffer_pool_sink_cases[] = {
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
	KUNIT_CASE(enumerate_continue_visits_all),
	KUNIT_CASE(enumerate_stop_ends),
	KUNIT_CASE(enumerate_remove_and_stop_gives_buffer),
	KUNIT_CASE(enumerate_empty_sink_gives_nothing),
	KUNIT_CASE(enumerate_source_fails),
	KUNIT_CASE(enumerate_passes_over_overrun_buffer),
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
	KUNIT_CASE(close_with_outstanding_buffers),
	KUNIT_CASE(methods_fail_after_close),
	KUNIT_CASE(source_closed_before_sink_frees_what_comes_back),
	KUNIT_CASE(sink_gone_sends_buffers_back),
	KUNIT_CASE(source_gone_takes_buffers_out_of_sink),
	{ }
};

static struct kunit_suite buffer_pool_sink_suite = {
	.name = "dmf_buffer_pool_sink",
	.init = sink_test_init,
	.test_cases = buffer_pool_sink_cases,
};

kunit_test_suite(buffer_pool_sink_suite);
