/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs can have the exerciser do. Only the selftests and the fuzzer use it;
 * it may change with them.
 *
 * The node is /dev/dmf/exerciser0. Its streams:
 *
 *   events	records with a struct exerciser_event, from producers and write(2)
 *   large	records with EXERCISER_LARGE_SIZE bytes, from write(2) of more than
 *		a struct exerciser_event
 *
 * Its eventfds are those of "signals".
 *
 * The first bytes of what is written are also a record of the CrashDump "exerciser",
 * which adds EXERCISER_LAST_WORDS when the kernel panics.
 *
 * Each producer numbers its events from 1 on, those that are refused included.
 */
#ifndef DMF_EXERCISER_H
#define DMF_EXERCISER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include <linux/dmf/buffer.h>

#define EXERCISER_IOC_MAGIC	0xE5

/* So many unread events each stream keeps. */
#define EXERCISER_DEPTH		256
#define EXERCISER_LARGE_DEPTH	16
#define EXERCISER_LARGE_SIZE	5000

/* So many records the CrashDump keeps, and so much of each write. */
#define EXERCISER_CRASH_COUNT	64
#define EXERCISER_CRASH_SIZE	64
#define EXERCISER_LAST_WORDS	"the exerciser says good-bye"

/* So many requests of EXERCISER_IOC_NEXT and EXERCISER_IOC_KEEP may be pending. */
#define EXERCISER_REQUESTS	64

/* What &struct dmf_event.type says of records of the streams. */
#define EXERCISER_EVENT		1
#define EXERCISER_LARGE_EVENT	2

#define EXERCISER_PRODUCERS	8
/* Of an event that write(2) has reported. */
#define EXERCISER_BY_WRITE	EXERCISER_PRODUCERS

/**
 * enum exerciser_target - whom producers report to
 * @EXERCISER_TO_EVENTS: the stream "events".
 * @EXERCISER_TO_ANSWERS: the requests of EXERCISER_IOC_NEXT.
 * @EXERCISER_TO_SIGNALS: the eventfds of "signals", by the number of the producer.
 * @EXERCISER_TARGETS: number of targets.
 */
enum exerciser_target {
	EXERCISER_TO_EVENTS,
	EXERCISER_TO_ANSWERS,
	EXERCISER_TO_SIGNALS,
	EXERCISER_TARGETS
};

/* In &struct exerciser_totals.contexts: where producers have run. */
#define EXERCISER_IN_INTERRUPT	0x1
#define EXERCISER_IN_SOFTIRQ	0x2
#define EXERCISER_IN_PROCESS	0x4

/**
 * struct exerciser_event - data of an event
 * @producer: who has reported it.
 * @target: to whom, &enum exerciser_target.
 * @number: of the event, among those of the producer.
 */
struct exerciser_event {
	__u32 producer;
	__u32 target;
	__aligned_u64 number;
};

/**
 * struct exerciser_start - argument of EXERCISER_IOC_START
 * @count: number of events for each producer.
 * @producers: which of them, one bit for each; 0 for all. The first two run in the
 *	interrupt of a timer, the third in an irq_work, the next two in the softirq
 *	of a timer, the sixth in a tasklet, the last two in a worker. With PREEMPT_RT
 *	the first three run where locks may be taken: in the softirq and a thread.
 * @target: whom they report to.
 * @period_us: how often each reports, in microseconds; less often when that takes long.
 * @burst: how many events it reports then, without a pause.
 * @window: so many reported events may wait for their end, be it delivery or loss;
 *	producers pause while there are more. 0: any number.
 * @reserved: zero.
 */
struct exerciser_start {
	__aligned_u64 count;
	__u32 producers;
	__u32 target;
	__u32 period_us;
	__u32 burst;
	__u32 window;
	__u32 reserved;
};

/**
 * struct exerciser_totals - argument of EXERCISER_IOC_TOTALS
 * @reported: number of events that each producer has reported since it was
 *	started.
 * @refused: how many of them did not even get into the queue, so that they are
 *	lost.
 * @ended: number of events to whatever target that have come to their end,
 *	delivered or lost later, since all were started.
 * @running: number of producers that have not reported all yet.
 * @contexts: where the producers have run.
 */
struct exerciser_totals {
	__aligned_u64 reported[EXERCISER_PRODUCERS];
	__aligned_u64 refused[EXERCISER_PRODUCERS];
	__aligned_u64 ended;
	__u32 running;
	__u32 contexts;
};

/* No buffer of EXERCISER_IOC_EXCHANGE may be larger. */
#define EXERCISER_EXCHANGE_MAX	10000

/**
 * struct exerciser_exchange - argument of EXERCISER_IOC_EXCHANGE
 * @to: bytes that are passed.
 * @from: gets the complement of as many of them as it can hold.
 * @both: gets the complement of what it holds.
 */
struct exerciser_exchange {
	struct dmf_buffer to;
	struct dmf_buffer from;
	struct dmf_buffer both;
};

/**
 * EXERCISER_IOC_START - have producers report events; not while some do
 *
 * Errors: EBUSY some are at work, EINVAL.
 */
#define EXERCISER_IOC_START	_IOW(EXERCISER_IOC_MAGIC, 0x01, struct exerciser_start)

/* EXERCISER_IOC_STOP - end them; none runs when this returns */
#define EXERCISER_IOC_STOP	_IO(EXERCISER_IOC_MAGIC, 0x02)

/* EXERCISER_IOC_TOTALS - what they have done so far */
#define EXERCISER_IOC_TOTALS	_IOR(EXERCISER_IOC_MAGIC, 0x03, struct exerciser_totals)

/* EXERCISER_IOC_NEXT - wait as a request for an event to EXERCISER_TO_ANSWERS */
#define EXERCISER_IOC_NEXT	_IOR(EXERCISER_IOC_MAGIC, 0x04, struct exerciser_event)

/* EXERCISER_IOC_KEEP - wait as a request until somebody says EXERCISER_IOC_RETURN */
#define EXERCISER_IOC_KEEP	_IO(EXERCISER_IOC_MAGIC, 0x05)

/* EXERCISER_IOC_RETURN - complete the oldest request of EXERCISER_IOC_NEXT and _KEEP */
#define EXERCISER_IOC_RETURN	_IO(EXERCISER_IOC_MAGIC, 0x06)

/* EXERCISER_IOC_LATER - a request that cannot be cancelled, completed in some ms */
#define EXERCISER_IOC_LATER	_IO(EXERCISER_IOC_MAGIC, 0x07)

/*
 * Any direction and size with this number: each byte of the argument comes back as its
 * complement, or as EXERCISER_FILL if only a direction back was given.
 */
#define EXERCISER_NR_ECHO	0x08
#define EXERCISER_FILL		0x5a

/* EXERCISER_IOC_EXCHANGE - buffers of any length beside the argument */
#define EXERCISER_IOC_EXCHANGE	_IOWR(EXERCISER_IOC_MAGIC, 0x09, struct exerciser_exchange)

#endif /* DMF_EXERCISER_H */
