// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of Modules that open and close at run time, when they are notified.
 */

#include "../dmf/internal.h"
#include "dmf_kunit.h"

enum plug_call {
	PLUG_REGISTER = 1,
	PLUG_UNREGISTER,
	PLUG_ASK,
	PLUG_OPEN,
	PLUG_POST_OPEN,
	PLUG_CLIENT_PRE_CLOSE,
	PLUG_PRE_CLOSE,
	PLUG_CLOSE,
	PLUG_CLIENT_CLOSE,
};

/* What a Module needs that comes and goes; test->priv. */
struct plug {
	struct dmf_module *module;
	enum dmf_open_option option;
	enum plug_call calls[64];
	unsigned int count;
	int register_error, veto, open_error;
	int inner_result;		/* of the open or close that a callback tries */
	bool open_in_open, close_in_close, open_in_register;
	bool hold_open;			/* open() waits for @go_on */
	struct completion inside, go_on, returned;	/* the last: once per thread */
	int result;
};

struct plug_config {
	struct plug *plug;
};

static struct plug *plug_of(struct dmf_module *module)
{
	const struct plug_config *config = dmf_module_config(module);

	return config->plug;
}

static void plug_note(struct dmf_module *module, enum plug_call call)
{
	struct plug *plug = plug_of(module);
	unsigned int count = READ_ONCE(plug->count);

	/* Threads that race may overwrite each other's, but nothing else. */
	if (count < ARRAY_SIZE(plug->calls)) {
		plug->calls[count] = call;
		WRITE_ONCE(plug->count, count + 1);
	}
}

static int plug_register(struct dmf_module *module)
{
	struct plug *plug = plug_of(module);

	plug_note(module, PLUG_REGISTER);
	if (plug->open_in_register)
		plug->inner_result = dmf_module_open(module);
	return plug->register_error;
}

static void plug_unregister(struct dmf_module *module)
{
	plug_note(module, PLUG_UNREGISTER);
}

static int plug_open(struct dmf_module *module)
{
	struct plug *plug = plug_of(module);

	plug_note(module, PLUG_OPEN);
	if (plug->open_in_open)
		plug->inner_result = dmf_module_open(module);
	if (plug->hold_open) {
		complete(&plug->inside);
		wait_for_completion(&plug->go_on);
	}
	return plug->open_error;
}

static void plug_pre_close(struct dmf_module *module)
{
	plug_note(module, PLUG_PRE_CLOSE);
}

static void plug_close(struct dmf_module *module)
{
	plug_note(module, PLUG_CLOSE);
	if (plug_of(module)->close_in_close)
		dmf_module_close(module);
}

static const struct dmf_module_ops plug_ops = {
	.notification_register		= plug_register,
	.notification_unregister	= plug_unregister,
	.open				= plug_open,
	.pre_close			= plug_pre_close,
	.close				= plug_close,
};

static int plug_asked(struct dmf_module *module)
{
	plug_note(module, PLUG_ASK);
	return plug_of(module)->veto;
}

static void plug_opened(struct dmf_module *module)
{
	plug_note(module, PLUG_POST_OPEN);
}

static void plug_about_to_close(struct dmf_module *module)
{
	plug_note(module, PLUG_CLIENT_PRE_CLOSE);
}

static void plug_closed(struct dmf_module *module)
{
	plug_note(module, PLUG_CLIENT_CLOSE);
}

static const struct dmf_module_event_callbacks plug_events = {
	.on_notification_open		= plug_asked,
	.on_notification_post_open	= plug_opened,
	.on_notification_pre_close	= plug_about_to_close,
	.on_notification_close		= plug_closed,
};

static struct dmf_module_keys plug_keys;

static int plug_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	static struct dmf_module_desc desc;	/* one test runs at a time */
	const struct dmf_module_attributes attributes = { .event_callbacks = &plug_events };
	struct plug *plug = dmf_kunit_priv(ddev);
	const struct plug_config config = { plug };

	desc = (struct dmf_module_desc){
		.name = "plug",
		.size = sizeof(struct dmf_module),
		.config_size = sizeof(struct plug_config),
		.open_option = plug->option,
		.ops = &plug_ops,
	};
	return __dmf_module_add(init, &desc, &plug_keys, &config, &attributes, &plug->module);
}

