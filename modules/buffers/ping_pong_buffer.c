// SPDX-License-Identifier: GPL-2.0-only
/*
 * PingPongBuffer: two buffers of one size that take turns.
 *
 *	ping: | @used bytes, the oldest first | free |
 *	pong: | what was ping before the last consume or shift |
 *
 * Writers only ever write behind @used in ping, so that what the consumer has got
 * there stays as it is. Pong is written to by consume and shift alone, which the
 * consumer itself calls; until then it keeps what was taken last. So the consumer
 * needs no lock for what it looks at.
 *
 * The lock is the Module's. @ping says under it whether the buffer is open, so no
 * Method needs the gate.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/module.h>
#include <linux/dmf/ping_pong_buffer.h>

#include "../trace.h"

struct dmf_ping_pong_buffer {
	struct dmf_module module;
	size_t size;			/* of either; constant from creation on */

	/* Under the Module's lock. */
	void *ping;			/* NULL unless open */
	void *pong;
	size_t used;			/* bytes in ping */
	size_t peak;			/* most of them at a time */
	unsigned long refused;		/* writes that found no room */
};

static struct dmf_ping_pong_buffer *ping_pong_buffer_from_module(struct dmf_module *module)
{
	return container_of(module, struct dmf_ping_pong_buffer, module);
}

/* Drop and take; both have been checked. */
static void ping_pong_buffer_advance_locked(struct dmf_ping_pong_buffer *buffer, size_t bytes)
{
	buffer->used -= bytes;
	memcpy(buffer->pong, buffer->ping + bytes, buffer->used);
	swap(buffer->ping, buffer->pong);
}

static int ping_pong_buffer_refuse(struct dmf_ping_pong_buffer *buffer, const char *what,
				   size_t start, size_t length)
{
	dev_err_ratelimited(dmf_module_device(&buffer->module),
			    "%s: fault=%s start=%zu length=%zu\n",
			    dmf_module_name(&buffer->module), what, start, length);
	return -EINVAL;
}

/* Module callbacks */

/* Creation: there are no children, but there is a Config to check. */
static int ping_pong_buffer_child_modules_add(struct dmf_module *module,
					      struct dmf_module_init *init)
{
	struct dmf_ping_pong_buffer *buffer = ping_pong_buffer_from_module(module);
	const struct dmf_ping_pong_buffer_config *config = dmf_module_config(module);

	if (!config->buffer_size || config->buffer_size > DMF_PING_PONG_BUFFER_SIZE_MAX) {
		dev_err(dmf_module_device(module), "%s: bad config: buffer_size=%zu\n",
			dmf_module_name(module), config->buffer_size);
		return -EINVAL;
	}

	buffer->size = config->buffer_size;
	return 0;
}

static void ping_pong_buffer_undo_memory(void *data)
{
	kvfree(data);
}

static void *ping_pong_buffer_alloc(struct dmf_ping_pong_buffer *buffer)
{
	void *memory = kvzalloc(buffer->size, GFP_KERNEL);

	if (memory && dmf_module_add_action_or_reset(&buffer->module,
						     ping_pong_buffer_undo_memory, memory))
		return NULL;
	return memory;
}

/* Two allocations, so that both are aligned and each ends where KASAN looks. */
static int ping_pong_buffer_open(struct dmf_module *module)
{
	struct dmf_ping_pong_buffer *buffer = ping_pong_buffer_from_module(module);
	void *ping = ping_pong_buffer_alloc(buffer);
	void *pong = ping ? ping_pong_buffer_alloc(buffer) : NULL;

	if (!pong)
		return -ENOMEM;

	dmf_module_lock(module);
	buffer->ping = ping;
	buffer->pong = pong;
	dmf_module_unlock(module);
	return 0;
}

/* The memory is freed by the undo list. */
static void ping_pong_buffer_close(struct dmf_module *module)
{
	struct dmf_ping_pong_buffer *buffer = ping_pong_buffer_from_module(module);

	dmf_module_lock(module);
	buffer->ping = NULL;
	buffer->pong = NULL;
	buffer->used = 0;
	dmf_module_unlock(module);
}

static void ping_pong_buffer_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_ping_pong_buffer *buffer = ping_pong_buffer_from_module(module);
	unsigned long refused;
	size_t used, peak;

	dmf_module_lock(module);
	used = buffer->used;
	peak = buffer->peak;
	refused = buffer->refused;
	dmf_module_unlock(module);

	seq_printf(seq, "used=%zu peak=%zu size=%zu refused=%lu", used, peak, buffer->size,
		   refused);
}

static const struct dmf_module_ops ping_pong_buffer_ops = {
	.child_modules_add	= ping_pong_buffer_child_modules_add,
	.open			= ping_pong_buffer_open,
	.close			= ping_pong_buffer_close,
	.show			= ping_pong_buffer_show,
};

