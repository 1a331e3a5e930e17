// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the Portable API: waiting for several events.
 */
#include <linux/dmf/portable.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>

#include "dmf_kunit.h"

#define EVENTS		12	/* more than a wait has room for on its stack */
#define FOR_EVER	MAX_SCHEDULE_TIMEOUT
#define A_MOMENT	(HZ / 20)

struct events {
	struct completion event[EVENTS];
	struct completion *list[EVENTS];
};

static int events_init(struct kunit *test)
{
	struct events *events = kunit_kzalloc(test, sizeof(*events), GFP_KERNEL);
	int i;

	if (!events)
		return -ENOMEM;
	for (i = 0; i < EVENTS; i++) {
		init_completion(&events->event[i]);
		events->list[i] = &events->event[i];
	}
	test->priv = events;
	return 0;
}

static int wait_any(struct events *events, unsigned int count, long timeout)
{
	return dmf_portable_event_wait_for_multiple(count, events->list, false, timeout, false);
}

static int wait_all(struct events *events, unsigned int count, long timeout)
{
	return dmf_portable_event_wait_for_multiple(count, events->list, true, timeout, false);
}

/* -- A thread that waits -- */

struct waiter {
	struct completion **list;
	unsigned int count;
	bool all;
	bool interruptible;
	long timeout;
	struct task_struct *task;
	int result;
	bool begun;
	struct completion ended;
};

static int waiter_thread(void *data)
{
	struct waiter *waiter = data;

	if (waiter->interruptible)
		allow_signal(SIGUSR1);
	WRITE_ONCE(waiter->begun, true);
	waiter->result = dmf_portable_event_wait_for_multiple(waiter->count, waiter->list,
							      waiter->all, waiter->timeout,
							      waiter->interruptible);
	complete(&waiter->ended);
	return 0;
}

/* A test that fails leaves no thread asleep: kthread_stop() would wait for it. */
static void waiter_release(void *data)
{
	struct waiter *waiter = data;
	unsigned int i;

	for (i = 0; i < waiter->count; i++)
		complete_all(waiter->list[i]);
}

/* In the queues of all that it waits for, not on the way there. */
static bool waiter_sleeps(struct waiter *waiter)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;
	struct task_struct *task = waiter->task;

	while (!READ_ONCE(waiter->begun) || READ_ONCE(task->on_rq) ||
	       !(READ_ONCE(task->__state) & TASK_NORMAL)) {
		if (time_after(jiffies, end))
			return false;
		schedule_timeout_uninterruptible(1);
	}
	return true;
}

/* A waiter for @count events from @first on, asleep. */
static struct waiter *waiter_sleep_from(struct kunit *test, unsigned int first,
					unsigned int count, bool all, bool interruptible)
{
	struct waiter *waiter = kunit_kzalloc(test, sizeof(*waiter), GFP_KERNEL);
	struct events *events = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, waiter);
	waiter->list = &events->list[first];
	waiter->count = count;
	waiter->all = all;
	waiter->interruptible = interruptible;
	waiter->timeout = FOR_EVER;
	waiter->result = -EINPROGRESS;
	init_completion(&waiter->ended);
	waiter->task = dmf_kunit_run(test, waiter_thread, waiter);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, waiter_release, waiter), 0);
	KUNIT_ASSERT_TRUE(test, waiter_sleeps(waiter));
	return waiter;
}

static struct waiter *waiter_sleep(struct kunit *test, unsigned int count, bool all,
				   bool interruptible)
{
	return waiter_sleep_from(test, 0, count, all, interruptible);
}

static bool waiter_ended(struct waiter *waiter)
{
	return wait_for_completion_timeout(&waiter->ended, DMF_KUNIT_TIMEOUT);
}

static bool waiter_still_waits(struct waiter *waiter)
{
	return !wait_for_completion_timeout(&waiter->ended, A_MOMENT);
}

/* -- Any -- */

