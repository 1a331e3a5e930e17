// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of ScheduledTask: calls, results, cancel and restart. The events of the device
 * and the file are in scheduled_task_event_kunit.c.
 */
#include <linux/delay.h>

#include "scheduled_task_fixture.h"
#include "trace_fixture.h"

static void expect_runs(struct kunit *test, struct tasks *t, int runs)
{
	tasks_settle(test, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), runs);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "runs"), runs);
	KUNIT_EXPECT_FALSE(test, t->overlapped);
	KUNIT_EXPECT_FALSE(test, t->wrong_context);
}

/* Long enough for a timer of no time, had it been started. */
static void expect_no_run(struct kunit *test, struct tasks *t)
{
	int runs = atomic_read(&t->runs);

	KUNIT_EXPECT_EQ(test, tasks_shown(t, "timer"), 0);
	schedule_timeout_uninterruptible(HZ / 50);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), runs);
}

static int execute_now_thread(void *data)
{
	struct tasks *t = data;

	t->result = dmf_scheduled_task_execute_now(t->task, NULL, NULL);
	complete(&t->returned);
	return 0;
}

static int cancel_thread(void *data)
{
	struct tasks *t = data;

	t->result = dmf_scheduled_task_cancel(t->task);
	complete(&t->returned);
	return 0;
}

static void expect_waits(struct kunit *test, struct tasks *t)
{
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&t->returned, HZ / 20));
}

static void expect_returned(struct kunit *test, struct tasks *t, int result)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&t->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, t->result, result);
}

/* -- execute_now ----------------------------------------------------------- */

static void execute_now_runs_in_the_callers_context(struct kunit *test)
{
	enum dmf_scheduled_task_result result = SUCCESS;
	struct tasks *t = tasks_probe(test);

	t->last = FAIL;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, test, &result), 0);
	KUNIT_EXPECT_EQ(test, result, FAIL);
	KUNIT_EXPECT_PTR_EQ(test, t->ran_in, current);
	KUNIT_EXPECT_PTR_EQ(test, t->context, (void *)test);
	KUNIT_EXPECT_EQ(test, t->previous, DMF_POWER_D0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, NULL, NULL), 0);
	KUNIT_EXPECT_NULL(test, t->context);
	expect_runs(test, t, 2);
}

static void execute_now_has_no_consequence(struct kunit *test)
{
	enum dmf_scheduled_task_result result;
	struct tasks *t = tasks_probe(test);
	unsigned int times_run;

	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, &result), 0);
	KUNIT_EXPECT_EQ(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_get(t->task, &times_run), 0);
	KUNIT_EXPECT_EQ(test, times_run, 0);
	t->last = OK_TRY_AGAIN;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, &result), 0);
	t->last = FAIL_TRY_AGAIN;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, &result), 0);
	KUNIT_EXPECT_EQ(test, result, FAIL_TRY_AGAIN);
	expect_no_run(test, t);
	expect_runs(test, t, 3);
}

static void execute_now_runs_after_success(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	expect_runs(test, t, 1);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, NULL), 0);
	expect_runs(test, t, 2);
}

static void execute_now_waits_its_turn(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	tasks_block(test, t);
	dmf_kunit_run(test, execute_now_thread, t);
	expect_waits(test, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	complete(&t->go_on);
	expect_returned(test, t, 0);
	expect_runs(test, t, 2);
}

static void concurrent_runs_overlap_when_asked_for(struct kunit *test)
{
	struct tasks *t = test->priv;

	t->config.concurrent = true;
	tasks_probe(test);
	tasks_block(test, t);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	KUNIT_EXPECT_TRUE(test, t->overlapped);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 2);
	complete(&t->go_on);
	tasks_settle(test, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 3);
}

/* -- Deferred calls -------------------------------------------------------- */

static void each_deferred_call_is_one_run(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);
	int i;

	tasks_block(test, t);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, test), 0);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "calls"), 10);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "calls_max"), 10);
	complete(&t->go_on);
	expect_runs(test, t, 11);
	KUNIT_EXPECT_PTR_EQ(test, t->context, (void *)test);
	KUNIT_EXPECT_PTR_NE(test, t->ran_in, current);
	KUNIT_EXPECT_EQ(test, t->previous, DMF_POWER_D0);
}

