// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts, connected between D0Entry and D0EntryPostInterruptsEnabled and
 * disconnected on the way back.
 *
 * An exclusive line or message is requested once, disabled, and connecting it
 * is enable_irq(): the kernel notes what comes while it is disabled and delivers
 * it then. A shared line cannot be disabled, others live on it; connecting it
 * is request_irq(), and between the two the device is kept from asserting it by
 * irq_disable().
 *
 * A handler is never told to look away while the device is down. Refusing its
 * own device's interrupt in software makes a level interrupt storm until the
 * kernel kills the line, and a message is lost for good.
 *
 * A line that can wake stays enabled while the device is armed for wake-up. What
 * comes then is not for the handler, whose device is down: the core notes it, says
 * that the system or the device is to wake up, and disables the line. When the line
 * is connected again the handler is called once for it, in interrupt context, and
 * only then is the line enabled.
 *
 * Modules may come and go at any time, so interrupts_lock guards the list and is
 * held while lines are connected and disconnected.
 */
#include <linux/device.h>
#include <linux/irq_work.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#include "internal.h"

struct interrupt_line {
	struct list_head node;		/* in the device's list */
	struct dmf_device *ddev;
	struct dmf_interrupt config;
	bool connected;
	bool of_module;			/* freed by the Module's undo list */
	bool wake_enabled;		/* owes disable_irq_wake() */
	bool armed;			/* written with no handler running, read by handlers */
	bool woke;			/* by the handler, once, while @armed */
	struct irq_work replay;
};

/* An interrupt of a device that is armed and down. */
static void line_wakes(struct interrupt_line *line)
{
	struct device *dev = line->ddev->dev;

	line->woke = true;
	disable_irq_nosync(line->config.irq);
	dmf_device_wake_triggered(line->ddev);
	pm_wakeup_event(dev, 0);
	pm_request_resume(dev);
}

static irqreturn_t line_handler(int irq, void *data)
{
	struct interrupt_line *line = data;

	if (READ_ONCE(line->armed)) {
		line_wakes(line);
		return IRQ_HANDLED;
	}
	return line->config.handler(irq, line->config.data);
}

static irqreturn_t line_thread(int irq, void *data)
{
	struct interrupt_line *line = data;

	if (READ_ONCE(line->armed)) {
		line_wakes(line);
		return IRQ_HANDLED;
	}
	return line->config.thread(irq, line->config.data);
}

/* The interrupt that woke up, as if it came now. */
static void line_replay(struct irq_work *work)
{
	struct interrupt_line *line = container_of(work, struct interrupt_line, replay);
	irqreturn_t ret = IRQ_WAKE_THREAD;

	if (line->config.handler)
		ret = line->config.handler(line->config.irq, line->config.data);
	if (ret == IRQ_WAKE_THREAD)
		irq_wake_thread(line->config.irq, line);
}

static bool line_is_shared(const struct interrupt_line *line)
{
	return line->config.flags & IRQF_SHARED;
}

static int line_request(struct interrupt_line *line)
{
	const struct dmf_interrupt *config = &line->config;
	unsigned long flags = config->flags;

	if (!line_is_shared(line))
		flags |= IRQF_NO_AUTOEN;
	if (!config->handler)
		flags |= IRQF_ONESHOT;

	return request_threaded_irq(config->irq, config->handler ? line_handler : NULL,
				    config->thread ? line_thread : NULL, flags,
				    dev_name(line->ddev->dev), line);
}

/* -- Lines that wake up ------------------------------------------------------- */

static bool line_is_to_wake(const struct interrupt_line *line, enum dmf_power target)
{
	return line->config.can_wake && line->ddev->wake != DMF_WAKE_NONE &&
	       target != DMF_POWER_FINAL;
}

/* Leave the line enabled; from here on it only wakes up. */
static int line_arm(struct interrupt_line *line)
{
	unsigned int irq = line->config.irq;
	int ret;

	if (line->ddev->wake == DMF_WAKE_SX) {
		ret = enable_irq_wake(irq);
		if (ret) {
			dev_err(line->ddev->dev, "interrupt %u cannot wake: %d\n", irq, ret);
			return ret;
		}
		line->wake_enabled = true;
	}
	line->woke = false;
	WRITE_ONCE(line->armed, true);
	synchronize_irq(irq);
	return 0;
}

