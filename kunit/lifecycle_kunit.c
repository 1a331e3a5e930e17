// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the lifecycle: the order of all callbacks, and what happens when any
 * one of them fails. The failing steps are generated: each test runs once for
 * every call that can fail, and what must follow is computed from the calls
 * that succeeded.
 */
#include <linux/pm.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "fake_module.h"

static const char client_name[] = "client";

struct lifecycle {
	struct fake_script script;
	struct fake_call expected[FAKE_LOG_MAX];
	unsigned int expected_count;
};

/*
 * first         create
 *   below       create
 * second        d0-entry
 *   left        prepare-hardware
 *     deep      create
 *   right       d0-entry
 * third         prepare-hardware
 */
static struct fake_module_config deep = { .name = "deep", .option = DMF_OPEN_CREATE };
static struct fake_module_config below = { .name = "below", .option = DMF_OPEN_CREATE };
static struct fake_module_config second_children[] = {
	{ .name = "left", .option = DMF_OPEN_PREPARE_HARDWARE, .children = &deep,
	  .child_count = 1 },
	{ .name = "right", .option = DMF_OPEN_D0_ENTRY },
};

static struct fake_module_config top[] = {
	{ .name = "first", .option = DMF_OPEN_CREATE, .children = &below, .child_count = 1 },
	{ .name = "second", .option = DMF_OPEN_D0_ENTRY, .children = second_children,
	  .child_count = ARRAY_SIZE(second_children) },
	{ .name = "third", .option = DMF_OPEN_PREPARE_HARDWARE },
};

static struct fake_script *client_script(struct dmf_device *ddev)
{
	struct lifecycle *life = dmf_kunit_priv(ddev);

	return &life->script;
}

static int client_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct fake_script *script = client_script(ddev);
	int i, ret = 0;

	deep.script = script;
	below.script = script;
	for (i = 0; i < ARRAY_SIZE(second_children); i++)
		second_children[i].script = script;
	for (i = 0; i < ARRAY_SIZE(top) && !ret; i++) {
		top[i].script = script;
		ret = fake_module_add(init, &top[i]);
	}
	return ret;
}

static int client_step(struct dmf_device *ddev, enum fake_what what)
{
	return fake_step(client_script(ddev), client_name, what, -1);
}

static void client_note(struct dmf_device *ddev, enum fake_what what)
{
	fake_note(client_script(ddev), client_name, what, -1);
}

static int client_prepare_hardware(struct dmf_device *ddev)
{
	return client_step(ddev, FAKE_PREPARE_HARDWARE);
}

static int client_d0_entry(struct dmf_device *ddev, enum dmf_power previous)
{
	return client_step(ddev, FAKE_D0_ENTRY);
}

static int client_d0_exit(struct dmf_device *ddev, enum dmf_power target)
{
	return client_step(ddev, FAKE_D0_EXIT);
}

static int client_post_interrupts(struct dmf_device *ddev, enum dmf_power previous)
{
	return client_step(ddev, FAKE_POST_INTERRUPTS);
}

static int client_pre_interrupts(struct dmf_device *ddev, enum dmf_power target)
{
	return client_step(ddev, FAKE_PRE_INTERRUPTS);
}

static int client_init(struct dmf_device *ddev)
{
	return client_step(ddev, FAKE_INIT);
}

static int client_restart(struct dmf_device *ddev)
{
	return client_step(ddev, FAKE_RESTART);
}

static int client_suspend(struct dmf_device *ddev)
{
	return client_step(ddev, FAKE_SUSPEND);
}

static void client_release_hardware(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_RELEASE_HARDWARE);
}

static void client_flush(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_FLUSH);
}

static void client_cleanup(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_CLEANUP);
}

static void client_surprise(struct dmf_device *ddev)
{
	client_note(ddev, FAKE_SURPRISE);
}

