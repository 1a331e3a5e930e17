// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of filters: where requests go in a stack, and how its levels come and go.
 * What files are in a stack has a suite of its own.
 */
#include <linux/device.h>
#include <linux/kthread.h>
#include <linux/pm.h>
#include <linux/sched/signal.h>

#include "submitter.h"

/* Commands of the Clients. The level is that of the device: 0 is the lowest. */
enum {
	CMD_ASK = 1,		/* completed by the level that the test names */
	CMD_PEND,		/* pended there */
	CMD_PEND_ACTIVE,
	CMD_BLOCK,		/* its handler there runs until it is told to go on */
	CMD_DOWN,		/* a filter asks the level below itself */
	CMD_MODULE,		/* completed or forwarded by a Module */
};

#define LEVELS	3

struct stack {
	struct dmf_device *lower;
	struct fake_filter *filters[LEVELS];
	int level;			/* which handles requests */
	int status;
	struct dmf_request *pended;	/* xchg() decides who has it */
	struct completion pend_seen;
	struct completion handler_runs;
	struct completion handler_may_go;
	atomic_t cancels;
	struct device *other;		/* unbound by a handler of level 0 */
	spinlock_t lock;		/* guards @log */
	char log[64];			/* what happened, a letter and a level each */
};

static int level_of(const struct dmf_device *ddev)
{
	int level = 0;

	while ((ddev = dmf_device_lower(ddev)))
		level++;
	return level;
}

static void stack_log(struct dmf_device *ddev, char what)
{
	struct stack *stack = dmf_kunit_priv(ddev);
	unsigned long flags;
	size_t length;

	spin_lock_irqsave(&stack->lock, flags);
	length = strlen(stack->log);
	if (length + 2 < sizeof(stack->log)) {
		stack->log[length] = what;
		stack->log[length + 1] = '0' + level_of(ddev);
	}
	spin_unlock_irqrestore(&stack->lock, flags);
}

static void stack_rewind(struct stack *stack)
{
	memset(stack->log, 0, sizeof(stack->log));
}

static bool stack_cancel(struct dmf_request *request)
{
	struct stack *stack = request->owner;

	atomic_inc(&stack->cancels);
	return cmpxchg(&stack->pended, request, NULL) == request;
}

static void stack_pend(struct stack *stack, struct dmf_request *request, unsigned int flags)
{
	request->owner = stack;
	dmf_request_pend(request, stack_cancel, flags);
	request = xchg(&stack->pended, request);
	if (request)	/* there is room for one */
		dmf_request_complete(request, 0);
	complete(&stack->pend_seen);
}

static void complete_pended(void *data)
{
	struct stack *stack = data;
	struct dmf_request *request = xchg(&stack->pended, NULL);

	if (request)
		dmf_request_complete(request, 0);
}

static bool stack_handle(struct dmf_device *ddev, struct dmf_request *request)
{
	struct stack *stack = dmf_kunit_priv(ddev);

	stack_log(ddev, 'r');
	if (level_of(ddev) != stack->level)
		return false;

	switch (dmf_request_command(request)) {
	case CMD_PEND:
		stack_pend(stack, request, 0);
		return true;
	case CMD_PEND_ACTIVE:
		stack_pend(stack, request, DMF_PEND_ACTIVE);
		return true;
	case CMD_BLOCK:
		complete(&stack->handler_runs);
		wait_for_completion(&stack->handler_may_go);
		break;
	case CMD_DOWN:
		stack->level = 0;
		dmf_request_complete(request,
				     dmf_kunit_internal(dmf_device_lower(ddev), CMD_ASK));
		return true;
	}
	dmf_request_complete(request, stack->status);
	return true;
}

static int stack_d0_entry(struct dmf_device *ddev, enum dmf_power previous)
{
	stack_log(ddev, 'u');
	return 0;
}

static int stack_d0_exit(struct dmf_device *ddev, enum dmf_power target)
{
	stack_log(ddev, 'd');
	return 0;
}

static void stack_surprise_removal(struct dmf_device *ddev)
{
	stack_log(ddev, 's');
}

/* What each level publishes, so that only the next binds to it. */
static const struct dmf_filterable level_filterable[LEVELS] = {
	{ auxiliary_device_init, __auxiliary_device_add, "dmf_kunit_level0" },
	{ auxiliary_device_init, __auxiliary_device_add, "dmf_kunit_level1" },
	{ auxiliary_device_init, __auxiliary_device_add, "dmf_kunit_level2" },
};