static const struct dmf_client_ops plug_client_ops = { .modules_add = plug_modules_add };

static struct dmf_device *plug_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &plug_client_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

static void check_calls(struct kunit *test, const enum plug_call *want, unsigned int count)
{
	struct plug *plug = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, plug->count, count);
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ_MSG(test, plug->calls[i], want[i], "call %u", i);
	plug->count = 0;
}

#define CHECK_CALLS(_test, ...)							\
	do {									\
		static const enum plug_call want[] = { __VA_ARGS__ };		\
										\
		check_calls(_test, want, ARRAY_SIZE(want));			\
	} while (0)

/* -- Opening and closing ------------------------------------------------------------ */

static void it_opens_and_closes_when_notified(struct kunit *test)
{
	struct plug *plug = test->priv;
	struct dmf_device *ddev = plug_probe(test);
	int i;

	CHECK_CALLS(test, PLUG_REGISTER);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, dmf_module_acquire(plug->module), -ENODEV);
		KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), 0);
		CHECK_CALLS(test, PLUG_ASK, PLUG_OPEN, PLUG_POST_OPEN);
		KUNIT_EXPECT_EQ(test, dmf_module_acquire(plug->module), 0);
		dmf_module_release(plug->module);
		dmf_module_close(plug->module);
		CHECK_CALLS(test, PLUG_CLIENT_PRE_CLOSE, PLUG_PRE_CLOSE, PLUG_CLOSE,
			    PLUG_CLIENT_CLOSE);
	}
	dmf_kunit_remove(test, ddev);
	CHECK_CALLS(test, PLUG_UNREGISTER);
}

static void second_open_and_second_close_do_nothing(struct kunit *test)
{
	struct plug *plug = test->priv;

	plug_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), 0);
	plug->count = 0;
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), -EALREADY);
	KUNIT_EXPECT_EQ(test, plug->count, 0);
	dmf_module_close(plug->module);
	plug->count = 0;
	dmf_module_close(plug->module);
	KUNIT_EXPECT_EQ(test, plug->count, 0);
}

static void client_may_refuse(struct kunit *test)
{
	struct plug *plug = test->priv;

	plug_probe(test);
	plug->count = 0;
	plug->veto = -EPERM;
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), -EPERM);
	CHECK_CALLS(test, PLUG_ASK);
	KUNIT_EXPECT_EQ(test, dmf_module_acquire(plug->module), -ENODEV);
	plug->veto = 0;
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), 0);
}

static void failed_open_leaves_it_closed(struct kunit *test)
{
	struct plug *plug = test->priv;

	plug_probe(test);
	plug->count = 0;
	plug->open_error = -ENXIO;
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), -ENXIO);
	CHECK_CALLS(test, PLUG_ASK, PLUG_OPEN);
	KUNIT_EXPECT_EQ(test, dmf_module_acquire(plug->module), -ENODEV);
	plug->open_error = 0;
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), 0);
}

static void what_is_left_open_is_closed_after_unregister(struct kunit *test)
{
	struct plug *plug = test->priv;
	struct dmf_device *ddev = plug_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), 0);
	plug->count = 0;
	dmf_kunit_remove(test, ddev);
	CHECK_CALLS(test, PLUG_UNREGISTER, PLUG_CLIENT_PRE_CLOSE, PLUG_PRE_CLOSE, PLUG_CLOSE,
		    PLUG_CLIENT_CLOSE);
}

static void it_may_open_while_it_registers(struct kunit *test)
{
	struct plug *plug = test->priv;

	plug->open_in_register = true;
	plug->inner_result = -EIO;
	plug_probe(test);
	KUNIT_EXPECT_EQ(test, plug->inner_result, 0);
	KUNIT_EXPECT_EQ(test, dmf_module_acquire(plug->module), 0);
	dmf_module_release(plug->module);
}

static void failed_register_closes_what_it_has_opened(struct kunit *test)
{
	struct plug *plug = test->priv;

	plug->open_in_register = true;
	plug->register_error = -EIO;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &plug_client_ops)), -EIO);
	CHECK_CALLS(test, PLUG_REGISTER, PLUG_ASK, PLUG_OPEN, PLUG_POST_OPEN,
		    PLUG_CLIENT_PRE_CLOSE, PLUG_PRE_CLOSE, PLUG_CLOSE, PLUG_CLIENT_CLOSE);
}

