// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device without a bus. The Client is one for all, with the callbacks of the
 * device that was bound last; there is never more than one.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>

#include <linux/dmf/device.h>

#include "bench.h"

static struct dmf_client bench_client = DMF_CLIENT_INIT(bench_client, NULL, 0);

struct device *bench_device_add(void)
{
	return root_device_register("dmf-bench");
}

int bench_device_bind(struct device *dev, const struct dmf_client_ops *ops)
{
	bench_client.ops = ops;
	return dmf_device_probe(dev, &bench_client);
}

void bench_device_unbind(struct device *dev)
{
	dmf_device_remove(dev, false);
}

void bench_device_delete(struct device *dev)
{
	root_device_unregister(dev);
}

struct dmf_device *bench_device_probe(const struct dmf_client_ops *ops)
{
	struct device *dev = bench_device_add();
	int ret;

	if (IS_ERR(dev))
		return ERR_CAST(dev);

	ret = bench_device_bind(dev, ops);
	if (ret) {
		bench_device_delete(dev);
		return ERR_PTR(ret);
	}
	return dev_get_drvdata(dev);
}

void bench_device_remove(struct dmf_device *ddev)
{
	struct device *dev = dmf_device_dev(ddev);

	bench_device_unbind(dev);
	bench_device_delete(dev);
}