/* Undo it; the line is disabled once, as a line is that was disconnected. */
static void line_disarm(struct interrupt_line *line)
{
	unsigned int irq = line->config.irq;

	if (!line->armed)
		return;

	disable_irq(irq);
	if (line->woke)
		enable_irq(irq);
	WRITE_ONCE(line->armed, false);
	if (line->wake_enabled)
		disable_irq_wake(irq);
	line->wake_enabled = false;
}

/* -- Connecting and disconnecting ------------------------------------------------ */

static int line_connect(struct interrupt_line *line)
{
	int ret;

	line_disarm(line);
	if (line_is_shared(line)) {
		ret = line_request(line);
		if (ret) {
			dev_err(line->ddev->dev, "interrupt %u cannot be connected: %d\n",
				line->config.irq, ret);
			return ret;
		}
	} else {
		if (line->woke) {
			line->woke = false;
			irq_work_queue(&line->replay);
			irq_work_sync(&line->replay);
		}
		enable_irq(line->config.irq);
	}
	line->connected = true;
	if (line->config.irq_enable)
		line->config.irq_enable(line->config.data);
	return 0;
}

/* When this returns neither handler nor thread runs, nor will. */
static void line_disconnect(struct interrupt_line *line)
{
	if (!line->connected)
		return;

	if (line->config.irq_disable)
		line->config.irq_disable(line->config.data);
	if (line_is_shared(line))
		free_irq(line->config.irq, line);
	else
		disable_irq(line->config.irq);
	line->connected = false;
}

/* The same on the way to @target, which the line may have to end. */
static int line_go_down(struct interrupt_line *line, enum dmf_power target)
{
	int ret;

	if (!line->connected || !line_is_to_wake(line, target)) {
		line_disconnect(line);
		return 0;
	}
	ret = line_arm(line);
	line->connected = !!ret;
	return ret;
}

static void line_free(void *data)
{
	struct interrupt_line *line = data;
	struct dmf_device *ddev = line->ddev;

	mutex_lock(&ddev->interrupts_lock);
	list_del(&line->node);
	line_disconnect(line);
	mutex_unlock(&ddev->interrupts_lock);
	line_disarm(line);
	if (!line_is_shared(line))
		free_irq(line->config.irq, line);
	kfree(line);
}

static int interrupt_check(struct dmf_device *ddev, const struct dmf_interrupt *interrupt)
{
	const char *wrong = NULL;

	if (!interrupt->handler && !interrupt->thread)
		wrong = "has neither handler nor thread";
	else if (interrupt->flags & (IRQF_NO_THREAD | IRQF_PERCPU))
		wrong = "must not have IRQF_NO_THREAD or IRQF_PERCPU";
	else if (interrupt->handler && (interrupt->flags & IRQF_ONESHOT))
		wrong = "must not have both a handler and IRQF_ONESHOT";
	else if ((interrupt->flags & IRQF_SHARED) &&
		 (!interrupt->handler || !interrupt->irq_enable || !interrupt->irq_disable))
		wrong = "is shared and needs handler, irq_enable and irq_disable";
	else if ((interrupt->flags & IRQF_SHARED) && interrupt->can_wake)
		wrong = "is shared and cannot wake";
	if (!wrong)
		return 0;

	dev_err(ddev->dev, "interrupt %u %s\n", interrupt->irq, wrong);
	return -EINVAL;
}

/* Into the list, and connected if the others are. */
static int interrupt_enlist(struct interrupt_line *line)
{
	struct dmf_device *ddev = line->ddev;
	int ret = 0;

	mutex_lock(&ddev->interrupts_lock);
	if (ddev->interrupts_connected)
		ret = line_connect(line);
	if (!ret)
		list_add_tail(&line->node, &ddev->interrupts);
	mutex_unlock(&ddev->interrupts_lock);
	return ret;
}

