// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deferred call until it has run, beside a delayed work of one's own that counts its
 * calls, for each is to be one run.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/workqueue.h>

#include <linux/dmf/device.h>
#include <linux/dmf/scheduled_task.h>

#include "bench.h"

#define RUNS	1000

static struct dmf_scheduled_task *task;
static struct completion ran;

static enum dmf_scheduled_task_result task_callback(struct dmf_scheduled_task *task,
						    void *context, enum dmf_power previous)
{
	complete(context);
	return DMF_SCHEDULED_TASK_RESULT_FAIL;
}

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_scheduled_task_config config = { .callback = task_callback };

	return dmf_scheduled_task_add(init, &config, NULL, &task);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int run_task(void *data)
{
	int i, ret;

	for (i = 0; i < RUNS; i++) {
		ret = dmf_scheduled_task_execute_now_deferred(data, &ran);
		if (ret)
			return ret;
		wait_for_completion(&ran);
	}
	return 0;
}

static int bench_task(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	init_completion(&ran);
	ret = bench_run(bench, run_task, task, RUNS);
	bench_device_remove(ddev);
	return ret;
}

struct own {
	struct workqueue_struct *queue;
	struct delayed_work work;
	atomic_t users;
	atomic_t calls;
};

static void own_work(struct work_struct *work)
{
	struct own *own = container_of(to_delayed_work(work), struct own, work);
	int calls = atomic_xchg(&own->calls, 0);

	while (calls--)
		complete(&ran);
}

static int own_call(struct own *own)
{
	if (!atomic_inc_not_zero(&own->users))
		return -ENODEV;
	atomic_inc(&own->calls);
	queue_delayed_work(own->queue, &own->work, 0);
	atomic_dec(&own->users);
	return 0;
}

static int run_own(void *data)
{
	int i, ret;

	for (i = 0; i < RUNS; i++) {
		ret = own_call(data);
		if (ret)
			return ret;
		wait_for_completion(&ran);
	}
	return 0;
}

static int bench_own(struct bench *bench)
{
	struct own own = { .users = ATOMIC_INIT(1) };
	int ret;

	own.queue = alloc_workqueue("dmf-bench", 0, 0);
	if (!own.queue)
		return -ENOMEM;
	INIT_DELAYED_WORK_ONSTACK(&own.work, own_work);
	init_completion(&ran);
	ret = bench_run(bench, run_own, &own, RUNS);
	cancel_delayed_work_sync(&own.work);
	destroy_delayed_work_on_stack(&own.work);
	destroy_workqueue(own.queue);
	return ret;
}

const struct bench_case scheduled_task_cases[] = {
	{ "ScheduledTask deferred call until it has run", "queue_delayed_work and a completion",
	  0, bench_task, bench_own },
	{ }
};
