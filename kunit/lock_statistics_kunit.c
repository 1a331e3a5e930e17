// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the locks of Modules: who has to wait for one is traced and counted, while
 * somebody wants to know.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/seq_file.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "trace_fixture.h"

/* test->priv */
struct contended {
	struct traces traces;
	struct dmf_module *top;
	struct completion begun, over;	/* somebody is about to wait; he has had the lock */
};

/* -- A Module with mutexes, and one with a spinlock below it -------------------------------- */

static struct dmf_module_keys below_keys, top_keys;

static const struct dmf_module_ops below_ops;

static const struct dmf_module_desc below_desc = {
	.name		= "contended_below",
	.size		= sizeof(struct dmf_module),
	.lock		= DMF_LOCK_DISPATCH,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &below_ops,
};

static int top_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	const struct dmf_module_attributes attributes = { .instance_name = "below" };

	return __dmf_module_add(init, &below_desc, &below_keys, NULL, &attributes, NULL);
}

static const struct dmf_module_ops top_ops = { .child_modules_add = top_child_modules_add };

static const struct dmf_module_desc top_desc = {
	.name			= "contended_top",
	.size			= sizeof(struct dmf_module),
	.lock			= DMF_LOCK_PASSIVE,
	.auxiliary_locks	= 2,
	.open_option		= DMF_OPEN_CREATE,
	.ops			= &top_ops,
};

static int contended_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_module_attributes attributes = { .instance_name = "top" };
	struct contended *c = dmf_kunit_priv(ddev);

	return __dmf_module_add(init, &top_desc, &top_keys, NULL, &attributes, &c->top);
}

static const struct dmf_client_ops contended_ops = { .modules_add = contended_modules_add };

static void contended_probe(struct kunit *test)
{
	KUNIT_ASSERT_FALSE(test, IS_ERR(dmf_kunit_probe(test, &contended_ops)));
}

/* -- Those who wait --------------------------------------------------------------------- */

static int contend(void *data)
{
	struct contended *c = data;

	complete(&c->begun);
	dmf_module_auxiliary_lock(c->top, 1);
	dmf_module_auxiliary_unlock(c->top, 1);
	complete(&c->over);
	return 0;
}

/* Have somebody wait for an auxiliary lock, which is a mutex. */
static void make_wait(struct kunit *test, struct contended *c)
{
	struct task_struct *thread;
	bool waits;

	dmf_module_auxiliary_lock(c->top, 1);
	thread = dmf_kunit_run(test, contend, c);
	wait_for_completion(&c->begun);
	waits = dmf_kunit_until(READ_ONCE(thread->__state) & TASK_UNINTERRUPTIBLE);
	dmf_module_auxiliary_unlock(c->top, 1);
	KUNIT_EXPECT_TRUE(test, waits);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&c->over, DMF_KUNIT_TIMEOUT));
}

static void show_locks(struct kunit *test, struct dmf_module *module, char *text)
{
	struct seq_file seq = { .buf = text, .size = PAGE_SIZE };

	memset(text, 0, PAGE_SIZE);
	dmf_locks_show(module, &seq);
}

static void lock_that_is_waited_for_is_traced_and_counted(struct kunit *test)
{
	static const char *const lines[] = { "contended top 2", NULL };
	struct contended *c = test->priv;
	char *text = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	contended_probe(test);
	traces_on(test, &c->traces, "module_lock_contended");
	dmf_module_lock(c->top);
	dmf_module_unlock(c->top);
	make_wait(test, c);
	traces_expect(test, &c->traces, lines);
	KUNIT_EXPECT_GT(test, c->traces.latest, 0);

	show_locks(test, c->top, text);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "lock=0 kind=mutex contended=0 wait_ns=0 "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "lock=1 kind=mutex contended=0 wait_ns=0 "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "lock=2 kind=mutex contended=1 "));
	KUNIT_EXPECT_EQ(test, c->top->auxiliary[1].wait_ns, c->traces.latest);
	KUNIT_EXPECT_EQ(test, c->top->auxiliary[1].longest_ns, c->traces.latest);

	show_locks(test, list_first_entry(&c->top->children, struct dmf_module, sibling), text);
	KUNIT_EXPECT_STREQ(test, text,
			   "lock=0 kind=spinlock contended=0 wait_ns=0 longest_ns=0\n");
}

