// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams: how consumers pull records out of Modules.
 *
 * A consumer takes some records from the Module, copies them to user memory and
 * tells the Module that they are delivered, or gives those back that are not. One
 * consumer of a stream does so at a time, so no record overtakes another. All of
 * that happens inside the gates, with page faults disabled, so that memory that user
 * space makes slow on purpose cannot hold up unbind, suspend or another consumer: when
 * the copy faults, the records go back, the gates are left, and the page is brought in
 * before the next try.
 *
 * The files of a stream share its records, or each of them gets all: then it is a
 * stream of its own in all that follows; see reader.c.
 *
 * Waking: one record wakes one blocked caller, and all pollers of files that
 * are bound to the stream. A caller that leaves although a record is there passes
 * the wake-up on, and a record that goes back wakes like a new one: whoever looked
 * while it was under way has seen nothing.
 * The stream counts what consumers were told of, and remembers the count at which it was
 * seen to be empty. As long as that is the count, nobody has to enter the gates, or to
 * ask the Module, to know that nothing is there.
 * Blocked callers wait on the stream, or the file's reader, and pollers on their
 * file: an epoll entry stays where it was put until the file goes, whatever stream is
 * selected. These queues outlive the Module.
 *
 * A file of a filter may consume a stream of a device below: the pull happens on the
 * file that is open there, its source, and inside the gates there. What ends it are
 * the causes there, and the end of the filter, which severs that file.
 *
 * A Module that is closed, because the device is suspended, has no records for
 * the time being. Looking at a stream never resumes the device.
 *
 * Lock order: turn of a stream or reader, locks of the Module; lock of a stream, lock
 * of a file's wait queue.
 */
#include <linux/device.h>
#include <linux/freezer.h>
#include <linux/hrtimer.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "internal.h"

/* How late a deadline may be, so that timers can be handled together. */
#define DEADLINE_SLACK_NS	(50 * NSEC_PER_USEC)

/* How often a record is tried to be copied to memory that faults. */
#define FAULT_TRIES		100

/* -- Streams of a device ------------------------------------------------------ */

static struct dmf_stream *stream_find(struct dmf_device *ddev, const char *name)
{
	struct dmf_stream *stream;

	list_for_each_entry(stream, &ddev->streams, node) {
		if (!strcmp(stream->name, name))
			return stream;
	}
	return NULL;
}

/**
 * dmf_module_add_stream - let user space consume the records of a Module
 * @init: what child_modules_add was called with
 * @ops: how the core gets at the records; must live as long as the Module
 *
 * The stream is named like the instance of the Module. A dynamic Module has none:
 * what comes by open files does not reach it.
 *
 * Context: process, may sleep; within child_modules_add, once.
 * Return: 0, -ENOMEM, -EEXIST if the device has a stream of that name, -EINVAL
 * if the name is too long.
 */
int dmf_module_add_stream(struct dmf_module_init *init, const struct dmf_stream_ops *ops)
{
	struct dmf_module *module = init->parent;
	struct dmf_device *ddev = init->ddev;
	struct dmf_stream *stream;

	if (init->dynamic)
		return 0;
	if (stream_find(ddev, module->name)) {
		dev_err(ddev->dev, "two streams are named %s: give one an instance_name\n",
			module->name);
		return -EEXIST;
	}
	stream = kzalloc(sizeof(*stream), GFP_KERNEL);
	if (!stream)
		return -ENOMEM;
	if (strscpy(stream->name, module->name, sizeof(stream->name)) < 0) {
		dev_err(ddev->dev, "stream name %s is too long: give a short instance_name\n",
			module->name);
		kfree(stream);
		return -EINVAL;
	}

	stream->module = module;
	stream->ops = ops;
	stream->reader_size = ops->reader_size;
	if (dmf_stream_has_readers(stream))
		stream->number = ddev->stream_numbers++;
	atomic_long_set(&stream->published, 1);	/* nobody has looked yet */
	init_waitqueue_head(&stream->blocked);
	spin_lock_init(&stream->lock);
	mutex_init(&stream->turn.lock);
	INIT_LIST_HEAD(&stream->files);
	INIT_LIST_HEAD(&stream->readers);
	list_add_tail(&stream->node, &ddev->streams);
	module->stream = stream;
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_add_stream, DMF);

