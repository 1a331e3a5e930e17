// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of NotifyUserWithRequestMultiple: who gets which events, by its stream and by
 * requests, and who comes and goes.
 */
#include <linux/dmf/filter.h>

#include "multiple_fixture.h"

/* -- Events ----------------------------------------------------------------------- */

static void record_is_complete_and_leaks_nothing(struct kunit *test)
{
	const struct record expected = {
		.event = { .sequence = 1, .type = 42, .status = -EXDEV }, .payload.value = 7,
	};
	struct payload payload = { .value = 7 };
	struct multiples *m = test->priv;
	u64 before = ktime_get_ns();
	struct dmf_file *file;

	m->config.event_type = 42;
	file = multiples_open(test, multiples_probe(test));
	KUNIT_EXPECT_EQ(test, multiples_report(m, &payload, sizeof(payload), -EXDEV), 0);
	dmf_kunit_expect_complete(test, file, &expected, before);
}

static void every_file_sees_every_event_in_order(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *files[3];
	int i, j;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		files[i] = multiples_open(test, m);
	multiples_broadcast_many(m, DATA_MAX);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		for (j = 1; j <= DATA_MAX; j++)
			dmf_kunit_expect_record(test, files[i], j, j);
		multiples_expect_nothing(test, files[i]);
	}
}

static void file_sees_events_from_its_opening_on(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file;

	multiples_broadcast(m);
	file = multiples_open(test, m);
	multiples_expect_nothing(test, file);
	multiples_broadcast(m);
	dmf_kunit_expect_record(test, file, 2, 2);
	multiples_expect_nothing(test, file);
}

static void slow_file_loses_its_own_oldest_events(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *slow = multiples_open(test, m);
	struct dmf_file *fast = multiples_open(test, m);
	int i;

	for (i = 1; i <= DATA_MAX + 3; i++) {
		multiples_broadcast(m);
		dmf_kunit_expect_record(test, fast, i, i);
	}
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "kept=4 slowest=4 sequence=7"));
	/* The gap is what it has lost: 1, 2 and 3. */
	for (i = 4; i <= DATA_MAX + 3; i++)
		dmf_kunit_expect_record(test, slow, i, i);
	multiples_expect_nothing(test, slow);
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "delivered=11 lost=3"));
}

static void several_records_in_one_call(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);
	struct record records[DATA_MAX];
	size_t size = (DATA_MAX - 1) * sizeof(records[0]);
	unsigned int count;
	int i;

	multiples_broadcast_many(m, DATA_MAX);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_many(file, records, size, DATA_MAX - 1, &count), size);
	KUNIT_EXPECT_EQ(test, count, DATA_MAX - 1);
	for (i = 0; i < DATA_MAX - 1; i++)
		KUNIT_EXPECT_EQ(test, records[i].payload.value, i + 1);
	dmf_kunit_expect_record(test, file, DATA_MAX, DATA_MAX);
}

static void more_events_than_a_batch(struct kunit *test)
{
	struct multiples *m = test->priv;
	unsigned int max = 5 * DMF_STREAM_BATCH / 2, count;
	struct record *records = kunit_kcalloc(test, max, sizeof(*records), GFP_KERNEL);
	struct dmf_file *file;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, records);
	m->config.max_pending_data = max;
	file = multiples_open(test, multiples_probe(test));
	multiples_broadcast_many(m, max + 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_many(file, records, max * sizeof(*records), max,
						  &count), max * sizeof(*records));
	KUNIT_EXPECT_EQ(test, count, max);
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ(test, records[i].event.sequence, i + 2);
}

static void record_that_does_not_fit_stays(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);
	struct taken taken;

	multiples_broadcast_many(m, 2);
	KUNIT_EXPECT_EQ(test, multiples_take(m, file, &taken, 1, sizeof(struct record) - 1),
			-ENOSPC);
	dmf_kunit_expect_record(test, file, 1, 1);
	dmf_kunit_expect_record(test, file, 2, 2);
	KUNIT_EXPECT_EQ(test, multiples_take(m, file, &taken, 1, 0), 0);
}

