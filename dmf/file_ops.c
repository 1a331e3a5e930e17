// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system calls on a device's node. User memory is touched here, in stream.c and in
 * argument.c, only.
 *
 * Nothing here needs to know whether the device is still bound: requests are
 * refused by the request gate, everything else by the file gate.
 */
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include <linux/dmf/live_kernel_dump.h>
#include <uapi/linux/dmf/branch_track.h>
#include <uapi/linux/dmf/dump.h>

#include "internal.h"

static_assert(sizeof(struct dmf_event) == 40);
static_assert(offsetof(struct dmf_event, timestamp_ns) == 24);
static_assert(offsetof(struct dmf_event, sequence) == 32);
static_assert(sizeof(struct dmf_wait) == 48);
static_assert(offsetof(struct dmf_wait, deadline_ns) == 24);
static_assert(sizeof(struct dmf_stream_select) == 48);
static_assert(sizeof(struct dmf_stream_list) == 88);
static_assert(offsetof(struct dmf_stream_list, index) == 32);
static_assert(offsetof(struct dmf_stream_list, sequence) == 56);
static_assert(offsetof(struct dmf_stream_list, reserved) == 72);
static_assert(sizeof(struct dmf_event_set) == 64);
static_assert(offsetof(struct dmf_event_set, index) == 32);
static_assert(sizeof(struct dmf_branch_track_query) == 48);
static_assert(offsetof(struct dmf_branch_track_query, size) == 8);
static_assert(offsetof(struct dmf_branch_track_query, used) == 12);
static_assert(offsetof(struct dmf_branch_track_query, type) == 16);
static_assert(offsetof(struct dmf_branch_track_query, flags) == 20);
static_assert(offsetof(struct dmf_branch_track_query, needed) == 24);
static_assert(offsetof(struct dmf_branch_track_query, reserved) == 32);

/* -- Open and release ---------------------------------------------------------- */

/*
 * Runs under the lock of all misc devices, which keeps the node's device from
 * being unbound: it neither resumes the device nor waits for anything.
 */
static int dmf_open(struct inode *inode, struct file *filp)
{
	struct dmf_device *ddev = container_of(filp->private_data, struct dmf_device, node);
	struct dmf_file *file = dmf_file_open_top(ddev);

	if (IS_ERR(file))
		return PTR_ERR(file);

	filp->private_data = file;
	filp->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, filp);
}

static int dmf_release(struct inode *inode, struct file *filp)
{
	dmf_file_release(filp->private_data);
	return 0;
}

/* -- read, write, poll --------------------------------------------------------- */

/* A read that no stream serves. */
static noinline ssize_t read_request(struct dmf_file *file, struct iov_iter *to)
{
	size_t size = min_t(size_t, iov_iter_count(to), DMF_IO_SIZE_MAX);
	struct dmf_request *request;
	ssize_t ret;

	request = dmf_request_create(file, DMF_REQUEST_READ, 0, 0, size);
	if (!request)
		return -ENOMEM;

	ret = dmf_request_submit(request);
	if (!ret) {
		size = min(size, request->information);
		ret = copy_to_iter(request->buffer, size, to);
		if (ret != size)
			ret = -EFAULT;
	}
	dmf_request_put(request);
	return ret;
}

static bool dmf_nonblock(const struct kiocb *iocb)
{
	return (iocb->ki_filp->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT);
}

static inline ssize_t read_stream(struct dmf_file *source, struct kiocb *iocb,
				  struct iov_iter *to)
{
	return dmf_stream_pull(source, to, NULL, dmf_nonblock(iocb), DMF_WAIT_FOREVER);
}

/* No stream of the file's own device is consumed. */
static noinline ssize_t read_below(struct dmf_file *file, struct kiocb *iocb, struct iov_iter *to)
{
	struct dmf_file *source = dmf_stream_source_below(file);

	if (source)
		return read_stream(source, iocb, to);
	if (iocb->ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	return read_request(file, to);
}

static ssize_t dmf_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct dmf_file *file = iocb->ki_filp->private_data;

	if (!iov_iter_count(to))
		return 0;
	if (likely(READ_ONCE(file->source) == file))
		return read_stream(file, iocb, to);
	return read_below(file, iocb, to);
}

