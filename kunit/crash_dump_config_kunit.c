// SPDX-License-Identifier: GPL-2.0-only
/* CrashDump: its Configs, several instances, and what fails. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "../dmf/internal.h"
#include "crash_dump_fixture.h"

static const struct dmf_client_ops empty_client_ops = { };

static void expect_refused(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &crash_client_ops);

	KUNIT_ASSERT_TRUE(test, IS_ERR(ddev));
	KUNIT_EXPECT_EQ(test, PTR_ERR(ddev), -EINVAL);
}

static void bad_configs_are_refused(struct kunit *test)
{
	struct crash_test *t = test->priv;
	const struct dmf_crash_dump_config good = t->config;

#define EXPECT_REFUSED(...)						\
	do {								\
		t->config = good;					\
		__VA_ARGS__;						\
		expect_refused(test);					\
	} while (0)
	EXPECT_REFUSED(t->config.component_name = "");
	EXPECT_REFUSED(t->config.component_name = "two words");
	EXPECT_REFUSED(t->config.component_name = "caf\xc3\xa9");
	EXPECT_REFUSED(t->config.component_name = "a-name-with-32-characters-in-it.");
	EXPECT_REFUSED(t->config.buffer_size = 0);
	EXPECT_REFUSED(t->config.buffer_size = DMF_CRASH_DUMP_BUFFER_SIZE_MAX + 1);
	EXPECT_REFUSED(t->config.buffer_count = 0);
	EXPECT_REFUSED(t->config.buffer_count = UINT_MAX);
	EXPECT_REFUSED(t->config.buffer_count = DMF_CRASH_RING_SIZE_MAX / 48);
	EXPECT_REFUSED(t->config.panic_kib = DMF_CRASH_DUMP_PANIC_KIB_MAX + 1);
	EXPECT_REFUSED(t->config.additional_size = 1);
	EXPECT_REFUSED(t->config.query = crash_query);
	EXPECT_REFUSED(t->config.write = crash_write; t->config.additional_size = 1);
	EXPECT_REFUSED(t->config.query = crash_query; t->config.write = crash_write);
	EXPECT_REFUSED(t->config.query = crash_query; t->config.write = crash_write;
		       t->config.additional_size = DMF_CRASH_DUMP_BUFFER_SIZE_MAX + 1);
#undef EXPECT_REFUSED
}

static void largest_ring(struct kunit *test)
{
	struct crash_test *t = test->priv;

	t->config.component_name = "a-name-with-31-characters-in-it";
	t->config.buffer_count = DMF_CRASH_RING_SIZE_MAX / 48 - 5;
	crash_up(test);
	KUNIT_EXPECT_LE(test, t->crash_dump->ring_size, DMF_CRASH_RING_SIZE_MAX);
	write_records(test, 2);
	crash_read_back(test, PLENTY);
	expect_records(test, 1, 2);
}

static void no_name_is_that_of_the_driver(struct kunit *test)
{
	struct crash_test *t = test->priv;

	t->config.component_name = NULL;
	crash_up(test);
	crash_read_back(test, PLENTY);
	KUNIT_EXPECT_STREQ(test, t->crash_dump->component, t->crash_dump->ring->driver);
	KUNIT_EXPECT_NULL(test, strstr(t->begin, "component= "));
}

static int create_dynamic(struct crash_test *t)
{
	return dmf_crash_dump_create(t->ddev, NULL, &t->config, NULL, &t->crash_dump);
}

/* Blanks separate what is in a line. */
static void names_are_words(struct kunit *test)
{
	struct crash_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &empty_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	KUNIT_ASSERT_EQ(test, device_rename(dmf_device_dev(t->ddev), "a caf\xc3\xa9"), 0);
	KUNIT_ASSERT_EQ(test, create_dynamic(t), 0);
	crash_read_back(test, PLENTY);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->begin, " device=a_caf__ "));
	dmf_crash_dump_destroy(t->crash_dump);
}

static void two_components_have_two_rings(struct kunit *test)
{
	struct crash_test *t = test->priv;

	t->second = true;
	crash_up(test);
	write_records(test, 2);
	KUNIT_EXPECT_NE(test, t->crash_dump->ring->key, t->other->ring->key);
	KUNIT_EXPECT_EQ(test, t->other->ring->last, 0);
	crash_read_back(test, PLENTY);
	expect_records(test, 1, 2);
	t->crash_dump = t->other;
	crash_read_back(test, PLENTY);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->begin, " component=valve "));
	KUNIT_EXPECT_EQ(test, t->records, 0);
}

static void two_devices_may_have_the_same_component(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	struct dmf_crash_dump *first = t->crash_dump;

	crash_up(test);
	KUNIT_EXPECT_NE(test, first->place, t->crash_dump->place);
	write_records(test, 1);
	KUNIT_EXPECT_EQ(test, first->ring->last, 0);
}

