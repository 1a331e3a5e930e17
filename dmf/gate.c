// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate: may this object still be used, and how to wait until nobody does.
 *
 * One atomic word holds the number of users and the closed bit, so "not closed"
 * and "one user more" are decided by the same cmpxchg: whoever closes sees
 * every user that got in, and nobody gets in afterwards.
 *
 * The closer sets the bit. If users are inside, the last one to leave finds the
 * word to be the bare bit and completes @drained; if none are, the closer does
 * so itself. So @drained is completed exactly once for each time of being
 * closed, and each closer that waits for it hands it on. complete() takes the
 * raw lock of the completion and the closer takes the same lock to see it done,
 * which is why the gate may be freed right after dmf_gate_close(). A wait
 * queue would not do: its lock sleeps on PREEMPT_RT, and users leave from hard
 * interrupts.
 *
 * For lockdep a user holds the gate as a reader that only ever tries, and the
 * closer takes it as a writer for a moment, as kernfs does with its active
 * references.
 */
#include <linux/dmf/gate.h>
#include <linux/export.h>
#include <linux/kernel.h>

void __dmf_gate_init(struct dmf_gate *gate, bool open, const char *name,
		     struct lock_class_key *key, unsigned int subclass)
{
	atomic_set(&gate->word, open ? 0 : BIT(DMF_GATE_CLOSED_BIT));
	init_completion(&gate->drained);
	if (!open)
		complete(&gate->drained);
#ifdef CONFIG_DEBUG_LOCK_ALLOC
	lockdep_init_map(&gate->dep_map, name, key, subclass);
#endif
}
EXPORT_SYMBOL_NS_GPL(__dmf_gate_init, DMF);

/* The last user inside a closed gate has left. */
void __dmf_gate_drained(struct dmf_gate *gate)
{
	complete(&gate->drained);
}
EXPORT_SYMBOL_NS_GPL(__dmf_gate_drained, DMF);

/**
 * dmf_gate_close - refuse new users and wait for those inside
 * @gate: the gate
 *
 * Closing a closed gate waits for the users that are still inside, if any.
 *
 * Context: process, may sleep. Must not be called from inside the gate.
 */
void dmf_gate_close(struct dmf_gate *gate)
{
	int word = atomic_fetch_or(BIT(DMF_GATE_CLOSED_BIT), &gate->word);

	might_sleep();
	dmf_gate_might_close(gate);
	if (!word)
		complete(&gate->drained);
	wait_for_completion(&gate->drained);
	complete(&gate->drained);
}
EXPORT_SYMBOL_NS_GPL(dmf_gate_close, DMF);

/**
 * dmf_gate_reopen - let users in again
 * @gate: a gate that dmf_gate_close() has closed, or that began closed
 *
 * Context: process; no dmf_gate_close() of this gate may be under way.
 */
void dmf_gate_reopen(struct dmf_gate *gate)
{
	if (WARN_ON(atomic_read(&gate->word) != BIT(DMF_GATE_CLOSED_BIT)))
		return;

	reinit_completion(&gate->drained);
	atomic_set_release(&gate->word, 0);
}
EXPORT_SYMBOL_NS_GPL(dmf_gate_reopen, DMF);
