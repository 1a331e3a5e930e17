/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the author of a Module needs: descriptor, callbacks, locks, references
 * and the undo list.
 */
#ifndef _LINUX_DMF_MODULE_H
#define _LINUX_DMF_MODULE_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/jump_label.h>
#include <linux/kconfig.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uuid.h>

#include <linux/dmf/gate.h>
#include <linux/dmf/types.h>

struct dentry;
struct device;
struct dmf_branch_counters;
struct dmf_branch_table;
struct dmf_interface_desc;
struct dmf_recorder;
struct seq_file;

/**
 * DOC: Life of a Module
 *
 * The core allocates a Module inside the structure that its author declares
 * (&struct dmf_module_desc.size), zeroed, and frees it. It is created while the
 * device is probed, opened and closed as its open option says, and destroyed
 * while the device is unbound. A dynamic Module is created and opened at any
 * time in between, and destroyed by hand or with its parent. No Module outlives
 * remove, and so none needs a reference count.
 *
 * created -> opening -> opened -> closing -> closed -> (opening ...) -> destroyed
 *
 * A failed open leads back to created. Whoever calls a Method from outside the
 * Module's own callbacks may come too early or too late; such Methods enter the
 * Module's gate with dmf_module_acquire(), which is open exactly in the state
 * opened. The state stays opened while pre_close runs and while the core waits
 * for those inside the gate.
 *
 * Children are opened before their parent's open() runs and closed after its
 * close() has returned, if their open options coincide. No callback is called
 * with a lock of the core held.
 */

/**
 * enum dmf_lock_option - what kind of locks a Module has
 * @DMF_LOCK_PASSIVE: mutexes: the Module is used in process context only.
 * @DMF_LOCK_DISPATCH: spinlocks that disable interrupts.
 * @DMF_LOCK_DISPATCH_MAXIMUM: spinlocks, or mutexes in an instance whose
 *	attributes say passive_level.
 *
 * DMF: DMF_MODULE_OPTIONS_PASSIVE, _DISPATCH, _DISPATCH_MAXIMUM.
 */
enum dmf_lock_option {
	DMF_LOCK_PASSIVE,
	DMF_LOCK_DISPATCH,
	DMF_LOCK_DISPATCH_MAXIMUM,
};

/**
 * enum dmf_open_option - when a Module is opened and closed
 * @DMF_OPEN_CREATE: as soon as all Modules of the device have been created,
 *	until it is unbound; a dynamic Module: as long as it exists.
 * @DMF_OPEN_PREPARE_HARDWARE: from prepare_hardware to release_hardware.
 * @DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP: from the first d0_entry, and from each
 *	that ends a system sleep, to the d0_exit into the next system sleep or
 *	into removal. Runtime suspend leaves the Module open.
 * @DMF_OPEN_D0_ENTRY: from every d0_entry to the next d0_exit.
 * @DMF_NOTIFY_CREATE: the Module itself opens and closes, with
 *	dmf_module_open() and dmf_module_close(), when what it needs comes and
 *	goes. Its notification_register and notification_unregister are called
 *	when DMF_OPEN_CREATE would open and close it.
 * @DMF_NOTIFY_PREPARE_HARDWARE: the same, when DMF_OPEN_PREPARE_HARDWARE would.
 * @DMF_NOTIFY_D0_ENTRY: the same, when DMF_OPEN_D0_ENTRY would.
 *
 * A parent may not open, or begin to wait for notification, before a child
 * opens. Of a child that opens by notification nothing is asked: its parent
 * finds out by its callbacks and by what its Methods return.
 *
 * DMF: DmfModuleOpenOption.
 */
enum dmf_open_option {
	DMF_OPEN_CREATE,
	DMF_OPEN_PREPARE_HARDWARE,
	DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP,
	DMF_OPEN_D0_ENTRY,
	DMF_NOTIFY_CREATE,
	DMF_NOTIFY_PREPARE_HARDWARE,
	DMF_NOTIFY_D0_ENTRY,
};

/* Locks by index beside the default one. */
#define DMF_AUXILIARY_LOCKS_MAX		4

/* A Module may be nested so deep below its device (lockdep's subclasses). */
#define DMF_MODULE_DEPTH_MAX		7

