// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client Driver for the template device: which devices it binds to.
 */
#include <linux/dmf/pci.h>

#include "template.h"

static const struct pci_device_id template_ids[] = {
	{ PCI_DEVICE(0xffff, 0x0001) },		/* vendor and device of yours */
	{ }
};

module_dmf_pci_driver(template_driver, template_ids, &template_ops, sizeof(struct template));

MODULE_DESCRIPTION("DMF Client Driver for the template device");
MODULE_LICENSE("GPL");
