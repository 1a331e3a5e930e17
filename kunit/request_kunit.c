// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of requests: who handles them, who completes them, what ends the wait
 * of the submitter, and what unbind, suspend and failure mean for them.
 */
#include <linux/kthread.h>
#include <linux/pm.h>
#include <linux/pm_runtime.h>
#include <linux/sched/signal.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "submitter.h"

/* Commands of the fake Client. */
enum {
	CMD_COMPLETE = 1,	/* with the status that the test says */
	CMD_PEND,		/* with a cancel callback */
	CMD_PEND_KILLABLE,	/* without */
	CMD_PEND_ACTIVE,
	CMD_LIE,		/* says handled, and is not */
	CMD_TWICE,		/* completes twice */
	CMD_BLOCK,		/* the handler runs until it is told to go on */
	CMD_INCREMENT,		/* output is input plus one */
	CMD_DENY,		/* completes, and says that it has not handled it */
};

struct requests {
	struct dmf_file *file;
	int status;
	struct dmf_request *pended;	/* xchg() decides who has it */
	struct completion pend_seen;
	bool refuse_cancel;		/* cancel finds that completion is on its way */
	atomic_t cancels;
	atomic_t handled;
	struct completion handler_runs;
	struct completion handler_may_go;
	unsigned int cleanups;
	unsigned int closes;
};

static struct requests *requests_of(struct dmf_request *request)
{
	return dmf_file_get_context(dmf_request_file(request));
}

static bool requests_cancel(struct dmf_request *request)
{
	struct requests *requests = requests_of(request);

	atomic_inc(&requests->cancels);
	if (requests->refuse_cancel)
		return false;
	return xchg(&requests->pended, NULL) == request;
}

static void requests_pend(struct requests *requests, struct dmf_request *request,
			  bool (*cancel)(struct dmf_request *request), unsigned int flags)
{
	dmf_request_pend(request, cancel, flags);
	xchg(&requests->pended, request);
	complete(&requests->pend_seen);
}

static bool requests_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	struct requests *requests = dmf_kunit_priv(ddev);

	atomic_inc(&requests->handled);
	switch (dmf_request_command(request)) {
	case CMD_COMPLETE:
		dmf_request_complete(request, requests->status);
		return true;
	case CMD_PEND:
		requests_pend(requests, request, requests_cancel, 0);
		return true;
	case CMD_PEND_KILLABLE:
		requests_pend(requests, request, NULL, 0);
		return true;
	case CMD_PEND_ACTIVE:
		requests_pend(requests, request, requests_cancel, DMF_PEND_ACTIVE);
		return true;
	case CMD_LIE:
		return true;
	case CMD_TWICE:
		dmf_request_complete(request, 0);
		dmf_request_complete(request, -EIO);
		return true;
	case CMD_BLOCK:
		complete(&requests->handler_runs);
		wait_for_completion(&requests->handler_may_go);
		dmf_request_complete(request, 0);
		return true;
	case CMD_INCREMENT:
		*(u32 *)dmf_request_output(request) = *(const u32 *)dmf_request_input(request) + 1;
		dmf_request_complete(request, 0);
		return true;
	case CMD_DENY:
		dmf_request_complete(request, 0);
		return false;
	}
	return false;
}

static bool requests_file_create(struct dmf_device *ddev, struct dmf_file *file, int *status)
{
	struct requests *requests = dmf_kunit_priv(ddev);

	dmf_file_set_context(file, requests);
	*status = requests->status;
	return true;
}

static bool requests_file_cleanup(struct dmf_device *ddev, struct dmf_file *file)
{
	struct requests *requests = dmf_kunit_priv(ddev);

	requests->cleanups++;
	return true;
}

static bool requests_file_close(struct dmf_device *ddev, struct dmf_file *file)
{
	struct requests *requests = dmf_kunit_priv(ddev);

	/* file_cleanup comes first. */
	if (requests->cleanups == requests->closes + 1)
		requests->closes++;
	return true;
}

static int requests_fail(struct dmf_device *ddev)
{
	return -EIO;
}

