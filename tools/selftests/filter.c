// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter on the edu driver: loaded, it sees what is asked for by files that are
 * opened from then on, and all else is as without it; unloaded, it leaves no trace.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "node.h"
#include "pm.h"
#include "suites.h"
#include "system.h"
#include "waiter.h"

#define LIMIT		"/sys/module/" FILTER "/parameters/limit"
#define DEVICES		"/sys/bus/auxiliary/devices/"
#define PUBLISHED	DEVICES CLIENT ".filter.*"

/* Ends the case if the filter cannot be loaded, or the device is not published. */
static void filter_load(const char *limit)
{
	REQUIRE(!module_load(FILTER));
	REQUIRE(!file_write(LIMIT, limit));
}

static void filter_unload(void)
{
	REQUIRE(!module_unload(FILTER));
}

/* Path of an attribute of the filter's device; NULL if there is none. */
static const char *filter_attribute(const char *name)
{
	static char path[256];
	glob_t found;

	path[0] = '\0';
	if (!glob(PUBLISHED, 0, NULL, &found)) {
		snprintf(path, sizeof(path), "%s/%s", found.gl_pathv[0], name);
		globfree(&found);
	}
	return path[0] ? path : NULL;
}

static bool filter_has_counted(const char *count)
{
	const char *path = filter_attribute("factorials");

	return path && file_is(path, count);
}

static void expect_works(int fd)
{
	ask(fd, 5);
	expect_next(fd, 5);
}

static void edu_publishes_its_device(void)
{
	EXPECT(filter_attribute("uevent"));
	REQUIRE(!edu_unbind());
	EXPECT(!filter_attribute("uevent"));
}

static void new_file_reaches_the_filter(void)
{
	int fd;

	filter_load("10");
	fd = node_open(O_RDWR);
	expect_works(fd);
	EXPECT_ERRNO(ask_once(fd, 11), EPERM);
	EXPECT_ERRNO(write(fd, "11\n", 3), EPERM);
	EXPECT_EQ(write(fd, "4\n", 2), 2);
	expect_next(fd, 4);
	EXPECT(filter_has_counted("2"));
}

/* What the filter does not know goes down, and errors come back up. */
static void all_else_goes_down(void)
{
	struct dmf_stream_select select = { .name = STREAM };
	int fd;

	filter_load("10");
	fd = node_open(O_RDWR);
	EXPECT_ERRNO(ioctl(fd, _IO('z', 1)), ENOTTY);
	EXPECT_ERRNO(write(fd, "x\n", 2), EINVAL);
	EXPECT_EQ(ioctl(fd, DMF_IOC_STREAM_SELECT, &select), 0);
	EXPECT(!is_readable(fd));
	ask_queued(fd, 6);
	EXPECT(is_readable(fd));
	expect_next(fd, 6);
	expect_empty(fd);
}

static void file_open_before_stays_with_edu(void)
{
	int fd = node_open(O_RDWR);

	filter_load("0");
	expect_works(fd);
	EXPECT(filter_has_counted("0"));
	filter_unload();
	expect_works(fd);
}

/* A file that was opened through the filter keeps its .ko: unbind takes it away. */
static void filter_stays_while_a_file_is_open(void)
{
	int fd;

	filter_load("10");
	fd = node_open(O_RDWR);
	EXPECT_EQ(module_unload(FILTER), -EWOULDBLOCK);
	EXPECT_EQ(module_unload(CLIENT), -EWOULDBLOCK);
	EXPECT_EQ(close(fd), 0);
	EXPECT_EQ(module_unload(FILTER), 0);
}

static void edu_is_unloaded_under_the_filter(void)
{
	filter_load("10");
	EXPECT_EQ(module_unload(CLIENT), 0);
	EXPECT(!node_exists());
	EXPECT_EQ(module_load(CLIENT), 0);
	EXPECT_ERRNO(ask_once(node_open(O_RDWR), 11), EPERM);
}

