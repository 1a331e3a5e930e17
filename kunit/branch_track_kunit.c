// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of BranchTrack. Contexts and races are in branch_track_race_kunit.c.
 */
#include <linux/seq_file.h>
#include <linux/string.h>

#include "branch_track_fixture.h"

/* -- Predicates ------------------------------------------------------------------- */

/* All branches of the table but that of modules_add. */
static void execute_all(struct dmf_device *ddev)
{
	DMF_BRANCH(tracked, ddev, more_than);
	DMF_BRANCH(tracked, ddev, less_than);
	DMF_BRANCH(tracked, ddev, count);
	DMF_BRANCH(tracked, ddev, at_least);
	DMF_BRANCH(tracked, ddev, run);
	DMF_BRANCH(tracked, ddev, once);
	DMF_BRANCH(tracked, ddev, never);
	DMF_BRANCH(tracked, ddev, optional);
	DMF_BRANCH(tracked, ddev, fault);
	DMF_BRANCH(tracked, ddev, query);
}

/* Whether a branch passes after 0, 1, 2, 3 executions: the borders of all of them. */
struct expectation {
	const char *name;
	const char *hint;
	u64 expected;
	bool passes[4];
};

static const struct expectation expectations[] = {
	{ "more_than", "more than", 2, { false, false, false, true } },
	{ "less_than", "less than", 2, { true, true, false, false } },
	{ "count", "exactly", 2, { false, false, true, false } },
	{ "at_least", "at least", 2, { false, false, true, true } },
	{ "run", "more than", 0, { false, true, true, true } },
	{ "once", "exactly", 1, { false, true, false, false } },
	{ "never", "never", 0, { true, false, false, false } },
	{ "optional", "optionally", 0, { true, true, true, true } },
	{ "fault[NoFaultInjection]", "never", 0, { true, false, false, false } },
	{ "fault[FaultInjection]", "more than", 0, { false, true, true, true } },
	{ "query", "even, unless", 3, { true, false, true, true } },
};

static void expect_entry(struct kunit *test, const struct dmf_branch_track_entry *entry,
			 const struct expectation *expectation, unsigned int executions)
{
	const char *text = (const char *)entry;

	KUNIT_ASSERT_NOT_NULL_MSG(test, entry, "%s", expectation->name);
	KUNIT_EXPECT_EQ(test, entry->count, executions);
	KUNIT_EXPECT_EQ_MSG(test, !!(entry->flags & DMF_BRANCH_TRACK_PASSED),
			    expectation->passes[executions], "%s after %u", expectation->name,
			    executions);
	KUNIT_EXPECT_EQ(test, entry->expected, expectation->expected);
	KUNIT_EXPECT_STREQ(test, text + entry->hint, expectation->hint);
	KUNIT_EXPECT_STREQ(test, text + entry->file, "branch_track_fixture.c");
	KUNIT_EXPECT_EQ(test, entry->line, tracked_branches.line);
	KUNIT_EXPECT_EQ(test, entry->flags & DMF_BRANCH_TRACK_OF_MODULE, 0);
	KUNIT_EXPECT_EQ(test, entry->reserved, 0);
}

static void each_predicate_at_its_border(struct kunit *test)
{
	struct dmf_device *ddev = tracked_probe(test);
	unsigned int executions, i;
	void *details;
	size_t size;

	for (executions = 0; executions < 4; executions++) {
		details = tracked_details(test, ddev, 0, &size);
		for (i = 0; i < ARRAY_SIZE(expectations); i++)
			expect_entry(test, tracked_find(details, size, "tracked",
							expectations[i].name),
				     &expectations[i], executions);
		execute_all(ddev);
	}
}

static void expect_status(struct kunit *test, struct dmf_device *ddev, u32 flags, u32 total,
			  u32 passed)
{
	u32 is_total, is_passed;

	dmf_branch_track_status(dmf_branch_track_get_from_device(ddev), flags, &is_total,
				&is_passed);
	KUNIT_EXPECT_EQ(test, is_total, total);
	KUNIT_EXPECT_EQ(test, is_passed, passed);
}

