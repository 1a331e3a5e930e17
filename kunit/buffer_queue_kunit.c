// SPDX-License-Identifier: GPL-2.0-only
/*
 * BufferQueue: the way of a buffer, and its cleanup.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <linux/dmf/buffer_queue.h>
#include <linux/dmf/device.h>
#include <linux/dmf/module.h>

#include "dmf_kunit.h"

#define BUFFERS		4
#define SIZE		48
#define CONTEXT_SIZE	16
#define RACE_ROUNDS	200

/* A Module that closes after the queue. */
struct dmf_queue_witness;
DMF_DECLARE_MODULE(queue_witness);

struct queue_test {
	/* What the next probe adds; a case may change it before. */
	struct dmf_buffer_queue_config config;
	struct dmf_module_attributes attributes;
	bool two_queues;

	struct dmf_device *ddev;
	struct dmf_buffer_queue *queue;
	struct dmf_buffer_queue *other;

	/* Recorded by the cleanup. */
	atomic_t cleanups;
	atomic_t cleanups_of_zeroed;
	struct dmf_buffer_queue *cleaned_queue;
	void *cleaned;
	void *cleaned_context;

	/* Recorded by the timer callback. */
	struct completion fired;
	atomic_t fired_count;
	struct dmf_buffer_queue *fired_queue;
	void *fired_buffer;
	void *fired_context;		/* the buffer's */

	/* Timers that are held up: the callback of one of them waits. */
	struct completion held_up;
	struct completion go_on;

	/* A buffer for the witness, and what it records. */
	void *held;
	int fetch_result;
	int enqueue_result;
	int dequeue_result;
	int reuse_result;

	/* For the enumeration, and recorded by it. */
	enum dmf_buffer_pool_visit answer;
	unsigned int visits;
	struct dmf_buffer_queue *visited_queue;
	void *visited;
	void *visited_context;		/* the buffer's */
};

struct dmf_queue_witness {
	struct dmf_module module;
};

static void queue_witness_close(struct dmf_module *module)
{
	struct queue_test *t = dmf_module_client_data(module);
	void *buffer;

	if (!t->held)
		return;
	t->fetch_result = dmf_buffer_queue_fetch(t->queue, &buffer, NULL);
	t->enqueue_result = dmf_buffer_queue_enqueue(t->queue, t->held);
	t->dequeue_result = dmf_buffer_queue_dequeue(t->queue, &buffer, NULL);
	t->reuse_result = dmf_buffer_queue_reuse(t->queue, t->held);
	dmf_buffer_queue_flush(t->queue);
}

static const struct dmf_module_ops queue_witness_ops = {
	.close = queue_witness_close,
};

static const struct dmf_module_desc queue_witness_desc = {
	.name = "queue_witness",
	.size = sizeof(struct dmf_queue_witness),
	.open_option = DMF_OPEN_CREATE,
	.ops = &queue_witness_ops,
};

DMF_DEFINE_MODULE(queue_witness);

/* The first byte of a buffer that was used is not 0. */
static void reuse_cleanup(struct dmf_buffer_queue *queue, void *buffer, void *buffer_context)
{
	struct queue_test *t = dmf_module_client_data(dmf_buffer_queue_module(queue));

	atomic_inc(&t->cleanups);
	if (!*(u8 *)buffer)
		atomic_inc(&t->cleanups_of_zeroed);
	t->cleaned_queue = queue;
	t->cleaned = buffer;
	t->cleaned_context = buffer_context;
}

static int queue_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct queue_test *t = dmf_kunit_priv(ddev);
	const struct dmf_module_attributes attributes = { .client_data = t };
	int ret;

	ret = dmf_queue_witness_add(init, NULL, &attributes, NULL);
	if (!ret)
		ret = dmf_buffer_queue_add(init, &t->config, &t->attributes, &t->queue);
	if (!ret && t->two_queues)
		ret = dmf_buffer_queue_add(init, &t->config, &t->attributes, &t->other);
	return ret;
}

static const struct dmf_client_ops queue_client_ops = {
	.modules_add = queue_modules_add,
};

