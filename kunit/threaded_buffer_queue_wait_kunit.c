// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of ThreadedBufferQueue: those who wait, close, and many at a time.
 */
#include <linux/kthread.h>
#include <linux/sched/signal.h>

#include "../dmf/internal.h"
#include "threaded_buffer_queue_fixture.h"

/* -- Waiting -- */

static void wait_returns_the_status(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	struct dmf_threaded_buffer_queue *queue = jobs->queue;
	u8 *buffer = jobs_fetch(test, 'a', JOB_COMPLETE);
	int ret;

	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue_and_wait(queue, buffer), 0);
	KUNIT_EXPECT_EQ(test, jobs_free_buffers(jobs), JOBS_BUFFERS);
	jobs->status = -EPIPE;
	buffer = jobs_fetch(test, 'b', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue_at_head_and_wait(queue, buffer),
			-EPIPE);
	buffer = jobs_fetch(test, 'c', JOB_COMPLETE);
	ret = dmf_threaded_buffer_queue_enqueue_and_wait_interruptible(queue, buffer, false);
	KUNIT_EXPECT_EQ(test, ret, -EPIPE);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<abc");
}

/* The only buffer can be fetched as soon as the wait is over. */
static void wait_ends_when_the_buffer_is_back(struct kunit *test)
{
	struct jobs *jobs = test->priv;
	int i;

	jobs->config.buffer_queue_config.source.buffer_count = 1;
	jobs_started(test);
	for (i = 1; i <= 200; i++) {
		u8 *buffer = jobs_fetch(test, 'a', JOB_COMPLETE);

		KUNIT_EXPECT_EQ(test,
				dmf_threaded_buffer_queue_enqueue_and_wait(jobs->queue, buffer), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups), i);
	}
}

static void waits_follow_the_order(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct job_waiter *third = jobs_wait(test, 'c', JOB_COMPLETE, false, false);
	struct job_waiter *second = jobs_wait(test, 'b', JOB_COMPLETE, true, true);
	struct job_waiter *first = jobs_wait(test, 'a', JOB_COMPLETE, true, false);
	struct job_waiter *fourth = jobs_wait(test, 'd', JOB_COMPLETE, false, true);

	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, fourth), 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, first), 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, second), 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, third), 0);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<abcd");
}

static void stopped_queue_keeps_who_waits(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	struct job_waiter *waiter;

	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_stop(jobs->queue), 0);
	waiter = jobs_wait(test, 'a', JOB_COMPLETE, false, false);
	schedule_timeout_uninterruptible(2);
	KUNIT_EXPECT_FALSE(test, completion_done(&waiter->done));
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), 0);
}

static void flush_cancels_who_waits(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	struct job_waiter *first, *second;

	jobs_block(test, 'x');
	first = jobs_wait(test, 'a', JOB_COMPLETE, false, false);
	second = jobs_wait(test, 'b', JOB_COMPLETE, false, true);
	dmf_threaded_buffer_queue_flush(jobs->queue);
	KUNIT_EXPECT_EQ(test, jobs_result(test, first), -ECANCELED);
	KUNIT_EXPECT_EQ(test, jobs_result(test, second), -ECANCELED);
	complete(&jobs->go_on);
	jobs_await_cleanups(test, 3);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<x");
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "abx");
}

static void wait_for_a_pending_buffer(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct job_waiter *waiter = jobs_wait(test, 'a', JOB_KEEP, false, false);

	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await(test, &jobs->ended);
	dmf_threaded_buffer_queue_flush(jobs->queue);
	schedule_timeout_uninterruptible(2);
	KUNIT_EXPECT_FALSE(test, completion_done(&waiter->done));
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_work_completed(jobs->queue, jobs->kept,
								       -EPROTO), 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), -EPROTO);
	KUNIT_EXPECT_EQ(test, jobs_free_buffers(jobs), JOBS_BUFFERS);
}

