// SPDX-License-Identifier: GPL-2.0-only
/*
 * BufferPool: what only sources do: make buffers, and have them back.
 *
 * Each buffer that is made at open has a slot, and keeps it until it is freed. The
 * slots of buffers that a get can have are on a stack that needs no lock: a source
 * works in any context, and what was used last, and is in the cache, comes first.
 * The buffers of a source are alike and zeroed, so nobody can tell which one comes.
 *
 * With lookaside a get that finds the stack empty makes an additional buffer. It has
 * no slot, and is freed when it comes back, so what is listed is never more than
 * @buffer_count. Additional buffers are in a list under the lock of the Module.
 *
 * A source knows all its buffers, wherever they are. Those that come back after it
 * has closed are freed at once, the rest when it is destroyed. A put that is under
 * way while the source closes pushes its buffer and then finds it closed: it drains
 * the stack itself. By then the source may be open again, so it is the lock that
 * decides whether a buffer is drained. Buffers that are still out when a source opens
 * again keep their slots.
 *
 * buffer_pool.c says who owns a buffer, and in which order locks are taken.
 */
#include <kunit/visibility.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>

#include "../trace.h"
#include "buffer_pool.h"

/* Buffers */

static struct buffer_pool_entry *buffer_pool_entry_alloc(struct dmf_buffer_pool *pool, u32 slot,
							 gfp_t gfp)
{
	size_t size = pool->source.last_mark_offset + sizeof(struct buffer_pool_mark);
	struct buffer_pool_timed_entry *timed;
	struct buffer_pool_entry *entry;

	if (pool->source.settings.create_with_timer) {
		timed = kzalloc(offsetof(struct buffer_pool_timed_entry, entry.data) + size, gfp);
		entry = timed ? &timed->entry : NULL;
	} else {
		entry = kzalloc(offsetof(struct buffer_pool_entry, data) + size, gfp);
	}
	if (!entry)
		return NULL;

	entry->owner = pool;
	entry->slot = slot;
	entry->magic = buffer_pool_magic(entry);
	buffer_pool_first_mark(entry)->value = BUFFER_POOL_MARK;
	buffer_pool_last_mark(entry)->value = BUFFER_POOL_MARK;
	return entry;
}

/* Free a buffer that nothing leads to any more. */
static void buffer_pool_entry_free(struct buffer_pool_entry *entry)
{
	entry->magic = 0;
	if (entry->owner->source.settings.create_with_timer)
		kfree(buffer_pool_timed(entry));
	else
		kfree(entry);
}

/* Get and put, when they are not inline */

/* Add a new buffer, for the caller, to the additional ones. */
static int buffer_pool_adopt(struct dmf_buffer_pool *pool, struct buffer_pool_entry *entry)
{
	struct buffer_pool_source *source = &pool->source;
	bool opened;

	dmf_module_lock(&pool->module);
	opened = pool->opened;
	if (opened) {
		list_add_tail(&entry->additional, &source->additional);
		source->additional_count++;
		source->additional_peak = max(source->additional_peak, source->additional_count);
	}
	dmf_module_unlock(&pool->module);

	return opened ? 0 : -ENODEV;
}

/* All buffers are in use: make one more, if that is wanted. */
struct buffer_pool_entry *__dmf_buffer_pool_grow(struct dmf_buffer_pool *pool)
{
	gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN;
	struct buffer_pool_entry *entry;
	int ret;

	if (!pool->source.settings.enable_look_aside)
		return ERR_PTR(-ENOBUFS);

	if (dmf_module_is_passive_level(&pool->module))
		gfp = GFP_KERNEL;
	entry = buffer_pool_entry_alloc(pool, 0, gfp);
	if (!entry)
		return ERR_PTR(-ENOMEM);

	ret = buffer_pool_adopt(pool, entry);
	if (ret) {
		buffer_pool_entry_free(entry);
		return ERR_PTR(ret);
	}
	return entry;
}

/* An additional buffer has come back. */
void __dmf_buffer_pool_discard(struct buffer_pool_entry *entry)
{
	struct dmf_buffer_pool *pool = entry->owner;

	dmf_module_lock(&pool->module);
	list_del(&entry->additional);
	pool->source.additional_count--;
	dmf_module_unlock(&pool->module);

	buffer_pool_entry_free(entry);
}

/* A buffer that nobody has, unless the source has been opened again. Return: it, or NULL. */
static struct buffer_pool_entry *buffer_pool_take_unused(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_entry *entry = NULL;

	dmf_module_lock(&pool->module);
	if (!pool->opened)
		entry = buffer_pool_pop(pool);
	if (entry)
		pool->source.slots[entry->slot] = NULL;
	dmf_module_unlock(&pool->module);

	return entry;
}

