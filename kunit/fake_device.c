// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fake device: a root device without a bus, bound to a Client of the test's.
 * And a fake filter: a driver on the auxiliary bus for what such a device, or another
 * filter, publishes. Both are unbound when the test ends, if not before.
 */
#include <linux/atomic.h>
#include <linux/module.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

/* What leads from a dmf_device to the test. */
struct fake_client {
	struct dmf_client client;
	struct dmf_client_ops ops;	/* a copy of the test's */
	struct kunit *test;
};

struct fake_device {
	struct fake_client fake;
	struct device *dev;
	bool bound;
};

struct fake_filter {
	struct fake_client fake;
	struct auxiliary_driver driver;
	struct auxiliary_device_id ids[2];
	char name[24];
	struct device *dev;		/* that it is bound to, or NULL */
	bool registered;
};

static atomic_t fake_count;

static struct fake_client *to_fake_client(const struct dmf_device *ddev)
{
	return container_of(ddev->client, struct fake_client, client);
}

static struct fake_device *to_fake(const struct dmf_device *ddev)
{
	return container_of(to_fake_client(ddev), struct fake_device, fake);
}

static void fake_client_init(struct fake_client *fake, struct kunit *test,
			     const struct dmf_client_ops *ops, size_t drvdata_size)
{
	fake->test = test;
	fake->ops = *ops;
	fake->client = (struct dmf_client)DMF_CLIENT_INIT(fake->client, &fake->ops, drvdata_size);
	fake->client.name = "dmf_fake";
	ida_init(&fake->client.instances);
}

static void fake_unbind(struct fake_device *fake, bool gone)
{
	if (!fake->bound)
		return;
	fake->bound = false;
	dmf_device_remove(fake->dev, gone);
}

static void fake_free(void *data)
{
	struct fake_device *fake = data;

	fake_unbind(fake, false);
	root_device_unregister(fake->dev);
	ida_destroy(&fake->fake.client.instances);
	kfree(fake);
}

static struct fake_device *fake_alloc(struct kunit *test, const struct dmf_client_ops *ops,
				      size_t drvdata_size)
{
	struct fake_device *fake = kzalloc(sizeof(*fake), GFP_KERNEL);
	char name[24];

	if (!fake)
		return NULL;

	snprintf(name, sizeof(name), "dmf-fake.%d", atomic_inc_return(&fake_count));
	fake->dev = root_device_register(name);
	if (IS_ERR(fake->dev)) {
		kfree(fake);
		return NULL;
	}
	fake_client_init(&fake->fake, test, ops, drvdata_size);
	return fake;
}

static struct dmf_device *fake_probe(struct kunit *test, struct fake_device *fake)
{
	int ret;

	if (!fake)
		return ERR_PTR(-ENOMEM);

	ret = dmf_device_probe(fake->dev, &fake->fake.client);
	fake->bound = !ret;
	if (!ret)
		ret = dmf_kunit_add_action(test, fake_free, fake);
	if (ret) {
		fake_free(fake);
		return ERR_PTR(ret);
	}
	return dev_get_drvdata(fake->dev);
}

struct dmf_device *dmf_kunit_probe_client(struct kunit *test, const struct dmf_client_ops *ops,
					  size_t drvdata_size)
{
	return fake_probe(test, fake_alloc(test, ops, drvdata_size));
}

struct dmf_device *dmf_kunit_probe_as(struct kunit *test, const char *name,
				      const struct dmf_client_ops *ops)
{
	struct fake_device *fake = fake_alloc(test, ops, 0);

	if (fake)
		fake->fake.client.name = name;
	return fake_probe(test, fake);
}

struct dmf_device *dmf_kunit_probe(struct kunit *test, const struct dmf_client_ops *ops)
{
	return dmf_kunit_probe_client(test, ops, 0);
}

void dmf_kunit_remove(struct kunit *test, struct dmf_device *ddev)
{
	fake_unbind(to_fake(ddev), false);
}

void dmf_kunit_remove_surprise(struct kunit *test, struct dmf_device *ddev)
{
	fake_unbind(to_fake(ddev), true);
}

void *dmf_kunit_priv(const struct dmf_device *ddev)
{
	return to_fake_client(ddev)->test->priv;
}

/* -- Filters -- */

static struct fake_filter *to_fake_filter(struct auxiliary_device *auxdev)
{
	return container_of(to_auxiliary_drv(auxdev->dev.driver), struct fake_filter, driver);
}

static int filter_probe(struct auxiliary_device *auxdev, const struct auxiliary_device_id *id)
{
	struct fake_filter *filter = to_fake_filter(auxdev);
	int ret = dmf_filter_probe(auxdev, &filter->fake.client);

	if (!ret)
		filter->dev = &auxdev->dev;
	return ret;
}

static void filter_remove(struct auxiliary_device *auxdev)
{
	to_fake_filter(auxdev)->dev = NULL;
	dmf_filter_remove(auxdev);
}

static void filter_free(void *data)
{
	struct fake_filter *filter = data;

	dmf_kunit_filter_unregister(filter);
	ida_destroy(&filter->fake.client.instances);
	kfree(filter);
}

struct fake_filter *dmf_kunit_filter_register(struct kunit *test, const char *published_by,
					      const struct dmf_client_ops *ops)
{
	struct fake_filter *filter = kzalloc(sizeof(*filter), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, filter);
	fake_client_init(&filter->fake, test, ops, 0);
	snprintf(filter->name, sizeof(filter->name), "filter%d", atomic_inc_return(&fake_count));
	snprintf(filter->ids[0].name, sizeof(filter->ids[0].name), "%s.filter", published_by);
	filter->driver.name = filter->name;
	filter->driver.id_table = filter->ids;
	filter->driver.probe = filter_probe;
	filter->driver.remove = filter_remove;
	filter->driver.shutdown = dmf_filter_shutdown;
	KUNIT_ASSERT_EQ(test, auxiliary_driver_register(&filter->driver), 0);
	filter->registered = true;
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, filter_free, filter), 0);
	return filter;
}

void dmf_kunit_filter_unregister(struct fake_filter *filter)
{
	if (!filter->registered)
		return;
	filter->registered = false;
	auxiliary_driver_unregister(&filter->driver);
}

struct dmf_device *dmf_kunit_filter_device(struct fake_filter *filter)
{
	return filter->dev ? dev_get_drvdata(filter->dev) : NULL;
}

/* -- Files -- */

static void file_release(void *data)
{
	dmf_file_release(data);
}

static struct dmf_file *file_keep(struct kunit *test, struct dmf_file *file)
{
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, file_release, file), 0);
	return file;
}

struct dmf_file *dmf_kunit_open(struct kunit *test, struct dmf_device *ddev)
{
	return file_keep(test, dmf_file_open(ddev, NULL));
}

struct dmf_file *dmf_kunit_open_node(struct kunit *test, struct dmf_device *ddev)
{
	return file_keep(test, dmf_file_open_top(ddev));
}

static int probe_and_remove(struct kunit *test, void *data)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, data);

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);
	dmf_kunit_remove(test, ddev);
	return 0;
}

int dmf_kunit_fail_probe(struct kunit *test, const struct dmf_client_ops *ops,
			 unsigned int floor)
{
	return dmf_kunit_fail_nth(test, probe_and_remove, (void *)ops, floor);
}
