// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests: made, dispatched, pended, cancelled, completed.
 *
 * Two parties hold a request: the submitter, from creation until it has copied
 * the result, and, from dmf_request_pend() to completion, its owner. The state
 * word decides who completes it: completing is the cmpxchg to COMPLETED, which
 * one party wins. The winner writes the result and then signals @event.
 *
 * @event is also signalled to make the submitter look whether something ends
 * its wait (flight.c), or whether its turn has come (queue.c); @completed tells
 * when it is over. The cancel callback is called once, by the submitter or by unbind,
 * whichever claims it: a submitter may be frozen where it waits. Both come
 * after the handler has returned, which the submitter notes before it looks for
 * something that ends its wait, so the callback never runs before the handler
 * has put the request where the callback looks for it; and both are inside
 * file_gate, or have it to close yet, so no Module goes while it runs.
 *
 * A request that nobody handles goes down the stack: it leaves the handlers and
 * the request gate of the filter and is dispatched by the device below. In
 * between, and below, it is inside pended_gate of the place where it was made, as
 * if it had been pended there; pending it takes that stay over. So unbind of that
 * device waits for it, and with it every device below, whose unbind begins with
 * unbinding the filter. And suspend of a filter does not wait for what happens
 * below: the device below is suspended later.
 *
 * The submitter is the task that waits, or, of a request that was sent without waiting,
 * a work that looks whenever such a task would wake: request_sender.c.
 *
 * Reached by: the submitter; the owner; whoever walks the list of requests in
 * flight, under its lock, which the submitter takes to leave it. Freed by the last
 * of submitter and owner; the file keeps it for its next request if that is the
 * submitter.
 */
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/pm_runtime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/srcu.h>

#include "internal.h"
#include "trace.h"

enum dmf_request_state {
	REQUEST_DISPATCHED,
	REQUEST_PENDED,
	REQUEST_COMPLETED,
};

/* In dmf_request.cancelled: the cancel callback has been, or is being, called, or never is. */
#define REQUEST_CANCELLED_BIT	0

/* Held while a cancel callback runs; and how many do, which mostly is none. */
DEFINE_STATIC_SRCU(cancel_srcu);
static atomic_t cancels_running;

/* -- Memory ----------------------------------------------------------------- */

static void request_free(struct dmf_request *request)
{
	dmf_request_free_buffers(request);
	dmf_sent_free(request->sent);
	if (request->buffer != request->inline_buffer)
		kvfree(request->buffer);
	kfree(request);
}

/* Large ones that were released where nothing may sleep, which vfree() does. */
static LLIST_HEAD(to_free);

static void request_free_work(struct work_struct *work)
{
	struct dmf_request *request, *next;

	llist_for_each_entry_safe(request, next, llist_del_all(&to_free), to_free)
		request_free(request);
}

static DECLARE_WORK(free_work, request_free_work);

/*
 * The file that a request has kept if its submitter has left it, else NULL. One that
 * was sent comes by no file, and may end after its device.
 */
static struct dmf_file *request_kept_file(const struct dmf_request *request)
{
	return request->abandoned && !request->sent ? request->flight->file : NULL;
}

static void request_release(struct kref *ref)
{
	struct dmf_request *request = container_of(ref, struct dmf_request, ref);
	struct dmf_file *file = request_kept_file(request);

	request_free(request);
	if (file)
		dmf_file_put_any_context(file);
}

static void request_release_any_context(struct kref *ref)
{
	struct dmf_request *request = container_of(ref, struct dmf_request, ref);
	struct dmf_file *file = request_kept_file(request);

	if (!is_vmalloc_addr(request->buffer) && dmf_request_buffers_are_light(request)) {
		request_free(request);
	} else {
		llist_add(&request->to_free, &to_free);
		queue_work(dmf_workqueue, &free_work);
	}
	if (file)
		dmf_file_put_any_context(file);
}

/* Drop any other reference than the submitter's. */
void dmf_request_put_any(struct dmf_request *request)
{
	kref_put(&request->ref, request_release_any_context);
}

/* Drop the submitter's reference; the file keeps the request if it was the last. */
void dmf_request_put(struct dmf_request *request)
{
	struct dmf_file *file = request->flight->file;

	if (!file || request->abandoned || kref_read(&request->ref) > 1 ||
	    request->buffer != request->inline_buffer || request->buffers) {
		kref_put(&request->ref, request_release);
		return;
	}
	request = xchg(&file->cached, request);
	if (request)
		request_free(request);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_request_put);

