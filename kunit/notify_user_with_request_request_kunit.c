// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of NotifyUserWithRequest by requests: which gets which event, and how each ends.
 */
#include <linux/kthread.h>

#include "notify_user_with_request_fixture.h"

static void notes_complete_timed(struct dmf_notify_user_with_request *notify,
				 struct dmf_request *request, void *context, int status)
{
	notes_of(notify)->data_time =
		dmf_notify_user_with_request_data_buffer_timestamp_get(context);
	notes_complete(notify, request, context, status);
}

static void notes_cancel(struct dmf_notify_user_with_request *notify,
			 struct dmf_request *request, void *context, int status)
{
	atomic_inc(&notes_of(notify)->cancels);
	dmf_request_complete(request, status);
}

/* -- Requests ------------------------------------------------------------ */

static void request_waits_for_an_event(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *asker;

	notes_probe(test);
	asker = notes_ask(test, notes->file, CMD_PROCESS);
	KUNIT_EXPECT_FALSE(test, completion_done(&asker->done));
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -1);
	/* The callback got the data: nothing is left to be cleaned up, or read. */
	KUNIT_EXPECT_EQ(test, atomic_read(&notes->cleanups), 0);
	KUNIT_EXPECT_FALSE(test, dmf_stream_readable(notes->file->stream, notes->file));
}

static void request_gets_the_oldest_event_at_once(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *asker;

	notes_probe(test);
	notes_report(notes);
	notes_report(notes);
	asker = notes_ask(test, notes->file, CMD_PROCESS);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -1);
	asker = notes_ask(test, notes->file, CMD_PROCESS);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -2);
}

static void pairing_keeps_the_order(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *askers[REQUEST_MAX];
	int i;

	notes_probe(test);
	for (i = 0; i < REQUEST_MAX; i++)
		askers[i] = notes_ask(test, notes->file, CMD_PROCESS);
	for (i = 0; i < REQUEST_MAX; i++)
		notes_report(notes);
	for (i = 0; i < REQUEST_MAX; i++) {
		KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, askers[i]), -(i + 1));
		KUNIT_EXPECT_EQ(test, notes->completed_values[i], i + 1);
	}
}

static void requests_are_served_before_the_stream(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct puller *blocked;
	struct submitter *asker;

	notes_probe(test);
	blocked = notes_block(test, notes->file, DMF_WAIT_FOREVER, 0);
	asker = notes_ask(test, notes->file, CMD_PROCESS);
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -1);
	KUNIT_EXPECT_FALSE(test, completion_done(&blocked->done));
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, blocked), sizeof(struct record));
}

static void event_request_add_leaves_events_alone(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *asker;

	notes_probe(test);
	notes_report(notes);
	asker = notes_ask(test, notes->file, CMD_ADD);
	KUNIT_EXPECT_FALSE(test, completion_done(&asker->done));
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_request_request_return_ex(notes->notify, NULL,
									     NULL, -EXDEV), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -EXDEV);
	dmf_kunit_expect_record(test, notes->file, 1, 1);
}

static void one_request_too_many_is_refused(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *askers[REQUEST_MAX], *refused;
	int i;

	notes_probe(test);
	for (i = 0; i < REQUEST_MAX; i++)
		askers[i] = notes_ask(test, notes->file, CMD_PROCESS);
	refused = notes_ask(test, notes->file, CMD_PROCESS);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, refused), -EBUSY);
	/* Room is made when a request is handed out. */
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, askers[0]), -1);
	notes_ask(test, notes->file, CMD_PROCESS);
	KUNIT_EXPECT_EQ(test, notes->add_result, 0);
	dmf_notify_user_with_request_request_return_all(notes->notify, NULL, NULL, 0);
}

static void return_without_request(struct kunit *test)
{
	struct notes *notes = test->priv;

	notes_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_request_request_return_ex(notes->notify, NULL,
									     NULL, 0), -ENOENT);
	dmf_notify_user_with_request_request_return(notes->notify, NULL, NULL, 0);
	dmf_notify_user_with_request_request_return_all(notes->notify, NULL, NULL, 0);
}

