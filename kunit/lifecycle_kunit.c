// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the lifecycle: the order of all callbacks from probe to remove, and what
 * happens when any one of them fails. The failing steps are generated: each test runs
 * once for every call that can fail, and what must follow is computed from the calls
 * that succeeded. Power transitions are the matter of power_kunit.c.
 */
#include <linux/pm.h>

#include "../dmf/internal.h"
#include "lifecycle_fixture.h"

/* -- Order ---------------------------------------------------------------------- */

/* What the generated tests build on, written by hand once. */
static void probe_visits_children_before_parent_and_client_last(struct kunit *test)
{
	static const char * const want[] = {
		"first.create", "below.create", "second.create", "left.create", "deep.create",
		"right.create", "third.create", "fourth.create", "fifth.create", "lower.create",
		"mild.create", "sixth.create",
		"below.open", "first.open", "deep.open", "fourth.register", "fourth.open",
		"below.prepare_hardware", "first.prepare_hardware", "deep.prepare_hardware",
		"left.resources_assign", "left.open", "left.prepare_hardware",
		"right.resources_assign", "right.prepare_hardware",
		"second.resources_assign", "second.prepare_hardware",
		"third.resources_assign", "third.open", "third.prepare_hardware",
		"fourth.prepare_hardware",
		"lower.resources_assign", "lower.register", "lower.open", "lower.prepare_hardware",
		"mild.resources_assign", "mild.prepare_hardware",
		"fifth.resources_assign", "fifth.prepare_hardware",
		"sixth.resources_assign", "sixth.prepare_hardware", "client.prepare_hardware",
		"below.d0_entry", "first.d0_entry", "deep.d0_entry", "left.d0_entry",
		"right.open", "right.d0_entry", "second.open", "second.d0_entry",
		"third.d0_entry", "fourth.d0_entry", "lower.d0_entry", "mild.open",
		"mild.d0_entry", "fifth.open", "fifth.d0_entry",
		"sixth.register", "sixth.open", "sixth.d0_entry", "client.d0_entry",
		"below.post_interrupts", "first.post_interrupts",
	};

	lifecycle_probe(test);
	lifecycle_check_begins(test, want, ARRAY_SIZE(want));
}

static void remove_is_probe_in_reverse(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = lifecycle_probe(test);
	unsigned int count = life->script.count;

	dmf_kunit_remove(test, ddev);
	lifecycle_expect_log(life, count);
	lifecycle_expect_undone(life, count);
	lifecycle_check(test, "remove", 0);
	lifecycle_check_balanced(test, 0);
}

static void surprise_removal_comes_first_client_before_modules(struct kunit *test)
{
	static const char * const want[] = {
		"client.surprise", "sixth.surprise", "fifth.surprise", "mild.surprise",
		"lower.surprise", "fourth.surprise", "third.surprise", "second.surprise",
		"right.surprise", "left.surprise", "deep.surprise", "first.surprise",
		"below.surprise", "client.suspend",
	};
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = lifecycle_probe(test);

	fake_rewind(&life->script, 0);
	dmf_kunit_remove_surprise(test, ddev);
	lifecycle_check_begins(test, want, ARRAY_SIZE(want));
}

static void shutdown_takes_power_down_only(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = lifecycle_probe(test);
	unsigned int i;

	fake_rewind(&life->script, 0);
	dmf_device_shutdown(ddev);
	for (i = 0; i < life->script.count; i++) {
		KUNIT_EXPECT_NE(test, life->script.log[i].what, FAKE_RELEASE_HARDWARE);
		KUNIT_EXPECT_NE(test, life->script.log[i].what, FAKE_DESTROY);
	}
	KUNIT_EXPECT_EQ(test, dmf_io_error(ddev), -ESHUTDOWN);
}

/* -- Queries -------------------------------------------------------------------- */

static const char * const query_order[] = {
	"client", "sixth", "fifth", "mild", "lower", "fourth", "third", "second", "right",
	"left", "deep", "first", "below",
};

static void check_query(struct kunit *test, enum fake_what what, unsigned int count)
{
	struct lifecycle *life = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, life->script.count, count);
	for (i = 0; i < count; i++) {
		KUNIT_EXPECT_STREQ(test, life->script.log[i].who, query_order[i]);
		KUNIT_EXPECT_EQ(test, life->script.log[i].what, what);
	}
}

