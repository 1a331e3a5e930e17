// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power: two routines, and the dev_pm_ops that call them.
 *
 * Every entry point of a bus is one call of dmf_device_power_down() or
 * dmf_device_power_up(). The device remembers which ran last, so a callback
 * that finds the work done has nothing to do. The PM core, together with the
 * resume at the beginning of each system transition and of remove, keeps them
 * from running at the same time.
 *
 * A system transition begins by resuming the device at runtime level: the PM
 * core would otherwise leave a runtime-suspended PCI device alone and put a
 * platform device through D0Exit a second time.
 *
 * Why the system goes down is asked of a PM notifier, not of the callback that
 * runs: not every bus calls all of them.
 *
 * Going down that fails brings up again what was taken down. Coming up that
 * fails, outside probe, leaves the device failed: requests get -EIO, power
 * events are skipped, and remove still releases everything.
 *
 * New requests wait while the system sleeps; at runtime level each of them resumes
 * the device.
 *
 * Whether the device is armed for wake-up (wake.c) is decided when it begins to go
 * down.
 */
#include <linux/device.h>
#include <linux/notifier.h>
#include <linux/pm_runtime.h>
#include <linux/suspend.h>

#include <linux/dmf/recorder.h>

#include "internal.h"

/* Phases that a change of power goes through; the others belong to probe and remove. */
#define POWER_FIRST_PHASE	DMF_PHASE_D0
#define POWER_LAST_PHASE	DMF_PHASE_SELF_MANAGED_IO

/* What the system transition that is under way, or was last, leads to. */
static enum dmf_power system_target = DMF_POWER_SLEEP;

/* The phases up to @id are up, from @previous: take them down, and all stays down. */
static void power_fail(struct dmf_device *ddev, int id, enum dmf_power previous)
{
	for (; id >= POWER_FIRST_PHASE; id--)
		dmf_phase_undo(ddev, id, previous);
	dmf_wake_end(ddev);
	dmf_interrupts_disarm(ddev);
	ddev->failed = true;
	WRITE_ONCE(ddev->power, DMF_POWER_FINAL);
	dmf_device_record(ddev, "the device has failed");
	dmf_io_fail(ddev);
}

/* Bring up the phases from @id on, and let in requests that have waited. */
static int power_rest_up(struct dmf_device *ddev, int id, enum dmf_power previous)
{
	int ret;

	for (; id <= POWER_LAST_PHASE; id++) {
		ret = dmf_phase_up(ddev, id, previous);
		if (ret) {
			power_fail(ddev, id - 1, previous);
			return ret;
		}
	}
	WRITE_ONCE(ddev->wake, DMF_WAKE_NONE);
	WRITE_ONCE(ddev->power, DMF_POWER_D0);
	dmf_device_record(ddev, "power=%s", dmf_power_name(DMF_POWER_D0));
	if (ddev->io_state == DMF_IO_ASLEEP)
		dmf_io_start(ddev);
	return 0;
}

/**
 * dmf_device_power_down - take a device out of its working state
 * @ddev: the device
 * @why: DMF_POWER_IDLE, DMF_POWER_SLEEP, DMF_POWER_HIBERNATION or, if it does not
 *	come back, DMF_POWER_FINAL
 *
 * Does nothing if the device is not in its working state. With DMF_POWER_FINAL
 * errors are logged and the rest goes on.
 *
 * Context: process, may sleep; not at the same time as any other power or
 * binding call for @ddev.
 * Return: 0, or the errno of the callback that failed; the device is up again
 * then, or, if that did not work either, has failed.
 */
int dmf_device_power_down(struct dmf_device *ddev, enum dmf_power why)
{
	int id, ret;

	if (ddev->power != DMF_POWER_D0)
		return 0;

	if (why == DMF_POWER_SLEEP || why == DMF_POWER_HIBERNATION)
		dmf_io_stop(ddev, DMF_IO_ASLEEP);
	dmf_wake_begin(ddev, why);
	for (id = POWER_LAST_PHASE; id >= POWER_FIRST_PHASE; id--) {
		ret = dmf_phase_down(ddev, id, why);
		if (ret)
			goto bring_up_again;
	}
	WRITE_ONCE(ddev->power, why);
	dmf_device_record(ddev, "power=%s", dmf_power_name(why));
	return 0;

bring_up_again:
	if (ddev->failed)
		power_fail(ddev, id - 1, why);
	else
		power_rest_up(ddev, id + 1, why);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_power_down, DMF);

