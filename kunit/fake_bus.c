// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices on buses. The adapter, the controller and the parents are fakes; PCI
 * and ACPI devices are those that QEMU has: edu, and what holds its configuration.
 */
#include <linux/slab.h>

#include "fake_bus.h"

/* The macros of the glue make the drivers; when they are registered the test says. */
#include <linux/dmf/platform.h>
#undef module_platform_driver
#define module_platform_driver(_driver)		struct fake_bus

#ifdef CONFIG_PCI
#include <linux/dmf/pci.h>
#undef module_pci_driver
#define module_pci_driver(_driver)		struct fake_bus
#endif

#ifdef CONFIG_AUXILIARY_BUS
#include <linux/dmf/auxiliary.h>
#undef module_auxiliary_driver
#define module_auxiliary_driver(_driver)	struct fake_bus
#endif

#if IS_REACHABLE(CONFIG_I2C)
#include <linux/dmf/i2c.h>
#undef module_i2c_driver
#define module_i2c_driver(_driver)		struct fake_bus
#endif

#if IS_ENABLED(CONFIG_SPI)
#include <linux/dmf/spi.h>
#undef module_spi_driver
#define module_spi_driver(_driver)		struct fake_bus
#endif

/* -- The Client -------------------------------------------------------------- */

struct bus_log bus_log;

static void bus_ring(struct dmf_doorbell *bell)
{
	bus_log.rings++;
}

static int bus_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_doorbell_config config = { .ring = bus_ring };

	bus_log.ddev = ddev;
	return dmf_doorbell_add(init, &config, NULL, &bus_log.bell);
}

static int bus_prepare_hardware(struct dmf_device *ddev)
{
	bus_log.prepares++;
	return bus_log.fail_prepare;
}

static void bus_release_hardware(struct dmf_device *ddev)
{
	bus_log.releases++;
}

static int bus_d0_entry(struct dmf_device *ddev, enum dmf_power previous)
{
	bus_log.entries++;
	bus_log.previous = previous;
	return bus_log.fail_entry;
}

static int bus_d0_exit(struct dmf_device *ddev, enum dmf_power target)
{
	bus_log.exits++;
	bus_log.target = target;
	return bus_log.fail_exit;
}

static void bus_surprise_removal(struct dmf_device *ddev)
{
	bus_log.surprises++;
}

static bool bus_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	return false;
}

const struct dmf_client_ops bus_client_ops = {
	.modules_add		= bus_modules_add,
	.prepare_hardware	= bus_prepare_hardware,
	.release_hardware	= bus_release_hardware,
	.d0_entry		= bus_d0_entry,
	.d0_exit		= bus_d0_exit,
	.surprise_removal	= bus_surprise_removal,
	.device_io_control	= bus_device_io_control,
};

/* -- Platform, made by code -------------------------------------------------- */

module_dmf_platform_driver(fake_platform, NULL, &bus_client_ops, 16);

static struct platform_device *fake_pdev;

static int platform_add(void)
{
	int ret = platform_driver_register(&fake_platform);

	if (ret)
		return ret;

	fake_pdev = platform_device_register_simple(KBUILD_MODNAME, PLATFORM_DEVID_NONE, NULL, 0);
	if (!IS_ERR(fake_pdev))
		return 0;
	platform_driver_unregister(&fake_platform);
	return PTR_ERR(fake_pdev);
}

static void platform_remove(void)
{
	platform_device_unregister(fake_pdev);
	platform_driver_unregister(&fake_platform);
}

static struct device *platform_accessor(const struct dmf_device *ddev)
{
	return &dmf_platform_dev(ddev)->dev;
}

static const struct fake_bus fake_platform_bus = {
	"platform", platform_add, platform_remove, platform_accessor,
};

/* -- Platform, enumerated by ACPI -------------------------------------------- */

#ifdef CONFIG_ACPI
static const struct acpi_device_id fake_acpi_ids[] = {
	{ "QEMU0002" }, { }
};

module_dmf_acpi_driver(fake_acpi, fake_acpi_ids, &bus_client_ops, 16);

static int acpi_add(void)
{
	return platform_driver_register(&fake_acpi);
}

static void acpi_remove(void)
{
	platform_driver_unregister(&fake_acpi);
}

