// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of IoctlHandler: two instances on one device, each with its own commands, filter
 * and state. Chaining is in ioctl_handler_chain_kunit.c.
 */
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/kthread.h>

#include <linux/dmf/ioctl_handler.h>

#include "caller.h"

#define MAGIC	0xC8

struct long_argument {
	u64 first;
	struct dmf_buffer buffer;
};

/* Commands of the first instance, which has the filter that is tested. */
#define CMD_FIRST	_IO(MAGIC, 1)
#define CMD_GUARDED	_IO(MAGIC, 2)	/* administrator_access_only where that counts */
#define CMD_PEND	_IO(MAGIC, 3)
#define CMD_DISABLE	_IO(MAGIC, 4)	/* the handler disables its own instance */
#define CMD_LONG	_IOWR(MAGIC, 5, struct long_argument)
/* And of the second. */
#define CMD_SECOND	_IO(MAGIC, 6)
#define CMD_NOBODY	_IO(MAGIC, 7)

struct handlers {
	struct dmf_ioctl_handler *handler[2];
	struct dmf_ioctl_handler_config config[2];
	unsigned int called[2];
	unsigned int asked;		/* about files */
	int verdict;
	int result;
	int early;			/* result of a Method before the Module is open */
	bool switched;			/* the Client's switch was asked */
	struct dmf_request *pended;	/* xchg() decides who has it */
	struct completion pend_seen;
	atomic_t cancels;
	struct dmf_file *file;
	atomic_t calls;
	atomic_t strange;
};

static struct handlers *to_handlers(struct dmf_ioctl_handler *handler)
{
	return dmf_kunit_priv(dmf_ioctl_handler_device(handler));
}

static int first_call(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	struct handlers *handlers = to_handlers(handler);

	handlers->called[0]++;
	return handlers->result;
}

static int second_call(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	struct handlers *handlers = to_handlers(handler);

	handlers->called[1] += handler == handlers->handler[1];
	return 0;
}

static bool handlers_cancel(struct dmf_request *request)
{
	struct handlers *handlers = request->owner;

	atomic_inc(&handlers->cancels);
	return xchg(&handlers->pended, NULL) == request;
}

static int pend_call(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	struct handlers *handlers = to_handlers(handler);

	request->owner = handlers;
	dmf_request_pend(request, handlers_cancel, 0);
	xchg(&handlers->pended, request);
	complete(&handlers->pend_seen);
	return 0;
}

static int disable_call(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	return dmf_ioctl_handler_ioctl_state_set(handler, false);
}

static int long_call(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	struct long_argument *argument = dmf_request_output(request);
	u8 *bytes = dmf_request_buffer(request, 0);

	to_handlers(handler)->called[0]++;
	argument->first += bytes[0];
	return 0;
}

#define LONG_BUFFERS \
	{ { offsetof(struct long_argument, buffer), DMF_BUFFER_TO_DRIVER, 1, 16 } }

static const struct dmf_ioctl_handler_record first_records[] = {
	{ .command = CMD_FIRST, .handler = first_call },
	{ .command = CMD_GUARDED, .handler = first_call },
	{ .command = CMD_PEND, .handler = pend_call },
	{ .command = CMD_DISABLE, .handler = disable_call },
	{
		.command = CMD_LONG, .handler = long_call, .buffers = LONG_BUFFERS,
		.input_minimum = 8, .output_minimum = 8,
	},
};

static const struct dmf_ioctl_handler_record guarded_records[] = {
	{ .command = CMD_FIRST, .handler = first_call },
	{ .command = CMD_GUARDED, .handler = first_call, .administrator_access_only = true },
};

static const struct dmf_ioctl_handler_record second_records[] = {
	{ .command = CMD_SECOND, .handler = second_call },
};

static int handlers_admit(struct dmf_ioctl_handler *handler, struct dmf_file *file)
{
	struct handlers *handlers = to_handlers(handler);

	handlers->asked += handler == handlers->handler[0] && file;
	return handlers->verdict;
}

static int handlers_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	static const struct dmf_module_attributes names[] = {
		{ .instance_name = "first" }, { .instance_name = "second" },
	};
	struct handlers *handlers = dmf_kunit_priv(ddev);
	int i, ret;

	for (i = 0; i < 2; i++) {
		ret = dmf_ioctl_handler_add(init, &handlers->config[i], &names[i],
					    &handlers->handler[i]);
		if (ret)
			return ret;
	}
	handlers->early = dmf_ioctl_handler_ioctl_state_set(handlers->handler[0], true);
	return 0;
}

