// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device: one binding of a Client to a struct device, from probe to remove.
 *
 * Coming up is a straight line; each step that fails undoes those before it in
 * reverse. Removal:
 *
 *   a filter that is bound to the device is unbound
 *   surprise_removal, if the hardware has gone
 *   the node goes: nobody opens a file any more
 *   requests are refused; those whose handler runs are waited for, those that
 *     are pended are cancelled and waited for
 *   other calls on open files are refused and waited for; blocked callers and
 *     pollers wake; file_cleanup and file_close are dispatched for each file
 *   Modules are unbound from each other
 *   power down, release_hardware, end of self-managed I/O
 *   Modules with DMF_OPEN_CREATE close
 *   dynamic Modules close and are destroyed, then all others are destroyed
 *   the Client's structure and the flight recorder are freed
 *
 * What an open file, or whoever has looked the device up, still reaches afterwards
 * is the struct dmf_device itself, its closed gates and its streams, until the last
 * reference is dropped.
 *
 * A control device (control.c) comes up and goes the same way, without the phases of
 * hardware and power.
 */
#include <linux/device.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#include "internal.h"

/* Numbers of devices; the lowest that is free is given. */
static DEFINE_IDA(device_indices);

/*
 * For lockdep the gates of each device have classes of their own, so that a handler
 * of one device may unbind another, on which its own unbind does not depend. Static,
 * for registered keys cost more than a whole probe; more devices share them.
 */
#define DEVICE_KEYS	64

static struct lock_class_key device_keys[DEVICE_KEYS];

static void device_init_gates(struct dmf_device *ddev)
{
	struct lock_class_key *key = &device_keys[ddev->index % DEVICE_KEYS];

	__dmf_gate_init(&ddev->request_gate, false, "request_gate", key, 0);
	__dmf_gate_init(&ddev->pended_gate, true, "pended_gate", key, 1);
	__dmf_gate_init(&ddev->file_gate, false, "file_gate", key, 2);
}

/* What a new device needs that may be lacking. */
static int device_init(struct dmf_device *ddev)
{
	size_t size = ddev->client->drvdata_size;
	int ret;

	ret = ida_alloc(&device_indices, GFP_KERNEL);
	if (ret < 0)
		return ret;
	ddev->index = ret;
	ret = dmf_recorder_add_shared(ddev);
	if (ret)
		goto free_index;
	ddev->drvdata = size ? kzalloc(size, GFP_KERNEL) : NULL;
	if (!size || ddev->drvdata)
		return 0;

	ret = -ENOMEM;
	dmf_recorder_free_shared(ddev);
free_index:
	ida_free(&device_indices, ddev->index);
	return ret;
}

static struct dmf_device *device_alloc(struct device *dev, struct dmf_client *client)
{
	struct dmf_device *ddev = kzalloc(sizeof(*ddev), GFP_KERNEL);

	if (!ddev)
		return NULL;

	ddev->client = client;
	ddev->owner = client->owner;
	if (device_init(ddev)) {
		kfree(ddev);
		return NULL;
	}

	kref_init(&ddev->ref);
	ddev->dev = get_device(dev);
	ddev->power = DMF_POWER_FINAL;
	ddev->queue_option = client->ops->queue;
	INIT_LIST_HEAD(&ddev->announced);
	INIT_LIST_HEAD(&ddev->modules);
	dmf_dynamics_init(&ddev->dynamics);
	mutex_init(&ddev->dynamics_lock);
	mutex_init(&ddev->debugfs_lock);
	mutex_init(&ddev->interrupts_lock);
	INIT_LIST_HEAD(&ddev->interrupts);
	INIT_LIST_HEAD(&ddev->files);
	INIT_LIST_HEAD(&ddev->streams);
	INIT_LIST_HEAD(&ddev->eventfds);
	spin_lock_init(&ddev->eventfds_lock);
	INIT_LIST_HEAD(&ddev->command_tables);
	dmf_interfaces_init(ddev);
	spin_lock_init(&ddev->files_lock);
	init_waitqueue_head(&ddev->io_wait);
	init_waitqueue_head(&ddev->interrupts_wait);
	dmf_queue_init(&ddev->queue);
	dmf_flight_init(&ddev->internal, ddev, NULL);
	device_init_gates(ddev);
	return ddev;
}

