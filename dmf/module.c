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
 */
#include <linux/device.h>
#include <linux/slab.h>

#include "internal.h"
#include "trace.h"

static const struct dmf_module_attributes no_attributes;

static int module_check(const struct dmf_module_init *init, const struct dmf_module_desc *desc)
{
	const struct dmf_module *parent = init->parent;
	struct device *dev = init->ddev->dev;

	if (WARN_ON(!desc->name || !desc->ops || desc->size < sizeof(struct dmf_module) ||
		    desc->auxiliary_locks > DMF_AUXILIARY_LOCKS_MAX))
		return -EINVAL;
	if (!parent)
		return 0;

	if (parent->depth == DMF_MODULE_DEPTH_MAX) {
		dev_err(dev, "%s: child %s is nested deeper than %d\n", parent->name, desc->name,
			DMF_MODULE_DEPTH_MAX);
		return -EINVAL;
	}
	if (parent->desc->open_option < desc->open_option) {
		dev_err(dev, "%s: would open before its child %s\n", parent->name, desc->name);
		return -EINVAL;
	}
	return 0;
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
	INIT_LIST_HEAD(&module->children);
	INIT_LIST_HEAD(&module->sibling);
	INIT_LIST_HEAD(&module->undo);
	__dmf_gate_init(&module->gate, false, desc->name, &keys->gate, module->depth);

	module->name = kstrdup_const(attributes->instance_name ?: desc->name, GFP_KERNEL);
	if (module->name)
		ret = module_copy_config(module, config);
	if (!ret)
		ret = dmf_locks_init(module, keys);
	if (ret) {
		module_free(module);
		return ERR_PTR(ret);
	}
	return module;
}

/* Children first, the latest first; then the Module's own destroy callback. */
static void module_destroy(struct dmf_module *module)
{
	struct dmf_module *child, *prev;

	list_for_each_entry_safe_reverse(child, prev, &module->children, sibling)
		module_destroy(child);

	dmf_stream_drop_unused(module);
	trace_module_destroy(module);
	WRITE_ONCE(module->state, DMF_MODULE_DESTROYED);
	if (module->complete && module->desc->ops->destroy)
		module->desc->ops->destroy(module);
	list_del(&module->sibling);
	module_free(module);
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
 * Return: 0, -ENOMEM, -EINVAL, or what child_modules_add has returned.
 */
int __dmf_module_add(struct dmf_module_init *init, const struct dmf_module_desc *desc,
		     struct dmf_module_keys *keys, const void *config,
		     const struct dmf_module_attributes *attributes,
		     struct dmf_module **handle)
{
	struct dmf_module_init below = { .ddev = init->ddev };
	struct dmf_module *module;
	int ret;

	if (handle)
		*handle = NULL;
	ret = module_check(init, desc);
	if (ret)
		return ret;
	module = module_alloc(init, desc, keys, config, attributes ?: &no_attributes);
	if (IS_ERR(module))
		return PTR_ERR(module);

	list_add_tail(&module->sibling,
		      init->parent ? &init->parent->children : &init->ddev->modules);
	trace_module_create(module);
	if (handle)
		*handle = module;

	below.parent = module;
	if (desc->ops->child_modules_add)
		ret = dmf_event_result(module, "child_modules_add",
				       desc->ops->child_modules_add(module, &below));
	module->complete = !ret;
	if (ret) {
		if (handle)
			*handle = NULL;
		module_destroy(module);
	}
	return ret;
}
EXPORT_SYMBOL_NS_GPL(__dmf_module_add, DMF);

/* Destroy the whole tree, the latest Module first. All are closed. */
void dmf_modules_destroy(struct dmf_device *ddev)
{
	struct dmf_module *module, *prev;

	list_for_each_entry_safe_reverse(module, prev, &ddev->modules, sibling)
		module_destroy(module);
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
