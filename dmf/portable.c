// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for several completions.
 *
 * A completion is a count and a simple wait queue; complete() adds one to the
 * count, takes the first waiter off the queue and wakes it. Everybody else who
 * waits relies on that waiter taking the count. Hence the rule here: whoever
 * leaves the queue of a completion that is done wakes the next in it. One that
 * is woken for nothing looks, and sleeps again.
 *
 * Any: the task is in the queues of all events, and takes the first that is done.
 *
 * All: the task is in the queue of one event that is not done. While that one is
 * not, nothing else matters; when it is, the task looks for another that is not.
 * (Were it in the queues of all, two such tasks would keep waking each other over
 * an event that neither may take yet.) Nothing is taken before everything is done,
 * and then under the locks of all events, so that nobody ever sees an event taken
 * that is not.
 *
 * The locks of several completions nest only under all_lock. Locks of completions
 * are raw and so is all_lock: nothing here differs on PREEMPT_RT, and complete()
 * in a hard interrupt waits for at most DMF_PORTABLE_EVENTS_MAX of them.
 */
#include <linux/dmf/portable.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/swait.h>

/* So many events need no memory. */
#define EVENTS_ON_STACK		8

/* Guards the taking of several locks of completions, in whatever order. */
static DEFINE_RAW_SPINLOCK(all_lock);

static bool event_is_set(const struct completion *event)
{
	return READ_ONCE(event->done);
}

/* Be in the queue before looking at the event, or miss what comes in between. */
static void event_enqueue(struct completion *event, struct swait_queue *wait, int state)
{
	prepare_to_swait_exclusive(&event->wait, wait, state);
}

static void event_dequeue(struct completion *event, struct swait_queue *wait)
{
	finish_swait(&event->wait, wait);
	/* completion_done() also waits for a complete() that is still under way. */
	if (completion_done(event))
		swake_up_one(&event->wait);
}

/* Sleep in state @state. Return: 0 if woken or, for a last look, at the end of *@timeout. */
static int events_sleep(long *timeout, int state)
{
	if (signal_pending_state(state, current))
		return -ERESTARTSYS;
	if (!*timeout)
		return -ETIMEDOUT;

	*timeout = schedule_timeout(*timeout);
	return 0;
}

/* -- Any -- */

static int events_take_any(unsigned int count, struct completion * const *events)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (try_wait_for_completion(events[i]))
			return i;
	return -EAGAIN;
}

static int wait_for_any(unsigned int count, struct completion * const *events,
			struct swait_queue *waits, long timeout, int state)
{
	unsigned int i;
	int ret;

	for (i = 0; i < count; i++)
		waits[i] = (struct swait_queue)__SWAITQUEUE_INITIALIZER(waits[i]);
	do {
		for (i = 0; i < count; i++)
			event_enqueue(events[i], &waits[i], state);
		ret = events_take_any(count, events);
		if (ret != -EAGAIN)
			break;
		ret = events_sleep(&timeout, state);
	} while (!ret);
	for (i = 0; i < count; i++)
		event_dequeue(events[i], &waits[i]);
	return ret;
}

static int event_wait_for_any(unsigned int count, struct completion * const *events,
			      long timeout, int state)
{
	struct swait_queue on_stack[EVENTS_ON_STACK];
	struct swait_queue *waits = on_stack;
	int ret;

	ret = events_take_any(count, events);
	if (ret != -EAGAIN)
		return ret;
	if (!timeout)
		return -ETIMEDOUT;

	if (count > EVENTS_ON_STACK) {
		waits = kmalloc_array(count, sizeof(*waits), GFP_KERNEL);
		if (!waits)
			return -ENOMEM;
	}
	ret = wait_for_any(count, events, waits, timeout, state);
	if (waits != on_stack)
		kfree(waits);
	return ret;
}

/* -- All -- */

/* The first that is not set; NULL if all are, at this moment or one after the other. */
static struct completion *events_first_unset(unsigned int count,
					     struct completion * const *events)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!event_is_set(events[i]))
			return events[i];
	return NULL;
}

/* Sparse does not count what a loop locks: for it both are balanced. */
static void event_lock(struct completion *event)
{
	raw_spin_lock_nest_lock(&event->wait.lock, &all_lock);
	__release(&event->wait.lock);
}

static void event_unlock(struct completion *event)
{
	__acquire(&event->wait.lock);
	raw_spin_unlock(&event->wait.lock);
}

/* With the locks of all events held. */
static void events_take(unsigned int count, struct completion * const *events)
{
	unsigned int i;

	/* What complete_all() has set stays set. */
	for (i = 0; i < count; i++)
		if (events[i]->done != UINT_MAX)
			events[i]->done--;
}

/* Take all. Return: NULL, or an event that was not set, and nothing has been taken. */
static struct completion *events_take_all(unsigned int count, struct completion * const *events)
{
	struct completion *unset = events_first_unset(count, events);
	unsigned long flags;
	unsigned int i;

	if (unset)
		return unset;

	raw_spin_lock_irqsave(&all_lock, flags);
	for (i = 0; i < count; i++)
		event_lock(events[i]);
	unset = events_first_unset(count, events);
	if (!unset)
		events_take(count, events);
	while (i--)
		event_unlock(events[i]);
	raw_spin_unlock_irqrestore(&all_lock, flags);
	return unset;
}

static int event_wait_for_all(unsigned int count, struct completion * const *events,
			      long timeout, int state)
{
	struct completion *unset;
	int ret = 0;

	while ((unset = events_take_all(count, events)) && !ret) {
		DECLARE_SWAITQUEUE(wait);

		event_enqueue(unset, &wait, state);
		if (!event_is_set(unset))
			ret = events_sleep(&timeout, state);
		event_dequeue(unset, &wait);
	}
	return unset ? ret : 0;
}

/* -- Both -- */

static bool events_are_valid(unsigned int count, struct completion * const *events, bool distinct)
{
	unsigned int i, j;

	if (!events || !count || count > DMF_PORTABLE_EVENTS_MAX)
		return false;

	for (i = 0; i < count; i++) {
		if (!events[i])
			return false;
		for (j = 0; distinct && j < i; j++)
			if (events[i] == events[j])
				return false;
	}
	return true;
}

int dmf_portable_event_wait_for_multiple(unsigned int count, struct completion * const *events,
					 bool wait_all, long timeout, bool interruptible)
{
	int state = interruptible ? TASK_INTERRUPTIBLE : TASK_UNINTERRUPTIBLE;

	might_sleep();
	if (timeout < 0 || !events_are_valid(count, events, wait_all))
		return -EINVAL;

	return wait_all ? event_wait_for_all(count, events, timeout, state) :
			  event_wait_for_any(count, events, timeout, state);
}
EXPORT_SYMBOL_NS_GPL(dmf_portable_event_wait_for_multiple, DMF);
