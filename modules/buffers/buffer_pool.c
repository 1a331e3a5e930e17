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
 * Each pool lists buffers under its Module's lock, and no two of these locks
 * are held at a time. The locks are taken inside any lock of a Client; inside
 * them only the workqueue's are taken. Zeroing, checking the marks, allocating,
 * freeing and messages happen outside, on buffers that nobody else can reach.
 *
 * @opened decides under the lock what becomes of a buffer, so no Method needs
 * the Module's gate. The list of a pool that is not open is empty, or is about to
 * be emptied by whoever stops it.
 *
 * A source knows all its buffers, wherever they are. Those that sinks send back
 * after it has closed are freed at once, the rest when it is destroyed.
 *
 * What only sinks do is in buffer_pool_sink.c.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "buffer_pool.h"

static struct dmf_buffer_pool *buffer_pool_from_module(struct dmf_module *module)
{
	return container_of(module, struct dmf_buffer_pool, module);
}

/* Buffers */

static struct buffer_pool_entry *buffer_pool_entry_alloc(struct dmf_buffer_pool *pool, gfp_t gfp)
{
	size_t size = pool->last_mark_offset + sizeof(struct buffer_pool_mark);
	struct buffer_pool_timed_entry *timed;
	struct buffer_pool_entry *entry;

	if (pool->settings.create_with_timer) {
		timed = kzalloc(offsetof(struct buffer_pool_timed_entry, entry.data) + size, gfp);
		entry = timed ? &timed->entry : NULL;
	} else {
		entry = kzalloc(offsetof(struct buffer_pool_entry, data) + size, gfp);
	}
	if (!entry)
		return NULL;

	entry->owner = pool;
	entry->magic = buffer_pool_magic(entry);
	buffer_pool_first_mark(entry)->value = BUFFER_POOL_MARK;
	buffer_pool_last_mark(entry)->value = BUFFER_POOL_MARK;
	return entry;
}

/* Free a buffer that is in no list. */
static void buffer_pool_entry_free(struct buffer_pool_entry *entry)
{
	entry->magic = 0;
	if (entry->owner->settings.create_with_timer)
		kfree(buffer_pool_timed(entry));
	else
		kfree(entry);
}

/* Take a damaged buffer, which the caller has, out of use. */
void __dmf_buffer_pool_condemn(struct dmf_buffer_pool *pool, struct buffer_pool_entry *entry,
			       const char *when)
{
	struct dmf_buffer_pool *owner = entry->owner;

	WRITE_ONCE(entry->home, BUFFER_POOL_CONDEMNED);
	atomic_inc(&owner->damaged);
	dev_err(dmf_module_device(&pool->module),
		"%s: fault=overrun found=%s buffer=%p size=%zu context_size=%zu source=%s\n",
		dmf_module_name(&pool->module), when, entry->data, owner->settings.buffer_size,
		owner->settings.buffer_context_size, dmf_module_name(&owner->module));
}

static int buffer_pool_refuse(struct dmf_buffer_pool *pool, const char *fault, const void *buffer,
			      unsigned long caller, int ret)
{
	dev_err_ratelimited(dmf_module_device(&pool->module), "%s: fault=%s buffer=%p caller=%pS\n",
			    dmf_module_name(&pool->module), fault, buffer, (void *)caller);
	return ret;
}

/* Get */

/* Add a new buffer, for the caller, to what a source owns. */
static int buffer_pool_adopt(struct dmf_buffer_pool *pool, struct buffer_pool_entry *entry)
{
	bool opened;

	dmf_module_lock(&pool->module);
	opened = pool->opened;
	if (opened) {
		list_add_tail(&entry->owned, &pool->owned);
		pool->allocated++;
		pool->peak = max(pool->peak, pool->allocated - pool->count);
	}
	dmf_module_unlock(&pool->module);

	return opened ? 0 : -ENODEV;
}

/* The pool was found empty: make an additional buffer, or say why not. */
static struct buffer_pool_entry *buffer_pool_grow(struct dmf_buffer_pool *pool)
{
	gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN;
	struct buffer_pool_entry *entry;
	int ret;

	if (!READ_ONCE(pool->opened))
		return ERR_PTR(-ENODEV);
	if (!pool->is_source)
		return ERR_PTR(-ENOENT);
	if (!pool->settings.enable_look_aside)
		return ERR_PTR(-ENOBUFS);

	if (dmf_module_is_passive_level(&pool->module))
		gfp = GFP_KERNEL;
	entry = buffer_pool_entry_alloc(pool, gfp);
	if (!entry)
		return ERR_PTR(-ENOMEM);

