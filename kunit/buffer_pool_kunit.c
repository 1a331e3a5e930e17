// SPDX-License-Identifier: GPL-2.0-only
/*
 * BufferPool: lists, limits and faults. Timers, enumeration and what sinks do at
 * close are in buffer_pool_sink_kunit.c.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <linux/dmf/buffer_pool.h>
#include <linux/dmf/device.h>
#include <linux/dmf/module.h>

#include "dmf_kunit.h"

#define BUFFERS		3
#define SIZE		61	/* odd, so that the mark behind it is not aligned */
#define CONTEXT_SIZE	20

struct pool_test {
	/* What the next probe adds; a case may change it before. */
	struct dmf_buffer_pool_config source_config;
	struct dmf_buffer_pool_config sink_config;
	struct dmf_module_attributes attributes;
	bool two_sources;

	struct dmf_device *ddev;
	struct dmf_buffer_pool *source;
	struct dmf_buffer_pool *other;
	struct dmf_buffer_pool *sink;
};

static int pool_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct pool_test *t = dmf_kunit_priv(ddev);
	int ret;

	ret = dmf_buffer_pool_add(init, &t->source_config, &t->attributes, &t->source);
	if (!ret && t->two_sources)
		ret = dmf_buffer_pool_add(init, &t->source_config, &t->attributes, &t->other);
	if (!ret)
		ret = dmf_buffer_pool_add(init, &t->sink_config, &t->attributes, &t->sink);
	return ret;
}

static const struct dmf_client_ops pool_client_ops = {
	.modules_add = pool_modules_add,
};

static int pool_test_init(struct kunit *test)
{
	struct pool_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->source_config.source.buffer_count = BUFFERS;
	t->source_config.source.buffer_size = SIZE;
	t->source_config.source.buffer_context_size = CONTEXT_SIZE;
	t->sink_config.mode = DMF_BUFFER_POOL_MODE_SINK;
	test->priv = t;
	return 0;
}

static struct pool_test *pools_up(struct kunit *test)
{
	struct pool_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &pool_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	return t;
}

static void *get(struct kunit *test, struct dmf_buffer_pool *pool)
{
	void *buffer = NULL;

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(pool, &buffer, NULL), 0);
	KUNIT_ASSERT_NOT_NULL(test, buffer);
	return buffer;
}

static int get_result(struct dmf_buffer_pool *pool)
{
	void *buffer;

	return dmf_buffer_pool_get(pool, &buffer, NULL);
}

static bool all_bytes_are(const u8 *bytes, size_t size, u8 value)
{
	return !memchr_inv(bytes, value, size);
}

/* -- Config -- */

static void expect_refused(struct kunit *test)
{
	struct pool_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &pool_client_ops);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(t->ddev), -EINVAL);
}

static void source_without_size_refused(struct kunit *test)
{
	struct pool_test *t = test->priv;

	t->source_config.source.buffer_size = 0;
	expect_refused(test);
}

static void source_without_buffers_refused(struct kunit *test)
{
	struct pool_test *t = test->priv;

	t->source_config.source.buffer_count = 0;
	expect_refused(test);
}

static void source_with_huge_buffer_refused(struct kunit *test)
{
	struct pool_test *t = test->priv;

	t->source_config.source.buffer_size = SIZE_MAX - 8;
	expect_refused(test);
}

static void source_with_huge_context_refused(struct kunit *test)
{
	struct pool_test *t = test->priv;

	t->source_config.source.buffer_context_size = SIZE_MAX;
	expect_refused(test);
}

static void source_larger_than_one_allocation_refused(struct kunit *test)
{
	struct pool_test *t = test->priv;

	t->source_config.source.buffer_size = KMALLOC_MAX_SIZE;
	expect_refused(test);
}

static void sink_with_settings_refused(struct kunit *test)
{
	struct pool_test *t = test->priv;

	t->sink_config.source.enable_look_aside = true;
	expect_refused(test);
}