static const struct dmf_client_ops stack_ops = {
	.d0_entry			= stack_d0_entry,
	.d0_exit			= stack_d0_exit,
	.surprise_removal		= stack_surprise_removal,
	.device_io_control		= stack_handle,
	.internal_device_io_control	= stack_handle,
	.queue_io_read			= stack_handle,
};

static struct dmf_client_ops stack_level_ops(int level)
{
	struct dmf_client_ops ops = stack_ops;

	ops.filterable = &level_filterable[level];
	return ops;
}

static void device_put(void *data)
{
	dmf_device_put(data);
}

/* The device outlives its unbinding here, so that a test can look at it. */
static struct dmf_device *stack_keep(struct kunit *test, struct dmf_device *ddev)
{
	dmf_device_get(ddev);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, device_put, ddev), 0);
	return ddev;
}

static void stack_probe_lower(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct stack *stack = test->priv;

	stack->lower = dmf_kunit_probe(test, ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(stack->lower));
	stack_keep(test, stack->lower);
}

static struct dmf_device *stack_add_filter(struct kunit *test, int level,
					   const struct dmf_client_ops *ops)
{
	const char *below = level_filterable[level - 1].modname;
	struct stack *stack = test->priv;
	struct dmf_device *ddev;

	stack->filters[level] = dmf_kunit_filter_register(test, below, ops);
	ddev = dmf_kunit_filter_device(stack->filters[level]);
	KUNIT_ASSERT_NOT_NULL(test, ddev);
	return stack_keep(test, ddev);
}

/* A device and a filter on it. Return: the filter. */
static struct dmf_device *stack_probe(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct dmf_client_ops filter_ops = stack_level_ops(1);

	stack_probe_lower(test, &ops);
	return stack_add_filter(test, 1, &filter_ops);
}

static void stack_unfilter(struct kunit *test, int level)
{
	struct stack *stack = test->priv;

	dmf_kunit_filter_unregister(stack->filters[level]);
}

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
	dmf_kunit_add_action(test, device_put, found);
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

/* -- Unbind -- */

static struct submitter *submit(struct kunit *test, struct dmf_file *file, unsigned int command)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	submitter = dmf_kunit_submit_start(test, &(struct submitter){
		.file = file, .type = DMF_REQUEST_DEVICE_CONTROL, .command = command,
		.signal = SIGINT,
	});
	if (command == CMD_PEND || command == CMD_PEND_ACTIVE)
		KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&stack->pend_seen,
								    DMF_KUNIT_TIMEOUT));
	return submitter;
}

static void unbinding_the_filter_cancels_what_is_pended_below(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;
	struct dmf_file *old;

	stack_probe(test);
	old = dmf_kunit_open(test, stack->lower);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_PEND);
	stack_unfilter(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&stack->cancels), 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(old, CMD_ASK), 0);
}

static void unbinding_the_filter_leaves_what_is_pended_by_others(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	stack_probe(test);
	submitter = submit(test, dmf_kunit_open(test, stack->lower), CMD_PEND);
	stack_unfilter(test, 1);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	complete_pended(stack);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

static void unbinding_the_device_unbinds_the_filter_first(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	stack_probe(test);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_PEND);
	stack_rewind(stack);
	dmf_kunit_remove(test, stack->lower);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ENODEV);
	KUNIT_EXPECT_STREQ(test, stack->log, "d1d0");
	KUNIT_EXPECT_NULL(test, dmf_kunit_filter_device(stack->filters[1]));
}

static void surprise_is_told_from_the_top(struct kunit *test)
{
	struct stack *stack = test->priv;

	stack_probe(test);
	stack_rewind(stack);
	dmf_kunit_remove_surprise(test, stack->lower);
	KUNIT_EXPECT_STREQ(test, stack->log, "s1s0d1d0");
}

static int go_on_later(void *data)
{
	struct stack *stack = data;

	schedule_timeout_uninterruptible(HZ / 20);
	complete(&stack->handler_may_go);
	return 0;
}

