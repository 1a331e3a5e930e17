/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NotifyUserWithEvent: tell programs in user space that something has happened, and
 * no more.
 */
#ifndef _LINUX_DMF_NOTIFY_USER_WITH_EVENT_H
#define _LINUX_DMF_NOTIFY_USER_WITH_EVENT_H

#include <linux/types.h>

#include <linux/dmf/types.h>

/**
 * DOC: NotifyUserWithEvent
 *
 * The Client signals one of a few events, by its index. Programs hear of it by
 * eventfds that they have registered on the device's node, with DMF_IOC_EVENT_SET,
 * the name of the instance and the index: each signal adds one to each of them. See
 * include/uapi/linux/dmf/notify.h.
 *
 * An eventfd is registered by an open file, one for each event and file. It is
 * forgotten when the program takes it away, when the file is closed, and when the
 * device is unbound; no Module and no Client ever has it.
 *
 * Nothing is kept for programs that register later, and nothing is said but that the
 * event has happened: use NotifyUserWithRequest for data, for loss that shows, and
 * for order. A dynamic Module is heard by nobody.
 */

DMF_DECLARE_MODULE(notify_user_with_event);

/**
 * struct dmf_notify_user_with_event_config - Config of a NotifyUserWithEvent
 * @event_count: how many events there are, 1 to DMF_MODULE_EVENTS_MAX.
 *
 * DMF: DMF_CONFIG_NotifyUserWithEvent. Events have no names of their own, they are
 * numbers of the instance.
 */
struct dmf_notify_user_with_event_config {
	u32 event_count;
};

/**
 * dmf_notify_user_with_event_notify - signal the first event
 * @notify: the Module
 *
 * DMF: DMF_NotifyUserWithEvent_Notify.
 *
 * Context: as dmf_notify_user_with_event_notify_by_index().
 * Return: as dmf_notify_user_with_event_notify_by_index().
 */
int dmf_notify_user_with_event_notify(struct dmf_notify_user_with_event *notify);

/**
 * dmf_notify_user_with_event_notify_by_index - signal an event
 * @notify: the Module
 * @index: which, from 0
 *
 * Programs that wait are woken before this returns.
 *
 * DMF: DMF_NotifyUserWithEvent_NotifyByIndex.
 *
 * Context: any in which spin_lock_irqsave() is legal, also with locks of the caller's;
 * not within a callback of a wait queue. Takes no lock of the Module's, so a
 * passive_level instance has the same contexts.
 * Return: 0; -ENOENT if no program has registered for the event; -EINVAL if there is
 * no such event; -ENODEV if the Module is not open.
 */
int dmf_notify_user_with_event_notify_by_index(struct dmf_notify_user_with_event *notify,
					       u32 index);

#endif /* _LINUX_DMF_NOTIFY_USER_WITH_EVENT_H */