	ret = buffer_pool_adopt(pool, entry);
	if (ret) {
		buffer_pool_entry_free(entry);
		return ERR_PTR(ret);
	}
	return entry;
}

static struct buffer_pool_entry *buffer_pool_get(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_entry *entry;

	for (;;) {
		dmf_module_lock(&pool->module);
		entry = list_first_entry_or_null(&pool->listed, struct buffer_pool_entry, link);
		if (likely(entry)) {
			buffer_pool_take_locked(pool, entry);
			/* Never positive in a sink, which has allocated nothing. */
			if (pool->allocated - pool->count > pool->peak)
				pool->peak = pool->allocated - pool->count;
		}
		dmf_module_unlock(&pool->module);

		if (unlikely(!entry))
			return buffer_pool_grow(pool);
		if (likely(!buffer_pool_is_damaged(entry)))
			break;
		__dmf_buffer_pool_condemn(pool, entry, "get");
	}

	WRITE_ONCE(entry->home, NULL);
	return entry;
}

/* Put */

/* Claim a buffer that a Client wants to put; on success it has its new home. */
struct buffer_pool_entry *__dmf_buffer_pool_claim(struct dmf_buffer_pool *pool, void *buffer,
						  unsigned long caller)
{
	struct buffer_pool_entry *entry = buffer_pool_find(buffer);
	int ret;

	if (unlikely(!entry || (pool->accepts && entry->owner != pool->accepts))) {
		ret = buffer_pool_refuse(pool, "foreign_put", buffer, caller, -EINVAL);
		return ERR_PTR(ret);
	}
	if (unlikely(!READ_ONCE(pool->opened)))
		return ERR_PTR(-ENODEV);
	if (unlikely(cmpxchg(&entry->home, NULL, pool))) {
		ret = buffer_pool_refuse(pool, "double_put", buffer, caller, -EALREADY);
		return ERR_PTR(ret);
	}
	if (buffer_pool_is_damaged(entry)) {
		__dmf_buffer_pool_condemn(pool, entry, "put");
		return ERR_PTR(-EUCLEAN);
	}
	return entry;
}

/* Zero a buffer and its context in one go, over the first mark. */
static void buffer_pool_clear(struct buffer_pool_entry *entry)
{
	memset(entry->data, 0, entry->owner->last_mark_offset);
	buffer_pool_first_mark(entry)->value = BUFFER_POOL_MARK;
}

/* A buffer whose home is its source, which lists it, or frees it if it is one too many. */
static void buffer_pool_take_back(struct dmf_buffer_pool *pool, struct buffer_pool_entry *entry,
				  bool at_head)
{
	bool keep;

	buffer_pool_clear(entry);

	dmf_module_lock(&pool->module);
	keep = pool->opened && pool->allocated <= (int)pool->settings.buffer_count;
	if (likely(keep)) {
		buffer_pool_list_locked(pool, entry, at_head);
	} else {
		list_del(&entry->owned);
		pool->allocated--;
	}
	dmf_module_unlock(&pool->module);

	if (unlikely(!keep))
		buffer_pool_entry_free(entry);
}

static int buffer_pool_put(struct dmf_buffer_pool *pool, void *buffer, bool at_head,
			   unsigned long caller)
{
	struct buffer_pool_entry *entry = __dmf_buffer_pool_claim(pool, buffer, caller);

	if (IS_ERR(entry))
		return PTR_ERR(entry);
	if (!pool->is_source)
		return __dmf_buffer_pool_sink(pool, entry, at_head, false);

	buffer_pool_take_back(pool, entry, at_head);
	return 0;
}

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
	struct buffer_pool_entry *entry = __dmf_buffer_pool_claim(source, buffer, _RET_IP_);

	if (IS_ERR(entry))
		return PTR_ERR(entry);

	clean(data, buffer, buffer_pool_context(entry));
	buffer_pool_take_back(source, entry, false);
	return 0;
}

/* Module callbacks */

static int buffer_pool_layout(struct dmf_buffer_pool *pool)
{
	const struct dmf_buffer_pool_source_settings *settings = &pool->settings;
	size_t rest = sizeof(struct buffer_pool_timed_entry) + sizeof(struct buffer_pool_mark);

	if (!settings->buffer_size || settings->buffer_size > KMALLOC_MAX_SIZE ||
	    settings->buffer_context_size > KMALLOC_MAX_SIZE ||
	    settings->buffer_count > INT_MAX ||
	    (!settings->buffer_count && !settings->enable_look_aside))
		return -EINVAL;

	pool->last_mark_offset = settings->buffer_size;
	if (settings->buffer_context_size) {
		pool->context_offset = ALIGN(settings->buffer_size +
					     sizeof(struct buffer_pool_mark),
					     ARCH_KMALLOC_MINALIGN);
		pool->last_mark_offset = pool->context_offset + settings->buffer_context_size;
	}
	/* Each term is small against SIZE_MAX, so the sum has not wrapped. */
	return rest + pool->last_mark_offset > KMALLOC_MAX_SIZE ? -EINVAL : 0;
}

