// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of Stack.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include <linux/dmf/module.h>
#include <linux/dmf/stack.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define DEPTH	5

/* An odd size, so that an element ends where its memory does. */
struct element {
	u32 value;
	u8 rest[7];
} __packed;

struct stack_test {
	/* What the next probe adds; a case may change it before. */
	struct dmf_stack_config config;
	struct dmf_module_attributes attributes;

	struct dmf_device *ddev;
	struct dmf_stack *stack;

	/* Recorded in an interrupt. */
	int push_result;
	int pop_result;
	u32 popped_value;

	/* Races. */
	struct completion done;
	atomic_t pushed;		/* the latest one that has been */
	atomic_t popped;
	atomic_t successes;
	atomic_t refusals;
	atomic_t wrong;
};

static int stack_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct stack_test *t = dmf_kunit_priv(ddev);

	return dmf_stack_add(init, &t->config, &t->attributes, &t->stack);
}

static const struct dmf_client_ops stack_client_ops = { .modules_add = stack_modules_add };

static int stack_test_init(struct kunit *test)
{
	struct stack_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->config.stack_depth = DEPTH;
	t->config.stack_element_size = sizeof(struct element);
	init_completion(&t->done);
	test->priv = t;
	return 0;
}

static struct stack_test *stack_up(struct kunit *test)
{
	struct stack_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &stack_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	return t;
}

static int push(struct stack_test *t, u32 value)
{
	struct element element = { .value = value };

	memset(element.rest, value, sizeof(element.rest));
	return dmf_stack_push(t->stack, &element, sizeof(element));
}

/* Return: the value; 0 if there was none, or if what came was not what was pushed. */
static u32 pop(struct stack_test *t)
{
	struct element element = { };

	if (dmf_stack_pop(t->stack, &element, sizeof(element)) ||
	    memchr_inv(element.rest, (u8)element.value, sizeof(element.rest)))
		return 0;
	return element.value;
}

static void fill(struct kunit *test)
{
	struct stack_test *t = test->priv;
	u32 i;

	for (i = 1; i <= DEPTH; i++)
		KUNIT_EXPECT_EQ(test, push(t, i), 0);
	KUNIT_EXPECT_EQ(test, push(t, i), -ENOSPC);
}

static void last_in_is_first_out(struct kunit *test)
{
	struct stack_test *t = stack_up(test);

	KUNIT_EXPECT_EQ(test, push(t, 1), 0);
	KUNIT_EXPECT_EQ(test, push(t, 2), 0);
	KUNIT_EXPECT_EQ(test, push(t, 3), 0);
	KUNIT_EXPECT_EQ(test, pop(t), 3);
	KUNIT_EXPECT_EQ(test, push(t, 4), 0);
	KUNIT_EXPECT_EQ(test, pop(t), 4);
	KUNIT_EXPECT_EQ(test, pop(t), 2);
	KUNIT_EXPECT_EQ(test, pop(t), 1);
}

static void element_is_copied(struct kunit *test)
{
	struct stack_test *t = stack_up(test);
	struct element element = { .value = 1 };

	KUNIT_EXPECT_EQ(test, dmf_stack_push(t->stack, &element, sizeof(element)), 0);
	element.value = 2;
	KUNIT_EXPECT_EQ(test, dmf_stack_pop(t->stack, &element, sizeof(element)), 0);
	KUNIT_EXPECT_EQ(test, element.value, 1);
}

static void depth_counts_elements(struct kunit *test)
{
	struct stack_test *t = stack_up(test);

	KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), 0);
	push(t, 1);
	push(t, 2);
	KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), 2);
	pop(t);
	KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), 1);
}

static void push_beyond_the_depth_is_refused(struct kunit *test)
{
	struct stack_test *t = stack_up(test);
	u32 i;

	fill(test);
	KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), DEPTH);
	KUNIT_EXPECT_EQ(test, pop(t), DEPTH);
	KUNIT_EXPECT_EQ(test, push(t, DEPTH), 0);
	KUNIT_EXPECT_EQ(test, push(t, DEPTH + 1), -ENOSPC);
	for (i = DEPTH; i; i--)
		KUNIT_EXPECT_EQ(test, pop(t), i);
}

