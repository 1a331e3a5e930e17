// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dynamic Modules: created and opened at any time in process context, and
 * destroyed by hand or with the device or the Module they belong to.
 *
 * The events that bring a device up and down cannot reach a Module that may come
 * in the middle of them, so a Module that wants one, or opens with one, cannot be
 * dynamic, nor can one that has such a Module below it. Events of requests and
 * files are allowed and do not reach it.
 *
 * A dynamic Module is freed by whoever takes it out of its parent's list: the
 * one who destroys it by hand, or the parent. It enters the gate of its parent's
 * list when its creation begins and leaves it as its memory goes, so the parent
 * waits for those that somebody else is creating or destroying: it shuts the
 * gate, destroys what is in the list, the latest first, and waits. A creation
 * that comes to its end meanwhile finds the gate shut and takes its Module back.
 *
 * A parent that is destroyed closes before its dynamic Modules do, as it does
 * before its children.
 */
#include <linux/device.h>

#include "internal.h"

void dmf_dynamics_init(struct dmf_dynamics *dynamics)
{
	INIT_LIST_HEAD(&dynamics->list);
	dmf_gate_init(&dynamics->gate, true);
}

static struct dmf_dynamics *dynamics_of(struct dmf_module *module)
{
	return module->parent ? &module->parent->dynamics : &module->ddev->dynamics;
}

/* -- What may be dynamic ------------------------------------------------------ */

#define REFUSED(_op)	{ #_op, offsetof(struct dmf_module_ops, _op) }

static const struct {
	const char *name;
	size_t op;
} refused[] = {
	REFUSED(prepare_hardware),
	REFUSED(release_hardware),
	REFUSED(d0_entry),
	REFUSED(d0_exit),
	REFUSED(d0_entry_post_interrupts_enabled),
	REFUSED(d0_exit_pre_interrupts_disabled),
	REFUSED(arm_wake_from_s0),
	REFUSED(disarm_wake_from_s0),
	REFUSED(wake_from_s0_triggered),
	REFUSED(arm_wake_from_sx_with_reason),
	REFUSED(disarm_wake_from_sx),
	REFUSED(wake_from_sx_triggered),
	REFUSED(self_managed_io_init),
	REFUSED(self_managed_io_restart),
	REFUSED(self_managed_io_suspend),
	REFUSED(self_managed_io_flush),
	REFUSED(self_managed_io_cleanup),
	REFUSED(surprise_removal),
	REFUSED(query_remove),
	REFUSED(query_stop),
	REFUSED(relations_query),
};

/* Return: 0, or -EINVAL with the reason in the log. */
int dmf_dynamic_check(struct dmf_device *ddev, const struct dmf_module_desc *desc)
{
	const void *ops = desc->ops;
	unsigned int i;

	if (desc->open_option != DMF_OPEN_CREATE && desc->open_option != DMF_NOTIFY_CREATE) {
		dev_err(ddev->dev, "%s: cannot be dynamic: opens with an event of the device\n",
			desc->name);
		return -EINVAL;
	}
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		if (*(void * const *)(ops + refused[i].op)) {
			dev_err(ddev->dev, "%s: cannot be dynamic: has a %s callback\n",
				desc->name, refused[i].name);
			return -EINVAL;
		}
	}
	return 0;
}

/* -- Opening and closing a tree; recursion is bounded by DMF_MODULE_DEPTH_MAX --- */

static void dynamic_stop(struct dmf_module *module)
{
	struct dmf_module *child;

	dmf_module_stop(module);
	list_for_each_entry_reverse(child, &module->children, sibling)
		dynamic_stop(child);
}

static int dynamic_start(struct dmf_module *module)
{
	struct dmf_module *child;
	int ret = 0;

	list_for_each_entry(child, &module->children, sibling) {
		ret = dynamic_start(child);
		if (ret)
			goto stop_children;
	}
	ret = dmf_module_start(module);
	if (!ret)
		return 0;

stop_children:
	list_for_each_entry_continue_reverse(child, &module->children, sibling)
		dynamic_stop(child);
	return ret;
}

/* Close a whole tree for good. */
static void dynamic_end(struct dmf_module *module)
{
	dmf_interfaces_unbind_all(module);
	dynamic_stop(module);
}

/* -- Creation and destruction --------------------------------------------------- */

/* Closed, or never opened, and in no list. */
static void dynamic_free(struct dmf_module *module, struct dmf_dynamics *dynamics)
{
	dmf_debugfs_remove_dynamic(module);
	dmf_requests_synchronize();
	dmf_module_free_tree(module);
	dmf_gate_leave_detached(&dynamics->gate);
}

/* From here on it can be destroyed by others. Return: false if the parent is going. */
static bool dynamic_publish(struct dmf_module *module, struct dmf_dynamics *dynamics)
{
	bool open;

	mutex_lock(&module->ddev->dynamics_lock);
	open = !dmf_gate_is_closed(&dynamics->gate);
	if (open)
		list_add_tail(&module->sibling, &dynamics->list);
	mutex_unlock(&module->ddev->dynamics_lock);
	return open;
}

