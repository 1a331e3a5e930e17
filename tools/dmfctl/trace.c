// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmfctl trace: the tracepoints of DMF as they are passed, or while a program runs.
 *
 * All is done in an instance of tracefs that is removed in the end, whatever ends it but
 * SIGKILL; what that leaves the next call removes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "output.h"
#include "signals.h"
#include "trace_line.h"
#include "tracefs.h"

/* A longer line is cut. */
#define LINE_MAX_LENGTH	65536

/* Kernels that wait for a full buffer are not waited for longer. */
#define LOOK_MS		200

static struct {
	unsigned long long count;	/* 0: no end */
	const char *input;		/* a file to print instead, or NULL */
	struct names devices;		/* as the user writes them */
	struct trace_wish wish;
} options;

static unsigned long long printed;

/* -- Reading --------------------------------------------------------------------------- */

static struct {
	char text[LINE_MAX_LENGTH];
	size_t length;
} pending;

static bool is_over(void)
{
	return (options.count && printed >= options.count) || ferror(stdout);
}

static void print_lines(void)
{
	char *line = pending.text, *end;

	while (!is_over() && (end = memchr(line, '\n', pending.text + pending.length - line))) {
		*end = '\0';
		printed += trace_line_print(line);
		line = end + 1;
	}
	pending.length -= line - pending.text;
	memmove(pending.text, line, pending.length);
	/* Nothing of ours is so long. */
	if (pending.length == sizeof(pending.text))
		pending.length = 0;
}

/* Print what there is now. Returns false on an error. */
static bool read_pipe(int pipe)
{
	ssize_t length;

	while (!is_over()) {
		length = read(pipe, pending.text + pending.length,
			      sizeof(pending.text) - pending.length);
		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			break;
		pending.length += length;
		print_lines();
	}
	fflush(stdout);
	return !ferror(stdout);
}

/* -- The program that is traced ---------------------------------------------------------- */

static pid_t start_program(char **argv)
{
	int error;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		complain("%s: %s", argv[0], strerror(errno));
	} else if (!pid) {
		signals_restore();
		execvp(argv[0], argv);
		error = errno;
		complain("%s: %s", argv[0], strerror(error));
		_exit(error == ENOENT ? 127 : 126);
	}
	return pid;
}

/* Returns true, with what the shell would say, if it has ended. */
static bool program_has_ended(pid_t pid, int *status)
{
	int how;

	if (waitpid(pid, &how, WNOHANG) != pid)
		return false;
	*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
	return true;
}

/*
 * We have been told to end, and with us the program. It may have its own mind about that,
 * as shells do: who tells us once more need not wait for it.
 */
static int end_program(pid_t pid)
{
	int how;

	signals_forget();
	kill(pid, SIGTERM);
	while (!program_has_ended(pid, &how) && !signals_stopped())
		signals_poll(NULL, 0, LOOK_MS);
	return EXIT_DONE;
}

/* Until something ends it; @program is 0 if there is none. */
static int follow(int pipe, pid_t program)
{
	struct pollfd files[] = {
		{ .fd = pipe, .events = POLLIN },
		{ .fd = STDOUT_FILENO },	/* has an error when nobody reads it any more */
	};
	int status = EXIT_DONE;
	bool ended = false, unread = false;

	while (!ended && !unread && !signals_stopped() && read_pipe(pipe) && !is_over()) {
		unread = signals_poll(files, 2, LOOK_MS) > 0 && (files[1].revents & POLLERR);
		ended = program && program_has_ended(program, &status);
	}
	tracefs_stop();
	if (program && !ended)
		status = end_program(program);
	read_pipe(pipe);
	return status;
}

/* -- The command ------------------------------------------------------------------------- */

static const struct option trace_options[] = {
	{ "device", required_argument, NULL, 'd' },
	{ "module", required_argument, NULL, 'm' },
	{ "event", required_argument, NULL, 'e' },
	{ "count", required_argument, NULL, 'c' },
	{ "input", required_argument, NULL, 'i' },
	{ "tracefs", required_argument, NULL, 't' },
	{ }
};

static void add_name(struct names *names, char *name)
{
	char **longer = realloc(names->list, (names->count + 1) * sizeof(*longer));

	if (!longer) {
		complain("no memory");
		exit(EXIT_ERROR);
	}
	names->list = longer;
	names->list[names->count++] = name;
}

static void parse_option(int option)
{
	char *end;

	switch (option) {
	case 'd':
		add_name(&options.devices, optarg);
		break;
	case 'm':
		options.wish.module = optarg;
		break;
	case 'e':
		add_name(&options.wish.events, optarg);
		break;
	case 'i':
		options.input = optarg;
		break;
	case 't':
		tracefs_set_root(optarg);
		break;
	default:
		errno = 0;
		options.count = strtoull(optarg, &end, 10);
		if (errno || *end || *optarg < '0' || *optarg > '9' || !options.count)
			usage_error("--count is not a number from 1: %s", optarg);
	}
}

static int print_file(void)
{
	int file = open(options.input, O_RDONLY | O_CLOEXEC);
	bool printed_all;

	if (file < 0) {
		complain("%s: %s", options.input, strerror(errno));
		return EXIT_ERROR;
	}
	printed_all = read_pipe(file);
	close(file);
	return printed_all ? EXIT_DONE : EXIT_ERROR;
}

static int trace_run(int argc, char **argv)
{
	pid_t program = 0;
	int option, pipe, status;

	while ((option = command_option(argc, argv, "+d:m:e:c:i:", trace_options)) != -1)
		parse_option(option);
	if (options.input)
		return print_file();
	if (options.devices.count && !debugfs_devices(&options.wish.devices,
						      options.devices.count,
						      options.devices.list))
		return EXIT_ERROR;

	signals_catch();
	pipe = tracefs_begin(&options.wish);
	if (pipe < 0)
		return EXIT_ERROR;
	if (optind < argc)
		program = start_program(argv + optind);
	status = program < 0 ? EXIT_ERROR : follow(pipe, program);
	close(pipe);
	tracefs_end();
	return status;
}

const struct dmfctl_command trace_command = {
	.name = "trace",
	.usage = "[COMMAND [ARGUMENT]...]",
	.help = "print what the tracepoints of DMF tell, until ended or while COMMAND runs",
	.options =
"  -d, --device=DEVICE  of this device; may be given again\n"
"  -m, --module=NAME    of Modules whose kind or instance is called so\n"
"  -e, --event=EVENT    this event; may have * and ?, and be given again\n"
"  -c, --count=N        end after N events\n"
"  -i, --input=FILE     print FILE, a copy of tracefs' trace or trace_pipe\n"
"      --tracefs=DIR    where tracefs is mounted, if not at " TRACEFS_DEFAULT "\n",
	.run = trace_run,
};
