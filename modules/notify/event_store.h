/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of events, and the queue of those that nobody has read.
 *
 * The records that are made at open stand in one array, each as user space gets it, so
 * that those which follow each other there are copied in one go. Free ones are used in
 * the order in which they became free: as long as events are done with in the order
 * in which they came, the order of the queue is that of the array.
 *
 * With lookaside there are additional records, each in memory of its own, and the queue
 * grows. They are freed when they are done with.
 *
 * Everything is guarded by the lock of the Module that has the store, except that a
 * record which was taken off the free ones or off the queue is the taker's alone.
 */
#ifndef _DMF_NOTIFY_EVENT_STORE_H
#define _DMF_NOTIFY_EVENT_STORE_H

#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_request.h>
#include <uapi/linux/dmf/notify.h>

/* What user space gets, and nothing else. What is behind the data stays zero. */
struct event_record {
	struct dmf_event event;
	u8 data[] __aligned(8);
};

static_assert(offsetof(struct event_record, data) == sizeof(struct dmf_event));

/**
 * struct event_entry - an event in the queue
 * @record: NULL stands for no event.
 * @complete: the Client's callback, or NULL.
 */
struct event_entry {
	struct event_record *record;
	dmf_notify_user_with_request_fn *complete;
};

/**
 * struct event_store - records and queue
 * @record_size: of a record; constant.
 * @record_count: of the records in @records; constant.
 * @records: the array.
 * @records_end: where it ends; an additional record may stand right there.
 * @free: a ring of those that are free.
 * @free_first: the one to be used next.
 * @free_count: how many are free.
 * @queue: a ring of those that nobody has read, oldest first.
 * @queue_mask: its size, less one; the size is a power of two.
 * @queue_first: the oldest.
 * @queued: how many these are; looked at without the lock, too.
 * @outgrown: the first @queue if it has been too small and must not be freed where
 *	nothing may sleep; or NULL.
 * @parked: what the consumer is done with, and gives back when it takes more: one step
 *	under the lock instead of two. The consumer's, of whom there is one at a time.
 * @parked_count: how many these are.
 */
struct event_store {
	u32 record_size;
	unsigned int record_count;
	void *records;
	void *records_end;
	struct event_record **free;
	unsigned int free_first;
	unsigned int free_count;
	struct event_entry *queue;
	unsigned int queue_mask;
	unsigned int queue_first;
	unsigned int queued;
	void *outgrown;
	void *parked;
	unsigned int parked_count;
};

static inline void event_store_destroy(struct event_store *store)
{
	kvfree(store->outgrown);
	kvfree(store->queue);
	kvfree(store->free);
	kvfree(store->records);
	store->outgrown = NULL;
	store->queue = NULL;
	store->free = NULL;
	store->records = NULL;
}

/*
 * Make an empty store; @record_size and @record_count are set. Even a small queue has room
 * for a batch that comes back, so that nothing is lost if there is no memory for a larger
 * one. Return: 0 or -ENOMEM.
 */
static inline int event_store_create(struct event_store *store)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;	/* of sizes beyond all reason, too */
	unsigned long size = roundup_pow_of_two(max(store->record_count, 2U * DMF_STREAM_BATCH));
	unsigned int i;

	store->records = kvcalloc(store->record_count, store->record_size, gfp);
	store->free = kvmalloc_array(store->record_count, sizeof(*store->free), gfp);
	store->queue = kvmalloc_array(size, sizeof(*store->queue), gfp);
	if (!store->records || !store->free || !store->queue) {
		event_store_destroy(store);
		return -ENOMEM;
	}

	store->records_end = store->records + (size_t)store->record_count * store->record_size;
	for (i = 0; i < store->record_count; i++)
		store->free[i] = store->records + (size_t)i * store->record_size;
	store->free_first = 0;
	store->free_count = store->record_count;
	store->queue_mask = size - 1;
	store->queue_first = 0;
	store->queued = 0;
	store->parked_count = 0;
	return 0;
}

static inline bool event_store_is_additional(const struct event_store *store, const void *record)
{
	return record < store->records || record >= store->records_end;
}

