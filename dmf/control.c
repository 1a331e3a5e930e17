// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control devices: one for a driver, shared by its devices, the instances.
 *
 * The first instance makes the control device, the last takes it away. Each has an
 * entry in the list, which create puts there and delete removes, its own and no
 * other: create undoes what it did if the control device cannot be made. A
 * reference in the entry keeps the struct dmf_device, so what is found in the list
 * is never freed memory; that it is unbound its gates tell.
 *
 * lock serialises create and delete, and so is held while the control device comes
 * up and goes: its callbacks must not create or delete it. instances_lock, which
 * they may take by dmf_filter_device_get(), guards the list itself.
 */
#include <linux/device.h>
#include <linux/slab.h>

#include <linux/dmf/filter.h>

#include "internal.h"

struct control_instance {
	struct list_head node;
	struct dmf_device *ddev;	/* counted */
};

static struct control_instance *control_find(struct dmf_filter_control *control,
					     struct dmf_device *ddev)
{
	struct control_instance *instance;

	lockdep_assert_held(&control->lock);
	list_for_each_entry(instance, &control->instances, node) {
		if (instance->ddev == ddev)
			return instance;
	}
	return NULL;
}

/* The oldest instance, referenced; NULL if there is none. */
struct dmf_device *dmf_control_client_device(struct dmf_filter_control *control)
{
	struct control_instance *instance;
	struct dmf_device *ddev = NULL;

	spin_lock(&control->instances_lock);
	instance = list_first_entry_or_null(&control->instances, struct control_instance, node);
	if (instance) {
		ddev = instance->ddev;
		dmf_device_get(ddev);
	}
	spin_unlock(&control->instances_lock);
	return ddev;
}

static struct control_instance *control_add_instance(struct dmf_filter_control *control,
						     struct dmf_device *ddev)
{
	struct control_instance *instance = kmalloc(sizeof(*instance), GFP_KERNEL);

	if (!instance)
		return NULL;

	dmf_device_get(ddev);
	instance->ddev = ddev;
	spin_lock(&control->instances_lock);
	list_add_tail(&instance->node, &control->instances);
	spin_unlock(&control->instances_lock);
	return instance;
}

static void control_remove_instance(struct dmf_filter_control *control,
				    struct control_instance *instance)
{
	spin_lock(&control->instances_lock);
	list_del(&instance->node);
	spin_unlock(&control->instances_lock);
	dmf_device_put(instance->ddev);
	kfree(instance);
}

static int control_up(struct dmf_filter_control *control)
{
	struct device *dev;
	int ret;

	dev = root_device_register(control->client.name);
	if (IS_ERR(dev))
		return PTR_ERR(dev);

	ret = dmf_device_probe_control(dev, &control->client, control);
	if (ret) {
		root_device_unregister(dev);
		return ret;
	}
	control->dev = dev;
	return 0;
}

static void control_down(struct dmf_filter_control *control)
{
	dmf_device_remove(control->dev, false);
	root_device_unregister(control->dev);
	control->dev = NULL;
}

static int control_create(struct dmf_filter_control *control, struct dmf_device *ddev)
{
	struct control_instance *instance;
	int ret = 0;

	lockdep_assert_held(&control->lock);
	if (control_find(control, ddev))
		return -EEXIST;
	instance = control_add_instance(control, ddev);
	if (!instance)
		return -ENOMEM;

	if (!control->dev)
		ret = control_up(control);
	if (ret)
		control_remove_instance(control, instance);
	return ret;
}

/**
 * dmf_filter_control_device_create - make or share the driver's control device
 * @ddev: one of the driver's devices
 * @control: the driver's, from DMF_FILTER_CONTROL_INIT()
 *
 * The first of the driver's devices makes it, the others share it. Each owes
 * dmf_filter_control_device_delete().
 *
 * DMF: DMF_FilterControl_DeviceCreate; DMF_DmfControlDeviceInitAllocate and
 * DMF_DmfControlDeviceInitSetClientDriverDevice.
 *
 * Context: process, may sleep; prepare_hardware of @ddev, for example. Not in a
 * callback of the control device.
 * Return: 0; -EEXIST if @ddev has created it before, or something else in the
 * system has its name; -EINVAL if a Module on it has an open option or events that
 * such a device cannot serve; -ENOMEM; or the errno of a callback of its. On
 * failure nothing has changed.
 */
int dmf_filter_control_device_create(struct dmf_device *ddev, struct dmf_filter_control *control)
{
	int ret;

	mutex_lock(&control->lock);
	ret = control_create(control, ddev);
	mutex_unlock(&control->lock);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_filter_control_device_create, DMF);

/**
 * dmf_filter_control_device_delete - undo dmf_filter_control_device_create()
 * @ddev: the device that has called it
 * @control: the same
 *
 * With the last of the driver's devices the control device goes, as a device does
 * that is unbound: pended requests are cancelled, open files are dead.
 *
 * DMF: DMF_FilterControl_DeviceDelete.
 *
 * Context: process, may sleep; release_hardware of @ddev, for example. Not in a
 * callback of the control device.
 */
void dmf_filter_control_device_delete(struct dmf_device *ddev, struct dmf_filter_control *control)
{
	struct control_instance *instance;

	mutex_lock(&control->lock);
	instance = control_find(control, ddev);
	if (!WARN_ON(!instance)) {
		if (list_is_singular(&control->instances))
			control_down(control);
		control_remove_instance(control, instance);
	}
	mutex_unlock(&control->lock);
}
EXPORT_SYMBOL_NS_GPL(dmf_filter_control_device_delete, DMF);