static void queries_ask_client_then_modules_until_one_objects(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = lifecycle_probe(test);
	unsigned int step;

	for (step = 1; step <= LIFECYCLE_VISITS; step++) {
		fake_rewind(&life->script, step);
		life->script.error = -EBUSY;
		KUNIT_EXPECT_EQ(test, dmf_device_query_remove(ddev), -EBUSY);
		check_query(test, FAKE_QUERY_REMOVE, step);

		fake_rewind(&life->script, step);
		life->script.error = -EBUSY;
		KUNIT_EXPECT_EQ(test, dmf_device_query_stop(ddev), -EBUSY);
		check_query(test, FAKE_QUERY_STOP, step);
	}
	fake_rewind(&life->script, 0);
	KUNIT_EXPECT_EQ(test, dmf_device_query_remove(ddev), 0);
	check_query(test, FAKE_QUERY_REMOVE, LIFECYCLE_VISITS);
	fake_rewind(&life->script, 0);
	KUNIT_EXPECT_EQ(test, dmf_device_query_stop(ddev), 0);
	check_query(test, FAKE_QUERY_STOP, LIFECYCLE_VISITS);
	fake_rewind(&life->script, 0);
	dmf_device_rescan(ddev, DMF_RELATION_BUS);
	check_query(test, FAKE_RELATIONS, LIFECYCLE_VISITS);
}

static ssize_t ask(struct dmf_device *ddev, const char *text)
{
	return ddev->remove_request.store(ddev->dev, &ddev->remove_request, text, strlen(text));
}

static void remove_request_of_user_space_asks(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = lifecycle_probe(test);

	KUNIT_ASSERT_TRUE(test, ddev->remove_request_added);
	fake_rewind(&life->script, 0);
	KUNIT_EXPECT_EQ(test, ask(ddev, "0"), -EINVAL);
	KUNIT_EXPECT_EQ(test, ask(ddev, "please"), -EINVAL);
	KUNIT_EXPECT_EQ(test, life->script.count, 0);
	KUNIT_EXPECT_EQ(test, ask(ddev, "1\n"), 2);
	check_query(test, FAKE_QUERY_REMOVE, LIFECYCLE_VISITS);
	fake_rewind(&life->script, 3);
	KUNIT_EXPECT_EQ(test, ask(ddev, "1"), -EIO);
}

/* -- Every failing step ------------------------------------------------------------ */

static void every_failing_step_of_probe_is_undone_in_reverse(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev;
	unsigned int step, failed;

	for (step = 1;; step++) {
		fake_rewind(&life->script, step);
		ddev = dmf_kunit_probe(test, &lifecycle_client_ops);
		if (!IS_ERR(ddev))
			break;

		KUNIT_EXPECT_EQ(test, PTR_ERR(ddev), -EIO);
		failed = lifecycle_failed_call(life);
		lifecycle_expect_log(life, failed + 1);
		lifecycle_expect_undone(life, failed);
		lifecycle_check(test, "probe", step);
		lifecycle_check_balanced(test, step);
	}
	/*
	 * All are created and opened, 3 are registered before that, 8 get resources;
	 * 4 phases of all Modules and the Client.
	 */
	KUNIT_EXPECT_EQ(test, step - 1, 2 * LIFECYCLE_MODULES + 3 + 8 + 4 * LIFECYCLE_VISITS);
}

static void errors_of_remove_do_not_stop_it(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev;
	unsigned int step;

	for (step = 1; step <= 3 * LIFECYCLE_VISITS; step++) {
		fake_rewind(&life->script, 0);
		ddev = lifecycle_probe(test);
		life->script.fail_at = life->script.fallible + step;
		dmf_kunit_remove(test, ddev);
		lifecycle_check_balanced(test, step);
	}
}

/* -- Memory --------------------------------------------------------------------------- */

static void every_allocation_of_probe_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &lifecycle_client_ops, 50);
}

/* -- Rules that creation checks --------------------------------------------------------- */

static struct fake_module_config early_child = { .name = "child" };
static struct fake_module_config early_parent = {
	.name = "parent", .children = &early_child, .child_count = 1,
};

