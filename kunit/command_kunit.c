// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of tables of commands: which row a command finds, whose handler is called, what
 * it gets if the caller's structure has another size, and what its result means. The
 * buffers of arguments are in argument_kunit.c.
 */
#include <linux/kthread.h>

#include <linux/dmf/command.h>

#include "caller.h"

#define MAGIC	0xC7

/* As the driver knows it; the first version was one word shorter. */
struct sum {
	u64 value;
	u64 added;
};

/* The next version. */
struct long_sum {
	struct sum sum;
	u64 unknown;
};

#define CMD_SUM		_IOWR(MAGIC, 1, struct sum)
#define CMD_SUM_GET	_IOR(MAGIC, 2, struct sum)
#define CMD_SUM_SET	_IOW(MAGIC, 3, struct sum)
#define CMD_RESULT	_IO(MAGIC, 4)	/* what the test says */
#define CMD_KEEP	_IO(MAGIC, 5)	/* pended, and completed at once; then the same */
#define CMD_KERNEL	_IO(MAGIC, 6)
#define CMD_SWITCH	_IO(MAGIC, 7)	/* in no table; the Client's switch has it */
#define CMD_CHILD	_IO(MAGIC, 8)	/* in the table of the child */
#define CMD_PARENT	_IO(MAGIC, 9)	/* the same, and the parent's switch has it */
#define CMD_NOBODY	_IO(MAGIC, 10)

/* The same command as a program has it that knows another version. */
static unsigned int with_size(unsigned int command, size_t size)
{
	return _IOC(_IOC_DIR(command), _IOC_TYPE(command), _IOC_NR(command), size);
}

struct commands {
	struct dmf_file *file;
	struct dmf_module *child;
	unsigned int handled;
	unsigned int command;
	size_t input_size;
	size_t output_size;
	struct sum sum;			/* the argument of the latest handler */
	int result;
	const struct dmf_command *rows;	/* that a Module adds */
	unsigned int row_count;
	int add_result;			/* of doing that */
	int then;			/* of child_modules_add if that has succeeded */
	bool disable;			/* by the parent's switch */
	atomic_t strange;		/* results that cannot be */
	atomic_t calls;
	char log[16];			/* who was asked, one letter each */
};

static void log_call(struct commands *commands, char who)
{
	size_t length = strlen(commands->log);

	if (length < sizeof(commands->log) - 1)
		commands->log[length] = who;
}

static int commands_sum(struct dmf_device *ddev, struct dmf_request *request)
{
	struct commands *commands = dmf_kunit_priv(ddev);
	struct sum *sum = dmf_request_output(request);

	commands->handled++;
	commands->command = dmf_request_command(request);
	commands->input_size = dmf_request_input_size(request);
	commands->output_size = dmf_request_output_size(request);
	commands->sum = *sum;
	sum->value += sum->added;
	sum->added = ~0ULL;
	return 0;
}

static int commands_result(struct dmf_device *ddev, struct dmf_request *request)
{
	struct commands *commands = dmf_kunit_priv(ddev);

	commands->handled++;
	log_call(commands, 't');
	return commands->result;
}

static int commands_keep(struct dmf_device *ddev, struct dmf_request *request)
{
	struct commands *commands = dmf_kunit_priv(ddev);

	dmf_request_pend(request, NULL, 0);
	dmf_request_complete(request, -EXDEV);
	return commands->result;
}

static const struct dmf_command commands_rows[] = {
	{
		.command = CMD_SUM, .handler = commands_sum,
		.input_minimum = offsetof(struct sum, added),
		.output_minimum = offsetof(struct sum, added),
	}, {
		.command = CMD_SUM_GET, .handler = commands_sum,
		.output_minimum = offsetof(struct sum, added),
	},
	{ .command = CMD_SUM_SET, .handler = commands_sum },
	{ .command = CMD_RESULT, .handler = commands_result },
	{ .command = CMD_KEEP, .handler = commands_keep },
	{ .command = CMD_KERNEL, .handler = commands_result, .flags = DMF_COMMAND_KERNEL_ONLY },
};

