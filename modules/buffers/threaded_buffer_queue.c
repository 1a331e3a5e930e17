// SPDX-License-Identifier: GPL-2.0-only
/*
 * ThreadedBufferQueue: buffers that a thread works on, one at a time and in order.
 *
 * A source makes the buffers, a Thread is the doorbell, and the order is a list of
 * this Module: an enqueue adds the buffer and signals, the thread takes buffers
 * until there are none, or it shall stop, or the Client keeps one. The order is not
 * that of a BufferQueue: going through its consumer and back costs half as much
 * again as all of this, and a buffer that is overrun there takes with it whoever
 * waits for it.
 *
 * The home of a buffer is BUFFER_POOL_QUEUED from the enqueue that has claimed it
 * until it goes back to the source, so no Method takes it a second time.
 *
 * The buffer that has begun is @item, which is set in the same step that takes it
 * off the list, and cleared when the thread may take the next one. If the Client
 * keeps the buffer, whoever completes it finishes it in the thread's stead, and
 * signals. The state is in the lowest bits of @item, so that the one word says of
 * which buffer it is the state:
 *
 *	0 -> buffer ----------------------------------> 0      work has completed it
 *	0 -> buffer -> pending -> completed ----------> 0      completed later
 *	0 -> buffer -> completed ---------------------> 0      before work has returned
 *
 * While it works the thread has a reference to the Module. It leaves it to the
 * buffer that is kept, so that closing waits for its completion.
 *
 * Who waits for a buffer has a record on its stack, in a list of the Module, and
 * not in the buffer: nothing of ours lies where a Client can overrun it, and a buffer
 * that nobody waits for costs one look at the list. The record is added in the step
 * that queues the buffer. Whoever finishes a buffer takes its record off the list,
 * gives the buffer back, and completes the record then. The waiter leaves when it
 * has been completed; or after it has, under the lock, found its buffer queued still,
 * and taken both. So no record is reached that has gone, and each buffer is finished
 * by exactly one.
 *
 * The Module's lock guards both lists. The source's lock, and the Thread's, are not
 * taken inside it.
 */
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include <linux/dmf/threaded_buffer_queue.h>

#include "../trace.h"
#include "buffer_pool.h"

/* In @item, beside the address of the buffer; the thread works on it if neither is. */
#define ITEM_PENDING	BIT(0)		/* work has returned, the Client has it */
#define ITEM_COMPLETED	BIT(1)		/* the Client has completed it */

struct dmf_threaded_buffer_queue {
	struct dmf_module module;

	/* Constant from creation on. */
	struct dmf_buffer_pool *source;
	struct dmf_thread *thread;
	void (*reuse_cleanup)(struct dmf_threaded_buffer_queue *queue, void *client_buffer,
			      void *client_buffer_context);

	/* Guarded by the Module's lock. */
	struct hlist_node *first;	/* buffers that have not begun, linked by @next alone */
	struct hlist_node *last;	/* the last of them; valid if there is one */
	unsigned int count;		/* how many there are */
	unsigned int peak;		/* the most there have been */
	unsigned int holds;		/* nothing begins: stops under way, and closing */
	bool opened;			/* buffers are accepted */
	bool closing;			/* waiters are not */
	struct list_head waiters;	/* looked at without the lock for being empty */

	/*
	 * The buffer that has begun, with its state. Set and changed under the lock,
	 * but for the steps to 0; see above.
	 */
	unsigned long item;
	int item_status;		/* valid with ITEM_COMPLETED; under the lock */

	struct task_struct *worker;	/* written by the thread, for comparison */
};

/* Somebody who waits for a buffer; on the stack of that task. */
struct threaded_buffer_queue_waiter {
	struct list_head link;		/* in @waiters, or empty; under the Module's lock */
	const struct buffer_pool_entry *entry;
	int status;			/* valid once @done is */
	struct completion done;
};

static struct dmf_threaded_buffer_queue *
threaded_buffer_queue_from_module(struct dmf_module *module)
{
	return container_of(module, struct dmf_threaded_buffer_queue, module);
}

static const struct dmf_threaded_buffer_queue_config *
threaded_buffer_queue_config(const struct dmf_threaded_buffer_queue *queue)
{
	return dmf_module_config(&queue->module);
}

/* -- The list of buffers -- */

static struct buffer_pool_entry *threaded_buffer_queue_entry(struct hlist_node *node)
{
	return container_of(node, struct buffer_pool_entry, listed);
}

