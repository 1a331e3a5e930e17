// SPDX-License-Identifier: GPL-2.0-only
/*
 * Driver for QEMU's edu device (PCI 1234:11e8), which computes factorials and
 * raises an interrupt when it has one. Uses nothing but the kernel:
 *   interrupt -> work item -> fifo of records -> /dev/dmf/edu<n>
 *
 * The device works on one number at a time. From edu_ask() until its result is a
 * record the device is busy, and a runtime PM reference keeps it awake. Waiting
 * for records takes no such reference.
 *
 * Lifetime: struct edu is counted, the binding has one reference and each open
 * file has one. What reaches the hardware (registers, interrupt, work item, PM)
 * belongs to the binding. Open files get at it in edu_ask() only, which holds
 * io_lock for reading and looks at @error: whoever sets @error under io_lock
 * knows that nobody is in there any more, nor will be. A sleeping system needs no
 * such care, because user space is frozen before the device is suspended.
 *
 * Delivery: a record leaves the fifo when it has been copied. Both happen under
 * the lock of the fifo, so the copy runs with page faults disabled; if it fails,
 * the pages are brought in without the lock and the copy is tried again. Memory
 * that user space makes slow on purpose holds up nobody but its owner.
 *
 * Waking: one record wakes one blocked caller, and all pollers. A caller that
 * leaves while a record is there, be it interrupted, cancelled, late or content
 * with less, wakes the next one: it may have been woken for that record.
 *
 * Lock order: io_lock, lock.
 *
 * What drivers/edu has from its Modules for nothing is not here: DMF_IOC_STREAM_LIST,
 * eventfds, several streams, filters above the device, dumps, tracepoints, figures in
 * debugfs. What programs do to hear of an event is the same.
 */
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/kfifo.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/poll.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <uapi/linux/dmf/edu.h>

#include "../edu/regs.h"

#define EDU_RECORDS		256	/* unread; when there is one more the oldest goes */
#define EDU_STREAM		"factorial"

/* How long sleep, shutdown and unbind wait for a result that is due. */
#define EDU_FINISH_TIMEOUT	HZ

/* How late a deadline may be, so that timers can be handled together. */
#define EDU_SLACK_NS		(50 * NSEC_PER_USEC)

/* How often a record is tried to be copied to memory that faults. */
#define EDU_FAULT_TRIES		100

/* What user space reads. */
struct edu_record {
	struct dmf_event event;
	struct dmf_edu_factorial factorial;
};

static_assert(sizeof(struct edu_record) == 48);
static_assert(sizeof(struct dmf_wait) == 48);
static_assert(sizeof(struct dmf_stream_select) == 48);

struct edu {
	struct kref ref;

	/* Of the binding. */
	struct pci_dev *pdev;
	void __iomem *regs;
	struct miscdevice node;
	char node_name[24];
	int instance;			/* the <n> of the node's name */
	bool up;			/* read by the handler: the registers can be accessed */
	struct work_struct work;

	struct rw_semaphore io_lock;	/* guards @error, which most read without */
	int error;			/* -ESHUTDOWN, -ENODEV, or 0: the device can be asked */

	spinlock_t lock;		/* guards what follows; process context only */
	bool busy;			/* @operand is being computed */
	u32 operand;
	u64 sequence;			/* of the newest record */
	DECLARE_KFIFO(records, struct edu_record, EDU_RECORDS);

	wait_queue_head_t idle;		/* for @busy to become false */
	wait_queue_head_t blocked;	/* callers, exclusive: one record wakes one */
	wait_queue_head_t pollers;
};

/* One open file. */
struct edu_file {
	struct edu *edu;		/* counted */
	unsigned int cancels;		/* number of DMF_IOC_CANCEL_MINE; under the lock of @edu */
};

static DEFINE_IDA(edu_instances);

static void edu_free(struct kref *ref)
{
	kfree(container_of(ref, struct edu, ref));
}

static bool edu_is_gone(const struct edu *edu)
{
	return READ_ONCE(edu->error) == -ENODEV;
}

/* -- Hardware ------------------------------------------------------------------- */