/* A Module goes before any file could know its stream: creation has failed. */
void dmf_stream_drop_unused(struct dmf_module *module)
{
	if (!module->stream || module->ddev->complete)
		return;

	list_del(&module->stream->node);
	kfree(module->stream);
	module->stream = NULL;
}

void dmf_streams_free(struct dmf_device *ddev)
{
	struct dmf_stream *stream, *next;

	list_for_each_entry_safe(stream, next, &ddev->streams, node)
		kfree(stream);
}

/* -- Files and their stream --------------------------------------------------- */

/* The caller has select_lock, or the file is being made or freed. */
static void stream_bind(struct dmf_file *file, struct dmf_stream *stream)
{
	struct dmf_stream *old = file->stream;

	if (old) {
		spin_lock_irq(&old->lock);
		list_del_init(&file->stream_entry);
		spin_unlock_irq(&old->lock);
	}
	WRITE_ONCE(file->stream, stream);
	if (stream) {
		spin_lock_irq(&stream->lock);
		list_add_tail(&file->stream_entry, &stream->files);
		spin_unlock_irq(&stream->lock);
	}
}

void dmf_stream_bind_first(struct dmf_file *file)
{
	stream_bind(file, list_first_entry_or_null(&file->ddev->streams, struct dmf_stream, node));
	if (file->stream)
		WRITE_ONCE(file->source, file);
	else if (file->lower)
		WRITE_ONCE(file->source, READ_ONCE(file->lower->source));
}

/* dmf_stream_source() of a file that has no stream of its own device selected. */
struct dmf_file *dmf_stream_source_below(const struct dmf_file *file)
{
	struct dmf_file *source = READ_ONCE(file->source);

	for (; source && file != source; file = file->lower) {
		if (file->ddev->events[DMF_EVENT_QUEUE_IO_READ].count ||
		    file->ddev->client->ops->queue_io_read)
			return NULL;
	}
	return source;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_stream_source_below);

void dmf_stream_unbind(struct dmf_file *file)
{
	dmf_readers_unlink(file);
	stream_bind(file, NULL);
}

/* The stream that a file can select by a name, and the level at which it is. */
static struct dmf_stream *stream_find_below(struct dmf_file *file, const char *name,
					    struct dmf_file **level)
{
	struct dmf_stream *stream;

	for (; file; file = file->lower) {
		stream = stream_find(file->ddev, name);
		if (stream) {
			*level = file;
			return stream;
		}
	}
	return NULL;
}

/* DMF_IOC_STREAM_SELECT; the caller is inside file_gate, which keeps what is below. */
int dmf_stream_select(struct dmf_file *file, const char *name)
{
	struct dmf_file *level;
	struct dmf_stream *stream = stream_find_below(file, name, &level);

	if (!stream)
		return -ENOENT;

	mutex_lock(&file->select_lock);
	stream_bind(level, stream);
	WRITE_ONCE(file->source, level);
	mutex_unlock(&file->select_lock);
	dmf_file_wake(file);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_stream_select);

/* Stream number @index of those that a file can select, from the top of the stack. */
static struct dmf_stream *stream_at(struct dmf_file *file, unsigned int index,
				    struct dmf_file **level)
{
	struct dmf_file *at, *found;
	struct dmf_stream *stream;

	for (at = file; at; at = at->lower) {
		list_for_each_entry(stream, &at->ddev->streams, node) {
			/* One above may have the same name. */
			if (stream_find_below(file, stream->name, &found) == stream && !index--) {
				*level = at;
				return stream;
			}
		}
	}
	return NULL;
}

/* DMF_IOC_STREAM_LIST, with @list->index; the caller is inside file_gate. */
int dmf_stream_list(struct dmf_file *file, struct dmf_stream_list *list)
{
	struct dmf_stream_info info = { };
	struct dmf_file *level, *source = READ_ONCE(file->source);
	struct dmf_stream *stream = stream_at(file, list->index, &level);

	if (!stream)
		return -ENOENT;

	if (stream->ops->info)
		stream->ops->info(stream->module, level, &info);
	strscpy_pad(list->name, stream->name, sizeof(list->name));
	list->flags = dmf_stream_has_readers(stream) ? DMF_STREAM_BROADCAST : 0;
	if (source && READ_ONCE(source->stream) == stream)
		list->flags |= DMF_STREAM_SELECTED;
	list->record_size = info.record_size;
	list->depth = info.depth;
	list->queued = info.queued;
	list->sequence = info.sequence;
	list->lost = info.lost;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_stream_list);

