// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events that are not part of a phase: what ends self-managed I/O, surprise
 * removal, requests and files.
 *
 * Requests and files reach open Modules only: the dispatcher enters the gate
 * of each, a parent before its children, until one says that it has handled the
 * event; then the Client is asked. For a filter, request.c and file.c then go to the
 * device below. The caller is inside the device's own gate, so lists and Modules
 * stay.
 */
#include <linux/device.h>
#include <linux/pm_runtime.h>

#include "internal.h"
#include "trace.h"

/* The name of each event, and where its callbacks are. */
static const struct {
	const char *name;
	size_t module;
	size_t client;
} events[DMF_EVENTS] = {
	[DMF_EVENT_SELF_MANAGED_IO_FLUSH] = {
		"self_managed_io_flush",
		offsetof(struct dmf_module_ops, self_managed_io_flush),
		offsetof(struct dmf_client_ops, self_managed_io_flush),
	},
	[DMF_EVENT_SELF_MANAGED_IO_CLEANUP] = {
		"self_managed_io_cleanup",
		offsetof(struct dmf_module_ops, self_managed_io_cleanup),
		offsetof(struct dmf_client_ops, self_managed_io_cleanup),
	},
	[DMF_EVENT_SURPRISE_REMOVAL] = {
		"surprise_removal",
		offsetof(struct dmf_module_ops, surprise_removal),
		offsetof(struct dmf_client_ops, surprise_removal),
	},
	[DMF_EVENT_QUERY_REMOVE] = {
		"query_remove",
		offsetof(struct dmf_module_ops, query_remove),
		offsetof(struct dmf_client_ops, query_remove),
	},
	[DMF_EVENT_QUERY_STOP] = {
		"query_stop",
		offsetof(struct dmf_module_ops, query_stop),
		offsetof(struct dmf_client_ops, query_stop),
	},
	[DMF_EVENT_RELATIONS_QUERY] = {
		"relations_query",
		offsetof(struct dmf_module_ops, relations_query),
		offsetof(struct dmf_client_ops, relations_query),
	},
	[DMF_EVENT_FILE_CREATE] = {
		"file_create",
		offsetof(struct dmf_module_ops, file_create),
		offsetof(struct dmf_client_ops, file_create),
	},
	[DMF_EVENT_FILE_CLEANUP] = {
		"file_cleanup",
		offsetof(struct dmf_module_ops, file_cleanup),
		offsetof(struct dmf_client_ops, file_cleanup),
	},
	[DMF_EVENT_FILE_CLOSE] = {
		"file_close",
		offsetof(struct dmf_module_ops, file_close),
		offsetof(struct dmf_client_ops, file_close),
	},
	[DMF_EVENT_QUEUE_IO_READ] = {
		"queue_io_read",
		offsetof(struct dmf_module_ops, queue_io_read),
		offsetof(struct dmf_client_ops, queue_io_read),
	},
	[DMF_EVENT_QUEUE_IO_WRITE] = {
		"queue_io_write",
		offsetof(struct dmf_module_ops, queue_io_write),
		offsetof(struct dmf_client_ops, queue_io_write),
	},
	[DMF_EVENT_DEVICE_IO_CONTROL] = {
		"device_io_control",
		offsetof(struct dmf_module_ops, device_io_control),
		offsetof(struct dmf_client_ops, device_io_control),
	},
	[DMF_EVENT_POLL] = {
		"poll",
		offsetof(struct dmf_module_ops, poll),
		offsetof(struct dmf_client_ops, poll),
	},
	[DMF_EVENT_INTERNAL_DEVICE_IO_CONTROL] = {
		"internal_device_io_control",
		offsetof(struct dmf_module_ops, internal_device_io_control),
		offsetof(struct dmf_client_ops, internal_device_io_control),
	},
};

bool dmf_event_concerns(enum dmf_event_id id, const struct dmf_module *module)
{
	const void *ops = module->desc->ops;

	if (module->commands && id == DMF_EVENT_INTERNAL_DEVICE_IO_CONTROL)
		return true;
	if (module->commands && id == DMF_EVENT_DEVICE_IO_CONTROL &&
	    dmf_commands_for_user(module->ddev, module))
		return true;
	return *(void * const *)(ops + events[id].module);
}

bool dmf_event_client_concerns(enum dmf_event_id id, const struct dmf_client_ops *ops)
{
	return *(void * const *)((const void *)ops + events[id].client);
}

const char *dmf_event_name(enum dmf_event_id id)
{
	return events[id].name;
}

/* -- The end of self-managed I/O -------------------------------------------- */

