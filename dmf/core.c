// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmf.ko: the Driver Module Framework.
 *
 * A driver, the Client, is a list of Modules and its own business logic. A
 * Module is an object with a configuration, a private context, locks and a
 * lifecycle; it may have Modules of its own as children. The core creates the
 * tree when a device is bound, opens and closes each Module with the device's
 * life and power states, and passes every device event to those that want it.
 *
 * Where things are:
 *
 *   gate.c          may this still be used, and how to wait until nobody does
 *   drain.c         the same, and a message when it takes long
 *   undo.c          what a Module's open() has taken
 *   lock.c          the locks of Modules
 *   module.c        Modules as objects
 *   dynamic.c       Modules that come and go at any time
 *   branch.c        counters of branches that are tracked
 *   feature.c       Modules that every part of a driver can reach
 *   transport.c     children that the Client chooses
 *   interface.c     Modules bound to each other at run time
 *   tree.c          who takes part in which phase and event, in which order
 *   lifecycle.c     open and close of one Module
 *   notification.c  Modules that open and close when they are notified
 *   phase.c         pairs of events that bring a device up and down
 *   power.c         the two power routines and dev_pm_ops
 *   wake.c          wake-up: armed, disarmed, and who it was
 *   interrupt.c     connecting and disconnecting interrupts
 *   device.c        one binding, from probe to remove
 *   stack.c         finding devices; filters on top of them
 *   control.c       devices without hardware, one for a driver
 *   dispatch.c      the events that are not part of a phase
 *   query.c         may the device be removed or stopped
 *   io.c            the way into the device for a request
 *   queue.c         one request at a time, if the Client wants it so
 *   request.c       requests: pend, cancel, complete
 *   request_queue.c pended requests that Modules keep
 *   internal_request.c  requests of other drivers
 *   request_sender.c    the same without waiting
 *   command.c       tables of commands: who handles which
 *   argument.c      the argument of a command, and the buffers that it leads to
 *   flight.c        the requests of one file, or of other drivers
 *   in_flight.c     open files and requests in flight, for the live view
 *   file.c          open files as objects
 *   file_ops.c      the system calls
 *   stream.c        how consumers pull records out of Modules
 *   reader.c        files that each have all records of a stream
 *   eventfd.c       eventfds that programs register with Modules
 *   node.c          /dev/dmf/<driver><n>
 *   portable.c      waiting for several completions
 *   utility.c       entries of the event log
 *   recorder.c      the latest messages of each Module
 *   recorder_format.c   what a message's format says of its arguments
 *   names.c         enumerations as text
 *   debugfs.c       the live tree
 *   dump.c          the same and memory, in one buffer
 *   dump_store.c    where dumps are until somebody has read them
 *   event.c         calling Modules for events
 *   trace.h         tracepoints
 *
 * Who frees what, and what can still reach it:
 *
 *   Module       freed by remove, after every gate that leads to it is closed; a
 *                dynamic one by whoever takes it out of its parent's list
 *   dmf_device   counted: the binding, each open file, the filter above, and
 *                whoever has looked it up
 *   dmf_recorder freed with its Module, or after the Modules that share it; files of
 *                debugfs and dumps read it, and are waited for
 *   dmf_stream   freed with its dmf_device; blocked callers and pollers hold on
 *   dmf_reader   freed with its dmf_file; blocked callers hold on
 *   dmf_eventfds freed with its dmf_device
 *   eventfd_listener  freed after a grace period, when the program takes it away, its
 *                file is released, or the device is unbound
 *   dmf_branch_counters  freed with its dmf_device; checkpoints count there
 *   dmf_command_table  freed with its dmf_device; system calls look into it
 *   dmf_file     counted: the struct file or the file of the filter above, and
 *                each abandoned request
 *   dmf_request  counted: the submitter, whoever has pended it, and the work of one that
 *                was sent without waiting
 *   dmf_stored_dump  freed by whoever makes the dump, or by the kernel's device core
 *                dumps once they have taken it; they outlive the binding
 *   dmf_interface  freed by unbind, after its gate is closed and both Modules know
 *
 * Locks of the core. None is held over a callback but dynamics_lock, over show of a
 * dynamic Module, and the lock of a dmf_pull_turn, over the calls of a stream:
 *
 *   devices_lock of stack.c > dmf_device.files_lock > dmf_flight.lock
 *   dmf_device.debugfs_lock > .dynamics_lock, which the readers that it waits for take
 *   dmf_request_sender.lock: on its own; works are queued under it, and under
 *     dmf_flight.lock and dmf_queue.lock
 *   dmf_pull_turn.lock > locks of the Module
 *   dmf_stream.lock > dmf_pollers.wait
 *   dmf_file.select_lock > dmf_stream.lock
 *   dmf_device.interrupts_lock, .interfaces_lock, .eventfds_lock, dmf_file.data_lock,
 *     stored_lock of dump_store.c, uevents_lock of utility.c, locks_counted_lock of
 *     lock.c: on their own
 *
 * dmf_recorder.lock is a raw spinlock, taken under all of them. recorders_lock of
 * recorder.c is taken under .dynamics_lock and when a .ko goes, and has no other lock
 * below it.
 *
 * dmf_filter_control.lock is a Client's, and held while its control device comes up
 * and goes.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "internal.h"

struct workqueue_struct *dmf_workqueue;
EXPORT_SYMBOL_NS_GPL(dmf_workqueue, DMF);

static int __init dmf_init(void)
{
	int ret;

	/*
	 * Not freezable: suspend callbacks may wait for work. No rescuer: what
	 * runs here may wait for other work that does.
	 */
	dmf_workqueue = alloc_workqueue("dmf", 0, 0);
	if (!dmf_workqueue)
		return -ENOMEM;

	ret = dmf_senders_init();
	if (ret)
		goto destroy_workqueue;
	ret = dmf_power_init();
	if (ret)
		goto exit_senders;
	ret = dmf_recorders_init();
	if (ret)
		goto exit_power;
	dmf_debugfs_init();
	return 0;

exit_power:
	dmf_power_exit();
exit_senders:
	dmf_senders_exit();
destroy_workqueue:
	destroy_workqueue(dmf_workqueue);
	return ret;
}
module_init(dmf_init);

static void __exit dmf_exit(void)
{
	rcu_barrier();	/* listeners of eventfd.c */
	dmf_debugfs_exit();
	dmf_recorders_exit();
	dmf_power_exit();
	dmf_senders_exit();
	destroy_workqueue(dmf_workqueue);
}
module_exit(dmf_exit);

MODULE_DESCRIPTION("Driver Module Framework");
MODULE_LICENSE("GPL");
