// SPDX-License-Identifier: GPL-2.0-only
/*
 * RingBuffer: items of one size in an array of slots.
 *
 *	| ... free ... | head: oldest | ... | newest | tail: free | ... | spare
 *
 * There is one slot more than there is room for items, so that the slot at tail
 * is always free: a write fills it, which nobody can see, and then moves tail, which
 * makes an item of it. If that was the last free slot head moves first. A read
 * moves head when it has copied the item. No index ever has a value that does not
 * fit, and no slot of an item is ever written to. So whoever is interrupted between
 * any two instructions, for good, leaves whole items behind, and those who look
 * without the lock need no other care.
 *
 * Reorder turns the array by three reversals: that of the slots before head, that
 * of the rest, and that of the whole. A reversal is a number of swaps, and a swap
 * has three steps: left to spare, right to left, spare to right. Each step copies
 * one slot to one whose content is somewhere else too, so it can be repeated; then
 * it is counted in @order.step. From this count follows where each slot's content
 * is at the moment, which is how an interrupted reorder is seen through, and what
 * the next one does first to finish it. While @reordering is set only @order is
 * valid; head and tail get their new values before it is cleared.
 *
 * The lock is the Module's. @items says under it whether the ring is open, so
 * no Method needs the gate, but for those that are told not to lock: they must not
 * see the memory go. Entering a gate takes no lock; leaving it does only for the last
 * one inside, when the gate is being closed, which nobody does any more in a panic.
 */
#include <kunit/visibility.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../trace.h"
#include "ring_buffer.h"

/* Of a swap; see above. */
#define STEPS		3

#define REVERSALS	3

/* Slots from @first on whose order is reversed. */
struct ring_buffer_reversal {
	u32 first;
	u32 count;
};

static struct dmf_ring_buffer *ring_buffer_from_module(struct dmf_module *module)
{
	return container_of(module, struct dmf_ring_buffer, module);
}

/* Slots */

static void *ring_buffer_slot(const struct dmf_ring_buffer *ring, u32 slot)
{
	return ring->items + slot * ring->item_size;
}

static u32 ring_buffer_next(const struct dmf_ring_buffer *ring, u32 slot)
{
	return slot + 1 < ring->slots ? slot + 1 : 0;
}

static u32 ring_buffer_distance(const struct dmf_ring_buffer *ring, u32 from, u32 to)
{
	return to >= from ? to - from : to + ring->slots - from;
}

/* Whether an item may be written into the slot at tail. */
static int ring_buffer_check_room_locked(struct dmf_ring_buffer *ring)
{
	if (unlikely(!ring->items))
		return -ENODEV;
	if (!ring->delete_oldest &&
	    ring_buffer_next(ring, ring->state.tail) == ring->state.head) {
		ring->refused++;
		return -ENOSPC;
	}
	return 0;
}

/* The slot at tail has been filled. */
static void ring_buffer_publish_locked(struct dmf_ring_buffer *ring)
{
	u32 next = ring_buffer_next(ring, ring->state.tail);
	u32 used;

	if (next == ring->state.head) {
		WRITE_ONCE(ring->state.head, ring_buffer_next(ring, next));
		ring->deleted++;
	}
	/* After the content of the slot and after head. */
	smp_store_release(&ring->state.tail, next);

	used = ring_buffer_distance(ring, ring->state.head, next);
	if (used > ring->peak)
		ring->peak = used;
}

static int ring_buffer_check_item_locked(const struct dmf_ring_buffer *ring)
{
	if (unlikely(!ring->items))
		return -ENODEV;
	return ring->state.head == ring->state.tail ? -ENOENT : 0;
}

/* The item at head has been copied. */
static void ring_buffer_drop_locked(struct dmf_ring_buffer *ring)
{
	/* Until then it is still there. */
	smp_store_release(&ring->state.head, ring_buffer_next(ring, ring->state.head));
}

/* Return: how many bytes they were. */
static size_t ring_buffer_take_all_locked(struct dmf_ring_buffer *ring, void *items)
{
	u32 used = ring_buffer_distance(ring, ring->state.head, ring->state.tail);
	size_t at_end = min(used, ring->slots - ring->state.head) * ring->item_size;
	size_t bytes = used * ring->item_size;

	memcpy(items, ring_buffer_slot(ring, ring->state.head), at_end);
	memcpy(items + at_end, ring->items, bytes - at_end);
	/* Until then they are still there. */
	smp_store_release(&ring->state.head, ring->state.tail);
	return bytes;
}

