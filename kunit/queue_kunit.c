// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the sequential queue: one request at a time, in order, and what makes one
 * that waits leave the queue.
 */
#include <linux/kthread.h>
#include <linux/pm.h>
#include <linux/sched/signal.h>

#include "submitter.h"

/* Commands of the fake Client. Those from CMD_NUMBERED on are completed and logged. */
enum {
	CMD_BLOCK = 1,		/* the handler runs until it is told to go on */
	CMD_PEND,
	CMD_PEND_ACTIVE,
	CMD_PEND_AND_BLOCK,	/* actively, and the handler runs on */
	CMD_COUNT,		/* looks whether it is alone */
	CMD_NUMBERED = 100,
};

#define QUEUED_MAX	8

struct queues {
	struct dmf_device *ddev;
	struct dmf_file *file;
	struct dmf_request *pended;	/* xchg() decides who has it */
	struct completion pend_seen;
	struct completion handler_runs;
	struct completion handler_may_go;
	atomic_t cancels;
	atomic_t inside;		/* handlers that run */
	atomic_t crowds;		/* how often there was more than one */
	atomic_t handled;
	unsigned int log[QUEUED_MAX];	/* commands as they were handled */
	bool complete_at_suspend;
};

static bool queues_cancel(struct dmf_request *request)
{
	struct queues *queues = request->owner;

	atomic_inc(&queues->cancels);
	return xchg(&queues->pended, NULL) == request;
}

static void queues_pend(struct queues *queues, struct dmf_request *request, unsigned int flags)
{
	request->owner = queues;
	dmf_request_pend(request, queues_cancel, flags);
	xchg(&queues->pended, request);
	complete(&queues->pend_seen);
}

static void complete_pended(void *data)
{
	struct queues *queues = data;
	struct dmf_request *request = xchg(&queues->pended, NULL);

	if (request)
		dmf_request_complete(request, 0);
}

static void queues_log(struct queues *queues, struct dmf_request *request)
{
	int i = atomic_inc_return(&queues->handled) - 1;

	if (i < QUEUED_MAX)
		queues->log[i] = dmf_request_command(request);
}

static void queues_block(struct queues *queues)
{
	complete(&queues->handler_runs);
	wait_for_completion(&queues->handler_may_go);
}

static void queues_count(struct queues *queues)
{
	if (atomic_inc_return(&queues->inside) > 1)
		atomic_inc(&queues->crowds);
	cond_resched();
	atomic_dec(&queues->inside);
}

static bool queues_handle(struct dmf_device *ddev, struct dmf_request *request)
{
	struct queues *queues = dmf_kunit_priv(ddev);

	queues_log(queues, request);
	switch (dmf_request_command(request)) {
	case CMD_BLOCK:
		queues_block(queues);
		break;
	case CMD_PEND:
		queues_pend(queues, request, 0);
		return true;
	case CMD_PEND_ACTIVE:
		queues_pend(queues, request, DMF_PEND_ACTIVE);
		return true;
	case CMD_PEND_AND_BLOCK:
		queues_pend(queues, request, DMF_PEND_ACTIVE);
		queues_block(queues);
		return true;
	case CMD_COUNT:
		queues_count(queues);
		break;
	}
	dmf_request_complete(request, 0);
	return true;
}

static int queues_suspend(struct dmf_device *ddev)
{
	struct queues *queues = dmf_kunit_priv(ddev);

	if (queues->complete_at_suspend)
		complete_pended(queues);
	return 0;
}

static const struct dmf_client_ops queues_ops = {
	.self_managed_io_suspend	= queues_suspend,
	.queue_io_read			= queues_handle,
	.queue_io_write			= queues_handle,
	.device_io_control		= queues_handle,
	.internal_device_io_control	= queues_handle,
	.queue				= DMF_QUEUE_SEQUENTIAL,
};

static void device_put(void *data)
{
	dmf_device_put(data);
}

static void queues_probe_option(struct kunit *test, enum dmf_queue_option option)
{
	struct dmf_client_ops ops = queues_ops;
	struct queues *queues = test->priv;

	ops.queue = option;
	queues->ddev = dmf_kunit_probe(test, &ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(queues->ddev));
	dmf_device_get(queues->ddev);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, device_put, queues->ddev), 0);
	queues->file = dmf_kunit_open(test, queues->ddev);
}

static void queues_probe(struct kunit *test)
{
	queues_probe_option(test, DMF_QUEUE_SEQUENTIAL);
}

static unsigned int queue_length(struct queues *queues)
{
	struct dmf_queue *queue = &queues->ddev->queue;
	unsigned int length;

	spin_lock_irq(&queue->lock);
	length = list_count_nodes(&queue->waiting);
	spin_unlock_irq(&queue->lock);
	return length;
}

