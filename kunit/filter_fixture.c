// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites of filters share.
 */
#include "filter_fixture.h"

static int level_of(const struct dmf_device *ddev)
{
	int level = 0;

	while ((ddev = dmf_device_lower(ddev)))
		level++;
	return level;
}

void stack_log(struct dmf_device *ddev, char what)
{
	struct stack *stack = dmf_kunit_priv(ddev);
	unsigned long flags;
	size_t length;

	spin_lock_irqsave(&stack->lock, flags);
	length = strlen(stack->log);
	if (length + 2 < sizeof(stack->log)) {
		stack->log[length] = what;
		stack->log[length + 1] = '0' + level_of(ddev);
	}
	spin_unlock_irqrestore(&stack->lock, flags);
}

void stack_rewind(struct stack *stack)
{
	memset(stack->log, 0, sizeof(stack->log));
}

static bool stack_cancel(struct dmf_request *request)
{
	struct stack *stack = request->owner;

	atomic_inc(&stack->cancels);
	return cmpxchg(&stack->pended, request, NULL) == request;
}

static void stack_pend(struct stack *stack, struct dmf_request *request, unsigned int flags)
{
	request->owner = stack;
	dmf_request_pend(request, stack_cancel, flags);
	request = xchg(&stack->pended, request);
	if (request)	/* there is room for one */
		dmf_request_complete(request, 0);
	complete(&stack->pend_seen);
}

void stack_complete_pended(struct stack *stack)
{
	struct dmf_request *request = xchg(&stack->pended, NULL);

	if (request)
		dmf_request_complete(request, 0);
}

static bool stack_handle(struct dmf_device *ddev, struct dmf_request *request)
{
	struct stack *stack = dmf_kunit_priv(ddev);

	stack_log(ddev, 'r');
	if (level_of(ddev) != stack->level)
		return false;

	switch (dmf_request_command(request)) {
	case CMD_PEND:
		stack_pend(stack, request, 0);
		return true;
	case CMD_PEND_ACTIVE:
		stack_pend(stack, request, DMF_PEND_ACTIVE);
		return true;
	case CMD_BLOCK:
		complete(&stack->handler_runs);
		wait_for_completion(&stack->handler_may_go);
		break;
	case CMD_DOWN:
		stack->level = 0;
		dmf_request_complete(request,
				     dmf_kunit_internal(dmf_device_lower(ddev), CMD_ASK));
		return true;
	}
	dmf_request_complete(request, stack->status);
	return true;
}

static int stack_d0_entry(struct dmf_device *ddev, enum dmf_power previous)
{
	stack_log(ddev, 'u');
	return 0;
}

static int stack_d0_exit(struct dmf_device *ddev, enum dmf_power target)
{
	stack_log(ddev, 'd');
	return 0;
}

static void stack_surprise_removal(struct dmf_device *ddev)
{
	stack_log(ddev, 's');
}

/* What each level publishes, so that only the next binds to it. */
const struct dmf_filterable stack_filterable[LEVELS] = {
	{ auxiliary_device_init, __auxiliary_device_add, "dmf_kunit_level0" },
	{ auxiliary_device_init, __auxiliary_device_add, "dmf_kunit_level1" },
	{ auxiliary_device_init, __auxiliary_device_add, "dmf_kunit_level2" },
};

const struct dmf_client_ops stack_ops = {
	.d0_entry			= stack_d0_entry,
	.d0_exit			= stack_d0_exit,
	.surprise_removal		= stack_surprise_removal,
	.device_io_control		= stack_handle,
	.internal_device_io_control	= stack_handle,
	.queue_io_read			= stack_handle,
};

struct dmf_client_ops stack_level_ops(int level)
{
	struct dmf_client_ops ops = stack_ops;

	ops.filterable = &stack_filterable[level];
	return ops;
}

static void device_put(void *data)
{
	dmf_device_put(data);
}

struct dmf_device *stack_keep(struct kunit *test, struct dmf_device *ddev)
{
	dmf_device_get(ddev);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, device_put, ddev), 0);
	return ddev;
}

void stack_probe_lower(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct stack *stack = test->priv;

	stack->lower = dmf_kunit_probe(test, ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(stack->lower));
	stack_keep(test, stack->lower);
}

struct dmf_device *stack_add_filter(struct kunit *test, int level,
				    const struct dmf_client_ops *ops)
{
	const char *below = stack_filterable[level - 1].modname;
	struct stack *stack = test->priv;
	struct dmf_device *ddev;

	stack->filters[level] = dmf_kunit_filter_register(test, below, ops);
	ddev = dmf_kunit_filter_device(stack->filters[level]);
	KUNIT_ASSERT_NOT_NULL(test, ddev);
	return stack_keep(test, ddev);
}

struct dmf_device *stack_probe(struct kunit *test)
{
	struct dmf_client_ops ops = stack_level_ops(0);
	struct dmf_client_ops filter_ops = stack_level_ops(1);

	stack_probe_lower(test, &ops);
	return stack_add_filter(test, 1, &filter_ops);
}

void stack_unfilter(struct kunit *test, int level)
{
	struct stack *stack = test->priv;

	dmf_kunit_filter_unregister(stack->filters[level]);
}

int stack_init(struct kunit *test)
{
	struct stack *stack = kunit_kzalloc(test, sizeof(*stack), GFP_KERNEL);

	if (!stack)
		return -ENOMEM;
	spin_lock_init(&stack->lock);
	init_completion(&stack->pend_seen);
	init_completion(&stack->handler_runs);
	init_completion(&stack->handler_may_go);
	test->priv = stack;
	return 0;
}
