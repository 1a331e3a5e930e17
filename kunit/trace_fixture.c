// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listening to tracepoints. They are found by their names, as they are by whoever traces
 * without our headers; the types of the probes are checked against these.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "../dmf/internal.h"
#include "../dmf/trace.h"
#include "../modules/trace.h"
#include "trace_fixture.h"

static __printf(2, 3) void traces_note(struct traces *traces, const char *format, ...)
{
	unsigned long flags;
	va_list arguments;

	raw_spin_lock_irqsave(&traces->lock, flags);
	if (traces->count < TRACES_LINES) {
		va_start(arguments, format);
		vsnprintf(traces->lines[traces->count], TRACES_WIDTH, format, arguments);
		va_end(arguments);
		/* After the line, which some wait for without the lock. */
		smp_store_release(&traces->count, traces->count + 1);
	}
	raw_spin_unlock_irqrestore(&traces->lock, flags);
}

/* Of the line that follows. */
static void traces_note_time(struct traces *traces, u64 time)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&traces->lock, flags);
	traces->latest = time;
	if (traces->count < TRACES_LINES)
		traces->times[traces->count] = time;
	raw_spin_unlock_irqrestore(&traces->lock, flags);
}

static void traces_note_request(struct traces *traces, const struct dmf_request *request,
				const char *event)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&traces->lock, flags);
	traces->mixed |= traces->object && traces->object != request;
	traces->object = request;
	raw_spin_unlock_irqrestore(&traces->lock, flags);
	traces_note(traces, "%s %s %#x", event, dmf_trace_instance(request->handler),
		    request->command);
}

/* -- Probes, in the order of the headers ---------------------------------------------- */

static void on_module_create(void *data, const struct dmf_module *module)
{
	traces_note(data, "create %s", dmf_module_name(module));
}

static void on_module_close(void *data, const struct dmf_module *module)
{
	traces_note(data, "close %s", dmf_module_name(module));
}

static void on_module_destroy(void *data, const struct dmf_module *module)
{
	traces_note(data, "destroy %s", dmf_module_name(module));
}

static void on_module_open(void *data, const struct dmf_module *module, int ret)
{
	traces_note(data, "open %s %d", dmf_module_name(module), ret);
}

static void on_module_drain(void *data, const struct dmf_module *module)
{
	traces_note(data, "drain %s", dmf_module_name(module));
}

static void on_module_lock_contended(void *data, const struct dmf_module *module,
				     unsigned int index, u64 wait_ns)
{
	traces_note_time(data, wait_ns);
	traces_note(data, "contended %s %u", dmf_module_name(module), index);
}

static void on_event_dispatch(void *data, const struct dmf_module *module, const char *event,
			      int ret, u64 duration_ns)
{
	traces_note_time(data, duration_ns);
	traces_note(data, "%s %s %d", event, dmf_module_name(module), ret);
}

static const char *const powers[] = {
	[DMF_POWER_D0]		= "d0",
	[DMF_POWER_IDLE]	= "idle",
	[DMF_POWER_SLEEP]	= "sleep",
	[DMF_POWER_HIBERNATION]	= "hibernation",
	[DMF_POWER_FINAL]	= "final",
};

static void on_device_event(void *data, const struct dmf_device *ddev, const char *event,
			    enum dmf_power power, int ret, u64 duration_ns)
{
	traces_note_time(data, duration_ns);
	traces_note(data, "device %s %s %d", event, powers[power], ret);
}

static void on_request_submit(void *data, const struct dmf_request *request)
{
	traces_note_request(data, request, "submit");
}

static void on_request_abandon(void *data, const struct dmf_request *request)
{
	traces_note_request(data, request, "abandon");
}

static void on_request_pend(void *data, const struct dmf_request *request)
{
	traces_note_request(data, request, "pend");
}

static void on_request_cancel(void *data, const struct dmf_request *request)
{
	traces_note_request(data, request, "cancel");
}

static void on_request_complete(void *data, const struct dmf_request *request)
{
	traces_note_time(data, dmf_trace_since(request->submitted_ns));
	traces_note_request(data, request, "complete");
	traces_note(data, "status %d", request->status);
}

static void on_task_queue(void *data, const struct dmf_module *module)
{
	traces_note(data, "queue %s", dmf_module_name(module));
}

static void on_task_begin(void *data, const struct dmf_module *module)
{
	traces_note(data, "begin %s", dmf_module_name(module));
}

static void on_task_end(void *data, const struct dmf_module *module, u64 duration_ns)
{
	traces_note_time(data, duration_ns);
	traces_note(data, "end %s", dmf_module_name(module));
}

