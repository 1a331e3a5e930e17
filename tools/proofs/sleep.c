// SPDX-License-Identifier: GPL-2.0-only
/* A part of the way into sleep and back, as pm_test offers it. */
#include <fcntl.h>

#include "machine.h"
#include "node.h"
#include "pm.h"
#include "process.h"
#include "suites.h"

static void sleep_with_blocked_daemon(const char *level)
{
	struct process daemon = daemon_start("edu0");
	int fd = node_open(O_RDWR);

	process_require_blocked(&daemon);
	order_begin();
	sleep_as_far_as(level);
	order_end();
	EXPECT(process_is_alive(&daemon));
	ask(fd, 5);
	EXPECT(process_says(daemon.output, ": 5! = 120\n"));
}

static void devices_with_blocked_daemon(void)
{
	sleep_with_blocked_daemon("devices");
}

static void platform_with_blocked_daemon(void)
{
	sleep_with_blocked_daemon("platform");
}

static const struct test_case cases[] = {
	SLOW_TEST_CASE(devices_with_blocked_daemon, 60),
	SLOW_TEST_CASE(platform_with_blocked_daemon, 60),
	{ }
};

const struct test_suite sleep_suite = {
	.name = "sleep",
	.setup = node_setup,
	.cases = cases,
};
