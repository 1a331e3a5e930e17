/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the core share. Not for Modules, not for Clients.
 */
#ifndef _DMF_INTERNAL_H
#define _DMF_INTERNAL_H

#include <kunit/visibility.h>
#include <linux/device.h>
#include <linux/jump_label.h>
#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sockptr.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <linux/dmf/command.h>
#include <linux/dmf/device.h>
#include <linux/dmf/gate.h>
#include <linux/dmf/module.h>
#include <linux/dmf/request.h>
#include <linux/dmf/workqueue.h>
#include <uapi/linux/dmf/notify.h>

struct dmf_branch_track_query;
struct eventfd_ctx;
struct iov_iter;
struct module;
struct seq_file;

/**
 * enum dmf_module_state - see the DOC block of module.h
 * @DMF_MODULE_CREATED: not open, and not opened before or a failed open.
 * @DMF_MODULE_OPENING: open() runs.
 * @DMF_MODULE_OPENED: Methods work.
 * @DMF_MODULE_CLOSING: nobody is inside the gate, close() runs.
 * @DMF_MODULE_CLOSED: closed after having been open.
 * @DMF_MODULE_DESTROYED: about to be freed.
 */
enum dmf_module_state {
	DMF_MODULE_CREATED,
	DMF_MODULE_OPENING,
	DMF_MODULE_OPENED,
	DMF_MODULE_CLOSING,
	DMF_MODULE_CLOSED,
	DMF_MODULE_DESTROYED,
};

/**
 * enum dmf_phase_id - pairs of events, in the order of coming up
 * @DMF_PHASE_CREATE: Modules with DMF_OPEN_CREATE.
 * @DMF_PHASE_HARDWARE: prepare_hardware, release_hardware.
 * @DMF_PHASE_D0: d0_entry, d0_exit; the first that power_up() runs.
 * @DMF_PHASE_INTERRUPTS: the core connects and disconnects interrupts.
 * @DMF_PHASE_POST_INTERRUPTS: d0_entry_post_interrupts_enabled and its counterpart.
 * @DMF_PHASE_WAKE: disarm_wake_*, arm_wake_*; on the way up also wake_*_triggered.
 * @DMF_PHASE_SELF_MANAGED_IO: self_managed_io_init or _restart, and _suspend.
 * @DMF_PHASES: number of phases.
 */
enum dmf_phase_id {
	DMF_PHASE_CREATE,
	DMF_PHASE_HARDWARE,
	DMF_PHASE_D0,
	DMF_PHASE_INTERRUPTS,
	DMF_PHASE_POST_INTERRUPTS,
	DMF_PHASE_WAKE,
	DMF_PHASE_SELF_MANAGED_IO,
	DMF_PHASES,
};

/**
 * enum dmf_event_id - events that are not part of a phase
 * @DMF_EVENT_SELF_MANAGED_IO_FLUSH: down order, void.
 * @DMF_EVENT_SELF_MANAGED_IO_CLEANUP: down order, void.
 * @DMF_EVENT_SURPRISE_REMOVAL: down order, void.
 * @DMF_EVENT_QUERY_REMOVE: down order, ends with the first errno.
 * @DMF_EVENT_QUERY_STOP: the same.
 * @DMF_EVENT_RELATIONS_QUERY: down order, void.
 * @DMF_EVENT_FILE_CREATE: parents first, until handled; so are all that follow.
 * @DMF_EVENT_FILE_CLEANUP: of a file.
 * @DMF_EVENT_FILE_CLOSE: of a file.
 * @DMF_EVENT_QUEUE_IO_READ: of a request.
 * @DMF_EVENT_QUEUE_IO_WRITE: of a request.
 * @DMF_EVENT_DEVICE_IO_CONTROL: of a request.
 * @DMF_EVENT_POLL: of a file; all answers are collected.
 * @DMF_EVENT_INTERNAL_DEVICE_IO_CONTROL: of a request of another driver.
 * @DMF_EVENTS: number of events.
 */
enum dmf_event_id {
	DMF_EVENT_SELF_MANAGED_IO_FLUSH,
	DMF_EVENT_SELF_MANAGED_IO_CLEANUP,
	DMF_EVENT_SURPRISE_REMOVAL,
	DMF_EVENT_QUERY_REMOVE,
	DMF_EVENT_QUERY_STOP,
	DMF_EVENT_RELATIONS_QUERY,
	DMF_EVENT_FILE_CREATE,
	DMF_EVENT_FILE_CLEANUP,
	DMF_EVENT_FILE_CLOSE,
	DMF_EVENT_QUEUE_IO_READ,
	DMF_EVENT_QUEUE_IO_WRITE,
	DMF_EVENT_DEVICE_IO_CONTROL,
	DMF_EVENT_POLL,
	DMF_EVENT_INTERNAL_DEVICE_IO_CONTROL,
	DMF_EVENTS,
};

