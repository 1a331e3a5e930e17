// SPDX-License-Identifier: GPL-2.0-only
/*
 * NotifyUserWithRequest: tell programs in user space about events.
 *
 * Events are records of a store (event_store.h). Requests that a Client has passed on
 * wait in a queue. The Module's lock makes these one step each:
 *
 *   numbering an event and putting it into the queue,
 *   taking the oldest request and the oldest event as a pair,
 *   counting what is in either.
 *
 * So the order of events is that of their numbers, and no consumer of the stream
 * gets an event while a request of request_process waits. Callbacks run, requests
 * are completed and consumers are woken after the lock has been dropped.
 *
 * Who has a request: the queue, or whoever has taken it out (a pair, a return), see
 * request_queue.h.
 * Who has an event: the queue, until somebody takes it out under the lock; every way
 * ends in notify_release(), which calls the Client's data_cleanup unless a completion
 * callback got the data.
 *
 * Lock order: this Module's lock is the last.
 */
#include <linux/device.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/seq_file.h>

#include <linux/dmf/branch_track.h>
#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_request.h>
#include <linux/dmf/recorder.h>
#include <linux/dmf/request.h>
#include <linux/dmf/request_queue.h>
#include <uapi/linux/dmf/notify.h>

#include "../trace.h"
#include "event_store.h"

/* Data of up to so many bytes are copied with the lock held. */
#define DATA_SMALL	256

#define NOTIFY_BRANCHES(X)						\
	X(oldest_made_room, OPTIONAL)					\
	X(all_were_being_read, OPTIONAL)

DMF_BRANCHES(notify_user_with_request, NOTIFY_BRANCHES);

struct dmf_notify_user_with_request {
	struct dmf_module module;	/* its lock guards all below */
	struct event_store store;	/* of no records if no data is kept */
	struct dmf_request_queue requests;
	unsigned int high_water;	/* largest number of unread events so far */
	u64 sequence;			/* of the latest event */
	u64 discarded;			/* events that nobody read */
	u64 delivered;			/* events that were paired or pulled */
};

/* A request and the event that it gets; empty if there was no pair. */
struct notify_pair {
	struct dmf_request *request;
	struct event_entry event;
};

static struct dmf_notify_user_with_request *to_notify(struct dmf_module *module)
{
	return container_of(module, struct dmf_notify_user_with_request, module);
}

static const struct dmf_notify_user_with_request_config *
notify_config(struct dmf_notify_user_with_request *notify)
{
	return dmf_module_config(&notify->module);
}

/* -- Under the lock --------------------------------------------------------------- */

static noinline void notify_trace_queue_locked(struct dmf_notify_user_with_request *notify)
{
	trace_notify_queue(&notify->module, notify->sequence, notify->store.queued);
}

/* Each doubling is recorded: more, and there would be little else in the ring. */
static void notify_discard_locked(struct dmf_notify_user_with_request *notify)
{
	if (is_power_of_2(++notify->discarded))
		dmf_record(&notify->module, "discarded=%llu sequence=%llu", notify->discarded,
			   notify->sequence);
}

/* Return: the oldest event, if one more would be too many. */
static struct event_entry
notify_take_surplus_locked(struct dmf_notify_user_with_request *notify)
{
	struct event_entry oldest = { };

	if (notify_config(notify)->enable_look_aside) {
		if (event_store_grow_locked(&notify->store))
			return oldest;
	} else if (notify->store.queued < notify_config(notify)->max_pending_data) {
		return oldest;
	}
	notify_discard_locked(notify);
	DMF_BRANCH(notify_user_with_request, &notify->module, oldest_made_room);
	return event_store_take_locked(&notify->store);
}

static struct notify_pair notify_pair_locked(struct dmf_notify_user_with_request *notify)
{
	struct notify_pair pair = { };

	if (likely(!dmf_request_queue_count(&notify->requests)) || !notify->store.queued)
		return pair;

	pair.event = event_store_take_locked(&notify->store);
	pair.request = dmf_request_queue_take_locked(&notify->requests);
	notify->delivered++;
	return pair;
}

/* -- After the lock --------------------------------------------------------------- */

static void notify_hand_out(struct dmf_notify_user_with_request *notify,
			    struct dmf_request *request,
			    dmf_notify_user_with_request_fn *complete, void *context, int status)
{
	if (complete)
		complete(notify, request, context, status);
	else
		dmf_request_complete(request, status);
}

