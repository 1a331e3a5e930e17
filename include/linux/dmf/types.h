/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small types that Clients and Modules share.
 */
#ifndef _LINUX_DMF_TYPES_H
#define _LINUX_DMF_TYPES_H

#include <linux/types.h>

struct dmf_command;
struct dmf_command_table;
struct dmf_device;
struct dmf_eventfds;
struct dmf_file;
struct dmf_filter_control;
struct dmf_filter_device;
struct dmf_module;
struct dmf_module_init;
struct dmf_request;
struct dmf_stream;

/**
 * enum dmf_power - power state of a device, or why it leaves the working state
 * @DMF_POWER_D0: the working state.
 * @DMF_POWER_IDLE: runtime suspend: nobody uses the device.
 * @DMF_POWER_SLEEP: the system goes to sleep.
 * @DMF_POWER_HIBERNATION: the system hibernates.
 * @DMF_POWER_FINAL: the device has not been started yet, or is being removed
 *	or shut down.
 *
 * DMF: WDF_POWER_DEVICE_STATE.
 */
enum dmf_power {
	DMF_POWER_D0,
	DMF_POWER_IDLE,
	DMF_POWER_SLEEP,
	DMF_POWER_HIBERNATION,
	DMF_POWER_FINAL,
};

/**
 * enum dmf_feature - Modules that every part of a driver can reach
 * @DMF_FEATURE_NONE: an ordinary Module.
 * @DMF_FEATURE_BRANCH_TRACK: BranchTrack.
 * @DMF_FEATURE_LIVE_KERNEL_DUMP: LiveKernelDump.
 * @DMF_FEATURES: number of features.
 *
 * DMF: DmfFeatureType.
 */
enum dmf_feature {
	DMF_FEATURE_NONE,
	DMF_FEATURE_BRANCH_TRACK,
	DMF_FEATURE_LIVE_KERNEL_DUMP,
	DMF_FEATURES,
};

/**
 * enum dmf_relation - what dmf_device_rescan() asks about
 * @DMF_RELATION_BUS: the devices below.
 * @DMF_RELATION_EJECTION: what goes when the device goes.
 * @DMF_RELATION_REMOVAL: what must go before the device goes.
 *
 * DMF: DEVICE_RELATION_TYPE.
 */
enum dmf_relation {
	DMF_RELATION_BUS,
	DMF_RELATION_EJECTION,
	DMF_RELATION_REMOVAL,
};

/**
 * struct dmf_module_event_callbacks - what a Client hears about a Module's life
 *
 * Called in process context, without locks of the core. They find the data of
 * whoever added the Module with dmf_module_client_data(),
 * dmf_parent_module_get() or dmf_parent_device_get(). All but
 * @on_notification_open are called whatever the Module's open option is.
 *
 * DMF: DMF_MODULE_EVENT_CALLBACKS.
 */
struct dmf_module_event_callbacks {
	/**
	 * @on_notification_open: What a Module with one of the DMF_NOTIFY open
	 * options waits for has come, and it is about to be opened.
	 * Return: 0, or a negative errno to keep it closed.
	 * DMF: EvtModuleOnDeviceNotificationOpen.
	 */
	int (*on_notification_open)(struct dmf_module *module);

	/**
	 * @on_notification_post_open: The Module has been opened; its Methods
	 * work. DMF: EvtModuleOnDeviceNotificationPostOpen.
	 */
	void (*on_notification_post_open)(struct dmf_module *module);

	/**
	 * @on_notification_pre_close: The Module is about to close; its Methods
	 * still work. References to it must be given back here at the latest.
	 * DMF: EvtModuleOnDeviceNotificationPreClose.
	 */
	void (*on_notification_pre_close)(struct dmf_module *module);

	/**
	 * @on_notification_close: The Module has been closed; its Methods fail
	 * until it is opened again. DMF: EvtModuleOnDeviceNotificationClose.
	 */
	void (*on_notification_close)(struct dmf_module *module);
};

