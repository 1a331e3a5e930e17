// SPDX-License-Identifier: GPL-2.0-only
/* The daemon dmf-notify. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"
#include "node.h"
#include "process.h"
#include "suites.h"
#include "system.h"

#define NOBODY	65534

static void expect_output(const struct process *process, const char *text)
{
	if (!EXPECT(!strcmp(process_text(process->output), text)))
		test_note("expected \"%s\", found \"%s\"", text,
			  process_text(process->output));
}

static void expect_error(const struct process *process, const char *text)
{
	if (!EXPECT(strstr(process_text(process->errors), text)))
		test_note("expected \"%s\", found \"%s\"", text,
			  process_text(process->errors));
}

static void help_tells_the_exit_status(void)
{
	struct process process;

	EXPECT_EQ(daemon_run("--help", &process), 0);
	EXPECT(strstr(process_text(process.output), "Usage: dmf-notify"));
	EXPECT(strstr(process_text(process.output), "the device is gone"));
	expect_error(&process, "");
}

static void version_is_a_line(void)
{
	struct process process;

	EXPECT_EQ(daemon_run("--version", &process), 0);
	EXPECT(!strncmp(process_text(process.output), "dmf-notify ", 11));
}

static void mistakes_end_with_2(void)
{
	static const char *const mistakes[] = {
		"", "edu0 edu1", "--nonsense edu0", "--count=0 edu0",
		"--count=-1 edu0", "--count=x edu0", "--timeout=x edu0",
		"--timeout=-1 edu0", "--timeout=nan edu0", "--batch=0 edu0",
		"--count=99999999999999999999 edu0", "--count",
	};
	struct process process;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (!EXPECT_EQ(daemon_run(mistakes[i], &process), 2))
			test_note("dmf-notify %s", mistakes[i]);
		EXPECT(process_text(process.errors)[0]);
		expect_output(&process, "");
	}
}

static void missing_device_ends_with_1(void)
{
	struct process process;

	EXPECT_EQ(daemon_run("edu7", &process), 1);
	expect_error(&process,
		     "/dev/dmf/edu7: no such device: is dmf_edu loaded?\n");
}

static void other_node_ends_with_1(void)
{
	struct process process;

	EXPECT_EQ(daemon_run("/dev/null", &process), 1);
	expect_error(&process, "/dev/null: not the node of a DMF device\n");
}

static void no_permission_ends_with_1(void)
{
	struct process process = daemon_start_as("edu0", NOBODY);

	EXPECT_EQ(process_result(&process), 1);
	expect_error(&process, "/dev/dmf/edu0: permission denied: ");
	expect_error(&process, "root");
	expect_error(&process, "udev");
}

/* Start the daemon and ask for a factorial; returns an open file. */
static int start_and_ask(const char *arguments, struct process *process)
{
	int fd = node_open(O_RDWR);

	*process = daemon_start(arguments);
	process_require_blocked(process);
	ask(fd, 5);
	return fd;
}

static void name_finds_the_node(void)
{
	struct process process;

	start_and_ask("--count=1 edu0", &process);
	EXPECT_EQ(process_result(&process), 0);
	EXPECT(process_says(process.output, "5! = 120\n"));
}

static void path_finds_the_node(void)
{
	struct process process;

	start_and_ask("--count=1 " NODE, &process);
	EXPECT_EQ(process_result(&process), 0);
	EXPECT(process_says(process.output, "5! = 120\n"));
}

static void event_is_a_line_at_once(void)
{
	struct process process;
	int fd;

	fd = start_and_ask("edu0", &process);
	EXPECT(process_says(process.output, "edu0 #"));
	EXPECT(process_says(process.output, ": 5! = 120\n"));
	ask(fd, 6);
	EXPECT(process_says(process.output, ": 6! = 720\n"));
	EXPECT(process_is_alive(&process));
}

static void count_takes_no_more(void)
{
	int fd = node_open(O_RDWR);
	struct process process;

	ask_queued(fd, 3);
	ask_queued(fd, 4);
	ask_queued(fd, 5);
	EXPECT_EQ(daemon_run("--count=2 edu0", &process), 0);
	EXPECT(strstr(process_text(process.output), "3! = 6\n"));
	EXPECT(strstr(process_text(process.output), "4! = 24\n"));
	expect_next(fd, 5);
}

static void timeout_ends_with_4(void)
{
	__u64 start = now_ns();
	struct process process;

	EXPECT_EQ(daemon_run("--timeout=0.3 edu0", &process), 4);
	EXPECT(now_ns() >= start + 300 * MS);
	expect_output(&process, "");
}

static void timeout_starts_anew_with_each_event(void)
{
	struct process process;
	__u64 last;
	int fd;

	fd = start_and_ask("--timeout=4 edu0", &process);
	EXPECT(process_says(process.output, "5! = 120\n"));
	usleep(200 * 1000);
	last = now_ns();
	ask(fd, 6);
	EXPECT_EQ(process_result(&process), 4);
	EXPECT(now_ns() >= last + 4 * SECOND);
	EXPECT(strstr(process_text(process.output), "6! = 720\n"));
}

static void batch_takes_all_events(void)
{
	int fd = node_open(O_RDWR);
	struct process process;
	__u32 i;

	for (i = 1; i <= 5; i++)
		ask_queued(fd, i);
	EXPECT_EQ(daemon_run("--batch=2 --count=5 edu0", &process), 0);
	EXPECT(strstr(process_text(process.output), "5! = 120\n"));
	expect_empty(fd);
}