/* Every way of an event ends here. @unseen: no callback has got the data. */
static void notify_release(struct dmf_notify_user_with_request *notify,
			   struct event_record *record, bool unseen)
{
	if (unseen && notify_config(notify)->data_cleanup)
		notify_config(notify)->data_cleanup(notify, record->data);

	dmf_module_lock(&notify->module);
	event_store_put_run_locked(&notify->store, record, 1);
	dmf_module_unlock(&notify->module);
}

/* An event that nobody has read, and nobody will. */
static noinline void notify_drop(struct dmf_notify_user_with_request *notify,
				 struct event_record *record)
{
	trace_notify_drop(&notify->module, record->event.sequence, 1);
	notify_release(notify, record, true);
}

static void notify_deliver_pair(struct dmf_notify_user_with_request *notify,
				const struct notify_pair *pair)
{
	const struct event_entry *event = &pair->event;

	trace_notify_deliver(&notify->module, event->record->event.sequence, 1,
			     event->record->event.timestamp_ns);
	notify_hand_out(notify, pair->request, event->complete, event->record->data,
			event->record->event.status);
	notify_release(notify, event->record, !event->complete);
}

/* Of a Client that wants to hear of requests that get no event. */
static void notify_give_back(struct dmf_request_queue *requests, struct dmf_request *request,
			     int status)
{
	struct dmf_notify_user_with_request *notify =
		container_of(requests, struct dmf_notify_user_with_request, requests);

	notify_config(notify)->pending_requests_cancel(notify, request, NULL, status);
}

/* -- Events ----------------------------------------------------------------------- */

/*
 * All records are in use. Make one more, if that is wanted; else discard the oldest
 * event. If there is none either, all are being read just now, and the new event is the
 * one that is lost.
 *
 * Return: true to try again; false with a record, or NULL, in *@record.
 */
static bool notify_make_room(struct dmf_notify_user_with_request *notify,
			     struct event_record **record)
{
	struct event_entry oldest = { };
	gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN;

	if (notify_config(notify)->enable_look_aside) {
		if (dmf_module_is_passive_level(&notify->module))
			gfp = GFP_KERNEL;
		*record = kzalloc(notify->store.record_size, gfp);
		if (*record)
			return false;
	}

	dmf_module_lock(&notify->module);
	*record = event_store_get_locked(&notify->store);
	if (!*record) {
		oldest = event_store_take_locked(&notify->store);
		if (!oldest.record) {
			notify->sequence++;
			trace_notify_drop(&notify->module, notify->sequence, 1);
		}
		notify_discard_locked(notify);
		DMF_BRANCH_CONDITIONAL(notify_user_with_request, &notify->module,
				       all_were_being_read, !oldest.record);
	}
	dmf_module_unlock(&notify->module);

	if (oldest.record)
		notify_drop(notify, oldest.record);
	return oldest.record;
}

/* Return: an empty record, the oldest unread one if need be, NULL if there is none. */
static struct event_record *notify_fetch(struct dmf_notify_user_with_request *notify)
{
	struct event_record *record = NULL;

	while (notify_make_room(notify, &record))
		;
	return record;
}

static __always_inline void notify_fill(struct dmf_notify_user_with_request *notify,
					struct event_record *record, const void *data,
					int status)
{
	const struct dmf_notify_user_with_request_config *config = notify_config(notify);

	record->event = (struct dmf_event) {
		.size = notify->store.record_size,
		.data_size = config->data_size,
		.data_offset = sizeof(struct dmf_event),
		.type = config->event_type,
		.status = status,
	};
	if (config->data_size)
		memcpy(record->data, data, config->data_size);
}

