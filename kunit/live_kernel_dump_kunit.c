// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of LiveKernelDump: what is in a dump, who may have one, and what goes on
 * meanwhile. The kernel's file is read and written by its attribute's functions.
 */
#include <linux/crc32.h>
#include <linux/kernfs.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include <linux/dmf/dump.h>
#include <linux/dmf/live_kernel_dump.h>
#include <uapi/linux/dmf/dump.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define MARK		"in the open"
#define SECRET		"top secret, not for dumps"
#define LARGE		(200 * 1024)
#define ROUNDS		40

struct dumped_config {
	char mark[32];
};

/* The Modules of the device; some of them make a dump wait in their show(). */
struct dumped {
	struct dmf_module module;
	char mark[32];
	bool waits;
};

/* test->priv */
struct dumps {
	struct device *dev;
	struct dmf_device *ddev;
	struct dmf_client client;
	struct dmf_client_ops ops;
	struct dmf_live_kernel_dump_config config;
	struct dmf_live_kernel_dump *dump;
	struct dmf_module *module;
	char region[64];
	bool in_open;			/* the Module registers @region */
	struct completion entered;	/* a dump is in show() */
	struct completion proceed;	/* it may go on */
	struct completion done;		/* of the other thread */
	struct dmf_module *dynamic;
	int result;			/* of the thread that makes dumps */
	unsigned int made, torn;	/* the same */
	unsigned char *data;		/* of the dump that was read last */
	size_t size;
};

/* Of the tests' Modules; one test runs at a time. */
static struct dumps *dumps;

/* The kernel's; known once there was a dump. */
static struct class *dumps_class;

/* -- Modules ------------------------------------------------------------------------ */

static struct dumped *to_dumped(struct dmf_module *module)
{
	return container_of(module, struct dumped, module);
}

static int dumped_open(struct dmf_module *module)
{
	strscpy(to_dumped(module)->mark, module->secret ? SECRET : MARK, 32);
	return dumps->in_open ?
	       dmf_module_live_kernel_dump_pointer_store(module, "opened", dumps->region,
							 sizeof(dumps->region), 0) : 0;
}

static void dumped_show(struct dmf_module *module, struct seq_file *seq)
{
	if (to_dumped(module)->waits) {
		complete(&dumps->entered);
		wait_for_completion(&dumps->proceed);
	}
	seq_puts(seq, "depth=7");
}

static const struct dmf_module_ops dumped_ops = {
	.open = dumped_open,
	.show = dumped_show,
};

static const struct dmf_module_desc dumped_desc = {
	.name		= "dumped",
	.size		= sizeof(struct dumped),
	.config_size	= sizeof(struct dumped_config),
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

static struct dmf_module_keys dumped_keys, secret_keys;

static int dumps_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_module_attributes secret = { .instance_name = "sealed", .secret = true };
	const struct dumped_config keys = { .mark = SECRET };
	const struct dumped_config config = { .mark = MARK };

	return __dmf_module_add(init, &dumped_desc, &dumped_keys, &config, NULL,
				&dumps->module) ?:
	       __dmf_module_add(init, &secret_desc, &secret_keys, &keys, NULL, NULL) ?:
	       __dmf_module_add(init, &dumped_desc, &dumped_keys, &keys, &secret, NULL);
}

/* -- The device ------------------------------------------------------------------------ */

static int dumps_bind(void)
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

static void dumps_unbind(void)
{
	if (dumps->ddev)
		dmf_device_remove(dumps->dev, false);
	dumps->ddev = NULL;
	ida_destroy(&dumps->client.instances);
}

static void dumps_rebind(struct kunit *test)
{
	dumps_unbind();
	KUNIT_ASSERT_EQ(test, dumps_bind(), 0);
}

/* -- The kernel's dumps --------------------------------------------------------------- */

/* Return: the folder of the device's dump, or NULL. */
static struct device *dump_device(void)
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

/* As if somebody had read it. When this returns the dump has been freed. */
static void dump_release(void)
{
	dump_device();
	if (dumps_class)
		class_for_each_device(dumps_class, NULL, NULL, dump_discard);
	__flush_workqueue(system_wq);
}

static int dump_create(void)
{
	static const struct dmf_live_kernel_dump_request request = { .code = 7, .text = "why" };

	return dmf_live_kernel_dump_live_kernel_memory_dump_create(dumps->dump, &request);
}

