// SPDX-License-Identifier: GPL-2.0-only
/*
 * ThreadedBufferQueue: a BufferQueue whose filled buffers a thread of its own
 * works on, one at a time and in order.
 *
 * The Thread is the doorbell and the BufferQueue the order: an enqueue puts the
 * buffer and signals, the thread takes buffers until there are none, or it shall
 * stop, or the Client keeps one.
 *
 * The buffer that has begun is @item. The thread sets it before it calls work and
 * clears it when the buffer has gone back, and takes no other in between. If the
 * Client keeps the buffer, whoever completes it does that in the thread's stead,
 * and signals. The state is in the lowest bits of @item, so that the one word says
 * of which buffer it is the state:
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
 * that nobody waits for costs one look at the list. A record is added before its
 * buffer is queued. Whoever finishes a buffer takes its record off the list, gives
 * the buffer back, and completes the record then. The waiter leaves when
 * it has been completed; or after it has, under the lock, found its record in the list
 * and its buffer in the queue, and taken both. So no record is ever reached that
 * has gone, and each buffer is finished by exactly one.
 *
 * The Module's lock guards that list. The locks of the BufferQueue's pools are
 * taken inside it, never the other way round.
 */
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include <linux/dmf/module.h>
#include <linux/dmf/threaded_buffer_queue.h>

#include "buffer_queue.h"

/* In @item, beside the address of the buffer; the thread works on it if neither is. */
#define ITEM_PENDING	BIT(0)		/* work has returned, the Client has it */
#define ITEM_COMPLETED	BIT(1)		/* the Client has completed it */

struct dmf_threaded_buffer_queue {
	struct dmf_module module;

	/* Constant from creation on. */
	struct dmf_buffer_queue *buffers;
	struct dmf_thread *thread;

	/*
	 * The buffer that has begun, with its state. Set and cleared by whoever has
	 * it; while work runs, in steps that are atomic; see above.
	 */
	unsigned long item;
	int item_status;		/* with ITEM_COMPLETED, by work_completed() */
	unsigned long works;		/* calls of work; written by the thread alone */
	struct task_struct *worker;	/* written by the thread alone, for comparison */

	/* Guarded by the Module's lock. */
	struct list_head waiters;	/* looked at without it for being empty */
	bool closing;			/* waiters are refused; read without it by the thread */
};

/* Somebody who waits for a buffer; on his stack. */
struct threaded_buffer_queue_waiter {
	struct list_head link;		/* in @waiters, or empty; under the Module's lock */
	const void *buffer;
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

/* -- The end of a buffer -- */

static struct threaded_buffer_queue_waiter *
threaded_buffer_queue_find_waiter_locked(struct dmf_threaded_buffer_queue *queue,
					 const void *buffer)
{
	struct threaded_buffer_queue_waiter *waiter;

	dmf_module_assert_locked(&queue->module);
	list_for_each_entry(waiter, &queue->waiters, link) {
		if (waiter->buffer == buffer)
			return waiter;
	}
	return NULL;
}

/* Take the record of whoever waits for a buffer, which the caller has, off the list. */
static noinline struct threaded_buffer_queue_waiter *
threaded_buffer_queue_take_waiter(struct dmf_threaded_buffer_queue *queue, const void *buffer)
{
	struct threaded_buffer_queue_waiter *waiter;

	dmf_module_lock(&queue->module);
	waiter = threaded_buffer_queue_find_waiter_locked(queue, buffer);
	if (waiter)
		list_del_init(&waiter->link);
	dmf_module_unlock(&queue->module);

	return waiter;
}

/* The record is gone when this returns. */
static void threaded_buffer_queue_wake(struct threaded_buffer_queue_waiter *waiter, int status)
{
	waiter->status = status;
	complete(&waiter->done);
}

/* Give a buffer back that the caller has, and tell whoever waits for it. */
static void threaded_buffer_queue_finish(struct dmf_threaded_buffer_queue *queue, void *buffer,
					 int status)
{
	struct threaded_buffer_queue_waiter *waiter = NULL;

	/* Who waits for this buffer was in the list before the buffer was queued. */
	if (unlikely(!list_empty(&queue->waiters)))
		waiter = threaded_buffer_queue_take_waiter(queue, buffer);

	dmf_buffer_queue_reuse(queue->buffers, buffer);
	if (waiter)
		threaded_buffer_queue_wake(waiter, status);
}

static void threaded_buffer_queue_cancel(void *data, void *buffer)
{
	threaded_buffer_queue_finish(data, buffer, -ECANCELED);
}

static void threaded_buffer_queue_flush(struct dmf_threaded_buffer_queue *queue)
{
	__dmf_buffer_queue_flush(queue->buffers, threaded_buffer_queue_cancel, queue);
}

/* -- Callbacks of the children -- */

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

static noinline void threaded_buffer_queue_report(struct dmf_threaded_buffer_queue *queue,
						  const char *fault, const void *buffer)
{
	dev_err_ratelimited(dmf_module_device(&queue->module), "%s: fault=%s buffer=%p\n",
			    dmf_module_name(&queue->module), fault, buffer);
}

/* Work on a buffer. Return: false if it is pending; somebody else may have it already. */
static bool threaded_buffer_queue_run(struct dmf_threaded_buffer_queue *queue, void *buffer,
				      void *buffer_context)
{
	const struct dmf_threaded_buffer_queue_config *config = threaded_buffer_queue_config(queue);
	enum dmf_threaded_buffer_queue_disposition disposition;
	int status = 0;

	WRITE_ONCE(queue->works, queue->works + 1);
	WRITE_ONCE(queue->item, (unsigned long)buffer);
	disposition = config->work(queue, buffer, config->buffer_queue_config.source.buffer_size,
				   buffer_context, &status);
	if (disposition == DMF_THREADED_BUFFER_QUEUE_WORK_PENDING) {
		if (threaded_buffer_queue_pend(queue, &status))
			return false;
	} else if (unlikely(xchg(&queue->item, 0) != (unsigned long)buffer)) {
		threaded_buffer_queue_report(queue, "completed_twice", buffer);
	}

	threaded_buffer_queue_finish(queue, buffer, status);
	return true;
}

/* There may be work. Each enqueue, and each completion of a pending buffer, leads here. */
static void threaded_buffer_queue_work(struct dmf_thread *thread)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_of(thread);
	void *buffer, *buffer_context;

