// SPDX-License-Identifier: GPL-2.0-only
/*
 * IoctlHandler: a table of commands with the access that each of them needs.
 *
 * The table is the core's, which finds the row, checks and copies the argument, and
 * calls in here with the record. What is left is who may.
 *
 * That is decided by the file alone. Whether an administrator has opened it the core
 * knows. What the Client has said of it when it was opened is kept with the file, and
 * goes with it: a file about which nothing is kept is not let in, be it that the Client
 * has refused it or that another Module has taken the matter into its own hands.
 *
 * No lock: the Config does not change, and whether the commands are enabled is a word
 * of the core's.
 */
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <linux/dmf/branch_track.h>
#include <linux/dmf/ioctl_handler.h>
#include <linux/dmf/module.h>
#include <linux/dmf/recorder.h>
#include <linux/dmf/request.h>

#define IOCTL_HANDLER_BRANCHES(X)					\
	X(command_refused, OPTIONAL)					\
	X(file_refused, OPTIONAL)

DMF_BRANCHES(ioctl_handler, IOCTL_HANDLER_BRANCHES);

struct dmf_ioctl_handler {
	struct dmf_module module;
	atomic_long_t handled;		/* handlers called */
	atomic_long_t refused;		/* requests that a filter has refused */
};

static struct dmf_ioctl_handler *to_ioctl_handler(struct dmf_module *module)
{
	return container_of(module, struct dmf_ioctl_handler, module);
}

static const struct dmf_ioctl_handler_config *
ioctl_handler_config(struct dmf_ioctl_handler *handler)
{
	return dmf_module_config(&handler->module);
}

/* -- Access ----------------------------------------------------------------------- */

/* Return: 0, or what keeps a file that is being opened from all commands. */
static int ioctl_handler_admit(struct dmf_ioctl_handler *handler, struct dmf_file *file)
{
	const struct dmf_ioctl_handler_config *config = ioctl_handler_config(handler);
	int ret;

	if (config->access_mode_filter == DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY)
		return dmf_file_is_opened_by_administrator(file) ? 0 : -EACCES;

	ret = config->admit(handler, file);
	return WARN_ON(ret > 0) ? -EACCES : ret;
}

static bool ioctl_handler_may(struct dmf_ioctl_handler *handler,
			      const struct dmf_ioctl_handler_record *record,
			      struct dmf_file *file)
{
	const struct dmf_ioctl_handler_config *config = ioctl_handler_config(handler);

	if (!file)	/* another driver */
		return true;
	if (config->kernel_mode_requests_only)
		return false;

	switch (config->access_mode_filter) {
	case DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT:
		return true;
	case DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK:
		return dmf_module_get_file_data(&handler->module, file);
	case DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY:
		return dmf_file_is_opened_by_administrator(file);
	case DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY_PER_IOCTL:
		return !record->administrator_access_only ||
		       dmf_file_is_opened_by_administrator(file);
	case DMF_IOCTL_HANDLER_ACCESS_MODE_KERNEL_MODE_ONLY:
		break;
	}
	return false;
}

/* -- Requests and files -------------------------------------------------------------- */

static int ioctl_handler_command(struct dmf_module *module, struct dmf_request *request,
				 const void *data)
{
	struct dmf_ioctl_handler *handler = to_ioctl_handler(module);
	const struct dmf_ioctl_handler_record *record = data;

	if (!ioctl_handler_may(handler, record, dmf_request_file(request))) {
		atomic_long_inc(&handler->refused);
		dmf_record(module, "command=%#x refused", dmf_request_command(request));
		DMF_BRANCH(ioctl_handler, module, command_refused);
		return -EACCES;
	}
	atomic_long_inc(&handler->handled);
	return record->handler(handler, request);
}

