/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * Dumps of a device made of Modules: how to ask for one, and what it holds.
 *
 * A dump is a file, read from /sys/class/devcoredump/devcd<n>/data: a header, then
 * sections, each a struct dmf_dump_section and so many bytes of data, padded with zeros
 * to a multiple of eight. The last one is of type DMF_DUMP_END. All numbers have the
 * byte order of the kernel that has made the dump.
 *
 * A reader skips sections whose type it does not know. Major versions differ in how
 * the file is taken apart, minor ones in the sections that there may be.
 *
 * Sections of type DMF_DUMP_CONFIG, _CONTEXT, _REGION and _STRUCTURE are the memory of
 * a running kernel, with all that it holds, addresses among them. So a dump is for root
 * alone, as a vmcore is. Header and all other sections tell no address.
 */
#ifndef _UAPI_LINUX_DMF_DUMP_H
#define _UAPI_LINUX_DMF_DUMP_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/dmf/notify.h>

#define DMF_DUMP_MAGIC		"DMFDUMP"	/* with the zero at its end */
#define DMF_DUMP_BYTE_ORDER	0x01020304
#define DMF_DUMP_MAJOR		1
#define DMF_DUMP_MINOR		0

#define DMF_DUMP_TEXT_SIZE	128
#define DMF_DUMP_NAME_SIZE	64

/* Of &dmf_dump_header.flags: something is not, or not whole, in the dump for want of room. */
#define DMF_DUMP_INCOMPLETE	(1u << 0)

/**
 * struct dmf_dump_header - what a dump begins with
 * @magic: DMF_DUMP_MAGIC.
 * @byte_order: DMF_DUMP_BYTE_ORDER.
 * @major: DMF_DUMP_MAJOR.
 * @minor: DMF_DUMP_MINOR.
 * @header_size: where the first section begins, in bytes from the first of @magic.
 * @section_size: of struct dmf_dump_section.
 * @sections: how many there are, with the last.
 * @flags: DMF_DUMP_INCOMPLETE.
 * @crc: CRC-32, as zlib computes it, of all that follows the header.
 * @pointer_size: of the kernel, in bytes.
 * @size: of the whole dump in bytes.
 * @time_ns: when it was made, CLOCK_REALTIME.
 * @uptime_ns: when it was made, CLOCK_BOOTTIME.
 * @code: why; the number is defined by whoever has asked for the dump.
 * @parameter: what belongs to @code.
 * @text: why, in words. As all strings here cut to its size and ended by a zero.
 * @report_type: the driver's name for its dumps.
 * @release: of the kernel.
 * @driver: that is bound to the device.
 * @device: its name.
 * @reserved: zero.
 */
struct dmf_dump_header {
	char magic[8];
	__u32 byte_order;
	__u16 major;
	__u16 minor;
	__u32 header_size;
	__u32 section_size;
	__u32 sections;
	__u32 flags;
	__u32 crc;
	__u32 pointer_size;
	__aligned_u64 size;
	__aligned_u64 time_ns;
	__aligned_u64 uptime_ns;
	__aligned_u64 code;
	__aligned_u64 parameter;
	char text[DMF_DUMP_TEXT_SIZE];
	char report_type[16];
	char release[DMF_DUMP_NAME_SIZE];
	char driver[DMF_DUMP_NAME_SIZE];
	char device[DMF_DUMP_NAME_SIZE];
	__aligned_u64 reserved[6];
};

/**
 * enum dmf_dump_type - what a section holds
 * @DMF_DUMP_END: nothing; the last one.
 * @DMF_DUMP_MODULE: text: a Module, in lines "key=value"; the last line may be
 *	"figures: " and what the Module tells of itself.
 * @DMF_DUMP_TEXT: text: what a file of that name in debugfs has to say of the device or
 *	of the Module: "state", "files", "requests", "interfaces", "branchtrack" of a device,
 *	"locks" and "recorder" of a Module, and others. None that would be empty.
 * @DMF_DUMP_CONFIG: the Module's Config, as bytes.
 * @DMF_DUMP_CONTEXT: the structure of the Module's author, as bytes.
 * @DMF_DUMP_REGION: memory that the driver, or a Module, has registered.
 * @DMF_DUMP_STRUCTURE: memory that was given with the request for this dump.
 */
enum dmf_dump_type {
	DMF_DUMP_END = 0,
	DMF_DUMP_MODULE = 1,
	DMF_DUMP_TEXT = 2,
	DMF_DUMP_CONFIG = 3,
	DMF_DUMP_CONTEXT = 4,
	DMF_DUMP_REGION = 5,
	DMF_DUMP_STRUCTURE = 6,
};

/* Of &dmf_dump_section.flags. */
#define DMF_DUMP_SECRET		(1u << 0)	/* left out: marked so, or by lockdown */
#define DMF_DUMP_CUT		(1u << 1)	/* the rest did not fit */
#define DMF_DUMP_UNREADABLE	(1u << 2)	/* the rest cannot be read: it is no memory */

/**
 * struct dmf_dump_section - what precedes the data of each section
 * @type: enum dmf_dump_type.
 * @flags: DMF_DUMP_SECRET, DMF_DUMP_CUT, DMF_DUMP_UNREADABLE.
 * @id: number of the Module in a section of type DMF_DUMP_MODULE, not 0; else 0.
 * @parent: number of the Module that it belongs to, 0 for the device. A Module that
 *	has gone since it registered a region has no section.
 * @size: bytes of data that follow, without padding.
 * @total: bytes that there were; more than @size if @flags says so. Of a text that was
 *	cut nobody knows: then it is @size.
 * @name: instance name of the Module, or what the section is called.
 */
struct dmf_dump_section {
	__u32 type;
	__u32 flags;
	__u32 id;
	__u32 parent;
	__aligned_u64 size;
	__aligned_u64 total;
	char name[DMF_DUMP_NAME_SIZE];
};

/**
 * struct dmf_dump_create - argument of DMF_IOC_DUMP_CREATE
 * @code: for &dmf_dump_header.code.
 * @parameter: for &dmf_dump_header.parameter.
 * @text: for &dmf_dump_header.text; ended by a zero, with zeros behind it.
 * @reserved: zero.
 */
struct dmf_dump_create {
	__aligned_u64 code;
	__aligned_u64 parameter;
	char text[DMF_DUMP_TEXT_SIZE];
	__aligned_u64 reserved[2];
};

/**
 * DMF_IOC_DUMP_CREATE - make a dump of the device
 *
 * It can then be read from /sys/class/devcoredump/devcd<n>/data, which the link
 * "devcoredump" in the device's own folder leads to, until somebody writes to that
 * file or five minutes have passed.
 *
 * Errors: ENOTTY the driver does without, EACCES the file was not opened by an
 * administrator (CAP_SYS_ADMIN), EBUSY there is a dump of the device already, EINVAL
 * text or reserved are not as they must be, ENODEV the device is gone, ENOMEM, EFAULT,
 * EOPNOTSUPP the kernel takes no dumps: it was built without, or 1 was written to
 * /sys/class/devcoredump/disabled.
 */
#define DMF_IOC_DUMP_CREATE	_IOW(DMF_IOC_MAGIC, 0x07, struct dmf_dump_create)

#endif /* _UAPI_LINUX_DMF_DUMP_H */
