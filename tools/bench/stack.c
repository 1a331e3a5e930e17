// SPDX-License-Identifier: GPL-2.0-only
/*
 * An element of 64 bytes pushed and popped: a Stack beside an array under a spinlock.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <linux/dmf/device.h>
#include <linux/dmf/stack.h>

#include "bench.h"

#define PAIRS	10000
#define DEPTH	64
#define SIZE	64

/* What push and pop of an array are by hand. */
struct bench_array {
	spinlock_t lock;		/* guards all below */
	unsigned int depth;
	u8 elements[DEPTH][SIZE];
};

static struct dmf_stack *stack;

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_stack_config config = {
		.stack_depth = DEPTH,
		.stack_element_size = SIZE,
	};

	return dmf_stack_add(init, &config, NULL, &stack);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int stack_pairs(void *data)
{
	u8 element[SIZE] = { };
	int i, ret;

	for (i = 0; i < PAIRS; i++) {
		ret = dmf_stack_push(data, element, sizeof(element)) ?:
		      dmf_stack_pop(data, element, sizeof(element));
		if (ret)
			return ret;
	}
	return 0;
}

static int bench_stack(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, stack_pairs, stack, PAIRS);
	bench_device_remove(ddev);
	return ret;
}

static noinline int array_push(struct bench_array *array, const void *element)
{
	unsigned long flags;
	int ret = -ENOSPC;

	spin_lock_irqsave(&array->lock, flags);
	if (array->depth < DEPTH) {
		memcpy(array->elements[array->depth++], element, SIZE);
		ret = 0;
	}
	spin_unlock_irqrestore(&array->lock, flags);
	return ret;
}

static noinline int array_pop(struct bench_array *array, void *element)
{
	unsigned long flags;
	int ret = -ENOENT;

	spin_lock_irqsave(&array->lock, flags);
	if (array->depth) {
		memcpy(element, array->elements[--array->depth], SIZE);
		memset(array->elements[array->depth], 0, SIZE);
		ret = 0;
	}
	spin_unlock_irqrestore(&array->lock, flags);
	return ret;
}

static int array_pairs(void *data)
{
	u8 element[SIZE] = { };
	int i, ret;

	for (i = 0; i < PAIRS; i++) {
		ret = array_push(data, element) ?: array_pop(data, element);
		if (ret)
			return ret;
	}
	return 0;
}

static int bench_array(struct bench *bench)
{
	struct bench_array *array = kzalloc(sizeof(*array), GFP_KERNEL);
	int ret;

	if (!array)
		return -ENOMEM;

	spin_lock_init(&array->lock);
	ret = bench_run(bench, array_pairs, array, PAIRS);
	kfree(array);
	return ret;
}

const struct bench_case stack_cases[] = {
	{ "Stack push and pop, 64 bytes", "an array under a spinlock", 0,
	  bench_stack, bench_array },
	{ }
};
