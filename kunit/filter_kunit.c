// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of filters: where requests go in a stack. How its levels come, go and sleep, and what
 * files are in it, have suites of their own.
 */
#include <linux/device.h>

#include "filter_fixture.h"

/* -- Requests -- */

static void what_the_filter_handles_ends_there(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct dmf_file *file;

	stack_probe(test);
	file = dmf_kunit_open_node(test, stack->lower);
	stack_rewind(stack);
	stack->level = 1;
	stack->status = -EPERM;
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_ASK), -EPERM);
	KUNIT_EXPECT_STREQ(test, stack->log, "r1");
}

static void what_it_does_not_handle_goes_down(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct dmf_file *file;

	stack_probe(test);
	file = dmf_kunit_open_node(test, stack->lower);
	stack_rewind(stack);
	stack->status = -EXDEV;
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_ASK), -EXDEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit(file, DMF_REQUEST_READ, 0), -EXDEV);
	KUNIT_EXPECT_STREQ(test, stack->log, "r1r0r1r0");
}

static void what_nobody_handles_is_no_command(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct dmf_file *file;

	stack_probe(test);
	file = dmf_kunit_open_node(test, stack->lower);
	stack->level = -1;
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_ASK), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit(file, DMF_REQUEST_READ, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, dmf_gate_users(&file->ddev->pended_gate), 0);
}

static void filter_on_a_filter(struct kunit *test)
{
	struct dmf_client_ops top_ops = stack_level_ops(2);
	struct stack *stack = test->priv;
	struct dmf_file *file;

	stack_probe(test);
	stack_add_filter(test, 2, &top_ops);
	file = dmf_kunit_open_node(test, stack->lower);
	stack_rewind(stack);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_ASK), 0);
	KUNIT_EXPECT_STREQ(test, stack->log, "r2r1r0");
	stack_unfilter(test, 2);
	stack_rewind(stack);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_ASK), -ENODEV);
	file = dmf_kunit_open_node(test, stack->lower);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_ASK), 0);
	KUNIT_EXPECT_STREQ(test, stack->log, "r1r0");
}

static void internal_requests_reach_the_top(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct dmf_device *filter = stack_probe(test);
	struct dmf_device *found = dmf_device_find(dmf_device_dev(stack->lower));

	KUNIT_ASSERT_NOT_NULL(test, found);
	stack_keep(test, found);
	dmf_device_put(found);
	KUNIT_EXPECT_PTR_EQ(test, found, filter);
	stack_rewind(stack);
	KUNIT_EXPECT_EQ(test, dmf_kunit_internal(found, CMD_ASK), 0);
	KUNIT_EXPECT_STREQ(test, stack->log, "r1r0");
	stack_unfilter(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_internal(found, CMD_ASK), -ENODEV);
}

static void filter_asks_the_device_below(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct dmf_file *file;

	stack_probe(test);
	file = dmf_kunit_open_node(test, stack->lower);
	stack_rewind(stack);
	stack->level = 1;
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_DOWN), 0);
	KUNIT_EXPECT_STREQ(test, stack->log, "r1r0");
}

static void no_filter_where_none_is_wanted(struct kunit *test)
{
	struct stack *stack = test->priv;

	stack_probe_lower(test, &stack_ops);
	KUNIT_EXPECT_NULL(test, stack->lower->filter_device);
	KUNIT_EXPECT_NULL(test, dmf_device_lower(stack->lower));
}

/* -- Modules -- */

static bool judge_device_io_control(struct dmf_module *module, struct dmf_request *request)
{
	struct dmf_device *ddev = dmf_parent_device_get(module);
	struct stack *stack = dmf_kunit_priv(ddev);

	if (dmf_request_command(request) != CMD_MODULE)
		return false;
	stack_log(ddev, dmf_module_is_in_filter_driver(module) ? 'f' : 'm');
	return dmf_module_request_complete_or_forward(module, request, stack->status);
}

static struct dmf_module_keys judge_keys;

static const struct dmf_module_ops judge_ops = {
	.device_io_control	= judge_device_io_control,
};

static const struct dmf_module_desc judge_desc = {
	.name = "judge", .size = sizeof(struct dmf_module), .ops = &judge_ops,
};

static int judge_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return __dmf_module_add(init, &judge_desc, &judge_keys, NULL, NULL, NULL);
}

