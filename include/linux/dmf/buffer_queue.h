/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BufferQueue: buffers that wander between a list of empty ones, the producer,
 * and a queue of filled ones, the consumer.
 */
#ifndef _LINUX_DMF_BUFFER_QUEUE_H
#define _LINUX_DMF_BUFFER_QUEUE_H

#include <linux/types.h>

#include <linux/dmf/buffer_pool.h>
#include <linux/dmf/types.h>

struct scatterlist;

/**
 * DOC: BufferQueue and the way of a buffer
 *
 * fetch -> the Client fills the buffer -> enqueue -> dequeue -> the Client uses
 * what is in it -> reuse. A buffer that is fetched and not needed goes back by
 * reuse, too. Buffers come from the producer zeroed, and keep their content in
 * the consumer. Only buffers of the same queue can be enqueued.
 *
 * From fetch to enqueue and from dequeue to reuse the Client owns the buffer;
 * else the queue does. What is said of owners, marks, errors and memory in
 * &struct dmf_buffer_pool's header applies here: the producer is a source and
 * the consumer a sink.
 *
 * reuse_cleanup is called exactly once each time a buffer goes back to the
 * producer: by reuse, by flush, and when the queue closes, which flushes it. It
 * is not called for a buffer that is refused or has been overrun.
 *
 * Methods do not enter the Module's gate and take no lock of the queue, at most one
 * of a pool at a time: they may be called at any time before the device has been
 * unbound, also with a lock of a parent held.
 *
 * DMF: DMF_BufferQueue.
 */

DMF_DECLARE_MODULE(buffer_queue);

/**
 * struct dmf_buffer_queue_config - Config of a BufferQueue
 * @source: the buffers, see there.
 * @reuse_cleanup: gives up what a buffer refers to, before the buffer is zeroed
 *	and can be fetched again; NULL if there is nothing to do. Called without a
 *	lock of the queue, in the context of whoever calls reuse or flush.
 *	DMF: EVT_DMF_BufferQueue_ReuseCleanup.
 *
 * DMF: DMF_CONFIG_BufferQueue.
 */
struct dmf_buffer_queue_config {
	struct dmf_buffer_pool_source_settings source;
	void (*reuse_cleanup)(struct dmf_buffer_queue *queue, void *buffer, void *buffer_context);
};

/**
 * typedef dmf_buffer_queue_visit_locked_fn - look at one filled buffer
 * @queue: the queue
 * @buffer: the buffer; stays the queue's while the callback runs
 * @buffer_context: its context, NULL if it has none
 * @context: what the caller of dmf_buffer_queue_enumerate() has given
 *
 * Called with the lock of the consumer held: it may not sleep and may not call a
 * Method of the queue.
 *
 * DMF: EVT_DMF_BufferPool_Enumeration, which got the handle of the consumer.
 *
 * Return: what to do with the buffer, and whether to go on.
 */
typedef enum dmf_buffer_pool_visit dmf_buffer_queue_visit_locked_fn(struct dmf_buffer_queue *queue,
								    void *buffer,
								    void *buffer_context,
								    void *context);

/**
 * typedef dmf_buffer_queue_timer_fn - the timer of a filled buffer has expired
 * @queue: the queue
 * @buffer: the buffer; it belongs to the callback now
 * @buffer_context: its context, NULL if it has none
 * @context: what the caller of dmf_buffer_queue_enqueue_with_timer() has given
 *
 * Called in process context without locks, one at a time for each queue, in the
 * order of expiry. Closing the queue waits for a callback that runs.
 *
 * DMF: EVT_DMF_BufferPool_TimerCallback.
 */
typedef void dmf_buffer_queue_timer_fn(struct dmf_buffer_queue *queue, void *buffer,
				       void *buffer_context, void *context);

/**
 * dmf_buffer_queue_fetch - take an empty buffer
 * @queue: the queue
 * @buffer: where to store the buffer, zeroed, which belongs to the caller from
 *	then on; left alone on failure
 * @buffer_context: where to store its context, zeroed, or NULL if it has none;
 *	or NULL
 *
 * DMF: DMF_BufferQueue_Fetch.
 *
 * Context: any. Allocates, and takes the lock of the producer, only if that is
 * empty and has lookaside.
 * Return: 0; -ENOBUFS if there is no empty buffer left; -ENOMEM if there is no
 * memory for an additional one; -ENODEV if the queue is not open.
 */
int dmf_buffer_queue_fetch(struct dmf_buffer_queue *queue, void **buffer, void **buffer_context);

/**
 * dmf_buffer_queue_enqueue - add a filled buffer at the end
 * @queue: the queue
 * @buffer: fetched or dequeued from @queue; the queue owns it on success
 *
 * DMF: DMF_BufferQueue_Enqueue.
 *
 * Context: any; takes the lock of the consumer.
 * Return: 0; -EINVAL if @buffer is not one of this queue; -EALREADY if the queue
 * has it already; -EUCLEAN if it has been overrun: the queue has kept it and uses
 * it no more; -ENODEV if the queue is not open: the caller keeps it.
 */
int dmf_buffer_queue_enqueue(struct dmf_buffer_queue *queue, void *buffer);

/**
 * dmf_buffer_queue_enqueue_at_head - add a filled buffer as the oldest
 * @queue: the queue
 * @buffer: fetched or dequeued from @queue; the queue owns it on success
 *
 * DMF: DMF_BufferQueue_EnqueueAtHead.
 *
 * Context: any; takes the lock of the consumer.
 * Return: as dmf_buffer_queue_enqueue().
 */
