// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading. delete_module(2) answers EWOULDBLOCK for a module in
 * use, which rmmod shows as "Module is in use" or "Resource temporarily
 * unavailable".
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"
#include "system.h"
#include "waiter.h"

static void expect_refused(const char *name)
{
	int ret = module_unload(name);

	if (!EXPECT(ret == -EWOULDBLOCK || ret == -EBUSY))
		test_note("unloading %s gave %d", name, ret);
	EXPECT(module_is_loaded(name));
}

static void client_stays_while_a_file_is_open(void)
{
	int fd = node_open(O_RDWR);

	expect_refused(CLIENT);
	ask(fd, 5);
	expect_next(fd, 5);
	EXPECT_EQ(close(fd), 0);
	EXPECT_EQ(module_unload(CLIENT), 0);
}

static void client_stays_while_a_call_is_blocked(void)
{
	struct waiter waiter = waiter_start_opening(by_wait);

	expect_refused(CLIENT);
	waiter_kill(&waiter);
	EXPECT_EQ(module_unload(CLIENT), 0);
}

/* The device has gone, the file has not. */
static void client_stays_while_a_dead_file_is_open(void)
{
	int fd = node_open(O_RDWR);

	EXPECT_EQ(edu_unbind(), 0);
	expect_refused(CLIENT);
	EXPECT_EQ(close(fd), 0);
	EXPECT_EQ(module_unload(CLIENT), 0);
}

static void core_stays_while_a_client_is_loaded(void)
{
	expect_refused(CORE);
}

static void unloading_removes_the_node(void)
{
	EXPECT_EQ(module_unload(CLIENT), 0);
	EXPECT(!node_exists());
	EXPECT(!edu_is_bound());
}

static void unloading_with_an_unread_event(void)
{
	int fd = node_open(O_RDWR);

	ask_queued(fd, 5);
	close(fd);
	EXPECT_EQ(module_unload(CLIENT), 0);
}

static void unloading_while_the_device_computes(void)
{
	int fd = node_open(O_RDWR);

	ask(fd, LONG_WORK);
	close(fd);
	EXPECT_EQ(module_unload(CLIENT), 0);
}

static void load_and_unload_twice(void)
{
	int i, fd;

	for (i = 0; i < 2; i++) {
		EXPECT_EQ(module_unload(CLIENT), 0);
		EXPECT_EQ(module_unload(CORE), 0);
		EXPECT(!module_is_loaded(CLIENT));
		EXPECT(!module_is_loaded(CORE));
		EXPECT_EQ(module_load(CORE), 0);
		EXPECT_EQ(module_load(CLIENT), 0);
		EXPECT(edu_is_bound());
		fd = node_open(O_RDWR);
		ask(fd, 5);
		expect_next(fd, 5);
		close(fd);
	}
}

static void core_alone_loads_and_unloads(void)
{
	int i;

	EXPECT_EQ(module_unload(CLIENT), 0);
	EXPECT_EQ(module_unload(CORE), 0);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(module_load(CORE), 0);
		EXPECT_EQ(module_unload(CORE), 0);
	}
}

static const struct test_case cases[] = {
	TEST_CASE(client_stays_while_a_file_is_open),
	TEST_CASE(client_stays_while_a_call_is_blocked),
	TEST_CASE(client_stays_while_a_dead_file_is_open),
	TEST_CASE(core_stays_while_a_client_is_loaded),
	TEST_CASE(unloading_removes_the_node),
	TEST_CASE(unloading_with_an_unread_event),
	TEST_CASE(unloading_while_the_device_computes),
	TEST_CASE(load_and_unload_twice),
	TEST_CASE(core_alone_loads_and_unloads),
	{ }
};

const struct test_suite modules_suite = {
	.name = "modules",
	.setup = node_setup,
	.cases = cases,
};
