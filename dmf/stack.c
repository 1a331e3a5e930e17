// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bound devices: how other code finds one, and how filters are put on top of it.
 *
 * A filter is a driver of an auxiliary device that the device below publishes, as
 * its child. That orders everything: the filter is bound while the device below is
 * up, goes down before it, comes up after it, is shut down and unbound before it.
 * So the device below is bound as long as a filter is, and a request, a file or a
 * poll that is inside a gate of the filter may go down.
 *
 * The chain is lower and upper of each device. lower does not change while a
 * device is bound and is counted until the device is freed. upper is guarded by
 * devices_lock and leads to bound devices only; it is what those follow who come
 * from outside, by the node or by dmf_device_find(), to the top of the stack.
 *
 * A filter's auxiliary device has no runtime PM: a filter is in D0 unless the system
 * sleeps. Were it in use as a child, the device below could not be suspended while
 * nobody uses it; and a request that goes down resumes that anyway.
 *
 * dmf.ko imports nothing of the auxiliary bus: what it calls the Client brings, in
 * &struct dmf_filterable. What follows the registration are calls of the driver core.
 *
 * Lock order: devices_lock, files_lock of a device.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <linux/dmf/filter.h>

#include "internal.h"

static LIST_HEAD(devices);
static DEFINE_SPINLOCK(devices_lock);	/* guards devices and upper of each device */

/* -- Finding a device ----------------------------------------------------------- */

static struct dmf_device *stack_top(struct dmf_device *ddev)
{
	lockdep_assert_held(&devices_lock);
	while (ddev->upper)
		ddev = ddev->upper;
	return ddev;
}

/**
 * dmf_device_find - look a device up to send requests to it
 * @dev: a device of any bus; the caller keeps the object, it need not be bound
 *
 * If filters are bound to the device the topmost is found, so that they see the
 * requests; dmf_device_internal_ioctl() takes it.
 *
 * The reference keeps the object, not the binding: when the device has been
 * unbound requests to it end with -ENODEV, and its driver may be gone. It is found
 * again when it is bound again.
 *
 * DMF: WdfIoTargetOpen of a remote target.
 *
 * Context: process. Takes no lock that is held over a callback, so a driver may
 * call it in its probe and remove.
 * Return: the device; the caller owes dmf_device_put(). NULL if no DMF driver is
 * bound to @dev.
 */
struct dmf_device *dmf_device_find(struct device *dev)
{
	struct dmf_device *ddev, *found = NULL;

	spin_lock(&devices_lock);
	list_for_each_entry(ddev, &devices, announced) {
		if (ddev->dev == dev) {
			found = stack_top(ddev);
			dmf_device_get(found);
			break;
		}
	}
	spin_unlock(&devices_lock);
	return found;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_find, DMF);

/**
 * dmf_device_lower - the device that a filter filters
 * @ddev: a filter, while it is bound
 *
 * Where a filter sends its own requests, with dmf_device_internal_ioctl().
 *
 * DMF: WdfDeviceGetIoTarget.
 *
 * Context: any.
 * Return: the device, bound as long as @ddev is; NULL if @ddev is no filter.
 */
struct dmf_device *dmf_device_lower(const struct dmf_device *ddev)
{
	return ddev->lower;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_lower, DMF);

/*
 * The top of a device's stack for somebody who opens the node, referenced, and its
 * Client's .ko taken: both are needed, for the device may be unbound right away. A
 * filter whose .ko is being unloaded is passed over. NULL if the device's own is.
 */
struct dmf_device *dmf_stack_pin_top(struct dmf_device *ddev)
{
	struct dmf_device *top;

	spin_lock(&devices_lock);
	top = stack_top(ddev);
	while (top && !try_module_get(top->owner))
		top = top == ddev ? NULL : top->lower;
	if (top)
		dmf_device_get(top);
	spin_unlock(&devices_lock);
	return top;
}

/* Whether @top, which is not looked at, is still the top of a device's stack. */
bool dmf_stack_is_top(struct dmf_device *ddev, const struct dmf_device *top)
{
	bool is_top;

	spin_lock(&devices_lock);
	is_top = stack_top(ddev) == top;
	spin_unlock(&devices_lock);
	return is_top;
}

/* Whether a device below has a node, which is the node of the whole stack. */
bool dmf_stack_has_node(struct dmf_device *ddev)
{
	while ((ddev = ddev->lower)) {
		if (ddev->node_registered)
			return true;
	}
	return false;
}