static struct interrupt_line *interrupt_add(struct dmf_device *ddev,
					    const struct dmf_interrupt *interrupt, bool of_module)
{
	struct interrupt_line *line;
	int ret;

	ret = interrupt_check(ddev, interrupt);
	if (ret)
		return ERR_PTR(ret);
	line = kzalloc(sizeof(*line), GFP_KERNEL);
	if (!line)
		return ERR_PTR(-ENOMEM);

	line->ddev = ddev;
	line->config = *interrupt;
	line->of_module = of_module;
	init_irq_work(&line->replay, line_replay);
	if (!line_is_shared(line)) {
		ret = line_request(line);
		if (ret)
			goto free_line;
	}
	ret = interrupt_enlist(line);
	if (ret)
		goto free_irq;
	return line;

free_irq:
	if (!line_is_shared(line))
		free_irq(line->config.irq, line);
free_line:
	kfree(line);
	return ERR_PTR(ret);
}

/**
 * dmf_device_request_irq - register an interrupt for a Client
 * @ddev: the device
 * @interrupt: what to register; copied
 *
 * Call it in prepare_hardware or later. The interrupt is connected with the
 * device's others, at once if they are, and freed after release_hardware.
 *
 * DMF: WdfInterruptCreate.
 *
 * Context: process, in a callback of the Client that the core serialises.
 * Return: 0, -EINVAL if @interrupt does not fit together, -ENOMEM, or what
 * request_threaded_irq() has returned.
 */
int dmf_device_request_irq(struct dmf_device *ddev, const struct dmf_interrupt *interrupt)
{
	return PTR_ERR_OR_ZERO(interrupt_add(ddev, interrupt, false));
}
EXPORT_SYMBOL_NS_GPL(dmf_device_request_irq, DMF);

/**
 * dmf_module_request_irq - register an interrupt for a Module
 * @module: a Module that is in its open(), or open
 * @interrupt: what to register; copied
 *
 * As dmf_device_request_irq(); the interrupt is freed when the Module closes.
 *
 * DMF: WdfInterruptCreate.
 *
 * Context: process, may sleep; in open() of @module, or a callback of it that does
 * not run at the same time as its open and close.
 * Return: 0, -EINVAL if @interrupt does not fit together, -ENOMEM, or what
 * request_threaded_irq() has returned.
 */
int dmf_module_request_irq(struct dmf_module *module, const struct dmf_interrupt *interrupt)
{
	struct interrupt_line *line = interrupt_add(module->ddev, interrupt, true);

	if (IS_ERR(line))
		return PTR_ERR(line);

	return dmf_module_add_action_or_reset(module, line_free, line);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_request_irq, DMF);

static int interrupts_go_down(struct dmf_device *ddev, enum dmf_power target)
{
	struct interrupt_line *line;
	int ret;

	lockdep_assert_held(&ddev->interrupts_lock);
	ddev->interrupts_connected = false;
	list_for_each_entry_reverse(line, &ddev->interrupts, node) {
		ret = line_go_down(line, target);
		if (ret)
			return ret;
	}
	return 0;
}

static int interrupts_go_up(struct dmf_device *ddev)
{
	struct interrupt_line *line;
	int ret;

	lockdep_assert_held(&ddev->interrupts_lock);
	list_for_each_entry(line, &ddev->interrupts, node) {
		ret = line->connected ? 0 : line_connect(line);
		if (ret) {
			interrupts_go_down(ddev, DMF_POWER_FINAL);
			return ret;
		}
	}
	ddev->interrupts_connected = true;
	return 0;
}

/* The step of power_up between D0Entry and D0EntryPostInterruptsEnabled. */
int dmf_interrupts_connect(struct dmf_device *ddev, enum dmf_power previous)
{
	int ret;

	mutex_lock(&ddev->interrupts_lock);
	ret = interrupts_go_up(ddev);
	mutex_unlock(&ddev->interrupts_lock);
	return ret;
}

/* Its counterpart. On failure those that were connected are so again. */
int dmf_interrupts_disconnect(struct dmf_device *ddev, enum dmf_power target)
{
	int ret;

	mutex_lock(&ddev->interrupts_lock);
	ret = interrupts_go_down(ddev, target);
	if (ret)
		interrupts_go_up(ddev);
	mutex_unlock(&ddev->interrupts_lock);
	return ret;
}

/* Free what the Client has registered; Modules look after theirs. */
void dmf_interrupts_free(struct dmf_device *ddev)
{
	struct interrupt_line *line, *prev;

	list_for_each_entry_safe_reverse(line, prev, &ddev->interrupts, node) {
		if (!line->of_module)
			line_free(line);
	}
}