/* -- Waking -------------------------------------------------------------------- */

static void wake_blocked(wait_queue_head_t *blocked)
{
	/* The caller has had a full barrier, which pairs with that of who goes to sleep. */
	if (waitqueue_active(blocked))
		wake_up(blocked);
}

static void wake_pollers(struct dmf_file *file)
{
	/* The same; pairs with that of dmf_poll(). */
	if (waitqueue_active(&file->pollers->wait))
		wake_up_poll(&file->pollers->wait, EPOLLIN | EPOLLRDNORM);
}

/**
 * dmf_module_wake_stream - tell consumers that a Module has a new record
 * @module: a Module that has called dmf_module_add_stream()
 *
 * Once for each record, after it can be popped, without the Module's locks.
 *
 * Context: any in which spin_lock_irqsave() is legal.
 */
void dmf_module_wake_stream(struct dmf_module *module)
{
	struct dmf_stream *stream = module->stream;
	struct dmf_reader *reader;
	struct dmf_file *file;
	unsigned long flags;

	if (!stream)	/* of a dynamic Module */
		return;
	/*
	 * Fully ordered: after the record, so that who sees this count finds it; before the
	 * looks for sleepers, so that who is not seen there sees this count.
	 */
	atomic_long_inc_return(&stream->published);
	wake_blocked(&stream->blocked);

	spin_lock_irqsave(&stream->lock, flags);
	list_for_each_entry(reader, &stream->readers, entry)
		wake_blocked(&reader->blocked);
	list_for_each_entry(file, &stream->files, stream_entry)
		wake_pollers(file);
	spin_unlock_irqrestore(&stream->lock, flags);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_wake_stream, DMF);

/* Have all blocked callers look why they wait. */
void dmf_streams_wake_all(struct dmf_device *ddev)
{
	struct dmf_stream *stream;

	list_for_each_entry(stream, &ddev->streams, node) {
		wake_up_all(&stream->blocked);
		dmf_readers_wake_all(stream);
	}
}

/* -- Pulling ------------------------------------------------------------------- */

/* One consumer's call. */
struct stream_pull {
	struct dmf_stream *stream;
	struct dmf_file *file;
	wait_queue_head_t *blocked;	/* those of the file's reader, or of the stream */
	struct dmf_pull_turn *turn;	/* the same */
	struct iov_iter *to;
	unsigned int max_count;
	unsigned int count;		/* records delivered */
	size_t bytes;			/* their size */
	size_t fault_size;		/* size of a record that needs its pages brought in */
	unsigned int cancels;		/* the file's count when the call began */
	bool expired;			/* the deadline has come */
};

/*
 * Copy a run while memory is there. Its bounds are those that the Module has just given,
 * so nobody looks up what the memory is part of, which would take longer than most copies.
 *
 * Return: the number of whole records.
 */
static __always_inline unsigned int pull_copy(struct stream_pull *pull,
					      const struct dmf_stream_run *run)
{
	size_t copied, size = (size_t)run->size * run->count;
	unsigned int delivered = run->count;

	pagefault_disable();
	copied = _copy_to_iter(run->data, size, pull->to);
	pagefault_enable();

	if (unlikely(copied != size)) {
		delivered = copied / run->size;
		size = (size_t)run->size * delivered;
		iov_iter_revert(pull->to, copied - size);
	}
	pull->bytes += size;
	pull->count += delivered;
	return delivered;
}

/* Whoever could have taken what has gone back has seen nothing meanwhile. */
static void pull_wake_again(struct stream_pull *pull)
{
	if (!dmf_stream_has_readers(pull->stream)) {
		dmf_module_wake_stream(pull->stream->module);
		return;
	}
	smp_mb(); /* pairs with those of who goes to sleep, between queueing and looking */
	wake_blocked(pull->blocked);
	wake_pollers(pull->file);
}

/*
 * The copy of a run has failed after so many records: those, and the runs before, have
 * been delivered, the rest goes back.
 */
