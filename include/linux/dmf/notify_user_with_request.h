/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NotifyUserWithRequest: tell programs in user space about events.
 */
#ifndef _LINUX_DMF_NOTIFY_USER_WITH_REQUEST_H
#define _LINUX_DMF_NOTIFY_USER_WITH_REQUEST_H

#include <linux/ktime.h>
#include <linux/types.h>

#include <linux/dmf/types.h>

/**
 * DOC: NotifyUserWithRequest
 *
 * The Client reports events with dmf_notify_user_with_request_data_process().
 * Programs get them in one of two ways, of which the Client may use either or
 * both:
 *
 * By the stream that the Module offers on the device's node, named like the
 * instance: DMF_IOC_WAIT, read(2) and poll(2) work without any code of the
 * Client's. See include/uapi/linux/dmf/notify.h.
 *
 * By requests of the Client's own, which its ioctl handler passes to
 * dmf_notify_user_with_request_request_process(): the oldest request is paired
 * with the oldest event, and a callback of the Client's fills the request and
 * completes it. Such requests are served before the stream.
 *
 * At most &dmf_notify_user_with_request_config.max_pending_data events are
 * kept. One more discards the oldest, which shows as a gap in the sequence
 * numbers. What a consumer could not take after all goes back beside those that have
 * come meanwhile: until they are read, as many again may be kept, 64 at most.
 *
 * When the Module closes, pending requests are completed with -ECANCELED and
 * unread events are discarded.
 */

DMF_DECLARE_MODULE(notify_user_with_request);

/**
 * typedef dmf_notify_user_with_request_fn - fill a request and complete it
 * @notify: the Module
 * @request: to be completed by the callback, now or later
 * @context: the data of the event, valid until the callback returns, or what
 *	was given to the Method that returns requests; NULL if there is none
 * @status: what was given with the event or to the Method
 *
 * Called without locks, in the context of the Method that found the pair.
 *
 * DMF: EVT_DMF_NotifyUserWithRequest_Complete.
 */
typedef void dmf_notify_user_with_request_fn(struct dmf_notify_user_with_request *notify,
					     struct dmf_request *request, void *context,
					     int status);

/**
 * struct dmf_notify_user_with_request_config - Config of a NotifyUserWithRequest
 * @max_pending_requests: how many requests may be pending at a time; one more is
 *	refused. Callers that wait on the stream do not count.
 * @max_pending_data: how many events are kept; 0 for none, and then the Module
 *	offers no stream.
 * @data_size: size of an event's data in bytes, at most DMF_IO_SIZE_MAX.
 * @event_type: &struct dmf_event.type of the events.
 * @no_stream: the data are for the Client's callbacks only; there is no stream.
 *	Without it user space gets the data as they are: no pointers, no padding
 *	that is not zeroed.
 * @enable_look_aside: allocate more memory instead of discarding the oldest event.
 *	Only for events whose number something else bounds.
 * @pending_requests_cancel: called when a pending request is cancelled or the
 *	Module closes, with a NULL context and -ECANCELED; completes the request.
 *	NULL: the Module completes it.
 * @data_cleanup: called once for each event that no callback got: pulled from
 *	the stream, discarded, or unread when the Module closes. NULL if data
 *	holds nothing to be released. Called in the context of the Method.
 *
 * DMF: DMF_CONFIG_NotifyUserWithRequest. TimeStamping is always on;
 * ClientDriverProviderName is not used there either.
 */
struct dmf_notify_user_with_request_config {
	u32 max_pending_requests;
	u32 max_pending_data;
	u32 data_size;
	u32 event_type;
	bool no_stream;
	bool enable_look_aside;
	dmf_notify_user_with_request_fn *pending_requests_cancel;
	void (*data_cleanup)(struct dmf_notify_user_with_request *notify, void *data);
};

/**
 * dmf_notify_user_with_request_data_process - report an event
 * @notify: the Module
 * @complete: completes the request that gets the event; NULL: the request is
 *	completed with @status and without data. Not used by the stream.
 * @data: data_size bytes, copied; may be NULL if data_size is 0
 * @status: 0 or a negative errno, passed on with the event
 *
 * DMF: DMF_NotifyUserWithRequest_DataProcess.
 *
 * Context: any in which spin_lock_irqsave() is legal; process if the instance
 * is of passive level. No lock of the caller's that @complete takes.
 * Return: 0; -ENODEV if the Module is not open; -EINVAL if @data is NULL though
 * data_size is not 0; -EOPNOTSUPP if max_pending_data is 0; -ENOBUFS if the
 * event was lost because all memory is being read just now.
 */
