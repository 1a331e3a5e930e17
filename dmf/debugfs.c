// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live view, in debugfs:
 *
 *   dmf/<device>/state       the device, one key=value a line
 *   dmf/<device>/tree        one line for the device and one for each Module below it,
 *                            then one for each binding of two Modules
 *   dmf/<device>/recorder    messages of Modules without a flight recorder of their own
 *   dmf/<device>/interfaces  those bindings alone
 *   dmf/<device>/files       a line for each open file: in_flight.c
 *   dmf/<device>/requests    a line for each request in flight: the same
 *   dmf/<device>/modules/<number>-<instance>/
 *                            what there is to say of one Module; see module_files
 *
 * A device's files are there while it is bound, a dynamic Module's while it exists.
 * Removing a file waits for those who read it, so what is read stays meanwhile: the
 * Module whose file it is, and of "tree" all that are not dynamic. While the dynamic
 * ones of one parent are printed there, dynamics_lock keeps them from who destroys them.
 * States are read without locks. So a show() that waits holds up readers of that Module
 * alone, and only that of a dynamic one who creates and destroys others.
 *
 * debugfs_lock orders a dynamic Module that comes or goes and the device's folder that
 * goes with all that is in it. It is held while readers are waited for: readers take
 * dynamics_lock and what show() takes, and neither is held by whoever creates or
 * destroys a Module. Nothing here can fail: what debugfs does not make is not there.
 */
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/moduleparam.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>

#include "internal.h"

/* So many characters of the name of an instance are in that of its folder. */
#define FOLDER_NAME_MAX	200

static struct dentry *debugfs_root;

/* Four files cost more than all else that creating a Module does. */
unsigned int dmf_debugfs_detail = DMF_DEBUGFS_MODULES;
EXPORT_SYMBOL_IF_KUNIT(dmf_debugfs_detail);
module_param_named(debugfs, dmf_debugfs_detail, uint, 0644);
MODULE_PARM_DESC(debugfs, "What comes from now on has a folder in debugfs: 0 nothing, 1 devices, 2 Modules too");

static bool has_folder(unsigned int detail)
{
	return READ_ONCE(dmf_debugfs_detail) >= detail;
}

/**
 * dmf_text_show - print a text that somebody else has chosen, as one word
 * @seq: where to
 * @text: the text, a name of a task perhaps
 *
 * For what a Module shows: the word ends at a blank, and does nothing to a terminal.
 * Blanks, backslashes and what is neither printable nor ASCII are written as \ooo.
 *
 * Context: any.
 */
void dmf_text_show(struct seq_file *seq, const char *text)
{
	seq_escape_str(seq, text, ESCAPE_OCTAL | ESCAPE_NAP | ESCAPE_APPEND, " \\");
}
EXPORT_SYMBOL_NS_GPL(dmf_text_show, DMF);

/* -- The tree ----------------------------------------------------------------- */

static void tree_show_module(struct seq_file *seq, struct dmf_module *module)
{
	seq_printf(seq, "%*s", 2 * (module->depth + 1), "");
	seq_escape_str(seq, module->name, ESCAPE_OCTAL | ESCAPE_NAP, NULL);
	seq_printf(seq, " module=%s state=%s open=%s users=%u number=%u", module->desc->name,
		   dmf_module_state_name(module), dmf_open_option_name(module->desc->open_option),
		   dmf_gate_users(&module->gate), module->number);
	if (module->dynamic)
		seq_puts(seq, " dynamic");
	if (module->is_transport)
		seq_puts(seq, " transport");
	if (IS_ENABLED(CONFIG_DMF_DEBUG_REFS) && READ_ONCE(module->last_taker))
		seq_printf(seq, " last-user=%pS", (void *)READ_ONCE(module->last_taker));
	if (module->desc->ops->show) {
		seq_putc(seq, ' ');
		module->desc->ops->show(module, seq);
	}
	seq_putc(seq, '\n');
}

static int tree_show_dynamics(struct seq_file *seq, struct dmf_device *ddev,
			      struct dmf_dynamics *dynamics);

