// SPDX-License-Identifier: GPL-2.0-only
/*
 * NotifyUserWithRequest: tell programs in user space about events.
 *
 * Events are buffers of the child, a BufferQueue: its producer holds the free
 * ones, its consumer the unread ones, oldest first. Requests that a Client has
 * passed on wait in a queue. The Module's lock makes these one step each:
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
 * Who has an event: the producer, whoever fills it, the consumer, whoever
 * delivers it; every way ends in dmf_buffer_queue_reuse(), whose cleanup callback
 * calls the Client's data_cleanup unless a completion callback got the data.
 *
 * Lock order: this Module's lock, then those of the child.
 */
#include <linux/device.h>
#include <linux/overflow.h>
#include <linux/seq_file.h>

#include <linux/dmf/buffer_queue.h>
#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_request.h>
#include <linux/dmf/request.h>
#include <linux/dmf/request_queue.h>
#include <uapi/linux/dmf/notify.h>

/* One event, in a buffer of the BufferQueue. User space gets @event and @data. */
struct notify_record {
	dmf_notify_user_with_request_fn *complete;
	bool owes_cleanup;		/* no callback has got the data */
	struct dmf_event event;
	u8 data[] __aligned(8);
};

static_assert(offsetof(struct notify_record, data) ==
	      offsetof(struct notify_record, event) + sizeof(struct dmf_event));

struct dmf_notify_user_with_request {
	struct dmf_module module;	/* its lock guards all below */
	struct dmf_buffer_queue *queue;	/* NULL if no data is kept */
	struct dmf_request_queue requests;
	unsigned int queued;		/* unread events; read without lock by is_empty */
	unsigned int high_water;	/* largest @queued so far */
	u32 record_size;		/* of what user space gets of an event; constant */
	u64 sequence;			/* of the latest event */
	u64 discarded;			/* events that nobody read */
	u64 delivered;			/* events that were paired or pulled */
};

/* A request and the event that it gets; empty if there was no pair. */
struct notify_pair {
	struct dmf_request *request;
	struct notify_record *record;
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

static struct notify_record *notify_dequeue_locked(struct dmf_notify_user_with_request *notify)
{
	void *buffer;

	dmf_module_assert_locked(&notify->module);
	if (!notify->queued)
		return NULL;
	/* The queue keeps damaged buffers out of use: it may have fewer than we count. */
	if (dmf_buffer_queue_dequeue(notify->queue, &buffer, NULL)) {
		notify->discarded += notify->queued;
		WRITE_ONCE(notify->queued, 0);
		return NULL;
	}
	WRITE_ONCE(notify->queued, notify->queued - 1);
	return buffer;
}

/* Count what an enqueue has added, or has refused because it is damaged. */
static void notify_count_queued_locked(struct dmf_notify_user_with_request *notify, int refused)
{
	if (refused) {
		notify->discarded++;
		return;
	}
	WRITE_ONCE(notify->queued, notify->queued + 1);
	notify->high_water = max(notify->high_water, notify->queued);
}

/* Return: the oldest event, if one more would be too many. */
static struct notify_record *
notify_take_surplus_locked(struct dmf_notify_user_with_request *notify)
{
	struct notify_record *oldest;

	if (notify_config(notify)->enable_look_aside ||
	    notify->queued < notify_config(notify)->max_pending_data)
		return NULL;

	oldest = notify_dequeue_locked(notify);
	notify->discarded += !!oldest;
	return oldest;
}

static struct notify_pair notify_pair_locked(struct dmf_notify_user_with_request *notify)
{
	struct notify_pair pair = { };

