// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live view: debugfs dmf/<device>/tree, one line for the device and one for
 * each Module below it, with what the Module itself adds; then one line for each
 * binding of two Modules.
 *
 * The file is there while the device is bound. Removing it waits for those who
 * read it, so the tree stays while they do, and dynamics_lock keeps dynamic
 * Modules; states are read without locks.
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/seq_file.h>

#include "internal.h"

static struct dentry *debugfs_root;

static void tree_show_module(struct seq_file *seq, struct dmf_module *module)
{
	seq_printf(seq, "%*s%s module=%s state=%s open=%s users=%u", 2 * (module->depth + 1), "",
		   module->name, module->desc->name, dmf_module_state_name(module),
		   dmf_open_option_name(module->desc->open_option),
		   dmf_gate_users(&module->gate));
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

/* Recursion is bounded by DMF_MODULE_DEPTH_MAX. */
static void tree_show_modules(struct seq_file *seq, struct list_head *siblings)
{
	struct dmf_module *module;

	list_for_each_entry(module, siblings, sibling) {
		tree_show_module(seq, module);
		tree_show_modules(seq, &module->children);
		tree_show_modules(seq, &module->dynamics.list);
	}
}

static int tree_show(struct seq_file *seq, void *unused)
{
	struct dmf_device *ddev = seq->private;

	seq_printf(seq, "%s driver=%s node=%s power=%s io=%s handlers=%u pended=%u\n",
		   dev_name(ddev->dev), ddev->client->name, READ_ONCE(ddev->node_name) ?: "none",
		   dmf_power_name(READ_ONCE(ddev->power)),
		   dmf_io_state_name(READ_ONCE(ddev->io_state)),
		   dmf_gate_users(&ddev->request_gate), dmf_gate_users(&ddev->pended_gate));
	mutex_lock(&ddev->dynamics_lock);
	tree_show_modules(seq, &ddev->modules);
	tree_show_modules(seq, &ddev->dynamics.list);
	mutex_unlock(&ddev->dynamics_lock);
	dmf_interfaces_show(ddev, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(tree);

void dmf_debugfs_add(struct dmf_device *ddev)
{
	ddev->debugfs = debugfs_create_dir(dev_name(ddev->dev), debugfs_root);
	debugfs_create_file("tree", 0400, ddev->debugfs, ddev, &tree_fops);
}

void dmf_debugfs_remove(struct dmf_device *ddev)
{
	debugfs_remove(ddev->debugfs);
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
 * debugfs there is no file, and nothing fails.
 *
 * Context: process, may sleep; within open() of a Module that is not dynamic.
 * Return: 0 or -ENOMEM.
 */
int dmf_module_add_debugfs(struct dmf_module *module, const char *name, umode_t mode,
			   const struct file_operations *fops)
{
	struct dentry *file = debugfs_create_file(name, mode, module->ddev->debugfs, module,
						  fops);

	return IS_ERR(file) ? 0 : dmf_module_add_action_or_reset(module, remove_file, file);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_add_debugfs, DMF);

void dmf_debugfs_init(void)
{
	debugfs_root = debugfs_create_dir("dmf", NULL);
}

void dmf_debugfs_exit(void)
{
	debugfs_remove(debugfs_root);
}
