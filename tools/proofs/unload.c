// SPDX-License-Identifier: GPL-2.0-only
/* A file keeps the driver in the kernel; the device goes all the same. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "machine.h"
#include "node.h"
#include "suites.h"
#include "system.h"

static void expect_refused(void)
{
	int ret = module_unload(CLIENT);

	/* delete_module(2) answers EWOULDBLOCK for what rmmod says is in use. */
	if (!EXPECT(ret == -EWOULDBLOCK || ret == -EBUSY))
		test_note("unloading gave %d", ret);
	EXPECT(module_is_loaded(CLIENT));
}

static void refused_with_an_open_file(void)
{
	int fd = node_open(O_RDWR);

	order_begin();
	expect_refused();
	ask(fd, 5);
	expect_next(fd, 5);
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_ERRNO(ask_once(fd, 5), ENODEV);
	expect_refused();
	EXPECT_EQ(close(fd), 0);
	EXPECT_EQ(module_unload(CLIENT), 0);
	EXPECT(!module_is_loaded(CLIENT));
	EXPECT_EQ(module_unload(CORE), 0);
	order_end();
}

static const struct test_case cases[] = {
	TEST_CASE(refused_with_an_open_file),
	{ }
};

const struct test_suite unload_suite = {
	.name = "unload",
	.setup = node_setup,
	.cases = cases,
};
