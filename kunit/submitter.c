// SPDX-License-Identifier: GPL-2.0-only
/*
 * Submitters: threads that make one request each, by a file or as another driver.
 */
#include <linux/sched/signal.h>

#include "submitter.h"

int dmf_kunit_submit(struct dmf_file *file, enum dmf_request_type type, unsigned int command)
{
	struct dmf_request *request = dmf_request_create(file, type, command, 0, 0);
	int ret;

	if (!request)
		return -ENOMEM;
	ret = dmf_request_submit(request);
	dmf_request_put(request);
	return ret;
}

int dmf_kunit_ioctl(struct dmf_file *file, unsigned int command)
{
	return dmf_kunit_submit(file, DMF_REQUEST_DEVICE_CONTROL, command);
}

int dmf_kunit_internal(struct dmf_device *ddev, unsigned int command)
{
	return dmf_device_internal_ioctl(ddev, command, NULL, 0, NULL, 0, MAX_SCHEDULE_TIMEOUT);
}

static int submitter_thread(void *data)
{
	struct submitter *submitter = data;

	if (submitter->signal)
		allow_signal(submitter->signal);
	if (submitter->file)
		submitter->result = dmf_kunit_submit(submitter->file, submitter->type,
						     submitter->command);
	else
		submitter->result = dmf_device_internal_ioctl(submitter->ddev, submitter->command,
							      NULL, 0, NULL, 0,
							      submitter->timeout);
	complete(&submitter->done);
	return dmf_kunit_await_stop();
}

struct submitter *dmf_kunit_submit_start(struct kunit *test, const struct submitter *what)
{
	struct submitter *submitter = kunit_kzalloc(test, sizeof(*submitter), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, submitter);
	*submitter = *what;
	init_completion(&submitter->done);
	submitter->thread = dmf_kunit_run(test, submitter_thread, submitter);
	return submitter;
}

int dmf_kunit_submit_result(struct kunit *test, struct submitter *submitter)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&submitter->done, DMF_KUNIT_TIMEOUT));
	return submitter->result;
}

bool dmf_kunit_submit_waits(struct submitter *submitter)
{
	return !wait_for_completion_timeout(&submitter->done, HZ / 20);
}
