// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of deferred probing, by the driver core's own retry: each step of bringing
 * a device up, one after the other, answers -EPROBE_DEFER, and works the next time.
 */
#include <linux/kmsg_dump.h>
#include <linux/platform_device.h>

#include <linux/dmf/platform.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "fake_module.h"

#define DEFERRED_NAME	"dmf-kunit-deferred"
/* More than there can be steps; the loops end where none fails any more. */
#define STEPS_MAX	64

static struct fake_script deferred_script;

/* -- A Client whose every step can fail -------------------------------------- */

#define CLIENT(_what)	fake_step(&deferred_script, "client", _what, -1)

static const struct fake_module_config deferred_children[] = {
	{ .script = &deferred_script, .name = "child", .option = DMF_OPEN_CREATE },
	{ .script = &deferred_script, .name = "hardware", .option = DMF_OPEN_PREPARE_HARDWARE },
};

static const struct fake_module_config deferred_modules[] = {
	{ .script = &deferred_script, .name = "first", .option = DMF_OPEN_PREPARE_HARDWARE },
	{ .script = &deferred_script, .name = "parent", .option = DMF_OPEN_D0_ENTRY,
	  .children = deferred_children, .child_count = ARRAY_SIZE(deferred_children) },
};

static int deferred_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	int i, ret = CLIENT(FAKE_CREATE);

	for (i = 0; i < ARRAY_SIZE(deferred_modules) && !ret; i++)
		ret = fake_module_add(init, &deferred_modules[i]);
	return ret;
}

static int deferred_prepare_hardware(struct dmf_device *ddev)
{
	return CLIENT(FAKE_PREPARE_HARDWARE);
}

static void deferred_release_hardware(struct dmf_device *ddev)
{
	fake_note(&deferred_script, "client", FAKE_RELEASE_HARDWARE, -1);
}

static int deferred_d0_entry(struct dmf_device *ddev, enum dmf_power previous)
{
	return CLIENT(FAKE_D0_ENTRY);
}

static int deferred_d0_exit(struct dmf_device *ddev, enum dmf_power target)
{
	return CLIENT(FAKE_D0_EXIT);
}

static int deferred_post_interrupts(struct dmf_device *ddev, enum dmf_power previous)
{
	return CLIENT(FAKE_POST_INTERRUPTS);
}

static int deferred_pre_interrupts(struct dmf_device *ddev, enum dmf_power target)
{
	return CLIENT(FAKE_PRE_INTERRUPTS);
}

static int deferred_self_managed_io_init(struct dmf_device *ddev)
{
	return CLIENT(FAKE_INIT);
}

static void deferred_self_managed_io_cleanup(struct dmf_device *ddev)
{
	fake_note(&deferred_script, "client", FAKE_CLEANUP, -1);
}

static const struct dmf_client_ops deferred_ops = {
	.modules_add				= deferred_modules_add,
	.prepare_hardware			= deferred_prepare_hardware,
	.release_hardware			= deferred_release_hardware,
	.d0_entry				= deferred_d0_entry,
	.d0_exit				= deferred_d0_exit,
	.d0_entry_post_interrupts_enabled	= deferred_post_interrupts,
	.d0_exit_pre_interrupts_disabled	= deferred_pre_interrupts,
	.self_managed_io_init			= deferred_self_managed_io_init,
	.self_managed_io_cleanup		= deferred_self_managed_io_cleanup,
};

static struct dmf_client deferred_client = DMF_CLIENT_INIT(deferred_client, &deferred_ops, 16);

static int deferred_probe(struct platform_device *pdev)
{
	return dmf_platform_probe(pdev, &deferred_client);
}

static struct platform_driver deferred_driver = {
	.probe		= deferred_probe,
	.remove_new	= dmf_platform_remove,
	.driver = {
		.name	= DEFERRED_NAME,
		.pm	= pm_ptr(&dmf_pm_ops),
	},
};

static int other_probe(struct platform_device *pdev)
{
	return 0;
}

static struct platform_driver other_driver = {
	.probe		= other_probe,
	.driver.name	= "dmf-kunit-other",
};

static void driver_unregister_action(void *driver)
{
	platform_driver_unregister(driver);
}

static void deferred_register(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, platform_driver_register(&deferred_driver), 0);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, driver_unregister_action,
						   &deferred_driver), 0);
	KUNIT_ASSERT_EQ(test, platform_driver_register(&other_driver), 0);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, driver_unregister_action,
						   &other_driver), 0);
}

