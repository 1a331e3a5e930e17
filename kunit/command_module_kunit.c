// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of tables of commands that Modules bring: when they are asked, how they come and go,
 * and which rows are refused, whoever's they are.
 */
#include <linux/kthread.h>

#include <linux/dmf/command.h>

#include "caller.h"

#define MAGIC	0xC7

#define CMD_RESULT	_IO(MAGIC, 4)	/* in the Client's table */
#define CMD_CHILD	_IO(MAGIC, 8)	/* in the table of the child */
#define CMD_PARENT	_IO(MAGIC, 9)	/* the same, and the parent's switch has it */
#define CMD_NOBODY	_IO(MAGIC, 10)

struct tables {
	struct dmf_file *file;
	struct dmf_module *child;
	const struct dmf_command *rows;	/* that a Module adds */
	unsigned int row_count;
	int add_result;			/* of doing that */
	int then;			/* of child_modules_add if that has succeeded */
	bool disable;			/* by the parent's switch */
	atomic_t strange;		/* results that cannot be */
	atomic_t calls;
	char log[16];			/* who was asked, one letter each */
};

static void log_call(struct tables *tables, char who)
{
	strlcat(tables->log, (char []){ who, '\0' }, sizeof(tables->log));
}

static int tables_result(struct dmf_device *ddev, struct dmf_request *request)
{
	log_call(dmf_kunit_priv(ddev), 't');
	return 0;
}

static const struct dmf_command tables_rows[] = {
	{ .command = CMD_RESULT, .handler = tables_result },
};

static const struct dmf_client_ops tables_ops = {
	.commands	= tables_rows,
	.command_count	= ARRAY_SIZE(tables_rows),
};

static struct dmf_device *tables_probe(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, ops);
	struct tables *tables = test->priv;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	tables->file = dmf_kunit_open(test, ddev);
	return ddev;
}

/* -- Modules ----------------------------------------------------------------------------- */

static int table_handler(struct dmf_module *module, struct dmf_request *request,
			 const void *data)
{
	struct tables *tables = dmf_kunit_priv(dmf_parent_device_get(module));

	log_call(tables, *(const char *)data);
	return 0;
}

static const struct dmf_command child_rows[] = {
	{ .command = CMD_CHILD, .module_handler = table_handler, .data = "m" },
	{ .command = CMD_PARENT, .module_handler = table_handler, .data = "n" },
};

static bool parent_switch(struct dmf_module *module, struct dmf_request *request)
{
	struct tables *tables = dmf_kunit_priv(dmf_parent_device_get(module));

	log_call(tables, 'p');
	if (tables->disable)
		dmf_module_enable_commands(tables->child, false);
	if (dmf_request_command(request) != CMD_PARENT)
		return false;
	dmf_request_complete(request, 0);
	return true;
}

static struct dmf_module_keys child_keys, parent_keys;

static int child_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct tables *tables = dmf_kunit_priv(dmf_parent_device_get(module));

	tables->child = module;
	tables->add_result = dmf_module_add_commands(init, tables->rows, tables->row_count);
	return tables->add_result ?: tables->then;
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
	struct tables *tables = dmf_kunit_priv(ddev);

	child_modules_add(ddev, init);
	tables->then = 0;
	child_modules_add(ddev, init);
	return 0;
}

static void module_s_commands_are_asked_for_in_its_place(struct kunit *test)
{
	struct tables *tables = test->priv;
	struct dmf_client_ops ops = tables_ops;

	ops.modules_add = parent_modules_add;
	tables_probe(test, &ops);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_CHILD, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_PARENT, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_RESULT, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_NOBODY, NULL), -ENOTTY);
	KUNIT_EXPECT_STREQ(test, tables->log, "pmpptp");
}

static void disabled_commands_are_unknown(struct kunit *test)
{
	struct tables *tables = test->priv;
	struct dmf_client_ops ops = tables_ops;

	ops.modules_add = child_modules_add;
	tables_probe(test, &ops);
	dmf_module_enable_commands(tables->child, false);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_CHILD, NULL), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_RESULT, NULL), 0);
	dmf_module_enable_commands(tables->child, true);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_CHILD, NULL), 0);
	KUNIT_EXPECT_STREQ(test, tables->log, "tm");
}

/* It was found, and then it is not there any more. */
static void command_is_disabled_on_its_way(struct kunit *test)
{
	struct tables *tables = test->priv;
	struct dmf_client_ops ops = tables_ops;

	ops.modules_add = parent_modules_add;
	tables_probe(test, &ops);
	tables->disable = true;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_CHILD, NULL), -ENOTTY);
}

static int calling_thread(void *data)
{
	struct tables *tables = data;
	long ret;

	while (!kthread_should_stop()) {
		ret = dmf_kunit_call(tables->file, CMD_CHILD, NULL);
		if (ret && ret != -ENOTTY)
			atomic_inc(&tables->strange);
		atomic_inc(&tables->calls);
		cond_resched();
	}
	return 0;
}

