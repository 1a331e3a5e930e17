// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests: those that wait for events, one that cannot be cancelled, and an echo of
 * any size.
 *
 * What cannot be cancelled is in a list until a work completes all that is there. The
 * core waits for every pended request before release_hardware, which ends the work.
 */
#include <linux/jiffies.h>
#include <linux/string.h>

#include <linux/dmf/device.h>
#include <linux/dmf/request.h>

#include "client.h"

#define LATER_MS	3

static void later_work(struct work_struct *work)
{
	struct exerciser *exerciser = container_of(to_delayed_work(work), struct exerciser,
						   later_work);
	struct dmf_request *request, *next;
	LIST_HEAD(requests);

	spin_lock_irq(&exerciser->later_lock);
	list_splice_init(&exerciser->later, &requests);
	spin_unlock_irq(&exerciser->later_lock);

	list_for_each_entry_safe(request, next, &requests, entry) {
		list_del_init(&request->entry);
		dmf_request_complete(request, 0);
	}
}

static void complete_later(struct exerciser *exerciser, struct dmf_request *request)
{
	spin_lock_irq(&exerciser->later_lock);
	dmf_request_pend(request, NULL, 0);
	list_add_tail(&request->entry, &exerciser->later);
	spin_unlock_irq(&exerciser->later_lock);
	schedule_delayed_work(&exerciser->later_work, msecs_to_jiffies(LATER_MS));
}

static void echo(struct dmf_request *request)
{
	u8 *buffer = dmf_request_output(request);
	size_t i;

	if (!dmf_request_input_size(request))
		memset(buffer, EXERCISER_FILL, dmf_request_output_size(request));
	else
		for (i = 0; i < dmf_request_output_size(request); i++)
			buffer[i] = ~buffer[i];
	dmf_request_complete(request, 0);
}

static void complement(u8 *to, const u8 *from, size_t size)
{
	while (size--)
		*to++ = ~*from++;
}

static int exchange(struct dmf_device *ddev, struct dmf_request *request)
{
	size_t size = min(dmf_request_buffer_size(request, 0),
			  dmf_request_buffer_size(request, 1));
	size_t both = dmf_request_buffer_size(request, 2);

	complement(dmf_request_buffer(request, 1), dmf_request_buffer(request, 0), size);
	complement(dmf_request_buffer(request, 2), dmf_request_buffer(request, 2), both);
	dmf_request_buffer_set_used(request, 0, size);
	dmf_request_buffer_set_used(request, 1, size);
	dmf_request_buffer_set_used(request, 2, both);
	return 0;
}

#define EXCHANGE_BUFFER(_member, _direction) {				\
	.offset = offsetof(struct exerciser_exchange, _member),		\
	.direction = (_direction),					\
	.maximum = EXERCISER_EXCHANGE_MAX,				\
}

const struct dmf_command exerciser_exchange_command = {
	.command = EXERCISER_IOC_EXCHANGE,
	.input_minimum = sizeof(struct exerciser_exchange),
	.buffers = {
		EXCHANGE_BUFFER(to, DMF_BUFFER_TO_DRIVER),
		EXCHANGE_BUFFER(from, DMF_BUFFER_FROM_DRIVER),
		EXCHANGE_BUFFER(both, DMF_BUFFER_BOTH),
	},
	.handler = exchange,
};

/* Return: true if the request is one of these. */
bool requests_io_control(struct exerciser *exerciser, struct dmf_request *request)
{
	unsigned int command = dmf_request_command(request);
	struct dmf_notify_user_with_request *answers = exerciser->answers;
	int ret;

	switch (command) {
	case EXERCISER_IOC_NEXT:
		ret = dmf_notify_user_with_request_request_process(answers, request);
		break;
	case EXERCISER_IOC_KEEP:
		ret = dmf_notify_user_with_request_event_request_add(answers, request);
		break;
	case EXERCISER_IOC_RETURN:
		ret = dmf_notify_user_with_request_request_return_ex(answers, NULL, NULL, 0);
		dmf_request_complete(request, ret);
		return true;
	case EXERCISER_IOC_LATER:
		complete_later(exerciser, request);
		return true;
	default:
		if (_IOC_TYPE(command) != EXERCISER_IOC_MAGIC ||
		    _IOC_NR(command) != EXERCISER_NR_ECHO)
			return false;
		echo(request);
		return true;
	}
	if (ret)
		dmf_request_complete(request, ret);
	return true;
}

void requests_init(struct exerciser *exerciser)
{
	spin_lock_init(&exerciser->later_lock);
	INIT_LIST_HEAD(&exerciser->later);
	INIT_DELAYED_WORK(&exerciser->later_work, later_work);
}

void requests_end(struct exerciser *exerciser)
{
	flush_delayed_work(&exerciser->later_work);
}
