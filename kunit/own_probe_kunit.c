// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of a driver that has a probe, dev_pm_ops and a drvdata of its own, and uses
 * DMF beside them.
 */
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>

#include "../dmf/internal.h"
#include "fake_bus.h"

/* What the drvdata of the device is; the DMF device is but a member. */
struct own {
	u32 magic;
	struct dmf_device *ddev;
	bool gone;		/* remove is to say that the hardware is */
	bool disturbed;		/* a callback of DMF's found another drvdata */
};

#define OWN_MAGIC	0x6f776e21

static struct own own;
static struct dmf_client own_client = DMF_CLIENT_INIT(own_client, &bus_client_ops, 16);

static int own_probe(struct platform_device *pdev)
{
	own.magic = OWN_MAGIC;
	platform_set_drvdata(pdev, &own);
	dev_pm_set_driver_flags(&pdev->dev, DPM_FLAG_SMART_PREPARE);
	own.ddev = dmf_device_create(&pdev->dev, &own_client);
	if (platform_get_drvdata(pdev) != &own)
		own.disturbed = true;
	if (IS_ERR(own.ddev))
		return PTR_ERR(own.ddev);

	pm_runtime_set_active(&pdev->dev);
	pm_runtime_enable(&pdev->dev);
	return 0;
}

static void own_remove(struct platform_device *pdev)
{
	pm_runtime_get_sync(&pdev->dev);
	dmf_device_destroy(own.ddev, own.gone);
	pm_runtime_disable(&pdev->dev);
	pm_runtime_set_suspended(&pdev->dev);
	pm_runtime_put_noidle(&pdev->dev);
	if (platform_get_drvdata(pdev) != &own)
		own.disturbed = true;
}

static void own_shutdown(struct platform_device *pdev)
{
	dmf_device_shutdown(own.ddev);
}

static int own_system_down(struct device *dev)
{
	struct own *mine = dev_get_drvdata(dev);

	return dmf_device_system_down(mine->ddev);
}

static int own_runtime_down(struct device *dev)
{
	struct own *mine = dev_get_drvdata(dev);

	return dmf_device_runtime_down(mine->ddev);
}

static int own_up(struct device *dev)
{
	struct own *mine = dev_get_drvdata(dev);

	return dmf_device_power_up(mine->ddev);
}

static const struct dev_pm_ops own_pm_ops = {
	SYSTEM_SLEEP_PM_OPS(own_system_down, own_up)
	RUNTIME_PM_OPS(own_runtime_down, own_up, NULL)
};

static struct platform_driver own_driver = {
	.probe		= own_probe,
	.remove_new	= own_remove,
	.shutdown	= own_shutdown,
	.driver = {
		.name	= "dmf-kunit-own",
		.pm	= pm_ptr(&own_pm_ops),
	},
};

static void own_cleanup(void *data)
{
	platform_device_unregister(data);
	platform_driver_unregister(&own_driver);
}

/* The device, bound unless the log says that its probe is to fail. */
static struct device *own_add(struct kunit *test)
{
	struct platform_device *pdev;

	memset(&own, 0, sizeof(own));
	KUNIT_ASSERT_EQ(test, platform_driver_register(&own_driver), 0);
	pdev = platform_device_register_simple("dmf-kunit-own", PLATFORM_DEVID_NONE, NULL, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pdev));
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, own_cleanup, pdev), 0);
	return &pdev->dev;
}

static struct device *own_bind(struct kunit *test)
{
	struct device *dev;

	memset(&bus_log, 0, sizeof(bus_log));
	dev = own_add(test);
	KUNIT_ASSERT_EQ(test, bus_log.entries, 1);
	KUNIT_ASSERT_PTR_EQ(test, own.ddev, bus_log.ddev);
	return dev;
}

static void expect_mine(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, own.disturbed);
	KUNIT_EXPECT_EQ(test, own.magic, OWN_MAGIC);
}

static void drvdata_stays_the_drivers(struct kunit *test)
{
	struct device *dev = own_bind(test);

	KUNIT_EXPECT_PTR_EQ(test, dev_get_drvdata(dev), (void *)&own);
	KUNIT_EXPECT_PTR_EQ(test, dmf_device_dev(own.ddev), dev);
	KUNIT_EXPECT_NOT_NULL(test, dmf_device_get_drvdata(own.ddev));
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(bus_log.bell), 0);
	device_release_driver(dev);
	expect_mine(test);
	KUNIT_EXPECT_EQ(test, bus_log.rings, 1);
	KUNIT_EXPECT_EQ(test, bus_log.releases, 1);
	KUNIT_EXPECT_EQ(test, bus_log.surprises, 0);
}

