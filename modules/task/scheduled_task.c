// SPDX-License-Identifier: GPL-2.0-only
/*
 * ScheduledTask: run a callback when the device comes up, or when asked to, and again
 * until it is content.
 *
 * Runs come from four sources: the event itself, a delayed work (the timer), a work
 * that runs one deferred call each time (and queues itself if there are more), and
 * execute_now. Every run takes its turn first, which is a bit lock, for it is held over
 * the Client's callback; then it enters the child Rundown, and only when that lets it
 * in does it look for what is to be done.
 *
 * The Rundown is the one answer to "may the task run now": it is started while the
 * Module is open, the device is as far up as the task wants it (@up) and nobody has
 * cancelled it (@cancelled). Whoever changes that is alone with the mutex @control. To
 * stop: clear or set the flag under the Module's lock, after which no work is queued
 * any more; end the Rundown, which waits for every run; cancel both works, which wait
 * for handlers that were not let in. To go on: start the Rundown, then the flag.
 *
 * Deferred calls are counted under the Module's lock. Cancel and close set the counts to
 * zero; while the device is down they stay, and are run when it is up again.
 *
 * Whether the task has succeeded, and the file that may hold this, is times_run.c.
 *
 * Order: @control, then what the Rundown and the works wait for; the turn, then the
 * Rundown; the Module's lock inside all. One task's callback may cancel another task, so
 * the classes of what cancelling waits for are each instance's own.
 */
#include <linux/device.h>
#include <linux/seq_file.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>

#include <linux/dmf/module.h>
#include <linux/dmf/rundown.h>
#include <linux/dmf/scheduled_task.h>
#include <linux/dmf/workqueue.h>

#include "../trace.h"
#include "lock_class.h"
#include "times_run.h"

#define TURN_BIT	0

struct dmf_scheduled_task {
	struct dmf_module module;
	struct dmf_rundown *rundown;
	struct times_run times_run;
	struct delayed_work timer;
	struct work_struct deferred;
	struct mutex control;		/* guards the state of @rundown */
	unsigned long turn;		/* bit lock; not used if runs may overlap */
	atomic_long_t count;		/* of runs, for show */

	/* Under the Module's lock; the first two change with @control held, too. */
	bool up;
	bool cancelled;
	struct list_head runs;		/* those that are under way */
	enum dmf_power previous;	/* for the next run of the timer */
	unsigned long calls;		/* deferred calls with @context */
	unsigned long calls_ex;		/* the others */
	bool ex_is_next;		/* if there are both: they take turns */
	unsigned long calls_max;	/* most of both at a time */
	void *context;
	struct lock_class_key key;	/* of @timer, @deferred and @control */
};

/* On the stack of whoever runs the callback. */
struct scheduled_task_run {
	struct list_head entry;
	struct task_struct *task;
};

static struct dmf_scheduled_task *to_scheduled_task(struct dmf_module *module)
{
	return container_of(module, struct dmf_scheduled_task, module);
}

static const struct dmf_scheduled_task_config *
scheduled_task_config(const struct dmf_scheduled_task *task)
{
	return dmf_module_config(&task->module);
}

/* -- Runs ------------------------------------------------------------------ */

static void scheduled_task_leave_turn(struct dmf_scheduled_task *task)
{
	if (!scheduled_task_config(task)->concurrent)
		clear_and_wake_up_bit(TURN_BIT, &task->turn);
}

/* Return: 0, and the callback may be called until scheduled_task_end(). */
static int scheduled_task_begin(struct dmf_scheduled_task *task, struct scheduled_task_run *run)
{
	int ret;

	if (!scheduled_task_config(task)->concurrent)
		wait_on_bit_lock(&task->turn, TURN_BIT, TASK_UNINTERRUPTIBLE);
	ret = dmf_rundown_acquire(task->rundown);
	if (ret) {
		scheduled_task_leave_turn(task);
		return ret;
	}

	run->task = current;
	dmf_module_lock(&task->module);
	list_add(&run->entry, &task->runs);
	dmf_module_unlock(&task->module);
	return 0;
}