/* All of it into dumps->data. Return: false if there is none. */
static bool dump_read(void)
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

static void dump_take(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, dump_create(), 0);
	KUNIT_ASSERT_TRUE(test, dump_read());
	dump_release();
}

static const struct dmf_dump_header *dump_header(void)
{
	return (const void *)dumps->data;
}

/* Visit the sections. Return: the first that @type and @name describe, or NULL. */
static const struct dmf_dump_section *dump_find(unsigned int type, const char *name)
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

static const void *bytes_find(const void *bytes, size_t size, const char *text)
{
	size_t length = strlen(text);

	for (; size >= length; bytes++, size--) {
		if (!memcmp(bytes, text, length))
			return bytes;
	}
	return NULL;
}

static bool section_has(const struct dmf_dump_section *section, const char *text)
{
	return section && bytes_find(section + 1, section->size, text);
}

/* -- What is in a dump ------------------------------------------------------------------- */

static void header_tells_why_and_of_what(struct kunit *test)
{
	const struct dmf_dump_header *header;

	dump_take(test);
	header = dump_header();
	KUNIT_EXPECT_STREQ(test, header->magic, DMF_DUMP_MAGIC);
	KUNIT_EXPECT_EQ(test, header->byte_order, DMF_DUMP_BYTE_ORDER);
	KUNIT_EXPECT_EQ(test, header->size, dumps->size);
	KUNIT_EXPECT_EQ(test, header->code, 7);
	KUNIT_EXPECT_EQ(test, header->flags, 0);
	KUNIT_EXPECT_STREQ(test, header->text, "why");
	KUNIT_EXPECT_STREQ(test, header->report_type, "test");
	KUNIT_EXPECT_STREQ(test, header->driver, "dmf_dumps");
	KUNIT_EXPECT_STREQ(test, header->device, dev_name(dumps->dev));
	KUNIT_EXPECT_STREQ(test, header->release, init_utsname()->release);
	KUNIT_EXPECT_EQ(test, header->crc, ~crc32_le(~0, dumps->data + sizeof(*header),
						     dumps->size - sizeof(*header)));
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_END, NULL));
}

static void modules_are_in_it_with_config_and_context(struct kunit *test)
{
	const struct dmf_dump_section *module, *section;

	dump_take(test);
	KUNIT_EXPECT_TRUE(test, section_has(dump_find(DMF_DUMP_TEXT, "state"), "driver=dmf_dumps"));
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_MODULE, "live_kernel_dump"));
	module = dump_find(DMF_DUMP_MODULE, "dumped");
	KUNIT_ASSERT_NOT_NULL(test, module);
	KUNIT_EXPECT_EQ(test, module->id, dumps->module->number);
	KUNIT_EXPECT_TRUE(test, section_has(module, "figures: depth=7"));
	KUNIT_EXPECT_TRUE(test, section_has(module, "state=opened"));

	/* The first Config and context of the tree are the feature's own. */
	section = dump_find(DMF_DUMP_CONFIG, NULL);
	KUNIT_EXPECT_EQ(test, section->size, sizeof(struct dmf_live_kernel_dump_config));
	KUNIT_EXPECT_NOT_NULL(test, bytes_find(dumps->data, dumps->size, MARK));
}

static void children_name_their_parent(struct kunit *test)
{
	const struct dmf_module_attributes attributes = { .instance_name = "child" };
	const struct dmf_dump_section *child;
	struct dmf_module *module;

	KUNIT_ASSERT_EQ(test, 0, __dmf_module_create(dumps->ddev, dumps->module, &dumped_desc,
						     &dumped_keys, NULL, &attributes, &module));
	dump_take(test);
	child = dump_find(DMF_DUMP_MODULE, "child");
	KUNIT_ASSERT_NOT_NULL(test, child);
	KUNIT_EXPECT_EQ(test, child->parent, dumps->module->number);
	KUNIT_EXPECT_EQ(test, child->id, module->number);
	dmf_module_destroy(module);
}

static int region_add(const char *name, const void *address, size_t size, unsigned int flags)
{
	const struct dmf_live_kernel_dump_region region = {
		.name = name, .address = address, .size = size, .flags = flags,
	};

	return dmf_live_kernel_dump_data_buffer_source_add(dumps->dump, &region);
}

