/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AlertableSleep: sleep for some time, unless somebody says that it is over.
 */
#ifndef _LINUX_DMF_ALERTABLE_SLEEP_H
#define _LINUX_DMF_ALERTABLE_SLEEP_H

#include <linux/dmf/types.h>

struct dmf_alertable_sleep;

/**
 * DOC: AlertableSleep
 *
 * An AlertableSleep has some events, known by their index. On each one task at a
 * time may sleep, and anybody may abort the sleep, from any context.
 *
 * An abort is kept: it ends the sleep that is under way, or else the next one as
 * soon as it begins, and each further one until the event is reset. So no abort is
 * lost because it came too early.
 *
 * Closing ends all sleeps and waits until the last sleeper has left. A Module that
 * opens again starts without aborts.
 */

/* Events that an AlertableSleep has at most. */
#define DMF_ALERTABLE_SLEEP_EVENTS_MAX	32

/**
 * struct dmf_alertable_sleep_config - Config of an AlertableSleep
 * @event_count: number of events, 1 to DMF_ALERTABLE_SLEEP_EVENTS_MAX.
 *
 * DMF: DMF_CONFIG_AlertableSleep.
 */
struct dmf_alertable_sleep_config {
	unsigned int event_count;
};

DMF_DECLARE_MODULE(alertable_sleep);

/**
 * dmf_alertable_sleep_sleep - sleep until the time is over or the event is aborted
 * @sleep: the AlertableSleep
 * @index: of the event
 * @ms: how long, in milliseconds; more than INT_MAX is for ever
 *
 * Signals do not end the sleep, and it does not count as a hung task however long it
 * is. A task of a program that sleeps here keeps the system from going to sleep,
 * see dmf_alertable_sleep_sleep_interruptible().
 *
 * DMF: DMF_AlertableSleep_Sleep.
 *
 * Context: process, may sleep.
 * Return: 0 after the full time; -ECANCELED if the event is or has been aborted;
 * -EBUSY if another task sleeps on it or resets it; -EINVAL if there is no such
 * event; -ENODEV if the AlertableSleep is not open or closes.
 */
int dmf_alertable_sleep_sleep(struct dmf_alertable_sleep *sleep, unsigned int index,
			      unsigned int ms);

/**
 * dmf_alertable_sleep_sleep_interruptible - the same, unless a signal comes
 * @sleep: the AlertableSleep
 * @index: of the event
 * @ms: how long, in milliseconds; more than INT_MAX is for ever
 *
 * For the tasks of programs: a signal ends the sleep, and so does a system that
 * goes to sleep.
 *
 * DMF: DMF_AlertableSleep_Sleep.
 *
 * Context: process, may sleep.
 * Return: as dmf_alertable_sleep_sleep(); also -ERESTARTSYS if a signal has come.
 */
int dmf_alertable_sleep_sleep_interruptible(struct dmf_alertable_sleep *sleep,
					    unsigned int index, unsigned int ms);

/**
 * dmf_alertable_sleep_abort - end sleep on an event until it is reset
 * @sleep: the AlertableSleep
 * @index: of the event
 *
 * DMF: DMF_AlertableSleep_Abort.
 *
 * Context: any, hard interrupts of PREEMPT_RT included. Does not sleep, takes no
 * lock that does.
 * Return: 0; -EINVAL if there is no such event; -ENODEV if the AlertableSleep is not
 * open.
 */
int dmf_alertable_sleep_abort(struct dmf_alertable_sleep *sleep, unsigned int index);

/**
 * dmf_alertable_sleep_reset_for_reuse - forget that an event was aborted
 * @sleep: the AlertableSleep
 * @index: of the event
 *
 * For the task that sleeps on the event, between two sleeps.
 *
 * DMF: DMF_AlertableSleep_ResetForReuse.
 *
 * Context: any, hard interrupts of PREEMPT_RT included. Does not sleep, takes no
 * lock that does.
 * Return: 0; -EBUSY if somebody sleeps on the event, whose abort would be lost;
 * -EINVAL if there is no such event; -ENODEV if the AlertableSleep is not open.
 */
int dmf_alertable_sleep_reset_for_reuse(struct dmf_alertable_sleep *sleep, unsigned int index);

#endif /* _LINUX_DMF_ALERTABLE_SLEEP_H */
