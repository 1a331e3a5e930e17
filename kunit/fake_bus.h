/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One device on each bus that there is glue for, and a Client Driver for it that
 * the macro of the bus has made. One driver at a time is registered.
 */
#ifndef _DMF_FAKE_BUS_H
#define _DMF_FAKE_BUS_H

#include <linux/dmf/doorbell.h>

#include "dmf_kunit.h"

/**
 * struct bus_log - what the Client has seen, and what it is to return
 * @ddev: the device that was brought up last.
 * @prepares: calls of prepare_hardware.
 * @releases: calls of release_hardware.
 * @entries: calls of d0_entry.
 * @exits: calls of d0_exit.
 * @surprises: calls of surprise_removal.
 * @rings: runs of its Doorbell's callback.
 * @previous: what the last d0_entry came from.
 * @target: what the last d0_exit went to.
 * @fail_prepare: result of prepare_hardware.
 * @fail_entry: result of d0_entry.
 * @fail_exit: result of d0_exit.
 * @bell: its only Module.
 */
struct bus_log {
	struct dmf_device *ddev;
	unsigned int prepares, releases, entries, exits, surprises, rings;
	enum dmf_power previous, target;
	int fail_prepare, fail_entry, fail_exit;
	struct dmf_doorbell *bell;
};

extern struct bus_log bus_log;
extern const struct dmf_client_ops bus_client_ops;

/**
 * struct fake_bus - a device on a bus
 * @name: of the bus.
 * @add: make the device, unless it is always there, and register the driver.
 * @remove: undo @add.
 * @accessor: the device that the accessor of the glue finds.
 */
struct fake_bus {
	const char *name;
	int (*add)(void);
	void (*remove)(void);
	struct device *(*accessor)(const struct dmf_device *ddev);
};

extern const struct fake_bus * const fake_buses[];

#endif /* _DMF_FAKE_BUS_H */