static int region_remove(const void *address)
{
	return dmf_live_kernel_dump_data_buffer_source_remove(dumps->dump, address);
}

static void regions_are_in_it_until_removed(struct kunit *test)
{
	strscpy(dumps->region, "regional", sizeof(dumps->region));
	KUNIT_ASSERT_EQ(test, region_add("mine", dumps->region, sizeof(dumps->region), 0), 0);
	dump_take(test);
	KUNIT_EXPECT_TRUE(test, section_has(dump_find(DMF_DUMP_REGION, "mine"), "regional"));
	KUNIT_EXPECT_EQ(test, dump_find(DMF_DUMP_REGION, "mine")->size, sizeof(dumps->region));

	KUNIT_EXPECT_EQ(test, region_remove(dumps->region), 0);
	dump_take(test);
	KUNIT_EXPECT_NULL(test, dump_find(DMF_DUMP_REGION, NULL));
	KUNIT_EXPECT_EQ(test, region_remove(dumps->region), -ENOENT);
}

static void module_registers_until_it_closes(struct kunit *test)
{
	const struct dmf_dump_section *region;
	struct dmf_module *module;

	dumps->in_open = true;
	KUNIT_ASSERT_EQ(test, 0, __dmf_module_create(dumps->ddev, NULL, &dumped_desc, &dumped_keys,
						     NULL, NULL, &module));
	dump_take(test);
	region = dump_find(DMF_DUMP_REGION, "opened");
	KUNIT_ASSERT_NOT_NULL(test, region);
	KUNIT_EXPECT_EQ(test, region->parent, module->number);
	dmf_module_destroy(module);
	dump_take(test);
	KUNIT_EXPECT_NULL(test, dump_find(DMF_DUMP_REGION, "opened"));
}

static void secrets_are_left_out(struct kunit *test)
{
	const struct dmf_dump_section *section;
	size_t before = dmf_live_kernel_dump_dmf_data_size_get(dumps->dump);

	strscpy(dumps->region, SECRET, sizeof(dumps->region));
	KUNIT_ASSERT_EQ(test, region_add("key", dumps->region, sizeof(dumps->region),
					 DMF_LIVE_KERNEL_DUMP_SECRET), 0);
	KUNIT_EXPECT_EQ(test, dmf_live_kernel_dump_dmf_data_size_get(dumps->dump), before);
	dump_take(test);
	section = dump_find(DMF_DUMP_REGION, "key");
	KUNIT_ASSERT_NOT_NULL(test, section);
	KUNIT_EXPECT_EQ(test, section->flags, DMF_DUMP_SECRET);
	KUNIT_EXPECT_EQ(test, section->size, 0);
	KUNIT_EXPECT_EQ(test, section->total, sizeof(dumps->region));
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_MODULE, "secretive"));
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_MODULE, "sealed"));
	KUNIT_EXPECT_NULL(test, bytes_find(dumps->data, dumps->size, SECRET));
}

static void structures_are_of_one_dump(struct kunit *test)
{
	const struct dmf_live_kernel_dump_region structure = {
		.name = "given", .address = dumps->region, .size = sizeof(dumps->region),
	};
	const struct dmf_live_kernel_dump_request request = {
		.structures = &structure, .structure_count = 1,
		.flags = DMF_LIVE_KERNEL_DUMP_EXCLUDE_DMF_DATA,
	};

	KUNIT_ASSERT_EQ(test, region_add("mine", dumps->region, sizeof(dumps->region), 0), 0);
	KUNIT_ASSERT_EQ(test, 0, dmf_live_kernel_dump_live_kernel_memory_dump_create(dumps->dump,
										     &request));
	KUNIT_ASSERT_TRUE(test, dump_read());
	dump_release();
	KUNIT_EXPECT_EQ(test, dump_header()->sections, 2);
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_STRUCTURE, "given"));
	dump_take(test);
	KUNIT_EXPECT_NULL(test, dump_find(DMF_DUMP_STRUCTURE, NULL));
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_REGION, "mine"));
}

