// SPDX-License-Identifier: GPL-2.0-only
/*
 * BufferPool: what only sinks do: deadlines, enumeration, flush.
 *
 * A sink's buffers are in a list: an hlist, from which any can be taken as from the
 * other kind, with the last one beside it.
 *
 * It has one delayed work for all its buffers and a queue of their
 * deadlines. Whoever takes a buffer off the list, under the lock, takes its
 * deadline with it, so it is the lock that decides who gets the buffer: there is
 * no timer of a buffer to cancel, none that fires too late, and buffers can be
 * freed in any context. The work is moved forward when a buffer becomes the
 * first to expire, and never back, so it may run in vain. It runs in process
 * context, where it may take the mutex of a passive_level sink.
 *
 * buffer_pool.c says who owns a buffer, and in which order locks are taken.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>

#include <linux/dmf/workqueue.h>

#include "../trace.h"
#include "buffer_pool.h"

/* Deadlines */

static void buffer_pool_schedule_locked(struct dmf_buffer_pool *pool, ktime_t deadline)
{
	s64 left = ktime_to_ns(ktime_sub(deadline, ktime_get()));

	dmf_module_assert_locked(&pool->module);
	mod_delayed_work(dmf_workqueue, &pool->sink.expiry,
			 left > 0 ? nsecs_to_jiffies(left) + 1 : 0);
}

/* Start the timer of a buffer; its full time begins now. */
static void buffer_pool_arm_locked(struct dmf_buffer_pool *pool, struct buffer_pool_entry *entry)
{
	struct buffer_pool_timed_entry *timed = buffer_pool_timed(entry);

	timerqueue_init(&timed->deadline);
	timed->deadline.expires = ktime_add_ms(ktime_get(), timed->timer.timeout_ms);
	entry->armed = true;
	if (timerqueue_add(&pool->sink.deadlines, &timed->deadline))
		buffer_pool_schedule_locked(pool, timed->deadline.expires);
}

void __dmf_buffer_pool_disarm_locked(struct dmf_buffer_pool *pool,
				     struct buffer_pool_entry *entry)
{
	dmf_module_assert_locked(&pool->module);
	timerqueue_del(&pool->sink.deadlines, &buffer_pool_timed(entry)->deadline);
	entry->armed = false;
}

/* The next buffer whose time has come, now the caller's; or wait for the next deadline. */
static struct buffer_pool_entry *buffer_pool_take_expired(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_entry *entry = NULL;
	struct timerqueue_node *node;

	dmf_module_lock(&pool->module);
	node = timerqueue_getnext(&pool->sink.deadlines);
	if (node && ktime_after(node->expires, ktime_get())) {
		buffer_pool_schedule_locked(pool, node->expires);
	} else if (node) {
		entry = &container_of(node, struct buffer_pool_timed_entry, deadline)->entry;
		buffer_pool_take_locked(pool, entry);
	}
	dmf_module_unlock(&pool->module);

	return entry;
}

static void buffer_pool_expire(struct work_struct *work)
{
	struct dmf_buffer_pool *pool = container_of(to_delayed_work(work), struct dmf_buffer_pool,
						    sink.expiry);
	const struct buffer_pool_timer *timer;
	struct buffer_pool_entry *entry;

	while ((entry = buffer_pool_take_expired(pool))) {
		if (buffer_pool_is_damaged(entry)) {
			__dmf_buffer_pool_condemn(pool, entry, "timer");
			continue;
		}
		timer = &buffer_pool_timed(entry)->timer;
		WRITE_ONCE(entry->home, NULL);
		trace_buffer_expire(&pool->module, entry->data);
		timer->callback(pool, entry->data, buffer_pool_context(entry), timer->context);
	}
}

/* Put, flush, stop */

/* List a buffer whose home is the sink, and do so with a timer that has been set. */
static __always_inline int buffer_pool_sink(struct dmf_buffer_pool *pool,
					    struct buffer_pool_entry *entry, bool at_head,
					    bool with_timer)
{
	bool opened;

	dmf_module_lock(&pool->module);
	opened = pool->opened;
	if (likely(opened)) {
		buffer_pool_list_locked(pool, entry, at_head);
		if (with_timer)
			buffer_pool_arm_locked(pool, entry);
	}
	dmf_module_unlock(&pool->module);

	if (unlikely(!opened)) {
		WRITE_ONCE(entry->home, NULL);
		return -ENODEV;
	}
	return 0;
}

int __dmf_buffer_pool_sink(struct dmf_buffer_pool *pool, struct buffer_pool_entry *entry,
			   bool at_head)
{
	return buffer_pool_sink(pool, entry, at_head, false);
}

int __dmf_buffer_pool_put_with_timer(struct dmf_buffer_pool *pool, void *buffer,
				     const struct buffer_pool_timer *timer, unsigned long caller)
{
	struct buffer_pool_entry *entry;
	int ret;

	if (pool->is_source)
		return -EOPNOTSUPP;
	if (!timer->callback)
		return -EINVAL;

	trace_buffer_put(&pool->module, buffer);
	ret = buffer_pool_claim(pool, buffer, caller, &entry);
	if (ret)
		return ret;
	if (!entry->owner->source.settings.create_with_timer) {
		WRITE_ONCE(entry->home, NULL);
		return -EINVAL;
	}

	buffer_pool_timed(entry)->timer = *timer;
	return buffer_pool_sink(pool, entry, false, true);
}

void __dmf_buffer_pool_sink_create(struct dmf_buffer_pool *pool)
{
	struct buffer_pool_sink *sink = &pool->sink;

	INIT_HLIST_HEAD(&sink->listed);
	timerqueue_init_head(&sink->deadlines);
	INIT_DELAYED_WORK(&sink->expiry, buffer_pool_expire);
}