/* The file goes, and no request of it is left. */
void dmf_request_free_cached(struct dmf_file *file)
{
	kfree(file->cached);
}

static struct dmf_request *request_alloc(struct dmf_file *file, size_t size)
{
	struct dmf_request *request = file ? xchg(&file->cached, NULL) : NULL;

	if (!request)
		request = kmalloc(sizeof(*request), GFP_KERNEL);
	if (!request)
		return NULL;

	/* One byte more, which stays zero, ends the input when it is text. */
	memset(request, 0, offsetof(struct dmf_request, inline_buffer));
	if (size >= DMF_REQUEST_INLINE_SIZE) {
		request->buffer = kvzalloc(size + 1, GFP_KERNEL_ACCOUNT);
		if (!request->buffer) {
			kfree(request);
			return NULL;
		}
	} else {
		request->buffer = request->inline_buffer;
		memset(request->buffer, 0, size + 1);
	}
	return request;
}

static struct dmf_request *request_create(struct dmf_flight *flight, enum dmf_request_type type,
					  unsigned int command, size_t input_size,
					  size_t output_size)
{
	struct dmf_request *request = request_alloc(flight->file, max(input_size, output_size));

	if (!request)
		return NULL;

	INIT_LIST_HEAD(&request->entry);
	INIT_LIST_HEAD(&request->queued);
	kref_init(&request->ref);
	atomic_set(&request->state, REQUEST_DISPATCHED);
	init_completion(&request->event);
	request->type = type;
	request->command = command;
	request->flight = flight;
	request->file = flight->file;
	request->ddev = flight->ddev;
	request->input_size = input_size;
	request->output_size = output_size;
	request->created = jiffies;
	return request;
}

/*
 * Make a request; the caller fills its input, submits it and puts it. Sizes
 * are bounded by the caller.
 */
struct dmf_request *dmf_request_create(struct dmf_file *file, enum dmf_request_type type,
				       unsigned int command, size_t input_size,
				       size_t output_size)
{
	return request_create(&file->flight, type, command, input_size, output_size);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_request_create);

/* The same for kernel code; the caller keeps the device. */
struct dmf_request *dmf_request_create_internal(struct dmf_device *ddev, unsigned int command,
						size_t input_size, size_t output_size)
{
	return request_create(&ddev->internal, DMF_REQUEST_INTERNAL_DEVICE_CONTROL, command,
			      input_size, output_size);
}

/* -- The owner's side -------------------------------------------------------- */

/* Until it is completed, unbind of the device where the request was made waits for it. */
static void request_stay(struct dmf_request *request)
{
	/* Cannot fail: the handler is inside the request gate, which closes first. */
	WARN_ON(!dmf_gate_enter_detached(&request->flight->ddev->pended_gate));
}

/**
 * dmf_request_pend - keep a request to complete it later
 * @request: the request that the caller's handler was called with
 * @cancel: takes the request back, see the DOC block of request.h; called in
 *	process context, without locks, by the submitter. NULL: the wait cannot
 *	be cancelled
 * @flags: 0 or DMF_PEND_ACTIVE
 *
 * Call it before anybody who might complete the request can see it, and
 * return true from the handler.
 *
 * A cancel callback neither destroys a dynamic Module nor closes a &struct
 * dmf_request_queue, and waits for nobody who does, nor for a device to be resumed: all
 * of them may wait until no cancel callback runs, of whatever device.
 *
 * DMF: WdfRequestMarkCancelable, WdfRequestForwardToIoQueue, STATUS_PENDING.
 *
 * Context: any in which spin_lock_irqsave() is legal; within the handler.
 */
void dmf_request_pend(struct dmf_request *request,
		      bool (*cancel)(struct dmf_request *request), unsigned int flags)
{
	if (WARN_ON(atomic_cmpxchg(&request->state, REQUEST_DISPATCHED, REQUEST_PENDED) !=
		    REQUEST_DISPATCHED))
		return;

	kref_get(&request->ref);
	request->cancel = cancel;
	request->flags = flags;
	request->pended_at = ktime_get();
	request->pended = true;
	trace_request_pend(request);
	if (!request->passed_down)
		request_stay(request);
	if (!(flags & DMF_PEND_ACTIVE))
		return;

	dmf_queue_keep(request->ddev, request);
	pm_runtime_get_noresume(request->ddev->dev);
	if (request->handler && WARN_ON(dmf_module_reference(request->handler)))
		request->handler = NULL;
}
EXPORT_SYMBOL_NS_GPL(dmf_request_pend, DMF);

