/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BufferPool: lists of buffers of one size, each with a context, that are taken
 * and put back from any context without an allocation.
 */
#ifndef _LINUX_DMF_BUFFER_POOL_H
#define _LINUX_DMF_BUFFER_POOL_H

#include <linux/types.h>

#include <linux/dmf/types.h>

struct scatterlist;

/**
 * DOC: BufferPool, its buffers and who owns them
 *
 * A source makes buffers when it opens and lists them; a sink begins empty and
 * lists buffers that any source has made. At each moment a buffer has exactly
 * one owner: the pool that lists it, or the Client that has taken it by a get,
 * by an enumeration or in a timer callback. Putting it gives it away; the Client
 * must not touch it from then on. A put that fails with -EINVAL, -EOPNOTSUPP or
 * -ENODEV leaves the buffer where it was.
 *
 * The memory of a buffer belongs to the source that made it, wherever the buffer
 * is, until that source is destroyed, which is when the device has been unbound.
 * A sink that closes sends what it lists back to the sources. A source that
 * closes frees what it lists and complains about what Clients still have; that
 * is freed when the source is destroyed, and nobody may touch it afterwards.
 *
 * Each buffer is followed by a mark, and its context by another. They are
 * checked whenever a buffer is taken, put or freed. A buffer whose marks are
 * damaged is reported and taken out of use for good (-EUCLEAN), since nobody
 * knows what else has been overwritten. Putting what is listed already, or
 * what no pool has made, is reported and refused. A pointer that no pool has
 * given out is recognised by the header below it, which is read: that memory
 * must be readable.
 *
 * Methods do not enter the Module's gate: they may be called at any time before
 * the device has been unbound, and fail with -ENODEV while the pool is not open.
 * A pool whose attributes say passive_level is for process context only;
 * "any" below means: wherever spin_lock_irqsave() is legal.
 *
 * DMF: DMF_BufferPool. PoolType has no counterpart: buffers come from kmalloc(),
 * are aligned as it aligns, and may be mapped for DMA.
 */

DMF_DECLARE_MODULE(buffer_pool);

/**
 * enum dmf_buffer_pool_mode - what a pool does
 * @DMF_BUFFER_POOL_MODE_SOURCE: makes buffers and takes them back.
 * @DMF_BUFFER_POOL_MODE_SINK: lists buffers that sources have made.
 *
 * DMF: BufferPool_ModeType.
 */
enum dmf_buffer_pool_mode {
	DMF_BUFFER_POOL_MODE_SOURCE,
	DMF_BUFFER_POOL_MODE_SINK,
};

/**
 * struct dmf_buffer_pool_source_settings - the buffers that a source makes
 * @buffer_count: number made when the pool opens, less those that are still out
 *	from before, and the most that it lists, up to INT_MAX; 0 is allowed with
 *	@enable_look_aside.
 * @buffer_size: size of a buffer in bytes, not 0.
 * @buffer_context_size: size in bytes of the context that each buffer has, or 0.
 * @enable_look_aside: make an additional buffer when none is left. It is freed
 *	when it is put back.
 * @create_with_timer: buffers may be put into a sink with a timer.
 *
 * DMF: BufferPool_SourceSettings.
 */
struct dmf_buffer_pool_source_settings {
	unsigned int buffer_count;
	size_t buffer_size;
	size_t buffer_context_size;
	bool enable_look_aside;
	bool create_with_timer;
};

/**
 * struct dmf_buffer_pool_config - Config of a BufferPool
 * @mode: what the pool does.
 * @source: the buffers of a source; all zero for a sink.
 *
 * DMF: DMF_CONFIG_BufferPool.
 */
struct dmf_buffer_pool_config {
	enum dmf_buffer_pool_mode mode;
	struct dmf_buffer_pool_source_settings source;
};

/**
 * struct dmf_buffer_parameters - what there is to know about a buffer
 * @buffer: the buffer.
 * @buffer_size: its size in bytes.
 * @buffer_context: its context, NULL if it has none.
 * @buffer_context_size: size of the context in bytes.
 *
 * DMF: WDFMEMORY and the out parameters of DMF_BufferPool_ParametersGet.
 */
struct dmf_buffer_parameters {
	void *buffer;
	size_t buffer_size;
	void *buffer_context;
	size_t buffer_context_size;
};

/**
 * enum dmf_buffer_pool_visit - what an enumeration does with a buffer
 * @DMF_BUFFER_POOL_VISIT_CONTINUE: leave it, go on with the next.
 * @DMF_BUFFER_POOL_VISIT_STOP: leave it, end.
 * @DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP: the caller gets it, end.
 * @DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_STOP: cancel its timer, end.
 * @DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_CONTINUE: cancel its timer, go on.
 * @DMF_BUFFER_POOL_VISIT_RESET_TIMER_AND_STOP: its timer, if it has one,
 *	runs its full time from now on; end.
 * @DMF_BUFFER_POOL_VISIT_RESET_TIMER_AND_CONTINUE: the same, go on.
 *
 * DMF: BufferPool_EnumerationDispositionType.
 */