/**
 * struct dmf_module_ops - callbacks of a Module
 *
 * All are optional, are called in process context and may sleep. Those that
 * bring a device up and down, from @prepare_hardware to @surprise_removal, are
 * never called two at a time for one device. They reach children before their
 * parent on the way up, and the other way round on the way down. Queries, and
 * what comes by open files, run at any time while the device is bound. Opening,
 * closing and their notifications never run two at a time for one Module.
 *
 * DMF: DMF_CALLBACKS_DMF and DMF_CALLBACKS_WDF.
 */
struct dmf_module_ops {
	/**
	 * @child_modules_add: Add the children and streams of the Module that
	 * has just been created. Return: 0 or -errno, which ends creation.
	 */
	int (*child_modules_add)(struct dmf_module *module, struct dmf_module_init *init);

	/**
	 * @resources_assign: Look up what the device offers. Called when the
	 * hardware is prepared, before the Module is opened then or later;
	 * not if it opens or is registered at creation. Return: 0 or -errno.
	 */
	int (*resources_assign)(struct dmf_module *module);

	/**
	 * @notification_register: Ask to be told when what the Module needs
	 * comes and goes; for the DMF_NOTIFY open options. What tells the
	 * Module calls dmf_module_open() and dmf_module_close(), which may
	 * happen before this returns. Return: 0 or -errno.
	 */
	int (*notification_register)(struct dmf_module *module);

	/**
	 * @notification_unregister: Ask no more; when this returns nothing
	 * tells the Module any more. If it is still open the core closes it.
	 */
	void (*notification_unregister)(struct dmf_module *module);

	/**
	 * @open: Make the Module ready for its Methods. What is put on the undo
	 * list here is undone after close(), or at once if open() fails.
	 * Return: 0 or -errno.
	 */
	int (*open)(struct dmf_module *module);

	/**
	 * @pre_close: Give back what callers have pended here, and wake what
	 * waits inside Methods. Methods still work.
	 */
	void (*pre_close)(struct dmf_module *module);

	/**
	 * @close: Undo what open() did and the undo list does not. Nobody is
	 * inside the gate. Not called for an open() that failed.
	 */
	void (*close)(struct dmf_module *module);

	/**
	 * @destroy: Undo what a successful child_modules_add() did besides
	 * adding children, which have been destroyed.
	 */
	void (*destroy)(struct dmf_module *module);

	/** @prepare_hardware: The device's resources are there. */
	int (*prepare_hardware)(struct dmf_module *module);

	/** @release_hardware: The device's resources are about to go. */
	void (*release_hardware)(struct dmf_module *module);

	/** @d0_entry: The device has entered its working state from @previous. */
	int (*d0_entry)(struct dmf_module *module, enum dmf_power previous);

	/** @d0_exit: The device is about to leave its working state for @target. */
	int (*d0_exit)(struct dmf_module *module, enum dmf_power target);

	/** @d0_entry_post_interrupts_enabled: Interrupts have been connected. */
	int (*d0_entry_post_interrupts_enabled)(struct dmf_module *module,
						enum dmf_power previous);

	/** @d0_exit_pre_interrupts_disabled: Interrupts are about to be disconnected. */
	int (*d0_exit_pre_interrupts_disabled)(struct dmf_module *module,
					       enum dmf_power target);

	/**
	 * @arm_wake_from_s0: The device is about to idle and can wake itself
	 * up: make the hardware do so. Return: 0 or -errno.
	 */
	int (*arm_wake_from_s0)(struct dmf_module *module);

	/** @disarm_wake_from_s0: Undo a successful arm_wake_from_s0(). */
	void (*disarm_wake_from_s0)(struct dmf_module *module);

	/** @wake_from_s0_triggered: It was this device that ended the idling. */
	void (*wake_from_s0_triggered)(struct dmf_module *module);

	/**
	 * @arm_wake_from_sx_with_reason: The system is about to sleep and this
	 * device may wake it: make the hardware do so. @device_wake_enabled
	 * says that user space wants it, @children_armed_for_wake that a device
	 * below this one may wake the system. Return: 0 or -errno.
	 */
	int (*arm_wake_from_sx_with_reason)(struct dmf_module *module,
					    bool device_wake_enabled,
					    bool children_armed_for_wake);

