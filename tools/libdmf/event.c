// SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT
/*
 * Events, and how a wait ends. open.c has the rest.
 *
 * Records lie in the file's buffer from the call that fetched them to the next
 * one. They are checked when they come, and taken one by one: taken tells where
 * the next one is.
 *
 * dmf_cancel() may come at any moment, from another thread or, as a signal
 * handler, between any two instructions of the waiting thread itself. So it
 * 1. sets a flag, which fails every call that begins later,
 * 2. puts the deadline of the argument into the past, for a call that has looked
 *    at the flag and not yet entered the kernel,
 * 3. cancels what is in the kernel.
 * The waiting thread stores the deadline, then looks at the flag. The fences order
 * that: it sees the flag, or its deadline is overwritten. The kernel counts a call
 * as begun before it reads the deadline: it sees the new one, or is cancelled.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "file.h"

#define NS_PER_S	UINT64_C(1000000000)

/* An event that needs more is not taken. */
#define BUFFER_SIZE_MAX	((size_t)16 << 20)

/* -- Records ------------------------------------------------------------------- */

static bool record_is_sound(const struct dmf_event *event, size_t left)
{
	return left >= sizeof(*event) && event->size >= sizeof(*event) &&
	       event->size <= left && event->size % 8 == 0 &&
	       event->data_offset <= event->size &&
	       event->data_size <= event->size - event->data_offset;
}

DMF_API const struct dmf_event *dmf_record(const void *records, size_t size,
					   const struct dmf_event *after)
{
	const char *start = records;
	const char *at = start;
	const struct dmf_event *event;

	if (after)
		at = (const char *)after + after->size;
	event = (const void *)at;
	if (at == start + size) {
		errno = 0;
		return NULL;
	}
	if (!record_is_sound(event, size - (size_t)(at - start))) {
		errno = EBADMSG;
		return NULL;
	}
	return event;
}

DMF_API const void *dmf_event_data(const struct dmf_event *event)
{
	return (const char *)event + event->data_offset;
}

/* -- Waiting --------------------------------------------------------------------- */

/* The kernel reads it, and a handler writes it: the compiler must not move it. */
static void set_deadline(struct dmf_file *file, uint64_t deadline_ns)
{
	*(volatile __u64 *)&file->wait.deadline_ns = deadline_ns;
}

DMF_API void dmf_cancel(struct dmf_file *file)
{
	int saved = errno;

	atomic_store(&file->cancelled, true);
	atomic_thread_fence(memory_order_seq_cst);
	set_deadline(file, 0);
	atomic_thread_fence(memory_order_seq_cst);
	ioctl(file->fd, DMF_IOC_CANCEL_MINE);
	errno = saved;
}

DMF_API void dmf_cancel_reset(struct dmf_file *file)
{
	atomic_store(&file->cancelled, false);
}

DMF_API uint64_t dmf_deadline(uint64_t ns)
{
	struct timespec now;
	uint64_t now_ns;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
	return ns > DMF_WAIT_FOREVER - now_ns ? DMF_WAIT_FOREVER : now_ns + ns;
}

/* One system call. What a cancelled one says instead is not told. */
static int wait_once(struct dmf_file *file, unsigned int max,
		     uint64_t deadline_ns)
{
	struct dmf_wait *wait = &file->wait;

	wait->buffer = (uintptr_t)file->buffer;
	wait->size = (__u32)file->size;
	wait->max_count = max;
	set_deadline(file, deadline_ns);
	atomic_thread_fence(memory_order_seq_cst);
	if (!atomic_load(&file->cancelled) &&
	    !ioctl(file->fd, DMF_IOC_WAIT, wait))
		return 0;

	if (atomic_load(&file->cancelled))
		errno = ECANCELED;
	return -1;
}

/* The old buffer is empty. It stays if there is no larger one. */
static int grow(struct dmf_file *file)
{
	size_t size = file->size * 2;
	void *buffer;

	if (size > BUFFER_SIZE_MAX) {
		errno = ENOSPC;
		return -1;
	}
	buffer = malloc(size);
	if (!buffer)
		return -1;
	free(file->buffer);
	file->buffer = buffer;
	file->size = size;
	return 0;
}

/* Count what the kernel says it has filled. */
static int accept_records(struct dmf_file *file)
{
	const struct dmf_event *event = NULL;
	int count = 0;

	if (file->wait.used > file->size) {
		errno = EBADMSG;
		return -1;
	}
	while ((event = dmf_record(file->buffer, file->wait.used, event)))
		count++;
	if (errno)
		return -1;
	if (!count) {
		errno = EBADMSG;
		return -1;
	}
	file->left = count;
	file->taken = NULL;
	return count;
}

DMF_API int dmf_fetch(struct dmf_file *file, unsigned int max,
		      uint64_t deadline_ns)
{
	if (file->left)
		return file->left;

	while (wait_once(file, max, deadline_ns)) {
		if (errno != ENOSPC || grow(file))
			return -1;
	}
	return accept_records(file);
}

DMF_API const struct dmf_event *dmf_take(struct dmf_file *file)
{
	const struct dmf_event *event;

	if (!file->left)
		return NULL;
	event = dmf_record(file->buffer, file->wait.used, file->taken);
	file->taken = event;
	file->left--;

	file->lost = file->sequence ? event->sequence - file->sequence - 1 : 0;
	file->lost_total += file->lost;
	file->sequence = event->sequence;
	return event;
}

DMF_API const struct dmf_event *dmf_next(struct dmf_file *file,
					 uint64_t deadline_ns)
{
	if (dmf_fetch(file, 1, deadline_ns) < 0)
		return NULL;
	return dmf_take(file);
}

DMF_API uint64_t dmf_lost(const struct dmf_file *file)
{
	return file->lost;
}

DMF_API uint64_t dmf_lost_total(const struct dmf_file *file)
{
	return file->lost_total;
}