static void program_is_told_of_the_stream_and_of_its_file(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *slow = multiples_open(test, m);
	struct dmf_file *late;
	struct dmf_stream_list list = { };

	multiples_broadcast_many(m, DATA_MAX + 2);
	late = multiples_open(test, m);
	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_stream_list(slow, &list), 0);
	KUNIT_EXPECT_STREQ(test, list.name, "first");
	KUNIT_EXPECT_EQ(test, list.flags, DMF_STREAM_SELECTED | DMF_STREAM_BROADCAST);
	KUNIT_EXPECT_EQ(test, list.record_size, sizeof(struct record));
	KUNIT_EXPECT_EQ(test, list.depth, DATA_MAX);
	KUNIT_EXPECT_EQ(test, list.queued, DATA_MAX);
	KUNIT_EXPECT_EQ(test, list.sequence, DATA_MAX + 3);
	KUNIT_EXPECT_EQ(test, list.lost, 3);
	KUNIT_EXPECT_EQ(test, dmf_stream_list(late, &list), 0);
	KUNIT_EXPECT_EQ(test, list.queued, 1);
	KUNIT_EXPECT_EQ(test, list.lost, 0);
}

static void events_may_have_no_data(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct dmf_file *file;
	struct record record;

	m->config.data_size = 0;
	file = multiples_open(test, multiples_probe(test));
	KUNIT_EXPECT_EQ(test, multiples_report(m, NULL, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull(file, &record), sizeof(struct dmf_event));
	KUNIT_EXPECT_EQ(test, record.event.data_size, 0);
}

/* One record is more than a batch may be: a batch is that one. */
static void events_may_have_much_data(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct dmf_file *file;
	struct taken taken;
	u8 *data;

	data = kunit_kzalloc(test, DMF_IO_SIZE_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, data);
	memset(data, 0x5a, DMF_IO_SIZE_MAX);
	m->config.data_size = DMF_IO_SIZE_MAX;
	file = multiples_open(test, multiples_probe(test));
	KUNIT_EXPECT_EQ(test, multiples_report(m, data, DMF_IO_SIZE_MAX, 0), 0);
	KUNIT_EXPECT_EQ(test, multiples_report(m, data, DMF_IO_SIZE_MAX, 0), 0);
	KUNIT_EXPECT_EQ(test, multiples_take(m, file, &taken, DMF_STREAM_BATCH, SIZE_MAX), 1);
	KUNIT_EXPECT_EQ(test, memcmp(taken.runs[0].data + sizeof(struct dmf_event), data,
				     DMF_IO_SIZE_MAX), 0);
	multiples_give(m, file, &taken, 1);
}

static void wrong_size_is_refused(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);
	struct payload payload = { };
	size_t size = sizeof(payload);

	KUNIT_EXPECT_EQ(test, multiples_report(m, &payload, size - 1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, multiples_report(m, &payload, size + 1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, multiples_report(m, NULL, size, 0), -EINVAL);
	multiples_expect_nothing(test, file);
}

/* -- Records under way -------------------------------------------------------------- */

#define COPIERS		8	/* so many consumers copy at a time */

/*
 * As many as may copy have taken what they may, and the ring goes round: there is
 * always a record for the next event, and none that somebody looks at is used again.
 */
static void records_that_are_being_copied_stay_as_they_are(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *files[COPIERS];
	struct taken *taken = multiples_taken_alloc(test, COPIERS);
	int i, j;

	for (i = 0; i < COPIERS; i++) {
		files[i] = multiples_open(test, m);
		/* Each of them others: DATA_MAX more for each file. */
		multiples_broadcast_many(m, DATA_MAX);
		KUNIT_EXPECT_EQ(test, multiples_take(m, files[i], &taken[i], DMF_STREAM_BATCH,
						     SIZE_MAX), DATA_MAX);
	}
	for (i = 0; i < 10 * DATA_MAX; i++)
		KUNIT_EXPECT_EQ(test, multiples_broadcast(m), 0);
	for (i = 0; i < COPIERS; i++) {
		for (j = 0; j < DATA_MAX; j++)
			KUNIT_EXPECT_EQ(test, multiples_taken(&taken[i], j)->payload.value,
					i * DATA_MAX + j + 1);
		multiples_give(m, files[i], &taken[i], DATA_MAX);
	}
	for (i = 0; i < COPIERS; i++) {
		j = (COPIERS + 9) * DATA_MAX + 1;
		dmf_kunit_expect_record(test, files[i], j, j);
	}
}

struct late_copier {
	struct dmf_file *file;
	struct completion done;
	int result;
};

static int late_copier_thread(void *data)
{
	struct late_copier *late = data;
	struct record record;

	late->result = dmf_kunit_pull(late->file, &record);
	complete(&late->done);
	return dmf_kunit_await_stop();
}

static void one_more_who_copies_waits_for_his_turn(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct late_copier late = { };
	struct dmf_file *files[COPIERS];
	struct taken *taken = multiples_taken_alloc(test, COPIERS);
	int i;

	for (i = 0; i < COPIERS; i++)
		files[i] = multiples_open(test, m);
	late.file = multiples_open(test, m);
	init_completion(&late.done);
	multiples_broadcast_many(m, 2);
	for (i = 0; i < COPIERS; i++)
		KUNIT_EXPECT_EQ(test, multiples_take(m, files[i], &taken[i], 1, SIZE_MAX), 1);
	dmf_kunit_run(test, late_copier_thread, &late);
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&late.done, HZ / 20));
	/* Whoever has nothing to copy needs no turn. */
	multiples_expect_nothing(test, multiples_open(test, m));
	multiples_give(m, files[0], &taken[0], 0);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&late.done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, late.result, sizeof(struct record));
	for (i = 1; i < COPIERS; i++)
		multiples_give(m, files[i], &taken[i], 1);
	for (i = 0; i < COPIERS; i++)
		dmf_kunit_expect_record(test, files[i], i ? 2 : 1, i ? 2 : 1);
}

