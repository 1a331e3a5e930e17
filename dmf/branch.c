// SPDX-License-Identifier: GPL-2.0-only
/*
 * Branches that are tracked: what the core does for the feature BranchTrack.
 *
 * Off, a checkpoint is one instruction that does nothing. While any device has the
 * feature it is a call of one of the two functions below: they find the counters of the
 * Module, or of the device for those of the Client's own code, and add one for this CPU.
 * No lock, no reference: nothing is found where nothing is counted.
 *
 * Counters belong to the device. They are made when a table becomes known, never change
 * place, and are freed with the device: a checkpoint may be reached as long as its Module,
 * or its device, may be used. The pointer to them is written once, before the Module
 * opens.
 */
#include <linux/device.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include <linux/dmf/branch_track.h>

#include "internal.h"

struct static_key_false dmf_branch_track_key = STATIC_KEY_FALSE_INIT;
EXPORT_SYMBOL_NS_GPL(dmf_branch_track_key, DMF);

bool dmf_branch_track_wanted;
EXPORT_SYMBOL_IF_KUNIT(dmf_branch_track_wanted);
module_param_named(branch_track, dmf_branch_track_wanted, bool, 0644);
MODULE_PARM_DESC(branch_track, "track the branches of devices that are bound from now on");

/* -- Checkpoints ----------------------------------------------------------------- */

static void branch_count(const struct dmf_branch_counters *counters,
			 const struct dmf_branch_table *table, unsigned int number)
{
	/* A checkpoint may be reached with an object of another kind. */
	if (counters && counters->table == table)
		this_cpu_inc(counters->counts[number]);
}

void __dmf_branch_count_of_device(const struct dmf_device *ddev,
				  const struct dmf_branch_table *table, unsigned int number)
{
	if (ddev)
		branch_count(READ_ONCE(ddev->branches), table, number);
}
EXPORT_SYMBOL_NS_GPL(__dmf_branch_count_of_device, DMF);

void __dmf_branch_count_of_module(const struct dmf_module *module,
				  const struct dmf_branch_table *table, unsigned int number)
{
	if (module)
		branch_count(READ_ONCE(module->branches), table, number);
}
EXPORT_SYMBOL_NS_GPL(__dmf_branch_count_of_module, DMF);

/* -- Counters -------------------------------------------------------------------- */

static void counters_free(struct dmf_branch_counters *counters)
{
	free_percpu(counters->counts);
	kfree(counters);
}

/**
 * dmf_device_add_branches - make counters for a table
 * @ddev: the device that the counters belong to
 * @table: the table, which outlives the binding
 *
 * For BranchTrack. The counters are zero, and freed with the device.
 *
 * Context: process, may sleep; while the device is bound.
 * Return: the counters, or NULL.
 */
struct dmf_branch_counters *dmf_device_add_branches(struct dmf_device *ddev,
						    const struct dmf_branch_table *table)
{
	struct dmf_branch_counters *counters = kzalloc(sizeof(*counters), GFP_KERNEL);

	if (!counters)
		return NULL;

	counters->table = table;
	counters->counts = __alloc_percpu(table->count * sizeof(*counters->counts),
					  __alignof__(*counters->counts));
	if (!counters->counts) {
		kfree(counters);
		return NULL;
	}
	llist_add(&counters->node, &ddev->branch_counters);
	return counters;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_add_branches, DMF);

/* Nobody has the device any more. */
void dmf_branches_free(struct dmf_device *ddev)
{
	struct dmf_branch_counters *counters, *next;

	llist_for_each_entry_safe(counters, next, ddev->branch_counters.first, node)
		counters_free(counters);
}

/* -- The feature ------------------------------------------------------------------ */

struct dmf_branch_track *dmf_branch_track_get_from_device(const struct dmf_device *ddev)
{
	return (struct dmf_branch_track *)
	       dmf_feature_module_get_from_device(ddev, DMF_FEATURE_BRANCH_TRACK);
}
EXPORT_SYMBOL_NS_GPL(dmf_branch_track_get_from_device, DMF);

/* If the Client has a Config for it, and it is switched on. */
int dmf_branches_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_branch_track_config *wanted = ddev->client->ops->branch_track;
	struct dmf_branch_track_config config;
	struct dmf_branch_counters *counters;
	struct dmf_branch_track *feature;
	int ret;

	if (!wanted || !READ_ONCE(dmf_branch_track_wanted))
		return 0;

	config = *wanted;
	config.client_name = config.client_name ?: ddev->client->name;
	ret = dmf_branch_track_add(init, &config, NULL, &feature);
	if (ret)
		return ret;
	counters = dmf_branch_track_check_point_create(feature, config.branches, NULL);
	if (IS_ERR(counters))
		return PTR_ERR(counters);
	WRITE_ONCE(ddev->branches, counters);
	return 0;
}

/* A Module has been created, with all that is below it, and is not open. */
int dmf_branches_attach(struct dmf_module *module)
{
	struct dmf_branch_track *feature;
	struct dmf_branch_counters *counters;

	if (!module->desc->branches)
		return 0;

	feature = dmf_branch_track_get_from_device(module->ddev);
	counters = dmf_branch_track_check_point_create(feature, module->desc->branches, module);
	if (IS_ERR(counters))
		return PTR_ERR(counters);
	WRITE_ONCE(module->branches, counters);
	return 0;
}

/* -- Questions of programs ---------------------------------------------------------- */

/*
 * The answer of one device, as dmf_branch_track_query(); *@answer, of *@needed bytes, is the
 * caller's to free, and NULL if there is no answer.
 */
static int answer_of_device(struct dmf_device *ddev, const struct dmf_branch_track_query *query,
			    void **answer, size_t *needed)
{
	struct dmf_branch_track *feature = dmf_branch_track_get_from_device(ddev);
	size_t size;
	int ret;

	ret = dmf_branch_track_query(feature, query->type, query->flags, NULL, 0, needed);
	/* A dynamic Module of a new kind may come in between: its branches are listed once. */
	while (ret == -ENOSPC && query->size >= *needed) {
		kvfree(*answer);
		size = *needed;
		*answer = kvzalloc(size, GFP_KERNEL_ACCOUNT);
		if (!*answer)
			return -ENOMEM;
		ret = dmf_branch_track_query(feature, query->type, query->flags, *answer, size,
					     needed);
	}
	if (ret) {
		kvfree(*answer);
		*answer = NULL;
	}
	return ret;
}

/* Ask the uppermost device of a file's stack that has BranchTrack. */
int dmf_branches_query(struct dmf_file *file, const struct dmf_branch_track_query *query,
		       void **answer, size_t *needed)
{
	int ret = -EOPNOTSUPP;

	*answer = NULL;
	*needed = 0;
	for (; file && ret == -EOPNOTSUPP; file = file->lower) {
		if (!dmf_gate_enter(&file->ddev->file_gate))
			return -ENODEV;
		ret = answer_of_device(file->ddev, query, answer, needed);
		dmf_gate_leave(&file->ddev->file_gate);
	}
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_branches_query);
