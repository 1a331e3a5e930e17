// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of readers: what the core keeps with each open file for streams whose files
 * are independent of each other. What consumers see is in the suites of
 * NotifyUserWithRequestMultiple.
 */
#include <linux/dmf/module.h>
#include <linux/uio.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define SOURCES		3
#define LOG_MAX		64

/* A Module with a stream that has readers, but for the middle one. */
struct source {
	struct dmf_module module;
	u64 value;
	bool full;			/* @value is there, for whoever asks */
};

struct reader {
	u64 content[3];
};

struct readers {
	struct source *sources[SOURCES];
	bool fail_creation;		/* of the first, after it has added its stream */
	int add_results[SOURCES];
	unsigned int not_zero;		/* readers that were not zeroed */
	unsigned int strangers;		/* calls with another file's reader */
	char log[LOG_MAX];		/* "+0", "-0": the first was told; "c", "d": the Client */
};

static void readers_log(struct readers *readers, const char *what, int index)
{
	size_t length = strlen(readers->log);

	snprintf(readers->log + length, LOG_MAX - length, what, index);
}

/* The name is the number. */
static int source_index(struct dmf_module *module)
{
	return dmf_module_name(module)[0] - '0';
}

static int source_reader_add(struct dmf_module *module, struct dmf_file *file, void *memory)
{
	struct readers *readers = dmf_kunit_priv(dmf_parent_device_get(module));
	int index = source_index(module);
	struct reader *reader = memory;

	readers_log(readers, "+%d", index);
	readers->not_zero += !!memchr_inv(reader, 0, sizeof(*reader));
	readers->strangers += reader != dmf_module_reader(module, file);
	memset(reader, index + 1, sizeof(*reader));
	return readers->add_results[index];
}

static void source_reader_remove(struct dmf_module *module, struct dmf_file *file, void *memory)
{
	struct readers *readers = dmf_kunit_priv(dmf_parent_device_get(module));
	int index = source_index(module);

	readers_log(readers, "-%d", index);
	readers->strangers += memory != dmf_module_reader(module, file);
	readers->strangers += !!memchr_inv(memory, index + 1, sizeof(struct reader));
}

static int source_pop(struct dmf_module *module, struct dmf_file *file,
		      struct dmf_stream_run *runs, unsigned int max, size_t room)
{
	struct source *source = container_of(module, struct source, module);

	if (!source->full)
		return 0;
	source->full = false;
	runs->data = &source->value;
	runs->size = sizeof(source->value);
	runs->count = 1;
	return 1;
}

static void source_done(struct dmf_module *module, struct dmf_file *file,
			const struct dmf_stream_run *runs, unsigned int count)
{
}

static void source_push_back(struct dmf_module *module, struct dmf_file *file,
			     const struct dmf_stream_run *runs, unsigned int count)
{
	container_of(module, struct source, module)->full = true;
}

static bool source_is_empty(struct dmf_module *module, struct dmf_file *file)
{
	return !container_of(module, struct source, module)->full;
}

static const struct dmf_stream_ops source_stream_ops = {
	.pop		= source_pop,
	.done		= source_done,
	.push_back	= source_push_back,
	.is_empty	= source_is_empty,
};

static const struct dmf_stream_ops source_reader_ops = {
	.pop		= source_pop,
	.done		= source_done,
	.push_back	= source_push_back,
	.is_empty	= source_is_empty,
	.reader_size	= sizeof(struct reader),
	.reader_add	= source_reader_add,
	.reader_remove	= source_reader_remove,
};

static int source_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct readers *readers = dmf_kunit_priv(dmf_parent_device_get(module));
	int index = source_index(module);
	int ret;

	ret = dmf_module_add_stream(init, index == 1 ? &source_stream_ops : &source_reader_ops);
	if (!ret && !index && readers->fail_creation)
		ret = -EIO;
	return ret;
}

static const struct dmf_module_ops source_ops = {
	.child_modules_add = source_child_modules_add,
};

static const struct dmf_module_desc source_desc = {
	.name = "source",
	.size = sizeof(struct source),
	.open_option = DMF_OPEN_CREATE,
	.ops = &source_ops,
};

static struct dmf_module_keys source_keys;

