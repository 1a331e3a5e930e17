// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of streams: names, selecting, pollers, power. Pulling itself is in the
 * suite of NotifyUserWithRequest.
 */
#include <linux/dmf/module.h>
#include <linux/fs.h>
#include <linux/pm.h>
#include <linux/poll.h>
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
	bool look_after_look;		/* before that, others find that none is there either */
	bool look_when_taken;		/* others look while a record is on its way */
};

struct streams {
	struct source *sources[SOURCES];
	const char *names[SOURCES];
	bool d0[SOURCES];
	unsigned int count;
	int fail_second;		/* with what, after it has added its stream */
	struct dmf_file *file;
	__poll_t mask;			/* what the Client adds to poll */
	bool fail_restart;
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
	if (source->look_when_taken)
		dmf_stream_readable(module->stream, file);
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
	if (source->look_after_look) {
		source->look_after_look = false;
		dmf_module_wake_stream(module);	/* of what somebody has taken at once */
		dmf_stream_readable(module->stream, file);
	}
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
	struct streams *streams = dmf_kunit_priv(ddev);

	return streams->mask;
}

static int streams_restart(struct dmf_device *ddev)
{
	struct streams *streams = dmf_kunit_priv(ddev);

	return streams->fail_restart ? -EIO : 0;
}

static const struct dmf_client_ops streams_ops = {
	.modules_add = streams_modules_add,
	.self_managed_io_restart = streams_restart,
};

static struct dmf_device *streams_probe_ops(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct streams *streams = test->priv;
	struct dmf_device *ddev = dmf_kunit_probe(test, ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	streams->file = dmf_kunit_open(test, ddev);
	return ddev;
}

static struct dmf_device *streams_probe(struct kunit *test)
{
	return streams_probe_ops(test, &streams_ops);
}

/* The Client has a say in poll. */
static struct dmf_device *streams_probe_poll(struct kunit *test)
{
	struct dmf_client_ops ops = streams_ops;

	ops.poll = streams_poll;
	return streams_probe_ops(test, &ops);
}

static void source_put(struct source *source, u64 value)
{
	source->value = value;
	WRITE_ONCE(source->full, true);
	dmf_module_wake_stream(&source->module);
}

static ssize_t pull_one(struct streams *streams, u64 *value, bool nonblock)
{
	struct kvec vector = { .iov_base = value, .iov_len = sizeof(*value) };
	unsigned int count = 1;
	struct iov_iter to;

	iov_iter_kvec(&to, READ, &vector, 1, sizeof(*value));
	return dmf_stream_pull(streams->file, &to, &count, nonblock, DMF_WAIT_FOREVER);
}

static ssize_t streams_pull(struct streams *streams, u64 *value)
{
	return pull_one(streams, value, true);
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
	struct dmf_stream *stream;
	atomic_t wakes;
	unsigned int quiet;		/* wake-ups for which nothing seemed to be there */
	__poll_t mask;
};

static int poller_wake(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	struct poller *poller = container_of(entry, struct poller, entry);

	poller->mask |= key_to_poll(key);
	poller->quiet += dmf_stream_is_quiet(poller->stream);
	atomic_inc(&poller->wakes);
	return 0;
}

static void poller_add(struct poller *poller, struct dmf_file *file)
{
	memset(poller, 0, sizeof(*poller));
	poller->stream = file->stream;
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

/* Who is woken may look at once. */
static void record_is_there_before_anybody_is_woken(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct poller poller;
	u64 value;

	streams_probe(test);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -EAGAIN);
	poller_add(&poller, streams->file);
	KUNIT_EXPECT_TRUE(test, dmf_stream_is_quiet(poller.stream));
	source_put(streams->sources[0], 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&poller.wakes), 1);
	KUNIT_EXPECT_EQ(test, poller.quiet, 0);
	remove_wait_queue(&streams->file->pollers->wait, &poller.entry);
}

