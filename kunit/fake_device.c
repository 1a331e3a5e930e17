// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fake device: a root device without a bus, bound to a Client of the test's.
 * It is unbound when the test ends, if not before.
 */
#include <linux/atomic.h>
#include <linux/module.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

struct fake_device {
	struct dmf_client client;
	struct dmf_client_ops ops;	/* a copy of the test's */
	struct device *dev;
	struct kunit *test;
	bool bound;
};

static atomic_t fake_count;

static struct fake_device *to_fake(const struct dmf_device *ddev)
{
	return container_of(ddev->client, struct fake_device, client);
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
	ida_destroy(&fake->client.instances);
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
	fake->test = test;
	fake->ops = *ops;
	fake->client = (struct dmf_client)DMF_CLIENT_INIT(fake->client, &fake->ops,
							  drvdata_size);
	fake->client.name = "dmf_fake";
	ida_init(&fake->client.instances);
	return fake;
}

struct dmf_device *dmf_kunit_probe_client(struct kunit *test, const struct dmf_client_ops *ops,
					  size_t drvdata_size)
{
	struct fake_device *fake = fake_alloc(test, ops, drvdata_size);
	int ret;

	if (!fake)
		return ERR_PTR(-ENOMEM);

	ret = dmf_device_probe(fake->dev, &fake->client);
	fake->bound = !ret;
	if (!ret)
		ret = dmf_kunit_add_action(test, fake_free, fake);
	if (ret) {
		fake_free(fake);
		return ERR_PTR(ret);
	}
	return dev_get_drvdata(fake->dev);
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
	return to_fake(ddev)->test->priv;
}

static void file_release(void *data)
{
	dmf_file_release(data);
}

struct dmf_file *dmf_kunit_open(struct kunit *test, struct dmf_device *ddev)
{
	struct dmf_file *file = dmf_file_open(ddev);

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, file_release, file), 0);
	return file;
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
