/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the Modules of this tree: events/dmf in tracefs, beside those of the core in
 * dmf/trace.h, which says how they are made. Documentation/tracing.md lists all.
 *
 * What Modules have in common is one event, whatever the Module calls it: a filter on
 * @module tells them apart.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dmf

#if !defined(_DMF_MODULES_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DMF_MODULES_TRACE_H

#include <linux/device.h>
#include <linux/jump_label.h>
#include <linux/ktime.h>
#include <linux/tracepoint.h>

#include <linux/dmf/compat.h>
#include <linux/dmf/module.h>

#ifndef _DMF_MODULES_TRACE_ONCE
#define _DMF_MODULES_TRACE_ONCE

DECLARE_STATIC_KEY_FALSE(dmf_tasks_watched);
int dmf_tasks_watch(void);
void dmf_tasks_unwatch(void);
u64 dmf_task_before(const struct dmf_module *module);
void dmf_task_after(const struct dmf_module *module, u64 begin);

/* Whether task_begin or task_end is on: one instruction for both. */
static __always_inline bool trace_task_enabled(void)
{
	return static_branch_unlikely(&dmf_tasks_watched);
}

static inline const char *trace_device(const struct dmf_module *module)
{
	return dev_name(dmf_module_device(module));
}

static inline const char *trace_parent(const struct dmf_module *module)
{
	const struct dmf_module *parent = dmf_parent_module_get(module);

	return parent ? dmf_module_name(parent) : "";
}

#endif /* _DMF_MODULES_TRACE_ONCE */

/* Tasks: Doorbell, QueuedWorkItem, ScheduledTask, Thread, ThreadedBufferQueue */

DECLARE_EVENT_CLASS(dmf_task,
	TP_PROTO(const struct dmf_module *module),
	TP_ARGS(module),
	TP_STRUCT__entry(
		__string(device, trace_device(module))
		__string(module, module->desc->name)
		__string(instance, dmf_module_name(module))
		__string(parent, trace_parent(module))
	),
	TP_fast_assign(
		dmf_assign_str(device, trace_device(module));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, dmf_module_name(module));
		dmf_assign_str(parent, trace_parent(module));
	),
	TP_printk("device=%s module=%s instance=%s parent=%s",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent))
);

/**
 * task_queue - somebody wants a callback to be called
 * @module: the Module that calls it
 *
 * Of a Doorbell each ring, whether or not it was pending; of a Thread only what makes it
 * run; of the others each item or call.
 */
DEFINE_EVENT(dmf_task, task_queue,
	TP_PROTO(const struct dmf_module *module),
	TP_ARGS(module)
);

/*
 * task_begin - a Module is about to call the Client's callback
 * @module: the Module
 */
DEFINE_EVENT_FN(dmf_task, task_begin,
	TP_PROTO(const struct dmf_module *module),
	TP_ARGS(module),
	dmf_tasks_watch, dmf_tasks_unwatch
);

/*
 * task_end - the Client's callback has returned
 * @module: the Module
 * @duration_ns: how long it has run
 */
TRACE_EVENT_FN(task_end,
	TP_PROTO(const struct dmf_module *module, u64 duration_ns),
	TP_ARGS(module, duration_ns),
	TP_STRUCT__entry(
		__string(device, trace_device(module))
		__string(module, module->desc->name)
		__string(instance, dmf_module_name(module))
		__string(parent, trace_parent(module))
		__field(u64, duration_ns)
	),
	TP_fast_assign(
		dmf_assign_str(device, trace_device(module));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, dmf_module_name(module));
		dmf_assign_str(parent, trace_parent(module));
		__entry->duration_ns = duration_ns;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s duration_ns=%llu",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->duration_ns),
	dmf_tasks_watch, dmf_tasks_unwatch
);

/**
 * task_cancel - what was queued is not run
 * @module: the Module
 *
 * Once for each item; of a ScheduledTask once for all calls that are dropped.
 */
DEFINE_EVENT(dmf_task, task_cancel,
	TP_PROTO(const struct dmf_module *module),
	TP_ARGS(module)
);

