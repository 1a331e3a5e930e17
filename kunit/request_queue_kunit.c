// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of request queues: order, limit, files, cancelling and closing.
 */
#include <linux/dmf/module.h>
#include <linux/dmf/request_queue.h>

#include "submitter.h"

#define REQUEST_MAX	3	/* that the queue keeps */

struct keeper {
	struct dmf_module module;
};

struct queued {
	struct dmf_module *keeper;	/* whose lock guards @queue */
	bool passive_level;
	struct dmf_request_queue *queue;
	struct dmf_device *ddev;
	struct dmf_file *file;
	struct completion added;
	int add_result;
	atomic_t given_back;
	int status;			/* of the last that was given back */
};

static struct dmf_module_keys keeper_keys;

static const struct dmf_module_ops keeper_ops = { };

static const struct dmf_module_desc keeper_desc = {
	.name = "keeper", .size = sizeof(struct keeper), .ops = &keeper_ops,
	.lock = DMF_LOCK_DISPATCH_MAXIMUM,
};

static int queued_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct queued *queued = dmf_kunit_priv(ddev);
	const struct dmf_module_attributes attributes = { .passive_level = queued->passive_level };

	return __dmf_module_add(init, &keeper_desc, &keeper_keys, NULL, &attributes,
				&queued->keeper);
}

static bool queued_handle(struct dmf_device *ddev, struct dmf_request *request)
{
	struct queued *queued = dmf_kunit_priv(ddev);
	int ret = dmf_request_queue_add(queued->queue, request);

	WRITE_ONCE(queued->add_result, ret);
	if (ret)
		dmf_request_complete(request, ret);
	complete(&queued->added);
	return true;
}

static void queued_give_back(struct dmf_request_queue *queue, struct dmf_request *request,
			     int status)
{
	struct queued *queued = dmf_kunit_priv(dmf_parent_device_get(queue->module));

	WRITE_ONCE(queued->status, status);
	atomic_inc(&queued->given_back);
	dmf_request_complete(request, -EXDEV);
}

static const struct dmf_client_ops queued_ops = {
	.modules_add		= queued_modules_add,
	.device_io_control	= queued_handle,
};

static void queue_init(struct kunit *test,
		       void (*give_back)(struct dmf_request_queue *queue,
					 struct dmf_request *request, int status))
{
	struct queued *queued = test->priv;

	queued->queue = kmalloc(sizeof(*queued->queue), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, queued->queue);
	dmf_request_queue_init(queued->queue, queued->keeper, REQUEST_MAX, give_back);
}

static void queued_probe_with(struct kunit *test,
			      void (*give_back)(struct dmf_request_queue *queue,
						struct dmf_request *request, int status))
{
	struct queued *queued = test->priv;

	queued->ddev = dmf_kunit_probe(test, &queued_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(queued->ddev));
	queued->file = dmf_kunit_open(test, queued->ddev);
	queue_init(test, give_back);
}

static void queued_probe(struct kunit *test)
{
	queued_probe_with(test, NULL);
}

/* A submitter whose request has been offered to the queue. */
static struct submitter *asker_start(struct kunit *test, struct dmf_file *file)
{
	struct submitter *asker = dmf_kunit_submit_start(test, &(struct submitter){
		.file = file, .type = DMF_REQUEST_DEVICE_CONTROL, .command = 1,
	});
	struct queued *queued = test->priv;

	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&queued->added, DMF_KUNIT_TIMEOUT));
	return asker;
}

static void expect_result(struct kunit *test, struct submitter *asker, int result)
{
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, asker), result);
}

/* -- Adding and taking -- */

static void oldest_request_is_taken_first(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct submitter *askers[REQUEST_MAX];
	struct dmf_request *request;
	int i;

	queued_probe(test);
	KUNIT_EXPECT_NULL(test, dmf_request_queue_take(queued->queue));
	for (i = 0; i < REQUEST_MAX; i++)
		askers[i] = asker_start(test, queued->file);
	for (i = 0; i < REQUEST_MAX; i++) {
		request = dmf_request_queue_take(queued->queue);
		KUNIT_ASSERT_NOT_NULL(test, request);
		dmf_request_complete(request, -(i + 1));
		expect_result(test, askers[i], -(i + 1));
	}
	KUNIT_EXPECT_NULL(test, dmf_request_queue_take(queued->queue));
}

static void one_request_too_many_is_refused(struct kunit *test)
{
	struct queued *queued = test->priv;
	int i;

	queued_probe(test);
	for (i = 0; i < REQUEST_MAX; i++)
		asker_start(test, queued->file);
	KUNIT_EXPECT_EQ(test, queued->add_result, 0);
	expect_result(test, asker_start(test, queued->file), -EBUSY);

	dmf_request_complete(dmf_request_queue_take(queued->queue), 0);
	asker_start(test, queued->file);
	KUNIT_EXPECT_EQ(test, queued->add_result, 0);
}

