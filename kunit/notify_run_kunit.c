// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the events of a NotifyUserWithRequest as runs: what a consumer takes in one
 * step, gives back in another, and what is reported in between. The tests are the
 * consumer.
 */
#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_request.h>
#include <linux/mman.h>
#include <linux/seq_file.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

#include "../dmf/internal.h"
#include "../modules/notify/event_store.h"
#include "dmf_kunit.h"
#include "submitter.h"

#define DEPTH	4

struct runs {
	struct dmf_notify_user_with_request *notify;
	struct dmf_notify_user_with_request_config config;
	struct dmf_file *file;
	const struct dmf_stream_ops *ops;
	struct dmf_module *module;
	u64 next;			/* event to be reported */
	u64 expected;			/* event to be taken */
	unsigned int cleanups;
	atomic_t requests;		/* that were passed to the Module */
	struct dmf_stream_run taken[DMF_STREAM_RUNS];
};

struct record {
	struct dmf_event event;
	u64 value;
};

static void runs_cleanup(struct dmf_notify_user_with_request *notify, void *data)
{
	struct runs *runs = dmf_kunit_priv(dmf_notify_user_with_request_device(notify));

	runs->cleanups++;
}

static bool runs_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	struct runs *runs = dmf_kunit_priv(ddev);
	int ret = dmf_notify_user_with_request_request_process(runs->notify, request);

	if (ret)
		dmf_request_complete(request, ret);
	atomic_inc(&runs->requests);
	return true;
}

static int runs_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct runs *runs = dmf_kunit_priv(ddev);

	return dmf_notify_user_with_request_add(init, &runs->config, NULL, &runs->notify);
}

static const struct dmf_client_ops runs_ops = {
	.modules_add = runs_modules_add,
	.device_io_control = runs_device_io_control,
};

static struct runs *runs_probe(struct kunit *test)
{
	struct runs *runs = test->priv;
	struct dmf_device *ddev = dmf_kunit_probe(test, &runs_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	runs->file = dmf_kunit_open(test, ddev);
	runs->ops = runs->file->stream->ops;
	runs->module = runs->file->stream->module;
	return runs;
}

static void never_called(struct dmf_notify_user_with_request *notify, struct dmf_request *request,
			 void *context, int status)
{
}

static void report(struct kunit *test, struct runs *runs, unsigned int count)
{
	while (count--) {
		runs->next++;
		KUNIT_ASSERT_EQ(test, dmf_notify_user_with_request_data_process(runs->notify, NULL,
										&runs->next, 0), 0);
	}
}

static void expect_shown(struct kunit *test, struct runs *runs, const char *what)
{
	char text[200] = "";
	struct seq_file seq = { .buf = text, .size = sizeof(text) - 1 };

	runs->module->desc->ops->show(runs->module, &seq);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, what), "%s", text);
}

static int pop(struct runs *runs, unsigned int max)
{
	return runs->ops->pop(runs->module, runs->file, runs->taken, max, SIZE_MAX / 2);
}

static void done(struct runs *runs, int count)
{
	runs->ops->done(runs->module, runs->file, runs->taken, count);
}

static void push_back(struct runs *runs, int count)
{
	runs->ops->push_back(runs->module, runs->file, runs->taken, count);
}

/* What was popped are the events that come next. Return: their number. */
static unsigned int expect_next(struct kunit *test, struct runs *runs, int count)
{
	const struct record *record;
	unsigned int records = 0;
	int run, i;

	for (run = 0; run < count; run++) {
		KUNIT_ASSERT_EQ(test, runs->taken[run].size, sizeof(*record));
		record = runs->taken[run].data;
		for (i = 0; i < runs->taken[run].count; i++, record++, records++) {
			runs->expected++;
			KUNIT_EXPECT_EQ(test, record->value, runs->expected);
			KUNIT_EXPECT_EQ(test, record->event.sequence, runs->expected);
		}
	}
	return records;
}

static void take_all(struct kunit *test, struct runs *runs)
{
	int count;

	while ((count = pop(runs, DMF_STREAM_BATCH)) > 0) {
		expect_next(test, runs, count);
		done(runs, count);
	}
	KUNIT_EXPECT_EQ(test, count, 0);
	KUNIT_EXPECT_EQ(test, runs->expected, runs->next);
}

