// SPDX-License-Identifier: GPL-2.0-only
/*
 * BranchTrack: which branches of a driver have been executed, and whether as often as
 * they should.
 *
 * Counting is the core's (dmf/branch.c). Here is who knows all tables of a device, the
 * Client's and one for each kind of Module that has one, and tells about them.
 *
 * What is known of a table is a struct branch_set. It is added once, never changes place
 * and stays until the Module is destroyed, so whoever goes through the list needs no
 * lock, and predicates, which may be the Client's, are called without one. Only those who
 * add take the Module's lock. The counters of a set are the device's and outlive it.
 *
 * Counters are never written but by checkpoints. A reset remembers what they have been;
 * that is subtracted from then on. So nothing that is executed meanwhile is lost.
 *
 * All this is there from the creation of the Module to its destruction, whether it is
 * open or not: it is the first of its device to be created and the last to be destroyed.
 */
#include <linux/bitmap.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/branch_track.h>
#include <linux/dmf/module.h>

static_assert(sizeof(struct dmf_branch_track_status) == 80);
static_assert(offsetof(struct dmf_branch_track_status, client_name) == 16);
static_assert(sizeof(struct dmf_branch_track_entry) == 48);
static_assert(offsetof(struct dmf_branch_track_entry, line) == 20);
static_assert(offsetof(struct dmf_branch_track_entry, count) == 32);
static_assert(offsetof(struct dmf_branch_track_entry, expected) == 40);

struct dmf_branch_track {
	struct dmf_module module;
	struct list_head sets;		/* grows under the Module's lock, read without */
};

/* A table, and what is known of it. */
struct branch_set {
	struct list_head node;
	struct dmf_branch_counters *counters;	/* the device's */
	bool of_module;
	unsigned long *listed;		/* one bit for each branch; only ever set */
	unsigned long bases[];		/* what its counters were at the last reset */
};

/* A line of a report. */
struct branch_row {
	const struct branch_set *set;
	const struct dmf_branch *branch;
	const char *suffix;		/* of the branch's name */
	const char *hint;
	u64 count;
	u32 flags;			/* of struct dmf_branch_track_entry */
};

static struct dmf_branch_track *to_branch_track(struct dmf_module *module)
{
	return container_of(module, struct dmf_branch_track, module);
}

static const struct dmf_branch_track_config *
branch_track_config(struct dmf_branch_track *branch_track)
{
	return dmf_module_config(&branch_track->module);
}

/* -- Counts ------------------------------------------------------------------------ */

/* Each word only grows, and wraps; so does the sum. */
static unsigned long counter_sum(const struct branch_set *set, unsigned int number)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(&set->counters->counts[number], cpu));
	return sum;
}

static u64 branch_count(const struct branch_set *set, unsigned int number)
{
	/* First the base: then the sum cannot be older. Pairs with the reset. */
	unsigned long base = smp_load_acquire(&set->bases[number]);

	return counter_sum(set, number) - base;
}

static void set_reset(struct branch_set *set)
{
	unsigned int i;

	for (i = 0; i < set->counters->table->count; i++)
		smp_store_release(&set->bases[i], counter_sum(set, i)); /* see branch_count() */
}

/* -- Sets -------------------------------------------------------------------------- */

static struct branch_set *set_find(struct dmf_branch_track *branch_track,
				   const struct dmf_branch_table *table)
{
	struct branch_set *set;

	list_for_each_entry(set, &branch_track->sets, node) {
		if (set->counters->table == table)
			return set;
	}
	return NULL;
}

static void set_free(struct branch_set *set)
{
	bitmap_free(set->listed);
	kfree(set);
}

static struct branch_set *set_alloc(struct dmf_branch_track *branch_track,
				    const struct dmf_branch_table *table)
{
	struct branch_set *set = kzalloc(struct_size(set, bases, table->count), GFP_KERNEL);

	if (!set)
		return NULL;
	set->listed = bitmap_zalloc(table->count, GFP_KERNEL);
	if (set->listed)
		set->counters = dmf_device_add_branches(dmf_branch_track_device(branch_track),
							table);
	if (set->counters)
		return set;

	set_free(set);
	return NULL;
}