static void unknown_mode_refused(struct kunit *test)
{
	struct pool_test *t = test->priv;

	t->sink_config.mode = DMF_BUFFER_POOL_MODE_SINK + 1;
	expect_refused(test);
}

/* -- Get and put -- */

static void get_gives_zeroed_aligned_buffer(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *buffer, *context;

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(t->source, &buffer, &context), 0);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)buffer, ARCH_KMALLOC_MINALIGN));
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)context, ARCH_KMALLOC_MINALIGN));
	KUNIT_EXPECT_TRUE(test, all_bytes_are(buffer, SIZE, 0));
	KUNIT_EXPECT_TRUE(test, all_bytes_are(context, CONTEXT_SIZE, 0));
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void get_empty_source_fails(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *buffers[BUFFERS];
	int i;

	for (i = 0; i < BUFFERS; i++)
		buffers[i] = get(test, t->source);
	KUNIT_EXPECT_EQ(test, get_result(t->source), -ENOBUFS);

	for (i = 0; i < BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffers[i]), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
}

static void get_empty_sink_fails(struct kunit *test)
{
	struct pool_test *t = pools_up(test);

	KUNIT_EXPECT_EQ(test, get_result(t->sink), -ENOENT);
}

static void get_takes_oldest_first(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *buffers[BUFFERS];
	int i;

	for (i = 0; i < BUFFERS; i++) {
		buffers[i] = get(test, t->source);
		KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, buffers[i]), 0);
	}
	for (i = 0; i < BUFFERS; i++)
		KUNIT_EXPECT_PTR_EQ(test, get(test, t->sink), buffers[i]);
	for (i = 0; i < BUFFERS; i++)
		dmf_buffer_pool_put(t->source, buffers[i]);
}

static void put_at_head_comes_first(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *first = get(test, t->source), *second = get(test, t->source);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, first), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_at_head(t->sink, second), 0);
	KUNIT_EXPECT_PTR_EQ(test, get(test, t->sink), second);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_at_head(t->source, second), 0);
	KUNIT_EXPECT_PTR_EQ(test, get(test, t->source), second);
	dmf_buffer_pool_put(t->source, second);
}

static void put_into_source_zeroes(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *buffer, *context;

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(t->source, &buffer, &context), 0);
	memset(buffer, 0x5a, SIZE);
	memset(context, 0x5a, CONTEXT_SIZE);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put_at_head(t->source, buffer), 0);

	KUNIT_ASSERT_PTR_EQ(test, get(test, t->source), buffer);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(buffer, SIZE, 0));
	KUNIT_EXPECT_TRUE(test, all_bytes_are(context, CONTEXT_SIZE, 0));
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void put_into_sink_keeps_content(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *buffer, *context, *again;

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(t->source, &buffer, &context), 0);
	memset(buffer, 0x5a, SIZE);
	memset(context, 0xa5, CONTEXT_SIZE);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, buffer), 0);

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(t->sink, &buffer, &again), 0);
	KUNIT_EXPECT_PTR_EQ(test, again, context);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(buffer, SIZE, 0x5a));
	KUNIT_EXPECT_TRUE(test, all_bytes_are(context, CONTEXT_SIZE, 0xa5));
	dmf_buffer_pool_put(t->source, buffer);
}

static void count_tells_what_is_listed(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *buffer;

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 0);
	buffer = get(test, t->source);
	dmf_buffer_pool_put(t->sink, buffer);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS - 1);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 1);
}

static void passive_level_pools_work(struct kunit *test)
{
	struct pool_test *t = test->priv;
	void *buffer;

	t->attributes.passive_level = true;
	t->source_config.source.buffer_count = 1;
	t->source_config.source.enable_look_aside = true;
	pools_up(test);

	dmf_buffer_pool_put(t->sink, get(test, t->source));
	buffer = get(test, t->source);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
	buffer = get(test, t->sink);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), 1);
}

