// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "tracefs.h"

/* Our instances are called so, with the number of the process. */
#define INSTANCE	"dmfctl-"
/* Systems of events of the project: dmf and those whose name begins like that. */
#define SYSTEM		"dmf"

#define FORMAT_MAX	16384
#define FILTER_MAX	4096

static const char *root = TRACEFS_DEFAULT;
static char instance[PATH_MAX];

void tracefs_set_root(const char *folder)
{
	root = folder;
}

/* -- Files of the instance --------------------------------------------------------- */

static bool make_path(char path[PATH_MAX], const char *format, va_list arguments)
{
	int head = snprintf(path, PATH_MAX, "%s/", instance);
	int tail = head < PATH_MAX ?
		   vsnprintf(path + head, PATH_MAX - head, format, arguments) : 0;

	return head + tail < PATH_MAX;
}

static bool __attribute__((format(printf, 2, 3)))
instance_write(const char *text, const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;
	ssize_t written;
	bool fits;
	int file;

	va_start(arguments, format);
	fits = make_path(path, format, arguments);
	va_end(arguments);
	file = fits ? open(path, O_WRONLY | O_TRUNC | O_CLOEXEC) : -1;
	if (file < 0)
		return false;
	written = write(file, text, strlen(text));
	return !close(file) && written == (ssize_t)strlen(text);
}

static bool __attribute__((format(printf, 2, 3)))
instance_read(char text[FORMAT_MAX], const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;
	ssize_t length;
	bool fits;
	int file;

	va_start(arguments, format);
	fits = make_path(path, format, arguments);
	va_end(arguments);
	file = fits ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (file < 0)
		return false;
	length = read(file, text, FORMAT_MAX - 1);
	close(file);
	if (length < 0)
		return false;
	text[length] = '\0';
	return true;
}

/* -- Filters ------------------------------------------------------------------------- */

/* Does the event have a field of this name that holds text? */
static bool has_field(const char *format, const char *name)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), " char[] %s;", name);
	return strstr(format, wanted);
}

/* The kernel has no way to write a quotation mark in a filter. */
static bool is_quotable(const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\' || (unsigned char)*text < ' ')
			return false;
	}
	return true;
}

static bool __attribute__((format(printf, 2, 3)))
append(char filter[FILTER_MAX], const char *format, ...)
{
	size_t length = strlen(filter);
	va_list arguments;
	int added;

	va_start(arguments, format);
	added = vsnprintf(filter + length, FILTER_MAX - length, format, arguments);
	va_end(arguments);
	return added >= 0 && length + added < FILTER_MAX;
}

/* Returns false if the event says nothing of what is wished, or the filter is too long. */
static bool make_filter(char filter[FILTER_MAX], const struct trace_wish *wish,
			const char *format)
{
	const struct names *devices = &wish->devices;
	bool fits = true;
	size_t i;

	filter[0] = '\0';
	if (devices->count && !has_field(format, "device"))
		return false;
	if (wish->module && !has_field(format, "module"))
		return false;
	for (i = 0; i < devices->count && fits; i++)
		fits = append(filter, "%sdevice == \"%s\"", i ? " || " : "(", devices->list[i]);
	if (devices->count)
		fits = fits && append(filter, ")");
	if (wish->module)
		fits = fits && append(filter, "%s(module == \"%s\" || instance == \"%s\")",
				      filter[0] ? " && " : "", wish->module, wish->module);
	return fits;
}

/* -- Events -------------------------------------------------------------------------- */

static bool is_wished(const struct trace_wish *wish, const char *event)
{
	size_t i;

	for (i = 0; i < wish->events.count; i++) {
		if (!fnmatch(wish->events.list[i], event, 0))
			return true;
	}
	return !wish->events.count;
}

/* Returns how many events were switched on, here 0 or 1. */
static unsigned int enable_event(const struct trace_wish *wish, const char *system,
				 const char *event)
{
	char format[FORMAT_MAX], filter[FILTER_MAX];

	if (!is_wished(wish, event) ||
	    !instance_read(format, "events/%s/%s/format", system, event) ||
	    !make_filter(filter, wish, format))
		return 0;
	if (filter[0] && !instance_write(filter, "events/%s/%s/filter", system, event)) {
		complain("%s: the kernel refuses the filter: %s", event, filter);
		return 0;
	}
	return instance_write("1", "events/%s/%s/enable", system, event);
}

