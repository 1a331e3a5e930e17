// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of AlertableSleep.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dmf/alertable_sleep.h>
#include <linux/dmf/module.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define EVENTS		3
#define FOR_EVER	(INT_MAX + 1U)

/* test->priv */
struct sleeps {
	struct dmf_alertable_sleep *sleep;
	struct dmf_device *ddev;
	unsigned int events;
	int result;			/* of what runs elsewhere */
};

/* A thread that sleeps once. */
struct sleeper {
	struct sleeps *sleeps;
	unsigned int index;
	unsigned int ms;
	bool interruptible;
	int result;
	struct task_struct *task;
	struct completion woken;
};

static int sleeps_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct sleeps *s = dmf_kunit_priv(ddev);
	const struct dmf_alertable_sleep_config config = { .event_count = s->events };

	return dmf_alertable_sleep_add(init, &config, NULL, &s->sleep);
}

static const struct dmf_client_ops sleeps_ops = { .modules_add = sleeps_modules_add };

static struct sleeps *sleeps_probe(struct kunit *test)
{
	struct sleeps *s = test->priv;

	s->ddev = dmf_kunit_probe(test, &sleeps_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(s->ddev));
	return s;
}

static int sleeper_thread(void *data)
{
	struct sleeper *sleeper = data;
	struct dmf_alertable_sleep *sleep = sleeper->sleeps->sleep;

	allow_signal(SIGUSR1);
	sleeper->result = sleeper->interruptible ?
		dmf_alertable_sleep_sleep_interruptible(sleep, sleeper->index, sleeper->ms) :
		dmf_alertable_sleep_sleep(sleep, sleeper->index, sleeper->ms);
	complete(&sleeper->woken);
	return 0;
}

static bool shows(struct sleeps *s, unsigned long sleeping, unsigned long aborted)
{
	struct dmf_module *module = dmf_alertable_sleep_module(s->sleep);
	char text[64] = "", want[64];
	struct seq_file seq = { .buf = text, .size = sizeof(text) };

	module->desc->ops->show(module, &seq);
	snprintf(want, sizeof(want), "events=%u sleeping=%#lx aborted=%#lx", s->events, sleeping,
		 aborted);
	return !strcmp(text, want);
}

/* Returns when the thread sleeps: it is off its processor and in the state of a sleeper. */
static struct sleeper *sleeper_start(struct kunit *test, unsigned int index, unsigned int ms,
				     bool interruptible)
{
	struct sleeper *sleeper = kunit_kzalloc(test, sizeof(*sleeper), GFP_KERNEL);
	unsigned int state = interruptible ? TASK_INTERRUPTIBLE : TASK_IDLE;

	KUNIT_ASSERT_NOT_NULL(test, sleeper);
	sleeper->sleeps = test->priv;
	sleeper->index = index;
	sleeper->ms = ms;
	sleeper->interruptible = interruptible;
	init_completion(&sleeper->woken);
	sleeper->task = dmf_kunit_run(test, sleeper_thread, sleeper);
	while (READ_ONCE(sleeper->task->__state) != state && !completion_done(&sleeper->woken))
		cond_resched();
	return sleeper;
}

static void expect_woken(struct kunit *test, struct sleeper *sleeper, int result)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&sleeper->woken, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, sleeper->result, result);
}

static void expect_asleep(struct kunit *test, struct sleeper *sleeper)
{
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&sleeper->woken, HZ / 20));
}

/* -- Sleep ----------------------------------------------------------------- */

static void sleep_lasts_the_full_time(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);
	/* Not of ktime_get(), behind which ticks may be when the sleep begins. */
	unsigned long begin = jiffies;

	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 0, 30), 0);
	KUNIT_EXPECT_GT(test, jiffies - begin, msecs_to_jiffies(30));
	begin = jiffies;
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep_interruptible(s->sleep, 1, 30), 0);
	KUNIT_EXPECT_GT(test, jiffies - begin, msecs_to_jiffies(30));
}

static void sleep_of_no_time_returns(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep_interruptible(s->sleep, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 0, 0), -ECANCELED);
}

static void events_sleep_independently(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);
	struct sleeper *first = sleeper_start(test, 0, FOR_EVER, false);
	struct sleeper *last = sleeper_start(test, EVENTS - 1, FOR_EVER, true);

	KUNIT_EXPECT_TRUE(test, shows(s, 0x5, 0));
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 1), 0);
	expect_asleep(test, first);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 0), 0);
	expect_woken(test, first, -ECANCELED);
	expect_asleep(test, last);
	KUNIT_EXPECT_TRUE(test, shows(s, 0x4, 0x3));
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, EVENTS - 1), 0);
	expect_woken(test, last, -ECANCELED);
}

