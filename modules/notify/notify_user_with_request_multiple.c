// SPDX-License-Identifier: GPL-2.0-only
/*
 * NotifyUserWithRequestMultiple: tell every program in user space about every event.
 *
 *	first                     reader A            reader B = sequence + 1
 *	  v                          v                   v
 *	| 41 | 42 | 43 | 44 | 45 | 46 | 47 | 48 |        the ring, by number
 *
 * Events are kept once, in a ring of the last ones (event_ring.h). Each open file has a
 * reader, kept by the core with the file, which knows the number of the event that is
 * next for it: so a broadcast costs the same for any number of files. A file that falls
 * out of the ring has lost events, and no other has.
 *
 * Beside the ring a record is had by each consumer who is copying it, and by each
 * callback that looks at it. There are
 *
 *	as many as the ring keeps,
 *	a batch for each of those who may copy at a time; one more waits for its turn,
 *	one for each of the contexts that may run the completion callback at a time.
 *
 * So a record is always free for the next event, however slowly somebody copies, and
 * none has to be forgotten early.
 *
 * Who has a request: its reader's list, as long as its entry is in it. Whoever takes
 * it out under the lock (a pair, a cancel, pre_close) has it then. A file whose
 * requests wait has no pairs while one of its consumers has taken records, because
 * those may go back; whoever ends that looks for pairs. If as many contexts as allowed
 * run the callback already, pairs are left to those, which look again before they end.
 *
 * The Module's lock guards all of this. Callbacks run, requests are completed and
 * consumers are woken after it has been dropped. Members are not bound to the Module
 * being open: they come and go with files, under file_gate, and its memory is there
 * from creation on.
 */
#include <linux/device.h>
#include <linux/overflow.h>
#include <linux/seq_file.h>
#include <linux/wait.h>

#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_request_multiple.h>
#include <linux/dmf/request.h>
#include <uapi/linux/dmf/notify.h>

#include "../trace.h"
#include "event_ring.h"

/* So many consumers copy records at a time. */
#define MULTIPLE_COPIERS	8

/* In so many contexts at a time the completion callback runs. */
#define MULTIPLE_DELIVERERS	8

/* What a consumer copies in one go is no more than this, unless one record is. */
#define MULTIPLE_BATCH_BYTES	4096

struct dmf_notify_user_with_request_multiple {
	struct dmf_module module;	/* its lock guards all below */

	struct event_ring ring;
	unsigned int batch;		/* records that a consumer takes at a time; constant */
	unsigned int copiers;		/* consumers with records */
	wait_queue_head_t copier_wait;	/* for fewer of them */
	struct list_head members;	/* readers */
	struct list_head askers;	/* those with pending requests, next to be served first */
	unsigned int member_count;
	unsigned int held;		/* pending requests of all members */
	unsigned int deliverers;	/* contexts that run the completion callback */
	bool closing;			/* refuse requests */
	u64 delivered;			/* events that were paired or pulled, by whomever */
	u64 lost;			/* events that were not read in time, by whomever */
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
	u64 lost;			/* events that it has not read in time */
};

/* A request and the event that it gets. */
struct multiple_pair {
	struct dmf_request *request;
	unsigned int index;		/* of its record */
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

/* -- Readers, under the lock -------------------------------------------------------- */

static bool multiple_is_member(const struct multiple_reader *reader)
{
	return !list_empty(&reader->member);
}

/* Return: how many events of the ring the file has not read; what is lost is counted. */
static u64 multiple_unread_locked(struct multiple_reader *reader)
{
	struct event_ring *ring = &reader->multiple->ring;

	if (reader->next < ring->first) {
		trace_notify_drop(&reader->multiple->module, reader->next,
				  ring->first - reader->next);
		reader->lost += ring->first - reader->next;
		reader->multiple->lost += ring->first - reader->next;
		WRITE_ONCE(reader->next, ring->first);
	}
	return ring->sequence + 1 - reader->next;
}

/* So many events, or fewer if they are in too many pieces. Return: number of runs. */
static unsigned int multiple_take_runs_locked(struct multiple_reader *reader,
					      struct dmf_stream_run *runs, unsigned int max)
{
	struct event_ring *ring = &reader->multiple->ring;
	unsigned int count = 0, taken = 0, first, length;

