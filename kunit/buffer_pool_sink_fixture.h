/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of BufferPool's sinks share: a Client with a source and a sink, one or
 * both, and callbacks that record what they are told.
 */
#ifndef _DMF_BUFFER_POOL_SINK_FIXTURE_H
#define _DMF_BUFFER_POOL_SINK_FIXTURE_H

#include <linux/atomic.h>
#include <linux/completion.h>

#include <linux/dmf/buffer_pool.h>
#include <linux/dmf/device.h>
#include <linux/dmf/module.h>

#include "dmf_kunit.h"

#define POOL_BUFFERS	4	/* of the source */
#define POOL_SIZE	32	/* of each */

enum sink_test_layout {
	SOURCE_FIRST,
	SINK_FIRST,
	SOURCE_ONLY,
	SINK_ONLY,
};

/* test->priv */
struct sink_test {
	/* What the next probe adds; a case may change it before. */
	enum sink_test_layout layout;
	bool without_timer;
	struct dmf_module_attributes attributes;

	struct dmf_device *ddev;
	struct dmf_buffer_pool *source;
	struct dmf_buffer_pool *sink;

	/* Recorded by the timer callback. */
	struct completion fired;	/* once for each, when all is done */
	atomic_t fired_count;		/* that have begun */
	int awaited;			/* of those the test has seen the end */
	void *fired_buffers[POOL_BUFFERS];
	struct dmf_buffer_pool *fired_pool;
	void *fired_context;		/* the buffer's */
	bool fired_slowly;		/* to its end */

	/* Timers that are held up: the callback of one of them waits. */
	struct completion held_up;
	struct completion go_on;

	/* A buffer for the witness to put, and what it records. */
	void *held;
	int put_result;
	int sink_result;
	int get_result;
	int enumerate_result;
	unsigned int count;

	/* For the enumeration, and recorded by it. */
	enum dmf_buffer_pool_visit answers[POOL_BUFFERS];
	unsigned int visits;
	void *visited[POOL_BUFFERS];
	struct dmf_buffer_pool *visited_pool;
};

/* An init of a suite. */
int pools_init(struct kunit *test);

/* A device with pools as test->priv says; of pools_up() it is there, too. */
struct dmf_device *pools_probe(struct kunit *test);
struct sink_test *pools_up(struct kunit *test);

void *pools_get(struct kunit *test, struct dmf_buffer_pool *pool);
void pools_put_three(struct kunit *test, void *buffers[3]);

/* Visit the buffers of the sink, and do what @answers says. Return: what enumeration gives. */
void *pools_enumerate(struct kunit *test);
enum dmf_buffer_pool_visit pools_visit_locked(struct dmf_buffer_pool *pool, void *buffer,
					      void *buffer_context, void *context);

/* A timer's callback: record the buffer and put it back into the source. */
void pools_fired(struct dmf_buffer_pool *pool, void *buffer, void *buffer_context, void *context);
/* Put a buffer of the source into the sink, with that callback. Return: the buffer. */
void *pools_put_with_timer(struct kunit *test, unsigned int timeout_ms);
/* However slow the test is now, no timer that it sets fires before pools_let_timers_go(). */
void pools_hold_timers_up(struct kunit *test);
void pools_let_timers_go(void *data);

/* Wait for @count callbacks in all. */
void pools_expect_fired(struct kunit *test, int count);
void pools_expect_not_fired(struct kunit *test, unsigned int within_ms);

#endif /* _DMF_BUFFER_POOL_SINK_FIXTURE_H */
