// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of streams: names, selecting, pollers, power. Pulling itself is in the
 * suite of NotifyUserWithRequest.
 */
#include <linux/dmf/module.h>
#include <linux/kthread.h>
#include <linux/pm.h>
#include <linux/uio.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define SOURCES		3

/* A Module with a stream that has one number. */
struct source {
	struct dmf_module module;
	bool full;
	u64 value;
	unsigned int pops, dones, push_backs, looks;
	bool put_after_look;		/* a record comes when it was said that none is there */
};

struct streams {
	struct source *sources[SOURCES];
	const char *names[SOURCES];
	bool d0[SOURCES];
	unsigned int count;
	int fail_second;		/* with what, after it has added its stream */
	struct dmf_file *file;
};

static struct source *to_source(struct dmf_module *module)
{
	return container_of(module, struct source, module);
}

static int source_pop(struct dmf_module *module, struct dmf_file *file,
		      struct dmf_stream_run *runs, unsigned int max, size_t room)
{
	struct source *source = to_source(module);

	source->pops++;
	if (!source->full)
		return 0;
	if (room < sizeof(source->value))
		return -ENOSPC;
	source->full = false;
	runs->data = &source->value;
	runs->size = sizeof(source->value);
	runs->count = 1;
	return 1;
}

static void source_done(struct dmf_module *module, struct dmf_file *file,
			const struct dmf_stream_run *runs, unsigned int count)
{
	to_source(module)->dones += count;
}

static void source_push_back(struct dmf_module *module, struct dmf_file *file,
			     const struct dmf_stream_run *runs, unsigned int count)
{
	to_source(module)->push_backs += count;
	to_source(module)->full = true;
}

static bool source_is_empty(struct dmf_module *module, struct dmf_file *file)
{
	struct source *source = to_source(module);
	bool empty = !READ_ONCE(source->full);

	source->looks++;
	if (source->put_after_look) {
		source->put_after_look = false;
		WRITE_ONCE(source->full, true);
		dmf_module_wake_stream(module);
	}
	return empty;
}

static const struct dmf_stream_ops source_stream_ops = {
	.pop		= source_pop,
	.done		= source_done,
	.push_back	= source_push_back,
	.is_empty	= source_is_empty,
};

static int source_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct streams *streams = dmf_kunit_priv(dmf_parent_device_get(module));
	int ret = dmf_module_add_stream(init, &source_stream_ops);

	return ret ?: strcmp(dmf_module_name(module), "second") ? 0 : streams->fail_second;
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

static const struct dmf_module_desc source_d0_desc = {
	.name = "source",
	.size = sizeof(struct source),
	.open_option = DMF_OPEN_D0_ENTRY,
	.ops = &source_ops,
};

static struct dmf_module_keys source_keys;

static int streams_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct streams *streams = dmf_kunit_priv(ddev);
	unsigned int i;
	int ret = 0;

	for (i = 0; i < streams->count && !ret; i++) {
		const struct dmf_module_attributes attributes = {
			.instance_name = streams->names[i],
		};

		ret = __dmf_module_add(init, streams->d0[i] ? &source_d0_desc : &source_desc,
				       &source_keys, NULL, &attributes,
				       (struct dmf_module **)&streams->sources[i]);
		/* A Client that can do without the second one. */
		if (i == 1 && streams->fail_second)
			ret = 0;
	}
	return ret;
}

static __poll_t streams_poll(struct dmf_device *ddev, struct dmf_file *file)
{
	return EPOLLOUT;
}

static const struct dmf_client_ops streams_ops = {
	.modules_add = streams_modules_add,
	.poll = streams_poll,
};

static struct dmf_device *streams_probe(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct dmf_device *ddev = dmf_kunit_probe(test, &streams_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	streams->file = dmf_kunit_open(test, ddev);
	return ddev;
}

static void source_put(struct source *source, u64 value)
{
	source->value = value;
	WRITE_ONCE(source->full, true);
	dmf_module_wake_stream(&source->module);
}

static ssize_t streams_pull(struct streams *streams, u64 *value)
{
	struct kvec vector = { .iov_base = value, .iov_len = sizeof(*value) };
	unsigned int count = 1;
	struct iov_iter to;

	iov_iter_kvec(&to, READ, &vector, 1, sizeof(*value));
	return dmf_stream_pull(streams->file, &to, &count, true, 0);
}

static void file_begins_with_the_first_stream(struct kunit *test)
{
	struct streams *streams = test->priv;
	u64 value = 0;

	streams_probe(test);
	source_put(streams->sources[1], 11);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -EAGAIN);
	source_put(streams->sources[0], 10);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), sizeof(value));
	KUNIT_EXPECT_EQ(test, value, 10);
	KUNIT_EXPECT_EQ(test, streams->sources[0]->dones, 1);
}

