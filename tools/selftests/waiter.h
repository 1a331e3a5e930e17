/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that block on the node while a case does something to it. A waiter
 * that has been started is known to sleep.
 */
#ifndef DMF_SELFTEST_WAITER_H
#define DMF_SELFTEST_WAITER_H

#include <stdbool.h>
#include <sys/types.h>

#include "node.h"

/* Room for the numbers of what a collecting waiter takes. */
#define TAKEN_MAX	256

/**
 * struct outcome - shared between a waiter and the case
 * @result: what the call returned: 0, a positive number or a negative errno.
 * @done: @result is valid.
 * @began_ns: when the call began.
 * @ended_ns: when it ended.
 * @signals: number of signals that the waiter has handled.
 * @deadline_ns: for by_wait: when the call ends; 0 stands for never.
 * @record: what it got last, for ways that take records.
 * @taken: number of records that a collecting way has taken.
 * @sequences: of these records, in the order in which they came.
 * @operands: of these records.
 */
struct outcome {
	long result;
	bool done;
	__u64 began_ns;
	__u64 ended_ns;
	unsigned int signals;
	__u64 deadline_ns;
	struct record record;
	unsigned int taken;
	__u64 sequences[TAKEN_MAX];
	__u32 operands[TAKEN_MAX];
};

/* How to wait: returns what &struct outcome.result says. */
typedef long way_fn(int fd, struct outcome *outcome);

way_fn by_wait;		/* DMF_IOC_WAIT */
way_fn by_read;		/* read(2) */
way_fn by_poll;		/* poll(2) for POLLIN: its revents */
way_fn by_epoll;	/* epoll_wait(2) for EPOLLIN: its events */
/* These take one record after the other until an error other than EINTR. */
way_fn by_waiting_on;
way_fn by_reading_on;

struct waiter {
	pid_t pid;
	struct outcome *outcome;
};

/* Wait on a copy of @fd: the same open file, as after fork(2) or dup(2). */
struct waiter waiter_start(int fd, way_fn *way);
/* Wait on @fd itself, in the same table of descriptors, as a thread does. */
struct waiter waiter_start_thread(int fd, way_fn *way);
/* Wait with a file of its own. */
struct waiter waiter_start_opening(way_fn *way);
/* Wait until a time. */
struct waiter waiter_start_until(int fd, __u64 deadline_ns);
/* Handle SIGUSR1 with these flags of sigaction(2) while waiting. */
struct waiter waiter_start_handling(int fd, way_fn *way, int sa_flags,
				    __u64 deadline_ns);

/* Its call has come to its end. */
bool waiter_is_done(const struct waiter *waiter);
/* Ends the case unless the waiter sleeps soon. */
void waiter_require_blocked(const struct waiter *waiter);
/* The waiter sleeps, and goes on to do so for a while. */
void expect_still_blocked(const struct waiter *waiter);
/* The result, which must come within PATIENCE. */
long waiter_result(const struct waiter *waiter);
/* The same for one that waited for records: it got this result. */
void expect_got(const struct waiter *waiter, __u32 operand);
/* Ends the case unless these waiters have taken so many records soon. */
void require_taken(const struct waiter *waiters, unsigned int count,
		   unsigned int records);
void waiter_kill(const struct waiter *waiter);
void waiter_signal(const struct waiter *waiter);
/* SIGSTOP, and not before it has stopped; and SIGCONT. */
void waiter_stop(const struct waiter *waiter);
void waiter_continue(const struct waiter *waiter);

#endif /* DMF_SELFTEST_WAITER_H */
