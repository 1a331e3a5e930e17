// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbell beside a work item of one's own, which nobody may queue any more once it
 * is being torn down: hence the users beside it, as a driver has them.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <linux/dmf/device.h>
#include <linux/dmf/doorbell.h>

#include "bench.h"

#define RINGS	10000
#define RUNS	1000
#define LIVES	1000

static struct dmf_doorbell *bell;

static void bell_ring(struct dmf_doorbell *bell)
{
}

static const struct dmf_doorbell_config bell_config = { .ring = bell_ring };

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return dmf_doorbell_add(init, &bell_config, NULL, &bell);
}

static const struct dmf_client_ops bell_ops = {
	.modules_add = modules_add,
};

static const struct dmf_client_ops no_ops = { };

/* What has to be there for a work item of one's own. */
struct own {
	struct workqueue_struct *queue;
	struct work_struct work;
	atomic_t users;
};

static void own_work(struct work_struct *work)
{
}

static int own_ring(struct own *own)
{
	if (!atomic_inc_not_zero(&own->users))
		return -ENODEV;
	queue_work(own->queue, &own->work);
	atomic_dec(&own->users);
	return 0;
}

static int bench_bell(struct bench *bench, int (*work)(void *bell), unsigned long operations)
{
	struct dmf_device *ddev = bench_device_probe(&bell_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, work, bell, operations);
	bench_device_remove(ddev);
	return ret;
}

static int bench_own(struct bench *bench, int (*work)(void *own), unsigned long operations)
{
	struct own own = { .users = ATOMIC_INIT(1) };
	int ret;

	own.queue = alloc_workqueue("dmf-bench", 0, 0);
	if (!own.queue)
		return -ENOMEM;
	INIT_WORK_ONSTACK(&own.work, own_work);
	ret = bench_run(bench, work, &own, operations);
	flush_work(&own.work);
	destroy_work_on_stack(&own.work);
	destroy_workqueue(own.queue);
	return ret;
}

/* -- Rings of what is pending: with interrupts off it stays so -- */

static int ring_bell(void *data)
{
	unsigned long flags;
	int i, ret = 0;

	local_irq_save(flags);
	for (i = 0; i < RINGS && !ret; i++)
		ret = dmf_doorbell_ring(data);
	local_irq_restore(flags);
	return ret;
}

static int ring_own(void *data)
{
	unsigned long flags;
	int i, ret = 0;

	local_irq_save(flags);
	for (i = 0; i < RINGS && !ret; i++)
		ret = own_ring(data);
	local_irq_restore(flags);
	return ret;
}

static int bench_ring_bell(struct bench *bench)
{
	return bench_bell(bench, ring_bell, RINGS);
}

static int bench_ring_own(struct bench *bench)
{
	return bench_own(bench, ring_own, RINGS);
}

/* -- Ring, run, flush -- */

static int flush_bell(void *data)
{
	int i, ret = 0;

	for (i = 0; i < RUNS && !ret; i++)
		ret = dmf_doorbell_ring(data) ?: dmf_doorbell_flush(data);
	return ret;
}

static int flush_own(void *data)
{
	struct own *own = data;
	int i;

	for (i = 0; i < RUNS; i++) {
		queue_work(own->queue, &own->work);
		flush_work(&own->work);
	}
	return 0;
}

static int bench_flush_bell(struct bench *bench)
{
	return bench_bell(bench, flush_bell, RUNS);
}

static int bench_flush_own(struct bench *bench)
{
	return bench_own(bench, flush_own, RUNS);
}

/* -- A whole life -- */

static int live_bells(void *data)
{
	struct dmf_doorbell *bell;
	int i, ret;

	for (i = 0; i < LIVES; i++) {
		ret = dmf_doorbell_create(data, NULL, &bell_config, NULL, &bell);
		if (ret)
			return ret;
		dmf_doorbell_destroy(bell);
	}
	return 0;
}

static int bench_live_bells(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&no_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, live_bells, ddev, LIVES);
	bench_device_remove(ddev);
	return ret;
}

static int live_owns(void *data)
{
	struct work_struct *work;
	int i;

	for (i = 0; i < LIVES; i++) {
		work = kzalloc(sizeof(*work), GFP_KERNEL);
		if (!work)
			return -ENOMEM;
		INIT_WORK(work, own_work);
		cancel_work_sync(work);
		kfree(work);
	}
	return 0;
}

static int bench_live_owns(struct bench *bench)
{
	return bench_run(bench, live_owns, NULL, LIVES);
}

const struct bench_case doorbell_cases[] = {
	{ "ring a doorbell that is already pending", "tryget, queue_work, put", 115,
	  bench_ring_bell, bench_ring_own },
	{ "ring, callback, flush", "queue_work, flush_work", 105,
	  bench_flush_bell, bench_flush_own },
	{ "create, open, close, destroy a Doorbell", "kzalloc, INIT_WORK, cancel, kfree", 0,
	  bench_live_bells, bench_live_owns },
	{ }
};
