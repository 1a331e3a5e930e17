/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The workqueue that Modules without needs of their own share.
 */
#ifndef _LINUX_DMF_WORKQUEUE_H
#define _LINUX_DMF_WORKQUEUE_H

struct workqueue_struct;

/*
 * Bound to CPUs, never frozen: a suspend callback may wait for work. Modules flush
 * their own work items, never the queue.
 */
extern struct workqueue_struct *dmf_workqueue;

#endif /* _LINUX_DMF_WORKQUEUE_H */