/* Who asks knows whether faults were injected; the other half of the pair is set aside. */
static void fault_injection_counts_one_of_its_two_lines(struct kunit *test)
{
	const struct dmf_branch_track_entry *without, *with;
	struct dmf_device *ddev = tracked_probe(test);
	void *details;
	size_t size;
	u32 faults;

	for (faults = 0; faults < 2; faults++) {
		details = tracked_details(test, ddev, faults ? DMF_BRANCH_TRACK_FAULTS : 0, &size);
		without = tracked_find(details, size, "tracked", "fault[NoFaultInjection]");
		with = tracked_find(details, size, "tracked", "fault[FaultInjection]");
		KUNIT_ASSERT_NOT_NULL(test, without);
		KUNIT_ASSERT_NOT_NULL(test, with);
		KUNIT_EXPECT_EQ(test, !!(without->flags & DMF_BRANCH_TRACK_ASIDE), faults);
		KUNIT_EXPECT_EQ(test, !!(with->flags & DMF_BRANCH_TRACK_ASIDE), !faults);
	}
	/* less_than, never, optional, query, modules_add; and the half for no faults. */
	expect_status(test, ddev, 0, 11, 6);
	expect_status(test, ddev, DMF_BRANCH_TRACK_FAULTS, 11, 5);
	DMF_BRANCH(tracked, ddev, fault);
	expect_status(test, ddev, 0, 11, 5);
	expect_status(test, ddev, DMF_BRANCH_TRACK_FAULTS, 11, 6);
}

static bool present(struct dmf_device *ddev, struct dmf_module *module)
{
	struct tracked *t = dmf_kunit_priv(ddev);

	/* The Client has added its Modules. */
	t->conditions += t->child && !module;
	return true;
}

static bool absent(struct dmf_device *ddev, struct dmf_module *module)
{
	return !present(ddev, module);
}

/* The same predicates, each there and not there. */
#define CONDITIONAL_BRANCHES(X)						\
	X(more_than, MORE_THAN_CONDITIONAL, 1, present)			\
	X(less_than, LESS_THAN_CONDITIONAL, 1, present)			\
	X(count, COUNT_CONDITIONAL, 1, present)				\
	X(at_least, AT_LEAST_CONDITIONAL, 1, present)			\
	X(run, RUN_CONDITIONAL, present)				\
	X(once, ONCE_CONDITIONAL, present)				\
	X(never, NEVER_CONDITIONAL, present)				\
	X(optional, OPTIONAL_CONDITIONAL, present)			\
	X(fault, FAULT_INJECTION_CONDITIONAL, present)			\
	X(query, STATUS_QUERY_CONDITIONAL, "even, unless", 3, tracked_query, present) \
	X(no_more_than, MORE_THAN_CONDITIONAL, 1, absent)		\
	X(no_less_than, LESS_THAN_CONDITIONAL, 1, absent)		\
	X(no_count, COUNT_CONDITIONAL, 1, absent)			\
	X(no_at_least, AT_LEAST_CONDITIONAL, 1, absent)			\
	X(no_run, RUN_CONDITIONAL, absent)				\
	X(no_once, ONCE_CONDITIONAL, absent)				\
	X(no_never, NEVER_CONDITIONAL, absent)				\
	X(no_optional, OPTIONAL_CONDITIONAL, absent)			\
	X(no_fault, FAULT_INJECTION_CONDITIONAL, absent)		\
	X(no_query, STATUS_QUERY_CONDITIONAL, "", 3, tracked_query, absent)

DMF_BRANCHES(conditional, CONDITIONAL_BRANCHES);

static const struct dmf_branch_track_config conditional_config = {
	.branches = &conditional_branches,
};

static const struct dmf_client_ops conditional_ops = {
	.modules_add	= tracked_modules_add,
	.branch_track	= &conditional_config,
};

