/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ScheduledTask: run a callback when the device comes up, or when asked to, and again
 * until it is content.
 */
#ifndef _LINUX_DMF_SCHEDULED_TASK_H
#define _LINUX_DMF_SCHEDULED_TASK_H

#include <linux/dmf/types.h>

struct dmf_scheduled_task;

/**
 * DOC: ScheduledTask
 *
 * The task is a callback of the Client's. What it returns says whether it has done
 * what it is for. Once it has, with DMF_SCHEDULED_TASK_RESULT_SUCCESS, it is done for
 * good: later events and retries, and calls whose result counts, do not run the
 * callback any more. That lasts until dmf_scheduled_task_times_run_set(task, 0) or
 * the end of the Module, whatever opens, closes or powers down meanwhile; if the task
 * is persistent, in a file that the Client names, beyond that. A task that is to run
 * at every event returns DMF_SCHEDULED_TASK_RESULT_SUCCESS_BUT_TRY_AGAIN with a long
 * period, or DMF_SCHEDULED_TASK_RESULT_FAIL if it is deferred.
 *
 * Runs come from four sources: the event that the Config names, the timer that the
 * event or a result has started, deferred calls, and dmf_scheduled_task_execute_now().
 * One runs at a time, the others wait their turn, unless the Config says @concurrent.
 * All run in process context and may sleep.
 *
 * Nothing runs
 *
 * * after dmf_scheduled_task_cancel() has returned, until the next restart;
 * * while the Module is closed;
 * * if the task belongs to prepare_hardware or d0_entry, before that event, and from
 *   when the opposite event has returned until the next one. Deferred calls wait
 *   for it, other calls are refused. The opposite event waits for a run that is under
 *   way: a callback must not wait for the device to change its power state.
 *
 * Cancelling and closing drop deferred calls whose run has not begun.
 */

/**
 * enum dmf_scheduled_task_result - what a run has come to
 * @DMF_SCHEDULED_TASK_RESULT_SUCCESS: it is done; do not run again.
 * @DMF_SCHEDULED_TASK_RESULT_FAIL: it is not; the next event or call may run it.
 * @DMF_SCHEDULED_TASK_RESULT_FAIL_BUT_TRY_AGAIN: it is not; run it again after
 *	timer_period_ms_on_fail.
 * @DMF_SCHEDULED_TASK_RESULT_SUCCESS_BUT_TRY_AGAIN: all is well; run it again after
 *	timer_period_ms_on_success.
 *
 * DMF: ScheduledTask_Result_Type.
 */
enum dmf_scheduled_task_result {
	DMF_SCHEDULED_TASK_RESULT_SUCCESS,
	DMF_SCHEDULED_TASK_RESULT_FAIL,
	DMF_SCHEDULED_TASK_RESULT_FAIL_BUT_TRY_AGAIN,
	DMF_SCHEDULED_TASK_RESULT_SUCCESS_BUT_TRY_AGAIN,
};

/**
 * enum dmf_scheduled_task_persistence - how long success is remembered
 * @DMF_SCHEDULED_TASK_PERSISTENCE_NOT_PERSISTENT_ACROSS_REBOOTS: as long as the Module exists.
 * @DMF_SCHEDULED_TASK_PERSISTENCE_PERSISTENT_ACROSS_REBOOTS: in the file @times_run_path.
 *
 * DMF: ScheduledTask_Persistence_Type.
 */
enum dmf_scheduled_task_persistence {
	DMF_SCHEDULED_TASK_PERSISTENCE_NOT_PERSISTENT_ACROSS_REBOOTS,
	DMF_SCHEDULED_TASK_PERSISTENCE_PERSISTENT_ACROSS_REBOOTS,
};

/**
 * enum dmf_scheduled_task_execution_mode - how the event runs the task
 * @DMF_SCHEDULED_TASK_EXECUTION_MODE_IMMEDIATE: within the event. A run that fails
 *	in whatever way fails the event with -EIO; it is not tried again then.
 * @DMF_SCHEDULED_TASK_EXECUTION_MODE_DEFERRED: by the timer,
 *	@time_ms_before_initial_call after the event.
 *
 * DMF: ScheduledTask_ExecutionMode_Type.
 */
