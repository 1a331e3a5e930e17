// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one place where the tracepoints of the Modules are defined, and what those of tasks
 * share.
 *
 * A callback is followed by task_begin and task_end together, so whoever calls it crosses
 * one instruction for both: a static key that either of them raises.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"

DEFINE_STATIC_KEY_FALSE(dmf_tasks_watched);

int dmf_tasks_watch(void)
{
	static_branch_inc(&dmf_tasks_watched);
	return 0;
}

void dmf_tasks_unwatch(void)
{
	static_branch_dec(&dmf_tasks_watched);
}

/* A callback is about to be called. Return: for dmf_task_after(). */
u64 dmf_task_before(const struct dmf_module *module)
{
	trace_task_begin(module);
	return ktime_get_ns();
}

/* It has returned. */
void dmf_task_after(const struct dmf_module *module, u64 begin)
{
	trace_task_end(module, ktime_get_ns() - begin);
}
