// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of Thread: what it does for its Client.
 */
#include <linux/sched/prio.h>

#include "thread_fixture.h"

/* -- DMF control -- */

static void pre_work_post_in_this_order(struct kunit *test)
{
	struct threads *t = threads_started(test);

	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_STREQ(test, t->log, "<ww>");
	KUNIT_EXPECT_FALSE(test, t->wrong_context);
}

static void pre_and_post_are_optional(struct kunit *test)
{
	struct threads *t = test->priv;

	t->config.pre = NULL;
	t->config.post = NULL;
	threads_started(test);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_STREQ(test, t->log, "w");
}

static void started_and_stopped_repeatedly(struct kunit *test)
{
	struct threads *t = threads_probe(test);
	int i;

	for (i = 1; i <= 50; i++) {
		KUNIT_ASSERT_EQ(test, dmf_thread_start(t->thread), 0);
		if (i % 2) {
			KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
			threads_await(test, &t->ended);
		}
		KUNIT_ASSERT_EQ(test, dmf_thread_stop(t->thread), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->pre_calls), i);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->post_calls), i);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&t->works), 25);
	KUNIT_EXPECT_FALSE(test, t->out_of_order);
}

static void signals_before_the_first_start_are_one_work(struct kunit *test)
{
	struct threads *t = threads_probe(test);
	int i;

	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->works), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), 0);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->works), 1);
}

static void signal_while_stopped_is_kept(struct kunit *test)
{
	struct threads *t = threads_started(test);

	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->works), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), 0);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_STREQ(test, t->log, "<><w>");
}

static void signals_during_work_are_one_more(struct kunit *test)
{
	struct threads *t = threads_started(test);
	int i;

	threads_block(test, t);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->works), 1);
	complete(&t->go_on);
	threads_await(test, &t->ended);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->works), 2);
	KUNIT_EXPECT_FALSE(test, t->overlapped);
}

static int stop_task(void *data)
{
	struct threads *t = data;

	t->done_result = dmf_thread_stop(t->thread);
	complete(&t->done);
	return 0;
}

static void stop_goes_before_work_which_is_kept(struct kunit *test)
{
	struct threads *t = threads_started(test);

	threads_block(test, t);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	dmf_kunit_run(test, stop_task, t);
	threads_await_stop_pending(t);
	complete(&t->go_on);
	threads_await(test, &t->done);
	KUNIT_EXPECT_EQ(test, t->done_result, 0);
	KUNIT_EXPECT_TRUE(test, t->stop_seen);
	KUNIT_EXPECT_STREQ(test, t->log, "<w>");

	KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), 0);
	KUNIT_EXPECT_FALSE(test, dmf_thread_is_stop_pending(t->thread));
	threads_await(test, &t->ended);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_STREQ(test, t->log, "<w><w>");
}

static void stop_waits_for_work_and_post(struct kunit *test)
{
	struct threads *t = threads_started(test);

	threads_block(test, t);
	dmf_kunit_run(test, threads_go_on_when_stopped, t);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->post_calls), 1);
	KUNIT_EXPECT_TRUE(test, dmf_thread_is_stop_pending(t->thread));
}

static void stop_ends_work_that_always_signals(struct kunit *test)
{
	struct threads *t = test->priv;

	t->rearm = true;
	threads_started(test);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	while (atomic_read(&t->works) < 10)
		cond_resched();
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->post_calls), 1);
	KUNIT_EXPECT_FALSE(test, t->overlapped);
}

static void start_of_a_started_thread_is_refused(struct kunit *test)
{
	struct threads *t = threads_started(test);

	KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), -EALREADY);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_STREQ(test, t->log, "<>");
}

static void stop_of_a_stopped_thread_does_nothing(struct kunit *test)
{
	struct threads *t = threads_probe(test);

	KUNIT_EXPECT_FALSE(test, dmf_thread_is_stop_pending(t->thread));
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), 0);
	KUNIT_EXPECT_FALSE(test, dmf_thread_is_stop_pending(t->thread));
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_STREQ(test, t->log, "<>");
}