/**
 * enum dmf_io_state - what becomes of a new request
 * @DMF_IO_STOPPED: not started, or the device is gone: -ENODEV.
 * @DMF_IO_RUNNING: it is dispatched.
 * @DMF_IO_ASLEEP: it waits; a system transition is under way.
 * @DMF_IO_SHUT_DOWN: -ESHUTDOWN.
 * @DMF_IO_FAILED: -EIO: the device could not be brought up again.
 */
enum dmf_io_state {
	DMF_IO_STOPPED,
	DMF_IO_RUNNING,
	DMF_IO_ASLEEP,
	DMF_IO_SHUT_DOWN,
	DMF_IO_FAILED,
};

/**
 * enum dmf_wake - what the device is armed for
 * @DMF_WAKE_NONE: nothing.
 * @DMF_WAKE_S0: to end its own runtime suspend.
 * @DMF_WAKE_SX: to wake the system.
 */
enum dmf_wake {
	DMF_WAKE_NONE,
	DMF_WAKE_S0,
	DMF_WAKE_SX,
};

/* Modules that take part in a phase or an event, in its order. */
struct dmf_list {
	unsigned int count;
	struct dmf_module **modules;
};

/* Where a Module that is being created goes. */
struct dmf_module_init {
	struct dmf_device *ddev;
	struct dmf_module *parent;	/* NULL for the Client's own Modules */
	bool dynamic;			/* in a dynamic tree, or its root */
};

/* Requests in flight that were made in one place; see flight.c. */
struct dmf_flight {
	struct dmf_device *ddev;
	struct dmf_file *file;		/* NULL for requests of other drivers */
	spinlock_t lock;		/* guards @requests */
	struct list_head requests;
	unsigned int cancels;		/* how often they were cancelled; read without lock */
};

/* A device's commands are looked for in so many lists. */
#define DMF_COMMAND_BUCKETS	16

/* A row of a table, and where it is found. */
struct dmf_command_entry {
	struct hlist_node node;		/* in a bucket of the device's */
	struct dmf_command_table *table;
	struct dmf_command row;
};

/* The rows of one Module, or of the Client; see command.c. */
struct dmf_command_table {
	struct list_head node;		/* in the device's list */
	struct dmf_device *ddev;
	struct dmf_module *module;	/* NULL for the Client; valid inside the request gate */
	bool enabled;			/* read and written without lock */
	bool for_user;			/* a row is for ioctl(2) */
	unsigned int count;
	struct dmf_command_entry entries[];
};

/* One request at a time; see queue.c. */
struct dmf_queue {
	spinlock_t lock;		/* guards all else, and has_turn of requests */
	struct list_head waiting;
	bool busy;			/* some request has its turn */
};

/*
 * struct dmf_device - one binding of a Client to a struct device
 *
 * Counted: the binding has a reference, each open file has one, the device above
 * in a stack, and whoever has looked it up. All fields are written by probe, remove
 * and the power routines only, which the driver core and the PM core keep from
 * running at the same time, unless noted.
 */
struct dmf_device {
	struct kref ref;
	struct device *dev;		/* counted */
	struct dmf_client *client;	/* valid while the device is bound */
	struct module *owner;		/* the Client's .ko, which open files keep */
	void *drvdata;			/* the Client's; freed after the Modules */

	unsigned int index;		/* no other device has it; see device.c */

	struct list_head announced;	/* in the list of bound devices; see stack.c */
	struct dmf_device *lower;	/* of a filter, what is below; counted */
	struct dmf_device *upper;	/* the filter that is bound to this; under its lock */
	struct dmf_filter_device *filter_device; /* what a filter can be bound to */
	bool gone;			/* removed because the hardware has gone */
	struct dmf_filter_control *control; /* whose control device this is, or NULL */

	struct list_head modules;	/* the Client's own; fixed by dmf_tree_complete() */
	struct dmf_dynamics dynamics;	/* that belong to no Module */
	struct mutex dynamics_lock;	/* guards all lists of dynamic Modules; last of all locks */
	struct dmf_module *features[DMF_FEATURES];	/* fixed with @modules */
	atomic_t module_numbers;	/* the last one that was given */
	struct dmf_branch_counters *branches;	/* of the Client; written once */
	struct llist_head branch_counters;	/* all; freed with this */
	bool complete;			/* modules_add is over; files may follow */
	struct dmf_list phases[DMF_PHASES];
	struct dmf_list events[DMF_EVENTS];