/* The kernel's checkers complain if anything of this sleeps. */
static void methods_work_with_a_spinlock_held(struct kunit *test)
{
	struct pool_test *t = test->priv;
	int get_first, get_additional, put_first, put_additional, sunk;
	static DEFINE_SPINLOCK(lock);
	void *first, *additional;
	unsigned long flags;

	t->source_config.source.buffer_count = 1;
	t->source_config.source.enable_look_aside = true;
	pools_up(test);

	spin_lock_irqsave(&lock, flags);
	get_first = dmf_buffer_pool_get(t->source, &first, NULL);
	get_additional = dmf_buffer_pool_get(t->source, &additional, NULL);
	sunk = dmf_buffer_pool_put(t->sink, first);
	sunk = sunk ?: dmf_buffer_pool_get(t->sink, &first, NULL);
	put_first = dmf_buffer_pool_put(t->source, first);
	put_additional = dmf_buffer_pool_put(t->source, additional);
	spin_unlock_irqrestore(&lock, flags);

	KUNIT_EXPECT_EQ(test, get_first, 0);
	KUNIT_EXPECT_EQ(test, get_additional, 0);
	KUNIT_EXPECT_EQ(test, sunk, 0);
	KUNIT_EXPECT_EQ(test, put_first, 0);
	KUNIT_EXPECT_EQ(test, put_additional, 0);
}

/* -- What is known of a buffer -- */

static void context_get_gives_context(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *buffer, *context;

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(t->source, &buffer, &context), 0);
	KUNIT_EXPECT_NOT_NULL(test, context);
	KUNIT_EXPECT_PTR_EQ(test, dmf_buffer_pool_context_get(t->source, buffer), context);
	KUNIT_EXPECT_PTR_EQ(test, dmf_buffer_pool_context_get(t->sink, buffer), context);
	dmf_buffer_pool_put(t->source, buffer);
}

static void context_of_size_zero_is_null(struct kunit *test)
{
	struct pool_test *t = test->priv;
	void *buffer, *context = t;

	t->source_config.source.buffer_context_size = 0;
	pools_up(test);

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(t->source, &buffer, &context), 0);
	KUNIT_EXPECT_NULL(test, context);
	KUNIT_EXPECT_NULL(test, dmf_buffer_pool_context_get(t->source, buffer));
	dmf_buffer_pool_put(t->source, buffer);
}

static void parameters_get_tells_sizes(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	struct dmf_buffer_parameters parameters;
	void *buffer, *context;

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(t->source, &buffer, &context), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_parameters_get(t->source, buffer, &parameters), 0);
	KUNIT_EXPECT_PTR_EQ(test, parameters.buffer, buffer);
	KUNIT_EXPECT_EQ(test, parameters.buffer_size, (size_t)SIZE);
	KUNIT_EXPECT_PTR_EQ(test, parameters.buffer_context, context);
	KUNIT_EXPECT_EQ(test, parameters.buffer_context_size, (size_t)CONTEXT_SIZE);
	dmf_buffer_pool_put(t->source, buffer);
}

static void parameters_get_of_other_pool_fails(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	struct dmf_buffer_parameters parameters;
	void *buffer = get(test, t->source);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_parameters_get(t->sink, buffer, &parameters),
			-EINVAL);
	dmf_buffer_pool_put(t->source, buffer);
}

static void get_with_memory_tells_sizes(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	struct dmf_buffer_parameters memory;

	dmf_buffer_pool_put(t->sink, get(test, t->source));
	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get_with_memory(t->sink, &memory), 0);
	KUNIT_EXPECT_EQ(test, memory.buffer_size, (size_t)SIZE);
	KUNIT_EXPECT_EQ(test, memory.buffer_context_size, (size_t)CONTEXT_SIZE);
	KUNIT_EXPECT_PTR_EQ(test, memory.buffer_context,
			    dmf_buffer_pool_context_get(t->source, memory.buffer));
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_get_with_memory(t->sink, &memory), -ENOENT);
	dmf_buffer_pool_put(t->source, memory.buffer);
}

