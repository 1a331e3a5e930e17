// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints, as somebody sees them who has nothing but tracefs. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "exerciser_node.h"
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
	/* What one processor does after another must not be shown before it. */
	REQUIRE(!file_write(TRACEFS "/trace_clock", "counter"));
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

/* -- A driver that has Modules of many kinds ---------------------------------------------- */

#define PARAMETERS	"/sys/module/" EXERCISER "/parameters"
#define STATES		"/sys/kernel/debug/dmf/" EXERCISER "/modules/*/state"
#define MODULES_MAX	64

/* What debugfs says of a Module. */
struct known {
	unsigned int number, parent;
	char module[64], instance[64];
};

static unsigned int known_read(struct known *known)
{
	unsigned int count;
	char text[4096];
	glob_t found;

	REQUIRE(!glob(STATES, 0, NULL, &found));
	REQUIRE(found.gl_pathc <= MODULES_MAX);
	for (count = 0; count < found.gl_pathc; count++) {
		REQUIRE(file_read(found.gl_pathv[count], text, sizeof(text)) > 0);
		REQUIRE(sscanf(text,
			       "number=%u\nparent=%u\ndepth=%*u\nmodule=%63s\ninstance=%63s\n",
			       &known[count].number, &known[count].parent, known[count].module,
			       known[count].instance) == 4);
	}
	globfree(&found);
	return count;
}

static const char *known_name(const struct known *known, unsigned int count, unsigned int number)
{
	while (count--)
		if (known[count].number == number)
			return known[count].instance;
	return "";
}

static bool line_is_of(const char *line, const char *module, const char *instance,
		       const char *parent)
{
	char text[512];
	const char *at;

	snprintf(text, sizeof(text), " device=" EXERCISER " module=%s instance=%s parent=%s",
		 module, instance, parent);
	at = strstr(line, text);
	return at && (at[strlen(text)] == ' ' || !at[strlen(text)]);
}

/* Of a Module that there is; of a request also of the Client, which has no name. */
static bool line_is_true(const char *line, const struct known *known, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (line_is_of(line, known[i].module, known[i].instance,
			       known_name(known, count, known[i].parent)))
			return true;
	}
	return strstr(line, " request_") && line_is_of(line, "", "", "");
}

/* Events of many kinds; the last of them when the device goes. */
static void exercise(struct known *known, unsigned int *count)
{
	const struct exerciser_start signals = {
		.count = 1, .producers = 1, .target = EXERCISER_TO_SIGNALS, .period_us = 1000,
		.burst = 1,
	};
	struct exerciser_record record;
	__u64 end = now_ns() + PATIENCE;
	int fd, i;

	REQUIRE(!exerciser_bind());
	*count = known_read(known);
	while (access(EXERCISER_NODE, F_OK) && nap_until(end))
		;
	fd = exerciser_open(O_RDWR);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(write(fd, "12345678", 8), 8);
	EXPECT_EQ(read(fd, &record, sizeof(record)), sizeof(record));
	EXPECT_EQ(write(fd, "12345678", 8), 8);
	EXPECT_ERRNO(ioctl(fd, _IO(EXERCISER_IOC_MAGIC, 0xfe)), ENOTTY);
	exerciser_start(fd, &signals);
	while (!strstr(read_trace(), "notify_signal:") && nap_until(end))
		;
	REQUIRE(!file_write(PARAMETERS "/stall", "Y"));
	REQUIRE(!file_write(PARAMETERS "/jobs", "2"));
	while (!strstr(read_trace(), "task_begin:") && nap_until(end))
		;
	close(fd);
	EXPECT_EQ(exerciser_unbind(), 0);
	EXPECT_EQ(file_write(PARAMETERS "/stall", "N"), 0);
}

static void events_tell_of_modules_that_there_are(void)
{
	static const char *const all[] = { "../dmf", NULL };
	static const char *const texts[] = {
		"module_create:", "module_open:", " ret=0",
		"request_submit:", " type=write command=0x0 input_size=8 output_size=0",
		"notify_queue:", " instance=events parent= sequence=1 depth=1",
		"request_complete:", " type=write command=0x0 status=0 information=8 latency_ns=",
		"notify_deliver:", " instance=events parent= sequence=1 count=1 latency_ns=",
		"notify_queue:", " instance=events parent= sequence=4 depth=3",
		"request_complete:", " type=ioctl command=0xe5fe status=-25 information=0 ",
		"notify_signal:", " instance=signals parent= index=0 ret=-2",
		"module_drain:", " users=0", "module_close:", "module_destroy:", NULL
	};
	static const char *const kinds[] = {
		"task_queue:", "task_begin:", "task_end:", "buffer_get:",
		"buffer_put:", "notify_drop:", "instance=events parent= sequence=2 count=",
		"instance=buffer_queue parent=jobs ", "event=open ret=0 duration_ns=",
	};
	struct known known[MODULES_MAX];
	unsigned int count = 0;
	char *line, *rest;
	size_t i;

	exerciser_setup();
	REQUIRE(!exerciser_unbind());
	start_tracing(all);
	exercise(known, &count);
	expect_traced(texts);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!EXPECT(strstr(read_trace(), kinds[i])))
			test_note("%s", kinds[i]);
	for (line = strtok_r((char *)read_trace(), "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (strstr(line, " module=") && !EXPECT(line_is_true(line, known, count)))
			test_note("%s", line);
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
	TEST_CASE(events_tell_of_modules_that_there_are),
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
