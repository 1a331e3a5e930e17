// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of NotifyUserWithRequestMultiple: broadcasts against files that come and go, and
 * against consumers who are too slow.
 */
#include <linux/kthread.h>
#include <linux/uio.h>

#include "multiple_fixture.h"

#define RACE_DATA	64	/* events that are kept, where none shall be lost */

struct race {
	struct multiples *m;
	struct dmf_file *file;
	unsigned int limit;		/* broadcasts */
	struct completion done;
	unsigned int records;
	unsigned int wrong;
	ssize_t result;
};

static struct race *race_alloc(struct kunit *test, unsigned int count)
{
	struct race *races = kunit_kcalloc(test, count, sizeof(*races), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, races);
	for (i = 0; i < count; i++) {
		races[i].m = test->priv;
		init_completion(&races[i].done);
	}
	return races;
}

static struct task_struct *race_run(struct kunit *test, int (*function)(void *data),
				    struct race *race)
{
	struct task_struct *thread = kthread_run(function, race, "dmf-kunit-race");

	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	return thread;
}

/*
 * How far those who broadcast are ahead of the one who looks: by the values, if one thread
 * counts them; else by what the file of the one who looks has not read.
 */
static unsigned int race_ahead(const struct race *race)
{
	struct dmf_stream_list list = { };

	if (!race->file)
		return race->m->next_value - READ_ONCE(race->m->seen);
	dmf_stream_list(race->file, &list);
	return list.queued;
}

/* Half of what is kept ahead of the one who looks. */
static int race_broadcast_thread(void *data)
{
	struct race *race = data;

	while (!kthread_should_stop()) {
		if (race_ahead(race) < RACE_DATA / 2)
			multiples_broadcast(race->m);
		cond_resched();
	}
	return 0;
}

/* The file's next record, which must come; 0 if it does not. */
static u64 race_next(struct dmf_file *file)
{
	struct record record;

	return dmf_kunit_until(dmf_kunit_pull(file, &record) > 0) ? record.event.sequence : 0;
}

/* The same without a sleep if it is there. */
static u64 race_next_soon(struct dmf_file *file)
{
	struct record record;

	return dmf_kunit_pull(file, &record) > 0 ? record.event.sequence : race_next(file);
}

#define RACE_OPENS	100

/* What a newcomer sees first is not older than its opening, and nothing is left out. */
static void race_broadcast_against_open(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct race *race = race_alloc(test, 1);
	unsigned int i, early = 0, late = 0, gaps = 0;
	struct task_struct *producer;
	struct dmf_file *file;
	u64 before, after, first;

	m->config.max_pending_data = RACE_DATA;
	multiples_probe(test);
	producer = race_run(test, race_broadcast_thread, race);
	for (i = 0; i < RACE_OPENS; i++) {
		before = READ_ONCE(m->next_value);
		WRITE_ONCE(m->seen, before);
		file = dmf_file_open(m->ddev, NULL);
		if (IS_ERR(file))
			break;
		after = READ_ONCE(m->next_value);
		WRITE_ONCE(m->seen, after);
		first = race_next_soon(file);
		/* A value is counted before it is broadcast. */
		early += first < before;
		late += first > after + 1;
		gaps += race_next_soon(file) != first + 1;
		dmf_file_release(file);
	}
	kthread_stop(producer);
	KUNIT_EXPECT_EQ(test, i, RACE_OPENS);
	KUNIT_EXPECT_EQ(test, early, 0);
	KUNIT_EXPECT_EQ(test, late, 0);
	KUNIT_EXPECT_EQ(test, gaps, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->departures), RACE_OPENS);
}

/* Files that come, read a little or nothing, and go. */
static int race_visit_thread(void *data)
{
	struct race *race = data;
	struct dmf_file *file;
	struct record record;

	while (!kthread_should_stop()) {
		cond_resched();
		if (race_ahead(race) > 4 * RACE_DATA)
			continue;
		file = dmf_file_open(race->m->ddev, NULL);
		if (IS_ERR(file)) {
			race->wrong++;
			continue;
		}
		if (race->records++ % 2)
			dmf_kunit_pull(file, &record);
		dmf_file_release(file);
	}
	return 0;
}

#define RACE_STAYS	800

/* Whoever stays sees every event, whoever else comes and goes, and reports that. */
static void race_broadcast_against_close_and_departure(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct race *races = race_alloc(test, 3);
	struct task_struct *threads[3];
	unsigned int i, gaps = 0;
	struct dmf_file *file;

	/* A departure reports one event more. */
	m->config.max_pending_data = 8 * RACE_DATA;
	m->broadcast_on_departure = true;
	multiples_probe(test);
	file = multiples_open(test, m);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		races[i].file = file;
	threads[0] = race_run(test, race_visit_thread, &races[0]);
	threads[1] = race_run(test, race_visit_thread, &races[1]);
	threads[2] = race_run(test, race_broadcast_thread, &races[2]);
	/* At least one file must have come by then. */
	for (i = 1; (i <= RACE_STAYS || !READ_ONCE(races[0].records)) && !gaps; i++)
		gaps += race_next_soon(file) != i;
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		kthread_stop(threads[i]);
	KUNIT_EXPECT_EQ(test, gaps, 0);
	KUNIT_EXPECT_EQ(test, races[0].wrong + races[1].wrong, 0);
	KUNIT_EXPECT_GT(test, races[0].records, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->departures),
			races[0].records + races[1].records);
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "members=1 "));
}