static int dynamic_bring_up(struct dmf_module *module, struct dmf_dynamics *dynamics)
{
	int ret;

	ret = dynamic_start(module);
	if (ret)
		return ret;
	if (dynamic_publish(module, dynamics))
		return 0;

	dynamic_end(module);
	return -ENODEV;
}

/**
 * __dmf_module_create - create a dynamic Module; use dmf_<module>_create()
 * @ddev: the device it lives on
 * @parent: the Module it belongs to, or NULL for @ddev
 * @desc: its kind
 * @keys: lockdep's keys of its kind
 * @config: copied; NULL for zeros
 * @attributes: copied; NULL for none
 * @handle: where to store the Module, or NULL; stored before it is opened, and
 *	set to NULL on failure
 *
 * DMF: DMF_ModuleCreate of a Dynamic Module.
 *
 * Context: process, may sleep, without a lock that show() takes. The caller sees
 * to it that @ddev and @parent exist.
 * Return: 0; -ENOMEM; -EINVAL if the kind, or one below it, cannot be dynamic;
 * -ENODEV if the parent is being destroyed; or what child_modules_add or open has
 * returned.
 */
int __dmf_module_create(struct dmf_device *ddev, struct dmf_module *parent,
			const struct dmf_module_desc *desc, struct dmf_module_keys *keys,
			const void *config, const struct dmf_module_attributes *attributes,
			struct dmf_module **handle)
{
	struct dmf_dynamics *dynamics = parent ? &parent->dynamics : &ddev->dynamics;
	struct dmf_module_init init = { .ddev = ddev, .parent = parent, .dynamic = true };
	struct dmf_module *module;
	int ret;

	if (handle)
		*handle = NULL;
	if (WARN_ON(parent && parent->ddev != ddev))
		return -EINVAL;
	if (!dmf_gate_enter_detached(&dynamics->gate))
		return -ENODEV;

	ret = dmf_module_build(&init, desc, keys, config, attributes, handle, &module);
	if (ret) {
		dmf_gate_leave_detached(&dynamics->gate);
		return ret;
	}
	module->dynamic_root = true;
	dmf_debugfs_add_dynamic(module);
	ret = dynamic_bring_up(module, dynamics);
	if (ret) {
		if (handle)
			*handle = NULL;
		dynamic_free(module, dynamics);
	}
	return ret;
}
EXPORT_SYMBOL_NS_GPL(__dmf_module_create, DMF);

/* Take a Module out of its list. Return: false if somebody else has. */
static bool dynamic_claim(struct dmf_module *module)
{
	bool listed;

	mutex_lock(&module->ddev->dynamics_lock);
	listed = !list_empty(&module->sibling);
	list_del_init(&module->sibling);
	mutex_unlock(&module->ddev->dynamics_lock);
	return listed;
}

/**
 * dmf_module_destroy - close and destroy a dynamic Module
 * @module: what dmf_<module>_create() has made; NULL is ignored
 *
 * With all that belongs to it. Waits for those who use the Module. A Module that
 * nobody destroys goes with its parent.
 *
 * DMF: WdfObjectDelete of a Dynamic Module.
 *
 * Context: process, may sleep; once, not within a callback of @module or of one
 * below it, or by a Client about it, nor within a cancel callback of a request, nor
 * with a lock that one of those or show() takes, and not after the parent has gone.
 */
void dmf_module_destroy(struct dmf_module *module)
{
	if (!module || WARN_ON(!module->dynamic_root) ||
	    WARN_ON(READ_ONCE(module->transition_task) == current) ||
	    WARN_ON(!dynamic_claim(module)))
		return;

	dynamic_end(module);
	dynamic_free(module, dynamics_of(module));
}
EXPORT_SYMBOL_NS_GPL(dmf_module_destroy, DMF);

static struct dmf_module *dynamics_pop(struct dmf_device *ddev, struct dmf_dynamics *dynamics)
{
	struct dmf_module *module = NULL;

	mutex_lock(&ddev->dynamics_lock);
	if (!list_empty(&dynamics->list)) {
		module = list_last_entry(&dynamics->list, struct dmf_module, sibling);
		list_del_init(&module->sibling);
	}
	mutex_unlock(&ddev->dynamics_lock);
	return module;
}

/* The parent goes: refuse new Modules, destroy those there are, wait for the rest. */
void dmf_dynamics_destroy(struct dmf_device *ddev, struct dmf_dynamics *dynamics)
{
	struct dmf_module *module;

	dmf_gate_close_timeout(&dynamics->gate, 0);
	for (module = dynamics_pop(ddev, dynamics); module;
	     module = dynamics_pop(ddev, dynamics)) {
		dynamic_end(module);
		dynamic_free(module, dynamics);
	}
	dmf_drain(&dynamics->gate, ddev->dev, ddev->client->name, "dynamic Modules", NULL);
}
