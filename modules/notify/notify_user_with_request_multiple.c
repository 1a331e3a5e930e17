// SPDX-License-Identifier: GPL-2.0-only
/*
 * NotifyUserWithRequestMultiple: tell every program in user space about every event.
 *
 *	first                     reader A            reader B = sequence + 1
 *	  v                          v                   v
 *	| 41 | 42 | 43 | 44 | 45 | 46 | 47 | 48 |        the ring, by number
 *
 * Events are kept once, in a ring of the last ones. Each open file has a reader, kept
 * by the core with the file, which knows the number of the event that is next for it:
 * so a broadcast costs the same for any number of files. Whoever falls out of the
 * ring has lost events, his own alone.
 *
 * Who has a record: the ring, each consumer who is copying it, each callback that
 * looks at it; it counts them and is free when there are none. How many records it
 * takes:
 *
 *	as many as the ring keeps,
 *	a batch for each member, which is what one of its consumers may have taken,
 *	one for each of the contexts that may run the completion callback at a time.
 *
 * A member brings its batch with it. So a record is always free for the next event,
 * however slowly others copy, and none has to be discarded early.
 *
 * Who has a request: its reader's list, as long as its entry is in it. Whoever takes
 * it out under the lock (a pair, a cancel, pre_close) has it then. A file whose
 * requests wait has no pairs while one of its consumers has taken records, because
 * those may go back; whoever ends that looks for pairs. Who finds that as many
 * contexts as allowed run the callback leaves his pairs to those, who look again
 * before they end.
 *
 * The Module's lock guards all of this. Callbacks run, requests are completed and
 * consumers are woken after it has been dropped. Members are not bound to the Module
 * being open: they come and go with files, under file_gate, and its memory is there
 * from creation on.
 */
#include <linux/device.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_request_multiple.h>
#include <linux/dmf/request.h>
#include <uapi/linux/dmf/notify.h>

/* In so many contexts at a time the completion callback runs. */
#define MULTIPLE_DELIVERERS	8

/* A member's batch takes no more memory than this, unless one record does. */
#define MULTIPLE_BATCH_BYTES	4096

/* One event. User space gets @event and @data. */
struct multiple_record {
	struct multiple_record *next;	/* in a stack of free ones */
	unsigned int users;		/* the ring, consumers, callbacks */
	struct dmf_event event;
	u8 data[] __aligned(8);
};

static_assert(offsetof(struct multiple_record, data) ==
	      offsetof(struct multiple_record, event) + sizeof(struct dmf_event));

struct dmf_notify_user_with_request_multiple {
	struct dmf_module module;	/* its lock guards all below the next four */
	struct multiple_record **ring;	/* these are constant from creation on */
	size_t mask;			/* of an index of the ring */
	u32 record_size;		/* of what user space gets of an event */
	unsigned int batch;		/* records that a file may have taken at a time */

	struct multiple_record *free;	/* top of the stack */
	u64 first;			/* oldest event in the ring */
	u64 sequence;			/* latest event; read without lock by is_empty */
	struct list_head members;	/* readers */
	struct list_head askers;	/* those with pending requests, next to be served first */
	unsigned int member_count;
	unsigned int held;		/* pending requests of all members */
	unsigned int deliverers;	/* contexts that run the completion callback */
	bool closing;			/* refuse requests */
	u64 delivered;			/* events that were paired or pulled, by whomever */
	u64 lost;			/* events that a member has not read in time, by whomever */
};

/* One open file, in memory of the core's; under the Module's lock. */
struct multiple_reader {
	struct dmf_notify_user_with_request_multiple *multiple;
	struct list_head member;	/* empty: not let in, or gone */
	struct list_head asker;		/* in askers while there are @requests */
	struct list_head requests;	/* oldest first */
	unsigned int held;		/* length of @requests */
	unsigned int popped;		/* records that a consumer has taken */
	u64 next;			/* event that is next; read without lock by is_empty */
};

/* A request and the event that it gets. */
struct multiple_pair {
	struct dmf_request *request;
	struct multiple_record *record;
};

static struct dmf_notify_user_with_request_multiple *to_multiple(struct dmf_module *module)
{
	return container_of(module, struct dmf_notify_user_with_request_multiple, module);
}

