/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BranchTrack: which branches of a driver have been executed, and whether as often as
 * they should.
 */
#ifndef _LINUX_DMF_BRANCH_TRACK_H
#define _LINUX_DMF_BRANCH_TRACK_H

#include <linux/jump_label.h>
#include <linux/llist.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include <linux/dmf/types.h>
#include <uapi/linux/dmf/branch_track.h>

struct seq_file;

/**
 * DOC: Tables of branches, and checkpoints
 *
 * A Client, or a kind of Module, declares its branches once, in a table: the name of
 * each and what is expected of it.
 *
 *	#define EDU_BRANCHES(X)						\
 *		X(result, RUN)						\
 *		X(late_interrupt, LESS_THAN, 3)				\
 *		X(no_memory, FAULT_INJECTION)				\
 *		X(by_dma, RUN_CONDITIONAL, edu_has_dma)
 *
 *	DMF_BRANCHES(edu, EDU_BRANCHES);
 *
 * A checkpoint is where the branch is:
 *
 *	DMF_BRANCH(edu, ddev, late_interrupt);
 *
 * It is for the Client's table with the device, for a Module's with the Module; one that
 * names no branch of the table does not compile. A branch without a checkpoint, or whose
 * checkpoint nobody reaches, is listed all the same: with a count of 0.
 *
 * The feature BranchTrack counts, for a Client whose &dmf_client_ops.branch_track asks for
 * it, while dmf's parameter branch_track is set. It is the first Module of its device: all
 * others, dynamic ones too, have their table from the end of their creation on
 * (&dmf_module_desc.branches), the Client has its own before modules_add. Without the
 * feature checkpoints and Methods do nothing. As long as no device has it a checkpoint
 * is one instruction that does nothing, and its arguments are not evaluated.
 *
 * Of a kind of Module all instances of a device, also those that are gone, count in one
 * table: a branch has been executed if any of them has executed it.
 *
 * Counters are per CPU and a machine word long: on a 32-bit system a branch may be
 * executed 2^32 times.
 *
 * Counters live as long as the &struct dmf_device. A checkpoint may be reached whenever
 * its Module or device may be used, in any context.
 *
 * DMF: DMF_BranchTrack.
 */

DMF_DECLARE_MODULE(branch_track);

struct dmf_branch;

/**
 * typedef dmf_branch_status_query_fn - whether a branch has passed
 * @branch: the branch
 * @count: how often it was executed
 *
 * Called in process context, without locks, at the same time for several who ask.
 * Returns true if that is as expected.
 *
 * DMF: EVT_DMF_BranchTrack_StatusQuery.
 */
typedef bool dmf_branch_status_query_fn(const struct dmf_branch *branch, u64 count);

/**
 * typedef dmf_branch_condition_fn - whether a branch is there in this device
 * @ddev: the device
 * @module: the Module, as it has been created; NULL for the Client's table
 *
 * Called in process context without locks of the core, for the Client's table after
 * modules_add and before other Modules open, for that of a Module when one has been
 * created. A branch of which this returns false is not listed; of a kind of Module, if it
 * does for each instance.
 */
typedef bool dmf_branch_condition_fn(struct dmf_device *ddev, struct dmf_module *module);

/**
 * enum dmf_branch_predicate - what is expected of a branch
 * @DMF_BRANCH_MORE_THAN: more than &dmf_branch.expected.
 *	DMF: DMF_BranchTrack_Helper_BranchStatusQuery_MoreThan.
 * @DMF_BRANCH_LESS_THAN: less than that.
 *	DMF: DMF_BranchTrack_Helper_BranchStatusQuery_LessThan.
 * @DMF_BRANCH_COUNT: exactly that.
 *	DMF: DMF_BranchTrack_Helper_BranchStatusQuery_Count.
 * @DMF_BRANCH_AT_LEAST: that or more.
 *	DMF: DMF_BranchTrack_Helper_BranchStatusQuery_AtLeast.
 * @DMF_BRANCH_NEVER: 0.
 * @DMF_BRANCH_OPTIONAL: anything.
 * @DMF_BRANCH_FAULT_INJECTION: never, but more than 0 if faults are injected.
 * @DMF_BRANCH_STATUS_QUERY: what &dmf_branch.status_query says.
 */
