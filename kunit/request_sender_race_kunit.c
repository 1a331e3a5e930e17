// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of requests that are sent without waiting, when several things would end them
 * at once: each ends with one callback.
 */
#include <linux/pm.h>

#include "request_sender_fixture.h"

static int complete_thread(void *data)
{
	while (!kthread_should_stop()) {
		senders_complete_pended(data);
		cond_resched();
	}
	return 0;
}

static void race_cancel_against_completion(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct answer *answer = &senders->answers[0];
	int i, completed = 0, cancelled = 0, more = 0;

	senders_probe(test);
	dmf_kunit_run(test, complete_thread, senders);
	for (i = 0; i < 1000; i++) {
		answer_renew(answer);
		if (send_one(senders, CMD_PEND, answer))
			break;
		if (i & 1)
			cond_resched();
		dmf_request_sender_cancel(&senders->sender, answer->id);
		if (!wait_for_completion_timeout(&answer->done, DMF_KUNIT_TIMEOUT))
			break;
		completed += !answer->status;
		cancelled += answer->status == -ECANCELED;
		more += atomic_read(&answer->calls) - 1;
	}
	KUNIT_EXPECT_EQ(test, completed + cancelled, 1000);
	KUNIT_EXPECT_EQ(test, more, 0);
	kunit_info(test, "%d of 1000 were completed\n", completed);
}

static void race_timeout_against_completion(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct answer *answer = &senders->answers[0];
	int i, completed = 0, overdue = 0, more = 0;

	senders_probe(test);
	for (i = 0; i < 100; i++) {
		answer_renew(answer);
		if (send_to(senders, senders->ddev, CMD_PEND, 1, answer))
			break;
		schedule_timeout_uninterruptible(i & 1);
		senders_complete_pended(senders);
		if (!wait_for_completion_timeout(&answer->done, DMF_KUNIT_TIMEOUT))
			break;
		completed += !answer->status;
		overdue += answer->status == -ETIMEDOUT;
		more += atomic_read(&answer->calls) - 1;
	}
	KUNIT_EXPECT_EQ(test, completed + overdue, 100);
	KUNIT_EXPECT_EQ(test, more, 0);
}

/* Both, and who owns the request, may end it. */
static void race_cancel_against_unbind(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct answer *answer = &senders->answers[0];
	int i;

	for (i = 0; i < 30; i++) {
		senders_probe(test);
		answer_renew(answer);
		KUNIT_EXPECT_EQ(test, send_one(senders, CMD_PEND, answer), 0);
		dmf_request_sender_cancel(&senders->sender, answer->id);
		dmf_kunit_remove(test, senders->ddev);
		KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&answer->done,
								    DMF_KUNIT_TIMEOUT));
		KUNIT_EXPECT_TRUE(test, answer->status == -ECANCELED || answer->status == -ENODEV);
		KUNIT_EXPECT_EQ(test, atomic_read(&answer->calls), 1);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&senders->cancels), 30);
}

#define FLOOD_MAX	32	/* under way at a time */
#define FLOOD_PENDED	5000	/* the same, if only the sender ends them: memory is limited */

struct flood {
	struct senders *senders;
	struct dmf_device *ddev;
	int max;			/* under way at a time */
	atomic_t sent;
	atomic_t ended;
	atomic_t surprises;
};

static void flood_done(struct dmf_request_sender *sender, void *context, int status,
		       const void *output, size_t output_size)
{
	struct flood *flood = context;

	if (status != -EXDEV && status != -ENODEV && status != -ECANCELED)
		atomic_inc(&flood->surprises);
	atomic_inc(&flood->ended);
}

static int flood_thread(void *data)
{
	struct flood *flood = data;
	struct dmf_internal_ioctl ioctl = {
		.command = CMD_STATUS, .done = flood_done, .context = flood,
	};

	while (!kthread_should_stop()) {
		if (atomic_read(&flood->sent) - atomic_read(&flood->ended) >= flood->max)
			schedule_timeout_uninterruptible(1);
		else if (!dmf_device_internal_ioctl_send(&flood->senders->sender, flood->ddev,
							 &ioctl, NULL))
			atomic_inc(&flood->sent);
		cond_resched();
	}
	return 0;
}