static irqreturn_t edu_irq(int irq, void *data)
{
	struct edu *edu = data;
	u32 status;

	/* Others live on the line, and interrupt while this device is suspended. */
	if (!READ_ONCE(edu->up))
		return IRQ_NONE;
	status = readl(edu->regs + EDU_IRQ_STATUS);
	if (!status)
		return IRQ_NONE;

	writel(status, edu->regs + EDU_IRQ_ACK);
	schedule_work(&edu->work);
	return IRQ_HANDLED;
}

static void edu_add_record_locked(struct edu *edu, u32 result)
{
	const struct edu_record record = {
		.event = {
			.size = sizeof(record),
			.data_size = sizeof(record.factorial),
			.data_offset = offsetof(struct edu_record, factorial),
			.type = DMF_EDU_EVENT_FACTORIAL,
			.timestamp_ns = ktime_get_ns(),
			.sequence = ++edu->sequence,
		},
		.factorial = { .operand = edu->operand, .result = result },
	};

	lockdep_assert_held(&edu->lock);
	if (kfifo_is_full(&edu->records))
		kfifo_skip(&edu->records);
	kfifo_put(&edu->records, record);
}

/* The interrupt may be that of a request which an earlier binding has given up. */
static void edu_work(struct work_struct *work)
{
	struct edu *edu = container_of(work, struct edu, work);
	bool done;

	spin_lock(&edu->lock);
	done = edu->busy && !(readl(edu->regs + EDU_STATUS) & EDU_STATUS_COMPUTING);
	if (done) {
		edu_add_record_locked(edu, readl(edu->regs + EDU_FACTORIAL));
		WRITE_ONCE(edu->busy, false);
	}
	spin_unlock(&edu->lock);
	if (!done)
		return;

	wake_up(&edu->blocked);
	wake_up_poll(&edu->pollers, EPOLLIN | EPOLLRDNORM);
	wake_up(&edu->idle);
	pm_runtime_put(&edu->pdev->dev);
}

/* The caller keeps the device awake; on success it stays so until it is done. */
static int edu_compute(struct edu *edu, u32 operand)
{
	int ret = 0;

	spin_lock(&edu->lock);
	if (edu->busy || readl(edu->regs + EDU_STATUS) & EDU_STATUS_COMPUTING) {
		ret = -EBUSY;
	} else {
		edu->busy = true;
		edu->operand = operand;
		writel(operand, edu->regs + EDU_FACTORIAL);
	}
	spin_unlock(&edu->lock);
	return ret;
}

static int edu_ask(struct edu *edu, u32 operand)
{
	int ret;

	down_read(&edu->io_lock);
	ret = edu->error;
	if (ret)
		goto unlock;

	ret = pm_runtime_resume_and_get(&edu->pdev->dev);
	if (ret)
		goto unlock;
	ret = edu_compute(edu, operand);
	if (ret)
		pm_runtime_put(&edu->pdev->dev);

unlock:
	up_read(&edu->io_lock);
	return ret;
}

/* When this returns neither handler nor work item touches the device. */
static void edu_stop(struct edu *edu)
{
	writel(0, edu->regs + EDU_STATUS);
	writel(readl(edu->regs + EDU_IRQ_STATUS), edu->regs + EDU_IRQ_ACK);
	readl(edu->regs + EDU_STATUS);	/* posts the writes */
	WRITE_ONCE(edu->up, false);
	synchronize_irq(pci_irq_vector(edu->pdev, 0));
	cancel_work_sync(&edu->work);
}

/* Let the device finish while its interrupt can still say so. */
static int edu_finish(struct edu *edu)
{
	if (!wait_event_timeout(edu->idle, !READ_ONCE(edu->busy), EDU_FINISH_TIMEOUT))
		return -EBUSY;
	return 0;
}

/* After edu_refuse(); what takes the device too long is lost. */
static void edu_stop_for_good(struct edu *edu)
{
	edu_finish(edu);
	edu_stop(edu);
	if (edu->busy) {
		edu->busy = false;
		pm_runtime_put_noidle(&edu->pdev->dev);
	}
}

/* From now on nobody asks the device any more. */
static void edu_refuse(struct edu *edu, int error)
{
	down_write(&edu->io_lock);
	WRITE_ONCE(edu->error, error);
	up_write(&edu->io_lock);
}

/* -- Reading -------------------------------------------------------------------- */

