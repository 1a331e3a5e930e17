// SPDX-License-Identifier: GPL-2.0-only
/*
 * BufferPool: lists of buffers of one size, each with a context.
 *
 * One allocation holds a buffer and all that belongs to it:
 *
 *	[deadline] header | buffer | mark | padding | context | mark
 *
 * The deadline is there if the source creates buffers with timer. The Client
 * knows the address of the buffer; the header is found by subtraction and known
 * by its magic, which depends on where it is. The first mark begins at the
 * very next byte after the buffer, the second after the context; without a
 * context they are one. Memory comes from kmalloc(): it is contiguous and fit
 * for DMA, and a slab cache for each pool would add a name, a sysfs folder and
 * a global mutex to each probe, only to be merged with kmalloc()'s in the end.
 *
 * Who owns a buffer is its @home: a pool from the moment a put has claimed the
 * buffer until a get has handed it out, and NULL while a Client has it. A put
 * claims it by cmpxchg() before anything else is done to it, so of two puts of
 * one buffer, to whatever pools, one is refused before it can zero or list
 * what is not its own. A damaged buffer gets a home that nothing leaves.
 *
 * A source keeps its buffers on a stack without a lock, a sink in a list under the
 * lock of its Module; see buffer_pool_source.c and buffer_pool_sink.c. No two
 * locks are held at a time. They are taken inside any lock of a Client; inside
 * them only the workqueue's are taken. Zeroing, checking the marks, allocating,
 * freeing and messages happen outside, on buffers that nobody else can reach.
 *
 * What becomes of a buffer is decided by @opened, so no Method needs the Module's
 * gate. What a get and a put do most of the time is inline, in buffer_pool.h.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>

#include "../trace.h"
#include "buffer_pool.h"

static struct dmf_buffer_pool *buffer_pool_from_module(struct dmf_module *module)
{
	return container_of(module, struct dmf_buffer_pool, module);
}

/* Take a damaged buffer, which the caller has, out of use. */
void __dmf_buffer_pool_condemn(struct dmf_buffer_pool *pool, struct buffer_pool_entry *entry,
			       const char *when)
{
	struct dmf_buffer_pool *owner = entry->owner;

	WRITE_ONCE(entry->home, BUFFER_POOL_CONDEMNED);
	atomic_inc(&owner->source.damaged);
	dev_err(dmf_module_device(&pool->module),
		"%s: fault=overrun found=%s buffer=%p size=%zu context_size=%zu source=%s\n",
		dmf_module_name(&pool->module), when, entry->data,
		owner->source.settings.buffer_size, owner->source.settings.buffer_context_size,
		dmf_module_name(&owner->module));
}

/* Say what is wrong with a buffer that a Client has named. Return: @ret. */
int __dmf_buffer_pool_refuse(struct dmf_buffer_pool *pool, const char *fault, const void *buffer,
			     unsigned long caller, int ret)
{
	dev_err_ratelimited(dmf_module_device(&pool->module), "%s: fault=%s buffer=%p caller=%pS\n",
			    dmf_module_name(&pool->module), fault, buffer, (void *)caller);
	return ret;
}

/* Module callbacks */

static int buffer_pool_create_sink(struct dmf_buffer_pool *pool,
				   const struct dmf_buffer_pool_source_settings *settings)
{
	if (settings->buffer_count || settings->buffer_size || settings->buffer_context_size ||
	    settings->enable_look_aside || settings->create_with_timer)
		return -EINVAL;

	__dmf_buffer_pool_sink_create(pool);
	return 0;
}

/* Creation: there are no children, but there is a Config to check. */
static int buffer_pool_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct dmf_buffer_pool *pool = buffer_pool_from_module(module);
	const struct dmf_buffer_pool_config *config = dmf_module_config(module);
	const struct dmf_buffer_pool_source_settings *settings = &config->source;
	int ret = -EINVAL;

	if (config->mode == DMF_BUFFER_POOL_MODE_SOURCE) {
		pool->is_source = true;
		pool->accepts = pool;
		pool->source.settings = *settings;
		ret = __dmf_buffer_pool_source_create(pool);
	} else if (config->mode == DMF_BUFFER_POOL_MODE_SINK) {
		ret = buffer_pool_create_sink(pool, settings);
	}
	if (ret == -EINVAL)
		dev_err(dmf_module_device(module),
			"%s: bad config: mode=%d count=%u size=%zu context_size=%zu\n",
			dmf_module_name(module), config->mode, settings->buffer_count,
			settings->buffer_size, settings->buffer_context_size);
	return ret;
}

static int buffer_pool_open(struct dmf_module *module)
{
	struct dmf_buffer_pool *pool = buffer_pool_from_module(module);

	dmf_module_lock(module);
	WRITE_ONCE(pool->opened, true);
	dmf_module_unlock(module);

	return pool->is_source ? __dmf_buffer_pool_source_open(pool) : 0;
}