static void second_sleeper_is_refused(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);
	struct sleeper *sleeper = sleeper_start(test, 1, FOR_EVER, false);

	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 1, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep_interruptible(s->sleep, 1, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 1), 0);
	expect_woken(test, sleeper, -ECANCELED);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 1, 0), -ECANCELED);
}

static void signal_ends_only_an_interruptible_sleep(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);
	struct sleeper *interruptible = sleeper_start(test, 0, FOR_EVER, true);
	struct sleeper *other = sleeper_start(test, 1, FOR_EVER, false);

	send_sig(SIGUSR1, interruptible->task, 1);
	send_sig(SIGUSR1, other->task, 1);
	expect_woken(test, interruptible, -ERESTARTSYS);
	expect_asleep(test, other);
	KUNIT_EXPECT_TRUE(test, shows(s, 0x2, 0));
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 1), 0);
	expect_woken(test, other, -ECANCELED);
}

/* -- Abort ----------------------------------------------------------------- */

static void abort_before_sleep_is_kept(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 2), 0);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 2, FOR_EVER), -ECANCELED);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep_interruptible(s->sleep, 2, FOR_EVER),
			-ECANCELED);
}

static void abort_stays_until_reset(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);
	struct sleeper *sleeper = sleeper_start(test, 0, FOR_EVER, false);
	int i;

	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 0), 0);
	expect_woken(test, sleeper, -ECANCELED);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 0, FOR_EVER),
				-ECANCELED);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_reset_for_reuse(s->sleep, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 0, 5), 0);
	sleeper = sleeper_start(test, 0, FOR_EVER, false);
	expect_asleep(test, sleeper);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 0), 0);
	expect_woken(test, sleeper, -ECANCELED);
}

static void reset_under_a_sleeper_is_refused(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);
	struct sleeper *sleeper = sleeper_start(test, 0, FOR_EVER, false);

	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_reset_for_reuse(s->sleep, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 0), 0);
	expect_woken(test, sleeper, -ECANCELED);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_reset_for_reuse(s->sleep, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 0, 0), 0);
}

static void interrupt_abort(void *data)
{
	struct sleeps *s = data;

	s->result = dmf_alertable_sleep_abort(s->sleep, 1);
}

static void abort_from_hard_irq_work(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);
	struct sleeper *sleeper = sleeper_start(test, 1, FOR_EVER, false);

	s->result = -EIO;
	dmf_kunit_in_hardirq(interrupt_abort, s);
	KUNIT_EXPECT_EQ(test, s->result, 0);
	expect_woken(test, sleeper, -ECANCELED);
}

static void abort_from_an_interrupt_handler(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);
	struct sleeper *sleeper = sleeper_start(test, 1, FOR_EVER, true);

	s->result = -EIO;
	dmf_kunit_in_interrupt(interrupt_abort, s);
	KUNIT_EXPECT_EQ(test, s->result, 0);
	expect_woken(test, sleeper, -ECANCELED);
}

static void interrupt_reset(void *data)
{
	struct sleeps *s = data;

	s->result = dmf_alertable_sleep_reset_for_reuse(s->sleep, 1);
}

static void reset_from_hard_irq_work(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 1), 0);
	s->result = -EIO;
	dmf_kunit_in_hardirq(interrupt_reset, s);
	KUNIT_EXPECT_EQ(test, s->result, 0);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 1, 0), 0);
}

/* -- Bad input ------------------------------------------------------------- */

static void event_that_is_not_there_is_refused(struct kunit *test)
{
	static const unsigned int bad[] = { EVENTS, DMF_ALERTABLE_SLEEP_EVENTS_MAX, 64, UINT_MAX };
	struct sleeps *s = sleeps_probe(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, bad[i], 0), -EINVAL);
		KUNIT_EXPECT_EQ(test,
				dmf_alertable_sleep_sleep_interruptible(s->sleep, bad[i], 0),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, bad[i]), -EINVAL);
		KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_reset_for_reuse(s->sleep, bad[i]),
				-EINVAL);
	}
	KUNIT_EXPECT_TRUE(test, shows(s, 0, 0));
}

