// SPDX-License-Identifier: GPL-2.0-only
/*
 * BufferPool: the stack of a source's buffers, its figures, and sources that close
 * and open while they are used.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/dmf/buffer_pool.h>
#include <linux/dmf/module.h>
#include <linux/seq_file.h>

#include "../dmf/internal.h"
#include "../modules/buffers/buffer_pool.h"
#include "dmf_kunit.h"

#define BUFFERS		4
#define SIZE		32
#define USERS		2

struct source_test {
	struct dmf_buffer_pool_config config;
	struct dmf_device *ddev;
	struct dmf_buffer_pool *source;
	int get_result, put_result;
	bool stop;
	struct completion stopped;
};

static int source_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct source_test *t = dmf_kunit_priv(ddev);

	return dmf_buffer_pool_add(init, &t->config, NULL, &t->source);
}

static const struct dmf_client_ops source_client_ops = {
	.modules_add = source_modules_add,
};

static int source_test_init(struct kunit *test)
{
	struct source_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	t->config.source.buffer_count = BUFFERS;
	t->config.source.buffer_size = SIZE;
	init_completion(&t->stopped);
	test->priv = t;
	return 0;
}

static struct source_test *source_up(struct kunit *test)
{
	struct source_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &source_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	return t;
}

static void *get(struct kunit *test, struct dmf_buffer_pool *pool)
{
	void *buffer = NULL;

	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(pool, &buffer, NULL), 0);
	return buffer;
}

/* -- The stack -- */

static struct slot_stack *stack_up(struct kunit *test, u32 slots)
{
	struct slot_stack *stack = kunit_kzalloc(test, sizeof(*stack), GFP_KERNEL);
	u32 slot;

	KUNIT_ASSERT_NOT_NULL(test, stack);
	KUNIT_ASSERT_EQ(test, slot_stack_init(stack, slots), 0);
	for (slot = 1; slot <= slots; slot++)
		slot_stack_push(stack, slot);
	return stack;
}

static void stack_down(struct kunit *test, struct slot_stack *stack)
{
	slot_stack_destroy(stack);
}

static void stack_gives_what_was_pushed_last(struct kunit *test)
{
	struct slot_stack *stack = stack_up(test, 3);

	KUNIT_EXPECT_EQ(test, slot_stack_pop(stack), 3);
	KUNIT_EXPECT_EQ(test, slot_stack_pop(stack), 2);
	slot_stack_push(stack, 3);
	KUNIT_EXPECT_EQ(test, slot_stack_pop(stack), 3);
	KUNIT_EXPECT_EQ(test, slot_stack_pop(stack), 1);
	KUNIT_EXPECT_EQ(test, slot_stack_pop(stack), 0);
	stack_down(test, stack);
}

/* The number of pops comes round, and the slots do not suffer. */
static void stack_survives_its_counter(struct kunit *test)
{
	struct slot_stack *stack = stack_up(test, 2);

	atomic64_set(&stack->top, slot_stack_word(2, U32_MAX));
	KUNIT_EXPECT_EQ(test, slot_stack_pop(stack), 2);
	KUNIT_EXPECT_EQ(test, slot_stack_pop(stack), 1);
	KUNIT_EXPECT_EQ(test, slot_stack_pop(stack), 0);
	slot_stack_push(stack, 1);
	KUNIT_EXPECT_EQ(test, slot_stack_pop(stack), 1);
	stack_down(test, stack);
}

#define STACK_SLOTS	3
#define STACK_THREADS	4
#define STACK_ROUNDS	20000

struct stack_user {
	struct slot_stack *stack;
	atomic_t *owners;		/* by slot: whether somebody has it */
	struct completion done;
	unsigned int faults;
};

static int stack_user_thread(void *data)
{
	struct stack_user *user = data;
	u32 first, second;
	int round;

	/* Two at a time and back in the same order: what is below a slot changes. */
	for (round = 0; round < STACK_ROUNDS; round++) {
		first = slot_stack_pop(user->stack);
		second = slot_stack_pop(user->stack);
		user->faults += first && atomic_xchg(&user->owners[first], 1);
		user->faults += second && atomic_xchg(&user->owners[second], 1);
		if (first && atomic_xchg(&user->owners[first], 0))
			slot_stack_push(user->stack, first);
		if (second && atomic_xchg(&user->owners[second], 0))
			slot_stack_push(user->stack, second);
		if (!(round % 512))
			cond_resched();
	}
	complete(&user->done);
	return 0;
}

