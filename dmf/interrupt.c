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
 * Modules may come and go at any time. interrupts_lock guards the list and what
 * state its lines are in, and is not held while a line is connected or
 * disconnected: that calls irq_enable and irq_disable, and waits for handlers,
 * which may be about to add a line. Meanwhile the line is marked busy, and whoever
 * else wants it waits.
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
	bool busy;			/* somebody connects or disconnects it; under the lock */
	bool connected;			/* by whom it is busy, as are the next two */
	bool of_module;			/* freed by the Module's undo list */
	bool wake_enabled;		/* owes disable_irq_wake() */
	bool armed;			/* written by whom it is busy, read by handlers */
	bool woke;			/* set by the handler, which has disabled the line */
	bool forced;			/* the handler runs in a thread: PREEMPT_RT, threadirqs */
	struct irq_work replay;
};

/* An interrupt of a device that is armed and down; may come twice before it is disabled. */
static irqreturn_t line_wakes(struct interrupt_line *line)
{
	struct dmf_device *ddev = line->ddev;

	if (line->woke)
		return IRQ_HANDLED;

	line->woke = true;
	disable_irq_nosync(line->config.irq);
	dmf_device_wake_triggered(ddev);
	/* The system may not sleep yet: end that, too. */
	pm_wakeup_dev_event(ddev->dev, 0, READ_ONCE(ddev->wake) == DMF_WAKE_SX);
	pm_request_resume(ddev->dev);
	return IRQ_HANDLED;
}

static irqreturn_t line_handler(int irq, void *data)
{
	struct interrupt_line *line = data;

	if (READ_ONCE(line->armed)) {
		line->forced = in_task();
		return line_wakes(line);
	}
	return line->config.handler(irq, line->config.data);
}

/* With a handler it runs for what came before the line was armed. */
static irqreturn_t line_thread(int irq, void *data)
{
	struct interrupt_line *line = data;

	if (!line->config.handler && READ_ONCE(line->armed))
		return line_wakes(line);
	return line->config.thread(irq, line->config.data);
}

/* The interrupt that woke up, as if it came now. */
static void line_replay_work(struct irq_work *work)
{
	struct interrupt_line *line = container_of(work, struct interrupt_line, replay);

	if (line->config.handler(line->config.irq, line->config.data) == IRQ_WAKE_THREAD)
		irq_wake_thread(line->config.irq, line);
}