static struct dmf_file *judge_probe(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct dmf_client_ops filter_ops = stack_level_ops(1);
	struct stack *stack = test->priv;
	struct dmf_file *file;

	ops.modules_add = judge_modules_add;
	filter_ops.modules_add = judge_modules_add;
	stack_probe_lower(test, &ops);
	stack_add_filter(test, 1, &filter_ops);
	file = dmf_kunit_open_node(test, stack->lower);
	stack_rewind(stack);
	return file;
}

/* The filter's Module likes it, its Client is asked, then the device completes it. */
static void success_is_forwarded_in_a_filter_and_completes_below(struct kunit *test)
{
	struct dmf_file *file = judge_probe(test);
	struct stack *stack = test->priv;

	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_MODULE), 0);
	KUNIT_EXPECT_STREQ(test, stack->log, "f1r1m0");
}

static void failure_completes_in_a_filter(struct kunit *test)
{
	struct dmf_file *file = judge_probe(test);
	struct stack *stack = test->priv;

	stack->status = -EPERM;
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_MODULE), -EPERM);
	KUNIT_EXPECT_STREQ(test, stack->log, "f1");
}

/* -- Lockdep, faults -- */

static bool unbind_other(struct dmf_device *ddev, struct dmf_request *request)
{
	struct stack *stack = dmf_kunit_priv(ddev);

	dmf_device_remove(stack->other, false);
	dmf_request_complete(request, 0);
	return true;
}

/* Their gates have classes of their own: nothing is to be reported. */
static void handler_of_one_device_may_unbind_another(struct kunit *test)
{
	struct dmf_client_ops ops = { .device_io_control = unbind_other };
	static const struct dmf_client_ops no_ops;
	static struct dmf_client client = DMF_CLIENT_INIT(client, &no_ops, 0);
	struct stack *stack = test->priv;

	stack_probe_lower(test, &ops);
	stack->other = root_device_register("dmf-kunit-other");
	KUNIT_ASSERT_FALSE(test, IS_ERR(stack->other));
	KUNIT_EXPECT_EQ(test, dmf_device_probe(stack->other, &client), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(dmf_kunit_open(test, stack->lower), CMD_ASK), 0);
	root_device_unregister(stack->other);
}

static void stranger_is_refused(struct kunit *test)
{
	static struct dmf_client client = DMF_CLIENT_INIT(client, &stack_ops, 0);
	struct auxiliary_device *auxdev = kunit_kzalloc(test, sizeof(*auxdev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, auxdev);
	KUNIT_EXPECT_EQ(test, dmf_filter_probe(auxdev, &client), -EINVAL);
}

static int publish_and_unpublish(struct kunit *test, void *data)
{
	struct dmf_device *ddev = data;
	int ret;

	dmf_stack_unpublish(ddev);
	ret = dmf_stack_publish(ddev);
	if (ret)
		KUNIT_EXPECT_NULL(test, ddev->filter_device);
	return ret;
}

/* The filter's driver waits for the device: its probe fails at each step, too. */
static void every_allocation_of_a_filter_fails_once(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct stack *stack = test->priv;

	stack_probe_lower(test, &ops);
	stack->filters[1] = dmf_kunit_filter_register(test, stack_filterable[0].modname,
						      &stack_ops);
	dmf_kunit_fail_nth(test, publish_and_unpublish, stack->lower, 10);
	KUNIT_EXPECT_NOT_NULL(test, dmf_kunit_filter_device(stack->filters[1]));
}

static struct kunit_case filter_cases[] = {
	KUNIT_CASE(what_the_filter_handles_ends_there),
	KUNIT_CASE(what_it_does_not_handle_goes_down),
	KUNIT_CASE(what_nobody_handles_is_no_command),
	KUNIT_CASE(filter_on_a_filter),
	KUNIT_CASE(internal_requests_reach_the_top),
	KUNIT_CASE(filter_asks_the_device_below),
	KUNIT_CASE(no_filter_where_none_is_wanted),
	KUNIT_CASE(success_is_forwarded_in_a_filter_and_completes_below),
	KUNIT_CASE(failure_completes_in_a_filter),
	KUNIT_CASE(handler_of_one_device_may_unbind_another),
	KUNIT_CASE(stranger_is_refused),
	KUNIT_CASE(every_allocation_of_a_filter_fails_once),
	{ }
};

static struct kunit_suite filter_suite = {
	.name = "dmf_filter",
	.init = stack_init,
	.test_cases = filter_cases,
};

kunit_test_suite(filter_suite);
