// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling a thread that there is work: until it has done it, and when it has
 * been told already.
 *
 * By hand that is a kthread that sleeps while a flag is not set.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include <linux/dmf/device.h>
#include <linux/dmf/module.h>
#include <linux/dmf/thread.h>

#include "bench.h"

#define SIGNALS	1000

static struct dmf_thread *thread;
static struct completion worked;

static void thread_work(struct dmf_thread *thread)
{
	complete(&worked);
}

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_thread_config config = { .work = thread_work };

	return dmf_thread_add(init, &config, NULL, &thread);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int bench_signal(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int i, ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	init_completion(&worked);
	ret = dmf_thread_start(thread);
	bench_begin(bench);
	for (i = 0; i < SIGNALS && !ret; i++) {
		ret = dmf_thread_work_ready(thread);
		if (!ret)
			wait_for_completion(&worked);
	}
	bench_end(bench, SIGNALS);
	bench_device_remove(ddev);
	return ret;
}

/* The thread is not started, so what it is told first stays. */
static int bench_signalled(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	unsigned long flags;
	int i, ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = dmf_thread_work_ready(thread);
	local_irq_save(flags);
	bench_begin(bench);
	for (i = 0; i < SIGNALS && !ret; i++)
		ret = dmf_thread_work_ready(thread);
	bench_end(bench, SIGNALS);
	local_irq_restore(flags);
	bench_device_remove(ddev);
	return ret;
}

struct hand {
	struct task_struct *task;
	atomic_t users;			/* who may signal: 1 while it is open */
	unsigned long signalled;
};

static int hand_main(void *data)
{
	struct hand *hand = data;

	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		if (!test_and_clear_bit(0, &hand->signalled)) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		complete(&worked);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int hand_open(struct hand *hand)
{
	init_completion(&worked);
	atomic_set(&hand->users, 1);
	hand->signalled = 0;
	hand->task = kthread_run(hand_main, hand, "dmf-bench");
	return PTR_ERR_OR_ZERO(hand->task);
}

/* Whoever closes waits until the last has left. */
static noinline int hand_signal(struct hand *hand)
{
	if (!atomic_inc_not_zero(&hand->users))
		return -ENODEV;

	if (!test_and_set_bit(0, &hand->signalled))
		wake_up_process(hand->task);
	atomic_dec(&hand->users);
	return 0;
}

static int bench_hand_signal(struct bench *bench)
{
	struct hand hand;
	int i, ret;

	ret = hand_open(&hand);
	if (ret)
		return ret;

	bench_begin(bench);
	for (i = 0; i < SIGNALS && !ret; i++) {
		ret = hand_signal(&hand);
		if (!ret)
			wait_for_completion(&worked);
	}
	bench_end(bench, SIGNALS);
	kthread_stop(hand.task);
	return ret;
}

static int bench_hand_signalled(struct bench *bench)
{
	struct hand hand;
	unsigned long flags;
	int i, ret;

	ret = hand_open(&hand);
	if (ret)
		return ret;

	local_irq_save(flags);
	ret = hand_signal(&hand);
	bench_begin(bench);
	for (i = 0; i < SIGNALS && !ret; i++)
		ret = hand_signal(&hand);
	bench_end(bench, SIGNALS);
	local_irq_restore(flags);
	kthread_stop(hand.task);
	return ret;
}

const struct bench_case thread_cases[] = {
	{ "signal a thread and have it work", "kthread, flag, wake_up_process", 0,
	  bench_signal, bench_hand_signal },
	{ "signal a thread that is signalled", "kthread, flag", 0,
	  bench_signalled, bench_hand_signalled },
	{ }
};