static void pop_of_empty_stack_fails(struct kunit *test)
{
	struct stack_test *t = stack_up(test);
	struct element element = { .value = 77 };

	KUNIT_EXPECT_EQ(test, dmf_stack_pop(t->stack, &element, sizeof(element)), -ENOENT);
	KUNIT_EXPECT_EQ(test, element.value, 77);
	fill(test);
}

static void wrong_sizes_are_refused(struct kunit *test)
{
	struct stack_test *t = stack_up(test);
	u8 large[sizeof(struct element) + 1] = { };

	KUNIT_EXPECT_EQ(test, dmf_stack_push(t->stack, large, sizeof(large)), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_stack_push(t->stack, large, sizeof(large) - 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_stack_push(t->stack, large, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), 0);
	KUNIT_EXPECT_EQ(test, push(t, 1), 0);
	KUNIT_EXPECT_EQ(test, dmf_stack_pop(t->stack, large, sizeof(large)), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_stack_pop(t->stack, large, sizeof(large) - 2), -EINVAL);
	KUNIT_EXPECT_NULL(test, memchr_inv(large, 0, sizeof(large)));
	KUNIT_EXPECT_EQ(test, pop(t), 1);
}

static void flush_empties(struct kunit *test)
{
	struct stack_test *t = stack_up(test);

	dmf_stack_flush(t->stack);
	fill(test);
	dmf_stack_flush(t->stack);
	KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), 0);
	KUNIT_EXPECT_EQ(test, pop(t), 0);
	fill(test);
}

static void show_tells_figures(struct kunit *test)
{
	struct seq_file seq = { .size = 128 };
	struct stack_test *t = stack_up(test);
	struct dmf_module *module = dmf_stack_module(t->stack);

	seq.buf = kunit_kzalloc(test, seq.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, seq.buf);
	fill(test);
	pop(t);
	module->desc->ops->show(module, &seq);
	KUNIT_EXPECT_STREQ(test, seq.buf, "depth=4 max=5 refused=1");
}

/* -- Contexts and life -- */

static void push_and_pop_in_interrupt(void *data)
{
	struct stack_test *t = data;

	t->push_result = push(t, 1);
	t->pop_result = push(t, 2);
	t->popped_value = pop(t);
	if (dmf_stack_depth(t->stack) != 1)
		atomic_inc(&t->wrong);
	dmf_stack_flush(t->stack);
}

static void methods_in_an_interrupt_handler(struct kunit *test)
{
	struct stack_test *t = stack_up(test);

	dmf_kunit_in_interrupt(push_and_pop_in_interrupt, t);
	KUNIT_EXPECT_EQ(test, t->push_result, 0);
	KUNIT_EXPECT_EQ(test, t->pop_result, 0);
	KUNIT_EXPECT_EQ(test, t->popped_value, 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->wrong), 0);
	fill(test);
}

static void passive_level_stack_works(struct kunit *test)
{
	struct stack_test *t = test->priv;
	struct dmf_module *module;

	t->attributes.passive_level = true;
	stack_up(test);
	module = dmf_stack_module(t->stack);
	KUNIT_EXPECT_TRUE(test, dmf_module_is_passive_level(module));
	module = list_first_entry(&module->children, struct dmf_module, sibling);
	KUNIT_EXPECT_TRUE(test, dmf_module_is_passive_level(module));
	fill(test);
	KUNIT_EXPECT_EQ(test, pop(t), DEPTH);
	dmf_stack_flush(t->stack);
	KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), 0);
}

static void dynamic_stack_works(struct kunit *test)
{
	struct stack_test *t = stack_up(test);
	struct dmf_stack *fixed = t->stack;

	KUNIT_EXPECT_EQ(test, push(t, 1), 0);
	KUNIT_ASSERT_EQ(test, dmf_stack_create(t->ddev, NULL, &t->config, NULL, &t->stack), 0);
	fill(test);
	KUNIT_EXPECT_EQ(test, pop(t), DEPTH);
	dmf_stack_destroy(t->stack);
	t->stack = fixed;
	KUNIT_EXPECT_EQ(test, pop(t), 1);
}