static void unbinding_the_filter_waits_for_a_handler_below(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	stack_probe(test);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_BLOCK);
	wait_for_completion(&stack->handler_runs);
	dmf_kunit_run(test, go_on_later, stack);
	stack_unfilter(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

static void filter_comes_back_with_the_device(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct stack *stack = test->priv;

	stack_probe(test);
	dmf_kunit_remove(test, stack->lower);
	stack_rewind(stack);
	stack_probe_lower(test, &ops);
	KUNIT_EXPECT_STREQ(test, stack->log, "u0u1");
	KUNIT_EXPECT_NOT_NULL(test, dmf_kunit_filter_device(stack->filters[1]));
}

static int stack_fail(struct dmf_device *ddev)
{
	return -EIO;
}

static void device_works_where_the_filter_fails(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct dmf_client_ops filter_ops = stack_level_ops(1);
	struct stack *stack = test->priv;
	struct fake_filter *filter;

	filter_ops.prepare_hardware = stack_fail;
	stack_probe_lower(test, &ops);
	filter = dmf_kunit_filter_register(test, "dmf_kunit_level0", &filter_ops);
	KUNIT_EXPECT_NULL(test, dmf_kunit_filter_device(filter));
	KUNIT_EXPECT_NULL(test, stack->lower->upper);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(dmf_kunit_open_node(test, stack->lower), CMD_ASK),
			0);
}

/* -- Suspend -- */

/* Whoever suspends the system goes by that. */
static void filter_is_a_child_of_the_device(struct kunit *test)
{
	struct dmf_device *filter = stack_probe(test);
	struct stack *stack = test->priv;

	KUNIT_EXPECT_PTR_EQ(test, dmf_device_dev(filter)->parent, dmf_device_dev(stack->lower));
}

static void filter_keeps_the_device_no_more_awake_than_needed(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct device *dev;

	stack_probe(test);
	dev = dmf_device_dev(stack->lower);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->power.child_count), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->power.usage_count), 0);
}

/* The device below is suspended later: it may still complete the request. */
static void request_that_has_gone_down_does_not_stop_suspend(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct device *dev = dmf_device_dev(stack_probe(test));
	struct submitter *submitter;

	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_BLOCK);
	wait_for_completion(&stack->handler_runs);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	complete(&stack->handler_may_go);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
}

static void request_waits_for_the_level_that_sleeps(struct kunit *test)
{
	struct dmf_device *filter = stack_probe(test);
	struct stack *stack = test->priv;
	struct submitter *submitter;

	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dmf_device_dev(filter)), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dmf_device_dev(stack->lower)), 0);
	stack_rewind(stack);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_ASK);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dmf_device_dev(stack->lower)), 0);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	KUNIT_EXPECT_STREQ(test, stack->log, "u0");
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dmf_device_dev(filter)), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
	KUNIT_EXPECT_STREQ(test, stack->log, "u0u1r1r0");
}

/* It waits at the gate of the device below, where the filter has sent it. */
static void unbinding_the_filter_ends_a_wait_for_the_device_to_wake(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	stack_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dmf_device_dev(stack->lower)), 0);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_ASK);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	stack_unfilter(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dmf_device_dev(stack->lower)), 0);
}

static void failed_device_ends_what_came_by_the_filter(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct dmf_client_ops filter_ops = stack_level_ops(1);
	struct stack *stack = test->priv;
	struct submitter *submitter;
	struct device *dev;

	ops.self_managed_io_restart = stack_fail;
	stack_probe_lower(test, &ops);
	stack_add_filter(test, 1, &filter_ops);
	dev = dmf_device_dev(stack->lower);
	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_PEND);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), -EIO);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -EIO);
}

/* -- A sequential device below -- */

static void stack_probe_sequential(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct dmf_client_ops filter_ops = stack_level_ops(1);

	ops.queue = DMF_QUEUE_SEQUENTIAL;
	stack_probe_lower(test, &ops);
	stack_add_filter(test, 1, &filter_ops);
}

static struct submitter *submit_behind(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *submitter;

	submitter = submit(test, dmf_kunit_open_node(test, stack->lower), CMD_ASK);
	KUNIT_ASSERT_TRUE(test, dmf_kunit_until(!list_empty_careful(&stack->lower->queue.waiting)));
	return submitter;
}

static void queued_below_stops_neither_suspend_nor_unbind_of_the_filter(struct kunit *test)
{
	struct stack *stack = test->priv;
	struct submitter *active, *queued;
	struct device *dev;

	stack_probe_sequential(test);
	dev = dmf_device_dev(dmf_kunit_filter_device(stack->filters[1]));
	active = submit(test, dmf_kunit_open(test, stack->lower), CMD_PEND_ACTIVE);
	queued = submit_behind(test);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(queued));
	stack_unfilter(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, queued), -ENODEV);
	complete_pended(stack);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, active), 0);
	KUNIT_EXPECT_FALSE(test, stack->lower->queue.busy);
}