static const struct dmf_client_ops client_ops = {
	.modules_add				= client_modules_add,
	.prepare_hardware			= client_prepare_hardware,
	.release_hardware			= client_release_hardware,
	.d0_entry				= client_d0_entry,
	.d0_exit				= client_d0_exit,
	.d0_entry_post_interrupts_enabled	= client_post_interrupts,
	.d0_exit_pre_interrupts_disabled	= client_pre_interrupts,
	.self_managed_io_init			= client_init,
	.self_managed_io_restart		= client_restart,
	.self_managed_io_suspend		= client_suspend,
	.self_managed_io_flush			= client_flush,
	.self_managed_io_cleanup		= client_cleanup,
	.surprise_removal			= client_surprise,
};

/* -- Expectations ------------------------------------------------------------- */

static void expect(struct lifecycle *life, const struct fake_call *call, enum fake_what what)
{
	if (what && life->expected_count < FAKE_LOG_MAX)
		life->expected[life->expected_count++] = (struct fake_call){
			call->who, what, call->option };
}

static void expect_what_succeeded(struct lifecycle *life, unsigned int count)
{
	unsigned int i;

	life->expected_count = 0;
	for (i = 0; i < count; i++)
		expect(life, &life->script.log[i], life->script.log[i].what);
}

static const struct {
	enum fake_what up;
	enum fake_what down;
} counterparts[] = {
	{ FAKE_CREATE, FAKE_DESTROY },
	{ FAKE_OPEN, FAKE_CLOSE },
	{ FAKE_PREPARE_HARDWARE, FAKE_RELEASE_HARDWARE },
	{ FAKE_D0_ENTRY, FAKE_D0_EXIT },
	{ FAKE_POST_INTERRUPTS, FAKE_PRE_INTERRUPTS },
	{ FAKE_INIT, FAKE_SUSPEND },
	{ FAKE_RESTART, FAKE_SUSPEND },
};

static enum fake_what down_of(enum fake_what up)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(counterparts); i++) {
		if (counterparts[i].up == up)
			return counterparts[i].down;
	}
	return FAKE_NOTHING;
}

/* Coming up again is a restart, not an init; pre_close has no counterpart. */
static enum fake_what up_of(enum fake_what down)
{
	int i;

	for (i = ARRAY_SIZE(counterparts) - 1; i >= 0; i--) {
		if (counterparts[i].down == down)
			return counterparts[i].up;
	}
	return FAKE_NOTHING;
}

/* Those whose init has succeeded are flushed, then cleaned up, the latest first. */
static void expect_io_end(struct lifecycle *life, unsigned int count)
{
	struct fake_call *log = life->script.log;
	unsigned int i;

	for (i = count; i--;)
		expect(life, &log[i], log[i].what == FAKE_INIT ? FAKE_FLUSH : FAKE_NOTHING);
	for (i = count; i--;)
		expect(life, &log[i], log[i].what == FAKE_INIT ? FAKE_CLEANUP : FAKE_NOTHING);
}

/* The first @count calls were on the way up, and are undone in exact reverse. */
static void expect_undone(struct lifecycle *life, unsigned int count)
{
	bool io_ended = false;
	unsigned int i;

	for (i = count; i--;) {
		struct fake_call *call = &life->script.log[i];

		if (call->failed)
			continue;
		/* Self-managed I/O ends between the hardware and what opened before it. */
		if (!io_ended && (call->what == FAKE_CREATE ||
				  (call->what == FAKE_OPEN && call->option == DMF_OPEN_CREATE))) {
			expect_io_end(life, count);
			io_ended = true;
		}
		if (call->what == FAKE_OPEN)
			expect(life, call, FAKE_PRE_CLOSE);
		expect(life, call, down_of(call->what));
	}
}

/* Index of the call that failed; a parent that fails with it began earlier. */
static unsigned int failed_call(struct lifecycle *life)
{
	unsigned int i = life->script.count;

	while (i-- && !life->script.log[i].failed)
		;
	return i;
}