/* The timer of a buffer; for its callback, until the buffer is put again. */
const struct buffer_pool_timer *__dmf_buffer_pool_timer(void *buffer)
{
	return &buffer_pool_timed(buffer_pool_entry(buffer))->timer;
}

/* Have @sink refuse what @source has not made; before the first Method of @sink. */
void __dmf_buffer_pool_accept_only(struct dmf_buffer_pool *sink, struct dmf_buffer_pool *source)
{
	sink->accepts = source;
}

/* Take all buffers off the list in one step, and give each away without locks. */
void __dmf_buffer_pool_flush(struct dmf_buffer_pool *pool,
			     void (*give)(void *data, void *buffer), void *data)
{
	struct buffer_pool_entry *entry;
	struct hlist_node *next;
	HLIST_HEAD(flushed);

	dmf_module_lock(&pool->module);
	hlist_for_each_entry(entry, &pool->sink.listed, listed)
		if (entry->armed)
			__dmf_buffer_pool_disarm_locked(pool, entry);
	hlist_move_list(&pool->sink.listed, &flushed);
	WRITE_ONCE(pool->sink.count, 0);
	dmf_module_unlock(&pool->module);

	hlist_for_each_entry_safe(entry, next, &flushed, listed) {
		trace_buffer_get(&pool->module, entry->data, 0);
		WRITE_ONCE(entry->home, NULL);
		give(data, entry->data);
	}
}

/*
 * Close a sink, and let the caller say who gets what it lists. No buffer comes in
 * any more, and when this returns no timer callback runs. Process context.
 */
void __dmf_buffer_pool_stop(struct dmf_buffer_pool *pool,
			    void (*give)(void *data, void *buffer), void *data)
{
	dmf_module_lock(&pool->module);
	WRITE_ONCE(pool->opened, false);
	dmf_module_unlock(&pool->module);

	__dmf_buffer_pool_flush(pool, give, data);
	cancel_delayed_work_sync(&pool->sink.expiry);
}

/* Enumeration */

/* Do to a buffer what the callback has answered. Return: whether to go on. */
static bool buffer_pool_answer_locked(struct dmf_buffer_pool *pool,
				      struct buffer_pool_entry *entry,
				      enum dmf_buffer_pool_visit answer)
{
	switch (answer) {
	case DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP:
		buffer_pool_take_locked(pool, entry);
		break;
	case DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_STOP:
	case DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_CONTINUE:
		if (entry->armed)
			__dmf_buffer_pool_disarm_locked(pool, entry);
		break;
	case DMF_BUFFER_POOL_VISIT_RESET_TIMER_AND_STOP:
	case DMF_BUFFER_POOL_VISIT_RESET_TIMER_AND_CONTINUE:
		if (entry->armed) {
			__dmf_buffer_pool_disarm_locked(pool, entry);
			buffer_pool_arm_locked(pool, entry);
		}
		break;
	default:
		break;
	}
	return answer == DMF_BUFFER_POOL_VISIT_CONTINUE ||
	       answer == DMF_BUFFER_POOL_VISIT_STOP_TIMER_AND_CONTINUE ||
	       answer == DMF_BUFFER_POOL_VISIT_RESET_TIMER_AND_CONTINUE;
}

/* Return: the buffer that the callback has had removed, or NULL. */
static struct buffer_pool_entry *
buffer_pool_enumerate_locked(struct dmf_buffer_pool *pool,
			     dmf_buffer_pool_visit_locked_fn *callback, void *context)
{
	struct buffer_pool_entry *entry;
	enum dmf_buffer_pool_visit answer;

	hlist_for_each_entry(entry, &pool->sink.listed, listed) {
		if (buffer_pool_is_damaged(entry))
			continue;
		answer = callback(pool, entry->data, buffer_pool_context(entry), context);
		if (!buffer_pool_answer_locked(pool, entry, answer))
			return answer == DMF_BUFFER_POOL_VISIT_REMOVE_AND_STOP ? entry : NULL;
	}
	return NULL;
}

/* Methods; see the header */

int dmf_buffer_pool_put_in_sink_with_timer(struct dmf_buffer_pool *pool, void *buffer,
					   unsigned int timeout_ms,
					   dmf_buffer_pool_timer_fn *callback, void *context)
{
	const struct buffer_pool_timer timer = {
		.timeout_ms = timeout_ms,
		.callback = callback,
		.context = context,
	};

	return __dmf_buffer_pool_put_with_timer(pool, buffer, &timer, _RET_IP_);
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_put_in_sink_with_timer, DMF);

int dmf_buffer_pool_enumerate(struct dmf_buffer_pool *pool,
			      dmf_buffer_pool_visit_locked_fn *callback, void *context,
			      void **buffer, void **buffer_context)
{
	struct buffer_pool_entry *entry = NULL;
	bool opened;

	*buffer = NULL;
	if (buffer_context)
		*buffer_context = NULL;
	if (pool->is_source)
		return -EOPNOTSUPP;

	dmf_module_lock(&pool->module);
	opened = pool->opened;
	if (opened)
		entry = buffer_pool_enumerate_locked(pool, callback, context);
	dmf_module_unlock(&pool->module);

	if (entry) {
		trace_buffer_get(&pool->module, entry->data, 0);
		WRITE_ONCE(entry->home, NULL);
		*buffer = entry->data;
		if (buffer_context)
			*buffer_context = buffer_pool_context(entry);
	}
	return opened ? 0 : -ENODEV;
}
EXPORT_SYMBOL_NS_GPL(dmf_buffer_pool_enumerate, DMF);
