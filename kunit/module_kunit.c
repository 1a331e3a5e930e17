// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of what a Module is given: its identity and Config, references, the undo
 * list, and locks of the three options.
 */
#include <linux/debug_locks.h>
#include <linux/dmf/module.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

struct subject_config {
	int number;
};

struct subject {
	struct dmf_module module;
};

struct subjects {
	struct dmf_module *module;
	struct dmf_module *child;
	struct dmf_module_desc desc;
	struct dmf_module_attributes attributes;
	struct subject_config config;
	bool no_config;
	bool with_child;
	int fail_open;
	unsigned int order[8];
	unsigned int count;		/* of @order */
	int late_result;
	unsigned int opened, closing;
};

static struct subjects *subjects_of(struct dmf_module *module)
{
	return dmf_kunit_priv(dmf_parent_device_get(module));
}

static void subject_undo(void *data)
{
	struct subjects *subjects = data;

	subjects->order[subjects->count++] = 1;
}

static void subject_undo_second(void *data)
{
	struct subjects *subjects = data;

	subjects->order[subjects->count++] = 2;
}

static int subject_open(struct dmf_module *module)
{
	struct subjects *subjects = subjects_of(module);
	int ret;

	ret = dmf_module_add_action_or_reset(module, subject_undo, subjects) ?:
	      dmf_module_add_action_or_reset(module, subject_undo_second, subjects);
	if (ret)
		return ret;
	if (!dmf_module_kzalloc(module, 64))
		return -ENOMEM;
	return subjects->fail_open;
}

static void subject_close(struct dmf_module *module)
{
	struct subjects *subjects = subjects_of(module);

	subjects->order[subjects->count++] = 3;
}

static int subject_child_modules_add(struct dmf_module *module, struct dmf_module_init *init);

static const struct dmf_module_ops subject_ops = {
	.child_modules_add	= subject_child_modules_add,
	.open			= subject_open,
	.close			= subject_close,
};

static struct dmf_module_keys subject_keys;

static int subject_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct subjects *subjects = subjects_of(module);

	if (!subjects->with_child || dmf_parent_module_get(module))
		return 0;
	return __dmf_module_add(init, &subjects->desc, &subject_keys, NULL, NULL,
				&subjects->child);
}

static void subject_post_open(struct dmf_module *module)
{
	subjects_of(module)->opened++;
}

static void subject_pre_close(struct dmf_module *module)
{
	struct subjects *subjects = subjects_of(module);

	/* Methods still work. */
	if (!dmf_module_acquire(module)) {
		subjects->closing++;
		dmf_module_release(module);
	}
}

static const struct dmf_module_event_callbacks subject_events = {
	.on_notification_post_open = subject_post_open,
	.on_notification_pre_close = subject_pre_close,
};

static int subjects_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct subjects *subjects = dmf_kunit_priv(ddev);

	return __dmf_module_add(init, &subjects->desc, &subject_keys,
				subjects->no_config ? NULL : &subjects->config,
				&subjects->attributes, &subjects->module);
}

static const struct dmf_client_ops subjects_ops = { .modules_add = subjects_modules_add };

static struct dmf_device *subjects_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &subjects_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

/* -- Identity and Config ------------------------------------------------------------ */

static void config_and_attributes_are_copied(struct kunit *test)
{
	struct subjects *subjects = test->priv;
	struct subject_config *config;
	struct dmf_device *ddev;
	char name[] = "instance";

	subjects->config.number = 5;
	subjects->attributes.instance_name = name;
	subjects->attributes.client_data = subjects;
	ddev = subjects_probe(test);
	subjects->config.number = 6;
	name[0] = 'X';
	config = dmf_module_config(subjects->module);
	KUNIT_EXPECT_EQ(test, config->number, 5);
	KUNIT_EXPECT_STREQ(test, dmf_module_name(subjects->module), "instance");
	KUNIT_EXPECT_PTR_EQ(test, dmf_module_client_data(subjects->module), (void *)subjects);
	KUNIT_EXPECT_PTR_EQ(test, dmf_parent_device_get(subjects->module), ddev);
	KUNIT_EXPECT_NULL(test, dmf_parent_module_get(subjects->module));
}