static noinline void pull_undo(struct stream_pull *pull, struct dmf_stream_run *runs,
			       unsigned int count, unsigned int failed, unsigned int delivered)
{
	const struct dmf_stream_ops *ops = pull->stream->ops;
	struct dmf_module *module = pull->stream->module;
	struct dmf_stream_run part = runs[failed];

	if (failed)
		ops->done(module, pull->file, runs, failed);
	if (delivered) {
		part.count = delivered;
		ops->done(module, pull->file, &part, 1);
		runs[failed].data += (size_t)part.size * delivered;
		runs[failed].count -= delivered;
	}
	ops->push_back(module, pull->file, runs + failed, count - failed);
	pull_wake_again(pull);
	pull->fault_size = part.size;
}

/*
 * Deliver some records. Return: 1, 0 if there is none or one needs its pages, or
 * -ENOSPC if there is no room for it.
 */
static __always_inline int pull_some(struct stream_pull *pull)
{
	unsigned int max = min_t(unsigned int, pull->max_count - pull->count, DMF_STREAM_BATCH);
	const struct dmf_stream_ops *ops = pull->stream->ops;
	struct dmf_module *module = pull->stream->module;
	struct dmf_stream_run *runs = pull->turn->runs;
	unsigned int delivered;
	int i, count;

	count = ops->pop(module, pull->file, runs, max, iov_iter_count(pull->to));
	if (count <= 0)
		return count;

	for (i = 0; i < count; i++) {
		delivered = pull_copy(pull, &runs[i]);
		if (unlikely(delivered != runs[i].count)) {
			pull_undo(pull, runs, count, i, delivered);
			return 0;
		}
	}
	ops->done(module, pull->file, runs, count);
	return 1;
}

/*
 * Whether to go on after some records: there are more, and there is room; and the caller
 * need not run otherwise, or be ended. That there are none is remembered either way.
 */
static bool pull_more(const struct stream_pull *pull)
{
	return !dmf_stream_is_empty(pull->stream, pull->file) &&
	       pull->count < pull->max_count && iov_iter_count(pull->to) && !need_resched() &&
	       !signal_pending(current) && !dmf_gate_is_closed(&pull->file->ddev->file_gate);
}

/* Inside the gates. Return: as pull_some(), of which this is as much as there is. */
static int pull_all(struct stream_pull *pull)
{
	int ret;

	mutex_lock(&pull->turn->lock);
	do {
		ret = pull_some(pull);
	} while (pull_more(pull) && ret == 1);
	mutex_unlock(&pull->turn->lock);
	return ret;
}

/*
 * Enter the gates, if a record may be there. Who shares a stream need not ask the Module
 * first: whoever found nothing, or took the last, has made the stream quiet.
 */
static __always_inline bool pull_enter(struct dmf_stream *stream, struct dmf_file *file)
{
	struct dmf_module *module = stream->module;
	struct dmf_device *ddev = file->ddev;

	if (dmf_stream_is_quiet(stream) || READ_ONCE(file->severed) ||
	    !dmf_gate_enter(&ddev->file_gate))
		return false;
	if (!dmf_module_acquire(module)) {
		if (!dmf_stream_has_readers(stream) || !dmf_stream_is_empty(stream, file))
			return true;
		dmf_module_release(module);
	}
	dmf_gate_leave(&ddev->file_gate);
	return false;
}

/* Deliver what is there. Return: 0, or why not even one record. */
static int pull_available(struct stream_pull *pull)
{
	int ret;

	pull->fault_size = 0;
	if (!pull_enter(pull->stream, pull->file))
		return 0;

	ret = pull_all(pull);
	dmf_module_release(pull->stream->module);
	dmf_gate_leave(&pull->file->ddev->file_gate);
	return pull->count || ret >= 0 ? 0 : ret;
}

/*
 * Deliver what is there, and bring in pages that are missing. Memory that can be
 * brought in but not written to (MTE, or a page that goes again and again) is bad.
 */
static int pull_and_fault_in(struct stream_pull *pull)
{
	unsigned int tries;
	int ret;

	for (tries = 0; tries < FAULT_TRIES; tries++) {
		ret = pull_available(pull);
		if (ret || !pull->fault_size)
			return ret;
		if (fault_in_iov_iter_writeable(pull->to, pull->fault_size))
			break;
		if (fatal_signal_pending(current))
			return pull->count ? 0 : -EINTR;
	}
	return pull->count ? 0 : -EFAULT;
}

/* Whether nothing comes by a file any more. */
static inline bool pull_is_over(const struct dmf_file *file)
{
	return dmf_gate_is_closed(&file->ddev->file_gate) || READ_ONCE(file->severed);
}

