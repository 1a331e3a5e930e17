/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The workqueue that Modules without needs of their own share.
 */
#ifndef _LINUX_DMF_WORKQUEUE_H
#define _LINUX_DMF_WORKQUEUE_H

#include <linux/workqueue.h>

#include <linux/dmf/compat.h>

/*
 * Bound to CPUs, never frozen: a suspend callback may wait for work. Modules flush
 * their own work items, never the queue.
 */
extern struct workqueue_struct *dmf_workqueue;

/*
 * flush_work() for a work that several may queue. Queueing sets the pending bit first
 * and puts the work into a queue then. In between another one who queues it has nothing
 * left to do, and flush_work() would not see the work either.
 */
static inline void dmf_flush_work(struct work_struct *work)
{
	while (dmf_work_being_queued(work))
		cpu_relax();
	flush_work(work);
}

#endif /* _LINUX_DMF_WORKQUEUE_H */