static const struct dmf_client_ops commands_ops = {
	.commands	= commands_rows,
	.command_count	= ARRAY_SIZE(commands_rows),
};

static struct dmf_device *commands_probe_ops(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, ops);
	struct commands *commands = test->priv;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	commands->file = dmf_kunit_open(test, ddev);
	return ddev;
}

static struct dmf_device *commands_probe(struct kunit *test)
{
	return commands_probe_ops(test, &commands_ops);
}

/* -- Sizes ------------------------------------------------------------------------ */

static void shorter_argument_is_read_as_zeros(struct kunit *test)
{
	struct long_sum argument = { .sum = { .value = 41, .added = 1 } };
	struct commands *commands = test->priv;
	unsigned int command = with_size(CMD_SUM, offsetof(struct sum, added));

	commands_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, command, &argument), 0);
	KUNIT_EXPECT_EQ(test, commands->sum.value, 41);
	KUNIT_EXPECT_EQ(test, commands->sum.added, 0);
	KUNIT_EXPECT_EQ(test, argument.sum.value, 41);
	/* Only as much as the caller has is written back. */
	KUNIT_EXPECT_EQ(test, argument.sum.added, 1);
}

static void handler_sees_its_own_version(struct kunit *test)
{
	struct long_sum argument = { .sum = { .value = 41, .added = 1 } };
	struct commands *commands = test->priv;

	commands_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file,
					     with_size(CMD_SUM, sizeof(argument)), &argument), 0);
	KUNIT_EXPECT_EQ(test, commands->command, CMD_SUM);
	KUNIT_EXPECT_EQ(test, commands->input_size, sizeof(struct sum));
	KUNIT_EXPECT_EQ(test, commands->output_size, sizeof(struct sum));
	KUNIT_EXPECT_EQ(test, argument.sum.value, 42);
	KUNIT_EXPECT_EQ(test, argument.unknown, 0);
}

static void unknown_that_is_not_zero_is_too_big(struct kunit *test)
{
	struct long_sum argument = { .sum = { .value = 41, .added = 1 }, .unknown = 1ULL << 63 };
	struct commands *commands = test->priv;

	commands_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file,
					     with_size(CMD_SUM, sizeof(argument)), &argument),
			-E2BIG);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file,
					     with_size(CMD_SUM_SET, sizeof(argument)), &argument),
			-E2BIG);
	KUNIT_EXPECT_EQ(test, commands->handled, 0);
	KUNIT_EXPECT_EQ(test, argument.sum.value, 41);
	KUNIT_EXPECT_EQ(test, argument.unknown, 1ULL << 63);
}

/* Of what is only written nobody has said anything. */
static void longer_output_ends_in_zeros(struct kunit *test)
{
	struct long_sum argument = { .sum = { .value = 41, .added = 1 }, .unknown = ~0ULL };
	struct commands *commands = test->priv;

	commands_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file,
					     with_size(CMD_SUM_GET, sizeof(argument)),
					     &argument), 0);
	KUNIT_EXPECT_EQ(test, commands->sum.value, 0);
	KUNIT_EXPECT_EQ(test, argument.sum.value, 0);
	KUNIT_EXPECT_EQ(test, argument.sum.added, ~0ULL);
	KUNIT_EXPECT_EQ(test, argument.unknown, 0);
}

static void argument_below_the_minimum_is_refused(struct kunit *test)
{
	struct commands *commands = test->priv;
	struct sum argument = { .value = 41 };

	commands_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, with_size(CMD_SUM, 7), &argument),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, with_size(CMD_SUM_GET, 7),
					     &argument), -ENOSPC);
	KUNIT_EXPECT_EQ(test, commands->handled, 0);
	KUNIT_EXPECT_EQ(test, argument.value, 41);
	/* One without minimum takes even nothing. */
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, with_size(CMD_SUM_SET, 0), NULL), 0);
}

