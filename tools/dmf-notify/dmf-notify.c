// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmf-notify - print the events of a device as they come
 *
 * A signal that asks the program to end must neither come too late nor cost an
 * event that the kernel has handed out already: dmf_cancel() sees to that.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <libdmf.h>

#include "options.h"
#include "print.h"

#define NODE_FOLDER	"/dev/dmf/"

/**
 * struct session - an open node
 * @options: what the user wants.
 * @folder: of the node, empty if the device was given as a path.
 * @style: how to print.
 * @left: events still to be printed, if @options->count.
 */
struct session {
	const struct options *options;
	const char *folder;
	struct print_style style;
	__u64 left;
};

/* Written before the signals are caught, used by the handler. */
static struct dmf_file *file;
static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
	dmf_cancel(file);
}

static void catch_signals(void)
{
	/* What was taken from the kernel gets printed, also to a full pipe. */
	struct sigaction action = {
		.sa_handler = stop,
		.sa_flags = SA_RESTART,
	};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void say(const struct session *session, const char *what)
{
	fprintf(stderr, "%s%s: %s\n", session->folder,
		session->options->device, what);
}

/* Nodes are called <driver><number>, drivers dmf_<driver>. */
static enum exit_code missing(const struct session *session)
{
	const char *name = session->style.device;
	size_t length = strlen(name);
	bool in_folder = *session->folder ||
		!strncmp(session->options->device, NODE_FOLDER, strlen(NODE_FOLDER));

	while (length && strchr("0123456789", name[length - 1]))
		length--;
	if (length && in_folder)
		fprintf(stderr, "%s%s: no such device: is dmf_%.*s loaded?\n",
			session->folder, session->options->device, (int)length,
			name);
	else
		say(session, "no such device");
	return EXIT_ERROR;
}

static enum exit_code device_gone(const struct session *session)
{
	fprintf(stderr, "%s: the device is gone\n", session->style.device);
	return EXIT_GONE;
}

static enum exit_code open_failed(const struct session *session)
{
	switch (errno) {
	case ENOENT:
		return missing(session);
	case ENODEV:
	case ENXIO:
		return device_gone(session);
	case EACCES:
	case EPERM:
		say(session,
		    "permission denied: run this as root, or let a udev rule give the node to your group");
		return EXIT_ERROR;
	default:
		say(session, strerror(errno));
		return EXIT_ERROR;
	}
}

static enum exit_code wait_failed(const struct session *session)
{
	switch (errno) {
	case ENODEV:
		return device_gone(session);
	case ETIMEDOUT:
		return EXIT_TIMEOUT;
	case ENOTTY:
		say(session, "not the node of a DMF device");
		return EXIT_ERROR;
	case EOPNOTSUPP:
		say(session, "the device has no events");
		return EXIT_ERROR;
	case EBADMSG:
		say(session, "malformed event");
		return EXIT_ERROR;
	default:
		say(session, strerror(errno));
		return EXIT_ERROR;
	}
}

static enum exit_code select_stream(const struct session *session)
{
	const char *name = session->options->stream;

	if (!name || !dmf_select(file, name))
		return EXIT_DONE;
	if (errno != ENOENT)
		return wait_failed(session);
	fprintf(stderr, "%s: no such stream: %s\n", session->style.device,
		name);
	return EXIT_ERROR;
}

static int fetch(const struct session *session)
{
	const struct options *options = session->options;
	__u32 max = options->batch;

	if (options->count && (!max || max > session->left))
		max = session->left > UINT32_MAX ? UINT32_MAX : session->left;
	return dmf_fetch(file, max, !options->timeout_ns ? DMF_WAIT_FOREVER :
				    dmf_deadline(options->timeout_ns));
}

static enum exit_code print_fetched(struct session *session)
{
	const struct dmf_event *event;

	while ((event = dmf_take(file))) {
		session->left--;
		print_event(&session->style, event, dmf_lost(file));
		if (fflush(stdout)) {
			perror("dmf-notify: output");
			return EXIT_ERROR;
		}
	}
	return EXIT_DONE;
}

static enum exit_code listen_to(struct session *session)
{
	const struct options *options = session->options;
	enum exit_code code = EXIT_DONE;

	while (!code && !stopped && (!options->count || session->left)) {
		if (fetch(session) > 0)
			code = print_fetched(session);
		else if (errno != EINTR && !stopped)
			code = wait_failed(session);
	}
	return code;
}

int main(int argc, char **argv)
{
	struct session session = { };
	struct options options;
	enum exit_code code;
	const char *slash;

	options_parse(&options, argc, argv);
	slash = strrchr(options.device, '/');
	session.options = &options;
	session.left = options.count;
	session.folder = slash ? "" : NODE_FOLDER;
	session.style.device = slash ? slash + 1 : options.device;
	session.style.json = options.json;
	session.style.raw = options.raw;

	file = dmf_open(options.device, O_RDONLY);
	if (!file)
		return open_failed(&session);
	catch_signals();

	/* Not closed in the end: a signal may come until there is no process. */
	code = select_stream(&session);
	if (!code)
		code = listen_to(&session);
	return code;
}
