// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the tracepoints: each event is fired once where it belongs and in the order in
 * which things happen; times are taken while an event is on, and not else. Locks are in
 * lock_statistics_kunit.c. What the events look like in tracefs is in
 * tools/selftests/trace.c.
 */
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include <linux/dmf/buffer_pool.h>
#include <linux/dmf/doorbell.h>
#include <linux/dmf/notify_user_with_event.h>
#include <linux/dmf/notify_user_with_request.h>
#include <linux/dmf/queued_work_item.h>
#include <linux/dmf/ring_buffer.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "submitter.h"
#include "trace_fixture.h"

#define STALL_MS	3
#define STALL_NS	(STALL_MS * NSEC_PER_MSEC)

#define CMD_COMPLETE	1	/* at once */
#define CMD_PEND	2	/* with a cancel callback */
#define CMD_PEND_KILLABLE 3	/* without */
#define CMD_UNKNOWN	4

/* test->priv */
struct traced {
	struct traces traces;
	struct dmf_module *top;
	struct dmf_doorbell *bell;
	struct dmf_queued_work_item *item;
	struct dmf_buffer_pool *pool, *sink;
	struct dmf_ring_buffer *ring;
	struct dmf_notify_user_with_request *notify;
	struct dmf_notify_user_with_event *eventfds;
	bool stall;			/* callbacks take STALL_MS */
	bool fail;			/* the open of the lower Module fails */
	bool fail_power;		/* so does d0_entry of the other */
	struct dmf_request *pended;	/* xchg() decides who has it */
	struct completion pend_seen;
	u64 submitted_ns;		/* of the request that was handled last */
	struct completion expired;
};

static struct traced *traced_of(const struct dmf_module *module)
{
	return dmf_kunit_priv(dmf_parent_device_get(module));
}

/* By the clock with which durations are taken; jiffies may have stood still, and then jump. */
static void traced_sleep(void)
{
	usleep_range(STALL_MS * USEC_PER_MSEC, 2 * STALL_MS * USEC_PER_MSEC);
}

static void traced_stall(const struct traced *traced)
{
	if (READ_ONCE(traced->stall))
		traced_sleep();
}

/* -- Two Modules, one below the other --------------------------------------------------- */

static int traced_open(struct dmf_module *module)
{
	traced_stall(traced_of(module));
	return traced_of(module)->fail && module->parent ? -EIO : 0;
}

static void traced_end(struct dmf_module *module)
{
	traced_stall(traced_of(module));
}

static int traced_d0_entry(struct dmf_module *module, enum dmf_power previous)
{
	traced_stall(traced_of(module));
	return traced_of(module)->fail_power ? -EIO : 0;
}

static int traced_query_remove(struct dmf_module *module)
{
	return -EBUSY;
}

static bool traced_cancel(struct dmf_request *request)
{
	struct traced *traced = dmf_file_get_context(dmf_request_file(request));

	return xchg(&traced->pended, NULL) == request;
}

static bool traced_device_io_control(struct dmf_module *module, struct dmf_request *request)
{
	struct traced *traced = traced_of(module);
	unsigned int command = dmf_request_command(request);

	dmf_file_set_context(dmf_request_file(request), traced);
	traced->submitted_ns = request->submitted_ns;
	traced_stall(traced);
	if (command == CMD_COMPLETE) {
		dmf_request_complete(request, -EDOM);
	} else if (command == CMD_PEND || command == CMD_PEND_KILLABLE) {
		dmf_request_pend(request, command == CMD_PEND ? traced_cancel : NULL, 0);
		xchg(&traced->pended, request);
		complete(&traced->pend_seen);
	} else {
		return false;
	}
	return true;
}

static const struct dmf_module_ops below_ops = {
	.open		= traced_open,
	.pre_close	= traced_end,
	.close		= traced_end,
	.destroy	= traced_end,
};

static const struct dmf_module_desc below_desc = {
	.name		= "trace_below",
	.size		= sizeof(struct dmf_module),
	.lock		= DMF_LOCK_DISPATCH,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &below_ops,
};

static struct dmf_module_keys below_keys, top_keys;

static int top_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	const struct dmf_module_attributes attributes = { .instance_name = "below" };

	traced_stall(traced_of(module));
	return __dmf_module_add(init, &below_desc, &below_keys, NULL, &attributes, NULL);
}

