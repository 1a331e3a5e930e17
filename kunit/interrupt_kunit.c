// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of interrupts: connected when they should be, and nothing lost or
 * storming when they are not.
 */
#include <linux/interrupt.h>
#include <linux/pm.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "fake_irq.h"

struct lines {
	struct fake_irq *fake;
	struct dmf_interrupt interrupt;
	bool by_module;
	bool early;			/* ... that opens at creation */
	int result;			/* of the request */
	bool device_masked;		/* at the device, by irq_disable */
	atomic_t handled;
	atomic_t threaded;
	unsigned int enables;
	unsigned int disables;
	bool raise_in_d0_entry;		/* in the window before interrupts are connected */
	bool raise_in_d0_exit;		/* in the window after they are disconnected */
	int handled_in_d0_entry;
	int handled_in_d0_exit;
	int handled_post_interrupts;
	bool fail_post_interrupts;
};

static irqreturn_t lines_handler(int irq, void *data)
{
	struct lines *lines = data;

	if (lines->fake->level && !READ_ONCE(lines->fake->asserted))
		return IRQ_NONE;
	WRITE_ONCE(lines->fake->asserted, false);
	atomic_inc(&lines->handled);
	return lines->interrupt.thread ? IRQ_WAKE_THREAD : IRQ_HANDLED;
}

static irqreturn_t lines_thread(int irq, void *data)
{
	struct lines *lines = data;

	atomic_inc(&lines->threaded);
	return IRQ_HANDLED;
}

/* A device that raises an interrupt while it is masked raises it later. */
static void lines_enable(void *data)
{
	struct lines *lines = data;

	lines->enables++;
	lines->device_masked = false;
}

static void lines_disable(void *data)
{
	struct lines *lines = data;

	lines->disables++;
	lines->device_masked = true;
	if (lines->fake->level)
		WRITE_ONCE(lines->fake->asserted, false);
}

static int lines_prepare_hardware(struct dmf_device *ddev)
{
	struct lines *lines = dmf_kunit_priv(ddev);

	if (!lines->by_module)
		lines->result = dmf_device_request_irq(ddev, &lines->interrupt);
	return lines->result;
}

static int lines_d0_entry(struct dmf_device *ddev, enum dmf_power previous)
{
	struct lines *lines = dmf_kunit_priv(ddev);

	if (lines->raise_in_d0_entry)
		fake_irq_raise(lines->fake);
	lines->handled_in_d0_entry = atomic_read(&lines->handled);
	return 0;
}

static int lines_post_interrupts(struct dmf_device *ddev, enum dmf_power previous)
{
	struct lines *lines = dmf_kunit_priv(ddev);

	irq_work_sync(&lines->fake->work);
	lines->handled_post_interrupts = atomic_read(&lines->handled);
	return lines->fail_post_interrupts ? -EIO : 0;
}

static int lines_d0_exit(struct dmf_device *ddev, enum dmf_power target)
{
	struct lines *lines = dmf_kunit_priv(ddev);

	if (lines->raise_in_d0_exit)
		fake_irq_raise(lines->fake);
	lines->handled_in_d0_exit = atomic_read(&lines->handled);
	return 0;
}

/* A Module that has the interrupt, from every d0_entry to the next d0_exit. */
static int lines_module_open(struct dmf_module *module)
{
	struct lines *lines = dmf_module_client_data(module);

	lines->result = dmf_module_request_irq(module, &lines->interrupt);
	return lines->result;
}

static const struct dmf_module_ops lines_module_ops = { .open = lines_module_open };

static const struct dmf_module_desc lines_module_desc = {
	.name = "lines",
	.size = sizeof(struct dmf_module),
	.open_option = DMF_OPEN_D0_ENTRY,
	.ops = &lines_module_ops,
};

static const struct dmf_module_desc lines_early_module_desc = {
	.name = "lines",
	.size = sizeof(struct dmf_module),
	.open_option = DMF_OPEN_CREATE,
	.ops = &lines_module_ops,
};

static struct dmf_module_keys lines_module_keys;

