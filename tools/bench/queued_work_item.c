// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls with 64 bytes of parameters, in order, in process context: in bursts, and
 * one at a time with a wait for each.
 *
 * By hand that is a work item and a copy of the parameters for each call, in one
 * allocation, and an ordered workqueue.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include <linux/dmf/device.h>
#include <linux/dmf/queued_work_item.h>

#include "bench.h"

#define BURSTS	100
#define BURST	64
#define WAITS	1000

struct parameters {
	unsigned long words[64 / sizeof(unsigned long)];
};

/* What is done with the parameters, on both sides. */
static void use_parameters(const struct parameters *parameters)
{
	WARN_ON_ONCE(parameters->words[0] != parameters->words[7]);
}

static struct dmf_queued_work_item *item;

static void use_item(struct dmf_queued_work_item *item, void *client_buffer,
		     void *client_buffer_context)
{
	use_parameters(client_buffer);
}

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_queued_work_item_config config = {
		.function = use_item,
		.buffer_queue_config.source = {
			.buffer_count = 2 * BURST,
			.buffer_size = sizeof(struct parameters),
		},
	};

	return dmf_queued_work_item_add(init, &config, NULL, &item);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int bench_item(struct bench *bench, int (*work)(void *data), unsigned long operations)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, work, item, operations);
	bench_device_remove(ddev);
	return ret;
}

static int item_bursts(void *data)
{
	struct dmf_queued_work_item *item = data;
	struct parameters parameters = { };
	int i, j, ret;

	for (i = 0; i < BURSTS; i++) {
		for (j = 0; j < BURST; j++) {
			ret = dmf_queued_work_item_enqueue(item, &parameters, sizeof(parameters));
			if (ret)
				return ret;
		}
		ret = dmf_queued_work_item_flush(item);
		if (ret)
			return ret;
	}
	return 0;
}

static int bench_item_bursts(struct bench *bench)
{
	return bench_item(bench, item_bursts, BURSTS * BURST);
}

/*
 * On one processor whom the caller wakes runs at once, as the caller is of lower
 * priority. Were they equal it would be chance, and with it whether the caller is
 * switched away from before he waits, or goes to sleep and must be woken.
 */
static int wait_often(int (*wait)(void *data, const struct parameters *parameters), void *data)
{
	struct parameters parameters = { };
	int nice = task_nice(current);
	int i, ret = 0;

	if (!bench_contention)
		set_user_nice(current, MAX_NICE);
	for (i = 0; i < WAITS && !ret; i++)
		ret = wait(data, &parameters);
	set_user_nice(current, nice);
	return ret;
}

static int item_wait(void *data, const struct parameters *parameters)
{
	return dmf_queued_work_item_enqueue_and_wait(data, parameters, sizeof(*parameters));
}

static int item_waits(void *data)
{
	return wait_often(item_wait, data);
}

static int bench_item_waits(struct bench *bench)
{
	return bench_item(bench, item_waits, WAITS);
}

/* By hand */

struct call {
	struct work_struct work;
	struct parameters parameters;
};

static void call_work(struct work_struct *work)
{
	struct call *call = container_of(work, struct call, work);

	use_parameters(&call->parameters);
	kfree(call);
}

static int call_enqueue(struct workqueue_struct *queue, const struct parameters *parameters)
{
	struct call *call = kmalloc(sizeof(*call), GFP_ATOMIC);

	if (!call)
		return -ENOMEM;

	INIT_WORK(&call->work, call_work);
	call->parameters = *parameters;
	queue_work(queue, &call->work);
	return 0;
}

static int call_bursts(void *data)
{
	struct parameters parameters = { };
	int i, j, ret;

	for (i = 0; i < BURSTS; i++) {
		for (j = 0; j < BURST; j++) {
			ret = call_enqueue(data, &parameters);
			if (ret)
				return ret;
		}
		flush_workqueue(data);
	}
	return 0;
}

struct waiter {
	struct completion done;
	int status;
};

struct waited_call {
	struct work_struct work;
	struct waiter *waiter;
	struct parameters parameters;
};

static void waited_call_work(struct work_struct *work)
{
	struct waited_call *call = container_of(work, struct waited_call, work);
	struct waiter *waiter = call->waiter;

	use_parameters(&call->parameters);
	kfree(call);
	waiter->status = 0;
	complete(&waiter->done);
}

static int waited_call(void *data, const struct parameters *parameters)
{
	struct waited_call *call = kmalloc(sizeof(*call), GFP_KERNEL);
	struct waiter waiter;

	if (!call)
		return -ENOMEM;

	INIT_WORK(&call->work, waited_call_work);
	init_completion(&waiter.done);
	call->waiter = &waiter;
	call->parameters = *parameters;
	queue_work(data, &call->work);
	wait_for_completion(&waiter.done);
	return waiter.status;
}

static int call_waits(void *data)
{
	return wait_often(waited_call, data);
}

static int bench_calls(struct bench *bench, int (*work)(void *data), unsigned long operations)
{
	struct workqueue_struct *queue = alloc_ordered_workqueue("dmf-bench", 0);
	int ret;

	if (!queue)
		return -ENOMEM;

	ret = bench_run(bench, work, queue, operations);
	destroy_workqueue(queue);
	return ret;
}

static int bench_call_bursts(struct bench *bench)
{
	return bench_calls(bench, call_bursts, BURSTS * BURST);
}

static int bench_call_waits(struct bench *bench)
{
	return bench_calls(bench, call_waits, WAITS);
}

const struct bench_case queued_work_item_cases[] = {
	{ "QueuedWorkItem, 64-byte parameters, bursts of 64, per item",
	  "kmalloc, INIT_WORK, queue_work, kfree", 70, bench_item_bursts, bench_call_bursts },
	{ "QueuedWorkItem, one at a time with wait", "the same by hand with a completion", 100,
	  bench_item_waits, bench_call_waits },
	{ }
};
