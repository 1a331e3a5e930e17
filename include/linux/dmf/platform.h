/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client Drivers for platform devices: those made by code, and those that the
 * device tree or ACPI enumerates.
 */
#ifndef _LINUX_DMF_PLATFORM_H
#define _LINUX_DMF_PLATFORM_H

#include <linux/acpi.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include <linux/dmf/bus.h>

/**
 * DOC: Glue for platform devices
 *
 * Inline, so that dmf.ko imports no symbol of a bus. Runtime PM is forbidden until
 * it is allowed, see bus.h. The bus cannot tell whether the hardware is there:
 * surprise_removal is not called.
 */

/**
 * dmf_platform_probe - bind a Client to a platform device
 * @pdev: the device
 * @client: the Client
 *
 * Context: the probe of a platform_driver.
 * Return: 0 or -errno, see dmf_bus_probe().
 */
static inline int dmf_platform_probe(struct platform_device *pdev, struct dmf_client *client)
{
	return dmf_bus_probe(&pdev->dev, client);
}

/**
 * dmf_platform_remove - unbind a Client from a platform device
 * @pdev: the device
 *
 * Context: the remove of a platform_driver.
 */
static inline void dmf_platform_remove(struct platform_device *pdev)
{
	dmf_bus_remove(&pdev->dev, false);
}

/**
 * dmf_platform_shutdown - take a platform device down because the system goes down
 * @pdev: the device
 *
 * Context: the shutdown of a platform_driver.
 */
static inline void dmf_platform_shutdown(struct platform_device *pdev)
{
	dmf_device_shutdown(platform_get_drvdata(pdev));
}

/**
 * dmf_platform_dev - the platform device that a DMF device is
 * @ddev: a device that dmf_platform_probe() has bound
 *
 * Context: any.
 * Return: the &struct platform_device; it outlives @ddev.
 */
static inline struct platform_device *dmf_platform_dev(const struct dmf_device *ddev)
{
	return to_platform_device(dmf_device_dev(ddev));
}

/* What the macros below have in common. @_alias: what modprobe finds the .ko by. */
#define __module_dmf_platform_driver(_driver, _of_ids, _acpi_ids, _alias, _ops, _drvdata_size) \
static struct dmf_client _driver##_client =					\
	DMF_CLIENT_INIT(_driver##_client, _ops, _drvdata_size);			\
static int _driver##_probe(struct platform_device *pdev)			\
{										\
	return dmf_platform_probe(pdev, &_driver##_client);			\
}										\
static struct platform_driver _driver = {					\
	.probe		= _driver##_probe,					\
	.remove_new	= dmf_platform_remove,					\
	.shutdown	= dmf_platform_shutdown,				\
	.driver = {								\
		.name			= KBUILD_MODNAME,			\
		.of_match_table		= _of_ids,				\
		.acpi_match_table	= _acpi_ids,				\
		.pm			= pm_ptr(&dmf_pm_ops),			\
	},									\
};										\
module_platform_driver(_driver);						\
_alias;										\
MODULE_IMPORT_NS(DMF)

/**
 * module_dmf_platform_driver - all that a Client Driver for platform devices needs
 * @_driver: name of the &struct platform_driver that is made
 * @_of_ids: the table of device tree ids, which the driver also gives to
 *	MODULE_DEVICE_TABLE(), or NULL
 * @_ops: the &struct dmf_client_ops
 * @_drvdata_size: size of the driver's own structure, 0 if it has none
 *
 * Devices that have the name of the driver's .ko match, too.
 *
 * DMF: DMF_DEFAULT_DRIVERENTRY, DMF_DEFAULT_DEVICEADD, DMF_DEFAULT_DRIVERCLEANUP.
 */
#define module_dmf_platform_driver(_driver, _of_ids, _ops, _drvdata_size)	\
	__module_dmf_platform_driver(_driver, _of_ids, NULL,			\
				     MODULE_ALIAS("platform:" KBUILD_MODNAME),	\
				     _ops, _drvdata_size)

/**
 * module_dmf_acpi_driver - the same for platform devices that ACPI enumerates
 * @_driver: name of the &struct platform_driver that is made
 * @_acpi_ids: the table of ACPI ids
 * @_ops: the &struct dmf_client_ops
 * @_drvdata_size: size of the driver's own structure, 0 if it has none
 *
 * ACPI_COMPANION() of the &struct device is the device in ACPI's namespace.
 *
 * DMF: DMF_DEFAULT_DRIVERENTRY, DMF_DEFAULT_DEVICEADD, DMF_DEFAULT_DRIVERCLEANUP.
 */
#define module_dmf_acpi_driver(_driver, _acpi_ids, _ops, _drvdata_size)		\
	__module_dmf_platform_driver(_driver, NULL, ACPI_PTR(_acpi_ids),	\
				     MODULE_DEVICE_TABLE(acpi, _acpi_ids),	\
				     _ops, _drvdata_size)

#endif /* _LINUX_DMF_PLATFORM_H */