static void what_is_only_passed_is_not_written(struct kunit *test)
{
	struct sum argument = { .value = 41, .added = 1 };
	struct commands *commands = test->priv;

	commands_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_SUM_SET, &argument), 0);
	KUNIT_EXPECT_EQ(test, commands->sum.added, 1);
	KUNIT_EXPECT_EQ(test, argument.value, 41);
	KUNIT_EXPECT_EQ(test, argument.added, 1);
}

static void other_drivers_sizes_are_reconciled_too(struct kunit *test)
{
	struct dmf_device *ddev = commands_probe(test);
	struct long_sum input = { .sum = { .value = 41, .added = 1 } };
	struct long_sum output = { .unknown = ~0ULL };

	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_SUM, &input, sizeof(input),
							&output, sizeof(output), HZ), 0);
	KUNIT_EXPECT_EQ(test, output.sum.value, 42);
	KUNIT_EXPECT_EQ(test, output.unknown, 0);

	output.sum.added = 7;
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_SUM, &input, 8, &output, 8,
							HZ), 0);
	KUNIT_EXPECT_EQ(test, output.sum.value, 41);
	KUNIT_EXPECT_EQ(test, output.sum.added, 7);

	input.unknown = 1;
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_SUM, &input, sizeof(input),
							&output, sizeof(output), HZ), -E2BIG);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_SUM, &input, 7, &output, 8,
							HZ), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_SUM, &input, 8, &output, 7,
							HZ), -ENOSPC);
}

/* -- Finding a row ------------------------------------------------------------------- */

static void another_direction_is_another_command(struct kunit *test)
{
	struct commands *commands = test->priv;
	struct sum argument = { };

	commands_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, _IO(MAGIC, 1), NULL), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, _IOWR(MAGIC, 2, struct sum),
					     &argument), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, _IOWR(MAGIC + 1, 1, struct sum),
					     &argument), -ENOTTY);
	KUNIT_EXPECT_EQ(test, commands->handled, 0);
}

static void unknown_argument_is_not_read(struct kunit *test)
{
	struct commands *commands = test->priv;

	commands_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_ioctl_command(commands->file, _IOW(MAGIC, 99, u64),
						USER_SOCKPTR(NULL)), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_ioctl_command(commands->file, CMD_SUM, USER_SOCKPTR(NULL)),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, commands->handled, 0);
}

static bool commands_switch(struct dmf_device *ddev, struct dmf_request *request)
{
	struct commands *commands = dmf_kunit_priv(ddev);

	log_call(commands, 's');
	if (dmf_request_command(request) == CMD_NOBODY)
		return false;
	dmf_request_complete(request, -EXDEV);
	return true;
}

static void switch_gets_what_no_table_has(struct kunit *test)
{
	struct commands *commands = test->priv;
	struct dmf_client_ops ops = commands_ops;

	ops.device_io_control = commands_switch;
	commands_probe_ops(test, &ops);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_RESULT, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_SWITCH, NULL), -EXDEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_NOBODY, NULL), -ENOTTY);
	/* Who may know a command is given its argument. */
	KUNIT_EXPECT_EQ(test, dmf_ioctl_command(commands->file, _IOW(MAGIC, 99, u64),
						USER_SOCKPTR(NULL)), -EFAULT);
	KUNIT_EXPECT_STREQ(test, commands->log, "tss");
}

static void kernel_only_commands_are_unknown_to_programs(struct kunit *test)
{
	struct dmf_device *ddev = commands_probe(test);
	struct commands *commands = test->priv;

	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_KERNEL, NULL), -ENOTTY);
	KUNIT_EXPECT_EQ(test, commands->handled, 0);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_KERNEL, NULL, 0, NULL, 0, HZ),
			0);
	KUNIT_EXPECT_EQ(test, commands->handled, 1);
}