static ssize_t dmf_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct dmf_file *file = iocb->ki_filp->private_data;
	size_t size = min_t(size_t, iov_iter_count(from), DMF_IO_SIZE_MAX);
	struct dmf_request *request;
	ssize_t ret = -EFAULT;

	if (iocb->ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	request = dmf_request_create(file, DMF_REQUEST_WRITE, 0, size, 0);
	if (!request)
		return -ENOMEM;

	if (copy_from_iter(request->buffer, size, from) == size)
		ret = dmf_request_submit(request) ?: min(size, request->information);
	dmf_request_put(request);
	return ret;
}

/* What pollers are told of a device, or a stack, that takes no requests. */
static __poll_t poll_error(const struct dmf_file *file)
{
	int error = 0;

	for (; file && !error; file = file->lower)
		error = dmf_io_error(file->ddev);
	if (error == -ENODEV)
		return EPOLLHUP | EPOLLERR;
	return error ? EPOLLERR : 0;
}

static bool poll_source(struct dmf_file *file)
{
	struct dmf_file *source = dmf_stream_source(file);
	struct dmf_stream *stream = source ? READ_ONCE(source->stream) : NULL;

	return stream && dmf_stream_readable(stream, source);
}

/*
 * Whether it is as whoever waits mostly finds it: a device that works and is no filter, a
 * stream, no record, and nobody who has a say. Nothing of that needs the gates.
 */
static bool poll_is_quiet(const struct dmf_file *file)
{
	const struct dmf_stream *stream = READ_ONCE(file->stream);

	return stream && dmf_stream_is_quiet(stream) && !file->lower && !file->asks_poll &&
	       !dmf_gate_is_closed(&file->ddev->file_gate) && !dmf_io_error(file->ddev);
}

static noinline __poll_t poll_look(struct dmf_file *file)
{
	struct dmf_device *ddev = file->ddev;
	__poll_t mask;

	if (!dmf_gate_enter(&ddev->file_gate))
		return EPOLLHUP | EPOLLERR;

	mask = dmf_dispatch_poll(file) | poll_error(file);
	if (poll_source(file))
		mask |= EPOLLIN | EPOLLRDNORM;
	dmf_gate_leave(&ddev->file_gate);
	return mask;
}

static __poll_t dmf_poll(struct file *filp, poll_table *wait)
{
	struct dmf_file *file = filp->private_data;

	/* First queue, then look: what comes in between is not missed. */
	dmf_poll_wait(filp, &file->pollers->wait, wait);
	smp_mb(); /* pairs with the barriers of those who wake, before they look for sleepers */
	return likely(poll_is_quiet(file)) ? EPOLLOUT | EPOLLWRNORM : poll_look(file);
}

/* -- ioctl ---------------------------------------------------------------------- */

/* Whether a text ends, with nothing behind its end. */
static bool text_is_valid(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	return length < size && !memchr_inv(text + length, 0, size - length);
}

static bool name_is_valid(const char (*name)[DMF_STREAM_NAME_SIZE])
{
	return text_is_valid(*name, sizeof(*name));
}

static long ioctl_stream_select(struct dmf_file *file, void __user *argument)
{
	struct dmf_stream_select select;
	long ret;

	if (copy_from_user(&select, argument, sizeof(select)))
		return -EFAULT;
	if (!name_is_valid(&select.name) ||
	    memchr_inv(select.reserved, 0, sizeof(select.reserved)))
		return -EINVAL;

	if (!dmf_gate_enter(&file->ddev->file_gate))
		return -ENODEV;
	ret = dmf_stream_select(file, select.name);
	dmf_gate_leave(&file->ddev->file_gate);
	return ret;
}