static int lines_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct lines *lines = dmf_kunit_priv(ddev);
	const struct dmf_module_attributes attributes = { .client_data = lines };

	if (!lines->by_module)
		return 0;
	return __dmf_module_add(init, lines->early ? &lines_early_module_desc : &lines_module_desc,
				&lines_module_keys, NULL, &attributes, NULL);
}

static const struct dmf_client_ops lines_ops = {
	.modules_add				= lines_modules_add,
	.prepare_hardware			= lines_prepare_hardware,
	.d0_entry				= lines_d0_entry,
	.d0_entry_post_interrupts_enabled	= lines_post_interrupts,
	.d0_exit				= lines_d0_exit,
};

static struct lines *lines_create(struct kunit *test, bool level, unsigned long flags)
{
	struct lines *lines = test->priv;

	lines->fake = fake_irq_create(test, level);
	lines->interrupt = (struct dmf_interrupt){
		.irq = lines->fake->irq,
		.flags = flags,
		.handler = lines_handler,
		.irq_enable = lines_enable,
		.irq_disable = lines_disable,
		.data = lines,
	};
	return lines;
}

static struct dmf_device *lines_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &lines_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

/* What each way of having an interrupt must do. */
static void lines_check_delivery(struct kunit *test, struct lines *lines)
{
	struct dmf_device *ddev = lines_probe(test);
	struct device *dev = dmf_device_dev(ddev);

	fake_irq_raise(lines->fake);
	KUNIT_EXPECT_EQ(test, atomic_read(&lines->handled), 1);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, lines->disables, 1);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	KUNIT_EXPECT_EQ(test, lines->enables, 2);
	fake_irq_raise(lines->fake);
	KUNIT_EXPECT_EQ(test, atomic_read(&lines->handled), 2);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, lines->disables, 2);
}

static void message_is_delivered(struct kunit *test)
{
	lines_check_delivery(test, lines_create(test, false, 0));
}

static void exclusive_line_is_delivered(struct kunit *test)
{
	lines_check_delivery(test, lines_create(test, true, 0));
}

static void shared_line_is_delivered(struct kunit *test)
{
	lines_check_delivery(test, lines_create(test, true, IRQF_SHARED));
}

static void interrupt_of_a_module_is_delivered(struct kunit *test)
{
	struct lines *lines = lines_create(test, false, 0);

	lines->by_module = true;
	lines_check_delivery(test, lines);
}

static void interrupt_of_a_module_that_opens_at_creation(struct kunit *test)
{
	struct lines *lines = lines_create(test, false, 0);

	lines->by_module = true;
	lines->early = true;
	lines_check_delivery(test, lines);
}

static void failing_bring_up_frees_the_interrupt_of_a_module_once(struct kunit *test)
{
	struct lines *lines = lines_create(test, false, 0);

	lines->by_module = true;
	lines->early = true;
	lines->fail_post_interrupts = true;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &lines_ops)), -EIO);
}

static void thread_runs(struct kunit *test)
{
	struct lines *lines = lines_create(test, false, 0);

	lines->interrupt.thread = lines_thread;
	lines_probe(test);
	fake_irq_raise(lines->fake);
	synchronize_irq(lines->fake->irq);
	KUNIT_EXPECT_EQ(test, atomic_read(&lines->threaded), 1);
}

static void thread_alone_runs(struct kunit *test)
{
	struct lines *lines = lines_create(test, false, 0);

	lines->interrupt.handler = NULL;
	lines->interrupt.thread = lines_thread;
	lines_probe(test);
	fake_irq_raise(lines->fake);
	synchronize_irq(lines->fake->irq);
	KUNIT_EXPECT_EQ(test, atomic_read(&lines->threaded), 1);
}

/* -- The windows between D0Entry, connection, disconnection and D0Exit -------------- */

/* The kernel resends from a tasklet, whose thread may have to wait; and only once. */
static void expect_resent(struct kunit *test, struct lines *lines)
{
	dmf_kunit_until(atomic_read(&lines->handled));
	schedule_timeout_uninterruptible(HZ / 20);
	KUNIT_EXPECT_EQ(test, atomic_read(&lines->handled), 1);
}

