// SPDX-License-Identifier: GPL-2.0-only
/* A Client with a source and a sink, and what is recorded of them. */
#include <linux/delay.h>
#include <linux/slab.h>

#include "buffer_pool_sink_fixture.h"

/* A Module that closes after those that were added behind it. */
struct dmf_pool_witness {
	struct dmf_module module;
};

DMF_DECLARE_MODULE(pool_witness);

enum dmf_buffer_pool_visit pools_visit_locked(struct dmf_buffer_pool *pool, void *buffer,
					      void *buffer_context, void *context)
{
	struct sink_test *t = context;

	t->visited_pool = pool;
	if (t->visits == POOL_BUFFERS)
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
	t->enumerate_result = dmf_buffer_pool_enumerate(t->sink, pools_visit_locked, t, &buffer,
							NULL);
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
			.buffer_count = POOL_BUFFERS,
			.buffer_size = POOL_SIZE,
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

int pools_init(struct kunit *test)
{
	struct sink_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	init_completion(&t->fired);
	init_completion(&t->held_up);
	init_completion(&t->go_on);
	test->priv = t;
	return 0;
}

struct dmf_device *pools_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &sink_client_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

struct sink_test *pools_up(struct kunit *test)
{
	struct sink_test *t = test->priv;

	t->ddev = pools_probe(test);
	return t;
}

void *pools_get(struct kunit *test, struct dmf_buffer_pool *pool)
{
	void *buffer = NULL;

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(pool, &buffer, NULL), 0);
	KUNIT_ASSERT_NOT_NULL(test, buffer);
	return buffer;
}

void pools_fired(struct dmf_buffer_pool *pool, void *buffer, void *buffer_context, void *context)
{
	struct sink_test *t = context;
	int nth = atomic_inc_return(&t->fired_count);

	t->fired_buffers[(nth - 1) % POOL_BUFFERS] = buffer;
	t->fired_pool = pool;
	t->fired_context = buffer_context;
	dmf_buffer_pool_put(t->source, buffer);
	complete(&t->fired);
}

void *pools_put_with_timer(struct kunit *test, unsigned int timeout_ms)
{
	struct sink_test *t = test->priv;
	void *buffer = pools_get(test, t->source);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(t->sink, buffer, timeout_ms,
								     pools_fired, t), 0);
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

void pools_let_timers_go(void *data)
{
	struct sink_test *t = data;

	complete_all(&t->go_on);
}

void pools_hold_timers_up(struct kunit *test)
{
	struct sink_test *t = test->priv;
	void *buffer = pools_get(test, t->source);

	/* Also if the test ends early. */
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, pools_let_timers_go, t), 0);
	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(t->sink, buffer, 0, held_up,
								     t), 0);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&t->held_up, DMF_KUNIT_TIMEOUT), 0);
}

void pools_expect_fired(struct kunit *test, int count)
{
	struct sink_test *t = test->priv;

	while (t->awaited < count && wait_for_completion_timeout(&t->fired, DMF_KUNIT_TIMEOUT))
		t->awaited++;
	KUNIT_EXPECT_EQ(test, atomic_read(&t->fired_count), count);
}

void pools_expect_not_fired(struct kunit *test, unsigned int within_ms)
{
	struct sink_test *t = test->priv;

	msleep(within_ms);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->fired_count), 0);
}

void *pools_enumerate(struct kunit *test)
{
	struct sink_test *t = test->priv;
	void *buffer = t, *buffer_context = t;

	t->visits = 0;
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_enumerate(t->sink, pools_visit_locked, t, &buffer,
							&buffer_context), 0);
	KUNIT_EXPECT_PTR_EQ(test, buffer_context,
			    buffer ? dmf_buffer_pool_context_get(t->source, buffer) : NULL);
	return buffer;
}

void pools_put_three(struct kunit *test, void *buffers[3])
{
	struct sink_test *t = test->priv;
	int i;

	for (i = 0; i < 3; i++) {
		buffers[i] = pools_get(test, t->source);
		KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, buffers[i]), 0);
	}
}