/* The set of a table; made if it is not known. Return: NULL without memory. */
static struct branch_set *set_get(struct dmf_branch_track *branch_track,
				  const struct dmf_branch_table *table, bool of_module)
{
	struct branch_set *set;

	dmf_module_lock(&branch_track->module);
	set = set_find(branch_track, table);
	if (!set) {
		set = set_alloc(branch_track, table);
		if (set) {
			set->of_module = of_module;
			list_add_tail_rcu(&set->node, &branch_track->sets);
		}
	}
	dmf_module_unlock(&branch_track->module);
	return set;
}

/* List those branches that are there, for a Module or for the Client. */
static void set_list(struct branch_set *set, struct dmf_device *ddev, struct dmf_module *module)
{
	const struct dmf_branch_table *table = set->counters->table;
	unsigned int i;

	for (i = 0; i < table->count; i++) {
		const struct dmf_branch *branch = &table->branches[i];

		if (!branch->condition || branch->condition(ddev, module))
			set_bit(i, set->listed);
	}
}

/* Why a table cannot be; NULL if it can. */
static const char *table_defect(const struct dmf_branch_table *table)
{
	unsigned int i;

	if (table->count > DMF_BRANCHES_MAX)
		return "has too many branches";
	for (i = 0; i < table->count; i++) {
		const struct dmf_branch *branch = &table->branches[i];

		if (branch->predicate > DMF_BRANCH_STATUS_QUERY)
			return "has a branch without predicate";
		if (branch->predicate == DMF_BRANCH_STATUS_QUERY &&
		    (!branch->status_query || !branch->hint))
			return "has a branch without status_query or hint";
	}
	return NULL;
}

struct dmf_branch_counters *
dmf_branch_track_check_point_create(struct dmf_branch_track *branch_track,
				    const struct dmf_branch_table *table,
				    struct dmf_module *module)
{
	struct branch_set *set;
	const char *defect;

	if (!branch_track || !table || !table->count)
		return NULL;
	defect = table_defect(table);
	if (defect) {
		dev_err(dmf_module_device(&branch_track->module), "%s: table %s %s\n",
			dmf_module_name(&branch_track->module), table->name, defect);
		return ERR_PTR(-EINVAL);
	}

	set = set_get(branch_track, table, module);
	if (!set)
		return ERR_PTR(-ENOMEM);
	/* The Client has not added its Modules yet: see branch_track_open(). */
	if (module)
		set_list(set, dmf_branch_track_device(branch_track), module);
	return set->counters;
}
EXPORT_SYMBOL_NS_GPL(dmf_branch_track_check_point_create, DMF);

/* -- Predicates --------------------------------------------------------------------- */

static const char * const hints[] = {
	[DMF_BRANCH_MORE_THAN]		= "more than",
	[DMF_BRANCH_LESS_THAN]		= "less than",
	[DMF_BRANCH_COUNT]		= "exactly",
	[DMF_BRANCH_AT_LEAST]		= "at least",
	[DMF_BRANCH_NEVER]		= "never",
	[DMF_BRANCH_OPTIONAL]		= "optionally",
};

static bool branch_passed(const struct dmf_branch *branch, enum dmf_branch_predicate predicate,
			  u64 count)
{
	switch (predicate) {
	case DMF_BRANCH_MORE_THAN:
		return count > branch->expected;
	case DMF_BRANCH_LESS_THAN:
		return count < branch->expected;
	case DMF_BRANCH_COUNT:
		return count == branch->expected;
	case DMF_BRANCH_AT_LEAST:
		return count >= branch->expected;
	case DMF_BRANCH_NEVER:
		return !count;
	case DMF_BRANCH_OPTIONAL:
		return true;
	case DMF_BRANCH_STATUS_QUERY:
		return branch->status_query(branch, count);
	case DMF_BRANCH_FAULT_INJECTION:	/* has been split */
		break;
	}
	return false;
}