static void records_that_go_back_are_the_oldest_again(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);
	struct taken taken;
	int i;

	multiples_broadcast_many(m, DATA_MAX);
	KUNIT_EXPECT_EQ(test, multiples_take(m, file, &taken, DMF_STREAM_BATCH, SIZE_MAX),
			DATA_MAX);
	multiples_expect_nothing(test, file);
	multiples_give(m, file, &taken, 1);
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "delivered=1 lost=0"));
	for (i = 2; i <= DATA_MAX; i++)
		dmf_kunit_expect_record(test, file, i, i);
}

static void records_that_go_back_when_the_ring_has_gone_on_are_lost(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);
	struct dmf_file *other = multiples_open(test, m);
	struct taken taken;
	int i;

	multiples_broadcast_many(m, DATA_MAX);
	KUNIT_EXPECT_EQ(test, multiples_take(m, file, &taken, DMF_STREAM_BATCH, SIZE_MAX),
			DATA_MAX);
	for (i = 1; i <= DATA_MAX; i++)
		dmf_kunit_expect_record(test, other, i, i);
	multiples_broadcast_many(m, 2);
	multiples_give(m, file, &taken, 0);
	for (i = 3; i <= DATA_MAX + 2; i++)
		dmf_kunit_expect_record(test, file, i, i);
	multiples_expect_nothing(test, file);
	/* It was this file's loss alone. */
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "lost=2"));
	dmf_kunit_expect_record(test, other, DATA_MAX + 1, DATA_MAX + 1);
}

/* Somebody has kept a record of the array, so those around it are not in one piece. */
static void events_in_pieces_are_read_in_order(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct dmf_file *file, *holders[3];
	struct taken *taken = multiples_taken_alloc(test, ARRAY_SIZE(holders)), all;
	int i, next;

	m->config.max_pending_data = 16;
	multiples_probe(test);
	for (i = 0; i < ARRAY_SIZE(holders); i++) {
		multiples_broadcast_many(m, 3);
		holders[i] = multiples_open(test, m);
		multiples_broadcast(m);
		KUNIT_EXPECT_EQ(test, multiples_take(m, holders[i], &taken[i], 1, SIZE_MAX), 1);
	}
	/* To the end of the array. */
	multiples_broadcast_many(m, 16 + COPIERS * 16 + 8 - 3 * 4);
	file = multiples_open(test, m);
	next = m->next_value + 1;
	multiples_broadcast_many(m, 16);
	KUNIT_EXPECT_EQ(test, multiples_take(m, file, &all, DMF_STREAM_BATCH, SIZE_MAX), 16);
	KUNIT_EXPECT_GT(test, all.count, 1);
	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_EQ(test, multiples_taken(&all, i)->event.sequence, next + i);
	/* A part of a piece. */
	multiples_give(m, file, &all, all.runs[0].count + 1);
	next += all.runs[0].count + 1;
	dmf_kunit_expect_record(test, file, next, next);
	for (i = 0; i < ARRAY_SIZE(holders); i++)
		multiples_give(m, holders[i], &taken[i], 1);
}

