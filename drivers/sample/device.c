// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hardware of the container driver: a platform device without resources, which
 * comes and goes with this .ko. Nothing of it is DMF.
 */
#include <linux/module.h>
#include <linux/platform_device.h>

static struct platform_device *sample_device;

static int __init sample_device_init(void)
{
	sample_device = platform_device_register_simple("dmf_sample", PLATFORM_DEVID_NONE, NULL, 0);
	return PTR_ERR_OR_ZERO(sample_device);
}
module_init(sample_device_init);

static void __exit sample_device_exit(void)
{
	platform_device_unregister(sample_device);
}
module_exit(sample_device_exit);

MODULE_DESCRIPTION("A device for the DMF container driver");
MODULE_LICENSE("GPL");
