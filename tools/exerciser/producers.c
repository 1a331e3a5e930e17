// SPDX-License-Identifier: GPL-2.0-only
/*
 * Producers: events from interrupts, softirqs and workers.
 *
 * A timer of each producer says when, and one kind of context for each where: the
 * timer itself, or what it sets off. One report of a producer is on its way at a
 * time (@busy), which so has the producer's numbers for itself.
 *
 * Whatever a program asks for, a producer rests some times as long as it has worked:
 * interrupts must not keep the machine from everything else.
 *
 * The lock guards starting and stopping, both of which need the device powered or
 * going down; who stops cancels the timer first, and then what it sets off.
 */
#include <linux/preempt.h>

#include <linux/dmf/device.h>

#include "client.h"

#define PRODUCER_BUSY_BIT	0

/* Kept within bounds: a test may ask for anything. */
#define PERIOD_MIN_US		20
#define PERIOD_MAX_US		(1000 * 1000)
#define BURST_MAX		64
#define REST_FACTOR		4

static void note_context(struct exerciser *exerciser)
{
	unsigned int context = in_hardirq() ? EXERCISER_IN_INTERRUPT :
			       in_serving_softirq() ? EXERCISER_IN_SOFTIRQ : EXERCISER_IN_PROCESS;

	if (!(atomic_read(&exerciser->contexts) & context))
		atomic_or(context, &exerciser->contexts);
}

/* Return: false if as many are under way as may be. */
static bool take_window(struct exerciser *exerciser)
{
	unsigned int window = exerciser->start.window;

	return atomic_add_unless(&exerciser->under_way, 1, window ?: INT_MAX);
}

void exerciser_event_ended(struct exerciser *exerciser, const struct exerciser_event *event)
{
	if (event->producer >= EXERCISER_PRODUCERS)
		return;
	atomic64_inc(&exerciser->ended);
	atomic_dec(&exerciser->under_way);
}

static void producer_report_one(struct producer *producer)
{
	struct exerciser *exerciser = producer->exerciser;
	struct exerciser_event event = {
		.producer = producer->index,
		.target = exerciser->start.target,
		.number = producer->reported + 1,
	};

	if (exerciser_report(exerciser, &event)) {
		WRITE_ONCE(producer->refused, producer->refused + 1);
		atomic_dec(&exerciser->under_way);
	}
	WRITE_ONCE(producer->reported, event.number);
	/* When nothing is left all has been counted; pairs with producers_running(). */
	smp_store_release(&producer->left, producer->left - 1);
}

/* In whatever context the producer is there for; the caller has set @busy. */
static void producer_report(struct producer *producer)
{
	struct exerciser *exerciser = producer->exerciser;
	ktime_t begin = ktime_get();
	unsigned int i;

	note_context(exerciser);
	for (i = 0; i < exerciser->start.burst && producer->left; i++) {
		if (!take_window(exerciser))
			break;
		producer_report_one(producer);
	}
	WRITE_ONCE(producer->rest_ns, REST_FACTOR * ktime_to_ns(ktime_sub(ktime_get(), begin)));
	clear_bit_unlock(PRODUCER_BUSY_BIT, &producer->busy);
}

static void producer_irq_work(struct irq_work *work)
{
	producer_report(container_of(work, struct producer, irq_work));
}

static void producer_tasklet(struct tasklet_struct *tasklet)
{
	producer_report(container_of(tasklet, struct producer, tasklet));
}

static void producer_work(struct work_struct *work)
{
	producer_report(container_of(work, struct producer, work));
}

/* -- Kinds ---------------------------------------------------------------------- */

static void set_off_irq_work(struct producer *producer)
{
	irq_work_queue(&producer->irq_work);
}

static void set_off_tasklet(struct producer *producer)
{
	tasklet_schedule(&producer->tasklet);
}

static void set_off_work(struct producer *producer)
{
	queue_work(system_unbound_wq, &producer->work);
}

/*
 * @mode: of the timer. One that is not said to be hard or soft runs in its interrupt,
 *	but with PREEMPT_RT in the softirq, as an irq_work runs in a thread there.
 * @set_off: has the producer report.
 */
static const struct producer_kind {
	enum hrtimer_mode mode;
	void (*set_off)(struct producer *producer);
} producer_kinds[EXERCISER_PRODUCERS] = {
	{ HRTIMER_MODE_REL, producer_report },
	{ HRTIMER_MODE_REL, producer_report },
	{ HRTIMER_MODE_REL, set_off_irq_work },
	{ HRTIMER_MODE_REL_SOFT, producer_report },
	{ HRTIMER_MODE_REL_SOFT, producer_report },
	{ HRTIMER_MODE_REL, set_off_tasklet },
	{ HRTIMER_MODE_REL, set_off_work },
	{ HRTIMER_MODE_REL, set_off_work },
};

static ktime_t producer_period(const struct producer *producer)
{
	return ns_to_ktime(max((u64)producer->exerciser->start.period_us * NSEC_PER_USEC,
			       READ_ONCE(producer->rest_ns)));
}

