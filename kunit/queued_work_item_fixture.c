// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites of QueuedWorkItem share.
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "queued_work_item_fixture.h"

#define CONTEXT_SIZE	16

static void calls_wait(struct calls *calls, struct dmf_queued_work_item *item)
{
	const struct call call = { .racer = RACERS };

	calls->results[0] = dmf_queued_work_item_enqueue_and_wait(item, &call, sizeof(call));
	calls->results[1] = dmf_queued_work_item_enqueue_and_wait_interruptible(item, &call,
										sizeof(call));
	calls->results[2] = dmf_queued_work_item_flush(item);
	calls->results[3] = dmf_queued_work_item_cancel(item);
}

static void calls_act(struct calls *calls, struct dmf_queued_work_item *item, struct call *call)
{
	u8 *end = (u8 *)call + calls->config.buffer_queue_config.source.buffer_size;

	complete(&calls->started);
	if (call->flags & CALL_BLOCK)
		wait_for_completion(&calls->go_on);
	if (call->flags & CALL_STATUS) {
		dmf_queued_work_item_status_set(item, call, -EBADMSG);
		dmf_queued_work_item_status_set(item, call, call->status);
	}
	if (call->flags & CALL_AGAIN)
		dmf_queued_work_item_enqueue(item, &(struct call) {
			.racer = call->racer, .number = call->number + 1, .flags = CALL_AGAIN,
		}, sizeof(*call));
	if (call->flags & CALL_WAITS)
		calls_wait(calls, item);
	if (call->flags & CALL_OTHER)
		calls->other_result = dmf_queued_work_item_enqueue_and_wait(calls->other, NULL, 0);
	OPTIMIZER_HIDE_VAR(end);
	if (call->flags & CALL_OVERRUN)
		*end ^= 1;
}

static void calls_function(struct dmf_queued_work_item *item, void *client_buffer,
			   void *client_buffer_context)
{
	struct calls *calls = dmf_module_client_data(dmf_queued_work_item_module(item));
	struct call *call = client_buffer;
	int run;

	if (atomic_inc_return(&calls->inside) != 1)
		WRITE_ONCE(calls->overlapped, true);
	if (!preemptible())
		WRITE_ONCE(calls->wrong_context, true);
	run = atomic_fetch_inc(&calls->runs);
	if (run < RECORDED)
		calls->numbers[run] = call->number;
	if (call->number && call->number <= calls->last[call->racer])
		WRITE_ONCE(calls->disordered, true);
	WRITE_ONCE(calls->last[call->racer], call->number);
	calls->size = dmf_queued_work_item_size_get(item, client_buffer);
	calls->buffer = client_buffer;
	calls->context = client_buffer_context;
	calls->call = *call;
	call->ran = true;
	calls_act(calls, item, call);
	atomic_dec(&calls->inside);
}

/* Of the second instance. */
static void calls_other_function(struct dmf_queued_work_item *item, void *client_buffer,
				 void *client_buffer_context)
{
}

static void calls_cleanup(struct dmf_buffer_queue *queue, void *buffer, void *buffer_context)
{
	struct dmf_module *parent = dmf_parent_module_get(dmf_buffer_queue_module(queue));
	struct calls *calls = dmf_module_client_data(parent);
	const struct call *call = buffer;
	unsigned long flags;

	atomic_inc(&calls->cleaned);
	if (call->ran)
		return;

	atomic_inc(&calls->dropped);
	spin_lock_irqsave(&calls->drop_lock, flags);
	calls->dropped_numbers |= BIT(call->number % BITS_PER_LONG);
	spin_unlock_irqrestore(&calls->drop_lock, flags);
	if (xchg(&calls->hold_cleanup, false))
		wait_for_completion(&calls->let_clean);
}

static int calls_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_queued_work_item_config other = {
		.function = calls_other_function,
		.buffer_queue_config.source.buffer_count = 1,
	};
	struct calls *calls = dmf_kunit_priv(ddev);
	int ret;

	ret = dmf_queued_work_item_add(init, &calls->config, &calls->attributes, &calls->item);
	if (!ret && calls->two_items)
		ret = dmf_queued_work_item_add(init, &other, NULL, &calls->other);
	return ret;
}

