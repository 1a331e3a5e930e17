// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the glue: every case on every bus. Power management goes through the
 * callbacks that the PM core would call: the bus's own, or else the driver's.
 */
#include <linux/pm_runtime.h>

#include "../dmf/internal.h"
#include "fake_bus.h"

static void bus_gen_desc(const struct fake_bus * const *bus, char *desc)
{
	strscpy(desc, (*bus)->name, KUNIT_PARAM_DESC_SIZE);
}

static const void *bus_gen_params(const void *prev, char *desc)
{
	const struct fake_bus * const *bus = prev ? (typeof(bus))prev + 1 : fake_buses;

	if (!*bus)
		return NULL;
	bus_gen_desc(bus, desc);
	return bus;
}

static const struct fake_bus *bus_of(struct kunit *test)
{
	return *(const struct fake_bus * const *)test->param_value;
}

static void bus_remove(void *data)
{
	const struct fake_bus *bus = data;

	bus->remove();
}

/* Add device and driver with the log as it is: its failures are wanted. */
static void bus_add(struct kunit *test)
{
	const struct fake_bus *bus = bus_of(test);

	KUNIT_ASSERT_EQ(test, bus->add(), 0);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, bus_remove, (void *)bus), 0);
	if (!bus_log.ddev)
		kunit_skip(test, "this machine has no such device");
}

static struct device *bus_bind(struct kunit *test)
{
	memset(&bus_log, 0, sizeof(bus_log));
	bus_add(test);
	KUNIT_ASSERT_EQ(test, bus_log.prepares, 1);
	return dmf_device_dev(bus_log.ddev);
}

typedef int bus_pm_fn(struct device *dev);

#define PM_OP(_op)	offsetof(typeof(dmf_pm_ops), _op)

/* As the PM core finds a callback of a device without PM domain, type and class. */
static bus_pm_fn *bus_callback(const struct device *dev, size_t op)
{
	bus_pm_fn *callback = NULL;

	if (dev->bus->pm)
		callback = *(bus_pm_fn * const *)((const void *)dev->bus->pm + op);
	return callback ?: *(bus_pm_fn * const *)((const void *)dev->driver->pm + op);
}

static void bus_shutdown(struct device *dev)
{
	if (dev->bus->shutdown)
		dev->bus->shutdown(dev);
	else
		dev->driver->shutdown(dev);
}

/* -- Binding ----------------------------------------------------------------- */

static void bind_and_unbind(struct kunit *test)
{
	struct device *dev = bus_bind(test);

	KUNIT_EXPECT_PTR_EQ(test, dev_get_drvdata(dev), (void *)bus_log.ddev);
	KUNIT_EXPECT_NOT_NULL(test, dmf_device_get_drvdata(bus_log.ddev));
	KUNIT_EXPECT_EQ(test, bus_log.entries, 1);
	KUNIT_EXPECT_EQ(test, bus_log.previous, DMF_POWER_FINAL);
	KUNIT_EXPECT_STREQ(test, dmf_device_node_name(bus_log.ddev), "dmf/kunit0");
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(bus_log.bell), 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bus_log.bell), 0);
	KUNIT_EXPECT_EQ(test, bus_log.rings, 1);

	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 1);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, bus_log.releases, 1);
	KUNIT_EXPECT_EQ(test, bus_log.surprises, 0);
	KUNIT_EXPECT_NULL(test, dev_get_drvdata(dev));
}

static void accessor_finds_the_device(struct kunit *test)
{
	struct device *dev = bus_bind(test);

	KUNIT_EXPECT_PTR_EQ(test, bus_of(test)->accessor(bus_log.ddev), dev);
}

static void unbinding_leaves_runtime_pm_as_it_was(struct kunit *test)
{
	struct device *dev = bus_bind(test);
	unsigned int enabled, usage;

	/* With the device bound to nobody, and to a driver once more. */
	device_release_driver(dev);
	enabled = pm_runtime_enabled(dev);
	usage = atomic_read(&dev->power.usage_count);
	KUNIT_EXPECT_EQ(test, device_attach(dev), 1);
	KUNIT_EXPECT_TRUE(test, pm_runtime_enabled(dev));
	dmf_kunit_allow_sleep(dev);
	KUNIT_EXPECT_TRUE(test, pm_runtime_suspended(dev));
	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, pm_runtime_enabled(dev), enabled);
	KUNIT_EXPECT_EQ(test, (unsigned int)atomic_read(&dev->power.usage_count),
			/* What the PCI core has forbidden dmf_kunit_allow_sleep() has allowed. */
			usage - (enabled ? 1 : 0));
	if (enabled)
		pm_runtime_forbid(dev);
}