/* -- Waking --------------------------------------------------------------------------- */

static void one_event_wakes_one_caller_of_each_file(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *files[2];
	struct puller *blocked[4];
	int i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		files[i] = multiples_open(test, m);
	for (i = 0; i < ARRAY_SIZE(blocked); i++)
		blocked[i] = multiples_block(test, files[i / 2]);
	multiples_broadcast(m);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(multiples_count_blocked(files[0]) == 1 &&
						multiples_count_blocked(files[1]) == 1));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(completion_done(&blocked[0]->done) ||
						completion_done(&blocked[1]->done)));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(completion_done(&blocked[2]->done) ||
						completion_done(&blocked[3]->done)));
	schedule_timeout_uninterruptible(HZ / 50);
	KUNIT_EXPECT_EQ(test, completion_done(&blocked[0]->done) +
			completion_done(&blocked[1]->done), 1);
	KUNIT_EXPECT_EQ(test, completion_done(&blocked[2]->done) +
			completion_done(&blocked[3]->done), 1);
	multiples_broadcast(m);
	for (i = 0; i < ARRAY_SIZE(blocked); i++) {
		KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, blocked[i]),
				sizeof(struct record));
	}
	for (i = 0; i < ARRAY_SIZE(blocked); i += 2)
		KUNIT_EXPECT_EQ(test, blocked[i]->record.payload.value +
				blocked[i + 1]->record.payload.value, 1 + 2);
}

static void broadcast_from_interrupt(void *data)
{
	multiples_broadcast(data);
}

static void event_from_an_interrupt_handler(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct puller *blocked = multiples_block(test, multiples_open(test, m));
	struct submitter *asker = multiples_ask(test, multiples_open(test, m));

	dmf_kunit_in_interrupt(broadcast_from_interrupt, m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, blocked), sizeof(struct record));
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -1);
}

static void cancel_mine_ends_the_wait_of_one_file(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *files[] = { multiples_open(test, m), multiples_open(test, m) };
	struct puller *mine = multiples_block(test, files[0]);
	struct puller *theirs = multiples_block(test, files[1]);

	dmf_file_cancel_mine(files[0]);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, mine), -ECANCELED);
	KUNIT_EXPECT_FALSE(test, completion_done(&theirs->done));
	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, theirs), sizeof(struct record));
}

/* A caller goes on waiting for the stream that it began with. */
static void caller_is_woken_when_the_file_has_selected_another_stream(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct dmf_file *file;
	struct puller *blocked;

	m->count = 2;
	file = multiples_open(test, multiples_probe(test));
	blocked = multiples_block(test, file);
	KUNIT_EXPECT_EQ(test, dmf_stream_select(file, "second"), 0);
	multiples_broadcast_by(m, 1);
	multiples_broadcast_by(m, 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, blocked), sizeof(struct record));
	KUNIT_EXPECT_EQ(test, blocked->record.payload.value, 2);
	dmf_kunit_expect_record(test, file, 1, 1);
}

/* -- Two instances ---------------------------------------------------------------------- */

