/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stack: a bounded number of elements of one size; the last one in is the first
 * one out.
 */
#ifndef _LINUX_DMF_STACK_H
#define _LINUX_DMF_STACK_H

#include <linux/types.h>

#include <linux/dmf/types.h>

/**
 * DOC: Stack and its elements
 *
 * Push copies an element and pop copies it back: the Stack owns the memory of its
 * elements, takes it when it opens and frees it when it closes, with whatever
 * has not been popped. An element whose memory others have overrun is reported, and
 * passed over. Pushes and pops are atomic steps, each as a whole: a push is
 * refused only if there are as many elements as the Config allows.
 *
 * A Stack whose attributes say passive_level is for process context only; "any"
 * below means: wherever spin_lock_irqsave() is legal.
 *
 * DMF: DMF_Stack.
 */

DMF_DECLARE_MODULE(stack);

/**
 * struct dmf_stack_config - Config of a Stack
 * @stack_depth: elements that there may be, not 0. DMF took it for the number to
 *	prepare memory for.
 * @stack_element_size: size of an element in bytes, not 0.
 *
 * DMF: DMF_CONFIG_Stack.
 */
struct dmf_stack_config {
	unsigned int stack_depth;
	size_t stack_element_size;
};

/**
 * dmf_stack_push - put an element on the top
 * @stack: the Stack
 * @element: the element; copied
 * @size: its size in bytes, which must be that of the Config
 *
 * DMF: DMF_Stack_Push, which had no size.
 *
 * Context: any; takes the lock of the Stack.
 * Return: 0; -ENOSPC if there are as many elements as there may be; -EINVAL if the
 * size is wrong; -ENODEV if the Stack is not open; -EUCLEAN if others have
 * overrun the memory meanwhile: the element is lost, and room for one.
 */
int dmf_stack_push(struct dmf_stack *stack, const void *element, size_t size);

/**
 * dmf_stack_pop - take the element on the top
 * @stack: the Stack
 * @element: where to copy it; left alone on failure
 * @size: size of that memory in bytes, which must be that of the Config
 *
 * DMF: DMF_Stack_Pop.
 *
 * Context: any; takes the lock of the Stack.
 * Return: 0; -ENOENT if there is none; -EINVAL if the size is wrong; -ENODEV if the
 * Stack is not open.
 */
int dmf_stack_pop(struct dmf_stack *stack, void *element, size_t size);

/**
 * dmf_stack_depth - number of elements
 * @stack: the Stack
 *
 * DMF: DMF_Stack_Depth.
 *
 * Context: any; takes a lock of the Stack.
 * Return: the number, which may have changed when the caller sees it; 0 if the Stack
 * is not open.
 */
unsigned int dmf_stack_depth(struct dmf_stack *stack);

/**
 * dmf_stack_flush - remove all elements
 * @stack: the Stack
 *
 * They are taken in one step; what is pushed meanwhile stays. Until this returns
 * they may still count for the limit of a push. Does nothing if the Stack is not open.
 *
 * DMF: DMF_Stack_Flush.
 *
 * Context: any; takes locks of the Stack, one at a time.
 */
void dmf_stack_flush(struct dmf_stack *stack);

#endif /* _LINUX_DMF_STACK_H */