	while (taken < max && count < DMF_STREAM_RUNS) {
		length = event_ring_get_run_locked(ring, reader->next + taken, max - taken,
						   &first);
		runs[count++] = (struct dmf_stream_run) {
			.data = event_ring_record(ring, first),
			.size = ring->record_size,
			.count = length,
		};
		taken += length;
	}
	WRITE_ONCE(reader->next, reader->next + taken);
	reader->popped = taken;
	reader->multiple->delivered += taken;
	return count;
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
	pair->index = event_ring_get_locked(&reader->multiple->ring, reader->next);
	WRITE_ONCE(reader->next, reader->next + 1);
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
	struct event_record *record = event_ring_record(&multiple->ring, pair->index);
	int status = record->event.status;

	trace_notify_deliver(&multiple->module, record->event.sequence, 1,
			     record->event.timestamp_ns);
	if (config->completion_callback)
		config->completion_callback(multiple, pair->request, record->data, status);
	else
		dmf_request_complete(pair->request, status);
}

/* Hand out pairs until there is none; one record at a time is in use here. */
static void multiple_deliver(struct dmf_notify_user_with_request_multiple *multiple)
{
	struct multiple_pair pair;
	bool found = false;

	do {
		dmf_module_lock(&multiple->module);
		if (found)
			event_ring_put_locked(&multiple->ring, pair.index);
		found = multiple_pair_locked(multiple, &pair);
		if (!found)
			multiple->deliverers--;
		dmf_module_unlock(&multiple->module);
		if (found)
			multiple_hand_out(multiple, &pair);
	} while (found);
}

/* -- The stream ------------------------------------------------------------------- */

/* Take a turn at copying; the lock is dropped while all turns are taken. */
static void multiple_begin_copy_locked(struct dmf_notify_user_with_request_multiple *multiple)
	__must_hold(&multiple->module.lock.spinlock)
{
	while (unlikely(multiple->copiers == MULTIPLE_COPIERS)) {
		dmf_module_unlock(&multiple->module);
		wait_event(multiple->copier_wait,
			   READ_ONCE(multiple->copiers) < MULTIPLE_COPIERS);
		dmf_module_lock(&multiple->module);
	}
	WRITE_ONCE(multiple->copiers, multiple->copiers + 1);
}

/* The caller owes multiple_wake_copier(), after the lock. */
static void multiple_end_copy_locked(struct dmf_notify_user_with_request_multiple *multiple)
{
	WRITE_ONCE(multiple->copiers, multiple->copiers - 1);
}

static void multiple_wake_copier(struct dmf_notify_user_with_request_multiple *multiple)
{
	if (unlikely(wq_has_sleeper(&multiple->copier_wait)))
		wake_up(&multiple->copier_wait);
}

/*
 * Requests of the file come first: what is there for them and has not been handed out
 * yet is so now. The consumer has its turn and has taken nothing yet, so there is a
 * record to spare for that.
 */
static void multiple_serve_requests_locked(struct multiple_reader *reader)
	__must_hold(&reader->multiple->module.lock.spinlock)
{
	struct dmf_notify_user_with_request_multiple *multiple = reader->multiple;
	struct multiple_pair pair;

	while (multiple_pair_of_reader_locked(reader, &pair)) {
		dmf_module_unlock(&multiple->module);
		multiple_hand_out(multiple, &pair);
		dmf_module_lock(&multiple->module);
		event_ring_put_locked(&multiple->ring, pair.index);
	}
}

static int multiple_pop(struct dmf_module *module, struct dmf_file *file,
			struct dmf_stream_run *runs, unsigned int max, size_t room)
{
	struct multiple_reader *reader = dmf_module_reader(module, file);
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	unsigned int fit = min_t(size_t, room / multiple->ring.record_size, max);
	u64 unread;
	int count;