static void conditional_branches_are_listed_if_they_are_there(struct kunit *test)
{
	struct tracked *t = test->priv;
	struct dmf_device *ddev;
	unsigned int i;
	void *details;
	size_t size;

	t->parents = 1;
	ddev = tracked_probe_ops(test, &conditional_ops);
	/* And one of the child's. */
	KUNIT_EXPECT_EQ(test, t->conditions, conditional_branches.count + 1);
	/* What is not there may be executed, and is not listed. */
	DMF_BRANCH(conditional, ddev, no_run);
	details = tracked_details(test, ddev, 0, &size);
	for (i = 0; i < conditional_branches.count; i++) {
		const char *name = conditional_branches.branches[i].name;
		bool there = tracked_find(details, size, "conditional", name);

		if (strcmp(name, "fault"))
			KUNIT_EXPECT_EQ_MSG(test, there, strncmp(name, "no_", 3) != 0, "%s", name);
	}
	KUNIT_EXPECT_NOT_NULL(test, tracked_find(details, size, "conditional",
						 "fault[NoFaultInjection]"));
	KUNIT_EXPECT_NULL(test, tracked_find(details, size, "conditional",
					     "no_fault[NoFaultInjection]"));
}

static void conditional_branch_of_a_module_is_there_if_it_is_in_any_instance(struct kunit *test)
{
	struct tracked *t = test->priv;
	struct dmf_device *ddev;
	void *details;
	size_t size;

	t->parents = 1;
	ddev = tracked_probe(test);
	details = tracked_details(test, ddev, 0, &size);
	KUNIT_EXPECT_NULL(test, tracked_find(details, size, "child", "only_odd"));
	tracked_create_child(test, ddev, NULL, 2);
	details = tracked_details(test, ddev, 0, &size);
	KUNIT_EXPECT_NULL(test, tracked_find(details, size, "child", "only_odd"));
	dmf_module_destroy(tracked_create_child(test, ddev, NULL, 3));
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "child", "only_odd"), 0);
	KUNIT_EXPECT_EQ(test, t->conditions, 3);
}

static void conditional_checkpoint_counts_if_its_condition_holds(struct kunit *test)
{
	struct dmf_device *ddev = tracked_probe(test);
	int i;

	for (i = 0; i < 5; i++)
		DMF_BRANCH_CONDITIONAL(tracked, ddev, optional, i > 1);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "tracked", "optional"), 3);
}

/* -- Switched off, absent ----------------------------------------------------------- */

static bool evaluated(bool *flag)
{
	*flag = true;
	return true;
}

static const struct dmf_client_ops unasked_ops = { .modules_add = tracked_modules_add };

static void expect_absent(struct kunit *test, struct dmf_device *ddev)
{
	struct dmf_branch_track *feature = dmf_branch_track_get_from_device(ddev);
	struct tracked *t = test->priv;
	size_t needed = 1;

	KUNIT_EXPECT_NULL(test, feature);
	KUNIT_EXPECT_NULL(test, ddev->branches);
	KUNIT_EXPECT_NULL(test, t->child->branches);
	execute_all(ddev);
	DMF_BRANCH(child, t->child, used);
	KUNIT_EXPECT_NULL(test, dmf_branch_track_check_point_create(feature, &child_branches,
								    t->child));
	expect_status(test, ddev, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, dmf_branch_track_query(feature, DMF_BRANCH_TRACK_STATUS, 0, NULL, 0,
						     &needed), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, needed, 0);
	dmf_branch_track_show(feature, NULL);
	dmf_branch_track_reset(feature);
}

static void client_that_has_not_asked_has_none(struct kunit *test)
{
	struct tracked *t = test->priv;

	t->parents = 1;
	expect_absent(test, tracked_probe_ops(test, &unasked_ops));
}

static void client_that_has_asked_has_none_while_it_is_off(struct kunit *test)
{
	struct tracked *t = test->priv;
	struct dmf_device *ddev;
	bool flag = false;

	t->parents = 1;
	dmf_branch_track_wanted = false;
	ddev = tracked_probe(test);
	expect_absent(test, ddev);
	KUNIT_EXPECT_FALSE(test, static_key_enabled(&dmf_branch_track_key));
	DMF_BRANCH_CONDITIONAL(tracked, ddev, run, evaluated(&flag));
	KUNIT_EXPECT_FALSE(test, flag);
	/* Nothing changes for a device that is bound. */
	dmf_branch_track_wanted = true;
	expect_absent(test, ddev);
}