static int queue_test_init(struct kunit *test)
{
	struct queue_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->config.source.buffer_count = BUFFERS;
	t->config.source.buffer_size = SIZE;
	t->config.source.buffer_context_size = CONTEXT_SIZE;
	t->config.source.create_with_timer = true;
	t->config.reuse_cleanup = reuse_cleanup;
	t->attributes.client_data = t;
	init_completion(&t->fired);
	init_completion(&t->held_up);
	init_completion(&t->go_on);
	test->priv = t;
	return 0;
}

static struct queue_test *queue_up(struct kunit *test)
{
	struct queue_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &queue_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	return t;
}

static u8 *fetch(struct kunit *test)
{
	struct queue_test *t = test->priv;
	void *buffer = NULL;

	KUNIT_ASSERT_EQ(test, dmf_buffer_queue_fetch(t->queue, &buffer, NULL), 0);
	KUNIT_ASSERT_NOT_NULL(test, buffer);
	return buffer;
}

static u8 *fetch_and_enqueue(struct kunit *test, u8 content)
{
	struct queue_test *t = test->priv;
	u8 *buffer = fetch(test);

	memset(buffer, content, SIZE);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_enqueue(t->queue, buffer), 0);
	return buffer;
}

static u8 *dequeue(struct kunit *test)
{
	struct queue_test *t = test->priv;
	void *buffer = NULL;

	KUNIT_ASSERT_EQ(test, dmf_buffer_queue_dequeue(t->queue, &buffer, NULL), 0);
	KUNIT_ASSERT_NOT_NULL(test, buffer);
	return buffer;
}

/* Fetch everything and give it back. Return: how many there were. */
static int free_buffers(struct queue_test *t)
{
	void *buffers[BUFFERS + 1];
	int count = 0, i;

	while (count < ARRAY_SIZE(buffers) &&
	       !dmf_buffer_queue_fetch(t->queue, &buffers[count], NULL))
		count++;
	for (i = 0; i < count; i++)
		dmf_buffer_queue_reuse(t->queue, buffers[i]);
	return count;
}

/* -- The way of a buffer -- */

static void queue_without_size_refused(struct kunit *test)
{
	struct queue_test *t = test->priv;

	t->config.source.buffer_size = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &queue_client_ops)), -EINVAL);
}

static void fetch_gives_zeroed_buffer(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	void *buffer, *context;

	KUNIT_ASSERT_EQ(test, dmf_buffer_queue_fetch(t->queue, &buffer, &context), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(buffer, 0, SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(context, 0, CONTEXT_SIZE));
	KUNIT_EXPECT_PTR_EQ(test, dmf_buffer_queue_context_get(t->queue, buffer), context);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, buffer), 0);
}

static void fetch_without_context_gives_null(struct kunit *test)
{
	struct queue_test *t = test->priv;
	void *buffer, *context = t;

	t->config.source.buffer_context_size = 0;
	queue_up(test);

	KUNIT_ASSERT_EQ(test, dmf_buffer_queue_fetch(t->queue, &buffer, &context), 0);
	KUNIT_EXPECT_NULL(test, context);
	KUNIT_EXPECT_NULL(test, dmf_buffer_queue_context_get(t->queue, buffer));
	dmf_buffer_queue_reuse(t->queue, buffer);
	KUNIT_EXPECT_NULL(test, t->cleaned_context);
}

static void fetch_exhausted_fails(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	void *buffer;
	int i;

	for (i = 0; i < BUFFERS; i++)
		fetch_and_enqueue(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_fetch(t->queue, &buffer, NULL), -ENOBUFS);
}

static void fetch_with_lookaside_goes_on(struct kunit *test)
{
	struct queue_test *t = test->priv;
	int i;

	t->config.source.enable_look_aside = true;
	queue_up(test);

	for (i = 0; i < BUFFERS + 2; i++)
		fetch_and_enqueue(test, 1);
	dmf_buffer_queue_flush(t->queue);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), BUFFERS + 2);
}

static void dequeue_empty_fails(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	void *buffer;

	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_dequeue(t->queue, &buffer, NULL), -ENOENT);
}

