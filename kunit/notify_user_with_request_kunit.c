// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of NotifyUserWithRequest by its stream. Its requests have a suite of their own.
 */
#include <linux/kthread.h>
#include <linux/sched/signal.h>

#include "notify_user_with_request_fixture.h"

/* -- Pulling from the stream ----------------------------------------------------- */

static void record_is_complete_and_leaks_nothing(struct kunit *test)
{
	const struct record expected = {
		.event = { .sequence = 1, .type = 42, .status = -EXDEV }, .payload.value = 7,
	};
	struct payload payload = { .value = 7 };
	struct notes *notes = test->priv;
	u64 before = ktime_get_ns();

	notes->config.event_type = 42;
	notes_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_request_data_process(notes->notify, NULL,
									&payload, -EXDEV), 0);
	dmf_kunit_expect_complete(test, notes->file, &expected, before);
}

static void pull_of_an_empty_stream(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct record record;

	notes_probe(test);
	KUNIT_EXPECT_FALSE(test, dmf_stream_readable(notes->file->stream, notes->file));
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull(notes->file, &record), -EAGAIN);
}

static void events_come_oldest_first(struct kunit *test)
{
	struct notes *notes = test->priv;
	int i;

	notes_probe(test);
	for (i = 0; i < DATA_MAX; i++)
		KUNIT_EXPECT_EQ(test, notes_report(notes), 0);
	KUNIT_EXPECT_TRUE(test, dmf_stream_readable(notes->file->stream, notes->file));
	for (i = 1; i <= DATA_MAX; i++)
		dmf_kunit_expect_record(test, notes->file, i, i);
}

static void oldest_is_dropped_and_counted(struct kunit *test)
{
	struct notes *notes = test->priv;
	int i;

	notes_probe(test);
	for (i = 0; i < DATA_MAX + 3; i++)
		KUNIT_EXPECT_EQ(test, notes_report(notes), 0);
	for (i = 4; i < DATA_MAX + 4; i++)
		dmf_kunit_expect_record(test, notes->file, i, i);
	KUNIT_EXPECT_EQ(test, atomic_read(&notes->cleanups), DATA_MAX + 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, notes->cleaned_values[i], i + 1);
}

static void look_aside_drops_nothing(struct kunit *test)
{
	struct notes *notes = test->priv;
	int i;

	notes->config.enable_look_aside = true;
	notes_probe(test);
	for (i = 0; i < 5 * DATA_MAX; i++)
		KUNIT_EXPECT_EQ(test, notes_report(notes), 0);
	for (i = 1; i <= 5 * DATA_MAX; i++)
		dmf_kunit_expect_record(test, notes->file, i, i);
}

static void stream_can_be_left_out(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct record record;

	notes->config.no_stream = true;
	notes_probe(test);
	KUNIT_EXPECT_EQ(test, notes_report(notes), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull(notes->file, &record), -EOPNOTSUPP);
}

static void several_records_in_one_call(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct record records[3];
	unsigned int count;
	int i;

	notes_probe(test);
	for (i = 0; i < DATA_MAX; i++)
		notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_many(notes->file, records, sizeof(records), UINT_MAX,
						  &count), sizeof(records));
	KUNIT_EXPECT_EQ(test, count, 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, records[i].payload.value, i + 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_many(notes->file, records, sizeof(records), UINT_MAX,
						  &count), sizeof(records[0]));
	KUNIT_EXPECT_EQ(test, count, 1);
}

static void record_that_does_not_fit_stays(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct record record;
	unsigned int count;

	notes_probe(test);
	notes_report(notes);
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_many(notes->file, &record, sizeof(record) - 1, 1,
						  &count), -ENOSPC);
	dmf_kunit_expect_record(test, notes->file, 1, 1);
	dmf_kunit_expect_record(test, notes->file, 2, 2);
}

/* -- Blocked callers --------------------------------------------------------------- */

static void event_wakes_a_blocked_caller(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct puller *blocked;

	notes_probe(test);
	blocked = notes_block(test, notes->file, DMF_WAIT_FOREVER, 0);
	KUNIT_EXPECT_FALSE(test, completion_done(&blocked->done));
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, blocked), sizeof(struct record));
	KUNIT_EXPECT_EQ(test, blocked->record.payload.value, 1);
}

static void report_from_interrupt(void *data)
{
	notes_report(data);
}