static void count_and_high_water(struct kunit *test)
{
	struct queued *queued = test->priv;

	queued_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_request_queue_count(queued->queue), 0);
	asker_start(test, queued->file);
	asker_start(test, queued->file);
	KUNIT_EXPECT_EQ(test, dmf_request_queue_count(queued->queue), 2);
	dmf_request_complete(dmf_request_queue_take(queued->queue), 0);
	KUNIT_EXPECT_EQ(test, dmf_request_queue_count(queued->queue), 1);
	KUNIT_EXPECT_EQ(test, dmf_request_queue_high_water(queued->queue), 2);
}

static void take_and_complete(void *data)
{
	struct queued *queued = data;

	dmf_request_complete(dmf_request_queue_take(queued->queue), 0);
}

static void taken_in_an_interrupt_handler(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct submitter *asker;

	queued_probe(test);
	asker = asker_start(test, queued->file);
	dmf_kunit_in_interrupt(take_and_complete, queued);
	expect_result(test, asker, 0);
}

static void owner_of_passive_level(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct submitter *asker;

	queued->passive_level = true;
	queued_probe(test);
	asker = asker_start(test, queued->file);
	take_and_complete(queued);
	expect_result(test, asker, 0);
}

static void locked_variants_are_one_step(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct dmf_request *first, *second;
	struct submitter *asker;

	queued_probe(test);
	asker = asker_start(test, queued->file);
	dmf_module_lock(queued->keeper);
	first = dmf_request_queue_take_locked(queued->queue);
	second = dmf_request_queue_take_of_file_locked(queued->queue, queued->file);
	dmf_module_unlock(queued->keeper);
	KUNIT_ASSERT_NOT_NULL(test, first);
	KUNIT_EXPECT_NULL(test, second);
	dmf_request_complete(first, 0);
	expect_result(test, asker, 0);
}

/* -- Files -- */

static void requests_of_one_file_are_taken(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct submitter *mine[2], *theirs;
	struct dmf_file *other;
	int i;

	queued_probe(test);
	other = dmf_kunit_open(test, queued->ddev);
	theirs = asker_start(test, other);
	mine[0] = asker_start(test, queued->file);
	mine[1] = asker_start(test, queued->file);
	for (i = 0; i < 2; i++) {
		dmf_request_complete(dmf_request_queue_take_of_file(queued->queue, queued->file),
				     -(i + 1));
		expect_result(test, mine[i], -(i + 1));
	}
	KUNIT_EXPECT_NULL(test, dmf_request_queue_take_of_file(queued->queue, queued->file));
	KUNIT_EXPECT_FALSE(test, completion_done(&theirs->done));
}

static void requests_of_one_file_are_returned(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct submitter *mine[2], *theirs;
	struct dmf_file *other;

	queued_probe(test);
	other = dmf_kunit_open(test, queued->ddev);
	mine[0] = asker_start(test, queued->file);
	theirs = asker_start(test, other);
	mine[1] = asker_start(test, queued->file);
	dmf_request_queue_return_file(queued->queue, queued->file, -ENOLINK);
	expect_result(test, mine[0], -ENOLINK);
	expect_result(test, mine[1], -ENOLINK);
	KUNIT_EXPECT_EQ(test, dmf_request_queue_count(queued->queue), 1);
	KUNIT_EXPECT_FALSE(test, completion_done(&theirs->done));
}

/* -- Returning and closing -- */

static void return_all_gives_all_the_same(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct submitter *askers[REQUEST_MAX];
	int i;

	queued_probe(test);
	for (i = 0; i < REQUEST_MAX; i++)
		askers[i] = asker_start(test, queued->file);
	dmf_request_queue_return_all(queued->queue, -ENOLINK);
	for (i = 0; i < REQUEST_MAX; i++)
		expect_result(test, askers[i], -ENOLINK);
	asker_start(test, queued->file);
	KUNIT_EXPECT_EQ(test, queued->add_result, 0);
}

static void closed_queue_has_and_takes_no_requests(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct submitter *asker;

	queued_probe(test);
	asker = asker_start(test, queued->file);
	dmf_request_queue_close(queued->queue, -ENOLINK);
	expect_result(test, asker, -ENOLINK);
	expect_result(test, asker_start(test, queued->file), -ENODEV);
	dmf_request_queue_close(queued->queue, -EIO);

	dmf_request_queue_reopen(queued->queue);
	asker = asker_start(test, queued->file);
	KUNIT_EXPECT_EQ(test, queued->add_result, 0);
	KUNIT_EXPECT_EQ(test, dmf_request_queue_count(queued->queue), 1);
}

static void owner_hears_of_what_is_given_back(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct submitter *asker;

	queued_probe_with(test, queued_give_back);
	asker = asker_start(test, queued->file);
	dmf_request_queue_return_all(queued->queue, -ENOLINK);
	expect_result(test, asker, -EXDEV);
	KUNIT_EXPECT_EQ(test, queued->status, -ENOLINK);
	asker = asker_start(test, queued->file);
	dmf_request_queue_close(queued->queue, -EIO);
	expect_result(test, asker, -EXDEV);
	KUNIT_EXPECT_EQ(test, queued->status, -EIO);
	KUNIT_EXPECT_EQ(test, atomic_read(&queued->given_back), 2);
}

/* -- Cancelling -- */

