// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Client Driver without hardware, which does what a test in user space asks for:
 *   producers -> NotifyUserWithRequest -> /dev/dmf/exerciser0
 *
 * A Module that gets events from producers is a target: add it to the Modules, to
 * enum exerciser_target, and to exerciser_report().
 */
#include <linux/string.h>

#include <linux/dmf/live_kernel_dump.h>
#include <linux/dmf/platform.h>
#include <linux/dmf/request.h>

#include "client.h"

static_assert(sizeof(struct exerciser_event) == 16);
static_assert(sizeof(struct exerciser_start) == 32);

/* Request and event have met. */
static void exerciser_answer(struct dmf_notify_user_with_request *answers,
			     struct dmf_request *request, void *context, int status)
{
	struct exerciser *exerciser =
		dmf_device_get_drvdata(dmf_notify_user_with_request_device(answers));
	const struct exerciser_event *event = context;

	exerciser_event_ended(exerciser, event);
	if (dmf_request_output_size(request) == sizeof(*event))
		memcpy(dmf_request_output(request), event, sizeof(*event));
	dmf_request_complete(request, status);
}

int exerciser_report(struct exerciser *exerciser, const struct exerciser_event *event)
{
	switch (event->target) {
	case EXERCISER_TO_EVENTS:
		return dmf_notify_user_with_request_data_process(exerciser->events, NULL, event, 0);
	case EXERCISER_TO_ANSWERS:
		return dmf_notify_user_with_request_data_process(exerciser->answers,
								 exerciser_answer, event, 0);
	case EXERCISER_TO_SIGNALS:
		dmf_notify_user_with_event_notify_by_index(exerciser->signals, event->producer);
		exerciser_event_ended(exerciser, event);
		return 0;
	default:
		return -EINVAL;
	}
}

/* Once for each event that has left its Module, unless exerciser_answer() got it. */
static void exerciser_data_cleanup(struct dmf_notify_user_with_request *notify, void *data)
{
	exerciser_event_ended(dmf_device_get_drvdata(dmf_notify_user_with_request_device(notify)),
			      data);
}

static bool exerciser_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	struct exerciser *exerciser = dmf_device_get_drvdata(ddev);
	int ret = 0;

	switch (dmf_request_command(request)) {
	case EXERCISER_IOC_START:
		ret = producers_start(exerciser, dmf_request_input(request));
		break;
	case EXERCISER_IOC_STOP:
		producers_stop(exerciser);
		break;
	case EXERCISER_IOC_TOTALS:
		producers_totals(exerciser, dmf_request_output(request));
		break;
	default:
		return requests_io_control(exerciser, request);
	}
	dmf_request_complete(request, ret);
	return true;
}

/* What is written becomes an event; of more than that, one of the stream "large". */
static bool exerciser_queue_io_write(struct dmf_device *ddev, struct dmf_request *request)
{
	struct exerciser *exerciser = dmf_device_get_drvdata(ddev);
	size_t size = dmf_request_input_size(request);
	struct exerciser_event event = { .producer = EXERCISER_BY_WRITE };
	u8 *large = NULL;
	int ret;

	if (size)
		dmf_crash_dump_data_source_write_self(exerciser->crash_dump,
						      dmf_request_input(request),
						      min_t(size_t, size, EXERCISER_CRASH_SIZE));
	if (size > sizeof(event))
		large = kzalloc(EXERCISER_LARGE_SIZE, GFP_KERNEL);
	if (size > sizeof(event) && !large) {
		ret = -ENOMEM;
	} else if (large) {
		size = min_t(size_t, size, EXERCISER_LARGE_SIZE);
		memcpy(large, dmf_request_input(request), size);
		ret = dmf_notify_user_with_request_data_process(exerciser->large, NULL, large, 0);
	} else {
		memcpy(&event.number, dmf_request_input(request), min(size, sizeof(event.number)));
		ret = exerciser_report(exerciser, &event);
	}
	kfree(large);
	dmf_request_complete(request, ret);
	return true;
}

static size_t exerciser_crash_query(struct dmf_crash_dump *crash_dump)
{
	return sizeof(EXERCISER_LAST_WORDS) - 1;
}

