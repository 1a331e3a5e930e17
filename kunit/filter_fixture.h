/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of filters share: a stack of devices, whose Clients log what they see, and
 * do with requests what the test says.
 */
#ifndef _DMF_FILTER_FIXTURE_H
#define _DMF_FILTER_FIXTURE_H

#include <linux/completion.h>
#include <linux/spinlock.h>

#include "submitter.h"

/* Commands of the Clients. The level is that of the device: 0 is the lowest. */
enum {
	CMD_ASK = 1,		/* completed by the level that the test names */
	CMD_PEND,		/* pended there */
	CMD_PEND_ACTIVE,
	CMD_BLOCK,		/* its handler there runs until it is told to go on */
	CMD_DOWN,		/* a filter asks the level below itself */
	CMD_MODULE,		/* completed or forwarded by a Module */
};

#define LEVELS	3

/* test->priv */
struct stack {
	struct dmf_device *lower;
	struct fake_filter *filters[LEVELS];
	int level;			/* which handles requests */
	int status;
	struct dmf_request *pended;	/* xchg() decides who has it */
	struct completion pend_seen;
	struct completion handler_runs;
	struct completion handler_may_go;
	atomic_t cancels;
	struct device *other;		/* unbound by a handler of level 0 */
	spinlock_t lock;		/* guards @log */
	char log[64];			/* what happened, a letter and a level each */
};

/* An init of a suite. */
int stack_init(struct kunit *test);

/* What the Clients do that log, and what each publishes: only the next level binds to it. */
extern const struct dmf_client_ops stack_ops;
extern const struct dmf_filterable stack_filterable[LEVELS];
/* The same for a Client that publishes. */
struct dmf_client_ops stack_level_ops(int level);

/* A device; filters on it, bottom up. */
void stack_probe_lower(struct kunit *test, const struct dmf_client_ops *ops);
struct dmf_device *stack_add_filter(struct kunit *test, int level,
				    const struct dmf_client_ops *ops);
void stack_unfilter(struct kunit *test, int level);
/* A device and a filter on it. Return: the filter. */
struct dmf_device *stack_probe(struct kunit *test);
/* A reference until the test ends: a test may look at a device that was unbound. */
struct dmf_device *stack_keep(struct kunit *test, struct dmf_device *ddev);

void stack_log(struct dmf_device *ddev, char what);
void stack_rewind(struct stack *stack);
/* Complete what is pended, if anything is. */
void stack_complete_pended(struct stack *stack);

#endif /* _DMF_FILTER_FIXTURE_H */