/* Send a buffer that was taken off the list of a sink that closes back to its source. */
static void buffer_pool_give_back(void *data, void *buffer)
{
	struct buffer_pool_entry *entry = buffer_pool_entry(buffer);

	if (cmpxchg(&entry->home, NULL, entry->owner))
		return;
	if (buffer_pool_is_damaged(entry))
		__dmf_buffer_pool_condemn(data, entry, "close");
	else
		buffer_pool_take_back(entry->owner, entry);
}

static void buffer_pool_close(struct dmf_module *module)
{
	struct dmf_buffer_pool *pool = buffer_pool_from_module(module);

	if (pool->is_source)
		__dmf_buffer_pool_source_close(pool);
	else
		__dmf_buffer_pool_stop(pool, buffer_pool_give_back, pool);
}

static void buffer_pool_destroy(struct dmf_module *module)
{
	struct dmf_buffer_pool *pool = buffer_pool_from_module(module);

	if (pool->is_source)
		__dmf_buffer_pool_source_destroy(pool);
}

static void buffer_pool_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_buffer_pool *pool = buffer_pool_from_module(module);
	int count, peak;

	if (pool->is_source) {
		__dmf_buffer_pool_source_show(pool, seq);
		return;
	}

	dmf_module_lock(module);
	count = pool->sink.count;
	peak = pool->sink.peak;
	dmf_module_unlock(module);
	seq_printf(seq, "depth=%d peak=%d", count, peak);
}

static const struct dmf_module_ops buffer_pool_ops = {
	.child_modules_add	= buffer_pool_child_modules_add,
	.open			= buffer_pool_open,
	.close			= buffer_pool_close,
	.destroy		= buffer_pool_destroy,
	.show			= buffer_pool_show,
};

static const struct dmf_module_desc buffer_pool_desc = {
	.name		= "buffer_pool",
	.size		= sizeof(struct dmf_buffer_pool),
	.config_size	= sizeof(struct dmf_buffer_pool_config),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &buffer_pool_ops,
};

DMF_DEFINE_MODULE(buffer_pool);
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_create, DMF);

/* Methods; see the header */

/* Nothing is listed: make an additional buffer, or say why not. */
static noinline struct buffer_pool_entry *buffer_pool_get_none(struct dmf_buffer_pool *pool)
{
	if (!READ_ONCE(pool->opened))
		return ERR_PTR(-ENODEV);
	return pool->is_source ? __dmf_buffer_pool_grow(pool) : ERR_PTR(-ENOENT);
}

/* Take the first buffer, for the Client. Return: it, or an ERR_PTR(). */
static __always_inline struct buffer_pool_entry *buffer_pool_get(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_entry *entry;

	for (;;) {
		entry = pool->is_source ? buffer_pool_take_any(pool) :
					  buffer_pool_take_first(pool);
		if (unlikely(!entry)) {
			entry = buffer_pool_get_none(pool);
			if (IS_ERR(entry))
				return entry;
		}
		if (likely(!buffer_pool_is_damaged(entry)))
			break;
		__dmf_buffer_pool_condemn(pool, entry, "get");
	}

	WRITE_ONCE(entry->home, NULL);
	return entry;
}

static __always_inline int buffer_pool_put(struct dmf_buffer_pool *pool, void *buffer,
					   bool at_head, unsigned long caller)
{
	struct buffer_pool_entry *entry;
	int ret;

	ret = buffer_pool_claim(pool, buffer, caller, &entry);
	if (ret)
		return ret;
	if (!pool->is_source)
		return __dmf_buffer_pool_sink(pool, entry, at_head);

	buffer_pool_take_back(pool, entry);
	return 0;
}

static void buffer_pool_describe(struct buffer_pool_entry *entry,
				 struct dmf_buffer_parameters *parameters)
{
	const struct dmf_buffer_pool_source_settings *settings = &entry->owner->source.settings;

	*parameters = (struct dmf_buffer_parameters) {
		.buffer = entry->data,
		.buffer_size = settings->buffer_size,
		.buffer_context = buffer_pool_context(entry),
		.buffer_context_size = settings->buffer_context_size,
	};
}

static inline void buffer_pool_hand_out(struct buffer_pool_entry *entry, void **buffer,
					void **buffer_context)
{
	*buffer = entry->data;
	if (buffer_context)
		*buffer_context = buffer_pool_context(entry);
}

static noinline int buffer_pool_get_any(struct dmf_buffer_pool *pool, void **buffer,
					void **buffer_context)
{
	struct buffer_pool_entry *entry = buffer_pool_get(pool);

	if (IS_ERR(entry))
		return PTR_ERR(entry);

	buffer_pool_hand_out(entry, buffer, buffer_context);
	return 0;
}