static void dequeue_takes_oldest_with_content(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *first = fetch_and_enqueue(test, 1), *second = fetch_and_enqueue(test, 2);

	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_count(t->queue), 2);
	KUNIT_EXPECT_PTR_EQ(test, dequeue(test), first);
	KUNIT_EXPECT_PTR_EQ(test, dequeue(test), second);
	KUNIT_EXPECT_NULL(test, memchr_inv(first, 1, SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(second, 2, SIZE));
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_count(t->queue), 0);
	dmf_buffer_queue_reuse(t->queue, first);
	dmf_buffer_queue_reuse(t->queue, second);
}

static void enqueue_at_head_comes_first(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *buffer;

	fetch_and_enqueue(test, 1);
	buffer = fetch(test);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_enqueue_at_head(t->queue, buffer), 0);
	KUNIT_EXPECT_PTR_EQ(test, dequeue(test), buffer);
	dmf_buffer_queue_reuse(t->queue, buffer);
}

static void memory_descriptor_covers_buffer(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *expected = fetch_and_enqueue(test, 1);
	struct scatterlist descriptor;
	void *buffer, *context;
	int ret;

	ret = dmf_buffer_queue_dequeue_with_memory_descriptor(t->queue, &descriptor, &buffer,
							      &context);
	KUNIT_ASSERT_EQ(test, ret, 0);
	KUNIT_EXPECT_PTR_EQ(test, buffer, (void *)expected);
	KUNIT_EXPECT_PTR_EQ(test, sg_virt(&descriptor), buffer);
	KUNIT_EXPECT_EQ(test, descriptor.length, SIZE);
	KUNIT_EXPECT_PTR_EQ(test, dmf_buffer_queue_context_get(t->queue, buffer), context);
	dmf_buffer_queue_reuse(t->queue, buffer);
}

static void passive_level_queue_works(struct kunit *test)
{
	struct queue_test *t = test->priv;

	t->attributes.passive_level = true;
	queue_up(test);
	fetch_and_enqueue(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, dequeue(test)), 0);
	KUNIT_EXPECT_EQ(test, free_buffers(t), BUFFERS);
}

/* -- Reuse, cleanup and flush -- */

static void reuse_cleans_once_before_zeroing(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *buffer = fetch_and_enqueue(test, 1);

	dequeue(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, buffer), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups_of_zeroed), 0);
	KUNIT_EXPECT_PTR_EQ(test, t->cleaned_queue, t->queue);
	KUNIT_EXPECT_PTR_EQ(test, t->cleaned, (void *)buffer);
	KUNIT_EXPECT_PTR_EQ(test, t->cleaned_context,
			    dmf_buffer_queue_context_get(t->queue, buffer));
	KUNIT_EXPECT_EQ(test, free_buffers(t), BUFFERS);
}

static void reuse_of_unused_buffer_cleans(struct kunit *test)
{
	struct queue_test *t = queue_up(test);

	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, fetch(test)), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 1);
}

static void reuse_without_cleanup_works(struct kunit *test)
{
	struct queue_test *t = test->priv;

	t->config.reuse_cleanup = NULL;
	queue_up(test);
	fetch_and_enqueue(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, dequeue(test)), 0);
}

static void double_reuse_refused_without_cleanup(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *buffer = fetch(test);

	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, buffer), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, buffer), -EALREADY);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 1);
	KUNIT_EXPECT_EQ(test, free_buffers(t), BUFFERS);
}

static void reuse_of_queued_buffer_refused_without_cleanup(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *buffer = fetch_and_enqueue(test, 1);

	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, buffer), -EALREADY);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_enqueue(t->queue, buffer), -EALREADY);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_count(t->queue), 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(buffer, 1, SIZE));
}

static void buffer_of_other_queue_refused(struct kunit *test)
{
	struct queue_test *t = test->priv;
	u8 *buffer;

	t->two_queues = true;
	queue_up(test);

	buffer = fetch(test);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_enqueue(t->other, buffer), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->other, buffer), -EINVAL);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, buffer), 0);
}

static void overrun_found_by_reuse_without_cleanup(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *buffer = fetch(test);

	OPTIMIZER_HIDE_VAR(buffer);
	buffer[SIZE] = 0;
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, buffer), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 0);
	KUNIT_EXPECT_EQ(test, free_buffers(t), BUFFERS - 1);
}

