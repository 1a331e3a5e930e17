/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RingBuffer: the latest items of one size, oldest first, which can be looked at
 * even while the kernel panics.
 */
#ifndef _LINUX_DMF_RING_BUFFER_H
#define _LINUX_DMF_RING_BUFFER_H

#include <linux/sizes.h>
#include <linux/types.h>

#include <linux/dmf/types.h>

/**
 * DOC: RingBuffer
 *
 * Items are copied in and copied out; the ring owns its memory, from open to
 * close. Each Method is one atomic step. Methods take the Module's lock and do not
 * enter its gate: they may be called at any time before the device has been
 * unbound, or a dynamic ring destroyed, and fail with -ENODEV while the ring is not
 * open. "Any" context below means: wherever spin_lock_irqsave() is legal.
 *
 * Enumerate, find and reorder can be told not to lock. They then take no lock,
 * allocate nothing, and end after as many items as the ring has room for. That is
 * for a context in which whoever uses the ring has been stopped, at whatever point:
 * a panic, when the other CPUs have been stopped, or an NMI that has interrupted
 * the only user. What they find are whole items in their order, whatever has been
 * interrupted: an item that was being written is not there yet, one that was being
 * read is still there, and where the oldest makes room for a new one there may be
 * neither. A reorder that was interrupted is seen through, and finished by the next.
 *
 * Enumerate and find change nothing, so whoever was interrupted may go on. With users
 * that go on at the same time, on other CPUs, enumerate and find stay within the ring
 * and come to an end, but items may be torn; reorder must not be called then. The
 * three enter the Module's gate, and closing waits for them. An NMI outside of a panic
 * must not be what closing waits for in the end: somebody else holds a reference,
 * dmf_module_reference(), while such NMIs may come.
 *
 * Who needs an item to stay where it is copies it: a pointer that a callback gets is
 * good for as long as the callback runs.
 *
 * DMF: DMF_RingBuffer.
 */

DMF_DECLARE_MODULE(ring_buffer);

/* The memory of a ring, which is two items more than its room, has at most this size. */
#define DMF_RING_BUFFER_SIZE_MAX	SZ_64M

/**
 * enum dmf_ring_buffer_mode - what a write does when there is no room
 * @DMF_RING_BUFFER_MODE_FAIL_IF_FULL_ON_WRITE: fail.
 * @DMF_RING_BUFFER_MODE_DELETE_OLDEST_IF_FULL_ON_WRITE: drop the oldest item.
 *
 * DMF: RingBuffer_ModeType.
 */
enum dmf_ring_buffer_mode {
	DMF_RING_BUFFER_MODE_FAIL_IF_FULL_ON_WRITE,
	DMF_RING_BUFFER_MODE_DELETE_OLDEST_IF_FULL_ON_WRITE,
};

/**
 * struct dmf_ring_buffer_config - Config of a RingBuffer
 * @item_count: number of items that there is room for, not 0.
 * @item_size: size of an item in bytes, not 0. Items lie back to back.
 * @mode: what a write does when there is no room.
 *
 * DMF: DMF_CONFIG_RingBuffer.
 */
struct dmf_ring_buffer_config {
	unsigned int item_count;
	size_t item_size;
	enum dmf_ring_buffer_mode mode;
};

/**
 * struct dmf_ring_buffer_segment - a part of an item, and where it comes from or goes to
 * @data: memory of the caller's; only read by a write.
 * @size: size of the part in bytes, not 0.
 * @offset: where in the item it begins.
 *
 * DMF: one element each of the arrays Segments, SegmentSizes and SegmentOffsets.
 */
struct dmf_ring_buffer_segment {
	void *data;
	size_t size;
	size_t offset;
};

/**
 * typedef dmf_ring_buffer_visit_locked_fn - look at one item
 * @ring: the ring
 * @item: the item; stays the ring's. With the lock held it may be changed.
 * @item_size: its size in bytes
 * @context: what the caller of dmf_ring_buffer_enumerate() has given
 *
 * Called with the lock of the ring held, if the caller has not asked for the
 * contrary: it may not sleep and may not call a Method of the ring.
 *
 * DMF: EVT_DMF_RingBuffer_Enumeration.
 *
 * Return: true to go on, false to end the enumeration.
 */
typedef bool dmf_ring_buffer_visit_locked_fn(struct dmf_ring_buffer *ring, void *item,
					     size_t item_size, void *context);

/**
 * typedef dmf_ring_buffer_found_locked_fn - look at an item that was searched for
 * @ring: the ring
 * @item: the item, as for &typedef dmf_ring_buffer_visit_locked_fn
 * @item_size: its size in bytes, not that of what was searched for
 * @context: what the caller of dmf_ring_buffer_enumerate_to_find_item() has given
 *
 * Called as &typedef dmf_ring_buffer_visit_locked_fn.
 *
 * DMF: EVT_DMF_RingBuffer_Enumeration, whose result was ignored here.
 */
typedef void dmf_ring_buffer_found_locked_fn(struct dmf_ring_buffer *ring, void *item,
					     size_t item_size, void *context);

/**
 * dmf_ring_buffer_write - add an item
 * @ring: the ring
 * @item: the item, which is copied
 * @size: its size in bytes: that of all items of the ring
 *
 * DMF: DMF_RingBuffer_Write.
 *
 * Context: any.
 * Return: 0; -EINVAL if @size is not the size of an item; -ENOSPC if there is no
 * room and the mode says to fail; -ENODEV if the ring is not open. The ring is as
 * before then.
 */
int dmf_ring_buffer_write(struct dmf_ring_buffer *ring, const void *item, size_t size);

