// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of control devices: one for a driver, with the first of its devices and until
 * the last has gone.
 */
#include <linux/device.h>

#include "submitter.h"

enum {
	CMD_ASK = 1,
	CMD_PEND,
	CMD_CLIENT,		/* a Module asks a device of the driver */
};

struct controls {
	struct dmf_filter_control control;
	struct dmf_client_ops ops;
	struct dmf_device *instances[3];
	struct dmf_request *pended;
	struct completion pend_seen;
	int status;			/* of modules_add */
	struct dmf_device *asked;	/* which device was asked */
	unsigned int opens;
	unsigned int hardware;		/* calls that a control device must not see */
};

/* The Clients of control devices are not the fake ones: they find the test here. */
static struct controls *current_controls;

/* -- The control device -- */

static bool controls_cancel(struct dmf_request *request)
{
	struct controls *controls = request->owner;

	return xchg(&controls->pended, NULL) == request;
}

static bool control_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	struct controls *controls = current_controls;

	switch (dmf_request_command(request)) {
	case CMD_ASK:
		dmf_request_complete(request, 0);
		return true;
	case CMD_PEND:
		request->owner = controls;
		dmf_request_pend(request, controls_cancel, 0);
		xchg(&controls->pended, request);
		complete(&controls->pend_seen);
		return true;
	}
	return false;
}

static int control_prepare_hardware(struct dmf_device *ddev)
{
	current_controls->hardware++;
	return 0;
}

static int control_d0_entry(struct dmf_device *ddev, enum dmf_power previous)
{
	current_controls->hardware++;
	return 0;
}

static bool asker_device_io_control(struct dmf_module *module, struct dmf_request *request)
{
	struct dmf_device *client;

	if (dmf_request_command(request) != CMD_CLIENT)
		return false;
	client = dmf_filter_device_get(module);
	if (!client) {
		dmf_request_complete(request, -ENXIO);
		return true;
	}
	dmf_request_complete(request, dmf_kunit_internal(client, CMD_ASK));
	dmf_device_put(client);
	return true;
}

static int asker_open(struct dmf_module *module)
{
	current_controls->opens++;
	return 0;
}

static struct dmf_module_keys asker_keys;

static const struct dmf_module_ops asker_ops = {
	.open			= asker_open,
	.device_io_control	= asker_device_io_control,
};

static const struct dmf_module_desc asker_desc = {
	.name = "asker", .size = sizeof(struct dmf_module), .ops = &asker_ops,
};

static const struct dmf_module_desc powered_desc = {
	.name = "powered", .size = sizeof(struct dmf_module), .ops = &asker_ops,
	.open_option = DMF_OPEN_D0_ENTRY,
};

static int control_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return current_controls->status ?:
	       __dmf_module_add(init, &asker_desc, &asker_keys, NULL, NULL, NULL);
}

static int powered_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return __dmf_module_add(init, &powered_desc, &asker_keys, NULL, NULL, NULL);
}

static const struct dmf_client_ops control_ops = {
	.modules_add		= control_modules_add,
	.prepare_hardware	= control_prepare_hardware,
	.d0_entry		= control_d0_entry,
	.device_io_control	= control_device_io_control,
};

/* -- The driver's devices -- */

static bool instance_internal_device_io_control(struct dmf_device *ddev,
						struct dmf_request *request)
{
	struct controls *controls = dmf_kunit_priv(ddev);

	controls->asked = ddev;
	dmf_request_complete(request, 0);
	return true;
}

static const struct dmf_client_ops instance_ops = {
	.internal_device_io_control	= instance_internal_device_io_control,
};

static void controls_cleanup(void *data)
{
	struct controls *controls = data;
	int i;

	for (i = 0; i < ARRAY_SIZE(controls->instances); i++)
		if (controls->instances[i])
			dmf_filter_control_device_delete(controls->instances[i],
							 &controls->control);
	ida_destroy(&controls->control.client.instances);
}

static int control_create(struct kunit *test, int index)
{
	struct controls *controls = test->priv;
	struct dmf_device *ddev = dmf_kunit_probe(test, &instance_ops);
	int ret;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	ret = dmf_filter_control_device_create(ddev, &controls->control);
	controls->instances[index] = ret ? NULL : ddev;
	return ret;
}

static void control_delete(struct kunit *test, int index)
{
	struct controls *controls = test->priv;

	dmf_filter_control_device_delete(controls->instances[index], &controls->control);
	controls->instances[index] = NULL;
}

static struct dmf_device *control_device(struct kunit *test)
{
	struct controls *controls = test->priv;