int dmf_buffer_queue_enqueue_at_head(struct dmf_buffer_queue *queue, void *buffer);

/**
 * dmf_buffer_queue_enqueue_with_timer - add a filled buffer for a limited time
 * @queue: the queue
 * @buffer: fetched or dequeued from @queue, whose settings say create_with_timer;
 *	the queue owns it on success
 * @timeout_ms: milliseconds until @callback gets the buffer; 0 for at once
 * @callback: gets the buffer if nobody has taken it before
 * @context: for @callback
 *
 * Exactly one gets the buffer: a dequeue, an enumeration that removes it, a flush
 * or the close of the queue, or @callback.
 *
 * DMF: DMF_BufferQueue_EnqueueWithTimer.
 *
 * Context: any; takes the lock of the consumer.
 * Return: as dmf_buffer_queue_enqueue(), and -EINVAL if @callback is NULL or the
 * buffer has no timer.
 */
int dmf_buffer_queue_enqueue_with_timer(struct dmf_buffer_queue *queue, void *buffer,
					unsigned int timeout_ms,
					dmf_buffer_queue_timer_fn *callback, void *context);

/**
 * dmf_buffer_queue_dequeue - take the oldest filled buffer
 * @queue: the queue
 * @buffer: where to store the buffer, which belongs to the caller from then on;
 *	left alone on failure
 * @buffer_context: where to store its context, NULL if it has none; or NULL
 *
 * DMF: DMF_BufferQueue_Dequeue.
 *
 * Context: any; takes the lock of the consumer.
 * Return: 0; -ENOENT if the queue is empty; -ENODEV if it is not open.
 */
int dmf_buffer_queue_dequeue(struct dmf_buffer_queue *queue, void **buffer,
			     void **buffer_context);

/**
 * dmf_buffer_queue_dequeue_with_memory_descriptor - take the oldest filled buffer for a transfer
 * @queue: the queue
 * @descriptor: the caller's; set up as a list of one entry that covers the whole
 *	buffer
 * @buffer: as for dmf_buffer_queue_dequeue()
 * @buffer_context: as for dmf_buffer_queue_dequeue()
 *
 * DMF: DMF_BufferQueue_DequeueWithMemoryDescriptor; a scatterlist stands for
 * the WDF_MEMORY_DESCRIPTOR.
 *
 * Context: any; takes the lock of the consumer.
 * Return: as dmf_buffer_queue_dequeue().
 */
int dmf_buffer_queue_dequeue_with_memory_descriptor(struct dmf_buffer_queue *queue,
						    struct scatterlist *descriptor,
						    void **buffer, void **buffer_context);

/**
 * dmf_buffer_queue_reuse - give a buffer back to the producer
 * @queue: the queue
 * @buffer: fetched or dequeued from @queue; the queue owns it on success
 *
 * Calls reuse_cleanup, then zeroes the buffer.
 *
 * DMF: DMF_BufferQueue_Reuse.
 *
 * Context: any; takes the lock of the producer if that has lookaside or is closing.
 * Return: as dmf_buffer_queue_enqueue(). reuse_cleanup has been called if and only
 * if it is 0.
 */
int dmf_buffer_queue_reuse(struct dmf_buffer_queue *queue, void *buffer);

/**
 * dmf_buffer_queue_flush - give all filled buffers back to the producer
 * @queue: the queue
 *
 * They are taken in one step and go through reuse_cleanup one by one. Buffers
 * that are enqueued meanwhile stay. The timer callback of a buffer that has
 * expired already may still run.
 *
 * DMF: DMF_BufferQueue_Flush.
 *
 * Context: any; takes the lock of the consumer, then those of dmf_buffer_queue_reuse().
 */
void dmf_buffer_queue_flush(struct dmf_buffer_queue *queue);

/**
 * dmf_buffer_queue_enumerate - look at the filled buffers, the oldest first
 * @queue: the queue
 * @callback: called for each buffer until it says to stop
 * @context: for @callback
 * @buffer: where to store the buffer that was removed, which belongs to the
 *	caller from then on, or NULL if none was
 * @buffer_context: where to store its context; may be NULL
 *
 * The whole enumeration is one atomic step; see dmf_buffer_pool_enumerate().
 *
 * DMF: DMF_BufferQueue_Enumerate.
 *
 * Context: any; takes the lock of the consumer and calls @callback with it held.
 * Return: 0, also if nothing was removed; -ENODEV if the queue is not open.
 */
int dmf_buffer_queue_enumerate(struct dmf_buffer_queue *queue,
			       dmf_buffer_queue_visit_locked_fn *callback, void *context,
			       void **buffer, void **buffer_context);

/**
 * dmf_buffer_queue_count - number of filled buffers
 * @queue: the queue
 *
 * DMF: DMF_BufferQueue_Count.
 *
 * Context: any; takes the lock of the consumer.
 * Return: the number, which may have changed when the caller sees it.
 */
unsigned int dmf_buffer_queue_count(struct dmf_buffer_queue *queue);

/**
 * dmf_buffer_queue_context_get - the context of a buffer
 * @queue: the queue
 * @buffer: one of its buffers that the caller owns, or is being shown
 *
 * DMF: DMF_BufferQueue_ContextGet.
 *
 * Context: any.
 * Return: the context; NULL if it has none, or if no pool has made @buffer.
 */
void *dmf_buffer_queue_context_get(struct dmf_buffer_queue *queue, void *buffer);

#endif /* _LINUX_DMF_BUFFER_QUEUE_H */
