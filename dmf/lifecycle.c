// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lifecycle of one Module: open and close.
 *
 *   created/closed -> opening -> opened -> closing -> closed
 *                        |
 *                        +-> created          open() failed
 *
 * Who opens and closes: the phase that the open option names (phase.c). The
 * driver core and the PM core never run two of them at the same time for one
 * device, so the state word needs no lock; it is written here only and read by
 * the live tree.
 *
 * The gate is open exactly while the state is opened. Closing begins with
 * pre_close, first the Client's, so that it stops using the Module, then the
 * Module's own, so that it gives back what it has pended. Only then are new
 * users refused and those inside waited for.
 */
#include <linux/device.h>

#include "internal.h"
#include "trace.h"

static const char * const state_names[] = {
	[DMF_MODULE_CREATED]	= "created",
	[DMF_MODULE_OPENING]	= "opening",
	[DMF_MODULE_OPENED]	= "opened",
	[DMF_MODULE_CLOSING]	= "closing",
	[DMF_MODULE_CLOSED]	= "closed",
	[DMF_MODULE_DESTROYED]	= "destroyed",
};

const char *dmf_module_state_name(const struct dmf_module *module)
{
	return state_names[READ_ONCE(module->state)];
}

static void module_set_state(struct dmf_module *module, enum dmf_module_state state)
{
	WRITE_ONCE(module->state, state);
}

static int module_call_open(struct dmf_module *module)
{
	const struct dmf_module_ops *ops = module->desc->ops;
	int ret = 0;

	if (ops->resources_assign && module->desc->open_option != DMF_OPEN_CREATE)
		ret = dmf_event_result(module, "resources_assign", ops->resources_assign(module));
	if (!ret && ops->open)
		ret = dmf_event_result(module, "open", ops->open(module));
	return ret;
}

/* Open one Module. Its children are open already if they open in this phase. */
int dmf_module_open(struct dmf_module *module)
{
	int ret;

	module_set_state(module, DMF_MODULE_OPENING);
	ret = module_call_open(module);
	trace_module_open(module, ret);
	if (ret) {
		dmf_undo_run(module);
		module_set_state(module, DMF_MODULE_CREATED);
		return ret;
	}

	module_set_state(module, DMF_MODULE_OPENED);
	dmf_gate_reopen(&module->gate);
	if (module->stream)	/* whoever looked while it was closed has seen nothing */
		dmf_module_wake_stream(module);
	if (module->event_callbacks && module->event_callbacks->post_open)
		module->event_callbacks->post_open(module);
	return 0;
}

/* Close one Module if it is open. Its children are still open. */
void dmf_module_close(struct dmf_module *module)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	if (module->state != DMF_MODULE_OPENED)
		return;

	if (module->event_callbacks && module->event_callbacks->pre_close)
		module->event_callbacks->pre_close(module);
	if (ops->pre_close)
		ops->pre_close(module);
	dmf_gate_close(&module->gate);

	module_set_state(module, DMF_MODULE_CLOSING);
	if (ops->close)
		ops->close(module);
	dmf_undo_run(module);
	module_set_state(module, DMF_MODULE_CLOSED);
	trace_module_close(module);
}