static void memory_descriptor_covers_buffer(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	struct scatterlist descriptor;
	void *buffer, *context;
	int ret;

	ret = dmf_buffer_pool_get_with_memory_descriptor(t->source, &descriptor, &buffer,
							 &context);
	KUNIT_ASSERT_EQ(test, ret, 0);
	KUNIT_EXPECT_PTR_EQ(test, sg_virt(&descriptor), buffer);
	KUNIT_EXPECT_EQ(test, descriptor.length, SIZE);
	KUNIT_EXPECT_TRUE(test, sg_is_last(&descriptor));
	KUNIT_EXPECT_PTR_EQ(test, dmf_buffer_pool_context_get(t->source, buffer), context);
	dmf_buffer_pool_put(t->source, buffer);

	ret = dmf_buffer_pool_get_with_memory_descriptor(t->sink, &descriptor, &buffer, &context);
	KUNIT_EXPECT_EQ(test, ret, -ENOENT);
}

/* -- Lookaside -- */

static void lookaside_grows_and_shrinks(struct kunit *test)
{
	struct pool_test *t = test->priv;
	void *buffers[BUFFERS + 4];
	int i;

	t->source_config.source.enable_look_aside = true;
	pools_up(test);

	for (i = 0; i < ARRAY_SIZE(buffers); i++) {
		buffers[i] = get(test, t->source);
		KUNIT_EXPECT_TRUE(test, all_bytes_are(buffers[i], SIZE, 0));
	}
	for (i = 0; i < ARRAY_SIZE(buffers); i++) {
		KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffers[i]), 0);
		KUNIT_EXPECT_LE(test, dmf_buffer_pool_count(t->source), BUFFERS);
	}
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
}

static void lookaside_alone_lists_nothing(struct kunit *test)
{
	struct pool_test *t = test->priv;
	void *buffer;

	t->source_config.source.buffer_count = 0;
	t->source_config.source.enable_look_aside = true;
	pools_up(test);

	buffer = get(test, t->source);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), 0);
}

static int get_and_put_additional(struct kunit *test, void *data)
{
	struct dmf_buffer_pool *source = data;
	void *buffer;
	int ret;

	ret = dmf_buffer_pool_get(source, &buffer, NULL);
	return ret ?: dmf_buffer_pool_put(source, buffer);
}

static void lookaside_without_memory_fails(struct kunit *test)
{
	struct pool_test *t = test->priv;

	t->source_config.source.buffer_count = 0;
	t->source_config.source.enable_look_aside = true;
	pools_up(test);

	dmf_kunit_fail_nth(test, get_and_put_additional, t->source, 1);
}

/* -- Faults of the Client -- */

static void foreign_put_refused(struct kunit *test)
{
	struct pool_test *t = test->priv;
	void *buffer;

	t->two_sources = true;
	pools_up(test);

	buffer = get(test, t->source);
	memset(buffer, 0x5a, SIZE);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->other, buffer), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->other), BUFFERS);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(buffer, SIZE, 0x5a));
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

static void put_of_unknown_memory_refused(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	u8 *memory = kunit_kzalloc(test, 512, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, memory + 256), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, memory + 256), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, memory + 257), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, NULL), -EINVAL);
	KUNIT_EXPECT_NULL(test, dmf_buffer_pool_context_get(t->sink, memory + 256));
	KUNIT_EXPECT_TRUE(test, all_bytes_are(memory, 512, 0));
}

static void double_put_refused(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *buffer = get(test, t->source);

	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), -EALREADY);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, buffer), -EALREADY);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 0);
}

static void put_of_what_a_sink_lists_refused(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *buffer = get(test, t->source);

	memset(buffer, 0x5a, SIZE);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, buffer), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), -EALREADY);
	KUNIT_EXPECT_TRUE(test, all_bytes_are(buffer, SIZE, 0x5a));
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 1);
}

static void overrun_of_buffer_found_by_put(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	u8 *buffer = get(test, t->source);

	OPTIMIZER_HIDE_VAR(buffer);
	buffer[SIZE] = 0;
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS - 1);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), -EALREADY);
}

