// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of files in a stack of filters: who sees them come and go, whose streams they
 * consume, and what becomes of them when the filter is unbound.
 */
#include <linux/fs.h>
#include <linux/poll.h>

#include <linux/dmf/notify_user_with_request.h>

#include "puller.h"
#include "submitter.h"

#define LEVELS	2

/* Each level hands out contexts of its own: the address of its element. */
struct levels {
	struct dmf_device *lower;
	struct fake_filter *filter;
	struct dmf_notify_user_with_request *notify[LEVELS];
	bool handles[LEVELS];		/* file_create */
	int status[LEVELS];		/* of file_create */
	unsigned int creates[LEVELS];
	unsigned int cleanups[LEVELS];
	unsigned int closes[LEVELS];
	unsigned int strangers;		/* a level has seen another's context */
	__poll_t mask[LEVELS];
	char contexts[LEVELS];
};

static int level_of(const struct dmf_device *ddev)
{
	return dmf_device_lower(ddev) ? 1 : 0;
}

static void check_context(struct dmf_device *ddev, struct dmf_file *file)
{
	struct levels *levels = dmf_kunit_priv(ddev);

	if (dmf_file_get_context(file) != &levels->contexts[level_of(ddev)])
		levels->strangers++;
}

static bool levels_file_create(struct dmf_device *ddev, struct dmf_file *file, int *status)
{
	struct levels *levels = dmf_kunit_priv(ddev);
	int level = level_of(ddev);

	levels->creates[level]++;
	dmf_file_set_context(file, &levels->contexts[level]);
	*status = levels->status[level];
	return levels->handles[level];
}

static bool levels_file_cleanup(struct dmf_device *ddev, struct dmf_file *file)
{
	struct levels *levels = dmf_kunit_priv(ddev);

	check_context(ddev, file);
	levels->cleanups[level_of(ddev)]++;
	return true;
}

static bool levels_file_close(struct dmf_device *ddev, struct dmf_file *file)
{
	struct levels *levels = dmf_kunit_priv(ddev);

	check_context(ddev, file);
	levels->closes[level_of(ddev)]++;
	return true;
}

/* The filter looks and lets go, the device below completes. */
static bool levels_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	check_context(ddev, dmf_request_file(request));
	if (level_of(ddev))
		return false;
	dmf_request_complete(request, 0);
	return true;
}

static __poll_t levels_poll(struct dmf_device *ddev, struct dmf_file *file)
{
	struct levels *levels = dmf_kunit_priv(ddev);

	check_context(ddev, file);
	return levels->mask[level_of(ddev)];
}

static int levels_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_notify_user_with_request_config config = {
		.max_pending_data = 4, .data_size = sizeof(u32),
	};
	const struct dmf_module_attributes attributes = {
		.instance_name = level_of(ddev) ? "upper" : "lower",
	};
	struct levels *levels = dmf_kunit_priv(ddev);

	return dmf_notify_user_with_request_add(init, &config, &attributes,
						&levels->notify[level_of(ddev)]);
}

static const struct dmf_client_ops levels_ops = {
	.file_create		= levels_file_create,
	.file_cleanup		= levels_file_cleanup,
	.file_close		= levels_file_close,
	.device_io_control	= levels_device_io_control,
};

static const struct dmf_filterable levels_filterable = {
	auxiliary_device_init, __auxiliary_device_add, "dmf_kunit_file",
};

static void device_put(void *data)
{
	dmf_device_put(data);
}

static void levels_probe_ops(struct kunit *test, struct dmf_client_ops lower_ops,
			     const struct dmf_client_ops *filter_ops)
{
	struct levels *levels = test->priv;

	lower_ops.filterable = &levels_filterable;
	levels->lower = dmf_kunit_probe(test, &lower_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(levels->lower));
	dmf_device_get(levels->lower);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, device_put, levels->lower), 0);
	if (!filter_ops)
		return;
	levels->filter = dmf_kunit_filter_register(test, levels_filterable.modname, filter_ops);
	KUNIT_ASSERT_NOT_NULL(test, dmf_kunit_filter_device(levels->filter));
}

static void levels_probe(struct kunit *test)
{
	levels_probe_ops(test, levels_ops, &levels_ops);
}

/* -- Open and close -- */

static void both_levels_see_a_file_come_and_go(struct kunit *test)
{
	struct levels *levels = test->priv;
	struct dmf_file *file;
	int i;

	levels_probe(test);
	file = dmf_file_open_top(levels->lower);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, 1), 0);
	dmf_file_release(file);
	for (i = 0; i < LEVELS; i++) {
		KUNIT_EXPECT_EQ(test, levels->creates[i], 1);
		KUNIT_EXPECT_EQ(test, levels->cleanups[i], 1);
		KUNIT_EXPECT_EQ(test, levels->closes[i], 1);
	}
	KUNIT_EXPECT_EQ(test, levels->strangers, 0);
}