static int ring_buffer_refuse(struct dmf_ring_buffer *ring, const char *what, size_t size, int ret)
{
	dev_err_ratelimited(dmf_module_device(&ring->module),
			    "%s: fault=%s size=%zu item_size=%zu\n",
			    dmf_module_name(&ring->module), what, size, ring->item_size);
	return ret;
}

static int ring_buffer_check_segments(struct dmf_ring_buffer *ring,
				      const struct dmf_ring_buffer_segment *segments,
				      unsigned int count)
{
	unsigned int i;

	if (!count)
		return ring_buffer_refuse(ring, "no_segment", 0, -EINVAL);

	for (i = 0; i < count; i++)
		if (!segments[i].size || segments[i].offset > ring->item_size ||
		    segments[i].size > ring->item_size - segments[i].offset)
			return ring_buffer_refuse(ring, "bad_segment", segments[i].size, -EINVAL);
	return 0;
}

/* Order */

static u32 ring_buffer_reorder_steps(const struct dmf_ring_buffer *ring,
				     const struct ring_buffer_order *order)
{
	if (!order->first)
		return 0;
	return STEPS * (order->first / 2 + (ring->slots - order->first) / 2 + ring->slots / 2);
}

static struct ring_buffer_reversal ring_buffer_reversal(const struct dmf_ring_buffer *ring,
							const struct ring_buffer_order *order,
							unsigned int index)
{
	struct ring_buffer_reversal reversal = { };

	switch (index) {
	case 0:
		reversal.count = order->first;
		break;
	case 1:
		reversal.first = order->first;
		reversal.count = ring->slots - order->first;
		break;
	default:
		reversal.count = ring->slots;
		break;
	}
	return reversal;
}

/* Do the next step of the reorder; nobody misses what is in the slot it writes to. */
static void ring_buffer_reorder_step(struct dmf_ring_buffer *ring,
				     const struct ring_buffer_order *order)
{
	u32 swaps = order->step / STEPS, left, right, from, to;
	struct ring_buffer_reversal reversal;
	unsigned int i = 0;

	reversal = ring_buffer_reversal(ring, order, i);
	while (swaps >= reversal.count / 2) {
		swaps -= reversal.count / 2;
		reversal = ring_buffer_reversal(ring, order, ++i);
	}
	left = reversal.first + swaps;
	right = reversal.first + reversal.count - 1 - swaps;

	switch (order->step % STEPS) {
	case 0:
		from = left;
		to = ring->slots;
		break;
	case 1:
		from = right;
		to = left;
		break;
	default:
		from = ring->slots;
		to = right;
		break;
	}
	memcpy(ring_buffer_slot(ring, to), ring_buffer_slot(ring, from), ring->item_size);
}

/* Where what was in a slot before the reorder is after so many of its steps. */
static u32 ring_buffer_where(const struct dmf_ring_buffer *ring,
			     const struct ring_buffer_order *order, u32 slot)
{
	u32 swaps = order->step / STEPS, step = order->step % STEPS, offset, mirror, swap;
	struct ring_buffer_reversal reversal;
	unsigned int i;

	for (i = 0; i < REVERSALS; i++) {
		reversal = ring_buffer_reversal(ring, order, i);
		offset = slot - reversal.first;
		if (offset < reversal.count) {
			mirror = reversal.count - 1 - offset;
			swap = min(offset, mirror);
			if (swap < swaps) {
				slot = reversal.first + mirror;
			} else if (swap == swaps && offset != mirror) {
				/* This very swap is under way. */
				if (offset < mirror && step >= 1)
					return ring->slots;
				if (offset > mirror && step == 2)
					return reversal.first + mirror;
			}
		}
		if (swaps < reversal.count / 2)
			break;
		swaps -= reversal.count / 2;
	}
	return slot;
}

/* With the lock held, or as whoever has been stopped has left it. */
static struct ring_buffer_order ring_buffer_order(const struct dmf_ring_buffer *ring)
{
	const struct ring_buffer_state *state = &ring->state;
	struct ring_buffer_order order = { };
	u32 tail;

	/* Before what it makes valid. */
	if (smp_load_acquire(&state->reordering)) {
		order.first = READ_ONCE(state->order.first);
		order.used = READ_ONCE(state->order.used);
		order.step = READ_ONCE(state->order.step);
		return order;
	}

