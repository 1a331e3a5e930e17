// SPDX-License-Identifier: GPL-2.0-only
/*
 * To the disk and back: the guest switches itself off and is booted again. The
 * kernel that boots finds the image and hands over to what is in it; what the
 * guest does after the image has been made is seen on the console only.
 */
#include <fcntl.h>

#include "machine.h"
#include "node.h"
#include "pm.h"
#include "process.h"
#include "suites.h"
#include "system.h"

#define HIBERNATION_MODE	"/sys/power/disk"

static void hibernate(const char *mode)
{
	struct process daemon = daemon_start("edu0");
	int fd = node_open(O_RDWR);

	process_require_blocked(&daemon);
	REQUIRE(!file_write(HIBERNATION_MODE, mode));
	order_begin();
	machine_ask("boot-again");
	if (!EXPECT_EQ(file_write(SLEEP_STATE, "disk"), 0))
		machine_ask("stay-off");
	order_end();

	/* The daemon, both files and their stream have come through. */
	EXPECT(process_is_alive(&daemon));
	ask(fd, 5);
	EXPECT(process_says(daemon.output, ": 5! = 120\n"));
	ask(fd, 6);
	EXPECT(process_says(daemon.output, ": 6! = 720\n"));
}

static void platform_mode(void)
{
	hibernate("platform");
}

static void shutdown_mode(void)
{
	hibernate("shutdown");
}

static const struct test_case cases[] = {
	SLOW_TEST_CASE(platform_mode, 120),
	SLOW_TEST_CASE(shutdown_mode, 120),
	{ }
};

const struct test_suite hibernation_suite = {
	.name = "hibernation",
	.setup = node_setup,
	.cases = cases,
};
