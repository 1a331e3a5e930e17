// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of power: every way down and up again, and what happens when any one callback
 * on it fails. The failing steps are generated, as in lifecycle_kunit.c.
 */
#include <linux/pm.h>

#include "../dmf/internal.h"
#include "lifecycle_fixture.h"

/* A way down: where to, and whether the device is armed for wake-up. */
struct way {
	const char *name;
	enum dmf_power target;
	bool wake;
	unsigned int opens;	/* that can fail on the way up: opens and registrations */
};

static const struct way ways[] = {
	{ "sleep", DMF_POWER_SLEEP, false, 6 },
	{ "sleep, armed", DMF_POWER_SLEEP, true, 6 },
	{ "hibernation", DMF_POWER_HIBERNATION, false, 6 },
	{ "idle", DMF_POWER_IDLE, false, 4 },
	{ "idle, armed", DMF_POWER_IDLE, true, 4 },
};

static void way_name(const struct way *way, char *name)
{
	strscpy(name, way->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(way, ways, way_name);

static void power_undo_wakeup(void *data)
{
	device_init_wakeup(data, false);
	put_device(data);
}

static struct dmf_device *power_probe(struct kunit *test, const struct way *way)
{
	struct dmf_device *ddev = lifecycle_probe(test);

	if (way->wake) {
		get_device(ddev->dev);
		KUNIT_ASSERT_EQ(test, device_init_wakeup(ddev->dev, true), 0);
		KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, power_undo_wakeup, ddev->dev), 0);
	}
	return ddev;
}

static bool is_wake(enum fake_what what)
{
	return what == FAKE_ARM_S0 || what == FAKE_ARM_SX || what == FAKE_DISARM_S0 ||
	       what == FAKE_DISARM_SX;
}

static bool is_told_power(enum fake_what what)
{
	return what == FAKE_D0_ENTRY || what == FAKE_D0_EXIT || what == FAKE_POST_INTERRUPTS ||
	       what == FAKE_PRE_INTERRUPTS;
}

/* -- Order ------------------------------------------------------------------------ */

static void down_visits_client_then_parent_then_children(struct kunit *test)
{
	static const char * const want[] = {
		"client.suspend", "sixth.suspend", "fifth.suspend", "mild.suspend",
		"lower.suspend", "fourth.suspend", "third.suspend", "second.suspend",
		"right.suspend", "left.suspend", "deep.suspend", "first.suspend", "below.suspend",
		"client.arm_sx", "sixth.arm_sx", "fifth.arm_sx", "mild.arm_sx", "lower.arm_sx",
		"fourth.arm_sx", "third.arm_sx", "second.arm_sx", "right.arm_sx", "left.arm_sx",
		"deep.arm_sx", "first.arm_sx", "below.arm_sx", "client.pre_interrupts",
	};
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = power_probe(test, &ways[1]);

	fake_rewind(&life->script, 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(ddev->dev), 0);
	lifecycle_check_begins(test, want, ARRAY_SIZE(want));
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(ddev->dev), 0);
}

static void up_mirrors_down(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = power_probe(test, way);
	unsigned int i, count, system_closed = 0, wakes = 0;

	fake_rewind(&life->script, 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(ddev, way->target), 0);
	count = life->script.count;
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), 0);

	lifecycle_expect_log(life, count);
	lifecycle_expect_up_again(life, count);
	lifecycle_check(test, way->name, 0);

	for (i = 0; i < life->script.count; i++) {
		struct fake_call *call = &life->script.log[i];

		if (is_told_power(call->what))
			KUNIT_EXPECT_EQ(test, call->power, way->target);
		system_closed += call->what == FAKE_CLOSE &&
				 call->option == DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP;
		wakes += is_wake(call->what);
	}
	KUNIT_EXPECT_EQ(test, system_closed, way->target == DMF_POWER_IDLE ? 0 : 2);
	KUNIT_EXPECT_EQ(test, wakes, way->wake ? 2 * LIFECYCLE_VISITS : 0);
}

static void second_way_down_does_nothing(struct kunit *test)
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

/* -- Every failing step -------------------------------------------------------------- */

static void every_failing_step_down_is_undone_in_reverse(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = power_probe(test, way);
	unsigned int step, failed;

	for (step = 1;; step++) {
		fake_rewind(&life->script, step);
		if (!dmf_device_power_down(ddev, way->target))
			break;

		failed = lifecycle_failed_call(life);
		lifecycle_expect_log(life, failed + 1);
		lifecycle_expect_up_again(life, failed);
		lifecycle_check(test, way->name, step);
		KUNIT_EXPECT_EQ(test, ddev->power, DMF_POWER_D0);
		KUNIT_EXPECT_EQ(test, dmf_io_error(ddev), 0);
	}
	KUNIT_EXPECT_EQ(test, step - 1, (way->wake ? 4 : 3) * LIFECYCLE_VISITS);
	fake_rewind(&life->script, 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), 0);
}

