// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of a driver on a real bus: the platform glue, and the PM core's own idea
 * of when to call what.
 */
#include <linux/dmf/platform.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "submitter.h"

struct platform_log {
	unsigned int probes, entries, exits, releases;
	enum dmf_power previous, target;
	bool fail_exit, fail_entry;
};

static struct platform_log platform_log;

static int platform_prepare_hardware(struct dmf_device *ddev)
{
	platform_log.probes++;
	return 0;
}

static void platform_release_hardware(struct dmf_device *ddev)
{
	platform_log.releases++;
}

static int platform_d0_entry(struct dmf_device *ddev, enum dmf_power previous)
{
	platform_log.entries++;
	platform_log.previous = previous;
	return platform_log.fail_entry ? -EIO : 0;
}

static int platform_d0_exit(struct dmf_device *ddev, enum dmf_power target)
{
	platform_log.exits++;
	platform_log.target = target;
	return platform_log.fail_exit ? -EIO : 0;
}

static bool platform_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	dmf_request_complete(request, 0);
	return true;
}

static const struct dmf_client_ops platform_ops = {
	.prepare_hardware	= platform_prepare_hardware,
	.release_hardware	= platform_release_hardware,
	.d0_entry		= platform_d0_entry,
	.d0_exit		= platform_d0_exit,
	.device_io_control	= platform_device_io_control,
};

static struct dmf_client platform_client = DMF_CLIENT_INIT(platform_client, &platform_ops, 16);

static int platform_probe(struct platform_device *pdev)
{
	return dmf_platform_probe(pdev, &platform_client);
}

static struct platform_driver platform_driver = {
	.probe		= platform_probe,
	.remove_new	= dmf_platform_remove,
	.shutdown	= dmf_platform_shutdown,
	.driver = {
		.name	= "dmf-kunit-platform",
		.pm	= pm_ptr(&dmf_pm_ops),
	},
};

static void platform_cleanup(void *data)
{
	platform_device_unregister(data);
	platform_driver_unregister(&platform_driver);
}

static struct device *platform_bind(struct kunit *test)
{
	struct platform_device *pdev;

	memset(&platform_log, 0, sizeof(platform_log));
	KUNIT_ASSERT_EQ(test, platform_driver_register(&platform_driver), 0);
	pdev = platform_device_register_simple("dmf-kunit-platform", PLATFORM_DEVID_NONE, NULL, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pdev));
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, platform_cleanup, pdev), 0);
	return &pdev->dev;
}

static int platform_request(struct device *dev)
{
	struct dmf_file *file = dmf_file_open(dev_get_drvdata(dev), NULL);
	int ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = dmf_kunit_ioctl(file, 1);
	dmf_file_release(file);
	return ret;
}

static void bind_and_unbind(struct kunit *test)
{
	struct device *dev = platform_bind(test);

	KUNIT_EXPECT_EQ(test, platform_log.probes, 1);
	KUNIT_EXPECT_EQ(test, platform_log.previous, DMF_POWER_FINAL);
	KUNIT_EXPECT_NOT_NULL(test, dmf_device_get_drvdata(dev_get_drvdata(dev)));
	KUNIT_EXPECT_STREQ(test, dmf_device_node_name(dev_get_drvdata(dev)), "dmf/kunit0");
	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, platform_log.releases, 1);
	KUNIT_EXPECT_EQ(test, platform_log.target, DMF_POWER_FINAL);
	KUNIT_EXPECT_NULL(test, dev_get_drvdata(dev));
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->power.usage_count), 0);
	KUNIT_EXPECT_GE(test, device_attach(dev), 0);
	KUNIT_EXPECT_EQ(test, platform_log.probes, 2);
}

static void runtime_pm_is_forbidden_until_it_is_allowed(struct kunit *test)
{
	struct device *dev = platform_bind(test);

	KUNIT_EXPECT_FALSE(test, pm_runtime_suspended(dev));
	KUNIT_EXPECT_LT(test, pm_runtime_suspend(dev), 0);
	dmf_kunit_allow_sleep(dev);
	KUNIT_EXPECT_TRUE(test, pm_runtime_suspended(dev));
	KUNIT_EXPECT_EQ(test, platform_log.target, DMF_POWER_IDLE);
}

