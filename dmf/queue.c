// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sequential queue of a device: one request at a time.
 *
 * A request's turn begins when that of the one before has ended, in the order in
 * which they came. Two things keep it: the handler, until it has returned, and,
 * if the request is pended with DMF_PEND_ACTIVE, the request until it is
 * completed. Whoever comes last hands the turn on.
 *
 * A semaphore does nearly that, but nobody can be called out of it but by a
 * signal. Those who wait here wait on the event of their request, like all
 * submitters: so whatever ends that wait, a signal, DMF_IOC_CANCEL_MINE, unbind,
 * shutdown, a timeout, ends this one and takes the request out of the queue.
 *
 * A request waits for its turn outside all gates of the device, so those that
 * wait hold up neither suspend nor unbind. They are not frozen either, for the
 * turn must not come to one that sleeps: the freezer interrupts the wait, and the
 * system call starts anew when the system is back. Whose turn comes while the
 * system sleeps waits at the gate and keeps its place.
 */
#include "internal.h"

void dmf_queue_init(struct dmf_queue *queue)
{
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->waiting);
}

static bool is_sequential(const struct dmf_device *ddev)
{
	return ddev->queue_option == DMF_QUEUE_SEQUENTIAL;
}

/* The turn has come: a waiting request must not be touched any more. */
static void queue_give_turn(struct dmf_request *request)
{
	request->has_turn = true;
	atomic_set(&request->turn_users, 1);
}

static void queue_next(struct dmf_queue *queue)
{
	struct dmf_request *next;
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	next = list_first_entry_or_null(&queue->waiting, struct dmf_request, queued);
	queue->busy = next;
	if (next) {
		list_del_init(&next->queued);
		queue_give_turn(next);
		dmf_request_wake(next);
	}
	spin_unlock_irqrestore(&queue->lock, flags);
}

/* Return: whether it is the turn of the request, which has left the queue then. */
static bool queue_has_turn(struct dmf_queue *queue, struct dmf_request *request)
{
	bool has_turn;

	spin_lock_irq(&queue->lock);
	has_turn = request->has_turn;
	spin_unlock_irq(&queue->lock);
	return has_turn;
}

static void queue_join(struct dmf_queue *queue, struct dmf_request *request)
{
	spin_lock_irq(&queue->lock);
	request->joined = true;
	request->has_turn = false;
	if (queue->busy)
		list_add_tail(&request->queued, &queue->waiting);
	else
		queue_give_turn(request);
	queue->busy = true;
	spin_unlock_irq(&queue->lock);
}

/* The wait has ended. If the turn has come in this very moment it is handed on. */
static void queue_quit(struct dmf_queue *queue, struct dmf_request *request)
{
	bool has_turn;

	spin_lock_irq(&queue->lock);
	has_turn = request->has_turn;
	if (!has_turn)
		list_del_init(&request->queued);
	spin_unlock_irq(&queue->lock);
	request->joined = false;
	if (has_turn)
		queue_next(queue);
}

/* The same for one look at a request that was sent without waiting. -EAGAIN: look again. */
static int queue_try_enter(struct dmf_queue *queue, struct dmf_request *request)
{
	int ret;

	if (!request->joined)
		queue_join(queue, request);
	if (queue_has_turn(queue, request))
		return 0;

	ret = dmf_request_cause(request, dmf_sent_interrupted(request));
	if (ret)
		queue_quit(queue, request);
	return ret ?: -EAGAIN;
}

/*
 * Wait until a request may be given to a handler of its device. Return: 0, and
 * the caller owes dmf_queue_leave(), or why the wait has ended.
 */
int dmf_queue_enter(struct dmf_request *request)
{
	struct dmf_queue *queue = &request->ddev->queue;
	int ret, interrupted = 0;

	if (!is_sequential(request->ddev))
		return 0;

	if (request->sent)
		return queue_try_enter(queue, request);

	/* Who stops the device does so first and kicks the queue then: join, then look. */
	queue_join(queue, request);
	while (!queue_has_turn(queue, request)) {
		ret = dmf_request_cause(request, interrupted);
		if (ret) {
			queue_quit(queue, request);
			return ret;
		}
		interrupted = dmf_request_sleep(request, TASK_INTERRUPTIBLE);
	}
	return 0;
}

/* A request with DMF_PEND_ACTIVE keeps its turn when its handler has returned. */
void dmf_queue_keep(struct dmf_device *ddev, struct dmf_request *request)
{
	if (is_sequential(ddev))
		atomic_inc(&request->turn_users);
}

/* The handler has returned, or a request that has kept its turn is completed. */
void dmf_queue_leave(struct dmf_device *ddev, struct dmf_request *request)
{
	if (is_sequential(ddev) && atomic_dec_and_test(&request->turn_users))
		queue_next(&ddev->queue);
}

/* Have those that wait look why: the device takes no more requests. */
void dmf_queue_kick(struct dmf_device *ddev)
{
	struct dmf_request *request;
	unsigned long flags;

	spin_lock_irqsave(&ddev->queue.lock, flags);
	list_for_each_entry(request, &ddev->queue.waiting, queued)
		dmf_request_wake(request);
	spin_unlock_irqrestore(&ddev->queue.lock, flags);
}
