// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of interrupts that wake up: they stay connected while the device is armed,
 * do not reach a device that is down, and are not lost.
 */
#include <linux/interrupt.h>
#include <linux/pm.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "fake_irq.h"

/* test->priv */
struct waker {
	struct fake_irq *fake;
	struct dmf_interrupt interrupt;
	struct device *dev;
	bool down;			/* between d0_exit and d0_entry */
	unsigned int handled, threaded, handled_while_down, woke_s0, woke_sx, disables;
	bool in_process;		/* the handler was not called as interrupt handlers are */
	int result;
};

static irqreturn_t waker_handler(int irq, void *data)
{
	struct waker *waker = data;

	if (waker->fake->level && !READ_ONCE(waker->fake->asserted))
		return IRQ_NONE;
	WRITE_ONCE(waker->fake->asserted, false);
	waker->handled++;
	waker->handled_while_down += waker->down;
	waker->in_process |= !in_interrupt() && !IS_ENABLED(CONFIG_PREEMPT_RT);
	return waker->interrupt.thread ? IRQ_WAKE_THREAD : IRQ_HANDLED;
}

static irqreturn_t waker_thread(int irq, void *data)
{
	struct waker *waker = data;

	waker->threaded++;
	return IRQ_HANDLED;
}

static void waker_irq_enable(void *data)
{
}

static void waker_irq_disable(void *data)
{
	struct waker *waker = data;

	waker->disables++;
}

static int waker_prepare_hardware(struct dmf_device *ddev)
{
	struct waker *waker = dmf_kunit_priv(ddev);

	waker->result = dmf_device_request_irq(ddev, &waker->interrupt);
	return waker->result;
}

static int waker_d0_entry(struct dmf_device *ddev, enum dmf_power previous)
{
	struct waker *waker = dmf_kunit_priv(ddev);

	waker->down = false;
	return 0;
}

static int waker_d0_exit(struct dmf_device *ddev, enum dmf_power target)
{
	struct waker *waker = dmf_kunit_priv(ddev);

	waker->down = true;
	return 0;
}

static void waker_woke_s0(struct dmf_device *ddev)
{
	struct waker *waker = dmf_kunit_priv(ddev);

	waker->woke_s0++;
}

static void waker_woke_sx(struct dmf_device *ddev)
{
	struct waker *waker = dmf_kunit_priv(ddev);

	waker->woke_sx++;
}

static const struct dmf_client_ops waker_ops = {
	.prepare_hardware	= waker_prepare_hardware,
	.d0_entry		= waker_d0_entry,
	.d0_exit		= waker_d0_exit,
	.wake_from_s0_triggered	= waker_woke_s0,
	.wake_from_sx_triggered	= waker_woke_sx,
};

static void waker_undo(void *data)
{
	device_init_wakeup(data, false);
	put_device(data);
}

static struct dmf_device *waker_probe(struct kunit *test, bool level)
{
	struct waker *waker = test->priv;
	struct dmf_device *ddev;

	waker->fake = fake_irq_create(test, level);
	waker->interrupt.irq = waker->fake->irq;
	ddev = dmf_kunit_probe(test, &waker_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	waker->dev = get_device(ddev->dev);
	KUNIT_ASSERT_EQ(test, device_init_wakeup(waker->dev, true), 0);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, waker_undo, waker->dev), 0);
	return ddev;
}

static void sleep_and_wake(struct kunit *test, bool level)
{
	struct waker *waker = test->priv;
	struct dmf_device *ddev = waker_probe(test, level);

	KUNIT_ASSERT_EQ(test, dmf_pm_ops.suspend(waker->dev), 0);
	KUNIT_EXPECT_TRUE(test, waker->fake->wake);
	KUNIT_EXPECT_EQ(test, waker->disables, 0);
	fake_irq_raise(waker->fake);
	fake_irq_raise(waker->fake);
	KUNIT_EXPECT_EQ(test, waker->handled, 0);
	KUNIT_EXPECT_LT(test, waker->fake->deliveries, 3);

	KUNIT_ASSERT_EQ(test, dmf_pm_ops.resume(waker->dev), 0);
	KUNIT_EXPECT_FALSE(test, waker->fake->wake);
	schedule_timeout_uninterruptible(HZ / 20);	/* the kernel resends from a tasklet */
	KUNIT_EXPECT_GE(test, waker->handled, 1);
	KUNIT_EXPECT_LE(test, waker->handled, level ? 1 : 2);
	KUNIT_EXPECT_EQ(test, waker->handled_while_down, 0);
	KUNIT_EXPECT_FALSE(test, waker->in_process);
	KUNIT_EXPECT_EQ(test, waker->woke_sx, 1);
	KUNIT_EXPECT_EQ(test, waker->woke_s0, 0);

	/* The line works as before. */
	waker->handled = 0;
	fake_irq_raise(waker->fake);
	KUNIT_EXPECT_EQ(test, waker->handled, 1);
	dmf_kunit_remove(test, ddev);
}

static void message_wakes_and_is_replayed(struct kunit *test)
{
	sleep_and_wake(test, false);
}

static void line_wakes_and_is_replayed(struct kunit *test)
{
	sleep_and_wake(test, true);
}

