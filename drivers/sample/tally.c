// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each write rings a Doorbell. However many there are until its callback runs, that
 * reports one total, a u64, for DMF_IOC_WAIT and read(2), and signals the eventfds of
 * programs that only want to know when:
 *   write -> Doorbell -> NotifyUserWithRequest -> whoever waits on the node
 *                     -> NotifyUserWithEvent -> whoever has registered an eventfd
 * Who wants to hear of each write by itself selects the other stream:
 *   write -> NotifyUserWithRequestMultiple -> everybody who has the node open
 */
#include <linux/atomic.h>

#include <linux/dmf/doorbell.h>
#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_event.h>
#include <linux/dmf/notify_user_with_request.h>
#include <linux/dmf/notify_user_with_request_multiple.h>
#include <linux/dmf/request.h>

#include "tally.h"

struct dmf_tally {
	struct dmf_module module;
	struct dmf_doorbell *bell;
	struct dmf_notify_user_with_request *notify;
	struct dmf_notify_user_with_event *event;
	struct dmf_notify_user_with_request_multiple *everybody;
	atomic64_t total;
};

static struct dmf_tally *to_tally(struct dmf_module *module)
{
	return container_of(module, struct dmf_tally, module);
}

static void tally_report(struct dmf_doorbell *bell)
{
	struct dmf_tally *tally = to_tally(dmf_parent_module_get(dmf_doorbell_module(bell)));
	u64 total = atomic64_read(&tally->total);

	dmf_notify_user_with_request_data_process(tally->notify, NULL, &total, 0);
	dmf_notify_user_with_event_notify(tally->event);
}

static bool tally_queue_io_write(struct dmf_module *module, struct dmf_request *request)
{
	struct dmf_tally *tally = to_tally(module);
	u64 total = atomic64_inc_return(&tally->total);

	dmf_notify_user_with_request_multiple_data_broadcast(tally->everybody, &total,
							     sizeof(total), 0);
	dmf_request_complete(request, dmf_doorbell_ring(tally->bell));
	return true;
}

static int tally_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	const struct dmf_tally_config *config = dmf_module_config(module);
	struct dmf_tally *tally = to_tally(module);
	const struct dmf_doorbell_config bell = { .ring = tally_report };
	const struct dmf_notify_user_with_request_config notify = {
		.max_pending_data = config->max_unread, .data_size = sizeof(u64),
	};
	const struct dmf_notify_user_with_event_config event = { .event_count = 1 };
	const struct dmf_notify_user_with_request_multiple_config everybody = {
		.max_pending_data = config->max_unread, .data_size = sizeof(u64),
		.replay_last_messages = true,
	};
	const struct dmf_module_attributes totals = { .instance_name = "totals" };
	const struct dmf_module_attributes writes = { .instance_name = "writes" };

	/* Children close in reverse: the Doorbell first, and nothing is reported any more. */
	return dmf_notify_user_with_request_add(init, &notify, &totals, &tally->notify) ?:
	       dmf_notify_user_with_event_add(init, &event, &totals, &tally->event) ?:
	       dmf_notify_user_with_request_multiple_add(init, &everybody, &writes,
							 &tally->everybody) ?:
	       dmf_doorbell_add(init, &bell, NULL, &tally->bell);
}

static const struct dmf_module_ops tally_ops = {
	.child_modules_add	= tally_child_modules_add,
	.queue_io_write		= tally_queue_io_write,
};

static const struct dmf_module_desc tally_desc = {
	.name		= "tally",
	.size		= sizeof(struct dmf_tally),
	.config_size	= sizeof(struct dmf_tally_config),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &tally_ops,
};

DMF_DEFINE_MODULE(tally);
