// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of dynamic Modules: created at any time, destroyed by hand or with their
 * parent.
 */
#include <linux/delay.h>
#include <linux/dmf/doorbell.h>
#include <linux/dmf/notify_user_with_request.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "fake_module.h"
#include "submitter.h"

/* test->priv */
struct dynamic_test {
	struct fake_script script;
	struct dmf_module *parent;	/* a static Module */
	struct dmf_module *handle;	/* of the Module under test */
	struct dmf_module *seen;	/* @handle as post_open saw it */
	struct dmf_module *inner;	/* created by a callback */
	struct dmf_device *ddev;
	struct completion inside, go_on, returned;
	bool hold_open, create_in_close, destroy_in_close;
	int open_error, result;
	unsigned int opens, closes;
};

struct thing_config {
	struct dynamic_test *dynamic;
	bool holds;			/* open() and close() follow the test's script */
	unsigned int children;
};

static int thing_create(struct dmf_device *ddev, struct dmf_module *parent,
			const struct thing_config *config, struct dmf_module **handle);
static int thing_add(struct dmf_module_init *init, const struct thing_config *config);

static int thing_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	const struct thing_config *config = dmf_module_config(module);
	const struct thing_config child = { .dynamic = config->dynamic };
	unsigned int i;
	int ret = 0;

	for (i = 0; i < config->children && !ret; i++)
		ret = thing_add(init, &child);
	return ret;
}

static int thing_open(struct dmf_module *module)
{
	const struct thing_config *config = dmf_module_config(module);
	struct dynamic_test *dynamic = config->dynamic;

	dynamic->opens++;
	if (!config->holds)
		return 0;
	if (dynamic->hold_open) {
		complete(&dynamic->inside);
		wait_for_completion(&dynamic->go_on);
	}
	return dynamic->open_error;
}

static void thing_close(struct dmf_module *module)
{
	const struct thing_config *config = dmf_module_config(module);
	struct dynamic_test *dynamic = config->dynamic;

	dynamic->closes++;
	if (!config->holds)
		return;
	if (dynamic->create_in_close)
		dynamic->result = thing_create(dynamic->ddev, NULL,
					       &(struct thing_config){ .dynamic = dynamic },
					       &dynamic->inner);
	if (dynamic->destroy_in_close)
		dmf_module_destroy(dynamic->inner);
}

static const struct dmf_module_ops thing_ops = {
	.child_modules_add	= thing_child_modules_add,
	.open			= thing_open,
	.close			= thing_close,
};

static const struct dmf_module_desc thing_desc = {
	.name		= "thing",
	.size		= sizeof(struct dmf_module),
	.config_size	= sizeof(struct thing_config),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &thing_ops,
};

static struct dmf_module_keys thing_keys, parent_keys, choice_keys;

static void thing_opened(struct dmf_module *module)
{
	const struct thing_config *config = dmf_module_config(module);

	if (config->holds)
		config->dynamic->seen = config->dynamic->handle;
}

static const struct dmf_module_event_callbacks thing_events = {
	.on_notification_post_open = thing_opened,
};

static const struct dmf_module_attributes thing_attributes = { .event_callbacks = &thing_events };

static int thing_create(struct dmf_device *ddev, struct dmf_module *parent,
			const struct thing_config *config, struct dmf_module **handle)
{
	return __dmf_module_create(ddev, parent, &thing_desc, &thing_keys, config,
				   &thing_attributes, handle);
}

static int thing_add(struct dmf_module_init *init, const struct thing_config *config)
{
	return __dmf_module_add(init, &thing_desc, &thing_keys, config, NULL, NULL);
}

static const struct dmf_module_ops parent_ops = { };

static const struct dmf_module_desc parent_desc = {
	.name		= "parent",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_D0_ENTRY,
	.ops		= &parent_ops,
};

