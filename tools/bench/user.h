/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs of tools/bench-user and dmf_bench.ko agree on: how to have a
 * driver report events, and where they are read. For both, so no kernel types.
 *
 * To compare two more drivers give them numbers here, sources in user.c, and rows in
 * tools/bench-user.
 */
#ifndef _DMF_BENCH_USER_H
#define _DMF_BENCH_USER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Takes the commands below. */
#define BENCH_TRIGGER		"/dev/dmf_bench"

/* A Client of the framework with a NotifyUserWithRequest, and the driver of by_hand.c. */
#define BENCH_OURS		"/dev/dmf/bench0"
#define BENCH_BY_HAND		"/dev/dmf_bench_by_hand"

/* The same Client has a NotifyUserWithRequestMultiple, whose stream is this. */
#define BENCH_BROADCAST		"broadcast"

/* Events that a driver keeps, and what comes with each. */
#define BENCH_DEPTH		256
#define BENCH_DATA_SIZE		16

/* The drivers. */
enum {
	BENCH_SOURCE_OURS,
	BENCH_SOURCE_BY_HAND,
	BENCH_SOURCE_EVENT,	/* a NotifyUserWithEvent of ours, without data */
	BENCH_SOURCE_EVENTFD,	/* eventfd_signal() on what BENCH_IOC_EVENTFD has said */
	BENCH_SOURCE_BROADCAST,
	BENCH_SOURCES,
};

/**
 * struct bench_event - an event of by_hand.c
 * @timestamp_ns: CLOCK_MONOTONIC when it was reported.
 * @sequence: its number, from 1 on; a gap tells what was lost.
 * @type: what has happened.
 * @status: 0 or a negative errno.
 * @data: the rest.
 */
struct bench_event {
	__u64 timestamp_ns;
	__u64 sequence;
	__u32 type;
	__s32 status;
	__u8 data[BENCH_DATA_SIZE];
};

/* Have a driver report as many events as the argument says, from process context. */
#define BENCH_IOC_REPORT(source)	_IO('B', (source))
/* The eventfd of BENCH_SOURCE_EVENTFD; -1 for none. */
#define BENCH_IOC_EVENTFD		_IO('B', 0x82)
/* Time that the processor has been idle, in us. */
#define BENCH_IOC_IDLE			_IOR('B', 0x80, __u64)
/* Of by_hand.c's node: how many events nobody has read. */
#define BENCH_IOC_LOST			_IOR('B', 0x81, __u64)

#endif /* _DMF_BENCH_USER_H */
