// SPDX-License-Identifier: GPL-2.0-only
/*
 * Phases: the pairs of events that bring a device up and down.
 *
 * Up: Modules in the order of the phase's list, children before their parent,
 * then the Client. A Module whose open option belongs to the phase is opened
 * before its own callback. Down is the exact reverse.
 *
 * A step that fails undoes those before it, the latest first, and nothing else
 * is called. On the way down that means that what this phase has taken down is
 * brought up again, unless the target is DMF_POWER_FINAL: then errors are
 * logged and the rest goes on.
 */
#include <linux/device.h>

#include "internal.h"

/**
 * struct dmf_phase - one pair of events
 * @opens: open option that belongs to this phase, -1 if none does.
 * @concerns: whether a Module's callbacks take part in it.
 * @module_up: event of a Module on the way up; coming from @previous.
 * @module_down: event of a Module on the way down; going to @target.
 * @client_up: the Client's event on the way up.
 * @client_down: the Client's event on the way down.
 */
struct dmf_phase {
	int opens;
	bool (*concerns)(const struct dmf_module_ops *ops);
	int (*module_up)(struct dmf_module *module, enum dmf_power previous);
	int (*module_down)(struct dmf_module *module, enum dmf_power target);
	int (*client_up)(struct dmf_device *ddev, enum dmf_power previous);
	int (*client_down)(struct dmf_device *ddev, enum dmf_power target);
};

/* -- Hardware -------------------------------------------------------------- */

static bool hardware_concerns(const struct dmf_module_ops *ops)
{
	return ops->prepare_hardware || ops->release_hardware;
}

static int hardware_module_up(struct dmf_module *module, enum dmf_power previous)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	return ops->prepare_hardware ?
	       dmf_event_result(module, "prepare_hardware", ops->prepare_hardware(module)) : 0;
}

static int hardware_module_down(struct dmf_module *module, enum dmf_power target)
{
	if (module->desc->ops->release_hardware) {
		module->desc->ops->release_hardware(module);
		dmf_event_result(module, "release_hardware", 0);
	}
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

static bool d0_concerns(const struct dmf_module_ops *ops)
{
	return ops->d0_entry || ops->d0_exit;
}

static int d0_module_up(struct dmf_module *module, enum dmf_power previous)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	return ops->d0_entry ?
	       dmf_event_result(module, "d0_entry", ops->d0_entry(module, previous)) : 0;
}

static int d0_module_down(struct dmf_module *module, enum dmf_power target)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	return ops->d0_exit ?
	       dmf_event_result(module, "d0_exit", ops->d0_exit(module, target)) : 0;
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

/* -- After interrupts have been connected, before they are disconnected ------ */

static bool post_interrupts_concerns(const struct dmf_module_ops *ops)
{
	return ops->d0_entry_post_interrupts_enabled || ops->d0_exit_pre_interrupts_disabled;
}

static int post_interrupts_module_up(struct dmf_module *module, enum dmf_power previous)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	return ops->d0_entry_post_interrupts_enabled ?
	       dmf_event_result(module, "d0_entry_post_interrupts_enabled",
				ops->d0_entry_post_interrupts_enabled(module, previous)) : 0;
}

static int post_interrupts_module_down(struct dmf_module *module, enum dmf_power target)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	return ops->d0_exit_pre_interrupts_disabled ?
	       dmf_event_result(module, "d0_exit_pre_interrupts_disabled",
				ops->d0_exit_pre_interrupts_disabled(module, target)) : 0;
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

static bool self_managed_io_concerns(const struct dmf_module_ops *ops)
{
	return ops->self_managed_io_init || ops->self_managed_io_restart ||
	       ops->self_managed_io_suspend;
}

static int self_managed_io_module_init(struct dmf_module *module)
{
	const struct dmf_module_ops *ops = module->desc->ops;
	int ret = 0;

	if (ops->self_managed_io_init)
		ret = dmf_event_result(module, "self_managed_io_init",
				       ops->self_managed_io_init(module));
	module->io_initialised = !ret;
	return ret;
}

static int self_managed_io_module_up(struct dmf_module *module, enum dmf_power previous)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	if (!module->io_initialised)
		return self_managed_io_module_init(module);

	return ops->self_managed_io_restart ?
	       dmf_event_result(module, "self_managed_io_restart",
				ops->self_managed_io_restart(module)) : 0;
}