static int notify_event(struct dmf_notify_user_with_request *notify,
			dmf_notify_user_with_request_fn *complete, const void *data, int status)
{
	struct event_entry surplus, event = { .complete = complete };
	struct notify_pair pair = { };
	struct event_record *record;

	dmf_module_lock(&notify->module);
	record = event_store_get_locked(&notify->store);
	if (unlikely(!record || notify_config(notify)->data_size > DATA_SMALL)) {
		dmf_module_unlock(&notify->module);
		record = record ?: notify_fetch(notify);
		if (!record)
			return -ENOBUFS;
		notify_fill(notify, record, data, status);
		dmf_module_lock(&notify->module);
	} else {
		notify_fill(notify, record, data, status);
	}
	event.record = record;
	record->event.sequence = ++notify->sequence;
	record->event.timestamp_ns = ktime_get_ns();
	surplus = notify_take_surplus_locked(notify);
	event_store_append_locked(&notify->store, &event);
	notify->high_water = max(notify->high_water, notify->store.queued);
	if (trace_notify_queue_enabled())
		notify_trace_queue_locked(notify);
	if (unlikely(dmf_request_queue_count(&notify->requests)))
		pair = notify_pair_locked(notify);
	dmf_module_unlock(&notify->module);

	if (surplus.record)
		notify_drop(notify, surplus.record);
	if (pair.request)
		notify_deliver_pair(notify, &pair);
	else if (!notify_config(notify)->no_stream)
		dmf_module_wake_stream(&notify->module);
	return 0;
}

/* -- The stream ------------------------------------------------------------------- */

static int notify_pop(struct dmf_module *module, struct dmf_file *file,
		      struct dmf_stream_run *runs, unsigned int max, size_t room)
{
	struct dmf_notify_user_with_request *notify = to_notify(module);
	struct event_store *store = &notify->store;
	unsigned int count = 0, taken;
	struct event_entry first;

	if (room < (size_t)max * store->record_size)
		max = room / store->record_size;
	dmf_module_lock(module);
	event_store_unpark_locked(store);
	if (!max && store->queued) {
		dmf_module_unlock(module);
		return -ENOSPC;
	}
	while (max && store->queued && count < DMF_STREAM_RUNS) {
		taken = event_store_take_run_locked(store, max, &first);
		runs[count++] = (struct dmf_stream_run) {
			.data = first.record,
			.size = store->record_size,
			.count = taken,
			.cookie = first.complete,
		};
		notify->delivered += taken;
		max -= taken;
	}
	dmf_module_unlock(module);
	return count;
}

static struct event_record *run_record(const struct dmf_stream_run *run, unsigned int index)
{
	return (struct event_record *)(run->data + (size_t)index * run->size);
}

static noinline void notify_cleanup_runs(struct dmf_notify_user_with_request *notify,
					 const struct dmf_stream_run *runs, unsigned int count)
{
	const struct dmf_notify_user_with_request_config *config = notify_config(notify);
	unsigned int run, i;

	for (run = 0; run < count; run++)
		for (i = 0; i < runs[run].count; i++)
			config->data_cleanup(notify, run_record(&runs[run], i)->data);
}

static noinline void notify_put_runs(struct dmf_notify_user_with_request *notify,
				     const struct dmf_stream_run *runs, unsigned int count)
{
	unsigned int run;

	dmf_module_lock(&notify->module);
	for (run = 0; run < count; run++)
		event_store_put_run_locked(&notify->store, run_record(&runs[run], 0),
					   runs[run].count);
	dmf_module_unlock(&notify->module);
}

static noinline void notify_trace_runs(struct dmf_notify_user_with_request *notify,
				       const struct dmf_stream_run *runs, unsigned int count)
{
	const struct dmf_event *first;
	unsigned int run;

	for (run = 0; run < count; run++) {
		first = &run_record(&runs[run], 0)->event;
		trace_notify_deliver(&notify->module, first->sequence, runs[run].count,
				     first->timestamp_ns);
	}
}

/* Mostly there is one run, which is parked. */
static void notify_done(struct dmf_module *module, struct dmf_file *file,
			const struct dmf_stream_run *runs, unsigned int count)
{
	struct dmf_notify_user_with_request *notify = to_notify(module);

	if (trace_notify_deliver_enabled())
		notify_trace_runs(notify, runs, count);
	if (notify_config(notify)->data_cleanup)
		notify_cleanup_runs(notify, runs, count);
	if (count == 1 && !notify->store.parked_count) {
		notify->store.parked = run_record(&runs[0], 0);
		notify->store.parked_count = runs[0].count;
		return;
	}
	notify_put_runs(notify, runs, count);
}

static void notify_push_back_run_locked(struct dmf_notify_user_with_request *notify,
					const struct dmf_stream_run *run)
{
	struct event_entry event = { .complete = run->cookie };
	unsigned int i;

	dmf_module_assert_locked(&notify->module);
	for (i = run->count; i--;) {
		event.record = run_record(run, i);
		event_store_push_back_locked(&notify->store, &event);
	}
	notify->delivered -= run->count;
}