/* What dmf_request_pend() has taken, once the submitter may go, and its file. */
static void request_give_up(struct dmf_request *request, struct dmf_device *ddev,
			    struct dmf_device *origin)
{
	if (request->flags & DMF_PEND_ACTIVE) {
		dmf_queue_leave(ddev, request);
		pm_runtime_mark_last_busy(ddev->dev);
		pm_runtime_put(ddev->dev);
		if (request->handler)
			dmf_module_dereference(request->handler);
	}
	dmf_request_put_any(request);
	dmf_gate_leave_detached(&origin->pended_gate);
}

/**
 * dmf_request_complete_with_information - end a request
 * @request: a request that the caller handles or owns; not to be touched any
 *	more when this returns
 * @status: 0, or the negative errno that the submitter's system call returns
 * @information: number of bytes that were read or written, at most what was
 *	asked for; an ioctl has none
 *
 * Completing a request twice is reported and changes nothing.
 *
 * DMF: WdfRequestCompleteWithInformation.
 *
 * Context: any in which spin_lock_irqsave() is legal. No lock of a Module held.
 */
void dmf_request_complete_with_information(struct dmf_request *request, int status,
					   size_t information)
{
	struct dmf_device *origin = request->flight->ddev;
	struct dmf_device *ddev = request->ddev;
	int state = atomic_read(&request->state);

	do {
		if (WARN_ON(state == REQUEST_COMPLETED))
			return;
	} while (!atomic_try_cmpxchg(&request->state, &state, REQUEST_COMPLETED));

	request->status = WARN_ON(status > 0) ? -EIO : status;
	request->information = information;
	trace_request_complete(request);
	smp_store_release(&request->completed, true); /* pairs with dmf_request_is_over() */
	dmf_request_wake(request);
	if (state == REQUEST_PENDED)
		request_give_up(request, ddev, origin);
}
EXPORT_SYMBOL_NS_GPL(dmf_request_complete_with_information, DMF);

/* -- The submitter's side ---------------------------------------------------- */

/*
 * Have the submitter look why it waits. Any context; the caller has a reference, or
 * holds the lock of a list that the request is in.
 */
void dmf_request_wake(struct dmf_request *request)
{
	if (request->sent)
		dmf_sent_wake(request->sent);
	else
		complete(&request->event);
}

/* Why a wait ends without a result; 0 if it does not. @interrupted: why it was left. */
int dmf_request_cause(const struct dmf_request *request, int interrupted)
{
	if (interrupted)
		return interrupted;
	if (READ_ONCE(request->flight->cancels) != request->cancels)
		return -ECANCELED;
	return dmf_io_error(request->flight->ddev) ?: dmf_io_error(request->ddev);
}

/* In jiffies; 0 if the request is overdue. */
unsigned long dmf_request_time_left(const struct dmf_request *request)
{
	if (!request->has_deadline)
		return MAX_SCHEDULE_TIMEOUT;
	return max_t(long, request->deadline - jiffies, 0);
}

/*
 * Sleep until @event is signalled. Return: 0, -ERESTARTSYS or -ETIMEDOUT. Requests
 * with a deadline are never frozen, so the completion's own timeouts do.
 */
int dmf_request_sleep(struct dmf_request *request, unsigned int state)
{
	unsigned long left = dmf_request_time_left(request);
	long ret = 1;

	if (!request->has_deadline)
		return wait_for_completion_state(&request->event, state);

	if (state == TASK_INTERRUPTIBLE)
		ret = wait_for_completion_interruptible_timeout(&request->event, left);
	else if (state == TASK_KILLABLE)
		ret = wait_for_completion_killable_timeout(&request->event, left);
	else
		wait_for_completion(&request->event);
	return ret > 0 ? 0 : ret ?: -ETIMEDOUT;
}

/* The submitter goes without the result, which stays with the owner. */
static int request_abandon(struct dmf_request *request, int why)
{
	/* A device needs no more: the request is inside its pended_gate. */
	if (request->flight->file)
		dmf_file_get(request->flight->file);
	trace_request_abandon(request);
	request->abandoned = true;
	return why == -ERESTARTSYS ? -EINTR : why;
}

/*
 * Have the owner give a pended request up, unless somebody has asked already.
 * Return: true if it has: the request is completed with @status. Else it will be
 * completed, or is.
 */
