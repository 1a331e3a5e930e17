/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of Thread share: a Client with one Thread, whose callbacks
 * record what happens and do what they are told.
 */
#ifndef _DMF_THREAD_FIXTURE_H
#define _DMF_THREAD_FIXTURE_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/sched.h>

#include <linux/dmf/thread.h>

#include "dmf_kunit.h"

#define THREADS_LOG_MAX		16

/* test->priv */
struct threads {
	struct dmf_thread_config config;	/* of the next probe */
	struct dmf_device *ddev;
	struct dmf_thread *thread;

	/* Written by the callbacks. */
	char log[THREADS_LOG_MAX + 1];		/* a letter for each */
	unsigned int logged;
	atomic_t pre_calls, works, post_calls, functions;
	atomic_t inside;
	bool overlapped, wrong_context, out_of_order;
	char comm[TASK_COMM_LEN];
	int nice, policy, rt_priority;
	bool nofreeze;
	struct completion begun;	/* a work or function has begun */
	struct completion ended;	/* a work or function is about to return */

	/* What the callbacks do. */
	bool block;			/* work waits for go_on */
	struct completion go_on;
	bool until_stop;		/* function returns at a stop, else at once */
	bool rearm;			/* work signals itself unless it shall stop */
	bool control_inside;		/* all start and stop their own Thread */
	int start_result, stop_result;
	unsigned int sleep_state;	/* work sleeps this way for HZ / 10, unless 0 */
	long sleep_left;		/* sum of what was left of these sleeps */
	bool stop_seen;			/* by the last work, when it ended */

	struct completion done;		/* of a task that helps */
	int done_result;
};

extern const struct dmf_client_ops threads_ops;

/* An init of a suite: test->priv is a struct threads, set up for DMF control. */
int threads_init(struct kunit *test);
/* Have the next probe make a Thread with client control. */
void threads_client_control(struct threads *t);

int threads_modules_add(struct dmf_device *ddev, struct dmf_module_init *init);
struct threads *threads_probe(struct kunit *test);
struct threads *threads_started(struct kunit *test);

/* The callbacks. In the log they are '<', 'w', '>' and 'f'. */
void threads_pre(struct dmf_thread *thread);
void threads_work(struct dmf_thread *thread);
void threads_post(struct dmf_thread *thread);
void threads_function(struct dmf_thread *thread);

/* Wait for a callback or a helping task; the test ends if it does not come. */
void threads_await(struct kunit *test, struct completion *completion);
/* Have a work begin and wait for t->go_on. */
void threads_block(struct kunit *test, struct threads *t);
void threads_await_stop_pending(struct threads *t);
/* For a task of its own: let the work that waits go on once it shall stop. */
int threads_go_on_when_stopped(void *data);

#endif /* _DMF_THREAD_FIXTURE_H */
