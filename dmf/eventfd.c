// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eventfds: how Modules tell programs that something has happened, and no more.
 *
 * A Module has a number of events. A program registers an eventfd for one of them,
 * by its open file of the node; the Module signals the event, which adds one to each
 * of its eventfds and wakes who waits on them. What this registers is a listener: at
 * most one for each event and file, so a second one replaces the first.
 *
 * Who frees a listener: whoever takes it out of its two lists, under eventfds_lock:
 * a program that takes it away or replaces it, the release of the file, or unbind.
 * Signalling walks the list of an event under RCU alone, for it happens in interrupt
 * handlers; so listeners, and their references to the eventfds, are put after a grace
 * period. The events themselves belong to the device and are freed with it.
 *
 * A file of a filter registers with the device below that has the events: the
 * listener is that of the file which is open there. When the filter goes, so does it.
 */
#include <linux/device.h>
#include <linux/eventfd.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include <linux/dmf/compat.h>

#include "internal.h"

/* So many files can listen to one event: signalling takes that long at most. */
#define LISTENERS_MAX	64

struct dmf_eventfds {
	struct list_head node;			/* in the device's list */
	char name[DMF_STREAM_NAME_SIZE];
	unsigned int count;			/* of @events */
	unsigned int registered;		/* listeners, under eventfds_lock */
	struct {
		struct list_head listeners;	/* written under eventfds_lock, read under RCU */
		unsigned int count;		/* of @listeners */
	} events[];
};

struct eventfd_listener {
	struct list_head in_event;
	struct list_head in_file;		/* under eventfds_lock */
	struct dmf_eventfds *eventfds;		/* those of the device: outlive this */
	unsigned int index;
	unsigned int flags;			/* DMF_EVENT_GONE */
	struct eventfd_ctx *ctx;		/* counted */
	struct rcu_head rcu;
};

/* -- Events of a device ------------------------------------------------------- */

static struct dmf_eventfds *eventfds_find(struct dmf_device *ddev, const char *name)
{
	struct dmf_eventfds *eventfds;

	list_for_each_entry(eventfds, &ddev->eventfds, node) {
		if (!*name || !strcmp(eventfds->name, name))
			return eventfds;
	}
	return NULL;
}

static struct dmf_eventfds *eventfds_alloc(struct dmf_device *ddev, const char *name,
					   unsigned int count)
{
	struct dmf_eventfds *eventfds;
	unsigned int i;

	eventfds = kzalloc(struct_size(eventfds, events, count), GFP_KERNEL);
	if (!eventfds)
		return ERR_PTR(-ENOMEM);
	if (strscpy(eventfds->name, name, sizeof(eventfds->name)) < 0) {
		dev_err(ddev->dev, "%s: the name is too long for one of events\n", name);
		kfree(eventfds);
		return ERR_PTR(-EINVAL);
	}
	eventfds->count = count;
	for (i = 0; i < count; i++)
		INIT_LIST_HEAD(&eventfds->events[i].listeners);
	return eventfds;
}

/**
 * dmf_module_add_eventfds - let user space register eventfds with a Module
 * @init: what child_modules_add was called with
 * @count: how many events the Module has, at most DMF_MODULE_EVENTS_MAX
 *
 * Programs use DMF_IOC_EVENT_SET, with the name of the Module's instance and the index
 * of the event. A dynamic Module has no listeners: what comes by open files does not
 * reach it.
 *
 * Context: process, may sleep; within child_modules_add, once.
 * Return: 0, -ENOMEM, -EEXIST if another Module of the device has events under that
 * name, -EINVAL if the name is too long, or @count is 0 or too large.
 */