static void missing_config_is_one_of_zeros(struct kunit *test)
{
	struct subjects *subjects = test->priv;
	struct subject_config *config;

	subjects->no_config = true;
	subjects_probe(test);
	config = dmf_module_config(subjects->module);
	KUNIT_EXPECT_EQ(test, config->number, 0);
	KUNIT_EXPECT_STREQ(test, dmf_module_name(subjects->module), "subject");
}

static void client_hears_of_open_and_close(struct kunit *test)
{
	struct subjects *subjects = test->priv;
	struct dmf_device *ddev;

	subjects->attributes.event_callbacks = &subject_events;
	ddev = subjects_probe(test);
	KUNIT_EXPECT_EQ(test, subjects->opened, 1);
	KUNIT_EXPECT_EQ(test, subjects->closing, 0);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, subjects->closing, 1);
}

/* -- The undo list ---------------------------------------------------------------------- */

static void undo_runs_after_close_latest_first(struct kunit *test)
{
	struct subjects *subjects = test->priv;
	struct dmf_device *ddev = subjects_probe(test);

	dmf_kunit_remove(test, ddev);
	KUNIT_ASSERT_EQ(test, subjects->count, 3);
	KUNIT_EXPECT_EQ(test, subjects->order[0], 3);
	KUNIT_EXPECT_EQ(test, subjects->order[1], 2);
	KUNIT_EXPECT_EQ(test, subjects->order[2], 1);
}

static void undo_runs_when_open_fails(struct kunit *test)
{
	struct subjects *subjects = test->priv;

	subjects->fail_open = -EIO;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &subjects_ops)), -EIO);
	KUNIT_ASSERT_EQ(test, subjects->count, 2);
	KUNIT_EXPECT_EQ(test, subjects->order[0], 2);
	KUNIT_EXPECT_EQ(test, subjects->order[1], 1);
}

static void undo_of_a_closed_module_runs_at_once(struct kunit *test)
{
	struct subjects *subjects = test->priv;
	struct dmf_device *ddev = subjects_probe(test);

	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	subjects->count = 0;
	dmf_kunit_expect_begin(test, "WARNING:.*dmf_module_add_action_or_reset");
	KUNIT_EXPECT_EQ(test, dmf_module_add_action_or_reset(subjects->module, subject_undo,
							     subjects), -EINVAL);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, subjects->count, 1);
	KUNIT_EXPECT_EQ(test, dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
}

/* -- References --------------------------------------------------------------------------- */

static void reference_of_a_closed_module_is_refused(struct kunit *test)
{
	struct subjects *subjects = test->priv;
	struct dmf_device *ddev = subjects_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_module_reference(subjects->module), 0);
	dmf_module_dereference(subjects->module);
	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_module_reference(subjects->module), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_module_acquire(subjects->module), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
}

static int dereference_later(void *data)
{
	struct subjects *subjects = data;

	while (!dmf_gate_is_closed(&subjects->module->gate))
		schedule_timeout_uninterruptible(1);
	subjects->late_result = dmf_module_reference(subjects->module);
	subjects->order[subjects->count++] = 9;
	dmf_module_dereference(subjects->module);
	return 0;
}

static void close_waits_for_the_last_reference(struct kunit *test)
{
	struct subjects *subjects = test->priv;
	struct dmf_device *ddev = subjects_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_module_reference(subjects->module), 0);
	dmf_kunit_run(test, dereference_later, subjects);
	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	/* Refused while closing waits; close() after the dereference. */
	KUNIT_EXPECT_EQ(test, subjects->late_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, subjects->order[0], 9);
	KUNIT_EXPECT_EQ(test, subjects->order[1], 3);
}

/* -- Locks ------------------------------------------------------------------------------------ */

