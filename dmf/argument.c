// SPDX-License-Identifier: GPL-2.0-only
/*
 * The argument of a command: how it gets into a request, and out of it again.
 *
 * The submitter does both, outside all gates: user memory that is slow on purpose holds
 * up nobody else. Between the two nobody has the caller's addresses but the request
 * itself: handlers see the copy, and members that are buffers without their address.
 * A request that its submitter has left is completed without a copy.
 *
 * The argument is memory of the program's, or of the kernel's if another driver makes the
 * request; its buffers are of the same kind.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sockptr.h>
#include <linux/uaccess.h>

#include "internal.h"

static_assert(sizeof(struct dmf_buffer) == 16);
static_assert(offsetof(struct dmf_buffer, size) == 8);
static_assert(offsetof(struct dmf_buffer, used) == 12);

/* One member of the argument that is a struct dmf_buffer. */
struct request_buffer {
	void *data;			/* NULL if @size is 0 */
	struct dmf_buffer caller;	/* as the caller has passed it */
	u32 used;
	u32 offset;			/* of the member */
	enum dmf_buffer_direction direction;
};

struct dmf_request_buffers {
	unsigned int count;
	struct request_buffer list[DMF_COMMAND_BUFFERS];
};

/* -- In ------------------------------------------------------------------------- */

/* What follows @known bytes of an argument must be zero. */
static int argument_check_rest(sockptr_t argument, size_t known, size_t size)
{
	int zero;

	if (size <= known)
		return 0;
	if (sockptr_is_kernel(argument))
		zero = !memchr_inv(argument.kernel + known, 0, size - known);
	else
		zero = check_zeroed_user(argument.user + known, size - known);
	return zero > 0 ? 0 : zero ?: -E2BIG;
}

static int argument_check_minimum(const struct dmf_command *row, size_t input_size,
				  size_t output_size)
{
	if (input_size < row->input_minimum)
		return -EINVAL;
	return output_size < row->output_minimum ? -ENOSPC : 0;
}

/* Memory that a buffer of the caller's leads to, of the same kind as the argument. */
static sockptr_t buffer_memory(const struct request_buffer *buffer, sockptr_t argument)
{
	if (sockptr_is_kernel(argument))
		return KERNEL_SOCKPTR((void *)(uintptr_t)buffer->caller.ptr);
	return USER_SOCKPTR(u64_to_user_ptr(buffer->caller.ptr));
}

static int buffer_check(const struct dmf_command_buffer *row, const struct dmf_buffer *caller)
{
	if (caller->size > row->maximum)
		return -E2BIG;
	if (caller->size < row->minimum)
		return row->direction == DMF_BUFFER_FROM_DRIVER ? -ENOSPC : -EINVAL;
	return 0;
}

/* What the driver only fills starts as zeros, all else as what the caller has there. */
static int buffer_copy_in(struct request_buffer *buffer, sockptr_t argument)
{
	bool fill = buffer->direction == DMF_BUFFER_FROM_DRIVER;
	size_t size = buffer->caller.size;
	sockptr_t from = buffer_memory(buffer, argument);

	if (sockptr_is_kernel(from) && sockptr_is_null(from))
		return -EFAULT;
	buffer->data = kvmalloc(size, GFP_KERNEL_ACCOUNT | (fill ? __GFP_ZERO : 0));
	if (!buffer->data)
		return -ENOMEM;
	if (!fill && copy_from_sockptr(buffer->data, from, size))
		return -EFAULT;
	return 0;
}

static int buffer_get(struct dmf_request *request, const struct dmf_command_buffer *row,
		      sockptr_t argument)
{
	struct request_buffer *buffer = &request->buffers->list[request->buffers->count];
	struct dmf_buffer *member = request->buffer + row->offset;
	int ret;

	buffer->caller = *member;
	buffer->offset = row->offset;
	buffer->direction = row->direction;
	/* A handler finds neither an address, nor what the program has left there. */
	member->ptr = 0;
	member->used = 0;
	ret = buffer_check(row, &buffer->caller);
	if (ret)
		return ret;

	request->buffers->count++;
	if (row->direction == DMF_BUFFER_TO_DRIVER)
		buffer->used = buffer->caller.size;
	return buffer->caller.size ? buffer_copy_in(buffer, argument) : 0;
}

static int buffers_get(struct dmf_request *request, sockptr_t argument)
{
	const struct dmf_command *row = &request->row->row;
	unsigned int i;
	int ret = 0;

	if (!row->buffers[0].maximum)
		return 0;
	request->buffers = kzalloc(sizeof(*request->buffers), GFP_KERNEL);
	if (!request->buffers)
		return -ENOMEM;

	for (i = 0; i < DMF_COMMAND_BUFFERS && row->buffers[i].maximum && !ret; i++)
		ret = buffer_get(request, &row->buffers[i], argument);
	return ret;
}

/*
 * Read the argument of a new request: so many bytes to pass, and to get back. What the
 * request knows of it the request's own sizes say. On failure it is put.
 */
int dmf_argument_get(struct dmf_request *request, sockptr_t argument, size_t input_size,
		     size_t output_size)
{
	size_t known = min(input_size, request->input_size);
	int ret;

	if (request->row) {
		ret = argument_check_minimum(&request->row->row, input_size, output_size);
		if (ret)
			return ret;
	}
	if (copy_from_sockptr(request->buffer, argument, known))
		return -EFAULT;
	ret = argument_check_rest(argument, known, input_size);
	if (ret || !request->row)
		return ret;
	return buffers_get(request, argument);
}

/* -- Out ------------------------------------------------------------------------ */