static bool handlers_switch(struct dmf_device *ddev, struct dmf_request *request)
{
	struct handlers *handlers = dmf_kunit_priv(ddev);

	handlers->switched = true;
	if (dmf_request_command(request) != CMD_FIRST)
		return false;
	dmf_request_complete(request, -EXDEV);
	return true;
}

static const struct dmf_client_ops handlers_ops = {
	.modules_add	= handlers_modules_add,
};

static struct dmf_device *handlers_probe_ops(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

/* The second instance has no filter. */
static struct dmf_device *handlers_probe(struct kunit *test,
					 enum dmf_ioctl_handler_access_mode mode)
{
	struct handlers *handlers = test->priv;

	handlers->config[0].access_mode_filter = mode;
	return handlers_probe_ops(test, &handlers_ops);
}

static long internal(struct dmf_device *ddev, unsigned int command)
{
	return dmf_device_internal_ioctl(ddev, command, NULL, 0, NULL, 0, HZ);
}

/* What a file gets of either instance, and a driver, which always gets all. */
static void expect_access(struct kunit *test, struct dmf_file *file, long first, long second)
{
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_FIRST, NULL), first);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_SECOND, NULL), second);
	KUNIT_EXPECT_EQ(test, internal(file->ddev, CMD_FIRST), 0);
	KUNIT_EXPECT_EQ(test, internal(file->ddev, CMD_SECOND), 0);
}

/* -- Filters --------------------------------------------------------------------------- */

static void default_lets_all_in(struct kunit *test)
{
	struct dmf_device *ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT);
	struct handlers *handlers = test->priv;

	expect_access(test, dmf_kunit_open(test, ddev), 0, 0);
	expect_access(test, dmf_kunit_open_unprivileged(test, ddev), 0, 0);
	KUNIT_EXPECT_EQ(test, handlers->called[0], 4);
	KUNIT_EXPECT_EQ(test, handlers->called[1], 4);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(dmf_kunit_open(test, ddev), CMD_NOBODY, NULL),
			-ENOTTY);
}

static void administrator_only_looks_at_who_has_opened(struct kunit *test)
{
	struct dmf_device *ddev;

	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY);
	expect_access(test, dmf_kunit_open(test, ddev), 0, 0);
	expect_access(test, dmf_kunit_open_unprivileged(test, ddev), -EACCES, 0);
}

/* What was opened by an administrator may be used by whoever it was given to. */
static void file_keeps_what_its_opener_had(struct kunit *test)
{
	struct dmf_device *ddev;
	const struct cred *old;
	struct dmf_file *file;
	struct cred *cred;

	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY);
	file = dmf_kunit_open(test, ddev);
	cred = prepare_creds();
	KUNIT_ASSERT_NOT_NULL(test, cred);
	cap_clear(cred->cap_effective);
	old = override_creds(cred);
	expect_access(test, file, 0, 0);
	revert_creds(old);
	put_cred(cred);
}

static void administrator_only_per_ioctl_guards_what_is_marked(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_file *file, *unprivileged;
	struct dmf_device *ddev;

	handlers->config[0].records = guarded_records;
	handlers->config[0].record_count = ARRAY_SIZE(guarded_records);
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY_PER_IOCTL);
	file = dmf_kunit_open(test, ddev);
	unprivileged = dmf_kunit_open_unprivileged(test, ddev);
	expect_access(test, file, 0, 0);
	expect_access(test, unprivileged, 0, 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_GUARDED, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(unprivileged, CMD_GUARDED, NULL), -EACCES);
	KUNIT_EXPECT_EQ(test, internal(ddev, CMD_GUARDED), 0);
}

static void client_callback_decides_when_a_file_is_opened(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_file *admitted, *refused;
	struct dmf_device *ddev;

	handlers->config[0].admit = handlers_admit;
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK);
	admitted = dmf_kunit_open_unprivileged(test, ddev);
	handlers->verdict = -EBUSY;
	refused = dmf_kunit_open(test, ddev);
	KUNIT_EXPECT_EQ(test, handlers->asked, 2);
	expect_access(test, admitted, 0, 0);
	expect_access(test, refused, -EACCES, 0);
	/* It is not asked again. */
	KUNIT_EXPECT_EQ(test, handlers->asked, 2);
}

