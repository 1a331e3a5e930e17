/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the core: events/dmf in tracefs. Those of the Modules of this tree are in
 * modules/trace.h; Documentation/tracing.md lists all.
 *
 * Each event of a Module says of which @device, what kind of @module, which @instance, and
 * whose child it is: @parent, the instance's name, empty for a Module of the Client's. So
 * all of them can be filtered alike.
 *
 * What is off costs one instruction. So no argument is computed where an event is fired,
 * and what has to be measured is measured by code out of line.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dmf

#if !defined(_DMF_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DMF_TRACE_H

#include <linux/device.h>
#include <linux/ktime.h>
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
		__string(parent, dmf_trace_instance(module->parent))
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(module->ddev->dev));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, module->name);
		dmf_assign_str(parent, dmf_trace_instance(module->parent));
	),
	TP_printk("device=%s module=%s instance=%s parent=%s",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent))
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
		__string(parent, dmf_trace_instance(module->parent))
		__field(int, ret)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(module->ddev->dev));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, module->name);
		dmf_assign_str(parent, dmf_trace_instance(module->parent));
		__entry->ret = ret;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s ret=%d",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->ret)
);

/**
 * module_drain - a Module that closes refuses new users and waits for those inside
 * @module: the Module; module_close follows when they have left
 *
 * The event says how many @users there are.
 */
TRACE_EVENT(module_drain,
	TP_PROTO(const struct dmf_module *module),
	TP_ARGS(module),
	TP_STRUCT__entry(
		__string(device, dev_name(module->ddev->dev))
		__string(module, module->desc->name)
		__string(instance, module->name)
		__string(parent, dmf_trace_instance(module->parent))
		__field(unsigned int, users)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(module->ddev->dev));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, module->name);
		dmf_assign_str(parent, dmf_trace_instance(module->parent));
		__entry->users = dmf_gate_users(&module->gate);
	),
	TP_printk("device=%s module=%s instance=%s parent=%s users=%u",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->users)
);

/*
 * module_lock_contended - a lock of a Module has been taken, but not at once
 * @module: the Module
 * @index: 0 for the default lock, else the index of an auxiliary one, plus 1
 * @wait_ns: how long that took
 *
 * The event is fired by whoever has taken the lock, with it held. While it is on, the lock
 * statistics of all Modules are kept.
 */
TRACE_EVENT_FN(module_lock_contended,
	TP_PROTO(const struct dmf_module *module, unsigned int index, u64 wait_ns),
	TP_ARGS(module, index, wait_ns),
	TP_STRUCT__entry(
		__string(device, dev_name(module->ddev->dev))
		__string(module, module->desc->name)
		__string(instance, module->name)
		__string(parent, dmf_trace_instance(module->parent))
		__field(unsigned int, index)
		__field(u64, wait_ns)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(module->ddev->dev));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, module->name);
		dmf_assign_str(parent, dmf_trace_instance(module->parent));
		__entry->index = index;
		__entry->wait_ns = wait_ns;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s index=%u wait_ns=%llu",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->index, __entry->wait_ns),
	dmf_locks_watch, dmf_locks_unwatch
);

/**
 * event_dispatch - a Module's callback for an event has returned
 * @module: the Module
 * @event: name of the callback
 * @ret: what it has returned; for I/O and file events 1 if handled, else 0
 * @duration_ns: how long it has run; 0 if the event was switched on meanwhile
 */
TRACE_EVENT(event_dispatch,
	TP_PROTO(const struct dmf_module *module, const char *event, int ret, u64 duration_ns),
	TP_ARGS(module, event, ret, duration_ns),
	TP_STRUCT__entry(
		__string(device, dev_name(module->ddev->dev))
		__string(module, module->desc->name)
		__string(instance, module->name)
		__string(parent, dmf_trace_instance(module->parent))
		__string(event, event)
		__field(int, ret)
		__field(u64, duration_ns)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(module->ddev->dev));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, module->name);
		dmf_assign_str(parent, dmf_trace_instance(module->parent));
		dmf_assign_str(event, event);
		__entry->ret = ret;
		__entry->duration_ns = duration_ns;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s event=%s ret=%d duration_ns=%llu",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __get_str(event), __entry->ret, __entry->duration_ns)
);

/**
 * device_event - an event of a device is over
 * @ddev: the device
 * @event: its name; whether or not anybody has a callback for it
 * @power: where the device comes from on the way up, where it goes on the way down
 * @ret: 0, or the errno of the callback that has failed
 * @duration_ns: how long it has taken, all Modules and the Client together; 0 if the event
 *	was switched on meanwhile
 */
TRACE_EVENT(device_event,
	TP_PROTO(const struct dmf_device *ddev, const char *event, enum dmf_power power, int ret,
		 u64 duration_ns),
	TP_ARGS(ddev, event, power, ret, duration_ns),
	TP_STRUCT__entry(
		__string(device, dev_name(ddev->dev))
		__string(event, event)
		__string(power, dmf_power_name(power))
		__field(int, ret)
		__field(u64, duration_ns)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(ddev->dev));
		dmf_assign_str(event, event);
		dmf_assign_str(power, dmf_power_name(power));
		__entry->ret = ret;
		__entry->duration_ns = duration_ns;
	),
	TP_printk("device=%s event=%s power=%s ret=%d duration_ns=%llu", __get_str(device),
		  __get_str(event), __get_str(power), __entry->ret, __entry->duration_ns)
);