/* Another device has it, so checkpoints are on. */
static void absent_feature_is_harmless_beside_a_present_one(struct kunit *test)
{
	struct tracked *t = test->priv;
	struct dmf_device *with;

	t->parents = 1;
	with = tracked_probe(test);
	KUNIT_EXPECT_TRUE(test, static_key_enabled(&dmf_branch_track_key));
	expect_absent(test, tracked_probe_ops(test, &unasked_ops));
	KUNIT_EXPECT_EQ(test, tracked_count(test, with, "tracked", "run"), 0);
}

static void key_is_on_as_long_as_any_device_has_it(struct kunit *test)
{
	struct dmf_device *first, *second;

	KUNIT_EXPECT_FALSE(test, static_key_enabled(&dmf_branch_track_key));
	first = tracked_probe(test);
	second = tracked_probe_second(test);
	dmf_kunit_remove(test, first);
	KUNIT_EXPECT_TRUE(test, static_key_enabled(&dmf_branch_track_key));
	dmf_kunit_remove(test, second);
	KUNIT_EXPECT_FALSE(test, static_key_enabled(&dmf_branch_track_key));
}

static void checkpoint_ignores_objects_of_another_kind(struct kunit *test)
{
	struct tracked *t = test->priv;
	struct dmf_module *nobody = NULL;
	struct dmf_device *ddev;

	t->parents = 1;
	ddev = tracked_probe(test);
	DMF_BRANCH(tracked, (struct dmf_device *)NULL, run);
	DMF_BRANCH(parent, nobody, used);
	DMF_BRANCH(parent, t->child, used);
	DMF_BRANCH(child, ddev, used);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "parent", "used"), 0);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "child", "used"), 0);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "tracked", "more_than"), 0);
}

/* -- Who counts where ------------------------------------------------------------------ */

static void client_counts_from_modules_add_on(struct kunit *test)
{
	struct dmf_device *ddev = tracked_probe(test);

	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "tracked", "modules_add"), 1);
}

static void feature_is_the_first_module(struct kunit *test)
{
	struct tracked *t = test->priv;
	struct dmf_device *ddev;

	t->parents = 1;
	ddev = tracked_probe(test);
	KUNIT_EXPECT_PTR_EQ(test, list_first_entry(&ddev->modules, struct dmf_module, sibling),
			    ddev->features[DMF_FEATURE_BRANCH_TRACK]);
	KUNIT_EXPECT_PTR_EQ(test, ddev->phases[DMF_PHASE_CREATE].modules[0],
			    ddev->features[DMF_FEATURE_BRANCH_TRACK]);
	KUNIT_EXPECT_NOT_NULL(test, dmf_device_node_name(ddev));
}

static void feature_is_open_before_the_others_and_outlives_them(struct kunit *test)
{
	struct tracked *t = test->priv;
	struct dmf_device *ddev;

	t->parents = 2;
	ddev = tracked_probe(test);
	tracked_create_child(test, ddev, NULL, 2);
	tracked_create_child(test, ddev, t->modules[0], 3);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, t->early, 4);
	KUNIT_EXPECT_EQ(test, t->late, 4);
}

static void instances_share_a_table_from_open_on(struct kunit *test)
{
	struct tracked *t = test->priv;
	struct dmf_device *ddev, *other;
	unsigned int i;

	t->parents = 3;
	ddev = tracked_probe(test);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "parent", "opened"), 3);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "child", "opened"), 3);
	for (i = 0; i < t->parents; i++)
		DMF_BRANCH(parent, t->modules[i], used);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "parent", "used"), 3);
	/* Of one device. */
	other = tracked_probe_second(test);
	KUNIT_EXPECT_EQ(test, tracked_count(test, other, "parent", "used"), 0);
}

static void children_are_listed_before_their_parent(struct kunit *test)
{
	struct tracked *t = test->priv;
	const void *child, *parent;
	struct dmf_device *ddev;
	void *details;
	size_t size;

	t->parents = 1;
	ddev = tracked_probe(test);
	details = tracked_details(test, ddev, 0, &size);
	KUNIT_EXPECT_PTR_EQ(test, (const void *)tracked_find(details, size, "tracked", "more_than"),
			    (const void *)details);
	child = tracked_find(details, size, "child", "opened");
	parent = tracked_find(details, size, "parent", "opened");
	KUNIT_ASSERT_NOT_NULL(test, child);
	KUNIT_EXPECT_LT(test, (unsigned long)child, (unsigned long)parent);
	KUNIT_EXPECT_TRUE(test, ((const struct dmf_branch_track_entry *)child)->flags &
				DMF_BRANCH_TRACK_OF_MODULE);
}