static DIR *__attribute__((format(printf, 1, 2)))
open_folder(const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;
	bool fits;

	va_start(arguments, format);
	fits = make_path(path, format, arguments);
	va_end(arguments);
	return fits ? opendir(path) : NULL;
}

static unsigned int enable_system(const struct trace_wish *wish, const char *system)
{
	DIR *folder = open_folder("events/%s", system);
	unsigned int count = 0;
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] != '.')
			count += enable_event(wish, system, entry->d_name);
	}
	if (folder)
		closedir(folder);
	return count;
}

static bool is_ours(const char *system)
{
	return !strcmp(system, SYSTEM) || !strncmp(system, SYSTEM "_", strlen(SYSTEM "_"));
}

static bool enable_events(const struct trace_wish *wish)
{
	DIR *folder = open_folder("events");
	unsigned int count = 0, systems = 0;
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (!is_ours(entry->d_name))
			continue;
		systems++;
		count += enable_system(wish, entry->d_name);
	}
	if (folder)
		closedir(folder);
	if (!systems)
		complain("no events of DMF: is the module dmf loaded?");
	else if (!count)
		complain("no event is called so, or none says of what is asked for");
	return count;
}

/* -- The instance ---------------------------------------------------------------------- */

static bool tell_missing(void)
{
	int error = errno;

	if (error == EACCES || error == EPERM)
		complain("permission denied: run this as root");
	else if (error == ENOENT)
		complain("tracefs is not mounted on %s: mount -t tracefs none %s", root,
			 root);
	else
		complain("%s: %s", instance, strerror(error));
	return false;
}

/* Is it called as ours are, and is there no such process, or is it this one? */
static bool is_stale(const char *name)
{
	int pid, end = 0;

	if (sscanf(name, INSTANCE "%d%n", &pid, &end) != 1 || name[end] || pid <= 0)
		return false;
	return pid == getpid() || (kill(pid, 0) && errno == ESRCH);
}

/* What was left by processes that were killed. One that is in use cannot be removed. */
static void remove_stale(void)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/instances", root);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (is_stale(entry->d_name) &&
		    snprintf(path, sizeof(path), "%s/instances/%s", root, entry->d_name) <
			    (int)sizeof(path))
			rmdir(path);
	}
	if (folder)
		closedir(folder);
}

static bool make_instance(void)
{
	int length;

	remove_stale();
	length = snprintf(instance, sizeof(instance), "%s/instances/" INSTANCE "%d", root,
			  getpid());
	if (length >= (int)sizeof(instance)) {
		instance[0] = '\0';
		complain("%s: %s", root, strerror(ENAMETOOLONG));
		return false;
	}
	return !mkdir(instance, 0700) || tell_missing();
}

static bool wish_is_quotable(const struct trace_wish *wish)
{
	size_t i;

	for (i = 0; i < wish->devices.count; i++) {
		if (!is_quotable(wish->devices.list[i]))
			return false;
	}
	return !wish->module || is_quotable(wish->module);
}

static int open_pipe(void)
{
	char path[PATH_MAX];
	int pipe = -1;

	if (snprintf(path, sizeof(path), "%s/trace_pipe", instance) < (int)sizeof(path))
		pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (pipe < 0)
		complain("%s/trace_pipe: %s", instance, strerror(errno));
	return pipe;
}

int tracefs_begin(const struct trace_wish *wish)
{
	int pipe;

	if (!wish_is_quotable(wish)) {
		complain("a name with quotation marks cannot be filtered for");
		return -1;
	}
	if (!make_instance())
		return -1;
	/* Lines come at once, not when half of the buffer is full. */
	instance_write("0", "buffer_percent");
	instance_write("0", "options/irq-info");
	pipe = open_pipe();
	if (pipe < 0 || !enable_events(wish)) {
		if (pipe >= 0)
			close(pipe);
		tracefs_end();
		return -1;
	}
	return pipe;
}

void tracefs_stop(void)
{
	instance_write("0", "events/enable");
}

void tracefs_end(void)
{
	if (!instance[0])
		return;
	tracefs_stop();
	if (rmdir(instance) && errno != ENOENT)
		complain("%s stays: %s", instance, strerror(errno));
	instance[0] = '\0';
}