static const struct dmf_client_ops requests_ops = {
	.device_io_control	= requests_device_io_control,
	.file_create		= requests_file_create,
	.file_cleanup		= requests_file_cleanup,
	.file_close		= requests_file_close,
};

static struct dmf_device *requests_probe_ops(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct requests *requests = test->priv;
	struct dmf_device *ddev = dmf_kunit_probe(test, ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	requests->file = dmf_kunit_open(test, ddev);
	return ddev;
}

static struct dmf_device *requests_probe(struct kunit *test)
{
	return requests_probe_ops(test, &requests_ops);
}

/* A submitter whose request, unless it is not meant to, has been pended. */
static struct submitter *submitter_start(struct kunit *test, struct dmf_file *file,
					 unsigned int command, int signal)
{
	const struct submitter what = {
		.file = file,
		.type = DMF_REQUEST_DEVICE_CONTROL,
		.command = command,
		.signal = signal,
	};
	struct submitter *submitter = dmf_kunit_submit_start(test, &what);
	struct requests *requests = test->priv;

	if (command != CMD_BLOCK && command != CMD_COMPLETE)
		KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&requests->pend_seen,
								    DMF_KUNIT_TIMEOUT));
	return submitter;
}

/* -- Handling ------------------------------------------------------------ */

static void request_completed_in_its_handler(struct kunit *test)
{
	struct requests *requests = test->priv;

	requests_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, CMD_COMPLETE), 0);
	requests->status = -EPERM;
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, CMD_COMPLETE), -EPERM);
}

static void output_overwrites_input(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct dmf_request *request;

	requests_probe(test);
	request = dmf_request_create(requests->file, DMF_REQUEST_DEVICE_CONTROL, CMD_INCREMENT,
				     sizeof(u32), sizeof(u32));
	KUNIT_ASSERT_NOT_NULL(test, request);
	*(u32 *)request->buffer = 41;
	KUNIT_EXPECT_EQ(test, dmf_request_submit(request), 0);
	KUNIT_EXPECT_EQ(test, *(u32 *)request->buffer, 42);
	dmf_request_put(request);
}

static void recycled_request_has_no_old_data(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct dmf_request *first, *second;

	requests_probe(test);
	first = dmf_request_create(requests->file, DMF_REQUEST_READ, 0, 0, 64);
	KUNIT_ASSERT_NOT_NULL(test, first);
	memset(first->buffer, 0xaa, 64);
	dmf_request_put(first);
	second = dmf_request_create(requests->file, DMF_REQUEST_READ, 0, 0, 100);
	KUNIT_EXPECT_PTR_EQ(test, first, second);
	KUNIT_EXPECT_NULL(test, memchr_inv(second->buffer, 0, 101));
	dmf_request_put(second);
}

static void unhandled_requests_have_their_errno(struct kunit *test)
{
	struct requests *requests = test->priv;

	requests_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, 1000), -ENOTTY);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit(requests->file, DMF_REQUEST_READ, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit(requests->file, DMF_REQUEST_WRITE, 0), -EOPNOTSUPP);
}

static void handler_that_lies_is_found(struct kunit *test)
{
	struct requests *requests = test->priv;

	requests_probe(test);
	dmf_kunit_expect_begin(test, "WARNING:.*request_dispatch|dmf_request_submit");
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, CMD_LIE), -EIO);
	dmf_kunit_expect_end(test);
}

static void handler_that_denies_is_found(struct kunit *test)
{
	struct requests *requests = test->priv;

	requests_probe(test);
	dmf_kunit_expect_begin(test, "WARNING:.*dmf_request_taken");
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, CMD_DENY), 0);
	dmf_kunit_expect_end(test);
}

static void positive_status_is_found(struct kunit *test)
{
	struct requests *requests = test->priv;

	requests_probe(test);
	requests->status = 5;
	dmf_kunit_expect_begin(test, "WARNING:.*dmf_request_complete");
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, CMD_COMPLETE), -EIO);
	dmf_kunit_expect_end(test);
	requests->status = 0;
}