static void what_is_no_memory_ends_a_region(struct kunit *test)
{
	void *page = vmalloc(PAGE_SIZE);	/* and nothing behind it */
	const struct dmf_dump_section *section;

	KUNIT_ASSERT_NOT_NULL(test, page);
	memset(page, 0xa5, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, region_add("half", page, 2 * PAGE_SIZE, 0), 0);
	KUNIT_EXPECT_EQ(test, region_add("none", (void *)16, 64, 0), 0);
	KUNIT_EXPECT_EQ(test, region_add("behind", dumps->region, 8, 0), 0);
	dump_take(test);
	vfree(page);

	section = dump_find(DMF_DUMP_REGION, "half");
	KUNIT_ASSERT_NOT_NULL(test, section);
	KUNIT_EXPECT_EQ(test, section->flags, DMF_DUMP_UNREADABLE);
	KUNIT_EXPECT_EQ(test, section->size, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, section->total, 2 * PAGE_SIZE);
	section = dump_find(DMF_DUMP_REGION, "none");
	KUNIT_ASSERT_NOT_NULL(test, section);
	KUNIT_EXPECT_EQ(test, section->flags, DMF_DUMP_UNREADABLE);
	KUNIT_EXPECT_EQ(test, section->size, 0);
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_REGION, "behind"));
}

static void buffer_grows_until_all_fits(struct kunit *test)
{
	void *large = vzalloc(LARGE);

	KUNIT_ASSERT_NOT_NULL(test, large);
	strscpy(large + LARGE - 16, "the end", 16);
	KUNIT_EXPECT_EQ(test, region_add("large", large, LARGE, 0), 0);
	dump_take(test);
	KUNIT_EXPECT_EQ(test, dump_header()->flags, 0);
	KUNIT_EXPECT_TRUE(test, section_has(dump_find(DMF_DUMP_REGION, "large"), "the end"));
	KUNIT_EXPECT_EQ(test, region_remove(large), 0);
	vfree(large);
}

static void what_is_too_large_is_cut_and_says_so(struct kunit *test)
{
	const struct dmf_dump_section *section;
	void *large = vzalloc(LARGE);

	KUNIT_ASSERT_NOT_NULL(test, large);
	dumps->config.size_max = 5 * DMF_DUMP_SIZE_MIN + 3;
	dumps_rebind(test);
	KUNIT_EXPECT_EQ(test, region_add("large", large, LARGE, 0), 0);
	KUNIT_EXPECT_EQ(test, region_add("behind", dumps->region, 8, 0), 0);
	dump_take(test);
	KUNIT_EXPECT_EQ(test, region_remove(large), 0);
	vfree(large);

	KUNIT_EXPECT_EQ(test, dump_header()->flags, DMF_DUMP_INCOMPLETE);
	KUNIT_EXPECT_LE(test, dumps->size, 5 * DMF_DUMP_SIZE_MIN);
	KUNIT_EXPECT_EQ(test, dump_header()->size, dumps->size);
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_END, NULL));
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_MODULE, "dumped"));
	section = dump_find(DMF_DUMP_REGION, "large");
	KUNIT_ASSERT_NOT_NULL(test, section);
	KUNIT_EXPECT_EQ(test, section->flags, DMF_DUMP_CUT);
	KUNIT_EXPECT_EQ(test, section->total, LARGE);
	KUNIT_EXPECT_LT(test, section->size, section->total);
}

/* -- Who gets one -------------------------------------------------------------------------- */

static void second_is_busy_until_the_first_is_gone(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, dump_create(), 0);
	KUNIT_EXPECT_TRUE(test, dmf_device_dump_is_unread(dumps->ddev));
	KUNIT_EXPECT_EQ(test, dump_create(), -EBUSY);
	KUNIT_EXPECT_TRUE(test, dump_read());
	KUNIT_EXPECT_EQ(test, dump_create(), -EBUSY);
	dump_release();
	KUNIT_EXPECT_FALSE(test, dmf_device_dump_is_unread(dumps->ddev));
	KUNIT_EXPECT_EQ(test, dump_create(), 0);
}

static void dump_outlives_the_binding(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, dump_create(), 0);
	dumps_rebind(test);
	KUNIT_EXPECT_EQ(test, dump_create(), -EBUSY);
	KUNIT_EXPECT_TRUE(test, dump_read());
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_MODULE, "dumped"));
	dump_release();
	KUNIT_EXPECT_EQ(test, dump_create(), 0);
}

static void file_is_read_only(struct kunit *test)
{
	struct kernfs_node *file;
	struct device *dev;

	KUNIT_ASSERT_EQ(test, dump_create(), 0);
	dev = dump_device();
	KUNIT_ASSERT_NOT_NULL(test, dev);
	file = kernfs_find_and_get(dev->kobj.sd, "data");
	KUNIT_ASSERT_NOT_NULL(test, file);
	KUNIT_EXPECT_EQ(test, file->mode & 0777, 0400);
	kernfs_put(file);
}

