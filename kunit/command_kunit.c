// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of tables of commands: which row a command finds, whose handler is called, what
 * it gets if the caller's structure has another size, and what its result means. Tables
 * of Modules are in command_module_kunit.c, the buffers of arguments in argument_kunit.c.
 */
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
#define CMD_NOBODY	_IO(MAGIC, 8)

/* The same command as a program has it that knows another version. */
static unsigned int with_size(unsigned int command, size_t size)
{
	return _IOC(_IOC_DIR(command), _IOC_TYPE(command), _IOC_NR(command), size);
}

struct commands {
	struct dmf_file *file;
	unsigned int handled;
	unsigned int command;
	size_t input_size;
	size_t output_size;
	struct sum sum;			/* the argument of the latest handler */
	int result;
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

static int commands_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct commands), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
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
	{ }
};

static struct kunit_suite command_suite = {
	.name = "dmf_command",
	.init = commands_init,
	.test_cases = command_cases,
};

kunit_test_suite(command_suite);