/* Buffers: BufferPool and what is made of it, RingBuffer, PingPongBuffer */

/**
 * buffer_get - somebody has got a buffer, or none
 * @module: the pool; the producer or consumer of a BufferQueue has that as its parent
 * @buffer: the address that the Client knows; NULL if there was none
 * @ret: 0 or the errno
 */
TRACE_EVENT(buffer_get,
	TP_PROTO(const struct dmf_module *module, const void *buffer, int ret),
	TP_ARGS(module, buffer, ret),
	TP_STRUCT__entry(
		__string(device, trace_device(module))
		__string(module, module->desc->name)
		__string(instance, dmf_module_name(module))
		__string(parent, trace_parent(module))
		__field(const void *, buffer)
		__field(int, ret)
	),
	TP_fast_assign(
		dmf_assign_str(device, trace_device(module));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, dmf_module_name(module));
		dmf_assign_str(parent, trace_parent(module));
		__entry->buffer = buffer;
		__entry->ret = ret;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s buffer=%p ret=%d",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->buffer, __entry->ret)
);

DECLARE_EVENT_CLASS(dmf_buffer,
	TP_PROTO(const struct dmf_module *module, const void *buffer),
	TP_ARGS(module, buffer),
	TP_STRUCT__entry(
		__string(device, trace_device(module))
		__string(module, module->desc->name)
		__string(instance, dmf_module_name(module))
		__string(parent, trace_parent(module))
		__field(const void *, buffer)
	),
	TP_fast_assign(
		dmf_assign_str(device, trace_device(module));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, dmf_module_name(module));
		dmf_assign_str(parent, trace_parent(module));
		__entry->buffer = buffer;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s buffer=%p",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->buffer)
);

/**
 * buffer_put - somebody gives a buffer, which may be refused
 * @module: the pool, or the ThreadedBufferQueue
 * @buffer: the address that the Client knows
 */
DEFINE_EVENT(dmf_buffer, buffer_put,
	TP_PROTO(const struct dmf_module *module, const void *buffer),
	TP_ARGS(module, buffer)
);

/**
 * buffer_expire - the timer of a buffer has fired; the callback follows
 * @module: the pool that has listed it
 * @buffer: the address that the Client knows
 */
DEFINE_EVENT(dmf_buffer, buffer_expire,
	TP_PROTO(const struct dmf_module *module, const void *buffer),
	TP_ARGS(module, buffer)
);

DECLARE_EVENT_CLASS(dmf_copy,
	TP_PROTO(const struct dmf_module *module, size_t size, int ret),
	TP_ARGS(module, size, ret),
	TP_STRUCT__entry(
		__string(device, trace_device(module))
		__string(module, module->desc->name)
		__string(instance, dmf_module_name(module))
		__string(parent, trace_parent(module))
		__field(size_t, size)
		__field(int, ret)
	),
	TP_fast_assign(
		dmf_assign_str(device, trace_device(module));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, dmf_module_name(module));
		dmf_assign_str(parent, trace_parent(module));
		__entry->size = size;
		__entry->ret = ret;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s size=%zu ret=%d",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->size, __entry->ret)
);

/**
 * buffer_write - something was written to a RingBuffer or PingPongBuffer
 * @module: the Module
 * @size: in bytes; of an item that was written in segments, that of the item
 * @ret: 0 or the errno
 */
DEFINE_EVENT(dmf_copy, buffer_write,
	TP_PROTO(const struct dmf_module *module, size_t size, int ret),
	TP_ARGS(module, size, ret)
);

/**
 * buffer_read - something was read from a RingBuffer, or consumed from a PingPongBuffer
 * @module: the Module
 * @size: in bytes
 * @ret: 0 or the errno
 */
DEFINE_EVENT(dmf_copy, buffer_read,
	TP_PROTO(const struct dmf_module *module, size_t size, int ret),
	TP_ARGS(module, size, ret)
);

/* Notification: NotifyUserWithRequest, -Multiple, NotifyUserWithEvent */