/* Blocked, again and again, until the device goes. */
static int race_block_thread(void *data)
{
	struct race *race = data;
	struct record record;

	do {
		struct kvec vector = { .iov_base = &record, .iov_len = sizeof(record) };
		unsigned int count = 1;
		struct iov_iter to;

		iov_iter_kvec(&to, READ, &vector, 1, sizeof(record));
		race->result = dmf_stream_pull(race->file, &to, &count, false, DMF_WAIT_FOREVER);
	} while (race->result > 0);
	complete(&race->done);
	return dmf_kunit_await_stop();
}

#define RACE_FILES	8

static void race_unbind_against_blocked_readers_of_many_files(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct task_struct *threads[2 * RACE_FILES];
	struct race *races;
	int round, i, j;

	for (round = 0; round < 3; round++) {
		multiples_probe(test);
		races = race_alloc(test, ARRAY_SIZE(threads));
		for (i = 0; i < ARRAY_SIZE(threads); i++) {
			races[i].file = i % 2 ? races[i - 1].file : multiples_open(test, m);
			threads[i] = race_run(test, race_block_thread, &races[i]);
		}
		for (j = 0; j < 20 * (round + 1); j++) {
			multiples_broadcast(m);
			cond_resched();
		}
		dmf_kunit_remove(test, m->ddev);
		for (i = 0; i < ARRAY_SIZE(threads); i++) {
			KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&races[i].done,
									    DMF_KUNIT_TIMEOUT));
			KUNIT_EXPECT_EQ(test, races[i].result, -ENODEV);
			kthread_stop(threads[i]);
		}
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&m->departures), 3 * RACE_FILES);
}

static int race_unthrottled_thread(void *data)
{
	struct race *race = data;
	unsigned int i;

	for (i = 0; i < race->limit; i++) {
		multiples_broadcast(race->m);
		if (!(i % 4))
			cond_resched();
	}
	complete(&race->done);
	return dmf_kunit_await_stop();
}

/*
 * Take some, deliver a part and give back the rest. Whatever is seen is whole, and none
 * comes again that has been delivered.
 */
static int race_push_back_thread(void *data)
{
	struct race *race = data;
	unsigned int delivered, turn = 0;
	const struct record *record;
	struct taken taken;
	u64 last = 0;
	int count, i;

	while (!kthread_should_stop()) {
		cond_resched();
		count = multiples_take(race->m, race->file, &taken, DMF_STREAM_BATCH, SIZE_MAX);
		if (count <= 0)
			continue;
		cond_resched();
		delivered = turn++ % (count + 1);
		for (i = 0; i < count; i++) {
			record = multiples_taken(&taken, i);
			race->wrong += record->payload.value != record->event.sequence;
			race->wrong += record->event.sequence <= last + i;
		}
		if (delivered)
			last = multiples_taken(&taken, delivered - 1)->event.sequence;
		multiples_give(race->m, race->file, &taken, delivered);
		race->records += delivered;
	}
	return 0;
}

#define RACE_LAPS	4000

static void race_push_back_against_a_ring_that_goes_round(struct kunit *test)
{
	struct race *races = race_alloc(test, 3);
	struct multiples *m = multiples_probe(test);
	struct task_struct *threads[3];
	struct dmf_file *slow = multiples_open(test, m);
	int i;

	races[2].limit = RACE_LAPS;
	for (i = 0; i < 2; i++) {
		races[i].file = multiples_open(test, m);
		threads[i] = race_run(test, race_push_back_thread, &races[i]);
	}
	threads[2] = race_run(test, race_unthrottled_thread, &races[2]);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&races[2].done, DMF_KUNIT_TIMEOUT));
	/* Whoever has come too late for the race finds the last events. */
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(READ_ONCE(races[0].records) &&
						READ_ONCE(races[1].records)));
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		kthread_stop(threads[i]);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, races[i].wrong, 0);
	/* Whoever has read nothing has lost all but the last. */
	dmf_kunit_expect_record(test, slow, RACE_LAPS - DATA_MAX + 1, RACE_LAPS - DATA_MAX + 1);
}

static struct kunit_case race_cases[] = {
	KUNIT_CASE(race_broadcast_against_open),
	KUNIT_CASE(race_broadcast_against_close_and_departure),
	KUNIT_CASE(race_unbind_against_blocked_readers_of_many_files),
	KUNIT_CASE(race_push_back_against_a_ring_that_goes_round),
	{ }
};

static struct kunit_suite race_suite = {
	.name = "dmf_notify_user_with_request_multiple_race",
	.init = multiples_init,
	.test_cases = race_cases,
};

kunit_test_suite(race_suite);
