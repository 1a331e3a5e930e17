// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues of pended requests, for Modules.
 *
 * Who has a request: the queue, as long as the request's entry is in its list.
 * Whoever takes it out, under the lock of the Module that owns the queue, has it
 * then: the caller of a take, a return or a close, or the cancel callback.
 *
 * Taking a request out also ends its cancelling, for it may be completed long
 * afterwards, when the queue is gone. A cancel callback that has been called just
 * before may still run: it finds the request gone, and dmf_request_queue_close()
 * waits for it.
 */
#include "internal.h"
#include <linux/dmf/request_queue.h>

/**
 * dmf_request_queue_init - make an empty queue that takes requests
 * @queue: the queue; the caller owns its memory
 * @module: the Module whose default lock guards it
 * @max: how many requests it keeps; one more is refused
 * @give_back: called without locks for a request that its submitter has given up,
 *	with -ECANCELED, and for those that the queue itself returns, with their
 *	status; completes the request, now or later, and waits for nothing that a
 *	cancel callback may not, see dmf_request_pend(). NULL: the core completes it
 *
 * A Module that is opened again may call this again, after the close.
 *
 * DMF: WdfIoQueueCreate, EvtIoQueueIoCanceledOnQueue.
 *
 * Context: any, before anybody else knows the queue.
 */
void dmf_request_queue_init(struct dmf_request_queue *queue, struct dmf_module *module,
			    unsigned int max,
			    void (*give_back)(struct dmf_request_queue *queue,
					      struct dmf_request *request, int status))
{
	*queue = (struct dmf_request_queue) {
		.module = module,
		.requests = LIST_HEAD_INIT(queue->requests),
		.max = max,
		.give_back = give_back,
	};
}
EXPORT_SYMBOL_NS_GPL(dmf_request_queue_init, DMF);

static void queue_unlink(struct dmf_request_queue *queue, struct dmf_request *request)
{
	list_del_init(&request->entry);
	WRITE_ONCE(queue->count, queue->count - 1);
}

static void queue_give_back(struct dmf_request_queue *queue, struct dmf_request *request,
			    int status)
{
	if (queue->give_back)
		queue->give_back(queue, request, status);
	else
		dmf_request_complete(request, status);
}

/* The submitter gives up. Return: true if the core is to complete the request. */
static bool queue_cancel(struct dmf_request *request)
{
	struct dmf_request_queue *queue = request->owner;
	bool found;

	dmf_module_lock(queue->module);
	found = !list_empty(&request->entry);
	if (found)
		queue_unlink(queue, request);
	dmf_module_unlock(queue->module);

	if (!found || !queue->give_back)
		return found;
	queue->give_back(queue, request, -ECANCELED);
	return false;
}

/* -- Adding ------------------------------------------------------------------------- */

/**
 * dmf_request_queue_add_locked - dmf_request_queue_add() with the lock held
 * @queue: the queue
 * @request: the request
 *
 * Context: within the handler of @request; the Module's default lock is held.
 * Return: as dmf_request_queue_add().
 */
int dmf_request_queue_add_locked(struct dmf_request_queue *queue, struct dmf_request *request)
{
	dmf_module_assert_locked(queue->module);
	if (queue->closed)
		return -ENODEV;
	if (queue->count >= queue->max)
		return -EBUSY;

	request->owner = queue;
	dmf_request_pend(request, queue_cancel, 0);
	list_add_tail(&request->entry, &queue->requests);
	WRITE_ONCE(queue->count, queue->count + 1);
	if (queue->high_water < queue->count)
		WRITE_ONCE(queue->high_water, queue->count);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_request_queue_add_locked, DMF);

/**
 * dmf_request_queue_add - pend a request, as the youngest of a queue
 * @queue: the queue
 * @request: the request that the caller's handler was called with
 *
 * DMF: WdfRequestForwardToIoQueue.
 *
 * Context: within the handler of @request; as dmf_module_lock() of the owner.
 * Return: 0, and the handler returns true; -EBUSY if the queue is full, -ENODEV if
 * it is closed: the caller still has the request.
 */
