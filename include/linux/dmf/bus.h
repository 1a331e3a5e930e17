/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the glue of several buses shares. Drivers include the header of their bus.
 */
#ifndef _LINUX_DMF_BUS_H
#define _LINUX_DMF_BUS_H

#include <linux/pm_runtime.h>

#include <linux/dmf/device.h>

/**
 * DOC: Buses that leave runtime PM to their drivers
 *
 * The platform, I2C, SPI and auxiliary buses neither enable runtime PM nor hold
 * a device awake while it is bound. Here it is enabled and forbidden until user
 * space writes "auto" to power/control, or the Client calls pm_runtime_allow():
 * a device whose events come by interrupt must not fall asleep because nobody
 * happens to send it requests.
 */

/**
 * dmf_bus_probe - bind a Client to a device of such a bus
 * @dev: the device
 * @client: the Client
 *
 * Context: process, may sleep; the probe of the bus.
 * Return: 0, the errno of pm_runtime_set_active() if the parent sleeps and cannot be
 * woken, or an errno of dmf_device_probe().
 */
static inline int dmf_bus_probe(struct device *dev, struct dmf_client *client)
{
	int ret;

	pm_runtime_get_noresume(dev);
	ret = pm_runtime_set_active(dev);
	if (ret)
		goto put;
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
put:
	pm_runtime_put_noidle(dev);
	return ret;
}

/**
 * dmf_bus_remove - unbind a Client from a device of such a bus
 * @dev: the device
 * @hardware_gone: true if the hardware is not there any more
 *
 * Context: process, may sleep; the remove of the bus.
 */
static inline void dmf_bus_remove(struct device *dev, bool hardware_gone)
{
	pm_runtime_get_sync(dev);
	dmf_device_remove(dev, hardware_gone);
	pm_runtime_disable(dev);
	pm_runtime_allow(dev);
	pm_runtime_set_suspended(dev);
	pm_runtime_put_noidle(dev);
}

#endif /* _LINUX_DMF_BUS_H */
