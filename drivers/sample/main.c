// SPDX-License-Identifier: GPL-2.0-only
/*
 * A container driver: nothing but a list of Modules, here of one. What the driver
 * does the Module does; probe, remove, power management, the node and files are the
 * framework's. It binds to platform devices named "dmf_sample".
 */
#include <linux/dmf/platform.h>

#include "tally.h"

static int sample_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_tally_config tally = { .max_unread = 16 };

	return dmf_tally_add(init, &tally, NULL, NULL);
}

static const struct dmf_client_ops sample_ops = {
	.modules_add = sample_modules_add,
};

module_dmf_platform_driver(sample_driver, NULL, &sample_ops, 0);

MODULE_DESCRIPTION("DMF container driver");
MODULE_LICENSE("GPL");