	/* Before head, and the content of the slots. */
	tail = smp_load_acquire(&state->tail);
	order.first = READ_ONCE(state->head);
	order.used = ring_buffer_distance(ring, order.first, tail);
	return order;
}

/* The item of a given age, 0 for the oldest. */
static void *ring_buffer_item(const struct dmf_ring_buffer *ring,
			      const struct ring_buffer_order *order, u32 age)
{
	u32 slot = order->first + age;

	if (slot >= ring->slots)
		slot -= ring->slots;
	if (order->step)
		slot = ring_buffer_where(ring, order, slot);
	return ring_buffer_slot(ring, slot);
}

/*
 * Begin a reorder, or go on with one that was interrupted, for at most so many steps:
 * the suite interrupts it so. See the top for why in this order.
 */
struct ring_buffer_order __dmf_ring_buffer_reorder_begin(struct dmf_ring_buffer *ring, u32 most)
{
	struct ring_buffer_order order = ring_buffer_order(ring);
	u32 steps = ring_buffer_reorder_steps(ring, &order);
	struct ring_buffer_state *state = &ring->state;

	if (!state->reordering) {
		state->order = order;
		/* After the order. */
		smp_store_release(&state->reordering, true);
	}
	while (order.step < steps && most--) {
		/* The count of the step before precedes what this one overwrites. */
		smp_wmb();
		ring_buffer_reorder_step(ring, &order);
		order.step++;
		/* After what the step has copied. */
		smp_store_release(&state->order.step, order.step);
	}
	return order;
}
EXPORT_SYMBOL_IF_KUNIT(__dmf_ring_buffer_reorder_begin);

static void ring_buffer_reorder(struct dmf_ring_buffer *ring, const void *data)
{
	struct ring_buffer_order order = __dmf_ring_buffer_reorder_begin(ring, U32_MAX);
	struct ring_buffer_state *state = &ring->state;
	void *rest;

	WRITE_ONCE(state->head, 0);
	WRITE_ONCE(state->tail, order.used);
	/* After both. */
	smp_store_release(&state->reordering, false);

	/* From here on head and tail say which slots hold items; the spare is the last one. */
	smp_wmb();
	rest = ring_buffer_slot(ring, order.used);
	memset(rest, 0, ring_buffer_slot(ring, ring->slots + 1) - rest);
}

/* What can be done with the lock held, or without, but then with the ring kept open. */

struct ring_buffer_visit {
	dmf_ring_buffer_visit_locked_fn *callback;
	void *context;
};

struct ring_buffer_search {
	dmf_ring_buffer_found_locked_fn *callback;
	void *context;
	const void *item;
	size_t size;
};

static void ring_buffer_enumerate(struct dmf_ring_buffer *ring, const void *data)
{
	struct ring_buffer_order order = ring_buffer_order(ring);
	const struct ring_buffer_visit *visit = data;
	void *item;
	u32 age;

	for (age = 0; age < order.used; age++) {
		item = ring_buffer_item(ring, &order, age);
		if (!visit->callback(ring, item, ring->item_size, visit->context))
			break;
	}
}

static void ring_buffer_find(struct dmf_ring_buffer *ring, const void *data)
{
	struct ring_buffer_order order = ring_buffer_order(ring);
	const struct ring_buffer_search *search = data;
	void *item;
	u32 age;

	for (age = 0; age < order.used; age++) {
		item = ring_buffer_item(ring, &order, age);
		if (!memcmp(item, search->item, search->size))
			search->callback(ring, item, ring->item_size, search->context);
	}
}

static int ring_buffer_run(struct dmf_ring_buffer *ring, bool lock,
			   void (*function)(struct dmf_ring_buffer *ring, const void *data),
			   const void *data)
{
	int ret = 0;

	if (!lock) {
		ret = dmf_module_reference(&ring->module);
		if (ret)
			return ret;
		function(ring, data);
		dmf_module_dereference(&ring->module);
		return 0;
	}

	dmf_module_lock(&ring->module);
	if (likely(ring->items))
		function(ring, data);
	else
		ret = -ENODEV;
	dmf_module_unlock(&ring->module);

	return ret;
}

/* Module callbacks */

