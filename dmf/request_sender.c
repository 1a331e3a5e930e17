// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that are sent without waiting.
 *
 * Such a request is like any other (request.c), but for its submitter, which is no task
 * but a work. Whatever makes a submitter look why it waits queues the work, and the
 * work does what the submitter would: it dispatches the request if that has not been
 * possible yet, has it cancelled if something ends the wait, and calls the sender's
 * callback when it is over. Nothing in it waits: not for the turn in a sequential
 * queue, and not while the system sleeps; who gives the turn, or lets requests in
 * again, queues the work. But the work waits until a device has been resumed.
 *
 * One at a time looks at a request: at first the sender, for the dispatch only, then the
 * work. @looks counts what there was to look for since the last look began; who raises
 * it from 0 queues the work. The callback is always called by the work, so it runs
 * under none of the sender's locks.
 *
 * References to the request: the submitter's, from the send until the callback has
 * returned; the owner's, while it is pended; and the work's, while it is queued or runs.
 * Whoever makes the work look has one of them, or holds the lock of a list that the
 * request is in. The request is inside the gate of its sender until its callback has
 * returned, and keeps its device until then.
 *
 * A request that cannot be cancelled, since its owner has pended it without callback,
 * is left to the owner as that of a synchronous caller is: its end comes with
 * -ETIMEDOUT or -ECANCELED, and what the owner completes later interests nobody.
 *
 * Lock order: lock of a sender, or of a queue or a flight, then those of workqueues.
 */
#include <linux/slab.h>
#include <linux/timer.h>

#include <linux/dmf/request_sender.h>

#include "internal.h"

/* What a request that was sent has beside what all have. */
struct dmf_sent {
	struct dmf_request *request;	/* which frees this */
	struct dmf_request_sender *sender;
	struct list_head entry;		/* in the sender's list, under its lock */
	u64 id;				/* not 0 */
	dmf_request_sent_fn *done;
	void *context;
	struct work_struct work;
	struct timer_list timer;	/* for its deadline */
	atomic_t looks;			/* 0: nobody looks, and nobody needs to */
	bool cancelled;			/* by the sender; set from any context */
	/* Below: of whoever looks. */
	bool at_once;			/* it is the sender */
	void *output;			/* what the sender gets, or NULL */
	size_t output_size;
	bool dispatched;		/* somebody has it, or it has failed with @error */
	int error;
	bool over;			/* the callback has been, or is being, called */
};

/* Any context: @output has gone with the callback, or was never used. */
void dmf_sent_free(struct dmf_sent *sent)
{
	if (sent)
		kvfree(sent->output);
	kfree(sent);
}

/*
 * Of works that have to dispatch their request handlers run, and take as long as they
 * do, which may be until another request ends. A workqueue runs only so many works at a
 * time: those that cancel and end requests have one of their own, so that handlers, as
 * many as they are, never keep what they wait for from running. What they must not do
 * in that number is to wait for requests that wait to be dispatched. Not freezable, as
 * dmf_workqueue.
 */
struct workqueue_struct *dmf_dispatch_workqueue;
EXPORT_SYMBOL_IF_KUNIT(dmf_dispatch_workqueue);
struct workqueue_struct *dmf_sent_workqueue;
EXPORT_SYMBOL_IF_KUNIT(dmf_sent_workqueue);

int dmf_senders_init(void)
{
	dmf_dispatch_workqueue = alloc_workqueue("dmf_dispatch", WQ_UNBOUND, 0);
	if (!dmf_dispatch_workqueue)
		return -ENOMEM;
	dmf_sent_workqueue = alloc_workqueue("dmf_sent", WQ_UNBOUND, 0);
	if (dmf_sent_workqueue)
		return 0;

	destroy_workqueue(dmf_dispatch_workqueue);
	return -ENOMEM;
}

/* Waits for works whose callback has returned, and with it the sender. */
void dmf_senders_exit(void)
{
	destroy_workqueue(dmf_dispatch_workqueue);
	destroy_workqueue(dmf_sent_workqueue);
}