	dmf_module_lock(module);
	if (!multiple_is_member(reader) || !multiple_unread_locked(reader)) {
		dmf_module_unlock(module);
		return 0;
	}
	multiple_begin_copy_locked(multiple);
	multiple_serve_requests_locked(reader);
	unread = multiple_unread_locked(reader);
	if (unread && !fit)
		count = -ENOSPC;
	else
		count = multiple_take_runs_locked(reader, runs,
						  min3((u64)fit, (u64)multiple->batch, unread));
	if (count <= 0)
		multiple_end_copy_locked(multiple);
	dmf_module_unlock(module);

	if (count <= 0)
		multiple_wake_copier(multiple);
	return count;
}

/* Some of what a consumer has taken; with the last its turn ends. */
static void multiple_give_back(struct dmf_module *module, struct dmf_file *file,
			       const struct dmf_stream_run *runs, unsigned int count,
			       bool delivered)
{
	struct multiple_reader *reader = dmf_module_reader(module, file);
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	unsigned int i, records = 0;
	bool deliver = false, ended;

	dmf_module_lock(module);
	for (i = 0; i < count; i++) {
		event_ring_put_run_locked(&multiple->ring, runs[i].data, runs[i].count);
		records += runs[i].count;
	}
	reader->popped -= records;
	if (!delivered) {
		WRITE_ONCE(reader->next, reader->next - records);
		multiple->delivered -= records;
	}
	ended = !reader->popped;
	if (ended) {
		multiple_end_copy_locked(multiple);
		deliver = reader->held && multiple_may_deliver_locked(multiple);
	}
	dmf_module_unlock(module);

	if (ended)
		multiple_wake_copier(multiple);
	if (deliver)
		multiple_deliver(multiple);
}

static noinline void multiple_trace_runs(const struct dmf_module *module,
					 const struct dmf_stream_run *runs, unsigned int count)
{
	const struct dmf_event *first;
	unsigned int run;

	for (run = 0; run < count; run++) {
		first = runs[run].data;
		trace_notify_deliver(module, first->sequence, runs[run].count,
				     first->timestamp_ns);
	}
}

static noinline void multiple_trace_queue_locked(struct dmf_module *module)
{
	const struct event_ring *ring = &to_multiple(module)->ring;

	trace_notify_queue(module, ring->sequence, ring->sequence + 1 - ring->first);
}

static void multiple_done(struct dmf_module *module, struct dmf_file *file,
			  const struct dmf_stream_run *runs, unsigned int count)
{
	if (trace_notify_deliver_enabled())
		multiple_trace_runs(module, runs, count);
	multiple_give_back(module, file, runs, count, true);
}

/* The ring may have gone on meanwhile: then they are lost, as if they had stayed. */
static void multiple_push_back(struct dmf_module *module, struct dmf_file *file,
			       const struct dmf_stream_run *runs, unsigned int count)
{
	multiple_give_back(module, file, runs, count, false);
}

static bool multiple_is_empty(struct dmf_module *module, struct dmf_file *file)
{
	struct multiple_reader *reader = dmf_module_reader(module, file);

	return !multiple_is_member(reader) ||
	       READ_ONCE(reader->next) > READ_ONCE(to_multiple(module)->ring.sequence);
}

/* What is queued and what was lost is that of the file. */
static void multiple_info(struct dmf_module *module, struct dmf_file *file,
			  struct dmf_stream_info *info)
{
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	struct multiple_reader *reader = dmf_module_reader(module, file);