	enum dmf_power power;		/* which of the power routines ran last, and why */
	bool failed;			/* power events are skipped */
	bool surprised;			/* surprise_removal was dispatched; under the device lock */
	bool io_initialised;		/* the Client is owed self_managed_io_cleanup */

	enum dmf_wake wake;		/* from the way down to the next way up */
	bool wake_armed;		/* the Client is owed a disarm_wake callback */
	bool wake_triggered;		/* set from any context */
	unsigned long wake_reports;	/* what the kernel had counted when it was armed */

	struct mutex interrupts_lock;	/* guards the next three, and what each line says */
	struct list_head interrupts;	/* in the order in which they are connected */
	bool interrupts_connected;	/* and what is added is connected at once */
	unsigned int interrupts_busy;	/* lines that somebody connects or disconnects */
	wait_queue_head_t interrupts_wait;	/* for fewer of them */

	struct dmf_gate request_gate;	/* entered while a request's handler runs */
	struct dmf_gate pended_gate;	/* entered by each pended request */
	struct dmf_gate file_gate;	/* entered by what else an open file does */
	enum dmf_io_state io_state;	/* read without lock: why request_gate is closed */
	wait_queue_head_t io_wait;	/* for @io_state to leave DMF_IO_ASLEEP */
	enum dmf_queue_option queue_option;
	struct dmf_queue queue;
	struct dmf_flight internal;	/* requests of other drivers */

	atomic_t file_numbers;		/* the last one that was given */
	spinlock_t files_lock;		/* guards @files */
	struct list_head files;
	struct list_head streams;	/* fixed by dmf_tree_complete(); freed with this */
	unsigned int stream_numbers;	/* given to streams with readers; fixed with @streams */
	struct list_head eventfds;	/* fixed and freed as @streams */
	spinlock_t eventfds_lock;	/* guards the listeners of @eventfds and of @files */
	struct list_head command_tables;	/* fixed and freed as @streams */
	struct hlist_head commands[DMF_COMMAND_BUCKETS];	/* their rows */

	struct miscdevice node;
	int instance;			/* the <n> of the node's name */
	char *node_name;		/* "dmf/<driver><n>"; freed with this */
	bool node_registered;

	struct device_attribute remove_request;	/* in sysfs */
	bool remove_request_added;

	struct list_head interfaces;	/* bindings, in the order in which they were begun */
	spinlock_t interfaces_lock;	/* guards @interfaces, their states, who may be bound */
	wait_queue_head_t interfaces_wait;	/* for a binding to be complete, or gone */
	bool unbinding;			/* nothing is bound any more */

	struct dmf_recorder *recorder;	/* of Modules without one; freed after them */

	struct mutex debugfs_lock;	/* guards both folders, which NULL says have gone */
	struct dentry *debugfs;
	struct dentry *debugfs_modules;
};

/* Whose turn it is to pull, and the records that are on their way meanwhile. */
struct dmf_pull_turn {
	struct mutex lock;			/* from pop to done or push_back: keeps the order */
	struct dmf_stream_run runs[DMF_STREAM_RUNS];
};

/*
 * struct dmf_stream - a Module as a source of records
 *
 * Belongs to the device and is freed with it, so that a blocked caller and a
 * poller may still hold on to it when the Module has gone.
 */
struct dmf_stream {
	struct list_head node;			/* in the device's list */
	struct dmf_module *module;		/* valid inside the device's file_gate */
	const struct dmf_stream_ops *ops;	/* the same */
	char name[DMF_STREAM_NAME_SIZE];
	wait_queue_head_t blocked;		/* callers, exclusive: one record wakes one */
	struct dmf_pull_turn turn;		/* of one of them */
	size_t reader_size;			/* 0: the files share the records */
	unsigned int number;			/* of the files' readers, if they do not */
	atomic_long_t published;		/* how often consumers were told of a record */
	long empty_at;				/* @published when it was seen to be empty */
	spinlock_t lock;			/* guards @files and @readers */
	struct list_head files;			/* bound to this stream, for pollers */
	struct list_head readers;		/* of all open files */
};

/*
 * struct dmf_reader - an open file as one of many that each get all records
 *
 * Belongs to the file and is freed with it. Blocked callers wait here, not on the
 * stream: a record is there for one of each file.
 */