static void absent_feature_does_nothing(struct kunit *test)
{
	dumps->ops.live_kernel_dump = NULL;
	dumps->in_open = true;
	dumps_rebind(test);
	KUNIT_EXPECT_NULL(test, dumps->dump);
	KUNIT_EXPECT_EQ(test, dump_create(), 0);
	KUNIT_EXPECT_NULL(test, dump_device());
	KUNIT_EXPECT_EQ(test, region_add("mine", dumps->region, 8, 0), 0);
	KUNIT_EXPECT_EQ(test, region_remove(dumps->region), 0);
	KUNIT_EXPECT_EQ(test, dmf_live_kernel_dump_create_deferred(NULL, 1, 2, "x"), 0);
	KUNIT_EXPECT_EQ(test, dmf_live_kernel_dump_dmf_data_size_get(NULL), 0);
}

static void bad_regions_are_refused(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, region_add(NULL, dumps->region, 8, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, region_add("none", NULL, 8, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, region_add("none", dumps->region, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, region_add("none", dumps->region, 8, 2), -EINVAL);
	for (i = 0; i < DMF_LIVE_KERNEL_DUMP_REGIONS_MAX; i++)
		KUNIT_ASSERT_EQ(test, region_add("some", (void *)0x1000UL + i, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, region_add("same", (void *)0x1000UL, 1, 0), -EEXIST);
	KUNIT_EXPECT_EQ(test, region_add("more", dumps->region, 1, 0), -ENOSPC);
	KUNIT_EXPECT_EQ(test, region_remove((void *)0x1000UL), 0);
	KUNIT_EXPECT_EQ(test, region_add("more", dumps->region, 1, 0), 0);
}

static int request_with(unsigned int flags, const struct dmf_live_kernel_dump_region *structures,
			unsigned int count)
{
	const struct dmf_live_kernel_dump_request request = {
		.flags = flags, .structures = structures, .structure_count = count,
	};

	return dmf_live_kernel_dump_live_kernel_memory_dump_create(dumps->dump, &request);
}

static void bad_requests_are_refused(struct kunit *test)
{
	const struct dmf_live_kernel_dump_region nameless = { .address = dumps, .size = 1 };

	KUNIT_EXPECT_EQ(test, request_with(2, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, request_with(0, NULL, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, request_with(0, &nameless, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, request_with(0, &nameless, DMF_LIVE_KERNEL_DUMP_REGIONS_MAX + 1),
			-EINVAL);
	KUNIT_EXPECT_FALSE(test, dmf_device_dump_is_unread(dumps->ddev));
}

static void bad_configs_are_refused(struct kunit *test)
{
	struct dmf_live_kernel_dump *dynamic;

	KUNIT_EXPECT_EQ(test, -EINVAL, dmf_live_kernel_dump_create(dumps->ddev, NULL, NULL, NULL,
								   &dynamic));
	dumps_unbind();
	dumps->config.size_max = DMF_DUMP_SIZE_MIN - 1;
	KUNIT_EXPECT_EQ(test, dumps_bind(), -EINVAL);
	dumps->config.size_max = DMF_DUMP_SIZE_MAX + 1;
	KUNIT_EXPECT_EQ(test, dumps_bind(), -EINVAL);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("bad config: size_max="));
}

static int initialize(struct dmf_live_kernel_dump *dump)
{
	const struct dmf_live_kernel_dump_region region = {
		.name = "initial", .address = dumps->region, .size = 8,
	};

	dumps->made++;
	return dumps->result ?: dmf_live_kernel_dump_data_buffer_source_add(dump, &region);
}

static void client_registers_at_the_beginning(struct kunit *test)
{
	dumps->config.initialize = initialize;
	dumps_rebind(test);
	KUNIT_EXPECT_EQ(test, dumps->made, 1);
	dump_take(test);
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_REGION, "initial"));
	dumps_unbind();
	dumps->result = -EPERM;
	KUNIT_EXPECT_EQ(test, dumps_bind(), -EPERM);
}

static void ask_deferred(void *data)
{
	dumps->result = dmf_live_kernel_dump_create_deferred(dumps->dump, 5, 6, "later");
}

static void interrupt_asks_for_one_later(struct kunit *test)
{
	to_dumped(dumps->module)->waits = true;
	dmf_kunit_in_interrupt(ask_deferred, NULL);
	KUNIT_EXPECT_EQ(test, dumps->result, 0);
	KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&dumps->entered, DMF_KUNIT_TIMEOUT));
	dmf_kunit_in_interrupt(ask_deferred, NULL);
	KUNIT_EXPECT_EQ(test, dumps->result, -EBUSY);
	complete_all(&dumps->proceed);
	/* Closing waits for it. */
	dumps_unbind();
	KUNIT_ASSERT_TRUE(test, dump_read());
	KUNIT_EXPECT_EQ(test, dump_header()->code, 5);
	KUNIT_EXPECT_EQ(test, dump_header()->parameter, 6);
	KUNIT_EXPECT_STREQ(test, dump_header()->text, "later");
}

static void deferred_one_that_fails_is_logged(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, dump_create(), 0);
	KUNIT_EXPECT_EQ(test, 0, dmf_live_kernel_dump_create_deferred(dumps->dump, 0x1d, 0, "lost"));
	dumps_unbind();
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("no dump: error=-16 code=0x1d text=\"lost\""));
}