static void wait_inside_work_is_refused(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);

	dmf_kunit_expect_begin(test, "WARNING:.*threaded_buffer_queue_put_and_wait");
	jobs_enqueue(test, 'a', JOB_WAIT);
	jobs_await(test, &jobs->ended);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, jobs->result, -EDEADLK);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_stop(jobs->queue), 0);
	KUNIT_EXPECT_EQ(test, jobs_free_buffers(jobs), JOBS_BUFFERS);
}

static void signal_before_work_withdraws(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct job_waiter *waiter;

	jobs_enqueue(test, 'a', JOB_COMPLETE);
	waiter = jobs_wait(test, 'b', JOB_COMPLETE, false, true);
	jobs_enqueue(test, 'c', JOB_COMPLETE);
	send_sig(SIGUSR1, waiter->task, 1);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), -ERESTARTSYS);
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "b");
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(jobs->queue), 2);

	/* The first, and the last; what comes after them is in order. */
	waiter = jobs_wait(test, 'd', JOB_COMPLETE, true, true);
	send_sig(SIGUSR1, waiter->task, 1);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), -ERESTARTSYS);
	waiter = jobs_wait(test, 'e', JOB_COMPLETE, false, true);
	send_sig(SIGUSR1, waiter->task, 1);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), -ERESTARTSYS);
	jobs_enqueue(test, 'f', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await_cleanups(test, 6);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<acf");
	jobs_expect_free(test, JOBS_BUFFERS);
}

static void signal_withdraws_the_only_buffer(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct job_waiter *waiter = jobs_wait(test, 'a', JOB_COMPLETE, false, true);

	send_sig(SIGUSR1, waiter->task, 1);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), -ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(jobs->queue), 0);
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	jobs_enqueue(test, 'c', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await_cleanups(test, 3);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<bc");
}

static void signal_during_work_waits_for_its_end(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct job_waiter *waiter = jobs_wait(test, 'a', JOB_BLOCK, false, true);

	jobs->status = -EPIPE;
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await(test, &jobs->begun);
	send_sig(SIGUSR1, waiter->task, 1);
	schedule_timeout_uninterruptible(2);
	KUNIT_EXPECT_FALSE(test, completion_done(&waiter->done));
	complete(&jobs->go_on);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), -EPIPE);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups), 1);
}

static void signal_does_not_end_an_uninterruptible_wait(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct job_waiter *waiter = jobs_wait(test, 'a', JOB_COMPLETE, false, false);

	send_sig(SIGUSR1, waiter->task, 1);
	schedule_timeout_uninterruptible(2);
	KUNIT_EXPECT_FALSE(test, completion_done(&waiter->done));
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), 0);
}

/* -- Close -- */

static void close_gives_back_what_is_queued(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);

	jobs_enqueue(test, 'a', JOB_COMPLETE);
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	dmf_kunit_remove(test, jobs->ddev);
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "ab");
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->works), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups_of_zeroed), 0);
}

static int go_on_when_stopping(void *data)
{
	struct jobs *jobs = data;

	jobs_await_stopping(jobs);
	schedule_timeout_uninterruptible(HZ / 20);
	complete(&jobs->go_on);
	return 0;
}

static void close_waits_for_work_and_cancels_the_rest(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	struct job_waiter *first, *second;

	jobs_block(test, 'x');
	first = jobs_wait(test, 'a', JOB_COMPLETE, false, false);
	second = jobs_wait(test, 'b', JOB_COMPLETE, true, true);
	dmf_kunit_run(test, go_on_when_stopping, jobs);
	dmf_kunit_remove(test, jobs->ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->inside), 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, first), -ECANCELED);
	KUNIT_EXPECT_EQ(test, jobs_result(test, second), -ECANCELED);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<x>");
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups), 3);
}

static void close_of_a_stopped_queue_cancels_who_waits(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct job_waiter *waiter = jobs_wait(test, 'a', JOB_COMPLETE, false, false);

	dmf_kunit_remove(test, jobs->ddev);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), -ECANCELED);
	KUNIT_EXPECT_STREQ(test, jobs->log, "");
}

