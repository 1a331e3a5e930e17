// SPDX-License-Identifier: GPL-2.0-only
/*
 * Phases: the pairs of events that bring a device up and down.
 *
 * Up: Modules in the order of the phase's list, children before their parent,
 * then the Client. A Module whose open option belongs to the phase is opened, or
 * registered for notification, before its own callback. Down is the exact reverse.
 *
 * A step that fails undoes those before it, the latest first, and nothing else
 * is called. On the way down that means that what this phase has taken down is
 * brought up again, unless the target is DMF_POWER_FINAL: then errors are
 * logged and the rest goes on.
 */
#include <linux/bits.h>
#include <linux/device.h>

#include "internal.h"
#include "trace.h"

/**
 * struct dmf_phase - one pair of events
 * @event: name of the event on the way up or down; NULL if there is none now.
 * @opens: open options that belong to this phase, as bits.
 * @before_open: what comes before a Module is opened, or would be.
 * @concerns: whether a Module's callbacks take part in it.
 * @module_up: event of a Module on the way up; coming from @previous.
 * @module_down: event of a Module on the way down; going to @target.
 * @client_up: the Client's event on the way up.
 * @client_down: the Client's event on the way down.
 */
struct dmf_phase {
	const char *(*event)(const struct dmf_device *ddev, bool up);
	unsigned int opens;
	int (*before_open)(struct dmf_module *module);
	bool (*concerns)(const struct dmf_module_ops *ops);
	int (*module_up)(struct dmf_module *module, enum dmf_power previous);
	int (*module_down)(struct dmf_module *module, enum dmf_power target);
	int (*client_up)(struct dmf_device *ddev, enum dmf_power previous);
	int (*client_down)(struct dmf_device *ddev, enum dmf_power target);
};

/* -- Hardware -------------------------------------------------------------- */

static const char *hardware_event(const struct dmf_device *ddev, bool up)
{
	return up ? "prepare_hardware" : "release_hardware";
}

static bool hardware_concerns(const struct dmf_module_ops *ops)
{
	return ops->resources_assign || ops->prepare_hardware || ops->release_hardware;
}

/* What opens at creation has done so without knowing the hardware. */
static int hardware_before_open(struct dmf_module *module)
{
	const struct dmf_module_desc *desc = module->desc;

	if (!desc->ops->resources_assign || desc->open_option == DMF_OPEN_CREATE ||
	    desc->open_option == DMF_NOTIFY_CREATE)
		return 0;
	return dmf_event_call(module, "resources_assign", desc->ops->resources_assign);
}

static int hardware_module_up(struct dmf_module *module, enum dmf_power previous)
{
	return dmf_event_call(module, "prepare_hardware", module->desc->ops->prepare_hardware);
}

static int hardware_module_down(struct dmf_module *module, enum dmf_power target)
{
	dmf_event_tell(module, "release_hardware", module->desc->ops->release_hardware);
	return 0;
}

static int hardware_client_up(struct dmf_device *ddev, enum dmf_power previous)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	return ops->prepare_hardware ? ops->prepare_hardware(ddev) : 0;
}

static int hardware_client_down(struct dmf_device *ddev, enum dmf_power target)
{
	if (ddev->client->ops->release_hardware)
		ddev->client->ops->release_hardware(ddev);
	return 0;
}

/* -- D0 -------------------------------------------------------------------- */

static const char *d0_event(const struct dmf_device *ddev, bool up)
{
	return up ? "d0_entry" : "d0_exit";
}

static bool d0_concerns(const struct dmf_module_ops *ops)
{
	return ops->d0_entry || ops->d0_exit;
}

static int d0_module_up(struct dmf_module *module, enum dmf_power previous)
{
	return dmf_event_call_power(module, "d0_entry", module->desc->ops->d0_entry, previous);
}

static int d0_module_down(struct dmf_module *module, enum dmf_power target)
{
	return dmf_event_call_power(module, "d0_exit", module->desc->ops->d0_exit, target);
}

static int d0_client_up(struct dmf_device *ddev, enum dmf_power previous)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	return ops->d0_entry ? ops->d0_entry(ddev, previous) : 0;
}

static int d0_client_down(struct dmf_device *ddev, enum dmf_power target)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	return ops->d0_exit ? ops->d0_exit(ddev, target) : 0;
}

/* -- Interrupts, which are the core's ------------------------------------------ */

