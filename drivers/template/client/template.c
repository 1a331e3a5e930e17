// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Client: which Modules its devices are made of, and what it does itself.
 *
 * This one has a Doorbell. Whenever the device has come up its callback runs once,
 * in process context; an interrupt handler would ring it too. main.c says which
 * devices these are.
 */
#include <linux/device.h>

#include <linux/dmf/doorbell.h>
#include <linux/dmf/module.h>

#include "template.h"

static void template_work(struct dmf_doorbell *bell)
{
	struct dmf_device *ddev = dmf_doorbell_device(bell);
	struct template *self = dmf_device_get_drvdata(ddev);

	WRITE_ONCE(self->runs, self->runs + 1);
	dev_dbg(dmf_device_dev(ddev), "run %lu\n", self->runs);
}

static int template_d0_entry(struct dmf_device *ddev, enum dmf_power previous)
{
	struct template *self = dmf_device_get_drvdata(ddev);

	return dmf_doorbell_ring(self->bell);
}

/* The callback uses the device, which is about to lose its power. */
static int template_d0_exit(struct dmf_device *ddev, enum dmf_power target)
{
	struct template *self = dmf_device_get_drvdata(ddev);

	return dmf_doorbell_flush(self->bell);
}

static int template_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct template *self = dmf_device_get_drvdata(ddev);
	const struct dmf_doorbell_config bell = { .ring = template_work };

	return dmf_doorbell_add(init, &bell, NULL, &self->bell);
}

const struct dmf_client_ops template_ops = {
	.modules_add	= template_modules_add,
	.d0_entry	= template_d0_entry,
	.d0_exit	= template_d0_exit,
};