	return controls->control.dev ? dev_get_drvdata(controls->control.dev) : NULL;
}

/* -- Coming and going -- */

static void first_makes_it_and_last_takes_it_away(struct kunit *test)
{
	struct dmf_device *control;

	KUNIT_EXPECT_NULL(test, control_device(test));
	KUNIT_ASSERT_EQ(test, control_create(test, 0), 0);
	control = control_device(test);
	KUNIT_ASSERT_NOT_NULL(test, control);
	KUNIT_ASSERT_EQ(test, control_create(test, 1), 0);
	KUNIT_EXPECT_PTR_EQ(test, control_device(test), control);
	control_delete(test, 0);
	KUNIT_EXPECT_PTR_EQ(test, control_device(test), control);
	control_delete(test, 1);
	KUNIT_EXPECT_NULL(test, control_device(test));
	KUNIT_ASSERT_EQ(test, control_create(test, 2), 0);
	KUNIT_EXPECT_NOT_NULL(test, control_device(test));
}

static void its_node_has_its_name(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, control_create(test, 0), 0);
	KUNIT_EXPECT_STREQ(test, dmf_device_node_name(control_device(test)),
			   "dmf/dmf-kunit-control");
}

static void it_has_neither_hardware_nor_power(struct kunit *test)
{
	struct controls *controls = test->priv;

	KUNIT_ASSERT_EQ(test, control_create(test, 0), 0);
	KUNIT_EXPECT_EQ(test, controls->opens, 1);
	control_delete(test, 0);
	KUNIT_EXPECT_EQ(test, controls->hardware, 0);
}

static void module_that_wants_power_is_refused(struct kunit *test)
{
	struct controls *controls = test->priv;

	controls->ops.modules_add = powered_modules_add;
	KUNIT_EXPECT_EQ(test, control_create(test, 0), -EINVAL);
	KUNIT_EXPECT_NULL(test, control_device(test));
	KUNIT_EXPECT_EQ(test, controls->opens, 0);
}

static void one_device_creates_it_once(struct kunit *test)
{
	struct controls *controls = test->priv;

	KUNIT_ASSERT_EQ(test, control_create(test, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_filter_control_device_create(controls->instances[0],
							       &controls->control), -EEXIST);
	control_delete(test, 0);
	KUNIT_EXPECT_NULL(test, control_device(test));
}

/* Whoever fails takes back its own entry, and no other. */
static void failed_create_leaves_nothing(struct kunit *test)
{
	struct controls *controls = test->priv;

	controls->status = -EPROTO;
	KUNIT_EXPECT_EQ(test, control_create(test, 0), -EPROTO);
	KUNIT_EXPECT_TRUE(test, list_empty(&controls->control.instances));
	controls->status = 0;
	KUNIT_EXPECT_EQ(test, control_create(test, 1), 0);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&controls->control.instances));
}

static void delete_of_a_stranger_changes_nothing(struct kunit *test)
{
	struct controls *controls = test->priv;
	struct dmf_device *stranger = dmf_kunit_probe(test, &instance_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(stranger));
	KUNIT_ASSERT_EQ(test, control_create(test, 0), 0);
	dmf_kunit_expect_begin(test, "WARNING:.*dmf_filter_control_device_delete");
	dmf_filter_control_device_delete(stranger, &controls->control);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_NOT_NULL(test, control_device(test));
}

/* -- Requests -- */

static void it_has_requests_of_its_own(struct kunit *test)
{
	struct dmf_file *file;

	KUNIT_ASSERT_EQ(test, control_create(test, 0), 0);
	file = dmf_kunit_open(test, control_device(test));
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_ASK), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, 1000), -ENOTTY);
}

static void module_on_it_finds_the_oldest_device(struct kunit *test)
{
	struct controls *controls = test->priv;
	struct dmf_file *file;

	KUNIT_ASSERT_EQ(test, control_create(test, 0), 0);
	KUNIT_ASSERT_EQ(test, control_create(test, 1), 0);
	file = dmf_kunit_open(test, control_device(test));
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_CLIENT), 0);
	KUNIT_EXPECT_PTR_EQ(test, controls->asked, controls->instances[0]);
	control_delete(test, 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_CLIENT), 0);
	KUNIT_EXPECT_PTR_EQ(test, controls->asked, controls->instances[1]);
}

/* A device that is unbound before it has deleted it is no trap. */
static void device_that_has_gone_is_no_device(struct kunit *test)
{
	struct controls *controls = test->priv;
	struct dmf_file *file;

	KUNIT_ASSERT_EQ(test, control_create(test, 0), 0);
	file = dmf_kunit_open(test, control_device(test));
	dmf_kunit_remove(test, controls->instances[0]);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_CLIENT), -ENODEV);
}