static void another_stream_can_be_selected(struct kunit *test)
{
	struct streams *streams = test->priv;
	u64 value = 0;

	streams_probe(test);
	source_put(streams->sources[1], 11);
	KUNIT_EXPECT_EQ(test, dmf_stream_select(streams->file, "second"), 0);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), sizeof(value));
	KUNIT_EXPECT_EQ(test, value, 11);
	KUNIT_EXPECT_EQ(test, dmf_stream_select(streams->file, "nobody"), -ENOENT);
	KUNIT_EXPECT_EQ(test, dmf_stream_select(streams->file, ""), -ENOENT);
}

static void two_streams_of_one_name_are_refused(struct kunit *test)
{
	struct streams *streams = test->priv;

	streams->names[1] = "first";
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &streams_ops)), -EEXIST);
}

static void long_name_is_refused(struct kunit *test)
{
	struct streams *streams = test->priv;

	streams->names[1] = "a-name-that-is-one-too-long-now";
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &streams_ops)), 0);
	streams->names[1] = "a-name-that-is-one-too-long-now!";
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &streams_ops)), -EINVAL);
}

static void module_that_fails_leaves_no_stream_behind(struct kunit *test)
{
	struct streams *streams = test->priv;

	streams->fail_second = -EIO;
	streams_probe(test);
	KUNIT_EXPECT_NULL(test, streams->sources[1]);
	KUNIT_EXPECT_EQ(test, dmf_stream_select(streams->file, "second"), -ENOENT);
	KUNIT_EXPECT_EQ(test, dmf_stream_select(streams->file, "first"), 0);
}

static void device_without_stream(struct kunit *test)
{
	struct streams *streams = test->priv;
	u64 value;

	streams->count = 0;
	streams_probe(test);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -EOPNOTSUPP);
}

/* -- Pollers --------------------------------------------------------------------- */

struct poller {
	wait_queue_entry_t entry;
	atomic_t wakes;
	__poll_t mask;
};

static int poller_wake(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	struct poller *poller = container_of(entry, struct poller, entry);

	poller->mask |= key_to_poll(key);
	atomic_inc(&poller->wakes);
	return 0;
}

static void poller_add(struct poller *poller, struct dmf_file *file)
{
	memset(poller, 0, sizeof(*poller));
	init_waitqueue_func_entry(&poller->entry, poller_wake);
	add_wait_queue(&file->pollers->wait, &poller->entry);
}

static void pollers_of_the_stream_are_woken(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct poller poller;

	streams_probe(test);
	poller_add(&poller, streams->file);
	source_put(streams->sources[1], 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&poller.wakes), 0);
	source_put(streams->sources[0], 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&poller.wakes), 1);
	KUNIT_EXPECT_TRUE(test, poller.mask & EPOLLIN);
	remove_wait_queue(&streams->file->pollers->wait, &poller.entry);
}

static void poller_sees_the_stream_that_is_selected_later(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct poller poller;

	streams_probe(test);
	poller_add(&poller, streams->file);
	source_put(streams->sources[1], 1);
	KUNIT_EXPECT_EQ(test, dmf_stream_select(streams->file, "second"), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&poller.wakes), 1);
	KUNIT_EXPECT_TRUE(test, dmf_stream_readable(streams->file->stream, streams->file));
	remove_wait_queue(&streams->file->pollers->wait, &poller.entry);
}

/* Whoever looked while the record was under way has seen nothing. */
static void record_that_goes_back_wakes_pollers(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct poller poller;
	unsigned int count = 1;
	struct mm_struct *mm;
	struct iov_iter to;

	streams_probe(test);
	source_put(streams->sources[0], 1);
	poller_add(&poller, streams->file);
	mm = dmf_kunit_use_memory(test);
	iov_iter_ubuf(&to, READ, NULL, sizeof(u64));
	KUNIT_EXPECT_EQ(test, dmf_stream_pull(streams->file, &to, &count, true, 0), -EFAULT);
	dmf_kunit_unuse_memory(mm);
	KUNIT_EXPECT_EQ(test, streams->sources[0]->push_backs, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&poller.wakes), 1);
	remove_wait_queue(&streams->file->pollers->wait, &poller.entry);
}

