// SPDX-License-Identifier: GPL-2.0-only
/*
 * The core's enumerations as text, for messages, traces and the live tree.
 */
#include "internal.h"

static const char * const power_names[] = {
	[DMF_POWER_D0]		= "D0",
	[DMF_POWER_IDLE]	= "idle",
	[DMF_POWER_SLEEP]	= "sleep",
	[DMF_POWER_HIBERNATION]	= "hibernation",
	[DMF_POWER_FINAL]	= "final",
};

static const char * const io_state_names[] = {
	[DMF_IO_STOPPED]	= "stopped",
	[DMF_IO_RUNNING]	= "running",
	[DMF_IO_ASLEEP]		= "asleep",
	[DMF_IO_SHUT_DOWN]	= "shut-down",
	[DMF_IO_FAILED]		= "failed",
};

static const char * const open_option_names[] = {
	[DMF_OPEN_CREATE]			= "create",
	[DMF_OPEN_PREPARE_HARDWARE]		= "prepare-hardware",
	[DMF_OPEN_D0_ENTRY_SYSTEM_POWER_UP]	= "d0-entry-system-power-up",
	[DMF_OPEN_D0_ENTRY]			= "d0-entry",
	[DMF_NOTIFY_CREATE]			= "notify-create",
	[DMF_NOTIFY_PREPARE_HARDWARE]		= "notify-prepare-hardware",
	[DMF_NOTIFY_D0_ENTRY]			= "notify-d0-entry",
};

static const char * const request_type_names[] = {
	[DMF_REQUEST_READ]			= "read",
	[DMF_REQUEST_WRITE]			= "write",
	[DMF_REQUEST_DEVICE_CONTROL]		= "ioctl",
	[DMF_REQUEST_INTERNAL_DEVICE_CONTROL]	= "internal",
};

const char *dmf_power_name(enum dmf_power power)
{
	return power_names[power];
}

const char *dmf_io_state_name(enum dmf_io_state state)
{
	return io_state_names[state];
}

const char *dmf_open_option_name(enum dmf_open_option option)
{
	return open_option_names[option];
}

const char *dmf_request_type_name(enum dmf_request_type type)
{
	return request_type_names[type];
}
