/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client Drivers for PCI devices.
 */
#ifndef _LINUX_DMF_PCI_H
#define _LINUX_DMF_PCI_H

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include <linux/dmf/device.h>

/**
 * DOC: Glue for PCI
 *
 * Inline, so that dmf.ko imports no symbol of a bus. The device is enabled by
 * pcim_enable_device(), so pcim_*(), devm_*() and pci_alloc_irq_vectors() of
 * prepare_hardware are undone by the kernel after remove.
 *
 * Runtime PM is forbidden until user space writes "auto" to power/control, as
 * the PCI core has it.
 */

/**
 * dmf_pci_probe - bind a Client to a PCI device
 * @pdev: the device
 * @client: the Client
 *
 * Context: the probe of a pci_driver.
 * Return: 0 or -errno, see dmf_device_probe().
 */
static inline int dmf_pci_probe(struct pci_dev *pdev, struct dmf_client *client)
{
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = dmf_device_probe(&pdev->dev, client);
	if (ret)
		return ret;

	/* The PCI core holds the device awake for drivers that know no runtime PM. */
	pm_runtime_put_noidle(&pdev->dev);
	return 0;
}

/**
 * dmf_pci_remove - unbind a Client from a PCI device
 * @pdev: the device
 *
 * Context: the remove of a pci_driver.
 */
static inline void dmf_pci_remove(struct pci_dev *pdev)
{
	pm_runtime_get_noresume(&pdev->dev);
	dmf_device_remove(&pdev->dev, !pci_device_is_present(pdev));
}

/**
 * dmf_pci_shutdown - take a PCI device down because the system goes down
 * @pdev: the device
 *
 * Context: the shutdown of a pci_driver.
 */
static inline void dmf_pci_shutdown(struct pci_dev *pdev)
{
	dmf_device_shutdown(pci_get_drvdata(pdev));
}

/**
 * dmf_pci_dev - the PCI device that a DMF device is
 * @ddev: a device that dmf_pci_probe() has bound
 *
 * Context: any.
 * Return: the &struct pci_dev; it outlives @ddev.
 */
static inline struct pci_dev *dmf_pci_dev(const struct dmf_device *ddev)
{
	return to_pci_dev(dmf_device_dev(ddev));
}

/**
 * dmf_pci_iomap - claim and map a BAR
 * @ddev: the device
 * @bar: which
 *
 * Context: process; prepare_hardware.
 * Return: the mapping, undone by the kernel after remove; NULL if it cannot be
 * made.
 */
static inline void __iomem *dmf_pci_iomap(struct dmf_device *ddev, int bar)
{
	struct pci_dev *pdev = dmf_pci_dev(ddev);

	if (pcim_iomap_regions(pdev, BIT(bar), dev_name(&pdev->dev)))
		return NULL;
	return pcim_iomap_table(pdev)[bar];
}

/**
 * dmf_pci_request_irq - register the interrupt of a device that has one
 * @ddev: the device
 * @flags: trigger flags; IRQF_SHARED is added if it is a line
 * @interrupt: what to register; irq and flags are ignored
 *
 * A message if the device can, else its line, which others may share. Makes the
 * device a bus master, without which it can send no messages.
 *
 * Context: process; prepare_hardware, once.
 * Return: 0, or the errno of pci_alloc_irq_vectors() or dmf_device_request_irq().
 */
static inline int dmf_pci_request_irq(struct dmf_device *ddev, unsigned long flags,
				      const struct dmf_interrupt *interrupt)
{
	struct pci_dev *pdev = dmf_pci_dev(ddev);
	struct dmf_interrupt line = *interrupt;
	int ret;

	pci_set_master(pdev);
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_ALL_TYPES);
	if (ret < 0)
		return ret;

	line.irq = pci_irq_vector(pdev, 0);
	line.flags = flags;
	if (!pdev->msi_enabled && !pdev->msix_enabled)
		line.flags |= IRQF_SHARED;
	return dmf_device_request_irq(ddev, &line);
}

/**
 * module_dmf_pci_driver - all that a Client Driver for PCI devices needs
 * @_driver: name of the &struct pci_driver that is made
 * @_ids: the table of PCI ids
 * @_ops: the &struct dmf_client_ops
 * @_drvdata_size: size of the driver's own structure, 0 if it has none
 *
 * DMF: DMF_DEFAULT_DRIVERENTRY, DMF_DEFAULT_DEVICEADD, DMF_DEFAULT_DRIVERCLEANUP.
 */
#define module_dmf_pci_driver(_driver, _ids, _ops, _drvdata_size)		\
static struct dmf_client _driver##_client =					\
	DMF_CLIENT_INIT(_driver##_client, _ops, _drvdata_size);			\
static int _driver##_probe(struct pci_dev *pdev, const struct pci_device_id *id) \
{										\
	return dmf_pci_probe(pdev, &_driver##_client);				\
}										\
static struct pci_driver _driver = {						\
	.name		= KBUILD_MODNAME,					\
	.id_table	= _ids,							\
	.probe		= _driver##_probe,					\
	.remove		= dmf_pci_remove,					\
	.shutdown	= dmf_pci_shutdown,					\
	.driver.pm	= pm_ptr(&dmf_pm_ops),					\
};										\
module_pci_driver(_driver);							\
MODULE_DEVICE_TABLE(pci, _ids);							\
MODULE_IMPORT_NS(DMF)

#endif /* _LINUX_DMF_PCI_H */