struct dmf_reader {
	struct dmf_stream *stream;
	struct list_head entry;			/* in the stream's list, under its lock */
	bool added;				/* by whoever opens the file, or takes it away */
	wait_queue_head_t blocked;		/* as those of the stream, for one file */
	struct dmf_pull_turn turn;		/* the same */
	u8 data[] __aligned(8);			/* the Module's */
};

/*
 * struct dmf_pollers - who polls an open file
 *
 * Counted: each level of the stack that the file goes through has a reference.
 * There is one queue, for those who wait asynchronously can be in one only.
 */
struct dmf_pollers {
	struct kref ref;
	wait_queue_head_t wait;
};

/*
 * struct dmf_file - one open file
 *
 * Counted: the struct file has a reference, or the file of the filter above, and
 * each abandoned request has one. A file that is open on a filter has a file on the
 * device below, unless the filter has kept it: each level has its own context, and
 * sees the file come and go.
 */
struct dmf_file {
	struct kref ref;
	struct dmf_device *ddev;	/* counted */
	struct dmf_file *lower;		/* on the device below, counted; or NULL */
	bool severed;			/* the filter above has gone, and with it this file */
	bool asks_poll;			/* somebody, here or below, has a say in poll; fixed */
	struct list_head node;		/* in the device's list, under its files_lock */
	struct work_struct release;	/* last reference dropped in atomic context */
	void *context;			/* for whoever handled file_create */
	bool by_administrator;		/* opened by one; never changes */
	unsigned int number;		/* from 1; no other file of the device has it */
	pid_t opener;			/* the process, seen from the initial namespace; fixed */
	char opener_name[TASK_COMM_LEN];	/* of its task; the same */
	spinlock_t data_lock;		/* guards @data */
	struct list_head data;		/* what Modules keep with the file; freed with it */
	bool orphaned;			/* file_close was dispatched; under files_lock */

	struct dmf_pollers *pollers;	/* counted; one for all levels of a stack */
	struct mutex select_lock;	/* one DMF_IOC_STREAM_SELECT at a time */
	struct dmf_stream *stream;	/* written under select_lock, NULL if none exists */
	struct list_head stream_entry;	/* in the stream's list, under its lock */
	struct dmf_file *source;	/* this or one below, whose @stream is consumed, or NULL */

	struct list_head listeners;	/* of eventfd.c, under the device's eventfds_lock */

	struct dmf_flight flight;
	struct dmf_request *cached;	/* one request kept for the next; xchg() only */

	struct dmf_reader *readers[];	/* by number of the stream; fixed, NULL in gaps */
};

/* module.c */
int dmf_module_build(struct dmf_module_init *init, const struct dmf_module_desc *desc,
		     struct dmf_module_keys *keys, const void *config,
		     const struct dmf_module_attributes *attributes,
		     struct dmf_module **handle, struct dmf_module **built);
void dmf_module_free_tree(struct dmf_module *module);
void dmf_modules_destroy(struct dmf_device *ddev);

/* dynamic.c */
void dmf_dynamics_init(struct dmf_dynamics *dynamics);
int dmf_dynamic_check(struct dmf_device *ddev, const struct dmf_module_desc *desc);
void dmf_dynamics_destroy(struct dmf_device *ddev, struct dmf_dynamics *dynamics);

/* branch.c */
extern bool dmf_branch_track_wanted;
int dmf_branches_add(struct dmf_device *ddev, struct dmf_module_init *init);
int dmf_branches_attach(struct dmf_module *module);
void dmf_branches_free(struct dmf_device *ddev);
int dmf_branches_query(struct dmf_file *file, const struct dmf_branch_track_query *query,
		       void **answer, size_t *needed);

/* feature.c */
int dmf_features_add(struct dmf_device *ddev, struct dmf_module_init *init);
int dmf_feature_set(struct dmf_module *module);
void dmf_feature_unset(struct dmf_module *module);

/* transport.c */
int dmf_transport_add(struct dmf_module *module, const struct dmf_module_attributes *attributes);

/* interface.c */
void dmf_interfaces_init(struct dmf_device *ddev);
void dmf_interfaces_stop(struct dmf_device *ddev);
void dmf_interfaces_unbind_all(struct dmf_module *module);
void dmf_interfaces_show(struct dmf_device *ddev, struct seq_file *seq);

/* lock.c */
int dmf_locks_init(struct dmf_module *module, struct dmf_module_keys *keys);
void dmf_locks_destroy(struct dmf_module *module);

void dmf_locks_show(struct dmf_module *module, struct seq_file *seq);
int dmf_locks_watch(void);
void dmf_locks_unwatch(void);
void dmf_locks_debugfs_add(struct dentry *root);

