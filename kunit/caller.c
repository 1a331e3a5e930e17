// SPDX-License-Identifier: GPL-2.0-only
/*
 * Callers: threads that call one command each with an argument, as a program does or as
 * another driver. And files of those who are no administrators.
 */
#include <linux/cred.h>
#include <linux/sched/signal.h>

#include "caller.h"

long dmf_kunit_call(struct dmf_file *file, unsigned int command, void *argument)
{
	return dmf_ioctl_command(file, command, KERNEL_SOCKPTR(argument));
}

static int caller_thread(void *data)
{
	struct caller *caller = data;
	size_t size = _IOC_SIZE(caller->command);

	if (caller->signal)
		allow_signal(caller->signal);
	if (caller->file)
		caller->result = dmf_kunit_call(caller->file, caller->command, caller->argument);
	else
		caller->result = dmf_device_internal_ioctl(caller->ddev, caller->command,
							   caller->argument, size,
							   caller->argument, size,
							   caller->timeout);
	complete(&caller->done);
	return dmf_kunit_await_stop();
}

struct caller *dmf_kunit_call_start(struct kunit *test, const struct caller *what)
{
	struct caller *caller = kunit_kzalloc(test, sizeof(*caller), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, caller);
	*caller = *what;
	init_completion(&caller->done);
	caller->thread = dmf_kunit_run(test, caller_thread, caller);
	return caller;
}

long dmf_kunit_call_result(struct kunit *test, struct caller *caller)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&caller->done, DMF_KUNIT_TIMEOUT));
	return caller->result;
}

struct dmf_file *dmf_kunit_try_open_unprivileged(struct dmf_device *ddev)
{
	struct cred *cred = prepare_creds();
	const struct cred *old;
	struct dmf_file *file;

	if (!cred)
		return ERR_PTR(-ENOMEM);
	cap_clear(cred->cap_effective);
	old = override_creds(cred);
	file = dmf_file_open(ddev, NULL);
	revert_creds(old);
	put_cred(cred);
	return file;
}

static void file_release(void *data)
{
	dmf_file_release(data);
}

struct dmf_file *dmf_kunit_open_unprivileged(struct kunit *test, struct dmf_device *ddev)
{
	struct dmf_file *file = dmf_kunit_try_open_unprivileged(ddev);

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, file_release, file), 0);
	return file;
}