static void kernel_mode_only_is_unknown_to_programs(struct kunit *test)
{
	struct dmf_device *ddev;

	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_KERNEL_MODE_ONLY);
	expect_access(test, dmf_kunit_open(test, ddev), -ENOTTY, 0);
	expect_access(test, dmf_kunit_open_unprivileged(test, ddev), -ENOTTY, 0);
}

static void kernel_mode_requests_only_refuses_programs(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_device *ddev;

	handlers->config[0].kernel_mode_requests_only = true;
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT);
	expect_access(test, dmf_kunit_open(test, ddev), -EACCES, 0);
	expect_access(test, dmf_kunit_open_unprivileged(test, ddev), -EACCES, 0);
}

/* Neither instance's filter is asked about the other's commands. */
static void two_filters_do_not_interfere(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_file *file, *unprivileged;
	struct dmf_device *ddev;

	handlers->config[0].admit = handlers_admit;
	handlers->config[1].access_mode_filter = DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY;
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK);
	unprivileged = dmf_kunit_open_unprivileged(test, ddev);
	handlers->verdict = -EPERM;
	file = dmf_kunit_open(test, ddev);
	expect_access(test, unprivileged, 0, -EACCES);
	expect_access(test, file, -EACCES, 0);
}

static void refuse_open_keeps_a_file_from_all(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_device *ddev;

	handlers->config[0].refuse_open = true;
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY);
	KUNIT_EXPECT_EQ(test, PTR_ERR(dmf_kunit_try_open_unprivileged(ddev)), -EACCES);
	expect_access(test, dmf_kunit_open(test, ddev), 0, 0);
	dmf_kunit_remove(test, ddev);

	handlers->config[0].admit = handlers_admit;
	handlers->verdict = -EBUSY;
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK);
	KUNIT_EXPECT_EQ(test, PTR_ERR(dmf_file_open(ddev, NULL)), -EBUSY);
	handlers->verdict = 0;
	expect_access(test, dmf_kunit_open(test, ddev), 0, 0);
}

/* The next file often is where the last one was. */
static void new_file_is_not_taken_for_an_old_one(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_file *file, *last = NULL;
	unsigned int same = 0, wrong = 0;
	struct dmf_device *ddev;
	int i;

	handlers->config[0].admit = handlers_admit;
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK);
	for (i = 0; i < 200 && same < 3; i++) {
		handlers->verdict = i & 1 ? -EPERM : 0;
		file = dmf_file_open(ddev, NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(file));
		same += file == last && handlers->verdict;
		wrong += dmf_kunit_call(file, CMD_FIRST, NULL) !=
			 (handlers->verdict ? -EACCES : 0);
		last = file;
		dmf_file_release(file);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static void admitting_more_than_all_is_found(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_device *ddev;
	struct dmf_file *file;

	handlers->config[0].admit = handlers_admit;
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK);
	handlers->verdict = 1;
	dmf_kunit_expect_begin(test, "WARNING: .*ioctl_handler_");
	file = dmf_kunit_open(test, ddev);
	dmf_kunit_expect_end(test);
	expect_access(test, file, -EACCES, 0);
}

/* A Module that decides what the instances behind it do not hear of. */
static bool greedy_file_create(struct dmf_module *module, struct dmf_file *file, int *status)
{
	*status = 0;
	return true;
}

static struct dmf_module_keys greedy_keys;

static const struct dmf_module_ops greedy_ops = {
	.file_create	= greedy_file_create,
};

static const struct dmf_module_desc greedy_desc = {
	.name = "greedy", .size = sizeof(struct dmf_module), .ops = &greedy_ops,
};

static int greedy_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return __dmf_module_add(init, &greedy_desc, &greedy_keys, NULL, NULL, NULL) ?:
	       handlers_modules_add(ddev, init);
}

static void file_that_was_not_shown_is_not_let_in(struct kunit *test)
{
	const struct dmf_client_ops ops = { .modules_add = greedy_modules_add };
	struct handlers *handlers = test->priv;
	struct dmf_device *ddev;

	handlers->config[0].admit = handlers_admit;
	handlers->config[0].access_mode_filter = DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK;
	ddev = handlers_probe_ops(test, &ops);
	expect_access(test, dmf_kunit_open(test, ddev), -EACCES, 0);
	KUNIT_EXPECT_EQ(test, handlers->asked, 0);
}