static void file_is_a_member_whatever_stream_it_has_selected(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct dmf_file *file;

	m->count = 2;
	file = multiples_open(test, multiples_probe(test));
	KUNIT_EXPECT_EQ(test, atomic_read(&m->arrivals), 2);
	multiples_broadcast_by(m, 0);
	multiples_broadcast_by(m, 1);
	dmf_kunit_expect_record(test, file, 1, 1);
	multiples_expect_nothing(test, file);
	KUNIT_EXPECT_EQ(test, dmf_stream_select(file, "second"), 0);
	dmf_kunit_expect_record(test, file, 2, 1);
	multiples_broadcast_by(m, 0);
	multiples_expect_nothing(test, file);
	KUNIT_EXPECT_EQ(test, dmf_stream_select(file, "first"), 0);
	dmf_kunit_expect_record(test, file, 3, 2);
}

/* -- Replay ------------------------------------------------------------------------------- */

static void newcomer_gets_the_last_events(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct dmf_file *file;
	int i;

	m->config.replay_last_messages = true;
	multiples_probe(test);
	multiples_broadcast_many(m, DATA_MAX + 2);
	file = multiples_open(test, m);
	multiples_broadcast(m);
	/* One more has come, and the oldest of those replayed has gone. */
	for (i = 4; i <= DATA_MAX + 3; i++)
		dmf_kunit_expect_record(test, file, i, i);
	multiples_expect_nothing(test, file);
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "lost=1"));
}

static void replay_of_fewer_events_than_are_kept(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct dmf_file *file;

	m->config.replay_last_messages = true;
	multiples_probe(test);
	multiples_expect_nothing(test, multiples_open(test, m));
	multiples_broadcast_many(m, 2);
	file = multiples_open(test, m);
	dmf_kunit_expect_record(test, file, 1, 1);
	dmf_kunit_expect_record(test, file, 2, 2);
	multiples_expect_nothing(test, file);
}

/* -- Arrival and departure ------------------------------------------------------------------ */

static void arrival_and_departure_are_told_once(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = dmf_file_open(m->ddev, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_EQ(test, atomic_read(&m->arrivals), 1);
	KUNIT_EXPECT_PTR_EQ(test, m->arrived, file);
	/* The Client's own file_create comes first. */
	KUNIT_EXPECT_EQ(test, atomic_read(&m->creates), 1);
	KUNIT_EXPECT_EQ(test, m->arrivals_at_create, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->departures), 0);
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "members=1"));
	dmf_file_release(file);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->departures), 1);
	KUNIT_EXPECT_PTR_EQ(test, m->departed, file);
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "members=0"));
	dmf_kunit_remove(test, m->ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->arrivals), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->departures), 1);
}

static void refused_file_gets_nothing(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct dmf_file *file;

	m->config.replay_last_messages = true;
	multiples_probe(test);
	multiples_broadcast(m);
	m->arrival_result = -EPERM;
	file = dmf_file_open(m->ddev, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	multiples_broadcast(m);
	multiples_expect_nothing(test, file);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, 0), -ENOENT);
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "members=0"));
	dmf_file_release(file);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->arrivals), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->departures), 0);
}

static void event_of_the_arrival_callback_is_the_newcomers_first(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file;

	multiples_broadcast(m);
	m->broadcast_on_arrival = true;
	file = multiples_open(test, m);
	dmf_kunit_expect_record(test, file, 2, 2);
}

/* Users who are there when the device goes depart while the Module is open. */
static void unbind_lets_all_depart_before_the_module_closes(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);

	multiples_open(test, m);
	m->broadcast_on_departure = true;
	m->departure_result = -EINVAL;
	dmf_kunit_remove(test, m->ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->departures), 2);
	KUNIT_EXPECT_EQ(test, m->departure_result, 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull(file, &(struct record){}), -ENODEV);
}

static void callbacks_may_be_left_out(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct submitter *asker;
	struct dmf_file *file;
	int ret;

	m->config.client_arrival = NULL;
	m->config.client_departure = NULL;
	m->config.completion_callback = NULL;
	multiples_probe(test);
	file = dmf_file_open(m->ddev, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	multiples_broadcast(m);
	dmf_kunit_expect_record(test, file, 1, 1);
	asker = multiples_ask(test, file);
	ret = multiples_report(m, &(struct payload){}, sizeof(struct payload), -EXDEV);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -EXDEV);
	dmf_file_release(file);
}