/* Why a caller has to go; 0 if it may wait on. */
static inline int pull_cause(const struct stream_pull *pull)
{
	if (pull_is_over(pull->file))
		return -ENODEV;
	if (READ_ONCE(pull->file->flight.cancels) != pull->cancels)
		return -ECANCELED;
	return dmf_io_error(pull->file->ddev);
}

static inline bool pull_readable(const struct stream_pull *pull)
{
	struct dmf_device *ddev = pull->file->ddev;
	bool readable;

	if (dmf_stream_is_quiet(pull->stream) || !dmf_gate_enter(&ddev->file_gate))
		return false;
	readable = dmf_stream_readable(pull->stream, pull->file);
	dmf_gate_leave(&ddev->file_gate);
	return readable;
}

/* Return: false if the deadline has come. */
static bool pull_sleep(u64 deadline_ns)
{
	ktime_t deadline = min_t(u64, deadline_ns, KTIME_MAX);

	if (deadline_ns == DMF_WAIT_FOREVER) {
		schedule();
		return true;
	}
	return schedule_hrtimeout_range(&deadline, DEADLINE_SLACK_NS, HRTIMER_MODE_ABS);
}

/* Wait for a record. Return: 0 to look for one, or why not to wait any longer. */
static noinline int pull_wait(struct stream_pull *pull, u64 deadline_ns)
{
	DEFINE_WAIT(wait);
	int ret;

	prepare_to_wait_exclusive(pull->blocked, &wait, TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	ret = pull_cause(pull);
	if (!ret && !pull_readable(pull)) {
		if (pull->expired)
			ret = -ETIMEDOUT;
		else if (signal_pending(current))
			ret = -ERESTARTSYS;
		else
			pull->expired = !pull_sleep(deadline_ns);
	}
	finish_wait(pull->blocked, &wait);
	return ret;
}

/* Callers and the file hold on to it when the Module has gone. */
static void pull_use_reader(struct stream_pull *pull)
{
	struct dmf_reader *reader = pull->file->readers[pull->stream->number];

	pull->blocked = &reader->blocked;
	pull->turn = &reader->turn;
}

static noinline ssize_t pull_records(struct dmf_file *file, unsigned int cancels,
				     struct iov_iter *to, unsigned int *count, bool nonblock,
				     u64 deadline_ns)
{
	struct dmf_stream *stream = READ_ONCE(file->stream);
	struct stream_pull pull = {
		.stream = stream,
		.file = file,
		.blocked = &stream->blocked,
		.turn = &stream->turn,
		.to = to,
		.max_count = count ? *count : UINT_MAX,
		.cancels = cancels,
	};
	int ret;

	if (dmf_stream_has_readers(stream))
		pull_use_reader(&pull);

	for (;;) {
		ret = pull_and_fault_in(&pull);
		if (ret || pull.count)
			break;
		if (nonblock)
			ret = pull_cause(&pull) ?: -EAGAIN;
		else if (fatal_signal_pending(current))
			ret = -EINTR;
		else
			ret = pull_wait(&pull, deadline_ns);
		if (ret)
			break;
		cond_resched();
	}
	if (wq_has_sleeper(pull.blocked) && pull_readable(&pull))
		wake_up(pull.blocked);

	if (count)
		*count = pull.count;
	return ret ?: pull.bytes;
}

/*
 * @file is the level whose stream is consumed, see dmf_stream_source(). @cancels is
 * what dmf_stream_cancels() said when the call began.
 *
 * Deliver at least one record and at most *@count, or as many as fit if that is NULL,
 * waiting until @deadline_ns unless @nonblock. Process context. Return: number of bytes,
 * with the number of records in *@count, or a negative errno.
 */
ssize_t dmf_stream_pull_since(struct dmf_file *file, unsigned int cancels, struct iov_iter *to,
			      unsigned int *count, bool nonblock, u64 deadline_ns)
{
	struct dmf_stream *stream = READ_ONCE(file->stream);

	if (!stream)	/* and it stays so */
		return -EOPNOTSUPP;
	/* Most of those that a ring asks for leave here, before anything is made ready. */
	if (nonblock && dmf_stream_is_quiet(stream))
		return pull_is_over(file) ? -ENODEV : dmf_io_error(file->ddev) ?: -EAGAIN;
	return pull_records(file, cancels, to, count, nonblock, deadline_ns);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_stream_pull_since);
