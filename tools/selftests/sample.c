// SPDX-License-Identifier: GPL-2.0-only
/* The container driver, and its device that is a module of its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <libdmf.h>

#include "node.h"
#include "sample.h"
#include "suites.h"
#include "system.h"

struct total {
	struct dmf_event event;
	__u64 total;
};

void sample_setup(void)
{
	system_setup();
	REQUIRE(!module_load(SAMPLE));
	REQUIRE(access(SAMPLE_NODE, F_OK));
	REQUIRE(!module_load(SAMPLE_DEVICE));
	REQUIRE(!access(SAMPLE_NODE, F_OK));
}

static void unload(void)
{
	EXPECT_EQ(module_unload(SAMPLE), 0);
	EXPECT_EQ(module_unload(SAMPLE_DEVICE), 0);
	EXPECT(access(SAMPLE_NODE, F_OK));
}

int sample_open(void)
{
	int fd = open(SAMPLE_NODE, O_RDWR | O_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}

static bool hears(int fd, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, timeout_ms) == 1 && poll_fd.revents == POLLIN;
}

static void writes_are_counted(void)
{
	struct total total = { .total = 0 };
	int fd = sample_open();
	int i, reports;

	EXPECT(!hears(fd, 0));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(write(fd, "x", 1), 1);
	/* Some of the totals may have been reported as one, and the last one more than once. */
	for (reports = 0; total.total < 3 || hears(fd, 20); reports++) {
		REQUIRE(hears(fd, PATIENCE / MS));
		REQUIRE(read(fd, &total, sizeof(total)) == sizeof(total));
		EXPECT_EQ(total.event.data_size, sizeof(total.total));
	}
	EXPECT_EQ(total.total, 3);
	EXPECT(reports <= 3);
	close(fd);
	unload();
}

static void device_goes_under_an_open_file(void)
{
	int fd = sample_open();
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	EXPECT_EQ(module_unload(SAMPLE_DEVICE), 0);
	EXPECT(access(SAMPLE_NODE, F_OK));
	EXPECT_EQ(poll(&poll_fd, 1, PATIENCE / MS), 1);
	EXPECT(poll_fd.revents & POLLHUP);
	EXPECT(module_unload(SAMPLE) < 0);
	close(fd);
	EXPECT_EQ(module_unload(SAMPLE), 0);
}

static void library_registers_an_eventfd(void)
{
	struct dmf_file *file = dmf_open_number("sample", 0, O_RDWR);
	int event = eventfd(0, EFD_CLOEXEC);

	REQUIRE(file && event >= 0);
	EXPECT_EQ(dmf_eventfd_set(file, "totals", 0, event, DMF_EVENT_GONE), 0);
	EXPECT_EQ(write(dmf_fd(file), "x", 1), 1);
	EXPECT(hears(event, PATIENCE / MS));
	EXPECT_EQ(dmf_eventfd_set(file, NULL, 0, -1, 0), 0);

	EXPECT_ERRNO(dmf_eventfd_set(file, "nonsense", 0, event, 0), ENOENT);
	EXPECT_ERRNO(dmf_eventfd_set(file, "a name that nothing can have: 32 bytes",
				     0, event, 0), ENOENT);
	EXPECT_ERRNO(dmf_eventfd_set(file, "totals", 1, event, 0), EINVAL);
	EXPECT_ERRNO(dmf_eventfd_set(file, NULL, 0, dmf_fd(file), 0), EINVAL);
	dmf_close(file);
	unload();
}

static const struct test_case cases[] = {
	TEST_CASE(writes_are_counted),
	TEST_CASE(device_goes_under_an_open_file),
	TEST_CASE(library_registers_an_eventfd),
	{ }
};

const struct test_suite sample_suite = {
	.name = "sample",
	.setup = sample_setup,
	.cases = cases,
};
