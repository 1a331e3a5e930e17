// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of commands: which row a request belongs to, and its handler.
 *
 * A table is a copy of the rows that a Module or the Client has given. It belongs to the
 * device: made while the tree of Modules is, it does not change but for @enabled, and is
 * freed with the device. So a system call may look for its row before it is inside any
 * gate, and still have it when the device has been unbound; handlers are called inside
 * the request gate only, where the table's Module is there.
 *
 * All rows of a device are in one small hash table by type and number. What a program
 * passes is masked to a bucket, not used as an index.
 */
#include <linux/device.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

/* -- Rows ----------------------------------------------------------------------- */

static unsigned int command_key(unsigned int command)
{
	return command & (_IOC(0, _IOC_TYPEMASK, _IOC_NRMASK, 0));
}

static struct hlist_head *command_bucket(struct dmf_device *ddev, unsigned int command)
{
	return &ddev->commands[_IOC_NR(command) % DMF_COMMAND_BUCKETS];
}

static struct dmf_command_entry *command_lookup(struct dmf_device *ddev, unsigned int command)
{
	struct dmf_command_entry *entry;

	hlist_for_each_entry(entry, command_bucket(ddev, command), node) {
		if (command_key(entry->row.command) == command_key(command))
			return entry;
	}
	return NULL;
}

/* -- Checks ---------------------------------------------------------------------- */

/* Why a buffer cannot be what a row says; NULL if it can. */
static const char *buffer_defect(const struct dmf_command *row, unsigned int index)
{
	const struct dmf_command_buffer *buffer = &row->buffers[index];
	unsigned int size = _IOC_SIZE(row->command), i;

	if (!(_IOC_DIR(row->command) & _IOC_WRITE))
		return "has a buffer, but does not pass its argument";
	if (buffer->direction < DMF_BUFFER_TO_DRIVER || buffer->direction > DMF_BUFFER_BOTH)
		return "has a buffer without direction";
	if (buffer->direction != DMF_BUFFER_TO_DRIVER && !(_IOC_DIR(row->command) & _IOC_READ))
		return "has a buffer to fill, but does not return its argument";
	if (!IS_ALIGNED(buffer->offset, 8) || buffer->offset > size ||
	    size - buffer->offset < sizeof(struct dmf_buffer))
		return "has a buffer that is no member of its argument";
	if (buffer->minimum > buffer->maximum || buffer->maximum > DMF_COMMAND_BUFFER_MAX)
		return "has a buffer with impossible sizes";
	for (i = 0; i < index; i++) {
		if (row->buffers[i].offset < buffer->offset + sizeof(struct dmf_buffer) &&
		    buffer->offset < row->buffers[i].offset + sizeof(struct dmf_buffer))
			return "has two buffers in one place";
	}
	return NULL;
}

/* Why a row cannot be; NULL if it can. */
static const char *row_defect(const struct dmf_command *row, const struct dmf_module *module)
{
	unsigned int direction = _IOC_DIR(row->command), size = _IOC_SIZE(row->command), i;
	const char *defect = NULL;

	if (!!row->module_handler != !!module || !!row->handler == !!module)
		return "has no handler, or one of the wrong kind";
	if (row->flags & ~DMF_COMMAND_KERNEL_ONLY)
		return "has unknown flags";
	if (_IOC_TYPE(row->command) == DMF_IOC_MAGIC &&
	    _IOC_NR(row->command) < DMF_IOC_CLIENT_BASE)
		return "has a number of the framework's";
	if (row->input_minimum > (direction & _IOC_WRITE ? size : 0) ||
	    row->output_minimum > (direction & _IOC_READ ? size : 0))
		return "requires more than its argument";
	for (i = 0; i < DMF_COMMAND_BUFFERS && row->buffers[i].maximum && !defect; i++)
		defect = buffer_defect(row, i);
	/* What is forgotten here the handler would get with its address. */
	if (!defect && memchr_inv(&row->buffers[i], 0, sizeof(row->buffers) -
						       i * sizeof(row->buffers[0])))
		defect = "has a buffer without maximum, or one behind it";
	return defect;
}