static __always_inline void
threaded_buffer_queue_add_locked(struct dmf_threaded_buffer_queue *queue,
				 struct buffer_pool_entry *entry, bool at_head)
{
	struct hlist_node *node = &entry->listed;

	if (!queue->first) {
		node->next = NULL;
		queue->first = node;
		queue->last = node;
	} else if (at_head) {
		node->next = queue->first;
		queue->first = node;
	} else {
		node->next = NULL;
		queue->last->next = node;
		queue->last = node;
	}
	if (++queue->count > queue->peak)
		queue->peak = queue->count;
}

/* Return: whether the buffer was in the list. */
static bool threaded_buffer_queue_remove_locked(struct dmf_threaded_buffer_queue *queue,
						const struct buffer_pool_entry *entry)
{
	struct hlist_node **link = &queue->first, *before = NULL;

	dmf_module_assert_locked(&queue->module);
	while (*link && *link != &entry->listed) {
		before = *link;
		link = &before->next;
	}
	if (!*link)
		return false;

	*link = entry->listed.next;
	if (queue->last == &entry->listed)
		queue->last = before;
	queue->count--;
	return true;
}

/* -- The end of a buffer -- */

/* Take the record of whoever waits for a buffer, which the caller has, off the list. */
static noinline struct threaded_buffer_queue_waiter *
threaded_buffer_queue_take_waiter(struct dmf_threaded_buffer_queue *queue,
				  const struct buffer_pool_entry *entry)
{
	struct threaded_buffer_queue_waiter *waiter, *found = NULL;

	dmf_module_lock(&queue->module);
	list_for_each_entry(waiter, &queue->waiters, link) {
		if (waiter->entry == entry) {
			list_del_init(&waiter->link);
			found = waiter;
			break;
		}
	}
	dmf_module_unlock(&queue->module);

	return found;
}

/* A buffer that nobody waits for goes back to the source, if it has not been overrun. */
static __always_inline void
threaded_buffer_queue_give_back(struct dmf_threaded_buffer_queue *queue,
				struct buffer_pool_entry *entry)
{
	if (buffer_pool_is_damaged(entry)) {
		__dmf_buffer_pool_condemn(queue->source, entry, "work");
		return;
	}
	if (queue->reuse_cleanup)
		queue->reuse_cleanup(queue, entry->data, buffer_pool_context(entry));
	WRITE_ONCE(entry->home, queue->source);
	buffer_pool_take_back(queue->source, entry);
}

/* Give a buffer back that the caller has, and tell whoever waits for it. */
static __always_inline void threaded_buffer_queue_finish(struct dmf_threaded_buffer_queue *queue,
							 struct buffer_pool_entry *entry,
							 int status)
{
	struct threaded_buffer_queue_waiter *waiter = NULL;

	/* Whoever waits for this buffer was in the list before anybody could have it. */
	if (unlikely(!list_empty(&queue->waiters)))
		waiter = threaded_buffer_queue_take_waiter(queue, entry);

	threaded_buffer_queue_give_back(queue, entry);
	if (unlikely(waiter)) {
		/* The record is gone when it has been completed. */
		waiter->status = status;
		complete(&waiter->done);
	}
}

static noinline void threaded_buffer_queue_cancel(struct dmf_threaded_buffer_queue *queue,
						  struct buffer_pool_entry *entry, int status)
{
	trace_task_cancel(&queue->module);
	threaded_buffer_queue_finish(queue, entry, status);
}

static void threaded_buffer_queue_flush(struct dmf_threaded_buffer_queue *queue)
{
	struct hlist_node *node, *next;

	dmf_module_lock(&queue->module);
	node = queue->first;
	queue->first = NULL;
	queue->count = 0;
	dmf_module_unlock(&queue->module);

	for (; node; node = next) {
		next = node->next;
		threaded_buffer_queue_cancel(queue, threaded_buffer_queue_entry(node), -ECANCELED);
	}
}

static noinline void threaded_buffer_queue_report(struct dmf_threaded_buffer_queue *queue,
						  const char *fault, const void *buffer)
{
	dev_err_ratelimited(dmf_module_device(&queue->module), "%s: fault=%s buffer=%p\n",
			    dmf_module_name(&queue->module), fault, buffer);
}

/* -- The thread -- */

static struct dmf_threaded_buffer_queue *threaded_buffer_queue_of(struct dmf_thread *thread)
{
	struct dmf_module *parent = dmf_parent_module_get(dmf_thread_module(thread));