	/** @disarm_wake_from_sx: Undo a successful arm_wake_from_sx_with_reason(). */
	void (*disarm_wake_from_sx)(struct dmf_module *module);

	/** @wake_from_sx_triggered: It was this device that woke the system. */
	void (*wake_from_sx_triggered)(struct dmf_module *module);

	/** @self_managed_io_init: The device works for the first time. */
	int (*self_managed_io_init)(struct dmf_module *module);

	/** @self_managed_io_restart: The device works again. */
	int (*self_managed_io_restart)(struct dmf_module *module);

	/** @self_managed_io_suspend: The device is about to stop working. */
	int (*self_managed_io_suspend)(struct dmf_module *module);

	/** @self_managed_io_flush: The device is removed: give up what is queued. */
	void (*self_managed_io_flush)(struct dmf_module *module);

	/** @self_managed_io_cleanup: Undo a successful self_managed_io_init(). */
	void (*self_managed_io_cleanup)(struct dmf_module *module);

	/** @surprise_removal: The hardware has gone; remove is under way. */
	void (*surprise_removal)(struct dmf_module *module);

	/**
	 * @query_remove: Somebody would like to unbind the device.
	 * Return: 0, or a negative errno to say that it is in use.
	 */
	int (*query_remove)(struct dmf_module *module);

	/**
	 * @query_stop: Somebody would like to stop the device for a while, to
	 * give it other resources. Return: 0, or a negative errno.
	 */
	int (*query_stop)(struct dmf_module *module);

	/** @relations_query: Look for devices of the given kind again. */
	void (*relations_query)(struct dmf_module *module, enum dmf_relation relation);

	/**
	 * @file_create: A file was opened. Return: true if this Module decides
	 * the matter, with the result of open(2) in *@status.
	 */
	bool (*file_create)(struct dmf_module *module, struct dmf_file *file, int *status);

	/** @file_cleanup: Nobody uses the file any more. Return: true if handled. */
	bool (*file_cleanup)(struct dmf_module *module, struct dmf_file *file);

	/** @file_close: The file goes; follows @file_cleanup. Return: true if handled. */
	bool (*file_close)(struct dmf_module *module, struct dmf_file *file);

	/**
	 * @queue_io_read: A read(2). Return: true if the request has been
	 * completed or pended, false to let the next one look at it.
	 */
	bool (*queue_io_read)(struct dmf_module *module, struct dmf_request *request);

	/** @queue_io_write: A write(2), as @queue_io_read. */
	bool (*queue_io_write)(struct dmf_module *module, struct dmf_request *request);

	/** @device_io_control: An ioctl(2), as @queue_io_read. */
	bool (*device_io_control)(struct dmf_module *module, struct dmf_request *request);

	/**
	 * @internal_device_io_control: A request of another driver, see
	 * dmf_device_internal_ioctl(); as @queue_io_read. No file is behind it.
	 */
	bool (*internal_device_io_control)(struct dmf_module *module,
					   struct dmf_request *request);

	/** @poll: Return: what could be done on the file now without blocking. */
	__poll_t (*poll)(struct dmf_module *module, struct dmf_file *file);

	/**
	 * @show: Add the Module's figures to its line of the live tree. The one
	 * callback that may have a lock of the core held: it must neither create nor
	 * destroy Modules, nor take a lock that is held when that is done.
	 */
	void (*show)(struct dmf_module *module, struct seq_file *seq);
};

