// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fake interrupt controller with one line, or one message.
 *
 * It delivers from hard interrupt context. A level line is delivered for as
 * long as it is asserted and not masked, as a real one is: a handler that does
 * not make its device let go of it storms.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>

#include "dmf_kunit.h"
#include "fake_irq.h"

static void fake_irq_mask(struct irq_data *data)
{
	struct fake_irq *fake = irq_data_get_irq_chip_data(data);

	WRITE_ONCE(fake->masked, true);
}

static void fake_irq_unmask(struct irq_data *data)
{
	struct fake_irq *fake = irq_data_get_irq_chip_data(data);

	WRITE_ONCE(fake->masked, false);
	if (fake->level && READ_ONCE(fake->asserted))
		irq_work_queue(&fake->work);
}

static void fake_irq_ack(struct irq_data *data)
{
}

static int fake_irq_set_wake(struct irq_data *data, unsigned int on)
{
	struct fake_irq *fake = irq_data_get_irq_chip_data(data);

	if (on && fake->wake_error)
		return fake->wake_error;
	WRITE_ONCE(fake->wake, on);
	return 0;
}

static struct irq_chip fake_irq_chip = {
	.name		= "dmf-fake",
	.irq_mask	= fake_irq_mask,
	.irq_unmask	= fake_irq_unmask,
	.irq_ack	= fake_irq_ack,
	.irq_set_wake	= fake_irq_set_wake,
};

static int fake_irq_map(struct irq_domain *domain, unsigned int irq, irq_hw_number_t number)
{
	struct fake_irq *fake = domain->host_data;

	irq_set_chip_and_handler(irq, &fake_irq_chip,
				 fake->level ? handle_level_irq : handle_edge_irq);
	irq_set_chip_data(irq, fake);
	irq_set_status_flags(irq, IRQ_NOREQUEST | IRQ_NOPROBE);
	irq_clear_status_flags(irq, IRQ_NOREQUEST);
	if (fake->level)
		irq_set_status_flags(irq, IRQ_LEVEL);
	return 0;
}

static const struct irq_domain_ops fake_irq_ops = { .map = fake_irq_map };

static void fake_irq_deliver(struct irq_work *work)
{
	struct fake_irq *fake = container_of(work, struct fake_irq, work);

	do {
		fake->deliveries++;
		generic_handle_irq(fake->irq);
	} while (fake->level && READ_ONCE(fake->asserted) && !READ_ONCE(fake->masked) &&
		 fake->deliveries < FAKE_IRQ_STORM);
}

static void fake_irq_destroy(void *data)
{
	struct fake_irq *fake = data;

	irq_work_sync(&fake->work);
	irq_dispose_mapping(fake->irq);
	irq_domain_remove(fake->domain);
	kfree(fake);
}

struct fake_irq *fake_irq_create(struct kunit *test, bool level)
{
	struct fake_irq *fake = kzalloc(sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->level = level;
	fake->masked = true;
	fake->work = IRQ_WORK_INIT_HARD(fake_irq_deliver);
	fake->domain = irq_domain_add_linear(NULL, 1, &fake_irq_ops, fake);
	KUNIT_ASSERT_NOT_NULL(test, fake->domain);
	fake->irq = irq_create_mapping(fake->domain, 0);
	KUNIT_ASSERT_NE(test, fake->irq, 0);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, fake_irq_destroy, fake), 0);
	return fake;
}

void fake_irq_raise(struct fake_irq *fake)
{
	if (fake->level) {
		WRITE_ONCE(fake->asserted, true);
		if (READ_ONCE(fake->masked))
			return;
	}
	irq_work_queue(&fake->work);
	irq_work_sync(&fake->work);
}