static int dynamic_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct dynamic_test *dynamic = dmf_kunit_priv(ddev);

	return __dmf_module_add(init, &parent_desc, &parent_keys, NULL, NULL, &dynamic->parent);
}

static const struct dmf_client_ops dynamic_ops = { .modules_add = dynamic_modules_add };

static struct dmf_device *dynamic_probe(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	struct dmf_device *ddev = dmf_kunit_probe(test, &dynamic_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	dynamic->ddev = ddev;
	return ddev;
}

/* -- Life ---------------------------------------------------------------------------- */

static void tree_is_created_open_and_destroyed_by_hand(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic, .holds = true, .children = 2 };
	struct dmf_device *ddev = dynamic_probe(test);
	struct dmf_module *child;

	KUNIT_ASSERT_EQ(test, thing_create(ddev, NULL, &config, &dynamic->handle), 0);
	KUNIT_EXPECT_PTR_EQ(test, dynamic->seen, dynamic->handle);
	KUNIT_EXPECT_EQ(test, dynamic->opens, 3);
	KUNIT_EXPECT_TRUE(test, dmf_module_is_dynamic(dynamic->handle));
	child = list_first_entry(&dynamic->handle->children, struct dmf_module, sibling);
	KUNIT_EXPECT_TRUE(test, dmf_module_is_dynamic(child));
	KUNIT_EXPECT_FALSE(test, dmf_module_is_dynamic(dynamic->parent));
	KUNIT_EXPECT_EQ(test, dmf_module_acquire(child), 0);
	dmf_module_release(child);
	KUNIT_EXPECT_PTR_EQ(test, dmf_parent_module_get(child), dynamic->handle);
	KUNIT_EXPECT_NULL(test, dmf_parent_module_get(dynamic->handle));
	dmf_module_destroy(dynamic->handle);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 3);
	dmf_module_destroy(NULL);
}

static void parent_module_is_known_and_survives_its_power_states(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic };
	struct dmf_device *ddev = dynamic_probe(test);

	KUNIT_ASSERT_EQ(test, thing_create(ddev, dynamic->parent, &config, &dynamic->handle), 0);
	KUNIT_EXPECT_PTR_EQ(test, dmf_parent_module_get(dynamic->handle), dynamic->parent);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_IDLE), 0);
	KUNIT_EXPECT_EQ(test, dmf_module_acquire(dynamic->handle), 0);
	dmf_module_release(dynamic->handle);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), 0);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 0);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 1);
}

static void nobody_destroys_it_the_parents_do(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic, .children = 1 };
	struct dmf_device *ddev = dynamic_probe(test);
	struct dmf_module *below;
	int i;

	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test, thing_create(ddev, NULL, &config, NULL), 0);
		KUNIT_ASSERT_EQ(test, thing_create(ddev, dynamic->parent, &config, &below), 0);
		KUNIT_ASSERT_EQ(test, thing_create(ddev, below, &config, NULL), 0);
	}
	KUNIT_EXPECT_EQ(test, dynamic->opens, 18);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 18);
}

static void children_of_a_destroyed_one_go_with_it(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic };
	struct dmf_device *ddev = dynamic_probe(test);

	KUNIT_ASSERT_EQ(test, thing_create(ddev, NULL, &config, &dynamic->handle), 0);
	KUNIT_ASSERT_EQ(test, thing_create(ddev, dynamic->handle, &config, NULL), 0);
	dmf_module_destroy(dynamic->handle);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 2);
}

static void failed_open_leaves_nothing(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic, .holds = true, .children = 2 };
	struct dmf_device *ddev = dynamic_probe(test);

	dynamic->open_error = -ENXIO;
	dynamic->handle = (void *)1;
	KUNIT_EXPECT_EQ(test, thing_create(ddev, NULL, &config, &dynamic->handle), -ENXIO);
	KUNIT_EXPECT_NULL(test, dynamic->handle);
	KUNIT_EXPECT_EQ(test, dynamic->opens, 3);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 2);
	KUNIT_EXPECT_TRUE(test, list_empty(&ddev->dynamics.list));
	KUNIT_EXPECT_EQ(test, dmf_gate_users(&ddev->dynamics.gate), 0);
}