static void count_of_events_is_checked(struct kunit *test)
{
	static const struct {
		unsigned int events;
		int ret;
	} counts[] = {
		{ 0, -EINVAL }, { 1, 0 }, { 32, 0 }, { 33, -EINVAL }, { UINT_MAX, -EINVAL },
	};
	struct sleeps *s = test->priv;
	struct dmf_device *ddev;
	int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		s->events = counts[i].events;
		ddev = dmf_kunit_probe(test, &sleeps_ops);
		KUNIT_ASSERT_EQ(test, PTR_ERR_OR_ZERO(ddev), counts[i].ret);
		if (IS_ERR(ddev))
			continue;
		KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, s->events - 1), 0);
		KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, s->events - 1, 1),
				-ECANCELED);
		dmf_kunit_remove(test, ddev);
	}
	KUNIT_EXPECT_TRUE(test,
			  dmf_kunit_logged("alertable_sleep: Config has 33 events, not 1 to 32"));
}

/* -- Close ----------------------------------------------------------------- */

static void close_ends_all_sleeps_and_waits(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);
	struct sleeper *sleepers[EVENTS];
	int i;

	for (i = 0; i < EVENTS; i++)
		sleepers[i] = sleeper_start(test, i, FOR_EVER, i % 2);
	dmf_phase_down(s->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	for (i = 0; i < EVENTS; i++)
		expect_woken(test, sleepers[i], -ENODEV);
	KUNIT_EXPECT_TRUE(test, shows(s, 0, 0));
}

static void closed_and_opened_again_is_clean(struct kunit *test)
{
	struct sleeps *s = sleeps_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 0), 0);
	dmf_phase_down(s->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 0, FOR_EVER), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep_interruptible(s->sleep, 0, FOR_EVER),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(s->sleep, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_reset_for_reuse(s->sleep, 0), -ENODEV);

	KUNIT_EXPECT_EQ(test, dmf_phase_up(s->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_TRUE(test, shows(s, 0, 0));
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 0, 5), 0);
	KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(s->sleep, 1, 5), 0);
}

static void dynamic_one_works_and_its_destruction_ends_sleep(struct kunit *test)
{
	const struct dmf_alertable_sleep_config config = { .event_count = 1 };
	struct sleeps *s = sleeps_probe(test);
	struct sleeper *sleeper;

	KUNIT_ASSERT_EQ(test, dmf_alertable_sleep_create(s->ddev, NULL, &config, NULL, &s->sleep),
			0);
	sleeper = sleeper_start(test, 0, FOR_EVER, false);
	dmf_alertable_sleep_destroy(s->sleep);
	expect_woken(test, sleeper, -ENODEV);
}

/* -- Races ----------------------------------------------------------------- */

#define RACE_ROUNDS	200

/* One side; the other is the test. */
struct race {
	struct sleeps *s;
	atomic_t rounds;
	atomic_t wrong;
};

static struct race *race_begin(struct kunit *test, int (*thread)(void *data))
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->s = sleeps_probe(test);
	dmf_kunit_run(test, thread, race);
	return race;
}

static int race_sleep_thread(void *data)
{
	struct race *race = data;
	int ret;

	while (!kthread_should_stop()) {
		ret = dmf_alertable_sleep_sleep(race->s->sleep, 0, FOR_EVER);
		if (ret != -ECANCELED && ret != -ENODEV)
			atomic_inc(&race->wrong);
		if (ret == -ECANCELED)
			dmf_alertable_sleep_reset_for_reuse(race->s->sleep, 0);
		atomic_inc(&race->rounds);
		cond_resched();
	}
	return 0;
}

static bool race_wait_for_round(struct race *race, int before)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;

	while (atomic_read(&race->rounds) == before && time_before(jiffies, end))
		cond_resched();
	return atomic_read(&race->rounds) != before;
}

/* An abort that comes at whatever moment of the sleeper's ends one sleep. */
static void race_abort_against_sleep(struct kunit *test)
{
	struct race *race = race_begin(test, race_sleep_thread);
	int i, before;

	for (i = 0; i < RACE_ROUNDS; i++) {
		before = atomic_read(&race->rounds);
		udelay(i % 20);
		KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_abort(race->s->sleep, 0), 0);
		KUNIT_ASSERT_TRUE(test, race_wait_for_round(race, before));
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&race->wrong), 0);
	dmf_phase_down(race->s->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
}

