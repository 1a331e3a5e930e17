/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IoctlHandler: a table of commands with the access that each of them needs.
 */
#ifndef _LINUX_DMF_IOCTL_HANDLER_H
#define _LINUX_DMF_IOCTL_HANDLER_H

#include <linux/dmf/command.h>
#include <linux/dmf/types.h>

/**
 * DOC: IoctlHandler and who may call
 *
 * What a row says of sizes and buffers, and what a handler returns, is that of all
 * tables: see command.h. The commands of an instance are its own: two of a device cannot
 * have the same one. Each has its own filter, and no filter concerns another instance's
 * commands: as there is one node for a device, a file belongs to all of them.
 *
 * Who is an administrator is decided when a file is opened, for the file: whoever
 * gets it later by fork(2), by a socket or by exec(2) may do with it what the opener
 * might, and one who opened it without CAP_SYS_ADMIN does not get more by becoming root.
 * What a file was given goes with it; no other file is ever taken for it.
 *
 * A request of another driver, dmf_device_internal_ioctl(), passes every filter.
 *
 * A command that this Module does not have, or while it is disabled, goes on: to other
 * Modules, to the Client, and down a stack. If nobody knows it the caller gets -ENOTTY.
 *
 * A dynamic instance sees no requests; dmf_ioctl_handler_ioctl_chain() works.
 *
 * DMF: DMF_IoctlHandler.
 */

DMF_DECLARE_MODULE(ioctl_handler);

/**
 * enum dmf_ioctl_handler_access_mode - by which files the commands can be called
 * @DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT: by all; the node's permissions decide.
 * @DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK: by those that
 *	&dmf_ioctl_handler_config.admit says.
 * @DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY: by those that an administrator has
 *	opened.
 * @DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY_PER_IOCTL: the same for commands with
 *	&dmf_ioctl_handler_record.administrator_access_only; the others by all.
 * @DMF_IOCTL_HANDLER_ACCESS_MODE_KERNEL_MODE_ONLY: by none: the commands are for other
 *	drivers, and no program knows them.
 *
 * DMF: IoctlHandler_AccessModeFilterType.
 */
enum dmf_ioctl_handler_access_mode {
	DMF_IOCTL_HANDLER_ACCESS_MODE_DEFAULT,
	DMF_IOCTL_HANDLER_ACCESS_MODE_CLIENT_CALLBACK,
	DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY,
	DMF_IOCTL_HANDLER_ACCESS_MODE_ADMINISTRATOR_ONLY_PER_IOCTL,
	DMF_IOCTL_HANDLER_ACCESS_MODE_KERNEL_MODE_ONLY,
};

/**
 * struct dmf_ioctl_handler_record - a command
 * @command: as &dmf_command.command.
 * @input_minimum: as &dmf_command.input_minimum.
 * @output_minimum: as &dmf_command.output_minimum.
 * @buffers: as &dmf_command.buffers.
 * @administrator_access_only: for files that an administrator has opened; only with the
 *	filter that looks at it.
 * @handler: called in process context with the Module open, any number at a time unless
 *	the device has a sequential queue. Returns 0 or a negative errno, with which the
 *	request is completed; 0 if it has pended the request.
 *
 * DMF: IoctlHandler_IoctlRecord and EVT_DMF_IoctlHandler_Callback.
 */
struct dmf_ioctl_handler_record {
	unsigned int command;
	u32 input_minimum;
	u32 output_minimum;
	struct dmf_command_buffer buffers[DMF_COMMAND_BUFFERS];
	bool administrator_access_only;
	int (*handler)(struct dmf_ioctl_handler *ioctl_handler, struct dmf_request *request);
};

/**
 * struct dmf_ioctl_handler_config - Config of an IoctlHandler
 * @records: the commands; not copied, must live as long as the Module.
 * @record_count: of them, not 0.
 * @access_mode_filter: by which files they can be called.
 * @admit: required with the filter that is named after it, and called when a file is
 *	opened, in process context. Returns 0, or a negative errno for a file by which
 *	these commands cannot be called. It neither waits nor resumes the device, for
 *	meanwhile no file of any misc device can be opened; and it must not keep the
 *	file: another part of the driver may still refuse it. DMF:
 *	EvtIoctlHandlerAccessModeFilter.
 * @refuse_open: open(2) itself fails for a file that this filter does not let in: with
 *	-EACCES or what @admit returned. For a node that serves nothing else: other
 *	instances and the device's streams cannot be reached by such a file either.
 * @manual_mode: the commands are unknown until dmf_ioctl_handler_ioctl_state_set().
 * @kernel_mode_requests_only: programs know the commands and get -EACCES.
 *
 * DMF: DMF_CONFIG_IoctlHandler.
 */
struct dmf_ioctl_handler_config {
	const struct dmf_ioctl_handler_record *records;
	unsigned int record_count;
	enum dmf_ioctl_handler_access_mode access_mode_filter;
	int (*admit)(struct dmf_ioctl_handler *ioctl_handler, struct dmf_file *file);
	bool refuse_open;
	bool manual_mode;
	bool kernel_mode_requests_only;
};

/**
 * dmf_ioctl_handler_ioctl_state_set - enable or disable all commands
 * @ioctl_handler: the IoctlHandler
 * @enable: whether programs and other drivers are to know the commands
 *
 * Of callers whose handler has not been called yet none is served after they are
 * disabled. Handlers that run, and what they have pended, go on: a handler may call
 * this itself.
 *
 * DMF: DMF_IoctlHandler_IoctlStateSet.
 *
 * Context: any, hard interrupts of PREEMPT_RT included.
 * Return: 0; -ENODEV if the Module is not open.
 */
int dmf_ioctl_handler_ioctl_state_set(struct dmf_ioctl_handler *ioctl_handler, bool enable);

/**
 * dmf_ioctl_handler_ioctl_chain - call the handler of a command
 * @ioctl_handler: the IoctlHandler, enabled or not
 * @request: a request that the caller's own handler was called with, and has neither
 *	completed nor pended
 * @command: whose handler to call, as in its record; it need not be that of the request
 *
 * No filter is asked. The handler gets the request as it is; it is refused if its
 * argument or its buffers are not as large as the record says.
 *
 * DMF: DMF_IoctlHandler_IoctlChain.
 *
 * Context: process, may sleep; in a handler of requests.
 * Return: what the handler returns, which the caller's returns in turn if a table calls
 * it: 0, with the request pended or to be completed, or a negative errno; -ENOTTY if
 * there is no such command; -EINVAL if the request does not fit; -ENODEV if the Module is
 * not open. The last three leave the request alone.
 */
int dmf_ioctl_handler_ioctl_chain(struct dmf_ioctl_handler *ioctl_handler,
				  struct dmf_request *request, unsigned int command);

#endif /* _LINUX_DMF_IOCTL_HANDLER_H */
