/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the author of a Client Driver needs: a driver made of Modules.
 */
#ifndef _LINUX_DMF_DEVICE_H
#define _LINUX_DMF_DEVICE_H

#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/pm.h>
#include <linux/poll.h>
#include <linux/types.h>

#include <linux/dmf/types.h>

struct device;
struct dmf_branch_track_config;
struct dmf_filterable;
struct dmf_live_kernel_dump_config;
struct module;

/**
 * DOC: Life of a device
 *
 * A &struct dmf_device belongs to one binding of a driver to a &struct device.
 * dmf_device_probe() makes it and dmf_device_remove() takes it away; between
 * the two dev_get_drvdata() of the device is the &struct dmf_device, and the
 * Client keeps its own structure with dmf_device_get_drvdata(). That structure
 * is allocated and freed by the core and lives as long as the Modules do.
 *
 * The macro of its bus, such as module_dmf_pci_driver(), calls them for a driver
 * that is nothing but a Client. A driver with a probe and a drvdata of its own
 * calls dmf_device_create() and dmf_device_destroy() instead.
 *
 * An open file may outlive the binding. It keeps the &struct dmf_device alive
 * and the Client's .ko loaded, but reaches neither Modules nor Client any more.
 *
 * Coming up: modules_add, Modules with DMF_OPEN_CREATE open, prepare_hardware,
 * d0_entry, interrupts are connected, d0_entry_post_interrupts_enabled, wake-up
 * is disarmed, self_managed_io_init (later: _restart). Going down is the exact
 * reverse; wake-up is armed if the device is to wake itself or the system. At
 * each step children come before their parent, in the order they were added,
 * and the Client comes last. A step that fails undoes those before it.
 */

/**
 * enum dmf_queue_option - how requests reach a device's handlers
 * @DMF_QUEUE_CONCURRENT: whenever they come.
 * @DMF_QUEUE_SEQUENTIAL: one at a time, in the order in which they came. The next
 *	is dispatched when the handler of the one before has returned and that one
 *	has been completed, or pended without DMF_PEND_ACTIVE; pended with it, the
 *	request keeps the queue busy until it is completed.
 * @DMF_QUEUE_NONE: not at all: nobody handles requests.
 *
 * DMF: WDF_IO_QUEUE_DISPATCH_TYPE; DMF_DmfDeviceInitHookQueueConfig.
 */
enum dmf_queue_option {
	DMF_QUEUE_CONCURRENT,
	DMF_QUEUE_SEQUENTIAL,
	DMF_QUEUE_NONE,
};

/**
 * struct dmf_client_ops - callbacks of a Client Driver
 *
 * All are optional; the device's events have the meaning that &struct
 * dmf_module_ops describes for Modules. The Client is the last to see an event
 * on the way up and the first on the way down. Of requests and files it sees
 * what no Module has handled.
 *
 * DMF: DMF_EVENT_CALLBACKS and the Client's own WDF callbacks.
 */
struct dmf_client_ops {
	/**
	 * @modules_add: Add the Modules, with dmf_<module>_add(init, ...).
	 * DMF: EVT_DMF_DEVICE_MODULES_ADD. Return: 0 or -errno.
	 */
	int (*modules_add)(struct dmf_device *ddev, struct dmf_module_init *init);

	/** @prepare_hardware: Take the device's resources; devm_* is fine here. */
	int (*prepare_hardware)(struct dmf_device *ddev);
	/** @release_hardware: Give them back, unless devm_* does. */
	void (*release_hardware)(struct dmf_device *ddev);
	/** @d0_entry: Start the device; interrupts come a step later. */
	int (*d0_entry)(struct dmf_device *ddev, enum dmf_power previous);
	/** @d0_exit: Stop the device. */
	int (*d0_exit)(struct dmf_device *ddev, enum dmf_power target);
	/** @d0_entry_post_interrupts_enabled: Interrupts have been connected. */
	int (*d0_entry_post_interrupts_enabled)(struct dmf_device *ddev,
						enum dmf_power previous);
	/** @d0_exit_pre_interrupts_disabled: Interrupts are about to go. */
	int (*d0_exit_pre_interrupts_disabled)(struct dmf_device *ddev,
					       enum dmf_power target);
	/** @arm_wake_from_s0: Have the device end its own runtime suspend. */
	int (*arm_wake_from_s0)(struct dmf_device *ddev);
	/** @disarm_wake_from_s0: Undo a successful arm_wake_from_s0(). */
	void (*disarm_wake_from_s0)(struct dmf_device *ddev);
	/** @wake_from_s0_triggered: It was this device that did it. */
	void (*wake_from_s0_triggered)(struct dmf_device *ddev);
	/** @arm_wake_from_sx_with_reason: Have the device wake the system. */
	int (*arm_wake_from_sx_with_reason)(struct dmf_device *ddev, bool device_wake_enabled,
					    bool children_armed_for_wake);
	/** @disarm_wake_from_sx: Undo a successful arm_wake_from_sx_with_reason(). */
	void (*disarm_wake_from_sx)(struct dmf_device *ddev);
	/** @wake_from_sx_triggered: It was this device that did it. */
	void (*wake_from_sx_triggered)(struct dmf_device *ddev);
	/** @self_managed_io_init: The device works for the first time. */
	int (*self_managed_io_init)(struct dmf_device *ddev);
	/** @self_managed_io_restart: The device works again. */
	int (*self_managed_io_restart)(struct dmf_device *ddev);
	/** @self_managed_io_suspend: The device is about to stop working. */
	int (*self_managed_io_suspend)(struct dmf_device *ddev);
	/** @self_managed_io_flush: The device is removed: give up what is queued. */
	void (*self_managed_io_flush)(struct dmf_device *ddev);
	/** @self_managed_io_cleanup: Undo self_managed_io_init(). */
	void (*self_managed_io_cleanup)(struct dmf_device *ddev);
	/** @surprise_removal: The hardware has gone. */
	void (*surprise_removal)(struct dmf_device *ddev);