	return threaded_buffer_queue_from_module(parent);
}

static void threaded_buffer_queue_pre(struct dmf_thread *thread)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_of(thread);
	const struct dmf_threaded_buffer_queue_config *config = threaded_buffer_queue_config(queue);

	WRITE_ONCE(queue->worker, current);
	if (config->pre)
		config->pre(queue);
}

static void threaded_buffer_queue_post(struct dmf_thread *thread)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_of(thread);
	const struct dmf_threaded_buffer_queue_config *config = threaded_buffer_queue_config(queue);

	if (config->post)
		config->post(queue);
}

/*
 * The next buffer begins. Return: it; NULL if there is none, or one is pending, or the
 * queue stops: the completion, or who has stopped it, signals.
 */
static __always_inline struct buffer_pool_entry *
threaded_buffer_queue_begin(struct dmf_threaded_buffer_queue *queue)
{
	struct buffer_pool_entry *entry = NULL;

	dmf_module_lock(&queue->module);
	/* Pairs with dmf_threaded_buffer_queue_work_completed(), which has no lock there. */
	if (likely(queue->first && !smp_load_acquire(&queue->item) && !queue->holds)) {
		entry = threaded_buffer_queue_entry(queue->first);
		queue->first = entry->listed.next;
		queue->count--;
		WRITE_ONCE(queue->item, (unsigned long)entry->data);
	}
	dmf_module_unlock(&queue->module);

	return entry;
}

/*
 * Work has returned and the Client keeps the buffer. Return: whether it is pending;
 * if not the Client has completed it already, with *@status.
 */
static bool threaded_buffer_queue_pend(struct dmf_threaded_buffer_queue *queue, int *status)
{
	bool completed;

	dmf_module_lock(&queue->module);
	completed = queue->item & ITEM_COMPLETED;
	if (completed)
		*status = queue->item_status;
	WRITE_ONCE(queue->item, completed ? 0 : queue->item | ITEM_PENDING);
	dmf_module_unlock(&queue->module);

	return !completed;
}

static __always_inline enum dmf_threaded_buffer_queue_disposition
threaded_buffer_queue_call(struct dmf_threaded_buffer_queue *queue,
			   const struct dmf_threaded_buffer_queue_config *config,
			   struct buffer_pool_entry *entry, int *status)
{
	return config->work(queue, entry->data, config->buffer_queue_config.source.buffer_size,
			    buffer_pool_context(entry), status);
}

static noinline enum dmf_threaded_buffer_queue_disposition
threaded_buffer_queue_call_traced(struct dmf_threaded_buffer_queue *queue,
				  const struct dmf_threaded_buffer_queue_config *config,
				  struct buffer_pool_entry *entry, int *status)
{
	enum dmf_threaded_buffer_queue_disposition disposition;
	u64 begin = dmf_task_before(&queue->module);

	disposition = threaded_buffer_queue_call(queue, config, entry, status);
	dmf_task_after(&queue->module, begin);
	return disposition;
}

/* Return: false if the buffer is pending; somebody else may have finished it already. */
static __always_inline bool
threaded_buffer_queue_run(struct dmf_threaded_buffer_queue *queue,
			  const struct dmf_threaded_buffer_queue_config *config,
			  struct buffer_pool_entry *entry)
{
	enum dmf_threaded_buffer_queue_disposition disposition;
	int status = 0;

	if (buffer_pool_is_damaged(entry)) {
		WRITE_ONCE(queue->item, 0);
		threaded_buffer_queue_cancel(queue, entry, -EUCLEAN);
		return true;
	}

	if (trace_task_enabled())
		disposition = threaded_buffer_queue_call_traced(queue, config, entry, &status);
	else
		disposition = threaded_buffer_queue_call(queue, config, entry, &status);
	if (disposition == DMF_THREADED_BUFFER_QUEUE_WORK_PENDING) {
		if (threaded_buffer_queue_pend(queue, &status))
			return false;
	} else if (unlikely(xchg(&queue->item, 0) != (unsigned long)entry->data)) {
		threaded_buffer_queue_report(queue, "completed_twice", entry->data);
	}

	threaded_buffer_queue_finish(queue, entry, status);
	return true;
}

