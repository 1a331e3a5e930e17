// SPDX-License-Identifier: GPL-2.0-only
/* Suite of LiveKernelDump: what is in a dump, and who may have one. */
#include <linux/crc32.h>
#include <linux/kernfs.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include <linux/dmf/recorder.h>

#include "live_kernel_dump_fixture.h"

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
	/* There is nothing to say of these. */
	KUNIT_EXPECT_NULL(test, dump_find(DMF_DUMP_TEXT, "interfaces"));
	KUNIT_EXPECT_NULL(test, dump_find(DMF_DUMP_TEXT, "branchtrack"));
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

static void recorders_are_in_it(struct kunit *test)
{
	dmf_record(dumps->module, "said %d times", 42);
	dump_take(test);
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_TEXT, "recorder"));
	KUNIT_EXPECT_NOT_NULL(test, bytes_find(dumps->data, dumps->size, "said 42 times"));
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

static void secret_modules_have_secret_regions_and_children(struct kunit *test)
{
	const struct dumped_config keys = { .mark = SECRET };
	const struct dmf_dump_section *region;
	struct dmf_module *child;

	dumps->in_open = true;
	dumps_rebind(test);
	KUNIT_ASSERT_EQ(test, 0, __dmf_module_create(dumps->ddev, dumps->secretive, &dumped_desc,
						     &dumped_keys, &keys, NULL, &child));
	dump_take(test);
	dmf_module_destroy(child);
	region = dump_find(DMF_DUMP_REGION, "opened");
	KUNIT_ASSERT_NOT_NULL(test, region);
	KUNIT_EXPECT_EQ(test, region->parent, dumps->module->number);
	KUNIT_EXPECT_TRUE(test, section_has(region, MARK));
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

/* What was printed behind the zero is not taken for a part of the next section. */
static void text_that_is_cut_at_a_zero_leaves_nothing(struct kunit *test)
{
	const struct dmf_dump_section *section;
	size_t offset = sizeof(struct dmf_dump_header);
	unsigned int count;

	dumps->config.size_max = 4 * DMF_DUMP_SIZE_MIN;
	dumps_rebind(test);
	to_dumped(dumps->module)->says_zero = true;
	dump_take(test);
	KUNIT_EXPECT_EQ(test, dump_header()->flags, DMF_DUMP_INCOMPLETE);
	for (count = dump_header()->sections; count; count--) {
		section = (const void *)dumps->data + offset;
		KUNIT_ASSERT_LE(test, offset + sizeof(*section), dumps->size);
		KUNIT_EXPECT_LE(test, section->flags,
				DMF_DUMP_SECRET | DMF_DUMP_CUT | DMF_DUMP_UNREADABLE);
		KUNIT_EXPECT_TRUE(test, section->type == DMF_DUMP_MODULE || !section->id);
		offset += sizeof(*section) + ALIGN(section->size, 8);
	}
	KUNIT_EXPECT_EQ(test, offset, dumps->size);
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

static void file_is_for_root_only(struct kunit *test)
{
	struct kernfs_node *file;
	struct device *dev;

	KUNIT_ASSERT_EQ(test, dump_create(), 0);
	dev = dump_device();
	KUNIT_ASSERT_NOT_NULL(test, dev);
	file = kernfs_find_and_get(dev->kobj.sd, "data");
	KUNIT_ASSERT_NOT_NULL(test, file);
	KUNIT_EXPECT_EQ(test, file->mode & 0777, 0600);
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
	KUNIT_EXPECT_EQ(test, dmf_live_kernel_dump_create_deferred(dumps->dump, 29, 0, "lost"), 0);
	dumps_unbind();
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("no dump: error=-16 code=0x1d text=\"lost\""));
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

static int one_module_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return __dmf_module_add(init, &dumped_desc, &dumped_keys, NULL, NULL, &dumps->module);
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
	dumps->ops.modules_add = one_module_add;
	dumps->in_open = true;
	dmf_kunit_fail_nth(test, attempt_bind, NULL, 10);
}

static struct kunit_case dumps_cases[] = {
	KUNIT_CASE(header_tells_why_and_of_what),
	KUNIT_CASE(modules_are_in_it_with_config_and_context),
	KUNIT_CASE(children_name_their_parent),
	KUNIT_CASE(recorders_are_in_it),
	KUNIT_CASE(regions_are_in_it_until_removed),
	KUNIT_CASE(module_registers_until_it_closes),
	KUNIT_CASE(secrets_are_left_out),
	KUNIT_CASE(secret_modules_have_secret_regions_and_children),
	KUNIT_CASE(structures_are_of_one_dump),
	KUNIT_CASE(what_is_no_memory_ends_a_region),
	KUNIT_CASE(buffer_grows_until_all_fits),
	KUNIT_CASE(what_is_too_large_is_cut_and_says_so),
	KUNIT_CASE(text_that_is_cut_at_a_zero_leaves_nothing),
	KUNIT_CASE(second_is_busy_until_the_first_is_gone),
	KUNIT_CASE(dump_outlives_the_binding),
	KUNIT_CASE(file_is_for_root_only),
	KUNIT_CASE(absent_feature_does_nothing),
	KUNIT_CASE(bad_regions_are_refused),
	KUNIT_CASE(bad_requests_are_refused),
	KUNIT_CASE(bad_configs_are_refused),
	KUNIT_CASE(client_registers_at_the_beginning),
	KUNIT_CASE(interrupt_asks_for_one_later),
	KUNIT_CASE(deferred_one_that_fails_is_logged),
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