static void dynamic_modules_count_and_leave_their_table(struct kunit *test)
{
	struct tracked *t = test->priv;
	struct dmf_device *ddev;
	struct dmf_module *child;
	size_t before, size;
	int i;

	t->parents = 0;
	ddev = tracked_probe(test);
	tracked_details(test, ddev, 0, &before);
	child = tracked_create_child(test, ddev, NULL, 1);
	DMF_BRANCH(child, child, used);
	dmf_module_destroy(child);
	tracked_details(test, ddev, 0, &size);
	KUNIT_EXPECT_GT(test, size, before);
	before = size;
	for (i = 0; i < 20; i++)
		dmf_module_destroy(tracked_create_child(test, ddev, NULL, i));
	tracked_details(test, ddev, 0, &size);
	KUNIT_EXPECT_EQ(test, size, before);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "child", "used"), 1);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "child", "opened"), 21);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "child", "destroyed"), 21);
	/* One set of counters for each table, whoever comes and goes. */
	KUNIT_EXPECT_EQ(test, llist_empty(&ddev->branch_counters), false);
	KUNIT_EXPECT_NULL(test, ddev->branch_counters.first->next->next);
}

/* -- Queries ------------------------------------------------------------------------------ */

static void status_has_the_totals_and_the_name(struct kunit *test)
{
	struct dmf_device *ddev = tracked_probe(test);
	struct dmf_branch_track *feature = dmf_branch_track_get_from_device(ddev);
	struct dmf_branch_track_status status;
	size_t needed;

	memset(&status, 0xa5, sizeof(status));
	KUNIT_EXPECT_EQ(test, dmf_branch_track_query(feature, DMF_BRANCH_TRACK_STATUS, 0, &status,
						     sizeof(status), &needed), 0);
	KUNIT_EXPECT_EQ(test, needed, sizeof(status));
	KUNIT_EXPECT_EQ(test, status.total, 11);
	KUNIT_EXPECT_EQ(test, status.passed, 6);
	KUNIT_EXPECT_EQ(test, status.reserved, 0);
	KUNIT_EXPECT_EQ(test, dmf_branch_track_query(feature, DMF_BRANCH_TRACK_STATUS,
						     DMF_BRANCH_TRACK_FAULTS, &status,
						     sizeof(status), &needed), 0);
	KUNIT_EXPECT_EQ(test, status.passed, 5);
	KUNIT_EXPECT_STREQ(test, status.client_name, "tracked client");
	KUNIT_EXPECT_NULL(test, memchr_inv(status.client_name + strlen("tracked client"), 0,
					   sizeof(status.client_name) - strlen("tracked client")));
}

static void name_is_that_of_the_driver_if_none_is_given(struct kunit *test)
{
	struct dmf_device *ddev = tracked_probe_ops(test, &conditional_ops);
	struct dmf_branch_track_status status;
	size_t needed;

	KUNIT_EXPECT_EQ(test, dmf_branch_track_query(dmf_branch_track_get_from_device(ddev),
						     DMF_BRANCH_TRACK_STATUS, 0, &status,
						     sizeof(status), &needed), 0);
	KUNIT_EXPECT_STREQ(test, status.client_name, "dmf_fake");
}

static void too_small_a_buffer_is_told_how_much(struct kunit *test)
{
	static const u32 types[] = { DMF_BRANCH_TRACK_STATUS, DMF_BRANCH_TRACK_DETAILS };
	struct dmf_device *ddev = tracked_probe(test);
	struct dmf_branch_track *feature = dmf_branch_track_get_from_device(ddev);
	size_t size, needed;
	u8 *buffer;
	int i;

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, dmf_branch_track_query(feature, types[i], 0, NULL, 0, &size),
				-ENOSPC);
		buffer = kunit_kmalloc(test, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buffer);
		buffer[size - 1] = 0xa5;
		KUNIT_EXPECT_EQ(test, dmf_branch_track_query(feature, types[i], 0, buffer, size - 1,
							     &needed), -ENOSPC);
		KUNIT_EXPECT_EQ(test, needed, size);
		KUNIT_EXPECT_EQ(test, buffer[size - 1], 0xa5);
		KUNIT_EXPECT_EQ(test, dmf_branch_track_query(feature, types[i], 0, buffer, size,
							     &needed), 0);
		KUNIT_EXPECT_EQ(test, needed, size);
	}
}