/* There may be work. Each enqueue, and each completion of a pending buffer, leads here. */
static void threaded_buffer_queue_work(struct dmf_thread *thread)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_of(thread);
	const struct dmf_threaded_buffer_queue_config *config = threaded_buffer_queue_config(queue);
	struct buffer_pool_entry *entry;

	if (dmf_module_reference(&queue->module))
		return;

	while ((entry = threaded_buffer_queue_begin(queue)))
		if (!threaded_buffer_queue_run(queue, config, entry))
			return;		/* The reference is for whoever completes it. */

	dmf_module_dereference(&queue->module);
}

/*
 * The Client has completed a buffer. Return: what @item was; 0 if it is not the
 * buffer that has begun, or was completed before.
 */
static unsigned long threaded_buffer_queue_complete(struct dmf_threaded_buffer_queue *queue,
						    const void *buffer, int status)
{
	const unsigned long working = (unsigned long)buffer;
	const unsigned long pending = working | ITEM_PENDING;
	const unsigned long completed = working | ITEM_COMPLETED;
	unsigned long was = 0;

	if (!buffer || !IS_ALIGNED(working, ITEM_COMPLETED << 1))
		return 0;

	dmf_module_lock(&queue->module);
	if (queue->item == pending) {
		WRITE_ONCE(queue->item, completed);
		was = pending;
	} else if (READ_ONCE(queue->item) == working) {
		queue->item_status = status;
		/* Unless work returns meanwhile and has completed it, too. */
		if (cmpxchg(&queue->item, working, completed) == working)
			was = working;
	}
	dmf_module_unlock(&queue->module);

	return was;
}

/* -- Module callbacks -- */

static int threaded_buffer_queue_child_modules_add(struct dmf_module *module,
						   struct dmf_module_init *init)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_from_module(module);
	const struct dmf_threaded_buffer_queue_config *config = dmf_module_config(module);
	const struct dmf_buffer_pool_config source = {
		.mode = DMF_BUFFER_POOL_MODE_SOURCE,
		.source = config->buffer_queue_config.source,
	};
	struct dmf_thread_config thread = {
		.control_type = DMF_THREAD_CONTROL_TYPE_DMF_CONTROL,
		.pre = threaded_buffer_queue_pre,
		.work = threaded_buffer_queue_work,
		.post = threaded_buffer_queue_post,
		.task = config->task,
	};
	const struct dmf_module_attributes attributes = {
		.passive_level = dmf_module_is_passive_level(module),
	};

	if (!config->work || config->buffer_queue_config.reuse_cleanup) {
		dev_err(dmf_module_device(module), "%s: bad config: %s\n", dmf_module_name(module),
			config->work ? "reuse_cleanup of the BufferQueue" : "no work callback");
		return -EINVAL;
	}

	INIT_LIST_HEAD(&queue->waiters);
	queue->reuse_cleanup = config->reuse_cleanup;
	if (!thread.task.name)
		thread.task.name = dmf_module_name(module);
	return dmf_buffer_pool_add(init, &source, &attributes, &queue->source) ?:
	       dmf_thread_add(init, &thread, NULL, &queue->thread);
}

static int threaded_buffer_queue_open(struct dmf_module *module)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_from_module(module);

	dmf_module_lock(module);
	queue->holds = 0;
	queue->opened = true;
	queue->closing = false;
	dmf_module_unlock(module);
	return 0;
}

/*
 * Nothing begins any more, so nobody may wait for what has not: new waiters are
 * refused from here on.
 */
static void threaded_buffer_queue_pre_close(struct dmf_module *module)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_from_module(module);

	dmf_module_lock(module);
	queue->holds++;
	queue->closing = true;
	dmf_module_unlock(module);

	dmf_thread_stop(queue->thread);
	threaded_buffer_queue_flush(queue);
}

/* Nothing is pending, nobody waits. The queue may have been started and filled since. */
static void threaded_buffer_queue_close(struct dmf_module *module)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_from_module(module);

	dmf_module_lock(module);
	queue->opened = false;
	dmf_module_unlock(module);

	dmf_thread_stop(queue->thread);
	WRITE_ONCE(queue->worker, NULL);
	threaded_buffer_queue_flush(queue);
}

static void threaded_buffer_queue_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_from_module(module);
	unsigned int count, peak;
	unsigned long item;

	dmf_module_lock(module);
	count = queue->count;
	peak = queue->peak;
	item = READ_ONCE(queue->item);
	dmf_module_unlock(module);

	seq_printf(seq, "depth=%u peak=%u working=%d pending=%d", count, peak, !!item,
		   !!(item & ITEM_PENDING));
}