static void undo_long_wait(void *data)
{
	WRITE_ONCE(dmf_long_wait_ms, (unsigned long)data);
}

struct completer {
	struct jobs *jobs;
	unsigned long normal;
	int status, result;
	char line[64];			/* that it waits for */
	bool said;
};

static int complete_when_said(void *data)
{
	struct completer *completer = data;
	struct jobs *jobs = completer->jobs;

	completer->said = dmf_kunit_until(dmf_kunit_logged(completer->line));
	WRITE_ONCE(dmf_long_wait_ms, completer->normal);
	completer->result = dmf_threaded_buffer_queue_work_completed(jobs->queue, jobs->kept,
								     completer->status);
	return 0;
}

/* It waits for the buffer and for its waiter, and says so. */
static void close_waits_aloud_for_a_pending_buffer(struct kunit *test)
{
	struct completer *completer = kunit_kzalloc(test, sizeof(*completer), GFP_KERNEL);
	unsigned long normal = READ_ONCE(dmf_long_wait_ms);
	struct jobs *jobs = jobs_probe(test);
	struct job_waiter *waiter;

	KUNIT_ASSERT_NOT_NULL(test, completer);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, undo_long_wait, (void *)normal), 0);
	waiter = jobs_wait(test, 'a', JOB_KEEP, false, false);
	jobs_enqueue(test, 'b', JOB_COMPLETE);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await(test, &jobs->ended);
	completer->jobs = jobs;
	completer->normal = normal;
	completer->status = -EPROTO;
	/* Of this device: others have waited before. */
	snprintf(completer->line, sizeof(completer->line), "%s: jobs: waits for 2 users",
		 dev_name(jobs->ddev->dev));
	WRITE_ONCE(dmf_long_wait_ms, 20);
	dmf_kunit_run(test, complete_when_said, completer);
	dmf_kunit_remove(test, jobs->ddev);
	KUNIT_EXPECT_TRUE(test, completer->said);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), -EPROTO);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<a>");
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "ba");
}

static void complete_in_pre_close(struct dmf_module *module)
{
	struct jobs *jobs = dmf_module_client_data(module);

	dmf_threaded_buffer_queue_stop(jobs->queue);
	jobs->result = dmf_threaded_buffer_queue_work_completed(jobs->queue, jobs->kept, 0);
}

static void client_completes_in_pre_close(struct kunit *test)
{
	struct jobs *jobs = test->priv;
	struct job_waiter *waiter;

	jobs->events.on_notification_pre_close = complete_in_pre_close;
	jobs_probe(test);
	waiter = jobs_wait(test, 'a', JOB_KEEP, false, false);
	jobs_enqueue(test, 'b', JOB_KEEP);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	jobs_await(test, &jobs->ended);
	dmf_kunit_remove(test, jobs->ddev);
	KUNIT_EXPECT_EQ(test, jobs->result, 0);
	KUNIT_EXPECT_EQ(test, jobs_result(test, waiter), 0);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<a>");
	KUNIT_EXPECT_STREQ(test, jobs->cleaned, "ab");
}

static void closed_queue_refuses_and_opens_again(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	struct dmf_threaded_buffer_queue *queue = jobs->queue;
	u8 *buffer = jobs_fetch(test, 'a', JOB_COMPLETE);
	void *none;

	dmf_phase_down(jobs->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_fetch(queue, &none, NULL), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue(queue, buffer), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue_and_wait(queue, buffer), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_reuse(queue, buffer), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(queue), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_stop(queue), -ENODEV);
	dmf_threaded_buffer_queue_flush(queue);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(queue), 0);

	KUNIT_EXPECT_EQ(test, dmf_phase_up(jobs->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(queue), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue_and_wait(queue, buffer), 0);
	KUNIT_EXPECT_EQ(test, jobs_free_buffers(jobs), JOBS_BUFFERS);
}

