// SPDX-License-Identifier: GPL-2.0-only
/* Suite of LiveKernelDump: what goes on while a dump is made. */
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "live_kernel_dump_fixture.h"

#define ROUNDS		20

static int dump_thread(void *data)
{
	dumps->result = dump_create();
	complete(&dumps->done);
	return 0;
}

/* A thread makes a dump and waits in show() of a Module. */
static void dump_start(struct kunit *test, struct dmf_module *module)
{
	to_dumped(module)->waits = true;
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
	dump_start(test, dumps->module);
	KUNIT_EXPECT_EQ(test, dump_create(), -EBUSY);
	dump_finish(test);
}

struct other {
	struct completion begun, done;
	int result;
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

static int come_and_go_thread(void *data)
{
	struct other *other = data;

	complete(&other->begun);
	other->result = __dmf_module_create(dumps->ddev, NULL, &dumped_desc, &dumped_keys, NULL,
					    NULL, &dumps->dynamic);
	dmf_module_destroy(dumps->dynamic);
	complete(&other->done);
	return 0;
}

static struct other *other_start(struct kunit *test, int (*thread)(void *data))
{
	struct other *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, other);
	init_completion(&other->begun);
	init_completion(&other->done);
	dmf_kunit_run(test, thread, other);
	wait_for_completion(&other->begun);
	return other;
}

/* What the thread does ends when show() of a Module has returned, and not before. */
static void race_dump_against(struct kunit *test, int (*thread)(void *data),
			      struct dmf_module *module)
{
	struct other *other;

	dump_start(test, module);
	other = other_start(test, thread);
	KUNIT_EXPECT_EQ(test, 0, wait_for_completion_timeout(&other->done, HZ / 20));
	dump_finish(test);
	KUNIT_EXPECT_NE(test, 0, wait_for_completion_timeout(&other->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_TRUE(test, dump_read());
}

static void race_dump_against_unbind(struct kunit *test)
{
	race_dump_against(test, unbind_thread, dumps->module);
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_MODULE, "dumped"));
}

static void race_dump_against_dynamic_destroy(struct kunit *test)
{
	const struct dmf_module_attributes attributes = { .instance_name = "brief" };

	KUNIT_ASSERT_EQ(test, 0, __dmf_module_create(dumps->ddev, NULL, &dumped_desc, &dumped_keys,
						     NULL, &attributes, &dumps->dynamic));
	race_dump_against(test, destroy_thread, dumps->dynamic);
	KUNIT_EXPECT_NOT_NULL(test, dump_find(DMF_DUMP_MODULE, "brief"));
	dump_release();
	dump_take(test);
	KUNIT_EXPECT_NULL(test, dump_find(DMF_DUMP_MODULE, "brief"));
}

static void dump_that_waits_holds_up_no_dynamic_module(struct kunit *test)
{
	struct other *other;

	dump_start(test, dumps->module);
	other = other_start(test, come_and_go_thread);
	KUNIT_EXPECT_NE(test, 0, wait_for_completion_timeout(&other->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_FALSE(test, completion_done(&dumps->done));
	dump_finish(test);
	KUNIT_EXPECT_EQ(test, other->result, 0);
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

static struct kunit_case dumps_race_cases[] = {
	KUNIT_CASE(race_dump_against_dump),
	KUNIT_CASE(race_dump_against_unbind),
	KUNIT_CASE(race_dump_against_dynamic_destroy),
	KUNIT_CASE(dump_that_waits_holds_up_no_dynamic_module),
	KUNIT_CASE(race_dump_against_region_remove),
	{ }
};

static struct kunit_suite dumps_race_suite = {
	.name = "dmf_live_kernel_dump_race",
	.init = dumps_init,
	.exit = dumps_exit,
	.test_cases = dumps_race_cases,
};

kunit_test_suite(dumps_race_suite);
