/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client Drivers for SPI devices.
 */
#ifndef _LINUX_DMF_SPI_H
#define _LINUX_DMF_SPI_H

#include <linux/module.h>
#include <linux/spi/spi.h>

#include <linux/dmf/bus.h>

/**
 * DOC: Glue for SPI devices
 *
 * Inline, so that dmf.ko imports no symbol of a bus. Runtime PM is forbidden until
 * it is allowed, see bus.h; it is that of the device alone, the controller has its
 * own. The bus cannot tell whether the hardware is there: surprise_removal is not
 * called.
 */

/**
 * dmf_spi_probe - bind a Client to an SPI device
 * @spi: the device
 * @client: the Client
 *
 * Context: the probe of an spi_driver.
 * Return: 0 or -errno, see dmf_bus_probe().
 */
static inline int dmf_spi_probe(struct spi_device *spi, struct dmf_client *client)
{
	return dmf_bus_probe(&spi->dev, client);
}

/**
 * dmf_spi_remove - unbind a Client from an SPI device
 * @spi: the device
 *
 * Context: the remove of an spi_driver.
 */
static inline void dmf_spi_remove(struct spi_device *spi)
{
	dmf_bus_remove(&spi->dev, false);
}

/**
 * dmf_spi_shutdown - take an SPI device down because the system goes down
 * @spi: the device
 *
 * Context: the shutdown of an spi_driver.
 */
static inline void dmf_spi_shutdown(struct spi_device *spi)
{
	dmf_device_shutdown(spi_get_drvdata(spi));
}

/**
 * dmf_spi_dev - the SPI device that a DMF device is
 * @ddev: a device that dmf_spi_probe() has bound
 *
 * Context: any.
 * Return: the &struct spi_device; it outlives @ddev.
 */
static inline struct spi_device *dmf_spi_dev(const struct dmf_device *ddev)
{
	return to_spi_device(dmf_device_dev(ddev));
}

/**
 * module_dmf_spi_driver - all that a Client Driver for SPI devices needs
 * @_driver: name of the &struct spi_driver that is made
 * @_ids: the table of SPI ids
 * @_ops: the &struct dmf_client_ops
 * @_drvdata_size: size of the driver's own structure, 0 if it has none
 *
 * A driver with tables of device tree or ACPI ids, too, writes its &struct
 * spi_driver itself and calls the functions above.
 *
 * DMF: DMF_DEFAULT_DRIVERENTRY, DMF_DEFAULT_DEVICEADD, DMF_DEFAULT_DRIVERCLEANUP.
 */
#define module_dmf_spi_driver(_driver, _ids, _ops, _drvdata_size)		\
static struct dmf_client _driver##_client =					\
	DMF_CLIENT_INIT(_driver##_client, _ops, _drvdata_size);			\
static int _driver##_probe(struct spi_device *spi)				\
{										\
	return dmf_spi_probe(spi, &_driver##_client);				\
}										\
static struct spi_driver _driver = {						\
	.id_table	= _ids,							\
	.probe		= _driver##_probe,					\
	.remove		= dmf_spi_remove,					\
	.shutdown	= dmf_spi_shutdown,					\
	.driver = {								\
		.name	= KBUILD_MODNAME,					\
		.pm	= pm_ptr(&dmf_pm_ops),					\
	},									\
};										\
module_spi_driver(_driver);							\
MODULE_DEVICE_TABLE(spi, _ids);							\
MODULE_IMPORT_NS(DMF)

#endif /* _LINUX_DMF_SPI_H */