/* undo.c */
void dmf_undo_run(struct dmf_module *module);

/* dump_store.c */
struct dmf_stored_dump;
struct dmf_stored_dump *dmf_dump_store_reserve(struct device *dev);
void dmf_dump_store_release(struct dmf_stored_dump *stored);
int dmf_dump_store_deliver(struct dmf_stored_dump *stored, void *data, size_t size);
bool dmf_dump_store_has(const struct device *dev);

/* tree.c */
int dmf_tree_complete(struct dmf_device *ddev);
void dmf_tree_free_lists(struct dmf_device *ddev);

/* drain.c */
extern unsigned int dmf_long_wait_ms;
void dmf_drain(struct dmf_gate *gate, struct device *dev, const char *name, const char *users,
	       const unsigned long *last);

/* lifecycle.c */
const char *dmf_module_state_name(const struct dmf_module *module);
int dmf_transition_begin(struct dmf_module *module);
void dmf_transition_end(struct dmf_module *module);
int dmf_transition_open(struct dmf_module *module);
void dmf_transition_close(struct dmf_module *module);
int dmf_module_start(struct dmf_module *module);
void dmf_module_stop(struct dmf_module *module);

/* notification.c */
bool dmf_module_opens_by_notification(const struct dmf_module *module);
int dmf_notification_start(struct dmf_module *module);
void dmf_notification_stop(struct dmf_module *module);

/* phase.c */
bool dmf_phase_concerns(enum dmf_phase_id id, const struct dmf_module *module);
int dmf_phase_up(struct dmf_device *ddev, enum dmf_phase_id id, enum dmf_power previous);
int dmf_phase_down(struct dmf_device *ddev, enum dmf_phase_id id, enum dmf_power target);
void dmf_phase_undo(struct dmf_device *ddev, enum dmf_phase_id id, enum dmf_power previous);
void dmf_phase_close_left(struct dmf_device *ddev);

/* wake.c */
void dmf_wake_begin(struct dmf_device *ddev, enum dmf_power why);
void dmf_wake_end(struct dmf_device *ddev);
bool dmf_wake_concerns(const struct dmf_module_ops *ops);
const char *dmf_wake_event(const struct dmf_device *ddev, bool up);
int dmf_wake_module_up(struct dmf_module *module, enum dmf_power previous);
int dmf_wake_module_down(struct dmf_module *module, enum dmf_power target);
int dmf_wake_client_up(struct dmf_device *ddev, enum dmf_power previous);
int dmf_wake_client_down(struct dmf_device *ddev, enum dmf_power target);

/* query.c */
void dmf_query_add(struct dmf_device *ddev);
void dmf_query_remove(struct dmf_device *ddev);

/* dispatch.c */
bool dmf_event_concerns(enum dmf_event_id id, const struct dmf_module *module);
bool dmf_event_client_concerns(enum dmf_event_id id, const struct dmf_client_ops *ops);
const char *dmf_event_name(enum dmf_event_id id);
void dmf_dispatch_self_managed_io_end(struct dmf_device *ddev);
void dmf_dispatch_surprise_removal(struct dmf_device *ddev);
int dmf_dispatch_file_create(struct dmf_file *file, bool *handled);
void dmf_dispatch_file_gone(struct dmf_file *file);
bool dmf_dispatch_request(struct dmf_request *request);
__poll_t dmf_dispatch_poll(struct dmf_file *file);

/* event.c */
int dmf_event_call(struct dmf_module *module, const char *event,
		   int (*callback)(struct dmf_module *module));
int dmf_event_call_power(struct dmf_module *module, const char *event,
			 int (*callback)(struct dmf_module *module, enum dmf_power power),
			 enum dmf_power power);
int dmf_event_ask(struct dmf_module *module, const char *event,
		  int (*callback)(struct dmf_module *module));
void dmf_event_tell(struct dmf_module *module, const char *event,
		    void (*callback)(struct dmf_module *module));
u64 dmf_event_begin(void);
int dmf_event_end(struct dmf_module *module, const char *event, u64 begin, int ret);
u64 dmf_device_event_begin(void);
void dmf_device_event_end(struct dmf_device *ddev, const char *event, enum dmf_power power,
			  u64 begin, int ret);

