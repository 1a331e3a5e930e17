// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client Driver for the template device: which devices it binds to.
 */
#include <linux/dmf/usb.h>

#include "template.h"

static const struct usb_device_id template_ids[] = {
	{ USB_DEVICE(0xffff, 0x0001) },		/* vendor and product of yours */
	{ }
};

module_dmf_usb_driver(template_driver, template_ids, &template_ops, sizeof(struct template));

MODULE_DESCRIPTION("DMF Client Driver for the template device");
MODULE_LICENSE("GPL");