/**
 * struct dmf_module_desc - what a kind of Module is
 * @name: name of the Module, in the form of its source file's name.
 * @size: size of the author's structure, whose first member is its
 *	&struct dmf_module.
 * @config_size: size of the Module's Config, 0 if it has none.
 * @lock: kind of the Module's locks.
 * @auxiliary_locks: number of locks beside the default one.
 * @open_option: when the Module is opened and closed.
 * @feature: what the Module is for all of its device, DMF_FEATURE_NONE for most.
 * @recorder_size: size of a flight recorder of the Module's own in bytes, of which
 *	DMF_RECORDER_SIZE_DEFAULT is a good one; 0 to share the device's. See
 *	recorder.h. A Client may want another size in its attributes.
 *	DMF: DMF_MODULE_DESCRIPTOR.InFlightRecorderSize.
 * @branches: the table of the Module's branches, DMF_BRANCHES(), or NULL; see
 *	branch_track.h.
 * @ops: the Module's callbacks.
 * @select: for a Module whose open option or callbacks depend on its Config, or
 *	on whether it is dynamic: returns the descriptor to use, with the same
 *	name and sizes. @config is NULL if the Client gave none. NULL for the
 *	others.
 * @secret: what the Module is told or keeps is secret: dumps leave out its Config,
 *	its structure and the regions that it registers, and those of its children. See
 *	also &dmf_module_attributes.secret.
 * @interfaces: the Protocol and Transport interfaces that the Module implements,
 *	ended by an empty entry; NULL for none. See interface.h.
 * @required_transport_interface_guid: the Module calls a transport that speaks
 *	this; NULL if it requires none. See dmf_module_transport_call().
 * @supported_transport_interface_guid: the Module may serve as a transport that
 *	speaks this; NULL if it may not.
 * @transport_method: what a parent calls a transport for; required beside
 *	@supported_transport_interface_guid. What @message, input and output are is
 *	defined by whoever defines the GUID. Called with the Module open, in the
 *	context of the caller. Returns 0 or -errno.
 *
 * DMF: DMF_MODULE_DESCRIPTOR, DMF_MODULE_OPTIONS_TRANSPORT_REQUIRED and
 * DMF_[ModuleName]_TransportMethod.
 */
struct dmf_module_desc {
	const char *name;
	size_t size;
	size_t config_size;
	enum dmf_lock_option lock;
	unsigned int auxiliary_locks;
	enum dmf_open_option open_option;
	enum dmf_feature feature;
	size_t recorder_size;
	const struct dmf_branch_table *branches;
	bool secret;
	const struct dmf_module_ops *ops;
	const struct dmf_module_desc *(*select)(const void *config, bool dynamic);
	const struct dmf_interface_desc *interfaces;
	const guid_t *required_transport_interface_guid;
	const guid_t *supported_transport_interface_guid;
	int (*transport_method)(struct dmf_module *module, u32 message,
				const void *input, size_t input_size,
				void *output, size_t output_size);
};

/**
 * struct dmf_module_keys - lockdep's keys for one kind of Module
 *
 * Emitted by DMF_DEFINE_MODULE(). Each lock of each kind has one, so that an
 * instance with a mutex and one with a spinlock are not taken for each other.
 */
struct dmf_module_keys {
	/* private: */
	struct lock_class_key gate;
	struct lock_class_key mutex[1 + DMF_AUXILIARY_LOCKS_MAX];
	struct lock_class_key spinlock[1 + DMF_AUXILIARY_LOCKS_MAX];
};

/**
 * struct dmf_lock - a lock of a Module
 *
 * Which member of the union is valid follows from the Module's lock option.
 */
struct dmf_lock {
	/* private: */
	union {
		struct mutex mutex;		/* guards what the Module decides */
		struct {
			spinlock_t spinlock;	/* the same */
			unsigned long flags;	/* written and read by the lock's holder */
		};
	};
	unsigned long contended;		/* how often it was not free; by the holder */
	u64 wait_ns;				/* how long that took, in all; the same */
	u64 longest_ns;				/* of one time; the same */
};

/**
 * struct dmf_dynamics - the dynamic Modules of a device or of a Module
 */
struct dmf_dynamics {
	/* private: */
	struct list_head list;		/* under the device's dynamics_lock; latest last */
	struct dmf_gate gate;		/* entered by each of them, from creation on */
};

/**
 * struct dmf_module - the part of a Module that the core looks after
 *
 * No field is for the Module's author; see the functions below.
 */
