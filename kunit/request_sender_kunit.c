// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of requests that are sent without waiting: each ends with one callback,
 * whatever becomes of it.
 */
#include <linux/pm.h>
#include <linux/pm_domain.h>
#include <linux/pm_runtime.h>

#include "request_sender_fixture.h"

/* The request has ended, just once so far, with this. */
static void expect_ended(struct kunit *test, struct answer *answer, int status)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&answer->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, answer->status, status);
	KUNIT_EXPECT_EQ(test, atomic_read(&answer->calls), 1);
	KUNIT_EXPECT_TRUE(test, answer->in_work);
}

static void expect_under_way(struct kunit *test, struct answer *answer)
{
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&answer->done, HZ / 20));
	KUNIT_EXPECT_EQ(test, atomic_read(&answer->calls), 0);
}

/* -- Answers -- */

static void answer_comes_by_the_callback(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct answer *answer = &senders->answers[0];
	const u32 input = 41;
	const struct dmf_internal_ioctl ioctl = {
		.command = CMD_INCREMENT, .input = &input, .input_size = sizeof(input),
		.output_size = sizeof(answer->output), .done = answer_done, .context = answer,
	};

	senders_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl_send(&senders->sender, senders->ddev,
							     &ioctl, NULL), 0);
	expect_ended(test, answer, 0);
	KUNIT_EXPECT_EQ(test, answer->output, 42);
	KUNIT_EXPECT_PTR_EQ(test, senders->handled_by, current);
}

static void callback_gets_the_status(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct answer *answer = &senders->answers[0];
	const struct dmf_internal_ioctl ioctl = {
		.command = CMD_STATUS, .output_size = sizeof(answer->output),
		.done = answer_done, .context = answer,
	};

	senders_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl_send(&senders->sender, senders->ddev,
							     &ioctl, NULL), 0);
	expect_ended(test, answer, -EXDEV);
	KUNIT_EXPECT_FALSE(test, answer->had_output);
	KUNIT_EXPECT_EQ(test, answer->output_size, 0);
	KUNIT_EXPECT_EQ(test, send_one(senders, 99, &senders->answers[1]), 0);
	expect_ended(test, &senders->answers[1], -ENOTTY);
}

static void what_is_not_sent_has_no_callback(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct answer *answer = &senders->answers[0];
	struct dmf_internal_ioctl ioctl = {
		.command = CMD_INCREMENT, .output_size = DMF_IO_SIZE_MAX + 1,
		.done = answer_done, .context = answer,
	};

	senders_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl_send(&senders->sender, senders->ddev,
							     &ioctl, NULL), -E2BIG);
	dmf_request_sender_stop(&senders->sender);
	dmf_request_sender_stop(&senders->sender);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_STATUS, answer), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->handled), 0);
	dmf_request_sender_init(&senders->sender);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_STATUS, answer), 0);
	expect_ended(test, answer, -EXDEV);
}

static void completion_from_an_interrupt_handler(struct kunit *test)
{
	struct senders *senders = test->priv;

	senders_probe(test);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, &senders->answers[0]), 0);
	expect_under_way(test, &senders->answers[0]);
	dmf_kunit_in_interrupt(senders_complete_pended, senders);
	expect_ended(test, &senders->answers[0], 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->cancels), 0);
}

static void again_done(struct dmf_request_sender *sender, void *context, int status,
		       const void *output, size_t output_size)
{
	struct senders *senders = container_of(sender, struct senders, sender);
	struct dmf_internal_ioctl ioctl = {
		.command = CMD_NUMBERED, .done = again_done, .context = context,
	};

	if (senders->left_to_send && --senders->left_to_send)
		dmf_device_internal_ioctl_send(sender, senders->ddev, &ioctl, NULL);
	else
		answer_done(sender, context, status, output, output_size);
}

static void callback_may_send_again(struct kunit *test)
{
	struct senders *senders = test->priv;
	const struct dmf_internal_ioctl ioctl = {
		.command = CMD_NUMBERED, .done = again_done, .context = &senders->answers[0],
	};

	senders_probe(test);
	senders->left_to_send = 10;
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl_send(&senders->sender, senders->ddev,
							     &ioctl, NULL), 0);
	expect_ended(test, &senders->answers[0], 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->handled), 10);
}