/* Handled only if the file is to be refused, so that others hear of it. */
static bool ioctl_handler_file_create(struct dmf_module *module, struct dmf_file *file,
				      int *status)
{
	struct dmf_ioctl_handler *handler = to_ioctl_handler(module);
	const struct dmf_ioctl_handler_config *config = ioctl_handler_config(handler);
	int ret = ioctl_handler_admit(handler, file);

	DMF_BRANCH_CONDITIONAL(ioctl_handler, module, file_refused, ret);
	if (ret && !config->refuse_open)
		return false;
	/* Any address will do that is not NULL. */
	if (!ret && config->admit)
		ret = dmf_module_set_file_data(module, file, handler);
	if (ret)
		*status = ret;
	return ret;
}

/* -- Module callbacks --------------------------------------------------------------- */

/* Why a Config cannot be; NULL if it can. */
static const char *config_defect(const struct dmf_ioctl_handler_config *config)
{
	bool asks = config->access_mode_filter == DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK;
	unsigned int i;

	if (config->access_mode_filter > DMF_IOCTL_HANDLER_ACCESS_MODE_KERNEL_MODE_ONLY)
		return "access_mode_filter is none";
	if (asks != !!config->admit)
		return "admit and access_mode_filter do not fit";
	if (config->refuse_open && !asks &&
	    config->access_mode_filter != DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY)
		return "refuse_open needs a filter of files";
	if (!config->records || !config->record_count || config->record_count > DMF_COMMANDS_MAX)
		return "record_count is 0 or too large, or there are no records";
	for (i = 0; i < config->record_count; i++) {
		if (!config->records[i].handler)
			return "a record has no handler";
		if (config->records[i].administrator_access_only &&
		    config->access_mode_filter !=
		    DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY_PER_IOCTL)
			return "access_mode_filter does not look at administrator_access_only";
	}
	return NULL;
}

static void record_to_command(const struct dmf_ioctl_handler_config *config,
			      const struct dmf_ioctl_handler_record *record,
			      struct dmf_command *command)
{
	command->command = record->command;
	command->input_minimum = record->input_minimum;
	command->output_minimum = record->output_minimum;
	memcpy(command->buffers, record->buffers, sizeof(command->buffers));
	command->module_handler = ioctl_handler_command;
	command->data = record;
	if (config->access_mode_filter == DMF_IOCTL_HANDLER_ACCESS_MODE_KERNEL_MODE_ONLY)
		command->flags = DMF_COMMAND_KERNEL_ONLY;
}

static int ioctl_handler_child_modules_add(struct dmf_module *module,
					   struct dmf_module_init *init)
{
	const struct dmf_ioctl_handler_config *config = dmf_module_config(module);
	const char *defect = config_defect(config);
	struct dmf_command *commands;
	unsigned int i;
	int ret;

	if (defect) {
		dev_err(dmf_module_device(module), "%s: %s\n", dmf_module_name(module), defect);
		return -EINVAL;
	}
	commands = kvcalloc(config->record_count, sizeof(*commands), GFP_KERNEL);
	if (!commands)
		return -ENOMEM;

	for (i = 0; i < config->record_count; i++)
		record_to_command(config, &config->records[i], &commands[i]);
	ret = dmf_module_add_commands(init, commands, config->record_count);
	kvfree(commands);
	return ret;
}

static int ioctl_handler_open(struct dmf_module *module)
{
	const struct dmf_ioctl_handler_config *config = dmf_module_config(module);

	dmf_module_enable_commands(module, !config->manual_mode);
	return 0;
}

static void ioctl_handler_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_ioctl_handler *handler = to_ioctl_handler(module);

	seq_printf(seq, "commands=%u enabled=%d handled=%ld refused=%ld",
		   ioctl_handler_config(handler)->record_count, dmf_module_commands_enabled(module),
		   atomic_long_read(&handler->handled), atomic_long_read(&handler->refused));
}

static const struct dmf_module_ops ioctl_handler_ops = {
	.child_modules_add	= ioctl_handler_child_modules_add,
	.open			= ioctl_handler_open,
	.show			= ioctl_handler_show,
};

static const struct dmf_module_ops ioctl_handler_with_files_ops = {
	.child_modules_add	= ioctl_handler_child_modules_add,
	.open			= ioctl_handler_open,
	.file_create		= ioctl_handler_file_create,
	.show			= ioctl_handler_show,
};