/* Have those who wait for this device, from whatever level, look why. */
void dmf_stack_kick(struct dmf_device *ddev)
{
	spin_lock(&devices_lock);
	for (; ddev; ddev = ddev->upper)
		dmf_files_kick(ddev);
	spin_unlock(&devices_lock);
}

/*
 * The same for requests of other drivers only: one that was sent without waiting, from
 * whatever level, is dispatched once more.
 */
void dmf_stack_kick_internal(struct dmf_device *ddev)
{
	spin_lock(&devices_lock);
	for (; ddev; ddev = ddev->upper)
		dmf_flight_kick(&ddev->internal);
	spin_unlock(&devices_lock);
}

/* -- The chain ------------------------------------------------------------------ */

/* The device is up: it is found, and new files of the node reach it. */
void dmf_stack_join(struct dmf_device *ddev)
{
	spin_lock(&devices_lock);
	list_add_tail(&ddev->announced, &devices);
	if (ddev->lower)
		ddev->lower->upper = ddev;
	spin_unlock(&devices_lock);
}

/* Nobody finds it any more, and nobody is above. */
void dmf_stack_leave(struct dmf_device *ddev)
{
	spin_lock(&devices_lock);
	list_del_init(&ddev->announced);
	if (ddev->lower)
		ddev->lower->upper = NULL;
	spin_unlock(&devices_lock);
}

static bool stack_is_bound(struct dmf_device *ddev)
{
	bool bound;

	spin_lock(&devices_lock);
	bound = !list_empty(&ddev->announced);
	spin_unlock(&devices_lock);
	return bound;
}

/*
 * The hardware has gone: tell the filters of a device, from the top, and then the
 * device itself, before any of them is unbound. Unbinding a filter waits for its
 * requests, and it may take SurpriseRemoval further down to end them.
 */
void dmf_stack_surprise(struct dmf_device *ddev)
{
	struct dmf_device *level, *lower;

	spin_lock(&devices_lock);
	level = stack_top(ddev);
	dmf_device_get(level);
	spin_unlock(&devices_lock);

	while (level != ddev) {
		device_lock(level->dev);
		if (stack_is_bound(level))
			dmf_dispatch_surprise_removal(level);
		device_unlock(level->dev);
		lower = level->lower;
		dmf_device_get(lower);
		dmf_device_put(level);
		level = lower;
	}
	dmf_dispatch_surprise_removal(ddev);
	dmf_device_put(ddev);
}

/* -- What a filter can be bound to ------------------------------------------------ */

static void filter_device_release(struct device *dev)
{
	struct dmf_filter_device *filter = container_of(dev, struct dmf_filter_device, auxdev.dev);

	dmf_device_put(filter->lower);
	kfree(filter);
}

/* If a filter's driver is there it is bound before this returns. */
int dmf_stack_publish(struct dmf_device *ddev)
{
	const struct dmf_filterable *filterable = ddev->client->ops->filterable;
	struct dmf_filter_device *filter;
	int ret;

	if (!filterable || !filterable->init)
		return 0;

	filter = kzalloc(sizeof(*filter), GFP_KERNEL);
	if (!filter)
		return -ENOMEM;

	dmf_device_get(ddev);
	filter->lower = ddev;
	filter->auxdev.name = "filter";
	filter->auxdev.id = ddev->index;
	filter->auxdev.dev.parent = ddev->dev;
	filter->auxdev.dev.release = filter_device_release;
	ret = filterable->init(&filter->auxdev);
	if (ret) {
		filter_device_release(&filter->auxdev.dev);
		return ret;
	}
	ret = filterable->add(&filter->auxdev, filterable->modname);
	if (ret) {
		put_device(&filter->auxdev.dev);
		return ret;
	}
	ddev->filter_device = filter;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_stack_publish);

/* When this returns no filter is bound. */
void dmf_stack_unpublish(struct dmf_device *ddev)
{
	if (!ddev->filter_device)
		return;

	device_del(&ddev->filter_device->auxdev.dev);
	put_device(&ddev->filter_device->auxdev.dev);
	ddev->filter_device = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_stack_unpublish);

/* -- Glue for drivers of filters --------------------------------------------------- */