static void node_only_for_what_programs_can_call(struct kunit *test)
{
	struct dmf_client_ops ops = commands_ops;

	KUNIT_EXPECT_NOT_NULL(test, dmf_device_node_name(commands_probe(test)));
	ops.commands = &commands_rows[ARRAY_SIZE(commands_rows) - 1];
	ops.command_count = 1;
	KUNIT_EXPECT_NULL(test, dmf_device_node_name(commands_probe_ops(test, &ops)));
}

static void device_without_queue_knows_no_command(struct kunit *test)
{
	struct commands *commands = test->priv;
	struct dmf_client_ops ops = commands_ops;

	ops.queue = DMF_QUEUE_NONE;
	commands_probe_ops(test, &ops);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_RESULT, NULL), -ENOTTY);
	KUNIT_EXPECT_EQ(test, commands->handled, 0);
}

static void largest_table_is_found_whole(struct kunit *test)
{
	struct dmf_command *rows = kunit_kcalloc(test, DMF_COMMANDS_MAX + 1, sizeof(*rows),
						 GFP_KERNEL);
	struct commands *commands = test->priv;
	struct dmf_client_ops ops = { .commands = rows, .command_count = DMF_COMMANDS_MAX };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, rows);
	for (i = 0; i <= DMF_COMMANDS_MAX; i++) {
		rows[i].command = _IO(i / 256, i % 256);
		rows[i].handler = commands_result;
	}
	commands_probe_ops(test, &ops);
	for (i = 0; i < DMF_COMMANDS_MAX; i++)
		KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, rows[i].command, NULL), 0);
	KUNIT_EXPECT_EQ(test, commands->handled, DMF_COMMANDS_MAX);

	ops.command_count++;
	KUNIT_EXPECT_EQ(test, PTR_ERR(dmf_kunit_probe(test, &ops)), -EINVAL);
}

/* -- What a handler returns -------------------------------------------------------------- */

static void result_completes_the_request(struct kunit *test)
{
	struct commands *commands = test->priv;

	commands_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_RESULT, NULL), 0);
	commands->result = -EPERM;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_RESULT, NULL), -EPERM);
}

static void positive_result_is_found(struct kunit *test)
{
	struct commands *commands = test->priv;

	commands_probe(test);
	commands->result = 1;
	dmf_kunit_expect_begin(test, "WARNING: .*dmf_request_complete");
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_RESULT, NULL), -EIO);
	dmf_kunit_expect_end(test);
}

static void kept_request_has_its_own_result(struct kunit *test)
{
	struct commands *commands = test->priv;

	commands_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_KEEP, NULL), -EXDEV);
	commands->result = -EPERM;
	dmf_kunit_expect_begin(test, "WARNING: .*dmf_request_settle");
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_KEEP, NULL), -EXDEV);
	dmf_kunit_expect_end(test);
}

/* -- Modules ----------------------------------------------------------------------------- */

static int table_handler(struct dmf_module *module, struct dmf_request *request,
			 const void *data)
{
	struct commands *commands = dmf_kunit_priv(dmf_parent_device_get(module));

	log_call(commands, *(const char *)data);
	return commands->result;
}

static const struct dmf_command child_rows[] = {
	{ .command = CMD_CHILD, .module_handler = table_handler, .data = "m" },
	{ .command = CMD_PARENT, .module_handler = table_handler, .data = "n" },
};

static bool parent_switch(struct dmf_module *module, struct dmf_request *request)
{
	struct commands *commands = dmf_kunit_priv(dmf_parent_device_get(module));

	log_call(commands, 'p');
	if (commands->disable)
		dmf_module_enable_commands(commands->child, false);
	if (dmf_request_command(request) != CMD_PARENT)
		return false;
	dmf_request_complete(request, 0);
	return true;
}

static struct dmf_module_keys child_keys, parent_keys;

static int child_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct commands *commands = dmf_kunit_priv(dmf_parent_device_get(module));

	commands->child = module;
	commands->add_result = dmf_module_add_commands(init, commands->rows, commands->row_count);
	return commands->add_result ?: commands->then;
}

