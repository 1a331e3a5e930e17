/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Modules that are made of a BufferQueue need of it beyond its Methods.
 */
#ifndef _DMF_BUFFERS_BUFFER_QUEUE_H
#define _DMF_BUFFERS_BUFFER_QUEUE_H

#include <linux/dmf/buffer_queue.h>

/*
 * Take all filled buffers in one step and give each away, without locks. Whoever is
 * given one owns it.
 */
void __dmf_buffer_queue_flush(struct dmf_buffer_queue *queue,
			      void (*give)(void *data, void *buffer), void *data);

#endif /* _DMF_BUFFERS_BUFFER_QUEUE_H */