static void requests_can_be_made_where_nobody_polls(struct kunit *test)
{
	struct requests *requests = test->priv;

	requests_probe(test);
	KUNIT_EXPECT_EQ(test, (__force int)dmf_dispatch_poll(requests->file),
			(__force int)(EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM));
}

static void completing_twice_is_found(struct kunit *test)
{
	struct requests *requests = test->priv;

	requests_probe(test);
	dmf_kunit_expect_begin(test, "WARNING:.*dmf_request_complete");
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, CMD_TWICE), 0);
	dmf_kunit_expect_end(test);
}

/* -- Pending and completing ----------------------------------------------------------- */

static void complete_pended(void *data)
{
	struct requests *requests = data;
	struct dmf_request *request = xchg(&requests->pended, NULL);

	if (request)
		dmf_request_complete(request, requests->status);
}

static void pended_request_waits_for_completion(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct submitter *submitter;

	requests_probe(test);
	submitter = submitter_start(test, requests->file, CMD_PEND, 0);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	requests->status = -EXDEV;
	complete_pended(requests);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -EXDEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&requests->cancels), 0);
}

static void completion_from_an_interrupt_handler(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct submitter *submitter;

	requests_probe(test);
	submitter = submitter_start(test, requests->file, CMD_PEND, 0);
	dmf_kunit_in_interrupt(complete_pended, requests);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

/* -- What ends the wait ------------------------------------------------------------------ */

static void signal_cancels(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct submitter *submitter;

	requests_probe(test);
	submitter = submitter_start(test, requests->file, CMD_PEND, SIGINT);
	send_sig(SIGINT, submitter->thread, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, atomic_read(&requests->cancels), 1);
	KUNIT_EXPECT_NULL(test, requests->pended);
}

static void cancel_that_comes_too_late_waits_for_the_result(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct submitter *submitter;

	requests_probe(test);
	requests->refuse_cancel = true;
	submitter = submitter_start(test, requests->file, CMD_PEND, SIGINT);
	send_sig(SIGINT, submitter->thread, 1);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(atomic_read(&requests->cancels)));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	requests->status = -EXDEV;
	complete_pended(requests);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -EXDEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&requests->cancels), 1);
}

static void signal_does_not_end_a_killable_wait(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct submitter *submitter;

	requests_probe(test);
	submitter = submitter_start(test, requests->file, CMD_PEND_KILLABLE, SIGINT);
	send_sig(SIGINT, submitter->thread, 1);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	complete_pended(requests);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

static void killed_submitter_leaves_the_request_to_its_owner(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct submitter *submitter;

	requests_probe(test);
	submitter = submitter_start(test, requests->file, CMD_PEND_KILLABLE, SIGKILL);
	send_sig(SIGKILL, submitter->thread, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -EINTR);
	KUNIT_EXPECT_NOT_NULL(test, requests->pended);
	complete_pended(requests);
}

static void file_is_closed_after_its_last_abandoned_request(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct dmf_device *ddev = requests_probe(test);
	struct dmf_file *file = dmf_file_open(ddev, NULL);
	struct submitter *submitter;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	submitter = submitter_start(test, file, CMD_PEND_KILLABLE, SIGKILL);
	send_sig(SIGKILL, submitter->thread, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -EINTR);
	dmf_file_release(file);
	KUNIT_EXPECT_EQ(test, requests->cleanups, 0);
	dmf_kunit_in_interrupt(complete_pended, requests);
	flush_workqueue(dmf_workqueue);
	KUNIT_EXPECT_EQ(test, requests->cleanups, 1);
	KUNIT_EXPECT_EQ(test, requests->closes, 1);
}

static void cancel_mine_concerns_this_file_only(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct dmf_device *ddev = requests_probe(test);
	struct dmf_file *other = dmf_kunit_open(test, ddev);
	struct submitter *submitter;

	submitter = submitter_start(test, requests->file, CMD_PEND, 0);
	dmf_file_cancel_mine(other);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	dmf_file_cancel_mine(requests->file);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ECANCELED);

	/* Later calls are not concerned. */
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, CMD_COMPLETE), 0);
}