/* Those that are armed are disarmed, whether or not the way up got as far. */
static void expect_disarmed(struct lifecycle *life, unsigned int failed, const struct way *way)
{
	enum fake_what what = way->target == DMF_POWER_IDLE ? FAKE_DISARM_S0 : FAKE_DISARM_SX;
	struct fake_script *script = &life->script;
	unsigned int i;

	for (i = 0; i < failed; i++) {
		if (script->log[i].what == what)
			return;
	}
	for (i = failed; i < script->count; i++) {
		if (script->log[i].what == what)
			lifecycle_expect(life, &script->log[i], what);
	}
}

static unsigned int count_calls(const struct fake_script *script, enum fake_what what)
{
	unsigned int i, count = 0;

	for (i = 0; i < script->count; i++)
		count += script->log[i].what == what;
	return count;
}

static void check_failed_up(struct kunit *test, const struct way *way, struct dmf_device *ddev,
			    unsigned int step)
{
	struct lifecycle *life = test->priv;
	unsigned int failed = lifecycle_failed_call(life);
	unsigned int i, disarmed;

	lifecycle_expect_log(life, failed + 1);
	for (i = failed; i--;) {
		struct fake_call *call = &life->script.log[i];

		if (call->failed)
			continue;
		if (call->what == FAKE_OPEN)
			lifecycle_expect(life, call, FAKE_PRE_CLOSE);
		lifecycle_expect_down(life, call);
	}
	expect_disarmed(life, failed, way);
	lifecycle_check(test, way->name, step);
	disarmed = count_calls(&life->script, FAKE_DISARM_S0) +
		   count_calls(&life->script, FAKE_DISARM_SX);
	KUNIT_EXPECT_EQ(test, disarmed, way->wake ? LIFECYCLE_VISITS : 0);
	KUNIT_EXPECT_EQ(test, dmf_io_error(ddev), -EIO);
}

static void every_failing_step_up_leaves_a_failed_device(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev;
	unsigned int step, count;

	for (step = 1;; step++) {
		fake_rewind(&life->script, 0);
		ddev = power_probe(test, way);
		KUNIT_ASSERT_EQ(test, dmf_device_power_down(ddev, way->target), 0);
		fake_rewind(&life->script, step);
		if (!dmf_device_power_up(ddev))
			break;

		check_failed_up(test, way, ddev, step);

		/* Power events are skipped, remove releases all the same. */
		count = life->script.count;
		KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(ddev->dev), 0);
		KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(ddev->dev), 0);
		KUNIT_EXPECT_EQ(test, life->script.count, count);
		dmf_kunit_remove(test, ddev);
		KUNIT_EXPECT_GT(test, life->script.count, count);
	}
	KUNIT_EXPECT_EQ(test, step - 1, way->opens + 3 * LIFECYCLE_VISITS);
}

/* The way down fails, and then so does the way back. */
static void a_second_failure_takes_everything_down(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev;
	unsigned int step, again;

	for (step = 2; step <= 3 * LIFECYCLE_VISITS; step += 3) {
		for (again = 1; again < step; again += 3) {
			fake_rewind(&life->script, 0);
			ddev = lifecycle_probe(test);
			life->script.fail_at = life->script.fallible + step;
			life->script.fail_again = again;
			KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(ddev->dev), -EIO);
			KUNIT_EXPECT_TRUE(test, ddev->failed);
			KUNIT_EXPECT_EQ(test, dmf_io_error(ddev), -EIO);
			dmf_kunit_remove(test, ddev);
			lifecycle_check_balanced(test, step * 100 + again);
		}
	}
}

static void what_is_open_while_idle_is_closed_at_remove(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev;
	unsigned int step;

	for (step = 0; step <= ways[3].opens + 3 * LIFECYCLE_VISITS; step++) {
		fake_rewind(&life->script, 0);
		ddev = lifecycle_probe(test);
		KUNIT_ASSERT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_IDLE), 0);
		if (step) {
			life->script.fail_at = life->script.fallible + step;
			KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), -EIO);
		}
		dmf_kunit_remove(test, ddev);
		lifecycle_check_balanced(test, step);
	}
}

/* -- Who woke up ------------------------------------------------------------------------ */