/* When close returns nobody sleeps, however late the sleeper came. */
static void race_sleep_against_close(struct kunit *test)
{
	struct race *race = race_begin(test, race_sleep_thread);
	int i, before;

	for (i = 0; i < RACE_ROUNDS / 4; i++) {
		udelay(i % 20);
		dmf_phase_down(race->s->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		KUNIT_EXPECT_TRUE(test, shows(race->s, 0, 0));
		before = atomic_read(&race->rounds);
		KUNIT_ASSERT_TRUE(test, race_wait_for_round(race, before));
		KUNIT_ASSERT_EQ(test, dmf_phase_up(race->s->ddev, DMF_PHASE_CREATE,
						   DMF_POWER_FINAL), 0);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&race->wrong), 0);
	dmf_phase_down(race->s->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
}

static int race_abort_thread(void *data)
{
	struct race *race = data;

	while (!kthread_should_stop()) {
		if (dmf_alertable_sleep_abort(race->s->sleep, 0))
			atomic_inc(&race->rounds);
		cond_resched();
	}
	return 0;
}

static void race_abort_against_close(struct kunit *test)
{
	struct race *race = race_begin(test, race_abort_thread);
	int i;

	for (i = 0; i < RACE_ROUNDS / 4; i++) {
		dmf_phase_down(race->s->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		KUNIT_ASSERT_TRUE(test, race_wait_for_round(race, atomic_read(&race->rounds)));
		KUNIT_ASSERT_EQ(test, dmf_phase_up(race->s->ddev, DMF_PHASE_CREATE,
						   DMF_POWER_FINAL), 0);
		KUNIT_EXPECT_EQ(test, dmf_alertable_sleep_sleep(race->s->sleep, 0, FOR_EVER),
				-ECANCELED);
	}
}

static int race_second_sleeper_thread(void *data)
{
	struct race *race = data;
	int ret;

	while (!kthread_should_stop()) {
		ret = dmf_alertable_sleep_sleep(race->s->sleep, 0, 0);
		if (ret && ret != -EBUSY)
			atomic_inc(&race->wrong);
		if (!ret)
			atomic_inc(&race->rounds);
		cond_resched();
	}
	return 0;
}

/* Neither keeps the event for ever, nor do both have it. */
static void race_sleep_against_sleep(struct kunit *test)
{
	struct race *race = race_begin(test, race_second_sleeper_thread);
	int i, got = 0;

	for (i = 0; i < 10 * RACE_ROUNDS || !got; i++) {
		if (!dmf_alertable_sleep_sleep(race->s->sleep, 0, 0))
			got++;
		cond_resched();
	}
	KUNIT_EXPECT_TRUE(test, race_wait_for_round(race, atomic_read(&race->rounds)));
	KUNIT_EXPECT_EQ(test, atomic_read(&race->wrong), 0);
}

/* -- Memory ---------------------------------------------------------------- */

static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &sleeps_ops, 5);
}

static int sleeps_init(struct kunit *test)
{
	struct sleeps *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	s->events = EVENTS;
	test->priv = s;
	return 0;
}

static struct kunit_case alertable_sleep_cases[] = {
	KUNIT_CASE(sleep_lasts_the_full_time),
	KUNIT_CASE(sleep_of_no_time_returns),
	KUNIT_CASE(events_sleep_independently),
	KUNIT_CASE(second_sleeper_is_refused),
	KUNIT_CASE(signal_ends_only_an_interruptible_sleep),
	KUNIT_CASE(abort_before_sleep_is_kept),
	KUNIT_CASE(abort_stays_until_reset),
	KUNIT_CASE(reset_under_a_sleeper_is_refused),
	KUNIT_CASE(abort_from_hard_irq_work),
	KUNIT_CASE(abort_from_an_interrupt_handler),
	KUNIT_CASE(reset_from_hard_irq_work),
	KUNIT_CASE(event_that_is_not_there_is_refused),
	KUNIT_CASE(count_of_events_is_checked),
	KUNIT_CASE(close_ends_all_sleeps_and_waits),
	KUNIT_CASE(closed_and_opened_again_is_clean),
	KUNIT_CASE(dynamic_one_works_and_its_destruction_ends_sleep),
	KUNIT_CASE(race_abort_against_sleep),
	KUNIT_CASE(race_sleep_against_close),
	KUNIT_CASE(race_abort_against_close),
	KUNIT_CASE(race_sleep_against_sleep),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite alertable_sleep_suite = {
	.name = "dmf_alertable_sleep",
	.init = sleeps_init,
	.test_cases = alertable_sleep_cases,
};

kunit_test_suite(alertable_sleep_suite);
