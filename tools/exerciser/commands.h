/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands of the exerciser that are handled by tables: four IoctlHandlers, each with
 * commands and access of its own. Only the selftests and the fuzzer use them.
 */
#ifndef DMF_EXERCISER_COMMANDS_H
#define DMF_EXERCISER_COMMANDS_H

#include <linux/dmf/buffer.h>

#include "exerciser.h"

/* What @in and @out of a copy may have. */
#define EXERCISER_COPY_MAX	(1024 * 1024)
/* So long a copy is held, at least, but for a tick of the clock. */
#define EXERCISER_HOLD_MS	300

/**
 * struct exerciser_copy - argument of the copies
 * @in: what to copy; 1 to EXERCISER_COPY_MAX bytes.
 * @out: where its bytes come, the last one first; as many as fit.
 * @count: out: how many.
 */
struct exerciser_copy {
	struct dmf_buffer in;
	struct dmf_buffer out;
	__aligned_u64 count;
};

/**
 * struct exerciser_sum - argument of EXERCISER_IOC_SUM
 * @value: in and out: @added is added to it. All that the first version had.
 * @added: in.
 */
struct exerciser_sum {
	__aligned_u64 value;
	__aligned_u64 added;
};

/* Of the IoctlHandler "copies", for all. */
#define EXERCISER_IOC_COPY		_IOWR(EXERCISER_IOC_MAGIC, 0x20, struct exerciser_copy)
/* The copy is made when EXERCISER_IOC_COPY_END comes, for the oldest. */
#define EXERCISER_IOC_COPY_WAIT		_IOWR(EXERCISER_IOC_MAGIC, 0x21, struct exerciser_copy)
/* Cannot be cancelled, and is made after EXERCISER_HOLD_MS. */
#define EXERCISER_IOC_COPY_HOLD		_IOWR(EXERCISER_IOC_MAGIC, 0x22, struct exerciser_copy)
/* Errors: ENOENT none waits. */
#define EXERCISER_IOC_COPY_END		_IO(EXERCISER_IOC_MAGIC, 0x23)
#define EXERCISER_IOC_SUM		_IOWR(EXERCISER_IOC_MAGIC, 0x24, struct exerciser_sum)
/* Enable, or disable with 0, the IoctlHandler "manual". */
#define EXERCISER_IOC_ENABLE		_IOW(EXERCISER_IOC_MAGIC, 0x25, __u32)

/* Make a dump of the device by the Method, with a structure "request" of eight bytes. */
#define EXERCISER_IOC_DUMP		_IO(EXERCISER_IOC_MAGIC, 0x2a)
/* In dumps: what the region "open" holds, and what the region "sealed" does. */
#define EXERCISER_DUMP_OPEN		"for all to see"
#define EXERCISER_DUMP_SEALED		"nobody may see this"

/* Of "guarded", for files that an administrator has opened. */
#define EXERCISER_IOC_GUARDED		_IO(EXERCISER_IOC_MAGIC, 0x26)

/* Of "marked": the second is for administrators. */
#define EXERCISER_IOC_UNMARKED		_IO(EXERCISER_IOC_MAGIC, 0x27)
#define EXERCISER_IOC_MARKED		_IO(EXERCISER_IOC_MAGIC, 0x28)

/* Of "manual", which begins disabled. */
#define EXERCISER_IOC_MANUAL		_IO(EXERCISER_IOC_MAGIC, 0x29)

#endif /* DMF_EXERCISER_COMMANDS_H */