static void any_returns_the_lowest_that_is_set(struct kunit *test)
{
	struct events *events = test->priv;

	complete(&events->event[5]);
	complete(&events->event[2]);
	KUNIT_EXPECT_EQ(test, wait_any(events, EVENTS, FOR_EVER), 2);
	KUNIT_EXPECT_EQ(test, wait_any(events, EVENTS, FOR_EVER), 5);
	KUNIT_EXPECT_EQ(test, wait_any(events, EVENTS, 0), -ETIMEDOUT);
}

static void any_takes_one_complete_of_one_event(struct kunit *test)
{
	struct events *events = test->priv;

	complete(&events->event[0]);
	complete(&events->event[0]);
	complete(&events->event[1]);
	KUNIT_EXPECT_EQ(test, wait_any(events, 2, 0), 0);
	KUNIT_EXPECT_EQ(test, events->event[0].done, 1);
	KUNIT_EXPECT_EQ(test, events->event[1].done, 1);
}

static void any_sleeps_until_one_is_set(struct kunit *test)
{
	static const unsigned int counts[] = { 1, 3, EVENTS };
	struct events *events = test->priv;
	struct waiter *waiter;
	int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		waiter = waiter_sleep(test, counts[i], false, false);
		KUNIT_EXPECT_TRUE(test, waiter_still_waits(waiter));
		complete(&events->event[counts[i] - 1]);
		KUNIT_EXPECT_TRUE(test, waiter_ended(waiter));
		KUNIT_EXPECT_EQ(test, waiter->result, counts[i] - 1);
	}
}

static void any_of_an_event_that_stands_twice(struct kunit *test)
{
	struct events *events = test->priv;
	struct waiter *waiter;

	events->list[1] = events->list[0];
	waiter = waiter_sleep(test, 2, false, false);
	complete(&events->event[0]);
	KUNIT_EXPECT_TRUE(test, waiter_ended(waiter));
	KUNIT_EXPECT_EQ(test, waiter->result, 0);
	KUNIT_EXPECT_FALSE(test, completion_done(&events->event[0]));
}

/* -- All -- */

static void all_takes_every_event(struct kunit *test)
{
	struct events *events = test->priv;
	int i;

	for (i = 0; i < EVENTS; i++)
		complete(&events->event[i]);
	complete(&events->event[3]);
	KUNIT_EXPECT_EQ(test, wait_all(events, EVENTS, FOR_EVER), 0);
	for (i = 0; i < EVENTS; i++)
		KUNIT_EXPECT_EQ(test, events->event[i].done, i == 3);
}

static void all_takes_nothing_while_one_is_not_set(struct kunit *test)
{
	struct events *events = test->priv;

	complete(&events->event[0]);
	complete(&events->event[2]);
	KUNIT_EXPECT_EQ(test, wait_all(events, 3, 0), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, wait_all(events, 3, A_MOMENT), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, events->event[0].done, 1);
	KUNIT_EXPECT_EQ(test, events->event[1].done, 0);
	KUNIT_EXPECT_EQ(test, events->event[2].done, 1);
}

/* Set in an order of their own, the one that is slept for last and first. */
static void all_sleeps_until_the_last_is_set(struct kunit *test)
{
	static const int orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 } };
	struct events *events = test->priv;
	struct waiter *waiter;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		waiter = waiter_sleep(test, 3, true, false);
		for (j = 0; j < 3; j++) {
			KUNIT_EXPECT_TRUE(test, waiter_still_waits(waiter));
			complete(&events->event[orders[i][j]]);
		}
		KUNIT_EXPECT_TRUE(test, waiter_ended(waiter));
		KUNIT_EXPECT_EQ(test, waiter->result, 0);
		for (j = 0; j < 3; j++)
			KUNIT_EXPECT_FALSE(test, completion_done(&events->event[j]));
	}
}

static void all_waits_on_when_one_is_stolen(struct kunit *test)
{
	struct events *events = test->priv;
	struct waiter *waiter = waiter_sleep(test, 2, true, false);

	complete(&events->event[0]);
	KUNIT_ASSERT_TRUE(test, waiter_sleeps(waiter));
	KUNIT_EXPECT_TRUE(test, try_wait_for_completion(&events->event[0]));
	complete(&events->event[1]);
	KUNIT_EXPECT_TRUE(test, waiter_still_waits(waiter));
	KUNIT_EXPECT_EQ(test, events->event[1].done, 1);
	complete(&events->event[0]);
	KUNIT_EXPECT_TRUE(test, waiter_ended(waiter));
	KUNIT_EXPECT_EQ(test, events->event[0].done, 0);
	KUNIT_EXPECT_EQ(test, events->event[1].done, 0);
}