static void no_node_for_other_drivers_alone(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_device *ddev;

	handlers->config[1].access_mode_filter = DMF_IOCTL_HANDLER_ACCESS_MODE_KERNEL_MODE_ONLY;
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_KERNEL_MODE_ONLY);
	KUNIT_EXPECT_NULL(test, dmf_device_node_name(ddev));
	dmf_kunit_remove(test, ddev);
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT);
	KUNIT_EXPECT_NOT_NULL(test, dmf_device_node_name(ddev));
}

/* -- What records say -------------------------------------------------------------------- */

static void record_s_sizes_and_buffers_hold(struct kunit *test)
{
	struct dmf_device *ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT);
	unsigned int too_short = _IOC(_IOC_READ | _IOC_WRITE, MAGIC, 5, 7);
	struct dmf_file *file = dmf_kunit_open(test, ddev);
	struct handlers *handlers = test->priv;
	u8 bytes[17] = { 40 };
	struct long_argument argument = {
		.first = 2, .buffer = { .ptr = (uintptr_t)bytes, .size = sizeof(bytes) },
	};

	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, too_short, &argument), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_LONG, &argument), -E2BIG);
	argument.buffer.size = 0;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_LONG, &argument), -EINVAL);
	KUNIT_EXPECT_EQ(test, handlers->called[0], 0);
	argument.buffer.size = 16;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_LONG, &argument), 0);
	KUNIT_EXPECT_EQ(test, argument.first, 42);
	KUNIT_EXPECT_EQ(test, argument.buffer.used, 16);
}

static void result_is_the_caller_s(struct kunit *test)
{
	struct dmf_device *ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT);
	struct handlers *handlers = test->priv;

	handlers->result = -EXDEV;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(dmf_kunit_open(test, ddev), CMD_FIRST, NULL),
			-EXDEV);
}

/* -- Enabling ------------------------------------------------------------------------------ */

static void manual_mode_begins_disabled(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_device *ddev;
	struct dmf_file *file;

	handlers->config[0].manual_mode = true;
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT);
	file = dmf_kunit_open(test, ddev);
	KUNIT_EXPECT_EQ(test, handlers->early, -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_FIRST, NULL), -ENOTTY);
	KUNIT_EXPECT_EQ(test, internal(ddev, CMD_FIRST), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_SECOND, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_ioctl_handler_ioctl_state_set(handlers->handler[0], true), 0);
	expect_access(test, file, 0, 0);
	KUNIT_EXPECT_EQ(test, dmf_ioctl_handler_ioctl_state_set(handlers->handler[0], false), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_FIRST, NULL), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_SECOND, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_ioctl_handler_ioctl_state_set(handlers->handler[0], true), 0);
	expect_access(test, file, 0, 0);
}

static void any_instance_can_be_disabled(struct kunit *test)
{
	struct dmf_device *ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT);
	struct dmf_file *file = dmf_kunit_open(test, ddev);

	/* By its own handler even, whose result still counts. */
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_DISABLE, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_DISABLE, NULL), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_SECOND, NULL), 0);
}

static void enable_first(void *data)
{
	struct handlers *handlers = data;

	handlers->result = dmf_ioctl_handler_ioctl_state_set(handlers->handler[0], true);
}

static void interrupts_may_enable(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_device *ddev;

	handlers->config[0].manual_mode = true;
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT);
	handlers->result = -EIO;
	dmf_kunit_in_hardirq(enable_first, handlers);
	KUNIT_EXPECT_EQ(test, handlers->result, 0);
	expect_access(test, dmf_kunit_open(test, ddev), 0, 0);
}

static void disabled_commands_go_on_to_others(struct kunit *test)
{
	struct dmf_client_ops ops = handlers_ops;
	struct handlers *handlers = test->priv;
	struct dmf_file *file;

	ops.device_io_control = handlers_switch;
	file = dmf_kunit_open(test, handlers_probe_ops(test, &ops));
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_FIRST, NULL), 0);
	KUNIT_EXPECT_FALSE(test, handlers->switched);
	dmf_ioctl_handler_ioctl_state_set(handlers->handler[0], false);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_FIRST, NULL), -EXDEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(file, CMD_NOBODY, NULL), -ENOTTY);
}