static long ioctl_stream_list(struct dmf_file *file, void __user *argument)
{
	struct dmf_stream_list list;
	long ret;

	if (copy_from_user(&list, argument, sizeof(list)))
		return -EFAULT;
	if (list.reserved0 || list.reserved[0] || list.reserved[1])
		return -EINVAL;

	if (!dmf_gate_enter(&file->ddev->file_gate))
		return -ENODEV;
	ret = dmf_stream_list(file, &list);
	dmf_gate_leave(&file->ddev->file_gate);
	if (!ret && copy_to_user(argument, &list, sizeof(list)))
		ret = -EFAULT;
	return ret;
}

static int put_counts(struct dmf_wait __user *argument, u32 used, u32 count)
{
	if (!user_write_access_begin(argument, sizeof(*argument)))
		return -EFAULT;
	unsafe_put_user(used, &argument->used, fault);
	unsafe_put_user(count, &argument->count, fault);
	user_write_access_end();
	return 0;

fault:
	user_write_access_end();
	return -EFAULT;
}

static long ioctl_wait(struct file *filp, struct dmf_wait __user *argument)
{
	struct dmf_file *file = filp->private_data;
	struct dmf_file *source = dmf_stream_source(file) ?: file;
	unsigned int cancels = dmf_stream_cancels(source);
	struct dmf_wait wait;
	struct iov_iter to;
	ssize_t ret;

	if (!(filp->f_mode & FMODE_READ))
		return -EBADF;
	if (copy_from_user(&wait, argument, sizeof(wait)))
		return -EFAULT;
	if (wait.reserved[0] || wait.reserved[1])
		return -EINVAL;

	/* Not after records have been taken; and on errors none are left over. */
	if (put_counts(argument, 0, 0))
		return -EFAULT;
	iov_iter_ubuf(&to, READ, u64_to_user_ptr(wait.buffer),
		      min_t(size_t, wait.size, MAX_RW_COUNT));
	wait.count = wait.max_count ?: UINT_MAX;
	ret = dmf_stream_pull_since(source, cancels, &to, &wait.count,
				    filp->f_flags & O_NONBLOCK, wait.deadline_ns);
	if (ret < 0)
		return ret;

	return put_counts(argument, ret, wait.count);
}

static long event_set(struct dmf_file *file, const struct dmf_event_set *set)
{
	struct eventfd_ctx *ctx = NULL;
	long ret;

	if (set->fd != -1)
		ctx = eventfd_ctx_fdget(set->fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);

	ret = -ENODEV;
	if (dmf_gate_enter(&file->ddev->file_gate)) {
		ret = dmf_eventfd_set(file, set->name, set->index, set->flags, ctx);
		dmf_gate_leave(&file->ddev->file_gate);
	}
	if (ret && ctx)
		eventfd_ctx_put(ctx);
	return ret;
}

static long ioctl_event_set(struct file *filp, void __user *argument)
{
	struct dmf_event_set set;

	if (!(filp->f_mode & FMODE_READ))
		return -EBADF;
	if (copy_from_user(&set, argument, sizeof(set)))
		return -EFAULT;
	if (!name_is_valid(&set.name) || (set.flags & ~DMF_EVENT_GONE) ||
	    (set.fd == -1 && set.flags) || memchr_inv(set.reserved, 0, sizeof(set.reserved)))
		return -EINVAL;
	return event_set(filp->private_data, &set);
}

/* The device has answered, or has refused to; nothing of it is needed any more. */
static long branch_track_put(struct dmf_branch_track_query __user *argument,
			     struct dmf_branch_track_query *query, const void *answer,
			     size_t needed)
{
	query->used = answer ? needed : 0;
	query->needed = needed;
	if (answer && copy_to_user(u64_to_user_ptr(query->buffer), answer, needed))
		return -EFAULT;
	return copy_to_user(argument, query, sizeof(*query)) ? -EFAULT : 0;
}

static long ioctl_branch_track(struct file *filp,
			       struct dmf_branch_track_query __user *argument)
{
	struct dmf_branch_track_query query;
	size_t needed;
	void *answer;
	long ret;