enum dmf_scheduled_task_execution_mode {
	DMF_SCHEDULED_TASK_EXECUTION_MODE_IMMEDIATE,
	DMF_SCHEDULED_TASK_EXECUTION_MODE_DEFERRED,
};

/**
 * enum dmf_scheduled_task_execute_when - which event runs the task
 * @DMF_SCHEDULED_TASK_EXECUTE_WHEN_OTHER: none: only the Methods do. Only such a task
 *	can be dynamic.
 * @DMF_SCHEDULED_TASK_EXECUTE_WHEN_PREPARE_HARDWARE: prepare_hardware.
 * @DMF_SCHEDULED_TASK_EXECUTE_WHEN_D0_ENTRY: each d0_entry.
 *
 * DMF: ScheduledTask_ExecuteWhen_Type.
 */
enum dmf_scheduled_task_execute_when {
	DMF_SCHEDULED_TASK_EXECUTE_WHEN_OTHER,
	DMF_SCHEDULED_TASK_EXECUTE_WHEN_PREPARE_HARDWARE,
	DMF_SCHEDULED_TASK_EXECUTE_WHEN_D0_ENTRY,
};

/**
 * struct dmf_scheduled_task_config - Config of a ScheduledTask
 * @callback: the task; required. @context is what the call that runs it has given, or
 *	else @callback_context. @previous is where the device came from in a run that
 *	d0_entry has led to, and DMF_POWER_D0 in all others. It may use all Methods but
 *	cancel, restart and, unless @concurrent, execute_now.
 * @callback_context: for @callback; belongs to the Client.
 * @persistence_type: how long success is remembered.
 * @times_run_path: absolute path of the file, or attribute, that holds the number of
 *	successful runs of a persistent task; copied. NULL for one that is not.
 * @execution_mode: how the event runs the task.
 * @execute_when: which event runs the task.
 * @timer_period_ms_on_success: time to the next run, in milliseconds, after
 *	DMF_SCHEDULED_TASK_RESULT_SUCCESS_BUT_TRY_AGAIN.
 * @timer_period_ms_on_fail: the same, after
 *	DMF_SCHEDULED_TASK_RESULT_FAIL_BUT_TRY_AGAIN.
 * @time_ms_before_initial_call: time from the event to the run of a deferred task, in
 *	milliseconds.
 * @concurrent: runs of the timer, of a deferred call and of any number of
 *	execute_now may overlap; two of the timer's, or of deferred calls, never do.
 *
 * DMF: DMF_CONFIG_ScheduledTask and EVT_DMF_ScheduledTask_Callback.
 */
struct dmf_scheduled_task_config {
	enum dmf_scheduled_task_result (*callback)(struct dmf_scheduled_task *task,
						   void *context, enum dmf_power previous);
	void *callback_context;
	enum dmf_scheduled_task_persistence persistence_type;
	const char *times_run_path;
	enum dmf_scheduled_task_execution_mode execution_mode;
	enum dmf_scheduled_task_execute_when execute_when;
	unsigned int timer_period_ms_on_success;
	unsigned int timer_period_ms_on_fail;
	unsigned int time_ms_before_initial_call;
	bool concurrent;
};

DMF_DECLARE_MODULE(scheduled_task);

/**
 * dmf_scheduled_task_execute_now - run the task in the caller's context
 * @task: the ScheduledTask
 * @context: for the callback
 * @result: where to store what the run has come to, or NULL
 *
 * Runs whether the task has succeeded before or not, waits its turn, and has no
 * consequence: the result is not remembered and nothing is tried again.
 *
 * DMF: DMF_ScheduledTask_ExecuteNow.
 *
 * Context: process, may sleep, without a lock that the callback takes.
 * Return: 0 if the task has run; -ECANCELED if it is cancelled; -ESHUTDOWN if the
 * event it belongs to has not come; -EDEADLK, with a warning, if the callback calls;
 * -ENODEV if the ScheduledTask is not open.
 */
int dmf_scheduled_task_execute_now(struct dmf_scheduled_task *task, void *context,
				   enum dmf_scheduled_task_result *result);

