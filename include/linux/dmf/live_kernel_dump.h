/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LiveKernelDump: a dump of the driver, its Modules and what they have registered,
 * while all goes on.
 */
#ifndef _LINUX_DMF_LIVE_KERNEL_DUMP_H
#define _LINUX_DMF_LIVE_KERNEL_DUMP_H

#include <linux/bits.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include <linux/dmf/device.h>
#include <linux/dmf/module.h>
#include <linux/dmf/types.h>

/**
 * DOC: LiveKernelDump
 *
 * A feature: a Client asks for it by &dmf_client_ops.live_kernel_dump, and it is then
 * there before all other Modules and until they have gone. All Methods take NULL for
 * the feature of a driver that does without, and do nothing: no Module need ask.
 *
 * A dump holds the state of the device and of each Module with its Config and its
 * structure, without anybody having registered them; then the regions of memory that the
 * Client and the Modules have registered, and what is given with the request. What is
 * marked secret is left out, but for its name and size. For the rest it is memory of a
 * running kernel, addresses and all: for root alone, as a vmcore is.
 *
 * A region belongs to whoever registers it, and must be memory of the kernel's until
 * dmf_live_kernel_dump_data_buffer_source_remove() has returned, which waits for a dump
 * that copies it. No Module holds one of its locks, nor the Client one that its Modules'
 * show callbacks take, when it asks for a dump.
 *
 * One dump of a device exists at a time, from the request until it has been discarded in
 * /sys/class/devcoredump, or five minutes have passed; that the driver is unbound does
 * not end it. Until then all other requests fail with -EBUSY, and dmf.ko stays loaded.
 */

struct dmf_live_kernel_dump;

/* So many regions may be registered with one device. */
#define DMF_LIVE_KERNEL_DUMP_REGIONS_MAX	256

/* A Config that says nothing limits the dump to this. */
#define DMF_LIVE_KERNEL_DUMP_SIZE_DEFAULT	SZ_4M

/* Of a region: its name and size are dumped, what it holds is not. */
#define DMF_LIVE_KERNEL_DUMP_SECRET		BIT(0)

/* Of a request: neither the device, nor its Modules, nor regions that are registered. */
#define DMF_LIVE_KERNEL_DUMP_EXCLUDE_DMF_DATA	BIT(0)

/**
 * struct dmf_live_kernel_dump_config - Config of LiveKernelDump
 * @report_type: what the driver calls its dumps, at most 15 characters; not copied. NULL
 *	for no name.
 * @size_max: of a dump in bytes: 0, or from 4 KiB to 64 MiB. What does not fit is cut
 *	and marked.
 * @initialize: registers the Client's regions, or NULL. Called once, before the other
 *	Modules open; an error ends that. DMF: EVT_DMF_LiveKernelDump_Initialize.
 *
 * DMF: DMF_LiveKernelDump_CONFIG_INIT.
 */
struct dmf_live_kernel_dump_config {
	const char *report_type;
	size_t size_max;
	int (*initialize)(struct dmf_live_kernel_dump *dump);
};

/**
 * struct dmf_live_kernel_dump_region - memory that goes into dumps
 * @name: what it is; copied, at most 63 bytes of it.
 * @address: of the memory. Nothing else tells regions apart.
 * @size: of it in bytes, not 0.
 * @flags: 0 or DMF_LIVE_KERNEL_DUMP_SECRET.
 * @module: whose it is; NULL for the Client's. All regions of a secret one are secret.
 */
struct dmf_live_kernel_dump_region {
	const char *name;
	const void *address;
	size_t size;
	unsigned int flags;
	const struct dmf_module *module;
};

/**
 * struct dmf_live_kernel_dump_request - why a dump is made, and what else goes into it
 * @code: the reason, by a number of the driver's own (DMF: BugCheckCode).
 * @parameter: what belongs to it (DMF: BugCheckParameter).
 * @text: the reason in words, at most 127 bytes of it; or NULL.
 * @flags: 0 or DMF_LIVE_KERNEL_DUMP_EXCLUDE_DMF_DATA.
 * @structures: memory for this one dump, or NULL (DMF: ClientStructures, and the
 *	secondary data).
 * @structure_count: of them, at most DMF_LIVE_KERNEL_DUMP_REGIONS_MAX.
 *
 * Nothing of it is kept.
 */
struct dmf_live_kernel_dump_request {
	u64 code;
	u64 parameter;
	const char *text;
	unsigned int flags;
	const struct dmf_live_kernel_dump_region *structures;
	unsigned int structure_count;
};

DMF_DECLARE_MODULE(live_kernel_dump);

/**
 * dmf_live_kernel_dump_from_device - the feature of a device
 * @ddev: the device
 *
 * Context: any, after modules_add, while the device is bound.
 * Return: it, or NULL if the driver does without.
 */
static inline struct dmf_live_kernel_dump *
dmf_live_kernel_dump_from_device(const struct dmf_device *ddev)
{
	return (struct dmf_live_kernel_dump *)
	       dmf_feature_module_get_from_device(ddev, DMF_FEATURE_LIVE_KERNEL_DUMP);
}