static struct submitter *submit_signal(struct kunit *test, unsigned int command, int signal)
{
	struct queues *queues = test->priv;

	return dmf_kunit_submit_start(test, &(struct submitter){
		.file = queues->file, .type = DMF_REQUEST_DEVICE_CONTROL, .command = command,
		.signal = signal,
	});
}

/* The queue is busy with a request whose handler runs. */
static struct submitter *submit_busy(struct kunit *test)
{
	struct submitter *submitter = submit_signal(test, CMD_BLOCK, 0);
	struct queues *queues = test->priv;

	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&queues->handler_runs,
							    DMF_KUNIT_TIMEOUT));
	return submitter;
}

static struct submitter *submit_pended(struct kunit *test, unsigned int command)
{
	struct submitter *submitter = submit_signal(test, command, 0);
	struct queues *queues = test->priv;

	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&queues->pend_seen,
							    DMF_KUNIT_TIMEOUT));
	return submitter;
}

/* One that waits behind it. */
static struct submitter *submit_queued_signal(struct kunit *test, unsigned int command,
					      int signal)
{
	struct queues *queues = test->priv;
	unsigned int before = queue_length(queues);
	struct submitter *submitter = submit_signal(test, command, signal);

	KUNIT_ASSERT_TRUE(test, dmf_kunit_until(queue_length(queues) == before + 1));
	return submitter;
}

static struct submitter *submit_queued(struct kunit *test, unsigned int command)
{
	return submit_queued_signal(test, command, 0);
}

/* -- Whose turn it is -- */

static void concurrent_by_default(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *busy;

	queues_probe_option(test, 0);
	busy = submit_busy(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(queues->file, CMD_NUMBERED), 0);
	complete(&queues->handler_may_go);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, busy), 0);
}

static void next_comes_when_the_handler_has_completed(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *busy, *next;

	queues_probe(test);
	busy = submit_busy(test);
	next = submit_queued(test, CMD_NUMBERED);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(next));
	KUNIT_EXPECT_EQ(test, atomic_read(&queues->handled), 1);
	complete(&queues->handler_may_go);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, busy), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, next), 0);
	KUNIT_EXPECT_FALSE(test, queues->ddev->queue.busy);
}

static void pended_request_lets_the_next_in(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *pended;

	queues_probe(test);
	pended = submit_pended(test, CMD_PEND);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(queues->file, CMD_NUMBERED), 0);
	complete_pended(queues);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, pended), 0);
	KUNIT_EXPECT_FALSE(test, queues->ddev->queue.busy);
}

static void active_request_keeps_the_queue_busy(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *active, *next;

	queues_probe(test);
	active = submit_pended(test, CMD_PEND_ACTIVE);
	next = submit_queued(test, CMD_NUMBERED);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(next));
	dmf_kunit_in_interrupt(complete_pended, queues);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, active), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, next), 0);
	KUNIT_EXPECT_FALSE(test, queues->ddev->queue.busy);
}

static void completed_request_keeps_its_turn_while_its_handler_runs(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *active, *next;

	queues_probe(test);
	active = submit_pended(test, CMD_PEND_AND_BLOCK);
	wait_for_completion(&queues->handler_runs);
	next = submit_queued(test, CMD_NUMBERED);
	complete_pended(queues);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(next));
	complete(&queues->handler_may_go);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, active), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, next), 0);
}

static void first_come_first_served(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *busy, *queued[5];
	int i;

	queues_probe(test);
	busy = submit_busy(test);
	for (i = 0; i < ARRAY_SIZE(queued); i++)
		queued[i] = submit_queued(test, CMD_NUMBERED + i);
	complete(&queues->handler_may_go);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, busy), 0);
	for (i = 0; i < ARRAY_SIZE(queued); i++) {
		KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, queued[i]), 0);
		KUNIT_EXPECT_EQ(test, queues->log[i + 1], CMD_NUMBERED + i);
	}
}

/* Reads, writes, ioctls and internal requests stand in one queue. */
static void all_kinds_wait_in_one_queue(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *busy, *queued[3];
	int i;

	queues_probe(test);
	busy = submit_busy(test);
	queued[0] = dmf_kunit_submit_start(test, &(struct submitter){
		.file = queues->file, .type = DMF_REQUEST_READ });
	queued[1] = dmf_kunit_submit_start(test, &(struct submitter){
		.file = queues->file, .type = DMF_REQUEST_WRITE });
	queued[2] = dmf_kunit_submit_start(test, &(struct submitter){
		.ddev = queues->ddev, .timeout = MAX_SCHEDULE_TIMEOUT });
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(queue_length(queues) == 3));
	KUNIT_EXPECT_EQ(test, atomic_read(&queues->handled), 1);
	complete(&queues->handler_may_go);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, busy), 0);
	for (i = 0; i < ARRAY_SIZE(queued); i++)
		KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, queued[i]), 0);
}