static void dynamic_queue_works(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);
	struct dmf_threaded_buffer_queue *queue;
	void *buffer, *context;

	KUNIT_ASSERT_EQ(test, dmf_threaded_buffer_queue_create(jobs->ddev, NULL, &jobs->config,
							       &jobs->attributes, &queue), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_start(queue), 0);
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_fetch(queue, &buffer, &context), 0);
	*(u8 *)buffer = 'a';
	*(u8 *)context = 'a';
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue_and_wait(queue, buffer), 0);
	dmf_threaded_buffer_queue_destroy(queue);
	KUNIT_EXPECT_STREQ(test, jobs->log, "<a>");
}

/* -- Races -- */

/* A task that does one thing with buffers until it is told to end. */
struct racer {
	struct jobs *jobs;
	struct task_struct *task;
	unsigned int producer;		/* from 1 */
	bool wait, interruptible;
	bool end;
	struct completion ended;
	unsigned int fetched, accepted, refused, cancelled, interrupted, wrong;
};

/* The queue does not want it: give it back, as soon as it is open. */
static void racer_give_back(struct racer *racer, void *buffer)
{
	while (dmf_threaded_buffer_queue_reuse(racer->jobs->queue, buffer) == -ENODEV)
		cond_resched();
}

static void racer_round(struct racer *racer)
{
	struct dmf_threaded_buffer_queue *queue = racer->jobs->queue;
	void *buffer, *context;
	int ret;

	if (dmf_threaded_buffer_queue_fetch(queue, &buffer, &context))
		return;
	*(u8 *)buffer = 'a';
	*(u8 *)context = 'a';
	((u8 *)buffer)[JOBS_PRODUCER_OFFSET] = racer->producer;
	*(u32 *)(buffer + JOBS_NUMBER_OFFSET) = ++racer->fetched;
	if (racer->interruptible)
		ret = dmf_threaded_buffer_queue_enqueue_and_wait_interruptible(queue, buffer,
									       racer->fetched % 2);
	else if (racer->wait)
		ret = dmf_threaded_buffer_queue_enqueue_and_wait(queue, buffer);
	else
		ret = dmf_threaded_buffer_queue_enqueue(queue, buffer);

	racer->accepted += !ret;
	racer->cancelled += ret == -ECANCELED;
	racer->interrupted += ret == -ERESTARTSYS;
	racer->refused += ret == -ENODEV;
	racer->wrong += ret && ret != -ECANCELED && ret != -ERESTARTSYS && ret != -ENODEV;
	if (ret == -ENODEV)
		racer_give_back(racer, buffer);
}

static int racer_task(void *data)
{
	struct racer *racer = data;

	allow_signal(SIGUSR1);
	while (!READ_ONCE(racer->end)) {
		racer_round(racer);
		flush_signals(current);
		cond_resched();
	}
	complete(&racer->ended);
	return dmf_kunit_await_stop();
}

static struct racer *racer_run(struct kunit *test, unsigned int producer, bool wait,
			       bool interruptible)
{
	struct racer *racer = kunit_kzalloc(test, sizeof(*racer), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, racer);
	racer->jobs = test->priv;
	racer->producer = producer;
	racer->wait = wait;
	racer->interruptible = interruptible;
	init_completion(&racer->ended);
	racer->task = dmf_kunit_run(test, racer_task, racer);
	return racer;
}

static void racer_end(struct kunit *test, struct racer *racer)
{
	WRITE_ONCE(racer->end, true);
	jobs_await(test, &racer->ended);
	KUNIT_EXPECT_EQ(test, racer->wrong, 0);
}

/* Whoever else is faster, it gets its turn. */
static void racer_await_accepted(struct kunit *test, struct racer *racer)
{
	KUNIT_ASSERT_TRUE(test, dmf_kunit_until(READ_ONCE(racer->accepted)));
}

/* Each buffer that was fetched has been given back once. */
static void racers_check(struct kunit *test, struct racer *first, struct racer *second)
{
	struct jobs *jobs = test->priv;

	racer_end(test, first);
	racer_end(test, second);
	jobs_await_cleanups(test, first->fetched + second->fetched);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups_of_zeroed), 0);
	KUNIT_EXPECT_FALSE(test, jobs->out_of_order);
	KUNIT_EXPECT_FALSE(test, jobs->overlapped);
	KUNIT_EXPECT_FALSE(test, jobs->wrong_buffer);
	jobs_expect_free(test, JOBS_BUFFERS);
}