/* -- Lockdep, faults, races -- */

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
	stack->filters[1] = dmf_kunit_filter_register(test, "dmf_kunit_level0", &stack_ops);
	dmf_kunit_fail_nth(test, publish_and_unpublish, stack->lower, 10);
	KUNIT_EXPECT_NOT_NULL(test, dmf_kunit_filter_device(stack->filters[1]));
}

struct opener {
	struct stack *stack;
	int surprise;			/* what nobody should be told */
};

static int opener_thread(void *data)
{
	struct opener *user = data;
	struct dmf_file *file;
	int ret;

	while (!kthread_should_stop()) {
		file = dmf_file_open_top(user->stack->lower);
		if (IS_ERR(file)) {
			user->surprise = PTR_ERR(file);
			continue;
		}
		ret = dmf_kunit_ioctl(file, CMD_PEND);
		/* Being stopped interrupts. */
		if (ret && ret != -ENODEV && ret != -ERESTARTSYS)
			user->surprise = ret;
		dmf_file_release(file);
		cond_resched();
	}
	return 0;
}

static int complete_thread(void *data)
{
	while (!kthread_should_stop()) {
		complete_pended(data);
		cond_resched();
	}
	return 0;
}

/* The device stays: an open always succeeds, on the filter or below. */
static void race_users_against_the_filter_coming_and_going(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct dmf_client_ops filter_ops = stack_level_ops(1);
	struct stack *stack = test->priv;
	struct opener user = { .stack = stack };
	struct fake_filter *filter;
	struct task_struct *threads[2];
	int i;

	stack_probe_lower(test, &ops);
	dmf_kunit_run(test, complete_thread, stack);
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i] = kthread_run(opener_thread, &user, "dmf-kunit-user");
		KUNIT_ASSERT_FALSE(test, IS_ERR(threads[i]));
	}
	for (i = 0; i < 30; i++) {
		filter = dmf_kunit_filter_register(test, "dmf_kunit_level0", &filter_ops);
		schedule_timeout_uninterruptible(1);
		dmf_kunit_filter_unregister(filter);
	}
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		kthread_stop(threads[i]);
	KUNIT_EXPECT_EQ(test, user.surprise, 0);
	/* Who completes a request wakes its submitter first. */
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(!dmf_gate_users(&stack->lower->pended_gate)));
}

static int stack_init(struct kunit *test)
{
	struct stack *stack = kunit_kzalloc(test, sizeof(*stack), GFP_KERNEL);

	if (!stack)
		return -ENOMEM;
	spin_lock_init(&stack->lock);
	init_completion(&stack->pend_seen);
	init_completion(&stack->handler_runs);
	init_completion(&stack->handler_may_go);
	test->priv = stack;
	return 0;
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
	KUNIT_CASE(unbinding_the_filter_cancels_what_is_pended_below),
	KUNIT_CASE(unbinding_the_filter_leaves_what_is_pended_by_others),
	KUNIT_CASE(unbinding_the_device_unbinds_the_filter_first),
	KUNIT_CASE(surprise_is_told_from_the_top),
	KUNIT_CASE(unbinding_the_filter_waits_for_a_handler_below),
	KUNIT_CASE(filter_comes_back_with_the_device),
	KUNIT_CASE(device_works_where_the_filter_fails),
	KUNIT_CASE(filter_is_a_child_of_the_device),
	KUNIT_CASE(filter_keeps_the_device_no_more_awake_than_needed),
	KUNIT_CASE(request_that_has_gone_down_does_not_stop_suspend),
	KUNIT_CASE(request_waits_for_the_level_that_sleeps),
	KUNIT_CASE(unbinding_the_filter_ends_a_wait_for_the_device_to_wake),
	KUNIT_CASE(failed_device_ends_what_came_by_the_filter),
	KUNIT_CASE(queued_below_stops_neither_suspend_nor_unbind_of_the_filter),
	KUNIT_CASE(handler_of_one_device_may_unbind_another),
	KUNIT_CASE(stranger_is_refused),
	KUNIT_CASE(every_allocation_of_a_filter_fails_once),
	KUNIT_CASE(race_users_against_the_filter_coming_and_going),
	{ }
};

static struct kunit_suite filter_suite = {
	.name = "dmf_filter",
	.init = stack_init,
	.test_cases = filter_cases,
};

kunit_test_suite(filter_suite);
