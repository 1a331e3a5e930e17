// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree of Modules, flattened: for each phase and each event the Modules
 * that take part in it, in the order in which it visits them.
 *
 * The lists are made once, after modules_add has returned, and the tree does
 * not change from then on. Dispatch visits nobody else.
 */
#include <linux/slab.h>

#include "internal.h"

/* Which Modules a list wants; one of the two is set. */
struct tree_wanted {
	int phase;
	int event;
};

static bool tree_wants(const struct tree_wanted *wanted, const struct dmf_module *module)
{
	if (wanted->phase >= 0)
		return dmf_phase_concerns(wanted->phase, module);
	return dmf_event_concerns(wanted->event, module);
}

/* Requests and files see a parent before its children, all else after them. */
static bool tree_parent_first(const struct tree_wanted *wanted)
{
	return wanted->event >= DMF_EVENT_FILE_CREATE;
}

static void tree_visit(struct dmf_module *module, const struct tree_wanted *wanted,
		       struct dmf_list *list)
{
	if (!tree_wants(wanted, module))
		return;
	if (list->modules)
		list->modules[list->count] = module;
	list->count++;
}

/* Recursion is bounded by DMF_MODULE_DEPTH_MAX. */
static void tree_walk(struct list_head *siblings, const struct tree_wanted *wanted,
		      struct dmf_list *list)
{
	struct dmf_module *module;

	list_for_each_entry(module, siblings, sibling) {
		if (tree_parent_first(wanted))
			tree_visit(module, wanted, list);
		tree_walk(&module->children, wanted, list);
		if (!tree_parent_first(wanted))
			tree_visit(module, wanted, list);
	}
}

static int tree_list(struct dmf_device *ddev, const struct tree_wanted *wanted,
		     struct dmf_list *list)
{
	tree_walk(&ddev->modules, wanted, list);
	if (!list->count)
		return 0;

	list->modules = kcalloc(list->count, sizeof(*list->modules), GFP_KERNEL);
	if (!list->modules)
		return -ENOMEM;

	list->count = 0;
	tree_walk(&ddev->modules, wanted, list);
	return 0;
}

/* Make the lists; on failure the caller frees those that were made. */
int dmf_tree_complete(struct dmf_device *ddev)
{
	int i, ret = 0;

	for (i = 0; i < DMF_PHASES && !ret; i++)
		ret = tree_list(ddev, &(struct tree_wanted){ .phase = i, .event = -1 },
				&ddev->phases[i]);
	for (i = 0; i < DMF_EVENTS && !ret; i++)
		ret = tree_list(ddev, &(struct tree_wanted){ .phase = -1, .event = i },
				&ddev->events[i]);
	ddev->complete = !ret;
	return ret;
}

void dmf_tree_free_lists(struct dmf_device *ddev)
{
	int i;

	for (i = 0; i < DMF_PHASES; i++)
		kfree(ddev->phases[i].modules);
	for (i = 0; i < DMF_EVENTS; i++)
		kfree(ddev->events[i].modules);
	memset(ddev->phases, 0, sizeof(ddev->phases));
	memset(ddev->events, 0, sizeof(ddev->events));
}