static const struct dmf_notify_user_with_request_multiple_config *
multiple_config(struct dmf_notify_user_with_request_multiple *multiple)
{
	return dmf_module_config(&multiple->module);
}

/* -- Memory ----------------------------------------------------------------------- */

static void multiple_free_stack(struct multiple_record *stack)
{
	struct multiple_record *record;

	while (stack) {
		record = stack;
		stack = record->next;
		kvfree(record);
	}
}

/* What is the same for each event is written here, once. */
static struct multiple_record *
multiple_record_alloc(struct dmf_notify_user_with_request_multiple *multiple, gfp_t gfp)
{
	const struct dmf_notify_user_with_request_multiple_config *config =
		multiple_config(multiple);
	struct multiple_record *record;

	record = kvzalloc(offsetof(struct multiple_record, event) + multiple->record_size, gfp);
	if (!record)
		return NULL;

	record->event.size = multiple->record_size;
	record->event.data_size = config->data_size;
	record->event.data_offset = sizeof(struct dmf_event);
	record->event.type = config->event_type;
	return record;
}

/* Return: so many records, or NULL. */
static struct multiple_record *
multiple_stack_alloc(struct dmf_notify_user_with_request_multiple *multiple,
		     unsigned int count, gfp_t gfp)
{
	struct multiple_record *stack = NULL, *record;

	while (count--) {
		record = multiple_record_alloc(multiple, gfp);
		if (!record) {
			multiple_free_stack(stack);
			return NULL;
		}
		record->next = stack;
		stack = record;
	}
	return stack;
}

/* -- Records, under the lock -------------------------------------------------------- */

static void multiple_put_locked(struct dmf_notify_user_with_request_multiple *multiple,
				struct multiple_record *record)
{
	if (--record->users)
		return;
	record->next = multiple->free;
	multiple->free = record;
}

static struct multiple_record *
multiple_take_free_locked(struct dmf_notify_user_with_request_multiple *multiple)
{
	struct multiple_record *record = multiple->free;

	multiple->free = record->next;
	return record;
}

static void multiple_forget_first_locked(struct dmf_notify_user_with_request_multiple *multiple)
{
	multiple_put_locked(multiple, multiple->ring[multiple->first++ & multiple->mask]);
}

static void multiple_publish_locked(struct dmf_notify_user_with_request_multiple *multiple,
				    const void *data, size_t size, int status)
{
	u64 sequence = multiple->sequence + 1;
	struct multiple_record *record;

	dmf_module_assert_locked(&multiple->module);
	if (sequence - multiple->first == multiple_config(multiple)->max_pending_data)
		multiple_forget_first_locked(multiple);

	record = multiple_take_free_locked(multiple);
	record->users = 1;
	record->event.status = status;
	record->event.timestamp_ns = ktime_get_ns();
	record->event.sequence = sequence;
	memcpy(record->data, data, size);
	multiple->ring[sequence & multiple->mask] = record;
	WRITE_ONCE(multiple->sequence, sequence);
}

/* -- Readers, under the lock -------------------------------------------------------- */

static bool multiple_is_member(const struct multiple_reader *reader)
{
	return !list_empty(&reader->member);
}

/* Return: how many events of the ring the file has not read; what is lost is counted. */
static u64 multiple_unread_locked(struct multiple_reader *reader)
{
	struct dmf_notify_user_with_request_multiple *multiple = reader->multiple;

	if (reader->next < multiple->first) {
		multiple->lost += multiple->first - reader->next;
		WRITE_ONCE(reader->next, multiple->first);
	}
	return multiple->sequence + 1 - reader->next;
}

/* The event that is next for the file, which has one. */
static struct multiple_record *multiple_take_next_locked(struct multiple_reader *reader)
{
	struct dmf_notify_user_with_request_multiple *multiple = reader->multiple;
	struct multiple_record *record = multiple->ring[reader->next & multiple->mask];

	record->users++;
	WRITE_ONCE(reader->next, reader->next + 1);
	return record;
}

/* -- Requests, under the lock ------------------------------------------------------- */

static void multiple_remove_request_locked(struct multiple_reader *reader,
					   struct dmf_request *request)
{
	list_del_init(&request->entry);
	reader->multiple->held--;
	if (!--reader->held)
		list_del_init(&reader->asker);
}

