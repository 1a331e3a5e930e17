// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of Thread: sleep of the system, close, and many at a time.
 */
#include <linux/delay.h>
#include <linux/kthread.h>

#include "../dmf/internal.h"
#include "thread_fixture.h"

/* -- Suspend -- */

static int sleep_down(struct dmf_device *ddev, enum dmf_power target)
{
	struct threads *t = dmf_kunit_priv(ddev);

	return target == DMF_POWER_FINAL ? 0 : dmf_thread_stop(t->thread);
}

static int sleep_up(struct dmf_device *ddev, enum dmf_power previous)
{
	struct threads *t = dmf_kunit_priv(ddev);

	return dmf_thread_start(t->thread);
}

/* A Client whose Thread runs while its device does. */
static const struct dmf_client_ops sleep_ops = {
	.modules_add = threads_modules_add,
	.d0_entry = sleep_up,
	.d0_exit = sleep_down,
};

/* The thread goes on while the device, and user space, sleeps. */
static void suspend_while_busy(struct kunit *test)
{
	struct threads *t = threads_started(test);

	threads_block(test, t);
	KUNIT_EXPECT_TRUE(test, t->nofreeze);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(t->ddev->dev), 0);
	complete(&t->go_on);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(t->ddev->dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_STREQ(test, t->log, "<w>");
}

static void suspend_while_idle(struct kunit *test)
{
	struct threads *t = threads_started(test);

	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(t->ddev->dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_TRUE(test, t->nofreeze);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(t->ddev->dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_STREQ(test, t->log, "<w>");
}

static void suspend_while_stopped(struct kunit *test)
{
	struct threads *t = threads_started(test);

	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(t->ddev->dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(t->ddev->dev), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->works), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), 0);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_TRUE(test, t->nofreeze);
}

static void suspend_that_stops_a_busy_thread(struct kunit *test)
{
	struct threads *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &sleep_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	threads_block(test, t);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	dmf_kunit_run(test, threads_go_on_when_stopped, t);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(t->ddev->dev), 0);
	KUNIT_EXPECT_STREQ(test, t->log, "<w>");
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(t->ddev->dev), 0);
	threads_await(test, &t->ended);
	threads_await(test, &t->ended);
	KUNIT_EXPECT_STREQ(test, t->log, "<w><w");
}

/* -- Close -- */

static void close_stops_and_keeps_nothing(struct kunit *test)
{
	struct threads *t = threads_started(test);

	threads_block(test, t);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	dmf_kunit_run(test, threads_go_on_when_stopped, t);
	dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_STREQ(test, t->log, "<w>");

	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(t->thread), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), -ENODEV);

	KUNIT_EXPECT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_FALSE(test, dmf_thread_is_stop_pending(t->thread));
	KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
	KUNIT_EXPECT_STREQ(test, t->log, "<w><>");
}

/* The thread has perhaps not run at all yet. */
static void pre_and_post_come_however_soon_it_closes(struct kunit *test)
{
	struct threads *t = threads_probe(test);
	int i;

	for (i = 1; i <= 20; i++) {
		dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		KUNIT_ASSERT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
		if (i % 2)
			continue;
		KUNIT_EXPECT_EQ(test, dmf_thread_start(t->thread), 0);
		dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->pre_calls), i / 2);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->post_calls), i / 2);
		KUNIT_ASSERT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	}
}

static void dynamic_thread_is_joined(struct kunit *test)
{
	struct threads *t = threads_probe(test);
	const struct dmf_module_attributes attributes = { .client_data = t };
	struct dmf_thread *thread;

	KUNIT_ASSERT_EQ(test, dmf_thread_create(t->ddev, NULL, &t->config, &attributes, &thread),
			0);
	KUNIT_EXPECT_EQ(test, dmf_thread_start(thread), 0);
	KUNIT_EXPECT_EQ(test, dmf_thread_work_ready(thread), 0);
	threads_await(test, &t->ended);
	dmf_thread_destroy(thread);
	KUNIT_EXPECT_STREQ(test, t->log, "<w>");
	KUNIT_EXPECT_STREQ(test, t->comm, "thread");
}

/* -- Races -- */

/*
 * Each signal is followed by a work that begins after it, whatever the thread is doing
 * between the last work and its sleep. Who signals does not sleep, or it came too late.
 */
static void race_signal_against_falling_asleep(struct kunit *test)
{
	struct threads *t = threads_started(test);
	unsigned long last = jiffies + HZ, end;
	int i;

	for (i = 1; time_before(jiffies, last); i++) {
		KUNIT_ASSERT_EQ(test, dmf_thread_work_ready(t->thread), 0);
		end = jiffies + DMF_KUNIT_TIMEOUT;
		while (!try_wait_for_completion(&t->ended) && time_before(jiffies, end))
			cpu_relax();
		KUNIT_ASSERT_EQ(test, atomic_read(&t->works), i);
		ndelay(i % 500 * 50);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, dmf_thread_stop(t->thread), 0);
}