/* -- Cancelling -- */

static void cancel_is_one_end(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct answer *answer = &senders->answers[0];

	senders_probe(test);
	KUNIT_EXPECT_FALSE(test, dmf_request_sender_cancel(&senders->sender, 1));
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, answer), 0);
	KUNIT_EXPECT_NE(test, answer->id, 0);
	KUNIT_EXPECT_FALSE(test, dmf_request_sender_cancel(&senders->sender, answer->id + 1));
	KUNIT_EXPECT_TRUE(test, dmf_request_sender_cancel(&senders->sender, answer->id));
	expect_ended(test, answer, -ECANCELED);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->cancels), 1);
	KUNIT_EXPECT_NULL(test, senders->pended);
	/* Afterwards it is harmless, and does not hit the next one. */
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, &senders->answers[1]), 0);
	KUNIT_EXPECT_NE(test, senders->answers[1].id, answer->id);
	KUNIT_EXPECT_FALSE(test, dmf_request_sender_cancel(&senders->sender, answer->id));
	expect_under_way(test, &senders->answers[1]);
}

static void looking_done(struct dmf_request_sender *sender, void *context, int status,
			 const void *output, size_t output_size)
{
	struct answer *answer = context;

	answer->found = dmf_request_sender_cancel(sender, answer->id);
	answer_done(sender, context, status, output, output_size);
}

static bool looking_handle(struct dmf_device *ddev, struct dmf_request *request)
{
	struct senders *senders = dmf_kunit_priv(ddev);

	senders->answers[1].found = dmf_request_sender_cancel(&senders->sender,
							      senders->answers[0].id);
	dmf_request_complete(request, 0);
	return true;
}

static void request_is_found_from_its_handler_on_until_its_callback(struct kunit *test)
{
	static const struct dmf_client_ops ops = { .internal_device_io_control = looking_handle };
	struct senders *senders = test->priv;
	struct answer *answer = &senders->answers[0];
	const struct dmf_internal_ioctl ioctl = {
		.command = CMD_NUMBERED, .done = looking_done, .context = answer,
	};

	senders_probe_ops(test, &ops);
	answer->found = true;
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl_send(&senders->sender, senders->ddev,
							     &ioctl, &answer->id), 0);
	expect_ended(test, answer, 0);
	KUNIT_EXPECT_TRUE(test, senders->answers[1].found);
	KUNIT_EXPECT_FALSE(test, answer->found);
}

static void cancel_first(void *data)
{
	struct senders *senders = data;

	dmf_request_sender_cancel(&senders->sender, senders->answers[0].id);
}

static void cancelled_in_an_interrupt_handler(struct kunit *test)
{
	struct senders *senders = test->priv;

	senders_probe(test);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, &senders->answers[0]), 0);
	dmf_kunit_in_interrupt(cancel_first, senders);
	expect_ended(test, &senders->answers[0], -ECANCELED);
}

static void cancel_waits_for_a_completion_on_its_way(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct answer *answer = &senders->answers[0];

	senders_probe(test);
	senders->keeps = true;
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, answer), 0);
	KUNIT_EXPECT_TRUE(test, dmf_request_sender_cancel(&senders->sender, answer->id));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(atomic_read(&senders->cancels)));
	KUNIT_EXPECT_TRUE(test, dmf_request_sender_cancel(&senders->sender, answer->id));
	expect_under_way(test, answer);
	senders_complete_pended(senders);
	expect_ended(test, answer, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->cancels), 1);
}

static void cancel_leaves_what_cannot_be_cancelled(struct kunit *test)
{
	struct senders *senders = test->priv;

	senders_probe(test);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND_UNCANCELLABLE, &senders->answers[0]), 0);
	expect_under_way(test, &senders->answers[0]);
	cancel_first(senders);
	expect_ended(test, &senders->answers[0], -ECANCELED);
	KUNIT_EXPECT_NOT_NULL(test, senders->pended);
	senders_complete_pended(senders);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->answers[0].calls), 1);
}