static const char *interrupts_event(const struct dmf_device *ddev, bool up)
{
	return up ? "interrupts_connect" : "interrupts_disconnect";
}

/* -- After interrupts have been connected, before they are disconnected ------ */

static const char *post_interrupts_event(const struct dmf_device *ddev, bool up)
{
	return up ? "d0_entry_post_interrupts_enabled" : "d0_exit_pre_interrupts_disabled";
}

static bool post_interrupts_concerns(const struct dmf_module_ops *ops)
{
	return ops->d0_entry_post_interrupts_enabled || ops->d0_exit_pre_interrupts_disabled;
}

static int post_interrupts_module_up(struct dmf_module *module, enum dmf_power previous)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	return dmf_event_call_power(module, "d0_entry_post_interrupts_enabled",
				    ops->d0_entry_post_interrupts_enabled, previous);
}

static int post_interrupts_module_down(struct dmf_module *module, enum dmf_power target)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	return dmf_event_call_power(module, "d0_exit_pre_interrupts_disabled",
				    ops->d0_exit_pre_interrupts_disabled, target);
}

static int post_interrupts_client_up(struct dmf_device *ddev, enum dmf_power previous)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	return ops->d0_entry_post_interrupts_enabled ?
	       ops->d0_entry_post_interrupts_enabled(ddev, previous) : 0;
}

static int post_interrupts_client_down(struct dmf_device *ddev, enum dmf_power target)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	return ops->d0_exit_pre_interrupts_disabled ?
	       ops->d0_exit_pre_interrupts_disabled(ddev, target) : 0;
}

/* -- Self-managed I/O: init the first time, restart from then on ------------- */

static const char *self_managed_io_event(const struct dmf_device *ddev, bool up)
{
	if (!up)
		return "self_managed_io_suspend";
	return ddev->io_initialised ? "self_managed_io_restart" : "self_managed_io_init";
}

static bool self_managed_io_concerns(const struct dmf_module_ops *ops)
{
	return ops->self_managed_io_init || ops->self_managed_io_restart ||
	       ops->self_managed_io_suspend || ops->self_managed_io_flush ||
	       ops->self_managed_io_cleanup;
}

static int self_managed_io_module_init(struct dmf_module *module)
{
	int ret = dmf_event_call(module, "self_managed_io_init",
				 module->desc->ops->self_managed_io_init);

	module->io_initialised = !ret;
	return ret;
}

static int self_managed_io_module_up(struct dmf_module *module, enum dmf_power previous)
{
	if (!module->io_initialised)
		return self_managed_io_module_init(module);

	return dmf_event_call(module, "self_managed_io_restart",
			      module->desc->ops->self_managed_io_restart);
}

static int self_managed_io_module_down(struct dmf_module *module, enum dmf_power target)
{
	return dmf_event_call(module, "self_managed_io_suspend",
			      module->desc->ops->self_managed_io_suspend);
}

static int self_managed_io_client_up(struct dmf_device *ddev, enum dmf_power previous)
{
	const struct dmf_client_ops *ops = ddev->client->ops;
	int ret;

	if (ddev->io_initialised)
		return ops->self_managed_io_restart ? ops->self_managed_io_restart(ddev) : 0;

	ret = ops->self_managed_io_init ? ops->self_managed_io_init(ddev) : 0;
	ddev->io_initialised = !ret;
	return ret;
}

static int self_managed_io_client_down(struct dmf_device *ddev, enum dmf_power target)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	return ops->self_managed_io_suspend ? ops->self_managed_io_suspend(ddev) : 0;
}

/* -- The phases ------------------------------------------------------------ */

