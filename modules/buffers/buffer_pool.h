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

/* Value of a mark; no byte is 0 or 0xff, and no two are equal. */
#define BUFFER_POOL_MARK	0x8d5ae3713b96c42fULL

/* Magic of a header, before it is combined with the address of the header. */
#define BUFFER_POOL_MAGIC	0x6e2dc945UL

/* Home of a buffer that has been taken out of use. */
#define BUFFER_POOL_CONDEMNED	((struct dmf_buffer_pool *)ERR_PTR(-EUCLEAN))

/* Behind each buffer and each context, at whatever address they end. */
struct buffer_pool_mark {
	u64 value;
} __packed;

/**
 * struct buffer_pool_entry - header of a buffer
 * @link: in the list of @home; guarded by the lock of @home.
 * @owned: in the list of all buffers of @owner; guarded by the lock of @owner.
 * @owner: the source that has made the buffer; constant.
 * @home: the pool that owns the buffer, NULL if a Client does. Set by cmpxchg()
 *	while it is NULL, else written by whoever has taken the buffer off a list.
 * @armed: whether the buffer has a deadline; guarded by the lock of @home.
 * @magic: tells a header from other memory; constant.
 * @data: the buffer, the context and their marks.
 */
struct buffer_pool_entry {
	struct list_head link;
	struct list_head owned;
	struct dmf_buffer_pool *owner;
	struct dmf_buffer_pool *home;
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

struct dmf_buffer_pool {
	struct dmf_module module;

	/* Constant from creation on; zero in a sink. */
	bool is_source;
	struct dmf_buffer_pool_source_settings settings;
	size_t context_offset;		/* in data[] */
	size_t last_mark_offset;	/* in data[]; also how much there is to zero */

	/* Only buffers of this source may be put here; NULL: of any. Constant, too. */
	struct dmf_buffer_pool *accepts;

	/* Guarded by the Module's lock. */
	bool opened;			/* also read without it, as a hint */
	struct list_head listed;
	int count;			/* in @listed */
	struct list_head owned;		/* all buffers that a source has made */
	int allocated;			/* in @owned; 0 in a sink */
	int peak;			/* source: most in use; sink: most listed */
	struct timerqueue_head deadlines;

	struct delayed_work expiry;	/* runs at the first deadline, or in vain */
	atomic_t damaged;		/* buffers of this source; other pools count, too */
};

/* buffer_pool.c */
struct buffer_pool_entry *__dmf_buffer_pool_claim(struct dmf_buffer_pool *pool, void *buffer,
						  unsigned long caller);
int __dmf_buffer_pool_put_cleaned(struct dmf_buffer_pool *source, void *buffer,
				  void (*clean)(void *data, void *buffer, void *buffer_context),
				  void *data);
void __dmf_buffer_pool_condemn(struct dmf_buffer_pool *pool, struct buffer_pool_entry *entry,
			       const char *when);

/* buffer_pool_sink.c */
void __dmf_buffer_pool_expire(struct work_struct *work);
void __dmf_buffer_pool_disarm_locked(struct dmf_buffer_pool *pool,
				     struct buffer_pool_entry *entry);
int __dmf_buffer_pool_sink(struct dmf_buffer_pool *pool, struct buffer_pool_entry *entry,
			   bool at_head, bool with_timer);
int __dmf_buffer_pool_put_with_timer(struct dmf_buffer_pool *sink, void *buffer,
				     const struct buffer_pool_timer *timer, unsigned long caller);
const struct buffer_pool_timer *__dmf_buffer_pool_timer(void *buffer);
void __dmf_buffer_pool_accept_only(struct dmf_buffer_pool *sink, struct dmf_buffer_pool *source);
void __dmf_buffer_pool_flush(struct dmf_buffer_pool *pool,
			     void (*give)(void *data, void *buffer), void *data);
void __dmf_buffer_pool_stop(struct dmf_buffer_pool *sink,
			    void (*give)(void *data, void *buffer), void *data);

static inline struct buffer_pool_timed_entry *buffer_pool_timed(struct buffer_pool_entry *entry)
{
	return container_of(entry, struct buffer_pool_timed_entry, entry);
}

static inline unsigned long buffer_pool_magic(const struct buffer_pool_entry *entry)
{
	return BUFFER_POOL_MAGIC ^ (unsigned long)entry;
}

/* The header of @buffer, or NULL if no pool has made it. */
static inline struct buffer_pool_entry *buffer_pool_find(void *buffer)
{
	struct buffer_pool_entry *entry = container_of(buffer, struct buffer_pool_entry, data);

	if (unlikely(!buffer || !IS_ALIGNED((unsigned long)buffer, ARCH_KMALLOC_MINALIGN) ||
		     entry->magic != buffer_pool_magic(entry)))
		return NULL;
	return entry;
}

static inline void *buffer_pool_context(struct buffer_pool_entry *entry)
{
	const struct dmf_buffer_pool *owner = entry->owner;

	return owner->settings.buffer_context_size ? entry->data + owner->context_offset : NULL;
}

static inline struct buffer_pool_mark *buffer_pool_first_mark(struct buffer_pool_entry *entry)
{
	return (struct buffer_pool_mark *)(entry->data + entry->owner->settings.buffer_size);
}

static inline struct buffer_pool_mark *buffer_pool_last_mark(struct buffer_pool_entry *entry)
{
	return (struct buffer_pool_mark *)(entry->data + entry->owner->last_mark_offset);
}

static inline bool buffer_pool_is_damaged(struct buffer_pool_entry *entry)
{
	return unlikely((buffer_pool_first_mark(entry)->value ^ BUFFER_POOL_MARK) |
			(buffer_pool_last_mark(entry)->value ^ BUFFER_POOL_MARK));
}

static inline void buffer_pool_list_locked(struct dmf_buffer_pool *pool,
					   struct buffer_pool_entry *entry, bool at_head)
{
	list_add(&entry->link, at_head ? &pool->listed : pool->listed.prev);
	pool->count++;
}

/* Take a buffer off the list. The pool stays its home until the caller says otherwise. */
static inline void buffer_pool_take_locked(struct dmf_buffer_pool *pool,
					   struct buffer_pool_entry *entry)
{
	list_del(&entry->link);
	pool->count--;
	if (unlikely(entry->armed))
		__dmf_buffer_pool_disarm_locked(pool, entry);
}

#endif /* _DMF_BUFFERS_BUFFER_POOL_H */