static void line_replay(struct interrupt_line *line)
{
	if (!line->woke)
		return;

	line->woke = false;
	if (!line->config.handler || line->forced) {
		irq_wake_thread(line->config.irq, line);
		return;
	}
	irq_work_queue(&line->replay);
	irq_work_sync(&line->replay);
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
	synchronize_irq(irq);	/* what came before has been handled */
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
		line_replay(line);
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

/* -- One at a time --------------------------------------------------------------- */

/* The line is the caller's; the lock is dropped. */
static void line_take(struct interrupt_line *line)
{
	struct dmf_device *ddev = line->ddev;

	WRITE_ONCE(line->busy, true);
	ddev->interrupts_busy++;
	mutex_unlock(&ddev->interrupts_lock);
}

/* The lock is taken. If the line is in no list any more it may be freed now. */
static void line_give_back(struct interrupt_line *line)
{
	struct dmf_device *ddev = line->ddev;

	mutex_lock(&ddev->interrupts_lock);
	WRITE_ONCE(line->busy, false);
	WRITE_ONCE(ddev->interrupts_busy, ddev->interrupts_busy - 1);
	wake_up_all(&ddev->interrupts_wait);
}

static void line_free(void *data)
{
	struct interrupt_line *line = data;
	struct dmf_device *ddev = line->ddev;

	mutex_lock(&ddev->interrupts_lock);
	list_del(&line->node);
	mutex_unlock(&ddev->interrupts_lock);
	wait_event(ddev->interrupts_wait, !READ_ONCE(line->busy));
	line_disconnect(line);
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

/* Into the list, and connected if the others are. On failure it is in none. */
static int interrupt_enlist(struct interrupt_line *line)
{
	struct dmf_device *ddev = line->ddev;
	int ret = 0;

	mutex_lock(&ddev->interrupts_lock);
	list_add_tail(&line->node, &ddev->interrupts);
	if (ddev->interrupts_connected) {
		line_take(line);
		ret = line_connect(line);
		line_give_back(line);
		if (ret)
			list_del(&line->node);
	}
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
	init_irq_work(&line->replay, line_replay_work);
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

static bool module_closes_in_d0_exit(const struct dmf_module *module)
{
	switch (module->desc->open_option) {
	case DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP:
	case DMF_OPEN_D0_ENTRY:
	case DMF_NOTIFY_D0_ENTRY:
		return true;
	default:
		return false;
	}
}

/**
 * dmf_module_request_irq - register an interrupt for a Module
 * @module: a Module that is in its open(), or open
 * @interrupt: what to register; copied
 *
 * As dmf_device_request_irq(); the interrupt is freed when the Module closes, after
 * its close(). One that can wake needs a Module that stays open while the device is
 * down.
 *
 * DMF: WdfInterruptCreate.
 *
 * Context: process, may sleep; in open() of @module, or a callback of it that does
 * not run at the same time as its open and close. A Module is neither opened nor
 * closed by the handler's own thread.
 * Return: 0, -EINVAL if @interrupt does not fit together, or not to the Module's
 * open option, -ENOMEM, or what request_threaded_irq() has returned.
 */
int dmf_module_request_irq(struct dmf_module *module, const struct dmf_interrupt *interrupt)
{
	struct interrupt_line *line;

	if (interrupt->can_wake && module_closes_in_d0_exit(module)) {
		dev_err(module->ddev->dev, "%s: is closed when interrupt %u is to wake\n",
			module->name, interrupt->irq);
		return -EINVAL;
	}
	line = interrupt_add(module->ddev, interrupt, true);
	if (IS_ERR(line))
		return PTR_ERR(line);

	return dmf_module_add_action_or_reset(module, line_free, line);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_request_irq, DMF);

/* -- All of a device ------------------------------------------------------------------ */

/* Let those finish who are connecting what they have added. The lock is dropped meanwhile. */
static void interrupts_wait(struct dmf_device *ddev)
{
	while (ddev->interrupts_busy) {
		mutex_unlock(&ddev->interrupts_lock);
		wait_event(ddev->interrupts_wait, !READ_ONCE(ddev->interrupts_busy));
		mutex_lock(&ddev->interrupts_lock);
	}
}

static struct interrupt_line *interrupts_last_connected(struct dmf_device *ddev)
{
	struct interrupt_line *line;

	lockdep_assert_held(&ddev->interrupts_lock);
	list_for_each_entry_reverse(line, &ddev->interrupts, node) {
		if (line->connected)
			return line;
	}
	return NULL;
}

static struct interrupt_line *interrupts_first_disconnected(struct dmf_device *ddev)
{
	struct interrupt_line *line;

	lockdep_assert_held(&ddev->interrupts_lock);
	list_for_each_entry(line, &ddev->interrupts, node) {
		if (!line->connected)
			return line;
	}
	return NULL;
}

/*
 * The step of power_down between D0ExitPreInterruptsDisabled and D0Exit. On failure those
 * that were connected are so again.
 */
int dmf_interrupts_disconnect(struct dmf_device *ddev, enum dmf_power target)
{
	struct interrupt_line *line;
	int ret = 0;

	mutex_lock(&ddev->interrupts_lock);
	ddev->interrupts_connected = false;
	interrupts_wait(ddev);
	while (!ret && (line = interrupts_last_connected(ddev))) {
		line_take(line);
		ret = line_go_down(line, target);
		line_give_back(line);
	}
	mutex_unlock(&ddev->interrupts_lock);
	if (ret && dmf_interrupts_connect(ddev, target))
		ddev->failed = true;
	return ret;
}

/* The step of power_up between D0Entry and D0EntryPostInterruptsEnabled. */
int dmf_interrupts_connect(struct dmf_device *ddev, enum dmf_power previous)
{
	struct interrupt_line *line;
	int ret = 0;

	mutex_lock(&ddev->interrupts_lock);
	while (!ret && (line = interrupts_first_disconnected(ddev))) {
		line_take(line);
		ret = line_connect(line);
		line_give_back(line);
	}
	ddev->interrupts_connected = !ret;
	mutex_unlock(&ddev->interrupts_lock);
	if (ret)
		dmf_interrupts_disconnect(ddev, DMF_POWER_FINAL);
	return ret;
}

/* The device is coming up, or never will: lines do not wake any more. */
void dmf_interrupts_disarm(struct dmf_device *ddev)
{
	struct interrupt_line *line;

	mutex_lock(&ddev->interrupts_lock);
again:
	list_for_each_entry(line, &ddev->interrupts, node) {
		if (!line->armed)
			continue;
		line_take(line);
		line_disarm(line);
		line_give_back(line);
		goto again;
	}
	mutex_unlock(&ddev->interrupts_lock);
}

static struct interrupt_line *interrupts_last_of_client(struct dmf_device *ddev)
{
	struct interrupt_line *line, *found = NULL;

	mutex_lock(&ddev->interrupts_lock);
	list_for_each_entry(line, &ddev->interrupts, node) {
		if (!line->of_module)
			found = line;
	}
	mutex_unlock(&ddev->interrupts_lock);
	return found;
}

/* Free what the Client has registered; Modules look after theirs. */
void dmf_interrupts_free(struct dmf_device *ddev)
{
	struct interrupt_line *line;

	for (line = interrupts_last_of_client(ddev); line; line = interrupts_last_of_client(ddev))
		line_free(line);
}