static void calls_that_wait_have_one_context(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	tasks_block(test, t);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, test), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), -EBUSY);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, test), 0);
	complete(&t->go_on);
	expect_runs(test, t, 3);
	KUNIT_EXPECT_PTR_EQ(test, t->context, (void *)test);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	expect_runs(test, t, 4);
	KUNIT_EXPECT_PTR_EQ(test, t->context, (void *)t);
}

static int call_again_for_ever(struct tasks *t)
{
	return t->context == t ? dmf_scheduled_task_execute_now_deferred(t->task, t) : 0;
}

static void calls_of_one_kind_do_not_keep_the_other_waiting(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	t->within = call_again_for_ever;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	KUNIT_EXPECT_TRUE(test, tasks_wait_shown(t, "times_run", 1));
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), 0);
	KUNIT_EXPECT_FALSE(test, t->overlapped);
}

static void result_of_a_call_with_context_is_ignored(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	expect_runs(test, t, 1);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	expect_runs(test, t, 2);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "times_run"), 0);
	t->last = OK_TRY_AGAIN;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	expect_runs(test, t, 3);
	expect_no_run(test, t);
}

static void interrupt_calls(void *data)
{
	struct tasks *t = data;

	t->result = dmf_scheduled_task_execute_now_deferred(t->task, t) ?:
		    dmf_scheduled_task_execute_now_deferred_ex(t->task);
}

static void deferred_calls_from_an_interrupt_handler(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	t->result = -EIO;
	dmf_kunit_in_interrupt(interrupt_calls, t);
	KUNIT_EXPECT_EQ(test, t->result, 0);
	expect_runs(test, t, 2);
}

static int call_again(struct tasks *t)
{
	if (atomic_read(&t->runs) == 5)
		return 0;
	return dmf_scheduled_task_execute_now_deferred(t->task, t);
}

static void callback_calls_itself(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	t->within = call_again;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	while (atomic_read(&t->runs) < 5)
		KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	expect_runs(test, t, 5);
}

/* -- Results --------------------------------------------------------------- */

static void success_is_for_good(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	expect_runs(test, t, 1);
	KUNIT_EXPECT_PTR_EQ(test, t->context, t->config.callback_context);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, NULL), 0);
	expect_runs(test, t, 1);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "times_run"), 1);
}

static void call_without_context_minds_the_result(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, NULL), 0);
	expect_runs(test, t, 1);
	KUNIT_EXPECT_PTR_EQ(test, t->context, t->config.callback_context);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, NULL), 0);
	expect_runs(test, t, 1);
}

static void failure_may_run_again(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	t->tries = 3;
	t->first = FAIL;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	expect_runs(test, t, 1);
	expect_no_run(test, t);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	expect_runs(test, t, 2);
}

/* The other period is for ever: taken for this one, nothing would run. */
static void tries_again(struct kunit *test, enum dmf_scheduled_task_result result)
{
	struct tasks *t = test->priv;
	int i;

	t->tries = 4;
	t->first = result;
	t->config.timer_period_ms_on_fail = result == FAIL_TRY_AGAIN ? 20 : FOR_EVER;
	t->config.timer_period_ms_on_success = result == FAIL_TRY_AGAIN ? FOR_EVER : 20;
	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	for (i = 0; i < 5; i++)
		KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	KUNIT_EXPECT_GE(test, t->ran_at - t->first_ran_at, 4 * msecs_to_jiffies(20));
	KUNIT_EXPECT_PTR_EQ(test, t->context, t->config.callback_context);
	expect_runs(test, t, 5);
	expect_no_run(test, t);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "times_run"), 1);
}

static void failure_is_tried_again_until_success(struct kunit *test)
{
	tries_again(test, FAIL_TRY_AGAIN);
}

static void success_is_tried_again_until_it_is_enough(struct kunit *test)
{
	tries_again(test, OK_TRY_AGAIN);
}

static void times_run_decides_whether_it_runs(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);
	unsigned int times_run = 7;

	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_get(t->task, &times_run), 0);
	KUNIT_EXPECT_EQ(test, times_run, 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_set(t->task, 3), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	expect_runs(test, t, 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_get(t->task, &times_run), 0);
	KUNIT_EXPECT_EQ(test, times_run, 3);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_set(t->task, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	expect_runs(test, t, 1);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_get(t->task, &times_run), 0);
	KUNIT_EXPECT_EQ(test, times_run, 1);
}