/* Return: a free record, which is the caller's, or NULL. */
static inline struct event_record *event_store_get_locked(struct event_store *store)
{
	struct event_record *record;

	if (!store->free_count)
		return NULL;

	record = store->free[store->free_first];
	if (++store->free_first == store->record_count)
		store->free_first = 0;
	store->free_count--;
	return record;
}

/* Records that stand one behind the other, and that the caller has, are free again. */
static inline void event_store_put_run_locked(struct event_store *store, void *record,
					      unsigned int count)
{
	unsigned int last = store->free_first + store->free_count;

	if (unlikely(event_store_is_additional(store, record))) {
		kfree(record);	/* it stands alone */
		return;
	}
	store->free_count += count;
	if (last >= store->record_count)
		last -= store->record_count;
	for (; count; count--, record += store->record_size) {
		store->free[last] = record;
		if (++last == store->record_count)
			last = 0;
	}
}

/* By the consumer, or by whoever closes. */
static inline void event_store_unpark_locked(struct event_store *store)
{
	if (store->parked_count)
		event_store_put_run_locked(store, store->parked, store->parked_count);
	store->parked_count = 0;
}

/*
 * Lookaside: see to it that one more fits into the queue, and all that is on its way to
 * a consumer and may come back. Return: false if there is no memory for that.
 */
static inline bool event_store_grow_locked(struct event_store *store)
{
	unsigned int size = store->queue_mask + 1, i;
	struct event_entry *queue;

	if (store->queued + DMF_STREAM_BATCH < size)
		return true;
	queue = size > INT_MAX / 2 ? NULL :
		kmalloc_array(2 * size, sizeof(*queue), GFP_NOWAIT | __GFP_NOWARN);
	if (!queue)
		return false;

	for (i = 0; i < size; i++)
		queue[i] = store->queue[(store->queue_first + i) & store->queue_mask];
	if (is_vmalloc_addr(store->queue))
		store->outgrown = store->queue;
	else
		kfree(store->queue);
	store->queue = queue;
	store->queue_first = 0;
	store->queue_mask = 2 * size - 1;
	return true;
}

static inline void event_store_append_locked(struct event_store *store,
					     const struct event_entry *entry)
{
	store->queue[(store->queue_first + store->queued) & store->queue_mask] = *entry;
	WRITE_ONCE(store->queued, store->queued + 1);
}

/* The event is the oldest again. */
static inline void event_store_push_back_locked(struct event_store *store,
						const struct event_entry *entry)
{
	store->queue_first = (store->queue_first - 1) & store->queue_mask;
	store->queue[store->queue_first] = *entry;
	WRITE_ONCE(store->queued, store->queued + 1);
}

/* Return: the oldest event, which is the caller's. */
static inline struct event_entry event_store_take_locked(struct event_store *store)
{
	struct event_entry entry = { };

	if (store->queued) {
		entry = store->queue[store->queue_first];
		store->queue_first = (store->queue_first + 1) & store->queue_mask;
		WRITE_ONCE(store->queued, store->queued - 1);
	}
	return entry;
}

/*
 * Take the oldest events, at most so many, that stand one behind the other in memory and
 * in the ring and have the same callback. There is at least one. Return: their number.
 */
static inline unsigned int event_store_take_run_locked(struct event_store *store,
						       unsigned int max, struct event_entry *run)
{
	const struct event_entry *first = store->queue + store->queue_first, *at = first;
	const void *next = first->record;
	unsigned int count;

	*run = *first;
	max = min3(max, store->queued, store->queue_mask + 1 - store->queue_first);
	if (unlikely(event_store_is_additional(store, next)))
		max = 1;
	do {
		at++;
		next += store->record_size;
	} while (at < first + max && at->record == next && next != store->records_end &&
		 at->complete == run->complete);

	count = at - first;
	store->queue_first = (store->queue_first + count) & store->queue_mask;
	WRITE_ONCE(store->queued, store->queued - count);
	return count;
}

#endif /* _DMF_NOTIFY_EVENT_STORE_H */
