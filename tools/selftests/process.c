// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "harness.h"
#include "process.h"
#include "system.h"

#define ARGUMENTS_MAX	16
#define DAEMON		"dmf-notify"

static noreturn void
execute(const struct process *process, const char *name, const char *arguments,
	uid_t user)
{
	static char words[512], path[512];
	char *argv[ARGUMENTS_MAX + 2] = { (char *)name };
	char *word, *rest = NULL;
	int count = 1;
	int program;

	snprintf(words, sizeof(words), "%s", arguments);
	for (word = strtok_r(words, " ", &rest); word && count <= ARGUMENTS_MAX;
	     word = strtok_r(NULL, " ", &rest))
		argv[count++] = word;

	/* Opened first: the user may have no way to where the program lies. */
	snprintf(path, sizeof(path), "%s/%s", getenv("DMF_BIN") ?: "/dmf/bin", name);
	program = open(path, O_RDONLY | O_CLOEXEC);
	REQUIRE(program >= 0);
	dup2(process->output, STDOUT_FILENO);
	dup2(process->errors, STDERR_FILENO);
	if (user && setuid(user))
		_exit(127);
	fexecve(program, argv, environ);
	_exit(127);
}

static struct process start(int output, const char *name, const char *arguments,
			    uid_t user)
{
	struct process process = {
		.output = output,
		.errors = memfd_create("errors", MFD_CLOEXEC),
	};

	REQUIRE(process.output >= 0 && process.errors >= 0);
	process.pid = fork();
	REQUIRE(process.pid >= 0);
	if (!process.pid)
		execute(&process, name, arguments, user);
	return process;
}

struct process daemon_start(const char *arguments)
{
	return daemon_start_as(arguments, 0);
}

struct process daemon_start_as(const char *arguments, uid_t user)
{
	return program_start_as(DAEMON, arguments, user);
}

struct process daemon_start_to(int output, const char *arguments)
{
	return start(output, DAEMON, arguments, 0);
}

struct process program_start_as(const char *name, const char *arguments, uid_t user)
{
	return start(memfd_create("output", MFD_CLOEXEC), name, arguments, user);
}

int program_run(const char *name, const char *arguments, struct process *process)
{
	*process = program_start_as(name, arguments, 0);
	return process_result(process);
}

int daemon_run(const char *arguments, struct process *process)
{
	*process = daemon_start(arguments);
	return process_result(process);
}

/* In state S, within ioctl(2). */
static bool is_blocked(const struct process *process)
{
	char path[64], stat[512], *state;

	snprintf(path, sizeof(path), "/proc/%d/syscall", process->pid);
	if (file_read(path, stat, sizeof(stat)) > 0 &&
	    atol(stat) != SYS_ioctl)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", process->pid);
	if (file_read(path, stat, sizeof(stat)) < 0)
		return false;
	state = strrchr(stat, ')');
	return state && state[1] == ' ' && state[2] == 'S';
}

void process_require_blocked(const struct process *process)
{
	__u64 end = now_ns() + PATIENCE;
	bool blocked;

	do {
		blocked = is_blocked(process);
	} while (!blocked && nap_until(end));
	if (!blocked)
		test_note("dmf-notify does not wait: %s",
			  process_text(process->errors));
	REQUIRE(blocked);
}

const char *process_text(int file)
{
	static char text[65536];
	ssize_t length = pread(file, text, sizeof(text) - 1, 0);

	text[length > 0 ? length : 0] = '\0';
	return text;
}

bool process_says(int file, const char *text)
{
	__u64 end = now_ns() + PATIENCE;
	bool found;

	do {
		found = strstr(process_text(file), text);
	} while (!found && nap_until(end));
	if (!found)
		test_note("expected \"%s\", found \"%s\"", text,
			  process_text(file));
	return found;
}

int process_result(const struct process *process)
{
	__u64 end = now_ns() + PATIENCE;
	int status;
	pid_t pid;

	do {
		pid = waitpid(process->pid, &status, WNOHANG);
	} while (!pid && nap_until(end));
	REQUIRE(pid == process->pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

bool process_is_alive(const struct process *process)
{
	return !waitpid(process->pid, NULL, WNOHANG);
}