/* -- Close and open again ----------------------------------------------------------------- */

static void members_stay_when_the_module_closes(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_file *file = multiples_open(test, m);
	struct dmf_file *asking = multiples_open(test, m);
	struct dmf_file *late;
	struct submitter *asker;

	multiples_broadcast(m);
	asker = multiples_ask(test, asking);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -1);
	asker = multiples_ask(test, asking);

	dmf_phase_down(m->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -ECANCELED);
	KUNIT_EXPECT_EQ(test, multiples_broadcast(m), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(asking, 0), -ENODEV);
	multiples_expect_nothing(test, file);
	late = multiples_open(test, m);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->arrivals), 3);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->departures), 0);

	KUNIT_EXPECT_EQ(test, dmf_phase_up(m->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	multiples_expect_nothing(test, file);
	multiples_broadcast(m);
	/* Number 1 was lost to this file by the close; the gap shows it. */
	dmf_kunit_expect_record(test, file, 3, 2);
	dmf_kunit_expect_record(test, late, 3, 2);
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "members=3 requests=0 kept=1"));
	KUNIT_EXPECT_TRUE(test, multiples_shows(m, "lost=1"));
}

/* -- Through a filter --------------------------------------------------------------------- */

static const struct dmf_filterable multiples_filterable = {
	auxiliary_device_init, __auxiliary_device_add, "dmf_kunit_multiple",
};

static const struct dmf_client_ops filter_ops = { };

static void file_of_a_filter_is_a_member_below(struct kunit *test)
{
	struct dmf_client_ops ops = multiples_ops;
	struct multiples *m = test->priv;
	struct submitter *asker;
	struct dmf_file *file;

	ops.filterable = &multiples_filterable;
	m->ddev = dmf_kunit_probe(test, &ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(m->ddev));
	dmf_kunit_filter_register(test, "dmf_kunit_multiple", &filter_ops);
	file = dmf_kunit_open_node(test, m->ddev);
	KUNIT_ASSERT_NOT_NULL(test, file->lower);
	KUNIT_EXPECT_PTR_EQ(test, m->arrived, file->lower);
	multiples_broadcast(m);
	dmf_kunit_expect_record(test, dmf_stream_source(file), 1, 1);
	asker = multiples_ask(test, file);
	multiples_broadcast(m);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -2);
	multiples_expect_nothing(test, dmf_stream_source(file));
}

/* -- Configuration ------------------------------------------------------------------------ */

static void bad_configs_are_refused(struct kunit *test)
{
	struct multiples *m = test->priv;

	m->config.max_pending_data = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &multiples_ops)), -EINVAL);
	m->config.max_pending_data = DMF_NOTIFY_USER_WITH_REQUEST_MULTIPLE_MAX + 1;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &multiples_ops)), -EINVAL);
	m->config.data_size = DMF_IO_SIZE_MAX;
	m->config.max_pending_data = DMF_NOTIFY_USER_WITH_REQUEST_MULTIPLE_MAX;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &multiples_ops)), -EINVAL);
	m->config.max_pending_data = 1;
	m->config.data_size = DMF_IO_SIZE_MAX + 1;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &multiples_ops)), -EINVAL);
	/* The kind's own name is too long for user space. */
	m->config.data_size = 0;
	m->attributes[0].instance_name = NULL;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &multiples_ops)), -EINVAL);
}

static void one_event_may_be_kept(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct dmf_file *file;

	m->config.max_pending_data = 1;
	file = multiples_open(test, multiples_probe(test));
	multiples_broadcast_many(m, 3);
	dmf_kunit_expect_record(test, file, 3, 3);
	multiples_expect_nothing(test, file);
}

static void largest_number_of_events_can_be_kept(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct dmf_file *file;

	m->config.max_pending_data = DMF_NOTIFY_USER_WITH_REQUEST_MULTIPLE_MAX;
	file = multiples_open(test, multiples_probe(test));
	multiples_broadcast_many(m, 2);
	dmf_kunit_expect_record(test, file, 1, 1);
	dmf_kunit_expect_record(test, file, 2, 2);
}