/* Who owns a request goes with what the gate guards: from then on it is only waited for. */
static void cancel_asks_nobody_who_may_have_gone(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct answer *answer = &senders->answers[0];

	senders_probe(test);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, answer), 0);
	dmf_gate_close(&senders->ddev->file_gate);
	KUNIT_EXPECT_TRUE(test, dmf_request_sender_cancel(&senders->sender, answer->id));
	expect_under_way(test, answer);
	senders_complete_pended(senders);
	expect_ended(test, answer, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->cancels), 0);
	dmf_gate_reopen(&senders->ddev->file_gate);
}

/* If it has been overdue before it came to its handler, once more. */
static void send_until_overdue(struct kunit *test, unsigned int command, struct answer *answer)
{
	struct senders *senders = test->priv;
	int tries, before = atomic_read(&senders->handled);

	for (tries = 0; tries < 100 && atomic_read(&senders->handled) == before; tries++) {
		answer_renew(answer);
		KUNIT_ASSERT_EQ(test, send_to(senders, senders->ddev, command, HZ / 50, answer), 0);
		expect_ended(test, answer, -ETIMEDOUT);
	}
}

static void timeout_cancels(struct kunit *test)
{
	struct senders *senders = test->priv;

	senders_probe(test);
	send_until_overdue(test, CMD_PEND, &senders->answers[0]);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->cancels), 1);
	send_until_overdue(test, CMD_PEND_UNCANCELLABLE, &senders->answers[1]);
	KUNIT_EXPECT_NOT_NULL(test, senders->pended);
	senders_complete_pended(senders);
}

/* -- Stopping -- */

static void blocking_done(struct dmf_request_sender *sender, void *context, int status,
			  const void *output, size_t output_size)
{
	struct senders *senders = container_of(sender, struct senders, sender);

	complete(&senders->callback_runs);
	wait_for_completion(&senders->callback_may_go);
	answer_done(sender, context, status, output, output_size);
}

static int stop_thread(void *data)
{
	struct senders *senders = data;

	dmf_request_sender_stop(&senders->sender);
	complete(&senders->answers[1].done);
	return dmf_kunit_await_stop();
}

static void stop_waits_for_a_callback(struct kunit *test)
{
	struct senders *senders = test->priv;
	const struct dmf_internal_ioctl ioctl = {
		.command = CMD_STATUS, .done = blocking_done, .context = &senders->answers[0],
	};

	senders_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl_send(&senders->sender, senders->ddev,
							     &ioctl, NULL), 0);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&senders->callback_runs,
							    DMF_KUNIT_TIMEOUT));
	dmf_kunit_run(test, stop_thread, senders);
	expect_under_way(test, &senders->answers[1]);
	complete(&senders->callback_may_go);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&senders->answers[1].done,
							    DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->answers[0].calls), 1);
}

static void device_is_kept_until_the_callback_has_returned(struct kunit *test)
{
	struct senders *senders = test->priv;
	const struct dmf_internal_ioctl ioctl = {
		.command = CMD_STATUS, .done = blocking_done, .context = &senders->answers[0],
	};
	struct dmf_device *ddev = dmf_kunit_probe(test, &senders_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl_send(&senders->sender, ddev, &ioctl,
							     NULL), 0);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&senders->callback_runs,
							    DMF_KUNIT_TIMEOUT));
	dmf_kunit_remove(test, ddev);
	complete(&senders->callback_may_go);
	dmf_request_sender_stop(&senders->sender);
	expect_ended(test, &senders->answers[0], -EXDEV);
}

static void unbind_ends_what_is_under_way(struct kunit *test)
{
	struct senders *senders = test->priv;

	senders_probe(test);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, &senders->answers[0]), 0);
	dmf_kunit_remove(test, senders->ddev);
	expect_ended(test, &senders->answers[0], -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->cancels), 1);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, &senders->answers[1]), 0);
	expect_ended(test, &senders->answers[1], -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->handled), 1);
}

/* -- A device that sleeps -- */

