/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the exerciser share. */
#ifndef DMF_EXERCISER_CLIENT_H
#define DMF_EXERCISER_CLIENT_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <linux/dmf/command.h>
#include <linux/dmf/crash_dump.h>
#include <linux/dmf/ioctl_handler.h>
#include <linux/dmf/live_kernel_dump.h>
#include <linux/dmf/notify_user_with_event.h>
#include <linux/dmf/notify_user_with_request.h>
#include <linux/dmf/queued_work_item.h>

#include "exerciser.h"

struct exerciser;

/**
 * struct producer - one that reports events
 * @exerciser: whose it is.
 * @index: of it.
 * @left: how many are still to be reported; written by whoever has @busy.
 * @reported: how many have been, which is the number of the latest.
 * @refused: how many of them were not taken.
 * @rest_ns: how long to wait at least, because of how long its report has taken.
 * @busy: its report is on its way, so none other is begun.
 * @timer: when to report; the others are where, for all kinds but timers.
 * @irq_work: in an interrupt.
 * @tasklet: in a softirq.
 * @work: in a worker.
 */
struct producer {
	struct exerciser *exerciser;
	unsigned int index;
	u64 left;
	u64 reported;
	u64 refused;
	u64 rest_ns;
	unsigned long busy;
	struct hrtimer timer;
	struct irq_work irq_work;
	struct tasklet_struct tasklet;
	struct work_struct work;
};

/**
 * struct exerciser - drvdata of the Client
 * @ddev: the device.
 * @events: the stream "events".
 * @large: the stream "large".
 * @answers: pairs requests with events.
 * @signals: eventfds.
 * @crash_dump: what has been written, for those who look after a panic.
 * @lock: guards starting and stopping producers, and what they were started with.
 * @powered: producers may run; under @lock.
 * @start: what they were started with.
 * @producers: those that report.
 * @contexts: where they have run.
 * @under_way: number of events of producers that have not come to their end.
 * @ended: number of those that have.
 * @later_lock: of @later.
 * @later: requests to be completed by @later_work.
 * @later_work: completes them.
 * @manual: the IoctlHandler that programs enable and disable.
 * @copies_lock: of @copies and @held_copies.
 * @copies: requests that wait for EXERCISER_IOC_COPY_END.
 * @held_copies: requests to be completed by @held_work.
 * @held_work: completes them.
 * @jobs: what can be made to stall.
 * @jobs_begun: number of jobs that have begun; the callback's alone.
 * @jobs_over: no job stalls any more.
 */
struct exerciser {
	struct dmf_device *ddev;
	struct dmf_notify_user_with_request *events;
	struct dmf_notify_user_with_request *large;
	struct dmf_notify_user_with_request *answers;
	struct dmf_notify_user_with_event *signals;
	struct dmf_crash_dump *crash_dump;
	struct mutex lock;		/* of starting and stopping */
	bool powered;
	struct exerciser_start start;
	struct producer producers[EXERCISER_PRODUCERS];
	atomic_t contexts;
	atomic_t under_way;
	atomic64_t ended;
	spinlock_t later_lock;		/* of @later */
	struct list_head later;
	struct delayed_work later_work;
	struct dmf_ioctl_handler *manual;
	spinlock_t copies_lock;		/* of the next two */
	struct list_head copies;
	struct list_head held_copies;
	struct delayed_work held_work;
	struct dmf_queued_work_item *jobs;
	unsigned long jobs_begun;
	bool jobs_over;
};

/* main.c: process context not needed; 0 or -errno of the Method. */
int exerciser_report(struct exerciser *exerciser, const struct exerciser_event *event);
/* An event of a producer is delivered or lost. */
void exerciser_event_ended(struct exerciser *exerciser, const struct exerciser_event *event);

/* producers.c: process context, these three; 0 or -errno. */
int producers_start(struct exerciser *exerciser, const struct exerciser_start *start);
void producers_stop(struct exerciser *exerciser);
void producers_totals(struct exerciser *exerciser, struct exerciser_totals *totals);
/* While the device is not powered they pause. */
void producers_set_power(struct exerciser *exerciser, bool powered);
void producers_init(struct exerciser *exerciser);

/* requests.c */
void requests_init(struct exerciser *exerciser);
extern const struct dmf_command exerciser_exchange_command;
bool requests_io_control(struct exerciser *exerciser, struct dmf_request *request);
/* No request is left. */
void requests_end(struct exerciser *exerciser);

/* commands.c: within modules_add; 0 or -errno. */
int commands_add(struct exerciser *exerciser, struct dmf_module_init *init);
/* No request is left. */
void commands_end(struct exerciser *exerciser);

/* dumps.c: process context; 0 or -errno. */
int dumps_create(struct dmf_device *ddev);
extern const struct dmf_live_kernel_dump_config exerciser_dumps;

/* jobs.c: within modules_add; 0 or -errno. */
int jobs_add(struct exerciser *exerciser, struct dmf_module_init *init);
/* From now on its jobs may be enqueued. */
void jobs_begin(struct exerciser *exerciser);
/* No more are enqueued, and those that there are come to their end. */
void jobs_end(struct exerciser *exerciser);

#endif /* DMF_EXERCISER_CLIENT_H */