/* -- Unbind ------------------------------------------------------------ */

static void unbind_cancels_pended_requests(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct dmf_device *ddev = requests_probe(test);
	struct submitter *submitter = submitter_start(test, requests->file, CMD_PEND, 0);

	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&requests->cancels), 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, CMD_COMPLETE), -ENODEV);
}

static int complete_later(void *data)
{
	schedule_timeout_uninterruptible(HZ / 20);
	complete_pended(data);
	return 0;
}

static void unbind_waits_for_a_request_without_cancel(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct dmf_device *ddev = requests_probe(test);
	struct submitter *submitter = submitter_start(test, requests->file, CMD_PEND_KILLABLE, 0);

	dmf_kunit_run(test, complete_later, requests);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_NULL(test, requests->pended);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

static int go_on_later(void *data)
{
	struct requests *requests = data;

	schedule_timeout_uninterruptible(HZ / 20);
	complete(&requests->handler_may_go);
	return 0;
}

static void unbind_waits_for_a_handler(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct dmf_device *ddev = requests_probe(test);
	struct submitter *submitter = submitter_start(test, requests->file, CMD_BLOCK, 0);

	wait_for_completion(&requests->handler_runs);
	dmf_kunit_run(test, go_on_later, requests);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

static void unbind_closes_files_once(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct dmf_device *ddev = requests_probe(test);
	struct dmf_file *file = dmf_file_open(ddev, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, requests->cleanups, 2);
	KUNIT_EXPECT_EQ(test, requests->closes, 2);
	dmf_file_release(file);
	KUNIT_EXPECT_EQ(test, requests->cleanups, 2);
}

static void open_may_be_refused(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct dmf_device *ddev = requests_probe(test);

	requests->status = -EACCES;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_file_open(ddev, NULL)), -EACCES);
	KUNIT_EXPECT_EQ(test, requests->cleanups, 0);
}

/* -- Power ------------------------------------------------------------ */

static void request_waits_while_the_system_sleeps(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct device *dev = dmf_device_dev(requests_probe(test));
	struct submitter *submitter;

	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	submitter = submitter_start(test, requests->file, CMD_COMPLETE, 0);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	KUNIT_EXPECT_EQ(test, atomic_read(&requests->handled), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

static void pended_request_does_not_stop_suspend(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct device *dev = dmf_device_dev(requests_probe(test));
	struct submitter *submitter = submitter_start(test, requests->file, CMD_PEND, 0);

	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	complete_pended(requests);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

static void suspend_waits_for_a_handler(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct device *dev = dmf_device_dev(requests_probe(test));
	struct submitter *submitter = submitter_start(test, requests->file, CMD_BLOCK, 0);

	wait_for_completion(&requests->handler_runs);
	dmf_kunit_run(test, go_on_later, requests);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
}

/* The handler, which holds the device awake in any case, returns after it has pended. */
static bool awake_by(struct device *dev, int holders)
{
	return dmf_kunit_until(atomic_read(&dev->power.usage_count) == holders);
}

static void only_an_active_request_holds_the_device_awake(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct device *dev = dmf_device_dev(requests_probe(test));
	int before = atomic_read(&dev->power.usage_count);
	struct submitter *submitter;

	submitter = submitter_start(test, requests->file, CMD_PEND, 0);
	KUNIT_EXPECT_TRUE(test, awake_by(dev, before));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->power.usage_count), before);
	complete_pended(requests);
	dmf_kunit_submit_result(test, submitter);

	submitter = submitter_start(test, requests->file, CMD_PEND_ACTIVE, 0);
	KUNIT_EXPECT_TRUE(test, awake_by(dev, before + 1));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->power.usage_count), before + 1);
	complete_pended(requests);
	dmf_kunit_submit_result(test, submitter);
	KUNIT_EXPECT_EQ(test, atomic_read(&dev->power.usage_count), before);
}