int dmf_notify_user_with_request_data_process(struct dmf_notify_user_with_request *notify,
					      dmf_notify_user_with_request_fn *complete,
					      const void *data, int status);

/**
 * dmf_notify_user_with_request_event_request_add - keep a request
 * @notify: the Module
 * @request: the request that the caller's handler was called with
 *
 * For Clients that return requests with the request_return Methods.
 *
 * DMF: DMF_NotifyUserWithRequest_EventRequestAdd.
 *
 * Context: within the handler; process if the instance is of passive level.
 * Return: 0, the Module has the request and the handler returns true; -EBUSY if
 * max_pending_requests are pending, -ENODEV if the Module is not open or is
 * closing: the caller still has it.
 */
int dmf_notify_user_with_request_event_request_add(struct dmf_notify_user_with_request *notify,
						   struct dmf_request *request);

/**
 * dmf_notify_user_with_request_request_process - pair a request with an event
 * @notify: the Module
 * @request: the request that the caller's handler was called with
 *
 * Keeps the request as event_request_add does; if an event is there, the oldest
 * request gets the oldest event at once.
 *
 * DMF: DMF_NotifyUserWithRequest_RequestProcess.
 *
 * Context: within the handler; process if the instance is of passive level.
 * Return: 0, the Module has the request, which may be completed already, and the
 * handler returns true; -EBUSY or -ENODEV as event_request_add: the caller still
 * has it.
 */
int dmf_notify_user_with_request_request_process(struct dmf_notify_user_with_request *notify,
						 struct dmf_request *request);

/**
 * dmf_notify_user_with_request_request_return_ex - complete the oldest request
 * @notify: the Module
 * @complete: fills and completes it; NULL: it is completed with @status
 * @context: passed to @complete
 * @status: passed to @complete
 *
 * Kept events are not touched.
 *
 * DMF: DMF_NotifyUserWithRequest_RequestReturnEx.
 *
 * Context: as data_process.
 * Return: 0; -ENOENT if no request is pending; -ENODEV if the Module is not open.
 */
int dmf_notify_user_with_request_request_return_ex(struct dmf_notify_user_with_request *notify,
						   dmf_notify_user_with_request_fn *complete,
						   void *context, int status);

/**
 * dmf_notify_user_with_request_request_return - complete the oldest request, if any
 * @notify: the Module
 * @complete: as request_return_ex
 * @context: passed to @complete
 * @status: passed to @complete
 *
 * DMF: DMF_NotifyUserWithRequest_RequestReturn.
 *
 * Context: as data_process.
 */
void dmf_notify_user_with_request_request_return(struct dmf_notify_user_with_request *notify,
						 dmf_notify_user_with_request_fn *complete,
						 void *context, int status);

/**
 * dmf_notify_user_with_request_request_return_all - complete all pending requests
 * @notify: the Module
 * @complete: as request_return_ex, called for each
 * @context: passed to @complete
 * @status: passed to @complete
 *
 * Requests that come meanwhile stay.
 *
 * DMF: DMF_NotifyUserWithRequest_RequestReturnAll.
 *
 * Context: as data_process.
 */
void dmf_notify_user_with_request_request_return_all(struct dmf_notify_user_with_request *notify,
						     dmf_notify_user_with_request_fn *complete,
						     void *context, int status);

/**
 * dmf_notify_user_with_request_data_buffer_timestamp_get - when an event was reported
 * @data: the context that the completion callback of data_process got
 *
 * DMF: DMF_NotifyUserWithRequest_DataBufferTimestampGet.
 *
 * Context: within that callback.
 * Return: CLOCK_MONOTONIC.
 */
ktime_t dmf_notify_user_with_request_data_buffer_timestamp_get(const void *data);

/**
 * dmf_notify_user_with_request_request_timestamp_get - since when a request waits
 * @request: the request that a completion callback got
 *
 * DMF: DMF_NotifyUserWithRequest_RequestTimestampGet.
 *
 * Context: within that callback.
 * Return: CLOCK_MONOTONIC.
 */
ktime_t dmf_notify_user_with_request_request_timestamp_get(const struct dmf_request *request);

#endif /* _LINUX_DMF_NOTIFY_USER_WITH_REQUEST_H */