/* In which: 0 for pre, 1 for work, 2 for post. */
static void stop_inside(struct kunit *test, unsigned int which)
{
	struct threads *t = threads_probe(test);

	t->start_result = 0;
	t->stop_result = 0;
	dmf_kunit_expect_begin(test, "WARNING:.*dmf_thread_stop");
	t->control_inside = which == 0;
	KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), 0);
	if (which == 0) {
		while (!atomic_read(&t->pre_calls))
			cond_resched();
	} else {
		KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
		threads_await(test, &t->ended);
	}
	if (which == 1) {
		t->control_inside = true;
		KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
		threads_await(test, &t->ended);
	}
	t->control_inside = which == 2;
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, t->start_result, -EALREADY);
	KUNIT_EXPECT_EQ(test, t->stop_result, -EDEADLK);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->post_calls), 1);
}

static void stop_inside_pre_is_refused(struct kunit *test)
{
	stop_inside(test, 0);
}

static void stop_inside_work_is_refused(struct kunit *test)
{
	stop_inside(test, 1);
}

static void stop_inside_post_is_refused(struct kunit *test)
{
	stop_inside(test, 2);
}

static void hardirq_signal(void *data)
{
	struct threads *t = data;

	t->done_result = dmf_thread_work_ready(t->thread);
}

static void signal_from_hard_interrupt(struct kunit *test)
{
	struct threads *t = threads_started(test);

	t->done_result = -EINVAL;
	dmf_kunit_in_hardirq(hardirq_signal, t);
	KUNIT_EXPECT_EQ(test, t->done_result, 0);
	threads_await(test, &t->ended);
	dmf_kunit_in_interrupt(hardirq_signal, t);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->works), 2);
}

/* Whatever state work sleeps in, neither signals nor a stop wake it. */
static void wait_inside_work(struct kunit *test, unsigned int state)
{
	struct threads *t = threads_started(test);
	int i;

	t->sleep_state = state;
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	threads_await(test, &t->begun);
	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
		schedule_timeout_uninterruptible(1);
	}
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, t->sleep_left, 0);
}

static void wait_inside_work_is_not_disturbed(struct kunit *test)
{
	wait_inside_work(test, TASK_UNINTERRUPTIBLE);
}

static void sleep_inside_work_is_not_disturbed(struct kunit *test)
{
	wait_inside_work(test, TASK_INTERRUPTIBLE);
}

/* -- Client control -- */

static void each_start_runs_the_function_once(struct kunit *test)
{
	struct threads *t = test->priv;
	int i;

	threads_client_control(t);
	threads_probe(test);
	for (i = 1; i <= 20; i++) {
		t->until_stop = i % 2;
		KUNIT_ASSERT_EQ(test, dmf_thread_start(t->thread), 0);
		threads_await(test, &t->begun);
		KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), -EALREADY);
		KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->functions), i);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
	}
}

static void function_that_has_returned_is_started_until_stopped(struct kunit *test)
{
	struct threads *t = test->priv;

	threads_client_control(t);
	threads_started(test);
	threads_await(test, &t->ended);
	schedule_timeout_uninterruptible(2);
	KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), -EALREADY);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->functions), 2);
}

static void function_is_told_of_close(struct kunit *test)
{
	struct threads *t = test->priv;

	threads_client_control(t);
	t->until_stop = true;
	threads_started(test);
	threads_await(test, &t->begun);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->functions), 1);
}

static void function_cannot_be_signalled(struct kunit *test)
{
	struct threads *t = test->priv;

	threads_client_control(t);
	threads_started(test);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), -EOPNOTSUPP);
}

/* -- Name, priority, Config -- */

static void name_is_that_of_the_instance(struct kunit *test)
{
	struct threads *t = threads_started(test);

	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_STREQ(test, t->comm, "instance");
	KUNIT_EXPECT_EQ(test, t->nice, 0);
	KUNIT_EXPECT_EQ(test, t->policy, SCHED_NORMAL);
}

static void name_and_nice_value_are_visible(struct kunit *test)
{
	struct threads *t = test->priv;

	t->config.task.name = "a-name-longer-than-comm";
	t->config.task.nice = -7;
	threads_started(test);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_STREQ(test, t->comm, "a-name-longer-t");
	KUNIT_EXPECT_EQ(test, t->nice, -7);
	KUNIT_EXPECT_EQ(test, t->policy, SCHED_NORMAL);
}