static void device_release(struct kref *ref)
{
	struct dmf_device *ddev = container_of(ref, struct dmf_device, ref);

	if (ddev->lower)
		dmf_device_put(ddev->lower);
	dmf_streams_free(ddev);
	dmf_eventfds_free(ddev);
	dmf_commands_free(ddev);
	dmf_branches_free(ddev);
	mutex_destroy(&ddev->interrupts_lock);
	mutex_destroy(&ddev->debugfs_lock);
	mutex_destroy(&ddev->dynamics_lock);
	kfree(ddev->node_name);
	put_device(ddev->dev);
	ida_free(&device_indices, ddev->index);
	kfree(ddev);
}

/**
 * dmf_device_get - keep the object of a device
 * @ddev: a device that the caller knows to be there, because it is bound or by
 *	another reference
 *
 * The reference keeps neither the binding nor the driver's .ko: requests to a device
 * that has been unbound end with -ENODEV. See dmf_device_find().
 *
 * Context: any.
 */
void dmf_device_get(struct dmf_device *ddev)
{
	kref_get(&ddev->ref);
}
EXPORT_SYMBOL_NS_GPL(dmf_device_get, DMF);

/**
 * dmf_device_put - give a reference back
 * @ddev: the device; not to be touched any more
 *
 * Context: process.
 */
void dmf_device_put(struct dmf_device *ddev)
{
	kref_put(&ddev->ref, device_release);
}
EXPORT_SYMBOL_NS_GPL(dmf_device_put, DMF);

static int device_create_modules(struct dmf_device *ddev)
{
	struct dmf_module_init init = { .ddev = ddev };
	u64 begin = dmf_device_event_begin();
	int ret;

	ret = dmf_features_add(ddev, &init);
	if (!ret && ddev->client->ops->modules_add)
		ret = ddev->client->ops->modules_add(ddev, &init);
	if (!ret)
		ret = dmf_commands_add_client(ddev) ?: dmf_tree_complete(ddev);
	dmf_device_event_end(ddev, "modules_add", DMF_POWER_FINAL, begin, ret);
	return ret;
}

/* Modules go before the structure of the Client that their callbacks use. */
static void device_destroy_modules(struct dmf_device *ddev)
{
	dmf_interrupts_free(ddev);
	dmf_modules_destroy(ddev);
	dmf_tree_free_lists(ddev);
	kfree(ddev->drvdata);
	ddev->drvdata = NULL;
	dmf_recorder_free_shared(ddev);
}

static void device_release_hardware(struct dmf_device *ddev)
{
	dmf_phase_down(ddev, DMF_PHASE_HARDWARE, DMF_POWER_FINAL);
	dmf_interrupts_free(ddev);
	dmf_dispatch_self_managed_io_end(ddev);
}

static int device_bring_up(struct dmf_device *ddev)
{
	int ret;

	ret = dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	if (ret)
		return ret;
	if (ddev->control) {
		ddev->power = DMF_POWER_D0;
		return 0;
	}
	ret = dmf_phase_up(ddev, DMF_PHASE_HARDWARE, DMF_POWER_FINAL);
	if (ret) {
		dmf_interrupts_free(ddev);
		goto close_modules;
	}
	ret = dmf_device_power_up(ddev);
	if (ret)
		goto release_hardware;

	return 0;

release_hardware:
	device_release_hardware(ddev);
close_modules:
	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	return ret;
}

static void device_take_down(struct dmf_device *ddev)
{
	dmf_interfaces_stop(ddev);
	if (!ddev->control) {
		dmf_device_power_down(ddev, DMF_POWER_FINAL);
		dmf_wake_end(ddev);
		dmf_phase_close_left(ddev);
		device_release_hardware(ddev);
	}
	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
}

/* Refuse and drain everything that comes by open files. */
static void device_stop_io(struct dmf_device *ddev)
{
	dmf_io_stop(ddev, DMF_IO_STOPPED);
	dmf_files_kick(ddev);
	dmf_files_cancel(ddev);
	dmf_drain(&ddev->pended_gate, ddev->dev, ddev->client->name, "pended requests", NULL);
	dmf_drain(&ddev->file_gate, ddev->dev, ddev->client->name, "calls on open files", NULL);
	dmf_files_orphan(ddev);
}

