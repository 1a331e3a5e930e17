// SPDX-License-Identifier: GPL-2.0-only
/*
 * LiveKernelDump: the regions that go into dumps of a device, and the ways to ask for a
 * dump. What is in it besides, and where it goes, is the core's: dmf/dump.c.
 *
 * The list of regions lives as long as the Module, which is the device's first to be
 * created and the last to be destroyed: others register before it opens and remove after
 * it has closed. The Module's lock guards it, and is held while regions are copied, so
 * none goes meanwhile. Whatever is left at the end is freed with the list.
 *
 * Making a dump is a Method: the gate keeps the device's Modules until it is done. The
 * work item of deferred requests holds a reference instead.
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <linux/dmf/dump.h>
#include <linux/dmf/live_kernel_dump.h>
#include <linux/dmf/workqueue.h>
#include <uapi/linux/dmf/dump.h>

/* Of &dmf_live_kernel_dump.pending. */
#define DEFERRED_BIT	0

/* A region; freed by whoever takes it out of the list, under the lock. */
struct dump_region {
	struct list_head node;
	struct dmf_dump_region region;
	char name[DMF_DUMP_NAME_SIZE];
};

struct dmf_live_kernel_dump {
	struct dmf_module module;
	struct list_head regions;	/* under the Module's lock, as the next two */
	unsigned int region_count;
	size_t region_bytes;		/* that are not secret */
	atomic_t made, refused;		/* dumps, for show */

	struct work_struct work;	/* makes the dump of a deferred request */
	unsigned long pending;		/* DEFERRED_BIT: the next three are the work's */
	u64 code;
	u64 parameter;
	char text[DMF_DUMP_TEXT_SIZE];
};

static struct dmf_live_kernel_dump *dump_from_module(struct dmf_module *module)
{
	return container_of(module, struct dmf_live_kernel_dump, module);
}

/* Regions */

static bool region_is_secret(const struct dmf_live_kernel_dump_region *region)
{
	return region->flags & DMF_LIVE_KERNEL_DUMP_SECRET ||
	       (region->module && dmf_module_is_secret(region->module));
}

static int region_check(const struct dmf_live_kernel_dump_region *region)
{
	return region->name && region->address && region->size &&
	       !(region->flags & ~DMF_LIVE_KERNEL_DUMP_SECRET) ? 0 : -EINVAL;
}

static struct dmf_dump_region region_to_dump(const struct dmf_live_kernel_dump_region *region,
					     unsigned int type)
{
	return (struct dmf_dump_region) {
		.type = type,
		.module = region->module ? dmf_module_number(region->module) : 0,
		.name = region->name,
		.address = region->address,
		.size = region->size,
		.secret = region_is_secret(region),
	};
}

static struct dump_region *region_find_locked(struct dmf_live_kernel_dump *dump,
					      const void *address)
{
	struct dump_region *entry;

	dmf_module_assert_locked(&dump->module);
	list_for_each_entry(entry, &dump->regions, node) {
		if (entry->region.address == address)
			return entry;
	}
	return NULL;
}

static void regions_count_locked(struct dmf_live_kernel_dump *dump,
				 const struct dump_region *entry, int sign)
{
	dump->region_count += sign;
	if (!entry->region.secret)
		dump->region_bytes += sign * (ssize_t)entry->region.size;
}

static int region_insert_locked(struct dmf_live_kernel_dump *dump, struct dump_region *entry)
{
	if (region_find_locked(dump, entry->region.address))
		return -EEXIST;
	if (dump->region_count == DMF_LIVE_KERNEL_DUMP_REGIONS_MAX)
		return -ENOSPC;
	list_add_tail(&entry->node, &dump->regions);
	regions_count_locked(dump, entry, 1);
	return 0;
}

/* Making a dump */

/* What is copied beside the Modules. */
struct dump_job {
	struct dmf_live_kernel_dump *dump;
	const struct dmf_live_kernel_dump_request *request;
};

