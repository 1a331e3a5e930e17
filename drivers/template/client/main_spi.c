// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client Driver for the template device: which devices it binds to.
 */
#include <linux/dmf/spi.h>

#include "template.h"

static const struct spi_device_id template_ids[] = {
	{ "template" },				/* name of your device */
	{ }
};

module_dmf_spi_driver(template_driver, template_ids, &template_ops, sizeof(struct template));

MODULE_DESCRIPTION("DMF Client Driver for the template device");
MODULE_LICENSE("GPL");