/* Woken for an event that neither may take, they do not keep waking each other. */
static void two_that_want_all_sleep_until_they_can(struct kunit *test)
{
	struct events *events = test->priv;
	struct waiter *one = waiter_sleep(test, 2, true, false);
	struct waiter *other = waiter_sleep(test, 2, true, false);
	unsigned long switches;
	bool one_waits;

	complete(&events->event[0]);
	KUNIT_EXPECT_TRUE(test, waiter_still_waits(one));
	/* The first that is woken wakes the other before it sleeps again. */
	KUNIT_ASSERT_TRUE(test, waiter_sleeps(one));
	KUNIT_ASSERT_TRUE(test, waiter_sleeps(other));
	KUNIT_ASSERT_TRUE(test, waiter_sleeps(one));
	switches = one->task->nvcsw + other->task->nvcsw;
	KUNIT_EXPECT_TRUE(test, waiter_still_waits(other));
	/* The last switch of each may have been counted since. */
	KUNIT_EXPECT_LE(test, one->task->nvcsw + other->task->nvcsw, switches + 2);

	complete(&events->event[1]);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(completion_done(&one->ended) ||
						completion_done(&other->ended)));
	one_waits = !completion_done(&one->ended);
	KUNIT_EXPECT_TRUE(test, waiter_still_waits(one_waits ? one : other));
	complete(&events->event[1]);
	complete(&events->event[0]);
	KUNIT_EXPECT_TRUE(test, waiter_ended(one_waits ? one : other));
	KUNIT_EXPECT_EQ(test, one->result, 0);
	KUNIT_EXPECT_EQ(test, other->result, 0);
}

/* -- Notification events -- */

static void what_complete_all_has_set_stays_set(struct kunit *test)
{
	struct events *events = test->priv;
	struct waiter *one = waiter_sleep(test, 3, false, false);
	struct waiter *other = waiter_sleep(test, 2, true, false);

	complete_all(&events->event[1]);
	KUNIT_EXPECT_TRUE(test, waiter_ended(one));
	KUNIT_EXPECT_EQ(test, one->result, 1);
	complete_all(&events->event[0]);
	KUNIT_EXPECT_TRUE(test, waiter_ended(other));
	KUNIT_EXPECT_EQ(test, wait_any(events, 2, 0), 0);
	KUNIT_EXPECT_EQ(test, wait_all(events, 2, 0), 0);
	KUNIT_EXPECT_EQ(test, wait_all(events, 2, 0), 0);

	reinit_completion(&events->event[0]);
	KUNIT_EXPECT_EQ(test, wait_any(events, 2, 0), 1);
	KUNIT_EXPECT_EQ(test, wait_all(events, 2, 0), -ETIMEDOUT);
}

/* -- The end of a wait without an event -- */

static void timeout_0_only_looks(struct kunit *test)
{
	struct events *events = test->priv;

	KUNIT_EXPECT_EQ(test, wait_any(events, EVENTS, 0), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, wait_all(events, EVENTS, 0), -ETIMEDOUT);
	complete(&events->event[1]);
	KUNIT_EXPECT_EQ(test, wait_any(events, EVENTS, 0), 1);
}

static void timeout_ends_the_wait_in_time(struct kunit *test)
{
	struct events *events = test->priv;
	unsigned long begin = jiffies;

	KUNIT_EXPECT_EQ(test, wait_any(events, EVENTS, A_MOMENT), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, wait_all(events, EVENTS, A_MOMENT), -ETIMEDOUT);
	KUNIT_EXPECT_GE(test, jiffies - begin, 2 * A_MOMENT);
	KUNIT_EXPECT_LT(test, jiffies - begin, DMF_KUNIT_TIMEOUT);
}

