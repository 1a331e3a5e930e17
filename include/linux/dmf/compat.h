/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between the kernels that we build on, and nothing else.
 * The floor is Debian's 6.1.192.
 */
#ifndef _LINUX_DMF_COMPAT_H
#define _LINUX_DMF_COMPAT_H

#include <linux/poll.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/*
 * 6.10: __assign_str() knows its source from __string(). It is a macro that
 * exists only while a trace header is read, so it cannot be probed for.
 * Remove when the floor is 6.10.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define dmf_assign_str(_dst, _src)	__assign_str(_dst)
#else
#define dmf_assign_str(_dst, _src)	__assign_str(_dst, _src)
#endif

/*
 * 6.2: the uevent callbacks of classes and buses get their device as const. Remove
 * when the floor is 6.2.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define dmf_uevent_const	const
#else
#define dmf_uevent_const
#endif

/*
 * 6.3: i2c_driver.probe has lost its second argument, as probe_new always did
 * without. Remove when the floor is 6.3.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define dmf_i2c_driver_probe	probe
#else
#define dmf_i2c_driver_probe	probe_new
#endif

/*
 * 6.8: usb_driver has a shutdown, and the USB core takes that of the driver core for
 * itself. Remove when the floor is 6.8.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define DMF_USB_DRIVER_SHUTDOWN(_interface, _device)	.shutdown = (_interface)
#else
#define DMF_USB_DRIVER_SHUTDOWN(_interface, _device)	.driver.shutdown = (_device)
#endif

/*
 * 6.8: eventfd_signal() always adds one, and returns nothing. Remove when the floor is
 * 6.8.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define dmf_eventfd_signal(_ctx)	eventfd_signal(_ctx)
#else
#define dmf_eventfd_signal(_ctx)	((void)eventfd_signal(_ctx, 1))
#endif

/*
 * 6.8: a trace instance may be told which events it has. A macro, for few include
 * trace.h. Remove when the floor is 6.8.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define dmf_trace_array_get_by_name(_name)	trace_array_get_by_name(_name, NULL)
#else
#define dmf_trace_array_get_by_name(_name)	trace_array_get_by_name(_name)
#endif

/*
 * 6.9: io_uring tries the reads that were woken in the order in which they were woken,
 * before that the last one first. A wait queue wakes the latest first. So of the reads
 * that are posted for a file always the same one would get the event; the others go
 * to sleep again each time, and io_uring gives a read that was woken 128 times for nothing a
 * thread to wait in. Who comes last is woken last here, so that all get their turn. Remove the
 * choice when the floor is 6.9.
 *
 * Those who wait exclusively have to stay behind all others. The queue is never seen
 * empty, as nobody is moved who is alone.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
static inline void dmf_poll_wait(struct file *filp, struct wait_queue_head *queue,
				 poll_table *wait)
{
	struct wait_queue_entry *first, *last;

	poll_wait(filp, queue, wait);
	if (poll_does_not_wait(wait))
		return;

	spin_lock_irq(&queue->lock);
	if (!list_empty(&queue->head)) {
		first = list_first_entry(&queue->head, struct wait_queue_entry, entry);
		last = list_last_entry(&queue->head, struct wait_queue_entry, entry);
		if (first != last && !(last->flags & WQ_FLAG_EXCLUSIVE))
			list_move_tail(&first->entry, &queue->head);
	}
	spin_unlock_irq(&queue->lock);
}
#else
#define dmf_poll_wait(_filp, _queue, _wait)	poll_wait(_filp, _queue, _wait)
#endif

/*
 * What workqueue.c keeps to itself: the pending bit is set before the work is in
 * a queue, which &work_struct.data then points to. queue_work() has interrupts off
 * in between, so this lasts for a moment only. The same on 6.1 and 6.12.
 */
static inline bool dmf_work_being_queued(struct work_struct *work)
{
	return work_pending(work) && !(atomic_long_read(&work->data) & WORK_STRUCT_PWQ);
}

#endif /* _LINUX_DMF_COMPAT_H */