static const struct dmf_module_ops threaded_buffer_queue_ops = {
	.child_modules_add	= threaded_buffer_queue_child_modules_add,
	.open			= threaded_buffer_queue_open,
	.pre_close		= threaded_buffer_queue_pre_close,
	.close			= threaded_buffer_queue_close,
	.show			= threaded_buffer_queue_show,
};

static const struct dmf_module_desc threaded_buffer_queue_desc = {
	.name		= "threaded_buffer_queue",
	.size		= sizeof(struct dmf_threaded_buffer_queue),
	.config_size	= sizeof(struct dmf_threaded_buffer_queue_config),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &threaded_buffer_queue_ops,
};

DMF_DEFINE_MODULE(threaded_buffer_queue);
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_create, DMF);

/* -- Enqueueing and waiting -- */

/*
 * Queue a buffer, and the record of whoever waits for it, in one step. The caller
 * enters no gate: @opened decides.
 */
static __always_inline int threaded_buffer_queue_put(struct dmf_threaded_buffer_queue *queue,
						     void *buffer, bool at_head,
						     struct threaded_buffer_queue_waiter *waiter,
						     unsigned long caller)
{
	struct buffer_pool_entry *entry;
	bool accepted;
	int ret;

	ret = buffer_pool_claim(queue->source, buffer, caller, &entry);
	if (ret)
		return ret;
	WRITE_ONCE(entry->home, BUFFER_POOL_QUEUED);

	dmf_module_lock(&queue->module);
	accepted = waiter ? !queue->closing : queue->opened;
	if (likely(accepted)) {
		threaded_buffer_queue_add_locked(queue, entry, at_head);
		if (waiter) {
			waiter->entry = entry;
			list_add_tail(&waiter->link, &queue->waiters);
		}
	}
	dmf_module_unlock(&queue->module);

	if (unlikely(!accepted)) {
		WRITE_ONCE(entry->home, NULL);
		return -ENODEV;
	}
	trace_task_queue(&queue->module);
	/* If the Thread is not open the queue closes, and takes the buffer back. */
	dmf_thread_work_ready(queue->thread);
	return 0;
}

/* Return: whether the buffer had not begun, and was given back. */
static bool threaded_buffer_queue_withdraw(struct dmf_threaded_buffer_queue *queue,
					   struct threaded_buffer_queue_waiter *waiter)
{
	struct buffer_pool_entry *entry = (struct buffer_pool_entry *)waiter->entry;
	bool withdrawn;

	dmf_module_lock(&queue->module);
	/* As long as the record is listed the buffer, if it is queued, is this waiter's. */
	withdrawn = !list_empty(&waiter->link) &&
		    threaded_buffer_queue_remove_locked(queue, entry);
	if (withdrawn)
		list_del_init(&waiter->link);
	dmf_module_unlock(&queue->module);

	if (withdrawn) {
		trace_task_cancel(&queue->module);
		threaded_buffer_queue_give_back(queue, entry);
	}
	return withdrawn;
}

static int threaded_buffer_queue_wait(struct dmf_threaded_buffer_queue *queue,
				      struct threaded_buffer_queue_waiter *waiter,
				      bool interruptible)
{
	if (!interruptible) {
		wait_for_completion(&waiter->done);
	} else if (wait_for_completion_interruptible(&waiter->done)) {
		if (threaded_buffer_queue_withdraw(queue, waiter))
			return -ERESTARTSYS;
		wait_for_completion(&waiter->done);
	}
	return waiter->status;
}

static int threaded_buffer_queue_put_and_wait(struct dmf_threaded_buffer_queue *queue,
					      void *buffer, bool at_head, bool interruptible,
					      unsigned long caller)
{
	struct threaded_buffer_queue_waiter waiter = {
		.done = COMPLETION_INITIALIZER_ONSTACK(waiter.done),
	};
	int ret;

	if (WARN_ON(current == READ_ONCE(queue->worker)))
		return -EDEADLK;

	ret = dmf_module_acquire(&queue->module);
	if (ret)
		return ret;

	ret = threaded_buffer_queue_put(queue, buffer, at_head, &waiter, caller);
	if (!ret)
		ret = threaded_buffer_queue_wait(queue, &waiter, interruptible);
	dmf_module_release(&queue->module);
	return ret;
}

/* -- Methods; see the header -- */