static void device_can_be_bound_again(struct kunit *test)
{
	struct device *dev = bus_bind(test);
	int i;

	for (i = 2; i < 5; i++) {
		device_release_driver(dev);
		KUNIT_EXPECT_NULL(test, dev_get_drvdata(dev));
		KUNIT_EXPECT_EQ(test, device_attach(dev), 1);
		KUNIT_EXPECT_EQ(test, bus_log.prepares, i);
		KUNIT_EXPECT_STREQ(test, dmf_device_node_name(bus_log.ddev), "dmf/kunit0");
	}
	KUNIT_EXPECT_EQ(test, bus_log.releases, 3);
}

static void expect_unbound(struct kunit *test, struct device *dev)
{
	KUNIT_EXPECT_NULL(test, dev->driver);
	KUNIT_EXPECT_NULL(test, dev_get_drvdata(dev));
	KUNIT_EXPECT_EQ(test, bus_log.entries - (bus_log.fail_entry ? 1 : 0), bus_log.exits);
}

static void probe_that_fails_leaves_nothing_behind(struct kunit *test)
{
	struct device *dev = bus_bind(test);
	int usage;

	device_release_driver(dev);
	usage = atomic_read(&dev->power.usage_count);
	memset(&bus_log, 0, sizeof(bus_log));

	bus_log.fail_prepare = -EIO;
	KUNIT_EXPECT_LE(test, device_attach(dev), 0);
	expect_unbound(test, dev);
	KUNIT_EXPECT_EQ(test, bus_log.releases, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->power.usage_count), usage);

	bus_log.fail_prepare = 0;
	bus_log.fail_entry = -EIO;
	KUNIT_EXPECT_LE(test, device_attach(dev), 0);
	expect_unbound(test, dev);
	KUNIT_EXPECT_EQ(test, bus_log.releases, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->power.usage_count), usage);

	bus_log.fail_entry = 0;
	KUNIT_EXPECT_EQ(test, device_attach(dev), 1);
	KUNIT_EXPECT_PTR_EQ(test, dev_get_drvdata(dev), (void *)bus_log.ddev);
}

/* -- Runtime PM -------------------------------------------------------------- */

static void runtime_suspend_and_resume(struct kunit *test)
{
	struct device *dev = bus_bind(test);

	KUNIT_EXPECT_FALSE(test, pm_runtime_suspended(dev));
	KUNIT_EXPECT_LT(test, pm_runtime_suspend(dev), 0);
	dmf_kunit_allow_sleep(dev);
	KUNIT_EXPECT_TRUE(test, pm_runtime_suspended(dev));
	KUNIT_EXPECT_EQ(test, bus_log.exits, 1);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_IDLE);
	KUNIT_EXPECT_EQ(test, pm_runtime_resume_and_get(dev), 0);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 2);
	KUNIT_EXPECT_EQ(test, bus_log.previous, DMF_POWER_IDLE);
	pm_runtime_put(dev);
	pm_runtime_forbid(dev);
}

static void runtime_suspend_that_fails_is_tried_again(struct kunit *test)
{
	struct device *dev = bus_bind(test);

	bus_log.fail_exit = -EIO;
	dmf_kunit_allow_sleep(dev);
	KUNIT_EXPECT_FALSE(test, pm_runtime_suspended(dev));
	KUNIT_EXPECT_EQ(test, bus_log.ddev->power, DMF_POWER_D0);
	bus_log.fail_exit = 0;
	KUNIT_EXPECT_EQ(test, pm_runtime_suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_IDLE);
	pm_runtime_forbid(dev);
}

/* More than once: the driver core resumes it, too, and lets go before it calls remove. */
static void unbinding_a_suspended_device_resumes_it_first(struct kunit *test)
{
	struct device *dev = bus_bind(test);

	dmf_kunit_allow_sleep(dev);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 1);
	device_release_driver(dev);
	KUNIT_EXPECT_GE(test, bus_log.entries, 2);
	KUNIT_EXPECT_EQ(test, bus_log.previous, DMF_POWER_IDLE);
	KUNIT_EXPECT_EQ(test, bus_log.exits, bus_log.entries);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, device_attach(dev), 1);
	pm_runtime_forbid(dev);
}

/* -- System sleep ------------------------------------------------------------ */

