// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of ThreadedBufferQueue: order, dispositions, start and stop, flush.
 */

#include "threaded_buffer_queue_fixture.h"

/* -- Order -- */

static void buffers_are_worked_on_in_order(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	jobs_enqueue(test, 'a', JOB_COMPLETE);
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	jobs_enqueue(test, 'c', JOB_COMPLETE);
	jobs_await_cleanups(test, 3);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_stop(jobs->queue), 0);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<abc>");
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "abc");
	KUNIT_EXPECT_FALSE(test, jobs->wrong_buffer);
	KUNIT_EXPECT_FALSE(test, jobs->wrong_context);
	KUNIT_EXPECT_EQ(test, jobs_free_buffers(jobs), JOBS_BUFFERS);
}

static void head_comes_before_all_others(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);

	jobs_enqueue_at_head(test, 'c', JOB_COMPLETE);
	jobs_enqueue(test, 'd', JOB_COMPLETE);
	jobs_enqueue_at_head(test, 'b', JOB_COMPLETE);
	jobs_enqueue(test, 'e', JOB_COMPLETE);
	jobs_enqueue_at_head(test, 'a', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(jobs->queue), 5);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await_cleanups(test, 5);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<abcde");
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "abcde");
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(jobs->queue), 0);
}

static void enqueue_during_work_follows(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	jobs_block(test, 'a');
	jobs_enqueue(test, 'c', JOB_COMPLETE);
	jobs_enqueue_at_head(test, 'b', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(jobs->queue), 2);
	complete(&jobs->go_on);
	jobs_await_cleanups(test, 3);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<abc");
	KUNIT_EXPECT_FALSE(test, jobs->overlapped);
}

static void fetch_and_enqueue_in_interrupt(void *data)
{
	struct jobs *jobs = data;
	void *buffer, *context;

	jobs->result = dmf_threaded_buffer_queue_fetch(jobs->queue, &buffer, &context);
	if (jobs->result)
		return;
	*(u8 *)buffer = 'i';
	*(u8 *)context = 'i';
	jobs->result = dmf_threaded_buffer_queue_enqueue(jobs->queue, buffer);
}

static void enqueue_from_an_interrupt_handler(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	dmf_kunit_in_interrupt(fetch_and_enqueue_in_interrupt, jobs);
	KUNIT_EXPECT_EQ(test, jobs->result, 0);
	jobs_await_cleanups(test, 1);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<i");
	KUNIT_EXPECT_FALSE(test, jobs->wrong_context);
}

static void exhausted_queue_refuses_fetch(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	void *buffer;
	int i;

	for (i = 0; i < JOBS_BUFFERS; i++)
		jobs_enqueue(test, 'a', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_fetch(jobs->queue, &buffer, NULL),
			-ENOBUFS);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(jobs->queue), JOBS_BUFFERS);
}

static void lookaside_buffers_are_worked_on(struct kunit *test)
{
	struct jobs *jobs = test->priv;
	int i;

	jobs->config.buffer_queue_config.source.buffer_count = 1;
	jobs->config.buffer_queue_config.source.enable_look_aside = true;
	jobs_probe(test);
	for (i = 0; i < JOBS_BUFFERS; i++)
		jobs_enqueue(test, 'a' + i, JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await_cleanups(test, JOBS_BUFFERS);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<abcdefgh");
}

/* -- Owners -- */

static void reuse_cleans_once(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	u8 *buffer = jobs_fetch(test, 'a', JOB_COMPLETE);

	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_reuse(jobs->queue, buffer), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups), 1);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_reuse(jobs->queue, buffer), -EALREADY);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups_of_zeroed), 0);
}

static void queued_buffer_is_refused(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	u8 *buffer = jobs_enqueue(test, 'a', JOB_COMPLETE);
	struct dmf_threaded_buffer_queue *queue = jobs->queue;

	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue(queue, buffer), -EALREADY);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue_at_head(queue, buffer), -EALREADY);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue_and_wait(queue, buffer), -EALREADY);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_reuse(queue, buffer), -EALREADY);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(queue), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(queue), 0);
	jobs_await_cleanups(test, 1);
}

static void buffer_that_is_worked_on_is_refused(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	jobs_enqueue(test, 'a', JOB_REUSE);
	jobs_await_cleanups(test, 1);
	KUNIT_EXPECT_EQ(test, jobs->result, -EALREADY);
	jobs_expect_free(test, JOBS_BUFFERS);
}