static int early_parent_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	early_child.script = lifecycle_script(ddev);
	early_parent.script = lifecycle_script(ddev);
	return fake_module_add(init, &early_parent);
}

/* When each option opens, and whether that is known beforehand. */
static const struct {
	unsigned int rank;
	bool notify;
} options[] = {
	[DMF_OPEN_CREATE]			= { 0 },
	[DMF_OPEN_PREPARE_HARDWARE]		= { 1 },
	[DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP]	= { 2 },
	[DMF_OPEN_D0_ENTRY]			= { 3 },
	[DMF_NOTIFY_CREATE]			= { 0, true },
	[DMF_NOTIFY_PREPARE_HARDWARE]		= { 1, true },
	[DMF_NOTIFY_D0_ENTRY]			= { 3, true },
};

static void parent_that_opens_before_its_child_is_refused(struct kunit *test)
{
	static const struct dmf_client_ops ops = { .modules_add = early_parent_modules_add };
	unsigned int parent, child;
	int want;

	for (parent = 0; parent < ARRAY_SIZE(options); parent++) {
		for (child = 0; child < ARRAY_SIZE(options); child++) {
			early_parent.option = parent;
			early_child.option = child;
			want = options[child].notify ||
			       options[parent].rank >= options[child].rank ? 0 : -EINVAL;
			KUNIT_EXPECT_EQ_MSG(test, want,
					    PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &ops)),
					    "parent %u, child %u", parent, child);
			fake_rewind(&((struct lifecycle *)test->priv)->script, 0);
		}
	}
}

static struct fake_module_config nested[DMF_MODULE_DEPTH_MAX + 2];

static int nested_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(nested); i++) {
		nested[i].script = lifecycle_script(ddev);
		nested[i].name = "nested";
	}
	return fake_module_add(init, nested);
}

static void nest(unsigned int depth)
{
	int i;

	memset(nested, 0, sizeof(nested));
	for (i = 0; i < depth; i++) {
		nested[i].children = &nested[i + 1];
		nested[i].child_count = 1;
	}
}

static void nesting_is_bounded(struct kunit *test)
{
	static const struct dmf_client_ops ops = { .modules_add = nested_modules_add };

	nest(DMF_MODULE_DEPTH_MAX);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &ops)), 0);
	nest(DMF_MODULE_DEPTH_MAX + 1);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &ops)), -EINVAL);
}

static void client_without_callbacks_works(struct kunit *test)
{
	static const struct dmf_client_ops ops = { };
	struct dmf_device *ddev = dmf_kunit_probe(test, &ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	KUNIT_EXPECT_NULL(test, dmf_device_node_name(ddev));
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dmf_device_dev(ddev)), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dmf_device_dev(ddev)), 0);
}

static int defer_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return -EPROBE_DEFER;
}

static void probe_deferral_is_passed_on(struct kunit *test)
{
	static const struct dmf_client_ops ops = { .modules_add = defer_modules_add };

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &ops)), -EPROBE_DEFER);
}

static struct kunit_case lifecycle_cases[] = {
	KUNIT_CASE(probe_visits_children_before_parent_and_client_last),
	KUNIT_CASE(remove_is_probe_in_reverse),
	KUNIT_CASE(surprise_removal_comes_first_client_before_modules),
	KUNIT_CASE(shutdown_takes_power_down_only),
	KUNIT_CASE(queries_ask_client_then_modules_until_one_objects),
	KUNIT_CASE(remove_request_of_user_space_asks),
	KUNIT_CASE(every_failing_step_of_probe_is_undone_in_reverse),
	KUNIT_CASE(errors_of_remove_do_not_stop_it),
	KUNIT_CASE(every_allocation_of_probe_may_fail),
	KUNIT_CASE(parent_that_opens_before_its_child_is_refused),
	KUNIT_CASE(nesting_is_bounded),
	KUNIT_CASE(client_without_callbacks_works),
	KUNIT_CASE(probe_deferral_is_passed_on),
	{ }
};

static struct kunit_suite lifecycle_suite = {
	.name = "dmf_lifecycle",
	.init = lifecycle_init,
	.test_cases = lifecycle_cases,
};

kunit_test_suite(lifecycle_suite);
