// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of NotifyUserWithRequest, by requests and by its stream.
 */
#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_request.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "submitter.h"

#define DATA_MAX	4	/* events that are kept */
#define REQUEST_MAX	3	/* requests that are kept */

enum {
	CMD_ADD = 1,		/* event_request_add */
	CMD_PROCESS,		/* request_process */
};

struct payload {
	u32 value;
	u32 odd[2];		/* a size that is no multiple of eight */
};

struct notes {
	struct dmf_notify_user_with_request *notify;
	struct dmf_notify_user_with_request_config config;
	struct dmf_file *file;
	u32 next_value;
	int add_result;
	struct completion added;
	atomic_t completions;		/* calls of the completion callback */
	u32 completed_values[64];
	ktime_t data_time;
	ktime_t request_time;
	atomic_t cancels;
	atomic_t cleanups;
	u32 cleaned_values[64];
};

static struct notes *notes_of(struct dmf_notify_user_with_request *notify)
{
	return dmf_kunit_priv(dmf_notify_user_with_request_device(notify));
}

/* The Client's callback: the result of the ioctl is the value, as a negative errno. */
static void notes_complete(struct dmf_notify_user_with_request *notify,
			   struct dmf_request *request, void *context, int status)
{
	struct notes *notes = notes_of(notify);
	struct payload *payload = context;
	int index = atomic_inc_return(&notes->completions) - 1;

	if (payload && index < ARRAY_SIZE(notes->completed_values)) {
		notes->completed_values[index] = payload->value;
		notes->request_time =
			dmf_notify_user_with_request_request_timestamp_get(request);
	}
	dmf_request_complete(request, status ?: payload ? -(int)payload->value : 0);
}

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

static void notes_cleanup(struct dmf_notify_user_with_request *notify, void *data)
{
	struct notes *notes = notes_of(notify);
	struct payload *payload = data;
	int index = atomic_inc_return(&notes->cleanups) - 1;

	if (index < ARRAY_SIZE(notes->cleaned_values))
		notes->cleaned_values[index] = payload->value;
}

static bool notes_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	struct notes *notes = dmf_kunit_priv(ddev);
	int ret;

	if (dmf_request_command(request) == CMD_ADD)
		ret = dmf_notify_user_with_request_event_request_add(notes->notify, request);
	else
		ret = dmf_notify_user_with_request_request_process(notes->notify, request);
	notes->add_result = ret;
	if (ret)
		dmf_request_complete(request, ret);
	complete(&notes->added);
	return true;
}

static int notes_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct notes *notes = dmf_kunit_priv(ddev);

	return dmf_notify_user_with_request_add(init, &notes->config, NULL, &notes->notify);
}

static const struct dmf_client_ops notes_ops = {
	.modules_add		= notes_modules_add,
	.device_io_control	= notes_device_io_control,
};