static void check_log(struct kunit *test, struct lifecycle *life, const char *when,
		      unsigned int step)
{
	struct fake_call *got = life->script.log, *want = life->expected;
	unsigned int i, count = min(life->script.count, life->expected_count);

	KUNIT_EXPECT_EQ_MSG(test, life->script.count, life->expected_count, "%s, step %u", when,
			    step);
	for (i = 0; i < count; i++) {
		if (got[i].who != want[i].who || got[i].what != want[i].what) {
			KUNIT_FAIL(test, "%s, step %u: call %u is %s.%s, not %s.%s", when, step, i,
				   got[i].who, fake_names[got[i].what], want[i].who,
				   fake_names[want[i].what]);
			return;
		}
	}
}

/* In the whole log each pair alternates, and everything is down in the end. */
static void check_balanced(struct kunit *test, struct fake_script *script, unsigned int step)
{
	unsigned int i, j, k;

	for (i = 0; i < script->count; i++) {
		struct fake_call *up = &script->log[i];
		enum fake_what down = up->failed ? FAKE_NOTHING : down_of(up->what);

		if (!down)
			continue;
		for (j = i + 1; j < script->count; j++) {
			struct fake_call *next = &script->log[j];

			k = next->who == up->who && next->what == up->what;
			KUNIT_EXPECT_FALSE_MSG(test, k, "step %u: %s.%s again", step, up->who,
					       fake_names[up->what]);
			if (k || (next->who == up->who && next->what == down))
				break;
		}
		KUNIT_EXPECT_LT_MSG(test, j, script->count, "step %u: %s.%s is never undone", step,
				    up->who, fake_names[up->what]);
	}
}

/* -- Order ---------------------------------------------------------------------- */

static struct dmf_device *lifecycle_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &client_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

/* What the generated tests build on, written by hand once. */
static void probe_visits_children_before_parent_and_client_last(struct kunit *test)
{
	static const char * const want[] = {
		"first.create", "below.create",
		"second.create", "left.create", "deep.create", "right.create", "third.create",
		"below.open", "first.open", "deep.open",
		"below.prepare_hardware", "first.prepare_hardware", "deep.prepare_hardware",
		"left.open", "left.prepare_hardware", "right.prepare_hardware",
		"second.prepare_hardware", "third.open", "third.prepare_hardware",
		"client.prepare_hardware",
		"below.d0_entry", "first.d0_entry", "deep.d0_entry", "left.d0_entry",
		"right.open", "right.d0_entry", "second.open", "second.d0_entry",
		"third.d0_entry", "client.d0_entry",
	};
	struct lifecycle *life = test->priv;
	char call[64];
	int i;

	lifecycle_probe(test);
	KUNIT_ASSERT_GE(test, life->script.count, ARRAY_SIZE(want));
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		snprintf(call, sizeof(call), "%s.%s", life->script.log[i].who,
			 fake_names[life->script.log[i].what]);
		KUNIT_EXPECT_STREQ(test, call, want[i]);
	}
}

static void remove_is_probe_in_reverse(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = lifecycle_probe(test);
	unsigned int count = life->script.count;

	dmf_kunit_remove(test, ddev);
	expect_what_succeeded(life, count);
	expect_undone(life, count);
	check_log(test, life, "remove", 0);
	check_balanced(test, &life->script, 0);
}

static void surprise_removal_comes_first_client_before_modules(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = lifecycle_probe(test);
	struct fake_call *log;

	fake_rewind(&life->script, 0);
	dmf_kunit_remove_surprise(test, ddev);
	log = life->script.log;
	KUNIT_EXPECT_EQ(test, log[0].what, FAKE_SURPRISE);
	KUNIT_EXPECT_PTR_EQ(test, log[0].who, (const char *)client_name);
	KUNIT_EXPECT_STREQ(test, log[1].who, "third");
	KUNIT_EXPECT_STREQ(test, log[7].who, "below");
	KUNIT_EXPECT_EQ(test, log[7].what, FAKE_SURPRISE);
	KUNIT_EXPECT_NE(test, log[8].what, FAKE_SURPRISE);
}

