// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of filters: how the levels of a stack come, go and sleep while requests are under way.
 */
#include <linux/device.h>
#include <linux/kthread.h>
#include <linux/pm.h>
#include <linux/sched/signal.h>

#include "filter_fixture.h"

/* -- Unbind -- */

static struct submitter *submit(struct kunit *test, struct dmf_file *file, unsigned int command)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	submitter = dmf_kunit_submit_start(test, &(struct submitter){
		.file = file, .type = DMF_REQUEST_DEVICE_CONTROL, .command = command,
		.signal = SIGINT,
	});
	if (command == CMD_PEND || command == CMD_PEND_ACTIVE)
		KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&stack->pend_seen,
								    DMF_KUNIT_TIMEOUT));
	return submitter;
}

static void unbinding_the_filter_cancels_what_is_pended_below(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;
	struct dmf_file *old;

	stack_probe(test);
	old = dmf_kunit_open(test, stack->lower);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_PEND);
	stack_unfilter(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&stack->cancels), 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(old, CMD_ASK), 0);
}

static void unbinding_the_filter_leaves_what_is_pended_by_others(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	stack_probe(test);
	submitter = submit(test, dmf_kunit_open(test, stack->lower), CMD_PEND);
	stack_unfilter(test, 1);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	stack_complete_pended(stack);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

static void unbinding_the_device_unbinds_the_filter_first(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	stack_probe(test);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_PEND);
	stack_rewind(stack);
	dmf_kunit_remove(test, stack->lower);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ENODEV);
	KUNIT_EXPECT_STREQ(test, stack->log, "d1d0");
	KUNIT_EXPECT_NULL(test, dmf_kunit_filter_device(stack->filters[1]));
}

static void surprise_is_told_from_the_top(struct kunit *test)
{
	struct stack *stack = test->priv;

	stack_probe(test);
	stack_rewind(stack);
	dmf_kunit_remove_surprise(test, stack->lower);
	KUNIT_EXPECT_STREQ(test, stack->log, "s1s0d1d0");
}

static int go_on_later(void *data)
{
	struct stack *stack = data;

	schedule_timeout_uninterruptible(HZ / 20);
	complete(&stack->handler_may_go);
	return 0;
}

static void unbinding_the_filter_waits_for_a_handler_below(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	stack_probe(test);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_BLOCK);
	wait_for_completion(&stack->handler_runs);
	dmf_kunit_run(test, go_on_later, stack);
	stack_unfilter(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

static void filter_comes_back_with_the_device(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct stack *stack = test->priv;

	stack_probe(test);
	dmf_kunit_remove(test, stack->lower);
	stack_rewind(stack);
	stack_probe_lower(test, &ops);
	KUNIT_EXPECT_STREQ(test, stack->log, "u0u1");
	KUNIT_EXPECT_NOT_NULL(test, dmf_kunit_filter_device(stack->filters[1]));
}

static int stack_fail(struct dmf_device *ddev)
{
	return -EIO;
}

static void device_works_where_the_filter_fails(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct dmf_client_ops filter_ops = stack_level_ops(1);
	struct stack *stack = test->priv;
	struct fake_filter *filter;

	filter_ops.prepare_hardware = stack_fail;
	stack_probe_lower(test, &ops);
	filter = dmf_kunit_filter_register(test, stack_filterable[0].modname, &filter_ops);
	KUNIT_EXPECT_NULL(test, dmf_kunit_filter_device(filter));
	KUNIT_EXPECT_NULL(test, stack->lower->upper);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(dmf_kunit_open_node(test, stack->lower), CMD_ASK),
			0);
}

/* -- Suspend -- */

/* Whoever suspends the system goes by that. */
static void filter_is_a_child_of_the_device(struct kunit *test)
{
	struct dmf_device *filter = stack_probe(test);
	struct stack *stack = test->priv;

	KUNIT_EXPECT_PTR_EQ(test, dmf_device_dev(filter)->parent, dmf_device_dev(stack->lower));
}

static void filter_keeps_the_device_no_more_awake_than_needed(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct device *dev;

	stack_probe(test);
	dev = dmf_device_dev(stack->lower);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->power.child_count), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->power.usage_count), 0);
}

/* The device below is suspended later: it may still complete the request. */
static void request_that_has_gone_down_does_not_stop_suspend(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct device *dev = dmf_device_dev(stack_probe(test));
	struct submitter *submitter;

	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_BLOCK);
	wait_for_completion(&stack->handler_runs);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	complete(&stack->handler_may_go);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
}

static void request_waits_for_the_level_that_sleeps(struct kunit *test)
{
	struct dmf_device *filter = stack_probe(test);
	struct stack *stack = test->priv;
	struct submitter *submitter;

	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dmf_device_dev(filter)), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dmf_device_dev(stack->lower)), 0);
	stack_rewind(stack);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_ASK);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dmf_device_dev(stack->lower)), 0);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	KUNIT_EXPECT_STREQ(test, stack->log, "u0");
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dmf_device_dev(filter)), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
	KUNIT_EXPECT_STREQ(test, stack->log, "u0u1r1r0");
}