/* -- Lines of reports ----------------------------------------------------------------- */

/* Called for each line, in order. */
typedef void row_fn(const struct branch_row *row, void *data);

static void row_judge(struct branch_row *row, enum dmf_branch_predicate predicate, u32 flags)
{
	row->hint = predicate == DMF_BRANCH_STATUS_QUERY ? row->branch->hint : hints[predicate];
	row->flags = flags;
	if (row->set->of_module)
		row->flags |= DMF_BRANCH_TRACK_OF_MODULE;
	if (branch_passed(row->branch, predicate, row->count))
		row->flags |= DMF_BRANCH_TRACK_PASSED;
}

/* Both lines of a branch that only faults lead to. */
static void rows_of_fault(struct branch_row *row, bool faults, row_fn *function, void *data)
{
	row->suffix = "[NoFaultInjection]";
	row_judge(row, DMF_BRANCH_NEVER, faults ? DMF_BRANCH_TRACK_ASIDE : 0);
	function(row, data);
	row->suffix = "[FaultInjection]";
	row_judge(row, DMF_BRANCH_MORE_THAN, faults ? 0 : DMF_BRANCH_TRACK_ASIDE);
	function(row, data);
}

static void rows_of_set(const struct branch_set *set, bool faults, row_fn *function, void *data)
{
	const struct dmf_branch_table *table = set->counters->table;
	unsigned int i;

	for_each_set_bit(i, set->listed, table->count) {
		struct branch_row row = {
			.set = set, .branch = &table->branches[i], .suffix = "",
			.count = branch_count(set, i),
		};

		if (row.branch->predicate == DMF_BRANCH_FAULT_INJECTION) {
			rows_of_fault(&row, faults, function, data);
			continue;
		}
		row_judge(&row, row.branch->predicate, 0);
		function(&row, data);
	}
}

static void rows(struct dmf_branch_track *branch_track, u32 flags, row_fn *function, void *data)
{
	struct branch_set *set;

	list_for_each_entry_lockless(set, &branch_track->sets, node)
		rows_of_set(set, flags & DMF_BRANCH_TRACK_FAULTS, function, data);
}

/* -- Status --------------------------------------------------------------------------- */

struct row_totals {
	u32 total;
	u32 passed;
};

static void row_total(const struct branch_row *row, void *data)
{
	struct row_totals *totals = data;

	if (row->flags & DMF_BRANCH_TRACK_ASIDE)
		return;
	totals->total++;
	if (row->flags & DMF_BRANCH_TRACK_PASSED)
		totals->passed++;
}

void dmf_branch_track_status(struct dmf_branch_track *branch_track, u32 flags, u32 *total,
			     u32 *passed)
{
	struct row_totals totals = { };

	if (branch_track)
		rows(branch_track, flags, row_total, &totals);
	*total = totals.total;
	*passed = totals.passed;
}
EXPORT_SYMBOL_NS_GPL(dmf_branch_track_status, DMF);

static size_t status_write(struct dmf_branch_track *branch_track, u32 flags, void *buffer,
			   size_t size)
{
	struct dmf_branch_track_status *status = buffer;

	if (size < sizeof(*status))
		return sizeof(*status);

	memset(status, 0, sizeof(*status));
	dmf_branch_track_status(branch_track, flags, &status->total, &status->passed);
	strscpy(status->client_name, branch_track_config(branch_track)->client_name,
		sizeof(status->client_name));
	return sizeof(*status);
}

/* -- Details -------------------------------------------------------------------------- */

/* Entries are written as long as they fit; @needed goes on growing. */
struct row_writer {
	void *buffer;
	size_t size;
	size_t needed;
	struct dmf_branch_track_entry *last;	/* NULL before the first */
};

static const char *row_file(const struct branch_row *row)
{
	return kbasename(row->set->counters->table->file);
}

/* Append a string to an entry that has room for it. Return: where it is. */
static u32 entry_append(struct dmf_branch_track_entry *entry, u32 *end, const char *string,
			const char *suffix)
{
	u32 start = *end;

	*end += sprintf((char *)entry + start, "%s%s", string, suffix) + 1;
	return start;
}