static void on_task_cancel(void *data, const struct dmf_module *module)
{
	traces_note(data, "cancel %s", dmf_module_name(module));
}

static void on_buffer_get(void *data, const struct dmf_module *module, const void *buffer, int ret)
{
	struct traces *traces = data;

	traces->object = buffer;
	traces_note(data, "get %s %d", dmf_module_name(module), ret);
}

static void on_buffer_put(void *data, const struct dmf_module *module, const void *buffer)
{
	struct traces *traces = data;

	traces->mixed |= traces->object != buffer;
	traces_note(data, "put %s", dmf_module_name(module));
}

static void on_buffer_expire(void *data, const struct dmf_module *module, const void *buffer)
{
	traces_note(data, "expire %s", dmf_module_name(module));
}

static void on_buffer_write(void *data, const struct dmf_module *module, size_t size, int ret)
{
	traces_note(data, "write %s %zu %d", dmf_module_name(module), size, ret);
}

static void on_buffer_read(void *data, const struct dmf_module *module, size_t size, int ret)
{
	traces_note(data, "read %s %zu %d", dmf_module_name(module), size, ret);
}

static void on_notify_queue(void *data, const struct dmf_module *module, u64 sequence,
			    unsigned int depth)
{
	traces_note(data, "queue %llu %u", sequence, depth);
}

static void on_notify_drop(void *data, const struct dmf_module *module, u64 sequence, u64 count)
{
	traces_note(data, "drop %llu %llu", sequence, count);
}

static void on_notify_deliver(void *data, const struct dmf_module *module, u64 sequence,
			      unsigned int count, u64 queued_ns)
{
	traces_note_time(data, ktime_get_ns() - queued_ns);
	traces_note(data, "deliver %llu %u", sequence, count);
}

static void on_notify_signal(void *data, const struct dmf_module *module, unsigned int index,
			     int ret)
{
	traces_note(data, "signal %u %d", index, ret);
}

#define TRACE_PROBE(_name)	{ #_name, on_##_name }

static const struct {
	const char *name;
	void *probe;
} probes[] = {
	TRACE_PROBE(module_create),
	TRACE_PROBE(module_close),
	TRACE_PROBE(module_destroy),
	TRACE_PROBE(module_open),
	TRACE_PROBE(module_drain),
	TRACE_PROBE(module_lock_contended),
	TRACE_PROBE(event_dispatch),
	TRACE_PROBE(device_event),
	TRACE_PROBE(request_submit),
	TRACE_PROBE(request_abandon),
	TRACE_PROBE(request_pend),
	TRACE_PROBE(request_cancel),
	TRACE_PROBE(request_complete),
	TRACE_PROBE(task_queue),
	TRACE_PROBE(task_begin),
	TRACE_PROBE(task_end),
	TRACE_PROBE(task_cancel),
	TRACE_PROBE(buffer_get),
	TRACE_PROBE(buffer_put),
	TRACE_PROBE(buffer_expire),
	TRACE_PROBE(buffer_write),
	TRACE_PROBE(buffer_read),
	TRACE_PROBE(notify_queue),
	TRACE_PROBE(notify_drop),
	TRACE_PROBE(notify_deliver),
	TRACE_PROBE(notify_signal),
};

/* Never called: has the compiler compare the types. */
static void __maybe_unused traces_check_types(void)
{
	check_trace_callback_type_module_create(on_module_create);
	check_trace_callback_type_module_close(on_module_close);
	check_trace_callback_type_module_destroy(on_module_destroy);
	check_trace_callback_type_module_open(on_module_open);
	check_trace_callback_type_module_drain(on_module_drain);
	check_trace_callback_type_module_lock_contended(on_module_lock_contended);
	check_trace_callback_type_event_dispatch(on_event_dispatch);
	check_trace_callback_type_device_event(on_device_event);
	check_trace_callback_type_request_submit(on_request_submit);
	check_trace_callback_type_request_abandon(on_request_abandon);
	check_trace_callback_type_request_pend(on_request_pend);
	check_trace_callback_type_request_cancel(on_request_cancel);
	check_trace_callback_type_request_complete(on_request_complete);
	check_trace_callback_type_task_queue(on_task_queue);
	check_trace_callback_type_task_begin(on_task_begin);
	check_trace_callback_type_task_end(on_task_end);
	check_trace_callback_type_task_cancel(on_task_cancel);
	check_trace_callback_type_buffer_get(on_buffer_get);
	check_trace_callback_type_buffer_put(on_buffer_put);
	check_trace_callback_type_buffer_expire(on_buffer_expire);
	check_trace_callback_type_buffer_write(on_buffer_write);
	check_trace_callback_type_buffer_read(on_buffer_read);
	check_trace_callback_type_notify_queue(on_notify_queue);
	check_trace_callback_type_notify_drop(on_notify_drop);
	check_trace_callback_type_notify_deliver(on_notify_deliver);
	check_trace_callback_type_notify_signal(on_notify_signal);
}