static void check_woke(struct kunit *test, enum fake_what woke, unsigned int count)
{
	struct lifecycle *life = test->priv;

	KUNIT_EXPECT_EQ(test, count_calls(&life->script, woke), count);
	KUNIT_EXPECT_EQ(test, count_calls(&life->script, FAKE_WOKE_S0) +
			count_calls(&life->script, FAKE_WOKE_SX), count);
}

static void wake_is_told_when_the_device_says_so(struct kunit *test)
{
	const struct way *way = test->param_value;
	enum fake_what woke = way->target == DMF_POWER_IDLE ? FAKE_WOKE_S0 : FAKE_WOKE_SX;
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = power_probe(test, way);

	fake_rewind(&life->script, 0);
	KUNIT_ASSERT_EQ(test, dmf_device_power_down(ddev, way->target), 0);
	dmf_device_wake_triggered(ddev);
	KUNIT_ASSERT_EQ(test, dmf_device_power_up(ddev), 0);
	check_woke(test, woke, way->wake ? LIFECYCLE_VISITS : 0);

	/* It does not stick. */
	fake_rewind(&life->script, 0);
	KUNIT_ASSERT_EQ(test, dmf_device_power_down(ddev, way->target), 0);
	KUNIT_ASSERT_EQ(test, dmf_device_power_up(ddev), 0);
	check_woke(test, woke, 0);
}

static void wake_that_the_bus_reports_is_told(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = power_probe(test, &ways[1]);
	unsigned int i;

	pm_wakeup_event(ddev->dev, 0);	/* before the device is armed */
	fake_rewind(&life->script, 0);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.suspend(ddev->dev), 0);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.resume(ddev->dev), 0);
	check_woke(test, FAKE_WOKE_SX, 0);

	fake_rewind(&life->script, 0);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.suspend(ddev->dev), 0);
	pm_wakeup_event(ddev->dev, 0);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.resume(ddev->dev), 0);
	check_woke(test, FAKE_WOKE_SX, LIFECYCLE_VISITS);

	/* All have disarmed before the first is told, and then comes the restart. */
	for (i = 0; life->script.log[i].what != FAKE_WOKE_SX; i++)
		;
	KUNIT_EXPECT_EQ(test, life->script.log[i - 1].what, FAKE_DISARM_SX);
	KUNIT_EXPECT_STREQ(test, life->script.log[i - 1].who, "client");
	KUNIT_EXPECT_STREQ(test, life->script.log[i].who, "below");
	i += LIFECYCLE_VISITS;
	KUNIT_EXPECT_STREQ(test, life->script.log[i - 1].who, "client");
	KUNIT_EXPECT_EQ(test, life->script.log[i].what, FAKE_RESTART);
}

/* device_can_wakeup() decides about idle, device_may_wakeup() about sleep. */
static void user_space_decides_about_sleep_only(struct kunit *test)
{
	struct lifecycle *life = test->priv;
	struct dmf_device *ddev = power_probe(test, &ways[1]);

	KUNIT_ASSERT_EQ(test, device_set_wakeup_enable(ddev->dev, false), 0);
	fake_rewind(&life->script, 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_SLEEP), 0);
	KUNIT_EXPECT_EQ(test, count_calls(&life->script, FAKE_ARM_SX), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_IDLE), 0);
	KUNIT_EXPECT_EQ(test, count_calls(&life->script, FAKE_ARM_S0), LIFECYCLE_VISITS);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), 0);
	KUNIT_EXPECT_EQ(test, count_calls(&life->script, FAKE_DISARM_S0), LIFECYCLE_VISITS);
}

static struct kunit_case power_cases[] = {
	KUNIT_CASE(down_visits_client_then_parent_then_children),
	KUNIT_CASE_PARAM(up_mirrors_down, way_gen_params),
	KUNIT_CASE(second_way_down_does_nothing),
	KUNIT_CASE_PARAM(every_failing_step_down_is_undone_in_reverse, way_gen_params),
	KUNIT_CASE_PARAM(every_failing_step_up_leaves_a_failed_device, way_gen_params),
	KUNIT_CASE(a_second_failure_takes_everything_down),
	KUNIT_CASE(what_is_open_while_idle_is_closed_at_remove),
	KUNIT_CASE_PARAM(wake_is_told_when_the_device_says_so, way_gen_params),
	KUNIT_CASE(wake_that_the_bus_reports_is_told),
	KUNIT_CASE(user_space_decides_about_sleep_only),
	{ }
};

static struct kunit_suite power_suite = {
	.name = "dmf_power",
	.init = lifecycle_init,
	.test_cases = power_cases,
};

kunit_test_suite(power_suite);