static void several_events_are_one_run(struct kunit *test)
{
	struct runs *runs = runs_probe(test);

	report(test, runs, 3);
	KUNIT_EXPECT_EQ(test, pop(runs, DMF_STREAM_BATCH), 1);
	KUNIT_EXPECT_EQ(test, runs->taken[0].count, 3);
	KUNIT_EXPECT_EQ(test, expect_next(test, runs, 1), 3);
	done(runs, 1);
	KUNIT_EXPECT_EQ(test, runs->cleanups, 3);
}

static void run_is_as_long_as_asked_for(struct kunit *test)
{
	struct runs *runs = runs_probe(test);

	report(test, runs, DEPTH);
	KUNIT_EXPECT_EQ(test, pop(runs, 1), 1);
	KUNIT_EXPECT_EQ(test, expect_next(test, runs, 1), 1);
	done(runs, 1);
	/* Room for two and a half. */
	KUNIT_EXPECT_EQ(test, runs->ops->pop(runs->module, runs->file, runs->taken, DEPTH,
					     2 * sizeof(struct record) + 20), 1);
	KUNIT_EXPECT_EQ(test, expect_next(test, runs, 1), 2);
	done(runs, 1);
	KUNIT_EXPECT_EQ(test, runs->ops->pop(runs->module, runs->file, runs->taken, DEPTH,
					     sizeof(struct record) - 1), -ENOSPC);
	take_all(test, runs);
}

static void order_is_kept_round_and_round(struct kunit *test)
{
	struct runs *runs = runs_probe(test);
	unsigned int i;
	int count;

	for (i = 0; i < 100; i++) {
		report(test, runs, 1 + i % DEPTH);
		count = pop(runs, 1 + i % 3);
		expect_next(test, runs, count);
		done(runs, count);
		take_all(test, runs);
	}
	KUNIT_EXPECT_EQ(test, runs->cleanups, runs->next);
}

/* What is on its way to a consumer does not count against max_pending_data. */
static void depth_is_kept_while_a_run_is_under_way(struct kunit *test)
{
	struct runs *runs = runs_probe(test);
	int count, i;

	for (i = 0; i < 20; i++) {
		report(test, runs, DEPTH);
		count = pop(runs, DMF_STREAM_BATCH);
		report(test, runs, DEPTH);
		KUNIT_EXPECT_EQ(test, expect_next(test, runs, count), DEPTH);
		done(runs, count);
		take_all(test, runs);
	}
}

static void run_that_goes_back_is_the_oldest_again(struct kunit *test)
{
	struct runs *runs = runs_probe(test);
	int count, i;

	for (i = 0; i < 20; i++) {
		report(test, runs, DEPTH);
		count = pop(runs, 1 + i % DEPTH);
		report(test, runs, i % DEPTH);
		push_back(runs, count);
		take_all(test, runs);
	}
	KUNIT_EXPECT_EQ(test, runs->cleanups, runs->next);
}

static void run_may_go_back_in_part(struct kunit *test)
{
	struct runs *runs = runs_probe(test);
	struct dmf_stream_run part;

	report(test, runs, DEPTH);
	KUNIT_ASSERT_EQ(test, pop(runs, DMF_STREAM_BATCH), 1);
	part = runs->taken[0];
	part.count = 1;
	runs->ops->done(runs->module, runs->file, &part, 1);
	runs->taken[0].data += runs->taken[0].size;
	runs->taken[0].count--;
	push_back(runs, 1);
	runs->expected = 1;
	take_all(test, runs);
	KUNIT_EXPECT_EQ(test, runs->cleanups, DEPTH);
}

/* The callback comes back with an event that goes back. */
static void run_ends_where_the_callback_changes(struct kunit *test)
{
	struct runs *runs = runs_probe(test);

	report(test, runs, 2);
	runs->next++;
	KUNIT_ASSERT_EQ(test, dmf_notify_user_with_request_data_process(runs->notify, never_called,
									&runs->next, 0), 0);
	KUNIT_ASSERT_EQ(test, pop(runs, DMF_STREAM_BATCH), 2);
	KUNIT_EXPECT_EQ(test, runs->taken[0].count, 2);
	KUNIT_EXPECT_EQ(test, runs->taken[1].count, 1);
	KUNIT_EXPECT_PTR_EQ(test, runs->taken[1].cookie, (void *)never_called);
	push_back(runs, 2);
	KUNIT_ASSERT_EQ(test, pop(runs, DMF_STREAM_BATCH), 2);
	KUNIT_EXPECT_PTR_EQ(test, runs->taken[1].cookie, (void *)never_called);
	push_back(runs, 2);
	take_all(test, runs);
}