static void message_in_the_window_of_d0_entry_comes_later(struct kunit *test)
{
	struct lines *lines = lines_create(test, false, 0);

	lines->raise_in_d0_entry = true;
	lines_probe(test);
	KUNIT_EXPECT_EQ(test, lines->handled_in_d0_entry, 0);
	expect_resent(test, lines);
}

static void line_in_the_window_of_d0_entry_comes_later(struct kunit *test)
{
	struct lines *lines = lines_create(test, true, 0);

	lines->raise_in_d0_entry = true;
	lines_probe(test);
	KUNIT_EXPECT_EQ(test, lines->handled_in_d0_entry, 0);
	KUNIT_EXPECT_EQ(test, lines->handled_post_interrupts, 1);
	KUNIT_EXPECT_LT(test, lines->fake->deliveries, 3);
}

static void message_in_the_window_of_d0_exit_comes_after_resume(struct kunit *test)
{
	struct lines *lines = lines_create(test, false, 0);
	struct device *dev = dmf_device_dev(lines_probe(test));

	lines->raise_in_d0_exit = true;
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, lines->handled_in_d0_exit, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&lines->handled), 0);
	lines->raise_in_d0_exit = false;
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	expect_resent(test, lines);
}

static void line_in_the_window_of_d0_exit_comes_after_resume(struct kunit *test)
{
	struct lines *lines = lines_create(test, true, 0);
	struct device *dev = dmf_device_dev(lines_probe(test));

	lines->raise_in_d0_exit = true;
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_EQ(test, lines->handled_in_d0_exit, 0);
	lines->raise_in_d0_exit = false;
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	irq_work_sync(&lines->fake->work);
	KUNIT_EXPECT_EQ(test, atomic_read(&lines->handled), 1);
	KUNIT_EXPECT_LT(test, lines->fake->deliveries, 4);
}

/* -- Storm and loss -------------------------------------------------------------------- */

static void a_lost_message_is_resent_after_resume(struct kunit *test)
{
	struct lines *lines = lines_create(test, false, 0);
	struct device *dev = dmf_device_dev(lines_probe(test));

	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	fake_irq_raise(lines->fake);
	KUNIT_EXPECT_EQ(test, atomic_read(&lines->handled), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	expect_resent(test, lines);
}

struct neighbour {
	struct fake_irq *fake;
	unsigned int calls;
};

static irqreturn_t neighbour_handler(int irq, void *data)
{
	struct neighbour *neighbour = data;

	neighbour->calls++;
	return IRQ_NONE;
}

/*
 * Our device is asleep, its neighbour on the shared line is not. Nobody would
 * end a level that our device asserts: it must have been kept from doing so.
 */
static void a_sleeping_device_does_not_storm_a_shared_line(struct kunit *test)
{
	struct lines *lines = lines_create(test, true, IRQF_SHARED);
	struct neighbour neighbour = { .fake = lines->fake };
	struct device *dev = dmf_device_dev(lines_probe(test));

	KUNIT_ASSERT_EQ(test, request_irq(lines->fake->irq, neighbour_handler, IRQF_SHARED,
					  "neighbour", &neighbour), 0);
	/* Asserted, not handled yet, when the device is told to go down. */
	WRITE_ONCE(lines->fake->asserted, true);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	KUNIT_EXPECT_TRUE(test, lines->device_masked);
	KUNIT_EXPECT_FALSE(test, lines->fake->asserted);
	irq_work_queue(&lines->fake->work);
	irq_work_sync(&lines->fake->work);
	KUNIT_EXPECT_LT(test, lines->fake->deliveries, 3);

	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	fake_irq_raise(lines->fake);
	KUNIT_EXPECT_EQ(test, atomic_read(&lines->handled), 1);
	KUNIT_EXPECT_LT(test, lines->fake->deliveries, 5);
	free_irq(lines->fake->irq, &neighbour);
}

static void an_exclusive_line_of_a_sleeping_device_does_not_storm(struct kunit *test)
{
	struct lines *lines = lines_create(test, true, 0);
	struct device *dev = dmf_device_dev(lines_probe(test));

	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(dev), 0);
	fake_irq_raise(lines->fake);
	irq_work_queue(&lines->fake->work);
	irq_work_sync(&lines->fake->work);
	KUNIT_EXPECT_LT(test, lines->fake->deliveries, 3);
	KUNIT_EXPECT_EQ(test, atomic_read(&lines->handled), 0);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.resume(dev), 0);
	irq_work_sync(&lines->fake->work);
	KUNIT_EXPECT_EQ(test, atomic_read(&lines->handled), 1);
}