static void jobs_await_works(struct jobs *jobs, int more)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;
	int works = atomic_read(&jobs->works);

	while (atomic_read(&jobs->works) - works < more && time_before(jiffies, end))
		cond_resched();
}

static void close_and_open(struct kunit *test, unsigned int rounds)
{
	struct jobs *jobs = test->priv;
	unsigned int i;
	int works;

	for (i = 0; i < rounds; i++) {
		jobs_await_works(jobs, 5);
		dmf_phase_down(jobs->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		works = atomic_read(&jobs->works);
		KUNIT_EXPECT_EQ(test, atomic_read(&jobs->inside), 0);
		KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_count(jobs->queue), 0);
		schedule_timeout_uninterruptible(1);
		KUNIT_EXPECT_EQ(test, atomic_read(&jobs->works), works);
		KUNIT_ASSERT_EQ(test, dmf_phase_up(jobs->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL),
				0);
		KUNIT_ASSERT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	}
}

static void race_enqueue_against_close(struct kunit *test)
{
	struct racer *first, *second;

	jobs_started(test);
	first = racer_run(test, 1, false, false);
	second = racer_run(test, 2, false, false);
	racer_await_accepted(test, first);
	close_and_open(test, 12);
	racers_check(test, first, second);
}

static void race_wait_against_close(struct kunit *test)
{
	struct racer *first, *second;

	jobs_started(test);
	first = racer_run(test, 1, true, false);
	second = racer_run(test, 2, true, true);
	racer_await_accepted(test, first);
	close_and_open(test, 12);
	racers_check(test, first, second);
	KUNIT_EXPECT_EQ(test, second->interrupted, 0);
}

/* What is not cancelled is worked on, and the other way round. */
static void race_wait_against_flush(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	struct racer *first = racer_run(test, 1, true, false);
	struct racer *second = racer_run(test, 2, true, true);
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		dmf_threaded_buffer_queue_flush(jobs->queue);
		if (!(i % 100))
			jobs_await_works(jobs, 2);
	}
	racers_check(test, first, second);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->works), first->accepted + second->accepted);
}

static void race_signal_against_work(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	struct racer *first = racer_run(test, 1, true, true);
	struct racer *second = racer_run(test, 2, true, true);
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		send_sig(SIGUSR1, i % 2 ? first->task : second->task, 1);
		if (!(i % 100))
			jobs_await_works(jobs, 2);
		cond_resched();
	}
	racers_check(test, first, second);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->works), first->accepted + second->accepted);
	KUNIT_EXPECT_EQ(test, first->cancelled + second->cancelled, 0);
}

static void race_stop_against_enqueue(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	struct racer *first = racer_run(test, 1, false, false);
	struct racer *second = racer_run(test, 2, true, false);
	unsigned int i;
	int works;

	for (i = 0; i < 100; i++) {
		jobs_await_works(jobs, 1);
		KUNIT_ASSERT_EQ(test, dmf_threaded_buffer_queue_stop(jobs->queue), 0);
		works = atomic_read(&jobs->works);
		cond_resched();
		KUNIT_EXPECT_EQ(test, atomic_read(&jobs->works), works);
		KUNIT_ASSERT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	}
	racers_check(test, first, second);
	KUNIT_EXPECT_EQ(test, atomic_read(&jobs->works), first->accepted + second->accepted);
}

/* A Client that completes from another CPU what work is about to keep, or has kept. */
static int completing_task(void *data)
{
	struct completer *completer = data;
	struct jobs *jobs = completer->jobs;
	void *buffer;

	while (!kthread_should_stop()) {
		buffer = xchg(&jobs->kept, NULL);
		if (buffer &&
		    dmf_threaded_buffer_queue_work_completed(jobs->queue, buffer,
							     completer->status))
			completer->result = -EINVAL;
		cond_resched();
	}
	return 0;
}