struct dmf_module {
	/* private: */
	const struct dmf_module_desc *desc;
	struct dmf_device *ddev;
	struct dmf_module *parent;		/* NULL for a Module of the Client's */
	struct list_head children;		/* fixed once the tree is complete */
	struct list_head sibling;		/* in the parent's children, or dynamics */
	struct dmf_dynamics dynamics;
	const char *name;			/* instance name */
	void *config;				/* our copy */
	void *client_data;
	const struct dmf_module_event_callbacks *event_callbacks;
	struct dmf_stream *stream;		/* owned by the device, NULL if none */
	struct dmf_eventfds *eventfds;		/* the same */
	struct dmf_command_table *commands;	/* the same */
	struct dmf_branch_counters *branches;	/* the same; written once */
	struct dmf_module *transport;		/* one of @children, NULL if none is required */
	struct dmf_recorder *recorder;		/* its own, or the device's */
	unsigned int number;			/* from 1; no other Module of the device has it */
	unsigned int state;			/* enum dmf_module_state; see lifecycle.c */
	unsigned char depth;
	bool passive_level;			/* the locks are mutexes */
	bool complete;				/* child_modules_add has succeeded */
	bool dynamic;				/* in a dynamic tree */
	bool dynamic_root;			/* which can be destroyed by hand */
	bool registered;			/* may open by notification; see notification.c */
	bool wake_armed;			/* owes a disarm_wake callback */
	bool io_initialised;			/* owes self_managed_io_cleanup */
	bool is_transport;			/* of its parent */
	bool secret;				/* no dump has its memory */
	bool unbinding;				/* is not bound any more; see interface.c */
	unsigned long transition;		/* bit lock: one open or close at a time */
	struct task_struct *transition_task;	/* who has it */
	struct list_head undo;			/* open()'s undo list; under @transition */
	struct dmf_gate gate;			/* open in state opened */
	unsigned long last_taker;		/* of a reference, if CONFIG_DMF_DEBUG_REFS */
	struct dentry *debugfs;			/* its folder; see debugfs.c */
	struct dmf_lock lock;			/* the Module's own data, as it decides */
	struct dmf_lock *auxiliary;
};

#if !defined(CONFIG_DEBUG_LOCK_ALLOC) && !defined(CONFIG_DEBUG_MUTEXES) && \
	!defined(CONFIG_DEBUG_SPINLOCK)
static_assert(sizeof(struct dmf_module) <= 512);
#endif

/* Identity */

/**
 * dmf_module_name - the instance name
 * @module: the Module
 *
 * Context: any.
 * Return: a string that lives as long as the Module.
 */
static inline const char *dmf_module_name(const struct dmf_module *module)
{
	return module->name;
}

/**
 * dmf_module_config - the Module's copy of its Config
 * @module: the Module
 *
 * A Client that gave no Config has given one of zeros.
 *
 * DMF: DMF_CONFIG_GET.
 *
 * Context: any.
 * Return: the copy, which belongs to the Module; NULL if its kind has no Config.
 */
static inline void *dmf_module_config(const struct dmf_module *module)
{
	return module->config;
}

/**
 * dmf_module_is_passive_level - whether the Module's locks are mutexes
 * @module: the Module
 *
 * DMF: DMF_IsModulePassiveLevel.
 *
 * Context: any.
 * Return: true if Methods that lock may only be called in process context.
 */
static inline bool dmf_module_is_passive_level(const struct dmf_module *module)
{
	return module->passive_level;
}

/**
 * dmf_module_is_dynamic - whether the Module belongs to a dynamic tree
 * @module: the Module
 *
 * DMF: DMF_ModuleIsDynamic.
 *
 * Context: any.
 * Return: true if the device's events do not reach the Module.
 */
static inline bool dmf_module_is_dynamic(const struct dmf_module *module)
{
	return module->dynamic;
}

struct device *dmf_module_device(const struct dmf_module *module);
struct dmf_module *dmf_feature_module_get_from_module(const struct dmf_module *module,
						      enum dmf_feature feature);

/* Opening and closing by notification */

int dmf_module_open(struct dmf_module *module);
void dmf_module_close(struct dmf_module *module);

/* Filters */

bool dmf_module_is_in_filter_driver(const struct dmf_module *module);
bool dmf_module_request_complete_or_forward(struct dmf_module *module,
					    struct dmf_request *request, int status);
struct dmf_device *dmf_filter_device_get(const struct dmf_module *module);

/* References: the Module's gate */

/* Whom to name when closing waits long; the address is that of the caller's code. */
static __always_inline void dmf_module_note_taker(struct dmf_module *module)
{
	if (IS_ENABLED(CONFIG_DMF_DEBUG_REFS))
		WRITE_ONCE(module->last_taker, _THIS_IP_);
}

