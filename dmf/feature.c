// SPDX-License-Identifier: GPL-2.0-only
/*
 * Feature Modules: those that every part of a driver can reach without having been
 * told of them. A kind of Module says in its descriptor which feature it is; its
 * one static instance is the device's.
 *
 * A Client asks for a feature by giving its Config in its ops. The core adds those that
 * are asked for before the Client's own Modules: they are opened first and destroyed
 * last, so that all others may use them as long as they live.
 *
 * An absent feature is NULL, and the Methods of features do nothing with it.
 */
#include <linux/device.h>

#include <linux/dmf/live_kernel_dump.h>

#include "internal.h"

static int live_kernel_dump_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_live_kernel_dump_config *config = ddev->client->ops->live_kernel_dump;

	return config ? dmf_live_kernel_dump_add(init, config, NULL, NULL) : 0;
}

/*
 * How the features of a device are made, in their order in the tree. Each adds its
 * Module if the Client has given a Config for it and nothing else stands against it.
 */
static int (* const feature_adds[])(struct dmf_device *ddev, struct dmf_module_init *init) = {
	dmf_branches_add,
	live_kernel_dump_add,
};

/* Before the Client's own Modules are added. */
int dmf_features_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(feature_adds) && !ret; i++)
		ret = feature_adds[i](ddev, init);
	return ret;
}

/* A Module is being created: it may be what a feature is. */
int dmf_feature_set(struct dmf_module *module)
{
	enum dmf_feature feature = module->desc->feature;
	struct dmf_device *ddev = module->ddev;

	if (feature == DMF_FEATURE_NONE || module->dynamic)
		return 0;
	if (ddev->features[feature]) {
		dev_err(ddev->dev, "%s: the device has this feature already: %s\n", module->name,
			ddev->features[feature]->name);
		return -EEXIST;
	}
	ddev->features[feature] = module;
	return 0;
}

void dmf_feature_unset(struct dmf_module *module)
{
	enum dmf_feature feature = module->desc->feature;

	if (module->ddev->features[feature] == module)
		module->ddev->features[feature] = NULL;
}

/**
 * dmf_feature_module_get_from_device - the Module that is a feature of a device
 * @ddev: the device
 * @feature: which
 *
 * DMF: DMF_FeatureModuleGetFromDevice.
 *
 * Context: any, after modules_add, while the device is bound.
 * Return: the Module, which lives as long as the device is bound; NULL if the
 * driver does without.
 */
struct dmf_module *dmf_feature_module_get_from_device(const struct dmf_device *ddev,
						      enum dmf_feature feature)
{
	return feature > DMF_FEATURE_NONE && feature < DMF_FEATURES ? ddev->features[feature] :
	       NULL;
}
EXPORT_SYMBOL_NS_GPL(dmf_feature_module_get_from_device, DMF);

/**
 * dmf_feature_module_get_from_module - the Module that is a feature of one's device
 * @module: the Module that asks; a dynamic one may
 * @feature: which
 *
 * DMF: DMF_FeatureModuleGetFromModule.
 *
 * Context: any, after modules_add.
 * Return: as dmf_feature_module_get_from_device().
 */
struct dmf_module *dmf_feature_module_get_from_module(const struct dmf_module *module,
						      enum dmf_feature feature)
{
	return dmf_feature_module_get_from_device(module->ddev, feature);
}
EXPORT_SYMBOL_NS_GPL(dmf_feature_module_get_from_module, DMF);