static void scheduled_task_end(struct dmf_scheduled_task *task, struct scheduled_task_run *run)
{
	dmf_module_lock(&task->module);
	list_del(&run->entry);
	dmf_module_unlock(&task->module);
	dmf_rundown_release(task->rundown);
	scheduled_task_leave_turn(task);
}

/* Whether it is the callback that calls us. */
static bool scheduled_task_runs_here(struct dmf_scheduled_task *task)
{
	struct scheduled_task_run *run;
	bool here = false;

	dmf_module_lock(&task->module);
	list_for_each_entry(run, &task->runs, entry)
		here |= run->task == current;
	dmf_module_unlock(&task->module);
	return here;
}

static enum dmf_scheduled_task_result scheduled_task_call(struct dmf_scheduled_task *task,
							  void *context,
							  enum dmf_power previous)
{
	enum dmf_scheduled_task_result result;
	u64 begin;

	atomic_long_inc(&task->count);
	if (!trace_task_enabled())
		return scheduled_task_config(task)->callback(task, context, previous);

	begin = dmf_task_before(&task->module);
	result = scheduled_task_config(task)->callback(task, context, previous);
	dmf_task_after(&task->module, begin);
	return result;
}

/* A run whose result counts; what is to be tried again the caller arms. */
static enum dmf_scheduled_task_result scheduled_task_do(struct dmf_scheduled_task *task,
							enum dmf_power previous)
{
	enum dmf_scheduled_task_result result = DMF_SCHEDULED_TASK_RESULT_SUCCESS;

	if (times_run_get(&task->times_run))
		return result;

	result = scheduled_task_call(task, scheduled_task_config(task)->callback_context, previous);
	if (result == DMF_SCHEDULED_TASK_RESULT_SUCCESS)
		times_run_note_success(&task->times_run);
	return result;
}

/* Start the timer if it is not running. */
static void scheduled_task_arm(struct dmf_scheduled_task *task, unsigned int ms)
{
	bool queued = false;

	dmf_module_lock(&task->module);
	if (task->up && !task->cancelled)
		queued = queue_delayed_work(dmf_workqueue, &task->timer, msecs_to_jiffies(ms));
	dmf_module_unlock(&task->module);
	if (queued)
		trace_task_queue(&task->module);
}

static void scheduled_task_arm_again(struct dmf_scheduled_task *task,
				     enum dmf_scheduled_task_result result)
{
	const struct dmf_scheduled_task_config *config = scheduled_task_config(task);

	if (result == DMF_SCHEDULED_TASK_RESULT_SUCCESS_BUT_TRY_AGAIN)
		scheduled_task_arm(task, config->timer_period_ms_on_success);
	else if (result == DMF_SCHEDULED_TASK_RESULT_FAIL_BUT_TRY_AGAIN)
		scheduled_task_arm(task, config->timer_period_ms_on_fail);
}

static void scheduled_task_timer(struct work_struct *work)
{
	struct dmf_scheduled_task *task = container_of(to_delayed_work(work),
						       struct dmf_scheduled_task, timer);
	struct scheduled_task_run run;
	enum dmf_power previous;

	if (scheduled_task_begin(task, &run))
		return;

	dmf_module_lock(&task->module);
	previous = task->previous;
	task->previous = DMF_POWER_D0;
	dmf_module_unlock(&task->module);
	scheduled_task_arm_again(task, scheduled_task_do(task, previous));
	scheduled_task_end(task, &run);
}

/* -- Deferred calls -------------------------------------------------------- */

static void scheduled_task_kick_locked(struct dmf_scheduled_task *task)
{
	dmf_module_assert_locked(&task->module);
	if (task->up && !task->cancelled && (task->calls || task->calls_ex))
		queue_work(dmf_workqueue, &task->deferred);
}

static void scheduled_task_drop_calls_locked(struct dmf_scheduled_task *task)
{
	dmf_module_assert_locked(&task->module);
	if (task->calls || task->calls_ex)
		trace_task_cancel(&task->module);
	task->calls = 0;
	task->calls_ex = 0;
}