static void doorbell_rung(struct dmf_doorbell *doorbell)
{
	struct dynamic_test *dynamic = dmf_kunit_priv(dmf_doorbell_device(doorbell));

	complete(&dynamic->inside);
}

static void real_module_works_as_a_dynamic_one(struct kunit *test)
{
	const struct dmf_doorbell_config config = { .ring = doorbell_rung };
	struct dynamic_test *dynamic = test->priv;
	struct dmf_device *ddev = dynamic_probe(test);
	struct dmf_doorbell *doorbell;

	KUNIT_ASSERT_EQ(test, dmf_doorbell_create(ddev, NULL, &config, NULL, &doorbell), 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(doorbell), 0);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&dynamic->inside, DMF_KUNIT_TIMEOUT));
	dmf_doorbell_destroy(doorbell);
}

/* -- What cannot be dynamic --------------------------------------------------------------- */

static int refused_event(struct dmf_module *module)
{
	return 0;
}

#define EVENT(_name)	offsetof(struct dmf_module_ops, _name)

static const size_t pnp_and_power_events[] = {
	EVENT(prepare_hardware),
	EVENT(release_hardware),
	EVENT(d0_entry),
	EVENT(d0_exit),
	EVENT(d0_entry_post_interrupts_enabled),
	EVENT(d0_exit_pre_interrupts_disabled),
	EVENT(arm_wake_from_s0),
	EVENT(disarm_wake_from_s0),
	EVENT(wake_from_s0_triggered),
	EVENT(arm_wake_from_sx_with_reason),
	EVENT(disarm_wake_from_sx),
	EVENT(wake_from_sx_triggered),
	EVENT(self_managed_io_init),
	EVENT(self_managed_io_restart),
	EVENT(self_managed_io_suspend),
	EVENT(self_managed_io_flush),
	EVENT(self_managed_io_cleanup),
	EVENT(surprise_removal),
	EVENT(query_remove),
	EVENT(query_stop),
	EVENT(relations_query),
};

static const size_t io_and_file_events[] = {
	EVENT(file_create),
	EVENT(file_cleanup),
	EVENT(file_close),
	EVENT(queue_io_read),
	EVENT(queue_io_write),
	EVENT(device_io_control),
	EVENT(poll),
};

static int create_with_event(struct dmf_device *ddev, size_t event)
{
	struct dmf_module_desc desc = thing_desc;
	struct dmf_module_ops ops = { };
	struct dmf_module *module;
	int ret;

	*(void **)((void *)&ops + event) = refused_event;
	desc.ops = &ops;
	ret = __dmf_module_create(ddev, NULL, &desc, &thing_keys, NULL, NULL, &module);
	dmf_module_destroy(module);
	return ret;
}

static void pnp_and_power_events_are_refused(struct kunit *test)
{
	struct dmf_device *ddev = dynamic_probe(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(pnp_and_power_events); i++)
		KUNIT_EXPECT_EQ_MSG(test, create_with_event(ddev, pnp_and_power_events[i]),
				    -EINVAL, "%d", i);
	KUNIT_EXPECT_TRUE(test,
			  dmf_kunit_logged("thing: cannot be dynamic: has a d0_entry callback"));
	for (i = 0; i < ARRAY_SIZE(io_and_file_events); i++)
		KUNIT_EXPECT_EQ_MSG(test, create_with_event(ddev, io_and_file_events[i]), 0,
				    "%d", i);
}

static int create_with_option(struct dmf_device *ddev, enum dmf_open_option option)
{
	struct dmf_module_desc desc = thing_desc;
	struct dmf_module_ops ops = { };
	struct dmf_module *module;
	int ret;

	desc.ops = &ops;
	desc.open_option = option;
	ret = __dmf_module_create(ddev, NULL, &desc, &thing_keys, NULL, NULL, &module);
	dmf_module_destroy(module);
	return ret;
}

