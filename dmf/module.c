// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules as objects: made from a descriptor, a Config and attributes, put into
 * the tree, freed.
 *
 * A Module is created while modules_add, or child_modules_add of its parent,
 * runs. It goes to the end of its parent's list before its own children are
 * added, so the lists are in the order in which things were added. When
 * anything fails, the half-built Module is destroyed with what is below it;
 * nothing of it has been opened yet.
 *
 * The root of a dynamic tree (dynamic.c) is made in the same way and put into its
 * parent's list when it is open.
 */
#include <linux/device.h>
#include <linux/slab.h>

#include <linux/dmf/recorder.h>

#include "internal.h"
#include "trace.h"

static const struct dmf_module_attributes no_attributes;

/* When a Module opens, or begins to wait for notification, in the order of time. */
static const unsigned char open_ranks[] = {
	[DMF_OPEN_CREATE]			= 0,
	[DMF_NOTIFY_CREATE]			= 0,
	[DMF_OPEN_PREPARE_HARDWARE]		= 1,
	[DMF_NOTIFY_PREPARE_HARDWARE]		= 1,
	[DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP]	= 2,
	[DMF_OPEN_D0_ENTRY]			= 3,
	[DMF_NOTIFY_D0_ENTRY]			= 3,
};

static int module_check_parent(const struct dmf_module *parent, const struct dmf_module_desc *desc)
{
	struct device *dev = parent->ddev->dev;

	if (parent->depth == DMF_MODULE_DEPTH_MAX) {
		dev_err(dev, "%s: child %s is nested deeper than %d\n", parent->name, desc->name,
			DMF_MODULE_DEPTH_MAX);
		return -EINVAL;
	}
	if (desc->open_option < DMF_NOTIFY_CREATE &&
	    open_ranks[parent->desc->open_option] < open_ranks[desc->open_option]) {
		dev_err(dev, "%s: would open (%s) before its child %s (%s)\n", parent->name,
			dmf_open_option_name(parent->desc->open_option), desc->name,
			dmf_open_option_name(desc->open_option));
		return -EINVAL;
	}
	return 0;
}

static int module_check(const struct dmf_module_init *init, const struct dmf_module_desc *desc)
{
	int ret = 0;

	if (WARN_ON(!desc->name || !desc->ops || desc->size < sizeof(struct dmf_module) ||
		    desc->auxiliary_locks > DMF_AUXILIARY_LOCKS_MAX ||
		    desc->open_option >= ARRAY_SIZE(open_ranks) ||
		    desc->feature >= DMF_FEATURES))
		return -EINVAL;

	if (init->dynamic)
		ret = dmf_dynamic_check(init->ddev, desc);
	if (!ret && init->parent)
		ret = module_check_parent(init->parent, desc);
	return ret;
}

/* The descriptor that fits the Config, for kinds that have several. */
static const struct dmf_module_desc *module_select(const struct dmf_module_init *init,
						   const struct dmf_module_desc *desc,
						   const void *config)
{
	const struct dmf_module_desc *selected;

	if (!desc->select)
		return desc;

	selected = desc->select(config, init->dynamic);
	if (WARN_ON(!selected || selected->size != desc->size ||
		    selected->config_size != desc->config_size ||
		    strcmp(selected->name, desc->name)))
		return NULL;
	return selected;
}

static int module_copy_config(struct dmf_module *module, const void *config)
{
	size_t size = module->desc->config_size;

	if (!size)
		return 0;

	module->config = config ? kmemdup(config, size, GFP_KERNEL) : kzalloc(size, GFP_KERNEL);
	return module->config ? 0 : -ENOMEM;
}

static void module_free(struct dmf_module *module)
{
	dmf_locks_destroy(module);
	dmf_recorder_free(module);
	kfree(module->config);
	kfree_const(module->name);
	kfree(module);
}

static struct dmf_module *module_alloc(const struct dmf_module_init *init,
				       const struct dmf_module_desc *desc,
				       struct dmf_module_keys *keys, const void *config,
				       const struct dmf_module_attributes *attributes)
{
	struct dmf_module *module = kzalloc(desc->size, GFP_KERNEL);
	int ret = -ENOMEM;

	if (!module)
		return ERR_PTR(-ENOMEM);

	module->desc = desc;
	module->ddev = init->ddev;
	module->parent = init->parent;
	module->depth = init->parent ? init->parent->depth + 1 : 0;
	module->client_data = attributes->client_data;
	module->event_callbacks = attributes->event_callbacks;
	module->passive_level = attributes->passive_level;
	module->secret = desc->secret || attributes->secret ||
			 (init->parent && init->parent->secret);
	module->dynamic = init->dynamic;
	module->number = atomic_inc_return(&init->ddev->module_numbers);
	dmf_dynamics_init(&module->dynamics);
	INIT_LIST_HEAD(&module->children);
	INIT_LIST_HEAD(&module->sibling);
	INIT_LIST_HEAD(&module->undo);
	__dmf_gate_init(&module->gate, false, desc->name, &keys->gate, module->depth);

	module->name = kstrdup_const(attributes->instance_name ?: desc->name, GFP_KERNEL);
	if (module->name)
		ret = module_copy_config(module, config);
	if (!ret)
		ret = dmf_locks_init(module, keys);
	if (!ret)
		ret = dmf_recorder_add(module, attributes->recorder_size ?: desc->recorder_size);
	if (ret) {
		module_free(module);
		return ERR_PTR(ret);
	}
	return module;
}

/*
 * Dynamic Modules first, then children, the latest first; then the Module's own
 * destroy callback. All that is static has been closed.
 */