static struct caller *pend(struct kunit *test, struct dmf_file *file)
{
	struct handlers *handlers = test->priv;
	struct caller *caller;

	caller = dmf_kunit_call_start(test, &(struct caller){
		.file = file, .command = CMD_PEND,
	});
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&handlers->pend_seen,
							    DMF_KUNIT_TIMEOUT));
	return caller;
}

static int complete_pended(void *data)
{
	struct handlers *handlers = data;
	struct dmf_request *request = xchg(&handlers->pended, NULL);

	if (request)
		dmf_request_complete(request, -EXDEV);
	return 0;
}

static void disabling_leaves_what_is_pended(struct kunit *test)
{
	struct dmf_device *ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT);
	struct handlers *handlers = test->priv;
	struct caller *caller = pend(test, dmf_kunit_open(test, ddev));

	dmf_ioctl_handler_ioctl_state_set(handlers->handler[0], false);
	KUNIT_EXPECT_NOT_NULL(test, handlers->pended);
	KUNIT_EXPECT_EQ(test, atomic_read(&handlers->cancels), 0);
	complete_pended(handlers);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call_result(test, caller), -EXDEV);
}

static int calling_thread(void *data)
{
	struct handlers *handlers = data;
	long ret;

	while (!kthread_should_stop()) {
		ret = dmf_kunit_call(handlers->file, CMD_SECOND, NULL);
		if (ret && ret != -ENOTTY)
			atomic_inc(&handlers->strange);
		atomic_inc(&handlers->calls);
		cond_resched();
	}
	return 0;
}

static void race_state_set_against_commands(struct kunit *test)
{
	struct dmf_device *ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT);
	struct handlers *handlers = test->priv;
	unsigned long end = jiffies + HZ / 5;
	struct task_struct *threads[2];
	bool enable = false;
	int i;

	handlers->file = dmf_kunit_open(test, ddev);
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i] = kthread_run(calling_thread, handlers, "dmf-kunit");
		KUNIT_ASSERT_FALSE(test, IS_ERR(threads[i]));
	}
	for (; time_before(jiffies, end) || !atomic_read(&handlers->calls); enable = !enable) {
		dmf_ioctl_handler_ioctl_state_set(handlers->handler[1], enable);
		cond_resched();
	}
	/* Disabled for good, nobody is served who calls from now on. */
	dmf_ioctl_handler_ioctl_state_set(handlers->handler[1], false);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(handlers->file, CMD_SECOND, NULL), -ENOTTY);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		kthread_stop(threads[i]);
	KUNIT_EXPECT_GT(test, atomic_read(&handlers->calls), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&handlers->strange), 0);
}

static void race_unbind_against_a_pended_command(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_device *ddev;
	struct caller *caller;
	long result;
	int i;

	for (i = 0; i < 10; i++) {
		ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT);
		caller = pend(test, dmf_kunit_open(test, ddev));
		dmf_kunit_run(test, complete_pended, handlers);
		if (i & 1)
			udelay(i);
		dmf_kunit_remove(test, ddev);
		result = dmf_kunit_call_result(test, caller);
		KUNIT_EXPECT_TRUE(test, result == -ENODEV || result == -EXDEV);
		KUNIT_EXPECT_NULL(test, handlers->pended);
	}
}

/* -- Creation --------------------------------------------------------------------------------- */

static void config_that_cannot_be_is_refused(struct kunit *test)
{
	static const struct dmf_ioctl_handler_record no_handler = { .command = CMD_FIRST };
	static const struct dmf_ioctl_handler_record not_looked_at = {
		.command = CMD_FIRST, .handler = first_call, .administrator_access_only = true,
	};
	static const struct dmf_ioctl_handler_record twice = {
		.command = CMD_SECOND, .handler = first_call,
	};
#define CONFIG(_records, _count, ...) { .records = _records, .record_count = _count, __VA_ARGS__ }
	const struct dmf_ioctl_handler_config bad[] = {
		CONFIG(NULL, 1),
		CONFIG(first_records, 0),
		CONFIG(first_records, DMF_COMMANDS_MAX + 1),
		CONFIG(&no_handler, 1),
		CONFIG(&not_looked_at, 1),
		CONFIG(first_records, 1, .access_mode_filter = 5),
		CONFIG(first_records, 1, .admit = handlers_admit),
		CONFIG(first_records, 1, .access_mode_filter =
		       DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK),
		CONFIG(first_records, 1, .refuse_open = true),
		CONFIG(first_records, 1, .refuse_open = true, .access_mode_filter =
		       DMF_IOCTL_HANDLER_ACCESS_MODE_KERNEL_MODE_ONLY),
	};
	struct handlers *handlers = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		handlers->config[0] = bad[i];
		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR(dmf_kunit_probe(test, &handlers_ops)), -EINVAL,
				    "Config %u", i);
	}
	handlers->config[0] = (struct dmf_ioctl_handler_config)CONFIG(&twice, 1);
	KUNIT_EXPECT_EQ(test, PTR_ERR(dmf_kunit_probe(test, &handlers_ops)), -EEXIST);
}

