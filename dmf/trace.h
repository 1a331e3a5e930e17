/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the core: events/dmf in tracefs.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dmf

#if !defined(_DMF_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DMF_TRACE_H

#include <linux/device.h>
#include <linux/tracepoint.h>

#include <linux/dmf/compat.h>

#include "internal.h"

DECLARE_EVENT_CLASS(dmf_module,
	TP_PROTO(const struct dmf_module *module),
	TP_ARGS(module),
	TP_STRUCT__entry(
		__string(device, dev_name(module->ddev->dev))
		__string(module, module->desc->name)
		__string(instance, module->name)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(module->ddev->dev));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, module->name);
	),
	TP_printk("device=%s module=%s instance=%s",
		  __get_str(device), __get_str(module), __get_str(instance))
);

/**
 * module_create - a Module has been put into the tree; its children follow
 * @module: the Module
 */
DEFINE_EVENT(dmf_module, module_create,
	TP_PROTO(const struct dmf_module *module),
	TP_ARGS(module)
);

/**
 * module_close - a Module has been closed
 * @module: the Module
 */
DEFINE_EVENT(dmf_module, module_close,
	TP_PROTO(const struct dmf_module *module),
	TP_ARGS(module)
);

/**
 * module_destroy - a Module is about to be freed; its children have been
 * @module: the Module
 */
DEFINE_EVENT(dmf_module, module_destroy,
	TP_PROTO(const struct dmf_module *module),
	TP_ARGS(module)
);

/**
 * module_open - a Module has been opened, or has failed to
 * @module: the Module
 * @ret: 0 or the errno of its open callback
 */
TRACE_EVENT(module_open,
	TP_PROTO(const struct dmf_module *module, int ret),
	TP_ARGS(module, ret),
	TP_STRUCT__entry(
		__string(device, dev_name(module->ddev->dev))
		__string(module, module->desc->name)
		__string(instance, module->name)
		__field(int, ret)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(module->ddev->dev));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, module->name);
		__entry->ret = ret;
	),
	TP_printk("device=%s module=%s instance=%s ret=%d",
		  __get_str(device), __get_str(module), __get_str(instance), __entry->ret)
);

/**
 * event_dispatch - a Module's callback for an event has returned
 * @module: the Module
 * @event: name of the callback
 * @ret: what it has returned; for I/O and file events 1 if handled, else 0
 */
TRACE_EVENT(event_dispatch,
	TP_PROTO(const struct dmf_module *module, const char *event, int ret),
	TP_ARGS(module, event, ret),
	TP_STRUCT__entry(
		__string(device, dev_name(module->ddev->dev))
		__string(module, module->desc->name)
		__string(instance, module->name)
		__string(event, event)
		__field(int, ret)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(module->ddev->dev));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, module->name);
		dmf_assign_str(event, event);
		__entry->ret = ret;
	),
	TP_printk("device=%s module=%s instance=%s event=%s ret=%d",
		  __get_str(device), __get_str(module), __get_str(instance),
		  __get_str(event), __entry->ret)
);

/**
 * device_event - an event of a device is over
 * @ddev: the device
 * @event: its name; whether or not anybody has a callback for it
 * @power: where the device comes from on the way up, where it goes on the way down
 * @ret: 0, or the errno of the callback that has failed
 */
TRACE_EVENT(device_event,
	TP_PROTO(const struct dmf_device *ddev, const char *event, enum dmf_power power, int ret),
	TP_ARGS(ddev, event, power, ret),
	TP_STRUCT__entry(
		__string(device, dev_name(ddev->dev))
		__string(event, event)
		__string(power, dmf_power_name(power))
		__field(int, ret)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(ddev->dev));
		dmf_assign_str(event, event);
		dmf_assign_str(power, dmf_power_name(power));
		__entry->ret = ret;
	),
	TP_printk("device=%s event=%s power=%s ret=%d", __get_str(device), __get_str(event),
		  __get_str(power), __entry->ret)
);

#endif /* _DMF_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