/* A device that has not seen the file come is not asked for it either. */
static void filter_that_handles_file_create_keeps_the_file(struct kunit *test)
{
	struct levels *levels = test->priv;
	struct dmf_file *file;

	levels_probe(test);
	levels->handles[1] = true;
	file = dmf_kunit_open_node(test, levels->lower);
	KUNIT_EXPECT_EQ(test, levels->creates[1], 1);
	KUNIT_EXPECT_EQ(test, levels->creates[0], 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(file, 1), -ENOTTY);
	KUNIT_EXPECT_EQ(test, levels->strangers, 0);
}

static void filter_may_refuse_a_file(struct kunit *test)
{
	struct levels *levels = test->priv;

	levels_probe(test);
	levels->handles[1] = true;
	levels->status[1] = -EACCES;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_file_open_top(levels->lower)), -EACCES);
	KUNIT_EXPECT_EQ(test, levels->creates[0], 0);
	KUNIT_EXPECT_EQ(test, levels->cleanups[1], 0);
}

static void filter_hears_that_the_device_below_has_refused(struct kunit *test)
{
	struct levels *levels = test->priv;

	levels_probe(test);
	levels->handles[0] = true;
	levels->status[0] = -EACCES;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_file_open_top(levels->lower)), -EACCES);
	KUNIT_EXPECT_EQ(test, levels->cleanups[1], 1);
	KUNIT_EXPECT_EQ(test, levels->closes[1], 1);
	KUNIT_EXPECT_EQ(test, levels->cleanups[0], 0);
	KUNIT_EXPECT_EQ(test, levels->strangers, 0);
}

/* A driver's own -ENODEV is an answer like any other. */
static void refusal_with_enodev_is_not_tried_again(struct kunit *test)
{
	struct levels *levels = test->priv;

	levels_probe(test);
	levels->handles[1] = true;
	levels->status[1] = -ENODEV;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_file_open_top(levels->lower)), -ENODEV);
	KUNIT_EXPECT_EQ(test, levels->creates[1], 1);
}

static void files_open_before_stay_below(struct kunit *test)
{
	struct levels *levels = test->priv;
	struct dmf_file *before, *through, *after;

	levels_probe_ops(test, levels_ops, NULL);
	before = dmf_kunit_open_node(test, levels->lower);
	levels->filter = dmf_kunit_filter_register(test, levels_filterable.modname, &levels_ops);
	through = dmf_kunit_open_node(test, levels->lower);
	KUNIT_EXPECT_PTR_EQ(test, before->ddev, levels->lower);
	KUNIT_EXPECT_PTR_EQ(test, through->ddev, dmf_kunit_filter_device(levels->filter));
	dmf_kunit_filter_unregister(levels->filter);
	after = dmf_kunit_open_node(test, levels->lower);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(before, 1), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(through, 1), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(after, 1), 0);
}

static void unbinding_both_closes_each_level_once(struct kunit *test)
{
	struct levels *levels = test->priv;
	struct dmf_file *file;
	int i;

	levels_probe(test);
	file = dmf_file_open_top(levels->lower);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	dmf_kunit_filter_unregister(levels->filter);
	KUNIT_EXPECT_EQ(test, levels->closes[1], 1);
	KUNIT_EXPECT_EQ(test, levels->closes[0], 0);
	dmf_kunit_remove(test, levels->lower);
	dmf_file_release(file);
	for (i = 0; i < LEVELS; i++) {
		KUNIT_EXPECT_EQ(test, levels->cleanups[i], 1);
		KUNIT_EXPECT_EQ(test, levels->closes[i], 1);
	}
	KUNIT_EXPECT_EQ(test, levels->strangers, 0);
}

static void stack_has_one_node(struct kunit *test)
{
	struct levels *levels = test->priv;
	struct dmf_device *filter;

	levels_probe(test);
	filter = dmf_kunit_filter_device(levels->filter);
	KUNIT_EXPECT_FALSE(test, filter->node_registered);
	KUNIT_EXPECT_STREQ(test, dmf_device_node_name(filter),
			   dmf_device_node_name(levels->lower));
}

