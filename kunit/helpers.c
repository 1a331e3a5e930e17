// SPDX-License-Identifier: GPL-2.0-only
/*
 * Help that all suites share: cleanup, contexts, expected complaints, faults.
 */
#include <linux/debug_locks.h>
#include <linux/fault-inject.h>
#include <linux/irq_work.h>
#include <linux/kmsg_dump.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pm_runtime.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/stop_machine.h>

#include "dmf_kunit.h"

/* -- Cleanup at the end of a test; 6.1 has no kunit_add_action() -- */

struct action {
	void (*action)(void *data);
	void *data;
};

/* Must not fail: KUnit of 6.1 would leak the resource. */
static int action_init(struct kunit_resource *resource, void *context)
{
	resource->data = context;
	return 0;
}

static void action_free(struct kunit_resource *resource)
{
	struct action *action = resource->data;

	action->action(action->data);
	kfree(action);
}

int dmf_kunit_add_action(struct kunit *test, void (*function)(void *data), void *data)
{
	struct action *action = kmalloc(sizeof(*action), GFP_KERNEL);

	if (!action)
		return -ENOMEM;

	action->action = function;
	action->data = data;
	if (kunit_alloc_resource(test, action_init, action_free, GFP_KERNEL, action))
		return 0;
	kfree(action);
	return -ENOMEM;
}

/* -- Contexts -- */

struct interrupt_call {
	struct irq_work work;
	void (*function)(void *data);
	void *data;
};

static void interrupt_call(struct irq_work *work)
{
	struct interrupt_call *call = container_of(work, struct interrupt_call, work);

	call->function(call->data);
}

static void interrupt_run(struct interrupt_call *call)
{
	irq_work_queue(&call->work);
	irq_work_sync(&call->work);
}

void dmf_kunit_in_hardirq(void (*function)(void *data), void *data)
{
	struct interrupt_call call = {
		.work = IRQ_WORK_INIT_HARD(interrupt_call),
		.function = function,
		.data = data,
	};

	interrupt_run(&call);
}

void dmf_kunit_in_interrupt(void (*function)(void *data), void *data)
{
	struct interrupt_call call = {
		.work = IRQ_WORK_INIT(interrupt_call),
		.function = function,
		.data = data,
	};

	interrupt_run(&call);
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

int dmf_kunit_await_stop(void)
{
	while (!kthread_should_stop()) {
		flush_signals(current);
		schedule_timeout_interruptible(1);
	}
	return 0;
}

void dmf_kunit_allow_sleep(struct device *dev)
{
	pm_runtime_allow(dev);
	/* By a work, which a barrier could cancel. */
	flush_workqueue(pm_wq);
}

bool dmf_kunit_counts_again(atomic_t *count)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;

	atomic_set(count, 0);
	while (!atomic_read(count) && time_before(jiffies, end))
		cond_resched();
	return atomic_read(count);
}

unsigned int dmf_kunit_count_sleepers(wait_queue_head_t *queue)
{
	unsigned int count;

	spin_lock_irq(&queue->lock);
	count = list_count_nodes(&queue->head);
	spin_unlock_irq(&queue->lock);
	return count;
}

/* -- User memory -- */

struct mm_struct *dmf_kunit_use_memory(struct kunit *test)
{
	struct pid *pid = find_get_pid(1);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	struct mm_struct *mm;

	put_pid(pid);
	KUNIT_ASSERT_NOT_NULL(test, task);
	mm = get_task_mm(task);
	put_task_struct(task);
	KUNIT_ASSERT_NOT_NULL(test, mm);
	kthread_use_mm(mm);
	return mm;
}

void dmf_kunit_unuse_memory(struct mm_struct *mm)
{
	kthread_unuse_mm(mm);
	mmput(mm);
}

/* -- lockdep -- */

struct lockdep_call {
	int (*function)(void *data);
	void *data;
	bool reported;
};

#ifdef CONFIG_PROVE_LOCKING
/*
 * The first report switches lockdep off, and what is dropped from then on it
 * does not see. It is kept silent, switched on again, and made to forget what it
 * believes this task to hold, as the kernel's own selftests do. No other CPU may
 * take or drop a lock meanwhile, nor this one in an interrupt: hence
 * stop_machine().
 */
static int lockdep_call(void *data)
{
	unsigned int depth = current->lockdep_depth;
	u64 chain_key = current->curr_chain_key;
	struct lockdep_call *call = data;

	debug_locks_silent = 1;
	call->function(call->data);
	call->reported = !debug_locks;
	current->lockdep_depth = depth;
	current->curr_chain_key = chain_key;
	debug_locks = 1;
	debug_locks_silent = 0;
	return 0;
}

bool dmf_kunit_lockdep_reports(struct kunit *test, int (*function)(void *data), void *data)
{
	struct lockdep_call call = { .function = function, .data = data };

	KUNIT_ASSERT_TRUE_MSG(test, debug_locks, "lockdep is off already");
	stop_machine(lockdep_call, &call, NULL);
	return call.reported;
}
#else
bool dmf_kunit_lockdep_reports(struct kunit *test, int (*function)(void *data), void *data)
{
	kunit_skip(test, "needs CONFIG_PROVE_LOCKING");
	return false;
}
#endif

/* -- Expected complaints; whoever runs the tests looks for these lines -- */

void dmf_kunit_expect_begin(struct kunit *test, const char *regex)
{
	pr_info("dmf-expect-begin: %s\n", regex);
}

void dmf_kunit_expect_end(struct kunit *test)
{
	pr_info("dmf-expect-end\n");
}

bool dmf_kunit_logged(const char *text)
{
	struct kmsg_dump_iter iter;
	char line[512];
	size_t length;

	kmsg_dump_rewind(&iter);
	while (kmsg_dump_get_line(&iter, false, line, sizeof(line) - 1, &length)) {
		line[length] = '\0';
		if (strstr(line, text))
			return true;
	}
	return false;
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