static const struct dmf_module_ops child_ops = {
	.child_modules_add	= child_child_modules_add,
};

static const struct dmf_module_desc child_desc = {
	.name = "child", .size = sizeof(struct dmf_module), .ops = &child_ops,
};

static int parent_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	return __dmf_module_add(init, &child_desc, &child_keys, NULL, NULL, NULL);
}

static const struct dmf_module_ops parent_ops = {
	.child_modules_add	= parent_child_modules_add,
	.device_io_control	= parent_switch,
};

static const struct dmf_module_desc parent_desc = {
	.name = "parent", .size = sizeof(struct dmf_module), .ops = &parent_ops,
};

static int parent_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return __dmf_module_add(init, &parent_desc, &parent_keys, NULL, NULL, NULL);
}

static int child_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return __dmf_module_add(init, &child_desc, &child_keys, NULL, NULL, NULL);
}

/* The child's failure is no reason not to go on, and to try once more. */
static int careless_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct commands *commands = dmf_kunit_priv(ddev);

	child_modules_add(ddev, init);
	commands->then = 0;
	child_modules_add(ddev, init);
	return 0;
}

static void module_s_commands_are_asked_for_in_its_place(struct kunit *test)
{
	struct commands *commands = test->priv;
	struct dmf_client_ops ops = commands_ops;

	ops.modules_add = parent_modules_add;
	commands_probe_ops(test, &ops);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_CHILD, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_PARENT, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_RESULT, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_NOBODY, NULL), -ENOTTY);
	KUNIT_EXPECT_STREQ(test, commands->log, "pmpptp");
}

static void disabled_commands_are_unknown(struct kunit *test)
{
	struct commands *commands = test->priv;
	struct dmf_client_ops ops = commands_ops;

	ops.modules_add = child_modules_add;
	commands_probe_ops(test, &ops);
	dmf_module_enable_commands(commands->child, false);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_CHILD, NULL), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_RESULT, NULL), 0);
	dmf_module_enable_commands(commands->child, true);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_CHILD, NULL), 0);
	KUNIT_EXPECT_STREQ(test, commands->log, "tm");
}

/* It was found, and then it is not there any more. */
static void command_is_disabled_on_its_way(struct kunit *test)
{
	struct commands *commands = test->priv;
	struct dmf_client_ops ops = commands_ops;

	ops.modules_add = parent_modules_add;
	commands_probe_ops(test, &ops);
	commands->disable = true;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_CHILD, NULL), -ENOTTY);
}

static int calling_thread(void *data)
{
	struct commands *commands = data;
	long ret;

	while (!kthread_should_stop()) {
		ret = dmf_kunit_call(commands->file, CMD_CHILD, NULL);
		if (ret && ret != -ENOTTY)
			atomic_inc(&commands->strange);
		atomic_inc(&commands->calls);
		cond_resched();
	}
	return 0;
}

static void race_disabling_against_calls(struct kunit *test)
{
	struct commands *commands = test->priv;
	struct dmf_client_ops ops = commands_ops;
	unsigned long end = jiffies + HZ / 5;
	struct task_struct *threads[2];
	bool enable = false;
	int i;

	ops.modules_add = child_modules_add;
	commands_probe_ops(test, &ops);
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i] = kthread_run(calling_thread, commands, "dmf-kunit");
		KUNIT_ASSERT_FALSE(test, IS_ERR(threads[i]));
	}
	for (; time_before(jiffies, end); enable = !enable) {
		dmf_module_enable_commands(commands->child, enable);
		cond_resched();
	}
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		kthread_stop(threads[i]);
	KUNIT_EXPECT_GT(test, atomic_read(&commands->calls), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&commands->strange), 0);
}