static void filter_makes_the_node_that_the_device_has_not(struct kunit *test)
{
	struct levels *levels = test->priv;
	struct dmf_client_ops bare_ops = { };

	levels_probe_ops(test, bare_ops, &levels_ops);
	KUNIT_EXPECT_NULL(test, dmf_device_node_name(levels->lower));
	KUNIT_EXPECT_NOT_NULL(test, dmf_device_node_name(dmf_kunit_filter_device(levels->filter)));
}

/* -- Poll -- */

static void poll_asks_every_level(struct kunit *test)
{
	struct dmf_client_ops ops = levels_ops;
	struct levels *levels = test->priv;
	struct dmf_file *file;

	ops.poll = levels_poll;
	levels_probe_ops(test, ops, &ops);
	file = dmf_kunit_open_node(test, levels->lower);
	levels->mask[0] = EPOLLIN;
	levels->mask[1] = EPOLLPRI;
	KUNIT_EXPECT_EQ(test, (__force int)dmf_dispatch_poll(file),
			(__force int)(EPOLLIN | EPOLLPRI));
	KUNIT_EXPECT_EQ(test, levels->strangers, 0);
}

static void filter_without_poll_leaves_it_to_the_device(struct kunit *test)
{
	struct dmf_client_ops ops = levels_ops;
	struct levels *levels = test->priv;
	struct dmf_file *file;

	ops.poll = levels_poll;
	levels_probe_ops(test, ops, &levels_ops);
	file = dmf_kunit_open_node(test, levels->lower);
	KUNIT_EXPECT_EQ(test, (__force int)dmf_dispatch_poll(file), 0);
	levels->mask[0] = EPOLLPRI;
	KUNIT_EXPECT_EQ(test, (__force int)dmf_dispatch_poll(file), (__force int)EPOLLPRI);
}

/* -- Streams -- */

static int pull(struct dmf_file *file)
{
	struct dmf_file *source = dmf_stream_source(file);
	struct record record;

	return source ? dmf_kunit_pull(source, &record) : -EOPNOTSUPP;
}

static void put_record(struct levels *levels, int level)
{
	u32 data = level;

	dmf_notify_user_with_request_data_process(levels->notify[level], NULL, &data, 0);
}

static struct dmf_file *streams_open(struct kunit *test, bool upper, bool reads)
{
	struct dmf_client_ops lower_ops = levels_ops;
	struct dmf_client_ops filter_ops = levels_ops;
	struct levels *levels = test->priv;

	lower_ops.modules_add = levels_modules_add;
	filter_ops.modules_add = upper ? levels_modules_add : NULL;
	filter_ops.queue_io_read = reads ? levels_device_io_control : NULL;
	levels_probe_ops(test, lower_ops, &filter_ops);
	return dmf_kunit_open_node(test, levels->lower);
}

static void stream_of_the_device_is_read_through_the_filter(struct kunit *test)
{
	struct dmf_file *file = streams_open(test, false, false);
	struct levels *levels = test->priv;

	KUNIT_EXPECT_EQ(test, pull(file), -EAGAIN);
	put_record(levels, 0);
	KUNIT_EXPECT_GT(test, pull(file), 0);
}

static void stream_of_the_filter_comes_first(struct kunit *test)
{
	struct dmf_file *file = streams_open(test, true, false);
	struct levels *levels = test->priv;

	put_record(levels, 0);
	KUNIT_EXPECT_EQ(test, pull(file), -EAGAIN);
	put_record(levels, 1);
	KUNIT_EXPECT_GT(test, pull(file), 0);
}

static void any_stream_of_the_stack_can_be_selected(struct kunit *test)
{
	struct dmf_file *file = streams_open(test, true, false);
	struct levels *levels = test->priv;

	KUNIT_EXPECT_EQ(test, dmf_stream_select(file, "lower"), 0);
	put_record(levels, 0);
	KUNIT_EXPECT_GT(test, pull(file), 0);
	KUNIT_EXPECT_EQ(test, dmf_stream_select(file, "upper"), 0);
	KUNIT_EXPECT_EQ(test, pull(file), -EAGAIN);
	KUNIT_EXPECT_EQ(test, dmf_stream_select(file, "none"), -ENOENT);
}

/* Its handler sees a read before the stream below it does. */
static void filter_that_handles_reads_gets_them(struct kunit *test)
{
	struct dmf_file *file = streams_open(test, false, true);

	KUNIT_EXPECT_NULL(test, dmf_stream_source(file));
}

/* A ring, or who polls, would wait for ever for a stream that is not read. */
static void poll_of_a_filter_that_handles_reads_does_not_wait_for_the_stream(struct kunit *test)
{
	struct file filp = { .private_data = streams_open(test, false, true) };

	KUNIT_EXPECT_TRUE(test, (__force int)(dmf_file_ops.poll(&filp, NULL) & EPOLLIN));
}