static void closed_stack_refuses_and_opens_empty(struct kunit *test)
{
	struct stack_test *t = stack_up(test);
	struct element element = { };

	fill(test);
	dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, push(t, 1), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_stack_pop(t->stack, &element, sizeof(element)), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), 0);
	dmf_stack_flush(t->stack);

	KUNIT_EXPECT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), 0);
	KUNIT_EXPECT_EQ(test, pop(t), 0);
	fill(test);
}

static void bad_configs_are_refused(struct kunit *test)
{
	static const struct dmf_stack_config bad[] = {
		{ 0, sizeof(struct element) },
		{ DEPTH, 0 },
		{ DEPTH, KMALLOC_MAX_SIZE },
		{ DEPTH, SIZE_MAX },
		{ UINT_MAX, sizeof(struct element) },
	};
	struct stack_test *t = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		t->config = bad[i];
		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &stack_client_ops)),
				    -EINVAL, "config %d", i);
	}
}

/* -- Races -- */

#define RACE_PUSHES	1000
#define RACE_ROOM	300
#define RACE_CLOSES	50

/* Push 1, 2, 3, ... and say after each that it is there. */
static int race_pusher(void *data)
{
	struct stack_test *t = data;
	u32 value = 1;
	int ret;

	while (value <= RACE_PUSHES && !kthread_should_stop()) {
		ret = push(t, value);
		if (!ret)
			atomic_set(&t->pushed, value++);
		else if (ret != -ENOSPC)
			atomic_inc(&t->wrong);
		cond_resched();
	}
	complete(&t->done);
	return 0;
}

/*
 * Each comes out once, and none before one that had been pushed after it: of those that
 * were there before the pop began, what lies above the popped one is gone.
 */
static void race_push_against_pop(struct kunit *test)
{
	struct stack_test *t = stack_up(test);
	unsigned long *gone = kunit_kzalloc(test, BITS_TO_LONGS(RACE_PUSHES + 1) * sizeof(long),
					    GFP_KERNEL);
	u32 value, there, count = 0;

	KUNIT_ASSERT_NOT_NULL(test, gone);
	dmf_kunit_run(test, race_pusher, t);
	while (count < RACE_PUSHES) {
		cond_resched();
		there = atomic_read(&t->pushed);
		value = pop(t);
		if (!value)
			continue;
		KUNIT_ASSERT_LE(test, value, RACE_PUSHES);
		KUNIT_ASSERT_FALSE(test, test_and_set_bit(value, gone));
		if (value < there)
			KUNIT_ASSERT_GT(test, find_next_zero_bit(gone, there + 1, value), there);
		count++;
	}
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&t->done, DMF_KUNIT_TIMEOUT), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->wrong), 0);
	KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), 0);
	fill(test);
}

static int race_popper(void *data)
{
	struct stack_test *t = data;

	while (!kthread_should_stop()) {
		if (pop(t))
			atomic_inc(&t->popped);
		cond_resched();
	}
	return 0;
}

/* Where there is room by what depth says, a push finds it, whatever a pop is at. */
static void race_pop_against_push_that_finds_room(struct kunit *test)
{
	struct stack_test *t = test->priv;
	u32 value;

	t->config.stack_depth = 1;
	stack_up(test);
	dmf_kunit_run(test, race_popper, t);
	for (value = 1; value <= RACE_ROOM; value++) {
		while (dmf_stack_depth(t->stack))
			cond_resched();
		KUNIT_ASSERT_EQ(test, push(t, value), 0);
	}
	while (dmf_stack_depth(t->stack))
		cond_resched();
}

static void race_count_in_interrupt(void *data)
{
	struct stack_test *t = data;

	if (push(t, 1))
		atomic_inc(&t->wrong);
	if (!pop(t))
		atomic_inc(&t->wrong);
	atomic_inc(&t->successes);
}

