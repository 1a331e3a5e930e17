/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of BranchTrack share: a Client with a table, Modules with tables of
 * their own, and their report.
 */
#ifndef _DMF_BRANCH_TRACK_FIXTURE_H
#define _DMF_BRANCH_TRACK_FIXTURE_H

#include <linux/dmf/branch_track.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

/* -- The Client's branches -- */

#define TRACKED_BRANCHES(X)						\
	X(more_than, MORE_THAN, 2)					\
	X(less_than, LESS_THAN, 2)					\
	X(count, COUNT, 2)						\
	X(at_least, AT_LEAST, 2)					\
	X(run, RUN)							\
	X(once, ONCE)							\
	X(never, NEVER)							\
	X(optional, OPTIONAL)						\
	X(fault, FAULT_INJECTION)					\
	X(query, STATUS_QUERY, "even, unless", 3, tracked_query)	\
	X(modules_add, OPTIONAL)

bool tracked_query(const struct dmf_branch *branch, u64 count);

DMF_DECLARE_BRANCHES(tracked, TRACKED_BRANCHES);

/* -- A parent and its child, which are Modules -- */

#define PARENT_BRANCHES(X)						\
	X(opened, ONCE)							\
	X(used, OPTIONAL)

#define CHILD_BRANCHES(X)						\
	X(opened, ONCE)							\
	X(used, OPTIONAL)						\
	X(destroyed, OPTIONAL)						\
	X(only_odd, RUN_CONDITIONAL, child_is_odd)

bool child_is_odd(struct dmf_device *ddev, struct dmf_module *module);

DMF_DECLARE_BRANCHES(parent, PARENT_BRANCHES);
DMF_DECLARE_BRANCHES(child, CHILD_BRANCHES);

struct child_config {
	unsigned int number;
};

/**
 * struct tracked - test->priv
 * @parents: how many parents the Client adds, each with a child of the same number.
 * @modules: the parents.
 * @child: the latest child that was created.
 * @conditions: how often a condition was asked.
 * @early: how many children have found the feature open when they opened.
 * @late: how many children have found it when they were destroyed.
 * @failures_left: &task_struct.fail_nth when nothing is to fail any more.
 * @results: how often a thread has got what it wanted.
 * @wrong: how often something was not as it should be.
 */
struct tracked {
	unsigned int parents;
	struct dmf_module *modules[4];
	struct dmf_module *child;
	unsigned int conditions;
	unsigned int early;
	unsigned int late;
	unsigned int failures_left;
	atomic_t results;
	atomic_t wrong;
};

/* A device whose Client has asked for BranchTrack, which is switched on. */
struct dmf_device *tracked_probe(struct kunit *test);
/* Another one. */
struct dmf_device *tracked_probe_second(struct kunit *test);
/* The same with other ops of the Client. */
struct dmf_device *tracked_probe_ops(struct kunit *test, const struct dmf_client_ops *ops);

extern const struct dmf_client_ops tracked_ops;
extern const struct dmf_branch_track_config tracked_config;

int tracked_modules_add(struct dmf_device *ddev, struct dmf_module_init *init);

/* A dynamic child; ends the test if there is none. */
struct dmf_module *tracked_create_child(struct kunit *test, struct dmf_device *ddev,
					struct dmf_module *parent, unsigned int number);
int child_create(struct dmf_device *ddev, struct dmf_module *parent, unsigned int number,
		 struct dmf_module **child);

/* The report; ends the test if there is none. */
void *tracked_details(struct kunit *test, struct dmf_device *ddev, u32 flags, size_t *size);
/* An entry of it, NULL if it has none. */
const struct dmf_branch_track_entry *tracked_find(const void *details, size_t size,
						  const char *table, const char *name);
/* The count of a branch; ends the test if it is not listed. */
u64 tracked_count(struct kunit *test, struct dmf_device *ddev, const char *table,
		  const char *name);

int tracked_init(struct kunit *test);
void tracked_exit(struct kunit *test);

#endif /* _DMF_BRANCH_TRACK_FIXTURE_H */
