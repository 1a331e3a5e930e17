// SPDX-License-Identifier: GPL-2.0-only
/*
 * Thread: a kernel thread that waits to be started, does work when it is told
 * that there is some, and can be stopped and started again.
 *
 *   parked --start--> pre, work, work ..., post --> parked --close--> joined
 *                              ^                |
 *                              +---- stop ------+
 *
 * All that the thread is told is one bit in one word, @state, and a wake-up.
 * Whoever sets a bit looks afterwards whether the thread waits; the thread says
 * first that it waits and looks for bits afterwards; so one of them sees the
 * other. Who clears THREAD_WAITING_BIT decides what happens: a waker owes the
 * wake-up, which the thread sleeps to receive; the thread itself need not sleep.
 * So a wake-up comes where the thread waits for it, and not into the middle of
 * what a callback waits for. There is no lock and no wait queue, since the lock of
 * a wait queue sleeps on PREEMPT_RT.
 *
 * Start and stop come one at a time, under the Module's lock, which stop holds
 * while it waits. The thread never takes it.
 *
 * Close stops first, and only then calls kthread_stop(): that is as good as a
 * signal for interruptible waits of 6.1, and a kthread that is stopped before it
 * has run never does, so a start might be left without its pre and post.
 */
#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/kthread.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/seq_file.h>

#include <linux/dmf/module.h>
#include <linux/dmf/thread.h>

#include "../trace.h"

/* Bits of &struct dmf_thread.state. */
#define THREAD_STARTED_BIT	0	/* from start until the thread has parked again */
#define THREAD_STOP_BIT		1	/* from stop until the next start */
#define THREAD_WORK_BIT		2	/* there is work that has not begun */
#define THREAD_WAITING_BIT	3	/* the thread sleeps, or will, unless it is woken */

struct dmf_thread {
	struct dmf_module module;
	unsigned long state;		/* atomic bits */
	struct task_struct *task;	/* constant while open, NULL while closed */
	struct completion stopped;	/* done by the thread when it parks after a stop */
	unsigned long starts;		/* written under the Module's lock */
	unsigned long runs;		/* of work; written by the thread alone */

	/* Held by the thread while callbacks run; one Thread's may stop another. */
	struct lockdep_map dep_map;
	struct lock_class_key key;
};

static struct dmf_thread *to_thread(struct dmf_module *module)
{
	return container_of(module, struct dmf_thread, module);
}

/* Set a bit that the thread may be waiting for. Any context. */
static void thread_tell(struct dmf_thread *thread, unsigned int bit)
{
	/* Whoever finds a bit set, or the thread no longer waiting, leaves the wake-up to us. */
	preempt_disable();
	/* Ordered fully even if the bit is set: who clears it sees what we have done. */
	if (!test_and_set_bit(bit, &thread->state) &&
	    test_bit(THREAD_WAITING_BIT, &thread->state) &&
	    test_and_clear_bit(THREAD_WAITING_BIT, &thread->state))
		wake_up_process(thread->task);
	preempt_enable();
}

/* -- The thread itself -- */

static bool thread_is_told(const struct dmf_thread *thread, unsigned long bits)
{
	/* What was done before a start or a stop is seen by the callbacks after it. */
	return (smp_load_acquire(&thread->state) & bits) || kthread_should_stop();
}

/*
 * Sleep until one of @bits is set, or the thread shall end. Whoever else wakes the
 * thread has left THREAD_WAITING_BIT set: it is not left so when work begins.
 */
static void thread_wait(struct dmf_thread *thread, unsigned long bits)
{
	while (test_bit(THREAD_WAITING_BIT, &thread->state) || !thread_is_told(thread, bits)) {
		set_current_state(TASK_IDLE);
		set_bit(THREAD_WAITING_BIT, &thread->state);
		smp_mb__after_atomic();		/* pairs with thread_tell() */
		if (!thread_is_told(thread, bits) ||
		    !test_and_clear_bit(THREAD_WAITING_BIT, &thread->state))
			schedule();
		__set_current_state(TASK_RUNNING);
	}
}

/* Wait for work. Return: false if the thread shall stop; work that is left is kept. */
static bool thread_next_work(struct dmf_thread *thread)
{
	thread_wait(thread, BIT(THREAD_STOP_BIT) | BIT(THREAD_WORK_BIT));
	return !test_bit(THREAD_STOP_BIT, &thread->state) &&
	       test_and_clear_bit(THREAD_WORK_BIT, &thread->state);
}