/**
 * dmf_module_acquire - begin a Method
 * @module: the Module
 *
 * DMF: DMF_ModuleAcquire.
 *
 * Context: any, hard interrupts of PREEMPT_RT included.
 * Return: 0, and the caller owes dmf_module_release() in the same context;
 * -ENODEV if the Module is not open or is closing.
 */
static __always_inline int dmf_module_acquire(struct dmf_module *module)
{
	if (!dmf_gate_enter(&module->gate))
		return -ENODEV;
	dmf_module_note_taker(module);
	return 0;
}

/**
 * dmf_module_release - end a Method
 * @module: the Module
 *
 * DMF: DMF_ModuleRelease.
 *
 * Context: the one of dmf_module_acquire().
 */
static inline void dmf_module_release(struct dmf_module *module)
{
	dmf_gate_leave(&module->gate);
}

/**
 * dmf_module_reference - keep a Module open until further notice
 * @module: the Module
 *
 * Closing the Module waits for every reference. A Client gives it back at the
 * latest in its on_notification_pre_close callback.
 *
 * DMF: DMF_ModuleReference.
 *
 * Context: any, hard interrupts of PREEMPT_RT included.
 * Return: 0, and somebody owes dmf_module_dereference(), in whatever context;
 * -ENODEV if the Module is not open or is closing.
 */
static __always_inline int dmf_module_reference(struct dmf_module *module)
{
	if (!dmf_gate_enter_detached(&module->gate))
		return -ENODEV;
	dmf_module_note_taker(module);
	return 0;
}

/**
 * dmf_module_dereference - give back a reference
 * @module: the Module; it may be closed when this returns
 *
 * DMF: DMF_ModuleDereference.
 *
 * Context: any, hard interrupts of PREEMPT_RT included.
 */
static inline void dmf_module_dereference(struct dmf_module *module)
{
	dmf_gate_leave_detached(&module->gate);
}

/* Gates of a Module's own */

void dmf_module_drain(struct dmf_module *module, struct dmf_gate *gate, const char *users,
		      const unsigned long *last);

/* Locks */

/* Raised while somebody wants to know how long locks are waited for; see lock.c. */
DECLARE_STATIC_KEY_FALSE(dmf_locks_watched);
void __cold __dmf_lock_take_watched(const struct dmf_module *module, struct dmf_lock *lock)
	__acquires(&lock->spinlock);

/*
 * sparse cannot see that a mutex is a lock; tell it. What is called so often that a jump
 * matters has spinlocks.
 */
static inline void __dmf_lock_take(const struct dmf_module *module, struct dmf_lock *lock)
	__acquires(&lock->spinlock)
{
	unsigned long flags;

	if (static_branch_unlikely(&dmf_locks_watched)) {
		__dmf_lock_take_watched(module, lock);
	} else if (unlikely(module->passive_level)) {
		mutex_lock(&lock->mutex);
		__acquire(&lock->spinlock);
	} else {
		spin_lock_irqsave(&lock->spinlock, flags);
		lock->flags = flags;
	}
}

static inline void __dmf_lock_drop(const struct dmf_module *module, struct dmf_lock *lock)
	__releases(&lock->spinlock)
{
	if (unlikely(module->passive_level)) {
		mutex_unlock(&lock->mutex);
		__release(&lock->spinlock);
	} else {
		spin_unlock_irqrestore(&lock->spinlock, lock->flags);
	}
}

/**
 * dmf_module_lock - take the default lock of a Module
 * @module: the Module whose code calls
 *
 * DMF: DMF_ModuleLock.
 *
 * Context: process if dmf_module_is_passive_level(), else where spin_lock_irqsave()
 * is legal. Not recursive.
 */
static inline void dmf_module_lock(struct dmf_module *module)
	__acquires(&module->lock.spinlock)
{
	__dmf_lock_take(module, &module->lock);
}

/**
 * dmf_module_unlock - drop the default lock of a Module
 * @module: the Module whose code calls
 *
 * DMF: DMF_ModuleUnlock.
 *
 * Context: the one of dmf_module_lock().
 */
