// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live view: debugfs dmf/<device>/tree, one line for the device and one for
 * each Module below it, with what the Module itself adds.
 *
 * The file is there while the device is bound. Removing it waits for those who
 * read it, so the tree stays while they do; states are read without locks.
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/seq_file.h>

#include "internal.h"

static const char * const power_names[] = {
	[DMF_POWER_D0]		= "D0",
	[DMF_POWER_IDLE]	= "idle",
	[DMF_POWER_SLEEP]	= "sleep",
	[DMF_POWER_HIBERNATION]	= "hibernation",
	[DMF_POWER_FINAL]	= "final",
};

static const char * const io_state_names[] = {
	[DMF_IO_STOPPED]	= "stopped",
	[DMF_IO_RUNNING]	= "running",
	[DMF_IO_ASLEEP]		= "asleep",
	[DMF_IO_SHUT_DOWN]	= "shut-down",
	[DMF_IO_FAILED]		= "failed",
};

static const char * const open_option_names[] = {
	[DMF_OPEN_CREATE]		= "create",
	[DMF_OPEN_PREPARE_HARDWARE]	= "prepare-hardware",
	[DMF_OPEN_D0_ENTRY]		= "d0-entry",
};

static struct dentry *debugfs_root;

/* Recursion is bounded by DMF_MODULE_DEPTH_MAX. */
static void tree_show_modules(struct seq_file *seq, struct list_head *siblings)
{
	struct dmf_module *module;

	list_for_each_entry(module, siblings, sibling) {
		seq_printf(seq, "%*s%s module=%s state=%s open=%s users=%u",
			   2 * (module->depth + 1), "", module->name, module->desc->name,
			   dmf_module_state_name(module),
			   open_option_names[module->desc->open_option],
			   dmf_gate_users(&module->gate));
		if (module->desc->ops->show) {
			seq_putc(seq, ' ');
			module->desc->ops->show(module, seq);
		}
		seq_putc(seq, '\n');
		tree_show_modules(seq, &module->children);
	}
}

static int tree_show(struct seq_file *seq, void *unused)
{
	struct dmf_device *ddev = seq->private;

	seq_printf(seq, "%s driver=%s node=%s power=%s io=%s handlers=%u pended=%u\n",
		   dev_name(ddev->dev), ddev->client->name, READ_ONCE(ddev->node_name) ?: "none",
		   power_names[READ_ONCE(ddev->power)],
		   io_state_names[READ_ONCE(ddev->io_state)],
		   dmf_gate_users(&ddev->request_gate), dmf_gate_users(&ddev->pended_gate));
	tree_show_modules(seq, &ddev->modules);
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

void dmf_debugfs_init(void)
{
	debugfs_root = debugfs_create_dir("dmf", NULL);
}

void dmf_debugfs_exit(void)
{
	debugfs_remove(debugfs_root);
}
