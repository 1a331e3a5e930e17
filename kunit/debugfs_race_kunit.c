// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the live view in debugfs: what is shown stays while it is read, and who reads
 * holds up nobody who does not destroy it.
 */
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/workqueue.h>

#include "debugfs_fixture.h"

/* A thread that reads a file of the device until the test ends, or once. */
struct reading {
	struct live *live;
	const char *name;
	bool once;
	struct mm_struct *mm;
	ssize_t result;			/* of the last time */
	unsigned int reads;		/* how often there was something to read */
	bool stop;
	struct completion done;
	struct delayed_work let_go;
};

/* -- Races ----------------------------------------------------------------------------- */

static int read_again_and_again(void *data)
{
	struct reading *reading = data;
	struct file *file;

	kthread_use_mm(reading->mm);
	do {
		file = live_open(reading->live, reading->name);
		if (IS_ERR(file)) {
			reading->result = PTR_ERR(file);
		} else {
			reading->result = live_file_read(file, NULL);
			filp_close(file, NULL);
			reading->reads++;
		}
	} while (!reading->once && !READ_ONCE(reading->stop));
	kthread_unuse_mm(reading->mm);
	complete(&reading->done);
	return dmf_kunit_await_stop();
}

static void live_go_on(struct work_struct *work)
{
	complete(&container_of(work, struct reading, let_go.work)->live->go_on);
}

static struct reading *reading_start(struct kunit *test, const char *name, bool once)
{
	struct reading *reading = kunit_kzalloc(test, sizeof(*reading), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, reading);
	reading->live = test->priv;
	reading->name = name;
	reading->once = once;
	init_completion(&reading->done);
	INIT_DELAYED_WORK(&reading->let_go, live_go_on);
	/* The test has it as long as the thread runs. */
	reading->mm = current->mm;
	dmf_kunit_run(test, read_again_and_again, reading);
	return reading;
}

static void reading_stop(struct kunit *test, struct reading *reading)
{
	WRITE_ONCE(reading->stop, true);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&reading->done, DMF_KUNIT_TIMEOUT));
}

/* A reader is within show() of a Module. */
static struct reading *reading_hold(struct kunit *test, const char *name,
				    struct dmf_module *module)
{
	struct live *live = test->priv;
	struct reading *reading;

	live->hold_show = module;
	reading = reading_start(test, name, true);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&live->inside, DMF_KUNIT_TIMEOUT));
	return reading;
}

/* And goes on when the test has been waiting for a while. */
static struct reading *reading_hold_a_while(struct kunit *test, const char *name,
					    struct dmf_module *module)
{
	struct reading *reading = reading_hold(test, name, module);

	schedule_delayed_work(&reading->let_go, HZ / 20);
	return reading;
}

static void expect_read(struct kunit *test, struct reading *reading)
{
	struct live *live = test->priv;

	flush_delayed_work(&reading->let_go);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&reading->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_GT(test, reading->result, 0);
	KUNIT_EXPECT_TRUE(test, live->shown);
	KUNIT_EXPECT_FALSE(test, live->destroyed_while_shown);
}

static void race_read_against_unbind(struct kunit *test)
{
	struct live *live = live_probe(test);
	const char *name = live_module_file(test, live->parent, "live");
	struct mm_struct *mm = dmf_kunit_use_memory(test);
	struct reading *reading = reading_hold_a_while(test, name, live->parent);

	dmf_kunit_remove(test, live->ddev);
	KUNIT_EXPECT_TRUE(test, live->shown);
	KUNIT_EXPECT_EQ(test, live->destroyed, 2);
	expect_read(test, reading);
	dmf_kunit_unuse_memory(mm);
}

static void race_read_of_the_tree_against_unbind(struct kunit *test)
{
	struct live *live = live_probe(test);
	struct mm_struct *mm = dmf_kunit_use_memory(test);
	struct reading *reading = reading_hold_a_while(test, "tree", live->parent);

	dmf_kunit_remove(test, live->ddev);
	KUNIT_EXPECT_TRUE(test, live->shown);
	expect_read(test, reading);
	dmf_kunit_unuse_memory(mm);
}

static void race_read_against_dynamic_destroy(struct kunit *test)
{
	struct live *live = live_probe(test);
	struct mm_struct *mm = dmf_kunit_use_memory(test);
	struct reading *reading;

	KUNIT_EXPECT_EQ(test, 0, live_create(live, NULL, &live->dynamic));
	reading = reading_hold_a_while(test, live_module_file(test, live->dynamic, "dynamic"),
				       live->dynamic);
	dmf_module_destroy(live->dynamic);
	KUNIT_EXPECT_TRUE(test, live->shown);
	KUNIT_EXPECT_EQ(test, live->destroyed, 2);
	expect_read(test, reading);
	dmf_kunit_unuse_memory(mm);
}

