// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of 64 bytes that are written, looked at, and consumed while half of the
 * next one is there already; beside two buffers under a spinlock. Writer and consumer
 * are two contexts of a driver, so the functions of neither side are inlined.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <linux/dmf/device.h>
#include <linux/dmf/ping_pong_buffer.h>

#include "bench.h"

#define MESSAGES	10000
#define SIZE		64
#define HALF		(SIZE / 2)
#define ROOM		1024

static u8 message[SIZE];
static struct dmf_ping_pong_buffer *buffer;

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_ping_pong_buffer_config config = { .buffer_size = ROOM };

	return dmf_ping_pong_buffer_add(init, &config, NULL, &buffer);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int buffer_messages(void)
{
	void *data;
	size_t size;
	int i, ret;

	for (i = 0; i < MESSAGES; i++) {
		ret = dmf_ping_pong_buffer_write(buffer, message, SIZE, NULL) ?:
		      dmf_ping_pong_buffer_get(buffer, &data, &size) ?:
		      dmf_ping_pong_buffer_consume(buffer, 0, SIZE, &data);
		if (ret)
			return ret;
	}
	return 0;
}

static int bench_buffer(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = dmf_ping_pong_buffer_write(buffer, message, HALF, NULL);
	if (!ret) {
		bench_begin(bench);
		ret = buffer_messages();
		bench_end(bench, MESSAGES);
	}
	bench_device_remove(ddev);
	return ret;
}

struct pair {
	spinlock_t lock;		/* guards all of it */
	u8 *now;
	u8 *other;
	size_t used;
};

static noinline int pair_write(struct pair *pair, const void *data, size_t size)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&pair->lock, flags);
	if (size <= ROOM - pair->used) {
		memcpy(pair->now + pair->used, data, size);
		pair->used += size;
	} else {
		ret = -ENOSPC;
	}
	spin_unlock_irqrestore(&pair->lock, flags);
	return ret;
}

static noinline u8 *pair_get(struct pair *pair, size_t *size)
{
	unsigned long flags;
	u8 *data;

	spin_lock_irqsave(&pair->lock, flags);
	data = pair->now;
	*size = pair->used;
	spin_unlock_irqrestore(&pair->lock, flags);
	return data;
}

static noinline int pair_consume(struct pair *pair, size_t start, size_t length, u8 **data)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&pair->lock, flags);
	if (start <= pair->used && length <= pair->used - start) {
		*data = pair->now + start;
		pair->used -= start + length;
		memcpy(pair->other, *data + length, pair->used);
		swap(pair->now, pair->other);
	} else {
		ret = -EINVAL;
	}
	spin_unlock_irqrestore(&pair->lock, flags);
	return ret;
}

static int pair_messages(struct pair *pair)
{
	size_t size;
	u8 *data;
	int i, ret;

	for (i = 0; i < MESSAGES; i++) {
		ret = pair_write(pair, message, SIZE);
		if (!ret) {
			data = pair_get(pair, &size);
			ret = pair_consume(pair, 0, SIZE, &data);
		}
		if (ret)
			return ret;
	}
	return 0;
}

static int bench_pair(struct bench *bench)
{
	struct pair pair = { .used = HALF };
	u8 *memory = kcalloc(2, ROOM, GFP_KERNEL);
	int ret;

	if (!memory)
		return -ENOMEM;

	spin_lock_init(&pair.lock);
	pair.now = memory;
	pair.other = memory + ROOM;
	bench_begin(bench);
	ret = pair_messages(&pair);
	bench_end(bench, MESSAGES);
	kfree(memory);
	return ret;
}

const struct bench_case ping_pong_buffer_cases[] = {
	{ "PingPongBuffer write, get and consume, 64 bytes", "two buffers under a spinlock", 0,
	  bench_buffer, bench_pair },
	{ }
};