	if (READ_ONCE(queue->item) || READ_ONCE(queue->closing) ||
	    dmf_module_reference(&queue->module))
		return;

	while (!dmf_thread_is_stop_pending(thread)) {
		if (dmf_buffer_queue_dequeue(queue->buffers, &buffer, &buffer_context))
			goto dereference;
		if (!threaded_buffer_queue_run(queue, buffer, buffer_context))
			return;
	}
	/* For the next start. */
	dmf_thread_work_ready(thread);

dereference:
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

static void threaded_buffer_queue_clean(struct dmf_buffer_queue *buffers, void *buffer,
					void *buffer_context)
{
	struct dmf_module *parent = dmf_parent_module_get(dmf_buffer_queue_module(buffers));
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_from_module(parent);

	threaded_buffer_queue_config(queue)->reuse_cleanup(queue, buffer, buffer_context);
}

/* -- Module callbacks -- */

static int threaded_buffer_queue_child_modules_add(struct dmf_module *module,
						   struct dmf_module_init *init)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_from_module(module);
	const struct dmf_threaded_buffer_queue_config *config = dmf_module_config(module);
	struct dmf_buffer_queue_config buffers = config->buffer_queue_config;
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

	if (!config->work || buffers.reuse_cleanup) {
		dev_err(dmf_module_device(module), "%s: bad config: %s\n", dmf_module_name(module),
			config->work ? "reuse_cleanup of the BufferQueue" : "no work callback");
		return -EINVAL;
	}

	INIT_LIST_HEAD(&queue->waiters);
	if (config->reuse_cleanup)
		buffers.reuse_cleanup = threaded_buffer_queue_clean;
	if (!thread.task.name)
		thread.task.name = dmf_module_name(module);
	return dmf_buffer_queue_add(init, &buffers, &attributes, &queue->buffers) ?:
	       dmf_thread_add(init, &thread, NULL, &queue->thread);
}

static void threaded_buffer_queue_set_closing(struct dmf_threaded_buffer_queue *queue,
					      bool closing)
{
	dmf_module_lock(&queue->module);
	WRITE_ONCE(queue->closing, closing);
	dmf_module_unlock(&queue->module);
}

static int threaded_buffer_queue_open(struct dmf_module *module)
{
	threaded_buffer_queue_set_closing(threaded_buffer_queue_from_module(module), false);
	return 0;
}

