// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the requests of NotifyUserWithRequestMultiple.
 */
#include <linux/kthread.h>

#include "multiple_fixture.h"

static void request_waits_for_an_event(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);
	struct submitter *asker = multiples_ask(test, file);

	KUNIT_EXPECT_FALSE(test, completion_done(&asker->done));
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "members=1 requests=1"));
	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -1);
	multiples_expect_nothing(test, file);
}

static void request_gets_the_next_event_at_once(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);

	multiples_broadcast_many(m, DATA_MAX + 1);
	dmf_kunit_expect_record(test, file, 2, 2);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, 0), -3);
	dmf_kunit_expect_record(test, file, 4, 4);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, 0), -5);
}

static void each_file_has_its_own_requests_and_events(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *files[] = { multiples_open(test, m), multiples_open(test, m) };
	struct submitter *asker;

	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(files[0], 0), -1);
	asker = multiples_ask(test, files[0]);
	KUNIT_EXPECT_FALSE(test, completion_done(&asker->done));
	dmf_kunit_expect_record(test, files[1], 1, 1);
	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -2);
	dmf_kunit_expect_record(test, files[1], 2, 2);
}

static void requests_are_served_oldest_first(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);
	struct submitter *askers[REQUEST_MAX];
	int i;

	for (i = 0; i < REQUEST_MAX; i++)
		askers[i] = multiples_ask(test, file);
	multiples_broadcast_many(m, REQUEST_MAX);
	for (i = 0; i < REQUEST_MAX; i++) {
		KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, askers[i]), -(i + 1));
		KUNIT_EXPECT_EQ(test, m->completed[i], i + 1);
	}
}

static void requests_of_many_files_get_one_event(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct submitter *askers[3 * REQUEST_MAX];
	struct dmf_file *file = NULL;
	int i;

	for (i = 0; i < ARRAY_SIZE(askers); i++) {
		if (!(i % REQUEST_MAX))
			file = multiples_open(test, m);
		askers[i] = multiples_ask(test, file);
	}
	multiples_broadcast_many(m, 2);
	for (i = 0; i < ARRAY_SIZE(askers); i++) {
		if (i % REQUEST_MAX < 2)
			KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, askers[i]),
					-(i % REQUEST_MAX + 1));
		else
			KUNIT_EXPECT_FALSE(test, completion_done(&askers[i]->done));
	}
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "requests=3"));
	multiples_broadcast(m);
}

static void requests_are_served_before_the_stream(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);
	struct puller *blocked = multiples_block(test, file);
	struct submitter *asker = multiples_ask(test, file);

	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -1);
	KUNIT_EXPECT_FALSE(test, completion_done(&blocked->done));
	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, blocked), sizeof(struct record));
}

/* The event is there for both files, and the first one's request is just being completed. */
static void consumer_does_not_overtake_a_request_that_is_about_to_be_served(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *files[] = { multiples_open(test, m), multiples_open(test, m) };
	struct submitter *askers[] = {
		multiples_ask(test, files[0]), multiples_ask(test, files[1]),
	};

	m->pull_on_completion = files[1];
	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, askers[0]), -1);
	KUNIT_EXPECT_EQ(test, m->pull_result, -EAGAIN);
	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, askers[1]), -1);
	dmf_kunit_expect_record(test, files[1], 2, 2);
}

/* The records that a consumer has taken may go back: nothing overtakes them. */
static void request_waits_while_records_are_being_copied(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);
	struct submitter *asker;
	struct taken taken;

	multiples_broadcast_many(m, 3);
	KUNIT_EXPECT_EQ(test, multiples_take(m, file, &taken, 2, SIZE_MAX), 2);
	asker = multiples_ask(test, file);
	KUNIT_EXPECT_FALSE(test, completion_done(&asker->done));
	multiples_broadcast(m);
	KUNIT_EXPECT_FALSE(test, completion_done(&asker->done));
	multiples_give(m, file, &taken, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -2);

	KUNIT_EXPECT_EQ(test, multiples_take(m, file, &taken, 1, SIZE_MAX), 1);
	asker = multiples_ask(test, file);
	KUNIT_EXPECT_FALSE(test, completion_done(&asker->done));
	multiples_give(m, file, &taken, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -4);
}