static int signal_task(void *data)
{
	struct threads *t = data;

	while (!kthread_should_stop()) {
		if (dmf_thread_work_ready(t->thread))
			atomic_inc(&t->functions);
		cond_resched();
	}
	return 0;
}

static void race_signal_against_stop(struct kunit *test)
{
	struct threads *t = threads_probe(test);
	int i, works;

	dmf_kunit_run(test, signal_task, t);
	dmf_kunit_run(test, signal_task, t);
	for (i = 1; i <= 40; i++) {
		works = atomic_read(&t->works);
		KUNIT_ASSERT_EQ(test, dmf_thread_start(t->thread), 0);
		while (atomic_read(&t->works) == works)
			cond_resched();
		KUNIT_ASSERT_EQ(test, dmf_thread_stop(t->thread), 0);
		works = atomic_read(&t->works);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->post_calls), i);
		cond_resched();
		KUNIT_EXPECT_EQ(test, atomic_read(&t->works), works);
	}
	KUNIT_EXPECT_FALSE(test, t->overlapped);
}

static void race_signal_against_close(struct kunit *test)
{
	struct threads *t = threads_started(test);
	int i, works;

	dmf_kunit_run(test, signal_task, t);
	dmf_kunit_run(test, signal_task, t);
	for (i = 1; i <= 15; i++) {
		dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		atomic_set(&t->functions, 0);
		works = atomic_read(&t->works);
		while (!atomic_read(&t->functions))
			cond_resched();
		KUNIT_EXPECT_EQ(test, atomic_read(&t->works), works);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->post_calls), i);
		KUNIT_ASSERT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
		KUNIT_ASSERT_EQ(test, dmf_thread_start(t->thread), 0);
		while (atomic_read(&t->works) == works)
			cond_resched();
	}
	KUNIT_EXPECT_FALSE(test, t->overlapped);
}

struct control_race {
	struct threads *t;
	atomic_t starts;		/* that have succeeded */
	atomic_t wrong;			/* what is neither success nor a refusal that may be */
};

static int start_stop_task(void *data)
{
	struct control_race *race = data;
	struct dmf_thread *thread = race->t->thread;
	int ret;

	while (!kthread_should_stop()) {
		ret = dmf_thread_start(thread);
		if (!ret)
			atomic_inc(&race->starts);
		else if (ret != -EALREADY && ret != -ENODEV)
			atomic_inc(&race->wrong);
		dmf_thread_work_ready(thread);
		ret = dmf_thread_stop(thread);
		if (ret && ret != -ENODEV)
			atomic_inc(&race->wrong);
		cond_resched();
	}
	return 0;
}

static struct control_race *control_race_begin(struct kunit *test, struct threads *t)
{
	struct control_race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->t = t;
	for (i = 0; i < 3; i++)
		dmf_kunit_run(test, start_stop_task, race);
	return race;
}

/* Each start that succeeds has one pre and one post. */
static void race_start_against_stop(struct kunit *test)
{
	struct threads *t = threads_probe(test);
	struct control_race *race = control_race_begin(test, t);

	while (atomic_read(&race->starts) < 500)
		schedule_timeout_uninterruptible(1);
	dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->wrong), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pre_calls), atomic_read(&t->post_calls));
	KUNIT_EXPECT_GE(test, atomic_read(&t->pre_calls), 500);
	KUNIT_EXPECT_FALSE(test, t->out_of_order);
	KUNIT_EXPECT_FALSE(test, t->overlapped);
}

static void race_start_and_stop_against_close(struct kunit *test)
{
	struct threads *t = threads_probe(test);
	struct control_race *race = control_race_begin(test, t);
	int i, pre_calls;

	for (i = 0; i < 15; i++) {
		pre_calls = atomic_read(&t->pre_calls);
		while (atomic_read(&t->pre_calls) == pre_calls)
			cond_resched();
		dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->pre_calls), atomic_read(&t->post_calls));
		KUNIT_ASSERT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&race->wrong), 0);
	KUNIT_EXPECT_FALSE(test, t->out_of_order);
	KUNIT_EXPECT_FALSE(test, t->overlapped);
}

/* -- Memory -- */

/* The Module, its Config, what kthread_create() needs. */
static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &threads_ops, 6);
}

static struct kunit_case thread_race_cases[] = {
	KUNIT_CASE(suspend_while_busy),
	KUNIT_CASE(suspend_while_idle),
	KUNIT_CASE(suspend_while_stopped),
	KUNIT_CASE(suspend_that_stops_a_busy_thread),
	KUNIT_CASE(close_stops_and_keeps_nothing),
	KUNIT_CASE(pre_and_post_come_however_soon_it_closes),
	KUNIT_CASE(dynamic_thread_is_joined),
	KUNIT_CASE(race_signal_against_falling_asleep),
	KUNIT_CASE(race_signal_against_stop),
	KUNIT_CASE(race_signal_against_close),
	KUNIT_CASE(race_start_against_stop),
	KUNIT_CASE(race_start_and_stop_against_close),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite thread_race_suite = {
	.name = "dmf_thread_race",
	.init = threads_init,
	.test_cases = thread_race_cases,
};

kunit_test_suite(thread_race_suite);