/* Creation: there are no children, but there is a Config to check. */
static int ring_buffer_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct dmf_ring_buffer *ring = ring_buffer_from_module(module);
	const struct dmf_ring_buffer_config *config = dmf_module_config(module);

	if (!config->item_count || !config->item_size ||
	    config->item_count > DMF_RING_BUFFER_SIZE_MAX ||
	    array_size(config->item_count + 2, config->item_size) > DMF_RING_BUFFER_SIZE_MAX ||
	    config->mode > DMF_RING_BUFFER_MODE_DELETE_OLDEST_IF_FULL_ON_WRITE) {
		dev_err(dmf_module_device(module),
			"%s: bad config: item_count=%u item_size=%zu mode=%d\n",
			dmf_module_name(module), config->item_count, config->item_size,
			config->mode);
		return -EINVAL;
	}

	ring->item_size = config->item_size;
	ring->slots = config->item_count + 1;
	ring->delete_oldest = config->mode == DMF_RING_BUFFER_MODE_DELETE_OLDEST_IF_FULL_ON_WRITE;
	return 0;
}

static void ring_buffer_undo_items(void *data)
{
	kvfree(data);
}

static int ring_buffer_open(struct dmf_module *module)
{
	struct dmf_ring_buffer *ring = ring_buffer_from_module(module);
	void *items;
	int ret;

	items = kvcalloc(ring->slots + 1, ring->item_size, GFP_KERNEL);
	if (!items)
		return -ENOMEM;

	ret = dmf_module_add_action_or_reset(module, ring_buffer_undo_items, items);
	if (ret)
		return ret;

	dmf_module_lock(module);
	ring->items = items;
	dmf_module_unlock(module);
	return 0;
}

/* The memory is freed by the undo list. */
static void ring_buffer_close(struct dmf_module *module)
{
	struct dmf_ring_buffer *ring = ring_buffer_from_module(module);

	dmf_module_lock(module);
	ring->items = NULL;
	ring->state = (struct ring_buffer_state) { };
	dmf_module_unlock(module);
}

static void ring_buffer_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_ring_buffer *ring = ring_buffer_from_module(module);
	unsigned long deleted, refused;
	u32 depth, peak;

	dmf_module_lock(module);
	depth = ring_buffer_distance(ring, ring->state.head, ring->state.tail);
	peak = ring->peak;
	deleted = ring->deleted;
	refused = ring->refused;
	dmf_module_unlock(module);

	seq_printf(seq, "depth=%u peak=%u room=%u size=%zu deleted=%lu refused=%lu", depth, peak,
		   ring->slots - 1, ring->item_size, deleted, refused);
}

static const struct dmf_module_ops ring_buffer_ops = {
	.child_modules_add	= ring_buffer_child_modules_add,
	.open			= ring_buffer_open,
	.close			= ring_buffer_close,
	.show			= ring_buffer_show,
};

static const struct dmf_module_desc ring_buffer_desc = {
	.name		= "ring_buffer",
	.size		= sizeof(struct dmf_ring_buffer),
	.config_size	= sizeof(struct dmf_ring_buffer_config),
	.lock		= DMF_LOCK_DISPATCH,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &ring_buffer_ops,
};

DMF_DEFINE_MODULE(ring_buffer);
EXPORT_SYMBOL_NS_GPL(dmf_ring_buffer_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_ring_buffer_create, DMF);

/* Methods; see the header */

static __always_inline int ring_buffer_write(struct dmf_ring_buffer *ring, const void *item,
					     size_t size)
{
	int ret;

	if (unlikely(size != ring->item_size))
		return ring_buffer_refuse(ring, "write", size, -EINVAL);

	dmf_module_lock(&ring->module);
	ret = ring_buffer_check_room_locked(ring);
	if (likely(!ret)) {
		memcpy(ring_buffer_slot(ring, ring->state.tail), item, size);
		ring_buffer_publish_locked(ring);
	}
	dmf_module_unlock(&ring->module);

	return ret;
}

static noinline int ring_buffer_write_traced(struct dmf_ring_buffer *ring, const void *item,
					     size_t size)
{
	int ret = ring_buffer_write(ring, item, size);

	trace_buffer_write(&ring->module, size, ret);
	return ret;
}

int dmf_ring_buffer_write(struct dmf_ring_buffer *ring, const void *item, size_t size)
{
	if (trace_buffer_write_enabled())
		return ring_buffer_write_traced(ring, item, size);
	return ring_buffer_write(ring, item, size);
}
EXPORT_SYMBOL_NS_GPL(dmf_ring_buffer_write, DMF);

