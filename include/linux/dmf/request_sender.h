/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to other drivers without waiting: sent, cancelled by who has sent them, and
 * ended by a callback.
 */
#ifndef _LINUX_DMF_REQUEST_SENDER_H
#define _LINUX_DMF_REQUEST_SENDER_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <linux/dmf/gate.h>

struct dmf_device;
struct dmf_request_sender;

/**
 * DOC: Senders
 *
 * A sender is part of whoever sends requests: a Client's or a Module's structure. It
 * knows the requests that are under way. Each request that was sent ends with one call
 * of its callback, whatever becomes of it: answered, refused, cancelled, overdue, or
 * the device unbound. dmf_request_sender_stop() cancels all and waits for the
 * callbacks; after that the sender, what its callbacks use, and the .ko that they are
 * in may go.
 *
 * What is passed is copied, and the answer belongs to the request. Memory that an
 * argument leads to, by &struct dmf_buffer members of a command of a table, stays the
 * caller's and must be there until the callback.
 *
 * A request is dispatched within the send if that is possible at once. If it has to
 * wait, for its turn in a sequential queue or for a device that sleeps or is to be
 * resumed, it is dispatched by a work later, and the send returns. So a callback of
 * power management may send, to its own device too, but not wait for the end.
 *
 * Handlers that run in works may wait for callbacks of requests to others. 256 that wait
 * at the same time for requests which still wait to be dispatched wait forever.
 */

/**
 * typedef dmf_request_sent_fn - a request that was sent has ended
 * @sender: who has sent it
 * @context: what was given with it
 * @status: 0 or a negative errno
 * @output: the answer, valid until the callback returns; NULL if @status is not 0
 * @output_size: in bytes; 0 if @status is not 0
 *
 * Called once, in process context, by a work, without locks; it may sleep, send and
 * cancel, but not stop the sender. That may be before the send returns.
 *
 * DMF: EVT_WDF_REQUEST_COMPLETION_ROUTINE.
 */
typedef void dmf_request_sent_fn(struct dmf_request_sender *sender, void *context, int status,
				 const void *output, size_t output_size);

/**
 * struct dmf_request_sender - who sends requests, and which are under way
 *
 * No field is for the owner.
 */
struct dmf_request_sender {
	/* private: */
	struct dmf_gate gate;		/* entered by each request that is under way */
	spinlock_t lock;		/* guards all below */
	struct list_head sent;		/* oldest first */
	u64 last_id;
	bool stopping;			/* nothing is sent any more */
};

/**
 * struct dmf_internal_ioctl - a request to send
 * @command: what to do, as the device's driver defines it.
 * @input: what to pass; copied. NULL if @input_size is 0.
 * @input_size: in bytes, at most DMF_IO_SIZE_MAX.
 * @output_size: how large the answer may be in bytes, at most DMF_IO_SIZE_MAX.
 * @timeout: after how many jiffies the request is cancelled, with -ETIMEDOUT; 0: never.
 * @done: called when the request has ended.
 * @context: passed to @done.
 */
struct dmf_internal_ioctl {
	unsigned int command;
	const void *input;
	size_t input_size;
	size_t output_size;
	unsigned long timeout;
	dmf_request_sent_fn *done;
	void *context;
};

void dmf_request_sender_init(struct dmf_request_sender *sender);
void dmf_request_sender_stop(struct dmf_request_sender *sender);
bool dmf_request_sender_cancel(struct dmf_request_sender *sender, u64 id);
int dmf_device_internal_ioctl_send(struct dmf_request_sender *sender, struct dmf_device *ddev,
				   const struct dmf_internal_ioctl *ioctl, u64 *id);

#endif /* _LINUX_DMF_REQUEST_SENDER_H */
