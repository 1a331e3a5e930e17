/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of ThreadedBufferQueue share: a Client with one queue, whose
 * callbacks record what happens and do what they are told, and tasks that wait.
 */
#ifndef _DMF_THREADED_BUFFER_QUEUE_FIXTURE_H
#define _DMF_THREADED_BUFFER_QUEUE_FIXTURE_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/sched.h>

#include <linux/dmf/threaded_buffer_queue.h>

#include "dmf_kunit.h"

#define JOBS_BUFFERS		8
#define JOBS_SIZE		48
#define JOBS_CONTEXT_SIZE	16
#define JOBS_LOG_MAX		32
#define JOBS_PRODUCERS		2

/* Where a buffer that has a producer, from 1, says so, and where its number is. */
#define JOBS_PRODUCER_OFFSET	2
#define JOBS_NUMBER_OFFSET	8

/* What work does with a buffer; its second byte. The first is its letter, never 0. */
enum job {
	JOB_COMPLETE,		/* with the status that jobs.status is */
	JOB_BLOCK,		/* wait for jobs.go_on before that */
	JOB_KEEP,		/* it is pending */
	JOB_KEEP_COMPLETED,	/* it is completed with jobs.status before work returns */
	JOB_COMPLETE_TWICE,	/* by work_completed() and by work */
	JOB_STOP,		/* stop the queue, which is refused */
	JOB_WAIT,		/* wait for another buffer, which is refused */
	JOB_FLUSH,		/* flush the queue */
	JOB_REUSE,		/* give the buffer back by reuse, which is refused */
	JOB_OVERRUN,		/* write behind the buffer */
};

/* test->priv */
struct jobs {
	struct dmf_threaded_buffer_queue_config config;	/* of the next probe */
	struct dmf_module_attributes attributes;
	struct dmf_module_event_callbacks events;
	bool two_queues;
	int status;

	struct dmf_device *ddev;
	struct dmf_threaded_buffer_queue *queue;
	struct dmf_threaded_buffer_queue *other;

	/* Written by the callbacks. */
	char log[JOBS_LOG_MAX + 1];	/* the letters that were worked on, '<' and '>' */
	unsigned int logged;
	atomic_t works, inside;
	bool overlapped, wrong_context, wrong_buffer;
	char comm[TASK_COMM_LEN];
	atomic_t cleanups, cleanups_of_zeroed;
	char cleaned[JOBS_LOG_MAX + 1];	/* the letters that were given back */
	unsigned int cleaned_count;
	int result;			/* of what work has tried */
	struct completion begun;	/* a work has begun */
	struct completion ended;	/* a work is about to return */
	struct completion go_on;
	void *kept;			/* the buffer that is pending */
	u32 last[JOBS_PRODUCERS];	/* number of the latest buffer of each producer */
	bool out_of_order;
};

/* A task that enqueues a buffer and waits for it. */
struct job_waiter {
	struct jobs *jobs;
	struct task_struct *task;
	void *buffer;
	bool at_head, interruptible;
	int result;
	struct completion done;
};

extern const struct dmf_client_ops jobs_ops;

/* An init of a suite: test->priv is a struct jobs. */
int jobs_init(struct kunit *test);

struct jobs *jobs_probe(struct kunit *test);
struct jobs *jobs_started(struct kunit *test);

/* A buffer that has been fetched and filled. */
u8 *jobs_fetch(struct kunit *test, char letter, enum job job);
u8 *jobs_enqueue(struct kunit *test, char letter, enum job job);
u8 *jobs_enqueue_at_head(struct kunit *test, char letter, enum job job);

/* Wait for something; the test ends if it does not come. */
void jobs_await(struct kunit *test, struct completion *completion);
/* Wait until so many buffers have been given back. */
void jobs_await_cleanups(struct kunit *test, int cleanups);
/* Have a work begin and wait for jobs->go_on. */
void jobs_block(struct kunit *test, char letter);
/* Have a buffer pending; it is jobs->kept. */
void jobs_keep(struct kunit *test, char letter);
/* Wait until a stop has told the thread: no other buffer begins. False if that takes too long. */
bool jobs_await_stopping(struct jobs *jobs);
/* How many buffers can be fetched. */
int jobs_free_buffers(struct jobs *jobs);
/* Stop the queue, and expect that so many can be fetched then. */
void jobs_expect_free(struct kunit *test, int count);

/*
 * Have a task enqueue a buffer and wait. When this returns it is queued; so the queue
 * is stopped, or busy.
 */
struct job_waiter *jobs_wait(struct kunit *test, char letter, enum job job, bool at_head,
			     bool interruptible);
/* The result of the task's wait. */
int jobs_result(struct kunit *test, struct job_waiter *waiter);

#endif /* _DMF_THREADED_BUFFER_QUEUE_FIXTURE_H */