static const struct dmf_module_ops top_ops = {
	.child_modules_add	= top_child_modules_add,
	.open			= traced_open,
	.close			= traced_end,
	.d0_entry		= traced_d0_entry,
	.query_remove		= traced_query_remove,
	.device_io_control	= traced_device_io_control,
};

static const struct dmf_module_desc top_desc = {
	.name			= "trace_top",
	.size			= sizeof(struct dmf_module),
	.lock			= DMF_LOCK_PASSIVE,
	.open_option		= DMF_OPEN_CREATE,
	.ops			= &top_ops,
};

static int traced_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_module_attributes attributes = { .instance_name = "top" };
	struct traced *traced = dmf_kunit_priv(ddev);

	return __dmf_module_add(init, &top_desc, &top_keys, NULL, &attributes, &traced->top);
}

static const struct dmf_client_ops traced_ops = { .modules_add = traced_modules_add };

static struct dmf_device *traced_probe(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

/* -- Life ------------------------------------------------------------------------------- */

#define LIFE_EVENTS	"module_create module_open module_drain module_close module_destroy event_dispatch"

static void life_of_modules_is_traced_in_order(struct kunit *test)
{
	static const char *const up[] = {
		"create top", "create below", "child_modules_add top 0",
		"open below 0", "open below 0", "open top 0", "open top 0", "d0_entry top 0", NULL
	};
	static const char *const down[] = {
		"drain top", "close top 0", "close top",
		"pre_close below 0", "drain below", "close below 0", "close below",
		"destroy below", "destroy below 0", "destroy top", NULL
	};
	struct traced *traced = test->priv;
	struct dmf_device *ddev;

	traces_on(test, &traced->traces, LIFE_EVENTS);
	ddev = traced_probe(test, &traced_ops);
	traces_expect(test, &traced->traces, up);
	traces_rewind(&traced->traces);
	dmf_kunit_remove(test, ddev);
	traces_expect(test, &traced->traces, down);
}

static void failed_open_is_traced_with_its_errno(struct kunit *test)
{
	static const char *const lines[] = {
		"open below -5", "destroy below", "destroy top", NULL
	};
	struct traced *traced = test->priv;

	traced->fail = true;
	traces_on(test, &traced->traces, "module_open module_destroy");
	dmf_kunit_expect_begin(test, "below: open failed: -5");
	KUNIT_EXPECT_EQ(test, -EIO, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &traced_ops)));
	dmf_kunit_expect_end(test);
	traces_expect(test, &traced->traces, lines);
}

static void events_of_the_device_are_traced_in_order(struct kunit *test)
{
	static const char *const up[] = {
		"device modules_add final 0", "device prepare_hardware final 0",
		"device d0_entry final 0", "device interrupts_connect final 0",
		"device d0_entry_post_interrupts_enabled final 0",
		"device self_managed_io_init final 0", NULL
	};
	static const char *const down[] = {
		"device self_managed_io_suspend final 0",
		"device d0_exit_pre_interrupts_disabled final 0",
		"device interrupts_disconnect final 0", "device d0_exit final 0",
		"device release_hardware final 0", "device self_managed_io_flush final 0",
		"device self_managed_io_cleanup final 0", NULL
	};
	struct traced *traced = test->priv;
	struct dmf_device *ddev;

	traces_on(test, &traced->traces, "device_event");
	ddev = traced_probe(test, &traced_ops);
	traces_expect(test, &traced->traces, up);
	traces_rewind(&traced->traces);
	dmf_kunit_remove(test, ddev);
	traces_expect(test, &traced->traces, down);
}

static void duration_of_a_callback_is_that_of_the_callback(struct kunit *test)
{
	struct traced *traced = test->priv;
	struct dmf_file *file = dmf_kunit_open(test, traced_probe(test, &traced_ops));
	u64 begin;

	traces_on(test, &traced->traces, "event_dispatch");
	begin = ktime_get_ns();
	KUNIT_EXPECT_EQ(test, -EDOM, dmf_kunit_ioctl(file, CMD_COMPLETE));
	KUNIT_EXPECT_LE(test, traced->traces.latest, ktime_get_ns() - begin);
	traced->stall = true;
	KUNIT_EXPECT_EQ(test, -EDOM, dmf_kunit_ioctl(file, CMD_COMPLETE));
	KUNIT_EXPECT_GE(test, traced->traces.latest, (u64)STALL_NS);
	KUNIT_EXPECT_STREQ(test, traced->traces.lines[1], "device_io_control top 1");
	KUNIT_EXPECT_EQ(test, traced->traces.count, 2);
	traced->stall = false;
}