static int readers_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct readers *readers = dmf_kunit_priv(ddev);
	char name[] = "0";
	int i, ret;

	for (i = 0; i < SOURCES; i++) {
		const struct dmf_module_attributes attributes = { .instance_name = name };

		name[0] = '0' + i;
		ret = __dmf_module_add(init, &source_desc, &source_keys, NULL, &attributes,
				       (struct dmf_module **)&readers->sources[i]);
		/* A Client that can do without the first one. */
		if (ret && i)
			return ret;
	}
	return 0;
}

static bool readers_file_create(struct dmf_device *ddev, struct dmf_file *file, int *status)
{
	readers_log(dmf_kunit_priv(ddev), "c", 0);
	return true;
}

static bool readers_file_cleanup(struct dmf_device *ddev, struct dmf_file *file)
{
	readers_log(dmf_kunit_priv(ddev), "d", 0);
	return true;
}

static const struct dmf_client_ops readers_ops = {
	.modules_add	= readers_modules_add,
	.file_create	= readers_file_create,
	.file_cleanup	= readers_file_cleanup,
};

/* Without a stream, and without a node. */
static const struct dmf_client_ops bare_ops = { };

static struct dmf_device *readers_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &readers_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

static struct dmf_file *readers_open(struct kunit *test, struct dmf_device *ddev)
{
	struct dmf_file *file = dmf_file_open(ddev, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	return file;
}

static void modules_are_told_between_the_clients_callbacks(struct kunit *test)
{
	struct readers *readers = test->priv;
	struct dmf_file *file = readers_open(test, readers_probe(test));

	KUNIT_EXPECT_STREQ(test, readers->log, "c+0+2");
	dmf_file_release(file);
	KUNIT_EXPECT_STREQ(test, readers->log, "c+0+2-2-0d");
}

static void unbind_tells_of_files_that_are_still_open(struct kunit *test)
{
	struct readers *readers = test->priv;
	struct dmf_device *ddev = readers_probe(test);
	struct dmf_file *file = readers_open(test, ddev);

	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_STREQ(test, readers->log, "c+0+2-2-0d");
	dmf_file_release(file);
	KUNIT_EXPECT_STREQ(test, readers->log, "c+0+2-2-0d");
}

static void each_file_has_memory_of_its_own(struct kunit *test)
{
	struct readers *readers = test->priv;
	struct dmf_device *ddev = readers_probe(test);
	struct dmf_file *first = readers_open(test, ddev), *second = readers_open(test, ddev);
	struct dmf_module *module = &readers->sources[0]->module;

	KUNIT_EXPECT_PTR_NE(test, dmf_module_reader(module, first),
			    dmf_module_reader(module, second));
	KUNIT_EXPECT_PTR_NE(test, dmf_module_reader(module, first),
			    dmf_module_reader(&readers->sources[2]->module, first));
	dmf_file_release(first);
	dmf_file_release(second);
	KUNIT_EXPECT_EQ(test, readers->not_zero, 0);
	KUNIT_EXPECT_EQ(test, readers->strangers, 0);
}

static void strange_files_and_streams_have_no_reader(struct kunit *test)
{
	struct readers *readers = test->priv;
	struct dmf_device *ddev = readers_probe(test);
	struct dmf_module *shared = &readers->sources[1]->module;
	struct dmf_module *module = &readers->sources[0]->module;
	struct dmf_file *file = readers_open(test, ddev);
	struct dmf_device *other = dmf_kunit_probe(test, &bare_ops);
	struct dmf_file *strange;

	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	strange = readers_open(test, other);
	KUNIT_EXPECT_NULL(test, dmf_module_reader(module, strange));
	KUNIT_EXPECT_NULL(test, dmf_module_reader(shared, file));
	dmf_file_release(file);
	dmf_file_release(strange);
}

static void open_fails_if_a_module_cannot_have_the_file(struct kunit *test)
{
	struct readers *readers = test->priv;
	struct dmf_device *ddev = readers_probe(test);

	readers->add_results[2] = -EMFILE;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_file_open(ddev, NULL)), -EMFILE);
	KUNIT_EXPECT_STREQ(test, readers->log, "c+0+2-0d");
	/* Nobody wakes what is gone. */
	dmf_module_wake_stream(&readers->sources[0]->module);
	dmf_module_wake_stream(&readers->sources[2]->module);
}

