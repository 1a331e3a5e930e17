// SPDX-License-Identifier: GPL-2.0-only
/* Runtime PM, a thousand times: each request finds the device asleep. */
#include <fcntl.h>

#include "machine.h"
#include "node.h"
#include "pm.h"
#include "process.h"
#include "suites.h"

#define CYCLES	1000

static void thousand_cycles(void)
{
	int fd = node_open(O_RDWR);
	int i;

	order_begin();
	edu_allow_runtime_suspend();
	edu_require_suspended();
	for (i = 0; i < CYCLES; i++) {
		ask(fd, i);
		expect_next(fd, i);
		edu_require_suspended();
	}
	order_end();
}

static const struct test_case cases[] = {
	SLOW_TEST_CASE(thousand_cycles, 180),
	{ }
};

const struct test_suite runtime_suite = {
	.name = "runtime",
	.setup = node_setup,
	.cases = cases,
};
