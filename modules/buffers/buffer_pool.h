/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two halves of BufferPool share, and what BufferQueue needs of its
 * pools beyond their Methods. See buffer_pool.c for the design.
 */
#ifndef _DMF_BUFFERS_BUFFER_POOL_H
#define _DMF_BUFFERS_BUFFER_POOL_H

#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timerqueue.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <linux/dmf/buffer_pool.h>
#include <linux/dmf/module.h>

#include "slot_stack.h"

/* Value of a mark; no byte is 0 or 0xff, and no two are equal. */
#define BUFFER_POOL_MARK	0x8d5ae3713b96c42fULL

/* Magic of a header, before it is combined with the address of the header. */
#define BUFFER_POOL_MAGIC	0x6e2dc945UL

/* Home of a buffer that has been taken out of use. */
#define BUFFER_POOL_CONDEMNED	((struct dmf_buffer_pool *)ERR_PTR(-EUCLEAN))

/* Home of a buffer that its source lists, and nobody has had yet. */
#define BUFFER_POOL_FRESH	((struct dmf_buffer_pool *)ERR_PTR(-ENODATA))

/* Home of a buffer that a Module made of a source has in a list of its own. */
#define BUFFER_POOL_QUEUED	((struct dmf_buffer_pool *)ERR_PTR(-EINPROGRESS))

/* Behind each buffer and each context, at whatever address they end. */
struct buffer_pool_mark {
	u64 value;
} __packed;

/**
 * struct buffer_pool_entry - header of a buffer
 * @listed: in the list of @home if that is a sink; guarded by the lock of @home.
 * @additional: in the owner's list of such buffers, if it is there; guarded by the
 *	lock of @owner.
 * @owner: the source that has made the buffer; constant.
 * @home: the pool that owns the buffer, NULL if a Client does, or one of the values
 *	above. Set by cmpxchg() while it is NULL, else written by whoever has taken
 *	the buffer off a list.
 * @slot: its place in the source, 0 if it was made as an additional one; constant.
 * @armed: whether the buffer has a deadline; guarded by the lock of @home.
 * @magic: tells a header from other memory; constant.
 * @data: the buffer, the context and their marks.
 */
struct buffer_pool_entry {
	struct hlist_node listed;
	struct list_head additional;
	struct dmf_buffer_pool *owner;
	struct dmf_buffer_pool *home;
	u32 slot;
	bool armed;
	unsigned long magic;
	u8 data[] __aligned(ARCH_KMALLOC_MINALIGN);
};

/**
 * struct buffer_pool_timer - what happens to a buffer that has been listed too long
 * @timeout_ms: milliseconds until then.
 * @callback: gets the buffer.
 * @context: for @callback.
 * @relay: for @callback, which casts it back to what it is.
 */
struct buffer_pool_timer {
	unsigned int timeout_ms;
	dmf_buffer_pool_timer_fn *callback;
	void *context;
	void (*relay)(void);
};

/**
 * struct buffer_pool_timed_entry - header of a buffer created with timer
 * @deadline: in the queue of the buffer's home while @entry is armed; guarded by
 *	the lock of the home.
 * @timer: what to do then; written by the put, read by the expiry.
 * @entry: the ordinary header.
 */
struct buffer_pool_timed_entry {
	struct timerqueue_node deadline;
	struct buffer_pool_timer timer;
	struct buffer_pool_entry entry;
};

/**
 * struct buffer_pool_source - what only a source has
 * @settings: the buffers; constant.
 * @context_offset: of the context, in data[]; 0 if there is none; constant.
 * @last_mark_offset: in data[]; also how much there is to zero; constant.
 * @slots: the buffers made at open, by slot; NULL where there is none. Set and
 *	cleared with the lock of the pool held; of a source that is not open, slots
 *	are popped with it held, too.
 * @free: the slots of those that a get can have.
 * @additional: buffers made because @free was empty, and such as have been taken
 *	out of use before the source opened again; guarded by the lock.
 * @additional_count: how many of the former there are; guarded by the lock.
 * @additional_peak: the most that these have been since the source opened; guarded
 *	by the lock.
 * @damaged: buffers that have been taken out of use; whoever meets one counts.
 */
struct buffer_pool_source {
	struct dmf_buffer_pool_source_settings settings;
	size_t context_offset;
	size_t last_mark_offset;
	struct buffer_pool_entry **slots;
	struct slot_stack free;
	struct list_head additional;
	int additional_count;
	int additional_peak;
	atomic_t damaged;
};

/**
 * struct buffer_pool_sink - what only a sink has
 * @listed: its buffers, the first one first; guarded by the lock of the pool.
 * @last: the last of them, if there is one; guarded by the lock.
 * @count: how many they are; guarded by the lock, looked at without it.
 * @peak: the most that they have been; guarded by the lock.
 * @deadlines: of those that have one; guarded by the lock.
 * @expiry: runs at the first deadline, or in vain.
 */
