// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of requests of other drivers: who handles them, what ends the wait, and what
 * a reference to a device is good for when the device has been unbound.
 */
#include <linux/kthread.h>
#include <linux/pm.h>
#include <linux/sched/signal.h>

#include "submitter.h"

/* Commands of the fake Client. */
enum {
	CMD_INCREMENT = 1,	/* output is input plus one */
	CMD_PEND,
	CMD_PEND_KILLABLE,
	CMD_STATUS,		/* -EXDEV */
	CMD_BLOCK,
	CMD_CHILD,		/* the child Module handles it */
	CMD_PARENT,		/* both Modules would */
};

struct internals {
	struct dmf_request *pended;	/* xchg() decides who has it */
	struct completion pend_seen;
	struct completion handler_runs;
	struct completion handler_may_go;
	atomic_t cancels;
	atomic_t handled;
	bool had_file;
	char log[16];			/* who was asked, one letter each */
};

static void internals_log(struct internals *internals, char who)
{
	size_t length = strlen(internals->log);

	if (length < sizeof(internals->log) - 1)
		internals->log[length] = who;
}

static bool internals_cancel(struct dmf_request *request)
{
	struct internals *internals = request->owner;

	atomic_inc(&internals->cancels);
	return xchg(&internals->pended, NULL) == request;
}

static void internals_pend(struct internals *internals, struct dmf_request *request,
			   bool (*cancel)(struct dmf_request *request))
{
	request->owner = internals;
	dmf_request_pend(request, cancel, 0);
	xchg(&internals->pended, request);
	complete(&internals->pend_seen);
}

static bool internals_handle(struct dmf_device *ddev, struct dmf_request *request)
{
	struct internals *internals = dmf_kunit_priv(ddev);

	atomic_inc(&internals->handled);
	internals->had_file |= !!dmf_request_file(request);
	internals_log(internals, 'c');
	switch (dmf_request_command(request)) {
	case CMD_INCREMENT:
		*(u32 *)dmf_request_output(request) = *(const u32 *)dmf_request_input(request) + 1;
		dmf_request_complete(request, 0);
		return true;
	case CMD_PEND:
		internals_pend(internals, request, internals_cancel);
		return true;
	case CMD_PEND_KILLABLE:
		internals_pend(internals, request, NULL);
		return true;
	case CMD_STATUS:
		dmf_request_complete(request, -EXDEV);
		return true;
	case CMD_BLOCK:
		complete(&internals->handler_runs);
		wait_for_completion(&internals->handler_may_go);
		dmf_request_complete(request, 0);
		return true;
	}
	return false;
}

static const struct dmf_client_ops internals_ops = {
	.internal_device_io_control	= internals_handle,
};

static struct dmf_device *internals_probe_ops(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

static struct dmf_device *internals_probe(struct kunit *test)
{
	return internals_probe_ops(test, &internals_ops);
}

static void device_put(void *data)
{
	dmf_device_put(data);
}

/* A reference as another driver has it, given back when the test ends. */
static struct dmf_device *internals_find(struct kunit *test, struct dmf_device *ddev)
{
	struct dmf_device *found = dmf_device_find(dmf_device_dev(ddev));

	KUNIT_ASSERT_PTR_EQ(test, found, ddev);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, device_put, found), 0);
	return found;
}

static struct submitter *submit(struct kunit *test, struct dmf_device *ddev,
				unsigned int command, int signal, unsigned long timeout)
{
	struct internals *internals = test->priv;
	struct submitter *submitter;

	submitter = dmf_kunit_submit_start(test, &(struct submitter){
		.ddev = ddev, .command = command, .signal = signal, .timeout = timeout,
	});
	if (command == CMD_PEND || command == CMD_PEND_KILLABLE)
		KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&internals->pend_seen,
								    DMF_KUNIT_TIMEOUT));
	return submitter;
}

/* -- Handling -- */

static void buffers_go_both_ways(struct kunit *test)
{
	struct dmf_device *ddev = internals_probe(test);
	struct internals *internals = test->priv;
	u32 input = 41, output = 0;

	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_INCREMENT, &input, sizeof(input),
							&output, sizeof(output), HZ), 0);
	KUNIT_EXPECT_EQ(test, output, 42);
	KUNIT_EXPECT_EQ(test, input, 41);
	KUNIT_EXPECT_FALSE(test, internals->had_file);
}