static const struct dmf_phase phases[DMF_PHASES] = {
	[DMF_PHASE_CREATE] = {
		.opens		= BIT(DMF_OPEN_CREATE) | BIT(DMF_NOTIFY_CREATE),
	},
	[DMF_PHASE_HARDWARE] = {
		.event		= hardware_event,
		.opens		= BIT(DMF_OPEN_PREPARE_HARDWARE) | BIT(DMF_NOTIFY_PREPARE_HARDWARE),
		.before_open	= hardware_before_open,
		.concerns	= hardware_concerns,
		.module_up	= hardware_module_up,
		.module_down	= hardware_module_down,
		.client_up	= hardware_client_up,
		.client_down	= hardware_client_down,
	},
	[DMF_PHASE_D0] = {
		.event		= d0_event,
		.opens		= BIT(DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP) | BIT(DMF_OPEN_D0_ENTRY) |
				  BIT(DMF_NOTIFY_D0_ENTRY),
		.concerns	= d0_concerns,
		.module_up	= d0_module_up,
		.module_down	= d0_module_down,
		.client_up	= d0_client_up,
		.client_down	= d0_client_down,
	},
	[DMF_PHASE_INTERRUPTS] = {
		.event		= interrupts_event,
		.client_up	= dmf_interrupts_connect,
		.client_down	= dmf_interrupts_disconnect,
	},
	[DMF_PHASE_POST_INTERRUPTS] = {
		.event		= post_interrupts_event,
		.concerns	= post_interrupts_concerns,
		.module_up	= post_interrupts_module_up,
		.module_down	= post_interrupts_module_down,
		.client_up	= post_interrupts_client_up,
		.client_down	= post_interrupts_client_down,
	},
	[DMF_PHASE_WAKE] = {
		.event		= dmf_wake_event,
		.concerns	= dmf_wake_concerns,
		.module_up	= dmf_wake_module_up,
		.module_down	= dmf_wake_module_down,
		.client_up	= dmf_wake_client_up,
		.client_down	= dmf_wake_client_down,
	},
	[DMF_PHASE_SELF_MANAGED_IO] = {
		.event		= self_managed_io_event,
		.concerns	= self_managed_io_concerns,
		.module_up	= self_managed_io_module_up,
		.module_down	= self_managed_io_module_down,
		.client_up	= self_managed_io_client_up,
		.client_down	= self_managed_io_client_down,
	},
};

/* Whether a Module opens in a phase that comes from, or leads to, @power. */
static bool phase_opens(const struct dmf_phase *phase, const struct dmf_module *module,
			enum dmf_power power)
{
	enum dmf_open_option option = module->desc->open_option;

	if (option == DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP && power == DMF_POWER_IDLE)
		return false;
	return phase->opens & BIT(option);
}

bool dmf_phase_concerns(enum dmf_phase_id id, const struct dmf_module *module)
{
	const struct dmf_phase *phase = &phases[id];

	return (phase->opens & BIT(module->desc->open_option)) ||
	       (phase->concerns && phase->concerns(module->desc->ops));
}

static int phase_module_up(const struct dmf_phase *phase, struct dmf_module *module,
			   enum dmf_power previous)
{
	bool opens = phase_opens(phase, module, previous);
	int ret = 0;

	if (phase->before_open)
		ret = phase->before_open(module);
	if (!ret && opens)
		ret = dmf_module_start(module);
	if (ret)
		return ret;

	if (phase->module_up)
		ret = phase->module_up(module, previous);
	if (ret && opens)
		dmf_module_stop(module);
	return ret;
}

/* @target is where the device goes, @power whether that closes the Module. */
static int phase_module_down(const struct dmf_phase *phase, struct dmf_module *module,
			     enum dmf_power target, enum dmf_power power)
{
	int ret = phase->module_down ? phase->module_down(module, target) : 0;

	if (ret && target != DMF_POWER_FINAL)
		return ret;
	if (phase_opens(phase, module, power))
		dmf_module_stop(module);
	return 0;
}

static int phase_client_down(struct dmf_device *ddev, const struct dmf_phase *phase,
			     enum dmf_power target)
{
	int ret = phase->client_down ? phase->client_down(ddev, target) : 0;

	if (ret)
		dev_err(ddev->dev, "the driver failed on the way down: %d\n", ret);
	return target == DMF_POWER_FINAL ? 0 : ret;
}

/*
 * Take down the first @count Modules of a phase, come what may. What the way up
 * from @previous would not have opened stays open.
 */
static void phase_modules_down(const struct dmf_phase *phase, struct dmf_list *list,
			       unsigned int count, enum dmf_power previous)
{
	while (count--)
		phase_module_down(phase, list->modules[count], DMF_POWER_FINAL, previous);
}

/* Bring up what follows the first *@done Modules; they count the successes. */
static int phase_rest_up(struct dmf_device *ddev, const struct dmf_phase *phase,
			 struct dmf_list *list, unsigned int *done, enum dmf_power previous)
{
	int ret;

	for (; *done < list->count; ++*done) {
		ret = phase_module_up(phase, list->modules[*done], previous);
		if (ret)
			return ret;
	}
	return phase->client_up ? phase->client_up(ddev, previous) : 0;
}

