// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "harness.h"
#include "machine.h"
#include "system.h"

#define TRACEFS		"/sys/kernel/tracing"
#define EVENT		TRACEFS "/events/dmf/device_event/enable"
#define TO_CONSOLE	"/proc/sys/kernel/tracepoint_printk"
#define KERNEL_LOG	"/dev/kmsg"

/*
 * To the runner's output itself, and until it is out: when the guest falls asleep the
 * runner may not have come to pass on what a case has said.
 */
void machine_ask(const char *what)
{
	char path[64];
	int output;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getppid(), STDOUT_FILENO);
	output = open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
	REQUIRE(output >= 0);
	REQUIRE(dprintf(output, "    # dmf-machine: %s\n", what) > 0);
	/* Fails where the output is no terminal. */
	tcdrain(output);
	close(output);
}

static void switch_events(const char *on)
{
	if (file_write(TO_CONSOLE, on))
		test_note("the kernel's command line lacks tp_printk");
	if (file_write(EVENT, on))
		test_note("there is no tracepoint dmf:device_event");
}

void order_begin(void)
{
	char text[128];

	snprintf(text, sizeof(text), "dmf-order-begin: %s\n", test_name());
	REQUIRE(!file_write(KERNEL_LOG, text));
	switch_events("1");
}

void order_end(void)
{
	switch_events("0");
	EXPECT_EQ(file_write(KERNEL_LOG, "dmf-order-end\n"), 0);
}
