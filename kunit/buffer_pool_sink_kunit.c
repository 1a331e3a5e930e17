// SPDX-License-Identifier: GPL-2.0-only
/*
 * BufferPool: enumeration, and who gets a buffer when a pool closes.
 */
#include <linux/string.h>

#include "buffer_pool_sink_fixture.h"

/* -- Enumeration -- */

static void enumerate_continue_visits_all(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[3];
	int i;

	pools_put_three(test, buffers);
	KUNIT_EXPECT_NULL(test, pools_enumerate(test));
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

	pools_put_three(test, buffers);
	t->answers[1] = DMF_BUFFER_POOL_VISIT_STOP;
	KUNIT_EXPECT_NULL(test, pools_enumerate(test));
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 3);
}

static void enumerate_remove_and_stop_gives_buffer(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[3];

	pools_put_three(test, buffers);
	t->answers[1] = DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP;
	KUNIT_EXPECT_PTR_EQ(test, pools_enumerate(test), buffers[1]);
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 2);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffers[1]), 0);
}

static void enumerate_empty_sink_gives_nothing(struct kunit *test)
{
	struct sink_test *t = pools_up(test);

	KUNIT_EXPECT_NULL(test, pools_enumerate(test));
	KUNIT_EXPECT_EQ(test, t->visits, 0);
}

static void enumerate_source_fails(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffer = t;

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_enumerate(t->source, pools_visit_locked, t, &buffer,
							NULL), -EOPNOTSUPP);
	KUNIT_EXPECT_NULL(test, buffer);
}

static void enumerate_passes_over_overrun_buffer(struct kunit *test)
{
	struct sink_test *t = pools_up(test);
	void *buffers[3];
	u8 *first;

	pools_put_three(test, buffers);
	first = buffers[0];
	OPTIMIZER_HIDE_VAR(first);
	first[POOL_SIZE] = 0;
	pools_enumerate(test);
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	KUNIT_EXPECT_PTR_EQ(test, t->visited[0], buffers[1]);
}

/* -- Close -- */

static void close_with_outstanding_buffers(struct kunit *test)
{
	struct sink_test *t = pools_up(test);

	pools_get(test, t->source);
	pools_get(test, t->source);
	dmf_kunit_remove(test, t->ddev);
}

static void methods_fail_after_close(struct kunit *test)
{
	struct sink_test *t = pools_up(test);

	t->held = pools_get(test, t->source);
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
	pools_put_three(test, buffers);
	dmf_kunit_remove(test, t->ddev);
}

/* The source on one device, the sink on another. */
static struct dmf_device *two_devices_up(struct kunit *test, struct dmf_device **sink)
{
	struct sink_test *t = test->priv;
	struct dmf_device *source;

	t->layout = SOURCE_ONLY;
	source = pools_probe(test);
	t->layout = SINK_ONLY;
	*sink = pools_probe(test);
	return source;
}

static void sink_gone_sends_buffers_back(struct kunit *test)
{
	struct sink_test *t = test->priv;
	struct dmf_device *sink;
	void *buffers[3], *all[POOL_BUFFERS];
	int i;

	two_devices_up(test, &sink);
	pools_put_three(test, buffers);
	memset(buffers[0], 0x5a, POOL_SIZE);
	pools_put_with_timer(test, 60000);
	dmf_kunit_remove(test, sink);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), POOL_BUFFERS);
	for (i = 0; i < POOL_BUFFERS; i++) {
		all[i] = pools_get(test, t->source);
		KUNIT_EXPECT_NULL(test, memchr_inv(all[i], 0, POOL_SIZE));
	}
	for (i = 0; i < POOL_BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, all[i]), 0);
}

static void source_gone_takes_buffers_out_of_sink(struct kunit *test)
{
	struct sink_test *t = test->priv;
	struct dmf_device *source, *sink;
	void *buffers[3], *buffer;

	source = two_devices_up(test, &sink);
	pools_hold_timers_up(test);
	pools_put_three(test, buffers);
	pools_put_with_timer(test, 60);
	dmf_kunit_remove(test, source);
	pools_let_timers_go(t);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_get(t->sink, &buffer, NULL), -ENOENT);
	pools_expect_not_fired(test, 100);
}

static struct kunit_case buffer_pool_sink_cases[] = {
	KUNIT_CASE(enumerate_continue_visits_all),
	KUNIT_CASE(enumerate_stop_ends),
	KUNIT_CASE(enumerate_remove_and_stop_gives_buffer),
	KUNIT_CASE(enumerate_empty_sink_gives_nothing),
	KUNIT_CASE(enumerate_source_fails),
	KUNIT_CASE(enumerate_passes_over_overrun_buffer),
	KUNIT_CASE(close_with_outstanding_buffers),
	KUNIT_CASE(methods_fail_after_close),
	KUNIT_CASE(source_closed_before_sink_frees_what_comes_back),
	KUNIT_CASE(sink_gone_sends_buffers_back),
	KUNIT_CASE(source_gone_takes_buffers_out_of_sink),
	{ }
};

static struct kunit_suite buffer_pool_sink_suite = {
	.name = "dmf_buffer_pool_sink",
	.init = pools_init,
	.test_cases = buffer_pool_sink_cases,
};

kunit_test_suite(buffer_pool_sink_suite);
