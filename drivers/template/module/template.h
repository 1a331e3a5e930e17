/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Template: keeps numbers and gives back the latest first.
 */
#ifndef _LINUX_DMF_TEMPLATE_H
#define _LINUX_DMF_TEMPLATE_H

#include <linux/dmf/types.h>

struct dmf_template;

/**
 * DOC: Template
 *
 * Say here what a Client may rely on: what happens in which order, what is kept
 * over close and open, who owns what. Whenever it is opened it is empty.
 */

/**
 * struct dmf_template_config - Config of a Template
 * @limit: how many numbers it holds; required.
 */
struct dmf_template_config {
	u32 limit;
};

DMF_DECLARE_MODULE(template);

/**
 * dmf_template_store - keep a number
 * @self: the Template
 * @number: the number
 *
 * Context: CONTEXT.
 * Return: 0; -ENOSPC if it holds as many as its Config allows; -ENODEV if it is not
 * open.
 */
int dmf_template_store(struct dmf_template *self, u32 number);

/**
 * dmf_template_take - get the latest number back
 * @self: the Template
 * @number: where to store the number; left alone on failure
 *
 * Context: CONTEXT.
 * Return: 0; -ENOENT if it is empty; -ENODEV if it is not open.
 */
int dmf_template_take(struct dmf_template *self, u32 *number);

#endif /* _LINUX_DMF_TEMPLATE_H */