static void cancelled_request_leaves_the_queue(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct submitter *asker, *left;
	struct dmf_file *other;

	queued_probe(test);
	other = dmf_kunit_open(test, queued->ddev);
	asker = asker_start(test, queued->file);
	left = asker_start(test, other);
	dmf_file_cancel_mine(queued->file);
	expect_result(test, asker, -ECANCELED);
	KUNIT_EXPECT_EQ(test, dmf_request_queue_count(queued->queue), 1);
	take_and_complete(queued);
	expect_result(test, left, 0);
}

static void owner_hears_of_a_cancelled_request(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct submitter *asker;

	queued_probe_with(test, queued_give_back);
	asker = asker_start(test, queued->file);
	dmf_file_cancel_mine(queued->file);
	expect_result(test, asker, -EXDEV);
	KUNIT_EXPECT_EQ(test, queued->status, -ECANCELED);
	KUNIT_EXPECT_EQ(test, atomic_read(&queued->given_back), 1);
	KUNIT_EXPECT_EQ(test, dmf_request_queue_count(queued->queue), 0);
}

/* The core must not look at the queue any more. */
static void queue_may_go_before_a_request_that_was_taken(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct dmf_request *request;
	struct submitter *asker;

	queued_probe_with(test, queued_give_back);
	asker = asker_start(test, queued->file);
	request = dmf_request_queue_take(queued->queue);
	dmf_request_queue_close(queued->queue, -EIO);
	kfree(queued->queue);
	queued->queue = NULL;
	dmf_file_cancel_mine(queued->file);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(asker));
	dmf_request_complete(request, 0);
	expect_result(test, asker, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&queued->given_back), 0);
}

static void unbind_cancels_what_waits(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct submitter *asker;

	queued_probe(test);
	asker = asker_start(test, queued->file);
	dmf_kunit_remove(test, queued->ddev);
	expect_result(test, asker, -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_request_queue_count(queued->queue), 0);
}

/* -- Races -- */

/*
 * Two submitters give up while one of their requests is taken and the queue goes:
 * each request ends once, and nobody looks at the queue that has gone.
 */
static void race_cancel_against_take_and_close(struct kunit *test)
{
	struct queued *queued = test->priv;
	struct dmf_request_queue *queue;
	struct submitter *askers[2];
	struct dmf_request *request;
	int i, results, taken = 0;

	queued_probe(test);
	for (i = 0; i < 100; i++) {
		askers[0] = asker_start(test, queued->file);
		askers[1] = asker_start(test, queued->file);
		dmf_file_cancel_mine(queued->file);
		if (i & 1)
			cond_resched();
		request = dmf_request_queue_take(queued->queue);
		queue = queued->queue;
		dmf_request_queue_close(queue, -ENOLINK);
		KUNIT_EXPECT_EQ(test, dmf_request_queue_count(queue), 0);
		queue_init(test, NULL);
		kfree(queue);
		if (request)
			dmf_request_complete(request, -ESRCH);

		results = 0;
		results += dmf_kunit_submit_result(test, askers[0]) == -ESRCH;
		results += dmf_kunit_submit_result(test, askers[1]) == -ESRCH;
		KUNIT_EXPECT_EQ(test, results, !!request);
		taken += !!request;
	}
	kunit_info(test, "%d of 100 were taken\n", taken);
}

static int queued_init(struct kunit *test)
{
	struct queued *queued = kunit_kzalloc(test, sizeof(*queued), GFP_KERNEL);

	if (!queued)
		return -ENOMEM;
	init_completion(&queued->added);
	test->priv = queued;
	return 0;
}

/* Submitters that still wait end when the device is unbound. */
static void queued_exit(struct kunit *test)
{
	struct queued *queued = test->priv;

	if (!queued || !queued->queue)
		return;
	dmf_kunit_remove(test, queued->ddev);
	kfree(queued->queue);
}

static struct kunit_case queued_cases[] = {
	KUNIT_CASE(oldest_request_is_taken_first),
	KUNIT_CASE(one_request_too_many_is_refused),
	KUNIT_CASE(count_and_high_water),
	KUNIT_CASE(taken_in_an_interrupt_handler),
	KUNIT_CASE(owner_of_passive_level),
	KUNIT_CASE(locked_variants_are_one_step),
	KUNIT_CASE(requests_of_one_file_are_taken),
	KUNIT_CASE(requests_of_one_file_are_returned),
	KUNIT_CASE(return_all_gives_all_the_same),
	KUNIT_CASE(closed_queue_has_and_takes_no_requests),
	KUNIT_CASE(owner_hears_of_what_is_given_back),
	KUNIT_CASE(cancelled_request_leaves_the_queue),
	KUNIT_CASE(owner_hears_of_a_cancelled_request),
	KUNIT_CASE(queue_may_go_before_a_request_that_was_taken),
	KUNIT_CASE(unbind_cancels_what_waits),
	KUNIT_CASE(race_cancel_against_take_and_close),
	{ }
};

static struct kunit_suite queued_suite = {
	.name = "dmf_request_queue",
	.init = queued_init,
	.exit = queued_exit,
	.test_cases = queued_cases,
};

kunit_test_suite(queued_suite);
