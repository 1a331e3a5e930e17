/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that consume the exerciser's events, each in its own way, and a
 * ledger of who got what.
 *
 * The ledger and all buffers are in shared memory, and what a call may fill is
 * empty when it begins. So whatever the kernel has handed to a consumer can be
 * found there after a SIGKILL at any time: nothing at all may be missing.
 */
#ifndef DMF_SELFTEST_CONSUMER_H
#define DMF_SELFTEST_CONSUMER_H

#include <stdbool.h>
#include <sys/types.h>

#include "exerciser_node.h"

/* Consumers of a case, one after the other or at a time. */
#define CONSUMERS_MAX		250

/* Room of a consumer for records of what it has under way. */
#define CONSUMER_RECORDS	64

/**
 * enum consumer_way - how to consume
 * @WAIT_ONE: DMF_IOC_WAIT for one record.
 * @WAIT_BATCH: DMF_IOC_WAIT for as many as there are.
 * @READ: read(2) that blocks, restarted after signals.
 * @POLL: poll(2) and read(2) with O_NONBLOCK.
 * @EPOLL_LEVEL: the same with epoll.
 * @EPOLL_EDGE: the same, exclusive and edge-triggered.
 * @RING: reads posted on an io_uring.
 * @WAIT_SHORTLY: DMF_IOC_WAIT with a deadline that often comes first, while
 *	signals come that end the call, and now and then into memory that is not
 *	there.
 * @CONSUMER_WAYS: number of ways.
 */
enum consumer_way {
	WAIT_ONE,
	WAIT_BATCH,
	READ,
	POLL,
	EPOLL_LEVEL,
	EPOLL_EDGE,
	RING,
	WAIT_SHORTLY,
	CONSUMER_WAYS
};

/**
 * struct progress - how far a consumer has got
 * @latest: number of the latest event of each producer.
 * @sequence: of the latest record.
 */
struct progress {
	__u64 latest[EXERCISER_PRODUCERS];
	__u64 sequence;
};

/**
 * struct consumer - shared with its process
 * @pid: of it; 0 if it has been reaped.
 * @way: how it consumes.
 * @ready: it has opened the node.
 * @ended: it has come to its end by itself.
 * @error: why, a negative errno.
 * @hung_up: poll(2) or epoll said so.
 * @taken: number of records that it has got.
 * @progress: by what it has entered into the ledger.
 * @posted: of a ring: the progress when the read of each record was posted.
 * @records: what its calls fill.
 */
struct consumer {
	pid_t pid;
	enum consumer_way way;
	bool ready;
	bool ended;
	int error;
	bool hung_up;
	__u64 taken;
	struct progress progress;
	struct progress posted[CONSUMER_RECORDS];
	struct exerciser_record records[CONSUMER_RECORDS];
};

/**
 * struct ledger - who got what
 * @count: number of events of each producer.
 * @consumers: all that there have been.
 * @consumer_count: number of them.
 * @owner: for each producer, for each of its events: index of the consumer that
 *	got it, plus 1; 0: nobody.
 * @sequence: for each producer, for each of its events that somebody got: that of
 *	its record.
 */
struct ledger {
	__u64 count;
	struct consumer *consumers;
	unsigned int consumer_count;
	unsigned char *owner[EXERCISER_PRODUCERS];
	__u64 *sequence[EXERCISER_PRODUCERS];
};

/* These end the case if they fail. */
struct ledger *ledger_create(__u64 count);
/* A process with a file of its own; it has opened the node. */
struct consumer *consumer_start(struct ledger *ledger, enum consumer_way way);
/* A process that uses @fd. */
struct consumer *consumer_start_on(struct ledger *ledger, enum consumer_way way,
				   int fd);
/* SIGKILL; then what its last call got is entered into the ledger. */
void consumer_kill(struct ledger *ledger, struct consumer *consumer);
void consumers_kill(struct ledger *ledger);
/* It sleeps, as one does that has nothing to do. */
void consumer_require_asleep(const struct consumer *consumer);
/* None has come to its end by itself. */
void consumers_expect_alive(const struct ledger *ledger);
/* It comes to its end by itself, soon, because the device is gone. */
void consumer_expect_gone(struct ledger *ledger, struct consumer *consumer);

/* The number of events that nobody has got, of the first @reported of each. */
__u64 ledger_missing(const struct ledger *ledger,
		     const struct exerciser_totals *totals);
/* Explain it. */
void ledger_show_missing(const struct ledger *ledger,
			 const struct exerciser_totals *totals);
/* By their sequence, the events of each producer are in its order. */
void ledger_expect_order(const struct ledger *ledger);

#endif /* DMF_SELFTEST_CONSUMER_H */