static void lookaside_grows_while_a_run_is_under_way(struct kunit *test)
{
	struct runs *runs = test->priv;
	int count, i;

	runs->config.enable_look_aside = true;
	runs_probe(test);
	for (i = 0; i < 3; i++) {
		report(test, runs, DEPTH);
		count = pop(runs, DMF_STREAM_BATCH);
		report(test, runs, 300);
		push_back(runs, count);
		take_all(test, runs);
	}
	KUNIT_EXPECT_EQ(test, runs->cleanups, runs->next);
}

/* A consumer whose memory is bad makes the queue longer once, and each loss is counted. */
static void queue_is_bounded_whatever_goes_back(struct kunit *test)
{
	struct runs *runs = runs_probe(test);
	struct dmf_stream_list list = { };
	unsigned int i;
	int count;

	for (i = 0; i < 10 * DEPTH; i++) {
		count = i % DEPTH ? 0 : pop(runs, DMF_STREAM_BATCH);
		runs->next++;
		dmf_notify_user_with_request_data_process(runs->notify, NULL, &runs->next, 0);
		if (count)
			push_back(runs, count);
		KUNIT_EXPECT_EQ(test, dmf_stream_list(runs->file, &list), 0);
		KUNIT_EXPECT_LE(test, list.queued, 2 * DEPTH + 1);
		KUNIT_EXPECT_EQ(test, list.queued + list.lost, runs->next);
		KUNIT_EXPECT_EQ(test, runs->cleanups, list.lost);
	}
	runs->expected = list.lost;
	take_all(test, runs);
}

static void requests_that_came_meanwhile_get_what_goes_back(struct kunit *test)
{
	struct runs *runs = runs_probe(test);
	struct submitter what = { .file = runs->file, .type = DMF_REQUEST_DEVICE_CONTROL,
				  .command = 1 };
	struct submitter *askers[2];
	int count, i;

	report(test, runs, 2);
	count = pop(runs, DMF_STREAM_BATCH);
	for (i = 0; i < 2; i++)
		askers[i] = dmf_kunit_submit_start(test, &what);
	KUNIT_ASSERT_TRUE(test, dmf_kunit_until(atomic_read(&runs->requests) == 2));
	push_back(runs, count);
	KUNIT_EXPECT_EQ(test, pop(runs, DMF_STREAM_BATCH), 0);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, askers[i]), 0);
	KUNIT_EXPECT_EQ(test, runs->cleanups, 2);
	expect_shown(test, runs, "requests=0 queued=0 ");
	expect_shown(test, runs, "delivered=2 discarded=0");
}

/* Of four events two and a half fit into what is mapped. */
static void events_that_are_copied_are_delivered_and_the_rest_goes_back(struct kunit *test)
{
	struct runs *runs = runs_probe(test);
	unsigned int count = DEPTH;
	ssize_t ret = -ENOMEM;
	struct mm_struct *mm;
	struct iov_iter to;
	unsigned long end;

	report(test, runs, DEPTH);
	mm = dmf_kunit_use_memory(test);
	end = vm_mmap(NULL, 0, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      0) + PAGE_SIZE;
	if (!IS_ERR_VALUE(end - PAGE_SIZE)) {
		vm_munmap(end, PAGE_SIZE);
		iov_iter_ubuf(&to, READ, (void __user *)end - 5 * sizeof(struct record) / 2,
			      DEPTH * sizeof(struct record));
		ret = dmf_stream_pull(runs->file, &to, &count, true, 0);
		vm_munmap(end - PAGE_SIZE, PAGE_SIZE);
	}
	dmf_kunit_unuse_memory(mm);
	KUNIT_EXPECT_EQ(test, ret, 2 * sizeof(struct record));
	KUNIT_EXPECT_EQ(test, count, 2);
	KUNIT_EXPECT_EQ(test, runs->cleanups, 2);
	expect_shown(test, runs, "queued=2 ");
	expect_shown(test, runs, "delivered=2 discarded=0");
	runs->expected = 2;
	take_all(test, runs);
	KUNIT_EXPECT_EQ(test, runs->cleanups, DEPTH);
}

struct taker {
	struct dmf_file *file;
	struct record record;
	ssize_t result;
	struct completion done;
};