/* A control device has no moment for what Modules with such callbacks wait for. */
static int device_check_control(struct dmf_device *ddev)
{
	int i;

	if (!ddev->control)
		return 0;

	for (i = DMF_PHASE_CREATE + 1; i < DMF_PHASES; i++) {
		if (ddev->phases[i].count) {
			dev_err(ddev->dev,
				"%s: has no place on a control device: it has neither hardware nor power\n",
				ddev->phases[i].modules[0]->name);
			return -EINVAL;
		}
	}
	return 0;
}

/* Bring a new device up to where files can be opened; on failure nothing is left of it. */
static int device_start(struct dmf_device *ddev)
{
	struct device *dev = ddev->dev;
	int ret;

	dev_pm_set_driver_flags(dev, dev->power.driver_flags | DPM_FLAG_NO_DIRECT_COMPLETE);
	dmf_debugfs_add(ddev);
	ret = device_create_modules(ddev) ?: device_check_control(ddev);
	if (ret)
		goto remove_debugfs;
	dmf_debugfs_complete(ddev);
	ret = device_bring_up(ddev);
	if (ret)
		goto remove_debugfs;

	dmf_gate_reopen(&ddev->file_gate);
	dmf_io_start(ddev);
	ret = dmf_node_add(ddev);
	if (ret)
		goto stop_io;
	dmf_stack_join(ddev);
	ret = dmf_stack_publish(ddev);
	if (ret)
		goto leave_stack;
	dmf_query_add(ddev);
	return 0;

leave_stack:
	dmf_stack_leave(ddev);
	dmf_node_remove(ddev);
stop_io:
	device_stop_io(ddev);
	device_take_down(ddev);
remove_debugfs:
	dmf_debugfs_remove(ddev);
	device_destroy_modules(ddev);
	dmf_device_put(ddev);
	return ret;
}

/**
 * dmf_device_create - bind a Client to a device whose drvdata is somebody else's
 * @dev: the device; its drvdata is neither read nor written
 * @client: the Client; must outlive the binding
 *
 * For a driver that keeps its own probe: it does what it has always done, and
 * adds this. The caller has enabled what its bus needs for prepare_hardware to
 * work, and keeps the device awake until it has stored the result where its
 * dev_pm_ops find it. From then on it passes the device's events on:
 *
 * * system sleep: dmf_device_system_down(), dmf_device_power_up()
 * * runtime PM: dmf_device_runtime_down(), dmf_device_power_up()
 * * shutdown: dmf_device_shutdown()
 * * remove: dmf_device_destroy()
 *
 * A driver that has no other use for the drvdata calls dmf_device_probe().
 *
 * DMF: DMF_DmfDeviceInitAllocate, DMF_DmfDeviceInitHookPnpPowerEventCallbacks,
 * DMF_ModulesCreate.
 *
 * Context: process, may sleep; the probe of @dev.
 * Return: the device, valid until dmf_device_destroy(); on failure, with nothing
 * left behind, ERR_PTR() of -ENOMEM, -EEXIST if two streams have one name, or the
 * errno of the step that failed, -EPROBE_DEFER among them.
 */
struct dmf_device *dmf_device_create(struct device *dev, struct dmf_client *client)
{
	struct dmf_device *ddev = device_alloc(dev, client);
	int ret;

	if (!ddev)
		return ERR_PTR(-ENOMEM);

	ret = device_start(ddev);
	return ret ? ERR_PTR(ret) : ddev;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_create, DMF);

/**
 * dmf_device_destroy - unbind a Client from a device
 * @ddev: what dmf_device_create() has returned; an error or NULL does nothing
 * @hardware_gone: true if the hardware is not there any more
 *
 * The caller has resumed the device at runtime level and keeps it so.
 *
 * Context: process, may sleep; the remove of the device.
 */
void dmf_device_destroy(struct dmf_device *ddev, bool hardware_gone)
{
	if (IS_ERR_OR_NULL(ddev))
		return;

	ddev->gone = hardware_gone;
	if (hardware_gone)
		dmf_stack_surprise(ddev);
	dmf_stack_unpublish(ddev);
	dmf_query_remove(ddev);
	dmf_stack_leave(ddev);
	dmf_node_remove(ddev);
	device_stop_io(ddev);
	device_take_down(ddev);
	dmf_debugfs_remove(ddev);
	device_destroy_modules(ddev);
	dmf_utility_flush();
	dmf_device_put(ddev);
}
EXPORT_SYMBOL_NS_GPL(dmf_device_destroy, DMF);

