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
 * Interrupts are added, connected and freed by callbacks that the core
 * serialises, so the list needs no lock.
 */
#include <linux/device.h>
#include <linux/slab.h>

#include "internal.h"

struct interrupt_line {
	struct list_head node;		/* in the device's list */
	struct dmf_device *ddev;
	struct dmf_interrupt config;
	bool connected;
	bool of_module;			/* freed by the Module's undo list */
};

static irqreturn_t line_handler(int irq, void *data)
{
	struct interrupt_line *line = data;

	return line->config.handler(irq, line->config.data);
}

static irqreturn_t line_thread(int irq, void *data)
{
	struct interrupt_line *line = data;

	return line->config.thread(irq, line->config.data);
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

static int line_connect(struct interrupt_line *line)
{
	int ret;

	if (line_is_shared(line)) {
		ret = line_request(line);
		if (ret) {
			dev_err(line->ddev->dev, "interrupt %u cannot be connected: %d\n",
				line->config.irq, ret);
			return ret;
		}
	} else {
		enable_irq(line->config.irq);
	}
	line->connected = true;
	if (line->config.irq_enable)
		line->config.irq_enable(line->config.data);
	return 0;
}

/* When this returns neither handler nor thread runs. */
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

static void line_free(void *data)
{
	struct interrupt_line *line = data;

	line_disconnect(line);
	if (!line_is_shared(line))
		free_irq(line->config.irq, line);
	list_del(&line->node);
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
	if (!wrong)
		return 0;

	dev_err(ddev->dev, "interrupt %u %s\n", interrupt->irq, wrong);
	return -EINVAL;
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
	if (!line_is_shared(line)) {
		ret = line_request(line);
		if (ret)
			goto free_line;
	}
	if (ddev->interrupts_connected) {
		ret = line_connect(line);
		if (ret)
			goto free_irq;
	}
	list_add_tail(&line->node, &ddev->interrupts);
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
 * Context: process, in a callback of @module that the core serialises.
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

/* The step of power_up between D0Entry and D0EntryPostInterruptsEnabled. */
int dmf_interrupts_connect(struct dmf_device *ddev, enum dmf_power previous)
{
	struct interrupt_line *line;
	int ret;

	list_for_each_entry(line, &ddev->interrupts, node) {
		ret = line_connect(line);
		if (ret) {
			dmf_interrupts_disconnect(ddev, DMF_POWER_FINAL);
			return ret;
		}
	}
	ddev->interrupts_connected = true;
	return 0;
}

/* Its counterpart; those that are not connected are passed over. */
int dmf_interrupts_disconnect(struct dmf_device *ddev, enum dmf_power target)
{
	struct interrupt_line *line;

	list_for_each_entry_reverse(line, &ddev->interrupts, node)
		line_disconnect(line);
	ddev->interrupts_connected = false;
	return 0;
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
