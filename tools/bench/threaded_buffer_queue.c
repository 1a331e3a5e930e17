// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers of 64 bytes for a thread, in bursts: take one, fill it, queue it; the
 * thread works on it and gives it back.
 *
 * By hand that is a kthread_worker, and for each item an allocation that holds its
 * work and the 64 bytes.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include <linux/dmf/device.h>
#include <linux/dmf/threaded_buffer_queue.h>

#include "bench.h"

#define BURSTS	100
#define BURST	64

struct payload {
	unsigned long words[56 / sizeof(unsigned long)];
	struct completion *last;	/* of a burst; NULL for the others */
};

/* What is done with 64 bytes, on both sides. */
static __always_inline void payload_fill(struct payload *payload, unsigned long word,
					 struct completion *last)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(payload->words); i++)
		payload->words[i] = word;
	payload->last = last;
}

static __always_inline void payload_use(const struct payload *payload)
{
	WARN_ON_ONCE(payload->words[0] != payload->words[6]);
	if (payload->last)
		complete(payload->last);
}

static struct dmf_threaded_buffer_queue *queue;

static enum dmf_threaded_buffer_queue_disposition
queue_use(struct dmf_threaded_buffer_queue *queue, void *client_buffer,
	  size_t client_buffer_size, void *client_buffer_context, int *status)
{
	payload_use(client_buffer);
	return DMF_THREADED_BUFFER_QUEUE_WORK_COMPLETE;
}

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_threaded_buffer_queue_config config = {
		.work = queue_use,
		/* For two at a time, whose last buffers may not be back yet. */
		.buffer_queue_config.source = {
			.buffer_count = 2 * BURST + 2,
			.buffer_size = sizeof(struct payload),
		},
	};

	return dmf_threaded_buffer_queue_add(init, &config, NULL, &queue);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int queue_one(struct dmf_threaded_buffer_queue *queue, unsigned long word,
		     struct completion *last)
{
	void *buffer;
	int ret;

	ret = dmf_threaded_buffer_queue_fetch(queue, &buffer, NULL);
	if (ret)
		return ret;

	payload_fill(buffer, word, last);
	return dmf_threaded_buffer_queue_enqueue(queue, buffer);
}

static int queue_bursts(void *data)
{
	DECLARE_COMPLETION_ONSTACK(last);
	int i, j, ret;

	for (i = 0; i < BURSTS; i++) {
		for (j = 1; j <= BURST; j++) {
			ret = queue_one(data, j, j == BURST ? &last : NULL);
			if (ret)
				return ret;
		}
		wait_for_completion(&last);
	}
	return 0;
}

static int bench_queue(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = dmf_threaded_buffer_queue_start(queue);
	if (!ret)
		ret = bench_run(bench, queue_bursts, queue, BURSTS * BURST);
	bench_device_remove(ddev);
	return ret;
}

struct item {
	struct kthread_work work;
	struct payload payload;
};

static void item_work(struct kthread_work *work)
{
	struct item *item = container_of(work, struct item, work);

	payload_use(&item->payload);
	kfree(item);
}

static int worker_one(struct kthread_worker *worker, unsigned long word, struct completion *last)
{
	struct item *item = kmalloc(sizeof(*item), GFP_ATOMIC);

	if (!item)
		return -ENOMEM;

	kthread_init_work(&item->work, item_work);
	payload_fill(&item->payload, word, last);
	kthread_queue_work(worker, &item->work);
	return 0;
}

static int worker_bursts(void *data)
{
	DECLARE_COMPLETION_ONSTACK(last);
	int i, j, ret;

	for (i = 0; i < BURSTS; i++) {
		for (j = 1; j <= BURST; j++) {
			ret = worker_one(data, j, j == BURST ? &last : NULL);
			if (ret)
				return ret;
		}
		wait_for_completion(&last);
	}
	return 0;
}

static int bench_worker(struct bench *bench)
{
	struct kthread_worker *worker = kthread_create_worker(0, "dmf-bench");
	int ret;

	if (IS_ERR(worker))
		return PTR_ERR(worker);

	ret = bench_run(bench, worker_bursts, worker, BURSTS * BURST);
	kthread_destroy_worker(worker);
	return ret;
}

const struct bench_case threaded_buffer_queue_cases[] = {
	{ "ThreadedBufferQueue, fetch, fill 64 bytes, enqueue, work, reuse, bursts of 64",
	  "kthread_worker with kmalloc'ed work", 70, bench_queue, bench_worker },
	{ }
};