/* Of the device, and of a Module. */
static void race_read_of_the_tree_against_dynamic_destroy(struct kunit *test)
{
	struct live *live = live_probe(test);
	struct mm_struct *mm = dmf_kunit_use_memory(test);
	struct reading *reading;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, 0, live_create(live, i ? live->parent : NULL,
						     &live->dynamic));
		live->shown = false;
		reading = reading_hold_a_while(test, "tree", live->dynamic);
		dmf_module_destroy(live->dynamic);
		KUNIT_EXPECT_TRUE(test, live->shown);
		expect_read(test, reading);
	}
	dmf_kunit_unuse_memory(mm);
}

static ssize_t read_now(const struct live *live, const char *name)
{
	struct file *file = live_open(live, name);
	ssize_t length;

	if (IS_ERR(file))
		return PTR_ERR(file);
	length = live_file_read(file, NULL);
	filp_close(file, NULL);
	return length;
}

/* Other Modules are read, created and destroyed. */
static void show_that_waits_holds_up_nobody_else(struct kunit *test)
{
	struct live *live = live_probe(test);
	const char *child = live_module_file(test, live->child, "a child");
	const char *parent = live_module_file(test, live->parent, "live");
	struct mm_struct *mm = dmf_kunit_use_memory(test);
	struct reading *reading;
	unsigned int i, j;

	for (i = 0; i < 2; i++) {
		live->shown = false;
		reading = reading_hold(test, i ? "tree" : parent, live->parent);
		KUNIT_EXPECT_GT(test, read_now(live, child), 0);
		KUNIT_EXPECT_GT(test, read_now(live, "files"), -1);
		for (j = 0; j < 2; j++) {
			KUNIT_ASSERT_EQ(test, 0, live_create(live, j ? live->parent : NULL,
							     &live->dynamic));
			dmf_module_destroy(live->dynamic);
		}
		KUNIT_EXPECT_FALSE(test, live->shown);
		complete(&live->go_on);
		KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&reading->done,
								    DMF_KUNIT_TIMEOUT));
		KUNIT_EXPECT_GT(test, reading->result, 0);
	}
	dmf_kunit_unuse_memory(mm);
}

static void race_reads_against_creations(struct kunit *test)
{
	struct live *live = live_probe(test);
	struct mm_struct *mm = dmf_kunit_use_memory(test);
	struct reading *reading = reading_start(test, "tree", false);
	struct reading *other;
	unsigned int i;

	/* The number that the Module in the middle gets. */
	other = reading_start(test, "modules/43-dynamic/state", false);
	for (i = 0; i < 40; i++) {
		if (live_create(live, i % 2 ? live->parent : NULL, &live->dynamic))
			break;
		if (live->dynamic->number == 43)
			KUNIT_EXPECT_TRUE(test, dmf_kunit_until(READ_ONCE(other->reads)));
		dmf_module_destroy(live->dynamic);
	}
	KUNIT_EXPECT_EQ(test, i, 40);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(READ_ONCE(reading->reads)));
	dmf_kunit_remove(test, live->ddev);
	reading_stop(test, reading);
	reading_stop(test, other);
	dmf_kunit_unuse_memory(mm);
}

static void race_dynamic_destroy_against_unbind(struct kunit *test)
{
	struct live *live = live_probe(test);
	unsigned int i;

	/* The folder goes with the device's, and is not touched when the Module goes. */
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, 0, live_create(live, i % 2 ? live->parent : NULL, NULL));
	dmf_kunit_remove(test, live->ddev);
	KUNIT_EXPECT_EQ(test, live->destroyed, 22);
}

static struct kunit_case live_race_cases[] = {
	KUNIT_CASE(race_read_against_unbind),
	KUNIT_CASE(race_read_of_the_tree_against_unbind),
	KUNIT_CASE(race_read_against_dynamic_destroy),
	KUNIT_CASE(race_read_of_the_tree_against_dynamic_destroy),
	KUNIT_CASE(show_that_waits_holds_up_nobody_else),
	KUNIT_CASE(race_reads_against_creations),
	KUNIT_CASE(race_dynamic_destroy_against_unbind),
	{ }
};

static struct kunit_suite live_race_suite = {
	.name = "dmf_debugfs_race",
	.suite_init = live_suite_init,
	.suite_exit = live_suite_exit,
	.init = live_init,
	.test_cases = live_race_cases,
};

kunit_test_suite(live_race_suite);
