// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>

#include "branch_track_fixture.h"

DMF_DEFINE_BRANCHES(tracked, TRACKED_BRANCHES);
DMF_DEFINE_BRANCHES(parent, PARENT_BRANCHES);
DMF_DEFINE_BRANCHES(child, CHILD_BRANCHES);

/* Even, but for the number of the table. */
bool tracked_query(const struct dmf_branch *branch, u64 count)
{
	return count == branch->expected || !(count & 1);
}

bool child_is_odd(struct dmf_device *ddev, struct dmf_module *module)
{
	struct tracked *t = dmf_kunit_priv(ddev);
	const struct child_config *config = dmf_module_config(module);

	t->conditions++;
	return config->number & 1;
}

/* -- Modules -- */

static struct dmf_module *child_feature(struct dmf_module *module)
{
	return dmf_feature_module_get_from_module(module, DMF_FEATURE_BRANCH_TRACK);
}

static int child_open(struct dmf_module *module)
{
	struct tracked *t = dmf_kunit_priv(dmf_parent_device_get(module));
	struct dmf_module *feature = child_feature(module);

	t->early += feature && !dmf_gate_is_closed(&feature->gate);
	DMF_BRANCH(child, module, opened);
	return 0;
}

static void child_destroy(struct dmf_module *module)
{
	struct tracked *t = dmf_kunit_priv(dmf_parent_device_get(module));

	t->late += !!child_feature(module);
	DMF_BRANCH(child, module, destroyed);
}

static const struct dmf_module_ops child_ops = { .open = child_open, .destroy = child_destroy };

static const struct dmf_module_desc child_desc = {
	.name		= "child",
	.size		= sizeof(struct dmf_module),
	.config_size	= sizeof(struct child_config),
	.open_option	= DMF_OPEN_CREATE,
	.branches	= &child_branches,
	.ops		= &child_ops,
};

static struct dmf_module_keys child_keys, parent_keys;

static int parent_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct tracked *t = dmf_kunit_priv(dmf_parent_device_get(module));

	return __dmf_module_add(init, &child_desc, &child_keys, dmf_module_config(module), NULL,
				&t->child);
}

static int parent_open(struct dmf_module *module)
{
	DMF_BRANCH(parent, module, opened);
	return 0;
}

static const struct dmf_module_ops parent_ops = {
	.child_modules_add	= parent_child_modules_add,
	.open			= parent_open,
};

static const struct dmf_module_desc parent_desc = {
	.name		= "parent",
	.size		= sizeof(struct dmf_module),
	.config_size	= sizeof(struct child_config),
	.open_option	= DMF_OPEN_CREATE,
	.branches	= &parent_branches,
	.ops		= &parent_ops,
};

int child_create(struct dmf_device *ddev, struct dmf_module *parent, unsigned int number,
		 struct dmf_module **child)
{
	const struct child_config config = { .number = number };

	return __dmf_module_create(ddev, parent, &child_desc, &child_keys, &config, NULL, child);
}

struct dmf_module *tracked_create_child(struct kunit *test, struct dmf_device *ddev,
					struct dmf_module *parent, unsigned int number)
{
	struct dmf_module *child;

	KUNIT_ASSERT_EQ(test, child_create(ddev, parent, number, &child), 0);
	return child;
}

/* -- The Client -- */

int tracked_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct tracked *t = dmf_kunit_priv(ddev);
	struct child_config config = { };
	int ret = 0;

	DMF_BRANCH(tracked, ddev, modules_add);
	for (; config.number < t->parents && !ret; config.number++)
		ret = __dmf_module_add(init, &parent_desc, &parent_keys, &config, NULL,
				       &t->modules[config.number]);
	return ret;
}

const struct dmf_branch_track_config tracked_config = {
	.client_name	= "tracked client",
	.branches	= &tracked_branches,
};

const struct dmf_client_ops tracked_ops = {
	.modules_add	= tracked_modules_add,
	.branch_track	= &tracked_config,
};

struct dmf_device *tracked_probe_ops(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

struct dmf_device *tracked_probe(struct kunit *test)
{
	return tracked_probe_ops(test, &tracked_ops);
}

struct dmf_device *tracked_probe_second(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe_as(test, "dmf_second", &tracked_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

int tracked_init(struct kunit *test)
{
	struct tracked *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	test->priv = t;
	dmf_branch_track_wanted = true;
	return 0;
}

void tracked_exit(struct kunit *test)
{
	dmf_branch_track_wanted = false;
}

/* -- The report -- */

void *tracked_details(struct kunit *test, struct dmf_device *ddev, u32 flags, size_t *size)
{
	struct dmf_branch_track *feature = dmf_branch_track_get_from_device(ddev);
	void *details;

	KUNIT_ASSERT_EQ(test, dmf_branch_track_query(feature, DMF_BRANCH_TRACK_DETAILS, flags,
						     NULL, 0, size), -ENOSPC);
	details = kunit_kzalloc(test, *size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, details);
	KUNIT_ASSERT_EQ(test, dmf_branch_track_query(feature, DMF_BRANCH_TRACK_DETAILS, flags,
						     details, *size, size), 0);
	return details;
}

const struct dmf_branch_track_entry *tracked_find(const void *details, size_t size,
						  const char *table, const char *name)
{
	const struct dmf_branch_track_entry *entry = details;

	while (size) {
		if (!strcmp((const char *)entry + entry->table, table) &&
		    !strcmp((const char *)entry + entry->name, name))
			return entry;
		if (!entry->next)
			break;
		entry = (const void *)entry + entry->next;
	}
	return NULL;
}

u64 tracked_count(struct kunit *test, struct dmf_device *ddev, const char *table,
		  const char *name)
{
	const struct dmf_branch_track_entry *entry;
	void *details;
	size_t size;

	details = tracked_details(test, ddev, 0, &size);
	entry = tracked_find(details, size, table, name);
	KUNIT_ASSERT_NOT_NULL_MSG(test, entry, "%s.%s", table, name);
	return entry->count;
}