static void buffer_of_another_queue_is_refused(struct kunit *test)
{
	struct jobs *jobs = test->priv;
	u8 *buffer;

	jobs->two_queues = true;
	jobs_probe(test);
	buffer = jobs_fetch(test, 'a', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue(jobs->other, buffer), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue_and_wait(jobs->other, buffer),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_reuse(jobs->other, buffer), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_reuse(jobs->queue, buffer), 0);
}

static void overrun_by_work_is_found_without_cleanup(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	jobs_enqueue(test, 'a', JOB_OVERRUN);
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	jobs_await_cleanups(test, 1);
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "b");
	jobs_expect_free(test, JOBS_BUFFERS - 1);
}

static void overrun_in_the_queue_is_not_worked_on(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct job_waiter *waiter = jobs_wait(test, 'a', JOB_COMPLETE, false, false);
	u8 *buffer = waiter->buffer;

	jobs_enqueue(test, 'b', JOB_COMPLETE);
	OPTIMIZER_HIDE_VAR(buffer);
	buffer[JOBS_SIZE] = 0;
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), -EUCLEAN);
	jobs_await_cleanups(test, 1);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<b");
	jobs_expect_free(test, JOBS_BUFFERS - 1);
}

/* -- Pending buffers -- */

static void pending_buffer_holds_the_next(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	void *buffer;

	jobs_keep(test, 'a');
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	jobs_enqueue_at_head(test, 'c', JOB_COMPLETE);
	schedule_timeout_uninterruptible(2);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<a");
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(jobs->queue), 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_reuse(jobs->queue, jobs->kept), -EALREADY);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue(jobs->queue, jobs->kept),
			-EALREADY);

	buffer = jobs->kept;
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(jobs->queue, buffer, 0), 0);
	jobs_await_cleanups(test, 3);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<acb");
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "acb");
	jobs_expect_free(test, JOBS_BUFFERS);
}

static void completion_resumes_without_another_enqueue(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);

	jobs_enqueue(test, 'a', JOB_KEEP);
	jobs_enqueue(test, 'b', JOB_KEEP);
	jobs_enqueue(test, 'c', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await(test, &jobs->ended);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(jobs->queue, jobs->kept, 0),
			0);
	jobs_await(test, &jobs->ended);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(jobs->queue, jobs->kept, 0),
			0);
	jobs_await_cleanups(test, 3);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<abc");
}

static void complete_kept(void *data)
{
	struct jobs *jobs = data;

	jobs->result = dmf_threaded_buffer_queue_work_completed(jobs->queue, jobs->kept, 0);
}

static void completion_from_an_interrupt_handler(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	jobs_keep(test, 'a');
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	dmf_kunit_in_interrupt(complete_kept, jobs);
	KUNIT_EXPECT_EQ(test, jobs->result, 0);
	jobs_await_cleanups(test, 2);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<ab");
}

static void completion_before_work_returns(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct job_waiter *waiter = jobs_wait(test, 'a', JOB_KEEP_COMPLETED, false, false);

	jobs_enqueue(test, 'b', JOB_COMPLETE);
	jobs->status = -EPIPE;
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), -EPIPE);
	jobs_await_cleanups(test, 2);
	KUNIT_EXPECT_EQ(test, jobs->result, 0);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<ab");
	jobs_expect_free(test, JOBS_BUFFERS);
}

static void completion_of_what_is_not_pending_is_refused(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct dmf_threaded_buffer_queue *queue = jobs->queue;
	u8 *fetched = jobs_fetch(test, 'f', JOB_COMPLETE);
	void *kept;

	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(queue, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(queue, fetched, 0), -EINVAL);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("jobs: fault=not_pending"));
	jobs_enqueue(test, 'a', JOB_KEEP);
	jobs_enqueue(test, 'b', JOB_KEEP);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(queue), 0);
	jobs_await(test, &jobs->ended);
	kept = jobs->kept;
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(queue, fetched, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(queue, kept + 1, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(queue, kept, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(queue, kept, 0), -EINVAL);
	jobs_await(test, &jobs->ended);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(queue, kept, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(queue, jobs->kept, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_reuse(queue, fetched), 0);
	jobs_await_cleanups(test, 3);
	jobs_expect_free(test, JOBS_BUFFERS);
}

static void completion_by_work_too_is_reported(struct kunit *test)
{
	jobs_started(test);
	jobs_enqueue(test, 'a', JOB_COMPLETE_TWICE);
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	jobs_await_cleanups(test, 2);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("jobs: fault=completed_twice"));
	jobs_expect_free(test, JOBS_BUFFERS);
}

/* -- Start and stop -- */

static void queue_that_is_not_started_keeps(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);

	jobs_enqueue(test, 'a', JOB_COMPLETE);
	schedule_timeout_uninterruptible(2);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->works), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), -EALREADY);
	jobs_await_cleanups(test, 1);
}