enum dmf_branch_predicate {
	DMF_BRANCH_MORE_THAN,
	DMF_BRANCH_LESS_THAN,
	DMF_BRANCH_COUNT,
	DMF_BRANCH_AT_LEAST,
	DMF_BRANCH_NEVER,
	DMF_BRANCH_OPTIONAL,
	DMF_BRANCH_FAULT_INJECTION,
	DMF_BRANCH_STATUS_QUERY,
};

/**
 * struct dmf_branch - a row of a table; written by the macros
 * @name: of the branch.
 * @predicate: what is expected of it.
 * @expected: the number that goes with @predicate.
 * @hint: words for @predicate, if it is DMF_BRANCH_STATUS_QUERY.
 * @status_query: decides then.
 * @condition: whether the branch is there; NULL: it is.
 */
struct dmf_branch {
	const char *name;
	enum dmf_branch_predicate predicate;
	u64 expected;
	const char *hint;
	dmf_branch_status_query_fn *status_query;
	dmf_branch_condition_fn *condition;
};

/**
 * struct dmf_branch_table - the branches of a Client or of a kind of Module
 * @name: of the table.
 * @file: source file that declares it.
 * @line: line there.
 * @count: number of @branches, at most DMF_BRANCHES_MAX.
 * @branches: the rows.
 */
struct dmf_branch_table {
	const char *name;
	const char *file;
	unsigned int line;
	unsigned int count;
	const struct dmf_branch *branches;
};

/* A table may have so many branches. */
#define DMF_BRANCHES_MAX	1024

/* What a row of each kind becomes. */
#define __DMF_BRANCH(_name, _predicate, _expected, _condition)			\
	{ .name = #_name, .predicate = DMF_BRANCH_##_predicate,			\
	  .expected = (_expected), .condition = (_condition) },

#define __DMF_BRANCH_MORE_THAN_CONDITIONAL(_name, _expected, _condition)	\
	__DMF_BRANCH(_name, MORE_THAN, _expected, _condition)
#define __DMF_BRANCH_LESS_THAN_CONDITIONAL(_name, _expected, _condition)	\
	__DMF_BRANCH(_name, LESS_THAN, _expected, _condition)
#define __DMF_BRANCH_COUNT_CONDITIONAL(_name, _expected, _condition)		\
	__DMF_BRANCH(_name, COUNT, _expected, _condition)
#define __DMF_BRANCH_AT_LEAST_CONDITIONAL(_name, _expected, _condition)		\
	__DMF_BRANCH(_name, AT_LEAST, _expected, _condition)
#define __DMF_BRANCH_RUN_CONDITIONAL(_name, _condition)				\
	__DMF_BRANCH(_name, MORE_THAN, 0, _condition)
#define __DMF_BRANCH_ONCE_CONDITIONAL(_name, _condition)			\
	__DMF_BRANCH(_name, COUNT, 1, _condition)
#define __DMF_BRANCH_NEVER_CONDITIONAL(_name, _condition)			\
	__DMF_BRANCH(_name, NEVER, 0, _condition)
#define __DMF_BRANCH_OPTIONAL_CONDITIONAL(_name, _condition)			\
	__DMF_BRANCH(_name, OPTIONAL, 0, _condition)
#define __DMF_BRANCH_FAULT_INJECTION_CONDITIONAL(_name, _condition)		\
	__DMF_BRANCH(_name, FAULT_INJECTION, 0, _condition)
#define __DMF_BRANCH_STATUS_QUERY_CONDITIONAL(_name, _hint, _expected, _query, _condition) \
	{ .name = #_name, .predicate = DMF_BRANCH_STATUS_QUERY, .expected = (_expected), \
	  .hint = (_hint), .status_query = (_query), .condition = (_condition) },