	if (!dmf_request_queue_count(&notify->requests))
		return pair;
	pair.record = notify_dequeue_locked(notify);
	if (!pair.record)
		return pair;

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

static void notify_deliver_pair(struct dmf_notify_user_with_request *notify,
				const struct notify_pair *pair)
{
	struct notify_record *record = pair->record;

	record->owes_cleanup = !record->complete;
	notify_hand_out(notify, pair->request, record->complete, record->data,
			record->event.status);
	dmf_buffer_queue_reuse(notify->queue, record);
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

/* Every way of an event ends here, once. */
static void notify_record_cleanup(struct dmf_buffer_queue *queue, void *buffer,
				  void *buffer_context)
{
	struct dmf_module *module = dmf_parent_module_get(dmf_buffer_queue_module(queue));
	struct dmf_notify_user_with_request *notify = to_notify(module);
	struct notify_record *record = buffer;

	if (record->owes_cleanup && notify_config(notify)->data_cleanup)
		notify_config(notify)->data_cleanup(notify, record->data);
}

/*
 * All buffers were in use a moment ago. Look again while nobody can take an event
 * out of the queue; if there is still none, discard the oldest event. If there is
 * none either, all are being read just now, and the new event is the one that is
 * lost.
 *
 * Return: true to try again; false with a buffer, or NULL, in *@buffer.
 */
static bool notify_make_room(struct dmf_notify_user_with_request *notify, void **buffer)
{
	struct notify_record *oldest = NULL;

	dmf_module_lock(&notify->module);
	if (dmf_buffer_queue_fetch(notify->queue, buffer, NULL)) {
		*buffer = NULL;
		oldest = notify_dequeue_locked(notify);
		notify->sequence += !oldest;
		notify->discarded++;
	}
	dmf_module_unlock(&notify->module);

	if (oldest)
		dmf_buffer_queue_reuse(notify->queue, oldest);
	return oldest;
}

/* Return: an empty record, the oldest unread one if need be, NULL if there is none. */
static struct notify_record *notify_fetch(struct dmf_notify_user_with_request *notify)
{
	void *buffer;

	while (dmf_buffer_queue_fetch(notify->queue, &buffer, NULL)) {
		if (!notify_make_room(notify, &buffer))
			break;
	}
	return buffer;
}

static void notify_fill(struct dmf_notify_user_with_request *notify, struct notify_record *record,
			dmf_notify_user_with_request_fn *complete, const void *data, int status)
{
	const struct dmf_notify_user_with_request_config *config = notify_config(notify);

	record->complete = complete;
	record->owes_cleanup = true;
	record->event = (struct dmf_event) {
		.size = notify->record_size,
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
	struct notify_record *record = notify_fetch(notify), *surplus;
	struct notify_pair pair;

	if (!record)
		return -ENOBUFS;
	notify_fill(notify, record, complete, data, status);

	dmf_module_lock(&notify->module);
	record->event.sequence = ++notify->sequence;
	record->event.timestamp_ns = ktime_get_ns();
	surplus = notify_take_surplus_locked(notify);
	notify_count_queued_locked(notify, dmf_buffer_queue_enqueue(notify->queue, record));
	pair = notify_pair_locked(notify);
	dmf_module_unlock(&notify->module);

	if (surplus)
		dmf_buffer_queue_reuse(notify->queue, surplus);
	if (pair.request)
		notify_deliver_pair(notify, &pair);
	else if (!notify_config(notify)->no_stream)
		dmf_module_wake_stream(&notify->module);
	return 0;
}

/* -- The stream ------------------------------------------------------------------- */

static int notify_pop(struct dmf_module *module, struct dmf_file *file,
		      struct dmf_stream_record *records, unsigned int max, size_t room)
{
	struct dmf_notify_user_with_request *notify = to_notify(module);
	struct notify_record *record;
	unsigned int count;

	dmf_module_lock(module);
	for (count = 0; count < max && notify->queued; count++) {
		if (room < notify->record_size)
			break;
		record = notify_dequeue_locked(notify);
		if (!record)
			break;
		room -= notify->record_size;
		records[count] = (struct dmf_stream_record) {
			.data = &record->event,
			.size = notify->record_size,
			.cookie = record,
		};
	}
	notify->delivered += count;
	if (!count && notify->queued)
		count = -ENOSPC;
	dmf_module_unlock(module);
	return count;
}

static void notify_done(struct dmf_module *module, struct dmf_file *file,
			const struct dmf_stream_record *records, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		dmf_buffer_queue_reuse(to_notify(module)->queue, records[i].cookie);
}

static void notify_push_back(struct dmf_module *module, struct dmf_file *file,
			     const struct dmf_stream_record *records, unsigned int count)
{
	struct dmf_notify_user_with_request *notify = to_notify(module);
	struct notify_pair pair;
	int ret;

	dmf_module_lock(module);
	notify->delivered -= count;
	while (count--) {
		ret = dmf_buffer_queue_enqueue_at_head(notify->queue, records[count].cookie);
		notify_count_queued_locked(notify, ret);
	}
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
	return !READ_ONCE(to_notify(module)->queued);
}

static const struct dmf_stream_ops notify_stream_ops = {
	.pop		= notify_pop,
	.done		= notify_done,
	.push_back	= notify_push_back,
	.is_empty	= notify_is_empty,
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
	struct dmf_module_attributes attributes = {
		.passive_level = dmf_module_is_passive_level(module),
	};
	struct dmf_buffer_queue_config queue = {
		.source = {
			/* Beside those that wait, one is being filled and some pulled. */
			.buffer_count = config->max_pending_data + 1 +
					min(config->max_pending_data, DMF_STREAM_BATCH),
			.buffer_size = sizeof(struct notify_record) + ALIGN(config->data_size, 8),
			.enable_look_aside = config->enable_look_aside,
		},
		.reuse_cleanup = notify_record_cleanup,
	};
	int ret;

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

	to_notify(module)->record_size = sizeof(struct dmf_event) + ALIGN(config->data_size, 8);
	ret = dmf_buffer_queue_add(init, &queue, &attributes, &to_notify(module)->queue);
	if (ret || config->no_stream)
		return ret;
	return dmf_module_add_stream(init, &notify_stream_ops);
}

static int notify_open(struct dmf_module *module)
{
	struct dmf_notify_user_with_request *notify = to_notify(module);
	const struct dmf_notify_user_with_request_config *config = notify_config(notify);

	dmf_request_queue_init(&notify->requests, module, config->max_pending_requests,
			       config->pending_requests_cancel ? notify_give_back : NULL);
	return 0;
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

	if (!notify->queue)
		return;

	dmf_buffer_queue_flush(notify->queue);
	notify->discarded += notify->queued;
	notify->queued = 0;
}

static void notify_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_notify_user_with_request *notify = to_notify(module);

	dmf_module_lock(module);
	seq_printf(seq, "requests=%u queued=%u high-water=%u sequence=%llu delivered=%llu discarded=%llu",
		   dmf_request_queue_count(&notify->requests), notify->queued, notify->high_water,
		   notify->sequence, notify->delivered, notify->discarded);
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

	if (!notify->queue)
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
	const struct notify_record *record = container_of(data, struct notify_record, data);

	return ns_to_ktime(record->event.timestamp_ns);
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_data_buffer_timestamp_get, DMF);

ktime_t dmf_notify_user_with_request_request_timestamp_get(const struct dmf_request *request)
{
	return dmf_request_pended_at(request);
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_request_timestamp_get, DMF);