enum dmf_buffer_pool_visit {
	DMF_BUFFER_POOL_VISIT_CONTINUE,
	DMF_BUFFER_POOL_VISIT_STOP,
	DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP,
	DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_STOP,
	DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_CONTINUE,
	DMF_BUFFER_POOL_VISIT_RESET_TIMER_AND_STOP,
	DMF_BUFFER_POOL_VISIT_RESET_TIMER_AND_CONTINUE,
};

/**
 * typedef dmf_buffer_pool_visit_locked_fn - look at one buffer of a sink
 * @pool: the sink
 * @buffer: the buffer; stays the pool's while the callback runs
 * @buffer_context: its context, NULL if it has none
 * @context: what the caller of dmf_buffer_pool_enumerate() has given
 *
 * Called with the lock of the pool held: it may not sleep and may not call a
 * Method of the pool. A timer that expires meanwhile waits.
 *
 * DMF: EVT_DMF_BufferPool_Enumeration.
 *
 * Return: what to do with the buffer, and whether to go on.
 */
typedef enum dmf_buffer_pool_visit dmf_buffer_pool_visit_locked_fn(struct dmf_buffer_pool *pool,
								   void *buffer,
								   void *buffer_context,
								   void *context);

/**
 * typedef dmf_buffer_pool_timer_fn - the timer of a buffer has expired
 * @pool: the sink that had it
 * @buffer: the buffer; it belongs to the callback now
 * @buffer_context: its context, NULL if it has none
 * @context: what the caller of dmf_buffer_pool_put_in_sink_with_timer() has given
 *
 * Called in process context without locks, from a workqueue, one at a time for
 * each sink, in the order of expiry. May come as long as the sink is open:
 * closing it waits for a callback that runs.
 *
 * DMF: EVT_DMF_BufferPool_TimerCallback.
 */
typedef void dmf_buffer_pool_timer_fn(struct dmf_buffer_pool *pool, void *buffer,
				      void *buffer_context, void *context);

/**
 * dmf_buffer_pool_get - take a buffer: of a sink the first, of a source any
 * @pool: the pool
 * @buffer: where to store the buffer, which belongs to the caller from then on;
 *	left alone on failure
 * @buffer_context: where to store its context, NULL if it has none; or NULL
 *
 * A buffer of a source is zeroed, and so is its context. A buffer with a timer
 * loses it: its callback is not called.
 *
 * DMF: DMF_BufferPool_Get.
 *
 * Context: any; takes the lock of a sink. Allocates, and takes the lock of a source,
 * only if that is empty and has lookaside.
 * Return: 0; -ENOBUFS if a source, -ENOENT if a sink has no buffer left; -ENOMEM
 * if there is no memory for an additional one; -ENODEV if the pool is not open.
 */
int dmf_buffer_pool_get(struct dmf_buffer_pool *pool, void **buffer, void **buffer_context);

/**
 * dmf_buffer_pool_get_with_memory - take a buffer and learn its sizes
 * @pool: the pool
 * @memory: filled with the buffer, its context and the sizes of both; the buffer
 *	belongs to the caller from then on; left alone on failure
 *
 * For code that gets buffers of several sources from one sink.
 *
 * DMF: DMF_BufferPool_GetWithMemory; &struct dmf_buffer_parameters stands for
 * the WDFMEMORY.
 *
 * Context: as dmf_buffer_pool_get().
 * Return: as dmf_buffer_pool_get().
 */
int dmf_buffer_pool_get_with_memory(struct dmf_buffer_pool *pool,
				    struct dmf_buffer_parameters *memory);

/**
 * dmf_buffer_pool_get_with_memory_descriptor - take a buffer for a transfer
 * @pool: the pool
 * @descriptor: the caller's; set up as a list of one entry that covers the whole
 *	buffer, ready for dma_map_sg() and for the buses that take scatterlists
 * @buffer: as for dmf_buffer_pool_get()
 * @buffer_context: as for dmf_buffer_pool_get()
 *
 * DMF: DMF_BufferPool_GetWithMemoryDescriptor; a scatterlist stands for the
 * WDF_MEMORY_DESCRIPTOR.
 *
 * Context: as dmf_buffer_pool_get().
 * Return: as dmf_buffer_pool_get().
 */
int dmf_buffer_pool_get_with_memory_descriptor(struct dmf_buffer_pool *pool,
					       struct scatterlist *descriptor,
					       void **buffer, void **buffer_context);