static void unknown_questions_are_refused(struct kunit *test)
{
	struct dmf_branch_track *feature =
		dmf_branch_track_get_from_device(tracked_probe(test));
	size_t needed;

	KUNIT_EXPECT_EQ(test, dmf_branch_track_query(feature, 0, 0, NULL, 0, &needed), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, dmf_branch_track_query(feature, 3, 0, NULL, 0, &needed), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, dmf_branch_track_query(feature, DMF_BRANCH_TRACK_STATUS, 2, NULL, 0,
						     &needed), -EINVAL);
}

/* What the ioctl does: by a file, of any size. */
static void file_is_answered_what_fits(struct kunit *test)
{
	struct dmf_branch_track_query query = { .type = DMF_BRANCH_TRACK_DETAILS };
	struct dmf_device *ddev = tracked_probe(test);
	struct dmf_file *file = dmf_kunit_open(test, ddev);
	size_t needed, size;
	void *answer;

	KUNIT_EXPECT_EQ(test, dmf_branches_query(file, &query, &answer, &size), -ENOSPC);
	KUNIT_EXPECT_NULL(test, answer);
	query.size = size - 1;
	KUNIT_EXPECT_EQ(test, dmf_branches_query(file, &query, &answer, &needed), -ENOSPC);
	KUNIT_EXPECT_NULL(test, answer);
	KUNIT_EXPECT_EQ(test, needed, size);
	/* No matter how much there is, no more than this is allocated. */
	query.size = U32_MAX;
	KUNIT_EXPECT_EQ(test, dmf_branches_query(file, &query, &answer, &needed), 0);
	KUNIT_EXPECT_EQ(test, needed, size);
	KUNIT_EXPECT_NOT_NULL(test, tracked_find(answer, needed, "tracked", "query"));
	kvfree(answer);

	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dmf_branches_query(file, &query, &answer, &needed), -ENODEV);
	KUNIT_EXPECT_NULL(test, answer);
}

/* A filter without BranchTrack: the device below answers. */
static void uppermost_device_that_tracks_answers(struct kunit *test)
{
	struct dmf_branch_track_query query = {
		.type = DMF_BRANCH_TRACK_STATUS, .size = sizeof(struct dmf_branch_track_status),
	};
	struct dmf_client_ops ops = tracked_ops;
	struct dmf_branch_track_status *status;
	struct fake_filter *filter;
	struct dmf_device *ddev;
	struct dmf_file *file;
	size_t needed;
	void *answer;

	ops.filterable = &dmf_filterable;
	ddev = tracked_probe_ops(test, &ops);
	filter = dmf_kunit_filter_register(test, KBUILD_MODNAME, &unasked_ops);
	KUNIT_ASSERT_NOT_NULL(test, dmf_kunit_filter_device(filter));
	file = dmf_kunit_open_node(test, ddev);
	KUNIT_ASSERT_PTR_EQ(test, file->ddev, dmf_kunit_filter_device(filter));
	KUNIT_ASSERT_EQ(test, dmf_branches_query(file, &query, &answer, &needed), 0);
	status = answer;
	KUNIT_EXPECT_STREQ(test, status->client_name, "tracked client");
	kvfree(answer);
}

static void reset_counts_from_zero_again(struct kunit *test)
{
	struct tracked *t = test->priv;
	struct dmf_device *ddev;
	int i;

	t->parents = 1;
	ddev = tracked_probe(test);
	for (i = 0; i < 7; i++)
		DMF_BRANCH(tracked, ddev, run);
	DMF_BRANCH(tracked, ddev, more_than);
	dmf_branch_track_reset(dmf_branch_track_get_from_device(ddev));
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "tracked", "run"), 0);
	/* All of them, and those of Modules. */
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "tracked", "more_than"), 0);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "tracked", "modules_add"), 0);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "parent", "opened"), 0);
	DMF_BRANCH(tracked, ddev, run);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "tracked", "run"), 1);
}

