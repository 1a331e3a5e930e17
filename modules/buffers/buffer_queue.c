// SPDX-License-Identifier: GPL-2.0-only
/*
 * BufferQueue: a source and a sink between which buffers wander.
 *
 *	producer --fetch--> Client --enqueue--> consumer --dequeue--> Client
 *	    ^                  |                    |                    |
 *	    +------reuse-------+       flush -------+------reuse---------+
 *
 * All state is that of the two BufferPools, and so are the locks; the queue has
 * no data of its own that changes. The consumer accepts nothing but buffers of
 * the producer, so whatever is in it can be reused.
 *
 * The cleanup belongs to the way back into the producer. It runs after the
 * buffer has been claimed for the producer, which happens once for each time
 * the buffer was fetched, and before it is zeroed; so it is called exactly once.
 *
 * The children outlive the queue's own close(), which therefore stops the
 * consumer itself: then no buffer can come in behind the last flush, and no
 * timer callback can find the queue closed.
 */
#include <linux/instruction_pointer.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>

#include <linux/dmf/buffer_queue.h>
#include <linux/dmf/module.h>

#include "buffer_pool.h"

struct dmf_buffer_queue {
	struct dmf_module module;

	/* Constant from creation on. */
	struct dmf_buffer_pool *producer;
	struct dmf_buffer_pool *consumer;
};

/* An enumeration under way; on the stack of its caller. */
struct buffer_queue_enumeration {
	struct dmf_buffer_queue *queue;
	dmf_buffer_queue_visit_locked_fn *callback;
	void *context;
};

static struct dmf_buffer_queue *buffer_queue_from_module(struct dmf_module *module)
{
	return container_of(module, struct dmf_buffer_queue, module);
}

/* Callbacks of the two pools */

static void buffer_queue_clean(void *data, void *buffer, void *buffer_context)
{
	struct dmf_buffer_queue *queue = data;
	const struct dmf_buffer_queue_config *config = dmf_module_config(&queue->module);

	config->reuse_cleanup(queue, buffer, buffer_context);
}

static void buffer_queue_give_back(void *data, void *buffer)
{
	dmf_buffer_queue_reuse(data, buffer);
}

static void buffer_queue_expire(struct dmf_buffer_pool *pool, void *buffer, void *buffer_context,
				void *context)
{
	struct dmf_module *parent = dmf_parent_module_get(dmf_buffer_pool_module(pool));
	dmf_buffer_queue_timer_fn *callback;

	callback = (dmf_buffer_queue_timer_fn *)__dmf_buffer_pool_timer(buffer)->relay;
	callback(buffer_queue_from_module(parent), buffer, buffer_context, context);
}

static enum dmf_buffer_pool_visit
buffer_queue_show_locked(struct dmf_buffer_pool *pool, void *buffer, void *buffer_context,
			 void *context)
{
	const struct buffer_queue_enumeration *enumeration = context;

	return enumeration->callback(enumeration->queue, buffer, buffer_context,
				     enumeration->context);
}

/* Module callbacks */

static int buffer_queue_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct dmf_buffer_queue *queue = buffer_queue_from_module(module);
	const struct dmf_buffer_queue_config *config = dmf_module_config(module);
	const struct dmf_buffer_pool_config producer = {
		.mode = DMF_BUFFER_POOL_MODE_SOURCE,
		.source = config->source,
	};
	const struct dmf_buffer_pool_config consumer = {
		.mode = DMF_BUFFER_POOL_MODE_SINK,
	};
	struct dmf_module_attributes attributes = {
		.instance_name = "producer",
		.passive_level = dmf_module_is_passive_level(module),
	};
	int ret;

	ret = dmf_buffer_pool_add(init, &producer, &attributes, &queue->producer);
	if (ret)
		return ret;

	attributes.instance_name = "consumer";
	ret = dmf_buffer_pool_add(init, &consumer, &attributes, &queue->consumer);
	if (ret)
		return ret;

	__dmf_buffer_pool_accept_only(queue->consumer, queue->producer);
	return 0;
}

static void buffer_queue_close(struct dmf_module *module)
{
	struct dmf_buffer_queue *queue = buffer_queue_from_module(module);

	__dmf_buffer_pool_stop(queue->consumer, buffer_queue_give_back, queue);
}