/* Run one call, if there is one left. */
static void scheduled_task_run_call(struct dmf_scheduled_task *task)
{
	void *context = NULL;
	bool ex = false;

	dmf_module_lock(&task->module);
	if (task->calls_ex && (!task->calls || task->ex_is_next)) {
		task->calls_ex--;
		ex = true;
	} else if (task->calls) {
		task->calls--;
		context = task->context;
	}
	task->ex_is_next = !ex;
	dmf_module_unlock(&task->module);

	if (context)
		scheduled_task_call(task, context, DMF_POWER_D0);
	else if (ex)
		scheduled_task_arm_again(task, scheduled_task_do(task, DMF_POWER_D0));
}

static void scheduled_task_deferred(struct work_struct *work)
{
	struct dmf_scheduled_task *task = container_of(work, struct dmf_scheduled_task, deferred);
	struct scheduled_task_run run;

	if (scheduled_task_begin(task, &run))
		return;

	scheduled_task_run_call(task);
	dmf_module_lock(&task->module);
	scheduled_task_kick_locked(task);
	dmf_module_unlock(&task->module);
	scheduled_task_end(task, &run);
}

/* A call with a context, or one of the others if that is NULL. */
static int scheduled_task_accept(struct dmf_scheduled_task *task, void *context)
{
	int ret = dmf_module_acquire(&task->module);

	if (ret)
		return ret;

	dmf_module_lock(&task->module);
	if (task->cancelled) {
		ret = -ECANCELED;
	} else if (!context) {
		task->calls_ex++;
	} else if (task->calls && task->context != context) {
		ret = -EBUSY;
	} else {
		task->calls++;
		task->context = context;
	}
	if (!ret)
		trace_task_queue(&task->module);
	task->calls_max = max(task->calls_max, task->calls + task->calls_ex);
	scheduled_task_kick_locked(task);
	dmf_module_unlock(&task->module);
	dmf_module_release(&task->module);
	return ret;
}

/* -- Stopping and going on ------------------------------------------------- */

/* No work is queued any more. When this returns nothing of the task runs. */
static void scheduled_task_halt(struct dmf_scheduled_task *task)
{
	lockdep_assert_held(&task->control);
	dmf_rundown_end_and_wait(task->rundown);
	cancel_delayed_work_sync(&task->timer);
	cancel_work_sync(&task->deferred);
}

static void scheduled_task_go_down(struct dmf_scheduled_task *task)
{
	mutex_lock(&task->control);
	dmf_module_lock(&task->module);
	task->up = false;
	dmf_module_unlock(&task->module);
	scheduled_task_halt(task);
	mutex_unlock(&task->control);
}

static void scheduled_task_go_up(struct dmf_scheduled_task *task, enum dmf_power previous)
{
	mutex_lock(&task->control);
	if (!task->cancelled)
		dmf_rundown_start(task->rundown);
	dmf_module_lock(&task->module);
	task->up = true;
	task->previous = previous;
	scheduled_task_kick_locked(task);
	dmf_module_unlock(&task->module);
	mutex_unlock(&task->control);
}

/* Return: 0, or -EIO if the task has run and failed. */
static int scheduled_task_run_within_event(struct dmf_scheduled_task *task,
					   enum dmf_power previous)
{
	enum dmf_scheduled_task_result result;
	struct scheduled_task_run run;

	if (scheduled_task_begin(task, &run))
		return 0;

	result = scheduled_task_do(task, previous);
	if (result == DMF_SCHEDULED_TASK_RESULT_SUCCESS_BUT_TRY_AGAIN)
		scheduled_task_arm_again(task, result);
	scheduled_task_end(task, &run);
	return result == DMF_SCHEDULED_TASK_RESULT_SUCCESS ||
	       result == DMF_SCHEDULED_TASK_RESULT_SUCCESS_BUT_TRY_AGAIN ? 0 : -EIO;
}