/* -- Cancel and restart ---------------------------------------------------- */

static void cancel_waits_for_the_run_and_drops_calls(struct kunit *test)
{
	static const char *const lines[] = { "cancel tested_task", NULL };
	struct traces *traces = kunit_kzalloc(test, sizeof(*traces), GFP_KERNEL);
	struct tasks *t = tasks_probe(test);

	KUNIT_ASSERT_NOT_NULL(test, traces);
	traces_on(test, traces, "task_cancel");
	tasks_block(test, t);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	dmf_kunit_run(test, cancel_thread, t);
	KUNIT_ASSERT_TRUE(test, tasks_wait_halting(t));
	expect_waits(test, t);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "calls"), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), -ECANCELED);
	complete(&t->go_on);
	expect_returned(test, t, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
	expect_runs(test, t, 1);
	traces_expect(test, traces, lines);
}

static void cancel_waits_for_execute_now(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	t->wait = true;
	dmf_kunit_run(test, execute_now_thread, t);
	KUNIT_ASSERT_TRUE(test, tasks_wait_started(t));
	WRITE_ONCE(t->wait, false);
	reinit_completion(&t->returned);
	dmf_kunit_run(test, cancel_thread, t);
	expect_waits(test, t);
	complete(&t->go_on);
	expect_returned(test, t, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
}

static void cancelled_task_refuses_until_restart(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, NULL), -ECANCELED);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), -ECANCELED);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), -ECANCELED);
	expect_runs(test, t, 0);

	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_restart(t->task), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_restart(t->task), 0);
	expect_runs(test, t, 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	expect_runs(test, t, 3);
}

static void cancel_stops_the_timer(struct kunit *test)
{
	struct tasks *t = test->priv;
	int runs;

	t->last = OK_TRY_AGAIN;
	t->config.timer_period_ms_on_success = 20;
	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	KUNIT_ASSERT_TRUE(test, tasks_wait_shown(t, "timer", 1));
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), 0);
	runs = atomic_read(&t->runs);
	schedule_timeout_uninterruptible(HZ / 20);
	expect_no_run(test, t);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_restart(t->task), 0);
	expect_no_run(test, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), runs);
}

/* The run is over when cancel returns; what it came to starts nothing. */
static void run_that_ends_after_cancel_is_not_tried_again(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	t->last = FAIL_TRY_AGAIN;
	t->wait = true;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	KUNIT_ASSERT_TRUE(test, tasks_wait_started(t));
	dmf_kunit_run(test, cancel_thread, t);
	KUNIT_ASSERT_TRUE(test, tasks_wait_halting(t));
	expect_waits(test, t);
	WRITE_ONCE(t->wait, false);
	complete(&t->go_on);
	expect_returned(test, t, 0);
	expect_no_run(test, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
}

static void cancel_refuses_execute_now_that_waits_its_turn(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	tasks_block(test, t);
	dmf_kunit_run(test, execute_now_thread, t);
	expect_waits(test, t);
	dmf_kunit_run(test, cancel_thread, t);
	KUNIT_ASSERT_TRUE(test, tasks_wait_halting(t));
	complete(&t->go_on);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&t->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&t->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
}

static void cancel_ends_a_callback_that_always_calls_itself(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	t->within = call_again;
	atomic_set(&t->runs, 5);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), 0);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "calls"), 0);
	expect_no_run(test, t);
}

/* -- What the callback may not do ------------------------------------------ */

static int cancel_within(struct tasks *t)
{
	return dmf_scheduled_task_cancel(t->task);
}

static int restart_within(struct tasks *t)
{
	return dmf_scheduled_task_restart(t->task);
}

static int execute_now_within(struct tasks *t)
{
	t->within = NULL;
	return dmf_scheduled_task_execute_now(t->task, NULL, NULL);
}

static void expect_refused_within(struct kunit *test, int (*within)(struct tasks *t))
{
	struct tasks *t = tasks_probe(test);

	t->within = within;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	KUNIT_EXPECT_EQ(test, t->within_result, -EDEADLK);
	tasks_settle(test, t);

	t->within = within;
	t->within_result = 0;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, NULL), 0);
	KUNIT_EXPECT_EQ(test, t->within_result, -EDEADLK);
	expect_runs(test, t, 2);
}