/**
 * dmf_live_kernel_dump_from_module - the feature of a Module's device
 * @module: the Module that asks; a dynamic one may
 *
 * Context: any, while the Module exists.
 * Return: it, or NULL if the driver does without.
 */
static inline struct dmf_live_kernel_dump *
dmf_live_kernel_dump_from_module(const struct dmf_module *module)
{
	return (struct dmf_live_kernel_dump *)
	       dmf_feature_module_get_from_module(module, DMF_FEATURE_LIVE_KERNEL_DUMP);
}

/**
 * dmf_live_kernel_dump_data_buffer_source_add - have memory in all dumps
 * @dump: the feature; NULL does nothing
 * @region: the memory
 *
 * DMF: DMF_LiveKernelDump_DataBufferSourceAdd, DMF_LIVEKERNELDUMP_POINTER_STORE.
 *
 * Context: process, may sleep; while the device's Modules exist. Waits for a dump that
 * copies regions.
 * Return: 0; -EINVAL if there is no name, address or size, or flags are unknown; -EEXIST
 * if the address is registered; -ENOSPC if DMF_LIVE_KERNEL_DUMP_REGIONS_MAX are; -ENOMEM.
 */
int dmf_live_kernel_dump_data_buffer_source_add(struct dmf_live_kernel_dump *dump,
						const struct dmf_live_kernel_dump_region *region);

/**
 * dmf_live_kernel_dump_data_buffer_source_remove - have it in no dump any more
 * @dump: the feature; NULL does nothing
 * @address: of the region
 *
 * From then on the memory may go.
 *
 * DMF: DMF_LiveKernelDump_DataBufferSourceRemove, DMF_LIVEKERNELDUMP_POINTER_REMOVE,
 * DMF_MODULE_LIVEKERNELDUMP_POINTER_REMOVE.
 *
 * Context: process, may sleep; while the device's Modules exist. Waits for a dump that
 * copies regions.
 * Return: 0; -ENOENT if no such region is registered.
 */
int dmf_live_kernel_dump_data_buffer_source_remove(struct dmf_live_kernel_dump *dump,
						   const void *address);

/**
 * dmf_module_live_kernel_dump_pointer_store - have a Module's memory in all dumps
 * @module: the Module
 * @name: what the memory is; copied
 * @address: of the memory
 * @size: of it in bytes
 * @flags: 0 or DMF_LIVE_KERNEL_DUMP_SECRET
 *
 * Until the Module has closed: it goes on the Module's undo list, so it is removed
 * before memory is freed that open() has put on that list earlier. Without the
 * feature nothing happens.
 *
 * DMF: DMF_MODULE_LIVEKERNELDUMP_POINTER_STORE.
 *
 * Context: process, may sleep; within open() of @module.
 * Return: as dmf_live_kernel_dump_data_buffer_source_add().
 */
int dmf_module_live_kernel_dump_pointer_store(struct dmf_module *module, const char *name,
					      const void *address, size_t size,
					      unsigned int flags);

/**
 * dmf_live_kernel_dump_live_kernel_memory_dump_create - make a dump now
 * @dump: the feature; NULL does nothing
 * @why: the reason, and what else goes into it
 *
 * DMF: DMF_LiveKernelDump_LiveKernelMemoryDumpCreate, DMF_LIVEKERNELDUMP_CREATE,
 * DMF_MODULE_LIVEKERNELDUMP_CREATE.
 *
 * Context: process, may sleep; without a lock that show callbacks of the device's Modules
 * take.
 * Return: 0, -EINVAL if a structure or flag is none, -EBUSY if there is a dump of the
 * device already, -ENOMEM, -ENODEV if the device is going, -EOPNOTSUPP if the kernel takes
 * no dumps.
 */
int
dmf_live_kernel_dump_live_kernel_memory_dump_create(struct dmf_live_kernel_dump *dump,
						    const struct dmf_live_kernel_dump_request *why);

/**
 * dmf_live_kernel_dump_create_deferred - make a dump in a moment
 * @dump: the feature; NULL does nothing
 * @code: as in &struct dmf_live_kernel_dump_request
 * @parameter: the same
 * @text: the same; copied
 *
 * For those who may not sleep. The dump is made by a work item; if that fails, the log
 * says so.
 *
 * Context: any; not hard interrupts of PREEMPT_RT.
 * Return: 0, -EBUSY if one was asked for in this way and has not been made yet, -ENODEV
 * if the device is going.
 */
int dmf_live_kernel_dump_create_deferred(struct dmf_live_kernel_dump *dump, u64 code,
					 u64 parameter, const char *text);

/**
 * dmf_live_kernel_dump_dmf_data_size_get - how much memory a dump would hold now
 * @dump: the feature; of NULL it is 0
 *
 * DMF: DMF_LiveKernelDump_DmfDataSizeGet, DMF_LIVEKERNELDUMP_GET_DMF_DATA_SIZE.
 *
 * Context: as dmf_live_kernel_dump_live_kernel_memory_dump_create().
 * Return: the bytes of all Configs, structures of Modules and regions that are not secret;
 * 0 if the device is going.
 */
size_t dmf_live_kernel_dump_dmf_data_size_get(struct dmf_live_kernel_dump *dump);

#endif /* _LINUX_DMF_LIVE_KERNEL_DUMP_H */
