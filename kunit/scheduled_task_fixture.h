/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of ScheduledTask share: a Client with one task whose callback does as
 * the test says and records what happens.
 */
#ifndef _DMF_SCHEDULED_TASK_FIXTURE_H
#define _DMF_SCHEDULED_TASK_FIXTURE_H

#include <linux/completion.h>
#include <linux/dmf/module.h>
#include <linux/dmf/scheduled_task.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

/* msecs_to_jiffies() makes it so. */
#define FOR_EVER	(INT_MAX + 1U)

#define SUCCESS		DMF_SCHEDULED_TASK_RESULT_SUCCESS
#define FAIL		DMF_SCHEDULED_TASK_RESULT_FAIL
#define FAIL_TRY_AGAIN	DMF_SCHEDULED_TASK_RESULT_FAIL_BUT_TRY_AGAIN
#define OK_TRY_AGAIN	DMF_SCHEDULED_TASK_RESULT_SUCCESS_BUT_TRY_AGAIN

#define IMMEDIATE	DMF_SCHEDULED_TASK_EXECUTION_MODE_IMMEDIATE
#define DEFERRED	DMF_SCHEDULED_TASK_EXECUTION_MODE_DEFERRED
#define AT_HARDWARE	DMF_SCHEDULED_TASK_EXECUTE_WHEN_PREPARE_HARDWARE
#define AT_D0_ENTRY	DMF_SCHEDULED_TASK_EXECUTE_WHEN_D0_ENTRY
#define PERSISTENT	DMF_SCHEDULED_TASK_PERSISTENCE_PERSISTENT_ACROSS_REBOOTS

/* test->priv */
struct tasks {
	struct dmf_scheduled_task_config config;
	struct dmf_scheduled_task *task;
	struct dmf_scheduled_task *other;	/* for a test's own callback */
	struct dmf_device *ddev;

	/* What the callback does. */
	unsigned int tries;		/* so many runs have the result @first, others @last */
	enum dmf_scheduled_task_result first;
	enum dmf_scheduled_task_result last;
	int (*within)(struct tasks *t);
	bool wait;			/* for @go_on */
	struct completion go_on;

	/* What it has seen. */
	atomic_t runs;
	atomic_t inside;
	bool overlapped;
	bool wrong_context;
	void *context;
	enum dmf_power previous;
	struct task_struct *ran_in;
	unsigned long ran_at;		/* in jiffies, as timers are */
	unsigned long first_ran_at;
	int within_result;
	struct completion started;	/* a run has begun */
	struct completion ran;		/* a run is about to end */

	int result;			/* of what runs elsewhere */
	struct completion returned;
};

extern const struct dmf_client_ops tasks_ops;

/* An init of a suite: test->priv is a struct tasks; the task is of the kind "other". */
int tasks_init(struct kunit *test);

/* A device with a task as test->priv says. */
struct tasks *tasks_probe(struct kunit *test);

/* Have the next run wait for @go_on, and start it by a deferred call. */
void tasks_block(struct kunit *test, struct tasks *t);

/* A run has begun; one is about to end. */
bool tasks_wait_started(struct tasks *t);
bool tasks_wait_ran(struct tasks *t);

/* Wait for what is under way, as far as it is due, by a call that comes after it. */
void tasks_settle(struct kunit *test, struct tasks *t);

/* A value that show() gives. */
unsigned int tasks_shown(struct tasks *t, const char *key);
bool tasks_wait_shown(struct tasks *t, const char *key, unsigned int value);

/* Wait until no more runs are let in, though one may be under way. */
bool tasks_wait_halting(struct tasks *t);

#endif /* _DMF_SCHEDULED_TASK_FIXTURE_H */
