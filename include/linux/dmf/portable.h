/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of DMF's Portable API that the kernel has no counterpart of: waiting
 * for several events.
 */
#ifndef _LINUX_DMF_PORTABLE_H
#define _LINUX_DMF_PORTABLE_H

#include <linux/completion.h>
#include <linux/sched.h>
#include <linux/types.h>

/**
 * DOC: Events
 *
 * DMF_PORTABLE_EVENT is &struct completion, without anything around it:
 *
 *   EventCreate         init_completion(), and complete() if it begins set
 *   EventSet            complete() for a SynchronizationEvent: one waiter goes on
 *                       and takes it; complete_all() for a NotificationEvent
 *   EventReset          reinit_completion()
 *   EventWaitForSingle  wait_for_completion(), with _timeout, _interruptible, ...
 *   EventClose          nothing; complete_all() if somebody may still wait
 *
 * A completion counts: two complete() let two waiters go on, where the second
 * SetEvent() of a SynchronizationEvent that is set does nothing. As everywhere in
 * the kernel, the caller sees to it that nobody waits while an event is reset, and
 * complete_all() is not for hard interrupts of PREEMPT_RT.
 */

/* Most events of one wait, as MAXIMUM_WAIT_OBJECTS. */
#define DMF_PORTABLE_EVENTS_MAX		64

/**
 * dmf_portable_event_wait_for_multiple - wait for one or for all of several events
 * @count: number of events, 1 to DMF_PORTABLE_EVENTS_MAX
 * @events: the events; they stay the caller's and must outlive the call
 * @wait_all: true to wait until all are set at one time, false until any is
 * @timeout: how long to wait, in jiffies; 0 only looks, MAX_SCHEDULE_TIMEOUT waits
 *	for ever
 * @interruptible: whether a signal ends the wait
 *
 * With @wait_all, either one complete() of every event is taken, in one atomic
 * step, or nothing is. Else one complete() of the event that is returned is taken,
 * which is the first in @events of those that are set. What complete_all() has set
 * stays set. A complete() that woke the caller and is not taken, because of a
 * signal for one, is passed on to who else waits for that event. An event that is
 * set counts for more than a signal or the end of @timeout.
 *
 * An event may stand in @events more than once, but not with @wait_all.
 *
 * DMF: DMF_Portable_EventWaitForMultiple.
 *
 * Context: process, may sleep.
 * Return: the index in @events of the event that was taken (STATUS_WAIT_0 + n), 0
 * with @wait_all; -ETIMEDOUT (STATUS_TIMEOUT); -ERESTARTSYS on a signal
 * (STATUS_ALERTED); -EINVAL for a count, an event or a timeout that cannot be;
 * -ENOMEM, only if more than 8 events are waited for without @wait_all.
 */
int dmf_portable_event_wait_for_multiple(unsigned int count, struct completion * const *events,
					 bool wait_all, long timeout, bool interruptible);

#endif /* _LINUX_DMF_PORTABLE_H */