static void limit_is_that_of_a_file(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *files[] = { multiples_open(test, m), multiples_open(test, m) };
	struct submitter *first = NULL;
	int i;

	for (i = 0; i < REQUEST_MAX; i++) {
		struct submitter *asker = multiples_ask(test, files[0]);

		first = first ?: asker;
	}
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(files[0], 0), -EBUSY);
	reinit_completion(&m->added);
	multiples_ask(test, files[1]);
	KUNIT_EXPECT_EQ(test, m->added_result, 0);
	/* Room is made when a request is handed out. */
	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, first), -1);
	multiples_ask(test, files[0]);
	KUNIT_EXPECT_EQ(test, m->added_result, 0);
	multiples_broadcast_many(m, REQUEST_MAX);
}

static void cancel_takes_the_request_back(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *files[] = { multiples_open(test, m), multiples_open(test, m) };
	struct submitter *mine = multiples_ask(test, files[0]);
	struct submitter *theirs = multiples_ask(test, files[1]);

	dmf_file_cancel_mine(files[0]);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, mine), -ECANCELED);
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "requests=1"));
	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, theirs), -1);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->completions), 1);
	dmf_kunit_expect_record(test, files[0], 1, 1);
}

static void request_of_another_driver_belongs_to_no_file(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_kunit_internal(m->ddev, 0), -ENOENT);
}

static void unbind_cancels_requests_before_the_file_departs(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct submitter *asker = multiples_ask(test, multiples_open(test, m));

	dmf_kunit_remove(test, m->ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->departures), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->completions), 0);
}

/*
 * Each completion reports the next event, which finds the next file's request, and so
 * on, deeper than contexts may run the callback: whoever runs it already goes on.
 */
static void completion_callbacks_may_broadcast(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct submitter *askers[12];
	struct dmf_file *file;
	int i;

	for (i = 0; i < ARRAY_SIZE(askers); i++)
		askers[i] = multiples_ask(test, multiples_open(test, m));
	atomic_set(&m->broadcasts_on_completion, ARRAY_SIZE(askers) - 1);
	multiples_broadcast(m);
	for (i = 0; i < ARRAY_SIZE(askers); i++)
		dmf_kunit_submit_result(test, askers[i]);
	KUNIT_EXPECT_EQ(test, m->next_value, ARRAY_SIZE(askers));
	KUNIT_EXPECT_EQ(test, atomic_read(&m->completions), ARRAY_SIZE(askers));
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "requests=0"));

	/* All of those contexts can be used again. */
	file = multiples_open(test, m);
	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, 0), -(int)m->next_value);
}

/* -- Races ------------------------------------------------------------------------ */

#define RACE_EVENTS	1000
#define RACE_BEGIN	1000	/* values are larger than any errno that is expected */
#define RACE_DATA	64	/* events that are kept */

struct race {
	struct multiples *m;
	struct dmf_file *file;
	atomic_t *seen;			/* how often each value was, by this file */
	atomic_t others;		/* results that are no value */
	atomic_t got;			/* values */
};

static void race_see(struct race *race, int value)
{
	value -= RACE_BEGIN;
	if (value < 1 || value > RACE_EVENTS) {
		atomic_inc(&race->others);
		return;
	}
	atomic_inc(&race->seen[value - 1]);
	atomic_inc(&race->got);
}

static int race_ask_thread(void *data)
{
	struct race *race = data;

	while (!kthread_should_stop()) {
		race_see(race, -dmf_kunit_ioctl(race->file, 0));
		cond_resched();
	}
	return 0;
}

static int race_pull_thread(void *data)
{
	struct race *race = data;
	struct record record;

	while (!kthread_should_stop()) {
		if (dmf_kunit_pull(race->file, &record) > 0)
			race_see(race, record.payload.value);
		cond_resched();
	}
	return 0;
}

static int race_cancel_thread(void *data)
{
	struct race *race = data;

	while (!kthread_should_stop()) {
		dmf_file_cancel_mine(race->file);
		cond_resched();
	}
	return 0;
}

static struct race *race_init(struct kunit *test, struct multiples *m)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->seen = kunit_kcalloc(test, RACE_EVENTS, sizeof(*race->seen), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, race->seen);
	race->m = m;
	race->file = multiples_open(test, m);
	return race;
}

static struct task_struct *race_run(struct kunit *test, int (*function)(void *data),
				    struct race *race)
{
	struct task_struct *thread = kthread_run(function, race, "dmf-kunit-race");

	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	return thread;
}