/* -- Looking -------------------------------------------------------------------- */

/*
 * To the work: @looks is not 0, and the caller looks no more. The work may still be
 * about to return from the other queue; it does not look any more either.
 */
static void sent_hand_over(struct dmf_sent *sent)
{
	kref_get(&sent->request->ref);
	queue_work(sent->dispatched ? dmf_sent_workqueue : dmf_dispatch_workqueue, &sent->work);
}

/* Have somebody look at the request; for dmf_request_wake(). Any context. */
void dmf_sent_wake(struct dmf_sent *sent)
{
	if (atomic_inc_return(&sent->looks) == 1)
		sent_hand_over(sent);
}

/* Why the sender wants an end; 0 if it does not. */
int dmf_sent_interrupted(const struct dmf_request *request)
{
	if (READ_ONCE(request->sent->cancelled))
		return -ECANCELED;
	return dmf_request_time_left(request) ? 0 : -ETIMEDOUT;
}

/*
 * Whether a request is dispatched by its sender, which does not wait for the device to
 * be resumed: it may be who resumes it.
 */
bool dmf_sent_at_once(const struct dmf_request *request)
{
	return request->sent->at_once;
}

static void sent_dispatch(struct dmf_sent *sent)
{
	int ret = dmf_request_dispatch(sent->request);

	if (ret == -EAGAIN)	/* it has to wait for somebody who will say so */
		return;
	sent->error = ret;
	sent->dispatched = true;
}

/* Return: true if there is no more to wait for. */
static bool sent_is_over(struct dmf_sent *sent, int *status)
{
	if (!sent->dispatched)
		return false;

	*status = sent->error;
	return sent->error || dmf_request_is_over(sent->request,
						  dmf_sent_interrupted(sent->request), status);
}

/* The end: nobody finds the request any more, and then the sender hears of it. */
static void sent_finish(struct dmf_sent *sent, int status)
{
	struct dmf_request_sender *sender = sent->sender;
	struct dmf_request *request = sent->request;
	struct dmf_device *ddev = request->flight->ddev;

	sent->over = true;
	timer_shutdown_sync(&sent->timer);
	spin_lock_irq(&sender->lock);
	list_del(&sent->entry);
	spin_unlock_irq(&sender->lock);
	dmf_flight_remove(request);

	if (!status)
		status = dmf_argument_put(request, KERNEL_SOCKPTR(sent->output),
					  sent->output_size);
	sent->done(sender, sent->context, status, status ? NULL : sent->output,
		   status ? 0 : sent->output_size);
	kvfree(sent->output);
	sent->output = NULL;
	dmf_request_put(request);
	dmf_device_put(ddev);
	dmf_gate_leave_detached(&sender->gate);
}

static void sent_look(struct dmf_sent *sent)
{
	int status;

	if (sent->over)
		return;
	if (!sent->dispatched)
		sent_dispatch(sent);
	if (sent_is_over(sent, &status))
		sent_finish(sent, status);
}

static void sent_work(struct work_struct *work)
{
	struct dmf_sent *sent = container_of(work, struct dmf_sent, work);
	int looks;

	do {
		/* What is looked at is newer: pairs with dmf_sent_wake(), after a change. */
		looks = atomic_read_acquire(&sent->looks);
		sent_look(sent);
	} while (!atomic_sub_and_test(looks, &sent->looks));
	dmf_request_put_any(sent->request);
}

static void sent_timeout(struct timer_list *timer)
{
	dmf_sent_wake(container_of(timer, struct dmf_sent, timer));
}

/* -- Sending ---------------------------------------------------------------------- */