static void race_disabling_against_calls(struct kunit *test)
{
	struct tables *tables = test->priv;
	struct dmf_client_ops ops = tables_ops;
	struct task_struct *threads[2];
	bool enable = false;
	unsigned long end;
	int i;

	ops.modules_add = child_modules_add;
	tables_probe(test, &ops);
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i] = kthread_run(calling_thread, tables, "dmf-kunit");
		KUNIT_ASSERT_FALSE(test, IS_ERR(threads[i]));
	}
	KUNIT_EXPECT_TRUE(test, dmf_kunit_counts_again(&tables->calls));
	for (end = jiffies + HZ / 5; time_before(jiffies, end); enable = !enable) {
		dmf_module_enable_commands(tables->child, enable);
		cond_resched();
	}
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		kthread_stop(threads[i]);
	KUNIT_EXPECT_EQ(test, atomic_read(&tables->strange), 0);
}

static void command_has_one_row(struct kunit *test)
{
	static const struct dmf_command rows[] = {
		{ .command = _IOR(MAGIC, 4, u32), .module_handler = table_handler },
	};
	struct tables *tables = test->priv;
	struct dmf_client_ops ops = tables_ops;

	tables->rows = rows;
	tables->row_count = 1;
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
	struct tables *tables = test->priv;
	struct dmf_client_ops ops = tables_ops;

	tables->rows = rows;
	tables->row_count = 2;
	ops.modules_add = careless_modules_add;
	tables_probe(test, &ops);
	KUNIT_EXPECT_EQ(test, tables->add_result, -EEXIST);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_CHILD, NULL), -ENOTTY);
}

static void module_that_fails_later_leaves_no_row(struct kunit *test)
{
	struct tables *tables = test->priv;
	struct dmf_client_ops ops = tables_ops;

	tables->then = -EIO;
	ops.modules_add = careless_modules_add;
	tables_probe(test, &ops);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_CHILD, NULL), 0);
	KUNIT_EXPECT_STREQ(test, tables->log, "m");
}

static void dynamic_module_has_no_commands(struct kunit *test)
{
	struct dmf_device *ddev = tables_probe(test, &tables_ops);
	struct tables *tables = test->priv;
	struct dmf_module *module;

	KUNIT_ASSERT_EQ(test, __dmf_module_create(ddev, NULL, &child_desc, &child_keys, NULL, NULL,
						  &module), 0);
	KUNIT_EXPECT_EQ(test, tables->add_result, 0);
	dmf_module_enable_commands(module, true);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_CHILD, NULL), -ENOTTY);
	dmf_module_destroy(module);
}

/* -- Stacks ---------------------------------------------------------------------------- */

static const struct dmf_filterable tables_filterable = {
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
		{ .command = CMD_RESULT, .handler = tables_result },
	};
	const struct dmf_client_ops filter_ops = { .modules_add = child_modules_add };
	struct dmf_client_ops ops = {
		.commands = below, .command_count = 2, .filterable = &tables_filterable,
	};
	struct tables *tables = test->priv;
	struct dmf_device *ddev = tables_probe(test, &ops);

	dmf_kunit_filter_register(test, tables_filterable.modname, &filter_ops);
	tables->file = dmf_kunit_open_node(test, ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_CHILD, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_RESULT, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_NOBODY, NULL), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(tables->file->ddev, CMD_RESULT, NULL, 0,
							NULL, 0, HZ), 0);
	dmf_module_enable_commands(tables->child, false);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(tables->file, CMD_CHILD, NULL), 0);
	KUNIT_EXPECT_STREQ(test, tables->log, "mttb");
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
	{ .command = CMD_CHILD, .handler = tables_result },
	{ .command = CMD_CHILD, .module_handler = table_handler, .handler = tables_result },
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
	struct tables *tables = test->priv;
	struct dmf_client_ops ops = { .modules_add = child_modules_add };
	unsigned int i;

	tables->row_count = 1;
	for (i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		tables->rows = &bad_rows[i];
		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR(dmf_kunit_probe(test, &ops)), -EINVAL,
				    "row %u", i);
	}
	tables->rows = &good;
	KUNIT_EXPECT_FALSE(test, IS_ERR(dmf_kunit_probe(test, &ops)));
	tables->rows = NULL;
	KUNIT_EXPECT_EQ(test, PTR_ERR(dmf_kunit_probe(test, &ops)), -EINVAL);
	tables->rows = &good;
	tables->row_count = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR(dmf_kunit_probe(test, &ops)), -EINVAL);
}

static void every_allocation_of_a_table_may_fail(struct kunit *test)
{
	struct dmf_client_ops ops = tables_ops;

	ops.modules_add = child_modules_add;
	/* The device, its reference and the two tables at least. */
	dmf_kunit_fail_probe(test, &ops, 5);
}

static int tables_init(struct kunit *test)
{
	struct tables *tables = kunit_kzalloc(test, sizeof(*tables), GFP_KERNEL);

	if (!tables)
		return -ENOMEM;
	tables->rows = child_rows;
	tables->row_count = ARRAY_SIZE(child_rows);
	test->priv = tables;
	return 0;
}

static struct kunit_case command_module_cases[] = {
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

static struct kunit_suite command_module_suite = {
	.name = "dmf_command_module",
	.init = tables_init,
	.test_cases = command_module_cases,
};

kunit_test_suite(command_module_suite);