static int row_check(struct dmf_device *ddev, const struct dmf_module *module,
		     const struct dmf_command *row)
{
	const char *defect = row_defect(row, module);
	const char *name = module ? module->name : ddev->client->name;

	if (defect) {
		dev_err(ddev->dev, "%s: command %#x %s\n", name, row->command, defect);
		return -EINVAL;
	}
	if (command_lookup(ddev, row->command)) {
		dev_err(ddev->dev, "%s: command %#x is in a table already\n", name, row->command);
		return -EEXIST;
	}
	return 0;
}

/* -- Tables ---------------------------------------------------------------------- */

static void table_free(struct dmf_command_table *table)
{
	unsigned int i;

	for (i = 0; i < table->count; i++)
		hlist_del(&table->entries[i].node);
	list_del(&table->node);
	kvfree(table);
}

static struct dmf_command_table *table_alloc(struct dmf_device *ddev, struct dmf_module *module,
					     unsigned int count)
{
	struct dmf_command_table *table = kvzalloc(struct_size(table, entries, count), GFP_KERNEL);

	if (!table)
		return NULL;
	table->ddev = ddev;
	table->module = module;
	table->enabled = true;
	list_add_tail(&table->node, &ddev->command_tables);
	return table;
}

static int table_add(struct dmf_device *ddev, struct dmf_module *module,
		     const struct dmf_command *rows, unsigned int count)
{
	struct dmf_command_table *table;
	int ret;

	if (!rows || !count || count > DMF_COMMANDS_MAX) {
		dev_err(ddev->dev, "%s: a table of %u commands\n",
			module ? module->name : ddev->client->name, count);
		return -EINVAL;
	}
	table = table_alloc(ddev, module, count);
	if (!table)
		return -ENOMEM;

	/* Those that are in are seen by the check of the next. */
	while (table->count < count) {
		struct dmf_command_entry *entry = &table->entries[table->count];

		ret = row_check(ddev, module, &rows[table->count]);
		if (ret) {
			table_free(table);
			return ret;
		}
		entry->table = table;
		entry->row = rows[table->count++];
		table->for_user |= !(entry->row.flags & DMF_COMMAND_KERNEL_ONLY);
		hlist_add_head(&entry->node, command_bucket(ddev, entry->row.command));
	}
	if (module)
		module->commands = table;
	return 0;
}

/**
 * dmf_module_add_commands - let a Module handle the commands of a table
 * @init: what child_modules_add was called with
 * @commands: the rows; copied
 * @count: of them
 *
 * The rows' handlers are called where &dmf_module_ops.device_io_control and
 * internal_device_io_control would be, with the Module open. A command that is in no
 * table goes to those, if the Module has them. In a dynamic Module this does nothing:
 * what comes by open files does not reach it.
 *
 * Context: process, may sleep; within child_modules_add, once.
 * Return: 0; -ENOMEM; with a message, -EINVAL if a row cannot be, -EEXIST if a command is
 * in a table of the device already.
 */
int dmf_module_add_commands(struct dmf_module_init *init, const struct dmf_command *commands,
			    unsigned int count)
{
	if (init->dynamic)
		return 0;
	if (WARN_ON(init->parent->commands))
		return -EINVAL;
	return table_add(init->ddev, init->parent, commands, count);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_add_commands, DMF);

/**
 * dmf_module_enable_commands - have the commands of a Module's table be known, or not
 * @module: a Module that has called dmf_module_add_commands()
 * @enable: whether they are; at first they are
 *
 * What is not known goes on as if the table were not there, and at last gets -ENOTTY.
 * That concerns commands whose handler has not been called yet; for those whose
 * handler runs, or which it has pended, this neither waits nor ends them. Handlers that
 * are called because of this see what the caller has written before.
 *
 * Context: any.
 */
void dmf_module_enable_commands(struct dmf_module *module, bool enable)
{
	if (!module->commands)	/* of a dynamic Module */
		return;

	/* Handlers see what was done before they were let in: pairs with table_is_enabled(). */
	smp_store_release(&module->commands->enabled, enable);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_enable_commands, DMF);

/**
 * dmf_module_commands_enabled - whether the commands of a Module's table are known
 * @module: the Module
 *
 * Context: any.
 * Return: what dmf_module_enable_commands() has said last; false without a table.
 */
bool dmf_module_commands_enabled(const struct dmf_module *module)
{
	return module->commands && READ_ONCE(module->commands->enabled);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_commands_enabled, DMF);

/* The Client's table, after its Modules'. */
int dmf_commands_add_client(struct dmf_device *ddev)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	return ops->commands ? table_add(ddev, NULL, ops->commands, ops->command_count) : 0;
}

