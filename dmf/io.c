// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way into the device for a request.
 *
 * A request's handler runs inside the device's request gate and with the device
 * resumed. Taking the device down for a system sleep closes the gate: that waits
 * for the handlers that run, but not for what they have pended, and lets new
 * requests wait until the device is up again. After shutdown, removal and a
 * failed power_up they are refused, each with its own errno.
 *
 * Those that wait for a sequential queue do so before, see queue.c.
 *
 * The device is resumed inside the gate. That cannot wait for the one who
 * closes it: whoever does has resumed the device and keeps it so.
 */
#include <linux/pm_runtime.h>
#include <linux/sched/signal.h>

#include "internal.h"

/* Why a request is refused in a state in which it is. */
int dmf_io_error_of(enum dmf_io_state state)
{
	switch (state) {
	case DMF_IO_SHUT_DOWN:
		return -ESHUTDOWN;
	case DMF_IO_FAILED:
		return -EIO;
	default:
		return -ENODEV;
	}
}
EXPORT_SYMBOL_IF_KUNIT(dmf_io_error_of);

void dmf_io_leave(struct dmf_device *ddev)
{
	pm_runtime_mark_last_busy(ddev->dev);
	pm_runtime_put(ddev->dev);
	dmf_gate_leave(&ddev->request_gate);
}

/*
 * Wait while the system sleeps. The device where a request was made may be unbound
 * meanwhile, if this is one below.
 */
static int io_wait_awake(struct dmf_request *request)
{
	struct dmf_device *ddev = request->ddev;
	long left;

	if (request->sent)	/* it is looked at again when that changes */
		return -EAGAIN;
	left = wait_event_killable_timeout(ddev->io_wait,
					   READ_ONCE(ddev->io_state) != DMF_IO_ASLEEP ||
					   dmf_io_error(request->flight->ddev),
					   dmf_request_time_left(request));
	if (left < 0)
		return -EINTR;
	return left ? dmf_io_error(request->flight->ddev) : -ETIMEDOUT;
}

/*
 * Why a request that was sent without waiting does not get on: it may have waited, and
 * has not been told since why it should not. -EAGAIN: its work goes on with it.
 */
static int io_check_sent(struct dmf_request *request)
{
	int ret = dmf_request_cause(request, dmf_sent_interrupted(request));

	if (ret)
		return ret;
	return dmf_sent_at_once(request) && !pm_runtime_active(request->ddev->dev) ? -EAGAIN : 0;
}

/*
 * Begin to handle a request; waits while the system sleeps. Return: 0, and the caller
 * owes dmf_io_leave(); why the request is not handled; -EAGAIN if it is one that was
 * sent without waiting, and would have to.
 */
int dmf_io_enter(struct dmf_request *request)
{
	struct dmf_device *ddev = request->ddev;
	int ret;

	ret = request->sent ? io_check_sent(request) : 0;
	if (ret)
		return ret;

	while (!dmf_gate_enter(&ddev->request_gate)) {
		ret = dmf_io_error(ddev) ?: io_wait_awake(request);
		if (ret)
			return ret;
		cond_resched();
	}

	/* What it returns does not tell whether the device works; its state does. */
	pm_runtime_get_sync(ddev->dev);
	ret = dmf_io_error(ddev);
	if (!ret && READ_ONCE(ddev->power) != DMF_POWER_D0)
		ret = -EIO;
	if (ret)
		dmf_io_leave(ddev);
	return ret;
}

/* Let no more requests in and wait for the handlers that run. */
void dmf_io_stop(struct dmf_device *ddev, enum dmf_io_state why)
{
	struct dmf_device *level;

	WRITE_ONCE(ddev->io_state, why);
	dmf_drain(&ddev->request_gate, ddev->dev, ddev->client->name, "handlers of requests",
		  NULL);
	dmf_queue_kick(ddev);
	/* Requests that have gone down from here may wait at a gate below. */
	for (level = ddev; level; level = level->lower)
		wake_up_all(&level->io_wait);
	dmf_stack_kick_internal(ddev);
}

/* Let requests in, those that have waited too. */
void dmf_io_start(struct dmf_device *ddev)
{
	dmf_gate_reopen(&ddev->request_gate);
	WRITE_ONCE(ddev->io_state, DMF_IO_RUNNING);
	wake_up_all(&ddev->io_wait);
	dmf_stack_kick_internal(ddev);
}

/*
 * The device could not be brought up: those that wait, and those to come, get
 * -EIO. Handlers are not waited for: one of them may have asked for the device
 * to be resumed.
 */
void dmf_io_fail(struct dmf_device *ddev)
{
	WRITE_ONCE(ddev->io_state, DMF_IO_FAILED);
	wake_up_all(&ddev->io_wait);
	dmf_queue_kick(ddev);
	dmf_stack_kick(ddev);
}