static void same_component_twice_is_refused(struct kunit *test)
{
	struct crash_test *t = test->priv;
	struct dmf_device *ddev;

	t->second = true;
	t->second_config.component_name = t->config.component_name;
	ddev = dmf_kunit_probe(test, &crash_client_ops);
	KUNIT_ASSERT_TRUE(test, IS_ERR(ddev));
	KUNIT_EXPECT_EQ(test, PTR_ERR(ddev), -EEXIST);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("fault=component_exists component=pump"));
	/* Nothing is left of it. */
	t->second = false;
	crash_up(test);
}

static void full_table_is_refused(struct kunit *test)
{
	DECLARE_BITMAP(taken, DMF_CRASH_RINGS_MAX) = { };
	struct dmf_crash_rings_entry *entry = dmf_crash_rings.rings;
	struct dmf_device *ddev;
	unsigned int i;

	for (i = 0; i < DMF_CRASH_RINGS_MAX; i++) {
		if (entry[i].size)
			continue;
		__set_bit(i, taken);
		entry[i].size = 1;
	}
	ddev = dmf_kunit_probe(test, &crash_client_ops);
	KUNIT_EXPECT_PTR_EQ(test, ddev, ERR_PTR(-ENOSPC));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("fault=too_many_rings component=pump"));
	for_each_set_bit(i, taken, DMF_CRASH_RINGS_MAX)
		entry[i].size = 0;
	if (IS_ERR(ddev))
		crash_up(test);
}

/* Microsoft's one has a global pointer, which a dynamic instance found NULL. */
static void dynamic_instance(struct kunit *test)
{
	struct crash_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &empty_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	KUNIT_ASSERT_EQ(test, create_dynamic(t), 0);
	write_records(test, 3);
	crash_read_back(test, PLENTY);
	expect_records(test, 1, 3);
	dmf_crash_dump_destroy(t->crash_dump);
	KUNIT_ASSERT_EQ(test, create_dynamic(t), 0);
	KUNIT_EXPECT_EQ(test, t->crash_dump->ring->last, 0);
	dmf_crash_dump_destroy(t->crash_dump);
}

static void expect_shown(struct kunit *test, const char *figures)
{
	struct crash_test *t = test->priv;
	char text[160] = "";
	struct seq_file seq = { .buf = text, .size = sizeof(text) };
	struct dmf_module *module = &t->crash_dump->module;

	module->desc->ops->show(module, &seq);
	KUNIT_EXPECT_STREQ(test, text, figures);
}

static void figures_are_shown(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	struct dmf_module *module = &t->crash_dump->module;

	write_records(test, 2);
	__dmf_crash_dump_slot(t->crash_dump, 3)->number = COUNT + 3;
	write_next(t, SIZE);
	expect_shown(test, "component=pump written=3 dropped=1 room=8 size=20 panic=4096");
	dmf_gate_close(&module->gate);
	expect_shown(test, "component=pump written=0 dropped=0 room=8 size=20 panic=4096");
	dmf_gate_reopen(&module->gate);
}

static void closed_module_takes_nothing(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	struct dmf_module *module = &t->crash_dump->module;

	dmf_gate_close(&module->gate);
	KUNIT_EXPECT_EQ(test, write_next(t, SIZE), -ENODEV);
	dmf_gate_reopen(&module->gate);
	KUNIT_EXPECT_EQ(test, write_next(t, SIZE), 0);
}

static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	unsigned int i;

	/* A structure, its Config, the copy and four entries of the undo list. */
	dmf_kunit_fail_probe(test, &crash_client_ops, 7);
	for (i = 0; i < dmf_crash_rings.count; i++)
		KUNIT_EXPECT_EQ(test, dmf_crash_rings.rings[i].size, 0);
}

static struct kunit_case crash_dump_config_cases[] = {
	KUNIT_CASE(bad_configs_are_refused),
	KUNIT_CASE(largest_ring),
	KUNIT_CASE(no_name_is_that_of_the_driver),
	KUNIT_CASE(names_are_words),
	KUNIT_CASE(two_components_have_two_rings),
	KUNIT_CASE(two_devices_may_have_the_same_component),
	KUNIT_CASE(same_component_twice_is_refused),
	KUNIT_CASE(full_table_is_refused),
	KUNIT_CASE(dynamic_instance),
	KUNIT_CASE(figures_are_shown),
	KUNIT_CASE(closed_module_takes_nothing),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite crash_dump_config_suite = {
	.name = "dmf_crash_dump_config",
	.init = crash_test_init,
	.test_cases = crash_dump_config_cases,
};

kunit_test_suite(crash_dump_config_suite);
