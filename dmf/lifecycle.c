// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lifecycle of one Module: open and close.
 *
 *   created/closed -> opening -> opened -> closing -> closed
 *                        |
 *                        +-> created          open() failed
 *
 * Who opens and closes: the phase that the open option names (phase.c), the
 * Module itself when it is notified (notification.c), or the one who creates and
 * destroys a dynamic Module (dynamic.c). One transition of a Module runs at a
 * time: whoever comes second waits for the first to be over, and then finds the
 * state that it has left. The bit lock @transition sees to that. It is the
 * Module's own and no lock of the core is held over a callback; a callback that
 * opens or closes its own Module would wait for itself, which is found.
 *
 * The gate is open exactly while the state is opened. Closing begins with
 * pre_close, first the Client's, so that it stops using the Module, then the
 * Module's own, so that it gives back what it has pended. Only then are new
 * users refused and those inside waited for.
 */
#include <linux/device.h>
#include <linux/wait_bit.h>

#include <linux/dmf/recorder.h>

#include "internal.h"
#include "trace.h"

#define TRANSITION_BIT	0

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

/* Return: 0 with the transition taken, or -EDEADLK within one of this Module's own. */
int dmf_transition_begin(struct dmf_module *module)
{
	if (WARN(READ_ONCE(module->transition_task) == current,
		 "%s: opened or closed by its own callback\n", module->name))
		return -EDEADLK;

	wait_on_bit_lock(&module->transition, TRANSITION_BIT, TASK_UNINTERRUPTIBLE);
	WRITE_ONCE(module->transition_task, current);
	return 0;
}

/* The Module may be gone when this returns. */
void dmf_transition_end(struct dmf_module *module)
{
	WRITE_ONCE(module->transition_task, NULL);
	clear_and_wake_up_bit(TRANSITION_BIT, &module->transition);
}

/* Within a transition: open a Module that is not. */
int dmf_transition_open(struct dmf_module *module)
{
	const struct dmf_module_ops *ops = module->desc->ops;
	int ret;

	module_set_state(module, DMF_MODULE_OPENING);
	ret = dmf_event_call(module, "open", ops->open);
	trace_module_open(module, ret);
	if (ret) {
		dmf_undo_run(module);
		module_set_state(module, DMF_MODULE_CREATED);
		return ret;
	}

	module_set_state(module, DMF_MODULE_OPENED);
	dmf_record(module, "opened");
	dmf_gate_reopen(&module->gate);
	/* Whoever looked while it was closed has seen nothing. */
	dmf_module_wake_stream(module);
	if (module->event_callbacks && module->event_callbacks->on_notification_post_open)
		module->event_callbacks->on_notification_post_open(module);
	return 0;
}

/* Within a transition: close a Module if it is open. */
void dmf_transition_close(struct dmf_module *module)
{
	const struct dmf_module_event_callbacks *events = module->event_callbacks;
	const struct dmf_module_ops *ops = module->desc->ops;

	if (module->state != DMF_MODULE_OPENED)
		return;

	dmf_record(module, "closing, users=%u", dmf_gate_users(&module->gate));
	if (events && events->on_notification_pre_close)
		events->on_notification_pre_close(module);
	dmf_event_tell(module, "pre_close", ops->pre_close);
	trace_module_drain(module);
	dmf_drain(&module->gate, module->ddev->dev, module->name, "users", &module->last_taker);

	module_set_state(module, DMF_MODULE_CLOSING);
	dmf_event_tell(module, "close", ops->close);
	dmf_undo_run(module);
	module_set_state(module, DMF_MODULE_CLOSED);
	trace_module_close(module);
	dmf_record(module, "closed");
	if (events && events->on_notification_close)
		events->on_notification_close(module);
}

/*
 * Open a Module, or have it wait for its notification, as its open option says.
 * Its children have been if they are in this phase.
 */
int dmf_module_start(struct dmf_module *module)
{
	int ret;

	if (dmf_module_opens_by_notification(module))
		return dmf_notification_start(module);

	ret = dmf_transition_begin(module);
	if (ret)
		return ret;
	ret = dmf_transition_open(module);
	dmf_transition_end(module);
	return ret;
}

/* Undo dmf_module_start(). The children are still as they were. */
void dmf_module_stop(struct dmf_module *module)
{
	if (dmf_module_opens_by_notification(module)) {
		dmf_notification_stop(module);
		return;
	}
	if (dmf_transition_begin(module))
		return;
	dmf_transition_close(module);
	dmf_transition_end(module);
}