static void signal_ends_an_interruptible_wait(struct kunit *test)
{
	struct waiter *any = waiter_sleep(test, 2, false, true);
	struct waiter *all = waiter_sleep(test, 2, true, true);

	send_sig(SIGUSR1, any->task, 1);
	send_sig(SIGUSR1, all->task, 1);
	KUNIT_EXPECT_TRUE(test, waiter_ended(any));
	KUNIT_EXPECT_TRUE(test, waiter_ended(all));
	KUNIT_EXPECT_EQ(test, any->result, -ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, all->result, -ERESTARTSYS);
}

static int signalled_thread(void *data)
{
	struct waiter *waiter = data;

	allow_signal(SIGUSR1);
	send_sig(SIGUSR1, current, 1);
	return waiter_thread(waiter);
}

static void what_is_set_counts_for_more_than_a_signal(struct kunit *test)
{
	struct events *events = test->priv;
	struct waiter waiter = {
		.list = events->list, .count = 2, .interruptible = true, .timeout = FOR_EVER,
	};

	complete(&events->event[0]);
	complete(&events->event[0]);
	complete(&events->event[1]);
	init_completion(&waiter.ended);
	dmf_kunit_run(test, signalled_thread, &waiter);
	KUNIT_EXPECT_TRUE(test, waiter_ended(&waiter));
	KUNIT_EXPECT_EQ(test, waiter.result, 0);

	waiter.all = true;
	dmf_kunit_run(test, signalled_thread, &waiter);
	KUNIT_EXPECT_TRUE(test, waiter_ended(&waiter));
	KUNIT_EXPECT_EQ(test, waiter.result, 0);

	/* And a signal is one. */
	dmf_kunit_run(test, signalled_thread, &waiter);
	KUNIT_EXPECT_TRUE(test, waiter_ended(&waiter));
	KUNIT_EXPECT_EQ(test, waiter.result, -ERESTARTSYS);
}

/* -- Contexts -- */

static void complete_in_hardirq(void *data)
{
	complete(data);
}

static void events_set_by_hard_irq_work(struct kunit *test)
{
	struct events *events = test->priv;
	struct waiter *waiter = waiter_sleep(test, 3, false, false);

	dmf_kunit_in_hardirq(complete_in_hardirq, &events->event[2]);
	KUNIT_EXPECT_TRUE(test, waiter_ended(waiter));
	KUNIT_EXPECT_EQ(test, waiter->result, 2);

	waiter = waiter_sleep(test, 2, true, false);
	dmf_kunit_in_hardirq(complete_in_hardirq, &events->event[0]);
	dmf_kunit_in_hardirq(complete_in_hardirq, &events->event[1]);
	KUNIT_EXPECT_TRUE(test, waiter_ended(waiter));
	KUNIT_EXPECT_EQ(test, waiter->result, 0);
}

/* -- Wake-ups are passed on -- */

static void any_passes_on_what_it_does_not_take(struct kunit *test)
{
	struct events *events = test->priv;
	struct waiter *first = waiter_sleep(test, 2, false, false);
	struct waiter *other = waiter_sleep_from(test, 1, 1, false, false);

	/* @first is woken by both before it runs, and takes event 0. */
	migrate_disable();
	set_cpus_allowed_ptr(first->task, cpumask_of(smp_processor_id()));
	preempt_disable();
	complete(&events->event[0]);
	complete(&events->event[1]);
	preempt_enable();
	migrate_enable();

	KUNIT_EXPECT_TRUE(test, waiter_ended(first));
	KUNIT_EXPECT_EQ(test, first->result, 0);
	KUNIT_EXPECT_TRUE(test, waiter_ended(other));
	KUNIT_EXPECT_EQ(test, other->result, 0);
}

static void all_passes_on_what_it_cannot_take_yet(struct kunit *test)
{
	struct events *events = test->priv;
	struct waiter *first = waiter_sleep(test, 2, true, false);
	struct waiter *other = waiter_sleep(test, 1, false, false);

	complete(&events->event[0]);
	KUNIT_EXPECT_TRUE(test, waiter_ended(other));
	KUNIT_EXPECT_EQ(test, other->result, 0);
	KUNIT_EXPECT_TRUE(test, waiter_still_waits(first));
	complete(&events->event[0]);
	complete(&events->event[1]);
	KUNIT_EXPECT_TRUE(test, waiter_ended(first));
}

