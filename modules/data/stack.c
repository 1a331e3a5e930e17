// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stack: a bounded number of elements of one size; the last one in is the first
 * one out.
 *
 * A BufferQueue without lookaside: a push fetches an empty buffer and enqueues it at
 * the head, a pop dequeues and reuses it. The empty buffers are what is left
 * of the limit.
 *
 * While a pop copies, its buffer is neither empty nor an element, and a push, by an
 * interrupt handler for one, would find the Stack full that is not. So the Module's
 * lock makes one step of each. The BufferQueue's locks are taken inside it.
 * A flush does without: it may be long, and interrupts would be off for all of it.
 */
#include <linux/container_of.h>
#include <linux/device.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include <linux/dmf/buffer_queue.h>
#include <linux/dmf/module.h>
#include <linux/dmf/stack.h>

struct dmf_stack {
	struct dmf_module module;

	/* Constant from creation on. */
	struct dmf_buffer_queue *queue;
	unsigned int limit;
	size_t size;

	unsigned long refused;		/* pushes; guarded by the Module's lock */
};

static struct dmf_stack *stack_from_module(struct dmf_module *module)
{
	return container_of(module, struct dmf_stack, module);
}

static int stack_check_size(struct dmf_stack *stack, size_t size)
{
	if (likely(size == stack->size))
		return 0;
	dev_err_ratelimited(dmf_module_device(&stack->module),
			    "%s: fault=wrong_size size=%zu element_size=%zu\n",
			    dmf_module_name(&stack->module), size, stack->size);
	return -EINVAL;
}

static int stack_push_locked(struct dmf_stack *stack, const void *element)
{
	void *buffer;
	int ret;

	dmf_module_assert_locked(&stack->module);
	ret = dmf_buffer_queue_fetch(stack->queue, &buffer, NULL);
	if (ret == -ENOBUFS) {
		stack->refused++;
		return -ENOSPC;
	}
	if (ret)
		return ret;

	memcpy(buffer, element, stack->size);
	return dmf_buffer_queue_enqueue_at_head(stack->queue, buffer);
}

static int stack_pop_locked(struct dmf_stack *stack, void *element)
{
	void *buffer;
	int ret;

	dmf_module_assert_locked(&stack->module);
	ret = dmf_buffer_queue_dequeue(stack->queue, &buffer, NULL);
	if (ret)
		return ret;

	memcpy(element, buffer, stack->size);
	/* If it is damaged by now, the pool says so; what was copied was not. */
	dmf_buffer_queue_reuse(stack->queue, buffer);
	return 0;
}

/* Module callbacks */

static int stack_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	const struct dmf_stack_config *config = dmf_module_config(module);
	struct dmf_stack *stack = stack_from_module(module);
	const struct dmf_buffer_queue_config elements = {
		.source = {
			.buffer_count = config->stack_depth,
			.buffer_size = config->stack_element_size,
		},
	};
	const struct dmf_module_attributes attributes = {
		.instance_name = "elements",
		.passive_level = dmf_module_is_passive_level(module),
	};

	if (!config->stack_depth || !config->stack_element_size) {
		dev_err(dmf_module_device(module), "%s: bad config: depth=%u element_size=%zu\n",
			dmf_module_name(module), config->stack_depth, config->stack_element_size);
		return -EINVAL;
	}

	stack->limit = config->stack_depth;
	stack->size = config->stack_element_size;
	return dmf_buffer_queue_add(init, &elements, &attributes, &stack->queue);
}

static void stack_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_stack *stack = stack_from_module(module);
	unsigned int depth = dmf_buffer_queue_count(stack->queue);

	seq_printf(seq, "depth=%u max=%u refused=%lu", depth, stack->limit,
		   READ_ONCE(stack->refused));
}

static const struct dmf_module_ops stack_ops = {
	.child_modules_add	= stack_child_modules_add,
	.show			= stack_show,
};

static const struct dmf_module_desc stack_desc = {
	.name		= "stack",
	.size		= sizeof(struct dmf_stack),
	.config_size	= sizeof(struct dmf_stack_config),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &stack_ops,
};

DMF_DEFINE_MODULE(stack);
EXPORT_SYMBOL_NS_GPL(dmf_stack_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_stack_create, DMF);

/* Methods; see the header */

int dmf_stack_push(struct dmf_stack *stack, const void *element, size_t size)
{
	int ret = dmf_module_acquire(&stack->module);

	if (ret)
		return ret;

	ret = stack_check_size(stack, size);
	if (!ret) {
		dmf_module_lock(&stack->module);
		ret = stack_push_locked(stack, element);
		dmf_module_unlock(&stack->module);
	}
	dmf_module_release(&stack->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_stack_push, DMF);

int dmf_stack_pop(struct dmf_stack *stack, void *element, size_t size)
{
	int ret = dmf_module_acquire(&stack->module);

	if (ret)
		return ret;

	ret = stack_check_size(stack, size);
	if (!ret) {
		dmf_module_lock(&stack->module);
		ret = stack_pop_locked(stack, element);
		dmf_module_unlock(&stack->module);
	}
	dmf_module_release(&stack->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_stack_pop, DMF);

unsigned int dmf_stack_depth(struct dmf_stack *stack)
{
	unsigned int depth;

	if (dmf_module_acquire(&stack->module))
		return 0;

	depth = dmf_buffer_queue_count(stack->queue);
	dmf_module_release(&stack->module);
	return depth;
}
EXPORT_SYMBOL_NS_GPL(dmf_stack_depth, DMF);

void dmf_stack_flush(struct dmf_stack *stack)
{
	if (dmf_module_acquire(&stack->module))
		return;

	dmf_buffer_queue_flush(stack->queue);
	dmf_module_release(&stack->module);
}
EXPORT_SYMBOL_NS_GPL(dmf_stack_flush, DMF);