static void command_has_one_row(struct kunit *test)
{
	static const struct dmf_command rows[] = {
		{ .command = _IOR(MAGIC, 4, u32), .module_handler = table_handler },
	};
	struct commands *commands = test->priv;
	struct dmf_client_ops ops = commands_ops;

	commands->rows = rows;
	commands->row_count = 1;
	ops.modules_add = child_modules_add;
	KUNIT_EXPECT_EQ(test, PTR_ERR(dmf_kunit_probe(test, &ops)), -EEXIST);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("is in a table already"));
}

/* Of a Module that was not created in the end no row is left. */
static void failed_module_leaves_no_row(struct kunit *test)
{
	static const struct dmf_command rows[] = {
		{ .command = CMD_CHILD, .module_handler = table_handler, .data = "m" },
		{ .command = CMD_CHILD, .module_handler = table_handler, .data = "m" },
	};
	struct commands *commands = test->priv;
	struct dmf_client_ops ops = commands_ops;

	commands->rows = rows;
	commands->row_count = 2;
	ops.modules_add = careless_modules_add;
	commands_probe_ops(test, &ops);
	KUNIT_EXPECT_EQ(test, commands->add_result, -EEXIST);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_CHILD, NULL), -ENOTTY);
}

static void module_that_fails_later_leaves_no_row(struct kunit *test)
{
	struct commands *commands = test->priv;
	struct dmf_client_ops ops = commands_ops;

	commands->then = -EIO;
	ops.modules_add = careless_modules_add;
	commands_probe_ops(test, &ops);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_CHILD, NULL), 0);
	KUNIT_EXPECT_STREQ(test, commands->log, "m");
}

static void dynamic_module_has_no_commands(struct kunit *test)
{
	struct dmf_device *ddev = commands_probe(test);
	struct commands *commands = test->priv;
	struct dmf_module *module;

	KUNIT_ASSERT_EQ(test, __dmf_module_create(ddev, NULL, &child_desc, &child_keys, NULL, NULL,
						  &module), 0);
	KUNIT_EXPECT_EQ(test, commands->add_result, 0);
	dmf_module_enable_commands(module, true);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_CHILD, NULL), -ENOTTY);
	dmf_module_destroy(module);
}

/* -- Stacks ---------------------------------------------------------------------------- */

static const struct dmf_filterable commands_filterable = {
	auxiliary_device_init, __auxiliary_device_add, "dmf_kunit_command",
};

/* The filter's Module has CMD_CHILD and CMD_PARENT, and so has the device below. */
static int below_handler(struct dmf_device *ddev, struct dmf_request *request)
{
	log_call(dmf_kunit_priv(ddev), 'b');
	return 0;
}

static void filter_s_rows_go_before_those_below(struct kunit *test)
{
	static const struct dmf_command below[] = {
		{ .command = CMD_CHILD, .handler = below_handler },
		{ .command = CMD_RESULT, .handler = commands_result },
	};
	const struct dmf_client_ops filter_ops = { .modules_add = child_modules_add };
	struct dmf_client_ops ops = {
		.commands = below, .command_count = 2, .filterable = &commands_filterable,
	};
	struct commands *commands = test->priv;
	struct dmf_device *ddev = commands_probe_ops(test, &ops);

	dmf_kunit_filter_register(test, commands_filterable.modname, &filter_ops);
	commands->file = dmf_kunit_open_node(test, ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_CHILD, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_RESULT, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_NOBODY, NULL), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(commands->file->ddev, CMD_RESULT, NULL, 0,
							NULL, 0, HZ), 0);
	dmf_module_enable_commands(commands->child, false);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(commands->file, CMD_CHILD, NULL), 0);
	KUNIT_EXPECT_STREQ(test, commands->log, "mttb");
}

/* -- Rows that cannot be -------------------------------------------------------------------- */

struct with_buffers {
	u64 word;
	struct dmf_buffer first, second;
};

#define BUFFER(_offset, _direction, _minimum, _maximum) \
	{ _offset, _direction, _minimum, _maximum }