	info->record_size = multiple->ring.record_size;
	info->depth = multiple_config(multiple)->max_pending_data;
	dmf_module_lock(module);
	if (multiple_is_member(reader))
		info->queued = multiple_unread_locked(reader);
	info->sequence = multiple->ring.sequence;
	info->lost = reader->lost;
	dmf_module_unlock(module);
}

/* -- Members ---------------------------------------------------------------------- */

static int multiple_reader_add(struct dmf_module *module, struct dmf_file *file, void *memory)
{
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	const struct dmf_notify_user_with_request_multiple_config *config =
		multiple_config(multiple);
	struct event_ring *ring = &multiple->ring;
	struct multiple_reader *reader = memory;

	reader->multiple = multiple;
	INIT_LIST_HEAD(&reader->member);
	INIT_LIST_HEAD(&reader->asker);
	INIT_LIST_HEAD(&reader->requests);

	dmf_module_lock(module);
	reader->next = config->replay_last_messages ? ring->first : ring->sequence + 1;
	dmf_module_unlock(module);

	if (config->client_arrival && config->client_arrival(multiple, file))
		return 0;

	dmf_module_lock(module);
	list_add_tail(&reader->member, &multiple->members);
	multiple->member_count++;
	dmf_module_unlock(module);
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

	dmf_module_lock(module);
	list_del_init(&reader->member);
	multiple->member_count--;
	dmf_module_unlock(module);
	if (multiple_config(multiple)->client_departure)
		multiple_config(multiple)->client_departure(multiple, file);
}

static const struct dmf_stream_ops multiple_stream_ops = {
	.pop		= multiple_pop,
	.done		= multiple_done,
	.push_back	= multiple_push_back,
	.is_empty	= multiple_is_empty,
	.info		= multiple_info,
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

static void multiple_set_sizes(struct dmf_notify_user_with_request_multiple *multiple)
{
	const struct dmf_notify_user_with_request_multiple_config *config =
		multiple_config(multiple);
	struct event_ring *ring = &multiple->ring;

	ring->keep = config->max_pending_data;
	ring->record_size = sizeof(struct event_record) + ALIGN(config->data_size, 8);
	multiple->batch = clamp(MULTIPLE_BATCH_BYTES / ring->record_size, 1U,
				min_t(u32, ring->keep, DMF_STREAM_BATCH));
	ring->record_count = ring->keep + MULTIPLE_COPIERS * multiple->batch +
			     MULTIPLE_DELIVERERS;
}

static int multiple_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	const struct dmf_notify_user_with_request_multiple_config *config =
		dmf_module_config(module);
	int ret;

	ret = multiple_check_config(module);
	if (ret)
		return ret;

	multiple_set_sizes(multiple);
	if (array_size(multiple->ring.record_count, multiple->ring.record_size) > INT_MAX) {
		dev_err(dmf_module_device(module), "%s: %u times %u bytes are too much\n",
			dmf_module_name(module), config->max_pending_data, config->data_size);
		return -EINVAL;
	}
	init_waitqueue_head(&multiple->copier_wait);
	INIT_LIST_HEAD(&multiple->members);
	INIT_LIST_HEAD(&multiple->askers);

	return dmf_module_add_stream(init, &multiple_stream_ops) ?:
	       event_ring_create(&multiple->ring, config->data_size, config->event_type);
}

/* All files have gone: nobody is a member, or copies. */
static void multiple_destroy(struct dmf_module *module)
{
	event_ring_destroy(&to_multiple(module)->ring);
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
	while (multiple->ring.first <= multiple->ring.sequence)
		event_ring_forget_first_locked(&multiple->ring);
	list_for_each_entry(reader, &multiple->members, member)
		multiple_unread_locked(reader);
	dmf_module_unlock(module);
}

static void multiple_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_notify_user_with_request_multiple *multiple = to_multiple(module);
	struct event_ring *ring = &multiple->ring;
	struct multiple_reader *reader;
	u64 unread, slowest = 0;

	dmf_module_lock(module);
	list_for_each_entry(reader, &multiple->members, member) {
		unread = multiple_unread_locked(reader);
		slowest = max(slowest, unread);
	}
	seq_printf(seq, "members=%u requests=%u kept=%llu slowest=%llu sequence=%llu delivered=%llu lost=%llu",
		   multiple->member_count, multiple->held,
		   ring->sequence + 1 - ring->first, slowest, ring->sequence,
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

int
dmf_notify_user_with_request_multiple_data_broadcast(struct dmf_notify_user_with_request_multiple
						     *multiple, const void *buffer, size_t size,
						     int status)
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
	event_ring_add_locked(&multiple->ring, buffer, size, status);
	if (trace_notify_queue_enabled())
		multiple_trace_queue_locked(module);
	deliver = multiple_may_deliver_locked(multiple);
	dmf_module_unlock(module);

	if (deliver)
		multiple_deliver(multiple);
	dmf_module_wake_stream(module);
	dmf_module_release(module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_request_multiple_data_broadcast, DMF);

int
dmf_notify_user_with_request_multiple_request_process(struct dmf_notify_user_with_request_multiple
						      *multiple, struct dmf_request *request)
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