static void overrun_found_by_dequeue(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *buffer = fetch_and_enqueue(test, 1);
	void *none;

	OPTIMIZER_HIDE_VAR(buffer);
	buffer[SIZE] = 0;
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_dequeue(t->queue, &none, NULL), -ENOENT);
}

static void flush_cleans_each_once(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	int i;

	for (i = 0; i < BUFFERS; i++)
		fetch_and_enqueue(test, 1);
	dmf_buffer_queue_flush(t->queue);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), BUFFERS);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups_of_zeroed), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_count(t->queue), 0);
	KUNIT_EXPECT_EQ(test, free_buffers(t), BUFFERS);
}

static void flush_leaves_what_the_client_has(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *held = fetch(test);

	*held = 1;
	fetch_and_enqueue(test, 1);
	dmf_buffer_queue_flush(t->queue);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 1);
	KUNIT_EXPECT_EQ(test, *held, 1);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, held), 0);
}

/* -- Enumeration -- */

static enum dmf_buffer_pool_visit visit_locked(struct dmf_buffer_queue *queue, void *buffer,
					       void *buffer_context, void *context)
{
	struct queue_test *t = context;

	t->visits++;
	t->visited_queue = queue;
	t->visited = buffer;
	t->visited_context = buffer_context;
	return t->answer;
}

static void enumerate_passes_queue_and_context(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *last;
	void *buffer = t;

	fetch_and_enqueue(test, 1);
	last = fetch_and_enqueue(test, 2);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_enumerate(t->queue, visit_locked, t, &buffer, NULL),
			0);
	KUNIT_EXPECT_NULL(test, buffer);
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	KUNIT_EXPECT_PTR_EQ(test, t->visited_queue, t->queue);
	KUNIT_EXPECT_PTR_EQ(test, t->visited, (void *)last);
	KUNIT_EXPECT_PTR_EQ(test, t->visited_context, dmf_buffer_queue_context_get(t->queue, last));
}

static void enumerate_removes_buffer(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *first = fetch_and_enqueue(test, 1);
	void *buffer, *context;
	int ret;

	fetch_and_enqueue(test, 2);
	t->answer = DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP;
	ret = dmf_buffer_queue_enumerate(t->queue, visit_locked, t, &buffer, &context);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_ASSERT_PTR_EQ(test, buffer, (void *)first);
	KUNIT_EXPECT_PTR_EQ(test, context, dmf_buffer_queue_context_get(t->queue, buffer));
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_count(t->queue), 1);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, buffer), 0);
}

/* -- Timers -- */

static void fired(struct dmf_buffer_queue *queue, void *buffer, void *buffer_context,
		  void *context)
{
	struct queue_test *t = context;

	t->fired_queue = queue;
	t->fired_buffer = buffer;
	t->fired_context = buffer_context;
	dmf_buffer_queue_reuse(queue, buffer);
	atomic_inc(&t->fired_count);
	complete(&t->fired);
}

static u8 *enqueue_with_timer(struct kunit *test, unsigned int timeout_ms)
{
	struct queue_test *t = test->priv;
	u8 *buffer = fetch(test);
	int ret;

	*buffer = 1;
	ret = dmf_buffer_queue_enqueue_with_timer(t->queue, buffer, timeout_ms, fired, t);
	KUNIT_EXPECT_EQ(test, ret, 0);
	return buffer;
}

static void timer_fires_with_queue_handle(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *buffer = enqueue_with_timer(test, 10);

	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&t->fired, DMF_KUNIT_TIMEOUT), 0);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_queue, t->queue);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_buffer, (void *)buffer);
	KUNIT_EXPECT_PTR_EQ(test, t->fired_context, dmf_buffer_queue_context_get(t->queue, buffer));
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_count(t->queue), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 1);
}

static void enqueue_with_timer_without_callback_fails(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *buffer = fetch(test);

	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_enqueue_with_timer(t->queue, buffer, 1, NULL, t),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, buffer), 0);
}

static void enqueue_with_timer_of_buffer_without_fails(struct kunit *test)
{
	struct queue_test *t = test->priv;
	u8 *buffer;

	t->config.source.create_with_timer = false;
	queue_up(test);

	buffer = fetch(test);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_enqueue_with_timer(t->queue, buffer, 1, fired, t),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, buffer), 0);
}

