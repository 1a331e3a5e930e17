// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wake-up: the device tells the sleeping system, or wakes itself from runtime
 * suspend.
 *
 * On the way down, between SelfManagedIoSuspend and D0ExitPreInterruptsDisabled,
 * Client and Modules are told to arm the hardware: for runtime suspend if the
 * device can wake up at all, for a system sleep if user space wants it to. On the
 * way up each one that was armed is told to disarm, exactly once, also when the
 * sleep was aborted or the device could not be brought up again.
 *
 * Whether it was this device is known by its interrupt that was left armed
 * (interrupt.c), by what the bus has reported to the kernel's wakeup source of the
 * device since it was armed, or by dmf_device_wake_triggered(). A device that user
 * space does not want to wake the system has no wakeup source: of what ends its
 * runtime suspend the bus reports nothing.
 */
#include <linux/device.h>

#include "internal.h"

bool dmf_wake_concerns(const struct dmf_module_ops *ops)
{
	return ops->arm_wake_from_s0 || ops->disarm_wake_from_s0 ||
	       ops->wake_from_s0_triggered || ops->arm_wake_from_sx_with_reason ||
	       ops->disarm_wake_from_sx || ops->wake_from_sx_triggered;
}

/* -- What the kernel knows ---------------------------------------------------- */

#ifdef CONFIG_PM_SLEEP
/* How often the bus, or anybody, has said that the device wakes the system. */
static unsigned long wake_reports(struct device *dev)
{
	unsigned long reports = 0;

	spin_lock_irq(&dev->power.lock);
	if (dev->power.wakeup)
		reports = dev->power.wakeup->event_count;
	spin_unlock_irq(&dev->power.lock);
	return reports;
}

static bool wake_children_armed(const struct device *dev)
{
	return dev->power.wakeup_path;
}
#else
static unsigned long wake_reports(struct device *dev)
{
	return 0;
}

static bool wake_children_armed(const struct device *dev)
{
	return false;
}
#endif

static enum dmf_wake wake_wanted(struct device *dev, enum dmf_power why)
{
	switch (why) {
	case DMF_POWER_IDLE:
		return device_can_wakeup(dev) ? DMF_WAKE_S0 : DMF_WAKE_NONE;
	case DMF_POWER_SLEEP:
	case DMF_POWER_HIBERNATION:
		return device_may_wakeup(dev) ? DMF_WAKE_SX : DMF_WAKE_NONE;
	default:
		return DMF_WAKE_NONE;
	}
}

/* The device is about to go down: decide, for all of the way down and up again. */
void dmf_wake_begin(struct dmf_device *ddev, enum dmf_power why)
{
	WRITE_ONCE(ddev->wake, wake_wanted(ddev->dev, why));
}

const char *dmf_wake_event(const struct dmf_device *ddev, bool up)
{
	switch (ddev->wake) {
	case DMF_WAKE_S0:
		return up ? "disarm_wake_from_s0" : "arm_wake_from_s0";
	case DMF_WAKE_SX:
		return up ? "disarm_wake_from_sx" : "arm_wake_from_sx_with_reason";
	case DMF_WAKE_NONE:
		break;
	}
	return NULL;
}

/* -- Modules -------------------------------------------------------------------- */

static int wake_module_arm(struct dmf_module *module)
{
	const struct dmf_module_ops *ops = module->desc->ops;
	struct dmf_device *ddev = module->ddev;
	u64 begin;

	if (ddev->wake == DMF_WAKE_S0)
		return dmf_event_call(module, "arm_wake_from_s0", ops->arm_wake_from_s0);
	if (ddev->wake != DMF_WAKE_SX || !ops->arm_wake_from_sx_with_reason)
		return 0;

	begin = dmf_event_begin();
	return dmf_event_end(module, "arm_wake_from_sx_with_reason", begin,
			     ops->arm_wake_from_sx_with_reason(module,
							       device_may_wakeup(ddev->dev),
							       wake_children_armed(ddev->dev)));
}

int dmf_wake_module_down(struct dmf_module *module, enum dmf_power target)
{
	int ret;

	if (module->ddev->wake == DMF_WAKE_NONE || target == DMF_POWER_FINAL)
		return 0;

	ret = wake_module_arm(module);
	module->wake_armed = !ret;
	return ret;
}

int dmf_wake_module_up(struct dmf_module *module, enum dmf_power previous)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	if (!module->wake_armed)
		return 0;

	module->wake_armed = false;
	if (module->ddev->wake == DMF_WAKE_S0)
		dmf_event_tell(module, "disarm_wake_from_s0", ops->disarm_wake_from_s0);
	else if (module->ddev->wake == DMF_WAKE_SX)
		dmf_event_tell(module, "disarm_wake_from_sx", ops->disarm_wake_from_sx);
	return 0;
}