int dmf_threaded_buffer_queue_start(struct dmf_threaded_buffer_queue *queue)
{
	int ret;

	ret = dmf_module_acquire(&queue->module);
	if (ret)
		return ret;

	ret = dmf_thread_start(queue->thread);
	dmf_module_release(&queue->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_start, DMF);

int dmf_threaded_buffer_queue_stop(struct dmf_threaded_buffer_queue *queue)
{
	int ret;

	ret = dmf_module_acquire(&queue->module);
	if (ret)
		return ret;

	dmf_module_lock(&queue->module);
	queue->holds++;
	dmf_module_unlock(&queue->module);

	ret = dmf_thread_stop(queue->thread);

	dmf_module_lock(&queue->module);
	queue->holds--;
	dmf_module_unlock(&queue->module);

	/* For what the thread has left, and the next start, which may have come already. */
	dmf_thread_work_ready(queue->thread);
	dmf_module_release(&queue->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_stop, DMF);

int dmf_threaded_buffer_queue_fetch(struct dmf_threaded_buffer_queue *queue,
				    void **client_buffer, void **client_buffer_context)
{
	return dmf_buffer_pool_get(queue->source, client_buffer, client_buffer_context);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_fetch, DMF);

int dmf_threaded_buffer_queue_enqueue(struct dmf_threaded_buffer_queue *queue,
				      void *client_buffer)
{
	return threaded_buffer_queue_put(queue, client_buffer, false, NULL, _RET_IP_);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_enqueue, DMF);

int dmf_threaded_buffer_queue_enqueue_at_head(struct dmf_threaded_buffer_queue *queue,
					      void *client_buffer)
{
	return threaded_buffer_queue_put(queue, client_buffer, true, NULL, _RET_IP_);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_enqueue_at_head, DMF);

int dmf_threaded_buffer_queue_enqueue_and_wait(struct dmf_threaded_buffer_queue *queue,
					       void *client_buffer)
{
	return threaded_buffer_queue_put_and_wait(queue, client_buffer, false, false, _RET_IP_);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_enqueue_and_wait, DMF);

int dmf_threaded_buffer_queue_enqueue_at_head_and_wait(struct dmf_threaded_buffer_queue *queue,
						       void *client_buffer)
{
	return threaded_buffer_queue_put_and_wait(queue, client_buffer, true, false, _RET_IP_);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_enqueue_at_head_and_wait, DMF);

int
dmf_threaded_buffer_queue_enqueue_and_wait_interruptible(struct dmf_threaded_buffer_queue *queue,
							 void *client_buffer, bool at_head)
{
	return threaded_buffer_queue_put_and_wait(queue, client_buffer, at_head, true, _RET_IP_);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_enqueue_and_wait_interruptible, DMF);

int dmf_threaded_buffer_queue_work_completed(struct dmf_threaded_buffer_queue *queue,
					     void *client_buffer, int status)
{
	const unsigned long item = threaded_buffer_queue_complete(queue, client_buffer, status);

	if (!item) {
		threaded_buffer_queue_report(queue, "not_pending", client_buffer);
		return -EINVAL;
	}
	if (!(item & ITEM_PENDING))
		return 0;	/* The thread finishes it when work returns. */

	threaded_buffer_queue_finish(queue, buffer_pool_entry(client_buffer), status);
	/* The next buffer begins after all that. */
	smp_store_release(&queue->item, 0);
	dmf_thread_work_ready(queue->thread);
	dmf_module_dereference(&queue->module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_work_completed, DMF);

int dmf_threaded_buffer_queue_reuse(struct dmf_threaded_buffer_queue *queue, void *client_buffer)
{
	struct buffer_pool_entry *entry;
	int ret;

	trace_buffer_put(&queue->source->module, client_buffer);
	ret = buffer_pool_claim(queue->source, client_buffer, _RET_IP_, &entry);
	if (!ret)
		threaded_buffer_queue_give_back(queue, entry);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_reuse, DMF);

void dmf_threaded_buffer_queue_flush(struct dmf_threaded_buffer_queue *queue)
{
	/* Closing waits for what has been taken; what comes later, it flushes itself. */
	if (dmf_module_acquire(&queue->module))
		return;

	threaded_buffer_queue_flush(queue);
	dmf_module_release(&queue->module);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_flush, DMF);

unsigned int dmf_threaded_buffer_queue_count(struct dmf_threaded_buffer_queue *queue)
{
	unsigned int count;

	dmf_module_lock(&queue->module);
	count = queue->count;
	dmf_module_unlock(&queue->module);
	return count;
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_count, DMF);