struct stopper {
	struct jobs *jobs;
	struct completion done;
	int result;
};

static int stopper_task(void *data)
{
	struct stopper *stopper = data;

	stopper->result = dmf_threaded_buffer_queue_stop(stopper->jobs->queue);
	complete(&stopper->done);
	return 0;
}

static struct stopper *stopper_run(struct kunit *test)
{
	struct stopper *stopper = kunit_kzalloc(test, sizeof(*stopper), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stopper);
	stopper->jobs = test->priv;
	init_completion(&stopper->done);
	dmf_kunit_run(test, stopper_task, stopper);
	KUNIT_ASSERT_TRUE(test, jobs_await_stopping(stopper->jobs));
	/* It is about to wait for the work under way; whether it does is not seen. */
	schedule_timeout_uninterruptible(HZ / 50);
	return stopper;
}

static void stop_keeps_what_is_queued(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	struct stopper *stopper;

	jobs_block(test, 'a');
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	jobs_enqueue(test, 'c', JOB_COMPLETE);
	stopper = stopper_run(test);
	KUNIT_EXPECT_FALSE(test, completion_done(&stopper->done));
	complete(&jobs->go_on);
	jobs_await(test, &stopper->done);
	KUNIT_EXPECT_EQ(test, stopper->result, 0);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<a>");
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(jobs->queue), 2);

	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await_cleanups(test, 3);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<a><bc");
}

static void stop_does_not_wait_for_a_pending_buffer(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	jobs_keep(test, 'a');
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_stop(jobs->queue), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(jobs->queue, jobs->kept, 0),
			0);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups), 1);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<a>");
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await_cleanups(test, 2);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<a><b");
}

static void pending_buffer_holds_over_a_restart(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	jobs_keep(test, 'a');
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_stop(jobs->queue), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	schedule_timeout_uninterruptible(2);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->works), 1);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(jobs->queue, jobs->kept, 0),
			0);
	jobs_await_cleanups(test, 2);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<a><b");
}

static void stop_inside_work_is_refused(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	dmf_kunit_expect_begin(test, "WARNING:.*dmf_thread_stop");
	jobs_enqueue(test, 'a', JOB_STOP);
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	jobs_await_cleanups(test, 2);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, jobs->result, -EDEADLK);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<ab");
}

/* -- Flush -- */

static void flush_gives_back_what_has_not_begun(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	jobs_block(test, 'a');
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	jobs_enqueue(test, 'c', JOB_COMPLETE);
	dmf_threaded_buffer_queue_flush(jobs->queue);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(jobs->queue), 0);
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "bc");
	jobs_enqueue(test, 'd', JOB_COMPLETE);
	complete(&jobs->go_on);
	jobs_await_cleanups(test, 4);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<ad");
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups_of_zeroed), 0);
	jobs_expect_free(test, JOBS_BUFFERS);
}

static void flush_leaves_a_pending_buffer(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	jobs_keep(test, 'a');
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	dmf_threaded_buffer_queue_flush(jobs->queue);
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "b");
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(jobs->queue, jobs->kept, 0),
			0);
	jobs_await_cleanups(test, 2);
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "ba");
}

static void flush_in_interrupt(void *data)
{
	struct jobs *jobs = data;

	dmf_threaded_buffer_queue_flush(jobs->queue);
}

static void flush_from_an_interrupt_handler(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct job_waiter *waiter = jobs_wait(test, 'a', JOB_COMPLETE, false, false);

	dmf_kunit_in_interrupt(flush_in_interrupt, jobs);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), -ECANCELED);
}

static void flush_inside_work(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);

	jobs_enqueue(test, 'a', JOB_FLUSH);
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await_cleanups(test, 2);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<a");
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "ba");
}

/* -- Config -- */

static void optional_callbacks_may_be_missing(struct kunit *test)
{
	struct jobs *jobs = test->priv;

	jobs->config.pre = NULL;
	jobs->config.post = NULL;
	jobs->config.reuse_cleanup = NULL;
	jobs_started(test);
	jobs_enqueue(test, 'a', JOB_COMPLETE);
	jobs_await(test, &jobs->ended);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_stop(jobs->queue), 0);
	KUNIT_EXPECT_STREQ(test, jobs->log, "a");
	KUNIT_EXPECT_EQ(test, jobs_free_buffers(jobs), JOBS_BUFFERS);
}

