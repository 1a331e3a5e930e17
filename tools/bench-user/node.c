// SPDX-License-Identifier: GPL-2.0-only
/* The nodes, and how they are read. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/dmf/notify.h>

#include "bench.h"

static const struct {
	const char *path;
	size_t record_size;
} nodes[BENCH_SOURCES] = {
	[BENCH_SOURCE_OURS] = {
		BENCH_OURS, sizeof(struct dmf_event) + BENCH_DATA_SIZE
	},
	[BENCH_SOURCE_BY_HAND] = {
		BENCH_BY_HAND, sizeof(struct bench_event)
	},
	[BENCH_SOURCE_BROADCAST] = {
		BENCH_OURS, sizeof(struct dmf_event) + BENCH_DATA_SIZE
	},
};

int node_trigger(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(BENCH_TRIGGER, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", BENCH_TRIGGER);
	return fd;
}

struct node node_open(unsigned int source, int flags)
{
	const struct dmf_stream_select broadcast = { .name = BENCH_BROADCAST };
	const char *path = nodes[source].path;
	struct node node = {
		.fd = open(path, flags | O_RDWR | O_CLOEXEC),
		.source = source,
		.record_size = nodes[source].record_size,
	};

	if (node.fd < 0)
		err(1, "%s", path);
	if (source == BENCH_SOURCE_BROADCAST && ioctl(node.fd, DMF_IOC_STREAM_SELECT, &broadcast))
		err(1, "no stream " BENCH_BROADCAST);
	return node;
}

void node_close(const struct node *node)
{
	close(node->fd);
}

void node_report(const struct node *node, unsigned int count)
{
	if (ioctl(node_trigger(), BENCH_IOC_REPORT(node->source), (long)count))
		err(1, "cannot report events");
}

__u64 idle_time(void)
{
	__u64 us;

	if (ioctl(node_trigger(), BENCH_IOC_IDLE, &us))
		err(1, "cannot tell the idle time");
	return us;
}

long take_by_wait(const struct node *node, void *buffer, unsigned int count)
{
	struct dmf_wait wait = {
		.buffer = (uintptr_t)buffer,
		.size = count * node->record_size,
		.deadline_ns = DMF_WAIT_FOREVER,
	};

	return ioctl(node->fd, DMF_IOC_WAIT, &wait) ? -errno : (long)wait.used;
}

long take_by_read(const struct node *node, void *buffer, unsigned int count)
{
	ssize_t ret = read(node->fd, buffer, count * node->record_size);

	return ret < 0 ? -errno : ret;
}
