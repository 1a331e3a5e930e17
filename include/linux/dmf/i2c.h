/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client Drivers for I2C devices.
 */
#ifndef _LINUX_DMF_I2C_H
#define _LINUX_DMF_I2C_H

#include <linux/i2c.h>
#include <linux/module.h>

#include <linux/dmf/bus.h>
#include <linux/dmf/compat.h>

/**
 * DOC: Glue for I2C devices
 *
 * Inline, so that dmf.ko imports no symbol of a bus. Runtime PM is forbidden until
 * it is allowed, see bus.h; it is that of the device alone, the adapter has its
 * own. The bus cannot tell whether the hardware is there: surprise_removal is not
 * called.
 */

/**
 * dmf_i2c_probe - bind a Client to an I2C device
 * @i2c: the device
 * @client: the Client
 *
 * Context: the probe of an i2c_driver.
 * Return: 0 or -errno, see dmf_bus_probe().
 */
static inline int dmf_i2c_probe(struct i2c_client *i2c, struct dmf_client *client)
{
	return dmf_bus_probe(&i2c->dev, client);
}

/**
 * dmf_i2c_remove - unbind a Client from an I2C device
 * @i2c: the device
 *
 * Context: the remove of an i2c_driver.
 */
static inline void dmf_i2c_remove(struct i2c_client *i2c)
{
	dmf_bus_remove(&i2c->dev, false);
}

/**
 * dmf_i2c_shutdown - take an I2C device down because the system goes down
 * @i2c: the device
 *
 * Context: the shutdown of an i2c_driver.
 */
static inline void dmf_i2c_shutdown(struct i2c_client *i2c)
{
	dmf_device_shutdown(i2c_get_clientdata(i2c));
}

/**
 * dmf_i2c_dev - the I2C device that a DMF device is
 * @ddev: a device that dmf_i2c_probe() has bound
 *
 * Context: any.
 * Return: the &struct i2c_client; it outlives @ddev.
 */
static inline struct i2c_client *dmf_i2c_dev(const struct dmf_device *ddev)
{
	return to_i2c_client(dmf_device_dev(ddev));
}

/**
 * module_dmf_i2c_driver - all that a Client Driver for I2C devices needs
 * @_driver: name of the &struct i2c_driver that is made
 * @_ids: the table of I2C ids, which device tree nodes match without their
 *	vendor
 * @_ops: the &struct dmf_client_ops
 * @_drvdata_size: size of the driver's own structure, 0 if it has none
 *
 * A driver with tables of device tree or ACPI ids, too, writes its &struct
 * i2c_driver itself and calls the functions above.
 *
 * DMF: DMF_DEFAULT_DRIVERENTRY, DMF_DEFAULT_DEVICEADD, DMF_DEFAULT_DRIVERCLEANUP.
 */
#define module_dmf_i2c_driver(_driver, _ids, _ops, _drvdata_size)		\
static struct dmf_client _driver##_client =					\
	DMF_CLIENT_INIT(_driver##_client, _ops, _drvdata_size);			\
static int _driver##_probe(struct i2c_client *i2c)				\
{										\
	return dmf_i2c_probe(i2c, &_driver##_client);				\
}										\
static struct i2c_driver _driver = {						\
	.id_table		= _ids,						\
	.dmf_i2c_driver_probe	= _driver##_probe,				\
	.remove			= dmf_i2c_remove,				\
	.shutdown		= dmf_i2c_shutdown,				\
	.driver = {								\
		.name	= KBUILD_MODNAME,					\
		.pm	= pm_ptr(&dmf_pm_ops),					\
	},									\
};										\
module_i2c_driver(_driver);							\
MODULE_DEVICE_TABLE(i2c, _ids);							\
MODULE_IMPORT_NS(DMF)

#endif /* _LINUX_DMF_I2C_H */