static bool request_cancel(struct dmf_request *request, int status)
{
	bool given_up = false;
	int index;

	/* An owner that goes has taken what it had, and waits for those in here. */
	index = srcu_read_lock(&cancel_srcu);
	atomic_inc(&cancels_running);
	smp_mb__after_atomic();		/* pairs with dmf_requests_synchronize() */
	if (!test_and_set_bit(REQUEST_CANCELLED_BIT, &request->cancelled) &&
	    atomic_read(&request->state) == REQUEST_PENDED) {
		trace_request_cancel(request);
		given_up = request->cancel(request);
	}
	smp_mb__before_atomic();	/* what the callback has done, before it counts no more */
	atomic_dec(&cancels_running);
	srcu_read_unlock(&cancel_srcu, index);
	if (given_up)
		dmf_request_complete(request, status);
	return given_up;
}

/*
 * A dynamic Module, or a queue, is about to be freed, and has completed, or unmarked,
 * what it had pended: wait for cancel callbacks that were called before. Static
 * Modules go with their device, whose file_gate they are called in.
 */
void dmf_requests_synchronize(void)
{
	/*
	 * Who is not counted yet sees that the request has been completed or unmarked, and
	 * of who is counted no more everything has been seen.
	 */
	smp_mb();
	if (atomic_read_acquire(&cancels_running))
		synchronize_srcu_expedited(&cancel_srcu);
}

/*
 * The submitter's way there. Unbind drains pended_gate before it closes file_gate,
 * and unbinds what is below later.
 */
static bool request_cancel_mine(struct dmf_request *request)
{
	struct dmf_device *ddev = request->flight->ddev;
	bool given_up;

	if (!dmf_gate_enter(&ddev->file_gate))
		return false;
	given_up = request_cancel(request, -ECANCELED);
	dmf_gate_leave(&ddev->file_gate);
	return given_up;
}

/*
 * One look at a request that has been dispatched. @interrupted: why the submitter wants
 * to go. Return: true if it need not wait any more, with what it returns in *@result. A
 * cancelled request ends with what cancelled it.
 */
bool dmf_request_is_over(struct dmf_request *request, int interrupted, int *result)
{
	if (smp_load_acquire(&request->completed)) { /* pairs with the completer */
		*result = request->status;
		if (request->status == -ECANCELED && request->cause)
			*result = request->cause;
		return true;
	}
	if (interrupted && !request->cancel) {
		*result = request_abandon(request, interrupted);
		return true;
	}

	request->cause = request->cause ?: dmf_request_cause(request, interrupted);
	if (request->cause == -ESHUTDOWN)
		request->cause = 0;	/* what is pended stays so */
	if (!request->cause || !request->cancel || request->asked)
		return false;

	request->asked = true;		/* if it is not given up, completion is on its way */
	*result = request->cause;
	return request_cancel_mine(request);
}

/* Return: what the submitter returns. */
static int request_wait(struct dmf_request *request)
{
	unsigned int state = request->cancel ? TASK_INTERRUPTIBLE : TASK_KILLABLE;
	unsigned int freezable = request->flight->file ? TASK_FREEZABLE : 0;
	int interrupted = 0, result;

	while (!dmf_request_is_over(request, interrupted, &result)) {
		if (request->asked)
			state = TASK_UNINTERRUPTIBLE;
		interrupted = dmf_request_sleep(request, state | freezable);
	}
	return result;
}

/*
 * The owner is about to complete a pended request, however long that takes: its cancel
 * callback is not called any more. It may have been called already.
 */
void dmf_request_unmark_cancellable(struct dmf_request *request)
{
	set_bit(REQUEST_CANCELLED_BIT, &request->cancelled);
}

/* Whether the cancel callback is there, may be called and has not been yet. */
bool dmf_request_is_cancellable(const struct dmf_request *request)
{
	return request->returned && request->cancel &&
	       !test_bit(REQUEST_CANCELLED_BIT, &request->cancelled) &&
	       atomic_read(&request->state) == REQUEST_PENDED;
}

/*
 * Unbind: cancel one pended request of a file or a device, whose handler has
 * returned. Return: false if there is none.
 */
bool dmf_request_cancel_one(struct dmf_flight *flight)
{
	struct dmf_request *request = dmf_flight_to_cancel(flight);

	if (!request)
		return false;

	request_cancel(request, -ENODEV);
	kref_put(&request->ref, request_release);
	return true;
}

