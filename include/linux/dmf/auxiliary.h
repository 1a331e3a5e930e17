/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client Drivers for auxiliary devices: parts of a device that another driver has
 * bound.
 */
#ifndef _LINUX_DMF_AUXILIARY_H
#define _LINUX_DMF_AUXILIARY_H

#include <linux/auxiliary_bus.h>
#include <linux/module.h>

#include <linux/dmf/bus.h>

/**
 * DOC: Glue for auxiliary devices
 *
 * Inline, so that dmf.ko imports no symbol of a bus. Runtime PM is forbidden until
 * it is allowed, see bus.h; an auxiliary device that is awake keeps its parent
 * awake. The bus calls suspend and resume for hibernation, too: which it is the
 * core asks elsewhere. Whether the hardware is there only the parent's driver
 * knows: surprise_removal is not called.
 */

/**
 * dmf_auxiliary_probe - bind a Client to an auxiliary device
 * @auxdev: the device
 * @client: the Client
 *
 * Context: the probe of an auxiliary_driver.
 * Return: 0 or -errno, see dmf_bus_probe().
 */
static inline int dmf_auxiliary_probe(struct auxiliary_device *auxdev, struct dmf_client *client)
{
	return dmf_bus_probe(&auxdev->dev, client);
}

/**
 * dmf_auxiliary_remove - unbind a Client from an auxiliary device
 * @auxdev: the device
 *
 * Context: the remove of an auxiliary_driver.
 */
static inline void dmf_auxiliary_remove(struct auxiliary_device *auxdev)
{
	dmf_bus_remove(&auxdev->dev, false);
}

/**
 * dmf_auxiliary_shutdown - take an auxiliary device down because the system goes down
 * @auxdev: the device
 *
 * Context: the shutdown of an auxiliary_driver.
 */
static inline void dmf_auxiliary_shutdown(struct auxiliary_device *auxdev)
{
	dmf_device_shutdown(auxiliary_get_drvdata(auxdev));
}

/**
 * dmf_auxiliary_dev - the auxiliary device that a DMF device is
 * @ddev: a device that dmf_auxiliary_probe() has bound
 *
 * Context: any.
 * Return: the &struct auxiliary_device; it outlives @ddev.
 */
static inline struct auxiliary_device *dmf_auxiliary_dev(const struct dmf_device *ddev)
{
	return to_auxiliary_dev(dmf_device_dev(ddev));
}

/**
 * module_dmf_auxiliary_driver - all that a Client Driver for auxiliary devices needs
 * @_driver: name of the &struct auxiliary_driver that is made
 * @_ids: the table of auxiliary ids, "<parent's .ko>.<name>"
 * @_ops: the &struct dmf_client_ops
 * @_drvdata_size: size of the driver's own structure, 0 if it has none
 *
 * DMF: DMF_DEFAULT_DRIVERENTRY, DMF_DEFAULT_DEVICEADD, DMF_DEFAULT_DRIVERCLEANUP.
 */
#define module_dmf_auxiliary_driver(_driver, _ids, _ops, _drvdata_size)		\
static struct dmf_client _driver##_client =					\
	DMF_CLIENT_INIT(_driver##_client, _ops, _drvdata_size);			\
static int _driver##_probe(struct auxiliary_device *auxdev,			\
			   const struct auxiliary_device_id *id)		\
{										\
	return dmf_auxiliary_probe(auxdev, &_driver##_client);			\
}										\
static struct auxiliary_driver _driver = {					\
	.id_table	= _ids,							\
	.probe		= _driver##_probe,					\
	.remove		= dmf_auxiliary_remove,					\
	.shutdown	= dmf_auxiliary_shutdown,				\
	.driver.pm	= pm_ptr(&dmf_pm_ops),					\
};										\
module_auxiliary_driver(_driver);						\
MODULE_DEVICE_TABLE(auxiliary, _ids);						\
MODULE_IMPORT_NS(DMF)

#endif /* _LINUX_DMF_AUXILIARY_H */
