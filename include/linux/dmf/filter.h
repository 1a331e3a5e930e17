/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters: drivers on top of another DMF driver's device; and control devices.
 */
#ifndef _LINUX_DMF_FILTER_H
#define _LINUX_DMF_FILTER_H

#include <linux/auxiliary_bus.h>
#include <linux/kconfig.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include <linux/dmf/device.h>

/**
 * DOC: Filters
 *
 * A device is filterable if its Client says so: &struct dmf_client_ops.filterable
 * is &dmf_filterable. It then publishes, as its child on the auxiliary bus, a device
 * named "<the driver's .ko>.filter.<number>", to which a filter's driver binds: a
 * Client Driver with a &struct auxiliary_device_id that reads "dmf_edu.filter" and
 * module_dmf_filter_driver(). A filter may be filterable in turn.
 *
 * The node of the stack is that of the lowest device that has one. Files opened
 * while the filter is bound are open on the filter, and on the device below unless
 * a file_create of the filter has handled the event; files opened before know
 * nothing of the filter. A request goes to the filter's Modules and Client, and if
 * nobody handles it, down. Consumers pull from the streams of the filter and of the
 * devices below, the filter's first; the filter's poll callbacks and those below
 * are all asked. When the filter is unbound files that were opened through it are
 * dead, as if the device had gone, and new ones reach the device below.
 *
 * The filter goes down before the device below and comes up after it: system
 * sleep, shutdown, surprise removal and unbind. It has no runtime PM of its own.
 *
 * Loading a filter's driver is the administrator's decision: the macro makes no
 * alias by which it would be loaded automatically.
 */

/**
 * struct dmf_filterable - how a device is published for filters
 * @init: auxiliary_device_init(), or NULL if the kernel has no auxiliary bus: the
 *	device is not filterable then.
 * @add: __auxiliary_device_add().
 * @modname: the driver's .ko.
 *
 * Here so that it is the Client that imports the auxiliary bus, not dmf.ko.
 */
struct dmf_filterable {
	int (*init)(struct auxiliary_device *auxdev);
	int (*add)(struct auxiliary_device *auxdev, const char *modname);
	const char *modname;
};

/* For &struct dmf_client_ops.filterable. */
static const struct dmf_filterable dmf_filterable __maybe_unused = {
#if IS_ENABLED(CONFIG_AUXILIARY_BUS)
	.init		= auxiliary_device_init,
	.add		= __auxiliary_device_add,
	.modname	= KBUILD_MODNAME,
#endif
};

/**
 * struct dmf_filter_device - what a filterable device publishes
 * @auxdev: the device on the auxiliary bus.
 *
 * Belongs to the core.
 */
struct dmf_filter_device {
	struct auxiliary_device auxdev;
	/* private: */
	struct dmf_device *lower;	/* counted */
};

int dmf_filter_probe(struct auxiliary_device *auxdev, struct dmf_client *client);
void dmf_filter_remove(struct auxiliary_device *auxdev);
void dmf_filter_shutdown(struct auxiliary_device *auxdev);

/**
 * module_dmf_filter_driver - all that a filter's driver needs
 * @_driver: name of the &struct auxiliary_driver that is made
 * @_ids: the table of devices that it filters
 * @_ops: the &struct dmf_client_ops
 * @_drvdata_size: size of the driver's own structure, 0 if it has none
 *
 * DMF: DMF_DmfFdoSetFilter, DMF_DEFAULT_DRIVERENTRY, DMF_DEFAULT_DEVICEADD.
 */
#define module_dmf_filter_driver(_driver, _ids, _ops, _drvdata_size)		\
static struct dmf_client _driver##_client =					\
	DMF_CLIENT_INIT(_driver##_client, _ops, _drvdata_size);			\
static int _driver##_probe(struct auxiliary_device *auxdev,			\
			   const struct auxiliary_device_id *id)		\
{										\
	return dmf_filter_probe(auxdev, &_driver##_client);			\
}										\
static struct auxiliary_driver _driver = {					\
	.id_table	= _ids,							\
	.probe		= _driver##_probe,					\
	.remove		= dmf_filter_remove,					\
	.shutdown	= dmf_filter_shutdown,					\
	.driver.pm	= pm_ptr(&dmf_pm_ops),					\
};										\
module_auxiliary_driver(_driver);						\
MODULE_IMPORT_NS(DMF)

/**
 * DOC: Control devices
 *
 * A driver that shares its device's node with others, as filters do, may want a
 * node of its own for administration: /dev/dmf/<name>. There is one for the driver,
 * made with the first of its devices and gone with the last. Behind it is a device
 * with a Client and Modules of its own; it has no hardware and no power states:
 * Modules on it open at creation, and of the callbacks in &struct dmf_client_ops
 * only those for files and requests, and modules_add, are called.
 */

/**
 * struct dmf_filter_control - the control device of a driver
 *
 * Made by DMF_FILTER_CONTROL_INIT(); no field is for the driver.
 */
struct dmf_filter_control {
	/* private: */
	struct dmf_client client;
	struct mutex lock;		/* one create or delete at a time */
	spinlock_t instances_lock;	/* guards @instances, which @lock alone changes */
	struct list_head instances;	/* the driver's devices */
	struct device *dev;		/* NULL if there is none */
};

/**
 * DMF_FILTER_CONTROL_INIT - initialiser of a &struct dmf_filter_control
 * @_control: the variable
 * @_name: name of the node below /dev/dmf, and of the device below /sys/devices
 * @_ops: the callbacks of the control device
 * @_drvdata_size: size of a structure for it, 0 if it needs none
 */
#define DMF_FILTER_CONTROL_INIT(_control, _name, _ops, _drvdata_size) {		\
	.client = {								\
		.owner = THIS_MODULE,						\
		.name = (_name),						\
		.ops = (_ops),							\
		.drvdata_size = (_drvdata_size),				\
		.instances = IDA_INIT((_control).client.instances),		\
	},									\
	.lock = __MUTEX_INITIALIZER((_control).lock),				\
	.instances_lock = __SPIN_LOCK_UNLOCKED((_control).instances_lock),	\
	.instances = LIST_HEAD_INIT((_control).instances),			\
}

int dmf_filter_control_device_create(struct dmf_device *ddev, struct dmf_filter_control *control);
void dmf_filter_control_device_delete(struct dmf_device *ddev,
				      struct dmf_filter_control *control);

#endif /* _LINUX_DMF_FILTER_H */