void dmf_module_free_tree(struct dmf_module *module)
{
	struct dmf_module *child, *prev;

	dmf_interfaces_unbind_all(module);
	dmf_dynamics_destroy(module->ddev, &module->dynamics);
	list_for_each_entry_safe_reverse(child, prev, &module->children, sibling)
		dmf_module_free_tree(child);

	dmf_feature_unset(module);
	dmf_stream_drop_unused(module);
	dmf_eventfds_drop_unused(module);
	dmf_commands_drop_unused(module);
	trace_module_destroy(module);
	WRITE_ONCE(module->state, DMF_MODULE_DESTROYED);
	if (module->complete)
		dmf_event_tell(module, "destroy", module->desc->ops->destroy);
	if (module->dynamic)
		dmf_record(module, "destroyed");
	list_del(&module->sibling);
	module_free(module);
}

static int module_add_children(struct dmf_module *module)
{
	struct dmf_module_init below = {
		.ddev = module->ddev,
		.parent = module,
		.dynamic = module->dynamic,
	};
	const struct dmf_module_ops *ops = module->desc->ops;
	u64 begin;

	if (!ops->child_modules_add)
		return 0;
	begin = dmf_event_begin();
	return dmf_event_end(module, "child_modules_add", begin,
			     ops->child_modules_add(module, &below));
}

static struct list_head *module_siblings(const struct dmf_module_init *init)
{
	return init->parent ? &init->parent->children : &init->ddev->modules;
}

/*
 * Make a Module with everything below it. The root of a dynamic tree goes into no
 * list. *@handle is written before the children are added, and is NULL on failure.
 */
int dmf_module_build(struct dmf_module_init *init, const struct dmf_module_desc *desc,
		     struct dmf_module_keys *keys, const void *config,
		     const struct dmf_module_attributes *attributes,
		     struct dmf_module **handle, struct dmf_module **built)
{
	struct dmf_module *module;
	int ret;

	desc = module_select(init, desc, config);
	if (!desc)
		return -EINVAL;
	ret = module_check(init, desc);
	if (ret)
		return ret;
	module = module_alloc(init, desc, keys, config, attributes ?: &no_attributes);
	if (IS_ERR(module))
		return PTR_ERR(module);

	if (built)
		*built = module;
	else
		list_add_tail(&module->sibling, module_siblings(init));
	trace_module_create(module);
	dmf_record(module, "created");
	if (handle)
		*handle = module;

	ret = dmf_feature_set(module) ?: module_add_children(module);
	module->complete = !ret;
	if (!ret)
		ret = dmf_transport_add(module, attributes ?: &no_attributes) ?:
		      dmf_branches_attach(module);
	if (ret) {
		if (handle)
			*handle = NULL;
		dmf_module_free_tree(module);
	}
	return ret;
}

/**
 * __dmf_module_add - create a Module; use dmf_<module>_add()
 * @init: where it goes
 * @desc: its kind
 * @keys: lockdep's keys of its kind
 * @config: copied; NULL for zeros
 * @attributes: copied; NULL for none
 * @handle: where to store the Module, or NULL; NULL is stored on failure
 *
 * DMF: DMF_ModuleCreate, DMF_DmfModuleAdd.
 *
 * Context: process, may sleep; within modules_add or child_modules_add.
 * Return: 0, -ENOMEM, -EINVAL, -EEXIST if the device has a Module for the same
 * feature, or what child_modules_add or transport_module_add has returned.
 */
int __dmf_module_add(struct dmf_module_init *init, const struct dmf_module_desc *desc,
		     struct dmf_module_keys *keys, const void *config,
		     const struct dmf_module_attributes *attributes,
		     struct dmf_module **handle)
{
	if (handle)
		*handle = NULL;
	return dmf_module_build(init, desc, keys, config, attributes, handle, NULL);
}
EXPORT_SYMBOL_NS_GPL(__dmf_module_add, DMF);

/* Destroy the whole tree, the latest Module first. All but dynamic ones are closed. */
void dmf_modules_destroy(struct dmf_device *ddev)
{
	struct dmf_module *module, *prev;

	dmf_interfaces_stop(ddev);
	dmf_dynamics_destroy(ddev, &ddev->dynamics);
	list_for_each_entry_safe_reverse(module, prev, &ddev->modules, sibling)
		dmf_module_free_tree(module);
}

/**
 * dmf_parent_device_get - the device that a Module lives on
 * @module: the Module
 *
 * DMF: DMF_ParentDeviceGet.
 *
 * Context: any.
 * Return: the device; it outlives the Module.
 */
struct dmf_device *dmf_parent_device_get(const struct dmf_module *module)
{
	return module->ddev;
}
EXPORT_SYMBOL_NS_GPL(dmf_parent_device_get, DMF);

/**
 * dmf_parent_module_get - the Module whose child a Module is
 * @module: the Module
 *
 * DMF: DMF_ParentModuleGet.
 *
 * Context: any.
 * Return: the parent, or NULL if the Client has added @module.
 */
struct dmf_module *dmf_parent_module_get(const struct dmf_module *module)
{
	return module->parent;
}
EXPORT_SYMBOL_NS_GPL(dmf_parent_module_get, DMF);

/**
 * dmf_module_client_data - what the Client gave in the attributes
 * @module: the Module
 *
 * Context: any.
 * Return: &struct dmf_module_attributes.client_data.
 */
void *dmf_module_client_data(const struct dmf_module *module)
{
	return module->client_data;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_client_data, DMF);

/**
 * dmf_module_device - the struct device that a Module lives on
 * @module: the Module
 *
 * For dev_*() messages and the kernel's own interfaces.
 *
 * Context: any.
 * Return: the device; it outlives the Module.
 */
struct device *dmf_module_device(const struct dmf_module *module)
{
	return module->ddev->dev;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_device, DMF);