static void buffer_queue_show(struct dmf_module *module, struct seq_file *seq)
{
	seq_printf(seq, "depth=%u", dmf_buffer_queue_count(buffer_queue_from_module(module)));
}

static const struct dmf_module_ops buffer_queue_ops = {
	.child_modules_add	= buffer_queue_child_modules_add,
	.close			= buffer_queue_close,
	.show			= buffer_queue_show,
};

static const struct dmf_module_desc buffer_queue_desc = {
	.name		= "buffer_queue",
	.size		= sizeof(struct dmf_buffer_queue),
	.config_size	= sizeof(struct dmf_buffer_queue_config),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &buffer_queue_ops,
};

DMF_DEFINE_MODULE(buffer_queue);
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_create, DMF);

/* Methods; see the header */

int dmf_buffer_queue_fetch(struct dmf_buffer_queue *queue, void **buffer, void **buffer_context)
{
	return dmf_buffer_pool_get(queue->producer, buffer, buffer_context);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_fetch, DMF);

int dmf_buffer_queue_enqueue(struct dmf_buffer_queue *queue, void *buffer)
{
	return dmf_buffer_pool_put(queue->consumer, buffer);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_enqueue, DMF);

int dmf_buffer_queue_enqueue_at_head(struct dmf_buffer_queue *queue, void *buffer)
{
	return dmf_buffer_pool_put_at_head(queue->consumer, buffer);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_enqueue_at_head, DMF);

int dmf_buffer_queue_enqueue_with_timer(struct dmf_buffer_queue *queue, void *buffer,
					unsigned int timeout_ms,
					dmf_buffer_queue_timer_fn *callback, void *context)
{
	const struct buffer_pool_timer timer = {
		.timeout_ms = timeout_ms,
		.callback = callback ? buffer_queue_expire : NULL,
		.context = context,
		.relay = (void (*)(void))callback,
	};

	return __dmf_buffer_pool_put_with_timer(queue->consumer, buffer, &timer, _RET_IP_);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_enqueue_with_timer, DMF);

int dmf_buffer_queue_dequeue(struct dmf_buffer_queue *queue, void **buffer, void **buffer_context)
{
	return dmf_buffer_pool_get(queue->consumer, buffer, buffer_context);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_dequeue, DMF);

int dmf_buffer_queue_dequeue_with_memory_descriptor(struct dmf_buffer_queue *queue,
						    struct scatterlist *descriptor,
						    void **buffer, void **buffer_context)
{
	return dmf_buffer_pool_get_with_memory_descriptor(queue->consumer, descriptor, buffer,
							  buffer_context);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_dequeue_with_memory_descriptor, DMF);

int dmf_buffer_queue_reuse(struct dmf_buffer_queue *queue, void *buffer)
{
	const struct dmf_buffer_queue_config *config = dmf_module_config(&queue->module);

	if (!config->reuse_cleanup)
		return dmf_buffer_pool_put(queue->producer, buffer);
	return __dmf_buffer_pool_put_cleaned(queue->producer, buffer, buffer_queue_clean, queue);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_reuse, DMF);

void dmf_buffer_queue_flush(struct dmf_buffer_queue *queue)
{
	__dmf_buffer_pool_flush(queue->consumer, buffer_queue_give_back, queue);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_flush, DMF);

int dmf_buffer_queue_enumerate(struct dmf_buffer_queue *queue,
			       dmf_buffer_queue_visit_locked_fn *callback, void *context,
			       void **buffer, void **buffer_context)
{
	struct buffer_queue_enumeration enumeration = {
		.queue = queue,
		.callback = callback,
		.context = context,
	};

	return dmf_buffer_pool_enumerate(queue->consumer, buffer_queue_show_locked, &enumeration,
					 buffer, buffer_context);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_enumerate, DMF);

unsigned int dmf_buffer_queue_count(struct dmf_buffer_queue *queue)
{
	return dmf_buffer_pool_count(queue->consumer);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_count, DMF);

void *dmf_buffer_queue_context_get(struct dmf_buffer_queue *queue, void *buffer)
{
	return dmf_buffer_pool_context_get(queue->producer, buffer);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_queue_context_get, DMF);