const struct dmf_client_ops calls_ops = { .modules_add = calls_modules_add };

struct calls *calls_up(struct kunit *test)
{
	struct calls *calls = test->priv;

	calls->ddev = dmf_kunit_probe(test, &calls_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(calls->ddev));
	return calls;
}

void calls_close(struct calls *calls)
{
	dmf_phase_down(calls->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
}

int calls_reopen(struct calls *calls)
{
	return dmf_phase_up(calls->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
}

int calls_enqueue(struct calls *calls, unsigned int number, unsigned int flags)
{
	const struct call call = { .racer = RACERS, .number = number, .flags = flags };

	return dmf_queued_work_item_enqueue(calls->item, &call, sizeof(call));
}

void calls_block(struct kunit *test, struct calls *calls)
{
	reinit_completion(&calls->started);
	KUNIT_ASSERT_EQ(test, calls_enqueue(calls, 0, CALL_BLOCK), 0);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&calls->started, DMF_KUNIT_TIMEOUT));
}

void calls_unblock_and_flush(struct kunit *test, struct calls *calls)
{
	complete(&calls->go_on);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->inside), 0);
}

void calls_expect_buffers(struct kunit *test, struct calls *calls, int buffers)
{
	int count = 0, ret;

	calls_block(test, calls);
	while (!(ret = calls_enqueue(calls, 0, 0)) && count < 2 * buffers)
		count++;
	KUNIT_EXPECT_EQ(test, ret, -ENOBUFS);
	KUNIT_EXPECT_EQ(test, count, buffers - 1);
	calls_unblock_and_flush(test, calls);
}

/* -- Somebody who waits -- */

static int waiter_thread(void *data)
{
	struct waiter *waiter = data;
	struct dmf_queued_work_item *item = waiter->calls->item;

	allow_signal(SIGINT);
	if (waiter->signalled)
		send_sig(SIGINT, current, 1);
	waiter->result = waiter->interruptible ?
		dmf_queued_work_item_enqueue_and_wait_interruptible(item, &waiter->call,
								    sizeof(waiter->call)) :
		dmf_queued_work_item_enqueue_and_wait(item, &waiter->call, sizeof(waiter->call));
	complete(&waiter->done);
	return 0;
}

struct waiter *waiter_start(struct kunit *test, unsigned int flags, bool interruptible,
			    bool signalled)
{
	struct waiter *waiter = kunit_kzalloc(test, sizeof(*waiter), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, waiter);
	waiter->calls = test->priv;
	waiter->call = (struct call) {
		.racer = RACERS, .number = 1, .flags = flags, .status = -99,
	};
	waiter->interruptible = interruptible;
	waiter->signalled = signalled;
	init_completion(&waiter->done);
	waiter->task = dmf_kunit_run(test, waiter_thread, waiter);
	return waiter;
}

int waiter_result(struct kunit *test, struct waiter *waiter)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&waiter->done, DMF_KUNIT_TIMEOUT));
	return waiter->result;
}

void waiter_sleeps(struct waiter *waiter, unsigned int state)
{
	while (READ_ONCE(waiter->task->__state) != state)
		cond_resched();
}

int calls_init(struct kunit *test)
{
	struct calls *calls = kunit_kzalloc(test, sizeof(*calls), GFP_KERNEL);

	if (!calls)
		return -ENOMEM;

	calls->config.function = calls_function;
	calls->config.buffer_queue_config = (struct dmf_buffer_queue_config) {
		.source = {
			.buffer_count = CALLS_BUFFERS,
			.buffer_size = sizeof(struct call),
			.buffer_context_size = CONTEXT_SIZE,
		},
		.reuse_cleanup = calls_cleanup,
	};
	calls->attributes.client_data = calls;
	init_completion(&calls->started);
	init_completion(&calls->go_on);
	init_completion(&calls->let_clean);
	spin_lock_init(&calls->drop_lock);
	test->priv = calls;
	return 0;
}
