// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints, as somebody sees them who has nothing but tracefs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"
#include "system.h"

#define TRACEFS	"/sys/kernel/tracing"
#define EVENTS	TRACEFS "/events/dmf"
#define LOCKS	"/sys/kernel/debug/dmf/lock_statistics"

/* Each says of which device, and most of which Module. */
static const char *const events_of_modules[] = {
	"module_create", "module_open", "module_drain", "module_close", "module_destroy",
	"module_lock_contended", "event_dispatch", "request_pend", "request_cancel",
	"request_complete", "task_queue", "task_begin", "task_end", "task_cancel",
	"buffer_get", "buffer_put", "buffer_expire", "buffer_write", "buffer_read",
	"notify_queue", "notify_drop", "notify_deliver", "notify_signal", NULL
};

static const char *const events_of_devices[] = {
	"device_event", "request_submit", "request_abandon", NULL
};

/* Path of a file of an event; valid until the next call. */
static const char *event_path(const char *event, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), EVENTS "/%s/%s", event, name);
	return path;
}

static void setup(void)
{
	mount_once("tracefs", TRACEFS);
	mount_once("debugfs", "/sys/kernel/debug");
	node_setup();
	if (access(TRACEFS "/events", F_OK))
		test_skip("this kernel has no tracepoints");
	REQUIRE(!file_write(EVENTS "/enable", "0"));
	REQUIRE(!file_write(EVENTS "/filter", "0"));
}

static void expect_fields(const char *event, const char *const *fields)
{
	char format[4096], field[32];

	if (!EXPECT(file_read(event_path(event, "format"), format, sizeof(format)) > 0))
		test_note("%s", event);
	for (; *fields; fields++) {
		snprintf(field, sizeof(field), " %s;", *fields);
		if (!EXPECT(strstr(format, field)))
			test_note("%s has no field %s", event, *fields);
	}
}

static void events_tell_device_module_and_instance(void)
{
	static const char *const fields[] = { "device", "module", "instance", "parent", NULL };
	static const char *const device[] = { "device", NULL };
	const char *const *event;

	for (event = events_of_modules; *event; event++)
		expect_fields(*event, fields);
	for (event = events_of_devices; *event; event++)
		expect_fields(*event, device);
}