#define ROW(_command, ...) \
	{ .command = _command, .module_handler = table_handler, __VA_ARGS__ }
#define FIRST	offsetof(struct with_buffers, first)

static const struct dmf_command bad_rows[] = {
	{ .command = CMD_CHILD },
	{ .command = CMD_CHILD, .handler = commands_result },
	{ .command = CMD_CHILD, .module_handler = table_handler, .handler = commands_result },
	ROW(CMD_CHILD, .flags = BIT(1)),
	ROW(DMF_IOC_CANCEL_MINE),
	ROW(_IO(DMF_IOC_MAGIC, DMF_IOC_CLIENT_BASE - 1)),
	ROW(_IOW(MAGIC, 1, u64), .input_minimum = 9),
	ROW(_IOR(MAGIC, 1, u64), .output_minimum = 9),
	ROW(_IOR(MAGIC, 1, u64), .input_minimum = 1),
	ROW(_IOW(MAGIC, 1, u64), .output_minimum = 1),
	/* Not passed; not returned; without direction. */
	ROW(_IOR(MAGIC, 1, struct with_buffers),
	    .buffers = { BUFFER(FIRST, DMF_BUFFER_TO_DRIVER, 0, 1) }),
	ROW(_IOW(MAGIC, 1, struct with_buffers),
	    .buffers = { BUFFER(FIRST, DMF_BUFFER_FROM_DRIVER, 0, 1) }),
	ROW(_IOW(MAGIC, 1, struct with_buffers), .buffers = { BUFFER(FIRST, 0, 0, 1) }),
	ROW(_IOWR(MAGIC, 1, struct with_buffers), .buffers = { BUFFER(FIRST, 4, 0, 1) }),
	/* Not aligned; beyond the argument, by little and by much. */
	ROW(_IOW(MAGIC, 1, struct with_buffers),
	    .buffers = { BUFFER(4, DMF_BUFFER_TO_DRIVER, 0, 1) }),
	ROW(_IOW(MAGIC, 1, struct with_buffers),
	    .buffers = { BUFFER(32, DMF_BUFFER_TO_DRIVER, 0, 1) }),
	ROW(_IOW(MAGIC, 1, struct with_buffers),
	    .buffers = { BUFFER(0xfffffff8, DMF_BUFFER_TO_DRIVER, 0, 1) }),
	/* One in the other. */
	ROW(_IOW(MAGIC, 1, struct with_buffers),
	    .buffers = { BUFFER(8, DMF_BUFFER_TO_DRIVER, 0, 1),
			 BUFFER(16, DMF_BUFFER_TO_DRIVER, 0, 1) }),
	ROW(_IOW(MAGIC, 1, struct with_buffers),
	    .buffers = { BUFFER(24, DMF_BUFFER_TO_DRIVER, 0, 1),
			 BUFFER(16, DMF_BUFFER_TO_DRIVER, 0, 1) }),
	/* More at least than at most; more than there may be. */
	ROW(_IOW(MAGIC, 1, struct with_buffers),
	    .buffers = { BUFFER(FIRST, DMF_BUFFER_TO_DRIVER, 2, 1) }),
	ROW(_IOW(MAGIC, 1, struct with_buffers),
	    .buffers = { BUFFER(FIRST, DMF_BUFFER_TO_DRIVER, 0, DMF_COMMAND_BUFFER_MAX + 1) }),
	/* No maximum, so the handler would find an address; behind the end of the list. */
	ROW(_IOW(MAGIC, 1, struct with_buffers),
	    .buffers = { BUFFER(FIRST, DMF_BUFFER_TO_DRIVER, 0, 0) }),
	ROW(_IOW(MAGIC, 1, struct with_buffers),
	    .buffers = { BUFFER(FIRST, 0, 1, 0) }),
	ROW(_IOW(MAGIC, 1, struct with_buffers),
	    .buffers = { { }, BUFFER(FIRST, DMF_BUFFER_TO_DRIVER, 0, 1) }),
};

