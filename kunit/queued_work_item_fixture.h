/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of QueuedWorkItem share: a Client whose callback does what the
 * parameters of the call say, and records.
 */
#ifndef _DMF_QUEUED_WORK_ITEM_FIXTURE_H
#define _DMF_QUEUED_WORK_ITEM_FIXTURE_H

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/completion.h>
#include <linux/spinlock.h>

#include <linux/dmf/module.h>
#include <linux/dmf/queued_work_item.h>

/* Of the pool, if a case does not say otherwise. */
#define CALLS_BUFFERS	8
/* Threads of a race. */
#define RACERS		3
/* How many runs are remembered. */
#define RECORDED	64

/* What the callback does beside recording. */
#define CALL_BLOCK	1	/* wait for calls->go_on */
#define CALL_STATUS	2	/* set a status, twice */
#define CALL_AGAIN	4	/* enqueue the same again */
#define CALL_WAITS	8	/* call every Method that waits */
#define CALL_OTHER	16	/* have calls->other run something, and wait */
#define CALL_OVERRUN	32	/* write behind the parameters */

struct call {
	unsigned int racer;	/* who has enqueued it; RACERS for the test's own thread */
	unsigned int number;	/* rises with each call of a racer, from 1 on */
	unsigned int flags;
	int status;
	bool ran;		/* written by the callback, read by the cleanup */
};

struct calls {
	/* What the next probe adds; a case may change it before. */
	struct dmf_queued_work_item_config config;
	struct dmf_module_attributes attributes;
	bool two_items;

	struct dmf_device *ddev;
	struct dmf_queued_work_item *item;
	struct dmf_queued_work_item *other;

	/* Recorded by the callback. */
	atomic_t runs;
	atomic_t inside;
	bool overlapped;
	bool wrong_context;
	bool disordered;
	unsigned int numbers[RECORDED];		/* of the first runs */
	unsigned int last[RACERS + 1];		/* number that was run last, of each racer */
	struct call call;
	size_t size;
	void *buffer;
	void *context;
	int results[4];				/* of the Methods that wait */
	int other_result;
	struct completion started;		/* a run has begun */
	struct completion go_on;		/* a run that blocks may end */

	/* Have the cleanup of the next item that was dropped wait for let_clean. */
	bool hold_cleanup;
	struct completion let_clean;

	/* Recorded by the cleanup. */
	atomic_t cleaned;
	atomic_t dropped;			/* cleaned without having been run */
	unsigned long dropped_numbers;		/* a bit for each number; written with drop_lock */
	spinlock_t drop_lock;

	atomic_t accepted;			/* counted by whoever enqueues */
	bool stop;				/* racers shall end */
};

extern const struct dmf_client_ops calls_ops;

/* For struct kunit_suite.init: test->priv is a struct calls. */
int calls_init(struct kunit *test);

/* Probe; close and open again. */
struct calls *calls_up(struct kunit *test);
void calls_close(struct calls *calls);
int calls_reopen(struct calls *calls);

/* A call of the test's own thread; those numbered 0 are in no order. */
int calls_enqueue(struct calls *calls, unsigned int number, unsigned int flags);

/* Have the work inside a callback that waits for calls->go_on. */
void calls_block(struct kunit *test, struct calls *calls);
void calls_unblock_and_flush(struct kunit *test, struct calls *calls);

/* So many buffers there are, and none of them has been lost. */
void calls_expect_buffers(struct kunit *test, struct calls *calls, int buffers);

/* Somebody who waits for one call. */
struct waiter {
	struct calls *calls;
	struct task_struct *task;
	struct call call;
	bool interruptible;
	bool signalled;		/* before it waits */
	int result;
	struct completion done;
};

struct waiter *waiter_start(struct kunit *test, unsigned int flags, bool interruptible,
			    bool signalled);
int waiter_result(struct kunit *test, struct waiter *waiter);
/* Until it sleeps, as it does nowhere but in the Method. */
void waiter_sleeps(struct waiter *waiter, unsigned int state);

#endif /* _DMF_QUEUED_WORK_ITEM_FIXTURE_H */