static void open_options_of_the_device_are_refused(struct kunit *test)
{
	struct dmf_device *ddev = dynamic_probe(test);
	unsigned int option;
	bool allowed;

	for (option = DMF_OPEN_CREATE; option <= DMF_NOTIFY_D0_ENTRY; option++) {
		allowed = option == DMF_OPEN_CREATE || option == DMF_NOTIFY_CREATE;
		KUNIT_EXPECT_EQ(test, create_with_option(ddev, option), allowed ? 0 : -EINVAL);
	}
}

static int deep_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct dynamic_test *dynamic = dmf_kunit_priv(dmf_parent_device_get(module));
	const struct fake_module_config child = {
		.script = &dynamic->script,
		.name = "powered", .option = DMF_OPEN_CREATE,
	};

	return fake_module_add(init, &child);
}

static void an_event_below_the_root_is_refused_too(struct kunit *test)
{
	static const struct dmf_module_ops ops = { .child_modules_add = deep_child_modules_add };
	struct dmf_device *ddev = dynamic_probe(test);
	struct dmf_module_desc desc = thing_desc;
	struct dmf_module *module;

	desc.ops = &ops;
	KUNIT_EXPECT_EQ(test, __dmf_module_create(ddev, NULL, &desc, &thing_keys, NULL, NULL,
						  &module), -EINVAL);
	KUNIT_EXPECT_NULL(test, module);
}

static void static_modules_are_not_destroyed_by_hand(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;

	dynamic_probe(test);
	dmf_kunit_expect_begin(test, "WARNING: CPU.*dmf_module_destroy");
	dmf_module_destroy(dynamic->parent);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, dmf_module_acquire(dynamic->parent), 0);
	dmf_module_release(dynamic->parent);
}

static void children_are_not_destroyed_by_hand(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic, .children = 1 };
	struct dmf_device *ddev = dynamic_probe(test);

	KUNIT_ASSERT_EQ(test, thing_create(ddev, NULL, &config, &dynamic->handle), 0);
	dmf_kunit_expect_begin(test, "WARNING: CPU.*dmf_module_destroy");
	dmf_module_destroy(list_first_entry(&dynamic->handle->children, struct dmf_module,
					    sibling));
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 0);
	dmf_module_destroy(dynamic->handle);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 2);
}

static void callbacks_do_not_destroy_their_own_module(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic, .holds = true };
	struct dmf_device *ddev = dynamic_probe(test);

	dynamic->destroy_in_close = true;
	KUNIT_ASSERT_EQ(test, thing_create(ddev, NULL, &config, &dynamic->inner), 0);
	dynamic->handle = dynamic->inner;
	dmf_kunit_expect_begin(test, "WARNING: CPU.*dmf_module_destroy");
	dmf_module_destroy(dynamic->handle);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 1);
	KUNIT_EXPECT_TRUE(test, list_empty(&ddev->dynamics.list));
}

static void a_module_with_a_stream_works_without(struct kunit *test)
{
	const struct dmf_notify_user_with_request_config config = {
		.max_pending_data = 4,
		.data_size = sizeof(u32),
	};
	struct dmf_notify_user_with_request *notify;
	struct dmf_device *ddev = dynamic_probe(test);
	u32 data = 1;

	KUNIT_ASSERT_EQ(test, 0, dmf_notify_user_with_request_create(ddev, NULL, &config, NULL,
								     &notify));
	dmf_notify_user_with_request_data_process(notify, NULL, &data, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&ddev->streams));
	dmf_notify_user_with_request_destroy(notify);
}

/* -- select ------------------------------------------------------------------------------ */

struct choice_config {
	bool powered;
};

static const struct dmf_module_ops quiet_ops = { };
static const struct dmf_module_ops powered_ops = { .prepare_hardware = refused_event };

