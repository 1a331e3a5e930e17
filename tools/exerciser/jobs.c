// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs: a QueuedWorkItem that stalls when it is told to, as one does that waits for
 * hardware which does not answer.
 *
 *   echo 3 > /sys/module/dmf_exerciser/parameters/jobs	enqueue three
 *   echo Y > /sys/module/dmf_exerciser/parameters/stall	jobs do not end any more
 *
 * jobs_lock guards which device it is; one is enough. A device that goes ends the
 * stall for itself, before its Modules are closed.
 */
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/wait_bit.h>

#include <linux/dmf/device.h>
#include <linux/dmf/queued_work_item.h>
#include <linux/dmf/recorder.h>

#include "client.h"

/* So many may wait. */
#define JOBS_MAX	8

static DEFINE_MUTEX(jobs_lock);
static struct exerciser *jobs_device;	/* under the lock */
static bool stalled;			/* read without it */

static void job_run(struct dmf_queued_work_item *item, void *client_buffer,
		    void *client_buffer_context)
{
	struct exerciser *exerciser = dmf_device_get_drvdata(dmf_queued_work_item_device(item));
	struct dmf_module *module = dmf_queued_work_item_module(item);
	unsigned long number = ++exerciser->jobs_begun;

	dmf_record(module, "job %lu begins", number);
	/* No signal comes to a worker; and it is not hung. */
	wait_var_event_interruptible(&stalled, !READ_ONCE(stalled) ||
				     READ_ONCE(exerciser->jobs_over));
	dmf_record(module, "job %lu ends", number);
}

static int set_stall(const char *text, const struct kernel_param *parameter)
{
	bool stall;
	int ret = kstrtobool(text, &stall);

	if (ret)
		return ret;
	WRITE_ONCE(stalled, stall);
	wake_up_var(&stalled);
	return 0;
}

static const struct kernel_param_ops stall_ops = {
	.set = set_stall,
	.get = param_get_bool,
};
module_param_cb(stall, &stall_ops, &stalled, 0644);
MODULE_PARM_DESC(stall, "Jobs do not end while this is set");

static int set_jobs(const char *text, const struct kernel_param *parameter)
{
	unsigned int count;
	int ret = kstrtouint(text, 0, &count);

	mutex_lock(&jobs_lock);
	if (!ret && !jobs_device)
		ret = -ENODEV;
	while (!ret && count--)
		ret = dmf_queued_work_item_enqueue(jobs_device->jobs, NULL, 0);
	mutex_unlock(&jobs_lock);
	return ret;
}

static const struct kernel_param_ops jobs_ops = {
	.set = set_jobs,
};
module_param_cb(jobs, &jobs_ops, NULL, 0200);
MODULE_PARM_DESC(jobs, "Enqueue so many jobs");

int jobs_add(struct exerciser *exerciser, struct dmf_module_init *init)
{
	const struct dmf_queued_work_item_config config = {
		.function = job_run,
		.buffer_queue_config.source.buffer_count = JOBS_MAX,
	};
	const struct dmf_module_attributes name = {
		.instance_name = "jobs",
		.recorder_size = DMF_RECORDER_SIZE_DEFAULT,
	};

	return dmf_queued_work_item_add(init, &config, &name, &exerciser->jobs);
}

void jobs_begin(struct exerciser *exerciser)
{
	mutex_lock(&jobs_lock);
	WRITE_ONCE(exerciser->jobs_over, false);
	jobs_device = exerciser;
	mutex_unlock(&jobs_lock);
}

void jobs_end(struct exerciser *exerciser)
{
	mutex_lock(&jobs_lock);
	if (jobs_device == exerciser)
		jobs_device = NULL;
	mutex_unlock(&jobs_lock);
	WRITE_ONCE(exerciser->jobs_over, true);
	wake_up_var(&stalled);
}