static void shutdown_refuses_and_leaves_pended_requests(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct device *dev = dmf_device_dev(requests_probe(test));
	struct submitter *submitter = submitter_start(test, requests->file, CMD_PEND, 0);

	dmf_device_shutdown(dev_get_drvdata(dev));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_submit_waits(submitter));
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, CMD_COMPLETE), -ESHUTDOWN);
	complete_pended(requests);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), 0);
}

static void failed_device_ends_requests_with_eio(struct kunit *test)
{
	struct dmf_client_ops ops = requests_ops;
	struct requests *requests = test->priv;
	struct submitter *submitter;
	struct device *dev;

	ops.self_managed_io_restart = requests_fail;
	dev = dmf_device_dev(requests_probe_ops(test, &ops));
	submitter = submitter_start(test, requests->file, CMD_PEND, 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), -EIO);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, submitter), -EIO);
	KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, CMD_COMPLETE), -EIO);
}

/* -- Races ------------------------------------------------------------ */

static int complete_thread(void *data)
{
	while (!kthread_should_stop()) {
		complete_pended(data);
		cond_resched();
	}
	return 0;
}

static int cancel_thread(void *data)
{
	struct requests *requests = data;

	while (!kthread_should_stop()) {
		dmf_file_cancel_mine(requests->file);
		cond_resched();
	}
	return 0;
}

/* Each request ends once, one way or the other; KASAN and DEBUG_OBJECTS watch. */
static void race_completion_against_cancel(struct kunit *test)
{
	struct requests *requests = test->priv;
	int i, ret, cancelled = 0, completed = 0;

	requests_probe(test);
	dmf_kunit_run(test, complete_thread, requests);
	dmf_kunit_run(test, cancel_thread, requests);
	for (i = 0; i < 2000; i++) {
		ret = dmf_kunit_ioctl(requests->file, CMD_PEND);
		KUNIT_EXPECT_TRUE(test, ret == 0 || ret == -ECANCELED);
		cancelled += ret == -ECANCELED;
		completed += !ret;
	}
	KUNIT_EXPECT_EQ(test, cancelled + completed, 2000);
}

/* Whoever comes last frees the request; a file that is left over kmemleak sees. */
static void race_kill_against_completion(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct dmf_device *ddev = requests_probe(test);
	struct submitter *submitter;
	struct dmf_file *file;
	int i, ret;

	for (i = 0; i < 100; i++) {
		file = dmf_file_open(ddev, NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(file));
		submitter = submitter_start(test, file, CMD_PEND_KILLABLE, SIGKILL);
		send_sig(SIGKILL, submitter->thread, 1);
		complete_pended(requests);
		ret = dmf_kunit_submit_result(test, submitter);
		KUNIT_EXPECT_TRUE(test, ret == 0 || ret == -EINTR);
		dmf_file_release(file);
	}
	flush_workqueue(dmf_workqueue);
	KUNIT_EXPECT_EQ(test, requests->cleanups, 100);
	KUNIT_EXPECT_EQ(test, requests->closes, 100);
}

static int submit_thread(void *data)
{
	struct requests *requests = data;

	while (!kthread_should_stop()) {
		dmf_kunit_ioctl(requests->file, CMD_PEND);
		cond_resched();
	}
	return 0;
}

static void race_submit_against_unbind(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct dmf_device *ddev;
	struct task_struct *submitter;
	int i;

	dmf_kunit_run(test, complete_thread, requests);
	for (i = 0; i < 30; i++) {
		ddev = requests_probe(test);
		submitter = kthread_run(submit_thread, requests, "dmf-kunit-submit");
		KUNIT_ASSERT_FALSE(test, IS_ERR(submitter));
		schedule_timeout_uninterruptible(1);
		dmf_kunit_remove(test, ddev);
		KUNIT_EXPECT_EQ(test, dmf_kunit_ioctl(requests->file, CMD_COMPLETE), -ENODEV);
		kthread_stop(submitter);
	}
}

