// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of features: the Modules that every part of a driver can reach.
 */
#include "../dmf/internal.h"
#include "dmf_kunit.h"

/* test->priv */
struct feature {
	struct dmf_module *branch_track;
	struct dmf_module *other;
	bool twice, without;
};

static const struct dmf_module_ops feature_ops = { };

static const struct dmf_module_desc branch_track_desc = {
	.name		= "branch_track",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_CREATE,
	.feature	= DMF_FEATURE_BRANCH_TRACK,
	.ops		= &feature_ops,
};

static const struct dmf_module_desc other_desc = {
	.name		= "other",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &feature_ops,
};

static struct dmf_module_keys branch_track_keys, other_keys;

static int feature_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct feature *feature = dmf_kunit_priv(ddev);
	int ret = 0;

	if (!feature->without)
		ret = __dmf_module_add(init, &branch_track_desc, &branch_track_keys, NULL, NULL,
				       &feature->branch_track);
	if (!ret && feature->twice)
		ret = __dmf_module_add(init, &branch_track_desc, &branch_track_keys, NULL, NULL,
				       NULL);
	return ret ?: __dmf_module_add(init, &other_desc, &other_keys, NULL, NULL,
				       &feature->other);
}

static const struct dmf_client_ops feature_client_ops = { .modules_add = feature_modules_add };

static struct dmf_device *feature_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &feature_client_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

static void device_and_modules_reach_it(struct kunit *test)
{
	struct feature *feature = test->priv;
	struct dmf_device *ddev = feature_probe(test);
	struct dmf_module *dynamic;

	KUNIT_EXPECT_PTR_EQ(test, feature->branch_track,
			    dmf_feature_module_get_from_device(ddev, DMF_FEATURE_BRANCH_TRACK));
	KUNIT_EXPECT_PTR_EQ(test, feature->branch_track,
			    dmf_feature_module_get_from_module(feature->other,
							       DMF_FEATURE_BRANCH_TRACK));
	KUNIT_ASSERT_EQ(test, 0, __dmf_module_create(ddev, feature->other, &other_desc,
						     &other_keys, NULL, NULL, &dynamic));
	KUNIT_EXPECT_PTR_EQ(test, feature->branch_track,
			    dmf_feature_module_get_from_module(dynamic, DMF_FEATURE_BRANCH_TRACK));
}

static void absent_feature_is_null(struct kunit *test)
{
	struct feature *feature = test->priv;
	struct dmf_device *ddev;

	feature->without = true;
	ddev = feature_probe(test);
	KUNIT_EXPECT_NULL(test, dmf_feature_module_get_from_device(ddev,
								   DMF_FEATURE_BRANCH_TRACK));
	KUNIT_EXPECT_NULL(test, dmf_feature_module_get_from_device(ddev,
								   DMF_FEATURE_LIVE_KERNEL_DUMP));
	KUNIT_EXPECT_NULL(test, dmf_feature_module_get_from_device(ddev, DMF_FEATURE_NONE));
	KUNIT_EXPECT_NULL(test, dmf_feature_module_get_from_device(ddev, DMF_FEATURES));
}

static void second_module_for_a_feature_is_refused(struct kunit *test)
{
	struct feature *feature = test->priv;

	feature->twice = true;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &feature_client_ops)), -EEXIST);
}

static void dynamic_module_is_no_feature_of_its_device(struct kunit *test)
{
	struct feature *feature = test->priv;
	struct dmf_device *ddev;
	struct dmf_module *module;

	feature->without = true;
	ddev = feature_probe(test);
	KUNIT_ASSERT_EQ(test, 0, __dmf_module_create(ddev, NULL, &branch_track_desc,
						     &branch_track_keys, NULL, NULL, &module));
	KUNIT_EXPECT_NULL(test, dmf_feature_module_get_from_module(module,
								   DMF_FEATURE_BRANCH_TRACK));
}

static int feature_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct feature), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static struct kunit_case feature_cases[] = {
	KUNIT_CASE(device_and_modules_reach_it),
	KUNIT_CASE(absent_feature_is_null),
	KUNIT_CASE(second_module_for_a_feature_is_refused),
	KUNIT_CASE(dynamic_module_is_no_feature_of_its_device),
	{ }
};

static struct kunit_suite feature_suite = {
	.name = "dmf_feature",
	.init = feature_init,
	.test_cases = feature_cases,
};

kunit_test_suite(feature_suite);
