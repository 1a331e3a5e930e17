// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that are handled by tables.
 *
 * Copies that wait are in a list under copies_lock. Whoever takes one out has it: the
 * one who ends it, or the cancel callback. Those that cannot be cancelled are in another
 * list until a work completes all that is there; the core waits for them before
 * release_hardware, which ends the work.
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>

#include <linux/dmf/device.h>
#include <linux/dmf/ioctl_handler.h>
#include <linux/dmf/request.h>

#include "client.h"
#include "commands.h"

static_assert(sizeof(struct exerciser_copy) == 40);

static struct exerciser *to_exerciser(struct dmf_ioctl_handler *handler)
{
	return dmf_device_get_drvdata(dmf_ioctl_handler_device(handler));
}

static void copy_do(struct dmf_request *request)
{
	struct exerciser_copy *copy = dmf_request_output(request);
	size_t size = dmf_request_buffer_size(request, 0);
	const u8 *in = dmf_request_buffer(request, 0);
	u8 *out = dmf_request_buffer(request, 1);
	size_t i;

	copy->count = min(size, dmf_request_buffer_size(request, 1));
	for (i = 0; i < copy->count; i++)
		out[i] = in[size - 1 - i];
	dmf_request_buffer_set_used(request, 0, copy->count);
	dmf_request_buffer_set_used(request, 1, copy->count);
}

static int copy(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	copy_do(request);
	return 0;
}

static bool copy_cancel(struct dmf_request *request)
{
	struct exerciser *exerciser = request->owner;
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&exerciser->copies_lock, flags);
	found = !list_empty(&request->entry);
	list_del_init(&request->entry);
	spin_unlock_irqrestore(&exerciser->copies_lock, flags);
	return found;
}

static void copy_keep(struct exerciser *exerciser, struct dmf_request *request,
		      struct list_head *list, bool (*cancel)(struct dmf_request *request))
{
	unsigned long flags;

	request->owner = exerciser;
	spin_lock_irqsave(&exerciser->copies_lock, flags);
	dmf_request_pend(request, cancel, 0);
	list_add_tail(&request->entry, list);
	spin_unlock_irqrestore(&exerciser->copies_lock, flags);
}

static int copy_wait(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	struct exerciser *exerciser = to_exerciser(handler);

	copy_keep(exerciser, request, &exerciser->copies, copy_cancel);
	return 0;
}

static int copy_hold(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	struct exerciser *exerciser = to_exerciser(handler);

	copy_keep(exerciser, request, &exerciser->held_copies, NULL);
	schedule_delayed_work(&exerciser->held_work, msecs_to_jiffies(EXERCISER_HOLD_MS));
	return 0;
}

/* Return: 0, or -ENOENT if the list is empty. */
static int copy_end_first(struct exerciser *exerciser, struct list_head *list)
{
	struct dmf_request *request;
	unsigned long flags;

	spin_lock_irqsave(&exerciser->copies_lock, flags);
	request = list_first_entry_or_null(list, struct dmf_request, entry);
	if (request)
		list_del_init(&request->entry);
	spin_unlock_irqrestore(&exerciser->copies_lock, flags);
	if (!request)
		return -ENOENT;

	copy_do(request);
	dmf_request_complete(request, 0);
	return 0;
}

static int copy_end(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	struct exerciser *exerciser = to_exerciser(handler);

	return copy_end_first(exerciser, &exerciser->copies);
}

static void held_work(struct work_struct *work)
{
	struct exerciser *exerciser = container_of(to_delayed_work(work), struct exerciser,
						   held_work);

	while (!copy_end_first(exerciser, &exerciser->held_copies))
		;
}

static int sum(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	struct exerciser_sum *sum = dmf_request_output(request);

	sum->value += sum->added;
	return 0;
}

static int enable(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	const u32 *on = dmf_request_input(request);

	return dmf_ioctl_handler_ioctl_state_set(to_exerciser(handler)->manual, *on);
}

static int dump(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	return dumps_create(to_exerciser(handler)->ddev);
}

static int nothing(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	return 0;
}

#define COPY(_command, _handler) {						\
	.command = (_command), .handler = (_handler),				\
	.input_minimum = sizeof(struct exerciser_copy),				\
	.output_minimum = sizeof(struct exerciser_copy),			\
	.buffers = {								\
		{ offsetof(struct exerciser_copy, in), DMF_BUFFER_TO_DRIVER,	\
		  1, EXERCISER_COPY_MAX },					\
		{ offsetof(struct exerciser_copy, out), DMF_BUFFER_FROM_DRIVER,	\
		  1, EXERCISER_COPY_MAX },					\
	},									\
}

static const struct dmf_ioctl_handler_record copies_records[] = {
	COPY(EXERCISER_IOC_COPY, copy),
	COPY(EXERCISER_IOC_COPY_WAIT, copy_wait),
	COPY(EXERCISER_IOC_COPY_HOLD, copy_hold),
	{ .command = EXERCISER_IOC_COPY_END, .handler = copy_end },
	{
		.command = EXERCISER_IOC_SUM, .handler = sum,
		.input_minimum = sizeof(u64), .output_minimum = sizeof(u64),
	},
	{ .command = EXERCISER_IOC_DUMP, .handler = dump },
	{ .command = EXERCISER_IOC_ENABLE, .handler = enable, .input_minimum = sizeof(u32) },
};

static const struct dmf_ioctl_handler_record guarded_records[] = {
	{ .command = EXERCISER_IOC_GUARDED, .handler = nothing },
};

static const struct dmf_ioctl_handler_record marked_records[] = {
	{ .command = EXERCISER_IOC_UNMARKED, .handler = nothing },
	{
		.command = EXERCISER_IOC_MARKED, .handler = nothing,
		.administrator_access_only = true,
	},
};

static const struct dmf_ioctl_handler_record manual_records[] = {
	{ .command = EXERCISER_IOC_MANUAL, .handler = nothing },
};

static int commands_add_one(struct dmf_module_init *init, const char *name,
			    const struct dmf_ioctl_handler_config *config,
			    struct dmf_ioctl_handler **handler)
{
	const struct dmf_module_attributes attributes = { .instance_name = name };

	return dmf_ioctl_handler_add(init, config, &attributes, handler);
}

int commands_add(struct exerciser *exerciser, struct dmf_module_init *init)
{
	const struct dmf_ioctl_handler_config copies = {
		.records = copies_records, .record_count = ARRAY_SIZE(copies_records),
	}, guarded = {
		.records = guarded_records, .record_count = ARRAY_SIZE(guarded_records),
		.access_mode_filter = DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY,
	}, marked = {
		.records = marked_records, .record_count = ARRAY_SIZE(marked_records),
		.access_mode_filter = DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY_PER_IOCTL,
	}, manual = {
		.records = manual_records, .record_count = ARRAY_SIZE(manual_records),
		.manual_mode = true,
	};

	spin_lock_init(&exerciser->copies_lock);
	INIT_LIST_HEAD(&exerciser->copies);
	INIT_LIST_HEAD(&exerciser->held_copies);
	INIT_DELAYED_WORK(&exerciser->held_work, held_work);
	return commands_add_one(init, "copies", &copies, NULL) ?:
	       commands_add_one(init, "guarded", &guarded, NULL) ?:
	       commands_add_one(init, "marked", &marked, NULL) ?:
	       commands_add_one(init, "manual", &manual, &exerciser->manual);
}

void commands_end(struct exerciser *exerciser)
{
	flush_delayed_work(&exerciser->held_work);
}