static void stream_by_name(void)
{
	struct process process;

	start_and_ask("--stream=" STREAM " --count=1 edu0", &process);
	EXPECT_EQ(process_result(&process), 0);
}

static void unknown_stream_ends_with_1(void)
{
	struct process process;

	EXPECT_EQ(daemon_run("--stream=nonsense edu0", &process), 1);
	expect_error(&process, "edu0: no such stream: nonsense\n");
}

static void raw_shows_the_bytes(void)
{
	struct process process;

	start_and_ask("--raw --count=1 edu0", &process);
	EXPECT_EQ(process_result(&process), 0);
	EXPECT(process_says(process.output,
			    ": type 1, 8 bytes: 0500000078000000\n"));
}

static void json_is_an_object_per_line(void)
{
	int fd = node_open(O_RDWR);
	struct process process;
	const char *text;
	int lines = 0;
	__u32 i;

	for (i = 1; i <= 3; i++)
		ask_queued(fd, i);
	EXPECT_EQ(daemon_run("--json --count=3 edu0", &process), 0);
	for (text = process_text(process.output); *text; text++, lines++) {
		if (!EXPECT(json_is_object(text, &text)))
			break;
		if (!EXPECT_EQ(*text, '\n'))
			break;
	}
	EXPECT_EQ(lines, 3);
}

static void json_has_all_members(void)
{
	static const char *const members[] = {
		"\"device\":\"edu0\"", "\"sequence\":", "\"type\":1",
		"\"status\":0", "\"timestamp_ns\":", "\"lost\":0",
		"\"data\":\"0500000078000000\"", "\"operand\":5",
		"\"result\":120",
	};
	struct process process;
	size_t i;

	start_and_ask("--json --count=1 edu0", &process);
	EXPECT_EQ(process_result(&process), 0);
	for (i = 0; i < ARRAY_SIZE(members); i++)
		EXPECT(process_says(process.output, members[i]));
}

/* While the daemon is stopped nobody takes events. */
static void lost_events_are_reported(void)
{
	struct process process;
	int fd, i;

	fd = start_and_ask("edu0", &process);
	EXPECT(process_says(process.output, "5! = 120\n"));
	process_require_blocked(&process);
	kill(process.pid, SIGSTOP);
	REQUIRE(waitpid(process.pid, NULL, WUNTRACED) == process.pid);
	for (i = 0; i < QUEUE_DEPTH + 3; i++)
		ask_queued(fd, i);
	kill(process.pid, SIGCONT);
	EXPECT(process_says(process.output, "edu0: lost 3 events\n"));
	EXPECT(process_says(process.output, ": 3! = 6\n"));
}

static void expect_signal_ends(int number)
{
	struct process process;

	start_and_ask("edu0", &process);
	EXPECT(process_says(process.output, "5! = 120\n"));
	process_require_blocked(&process);
	kill(process.pid, number);
	EXPECT_EQ(process_result(&process), 0);
}

static void sigterm_ends_with_0(void)
{
	expect_signal_ends(SIGTERM);
}

static void sigint_ends_with_0(void)
{
	expect_signal_ends(SIGINT);
}

static void unbind_ends_with_3(void)
{
	struct process process;

	start_and_ask("edu0", &process);
	EXPECT(process_says(process.output, "5! = 120\n"));
	process_require_blocked(&process);
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_EQ(process_result(&process), 3);
	expect_error(&process, "edu0: the device is gone\n");
}

static void full_output_ends_with_1(void)
{
	int fd = node_open(O_RDWR);
	struct process process;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (full < 0)
		test_skip("there is no /dev/full");
	ask_queued(fd, 5);
	process = daemon_start_to(full, "--count=1 edu0");
	EXPECT_EQ(process_result(&process), 1);
	expect_error(&process, "dmf-notify: output: ");
}

static const struct test_case cases[] = {
	TEST_CASE(help_tells_the_exit_status),
	TEST_CASE(version_is_a_line),
	TEST_CASE(mistakes_end_with_2),
	TEST_CASE(missing_device_ends_with_1),
	TEST_CASE(other_node_ends_with_1),
	TEST_CASE(no_permission_ends_with_1),
	TEST_CASE(name_finds_the_node),
	TEST_CASE(path_finds_the_node),
	TEST_CASE(event_is_a_line_at_once),
	TEST_CASE(count_takes_no_more),
	TEST_CASE(timeout_ends_with_4),
	TEST_CASE(timeout_starts_anew_with_each_event),
	TEST_CASE(batch_takes_all_events),
	TEST_CASE(stream_by_name),
	TEST_CASE(unknown_stream_ends_with_1),
	TEST_CASE(raw_shows_the_bytes),
	TEST_CASE(json_is_an_object_per_line),
	TEST_CASE(json_has_all_members),
	SLOW_TEST_CASE(lost_events_are_reported, 60),
	TEST_CASE(sigterm_ends_with_0),
	TEST_CASE(sigint_ends_with_0),
	TEST_CASE(unbind_ends_with_3),
	TEST_CASE(full_output_ends_with_1),
	{ }
};

const struct test_suite dmf_notify_suite = {
	.name = "dmf_notify",
	.setup = node_setup,
	.cases = cases,
};