static void entry_fill(struct dmf_branch_track_entry *entry, const struct branch_row *row)
{
	const struct dmf_branch_table *table = row->set->counters->table;
	u32 end = sizeof(*entry);

	entry->table = entry_append(entry, &end, table->name, "");
	entry->file = entry_append(entry, &end, row_file(row), "");
	entry->name = entry_append(entry, &end, row->branch->name, row->suffix);
	entry->hint = entry_append(entry, &end, row->hint, "");
	entry->line = table->line;
	entry->flags = row->flags;
	entry->count = row->count;
	entry->expected = row->branch->expected;
}

static size_t row_size(const struct branch_row *row)
{
	size_t strings = strlen(row->set->counters->table->name) + strlen(row_file(row)) +
			 strlen(row->branch->name) + strlen(row->suffix) + strlen(row->hint) + 4;

	return ALIGN(sizeof(struct dmf_branch_track_entry) + strings, 8);
}

static void row_write(const struct branch_row *row, void *data)
{
	struct row_writer *writer = data;
	struct dmf_branch_track_entry *entry = writer->buffer + writer->needed;
	size_t size = row_size(row);

	writer->needed += size;
	if (writer->needed > writer->size)
		return;

	memset(entry, 0, size);
	entry_fill(entry, row);
	if (writer->last)
		writer->last->next = (void *)entry - (void *)writer->last;
	writer->last = entry;
}

static size_t details_write(struct dmf_branch_track *branch_track, u32 flags, void *buffer,
			    size_t size)
{
	struct row_writer writer = { .buffer = buffer, .size = size };

	rows(branch_track, flags, row_write, &writer);
	return writer.needed;
}

int dmf_branch_track_query(struct dmf_branch_track *branch_track, u32 type, u32 flags,
			   void *buffer, size_t size, size_t *needed)
{
	*needed = 0;
	if (!branch_track)
		return -EOPNOTSUPP;
	if (flags & ~DMF_BRANCH_TRACK_FAULTS)
		return -EINVAL;

	switch (type) {
	case DMF_BRANCH_TRACK_STATUS:
		*needed = status_write(branch_track, flags, buffer, size);
		break;
	case DMF_BRANCH_TRACK_DETAILS:
		*needed = details_write(branch_track, flags, buffer, size);
		break;
	default:
		return -EOPNOTSUPP;
	}
	return *needed > size ? -ENOSPC : 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_branch_track_query, DMF);

/* -- debugfs ---------------------------------------------------------------------------- */

static const char *row_result(const struct branch_row *row)
{
	if (row->flags & DMF_BRANCH_TRACK_ASIDE)
		return "-";
	return row->flags & DMF_BRANCH_TRACK_PASSED ? "passed" : "FAILED";
}

static void row_show(const struct branch_row *row, void *data)
{
	const struct dmf_branch_table *table = row->set->counters->table;
	struct seq_file *seq = data;

	seq_printf(seq, "%-6s %10llu  %-10s %10llu  %s.%s%s %s:%u\n", row_result(row), row->count,
		   row->hint, row->branch->expected, table->name, row->branch->name, row->suffix,
		   row_file(row), table->line);
}

/* A word, whatever the Client calls itself. */
static void client_show(struct dmf_branch_track *branch_track, struct seq_file *seq)
{
	seq_puts(seq, "client=");
	dmf_text_show(seq, branch_track_config(branch_track)->client_name);
}

void dmf_branch_track_show(struct dmf_branch_track *branch_track, struct seq_file *seq)
{
	u32 total, passed;

	if (!branch_track)
		return;

	dmf_branch_track_status(branch_track, 0, &total, &passed);
	client_show(branch_track, seq);
	seq_printf(seq, " branches=%u passed=%u\n", total, passed);
	rows(branch_track, 0, row_show, seq);
}
EXPORT_SYMBOL_NS_GPL(dmf_branch_track_show, DMF);