static noinline int buffer_pool_get_next(struct dmf_buffer_pool *pool,
					 struct buffer_pool_entry *damaged, void **buffer,
					 void **buffer_context)
{
	__dmf_buffer_pool_condemn(pool, damaged, "get");
	return buffer_pool_get_any(pool, buffer, buffer_context);
}

static noinline int buffer_pool_get_traced(struct dmf_buffer_pool *pool, void **buffer,
					   void **buffer_context)
{
	int ret = buffer_pool_get_any(pool, buffer, buffer_context);

	trace_buffer_get(&pool->module, ret ? NULL : *buffer, ret);
	return ret;
}

int dmf_buffer_pool_get(struct dmf_buffer_pool *pool, void **buffer, void **buffer_context)
{
	struct buffer_pool_entry *entry;

	if (trace_buffer_get_enabled())
		return buffer_pool_get_traced(pool, buffer, buffer_context);
	if (!pool->is_source)
		return buffer_pool_get_any(pool, buffer, buffer_context);

	/* Nothing but jumps lead out of here, which costs no registers and no stack. */
	entry = buffer_pool_take_any(pool);
	if (unlikely(!entry))
		return buffer_pool_get_any(pool, buffer, buffer_context);
	if (buffer_pool_is_damaged(entry))
		return buffer_pool_get_next(pool, entry, buffer, buffer_context);

	WRITE_ONCE(entry->home, NULL);
	buffer_pool_hand_out(entry, buffer, buffer_context);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_get, DMF);

int dmf_buffer_pool_get_with_memory(struct dmf_buffer_pool *pool,
				    struct dmf_buffer_parameters *memory)
{
	struct buffer_pool_entry *entry = buffer_pool_get(pool);

	if (IS_ERR(entry)) {
		trace_buffer_get(&pool->module, NULL, PTR_ERR(entry));
		return PTR_ERR(entry);
	}

	buffer_pool_describe(entry, memory);
	trace_buffer_get(&pool->module, entry->data, 0);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_get_with_memory, DMF);

int dmf_buffer_pool_get_with_memory_descriptor(struct dmf_buffer_pool *pool,
					       struct scatterlist *descriptor,
					       void **buffer, void **buffer_context)
{
	int ret = dmf_buffer_pool_get(pool, buffer, buffer_context);

	if (!ret)
		sg_init_one(descriptor, *buffer,
			    buffer_pool_entry(*buffer)->owner->source.settings.buffer_size);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_get_with_memory_descriptor, DMF);

static noinline int buffer_pool_put_traced(struct dmf_buffer_pool *pool, void *buffer,
					   bool at_head, unsigned long caller)
{
	/* Before somebody else can get it. */
	trace_buffer_put(&pool->module, buffer);
	return buffer_pool_put(pool, buffer, at_head, caller);
}

int dmf_buffer_pool_put(struct dmf_buffer_pool *pool, void *buffer)
{
	if (trace_buffer_put_enabled())
		return buffer_pool_put_traced(pool, buffer, false, _RET_IP_);
	return buffer_pool_put(pool, buffer, false, _RET_IP_);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_put, DMF);

int dmf_buffer_pool_put_at_head(struct dmf_buffer_pool *pool, void *buffer)
{
	if (trace_buffer_put_enabled())
		return buffer_pool_put_traced(pool, buffer, true, _RET_IP_);
	return buffer_pool_put(pool, buffer, true, _RET_IP_);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_put_at_head, DMF);

void *dmf_buffer_pool_context_get(struct dmf_buffer_pool *pool, void *buffer)
{
	if (!buffer_pool_knows(buffer)) {
		__dmf_buffer_pool_refuse(pool, "foreign_buffer", buffer, _RET_IP_, -EINVAL);
		return NULL;
	}
	return buffer_pool_context(buffer_pool_entry(buffer));
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_context_get, DMF);

int dmf_buffer_pool_parameters_get(struct dmf_buffer_pool *pool, void *buffer,
				   struct dmf_buffer_parameters *parameters)
{
	struct buffer_pool_entry *entry = buffer_pool_entry(buffer);

	if (!buffer_pool_knows(buffer) || entry->owner != pool)
		return __dmf_buffer_pool_refuse(pool, "foreign_buffer", buffer, _RET_IP_,
						-EINVAL);

	buffer_pool_describe(entry, parameters);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_parameters_get, DMF);

unsigned int dmf_buffer_pool_count(struct dmf_buffer_pool *pool)
{
	/* As good without the lock as what was true before it was dropped. */
	return pool->is_source ? __dmf_buffer_pool_source_count(pool) :
				 READ_ONCE(pool->sink.count);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_count, DMF);