static void node_is_back_without_the_filter(void)
{
	int fd;

	filter_load("10");
	filter_unload();
	fd = node_open(O_RDWR);
	ask(fd, 11);
	expect_next(fd, 11);
}

/* 0 or a negative errno. */
static int filter_unbind(void)
{
	const char *path = filter_attribute("");
	char name[64];

	REQUIRE(path);
	snprintf(name, sizeof(name), "%s", path + strlen(DEVICES));
	name[strcspn(name, "/")] = '\0';
	return file_write("/sys/bus/auxiliary/drivers/" FILTER "/unbind", name);
}

static void unbinding_the_filter_wakes_those_who_came_by_it(way_fn *way, long result)
{
	struct waiter waiter;
	int fd;

	filter_load("10");
	fd = node_open(O_RDWR);
	waiter = waiter_start(fd, way);
	EXPECT_EQ(filter_unbind(), 0);
	if (result < 0)
		EXPECT_EQ(waiter_result(&waiter), result);
	else
		EXPECT(waiter_result(&waiter) & result);
	EXPECT_ERRNO(ask_once(fd, 5), ENODEV);
	expect_works(node_open(O_RDWR));
}

static void unbinding_the_filter_wakes_a_blocked_wait(void)
{
	unbinding_the_filter_wakes_those_who_came_by_it(by_wait, -ENODEV);
}

static void unbinding_the_filter_wakes_a_blocked_poll(void)
{
	unbinding_the_filter_wakes_those_who_came_by_it(by_poll, POLLHUP);
}

static void unbinding_edu_wakes_those_who_came_by_the_filter(void)
{
	struct waiter waiter;

	filter_load("10");
	waiter = waiter_start_opening(by_wait);
	REQUIRE(!edu_unbind());
	EXPECT_EQ(waiter_result(&waiter), -ENODEV);
	REQUIRE(!edu_bind());
	EXPECT_ERRNO(ask_once(node_open(O_RDWR), 11), EPERM);
}

static void device_sleeps_under_the_filter(void)
{
	__u64 end = now_ns() + PATIENCE;
	int fd;

	filter_load("10");
	fd = node_open(O_RDWR);
	file_write(edu_attribute("power/autosuspend_delay_ms"), "0");
	REQUIRE(!file_write(edu_attribute("power/control"), "auto"));
	while (!file_is(edu_attribute("power/runtime_status"), "suspended") && nap_until(end))
		;
	EXPECT(file_is(edu_attribute("power/runtime_status"), "suspended"));
	expect_works(fd);
}

/* Suspend and resume up to the devices, with somebody blocked above the filter. */
static void system_sleeps_with_the_filter(void)
{
	struct waiter waiter;
	int fd;

	filter_load("10");
	waiter = waiter_start_opening(by_wait);
	sleep_as_far_as("devices");
	fd = node_open(O_RDWR);
	ask(fd, 5);
	EXPECT_EQ(waiter_result(&waiter), 0);
	EXPECT_ERRNO(ask_once(fd, 11), EPERM);
}

static const struct test_case cases[] = {
	TEST_CASE(edu_publishes_its_device),
	TEST_CASE(new_file_reaches_the_filter),
	TEST_CASE(all_else_goes_down),
	TEST_CASE(file_open_before_stays_with_edu),
	TEST_CASE(filter_stays_while_a_file_is_open),
	TEST_CASE(edu_is_unloaded_under_the_filter),
	TEST_CASE(node_is_back_without_the_filter),
	TEST_CASE(unbinding_the_filter_wakes_a_blocked_wait),
	TEST_CASE(unbinding_the_filter_wakes_a_blocked_poll),
	TEST_CASE(unbinding_edu_wakes_those_who_came_by_the_filter),
	TEST_CASE(device_sleeps_under_the_filter),
	TEST_CASE(system_sleeps_with_the_filter),
	{ }
};

const struct test_suite filter_suite = {
	.name = "filter",
	.setup = node_setup,
	.cases = cases,
};
