// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open files as objects of the core.
 *
 * A file is reached by system calls on it, by its device (to wake, kick and
 * orphan it), by its stream (to wake pollers) and by requests of it that were
 * abandoned. It is freed when the struct file has been released and the last
 * abandoned request has been completed; until then it keeps its device and the
 * Client's .ko.
 *
 * file_cleanup and file_close are dispatched exactly once: when the file goes,
 * or at unbind, whichever comes first. file_gate, which unbind closes, decides.
 *
 * A file of a node belongs to the device on top of the stack. Below it, one on
 * each device, are files that nobody but the one above knows: a request that goes
 * down is that file's there. When a filter is unbound the files below its own stay,
 * severed: they are closed with the struct file.
 *
 * Lock order: files_lock of the device, lock of a flight.
 */
#include <linux/capability.h>
#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "internal.h"

static void pollers_free(struct kref *ref)
{
	kfree(container_of(ref, struct dmf_pollers, ref));
}

/* Those of the file of the level above, or new ones. */
static struct dmf_pollers *pollers_get(const struct dmf_file *upper)
{
	struct dmf_pollers *pollers;

	if (upper) {
		kref_get(&upper->pollers->ref);
		return upper->pollers;
	}
	pollers = kmalloc(sizeof(*pollers), GFP_KERNEL);
	if (pollers) {
		kref_init(&pollers->ref);
		init_waitqueue_head(&pollers->wait);
	}
	return pollers;
}

/* What one Module keeps with a file. */
struct file_data {
	struct list_head node;
	const struct dmf_module *module;	/* to compare with; may have gone */
	void *data;
};

static void file_free_data(struct dmf_file *file)
{
	struct file_data *data, *next;

	list_for_each_entry_safe(data, next, &file->data, node)
		kfree(data);
}

static void file_free(struct dmf_file *file)
{
	struct dmf_device *ddev = file->ddev;
	struct module *owner = ddev->owner;
	struct dmf_file *lower = file->lower;

	dmf_request_free_cached(file);
	dmf_readers_free(file);
	file_free_data(file);
	mutex_destroy(&file->select_lock);
	kref_put(&file->pollers->ref, pollers_free);
	kfree(file);
	if (lower)
		dmf_file_release(lower);
	dmf_device_put(ddev);
	module_put(owner);
}

/* By whoever dispatches file_cleanup and file_close: inside file_gate, or unbind after it. */
static void file_orphan(struct dmf_file *file)
{
	struct dmf_device *ddev = file->ddev;

	spin_lock_irq(&ddev->files_lock);
	list_del_init(&file->node);
	smp_store_release(&file->orphaned, true);	/* the last touch: pairs with file_gone() */
	spin_unlock_irq(&ddev->files_lock);
}

/* Inside file_gate, or unbind after it: the reverse of file_announce(). */
static void file_depart(struct dmf_file *file)
{
	dmf_readers_remove(file);
	dmf_dispatch_file_gone(file);
}

static void file_gone(struct dmf_file *file)
{
	struct dmf_device *ddev = file->ddev;

	dmf_stream_unbind(file);
	dmf_eventfds_drop(file, false);
	if (dmf_gate_enter(&ddev->file_gate)) {
		file_orphan(file);
		file_depart(file);
		dmf_gate_leave(&ddev->file_gate);
	} else {
		/* Unbind dispatches for those it finds in the list. */
		wait_event(ddev->io_wait, smp_load_acquire(&file->orphaned));
	}
	file_free(file);
}

static void file_release_work(struct work_struct *work)
{
	file_gone(container_of(work, struct dmf_file, release));
}

static void file_last_put(struct kref *ref)
{
	file_gone(container_of(ref, struct dmf_file, ref));
}

static void file_last_put_any_context(struct kref *ref)
{
	struct dmf_file *file = container_of(ref, struct dmf_file, ref);

	queue_work(dmf_workqueue, &file->release);
}

