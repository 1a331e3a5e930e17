// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of other drivers: the same as those of user space, but for the memory
 * that they come from, and that no file is behind them. They are in flight on the
 * device itself.
 *
 * The caller holds a reference to the device (dmf_device_find()), which keeps the
 * object, not the binding: the gates tell whether somebody is still there.
 *
 * The wait is not frozen, for the caller may be a handler of another device, whose
 * suspend waits for it. The freezer interrupts it where a task of user space is
 * behind it, and the request is cancelled.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "internal.h"

/* With the sizes of its row, if a table has the command; else with those that are given. */
struct dmf_request *dmf_internal_create(struct dmf_device *ddev, unsigned int command,
					size_t input_size, size_t output_size)
{
	const struct dmf_command_entry *entry = dmf_command_find_internal(ddev, command);
	struct dmf_request *request;

	if (entry) {
		command = entry->row.command;
		input_size = _IOC_DIR(command) & _IOC_WRITE ? _IOC_SIZE(command) : 0;
		output_size = _IOC_DIR(command) & _IOC_READ ? _IOC_SIZE(command) : 0;
	}
	request = dmf_request_create_internal(ddev, command, input_size, output_size);
	if (request)
		request->row = entry;
	return request;
}

/**
 * dmf_device_internal_ioctl - send a request to a device from kernel code
 * @ddev: the device; the caller holds a reference, or is its Client
 * @command: what to do, as the device's driver defines it
 * @input: what to pass; copied. NULL if @input_size is 0
 * @input_size: in bytes
 * @output: where to store the answer, whole, if the request ends with 0. NULL if
 *	@output_size is 0
 * @output_size: in bytes
 * @timeout: after how many jiffies the request is cancelled;
 *	MAX_SCHEDULE_TIMEOUT: never
 *
 * A command of a table is handled by its row, whose argument @input and @output are, as
 * if a program had passed as much; see the DOC block of command.h. Its buffers are memory
 * of the kernel's, and the address of each is not NULL. So an argument that a program has
 * passed is never handed on here as it is: its addresses would be the program's choice of
 * what the kernel reads and writes.
 *
 * Dispatched as internal_device_io_control: to Modules, to the Client, and to the
 * device below if @ddev is a filter. Waits until the request is completed, and
 * while the system sleeps. A request that is pended without a cancel callback is
 * left to its owner when the timeout or a fatal signal comes.
 *
 * A handler may call this for another device. The answer should then come soon:
 * suspend and unbind of the handler's own device wait for the handler.
 *
 * DMF: EvtIoInternalDeviceControl; WdfIoTargetSendInternalIoctlSynchronously.
 *
 * Context: process, may sleep. No lock of a Module held; on a device with a
 * sequential queue not in a handler of that device.
 * Return: the status of the request; -ENOTTY if nobody handles it; -ENODEV if the
 * device is not bound any more; -ESHUTDOWN or -EIO after shutdown or a failed
 * resume; -ETIMEDOUT; -ERESTARTSYS or -EINTR if a signal came; -E2BIG for more
 * than DMF_IO_SIZE_MAX bytes; -ENOMEM; for a command of a table also -E2BIG, -EINVAL,
 * -ENOSPC and -EFAULT as command.h and uapi/linux/dmf/buffer.h say.
 */
int dmf_device_internal_ioctl(struct dmf_device *ddev, unsigned int command,
			      const void *input, size_t input_size,
			      void *output, size_t output_size, unsigned long timeout)
{
	struct dmf_request *request;
	int ret;

	might_sleep();
	if (max(input_size, output_size) > DMF_IO_SIZE_MAX)
		return -E2BIG;
	request = dmf_internal_create(ddev, command, input_size, output_size);
	if (!request)
		return -ENOMEM;

	if (timeout < MAX_SCHEDULE_TIMEOUT) {
		request->has_deadline = true;
		request->deadline = jiffies + timeout;
	}
	ret = dmf_argument_get(request, KERNEL_SOCKPTR((void *)input), input_size, output_size);
	if (!ret)
		ret = dmf_request_submit(request);
	if (!ret)
		ret = dmf_argument_put(request, KERNEL_SOCKPTR(output), output_size);
	dmf_request_put(request);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_device_internal_ioctl, DMF);