/* A waiter whose buffer is not the one that has begun, now off the list; or NULL. */
static struct threaded_buffer_queue_waiter *
threaded_buffer_queue_take_left(struct dmf_threaded_buffer_queue *queue)
{
	struct threaded_buffer_queue_waiter *waiter, *found = NULL;
	unsigned long item;

	dmf_module_lock(&queue->module);
	item = queue->item & ~(ITEM_PENDING | ITEM_COMPLETED);
	list_for_each_entry(waiter, &queue->waiters, link) {
		if ((unsigned long)waiter->buffer != item) {
			list_del_init(&waiter->link);
			found = waiter;
			break;
		}
	}
	dmf_module_unlock(&queue->module);

	return found;
}

/*
 * Nothing begins any more, so nobody may wait for what has not: neither new waiters,
 * nor those whose buffers are in the queue, nor those whose buffers are not there
 * yet, or have been overrun in the queue and are lost.
 */
static void threaded_buffer_queue_pre_close(struct dmf_module *module)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_from_module(module);
	struct threaded_buffer_queue_waiter *waiter;

	threaded_buffer_queue_set_closing(queue, true);
	dmf_thread_stop(queue->thread);
	threaded_buffer_queue_flush(queue);
	while ((waiter = threaded_buffer_queue_take_left(queue)))
		threaded_buffer_queue_wake(waiter, -ECANCELED);
}

/* Nothing is pending, nobody waits. The queue may have been started and filled since. */
static void threaded_buffer_queue_close(struct dmf_module *module)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_from_module(module);

	dmf_thread_stop(queue->thread);
	WRITE_ONCE(queue->worker, NULL);
	threaded_buffer_queue_flush(queue);
}

static void threaded_buffer_queue_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_threaded_buffer_queue *queue = threaded_buffer_queue_from_module(module);

	seq_printf(seq, "depth=%u pending=%d works=%lu", dmf_buffer_queue_count(queue->buffers),
		   !!(READ_ONCE(queue->item) & ITEM_PENDING), READ_ONCE(queue->works));
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

/* -- Waiting -- */

static int threaded_buffer_queue_enqueue(struct dmf_threaded_buffer_queue *queue, void *buffer,
					 bool at_head)
{
	int ret;

	if (at_head)
		ret = dmf_buffer_queue_enqueue_at_head(queue->buffers, buffer);
	else
		ret = dmf_buffer_queue_enqueue(queue->buffers, buffer);
	/* If the Thread has closed the BufferQueue, which closes next, takes the buffer back. */
	if (likely(!ret))
		dmf_thread_work_ready(queue->thread);
	return ret;
}

/* Two cannot wait for one buffer, of which one does not have it. */
static int threaded_buffer_queue_add_waiter(struct dmf_threaded_buffer_queue *queue,
					    struct threaded_buffer_queue_waiter *waiter)
{
	int ret = 0;

	dmf_module_lock(&queue->module);
	if (queue->closing)
		ret = -ENODEV;
	else if (threaded_buffer_queue_find_waiter_locked(queue, waiter->buffer))
		ret = -EALREADY;
	else
		list_add_tail(&waiter->link, &queue->waiters);
	dmf_module_unlock(&queue->module);

	if (ret == -EALREADY)
		threaded_buffer_queue_report(queue, "double_put", waiter->buffer);
	return ret;
}

/* The buffer could not be queued: nobody will finish it. */
static void threaded_buffer_queue_remove_waiter(struct dmf_threaded_buffer_queue *queue,
						struct threaded_buffer_queue_waiter *waiter)
{
	bool listed;

	dmf_module_lock(&queue->module);
	listed = !list_empty(&waiter->link);
	list_del_init(&waiter->link);
	dmf_module_unlock(&queue->module);

	/* Unless it was somebody else's, which is why; or the queue closes. */
	if (!listed)
		wait_for_completion(&waiter->done);
}

static enum dmf_buffer_pool_visit
threaded_buffer_queue_find_locked(struct dmf_buffer_queue *buffers, void *buffer,
				  void *buffer_context, void *context)
{
	return buffer == context ? DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP :
				   DMF_BUFFER_POOL_VISIT_CONTINUE;
}

/* Return: whether the buffer had not begun, and was given back. */
static bool threaded_buffer_queue_withdraw(struct dmf_threaded_buffer_queue *queue,
					   struct threaded_buffer_queue_waiter *waiter)
{
	void *buffer = NULL;

	dmf_module_lock(&queue->module);
	/* As long as the record is listed the buffer in the queue is this waiter's. */
	if (!list_empty(&waiter->link))
		dmf_buffer_queue_enumerate(queue->buffers, threaded_buffer_queue_find_locked,
					   (void *)waiter->buffer, &buffer, NULL);
	if (buffer)
		list_del_init(&waiter->link);
	dmf_module_unlock(&queue->module);