static void event_of_the_device_says_where_it_goes_and_what_failed(struct kunit *test)
{
	static const char *const lines[] = {
		"device query_remove d0 -16", "device self_managed_io_suspend sleep 0",
		"device d0_exit_pre_interrupts_disabled sleep 0",
		"device interrupts_disconnect sleep 0", "device d0_exit sleep 0",
		"device d0_entry sleep -5", NULL
	};
	struct traced *traced = test->priv;
	struct dmf_device *ddev = traced_probe(test, &traced_ops);

	traces_on(test, &traced->traces, "device_event");
	KUNIT_EXPECT_EQ(test, dmf_device_query_remove(ddev), -EBUSY);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_SLEEP), 0);
	traced->fail_power = true;
	dmf_kunit_expect_begin(test, "top: d0_entry failed: -5");
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), -EIO);
	dmf_kunit_expect_end(test);
	traces_expect(test, &traced->traces, lines);
}

/* The callbacks of all kinds that event.c calls. */
static void each_callback_is_timed(struct kunit *test)
{
	static const char *const stalled[] = {
		"child_modules_add top 0", "open below 0", "d0_entry top 0", "close top 0",
		"pre_close below 0", "destroy below 0", "device d0_entry final 0",
	};
	struct traced *traced = test->priv;
	struct dmf_device *ddev;
	u64 begin = ktime_get_ns(), elapsed;
	int i, line;

	traced->stall = true;
	traces_on(test, &traced->traces, "event_dispatch device_event");
	ddev = traced_probe(test, &traced_ops);
	dmf_kunit_remove(test, ddev);
	elapsed = ktime_get_ns() - begin;
	for (i = 0; i < ARRAY_SIZE(stalled); i++) {
		line = traces_find_line(&traced->traces, stalled[i]);
		KUNIT_ASSERT_GE_MSG(test, line, 0, "%s", stalled[i]);
		KUNIT_EXPECT_GE_MSG(test, traced->traces.times[line], (u64)STALL_NS, "%s",
				    stalled[i]);
		KUNIT_EXPECT_LE_MSG(test, traced->traces.times[line], elapsed, "%s", stalled[i]);
	}
}

/* -- Requests --------------------------------------------------------------------------- */

#define REQUEST_EVENTS	"request_submit request_pend request_cancel request_abandon request_complete"

static void completed_request_is_traced(struct kunit *test)
{
	static const char *const lines[] = {
		"submit  0x1", "complete top 0x1", "status -33", NULL
	};
	struct traced *traced = test->priv;
	struct dmf_file *file = dmf_kunit_open(test, traced_probe(test, &traced_ops));

	traced->stall = true;
	traces_on(test, &traced->traces, REQUEST_EVENTS);
	KUNIT_EXPECT_EQ(test, -EDOM, dmf_kunit_ioctl(file, CMD_COMPLETE));
	traces_expect(test, &traced->traces, lines);
	KUNIT_EXPECT_FALSE(test, traced->traces.mixed);
	KUNIT_EXPECT_GE(test, traced->traces.latest, (u64)STALL_NS);
	traced->stall = false;
}

static void request_that_nobody_handles_is_traced_to_its_end(struct kunit *test)
{
	static const char *const lines[] = {
		"submit  0x4", "complete  0x4", "status -25", NULL
	};
	struct traced *traced = test->priv;
	struct dmf_file *file = dmf_kunit_open(test, traced_probe(test, &traced_ops));

	traces_on(test, &traced->traces, REQUEST_EVENTS);
	KUNIT_EXPECT_EQ(test, -ENOTTY, dmf_kunit_ioctl(file, CMD_UNKNOWN));
	traces_expect(test, &traced->traces, lines);
}

static struct submitter *traced_pend(struct kunit *test, struct dmf_file *file,
				     unsigned int command)
{
	struct submitter what = {
		.file = file,
		.type = DMF_REQUEST_DEVICE_CONTROL,
		.command = command,
		.signal = SIGKILL,
	};
	struct submitter *submitter = dmf_kunit_submit_start(test, &what);
	struct traced *traced = test->priv;

	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&traced->pend_seen,
							    DMF_KUNIT_TIMEOUT));
	return submitter;
}