	/** @query_remove: Object to being unbound; see &dmf_module_ops.query_remove. */
	int (*query_remove)(struct dmf_device *ddev);
	/** @query_stop: Object to being stopped for a while. */
	int (*query_stop)(struct dmf_device *ddev);
	/** @relations_query: Look again for what is below the device. */
	void (*relations_query)(struct dmf_device *ddev, enum dmf_relation relation);

	/** @file_create: A file was opened; see &dmf_module_ops.file_create. */
	bool (*file_create)(struct dmf_device *ddev, struct dmf_file *file, int *status);
	/** @file_cleanup: Nobody uses the file any more. */
	bool (*file_cleanup)(struct dmf_device *ddev, struct dmf_file *file);
	/** @file_close: The file goes. */
	bool (*file_close)(struct dmf_device *ddev, struct dmf_file *file);
	/** @queue_io_read: A read(2); see &dmf_module_ops.queue_io_read. */
	bool (*queue_io_read)(struct dmf_device *ddev, struct dmf_request *request);
	/** @queue_io_write: A write(2). */
	bool (*queue_io_write)(struct dmf_device *ddev, struct dmf_request *request);
	/** @device_io_control: An ioctl(2). */
	bool (*device_io_control)(struct dmf_device *ddev, struct dmf_request *request);
	/** @internal_device_io_control: See &dmf_module_ops.internal_device_io_control. */
	bool (*internal_device_io_control)(struct dmf_device *ddev, struct dmf_request *request);
	/** @poll: What could be done on the file now without blocking. */
	__poll_t (*poll)(struct dmf_device *ddev, struct dmf_file *file);

	/** @commands: Those that have a handler each; see command.h. Copied. */
	const struct dmf_command *commands;
	/** @command_count: number of @commands. */
	unsigned int command_count;
	/** @queue: How reads, writes, ioctls and internal requests reach the handlers. */
	enum dmf_queue_option queue;
	/** @filterable: &dmf_filterable of filter.h if filters may be put on the device. */
	const struct dmf_filterable *filterable;

	/**
	 * @branch_track: Config of the feature BranchTrack, for a Client that has
	 * branches to track, or wants those of its Modules tracked; see branch_track.h.
	 * The feature exists only if dmf's parameter branch_track is set as well.
	 * DMF: DMF_DmfDeviceInitSetBranchTrackConfig.
	 */
	const struct dmf_branch_track_config *branch_track;
	/**
	 * @live_kernel_dump: Config of the feature LiveKernelDump, for a Client that wants
	 * one; see live_kernel_dump.h. DMF: DMF_DmfDeviceInitSetLiveKernelDumpConfig.
	 */
	const struct dmf_live_kernel_dump_config *live_kernel_dump;
};

/**
 * struct dmf_client - one Client Driver
 * @owner: the driver's .ko, kept loaded while a file is open.
 * @name: the driver's name; nodes are /dev/dmf/<name><n>, with a leading "dmf_"
 *	left out.
 * @ops: the driver's callbacks.
 * @drvdata_size: size of the driver's own structure, 0 if it has none.
 *
 * Emitted by the macros of the buses, such as module_dmf_pci_driver().
 */
struct dmf_client {
	struct module *owner;
	const char *name;
	const struct dmf_client_ops *ops;
	size_t drvdata_size;
	/* private: */
	struct ida instances;			/* the <n> of the nodes */
};