static void last_delete_ends_what_is_pended(struct kunit *test)
{
	struct controls *controls = test->priv;
	struct submitter *submitter;
	struct dmf_file *file;

	KUNIT_ASSERT_EQ(test, control_create(test, 0), 0);
	file = dmf_kunit_open(test, control_device(test));
	submitter = dmf_kunit_submit_start(test, &(struct submitter){
		.file = file, .type = DMF_REQUEST_DEVICE_CONTROL, .command = CMD_PEND });
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&controls->pend_seen,
							    DMF_KUNIT_TIMEOUT));
	control_delete(test, 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_ASK), -ENODEV);
}

/* -- Faults and races -- */

static int create_and_delete(struct kunit *test, void *data)
{
	struct controls *controls = test->priv;
	int ret;

	ret = dmf_filter_control_device_create(data, &controls->control);
	if (ret)
		KUNIT_EXPECT_TRUE(test, list_empty(&controls->control.instances));
	else
		dmf_filter_control_device_delete(data, &controls->control);
	return ret;
}

static void every_allocation_fails_once(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &instance_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	dmf_kunit_fail_nth(test, create_and_delete, ddev, 10);
}

struct churn {
	struct controls *controls;
	struct dmf_device *ddev;
	unsigned int failures;
	struct completion done;
};

static int churn_thread(void *data)
{
	struct churn *churn = data;
	int i;

	for (i = 0; i < 30; i++) {
		if (dmf_filter_control_device_create(churn->ddev, &churn->controls->control))
			churn->failures++;
		else
			dmf_filter_control_device_delete(churn->ddev, &churn->controls->control);
	}
	complete(&churn->done);
	return 0;
}

static void race_of_devices_that_come_and_go(struct kunit *test)
{
	struct churn churns[2] = { };
	int i;

	for (i = 0; i < ARRAY_SIZE(churns); i++) {
		churns[i].controls = test->priv;
		churns[i].ddev = dmf_kunit_probe(test, &instance_ops);
		KUNIT_ASSERT_FALSE(test, IS_ERR(churns[i].ddev));
		init_completion(&churns[i].done);
	}
	for (i = 0; i < ARRAY_SIZE(churns); i++)
		dmf_kunit_run(test, churn_thread, &churns[i]);
	for (i = 0; i < ARRAY_SIZE(churns); i++) {
		wait_for_completion(&churns[i].done);
		KUNIT_EXPECT_EQ(test, churns[i].failures, 0);
	}
	KUNIT_EXPECT_NULL(test, control_device(test));
}

static int controls_init(struct kunit *test)
{
	struct controls *controls = kunit_kzalloc(test, sizeof(*controls), GFP_KERNEL);

	if (!controls)
		return -ENOMEM;
	controls->ops = control_ops;
	controls->control = (struct dmf_filter_control)
		DMF_FILTER_CONTROL_INIT(controls->control, "dmf-kunit-control", &controls->ops, 0);
	ida_init(&controls->control.client.instances);
	mutex_init(&controls->control.lock);
	spin_lock_init(&controls->control.instances_lock);
	init_completion(&controls->pend_seen);
	test->priv = controls;
	current_controls = controls;
	return dmf_kunit_add_action(test, controls_cleanup, controls);
}

static struct kunit_case control_cases[] = {
	KUNIT_CASE(first_makes_it_and_last_takes_it_away),
	KUNIT_CASE(its_node_has_its_name),
	KUNIT_CASE(it_has_neither_hardware_nor_power),
	KUNIT_CASE(module_that_wants_power_is_refused),
	KUNIT_CASE(one_device_creates_it_once),
	KUNIT_CASE(failed_create_leaves_nothing),
	KUNIT_CASE(delete_of_a_stranger_changes_nothing),
	KUNIT_CASE(it_has_requests_of_its_own),
	KUNIT_CASE(module_on_it_finds_the_oldest_device),
	KUNIT_CASE(device_that_has_gone_is_no_device),
	KUNIT_CASE(last_delete_ends_what_is_pended),
	KUNIT_CASE(every_allocation_fails_once),
	KUNIT_CASE(race_of_devices_that_come_and_go),
	{ }
};

static struct kunit_suite control_suite = {
	.name = "dmf_control",
	.init = controls_init,
	.test_cases = control_cases,
};

kunit_test_suite(control_suite);
