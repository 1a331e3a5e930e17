// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of Template.
 */
#include <linux/dmf/template.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define LIMIT	3

/* Of one test; what callbacks of the Module record belongs here, too. */
struct fixture {
	struct dmf_template *handle;
	u32 limit;
};

static int fixture_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct fixture *fixture = dmf_kunit_priv(ddev);
	const struct dmf_template_config config = { .limit = fixture->limit };

	return dmf_template_add(init, &config, NULL, &fixture->handle);
}

static const struct dmf_client_ops fixture_ops = { .modules_add = fixture_modules_add };

static struct dmf_device *fixture_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &fixture_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

static void store_one(struct kunit *test, u32 number, int wanted)
{
	struct fixture *fixture = test->priv;
	int ret = dmf_template_store(fixture->handle, number);

	KUNIT_EXPECT_EQ(test, ret, wanted);
}

static void take_one(struct kunit *test, u32 number, int wanted)
{
	struct fixture *fixture = test->priv;
	u32 taken = 0;
	int ret = dmf_template_take(fixture->handle, &taken);

	KUNIT_EXPECT_EQ(test, ret, wanted);
	KUNIT_EXPECT_EQ(test, taken, number);
}

static void the_latest_is_taken_first(struct kunit *test)
{
	fixture_probe(test);
	store_one(test, 1, 0);
	store_one(test, 2, 0);
	take_one(test, 2, 0);
	store_one(test, 3, 0);
	take_one(test, 3, 0);
	take_one(test, 1, 0);
}

static void full_and_empty_are_refused(struct kunit *test)
{
	u32 i;

	fixture_probe(test);
	take_one(test, 0, -ENOENT);
	for (i = 1; i <= LIMIT; i++)
		store_one(test, i, 0);
	store_one(test, i, -ENOSPC);
	take_one(test, LIMIT, 0);
}

static void methods_of_a_closed_one_are_refused(struct kunit *test)
{
	struct dmf_device *ddev = fixture_probe(test);

	store_one(test, 1, 0);
	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	store_one(test, 2, -ENODEV);
	take_one(test, 0, -ENODEV);

	/* Opened again it is empty. */
	KUNIT_EXPECT_EQ(test, dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	take_one(test, 0, -ENOENT);
}

static void config_without_limit_is_refused(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	fixture->limit = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &fixture_ops)), -EINVAL);
}

static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &fixture_ops, 5);
}

static int fixture_init(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	if (!fixture)
		return -ENOMEM;
	fixture->limit = LIMIT;
	test->priv = fixture;
	return 0;
}

static struct kunit_case template_cases[] = {
	KUNIT_CASE(the_latest_is_taken_first),
	KUNIT_CASE(full_and_empty_are_refused),
	KUNIT_CASE(methods_of_a_closed_one_are_refused),
	KUNIT_CASE(config_without_limit_is_refused),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite template_suite = {
	.name = "dmf_template",
	.init = fixture_init,
	.test_cases = template_cases,
};

kunit_test_suite(template_suite);
