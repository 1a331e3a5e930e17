// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of interrupts that wake up: they stay connected while the device is armed,
 * do not reach a device that is down, and are not lost.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
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
	bool fail_d0_entry, raise_in_d0_entry;
	enum dmf_open_option option;
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
	if (waker->raise_in_d0_entry)
		fake_irq_raise(waker->fake);
	return waker->fail_d0_entry ? -EIO : 0;
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

static void waker_settle(void)
{
	schedule_timeout_uninterruptible(HZ / 20);	/* threads, and resends of the kernel's */
}

/* They come when they come; and then no more of them. */
static void waker_expect(struct kunit *test, unsigned int handled, unsigned int threaded)
{
	struct waker *waker = test->priv;

	dmf_kunit_until(READ_ONCE(waker->handled) >= handled &&
			READ_ONCE(waker->threaded) >= threaded);
	waker_settle();
	KUNIT_EXPECT_EQ(test, waker->handled, handled);
	KUNIT_EXPECT_EQ(test, waker->threaded, threaded);
}

/* One that comes now is handled once: the line is enabled, no more and no less. */
static void check_line_works(struct kunit *test)
{
	struct waker *waker = test->priv;

	waker->handled = 0;
	waker->threaded = 0;
	fake_irq_raise(waker->fake);
	waker_expect(test, !!waker->interrupt.handler, !!waker->interrupt.thread);
}

/* What is raised once while the device sleeps is handled once when it is up. */
static void sleep_and_wake(struct kunit *test, bool level)
{
	struct waker *waker = test->priv;

	waker_probe(test, level);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.suspend(waker->dev), 0);
	KUNIT_EXPECT_TRUE(test, waker->fake->wake);
	KUNIT_EXPECT_EQ(test, waker->disables, 0);
	fake_irq_raise(waker->fake);
	waker_settle();
	KUNIT_EXPECT_EQ(test, waker->handled + waker->threaded, 0);
	KUNIT_EXPECT_EQ(test, waker->fake->deliveries, 1);

	KUNIT_ASSERT_EQ(test, dmf_pm_ops.resume(waker->dev), 0);
	KUNIT_EXPECT_FALSE(test, waker->fake->wake);
	waker_expect(test, !!waker->interrupt.handler, !!waker->interrupt.thread);
	KUNIT_EXPECT_EQ(test, waker->handled_while_down, 0);
	KUNIT_EXPECT_FALSE(test, waker->in_process);
	KUNIT_EXPECT_EQ(test, waker->woke_sx, 1);
	KUNIT_EXPECT_EQ(test, waker->woke_s0, 0);
	check_line_works(test);
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
}

static void thread_without_handler_wakes_too(struct kunit *test)
{
	struct waker *waker = test->priv;

	waker->interrupt.handler = NULL;
	waker->interrupt.thread = waker_thread;
	sleep_and_wake(test, false);
}

static void deliver_twice(void *data)
{
	struct fake_irq *fake = data;

	generic_handle_irq(fake->irq);
	generic_handle_irq(fake->irq);
}

/* The second comes before the thread has disabled the line for the first. */
static void two_messages_wake_once(struct kunit *test)
{
	struct waker *waker = test->priv;

	waker->interrupt.handler = NULL;
	waker->interrupt.thread = waker_thread;
	waker_probe(test, false);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.suspend(waker->dev), 0);
	dmf_kunit_in_hardirq(deliver_twice, waker->fake);
	waker_settle();
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.resume(waker->dev), 0);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(READ_ONCE(waker->threaded)));
	waker_settle();
	KUNIT_EXPECT_EQ(test, waker->woke_sx, 1);
	check_line_works(test);
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
	KUNIT_EXPECT_EQ(test, waker->handled_while_down, 0);
	check_line_works(test);
}

/* A device that cannot be brought up again must not wake the system for ever. */
static void failed_device_does_not_wake(struct kunit *test)
{
	struct waker *waker = test->priv;

	waker_probe(test, false);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.suspend(waker->dev), 0);
	KUNIT_EXPECT_TRUE(test, waker->fake->wake);
	waker->fail_d0_entry = true;
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(waker->dev), -EIO);
	KUNIT_EXPECT_FALSE(test, waker->fake->wake);
	fake_irq_raise(waker->fake);
	KUNIT_EXPECT_EQ(test, waker->handled, 0);
}

/* D0Entry makes the device raise an interrupt, as it might well. */
static void interrupt_of_d0_entry_is_no_wake_up(struct kunit *test)
{
	struct waker *waker = test->priv;

	waker_probe(test, false);
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.suspend(waker->dev), 0);
	waker->raise_in_d0_entry = true;
	KUNIT_ASSERT_EQ(test, dmf_pm_ops.resume(waker->dev), 0);
	waker->raise_in_d0_entry = false;
	waker_expect(test, 1, 0);
	KUNIT_EXPECT_EQ(test, waker->woke_sx, 0);
	check_line_works(test);
}

static int waker_module_open(struct dmf_module *module)
{
	struct waker *waker = dmf_module_client_data(module);

	waker->result = dmf_module_request_irq(module, &waker->interrupt);
	return waker->result;
}

static const struct dmf_module_ops waker_module_ops = { .open = waker_module_open };
static struct dmf_module_keys waker_module_keys;

static int waker_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	static struct dmf_module_desc desc;	/* one test runs at a time */
	struct waker *waker = dmf_kunit_priv(ddev);
	const struct dmf_module_attributes attributes = { .client_data = waker };

	desc = (struct dmf_module_desc){
		.name = "waker",
		.size = sizeof(struct dmf_module),
		.open_option = waker->option,
		.ops = &waker_module_ops,
	};
	return __dmf_module_add(init, &desc, &waker_module_keys, NULL, &attributes, NULL);
}

static void module_that_is_closed_while_it_should_wake_is_refused(struct kunit *test)
{
	static const struct dmf_client_ops ops = { .modules_add = waker_modules_add };
	struct waker *waker = test->priv;

	waker->fake = fake_irq_create(test, false);
	waker->interrupt.irq = waker->fake->irq;
	for (waker->option = DMF_OPEN_CREATE; waker->option <= DMF_OPEN_D0_ENTRY;
	     waker->option++) {
		int want = waker->option >= DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP ? -EINVAL : 0;
		struct dmf_device *ddev = dmf_kunit_probe(test, &ops);

		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(ddev), want);
		KUNIT_EXPECT_EQ(test, waker->result, want);
		if (!IS_ERR(ddev))
			dmf_kunit_remove(test, ddev);
	}
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
	KUNIT_CASE(two_messages_wake_once),
	KUNIT_CASE(sleep_without_interrupt_tells_nobody),
	KUNIT_CASE(device_that_may_not_wake_is_disconnected),
	KUNIT_CASE(idle_device_is_woken_without_the_system),
	KUNIT_CASE(controller_that_cannot_wake_aborts_the_sleep),
	KUNIT_CASE(failed_device_does_not_wake),
	KUNIT_CASE(interrupt_of_d0_entry_is_no_wake_up),
	KUNIT_CASE(module_that_is_closed_while_it_should_wake_is_refused),
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
