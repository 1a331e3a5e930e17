// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of ScheduledTask: each source of runs against whatever stops it.
 */
#include <linux/delay.h>
#include <linux/kthread.h>

#include "scheduled_task_fixture.h"

#define RACE_ROUNDS	20
#define CALLS		200

static int call_thread(void *data)
{
	struct tasks *t = data;

	while (!kthread_should_stop()) {
		dmf_scheduled_task_execute_now_deferred(t->task, t);
		cond_resched();
	}
	return 0;
}

static int execute_now_thread(void *data)
{
	struct tasks *t = data;

	while (!kthread_should_stop()) {
		dmf_scheduled_task_execute_now(t->task, t, NULL);
		cond_resched();
	}
	return 0;
}

/* Starts what the timer then goes on with. */
static int timer_thread(void *data)
{
	struct tasks *t = data;

	while (!kthread_should_stop()) {
		dmf_scheduled_task_execute_now_deferred_ex(t->task);
		schedule_timeout_uninterruptible(1);
	}
	return 0;
}

static struct tasks *race_begin(struct kunit *test, int (*thread)(void *data))
{
	struct tasks *t = test->priv;

	t->last = OK_TRY_AGAIN;
	tasks_probe(test);
	if (thread)
		dmf_kunit_run(test, thread, t);
	return t;
}

static void race_wait_for_run(struct kunit *test, struct tasks *t)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;
	int before = atomic_read(&t->runs);

	while (atomic_read(&t->runs) == before && time_before(jiffies, end))
		cond_resched();
	KUNIT_ASSERT_NE(test, atomic_read(&t->runs), before);
}

/* From what stops it on, nothing runs. */
static void race_look(struct kunit *test, struct tasks *t)
{
	int runs = atomic_read(&t->runs);

	KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
	usleep_range(50, 100);
	cond_resched();
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), runs);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "timer"), 0);
}

/* -- Cancel ---------------------------------------------------------------- */

static void race_against_cancel(struct kunit *test, struct tasks *t)
{
	int i;

	for (i = 0; i < RACE_ROUNDS; i++) {
		race_wait_for_run(test, t);
		KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), 0);
		race_look(test, t);
		KUNIT_EXPECT_EQ(test, tasks_shown(t, "calls"), 0);
		KUNIT_EXPECT_EQ(test, dmf_scheduled_task_restart(t->task), 0);
	}
	KUNIT_EXPECT_TRUE(test, t->config.concurrent || !t->overlapped);
}

static void race_execute_now_deferred_against_cancel(struct kunit *test)
{
	race_against_cancel(test, race_begin(test, call_thread));
}

static void race_execute_now_against_cancel(struct kunit *test)
{
	race_against_cancel(test, race_begin(test, execute_now_thread));
}

static void race_timer_against_cancel(struct kunit *test)
{
	race_against_cancel(test, race_begin(test, timer_thread));
}

static void race_concurrent_runs_against_cancel(struct kunit *test)
{
	struct tasks *t = test->priv;

	t->config.concurrent = true;
	race_begin(test, call_thread);
	dmf_kunit_run(test, execute_now_thread, t);
	dmf_kunit_run(test, execute_now_thread, t);
	dmf_kunit_run(test, timer_thread, t);
	race_against_cancel(test, t);
}

static int cancel_and_restart_thread(void *data)
{
	struct tasks *t = data;
	int i;

	for (i = 0; i < RACE_ROUNDS; i++) {
		if (dmf_scheduled_task_cancel(t->task) || dmf_scheduled_task_restart(t->task))
			t->result = -EIO;
		cond_resched();
	}
	complete(&t->returned);
	return 0;
}

/* Whichever comes last, after a restart a call that is accepted is run. */
static void race_cancel_against_restart(struct kunit *test)
{
	struct tasks *t = race_begin(test, call_thread);
	int i;

	dmf_kunit_run(test, cancel_and_restart_thread, t);
	dmf_kunit_run(test, cancel_and_restart_thread, t);
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_TRUE(test,
				  wait_for_completion_timeout(&t->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, t->result, 0);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "cancelled"), 0);
	race_wait_for_run(test, t);
	KUNIT_EXPECT_FALSE(test, t->overlapped);
}

/* -- Each other ------------------------------------------------------------ */

static int count_calls_thread(void *data)
{
	struct tasks *t = data;
	int i;

	for (i = 0; i < CALLS; i++) {
		if (dmf_scheduled_task_execute_now_deferred(t->task, t))
			t->result = -EIO;
		if (i % 10 == 0)
			cond_resched();
	}
	complete(&t->returned);
	return 0;
}