static void overrun_of_context_found_by_put(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *buffer, *context;

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(t->source, &buffer, &context), 0);
	OPTIMIZER_HIDE_VAR(context);
	((u8 *)context)[CONTEXT_SIZE] = 0;
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->sink, buffer), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->sink), 0);
}

static void overrun_without_context_found_by_put(struct kunit *test)
{
	struct pool_test *t = test->priv;
	u8 *buffer;

	t->source_config.source.buffer_context_size = 0;
	pools_up(test);

	buffer = get(test, t->source);
	OPTIMIZER_HIDE_VAR(buffer);
	buffer[SIZE] = 0xff;
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), -EUCLEAN);
}

static void overrun_of_listed_buffer_found_by_get(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	u8 *first = get(test, t->source), *second = get(test, t->source);

	dmf_buffer_pool_put(t->sink, first);
	dmf_buffer_pool_put(t->sink, second);
	OPTIMIZER_HIDE_VAR(first);
	first[SIZE] = 0;
	KUNIT_EXPECT_PTR_EQ(test, get(test, t->sink), (void *)second);
	KUNIT_EXPECT_EQ(test, get_result(t->sink), -ENOENT);
	dmf_buffer_pool_put(t->source, second);
}

static void overrun_of_listed_buffer_found_by_close(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	u8 *first = get(test, t->source), *second = get(test, t->source);

	dmf_buffer_pool_put(t->source, first);
	dmf_buffer_pool_put(t->sink, second);
	OPTIMIZER_HIDE_VAR(first);
	OPTIMIZER_HIDE_VAR(second);
	first[SIZE] = 0;
	second[SIZE] = 0;
	dmf_kunit_remove(test, t->ddev);
}

static void buffer_written_to_its_end_is_not_an_overrun(struct kunit *test)
{
	struct pool_test *t = pools_up(test);
	void *buffer, *context;

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(t->source, &buffer, &context), 0);
	memset(buffer, 0xff, SIZE);
	memset(context, 0xff, CONTEXT_SIZE);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
}

/* -- Many at a time -- */

#define STRESS_THREADS	4
#define STRESS_ROUNDS	2000
#define STRESS_TIMEOUT	(4 * DMF_KUNIT_TIMEOUT)

struct stress {
	struct pool_test *t;
	struct completion done;
	u8 id;
	unsigned int faults;
};

/* Own a buffer for a moment. Return: whether somebody else has had it, too. */
static bool stress_use(struct stress *s, u8 *buffer)
{
	memset(buffer, s->id, SIZE);
	cond_resched();
	return !all_bytes_are(buffer, SIZE, s->id);
}

static void stress_round(struct stress *s, unsigned int round)
{
	struct pool_test *t = s->t;
	void *buffer;

	if (!dmf_buffer_pool_get(t->source, &buffer, NULL)) {
		s->faults += !all_bytes_are(buffer, SIZE, 0);
		s->faults += stress_use(s, buffer);
		s->faults += !!(round % 3 ? dmf_buffer_pool_put(t->sink, buffer) :
				dmf_buffer_pool_put_at_head(t->sink, buffer));
	}
	if (!dmf_buffer_pool_get(t->sink, &buffer, NULL)) {
		s->faults += stress_use(s, buffer);
		s->faults += !!dmf_buffer_pool_put(t->source, buffer);
	}
}

static int stress_thread(void *data)
{
	struct stress *s = data;
	unsigned int round;

	for (round = 0; round < STRESS_ROUNDS; round++)
		stress_round(s, round);
	complete(&s->done);
	return 0;
}

static void stress_run(struct kunit *test, struct pool_test *t)
{
	struct stress *stress = kunit_kcalloc(test, STRESS_THREADS, sizeof(*stress), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, stress);
	for (i = 0; i < STRESS_THREADS; i++) {
		stress[i].t = t;
		stress[i].id = i + 1;
		init_completion(&stress[i].done);
		dmf_kunit_run(test, stress_thread, &stress[i]);
	}
	for (i = 0; i < STRESS_THREADS; i++) {
		KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&stress[i].done, STRESS_TIMEOUT),
				0);
		KUNIT_EXPECT_EQ(test, stress[i].faults, 0);
	}
}