static void held_up(struct dmf_buffer_queue *queue, void *buffer, void *buffer_context,
		    void *context)
{
	struct queue_test *t = context;

	dmf_buffer_queue_reuse(queue, buffer);
	complete(&t->held_up);
	wait_for_completion(&t->go_on);
}

static void let_timers_go(void *data)
{
	struct queue_test *t = data;

	complete_all(&t->go_on);
}

/* However slow the test is now, no timer that it sets fires before let_timers_go(). */
static void hold_timers_up(struct kunit *test)
{
	struct queue_test *t = test->priv;
	u8 *buffer = fetch(test);

	/* Also if the test ends early. */
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, let_timers_go, t), 0);
	KUNIT_ASSERT_EQ(test, dmf_buffer_queue_enqueue_with_timer(t->queue, buffer, 0, held_up, t),
			0);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&t->held_up, DMF_KUNIT_TIMEOUT), 0);
	atomic_set(&t->cleanups, 0);
}

static void dequeue_beats_timer(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	u8 *buffer;

	hold_timers_up(test);
	buffer = enqueue_with_timer(test, 40);
	KUNIT_EXPECT_PTR_EQ(test, dequeue(test), buffer);
	let_timers_go(t);
	msleep(80);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->fired_count), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_queue_reuse(t->queue, buffer), 0);
}

static void flush_beats_timer(struct kunit *test)
{
	struct queue_test *t = queue_up(test);

	hold_timers_up(test);
	enqueue_with_timer(test, 40);
	dmf_buffer_queue_flush(t->queue);
	let_timers_go(t);
	msleep(80);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->fired_count), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 1);
}

static int flusher(void *data)
{
	struct queue_test *t = data;

	while (!kthread_should_stop()) {
		dmf_buffer_queue_flush(t->queue);
		usleep_range(1, 60);
	}
	return 0;
}

/* Flush or timer: each buffer goes through the cleanup once in each round. */
static void timer_races_with_flush(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	unsigned long end;
	int round;

	dmf_kunit_run(test, flusher, t);
	for (round = 1; round <= RACE_ROUNDS; round++) {
		enqueue_with_timer(test, 0);
		end = jiffies + DMF_KUNIT_TIMEOUT;
		while (atomic_read(&t->cleanups) < round && time_before(jiffies, end))
			usleep_range(10, 50);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), RACE_ROUNDS);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups_of_zeroed), 0);
	/* Who has cleaned the last one still has to put it back. */
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(free_buffers(t) == BUFFERS));
}

static void timer_races_with_close(struct kunit *test)
{
	struct queue_test *t = test->priv;
	int round, i;

	for (round = 1; round <= 30; round++) {
		queue_up(test);
		for (i = 0; i < BUFFERS; i++)
			enqueue_with_timer(test, i % 2);
		usleep_range(1, 1 + round * 100);
		dmf_kunit_remove(test, t->ddev);
		KUNIT_EXPECT_EQ(test, atomic_xchg(&t->cleanups, 0), BUFFERS);
	}
}

/* -- Close -- */

static void close_flushes(struct kunit *test)
{
	struct queue_test *t = queue_up(test);

	fetch_and_enqueue(test, 1);
	fetch_and_enqueue(test, 1);
	enqueue_with_timer(test, 60000);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 3);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups_of_zeroed), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->fired_count), 0);
}

static void close_with_outstanding_buffers(struct kunit *test)
{
	struct queue_test *t = queue_up(test);

	fetch(test);
	fetch_and_enqueue(test, 1);
	fetch_and_enqueue(test, 1);
	dequeue(test);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 1);
}

static void methods_fail_after_close(struct kunit *test)
{
	struct queue_test *t = queue_up(test);

	t->held = fetch(test);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_EQ(test, t->fetch_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, t->enqueue_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, t->dequeue_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, t->reuse_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), 0);
}

/* -- Many at a time -- */

#define STRESS_THREADS	4
#define STRESS_ROUNDS	2000
#define STRESS_TIMEOUT	(4 * DMF_KUNIT_TIMEOUT)

struct stress {
	struct queue_test *t;
	struct completion done;
	u8 id;
	unsigned int reused;
	unsigned int faults;
};

