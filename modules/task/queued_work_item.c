// SPDX-License-Identifier: GPL-2.0-only
/*
 * QueuedWorkItem: from any context, have a callback run in process context, once
 * for each call, with parameters of that call, in order.
 *
 * The child is a BufferQueue. A call copies its parameters into an empty buffer,
 * enqueues it and queues the only work item, which is most often pending already:
 * its pending bit makes one work of a burst. The work takes item after item.
 *
 * Each run of the work handles as many items as it found when it began. Whoever
 * enqueues another meanwhile has set the pending bit after that, so a run
 * follows. The runs of a work never overlap, and so neither do the callback's.
 * A flush is a flush_work(): it sees the run that handles the last item before
 * it, and not the end of a queue that never ends.
 *
 * Who has taken a buffer off the consumer's list, under the lock of that list,
 * finishes its item: the work, after the callback; cancel and close; or the
 * waiter itself, if a signal comes before anybody else. To finish is to give the
 * buffer back and then to tell the waiter, whose structure is on its stack: it
 * waits until it has been told, unless it has taken the buffer itself. What it
 * is told is in its own structure, not in the buffer, which is in use again.
 *
 * Cancel marks all items that are queued in one step, and takes out those that
 * are marked. Should the work be faster it finds the mark and does not run the
 * item. So what has run of the items before a cancel are always the first ones.
 *
 * Methods that add work or wait are inside the Module's gate. Pre-close sends
 * the waiters away; once the gate is closed nobody can add anything, and close
 * sees the last of the work.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include <linux/dmf/module.h>
#include <linux/dmf/queued_work_item.h>
#include <linux/dmf/workqueue.h>

#include "../trace.h"
#include "lock_class.h"

/**
 * struct queued_work_item_waiter - who waits for an item; on its stack
 * @done: the item has been finished.
 * @status: what came of it; valid when @done is.
 */
struct queued_work_item_waiter {
	struct completion done;
	int status;
};

/**
 * struct queued_work_item_canceller - who waits for the run under way; on its stack
 * @link: in the list of the Module.
 * @done: the callback runs no item that was begun before.
 */
struct queued_work_item_canceller {
	struct list_head link;
	struct completion done;
};

/**
 * struct queued_work_item_entry - a buffer: what the Client sees, and a header
 * @waiter: who waits; NULL for nobody.
 * @size: of the parameters.
 * @status: for the waiter. 0 in the queue, unless the item has been cancelled.
 * @parameters: the Client's, aligned as kmalloc() aligns.
 *
 * Belongs to whoever owns the buffer; the BufferQueue has zeroed it.
 */
struct queued_work_item_entry {
	struct queued_work_item_waiter *waiter;
	unsigned int size;
	int status;
	u8 parameters[] __aligned(ARCH_KMALLOC_MINALIGN);
};

struct dmf_queued_work_item {
	struct dmf_module module;

	/* Constant from creation on. */
	struct dmf_buffer_queue *queue;
	void (*function)(struct dmf_queued_work_item *item, void *client_buffer,
			 void *client_buffer_context);
	size_t size_max;

	struct work_struct work;
	struct lock_class_key key;	/* of the work */
	unsigned long runs;		/* of the callback; written by the work alone */
	atomic_long_t cancelled;	/* items that were never run */

	/* Guarded by the Module's lock; the work looks without it whether there are any. */
	struct list_head cancellers;
};

static struct dmf_queued_work_item *to_queued_work_item(struct dmf_module *module)
{
	return container_of(module, struct dmf_queued_work_item, module);
}

static struct queued_work_item_entry *to_entry(void *client_buffer)
{
	return container_of(client_buffer, struct queued_work_item_entry, parameters);
}

/* Give the buffer of an item back, then tell who waits for the item. */
static void queued_work_item_finish(struct dmf_queued_work_item *item,
				    struct queued_work_item_entry *entry)
{
	struct queued_work_item_waiter *waiter = entry->waiter;
	int status = entry->status;

	/* If the callback has written too far the buffer is reported, and out of use. */
	dmf_buffer_queue_reuse(item->queue, entry);
	if (!waiter)
		return;

	waiter->status = status;
	complete(&waiter->done);
}

static void queued_work_item_finish_cancelled(struct dmf_queued_work_item *item,
					      struct queued_work_item_entry *entry)
{
	atomic_long_inc(&item->cancelled);
	trace_task_cancel(&item->module);
	queued_work_item_finish(item, entry);
}

/* The work */