static bool always_give_up(struct dmf_request *request)
{
	return true;
}

/* Nobody but the sender ends these. */
static bool keep_handle(struct dmf_device *ddev, struct dmf_request *request)
{
	dmf_request_pend(request, always_give_up, 0);
	return true;
}

static void flood_expect(struct kunit *test, struct flood *flood)
{
	dmf_request_sender_stop(&flood->senders->sender);
	KUNIT_EXPECT_GT(test, atomic_read(&flood->sent), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&flood->ended), atomic_read(&flood->sent));
	KUNIT_EXPECT_EQ(test, atomic_read(&flood->surprises), 0);
}

static void race_send_against_unbind(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct flood flood = { .senders = senders, .max = FLOOD_MAX };
	struct task_struct *thread;
	int i;

	for (i = 0; i < 20; i++) {
		if (i & 1)
			senders_probe(test);
		else
			senders_probe_sequential(test);
		flood.ddev = senders->ddev;
		thread = kthread_run(flood_thread, &flood, "dmf-kunit-send");
		KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
		schedule_timeout_uninterruptible(1);
		dmf_kunit_remove(test, senders->ddev);
		kthread_stop(thread);
	}
	flood_expect(test, &flood);
}

static void race_send_against_suspend(struct kunit *test)
{
	struct senders *senders = test->priv;
	struct flood flood = { .senders = senders, .max = FLOOD_MAX };
	struct task_struct *thread;
	struct device *dev;
	int i, failed = 0;

	senders_probe_sequential(test);
	dev = dmf_device_dev(senders->ddev);
	flood.ddev = senders->ddev;
	thread = kthread_run(flood_thread, &flood, "dmf-kunit-send");
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	for (i = 0; i < 50; i++) {
		failed += !!dmf_pm_ops.suspend(dev);
		if (i & 1)
			schedule_timeout_uninterruptible(1);
		failed += !!dmf_pm_ops.resume(dev);
	}
	kthread_stop(thread);
	KUNIT_EXPECT_EQ(test, failed, 0);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(atomic_read(&flood.ended) ==
						atomic_read(&flood.sent)));
	flood_expect(test, &flood);
}

static void flood_against_stop(struct kunit *test, int max, int rounds)
{
	struct senders *senders = test->priv;
	struct flood flood = { .senders = senders, .ddev = senders->ddev, .max = max };
	struct task_struct *thread;
	int i;

	for (i = 0; i < rounds; i++) {
		thread = kthread_run(flood_thread, &flood, "dmf-kunit-send");
		KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
		schedule_timeout_uninterruptible(1);
		dmf_request_sender_stop(&senders->sender);
		kthread_stop(thread);
		KUNIT_EXPECT_EQ(test, atomic_read(&flood.ended), atomic_read(&flood.sent));
		dmf_request_sender_init(&senders->sender);
	}
	flood_expect(test, &flood);
}

static void race_send_against_stop(struct kunit *test)
{
	senders_probe(test);
	flood_against_stop(test, FLOOD_MAX, 50);
}

/* What is sent while the sender stops is cancelled by it, or is not sent. */
static void race_pended_send_against_stop(struct kunit *test)
{
	static const struct dmf_client_ops ops = { .internal_device_io_control = keep_handle };

	senders_probe_ops(test, &ops);
	flood_against_stop(test, FLOOD_PENDED, 10);
}

static struct kunit_case race_cases[] = {
	KUNIT_CASE(race_cancel_against_completion),
	KUNIT_CASE(race_timeout_against_completion),
	KUNIT_CASE(race_cancel_against_unbind),
	KUNIT_CASE(race_send_against_unbind),
	KUNIT_CASE(race_send_against_suspend),
	KUNIT_CASE(race_send_against_stop),
	KUNIT_CASE(race_pended_send_against_stop),
	{ }
};

static struct kunit_suite race_suite = {
	.name = "dmf_request_sender_race",
	.init = senders_init,
	.exit = senders_exit,
	.test_cases = race_cases,
};

kunit_test_suite(race_suite);