static void cancel_from_the_callback_is_refused(struct kunit *test)
{
	dmf_kunit_expect_begin(test, "WARNING:.*scheduled_task_begin_control");
	expect_refused_within(test, cancel_within);
	dmf_kunit_expect_end(test);
}

static void restart_from_the_callback_is_refused(struct kunit *test)
{
	dmf_kunit_expect_begin(test, "WARNING:.*scheduled_task_begin_control");
	expect_refused_within(test, restart_within);
	dmf_kunit_expect_end(test);
}

static void execute_now_from_the_callback_is_refused(struct kunit *test)
{
	dmf_kunit_expect_begin(test, "WARNING:.*dmf_scheduled_task_execute_now");
	expect_refused_within(test, execute_now_within);
	dmf_kunit_expect_end(test);
}

static void concurrent_callback_may_execute_now(struct kunit *test)
{
	struct tasks *t = test->priv;

	t->config.concurrent = true;
	tasks_probe(test);
	t->within = execute_now_within;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, NULL), 0);
	KUNIT_EXPECT_EQ(test, t->within_result, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 2);
}

static enum dmf_scheduled_task_result nothing_to_do(struct dmf_scheduled_task *task,
						    void *context, enum dmf_power previous)
{
	return FAIL;
}

static int cancel_other_within(struct tasks *t)
{
	return dmf_scheduled_task_execute_now(t->other, NULL, NULL) ?:
	       dmf_scheduled_task_cancel(t->other) ?: dmf_scheduled_task_restart(t->other);
}

static void callback_of_one_may_cancel_another(struct kunit *test)
{
	const struct dmf_scheduled_task_config config = { .callback = nothing_to_do };
	struct tasks *t = tasks_probe(test);

	KUNIT_ASSERT_EQ(test, dmf_scheduled_task_create(t->ddev, NULL, &config, NULL, &t->other),
			0);
	t->within = cancel_other_within;
	t->within_result = -EIO;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	expect_runs(test, t, 1);
	KUNIT_EXPECT_EQ(test, t->within_result, 0);
	t->within_result = -EIO;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, NULL), 0);
	KUNIT_EXPECT_EQ(test, t->within_result, 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), 0);
}

/* -- Life ------------------------------------------------------------------ */

static int close_thread(void *data)
{
	struct tasks *t = data;

	dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	t->result = 0;
	complete(&t->returned);
	return 0;
}

static void close_waits_for_the_run_and_drops_calls(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);
	unsigned int times_run;

	t->tries = 1;
	t->first = FAIL;
	tasks_block(test, t);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	dmf_kunit_run(test, close_thread, t);
	KUNIT_ASSERT_TRUE(test, tasks_wait_halting(t));
	expect_waits(test, t);
	complete(&t->go_on);
	expect_returned(test, t, 0);
	expect_runs(test, t, 1);

	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, NULL), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_restart(t->task), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_get(t->task, &times_run), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_set(t->task, 1), -ENODEV);
}

static void opened_again_it_is_not_cancelled_but_remembers_success(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	expect_runs(test, t, 1);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), 0);
	dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_ASSERT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	expect_runs(test, t, 1);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	expect_runs(test, t, 2);
}

static void only_a_task_without_event_can_be_dynamic(struct kunit *test)
{
	struct dmf_scheduled_task_config config = { .callback = nothing_to_do };
	enum dmf_scheduled_task_result result = SUCCESS;
	struct tasks *t = tasks_probe(test);

	KUNIT_ASSERT_EQ(test, dmf_scheduled_task_create(t->ddev, NULL, &config, NULL, &t->other),
			0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->other, NULL, &result), 0);
	KUNIT_EXPECT_EQ(test, result, FAIL);
	dmf_scheduled_task_destroy(t->other);

	config.execute_when = AT_HARDWARE;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_create(t->ddev, NULL, &config, NULL, &t->other),
			-EINVAL);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("scheduled_task: cannot be dynamic: has a prep"));
	config.execute_when = AT_D0_ENTRY;
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_create(t->ddev, NULL, &config, NULL, &t->other),
			-EINVAL);
}