/* Return: 1, 0 if there is no record, -ENOSPC, or -EFAULT if pages are missing. */
static int edu_deliver_one(struct edu *edu, struct iov_iter *to)
{
	struct edu_record record;
	size_t copied;
	int ret = 0;

	spin_lock(&edu->lock);
	if (!kfifo_peek(&edu->records, &record))
		goto unlock;
	ret = -ENOSPC;
	if (iov_iter_count(to) < sizeof(record))
		goto unlock;

	pagefault_disable();
	copied = copy_to_iter(&record, sizeof(record), to);
	pagefault_enable();
	if (copied == sizeof(record)) {
		kfifo_skip(&edu->records);
		ret = 1;
	} else {
		iov_iter_revert(to, copied);
		ret = -EFAULT;
	}

unlock:
	spin_unlock(&edu->lock);
	return ret;
}

/* Return: number of bytes, 0 if there is no record, or why not even one fits. */
static ssize_t edu_deliver(struct edu *edu, struct iov_iter *to)
{
	unsigned int tries = EDU_FAULT_TRIES;
	size_t size = iov_iter_count(to);
	int ret;

	do {
		ret = edu_is_gone(edu) ? -ENODEV : edu_deliver_one(edu, to);
		if (ret == -EFAULT && tries-- && !fatal_signal_pending(current) &&
		    !fault_in_iov_iter_writeable(to, sizeof(struct edu_record)))
			ret = 1;
	} while (ret > 0);

	return size - iov_iter_count(to) ?: ret;
}

/* Return: 0 if a record may be there, or why the wait has ended. */
static int edu_wait(struct edu_file *file, unsigned int cancels, u64 deadline_ns)
{
	ktime_t deadline = min_t(u64, deadline_ns, KTIME_MAX);
	struct edu *edu = file->edu;
	bool expired = false;
	DEFINE_WAIT(wait);
	int ret;

	for (;;) {
		prepare_to_wait_exclusive(&edu->blocked, &wait,
					  TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		ret = READ_ONCE(edu->error);
		if (!ret && READ_ONCE(file->cancels) != cancels)
			ret = -ECANCELED;
		if (ret || !kfifo_is_empty(&edu->records))
			break;
		if (expired)
			ret = -ETIMEDOUT;
		else if (signal_pending(current))
			ret = -ERESTARTSYS;
		if (ret)
			break;
		expired = !schedule_hrtimeout_range(&deadline, EDU_SLACK_NS, HRTIMER_MODE_ABS);
	}
	finish_wait(&edu->blocked, &wait);
	return ret;
}

/* Return: number of bytes, which is not 0, or a negative errno. */
static ssize_t edu_consume(struct edu_file *file, unsigned int cancels, struct iov_iter *to,
			   bool nonblock, u64 deadline_ns)
{
	struct edu *edu = file->edu;
	ssize_t ret;

	do {
		ret = edu_deliver(edu, to);
		if (!ret && nonblock)
			ret = READ_ONCE(edu->error) ?: -EAGAIN;
		else if (!ret)
			ret = edu_wait(file, cancels, deadline_ns);
	} while (!ret);

	if (!kfifo_is_empty(&edu->records))
		wake_up(&edu->blocked);
	return ret;
}

/* -- System calls --------------------------------------------------------------- */

static int edu_open(struct inode *inode, struct file *filp)
{
	struct edu *edu = container_of(filp->private_data, struct edu, node);
	struct edu_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return -ENOMEM;

	kref_get(&edu->ref);
	file->edu = edu;
	filp->private_data = file;
	filp->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, filp);
}

static int edu_release(struct inode *inode, struct file *filp)
{
	struct edu_file *file = filp->private_data;

	kref_put(&file->edu->ref, edu_free);
	kfree(file);
	return 0;
}

static ssize_t edu_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	bool nonblock = (iocb->ki_filp->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT);
	struct edu_file *file = iocb->ki_filp->private_data;

	if (!iov_iter_count(to))
		return 0;
	return edu_consume(file, READ_ONCE(file->cancels), to, nonblock, DMF_WAIT_FOREVER);
}

static ssize_t edu_write(struct file *filp, const char __user *text, size_t size, loff_t *pos)
{
	struct edu_file *file = filp->private_data;
	u32 operand;
	int ret;

	if (edu_is_gone(file->edu))
		return -ENODEV;
	ret = kstrtou32_from_user(text, size, 10, &operand);
	if (ret)
		return ret;
	return edu_ask(file->edu, operand) ?: size;
}

