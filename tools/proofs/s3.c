// SPDX-License-Identifier: GPL-2.0-only
/* Real sleep: the processor stops, and the machine wakes the guest up. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "load.h"
#include "machine.h"
#include "node.h"
#include "pm.h"
#include "process.h"
#include "suites.h"
#include "system.h"

#define SLEEP_KIND	"/sys/power/mem_sleep"
#define SLEEP_COUNT	"/sys/power/suspend_stats/success"

/* The bridge to the old devices of the machine, and what it is told at boot. */
#define BRIDGE		"/sys/bus/pci/devices/0000:00:1f.0"
#define REGISTERS	0x40
#define REGISTERS_SIZE	0x30

static int times_slept(void)
{
	char text[32];

	REQUIRE(file_read(SLEEP_COUNT, text, sizeof(text)) > 0);
	return atoi(text);
}

/*
 * The firmware of QEMU's machine forgets on the way back where the registers for
 * power management are, and how interrupts are routed: without that it would
 * never sleep again.
 */
static void sleep_until_woken(void)
{
	int bridge = open(BRIDGE "/config", O_RDWR | O_CLOEXEC);
	char registers[REGISTERS_SIZE];
	int before = times_slept();

	REQUIRE(bridge >= 0);
	REQUIRE(pread(bridge, registers, sizeof(registers), REGISTERS) ==
		sizeof(registers));
	REQUIRE(!file_write(SLEEP_KIND, "deep"));
	machine_ask("wake");
	EXPECT_EQ(file_write(SLEEP_STATE, "mem"), 0);
	REQUIRE(pwrite(bridge, registers, sizeof(registers), REGISTERS) ==
		sizeof(registers));
	EXPECT_EQ(times_slept(), before + 1);
	close(bridge);
}

static void wakes_up_by_the_host(void)
{
	struct process daemon = daemon_start("edu0");
	int fd = node_open(O_RDWR);

	process_require_blocked(&daemon);
	order_begin();
	sleep_until_woken();
	order_end();
	EXPECT(process_is_alive(&daemon));
	ask(fd, 5);
	EXPECT(process_says(daemon.output, ": 5! = 120\n"));
}

/* The device is resumed for the transition, and sleeps again after it. */
static void while_runtime_suspended(void)
{
	int fd = node_open(O_RDWR);

	edu_allow_runtime_suspend();
	edu_require_suspended();
	order_begin();
	sleep_until_woken();
	edu_require_suspended();
	order_end();
	ask(fd, 5);
	expect_next(fd, 5);
}

static void three_times_under_load(void)
{
	struct load load = load_start();
	int i;

	order_begin();
	for (i = 0; i < 3; i++) {
		usleep(100 * 1000);
		sleep_until_woken();
	}
	order_end();
	usleep(100 * 1000);
	load_stop(&load);
	node_setup();
}

static const struct test_case cases[] = {
	SLOW_TEST_CASE(wakes_up_by_the_host, 60),
	SLOW_TEST_CASE(while_runtime_suspended, 60),
	SLOW_TEST_CASE(three_times_under_load, 60),
	{ }
};

const struct test_suite s3_suite = {
	.name = "s3",
	.setup = node_setup,
	.cases = cases,
};