/* A Module goes before any file could know its table: creation has failed. */
void dmf_commands_drop_unused(struct dmf_module *module)
{
	if (!module->commands || module->ddev->complete)
		return;

	table_free(module->commands);
	module->commands = NULL;
}

void dmf_commands_free(struct dmf_device *ddev)
{
	struct dmf_command_table *table, *next;

	list_for_each_entry_safe(table, next, &ddev->command_tables, node)
		table_free(table);
}

/* Whether programs can reach a table; of one Module, or of any. */
bool dmf_commands_for_user(struct dmf_device *ddev, const struct dmf_module *module)
{
	struct dmf_command_table *table;

	list_for_each_entry(table, &ddev->command_tables, node) {
		if (table->for_user && (!module || table->module == module))
			return true;
	}
	return false;
}

/* -- Looking for a row ------------------------------------------------------------- */

/* The row of one device, if who asks may find it now. */
static const struct dmf_command_entry *command_find(struct dmf_device *ddev, unsigned int command,
						    bool user)
{
	struct dmf_command_entry *entry = command_lookup(ddev, command);

	if (!entry || _IOC_DIR(entry->row.command) != _IOC_DIR(command) ||
	    (user && entry->row.flags & DMF_COMMAND_KERNEL_ONLY) ||
	    !READ_ONCE(entry->table->enabled) || ddev->queue_option == DMF_QUEUE_NONE)
		return NULL;
	return entry;
}

/* The row of a command on a file, down the stack; NULL if no table has it. */
const struct dmf_command_entry *dmf_command_find(struct dmf_file *file, unsigned int command)
{
	const struct dmf_command_entry *entry = NULL;

	for (; file && !entry; file = file->lower)
		entry = command_find(file->ddev, command, true);
	return entry;
}

/* The same for a request of another driver. */
const struct dmf_command_entry *dmf_command_find_internal(struct dmf_device *ddev,
							  unsigned int command)
{
	const struct dmf_command_entry *entry = NULL;

	for (; ddev && !entry; ddev = ddev->lower)
		entry = command_find(ddev, command, false);
	return entry;
}

/* Whether a handler may know a command that is in no table. The device is bound. */
static bool command_may_be_known(struct dmf_device *ddev)
{
	struct dmf_list *list = &ddev->events[DMF_EVENT_DEVICE_IO_CONTROL];
	unsigned int i;

	if (ddev->queue_option == DMF_QUEUE_NONE)
		return false;
	if (ddev->client->ops->device_io_control)
		return true;
	for (i = 0; i < list->count; i++) {
		if (list->modules[i]->desc->ops->device_io_control)
			return true;
	}
	return false;
}

/*
 * A command is in no table. Return: 0 if there is still somebody to ask, or what the
 * caller gets.
 */
int dmf_command_unknown(struct dmf_file *file)
{
	struct dmf_device *ddev = file->ddev;
	struct dmf_file *level;
	bool known = false;

	if (!dmf_gate_enter(&ddev->file_gate))
		return -ENODEV;
	for (level = file; level && !known; level = level->lower)
		known = command_may_be_known(level->ddev);
	dmf_gate_leave(&ddev->file_gate);
	if (known)
		return 0;
	return dmf_io_error(ddev) ?: -ENOTTY;
}

/* -- Dispatch ------------------------------------------------------------------------ */

static bool table_is_enabled(const struct dmf_command_table *table)
{
	return smp_load_acquire(&table->enabled); /* pairs with dmf_module_enable_commands() */
}

/* Whether a request is for the table of a Module, or of the Client: NULL. */
bool dmf_command_is_for(const struct dmf_request *request, const struct dmf_module *module)
{
	const struct dmf_command_entry *entry = request->row;

	return entry && entry->table->ddev == request->ddev && entry->table->module == module;
}

/*
 * Call the handler of a request's row; inside the request gate and the gate of its
 * Module. Return: false if it is not to be known any more.
 */
bool dmf_command_dispatch(struct dmf_request *request)
{
	const struct dmf_command_table *table = request->row->table;
	const struct dmf_command *row = &request->row->row;
	int ret;

	if (!table_is_enabled(table))
		return false;
	if (table->module)
		ret = row->module_handler(table->module, request, row->data);
	else
		ret = row->handler(table->ddev, request);
	dmf_request_settle(request, ret);
	return true;
}
