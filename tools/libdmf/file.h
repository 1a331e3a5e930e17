/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/* What the files of the library share. */
#ifndef LIBDMF_FILE_H
#define LIBDMF_FILE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "libdmf.h"

/* Nothing else is visible outside of the library. */
#define DMF_API		__attribute__((visibility("default")))

/**
 * struct dmf_file - an open file
 * @fd: its descriptor.
 * @cancelled: dmf_cancel() was called; see event.c.
 * @wait: argument of the system call. Its deadline is shared with dmf_cancel().
 * @buffer: receives the records.
 * @size: of @buffer.
 * @taken: the record that was taken last, NULL if none of those in @buffer.
 * @left: number of records behind it.
 * @sequence: number of the event that was taken last, 0 before the first.
 * @lost: events missing between that one and the one before.
 * @lost_total: the same since the file was opened.
 */
struct dmf_file {
	int fd;
	atomic_bool cancelled;
	struct dmf_wait wait;
	void *buffer;
	size_t size;
	const struct dmf_event *taken;
	int left;
	uint64_t sequence;
	uint64_t lost;
	uint64_t lost_total;
};

#endif /* LIBDMF_FILE_H */