static void notify_push_back(struct dmf_module *module, struct dmf_file *file,
			     const struct dmf_stream_run *runs, unsigned int count)
{
	struct dmf_notify_user_with_request *notify = to_notify(module);
	struct notify_pair pair;

	dmf_module_lock(module);
	while (count--)
		notify_push_back_run_locked(notify, &runs[count]);
	dmf_module_unlock(module);

	/* Requests that have come meanwhile. */
	do {
		dmf_module_lock(module);
		pair = notify_pair_locked(notify);
		dmf_module_unlock(module);
		if (pair.request)
			notify_deliver_pair(notify, &pair);
	} while (pair.request);
}

static bool notify_is_empty(struct dmf_module *module, struct dmf_file *file)
{
	return !READ_ONCE(to_notify(module)->store.queued);
}

static void notify_info(struct dmf_module *module, struct dmf_file *file,
			struct dmf_stream_info *info)
{
	struct dmf_notify_user_with_request *notify = to_notify(module);
	const struct dmf_notify_user_with_request_config *config = notify_config(notify);

	info->record_size = notify->store.record_size;
	info->depth = config->enable_look_aside ? 0 : config->max_pending_data;
	dmf_module_lock(module);
	info->queued = notify->store.queued;
	info->sequence = notify->sequence;
	info->lost = notify->discarded;
	dmf_module_unlock(module);
}

static const struct dmf_stream_ops notify_stream_ops = {
	.pop		= notify_pop,
	.done		= notify_done,
	.push_back	= notify_push_back,
	.is_empty	= notify_is_empty,
	.info		= notify_info,
};

/* -- Requests --------------------------------------------------------------------- */

static int notify_return_one(struct dmf_notify_user_with_request *notify,
			     dmf_notify_user_with_request_fn *complete, void *context, int status)
{
	struct dmf_request *request = dmf_request_queue_take(&notify->requests);

	if (!request)
		return -ENOENT;

	notify_hand_out(notify, request, complete, context, status);
	return 0;
}

/* -- Module callbacks --------------------------------------------------------------- */

static int notify_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	const struct dmf_notify_user_with_request_config *config = dmf_module_config(module);
	struct event_store *store = &to_notify(module)->store;

	if (config->max_pending_data > INT_MAX) {
		dev_err(dmf_module_device(module), "%s: max_pending_data %u is too large\n",
			dmf_module_name(module), config->max_pending_data);
		return -EINVAL;
	}
	if (config->data_size > DMF_IO_SIZE_MAX) {
		dev_err(dmf_module_device(module), "%s: data_size %u is larger than %u\n",
			dmf_module_name(module), config->data_size, DMF_IO_SIZE_MAX);
		return -EINVAL;
	}
	if (!config->max_pending_data)
		return 0;

	store->record_size = sizeof(struct dmf_event) + ALIGN(config->data_size, 8);
	/* Beside those that wait, one is being filled, some are being pulled or are parked. */
	store->record_count = config->max_pending_data + 1 +
			      min(config->max_pending_data, DMF_STREAM_BATCH);
	return config->no_stream ? 0 : dmf_module_add_stream(init, &notify_stream_ops);
}

static int notify_open(struct dmf_module *module)
{
	struct dmf_notify_user_with_request *notify = to_notify(module);
	const struct dmf_notify_user_with_request_config *config = notify_config(notify);

	dmf_request_queue_init(&notify->requests, module, config->max_pending_requests,
			       config->pending_requests_cancel ? notify_give_back : NULL);
	return notify->store.record_count ? event_store_create(&notify->store) : 0;
}

/* Requests do not keep the Module open: give them back before it goes. */
static void notify_pre_close(struct dmf_module *module)
{
	dmf_request_queue_close(&to_notify(module)->requests, -ECANCELED);
}

/* Unread events go while the Client can still hear of it. */
static void notify_close(struct dmf_module *module)
{
	struct dmf_notify_user_with_request *notify = to_notify(module);
	struct event_entry event;

	if (!notify->store.record_count)
		return;

	for (;;) {
		dmf_module_lock(module);
		event = event_store_take_locked(&notify->store);
		notify->discarded += !!event.record;
		dmf_module_unlock(module);
		if (!event.record)
			break;
		notify_drop(notify, event.record);
	}
	dmf_module_lock(module);
	event_store_unpark_locked(&notify->store);
	dmf_module_unlock(module);
	event_store_destroy(&notify->store);
}