/**
 * DMF_CLIENT_INIT - initialiser of a &struct dmf_client
 * @_client: the variable
 * @_ops: the driver's callbacks
 * @_drvdata_size: size of the driver's own structure
 */
#define DMF_CLIENT_INIT(_client, _ops, _drvdata_size) {			\
	.owner = THIS_MODULE,						\
	.name = KBUILD_MODNAME,						\
	.ops = (_ops),							\
	.drvdata_size = (_drvdata_size),				\
	.instances = IDA_INIT((_client).instances),			\
}

/* Binding, called by the glue of the buses */

int dmf_device_probe(struct device *dev, struct dmf_client *client);
void dmf_device_remove(struct device *dev, bool hardware_gone);
void dmf_device_shutdown(struct dmf_device *ddev);

/* Binding, called by a driver with its own probe, whose drvdata stays its own */

struct dmf_device *dmf_device_create(struct device *dev, struct dmf_client *client);
void dmf_device_destroy(struct dmf_device *ddev, bool hardware_gone);

/* Power, called by dmf_pm_ops or by a driver that has its own dev_pm_ops */

int dmf_device_system_down(struct dmf_device *ddev);
int dmf_device_runtime_down(struct dmf_device *ddev);
int dmf_device_power_down(struct dmf_device *ddev, enum dmf_power why);
int dmf_device_power_up(struct dmf_device *ddev);

/*
 * Power management for buses that use dev_pm_ops. The glue of a bus sets it; a
 * driver without glue may, if the drvdata of its device is the dmf_device.
 */
extern const struct dev_pm_ops dmf_pm_ops;

void dmf_device_wake_triggered(struct dmf_device *ddev);

/* Queries, for whoever is about to do what they ask about */

int dmf_device_query_remove(struct dmf_device *ddev);
int dmf_device_query_stop(struct dmf_device *ddev);
void dmf_device_rescan(struct dmf_device *ddev, enum dmf_relation relation);

/* What Clients ask */

void *dmf_device_get_drvdata(const struct dmf_device *ddev);
struct device *dmf_device_dev(const struct dmf_device *ddev);
const char *dmf_device_node_name(const struct dmf_device *ddev);
struct dmf_module *dmf_feature_module_get_from_device(const struct dmf_device *ddev,
						      enum dmf_feature feature);
struct dmf_device *dmf_device_lower(const struct dmf_device *ddev);

/* What other drivers do; dmf_device_internal_ioctl() is in request.h */

struct dmf_device *dmf_device_find(struct device *dev);
void dmf_device_get(struct dmf_device *ddev);
void dmf_device_put(struct dmf_device *ddev);

/**
 * struct dmf_interrupt - an interrupt of the device
 * @irq: its number.
 * @flags: IRQF_SHARED and trigger flags. What keeps PREEMPT_RT from threading
 *	the handler is refused: IRQF_NO_THREAD, IRQF_PERCPU, IRQF_ONESHOT beside a
 *	handler.
 * @handler: called in hard interrupt context, or NULL to only wake @thread. It
 *	answers for its own device's interrupt whatever state the driver is in.
 * @thread: called in process context if @handler returns IRQ_WAKE_THREAD, or
 *	NULL.
 * @irq_enable: let the device raise the interrupt; called after it has been
 *	connected. Required if @flags has IRQF_SHARED.
 * @irq_disable: keep the device from raising the interrupt; called before it is
 *	disconnected. Required if @flags has IRQF_SHARED.
 * @can_wake: while the device is armed for wake-up the interrupt stays connected,
 *	and @irq_disable is not called: it ends the sleep. Not with IRQF_SHARED.
 * @data: what the four callbacks get.
 *
 * Between D0Exit and D0Entry the interrupt is disconnected: neither @handler nor
 * @thread runs. A message or an edge that comes meanwhile, one that wakes up too,
 * is delivered when the interrupt is connected again. @irq_enable and
 * @irq_disable may sleep, and may not register interrupts.
 *
 * DMF: WDFINTERRUPT and its config.
 */
struct dmf_interrupt {
	unsigned int irq;
	unsigned long flags;
	irq_handler_t handler;
	irq_handler_t thread;
	void (*irq_enable)(void *data);
	void (*irq_disable)(void *data);
	bool can_wake;
	void *data;
};

int dmf_device_request_irq(struct dmf_device *ddev, const struct dmf_interrupt *interrupt);
int dmf_module_request_irq(struct dmf_module *module, const struct dmf_interrupt *interrupt);

#endif /* _LINUX_DMF_DEVICE_H */