/**
 * dmf_scheduled_task_execute_now_deferred - run the task soon, once for each call
 * @task: the ScheduledTask
 * @context: for the callback; NULL for the Config's, and the result counts then as
 *	by dmf_scheduled_task_execute_now_deferred_ex()
 *
 * Runs whether the task has succeeded before or not, and what it comes to is ignored.
 * Each accepted call is followed by one run, unless it is dropped by cancel or close
 * before. Calls of this kind that wait at a time have one context.
 *
 * DMF: DMF_ScheduledTask_ExecuteNowDeferred.
 *
 * Context: wherever spin_lock_irqsave() is legal.
 * Return: 0 if the call has been accepted; -EBUSY if calls with another context wait;
 * -ECANCELED if the task is cancelled; -ENODEV if the ScheduledTask is not open.
 */
int dmf_scheduled_task_execute_now_deferred(struct dmf_scheduled_task *task, void *context);

/**
 * dmf_scheduled_task_execute_now_deferred_ex - run the task soon, and mind the result
 * @task: the ScheduledTask
 *
 * As the timer does: not if the task has succeeded before; with the Config's context;
 * success is remembered, and what is to be tried again is.
 *
 * DMF: DMF_ScheduledTask_ExecuteNowDeferredEx.
 *
 * Context: wherever spin_lock_irqsave() is legal.
 * Return: 0 if the call has been accepted; -ECANCELED if the task is cancelled; -ENODEV
 * if the ScheduledTask is not open.
 */
int dmf_scheduled_task_execute_now_deferred_ex(struct dmf_scheduled_task *task);

/**
 * dmf_scheduled_task_cancel - stop the task until it is restarted
 * @task: the ScheduledTask
 *
 * Drops deferred calls whose run has not begun, stops the timer, and waits for what
 * runs. When this returns nothing of the task runs, whoever started it, and nothing
 * will before dmf_scheduled_task_restart(). Events succeed without running it.
 *
 * DMF: DMF_ScheduledTask_Cancel.
 *
 * Context: process, may sleep, without a lock that the callback takes.
 * Return: 0; -EDEADLK, with a warning, if the callback calls; -ENODEV if the
 * ScheduledTask is not open.
 */
int dmf_scheduled_task_cancel(struct dmf_scheduled_task *task);

/**
 * dmf_scheduled_task_restart - let a cancelled task run again
 * @task: the ScheduledTask
 *
 * Runs nothing by itself: the next event or call does. Waits for a cancel that is
 * under way. Harmless if the task is not cancelled.
 *
 * DMF: DMF_ScheduledTask_Restart.
 *
 * Context: process, may sleep, without a lock that the callback takes.
 * Return: as dmf_scheduled_task_cancel().
 */
int dmf_scheduled_task_restart(struct dmf_scheduled_task *task);

/**
 * dmf_scheduled_task_times_run_get - how often the task has succeeded
 * @task: the ScheduledTask
 * @times_run: where to store the number
 *
 * Reads the file of a persistent task if that has not been done yet.
 *
 * DMF: DMF_ScheduledTask_TimesRunGet.
 *
 * Context: process, may sleep; not within the attribute that holds the number.
 * Return: 0, or -ENODEV if the ScheduledTask is not open.
 */
int dmf_scheduled_task_times_run_get(struct dmf_scheduled_task *task, unsigned int *times_run);

/**
 * dmf_scheduled_task_times_run_set - say how often the task has succeeded
 * @task: the ScheduledTask
 * @times_run: 0 if it is to run again; anything else if it is not
 *
 * Runs nothing by itself: the next event or call does. Writes the file of a
 * persistent task, and waits for it; but if the task's callback calls, and the file has
 * been read, it is written later, as after a success, and an error is logged only.
 *
 * DMF: DMF_ScheduledTask_TimesRunSet.
 *
 * Context: process, may sleep; not within the attribute that holds the number.
 * Return: 0; -ENODEV if the ScheduledTask is not open; or the errno of writing the file,
 * in which case the number counts for as long as the Module exists.
 */
int dmf_scheduled_task_times_run_set(struct dmf_scheduled_task *task, unsigned int times_run);

#endif /* _LINUX_DMF_SCHEDULED_TASK_H */