/* What a stream's number was is not another's. */
static void module_that_was_not_created_leaves_a_gap(struct kunit *test)
{
	struct readers *readers = test->priv;
	struct dmf_device *ddev;
	struct dmf_file *file;

	readers->fail_creation = true;
	ddev = readers_probe(test);
	KUNIT_EXPECT_NULL(test, readers->sources[0]);
	file = readers_open(test, ddev);
	KUNIT_EXPECT_NOT_NULL(test, dmf_module_reader(&readers->sources[2]->module, file));
	dmf_file_release(file);
	KUNIT_EXPECT_STREQ(test, readers->log, "c+2-2d");
}

static void module_need_not_be_open(struct kunit *test)
{
	struct readers *readers = test->priv;
	struct dmf_device *ddev = readers_probe(test);

	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	dmf_file_release(readers_open(test, ddev));
	KUNIT_EXPECT_STREQ(test, readers->log, "c+0+2-2-0d");
	KUNIT_EXPECT_EQ(test, dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
}

/* What a file finds says nothing of what is there for another. */
static void only_of_a_shared_stream_it_is_remembered_that_it_is_empty(struct kunit *test)
{
	struct readers *readers = test->priv;
	struct dmf_file *file = readers_open(test, readers_probe(test));
	struct dmf_stream *stream = readers->sources[0]->module.stream;
	struct dmf_stream *shared = readers->sources[1]->module.stream;

	KUNIT_EXPECT_FALSE(test, dmf_stream_readable(stream, file));
	KUNIT_EXPECT_FALSE(test, dmf_stream_is_quiet(stream));
	KUNIT_EXPECT_FALSE(test, dmf_stream_readable(shared, file));
	KUNIT_EXPECT_TRUE(test, dmf_stream_is_quiet(shared));
	dmf_file_release(file);
}

struct waiter {
	wait_queue_entry_t entry;
	unsigned int wakes;
};

static int waiter_wake(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	container_of(entry, struct waiter, entry)->wakes++;
	return 0;
}

static void waiter_add(struct waiter *waiter, wait_queue_head_t *head)
{
	waiter->wakes = 0;
	init_waitqueue_func_entry(&waiter->entry, waiter_wake);
	add_wait_queue(head, &waiter->entry);
}

/* Others who wait by the same file have found nothing while the record was under way. */
static void record_that_goes_back_wakes_who_waits_by_the_file(struct kunit *test)
{
	struct readers *readers = test->priv;
	struct dmf_file *file = readers_open(test, readers_probe(test));
	struct waiter blocked, poller;
	unsigned int count = 1;
	wait_queue_head_t *head;
	struct mm_struct *mm;
	struct iov_iter to;

	readers->sources[0]->full = true;
	head = &file->readers[readers->sources[0]->module.stream->number]->blocked;
	waiter_add(&blocked, head);
	waiter_add(&poller, &file->pollers->wait);
	mm = dmf_kunit_use_memory(test);
	iov_iter_ubuf(&to, READ, NULL, sizeof(u64));
	KUNIT_EXPECT_EQ(test, dmf_stream_pull(file, &to, &count, true, 0), -EFAULT);
	dmf_kunit_unuse_memory(mm);
	KUNIT_EXPECT_TRUE(test, readers->sources[0]->full);
	/* When it goes back, and when the caller goes without it. */
	KUNIT_EXPECT_EQ(test, blocked.wakes, 2);
	KUNIT_EXPECT_EQ(test, poller.wakes, 1);
	remove_wait_queue(&file->pollers->wait, &poller.entry);
	remove_wait_queue(head, &blocked.entry);
	dmf_file_release(file);
}

static int readers_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct readers), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static struct kunit_case reader_cases[] = {
	KUNIT_CASE(modules_are_told_between_the_clients_callbacks),
	KUNIT_CASE(unbind_tells_of_files_that_are_still_open),
	KUNIT_CASE(each_file_has_memory_of_its_own),
	KUNIT_CASE(strange_files_and_streams_have_no_reader),
	KUNIT_CASE(open_fails_if_a_module_cannot_have_the_file),
	KUNIT_CASE(module_that_was_not_created_leaves_a_gap),
	KUNIT_CASE(module_need_not_be_open),
	KUNIT_CASE(only_of_a_shared_stream_it_is_remembered_that_it_is_empty),
	KUNIT_CASE(record_that_goes_back_wakes_who_waits_by_the_file),
	{ }
};

static struct kunit_suite reader_suite = {
	.name = "dmf_reader",
	.init = readers_init,
	.test_cases = reader_cases,
};

kunit_test_suite(reader_suite);