static void no_buffer_is_lost_or_shared(struct kunit *test)
{
	struct pool_test *t = pools_up(test);

	stress_run(test, t);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source) + dmf_buffer_pool_count(t->sink),
			BUFFERS);
}

static void no_buffer_is_lost_or_shared_with_lookaside(struct kunit *test)
{
	struct pool_test *t = test->priv;
	void *buffer;

	t->source_config.source.buffer_count = 1;
	t->source_config.source.enable_look_aside = true;
	pools_up(test);

	stress_run(test, t);
	while (!dmf_buffer_pool_get(t->sink, &buffer, NULL))
		KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), 1);
}

/* -- Without memory -- */

/* Each pool is a Module, its Config and its name at least; each buffer is one. */
static void create_and_open_survive_failing_allocations(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &pool_client_ops, BUFFERS + 4);
}

static struct kunit_case buffer_pool_cases[] = {
	KUNIT_CASE(source_without_size_refused),
	KUNIT_CASE(source_without_buffers_refused),
	KUNIT_CASE(source_with_huge_buffer_refused),
	KUNIT_CASE(source_with_huge_context_refused),
	KUNIT_CASE(source_larger_than_one_allocation_refused),
	KUNIT_CASE(sink_with_settings_refused),
	KUNIT_CASE(unknown_mode_refused),
	KUNIT_CASE(get_gives_zeroed_aligned_buffer),
	KUNIT_CASE(get_empty_source_fails),
	KUNIT_CASE(get_empty_sink_fails),
	KUNIT_CASE(get_takes_oldest_first),
	KUNIT_CASE(put_at_head_comes_first),
	KUNIT_CASE(put_into_source_zeroes),
	KUNIT_CASE(put_into_sink_keeps_content),
	KUNIT_CASE(count_tells_what_is_listed),
	KUNIT_CASE(passive_level_pools_work),
	KUNIT_CASE(methods_work_with_a_spinlock_held),
	KUNIT_CASE(context_get_gives_context),
	KUNIT_CASE(context_of_size_zero_is_null),
	KUNIT_CASE(parameters_get_tells_sizes),
	KUNIT_CASE(parameters_get_of_other_pool_fails),
	KUNIT_CASE(get_with_memory_tells_sizes),
	KUNIT_CASE(memory_descriptor_covers_buffer),
	KUNIT_CASE(lookaside_grows_and_shrinks),
	KUNIT_CASE(lookaside_alone_lists_nothing),
	KUNIT_CASE(lookaside_without_memory_fails),
	KUNIT_CASE(foreign_put_refused),
	KUNIT_CASE(put_of_unknown_memory_refused),
	KUNIT_CASE(double_put_refused),
	KUNIT_CASE(put_of_what_a_sink_lists_refused),
	KUNIT_CASE(overrun_of_buffer_found_by_put),
	KUNIT_CASE(overrun_of_context_found_by_put),
	KUNIT_CASE(overrun_without_context_found_by_put),
	KUNIT_CASE(overrun_of_listed_buffer_found_by_get),
	KUNIT_CASE(overrun_of_listed_buffer_found_by_close),
	KUNIT_CASE(buffer_written_to_its_end_is_not_an_overrun),
	KUNIT_CASE(no_buffer_is_lost_or_shared),
	KUNIT_CASE(no_buffer_is_lost_or_shared_with_lookaside),
	KUNIT_CASE(create_and_open_survive_failing_allocations),
	{ }
};

static struct kunit_suite buffer_pool_suite = {
	.name = "dmf_buffer_pool",
	.init = pool_test_init,
	.test_cases = buffer_pool_cases,
};

kunit_test_suite(buffer_pool_suite);