static bool buffer_pool_has_settings(const struct dmf_buffer_pool *pool)
{
	const struct dmf_buffer_pool_source_settings *settings = &pool->settings;

	return settings->buffer_count || settings->buffer_size || settings->buffer_context_size ||
	       settings->enable_look_aside || settings->create_with_timer;
}

/* Creation: there are no children, but there is a Config to check. */
static int buffer_pool_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct dmf_buffer_pool *pool = buffer_pool_from_module(module);
	const struct dmf_buffer_pool_config *config = dmf_module_config(module);
	int ret = -EINVAL;

	INIT_LIST_HEAD(&pool->listed);
	INIT_LIST_HEAD(&pool->owned);
	timerqueue_init_head(&pool->deadlines);
	INIT_DELAYED_WORK(&pool->expiry, __dmf_buffer_pool_expire);
	pool->settings = config->source;

	if (config->mode == DMF_BUFFER_POOL_MODE_SOURCE) {
		pool->is_source = true;
		pool->accepts = pool;
		ret = buffer_pool_layout(pool);
	} else if (config->mode == DMF_BUFFER_POOL_MODE_SINK) {
		ret = buffer_pool_has_settings(pool) ? -EINVAL : 0;
	}
	if (ret)
		dev_err(dmf_module_device(module),
			"%s: bad config: mode=%d count=%u size=%zu context_size=%zu\n",
			dmf_module_name(module), config->mode, pool->settings.buffer_count,
			pool->settings.buffer_size, pool->settings.buffer_context_size);
	return ret;
}

/* Free what a source lists. */
static void buffer_pool_free_listed(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_entry *entry, *next;
	LIST_HEAD(freed);

	dmf_module_lock(&pool->module);
	WRITE_ONCE(pool->opened, false);
	list_for_each_entry_safe(entry, next, &pool->listed, link) {
		buffer_pool_take_locked(pool, entry);
		list_move(&entry->owned, &freed);
		pool->allocated--;
	}
	dmf_module_unlock(&pool->module);

	list_for_each_entry_safe(entry, next, &freed, owned) {
		if (buffer_pool_is_damaged(entry))
			__dmf_buffer_pool_condemn(pool, entry, "close");
		buffer_pool_entry_free(entry);
	}
}

static int buffer_pool_open(struct dmf_module *module)
{
	struct dmf_buffer_pool *pool = buffer_pool_from_module(module);
	struct buffer_pool_entry *entry;
	unsigned int i;

	for (i = 0; i < pool->settings.buffer_count; i++) {
		entry = buffer_pool_entry_alloc(pool, GFP_KERNEL);
		if (!entry) {
			buffer_pool_free_listed(pool);
			return -ENOMEM;
		}
		entry->home = pool;
		dmf_module_lock(module);
		list_add_tail(&entry->owned, &pool->owned);
		pool->allocated++;
		buffer_pool_list_locked(pool, entry, false);
		dmf_module_unlock(module);
	}

	dmf_module_lock(module);
	WRITE_ONCE(pool->opened, true);
	dmf_module_unlock(module);
	return 0;
}

/* Complain about buffers that Clients have not put back. Those in sinks are all right. */
static void buffer_pool_report_held(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_entry *entry;
	unsigned int held = 0;

	dmf_module_lock(&pool->module);
	list_for_each_entry(entry, &pool->owned, owned)
		held += !READ_ONCE(entry->home);
	dmf_module_unlock(&pool->module);

	if (held)
		dev_warn(dmf_module_device(&pool->module),
			 "%s: closed, but %u buffers of %zu bytes have not been put back\n",
			 dmf_module_name(&pool->module), held, pool->settings.buffer_size);
}

/* Send a buffer that was taken off the list of a sink that closes back to its source. */
static void buffer_pool_give_back(void *data, void *buffer)
{
	struct buffer_pool_entry *entry = container_of(buffer, struct buffer_pool_entry, data);

	if (cmpxchg(&entry->home, NULL, entry->owner))
		return;
	if (buffer_pool_is_damaged(entry))
		__dmf_buffer_pool_condemn(data, entry, "close");
	else
		buffer_pool_take_back(entry->owner, entry, false);
}