/* No item runs: tell those who wait for that. */
static noinline void queued_work_item_tell_cancellers(struct dmf_queued_work_item *item)
{
	struct queued_work_item_canceller *canceller, *next;
	LIST_HEAD(cancellers);

	dmf_module_lock(&item->module);
	list_splice_init(&item->cancellers, &cancellers);
	dmf_module_unlock(&item->module);

	list_for_each_entry_safe(canceller, next, &cancellers, link)
		complete(&canceller->done);
}

static noinline void queued_work_item_call_traced(struct dmf_queued_work_item *item,
						  struct queued_work_item_entry *entry,
						  void *context)
{
	u64 begin = dmf_task_before(&item->module);

	item->function(item, entry->parameters, context);
	dmf_task_after(&item->module, begin);
}

static void queued_work_item_run(struct dmf_queued_work_item *item,
				 struct queued_work_item_entry *entry, void *context)
{
	if (unlikely(entry->status)) {
		queued_work_item_finish_cancelled(item, entry);
		return;
	}
	WRITE_ONCE(item->runs, item->runs + 1);
	if (trace_task_enabled())
		queued_work_item_call_traced(item, entry, context);
	else
		item->function(item, entry->parameters, context);
	queued_work_item_finish(item, entry);
}

static void queued_work_item_work(struct work_struct *work)
{
	struct dmf_queued_work_item *item = container_of(work, struct dmf_queued_work_item, work);
	unsigned int left = dmf_buffer_queue_count(item->queue);
	void *buffer, *context;

	for (;;) {
		/* A canceller that is not seen here has queued the work after adding itself. */
		if (unlikely(!list_empty(&item->cancellers)))
			queued_work_item_tell_cancellers(item);
		/* There may be fewer than there were. */
		if (!left || dmf_buffer_queue_dequeue(item->queue, &buffer, &context))
			return;
		queued_work_item_run(item, buffer, context);
		/* The workqueue does so after the last one. */
		if (--left)
			cond_resched();
	}
}

/* As flush_work() does: the caller waits for the callback, and holds what it holds. */
static void queued_work_item_might_wait(struct dmf_queued_work_item *item)
{
	lock_map_acquire(&item->work.lockdep_map);
	lock_map_release(&item->work.lockdep_map);
}

/* Cancel */

static enum dmf_buffer_pool_visit
queued_work_item_mark_locked(struct dmf_buffer_queue *queue, void *buffer, void *buffer_context,
			     void *context)
{
	struct queued_work_item_entry *entry = buffer;

	entry->status = -ECANCELED;
	return DMF_BUFFER_POOL_VISIT_CONTINUE;
}

/* Marked items are the first ones. */
static enum dmf_buffer_pool_visit
queued_work_item_take_marked_locked(struct dmf_buffer_queue *queue, void *buffer,
				    void *buffer_context, void *context)
{
	const struct queued_work_item_entry *entry = buffer;

	return entry->status ? DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP : DMF_BUFFER_POOL_VISIT_STOP;
}

/* Cancel all items that have not begun. One of them the work may finish. */
static void queued_work_item_drop(struct dmf_queued_work_item *item)
{
	void *buffer;

	dmf_buffer_queue_enumerate(item->queue, queued_work_item_mark_locked, NULL, &buffer, NULL);
	for (;;) {
		dmf_buffer_queue_enumerate(item->queue, queued_work_item_take_marked_locked, NULL,
					   &buffer, NULL);
		if (!buffer)
			return;
		queued_work_item_finish_cancelled(item, buffer);
	}
}

/* Wait for the item under way, not for those that follow. */
static void queued_work_item_wait_for_run(struct dmf_queued_work_item *item)
{
	struct queued_work_item_canceller canceller;

	queued_work_item_might_wait(item);
	init_completion(&canceller.done);
	dmf_module_lock(&item->module);
	list_add_tail(&canceller.link, &item->cancellers);
	dmf_module_unlock(&item->module);

	queue_work(dmf_workqueue, &item->work);
	wait_for_completion(&canceller.done);
}

/* Wait */

static enum dmf_buffer_pool_visit
queued_work_item_take_mine_locked(struct dmf_buffer_queue *queue, void *buffer,
				  void *buffer_context, void *context)
{
	const struct queued_work_item_entry *entry = buffer;

	return entry->waiter == context ? DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP :
					  DMF_BUFFER_POOL_VISIT_CONTINUE;
}

