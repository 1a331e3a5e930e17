// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events visit only the Modules that implement them: a cycle out of D0 and back
 * with ten Modules that care among a thousand, beside one with the ten alone.
 */
#include <linux/err.h>

#include <linux/dmf/device.h>
#include <linux/dmf/module.h>

#include "bench.h"

#define CYCLES		100
#define ALL		1000
#define CONCERNED	10

struct dmf_bench_idler {
	struct dmf_module module;
};

struct dmf_bench_worker {
	struct dmf_module module;
};

static int worker_d0_entry(struct dmf_module *module, enum dmf_power previous)
{
	return 0;
}

static const struct dmf_module_ops bench_idler_ops = { };

static const struct dmf_module_ops bench_worker_ops = {
	.d0_entry	= worker_d0_entry,
};

static const struct dmf_module_desc bench_idler_desc = {
	.name		= "bench_idler",
	.size		= sizeof(struct dmf_bench_idler),
	.ops		= &bench_idler_ops,
};

static const struct dmf_module_desc bench_worker_desc = {
	.name		= "bench_worker",
	.size		= sizeof(struct dmf_bench_worker),
	.ops		= &bench_worker_ops,
};

DMF_DECLARE_MODULE(bench_idler);
DMF_DEFINE_MODULE(bench_idler);
DMF_DECLARE_MODULE(bench_worker);
DMF_DEFINE_MODULE(bench_worker);

/* Workers at even distances. */
static int add_thousand(struct dmf_device *ddev, struct dmf_module_init *init)
{
	int i, ret = 0;

	for (i = 0; i < ALL && !ret; i++)
		ret = i % (ALL / CONCERNED) ?
		      dmf_bench_idler_add(init, NULL, NULL, NULL) :
		      dmf_bench_worker_add(init, NULL, NULL, NULL);
	return ret;
}

static int add_ten(struct dmf_device *ddev, struct dmf_module_init *init)
{
	int i, ret = 0;

	for (i = 0; i < CONCERNED && !ret; i++)
		ret = dmf_bench_worker_add(init, NULL, NULL, NULL);
	return ret;
}

static const struct dmf_client_ops thousand_ops = {
	.modules_add = add_thousand,
};

static const struct dmf_client_ops ten_ops = {
	.modules_add = add_ten,
};

static int bench_cycles(struct bench *bench, const struct dmf_client_ops *ops)
{
	struct dmf_device *ddev = bench_device_probe(ops);
	int i, ret = 0;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	bench_begin(bench);
	for (i = 0; i < CYCLES && !ret; i++)
		ret = dmf_device_power_down(ddev, DMF_POWER_IDLE) ?: dmf_device_power_up(ddev);
	bench_end(bench, CYCLES);
	bench_device_remove(ddev);
	return ret;
}

static int cycle_thousand(struct bench *bench)
{
	return bench_cycles(bench, &thousand_ops);
}

static int cycle_ten(struct bench *bench)
{
	return bench_cycles(bench, &ten_ops);
}

const struct bench_case dispatch_cases[] = {
	{ "D0 cycle, 10 of 1,000 Modules concerned", "D0 cycle, 10 Modules", 105,
	  cycle_thousand, cycle_ten },
	{ }
};