static void create_that_fails_leaves_nothing_behind(struct kunit *test)
{
	struct device *dev;

	memset(&bus_log, 0, sizeof(bus_log));
	bus_log.fail_entry = -EIO;
	dev = own_add(test);
	expect_mine(test);
	KUNIT_EXPECT_EQ(test, PTR_ERR(own.ddev), -EIO);
	KUNIT_EXPECT_NULL(test, dev->driver);
	KUNIT_EXPECT_EQ(test, bus_log.prepares, 1);
	KUNIT_EXPECT_EQ(test, bus_log.releases, 1);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 0);

	bus_log.fail_entry = 0;
	KUNIT_EXPECT_EQ(test, device_attach(dev), 1);
	KUNIT_EXPECT_FALSE(test, IS_ERR_OR_NULL(own.ddev));
}

static void destroying_nothing_does_nothing(struct kunit *test)
{
	memset(&bus_log, 0, sizeof(bus_log));
	dmf_device_destroy(NULL, true);
	dmf_device_destroy(ERR_PTR(-EIO), true);
	dmf_device_shutdown(NULL);
	KUNIT_EXPECT_EQ(test, bus_log.surprises, 0);
}

static void hardware_that_has_gone_is_a_surprise(struct kunit *test)
{
	struct device *dev = own_bind(test);

	own.gone = true;
	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, bus_log.surprises, 1);
	KUNIT_EXPECT_EQ(test, bus_log.releases, 1);
}

static void runtime_pm_by_the_drivers_own_callbacks(struct kunit *test)
{
	struct device *dev = own_bind(test);

	KUNIT_EXPECT_GE(test, pm_runtime_suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 1);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_IDLE);
	KUNIT_EXPECT_EQ(test, pm_runtime_resume_and_get(dev), 0);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 2);
	KUNIT_EXPECT_EQ(test, bus_log.previous, DMF_POWER_IDLE);

	/* Not -EIO, which would be the end of runtime PM. */
	bus_log.fail_exit = -EIO;
	KUNIT_EXPECT_EQ(test, pm_runtime_put_sync_suspend(dev), -EBUSY);
	bus_log.fail_exit = 0;
	KUNIT_EXPECT_EQ(test, pm_runtime_suspend(dev), 0);
}

static void system_sleep_by_the_drivers_own_callbacks(struct kunit *test)
{
	struct device *dev = own_bind(test);

	/* Asleep at runtime: it is resumed, and then told the truth. */
	KUNIT_EXPECT_GE(test, pm_runtime_suspend(dev), 0);
	pm_runtime_get_noresume(dev);
	KUNIT_EXPECT_EQ(test, own_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 2);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 2);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_SLEEP);
	KUNIT_EXPECT_EQ(test, own_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_EQ(test, bus_log.previous, DMF_POWER_SLEEP);

	bus_log.fail_exit = -EIO;
	KUNIT_EXPECT_EQ(test, own_pm_ops.suspend(dev), -EIO);
	KUNIT_EXPECT_EQ(test, own.ddev->power, DMF_POWER_D0);
	bus_log.fail_exit = 0;
	pm_runtime_put_noidle(dev);
}

static void flags_of_the_driver_are_kept(struct kunit *test)
{
	struct device *dev = own_bind(test);

	KUNIT_EXPECT_EQ(test, dev->power.driver_flags,
			DPM_FLAG_SMART_PREPARE | DPM_FLAG_NO_DIRECT_COMPLETE);
}

static void shutdown_by_the_driver(struct kunit *test)
{
	struct device *dev = own_bind(test);

	pm_runtime_get_noresume(dev);	/* as the driver core does */
	dev->bus->shutdown(dev);
	pm_runtime_put_noidle(dev);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_io_error(own.ddev), -ESHUTDOWN);
}

static struct kunit_case own_probe_cases[] = {
	KUNIT_CASE(drvdata_stays_the_drivers),
	KUNIT_CASE(create_that_fails_leaves_nothing_behind),
	KUNIT_CASE(destroying_nothing_does_nothing),
	KUNIT_CASE(hardware_that_has_gone_is_a_surprise),
	KUNIT_CASE(runtime_pm_by_the_drivers_own_callbacks),
	KUNIT_CASE(system_sleep_by_the_drivers_own_callbacks),
	KUNIT_CASE(flags_of_the_driver_are_kept),
	KUNIT_CASE(shutdown_by_the_driver),
	{ }
};

static struct kunit_suite own_probe_suite = {
	.name = "dmf_own_probe",
	.test_cases = own_probe_cases,
};

kunit_test_suite(own_probe_suite);