/* -- Races -- */

#define ROUNDS	1500

/* Who consumes; each is one thread. */
struct consumer {
	struct race *race;
	struct completion *list[2];
	unsigned int count;
	bool all;
	long timeout;
	bool interruptible;
};

struct race {
	struct completion a, b;
	atomic_t left;			/* what has been set and not taken yet */
	struct completion round_ended;
	bool over;
	struct consumer consumers[6];
};

static int consumer_thread(void *data)
{
	struct consumer *consumer = data;
	struct race *race = consumer->race;
	int ret;

	if (consumer->interruptible)
		allow_signal(SIGUSR1);
	while (!READ_ONCE(race->over)) {
		ret = dmf_portable_event_wait_for_multiple(consumer->count, consumer->list,
							   consumer->all, consumer->timeout,
							   consumer->interruptible);
		if (ret == -ERESTARTSYS)
			flush_signals(current);
		if (ret < 0 || READ_ONCE(race->over))
			continue;
		if (atomic_sub_and_test(consumer->all ? 2 : 1, &race->left))
			complete(&race->round_ended);
	}
	return 0;
}

static void race_end(void *data)
{
	struct race *race = data;

	WRITE_ONCE(race->over, true);
	complete_all(&race->a);
	complete_all(&race->b);
}

static struct race *race_init(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	init_completion(&race->a);
	init_completion(&race->b);
	init_completion(&race->round_ended);
	for (i = 0; i < ARRAY_SIZE(race->consumers); i++)
		race->consumers[i] = (struct consumer) {
			.race = race, .list = { &race->a, &race->b }, .count = 2,
			.timeout = FOR_EVER,
		};
	return race;
}

/* With what is lost, a round does not end although somebody waits for what is set. */
static void race_run(struct kunit *test, struct race *race, struct task_struct **signalled)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;
	struct task_struct *task;
	int i, got;

	*signalled = NULL;
	for (i = 0; i < ARRAY_SIZE(race->consumers); i++) {
		task = dmf_kunit_run(test, consumer_thread, &race->consumers[i]);
		if (race->consumers[i].interruptible)
			*signalled = task;
	}
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, race_end, race), 0);

	/* No more of them than there is time for. */
	for (i = 0; i < ROUNDS && time_before(jiffies, end); i++) {
		atomic_set(&race->left, 4);
		complete(&race->a);
		complete(&race->b);
		if (*signalled && i % 4 == 0)
			send_sig(SIGUSR1, *signalled, 1);
		complete(i & 1 ? &race->b : &race->a);
		complete(i & 1 ? &race->a : &race->b);
		got = wait_for_completion_timeout(&race->round_ended, DMF_KUNIT_TIMEOUT);
		KUNIT_ASSERT_TRUE_MSG(test, got, "round %d: %d left, a %u, b %u", i,
				      atomic_read(&race->left), race->a.done, race->b.done);
	}
}

static void race_no_wake_up_is_lost_among_those_that_take_any(struct kunit *test)
{
	struct race *race = race_init(test);
	struct task_struct *signalled;

	swap(race->consumers[1].list[0], race->consumers[1].list[1]);
	race->consumers[2].count = 1;
	race->consumers[3].list[0] = &race->b;
	race->consumers[3].count = 1;
	race->consumers[5].interruptible = true;
	race_run(test, race, &signalled);
}

static void race_no_wake_up_is_lost_with_those_that_take_all(struct kunit *test)
{
	struct race *race = race_init(test);
	struct task_struct *signalled;

	race->consumers[0].all = true;
	race->consumers[1].all = true;
	swap(race->consumers[1].list[0], race->consumers[1].list[1]);
	race->consumers[2].count = 1;
	race->consumers[3].list[0] = &race->b;
	race->consumers[3].count = 1;
	race->consumers[4].all = true;
	race->consumers[4].timeout = 1;
	race->consumers[5].all = true;
	race->consumers[5].interruptible = true;
	race_run(test, race, &signalled);
}

