// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of features: the Modules that every part of a driver can reach.
 */
#include <linux/dmf/branch_track.h>
#include <linux/dmf/live_kernel_dump.h>

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

/* -- Those of the library, which a Client asks for in its ops -- */

static const struct dmf_branch_track_config branch_track_config = { };
static const struct dmf_live_kernel_dump_config live_kernel_dump_config = { };

static int plain_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct feature *feature = dmf_kunit_priv(ddev);

	return __dmf_module_add(init, &other_desc, &other_keys, NULL, NULL, &feature->other);
}

static const struct dmf_client_ops asking_ops = {
	.modules_add		= plain_modules_add,
	.branch_track		= &branch_track_config,
	.live_kernel_dump	= &live_kernel_dump_config,
};

static const struct dmf_client_ops silent_ops = { .modules_add = plain_modules_add };

/* The device's own Modules, in their order, are these. */
static void expect_order(struct kunit *test, struct dmf_device *ddev,
			 struct dmf_module * const *modules, unsigned int count)
{
	struct dmf_module *module;
	unsigned int i = 0;

	list_for_each_entry(module, &ddev->modules, sibling) {
		KUNIT_ASSERT_LT(test, i, count);
		KUNIT_EXPECT_PTR_EQ(test, module, modules[i++]);
	}
	KUNIT_EXPECT_EQ(test, i, count);
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_PTR_EQ(test, ddev->phases[DMF_PHASE_CREATE].modules[i], modules[i]);
}

static void branch_track_then_live_kernel_dump_then_the_clients(struct kunit *test)
{
	struct feature *feature = test->priv;
	struct dmf_module *modules[3];
	struct dmf_device *ddev;

	dmf_branch_track_wanted = true;
	ddev = dmf_kunit_probe(test, &asking_ops);
	dmf_branch_track_wanted = false;
	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	modules[0] = dmf_feature_module_get_from_device(ddev, DMF_FEATURE_BRANCH_TRACK);
	modules[1] = dmf_feature_module_get_from_module(feature->other,
							DMF_FEATURE_LIVE_KERNEL_DUMP);
	modules[2] = feature->other;
	KUNIT_ASSERT_NOT_NULL(test, modules[0]);
	KUNIT_ASSERT_NOT_NULL(test, modules[1]);
	expect_order(test, ddev, modules, 3);
}

static void each_feature_is_there_without_the_other(struct kunit *test)
{
	struct feature *feature = test->priv;
	struct dmf_module *modules[2];
	struct dmf_device *ddev = dmf_kunit_probe(test, &asking_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	KUNIT_EXPECT_NULL(test, dmf_feature_module_get_from_device(ddev, DMF_FEATURE_BRANCH_TRACK));
	modules[0] = dmf_feature_module_get_from_device(ddev, DMF_FEATURE_LIVE_KERNEL_DUMP);
	modules[1] = feature->other;
	KUNIT_ASSERT_NOT_NULL(test, modules[0]);
	expect_order(test, ddev, modules, 2);
}

/* Methods of a feature that is not there: what they return with NULL. */
static void absent_features_do_nothing(struct kunit *test)
{
	struct feature *feature = test->priv;
	struct dmf_device *ddev = dmf_kunit_probe(test, &silent_ops);
	const struct dmf_live_kernel_dump_region region = {
		.name = "test", .address = test, .size = sizeof(*test),
	};
	struct dmf_live_kernel_dump *dump;
	struct dmf_branch_track *track;
	size_t needed;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	track = dmf_branch_track_get_from_device(ddev);
	dump = (struct dmf_live_kernel_dump *)
	       dmf_feature_module_get_from_module(feature->other, DMF_FEATURE_LIVE_KERNEL_DUMP);
	KUNIT_EXPECT_NULL(test, track);
	KUNIT_EXPECT_NULL(test, dump);
	dmf_branch_track_reset(track);
	dmf_branch_track_show(track, NULL);
	KUNIT_EXPECT_EQ(test, dmf_branch_track_query(track, DMF_BRANCH_TRACK_STATUS, 0, NULL, 0,
						     &needed), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, dmf_live_kernel_dump_data_buffer_source_add(dump, &region), 0);
	KUNIT_EXPECT_EQ(test, dmf_live_kernel_dump_data_buffer_source_remove(dump, test), 0);
	KUNIT_EXPECT_EQ(test, dmf_live_kernel_dump_dmf_data_size_get(dump), 0);
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
	KUNIT_CASE(branch_track_then_live_kernel_dump_then_the_clients),
	KUNIT_CASE(each_feature_is_there_without_the_other),
	KUNIT_CASE(absent_features_do_nothing),
	{ }
};

static struct kunit_suite feature_suite = {
	.name = "dmf_feature",
	.init = feature_init,
	.test_cases = feature_cases,
};

kunit_test_suite(feature_suite);
