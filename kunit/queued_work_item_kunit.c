// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of QueuedWorkItem: items that are run, and waited for. What ends without a
 * run is in queued_work_item_race_kunit.c.
 */
#include <linux/align.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "dmf_kunit.h"
#include "queued_work_item_fixture.h"

/* -- Enqueue ------------------------------------------------------------------- */

static void enqueue_runs_callback_in_process_context(struct kunit *test)
{
	struct calls *calls = calls_up(test);

	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 7, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 1);
	KUNIT_EXPECT_EQ(test, calls->call.number, 7);
	KUNIT_EXPECT_FALSE(test, calls->wrong_context);
	KUNIT_EXPECT_NOT_NULL(test, calls->context);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)calls->buffer, ARCH_KMALLOC_MINALIGN));
}

static void items_run_once_in_order(struct kunit *test)
{
	struct calls *calls = calls_up(test);
	int i;

	calls_block(test, calls);
	for (i = 1; i < CALLS_BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, calls_enqueue(calls, i, 0), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 1);
	calls_unblock_and_flush(test, calls);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), CALLS_BUFFERS);
	for (i = 1; i < CALLS_BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, calls->numbers[i], i);
	KUNIT_EXPECT_FALSE(test, calls->overlapped);
}

static void parameters_are_copied(struct kunit *test)
{
	struct call call = { .racer = RACERS, .number = 1, .status = 1234 };
	struct calls *calls = calls_up(test);

	calls_block(test, calls);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue(calls->item, &call, sizeof(call)), 0);
	memset(&call, 0xff, sizeof(call));
	calls_unblock_and_flush(test, calls);
	KUNIT_EXPECT_EQ(test, calls->call.number, 1);
	KUNIT_EXPECT_EQ(test, calls->call.status, 1234);
	KUNIT_EXPECT_EQ(test, calls->size, sizeof(call));
}

/* Also after the same buffer has been full. */
static void what_is_not_given_is_zero(struct kunit *test)
{
	struct call call = { .racer = RACERS, .number = 1, .status = 1234 };
	struct calls *calls = test->priv;

	calls->config.buffer_queue_config.source.buffer_count = 1;
	calls_up(test);
	dmf_queued_work_item_enqueue(calls->item, &call, sizeof(call));
	dmf_queued_work_item_flush(calls->item);
	KUNIT_EXPECT_EQ(test, calls->call.status, 1234);

	call.number = 2;
	dmf_queued_work_item_enqueue(calls->item, &call, offsetof(struct call, status));
	dmf_queued_work_item_flush(calls->item);
	KUNIT_EXPECT_EQ(test, calls->call.number, 2);
	KUNIT_EXPECT_EQ(test, calls->call.status, 0);
	KUNIT_EXPECT_EQ(test, calls->size, offsetof(struct call, status));
}

static void parameters_may_be_left_out(struct kunit *test)
{
	struct calls *calls = calls_up(test);

	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue(calls->item, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 1);
	KUNIT_EXPECT_EQ(test, calls->size, 0);
}

static void bad_parameters_are_refused_without_loss(struct kunit *test)
{
	struct call calls_of_two[2] = { };
	struct calls *calls = calls_up(test);
	int i;

	for (i = 0; i <= CALLS_BUFFERS; i++) {
		KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue(calls->item, NULL, 1), -EINVAL);
		KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue(calls->item, calls_of_two,
								   sizeof(struct call) + 1),
				-EMSGSIZE);
		KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue_and_wait(calls->item,
									    calls_of_two, SIZE_MAX),
				-EMSGSIZE);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->cleaned), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 0);
	calls_expect_buffers(test, calls, CALLS_BUFFERS);
}

static void empty_pool_refuses_until_an_item_has_run(struct kunit *test)
{
	struct calls *calls = calls_up(test);

	calls_expect_buffers(test, calls, CALLS_BUFFERS);
	calls_expect_buffers(test, calls, CALLS_BUFFERS);
}

static void look_aside_goes_on(struct kunit *test)
{
	struct calls *calls = test->priv;
	int i;

	calls->config.buffer_queue_config.source.enable_look_aside = true;
	calls_up(test);
	calls_block(test, calls);
	for (i = 1; i < 3 * CALLS_BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, calls_enqueue(calls, i, 0), 0);
	calls_unblock_and_flush(test, calls);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 3 * CALLS_BUFFERS);
	KUNIT_EXPECT_FALSE(test, calls->disordered);
}

static void enqueue_in_interrupt(void *data)
{
	struct calls *calls = data;

	calls->other_result = calls_enqueue(calls, 5, 0);
}

static void enqueue_from_an_interrupt(struct kunit *test)
{
	struct calls *calls = calls_up(test);

	calls->other_result = -EIO;
	dmf_kunit_in_interrupt(enqueue_in_interrupt, calls);
	KUNIT_EXPECT_EQ(test, calls->other_result, 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_EQ(test, calls->call.number, 5);
	KUNIT_EXPECT_FALSE(test, calls->wrong_context);
}

static void overrun_of_parameters_is_reported(struct kunit *test)
{
	const struct call call = { .racer = RACERS, .flags = CALL_OVERRUN | CALL_STATUS,
				   .status = 3 };
	struct calls *calls = calls_up(test);

	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue_and_wait(calls->item, &call,
								    sizeof(call)), 3);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("fault=overrun"));
	calls_expect_buffers(test, calls, CALLS_BUFFERS - 1);
}

