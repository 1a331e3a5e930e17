// SPDX-License-Identifier: GPL-2.0-only
/* See the header. */
#include <linux/kernfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>

#include "live_kernel_dump_fixture.h"

struct dumps *dumps;

/* The kernel's; known once there was a dump. */
static struct class *dumps_class;

/* -- Modules ------------------------------------------------------------------------ */

static int dumped_open(struct dmf_module *module)
{
	char *mark = to_dumped(module)->mark;

	strscpy(mark, module->secret ? SECRET : MARK, sizeof(to_dumped(module)->mark));
	return dumps->in_open ?
	       dmf_module_live_kernel_dump_pointer_store(module, "opened", mark,
							 sizeof(to_dumped(module)->mark), 0) : 0;
}

static void dumped_show(struct dmf_module *module, struct seq_file *seq)
{
	if (to_dumped(module)->waits) {
		complete(&dumps->entered);
		wait_for_completion(&dumps->proceed);
	}
	if (to_dumped(module)->says_zero)
		seq_printf(seq, "%c%0*d", '\0', LARGE, 1);
	seq_puts(seq, "depth=7");
}

static const struct dmf_module_ops dumped_ops = {
	.open = dumped_open,
	.show = dumped_show,
};

const struct dmf_module_desc dumped_desc = {
	.name		= "dumped",
	.size		= sizeof(struct dumped),
	.config_size	= sizeof(struct dumped_config),
	.recorder_size	= 1024,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &dumped_ops,
};

static const struct dmf_module_desc secret_desc = {
	.name		= "secretive",
	.size		= sizeof(struct dumped),
	.config_size	= sizeof(struct dumped_config),
	.open_option	= DMF_OPEN_CREATE,
	.secret		= true,
	.ops		= &dumped_ops,
};

struct dmf_module_keys dumped_keys;
static struct dmf_module_keys secret_keys;

static int dumps_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_module_attributes secret = { .instance_name = "sealed", .secret = true };
	const struct dumped_config keys = { .mark = SECRET };
	const struct dumped_config config = { .mark = MARK };

	return __dmf_module_add(init, &dumped_desc, &dumped_keys, &config, NULL,
				&dumps->module) ?:
	       __dmf_module_add(init, &secret_desc, &secret_keys, &keys, NULL,
				&dumps->secretive) ?:
	       __dmf_module_add(init, &dumped_desc, &dumped_keys, &keys, &secret, NULL);
}

/* -- The device ------------------------------------------------------------------------ */

int dumps_bind(void)
{
	int ret;

	dumps->client = (struct dmf_client)DMF_CLIENT_INIT(dumps->client, &dumps->ops, 0);
	dumps->client.name = "dmf_dumps";
	ida_init(&dumps->client.instances);
	ret = dmf_device_probe(dumps->dev, &dumps->client);
	dumps->ddev = ret ? NULL : dev_get_drvdata(dumps->dev);
	dumps->dump = ret ? NULL : dmf_live_kernel_dump_from_device(dumps->ddev);
	return ret;
}

void dumps_unbind(void)
{
	if (dumps->ddev)
		dmf_device_remove(dumps->dev, false);
	dumps->ddev = NULL;
	ida_destroy(&dumps->client.instances);
}

void dumps_rebind(struct kunit *test)
{
	dumps_unbind();
	KUNIT_ASSERT_EQ(test, dumps_bind(), 0);
}

/* -- The kernel's dumps --------------------------------------------------------------- */

struct device *dump_device(void)
{
	struct kernfs_node *link = kernfs_find_and_get(dumps->dev->kobj.sd, "devcoredump");
	struct device *dev = link ? kobj_to_dev(link->symlink.target_kn->priv) : NULL;

	kernfs_put(link);
	if (dev)
		dumps_class = dev->class;
	return dev;
}

static struct bin_attribute *dump_attribute(const struct device *dev)
{
	return dev->class->dev_groups[0]->bin_attrs[0];
}