void dmf_branch_track_reset(struct dmf_branch_track *branch_track)
{
	struct branch_set *set;

	if (!branch_track)
		return;

	list_for_each_entry_lockless(set, &branch_track->sets, node)
		set_reset(set);
}
EXPORT_SYMBOL_NS_GPL(dmf_branch_track_reset, DMF);

static int branchtrack_show(struct seq_file *seq, void *unused)
{
	dmf_branch_track_show(seq->private, seq);
	return 0;
}

static int branchtrack_open(struct inode *inode, struct file *filp)
{
	return single_open(filp, branchtrack_show, to_branch_track(inode->i_private));
}

static ssize_t branchtrack_write(struct file *filp, const char __user *text, size_t length,
				 loff_t *position)
{
	struct seq_file *seq = filp->private_data;
	unsigned int value;
	int ret;

	ret = kstrtouint_from_user(text, length, 0, &value);
	if (ret)
		return ret;
	if (value)
		return -EINVAL;
	dmf_branch_track_reset(seq->private);
	return length;
}

static const struct file_operations branchtrack_fops = {
	.owner		= THIS_MODULE,
	.open		= branchtrack_open,
	.read		= seq_read,
	.write		= branchtrack_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

/* -- Module callbacks -------------------------------------------------------------------- */

static int branch_track_child_modules_add(struct dmf_module *module,
					  struct dmf_module_init *init)
{
	struct dmf_branch_track *branch_track = to_branch_track(module);
	const char *name = branch_track_config(branch_track)->client_name;

	INIT_LIST_HEAD(&branch_track->sets);
	if (!name || !*name || strlen(name) >= DMF_BRANCH_TRACK_NAME_SIZE) {
		dev_err(dmf_module_device(module), "%s: client_name is empty or too long\n",
			dmf_module_name(module));
		return -EINVAL;
	}
	static_branch_inc(&dmf_branch_track_key);
	return 0;
}

static void branch_track_destroy(struct dmf_module *module)
{
	struct dmf_branch_track *branch_track = to_branch_track(module);
	struct branch_set *set, *next;

	static_branch_dec(&dmf_branch_track_key);
	list_for_each_entry_safe(set, next, &branch_track->sets, node)
		set_free(set);
}

/* The Client has added its Modules, and none of those is open yet. */
static int branch_track_open(struct dmf_module *module)
{
	struct dmf_branch_track *branch_track = to_branch_track(module);
	struct branch_set *set;

	set = set_find(branch_track, branch_track_config(branch_track)->branches);
	if (set)
		set_list(set, dmf_branch_track_device(branch_track), NULL);
	return dmf_module_add_debugfs(module, "branchtrack", 0600, &branchtrack_fops);
}

/* Without the predicates, which may be the Client's. */
static void branch_track_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_branch_track *branch_track = to_branch_track(module);
	unsigned int tables = 0, branches = 0;
	struct branch_set *set;

	list_for_each_entry_lockless(set, &branch_track->sets, node) {
		tables++;
		branches += bitmap_weight(set->listed, set->counters->table->count);
	}
	client_show(branch_track, seq);
	seq_printf(seq, " tables=%u branches=%u", tables, branches);
}

static const struct dmf_module_ops branch_track_ops = {
	.child_modules_add	= branch_track_child_modules_add,
	.destroy		= branch_track_destroy,
	.open			= branch_track_open,
	.show			= branch_track_show,
};

static const struct dmf_module_desc branch_track_desc = {
	.name		= "branch_track",
	.size		= sizeof(struct dmf_branch_track),
	.config_size	= sizeof(struct dmf_branch_track_config),
	.lock		= DMF_LOCK_PASSIVE,
	.open_option	= DMF_OPEN_CREATE,
	.feature	= DMF_FEATURE_BRANCH_TRACK,
	.ops		= &branch_track_ops,
};

DMF_DEFINE_MODULE(branch_track);
EXPORT_SYMBOL_NS_GPL(dmf_branch_track_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_branch_track_create, DMF);
