/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client Drivers for platform devices.
 */
#ifndef _LINUX_DMF_PLATFORM_H
#define _LINUX_DMF_PLATFORM_H

#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>

#include <linux/dmf/device.h>

/**
 * DOC: Glue for platform devices
 *
 * Inline, so that dmf.ko imports no symbol of a bus. Runtime PM is enabled and
 * forbidden until user space writes "auto" to power/control, or the Client
 * calls pm_runtime_allow(): a device whose events come by interrupt must not
 * fall asleep because nobody happens to send it requests.
 */

/**
 * dmf_platform_probe - bind a Client to a platform device
 * @pdev: the device
 * @client: the Client
 *
 * Context: the probe of a platform_driver.
 * Return: 0 or -errno, see dmf_device_probe().
 */
static inline int dmf_platform_probe(struct platform_device *pdev, struct dmf_client *client)
{
	struct device *dev = &pdev->dev;
	int ret;

	pm_runtime_get_noresume(dev);
	pm_runtime_set_active(dev);
	pm_runtime_forbid(dev);
	pm_runtime_enable(dev);
	ret = dmf_device_probe(dev, client);
	if (!ret) {
		pm_runtime_put(dev);
		return 0;
	}

	pm_runtime_disable(dev);
	pm_runtime_allow(dev);
	pm_runtime_set_suspended(dev);
	pm_runtime_put_noidle(dev);
	return ret;
}

/**
 * dmf_platform_remove - unbind a Client from a platform device
 * @pdev: the device
 *
 * Context: the remove of a platform_driver.
 */
static inline void dmf_platform_remove(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;

	pm_runtime_get_sync(dev);
	dmf_device_remove(dev, false);
	pm_runtime_disable(dev);
	pm_runtime_allow(dev);
	pm_runtime_set_suspended(dev);
	pm_runtime_put_noidle(dev);
}

/**
 * dmf_platform_shutdown - take a platform device down because the system goes down
 * @pdev: the device
 *
 * Context: the shutdown of a platform_driver.
 */
static inline void dmf_platform_shutdown(struct platform_device *pdev)
{
	dmf_device_shutdown(&pdev->dev);
}

/**
 * module_dmf_platform_driver - all that a Client Driver for platform devices needs
 * @_driver: name of the &struct platform_driver that is made
 * @_of_ids: the table of device tree ids, or NULL
 * @_ops: the &struct dmf_client_ops
 * @_drvdata_size: size of the driver's own structure, 0 if it has none
 *
 * DMF: DMF_DEFAULT_DRIVERENTRY, DMF_DEFAULT_DEVICEADD, DMF_DEFAULT_DRIVERCLEANUP.
 */
#define module_dmf_platform_driver(_driver, _of_ids, _ops, _drvdata_size)	\
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
		.name		= KBUILD_MODNAME,				\
		.of_match_table	= _of_ids,					\
		.pm		= pm_ptr(&dmf_pm_ops),				\
	},									\
};										\
module_platform_driver(_driver);						\
MODULE_IMPORT_NS(DMF)

#endif /* _LINUX_DMF_PLATFORM_H */