static void cancelled_request_is_traced_in_order(struct kunit *test)
{
	static const char *const lines[] = {
		"submit  0x2", "pend top 0x2", "cancel top 0x2", "complete top 0x2",
		"status -125", NULL
	};
	struct traced *traced = test->priv;
	struct dmf_file *file = dmf_kunit_open(test, traced_probe(test, &traced_ops));
	struct submitter *submitter;

	traces_on(test, &traced->traces, REQUEST_EVENTS);
	submitter = traced_pend(test, file, CMD_PEND);
	dmf_file_cancel_mine(file);
	KUNIT_EXPECT_EQ(test, -ECANCELED, dmf_kunit_submit_result(test, submitter));
	traces_expect(test, &traced->traces, lines);
	KUNIT_EXPECT_FALSE(test, traced->traces.mixed);
}

static void abandoned_request_is_traced_to_its_end(struct kunit *test)
{
	static const char *const lines[] = {
		"submit  0x3", "pend top 0x3", "abandon top 0x3", "complete top 0x3",
		"status 0", NULL
	};
	struct traced *traced = test->priv;
	struct dmf_file *file = dmf_kunit_open(test, traced_probe(test, &traced_ops));
	struct submitter *submitter;

	traces_on(test, &traced->traces, REQUEST_EVENTS);
	submitter = traced_pend(test, file, CMD_PEND_KILLABLE);
	send_sig(SIGKILL, submitter->thread, 1);
	KUNIT_EXPECT_EQ(test, -EINTR, dmf_kunit_submit_result(test, submitter));
	dmf_request_complete(xchg(&traced->pended, NULL), 0);
	traces_expect(test, &traced->traces, lines);
}

static void latency_is_unknown_if_the_submission_was_not_seen(struct kunit *test)
{
	struct traced *traced = test->priv;
	struct dmf_file *file = dmf_kunit_open(test, traced_probe(test, &traced_ops));
	struct submitter *submitter = traced_pend(test, file, CMD_PEND);

	KUNIT_EXPECT_EQ(test, traced->submitted_ns, 0);
	traced->traces.latest = 1;
	traces_on(test, &traced->traces, "request_complete");
	dmf_request_complete(xchg(&traced->pended, NULL), 0);
	KUNIT_EXPECT_EQ(test, 0, dmf_kunit_submit_result(test, submitter));
	KUNIT_EXPECT_EQ(test, traced->traces.latest, 0);

	submitter = traced_pend(test, file, CMD_PEND);
	KUNIT_EXPECT_NE(test, traced->submitted_ns, 0);
	traces_off(&traced->traces);
	dmf_request_complete(xchg(&traced->pended, NULL), 0);
	KUNIT_EXPECT_EQ(test, 0, dmf_kunit_submit_result(test, submitter));

	KUNIT_EXPECT_EQ(test, -EDOM, dmf_kunit_ioctl(file, CMD_COMPLETE));
	KUNIT_EXPECT_EQ(test, traced->submitted_ns, 0);
	KUNIT_EXPECT_EQ(test, traced->traces.count, 2);
}

/* -- Tasks, buffers, notification ---------------------------------------------------------- */

static void traced_ring(struct dmf_doorbell *bell)
{
	traced_stall(traced_of(dmf_doorbell_module(bell)));
}

static void traced_item(struct dmf_queued_work_item *item, void *buffer, void *context)
{
	traced_stall(traced_of(dmf_queued_work_item_module(item)));
}

static int tools_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_doorbell_config bell = { .ring = traced_ring };
	const struct dmf_queued_work_item_config item = {
		.function = traced_item,
		.buffer_queue_config.source = { .buffer_count = 4, .buffer_size = 8 },
	};
	const struct dmf_buffer_pool_config pool = {
		.mode = DMF_BUFFER_POOL_MODE_SOURCE,
		.source = { .buffer_count = 1, .buffer_size = 8, .create_with_timer = true },
	};
	const struct dmf_buffer_pool_config sink = { .mode = DMF_BUFFER_POOL_MODE_SINK };
	const struct dmf_module_attributes sink_name = { .instance_name = "sink" };
	const struct dmf_ring_buffer_config ring = { .item_count = 1, .item_size = 8 };
	const struct dmf_notify_user_with_request_config notify = {
		.max_pending_data = 2,
		.max_pending_requests = 1,
		.data_size = 8,
	};
	const struct dmf_notify_user_with_event_config eventfds = { .event_count = 2 };
	struct traced *traced = dmf_kunit_priv(ddev);

	return dmf_doorbell_add(init, &bell, NULL, &traced->bell) ?:
	       dmf_queued_work_item_add(init, &item, NULL, &traced->item) ?:
	       dmf_buffer_pool_add(init, &pool, NULL, &traced->pool) ?:
	       dmf_buffer_pool_add(init, &sink, &sink_name, &traced->sink) ?:
	       dmf_ring_buffer_add(init, &ring, NULL, &traced->ring) ?:
	       dmf_notify_user_with_request_add(init, &notify, NULL, &traced->notify) ?:
	       dmf_notify_user_with_event_add(init, &eventfds, NULL, &traced->eventfds);
}