#define __DMF_BRANCH_MORE_THAN(_name, _expected)				\
	__DMF_BRANCH_MORE_THAN_CONDITIONAL(_name, _expected, NULL)
#define __DMF_BRANCH_LESS_THAN(_name, _expected)				\
	__DMF_BRANCH_LESS_THAN_CONDITIONAL(_name, _expected, NULL)
#define __DMF_BRANCH_COUNT(_name, _expected)					\
	__DMF_BRANCH_COUNT_CONDITIONAL(_name, _expected, NULL)
#define __DMF_BRANCH_AT_LEAST(_name, _expected)					\
	__DMF_BRANCH_AT_LEAST_CONDITIONAL(_name, _expected, NULL)
#define __DMF_BRANCH_RUN(_name)			__DMF_BRANCH_RUN_CONDITIONAL(_name, NULL)
#define __DMF_BRANCH_ONCE(_name)		__DMF_BRANCH_ONCE_CONDITIONAL(_name, NULL)
#define __DMF_BRANCH_NEVER(_name)		__DMF_BRANCH_NEVER_CONDITIONAL(_name, NULL)
#define __DMF_BRANCH_OPTIONAL(_name)		__DMF_BRANCH_OPTIONAL_CONDITIONAL(_name, NULL)
#define __DMF_BRANCH_FAULT_INJECTION(_name)					\
	__DMF_BRANCH_FAULT_INJECTION_CONDITIONAL(_name, NULL)
#define __DMF_BRANCH_STATUS_QUERY(_name, _hint, _expected, _query)		\
	__DMF_BRANCH_STATUS_QUERY_CONDITIONAL(_name, _hint, _expected, _query, NULL)

#define __DMF_BRANCH_ROW(_name, _predicate, ...)				\
	__DMF_BRANCH_##_predicate(_name, ##__VA_ARGS__)

/*
 * The number of a branch is the place of its name in a structure that nobody makes: so
 * each table has names of its own, and no name is in it twice.
 */
#define __DMF_BRANCH_MEMBER(_name, ...)		char _name;

#define __DMF_BRANCH_NUMBERS(_table, _rows)					\
struct _table##_branch_numbers {						\
	_rows(__DMF_BRANCH_MEMBER)						\
}

#define __DMF_BRANCH_TABLE(_table, _rows) {					\
	.name = #_table,							\
	.file = __FILE__,							\
	.line = __LINE__,							\
	.count = sizeof(struct _table##_branch_numbers),			\
	.branches = (const struct dmf_branch[]){ _rows(__DMF_BRANCH_ROW) },	\
}

/**
 * DMF_BRANCHES - define a table of branches for one source file
 * @_table: its name; &struct dmf_branch_table @_table_branches is for the Client's
 *	&dmf_branch_track_config.branches or the Module's &dmf_module_desc.branches
 * @_rows: a macro with one argument, X, that is X(name, predicate, ...) for each branch
 *
 * Predicates, and what follows each:
 *
 * * MORE_THAN, LESS_THAN, COUNT (exactly), AT_LEAST: a number
 * * RUN, ONCE, NEVER, OPTIONAL: nothing
 * * FAULT_INJECTION: nothing. Two lines in the reports: name[NoFaultInjection] is to
 *   run never, name[FaultInjection] is to run. Which of the two counts the one decides
 *   who asks.
 * * STATUS_QUERY: words for the reports, a number, a &typedef dmf_branch_status_query_fn
 * * each of these with _CONDITIONAL: the same, then a &typedef dmf_branch_condition_fn
 *
 * DMF: EVT_DMF_BranchTrack_BranchesInitialize, DMF_BRANCHTRACK_CREATE,
 * DMF_BRANCHTRACK_CREATE_CONDITIONAL.
 */
#define DMF_BRANCHES(_table, _rows)						\
	__DMF_BRANCH_NUMBERS(_table, _rows);					\
	static const struct dmf_branch_table _table##_branches =		\
		__DMF_BRANCH_TABLE(_table, _rows)

