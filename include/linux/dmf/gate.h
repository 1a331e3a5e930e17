/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate: may this object still be used, and how to wait until nobody does.
 */
#ifndef _LINUX_DMF_GATE_H
#define _LINUX_DMF_GATE_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/completion.h>
#include <linux/instruction_pointer.h>
#include <linux/lockdep.h>
#include <linux/types.h>

/**
 * DOC: Life of a gate
 *
 * A gate guards an object of its owner. Users enter and leave it; the owner
 * closes it, which refuses new users and waits for those inside, and may reopen
 * it. A gate starts closed or open as dmf_gate_init() is told.
 *
 * The owner, and nobody else, calls init, close and reopen, and has them follow
 * each other. The memory of the gate may be freed as soon as dmf_gate_close()
 * has returned and nobody can call dmf_gate_enter() any more: leaving touches
 * nothing of the gate after the closer could see that it was the last one.
 *
 * A user that enters and leaves in the same task uses dmf_gate_enter() and
 * dmf_gate_leave(); lockdep then reports a close that can never end because
 * it waits for its own task, or for a lock that the user wants. A user that
 * leaves in another context than it entered in uses the detached pair.
 */

/* Set in &struct dmf_gate.word while the gate is open. */
#define DMF_GATE_OPEN_BIT	30

/**
 * struct dmf_gate - one atomic word and a completion
 *
 * No field is for the owner or for users.
 */
struct dmf_gate {
	/* private: */
	atomic_t word;			/* the open bit and the number of users inside */
	struct completion drained;	/* done while closed and empty */
#ifdef CONFIG_DEBUG_LOCK_ALLOC
	struct lockdep_map dep_map;
#endif
};

void __dmf_gate_init(struct dmf_gate *gate, bool open, const char *name,
		     struct lock_class_key *key, unsigned int subclass);

/**
 * dmf_gate_init - prepare a gate for use
 * @gate: the gate; the caller owns its memory
 * @open: true to let users in at once, false to wait for dmf_gate_reopen()
 *
 * A lock class of its own is made for each place in the code that calls this.
 *
 * Context: any.
 */
#define dmf_gate_init(gate, open)					\
	do {								\
		static struct lock_class_key __key;			\
									\
		__dmf_gate_init(gate, open, #gate, &__key, 0);		\
	} while (0)

void dmf_gate_close(struct dmf_gate *gate);
bool dmf_gate_close_timeout(struct dmf_gate *gate, unsigned long timeout);
void dmf_gate_reopen(struct dmf_gate *gate);
void __dmf_gate_drained(struct dmf_gate *gate);

/**
 * dmf_gate_enter_detached - enter in one context to leave in another
 * @gate: the gate
 *
 * As dmf_gate_enter(), for a user that hands its stay on to another task or to
 * an interrupt handler.
 *
 * Context: any, hard interrupts of PREEMPT_RT included. Does not sleep, takes
 * no lock.
 * Return: true if the caller is inside and owes dmf_gate_leave_detached(),
 * false if the gate is closing or closed.
 */
static inline bool dmf_gate_enter_detached(struct dmf_gate *gate)
{
	int word = atomic_read(&gate->word);

	do {
		if (!(word & BIT(DMF_GATE_OPEN_BIT)))
			return false;
	} while (!atomic_try_cmpxchg_acquire(&gate->word, &word, word + 1));

	return true;
}

/**
 * dmf_gate_leave_detached - end what dmf_gate_enter_detached() began
 * @gate: the gate; it may be gone when this returns
 *
 * Context: any, hard interrupts of PREEMPT_RT included. Does not sleep.
 */
static inline void dmf_gate_leave_detached(struct dmf_gate *gate)
{
	if (atomic_dec_and_test(&gate->word))
		__dmf_gate_drained(gate);
}

/**
 * dmf_gate_leave_detached_checked - leave, unless nobody is inside
 * @gate: the gate; it may be gone when this returns true
 *
 * As dmf_gate_leave_detached(), for an owner whose users cannot be trusted to leave
 * as often as they have entered. Costs a few instructions more.
 *
 * Context: any, hard interrupts of PREEMPT_RT included. Does not sleep.
 * Return: true, or false if nobody was inside; the gate is as it was then.
 */
static inline bool dmf_gate_leave_detached_checked(struct dmf_gate *gate)
{
	int word = atomic_read(&gate->word);

	do {
		if (!(word & ~BIT(DMF_GATE_OPEN_BIT)))
			return false;
	} while (!atomic_try_cmpxchg(&gate->word, &word, word - 1));

	if (word == 1)
		__dmf_gate_drained(gate);
	return true;
}

/**
 * dmf_gate_enter - begin to use what the gate guards
 * @gate: the gate
 *
 * Context: any, hard interrupts of PREEMPT_RT included. Does not sleep, takes
 * no lock.
 * Return: true if the caller is inside and owes dmf_gate_leave() in the same
 * context, false if the gate is closing or closed.
 */
static inline bool dmf_gate_enter(struct dmf_gate *gate)
{
	if (!dmf_gate_enter_detached(gate))
		return false;

	rwsem_acquire_read(&gate->dep_map, 0, 1, _THIS_IP_);
	return true;
}

/**
 * dmf_gate_leave - end what dmf_gate_enter() began
 * @gate: the gate; it may be gone when this returns
 *
 * Context: the one that entered. Does not sleep.
 */
static inline void dmf_gate_leave(struct dmf_gate *gate)
{
	rwsem_release(&gate->dep_map, _THIS_IP_);
	dmf_gate_leave_detached(gate);
}

/**
 * dmf_gate_leave_checked - dmf_gate_leave(), unless nobody is inside
 * @gate: the gate; it may be gone when this returns true
 *
 * Context: the one that entered. Does not sleep.
 * Return: as dmf_gate_leave_detached_checked().
 */
static inline bool dmf_gate_leave_checked(struct dmf_gate *gate)
{
	rwsem_release(&gate->dep_map, _THIS_IP_);
	return dmf_gate_leave_detached_checked(gate);
}

/**
 * dmf_gate_might_close - tell lockdep that a gate may be closed here
 * @gate: the gate
 *
 * As might_lock(): a caller that is inside the gate is reported even when this
 * time the gate is not closed. dmf_gate_close() includes it.
 *
 * Context: any; does nothing without CONFIG_LOCKDEP.
 */
static inline void dmf_gate_might_close(struct dmf_gate *gate)
{
	rwsem_acquire(&gate->dep_map, 0, 0, _THIS_IP_);
	rwsem_release(&gate->dep_map, _THIS_IP_);
}

/**
 * dmf_gate_is_closed - look whether the gate is closing or closed
 * @gate: the gate
 *
 * The answer may be old when the caller gets it; only entering gives a
 * guarantee.
 *
 * Context: any.
 * Return: true if dmf_gate_enter() would have failed.
 */
static inline bool dmf_gate_is_closed(const struct dmf_gate *gate)
{
	return !(atomic_read(&gate->word) & BIT(DMF_GATE_OPEN_BIT));
}

/**
 * dmf_gate_users - number of users inside
 * @gate: the gate
 *
 * Context: any.
 * Return: the number at the moment of the call; for diagnostics.
 */
static inline unsigned int dmf_gate_users(const struct dmf_gate *gate)
{
	return atomic_read(&gate->word) & ~BIT(DMF_GATE_OPEN_BIT);
}

#endif /* _LINUX_DMF_GATE_H */
