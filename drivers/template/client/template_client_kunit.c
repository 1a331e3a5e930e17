// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the Client Driver template, without its bus: on a fake device.
 */
#include "../drivers/template/template.c"

#include "dmf_kunit.h"

static struct dmf_device *client_probe(struct kunit *test)
{
	return dmf_kunit_probe_client(test, &template_ops, sizeof(struct template));
}

static unsigned long client_runs(struct dmf_device *ddev)
{
	struct template *self = dmf_device_get_drvdata(ddev);

	return READ_ONCE(self->runs);
}

static void work_runs_whenever_the_device_comes_up(struct kunit *test)
{
	struct dmf_device *ddev = client_probe(test);
	unsigned long i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	for (i = 1; i <= 3; i++) {
		/* Going down waits for what is owed. */
		KUNIT_EXPECT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_IDLE), 0);
		KUNIT_EXPECT_EQ(test, client_runs(ddev), i);
		KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), 0);
	}
}

static int client_probe_and_remove(struct kunit *test, void *data)
{
	struct dmf_device *ddev = client_probe(test);

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);
	dmf_kunit_remove(test, ddev);
	return 0;
}

static void every_allocation_of_probe_may_fail(struct kunit *test)
{
	dmf_kunit_fail_nth(test, client_probe_and_remove, NULL, 5);
}

static struct kunit_case client_cases[] = {
	KUNIT_CASE(work_runs_whenever_the_device_comes_up),
	KUNIT_CASE(every_allocation_of_probe_may_fail),
	{ }
};

static struct kunit_suite client_suite = {
	.name = "dmf_template_client",
	.test_cases = client_cases,
};

kunit_test_suite(client_suite);