static void pollers_hear_of_unbind(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct dmf_device *ddev = streams_probe(test);
	struct poller poller;

	poller_add(&poller, streams->file);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_GT(test, atomic_read(&poller.wakes), 0);
	KUNIT_EXPECT_TRUE(test, poller.mask & EPOLLHUP);
	/* The queue is the file's: the entry may stay until the file goes. */
	remove_wait_queue(&streams->file->pollers->wait, &poller.entry);
}

static void poll_callbacks_are_asked(struct kunit *test)
{
	struct streams *streams = test->priv;

	streams_probe(test);
	KUNIT_EXPECT_EQ(test, (__force int)dmf_dispatch_poll(streams->file),
			(__force int)EPOLLOUT);
}

/* -- Power ------------------------------------------------------------------------- */

static void module_that_opens_again_wakes_its_stream(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct poller poller;
	struct device *dev;

	streams->d0[0] = true;
	dev = dmf_device_dev(streams_probe(test));
	source_put(streams->sources[0], 5);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	poller_add(&poller, streams->file);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&poller.wakes), 1);
	remove_wait_queue(&streams->file->pollers->wait, &poller.entry);
}

static void stream_of_a_closed_module_is_empty(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct device *dev;
	u64 value;

	streams->d0[0] = true;
	dev = dmf_device_dev(streams_probe(test));
	source_put(streams->sources[0], 5);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_FALSE(test, dmf_stream_readable(streams->file->stream, streams->file));
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -EAGAIN);
	KUNIT_EXPECT_EQ(test, streams->sources[0]->pops, 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), sizeof(value));
}

static void module_that_has_nothing_is_asked_once(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct source *source;
	unsigned int i, looks;
	u64 value = 0;

	streams_probe(test);
	source = streams->sources[0];
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -EAGAIN);
	looks = source->looks;
	KUNIT_EXPECT_EQ(test, source->pops, 1);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -EAGAIN);
	KUNIT_EXPECT_EQ(test, source->pops, 1);
	KUNIT_EXPECT_EQ(test, source->looks, looks);

	source_put(source, 7);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), sizeof(value));
	KUNIT_EXPECT_EQ(test, value, 7);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -EAGAIN);
	KUNIT_EXPECT_EQ(test, source->pops, 2);
}

static void race_record_against_look(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct source *source;
	u64 value = 0;

	streams_probe(test);
	source = streams->sources[0];
	source->value = 8;
	source->put_after_look = true;
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -EAGAIN);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), sizeof(value));
	KUNIT_EXPECT_EQ(test, value, 8);
}

static int streams_init(struct kunit *test)
{
	struct streams *streams = kunit_kzalloc(test, sizeof(*streams), GFP_KERNEL);

	if (!streams)
		return -ENOMEM;
	streams->names[0] = "first";
	streams->names[1] = "second";
	streams->count = 2;
	test->priv = streams;
	return 0;
}

static struct kunit_case stream_cases[] = {
	KUNIT_CASE(file_begins_with_the_first_stream),
	KUNIT_CASE(another_stream_can_be_selected),
	KUNIT_CASE(two_streams_of_one_name_are_refused),
	KUNIT_CASE(long_name_is_refused),
	KUNIT_CASE(module_that_fails_leaves_no_stream_behind),
	KUNIT_CASE(device_without_stream),
	KUNIT_CASE(pollers_of_the_stream_are_woken),
	KUNIT_CASE(poller_sees_the_stream_that_is_selected_later),
	KUNIT_CASE(record_that_goes_back_wakes_pollers),
	KUNIT_CASE(pollers_hear_of_unbind),
	KUNIT_CASE(poll_callbacks_are_asked),
	KUNIT_CASE(module_that_opens_again_wakes_its_stream),
	KUNIT_CASE(stream_of_a_closed_module_is_empty),
	KUNIT_CASE(module_that_has_nothing_is_asked_once),
	KUNIT_CASE(race_record_against_look),
	{ }
};

static struct kunit_suite stream_suite = {
	.name = "dmf_stream",
	.init = streams_init,
	.test_cases = stream_cases,
};

kunit_test_suite(stream_suite);