static void text_has_all_branches_and_a_summary(struct kunit *test)
{
	static const char * const expected[] = {
		"FAILED          1  never               0  tracked.never branch_track_fixture.c:",
		"-               0  more than           0  tracked.fault[FaultInjection] ",
		"passed          0  less than           2  tracked.less_than ",
		"client=tracked\\040client branches=11 passed=5\n",
	};
	struct seq_file seq = { .size = PAGE_SIZE };
	struct dmf_device *ddev = tracked_probe(test);
	unsigned int lines = 0;
	const char *text;

	seq.buf = kunit_kzalloc(test, seq.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, seq.buf);
	DMF_BRANCH(tracked, ddev, never);
	dmf_branch_track_show(dmf_branch_track_get_from_device(ddev), &seq);
	for (text = seq.buf; text && *text; text = strchr(text, '\n') + 1)
		lines++;
	KUNIT_EXPECT_EQ(test, lines, 13);
	for (lines = 0; lines < ARRAY_SIZE(expected); lines++)
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(seq.buf, expected[lines]), "%s",
					  expected[lines]);
}

static void tree_tells_what_is_known(struct kunit *test)
{
	struct seq_file seq = { .size = 128 };
	struct dmf_device *ddev = tracked_probe(test);
	struct dmf_module *module = ddev->features[DMF_FEATURE_BRANCH_TRACK];

	seq.buf = kunit_kzalloc(test, seq.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, seq.buf);
	module->desc->ops->show(module, &seq);
	KUNIT_EXPECT_STREQ(test, seq.buf, "client=tracked\\040client tables=1 branches=11");
}

/* -- Bad Configs, and no memory ------------------------------------------------------------- */

static int probe_config(struct kunit *test, const struct dmf_branch_track_config *config)
{
	struct dmf_client_ops ops = tracked_ops;
	struct dmf_device *ddev;

	ops.branch_track = config;
	ddev = dmf_kunit_probe(test, &ops);
	if (IS_ERR(ddev))
		return PTR_ERR(ddev);
	dmf_kunit_remove(test, ddev);
	return 0;
}

static void bad_configs_are_refused(struct kunit *test)
{
	static const struct dmf_branch_table large = {
		.name = "large", .count = DMF_BRANCHES_MAX + 1,
	};
	static const struct dmf_branch row = {
		.name = "row", .predicate = DMF_BRANCH_STATUS_QUERY, .hint = "",
	};
	static const struct dmf_branch_table mute = {
		.name = "mute", .count = 1, .branches = &row,
	};
	static const struct dmf_branch odd_row = {
		.name = "row", .predicate = DMF_BRANCH_STATUS_QUERY + 1,
	};
	static const struct dmf_branch_table odd = {
		.name = "odd", .count = 1, .branches = &odd_row,
	};
	static const struct dmf_branch rows[DMF_BRANCHES_MAX] = { };
	static const struct dmf_branch_table largest = {
		.name = "largest", .file = "", .count = DMF_BRANCHES_MAX, .branches = rows,
	};
	char name[DMF_BRANCH_TRACK_NAME_SIZE + 1] = "";
	struct dmf_branch_track_config config = { .client_name = name };

	KUNIT_EXPECT_EQ(test, probe_config(test, &config), -EINVAL);
	memset(name, 'n', DMF_BRANCH_TRACK_NAME_SIZE);
	KUNIT_EXPECT_EQ(test, probe_config(test, &config), -EINVAL);
	name[DMF_BRANCH_TRACK_NAME_SIZE - 1] = '\0';
	KUNIT_EXPECT_EQ(test, probe_config(test, &config), 0);
	config.branches = &largest;
	KUNIT_EXPECT_EQ(test, probe_config(test, &config), 0);
	config.branches = &large;
	KUNIT_EXPECT_EQ(test, probe_config(test, &config), -EINVAL);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("branch_track: table large has too many"));
	config.branches = &mute;
	KUNIT_EXPECT_EQ(test, probe_config(test, &config), -EINVAL);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("branch_track: table mute has a branch without"));
	config.branches = &odd;
	KUNIT_EXPECT_EQ(test, probe_config(test, &config), -EINVAL);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("branch_track: table odd has a branch without"));
}