/* Free the buffers that nobody has, as long as the source is not open. */
void __dmf_buffer_pool_drain(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_entry *entry;

	while ((entry = buffer_pool_take_unused(pool))) {
		if (buffer_pool_is_damaged(entry))
			__dmf_buffer_pool_condemn(pool, entry, "close");
		buffer_pool_entry_free(entry);
	}
}
EXPORT_SYMBOL_IF_KUNIT(__dmf_buffer_pool_drain);

/*
 * Put a buffer into its source, and before it is zeroed, but after it is certain
 * that it can be put, have it cleaned. If the source closes meanwhile the buffer
 * is freed, so that what has been cleaned is gone in any case. A damaged buffer is
 * not cleaned: what it refers to cannot be trusted.
 */
int __dmf_buffer_pool_put_cleaned(struct dmf_buffer_pool *source, void *buffer,
				  void (*clean)(void *data, void *buffer, void *buffer_context),
				  void *data)
{
	struct buffer_pool_entry *entry;
	int ret;

	trace_buffer_put(&source->module, buffer);
	ret = buffer_pool_claim(source, buffer, _RET_IP_, &entry);
	if (ret)
		return ret;

	clean(data, buffer, buffer_pool_context(entry));
	buffer_pool_take_back(source, entry);
	return 0;
}

/* Life */

static int buffer_pool_layout(struct buffer_pool_source *source)
{
	const struct dmf_buffer_pool_source_settings *settings = &source->settings;
	size_t rest = sizeof(struct buffer_pool_timed_entry) + sizeof(struct buffer_pool_mark);

	if (!settings->buffer_size || settings->buffer_size > KMALLOC_MAX_SIZE ||
	    settings->buffer_context_size > KMALLOC_MAX_SIZE ||
	    settings->buffer_count > INT_MAX ||
	    (!settings->buffer_count && !settings->enable_look_aside))
		return -EINVAL;

	source->last_mark_offset = settings->buffer_size;
	if (settings->buffer_context_size) {
		source->context_offset = ALIGN(settings->buffer_size +
					       sizeof(struct buffer_pool_mark),
					       ARCH_KMALLOC_MINALIGN);
		source->last_mark_offset = source->context_offset + settings->buffer_context_size;
	}
	/* Each term is small against SIZE_MAX, so the sum has not wrapped. */
	return rest + source->last_mark_offset > KMALLOC_MAX_SIZE ? -EINVAL : 0;
}

int __dmf_buffer_pool_source_create(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_source *source = &pool->source;
	int ret;

	INIT_LIST_HEAD(&source->additional);
	ret = buffer_pool_layout(source);
	if (ret)
		return ret;

	/* Of a size beyond all reason kvcalloc() would warn. */
	source->slots = kvcalloc((size_t)source->settings.buffer_count + 1,
				 sizeof(*source->slots), GFP_KERNEL | __GFP_NOWARN);
	if (!source->slots)
		return -ENOMEM;

	ret = slot_stack_init(&source->free, source->settings.buffer_count);
	if (ret)
		kvfree(source->slots);
	return ret;
}

/* Make the buffer of a slot and list it; for whoever opens the source. */
static int buffer_pool_fill_slot(struct dmf_buffer_pool *pool, u32 slot)
{
	struct buffer_pool_source *source = &pool->source;
	struct buffer_pool_entry *entry = buffer_pool_entry_alloc(pool, slot, GFP_KERNEL);

	if (!entry)
		return -ENOMEM;

	entry->home = BUFFER_POOL_FRESH;
	dmf_module_lock(&pool->module);
	source->slots[slot] = entry;
	dmf_module_unlock(&pool->module);
	slot_stack_push(&source->free, slot);
	return 0;
}

/*
 * Whether the buffer of a slot is still out. One that has been taken out of use never
 * comes back: it gives its slot away, and is kept among the additional ones.
 */
static bool buffer_pool_is_out(struct dmf_buffer_pool *pool, u32 slot)
{
	struct buffer_pool_source *source = &pool->source;
	struct buffer_pool_entry *entry;

	dmf_module_lock(&pool->module);
	entry = source->slots[slot];
	if (entry && READ_ONCE(entry->home) == BUFFER_POOL_CONDEMNED) {
		list_add_tail(&entry->additional, &source->additional);
		source->slots[slot] = NULL;
		entry = NULL;
	}
	dmf_module_unlock(&pool->module);

	return entry;
}

