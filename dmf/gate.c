// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate: may this object still be used, and how to wait until nobody does.
 *
 * One atomic word holds the number of users and the open bit, so "still open"
 * and "one user more" are decided by the same cmpxchg: whoever closes sees
 * every user that got in, and nobody gets in afterwards.
 *
 * The closer clears the bit. If users are inside, the last one to leave brings
 * the word to zero and completes @drained; if none are, the closer does so
 * itself. The bit means open, not closed, because a decrement tells for free
 * whether it has reached zero. So @drained is completed exactly once each time
 * the gate is closed, and each closer that waits for it hands it on. complete()
 * takes the raw lock of the completion and the closer takes the same lock to see
 * it done, which is why the gate may be freed right after dmf_gate_close(). A
 * wait queue would not do: its lock sleeps on PREEMPT_RT, and users leave from
 * hard interrupts.
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
	atomic_set(&gate->word, open ? BIT(DMF_GATE_OPEN_BIT) : 0);
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

/* Refuse new users. The last user inside completes @drained, if there is one. */
static void gate_shut(struct dmf_gate *gate)
{
	might_sleep();
	if (atomic_fetch_andnot(BIT(DMF_GATE_OPEN_BIT), &gate->word) == BIT(DMF_GATE_OPEN_BIT))
		complete(&gate->drained);
	dmf_gate_might_close(gate);
}

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
	gate_shut(gate);
	wait_for_completion(&gate->drained);
	complete(&gate->drained);
}
EXPORT_SYMBOL_NS_GPL(dmf_gate_close, DMF);

/**
 * dmf_gate_close_timeout - refuse new users and wait for those inside, for a while
 * @gate: the gate
 * @timeout: how long to wait, in jiffies; 0 to refuse new users and not to wait
 *
 * For a closer that has something to say when it takes long. It calls again, or
 * dmf_gate_close(), to go on waiting.
 *
 * Context: process, may sleep. Must not be called from inside the gate.
 * Return: true if nobody is inside any more, false if somebody still is.
 */
bool dmf_gate_close_timeout(struct dmf_gate *gate, unsigned long timeout)
{
	gate_shut(gate);
	if (!wait_for_completion_timeout(&gate->drained, timeout))
		return false;
	complete(&gate->drained);
	return true;
}
EXPORT_SYMBOL_NS_GPL(dmf_gate_close_timeout, DMF);

/**
 * dmf_gate_reopen - let users in again
 * @gate: a gate that dmf_gate_close() has closed, or that began closed
 *
 * Context: process; no dmf_gate_close() of this gate may be under way.
 */
void dmf_gate_reopen(struct dmf_gate *gate)
{
	if (WARN_ON(atomic_read(&gate->word)))
		return;

	reinit_completion(&gate->drained);
	atomic_set_release(&gate->word, BIT(DMF_GATE_OPEN_BIT));
}
EXPORT_SYMBOL_NS_GPL(dmf_gate_reopen, DMF);