static void sleeping_device_does_not_hold_up_the_sender(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct device *dev;

	senders_probe(test);
	dev = dmf_device_dev(senders->ddev);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_STATUS, &senders->answers[0]), 0);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_STATUS, &senders->answers[1]), 0);
	KUNIT_EXPECT_EQ(test, send_to(senders, senders->ddev, CMD_STATUS, HZ / 50,
				      &senders->answers[2]), 0);
	expect_under_way(test, &senders->answers[0]);
	expect_ended(test, &senders->answers[2], -ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, dmf_request_sender_cancel(&senders->sender,
							  senders->answers[1].id));
	expect_ended(test, &senders->answers[1], -ECANCELED);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->handled), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	expect_ended(test, &senders->answers[0], -EXDEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->handled), 1);
}

static void shutdown_ends_what_waits_for_a_sleeping_device(struct kunit *test)
{
	struct senders *senders = test->priv;

	senders_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dmf_device_dev(senders->ddev)), 0);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_STATUS, &senders->answers[0]), 0);
	expect_under_way(test, &senders->answers[0]);
	dmf_device_shutdown(senders->ddev);
	expect_ended(test, &senders->answers[0], -ESHUTDOWN);
}

static void shutdown_leaves_what_is_pended(struct kunit *test)
{
	struct senders *senders = test->priv;

	senders_probe(test);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, &senders->answers[0]), 0);
	dmf_device_shutdown(senders->ddev);
	expect_under_way(test, &senders->answers[0]);
	senders_complete_pended(senders);
	expect_ended(test, &senders->answers[0], 0);
}

static void suspend_leaves_what_is_pended(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct device *dev;

	senders_probe(test);
	dev = dmf_device_dev(senders->ddev);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, &senders->answers[0]), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	expect_under_way(test, &senders->answers[0]);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	senders_complete_pended(senders);
	expect_ended(test, &senders->answers[0], 0);
}

/* -- Handlers that wait -- */

#define MANY	4	/* more than the workqueue runs at a time */

/* Sends to its own device, and waits for the callback. */
static bool wait_handle(struct dmf_device *ddev, struct dmf_request *request)
{
	struct senders *senders = dmf_kunit_priv(ddev);
	struct answer answer = {
		.done = COMPLETION_INITIALIZER_ONSTACK(answer.done),
	};

	if (dmf_request_command(request) == CMD_WAIT) {
		send_one(senders, CMD_NUMBERED, &answer);
		if (!wait_for_completion_timeout(&answer.done, DMF_KUNIT_TIMEOUT)) {
			atomic_inc(&senders->overdue);
			wait_for_completion(&answer.done);
		}
	}
	dmf_request_complete(request, 0);
	return true;
}

static void many_done(struct dmf_request_sender *sender, void *context, int status,
		      const void *output, size_t output_size)
{
	struct answer *answer = context;

	if (atomic_inc_return(&answer->calls) == MANY)
		complete(&answer->done);
}

/* They all begin when the device is up, in works. */
static void many_handlers_may_wait_for_callbacks(struct kunit *test)
{
	static const struct dmf_client_ops ops = { .internal_device_io_control = wait_handle };
	struct senders *senders = test->priv;
	const struct dmf_internal_ioctl ioctl = {
		.command = CMD_WAIT, .done = many_done, .context = &senders->answers[0],
	};
	struct device *dev;
	int i;

	workqueue_set_max_active(dmf_dispatch_workqueue, MANY / 2);
	workqueue_set_max_active(dmf_sent_workqueue, MANY / 2);
	senders_probe_ops(test, &ops);
	dev = dmf_device_dev(senders->ddev);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl_send(&senders->sender,
								     senders->ddev, &ioctl,
								     NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&senders->answers[0].done,
							    DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->overdue), 0);
	workqueue_set_max_active(dmf_dispatch_workqueue, WQ_DFL_ACTIVE);
	workqueue_set_max_active(dmf_sent_workqueue, WQ_DFL_ACTIVE);
}

/* -- Runtime PM -- */

static struct dev_pm_domain runtime_domain;