static void exerciser_crash_write(struct dmf_crash_dump *crash_dump, void *buffer, size_t size)
{
	memcpy(buffer, EXERCISER_LAST_WORDS, size);
}

static int exerciser_prepare_hardware(struct dmf_device *ddev)
{
	jobs_begin(dmf_device_get_drvdata(ddev));
	return 0;
}

static int exerciser_start(struct dmf_device *ddev)
{
	producers_set_power(dmf_device_get_drvdata(ddev), true);
	return 0;
}

static int exerciser_stop(struct dmf_device *ddev)
{
	producers_set_power(dmf_device_get_drvdata(ddev), false);
	return 0;
}

static void exerciser_release_hardware(struct dmf_device *ddev)
{
	jobs_end(dmf_device_get_drvdata(ddev));
	requests_end(dmf_device_get_drvdata(ddev));
	commands_end(dmf_device_get_drvdata(ddev));
}

static int exerciser_crash_dump_add(struct exerciser *exerciser, struct dmf_module_init *init)
{
	const struct dmf_crash_dump_config config = {
		.component_name = "exerciser",
		.buffer_size = EXERCISER_CRASH_SIZE,
		.buffer_count = EXERCISER_CRASH_COUNT,
		.additional_size = sizeof(EXERCISER_LAST_WORDS) - 1,
		.query = exerciser_crash_query,
		.write = exerciser_crash_write,
	};

	return dmf_crash_dump_add(init, &config, NULL, &exerciser->crash_dump);
}

static int exerciser_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct exerciser *exerciser = dmf_device_get_drvdata(ddev);
	const struct dmf_notify_user_with_request_config events = {
		.max_pending_data = EXERCISER_DEPTH,
		.data_size = sizeof(struct exerciser_event),
		.event_type = EXERCISER_EVENT,
		.data_cleanup = exerciser_data_cleanup,
	}, large = {
		.max_pending_data = EXERCISER_LARGE_DEPTH,
		.data_size = EXERCISER_LARGE_SIZE,
		.event_type = EXERCISER_LARGE_EVENT,
	}, answers = {
		.max_pending_requests = EXERCISER_REQUESTS,
		.max_pending_data = EXERCISER_DEPTH,
		.data_size = sizeof(struct exerciser_event),
		.no_stream = true,
		.data_cleanup = exerciser_data_cleanup,
	};
	const struct dmf_notify_user_with_event_config signals = {
		.event_count = EXERCISER_PRODUCERS,
	};
	const struct dmf_module_attributes
		signals_name = { .instance_name = "signals" },
		events_name = { .instance_name = "events" },
		large_name = { .instance_name = "large" },
		answers_name = { .instance_name = "answers" };

	exerciser->ddev = ddev;
	producers_init(exerciser);
	requests_init(exerciser);
	return commands_add(exerciser, init) ?:
	       jobs_add(exerciser, init) ?:
	       dmf_notify_user_with_request_add(init, &events, &events_name, &exerciser->events) ?:
	       dmf_notify_user_with_request_add(init, &large, &large_name, &exerciser->large) ?:
	       dmf_notify_user_with_request_add(init, &answers, &answers_name,
						&exerciser->answers) ?:
	       dmf_notify_user_with_event_add(init, &signals, &signals_name, &exerciser->signals) ?:
	       exerciser_crash_dump_add(exerciser, init);
}

static const struct dmf_client_ops exerciser_ops = {
	.modules_add			= exerciser_modules_add,
	.prepare_hardware		= exerciser_prepare_hardware,
	.release_hardware		= exerciser_release_hardware,
	.self_managed_io_init		= exerciser_start,
	.self_managed_io_restart	= exerciser_start,
	.self_managed_io_suspend	= exerciser_stop,
	.device_io_control		= exerciser_device_io_control,
	.queue_io_write			= exerciser_queue_io_write,
	.commands			= &exerciser_exchange_command,
	.command_count			= 1,
	.live_kernel_dump		= &exerciser_dumps,
};

module_dmf_platform_driver(exerciser_driver, NULL, &exerciser_ops, sizeof(struct exerciser));

MODULE_DESCRIPTION("DMF Client Driver that does what tests ask for");
MODULE_LICENSE("GPL");
