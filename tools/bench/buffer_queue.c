// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a buffer of 64 bytes: fetch, fill, enqueue, dequeue, reuse; beside items
 * that wander between two lists under a spinlock. Bursts of 64.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <linux/dmf/buffer_queue.h>
#include <linux/dmf/device.h>

#include "bench.h"

#define BURSTS	100
#define BURST	64
#define SIZE	64
#define COUNT	(2 * BURST)	/* enough for two processors */

static const u8 content[SIZE] = { 1, 2, 3 };

static struct dmf_buffer_queue *queue;

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_buffer_queue_config config = {
		.source = { .buffer_count = COUNT, .buffer_size = SIZE },
	};

	return dmf_buffer_queue_add(init, &config, NULL, &queue);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int queue_bursts(void *data)
{
	struct dmf_buffer_queue *queue = data;
	int i, j, ret = 0;
	void *buffer;

	for (i = 0; i < BURSTS && !ret; i++) {
		for (j = 0; j < BURST && !ret; j++) {
			ret = dmf_buffer_queue_fetch(queue, &buffer, NULL);
			if (ret)
				return ret;
			memcpy(buffer, content, SIZE);
			ret = dmf_buffer_queue_enqueue(queue, buffer);
		}
		for (j = 0; j < BURST && !ret; j++) {
			ret = dmf_buffer_queue_dequeue(queue, &buffer, NULL) ?:
			      dmf_buffer_queue_reuse(queue, buffer);
		}
	}
	return ret;
}

static int bench_queue(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, queue_bursts, queue, BURSTS * BURST);
	bench_device_remove(ddev);
	return ret;
}

struct item {
	struct list_head link;
	u8 data[SIZE];
};

struct lists {
	spinlock_t lock;	/* guards the lists */
	struct list_head empty;
	struct list_head filled;
	struct item items[COUNT];
};

static struct item *item_take(struct lists *lists, struct list_head *list)
{
	struct item *item;
	unsigned long flags;

	spin_lock_irqsave(&lists->lock, flags);
	item = list_first_entry_or_null(list, struct item, link);
	if (item)
		list_del(&item->link);
	spin_unlock_irqrestore(&lists->lock, flags);
	return item;
}

static void item_add(struct lists *lists, struct list_head *list, struct item *item)
{
	unsigned long flags;

	spin_lock_irqsave(&lists->lock, flags);
	list_add_tail(&item->link, list);
	spin_unlock_irqrestore(&lists->lock, flags);
}

static int list_bursts(void *data)
{
	struct lists *lists = data;
	struct item *item;
	int i, j;

	for (i = 0; i < BURSTS; i++) {
		for (j = 0; j < BURST; j++) {
			item = item_take(lists, &lists->empty);
			if (!item)
				return -ENOBUFS;
			memcpy(item->data, content, SIZE);
			item_add(lists, &lists->filled, item);
		}
		for (j = 0; j < BURST; j++) {
			item = item_take(lists, &lists->filled);
			if (!item)
				return -ENOENT;
			memset(item->data, 0, SIZE);
			item_add(lists, &lists->empty, item);
		}
	}
	return 0;
}

static int bench_lists(struct bench *bench)
{
	struct lists *lists = kzalloc(sizeof(*lists), GFP_KERNEL);
	int i, ret;

	if (!lists)
		return -ENOMEM;

	spin_lock_init(&lists->lock);
	INIT_LIST_HEAD(&lists->empty);
	INIT_LIST_HEAD(&lists->filled);
	for (i = 0; i < COUNT; i++)
		list_add_tail(&lists->items[i].link, &lists->empty);
	ret = bench_run(bench, list_bursts, lists, BURSTS * BURST);
	kfree(lists);
	return ret;
}

const struct bench_case buffer_queue_cases[] = {
	{ "BufferQueue, a buffer's whole way, 64 bytes", "two lists, spinlock, memset", 0,
	  bench_queue, bench_lists },
	{ }
};