static void notify_d0_entry_listens_while_the_device_works(struct kunit *test)
{
	struct plug *plug = test->priv;
	struct dmf_device *ddev;

	plug->option = DMF_NOTIFY_D0_ENTRY;
	ddev = plug_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), 0);
	plug->count = 0;
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_IDLE), 0);
	CHECK_CALLS(test, PLUG_UNREGISTER, PLUG_CLIENT_PRE_CLOSE, PLUG_PRE_CLOSE, PLUG_CLOSE,
		    PLUG_CLIENT_CLOSE);
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), 0);
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), 0);
	CHECK_CALLS(test, PLUG_REGISTER, PLUG_ASK, PLUG_OPEN, PLUG_POST_OPEN);
}

/* -- Misuse ------------------------------------------------------------------------ */

static void other_options_are_not_opened_by_hand(struct kunit *test)
{
	struct plug *plug = test->priv;

	plug->option = DMF_OPEN_CREATE;
	plug_probe(test);
	CHECK_CALLS(test, PLUG_OPEN, PLUG_POST_OPEN);
	dmf_kunit_expect_begin(test, "WARNING: CPU.*dmf_module_open");
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), -EINVAL);
	dmf_kunit_expect_end(test);
	dmf_kunit_expect_begin(test, "WARNING: CPU.*dmf_module_close");
	dmf_module_close(plug->module);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, plug->count, 0);
}

static void open_within_open_is_found(struct kunit *test)
{
	struct plug *plug = test->priv;

	plug_probe(test);
	plug->open_in_open = true;
	dmf_kunit_expect_begin(test, "plug: opened or closed by its own callback");
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), 0);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, plug->inner_result, -EDEADLK);
}

static void close_within_close_is_found(struct kunit *test)
{
	struct plug *plug = test->priv;

	plug_probe(test);
	plug->close_in_close = true;
	KUNIT_EXPECT_EQ(test, dmf_module_open(plug->module), 0);
	plug->count = 0;
	dmf_kunit_expect_begin(test, "plug: opened or closed by its own callback");
	dmf_module_close(plug->module);
	dmf_kunit_expect_end(test);
	CHECK_CALLS(test, PLUG_CLIENT_PRE_CLOSE, PLUG_PRE_CLOSE, PLUG_CLOSE, PLUG_CLIENT_CLOSE);
}

/* -- Races -------------------------------------------------------------------------- */

static int open_thread(void *data)
{
	struct plug *plug = data;

	plug->result = dmf_module_open(plug->module);
	complete(&plug->returned);
	return 0;
}

static int close_thread(void *data)
{
	struct plug *plug = data;

	dmf_module_close(plug->module);
	complete(&plug->returned);
	return 0;
}

static int go_on_thread(void *data)
{
	struct plug *plug = data;

	while (!READ_ONCE(plug->count))		/* until it has been unregistered */
		schedule_timeout_uninterruptible(1);
	schedule_timeout_uninterruptible(HZ / 20);
	complete(&plug->go_on);
	return 0;
}

/* Remove comes while another thread is inside open(): it waits, and closes then. */
static void remove_waits_for_an_open_under_way(struct kunit *test)
{
	struct plug *plug = test->priv;
	struct dmf_device *ddev = plug_probe(test);

	plug->hold_open = true;
	dmf_kunit_run(test, open_thread, plug);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&plug->inside, DMF_KUNIT_TIMEOUT));
	plug->count = 0;
	dmf_kunit_run(test, go_on_thread, plug);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&plug->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, plug->result, 0);
	CHECK_CALLS(test, PLUG_UNREGISTER, PLUG_POST_OPEN, PLUG_CLIENT_PRE_CLOSE, PLUG_PRE_CLOSE,
		    PLUG_CLOSE, PLUG_CLIENT_CLOSE);
}

