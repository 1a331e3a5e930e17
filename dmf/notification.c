// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules that open and close at run time, when what they need comes and goes.
 *
 * A Module with one of the DMF_NOTIFY open options is not opened by its phase.
 * The phase calls notification_register, with which the Module asks somebody else to
 * tell it; that calls dmf_module_open() and dmf_module_close(), from any thread,
 * at any time until notification_unregister has returned. A Module that is open
 * then is closed by the core.
 *
 * @registered says whether notifications count. It is set before the Module
 * registers and cleared after it has unregistered, and looked at within the
 * transition: an open that was under way when it was cleared is over before
 * dmf_notification_stop() closes the Module, and a later one is refused. So the
 * Module is closed for certain when that returns, whatever threads do.
 */
#include <linux/device.h>

#include "internal.h"

bool dmf_module_opens_by_notification(const struct dmf_module *module)
{
	return module->desc->open_option >= DMF_NOTIFY_CREATE;
}

static void notification_end(struct dmf_module *module)
{
	WRITE_ONCE(module->registered, false);
	if (dmf_transition_begin(module))
		return;
	dmf_transition_close(module);
	dmf_transition_end(module);
}

/* Have the Module wait for its notification. */
int dmf_notification_start(struct dmf_module *module)
{
	int ret;

	WRITE_ONCE(module->registered, true);
	ret = dmf_event_call(module, "notification_register",
			     module->desc->ops->notification_register);
	if (ret)
		notification_end(module);
	return ret;
}

/* Undo it: when this returns the Module is closed and stays so. */
void dmf_notification_stop(struct dmf_module *module)
{
	dmf_event_tell(module, "notification_unregister",
		       module->desc->ops->notification_unregister);
	notification_end(module);
}

static int notification_open(struct dmf_module *module)
{
	const struct dmf_module_event_callbacks *events = module->event_callbacks;
	int ret;

	if (!READ_ONCE(module->registered))
		return -ENODEV;
	if (module->state == DMF_MODULE_OPENED)
		return -EALREADY;
	if (events && events->on_notification_open) {
		ret = events->on_notification_open(module);
		if (ret)
			return ret;
	}
	return dmf_transition_open(module);
}

/**
 * dmf_module_open - open a Module now that what it needs has come
 * @module: a Module with one of the DMF_NOTIFY open options
 *
 * For the Module's own code, when it has been notified. The Client is asked
 * first and may refuse. Another open or close of the Module that is under way is
 * waited for.
 *
 * DMF: DMF_ModuleOpen.
 *
 * Context: process, may sleep; between the beginning of notification_register
 * and the end of notification_unregister, but not within open, close or a
 * callback of the Client about them.
 * Return: 0; -EALREADY if the Module is open; -ENODEV if it is not registered for
 * notification; -EINVAL if its open option is another; -EDEADLK where it would
 * wait for itself; or the errno of the Client's refusal or of the Module's open.
 */
int dmf_module_open(struct dmf_module *module)
{
	int ret;

	if (WARN_ON(!dmf_module_opens_by_notification(module)))
		return -EINVAL;

	ret = dmf_transition_begin(module);
	if (ret)
		return ret;
	ret = notification_open(module);
	dmf_transition_end(module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_open, DMF);

/**
 * dmf_module_close - close a Module now that what it needs has gone
 * @module: a Module with one of the DMF_NOTIFY open options
 *
 * For the Module's own code. Does nothing if the Module is not open. Waits for
 * those who use the Module, and for an open or close that is under way.
 *
 * DMF: DMF_ModuleClose.
 *
 * Context: as dmf_module_open(); also not with a reference to the Module, or in
 * one of its Methods.
 */
void dmf_module_close(struct dmf_module *module)
{
	if (WARN_ON(!dmf_module_opens_by_notification(module)) || dmf_transition_begin(module))
		return;

	dmf_transition_close(module);
	dmf_transition_end(module);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_close, DMF);