static void lock_all(struct kunit *test, bool passive)
{
	struct subjects *subjects = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, dmf_module_is_passive_level(subjects->module), passive);
	dmf_module_lock(subjects->module);
	dmf_module_assert_locked(subjects->module);
	KUNIT_EXPECT_EQ(test, !!irqs_disabled(), !passive);
	for (i = 0; i < DMF_AUXILIARY_LOCKS_MAX; i++)
		dmf_module_auxiliary_lock(subjects->module, i);
	while (i--)
		dmf_module_auxiliary_unlock(subjects->module, i);
	dmf_module_unlock(subjects->module);
	KUNIT_EXPECT_FALSE(test, irqs_disabled());
}

static void passive_locks_are_mutexes(struct kunit *test)
{
	struct subjects *subjects = test->priv;

	subjects->desc.lock = DMF_LOCK_PASSIVE;
	subjects_probe(test);
	lock_all(test, true);
}

static void dispatch_locks_are_spinlocks(struct kunit *test)
{
	struct subjects *subjects = test->priv;

	subjects->desc.lock = DMF_LOCK_DISPATCH;
	subjects_probe(test);
	lock_all(test, false);
}

static void dispatch_maximum_follows_passive_level(struct kunit *test)
{
	struct subjects *subjects = test->priv;

	subjects_probe(test);
	lock_all(test, false);
	subjects->attributes.passive_level = true;
	subjects_probe(test);
	lock_all(test, true);
}

static void passive_level_does_not_go_with_dispatch(struct kunit *test)
{
	struct subjects *subjects = test->priv;

	subjects->desc.lock = DMF_LOCK_DISPATCH;
	subjects->attributes.passive_level = true;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &subjects_ops)), -EINVAL);
}

static int lock_parent_then_child(void *data)
{
	struct subjects *subjects = data;

	dmf_module_lock(subjects->module);
	dmf_module_lock(subjects->child);
	dmf_module_unlock(subjects->child);
	dmf_module_unlock(subjects->module);
	return 0;
}

static int lock_child_then_parent(void *data)
{
	struct subjects *subjects = data;

	dmf_module_lock(subjects->child);
	dmf_module_lock(subjects->module);
	dmf_module_unlock(subjects->module);
	dmf_module_unlock(subjects->child);
	return 0;
}

static void lockdep_knows_nested_instances_from_an_inversion(struct kunit *test)
{
	struct subjects *subjects = test->priv;

	subjects->with_child = true;
	subjects_probe(test);
	KUNIT_EXPECT_FALSE(test, dmf_kunit_lockdep_reports(test, lock_parent_then_child, subjects));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_lockdep_reports(test, lock_child_then_parent, subjects));
}

static int auxiliary_parent_then_child(void *data)
{
	struct subjects *subjects = data;

	dmf_module_auxiliary_lock(subjects->module, 1);
	dmf_module_auxiliary_lock(subjects->child, 1);
	dmf_module_auxiliary_lock(subjects->child, 2);
	dmf_module_assert_auxiliary_locked(subjects->child, 2);
	dmf_module_auxiliary_unlock(subjects->child, 2);
	dmf_module_auxiliary_unlock(subjects->child, 1);
	dmf_module_auxiliary_unlock(subjects->module, 1);
	return 0;
}

static int auxiliary_inverted(void *data)
{
	struct subjects *subjects = data;

	dmf_module_auxiliary_lock(subjects->child, 2);
	dmf_module_auxiliary_lock(subjects->child, 1);
	dmf_module_auxiliary_unlock(subjects->child, 1);
	dmf_module_auxiliary_unlock(subjects->child, 2);
	return 0;
}

static void lockdep_knows_auxiliary_locks_by_index_and_depth(struct kunit *test)
{
	struct subjects *subjects = test->priv;

	subjects->with_child = true;
	subjects_probe(test);
	KUNIT_EXPECT_FALSE(test, dmf_kunit_lockdep_reports(test, auxiliary_parent_then_child,
							   subjects));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_lockdep_reports(test, auxiliary_inverted, subjects));
}