static struct dmf_device *notes_probe(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct dmf_device *ddev = dmf_kunit_probe(test, &notes_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	notes->file = dmf_kunit_open(test, ddev);
	return ddev;
}

static int notes_report(struct notes *notes)
{
	struct payload payload = { .value = ++notes->next_value };

	return dmf_notify_user_with_request_data_process(notes->notify, notes_complete, &payload,
							 0);
}

/* -- Pulling from the stream ----------------------------------------------------- */

struct record {
	struct dmf_event event;
	struct payload payload;
	u32 padding;
};

static int notes_pull_many(struct dmf_file *file, struct record *records, size_t size,
			   unsigned int max, unsigned int *count)
{
	struct kvec vector = { .iov_base = records, .iov_len = size };
	struct iov_iter to;

	iov_iter_kvec(&to, READ, &vector, 1, size);
	*count = max;
	return dmf_stream_pull(file, &to, count, true, 0);
}

static int notes_pull(struct dmf_file *file, struct record *record)
{
	unsigned int count;

	memset(record, 0xff, sizeof(*record));
	return notes_pull_many(file, record, sizeof(*record), 1, &count);
}

static void expect_value(struct kunit *test, struct notes *notes, u32 value, u64 sequence)
{
	struct record record;

	KUNIT_EXPECT_EQ(test, notes_pull(notes->file, &record), sizeof(record));
	KUNIT_EXPECT_EQ(test, record.payload.value, value);
	KUNIT_EXPECT_EQ(test, record.event.sequence, sequence);
}

static void record_is_complete_and_leaks_nothing(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct payload payload = { .value = 7 };
	u64 before = ktime_get_ns();
	struct record record;

	notes->config.event_type = 42;
	notes_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_request_data_process(notes->notify, NULL,
									&payload, -EXDEV), 0);
	KUNIT_EXPECT_EQ(test, notes_pull(notes->file, &record), sizeof(record));
	KUNIT_EXPECT_EQ(test, record.event.size, sizeof(record));
	KUNIT_EXPECT_EQ(test, record.event.data_size, sizeof(payload));
	KUNIT_EXPECT_EQ(test, record.event.data_offset, offsetof(struct record, payload));
	KUNIT_EXPECT_EQ(test, record.event.type, 42);
	KUNIT_EXPECT_EQ(test, record.event.status, -EXDEV);
	KUNIT_EXPECT_EQ(test, record.event.reserved, 0);
	KUNIT_EXPECT_EQ(test, record.event.sequence, 1);
	KUNIT_EXPECT_GE(test, record.event.timestamp_ns, before);
	KUNIT_EXPECT_LE(test, record.event.timestamp_ns, ktime_get_ns());
	KUNIT_EXPECT_EQ(test, record.payload.value, 7);
	KUNIT_EXPECT_EQ(test, record.padding, 0);
}

static void pull_of_an_empty_stream(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct record record;

	notes_probe(test);
	KUNIT_EXPECT_FALSE(test, dmf_stream_readable(notes->file->stream, notes->file));
	KUNIT_EXPECT_EQ(test, notes_pull(notes->file, &record), -EAGAIN);
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
		expect_value(test, notes, i, i);
}

static void oldest_is_dropped_and_counted(struct kunit *test)
{
	struct notes *notes = test->priv;
	int i;

	notes_probe(test);
	for (i = 0; i < DATA_MAX + 3; i++)
		KUNIT_EXPECT_EQ(test, notes_report(notes), 0);
	for (i = 4; i < DATA_MAX + 4; i++)
		expect_value(test, notes, i, i);
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
		expect_value(test, notes, i, i);
}

static void stream_can_be_left_out(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct record record;

	notes->config.no_stream = true;
	notes_probe(test);
	KUNIT_EXPECT_EQ(test, notes_report(notes), 0);
	KUNIT_EXPECT_EQ(test, notes_pull(notes->file, &record), -EOPNOTSUPP);
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
	KUNIT_EXPECT_EQ(test, notes_pull_many(notes->file, records, sizeof(records), UINT_MAX,
					      &count), sizeof(records));
	KUNIT_EXPECT_EQ(test, count, 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, records[i].payload.value, i + 1);
	KUNIT_EXPECT_EQ(test, notes_pull_many(notes->file, records, sizeof(records), UINT_MAX,
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
	KUNIT_EXPECT_EQ(test, notes_pull_many(notes->file, &record, sizeof(record) - 1, 1, &count),
			-ENOSPC);
	expect_value(test, notes, 1, 1);
	expect_value(test, notes, 2, 2);
}

/* -- Blocked callers --------------------------------------------------------------- */

struct blocked {
	struct task_struct *thread;
	struct dmf_file *file;
	u64 deadline_ns;
	int signal;
	ssize_t result;
	struct record record;
	struct completion done;
};

static int blocked_thread(void *data)
{
	struct blocked *blocked = data;
	struct kvec vector = { .iov_base = &blocked->record, .iov_len = sizeof(blocked->record) };
	unsigned int count = 1;
	struct iov_iter to;

	if (blocked->signal)
		allow_signal(blocked->signal);
	iov_iter_kvec(&to, READ, &vector, 1, sizeof(blocked->record));
	blocked->result = dmf_stream_pull(blocked->file, &to, &count, false,
					  blocked->deadline_ns);
	complete(&blocked->done);
	while (!kthread_should_stop()) {
		flush_signals(current);
		schedule_timeout_interruptible(1);
	}
	return 0;
}

static struct blocked *blocked_start(struct kunit *test, struct dmf_file *file, u64 deadline_ns,
				     int signal)
{
	struct blocked *blocked = kunit_kzalloc(test, sizeof(*blocked), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, blocked);
	blocked->file = file;
	blocked->deadline_ns = deadline_ns;
	blocked->signal = signal;
	init_completion(&blocked->done);
	blocked->thread = dmf_kunit_run(test, blocked_thread, blocked);
	while (!wq_has_sleeper(&file->stream->blocked) && !completion_done(&blocked->done))
		cond_resched();
	return blocked;
}

static ssize_t blocked_result(struct kunit *test, struct blocked *blocked)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&blocked->done, DMF_KUNIT_TIMEOUT));
	return blocked->result;
}