static void event_from_an_interrupt_handler(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct puller *blocked;

	notes_probe(test);
	blocked = notes_block(test, notes->file, DMF_WAIT_FOREVER, 0);
	dmf_kunit_in_interrupt(report_from_interrupt, notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, blocked), sizeof(struct record));
}

static void one_event_wakes_one_of_two(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct dmf_device *ddev = notes_probe(test);
	struct puller *first, *second;

	first = notes_block(test, notes->file, DMF_WAIT_FOREVER, 0);
	second = notes_block(test, dmf_kunit_open(test, ddev), DMF_WAIT_FOREVER, 0);
	schedule_timeout_uninterruptible(HZ / 20);
	notes_report(notes);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(completion_done(&first->done) ||
						completion_done(&second->done)));
	schedule_timeout_uninterruptible(HZ / 20);
	KUNIT_EXPECT_EQ(test, completion_done(&first->done) + completion_done(&second->done), 1);
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, first), sizeof(struct record));
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, second), sizeof(struct record));
	KUNIT_EXPECT_EQ(test, first->record.payload.value + second->record.payload.value, 1 + 2);
}

static void deadline_ends_the_wait(struct kunit *test)
{
	struct notes *notes = test->priv;
	u64 deadline = ktime_get_ns() + 30 * NSEC_PER_MSEC;
	struct puller *blocked;

	notes_probe(test);
	blocked = notes_block(test, notes->file, deadline, 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, blocked), -ETIMEDOUT);
	KUNIT_EXPECT_GE(test, ktime_get_ns(), deadline);
}

static void deadline_in_the_past_looks_once(struct kunit *test)
{
	struct notes *notes = test->priv;

	notes_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, notes_block(test, notes->file, 0, 0)),
			-ETIMEDOUT);
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, notes_block(test, notes->file, 0, 0)),
			sizeof(struct record));
}

static void signal_ends_the_wait_and_loses_nothing(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct puller *blocked;

	notes_probe(test);
	blocked = notes_block(test, notes->file, DMF_WAIT_FOREVER, SIGINT);
	send_sig(SIGINT, blocked->thread, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, blocked), -ERESTARTSYS);
	notes_report(notes);
	dmf_kunit_expect_record(test, notes->file, 1, 1);
}

static void cancel_mine_ends_the_wait_of_this_file(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct dmf_device *ddev = notes_probe(test);
	struct dmf_file *other = dmf_kunit_open(test, ddev);
	struct puller *mine, *theirs;

	mine = notes_block(test, notes->file, DMF_WAIT_FOREVER, 0);
	theirs = notes_block(test, other, DMF_WAIT_FOREVER, 0);
	schedule_timeout_uninterruptible(HZ / 20);
	dmf_file_cancel_mine(notes->file);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, mine), -ECANCELED);
	KUNIT_EXPECT_FALSE(test, completion_done(&theirs->done));
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, theirs), sizeof(struct record));
}

static void unbind_ends_the_wait(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct dmf_device *ddev = notes_probe(test);
	struct puller *blocked = notes_block(test, notes->file, DMF_WAIT_FOREVER, 0);
	struct record record;

	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, blocked), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull(notes->file, &record), -ENODEV);
}

/* -- Close ------------------------------------------------------------ */

static void close_cleans_up_unread_events(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct dmf_device *ddev = notes_probe(test);
	int i;

	for (i = 0; i < DATA_MAX; i++)
		notes_report(notes);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&notes->cleanups), DATA_MAX);
	for (i = 0; i < DATA_MAX; i++)
		KUNIT_EXPECT_EQ(test, notes->cleaned_values[i], i + 1);
}

/* -- Configuration ------------------------------------------------------------ */

static void without_data_there_is_no_stream(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct record record;
	struct submitter *asker;

	notes->config.max_pending_data = 0;
	notes_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull(notes->file, &record), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, notes_report(notes), -EOPNOTSUPP);
	asker = notes_ask(test, notes->file, CMD_ADD);
	dmf_notify_user_with_request_request_return(notes->notify, NULL, NULL, -EXDEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -EXDEV);
}

static void events_may_have_no_data(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct record record;

	notes->config.data_size = 0;
	notes->config.data_cleanup = NULL;
	notes_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_request_data_process(notes->notify, NULL, NULL,
									0), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull(notes->file, &record), sizeof(struct dmf_event));
	KUNIT_EXPECT_EQ(test, record.event.data_size, 0);
}