static void suspend_and_resume_mirror_each_other(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = lifecycle_probe(test);
	struct device *dev = dmf_device_dev(ddev);
	unsigned int i, count;

	fake_rewind(&life->script, 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	count = life->script.count;
	KUNIT_EXPECT_GT(test, count, 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);

	expect_what_succeeded(life, count);
	for (i = count; i--;)
		expect(life, &life->script.log[i], up_of(life->script.log[i].what));
	check_log(test, life, "resume", 0);
}

static void second_suspend_does_nothing(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = lifecycle_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_IDLE), 0);
	fake_rewind(&life->script, 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_SLEEP), 0);
	KUNIT_EXPECT_EQ(test, life->script.count, 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), 0);
	fake_rewind(&life->script, 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), 0);
	KUNIT_EXPECT_EQ(test, life->script.count, 0);
}

static void shutdown_takes_power_down_only(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = lifecycle_probe(test);
	unsigned int i;

	fake_rewind(&life->script, 0);
	dmf_device_shutdown(dmf_device_dev(ddev));
	for (i = 0; i < life->script.count; i++) {
		KUNIT_EXPECT_NE(test, life->script.log[i].what, FAKE_RELEASE_HARDWARE);
		KUNIT_EXPECT_NE(test, life->script.log[i].what, FAKE_DESTROY);
	}
	KUNIT_EXPECT_EQ(test, dmf_io_error(ddev), -ESHUTDOWN);
}

/* -- Every failing step ------------------------------------------------------------ */

static void every_failing_step_of_probe_is_undone_in_reverse(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev;
	unsigned int step, failed;

	for (step = 1;; step++) {
		fake_rewind(&life->script, step);
		ddev = dmf_kunit_probe(test, &client_ops);
		if (!IS_ERR(ddev))
			break;

		KUNIT_EXPECT_EQ(test, PTR_ERR(ddev), -EIO);
		failed = failed_call(life);
		expect_what_succeeded(life, failed + 1);
		expect_undone(life, failed);
		check_log(test, life, "probe", step);
		check_balanced(test, &life->script, step);
	}
	/* 7 creations, 7 opens, 4 phases of 7 Modules and the Client */
	KUNIT_EXPECT_EQ(test, step - 1, 7 + 7 + 4 * 8);
}

static void every_failing_step_of_suspend_is_undone_in_reverse(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = lifecycle_probe(test);
	struct device *dev = dmf_device_dev(ddev);
	unsigned int step, failed, i;

	for (step = 1;; step++) {
		fake_rewind(&life->script, step);
		if (!dmf_pm_ops.suspend(dev))
			break;

		failed = failed_call(life);
		expect_what_succeeded(life, failed + 1);
		for (i = failed; i--;)
			expect(life, &life->script.log[i], up_of(life->script.log[i].what));
		check_log(test, life, "suspend", step);
		KUNIT_EXPECT_EQ(test, ddev->power, DMF_POWER_D0);
		KUNIT_EXPECT_EQ(test, dmf_io_error(ddev), 0);
	}
	KUNIT_EXPECT_EQ(test, step - 1, 3 * 8);
	fake_rewind(&life->script, 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
}

static void every_failing_step_of_resume_leaves_a_failed_device(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	unsigned int step, failed, count, i;
	struct dmf_device *ddev;
	struct device *dev;

	for (step = 1;; step++) {
		fake_rewind(&life->script, 0);
		ddev = lifecycle_probe(test);
		dev = dmf_device_dev(ddev);
		KUNIT_ASSERT_EQ(test, dmf_pm_ops.suspend(dev), 0);
		fake_rewind(&life->script, step);
		if (!dmf_pm_ops.resume(dev))
			break;

		count = life->script.count;
		failed = failed_call(life);
		expect_what_succeeded(life, failed + 1);
		for (i = failed; i--;) {
			if (life->script.log[i].what == FAKE_OPEN)
				expect(life, &life->script.log[i], FAKE_PRE_CLOSE);
			expect(life, &life->script.log[i], down_of(life->script.log[i].what));
		}
		check_log(test, life, "resume", step);
		KUNIT_EXPECT_EQ(test, dmf_io_error(ddev), -EIO);

		/* Power events are skipped, remove releases all the same. */
		KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
		KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
		KUNIT_EXPECT_EQ(test, life->script.count, count);
		dmf_kunit_remove(test, ddev);
		KUNIT_EXPECT_GT(test, life->script.count, count);
	}
	/* second and right open, 3 phases of 7 Modules and the Client */
	KUNIT_EXPECT_EQ(test, step - 1, 2 + 3 * 8);
}

/* The way into the sleep fails, and then so does the way back. */
static void a_second_failure_takes_everything_down(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev;
	unsigned int step, again;

	for (step = 2; step <= 3 * 8; step += 3) {
		for (again = 1; again < step; again += 2) {
			fake_rewind(&life->script, 0);
			ddev = lifecycle_probe(test);
			life->script.fail_at = life->script.fallible + step;
			life->script.fail_again = again;
			KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dmf_device_dev(ddev)), -EIO);
			KUNIT_EXPECT_TRUE(test, ddev->failed);
			KUNIT_EXPECT_EQ(test, dmf_io_error(ddev), -EIO);
			dmf_kunit_remove(test, ddev);
			check_balanced(test, &life->script, step * 100 + again);
		}
	}
}

