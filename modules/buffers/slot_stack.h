/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stack of small numbers, the slots, without a lock: any number of processors
 * push and pop at once, from any context.
 *
 * The word @top holds the slot on top in its upper half, and in its lower half how
 * often the stack has been popped. A pop reads what is below the top before it takes
 * the top; that other pops and pushes have led to the same top meanwhile, with
 * something else below, shows in the number of pops, and it tries again. The number
 * has 32 bits, and preemption is off between the two looks at it, so it cannot come
 * round.
 *
 * What is below each slot is kept beside what the slots stand for, not in it: a
 * pop that has been overtaken reads the link of a slot that somebody else has,
 * and may have freed what it stands for, by then.
 */
#ifndef _DMF_BUFFERS_SLOT_STACK_H
#define _DMF_BUFFERS_SLOT_STACK_H

#include <linux/atomic.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/types.h>

#define SLOT_STACK_SHIFT	32

/**
 * struct slot_stack - a stack of slots, which are numbered from 1
 * @top: slot on top, 0 if the stack is empty; and the number of pops.
 * @below: for each slot that is on the stack, the one below, or 0.
 */
struct slot_stack {
	atomic64_t top;
	u32 *below;
};

/* An empty stack for slots from 1 to @slots. Return: 0 or -ENOMEM. */
static inline int slot_stack_init(struct slot_stack *stack, u32 slots)
{
	atomic64_set(&stack->top, 0);
	stack->below = kvcalloc((size_t)slots + 1, sizeof(*stack->below),
				GFP_KERNEL | __GFP_NOWARN);
	return stack->below ? 0 : -ENOMEM;
}

static inline void slot_stack_destroy(struct slot_stack *stack)
{
	kvfree(stack->below);
}

static inline s64 slot_stack_word(u32 slot, u32 pops)
{
	return (u64)slot << SLOT_STACK_SHIFT | pops;
}

/* Orders as a full barrier. */
static inline void slot_stack_push(struct slot_stack *stack, u32 slot)
{
	s64 top = atomic64_read(&stack->top);

	do {
		WRITE_ONCE(stack->below[slot], (u64)top >> SLOT_STACK_SHIFT);
	} while (!atomic64_try_cmpxchg(&stack->top, &top, slot_stack_word(slot, top)));
}

/* Return: the slot that was on top, or 0. */
static inline u32 slot_stack_pop(struct slot_stack *stack)
{
	s64 top, next;
	u32 slot;

	preempt_disable();
	top = atomic64_read(&stack->top);
	do {
		slot = (u64)top >> SLOT_STACK_SHIFT;
		if (unlikely(!slot))
			break;
		next = slot_stack_word(READ_ONCE(stack->below[slot]), top + 1);
	} while (!atomic64_try_cmpxchg(&stack->top, &top, next));
	preempt_enable();

	return slot;
}

#endif /* _DMF_BUFFERS_SLOT_STACK_H */