/* Take the item of @waiter back. Return: false if somebody else finishes it. */
static bool queued_work_item_withdraw(struct dmf_queued_work_item *item,
				      struct queued_work_item_waiter *waiter)
{
	void *buffer;

	dmf_buffer_queue_enumerate(item->queue, queued_work_item_take_mine_locked, waiter, &buffer,
				   NULL);
	if (!buffer)
		return false;

	atomic_long_inc(&item->cancelled);
	trace_task_cancel(&item->module);
	dmf_buffer_queue_reuse(item->queue, buffer);
	return true;
}

static int queued_work_item_wait(struct dmf_queued_work_item *item,
				 struct queued_work_item_waiter *waiter, bool interruptible)
{
	if (interruptible) {
		if (!wait_for_completion_interruptible(&waiter->done))
			return waiter->status;
		if (queued_work_item_withdraw(item, waiter))
			return -ERESTARTSYS;
	}
	wait_for_completion(&waiter->done);
	return waiter->status;
}

/* Enqueue */

static noinline int queued_work_item_refuse(struct dmf_queued_work_item *item, size_t size)
{
	if (size <= item->size_max)
		return -EINVAL;

	dev_err_ratelimited(dmf_module_device(&item->module),
			    "%s: %zu bytes of parameters, at most %zu fit\n",
			    dmf_module_name(&item->module), size, item->size_max);
	return -EMSGSIZE;
}

/* Inside the gate. Both callers are short, and one has to be fast. */
static __always_inline int queued_work_item_add(struct dmf_queued_work_item *item,
						const void *parameters, size_t size,
						struct queued_work_item_waiter *waiter)
{
	struct queued_work_item_entry *entry;
	void *buffer;
	int ret;

	if (unlikely(size > item->size_max || (size && !parameters)))
		return queued_work_item_refuse(item, size);

	ret = dmf_buffer_queue_fetch(item->queue, &buffer, NULL);
	if (unlikely(ret))
		return ret;

	entry = buffer;
	entry->waiter = waiter;
	entry->size = size;
	memcpy(entry->parameters, parameters, size);
	trace_task_queue(&item->module);
	ret = dmf_buffer_queue_enqueue(item->queue, entry);
	if (unlikely(ret)) {
		dmf_buffer_queue_reuse(item->queue, entry);
		return ret;
	}

	queue_work(dmf_workqueue, &item->work);
	return 0;
}

static int queued_work_item_add_and_wait(struct dmf_queued_work_item *item,
					 const void *parameters, size_t size, bool interruptible)
{
	struct queued_work_item_waiter waiter;
	int ret;

	if (WARN_ON(current_work() == &item->work))
		return -EDEADLK;

	ret = dmf_module_acquire(&item->module);
	if (ret)
		return ret;

	queued_work_item_might_wait(item);
	init_completion(&waiter.done);
	ret = queued_work_item_add(item, parameters, size, &waiter);
	if (!ret)
		ret = queued_work_item_wait(item, &waiter, interruptible);
	dmf_module_release(&item->module);
	return ret;
}

/* Module callbacks */

/* What the Client has given for buffers that go back is about the parameters. */
static void queued_work_item_clean(struct dmf_buffer_queue *queue, void *buffer,
				   void *buffer_context)
{
	struct dmf_module *parent = dmf_parent_module_get(dmf_buffer_queue_module(queue));
	const struct dmf_queued_work_item_config *config = dmf_module_config(parent);
	struct queued_work_item_entry *entry = buffer;

	config->buffer_queue_config.reuse_cleanup(queue, entry->parameters, buffer_context);
}

static int queued_work_item_child_modules_add(struct dmf_module *module,
					      struct dmf_module_init *init)
{
	const struct dmf_queued_work_item_config *config = dmf_module_config(module);
	const struct dmf_module_attributes attributes = {
		.passive_level = dmf_module_is_passive_level(module),
	};
	struct dmf_queued_work_item *item = to_queued_work_item(module);
	struct dmf_buffer_queue_config queue = config->buffer_queue_config;

	if (!config->function) {
		dev_err(dmf_module_device(module), "%s: Config has no function\n",
			dmf_module_name(module));
		return -EINVAL;
	}

	item->function = config->function;
	item->size_max = queue.source.buffer_size;
	/* What is too large for the sum is too large for a pool. */
	queue.source.buffer_size = size_add(sizeof(struct queued_work_item_entry),
					    item->size_max);
	if (queue.reuse_cleanup)
		queue.reuse_cleanup = queued_work_item_clean;
	INIT_LIST_HEAD(&item->cancellers);
	return dmf_buffer_queue_add(init, &queue, &attributes, &item->queue);
}

