/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ThreadedBufferQueue: a BufferQueue whose filled buffers a thread of its own
 * works on, one at a time and in order.
 */
#ifndef _LINUX_DMF_THREADED_BUFFER_QUEUE_H
#define _LINUX_DMF_THREADED_BUFFER_QUEUE_H

#include <linux/types.h>

#include <linux/dmf/buffer_queue.h>
#include <linux/dmf/thread.h>
#include <linux/dmf/types.h>

struct dmf_threaded_buffer_queue;

/**
 * DOC: ThreadedBufferQueue and the way of a buffer
 *
 * fetch -> the Client fills the buffer -> enqueue -> the thread calls work ->
 * the buffer is reused. Or the Client keeps the buffer when work returns, does the
 * rest elsewhere, and hands it over with work_completed. The next buffer is begun
 * when the one before has been completed, so buffers are worked on and finished
 * strictly in order. What is said of owners, marks and errors in &struct
 * dmf_buffer_pool's header applies here.
 *
 * The queue has to be started. What is enqueued while it is stopped waits, and so
 * do those who have enqueued and wait. A stop waits for the work under way, not
 * for a buffer that is pending, and leaves the rest in the queue.
 *
 * reuse_cleanup is called exactly once for each buffer that goes back: after its
 * work has been completed, by reuse, by flush, when its waiter is interrupted, and
 * at close. It is not called for a buffer that is refused or has been overrun.
 *
 * Closing stops the queue, gives what has not begun back, and tells those who
 * wait for it -ECANCELED. A pending buffer holds a reference: closing waits until it
 * is completed, and after a while says so. The Client completes it in its
 * on_notification_pre_close at the latest, after it has stopped the queue, or the
 * thread takes the next one.
 *
 * DMF: DMF_ThreadedBufferQueue.
 */

/**
 * enum dmf_threaded_buffer_queue_disposition - what becomes of a buffer after work
 * @DMF_THREADED_BUFFER_QUEUE_WORK_COMPLETE: the work is done, the queue takes the
 *	buffer back and goes on.
 * @DMF_THREADED_BUFFER_QUEUE_WORK_PENDING: the Client keeps the buffer until
 *	dmf_threaded_buffer_queue_work_completed(), which may be called even before
 *	work has returned; the queue waits.
 *
 * DMF: ThreadedBufferQueue_BufferDisposition.
 */
enum dmf_threaded_buffer_queue_disposition {
	DMF_THREADED_BUFFER_QUEUE_WORK_COMPLETE,
	DMF_THREADED_BUFFER_QUEUE_WORK_PENDING,
};

/**
 * struct dmf_threaded_buffer_queue_config - Config of a ThreadedBufferQueue
 * @buffer_queue_config: the buffers. Its reuse_cleanup is NULL: there is one below.
 * @pre: called by the thread after each start, before any work; or NULL.
 * @work: called by the thread for each buffer; required. @client_buffer_context is
 *	NULL if buffers have none. *@status, 0 unless it is set, is what those get
 *	who wait for a buffer that is complete. Returns what becomes of the buffer.
 * @post: called by the thread before each stop returns, after all work; or NULL.
 * @reuse_cleanup: gives up what a buffer refers to, before it is zeroed and can
 *	be fetched again; or NULL. Called without locks, in the context of whoever
 *	gives the buffer back.
 * @task: name and priority of the thread; its name is by default that of the
 *	instance.
 *
 * DMF: DMF_CONFIG_ThreadedBufferQueue.
 */
struct dmf_threaded_buffer_queue_config {
	struct dmf_buffer_queue_config buffer_queue_config;
	void (*pre)(struct dmf_threaded_buffer_queue *queue);
	enum dmf_threaded_buffer_queue_disposition
		(*work)(struct dmf_threaded_buffer_queue *queue, void *client_buffer,
			size_t client_buffer_size, void *client_buffer_context, int *status);
	void (*post)(struct dmf_threaded_buffer_queue *queue);
	void (*reuse_cleanup)(struct dmf_threaded_buffer_queue *queue, void *client_buffer,
			      void *client_buffer_context);
	struct dmf_thread_task task;
};