/* Departure comes while arrival is being handled: closed in the end. */
static void close_waits_for_an_open_under_way(struct kunit *test)
{
	struct plug *plug = test->priv;

	plug_probe(test);
	plug->hold_open = true;
	dmf_kunit_run(test, open_thread, plug);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&plug->inside, DMF_KUNIT_TIMEOUT));
	dmf_kunit_run(test, close_thread, plug);
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&plug->returned, HZ / 20));
	plug->count = 0;
	complete(&plug->go_on);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&plug->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&plug->returned, DMF_KUNIT_TIMEOUT));
	CHECK_CALLS(test, PLUG_POST_OPEN, PLUG_CLIENT_PRE_CLOSE, PLUG_PRE_CLOSE, PLUG_CLOSE,
		    PLUG_CLIENT_CLOSE);
}

/* Query-remove and unregister both close: one does, the other waits for it. */
static void two_closes_close_once_and_both_wait(struct kunit *test)
{
	struct plug *plug = test->priv;

	plug_probe(test);
	KUNIT_ASSERT_EQ(test, dmf_module_open(plug->module), 0);
	KUNIT_ASSERT_EQ(test, dmf_module_reference(plug->module), 0);
	plug->count = 0;
	dmf_kunit_run(test, close_thread, plug);
	dmf_kunit_run(test, close_thread, plug);
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&plug->returned, HZ / 20));
	dmf_module_dereference(plug->module);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&plug->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&plug->returned, DMF_KUNIT_TIMEOUT));
	CHECK_CALLS(test, PLUG_CLIENT_PRE_CLOSE, PLUG_PRE_CLOSE, PLUG_CLOSE, PLUG_CLIENT_CLOSE);
}

static int arrive_and_depart(void *data)
{
	struct plug *plug = data;

	while (dmf_module_open(plug->module) != -ENODEV) {
		dmf_module_close(plug->module);
		cond_resched();
	}
	complete(&plug->returned);
	return 0;
}

/* Notifications come from two threads while the device goes down and up. */
static void notifications_race_with_power(struct kunit *test)
{
	struct plug *plug = test->priv;
	struct dmf_device *ddev;
	int i;

	plug->option = DMF_NOTIFY_D0_ENTRY;
	ddev = plug_probe(test);
	for (i = 0; i < 50; i++) {
		dmf_kunit_run(test, arrive_and_depart, plug);
		dmf_kunit_run(test, arrive_and_depart, plug);
		schedule_timeout_uninterruptible(1);
		KUNIT_EXPECT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_IDLE), 0);
		KUNIT_EXPECT_NE(test, plug->module->state, DMF_MODULE_OPENED);
		KUNIT_EXPECT_EQ(test, dmf_module_acquire(plug->module), -ENODEV);
		wait_for_completion(&plug->returned);
		wait_for_completion(&plug->returned);
		KUNIT_EXPECT_EQ(test, dmf_device_power_up(ddev), 0);
	}
}

static int plug_init(struct kunit *test)
{
	struct plug *plug = kunit_kzalloc(test, sizeof(*plug), GFP_KERNEL);

	if (!plug)
		return -ENOMEM;
	plug->option = DMF_NOTIFY_CREATE;
	init_completion(&plug->inside);
	init_completion(&plug->go_on);
	init_completion(&plug->returned);
	test->priv = plug;
	return 0;
}

static struct kunit_case notification_cases[] = {
	KUNIT_CASE(it_opens_and_closes_when_notified),
	KUNIT_CASE(second_open_and_second_close_do_nothing),
	KUNIT_CASE(client_may_refuse),
	KUNIT_CASE(failed_open_leaves_it_closed),
	KUNIT_CASE(what_is_left_open_is_closed_after_unregister),
	KUNIT_CASE(it_may_open_while_it_registers),
	KUNIT_CASE(failed_register_closes_what_it_has_opened),
	KUNIT_CASE(notify_d0_entry_listens_while_the_device_works),
	KUNIT_CASE(other_options_are_not_opened_by_hand),
	KUNIT_CASE(open_within_open_is_found),
	KUNIT_CASE(close_within_close_is_found),
	KUNIT_CASE(remove_waits_for_an_open_under_way),
	KUNIT_CASE(close_waits_for_an_open_under_way),
	KUNIT_CASE(two_closes_close_once_and_both_wait),
	KUNIT_CASE(notifications_race_with_power),
	{ }
};

static struct kunit_suite notification_suite = {
	.name = "dmf_notification",
	.init = plug_init,
	.test_cases = notification_cases,
};

kunit_test_suite(notification_suite);