static noinline void thread_work_traced(struct dmf_thread *thread,
					const struct dmf_thread_config *config)
{
	u64 begin = dmf_task_before(&thread->module);

	config->work(thread);
	dmf_task_after(&thread->module, begin);
}

/* From start to stop. */
static void thread_run(struct dmf_thread *thread)
{
	const struct dmf_thread_config *config = dmf_module_config(&thread->module);

	if (config->control_type == DMF_THREAD_CONTROL_TYPE_CLIENT_CONTROL) {
		config->function(thread);
		return;
	}

	if (config->pre)
		config->pre(thread);
	while (thread_next_work(thread)) {
		WRITE_ONCE(thread->runs, thread->runs + 1);
		if (trace_task_enabled())
			thread_work_traced(thread, config);
		else
			config->work(thread);
	}
	if (config->post)
		config->post(thread);
}

static int thread_main(void *data)
{
	struct dmf_thread *thread = data;

	for (;;) {
		thread_wait(thread, BIT(THREAD_STARTED_BIT));
		if (!test_bit(THREAD_STARTED_BIT, &thread->state))
			return 0;

		lock_map_acquire(&thread->dep_map);
		thread_run(thread);
		lock_map_release(&thread->dep_map);
		/* A function of the Client may have returned by itself. */
		thread_wait(thread, BIT(THREAD_STOP_BIT));
		clear_bit(THREAD_STARTED_BIT, &thread->state);
		complete(&thread->stopped);
	}
}

/* -- Module callbacks -- */

static bool thread_config_is_valid(const struct dmf_thread_config *config)
{
	const struct dmf_thread_task *task = &config->task;

	switch (config->control_type) {
	case DMF_THREAD_CONTROL_TYPE_DMF_CONTROL:
		if (!config->work || config->function)
			return false;
		break;
	case DMF_THREAD_CONTROL_TYPE_CLIENT_CONTROL:
		if (!config->function || config->pre || config->work || config->post)
			return false;
		break;
	default:
		return false;
	}

	if (task->priority == DMF_THREAD_PRIORITY_NORMAL)
		return task->nice >= MIN_NICE && task->nice <= MAX_NICE;
	return task->priority <= DMF_THREAD_PRIORITY_FIFO && !task->nice;
}

/* Creation: there are no children, but there is a Config to check. */
static int thread_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	const struct dmf_thread_config *config = dmf_module_config(module);
	struct dmf_thread *thread = to_thread(module);

	if (!thread_config_is_valid(config)) {
		dev_err(dmf_module_device(module),
			"%s: bad config: control_type=%d callbacks=%d%d%d%d priority=%d nice=%d\n",
			dmf_module_name(module), config->control_type, !!config->function,
			!!config->pre, !!config->work, !!config->post, config->task.priority,
			config->task.nice);
		return -EINVAL;
	}

	lockdep_register_key(&thread->key);
	lockdep_init_map(&thread->dep_map, "dmf_thread", &thread->key, 0);
	return 0;
}

static void thread_destroy(struct dmf_module *module)
{
	lockdep_unregister_key(&to_thread(module)->key);
}

static void thread_set_priority(struct task_struct *task, const struct dmf_thread_task *settings)
{
	switch (settings->priority) {
	case DMF_THREAD_PRIORITY_FIFO:
		sched_set_fifo(task);
		break;
	case DMF_THREAD_PRIORITY_FIFO_LOW:
		sched_set_fifo_low(task);
		break;
	default:
		sched_set_normal(task, settings->nice);
		break;
	}
}

static int thread_open(struct dmf_module *module)
{
	const struct dmf_thread_config *config = dmf_module_config(module);
	struct dmf_thread *thread = to_thread(module);
	struct task_struct *task;

	task = kthread_create(thread_main, thread, "%s",
			      config->task.name ?: dmf_module_name(module));
	if (IS_ERR(task))
		return PTR_ERR(task);

	thread->state = 0;
	thread->task = task;
	init_completion(&thread->stopped);
	thread_set_priority(task, &config->task);
	wake_up_process(task);
	return 0;
}

/*
 * Tell lockdep that callbacks are waited for here, whether one runs or not: what
 * they take must not be held. Before any lock of this Module is taken, since the
 * callbacks of another Thread may get here.
 */
static void thread_might_wait(struct dmf_thread *thread)
{
	lock_map_acquire(&thread->dep_map);
	lock_map_release(&thread->dep_map);
}

