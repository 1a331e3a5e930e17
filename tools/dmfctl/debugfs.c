// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "debugfs.h"
#include "model.h"

#define NODE_FOLDER	"/dev/"
#define DMF_FOLDER	"dmf/"

/* So many names of a folder are looked at. */
#define NAMES_MAX	65536

static const char *root = DEBUGFS_DEFAULT;

void debugfs_set_root(const char *folder)
{
	root = folder;
}

/* Below the folder dmf. Returns false with errno. */
static bool make_path(char path[PATH_MAX], const char *format, va_list arguments)
{
	int head = snprintf(path, PATH_MAX, "%s/dmf/", root);
	int tail = head < PATH_MAX ?
		   vsnprintf(path + head, PATH_MAX - head, format, arguments) : 0;

	if (head + tail < PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

/* -- Is it there? ---------------------------------------------------------------- */

static bool is_missing(void)
{
	char path[PATH_MAX];
	struct stat status;

	/* Every debugfs has one or another; an empty folder is a place to mount it. */
	snprintf(path, sizeof(path), "%s/tracing", root);
	if (stat(path, &status) && errno == ENOENT &&
	    !strcmp(root, DEBUGFS_DEFAULT)) {
		snprintf(path, sizeof(path), "%s/bdi", root);
		return stat(path, &status) && errno == ENOENT;
	}
	return stat(root, &status) && errno == ENOENT;
}

bool debugfs_check(void)
{
	char path[PATH_MAX];
	struct stat status;

	snprintf(path, sizeof(path), "%s/dmf", root);
	if (!access(path, R_OK | X_OK) && !stat(path, &status) &&
	    S_ISDIR(status.st_mode))
		return true;

	if (errno == EACCES || errno == EPERM)
		complain("permission denied: run this as root");
	else if (errno == ENOENT && is_missing())
		complain("debugfs is not mounted on %s: mount -t debugfs none %s", root,
			 root);
	else if (errno == ENOENT)
		complain("%s is not there: is the module dmf loaded?", path);
	else
		complain("%s: %s", path, strerror(errno));
	return false;
}

/* -- Files ------------------------------------------------------------------------ */

static char *read_all(int file)
{
	size_t size = 4096, length = 0;
	char *text = malloc(size), *larger;
	ssize_t got;

	while (text) {
		got = read(file, text + length, size - 1 - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			free(text);
			return NULL;
		}
		length += got;
		text[length] = '\0';
		if (!got || length >= DEBUGFS_TEXT_MAX)
			return text;
		if (length < size - 1)
			continue;
		size *= 2;
		larger = realloc(text, size);
		if (!larger)
			free(text);
		text = larger;
	}
	errno = ENOMEM;
	return NULL;
}

char *debugfs_read(const char *format, ...)
{
	char path[PATH_MAX], *text;
	va_list arguments;
	bool fits;
	int file, error;

	va_start(arguments, format);
	fits = make_path(path, format, arguments);
	va_end(arguments);
	if (!fits)
		return NULL;
	file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return NULL;
	text = read_all(file);
	error = errno;
	close(file);
	errno = error;
	return text;
}

bool debugfs_write(const char *text, const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;
	ssize_t written;
	bool fits;
	int file, error;

	va_start(arguments, format);
	fits = make_path(path, format, arguments);
	va_end(arguments);
	if (!fits)
		return false;
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	written = write(file, text, strlen(text));
	error = errno;
	close(file);
	errno = error;
	return written == (ssize_t)strlen(text);
}

/* -- Folders ---------------------------------------------------------------------- */

void names_free(struct names *names)
{
	while (names->count)
		free(names->list[--names->count]);
	free(names->list);
	names->list = NULL;
}

static bool names_add(struct names *names, const char *name)
{
	char **longer = realloc(names->list, (names->count + 1) * sizeof(*longer));

	if (!longer)
		return false;
	names->list = longer;
	longer[names->count] = strdup(name);
	if (!longer[names->count])
		return false;
	names->count++;
	return true;
}

static int names_compare(const void *first, const void *second)
{
	const char *const *one = first, *const *other = second;

	return strverscmp(*one, *other);
}

static void names_sort(struct names *names)
{
	if (names->count)
		qsort(names->list, names->count, sizeof(*names->list), names_compare);
}

static bool has_name(const struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->count; i++) {
		if (!strcmp(names->list[i], name))
			return true;
	}
	return false;
}

static bool is_folder(const struct dirent *entry)
{
	return entry->d_name[0] != '.' &&
	       (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

bool debugfs_list(struct names *names, const char *format, ...)
{
	char path[PATH_MAX];
	struct dirent *entry;
	va_list arguments;
	bool fits;
	DIR *folder;

	names->count = 0;
	names->list = NULL;
	va_start(arguments, format);
	fits = make_path(path, format, arguments);
	va_end(arguments);
	folder = fits ? opendir(path) : NULL;
	if (!folder)
		return false;
	while (names->count < NAMES_MAX && (entry = readdir(folder))) {
		if (!is_folder(entry))
			continue;
		if (!names_add(names, entry->d_name)) {
			names_free(names);
			closedir(folder);
			errno = ENOMEM;
			return false;
		}
	}
	closedir(folder);
	names_sort(names);
	return true;
}

/* -- Devices ---------------------------------------------------------------------- */

/* Without what may be in front of the node's own name. */
static const char *node_base(const char *node)
{
	if (!strncmp(node, NODE_FOLDER, strlen(NODE_FOLDER)))
		node += strlen(NODE_FOLDER);
	if (!strncmp(node, DMF_FOLDER, strlen(DMF_FOLDER)))
		node += strlen(DMF_FOLDER);
	return node;
}

static bool has_node(const char *device, const char *node)
{
	struct fields fields;
	bool same;

	if (!fields_read(&fields, "%s/state", device))
		return false;
	same = !strcmp(node_base(fields_get(&fields, "node")), node_base(node));
	fields_free(&fields);
	return same;
}

static const char *device_find(const struct names *devices, const char *argument)
{
	size_t i;

	if (has_name(devices, argument))
		return argument;
	for (i = 0; i < devices->count; i++) {
		if (has_node(devices->list[i], argument))
			return devices->list[i];
	}
	return NULL;
}

bool debugfs_devices(struct names *names, int count, char *const *arguments)
{
	struct names all;
	const char *found;
	int i;

	if (!debugfs_check())
		return false;
	if (!debugfs_list(&all, ".")) {
		complain("cannot list the devices: %s", strerror(errno));
		return false;
	}
	if (!count) {
		*names = all;
		return true;
	}
	names->count = 0;
	names->list = NULL;
	for (i = 0; i < count; i++) {
		found = device_find(&all, arguments[i]);
		if (!found) {
			complain("no such device: %s", arguments[i]);
			break;
		}
		if (!has_name(names, found) && !names_add(names, found)) {
			complain("no memory");
			break;
		}
	}
	names_sort(names);
	names_free(&all);
	if (i < count)
		names_free(names);
	return i == count;
}