	if (buffer)
		dmf_buffer_queue_reuse(queue->buffers, buffer);
	return buffer;
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

static int threaded_buffer_queue_enqueue_and_wait(struct dmf_threaded_buffer_queue *queue,
						  void *buffer, bool at_head, bool interruptible)
{
	struct threaded_buffer_queue_waiter waiter = {
		.link = LIST_HEAD_INIT(waiter.link),
		.buffer = buffer,
		.done = COMPLETION_INITIALIZER_ONSTACK(waiter.done),
	};
	int ret;

	if (WARN_ON(current == READ_ONCE(queue->worker)))
		return -EDEADLK;

	ret = dmf_module_acquire(&queue->module);
	if (ret)
		return ret;

	ret = threaded_buffer_queue_add_waiter(queue, &waiter);
	if (ret)
		goto release;

	ret = threaded_buffer_queue_enqueue(queue, buffer, at_head);
	if (ret)
		threaded_buffer_queue_remove_waiter(queue, &waiter);
	else
		ret = threaded_buffer_queue_wait(queue, &waiter, interruptible);

release:
	dmf_module_release(&queue->module);
	return ret;
}

/* -- Methods; see the header -- */

int dmf_threaded_buffer_queue_start(struct dmf_threaded_buffer_queue *queue)
{
	return dmf_thread_start(queue->thread);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_start, DMF);

int dmf_threaded_buffer_queue_stop(struct dmf_threaded_buffer_queue *queue)
{
	return dmf_thread_stop(queue->thread);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_stop, DMF);

int dmf_threaded_buffer_queue_fetch(struct dmf_threaded_buffer_queue *queue,
				    void **client_buffer, void **client_buffer_context)
{
	return dmf_buffer_queue_fetch(queue->buffers, client_buffer, client_buffer_context);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_fetch, DMF);

int dmf_threaded_buffer_queue_enqueue(struct dmf_threaded_buffer_queue *queue,
				      void *client_buffer)
{
	return threaded_buffer_queue_enqueue(queue, client_buffer, false);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_enqueue, DMF);

int dmf_threaded_buffer_queue_enqueue_at_head(struct dmf_threaded_buffer_queue *queue,
					      void *client_buffer)
{
	return threaded_buffer_queue_enqueue(queue, client_buffer, true);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_enqueue_at_head, DMF);

int dmf_threaded_buffer_queue_enqueue_and_wait(struct dmf_threaded_buffer_queue *queue,
					       void *client_buffer)
{
	return threaded_buffer_queue_enqueue_and_wait(queue, client_buffer, false, false);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_enqueue_and_wait, DMF);

int dmf_threaded_buffer_queue_enqueue_at_head_and_wait(struct dmf_threaded_buffer_queue *queue,
						       void *client_buffer)
{
	return threaded_buffer_queue_enqueue_and_wait(queue, client_buffer, true, false);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_enqueue_at_head_and_wait, DMF);

int dmf_threaded_buffer_queue_enqueue_and_wait_interruptible(struct dmf_threaded_buffer_queue *queue,
							     void *client_buffer)
{
	return threaded_buffer_queue_enqueue_and_wait(queue, client_buffer, false, true);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_enqueue_and_wait_interruptible, DMF);

int dmf_threaded_buffer_queue_enqueue_at_head_and_wait_interruptible(
	struct dmf_threaded_buffer_queue *queue, void *client_buffer)
{
	return threaded_buffer_queue_enqueue_and_wait(queue, client_buffer, true, true);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_enqueue_at_head_and_wait_interruptible, DMF);

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

	threaded_buffer_queue_finish(queue, client_buffer, status);
	WRITE_ONCE(queue->item, 0);
	dmf_thread_work_ready(queue->thread);
	dmf_module_dereference(&queue->module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_work_completed, DMF);

int dmf_threaded_buffer_queue_reuse(struct dmf_threaded_buffer_queue *queue, void *client_buffer)
{
	return dmf_buffer_queue_reuse(queue->buffers, client_buffer);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_reuse, DMF);

void dmf_threaded_buffer_queue_flush(struct dmf_threaded_buffer_queue *queue)
{
	threaded_buffer_queue_flush(queue);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_flush, DMF);

unsigned int dmf_threaded_buffer_queue_count(struct dmf_threaded_buffer_queue *queue)
{
	return dmf_buffer_queue_count(queue->buffers);
}
EXPORT_SYMBOL_NS_GPL(dmf_threaded_buffer_queue_count, DMF);