static int taker_thread(void *data)
{
	struct taker *taker = data;
	struct kvec vector = { .iov_base = &taker->record, .iov_len = sizeof(taker->record) };
	struct iov_iter to;

	iov_iter_kvec(&to, READ, &vector, 1, sizeof(taker->record));
	taker->result = dmf_stream_pull(taker->file, &to, NULL, false, DMF_WAIT_FOREVER);
	complete(&taker->done);
	return 0;
}

/* Several that go back wake one caller. */
static void caller_who_leaves_events_wakes_the_next(struct kunit *test)
{
	struct runs *runs = runs_probe(test);
	struct dmf_stream *stream = runs->file->stream;
	struct taker *takers = kunit_kcalloc(test, 2, sizeof(*takers), GFP_KERNEL);
	int count, i;

	KUNIT_ASSERT_NOT_NULL(test, takers);
	report(test, runs, 2);
	count = pop(runs, DMF_STREAM_BATCH);
	for (i = 0; i < 2; i++) {
		takers[i].file = runs->file;
		init_completion(&takers[i].done);
		dmf_kunit_run(test, taker_thread, &takers[i]);
	}
	while (dmf_kunit_count_sleepers(&stream->blocked) < 2)
		schedule_timeout_uninterruptible(1);
	push_back(runs, count);
	dmf_module_wake_stream(stream->module);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&takers[i].done,
								    DMF_KUNIT_TIMEOUT));
		KUNIT_EXPECT_EQ(test, takers[i].result, sizeof(struct record));
	}
	dmf_file_cancel_mine(runs->file);	/* or the test never ends */
}

#ifdef CONFIG_FAULT_INJECTION
/* Allocation number @nth of each fails. */
static void report_without_memory(struct kunit *test, struct runs *runs, unsigned int nth)
{
	current->fail_nth = nth;
	report(test, runs, 1);
	current->fail_nth = 0;
}
#else
static void report_without_memory(struct kunit *test, struct runs *runs, unsigned int nth)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION");
}
#endif

static void lookaside_without_memory_keeps_max_pending_data(struct kunit *test)
{
	struct runs *runs = test->priv;
	struct dmf_stream_list list = { };
	int i;

	runs->config.enable_look_aside = true;
	runs_probe(test);
	for (i = 0; i < DEPTH; i++)
		report_without_memory(test, runs, 1);
	KUNIT_EXPECT_EQ(test, dmf_stream_list(runs->file, &list), 0);
	KUNIT_EXPECT_EQ(test, list.queued, DEPTH);
	KUNIT_EXPECT_EQ(test, list.lost, 0);
	take_all(test, runs);
}

/* Beyond its records there is memory for more, but none for a larger queue. */
static void lookaside_has_room_for_what_goes_back_without_memory(struct kunit *test)
{
	struct runs *runs = test->priv;
	struct dmf_stream_list list = { };
	int count, i;

	runs->config.enable_look_aside = true;
	runs->config.max_pending_data = 1;
	runs_probe(test);
	for (i = 0; i < 6; i++) {
		count = pop(runs, DMF_STREAM_BATCH);
		report_without_memory(test, runs, i < 3 ? 1 : 2);
		push_back(runs, count);
	}
	KUNIT_EXPECT_EQ(test, dmf_stream_list(runs->file, &list), 0);
	KUNIT_EXPECT_EQ(test, list.queued, 6);
	KUNIT_EXPECT_EQ(test, list.lost, 0);
	take_all(test, runs);
	KUNIT_EXPECT_EQ(test, runs->cleanups, runs->next);
}

/* -- The store by itself ------------------------------------------------------------ */

static void fill(struct event_store *store, unsigned int count)
{
	struct event_entry entry = { };

	while (count--) {
		entry.record = event_store_get_locked(store);
		event_store_append_locked(store, &entry);
	}
}

/* An additional record may by chance stand right behind the array. */
static void run_ends_where_the_array_does(struct kunit *test)
{
	struct event_store store = { .record_size = sizeof(struct record), .record_count = DEPTH };
	struct event_entry run;

	KUNIT_ASSERT_EQ(test, event_store_create(&store), 0);
	fill(&store, DEPTH);
	store.record_count--;
	store.records_end -= store.record_size;
	KUNIT_EXPECT_TRUE(test, event_store_is_additional(&store, store.queue[DEPTH - 1].record));
	KUNIT_EXPECT_EQ(test, event_store_take_run_locked(&store, DMF_STREAM_BATCH, &run),
			DEPTH - 1);
	KUNIT_EXPECT_EQ(test, event_store_take_run_locked(&store, DMF_STREAM_BATCH, &run), 1);
	event_store_destroy(&store);
}