static void buffer_pool_close(struct dmf_module *module)
{
	struct dmf_buffer_pool *pool = buffer_pool_from_module(module);

	if (!pool->is_source) {
		__dmf_buffer_pool_stop(pool, buffer_pool_give_back, pool);
		return;
	}
	buffer_pool_free_listed(pool);
	buffer_pool_report_held(pool);
}

/* Take a buffer out of a sink that is still open: a sink that is not lists nothing. */
static void buffer_pool_recall(struct buffer_pool_entry *entry)
{
	struct dmf_buffer_pool *home = READ_ONCE(entry->home);

	if (IS_ERR_OR_NULL(home))
		return;

	dmf_module_lock(&home->module);
	if (entry->home == home)
		buffer_pool_take_locked(home, entry);
	dmf_module_unlock(&home->module);
}

/* Nobody uses the source any more, so its list of buffers does not change. */
static void buffer_pool_destroy(struct dmf_module *module)
{
	struct dmf_buffer_pool *pool = buffer_pool_from_module(module);
	struct buffer_pool_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &pool->owned, owned) {
		buffer_pool_recall(entry);
		buffer_pool_entry_free(entry);
	}
}

static void buffer_pool_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_buffer_pool *pool = buffer_pool_from_module(module);
	int count, allocated, peak;

	dmf_module_lock(module);
	count = pool->count;
	allocated = pool->allocated;
	peak = pool->peak;
	dmf_module_unlock(module);

	if (pool->is_source)
		seq_printf(seq, "free=%d used=%d peak=%d size=%zu damaged=%d", count,
			   allocated - count, peak, pool->settings.buffer_size,
			   atomic_read(&pool->damaged));
	else
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

static void buffer_pool_describe(struct buffer_pool_entry *entry,
				 struct dmf_buffer_parameters *parameters)
{
	const struct dmf_buffer_pool_source_settings *settings = &entry->owner->settings;

	*parameters = (struct dmf_buffer_parameters) {
		.buffer = entry->data,
		.buffer_size = settings->buffer_size,
		.buffer_context = buffer_pool_context(entry),
		.buffer_context_size = settings->buffer_context_size,
	};
}

int dmf_buffer_pool_get(struct dmf_buffer_pool *pool, void **buffer, void **buffer_context)
{
	struct buffer_pool_entry *entry = buffer_pool_get(pool);

	if (IS_ERR(entry))
		return PTR_ERR(entry);

	*buffer = entry->data;
	if (buffer_context)
		*buffer_context = buffer_pool_context(entry);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_get, DMF);

int dmf_buffer_pool_get_with_memory(struct dmf_buffer_pool *pool,
				    struct dmf_buffer_parameters *memory)
{
	struct buffer_pool_entry *entry = buffer_pool_get(pool);

	if (IS_ERR(entry))
		return PTR_ERR(entry);

	buffer_pool_describe(entry, memory);
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
			    buffer_pool_find(*buffer)->owner->settings.buffer_size);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_get_with_memory_descriptor, DMF);

int dmf_buffer_pool_put(struct dmf_buffer_pool *pool, void *buffer)
{
	return buffer_pool_put(pool, buffer, false, _RET_IP_);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_put, DMF);

int dmf_buffer_pool_put_at_head(struct dmf_buffer_pool *pool, void *buffer)
{
	return buffer_pool_put(pool, buffer, true, _RET_IP_);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_put_at_head, DMF);

void *dmf_buffer_pool_context_get(struct dmf_buffer_pool *pool, void *buffer)
{
	struct buffer_pool_entry *entry = buffer_pool_find(buffer);

	if (!entry) {
		buffer_pool_refuse(pool, "foreign_buffer", buffer, _RET_IP_, -EINVAL);
		return NULL;
	}
	return buffer_pool_context(entry);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_context_get, DMF);

int dmf_buffer_pool_parameters_get(struct dmf_buffer_pool *pool, void *buffer,
				   struct dmf_buffer_parameters *parameters)
{
	struct buffer_pool_entry *entry = buffer_pool_find(buffer);

	if (!entry || entry->owner != pool)
		return buffer_pool_refuse(pool, "foreign_buffer", buffer, _RET_IP_, -EINVAL);

	buffer_pool_describe(entry, parameters);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_parameters_get, DMF);

unsigned int dmf_buffer_pool_count(struct dmf_buffer_pool *pool)
{
	unsigned int count;

	dmf_module_lock(&pool->module);
	count = pool->count;
	dmf_module_unlock(&pool->module);

	return count;
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_count, DMF);