static struct dmf_sent *sent_alloc(struct dmf_request_sender *sender,
				   const struct dmf_internal_ioctl *ioctl)
{
	struct dmf_sent *sent = kzalloc(sizeof(*sent), GFP_KERNEL);

	if (!sent)
		return NULL;
	sent->output_size = ioctl->output_size;
	if (sent->output_size) {
		sent->output = kvzalloc(sent->output_size, GFP_KERNEL);
		if (!sent->output) {
			kfree(sent);
			return NULL;
		}
	}

	sent->sender = sender;
	sent->done = ioctl->done;
	sent->context = ioctl->context;
	INIT_WORK(&sent->work, sent_work);
	timer_setup(&sent->timer, sent_timeout, 0);
	atomic_set(&sent->looks, 1);	/* the sender looks first */
	return sent;
}

/* With its request, whose argument has been read. */
static struct dmf_sent *sent_create(struct dmf_request_sender *sender, struct dmf_device *ddev,
				    const struct dmf_internal_ioctl *ioctl)
{
	struct dmf_sent *sent = sent_alloc(sender, ioctl);
	struct dmf_request *request;
	int ret;

	if (!sent)
		return ERR_PTR(-ENOMEM);
	request = dmf_internal_create(ddev, ioctl->command, ioctl->input_size,
				      ioctl->output_size);
	if (!request) {
		dmf_sent_free(sent);
		return ERR_PTR(-ENOMEM);
	}

	request->sent = sent;
	sent->request = request;
	if (ioctl->timeout) {
		request->has_deadline = true;
		request->deadline = jiffies + ioctl->timeout;
	}
	ret = dmf_argument_get(request, KERNEL_SOCKPTR((void *)ioctl->input), ioctl->input_size,
			       ioctl->output_size);
	if (ret) {
		dmf_request_put(request);
		return ERR_PTR(ret);
	}
	return sent;
}

/* From here on it can be cancelled. Return: false if the sender stops. */
static bool sent_announce(struct dmf_sent *sent, u64 *id)
{
	struct dmf_request_sender *sender = sent->sender;
	bool stopping;

	spin_lock_irq(&sender->lock);
	stopping = sender->stopping;
	if (!stopping) {
		sent->id = ++sender->last_id;
		if (id)
			*id = sent->id;
		list_add_tail(&sent->entry, &sender->sent);
	}
	spin_unlock_irq(&sender->lock);
	return !stopping;
}

/* Dispatch the request if it need not wait, and leave the rest to the work. */
static void sent_start(struct dmf_sent *sent)
{
	struct dmf_request *request = sent->request;

	dmf_flight_add(request);
	dmf_request_trace_submit(request);
	if (request->has_deadline)
		mod_timer(&sent->timer, request->deadline);
	sent->at_once = true;
	sent_dispatch(sent);
	sent->at_once = false;

	/* What comes from now on raises @looks; what was before is looked for here. */
	if (!sent->dispatched || sent->error || dmf_request_cause(request, 0) ||
	    !atomic_dec_and_test(&sent->looks))
		sent_hand_over(sent);
}

/**
 * dmf_device_internal_ioctl_send - send a request to a device without waiting
 * @sender: the caller's
 * @ddev: the device; the caller holds a reference, or is its Client. The request has
 *	one of its own
 * @ioctl: what to send; not needed any more when this returns
 * @id: where to store, before the request is dispatched, what
 *	dmf_request_sender_cancel() takes; NULL if it is not wanted
 *
 * As dmf_device_internal_ioctl(), but the result comes by a callback, once. A handler
 * of the device runs within this call, unless the request has to wait.
 *
 * DMF: WdfRequestSend.
 *
 * Context: process, may sleep. No lock of a Module held, nor one that a handler of
 * @ddev takes.
 * Return: 0, and the callback is or will be called; an error, and it is not: -ENODEV if
 * the sender stops, -E2BIG for more than DMF_IO_SIZE_MAX bytes, -ENOMEM, or, for a
 * command of a table, what is wrong with the argument. The callback gets what
 * dmf_device_internal_ioctl() returns, among them -ENODEV if the device is not bound,
 * -ECANCELED and -ETIMEDOUT.
 */
