/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PingPongBuffer: bytes are appended at the end and consumed from the beginning,
 * always in one piece.
 */
#ifndef _LINUX_DMF_PING_PONG_BUFFER_H
#define _LINUX_DMF_PING_PONG_BUFFER_H

#include <linux/sizes.h>
#include <linux/types.h>

#include <linux/dmf/types.h>

/**
 * DOC: PingPongBuffer
 *
 * For a stream that comes in pieces and is looked at as a whole: packets of a
 * serial line, reports that are split. There are two buffers of the same size. One
 * of them, ping, holds what has been written and not been consumed. When something
 * is consumed the remainder is copied to the beginning of the other one, which
 * becomes ping.
 *
 * Any number of writers may write at any time. One consumer at a time calls get,
 * consume, shift and reset. For it, with no lock, and while writers go on:
 *
 * - what get has returned does not change until the next but one consume or shift,
 *   or until the next reset;
 * - what consume has returned does not change until the next consume or shift.
 *
 * Both end when the buffer is closed, which frees the memory. A consumer that may
 * still run then holds a reference, dmf_module_reference(), while it uses a pointer.
 *
 * Each Method is one atomic step. Methods take the Module's lock and do not enter
 * its gate: they may be called at any time before the device has been unbound, or a
 * dynamic buffer destroyed, and fail with -ENODEV while the buffer is not open. One
 * whose attributes say passive_level is for process context only; "any" below means:
 * wherever spin_lock_irqsave() is legal.
 *
 * DMF: DMF_PingPongBuffer. PoolType has no counterpart.
 */

DMF_DECLARE_MODULE(ping_pong_buffer);

/* Bytes that a PingPongBuffer may hold: a consume copies as many with its lock held. */
#define DMF_PING_PONG_BUFFER_SIZE_MAX	SZ_16M

/**
 * struct dmf_ping_pong_buffer_config - Config of a PingPongBuffer
 * @buffer_size: the most bytes that are held at a time, not 0. Twice as much memory
 *	is allocated.
 *
 * DMF: DMF_CONFIG_PingPongBuffer.
 */
struct dmf_ping_pong_buffer_config {
	size_t buffer_size;
};

/**
 * dmf_ping_pong_buffer_write - append bytes
 * @buffer: the PingPongBuffer
 * @data: the bytes, which are copied
 * @size: how many
 * @resulting_size: where to store how many are held now, also if there was no room,
 *	0 if @buffer is not open; or NULL
 *
 * DMF: DMF_PingPongBuffer_Write.
 *
 * Context: any.
 * Return: 0; -ENOSPC if there is no room for all of them: none is written; -ENODEV
 * if @buffer is not open.
 */
int dmf_ping_pong_buffer_write(struct dmf_ping_pong_buffer *buffer, const void *data,
			       size_t size, size_t *resulting_size);

/**
 * dmf_ping_pong_buffer_get - look at what is held
 * @buffer: the PingPongBuffer
 * @data: where to store the address of the oldest byte, which is aligned as kmalloc()
 *	aligns; see above for how long it is valid. The memory stays @buffer's.
 * @size: where to store how many bytes are held
 *
 * DMF: DMF_PingPongBuffer_Get.
 *
 * Context: any; by the consumer only.
 * Return: 0, also if @size is 0; -ENODEV if @buffer is not open: nothing is stored.
 */
int dmf_ping_pong_buffer_get(struct dmf_ping_pong_buffer *buffer, void **data, size_t *size);

/**
 * dmf_ping_pong_buffer_consume - take bytes
 * @buffer: the PingPongBuffer
 * @start: how many of the oldest bytes to drop first
 * @length: how many bytes to take then
 * @data: where to store the address of the bytes that are taken; see above for how
 *	long it is valid. The memory stays @buffer's.
 *
 * DMF: DMF_PingPongBuffer_Consume.
 *
 * Context: any; by the consumer only.
 * Return: 0; -EINVAL if not so many bytes are held; -ENODEV if @buffer is not open.
 * Nothing is taken, dropped or stored then.
 */
int dmf_ping_pong_buffer_consume(struct dmf_ping_pong_buffer *buffer, size_t start,
				 size_t length, void **data);

/**
 * dmf_ping_pong_buffer_shift - drop bytes
 * @buffer: the PingPongBuffer
 * @start: how many of the oldest bytes to drop
 *
 * DMF: DMF_PingPongBuffer_Shift.
 *
 * Context: any; by the consumer only.
 * Return: 0; -EINVAL if not so many bytes are held; -ENODEV if @buffer is not open.
 * Nothing is dropped then.
 */
int dmf_ping_pong_buffer_shift(struct dmf_ping_pong_buffer *buffer, size_t start);

/**
 * dmf_ping_pong_buffer_reset - drop all bytes
 * @buffer: the PingPongBuffer
 *
 * DMF: DMF_PingPongBuffer_Reset.
 *
 * Context: any; by the consumer only.
 * Return: 0; -ENODEV if @buffer is not open.
 */
int dmf_ping_pong_buffer_reset(struct dmf_ping_pong_buffer *buffer);

#endif /* _LINUX_DMF_PING_PONG_BUFFER_H */