static int race_interrupter(void *data)
{
	struct stack_test *t = data;

	while (!kthread_should_stop()) {
		dmf_kunit_in_interrupt(race_count_in_interrupt, t);
		cond_resched();
	}
	return 0;
}

/* Two that each push and pop never need more room than two. */
static void race_pop_against_interrupt(struct kunit *test)
{
	struct stack_test *t = test->priv;
	int i;

	t->config.stack_depth = 2;
	stack_up(test);
	dmf_kunit_run(test, race_interrupter, t);
	for (i = 0; i < RACE_ROOM || !atomic_read(&t->successes); i++) {
		KUNIT_ASSERT_EQ(test, push(t, 2), 0);
		KUNIT_ASSERT_NE(test, pop(t), 0);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&t->wrong), 0);
}

static void race_flush_against_push(struct kunit *test)
{
	struct stack_test *t = stack_up(test);
	bool done;

	dmf_kunit_run(test, race_pusher, t);
	do {
		done = try_wait_for_completion(&t->done);
		dmf_stack_flush(t->stack);
		KUNIT_ASSERT_LE(test, dmf_stack_depth(t->stack), DEPTH);
		cond_resched();
	} while (!done);
	KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->wrong), 0);
	fill(test);
}

static int race_caller(void *data)
{
	struct stack_test *t = data;
	struct element element;
	int ret;

	while (!kthread_should_stop()) {
		ret = push(t, 1);
		if (!ret)
			ret = dmf_stack_pop(t->stack, &element, sizeof(element));
		if (!ret)
			atomic_inc(&t->successes);
		else if (ret == -ENODEV)
			atomic_inc(&t->refusals);
		/* What was pushed before the Stack closed is gone when it has opened again. */
		else if (ret != -ENOENT)
			atomic_inc(&t->wrong);
		cond_resched();
	}
	return 0;
}

static void race_push_and_pop_against_close(struct kunit *test)
{
	struct stack_test *t = stack_up(test);
	int i;

	dmf_kunit_run(test, race_caller, t);
	dmf_kunit_run(test, race_caller, t);
	for (i = 0; i < RACE_CLOSES; i++) {
		while (!atomic_read(&t->successes))
			cond_resched();
		dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		atomic_set(&t->refusals, 0);
		while (atomic_read(&t->refusals) < 50)
			cond_resched();
		KUNIT_EXPECT_EQ(test, dmf_stack_depth(t->stack), 0);
		atomic_set(&t->successes, 0);
		KUNIT_ASSERT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&t->wrong), 0);
}

/* -- Memory -- */

/* Four Modules with their Configs, and the elements. */
static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &stack_client_ops, 8 + DEPTH);
}

static struct kunit_case stack_cases[] = {
	KUNIT_CASE(last_in_is_first_out),
	KUNIT_CASE(element_is_copied),
	KUNIT_CASE(depth_counts_elements),
	KUNIT_CASE(push_beyond_the_depth_is_refused),
	KUNIT_CASE(pop_of_empty_stack_fails),
	KUNIT_CASE(wrong_sizes_are_refused),
	KUNIT_CASE(flush_empties),
	KUNIT_CASE(show_tells_figures),
	KUNIT_CASE(methods_in_an_interrupt_handler),
	KUNIT_CASE(passive_level_stack_works),
	KUNIT_CASE(dynamic_stack_works),
	KUNIT_CASE(closed_stack_refuses_and_opens_empty),
	KUNIT_CASE(bad_configs_are_refused),
	KUNIT_CASE(race_push_against_pop),
	KUNIT_CASE(race_pop_against_push_that_finds_room),
	KUNIT_CASE(race_pop_against_interrupt),
	KUNIT_CASE(race_flush_against_push),
	KUNIT_CASE(race_push_and_pop_against_close),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite stack_suite = {
	.name = "dmf_stack",
	.init = stack_test_init,
	.test_cases = stack_cases,
};

kunit_test_suite(stack_suite);