int dmf_device_internal_ioctl_send(struct dmf_request_sender *sender, struct dmf_device *ddev,
				   const struct dmf_internal_ioctl *ioctl, u64 *id)
{
	struct dmf_sent *sent;
	int ret;

	might_sleep();
	if (max(ioctl->input_size, ioctl->output_size) > DMF_IO_SIZE_MAX)
		return -E2BIG;
	if (!dmf_gate_enter_detached(&sender->gate))
		return -ENODEV;

	sent = sent_create(sender, ddev, ioctl);
	if (IS_ERR(sent)) {
		ret = PTR_ERR(sent);
		goto leave_gate;
	}
	if (!sent_announce(sent, id)) {
		ret = -ENODEV;
		goto put_request;
	}

	dmf_device_get(ddev);
	kref_get(&sent->request->ref);	/* it may be over before this returns */
	sent_start(sent);
	dmf_request_put_any(sent->request);
	return 0;

put_request:
	dmf_request_put(sent->request);
leave_gate:
	dmf_gate_leave_detached(&sender->gate);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_internal_ioctl_send, DMF);

/* -- Senders ------------------------------------------------------------------------ */

/**
 * dmf_request_sender_init - make a sender ready
 * @sender: the sender, which has not been used yet or is stopped
 *
 * Context: any.
 */
void dmf_request_sender_init(struct dmf_request_sender *sender)
{
	dmf_gate_init(&sender->gate, true);
	spin_lock_init(&sender->lock);
	INIT_LIST_HEAD(&sender->sent);
	sender->last_id = 0;
	sender->stopping = false;
}
EXPORT_SYMBOL_NS_GPL(dmf_request_sender_init, DMF);

/* The caller has the lock of the sender. */
static void sent_cancel(struct dmf_sent *sent)
{
	WRITE_ONCE(sent->cancelled, true);
	dmf_sent_wake(sent);
}

/**
 * dmf_request_sender_cancel - give up a request that was sent
 * @sender: the sender
 * @id: what the send has stored
 *
 * The callback comes as soon as the owner of the request has given it up or, if it is
 * about to be completed, has completed it. Ids are not 0 and not used again until the
 * sender is initialised anew, so a request that has ended is not taken for another one.
 * Looks at each request that is under way.
 *
 * DMF: WdfRequestCancelSentRequest.
 *
 * Context: any in which spin_lock_irqsave() is legal.
 * Return: true if the request was under way: its callback gets -ECANCELED, or the
 * result if that has come first; false if its callback has been, or is being, called.
 */
bool dmf_request_sender_cancel(struct dmf_request_sender *sender, u64 id)
{
	struct dmf_sent *sent;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&sender->lock, flags);
	list_for_each_entry(sent, &sender->sent, entry) {
		found = sent->id == id;
		if (found) {
			sent_cancel(sent);
			break;
		}
	}
	spin_unlock_irqrestore(&sender->lock, flags);
	return found;
}
EXPORT_SYMBOL_NS_GPL(dmf_request_sender_cancel, DMF);

/**
 * dmf_request_sender_stop - send nothing more, cancel all, wait for the callbacks
 * @sender: a sender that dmf_request_sender_init() has made; stopping twice is harmless
 *
 * When this returns no callback runs, and none will.
 *
 * DMF: WdfIoTargetPurge.
 *
 * Context: process, may sleep; not within a callback of the sender's, and not with a
 * lock that one of them takes.
 */
void dmf_request_sender_stop(struct dmf_request_sender *sender)
{
	struct dmf_sent *sent;

	might_sleep();
	spin_lock_irq(&sender->lock);
	sender->stopping = true;
	list_for_each_entry(sent, &sender->sent, entry)
		sent_cancel(sent);
	spin_unlock_irq(&sender->lock);
	dmf_gate_close(&sender->gate);
}
EXPORT_SYMBOL_NS_GPL(dmf_request_sender_stop, DMF);