static struct dmf_request *multiple_take_request_locked(struct multiple_reader *reader)
{
	struct dmf_request *request = list_first_entry(&reader->requests, struct dmf_request,
						       entry);

	multiple_remove_request_locked(reader, request);
	return request;
}

static bool multiple_pair_of_reader_locked(struct multiple_reader *reader,
					   struct multiple_pair *pair)
{
	if (!reader->held || reader->popped || !multiple_unread_locked(reader))
		return false;

	pair->request = multiple_take_request_locked(reader);
	pair->record = multiple_take_next_locked(reader);
	reader->multiple->delivered++;
	return true;
}

/* Some file's pair. Files take turns, so that those in front are not looked at again. */
static bool multiple_pair_locked(struct dmf_notify_user_with_request_multiple *multiple,
				 struct multiple_pair *pair)
{
	struct multiple_reader *reader;

	dmf_module_assert_locked(&multiple->module);
	list_for_each_entry(reader, &multiple->askers, asker) {
		if (!multiple_pair_of_reader_locked(reader, pair))
			continue;
		if (reader->held)
			list_move_tail(&reader->asker, &multiple->askers);
		return true;
	}
	return false;
}

/* Return: true, and the caller owes multiple_deliver(), after the lock. */
static bool multiple_may_deliver_locked(struct dmf_notify_user_with_request_multiple *multiple)
{
	if (!multiple->held || multiple->deliverers == MULTIPLE_DELIVERERS)
		return false;
	multiple->deliverers++;
	return true;
}

/* -- After the lock ---------------------------------------------------------------- */

static void multiple_hand_out(struct dmf_notify_user_with_request_multiple *multiple,
			      const struct multiple_pair *pair)
{
	const struct dmf_notify_user_with_request_multiple_config *config =
		multiple_config(multiple);
	int status = pair->record->event.status;

	if (config->completion_callback)
		config->completion_callback(multiple, pair->request, pair->record->data, status);
	else
		dmf_request_complete(pair->request, status);
}

/* Hand out pairs until there is none; one record at a time is in use here. */
static void multiple_deliver(struct dmf_notify_user_with_request_multiple *multiple)
{
	struct multiple_pair pair = { };
	bool found;

	do {
		dmf_module_lock(&multiple->module);
		if (pair.record)
			multiple_put_locked(multiple, pair.record);
		found = multiple_pair_locked(multiple, &pair);
		if (!found)
			multiple->deliverers--;
		dmf_module_unlock(&multiple->module);
		if (found)
			multiple_hand_out(multiple, &pair);
	} while (found);
}

/* -- The stream ------------------------------------------------------------------- */

/*
 * Requests of the file come first: what is there for them and has not been handed out
 * yet is so now. The consumer has taken nothing meanwhile, so its batch has a record
 * to spare for that.
 */
static void multiple_serve_requests_locked(struct multiple_reader *reader)
{
	struct dmf_notify_user_with_request_multiple *multiple = reader->multiple;
	struct multiple_pair pair;

	while (multiple_pair_of_reader_locked(reader, &pair)) {
		dmf_module_unlock(&multiple->module);
		multiple_hand_out(multiple, &pair);
		dmf_module_lock(&multiple->module);
		multiple_put_locked(multiple, pair.record);
	}
}

static int multiple_pop(struct dmf_module *module, struct dmf_file *file,
			struct dmf_stream_record *records, unsigned int max, size_t room)
{
	struct multiple_reader *reader = dmf_module_reader(module, file);
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	struct multiple_record *record;
	unsigned int count = 0;
	u64 unread = 0;

	dmf_module_lock(module);
	if (multiple_is_member(reader)) {
		multiple_serve_requests_locked(reader);
		unread = multiple_unread_locked(reader);
	}
	max = min3((u64)max, (u64)multiple->batch, unread);
	for (; count < max && room >= multiple->record_size; count++) {
		record = multiple_take_next_locked(reader);
		records[count] = (struct dmf_stream_record) {
			.data = &record->event,
			.size = multiple->record_size,
			.cookie = record,
		};
		room -= multiple->record_size;
	}
	reader->popped = count;
	multiple->delivered += count;
	dmf_module_unlock(module);