static inline void dmf_module_unlock(struct dmf_module *module)
	__releases(&module->lock.spinlock)
{
	__dmf_lock_drop(module, &module->lock);
}

void dmf_module_auxiliary_lock(struct dmf_module *module, unsigned int index);
void dmf_module_auxiliary_unlock(struct dmf_module *module, unsigned int index);
void dmf_module_assert_locked(struct dmf_module *module);
void dmf_module_assert_auxiliary_locked(struct dmf_module *module, unsigned int index);

/* The undo list */

int dmf_module_add_action_or_reset(struct dmf_module *module, void (*action)(void *data),
				   void *data);
void *dmf_module_kzalloc(struct dmf_module *module, size_t size);
void __iomem *dmf_module_ioremap(struct dmf_module *module, phys_addr_t start, size_t size);

/* Streams: what read(2), poll(2) and DMF_IOC_WAIT consume */

/* What a consumer of a stream takes at a time: at most so many runs, of so many records. */
#define DMF_STREAM_RUNS		4
#define DMF_STREAM_BATCH	64

/**
 * struct dmf_stream_run - records on their way to a consumer
 * @data: what to copy: @count records of one size, one behind the other. The memory
 *	stays the Module's.
 * @size: size of one record in bytes.
 * @count: number of records, at least 1.
 * @cookie: the Module's; the core does not look at it.
 *
 * A Module whose records stand in memory one by one makes a run of each.
 */
struct dmf_stream_run {
	const void *data;
	u32 size;
	u32 count;
	void *cookie;
};

/**
 * struct dmf_stream_info - what a program may know about a stream
 * @record_size: of the largest record, in bytes.
 * @depth: how many records are kept, 0 without a fixed limit.
 * @queued: how many records are there for the file.
 * @sequence: number of the latest event, 0 if there was none.
 * @lost: how many events nobody will get, or if each file gets all, the file will not.
 */
struct dmf_stream_info {
	u32 record_size;
	u32 depth;
	u32 queued;
	u64 sequence;
	u64 lost;
};

/**
 * struct dmf_stream_ops - a Module as a source of records
 *
 * The core calls these with the Module open and none of its locks held: @is_empty
 * from any number of consumers at a time, the others from one. Each record that
 * @pop has taken comes back once, by @done or by @push_back; a run may come back in
 * two parts, with the same cookie. In between the caller does not sleep. All are
 * required but @info and those of readers.
 */
struct dmf_stream_ops {
	/**
	 * @pop: Take the oldest records for @file: at most @max, which is from 1 to
	 * DMF_STREAM_BATCH, and so many that all of them together fit in @room
	 * bytes; fewer are all right. @runs, of which there are DMF_STREAM_RUNS, get
	 * them, oldest first. Return: the number of runs, 0 if there is no record;
	 * -ENOSPC if the oldest alone is larger than @room, which stays where it is.
	 */
	int (*pop)(struct dmf_module *module, struct dmf_file *file,
		   struct dmf_stream_run *runs, unsigned int max, size_t room);

	/** @done: These, the oldest of what @pop has taken, have been delivered. */
	void (*done)(struct dmf_module *module, struct dmf_file *file,
		     const struct dmf_stream_run *runs, unsigned int count);

	/**
	 * @push_back: These could not be delivered, and are the oldest again, in
	 * the order in which they stand in @runs.
	 */
	void (*push_back)(struct dmf_module *module, struct dmf_file *file,
			  const struct dmf_stream_run *runs, unsigned int count);

	/**
	 * @is_empty: Must not sleep. Return: true if @pop would find nothing. When all
	 * share the records, nobody asks again until dmf_module_wake_stream() is called.
	 */
	bool (*is_empty)(struct dmf_module *module, struct dmf_file *file);

	/**
	 * @info: Fill @info, which is zeroed, as of now and for @file. The Module need
	 * not be open. May be NULL: then a program is told zeros.
	 */
	void (*info)(struct dmf_module *module, struct dmf_file *file,
		     struct dmf_stream_info *info);

	/**
	 * @reader_size: 0: a record is for one of all who consume the stream. Else
	 * each open file gets all records: so many bytes the core keeps for the
	 * Module with each file, zeroed, see dmf_module_reader(). What is said
	 * above of consumers is then said of those of one file.
	 */
	size_t reader_size;