int dmf_request_queue_add(struct dmf_request_queue *queue, struct dmf_request *request)
{
	int ret;

	dmf_module_lock(queue->module);
	ret = dmf_request_queue_add_locked(queue, request);
	dmf_module_unlock(queue->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_request_queue_add, DMF);

/* -- Taking ------------------------------------------------------------------------- */

static struct dmf_request *queue_take_locked(struct dmf_request_queue *queue,
					     struct dmf_request *request)
{
	if (!request)
		return NULL;

	queue_unlink(queue, request);
	dmf_request_unmark_cancellable(request);
	return request;
}

/**
 * dmf_request_queue_take_locked - dmf_request_queue_take() with the lock held
 * @queue: the queue
 *
 * Context: any that may hold the Module's default lock, which is held.
 * Return: as dmf_request_queue_take().
 */
struct dmf_request *dmf_request_queue_take_locked(struct dmf_request_queue *queue)
{
	dmf_module_assert_locked(queue->module);
	return queue_take_locked(queue, list_first_entry_or_null(&queue->requests,
								 struct dmf_request, entry));
}
EXPORT_SYMBOL_NS_GPL(dmf_request_queue_take_locked, DMF);

/**
 * dmf_request_queue_take - take the oldest request out of a queue
 * @queue: the queue
 *
 * DMF: WdfIoQueueRetrieveNextRequest.
 *
 * Context: as dmf_module_lock() of the owner.
 * Return: the request, which the caller completes, without a lock; NULL if there is
 * none.
 */
struct dmf_request *dmf_request_queue_take(struct dmf_request_queue *queue)
{
	struct dmf_request *request;

	dmf_module_lock(queue->module);
	request = dmf_request_queue_take_locked(queue);
	dmf_module_unlock(queue->module);
	return request;
}
EXPORT_SYMBOL_NS_GPL(dmf_request_queue_take, DMF);

static struct dmf_request *queue_first_of_file(struct dmf_request_queue *queue,
					       const struct dmf_file *file)
{
	struct dmf_request *request;

	list_for_each_entry(request, &queue->requests, entry) {
		if (dmf_request_file(request) == file)
			return request;
	}
	return NULL;
}

/**
 * dmf_request_queue_take_of_file_locked - dmf_request_queue_take_of_file() with the
 *	lock held
 * @queue: the queue
 * @file: the file
 *
 * Context: any that may hold the Module's default lock, which is held.
 * Return: as dmf_request_queue_take_of_file().
 */
struct dmf_request *dmf_request_queue_take_of_file_locked(struct dmf_request_queue *queue,
							  const struct dmf_file *file)
{
	dmf_module_assert_locked(queue->module);
	return queue_take_locked(queue, queue_first_of_file(queue, file));
}
EXPORT_SYMBOL_NS_GPL(dmf_request_queue_take_of_file_locked, DMF);

/**
 * dmf_request_queue_take_of_file - take the oldest request of one file out
 * @queue: the queue
 * @file: the file; NULL for requests of other drivers
 *
 * Looks at each request that is older.
 *
 * DMF: WdfIoQueueRetrieveRequestByFileObject.
 *
 * Context: as dmf_module_lock() of the owner.
 * Return: the request, which the caller completes, without a lock; NULL if there is
 * none.
 */
struct dmf_request *dmf_request_queue_take_of_file(struct dmf_request_queue *queue,
						   const struct dmf_file *file)
{
	struct dmf_request *request;

	dmf_module_lock(queue->module);
	request = dmf_request_queue_take_of_file_locked(queue, file);
	dmf_module_unlock(queue->module);
	return request;
}
EXPORT_SYMBOL_NS_GPL(dmf_request_queue_take_of_file, DMF);

/* -- Returning ---------------------------------------------------------------------- */

/**
 * dmf_request_queue_return_all - give back the requests that wait now
 * @queue: the queue
 * @status: what they are completed with, or what give_back is called with
 *
 * Requests that come meanwhile stay.
 *
 * DMF: WdfIoQueuePurge, of a queue that is started again.
 *
 * Context: as dmf_module_lock() of the owner. No lock of a Module held.
 */
void dmf_request_queue_return_all(struct dmf_request_queue *queue, int status)
{
	unsigned int left = dmf_request_queue_count(queue);
	struct dmf_request *request;

	while (left-- && (request = dmf_request_queue_take(queue)))
		queue_give_back(queue, request, status);
}
EXPORT_SYMBOL_NS_GPL(dmf_request_queue_return_all, DMF);

/**
 * dmf_request_queue_return_file - give back the requests of one file
 * @queue: the queue
 * @file: the file; NULL for requests of other drivers
 * @status: what they are completed with, or what give_back is called with
 *
 * Context: as dmf_module_lock() of the owner. No lock of a Module held.
 */
void dmf_request_queue_return_file(struct dmf_request_queue *queue,
				   const struct dmf_file *file, int status)
{
	unsigned int left = dmf_request_queue_count(queue);
	struct dmf_request *request;

	while (left-- && (request = dmf_request_queue_take_of_file(queue, file)))
		queue_give_back(queue, request, status);
}
EXPORT_SYMBOL_NS_GPL(dmf_request_queue_return_file, DMF);

/**
 * dmf_request_queue_close - give back all requests and refuse new ones
 * @queue: a queue that dmf_request_queue_init() has made; closing twice is harmless
 * @status: what they are completed with, or what give_back is called with
 *
 * When this returns no cancel callback of the core's refers to the queue any more.
 *
 * DMF: WdfIoQueuePurgeSynchronously.
 *
 * Context: process, may sleep; not within give_back or a cancel callback, nor with a
 * lock that one of those takes. No lock of a Module held.
 */
void dmf_request_queue_close(struct dmf_request_queue *queue, int status)
{
	struct dmf_request *request;

	might_sleep();
	dmf_module_lock(queue->module);
	queue->closed = true;
	dmf_module_unlock(queue->module);
	while ((request = dmf_request_queue_take(queue)))
		queue_give_back(queue, request, status);
	dmf_requests_synchronize();
}
EXPORT_SYMBOL_NS_GPL(dmf_request_queue_close, DMF);

/**
 * dmf_request_queue_reopen - take requests again
 * @queue: a queue that dmf_request_queue_close() has closed
 *
 * DMF: WdfIoQueueStart.
 *
 * Context: as dmf_module_lock() of the owner.
 */
void dmf_request_queue_reopen(struct dmf_request_queue *queue)
{
	dmf_module_lock(queue->module);
	queue->closed = false;
	dmf_module_unlock(queue->module);
}
EXPORT_SYMBOL_NS_GPL(dmf_request_queue_reopen, DMF);
