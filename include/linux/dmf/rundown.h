/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rundown: may something still be used, and how to wait until nobody does.
 */
#ifndef _LINUX_DMF_RUNDOWN_H
#define _LINUX_DMF_RUNDOWN_H

#include <linux/dmf/types.h>

struct dmf_rundown;

/**
 * DOC: Rundown
 *
 * A Rundown guards something of its Client's: a transfer engine, a table, a
 * device below. Between start and end_and_wait it gives references to whoever asks;
 * when end_and_wait returns, nobody has one, and nobody gets one until the next
 * start. What it guards may be freed then.
 *
 * Two kinds of references, of which the second is for most users:
 *
 * * dmf_rundown_reference() may be given back by anybody, in any context: by the
 *   interrupt handler that completes what was begun, for one.
 * * dmf_rundown_acquire() is given back in the context that took it. lockdep
 *   knows who has it, and reports an end_and_wait that can never return because it
 *   waits for its own task, or for a lock that the holder wants.
 *
 * Who still holds a reference may give it back whatever has become of the Module
 * meanwhile: closing waits for it.
 *
 * A Module has references of its own, dmf_module_reference(). A Rundown is for what
 * comes and goes while the Module stays open.
 *
 * DMF: DMF_Rundown.
 */

DMF_DECLARE_MODULE(rundown);

/**
 * dmf_rundown_start - give references from now on
 * @rundown: the Rundown
 *
 * DMF: DMF_Rundown_Start.
 *
 * Context: wherever spin_lock_irqsave() is legal.
 * Return: 0; -EALREADY if it is started; -EBUSY while an end_and_wait is under way;
 * -ENODEV if the Rundown is not open.
 */
int dmf_rundown_start(struct dmf_rundown *rundown);

/**
 * dmf_rundown_reference - get a reference
 * @rundown: the Rundown
 *
 * DMF: DMF_Rundown_Reference.
 *
 * Context: any, hard interrupts of PREEMPT_RT included. Does not sleep, takes
 * no lock.
 * Return: 0, and somebody owes dmf_rundown_dereference(), in whatever context;
 * -ESHUTDOWN if the Rundown is not started, is ending, or is not open.
 */
int dmf_rundown_reference(struct dmf_rundown *rundown);

/**
 * dmf_rundown_dereference - give back a reference
 * @rundown: the Rundown; it may be closed when this returns
 *
 * One too many is reported with a warning, and nothing is changed.
 *
 * DMF: DMF_Rundown_Dereference.
 *
 * Context: any, hard interrupts of PREEMPT_RT included. Does not sleep.
 */
void dmf_rundown_dereference(struct dmf_rundown *rundown);

/**
 * dmf_rundown_acquire - get a reference for a stay within one context
 * @rundown: the Rundown
 *
 * DMF: DMF_Rundown_Reference.
 *
 * Context: as dmf_rundown_reference().
 * Return: 0, and the caller owes dmf_rundown_release() in the same context;
 * -ESHUTDOWN as dmf_rundown_reference().
 */
int dmf_rundown_acquire(struct dmf_rundown *rundown);

/**
 * dmf_rundown_release - end what dmf_rundown_acquire() began
 * @rundown: the Rundown; it may be closed when this returns
 *
 * DMF: DMF_Rundown_Dereference.
 *
 * Context: the one of dmf_rundown_acquire(). Does not sleep.
 */
void dmf_rundown_release(struct dmf_rundown *rundown);

/**
 * dmf_rundown_end_and_wait - give no more references, and wait until all are back
 * @rundown: the Rundown
 *
 * Harmless if it is not started. Several callers at a time all wait. When it takes
 * long, a message says for how many references, and every so often again.
 *
 * DMF: DMF_Rundown_EndAndWait.
 *
 * Context: process, may sleep; not by whoever has a reference: that waits for ever,
 * which lockdep reports if it was dmf_rundown_acquire().
 * Return: 0; -ENODEV if the Rundown is not open: while it closes, closing waits for
 * those that are left.
 */
int dmf_rundown_end_and_wait(struct dmf_rundown *rundown);

#endif /* _LINUX_DMF_RUNDOWN_H */
