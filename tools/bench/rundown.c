// SPDX-License-Identifier: GPL-2.0-only
/*
 * References to a Rundown beside the count and the completion that a driver has for
 * the same purpose. Those cannot be restarted, nor do they notice one too many.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>

#include <linux/dmf/device.h>
#include <linux/dmf/rundown.h>

#include "bench.h"

#define PAIRS	10000

static struct dmf_rundown *rundown;

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return dmf_rundown_add(init, NULL, NULL, &rundown);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int rundown_pairs(void *data)
{
	int i, ret;

	for (i = 0; i < PAIRS; i++) {
		ret = dmf_rundown_reference(data);
		if (ret)
			return ret;
		dmf_rundown_dereference(data);
	}
	return 0;
}

static int bench_rundown(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = dmf_rundown_start(rundown);
	if (!ret)
		ret = bench_run(bench, rundown_pairs, rundown, PAIRS);
	dmf_rundown_end_and_wait(rundown);
	bench_device_remove(ddev);
	return ret;
}

struct own {
	atomic_t users;
	struct completion gone;
};

static int own_pairs(void *data)
{
	struct own *own = data;
	int i;

	for (i = 0; i < PAIRS; i++) {
		if (!atomic_inc_not_zero(&own->users))
			return -ESHUTDOWN;
		if (atomic_dec_and_test(&own->users))
			complete(&own->gone);
	}
	return 0;
}

static int bench_own(struct bench *bench)
{
	struct own own = { .users = ATOMIC_INIT(1) };

	init_completion(&own.gone);
	return bench_run(bench, own_pairs, &own, PAIRS);
}

const struct bench_case rundown_cases[] = {
	{ "Rundown reference and dereference", "atomic_inc_not_zero and _dec_and_test", 0,
	  bench_rundown, bench_own },
	{ }
};
