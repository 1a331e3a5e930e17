/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/* What the examples have in common: they print a line for each event. */
#ifndef DMF_EXAMPLE_H
#define DMF_EXAMPLE_H

#include <stddef.h>
#include <stdio.h>

#include <linux/dmf/notify.h>

/* Room for some records, which begin at multiples of eight. */
union example_buffer {
	struct dmf_event first;
	char bytes[4096];
};

/* Walk over @size bytes of whole records. */
static inline void show(const char *who, const union example_buffer *buffer,
			size_t size)
{
	const struct dmf_event *event;
	size_t at;

	for (at = 0; at < size; at += event->size) {
		event = (const void *)(buffer->bytes + at);
		/* The data are event->data_size bytes at event->data_offset. */
		printf("%s: #%llu, type %u, %u bytes\n", who,
		       (unsigned long long)event->sequence, event->type,
		       event->data_size);
	}
	fflush(stdout);
}

#endif /* DMF_EXAMPLE_H */