static void poll_callbacks_are_asked(struct kunit *test)
{
	struct streams *streams = test->priv;

	streams_probe_poll(test);
	streams->mask = EPOLLOUT;
	KUNIT_EXPECT_EQ(test, (__force int)dmf_dispatch_poll(streams->file),
			(__force int)EPOLLOUT);
}

/* -- poll(2) ------------------------------------------------------------------------ */

#define POLL_NOTHING	(EPOLLOUT | EPOLLWRNORM)
#define POLL_RECORD	(POLL_NOTHING | EPOLLIN | EPOLLRDNORM)

static void expect_poll(struct kunit *test, __poll_t expected)
{
	struct streams *streams = test->priv;
	struct file filp = { .private_data = streams->file };

	KUNIT_EXPECT_EQ(test, (__force int)dmf_file_ops.poll(&filp, NULL), (__force int)expected);
}

static void poll_asks_a_module_that_has_nothing_once(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct source *source;
	u64 value;

	streams_probe(test);
	source = streams->sources[0];
	expect_poll(test, POLL_NOTHING);
	KUNIT_EXPECT_EQ(test, source->looks, 1);
	expect_poll(test, POLL_NOTHING);
	KUNIT_EXPECT_EQ(test, source->looks, 1);
	source_put(source, 1);
	expect_poll(test, POLL_RECORD);
	expect_poll(test, POLL_RECORD);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), sizeof(value));
	expect_poll(test, POLL_NOTHING);
}

static void race_record_against_poll(struct kunit *test)
{
	struct streams *streams = test->priv;

	streams_probe(test);
	streams->sources[0]->put_after_look = true;
	expect_poll(test, POLL_NOTHING);
	expect_poll(test, POLL_RECORD);
}

static void poll_callback_is_asked_though_nothing_is_there(struct kunit *test)
{
	struct streams *streams = test->priv;

	streams_probe_poll(test);
	expect_poll(test, 0);
	streams->mask = EPOLLPRI;
	expect_poll(test, EPOLLPRI);
}

static void poll_tells_of_unbind_though_nothing_is_there(struct kunit *test)
{
	struct dmf_device *ddev = streams_probe(test);

	expect_poll(test, POLL_NOTHING);
	dmf_kunit_remove(test, ddev);
	expect_poll(test, EPOLLHUP | EPOLLERR);
}

static void poll_tells_of_failure_though_nothing_is_there(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct poller poller;
	struct device *dev;
	u64 value;

	dev = dmf_device_dev(streams_probe(test));
	expect_poll(test, POLL_NOTHING);
	streams->fail_restart = true;
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	expect_poll(test, POLL_NOTHING);
	poller_add(&poller, streams->file);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), -EIO);
	KUNIT_EXPECT_TRUE(test, poller.mask & EPOLLERR);
	remove_wait_queue(&streams->file->pollers->wait, &poller.entry);
	expect_poll(test, POLL_NOTHING | EPOLLERR);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -EIO);
}

struct puller {
	struct streams *streams;
	struct completion done;
	ssize_t result;
	u64 value;
};

static int pull_thread(void *data)
{
	struct puller *puller = data;

	puller->result = pull_one(puller->streams, &puller->value, false);
	complete(&puller->done);
	return 0;
}

static void puller_start(struct kunit *test, struct puller *puller)
{
	struct streams *streams = test->priv;

	puller->streams = streams;
	init_completion(&puller->done);
	dmf_kunit_run(test, pull_thread, puller);
	KUNIT_ASSERT_TRUE(test, dmf_kunit_until(wq_has_sleeper(&streams->file->stream->blocked)));
}

static void expect_pulled(struct kunit *test, struct puller *puller, ssize_t result)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&puller->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, puller->result, result);
}