#define CHOICE_DESC(_option, _ops, _select)			\
	{							\
		.name = "choice",				\
		.size = sizeof(struct dmf_module),		\
		.config_size = sizeof(struct choice_config),	\
		.open_option = _option,				\
		.ops = _ops,					\
		.select = _select,				\
	}

static const struct dmf_module_desc choice_quiet = CHOICE_DESC(DMF_OPEN_CREATE, &quiet_ops, NULL);
static const struct dmf_module_desc choice_powered =
	CHOICE_DESC(DMF_OPEN_PREPARE_HARDWARE, &powered_ops, NULL);

static const struct dmf_module_desc *choice_select(const void *config, bool dynamic)
{
	const struct choice_config *choice = config;

	return choice && choice->powered && !dynamic ? &choice_powered : &choice_quiet;
}

static const struct dmf_module_desc choice_desc =
	CHOICE_DESC(DMF_OPEN_CREATE, &quiet_ops, choice_select);

static int choice_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct choice_config powered = { .powered = true };
	struct dynamic_test *dynamic = dmf_kunit_priv(ddev);

	return __dmf_module_add(init, &choice_desc, &choice_keys, &powered, NULL,
				&dynamic->parent) ?:
	       __dmf_module_add(init, &choice_desc, &choice_keys, NULL, NULL, &dynamic->handle);
}

static void descriptor_follows_config_and_dynamic(struct kunit *test)
{
	static const struct dmf_client_ops ops = { .modules_add = choice_modules_add };
	const struct choice_config powered = { .powered = true };
	struct dynamic_test *dynamic = test->priv;
	struct dmf_device *ddev = dmf_kunit_probe(test, &ops);
	struct dmf_module *module;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	KUNIT_EXPECT_PTR_EQ(test, dynamic->parent->desc, &choice_powered);
	KUNIT_EXPECT_PTR_EQ(test, dynamic->handle->desc, &choice_quiet);
	KUNIT_ASSERT_EQ(test, __dmf_module_create(ddev, NULL, &choice_desc, &choice_keys, &powered,
						  NULL, &module), 0);
	KUNIT_EXPECT_PTR_EQ(test, module->desc, &choice_quiet);
}

/* -- Races ---------------------------------------------------------------------------------- */

static int create_thread(void *data)
{
	struct dynamic_test *dynamic = data;
	const struct thing_config config = { .dynamic = dynamic, .holds = true };

	dynamic->result = thing_create(dynamic->ddev, NULL, &config, &dynamic->handle);
	complete(&dynamic->returned);
	return 0;
}

static int go_on_thread(void *data)
{
	struct dynamic_test *dynamic = data;

	while (!dmf_gate_is_closed(&dynamic->ddev->dynamics.gate))
		schedule_timeout_uninterruptible(1);
	complete(&dynamic->go_on);
	return 0;
}

/* The Module opens while the device is being removed: it is taken back. */
static void creation_that_meets_remove_is_taken_back(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	struct dmf_device *ddev = dynamic_probe(test);

	dynamic->hold_open = true;
	dmf_kunit_run(test, create_thread, dynamic);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&dynamic->inside, DMF_KUNIT_TIMEOUT));
	dmf_kunit_run(test, go_on_thread, dynamic);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&dynamic->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, dynamic->result, -ENODEV);
	KUNIT_EXPECT_NULL(test, dynamic->handle);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 1);
}

static int destroy_thread(void *data)
{
	struct dynamic_test *dynamic = data;

	dmf_module_destroy(dynamic->handle);
	complete(&dynamic->returned);
	return 0;
}

static int dereference_thread(void *data)
{
	struct dynamic_test *dynamic = data;

	while (!dmf_gate_is_closed(&dynamic->ddev->dynamics.gate))
		schedule_timeout_uninterruptible(1);
	schedule_timeout_uninterruptible(2);
	dynamic->result = dynamic->closes;
	dmf_module_dereference(dynamic->handle);
	return 0;
}