static void request_resumes_a_suspended_device(struct kunit *test)
{
	struct device *dev = platform_bind(test);

	dmf_kunit_allow_sleep(dev);
	KUNIT_EXPECT_EQ(test, platform_log.exits, 1);
	KUNIT_EXPECT_EQ(test, platform_request(dev), 0);
	KUNIT_EXPECT_EQ(test, platform_log.entries, 2);
	KUNIT_EXPECT_EQ(test, platform_log.previous, DMF_POWER_IDLE);
	flush_workqueue(pm_wq);
	pm_runtime_barrier(dev);
	KUNIT_EXPECT_TRUE(test, pm_runtime_suspended(dev));
}

static void open_does_not_resume(struct kunit *test)
{
	struct device *dev = platform_bind(test);
	struct dmf_file *file;

	dmf_kunit_allow_sleep(dev);
	file = dmf_file_open(dev_get_drvdata(dev), NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	dmf_file_release(file);
	KUNIT_EXPECT_EQ(test, platform_log.entries, 1);
}

static void runtime_suspend_that_fails_is_tried_again(struct kunit *test)
{
	struct device *dev = platform_bind(test);

	platform_log.fail_exit = true;
	dmf_kunit_allow_sleep(dev);
	KUNIT_EXPECT_EQ(test, pm_runtime_suspend(dev), -EBUSY);
	KUNIT_EXPECT_EQ(test, platform_request(dev), 0);
	platform_log.fail_exit = false;
	flush_workqueue(pm_wq);
	pm_runtime_barrier(dev);
	KUNIT_EXPECT_GE(test, pm_runtime_suspend(dev), 0);
	KUNIT_EXPECT_TRUE(test, pm_runtime_suspended(dev));
}

static void runtime_resume_that_fails_fails_the_device(struct kunit *test)
{
	struct device *dev = platform_bind(test);

	dmf_kunit_allow_sleep(dev);
	platform_log.fail_entry = true;
	KUNIT_EXPECT_EQ(test, platform_request(dev), -EIO);
	platform_log.fail_entry = false;
	KUNIT_EXPECT_EQ(test, platform_request(dev), -EIO);
	device_release_driver(dev);
	KUNIT_EXPECT_EQ(test, platform_log.releases, 1);
}

static void system_sleep_of_a_suspended_device_resumes_it_first(struct kunit *test)
{
	struct device *dev = platform_bind(test);

	dmf_kunit_allow_sleep(dev);
	KUNIT_EXPECT_EQ(test, platform_log.exits, 1);
	pm_runtime_get_noresume(dev);		/* as the PM core does */
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, platform_log.entries, 2);
	KUNIT_EXPECT_EQ(test, platform_log.exits, 2);
	KUNIT_EXPECT_EQ(test, platform_log.target, DMF_POWER_SLEEP);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_EQ(test, platform_log.previous, DMF_POWER_SLEEP);
	pm_runtime_put(dev);
}

static void direct_complete_is_ruled_out(struct kunit *test)
{
	struct device *dev = platform_bind(test);

	KUNIT_EXPECT_TRUE(test, dev->power.driver_flags & DPM_FLAG_NO_DIRECT_COMPLETE);
}

static struct kunit_case platform_cases[] = {
	KUNIT_CASE(bind_and_unbind),
	KUNIT_CASE(runtime_pm_is_forbidden_until_it_is_allowed),
	KUNIT_CASE(request_resumes_a_suspended_device),
	KUNIT_CASE(open_does_not_resume),
	KUNIT_CASE(runtime_suspend_that_fails_is_tried_again),
	KUNIT_CASE(runtime_resume_that_fails_fails_the_device),
	KUNIT_CASE(system_sleep_of_a_suspended_device_resumes_it_first),
	KUNIT_CASE(direct_complete_is_ruled_out),
	{ }
};

static struct kunit_suite platform_suite = {
	.name = "dmf_platform",
	.test_cases = platform_cases,
};

kunit_test_suite(platform_suite);