static void thread_has_the_name_of_the_instance(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	jobs_enqueue(test, 'a', JOB_COMPLETE);
	jobs_await_cleanups(test, 1);
	KUNIT_EXPECT_STREQ(test, jobs->comm, "jobs");
}

static void thread_has_the_name_of_the_config(struct kunit *test)
{
	struct jobs *jobs = test->priv;

	jobs->config.task.name = "worker";
	jobs_started(test);
	jobs_enqueue(test, 'a', JOB_COMPLETE);
	jobs_await_cleanups(test, 1);
	KUNIT_EXPECT_STREQ(test, jobs->comm, "worker");
}

static void cleanup_of_the_buffer_queue(struct dmf_buffer_queue *queue, void *buffer,
					void *buffer_context)
{
}

static void bad_configs_are_refused(struct kunit *test)
{
	struct jobs *jobs = test->priv;
	const struct dmf_threaded_buffer_queue_config good = jobs->config;

	jobs->config.work = NULL;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &jobs_ops)), -EINVAL);
	jobs->config = good;
	jobs->config.buffer_queue_config.reuse_cleanup = cleanup_of_the_buffer_queue;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &jobs_ops)), -EINVAL);
	jobs->config = good;
	jobs->config.buffer_queue_config.source.buffer_size = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &jobs_ops)), -EINVAL);
	jobs->config = good;
	jobs->config.task.nice = 100;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &jobs_ops)), -EINVAL);
}

static void passive_level_queue_works(struct kunit *test)
{
	struct jobs *jobs = test->priv;
	struct job_waiter *waiter;

	jobs->attributes.passive_level = true;
	jobs_probe(test);
	waiter = jobs_wait(test, 'b', JOB_COMPLETE, false, true);
	jobs_enqueue_at_head(test, 'a', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), 0);
	jobs_keep(test, 'c');
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(jobs->queue, jobs->kept, 0),
			0);
	jobs_await_cleanups(test, 3);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<abc");
	jobs_expect_free(test, JOBS_BUFFERS);
}

static struct kunit_case threaded_buffer_queue_cases[] = {
	KUNIT_CASE(buffers_are_worked_on_in_order),
	KUNIT_CASE(head_comes_before_all_others),
	KUNIT_CASE(enqueue_during_work_follows),
	KUNIT_CASE(enqueue_from_an_interrupt_handler),
	KUNIT_CASE(exhausted_queue_refuses_fetch),
	KUNIT_CASE(lookaside_buffers_are_worked_on),
	KUNIT_CASE(reuse_cleans_once),
	KUNIT_CASE(queued_buffer_is_refused),
	KUNIT_CASE(buffer_that_is_worked_on_is_refused),
	KUNIT_CASE(buffer_of_another_queue_is_refused),
	KUNIT_CASE(overrun_by_work_is_found_without_cleanup),
	KUNIT_CASE(overrun_in_the_queue_is_not_worked_on),
	KUNIT_CASE(pending_buffer_holds_the_next),
	KUNIT_CASE(completion_resumes_without_another_enqueue),
	KUNIT_CASE(completion_from_an_interrupt_handler),
	KUNIT_CASE(completion_before_work_returns),
	KUNIT_CASE(completion_of_what_is_not_pending_is_refused),
	KUNIT_CASE(completion_by_work_too_is_reported),
	KUNIT_CASE(queue_that_is_not_started_keeps),
	KUNIT_CASE(stop_keeps_what_is_queued),
	KUNIT_CASE(stop_does_not_wait_for_a_pending_buffer),
	KUNIT_CASE(pending_buffer_holds_over_a_restart),
	KUNIT_CASE(stop_inside_work_is_refused),
	KUNIT_CASE(flush_gives_back_what_has_not_begun),
	KUNIT_CASE(flush_leaves_a_pending_buffer),
	KUNIT_CASE(flush_from_an_interrupt_handler),
	KUNIT_CASE(flush_inside_work),
	KUNIT_CASE(optional_callbacks_may_be_missing),
	KUNIT_CASE(thread_has_the_name_of_the_instance),
	KUNIT_CASE(thread_has_the_name_of_the_config),
	KUNIT_CASE(bad_configs_are_refused),
	KUNIT_CASE(passive_level_queue_works),
	{ }
};

static struct kunit_suite threaded_buffer_queue_suite = {
	.name = "dmf_threaded_buffer_queue",
	.init = jobs_init,
	.test_cases = threaded_buffer_queue_cases,
};

kunit_test_suite(threaded_buffer_queue_suite);