static void stress_round(struct stress *s, unsigned int round)
{
	struct queue_test *t = s->t;
	void *buffer;

	if (!dmf_buffer_queue_fetch(t->queue, &buffer, NULL)) {
		s->faults += !!memchr_inv(buffer, 0, SIZE);
		memset(buffer, s->id, SIZE);
		cond_resched();
		s->faults += !!memchr_inv(buffer, s->id, SIZE);
		s->faults += !!(round % 3 ? dmf_buffer_queue_enqueue(t->queue, buffer) :
				dmf_buffer_queue_enqueue_at_head(t->queue, buffer));
	}
	if (!dmf_buffer_queue_dequeue(t->queue, &buffer, NULL)) {
		s->faults += !!memchr_inv(buffer, *(u8 *)buffer, SIZE);
		s->reused += !dmf_buffer_queue_reuse(t->queue, buffer);
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

static void no_buffer_is_lost_or_shared(struct kunit *test)
{
	struct queue_test *t = queue_up(test);
	struct stress *stress = kunit_kcalloc(test, STRESS_THREADS, sizeof(*stress), GFP_KERNEL);
	unsigned int reused = 0;
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
		reused += stress[i].reused;
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups), reused);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->cleanups_of_zeroed), 0);
	dmf_buffer_queue_flush(t->queue);
	KUNIT_EXPECT_EQ(test, free_buffers(t), BUFFERS);
}

/* -- Without memory -- */

/* The queue and each of its pools are a Module and its Config; each buffer is one. */
static void create_and_open_survive_failing_allocations(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &queue_client_ops, BUFFERS + 6);
}

static struct kunit_case buffer_queue_cases[] = {
	KUNIT_CASE(queue_without_size_refused),
	KUNIT_CASE(fetch_gives_zeroed_buffer),
	KUNIT_CASE(fetch_without_context_gives_null),
	KUNIT_CASE(fetch_exhausted_fails),
	KUNIT_CASE(fetch_with_lookaside_goes_on),
	KUNIT_CASE(dequeue_empty_fails),
	KUNIT_CASE(dequeue_takes_oldest_with_content),
	KUNIT_CASE(enqueue_at_head_comes_first),
	KUNIT_CASE(memory_descriptor_covers_buffer),
	KUNIT_CASE(passive_level_queue_works),
	KUNIT_CASE(reuse_cleans_once_before_zeroing),
	KUNIT_CASE(reuse_of_unused_buffer_cleans),
	KUNIT_CASE(reuse_without_cleanup_works),
	KUNIT_CASE(double_reuse_refused_without_cleanup),
	KUNIT_CASE(reuse_of_queued_buffer_refused_without_cleanup),
	KUNIT_CASE(buffer_of_other_queue_refused),
	KUNIT_CASE(overrun_found_by_reuse_without_cleanup),
	KUNIT_CASE(overrun_found_by_dequeue),
	KUNIT_CASE(flush_cleans_each_once),
	KUNIT_CASE(flush_leaves_what_the_client_has),
	KUNIT_CASE(enumerate_passes_queue_and_context),
	KUNIT_CASE(enumerate_removes_buffer),
	KUNIT_CASE(timer_fires_with_queue_handle),
	KUNIT_CASE(enqueue_with_timer_without_callback_fails),
	KUNIT_CASE(enqueue_with_timer_of_buffer_without_fails),
	KUNIT_CASE(dequeue_beats_timer),
	KUNIT_CASE(flush_beats_timer),
	KUNIT_CASE(timer_races_with_flush),
	KUNIT_CASE(timer_races_with_close),
	KUNIT_CASE(close_flushes),
	KUNIT_CASE(close_with_outstanding_buffers),
	KUNIT_CASE(methods_fail_after_close),
	KUNIT_CASE(no_buffer_is_lost_or_shared),
	KUNIT_CASE(create_and_open_survive_failing_allocations),
	{ }
};

static struct kunit_suite buffer_queue_suite = {
	.name = "dmf_buffer_queue",
	.init = queue_test_init,
	.test_cases = buffer_queue_cases,
};

kunit_test_suite(buffer_queue_suite);
