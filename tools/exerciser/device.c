// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the exerciser binds to: a platform device without resources, which comes and
 * goes with this .ko.
 */
#include <linux/module.h>
#include <linux/platform_device.h>

static struct platform_device *exerciser_device;

static int __init exerciser_device_init(void)
{
	exerciser_device = platform_device_register_simple("dmf_exerciser", PLATFORM_DEVID_NONE,
							   NULL, 0);
	return PTR_ERR_OR_ZERO(exerciser_device);
}
module_init(exerciser_device_init);

static void __exit exerciser_device_exit(void)
{
	platform_device_unregister(exerciser_device);
}
module_exit(exerciser_device_exit);

MODULE_DESCRIPTION("A device for the exerciser of DMF");
MODULE_LICENSE("GPL");