static void race_pop_against_push(struct kunit *test)
{
	struct slot_stack *stack = stack_up(test, STACK_SLOTS);
	struct stack_user *users = kunit_kcalloc(test, STACK_THREADS, sizeof(*users), GFP_KERNEL);
	atomic_t *owners = kunit_kcalloc(test, STACK_SLOTS + 1, sizeof(*owners), GFP_KERNEL);
	int i, left = 0;

	KUNIT_ASSERT_NOT_NULL(test, users);
	KUNIT_ASSERT_NOT_NULL(test, owners);
	for (i = 0; i < STACK_THREADS; i++) {
		users[i].stack = stack;
		users[i].owners = owners;
		init_completion(&users[i].done);
		dmf_kunit_run(test, stack_user_thread, &users[i]);
	}
	for (i = 0; i < STACK_THREADS; i++) {
		wait_for_completion(&users[i].done);
		KUNIT_EXPECT_EQ(test, users[i].faults, 0);
	}
	while (slot_stack_pop(stack))
		left++;
	KUNIT_EXPECT_EQ(test, left, STACK_SLOTS);
	stack_down(test, stack);
}

/* -- Sources -- */

static void get_and_put(void *data)
{
	struct source_test *t = data;
	void *buffer;

	t->get_result = dmf_buffer_pool_get(t->source, &buffer, NULL);
	if (!t->get_result)
		t->put_result = dmf_buffer_pool_put(t->source, buffer);
}

static void source_works_in_hard_interrupts(struct kunit *test)
{
	struct source_test *t = source_up(test);

	t->get_result = -EINVAL;
	t->put_result = -EINVAL;
	dmf_kunit_in_hardirq(get_and_put, t);
	KUNIT_EXPECT_EQ(test, t->get_result, 0);
	KUNIT_EXPECT_EQ(test, t->put_result, 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
}

static void additional_buffer_is_freed_and_the_others_stay(struct kunit *test)
{
	struct source_test *t = test->priv;
	void *buffers[BUFFERS + 1];
	int i;

	t->config.source.enable_look_aside = true;
	source_up(test);
	for (i = 0; i <= BUFFERS; i++)
		buffers[i] = get(test, t->source);
	for (i = 0; i < BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffers[i]), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffers[BUFFERS]), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
}

static void expect_shown(struct kunit *test, struct source_test *t, const char *figures)
{
	struct dmf_module *module = dmf_buffer_pool_module(t->source);
	char text[128] = "";
	struct seq_file seq = { .buf = text, .size = sizeof(text) - 1 };

	module->desc->ops->show(module, &seq);
	KUNIT_EXPECT_STREQ(test, text, figures);
}

static void figures_tell_where_the_buffers_are(struct kunit *test)
{
	struct source_test *t = test->priv;
	void *buffers[BUFFERS + 1];
	u8 *damaged;
	int i;

	t->config.source.enable_look_aside = true;
	source_up(test);
	expect_shown(test, t, "free=4 used=0 peak=0 size=32 damaged=0");
	buffers[0] = get(test, t->source);
	buffers[1] = get(test, t->source);
	expect_shown(test, t, "free=2 used=2 peak=2 size=32 damaged=0");
	dmf_buffer_pool_put(t->source, buffers[0]);
	dmf_buffer_pool_put(t->source, buffers[1]);
	expect_shown(test, t, "free=4 used=0 peak=2 size=32 damaged=0");
	for (i = 0; i <= BUFFERS; i++)
		buffers[i] = get(test, t->source);
	expect_shown(test, t, "free=0 used=5 peak=5 size=32 damaged=0");
	for (i = 0; i <= BUFFERS; i++)
		dmf_buffer_pool_put(t->source, buffers[i]);
	expect_shown(test, t, "free=4 used=0 peak=5 size=32 damaged=0");
	damaged = get(test, t->source);
	OPTIMIZER_HIDE_VAR(damaged);
	damaged[SIZE] = 0;
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, damaged), -EUCLEAN);
	expect_shown(test, t, "free=3 used=0 peak=5 size=32 damaged=1");
}

static void close_source(struct source_test *t)
{
	dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
}

static int open_source(struct source_test *t)
{
	return dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
}

static void buffer_that_is_out_keeps_its_place(struct kunit *test)
{
	struct source_test *t = source_up(test);
	void *buffer = get(test, t->source);

	close_source(t);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), -ENODEV);
	KUNIT_ASSERT_EQ(test, open_source(t), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS - 1);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffer), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
}

/* The first half of a put that comes late: it has pushed, and not looked yet. */
static void push_late(struct source_test *t, void *buffer)
{
	struct buffer_pool_entry *entry = buffer_pool_entry(buffer);

	entry->home = t->source;
	slot_stack_push(&t->source->source.free, entry->slot);
}

static void what_a_late_put_pushes_is_not_given(struct kunit *test)
{
	struct source_test *t = source_up(test);
	void *buffer = get(test, t->source);
	struct dmf_buffer_parameters memory;

	close_source(t);
	push_late(t, buffer);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_get(t->source, &buffer, NULL), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_get_with_memory(t->source, &memory), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), 1);
	__dmf_buffer_pool_drain(t->source);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), 0);
}

