// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client Driver for the template device: which devices it binds to.
 */
#include <linux/dmf/auxiliary.h>

#include "template.h"

static const struct auxiliary_device_id template_ids[] = {
	{ .name = "parent.template" },		/* .ko of the parent, name of the device */
	{ }
};

module_dmf_auxiliary_driver(template_driver, template_ids, &template_ops, sizeof(struct template));

MODULE_DESCRIPTION("DMF Client Driver for the template device");
MODULE_LICENSE("GPL");