static const struct dmf_module_desc ioctl_handler_with_files_desc = {
	.name		= "ioctl_handler",
	.size		= sizeof(struct dmf_ioctl_handler),
	.config_size	= sizeof(struct dmf_ioctl_handler_config),
	.lock		= DMF_LOCK_PASSIVE,
	.open_option	= DMF_OPEN_CREATE,
	.recorder_size	= DMF_RECORDER_SIZE_DEFAULT,
	.branches	= &ioctl_handler_branches,
	.ops		= &ioctl_handler_with_files_ops,
};

static const struct dmf_module_desc *ioctl_handler_select(const void *config, bool dynamic);

static const struct dmf_module_desc ioctl_handler_desc = {
	.name		= "ioctl_handler",
	.size		= sizeof(struct dmf_ioctl_handler),
	.config_size	= sizeof(struct dmf_ioctl_handler_config),
	.lock		= DMF_LOCK_PASSIVE,
	.open_option	= DMF_OPEN_CREATE,
	.recorder_size	= DMF_RECORDER_SIZE_DEFAULT,
	.branches	= &ioctl_handler_branches,
	.ops		= &ioctl_handler_ops,
	.select		= ioctl_handler_select,
};

/* An instance that leaves opening alone makes no node, and costs no open(2) anything. */
static const struct dmf_module_desc *ioctl_handler_select(const void *data, bool dynamic)
{
	const struct dmf_ioctl_handler_config *config = data;

	if (config && (config->admit || config->refuse_open))
		return &ioctl_handler_with_files_desc;
	return &ioctl_handler_desc;
}

DMF_DEFINE_MODULE(ioctl_handler);
EXPORT_SYMBOL_NS_GPL(dmf_ioctl_handler_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_ioctl_handler_create, DMF);

/* -- Methods ------------------------------------------------------------------------ */

int dmf_ioctl_handler_ioctl_state_set(struct dmf_ioctl_handler *ioctl_handler, bool enable)
{
	int ret = dmf_module_acquire(&ioctl_handler->module);

	if (ret)
		return ret;

	dmf_module_enable_commands(&ioctl_handler->module, enable);
	dmf_module_release(&ioctl_handler->module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_ioctl_handler_ioctl_state_set, DMF);

static const struct dmf_ioctl_handler_record *
ioctl_handler_find(struct dmf_ioctl_handler *handler, unsigned int command)
{
	const struct dmf_ioctl_handler_config *config = ioctl_handler_config(handler);
	unsigned int i;

	for (i = 0; i < config->record_count; i++) {
		if (config->records[i].command == command)
			return &config->records[i];
	}
	return NULL;
}

/* Whether a request, of whatever command, has all that a handler may rely on. */
static bool record_fits(const struct dmf_ioctl_handler_record *record,
			const struct dmf_request *request)
{
	unsigned int direction = _IOC_DIR(record->command), size = _IOC_SIZE(record->command), i;

	if (direction & _IOC_WRITE && dmf_request_input_size(request) < size)
		return false;
	if (direction & _IOC_READ && dmf_request_output_size(request) < size)
		return false;
	for (i = 0; i < DMF_COMMAND_BUFFERS && record->buffers[i].maximum; i++) {
		if (dmf_request_buffer_size(request, i) < record->buffers[i].minimum ||
		    dmf_request_buffer_size(request, i) > record->buffers[i].maximum)
			return false;
	}
	return true;
}

int dmf_ioctl_handler_ioctl_chain(struct dmf_ioctl_handler *ioctl_handler,
				  struct dmf_request *request, unsigned int command)
{
	const struct dmf_ioctl_handler_record *record;
	int ret = dmf_module_acquire(&ioctl_handler->module);

	if (ret)
		return ret;

	record = ioctl_handler_find(ioctl_handler, command);
	if (!record)
		ret = -ENOTTY;
	else if (!record_fits(record, request))
		ret = -EINVAL;
	else
		ret = record->handler(ioctl_handler, request);
	dmf_module_release(&ioctl_handler->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_ioctl_handler_ioctl_chain, DMF);