/* A callback may wait for another QueuedWorkItem. */
static int queued_work_item_open(struct dmf_module *module)
{
	struct dmf_queued_work_item *item = to_queued_work_item(module);
	int ret = lock_class_register(module, &item->key);

	if (ret)
		return ret;

	INIT_WORK(&item->work, queued_work_item_work);
	lockdep_init_map(&item->work.lockdep_map, "dmf_queued_work_item", &item->key, 0);
	return 0;
}

/* Whoever comes before the gate is closed has the item run, or cancelled by close. */
static void queued_work_item_pre_close(struct dmf_module *module)
{
	queued_work_item_drop(to_queued_work_item(module));
}

static void queued_work_item_close(struct dmf_module *module)
{
	struct dmf_queued_work_item *item = to_queued_work_item(module);

	queued_work_item_drop(item);
	dmf_flush_work(&item->work);
}

static void queued_work_item_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_queued_work_item *item = to_queued_work_item(module);

	seq_printf(seq, "depth=%u runs=%lu running=%d cancelled=%ld pending=%d",
		   dmf_buffer_queue_count(item->queue), READ_ONCE(item->runs),
		   !!(work_busy(&item->work) & WORK_BUSY_RUNNING),
		   atomic_long_read(&item->cancelled), work_pending(&item->work));
}

static const struct dmf_module_ops queued_work_item_ops = {
	.child_modules_add	= queued_work_item_child_modules_add,
	.open			= queued_work_item_open,
	.pre_close		= queued_work_item_pre_close,
	.close			= queued_work_item_close,
	.show			= queued_work_item_show,
};

static const struct dmf_module_desc queued_work_item_desc = {
	.name		= "queued_work_item",
	.size		= sizeof(struct dmf_queued_work_item),
	.config_size	= sizeof(struct dmf_queued_work_item_config),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &queued_work_item_ops,
};

DMF_DEFINE_MODULE(queued_work_item);
EXPORT_SYMBOL_NS_GPL(dmf_queued_work_item_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_queued_work_item_create, DMF);

/* Methods; see the header */

int dmf_queued_work_item_enqueue(struct dmf_queued_work_item *item, const void *parameters,
				 size_t size)
{
	int ret = dmf_module_acquire(&item->module);

	if (ret)
		return ret;

	ret = queued_work_item_add(item, parameters, size, NULL);
	dmf_module_release(&item->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_queued_work_item_enqueue, DMF);

int dmf_queued_work_item_enqueue_and_wait(struct dmf_queued_work_item *item,
					  const void *parameters, size_t size)
{
	return queued_work_item_add_and_wait(item, parameters, size, false);
}
EXPORT_SYMBOL_NS_GPL(dmf_queued_work_item_enqueue_and_wait, DMF);

int dmf_queued_work_item_enqueue_and_wait_interruptible(struct dmf_queued_work_item *item,
							const void *parameters, size_t size)
{
	return queued_work_item_add_and_wait(item, parameters, size, true);
}
EXPORT_SYMBOL_NS_GPL(dmf_queued_work_item_enqueue_and_wait_interruptible, DMF);

void dmf_queued_work_item_status_set(struct dmf_queued_work_item *item, void *client_buffer,
				     int status)
{
	to_entry(client_buffer)->status = status;
}
EXPORT_SYMBOL_NS_GPL(dmf_queued_work_item_status_set, DMF);

size_t dmf_queued_work_item_size_get(struct dmf_queued_work_item *item, void *client_buffer)
{
	return to_entry(client_buffer)->size;
}
EXPORT_SYMBOL_NS_GPL(dmf_queued_work_item_size_get, DMF);

int dmf_queued_work_item_flush(struct dmf_queued_work_item *item)
{
	int ret;

	if (WARN_ON(current_work() == &item->work))
		return -EDEADLK;

	ret = dmf_module_acquire(&item->module);
	if (ret)
		return ret;

	dmf_flush_work(&item->work);
	dmf_module_release(&item->module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_queued_work_item_flush, DMF);

int dmf_queued_work_item_cancel(struct dmf_queued_work_item *item)
{
	int ret;

	if (WARN_ON(current_work() == &item->work))
		return -EDEADLK;

	ret = dmf_module_acquire(&item->module);
	if (ret)
		return ret;

	queued_work_item_drop(item);
	queued_work_item_wait_for_run(item);
	dmf_module_release(&item->module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_queued_work_item_cancel, DMF);
