/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a Module needs that makes dumps of its device; see live_kernel_dump.h for those
 * who ask for one.
 */
#ifndef _LINUX_DMF_DUMP_H
#define _LINUX_DMF_DUMP_H

#include <linux/bits.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct dmf_device;
struct dmf_dump;
struct dmf_module;

/* A dump has at least, and at most, so many bytes to fill. */
#define DMF_DUMP_SIZE_MIN	SZ_4K
#define DMF_DUMP_SIZE_MAX	SZ_64M

/* Leave the device and its Modules out. */
#define DMF_DUMP_WITHOUT_MODULES	BIT(0)

/**
 * struct dmf_dump_source - what a dump is made of
 * @code: number of the reason, see &struct dmf_dump_header.
 * @parameter: what belongs to it.
 * @text: the reason in words, or NULL.
 * @report_type: the driver's name for its dumps, or NULL.
 * @size_max: of the dump in bytes, from DMF_DUMP_SIZE_MIN to DMF_DUMP_SIZE_MAX.
 * @flags: 0 or DMF_DUMP_WITHOUT_MODULES.
 * @add: called with @data to add regions by dmf_dump_add(), without locks of the core,
 *	once for each attempt to find a buffer that is large enough; or NULL.
 * @data: for @add.
 */
struct dmf_dump_source {
	u64 code;
	u64 parameter;
	const char *text;
	const char *report_type;
	size_t size_max;
	unsigned int flags;
	void (*add)(struct dmf_dump *dump, void *data);
	void *data;
};

/**
 * struct dmf_dump_region - memory that goes into a dump
 * @type: DMF_DUMP_REGION or DMF_DUMP_STRUCTURE.
 * @module: number of the Module that it belongs to, 0 for the device.
 * @name: what it is.
 * @address: of the memory; not followed if it is none.
 * @size: of it in bytes.
 * @secret: name and size go into the dump, the memory does not.
 */
struct dmf_dump_region {
	unsigned int type;
	unsigned int module;
	const char *name;
	const void *address;
	size_t size;
	bool secret;
};

int dmf_device_dump(struct dmf_device *ddev, const struct dmf_dump_source *source);
void dmf_dump_add(struct dmf_dump *dump, const struct dmf_dump_region *region);
size_t dmf_device_dump_size(struct dmf_device *ddev);
bool dmf_device_dump_is_unread(struct dmf_device *ddev);
bool dmf_module_is_secret(const struct dmf_module *module);
unsigned int dmf_module_number(const struct dmf_module *module);

#endif /* _LINUX_DMF_DUMP_H */