/* -- Wait ---------------------------------------------------------------------- */

/* With one buffer: it is back when the waiter is. */
static void wait_returns_the_status(struct kunit *test)
{
	struct call call = { .racer = RACERS, .flags = CALL_STATUS };
	struct calls *calls = test->priv;
	int i;

	calls->config.buffer_queue_config.source.buffer_count = 1;
	calls_up(test);
	for (i = 1; i <= 300; i++) {
		call.number = i;
		call.status = -i;
		KUNIT_ASSERT_EQ(test, dmf_queued_work_item_enqueue_and_wait(calls->item, &call,
									    sizeof(call)), -i);
		KUNIT_ASSERT_EQ(test, calls->call.number, i);
	}
	call.flags = 0;
	call.number = 0;
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue_and_wait_interruptible(calls->item,
										  &call,
										  sizeof(call)),
			0);
}

static void status_of_a_plain_enqueue_has_no_effect(struct kunit *test)
{
	struct calls *calls = test->priv;

	calls->config.buffer_queue_config.source.buffer_count = 1;
	calls_up(test);
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 1, CALL_STATUS), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue_and_wait(calls->item, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 2);
}

static void methods_that_wait_are_refused_inside_the_callback(struct kunit *test)
{
	struct calls *calls = calls_up(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(calls->results); i++)
		calls->results[i] = -EIO;
	dmf_kunit_expect_begin(test, "WARNING:.*queued_work_item");
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 1, CALL_WAITS), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	dmf_kunit_expect_end(test);
	for (i = 0; i < ARRAY_SIZE(calls->results); i++)
		KUNIT_EXPECT_EQ(test, calls->results[i], -EDEADLK);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 1);
	calls_expect_buffers(test, calls, CALLS_BUFFERS);
}

static void callback_waits_for_another_instance(struct kunit *test)
{
	struct calls *calls = test->priv;

	calls->two_items = true;
	calls_up(test);
	calls->other_result = -EIO;
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 1, CALL_OTHER), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_EQ(test, calls->other_result, 0);
}

static void signal_before_the_begin_withdraws(struct kunit *test)
{
	struct calls *calls = calls_up(test);
	struct waiter *early, *late;

	calls_block(test, calls);
	early = waiter_start(test, 0, true, true);
	KUNIT_EXPECT_EQ(test, waiter_result(test, early), -ERESTARTSYS);
	late = waiter_start(test, 0, true, false);
	waiter_sleeps(late, TASK_INTERRUPTIBLE);
	send_sig(SIGINT, late->task, 1);
	KUNIT_EXPECT_EQ(test, waiter_result(test, late), -ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->dropped), 2);
	calls_unblock_and_flush(test, calls);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 1);
	calls_expect_buffers(test, calls, CALLS_BUFFERS);
}

static void signal_withdraws_nobody_else(struct kunit *test)
{
	struct calls *calls = calls_up(test);

	calls_block(test, calls);
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 5, 0), 0);
	KUNIT_EXPECT_EQ(test, waiter_result(test, waiter_start(test, 0, true, true)),
			-ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 6, 0), 0);
	calls_unblock_and_flush(test, calls);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 3);
	KUNIT_EXPECT_EQ(test, calls->numbers[1], 5);
	KUNIT_EXPECT_EQ(test, calls->numbers[2], 6);
}

static void signal_after_the_begin_waits_for_the_end(struct kunit *test)
{
	struct calls *calls = calls_up(test);
	struct waiter *waiter = waiter_start(test, CALL_BLOCK | CALL_STATUS, true, false);

	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&calls->started, DMF_KUNIT_TIMEOUT));
	waiter_sleeps(waiter, TASK_INTERRUPTIBLE);
	send_sig(SIGINT, waiter->task, 1);
	waiter_sleeps(waiter, TASK_UNINTERRUPTIBLE);
	KUNIT_EXPECT_FALSE(test, completion_done(&waiter->done));
	complete(&calls->go_on);
	KUNIT_EXPECT_EQ(test, waiter_result(test, waiter), -99);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 1);
}

static void plain_wait_ignores_signals(struct kunit *test)
{
	struct calls *calls = calls_up(test);
	struct waiter *waiter;

	calls_block(test, calls);
	waiter = waiter_start(test, CALL_STATUS, false, true);
	waiter_sleeps(waiter, TASK_UNINTERRUPTIBLE);
	complete(&calls->go_on);
	KUNIT_EXPECT_EQ(test, waiter_result(test, waiter), -99);
}

/* -- Flush ---------------------------------------------------------------------- */

static void flush_without_items_returns(struct kunit *test)
{
	struct calls *calls = calls_up(test);

	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 0);
}

static int let_go_on_later(void *data)
{
	struct calls *calls = data;

	schedule_timeout_uninterruptible(HZ / 20);
	complete(&calls->go_on);
	return 0;
}