/* The event that the task belongs to. If it fails its opposite does not come. */
static int scheduled_task_event(struct dmf_module *module, enum dmf_power previous)
{
	struct dmf_scheduled_task *task = to_scheduled_task(module);
	const struct dmf_scheduled_task_config *config = scheduled_task_config(task);
	int ret;

	if (config->execution_mode == DMF_SCHEDULED_TASK_EXECUTION_MODE_DEFERRED) {
		scheduled_task_go_up(task, previous);
		scheduled_task_arm(task, config->time_ms_before_initial_call);
		return 0;
	}

	scheduled_task_go_up(task, DMF_POWER_D0);
	ret = scheduled_task_run_within_event(task, previous);
	if (ret)
		scheduled_task_go_down(task);
	return ret;
}

static int scheduled_task_prepare_hardware(struct dmf_module *module)
{
	return scheduled_task_event(module, DMF_POWER_D0);
}

static void scheduled_task_release_hardware(struct dmf_module *module)
{
	scheduled_task_go_down(to_scheduled_task(module));
}

static int scheduled_task_d0_entry(struct dmf_module *module, enum dmf_power previous)
{
	return scheduled_task_event(module, previous);
}

static int scheduled_task_d0_exit(struct dmf_module *module, enum dmf_power target)
{
	scheduled_task_go_down(to_scheduled_task(module));
	return 0;
}

/* -- Life ------------------------------------------------------------------ */

static int scheduled_task_child_modules_add(struct dmf_module *module,
					    struct dmf_module_init *init)
{
	struct dmf_scheduled_task *task = to_scheduled_task(module);
	int ret;

	ret = times_run_init(&task->times_run, module,
			     scheduled_task_config(task)->times_run_path);
	if (ret)
		return ret;
	ret = dmf_rundown_add(init, NULL, NULL, &task->rundown);
	if (ret)
		times_run_destroy(&task->times_run);
	return ret;
}

static void scheduled_task_destroy(struct dmf_module *module)
{
	times_run_destroy(&to_scheduled_task(module)->times_run);
}

static const char *scheduled_task_fault(const struct dmf_scheduled_task *task)
{
	const struct dmf_scheduled_task_config *config = scheduled_task_config(task);
	const char *path = task->times_run.path;

	if (!config->callback)
		return "no callback";
	if (config->persistence_type > DMF_SCHEDULED_TASK_PERSISTENCE_PERSISTENT_ACROSS_REBOOTS)
		return "an unknown persistence_type";
	if (config->execution_mode > DMF_SCHEDULED_TASK_EXECUTION_MODE_DEFERRED)
		return "an unknown execution_mode";
	if (config->execute_when > DMF_SCHEDULED_TASK_EXECUTE_WHEN_D0_ENTRY)
		return "an unknown execute_when";
	if (config->persistence_type == DMF_SCHEDULED_TASK_PERSISTENCE_PERSISTENT_ACROSS_REBOOTS)
		return path && path[0] == '/' ? NULL : "no absolute times_run_path";
	return path ? "a times_run_path, but is not persistent" : NULL;
}

static int scheduled_task_init_lock_classes(struct dmf_scheduled_task *task)
{
	int ret = lock_class_register(&task->module, &task->key);

	if (ret)
		return ret;

	lockdep_init_map(&task->timer.work.lockdep_map, "dmf_scheduled_task", &task->key, 0);
	lockdep_init_map(&task->deferred.lockdep_map, "dmf_scheduled_task", &task->key, 0);
	lockdep_set_class_and_subclass(&task->control, &task->key, 1);
	return 0;
}

static int scheduled_task_open(struct dmf_module *module)
{
	struct dmf_scheduled_task *task = to_scheduled_task(module);
	const char *fault = scheduled_task_fault(task);
	int ret;

	if (fault) {
		dev_err(dmf_module_device(module), "%s: Config has %s\n", dmf_module_name(module),
			fault);
		return -EINVAL;
	}

	INIT_DELAYED_WORK(&task->timer, scheduled_task_timer);
	INIT_WORK(&task->deferred, scheduled_task_deferred);
	INIT_LIST_HEAD(&task->runs);
	mutex_init(&task->control);
	task->cancelled = false;
	ret = scheduled_task_init_lock_classes(task);
	if (ret)
		return ret;

	if (scheduled_task_config(task)->execute_when == DMF_SCHEDULED_TASK_EXECUTE_WHEN_OTHER)
		scheduled_task_go_up(task, DMF_POWER_D0);
	return 0;
}

