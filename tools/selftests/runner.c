// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs each case in a process group of its own, passes on what it says, ends
 * what it leaves behind, and writes KTAP. The output of a case comes through a
 * pipe that is read only while the case's main process lives: a process that
 * hangs in the kernel holds that pipe, and not the one to the outside.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "runner.h"

/* How long a killed process may take to disappear. */
#define REAP_LIMIT_MS	5000

/**
 * struct running - a case on its way
 * @pid: its main process, leader of the process group.
 * @pidfd: becomes readable when that ends.
 * @output: what the case prints.
 * @line: beginning of a line whose end has not come yet.
 * @length: of @line.
 */
struct running {
	pid_t pid;
	int pidfd;
	int output;
	char line[1024];
	size_t length;
};

static const char *filter = "*";

/* Of the case that runs in this process. */
static char case_name[256];

/* A process of a case survived SIGKILL: it would disturb whatever follows. */
static bool stuck;

const char *test_name(void)
{
	return case_name;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Globs separated by commas; one without a dot names suites. */
static bool is_selected(const struct test_suite *suite,
			const struct test_case *test)
{
	char name[256], globs[1024], *glob, *rest = NULL;

	snprintf(globs, sizeof(globs), "%s", filter);
	snprintf(name, sizeof(name), "%s.%s", suite->name, test->name);
	for (glob = strtok_r(globs, ",", &rest); glob;
	     glob = strtok_r(NULL, ",", &rest)) {
		if (!fnmatch(glob, strchr(glob, '.') ? name : suite->name, 0))
			return true;
	}
	return false;
}

static int count_selected(const struct test_suite *suite)
{
	const struct test_case *test;
	int count = 0;

	for (test = suite->cases; test->name; test++)
		count += is_selected(suite, test);
	return count;
}

static void print_line(struct running *running)
{
	running->line[running->length] = '\0';
	printf("    # %s\n", running->line);
	fflush(stdout);
	running->length = 0;
}

/* Returns false when there is nothing to read for now. */
static bool pass_on_output(struct running *running)
{
	char text[512];
	ssize_t length;
	ssize_t i;

	length = read(running->output, text, sizeof(text));
	for (i = 0; i < length; i++) {
		if (text[i] == '\n' ||
		    running->length == sizeof(running->line) - 1)
			print_line(running);
		if (text[i] != '\n')
			running->line[running->length++] = text[i];
	}
	return length > 0;
}

static noreturn void
case_process(const struct test_suite *suite, const struct test_case *test,
	     int output)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0);
	snprintf(case_name, sizeof(case_name), "%s.%s", suite->name,
		 test->name);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	if (suite->setup)
		suite->setup();
	test->run();
	_exit(0);
}

static void case_start(struct running *running, const struct test_suite *suite,
		       const struct test_case *test)
{
	int pipe_ends[2];

	memset(running, 0, sizeof(*running));
	memset(findings, 0, sizeof(*findings));
	if (pipe2(pipe_ends, O_CLOEXEC) ||
	    fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK)) {
		perror("pipe");
		exit(2);
	}
	running->output = pipe_ends[0];
	fflush(NULL);
	running->pid = fork();
	if (!running->pid)
		case_process(suite, test, pipe_ends[1]);
	if (running->pid < 0) {
		perror("fork");
		exit(2);
	}
	setpgid(running->pid, running->pid);
	close(pipe_ends[1]);
	running->pidfd = syscall(SYS_pidfd_open, running->pid, 0);
}

/* Says where in the kernel the case's processes are. */
static void show_where(pid_t group)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "for p in /proc/[0-9]*; do\n"
		 "set -- $(sed 's/.*) //' $p/stat 2>/dev/null)\n"
		 "[ \"$3\" = %d ] || continue\n"
		 "echo \"    # ${p#/proc/} state $1:\"\n"
		 "sed 's/^/    #   /' $p/stack\n"
		 "done 2>/dev/null\n", group);
	fflush(stdout);
	if (system(command))
		printf("    # (no stacks)\n");
}

/* Returns false when the time is over. */
static bool case_watch(struct running *running, unsigned int timeout_s)
{
	long end = now_ms() + timeout_s * 1000L;
	struct pollfd fds[] = {
		{ .fd = running->pidfd, .events = POLLIN },
		{ .fd = running->output, .events = POLLIN },
	};

	while (true) {
		long left = end - now_ms();

		if (left <= 0)
			return false;
		if (poll(fds, 2, left) <= 0)
			continue;
		while (pass_on_output(running))
			;
		if (fds[0].revents)
			return true;
		/* The case closed its output: nothing to watch there. */
		if (fds[1].revents == POLLHUP)
			fds[1].fd = -1;
	}
}

