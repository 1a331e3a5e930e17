// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where dumps are until somebody has read them: with the kernel's device core dumps,
 * /sys/class/devcoredump/devcd<n>/data.
 *
 * The kernel keeps one for each struct device, and drops another in silence. So it is
 * known here which devices have one: an entry of the list belongs to whoever makes a
 * dump, from dmf_dump_store_reserve() on, and to the kernel once it was delivered. The
 * kernel gives it back when somebody has written to the file or five minutes have
 * passed, however long the driver has been unbound by then, and keeps dmf.ko loaded
 * until then. It also keeps the struct device, so its address is no other device's.
 *
 * The file is for root, mode 0600 as the kernel makes it: writing to it discards the
 * dump. Made 0400 it would be left for five minutes, for sysfs holds root to it, too.
 *
 * The kernel takes a dump without saying whether it did. It has refused one if it gives
 * it back while it still runs in our task.
 */
#include <linux/devcoredump.h>
#include <linux/device.h>
#include <linux/kernfs.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "internal.h"

/* A delivery that is under way, on the stack of who delivers. */
struct delivery {
	struct task_struct *task;
	unsigned int refusals;		/* how often the kernel has given it back to @task */
	bool over;			/* it was delivered, and has been freed since */
};

struct dmf_stored_dump {
	struct list_head node;
	struct device *dev;		/* the kernel's, or that of a bound driver */
	struct delivery *delivery;	/* NULL before and after */
	void *data;			/* by vmalloc() */
	size_t size;
};

static DEFINE_MUTEX(stored_lock);	/* guards the list, its entries and deliveries */
static LIST_HEAD(stored_dumps);

static struct dmf_stored_dump *stored_find(const struct device *dev)
{
	struct dmf_stored_dump *stored;

	lockdep_assert_held(&stored_lock);
	list_for_each_entry(stored, &stored_dumps, node) {
		if (stored->dev == dev)
			return stored;
	}
	return NULL;
}

/*
 * Whether the device has a dump as the kernel sees it. Of one that is discarded the
 * link goes after we were told, and a new one could not have its own until then.
 */
static bool device_has_link(const struct device *dev)
{
	struct kernfs_node *link;

	link = dev->kobj.sd ? kernfs_find_and_get(dev->kobj.sd, "devcoredump") : NULL;
	kernfs_put(link);
	return link;
}

/* Return: what the caller owes to one of the next two; ERR_PTR() of -EBUSY or -ENOMEM. */
struct dmf_stored_dump *dmf_dump_store_reserve(struct device *dev)
{
	struct dmf_stored_dump *stored = kzalloc(sizeof(*stored), GFP_KERNEL);
	bool busy;

	if (!stored)
		return ERR_PTR(-ENOMEM);

	stored->dev = dev;
	mutex_lock(&stored_lock);
	busy = stored_find(dev) || device_has_link(dev);
	if (!busy)
		list_add(&stored->node, &stored_dumps);
	mutex_unlock(&stored_lock);
	if (!busy)
		return stored;

	kfree(stored);
	return ERR_PTR(-EBUSY);
}

void dmf_dump_store_release(struct dmf_stored_dump *stored)
{
	mutex_lock(&stored_lock);
	list_del(&stored->node);
	mutex_unlock(&stored_lock);
	vfree(stored->data);
	kfree(stored);
}

bool dmf_dump_store_has(const struct device *dev)
{
	bool has;

	mutex_lock(&stored_lock);
	has = stored_find(dev);
	mutex_unlock(&stored_lock);
	return has;
}

/* -- What the kernel calls -------------------------------------------------------- */

static ssize_t stored_read(char *buffer, loff_t offset, size_t count, void *data, size_t size)
{
	struct dmf_stored_dump *stored = data;

	return memory_read_from_buffer(buffer, count, &offset, stored->data, size);
}

/* Whether the kernel has called us within the delivery: whoever delivers still has the dump. */
static bool stored_is_refused(struct dmf_stored_dump *stored)
{
	struct delivery *delivery = stored->delivery;

	lockdep_assert_held(&stored_lock);
	if (!delivery)
		return false;
	if (delivery->task == current) {
		delivery->refusals++;
		return true;
	}
	delivery->over = true;
	return false;
}

static void stored_free(void *data)
{
	struct dmf_stored_dump *stored = data;
	bool refused;

	mutex_lock(&stored_lock);
	refused = stored_is_refused(stored);
	mutex_unlock(&stored_lock);
	if (!refused)
		dmf_dump_store_release(stored);
}

/* -- Delivery ----------------------------------------------------------------------- */

/* Why the kernel has refused a dump. */
static int refusal(const struct device *dev, const struct delivery *delivery)
{
	/*
	 * The device of the dump could not be added. That gives everything back twice,
	 * the reference to this module too.
	 */
	if (delivery->refusals > 1) {
		__module_get(THIS_MODULE);
		return -ENOMEM;
	}

	/* Somebody else's dump of the device, which is not one of ours. */
	return device_has_link(dev) ? -EBUSY : -EOPNOTSUPP;
}

/*
 * @data was allocated by vmalloc() and is not the caller's any more, nor is @stored.
 * Return: 0; -ENOMEM; -EBUSY if somebody else has made a dump of the device; -EOPNOTSUPP
 * if the kernel takes none.
 */
int dmf_dump_store_deliver(struct dmf_stored_dump *stored, void *data, size_t size)
{
	struct delivery delivery = { .task = current };
	struct device *dev = stored->dev;
	int ret;

	stored->data = data;
	stored->size = size;
	stored->delivery = &delivery;
	dev_coredumpm(dev, THIS_MODULE, stored, size, GFP_KERNEL, stored_read, stored_free);

	mutex_lock(&stored_lock);
	if (!delivery.over)
		stored->delivery = NULL;
	mutex_unlock(&stored_lock);
	if (!delivery.refusals)
		return 0;

	ret = refusal(dev, &delivery);
	dmf_dump_store_release(stored);
	return ret;
}