static void scheduled_task_close(struct dmf_module *module)
{
	struct dmf_scheduled_task *task = to_scheduled_task(module);

	scheduled_task_go_down(task);
	dmf_module_lock(module);
	scheduled_task_drop_calls_locked(task);
	dmf_module_unlock(module);
	times_run_flush(&task->times_run);
}

static void scheduled_task_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_scheduled_task *task = to_scheduled_task(module);

	seq_printf(seq, "runs=%ld calls=%lu calls_max=%lu timer=%d up=%d cancelled=%d times_run=%u",
		   atomic_long_read(&task->count),
		   READ_ONCE(task->calls) + READ_ONCE(task->calls_ex), READ_ONCE(task->calls_max),
		   delayed_work_pending(&task->timer), READ_ONCE(task->up),
		   READ_ONCE(task->cancelled), times_run_count(&task->times_run));
}

/* -- Descriptors: which event, if any -------------------------------------- */

static const struct dmf_module_ops scheduled_task_other_ops = {
	.child_modules_add	= scheduled_task_child_modules_add,
	.open			= scheduled_task_open,
	.close			= scheduled_task_close,
	.destroy		= scheduled_task_destroy,
	.show			= scheduled_task_show,
};

static const struct dmf_module_ops scheduled_task_hardware_ops = {
	.child_modules_add	= scheduled_task_child_modules_add,
	.open			= scheduled_task_open,
	.close			= scheduled_task_close,
	.destroy		= scheduled_task_destroy,
	.prepare_hardware	= scheduled_task_prepare_hardware,
	.release_hardware	= scheduled_task_release_hardware,
	.show			= scheduled_task_show,
};

static const struct dmf_module_ops scheduled_task_d0_ops = {
	.child_modules_add	= scheduled_task_child_modules_add,
	.open			= scheduled_task_open,
	.close			= scheduled_task_close,
	.destroy		= scheduled_task_destroy,
	.d0_entry		= scheduled_task_d0_entry,
	.d0_exit		= scheduled_task_d0_exit,
	.show			= scheduled_task_show,
};

static const struct dmf_module_desc scheduled_task_hardware_desc = {
	.name		= "scheduled_task",
	.size		= sizeof(struct dmf_scheduled_task),
	.config_size	= sizeof(struct dmf_scheduled_task_config),
	.lock		= DMF_LOCK_DISPATCH,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &scheduled_task_hardware_ops,
};

static const struct dmf_module_desc scheduled_task_d0_desc = {
	.name		= "scheduled_task",
	.size		= sizeof(struct dmf_scheduled_task),
	.config_size	= sizeof(struct dmf_scheduled_task_config),
	.lock		= DMF_LOCK_DISPATCH,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &scheduled_task_d0_ops,
};

static const struct dmf_module_desc *scheduled_task_select(const void *config, bool dynamic);

static const struct dmf_module_desc scheduled_task_desc = {
	.name		= "scheduled_task",
	.size		= sizeof(struct dmf_scheduled_task),
	.config_size	= sizeof(struct dmf_scheduled_task_config),
	.lock		= DMF_LOCK_DISPATCH,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &scheduled_task_other_ops,
	.select		= scheduled_task_select,
};

/* A dynamic task of an event gets the event's descriptor, and the core refuses it. */
static const struct dmf_module_desc *scheduled_task_select(const void *data, bool dynamic)
{
	const struct dmf_scheduled_task_config *config = data;

	if (config && config->execute_when == DMF_SCHEDULED_TASK_EXECUTE_WHEN_PREPARE_HARDWARE)
		return &scheduled_task_hardware_desc;
	if (config && config->execute_when == DMF_SCHEDULED_TASK_EXECUTE_WHEN_D0_ENTRY)
		return &scheduled_task_d0_desc;
	return &scheduled_task_desc;
}

/* -- Methods --------------------------------------------------------------- */

DMF_DEFINE_MODULE(scheduled_task);
EXPORT_SYMBOL_NS_GPL(dmf_scheduled_task_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_scheduled_task_create, DMF);

