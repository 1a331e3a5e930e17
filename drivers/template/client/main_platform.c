// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client Driver for the template device: which devices it binds to.
 */
#include <linux/mod_devicetable.h>

#include <linux/dmf/platform.h>

#include "template.h"

static const struct of_device_id template_ids[] = {
	{ .compatible = "vendor,template" },	/* of yours */
	{ }
};
MODULE_DEVICE_TABLE(of, template_ids);

module_dmf_platform_driver(template_driver, template_ids, &template_ops, sizeof(struct template));

MODULE_DESCRIPTION("DMF Client Driver for the template device");
MODULE_LICENSE("GPL");
