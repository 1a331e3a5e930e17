// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trees of Modules: what one of very many costs beside one of a hundred, so that
 * nothing may look at all others for each. From the beginning of probe until the
 * device works, and from the beginning of remove until nothing is left.
 */
#include <linux/device.h>
#include <linux/err.h>

#include <linux/dmf/device.h>
#include <linux/dmf/module.h>

#include "bench.h"

#define MANY	10000
#define FEW	100

struct dmf_bench_leaf {
	struct dmf_module module;
};

static const struct dmf_module_ops bench_leaf_ops = { };

static const struct dmf_module_desc bench_leaf_desc = {
	.name		= "bench_leaf",
	.size		= sizeof(struct dmf_bench_leaf),
	.ops		= &bench_leaf_ops,
};

DMF_DECLARE_MODULE(bench_leaf);
DMF_DEFINE_MODULE(bench_leaf);

static int add_leaves(struct dmf_module_init *init, int count)
{
	int ret = 0;

	while (count-- && !ret)
		ret = dmf_bench_leaf_add(init, NULL, NULL, NULL);
	return ret;
}

static int add_many(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return add_leaves(init, MANY);
}

static int add_few(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return add_leaves(init, FEW);
}

static const struct dmf_client_ops many_ops = {
	.modules_add = add_many,
};

static const struct dmf_client_ops few_ops = {
	.modules_add = add_few,
};

static int bench_create(struct bench *bench, const struct dmf_client_ops *ops, int count)
{
	struct device *dev = bench_device_add();
	int ret;

	if (IS_ERR(dev))
		return PTR_ERR(dev);

	bench_begin(bench);
	ret = bench_device_bind(dev, ops);
	bench_end(bench, count);
	if (!ret)
		bench_device_unbind(dev);
	bench_device_delete(dev);
	return ret;
}

static int bench_destroy(struct bench *bench, const struct dmf_client_ops *ops, int count)
{
	struct device *dev = bench_device_add();
	int ret;

	if (IS_ERR(dev))
		return PTR_ERR(dev);

	ret = bench_device_bind(dev, ops);
	if (!ret) {
		bench_begin(bench);
		bench_device_unbind(dev);
		bench_end(bench, count);
	}
	bench_device_delete(dev);
	return ret;
}

static int create_many(struct bench *bench)
{
	return bench_create(bench, &many_ops, MANY);
}

static int create_few(struct bench *bench)
{
	return bench_create(bench, &few_ops, FEW);
}

static int destroy_many(struct bench *bench)
{
	return bench_destroy(bench, &many_ops, MANY);
}

static int destroy_few(struct bench *bench)
{
	return bench_destroy(bench, &few_ops, FEW);
}

const struct bench_case tree_cases[] = {
	{ "create 10,000 Modules, each", "create 100 Modules, each", 110,
	  create_many, create_few },
	{ "destroy 10,000 Modules, each", "destroy 100 Modules, each", 0,
	  destroy_many, destroy_few },
	{ }
};
