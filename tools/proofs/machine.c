// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "harness.h"
#include "machine.h"
#include "system.h"

#define TRACEFS		"/sys/kernel/tracing"
#define EVENT		TRACEFS "/events/dmf/device_event/enable"
#define TO_CONSOLE	"/proc/sys/kernel/tracepoint_printk"
#define KERNEL_LOG	"/dev/kmsg"

void machine_ask(const char *what)
{
	test_note("dmf-machine: %s", what);
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