/* Memory is too fragmented for another kind, and vfree() sleeps. */
static void queue_of_vmalloc_grows_under_a_spinlock(struct kunit *test)
{
	struct event_store store = { .record_size = sizeof(struct record), .record_count = 512 };
	static DEFINE_SPINLOCK(lock);
	unsigned long flags;
	bool grown;

	KUNIT_ASSERT_EQ(test, event_store_create(&store), 0);
	kvfree(store.queue);
	store.queue = vmalloc(array_size(store.queue_mask + 1, sizeof(*store.queue)));
	if (!store.queue) {
		event_store_destroy(&store);
		KUNIT_FAIL(test, "no memory");
		return;
	}
	spin_lock_irqsave(&lock, flags);
	fill(&store, 500);
	grown = event_store_grow_locked(&store);
	spin_unlock_irqrestore(&lock, flags);
	KUNIT_EXPECT_TRUE(test, grown);
	KUNIT_EXPECT_EQ(test, store.queue_mask, 1023);
	KUNIT_EXPECT_PTR_EQ(test, store.queue[499].record,
			    (struct event_record *)(store.records + 499 * store.record_size));
	event_store_destroy(&store);
}

static void info_tells_limits_and_counts(struct kunit *test)
{
	struct runs *runs = runs_probe(test);
	struct dmf_stream_list list = { };

	report(test, runs, DEPTH + 3);
	KUNIT_EXPECT_EQ(test, dmf_stream_list(runs->file, &list), 0);
	KUNIT_EXPECT_EQ(test, list.flags, DMF_STREAM_SELECTED);
	KUNIT_EXPECT_EQ(test, list.record_size, sizeof(struct record));
	KUNIT_EXPECT_EQ(test, list.depth, DEPTH);
	KUNIT_EXPECT_EQ(test, list.queued, DEPTH);
	KUNIT_EXPECT_EQ(test, list.sequence, DEPTH + 3);
	KUNIT_EXPECT_EQ(test, list.lost, 3);
	list.index = 1;
	KUNIT_EXPECT_EQ(test, dmf_stream_list(runs->file, &list), -ENOENT);
}

static int runs_init(struct kunit *test)
{
	struct runs *runs = kunit_kzalloc(test, sizeof(*runs), GFP_KERNEL);

	if (!runs)
		return -ENOMEM;
	runs->config = (struct dmf_notify_user_with_request_config) {
		.max_pending_requests = 2,
		.max_pending_data = DEPTH,
		.data_size = sizeof(u64),
		.data_cleanup = runs_cleanup,
	};
	test->priv = runs;
	return 0;
}

static struct kunit_case runs_cases[] = {
	KUNIT_CASE(several_events_are_one_run),
	KUNIT_CASE(run_is_as_long_as_asked_for),
	KUNIT_CASE(order_is_kept_round_and_round),
	KUNIT_CASE(depth_is_kept_while_a_run_is_under_way),
	KUNIT_CASE(run_that_goes_back_is_the_oldest_again),
	KUNIT_CASE(run_may_go_back_in_part),
	KUNIT_CASE(run_ends_where_the_callback_changes),
	KUNIT_CASE(lookaside_grows_while_a_run_is_under_way),
	KUNIT_CASE(queue_is_bounded_whatever_goes_back),
	KUNIT_CASE(requests_that_came_meanwhile_get_what_goes_back),
	KUNIT_CASE(events_that_are_copied_are_delivered_and_the_rest_goes_back),
	KUNIT_CASE(caller_who_leaves_events_wakes_the_next),
	KUNIT_CASE(lookaside_without_memory_keeps_max_pending_data),
	KUNIT_CASE(lookaside_has_room_for_what_goes_back_without_memory),
	KUNIT_CASE(run_ends_where_the_array_does),
	KUNIT_CASE(queue_of_vmalloc_grows_under_a_spinlock),
	KUNIT_CASE(info_tells_limits_and_counts),
	{ }
};

static struct kunit_suite runs_suite = {
	.name = "dmf_notify_run",
	.init = runs_init,
	.test_cases = runs_cases,
};

kunit_test_suite(runs_suite);