/* A device that is bound: for the driver core the sign to try the deferred ones again. */
static void retry(struct kunit *test)
{
	struct platform_device *other;

	other = platform_device_register_simple("dmf-kunit-other", PLATFORM_DEVID_NONE, NULL, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	wait_for_device_probe();
	platform_device_unregister(other);
}

/* -- What the kernel says about the device ----------------------------------- */

static char log_line[512];

static void log_skip(struct kmsg_dump_iter *iter)
{
	size_t length;

	kmsg_dump_rewind(iter);
	while (kmsg_dump_get_line(iter, true, NULL, 0, &length))
		;
}

/* Lines about the device since then that are warnings or worse. */
static unsigned int log_complaints(struct kmsg_dump_iter *iter)
{
	unsigned int priority, count = 0;
	size_t length;

	while (kmsg_dump_get_line(iter, true, log_line, sizeof(log_line) - 1, &length)) {
		log_line[length] = '\0';
		if (sscanf(log_line, "<%u>", &priority) == 1 &&
		    (priority & 7) <= LOGLEVEL_WARNING && strstr(log_line, DEFERRED_NAME))
			count++;
	}
	return count;
}

/* -- The cases --------------------------------------------------------------- */

/* Calls of one kind that have succeeded. */
static unsigned int calls(enum fake_what what)
{
	unsigned int i, count = 0;

	for (i = 0; i < deferred_script.count; i++)
		count += deferred_script.log[i].what == what && !deferred_script.log[i].failed;
	return count;
}

static void expect_balanced(struct kunit *test, unsigned int step)
{
	KUNIT_EXPECT_EQ_MSG(test, calls(FAKE_OPEN), calls(FAKE_CLOSE), "step %u", step);
	KUNIT_EXPECT_EQ_MSG(test, calls(FAKE_PREPARE_HARDWARE), calls(FAKE_RELEASE_HARDWARE),
			    "step %u", step);
	KUNIT_EXPECT_EQ_MSG(test, calls(FAKE_D0_ENTRY), calls(FAKE_D0_EXIT), "step %u", step);
	KUNIT_EXPECT_EQ_MSG(test, calls(FAKE_POST_INTERRUPTS), calls(FAKE_PRE_INTERRUPTS),
			    "step %u", step);
	KUNIT_EXPECT_EQ_MSG(test, calls(FAKE_INIT), calls(FAKE_CLEANUP), "step %u", step);
}

static struct platform_device *deferred_add(struct kunit *test, unsigned int step, int error)
{
	struct platform_device *pdev;

	fake_rewind(&deferred_script, step);
	deferred_script.error = error;
	pdev = platform_device_register_simple(DEFERRED_NAME, PLATFORM_DEVID_NONE, NULL, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pdev));
	return pdev;
}

/* False when there are fewer steps. */
static bool defer_once(struct kunit *test, unsigned int step)
{
	struct platform_device *pdev = deferred_add(test, step, -EPROBE_DEFER);
	bool deferred = !deferred_script.fail_at;
	struct device *dev = &pdev->dev;

	if (deferred) {
		KUNIT_EXPECT_NULL_MSG(test, dev->driver, "step %u", step);
		KUNIT_EXPECT_NULL_MSG(test, dev_get_drvdata(dev), "step %u", step);
		KUNIT_EXPECT_EQ_MSG(test, atomic_read(&dev->power.usage_count), 0, "step %u",
				    step);
		expect_balanced(test, step);
		retry(test);
	}
	KUNIT_EXPECT_PTR_EQ_MSG(test, dev->driver, &deferred_driver.driver, "step %u", step);
	KUNIT_EXPECT_NOT_NULL_MSG(test, dev_get_drvdata(dev), "step %u", step);
	platform_device_unregister(pdev);
	expect_balanced(test, step);
	return deferred;
}

static void any_step_can_defer(struct kunit *test)
{
	struct platform_device *pdev;
	struct kmsg_dump_iter iter;
	unsigned int step, steps;

	deferred_register(test);
	pdev = deferred_add(test, 0, 0);
	steps = deferred_script.fallible;
	platform_device_unregister(pdev);

	log_skip(&iter);
	for (step = 1; step < STEPS_MAX && defer_once(test, step); step++)
		;
	KUNIT_EXPECT_EQ_MSG(test, log_complaints(&iter), 0, "the last one: %s", log_line);
	KUNIT_EXPECT_EQ(test, step - 1, steps);
	/* Creation and four events for four Modules and the Client, and four opens. */
	KUNIT_EXPECT_GE(test, steps, 5 * 5 + 4);
}

static void any_other_error_is_final_and_said(struct kunit *test)
{
	struct platform_device *pdev;
	struct kmsg_dump_iter iter;

	deferred_register(test);
	log_skip(&iter);
	/* The Client's modules_add is the first step, the creation of a Module the second. */
	pdev = deferred_add(test, 2, -EIO);
	KUNIT_EXPECT_NULL(test, pdev->dev.driver);
	retry(test);
	KUNIT_EXPECT_NULL(test, pdev->dev.driver);
	KUNIT_EXPECT_GE(test, log_complaints(&iter), 1);
	platform_device_unregister(pdev);
}

static struct kunit_case deferred_cases[] = {
	KUNIT_CASE(any_step_can_defer),
	KUNIT_CASE(any_other_error_is_final_and_said),
	{ }
};

static struct kunit_suite deferred_suite = {
	.name = "dmf_deferred",
	.test_cases = deferred_cases,
};

kunit_test_suite(deferred_suite);