/* -- Dispatch, down a stack ---------------------------------------------------- */

/* What has become of a request at one level of a stack, if no error. */
enum {
	REQUEST_UNHANDLED,
	REQUEST_HANDLED,
	REQUEST_DESCENDED,
};

/*
 * Nobody has taken the request, which is the submitter's alone: @ret says why, or that
 * nobody knows the operation. Return: what the submitter gets.
 */
static noinline int request_refused(struct dmf_request *request, int ret)
{
	if (ret == REQUEST_UNHANDLED)
		ret = request->type == DMF_REQUEST_READ || request->type == DMF_REQUEST_WRITE ?
		      -EOPNOTSUPP : -ENOTTY;
	request->handler = NULL;
	request->status = ret;
	trace_request_complete(request);
	return ret;
}

/* A handler must have done what it says. Return: whether the request was handled. */
static bool request_check(struct dmf_request *request, bool handled)
{
	bool taken = atomic_read(&request->state) != REQUEST_DISPATCHED;

	if (handled && !taken) {
		WARN(1, "a request was said to be handled, but is not\n");
		dmf_request_complete(request, -EIO);
	}
	return handled;
}

/*
 * Hand an unhandled request to the device below; the caller is inside the request
 * gate. Return: false if there is none, or if the file is not open on it.
 */
static bool request_descend(struct dmf_request *request)
{
	struct dmf_device *lower = request->ddev->lower;
	struct dmf_file *file = request->file ? request->file->lower : NULL;

	if (!lower || (request->file && !file))
		return false;

	if (!request->passed_down)
		request_stay(request);
	request->passed_down = true;
	request->joined = false;
	request->ddev = lower;
	request->file = file;
	return true;
}

static int request_offer(struct dmf_request *request)
{
	struct dmf_device *ddev = request->ddev;
	int ret;

	ret = dmf_queue_enter(request);
	if (ret)
		return ret;

	ret = dmf_io_enter(request);
	if (ret == -EAGAIN)
		return ret;	/* and keeps its turn */
	if (ret) {
		dmf_queue_leave(ddev, request);
		return ret;
	}
	ret = request_check(request, dmf_dispatch_request(request));
	dmf_queue_leave(ddev, request);
	if (ret == REQUEST_UNHANDLED && request_descend(request))
		ret = REQUEST_DESCENDED;
	dmf_io_leave(ddev);
	return ret;
}

/*
 * Offer a request to one handler after the other. Return: 0 if one has it or has had
 * it, or why none has. -EAGAIN: a request that was sent without waiting has to wait for
 * its turn, or for the device; this goes on where it was when it is called again.
 */
int dmf_request_dispatch(struct dmf_request *request)
{
	int ret;

	do {
		ret = request_offer(request);
	} while (ret == REQUEST_DESCENDED);
	if (ret == -EAGAIN)
		return ret;

	/* Then the submitter looks for causes: unbind either finds the request, or is seen. */
	if (request->pended)
		dmf_flight_set_returned(request);
	/* Pended, it is its owner who leaves. */
	if (request->passed_down && !request->pended)
		dmf_gate_leave_detached(&request->flight->ddev->pended_gate);
	return ret == REQUEST_HANDLED ? 0 : request_refused(request, ret);
}

/*
 * A handler of a table has returned; the submitter still has its reference. What it has
 * pended it keeps, whatever it says; what it has left alone is completed.
 */
void dmf_request_settle(struct dmf_request *request, int result)
{
	if (atomic_read(&request->state) == REQUEST_DISPATCHED)
		dmf_request_complete(request, result);
	else
		WARN(result, "a handler has kept its request, or completed it, and returns %d\n",
		     result);
}

/* Return: true, with a warning, if a handler has taken a request and denies it. */
bool dmf_request_taken(struct dmf_request *request)
{
	return WARN(atomic_read(&request->state) != REQUEST_DISPATCHED,
		    "a request is handled, but was said not to be\n");
}

/*
 * Dispatch a request and wait until it is completed or its wait ends. Process
 * context. Return: its status, or the errno that the system call ends with; the
 * caller still has its reference.
 */
int dmf_request_submit(struct dmf_request *request)
{
	int ret;

	dmf_flight_add(request);
	dmf_request_trace_submit(request);
	ret = dmf_request_dispatch(request);
	if (!ret)
		ret = request_wait(request);
	dmf_flight_remove(request);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_request_submit);