/**
 * DMF_DECLARE_BRANCHES - declare a table of branches for several source files
 * @_table: as for DMF_BRANCHES()
 * @_rows: as for DMF_BRANCHES()
 *
 * For their common header; one of the files has DMF_DEFINE_BRANCHES().
 */
#define DMF_DECLARE_BRANCHES(_table, _rows)					\
	__DMF_BRANCH_NUMBERS(_table, _rows);					\
	extern const struct dmf_branch_table _table##_branches

/**
 * DMF_DEFINE_BRANCHES - define a table that DMF_DECLARE_BRANCHES() has declared
 * @_table: as for DMF_BRANCHES()
 * @_rows: as for DMF_BRANCHES()
 */
#define DMF_DEFINE_BRANCHES(_table, _rows)					\
	const struct dmf_branch_table _table##_branches =			\
		__DMF_BRANCH_TABLE(_table, _rows)

/* True while any device has BranchTrack. */
DECLARE_STATIC_KEY_FALSE(dmf_branch_track_key);

void __dmf_branch_count_of_device(const struct dmf_device *ddev,
				  const struct dmf_branch_table *table, unsigned int number);
void __dmf_branch_count_of_module(const struct dmf_module *module,
				  const struct dmf_branch_table *table, unsigned int number);

#define __dmf_branch_count(_object)						\
	_Generic((_object),							\
		 struct dmf_device *: __dmf_branch_count_of_device,		\
		 const struct dmf_device *: __dmf_branch_count_of_device,	\
		 struct dmf_module *: __dmf_branch_count_of_module,		\
		 const struct dmf_module *: __dmf_branch_count_of_module)

/**
 * DMF_BRANCH_CONDITIONAL - a checkpoint: a branch is executed if a condition holds
 * @_table: name of the table
 * @_object: the &struct dmf_device, for the Client's table, or the &struct dmf_module,
 *	for that of its kind; NULL does nothing, nor does one with another table
 * @_name: name of the branch
 * @_condition: whether to count; evaluated, as @_object is, only while some device has
 *	BranchTrack
 *
 * DMF: DMF_BranchTrack_CheckPointExecute.
 *
 * Context: any; in an NMI where this_cpu_inc() is one instruction, as on x86, or
 * disables no interrupts, as on arm64.
 */