/* Have the thread park, and wait until it has. */
static void thread_stop_locked(struct dmf_thread *thread)
{
	/* Looked at before it is told: the thread may have parked right after. */
	const bool started = test_bit(THREAD_STARTED_BIT, &thread->state);

	dmf_module_assert_locked(&thread->module);

	thread_tell(thread, THREAD_STOP_BIT);
	/* Each start has one completion, which the next one must not find. */
	if (started)
		wait_for_completion(&thread->stopped);
}

static void thread_close(struct dmf_module *module)
{
	struct dmf_thread *thread = to_thread(module);
	struct task_struct *task = thread->task;

	thread_might_wait(thread);
	dmf_module_lock(module);
	thread_stop_locked(thread);
	dmf_module_unlock(module);

	/* First, so that another task at the same address is not taken for it. */
	WRITE_ONCE(thread->task, NULL);
	kthread_stop(task);
	clear_bit(THREAD_WORK_BIT, &thread->state);
}

static void thread_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_thread *thread = to_thread(module);
	unsigned long state = READ_ONCE(thread->state);

	seq_printf(seq, "started=%d stop=%d work=%d starts=%lu runs=%lu",
		   !!(state & BIT(THREAD_STARTED_BIT)), !!(state & BIT(THREAD_STOP_BIT)),
		   !!(state & BIT(THREAD_WORK_BIT)), READ_ONCE(thread->starts),
		   READ_ONCE(thread->runs));
}

static const struct dmf_module_ops thread_ops = {
	.child_modules_add	= thread_child_modules_add,
	.open			= thread_open,
	.close			= thread_close,
	.destroy		= thread_destroy,
	.show			= thread_show,
};

static const struct dmf_module_desc thread_desc = {
	.name		= "thread",
	.size		= sizeof(struct dmf_thread),
	.config_size	= sizeof(struct dmf_thread_config),
	.lock		= DMF_LOCK_PASSIVE,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &thread_ops,
};

DMF_DEFINE_MODULE(thread);
EXPORT_SYMBOL_NS_GPL(dmf_thread_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_thread_create, DMF);

/* -- Methods; see the header -- */

int dmf_thread_start(struct dmf_thread *thread)
{
	int ret;

	/* A stop that is under way holds the lock and waits for us. */
	if (current == READ_ONCE(thread->task))
		return -EALREADY;

	ret = dmf_module_acquire(&thread->module);
	if (ret)
		return ret;

	dmf_module_lock(&thread->module);
	if (test_bit(THREAD_STARTED_BIT, &thread->state)) {
		ret = -EALREADY;
	} else {
		reinit_completion(&thread->stopped);
		WRITE_ONCE(thread->starts, thread->starts + 1);
		clear_bit(THREAD_STOP_BIT, &thread->state);
		thread_tell(thread, THREAD_STARTED_BIT);
	}
	dmf_module_unlock(&thread->module);
	dmf_module_release(&thread->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_thread_start, DMF);

int dmf_thread_stop(struct dmf_thread *thread)
{
	int ret;

	if (WARN_ON(current == READ_ONCE(thread->task)))
		return -EDEADLK;

	thread_might_wait(thread);
	ret = dmf_module_acquire(&thread->module);
	if (ret)
		return ret;

	dmf_module_lock(&thread->module);
	thread_stop_locked(thread);
	dmf_module_unlock(&thread->module);
	dmf_module_release(&thread->module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_thread_stop, DMF);

int dmf_thread_work_ready(struct dmf_thread *thread)
{
	const struct dmf_thread_config *config;
	int ret;

	/*
	 * Told already, and open: the bit is cleared by close. Ordered, so that the
	 * work which clears it sees what we have done.
	 */
	smp_mb();
	if (test_bit(THREAD_WORK_BIT, &thread->state))
		return 0;

	config = dmf_module_config(&thread->module);
	if (unlikely(!config->work))
		return -EOPNOTSUPP;

	ret = dmf_module_acquire(&thread->module);
	if (ret)
		return ret;

	trace_task_queue(&thread->module);
	thread_tell(thread, THREAD_WORK_BIT);
	dmf_module_release(&thread->module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_thread_work_ready, DMF);

bool dmf_thread_is_stop_pending(const struct dmf_thread *thread)
{
	return test_bit(THREAD_STOP_BIT, &thread->state);
}
EXPORT_SYMBOL_NS_GPL(dmf_thread_is_stop_pending, DMF);
