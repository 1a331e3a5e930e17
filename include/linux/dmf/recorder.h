/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flight recorders: the latest messages of each Module, always on.
 */
#ifndef _LINUX_DMF_RECORDER_H
#define _LINUX_DMF_RECORDER_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

#include <linux/dmf/types.h>

/**
 * DOC: Flight recorder
 *
 * A ring of bytes with the latest messages. A Module whose descriptor asks for one
 * (&struct dmf_module_desc.recorder_size), or whose Client does
 * (&struct dmf_module_attributes.recorder_size, which comes first), has a ring of its
 * own, in which nobody else's messages are. All others share one ring of their
 * device, where each message has the name of its Module, and where the messages of
 * one may push out those of another.
 *
 * A message is a format and its arguments. They are stored as they are and put into
 * words when somebody reads them: in debugfs, in a dump. The format, which must be a
 * literal, stays in the .ko that has recorded it. That of the Client, and those that it
 * needs, are loaded as long as the device is bound. If another one has recorded, a filter
 * for the device below, say, its messages say no more than that once it is
 * unloaded. Of strings a copy is made. A pointer is stored as a number, and
 * nothing is looked up behind it, neither now nor later, but the name of a symbol.
 *
 * Conversions: %d %i %u %x %X %o %c with hh, h, l, ll, z, t; %s; %p, %px, %pK, %pe,
 * and %ps, %pS, %pB for addresses of code. %.*s and %.16s look no further than they
 * say. Other extensions of %p would read memory that may have gone by then: a
 * format with one is refused, as is one with more than DMF_RECORD_ARGS_MAX
 * arguments, or a width or precision of more than three digits. The kernel log says
 * so at its first use; its messages are recorded without arguments.
 *
 * A message takes 256 bytes at most. Strings that do not fit are cut, and the message
 * is marked with [cut]. Line breaks in it are not kept.
 *
 * The ring exists from before child_modules_add to after destroy, so messages can be
 * recorded in each callback of the Module, and can be read while it is closed.
 *
 * The core records for each Module: created, opened, closing, closed, which of its
 * callbacks has failed and how; of a dynamic Module, destroyed.
 */

/**
 * DMF_RECORDER_SIZE_DEFAULT - what a ring should have if nothing speaks for more
 *
 * In bytes. Also the least that a ring has: of what is less it is made. Sizes are
 * rounded up to a power of two. It is enough for 20 to 30 messages.
 *
 * DMF: DMF_IN_FLIGHT_RECORDER_SIZE_DEFAULT.
 */
#define DMF_RECORDER_SIZE_DEFAULT	1024

/* A Module that asks for more is not created: -EINVAL. */
#define DMF_RECORDER_SIZE_MAX		(1024 * 1024)

/* Of one message; * in a conversion is one, too. */
#define DMF_RECORD_ARGS_MAX		12

/**
 * struct dmf_record_site - a place in the code that records messages
 *
 * What its format wants is found out at its first use.
 */
struct dmf_record_site {
	/* private: */
	const char *format;			/* all are written at the first use */
	u8 state;				/* the last; see dmf/recorder_format.c */
	u8 units;				/* what the arguments take at least, in u32 */
	u8 kinds[DMF_RECORD_ARGS_MAX + 1];	/* of the arguments, ended by 0 */
};

__printf(3, 4) void __dmf_record(struct dmf_module *module, struct dmf_record_site *site,
				 const char *format, ...);
__printf(3, 4) void __dmf_device_record(struct dmf_device *ddev, struct dmf_record_site *site,
					const char *format, ...);

/* The empty string makes sure that the format is a literal. */
#define __dmf_record_at_site(_record, _about, _format, ...)			\
do {										\
	static struct dmf_record_site _site;					\
										\
	_record(_about, &_site, "" _format, ##__VA_ARGS__);			\
} while (0)

/**
 * dmf_record - record a message of a Module
 * @module: the &struct dmf_module
 * @format: a literal, without line break; see the DOC block for what it may have
 * @...: what it takes
 *
 * Goes to the Module's own ring, or to the one that it shares. Nothing is
 * allocated. In an NMI, and while the kernel oopses or panics, a message is dropped
 * and counted if somebody is just writing to the ring or reading it.
 *
 * DMF: DMF_InFlightRecorderGet, with the LogEvents that it is for.
 *
 * Context: any, hard interrupts of PREEMPT_RT and NMIs among them, while the Module
 * exists.
 */
#define dmf_record(module, format, ...)						\
	__dmf_record_at_site(__dmf_record, module, format, ##__VA_ARGS__)

/**
 * dmf_device_record - record a message of a Client
 * @ddev: the &struct dmf_device
 * @format: as for dmf_record()
 * @...: what it takes
 *
 * Goes to the ring that the device's Modules share, with the name of the driver. A
 * Client that has much to say does so for one of its Modules, which it gives a ring.
 *
 * Context: as dmf_record(), from modules_add on, while the device is bound.
 */
#define dmf_device_record(ddev, format, ...)					\
	__dmf_record_at_site(__dmf_device_record, ddev, format, ##__VA_ARGS__)

#endif /* _LINUX_DMF_RECORDER_H */