/* Somebody else is destroying the Module: remove waits until its memory has gone. */
static void remove_waits_for_who_destroys_by_hand(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic };
	struct dmf_device *ddev = dynamic_probe(test);

	KUNIT_ASSERT_EQ(test, thing_create(ddev, NULL, &config, &dynamic->handle), 0);
	KUNIT_ASSERT_EQ(test, dmf_module_reference(dynamic->handle), 0);
	dmf_kunit_run(test, destroy_thread, dynamic);
	while (!dmf_gate_is_closed(&dynamic->handle->gate))
		schedule_timeout_uninterruptible(1);
	dmf_kunit_run(test, dereference_thread, dynamic);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dynamic->result, 0);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 1);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&dynamic->returned, DMF_KUNIT_TIMEOUT));
}

static void creation_within_remove_is_refused(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic, .holds = true };
	struct dmf_device *ddev = dynamic_probe(test);

	dynamic->create_in_close = true;
	KUNIT_ASSERT_EQ(test, thing_create(ddev, NULL, &config, NULL), 0);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dynamic->result, -ENODEV);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 1);
}

/* One Module destroys another that it has created, when it closes. */
static void close_may_destroy_another(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic };
	const struct thing_config owner = { .dynamic = dynamic, .holds = true };
	struct dmf_device *ddev = dynamic_probe(test);

	dynamic->destroy_in_close = true;
	KUNIT_ASSERT_EQ(test, thing_create(ddev, NULL, &config, &dynamic->inner), 0);
	KUNIT_ASSERT_EQ(test, thing_create(ddev, NULL, &owner, NULL), 0);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dynamic->closes, 2);
}

/* -- A request that a dynamic Module has pended ----------------------------------------- */

static bool slow_cancel(struct dmf_request *request)
{
	struct dmf_module *module = request->owner;
	const struct thing_config *config = dmf_module_config(module);
	struct dynamic_test *dynamic = config->dynamic;

	complete(&dynamic->inside);
	wait_for_completion(&dynamic->go_on);
	/* The Module must still be there. */
	dynamic->result = dmf_module_config(module) == config ? 0 : -EFAULT;
	return true;
}

static bool pending_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	struct dynamic_test *dynamic = dmf_kunit_priv(ddev);

	request->owner = dynamic->handle;
	dmf_request_pend(request, slow_cancel, 0);
	return true;
}

static void destruction_waits_for_a_cancel_callback(struct kunit *test)
{
	static const struct dmf_client_ops ops = {
		.device_io_control = pending_device_io_control,
	};
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic };
	struct dmf_device *ddev = dmf_kunit_probe(test, &ops);
	struct submitter what = { .type = DMF_REQUEST_DEVICE_CONTROL, .command = 1 };
	struct submitter *submitter;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	dynamic->result = -EIO;
	KUNIT_ASSERT_EQ(test, thing_create(ddev, NULL, &config, &dynamic->handle), 0);
	what.file = dmf_kunit_open(test, ddev);
	submitter = dmf_kunit_submit_start(test, &what);
	KUNIT_ASSERT_TRUE(test, dmf_kunit_until(dmf_gate_users(&ddev->pended_gate)));
	dmf_file_cancel_mine(what.file);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&dynamic->inside, DMF_KUNIT_TIMEOUT));
	dmf_kunit_run(test, destroy_thread, dynamic);
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&dynamic->returned, HZ / 10));
	complete(&dynamic->go_on);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&dynamic->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ECANCELED);
	KUNIT_EXPECT_EQ(test, dynamic->result, 0);
}