void dmf_file_get(struct dmf_file *file)
{
	kref_get(&file->ref);
}

void dmf_file_put_any_context(struct dmf_file *file)
{
	kref_put(&file->ref, file_last_put_any_context);
}

/* The struct file goes. */
void dmf_file_release(struct dmf_file *file)
{
	kref_put(&file->ref, file_last_put);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_file_release);

static struct dmf_file *file_alloc(struct dmf_device *ddev, const struct dmf_file *upper)
{
	struct dmf_file *file;

	file = kzalloc(struct_size(file, readers, ddev->stream_numbers), GFP_KERNEL);
	if (!file)
		return NULL;
	file->ddev = ddev;
	if (dmf_readers_alloc(file))
		goto free_file;
	file->pollers = pollers_get(upper);
	if (!file->pollers)
		goto free_file;

	kref_init(&file->ref);
	dmf_device_get(ddev);
	INIT_LIST_HEAD(&file->node);
	INIT_LIST_HEAD(&file->stream_entry);
	INIT_LIST_HEAD(&file->listeners);
	INIT_LIST_HEAD(&file->data);
	spin_lock_init(&file->data_lock);
	INIT_WORK(&file->release, file_release_work);
	mutex_init(&file->select_lock);
	dmf_flight_init(&file->flight, ddev, file);
	file->number = atomic_inc_return(&ddev->file_numbers);
	file->opener = task_tgid_nr(current);
	get_task_comm(file->opener_name, current);
	file->by_administrator = ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
	return file;

free_file:
	dmf_readers_free(file);
	kfree(file);
	return NULL;
}

/* Whoever handles file_create keeps the file; else the device below is asked. */
static int file_open_lower(struct dmf_file *file)
{
	struct dmf_file *lower;

	if (!file->ddev->lower)
		return 0;

	lower = dmf_file_open(file->ddev->lower, file);
	if (IS_ERR(lower))
		return PTR_ERR(lower);
	file->lower = lower;
	return 0;
}

/* The caller is inside file_gate, or holds off unbind otherwise. */
static int file_announce(struct dmf_file *file)
{
	struct dmf_device *ddev = file->ddev;
	bool handled;
	int ret;

	ret = dmf_dispatch_file_create(file, &handled);
	if (ret)
		return ret;
	if (!handled)
		ret = file_open_lower(file);
	file->asks_poll = ddev->events[DMF_EVENT_POLL].count || ddev->client->ops->poll ||
			  (file->lower && file->lower->asks_poll);
	if (!ret)
		ret = dmf_readers_add(file);
	if (ret) {
		dmf_dispatch_file_gone(file);
		return ret;
	}

	spin_lock_irq(&ddev->files_lock);
	list_add_tail(&file->node, &ddev->files);
	spin_unlock_irq(&ddev->files_lock);
	dmf_stream_bind_first(file);
	return 0;
}

/* The caller has taken the Client's .ko, which the file has from now on. */
static struct dmf_file *file_open_pinned(struct dmf_device *ddev, const struct dmf_file *upper)
{
	struct module *owner = ddev->owner;
	struct dmf_file *file;
	int ret = -ENODEV;

	file = file_alloc(ddev, upper);
	if (!file) {
		module_put(owner);
		return ERR_PTR(-ENOMEM);
	}
	if (dmf_gate_enter(&ddev->file_gate)) {
		ret = file_announce(file);
		dmf_gate_leave(&ddev->file_gate);
	}
	if (ret) {
		file_free(file);
		return ERR_PTR(ret);
	}
	return file;
}

/* Make a file object of a device that is bound and stays so; @upper: of the filter above. */
struct dmf_file *dmf_file_open(struct dmf_device *ddev, const struct dmf_file *upper)
{
	if (!try_module_get(ddev->owner))
		return ERR_PTR(-ENODEV);

	return file_open_pinned(ddev, upper);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_file_open);