static void replay_wakes_the_thread(struct kunit *test)
{
	struct waker *waker = test->priv;

	waker->interrupt.thread = waker_thread;
	sleep_and_wake(test, false);
	KUNIT_EXPECT_GE(test, waker->threaded, 2);
}

static void thread_without_handler_wakes_too(struct kunit *test)
{
	struct waker *waker = test->priv;

	waker->interrupt.handler = NULL;
	waker->interrupt.thread = waker_thread;
	waker_probe(test, false);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.suspend(waker->dev), 0);
	fake_irq_raise(waker->fake);
	schedule_timeout_uninterruptible(HZ / 20);
	KUNIT_EXPECT_EQ(test, waker->threaded, 0);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.resume(waker->dev), 0);
	schedule_timeout_uninterruptible(HZ / 20);
	KUNIT_EXPECT_EQ(test, waker->threaded, 1);
	KUNIT_EXPECT_EQ(test, waker->woke_sx, 1);
}

static void sleep_without_interrupt_tells_nobody(struct kunit *test)
{
	struct waker *waker = test->priv;

	waker_probe(test, false);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.suspend(waker->dev), 0);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.resume(waker->dev), 0);
	KUNIT_EXPECT_EQ(test, waker->woke_sx, 0);
	fake_irq_raise(waker->fake);
	KUNIT_EXPECT_EQ(test, waker->handled, 1);
}

static void device_that_may_not_wake_is_disconnected(struct kunit *test)
{
	struct waker *waker = test->priv;

	waker_probe(test, false);
	device_set_wakeup_enable(waker->dev, false);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.suspend(waker->dev), 0);
	KUNIT_EXPECT_FALSE(test, waker->fake->wake);
	KUNIT_EXPECT_EQ(test, waker->disables, 1);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.resume(waker->dev), 0);
}

static void idle_device_is_woken_without_the_system(struct kunit *test)
{
	struct waker *waker = test->priv;
	struct dmf_device *ddev = waker_probe(test, false);

	KUNIT_ASSERT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_IDLE), 0);
	KUNIT_EXPECT_FALSE(test, waker->fake->wake);
	fake_irq_raise(waker->fake);
	KUNIT_EXPECT_EQ(test, waker->handled, 0);
	KUNIT_ASSERT_EQ(test, dmf_device_power_up(ddev), 0);
	KUNIT_EXPECT_EQ(test, waker->handled, 1);
	KUNIT_EXPECT_EQ(test, waker->woke_s0, 1);
}

static void controller_that_cannot_wake_aborts_the_sleep(struct kunit *test)
{
	struct waker *waker = test->priv;
	struct dmf_device *ddev = waker_probe(test, false);

	waker->fake->wake_error = -ENXIO;
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(waker->dev), -ENXIO);
	KUNIT_EXPECT_EQ(test, ddev->power, DMF_POWER_D0);
	fake_irq_raise(waker->fake);
	KUNIT_EXPECT_EQ(test, waker->handled, 1);
	KUNIT_EXPECT_EQ(test, waker->handled_while_down, 0);
}

static void remove_of_an_armed_device_frees_the_line(struct kunit *test)
{
	struct waker *waker = test->priv;
	struct dmf_device *ddev = waker_probe(test, false);

	KUNIT_ASSERT_EQ(test, dmf_device_power_down(ddev, DMF_POWER_IDLE), 0);
	fake_irq_raise(waker->fake);
	dmf_kunit_remove(test, ddev);
	fake_irq_raise(waker->fake);
	KUNIT_EXPECT_EQ(test, waker->handled, 0);
}

static void shared_line_cannot_wake(struct kunit *test)
{
	struct waker *waker = test->priv;

	waker->fake = fake_irq_create(test, true);
	waker->interrupt.irq = waker->fake->irq;
	waker->interrupt.flags = IRQF_SHARED;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &waker_ops)), -EINVAL);
	KUNIT_EXPECT_EQ(test, waker->result, -EINVAL);
}

static int waker_init(struct kunit *test)
{
	struct waker *waker = kunit_kzalloc(test, sizeof(*waker), GFP_KERNEL);

	if (!waker)
		return -ENOMEM;
	waker->interrupt = (struct dmf_interrupt){
		.handler = waker_handler,
		.irq_enable = waker_irq_enable,
		.irq_disable = waker_irq_disable,
		.can_wake = true,
		.data = waker,
	};
	test->priv = waker;
	return 0;
}

static struct kunit_case wake_cases[] = {
	KUNIT_CASE(message_wakes_and_is_replayed),
	KUNIT_CASE(line_wakes_and_is_replayed),
	KUNIT_CASE(replay_wakes_the_thread),
	KUNIT_CASE(thread_without_handler_wakes_too),
	KUNIT_CASE(sleep_without_interrupt_tells_nobody),
	KUNIT_CASE(device_that_may_not_wake_is_disconnected),
	KUNIT_CASE(idle_device_is_woken_without_the_system),
	KUNIT_CASE(controller_that_cannot_wake_aborts_the_sleep),
	KUNIT_CASE(remove_of_an_armed_device_frees_the_line),
	KUNIT_CASE(shared_line_cannot_wake),
	{ }
};

static struct kunit_suite wake_suite = {
	.name = "dmf_wake",
	.init = waker_init,
	.test_cases = wake_cases,
};

kunit_test_suite(wake_suite);