static void return_all_gives_all_the_same(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct payload payload = { .value = 99 };
	struct submitter *askers[REQUEST_MAX];
	int i;

	notes_probe(test);
	for (i = 0; i < REQUEST_MAX; i++)
		askers[i] = notes_ask(test, notes->file, CMD_ADD);
	dmf_notify_user_with_request_request_return_all(notes->notify, notes_complete, &payload,
							0);
	for (i = 0; i < REQUEST_MAX; i++)
		KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, askers[i]), -99);
}

static void timestamps_are_those_of_event_and_request(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct payload payload = { .value = 1 };
	ktime_t before = ktime_get();
	struct submitter *asker;

	notes_probe(test);
	asker = notes_ask(test, notes->file, CMD_PROCESS);
	dmf_notify_user_with_request_data_process(notes->notify, notes_complete_timed, &payload,
						  0);
	dmf_kunit_submit_result(test, asker);
	KUNIT_EXPECT_GE(test, notes->request_time, before);
	KUNIT_EXPECT_GE(test, notes->data_time, notes->request_time);
	KUNIT_EXPECT_LE(test, notes->data_time, ktime_get());
}

static void cancel_takes_the_request_back(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *asker;

	notes_probe(test);
	asker = notes_ask(test, notes->file, CMD_PROCESS);
	dmf_file_cancel_mine(notes->file);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -ECANCELED);
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, atomic_read(&notes->completions), 0);
	dmf_kunit_expect_record(test, notes->file, 1, 1);
}

static void cancel_calls_the_client(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *asker;

	notes->config.pending_requests_cancel = notes_cancel;
	notes_probe(test);
	asker = notes_ask(test, notes->file, CMD_PROCESS);
	dmf_file_cancel_mine(notes->file);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -ECANCELED);
	KUNIT_EXPECT_EQ(test, atomic_read(&notes->cancels), 1);
}

/* -- Close and unbind ------------------------------------------------------------ */

static void close_gives_back_requests(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct dmf_device *ddev = notes_probe(test);
	struct submitter *asker = notes_ask(test, notes->file, CMD_PROCESS);

	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -ECANCELED);
	KUNIT_EXPECT_EQ(test, notes_report(notes), -ENODEV);
	asker = notes_ask(test, notes->file, CMD_PROCESS);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_EQ(test, notes_report(notes), 0);
}

static int race_ask_thread(void *data)
{
	struct dmf_file *file = data;

	while (!kthread_should_stop()) {
		dmf_kunit_ioctl(file, CMD_PROCESS);
		cond_resched();
	}
	return 0;
}

static void race_requests_against_report_and_unbind(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct task_struct *asker;
	struct dmf_device *ddev;
	int i, j;

	for (i = 0; i < 20; i++) {
		ddev = notes_probe(test);
		asker = kthread_run(race_ask_thread, notes->file, "dmf-kunit-ask");
		KUNIT_ASSERT_FALSE(test, IS_ERR(asker));
		for (j = 0; j < 50; j++)
			notes_report(notes);
		dmf_kunit_remove(test, ddev);
		kthread_stop(asker);
		KUNIT_EXPECT_EQ(test, atomic_read(&notes->cleanups) +
				atomic_read(&notes->completions), 50 * (i + 1));
	}
}

static struct kunit_case requests_cases[] = {
	KUNIT_CASE(request_waits_for_an_event),
	KUNIT_CASE(request_gets_the_oldest_event_at_once),
	KUNIT_CASE(pairing_keeps_the_order),
	KUNIT_CASE(requests_are_served_before_the_stream),
	KUNIT_CASE(event_request_add_leaves_events_alone),
	KUNIT_CASE(one_request_too_many_is_refused),
	KUNIT_CASE(return_without_request),
	KUNIT_CASE(return_all_gives_all_the_same),
	KUNIT_CASE(timestamps_are_those_of_event_and_request),
	KUNIT_CASE(cancel_takes_the_request_back),
	KUNIT_CASE(cancel_calls_the_client),
	KUNIT_CASE(close_gives_back_requests),
	KUNIT_CASE(race_requests_against_report_and_unbind),
	{ }
};

static struct kunit_suite requests_suite = {
	.name = "dmf_notify_user_with_request_request",
	.init = notes_init,
	.test_cases = requests_cases,
};

kunit_test_suite(requests_suite);