static bool tools_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	struct traced *traced = dmf_kunit_priv(ddev);
	int ret = dmf_notify_user_with_request_request_process(traced->notify, request);

	if (ret)
		dmf_request_complete(request, ret);
	return true;
}

static const struct dmf_client_ops tools_ops = {
	.modules_add		= tools_modules_add,
	.device_io_control	= tools_device_io_control,
};

#define TASK_EVENTS	"task_queue task_begin task_end task_cancel"

static void tasks_are_traced_with_their_duration(struct kunit *test)
{
	static const char *const lines[] = {
		"queue doorbell", "begin doorbell", "end doorbell",
		"queue queued_work_item", "begin queued_work_item", "end queued_work_item", NULL
	};
	struct traced *traced = test->priv;

	traced_probe(test, &tools_ops);
	traced->stall = true;
	traces_on(test, &traced->traces, TASK_EVENTS);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(traced->bell), 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(traced->bell), 0);
	KUNIT_EXPECT_GE(test, traced->traces.latest, (u64)STALL_NS);
	traced->traces.latest = 0;
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue_and_wait(traced->item, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(traced->item), 0);
	traces_expect(test, &traced->traces, lines);
	KUNIT_EXPECT_GE(test, traced->traces.latest, (u64)STALL_NS);
}

static void end_alone_has_the_duration_too(struct kunit *test)
{
	static const char *const lines[] = { "end doorbell", NULL };
	struct traced *traced = test->priv;

	traced_probe(test, &tools_ops);
	traced->stall = true;
	traces_on(test, &traced->traces, "task_end");
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(traced->bell), 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(traced->bell), 0);
	traces_expect(test, &traced->traces, lines);
	KUNIT_EXPECT_GE(test, traced->traces.latest, (u64)STALL_NS);
	traces_off(&traced->traces);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(traced->bell), 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(traced->bell), 0);
	KUNIT_EXPECT_EQ(test, traced->traces.count, 1);
}

static void buffers_are_traced(struct kunit *test)
{
	static const char *const lines[] = {
		"get buffer_pool 0", "put buffer_pool", "get buffer_pool 0",
		"get buffer_pool -105", "write ring_buffer 8 0", "write ring_buffer 8 -28",
		"read ring_buffer 8 0", "read ring_buffer 8 -2", NULL
	};
	struct traced *traced = test->priv;
	void *buffer, *none;
	u64 item = 0;

	traced_probe(test, &tools_ops);
	traces_on(test, &traced->traces, "buffer_get buffer_put buffer_write buffer_read");
	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(traced->pool, &buffer, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, traced->traces.object, (const void *)buffer);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(traced->pool, buffer), 0);
	KUNIT_EXPECT_FALSE(test, traced->traces.mixed);
	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(traced->pool, &buffer, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_get(traced->pool, &none, NULL), -ENOBUFS);
	KUNIT_EXPECT_NULL(test, traced->traces.object);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_write(traced->ring, &item, sizeof(item)), 0);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_write(traced->ring, &item, sizeof(item)), -ENOSPC);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_read(traced->ring, &item, sizeof(item)), 0);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_read(traced->ring, &item, sizeof(item)), -ENOENT);
	traces_off(&traced->traces);
	traces_expect(test, &traced->traces, lines);
	KUNIT_EXPECT_EQ(test, dmf_buffer_pool_put(traced->pool, buffer), 0);
}

static void traced_expired(struct dmf_buffer_pool *pool, void *buffer, void *buffer_context,
			   void *context)
{
	struct traced *traced = context;

	dmf_buffer_pool_put(traced->pool, buffer);
	complete(&traced->expired);
}