int dmf_module_add_eventfds(struct dmf_module_init *init, unsigned int count)
{
	struct dmf_module *module = init->parent;
	struct dmf_device *ddev = init->ddev;
	struct dmf_eventfds *eventfds;

	if (!count || count > DMF_MODULE_EVENTS_MAX) {
		dev_err(ddev->dev, "%s: has %u events, not 1 to %u\n", module->name, count,
			DMF_MODULE_EVENTS_MAX);
		return -EINVAL;
	}
	if (init->dynamic)
		return 0;
	if (*module->name && eventfds_find(ddev, module->name)) {
		dev_err(ddev->dev, "two Modules have events named %s: give one an instance_name\n",
			module->name);
		return -EEXIST;
	}
	eventfds = eventfds_alloc(ddev, module->name, count);
	if (IS_ERR(eventfds))
		return PTR_ERR(eventfds);

	list_add_tail(&eventfds->node, &ddev->eventfds);
	module->eventfds = eventfds;
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_add_eventfds, DMF);

/* A Module goes before any file could know its events: creation has failed. */
void dmf_eventfds_drop_unused(struct dmf_module *module)
{
	if (!module->eventfds || module->ddev->complete)
		return;

	list_del(&module->eventfds->node);
	kfree(module->eventfds);
	module->eventfds = NULL;
}

void dmf_eventfds_free(struct dmf_device *ddev)
{
	struct dmf_eventfds *eventfds, *next;

	list_for_each_entry_safe(eventfds, next, &ddev->eventfds, node)
		kfree(eventfds);
}

/* -- Signalling ---------------------------------------------------------------- */

/**
 * dmf_module_signal_eventfd - tell programs that an event has happened
 * @module: a Module that has called dmf_module_add_eventfds()
 * @index: which event
 *
 * Adds one to the eventfd of each file that has registered one. Who waits on it is
 * woken before this returns.
 *
 * Context: any in which spin_lock_irqsave() is legal, with the Module open; not within
 * a callback of a wait queue.
 * Return: 0; -ENOENT if nobody has registered; -EINVAL if there is no such event.
 */
int dmf_module_signal_eventfd(struct dmf_module *module, unsigned int index)
{
	struct dmf_eventfds *eventfds = module->eventfds;
	struct eventfd_listener *listener;
	int ret = -ENOENT;

	if (!eventfds)	/* of a dynamic Module */
		return -ENOENT;
	if (index >= eventfds->count)
		return -EINVAL;

	rcu_read_lock();
	list_for_each_entry_rcu(listener, &eventfds->events[index].listeners, in_event) {
		dmf_eventfd_signal(listener->ctx);
		ret = 0;
	}
	rcu_read_unlock();
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_signal_eventfd, DMF);

/**
 * dmf_module_eventfd_count - how many eventfds are registered with a Module
 * @module: a Module that has called dmf_module_add_eventfds()
 *
 * Context: any.
 * Return: the number, over all events, at the moment of the call.
 */
unsigned int dmf_module_eventfd_count(const struct dmf_module *module)
{
	return module->eventfds ? READ_ONCE(module->eventfds->registered) : 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_eventfd_count, DMF);

/* -- Listeners ------------------------------------------------------------------- */

static void listener_free_rcu(struct rcu_head *rcu)
{
	struct eventfd_listener *listener = container_of(rcu, struct eventfd_listener, rcu);

	eventfd_ctx_put(listener->ctx);
	kfree(listener);
}

static void listener_free(struct eventfd_listener *listener)
{
	if (listener)
		call_rcu(&listener->rcu, listener_free_rcu);
}

/* The caller has eventfds_lock in the next four. */
static struct eventfd_listener *listener_find(struct dmf_file *file,
					      const struct dmf_eventfds *eventfds,
					      unsigned int index)
{
	struct eventfd_listener *listener;

	lockdep_assert_held(&file->ddev->eventfds_lock);
	list_for_each_entry(listener, &file->listeners, in_file) {
		if (listener->eventfds == eventfds && listener->index == index)
			return listener;
	}
	return NULL;
}

static void listener_count(struct eventfd_listener *listener, int change)
{
	struct dmf_eventfds *eventfds = listener->eventfds;

	eventfds->events[listener->index].count += change;
	WRITE_ONCE(eventfds->registered, eventfds->registered + change);
}