static void runtime_begin(struct kunit *test, struct device *dev)
{
	runtime_domain.ops = dmf_pm_ops;
	dev_pm_domain_set(dev, &runtime_domain);
	pm_runtime_set_active(dev);
	pm_runtime_enable(dev);
	KUNIT_EXPECT_EQ(test, pm_runtime_suspend(dev), 0);
	KUNIT_EXPECT_TRUE(test, pm_runtime_suspended(dev));
}

static void runtime_end(struct device *dev)
{
	pm_runtime_get_sync(dev);
	pm_runtime_disable(dev);
	pm_runtime_put_noidle(dev);
	pm_runtime_set_suspended(dev);
	dev_pm_domain_set(dev, NULL);
}

static int send_when_resumed(struct dmf_device *ddev, enum dmf_power previous)
{
	struct senders *senders = dmf_kunit_priv(ddev);

	/* Once: what is sent may have to resume the device again. */
	if (previous == DMF_POWER_IDLE && senders->left_to_send && !--senders->left_to_send)
		send_one(senders, CMD_NUMBERED, &senders->answers[0]);
	return 0;
}

static void power_callback_may_send_to_its_own_device(struct kunit *test)
{
	struct dmf_client_ops ops = senders_ops;
	struct senders *senders = test->priv;
	struct device *dev;

	ops.d0_entry = send_when_resumed;
	senders_probe_ops(test, &ops);
	dev = dmf_device_dev(senders->ddev);
	runtime_begin(test, dev);
	senders->left_to_send = 1;
	pm_request_resume(dev);
	expect_ended(test, &senders->answers[0], 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->handled), 1);
	runtime_end(dev);
}

static void request_resumes_a_device(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct device *dev;

	senders_probe_sequential(test);
	dev = dmf_device_dev(senders->ddev);
	runtime_begin(test, dev);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_NUMBERED, &senders->answers[0]), 0);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_NUMBERED + 1, &senders->answers[1]), 0);
	expect_ended(test, &senders->answers[0], 0);
	expect_ended(test, &senders->answers[1], 0);
	KUNIT_EXPECT_EQ(test, senders->log[0], CMD_NUMBERED);
	KUNIT_EXPECT_EQ(test, senders->log[1], CMD_NUMBERED + 1);
	runtime_end(dev);
}

/* -- A sequential queue -- */

/* Somebody's handler runs, so that what is sent has to wait for its turn. */
static struct submitter *block_start(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct submitter *blocker = dmf_kunit_submit_start(test, &(struct submitter){
		.ddev = senders->ddev, .command = CMD_BLOCK, .timeout = MAX_SCHEDULE_TIMEOUT,
	});

	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&senders->handler_runs,
							    DMF_KUNIT_TIMEOUT));
	return blocker;
}

static void stop_cancels_all_and_waits(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct submitter *blocker;
	int i;

	senders_probe_sequential(test);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, &senders->answers[0]), 0);
	blocker = block_start(test);
	for (i = 1; i < 4; i++)
		KUNIT_EXPECT_EQ(test, send_one(senders, CMD_NUMBERED, &senders->answers[i]), 0);
	dmf_request_sender_stop(&senders->sender);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, atomic_read(&senders->answers[i].calls), 1);
		KUNIT_EXPECT_EQ(test, senders->answers[i].status, -ECANCELED);
	}
	complete(&senders->handler_may_go);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, blocker), 0);
}

static void turns_are_waited_for_by_nobody(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct submitter *blocker;
	int i;

	senders_probe_sequential(test);
	blocker = block_start(test);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, send_one(senders, CMD_NUMBERED + i, &senders->answers[i]), 0);
	expect_under_way(test, &senders->answers[0]);
	KUNIT_EXPECT_TRUE(test, dmf_request_sender_cancel(&senders->sender,
							  senders->answers[1].id));
	expect_ended(test, &senders->answers[1], -ECANCELED);
	complete(&senders->handler_may_go);
	KUNIT_EXPECT_EQ(test, dmf_kunit_submit_result(test, blocker), 0);
	for (i = 0; i < 4; i++) {
		if (i != 1)
			expect_ended(test, &senders->answers[i], 0);
	}
	KUNIT_EXPECT_EQ(test, senders->log[1], CMD_NUMBERED);
	KUNIT_EXPECT_EQ(test, senders->log[2], CMD_NUMBERED + 2);
	KUNIT_EXPECT_EQ(test, senders->log[3], CMD_NUMBERED + 3);
}

