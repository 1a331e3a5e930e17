// SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT
/* Finding the node, and what is done once with an open file. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "file.h"

#define NODE_FOLDER	"/dev/dmf/"
#define BY_PATH_FOLDER	NODE_FOLDER "by-path/"
#define DRIVER_PREFIX	"dmf_"

/* Room for records at first. */
#define BUFFER_SIZE	((size_t)16 << 10)

DMF_API struct dmf_file *dmf_open_fd(int fd)
{
	struct dmf_file *file;

	if (fcntl(fd, F_GETFD) < 0)
		return NULL;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->buffer = malloc(BUFFER_SIZE);
	if (!file->buffer) {
		free(file);
		errno = ENOMEM;
		return NULL;
	}
	file->size = BUFFER_SIZE;
	file->fd = fd;
	atomic_init(&file->cancelled, false);
	return file;
}

static struct dmf_file *open_path(const char *path, int flags)
{
	struct dmf_file *file;
	int fd, saved;

	if (flags & O_CREAT) {
		errno = EINVAL;
		return NULL;
	}
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	file = dmf_open_fd(fd);
	if (!file) {
		saved = errno;
		close(fd);
		errno = saved;
	}
	return file;
}

/* Return: false, with errno, if what snprintf() has written was cut. */
static bool is_whole(int length, size_t size)
{
	if (length >= 0 && (size_t)length < size)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

/* A word that may be part of a name. */
static bool is_name(const char *name)
{
	if (*name && !strchr(name, '/'))
		return true;
	errno = EINVAL;
	return false;
}

/* Nodes of dmf_edu are called edu. */
static const char *base_name(const char *driver)
{
	size_t length = strlen(DRIVER_PREFIX);

	return strncmp(driver, DRIVER_PREFIX, length) ? driver : driver + length;
}

DMF_API struct dmf_file *dmf_open(const char *device, int flags)
{
	char path[PATH_MAX];

	if (strchr(device, '/'))
		return open_path(device, flags);
	if (!is_name(device) ||
	    !is_whole(snprintf(path, sizeof(path), NODE_FOLDER "%s", device),
		      sizeof(path)))
		return NULL;
	return open_path(path, flags);
}

DMF_API struct dmf_file *dmf_open_number(const char *driver,
					 unsigned int number, int flags)
{
	char path[PATH_MAX];

	if (!is_name(driver) ||
	    !is_whole(snprintf(path, sizeof(path), NODE_FOLDER "%s%u",
			       base_name(driver), number), sizeof(path)))
		return NULL;
	return open_path(path, flags);
}

/* udev knows the driver by its whole name, which may have the prefix or not. */
DMF_API struct dmf_file *dmf_open_position(const char *driver,
					   const char *position, int flags)
{
	const char *base = base_name(driver);
	struct dmf_file *file;
	char path[PATH_MAX];

	if (!is_name(base) || !is_name(position) ||
	    !is_whole(snprintf(path, sizeof(path),
			       BY_PATH_FOLDER DRIVER_PREFIX "%s-%s", base,
			       position), sizeof(path)))
		return NULL;
	file = open_path(path, flags);
	if (file || errno != ENOENT)
		return file;

	snprintf(path, sizeof(path), BY_PATH_FOLDER "%s-%s", base, position);
	return open_path(path, flags);
}

DMF_API void dmf_close(struct dmf_file *file)
{
	if (!file)
		return;
	close(file->fd);
	free(file->buffer);
	free(file);
}

DMF_API int dmf_fd(const struct dmf_file *file)
{
	return file->fd;
}

/* Nothing is called by a name that is too long. Return: 0 or -1. */
static int copy_name(char name[DMF_STREAM_NAME_SIZE], const char *from)
{
	if (strlen(from) >= DMF_STREAM_NAME_SIZE) {
		errno = ENOENT;
		return -1;
	}
	memcpy(name, from, strlen(from));
	return 0;
}

DMF_API int dmf_select(struct dmf_file *file, const char *stream)
{
	struct dmf_stream_select select = { .name = "" };

	if (file->left) {
		errno = EBUSY;
		return -1;
	}
	if (copy_name(select.name, stream))
		return -1;
	if (ioctl(file->fd, DMF_IOC_STREAM_SELECT, &select))
		return -1;

	/* Another stream has numbers of its own. */
	file->sequence = 0;
	file->lost = 0;
	return 0;
}

DMF_API int dmf_eventfd_set(struct dmf_file *file, const char *name,
			    unsigned int index, int eventfd, unsigned int flags)
{
	struct dmf_event_set set = {
		.index = index,
		.fd = eventfd,
		.flags = flags,
	};

	if (name && copy_name(set.name, name))
		return -1;
	return ioctl(file->fd, DMF_IOC_EVENT_SET, &set);
}
