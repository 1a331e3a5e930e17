/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * How a program asks a driver's node which of the driver's branches have been executed,
 * and whether as often as they should.
 *
 * A driver may declare branches, places in its code, each with what is expected of it:
 * to run at least so often, exactly so often, never. While BranchTrack is on it counts.
 * Counts are per device, from the time at which it was bound, or from when they were
 * last reset in debugfs.
 */
#ifndef _UAPI_LINUX_DMF_BRANCH_TRACK_H
#define _UAPI_LINUX_DMF_BRANCH_TRACK_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include <linux/dmf/notify.h>

/* &struct dmf_branch_track_query.type: how many, and how many as expected. */
#define DMF_BRANCH_TRACK_STATUS		1
/* The same: each branch. */
#define DMF_BRANCH_TRACK_DETAILS	2

/*
 * In &struct dmf_branch_track_query.flags: the program has made things fail. Of a
 * branch that only faults lead to, it is then expected to have run, else not to have.
 */
#define DMF_BRANCH_TRACK_FAULTS		(1U << 0)

/**
 * struct dmf_branch_track_query - argument of DMF_IOC_BRANCH_TRACK
 * @buffer: in: address of the memory that receives the answer; not looked at if @size
 *	is 0.
 * @size: in: size of that memory in bytes.
 * @used: out: how many bytes were written there; 0 with ENOSPC.
 * @type: in: DMF_BRANCH_TRACK_STATUS or DMF_BRANCH_TRACK_DETAILS.
 * @flags: in: DMF_BRANCH_TRACK_FAULTS or 0.
 * @needed: out: how many bytes the answer has, with ENOSPC too.
 * @reserved0: must be zero.
 * @reserved: must be zero.
 */
struct dmf_branch_track_query {
	__aligned_u64 buffer;
	__u32 size;
	__u32 used;
	__u32 type;
	__u32 flags;
	__u32 needed;
	__u32 reserved0;
	__aligned_u64 reserved[2];
};

/* Size of a Client's name with its terminating NUL. */
#define DMF_BRANCH_TRACK_NAME_SIZE	64

/**
 * struct dmf_branch_track_status - the answer to DMF_BRANCH_TRACK_STATUS
 * @total: number of branches that count; see DMF_BRANCH_TRACK_ASIDE.
 * @passed: how many of them are as expected.
 * @reserved: zero; a reader must ignore it.
 * @client_name: name of the driver, NUL-terminated and filled up with zeros.
 */
struct dmf_branch_track_status {
	__u32 total;
	__u32 passed;
	__aligned_u64 reserved;
	char client_name[DMF_BRANCH_TRACK_NAME_SIZE];
};

/* &struct dmf_branch_track_entry.flags: the count is as expected. */
#define DMF_BRANCH_TRACK_PASSED		(1U << 0)
/* The same: declared by a kind of Module, for all of its instances together. */
#define DMF_BRANCH_TRACK_OF_MODULE	(1U << 1)
/*
 * The same: this half of a branch that only faults lead to is for the other value of
 * DMF_BRANCH_TRACK_FAULTS, and does not count in the status.
 */
#define DMF_BRANCH_TRACK_ASIDE		(1U << 2)

/**
 * struct dmf_branch_track_entry - one branch in the answer to DMF_BRANCH_TRACK_DETAILS
 * @next: where the next entry starts, in bytes from the start of this one; 0 in the
 *	last. Readers must use it: entries may get longer.
 * @table: where the name of the table is: of the driver, or of a kind of Module. This
 *	and the following three are NUL-terminated strings, in bytes from the start of
 *	this entry.
 * @file: where the name of the source file is that declares the table.
 * @name: where the name of the branch is.
 * @hint: where the expectation is, as words that @expected follows.
 * @line: where in the source file the table is declared.
 * @flags: DMF_BRANCH_TRACK_PASSED and so on; a reader must ignore other bits.
 * @reserved: zero; a reader must ignore it.
 * @count: how often the branch was executed.
 * @expected: the number that @count is compared with.
 *
 * Entries start at multiples of eight. If there are none, the answer is empty.
 */
struct dmf_branch_track_entry {
	__u32 next;
	__u32 table;
	__u32 file;
	__u32 name;
	__u32 hint;
	__u32 line;
	__u32 flags;
	__u32 reserved;
	__aligned_u64 count;
	__aligned_u64 expected;
};

/**
 * DMF_IOC_BRANCH_TRACK - ask for the branches of a device
 *
 * Neither wakes the device nor waits for anything. Counting goes on meanwhile: each count
 * is that of a moment. On a stack of filters the uppermost device answers that has
 * BranchTrack.
 *
 * Whoever may read from the node may ask: for them it is no secret what a driver does, as
 * far as its counts tell.
 *
 * Errors: EBADF the file is not open for reading, EOPNOTSUPP the device has no
 * BranchTrack, or there is no such type, EINVAL unknown flags or reserved fields not
 * zero, ENOSPC the memory is too small: nothing is written there, and @needed says how
 * much it takes, EFAULT bad address, ENOMEM, ENODEV.
 */
#define DMF_IOC_BRANCH_TRACK	_IOWR(DMF_IOC_MAGIC, 0x06, struct dmf_branch_track_query)

#endif /* _UAPI_LINUX_DMF_BRANCH_TRACK_H */