/* command.c */
int dmf_commands_add_client(struct dmf_device *ddev);
void dmf_commands_drop_unused(struct dmf_module *module);
void dmf_commands_free(struct dmf_device *ddev);
bool dmf_commands_for_user(struct dmf_device *ddev, const struct dmf_module *module);
const struct dmf_command_entry *dmf_command_find(struct dmf_file *file, unsigned int command);
const struct dmf_command_entry *dmf_command_find_internal(struct dmf_device *ddev,
							  unsigned int command);
int dmf_command_unknown(struct dmf_file *file);
bool dmf_command_is_for(const struct dmf_request *request, const struct dmf_module *module);
bool dmf_command_dispatch(struct dmf_request *request);

/* argument.c */
int dmf_argument_get(struct dmf_request *request, sockptr_t argument, size_t input_size,
		     size_t output_size);
int dmf_argument_put(struct dmf_request *request, sockptr_t argument, size_t output_size);
long dmf_ioctl_command(struct dmf_file *file, unsigned int command, sockptr_t argument);
bool dmf_request_buffers_are_light(const struct dmf_request *request);
void dmf_request_free_buffers(struct dmf_request *request);

/* power.c */
int dmf_power_init(void);
void dmf_power_exit(void);

/* interrupt.c */
int dmf_interrupts_connect(struct dmf_device *ddev, enum dmf_power previous);
int dmf_interrupts_disconnect(struct dmf_device *ddev, enum dmf_power target);
void dmf_interrupts_disarm(struct dmf_device *ddev);
void dmf_interrupts_free(struct dmf_device *ddev);

/* device.c */
int dmf_device_probe_filter(struct device *dev, struct dmf_client *client,
			    struct dmf_device *lower);
int dmf_device_probe_control(struct device *dev, struct dmf_client *client,
			     struct dmf_filter_control *control);

/* stack.c */
void dmf_stack_join(struct dmf_device *ddev);
void dmf_stack_leave(struct dmf_device *ddev);
int dmf_stack_publish(struct dmf_device *ddev);
void dmf_stack_surprise(struct dmf_device *ddev);
void dmf_stack_unpublish(struct dmf_device *ddev);
bool dmf_stack_has_node(struct dmf_device *ddev);
struct dmf_device *dmf_stack_pin_top(struct dmf_device *ddev);
bool dmf_stack_is_top(struct dmf_device *ddev, const struct dmf_device *top);
void dmf_stack_kick(struct dmf_device *ddev);
void dmf_stack_kick_internal(struct dmf_device *ddev);

/* control.c */
struct dmf_device *dmf_control_client_device(struct dmf_filter_control *control);

/* io.c */
int dmf_io_enter(struct dmf_request *request);
void dmf_io_leave(struct dmf_device *ddev);
int dmf_io_error_of(enum dmf_io_state state);

/* Why a request is refused; 0 if it would not be. */
static inline int dmf_io_error(const struct dmf_device *ddev)
{
	enum dmf_io_state state = READ_ONCE(ddev->io_state);

	return likely(state == DMF_IO_RUNNING || state == DMF_IO_ASLEEP) ?
	       0 : dmf_io_error_of(state);
}

void dmf_io_start(struct dmf_device *ddev);
void dmf_io_stop(struct dmf_device *ddev, enum dmf_io_state why);
void dmf_io_fail(struct dmf_device *ddev);

/* request.c */
void dmf_requests_synchronize(void);
struct dmf_request *dmf_request_create(struct dmf_file *file, enum dmf_request_type type,
				       unsigned int command, size_t input_size,
				       size_t output_size);
struct dmf_request *dmf_request_create_internal(struct dmf_device *ddev, unsigned int command,
						size_t input_size, size_t output_size);
int dmf_request_dispatch(struct dmf_request *request);
int dmf_request_submit(struct dmf_request *request);
void dmf_request_put(struct dmf_request *request);
void dmf_request_put_any(struct dmf_request *request);
void dmf_request_wake(struct dmf_request *request);
bool dmf_request_is_over(struct dmf_request *request, int interrupted, int *result);
unsigned long dmf_request_time_left(const struct dmf_request *request);
int dmf_request_sleep(struct dmf_request *request, unsigned int state);
int dmf_request_cause(const struct dmf_request *request, int interrupted);
void dmf_request_unmark_cancellable(struct dmf_request *request);
bool dmf_request_is_cancellable(const struct dmf_request *request);
bool dmf_request_cancel_one(struct dmf_flight *flight);
bool dmf_request_taken(struct dmf_request *request);
void dmf_request_settle(struct dmf_request *request, int result);
void dmf_request_free_cached(struct dmf_file *file);

/* internal_request.c */
struct dmf_request *dmf_internal_create(struct dmf_device *ddev, unsigned int command,
					size_t input_size, size_t output_size);