int dmf_ring_buffer_read(struct dmf_ring_buffer *ring, void *item, size_t size)
{
	int ret;

	if (unlikely(size < ring->item_size))
		return ring_buffer_refuse(ring, "read", size, -ENOSPC);

	dmf_module_lock(&ring->module);
	ret = ring_buffer_check_item_locked(ring);
	if (likely(!ret)) {
		memcpy(item, ring_buffer_slot(ring, ring->state.head), ring->item_size);
		ring_buffer_drop_locked(ring);
	}
	dmf_module_unlock(&ring->module);

	trace_buffer_read(&ring->module, ring->item_size, ret);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_ring_buffer_read, DMF);

int dmf_ring_buffer_read_all(struct dmf_ring_buffer *ring, void *items, size_t size,
			     size_t *bytes_written)
{
	size_t bytes = 0;
	int ret = 0;

	*bytes_written = 0;
	if (size < dmf_ring_buffer_total_size_get(ring))
		return ring_buffer_refuse(ring, "read_all", size, -ENOSPC);

	dmf_module_lock(&ring->module);
	if (likely(ring->items))
		bytes = ring_buffer_take_all_locked(ring, items);
	else
		ret = -ENODEV;
	dmf_module_unlock(&ring->module);

	*bytes_written = bytes;
	trace_buffer_read(&ring->module, bytes, ret);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_ring_buffer_read_all, DMF);

int dmf_ring_buffer_segments_write(struct dmf_ring_buffer *ring,
				   const struct dmf_ring_buffer_segment *segments,
				   unsigned int count)
{
	int ret = ring_buffer_check_segments(ring, segments, count);
	unsigned int i;
	void *item;

	if (ret)
		return ret;

	dmf_module_lock(&ring->module);
	ret = ring_buffer_check_room_locked(ring);
	if (!ret) {
		item = ring_buffer_slot(ring, ring->state.tail);
		memset(item, 0, ring->item_size);
		for (i = 0; i < count; i++)
			memcpy(item + segments[i].offset, segments[i].data, segments[i].size);
		ring_buffer_publish_locked(ring);
	}
	dmf_module_unlock(&ring->module);

	trace_buffer_write(&ring->module, ring->item_size, ret);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_ring_buffer_segments_write, DMF);

int dmf_ring_buffer_segments_read(struct dmf_ring_buffer *ring,
				  const struct dmf_ring_buffer_segment *segments,
				  unsigned int count)
{
	int ret = ring_buffer_check_segments(ring, segments, count);
	const void *item;
	unsigned int i;

	if (ret)
		return ret;

	dmf_module_lock(&ring->module);
	ret = ring_buffer_check_item_locked(ring);
	if (!ret) {
		item = ring_buffer_slot(ring, ring->state.head);
		for (i = 0; i < count; i++)
			memcpy(segments[i].data, item + segments[i].offset, segments[i].size);
		ring_buffer_drop_locked(ring);
	}
	dmf_module_unlock(&ring->module);

	trace_buffer_read(&ring->module, ring->item_size, ret);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_ring_buffer_segments_read, DMF);

int dmf_ring_buffer_enumerate(struct dmf_ring_buffer *ring, bool lock,
			      dmf_ring_buffer_visit_locked_fn *callback, void *context)
{
	const struct ring_buffer_visit visit = { .callback = callback, .context = context };

	return ring_buffer_run(ring, lock, ring_buffer_enumerate, &visit);
}
EXPORT_SYMBOL_NS_GPL(dmf_ring_buffer_enumerate, DMF);

int dmf_ring_buffer_enumerate_to_find_item(struct dmf_ring_buffer *ring, bool lock,
					   dmf_ring_buffer_found_locked_fn *callback,
					   void *context, const void *item, size_t size)
{
	const struct ring_buffer_search search = {
		.callback = callback,
		.context = context,
		.item = item,
		.size = size,
	};

	if (!size || size > ring->item_size)
		return ring_buffer_refuse(ring, "find", size, -EINVAL);

	return ring_buffer_run(ring, lock, ring_buffer_find, &search);
}
EXPORT_SYMBOL_NS_GPL(dmf_ring_buffer_enumerate_to_find_item, DMF);

int dmf_ring_buffer_reorder(struct dmf_ring_buffer *ring, bool lock)
{
	return ring_buffer_run(ring, lock, ring_buffer_reorder, NULL);
}
EXPORT_SYMBOL_NS_GPL(dmf_ring_buffer_reorder, DMF);

size_t dmf_ring_buffer_total_size_get(const struct dmf_ring_buffer *ring)
{
	return (ring->slots - 1) * ring->item_size;
}
EXPORT_SYMBOL_NS_GPL(dmf_ring_buffer_total_size_get, DMF);
