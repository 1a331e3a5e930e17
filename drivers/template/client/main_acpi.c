// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client Driver for the template device: which devices it binds to.
 */
#include <linux/mod_devicetable.h>

#include <linux/dmf/platform.h>

#include "template.h"

static const struct acpi_device_id template_ids[] = {
	{ "XXXX0001" },				/* _HID of your device */
	{ }
};

module_dmf_acpi_driver(template_driver, template_ids, &template_ops, sizeof(struct template));

MODULE_DESCRIPTION("DMF Client Driver for the template device");
MODULE_LICENSE("GPL");