static void dump_add_regions(struct dmf_live_kernel_dump *dump, struct dmf_dump *file)
{
	struct dump_region *entry;

	dmf_module_lock(&dump->module);
	list_for_each_entry(entry, &dump->regions, node)
		dmf_dump_add(file, &entry->region);
	dmf_module_unlock(&dump->module);
}

static void dump_add(struct dmf_dump *file, void *data)
{
	const struct dump_job *job = data;
	unsigned int i;

	if (!(job->request->flags & DMF_LIVE_KERNEL_DUMP_EXCLUDE_DMF_DATA))
		dump_add_regions(job->dump, file);
	for (i = 0; i < job->request->structure_count; i++) {
		const struct dmf_dump_region region =
			region_to_dump(&job->request->structures[i], DMF_DUMP_STRUCTURE);

		dmf_dump_add(file, &region);
	}
}

static int request_check(const struct dmf_live_kernel_dump_request *request)
{
	unsigned int i;
	int ret = 0;

	if (request->flags & ~DMF_LIVE_KERNEL_DUMP_EXCLUDE_DMF_DATA ||
	    (request->structure_count && !request->structures) ||
	    request->structure_count > DMF_LIVE_KERNEL_DUMP_REGIONS_MAX)
		return -EINVAL;
	for (i = 0; i < request->structure_count && !ret; i++)
		ret = region_check(&request->structures[i]);
	return ret;
}

/* Inside the gate, or with a reference. */
static int dump_create(struct dmf_live_kernel_dump *dump,
		       const struct dmf_live_kernel_dump_request *request)
{
	const struct dmf_live_kernel_dump_config *config = dmf_module_config(&dump->module);
	struct dump_job job = { .dump = dump, .request = request };
	const struct dmf_dump_source source = {
		.code = request->code,
		.parameter = request->parameter,
		.text = request->text,
		.report_type = config->report_type,
		.size_max = round_down(config->size_max ?: DMF_LIVE_KERNEL_DUMP_SIZE_DEFAULT, 8),
		.flags = request->flags & DMF_LIVE_KERNEL_DUMP_EXCLUDE_DMF_DATA ?
			 DMF_DUMP_WITHOUT_MODULES : 0,
		.add = dump_add,
		.data = &job,
	};
	int ret = dmf_device_dump(dmf_parent_device_get(&dump->module), &source);

	atomic_inc(ret ? &dump->refused : &dump->made);
	return ret;
}

static void dump_work(struct work_struct *work)
{
	struct dmf_live_kernel_dump *dump = container_of(work, struct dmf_live_kernel_dump, work);
	const struct dmf_live_kernel_dump_request request = {
		.code = dump->code, .parameter = dump->parameter, .text = dump->text,
	};
	int ret = dump_create(dump, &request);

	if (ret)
		dev_warn(dmf_module_device(&dump->module),
			 "%s: no dump: error=%d code=%#llx text=\"%*pEcs\"\n",
			 dmf_module_name(&dump->module), ret, dump->code,
			 (int)strlen(dump->text), dump->text);
	clear_bit_unlock(DEFERRED_BIT, &dump->pending);
	dmf_module_dereference(&dump->module);
}

/* debugfs dmf/<device>/dump */

static ssize_t dump_file_write(struct file *file, const char __user *buffer, size_t size,
			       loff_t *offset)
{
	static const struct dmf_live_kernel_dump_request request = { .text = "debugfs" };
	struct dmf_live_kernel_dump *dump = dump_from_module(file->private_data);
	bool wanted;
	int ret;

	ret = kstrtobool_from_user(buffer, size, &wanted);
	if (!ret && !wanted)
		ret = -EINVAL;
	if (!ret)
		ret = dmf_live_kernel_dump_live_kernel_memory_dump_create(dump, &request);
	return ret ?: size;
}

static const struct file_operations dump_file_ops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= dump_file_write,
	.llseek	= noop_llseek,
};