/**
 * notify_queue - an event for user space has been queued
 * @module: the Module
 * @sequence: its number
 * @depth: how many events there are now that not all have read
 */
TRACE_EVENT(notify_queue,
	TP_PROTO(const struct dmf_module *module, u64 sequence, unsigned int depth),
	TP_ARGS(module, sequence, depth),
	TP_STRUCT__entry(
		__string(device, trace_device(module))
		__string(module, module->desc->name)
		__string(instance, dmf_module_name(module))
		__string(parent, trace_parent(module))
		__field(u64, sequence)
		__field(unsigned int, depth)
	),
	TP_fast_assign(
		dmf_assign_str(device, trace_device(module));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, dmf_module_name(module));
		dmf_assign_str(parent, trace_parent(module));
		__entry->sequence = sequence;
		__entry->depth = depth;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s sequence=%llu depth=%u",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->sequence, __entry->depth)
);

/**
 * notify_drop - events are lost
 * @module: the Module
 * @sequence: number of the first
 * @count: how many they are; of a broadcast, that one file has not read in time
 */
TRACE_EVENT(notify_drop,
	TP_PROTO(const struct dmf_module *module, u64 sequence, u64 count),
	TP_ARGS(module, sequence, count),
	TP_STRUCT__entry(
		__string(device, trace_device(module))
		__string(module, module->desc->name)
		__string(instance, dmf_module_name(module))
		__string(parent, trace_parent(module))
		__field(u64, sequence)
		__field(u64, count)
	),
	TP_fast_assign(
		dmf_assign_str(device, trace_device(module));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, dmf_module_name(module));
		dmf_assign_str(parent, trace_parent(module));
		__entry->sequence = sequence;
		__entry->count = count;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s sequence=%llu count=%llu",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->sequence, __entry->count)
);

/**
 * notify_deliver - events have been given to one who waits
 * @module: the Module
 * @sequence: number of the first
 * @count: how many they are
 * @queued_ns: when the first was queued; the event says how long ago that is (@latency_ns)
 */
TRACE_EVENT(notify_deliver,
	TP_PROTO(const struct dmf_module *module, u64 sequence, unsigned int count, u64 queued_ns),
	TP_ARGS(module, sequence, count, queued_ns),
	TP_STRUCT__entry(
		__string(device, trace_device(module))
		__string(module, module->desc->name)
		__string(instance, dmf_module_name(module))
		__string(parent, trace_parent(module))
		__field(u64, sequence)
		__field(unsigned int, count)
		__field(u64, latency_ns)
	),
	TP_fast_assign(
		dmf_assign_str(device, trace_device(module));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, dmf_module_name(module));
		dmf_assign_str(parent, trace_parent(module));
		__entry->sequence = sequence;
		__entry->count = count;
		__entry->latency_ns = ktime_get_ns() - queued_ns;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s sequence=%llu count=%u latency_ns=%llu",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->sequence, __entry->count, __entry->latency_ns)
);

/**
 * notify_signal - eventfds have been signalled
 * @module: the NotifyUserWithEvent
 * @index: which of its events
 * @ret: 0, or -ENOENT if nobody has registered
 */
TRACE_EVENT(notify_signal,
	TP_PROTO(const struct dmf_module *module, unsigned int index, int ret),
	TP_ARGS(module, index, ret),
	TP_STRUCT__entry(
		__string(device, trace_device(module))
		__string(module, module->desc->name)
		__string(instance, dmf_module_name(module))
		__string(parent, trace_parent(module))
		__field(unsigned int, index)
		__field(int, ret)
	),
	TP_fast_assign(
		dmf_assign_str(device, trace_device(module));
		dmf_assign_str(module, module->desc->name);
		dmf_assign_str(instance, dmf_module_name(module));
		dmf_assign_str(parent, trace_parent(module));
		__entry->index = index;
		__entry->ret = ret;
	),
	TP_printk("device=%s module=%s instance=%s parent=%s index=%u ret=%d",
		  __get_str(device), __get_str(module), __get_str(instance), __get_str(parent),
		  __entry->index, __entry->ret)
);

#endif /* _DMF_MODULES_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