static struct completer *completing_run(struct kunit *test)
{
	struct completer *completer = kunit_kzalloc(test, sizeof(*completer), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, completer);
	completer->jobs = test->priv;
	completer->status = -EPROTO;
	dmf_kunit_run(test, completing_task, completer);
	return completer;
}

static void race_completion_against_return(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	struct completer *completer = completing_run(test);
	int i, ret;

	for (i = 1; i <= 200; i++) {
		u8 *buffer = jobs_fetch(test, 'a', JOB_KEEP);

		ret = dmf_threaded_buffer_queue_enqueue_and_wait(jobs->queue, buffer);
		KUNIT_ASSERT_EQ(test, ret, -EPROTO);
		KUNIT_ASSERT_EQ(test, atomic_read(&jobs->cleanups), i);
	}
	KUNIT_EXPECT_EQ(test, completer->result, 0);
}

static void race_completion_against_close(struct kunit *test)
{
	struct jobs *jobs = jobs_started(test);
	struct completer *completer = completing_run(test);
	int i, works;

	for (i = 1; i <= 15; i++) {
		jobs_enqueue(test, 'a', JOB_KEEP);
		jobs_enqueue(test, 'b', JOB_KEEP);
		jobs_enqueue(test, 'c', JOB_KEEP);
		dmf_phase_down(jobs->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		works = atomic_read(&jobs->works);
		KUNIT_EXPECT_EQ(test, atomic_read(&jobs->cleanups), 3 * i);
		KUNIT_EXPECT_LE(test, works, 3 * i);
		KUNIT_ASSERT_EQ(test, dmf_phase_up(jobs->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL),
				0);
		KUNIT_ASSERT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	}
	KUNIT_EXPECT_EQ(test, completer->result, 0);
}

/* -- Memory -- */

/* Three Modules with their Configs, the source's tables, two buffers, the thread. */
static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	struct jobs *jobs = test->priv;

	jobs->config.buffer_queue_config.source.buffer_count = 2;
	dmf_kunit_fail_probe(test, &jobs_ops, 13);
}

static struct kunit_case threaded_buffer_queue_wait_cases[] = {
	KUNIT_CASE(wait_returns_the_status),
	KUNIT_CASE(wait_ends_when_the_buffer_is_back),
	KUNIT_CASE(waits_follow_the_order),
	KUNIT_CASE(stopped_queue_keeps_who_waits),
	KUNIT_CASE(flush_cancels_who_waits),
	KUNIT_CASE(wait_for_a_pending_buffer),
	KUNIT_CASE(wait_inside_work_is_refused),
	KUNIT_CASE(signal_before_work_withdraws),
	KUNIT_CASE(signal_withdraws_the_only_buffer),
	KUNIT_CASE(signal_during_work_waits_for_its_end),
	KUNIT_CASE(signal_does_not_end_an_uninterruptible_wait),
	KUNIT_CASE(close_gives_back_what_is_queued),
	KUNIT_CASE(close_waits_for_work_and_cancels_the_rest),
	KUNIT_CASE(close_of_a_stopped_queue_cancels_who_waits),
	KUNIT_CASE(close_waits_aloud_for_a_pending_buffer),
	KUNIT_CASE(client_completes_in_pre_close),
	KUNIT_CASE(closed_queue_refuses_and_opens_again),
	KUNIT_CASE(dynamic_queue_works),
	KUNIT_CASE(race_enqueue_against_close),
	KUNIT_CASE(race_wait_against_close),
	KUNIT_CASE(race_wait_against_flush),
	KUNIT_CASE(race_signal_against_work),
	KUNIT_CASE(race_stop_against_enqueue),
	KUNIT_CASE(race_completion_against_return),
	KUNIT_CASE(race_completion_against_close),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite threaded_buffer_queue_wait_suite = {
	.name = "dmf_threaded_buffer_queue_wait",
	.init = jobs_init,
	.test_cases = threaded_buffer_queue_wait_cases,
};

kunit_test_suite(threaded_buffer_queue_wait_suite);
