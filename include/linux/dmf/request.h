/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests and open files: what read(2), write(2) and ioctl(2) on a device's
 * node, and requests of other drivers, are for Modules and Clients.
 */
#ifndef _LINUX_DMF_REQUEST_H
#define _LINUX_DMF_REQUEST_H

#include <linux/bits.h>
#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/types.h>

#include <linux/dmf/types.h>

/**
 * DOC: Life of a request
 *
 * A request is one operation of user space, or of another driver
 * (dmf_device_internal_ioctl()), under way. Its submitter, which sleeps in a
 * system call or in that function, holds one reference; whoever has pended it
 * holds another, which completing it gives back. The buffers belong to the
 * request and are valid until it is completed. The submitter's memory is touched
 * by the submitter alone, before dispatch and after completion.
 *
 * dispatched -> [pended ->] completed
 *
 * A handler either completes a request before it returns, or pends it and has
 * it completed later, exactly once, in any context. A request is never completed
 * with a lock of a Module held.
 *
 * Cancelling: when a signal, DMF_IOC_CANCEL_MINE, the timeout of an internal
 * request or the removal of the device ends the wait of the submitter, the core
 * calls the cancel callback that the request was pended with, once, after the
 * handler has returned. The callback takes the request off the owner's list and
 * returns true, which gives the request back to the core; or it finds that it is
 * not there any more, because somebody is about to complete it, and returns false.
 * A request that is pended without cancel callback keeps its submitter until it is
 * completed; if the submitter is killed it goes, and leaves the request to its
 * owner. Removal of the device waits for every pended request.
 *
 * A request holds the device awake, and the Module that handles it open, while
 * its handler runs. Pended it holds neither, unless it was pended with
 * DMF_PEND_ACTIVE; who does that completes the request when the device is about
 * to stop (self_managed_io_suspend), before its interrupt is gone.
 *
 * A request that nobody handles goes down to the device below if this one is a
 * filter: it leaves the filter and is dispatched there, as that device's. The
 * filter may be suspended meanwhile; when it is unbound the request is cancelled.
 *
 * A device with a sequential queue (&struct dmf_client_ops.queue) is given the
 * next request when the handler of the one before has returned, and that one has
 * been completed, or pended without DMF_PEND_ACTIVE.
 */

/* A pended request keeps the device awake and its handler's Module open. */
#define DMF_PEND_ACTIVE		BIT(0)

/* A longer read(2) or write(2) transfers so many bytes and returns short. */
#define DMF_IO_SIZE_MAX		(64 * 1024)

/* Arguments shorter than this, in bytes, need no allocation of their own. */
#define DMF_REQUEST_INLINE_SIZE	128

/**
 * enum dmf_request_type - what kind of operation a request is
 * @DMF_REQUEST_READ: read(2).
 * @DMF_REQUEST_WRITE: write(2).
 * @DMF_REQUEST_DEVICE_CONTROL: ioctl(2).
 * @DMF_REQUEST_INTERNAL_DEVICE_CONTROL: dmf_device_internal_ioctl().
 */
enum dmf_request_type {
	DMF_REQUEST_READ,
	DMF_REQUEST_WRITE,
	DMF_REQUEST_DEVICE_CONTROL,
	DMF_REQUEST_INTERNAL_DEVICE_CONTROL,
};

struct dmf_command_entry;
struct dmf_flight;
struct dmf_request_buffers;
struct dmf_sent;

/**
 * struct dmf_request - one operation under way
 * @entry: for whoever has pended the request, to keep it in a list; a cancel
 *	callback and the completion must agree by it who has the request.
 * @owner: for whoever has pended the request.
 *
 * DMF: WDFREQUEST.
 */
struct dmf_request {
	struct list_head entry;
	void *owner;

	/* private: */
	struct kref ref;
	atomic_t state;			/* enum dmf_request_state; see request.c */
	enum dmf_request_type type;
	unsigned int command;
	const struct dmf_command_entry *row;	/* of @command, or NULL; the submitter's side */
	unsigned int flags;
	int status;
	bool (*cancel)(struct dmf_request *request);
	struct dmf_flight *flight;	/* where it was made: a file, or a device */
	struct dmf_device *ddev;	/* whose it is now; it may go down a stack */
	struct dmf_file *file;		/* open on @ddev; NULL for an internal request */
	struct dmf_module *handler;	/* whose handler runs or has pended it; NULL: Client */
	struct list_head in_flight;	/* in the list of @flight, under its lock */
	struct completion event;	/* completed, or told to look why it waits */
	unsigned int cancels;		/* the count of @flight when the request was made */
	unsigned long cancelled;	/* who sets the bit calls @cancel */
	struct dmf_sent *sent;		/* without waiting; NULL: a task is the submitter */
	int cause;			/* the submitter's: what has ended its wait, or 0 */
	bool asked;			/* the submitter has had it cancelled */
	bool completed;			/* written by the completer before @event */
	bool abandoned;			/* the submitter has gone; owner's reference left */
	bool pended;			/* written by the handler, read when it has returned */
	bool returned;			/* pended, and the handler has; under the lock of @flight */
	bool passed_down;		/* inside pended_gate of where it was made */
	bool has_deadline;
	bool joined;			/* the queue of @ddev; the submitter's */
	bool has_turn;			/* under the lock of the queue of @ddev */
	atomic_t turn_users;		/* handler and completion, which keep the turn */
	struct list_head queued;	/* waits for its turn, under the queue's lock */
	struct llist_node to_free;	/* waits to be freed where one may sleep */
	unsigned long deadline;		/* in jiffies */
	unsigned long created;		/* the same */
	ktime_t pended_at;
	u64 submitted_ns;		/* 0 unless a tracepoint wants to know */
	size_t information;
	struct dmf_request_buffers *buffers;	/* of a row that has some, or NULL */
	void *buffer;			/* the inline one, or allocated */
	size_t input_size;
	size_t output_size;
	u8 inline_buffer[DMF_REQUEST_INLINE_SIZE] __aligned(8);
};