static enum hrtimer_restart producer_timer(struct hrtimer *timer)
{
	struct producer *producer = container_of(timer, struct producer, timer);

	if (!READ_ONCE(producer->left))
		return HRTIMER_NORESTART;
	if (!test_and_set_bit_lock(PRODUCER_BUSY_BIT, &producer->busy))
		producer_kinds[producer->index].set_off(producer);
	hrtimer_set_expires(timer, ktime_add(ktime_get(), producer_period(producer)));
	return HRTIMER_RESTART;
}

/* -- Starting and stopping ------------------------------------------------------- */

static void producer_go(struct producer *producer)
{
	enum hrtimer_mode mode = producer_kinds[producer->index].mode;

	if (producer->left)
		hrtimer_start(&producer->timer, producer_period(producer), mode);
}

static void producer_halt(struct producer *producer)
{
	hrtimer_cancel(&producer->timer);
	irq_work_sync(&producer->irq_work);
	tasklet_kill(&producer->tasklet);
	flush_work(&producer->work);
}

static void producers_halt(struct exerciser *exerciser)
{
	unsigned int i;

	lockdep_assert_held(&exerciser->lock);
	for (i = 0; i < EXERCISER_PRODUCERS; i++)
		producer_halt(&exerciser->producers[i]);
}

static void producers_go(struct exerciser *exerciser)
{
	unsigned int i;

	lockdep_assert_held(&exerciser->lock);
	for (i = 0; i < EXERCISER_PRODUCERS; i++)
		producer_go(&exerciser->producers[i]);
}

static unsigned int producers_running(struct exerciser *exerciser)
{
	unsigned int running = 0, i;

	for (i = 0; i < EXERCISER_PRODUCERS; i++)
		/* Pairs with producer_report_one(). */
		running += !!smp_load_acquire(&exerciser->producers[i].left);
	return running;
}

int producers_start(struct exerciser *exerciser, const struct exerciser_start *start)
{
	u32 all = GENMASK(EXERCISER_PRODUCERS - 1, 0);
	struct producer *producer;
	int ret = 0;

	if (start->producers & ~all || start->target >= EXERCISER_TARGETS || start->reserved ||
	    start->window > INT_MAX)
		return -EINVAL;

	mutex_lock(&exerciser->lock);
	if (!exerciser->powered)
		ret = -ENODEV;
	else if (producers_running(exerciser))
		ret = -EBUSY;
	if (ret)
		goto unlock;

	/* Timers that have nothing left may not have noticed yet. */
	producers_halt(exerciser);
	exerciser->start = *start;
	exerciser->start.period_us = clamp(start->period_us, PERIOD_MIN_US, PERIOD_MAX_US);
	exerciser->start.burst = clamp(start->burst, 1, BURST_MAX);
	atomic_set(&exerciser->contexts, 0);
	atomic64_set(&exerciser->ended, 0);
	for (producer = exerciser->producers;
	     producer < exerciser->producers + EXERCISER_PRODUCERS; producer++) {
		producer->reported = 0;
		producer->refused = 0;
		if ((start->producers ?: all) & BIT(producer->index))
			producer->left = start->count;
	}
	producers_go(exerciser);

unlock:
	mutex_unlock(&exerciser->lock);
	return ret;
}

void producers_stop(struct exerciser *exerciser)
{
	unsigned int i;

	mutex_lock(&exerciser->lock);
	producers_halt(exerciser);
	for (i = 0; i < EXERCISER_PRODUCERS; i++)
		exerciser->producers[i].left = 0;
	mutex_unlock(&exerciser->lock);
}

void producers_set_power(struct exerciser *exerciser, bool powered)
{
	mutex_lock(&exerciser->lock);
	exerciser->powered = powered;
	if (powered)
		producers_go(exerciser);
	else
		producers_halt(exerciser);
	mutex_unlock(&exerciser->lock);
}

void producers_totals(struct exerciser *exerciser, struct exerciser_totals *totals)
{
	unsigned int i;

	/* First who has done all, then what: so that is all. */
	totals->running = producers_running(exerciser);
	totals->contexts = atomic_read(&exerciser->contexts);
	for (i = 0; i < EXERCISER_PRODUCERS; i++) {
		totals->reported[i] = READ_ONCE(exerciser->producers[i].reported);
		totals->refused[i] = READ_ONCE(exerciser->producers[i].refused);
	}
	totals->ended = atomic64_read(&exerciser->ended);
}

void producers_init(struct exerciser *exerciser)
{
	struct producer *producer;
	unsigned int i;

	mutex_init(&exerciser->lock);
	for (i = 0; i < EXERCISER_PRODUCERS; i++) {
		producer = &exerciser->producers[i];
		producer->exerciser = exerciser;
		producer->index = i;
		hrtimer_init(&producer->timer, CLOCK_MONOTONIC, producer_kinds[i].mode);
		producer->timer.function = producer_timer;
		init_irq_work(&producer->irq_work, producer_irq_work);
		tasklet_setup(&producer->tasklet, producer_tasklet);
		INIT_WORK(&producer->work, producer_work);
	}
}