static void event_wakes_a_blocked_caller(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct blocked *blocked;

	notes_probe(test);
	blocked = blocked_start(test, notes->file, DMF_WAIT_FOREVER, 0);
	KUNIT_EXPECT_FALSE(test, completion_done(&blocked->done));
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, blocked_result(test, blocked), sizeof(struct record));
	KUNIT_EXPECT_EQ(test, blocked->record.payload.value, 1);
}

static void report_from_interrupt(void *data)
{
	notes_report(data);
}

static void event_from_an_interrupt_handler(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct blocked *blocked;

	notes_probe(test);
	blocked = blocked_start(test, notes->file, DMF_WAIT_FOREVER, 0);
	dmf_kunit_in_interrupt(report_from_interrupt, notes);
	KUNIT_EXPECT_EQ(test, blocked_result(test, blocked), sizeof(struct record));
}

static void one_event_wakes_one_of_two(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct dmf_device *ddev = notes_probe(test);
	struct blocked *first, *second;

	first = blocked_start(test, notes->file, DMF_WAIT_FOREVER, 0);
	second = blocked_start(test, dmf_kunit_open(test, ddev), DMF_WAIT_FOREVER, 0);
	schedule_timeout_uninterruptible(HZ / 20);
	notes_report(notes);
	schedule_timeout_uninterruptible(HZ / 20);
	KUNIT_EXPECT_EQ(test, completion_done(&first->done) + completion_done(&second->done), 1);
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, blocked_result(test, first), sizeof(struct record));
	KUNIT_EXPECT_EQ(test, blocked_result(test, second), sizeof(struct record));
	KUNIT_EXPECT_EQ(test, first->record.payload.value + second->record.payload.value, 1 + 2);
}

static void deadline_ends_the_wait(struct kunit *test)
{
	struct notes *notes = test->priv;
	u64 deadline = ktime_get_ns() + 30 * NSEC_PER_MSEC;
	struct blocked *blocked;

	notes_probe(test);
	blocked = blocked_start(test, notes->file, deadline, 0);
	KUNIT_EXPECT_EQ(test, blocked_result(test, blocked), -ETIMEDOUT);
	KUNIT_EXPECT_GE(test, ktime_get_ns(), deadline);
}

static void deadline_in_the_past_looks_once(struct kunit *test)
{
	struct notes *notes = test->priv;

	notes_probe(test);
	KUNIT_EXPECT_EQ(test, blocked_result(test, blocked_start(test, notes->file, 0, 0)),
			-ETIMEDOUT);
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, blocked_result(test, blocked_start(test, notes->file, 0, 0)),
			sizeof(struct record));
}

static void signal_ends_the_wait_and_loses_nothing(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct blocked *blocked;

	notes_probe(test);
	blocked = blocked_start(test, notes->file, DMF_WAIT_FOREVER, SIGINT);
	send_sig(SIGINT, blocked->thread, 1);
	KUNIT_EXPECT_EQ(test, blocked_result(test, blocked), -ERESTARTSYS);
	notes_report(notes);
	expect_value(test, notes, 1, 1);
}