static void failed_request_leaves_the_output(struct kunit *test)
{
	struct dmf_device *ddev = internals_probe(test);
	u32 output = 7;

	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_STATUS, NULL, 0, &output,
							sizeof(output), HZ), -EXDEV);
	KUNIT_EXPECT_EQ(test, output, 7);
}

static void unhandled_request_is_no_command(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, dmf_kunit_internal(internals_probe(test), 1000), -ENOTTY);
}

static void too_long_a_request_is_refused(struct kunit *test)
{
	struct dmf_device *ddev = internals_probe(test);
	struct internals *internals = test->priv;
	char byte;

	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_STATUS, &byte,
							DMF_IO_SIZE_MAX + 1, NULL, 0, 0), -E2BIG);
	KUNIT_EXPECT_EQ(test, atomic_read(&internals->handled), 0);
}

/* User space cannot make what drivers can, nor the other way round. */
static void an_ioctl_is_another_event(struct kunit *test)
{
	struct dmf_device *ddev = internals_probe(test);
	struct dmf_file *file = dmf_kunit_open(test, ddev);
	struct internals *internals = test->priv;

	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, CMD_STATUS), -ENOTTY);
	KUNIT_EXPECT_EQ(test, atomic_read(&internals->handled), 0);
}

static void no_node_for_internal_requests_alone(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, dmf_device_node_name(internals_probe(test)));
}

/* -- Modules -- */

static bool asked_handle(struct dmf_module *module, struct dmf_request *request)
{
	struct internals *internals = dmf_kunit_priv(dmf_parent_device_get(module));
	unsigned int command = dmf_request_command(request);
	bool is_child = dmf_parent_module_get(module);

	internals_log(internals, is_child ? 'm' : 'p');
	if (command != CMD_PARENT && !(command == CMD_CHILD && is_child))
		return false;
	dmf_request_complete(request, 0);
	return true;
}

static struct dmf_module_keys asked_keys;

static const struct dmf_module_ops asked_child_ops = {
	.internal_device_io_control	= asked_handle,
};

static const struct dmf_module_desc asked_child_desc = {
	.name = "asked", .size = sizeof(struct dmf_module), .ops = &asked_child_ops,
};

static int asked_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	return __dmf_module_add(init, &asked_child_desc, &asked_keys, NULL, NULL, NULL);
}

static const struct dmf_module_ops asked_parent_ops = {
	.child_modules_add		= asked_child_modules_add,
	.internal_device_io_control	= asked_handle,
};

static const struct dmf_module_desc asked_parent_desc = {
	.name = "asked", .size = sizeof(struct dmf_module), .ops = &asked_parent_ops,
};

static int asked_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return __dmf_module_add(init, &asked_parent_desc, &asked_keys, NULL, NULL, NULL);
}

static void parent_then_child_then_client(struct kunit *test)
{
	struct dmf_client_ops ops = internals_ops;
	struct internals *internals = test->priv;
	struct dmf_device *ddev;

	ops.modules_add = asked_modules_add;
	ddev = internals_probe_ops(test, &ops);
	KUNIT_EXPECT_EQ(test, dmf_kunit_internal(ddev, CMD_STATUS), -EXDEV);
	KUNIT_EXPECT_STREQ(test, internals->log, "pmc");
}

static void first_that_handles_ends_the_walk(struct kunit *test)
{
	struct dmf_client_ops ops = internals_ops;
	struct internals *internals = test->priv;
	struct dmf_device *ddev;

	ops.modules_add = asked_modules_add;
	ddev = internals_probe_ops(test, &ops);
	KUNIT_EXPECT_EQ(test, dmf_kunit_internal(ddev, CMD_PARENT), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_internal(ddev, CMD_CHILD), 0);
	KUNIT_EXPECT_STREQ(test, internals->log, "ppm");
}

/* -- What ends the wait -- */

static void complete_pended(void *data)
{
	struct internals *internals = data;
	struct dmf_request *request = xchg(&internals->pended, NULL);

	if (request)
		dmf_request_complete(request, 0);
}

static void completion_from_an_interrupt_handler(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct submitter *submitter;

	submitter = submit(test, internals_probe(test), CMD_PEND, 0, MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	dmf_kunit_in_interrupt(complete_pended, internals);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&internals->cancels), 0);
}

