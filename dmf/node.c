// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node of a device: /dev/dmf/<driver><n>, a misc device.
 *
 * There is one if anything handles I/O or file events, or branches are tracked, and one
 * for each device, not for each Module: 6.1 has 128 minors for the whole system. A device
 * whose node cannot be made works without. A stack of filters has one, that of the lowest
 * device that wants one; opening it reaches the top. A control device's has no number.
 */
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

static bool node_wanted(struct dmf_device *ddev)
{
	int i;

	if (dmf_stack_has_node(ddev))
		return false;
	if (!list_empty(&ddev->streams) || !list_empty(&ddev->eventfds) ||
	    dmf_commands_for_user(ddev, NULL) || ddev->features[DMF_FEATURE_BRANCH_TRACK])
		return true;
	for (i = DMF_EVENT_FILE_CREATE; i <= DMF_EVENT_POLL; i++) {
		if (ddev->events[i].count || dmf_event_client_concerns(i, ddev->client->ops))
			return true;
	}
	return false;
}

/* Nodes of dmf_edu are called edu: that they are ours their folder says. */
static const char *node_base_name(const struct dmf_client *client)
{
	const char *name = client->name;

	return name + str_has_prefix(name, "dmf_");
}

static char *node_name(const struct dmf_device *ddev)
{
	if (ddev->control)
		return kasprintf(GFP_KERNEL, "dmf/%s", ddev->client->name);
	return kasprintf(GFP_KERNEL, "dmf/%s%d", node_base_name(ddev->client), ddev->instance);
}

static int node_register(struct dmf_device *ddev, const char *name)
{
	ddev->node.minor = MISC_DYNAMIC_MINOR;
	ddev->node.name = name;
	ddev->node.fops = &dmf_file_ops;
	ddev->node.parent = ddev->dev;
	ddev->node.mode = 0600;
	return misc_register(&ddev->node);
}

/* Make the node; from then on files are opened. */
int dmf_node_add(struct dmf_device *ddev)
{
	char *name;
	int ret;

	if (!node_wanted(ddev))
		return 0;

	ret = ida_alloc(&ddev->client->instances, GFP_KERNEL);
	if (ret < 0)
		return ret;
	ddev->instance = ret;
	name = node_name(ddev);
	if (!name) {
		ret = -ENOMEM;
		goto free_instance;
	}

	ret = node_register(ddev, name);
	if (ret == -EBUSY) {
		dev_warn(ddev->dev, "no minor is left for /dev/%s\n", name);
		ret = 0;
		goto free_name;
	}
	if (ret)
		goto free_name;

	WRITE_ONCE(ddev->node_name, name);
	ddev->node_registered = true;
	return 0;

free_name:
	kfree(name);
free_instance:
	ida_free(&ddev->client->instances, ddev->instance);
	return ret;
}

/* When this returns nobody can open a file any more. */
void dmf_node_remove(struct dmf_device *ddev)
{
	if (!ddev->node_registered)
		return;

	misc_deregister(&ddev->node);
	ida_free(&ddev->client->instances, ddev->instance);
	ddev->node_registered = false;
}