/* The handler goes on when unbind waits for it. */
static int go_on_after_stop(void *data)
{
	struct senders *senders = data;

	dmf_kunit_until(dmf_io_error(senders->ddev));
	complete(&senders->handler_may_go);
	return 0;
}

static void unbind_ends_what_waits_for_its_turn(struct kunit *test)
{
	struct senders *senders = test->priv;

	senders_probe_sequential(test);
	block_start(test);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_NUMBERED, &senders->answers[0]), 0);
	dmf_kunit_run(test, go_on_after_stop, senders);
	dmf_kunit_remove(test, senders->ddev);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&senders->answers[0].done,
							    DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, senders->answers[0].status, -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->handled), 1);
}

static void handler_may_send_to_its_own_device(struct kunit *test)
{
	struct senders *senders = test->priv;

	senders_probe_sequential(test);
	KUNIT_EXPECT_EQ(test, dmf_kunit_internal(senders->ddev, CMD_SEND), 0);
	expect_ended(test, &senders->answers[1], 0);
}

static void turn_is_kept_while_the_device_sleeps(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct device *dev;

	senders_probe_sequential(test);
	dev = dmf_device_dev(senders->ddev);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_NUMBERED, &senders->answers[0]), 0);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_NUMBERED + 1, &senders->answers[1]), 0);
	KUNIT_EXPECT_EQ(test, send_one(senders, CMD_NUMBERED + 2, &senders->answers[2]), 0);
	/* Who has the turn gives it up to the next. */
	cancel_first(senders);
	expect_ended(test, &senders->answers[0], -ECANCELED);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	expect_ended(test, &senders->answers[1], 0);
	expect_ended(test, &senders->answers[2], 0);
	KUNIT_EXPECT_EQ(test, senders->log[0], CMD_NUMBERED + 1);
	KUNIT_EXPECT_EQ(test, senders->log[1], CMD_NUMBERED + 2);
}

/* -- A filter above the device -- */

static const struct dmf_filterable published = {
	auxiliary_device_init, __auxiliary_device_add, "dmf_kunit_sent",
};

static const struct dmf_client_ops filter_ops = { };

/* Returns the filter; what it does not handle the device below does. */
static struct fake_filter *stack_probe(struct kunit *test, struct dmf_device **upper)
{
	struct dmf_client_ops ops = senders_ops;
	struct fake_filter *filter;

	ops.filterable = &published;
	senders_probe_ops(test, &ops);
	filter = dmf_kunit_filter_register(test, published.modname, &filter_ops);
	*upper = dmf_kunit_filter_device(filter);
	KUNIT_ASSERT_NOT_NULL(test, *upper);
	senders_keep(test, *upper);
	return filter;
}

static void request_goes_down_a_stack(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct fake_filter *filter;
	struct dmf_device *upper;

	filter = stack_probe(test, &upper);
	KUNIT_EXPECT_EQ(test, send_to(senders, upper, CMD_PEND, 0, &senders->answers[0]), 0);
	senders_complete_pended(senders);
	expect_ended(test, &senders->answers[0], 0);
	KUNIT_EXPECT_EQ(test, send_to(senders, upper, 99, 0, &senders->answers[1]), 0);
	expect_ended(test, &senders->answers[1], -ENOTTY);
	KUNIT_EXPECT_EQ(test, send_to(senders, upper, CMD_PEND, 0, &senders->answers[2]), 0);
	KUNIT_EXPECT_TRUE(test, dmf_request_sender_cancel(&senders->sender,
							  senders->answers[2].id));
	expect_ended(test, &senders->answers[2], -ECANCELED);
	KUNIT_EXPECT_EQ(test, send_to(senders, upper, CMD_PEND, 0, &senders->answers[3]), 0);
	dmf_kunit_filter_unregister(filter);
	expect_ended(test, &senders->answers[3], -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->cancels), 2);
}

