// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client Driver for the template device: which devices it binds to.
 */
#include <linux/dmf/i2c.h>

#include "template.h"

static const struct i2c_device_id template_ids[] = {
	{ "template" },				/* name of your device */
	{ }
};

module_dmf_i2c_driver(template_driver, template_ids, &template_ops, sizeof(struct template));

MODULE_DESCRIPTION("DMF Client Driver for the template device");
MODULE_LICENSE("GPL");