static int dump_discard(struct device *dev, void *data)
{
	char byte = '1';

	dump_attribute(dev)->write(NULL, &dev->kobj, dump_attribute(dev), &byte, 0, 1);
	return 0;
}

void dump_release(void)
{
	dump_device();
	if (dumps_class)
		class_for_each_device(dumps_class, NULL, NULL, dump_discard);
	__flush_workqueue(system_wq);
}

int dump_create(void)
{
	static const struct dmf_live_kernel_dump_request request = { .code = 7, .text = "why" };

	return dmf_live_kernel_dump_live_kernel_memory_dump_create(dumps->dump, &request);
}

bool dump_read(void)
{
	struct device *dev = dump_device();
	ssize_t got;

	kvfree(dumps->data);
	dumps->data = kvzalloc(2 * LARGE, GFP_KERNEL);
	dumps->size = 0;
	if (!dev || !dumps->data)
		return false;
	do {
		got = dump_attribute(dev)->read(NULL, &dev->kobj, dump_attribute(dev),
						dumps->data + dumps->size, dumps->size,
						min_t(size_t, PAGE_SIZE, 2 * LARGE - dumps->size));
		dumps->size += max_t(ssize_t, got, 0);
	} while (got > 0);
	return !got;
}

void dump_take(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, dump_create(), 0);
	KUNIT_ASSERT_TRUE(test, dump_read());
	dump_release();
}

const struct dmf_dump_header *dump_header(void)
{
	return (const void *)dumps->data;
}

/* Visit the sections. Return: the first that @type and @name describe, or NULL. */
const struct dmf_dump_section *dump_find(unsigned int type, const char *name)
{
	const struct dmf_dump_section *section;
	size_t offset = sizeof(struct dmf_dump_header);

	for (; offset + sizeof(*section) <= dumps->size;
	     offset += sizeof(*section) + ALIGN(section->size, 8)) {
		section = (const void *)dumps->data + offset;
		if (section->type == type && (!name || !strcmp(section->name, name)))
			return section;
		if (section->type == DMF_DUMP_END)
			break;
	}
	return NULL;
}

const void *bytes_find(const void *bytes, size_t size, const char *text)
{
	size_t length = strlen(text);

	for (; size >= length; bytes++, size--) {
		if (!memcmp(bytes, text, length))
			return bytes;
	}
	return NULL;
}

bool section_has(const struct dmf_dump_section *section, const char *text)
{
	return section && bytes_find(section + 1, section->size, text);
}

/* -- Regions, and the beginning and end of tests ---------------------------------------- */

int region_add(const char *name, const void *address, size_t size, unsigned int flags)
{
	const struct dmf_live_kernel_dump_region region = {
		.name = name, .address = address, .size = size, .flags = flags,
	};

	return dmf_live_kernel_dump_data_buffer_source_add(dumps->dump, &region);
}

int region_remove(const void *address)
{
	return dmf_live_kernel_dump_data_buffer_source_remove(dumps->dump, address);
}

int dumps_init(struct kunit *test)
{
	dumps = kzalloc(sizeof(*dumps), GFP_KERNEL);
	if (!dumps)
		return -ENOMEM;

	test->priv = dumps;
	init_completion(&dumps->entered);
	init_completion(&dumps->proceed);
	init_completion(&dumps->done);
	dumps->config.report_type = "test";
	dumps->ops.modules_add = dumps_modules_add;
	dumps->ops.live_kernel_dump = &dumps->config;
	dumps->dev = root_device_register("dmf-dumps");
	return PTR_ERR_OR_ZERO(dumps->dev) ?: dumps_bind();
}

void dumps_exit(struct kunit *test)
{
	complete_all(&dumps->proceed);
	dump_release();
	dumps_unbind();
	root_device_unregister(dumps->dev);
	kvfree(dumps->data);
	kfree(dumps);
}