static void bad_configs_are_refused(struct kunit *test)
{
	static const struct dmf_scheduled_task_config configs[] = {
		{ },
		{ .callback = nothing_to_do, .execution_mode = DEFERRED + 1 },
		{ .callback = nothing_to_do, .execute_when = AT_D0_ENTRY + 1 },
		{ .callback = nothing_to_do, .persistence_type = PERSISTENT + 1 },
		{ .callback = nothing_to_do, .persistence_type = PERSISTENT },
		{ .callback = nothing_to_do, .persistence_type = PERSISTENT,
		  .times_run_path = "relative/path" },
		{ .callback = nothing_to_do, .times_run_path = "/absolute/path" },
	};
	struct tasks *t = tasks_probe(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(configs); i++)
		KUNIT_EXPECT_EQ_MSG(test, dmf_scheduled_task_create(t->ddev, NULL, &configs[i],
								    NULL, &t->other),
				    -EINVAL, "%d", i);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("scheduled_task: Config has no callback"));
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_create(t->ddev, NULL, NULL, NULL, &t->other),
			-EINVAL);
}

/* -- Memory ---------------------------------------------------------------- */

static int create_and_destroy(struct kunit *test, void *data)
{
	const struct dmf_scheduled_task_config config = {
		.callback = nothing_to_do,
		.persistence_type = PERSISTENT,
		.times_run_path = "/tmp/copied",
	};
	struct tasks *t = data;
	int ret;

	ret = dmf_scheduled_task_create(t->ddev, NULL, &config, NULL, &t->other);
	if (!ret)
		dmf_scheduled_task_destroy(t->other);
	return ret;
}

/* Two Modules, a Config, the path, and what undoes the lock classes of each. */
static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_nth(test, create_and_destroy, tasks_probe(test),
			   IS_ENABLED(CONFIG_LOCKDEP) ? 6 : 4);
}

static struct kunit_case scheduled_task_cases[] = {
	KUNIT_CASE(execute_now_runs_in_the_callers_context),
	KUNIT_CASE(execute_now_has_no_consequence),
	KUNIT_CASE(execute_now_runs_after_success),
	KUNIT_CASE(execute_now_waits_its_turn),
	KUNIT_CASE(concurrent_runs_overlap_when_asked_for),
	KUNIT_CASE(each_deferred_call_is_one_run),
	KUNIT_CASE(calls_that_wait_have_one_context),
	KUNIT_CASE(calls_of_one_kind_do_not_keep_the_other_waiting),
	KUNIT_CASE(result_of_a_call_with_context_is_ignored),
	KUNIT_CASE(deferred_calls_from_an_interrupt_handler),
	KUNIT_CASE(callback_calls_itself),
	KUNIT_CASE(success_is_for_good),
	KUNIT_CASE(call_without_context_minds_the_result),
	KUNIT_CASE(failure_may_run_again),
	KUNIT_CASE(failure_is_tried_again_until_success),
	KUNIT_CASE(success_is_tried_again_until_it_is_enough),
	KUNIT_CASE(times_run_decides_whether_it_runs),
	KUNIT_CASE(cancel_waits_for_the_run_and_drops_calls),
	KUNIT_CASE(cancel_waits_for_execute_now),
	KUNIT_CASE(cancelled_task_refuses_until_restart),
	KUNIT_CASE(cancel_stops_the_timer),
	KUNIT_CASE(run_that_ends_after_cancel_is_not_tried_again),
	KUNIT_CASE(cancel_refuses_execute_now_that_waits_its_turn),
	KUNIT_CASE(cancel_ends_a_callback_that_always_calls_itself),
	KUNIT_CASE(cancel_from_the_callback_is_refused),
	KUNIT_CASE(restart_from_the_callback_is_refused),
	KUNIT_CASE(execute_now_from_the_callback_is_refused),
	KUNIT_CASE(concurrent_callback_may_execute_now),
	KUNIT_CASE(callback_of_one_may_cancel_another),
	KUNIT_CASE(close_waits_for_the_run_and_drops_calls),
	KUNIT_CASE(opened_again_it_is_not_cancelled_but_remembers_success),
	KUNIT_CASE(only_a_task_without_event_can_be_dynamic),
	KUNIT_CASE(bad_configs_are_refused),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite scheduled_task_suite = {
	.name = "dmf_scheduled_task",
	.init = tasks_init,
	.test_cases = scheduled_task_cases,
};

kunit_test_suite(scheduled_task_suite);