static int self_managed_io_module_down(struct dmf_module *module, enum dmf_power target)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	return ops->self_managed_io_suspend ?
	       dmf_event_result(module, "self_managed_io_suspend",
				ops->self_managed_io_suspend(module)) : 0;
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
		.opens		= DMF_OPEN_CREATE,
	},
	[DMF_PHASE_HARDWARE] = {
		.opens		= DMF_OPEN_PREPARE_HARDWARE,
		.concerns	= hardware_concerns,
		.module_up	= hardware_module_up,
		.module_down	= hardware_module_down,
		.client_up	= hardware_client_up,
		.client_down	= hardware_client_down,
	},
	[DMF_PHASE_D0] = {
		.opens		= DMF_OPEN_D0_ENTRY,
		.concerns	= d0_concerns,
		.module_up	= d0_module_up,
		.module_down	= d0_module_down,
		.client_up	= d0_client_up,
		.client_down	= d0_client_down,
	},
	[DMF_PHASE_INTERRUPTS] = {
		.opens		= -1,
		.client_up	= dmf_interrupts_connect,
		.client_down	= dmf_interrupts_disconnect,
	},
	[DMF_PHASE_POST_INTERRUPTS] = {
		.opens		= -1,
		.concerns	= post_interrupts_concerns,
		.module_up	= post_interrupts_module_up,
		.module_down	= post_interrupts_module_down,
		.client_up	= post_interrupts_client_up,
		.client_down	= post_interrupts_client_down,
	},
	[DMF_PHASE_SELF_MANAGED_IO] = {
		.opens		= -1,
		.concerns	= self_managed_io_concerns,
		.module_up	= self_managed_io_module_up,
		.module_down	= self_managed_io_module_down,
		.client_up	= self_managed_io_client_up,
		.client_down	= self_managed_io_client_down,
	},
};

static bool phase_opens(const struct dmf_phase *phase, const struct dmf_module *module)
{
	return phase->opens == (int)module->desc->open_option;
}

bool dmf_phase_concerns(enum dmf_phase_id id, const struct dmf_module *module)
{
	const struct dmf_phase *phase = &phases[id];

	return phase_opens(phase, module) ||
	       (phase->concerns && phase->concerns(module->desc->ops));
}

static int phase_module_up(const struct dmf_phase *phase, struct dmf_module *module,
			   enum dmf_power previous)
{
	int ret = 0;

	if (phase_opens(phase, module)) {
		ret = dmf_module_open(module);
		if (ret)
			return ret;
	}
	if (phase->module_up)
		ret = phase->module_up(module, previous);
	if (ret && phase_opens(phase, module))
		dmf_module_close(module);
	return ret;
}

static int phase_module_down(const struct dmf_phase *phase, struct dmf_module *module,
			     enum dmf_power target)
{
	int ret = phase->module_down ? phase->module_down(module, target) : 0;

	if (ret && target != DMF_POWER_FINAL)
		return ret;
	if (phase_opens(phase, module))
		dmf_module_close(module);
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

/* Take down the first @count Modules of a phase, come what may. */
static void phase_modules_down(const struct dmf_phase *phase, struct dmf_list *list,
			       unsigned int count)
{
	while (count--)
		phase_module_down(phase, list->modules[count], DMF_POWER_FINAL);
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

/* Bring one phase up; on failure it is down again. */
int dmf_phase_up(struct dmf_device *ddev, enum dmf_phase_id id, enum dmf_power previous)
{
	struct dmf_list *list = &ddev->phases[id];
	unsigned int done = 0;
	int ret;

	ret = phase_rest_up(ddev, &phases[id], list, &done, previous);
	if (ret)
		phase_modules_down(&phases[id], list, done);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_phase_up);

/*
 * Take one phase down. On failure, which does not happen if @target is
 * DMF_POWER_FINAL, it is up again; if that fails too, it is down and the device
 * has failed.
 */
int dmf_phase_down(struct dmf_device *ddev, enum dmf_phase_id id, enum dmf_power target)
{
	const struct dmf_phase *phase = &phases[id];
	struct dmf_list *list = &ddev->phases[id];
	unsigned int left = list->count;
	int ret;

	ret = phase_client_down(ddev, phase, target);
	if (ret)
		return ret;

	while (left) {
		ret = phase_module_down(phase, list->modules[left - 1], target);
		if (ret)
			break;
		left--;
	}
	if (ret && phase_rest_up(ddev, phase, list, &left, target)) {
		phase_modules_down(phase, list, left);
		ddev->failed = true;
	}
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_phase_down);