/* Bind a device that has just been allocated; it is the drvdata. */
static int device_probe(struct dmf_device *ddev)
{
	struct device *dev = ddev->dev;
	int ret;

	dev_set_drvdata(dev, ddev);
	ret = device_start(ddev);
	if (ret)
		dev_set_drvdata(dev, NULL);
	return ret;
}

/**
 * dmf_device_probe - bind a Client to a device; for the glue of buses
 * @dev: the device, whose driver's probe calls this; its drvdata becomes the
 *	&struct dmf_device, as dmf_pm_ops expects
 * @client: the Client; must outlive the binding
 *
 * The caller has enabled what its bus needs for prepare_hardware to work. On
 * failure nothing is left behind.
 *
 * DMF: DMF_ModulesCreate and what EvtDriverDeviceAdd does.
 *
 * Context: process, may sleep; the probe of @dev.
 * Return: 0, or an errno of dmf_device_create().
 */
int dmf_device_probe(struct device *dev, struct dmf_client *client)
{
	struct dmf_device *ddev = device_alloc(dev, client);

	return ddev ? device_probe(ddev) : -ENOMEM;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_probe, DMF);

/* The same for a filter on @lower, whose child @dev is. */
int dmf_device_probe_filter(struct device *dev, struct dmf_client *client,
			    struct dmf_device *lower)
{
	struct dmf_device *ddev = device_alloc(dev, client);

	if (!ddev)
		return -ENOMEM;

	dmf_device_get(lower);
	ddev->lower = lower;
	return device_probe(ddev);
}

/* The same for a control device. */
int dmf_device_probe_control(struct device *dev, struct dmf_client *client,
			     struct dmf_filter_control *control)
{
	struct dmf_device *ddev = device_alloc(dev, client);

	if (!ddev)
		return -ENOMEM;

	ddev->control = control;
	return device_probe(ddev);
}

/**
 * dmf_device_remove - unbind a Client from a device; for the glue of buses
 * @dev: a device that dmf_device_probe() has bound
 * @hardware_gone: true if the hardware is not there any more
 *
 * The caller has resumed the device at runtime level and keeps it so.
 *
 * Context: process, may sleep; the remove of @dev.
 */
void dmf_device_remove(struct device *dev, bool hardware_gone)
{
	dmf_device_destroy(dev_get_drvdata(dev), hardware_gone);
	dev_set_drvdata(dev, NULL);
}
EXPORT_SYMBOL_NS_GPL(dmf_device_remove, DMF);

/**
 * dmf_device_shutdown - take a device down because the system goes down
 * @ddev: the device; NULL, which the drvdata is when probe has failed, does
 *	nothing
 *
 * Requests are refused from now on; those that are pended stay so. Who waits for a
 * record is told.
 *
 * Context: process, may sleep; the shutdown of the device.
 */
void dmf_device_shutdown(struct dmf_device *ddev)
{
	if (!ddev)
		return;

	pm_runtime_resume(ddev->dev);
	dmf_io_stop(ddev, DMF_IO_SHUT_DOWN);
	dmf_stack_kick(ddev);
	dmf_device_power_down(ddev, DMF_POWER_FINAL);
}
EXPORT_SYMBOL_NS_GPL(dmf_device_shutdown, DMF);

/**
 * dmf_device_get_drvdata - the Client's own structure
 * @ddev: the device
 *
 * DMF: the device context that WdfObjectGetTypedContext returns.
 *
 * Context: any, while the device is bound.
 * Return: &struct dmf_client.drvdata_size bytes, zeroed when the device was
 * probed; NULL if the Client has asked for none.
 */
void *dmf_device_get_drvdata(const struct dmf_device *ddev)
{
	return ddev->drvdata;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_get_drvdata, DMF);

/**
 * dmf_device_dev - the kernel's device behind a DMF device
 * @ddev: the device
 *
 * Context: any.
 * Return: the &struct device; it outlives @ddev.
 */
struct device *dmf_device_dev(const struct dmf_device *ddev)
{
	return ddev->dev;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_dev, DMF);

/**
 * dmf_device_node_name - name of the device's node below /dev
 * @ddev: the device
 *
 * A filter has the node of the device below, if that has one.
 *
 * Context: any.
 * Return: the name, which lives as long as @ddev; NULL if there is no node.
 */
const char *dmf_device_node_name(const struct dmf_device *ddev)
{
	while (!ddev->node_name && ddev->lower)
		ddev = ddev->lower;
	return ddev->node_name;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_node_name, DMF);
