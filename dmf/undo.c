// SPDX-License-Identifier: GPL-2.0-only
/*
 * The undo list: what a Module's open() has taken, to be given back in reverse
 * order after close(), or at once when open() fails.
 *
 * devres would not do. It knows positions but not owners: a Module that closes
 * would take back what others have taken in between, and Modules with
 * DMF_OPEN_D0_ENTRY open and close many times in the life of one binding.
 *
 * The list belongs to the lifecycle of its Module, whose transitions never run
 * at the same time, so it needs no lock of its own.
 */
#include <linux/list.h>
#include <linux/slab.h>

#include "internal.h"

struct dmf_action {
	struct list_head node;
	void (*action)(void *data);
	void *data;
};

/**
 * dmf_module_add_action_or_reset - have something undone when the Module closes
 * @module: a Module that is in its open(), or open
 * @action: undoes it; called in process context, may sleep
 * @data: what @action gets; whoever owns it, it must live until then
 *
 * If the action cannot be added it is carried out at once.
 *
 * Context: process, in open() of @module, or a callback of it that does
 * not run at the same time as its open and close.
 * Return: 0, -ENOMEM, or -EINVAL if the Module is neither opening nor open.
 */
int dmf_module_add_action_or_reset(struct dmf_module *module, void (*action)(void *data),
				   void *data)
{
	unsigned int state = READ_ONCE(module->state);
	struct dmf_action *undo;
	int ret = -EINVAL;

	if (WARN_ON(state != DMF_MODULE_OPENING && state != DMF_MODULE_OPENED))
		goto reset;

	ret = -ENOMEM;
	undo = kmalloc(sizeof(*undo), GFP_KERNEL);
	if (!undo)
		goto reset;

	undo->action = action;
	undo->data = data;
	list_add(&undo->node, &module->undo);
	return 0;

reset:
	action(data);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_add_action_or_reset, DMF);

/* Undo everything, the latest first. */
void dmf_undo_run(struct dmf_module *module)
{
	struct dmf_action *undo;

	while (!list_empty(&module->undo)) {
		undo = list_first_entry(&module->undo, struct dmf_action, node);
		list_del(&undo->node);
		undo->action(undo->data);
		kfree(undo);
	}
}

static void undo_kfree(void *data)
{
	kfree(data);
}

/**
 * dmf_module_kzalloc - allocate memory that lives until the Module closes
 * @module: a Module that is in its open(), or open
 * @size: in bytes
 *
 * Context: process, in open() of @module, or a callback of it that does
 * not run at the same time as its open and close.
 * Return: zeroed memory, freed by the core; NULL if there is none.
 */
void *dmf_module_kzalloc(struct dmf_module *module, size_t size)
{
	void *memory = kzalloc(size, GFP_KERNEL);

	if (!memory || dmf_module_add_action_or_reset(module, undo_kfree, memory))
		return NULL;

	return memory;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_kzalloc, DMF);

static void undo_ioremap(void *data)
{
	iounmap((void __iomem __force *)data);
}

/**
 * dmf_module_ioremap - map registers until the Module closes
 * @module: a Module that is in its open(), or open
 * @start: physical address
 * @size: in bytes
 *
 * Context: process, in open() of @module, or a callback of it that does
 * not run at the same time as its open and close.
 * Return: the mapping, undone by the core; NULL if it cannot be made.
 */
void __iomem *dmf_module_ioremap(struct dmf_module *module, phys_addr_t start, size_t size)
{
	void __iomem *registers = ioremap(start, size);

	if (!registers ||
	    dmf_module_add_action_or_reset(module, undo_ioremap, (void __force *)registers))
		return NULL;

	return registers;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_ioremap, DMF);
