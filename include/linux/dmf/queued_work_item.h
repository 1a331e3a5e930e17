/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QueuedWorkItem: from any context, have a callback run in process context, once
 * for each call, with parameters of that call, in order.
 */
#ifndef _LINUX_DMF_QUEUED_WORK_ITEM_H
#define _LINUX_DMF_QUEUED_WORK_ITEM_H

#include <linux/types.h>

#include <linux/dmf/buffer_queue.h>
#include <linux/dmf/types.h>

/**
 * DOC: QueuedWorkItem and the life of an item
 *
 * Each successful enqueue makes an item, a copy of the parameters that were given:
 * the caller may free or change its own at once. An item is either run, which is
 * one call of the callback, or cancelled, and either happens once. Items of one
 * instance are run one at a time in the order in which they were enqueued; the
 * callback may sleep, and may enqueue.
 *
 * The callback owns the copy of the parameters while it runs, and nobody does
 * afterwards. What the parameters refer to is given up by the callback; for items
 * that are cancelled, too, by the reuse_cleanup of the Config.
 *
 * Cancelling drops what has not begun. Whoever waits for an item that is dropped
 * gets -ECANCELED at once. The instance can be used on. Closing refuses new items,
 * the callback's own too, drops what has not begun, and waits for the one that
 * runs.
 *
 * The buffers are all there is for items: buffer_count of them, and more if
 * enable_look_aside is set. An instance whose attributes say passive_level is for
 * process context only; "any" below means: wherever spin_lock_irqsave() is legal.
 *
 * DMF: DMF_QueuedWorkItem.
 */

DMF_DECLARE_MODULE(queued_work_item);

/**
 * struct dmf_queued_work_item_config - Config of a QueuedWorkItem
 * @function: called in process context for each item; required. @client_buffer is
 *	the copy of its parameters, aligned as kmalloc() aligns; what the item has
 *	not filled of it is zero. @client_buffer_context is the context of that
 *	buffer, zeroed, or NULL if the settings say that there is none. DMF:
 *	EVT_DMF_QueuedWorkItem_Callback, whose result had no effect.
 * @buffer_queue_config: the buffers, see there. buffer_size is the most that
 *	parameters may have, and may be 0; buffer_count is how many items there may
 *	be at a time. reuse_cleanup is called with the parameters of each item that
 *	has been run, cancelled or withdrawn, and gets the child.
 *
 * DMF: DMF_CONFIG_QueuedWorkItem.
 */
struct dmf_queued_work_item_config {
	void (*function)(struct dmf_queued_work_item *item, void *client_buffer,
			 void *client_buffer_context);
	struct dmf_buffer_queue_config buffer_queue_config;
};

/**
 * dmf_queued_work_item_enqueue - have the callback run once more
 * @item: the QueuedWorkItem
 * @parameters: for the callback; copied; may be NULL if @size is 0
 * @size: of @parameters in bytes
 *
 * DMF: DMF_QueuedWorkItem_Enqueue.
 *
 * Context: any; takes the locks of the child. Allocates only if all buffers are
 * in use and there is lookaside.
 * Return: 0; -EMSGSIZE, with a message, if @parameters are too large; -EINVAL if
 * they are missing; -ENOBUFS if all buffers are in use; -ENOMEM if there is no
 * memory for an additional one; -ENODEV if the QueuedWorkItem is not open.
 */
int dmf_queued_work_item_enqueue(struct dmf_queued_work_item *item, const void *parameters,
				 size_t size);

/**
 * dmf_queued_work_item_enqueue_and_wait - have the callback run, and wait for that run
 * @item: the QueuedWorkItem
 * @parameters: for the callback; copied; may be NULL if @size is 0
 * @size: of @parameters in bytes
 *
 * DMF: DMF_QueuedWorkItem_EnqueueAndWait.
 *
 * Context: process, may sleep; not within the callback, nor with a lock that the
 * callback takes.
 * Return: what the callback has set with dmf_queued_work_item_status_set(), 0 if
 * nothing; -ECANCELED if the item was cancelled; -EDEADLK, with a warning, if the
 * callback calls; else as dmf_queued_work_item_enqueue().
 */
int dmf_queued_work_item_enqueue_and_wait(struct dmf_queued_work_item *item,
					  const void *parameters, size_t size);

/**
 * dmf_queued_work_item_enqueue_and_wait_interruptible - the same, unless a signal comes
 * @item: the QueuedWorkItem
 * @parameters: for the callback; copied; may be NULL if @size is 0
 * @size: of @parameters in bytes
 *
 * A signal that comes before the item has begun withdraws it: the callback is not
 * called for it. Once it has begun the caller waits for its end.
 *
 * DMF: none; Windows cannot interrupt a wait of the kernel.
 *
 * Context: as dmf_queued_work_item_enqueue_and_wait().
 * Return: -ERESTARTSYS if a signal came first; else as
 * dmf_queued_work_item_enqueue_and_wait().
 */
int dmf_queued_work_item_enqueue_and_wait_interruptible(struct dmf_queued_work_item *item,
							const void *parameters, size_t size);

/**
 * dmf_queued_work_item_status_set - tell who waits for an item what came of it
 * @item: the QueuedWorkItem
 * @client_buffer: what the callback has got
 * @status: 0 or -errno; the last one counts
 *
 * Without effect if nobody waits.
 *
 * DMF: DMF_QueuedWorkItem_StatusSet.
 *
 * Context: any, while the callback runs for @client_buffer.
 */
void dmf_queued_work_item_status_set(struct dmf_queued_work_item *item, void *client_buffer,
				     int status);

/**
 * dmf_queued_work_item_size_get - size of the parameters of an item
 * @item: the QueuedWorkItem
 * @client_buffer: what the callback has got
 *
 * Context: any, while the callback runs for @client_buffer.
 * Return: the size that was enqueued.
 */
size_t dmf_queued_work_item_size_get(struct dmf_queued_work_item *item, void *client_buffer);

/**
 * dmf_queued_work_item_flush - wait until the items so far have been run
 * @item: the QueuedWorkItem
 *
 * Or have been cancelled. Items that are enqueued meanwhile, those of the callback
 * too, are not waited for, but for some that came before the last of these began.
 *
 * DMF: DMF_QueuedWorkItem_Flush, which drops what has not begun:
 * dmf_queued_work_item_cancel().
 *
 * Context: as dmf_queued_work_item_enqueue_and_wait().
 * Return: 0; -ENODEV if the QueuedWorkItem is not open; -EDEADLK, with a warning,
 * if the callback calls.
 */
int dmf_queued_work_item_flush(struct dmf_queued_work_item *item);

/**
 * dmf_queued_work_item_cancel - drop the items that have not begun
 * @item: the QueuedWorkItem
 *
 * Takes all of them in one step: of the items enqueued before, those that have run
 * are the first ones. Whoever waits for one that has not gets -ECANCELED at once. Then
 * waits for the item that runs, if there is one, not for those that are enqueued
 * meanwhile.
 *
 * DMF: what DMF_QueuedWorkItem_Flush does, but that the Module can be used on and
 * nobody is left waiting.
 *
 * Context: as dmf_queued_work_item_enqueue_and_wait().
 * Return: as dmf_queued_work_item_flush().
 */
int dmf_queued_work_item_cancel(struct dmf_queued_work_item *item);

#endif /* _LINUX_DMF_QUEUED_WORK_ITEM_H */