struct buffer_pool_sink {
	struct hlist_head listed;
	struct hlist_node *last;
	int count;
	int peak;
	struct timerqueue_head deadlines;
	struct delayed_work expiry;
};

/**
 * struct dmf_buffer_pool - a pool
 * @module: the Module.
 * @is_source: what it is; constant.
 * @opened: whether buffers may be put; written with the lock held.
 * @accepts: only buffers of this source may be put here; NULL: of any. Constant.
 * @source: the rest of a source.
 * @sink: the rest of a sink.
 */
struct dmf_buffer_pool {
	struct dmf_module module;
	bool is_source;
	bool opened;
	struct dmf_buffer_pool *accepts;
	struct buffer_pool_source source;
	struct buffer_pool_sink sink;
};

/* buffer_pool.c */
int __dmf_buffer_pool_refuse(struct dmf_buffer_pool *pool, const char *fault, const void *buffer,
			     unsigned long caller, int ret);
void __dmf_buffer_pool_condemn(struct dmf_buffer_pool *pool, struct buffer_pool_entry *entry,
			       const char *when);

/* buffer_pool_source.c */
int __dmf_buffer_pool_source_create(struct dmf_buffer_pool *pool);
void __dmf_buffer_pool_source_destroy(struct dmf_buffer_pool *pool);
int __dmf_buffer_pool_source_open(struct dmf_buffer_pool *pool);
void __dmf_buffer_pool_source_close(struct dmf_buffer_pool *pool);
void __dmf_buffer_pool_source_show(struct dmf_buffer_pool *pool, struct seq_file *seq);
unsigned int __dmf_buffer_pool_source_count(struct dmf_buffer_pool *pool);
struct buffer_pool_entry *__dmf_buffer_pool_grow(struct dmf_buffer_pool *pool);
void __dmf_buffer_pool_drain(struct dmf_buffer_pool *pool);
void __dmf_buffer_pool_discard(struct buffer_pool_entry *entry);
int __dmf_buffer_pool_put_cleaned(struct dmf_buffer_pool *source, void *buffer,
				  void (*clean)(void *data, void *buffer, void *buffer_context),
				  void *data);

/* buffer_pool_sink.c */
void __dmf_buffer_pool_sink_create(struct dmf_buffer_pool *pool);
void __dmf_buffer_pool_disarm_locked(struct dmf_buffer_pool *pool,
				     struct buffer_pool_entry *entry);
int __dmf_buffer_pool_sink(struct dmf_buffer_pool *pool, struct buffer_pool_entry *entry,
			   bool at_head);
int __dmf_buffer_pool_put_with_timer(struct dmf_buffer_pool *pool, void *buffer,
				     const struct buffer_pool_timer *timer, unsigned long caller);
const struct buffer_pool_timer *__dmf_buffer_pool_timer(void *buffer);
void __dmf_buffer_pool_accept_only(struct dmf_buffer_pool *sink, struct dmf_buffer_pool *source);
void __dmf_buffer_pool_flush(struct dmf_buffer_pool *pool,
			     void (*give)(void *data, void *buffer), void *data);
void __dmf_buffer_pool_stop(struct dmf_buffer_pool *pool,
			    void (*give)(void *data, void *buffer), void *data);

/* Buffers */

static inline struct buffer_pool_timed_entry *buffer_pool_timed(struct buffer_pool_entry *entry)
{
	return container_of(entry, struct buffer_pool_timed_entry, entry);
}

static inline unsigned long buffer_pool_magic(const struct buffer_pool_entry *entry)
{
	return BUFFER_POOL_MAGIC ^ (unsigned long)entry;
}

static inline struct buffer_pool_entry *buffer_pool_entry(void *buffer)
{
	return container_of(buffer, struct buffer_pool_entry, data);
}

/* Whether a pool has made @buffer, and not freed it. */
static inline bool buffer_pool_knows(void *buffer)
{
	const struct buffer_pool_entry *entry = buffer_pool_entry(buffer);

	return buffer && IS_ALIGNED((unsigned long)buffer, ARCH_KMALLOC_MINALIGN) &&
	       entry->magic == buffer_pool_magic(entry);
}

static inline void *buffer_pool_context(struct buffer_pool_entry *entry)
{
	const size_t offset = entry->owner->source.context_offset;

	return offset ? entry->data + offset : NULL;
}

static inline struct buffer_pool_mark *buffer_pool_first_mark(struct buffer_pool_entry *entry)
{
	return (struct buffer_pool_mark *)(entry->data + entry->owner->source.settings.buffer_size);
}

static inline struct buffer_pool_mark *buffer_pool_last_mark(struct buffer_pool_entry *entry)
{
	return (struct buffer_pool_mark *)(entry->data + entry->owner->source.last_mark_offset);
}