static void without_queue_nobody_handles(struct kunit *test)
{
	struct queues *queues = test->priv;

	queues_probe_option(test, DMF_QUEUE_NONE);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(queues->file, CMD_NUMBERED), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_kunit_internal(queues->ddev, CMD_NUMBERED), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit(queues->file, DMF_REQUEST_READ, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, atomic_read(&queues->handled), 0);
}

/* -- Leaving the queue -- */

/* Whoever waits behind is served as if it had never been there. */
static void expect_queue_goes_on(struct kunit *test, struct submitter *busy,
				 struct submitter *last)
{
	struct queues *queues = test->priv;

	complete(&queues->handler_may_go);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, busy), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, last), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&queues->handled), 2);
	KUNIT_EXPECT_FALSE(test, queues->ddev->queue.busy);
}

static void signal_while_queued(struct kunit *test)
{
	struct submitter *busy, *queued, *last;

	queues_probe(test);
	busy = submit_busy(test);
	queued = submit_queued_signal(test, CMD_NUMBERED, SIGINT);
	last = submit_queued(test, CMD_NUMBERED + 1);
	send_sig(SIGINT, queued->thread, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, queued), -ERESTARTSYS);
	expect_queue_goes_on(test, busy, last);
}

static void timeout_while_queued(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *busy, *last;

	queues_probe(test);
	busy = submit_busy(test);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(queues->ddev, CMD_NUMBERED, NULL, 0,
							NULL, 0, 2), -ETIMEDOUT);
	last = submit_queued(test, CMD_NUMBERED + 1);
	expect_queue_goes_on(test, busy, last);
}

/* The one that is handled is another driver's: it stays. */
static void cancel_mine_while_queued(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *busy, *queued, *last;

	queues_probe(test);
	busy = dmf_kunit_submit_start(test, &(struct submitter){
		.ddev = queues->ddev, .command = CMD_BLOCK, .timeout = MAX_SCHEDULE_TIMEOUT });
	wait_for_completion(&queues->handler_runs);
	queued = submit_queued(test, CMD_NUMBERED);
	dmf_file_cancel_mine(queues->file);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, queued), -ECANCELED);
	last = submit_queued(test, CMD_NUMBERED + 1);
	expect_queue_goes_on(test, busy, last);
}

static void unbind_while_queued(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *active, *queued;

	queues_probe(test);
	active = submit_pended(test, CMD_PEND_ACTIVE);
	queued = submit_queued(test, CMD_NUMBERED);
	dmf_kunit_remove(test, queues->ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, active), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, queued), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&queues->handled), 1);
	KUNIT_EXPECT_FALSE(test, queues->ddev->queue.busy);
}

static void shutdown_while_queued(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *active, *queued;

	queues_probe(test);
	active = submit_pended(test, CMD_PEND_ACTIVE);
	queued = submit_queued(test, CMD_NUMBERED);
	dmf_device_shutdown(queues->ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, queued), -ESHUTDOWN);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(active));
	/* One that comes later is not queued behind what may never end. */
	KUNIT_EXPECT_EQ(test, dmf_kunit_internal(queues->ddev, CMD_NUMBERED), -ESHUTDOWN);
	complete_pended(queues);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, active), 0);
}

/* -- Suspend -- */

/* The transfer under way ends with the device; whose turn comes waits at the gate. */
static void suspend_while_queued(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *active, *first, *second;
	struct device *dev;

	queues_probe(test);
	queues->complete_at_suspend = true;
	dev = dmf_device_dev(queues->ddev);
	active = submit_pended(test, CMD_PEND_ACTIVE);
	first = submit_queued(test, CMD_NUMBERED);
	second = submit_queued(test, CMD_NUMBERED + 1);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, active), 0);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(first));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(second));
	KUNIT_EXPECT_EQ(test, atomic_read(&queues->handled), 1);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, first), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, second), 0);
	KUNIT_EXPECT_EQ(test, queues->log[1], CMD_NUMBERED);
	KUNIT_EXPECT_EQ(test, queues->log[2], CMD_NUMBERED + 1);
}

static void queue_that_is_busy_does_not_stop_suspend(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct submitter *active, *queued;
	struct device *dev;

	queues_probe(test);
	dev = dmf_device_dev(queues->ddev);
	active = submit_pended(test, CMD_PEND_ACTIVE);
	queued = submit_queued(test, CMD_NUMBERED);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(queued));
	complete_pended(queues);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, active), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, queued), 0);
}