static void errors_of_remove_do_not_stop_it(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev;
	unsigned int step;

	for (step = 1; step <= 3 * 8; step++) {
		fake_rewind(&life->script, 0);
		ddev = lifecycle_probe(test);
		life->script.fail_at = life->script.fallible + step;
		dmf_kunit_remove(test, ddev);
		check_balanced(test, &life->script, step);
	}
}

/* -- Memory --------------------------------------------------------------------------- */

static void every_allocation_of_probe_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &client_ops, 30);
}

/* -- Rules that creation checks --------------------------------------------------------- */

static int early_parent_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	static struct fake_module_config child = { .name = "child", .option = DMF_OPEN_D0_ENTRY };
	static struct fake_module_config parent = {
		.name = "parent", .option = DMF_OPEN_CREATE, .children = &child, .child_count = 1,
	};

	child.script = client_script(ddev);
	parent.script = client_script(ddev);
	return fake_module_add(init, &parent);
}

static void parent_that_opens_before_its_child_is_refused(struct kunit *test)
{
	static const struct dmf_client_ops ops = { .modules_add = early_parent_modules_add };

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &ops)), -EINVAL);
}

static struct fake_module_config nested[DMF_MODULE_DEPTH_MAX + 2];

static int nested_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(nested); i++) {
		nested[i].script = client_script(ddev);
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

static int lifecycle_init(struct kunit *test)
{
	struct lifecycle *life = kunit_kzalloc(test, sizeof(*life), GFP_KERNEL);

	if (!life)
		return -ENOMEM;
	fake_rewind(&life->script, 0);
	test->priv = life;
	return 0;
}

static struct kunit_case lifecycle_cases[] = {
	KUNIT_CASE(probe_visits_children_before_parent_and_client_last),
	KUNIT_CASE(remove_is_probe_in_reverse),
	KUNIT_CASE(surprise_removal_comes_first_client_before_modules),
	KUNIT_CASE(suspend_and_resume_mirror_each_other),
	KUNIT_CASE(second_suspend_does_nothing),
	KUNIT_CASE(shutdown_takes_power_down_only),
	KUNIT_CASE(every_failing_step_of_probe_is_undone_in_reverse),
	KUNIT_CASE(every_failing_step_of_suspend_is_undone_in_reverse),
	KUNIT_CASE(every_failing_step_of_resume_leaves_a_failed_device),
	KUNIT_CASE(a_second_failure_takes_everything_down),
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