/* Module callbacks */

static int live_kernel_dump_child_modules_add(struct dmf_module *module,
					      struct dmf_module_init *init)
{
	const struct dmf_live_kernel_dump_config *config = dmf_module_config(module);
	struct dmf_live_kernel_dump *dump = dump_from_module(module);

	if (dmf_module_is_dynamic(module)) {
		dev_err(dmf_module_device(module), "%s: cannot be dynamic: it is a feature\n",
			dmf_module_name(module));
		return -EINVAL;
	}
	if (config->size_max && (config->size_max < DMF_DUMP_SIZE_MIN ||
				 config->size_max > DMF_DUMP_SIZE_MAX)) {
		dev_err(dmf_module_device(module), "%s: bad config: size_max=%zu\n",
			dmf_module_name(module), config->size_max);
		return -EINVAL;
	}
	INIT_LIST_HEAD(&dump->regions);
	INIT_WORK(&dump->work, dump_work);
	return 0;
}

static int live_kernel_dump_open(struct dmf_module *module)
{
	const struct dmf_live_kernel_dump_config *config = dmf_module_config(module);
	int ret;

	ret = dmf_module_add_debugfs(module, "dump", 0200, &dump_file_ops);
	if (!ret && config->initialize)
		ret = config->initialize(dump_from_module(module));
	return ret;
}

static void live_kernel_dump_destroy(struct dmf_module *module)
{
	struct dmf_live_kernel_dump *dump = dump_from_module(module);
	struct dump_region *entry, *next;

	list_for_each_entry_safe(entry, next, &dump->regions, node)
		kfree(entry);
}

static void live_kernel_dump_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_live_kernel_dump *dump = dump_from_module(module);
	unsigned int count;
	size_t bytes;

	dmf_module_lock(module);
	count = dump->region_count;
	bytes = dump->region_bytes;
	dmf_module_unlock(module);

	seq_printf(seq, "regions=%u bytes=%zu made=%d refused=%d unread=%d", count, bytes,
		   atomic_read(&dump->made), atomic_read(&dump->refused),
		   dmf_device_dump_is_unread(dmf_parent_device_get(module)));
}

static const struct dmf_module_ops live_kernel_dump_ops = {
	.child_modules_add	= live_kernel_dump_child_modules_add,
	.open			= live_kernel_dump_open,
	.destroy		= live_kernel_dump_destroy,
	.show			= live_kernel_dump_show,
};

static const struct dmf_module_desc live_kernel_dump_desc = {
	.name		= "live_kernel_dump",
	.size		= sizeof(struct dmf_live_kernel_dump),
	.config_size	= sizeof(struct dmf_live_kernel_dump_config),
	.lock		= DMF_LOCK_PASSIVE,
	.open_option	= DMF_OPEN_CREATE,
	.feature	= DMF_FEATURE_LIVE_KERNEL_DUMP,
	.ops		= &live_kernel_dump_ops,
};

DMF_DEFINE_MODULE(live_kernel_dump);
EXPORT_SYMBOL_NS_GPL(dmf_live_kernel_dump_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_live_kernel_dump_create, DMF);

/* Methods; see the header */

int dmf_live_kernel_dump_data_buffer_source_add(struct dmf_live_kernel_dump *dump,
						const struct dmf_live_kernel_dump_region *region)
{
	struct dump_region *entry;
	int ret;

	if (!dump)
		return 0;
	ret = region_check(region);
	if (ret)
		return ret;
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return -ENOMEM;

	entry->region = region_to_dump(region, DMF_DUMP_REGION);
	strscpy(entry->name, region->name, sizeof(entry->name));
	entry->region.name = entry->name;
	dmf_module_lock(&dump->module);
	ret = region_insert_locked(dump, entry);
	dmf_module_unlock(&dump->module);
	if (ret)
		kfree(entry);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_live_kernel_dump_data_buffer_source_add, DMF);