static void row_that_cannot_be_is_refused(struct kunit *test)
{
	static const struct dmf_command good = ROW(_IOWR(MAGIC, 11, struct with_buffers),
		.input_minimum = sizeof(struct with_buffers),
		.buffers = { BUFFER(24, DMF_BUFFER_TO_DRIVER, 1, 1),
			     BUFFER(8, DMF_BUFFER_BOTH, 0, DMF_COMMAND_BUFFER_MAX) });
	struct commands *commands = test->priv;
	struct dmf_client_ops ops = { .modules_add = child_modules_add };
	unsigned int i;

	commands->row_count = 1;
	for (i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		commands->rows = &bad_rows[i];
		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR(dmf_kunit_probe(test, &ops)), -EINVAL,
				    "row %u", i);
	}
	commands->rows = &good;
	KUNIT_EXPECT_FALSE(test, IS_ERR(dmf_kunit_probe(test, &ops)));
	commands->rows = NULL;
	KUNIT_EXPECT_EQ(test, PTR_ERR(dmf_kunit_probe(test, &ops)), -EINVAL);
	commands->rows = &good;
	commands->row_count = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR(dmf_kunit_probe(test, &ops)), -EINVAL);
}

static void every_allocation_of_a_table_may_fail(struct kunit *test)
{
	struct dmf_client_ops ops = commands_ops;

	ops.modules_add = child_modules_add;
	/* The device, its reference and the two tables at least. */
	dmf_kunit_fail_probe(test, &ops, 5);
}

static int commands_init(struct kunit *test)
{
	struct commands *commands = kunit_kzalloc(test, sizeof(*commands), GFP_KERNEL);

	if (!commands)
		return -ENOMEM;
	commands->rows = child_rows;
	commands->row_count = ARRAY_SIZE(child_rows);
	test->priv = commands;
	return 0;
}

static struct kunit_case command_cases[] = {
	KUNIT_CASE(shorter_argument_is_read_as_zeros),
	KUNIT_CASE(handler_sees_its_own_version),
	KUNIT_CASE(unknown_that_is_not_zero_is_too_big),
	KUNIT_CASE(longer_output_ends_in_zeros),
	KUNIT_CASE(argument_below_the_minimum_is_refused),
	KUNIT_CASE(what_is_only_passed_is_not_written),
	KUNIT_CASE(other_drivers_sizes_are_reconciled_too),
	KUNIT_CASE(another_direction_is_another_command),
	KUNIT_CASE(unknown_argument_is_not_read),
	KUNIT_CASE(switch_gets_what_no_table_has),
	KUNIT_CASE(kernel_only_commands_are_unknown_to_programs),
	KUNIT_CASE(node_only_for_what_programs_can_call),
	KUNIT_CASE(device_without_queue_knows_no_command),
	KUNIT_CASE(largest_table_is_found_whole),
	KUNIT_CASE(result_completes_the_request),
	KUNIT_CASE(positive_result_is_found),
	KUNIT_CASE(kept_request_has_its_own_result),
	KUNIT_CASE(module_s_commands_are_asked_for_in_its_place),
	KUNIT_CASE(disabled_commands_are_unknown),
	KUNIT_CASE(command_is_disabled_on_its_way),
	KUNIT_CASE(race_disabling_against_calls),
	KUNIT_CASE(command_has_one_row),
	KUNIT_CASE(failed_module_leaves_no_row),
	KUNIT_CASE(module_that_fails_later_leaves_no_row),
	KUNIT_CASE(dynamic_module_has_no_commands),
	KUNIT_CASE(filter_s_rows_go_before_those_below),
	KUNIT_CASE(row_that_cannot_be_is_refused),
	KUNIT_CASE(every_allocation_of_a_table_may_fail),
	{ }
};

static struct kunit_suite command_suite = {
	.name = "dmf_command",
	.init = commands_init,
	.test_cases = command_cases,
};

kunit_test_suite(command_suite);