/* -- Races -- */

#define CALLERS	4

struct caller {
	struct queues *queues;
	unsigned int command;
	atomic_t surprises;
};

static int caller_thread(void *data)
{
	struct caller *caller = data;
	int ret;

	allow_signal(SIGINT);
	while (!kthread_should_stop()) {
		ret = dmf_kunit_ioctl(caller->queues->file, caller->command);
		if (ret && ret != -ERESTARTSYS && ret != -ECANCELED && ret != -ENODEV)
			atomic_inc(&caller->surprises);
		flush_signals(current);
		cond_resched();
	}
	return 0;
}

/* Nobody is lost, and no two are inside, whatever leaves the queue in between. */
static void race_signals_and_cancels_against_turns(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct caller caller = { .queues = queues, .command = CMD_COUNT };
	struct task_struct *threads[CALLERS];
	int i;

	queues_probe(test);
	for (i = 0; i < CALLERS; i++) {
		threads[i] = kthread_run(caller_thread, &caller, "dmf-kunit-queue");
		KUNIT_ASSERT_FALSE(test, IS_ERR(threads[i]));
	}
	for (i = 0; i < 500; i++) {
		send_sig(SIGINT, threads[i % CALLERS], 1);
		if (!(i % 7))
			dmf_file_cancel_mine(queues->file);
		if (!(i % 50))
			schedule_timeout_uninterruptible(1);
	}
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(atomic_read(&queues->handled)));
	for (i = 0; i < CALLERS; i++)
		kthread_stop(threads[i]);
	KUNIT_EXPECT_EQ(test, atomic_read(&queues->crowds), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&caller.surprises), 0);
	KUNIT_EXPECT_FALSE(test, queues->ddev->queue.busy);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(queues->file, CMD_NUMBERED), 0);
}

static int complete_thread(void *data)
{
	while (!kthread_should_stop()) {
		complete_pended(data);
		cond_resched();
	}
	return 0;
}

static void race_queue_against_suspend_and_unbind(struct kunit *test)
{
	struct queues *queues = test->priv;
	struct caller caller = { .queues = queues, .command = CMD_PEND_ACTIVE };
	struct task_struct *threads[CALLERS];
	struct device *dev;
	int i;

	queues_probe(test);
	queues->complete_at_suspend = true;
	dev = dmf_device_dev(queues->ddev);
	dmf_kunit_run(test, complete_thread, queues);
	for (i = 0; i < CALLERS; i++) {
		threads[i] = kthread_run(caller_thread, &caller, "dmf-kunit-queue");
		KUNIT_ASSERT_FALSE(test, IS_ERR(threads[i]));
	}
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
		KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	}
	dmf_kunit_remove(test, queues->ddev);
	for (i = 0; i < CALLERS; i++)
		kthread_stop(threads[i]);
	KUNIT_EXPECT_EQ(test, atomic_read(&caller.surprises), 0);
	KUNIT_EXPECT_FALSE(test, queues->ddev->queue.busy);
}

static int queues_init(struct kunit *test)
{
	struct queues *queues = kunit_kzalloc(test, sizeof(*queues), GFP_KERNEL);

	if (!queues)
		return -ENOMEM;
	init_completion(&queues->pend_seen);
	init_completion(&queues->handler_runs);
	init_completion(&queues->handler_may_go);
	test->priv = queues;
	return 0;
}

static struct kunit_case queue_cases[] = {
	KUNIT_CASE(concurrent_by_default),
	KUNIT_CASE(next_comes_when_the_handler_has_completed),
	KUNIT_CASE(pended_request_lets_the_next_in),
	KUNIT_CASE(active_request_keeps_the_queue_busy),
	KUNIT_CASE(completed_request_keeps_its_turn_while_its_handler_runs),
	KUNIT_CASE(first_come_first_served),
	KUNIT_CASE(all_kinds_wait_in_one_queue),
	KUNIT_CASE(without_queue_nobody_handles),
	KUNIT_CASE(signal_while_queued),
	KUNIT_CASE(timeout_while_queued),
	KUNIT_CASE(cancel_mine_while_queued),
	KUNIT_CASE(unbind_while_queued),
	KUNIT_CASE(shutdown_while_queued),
	KUNIT_CASE(suspend_while_queued),
	KUNIT_CASE(queue_that_is_busy_does_not_stop_suspend),
	KUNIT_CASE(race_signals_and_cancels_against_turns),
	KUNIT_CASE(race_queue_against_suspend_and_unbind),
	{ }
};

static struct kunit_suite queue_suite = {
	.name = "dmf_queue",
	.init = queues_init,
	.test_cases = queue_cases,
};

kunit_test_suite(queue_suite);