/* What a handler asks */

/**
 * dmf_request_command - command of an ioctl(2) or an internal request
 * @request: the request
 *
 * DMF: the IoControlCode of EvtQueueDeviceIoControl.
 *
 * Context: any.
 * Return: the command, 0 for a request of another type.
 */
static inline unsigned int dmf_request_command(const struct dmf_request *request)
{
	return request->command;
}

/**
 * dmf_request_input - what the caller has passed
 * @request: the request
 *
 * DMF: WdfRequestRetrieveInputBuffer.
 *
 * Context: any, until the request is completed.
 * Return: dmf_request_input_size() bytes that belong to the request, with a zero
 * byte behind them, so that text can be parsed where it is.
 */
static inline const void *dmf_request_input(const struct dmf_request *request)
{
	return request->buffer;
}

/**
 * dmf_request_input_size - size of what the caller has passed
 * @request: the request
 *
 * Context: any.
 * Return: number of bytes; 0 if the caller passed nothing.
 */
static inline size_t dmf_request_input_size(const struct dmf_request *request)
{
	return request->input_size;
}

/**
 * dmf_request_output - where to put what the caller gets
 * @request: the request
 *
 * For an ioctl(2) these are the same bytes as the input. What a handler does
 * not write the caller gets as it passed it, or as zeros if it passed nothing.
 *
 * DMF: WdfRequestRetrieveOutputBuffer.
 *
 * Context: any, until the request is completed.
 * Return: dmf_request_output_size() bytes that belong to the request.
 */
static inline void *dmf_request_output(struct dmf_request *request)
{
	return request->buffer;
}

/**
 * dmf_request_output_size - how much the caller can get
 * @request: the request
 *
 * Context: any.
 * Return: number of bytes; 0 if the caller gets nothing.
 */
static inline size_t dmf_request_output_size(const struct dmf_request *request)
{
	return request->output_size;
}

/**
 * dmf_request_file - the open file that a request came by
 * @request: the request
 *
 * DMF: WdfRequestGetFileObject.
 *
 * Context: any, until the request is completed.
 * Return: the file, as the device that handles the request knows it; NULL for a
 * request of another driver.
 */
static inline struct dmf_file *dmf_request_file(const struct dmf_request *request)
{
	return request->file;
}

/**
 * dmf_request_pended_at - when a request was pended
 * @request: a pended request
 *
 * Context: any, until the request is completed.
 * Return: CLOCK_MONOTONIC.
 */
static inline ktime_t dmf_request_pended_at(const struct dmf_request *request)
{
	return request->pended_at;
}

/* Buffers that the argument of a command leads to; see the DOC block of command.h */

void *dmf_request_buffer(const struct dmf_request *request, unsigned int index);
size_t dmf_request_buffer_size(const struct dmf_request *request, unsigned int index);
void dmf_request_buffer_set_used(struct dmf_request *request, unsigned int index, size_t used);

/* What a handler does */

void dmf_request_pend(struct dmf_request *request,
		      bool (*cancel)(struct dmf_request *request), unsigned int flags);
void dmf_request_complete_with_information(struct dmf_request *request, int status,
					   size_t information);

/**
 * dmf_request_complete - end a request that transfers nothing or all
 * @request: a request that the caller handles or owns; not to be touched any
 *	more when this returns
 * @status: 0, or the negative errno that the submitter's system call returns;
 *	-ECANCELED for a request whose cancel callback has been called
 *
 * A write that ends with 0 has taken all it was given, an ioctl fills its whole
 * output, a read returns nothing; dmf_request_complete_with_information() says
 * more.
 *
 * DMF: WdfRequestComplete.
 *
 * Context: any in which spin_lock_irqsave() is legal. No lock of a Module held.
 */
static inline void dmf_request_complete(struct dmf_request *request, int status)
{
	dmf_request_complete_with_information(request, status, request->input_size);
}

/* What another driver does */

int dmf_device_internal_ioctl(struct dmf_device *ddev, unsigned int command,
			      const void *input, size_t input_size,
			      void *output, size_t output_size, unsigned long timeout);

/* Open files */

void dmf_file_set_context(struct dmf_file *file, void *context);
void *dmf_file_get_context(const struct dmf_file *file);
bool dmf_file_is_opened_by_administrator(const struct dmf_file *file);
void dmf_file_wake(struct dmf_file *file);

#endif /* _LINUX_DMF_REQUEST_H */