static inline bool buffer_pool_is_damaged(struct buffer_pool_entry *entry)
{
	return unlikely(buffer_pool_first_mark(entry)->value != BUFFER_POOL_MARK ||
			buffer_pool_last_mark(entry)->value != BUFFER_POOL_MARK);
}

/* Claim a buffer that a Client wants to put; on success it has its new home. */
static __always_inline int buffer_pool_claim(struct dmf_buffer_pool *pool, void *buffer,
					     unsigned long caller,
					     struct buffer_pool_entry **claimed)
{
	struct buffer_pool_entry *entry = buffer_pool_entry(buffer);

	if (unlikely(!buffer_pool_knows(buffer) ||
		     (entry->owner != pool->accepts && pool->accepts)))
		return __dmf_buffer_pool_refuse(pool, "foreign_put", buffer, caller, -EINVAL);
	if (unlikely(!READ_ONCE(pool->opened)))
		return -ENODEV;
	if (unlikely(cmpxchg(&entry->home, NULL, pool)))
		return __dmf_buffer_pool_refuse(pool, "double_put", buffer, caller, -EALREADY);

	if (buffer_pool_is_damaged(entry)) {
		__dmf_buffer_pool_condemn(pool, entry, "put");
		return -EUCLEAN;
	}
	*claimed = entry;
	return 0;
}

/* Sources */

/* The buffer of a slot is the caller's, and has its home still. Return: it, or NULL. */
static __always_inline struct buffer_pool_entry *buffer_pool_pop(struct dmf_buffer_pool *pool)
{
	u32 slot = slot_stack_pop(&pool->source.free);

	return likely(slot) ? pool->source.slots[slot] : NULL;
}

/* The same, if the source is open: a put that comes late leaves a buffer for a moment. */
static __always_inline struct buffer_pool_entry *buffer_pool_take_any(struct dmf_buffer_pool *pool)
{
	return likely(READ_ONCE(pool->opened)) ? buffer_pool_pop(pool) : NULL;
}

/* A buffer whose home is its source. It may have been freed when this returns. */
static __always_inline void buffer_pool_take_back(struct dmf_buffer_pool *pool,
						  struct buffer_pool_entry *entry)
{
	struct buffer_pool_source *source = &pool->source;

	if (unlikely(!entry->slot)) {
		__dmf_buffer_pool_discard(entry);
		return;
	}

	/* Buffer and context in one go, over the first mark. */
	memset(entry->data, 0, source->last_mark_offset);
	buffer_pool_first_mark(entry)->value = BUFFER_POOL_MARK;

	slot_stack_push(&source->free, entry->slot);
	/* A push orders. Closing says so before it drains: one of the two sees the other. */
	if (unlikely(!READ_ONCE(pool->opened)))
		__dmf_buffer_pool_drain(pool);
}

/* Sinks */

static inline void buffer_pool_list_locked(struct dmf_buffer_pool *pool,
					   struct buffer_pool_entry *entry, bool at_head)
{
	struct buffer_pool_sink *sink = &pool->sink;

	if (hlist_empty(&sink->listed) || at_head)
		hlist_add_head(&entry->listed, &sink->listed);
	else
		hlist_add_behind(&entry->listed, sink->last);
	if (!entry->listed.next)
		sink->last = &entry->listed;
	WRITE_ONCE(sink->count, sink->count + 1);
	if (sink->count > sink->peak)
		sink->peak = sink->count;
}

/* The node before one that is not the first; hlist keeps the address of its link. */
static inline struct hlist_node *buffer_pool_before(const struct hlist_node *node)
{
	return container_of(node->pprev, struct hlist_node, next);
}

/* Take a buffer off the list. The pool stays its home until the caller says otherwise. */
static inline void buffer_pool_take_locked(struct dmf_buffer_pool *pool,
					   struct buffer_pool_entry *entry)
{
	struct buffer_pool_sink *sink = &pool->sink;

	if (!entry->listed.next)
		sink->last = buffer_pool_before(&entry->listed);
	__hlist_del(&entry->listed);
	WRITE_ONCE(sink->count, sink->count - 1);
	if (unlikely(entry->armed))
		__dmf_buffer_pool_disarm_locked(pool, entry);
}

/* The first buffer of a sink is the caller's, and has its home still. */
static __always_inline struct buffer_pool_entry *
buffer_pool_take_first(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_entry *entry;

	dmf_module_lock(&pool->module);
	entry = hlist_entry_safe(pool->sink.listed.first, struct buffer_pool_entry, listed);
	if (likely(entry))
		buffer_pool_take_locked(pool, entry);
	dmf_module_unlock(&pool->module);

	return entry;
}

#endif /* _DMF_BUFFERS_BUFFER_POOL_H */
