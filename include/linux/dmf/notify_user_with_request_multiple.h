/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NotifyUserWithRequestMultiple: tell every program in user space about every event.
 */
#ifndef _LINUX_DMF_NOTIFY_USER_WITH_REQUEST_MULTIPLE_H
#define _LINUX_DMF_NOTIFY_USER_WITH_REQUEST_MULTIPLE_H

#include <linux/types.h>

#include <linux/dmf/types.h>

struct dmf_file;
struct dmf_request;

/**
 * DOC: NotifyUserWithRequestMultiple
 *
 * The Client reports events with
 * dmf_notify_user_with_request_multiple_data_broadcast(). Each open file of the
 * device's node gets all that are reported from its opening on, whatever stream it
 * has selected, in one of two ways, of which the Client may use either or both:
 *
 * By the stream that the Module offers on the device's node, named like the
 * instance, which must have an instance_name, for that of the kind is too long for
 * DMF_IOC_STREAM_SELECT: DMF_IOC_WAIT, read(2) and poll(2) work without any code of
 * the Client's. See include/uapi/linux/dmf/notify.h.
 *
 * By requests of the Client's own, which its ioctl handler passes to
 * dmf_notify_user_with_request_multiple_request_process(): the file's oldest
 * request is paired with the event that is next for that file. Such requests are
 * served before the stream.
 *
 * Files are told apart by the objects of the core. Descriptors that dup(2) or
 * fork(2) has made of one open file share its events.
 *
 * The Module keeps the last &dmf_notify_user_with_request_multiple_config.max_pending_data
 * events, once for all files. A file that is further behind has lost the oldest of
 * those that it has not read, which shows as a gap in the sequence numbers that it
 * sees; other files lose nothing by that. A broadcast costs the same however many
 * files there are, but for waking those who wait, and never fails for want of
 * memory.
 *
 * An open file is a member of the Module from the moment at which client_arrival
 * has let it in until client_departure, which is when the file goes, or the device
 * does. Members stay members while the Module is closed; what was not read when it
 * closed is lost, and pending requests are completed with -ECANCELED.
 *
 * What the core keeps with each file makes all that possible, and no file belongs
 * to a dynamic Module: dmf_notify_user_with_request_multiple_create() fails.
 *
 * DMF: DMF_NotifyUserWithRequestMultiple.
 */

DMF_DECLARE_MODULE(notify_user_with_request_multiple);

/* So many events can be kept for those who read slowly, at most. */
#define DMF_NOTIFY_USER_WITH_REQUEST_MULTIPLE_MAX	(64 * 1024)

/**
 * typedef dmf_notify_user_with_request_multiple_fn - fill a request and complete it
 * @multiple: the Module
 * @request: to be completed by the callback, now or later
 * @data: the data of the event, valid until the callback returns; other files get
 *	the same
 * @status: what was given with the event
 *
 * Called without locks of the Module, in the context of a Method or, in process
 * context, of a consumer of the stream: where a pair was found. It may call Methods.
 */
typedef void dmf_notify_user_with_request_multiple_fn(struct dmf_notify_user_with_request_multiple
						      *multiple, struct dmf_request *request,
						      const void *data, int status);

/**
 * struct dmf_notify_user_with_request_multiple_config - Config of the Module
 * @max_pending_requests: how many requests of each file may be pending at a time;
 *	one more is refused. Callers that wait on the stream do not count.
 * @max_pending_data: how many events are kept, from 1 to
 *	DMF_NOTIFY_USER_WITH_REQUEST_MULTIPLE_MAX.
 * @data_size: size of an event's data in bytes, at most DMF_IO_SIZE_MAX. User space
 *	gets the data as they are: no pointers, no padding that is not zeroed.
 * @event_type: &struct dmf_event.type of the events.
 * @replay_last_messages: a newcomer gets the events that are kept, too.
 * @completion_callback: completes requests that get an event; NULL: they are
 *	completed with the event's status and without data.
 * @client_arrival: a file was opened. Return: 0, or a negative errno to have it get
 *	nothing from this Module; open(2) succeeds all the same. Events that are
 *	reported meanwhile, also by the callback itself, are the newcomer's first.
 *	Called in process context without locks of the Module, under a lock of all
 *	misc devices: it must be brief, and neither open nor close a node. NULL:
 *	all are let in. DMF: EVT_DMF_NotifyUserWithRequestMultiple_ArrivalCallback.
 * @client_departure: a member goes: the last descriptor has been closed, or the
 *	device is being unbound, and then the Module is still open. It gets nothing
 *	any more, and none of its requests is left. Once for each file that
 *	client_arrival has let in. Process context, without locks; may be NULL.
 *	DMF: EVT_DMF_NotifyUserWithRequestMultiple_DepartureCallback.
 *
 * DMF: DMF_CONFIG_NotifyUserWithRequestMultiple.
 */
struct dmf_notify_user_with_request_multiple_config {
	u32 max_pending_requests;
	u32 max_pending_data;
	u32 data_size;
	u32 event_type;
	bool replay_last_messages;
	dmf_notify_user_with_request_multiple_fn *completion_callback;
	int (*client_arrival)(struct dmf_notify_user_with_request_multiple *multiple,
			      struct dmf_file *file);
	void (*client_departure)(struct dmf_notify_user_with_request_multiple *multiple,
				 struct dmf_file *file);
};

/**
 * dmf_notify_user_with_request_multiple_data_broadcast - report an event to all
 * @multiple: the Module
 * @buffer: @size bytes, copied; may be NULL if there are none
 * @size: data_size of the Config
 * @status: 0 or a negative errno, passed on with the event
 *
 * When this returns the event is there for every member. Requests that wait for it
 * have been handed to the completion callback here, or in another context that is
 * handing out others just then.
 *
 * DMF: DMF_NotifyUserWithRequestMultiple_DataBroadcast.
 *
 * Context: any in which spin_lock_irqsave() is legal; process if the instance
 * is of passive level. No lock of the caller's that the completion callback takes.
 * Return: 0; -EINVAL if @size is not data_size, or @buffer is NULL though it is not
 * 0; -ENODEV if the Module is not open.
 */
int
dmf_notify_user_with_request_multiple_data_broadcast(struct dmf_notify_user_with_request_multiple
						     *multiple, const void *buffer, size_t size,
						     int status);

/**
 * dmf_notify_user_with_request_multiple_request_process - pair a request with an event
 * @multiple: the Module
 * @request: the request that the caller's handler was called with
 *
 * Keeps the request until the file that it came by has an event that it has not
 * read; if it has one, that is at once.
 *
 * DMF: DMF_NotifyUserWithRequestMultiple_RequestProcess.
 *
 * Context: within the handler; process if the instance is of passive level.
 * Return: 0, the Module has the request, which may be completed already, and the
 * handler returns true. The caller still has it on -ENOENT if it came by a file
 * that client_arrival has refused, or by none; -EBUSY if max_pending_requests of
 * that file are pending; -ENODEV if the Module is not open or is closing.
 */
int
dmf_notify_user_with_request_multiple_request_process(struct dmf_notify_user_with_request_multiple
						      *multiple, struct dmf_request *request);

#endif /* _LINUX_DMF_NOTIFY_USER_WITH_REQUEST_MULTIPLE_H */
