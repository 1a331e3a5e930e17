/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Doorbell: from any context, have a callback run in process context, once for
 * any number of rings.
 */
#ifndef _LINUX_DMF_DOORBELL_H
#define _LINUX_DMF_DOORBELL_H

#include <linux/dmf/types.h>

struct dmf_doorbell;

/**
 * DOC: Doorbell
 *
 * Every successful ring is followed by the beginning of a run of the callback.
 * Rings before that beginning are answered by the same run, rings during a run
 * by one more. Runs of one Doorbell never overlap. The callback may sleep and
 * may ring.
 *
 * Closing refuses new rings, the callback's own too, and lets the runs that are
 * owed finish: no ring that was accepted is dropped.
 */

/**
 * struct dmf_doorbell_config - Config of a Doorbell
 * @ring: called in process context when the Doorbell has been rung; required.
 *
 * DMF: DMF_CONFIG_Doorbell.
 */
struct dmf_doorbell_config {
	void (*ring)(struct dmf_doorbell *doorbell);
};

DMF_DECLARE_MODULE(doorbell);

/**
 * dmf_doorbell_ring - have the callback run
 * @doorbell: the Doorbell
 *
 * DMF: DMF_Doorbell_Ring.
 *
 * Context: any, hard interrupts of PREEMPT_RT included. Does not sleep, takes
 * no lock that does.
 * Return: 0, or -ENODEV if the Doorbell is not open.
 */
int dmf_doorbell_ring(struct dmf_doorbell *doorbell);

/**
 * dmf_doorbell_flush - wait until the rings so far have been answered
 * @doorbell: the Doorbell
 *
 * Rings that come meanwhile, those of the callback too, are not waited for.
 *
 * DMF: DMF_Doorbell_Flush.
 *
 * Context: process, may sleep; not within the callback, nor with a lock that
 * the callback takes.
 * Return: 0; -ENODEV if the Doorbell is not open; -EDEADLK, with a warning, if
 * the callback calls.
 */
int dmf_doorbell_flush(struct dmf_doorbell *doorbell);

#endif /* _LINUX_DMF_DOORBELL_H */