	return max && !count ? -ENOSPC : count;
}

static void multiple_give_back(struct dmf_module *module, struct dmf_file *file,
			       const struct dmf_stream_record *records, unsigned int count,
			       unsigned int undelivered)
{
	struct multiple_reader *reader = dmf_module_reader(module, file);
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	bool deliver;
	unsigned int i;

	dmf_module_lock(module);
	reader->popped -= count;
	WRITE_ONCE(reader->next, reader->next - undelivered);
	multiple->delivered -= undelivered;
	for (i = 0; i < count; i++)
		multiple_put_locked(multiple, records[i].cookie);
	deliver = reader->held && !reader->popped && multiple_may_deliver_locked(multiple);
	dmf_module_unlock(module);

	if (deliver)
		multiple_deliver(multiple);
}

static void multiple_done(struct dmf_module *module, struct dmf_file *file,
			  const struct dmf_stream_record *records, unsigned int count)
{
	multiple_give_back(module, file, records, count, 0);
}

/* The ring may have gone on meanwhile: then they are lost, as if they had stayed. */
static void multiple_push_back(struct dmf_module *module, struct dmf_file *file,
			       const struct dmf_stream_record *records, unsigned int count)
{
	multiple_give_back(module, file, records, count, count);
}

static bool multiple_is_empty(struct dmf_module *module, struct dmf_file *file)
{
	struct multiple_reader *reader = dmf_module_reader(module, file);

	return !multiple_is_member(reader) ||
	       READ_ONCE(reader->next) > READ_ONCE(to_multiple(module)->sequence);
}

/* -- Members ---------------------------------------------------------------------- */

static void multiple_join(struct multiple_reader *reader, struct multiple_record *batch)
{
	struct dmf_notify_user_with_request_multiple *multiple = reader->multiple;
	struct multiple_record *record;

	dmf_module_lock(&multiple->module);
	while (batch) {
		record = batch;
		batch = record->next;
		record->next = multiple->free;
		multiple->free = record;
	}
	list_add_tail(&reader->member, &multiple->members);
	multiple->member_count++;
	dmf_module_unlock(&multiple->module);
}

/* Return: as many records as the member has brought; none of its consumers has one. */
static struct multiple_record *multiple_leave(struct multiple_reader *reader)
{
	struct dmf_notify_user_with_request_multiple *multiple = reader->multiple;
	struct multiple_record *batch = NULL, *record;
	unsigned int i;

	dmf_module_lock(&multiple->module);
	list_del_init(&reader->member);
	multiple->member_count--;
	for (i = 0; i < multiple->batch; i++) {
		record = multiple_take_free_locked(multiple);
		record->next = batch;
		batch = record;
	}
	dmf_module_unlock(&multiple->module);
	return batch;
}

static int multiple_reader_add(struct dmf_module *module, struct dmf_file *file, void *memory)
{
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	const struct dmf_notify_user_with_request_multiple_config *config =
		multiple_config(multiple);
	struct multiple_reader *reader = memory;
	struct multiple_record *batch;

	batch = multiple_stack_alloc(multiple, multiple->batch, GFP_KERNEL_ACCOUNT);
	if (!batch)
		return -ENOMEM;
	reader->multiple = multiple;
	INIT_LIST_HEAD(&reader->member);
	INIT_LIST_HEAD(&reader->asker);
	INIT_LIST_HEAD(&reader->requests);

	dmf_module_lock(module);
	reader->next = config->replay_last_messages ? multiple->first : multiple->sequence + 1;
	dmf_module_unlock(module);

	if (config->client_arrival && config->client_arrival(multiple, file))
		multiple_free_stack(batch);
	else
		multiple_join(reader, batch);
	return 0;
}

static void multiple_reader_remove(struct dmf_module *module, struct dmf_file *file,
				   void *memory)
{
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	struct multiple_reader *reader = memory;

	/* Nobody else looks at it: the file neither pulls nor has requests. */
	if (!multiple_is_member(reader))
		return;

	multiple_free_stack(multiple_leave(reader));
	if (multiple_config(multiple)->client_departure)
		multiple_config(multiple)->client_departure(multiple, file);
}

