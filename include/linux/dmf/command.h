/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of commands: what a driver's ioctl(2) looks like, so that the core can read
 * and write the argument, and who handles it.
 */
#ifndef _LINUX_DMF_COMMAND_H
#define _LINUX_DMF_COMMAND_H

#include <linux/bits.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include <linux/dmf/types.h>
#include <uapi/linux/dmf/buffer.h>

/**
 * DOC: Commands of a table
 *
 * A Client lists its commands in &struct dmf_client_ops.commands, a Module's author in
 * dmf_module_add_commands(); the Module IoctlHandler takes such rows in its Config. The
 * core copies the rows when the device comes up, and frees the copy with the device.
 *
 * A row is found by the type and the number of a command. A direction that is not
 * that of the row makes it another command. The size may differ, for programs are
 * older or newer than the driver, and the handler never knows:
 *
 * * a shorter argument is read as if zeros followed, and as much is written back as
 *   the caller has
 * * of a longer one, what the driver does not know must be zero, else the caller gets
 *   -E2BIG, as copy_struct_from_user() has it; zeros are written back there
 * * an argument below the row's minimum: -EINVAL if it is read, -ENOSPC if it is only
 *   written
 *
 * So dmf_request_input_size() and dmf_request_output_size() are those of the row, and
 * input and output may be cast to its structure. A member that is a &struct dmf_buffer
 * stands for memory of the caller's: the core copies that before the handler runs and
 * after the request has been completed with success. The handler sees the copy by
 * dmf_request_buffer(), and in the member itself no address. The copy belongs to the
 * request.
 *
 * A handler returns 0 or a negative errno, with which the core completes the request.
 * One that has pended the request keeps it, and returns 0. There is no third way: what
 * is pended is kept, and what is not is completed.
 *
 * Requests of other drivers reach the same rows: dmf_device_internal_ioctl() with the
 * same argument, in which &dmf_buffer.ptr is an address of the kernel's. The two
 * sizes of the call stand for that of the command.
 *
 * A device has one row for a command. On a stack each device may have its own: the
 * upper one is asked.
 */

/* So many members of one argument may be a struct dmf_buffer. */
#define DMF_COMMAND_BUFFERS		4

/* No row's &dmf_command_buffer.maximum may be larger. */
#define DMF_COMMAND_BUFFER_MAX		SZ_16M

/* So many rows one table may have. */
#define DMF_COMMANDS_MAX		1024

/* A row that ioctl(2) does not find: for requests of other drivers only. */
#define DMF_COMMAND_KERNEL_ONLY		BIT(0)

/**
 * enum dmf_buffer_direction - which way the data of a buffer go
 * @DMF_BUFFER_TO_DRIVER: the handler reads them.
 * @DMF_BUFFER_FROM_DRIVER: the handler writes them, over zeros.
 * @DMF_BUFFER_BOTH: the handler reads them and overwrites them.
 */
enum dmf_buffer_direction {
	DMF_BUFFER_TO_DRIVER = 1,
	DMF_BUFFER_FROM_DRIVER,
	DMF_BUFFER_BOTH,
};

/**
 * struct dmf_command_buffer - a member of an argument that is a &struct dmf_buffer
 * @offset: of the member, in bytes, a multiple of eight.
 * @direction: which way its data go.
 * @minimum: of &dmf_buffer.size; 0 if the caller may leave the buffer out.
 * @maximum: of &dmf_buffer.size, not 0. The core allocates that much.
 */
struct dmf_command_buffer {
	u32 offset;
	enum dmf_buffer_direction direction;
	u32 minimum;
	u32 maximum;
};

/**
 * struct dmf_command - a row of a table
 * @command: of ioctl(2), made by _IO(), _IOR(), _IOW() or _IOWR() with the structure as
 *	the driver knows it.
 * @flags: 0 or DMF_COMMAND_KERNEL_ONLY.
 * @input_minimum: the least that a caller must pass, in bytes: the size of the
 *	structure's first version.
 * @output_minimum: the least that a caller must be able to take.
 * @buffers: members that are buffers; the first that is all zero ends them. The
 *	command passes its argument, and gets it back if a buffer has data from the
 *	driver.
 * @handler: in the table of a Client: called as &dmf_client_ops.device_io_control is.
 *	Returns 0 or a negative errno; see above.
 * @module_handler: the same in the table of a Module, with @data. One of the two is set.
 * @data: for @module_handler.
 *
 * DMF has such rows in one Module only, see &struct dmf_ioctl_handler_record.
 */
struct dmf_command {
	unsigned int command;
	unsigned int flags;
	u32 input_minimum;
	u32 output_minimum;
	struct dmf_command_buffer buffers[DMF_COMMAND_BUFFERS];
	int (*handler)(struct dmf_device *ddev, struct dmf_request *request);
	int (*module_handler)(struct dmf_module *module, struct dmf_request *request,
			      const void *data);
	const void *data;
};

int dmf_module_add_commands(struct dmf_module_init *init, const struct dmf_command *commands,
			    unsigned int count);
void dmf_module_enable_commands(struct dmf_module *module, bool enable);
bool dmf_module_commands_enabled(const struct dmf_module *module);

#endif /* _LINUX_DMF_COMMAND_H */