/* Why a run was not let in. */
static int scheduled_task_refusal(struct dmf_scheduled_task *task)
{
	int ret;

	dmf_module_lock(&task->module);
	ret = task->up ? -ECANCELED : -ESHUTDOWN;
	if (task->cancelled)
		ret = -ECANCELED;
	dmf_module_unlock(&task->module);
	return ret;
}

int dmf_scheduled_task_execute_now(struct dmf_scheduled_task *task, void *context,
				   enum dmf_scheduled_task_result *result)
{
	enum dmf_scheduled_task_result came_to;
	struct scheduled_task_run run;
	int ret = dmf_module_acquire(&task->module);

	if (ret)
		return ret;

	if (!scheduled_task_config(task)->concurrent && WARN_ON(scheduled_task_runs_here(task))) {
		ret = -EDEADLK;
	} else if (scheduled_task_begin(task, &run)) {
		ret = scheduled_task_refusal(task);
	} else {
		came_to = scheduled_task_call(task, context, DMF_POWER_D0);
		scheduled_task_end(task, &run);
		if (result)
			*result = came_to;
	}
	dmf_module_release(&task->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_scheduled_task_execute_now, DMF);

int dmf_scheduled_task_execute_now_deferred(struct dmf_scheduled_task *task, void *context)
{
	return scheduled_task_accept(task, context);
}
EXPORT_SYMBOL_NS_GPL(dmf_scheduled_task_execute_now_deferred, DMF);

int dmf_scheduled_task_execute_now_deferred_ex(struct dmf_scheduled_task *task)
{
	return scheduled_task_accept(task, NULL);
}
EXPORT_SYMBOL_NS_GPL(dmf_scheduled_task_execute_now_deferred_ex, DMF);

/* Whoever cancels or restarts waits for the runs, so it must not be one of them. */
static int scheduled_task_begin_control(struct dmf_scheduled_task *task)
{
	int ret = dmf_module_acquire(&task->module);

	if (ret)
		return ret;

	if (WARN_ON(scheduled_task_runs_here(task))) {
		dmf_module_release(&task->module);
		return -EDEADLK;
	}

	mutex_lock(&task->control);
	return 0;
}

static void scheduled_task_end_control(struct dmf_scheduled_task *task)
{
	mutex_unlock(&task->control);
	dmf_module_release(&task->module);
}

int dmf_scheduled_task_cancel(struct dmf_scheduled_task *task)
{
	int ret = scheduled_task_begin_control(task);

	if (ret)
		return ret;

	dmf_module_lock(&task->module);
	task->cancelled = true;
	scheduled_task_drop_calls_locked(task);
	dmf_module_unlock(&task->module);
	scheduled_task_halt(task);
	scheduled_task_end_control(task);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_scheduled_task_cancel, DMF);

int dmf_scheduled_task_restart(struct dmf_scheduled_task *task)
{
	int ret = scheduled_task_begin_control(task);

	if (ret)
		return ret;

	if (task->up)
		dmf_rundown_start(task->rundown);
	dmf_module_lock(&task->module);
	/* The run that d0_entry has led to was cancelled. */
	if (task->cancelled)
		task->previous = DMF_POWER_D0;
	task->cancelled = false;
	dmf_module_unlock(&task->module);
	scheduled_task_end_control(task);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_scheduled_task_restart, DMF);

int dmf_scheduled_task_times_run_get(struct dmf_scheduled_task *task, unsigned int *times_run)
{
	int ret = dmf_module_acquire(&task->module);

	if (ret)
		return ret;

	*times_run = times_run_get(&task->times_run);
	dmf_module_release(&task->module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_scheduled_task_times_run_get, DMF);

int dmf_scheduled_task_times_run_set(struct dmf_scheduled_task *task, unsigned int times_run)
{
	int ret = dmf_module_acquire(&task->module);

	if (ret)
		return ret;

	/* A run may be waited for by an event that comes before the disk works. */
	if (!scheduled_task_runs_here(task) ||
	    !times_run_set_later(&task->times_run, times_run))
		ret = times_run_set(&task->times_run, times_run);
	dmf_module_release(&task->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_scheduled_task_times_run_set, DMF);