DMF_DECLARE_MODULE(threaded_buffer_queue);

/**
 * dmf_threaded_buffer_queue_start - have the thread work
 * @queue: the queue
 *
 * DMF: DMF_ThreadedBufferQueue_Start.
 *
 * Context: process, may sleep.
 * Return: as dmf_thread_start().
 */
int dmf_threaded_buffer_queue_start(struct dmf_threaded_buffer_queue *queue);

/**
 * dmf_threaded_buffer_queue_stop - have the thread stop, and wait until it has
 * @queue: the queue
 *
 * Waits for the work under way. What has not begun stays in the queue; a buffer
 * that is pending may be completed meanwhile.
 *
 * DMF: DMF_ThreadedBufferQueue_Stop.
 *
 * Context: process, may sleep; not within a callback of the thread, nor with a
 * lock that one of them takes.
 * Return: as dmf_thread_stop().
 */
int dmf_threaded_buffer_queue_stop(struct dmf_threaded_buffer_queue *queue);

/**
 * dmf_threaded_buffer_queue_fetch - take an empty buffer
 * @queue: the queue
 * @client_buffer: where to store the buffer, zeroed, which belongs to the caller
 *	from then on; left alone on failure
 * @client_buffer_context: where to store its context, zeroed, or NULL if it has
 *	none; or NULL
 *
 * DMF: DMF_ThreadedBufferQueue_Fetch.
 *
 * Context: as dmf_buffer_queue_fetch().
 * Return: as dmf_buffer_queue_fetch().
 */
int dmf_threaded_buffer_queue_fetch(struct dmf_threaded_buffer_queue *queue,
				    void **client_buffer, void **client_buffer_context);

/**
 * dmf_threaded_buffer_queue_enqueue - have a buffer worked on after all others
 * @queue: the queue
 * @client_buffer: fetched from @queue; the queue owns it on success
 *
 * DMF: DMF_ThreadedBufferQueue_Enqueue.
 *
 * Context: any; takes the lock of the Module.
 * Return: as dmf_buffer_queue_enqueue().
 */
int dmf_threaded_buffer_queue_enqueue(struct dmf_threaded_buffer_queue *queue,
				      void *client_buffer);

/**
 * dmf_threaded_buffer_queue_enqueue_at_head - have a buffer worked on next
 * @queue: the queue
 * @client_buffer: fetched from @queue; the queue owns it on success
 *
 * DMF: DMF_ThreadedBufferQueue_EnqueueAtHead.
 *
 * Context: any; takes the lock of the Module.
 * Return: as dmf_buffer_queue_enqueue().
 */
int dmf_threaded_buffer_queue_enqueue_at_head(struct dmf_threaded_buffer_queue *queue,
					      void *client_buffer);

/**
 * dmf_threaded_buffer_queue_enqueue_and_wait - the same as enqueue, and wait for the work
 * @queue: the queue
 * @client_buffer: fetched from @queue; the queue owns it unless -EINVAL, -EALREADY,
 *	-ENODEV or -EDEADLK is returned by the queue
 *
 * The buffer has been given back, and can be fetched, when this returns. While the
 * queue is stopped this waits for a start or a flush.
 *
 * DMF: DMF_ThreadedBufferQueue_EnqueueAndWait.
 *
 * Context: process, may sleep; not within a callback of the thread, nor with a
 * lock that one of them takes.
 * Return: the status of the work; -ECANCELED if the buffer was flushed, or the queue
 * closes; -EDEADLK, with a warning, if the thread calls; -ENODEV if the queue is
 * not open or closes already; else as dmf_buffer_queue_enqueue().
 */
int dmf_threaded_buffer_queue_enqueue_and_wait(struct dmf_threaded_buffer_queue *queue,
					       void *client_buffer);