static int listener_add(struct dmf_file *file, struct eventfd_listener *listener)
{
	struct dmf_eventfds *eventfds = listener->eventfds;

	if (eventfds->events[listener->index].count >= LISTENERS_MAX)
		return -EBUSY;

	list_add_tail_rcu(&listener->in_event, &eventfds->events[listener->index].listeners);
	list_add_tail(&listener->in_file, &file->listeners);
	listener_count(listener, 1);
	return 0;
}

static void listener_remove(struct eventfd_listener *listener)
{
	list_del_rcu(&listener->in_event);
	list_del(&listener->in_file);
	listener_count(listener, -1);
}

/* Put @listener where the one of its file and event is, or is not yet. */
static int listener_set(struct dmf_file *file, struct eventfd_listener *listener)
{
	struct dmf_device *ddev = file->ddev;
	struct eventfd_listener *old;
	int ret = 0;

	spin_lock(&ddev->eventfds_lock);
	old = listener_find(file, listener->eventfds, listener->index);
	if (old) {
		list_replace_rcu(&old->in_event, &listener->in_event);
		list_replace(&old->in_file, &listener->in_file);
	} else {
		ret = listener_add(file, listener);
	}
	spin_unlock(&ddev->eventfds_lock);
	listener_free(old);
	return ret;
}

static void listener_take_away(struct dmf_file *file, const struct dmf_eventfds *eventfds,
			       unsigned int index)
{
	struct dmf_device *ddev = file->ddev;
	struct eventfd_listener *listener;

	spin_lock(&ddev->eventfds_lock);
	listener = listener_find(file, eventfds, index);
	if (listener)
		listener_remove(listener);
	spin_unlock(&ddev->eventfds_lock);
	listener_free(listener);
}

/* The level of a file whose device has events of that name. */
static struct dmf_file *eventfds_level(struct dmf_file *file, const char *name,
				       struct dmf_eventfds **eventfds)
{
	for (; file; file = file->lower) {
		*eventfds = eventfds_find(file->ddev, name);
		if (*eventfds)
			return file;
	}
	return NULL;
}

/*
 * DMF_IOC_EVENT_SET; the caller is inside file_gate, which keeps what is below, and
 * keeps unbind from dropping the file's listeners. With an empty name the first events
 * of the stack are meant. @ctx is taken over on success; NULL takes a listener away.
 */
int dmf_eventfd_set(struct dmf_file *file, const char *name, unsigned int index,
		    unsigned int flags, struct eventfd_ctx *ctx)
{
	struct eventfd_listener *listener;
	struct dmf_eventfds *eventfds;
	struct dmf_file *level;
	int ret;

	level = eventfds_level(file, name, &eventfds);
	if (!level)
		return -ENOENT;
	if (index >= eventfds->count)
		return -EINVAL;
	index = array_index_nospec(index, eventfds->count);
	if (!ctx) {
		listener_take_away(level, eventfds, index);
		return 0;
	}

	listener = kmalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);
	if (!listener)
		return -ENOMEM;
	*listener = (struct eventfd_listener) {
		.eventfds = eventfds,
		.index = index,
		.flags = flags,
		.ctx = ctx,
	};
	ret = listener_set(level, listener);
	if (ret)
		kfree(listener);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_eventfd_set);

/* The file goes or, if @gone, what it is open on: nobody is told through it any more. */
void dmf_eventfds_drop(struct dmf_file *file, bool gone)
{
	struct dmf_device *ddev = file->ddev;
	struct eventfd_listener *listener;

	do {
		spin_lock(&ddev->eventfds_lock);
		listener = list_first_entry_or_null(&file->listeners, struct eventfd_listener,
						    in_file);
		if (listener)
			listener_remove(listener);
		spin_unlock(&ddev->eventfds_lock);

		if (listener && gone && (listener->flags & DMF_EVENT_GONE))
			dmf_eventfd_signal(listener->ctx);
		listener_free(listener);
	} while (listener);
}