static void damaged_buffer_is_replaced_at_open(struct kunit *test)
{
	struct source_test *t = source_up(test);
	u8 *damaged = get(test, t->source);

	OPTIMIZER_HIDE_VAR(damaged);
	damaged[SIZE] = 0;
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, damaged), -EUCLEAN);
	close_source(t);
	KUNIT_ASSERT_EQ(test, open_source(t), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, damaged), -EALREADY);
	expect_shown(test, t, "free=4 used=0 peak=0 size=32 damaged=1");
}

static void peak_is_that_since_open(struct kunit *test)
{
	struct source_test *t = test->priv;
	void *buffers[BUFFERS + 1];
	int i;

	t->config.source.enable_look_aside = true;
	source_up(test);
	for (i = 0; i <= BUFFERS; i++)
		buffers[i] = get(test, t->source);
	for (i = 0; i <= BUFFERS; i++)
		dmf_buffer_pool_put(t->source, buffers[i]);
	expect_shown(test, t, "free=4 used=0 peak=5 size=32 damaged=0");
	close_source(t);
	KUNIT_ASSERT_EQ(test, open_source(t), 0);
	expect_shown(test, t, "free=4 used=0 peak=0 size=32 damaged=0");
}

static void more_buffers_than_memory_refused_in_silence(struct kunit *test)
{
	struct source_test *t = test->priv;

	t->config.source.buffer_count = INT_MAX;
	t->ddev = dmf_kunit_probe(test, &source_client_ops);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(t->ddev), -ENOMEM);
	KUNIT_EXPECT_FALSE(test, dmf_kunit_logged("mm/util.c"));
}

static int use_thread(void *data)
{
	struct source_test *t = data;
	void *buffer;

	while (!READ_ONCE(t->stop)) {
		if (!dmf_buffer_pool_get(t->source, &buffer, NULL))
			while (dmf_buffer_pool_put(t->source, buffer) == -ENODEV &&
			       !READ_ONCE(t->stop))
				cond_resched();
		cond_resched();
	}
	complete(&t->stopped);
	return 0;
}

/* What is put while the source closes is freed or stays out; nothing gets lost. */
static void race_put_against_close(struct kunit *test)
{
	struct source_test *t = test->priv;
	void *buffers[BUFFERS];
	int i;

	t->config.source.enable_look_aside = true;
	source_up(test);
	for (i = 0; i < USERS; i++)
		dmf_kunit_run(test, use_thread, t);
	for (i = 0; i < 300; i++) {
		close_source(t);
		cond_resched();
		KUNIT_ASSERT_EQ(test, open_source(t), 0);
		cond_resched();
	}
	close_source(t);
	WRITE_ONCE(t->stop, true);
	for (i = 0; i < USERS; i++)
		wait_for_completion(&t->stopped);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_get(t->source, &buffers[0], NULL), -ENODEV);
	KUNIT_ASSERT_EQ(test, open_source(t), 0);

	KUNIT_EXPECT_LE(test, dmf_buffer_pool_count(t->source), BUFFERS);
	for (i = 0; i < BUFFERS; i++)
		buffers[i] = get(test, t->source);
	for (i = 0; i < BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(t->source, buffers[i]), 0);
	dmf_kunit_remove(test, t->ddev);
}

/*
 * A put that has met a closed source frees nothing of one that is open again: what it
 * has pushed keeps its place, as have those that were made meanwhile.
 */
static void race_late_put_against_reopen(struct kunit *test)
{
	struct source_test *t = source_up(test);
	void *buffer = get(test, t->source);

	close_source(t);
	push_late(t, buffer);
	KUNIT_ASSERT_EQ(test, open_source(t), 0);
	__dmf_buffer_pool_drain(t->source);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_count(t->source), BUFFERS);
}

static struct kunit_case buffer_pool_source_cases[] = {
	KUNIT_CASE(stack_gives_what_was_pushed_last),
	KUNIT_CASE(stack_survives_its_counter),
	KUNIT_CASE(race_pop_against_push),
	KUNIT_CASE(source_works_in_hard_interrupts),
	KUNIT_CASE(additional_buffer_is_freed_and_the_others_stay),
	KUNIT_CASE(figures_tell_where_the_buffers_are),
	KUNIT_CASE(buffer_that_is_out_keeps_its_place),
	KUNIT_CASE(what_a_late_put_pushes_is_not_given),
	KUNIT_CASE(damaged_buffer_is_replaced_at_open),
	KUNIT_CASE(peak_is_that_since_open),
	KUNIT_CASE(more_buffers_than_memory_refused_in_silence),
	KUNIT_CASE(race_put_against_close),
	KUNIT_CASE(race_late_put_against_reopen),
	{ }
};

static struct kunit_suite buffer_pool_source_suite = {
	.name = "dmf_buffer_pool_source",
	.init = source_test_init,
	.test_cases = buffer_pool_source_cases,
};

kunit_test_suite(buffer_pool_source_suite);
