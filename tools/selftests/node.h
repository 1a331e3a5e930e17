/* SPDX-License-Identifier: GPL-2.0-only */
/* The node of the edu device: open it, ask for factorials, take the results. */
#ifndef DMF_SELFTEST_NODE_H
#define DMF_SELFTEST_NODE_H

#include <stdbool.h>

#include <linux/dmf/edu.h>

#include "clock.h"
#include "harness.h"

#define NODE		"/dev/dmf/edu0"
#define STREAM		"factorial"
#define QUEUE_DEPTH	256

/* Numbers that keep QEMU's device busy for some tenths of a second, for some. */
#define LONG_WORK	250000000U
#define LONGER_WORK	2000000000U

/* A record of the device as this version of the interface lays it out. */
struct record {
	struct dmf_event event;
	struct dmf_edu_factorial factorial;
};

/* What a suite needs: see system.h, and the stream is empty. */
void node_setup(void);

/* An address for calls that must fail, hidden from the compiler's checks. */
static inline void *bad_address(unsigned long value)
{
	volatile unsigned long address = value;

	return (void *)address;
}

/* These three end the case if they fail. */
int node_open(int flags);
/* Ask for a factorial, patiently while the device is busy. */
void ask(int fd, __u32 operand);
/* The same, and wait until the event is in the stream; nobody may take it. */
void ask_queued(int fd, __u32 operand);

/* A single attempt. */
int ask_once(int fd, __u32 operand);

/* While the device computes, asking @again, which returns -1 if refused, gives EBUSY. */
void expect_busy(int fd, int (*again)(int fd, __u32 operand));

/*
 * DMF_IOC_WAIT with all arguments; fills @used and @count of @wait.
 *
 * Return: 0 or a negative errno.
 */
int wait_call(int fd, struct dmf_wait *wait);

/* One record into @record; 0 or a negative errno. */
int take_until(int fd, struct record *record, __u64 deadline_ns);
/* The same with a deadline that only a defect lets pass. */
int take(int fd, struct record *record);
/* The same without waiting: -ETIMEDOUT or -EAGAIN if there is none. */
int take_now(int fd, struct record *record);

/* poll(2): the events that came within @timeout_ms. */
int poll_for(int fd, short events, int timeout_ms);
bool is_readable(int fd);

/* Modulo 2^32, as the device does it. */
__u32 factorial(__u32 operand);

/* The record is the result of this request. */
#define EXPECT_FACTORIAL(record, number) \
	expect_factorial((record), (number), __FILE__, __LINE__)
void expect_factorial(const struct record *record, __u32 number,
		      const char *file, int line);

/* The next record is the result of this request; for its sequence number. */
__u64 expect_next(int fd, __u32 operand);
void expect_empty(int fd);

#endif /* DMF_SELFTEST_NODE_H */