static int buffer_put(struct dmf_request *request, const struct request_buffer *buffer,
		      sockptr_t argument)
{
	struct dmf_buffer *member = request->buffer + buffer->offset;

	/* Whatever the handler may have written there. */
	*member = buffer->caller;
	member->used = buffer->used;
	if (buffer->direction == DMF_BUFFER_TO_DRIVER || !buffer->used)
		return 0;
	return copy_to_sockptr(buffer_memory(buffer, argument), buffer->data, buffer->used) ?
	       -EFAULT : 0;
}

/* The caller has more than the request knows of. */
static int argument_clear_rest(sockptr_t argument, size_t known, size_t size)
{
	if (size <= known)
		return 0;
	if (!sockptr_is_kernel(argument))
		return clear_user(argument.user + known, size - known) ? -EFAULT : 0;
	memset(argument.kernel + known, 0, size - known);
	return 0;
}

/* Give the caller what a request that has ended with 0 returns. */
int dmf_argument_put(struct dmf_request *request, sockptr_t argument, size_t output_size)
{
	size_t known = min(output_size, request->output_size);
	unsigned int i;
	int ret = 0;

	for (i = 0; request->buffers && i < request->buffers->count && !ret; i++)
		ret = buffer_put(request, &request->buffers->list[i], argument);
	if (ret)
		return ret;
	if (copy_to_sockptr(argument, request->buffer, known))
		return -EFAULT;
	return argument_clear_rest(argument, known, output_size);
}

/* -- A call ----------------------------------------------------------------------- */

/* A command of the driver's. Its argument's size and direction are in it. */
long dmf_ioctl_command(struct dmf_file *file, unsigned int command, sockptr_t argument)
{
	const struct dmf_command_entry *row = dmf_command_find(file, command);
	unsigned int known = row ? row->row.command : command;
	unsigned int direction = _IOC_DIR(command);
	size_t input_size = direction & _IOC_WRITE ? _IOC_SIZE(command) : 0;
	size_t output_size = direction & _IOC_READ ? _IOC_SIZE(command) : 0;
	struct dmf_request *request;
	long ret;

	ret = row ? 0 : dmf_command_unknown(file);
	if (ret)
		return ret;
	request = dmf_request_create(file, DMF_REQUEST_DEVICE_CONTROL, known,
				     direction & _IOC_WRITE ? _IOC_SIZE(known) : 0,
				     direction & _IOC_READ ? _IOC_SIZE(known) : 0);
	if (!request)
		return -ENOMEM;

	request->row = row;
	ret = dmf_argument_get(request, argument, input_size, output_size);
	if (!ret)
		ret = dmf_request_submit(request);
	if (!ret)
		ret = dmf_argument_put(request, argument, output_size);
	dmf_request_put(request);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dmf_ioctl_command);

/* -- The request's memory --------------------------------------------------------- */

/* Whether the request's buffers can be freed where nothing may sleep. */
bool dmf_request_buffers_are_light(const struct dmf_request *request)
{
	unsigned int i;

	for (i = 0; request->buffers && i < request->buffers->count; i++) {
		if (is_vmalloc_addr(request->buffers->list[i].data))
			return false;
	}
	return true;
}

void dmf_request_free_buffers(struct dmf_request *request)
{
	unsigned int i;

	for (i = 0; request->buffers && i < request->buffers->count; i++)
		kvfree(request->buffers->list[i].data);
	kfree(request->buffers);
}

/* -- What handlers ask and say ----------------------------------------------------- */

static struct request_buffer *request_buffer(const struct dmf_request *request,
					     unsigned int index)
{
	if (!request->buffers || index >= request->buffers->count)
		return NULL;
	return &request->buffers->list[index];
}

/**
 * dmf_request_buffer - memory that belongs to an argument
 * @request: the request
 * @index: which of &dmf_command.buffers
 *
 * Context: any, until the request is completed.
 * Return: dmf_request_buffer_size() bytes that belong to the request; NULL if the
 * caller has left the buffer out, or the command has none of this index.
 */
void *dmf_request_buffer(const struct dmf_request *request, unsigned int index)
{
	struct request_buffer *buffer = request_buffer(request, index);

	return buffer ? buffer->data : NULL;
}
EXPORT_SYMBOL_NS_GPL(dmf_request_buffer, DMF);

/**
 * dmf_request_buffer_size - size of a buffer
 * @request: the request
 * @index: which of &dmf_command.buffers
 *
 * Context: any, until the request is completed.
 * Return: number of bytes, within what the row says; 0 without a buffer.
 */
size_t dmf_request_buffer_size(const struct dmf_request *request, unsigned int index)
{
	struct request_buffer *buffer = request_buffer(request, index);

	return buffer ? buffer->caller.size : 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_request_buffer_size, DMF);

/**
 * dmf_request_buffer_set_used - say how much of a buffer counts
 * @request: the request
 * @index: which of &dmf_command.buffers
 * @used: number of bytes, at most its size: that have been written there, from the
 *	start, or, of a buffer that is only read, that have been taken
 *
 * As long as this is not called, nothing has been written and all has been taken.
 *
 * Context: any, until the request is completed.
 */
void dmf_request_buffer_set_used(struct dmf_request *request, unsigned int index, size_t used)
{
	struct request_buffer *buffer = request_buffer(request, index);
	size_t size = dmf_request_buffer_size(request, index);

	WARN_ON(used > size);
	if (buffer)
		buffer->used = min(used, size);
}
EXPORT_SYMBOL_NS_GPL(dmf_request_buffer_set_used, DMF);