/* -- Arguments and memory -- */

static void bad_arguments_are_refused(struct kunit *test)
{
	struct completion *many[DMF_PORTABLE_EVENTS_MAX + 1];
	struct events *events = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = &events->event[0];
	complete(&events->event[0]);
	KUNIT_EXPECT_EQ(test, -EINVAL, wait_any(events, 0, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, wait_all(events, 0, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, wait_any(events, 1, -1));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dmf_portable_event_wait_for_multiple(1, NULL, false, 0, false));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dmf_portable_event_wait_for_multiple(ARRAY_SIZE(many), many, false, 0,
							     false));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dmf_portable_event_wait_for_multiple(2, many, true, 0, false));
	events->list[1] = NULL;
	KUNIT_EXPECT_EQ(test, -EINVAL, wait_any(events, 2, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, wait_all(events, 2, 0));
	KUNIT_EXPECT_EQ(test, events->event[0].done, 1);
}

static void so_many_events_as_allowed(struct kunit *test)
{
	const size_t size = DMF_PORTABLE_EVENTS_MAX * sizeof(struct completion);
	struct completion *many[DMF_PORTABLE_EVENTS_MAX];
	struct completion *all = kunit_kzalloc(test, size, GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, all);
	for (i = 0; i < ARRAY_SIZE(many); i++) {
		many[i] = &all[i];
		init_completion(many[i]);
		complete(many[i]);
	}
	KUNIT_EXPECT_EQ(test, 0, dmf_portable_event_wait_for_multiple(ARRAY_SIZE(many), many, true,
								      0, false));
	complete(many[DMF_PORTABLE_EVENTS_MAX - 1]);
	KUNIT_EXPECT_EQ(test, DMF_PORTABLE_EVENTS_MAX - 1,
			dmf_portable_event_wait_for_multiple(ARRAY_SIZE(many), many, false, 1,
							     false));
}

static int attempt_wait(struct kunit *test, void *data)
{
	int ret = wait_any(test->priv, EVENTS, 1);

	return ret == -ETIMEDOUT ? 0 : ret;
}

static void memory_for_many_events_may_fail(struct kunit *test)
{
	dmf_kunit_fail_nth(test, attempt_wait, NULL, 1);
}

static struct kunit_case portable_cases[] = {
	KUNIT_CASE(any_returns_the_lowest_that_is_set),
	KUNIT_CASE(any_takes_one_complete_of_one_event),
	KUNIT_CASE(any_sleeps_until_one_is_set),
	KUNIT_CASE(any_of_an_event_that_stands_twice),
	KUNIT_CASE(all_takes_every_event),
	KUNIT_CASE(all_takes_nothing_while_one_is_not_set),
	KUNIT_CASE(all_sleeps_until_the_last_is_set),
	KUNIT_CASE(all_waits_on_when_one_is_stolen),
	KUNIT_CASE(two_that_want_all_sleep_until_they_can),
	KUNIT_CASE(what_complete_all_has_set_stays_set),
	KUNIT_CASE(timeout_0_only_looks),
	KUNIT_CASE(timeout_ends_the_wait_in_time),
	KUNIT_CASE(signal_ends_an_interruptible_wait),
	KUNIT_CASE(what_is_set_counts_for_more_than_a_signal),
	KUNIT_CASE(events_set_by_hard_irq_work),
	KUNIT_CASE(any_passes_on_what_it_does_not_take),
	KUNIT_CASE(all_passes_on_what_it_cannot_take_yet),
	KUNIT_CASE(race_no_wake_up_is_lost_among_those_that_take_any),
	KUNIT_CASE(race_no_wake_up_is_lost_with_those_that_take_all),
	KUNIT_CASE(bad_arguments_are_refused),
	KUNIT_CASE(so_many_events_as_allowed),
	KUNIT_CASE(memory_for_many_events_may_fail),
	{ }
};

static struct kunit_suite portable_suite = {
	.name = "dmf_portable",
	.init = events_init,
	.test_cases = portable_cases,
};

kunit_test_suite(portable_suite);