static void request_waits_for_a_device_below(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct fake_filter *filter;
	struct dmf_device *upper;
	struct device *dev;

	filter = stack_probe(test, &upper);
	dev = dmf_device_dev(senders->ddev);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, send_to(senders, upper, CMD_STATUS, 0, &senders->answers[0]), 0);
	expect_under_way(test, &senders->answers[0]);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	expect_ended(test, &senders->answers[0], -EXDEV);

	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, send_to(senders, upper, CMD_STATUS, 0, &senders->answers[1]), 0);
	expect_under_way(test, &senders->answers[1]);
	dmf_kunit_filter_unregister(filter);
	expect_ended(test, &senders->answers[1], -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->handled), 1);
}

/* -- Memory -- */

static int send_once(struct kunit *test, void *data)
{
	static const u8 input[2 * DMF_REQUEST_INLINE_SIZE];
	struct senders *senders = test->priv;
	struct answer *answer = &senders->answers[0];
	const struct dmf_internal_ioctl ioctl = {
		.command = CMD_STATUS, .input = input, .input_size = sizeof(input),
		.output_size = sizeof(input), .done = answer_done, .context = answer,
	};
	int ret;

	answer_renew(answer);
	ret = dmf_device_internal_ioctl_send(&senders->sender, senders->ddev, &ioctl, NULL);
	if (!ret)
		wait_for_completion(&answer->done);
	else
		KUNIT_EXPECT_EQ(test, atomic_read(&answer->calls), 0);
	return ret;
}

static void every_allocation_may_fail(struct kunit *test)
{
	senders_probe(test);
	dmf_kunit_fail_nth(test, send_once, NULL, 4);
}

static struct kunit_case sender_cases[] = {
	KUNIT_CASE(answer_comes_by_the_callback),
	KUNIT_CASE(callback_gets_the_status),
	KUNIT_CASE(what_is_not_sent_has_no_callback),
	KUNIT_CASE(completion_from_an_interrupt_handler),
	KUNIT_CASE(callback_may_send_again),
	KUNIT_CASE(cancel_is_one_end),
	KUNIT_CASE(request_is_found_from_its_handler_on_until_its_callback),
	KUNIT_CASE(cancelled_in_an_interrupt_handler),
	KUNIT_CASE(cancel_waits_for_a_completion_on_its_way),
	KUNIT_CASE(cancel_leaves_what_cannot_be_cancelled),
	KUNIT_CASE(cancel_asks_nobody_who_may_have_gone),
	KUNIT_CASE(timeout_cancels),
	KUNIT_CASE(stop_cancels_all_and_waits),
	KUNIT_CASE(stop_waits_for_a_callback),
	KUNIT_CASE(device_is_kept_until_the_callback_has_returned),
	KUNIT_CASE(unbind_ends_what_is_under_way),
	KUNIT_CASE(sleeping_device_does_not_hold_up_the_sender),
	KUNIT_CASE(shutdown_ends_what_waits_for_a_sleeping_device),
	KUNIT_CASE(shutdown_leaves_what_is_pended),
	KUNIT_CASE(suspend_leaves_what_is_pended),
	KUNIT_CASE(many_handlers_may_wait_for_callbacks),
	KUNIT_CASE(power_callback_may_send_to_its_own_device),
	KUNIT_CASE(request_resumes_a_device),
	KUNIT_CASE(turns_are_waited_for_by_nobody),
	KUNIT_CASE(unbind_ends_what_waits_for_its_turn),
	KUNIT_CASE(handler_may_send_to_its_own_device),
	KUNIT_CASE(turn_is_kept_while_the_device_sleeps),
	KUNIT_CASE(request_goes_down_a_stack),
	KUNIT_CASE(request_waits_for_a_device_below),
	KUNIT_CASE(every_allocation_may_fail),
	{ }
};

static struct kunit_suite sender_suite = {
	.name = "dmf_request_sender",
	.init = senders_init,
	.exit = senders_exit,
	.test_cases = sender_cases,
};

kunit_test_suite(sender_suite);