/* request_sender.c */
extern struct workqueue_struct *dmf_dispatch_workqueue;
extern struct workqueue_struct *dmf_sent_workqueue;
int dmf_senders_init(void);
void dmf_senders_exit(void);
void dmf_sent_wake(struct dmf_sent *sent);
int dmf_sent_interrupted(const struct dmf_request *request);
bool dmf_sent_at_once(const struct dmf_request *request);
void dmf_sent_free(struct dmf_sent *sent);

/* flight.c */
void dmf_flight_init(struct dmf_flight *flight, struct dmf_device *ddev, struct dmf_file *file);
void dmf_flight_add(struct dmf_request *request);
void dmf_flight_remove(struct dmf_request *request);
void dmf_flight_set_returned(struct dmf_request *request);
void dmf_flight_kick(struct dmf_flight *flight);
void dmf_flight_cancel_all(struct dmf_flight *flight);
bool dmf_flight_has_cancellable(struct dmf_flight *flight);
struct dmf_request *dmf_flight_to_cancel(struct dmf_flight *flight);

/* queue.c */
void dmf_queue_init(struct dmf_queue *queue);
int dmf_queue_enter(struct dmf_request *request);
void dmf_queue_keep(struct dmf_device *ddev, struct dmf_request *request);
void dmf_queue_leave(struct dmf_device *ddev, struct dmf_request *request);
void dmf_queue_kick(struct dmf_device *ddev);

/* file.c */
struct dmf_file *dmf_file_open(struct dmf_device *ddev, const struct dmf_file *upper);
struct dmf_file *dmf_file_open_top(struct dmf_device *ddev);
void dmf_file_release(struct dmf_file *file);
void dmf_file_get(struct dmf_file *file);
void dmf_file_put_any_context(struct dmf_file *file);
void dmf_file_cancel_mine(struct dmf_file *file);
void dmf_files_kick(struct dmf_device *ddev);
void dmf_files_cancel(struct dmf_device *ddev);
void dmf_files_orphan(struct dmf_device *ddev);

/* file_ops.c */
extern const struct file_operations dmf_file_ops;

/* stream.c */
int dmf_stream_select(struct dmf_file *file, const char *name);
int dmf_stream_list(struct dmf_file *file, struct dmf_stream_list *list);
struct dmf_file *dmf_stream_source_below(const struct dmf_file *file);
void dmf_stream_bind_first(struct dmf_file *file);
void dmf_stream_unbind(struct dmf_file *file);
ssize_t dmf_stream_pull_since(struct dmf_file *file, unsigned int cancels, struct iov_iter *to,
			      unsigned int *count, bool nonblock, u64 deadline_ns);

static inline bool dmf_stream_has_readers(const struct dmf_stream *stream)
{
	return stream->reader_size;
}

/*
 * Whether no record has come since the stream was seen to be empty: needs neither the
 * gates nor the Module. Of a stream that has readers this is never said.
 */
static inline bool dmf_stream_is_quiet(const struct dmf_stream *stream)
{
	return atomic_long_read(&stream->published) == READ_ONCE(stream->empty_at);
}

/* Inside the gates. Return: true if @file would get nothing, which the stream remembers. */
static inline bool dmf_stream_is_empty(struct dmf_stream *stream, struct dmf_file *file)
{
	/* First the count, then the look: what comes in between makes it old. */
	long published = atomic_long_read_acquire(&stream->published);
	bool empty = stream->ops->is_empty(stream->module, file);

	if (empty && !dmf_stream_has_readers(stream))
		WRITE_ONCE(stream->empty_at, published);
	return empty;
}

/* Inside the device's file_gate. Return: true if a record is there. Must not sleep. */
static inline bool dmf_stream_readable(struct dmf_stream *stream, struct dmf_file *file)
{
	struct dmf_module *module = stream->module;
	bool readable;

	if (dmf_module_acquire(module))
		return false;
	readable = !dmf_stream_is_empty(stream, file);
	dmf_module_release(module);
	return readable;
}

/* The level of the file from which read(2) consumes records; NULL if it makes requests. */
static inline struct dmf_file *dmf_stream_source(const struct dmf_file *file)
{
	struct dmf_file *source = READ_ONCE(file->source);

	return likely(source == file) ? source : dmf_stream_source_below(file);
}

void dmf_streams_wake_all(struct dmf_device *ddev);

/*
 * How often calls on the file were cancelled. What is read after this is newer: who
 * changes the argument of a call and then cancels reaches that call either way.
 */