/* It waits at the gate of the device below, where the filter has sent it. */
static void unbinding_the_filter_ends_a_wait_for_the_device_to_wake(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	stack_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dmf_device_dev(stack->lower)), 0);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_ASK);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	stack_unfilter(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dmf_device_dev(stack->lower)), 0);
}

static void failed_device_ends_what_came_by_the_filter(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct dmf_client_ops filter_ops = stack_level_ops(1);
	struct stack *stack = test->priv;
	struct submitter *submitter;
	struct device *dev;

	ops.self_managed_io_restart = stack_fail;
	stack_probe_lower(test, &ops);
	stack_add_filter(test, 1, &filter_ops);
	dev = dmf_device_dev(stack->lower);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_PEND);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), -EIO);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -EIO);
}

/* -- A sequential device below -- */

static void stack_probe_sequential(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct dmf_client_ops filter_ops = stack_level_ops(1);

	ops.queue = DMF_QUEUE_SEQUENTIAL;
	stack_probe_lower(test, &ops);
	stack_add_filter(test, 1, &filter_ops);
}

static struct submitter *submit_behind(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_ASK);
	KUNIT_ASSERT_TRUE(test, dmf_kunit_until(!list_empty_careful(&stack->lower->queue.waiting)));
	return submitter;
}

static void queued_below_stops_neither_suspend_nor_unbind_of_the_filter(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *active, *queued;
	struct device *dev;

	stack_probe_sequential(test);
	dev = dmf_device_dev(dmf_kunit_filter_device(stack->filters[1]));
	active = submit(test, dmf_kunit_open(test, stack->lower), CMD_PEND_ACTIVE);
	queued = submit_behind(test);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(queued));
	stack_unfilter(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, queued), -ENODEV);
	stack_complete_pended(stack);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, active), 0);
	KUNIT_EXPECT_FALSE(test, stack->lower->queue.busy);
}

/* -- Races -- */

struct opener {
	struct stack *stack;
	int surprise;			/* what nobody should be told */
};

static int opener_thread(void *data)
{
	struct opener *user = data;
	struct dmf_file *file;
	int ret;

	while (!kthread_should_stop()) {
		file = dmf_file_open_top(user->stack->lower);
		if (IS_ERR(file)) {
			user->surprise = PTR_ERR(file);
			continue;
		}
		ret = dmf_kunit_ioctl(file, CMD_PEND);
		/* Being stopped interrupts. */
		if (ret && ret != -ENODEV && ret != -ERESTARTSYS)
			user->surprise = ret;
		dmf_file_release(file);
		cond_resched();
	}
	return 0;
}

static int complete_thread(void *data)
{
	while (!kthread_should_stop()) {
		stack_complete_pended(data);
		cond_resched();
	}
	return 0;
}

/* The device stays: an open always succeeds, on the filter or below. */
static void race_users_against_the_filter_coming_and_going(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct dmf_client_ops filter_ops = stack_level_ops(1);
	struct stack *stack = test->priv;
	struct opener user = { .stack = stack };
	struct fake_filter *filter;
	struct task_struct *threads[2];
	int i;

	stack_probe_lower(test, &ops);
	dmf_kunit_run(test, complete_thread, stack);
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i] = kthread_run(opener_thread, &user, "dmf-kunit-user");
		KUNIT_ASSERT_FALSE(test, IS_ERR(threads[i]));
	}
	for (i = 0; i < 30; i++) {
		filter = dmf_kunit_filter_register(test, stack_filterable[0].modname, &filter_ops);
		schedule_timeout_uninterruptible(1);
		dmf_kunit_filter_unregister(filter);
	}
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		kthread_stop(threads[i]);
	KUNIT_EXPECT_EQ(test, user.surprise, 0);
	/* Who completes a request wakes its submitter first. */
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(!dmf_gate_users(&stack->lower->pended_gate)));
}

static struct kunit_case filter_lifecycle_cases[] = {
	KUNIT_CASE(unbinding_the_filter_cancels_what_is_pended_below),
	KUNIT_CASE(unbinding_the_filter_leaves_what_is_pended_by_others),
	KUNIT_CASE(unbinding_the_device_unbinds_the_filter_first),
	KUNIT_CASE(surprise_is_told_from_the_top),
	KUNIT_CASE(unbinding_the_filter_waits_for_a_handler_below),
	KUNIT_CASE(filter_comes_back_with_the_device),
	KUNIT_CASE(device_works_where_the_filter_fails),
	KUNIT_CASE(filter_is_a_child_of_the_device),
	KUNIT_CASE(filter_keeps_the_device_no_more_awake_than_needed),
	KUNIT_CASE(request_that_has_gone_down_does_not_stop_suspend),
	KUNIT_CASE(request_waits_for_the_level_that_sleeps),
	KUNIT_CASE(unbinding_the_filter_ends_a_wait_for_the_device_to_wake),
	KUNIT_CASE(failed_device_ends_what_came_by_the_filter),
	KUNIT_CASE(queued_below_stops_neither_suspend_nor_unbind_of_the_filter),
	KUNIT_CASE(race_users_against_the_filter_coming_and_going),
	{ }
};

static struct kunit_suite filter_lifecycle_suite = {
	.name = "dmf_filter_lifecycle",
	.init = stack_init,
	.test_cases = filter_lifecycle_cases,
};

kunit_test_suite(filter_lifecycle_suite);