/* The name of what a phase does now, before it does it; NULL if there is none. */
static const char *phase_event(const struct dmf_device *ddev, enum dmf_phase_id id, bool up)
{
	return phases[id].event ? phases[id].event(ddev, up) : NULL;
}

static void phase_trace(struct dmf_device *ddev, const char *event, enum dmf_power power, int ret,
			u64 begin)
{
	if (event)
		trace_device_event(ddev, event, power, ret, dmf_trace_since(begin));
}

static int phase_up(struct dmf_device *ddev, enum dmf_phase_id id, enum dmf_power previous)
{
	struct dmf_list *list = &ddev->phases[id];
	unsigned int done = 0;
	int ret;

	ret = phase_rest_up(ddev, &phases[id], list, &done, previous);
	if (ret)
		phase_modules_down(&phases[id], list, done, previous);
	return ret;
}

static noinline int phase_up_traced(struct dmf_device *ddev, enum dmf_phase_id id,
				    enum dmf_power previous)
{
	const char *event = phase_event(ddev, id, true);
	u64 begin = ktime_get_ns();
	int ret = phase_up(ddev, id, previous);

	phase_trace(ddev, event, previous, ret, begin);
	return ret;
}

/* Bring one phase up; on failure it is down again. */
int dmf_phase_up(struct dmf_device *ddev, enum dmf_phase_id id, enum dmf_power previous)
{
	if (trace_device_event_enabled())
		return phase_up_traced(ddev, id, previous);
	return phase_up(ddev, id, previous);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_phase_up);

static void phase_undo(struct dmf_device *ddev, enum dmf_phase_id id, enum dmf_power previous)
{
	struct dmf_list *list = &ddev->phases[id];

	phase_client_down(ddev, &phases[id], DMF_POWER_FINAL);
	phase_modules_down(&phases[id], list, list->count, previous);
}

static noinline void phase_undo_traced(struct dmf_device *ddev, enum dmf_phase_id id,
				       enum dmf_power previous)
{
	const char *event = phase_event(ddev, id, false);
	u64 begin = ktime_get_ns();

	phase_undo(ddev, id, previous);
	phase_trace(ddev, event, DMF_POWER_FINAL, 0, begin);
}

/*
 * Undo a whole phase that came up from @previous, because a later one has failed:
 * what it would not have opened stays open.
 */
void dmf_phase_undo(struct dmf_device *ddev, enum dmf_phase_id id, enum dmf_power previous)
{
	if (trace_device_event_enabled())
		phase_undo_traced(ddev, id, previous);
	else
		phase_undo(ddev, id, previous);
}

static int phase_down(struct dmf_device *ddev, enum dmf_phase_id id, enum dmf_power target)
{
	const struct dmf_phase *phase = &phases[id];
	struct dmf_list *list = &ddev->phases[id];
	unsigned int left = list->count;
	int ret;

	ret = phase_client_down(ddev, phase, target);
	if (ret)
		return ret;

	while (left) {
		ret = phase_module_down(phase, list->modules[left - 1], target, target);
		if (ret)
			break;
		left--;
	}
	if (ret && phase_rest_up(ddev, phase, list, &left, target)) {
		phase_modules_down(phase, list, left, target);
		ddev->failed = true;
	}
	return ret;
}

static noinline int phase_down_traced(struct dmf_device *ddev, enum dmf_phase_id id,
				      enum dmf_power target)
{
	const char *event = phase_event(ddev, id, false);
	u64 begin = ktime_get_ns();
	int ret = phase_down(ddev, id, target);

	phase_trace(ddev, event, target, ret, begin);
	return ret;
}

/*
 * Take one phase down. On failure, which does not happen if @target is
 * DMF_POWER_FINAL, it is up again; if that fails too, it is down and the device
 * has failed.
 */
int dmf_phase_down(struct dmf_device *ddev, enum dmf_phase_id id, enum dmf_power target)
{
	if (trace_device_event_enabled())
		return phase_down_traced(ddev, id, target);
	return phase_down(ddev, id, target);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_phase_down);

/*
 * The device is removed and not in its working state: close what a runtime
 * suspend, or a failed resume, has left open.
 */
void dmf_phase_close_left(struct dmf_device *ddev)
{
	struct dmf_list *list = &ddev->phases[DMF_PHASE_D0];
	unsigned int left = list->count;

	while (left--) {
		if (list->modules[left]->desc->open_option == DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP)
			dmf_module_stop(list->modules[left]);
	}
}