static void signal_cancels(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct submitter *submitter;

	submitter = submit(test, internals_probe(test), CMD_PEND, SIGINT, MAX_SCHEDULE_TIMEOUT);
	send_sig(SIGINT, submitter->thread, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, atomic_read(&internals->cancels), 1);
	KUNIT_EXPECT_NULL(test, internals->pended);
}

static void timeout_cancels(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct submitter *submitter;

	submitter = submit(test, internals_probe(test), CMD_PEND, 0, HZ / 50);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, atomic_read(&internals->cancels), 1);
	KUNIT_EXPECT_NULL(test, internals->pended);
}

static void timeout_leaves_what_cannot_be_cancelled(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct submitter *submitter;

	submitter = submit(test, internals_probe(test), CMD_PEND_KILLABLE, 0, HZ / 50);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ETIMEDOUT);
	KUNIT_EXPECT_NOT_NULL(test, internals->pended);
	complete_pended(internals);
}

static void fatal_signal_leaves_what_cannot_be_cancelled(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct submitter *submitter;

	submitter = submit(test, internals_probe(test), CMD_PEND_KILLABLE, SIGKILL,
			   MAX_SCHEDULE_TIMEOUT);
	send_sig(SIGKILL, submitter->thread, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -EINTR);
	KUNIT_EXPECT_NOT_NULL(test, internals->pended);
	complete_pended(internals);
}

static void request_waits_while_the_system_sleeps(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct dmf_device *ddev = internals_probe(test);
	struct device *dev = dmf_device_dev(ddev);
	struct submitter *submitter;

	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	submitter = submit(test, ddev, CMD_STATUS, 0, MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	KUNIT_EXPECT_EQ(test, atomic_read(&internals->handled), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -EXDEV);
}

static void timeout_counts_while_the_system_sleeps(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct dmf_device *ddev = internals_probe(test);
	struct device *dev = dmf_device_dev(ddev);

	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_STATUS, NULL, 0, NULL, 0, 0),
			-ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&internals->handled), 0);
}

/* -- References and unbind -- */

static void device_is_found_while_it_is_bound(struct kunit *test)
{
	struct dmf_device *ddev = internals_probe(test);
	struct device *dev = get_device(dmf_device_dev(ddev));

	internals_find(test, ddev);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_NULL(test, dmf_device_find(dev));
	put_device(dev);
}

static void reference_outlives_the_binding(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct dmf_device *ddev = internals_find(test, internals_probe(test));

	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_internal(ddev, CMD_STATUS), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&internals->handled), 0);
}

static void unbind_cancels_pended_requests(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct dmf_device *ddev = internals_find(test, internals_probe(test));
	struct submitter *submitter = submit(test, ddev, CMD_PEND, 0, MAX_SCHEDULE_TIMEOUT);

	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&internals->cancels), 1);
}

static int complete_later(void *data)
{
	schedule_timeout_uninterruptible(HZ / 20);
	complete_pended(data);
	return 0;
}