#define DMF_BRANCH_CONDITIONAL(_table, _object, _name, _condition)		\
do {										\
	if (static_branch_unlikely(&dmf_branch_track_key) && (_condition))	\
		__dmf_branch_count(_object)(_object, &_table##_branches,	\
			offsetof(struct _table##_branch_numbers, _name));	\
} while (0)

/**
 * DMF_BRANCH - a checkpoint: a branch is executed
 * @_table: as for DMF_BRANCH_CONDITIONAL()
 * @_object: as for DMF_BRANCH_CONDITIONAL()
 * @_name: name of the branch
 *
 * Whatever the predicate, which is in the table.
 *
 * DMF: DMF_BRANCHTRACK_MORE_THAN, DMF_BRANCHTRACK_LESS_THAN, DMF_BRANCHTRACK_COUNT,
 * DMF_BRANCHTRACK_AT_LEAST, DMF_BRANCHTRACK_RUN, DMF_BRANCHTRACK_ONCE, DMF_BRANCHTRACK_NEVER,
 * DMF_BRANCHTRACK_OPTIONAL, DMF_BRANCHTRACK_FAULT_INJECTION.
 *
 * Context: that of DMF_BRANCH_CONDITIONAL().
 */
#define DMF_BRANCH(_table, _object, _name)					\
	DMF_BRANCH_CONDITIONAL(_table, _object, _name, true)

/**
 * struct dmf_branch_track_config - what the feature tracks
 * @client_name: name of the driver in reports, less than DMF_BRANCH_TRACK_NAME_SIZE
 *	characters; NULL for that of its .ko.
 * @branches: the Client's own table, or NULL if it has none; that of a Module is in its
 *	descriptor.
 *
 * Both outlive the device.
 *
 * DMF: DMF_CONFIG_BranchTrack, DMF_BranchTrack_CONFIG_INIT.
 */
struct dmf_branch_track_config {
	const char *client_name;
	const struct dmf_branch_table *branches;
};

/**
 * struct dmf_branch_counters - a table that is counted
 *
 * For the core and for BranchTrack.
 */
struct dmf_branch_counters {
	/* private: */
	struct llist_node node;			/* in the device's list */
	const struct dmf_branch_table *table;
	unsigned long __percpu *counts;		/* of each branch */
};

struct dmf_branch_counters *dmf_device_add_branches(struct dmf_device *ddev,
						    const struct dmf_branch_table *table);

/**
 * dmf_branch_track_get_from_device - the feature of a device
 * @ddev: the device
 *
 * As dmf_feature_module_get_from_device(), with the type that the Methods take.
 *
 * Context: any, after modules_add, while the device is bound.
 * Return: the feature, or NULL.
 */
struct dmf_branch_track *dmf_branch_track_get_from_device(const struct dmf_device *ddev);

/**
 * dmf_branch_track_check_point_create - have a table counted
 * @branch_track: the feature; NULL does nothing
 * @table: the table; one that is known is not made again
 * @module: a Module that has been created with it; NULL: it is the Client's
 *
 * The core does this for the Client and for each Module.
 *
 * DMF: DMF_BranchTrack_CheckPointCreate.
 *
 * Context: process, may sleep; while the device is bound.
 * Return: the counters, which live as long as the device does; NULL without feature
 * or without branches; ERR_PTR() of -ENOMEM, or -EINVAL, with a message, if the table has
 * too many branches, a row has no such predicate, or a row STATUS_QUERY lacks something.
 */
struct dmf_branch_counters *
dmf_branch_track_check_point_create(struct dmf_branch_track *branch_track,
				    const struct dmf_branch_table *table,
				    struct dmf_module *module);

/**
 * dmf_branch_track_status - how many branches are as expected
 * @branch_track: the feature; NULL: none
 * @flags: DMF_BRANCH_TRACK_FAULTS if faults were injected, or 0
 * @total: number of branches
 * @passed: how many of them are as expected
 *
 * Context: process, may sleep; while the device is bound.
 */
void dmf_branch_track_status(struct dmf_branch_track *branch_track, u32 flags, u32 *total,
			     u32 *passed);

/**
 * dmf_branch_track_query - what DMF_IOC_BRANCH_TRACK answers
 * @branch_track: the feature; NULL: -EOPNOTSUPP
 * @type: DMF_BRANCH_TRACK_STATUS or _DETAILS
 * @flags: DMF_BRANCH_TRACK_FAULTS if faults were injected, or 0
 * @buffer: where to write the answer, aligned to 8 bytes; NULL if @size is 0
 * @size: size of @buffer in bytes
 * @needed: how many bytes the answer has, with -ENOSPC too
 *
 * Counting goes on meanwhile: each count is that of a moment.
 *
 * Context: process, may sleep; while the device is bound.
 * Return: 0; -EOPNOTSUPP also if there is no such type; -EINVAL for unknown flags; -ENOSPC
 * if @size is too small, with @buffer unspecified.
 */
int dmf_branch_track_query(struct dmf_branch_track *branch_track, u32 type, u32 flags,
			   void *buffer, size_t size, size_t *needed);

/**
 * dmf_branch_track_show - the table as text, as debugfs has it
 * @branch_track: the feature; NULL: nothing is written
 * @seq: where to write
 *
 * Context: process, may sleep; while the device is bound.
 */
void dmf_branch_track_show(struct dmf_branch_track *branch_track, struct seq_file *seq);

/**
 * dmf_branch_track_reset - count from 0 again
 * @branch_track: the feature; NULL does nothing
 *
 * What is executed meanwhile counts or does not; nothing counts in part.
 *
 * Context: process, may sleep; while the device is bound.
 */
void dmf_branch_track_reset(struct dmf_branch_track *branch_track);

#endif /* _LINUX_DMF_BRANCH_TRACK_H */