static inline unsigned int dmf_stream_cancels(const struct dmf_file *file)
{
	/* Whoever has changed the argument has then entered the kernel and counted up. */
	return smp_load_acquire(&file->flight.cancels);
}

/* For a call whose argument cannot change any more. */
static inline ssize_t dmf_stream_pull(struct dmf_file *file, struct iov_iter *to,
				      unsigned int *count, bool nonblock, u64 deadline_ns)
{
	return dmf_stream_pull_since(file, dmf_stream_cancels(file), to, count, nonblock,
				     deadline_ns);
}

void dmf_streams_free(struct dmf_device *ddev);
void dmf_stream_drop_unused(struct dmf_module *module);

/* reader.c */
int dmf_readers_alloc(struct dmf_file *file);
void dmf_readers_free(struct dmf_file *file);
int dmf_readers_add(struct dmf_file *file);
void dmf_readers_remove(struct dmf_file *file);
void dmf_readers_unlink(struct dmf_file *file);
void dmf_readers_wake_all(struct dmf_stream *stream);

/* eventfd.c */
int dmf_eventfd_set(struct dmf_file *file, const char *name, unsigned int index,
		    unsigned int flags, struct eventfd_ctx *ctx);
void dmf_eventfds_drop(struct dmf_file *file, bool gone);
void dmf_eventfds_free(struct dmf_device *ddev);
void dmf_eventfds_drop_unused(struct dmf_module *module);

/* node.c */
int dmf_node_add(struct dmf_device *ddev);
void dmf_node_remove(struct dmf_device *ddev);

/* in_flight.c */
int dmf_files_show(struct dmf_device *ddev, struct seq_file *seq);
int dmf_requests_show(struct dmf_device *ddev, struct seq_file *seq);

/* names.c */
const char *dmf_open_option_name(enum dmf_open_option option);
const char *dmf_power_name(enum dmf_power power);
const char *dmf_io_state_name(enum dmf_io_state state);
const char *dmf_request_type_name(enum dmf_request_type type);

/* trace.c */
DECLARE_STATIC_KEY_FALSE(dmf_requests_watched);
int dmf_requests_watch(void);
void dmf_requests_unwatch(void);
void __dmf_request_trace_submit(struct dmf_request *request);

static inline const char *dmf_trace_kind(const struct dmf_module *module)
{
	return module ? module->desc->name : "";
}

static inline const char *dmf_trace_instance(const struct dmf_module *module)
{
	return module ? module->name : "";
}

static inline const char *dmf_trace_parent(const struct dmf_module *module)
{
	return module ? dmf_trace_instance(module->parent) : "";
}

/* How long ago something began; 0 if nobody knows. */
static inline u64 dmf_trace_since(u64 begin)
{
	return begin ? ktime_get_ns() - begin : 0;
}

/* One instruction, unless somebody wants to know of requests or of how long they take. */
static inline void dmf_request_trace_submit(struct dmf_request *request)
{
	if (static_branch_unlikely(&dmf_requests_watched))
		__dmf_request_trace_submit(request);
}

/* utility.c */
void dmf_utility_flush(void);

/* recorder.c */
int dmf_recorders_init(void);
void dmf_recorders_exit(void);
void dmf_recorders_forget(const struct module *module);
int dmf_recorder_add_shared(struct dmf_device *ddev);
void dmf_recorder_free_shared(struct dmf_device *ddev);
int dmf_recorder_add(struct dmf_module *module, size_t size);
void dmf_recorder_free(struct dmf_module *module);
void dmf_recorder_show(struct dmf_module *module, struct seq_file *seq);
void dmf_recorder_show_shared(struct dmf_device *ddev, struct seq_file *seq);

/* debugfs.c */

/* What has a folder: values of the parameter debugfs. */
enum {
	DMF_DEBUGFS_NOTHING,
	DMF_DEBUGFS_DEVICES,
	DMF_DEBUGFS_MODULES,
};

extern unsigned int dmf_debugfs_detail;
void dmf_debugfs_init(void);
void dmf_debugfs_exit(void);
void dmf_debugfs_add(struct dmf_device *ddev);
void dmf_debugfs_complete(struct dmf_device *ddev);
void dmf_debugfs_remove(struct dmf_device *ddev);
void dmf_debugfs_add_dynamic(struct dmf_module *module);
void dmf_debugfs_remove_dynamic(struct dmf_module *module);
void dmf_device_show(struct dmf_device *ddev, struct seq_file *seq);
void dmf_module_show(struct dmf_module *module, struct seq_file *seq);

#endif /* _DMF_INTERNAL_H */