static void cancel_mine_ends_the_wait_of_this_file(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct dmf_device *ddev = notes_probe(test);
	struct dmf_file *other = dmf_kunit_open(test, ddev);
	struct blocked *mine, *theirs;

	mine = blocked_start(test, notes->file, DMF_WAIT_FOREVER, 0);
	theirs = blocked_start(test, other, DMF_WAIT_FOREVER, 0);
	schedule_timeout_uninterruptible(HZ / 20);
	dmf_file_cancel_mine(notes->file);
	KUNIT_EXPECT_EQ(test, blocked_result(test, mine), -ECANCELED);
	KUNIT_EXPECT_FALSE(test, completion_done(&theirs->done));
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, blocked_result(test, theirs), sizeof(struct record));
}

static void unbind_ends_the_wait(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct dmf_device *ddev = notes_probe(test);
	struct blocked *blocked = blocked_start(test, notes->file, DMF_WAIT_FOREVER, 0);
	struct record record;

	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, blocked_result(test, blocked), -ENODEV);
	KUNIT_EXPECT_EQ(test, notes_pull(notes->file, &record), -ENODEV);
}

/* -- Requests ------------------------------------------------------------ */

/* A submitter whose request has reached the Module. */
static struct submitter *asker_start(struct kunit *test, struct dmf_file *file,
				     unsigned int command)
{
	const struct submitter what = {
		.file = file,
		.type = DMF_REQUEST_DEVICE_CONTROL,
		.command = command,
	};
	struct submitter *asker = dmf_kunit_submit_start(test, &what);
	struct notes *notes = test->priv;

	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&notes->added, DMF_KUNIT_TIMEOUT));
	return asker;
}

static void request_waits_for_an_event(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *asker;

	notes_probe(test);
	asker = asker_start(test, notes->file, CMD_PROCESS);
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
	asker = asker_start(test, notes->file, CMD_PROCESS);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -1);
	asker = asker_start(test, notes->file, CMD_PROCESS);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -2);
}

static void pairing_keeps_the_order(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *askers[REQUEST_MAX];
	int i;

	notes_probe(test);
	for (i = 0; i < REQUEST_MAX; i++)
		askers[i] = asker_start(test, notes->file, CMD_PROCESS);
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
	struct blocked *blocked;
	struct submitter *asker;

	notes_probe(test);
	blocked = blocked_start(test, notes->file, DMF_WAIT_FOREVER, 0);
	asker = asker_start(test, notes->file, CMD_PROCESS);
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -1);
	KUNIT_EXPECT_FALSE(test, completion_done(&blocked->done));
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, blocked_result(test, blocked), sizeof(struct record));
}

static void event_request_add_leaves_events_alone(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *asker;

	notes_probe(test);
	notes_report(notes);
	asker = asker_start(test, notes->file, CMD_ADD);
	KUNIT_EXPECT_FALSE(test, completion_done(&asker->done));
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_request_request_return_ex(notes->notify, NULL,
									     NULL, -EXDEV), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -EXDEV);
	expect_value(test, notes, 1, 1);
}

static void one_request_too_many_is_refused(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *askers[REQUEST_MAX], *refused;
	int i;

	notes_probe(test);
	for (i = 0; i < REQUEST_MAX; i++)
		askers[i] = asker_start(test, notes->file, CMD_PROCESS);
	refused = asker_start(test, notes->file, CMD_PROCESS);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, refused), -EBUSY);
	/* Room is made when a request is handed out. */
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, askers[0]), -1);
	asker_start(test, notes->file, CMD_PROCESS);
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
		askers[i] = asker_start(test, notes->file, CMD_ADD);
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
	asker = asker_start(test, notes->file, CMD_PROCESS);
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
	asker = asker_start(test, notes->file, CMD_PROCESS);
	dmf_file_cancel_mine(notes->file);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -ECANCELED);
	notes_report(notes);
	KUNIT_EXPECT_EQ(test, atomic_read(&notes->completions), 0);
	expect_value(test, notes, 1, 1);
}

