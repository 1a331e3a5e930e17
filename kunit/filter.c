// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selection of KUnit cases, and a later start for suites in modules.
 *
 * KUnit of Linux 6.1 knows no filter for suites in modules, and it runs them while their module is
 * still coming: before the init function has run and before the module has its directory in sysfs,
 * so that a suite which registers a driver makes the driver core complain. Later versions run them
 * when the module is live. This module, loaded first, brings both: from a module of ours that comes
 * with suites it takes them, drops what is not selected, and runs the rest once the module is live.
 *
 * States of the one slot below: empty -> (coming) held -> (going) empty. A second module with
 * suites that arrives while the slot is taken is left to KUnit. Module notifiers run one at a time
 * for one module, but two modules may come at once: slot_lock guards the slot.
 */
#include <kunit/test.h>
#include <linux/glob.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/string.h>

#define FILTER_PREFIX	"dmf_"
#define FILTER_MAX	512

static char *filter;
module_param(filter, charp, 0444);
MODULE_PARM_DESC(filter, "suite.case patterns to run, separated by commas (default: all)");

static DEFINE_MUTEX(slot_lock);
static struct module *slot_module;
static int slot_suites;

/* Whether @pattern, either "suite" or "suite.case", selects @name of @suite. */
static bool filter_match_one(char *pattern, const char *suite, const char *name)
{
	char *suite_pattern = strsep(&pattern, ".");
	const char *case_pattern = pattern ?: "*";

	if (!glob_match(case_pattern, name))
		return false;
	if (glob_match(suite_pattern, suite))
		return true;
	if (!strstarts(suite, FILTER_PREFIX))
		return false;
	return glob_match(suite_pattern, suite + strlen(FILTER_PREFIX));
}

static bool filter_match(const char *suite, const char *name)
{
	char buf[FILTER_MAX];
	char *rest = buf;
	char *pattern;

	if (!filter || !*filter)
		return true;
	strscpy(buf, filter, sizeof(buf));
	while ((pattern = strsep(&rest, ",")))
		if (*pattern && filter_match_one(pattern, suite, name))
			return true;
	return false;
}

/* Drop the cases of @suite that are not selected; returns how many are left. */
static unsigned int filter_suite(struct kunit_suite *suite)
{
	struct kunit_case *to = suite->test_cases;
	struct kunit_case *from;

	kunit_suite_for_each_test_case(suite, from)
		if (filter_match(suite->name, from->name))
			*to++ = *from;
	memset(to, 0, sizeof(*to));
	return to - suite->test_cases;
}

/* Drop the suites of @mod of which nothing is left; returns how many stay. */
static int filter_module(struct module *mod)
{
	int from, to = 0;

	for (from = 0; from < mod->num_kunit_suites; from++)
		if (filter_suite(mod->kunit_suites[from]))
			mod->kunit_suites[to++] = mod->kunit_suites[from];
	return to;
}

static void filter_coming(struct module *mod)
{
	if (!mod->num_kunit_suites || !strstarts(mod->name, FILTER_PREFIX))
		return;
	mutex_lock(&slot_lock);
	if (!slot_module) {
		slot_module = mod;
		slot_suites = filter_module(mod);
		mod->num_kunit_suites = 0;
	}
	mutex_unlock(&slot_lock);
}

static bool filter_holds(struct module *mod)
{
	bool holds;

	mutex_lock(&slot_lock);
	holds = slot_module == mod;
	mutex_unlock(&slot_lock);
	return holds;
}

/* The header makes the results a complete KTAP document: a suite that is missing is noticed. */
static void filter_live(struct module *mod)
{
	if (!filter_holds(mod))
		return;
	pr_info("KTAP version 1\n");
	pr_info("1..%d\n", slot_suites);
	__kunit_test_suites_init(mod->kunit_suites, slot_suites);
}

/* Ours runs before KUnit's notifier, which takes the suites down again. */
static void filter_going(struct module *mod)
{
	if (!filter_holds(mod))
		return;
	mod->num_kunit_suites = slot_suites;
	mutex_lock(&slot_lock);
	slot_module = NULL;
	mutex_unlock(&slot_lock);
}

static int filter_notify(struct notifier_block *nb, unsigned long state, void *data)
{
	switch (state) {
	case MODULE_STATE_COMING:
		filter_coming(data);
		break;
	case MODULE_STATE_LIVE:
		filter_live(data);
		break;
	case MODULE_STATE_GOING:
		filter_going(data);
		break;
	}
	return NOTIFY_OK;
}

/* KUnit's own notifier has priority 0. */
static struct notifier_block filter_notifier = {
	.notifier_call = filter_notify,
	.priority = 1,
};

static int __init filter_init(void)
{
	if (filter && strlen(filter) >= FILTER_MAX)
		return -E2BIG;
	return register_module_notifier(&filter_notifier);
}
module_init(filter_init);

static void __exit filter_exit(void)
{
	unregister_module_notifier(&filter_notifier);
}
module_exit(filter_exit);

MODULE_DESCRIPTION("DMF: selection of KUnit cases in modules");
MODULE_LICENSE("GPL");