struct power_up {
	struct work_struct work;
	struct dmf_device *ddev;
	int ret;
};

static int power_up(struct dmf_device *ddev)
{
	dmf_interrupts_disarm(ddev);
	return power_rest_up(ddev, POWER_FIRST_PHASE, ddev->power);
}

static void power_up_work(struct work_struct *work)
{
	struct power_up *up = container_of(work, struct power_up, work);

	up->ret = power_up(up->ddev);
}

/**
 * dmf_device_power_up - bring a device into its working state
 * @ddev: the device
 *
 * Does nothing if the device is in its working state, or has failed before. If a
 * program is the cause, the callbacks run in another task: a signal to the program
 * must not fail the device.
 *
 * Context: as dmf_device_power_down().
 * Return: 0, or the errno of the callback that failed; what was up before it is
 * down again and the device has failed.
 */
int dmf_device_power_up(struct dmf_device *ddev)
{
	struct power_up up = { .ddev = ddev };

	if (ddev->failed || ddev->power == DMF_POWER_D0)
		return 0;
	if (current->flags & PF_KTHREAD)
		return power_up(ddev);

	INIT_WORK_ONSTACK(&up.work, power_up_work);
	queue_work(dmf_workqueue, &up.work);
	flush_work(&up.work);
	destroy_work_on_stack(&up.work);
	return up.ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_power_up, DMF);

/**
 * dmf_device_system_down - take a device down because the system goes to sleep
 * @ddev: the device
 *
 * What suspend, freeze and poweroff do: the device is resumed at runtime level,
 * and told whether the system sleeps or hibernates. The counterpart of all of
 * them is dmf_device_power_up().
 *
 * Context: as dmf_device_power_down().
 * Return: as dmf_device_power_down(); an error is to abort the transition.
 */
int dmf_device_system_down(struct dmf_device *ddev)
{
	pm_runtime_resume(ddev->dev);
	return dmf_device_power_down(ddev, READ_ONCE(system_target));
}
EXPORT_SYMBOL_NS_GPL(dmf_device_system_down, DMF);

/**
 * dmf_device_runtime_down - take a device down because nobody uses it
 * @ddev: the device
 *
 * What runtime_suspend does; its counterpart is dmf_device_power_up().
 *
 * Context: as dmf_device_power_down().
 * Return: 0, or -EBUSY, the one error after which runtime PM tries again; what
 * has really failed is in the log.
 */
int dmf_device_runtime_down(struct dmf_device *ddev)
{
	int ret = dmf_device_power_down(ddev, DMF_POWER_IDLE);

	if (!ret)
		return 0;

	dev_err(ddev->dev, "cannot be suspended: %d\n", ret);
	return -EBUSY;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_runtime_down, DMF);

/* -- dev_pm_ops ------------------------------------------------------------- */

static int pm_system_down(struct device *dev)
{
	return dmf_device_system_down(dev_get_drvdata(dev));
}

static int pm_runtime_down(struct device *dev)
{
	return dmf_device_runtime_down(dev_get_drvdata(dev));
}

static int pm_up(struct device *dev)
{
	return dmf_device_power_up(dev_get_drvdata(dev));
}

const struct dev_pm_ops dmf_pm_ops = {
	SYSTEM_SLEEP_PM_OPS(pm_system_down, pm_up)
	RUNTIME_PM_OPS(pm_runtime_down, pm_up, NULL)
};
EXPORT_SYMBOL_NS_GPL(dmf_pm_ops, DMF);

/* -- Why the system goes down ------------------------------------------------ */

static int power_notify(struct notifier_block *nb, unsigned long event, void *unused)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
		WRITE_ONCE(system_target, DMF_POWER_SLEEP);
		break;
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		WRITE_ONCE(system_target, DMF_POWER_HIBERNATION);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block power_notifier = {
	.notifier_call = power_notify,
};

int dmf_power_init(void)
{
	return register_pm_notifier(&power_notifier);
}

void dmf_power_exit(void)
{
	unregister_pm_notifier(&power_notifier);
}
