// SPDX-License-Identifier: GPL-2.0-only
/*
 * An item of 16 bytes into a ring of 64 and out again, beside a kfifo of such
 * elements under a spinlock that both take with interrupts off.
 */
#include <linux/err.h>
#include <linux/kfifo.h>
#include <linux/spinlock.h>

#include <linux/dmf/device.h>
#include <linux/dmf/ring_buffer.h>

#include "bench.h"

#define PAIRS	10000
#define COUNT	64

struct item {
	u64 when;
	u64 what;
};

static struct dmf_ring_buffer *ring;

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_ring_buffer_config config = {
		.item_count = COUNT,
		.item_size = sizeof(struct item),
	};

	return dmf_ring_buffer_add(init, &config, NULL, &ring);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int ring_pairs(void *data)
{
	struct dmf_ring_buffer *ring = data;
	struct item item = { };
	int i, ret;

	for (i = 0; i < PAIRS; i++) {
		item.what = i;
		ret = dmf_ring_buffer_write(ring, &item, sizeof(item)) ?:
		      dmf_ring_buffer_read(ring, &item, sizeof(item));
		if (ret)
			return ret;
	}
	return 0;
}

static int bench_ring(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, ring_pairs, ring, PAIRS);
	bench_device_remove(ddev);
	return ret;
}

struct locked_fifo {
	DECLARE_KFIFO_PTR(fifo, struct item);
	spinlock_t lock;		/* guards @fifo */
};

static int fifo_pairs(void *data)
{
	struct locked_fifo *locked = data;
	struct item item = { };
	int i;

	for (i = 0; i < PAIRS; i++) {
		item.what = i;
		if (!kfifo_in_spinlocked(&locked->fifo, &item, 1, &locked->lock))
			return -ENOSPC;
		if (!kfifo_out_spinlocked(&locked->fifo, &item, 1, &locked->lock))
			return -ENOENT;
	}
	return 0;
}

static int bench_fifo(struct bench *bench)
{
	struct locked_fifo locked;
	int ret;

	spin_lock_init(&locked.lock);
	ret = kfifo_alloc(&locked.fifo, COUNT, GFP_KERNEL);
	if (ret)
		return ret;

	ret = bench_run(bench, fifo_pairs, &locked, PAIRS);
	kfifo_free(&locked.fifo);
	return ret;
}

const struct bench_case ring_buffer_cases[] = {
	{ "RingBuffer write and read, 16 bytes", "kfifo_in and _out under a spinlock", 110,
	  bench_ring, bench_fifo },
	{ }
};