static void mutexes_of_nested_instances_give_no_report(struct kunit *test)
{
	struct subjects *subjects = test->priv;

	subjects->with_child = true;
	subjects->desc.lock = DMF_LOCK_PASSIVE;
	subjects_probe(test);
	lock_parent_then_child(subjects);
	auxiliary_parent_then_child(subjects);
	KUNIT_EXPECT_TRUE(test, debug_locks);
}

static void lock_that_is_not_held_is_found(struct kunit *test)
{
	struct subjects *subjects = test->priv;

	if (!IS_ENABLED(CONFIG_PROVE_LOCKING))
		kunit_skip(test, "needs CONFIG_PROVE_LOCKING");

	subjects_probe(test);
	dmf_module_auxiliary_lock(subjects->module, 0);
	dmf_kunit_expect_begin(test, "WARNING: CPU.*assert.*locked");
	dmf_module_assert_locked(subjects->module);
	dmf_kunit_expect_end(test);
	dmf_module_assert_auxiliary_locked(subjects->module, 0);
	dmf_module_auxiliary_unlock(subjects->module, 0);
	dmf_kunit_expect_begin(test, "WARNING: CPU.*assert.*locked");
	dmf_module_assert_auxiliary_locked(subjects->module, 0);
	dmf_kunit_expect_end(test);
}

static void lock_that_is_not_declared_is_found(struct kunit *test)
{
	struct subjects *subjects = test->priv;

	subjects_probe(test);
	dmf_kunit_expect_begin(test, "WARNING: CPU.*auxiliary");
	dmf_module_auxiliary_lock(subjects->module, DMF_AUXILIARY_LOCKS_MAX);
	dmf_module_auxiliary_unlock(subjects->module, DMF_AUXILIARY_LOCKS_MAX);
	dmf_kunit_expect_end(test);
}

static int subjects_init(struct kunit *test)
{
	struct subjects *subjects = kunit_kzalloc(test, sizeof(*subjects), GFP_KERNEL);

	if (!subjects)
		return -ENOMEM;
	subjects->desc = (struct dmf_module_desc){
		.name = "subject",
		.size = sizeof(struct subject),
		.config_size = sizeof(struct subject_config),
		.lock = DMF_LOCK_DISPATCH_MAXIMUM,
		.auxiliary_locks = DMF_AUXILIARY_LOCKS_MAX,
		.open_option = DMF_OPEN_CREATE,
		.ops = &subject_ops,
	};
	test->priv = subjects;
	return 0;
}

static struct kunit_case module_cases[] = {
	KUNIT_CASE(config_and_attributes_are_copied),
	KUNIT_CASE(missing_config_is_one_of_zeros),
	KUNIT_CASE(client_hears_of_open_and_close),
	KUNIT_CASE(undo_runs_after_close_latest_first),
	KUNIT_CASE(undo_runs_when_open_fails),
	KUNIT_CASE(undo_of_a_closed_module_runs_at_once),
	KUNIT_CASE(reference_of_a_closed_module_is_refused),
	KUNIT_CASE(close_waits_for_the_last_reference),
	KUNIT_CASE(passive_locks_are_mutexes),
	KUNIT_CASE(dispatch_locks_are_spinlocks),
	KUNIT_CASE(dispatch_maximum_follows_passive_level),
	KUNIT_CASE(passive_level_does_not_go_with_dispatch),
	KUNIT_CASE(lockdep_knows_nested_instances_from_an_inversion),
	KUNIT_CASE(lockdep_knows_auxiliary_locks_by_index_and_depth),
	KUNIT_CASE(mutexes_of_nested_instances_give_no_report),
	KUNIT_CASE(lock_that_is_not_held_is_found),
	KUNIT_CASE(lock_that_is_not_declared_is_found),
	{ }
};

static struct kunit_suite module_suite = {
	.name = "dmf_module",
	.init = subjects_init,
	.test_cases = module_cases,
};

kunit_test_suite(module_suite);