static void dynamic_module_is_refused(struct kunit *test)
{
	struct multiples *m = multiples_probe(test);
	struct dmf_notify_user_with_request_multiple *multiple;
	int ret;

	ret = dmf_notify_user_with_request_multiple_create(m->ddev, NULL, &m->config, NULL,
							   &multiple);
	KUNIT_EXPECT_EQ(test, ret, -EINVAL);
}

static void passive_level_instance_works(struct kunit *test)
{
	struct multiples *m = test->priv;
	struct submitter *asker;
	struct dmf_file *file;

	m->attributes[0].passive_level = true;
	file = multiples_open(test, multiples_probe(test));
	asker = multiples_ask(test, file);
	multiples_broadcast_many(m, 2);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -1);
	dmf_kunit_expect_record(test, file, 2, 2);
}

static int probe_open_and_remove(struct kunit *test, void *data)
{
	struct multiples *m = test->priv;
	struct dmf_file *file;

	m->ddev = dmf_kunit_probe(test, &multiples_ops);
	if (IS_ERR(m->ddev))
		return PTR_ERR(m->ddev);
	file = dmf_file_open(m->ddev, NULL);
	if (!IS_ERR(file))
		dmf_file_release(file);
	dmf_kunit_remove(test, m->ddev);
	return PTR_ERR_OR_ZERO(file);
}

/* Module, stream and four of the ring; and of a file itself, pollers and reader. */
static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_nth(test, probe_open_and_remove, NULL, 6 + 3);
}

static struct kunit_case multiple_cases[] = {
	KUNIT_CASE(record_is_complete_and_leaks_nothing),
	KUNIT_CASE(every_file_sees_every_event_in_order),
	KUNIT_CASE(file_sees_events_from_its_opening_on),
	KUNIT_CASE(slow_file_loses_its_own_oldest_events),
	KUNIT_CASE(several_records_in_one_call),
	KUNIT_CASE(more_events_than_a_batch),
	KUNIT_CASE(record_that_does_not_fit_stays),
	KUNIT_CASE(program_is_told_of_the_stream_and_of_its_file),
	KUNIT_CASE(events_may_have_no_data),
	KUNIT_CASE(events_may_have_much_data),
	KUNIT_CASE(wrong_size_is_refused),
	KUNIT_CASE(records_that_are_being_copied_stay_as_they_are),
	KUNIT_CASE(one_more_who_copies_waits_for_his_turn),
	KUNIT_CASE(records_that_go_back_are_the_oldest_again),
	KUNIT_CASE(records_that_go_back_when_the_ring_has_gone_on_are_lost),
	KUNIT_CASE(events_in_pieces_are_read_in_order),
	KUNIT_CASE(one_event_wakes_one_caller_of_each_file),
	KUNIT_CASE(event_from_an_interrupt_handler),
	KUNIT_CASE(cancel_mine_ends_the_wait_of_one_file),
	KUNIT_CASE(caller_is_woken_when_the_file_has_selected_another_stream),
	KUNIT_CASE(file_is_a_member_whatever_stream_it_has_selected),
	KUNIT_CASE(newcomer_gets_the_last_events),
	KUNIT_CASE(replay_of_fewer_events_than_are_kept),
	KUNIT_CASE(arrival_and_departure_are_told_once),
	KUNIT_CASE(refused_file_gets_nothing),
	KUNIT_CASE(event_of_the_arrival_callback_is_the_newcomers_first),
	KUNIT_CASE(unbind_lets_all_depart_before_the_module_closes),
	KUNIT_CASE(callbacks_may_be_left_out),
	KUNIT_CASE(members_stay_when_the_module_closes),
	KUNIT_CASE(file_of_a_filter_is_a_member_below),
	KUNIT_CASE(bad_configs_are_refused),
	KUNIT_CASE(one_event_may_be_kept),
	KUNIT_CASE(largest_number_of_events_can_be_kept),
	KUNIT_CASE(dynamic_module_is_refused),
	KUNIT_CASE(passive_level_instance_works),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite multiple_suite = {
	.name = "dmf_notify_user_with_request_multiple",
	.init = multiples_init,
	.test_cases = multiple_cases,
};

kunit_test_suite(multiple_suite);