/*
 * End all processes of the case. Orphans have become children of the runner.
 *
 * Return: false if one of them cannot be ended.
 */
static bool case_reap(struct running *running, int *status)
{
	long end = now_ms() + REAP_LIMIT_MS;
	int any_status;
	pid_t pid;

	*status = 0;
	while (now_ms() < end) {
		kill(-running->pid, SIGKILL);
		pid = waitpid(-1, &any_status, WNOHANG);
		if (pid < 0 && errno == ECHILD)
			return true;
		if (pid == running->pid)
			*status = any_status;
		if (!pid)
			usleep(1000);
	}
	return false;
}

/* DMF_CASE_LIMIT, in seconds, allows for cases that are told to take longer. */
static unsigned int case_limit(const struct test_case *test)
{
	unsigned int limit = test->timeout_s ?: TEST_TIMEOUT_S;
	const char *longer = getenv("DMF_CASE_LIMIT");

	if (longer && strtoul(longer, NULL, 10) > limit)
		limit = strtoul(longer, NULL, 10);
	return limit;
}

/* Returns true if the case passed. */
static bool case_run(const struct test_suite *suite,
		     const struct test_case *test)
{
	unsigned int timeout_s = case_limit(test);
	struct running running;
	bool in_time, ended;
	int status;

	case_start(&running, suite, test);
	in_time = case_watch(&running, timeout_s);
	if (!in_time) {
		printf("    # not done within %u s\n", timeout_s);
		show_where(running.pid);
	}
	ended = case_reap(&running, &status);
	while (pass_on_output(&running))
		;
	if (running.length)
		print_line(&running);
	if (!ended) {
		stuck = true;
		printf("    # a process of this case cannot be killed\n");
		show_where(running.pid);
	} else if (in_time && WIFSIGNALED(status)) {
		printf("    # ended by signal %d\n", WTERMSIG(status));
	}
	close(running.output);
	close(running.pidfd);
	return in_time && ended && !status && !findings->failures;
}

static bool suite_run(const struct test_suite *suite, int number)
{
	const struct test_case *test;
	int case_number = 0;
	bool passed = true;

	printf("    KTAP version 1\n    # Subtest: %s\n    1..%d\n",
	       suite->name, count_selected(suite));
	for (test = suite->cases; test->name && !stuck; test++) {
		bool ok;

		if (!is_selected(suite, test))
			continue;
		fflush(stdout);
		ok = case_run(suite, test);
		passed &= ok;
		printf("    %sok %d %s", ok ? "" : "not ", ++case_number,
		       test->name);
		if (ok && findings->skipped[0])
			printf(" # SKIP %s", findings->skipped);
		putchar('\n');
	}
	printf("%sok %d %s\n", passed ? "" : "not ", number, suite->name);
	fflush(stdout);
	return passed;
}

static void list(const struct test_suite *const *suites)
{
	const struct test_case *test;

	for (; *suites; suites++)
		for (test = (*suites)->cases; test->name; test++)
			if (is_selected(*suites, test))
				printf("%s.%s\n", (*suites)->name, test->name);
}

static int run(const struct test_suite *const *suites)
{
	const struct test_suite *const *suite;
	bool passed = true;
	int number = 0;

	for (suite = suites; *suite; suite++)
		number += count_selected(*suite) > 0;
	printf("KTAP version 1\n1..%d\n", number);
	number = 0;
	for (suite = suites; *suite && !stuck; suite++)
		if (count_selected(*suite))
			passed &= suite_run(*suite, ++number);
	if (stuck)
		printf("Bail out! A process cannot be killed.\n");
	return passed ? 0 : 1;
}

int test_main(int argc, char **argv, const struct test_suite *const *suites)
{
	bool list_only = false;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--list")) {
			list_only = true;
		} else if (!strcmp(argv[i], "--filter") && i + 1 < argc) {
			filter = argv[++i];
		} else {
			fprintf(stderr, "Usage: %s [--list] [--filter GLOBS]\n",
				argv[0]);
			return 2;
		}
	}
	if (list_only) {
		list(suites);
		return 0;
	}

	findings = mmap(NULL, sizeof(*findings), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (findings == MAP_FAILED ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1)) {
		perror("selftests");
		return 2;
	}
	return run(suites);
}