int __dmf_buffer_pool_source_open(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_source *source = &pool->source;
	u32 slot;
	int ret;

	dmf_module_lock(&pool->module);
	source->additional_peak = source->additional_count;
	dmf_module_unlock(&pool->module);

	for (slot = 1; slot <= source->settings.buffer_count; slot++) {
		if (buffer_pool_is_out(pool, slot))
			continue;
		ret = buffer_pool_fill_slot(pool, slot);
		if (ret) {
			__dmf_buffer_pool_source_close(pool);
			return ret;
		}
	}
	return 0;
}

/**
 * struct buffer_pool_census - where the buffers of a source are
 * @listed: in the source.
 * @held: with Clients.
 * @sunk: in sinks.
 * @used: how many have been away at once since the source opened, at most.
 */
struct buffer_pool_census {
	unsigned int listed;
	unsigned int held;
	unsigned int sunk;
	unsigned int used;
};

static void buffer_pool_count_locked(struct dmf_buffer_pool *pool,
				     const struct buffer_pool_entry *entry,
				     struct buffer_pool_census *census)
{
	const struct dmf_buffer_pool *home = READ_ONCE(entry->home);

	if (home == pool || home == BUFFER_POOL_FRESH)
		census->listed++;
	else if (!home)
		census->held++;
	else if (home != BUFFER_POOL_CONDEMNED)
		census->sunk++;
}

/*
 * Of a stack, what has never been taken is at the bottom: the number of buffers that
 * have been taken since the source opened is the largest number that have been away
 * at once.
 */
static struct buffer_pool_census buffer_pool_count(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_source *source = &pool->source;
	struct buffer_pool_census census = { };
	struct buffer_pool_entry *entry;
	u32 slot;

	dmf_module_lock(&pool->module);
	census.used = source->additional_peak;
	for (slot = 1; slot <= source->settings.buffer_count; slot++) {
		entry = source->slots[slot];
		if (!entry)
			continue;
		buffer_pool_count_locked(pool, entry, &census);
		census.used += READ_ONCE(entry->home) != BUFFER_POOL_FRESH;
	}
	list_for_each_entry(entry, &source->additional, additional)
		buffer_pool_count_locked(pool, entry, &census);
	dmf_module_unlock(&pool->module);

	return census;
}

unsigned int __dmf_buffer_pool_source_count(struct dmf_buffer_pool *pool)
{
	return buffer_pool_count(pool).listed;
}

void __dmf_buffer_pool_source_show(struct dmf_buffer_pool *pool, struct seq_file *seq)
{
	const struct buffer_pool_census census = buffer_pool_count(pool);

	seq_printf(seq, "free=%u used=%u peak=%u size=%zu damaged=%d", census.listed,
		   census.held + census.sunk, census.used, pool->source.settings.buffer_size,
		   atomic_read(&pool->source.damaged));
}

void __dmf_buffer_pool_source_close(struct dmf_buffer_pool *pool)
{
	unsigned int held;

	dmf_module_lock(&pool->module);
	WRITE_ONCE(pool->opened, false);
	dmf_module_unlock(&pool->module);

	/* Before looking at the stack; see buffer_pool_take_back(). */
	smp_mb();
	__dmf_buffer_pool_drain(pool);

	/* Those in sinks are all right. */
	held = buffer_pool_count(pool).held;
	if (held)
		dev_warn(dmf_module_device(&pool->module),
			 "%s: closed, but %u buffers of %zu bytes have not been put back\n",
			 dmf_module_name(&pool->module), held,
			 pool->source.settings.buffer_size);
}

/* Take a buffer out of a sink that is still open: a sink that is not lists nothing. */
static void buffer_pool_recall(struct buffer_pool_entry *entry)
{
	struct dmf_buffer_pool *home = READ_ONCE(entry->home);

	if (IS_ERR_OR_NULL(home) || home == entry->owner)
		return;

	dmf_module_lock(&home->module);
	if (entry->home == home)
		buffer_pool_take_locked(home, entry);
	dmf_module_unlock(&home->module);
}

/* Nobody uses the source any more, so what it knows of its buffers does not change. */
void __dmf_buffer_pool_source_destroy(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_source *source = &pool->source;
	struct buffer_pool_entry *entry, *next;
	u32 slot;

	for (slot = 1; slot <= source->settings.buffer_count; slot++) {
		entry = source->slots[slot];
		if (!entry)
			continue;
		buffer_pool_recall(entry);
		buffer_pool_entry_free(entry);
	}
	list_for_each_entry_safe(entry, next, &source->additional, additional) {
		buffer_pool_recall(entry);
		buffer_pool_entry_free(entry);
	}
	slot_stack_destroy(&source->free);
	kvfree(source->slots);
}