static const struct dmf_stream_ops multiple_stream_ops = {
	.pop		= multiple_pop,
	.done		= multiple_done,
	.push_back	= multiple_push_back,
	.is_empty	= multiple_is_empty,
	.reader_size	= sizeof(struct multiple_reader),
	.reader_add	= multiple_reader_add,
	.reader_remove	= multiple_reader_remove,
};

/* -- Requests --------------------------------------------------------------------- */

/* The submitter gives up. Return: true if the request was still in the list. */
static bool multiple_cancel(struct dmf_request *request)
{
	struct multiple_reader *reader = request->owner;
	struct dmf_module *module = &reader->multiple->module;
	bool found;

	dmf_module_lock(module);
	found = !list_empty(&request->entry);
	if (found)
		multiple_remove_request_locked(reader, request);
	dmf_module_unlock(module);
	return found;
}

static int multiple_add_request_locked(struct multiple_reader *reader,
				       struct dmf_request *request)
{
	struct dmf_notify_user_with_request_multiple *multiple = reader->multiple;

	dmf_module_assert_locked(&multiple->module);
	if (multiple->closing)
		return -ENODEV;
	if (!multiple_is_member(reader))
		return -ENOENT;
	if (reader->held >= multiple_config(multiple)->max_pending_requests)
		return -EBUSY;

	request->owner = reader;
	dmf_request_pend(request, multiple_cancel, 0);
	list_add_tail(&request->entry, &reader->requests);
	if (!reader->held++)
		list_add_tail(&reader->asker, &multiple->askers);
	multiple->held++;
	return 0;
}

/* -- Module callbacks --------------------------------------------------------------- */

static int multiple_check_config(struct dmf_module *module)
{
	const struct dmf_notify_user_with_request_multiple_config *config =
		dmf_module_config(module);

	if (!config->max_pending_data ||
	    config->max_pending_data > DMF_NOTIFY_USER_WITH_REQUEST_MULTIPLE_MAX) {
		dev_err(dmf_module_device(module), "%s: max_pending_data %u is not 1 to %u\n",
			dmf_module_name(module), config->max_pending_data,
			DMF_NOTIFY_USER_WITH_REQUEST_MULTIPLE_MAX);
		return -EINVAL;
	}
	if (config->data_size > DMF_IO_SIZE_MAX) {
		dev_err(dmf_module_device(module), "%s: data_size %u is larger than %u\n",
			dmf_module_name(module), config->data_size, DMF_IO_SIZE_MAX);
		return -EINVAL;
	}
	if (dmf_module_is_dynamic(module)) {
		dev_err(dmf_module_device(module), "%s: open files do not reach a dynamic Module\n",
			dmf_module_name(module));
		return -EINVAL;
	}
	return 0;
}

static int multiple_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	const struct dmf_notify_user_with_request_multiple_config *config =
		dmf_module_config(module);
	size_t slots;
	int ret;

	ret = multiple_check_config(module) ?: dmf_module_add_stream(init, &multiple_stream_ops);
	if (ret)
		return ret;

	slots = roundup_pow_of_two(config->max_pending_data);
	multiple->mask = slots - 1;
	multiple->record_size = sizeof(struct dmf_event) + ALIGN(config->data_size, 8);
	multiple->batch = clamp(MULTIPLE_BATCH_BYTES / multiple->record_size, 1,
				min(config->max_pending_data, DMF_STREAM_BATCH));
	multiple->first = 1;
	INIT_LIST_HEAD(&multiple->members);
	INIT_LIST_HEAD(&multiple->askers);

	multiple->ring = kvcalloc(slots, sizeof(*multiple->ring), GFP_KERNEL);
	if (!multiple->ring)
		return -ENOMEM;
	multiple->free = multiple_stack_alloc(multiple,
					      config->max_pending_data + MULTIPLE_DELIVERERS,
					      GFP_KERNEL);
	if (!multiple->free) {
		kvfree(multiple->ring);
		return -ENOMEM;
	}
	return 0;
}

/* All files have gone, so all records are free. */
static void multiple_destroy(struct dmf_module *module)
{
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);

	multiple_free_stack(multiple->free);
	kvfree(multiple->ring);
}