static const struct fake_bus fake_acpi_bus = {
	"acpi", acpi_add, acpi_remove, platform_accessor,
};
#endif

/* -- PCI --------------------------------------------------------------------- */

#ifdef CONFIG_PCI
static const struct pci_device_id fake_pci_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) }, { }
};

module_dmf_pci_driver(fake_pci, fake_pci_ids, &bus_client_ops, 16);

static int pci_add(void)
{
	return pci_register_driver(&fake_pci);
}

static void pci_remove(void)
{
	pci_unregister_driver(&fake_pci);
}

static struct device *pci_accessor(const struct dmf_device *ddev)
{
	return &dmf_pci_dev(ddev)->dev;
}

static const struct fake_bus fake_pci_bus = {
	"pci", pci_add, pci_remove, pci_accessor,
};
#endif

/* -- Auxiliary --------------------------------------------------------------- */

#ifdef CONFIG_AUXILIARY_BUS
static const struct auxiliary_device_id fake_auxiliary_ids[] = {
	{ .name = KBUILD_MODNAME ".part" }, { }
};

module_dmf_auxiliary_driver(fake_auxiliary, fake_auxiliary_ids, &bus_client_ops, 16);

static struct auxiliary_device *fake_auxdev;
static struct device *fake_auxdev_parent;

static void auxiliary_release(struct device *dev)
{
	kfree(to_auxiliary_dev(dev));
}

static int auxiliary_device_make(void)
{
	int ret;

	fake_auxdev = kzalloc(sizeof(*fake_auxdev), GFP_KERNEL);
	if (!fake_auxdev)
		return -ENOMEM;

	fake_auxdev->name = "part";
	fake_auxdev->dev.parent = fake_auxdev_parent;
	fake_auxdev->dev.release = auxiliary_release;
	ret = auxiliary_device_init(fake_auxdev);
	if (ret) {
		kfree(fake_auxdev);
		return ret;
	}
	ret = auxiliary_device_add(fake_auxdev);
	if (ret)
		auxiliary_device_uninit(fake_auxdev);
	return ret;
}

static int auxiliary_add(void)
{
	int ret = auxiliary_driver_register(&fake_auxiliary);

	if (ret)
		return ret;

	fake_auxdev_parent = root_device_register("dmf-kunit-parent");
	ret = PTR_ERR_OR_ZERO(fake_auxdev_parent);
	if (ret)
		goto unregister_driver;
	ret = auxiliary_device_make();
	if (ret)
		goto unregister_parent;
	return 0;

unregister_parent:
	root_device_unregister(fake_auxdev_parent);
unregister_driver:
	auxiliary_driver_unregister(&fake_auxiliary);
	return ret;
}

static void auxiliary_remove(void)
{
	auxiliary_device_delete(fake_auxdev);
	auxiliary_device_uninit(fake_auxdev);
	root_device_unregister(fake_auxdev_parent);
	auxiliary_driver_unregister(&fake_auxiliary);
}

static struct device *auxiliary_accessor(const struct dmf_device *ddev)
{
	return &dmf_auxiliary_dev(ddev)->dev;
}

static const struct fake_bus fake_auxiliary_bus = {
	"auxiliary", auxiliary_add, auxiliary_remove, auxiliary_accessor,
};
#endif

/* -- I2C --------------------------------------------------------------------- */

#if IS_REACHABLE(CONFIG_I2C)
static const struct i2c_device_id fake_i2c_ids[] = {
	{ "dmf-kunit" }, { }
};

module_dmf_i2c_driver(fake_i2c, fake_i2c_ids, &bus_client_ops, 16);

static int fake_i2c_xfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, int count)
{
	return count;
}

static u32 fake_i2c_functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C;
}

static const struct i2c_algorithm fake_i2c_algorithm = {
	.master_xfer	= fake_i2c_xfer,
	.functionality	= fake_i2c_functionality,
};

static struct i2c_adapter *fake_i2c_adapter;

static int i2c_adapter_make(void)
{
	int ret;

	fake_i2c_adapter = kzalloc(sizeof(*fake_i2c_adapter), GFP_KERNEL);
	if (!fake_i2c_adapter)
		return -ENOMEM;

	fake_i2c_adapter->owner = THIS_MODULE;
	fake_i2c_adapter->algo = &fake_i2c_algorithm;
	strscpy(fake_i2c_adapter->name, "dmf-kunit", sizeof(fake_i2c_adapter->name));
	ret = i2c_add_adapter(fake_i2c_adapter);
	if (ret)
		kfree(fake_i2c_adapter);
	return ret;
}

