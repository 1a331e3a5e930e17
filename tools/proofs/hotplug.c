// SPDX-License-Identifier: GPL-2.0-only
/*
 * The card leaves its slot and comes back, in the orderly way that both kinds of
 * hotplug have: the driver is unbound first. Who tells the kernel is up to the
 * machine; the cases are the same.
 */
#include <unistd.h>

#include "load.h"
#include "machine.h"
#include "node.h"
#include "process.h"
#include "suites.h"
#include "system.h"

/* What dmf-notify ends with when the device has gone. */
#define EXIT_GONE	3

/* A PCI Express port gives the user five seconds to press the button again. */
#define SLOT_PATIENCE	(30 * SECOND)

static void unplug(void)
{
	__u64 end = now_ns() + SLOT_PATIENCE;

	machine_ask("unplug");
	while (!access(edu_attribute("vendor"), F_OK) && nap_until(end))
		;
	REQUIRE(access(edu_attribute("vendor"), F_OK));
	EXPECT(!node_exists());
}

static void plug(void)
{
	__u64 end = now_ns() + SLOT_PATIENCE;

	machine_ask("plug");
	while (!node_exists() && nap_until(end))
		;
	REQUIRE(node_exists());
}

static void move_under_load(int times)
{
	struct load load = load_start();
	int i;

	order_begin();
	for (i = 0; i < times; i++) {
		usleep(50 * 1000);
		unplug();
		plug();
	}
	order_end();
	usleep(50 * 1000);
	test_note("the programs got %u factorials", *load.results);
	load_stop(&load);
	node_setup();
}

static void move_with_blocked_daemon(void)
{
	struct process daemon = daemon_start("edu0");

	process_require_blocked(&daemon);
	order_begin();
	unplug();
	EXPECT_EQ(process_result(&daemon), EXIT_GONE);
	plug();
	order_end();
	node_setup();
}

static void acpi_under_load(void)
{
	move_under_load(5);
}

static void native_under_load(void)
{
	move_under_load(2);
}

static const struct test_case acpi_cases[] = {
	{ "under_load", acpi_under_load, 180 },
	{ "with_blocked_daemon", move_with_blocked_daemon, 90 },
	{ }
};

const struct test_suite acpi_hotplug_suite = {
	.name = "acpi_hotplug",
	.setup = node_setup,
	.cases = acpi_cases,
};

/*
 * On PREEMPT_RT the request of pciehp's button is lost: it wakes the thread of its
 * interrupt handler, which is another one there.
 */
static void native_setup(void)
{
	if (file_is("/sys/kernel/realtime", "1"))
		test_skip("pciehp of PREEMPT_RT does not notice its button");
	node_setup();
}

static const struct test_case native_cases[] = {
	{ "under_load", native_under_load, 180 },
	{ "with_blocked_daemon", move_with_blocked_daemon, 90 },
	{ }
};

const struct test_suite native_hotplug_suite = {
	.name = "native_hotplug",
	.setup = native_setup,
	.cases = native_cases,
};
