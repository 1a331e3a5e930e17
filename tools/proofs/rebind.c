// SPDX-License-Identifier: GPL-2.0-only
/* The driver is taken from the device and given back while programs use it. */
#include <unistd.h>

#include "load.h"
#include "machine.h"
#include "node.h"
#include "suites.h"
#include "system.h"

#define TIMES	200

static void two_hundred_times_under_load(void)
{
	struct load load = load_start();
	int i;

	order_begin();
	for (i = 0; i < TIMES; i++) {
		usleep(1000 * (i % 20));
		EXPECT_EQ(edu_unbind(), 0);
		EXPECT(!edu_is_bound());
		usleep(1000 * (i % 3));
		EXPECT_EQ(edu_bind(), 0);
	}
	order_end();
	usleep(100 * 1000);
	test_note("the programs got %u factorials", *load.results);
	load_stop(&load);
	node_setup();
}

static const struct test_case cases[] = {
	SLOW_TEST_CASE(two_hundred_times_under_load, 180),
	{ }
};

const struct test_suite rebind_suite = {
	.name = "rebind",
	.setup = node_setup,
	.cases = cases,
};