static int churn_thread(void *data)
{
	struct dynamic_test *dynamic = data;
	const struct thing_config config = { .dynamic = dynamic, .children = 1 };
	struct dmf_module *one, *other;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		if (thing_create(dynamic->ddev, dynamic->parent, &config, &one))
			continue;
		if (!thing_create(dynamic->ddev, one, &config, &other) && i % 2)
			dmf_module_destroy(other);
		dmf_module_destroy(one);
	}
	complete(&dynamic->returned);
	return 0;
}

static void many_create_and_destroy_at_the_same_time(struct kunit *test)
{
	struct dynamic_test *dynamic = test->priv;
	struct dmf_device *ddev = dynamic_probe(test);
	int i;

	for (i = 0; i < 4; i++)
		dmf_kunit_run(test, churn_thread, dynamic);
	for (i = 0; i < 4; i++)
		wait_for_completion(&dynamic->returned);
	KUNIT_EXPECT_TRUE(test, list_empty(&dynamic->parent->dynamics.list));
	KUNIT_EXPECT_TRUE(test, list_empty(&ddev->dynamics.list));
	KUNIT_EXPECT_EQ(test, dmf_gate_users(&dynamic->parent->dynamics.gate), 0);
}

/* -- Memory ----------------------------------------------------------------------------------- */

static int create_and_destroy(struct kunit *test, void *data)
{
	struct dynamic_test *dynamic = test->priv;
	const struct thing_config config = { .dynamic = dynamic, .children = 2 };
	struct dmf_module *module;
	int ret;

	ret = thing_create(data, dynamic->parent, &config, &module);
	dmf_module_destroy(module);
	return ret;
}

static void every_allocation_of_creation_may_fail(struct kunit *test)
{
	struct dmf_device *ddev = dynamic_probe(test);

	dmf_kunit_fail_nth(test, create_and_destroy, ddev, 6);
}

static int dynamic_init(struct kunit *test)
{
	struct dynamic_test *dynamic = kunit_kzalloc(test, sizeof(*dynamic), GFP_KERNEL);

	if (!dynamic)
		return -ENOMEM;
	fake_rewind(&dynamic->script, 0);
	init_completion(&dynamic->inside);
	init_completion(&dynamic->go_on);
	init_completion(&dynamic->returned);
	test->priv = dynamic;
	return 0;
}

static struct kunit_case dynamic_cases[] = {
	KUNIT_CASE(tree_is_created_open_and_destroyed_by_hand),
	KUNIT_CASE(parent_module_is_known_and_survives_its_power_states),
	KUNIT_CASE(nobody_destroys_it_the_parents_do),
	KUNIT_CASE(children_of_a_destroyed_one_go_with_it),
	KUNIT_CASE(failed_open_leaves_nothing),
	KUNIT_CASE(real_module_works_as_a_dynamic_one),
	KUNIT_CASE(pnp_and_power_events_are_refused),
	KUNIT_CASE(open_options_of_the_device_are_refused),
	KUNIT_CASE(an_event_below_the_root_is_refused_too),
	KUNIT_CASE(static_modules_are_not_destroyed_by_hand),
	KUNIT_CASE(children_are_not_destroyed_by_hand),
	KUNIT_CASE(callbacks_do_not_destroy_their_own_module),
	KUNIT_CASE(a_module_with_a_stream_works_without),
	KUNIT_CASE(descriptor_follows_config_and_dynamic),
	KUNIT_CASE(creation_that_meets_remove_is_taken_back),
	KUNIT_CASE(remove_waits_for_who_destroys_by_hand),
	KUNIT_CASE(creation_within_remove_is_refused),
	KUNIT_CASE(close_may_destroy_another),
	KUNIT_CASE(destruction_waits_for_a_cancel_callback),
	KUNIT_CASE(many_create_and_destroy_at_the_same_time),
	KUNIT_CASE(every_allocation_of_creation_may_fail),
	{ }
};

static struct kunit_suite dynamic_suite = {
	.name = "dmf_dynamic",
	.init = dynamic_init,
	.test_cases = dynamic_cases,
};

kunit_test_suite(dynamic_suite);