static void shutdown_ends_what_waits_for_a_record(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct dmf_device *ddev = streams_probe(test);
	struct puller puller;
	struct poller poller;
	u64 value;

	expect_poll(test, POLL_NOTHING);
	puller_start(test, &puller);
	poller_add(&poller, streams->file);
	dmf_device_shutdown(ddev);
	expect_pulled(test, &puller, -ESHUTDOWN);
	KUNIT_EXPECT_TRUE(test, poller.mask & EPOLLERR);
	remove_wait_queue(&streams->file->pollers->wait, &poller.entry);
	expect_poll(test, POLL_NOTHING | EPOLLERR);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -ESHUTDOWN);
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

/* Between the look that finds nothing and going to sleep. */
static void race_record_against_sleep(struct kunit *test)
{
	struct puller *puller = kunit_kzalloc(test, sizeof(*puller), GFP_KERNEL);
	struct streams *streams = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, puller);
	streams_probe(test);
	streams->sources[0]->value = 11;
	streams->sources[0]->put_after_look = true;
	puller->streams = streams;
	init_completion(&puller->done);
	dmf_kunit_run(test, pull_thread, puller);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&puller->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, puller->result, sizeof(puller->value));
	KUNIT_EXPECT_EQ(test, puller->value, 11);
	dmf_file_cancel_mine(streams->file);	/* or the test never ends */
}

/* What an older look has found is noted after what a newer one has. */
static void race_look_against_look(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct source *source;
	u64 value = 0;

	streams_probe(test);
	source = streams->sources[0];
	source->value = 9;
	source->look_after_look = true;
	source->put_after_look = true;
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -EAGAIN);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), sizeof(value));
	KUNIT_EXPECT_EQ(test, value, 9);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), -EAGAIN);
	KUNIT_EXPECT_TRUE(test, dmf_stream_is_quiet(streams->file->stream));
}

/* Others have found, and noted, that nothing is there. */
static void race_look_against_record_that_goes_back(struct kunit *test)
{
	struct streams *streams = test->priv;
	struct source *source;
	unsigned int count = 1;
	struct mm_struct *mm;
	struct iov_iter to;
	u64 value = 0;

	streams_probe(test);
	source = streams->sources[0];
	source_put(source, 10);
	source->look_when_taken = true;
	mm = dmf_kunit_use_memory(test);
	iov_iter_ubuf(&to, READ, NULL, sizeof(u64));
	KUNIT_EXPECT_EQ(test, dmf_stream_pull(streams->file, &to, &count, true, 0), -EFAULT);
	dmf_kunit_unuse_memory(mm);
	KUNIT_EXPECT_EQ(test, source->push_backs, 1);
	KUNIT_EXPECT_EQ(test, streams_pull(streams, &value), sizeof(value));
	KUNIT_EXPECT_EQ(test, value, 10);
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
	KUNIT_CASE(record_is_there_before_anybody_is_woken),
	KUNIT_CASE(poll_callbacks_are_asked),
	KUNIT_CASE(poll_asks_a_module_that_has_nothing_once),
	KUNIT_CASE(race_record_against_poll),
	KUNIT_CASE(poll_callback_is_asked_though_nothing_is_there),
	KUNIT_CASE(poll_tells_of_unbind_though_nothing_is_there),
	KUNIT_CASE(poll_tells_of_failure_though_nothing_is_there),
	KUNIT_CASE(shutdown_ends_what_waits_for_a_record),
	KUNIT_CASE(module_that_opens_again_wakes_its_stream),
	KUNIT_CASE(stream_of_a_closed_module_is_empty),
	KUNIT_CASE(module_that_has_nothing_is_asked_once),
	KUNIT_CASE(race_record_against_look),
	KUNIT_CASE(race_record_against_sleep),
	KUNIT_CASE(race_look_against_look),
	KUNIT_CASE(race_look_against_record_that_goes_back),
	{ }
};

static struct kunit_suite stream_suite = {
	.name = "dmf_stream",
	.init = streams_init,
	.test_cases = stream_cases,
};

kunit_test_suite(stream_suite);
