// SPDX-License-Identifier: GPL-2.0-only
/*
 * The drivers that programs in tools/bench-user read from, and the node by which they
 * have them report events. They are there from the end of the kernel's own cases on.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/tick.h>
#include <linux/uaccess.h>

#include <linux/dmf/compat.h>
#include <linux/dmf/device.h>
#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_event.h>
#include <linux/dmf/notify_user_with_request.h>
#include <linux/dmf/notify_user_with_request_multiple.h>

#include "bench.h"
#include "user.h"

/* -- Ours ----------------------------------------------------------------------- */

static struct dmf_notify_user_with_request *notify;
static struct dmf_notify_user_with_event *event;
static struct dmf_notify_user_with_request_multiple *multiple;
static struct device *ours;

static int ours_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_notify_user_with_request_config config = {
		.max_pending_data = BENCH_DEPTH,
		.data_size = BENCH_DATA_SIZE,
	};
	const struct dmf_notify_user_with_event_config event_config = { .event_count = 1 };

	const struct dmf_notify_user_with_request_multiple_config broadcast = {
		.max_pending_data = BENCH_DEPTH,
		.data_size = BENCH_DATA_SIZE,
	};
	const struct dmf_module_attributes attributes = { .instance_name = BENCH_BROADCAST };

	return dmf_notify_user_with_request_add(init, &config, NULL, &notify) ?:
	       dmf_notify_user_with_request_multiple_add(init, &broadcast, &attributes,
							 &multiple) ?:
	       dmf_notify_user_with_event_add(init, &event_config, NULL, &event);
}

static const struct dmf_client_ops ours_ops = {
	.modules_add = ours_modules_add,
};

static struct dmf_client ours_client = DMF_CLIENT_INIT(ours_client, &ours_ops, 0);

static void ours_report(const void *data)
{
	dmf_notify_user_with_request_data_process(notify, NULL, data, 0);
}

static int ours_start(void)
{
	int ret;

	ours = root_device_register("dmf-bench-user");
	if (IS_ERR(ours))
		return PTR_ERR(ours);

	ret = dmf_device_probe(ours, &ours_client);
	if (ret)
		root_device_unregister(ours);
	return ret;
}

static void ours_stop(void)
{
	dmf_device_remove(ours, false);
	root_device_unregister(ours);
}

static const struct bench_source ours_source = {
	.start	= ours_start,
	.stop	= ours_stop,
	.report	= ours_report,
};

/* -- To all who have the same node open; it comes and goes with that --------------- */

static int nothing_to_start(void)
{
	return 0;
}

static void nothing_to_stop(void)
{
}

static void broadcast_report(const void *data)
{
	dmf_notify_user_with_request_multiple_data_broadcast(multiple, data, BENCH_DATA_SIZE, 0);
}

static const struct bench_source broadcast_source = {
	.start	= nothing_to_start,
	.stop	= nothing_to_stop,
	.report	= broadcast_report,
};

/* -- Eventfds, which the same device has ------------------------------------------ */

static struct eventfd_ctx *bare;

static void event_report(const void *data)
{
	dmf_notify_user_with_event_notify(event);
}

static const struct bench_source event_source = {
	.start	= nothing_to_start,
	.stop	= nothing_to_stop,
	.report	= event_report,
};

static int bare_set(int fd)
{
	struct eventfd_ctx *ctx = fd == -1 ? NULL : eventfd_ctx_fdget(fd);

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	if (bare)
		eventfd_ctx_put(bare);
	bare = ctx;
	return 0;
}

static void bare_stop(void)
{
	bare_set(-1);
}

static void bare_report(const void *data)
{
	if (bare)
		dmf_eventfd_signal(bare);
}

static const struct bench_source bare_source = {
	.start	= nothing_to_start,
	.stop	= bare_stop,
	.report	= bare_report,
};

/* -- All ------------------------------------------------------------------------ */

static const struct bench_source *const sources[] = {
	[BENCH_SOURCE_OURS]	= &ours_source,
	[BENCH_SOURCE_BY_HAND]	= &by_hand_source,
	[BENCH_SOURCE_EVENT]	= &event_source,
	[BENCH_SOURCE_EVENTFD]	= &bare_source,
	[BENCH_SOURCE_BROADCAST] = &broadcast_source,
};

static_assert(ARRAY_SIZE(sources) == BENCH_SOURCES);

static long trigger_ioctl(struct file *filp, unsigned int command, unsigned long argument)
{
	static const u8 data[BENCH_DATA_SIZE] = { 1 };
	unsigned int source = _IOC_NR(command);
	unsigned int i;

	if (command == BENCH_IOC_IDLE)
		return put_user((u64)get_cpu_idle_time_us(0, NULL), (u64 __user *)argument);
	if (command == BENCH_IOC_EVENTFD)
		return bare_set(argument);
	if (source >= BENCH_SOURCES || command != BENCH_IOC_REPORT(source))
		return -ENOTTY;

	for (i = 0; i < argument; i++)
		sources[source]->report(data);
	return 0;
}

static const struct file_operations trigger_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= trigger_ioctl,
};

static struct miscdevice trigger = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "dmf_bench",
	.fops	= &trigger_fops,
	.mode	= 0600,
};

static void sources_stop(unsigned int started)
{
	while (started--)
		sources[started]->stop();
}

int bench_user_start(void)
{
	unsigned int started;
	int ret = 0;

	for (started = 0; started < BENCH_SOURCES; started++) {
		ret = sources[started]->start();
		if (ret)
			break;
	}
	if (!ret)
		ret = misc_register(&trigger);
	if (ret)
		sources_stop(started);
	return ret;
}

void bench_user_stop(void)
{
	misc_deregister(&trigger);
	sources_stop(BENCH_SOURCES);
}