/* Who asks is blocked, until its request is cancelled. */
static void race_stop(struct task_struct *thread, struct race *race)
{
	struct task_struct *canceller = kthread_run(race_cancel_thread, race, "dmf-kunit-end");

	kthread_stop(thread);
	if (!IS_ERR(canceller))
		kthread_stop(canceller);
}

/* No faster than these files read: at most RACE_DATA events are unread, and none is lost. */
static bool race_broadcast(struct multiples *m, struct race **races, unsigned int count)
{
	unsigned int i, j;

	m->next_value = RACE_BEGIN;
	for (i = 0; i < RACE_EVENTS; i++) {
		multiples_broadcast(m);
		for (j = 0; j < count; j++) {
			if (i % (RACE_DATA / 2))
				continue;
			if (!dmf_kunit_until(atomic_read(&races[j]->got) + RACE_DATA / 2 > i))
				return false;
		}
		cond_resched();
	}
	return true;
}

static void expect_each_once(struct kunit *test, struct race *race)
{
	unsigned int i, wrong = 0, last = 0;

	while (atomic_read(&race->got) < RACE_EVENTS) {
		struct record record;

		if (dmf_kunit_pull(race->file, &record) <= 0)
			break;
		race_see(race, record.payload.value);
	}
	for (i = 0; i < RACE_EVENTS; i++) {
		if (atomic_read(&race->seen[i]) == 1)
			continue;
		wrong++;
		last = i;
	}
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "number %u was seen %d times", last,
			    atomic_read(&race->seen[last]));
}

static void race_request_process_against_broadcast(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct task_struct *threads[4];
	struct race *races[2];
	bool kept_up;
	int i;

	m->config.max_pending_data = RACE_DATA;
	multiples_probe(test);
	for (i = 0; i < ARRAY_SIZE(races); i++)
		races[i] = race_init(test, m);
	threads[0] = race_run(test, race_ask_thread, races[0]);
	threads[1] = race_run(test, race_ask_thread, races[0]);
	threads[2] = race_run(test, race_ask_thread, races[1]);
	threads[3] = race_run(test, race_pull_thread, races[1]);
	kept_up = race_broadcast(m, races, 2);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		race_stop(threads[i], races[i / 2]);
	KUNIT_EXPECT_TRUE(test, kept_up);
	for (i = 0; i < ARRAY_SIZE(races); i++)
		expect_each_once(test, races[i]);
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "requests=0"));
}

static void race_cancel_against_broadcast(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct task_struct *asker, *canceller;
	struct race *race;
	bool kept_up;

	m->config.max_pending_data = RACE_DATA;
	race = race_init(test, multiples_probe(test));
	asker = race_run(test, race_ask_thread, race);
	canceller = race_run(test, race_cancel_thread, race);
	/* The canceller is at it. */
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(atomic_read(&race->others)));
	kept_up = race_broadcast(m, &race, 1);
	kthread_stop(asker);
	kthread_stop(canceller);
	KUNIT_EXPECT_TRUE(test, kept_up);
	/* Cancelled requests have cost no event. */
	expect_each_once(test, race);
}

static struct kunit_case request_cases[] = {
	KUNIT_CASE(request_waits_for_an_event),
	KUNIT_CASE(request_gets_the_next_event_at_once),
	KUNIT_CASE(each_file_has_its_own_requests_and_events),
	KUNIT_CASE(requests_are_served_oldest_first),
	KUNIT_CASE(requests_of_many_files_get_one_event),
	KUNIT_CASE(requests_are_served_before_the_stream),
	KUNIT_CASE(consumer_does_not_overtake_a_request_that_is_about_to_be_served),
	KUNIT_CASE(request_waits_while_records_are_being_copied),
	KUNIT_CASE(limit_is_that_of_a_file),
	KUNIT_CASE(cancel_takes_the_request_back),
	KUNIT_CASE(request_of_another_driver_belongs_to_no_file),
	KUNIT_CASE(unbind_cancels_requests_before_the_file_departs),
	KUNIT_CASE(completion_callbacks_may_broadcast),
	KUNIT_CASE(race_request_process_against_broadcast),
	KUNIT_CASE(race_cancel_against_broadcast),
	{ }
};

static struct kunit_suite request_suite = {
	.name = "dmf_notify_user_with_request_multiple_request",
	.init = multiples_init,
	.test_cases = request_cases,
};

kunit_test_suite(request_suite);