static void real_time_priorities(struct kunit *test)
{
	struct threads *t = test->priv;

	t->config.task.priority = DMF_THREAD_PRIORITY_FIFO;
	threads_started(test);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_EQ(test, t->policy, SCHED_FIFO);
	KUNIT_EXPECT_EQ(test, t->rt_priority, MAX_RT_PRIO / 2);
	dmf_kunit_remove(test, t->ddev);

	t->config.task.priority = DMF_THREAD_PRIORITY_FIFO_LOW;
	threads_started(test);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_EQ(test, t->policy, SCHED_FIFO);
	KUNIT_EXPECT_EQ(test, t->rt_priority, 1);
}

static void threads_expect_refused(struct kunit *test, const struct dmf_thread_config *config)
{
	struct threads *t = test->priv;

	t->config = *config;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &threads_ops)), -EINVAL);
}

static void bad_configs_are_refused(struct kunit *test)
{
	static const struct dmf_thread_config configs[] = {
		{ },
		{ .pre = threads_pre, .post = threads_post },
		{ .work = threads_work, .function = threads_function },
		{ .work = threads_work, .control_type = 2 },
		{ .control_type = DMF_THREAD_CONTROL_TYPE_CLIENT_CONTROL },
		{ .control_type = DMF_THREAD_CONTROL_TYPE_CLIENT_CONTROL,
		  .function = threads_function, .work = threads_work },
		{ .control_type = DMF_THREAD_CONTROL_TYPE_CLIENT_CONTROL,
		  .function = threads_function, .pre = threads_pre },
		{ .control_type = DMF_THREAD_CONTROL_TYPE_CLIENT_CONTROL,
		  .function = threads_function, .post = threads_post },
		{ .work = threads_work, .task = { .nice = 20 } },
		{ .work = threads_work, .task = { .nice = -21 } },
		{ .work = threads_work, .task = { .priority = 3 } },
		{ .work = threads_work,
		  .task = { .priority = DMF_THREAD_PRIORITY_FIFO, .nice = 1 } },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(configs); i++)
		threads_expect_refused(test, &configs[i]);
}

static struct kunit_case thread_cases[] = {
	KUNIT_CASE(pre_work_post_in_this_order),
	KUNIT_CASE(pre_and_post_are_optional),
	KUNIT_CASE(started_and_stopped_repeatedly),
	KUNIT_CASE(signals_before_the_first_start_are_one_work),
	KUNIT_CASE(signal_while_stopped_is_kept),
	KUNIT_CASE(signals_during_work_are_one_more),
	KUNIT_CASE(stop_goes_before_work_which_is_kept),
	KUNIT_CASE(stop_waits_for_work_and_post),
	KUNIT_CASE(stop_ends_work_that_always_signals),
	KUNIT_CASE(start_of_a_started_thread_is_refused),
	KUNIT_CASE(stop_of_a_stopped_thread_does_nothing),
	KUNIT_CASE(stop_inside_pre_is_refused),
	KUNIT_CASE(stop_inside_work_is_refused),
	KUNIT_CASE(stop_inside_post_is_refused),
	KUNIT_CASE(signal_from_hard_interrupt),
	KUNIT_CASE(wait_inside_work_is_not_disturbed),
	KUNIT_CASE(sleep_inside_work_is_not_disturbed),
	KUNIT_CASE(each_start_runs_the_function_once),
	KUNIT_CASE(function_that_has_returned_is_started_until_stopped),
	KUNIT_CASE(function_is_told_of_close),
	KUNIT_CASE(function_cannot_be_signalled),
	KUNIT_CASE(name_is_that_of_the_instance),
	KUNIT_CASE(name_and_nice_value_are_visible),
	KUNIT_CASE(real_time_priorities),
	KUNIT_CASE(bad_configs_are_refused),
	{ }
};

static struct kunit_suite thread_suite = {
	.name = "dmf_thread",
	.init = threads_init,
	.test_cases = thread_cases,
};

kunit_test_suite(thread_suite);
