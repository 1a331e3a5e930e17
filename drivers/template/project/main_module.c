// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmf_template.ko: the Module template, for any Client Driver to use.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("DMF Module template");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMF);