/**
 * dmf_ring_buffer_read - take the oldest item
 * @ring: the ring
 * @item: where to copy it to; left alone on failure
 * @size: size of @item in bytes, at least that of an item
 *
 * DMF: DMF_RingBuffer_Read.
 *
 * Context: any.
 * Return: 0; -ENOSPC if @size is too small; -ENOENT if the ring is empty; -ENODEV
 * if it is not open. The ring is as before then.
 */
int dmf_ring_buffer_read(struct dmf_ring_buffer *ring, void *item, size_t size);

/**
 * dmf_ring_buffer_read_all - take all items
 * @ring: the ring
 * @items: where to copy them to, back to back, oldest first; left alone on failure
 * @size: size of @items in bytes, at least what dmf_ring_buffer_total_size_get()
 *	returns, however many items there are
 * @bytes_written: where to store how much has been copied: 0 on failure, or if the
 *	ring is empty
 *
 * DMF: DMF_RingBuffer_ReadAll.
 *
 * Context: any. The lock is held while all is copied.
 * Return: 0, also if the ring is empty; -ENOSPC if @size is too small; -ENODEV if
 * the ring is not open. The ring is as before then.
 */
int dmf_ring_buffer_read_all(struct dmf_ring_buffer *ring, void *items, size_t size,
			     size_t *bytes_written);

/**
 * dmf_ring_buffer_segments_write - add an item that is put together from parts
 * @ring: the ring
 * @segments: the parts, which are copied in this order
 * @count: how many, not 0
 *
 * Bytes of the item that no part covers are zero. Where parts overlap the later
 * one wins.
 *
 * DMF: DMF_RingBuffer_SegmentsWrite.
 *
 * Context: any.
 * Return: 0; -EINVAL if there is no part, or one is empty or does not lie within
 * an item; -ENOSPC if there is no room and the mode says to fail; -ENODEV if the
 * ring is not open. The ring is as before then.
 */
int dmf_ring_buffer_segments_write(struct dmf_ring_buffer *ring,
				   const struct dmf_ring_buffer_segment *segments,
				   unsigned int count);

/**
 * dmf_ring_buffer_segments_read - take the oldest item in parts
 * @ring: the ring
 * @segments: the parts; those that are not asked for are lost
 * @count: how many, not 0
 *
 * DMF: DMF_RingBuffer_SegmentsRead.
 *
 * Context: any.
 * Return: 0; -EINVAL if there is no part, or one is empty or does not lie within
 * an item; -ENOENT if the ring is empty; -ENODEV if it is not open. The ring and
 * the memory of all parts are as before then.
 */
int dmf_ring_buffer_segments_read(struct dmf_ring_buffer *ring,
				  const struct dmf_ring_buffer_segment *segments,
				  unsigned int count);

/**
 * dmf_ring_buffer_enumerate - look at the items, the oldest first
 * @ring: the ring
 * @lock: true; false where nobody can hold the lock any more, see above
 * @callback: called for each item until it returns false
 * @context: for @callback
 *
 * DMF: DMF_RingBuffer_Enumerate.
 *
 * Context: any; true with a lock that is held while all callbacks run. Without
 * @lock: any, NMI and panic included.
 * Return: 0; -ENODEV if the ring is not open.
 */
int dmf_ring_buffer_enumerate(struct dmf_ring_buffer *ring, bool lock,
			      dmf_ring_buffer_visit_locked_fn *callback, void *context);

/**
 * dmf_ring_buffer_enumerate_to_find_item - look at all items that begin as given
 * @ring: the ring
 * @lock: as for dmf_ring_buffer_enumerate()
 * @callback: called for each such item, the oldest first
 * @context: for @callback
 * @item: what the items must begin with
 * @size: size of @item in bytes, from 1 to that of an item
 *
 * DMF: DMF_RingBuffer_EnumerateToFindItem.
 *
 * Context: as dmf_ring_buffer_enumerate().
 * Return: 0, also if there is none; -EINVAL if @size is out of range; -ENODEV if
 * the ring is not open.
 */
int dmf_ring_buffer_enumerate_to_find_item(struct dmf_ring_buffer *ring, bool lock,
					   dmf_ring_buffer_found_locked_fn *callback,
					   void *context, const void *item, size_t size);

/**
 * dmf_ring_buffer_reorder - put the items into the order of their age
 * @ring: the ring
 * @lock: true; false where nobody can hold the lock, and nobody who was interrupted
 *	will go on to use the ring
 *
 * From then until the next write the items lie back to back in the order of their
 * age, and what follows them, up to dmf_ring_buffer_total_size_get() bytes from the
 * first, is zero. So the address of the first item that an enumeration visits is
 * that of all of them, for a panic dumper for one. No memory is allocated; each
 * slot of the ring is copied about three times.
 *
 * DMF: DMF_RingBuffer_Reorder.
 *
 * Context: any; the lock is held meanwhile. Without @lock: any, NMI and panic
 * included.
 * Return: 0; -ENODEV if the ring is not open.
 */
int dmf_ring_buffer_reorder(struct dmf_ring_buffer *ring, bool lock);

/**
 * dmf_ring_buffer_total_size_get - size of as many items as there is room for
 * @ring: the ring
 *
 * DMF: DMF_RingBuffer_TotalSizeGet.
 *
 * Context: any, NMI and panic included; the ring need not be open.
 * Return: the product of the Config's item_count and item_size, in bytes.
 */
size_t dmf_ring_buffer_total_size_get(const struct dmf_ring_buffer *ring);

#endif /* _LINUX_DMF_RING_BUFFER_H */
