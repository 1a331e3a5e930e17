// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a NotifyUserWithRequest is measured beside: a misc driver that tells programs
 * about events, written for this one job.
 *
 * It keeps the promises of the framework's node. Reads are blocking or not, by
 * read(2), poll(2) and io_uring; each event is read once, oldest first. A full queue
 * loses its oldest event, which shows in the sequence and in a counter. An event is
 * taken off the queue after it has been copied, if it is still the oldest then, so
 * neither a bad address nor a signal loses one, and no lock is held while the page of
 * a slow program comes. All that a file uses is counted and outlives the device:
 * removal wakes everybody and waits for nobody.
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "bench.h"
#include "user.h"

/* Events that are copied at a time. */
#define HAND_BATCH	16

/**
 * struct hand - the device
 * @ref: the driver has a reference until removal, each open file has one.
 * @misc: its node.
 * @gone: it has been removed.
 * @wait: readers and pollers.
 * @lock: see there.
 * @sequence: of the latest event.
 * @lost: events that nobody has read.
 * @events: the others.
 */
struct hand {
	struct kref ref;
	struct miscdevice misc;
	bool gone;
	wait_queue_head_t wait;
	spinlock_t lock;	/* guards what follows */
	u64 sequence;
	u64 lost;
	DECLARE_KFIFO(events, struct bench_event, BENCH_DEPTH);
};

static struct hand *the_hand;

static void hand_free(struct kref *ref)
{
	kfree(container_of(ref, struct hand, ref));
}

/* Any context. */
static void hand_report(const void *data)
{
	struct hand *hand = the_hand;
	struct bench_event event = { };
	unsigned long flags;

	memcpy(event.data, data, sizeof(event.data));
	spin_lock_irqsave(&hand->lock, flags);
	event.sequence = ++hand->sequence;
	event.timestamp_ns = ktime_get_ns();
	if (kfifo_is_full(&hand->events)) {
		kfifo_skip(&hand->events);
		hand->lost++;
	}
	kfifo_put(&hand->events, event);
	spin_unlock_irqrestore(&hand->lock, flags);

	wake_up_interruptible_poll(&hand->wait, EPOLLIN | EPOLLRDNORM);
}

static int hand_open(struct inode *inode, struct file *filp)
{
	struct hand *hand = container_of(filp->private_data, struct hand, misc);

	kref_get(&hand->ref);
	filp->private_data = hand;
	filp->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, filp);
}

static int hand_release(struct inode *inode, struct file *filp)
{
	struct hand *hand = filp->private_data;

	kref_put(&hand->ref, hand_free);
	return 0;
}

static bool hand_has_news(struct hand *hand)
{
	return !kfifo_is_empty(&hand->events) || READ_ONCE(hand->gone);
}

/* Take events off that have been copied, unless somebody else has meanwhile. */
static bool hand_take(struct hand *hand, u64 first, unsigned int count)
{
	bool mine;

	spin_lock_irq(&hand->lock);
	mine = hand->sequence + 1 - kfifo_len(&hand->events) == first;
	while (mine && count--)
		kfifo_skip(&hand->events);
	spin_unlock_irq(&hand->lock);
	return mine;
}

/* Return: number of bytes that were read, 0 if there is no event, -EFAULT. */
static ssize_t hand_read_batch(struct hand *hand, struct iov_iter *to)
{
	unsigned int room = min_t(size_t, iov_iter_count(to) / sizeof(struct bench_event),
				  HAND_BATCH);
	struct bench_event events[HAND_BATCH];
	unsigned int count;
	size_t copied;

	for (;;) {
		spin_lock_irq(&hand->lock);
		count = kfifo_out_peek(&hand->events, events, room);
		spin_unlock_irq(&hand->lock);
		if (!count)
			return 0;

		copied = copy_to_iter(events, count * sizeof(*events), to);
		count = copied / sizeof(*events);
		iov_iter_revert(to, copied % sizeof(*events));
		if (!count)
			return -EFAULT;
		if (hand_take(hand, events[0].sequence, count))
			return count * sizeof(*events);
		iov_iter_revert(to, count * sizeof(*events));
	}
}

static ssize_t hand_read_available(struct hand *hand, struct iov_iter *to)
{
	size_t bytes = 0;
	ssize_t ret;

	do {
		ret = hand_read_batch(hand, to);
		if (ret > 0)
			bytes += ret;
	} while (ret > 0 && iov_iter_count(to) >= sizeof(struct bench_event));

	return bytes ?: ret;
}

static ssize_t hand_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *filp = iocb->ki_filp;
	struct hand *hand = filp->private_data;
	ssize_t ret;

	if (iov_iter_count(to) < sizeof(struct bench_event))
		return -EINVAL;

	do {
		if (!hand_has_news(hand)) {
			if ((filp->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT))
				return -EAGAIN;
			ret = wait_event_interruptible(hand->wait, hand_has_news(hand));
			if (ret)
				return ret;
		}
		if (READ_ONCE(hand->gone))
			return -ENODEV;
		ret = hand_read_available(hand, to);
	} while (!ret);

	return ret;
}

static __poll_t hand_poll(struct file *filp, poll_table *wait)
{
	struct hand *hand = filp->private_data;

	poll_wait(filp, &hand->wait, wait);
	if (READ_ONCE(hand->gone))
		return EPOLLHUP | EPOLLERR;
	return kfifo_is_empty(&hand->events) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static long hand_ioctl(struct file *filp, unsigned int command, unsigned long argument)
{
	struct hand *hand = filp->private_data;
	u64 lost;

	if (command != BENCH_IOC_LOST)
		return -ENOTTY;

	spin_lock_irq(&hand->lock);
	lost = hand->lost;
	spin_unlock_irq(&hand->lock);
	return put_user(lost, (u64 __user *)argument);
}

static const struct file_operations hand_fops = {
	.owner		= THIS_MODULE,
	.open		= hand_open,
	.release	= hand_release,
	.read_iter	= hand_read_iter,
	.poll		= hand_poll,
	.unlocked_ioctl	= hand_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static int hand_start(void)
{
	struct hand *hand = kzalloc(sizeof(*hand), GFP_KERNEL);
	int ret;

	if (!hand)
		return -ENOMEM;

	kref_init(&hand->ref);
	init_waitqueue_head(&hand->wait);
	spin_lock_init(&hand->lock);
	INIT_KFIFO(hand->events);
	hand->misc.minor = MISC_DYNAMIC_MINOR;
	hand->misc.name = "dmf_bench_by_hand";
	hand->misc.fops = &hand_fops;
	hand->misc.mode = 0600;
	ret = misc_register(&hand->misc);
	if (ret) {
		kref_put(&hand->ref, hand_free);
		return ret;
	}
	the_hand = hand;
	return 0;
}

static void hand_stop(void)
{
	struct hand *hand = the_hand;

	misc_deregister(&hand->misc);
	WRITE_ONCE(hand->gone, true);
	wake_up_poll(&hand->wait, EPOLLHUP | EPOLLERR);
	kref_put(&hand->ref, hand_free);
}

const struct bench_source by_hand_source = {
	.start	= hand_start,
	.stop	= hand_stop,
	.report	= hand_report,
};