static void self_managed_io_flush(struct dmf_device *ddev)
{
	struct dmf_list *list = &ddev->events[DMF_EVENT_SELF_MANAGED_IO_FLUSH];
	u64 begin = dmf_device_event_begin();
	unsigned int i = list->count;

	if (ddev->io_initialised && ddev->client->ops->self_managed_io_flush)
		ddev->client->ops->self_managed_io_flush(ddev);
	while (i--) {
		if (list->modules[i]->io_initialised)
			dmf_event_tell(list->modules[i], "self_managed_io_flush",
				       list->modules[i]->desc->ops->self_managed_io_flush);
	}
	dmf_device_event_end(ddev, "self_managed_io_flush", DMF_POWER_FINAL, begin, 0);
}

static void self_managed_io_cleanup(struct dmf_device *ddev)
{
	struct dmf_list *list = &ddev->events[DMF_EVENT_SELF_MANAGED_IO_CLEANUP];
	u64 begin = dmf_device_event_begin();
	unsigned int i = list->count;

	if (ddev->io_initialised && ddev->client->ops->self_managed_io_cleanup)
		ddev->client->ops->self_managed_io_cleanup(ddev);
	while (i--) {
		if (list->modules[i]->io_initialised)
			dmf_event_tell(list->modules[i], "self_managed_io_cleanup",
				       list->modules[i]->desc->ops->self_managed_io_cleanup);
	}
	dmf_device_event_end(ddev, "self_managed_io_cleanup", DMF_POWER_FINAL, begin, 0);
}

/* Flush and clean up those whose self_managed_io_init has succeeded. */
void dmf_dispatch_self_managed_io_end(struct dmf_device *ddev)
{
	self_managed_io_flush(ddev);
	self_managed_io_cleanup(ddev);
}

void dmf_dispatch_surprise_removal(struct dmf_device *ddev)
{
	struct dmf_list *list = &ddev->events[DMF_EVENT_SURPRISE_REMOVAL];
	u64 begin = dmf_device_event_begin();
	unsigned int i = list->count;

	if (ddev->surprised)	/* by the device below, which is removed too */
		return;

	ddev->surprised = true;
	if (ddev->client->ops->surprise_removal)
		ddev->client->ops->surprise_removal(ddev);
	while (i--)
		dmf_event_tell(list->modules[i], "surprise_removal",
			       list->modules[i]->desc->ops->surprise_removal);
	dmf_device_event_end(ddev, "surprise_removal", READ_ONCE(ddev->power), begin, 0);
}

/* -- Events that are offered until somebody handles them --------------------- */

static noinline bool offer_traced(struct dmf_module *module, enum dmf_event_id id,
				  bool (*offer)(struct dmf_module *module, void *data), void *data)
{
	u64 begin = ktime_get_ns();
	bool handled = offer(module, data);

	trace_event_dispatch(module, events[id].name, handled, dmf_trace_since(begin));
	return handled;
}

/* Return: true if a Module has handled it. */
static bool offer_to_modules(struct dmf_device *ddev, enum dmf_event_id id,
			     bool (*offer)(struct dmf_module *module, void *data), void *data)
{
	struct dmf_list *list = &ddev->events[id];
	bool handled = false;
	unsigned int i;

	for (i = 0; i < list->count && !handled; i++) {
		if (dmf_module_acquire(list->modules[i]))
			continue;
		if (trace_event_dispatch_enabled())
			handled = offer_traced(list->modules[i], id, offer, data);
		else
			handled = offer(list->modules[i], data);
		dmf_module_release(list->modules[i]);
	}
	return handled;
}

/* -- Files ------------------------------------------------------------------ */

struct file_create {
	struct dmf_file *file;
	int status;
};

static bool offer_file_create(struct dmf_module *module, void *data)
{
	struct file_create *create = data;

	return module->desc->ops->file_create(module, create->file, &create->status);
}

/* Return: what open(2) returns. Nobody handles it: success. */
int dmf_dispatch_file_create(struct dmf_file *file, bool *handled)
{
	struct dmf_device *ddev = file->ddev;
	struct file_create create = { .file = file };

	*handled = offer_to_modules(ddev, DMF_EVENT_FILE_CREATE, offer_file_create, &create);
	if (!*handled && ddev->client->ops->file_create)
		*handled = ddev->client->ops->file_create(ddev, file, &create.status);
	return WARN_ON(create.status > 0) ? -EIO : create.status;
}

static bool offer_file_cleanup(struct dmf_module *module, void *data)
{
	return module->desc->ops->file_cleanup(module, data);
}

static bool offer_file_close(struct dmf_module *module, void *data)
{
	return module->desc->ops->file_close(module, data);
}

/*
 * Nobody can use the file any more: FileCleanup, then FileClose. A Module that is
 * open only while the device works must hear of it too.
 */