/*
 * Recursion is bounded by DMF_MODULE_DEPTH_MAX. What is below a dynamic Module is shown
 * with the lock held. Return: 0 or -EINTR.
 */
static int tree_show_modules(struct seq_file *seq, struct list_head *siblings)
{
	struct dmf_module *module;
	int ret;

	list_for_each_entry(module, siblings, sibling) {
		tree_show_module(seq, module);
		ret = tree_show_modules(seq, &module->children);
		if (!ret && module->dynamic)
			ret = tree_show_modules(seq, &module->dynamics.list);
		else if (!ret)
			ret = tree_show_dynamics(seq, module->ddev, &module->dynamics);
		if (ret)
			return ret;
	}
	return 0;
}

/* Those of the device, or of a Module that is not dynamic. */
static int tree_show_dynamics(struct seq_file *seq, struct dmf_device *ddev,
			      struct dmf_dynamics *dynamics)
{
	int ret = mutex_lock_killable(&ddev->dynamics_lock);

	if (ret)
		return ret;
	ret = tree_show_modules(seq, &dynamics->list);
	mutex_unlock(&ddev->dynamics_lock);
	return ret;
}

static int tree_show(struct seq_file *seq, void *unused)
{
	struct dmf_device *ddev = seq->private;
	int ret;

	dmf_text_show(seq, dev_name(ddev->dev));
	seq_printf(seq, " driver=%s node=%s power=%s io=%s handlers=%u pended=%u\n",
		   ddev->client->name, READ_ONCE(ddev->node_name) ?: "none",
		   dmf_power_name(READ_ONCE(ddev->power)),
		   dmf_io_state_name(READ_ONCE(ddev->io_state)),
		   dmf_gate_users(&ddev->request_gate), dmf_gate_users(&ddev->pended_gate));
	ret = tree_show_modules(seq, &ddev->modules) ?:
	      tree_show_dynamics(seq, ddev, &ddev->dynamics);
	if (ret)
		return ret;
	dmf_interfaces_show(ddev, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(tree);

/* -- A device ------------------------------------------------------------------- */

static void show_value(struct seq_file *seq, const char *key, const char *value)
{
	seq_printf(seq, "%s=", key);
	dmf_text_show(seq, value);
	seq_putc(seq, '\n');
}

/* One key=value a line. */
void dmf_device_show(struct dmf_device *ddev, struct seq_file *seq)
{
	show_value(seq, "device", dev_name(ddev->dev));
	show_value(seq, "driver", ddev->client->name);
	show_value(seq, "node", READ_ONCE(ddev->node_name) ?: "none");
	show_value(seq, "power", dmf_power_name(READ_ONCE(ddev->power)));
	show_value(seq, "io", dmf_io_state_name(READ_ONCE(ddev->io_state)));
	seq_printf(seq, "handlers=%u\n", dmf_gate_users(&ddev->request_gate));
	seq_printf(seq, "pended=%u\n", dmf_gate_users(&ddev->pended_gate));
}

static int device_state_show(struct seq_file *seq, void *unused)
{
	dmf_device_show(seq->private, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(device_state);

static int device_recorder_show(struct seq_file *seq, void *unused)
{
	dmf_recorder_show_shared(seq->private, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(device_recorder);

static int files_show(struct seq_file *seq, void *unused)
{
	return dmf_files_show(seq->private, seq);
}
DEFINE_SHOW_ATTRIBUTE(files);

static int requests_show(struct seq_file *seq, void *unused)
{
	return dmf_requests_show(seq->private, seq);
}
DEFINE_SHOW_ATTRIBUTE(requests);

static int interfaces_show(struct seq_file *seq, void *unused)
{
	dmf_interfaces_show(seq->private, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(interfaces);

/* The files of each device. What shows something of a device adds its row here. */
static const struct device_file {
	const char *name;
	const struct file_operations *fops;
} device_files[] = {
	{ "state", &device_state_fops },
	{ "tree", &tree_fops },
	{ "files", &files_fops },
	{ "requests", &requests_fops },
	{ "interfaces", &interfaces_fops },
	{ "recorder", &device_recorder_fops },
};

/* -- A Module ------------------------------------------------------------------- */

/* Who opens or closes the Module, 0 if nobody does. A task that has ended has let go before. */
static pid_t module_transition_pid(const struct dmf_module *module)
{
	const struct task_struct *task;
	pid_t pid = 0;

	rcu_read_lock();
	task = READ_ONCE(module->transition_task);
	if (task)
		pid = task->pid;
	rcu_read_unlock();
	return pid;
}

/*
 * One key=value a line; the last line has what the Module itself adds. The caller keeps
 * the Module.
 */
void dmf_module_show(struct dmf_module *module, struct seq_file *seq)
{
	seq_printf(seq, "number=%u\n", module->number);
	seq_printf(seq, "parent=%u\n", module->parent ? module->parent->number : 0);
	seq_printf(seq, "depth=%u\n", module->depth);
	show_value(seq, "module", module->desc->name);
	show_value(seq, "instance", module->name);
	show_value(seq, "state", dmf_module_state_name(module));
	show_value(seq, "open", dmf_open_option_name(module->desc->open_option));
	seq_printf(seq, "users=%u\n", dmf_gate_users(&module->gate));
	seq_printf(seq, "transition_pid=%d\n", module_transition_pid(module));
	seq_printf(seq, "dynamic=%d\n", module->dynamic);
	seq_printf(seq, "transport=%d\n", module->is_transport);
	if (IS_ENABLED(CONFIG_DMF_DEBUG_REFS) && READ_ONCE(module->last_taker))
		seq_printf(seq, "last_user=%pS\n", (void *)READ_ONCE(module->last_taker));
	if (module->desc->ops->show) {
		seq_puts(seq, "figures: ");
		module->desc->ops->show(module, seq);
		seq_putc(seq, '\n');
	}
}

static int module_state_show(struct seq_file *seq, void *unused)
{
	dmf_module_show(seq->private, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(module_state);

static int module_locks_show(struct seq_file *seq, void *unused)
{
	dmf_locks_show(seq->private, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(module_locks);

static int module_recorder_show(struct seq_file *seq, void *unused)
{
	dmf_recorder_show(seq->private, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(module_recorder);

/*
 * The files of each Module; i_private is the Module, which is there as long as somebody
 * reads. What shows something of a Module adds its row here.
 */
static const struct module_file {
	const char *name;
	const struct file_operations *fops;
	bool (*concerns)(const struct dmf_module *module);	/* NULL: all of them */
} module_files[] = {
	{ "state", &module_state_fops, NULL },
	{ "locks", &module_locks_fops, NULL },
	{ "recorder", &module_recorder_fops, NULL },
};

/* An instance may have any name, a folder may not. */
static struct dentry *module_folder(const struct dmf_module *module)
{
	char *name = kasprintf(GFP_KERNEL, "%u-%.*s", module->number, FOLDER_NAME_MAX,
			       module->name);
	struct dentry *folder;
	char *c;

	if (!name)
		return ERR_PTR(-ENOMEM);
	for (c = name; *c; c++) {
		if (*c == '/' || !isascii(*c) || !isprint(*c))
			*c = '_';
	}
	folder = debugfs_create_dir(name, module->ddev->debugfs_modules);
	kfree(name);
	return folder;
}

static void module_add(struct dmf_module *module)
{
	const struct module_file *file;

	module->debugfs = module_folder(module);
	for (file = module_files; file < module_files + ARRAY_SIZE(module_files); file++) {
		if (!file->concerns || file->concerns(module))
			debugfs_create_file(file->name, 0400, module->debugfs, module, file->fops);
	}
}

static void modules_add(struct dmf_module *module)
{
	struct dmf_module *child;

	lockdep_assert_held(&module->ddev->debugfs_lock);
	if (!has_folder(DMF_DEBUGFS_MODULES))
		return;
	module_add(module);
	list_for_each_entry(child, &module->children, sibling)
		modules_add(child);
}

static void modules_remove(struct dmf_module *module)
{
	struct dmf_module *child;

	lockdep_assert_held(&module->ddev->debugfs_lock);
	debugfs_remove(module->debugfs);
	list_for_each_entry(child, &module->children, sibling)
		modules_remove(child);
}

/* The root of a dynamic tree that is complete and that nobody else can reach. */
void dmf_debugfs_add_dynamic(struct dmf_module *module)
{
	struct dmf_device *ddev = module->ddev;

	mutex_lock(&ddev->debugfs_lock);
	if (ddev->debugfs)
		modules_add(module);
	mutex_unlock(&ddev->debugfs_lock);
}

/* The same before it is freed. */
void dmf_debugfs_remove_dynamic(struct dmf_module *module)
{
	struct dmf_device *ddev = module->ddev;

	mutex_lock(&ddev->debugfs_lock);
	if (ddev->debugfs)
		modules_remove(module);
	mutex_unlock(&ddev->debugfs_lock);
}

/* -- Coming and going ----------------------------------------------------------- */

/* Before there are Modules. */
void dmf_debugfs_add(struct dmf_device *ddev)
{
	if (!has_folder(DMF_DEBUGFS_DEVICES))
		return;

	mutex_lock(&ddev->debugfs_lock);
	ddev->debugfs = debugfs_create_dir(dev_name(ddev->dev), debugfs_root);
	ddev->debugfs_modules = debugfs_create_dir("modules", ddev->debugfs);
	mutex_unlock(&ddev->debugfs_lock);
}

/* The tree is complete. */
void dmf_debugfs_complete(struct dmf_device *ddev)
{
	const struct device_file *file;
	struct dmf_module *module;

	if (!ddev->debugfs)
		return;

	mutex_lock(&ddev->debugfs_lock);
	for (file = device_files; file < device_files + ARRAY_SIZE(device_files); file++)
		debugfs_create_file(file->name, 0400, ddev->debugfs, ddev, file->fops);
	list_for_each_entry(module, &ddev->modules, sibling)
		modules_add(module);
	mutex_unlock(&ddev->debugfs_lock);
}

/* Before the first Module goes. */
void dmf_debugfs_remove(struct dmf_device *ddev)
{
	mutex_lock(&ddev->debugfs_lock);
	debugfs_remove(ddev->debugfs);
	ddev->debugfs = NULL;
	mutex_unlock(&ddev->debugfs_lock);
}

static void remove_file(void *data)
{
	debugfs_remove(data);
}

/**
 * dmf_module_add_debugfs - give the device a file in debugfs: dmf/<device>/@name
 * @module: the Module; the file's inode has it as i_private
 * @name: the file's name; no other file of the device may have it
 * @mode: the file's permissions
 * @fops: the file's operations, not called any more when close() has returned and the
 *	undo list is worked off; until then they run in parallel to everything else
 *
 * For Modules of which a device has one, such as those that are features. Without
 * debugfs, and for a dynamic Module, there is no file, and nothing fails.
 *
 * Context: process, may sleep; within open().
 * Return: 0 or -ENOMEM.
 */
int dmf_module_add_debugfs(struct dmf_module *module, const char *name, umode_t mode,
			   const struct file_operations *fops)
{
	struct dentry *folder = module->ddev->debugfs, *file;

	if (module->dynamic || IS_ERR_OR_NULL(folder))
		return 0;
	file = debugfs_create_file(name, mode, folder, module, fops);
	return IS_ERR(file) ? 0 : dmf_module_add_action_or_reset(module, remove_file, file);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_add_debugfs, DMF);

void dmf_debugfs_init(void)
{
	debugfs_root = debugfs_create_dir("dmf", NULL);
	dmf_locks_debugfs_add(debugfs_root);
}

void dmf_debugfs_exit(void)
{
	debugfs_remove(debugfs_root);
}
