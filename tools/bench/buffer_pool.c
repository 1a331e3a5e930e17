// SPDX-License-Identifier: GPL-2.0-only
/*
 * A buffer of 64 bytes, zeroed, and back: a source of 64 beside a slab cache.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include <linux/dmf/buffer_pool.h>
#include <linux/dmf/device.h>

#include "bench.h"

#define PAIRS	10000
#define SIZE	64
#define COUNT	64

static struct dmf_buffer_pool *pool;

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_buffer_pool_config config = {
		.mode = DMF_BUFFER_POOL_MODE_SOURCE,
		.source = { .buffer_count = COUNT, .buffer_size = SIZE },
	};

	return dmf_buffer_pool_add(init, &config, NULL, &pool);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int pool_pairs(void *data)
{
	struct dmf_buffer_pool *pool = data;
	void *buffer;
	int i, ret;

	for (i = 0; i < PAIRS; i++) {
		ret = dmf_buffer_pool_get(pool, &buffer, NULL) ?:
		      dmf_buffer_pool_put(pool, buffer);
		if (ret)
			return ret;
	}
	return 0;
}

static int bench_pool(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, pool_pairs, pool, PAIRS);
	bench_device_remove(ddev);
	return ret;
}

static int cache_pairs(void *data)
{
	struct kmem_cache *cache = data;
	void *buffer;
	int i;

	for (i = 0; i < PAIRS; i++) {
		buffer = kmem_cache_zalloc(cache, GFP_ATOMIC);
		if (!buffer)
			return -ENOMEM;
		kmem_cache_free(cache, buffer);
	}
	return 0;
}

static int bench_cache(struct bench *bench)
{
	struct kmem_cache *cache = kmem_cache_create("dmf-bench", SIZE, 0, 0, NULL);
	int ret;

	if (!cache)
		return -ENOMEM;

	ret = bench_run(bench, cache_pairs, cache, PAIRS);
	kmem_cache_destroy(cache);
	return ret;
}

const struct bench_case buffer_pool_cases[] = {
	{ "BufferPool get and put, 64 bytes", "kmem_cache_zalloc and _free", 60,
	  bench_pool, bench_cache },
	{ }
};