static struct puller *pull_blocked(struct kunit *test, struct dmf_file *file)
{
	struct dmf_file *source = dmf_stream_source(file);
	struct puller *puller;

	puller = dmf_kunit_pull_start(test, &(struct puller){
		.file = source, .deadline_ns = DMF_WAIT_FOREVER,
	});
	KUNIT_ASSERT_TRUE(test, dmf_kunit_until(wq_has_sleeper(&source->stream->blocked)));
	return puller;
}

static void unbinding_the_filter_ends_a_blocked_pull(struct kunit *test)
{
	struct dmf_file *file = streams_open(test, false, false);
	struct levels *levels = test->priv;
	struct puller *puller = pull_blocked(test, file);

	dmf_kunit_filter_unregister(levels->filter);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, puller), -ENODEV);
	KUNIT_EXPECT_EQ(test, pull(file), -ENODEV);
	put_record(levels, 0);
	KUNIT_EXPECT_EQ(test, pull(file), -ENODEV);
	KUNIT_EXPECT_GT(test, pull(dmf_kunit_open_node(test, levels->lower)), 0);
}

/* A filter whose own stream has nothing does not hide what becomes of the device below. */
static void poll_of_a_filter_tells_that_the_device_below_is_shut_down(struct kunit *test)
{
	struct file filp = { .private_data = streams_open(test, true, false) };
	struct levels *levels = test->priv;

	KUNIT_EXPECT_FALSE(test, (__force int)(dmf_file_ops.poll(&filp, NULL) & EPOLLERR));
	KUNIT_EXPECT_EQ(test, pull(filp.private_data), -EAGAIN);
	dmf_device_shutdown(levels->lower);
	KUNIT_EXPECT_TRUE(test, (__force int)(dmf_file_ops.poll(&filp, NULL) & EPOLLERR));
}

static void cancel_mine_ends_a_pull_from_below(struct kunit *test)
{
	struct dmf_file *file = streams_open(test, false, false);
	struct puller *puller = pull_blocked(test, file);

	dmf_file_cancel_mine(file);
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull_result(test, puller), -ECANCELED);
}

/* -- Faults -- */

static int open_and_release(struct kunit *test, void *data)
{
	struct dmf_file *file = dmf_file_open_top(data);

	if (IS_ERR(file))
		return PTR_ERR(file);
	dmf_file_release(file);
	return 0;
}

static void every_allocation_of_an_open_fails_once(struct kunit *test)
{
	struct levels *levels = test->priv;
	int i;

	levels_probe(test);
	dmf_kunit_fail_nth(test, open_and_release, levels->lower, 2);
	for (i = 0; i < LEVELS; i++)
		KUNIT_EXPECT_EQ(test, levels->creates[i], levels->closes[i]);
}

static int levels_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct levels), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static struct kunit_case filter_file_cases[] = {
	KUNIT_CASE(both_levels_see_a_file_come_and_go),
	KUNIT_CASE(filter_that_handles_file_create_keeps_the_file),
	KUNIT_CASE(filter_may_refuse_a_file),
	KUNIT_CASE(filter_hears_that_the_device_below_has_refused),
	KUNIT_CASE(refusal_with_enodev_is_not_tried_again),
	KUNIT_CASE(files_open_before_stay_below),
	KUNIT_CASE(unbinding_both_closes_each_level_once),
	KUNIT_CASE(stack_has_one_node),
	KUNIT_CASE(filter_makes_the_node_that_the_device_has_not),
	KUNIT_CASE(poll_asks_every_level),
	KUNIT_CASE(filter_without_poll_leaves_it_to_the_device),
	KUNIT_CASE(stream_of_the_device_is_read_through_the_filter),
	KUNIT_CASE(stream_of_the_filter_comes_first),
	KUNIT_CASE(any_stream_of_the_stack_can_be_selected),
	KUNIT_CASE(filter_that_handles_reads_gets_them),
	KUNIT_CASE(poll_of_a_filter_that_handles_reads_does_not_wait_for_the_stream),
	KUNIT_CASE(unbinding_the_filter_ends_a_blocked_pull),
	KUNIT_CASE(poll_of_a_filter_tells_that_the_device_below_is_shut_down),
	KUNIT_CASE(cancel_mine_ends_a_pull_from_below),
	KUNIT_CASE(every_allocation_of_an_open_fails_once),
	{ }
};

static struct kunit_suite filter_file_suite = {
	.name = "dmf_filter_file",
	.init = levels_init,
	.test_cases = filter_file_cases,
};

kunit_test_suite(filter_file_suite);
