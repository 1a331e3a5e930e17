/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fake interrupt controller with one line, or one message.
 */
#ifndef _DMF_FAKE_IRQ_H
#define _DMF_FAKE_IRQ_H

#include <kunit/test.h>
#include <linux/irq_work.h>
#include <linux/types.h>

/**
 * struct fake_irq - the line
 * @irq: its number.
 * @level: the device asserts it, until it is told not to.
 * @asserted: what the device does with a level line; written by tests and by
 *	the handlers under test.
 * @masked: the controller does not deliver.
 * @wake: the line is armed to wake the system.
 * @wake_error: what arming it returns.
 * @deliveries: times the flow handler was called; many are a storm.
 */
struct fake_irq {
	unsigned int irq;
	bool level;
	bool asserted;
	bool masked;
	bool wake;
	int wake_error;
	unsigned int deliveries;
	/* private: */
	struct irq_domain *domain;
	struct irq_work work;
};

/* Deliveries of one level interrupt after which nobody will end it any more. */
#define FAKE_IRQ_STORM	100

/* NULL if it cannot be made; gone when the test ends. */
struct fake_irq *fake_irq_create(struct kunit *test, bool level);

/* An edge, a message, or the beginning of a level; delivered when this returns. */
void fake_irq_raise(struct fake_irq *fake);

#endif /* _DMF_FAKE_IRQ_H */
