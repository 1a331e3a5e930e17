// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queries: somebody would like to remove or stop the device, or to know what is
 * below it. Linux itself never asks; whoever is about to do it may, and then does
 * it or not.
 *
 * They go the way of the events on the way down: the Client, then Modules, a
 * parent before its children, the latest first. The first that objects ends the
 * query; nobody is told of its end, as nothing was done.
 *
 * A query runs inside the device's file gate, so no Module goes meanwhile. It may
 * run at the same time as any other event.
 */
#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

#include "internal.h"

static int query(struct dmf_device *ddev, enum dmf_event_id id,
		 int (*of_client)(struct dmf_device *ddev),
		 int (*of_module)(struct dmf_module *module))
{
	struct dmf_list *list = &ddev->events[id];
	u64 begin = dmf_device_event_begin();
	unsigned int i = list->count;
	int ret;

	if (!dmf_gate_enter(&ddev->file_gate))
		return -ENODEV;
	ret = of_client(ddev);
	while (i-- && !ret)
		ret = of_module(list->modules[i]);
	dmf_device_event_end(ddev, dmf_event_name(id), READ_ONCE(ddev->power), begin, ret);
	dmf_gate_leave(&ddev->file_gate);
	return WARN_ON(ret > 0) ? -EBUSY : ret;
}

static int client_query_remove(struct dmf_device *ddev)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	return ops->query_remove ? ops->query_remove(ddev) : 0;
}

static int module_query_remove(struct dmf_module *module)
{
	return dmf_event_ask(module, "query_remove", module->desc->ops->query_remove);
}

/**
 * dmf_device_query_remove - ask whether a device may be unbound
 * @ddev: the device, which the caller knows to exist
 *
 * Nothing is done: who asks unbinds the device then, or does not. User space asks
 * by writing 1 to the device's attribute remove_request.
 *
 * DMF: EvtDeviceQueryRemove.
 *
 * Context: process, may sleep; not within a callback for a file or request.
 * Return: 0 if nobody objects, -ENODEV if the device is being unbound, or the
 * errno of the objection.
 */
int dmf_device_query_remove(struct dmf_device *ddev)
{
	return query(ddev, DMF_EVENT_QUERY_REMOVE, client_query_remove, module_query_remove);
}
EXPORT_SYMBOL_NS_GPL(dmf_device_query_remove, DMF);

static int client_query_stop(struct dmf_device *ddev)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	return ops->query_stop ? ops->query_stop(ddev) : 0;
}

static int module_query_stop(struct dmf_module *module)
{
	return dmf_event_ask(module, "query_stop", module->desc->ops->query_stop);
}

/**
 * dmf_device_query_stop - ask whether a device may be stopped for a while
 * @ddev: the device, which the caller knows to exist
 *
 * DMF: EvtDeviceQueryStop.
 *
 * Context: process, may sleep; not within a callback for a file or request.
 * Return: as dmf_device_query_remove().
 */
int dmf_device_query_stop(struct dmf_device *ddev)
{
	return query(ddev, DMF_EVENT_QUERY_STOP, client_query_stop, module_query_stop);
}
EXPORT_SYMBOL_NS_GPL(dmf_device_query_stop, DMF);

/**
 * dmf_device_rescan - have a device look again for what is below it
 * @ddev: the device, which the caller knows to exist
 * @relation: what to look for
 *
 * DMF: EvtDeviceRelationsQuery.
 *
 * Context: process, may sleep; not within a callback for a file or request.
 */
void dmf_device_rescan(struct dmf_device *ddev, enum dmf_relation relation)
{
	struct dmf_list *list = &ddev->events[DMF_EVENT_RELATIONS_QUERY];
	u64 begin = dmf_device_event_begin(), module_begin;
	unsigned int i = list->count;

	if (!dmf_gate_enter(&ddev->file_gate))
		return;
	if (ddev->client->ops->relations_query)
		ddev->client->ops->relations_query(ddev, relation);
	while (i--) {
		module_begin = dmf_event_begin();
		list->modules[i]->desc->ops->relations_query(list->modules[i], relation);
		dmf_event_end(list->modules[i], "relations_query", module_begin, 0);
	}
	dmf_device_event_end(ddev, "relations_query", READ_ONCE(ddev->power), begin, 0);
	dmf_gate_leave(&ddev->file_gate);
}
EXPORT_SYMBOL_NS_GPL(dmf_device_rescan, DMF);

/* -- The question of user space -------------------------------------------------- */

static ssize_t remove_request_store(struct device *dev, struct device_attribute *attribute,
				    const char *text, size_t length)
{
	struct dmf_device *ddev = container_of(attribute, struct dmf_device, remove_request);
	bool ask;
	int ret;

	ret = kstrtobool(text, &ask);
	if (ret)
		return ret;
	if (!ask)
		return -EINVAL;
	return dmf_device_query_remove(ddev) ?: length;
}

/* Make the attribute; a device works without. */
void dmf_query_add(struct dmf_device *ddev)
{
	struct device_attribute *attribute = &ddev->remove_request;

	sysfs_attr_init(&attribute->attr);
	attribute->attr.name = "remove_request";
	attribute->attr.mode = 0200;
	attribute->store = remove_request_store;
	ddev->remove_request_added = !device_create_file(ddev->dev, attribute);
}

/* When this returns nobody asks any more. */
void dmf_query_remove(struct dmf_device *ddev)
{
	if (ddev->remove_request_added)
		device_remove_file(ddev->dev, &ddev->remove_request);
}
