// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calling a Module for an event. Each callback passes here: it is traced with the time that
 * it has taken, and an error is said aloud once.
 *
 * Time is looked at only while the tracepoint is on, in code of its own: what is off costs
 * one instruction. Callbacks with other arguments are called by who has these, between
 * dmf_event_begin() and dmf_event_end(). Those for requests and files, which come often, are
 * in dispatch.c.
 */
#include <linux/device.h>

#include <linux/dmf/recorder.h>

#include "internal.h"
#include "trace.h"

static int event_check(struct dmf_module *module, const char *event, int ret)
{
	if (ret < 0)
		dmf_record(module, "%s failed: %d", event, ret);
	if (ret < 0 && ret != -EPROBE_DEFER)
		dev_err(module->ddev->dev, "%s: %s failed: %d\n", module->name, event, ret);
	return ret;
}

static noinline int event_ask_traced(struct dmf_module *module, const char *event,
				     int (*callback)(struct dmf_module *module))
{
	u64 begin = ktime_get_ns();
	int ret = callback(module);

	trace_event_dispatch(module, event, ret, dmf_trace_since(begin));
	return ret;
}

/* Have a Module answer a question, of which an errno is as good an answer as any. */
int dmf_event_ask(struct dmf_module *module, const char *event,
		  int (*callback)(struct dmf_module *module))
{
	if (trace_event_dispatch_enabled())
		return event_ask_traced(module, event, callback);
	return callback(module);
}

/* Call a Module that may fail. @callback may be NULL. Return: 0 or what it has returned. */
int dmf_event_call(struct dmf_module *module, const char *event,
		   int (*callback)(struct dmf_module *module))
{
	return callback ? event_check(module, event, dmf_event_ask(module, event, callback)) : 0;
}

static noinline int event_call_power_traced(struct dmf_module *module, const char *event,
					    int (*callback)(struct dmf_module *module,
							    enum dmf_power power),
					    enum dmf_power power)
{
	u64 begin = ktime_get_ns();
	int ret = callback(module, power);

	trace_event_dispatch(module, event, ret, dmf_trace_since(begin));
	return ret;
}

/* The same for a callback that is told where the device comes from, or goes. */
int dmf_event_call_power(struct dmf_module *module, const char *event,
			 int (*callback)(struct dmf_module *module, enum dmf_power power),
			 enum dmf_power power)
{
	int ret;

	if (!callback)
		return 0;
	if (trace_event_dispatch_enabled())
		ret = event_call_power_traced(module, event, callback, power);
	else
		ret = callback(module, power);
	return event_check(module, event, ret);
}

static noinline void event_tell_traced(struct dmf_module *module, const char *event,
				       void (*callback)(struct dmf_module *module))
{
	u64 begin = ktime_get_ns();

	callback(module);
	trace_event_dispatch(module, event, 0, dmf_trace_since(begin));
}

/* Call a Module that cannot fail. @callback may be NULL. */
void dmf_event_tell(struct dmf_module *module, const char *event,
		    void (*callback)(struct dmf_module *module))
{
	if (!callback)
		return;
	if (trace_event_dispatch_enabled())
		event_tell_traced(module, event, callback);
	else
		callback(module);
}

/* Before a callback of another kind. Return: for dmf_event_end(). */
u64 dmf_event_begin(void)
{
	return trace_event_dispatch_enabled() ? ktime_get_ns() : 0;
}

/* After it. Return: @ret. */
int dmf_event_end(struct dmf_module *module, const char *event, u64 begin, int ret)
{
	if (trace_event_dispatch_enabled())
		trace_event_dispatch(module, event, ret, dmf_trace_since(begin));
	return event_check(module, event, ret);
}

/* The same two for an event of a device. */
u64 dmf_device_event_begin(void)
{
	return trace_device_event_enabled() ? ktime_get_ns() : 0;
}

void dmf_device_event_end(struct dmf_device *ddev, const char *event, enum dmf_power power,
			  u64 begin, int ret)
{
	if (trace_device_event_enabled())
		trace_device_event(ddev, event, power, ret, dmf_trace_since(begin));
}