static const struct dmf_module_desc ping_pong_buffer_desc = {
	.name		= "ping_pong_buffer",
	.size		= sizeof(struct dmf_ping_pong_buffer),
	.config_size	= sizeof(struct dmf_ping_pong_buffer_config),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &ping_pong_buffer_ops,
};

DMF_DEFINE_MODULE(ping_pong_buffer);
EXPORT_SYMBOL_NS_GPL(dmf_ping_pong_buffer_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_ping_pong_buffer_create, DMF);

/* Methods; see the header */

static __always_inline int ping_pong_buffer_write(struct dmf_ping_pong_buffer *buffer,
						  const void *data, size_t size,
						  size_t *resulting_size)
{
	int ret = 0;

	dmf_module_lock(&buffer->module);
	if (unlikely(!buffer->ping)) {
		ret = -ENODEV;
	} else if (size > buffer->size - buffer->used) {
		buffer->refused++;
		ret = -ENOSPC;
	} else {
		memcpy(buffer->ping + buffer->used, data, size);
		buffer->used += size;
		if (buffer->used > buffer->peak)
			buffer->peak = buffer->used;
	}
	if (resulting_size)
		*resulting_size = buffer->used;
	dmf_module_unlock(&buffer->module);

	return ret;
}

static noinline int ping_pong_buffer_write_traced(struct dmf_ping_pong_buffer *buffer,
						  const void *data, size_t size,
						  size_t *resulting_size)
{
	int ret = ping_pong_buffer_write(buffer, data, size, resulting_size);

	trace_buffer_write(&buffer->module, size, ret);
	return ret;
}

int dmf_ping_pong_buffer_write(struct dmf_ping_pong_buffer *buffer, const void *data,
			       size_t size, size_t *resulting_size)
{
	if (trace_buffer_write_enabled())
		return ping_pong_buffer_write_traced(buffer, data, size, resulting_size);
	return ping_pong_buffer_write(buffer, data, size, resulting_size);
}
EXPORT_SYMBOL_NS_GPL(dmf_ping_pong_buffer_write, DMF);

int dmf_ping_pong_buffer_get(struct dmf_ping_pong_buffer *buffer, void **data, size_t *size)
{
	int ret = 0;

	dmf_module_lock(&buffer->module);
	if (likely(buffer->ping)) {
		*data = buffer->ping;
		*size = buffer->used;
	} else {
		ret = -ENODEV;
	}
	dmf_module_unlock(&buffer->module);

	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_ping_pong_buffer_get, DMF);

static __always_inline int ping_pong_buffer_consume(struct dmf_ping_pong_buffer *buffer,
						    size_t start, size_t length, void **data)
{
	int ret = 0;

	dmf_module_lock(&buffer->module);
	if (unlikely(!buffer->ping)) {
		ret = -ENODEV;
	} else if (unlikely(start > buffer->used || length > buffer->used - start)) {
		ret = -EINVAL;
	} else {
		*data = buffer->ping + start;
		ping_pong_buffer_advance_locked(buffer, start + length);
	}
	dmf_module_unlock(&buffer->module);

	return ret != -EINVAL ? ret : ping_pong_buffer_refuse(buffer, "consume", start, length);
}

static noinline int ping_pong_buffer_consume_traced(struct dmf_ping_pong_buffer *buffer,
						    size_t start, size_t length, void **data)
{
	int ret = ping_pong_buffer_consume(buffer, start, length, data);

	trace_buffer_read(&buffer->module, length, ret);
	return ret;
}

int dmf_ping_pong_buffer_consume(struct dmf_ping_pong_buffer *buffer, size_t start,
				 size_t length, void **data)
{
	if (trace_buffer_read_enabled())
		return ping_pong_buffer_consume_traced(buffer, start, length, data);
	return ping_pong_buffer_consume(buffer, start, length, data);
}
EXPORT_SYMBOL_NS_GPL(dmf_ping_pong_buffer_consume, DMF);

int dmf_ping_pong_buffer_shift(struct dmf_ping_pong_buffer *buffer, size_t start)
{
	int ret = 0;

	dmf_module_lock(&buffer->module);
	if (unlikely(!buffer->ping))
		ret = -ENODEV;
	else if (unlikely(start > buffer->used))
		ret = -EINVAL;
	else
		ping_pong_buffer_advance_locked(buffer, start);
	dmf_module_unlock(&buffer->module);

	return ret != -EINVAL ? ret : ping_pong_buffer_refuse(buffer, "shift", start, 0);
}
EXPORT_SYMBOL_NS_GPL(dmf_ping_pong_buffer_shift, DMF);

int dmf_ping_pong_buffer_reset(struct dmf_ping_pong_buffer *buffer)
{
	int ret = 0;

	dmf_module_lock(&buffer->module);
	if (likely(buffer->ping))
		buffer->used = 0;
	else
		ret = -ENODEV;
	dmf_module_unlock(&buffer->module);

	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_ping_pong_buffer_reset, DMF);
