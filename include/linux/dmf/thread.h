/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Thread: a kernel thread that waits to be started, does work when it is told
 * that there is some, and can be stopped and started again.
 */
#ifndef _LINUX_DMF_THREAD_H
#define _LINUX_DMF_THREAD_H

#include <linux/dmf/types.h>

struct dmf_thread;

/**
 * DOC: Thread
 *
 * The kernel thread exists as long as the Module is open, so starting it cannot
 * fail for want of memory. Closed means joined: no callback runs any more. It is
 * never frozen; what must not run while the system sleeps is stopped.
 *
 * DMF control: from start to stop the thread calls pre once, work each time that
 * work has been signalled, and post once. Signals before the thread begins to
 * work are answered by the same call of work, a signal during work by one more.
 * A signal while the thread is stopped is kept for the next start, but not beyond
 * close. Stop goes before work: what has been signalled and not begun is kept.
 *
 * Client control: the thread calls function once for each start, and a stop waits
 * until it has returned, so it must look at dmf_thread_is_stop_pending(). If it
 * returns by itself the thread is still started until it is stopped.
 *
 * Callbacks run in process context, without locks, one at a time, and may sleep.
 * Nothing that the Module does interrupts their waits.
 *
 * DMF: DMF_Thread.
 */

/**
 * enum dmf_thread_control_type - who has the thread's loop
 * @DMF_THREAD_CONTROL_TYPE_DMF_CONTROL: the Module: pre, work and post.
 * @DMF_THREAD_CONTROL_TYPE_CLIENT_CONTROL: the Client: function.
 *
 * DMF: ThreadControlType.
 */
enum dmf_thread_control_type {
	DMF_THREAD_CONTROL_TYPE_DMF_CONTROL,
	DMF_THREAD_CONTROL_TYPE_CLIENT_CONTROL,
};

/**
 * enum dmf_thread_priority - how urgent a thread is
 * @DMF_THREAD_PRIORITY_NORMAL: as any other, with a nice value.
 * @DMF_THREAD_PRIORITY_FIFO_LOW: before all normal ones, see sched_set_fifo_low().
 * @DMF_THREAD_PRIORITY_FIFO: as threads that serve interrupts, see sched_set_fifo().
 *
 * The kernel has no finer real-time priorities for drivers: who is more important
 * than whom is for the administrator to say.
 */
enum dmf_thread_priority {
	DMF_THREAD_PRIORITY_NORMAL,
	DMF_THREAD_PRIORITY_FIFO_LOW,
	DMF_THREAD_PRIORITY_FIFO,
};

/**
 * struct dmf_thread_task - how the kernel thread shows itself
 * @name: what ps shows, of which the first 15 characters also in comm; not
 *	copied, so it must live as long as the Module; NULL for the name of the
 *	instance.
 * @priority: how urgent it is.
 * @nice: its nice value, from -20 to 19; 0 unless @priority is normal.
 */
struct dmf_thread_task {
	const char *name;
	enum dmf_thread_priority priority;
	int nice;
};

/**
 * struct dmf_thread_config - Config of a Thread
 * @control_type: who has the loop.
 * @function: client control: the whole of what the thread does; required there,
 *	NULL otherwise.
 * @pre: DMF control: called after each start, before any work; or NULL.
 * @work: DMF control: called when work has been signalled; required there.
 * @post: DMF control: called before each stop returns, after all work; or NULL.
 * @task: name and priority.
 *
 * DMF: DMF_CONFIG_Thread, EVT_DMF_Thread_Function.
 */
struct dmf_thread_config {
	enum dmf_thread_control_type control_type;
	void (*function)(struct dmf_thread *thread);
	void (*pre)(struct dmf_thread *thread);
	void (*work)(struct dmf_thread *thread);
	void (*post)(struct dmf_thread *thread);
	struct dmf_thread_task task;
};

DMF_DECLARE_MODULE(thread);

/**
 * dmf_thread_start - let the thread run
 * @thread: the Thread
 *
 * Waits for a stop that is under way. Does not wait for the thread.
 *
 * DMF: DMF_Thread_Start.
 *
 * Context: process, may sleep.
 * Return: 0; -EALREADY if it has been started and not stopped, which includes all
 * calls by its own callbacks; -ENODEV if the Thread is not open.
 */
int dmf_thread_start(struct dmf_thread *thread);

/**
 * dmf_thread_stop - have the thread stop, and wait until it has
 * @thread: the Thread
 *
 * When this returns no callback of the Thread runs until the next start. A Thread
 * that is stopped stays so.
 *
 * DMF: DMF_Thread_Stop.
 *
 * Context: process, may sleep; not within a callback of this Thread, nor with a
 * lock that one of them takes.
 * Return: 0; -ENODEV if the Thread is not open; -EDEADLK, with a warning, if one
 * of its callbacks calls.
 */
int dmf_thread_stop(struct dmf_thread *thread);

/**
 * dmf_thread_work_ready - tell the thread that there is work
 * @thread: a Thread with DMF control
 *
 * DMF: DMF_Thread_WorkReady.
 *
 * Context: any, hard interrupts of PREEMPT_RT included. Does not sleep, takes no
 * lock that does.
 * Return: 0; -EOPNOTSUPP if the Client has the loop; -ENODEV if the Thread is not
 * open.
 */
int dmf_thread_work_ready(struct dmf_thread *thread);

/**
 * dmf_thread_is_stop_pending - whether the thread has been told to stop
 * @thread: the Thread
 *
 * For callbacks that take long, and for the function of client control. Closing
 * the Thread tells it to stop, too. A callback that sees anything of a stop sees
 * this.
 *
 * DMF: DMF_Thread_IsStopPending.
 *
 * Context: any.
 * Return: true from stop, or close, until the next start or open.
 */
bool dmf_thread_is_stop_pending(const struct dmf_thread *thread);

#endif /* _LINUX_DMF_THREAD_H */