static void i2c_adapter_free(void)
{
	i2c_del_adapter(fake_i2c_adapter);
	kfree(fake_i2c_adapter);
}

static int i2c_add(void)
{
	const struct i2c_board_info info = { I2C_BOARD_INFO("dmf-kunit", 0x50) };
	struct i2c_client *i2c;
	int ret;

	ret = i2c_adapter_make();
	if (ret)
		return ret;
	i2c = i2c_new_client_device(fake_i2c_adapter, &info);
	ret = PTR_ERR_OR_ZERO(i2c) ?: i2c_add_driver(&fake_i2c);
	if (ret)
		i2c_adapter_free();
	return ret;
}

/* The adapter takes its devices with it. */
static void i2c_remove(void)
{
	i2c_adapter_free();
	i2c_del_driver(&fake_i2c);
}

static struct device *i2c_accessor(const struct dmf_device *ddev)
{
	return &dmf_i2c_dev(ddev)->dev;
}

static const struct fake_bus fake_i2c_bus = {
	"i2c", i2c_add, i2c_remove, i2c_accessor,
};
#endif

/* -- SPI --------------------------------------------------------------------- */

#if IS_ENABLED(CONFIG_SPI)
static const struct spi_device_id fake_spi_ids[] = {
	{ "dmf-kunit" }, { }
};

module_dmf_spi_driver(fake_spi, fake_spi_ids, &bus_client_ops, 16);

static int fake_spi_transfer(struct spi_controller *controller, struct spi_device *spi,
			     struct spi_transfer *transfer)
{
	return 0;
}

static struct device *fake_spi_parent;
static struct spi_controller *fake_spi_controller;

static int spi_controller_make(void)
{
	int ret;

	fake_spi_controller = spi_alloc_host(fake_spi_parent, 0);
	if (!fake_spi_controller)
		return -ENOMEM;

	fake_spi_controller->bus_num = -1;
	fake_spi_controller->num_chipselect = 1;
	fake_spi_controller->transfer_one = fake_spi_transfer;
	ret = spi_register_controller(fake_spi_controller);
	if (ret)
		spi_controller_put(fake_spi_controller);
	return ret;
}

static int spi_add(void)
{
	struct spi_board_info info = { .modalias = "dmf-kunit", .max_speed_hz = 1000000 };
	int ret;

	fake_spi_parent = root_device_register("dmf-kunit-parent");
	if (IS_ERR(fake_spi_parent))
		return PTR_ERR(fake_spi_parent);
	ret = spi_controller_make();
	if (ret)
		goto unregister_parent;
	ret = spi_new_device(fake_spi_controller, &info) ? spi_register_driver(&fake_spi) : -ENODEV;
	if (ret)
		goto unregister_controller;
	return 0;

unregister_controller:
	spi_unregister_controller(fake_spi_controller);
unregister_parent:
	root_device_unregister(fake_spi_parent);
	return ret;
}

/* The controller takes its devices with it. */
static void spi_remove(void)
{
	spi_unregister_controller(fake_spi_controller);
	root_device_unregister(fake_spi_parent);
	spi_unregister_driver(&fake_spi);
}

static struct device *spi_accessor(const struct dmf_device *ddev)
{
	return &dmf_spi_dev(ddev)->dev;
}

static const struct fake_bus fake_spi_bus = {
	"spi", spi_add, spi_remove, spi_accessor,
};
#endif

const struct fake_bus * const fake_buses[] = {
	&fake_platform_bus,
#ifdef CONFIG_ACPI
	&fake_acpi_bus,
#endif
#ifdef CONFIG_PCI
	&fake_pci_bus,
#endif
#ifdef CONFIG_AUXILIARY_BUS
	&fake_auxiliary_bus,
#endif
#if IS_REACHABLE(CONFIG_I2C)
	&fake_i2c_bus,
#endif
#if IS_ENABLED(CONFIG_SPI)
	&fake_spi_bus,
#endif
	NULL
};
