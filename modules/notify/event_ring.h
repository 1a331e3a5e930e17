/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last events, for any number of readers who each are somewhere in them.
 *
 * Events have consecutive numbers. The ring tells the record of each that it keeps. The
 * records stand in one array, each as user space gets it. They are used in the order of
 * the array, those that somebody still has being left out, so events that follow each
 * other mostly stand one behind the other, and are copied in one go.
 *
 * Who has a record: the ring, and who looks at it. The record counts them, and is free
 * when there are none. One is free for the next event if there are more records than
 * the ring keeps and others have together.
 *
 * Everything is guarded by the lock of the Module that has the ring, except that the
 * content of a record that somebody has does not change.
 */
#ifndef _DMF_NOTIFY_EVENT_RING_H
#define _DMF_NOTIFY_EVENT_RING_H

#include <linux/bitmap.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/types.h>

#include <linux/dmf/module.h>

#include "event_store.h"

/**
 * struct event_ring - records and which events they are
 * @keep: so many events are kept; constant.
 * @record_size: of a record; constant.
 * @record_count: of the records, @keep and so many as others may have; constant.
 * @records: the array.
 * @mask: of the index of @indices; the size is a power of two.
 * @indices: the record of each event, by the event's number.
 * @users: of each record, 255 at most.
 * @free: a bit for each record, set if it has no users.
 * @latest: the record that was used last.
 * @first: the oldest event that is kept.
 * @sequence: the latest event; looked at without the lock, too.
 */
struct event_ring {
	unsigned int keep;
	u32 record_size;
	unsigned int record_count;
	void *records;
	size_t mask;
	u32 *indices;
	u8 *users;
	unsigned long *free;
	unsigned int latest;
	u64 first;
	u64 sequence;
};

static inline struct event_record *event_ring_record(const struct event_ring *ring,
						     unsigned int index)
{
	return ring->records + (size_t)index * ring->record_size;
}

static inline void event_ring_destroy(struct event_ring *ring)
{
	bitmap_free(ring->free);
	kvfree(ring->users);
	kvfree(ring->indices);
	kvfree(ring->records);
}

/*
 * Make an empty ring; @keep, @record_size and @record_count are set. What is the same for
 * all events is written into the records here, once. Return: 0 or -ENOMEM.
 */
static inline int event_ring_create(struct event_ring *ring, u32 data_size, u32 type)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;	/* of sizes beyond all reason, too */
	size_t size = roundup_pow_of_two(ring->keep);
	unsigned int i;

	ring->records = kvcalloc(ring->record_count, ring->record_size, gfp);
	ring->indices = kvcalloc(size, sizeof(*ring->indices), gfp);
	ring->users = kvcalloc(ring->record_count, sizeof(*ring->users), gfp);
	ring->free = bitmap_zalloc(ring->record_count, gfp);
	if (!ring->records || !ring->indices || !ring->users || !ring->free) {
		event_ring_destroy(ring);
		return -ENOMEM;
	}

	for (i = 0; i < ring->record_count; i++) {
		event_ring_record(ring, i)->event = (struct dmf_event) {
			.size = ring->record_size,
			.data_size = data_size,
			.data_offset = sizeof(struct dmf_event),
			.type = type,
		};
	}
	bitmap_fill(ring->free, ring->record_count);
	ring->mask = size - 1;
	ring->latest = ring->record_count - 1;
	ring->first = 1;
	return 0;
}

static inline void event_ring_put_locked(struct event_ring *ring, unsigned int index)
{
	if (!--ring->users[index])
		__set_bit(index, ring->free);
}

/* The record of an event that is kept, which the caller has from now on. */
static inline unsigned int event_ring_get_locked(struct event_ring *ring, u64 sequence)
{
	unsigned int index = ring->indices[sequence & ring->mask];

	ring->users[index]++;
	return index;
}

/*
 * Get the records of the next events, at most so many, that stand one behind the other.
 * There is at least one. Return: their number.
 */
static inline unsigned int event_ring_get_run_locked(struct event_ring *ring, u64 sequence,
						     unsigned int max, unsigned int *first)
{
	unsigned int index = event_ring_get_locked(ring, sequence);
	unsigned int count = 1;

	*first = index;
	while (count < max && ring->indices[++sequence & ring->mask] == ++index) {
		ring->users[index]++;
		count++;
	}
	return count;
}

/* Records that stand one behind the other. */
static inline void event_ring_put_run_locked(struct event_ring *ring, const void *records,
					     unsigned int count)
{
	unsigned int index = (records - ring->records) / ring->record_size;

	while (count--)
		event_ring_put_locked(ring, index++);
}

static inline void event_ring_forget_first_locked(struct event_ring *ring)
{
	event_ring_put_locked(ring, ring->indices[ring->first++ & ring->mask]);
}

/* The next record in the order of the array that is free; there is one. */
static inline unsigned int event_ring_find_free_locked(struct event_ring *ring)
{
	unsigned int index = ring->latest + 1;

	if (index == ring->record_count)
		index = 0;
	if (likely(test_bit(index, ring->free)))
		return index;

	index = find_next_bit(ring->free, ring->record_count, index);
	if (index == ring->record_count)
		index = find_first_bit(ring->free, ring->record_count);
	return index;
}

/* Add an event, which is the latest, and forget the oldest if there would be too many. */
static inline void event_ring_add_locked(struct event_ring *ring, const void *data, size_t size,
					 int status)
{
	u64 sequence = ring->sequence + 1;
	struct event_record *record;
	unsigned int index;

	if (sequence - ring->first == ring->keep)
		event_ring_forget_first_locked(ring);

	index = event_ring_find_free_locked(ring);
	__clear_bit(index, ring->free);
	ring->users[index] = 1;
	ring->latest = index;
	ring->indices[sequence & ring->mask] = index;

	record = event_ring_record(ring, index);
	record->event.status = status;
	record->event.timestamp_ns = ktime_get_ns();
	record->event.sequence = sequence;
	memcpy(record->data, data, size);
	WRITE_ONCE(ring->sequence, sequence);
}

#endif /* _DMF_NOTIFY_EVENT_RING_H */