void dmf_dispatch_file_gone(struct dmf_file *file)
{
	struct dmf_device *ddev = file->ddev;
	bool resume = ddev->events[DMF_EVENT_FILE_CLEANUP].count ||
		      ddev->events[DMF_EVENT_FILE_CLOSE].count;

	if (resume)
		pm_runtime_get_sync(ddev->dev);
	if (!offer_to_modules(ddev, DMF_EVENT_FILE_CLEANUP, offer_file_cleanup, file) &&
	    ddev->client->ops->file_cleanup)
		ddev->client->ops->file_cleanup(ddev, file);
	if (!offer_to_modules(ddev, DMF_EVENT_FILE_CLOSE, offer_file_close, file) &&
	    ddev->client->ops->file_close)
		ddev->client->ops->file_close(ddev, file);
	if (resume)
		pm_runtime_put(ddev->dev);
}

struct file_poll {
	struct dmf_file *file;
	__poll_t mask;
};

/* Never handled: every Module has its say. */
static bool offer_poll(struct dmf_module *module, void *data)
{
	struct file_poll *poll = data;

	poll->mask |= module->desc->ops->poll(module, poll->file);
	return false;
}

static void dispatch_poll_level(struct dmf_file *file, __poll_t *mask)
{
	struct dmf_device *ddev = file->ddev;
	struct file_poll poll = { .file = file };

	offer_to_modules(ddev, DMF_EVENT_POLL, offer_poll, &poll);
	if (ddev->client->ops->poll)
		poll.mask |= ddev->client->ops->poll(ddev, file);
	*mask |= poll.mask;
}

/*
 * Everybody is asked, down a stack; the caller is inside the file's own file_gate,
 * which keeps what is below. Where nobody says otherwise, requests can be made at
 * any time.
 */
__poll_t dmf_dispatch_poll(struct dmf_file *file)
{
	struct dmf_file *level;
	__poll_t mask = 0;

	if (!file->asks_poll)
		return EPOLLOUT | EPOLLWRNORM |
		       (dmf_stream_source(file) ? 0 : EPOLLIN | EPOLLRDNORM);

	for (level = file; level; level = level->lower)
		dispatch_poll_level(level, &mask);
	return mask;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_dispatch_poll);

/* -- Requests --------------------------------------------------------------- */

static const enum dmf_event_id request_events[] = {
	[DMF_REQUEST_READ]			= DMF_EVENT_QUEUE_IO_READ,
	[DMF_REQUEST_WRITE]			= DMF_EVENT_QUEUE_IO_WRITE,
	[DMF_REQUEST_DEVICE_CONTROL]		= DMF_EVENT_DEVICE_IO_CONTROL,
	[DMF_REQUEST_INTERNAL_DEVICE_CONTROL]	= DMF_EVENT_INTERNAL_DEVICE_IO_CONTROL,
};

static bool module_request(struct dmf_module *module, struct dmf_request *request)
{
	const struct dmf_module_ops *ops = module->desc->ops;

	if (dmf_command_is_for(request, module))
		return dmf_command_dispatch(request);

	switch (request->type) {
	case DMF_REQUEST_READ:
		return ops->queue_io_read(module, request);
	case DMF_REQUEST_WRITE:
		return ops->queue_io_write(module, request);
	case DMF_REQUEST_DEVICE_CONTROL:
		return ops->device_io_control && ops->device_io_control(module, request);
	case DMF_REQUEST_INTERNAL_DEVICE_CONTROL:
		return ops->internal_device_io_control &&
		       ops->internal_device_io_control(module, request);
	}
	return false;
}

static bool offer_request(struct dmf_module *module, void *data)
{
	struct dmf_request *request = data;

	request->handler = module;
	return module_request(module, request) || dmf_request_taken(request);
}

static bool client_request(struct dmf_device *ddev, struct dmf_request *request)
{
	const struct dmf_client_ops *ops = ddev->client->ops;

	request->handler = NULL;
	if (dmf_command_is_for(request, NULL))
		return dmf_command_dispatch(request);
	if (!dmf_event_client_concerns(request_events[request->type], ops))
		return false;

	switch (request->type) {
	case DMF_REQUEST_READ:
		return ops->queue_io_read(ddev, request);
	case DMF_REQUEST_WRITE:
		return ops->queue_io_write(ddev, request);
	case DMF_REQUEST_DEVICE_CONTROL:
		return ops->device_io_control(ddev, request);
	case DMF_REQUEST_INTERNAL_DEVICE_CONTROL:
		return ops->internal_device_io_control(ddev, request);
	}
	return false;
}

/* Return: true if somebody has completed or pended the request. */
bool dmf_dispatch_request(struct dmf_request *request)
{
	if (request->ddev->queue_option == DMF_QUEUE_NONE)
		return false;
	return offer_to_modules(request->ddev, request_events[request->type], offer_request,
				request) ||
	       client_request(request->ddev, request) || dmf_request_taken(request);
}
