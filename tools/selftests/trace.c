// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints of the core. */
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

#include "node.h"
#include "suites.h"
#include "system.h"

#define TRACEFS	"/sys/kernel/tracing"
#define EVENTS	TRACEFS "/events/dmf"

static void setup(void)
{
	mount_once("tracefs", TRACEFS);
	node_setup();
	if (access(TRACEFS "/events", F_OK))
		test_skip("this kernel has no tracepoints");
}

static void tracepoints_exist(void)
{
	EXPECT_EQ(access(EVENTS "/module_create/format", F_OK), 0);
	EXPECT_EQ(access(EVENTS "/module_open/format", F_OK), 0);
	EXPECT_EQ(access(EVENTS "/module_close/format", F_OK), 0);
	EXPECT_EQ(access(EVENTS "/module_destroy/format", F_OK), 0);
	EXPECT_EQ(access(EVENTS "/event_dispatch/format", F_OK), 0);
}

static void start_tracing(void)
{
	REQUIRE(!file_write(TRACEFS "/trace", "\n"));
	REQUIRE(!file_write(EVENTS "/enable", "1"));
}

static void expect_traced(const char *const *texts)
{
	static char trace[262144];

	EXPECT_EQ(file_write(EVENTS "/enable", "0"), 0);
	EXPECT(file_read(TRACEFS "/trace", trace, sizeof(trace)) > 0);
	for (; *texts; texts++)
		if (!EXPECT(strstr(trace, *texts)))
			test_note("%s", *texts);
}

static void bring_up_is_traced(void)
{
	static const char *const texts[] = {
		"module_create:", "module_open:", "event_dispatch:",
		"doorbell", "notify_user_with_request", NULL
	};

	REQUIRE(!edu_unbind());
	start_tracing();
	EXPECT_EQ(edu_bind(), 0);
	expect_traced(texts);
}

static void tear_down_is_traced(void)
{
	static const char *const texts[] = {
		"module_close:", "module_destroy:", "event_dispatch:",
		"doorbell", "notify_user_with_request", NULL
	};

	start_tracing();
	EXPECT_EQ(edu_unbind(), 0);
	expect_traced(texts);
}

static void requests_are_served_while_tracing(void)
{
	static const char *const texts[] = { "event_dispatch:", NULL };
	int fd;

	start_tracing();
	fd = node_open(O_RDWR);
	ask(fd, 5);
	expect_next(fd, 5);
	close(fd);
	expect_traced(texts);
}

static const struct test_case cases[] = {
	TEST_CASE(tracepoints_exist),
	TEST_CASE(bring_up_is_traced),
	TEST_CASE(tear_down_is_traced),
	TEST_CASE(requests_are_served_while_tracing),
	{ }
};

const struct test_suite trace_suite = {
	.name = "trace",
	.setup = setup,
	.cases = cases,
};