static struct dmf_filter_device *to_filter_device(struct auxiliary_device *auxdev)
{
	return container_of(auxdev, struct dmf_filter_device, auxdev);
}

/**
 * dmf_filter_probe - bind a Client as a filter
 * @auxdev: what the device below has published
 * @client: the Client
 *
 * DMF: DMF_DmfFdoSetFilter.
 *
 * Context: the probe of an auxiliary_driver.
 * Return: 0; -EINVAL if @auxdev was not published by a filterable DMF device; or
 * -errno, see dmf_device_probe().
 */
int dmf_filter_probe(struct auxiliary_device *auxdev, struct dmf_client *client)
{
	if (auxdev->dev.release != filter_device_release) {
		dev_err(&auxdev->dev, "is not of a filterable DMF device\n");
		return -EINVAL;
	}
	return dmf_device_probe_filter(&auxdev->dev, client, to_filter_device(auxdev)->lower);
}
EXPORT_SYMBOL_NS_GPL(dmf_filter_probe, DMF);

/**
 * dmf_filter_remove - unbind a Client that is a filter
 * @auxdev: a device that dmf_filter_probe() has bound
 *
 * Context: the remove of an auxiliary_driver.
 */
void dmf_filter_remove(struct auxiliary_device *auxdev)
{
	dmf_device_remove(&auxdev->dev, to_filter_device(auxdev)->lower->gone);
}
EXPORT_SYMBOL_NS_GPL(dmf_filter_remove, DMF);

/**
 * dmf_filter_shutdown - take a filter down because the system goes down
 * @auxdev: a device that dmf_filter_probe() has bound
 *
 * Context: the shutdown of an auxiliary_driver.
 */
void dmf_filter_shutdown(struct auxiliary_device *auxdev)
{
	dmf_device_shutdown(auxiliary_get_drvdata(auxdev));
}
EXPORT_SYMBOL_NS_GPL(dmf_filter_shutdown, DMF);

/* -- What Modules ask -------------------------------------------------------------- */

/**
 * dmf_module_is_in_filter_driver - whether what is not handled goes down
 * @module: the Module
 *
 * DMF: DMF_ModuleIsInFilterDriver.
 *
 * Context: any.
 * Return: true if the device that the Module lives on is a filter. A control
 * device is none, whatever its driver filters.
 */
bool dmf_module_is_in_filter_driver(const struct dmf_module *module)
{
	return module->ddev->lower;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_is_in_filter_driver, DMF);

/**
 * dmf_module_request_complete_or_forward - end a request as a filter should
 * @module: the Module whose handler was called
 * @request: the request
 * @status: 0, or why the operation is refused, negative
 *
 * For a handler that looks at an operation and does nothing if it likes it: its
 * last line is "return dmf_module_request_complete_or_forward(...)". The
 * counterpart in file_create is to set *@status and return
 * "*status || !dmf_module_is_in_filter_driver(module)".
 *
 * DMF: DMF_ModuleRequestCompleteOrForward.
 *
 * Context: the handler of @request, which has not completed or pended it.
 * Return: false if @status is 0 and the Module lives in a filter: the request is
 * not completed, and goes to the next one in line. Otherwise true, and the request
 * is completed with @status.
 */
bool dmf_module_request_complete_or_forward(struct dmf_module *module,
					    struct dmf_request *request, int status)
{
	if (!status && dmf_module_is_in_filter_driver(module) && !dmf_request_taken(request))
		return false;

	dmf_request_complete(request, status);
	return true;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_request_complete_or_forward, DMF);

/**
 * dmf_filter_device_get - the device of the driver that a Module belongs to
 * @module: the Module
 *
 * That is the device that the Module lives on, unless this is a control device:
 * then it is the device of the driver's oldest instance that is bound. It may be
 * unbound at any time; requests to it (dmf_device_internal_ioctl()) end with
 * -ENODEV then.
 *
 * DMF: DMF_FilterDeviceGet.
 *
 * Context: process.
 * Return: the device; the caller owes dmf_device_put(). NULL if a control device
 * has lost its last instance and is about to go.
 */
struct dmf_device *dmf_filter_device_get(const struct dmf_module *module)
{
	struct dmf_device *ddev = module->ddev;

	if (ddev->control)
		return dmf_control_client_device(ddev->control);
	dmf_device_get(ddev);
	return ddev;
}
EXPORT_SYMBOL_NS_GPL(dmf_filter_device_get, DMF);
