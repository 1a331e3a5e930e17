/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * Data of any length beside the argument of a driver's ioctl(2).
 *
 * The argument of a command is a structure of fixed size. What is longer, or of no
 * fixed length, is memory of the program's that a struct dmf_buffer in the argument
 * points to. The driver's header says which way the data go, and how long they may
 * be.
 */
#ifndef _UAPI_LINUX_DMF_BUFFER_H
#define _UAPI_LINUX_DMF_BUFFER_H

#include <linux/types.h>

/**
 * struct dmf_buffer - memory that belongs to the argument of a command
 * @ptr: in: address of the memory; not looked at if @size is 0. Never changed.
 * @size: in: size of the memory in bytes; 0 if there is none. Never changed.
 * @used: out, if the command returns its argument: how many bytes the driver has
 *	written, or, of memory that it only reads, has taken. Not looked at when the
 *	call begins. When the call fails neither this nor the memory is changed, but
 *	by EFAULT.
 *
 * Errors of every command with such a member: E2BIG the memory is larger than the
 * driver takes, EINVAL too small to be what the driver reads, ENOSPC too small for
 * what it writes, EFAULT bad address, ENOMEM.
 */
struct dmf_buffer {
	__aligned_u64 ptr;
	__u32 size;
	__u32 used;
};

#endif /* _UAPI_LINUX_DMF_BUFFER_H */