/* Others have waited before, one of them for a minute. */
static void waits_for_a_lock_add_up(struct kunit *test)
{
	struct contended *c = test->priv;
	struct dmf_lock *lock;

	contended_probe(test);
	lock = &c->top->auxiliary[1];
	lock->contended = 4;
	lock->wait_ns = 70 * NSEC_PER_SEC;
	lock->longest_ns = 60 * NSEC_PER_SEC;
	traces_on(test, &c->traces, "module_lock_contended");
	make_wait(test, c);
	KUNIT_EXPECT_EQ(test, lock->contended, 5);
	KUNIT_EXPECT_EQ(test, lock->wait_ns, 70 * NSEC_PER_SEC + c->traces.latest);
	KUNIT_EXPECT_EQ(test, lock->longest_ns, 60 * NSEC_PER_SEC);
}

static void locks_are_not_counted_while_nobody_wants_to_know(struct kunit *test)
{
	struct contended *c = test->priv;

	contended_probe(test);
	make_wait(test, c);
	KUNIT_EXPECT_EQ(test, c->top->auxiliary[1].contended, 0);
	traces_on(test, &c->traces, "module_lock_contended");
	traces_off(&c->traces);
	make_wait(test, c);
	KUNIT_EXPECT_EQ(test, c->top->auxiliary[1].contended, 0);
	KUNIT_EXPECT_EQ(test, c->traces.count, 0);
}

static int spin(void *data)
{
	struct dmf_module *module = data;

	while (!kthread_should_stop()) {
		dmf_module_lock(module);
		dmf_module_unlock(module);
		cond_resched();
	}
	return 0;
}

/* Return: whether somebody has had to wait. */
static bool hold(struct contended *c, struct dmf_module *module)
{
	int i;

	dmf_module_lock(module);
	for (i = 0; i < 20; i++)
		udelay(9);
	dmf_module_unlock(module);
	/* Its line is there, too. */
	return smp_load_acquire(&c->traces.count);
}

/* One takes it all the time, the other keeps it for a while: soon one finds it taken. */
static void spinlock_that_is_waited_for_is_counted(struct kunit *test)
{
	struct contended *c = test->priv;
	struct dmf_module *below;
	u64 wait_ns, longest_ns;

	contended_probe(test);
	below = list_first_entry(&c->top->children, struct dmf_module, sibling);
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two processors");
	traces_on(test, &c->traces, "module_lock_contended");
	dmf_kunit_run(test, spin, below);
	KUNIT_ASSERT_TRUE(test, dmf_kunit_until(hold(c, below)));
	KUNIT_EXPECT_STREQ(test, c->traces.lines[0], "contended below 0");
	/* Whoever has waited since counts that with the lock held. */
	dmf_module_lock(below);
	wait_ns = below->lock.wait_ns;
	longest_ns = below->lock.longest_ns;
	dmf_module_unlock(below);
	KUNIT_EXPECT_GE(test, wait_ns, longest_ns);
}

static int contended_init(struct kunit *test)
{
	struct contended *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	if (!c)
		return -ENOMEM;
	raw_spin_lock_init(&c->traces.lock);
	init_completion(&c->begun);
	init_completion(&c->over);
	test->priv = c;
	return 0;
}

static struct kunit_case lock_statistics_cases[] = {
	KUNIT_CASE(lock_that_is_waited_for_is_traced_and_counted),
	KUNIT_CASE(waits_for_a_lock_add_up),
	KUNIT_CASE(locks_are_not_counted_while_nobody_wants_to_know),
	KUNIT_CASE(spinlock_that_is_waited_for_is_counted),
	{ }
};

static struct kunit_suite lock_statistics_suite = {
	.name = "dmf_lock_statistics",
	.init = contended_init,
	.test_cases = lock_statistics_cases,
};

kunit_test_suite(lock_statistics_suite);