/* -- Finding tracepoints ------------------------------------------------------------- */

struct traces_search {
	struct notifier_block notifier;
	const char *name;
	struct tracepoint *found;
};

static void traces_look(struct tracepoint *tracepoint, void *data)
{
	struct traces_search *search = data;

	if (!strcmp(tracepoint->name, search->name))
		search->found = tracepoint;
}

static int traces_look_into(struct notifier_block *notifier, unsigned long event, void *data)
{
	struct traces_search *search = container_of(notifier, struct traces_search, notifier);
	const struct tp_module *tp_module = data;
	unsigned int i;

	if (strcmp(tp_module->mod->name, "dmf"))
		return 0;
	for (i = 0; i < tp_module->mod->num_tracepoints; i++)
		traces_look(tracepoint_ptr_deref(&tp_module->mod->tracepoints_ptrs[i]), search);
	return 0;
}

/* Of dmf.ko, or of the kernel that it is part of. */
static struct tracepoint *traces_find(const char *name)
{
	struct traces_search search = {
		.notifier.notifier_call = traces_look_into,
		.name = name,
	};

	if (!register_tracepoint_module_notifier(&search.notifier))
		unregister_tracepoint_module_notifier(&search.notifier);
	if (!search.found)
		for_each_kernel_tracepoint(traces_look, &search);
	return search.found;
}

/* -- On and off ---------------------------------------------------------------------- */

void traces_off(struct traces *traces)
{
	while (traces->probe_count) {
		traces->probe_count--;
		tracepoint_probe_unregister(traces->probes[traces->probe_count].tracepoint,
					    traces->probes[traces->probe_count].probe, traces);
	}
	tracepoint_synchronize_unregister();
}

static void traces_off_action(void *data)
{
	traces_off(data);
}

static void traces_add(struct kunit *test, struct traces *traces, const char *name)
{
	struct tracepoint *tracepoint = traces_find(name);
	unsigned int i = 0;

	KUNIT_ASSERT_NOT_NULL_MSG(test, tracepoint, "no tracepoint %s", name);
	while (i < ARRAY_SIZE(probes) && strcmp(probes[i].name, name))
		i++;
	KUNIT_ASSERT_LT_MSG(test, (size_t)i, ARRAY_SIZE(probes), "no probe for %s", name);
	KUNIT_ASSERT_LT(test, traces->probe_count, TRACES_PROBES);
	KUNIT_ASSERT_EQ(test, 0, tracepoint_probe_register(tracepoint, probes[i].probe, traces));
	traces->probes[traces->probe_count].tracepoint = tracepoint;
	traces->probes[traces->probe_count].probe = probes[i].probe;
	traces->probe_count++;
}

void traces_on(struct kunit *test, struct traces *traces, const char *names)
{
	char *copy = kunit_kzalloc(test, strlen(names) + 1, GFP_KERNEL), *name;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	strcpy(copy, names);
	raw_spin_lock_init(&traces->lock);
	KUNIT_ASSERT_EQ(test, 0, dmf_kunit_add_action(test, traces_off_action, traces));
	while ((name = strsep(&copy, " ")))
		traces_add(test, traces, name);
}

void traces_rewind(struct traces *traces)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&traces->lock, flags);
	traces->count = 0;
	traces->object = NULL;
	traces->mixed = false;
	raw_spin_unlock_irqrestore(&traces->lock, flags);
}

int traces_find_line(const struct traces *traces, const char *line)
{
	unsigned int i;

	for (i = 0; i < traces->count; i++) {
		if (!strcmp(traces->lines[i], line))
			return i;
	}
	return -1;
}

void traces_expect(struct kunit *test, struct traces *traces, const char *const *lines)
{
	unsigned int i;

	for (i = 0; lines[i] && i < traces->count; i++)
		KUNIT_EXPECT_STREQ(test, traces->lines[i], lines[i]);
	if (lines[i])
		KUNIT_FAIL(test, "ends before %s", lines[i]);
	else if (i < traces->count)
		KUNIT_FAIL(test, "goes on with %s", traces->lines[i]);
}