/* -- Failure and refusal ------------------------------------------------------------------ */

static void failing_bring_up_disconnects(struct kunit *test)
{
	struct lines *lines = lines_create(test, true, IRQF_SHARED);

	lines->fail_post_interrupts = true;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &lines_ops)), -EIO);
	KUNIT_EXPECT_EQ(test, lines->enables, 1);
	KUNIT_EXPECT_EQ(test, lines->disables, 1);
}

static void check_refused(struct kunit *test)
{
	struct lines *lines = test->priv;

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &lines_ops)), -EINVAL);
	KUNIT_EXPECT_EQ(test, lines->result, -EINVAL);
}

static void no_thread_is_refused(struct kunit *test)
{
	lines_create(test, false, IRQF_NO_THREAD);
	check_refused(test);
}

static void handler_with_oneshot_is_refused(struct kunit *test)
{
	lines_create(test, false, IRQF_ONESHOT);
	check_refused(test);
}

static void shared_without_irq_disable_is_refused(struct kunit *test)
{
	lines_create(test, true, IRQF_SHARED)->interrupt.irq_disable = NULL;
	check_refused(test);
}

static void interrupt_without_handler_is_refused(struct kunit *test)
{
	lines_create(test, false, 0)->interrupt.handler = NULL;
	check_refused(test);
}

static void interrupt_that_is_taken_fails_the_probe(struct kunit *test)
{
	struct lines *lines = lines_create(test, false, 0);
	struct neighbour neighbour = { .fake = lines->fake };

	KUNIT_ASSERT_EQ(test, request_irq(lines->fake->irq, neighbour_handler, 0, "neighbour",
					  &neighbour), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &lines_ops)), -EBUSY);
	free_irq(lines->fake->irq, &neighbour);
}

static int lines_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct lines), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static struct kunit_case interrupt_cases[] = {
	KUNIT_CASE(message_is_delivered),
	KUNIT_CASE(exclusive_line_is_delivered),
	KUNIT_CASE(shared_line_is_delivered),
	KUNIT_CASE(interrupt_of_a_module_is_delivered),
	KUNIT_CASE(interrupt_of_a_module_that_opens_at_creation),
	KUNIT_CASE(failing_bring_up_frees_the_interrupt_of_a_module_once),
	KUNIT_CASE(thread_runs),
	KUNIT_CASE(thread_alone_runs),
	KUNIT_CASE(message_in_the_window_of_d0_entry_comes_later),
	KUNIT_CASE(line_in_the_window_of_d0_entry_comes_later),
	KUNIT_CASE(message_in_the_window_of_d0_exit_comes_after_resume),
	KUNIT_CASE(line_in_the_window_of_d0_exit_comes_after_resume),
	KUNIT_CASE(a_lost_message_is_resent_after_resume),
	KUNIT_CASE(a_sleeping_device_does_not_storm_a_shared_line),
	KUNIT_CASE(an_exclusive_line_of_a_sleeping_device_does_not_storm),
	KUNIT_CASE(failing_bring_up_disconnects),
	KUNIT_CASE(no_thread_is_refused),
	KUNIT_CASE(handler_with_oneshot_is_refused),
	KUNIT_CASE(shared_without_irq_disable_is_refused),
	KUNIT_CASE(interrupt_without_handler_is_refused),
	KUNIT_CASE(interrupt_that_is_taken_fails_the_probe),
	{ }
};

static struct kunit_suite interrupt_suite = {
	.name = "dmf_interrupt",
	.init = lines_init,
	.test_cases = interrupt_cases,
};

kunit_test_suite(interrupt_suite);