static void wake_module_triggered(struct dmf_module *module)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	if (module->ddev->wake == DMF_WAKE_S0)
		dmf_event_tell(module, "wake_from_s0_triggered", ops->wake_from_s0_triggered);
	else if (module->ddev->wake == DMF_WAKE_SX)
		dmf_event_tell(module, "wake_from_sx_triggered", ops->wake_from_sx_triggered);
}

/* -- The Client, and the device as a whole ---------------------------------------- */

static int wake_client_arm(struct dmf_device *ddev)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	if (ddev->wake == DMF_WAKE_S0 && ops->arm_wake_from_s0)
		return ops->arm_wake_from_s0(ddev);
	if (ddev->wake == DMF_WAKE_SX && ops->arm_wake_from_sx_with_reason)
		return ops->arm_wake_from_sx_with_reason(ddev, device_may_wakeup(ddev->dev),
							 wake_children_armed(ddev->dev));
	return 0;
}

int dmf_wake_client_down(struct dmf_device *ddev, enum dmf_power target)
{
	int ret;

	if (ddev->wake == DMF_WAKE_NONE || target == DMF_POWER_FINAL)
		return 0;

	/* What comes from here on may be what ends the sleep. */
	WRITE_ONCE(ddev->wake_triggered, false);
	ddev->wake_reports = wake_reports(ddev->dev);
	ret = wake_client_arm(ddev);
	ddev->wake_armed = !ret;
	return ret;
}

static void wake_client_disarm(struct dmf_device *ddev)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	if (!ddev->wake_armed)
		return;

	ddev->wake_armed = false;
	if (ddev->wake == DMF_WAKE_S0 && ops->disarm_wake_from_s0)
		ops->disarm_wake_from_s0(ddev);
	else if (ddev->wake == DMF_WAKE_SX && ops->disarm_wake_from_sx)
		ops->disarm_wake_from_sx(ddev);
}

static void wake_tell(struct dmf_device *ddev)
{
	const struct dmf_client_ops *ops = ddev->client->ops;
	struct dmf_list *list = &ddev->phases[DMF_PHASE_WAKE];
	u64 begin = dmf_device_event_begin();
	unsigned int i;

	for (i = 0; i < list->count; i++)
		wake_module_triggered(list->modules[i]);
	if (ddev->wake == DMF_WAKE_S0 && ops->wake_from_s0_triggered)
		ops->wake_from_s0_triggered(ddev);
	else if (ddev->wake == DMF_WAKE_SX && ops->wake_from_sx_triggered)
		ops->wake_from_sx_triggered(ddev);
	dmf_device_event_end(ddev, ddev->wake == DMF_WAKE_S0 ? "wake_from_s0_triggered" :
			     "wake_from_sx_triggered", ddev->power, begin, 0);
}

/* The last step of disarming: all Modules have. */
int dmf_wake_client_up(struct dmf_device *ddev, enum dmf_power previous)
{
	bool armed = ddev->wake_armed;

	wake_client_disarm(ddev);
	if (armed && (READ_ONCE(ddev->wake_triggered) ||
		      wake_reports(ddev->dev) > ddev->wake_reports))
		wake_tell(ddev);
	WRITE_ONCE(ddev->wake, DMF_WAKE_NONE);
	return 0;
}

/* The device does not come up again: disarm what is armed, in the order of coming up. */
void dmf_wake_end(struct dmf_device *ddev)
{
	struct dmf_list *list = &ddev->phases[DMF_PHASE_WAKE];
	unsigned int i;

	for (i = 0; i < list->count; i++)
		dmf_wake_module_up(list->modules[i], ddev->power);
	wake_client_disarm(ddev);
	WRITE_ONCE(ddev->wake, DMF_WAKE_NONE);
}

/**
 * dmf_device_wake_triggered - say that it is this device that wakes up
 * @ddev: the device
 *
 * For glue and drivers whose bus tells them so in its own way. The core finds out
 * by itself what is reported to the kernel with pm_wakeup_event(). Client and
 * Modules are told when the device is brought up; without effect if it was not
 * armed.
 *
 * Context: any.
 */
void dmf_device_wake_triggered(struct dmf_device *ddev)
{
	WRITE_ONCE(ddev->wake_triggered, true);
}
EXPORT_SYMBOL_NS_GPL(dmf_device_wake_triggered, DMF);