static void missing_data_is_refused(struct kunit *test)
{
	struct notes *notes = test->priv;

	notes_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_request_data_process(notes->notify, NULL, NULL,
									0), -EINVAL);
}

static void too_large_data_is_refused(struct kunit *test)
{
	struct notes *notes = test->priv;

	notes->config.data_size = DMF_IO_SIZE_MAX + 1;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &notes_ops)), -EINVAL);
}

/* -- Races ------------------------------------------------------------ */

#define RACE_EVENTS	2000

struct notes_race {
	struct notes *notes;
	struct dmf_file *file;
	struct completion done;
	unsigned int pulled;
	unsigned int out_of_order;
};

static int race_report_thread(void *data)
{
	struct notes_race *race = data;
	int i;

	for (i = 0; i < RACE_EVENTS; i++) {
		notes_report(race->notes);
		if (!(i % 8))
			cond_resched();
	}
	complete(&race->done);
	return 0;
}

static int race_pull_thread(void *data)
{
	struct notes_race *race = data;
	struct record record;
	u64 last = 0;

	while (!kthread_should_stop()) {
		if (dmf_kunit_pull(race->file, &record) > 0) {
			race->pulled++;
			race->out_of_order += record.event.sequence <= last;
			last = record.event.sequence;
		}
		cond_resched();
	}
	return 0;
}

/* Every event is pulled or discarded, once, and each consumer sees them in order. */
static void race_report_against_pull(struct kunit *test)
{
	struct notes_race *race = kunit_kcalloc(test, 3, sizeof(*race), GFP_KERNEL);
	struct notes *notes = test->priv;
	struct dmf_device *ddev = notes_probe(test);
	struct record record;
	unsigned int left = 0;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	for (i = 0; i < 3; i++) {
		race[i].notes = notes;
		race[i].file = dmf_kunit_open(test, ddev);
		init_completion(&race[i].done);
	}
	dmf_kunit_run(test, race_pull_thread, &race[0]);
	dmf_kunit_run(test, race_pull_thread, &race[1]);
	dmf_kunit_run(test, race_report_thread, &race[2]);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&race[2].done, 6 * DMF_KUNIT_TIMEOUT));
	schedule_timeout_uninterruptible(HZ / 20);
	while (dmf_kunit_pull(notes->file, &record) > 0)
		left++;
	KUNIT_EXPECT_EQ(test, race[0].out_of_order + race[1].out_of_order, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&notes->cleanups), RACE_EVENTS);
	KUNIT_EXPECT_GT(test, race[0].pulled + race[1].pulled + left, 0);
}

/* -- Memory ------------------------------------------------------------ */

static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &notes_ops, 15);
}

static struct kunit_case notes_cases[] = {
	KUNIT_CASE(record_is_complete_and_leaks_nothing),
	KUNIT_CASE(pull_of_an_empty_stream),
	KUNIT_CASE(events_come_oldest_first),
	KUNIT_CASE(oldest_is_dropped_and_counted),
	KUNIT_CASE(look_aside_drops_nothing),
	KUNIT_CASE(stream_can_be_left_out),
	KUNIT_CASE(several_records_in_one_call),
	KUNIT_CASE(record_that_does_not_fit_stays),
	KUNIT_CASE(event_wakes_a_blocked_caller),
	KUNIT_CASE(event_from_an_interrupt_handler),
	KUNIT_CASE(one_event_wakes_one_of_two),
	KUNIT_CASE(deadline_ends_the_wait),
	KUNIT_CASE(deadline_in_the_past_looks_once),
	KUNIT_CASE(signal_ends_the_wait_and_loses_nothing),
	KUNIT_CASE(cancel_mine_ends_the_wait_of_this_file),
	KUNIT_CASE(unbind_ends_the_wait),
	KUNIT_CASE(close_cleans_up_unread_events),
	KUNIT_CASE(without_data_there_is_no_stream),
	KUNIT_CASE(events_may_have_no_data),
	KUNIT_CASE(missing_data_is_refused),
	KUNIT_CASE(too_large_data_is_refused),
	KUNIT_CASE(race_report_against_pull),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite notes_suite = {
	.name = "dmf_notify_user_with_request",
	.init = notes_init,
	.test_cases = notes_cases,
};

kunit_test_suite(notes_suite);