/* -- What goes on meanwhile ------------------------------------------------------------------ */

static int dump_thread(void *data)
{
	dumps->result = dump_create();
	complete(&dumps->done);
	return 0;
}

/* A thread makes a dump and waits in show(). */
static void dump_start(struct kunit *test)
{
	to_dumped(dumps->module)->waits = true;
	dmf_kunit_run(test, dump_thread, NULL);
	KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&dumps->entered, DMF_KUNIT_TIMEOUT));
}

/* It goes on, and has been made. */
static void dump_finish(struct kunit *test)
{
	complete_all(&dumps->proceed);
	KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&dumps->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, dumps->result, 0);
}

static void race_dump_against_dump(struct kunit *test)
{
	dump_start(test);
	KUNIT_EXPECT_EQ(test, dump_create(), -EBUSY);
	dump_finish(test);
}

struct other {
	struct completion begun, done;
};

static int unbind_thread(void *data)
{
	struct other *other = data;

	complete(&other->begun);
	dumps_unbind();
	complete(&other->done);
	return 0;
}

static int destroy_thread(void *data)
{
	struct other *other = data;

	complete(&other->begun);
	dmf_module_destroy(dumps->dynamic);
	complete(&other->done);
	return 0;
}

/* What the thread does ends when the dump has been made, and not before. */
static void race_dump_against(struct kunit *test, int (*thread)(void *data))
{
	struct other *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, other);
	init_completion(&other->begun);
	init_completion(&other->done);
	dump_start(test);
	dmf_kunit_run(test, thread, other);
	wait_for_completion(&other->begun);
	KUNIT_EXPECT_EQ(test, 0, wait_for_completion_timeout(&other->done, HZ / 20));
	dump_finish(test);
	KUNIT_EXPECT_NE(test, 0, wait_for_completion_timeout(&other->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_TRUE(test, dump_read());
}

static void race_dump_against_unbind(struct kunit *test)
{
	struct dmf_live_kernel_dump *dump = dumps->dump;

	race_dump_against(test, unbind_thread);
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_MODULE, "dumped"));
	KUNIT_EXPECT_NOT_NULL(test, dump);
}

static void race_dump_against_dynamic_destroy(struct kunit *test)
{
	const struct dmf_module_attributes attributes = { .instance_name = "brief" };

	KUNIT_ASSERT_EQ(test, 0, __dmf_module_create(dumps->ddev, NULL, &dumped_desc, &dumped_keys,
						     NULL, &attributes, &dumps->dynamic));
	race_dump_against(test, destroy_thread);
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_MODULE, "brief"));
	dump_release();
	dump_take(test);
	KUNIT_EXPECT_NULL(test, dump_find(DMF_DUMP_MODULE, "brief"));
}

/* Makes dumps and looks whether the region was ever seen after its removal. */
static int region_thread(void *data)
{
	const struct dmf_dump_section *region;
	unsigned int i;

	for (i = 0; i < ROUNDS && !dumps->result; i++) {
		dumps->result = dump_create();
		if (dumps->result || !dump_read())
			break;
		region = dump_find(DMF_DUMP_REGION, "fleeting");
		if (region && memchr_inv(region + 1, 0xa5, region->size))
			dumps->torn++;
		dumps->made += !!region;
		dump_release();
	}
	complete(&dumps->done);
	return 0;
}