static int multiple_open(struct dmf_module *module)
{
	to_multiple(module)->closing = false;
	return 0;
}

/* Requests do not keep the Module open: give them back before it goes. */
static void multiple_pre_close(struct dmf_module *module)
{
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	struct multiple_reader *reader;
	struct dmf_request *request;

	do {
		dmf_module_lock(module);
		multiple->closing = true;
		reader = list_first_entry_or_null(&multiple->askers, struct multiple_reader,
						  asker);
		request = reader ? multiple_take_request_locked(reader) : NULL;
		dmf_module_unlock(module);
		if (request)
			dmf_request_complete(request, -ECANCELED);
	} while (request);
}

/* Nobody is inside the gate; members stay, and have lost what they have not read. */
static void multiple_close(struct dmf_module *module)
{
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	struct multiple_reader *reader;

	dmf_module_lock(module);
	while (multiple->first <= multiple->sequence)
		multiple_forget_first_locked(multiple);
	list_for_each_entry(reader, &multiple->members, member)
		multiple_unread_locked(reader);
	dmf_module_unlock(module);
}

static void multiple_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	struct multiple_reader *reader;
	u64 unread, slowest = 0;

	dmf_module_lock(module);
	list_for_each_entry(reader, &multiple->members, member) {
		unread = multiple_unread_locked(reader);
		slowest = max(slowest, unread);
	}
	seq_printf(seq, "members=%u requests=%u kept=%llu slowest=%llu sequence=%llu delivered=%llu lost=%llu",
		   multiple->member_count, multiple->held,
		   multiple->sequence + 1 - multiple->first, slowest, multiple->sequence,
		   multiple->delivered, multiple->lost);
	dmf_module_unlock(module);
}

static const struct dmf_module_ops multiple_ops = {
	.child_modules_add	= multiple_child_modules_add,
	.open			= multiple_open,
	.pre_close		= multiple_pre_close,
	.close			= multiple_close,
	.destroy		= multiple_destroy,
	.show			= multiple_show,
};

static const struct dmf_module_desc notify_user_with_request_multiple_desc = {
	.name		= "notify_user_with_request_multiple",
	.size		= sizeof(struct dmf_notify_user_with_request_multiple),
	.config_size	= sizeof(struct dmf_notify_user_with_request_multiple_config),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &multiple_ops,
};

DMF_DEFINE_MODULE(notify_user_with_request_multiple);
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_multiple_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_multiple_create, DMF);

/* -- Methods ----------------------------------------------------------------------- */

int dmf_notify_user_with_request_multiple_data_broadcast(
		struct dmf_notify_user_with_request_multiple *multiple,
		const void *buffer, size_t size, int status)
{
	struct dmf_module *module = &multiple->module;
	bool deliver;
	int ret;

	if (size != multiple_config(multiple)->data_size || (!buffer && size))
		return -EINVAL;
	ret = dmf_module_acquire(module);
	if (ret)
		return ret;

	dmf_module_lock(module);
	multiple_publish_locked(multiple, buffer, size, status);
	deliver = multiple_may_deliver_locked(multiple);
	dmf_module_unlock(module);

	if (deliver)
		multiple_deliver(multiple);
	dmf_module_wake_stream(module);
	dmf_module_release(module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_multiple_data_broadcast, DMF);

int dmf_notify_user_with_request_multiple_request_process(
		struct dmf_notify_user_with_request_multiple *multiple,
		struct dmf_request *request)
{
	struct dmf_module *module = &multiple->module;
	struct dmf_file *file = dmf_request_file(request);
	struct multiple_reader *reader;
	bool deliver = false;
	int ret;

	ret = dmf_module_acquire(module);
	if (ret)
		return ret;

	reader = file ? dmf_module_reader(module, file) : NULL;
	if (!reader) {
		dmf_module_release(module);
		return -ENOENT;
	}
	dmf_module_lock(module);
	ret = multiple_add_request_locked(reader, request);
	if (!ret && multiple_unread_locked(reader))
		deliver = multiple_may_deliver_locked(multiple);
	dmf_module_unlock(module);

	if (deliver)
		multiple_deliver(multiple);
	dmf_module_release(module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_multiple_request_process, DMF);