DECLARE_EVENT_CLASS(dmf_request_made,
	TP_PROTO(const struct dmf_request *request),
	TP_ARGS(request),
	TP_STRUCT__entry(
		__string(device, dev_name(request->flight->ddev->dev))
		__string(type, dmf_request_type_name(request->type))
		__field(const void *, request)
		__field(unsigned int, command)
		__field(size_t, input_size)
		__field(size_t, output_size)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(request->flight->ddev->dev));
		dmf_assign_str(type, dmf_request_type_name(request->type));
		__entry->request = request;
		__entry->command = request->command;
		__entry->input_size = request->input_size;
		__entry->output_size = request->output_size;
	),
	TP_printk("device=%s request=%p type=%s command=%#x input_size=%zu output_size=%zu",
		  __get_str(device), __entry->request, __get_str(type), __entry->command,
		  __entry->input_size, __entry->output_size)
);

/*
 * request_submit - a request is about to be dispatched
 * @request: the request; of the device where it was made
 *
 * An event has the address of its request as @request: the same until it ends. Each request
 * that is submitted ends in one request_complete.
 */
DEFINE_EVENT_FN(dmf_request_made, request_submit,
	TP_PROTO(const struct dmf_request *request),
	TP_ARGS(request),
	dmf_requests_watch, dmf_requests_unwatch
);

/**
 * request_abandon - the submitter has gone without the result
 * @request: the request, which cannot be cancelled; of the device where it was made
 *
 * Its owner may be completing it meanwhile, so the Module is not said.
 */
DEFINE_EVENT(dmf_request_made, request_abandon,
	TP_PROTO(const struct dmf_request *request),
	TP_ARGS(request)
);

DECLARE_EVENT_CLASS(dmf_request,
	TP_PROTO(const struct dmf_request *request),
	TP_ARGS(request),
	TP_STRUCT__entry(
		__string(device, dev_name(request->ddev->dev))
		__string(module, dmf_trace_kind(request->handler))
		__string(instance, dmf_trace_instance(request->handler))
		__string(parent, dmf_trace_parent(request->handler))
		__string(type, dmf_request_type_name(request->type))
		__field(const void *, request)
		__field(unsigned int, command)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(request->ddev->dev));
		dmf_assign_str(module, dmf_trace_kind(request->handler));
		dmf_assign_str(instance, dmf_trace_instance(request->handler));
		dmf_assign_str(parent, dmf_trace_parent(request->handler));
		dmf_assign_str(type, dmf_request_type_name(request->type));
		__entry->request = request;
		__entry->command = request->command;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s request=%p type=%s command=%#x",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->request, __get_str(type), __entry->command)
);

/**
 * request_pend - whoever handles a request keeps it
 * @request: the request; of the device where it is, and of the Module whose handler runs,
 *	which is empty if it is the Client's
 */
DEFINE_EVENT(dmf_request, request_pend,
	TP_PROTO(const struct dmf_request *request),
	TP_ARGS(request)
);

/**
 * request_cancel - whoever keeps a request is asked to give it up
 * @request: the request; as in request_pend
 *
 * Fired before the callback is called. request_complete says what has become of it.
 */
DEFINE_EVENT(dmf_request, request_cancel,
	TP_PROTO(const struct dmf_request *request),
	TP_ARGS(request)
);

/*
 * request_complete - a request has ended
 * @request: the request; of the device where it is, and of the Module whose handler has
 *	completed or pended it, which is empty if it is the Client's or nobody has handled it
 *
 * The event says with what @status, how many bytes were read or written (@information), and
 * how long after its submission (@latency_ns; 0 if that was not seen).
 */
TRACE_EVENT_FN(request_complete,
	TP_PROTO(const struct dmf_request *request),
	TP_ARGS(request),
	TP_STRUCT__entry(
		__string(device, dev_name(request->ddev->dev))
		__string(module, dmf_trace_kind(request->handler))
		__string(instance, dmf_trace_instance(request->handler))
		__string(parent, dmf_trace_parent(request->handler))
		__string(type, dmf_request_type_name(request->type))
		__field(const void *, request)
		__field(unsigned int, command)
		__field(int, status)
		__field(size_t, information)
		__field(u64, latency_ns)
	),
	TP_fast_assign(
		dmf_assign_str(device, dev_name(request->ddev->dev));
		dmf_assign_str(module, dmf_trace_kind(request->handler));
		dmf_assign_str(instance, dmf_trace_instance(request->handler));
		dmf_assign_str(parent, dmf_trace_parent(request->handler));
		dmf_assign_str(type, dmf_request_type_name(request->type));
		__entry->request = request;
		__entry->command = request->command;
		__entry->status = request->status;
		__entry->information = request->information;
		__entry->latency_ns = dmf_trace_since(request->submitted_ns);
	),
	TP_printk("device=%s module=%s instance=%s parent=%s request=%p type=%s command=%#x status=%d information=%zu latency_ns=%llu",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->request, __get_str(type), __entry->command, __entry->status,
		  __entry->information, __entry->latency_ns),
	dmf_requests_watch, dmf_requests_unwatch
);

#endif /* _DMF_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