/*
 * Make the file object of a node that is being opened, on what is the top of the
 * device's stack. A filter that is unbound at this moment is left out.
 */
struct dmf_file *dmf_file_open_top(struct dmf_device *ddev)
{
	struct dmf_device *top;
	struct dmf_file *file;
	bool again;

	do {
		top = dmf_stack_pin_top(ddev);
		if (!top)
			return ERR_PTR(-ENODEV);
		file = file_open_pinned(top, NULL);
		again = file == ERR_PTR(-ENODEV) && !dmf_stack_is_top(ddev, top);
		dmf_device_put(top);
	} while (again);

	return file;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_file_open_top);

/* -- What ends waits ---------------------------------------------------------- */

/* DMF_IOC_CANCEL_MINE: end what others wait for on this file, streams below included. */
void dmf_file_cancel_mine(struct dmf_file *file)
{
	for (; file; file = file->lower) {
		dmf_flight_cancel_all(&file->flight);
		dmf_streams_wake_all(file->ddev);
	}
}
EXPORT_SYMBOL_IF_KUNIT(dmf_file_cancel_mine);

/* Have everybody who waits look whether the device is still there. */
void dmf_files_kick(struct dmf_device *ddev)
{
	struct dmf_file *file;
	unsigned long flags;

	spin_lock_irqsave(&ddev->files_lock, flags);
	list_for_each_entry(file, &ddev->files, node) {
		dmf_flight_kick(&file->flight);
		wake_up_poll(&file->pollers->wait, EPOLLHUP | EPOLLERR);
	}
	spin_unlock_irqrestore(&ddev->files_lock, flags);
	dmf_flight_kick(&ddev->internal);
	dmf_streams_wake_all(ddev);
}

/* A file with a request that can be cancelled, referenced; NULL if there is none. */
static struct dmf_file *file_to_cancel(struct dmf_device *ddev)
{
	struct dmf_file *file, *found = NULL;

	spin_lock_irq(&ddev->files_lock);
	list_for_each_entry(file, &ddev->files, node) {
		if (dmf_flight_has_cancellable(&file->flight)) {
			/* The request's submitter is in a system call on the file. */
			dmf_file_get(file);
			found = file;
			break;
		}
	}
	spin_unlock_irq(&ddev->files_lock);
	return found;
}

/* Unbind, with all handlers returned: cancel every request that can be. */
void dmf_files_cancel(struct dmf_device *ddev)
{
	struct dmf_file *file;

	for (file = file_to_cancel(ddev); file; file = file_to_cancel(ddev)) {
		dmf_request_cancel_one(&file->flight);
		dmf_file_put_any_context(file);
	}
	while (dmf_request_cancel_one(&ddev->internal))
		;
}

/* Nobody comes by the files below any more: whoever pulls from a stream there goes. */
static void file_sever(struct dmf_file *file)
{
	for (file = file->lower; file; file = file->lower) {
		WRITE_ONCE(file->severed, true);
		dmf_eventfds_drop(file, true);
		dmf_streams_wake_all(file->ddev);
	}
}

/*
 * Unbind, with file_gate closed: whatever is open from now on reaches nobody.
 * A file that is being released at the same time waits for its turn here.
 */
void dmf_files_orphan(struct dmf_device *ddev)
{
	struct dmf_file *file;

	for (;;) {
		spin_lock_irq(&ddev->files_lock);
		file = list_first_entry_or_null(&ddev->files, struct dmf_file, node);
		spin_unlock_irq(&ddev->files_lock);
		if (!file)
			break;
		file_depart(file);
		file_sever(file);
		dmf_eventfds_drop(file, true);
		wake_up_poll(&file->pollers->wait, EPOLLHUP | EPOLLERR);
		file_orphan(file);	/* from here on it may be freed */
		wake_up_all(&ddev->io_wait);
	}
	dmf_streams_wake_all(ddev);
}

/* -- What handlers ask -------------------------------------------------------- */