static void start_tracing(const char *const *events)
{
	int fd = open(TRACEFS "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	REQUIRE(fd >= 0);
	close(fd);
	for (; *events; events++)
		REQUIRE(!file_write(event_path(*events, "enable"), "1"));
}

/* What there is; valid until the next call. */
static const char *read_trace(void)
{
	static char trace[262144];

	EXPECT(file_read(TRACEFS "/trace", trace, sizeof(trace)) > 0);
	return trace;
}

static const char *stop_tracing(void)
{
	EXPECT_EQ(file_write(EVENTS "/enable", "0"), 0);
	return read_trace();
}

/* In this order, whatever is in between. */
static void expect_traced(const char *const *texts)
{
	const char *at = stop_tracing(), *found;

	for (; *texts; texts++) {
		found = strstr(at, *texts);
		if (EXPECT(found))
			at = found + strlen(*texts);
		else
			test_note("%s", *texts);
	}
}

static void bring_up_is_traced(void)
{
	static const char *const events[] = {
		"module_create", "module_open", "device_event", NULL
	};
	static const char *const texts[] = {
		"module_create:", "module=doorbell",
		"module_create:", "module=notify_user_with_request instance=factorial parent=",
		"module_open:", "device_event:", "event=d0_entry ", NULL
	};

	REQUIRE(!edu_unbind());
	start_tracing(events);
	EXPECT_EQ(edu_bind(), 0);
	expect_traced(texts);
}

static void tear_down_is_traced(void)
{
	static const char *const texts[] = {
		"device_event:", "event=d0_exit ", "module_drain:", "users=0", "event_dispatch:",
		"event=close ", "module_close:", "module=doorbell", "module_destroy:", NULL
	};
	static const char *const all[] = { "../dmf", NULL };

	start_tracing(all);
	EXPECT_EQ(edu_unbind(), 0);
	expect_traced(texts);
}

static void request_is_traced(void)
{
	static const char *const events[] = { "request_submit", "request_complete", NULL };
	static const char *const texts[] = {
		"request_submit:", "type=ioctl", "request_complete:", "type=ioctl", "status=0",
		"latency_ns=", NULL
	};
	int fd = node_open(O_RDWR);

	start_tracing(events);
	ask_queued(fd, 5);
	expect_traced(texts);
	EXPECT(!strstr(stop_tracing(), "latency_ns=0\n"));
	expect_next(fd, 5);
	close(fd);
}

static void event_is_traced_from_its_interrupt_to_the_program(void)
{
	static const char *const events[] = {
		"task_queue", "task_begin", "task_end", "notify_queue", "notify_deliver", NULL
	};
	static const char *const texts[] = {
		"task_queue:", "module=doorbell", "task_begin:", "module=doorbell",
		"notify_queue:", "instance=factorial", "task_end:", "duration_ns=",
		"notify_deliver:", "instance=factorial", "count=1 latency_ns=", NULL
	};
	__u64 end = now_ns() + PATIENCE;
	int fd = node_open(O_RDWR);

	start_tracing(events);
	ask_queued(fd, 5);
	while (!strstr(read_trace(), "task_end:") && nap_until(end))
		;
	expect_next(fd, 5);
	expect_traced(texts);
	close(fd);
}

static void filter_selects_a_module(void)
{
	static const char *const events[] = { "module_open", NULL };
	const char *trace;

	REQUIRE(!edu_unbind());
	REQUIRE(!file_write(event_path("module_open", "filter"), "module == \"doorbell\""));
	start_tracing(events);
	EXPECT_EQ(edu_bind(), 0);
	trace = stop_tracing();
	EXPECT(strstr(trace, "module=doorbell"));
	EXPECT(!strstr(trace, "module=notify_user_with_request"));
}

static void filter_selects_an_instance_and_a_result(void)
{
	static const char *const events[] = { "event_dispatch", NULL };
	const char *trace;

	REQUIRE(!edu_unbind());
	REQUIRE(!file_write(event_path("event_dispatch", "filter"),
			    "instance == \"factorial\" && ret == 0 && event == \"open\""));
	start_tracing(events);
	EXPECT_EQ(edu_bind(), 0);
	trace = stop_tracing();
	EXPECT(strstr(trace, "instance=factorial parent= event=open ret=0"));
	EXPECT(!strstr(trace, "instance=doorbell"));
}

/* All events have a device, so one filter does for all. */
static void filter_selects_a_device(void)
{
	static const char *const events[] = { "module_open", "module_close", NULL };
	char filter[64];

	snprintf(filter, sizeof(filter), "device == \"%s\"", edu_address());
	REQUIRE(!file_write(EVENTS "/filter", filter));
	start_tracing(events);
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT(strstr(stop_tracing(), "module_close:"));

	REQUIRE(!file_write(EVENTS "/filter", "device == \"nothing\""));
	start_tracing(events);
	EXPECT_EQ(edu_bind(), 0);
	EXPECT(!strstr(stop_tracing(), "module_open:"));
}

static void latency_makes_a_histogram(void)
{
	static const char histogram[] = "hist:keys=type,status:vals=latency_ns";
	const char *trigger = event_path("request_complete", "trigger");
	char text[8192], off[64];
	int fd = node_open(O_RDWR);

	if (file_write(trigger, histogram) == -EINVAL)
		test_skip("this kernel has no histograms");
	ask_queued(fd, 5);
	EXPECT(file_read(event_path("request_complete", "hist"), text, sizeof(text)) > 0);
	EXPECT(strstr(text, "type: ioctl"));
	EXPECT(strstr(text, "hitcount:"));
	EXPECT(strstr(text, "latency_ns:"));
	snprintf(off, sizeof(off), "!%s", histogram);
	EXPECT_EQ(file_write(event_path("request_complete", "trigger"), off), 0);
	expect_next(fd, 5);
	close(fd);
}

static void lock_statistics_are_off_and_can_be_switched(void)
{
	int fd = node_open(O_RDWR);

	EXPECT(file_is(LOCKS, "0"));
	EXPECT_EQ(file_write(LOCKS, "1"), 0);
	EXPECT(file_is(LOCKS, "1"));
	EXPECT_EQ(file_write(LOCKS, "2"), -EINVAL);
	ask_queued(fd, 5);
	expect_next(fd, 5);
	EXPECT_EQ(file_write(LOCKS, "0"), 0);
	EXPECT(file_is(LOCKS, "0"));
	close(fd);
}

static const struct test_case cases[] = {
	TEST_CASE(events_tell_device_module_and_instance),
	TEST_CASE(bring_up_is_traced),
	TEST_CASE(tear_down_is_traced),
	TEST_CASE(request_is_traced),
	TEST_CASE(event_is_traced_from_its_interrupt_to_the_program),
	TEST_CASE(filter_selects_a_module),
	TEST_CASE(filter_selects_an_instance_and_a_result),
	TEST_CASE(filter_selects_a_device),
	TEST_CASE(latency_makes_a_histogram),
	TEST_CASE(lock_statistics_are_off_and_can_be_switched),
	{ }
};

const struct test_suite trace_suite = {
	.name = "trace",
	.setup = setup,
	.cases = cases,
};