/* One transition and back, @done having been done before. */
static void expect_round_trip(struct kunit *test, struct device *dev, size_t down, size_t up,
			      unsigned int done)
{
	KUNIT_EXPECT_EQ(test, bus_callback(dev, down)(dev), 0);
	KUNIT_EXPECT_EQ(test, bus_log.exits, done + 1);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_SLEEP);
	KUNIT_EXPECT_EQ(test, bus_log.ddev->io_state, DMF_IO_ASLEEP);
	KUNIT_EXPECT_EQ(test, bus_callback(dev, up)(dev), 0);
	KUNIT_EXPECT_EQ(test, bus_log.entries, done + 2);
	KUNIT_EXPECT_EQ(test, bus_log.previous, DMF_POWER_SLEEP);
	KUNIT_EXPECT_EQ(test, bus_log.ddev->io_state, DMF_IO_RUNNING);
}

static void system_sleep_and_hibernation(struct kunit *test)
{
	struct device *dev = bus_bind(test);

	pm_runtime_get_noresume(dev);		/* as the PM core does */
	expect_round_trip(test, dev, PM_OP(suspend), PM_OP(resume), 0);
	expect_round_trip(test, dev, PM_OP(freeze), PM_OP(thaw), 1);
	expect_round_trip(test, dev, PM_OP(poweroff), PM_OP(restore), 2);
	pm_runtime_put(dev);
}

static void system_sleep_of_a_suspended_device_resumes_it_first(struct kunit *test)
{
	struct device *dev = bus_bind(test);

	dmf_kunit_allow_sleep(dev);
	pm_runtime_get_noresume(dev);
	KUNIT_EXPECT_EQ(test, bus_callback(dev, PM_OP(suspend))(dev), 0);
	KUNIT_EXPECT_EQ(test, bus_log.entries, 2);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 2);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_SLEEP);
	KUNIT_EXPECT_EQ(test, bus_callback(dev, PM_OP(resume))(dev), 0);
	pm_runtime_put(dev);
	pm_runtime_forbid(dev);
}

static void system_sleep_is_aborted_by_an_error(struct kunit *test)
{
	struct device *dev = bus_bind(test);

	pm_runtime_get_noresume(dev);
	bus_log.fail_exit = -EIO;
	KUNIT_EXPECT_EQ(test, bus_callback(dev, PM_OP(suspend))(dev), -EIO);
	KUNIT_EXPECT_EQ(test, bus_log.ddev->power, DMF_POWER_D0);
	KUNIT_EXPECT_EQ(test, bus_log.ddev->io_state, DMF_IO_RUNNING);
	bus_log.fail_exit = 0;
	pm_runtime_put(dev);
}

static void direct_complete_is_ruled_out(struct kunit *test)
{
	struct device *dev = bus_bind(test);

	KUNIT_EXPECT_TRUE(test, dev->power.driver_flags & DPM_FLAG_NO_DIRECT_COMPLETE);
}

/* -- The system goes down ---------------------------------------------------- */

static void shutdown_takes_the_device_down(struct kunit *test)
{
	struct device *dev = bus_bind(test);

	bus_shutdown(dev);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 1);
	KUNIT_EXPECT_EQ(test, bus_log.target, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_io_error(bus_log.ddev), -ESHUTDOWN);
	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, bus_log.exits, 1);
	KUNIT_EXPECT_EQ(test, bus_log.releases, 1);
}

static struct kunit_case bus_cases[] = {
	KUNIT_CASE_PARAM(bind_and_unbind, bus_gen_params),
	KUNIT_CASE_PARAM(accessor_finds_the_device, bus_gen_params),
	KUNIT_CASE_PARAM(unbinding_leaves_runtime_pm_as_it_was, bus_gen_params),
	KUNIT_CASE_PARAM(device_can_be_bound_again, bus_gen_params),
	KUNIT_CASE_PARAM(probe_that_fails_leaves_nothing_behind, bus_gen_params),
	KUNIT_CASE_PARAM(runtime_suspend_and_resume, bus_gen_params),
	KUNIT_CASE_PARAM(runtime_suspend_that_fails_is_tried_again, bus_gen_params),
	KUNIT_CASE_PARAM(unbinding_a_suspended_device_resumes_it_first, bus_gen_params),
	KUNIT_CASE_PARAM(system_sleep_and_hibernation, bus_gen_params),
	KUNIT_CASE_PARAM(system_sleep_of_a_suspended_device_resumes_it_first, bus_gen_params),
	KUNIT_CASE_PARAM(system_sleep_is_aborted_by_an_error, bus_gen_params),
	KUNIT_CASE_PARAM(direct_complete_is_ruled_out, bus_gen_params),
	KUNIT_CASE_PARAM(shutdown_takes_the_device_down, bus_gen_params),
	{ }
};

static struct kunit_suite bus_suite = {
	.name = "dmf_bus",
	.test_cases = bus_cases,
};

kunit_test_suite(bus_suite);