/**
 * dmf_file_set_context - keep something with an open file
 * @file: the file
 * @context: the caller's; the core does not look at it
 *
 * There is one for each file: it belongs to whoever handles file_create. A filter
 * and the device below have one each.
 *
 * DMF: the file object's context.
 *
 * Context: any.
 */
void dmf_file_set_context(struct dmf_file *file, void *context)
{
	WRITE_ONCE(file->context, context);
}
EXPORT_SYMBOL_NS_GPL(dmf_file_set_context, DMF);

/**
 * dmf_file_get_context - what dmf_file_set_context() has kept
 * @file: the file
 *
 * Context: any.
 * Return: the context, NULL if none was set.
 */
void *dmf_file_get_context(const struct dmf_file *file)
{
	return READ_ONCE(file->context);
}
EXPORT_SYMBOL_NS_GPL(dmf_file_get_context, DMF);

/**
 * dmf_file_is_opened_by_administrator - whether an administrator has opened a file
 * @file: the file
 *
 * Said of the caller of open(2), at that moment, whoever uses the file now: it does not
 * change when the file is inherited or passed on, or when privileges are dropped.
 *
 * Context: any.
 * Return: true if the caller had CAP_SYS_ADMIN in the initial user namespace.
 */
bool dmf_file_is_opened_by_administrator(const struct dmf_file *file)
{
	return file->by_administrator;
}
EXPORT_SYMBOL_NS_GPL(dmf_file_is_opened_by_administrator, DMF);

static struct file_data *file_find_data_locked(struct dmf_file *file,
					       const struct dmf_module *module)
{
	struct file_data *found;

	lockdep_assert_held(&file->data_lock);
	list_for_each_entry(found, &file->data, node) {
		if (found->module == module)
			return found;
	}
	return NULL;
}

/**
 * dmf_module_set_file_data - keep something of a Module's own with an open file
 * @module: the Module, not a dynamic one
 * @file: a file that is open: within file_create at the earliest, file_close at the latest
 * @data: the Module's; the core does not look at it
 *
 * Every Module has its own. What is kept is forgotten with the file, so that no file is
 * taken for another that had its address before.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM; -EINVAL for a dynamic Module, which sees no files.
 */
int dmf_module_set_file_data(struct dmf_module *module, struct dmf_file *file, void *data)
{
	struct file_data *added, *found;

	if (module->dynamic)
		return -EINVAL;
	added = kmalloc(sizeof(*added), GFP_KERNEL);
	if (!added)
		return -ENOMEM;

	added->module = module;
	added->data = data;
	spin_lock_irq(&file->data_lock);
	found = file_find_data_locked(file, module);
	if (found)
		found->data = data;
	else
		list_add(&added->node, &file->data);
	spin_unlock_irq(&file->data_lock);
	if (found)
		kfree(added);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_set_file_data, DMF);

/**
 * dmf_module_get_file_data - what dmf_module_set_file_data() has kept
 * @module: the Module
 * @file: the file
 *
 * Context: any in which spin_lock_irqsave() is legal.
 * Return: the data, NULL if the Module has kept none.
 */
void *dmf_module_get_file_data(const struct dmf_module *module, struct dmf_file *file)
{
	struct file_data *found;
	unsigned long flags;
	void *data = NULL;

	spin_lock_irqsave(&file->data_lock, flags);
	found = file_find_data_locked(file, module);
	if (found)
		data = found->data;
	spin_unlock_irqrestore(&file->data_lock, flags);
	return data;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_get_file_data, DMF);

/**
 * dmf_file_wake - have pollers of a file ask the poll callbacks again
 * @file: the file
 *
 * Context: any in which spin_lock_irqsave() is legal.
 */
void dmf_file_wake(struct dmf_file *file)
{
	if (wq_has_sleeper(&file->pollers->wait))
		wake_up_poll(&file->pollers->wait, EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM);
}
EXPORT_SYMBOL_NS_GPL(dmf_file_wake, DMF);