int dmf_live_kernel_dump_data_buffer_source_remove(struct dmf_live_kernel_dump *dump,
						   const void *address)
{
	struct dump_region *entry;

	if (!dump)
		return 0;

	dmf_module_lock(&dump->module);
	entry = region_find_locked(dump, address);
	if (entry) {
		list_del(&entry->node);
		regions_count_locked(dump, entry, -1);
	}
	dmf_module_unlock(&dump->module);
	kfree(entry);
	return entry ? 0 : -ENOENT;
}
EXPORT_SYMBOL_NS_GPL(dmf_live_kernel_dump_data_buffer_source_remove, DMF);

/* What the undo list of a Module has. */
struct stored_pointer {
	struct dmf_live_kernel_dump *dump;
	const void *address;
};

static void undo_stored_pointer(void *data)
{
	struct stored_pointer *pointer = data;

	dmf_live_kernel_dump_data_buffer_source_remove(pointer->dump, pointer->address);
	kfree(pointer);
}

static int pointer_store(struct dmf_module *module, struct stored_pointer *pointer,
			 const struct dmf_live_kernel_dump_region *region)
{
	int ret = dmf_live_kernel_dump_data_buffer_source_add(pointer->dump, region);

	if (ret) {
		kfree(pointer);
		return ret;
	}
	return dmf_module_add_action_or_reset(module, undo_stored_pointer, pointer);
}

int dmf_module_live_kernel_dump_pointer_store(struct dmf_module *module, const char *name,
					      const void *address, size_t size,
					      unsigned int flags)
{
	const struct dmf_live_kernel_dump_region region = {
		.name = name, .address = address, .size = size, .flags = flags, .module = module,
	};
	struct dmf_live_kernel_dump *dump = dmf_live_kernel_dump_from_module(module);
	struct stored_pointer *pointer;

	if (!dump)
		return 0;
	pointer = kmalloc(sizeof(*pointer), GFP_KERNEL);
	if (!pointer)
		return -ENOMEM;
	pointer->dump = dump;
	pointer->address = address;
	return pointer_store(module, pointer, &region);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_live_kernel_dump_pointer_store, DMF);

int
dmf_live_kernel_dump_live_kernel_memory_dump_create(struct dmf_live_kernel_dump *dump,
						    const struct dmf_live_kernel_dump_request *why)
{
	int ret;

	if (!dump)
		return 0;
	ret = request_check(why) ?: dmf_module_acquire(&dump->module);
	if (ret)
		return ret;
	ret = dump_create(dump, why);
	dmf_module_release(&dump->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_live_kernel_dump_live_kernel_memory_dump_create, DMF);

int dmf_live_kernel_dump_create_deferred(struct dmf_live_kernel_dump *dump, u64 code,
					 u64 parameter, const char *text)
{
	int ret;

	if (!dump)
		return 0;
	ret = dmf_module_reference(&dump->module);
	if (ret)
		return ret;
	if (test_and_set_bit_lock(DEFERRED_BIT, &dump->pending)) {
		dmf_module_dereference(&dump->module);
		return -EBUSY;
	}
	dump->code = code;
	dump->parameter = parameter;
	strscpy(dump->text, text ?: "", sizeof(dump->text));
	queue_work(dmf_workqueue, &dump->work);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_live_kernel_dump_create_deferred, DMF);

size_t dmf_live_kernel_dump_dmf_data_size_get(struct dmf_live_kernel_dump *dump)
{
	size_t size;

	if (!dump || dmf_module_acquire(&dump->module))
		return 0;

	size = dmf_device_dump_size(dmf_parent_device_get(&dump->module));
	dmf_module_lock(&dump->module);
	size += dump->region_bytes;
	dmf_module_unlock(&dump->module);
	dmf_module_release(&dump->module);
	return size;
}
EXPORT_SYMBOL_NS_GPL(dmf_live_kernel_dump_dmf_data_size_get, DMF);