static void race_submit_against_suspend(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct device *dev = dmf_device_dev(requests_probe(test));
	int i;

	dmf_kunit_run(test, complete_thread, requests);
	dmf_kunit_run(test, submit_thread, requests);
	for (i = 0; i < 200; i++) {
		KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
		KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	}
}

struct releaser {
	struct dmf_file *file;
	struct completion done;
};

static int file_release_thread(void *data)
{
	struct releaser *releaser = data;

	dmf_file_release(releaser->file);
	complete(&releaser->done);
	return 0;
}

/* A file that is released while its device is unbound is closed once. */
static void race_release_against_unbind(struct kunit *test)
{
	struct requests *requests = test->priv;
	struct releaser releaser;
	struct dmf_device *ddev;
	int i;

	init_completion(&releaser.done);

	for (i = 0; i < 30; i++) {
		requests->cleanups = 0;
		requests->closes = 0;
		ddev = dmf_kunit_probe(test, &requests_ops);
		KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
		releaser.file = dmf_file_open(ddev, NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(releaser.file));
		dmf_kunit_run(test, file_release_thread, &releaser);
		dmf_kunit_remove(test, ddev);
		wait_for_completion(&releaser.done);
		KUNIT_EXPECT_EQ(test, requests->cleanups, 1);
		KUNIT_EXPECT_EQ(test, requests->closes, 1);
	}
}

static int requests_init(struct kunit *test)
{
	struct requests *requests = kunit_kzalloc(test, sizeof(*requests), GFP_KERNEL);

	if (!requests)
		return -ENOMEM;
	init_completion(&requests->pend_seen);
	init_completion(&requests->handler_runs);
	init_completion(&requests->handler_may_go);
	test->priv = requests;
	return 0;
}

static struct kunit_case request_cases[] = {
	KUNIT_CASE(request_completed_in_its_handler),
	KUNIT_CASE(output_overwrites_input),
	KUNIT_CASE(recycled_request_has_no_old_data),
	KUNIT_CASE(unhandled_requests_have_their_errno),
	KUNIT_CASE(handler_that_lies_is_found),
	KUNIT_CASE(handler_that_denies_is_found),
	KUNIT_CASE(positive_status_is_found),
	KUNIT_CASE(requests_can_be_made_where_nobody_polls),
	KUNIT_CASE(completing_twice_is_found),
	KUNIT_CASE(pended_request_waits_for_completion),
	KUNIT_CASE(completion_from_an_interrupt_handler),
	KUNIT_CASE(signal_cancels),
	KUNIT_CASE(cancel_that_comes_too_late_waits_for_the_result),
	KUNIT_CASE(signal_does_not_end_a_killable_wait),
	KUNIT_CASE(killed_submitter_leaves_the_request_to_its_owner),
	KUNIT_CASE(file_is_closed_after_its_last_abandoned_request),
	KUNIT_CASE(cancel_mine_concerns_this_file_only),
	KUNIT_CASE(unbind_cancels_pended_requests),
	KUNIT_CASE(unbind_waits_for_a_request_without_cancel),
	KUNIT_CASE(unbind_waits_for_a_handler),
	KUNIT_CASE(unbind_closes_files_once),
	KUNIT_CASE(open_may_be_refused),
	KUNIT_CASE(request_waits_while_the_system_sleeps),
	KUNIT_CASE(pended_request_does_not_stop_suspend),
	KUNIT_CASE(suspend_waits_for_a_handler),
	KUNIT_CASE(only_an_active_request_holds_the_device_awake),
	KUNIT_CASE(shutdown_refuses_and_leaves_pended_requests),
	KUNIT_CASE(failed_device_ends_requests_with_eio),
	KUNIT_CASE(race_completion_against_cancel),
	KUNIT_CASE(race_kill_against_completion),
	KUNIT_CASE(race_submit_against_unbind),
	KUNIT_CASE(race_submit_against_suspend),
	KUNIT_CASE(race_release_against_unbind),
	{ }
};

static struct kunit_suite request_suite = {
	.name = "dmf_request",
	.init = requests_init,
	.test_cases = request_cases,
};

kunit_test_suite(request_suite);