#ifdef CONFIG_FAULT_INJECTION
/* The feature is open. What follows, the node, is not to fail. */
static int stop_failing(struct dmf_device *ddev)
{
	struct tracked *t = dmf_kunit_priv(ddev);

	t->failures_left = current->fail_nth;
	current->fail_nth = 0;
	return 0;
}

static const struct dmf_client_ops failing_ops = {
	.branch_track		= &tracked_config,
	.prepare_hardware	= stop_failing,
};

static int create_and_open(struct kunit *test, void *data)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &failing_ops);
	struct tracked *t = test->priv;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);
	dmf_kunit_remove(test, ddev);
	current->fail_nth = t->failures_left;
	return 0;
}
#else
static int create_and_open(struct kunit *test, void *data)
{
	return 0;
}
#endif

static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_nth(test, create_and_open, NULL, 20);
	KUNIT_EXPECT_FALSE(test, static_key_enabled(&dmf_branch_track_key));
}

static int create_and_destroy(struct kunit *test, void *data)
{
	struct tracked *t = test->priv;
	struct dmf_module *child;
	int ret = child_create(data, NULL, 1, &child);

	if (!ret)
		atomic_inc(&t->results);
	dmf_module_destroy(child);
	return ret;
}

/* The first that comes so far brings its table with it. */
static void every_allocation_for_a_dynamic_module_may_fail(struct kunit *test)
{
	struct dmf_device *ddev = tracked_probe(test);
	struct tracked *t = test->priv;

	/* What debugfs lacks is no reason to fail. */
	dmf_kunit_fail_nth(test, create_and_destroy, ddev, 6);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "child", "opened"),
			atomic_read(&t->results));
}

static struct kunit_case branch_track_cases[] = {
	KUNIT_CASE(each_predicate_at_its_border),
	KUNIT_CASE(fault_injection_counts_one_of_its_two_lines),
	KUNIT_CASE(conditional_branches_are_listed_if_they_are_there),
	KUNIT_CASE(conditional_branch_of_a_module_is_there_if_it_is_in_any_instance),
	KUNIT_CASE(conditional_checkpoint_counts_if_its_condition_holds),
	KUNIT_CASE(client_that_has_not_asked_has_none),
	KUNIT_CASE(client_that_has_asked_has_none_while_it_is_off),
	KUNIT_CASE(absent_feature_is_harmless_beside_a_present_one),
	KUNIT_CASE(key_is_on_as_long_as_any_device_has_it),
	KUNIT_CASE(checkpoint_ignores_objects_of_another_kind),
	KUNIT_CASE(client_counts_from_modules_add_on),
	KUNIT_CASE(feature_is_the_first_module),
	KUNIT_CASE(feature_is_open_before_the_others_and_outlives_them),
	KUNIT_CASE(instances_share_a_table_from_open_on),
	KUNIT_CASE(children_are_listed_before_their_parent),
	KUNIT_CASE(dynamic_modules_count_and_leave_their_table),
	KUNIT_CASE(status_has_the_totals_and_the_name),
	KUNIT_CASE(name_is_that_of_the_driver_if_none_is_given),
	KUNIT_CASE(too_small_a_buffer_is_told_how_much),
	KUNIT_CASE(unknown_questions_are_refused),
	KUNIT_CASE(file_is_answered_what_fits),
	KUNIT_CASE(uppermost_device_that_tracks_answers),
	KUNIT_CASE(reset_counts_from_zero_again),
	KUNIT_CASE(text_has_all_branches_and_a_summary),
	KUNIT_CASE(tree_tells_what_is_known),
	KUNIT_CASE(bad_configs_are_refused),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	KUNIT_CASE(every_allocation_for_a_dynamic_module_may_fail),
	{ }
};

static struct kunit_suite branch_track_suite = {
	.name = "dmf_branch_track",
	.init = tracked_init,
	.exit = tracked_exit,
	.test_cases = branch_track_cases,
};

kunit_test_suite(branch_track_suite);