/**
 * dmf_buffer_pool_put - put a buffer at the end of a sink, or back into its source
 * @pool: the source that has made the buffer, or any sink
 * @buffer: a buffer that the caller owns; the pool owns it on success
 *
 * A source zeroes the buffer and its context, so that the next user finds
 * nothing of them, and frees it if it is an additional one. A sink keeps the
 * content.
 *
 * DMF: DMF_BufferPool_Put.
 *
 * Context: any; takes the lock of a sink, or of a source that has lookaside or is
 * closing.
 * Return: 0; -EINVAL if @buffer has not been made by this source or by any;
 * -EALREADY if some pool lists it already; -EUCLEAN if it has been overrun: the
 * pool has kept it and lists it no more; -ENODEV if the pool is not open: the
 * caller keeps it.
 */
int dmf_buffer_pool_put(struct dmf_buffer_pool *pool, void *buffer);

/**
 * dmf_buffer_pool_put_at_head - put a buffer where the next get finds it
 * @pool: the source that has made the buffer, or any sink
 * @buffer: a buffer that the caller owns; the pool owns it on success
 *
 * Otherwise as dmf_buffer_pool_put(). Of a source, whose buffers are alike, it is
 * the same.
 *
 * DMF: DMF_BufferPool_PutAtHead.
 *
 * Context: as dmf_buffer_pool_put().
 * Return: as dmf_buffer_pool_put().
 */
int dmf_buffer_pool_put_at_head(struct dmf_buffer_pool *pool, void *buffer);

/**
 * dmf_buffer_pool_put_in_sink_with_timer - put a buffer for a limited time
 * @pool: a sink
 * @buffer: a buffer that the caller owns, made by a source with
 *	&struct dmf_buffer_pool_source_settings.create_with_timer; the pool owns it
 *	on success
 * @timeout_ms: milliseconds until @callback gets the buffer; 0 for at once
 * @callback: gets the buffer if nobody has taken it before
 * @context: for @callback
 *
 * Exactly one gets the buffer: a get, an enumeration that removes it,
 * @callback, or the close of the pool, which sends it back to its source.
 *
 * DMF: DMF_BufferPool_PutInSinkWithTimer.
 *
 * Context: any; takes the lock of the pool.
 * Return: as dmf_buffer_pool_put(), and -EINVAL if @callback is NULL or the
 * buffer has no timer; -EOPNOTSUPP if @pool is a source.
 */
int dmf_buffer_pool_put_in_sink_with_timer(struct dmf_buffer_pool *pool, void *buffer,
					   unsigned int timeout_ms,
					   dmf_buffer_pool_timer_fn *callback, void *context);

/**
 * dmf_buffer_pool_context_get - the context of a buffer
 * @pool: any pool, for messages
 * @buffer: a buffer that the caller owns, or is being shown
 *
 * DMF: DMF_BufferPool_ContextGet.
 *
 * Context: any.
 * Return: the context; NULL if it has none, or if no pool has made @buffer.
 */
void *dmf_buffer_pool_context_get(struct dmf_buffer_pool *pool, void *buffer);

/**
 * dmf_buffer_pool_parameters_get - what there is to know about a buffer
 * @pool: the source that has made the buffer
 * @buffer: a buffer that the caller owns, or is being shown
 * @parameters: filled on success
 *
 * DMF: DMF_BufferPool_ParametersGet.
 *
 * Context: any.
 * Return: 0; -EINVAL if @pool has not made @buffer.
 */
int dmf_buffer_pool_parameters_get(struct dmf_buffer_pool *pool, void *buffer,
				   struct dmf_buffer_parameters *parameters);

/**
 * dmf_buffer_pool_count - number of buffers that a pool lists
 * @pool: the pool
 *
 * Looks at each buffer of a source, with the lock held; of a sink the number is
 * known.
 *
 * DMF: DMF_BufferPool_Count.
 *
 * Context: any; takes the lock of the pool.
 * Return: the number, which may have changed when the caller sees it.
 */
unsigned int dmf_buffer_pool_count(struct dmf_buffer_pool *pool);

/**
 * dmf_buffer_pool_enumerate - look at the buffers of a sink, the first one first
 * @pool: a sink
 * @callback: called for each buffer until it says to stop
 * @context: for @callback
 * @buffer: where to store the buffer that was removed, which belongs to the
 *	caller from then on, or NULL if none was
 * @buffer_context: where to store its context; may be NULL
 *
 * The whole enumeration is one atomic step. Timers that the callback leaves
 * alone keep the time that remains. A buffer that has been overrun is passed
 * over; the get that meets it reports it.
 *
 * DMF: DMF_BufferPool_Enumerate.
 *
 * Context: any; takes the lock of the pool and calls @callback with it held.
 * Return: 0, also if nothing was removed; -EOPNOTSUPP if @pool is a source;
 * -ENODEV if it is not open.
 */
int dmf_buffer_pool_enumerate(struct dmf_buffer_pool *pool,
			      dmf_buffer_pool_visit_locked_fn *callback, void *context,
			      void **buffer, void **buffer_context);

#endif /* _LINUX_DMF_BUFFER_POOL_H */
