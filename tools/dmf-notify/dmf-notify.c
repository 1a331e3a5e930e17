// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmf-notify - print the events of a device as they come
 *
 * The program sleeps in DMF_IOC_WAIT. A signal that asks it to end must neither
 * come too late, between a look at a flag and the system call, nor cost an
 * event that the kernel has handed out already. Hence the handler puts the
 * deadline of the argument into the past: a call that has not begun yet then
 * returns at once, one that sleeps is interrupted, and one that has records
 * gets to print them.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/dmf/notify.h>

#include "options.h"
#include "print.h"

#define NODE_FOLDER	"/dev/dmf/"

/* Room for records at first; doubled when one does not fit. */
#define BUFFER_SIZE	4096
#define BUFFER_SIZE_MAX	(16 << 20)

/**
 * struct session - an open node
 * @options: what the user wants.
 * @path: of the node.
 * @style: how to print.
 * @fd: the open file.
 * @sequence: number of the last event, 0 before the first.
 * @left: events still to be printed, if @options->count.
 */
struct session {
	const struct options *options;
	char *path;
	struct print_style style;
	int fd;
	__u64 sequence;
	__u64 left;
};

static struct dmf_wait wait;
static volatile sig_atomic_t stopped;

/* The compiler must not move it: it is shared with the signal handler. */
static void set_deadline(__u64 deadline_ns)
{
	*(volatile __u64 *)&wait.deadline_ns = deadline_ns;
}

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
	set_deadline(0);
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

static void *allocate(void *old, size_t size)
{
	void *new = realloc(old, size);

	if (!new) {
		fprintf(stderr, "dmf-notify: out of memory\n");
		exit(EXIT_ERROR);
	}
	return new;
}

static char *node_path(const char *device)
{
	bool bare = !strchr(device, '/');
	char *path;

	path = allocate(NULL, sizeof(NODE_FOLDER) + strlen(device));
	sprintf(path, "%s%s", bare ? NODE_FOLDER : "", device);
	return path;
}

/* Nodes are called <driver><number>, drivers dmf_<driver>. */
static enum exit_code missing(const struct session *session)
{
	const char *name = session->style.device;
	size_t length = strlen(name);

	while (length && strchr("0123456789", name[length - 1]))
		length--;
	if (length && !strncmp(session->path, NODE_FOLDER, strlen(NODE_FOLDER)))
		fprintf(stderr, "%s: no such device: is dmf_%.*s loaded?\n",
			session->path, (int)length, name);
	else
		fprintf(stderr, "%s: no such device\n", session->path);
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
		fprintf(stderr,
			"%s: permission denied: run this as root, or let a udev rule give the node to your group\n",
			session->path);
		return EXIT_ERROR;
	default:
		perror(session->path);
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
		fprintf(stderr, "%s: not the node of a DMF device\n",
			session->path);
		return EXIT_ERROR;
	case EOPNOTSUPP:
		fprintf(stderr, "%s: the device has no events\n",
			session->path);
		return EXIT_ERROR;
	default:
		perror(session->path);
		return EXIT_ERROR;
	}
}

static enum exit_code no_such_stream(const struct session *session)
{
	fprintf(stderr, "%s: no such stream: %s\n", session->style.device,
		session->options->stream);
	return EXIT_ERROR;
}

static enum exit_code select_stream(const struct session *session)
{
	const char *name = session->options->stream;
	struct dmf_stream_select select = { };

	if (!name)
		return EXIT_DONE;
	if (strlen(name) >= sizeof(select.name))
		return no_such_stream(session);

	strcpy(select.name, name);
	if (!ioctl(session->fd, DMF_IOC_STREAM_SELECT, &select))
		return EXIT_DONE;
	return errno == ENOENT ? no_such_stream(session) : wait_failed(session);
}

/* In the order that stop() relies on: the deadline, then the flag. */
static int wait_for_records(const struct session *session)
{
	const struct options *options = session->options;
	struct timespec now;

	wait.max_count = options->batch;
	if (options->count && (!wait.max_count || wait.max_count > session->left))
		wait.max_count = session->left > UINT32_MAX ? UINT32_MAX :
							      session->left;
	clock_gettime(CLOCK_MONOTONIC, &now);
	set_deadline(!options->timeout_ns ? DMF_WAIT_FOREVER :
		     now.tv_sec * 1000000000ULL + now.tv_nsec +
		     options->timeout_ns);
	if (stopped)
		set_deadline(0);
	return ioctl(session->fd, DMF_IOC_WAIT, &wait);
}

static bool record_is_sound(const struct dmf_event *event, size_t left)
{
	return left >= sizeof(*event) && event->size >= sizeof(*event) &&
	       event->size <= left && event->data_offset <= event->size &&
	       event->data_size <= event->size - event->data_offset;
}

static enum exit_code print_records(struct session *session, const char *buffer)
{
	const struct dmf_event *event;
	__u64 lost;
	__u32 at;

	for (at = 0; at < wait.used; at += event->size) {
		event = (const struct dmf_event *)(buffer + at);
		if (!record_is_sound(event, wait.used - at)) {
			fprintf(stderr, "%s: malformed event\n", session->path);
			return EXIT_ERROR;
		}
		lost = session->sequence ?
			event->sequence - session->sequence - 1 : 0;
		session->sequence = event->sequence;
		session->left--;
		print_event(&session->style, event, lost);
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
	size_t size = BUFFER_SIZE;
	enum exit_code code;
	char *buffer;

	buffer = allocate(NULL, size);
	code = EXIT_DONE;
	while (!code && !stopped && (!options->count || session->left)) {
		wait.buffer = (uintptr_t)buffer;
		wait.size = size;
		if (!wait_for_records(session)) {
			code = print_records(session, buffer);
		} else if (errno == ENOSPC && size < BUFFER_SIZE_MAX) {
			size *= 2;
			buffer = allocate(buffer, size);
		} else if (errno != EINTR && !stopped) {
			code = wait_failed(session);
		}
	}
	free(buffer);
	return code;
}

int main(int argc, char **argv)
{
	struct session session = { };
	struct options options;
	enum exit_code code;

	options_parse(&options, argc, argv);
	session.options = &options;
	session.left = options.count;
	session.path = node_path(options.device);
	session.style.device = strrchr(session.path, '/') + 1;
	session.style.json = options.json;
	session.style.raw = options.raw;

	catch_signals();
	session.fd = open(session.path, O_RDONLY | O_CLOEXEC);
	if (session.fd < 0)
		return open_failed(&session);

	code = select_stream(&session);
	if (!code)
		code = listen_to(&session);
	close(session.fd);
	free(session.path);
	return code;
}
