// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eventfds: signalled by the framework and by eventfd_signal() alone, with a program
 * asleep in read(2) on it, and with nobody who looks.
 */
#include <err.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/dmf/notify.h>

#include "bench.h"

#define SIGNALS		1000

/* An eventfd as a node: a record is its count. */
static struct node event_node(unsigned int source)
{
	struct node node = {
		.fd = eventfd(0, EFD_CLOEXEC),
		.source = source,
		.record_size = sizeof(__u64),
	};

	if (node.fd < 0)
		err(1, "eventfd");
	return node;
}

/* With an eventfd that is registered on our node, or with dmf_bench.ko itself. */
static int with_ours(struct bench *bench, int (*run)(struct bench *bench, const struct node *node))
{
	struct node event = event_node(BENCH_SOURCE_EVENT);
	struct node node = node_open(BENCH_SOURCE_OURS, 0);
	struct dmf_event_set set = { .fd = event.fd };
	int ret;

	if (ioctl(node.fd, DMF_IOC_EVENT_SET, &set))
		err(1, "DMF_IOC_EVENT_SET");
	ret = run(bench, &event);
	node_close(&node);
	node_close(&event);
	return ret;
}

static int with_bare(struct bench *bench, int (*run)(struct bench *bench, const struct node *node))
{
	struct node event = event_node(BENCH_SOURCE_EVENTFD);
	int ret;

	if (ioctl(node_trigger(), BENCH_IOC_EVENTFD, (long)event.fd))
		err(1, "BENCH_IOC_EVENTFD");
	ret = run(bench, &event);
	ioctl(node_trigger(), BENCH_IOC_EVENTFD, -1L);
	node_close(&event);
	return ret;
}

static int run_wake(struct bench *bench, const struct node *node)
{
	return bench_wake(bench, node, take_by_read);
}

static int run_signal(struct bench *bench, const struct node *node)
{
	bench_begin(bench);
	node_report(node, SIGNALS);
	bench_end(bench);
	bench->operations = SIGNALS;
	return 0;
}

static int wake_ours(struct bench *bench)
{
	return with_ours(bench, run_wake);
}

static int wake_bare(struct bench *bench)
{
	return with_bare(bench, run_wake);
}

static int signal_ours(struct bench *bench)
{
	return with_ours(bench, run_signal);
}

static int signal_bare(struct bench *bench)
{
	return with_bare(bench, run_signal);
}

const struct bench_case event_cases[] = {
	{ "user: eventfd signal and wake", "eventfd_signal", 110, wake_ours, wake_bare },
	{ "user: eventfd signal, nobody looks", "eventfd_signal", 0, signal_ours, signal_bare },
	{ }
};