/* The defect of old: a call that came while another waited was accepted and dropped. */
static void race_calls_against_calls(struct kunit *test)
{
	struct tasks *t = race_begin(test, NULL);
	int i;

	for (i = 0; i < 3; i++)
		dmf_kunit_run(test, count_calls_thread, t);
	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_TRUE(test,
				  wait_for_completion_timeout(&t->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, t->result, 0);
	tasks_settle(test, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 3 * CALLS);
	KUNIT_EXPECT_FALSE(test, t->overlapped);
}

static int linger(struct tasks *t)
{
	cond_resched();
	udelay(5);
	return 0;
}

static void race_of_all_sources_never_overlaps(struct kunit *test)
{
	struct tasks *t = test->priv;
	int i;

	t->within = linger;
	race_begin(test, call_thread);
	dmf_kunit_run(test, execute_now_thread, t);
	dmf_kunit_run(test, execute_now_thread, t);
	dmf_kunit_run(test, timer_thread, t);
	for (i = 0; i < 2 * RACE_ROUNDS; i++)
		race_wait_for_run(test, t);
	KUNIT_EXPECT_FALSE(test, t->overlapped);
	KUNIT_EXPECT_FALSE(test, t->wrong_context);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), 0);
}

/* -- Close ----------------------------------------------------------------- */

static void race_against_close(struct kunit *test, struct tasks *t)
{
	int i;

	for (i = 0; i < RACE_ROUNDS / 4; i++) {
		race_wait_for_run(test, t);
		dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		race_look(test, t);
		KUNIT_ASSERT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	}
	KUNIT_EXPECT_FALSE(test, t->overlapped);
}

static void race_execute_now_deferred_against_close(struct kunit *test)
{
	race_against_close(test, race_begin(test, call_thread));
}

static void race_execute_now_against_close(struct kunit *test)
{
	race_against_close(test, race_begin(test, execute_now_thread));
}

static void race_timer_against_close(struct kunit *test)
{
	race_against_close(test, race_begin(test, timer_thread));
}

static void race_cancel_against_close(struct kunit *test)
{
	struct tasks *t = race_begin(test, call_thread);
	int i;

	t->result = 0;
	dmf_kunit_run(test, cancel_and_restart_thread, t);
	for (i = 0; i < RACE_ROUNDS / 4; i++) {
		dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		race_look(test, t);
		KUNIT_ASSERT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	}
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&t->returned, DMF_KUNIT_TIMEOUT));
}

/* -- Power ----------------------------------------------------------------- */

static void race_timer_against_d0_exit(struct kunit *test)
{
	struct tasks *t = test->priv;
	int i;

	t->config.execute_when = AT_D0_ENTRY;
	t->config.execution_mode = DEFERRED;
	race_begin(test, call_thread);
	dmf_kunit_run(test, execute_now_thread, t);
	for (i = 0; i < RACE_ROUNDS; i++) {
		race_wait_for_run(test, t);
		KUNIT_ASSERT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_IDLE), 0);
		race_look(test, t);
		KUNIT_ASSERT_EQ(test, dmf_device_power_up(t->ddev), 0);
	}
	KUNIT_EXPECT_FALSE(test, t->overlapped);
}

static void race_timer_against_unbind(struct kunit *test)
{
	struct tasks *t = test->priv;
	int i, runs;

	t->config.execute_when = AT_D0_ENTRY;
	t->config.execution_mode = DEFERRED;
	for (i = 0; i < RACE_ROUNDS / 4; i++) {
		race_begin(test, NULL);
		race_wait_for_run(test, t);
		dmf_kunit_remove(test, t->ddev);
		runs = atomic_read(&t->runs);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
		usleep_range(50, 100);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), runs);
	}
}

static struct kunit_case scheduled_task_race_cases[] = {
	KUNIT_CASE(race_execute_now_deferred_against_cancel),
	KUNIT_CASE(race_execute_now_against_cancel),
	KUNIT_CASE(race_timer_against_cancel),
	KUNIT_CASE(race_concurrent_runs_against_cancel),
	KUNIT_CASE(race_cancel_against_restart),
	KUNIT_CASE(race_calls_against_calls),
	KUNIT_CASE(race_of_all_sources_never_overlaps),
	KUNIT_CASE(race_execute_now_deferred_against_close),
	KUNIT_CASE(race_execute_now_against_close),
	KUNIT_CASE(race_timer_against_close),
	KUNIT_CASE(race_cancel_against_close),
	KUNIT_CASE(race_timer_against_d0_exit),
	KUNIT_CASE(race_timer_against_unbind),
	{ }
};

static struct kunit_suite scheduled_task_race_suite = {
	.name = "dmf_scheduled_task_race",
	.init = tasks_init,
	.test_cases = scheduled_task_race_cases,
};

kunit_test_suite(scheduled_task_race_suite);