static void notify_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_notify_user_with_request *notify = to_notify(module);

	dmf_module_lock(module);
	seq_printf(seq, "requests=%u queued=%u high-water=%u sequence=%llu delivered=%llu discarded=%llu",
		   dmf_request_queue_count(&notify->requests), notify->store.queued,
		   notify->high_water, notify->sequence, notify->delivered, notify->discarded);
	dmf_module_unlock(module);
}

static const struct dmf_module_ops notify_ops = {
	.child_modules_add	= notify_child_modules_add,
	.open			= notify_open,
	.pre_close		= notify_pre_close,
	.close			= notify_close,
	.show			= notify_show,
};

static const struct dmf_module_desc notify_user_with_request_desc = {
	.name		= "notify_user_with_request",
	.size		= sizeof(struct dmf_notify_user_with_request),
	.config_size	= sizeof(struct dmf_notify_user_with_request_config),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.open_option	= DMF_OPEN_CREATE,
	.recorder_size	= DMF_RECORDER_SIZE_DEFAULT,
	.branches	= &notify_user_with_request_branches,
	.ops		= &notify_ops,
};

DMF_DEFINE_MODULE(notify_user_with_request);
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_create, DMF);

/* -- Methods ----------------------------------------------------------------------- */

int dmf_notify_user_with_request_data_process(struct dmf_notify_user_with_request *notify,
					      dmf_notify_user_with_request_fn *complete,
					      const void *data, int status)
{
	int ret = dmf_module_acquire(&notify->module);

	if (ret)
		return ret;

	if (!notify->store.record_count)
		ret = -EOPNOTSUPP;
	else if (!data && notify_config(notify)->data_size)
		ret = -EINVAL;
	else
		ret = notify_event(notify, complete, data, status);
	dmf_module_release(&notify->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_data_process, DMF);

int dmf_notify_user_with_request_event_request_add(struct dmf_notify_user_with_request *notify,
						   struct dmf_request *request)
{
	int ret = dmf_module_acquire(&notify->module);

	if (ret)
		return ret;

	ret = dmf_request_queue_add(&notify->requests, request);
	dmf_module_release(&notify->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_event_request_add, DMF);

int dmf_notify_user_with_request_request_process(struct dmf_notify_user_with_request *notify,
						 struct dmf_request *request)
{
	struct notify_pair pair = { };
	int ret = dmf_module_acquire(&notify->module);

	if (ret)
		return ret;

	dmf_module_lock(&notify->module);
	ret = dmf_request_queue_add_locked(&notify->requests, request);
	if (!ret)
		pair = notify_pair_locked(notify);
	dmf_module_unlock(&notify->module);
	if (pair.request)
		notify_deliver_pair(notify, &pair);
	dmf_module_release(&notify->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_request_process, DMF);

int dmf_notify_user_with_request_request_return_ex(struct dmf_notify_user_with_request *notify,
						   dmf_notify_user_with_request_fn *complete,
						   void *context, int status)
{
	int ret = dmf_module_acquire(&notify->module);

	if (ret)
		return ret;

	ret = notify_return_one(notify, complete, context, status);
	dmf_module_release(&notify->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_request_return_ex, DMF);

void dmf_notify_user_with_request_request_return(struct dmf_notify_user_with_request *notify,
						 dmf_notify_user_with_request_fn *complete,
						 void *context, int status)
{
	dmf_notify_user_with_request_request_return_ex(notify, complete, context, status);
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_request_return, DMF);

void dmf_notify_user_with_request_request_return_all(struct dmf_notify_user_with_request *notify,
						     dmf_notify_user_with_request_fn *complete,
						     void *context, int status)
{
	unsigned int held;

	if (dmf_module_acquire(&notify->module))
		return;

	held = dmf_request_queue_count(&notify->requests);
	while (held-- && !notify_return_one(notify, complete, context, status))
		;
	dmf_module_release(&notify->module);
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_request_return_all, DMF);

ktime_t dmf_notify_user_with_request_data_buffer_timestamp_get(const void *data)
{
	const struct event_record *record = container_of(data, struct event_record, data);

	return ns_to_ktime(record->event.timestamp_ns);
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_data_buffer_timestamp_get, DMF);

ktime_t dmf_notify_user_with_request_request_timestamp_get(const struct dmf_request *request)
{
	return dmf_request_pended_at(request);
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_request_timestamp_get, DMF);