static void cancel_calls_the_client(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct submitter *asker;

	notes->config.pending_requests_cancel = notes_cancel;
	notes_probe(test);
	asker = asker_start(test, notes->file, CMD_PROCESS);
	dmf_file_cancel_mine(notes->file);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -ECANCELED);
	KUNIT_EXPECT_EQ(test, atomic_read(&notes->cancels), 1);
}

/* -- Close ------------------------------------------------------------ */

static void close_gives_back_requests(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct dmf_device *ddev = notes_probe(test);
	struct submitter *asker = asker_start(test, notes->file, CMD_PROCESS);

	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -ECANCELED);
	KUNIT_EXPECT_EQ(test, notes_report(notes), -ENODEV);
	asker = asker_start(test, notes->file, CMD_PROCESS);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_EQ(test, notes_report(notes), 0);
}

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
	KUNIT_EXPECT_EQ(test, notes_pull(notes->file, &record), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, notes_report(notes), -EOPNOTSUPP);
	asker = asker_start(test, notes->file, CMD_ADD);
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
	KUNIT_EXPECT_EQ(test, notes_pull(notes->file, &record), sizeof(struct dmf_event));
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
		if (notes_pull(race->file, &record) > 0) {
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
	while (notes_pull(notes->file, &record) > 0)
		left++;
	KUNIT_EXPECT_EQ(test, race[0].out_of_order + race[1].out_of_order, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&notes->cleanups), RACE_EVENTS);
	KUNIT_EXPECT_GT(test, race[0].pulled + race[1].pulled + left, 0);
}

static int race_ask_thread(void *data)
{
	struct notes_race *race = data;

	while (!kthread_should_stop()) {
		dmf_kunit_ioctl(race->file, CMD_PROCESS);
		cond_resched();
	}
	return 0;
}

static void race_requests_against_report_and_unbind(struct kunit *test)
{
	struct notes_race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	struct notes *notes = test->priv;
	struct task_struct *asker;
	struct dmf_device *ddev;
	int i, j;

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->notes = notes;
	for (i = 0; i < 20; i++) {
		ddev = notes_probe(test);
		race->file = notes->file;
		asker = kthread_run(race_ask_thread, race, "dmf-kunit-ask");
		KUNIT_ASSERT_FALSE(test, IS_ERR(asker));
		for (j = 0; j < 50; j++)
			notes_report(notes);
		dmf_kunit_remove(test, ddev);
		kthread_stop(asker);
		KUNIT_EXPECT_EQ(test, atomic_read(&notes->cleanups) +
				atomic_read(&notes->completions), 50 * (i + 1));
	}
}

/* -- Memory ------------------------------------------------------------ */

static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &notes_ops, 15);
}

static int notes_init(struct kunit *test)
{
	struct notes *notes = kunit_kzalloc(test, sizeof(*notes), GFP_KERNEL);

	if (!notes)
		return -ENOMEM;
	init_completion(&notes->added);
	notes->config = (struct dmf_notify_user_with_request_config){
		.max_pending_requests = REQUEST_MAX,
		.max_pending_data = DATA_MAX,
		.data_size = sizeof(struct payload),
		.data_cleanup = notes_cleanup,
	};
	test->priv = notes;
	return 0;
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
	KUNIT_CASE(close_cleans_up_unread_events),
	KUNIT_CASE(without_data_there_is_no_stream),
	KUNIT_CASE(events_may_have_no_data),
	KUNIT_CASE(missing_data_is_refused),
	KUNIT_CASE(too_large_data_is_refused),
	KUNIT_CASE(race_report_against_pull),
	KUNIT_CASE(race_requests_against_report_and_unbind),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite notes_suite = {
	.name = "dmf_notify_user_with_request",
	.init = notes_init,
	.test_cases = notes_cases,
};

kunit_test_suite(notes_suite);