	/**
	 * @reader_add: A file was opened, whatever stream it will select. Called
	 * under a lock of all misc devices: it must be brief, and neither open nor
	 * close a node. The Module need not be open. Return: 0, or a negative
	 * errno, which open(2) returns. Only with @reader_size, and required then.
	 */
	int (*reader_add)(struct dmf_module *module, struct dmf_file *file, void *reader);

	/**
	 * @reader_remove: The file goes, or the device does; once for each
	 * successful @reader_add. Nobody pulls by the file any more, and no request
	 * of it is left. The Module need not be open.
	 */
	void (*reader_remove)(struct dmf_module *module, struct dmf_file *file, void *reader);
};

int dmf_module_add_stream(struct dmf_module_init *init, const struct dmf_stream_ops *ops);
void *dmf_module_reader(const struct dmf_module *module, const struct dmf_file *file);
void dmf_module_wake_stream(struct dmf_module *module);

/* Eventfds: what programs register with DMF_IOC_EVENT_SET */

/* A Module has so many events at most. */
#define DMF_MODULE_EVENTS_MAX	64

int dmf_module_add_eventfds(struct dmf_module_init *init, unsigned int count);
int dmf_module_signal_eventfd(struct dmf_module *module, unsigned int index);
unsigned int dmf_module_eventfd_count(const struct dmf_module *module);

/* Open files; dmf_file_set_context() in request.h is for whoever handles file_create */

int dmf_module_set_file_data(struct dmf_module *module, struct dmf_file *file, void *data);
void *dmf_module_get_file_data(const struct dmf_module *module, struct dmf_file *file);

/* Debugfs: files of the device beside the live tree, and what is shown in them */

int dmf_module_add_debugfs(struct dmf_module *module, const char *name, umode_t mode,
			   const struct file_operations *fops);

void dmf_text_show(struct seq_file *seq, const char *text);

/* Transports */

struct dmf_module *dmf_module_transport_get(const struct dmf_module *module);
int dmf_module_transport_call(struct dmf_module *module, u32 message,
			      const void *input, size_t input_size,
			      void *output, size_t output_size);

/* Creation */

int __dmf_module_add(struct dmf_module_init *init, const struct dmf_module_desc *desc,
		     struct dmf_module_keys *keys, const void *config,
		     const struct dmf_module_attributes *attributes,
		     struct dmf_module **handle);
int __dmf_module_create(struct dmf_device *ddev, struct dmf_module *parent,
			const struct dmf_module_desc *desc, struct dmf_module_keys *keys,
			const void *config, const struct dmf_module_attributes *attributes,
			struct dmf_module **handle);

/**
 * DMF_DEFINE_MODULE - make the functions that create Modules of one kind
 * @_name: name of the kind; &struct dmf_@_name, &struct dmf_@_name_config and
 *	the descriptor @_name_desc must be known
 *
 * The counterpart in the kind's header is DMF_DECLARE_MODULE(). The author
 * exports dmf_@_name_add() and dmf_@_name_create() if other .ko files use them.
 */
#define DMF_DEFINE_MODULE(_name)						\
static struct dmf_module_keys _name##_keys;					\
int dmf_##_name##_add(struct dmf_module_init *init,				\
		      const struct dmf_##_name##_config *config,		\
		      const struct dmf_module_attributes *attributes,		\
		      struct dmf_##_name **handle)				\
{										\
	static_assert(!offsetof(struct dmf_##_name, module));			\
										\
	return __dmf_module_add(init, &_name##_desc, &_name##_keys, config,	\
				attributes, (struct dmf_module **)handle);	\
}										\
int dmf_##_name##_create(struct dmf_device *ddev, struct dmf_module *parent,	\
			 const struct dmf_##_name##_config *config,		\
			 const struct dmf_module_attributes *attributes,	\
			 struct dmf_##_name **handle)				\
{										\
	return __dmf_module_create(ddev, parent, &_name##_desc, &_name##_keys,	\
				   config, attributes,				\
				   (struct dmf_module **)handle);		\
}

#endif /* _LINUX_DMF_MODULE_H */