static void unbind_waits_for_what_cannot_be_cancelled(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct dmf_device *ddev = internals_find(test, internals_probe(test));
	struct submitter *submitter = submit(test, ddev, CMD_PEND_KILLABLE, 0,
					     MAX_SCHEDULE_TIMEOUT);

	dmf_kunit_run(test, complete_later, internals);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_NULL(test, internals->pended);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

static int go_on_later(void *data)
{
	struct internals *internals = data;

	schedule_timeout_uninterruptible(HZ / 20);
	complete(&internals->handler_may_go);
	return 0;
}

static void unbind_waits_for_a_handler(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct dmf_device *ddev = internals_find(test, internals_probe(test));
	struct submitter *submitter = submit(test, ddev, CMD_BLOCK, 0, MAX_SCHEDULE_TIMEOUT);

	wait_for_completion(&internals->handler_runs);
	dmf_kunit_run(test, go_on_later, internals);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

/* -- Races -- */

static int complete_thread(void *data)
{
	while (!kthread_should_stop()) {
		complete_pended(data);
		cond_resched();
	}
	return 0;
}

/* Each request ends once: completed, or cancelled by its timeout. */
static void race_completion_against_timeout(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct dmf_device *ddev = internals_probe(test);
	int i, ret, completed = 0, overdue = 0;

	dmf_kunit_run(test, complete_thread, internals);
	for (i = 0; i < 1000; i++) {
		ret = dmf_device_internal_ioctl(ddev, CMD_PEND, NULL, 0, NULL, 0, i & 1);
		completed += !ret;
		overdue += ret == -ETIMEDOUT;
	}
	KUNIT_EXPECT_EQ(test, completed + overdue, 1000);
}

struct internals_caller {
	struct dmf_device *ddev;
	atomic_t surprises;
};

static int submit_thread(void *data)
{
	struct internals_caller *caller = data;
	int ret;

	while (!kthread_should_stop()) {
		ret = dmf_kunit_internal(caller->ddev, CMD_PEND);
		if (ret && ret != -ENODEV)
			atomic_inc(&caller->surprises);
		cond_resched();
	}
	return 0;
}

static void race_submit_against_unbind(struct kunit *test)
{
	struct internals *internals = test->priv;
	struct internals_caller caller = { };
	struct task_struct *thread;
	int i;

	dmf_kunit_run(test, complete_thread, internals);
	for (i = 0; i < 30; i++) {
		caller.ddev = internals_probe(test);
		dmf_device_get(caller.ddev);
		thread = kthread_run(submit_thread, &caller, "dmf-kunit-submit");
		KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
		schedule_timeout_uninterruptible(1);
		dmf_kunit_remove(test, caller.ddev);
		KUNIT_EXPECT_EQ(test, dmf_kunit_internal(caller.ddev, CMD_STATUS), -ENODEV);
		kthread_stop(thread);
		dmf_device_put(caller.ddev);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&caller.surprises), 0);
}

static int call_once(struct kunit *test, void *data)
{
	static const u8 input[2 * DMF_REQUEST_INLINE_SIZE];

	int ret = dmf_device_internal_ioctl(data, CMD_STATUS, input, sizeof(input), NULL, 0, HZ);

	return ret == -EXDEV ? 0 : ret;
}

static void every_allocation_fails_once(struct kunit *test)
{
	dmf_kunit_fail_nth(test, call_once, internals_probe(test), 2);
}

static int internals_init(struct kunit *test)
{
	struct internals *internals = kunit_kzalloc(test, sizeof(*internals), GFP_KERNEL);

	if (!internals)
		return -ENOMEM;
	init_completion(&internals->pend_seen);
	init_completion(&internals->handler_runs);
	init_completion(&internals->handler_may_go);
	test->priv = internals;
	return 0;
}

static struct kunit_case internal_cases[] = {
	KUNIT_CASE(buffers_go_both_ways),
	KUNIT_CASE(failed_request_leaves_the_output),
	KUNIT_CASE(unhandled_request_is_no_command),
	KUNIT_CASE(too_long_a_request_is_refused),
	KUNIT_CASE(an_ioctl_is_another_event),
	KUNIT_CASE(no_node_for_internal_requests_alone),
	KUNIT_CASE(parent_then_child_then_client),
	KUNIT_CASE(first_that_handles_ends_the_walk),
	KUNIT_CASE(completion_from_an_interrupt_handler),
	KUNIT_CASE(signal_cancels),
	KUNIT_CASE(timeout_cancels),
	KUNIT_CASE(timeout_leaves_what_cannot_be_cancelled),
	KUNIT_CASE(fatal_signal_leaves_what_cannot_be_cancelled),
	KUNIT_CASE(request_waits_while_the_system_sleeps),
	KUNIT_CASE(timeout_counts_while_the_system_sleeps),
	KUNIT_CASE(device_is_found_while_it_is_bound),
	KUNIT_CASE(reference_outlives_the_binding),
	KUNIT_CASE(unbind_cancels_pended_requests),
	KUNIT_CASE(unbind_waits_for_what_cannot_be_cancelled),
	KUNIT_CASE(unbind_waits_for_a_handler),
	KUNIT_CASE(race_completion_against_timeout),
	KUNIT_CASE(race_submit_against_unbind),
	KUNIT_CASE(every_allocation_fails_once),
	{ }
};

static struct kunit_suite internal_suite = {
	.name = "dmf_internal",
	.init = internals_init,
	.test_cases = internal_cases,
};

kunit_test_suite(internal_suite);