/**
 * dmf_threaded_buffer_queue_enqueue_at_head_and_wait - enqueue at head, and wait for the work
 * @queue: the queue
 * @client_buffer: as for dmf_threaded_buffer_queue_enqueue_and_wait()
 *
 * DMF: DMF_ThreadedBufferQueue_EnqueueAtHeadAndWait.
 *
 * Context: as dmf_threaded_buffer_queue_enqueue_and_wait().
 * Return: as dmf_threaded_buffer_queue_enqueue_and_wait().
 */
int dmf_threaded_buffer_queue_enqueue_at_head_and_wait(struct dmf_threaded_buffer_queue *queue,
						       void *client_buffer);

/**
 * dmf_threaded_buffer_queue_enqueue_and_wait_interruptible - wait, unless a signal comes
 * @queue: the queue
 * @client_buffer: as for dmf_threaded_buffer_queue_enqueue_and_wait(); the queue
 *	has taken it back also when -ERESTARTSYS is returned
 * @at_head: have it worked on next, and not after all others
 *
 * A signal that comes before the work has begun withdraws the buffer: work is not
 * called for it. Once it has begun its end is waited for, signal or not.
 *
 * Context: as dmf_threaded_buffer_queue_enqueue_and_wait().
 * Return: as dmf_threaded_buffer_queue_enqueue_and_wait(), and -ERESTARTSYS.
 */
int
dmf_threaded_buffer_queue_enqueue_and_wait_interruptible(struct dmf_threaded_buffer_queue *queue,
							 void *client_buffer, bool at_head);

/**
 * dmf_threaded_buffer_queue_work_completed - complete a buffer that was kept
 * @queue: the queue
 * @client_buffer: for which work has returned, or is about to return,
 *	DMF_THREADED_BUFFER_QUEUE_WORK_PENDING; the queue takes it back on success
 * @status: what those get who wait for it
 *
 * The queue goes on with the next buffer.
 *
 * DMF: DMF_ThreadedBufferQueue_WorkCompleted.
 *
 * Context: any; takes the locks of the Module and a child, one at a time.
 * Return: 0; -EINVAL, with a message, if @client_buffer is not being worked on or
 * has been completed already.
 */
int dmf_threaded_buffer_queue_work_completed(struct dmf_threaded_buffer_queue *queue,
					     void *client_buffer, int status);

/**
 * dmf_threaded_buffer_queue_reuse - give back a buffer that was fetched and is not needed
 * @queue: the queue
 * @client_buffer: fetched from @queue; the queue owns it on success
 *
 * DMF: DMF_ThreadedBufferQueue_Reuse.
 *
 * Context: as dmf_buffer_queue_reuse().
 * Return: as dmf_buffer_queue_reuse().
 */
int dmf_threaded_buffer_queue_reuse(struct dmf_threaded_buffer_queue *queue,
				    void *client_buffer);

/**
 * dmf_threaded_buffer_queue_flush - give back all buffers that have not begun
 * @queue: the queue
 *
 * They are taken in one step. Those who wait for them get -ECANCELED. The buffer
 * that is being worked on, or pending, goes on; what is enqueued meanwhile stays.
 *
 * DMF: DMF_ThreadedBufferQueue_Flush.
 *
 * Context: any; takes the locks of the Module and its children, one at a time.
 */
void dmf_threaded_buffer_queue_flush(struct dmf_threaded_buffer_queue *queue);

/**
 * dmf_threaded_buffer_queue_count - number of buffers that have not begun
 * @queue: the queue
 *
 * DMF: DMF_ThreadedBufferQueue_Count.
 *
 * Context: any; takes the lock of the Module.
 * Return: the number, which may have changed when the caller sees it.
 */
unsigned int dmf_threaded_buffer_queue_count(struct dmf_threaded_buffer_queue *queue);

#endif /* _LINUX_DMF_THREADED_BUFFER_QUEUE_H */
