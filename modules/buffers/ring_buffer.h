/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RingBuffer's structure, which its suite takes apart as a panic would find it.
 */
#ifndef _DMF_MODULES_RING_BUFFER_H
#define _DMF_MODULES_RING_BUFFER_H

#include <linux/types.h>

#include <linux/dmf/module.h>
#include <linux/dmf/ring_buffer.h>

/**
 * struct ring_buffer_order - which slots hold items
 * @first: slot of the oldest item before the reorder began.
 * @used: number of items.
 * @step: how many steps of the reorder have been done; 0 if none is under way.
 */
struct ring_buffer_order {
	u32 first;
	u32 used;
	u32 step;
};

/*
 * Written by the holder of the lock, each by a single store that makes valid what
 * was stored before; read without the lock by the variants for a panic.
 */
struct ring_buffer_state {
	u32 head;			/* slot of the oldest item */
	u32 tail;			/* slot of the next write: never one of an item */
	bool reordering;		/* @order is valid, not @head and @tail */
	struct ring_buffer_order order;
};

struct dmf_ring_buffer {
	struct dmf_module module;

	/* Constant from creation on. */
	size_t item_size;
	u32 slots;			/* one more than there is room for */
	bool delete_oldest;

	/* Under the Module's lock. */
	void *items;			/* the slots and a spare one; NULL unless open */
	struct ring_buffer_state state;
	u32 peak;			/* most items at a time */
	unsigned long deleted;		/* items that had to make room */
	unsigned long refused;		/* writes that found no room */
};

struct ring_buffer_order __dmf_ring_buffer_reorder_begin(struct dmf_ring_buffer *ring, u32 most);

#endif /* _DMF_MODULES_RING_BUFFER_H */