	if (!(filp->f_mode & FMODE_READ))
		return -EBADF;
	if (copy_from_user(&query, argument, sizeof(query)))
		return -EFAULT;
	if (query.reserved0 || query.reserved[0] || query.reserved[1])
		return -EINVAL;

	ret = dmf_branches_query(filp->private_data, &query, &answer, &needed);
	if (!ret || ret == -ENOSPC)
		ret = branch_track_put(argument, &query, answer, needed) ?: ret;
	kvfree(answer);
	return ret;
}

/* Inside no gate: only whether it is there. */
static bool has_live_kernel_dump(const struct dmf_device *ddev)
{
	return dmf_feature_module_get_from_device(ddev, DMF_FEATURE_LIVE_KERNEL_DUMP);
}

static long dump_create(struct dmf_device *ddev, const struct dmf_dump_create *create)
{
	const struct dmf_live_kernel_dump_request request = {
		.code = create->code, .parameter = create->parameter, .text = create->text,
	};
	struct dmf_live_kernel_dump *dump;
	long ret;

	if (!dmf_gate_enter(&ddev->file_gate))
		return -ENODEV;
	dump = dmf_live_kernel_dump_from_device(ddev);
	ret = dmf_live_kernel_dump_live_kernel_memory_dump_create(dump, &request);
	dmf_gate_leave(&ddev->file_gate);
	return ret;
}

/*
 * No request: it need not wait for its turn, nor for a device that sleeps, and works if
 * the device has failed. Of a stack the uppermost device that makes dumps does.
 */
static long ioctl_dump_create(struct dmf_file *file, void __user *argument)
{
	struct dmf_file *level = file;
	struct dmf_dump_create create;

	while (level && !has_live_kernel_dump(level->ddev))
		level = level->lower;
	if (!level)
		return dmf_gate_is_closed(&file->ddev->file_gate) ? -ENODEV : -ENOTTY;
	if (!dmf_file_is_opened_by_administrator(file))
		return -EACCES;
	if (copy_from_user(&create, argument, sizeof(create)))
		return -EFAULT;
	if (!text_is_valid(create.text, sizeof(create.text)) ||
	    memchr_inv(create.reserved, 0, sizeof(create.reserved)))
		return -EINVAL;
	return dump_create(level->ddev, &create);
}

static long dmf_ioctl(struct file *filp, unsigned int command, unsigned long argument)
{
	struct dmf_file *file = filp->private_data;

	switch (command) {
	case DMF_IOC_STREAM_SELECT:
		return ioctl_stream_select(file, (void __user *)argument);
	case DMF_IOC_STREAM_LIST:
		return ioctl_stream_list(file, (void __user *)argument);
	case DMF_IOC_WAIT:
		return ioctl_wait(filp, (void __user *)argument);
	case DMF_IOC_EVENT_SET:
		return ioctl_event_set(filp, (void __user *)argument);
	case DMF_IOC_BRANCH_TRACK:
		return ioctl_branch_track(filp, (void __user *)argument);
	case DMF_IOC_DUMP_CREATE:
		return ioctl_dump_create(file, (void __user *)argument);
	case DMF_IOC_CANCEL_MINE:
		if (dmf_gate_is_closed(&file->ddev->file_gate))
			return -ENODEV;
		dmf_file_cancel_mine(file);
		return 0;
	}
	if (_IOC_TYPE(command) == DMF_IOC_MAGIC && _IOC_NR(command) < DMF_IOC_CLIENT_BASE)
		return dmf_gate_is_closed(&file->ddev->file_gate) ? -ENODEV : -ENOTTY;
	return dmf_ioctl_command(file, command, USER_SOCKPTR((void __user *)argument));
}

const struct file_operations dmf_file_ops = {
	.owner		= THIS_MODULE,
	.open		= dmf_open,
	.release	= dmf_release,
	.read_iter	= dmf_read_iter,
	.write_iter	= dmf_write_iter,
	.poll		= dmf_poll,
	.unlocked_ioctl	= dmf_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};
EXPORT_SYMBOL_IF_KUNIT(dmf_file_ops);
