/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * User-space interface of the edu driver (QEMU's PCI device 1234:11e8).
 *
 * The node /dev/dmf/edu<n> has one stream, "factorial". Whenever the device has
 * finished a factorial, the stream gets a record of type
 * DMF_EDU_EVENT_FACTORIAL whose data is a struct dmf_edu_factorial. A number is
 * asked for with DMF_EDU_IOC_FACTORIAL or, from a shell, by writing it to the
 * node in decimal.
 */
#ifndef _UAPI_LINUX_DMF_EDU_H
#define _UAPI_LINUX_DMF_EDU_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/dmf/notify.h>

/* &struct dmf_event.type of the only kind of event that there is. */
#define DMF_EDU_EVENT_FACTORIAL		1

/**
 * struct dmf_edu_factorial - what the device has computed
 * @operand: the number that was asked for.
 * @result: its factorial, modulo 2^32 as the device computes it.
 */
struct dmf_edu_factorial {
	__u32 operand;
	__u32 result;
};

/**
 * DMF_EDU_IOC_FACTORIAL - ask the device for the factorial of a number
 *
 * Returns at once; the result comes as an event. Errors (of write(2) too):
 * EBUSY the device is still computing; in write(2) EINVAL for what is no number
 * and ERANGE for one of more than 32 bits.
 */
#define DMF_EDU_IOC_FACTORIAL	_IOW(DMF_IOC_MAGIC, DMF_IOC_CLIENT_BASE, __u32)

#endif /* _UAPI_LINUX_DMF_EDU_H */