static void flush_waits_for_all_items_before_it(struct kunit *test)
{
	struct calls *calls = calls_up(test);
	int i;

	calls_block(test, calls);
	for (i = 1; i < CALLS_BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, calls_enqueue(calls, i, 0), 0);
	dmf_kunit_run(test, let_go_on_later, calls);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), CALLS_BUFFERS);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->inside), 0);
}

/* The callback enqueues for ever. */
static void flush_leaves_what_comes_meanwhile(struct kunit *test)
{
	struct calls *calls = calls_up(test);

	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 1, CALL_AGAIN), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&calls->runs), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&calls->runs), 1);
}

/* -- Instances ------------------------------------------------------------------- */

static void passive_level_instance_works(struct kunit *test)
{
	struct calls *calls = test->priv;

	calls->attributes.passive_level = true;
	calls_up(test);
	calls_expect_buffers(test, calls, CALLS_BUFFERS);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue_and_wait(calls->item, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_cancel(calls->item), 0);
}

/* The run ends when the item behind it has been dropped. */
static int let_go_on_after_drop(void *data)
{
	struct calls *calls = data;

	dmf_kunit_until(atomic_read(&calls->dropped));
	complete(&calls->go_on);
	return 0;
}

static void dynamic_instance_works(struct kunit *test)
{
	static const struct dmf_client_ops no_modules;
	const struct call call = { .racer = RACERS, .flags = CALL_STATUS, .status = -7 };
	struct dmf_device *ddev = dmf_kunit_probe(test, &no_modules);
	struct calls *calls = test->priv;
	struct waiter *waiter;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	KUNIT_ASSERT_EQ(test, dmf_queued_work_item_create(ddev, NULL, &calls->config,
							  &calls->attributes, &calls->item), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue_and_wait(calls->item, &call,
								    sizeof(call)), -7);
	calls_expect_buffers(test, calls, CALLS_BUFFERS);

	calls_block(test, calls);
	waiter = waiter_start(test, 0, false, false);
	waiter_sleeps(waiter, TASK_UNINTERRUPTIBLE);
	dmf_kunit_run(test, let_go_on_after_drop, calls);
	dmf_queued_work_item_destroy(calls->item);
	KUNIT_EXPECT_EQ(test, waiter_result(test, waiter), -ECANCELED);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->inside), 0);
}

static void config_without_function_is_refused(struct kunit *test)
{
	struct calls *calls = test->priv;

	calls->config.function = NULL;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &calls_ops)), -EINVAL);
}

static void config_without_buffers_is_refused(struct kunit *test)
{
	struct calls *calls = test->priv;

	calls->config.buffer_queue_config.source.buffer_count = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &calls_ops)), -EINVAL);
}

/* So large that with the header it is small again. */
static void config_with_huge_parameters_is_refused(struct kunit *test)
{
	struct calls *calls = test->priv;

	calls->config.buffer_queue_config.source.buffer_size = SIZE_MAX - 7;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &calls_ops)), -EINVAL);
}

/*
 * The Module, its child and the two pools are a Module and a Config each; one more
 * for the undo list, and the buffers.
 */
static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &calls_ops, CALLS_BUFFERS + 8);
}

static struct kunit_case queued_work_item_cases[] = {
	KUNIT_CASE(enqueue_runs_callback_in_process_context),
	KUNIT_CASE(items_run_once_in_order),
	KUNIT_CASE(parameters_are_copied),
	KUNIT_CASE(what_is_not_given_is_zero),
	KUNIT_CASE(parameters_may_be_left_out),
	KUNIT_CASE(bad_parameters_are_refused_without_loss),
	KUNIT_CASE(empty_pool_refuses_until_an_item_has_run),
	KUNIT_CASE(look_aside_goes_on),
	KUNIT_CASE(enqueue_from_an_interrupt),
	KUNIT_CASE(overrun_of_parameters_is_reported),
	KUNIT_CASE(wait_returns_the_status),
	KUNIT_CASE(status_of_a_plain_enqueue_has_no_effect),
	KUNIT_CASE(methods_that_wait_are_refused_inside_the_callback),
	KUNIT_CASE(callback_waits_for_another_instance),
	KUNIT_CASE(signal_before_the_begin_withdraws),
	KUNIT_CASE(signal_withdraws_nobody_else),
	KUNIT_CASE(signal_after_the_begin_waits_for_the_end),
	KUNIT_CASE(plain_wait_ignores_signals),
	KUNIT_CASE(flush_without_items_returns),
	KUNIT_CASE(flush_waits_for_all_items_before_it),
	KUNIT_CASE(flush_leaves_what_comes_meanwhile),
	KUNIT_CASE(passive_level_instance_works),
	KUNIT_CASE(dynamic_instance_works),
	KUNIT_CASE(config_without_function_is_refused),
	KUNIT_CASE(config_without_buffers_is_refused),
	KUNIT_CASE(config_with_huge_parameters_is_refused),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite queued_work_item_suite = {
	.name = "dmf_queued_work_item",
	.init = calls_init,
	.test_cases = queued_work_item_cases,
};

kunit_test_suite(queued_work_item_suite);