static void race_dump_against_region_remove(struct kunit *test)
{
	size_t size = 4 * PAGE_SIZE;
	u8 *memory = vmalloc(size);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	dmf_kunit_run(test, region_thread, NULL);
	do {
		memset(memory, 0xa5, size);
		KUNIT_EXPECT_EQ(test, region_add("fleeting", memory, size, 0), 0);
		cond_resched();
		KUNIT_EXPECT_EQ(test, region_remove(memory), 0);
		memset(memory, 0x5a, size);
	} while (!wait_for_completion_timeout(&dumps->done, 1));
	vfree(memory);
	KUNIT_EXPECT_EQ(test, dumps->result, 0);
	KUNIT_EXPECT_EQ(test, dumps->torn, 0);
}

/* The kernel does not say why it has refused a dump: its own memory may have failed. */
static int attempt_dump(struct kunit *test, void *data)
{
	int ret = dump_create();
	unsigned int left = current->fail_nth;

	current->fail_nth = 0;
	dump_release();
	current->fail_nth = left;
	if (dmf_device_dump_is_unread(dumps->ddev))
		dumps->torn++;
	return ret == -EOPNOTSUPP ? -ENOMEM : ret;
}

static void every_allocation_of_a_dump_may_fail(struct kunit *test)
{
	dump_take(test);	/* finds the class */
	dmf_kunit_expect_begin(test, "devcoredump create_link failed");
	dmf_kunit_fail_nth(test, attempt_dump, NULL, 5);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, dumps->torn, 0);
	KUNIT_EXPECT_EQ(test, dump_create(), 0);
}

static int attempt_bind(struct kunit *test, void *data)
{
	int ret = dumps_bind();

	dumps_unbind();
	return ret;
}

static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dumps_unbind();
	dumps->in_open = true;
	dmf_kunit_fail_nth(test, attempt_bind, NULL, 10);
}

/* -- The suite -------------------------------------------------------------------------------- */

static int dumps_init(struct kunit *test)
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

static void dumps_exit(struct kunit *test)
{
	complete_all(&dumps->proceed);
	dump_release();
	dumps_unbind();
	root_device_unregister(dumps->dev);
	kvfree(dumps->data);
	kfree(dumps);
}

static struct kunit_case dumps_cases[] = {
	KUNIT_CASE(header_tells_why_and_of_what),
	KUNIT_CASE(modules_are_in_it_with_config_and_context),
	KUNIT_CASE(children_name_their_parent),
	KUNIT_CASE(regions_are_in_it_until_removed),
	KUNIT_CASE(module_registers_until_it_closes),
	KUNIT_CASE(secrets_are_left_out),
	KUNIT_CASE(structures_are_of_one_dump),
	KUNIT_CASE(what_is_no_memory_ends_a_region),
	KUNIT_CASE(buffer_grows_until_all_fits),
	KUNIT_CASE(what_is_too_large_is_cut_and_says_so),
	KUNIT_CASE(second_is_busy_until_the_first_is_gone),
	KUNIT_CASE(dump_outlives_the_binding),
	KUNIT_CASE(file_is_read_only),
	KUNIT_CASE(absent_feature_does_nothing),
	KUNIT_CASE(bad_regions_are_refused),
	KUNIT_CASE(bad_requests_are_refused),
	KUNIT_CASE(bad_configs_are_refused),
	KUNIT_CASE(client_registers_at_the_beginning),
	KUNIT_CASE(interrupt_asks_for_one_later),
	KUNIT_CASE(deferred_one_that_fails_is_logged),
	KUNIT_CASE(race_dump_against_dump),
	KUNIT_CASE(race_dump_against_unbind),
	KUNIT_CASE(race_dump_against_dynamic_destroy),
	KUNIT_CASE(race_dump_against_region_remove),
	KUNIT_CASE(every_allocation_of_a_dump_may_fail),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite dumps_suite = {
	.name = "dmf_live_kernel_dump",
	.init = dumps_init,
	.exit = dumps_exit,
	.test_cases = dumps_cases,
};

kunit_test_suite(dumps_suite);
