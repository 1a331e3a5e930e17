// SPDX-License-Identifier: GPL-2.0-only
/*
 * Help that all suites share: cleanup, contexts, expected complaints, faults.
 */
#include <linux/debug_locks.h>
#include <linux/fault-inject.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/stop_machine.h>

#include "dmf_kunit.h"

/* -- Cleanup at the end of a test; 6.1 has no kunit_add_action() -- */

struct action {
	void (*action)(void *data);
	void *data;
};

static int action_init(struct kunit_resource *resource, void *context)
{
	resource->data = kmemdup(context, sizeof(struct action), GFP_KERNEL);
	return resource->data ? 0 : -ENOMEM;
}

static void action_free(struct kunit_resource *resource)
{
	struct action *action = resource->data;

	action->action(action->data);
	kfree(action);
}

int dmf_kunit_add_action(struct kunit *test, void (*action)(void *data), void *data)
{
	struct action context = { .action = action, .data = data };

	return kunit_alloc_resource(test, action_init, action_free, GFP_KERNEL, &context) ?
	       0 : -ENOMEM;
}

/* -- Contexts -- */

struct hardirq_call {
	struct irq_work work;
	void (*function)(void *data);
	void *data;
};

static void hardirq_call(struct irq_work *work)
{
	struct hardirq_call *call = container_of(work, struct hardirq_call, work);

	call->function(call->data);
}

void dmf_kunit_in_hardirq(void (*function)(void *data), void *data)
{
	struct hardirq_call call = {
		.work = IRQ_WORK_INIT_HARD(hardirq_call),
		.function = function,
		.data = data,
	};

	irq_work_queue(&call.work);
	irq_work_sync(&call.work);
}

static void thread_stop(void *data)
{
	struct task_struct *thread = data;

	kthread_stop(thread);
	put_task_struct(thread);
}

struct task_struct *dmf_kunit_run(struct kunit *test, int (*function)(void *data), void *data)
{
	struct task_struct *thread = kthread_create(function, data, "dmf-kunit");

	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	get_task_struct(thread);
	wake_up_process(thread);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, thread_stop, thread), 0);
	return thread;
}

/* -- lockdep -- */

struct lockdep_call {
	int (*function)(void *data);
	void *data;
	bool reported;
};

/*
 * The first report switches lockdep off; it is kept silent and lockdep is
 * switched on again, as the kernel's own selftests do. No other CPU may take or
 * drop a lock meanwhile, nor this one in an interrupt: hence stop_machine().
 */
static int lockdep_call(void *data)
{
	struct lockdep_call *call = data;

	debug_locks_silent = 1;
	call->function(call->data);
	call->reported = !debug_locks;
	debug_locks = 1;
	debug_locks_silent = 0;
	return 0;
}

bool dmf_kunit_lockdep_reports(struct kunit *test, int (*function)(void *data), void *data)
{
	struct lockdep_call call = { .function = function, .data = data };

	if (!IS_ENABLED(CONFIG_PROVE_LOCKING))
		kunit_skip(test, "needs CONFIG_PROVE_LOCKING");
	KUNIT_ASSERT_TRUE_MSG(test, debug_locks, "lockdep is off already");

	stop_machine(lockdep_call, &call, NULL);
	return call.reported;
}

/* -- Expected complaints; whoever runs the tests looks for these lines -- */

void dmf_kunit_expect_begin(struct kunit *test, const char *regex)
{
	pr_info("dmf-expect-begin: %s\n", regex);
}

void dmf_kunit_expect_end(struct kunit *test)
{
	pr_info("dmf-expect-end\n");
}

/* -- Faults -- */

#ifdef CONFIG_FAULT_INJECTION
/* A test that fails this often has no end. */
#define FAIL_NTH_MAX	1000

int dmf_kunit_fail_nth(struct kunit *test, int (*attempt)(struct kunit *test, void *data),
		       void *data, unsigned int floor)
{
	unsigned int nth, left, injected = 0;
	int ret;

	for (nth = 1; nth < FAIL_NTH_MAX; nth++) {
		current->fail_nth = nth;
		ret = attempt(test, data);
		left = current->fail_nth;
		current->fail_nth = 0;
		if (left)
			break;

		injected++;
		KUNIT_EXPECT_TRUE_MSG(test, !ret || ret == -ENOMEM,
				      "allocation %u failed: got %d", nth, ret);
	}
	KUNIT_EXPECT_EQ_MSG(test, ret, 0, "no allocation failed");
	KUNIT_EXPECT_GE(test, injected, floor);
	return injected;
}
#else
int dmf_kunit_fail_nth(struct kunit *test, int (*attempt)(struct kunit *test, void *data),
		       void *data, unsigned int floor)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION");
	return 0;
}
#endif

MODULE_DESCRIPTION("KUnit suites of the Driver Module Framework");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMF);
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