static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	struct handlers *handlers = test->priv;

	handlers->config[0].admit = handlers_admit;
	handlers->config[0].access_mode_filter = DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK;
	/* Two Modules with Config, rows and table each. */
	dmf_kunit_fail_probe(test, &handlers_ops, 8);
}

static int open_once(struct kunit *test, void *data)
{
	struct dmf_file *file = dmf_file_open(data, NULL);
	int ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = dmf_kunit_call(file, CMD_FIRST, NULL);
	dmf_file_release(file);
	return ret;
}

static void every_allocation_of_opening_a_file_may_fail(struct kunit *test)
{
	struct handlers *handlers = test->priv;
	struct dmf_device *ddev;

	handlers->config[0].admit = handlers_admit;
	ddev = handlers_probe(test, DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK);
	/* The file, its pollers, what is kept with it, the request. */
	dmf_kunit_fail_nth(test, open_once, ddev, 4);
}

static int handlers_init(struct kunit *test)
{
	struct handlers *handlers = kunit_kzalloc(test, sizeof(*handlers), GFP_KERNEL);

	if (!handlers)
		return -ENOMEM;
	handlers->config[0].records = first_records;
	handlers->config[0].record_count = ARRAY_SIZE(first_records);
	handlers->config[1].records = second_records;
	handlers->config[1].record_count = ARRAY_SIZE(second_records);
	init_completion(&handlers->pend_seen);
	test->priv = handlers;
	return 0;
}

static struct kunit_case ioctl_handler_cases[] = {
	KUNIT_CASE(default_lets_all_in),
	KUNIT_CASE(administrator_only_looks_at_who_has_opened),
	KUNIT_CASE(file_keeps_what_its_opener_had),
	KUNIT_CASE(administrator_only_per_ioctl_guards_what_is_marked),
	KUNIT_CASE(client_callback_decides_when_a_file_is_opened),
	KUNIT_CASE(kernel_mode_only_is_unknown_to_programs),
	KUNIT_CASE(kernel_mode_requests_only_refuses_programs),
	KUNIT_CASE(two_filters_do_not_interfere),
	KUNIT_CASE(refuse_open_keeps_a_file_from_all),
	KUNIT_CASE(new_file_is_not_taken_for_an_old_one),
	KUNIT_CASE(admitting_more_than_all_is_found),
	KUNIT_CASE(file_that_was_not_shown_is_not_let_in),
	KUNIT_CASE(no_node_for_other_drivers_alone),
	KUNIT_CASE(record_s_sizes_and_buffers_hold),
	KUNIT_CASE(result_is_the_caller_s),
	KUNIT_CASE(manual_mode_begins_disabled),
	KUNIT_CASE(any_instance_can_be_disabled),
	KUNIT_CASE(interrupts_may_enable),
	KUNIT_CASE(disabled_commands_go_on_to_others),
	KUNIT_CASE(disabling_leaves_what_is_pended),
	KUNIT_CASE(race_state_set_against_commands),
	KUNIT_CASE(race_unbind_against_a_pended_command),
	KUNIT_CASE(config_that_cannot_be_is_refused),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	KUNIT_CASE(every_allocation_of_opening_a_file_may_fail),
	{ }
};

static struct kunit_suite ioctl_handler_suite = {
	.name = "dmf_ioctl_handler",
	.init = handlers_init,
	.test_cases = ioctl_handler_cases,
};

kunit_test_suite(ioctl_handler_suite);