static __poll_t edu_poll(struct file *filp, poll_table *wait)
{
	struct edu_file *file = filp->private_data;
	__poll_t mask = EPOLLOUT | EPOLLWRNORM;
	struct edu *edu = file->edu;

	/* First queue, then look: what comes in between is not missed. */
	poll_wait(filp, &edu->pollers, wait);
	if (edu_is_gone(edu))
		return EPOLLHUP | EPOLLERR;
	if (READ_ONCE(edu->error))
		mask |= EPOLLERR;
	if (!kfifo_is_empty(&edu->records))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

/* There is one stream, and every file is bound to it. */
static int edu_ioctl_stream_select(const void __user *argument)
{
	struct dmf_stream_select select;
	size_t length;

	if (copy_from_user(&select, argument, sizeof(select)))
		return -EFAULT;
	length = strnlen(select.name, sizeof(select.name));
	if (length == sizeof(select.name) ||
	    memchr_inv(select.name + length, 0, sizeof(select.name) - length) ||
	    memchr_inv(select.reserved, 0, sizeof(select.reserved)))
		return -EINVAL;

	return strcmp(select.name, EDU_STREAM) ? -ENOENT : 0;
}

static int edu_ioctl_wait(struct file *filp, struct dmf_wait __user *argument)
{
	struct edu_file *file = filp->private_data;
	unsigned int cancels = smp_load_acquire(&file->cancels); /* before the argument */
	struct dmf_wait wait;
	struct iov_iter to;
	ssize_t ret;

	if (!(filp->f_mode & FMODE_READ))
		return -EBADF;
	if (copy_from_user(&wait, argument, sizeof(wait)))
		return -EFAULT;
	if (memchr_inv(wait.reserved, 0, sizeof(wait.reserved)))
		return -EINVAL;

	/* Not after records have been taken; and on errors none are left over. */
	if (put_user(0, &argument->used) || put_user(0, &argument->count))
		return -EFAULT;
	iov_iter_ubuf(&to, ITER_DEST, u64_to_user_ptr(wait.buffer), wait.size);
	if (wait.max_count)
		iov_iter_truncate(&to, (u64)wait.max_count * sizeof(struct edu_record));
	ret = edu_consume(file, cancels, &to, filp->f_flags & O_NONBLOCK, wait.deadline_ns);
	if (ret < 0)
		return ret;

	if (put_user((u32)ret, &argument->used) ||
	    put_user((u32)(ret / sizeof(struct edu_record)), &argument->count))
		return -EFAULT;
	return 0;
}

static int edu_ioctl_cancel_mine(struct edu_file *file)
{
	spin_lock(&file->edu->lock);
	WRITE_ONCE(file->cancels, file->cancels + 1);
	spin_unlock(&file->edu->lock);
	wake_up_all(&file->edu->blocked);
	return 0;
}

static int edu_ioctl_factorial(struct edu *edu, const u32 __user *argument)
{
	u32 operand;

	if (get_user(operand, argument))
		return -EFAULT;
	return edu_ask(edu, operand);
}

static long edu_ioctl(struct file *filp, unsigned int command, unsigned long arg)
{
	struct edu_file *file = filp->private_data;
	void __user *argument = (void __user *)arg;

	if (edu_is_gone(file->edu))
		return -ENODEV;

	switch (command) {
	case DMF_IOC_STREAM_SELECT:
		return edu_ioctl_stream_select(argument);
	case DMF_IOC_WAIT:
		return edu_ioctl_wait(filp, argument);
	case DMF_IOC_CANCEL_MINE:
		return edu_ioctl_cancel_mine(file);
	case DMF_EDU_IOC_FACTORIAL:
		return edu_ioctl_factorial(file->edu, argument);
	}
	return -ENOTTY;
}

static const struct file_operations edu_file_ops = {
	.owner		= THIS_MODULE,
	.open		= edu_open,
	.release	= edu_release,
	.read_iter	= edu_read_iter,
	.write		= edu_write,
	.poll		= edu_poll,
	.unlocked_ioctl	= edu_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

/* -- Power ---------------------------------------------------------------------- */

/* At runtime level the device is never busy here. */
static int edu_suspend(struct device *dev)
{
	struct edu *edu = dev_get_drvdata(dev);
	int ret;

	ret = edu_finish(edu);
	if (ret)
		return ret;
	edu_stop(edu);
	return 0;
}

static int edu_resume(struct device *dev)
{
	struct edu *edu = dev_get_drvdata(dev);

	WRITE_ONCE(edu->up, true);
	writel(EDU_STATUS_IRQ, edu->regs + EDU_STATUS);
	return 0;
}

static const struct dev_pm_ops edu_pm_ops = {
	SYSTEM_SLEEP_PM_OPS(edu_suspend, edu_resume)
	RUNTIME_PM_OPS(edu_suspend, edu_resume, NULL)
};

/* -- Binding -------------------------------------------------------------------- */

static struct edu *edu_alloc(struct pci_dev *pdev)
{
	struct edu *edu = kzalloc(sizeof(*edu), GFP_KERNEL);

	if (!edu)
		return NULL;

	kref_init(&edu->ref);
	edu->pdev = pdev;
	edu->regs = pcim_iomap_table(pdev)[EDU_BAR];
	INIT_WORK(&edu->work, edu_work);
	init_rwsem(&edu->io_lock);
	spin_lock_init(&edu->lock);
	INIT_KFIFO(edu->records);
	init_waitqueue_head(&edu->idle);
	init_waitqueue_head(&edu->blocked);
	init_waitqueue_head(&edu->pollers);
	return edu;
}

/* What is enabled here the kernel disables after remove. */
static int edu_enable(struct pci_dev *pdev)
{
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = pcim_iomap_regions(pdev, BIT(EDU_BAR), pci_name(pdev));
	if (ret)
		return ret;

	pci_set_master(pdev);	/* or it can send no message */
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_ALL_TYPES);
	if (ret < 0)
		return ret;
	return 0;
}

static int edu_node_add(struct edu *edu)
{
	int ret;

	ret = ida_alloc(&edu_instances, GFP_KERNEL);
	if (ret < 0)
		return ret;
	edu->instance = ret;
	snprintf(edu->node_name, sizeof(edu->node_name), "dmf/edu%d", edu->instance);

	edu->node.minor = MISC_DYNAMIC_MINOR;
	edu->node.name = edu->node_name;
	edu->node.fops = &edu_file_ops;
	edu->node.parent = &edu->pdev->dev;
	edu->node.mode = 0600;
	ret = misc_register(&edu->node);
	if (ret)
		ida_free(&edu_instances, edu->instance);
	return ret;
}

static void edu_node_remove(struct edu *edu)
{
	misc_deregister(&edu->node);
	ida_free(&edu_instances, edu->instance);
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu;
	int ret;

	ret = edu_enable(pdev);
	if (ret)
		return ret;
	edu = edu_alloc(pdev);
	if (!edu)
		return -ENOMEM;
	pci_set_drvdata(pdev, edu);

	ret = pci_request_irq(pdev, 0, edu_irq, NULL, edu, "%s", pci_name(pdev));
	if (ret)
		goto put_edu;
	edu_resume(&pdev->dev);
	ret = edu_node_add(edu);
	if (ret)
		goto free_irq;

	/* The PCI core holds the device awake for drivers that know no runtime PM. */
	pm_runtime_put_noidle(&pdev->dev);
	return 0;

free_irq:
	edu_stop(edu);
	pci_free_irq(pdev, 0, edu);
put_edu:
	kref_put(&edu->ref, edu_free);
	return ret;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	pm_runtime_get_noresume(&pdev->dev);
	edu_node_remove(edu);
	edu_refuse(edu, -ENODEV);
	wake_up_all(&edu->blocked);
	wake_up_poll(&edu->pollers, EPOLLHUP | EPOLLERR);

	edu_stop_for_good(edu);
	pci_free_irq(pdev, 0, edu);
	kref_put(&edu->ref, edu_free);
}

static void edu_shutdown(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	edu_refuse(edu, -ESHUTDOWN);
	edu_stop_for_good(edu);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) }, { }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name		= "dmf_edu",
	.id_table	= edu_ids,
	.probe		= edu_probe,
	.remove		= edu_remove,
	.shutdown	= edu_shutdown,
	.driver.pm	= pm_ptr(&edu_pm_ops),
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("Driver for QEMU's edu device");
MODULE_LICENSE("GPL");