static void buffer_that_expires_is_traced(struct kunit *test)
{
	static const char *const lines[] = {
		"get buffer_pool 0", "put sink", "expire sink", "put buffer_pool", NULL
	};
	struct traced *traced = test->priv;
	void *buffer;

	traced_probe(test, &tools_ops);
	traces_on(test, &traced->traces, "buffer_get buffer_put buffer_expire");
	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_get(traced->pool, &buffer, NULL), 0);
	KUNIT_ASSERT_EQ(test, dmf_buffer_pool_put_in_sink_with_timer(traced->sink, buffer, 1,
								     traced_expired, traced), 0);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&traced->expired, DMF_KUNIT_TIMEOUT));
	traces_expect(test, &traced->traces, lines);
	KUNIT_EXPECT_FALSE(test, traced->traces.mixed);
}

static void notification_is_traced(struct kunit *test)
{
	static const char *const lines[] = {
		"queue 1 1", "queue 2 2", "queue 3 2", "drop 1 1", "deliver 2 1",
		"signal 1 -2", NULL
	};
	struct traced *traced = test->priv;
	struct dmf_device *ddev = traced_probe(test, &tools_ops);
	struct dmf_file *file = dmf_kunit_open(test, ddev);
	u64 data = 0;
	int i;

	traces_on(test, &traced->traces, "notify_queue notify_drop notify_deliver notify_signal");
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, 0,
				dmf_notify_user_with_request_data_process(traced->notify, NULL,
									  &data, 0));
	traced_sleep();
	KUNIT_EXPECT_EQ(test, 0, dmf_kunit_ioctl(file, 1));
	KUNIT_EXPECT_GE(test, traced->traces.latest, (u64)STALL_NS);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			dmf_notify_user_with_event_notify_by_index(traced->eventfds, 1));
	traces_expect(test, &traced->traces, lines);
}

static void events_that_are_left_are_dropped_at_close(struct kunit *test)
{
	static const char *const lines[] = { "queue 1 1", "drop 1 1", NULL };
	struct traced *traced = test->priv;
	struct dmf_device *ddev = traced_probe(test, &tools_ops);
	u64 data = 0;

	traces_on(test, &traced->traces, "notify_queue notify_drop notify_deliver");
	KUNIT_EXPECT_EQ(test, 0, dmf_notify_user_with_request_data_process(traced->notify, NULL,
									   &data, 0));
	dmf_kunit_remove(test, ddev);
	traces_expect(test, &traced->traces, lines);
}

static int traced_init(struct kunit *test)
{
	struct traced *traced = kunit_kzalloc(test, sizeof(*traced), GFP_KERNEL);

	if (!traced)
		return -ENOMEM;
	raw_spin_lock_init(&traced->traces.lock);
	init_completion(&traced->pend_seen);
	init_completion(&traced->expired);
	test->priv = traced;
	return 0;
}

static struct kunit_case trace_cases[] = {
	KUNIT_CASE(life_of_modules_is_traced_in_order),
	KUNIT_CASE(failed_open_is_traced_with_its_errno),
	KUNIT_CASE(events_of_the_device_are_traced_in_order),
	KUNIT_CASE(event_of_the_device_says_where_it_goes_and_what_failed),
	KUNIT_CASE(each_callback_is_timed),
	KUNIT_CASE(duration_of_a_callback_is_that_of_the_callback),
	KUNIT_CASE(completed_request_is_traced),
	KUNIT_CASE(request_that_nobody_handles_is_traced_to_its_end),
	KUNIT_CASE(cancelled_request_is_traced_in_order),
	KUNIT_CASE(abandoned_request_is_traced_to_its_end),
	KUNIT_CASE(latency_is_unknown_if_the_submission_was_not_seen),
	KUNIT_CASE(tasks_are_traced_with_their_duration),
	KUNIT_CASE(end_alone_has_the_duration_too),
	KUNIT_CASE(buffers_are_traced),
	KUNIT_CASE(buffer_that_expires_is_traced),
	KUNIT_CASE(notification_is_traced),
	KUNIT_CASE(events_that_are_left_are_dropped_at_close),
	{ }
};

static struct kunit_suite trace_suite = {
	.name = "dmf_trace",
	.init = traced_init,
	.test_cases = trace_cases,
};

kunit_test_suite(trace_suite);