/**
 * struct dmf_module_attributes - what an instance is beside its Config
 * @instance_name: name of the instance in messages, traces, debugfs and, if the
 *	Module offers a stream, in DMF_IOC_STREAM_SELECT; copied. NULL for the
 *	name of the kind.
 * @client_data: for the Client, see dmf_module_client_data().
 * @event_callbacks: what the Client wants to hear, or NULL; not copied.
 * @passive_level: the Module is used in process context only, so that one of
 *	DMF_LOCK_DISPATCH_MAXIMUM takes mutexes.
 * @recorder_size: size of the instance's own flight recorder in bytes; 0 for what its
 *	kind has. See recorder.h.
 * @secret: what this instance is told or keeps is secret: dumps leave out its Config,
 *	its structure and the regions that it registers, and those of its children.
 * @transport_module_add: for a Module that requires a transport: add exactly one
 *	Module, with its ordinary dmf_<module>_add(@init, ...); it becomes a child of
 *	@module. Called once, after @module has added its own children; the pointer
 *	is not kept. Returns 0 or -errno, which ends creation. Ignored by Modules
 *	that require no transport, so that one structure may serve several.
 *
 * DMF: DMF_MODULE_ATTRIBUTES.
 */
struct dmf_module_attributes {
	const char *instance_name;
	void *client_data;
	const struct dmf_module_event_callbacks *event_callbacks;
	bool passive_level;
	size_t recorder_size;
	bool secret;
	int (*transport_module_add)(struct dmf_module *module, struct dmf_module_init *init);
};

struct dmf_device *dmf_parent_device_get(const struct dmf_module *module);
struct dmf_module *dmf_parent_module_get(const struct dmf_module *module);
void *dmf_module_client_data(const struct dmf_module *module);
void dmf_module_destroy(struct dmf_module *module);

/**
 * DMF_DECLARE_MODULE - declare what DMF_DEFINE_MODULE() defines
 * @_name: name of the kind of Module
 *
 * Declares five functions:
 *
 * int dmf_@_name_add(init, config, attributes, handle) creates a Module, with
 * everything below it, for the Client or the parent whose list @init is.
 * @config and @attributes are copied and may be NULL. The handle is stored in
 * *@handle, which may be given as NULL; it is valid until the device has been
 * unbound. Process context. Returns 0, -ENOMEM, -EINVAL if attributes or open
 * options do not fit, or the errno of the kind's own checks.
 *
 * int dmf_@_name_create(ddev, parent, config, attributes, handle) creates and
 * opens a dynamic Module; see dmf/dynamic.c. @parent is the Module that it
 * belongs to, or NULL for the device @ddev. The handle is valid until the Module is
 * destroyed, by hand or with its parent. Process context, may sleep. Returns
 * what dmf_@_name_add() does, the errno of open, -EINVAL if the kind cannot be
 * dynamic, or -ENODEV if the parent is being destroyed.
 *
 * void dmf_@_name_destroy(handle) closes and destroys a dynamic Module; NULL is
 * ignored. Process context, may sleep; not within a callback of the Module.
 *
 * struct dmf_module *dmf_@_name_module(handle) is the handle as the functions
 * that serve all kinds of Modules take it, and struct dmf_device
 * *dmf_@_name_device(handle) the device that the Module lives on.
 *
 * DMF: DECLARE_DMF_MODULE.
 */
#define DMF_DECLARE_MODULE(_name)						\
struct dmf_##_name;								\
struct dmf_##_name##_config;							\
struct dmf_module_attributes;							\
int dmf_##_name##_add(struct dmf_module_init *init,				\
		      const struct dmf_##_name##_config *config,		\
		      const struct dmf_module_attributes *attributes,		\
		      struct dmf_##_name **handle);				\
int dmf_##_name##_create(struct dmf_device *ddev, struct dmf_module *parent,	\
			 const struct dmf_##_name##_config *config,		\
			 const struct dmf_module_attributes *attributes,	\
			 struct dmf_##_name **handle);				\
static inline void dmf_##_name##_destroy(struct dmf_##_name *handle)		\
{										\
	dmf_module_destroy((struct dmf_module *)handle);			\
}										\
static inline struct dmf_module *dmf_##_name##_module(struct dmf_##_name *handle) \
{										\
	return (struct dmf_module *)handle;					\
}										\
static inline struct dmf_device *dmf_##_name##_device(struct dmf_##_name *handle) \
{										\
	return dmf_parent_device_get((struct dmf_module *)handle);		\
}

#endif /* _LINUX_DMF_TYPES_H */
