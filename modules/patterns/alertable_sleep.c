// SPDX-License-Identifier: GPL-2.0-only
/*
 * AlertableSleep: sleep for some time, unless somebody says that it is over.
 *
 * An event is two bits and a wait queue. The bit @aborted is the abort: it stays until
 * the event is reset, so a sleep that comes later finds it. The bit @busy is set while a
 * task sleeps on the event or resets it; who finds it set is refused.
 *
 * The queue is a simple one, as in a completion, whose only lock is raw: aborting is
 * for hard interrupts, too, and there is one sleeper at most to wake. Not a
 * completion itself, for two reasons. Its sleepers are idle in no version of the
 * kernel, so a sleep of minutes would be reported as a hung task. And it counts
 * where an abort is a state.
 *
 * Sleepers are inside the Module's gate. Closing sets @closing, wakes them all, and
 * the core waits until they have left. A sleep that begins between the two sees
 * @closing.
 */
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/seq_file.h>
#include <linux/swait.h>

#include <linux/dmf/alertable_sleep.h>
#include <linux/dmf/module.h>

struct dmf_alertable_sleep {
	struct dmf_module module;
	unsigned int event_count;
	bool closing;			/* set once, before the sleepers are woken */
	unsigned long aborted;		/* a bit for each event; changed atomically */
	unsigned long busy;		/* the same */
	struct swait_queue_head events[DMF_ALERTABLE_SLEEP_EVENTS_MAX];
};

static struct dmf_alertable_sleep *to_alertable_sleep(struct dmf_module *module)
{
	return container_of(module, struct dmf_alertable_sleep, module);
}

static bool is_over(struct dmf_alertable_sleep *sleep, unsigned int index)
{
	return test_bit(index, &sleep->aborted) || READ_ONCE(sleep->closing);
}

/* What woke the sleeper, or would have kept it from falling asleep. */
static int alertable_sleep_reason(struct dmf_alertable_sleep *sleep, unsigned int index)
{
	if (test_bit(index, &sleep->aborted))
		return -ECANCELED;
	return READ_ONCE(sleep->closing) ? -ENODEV : 0;
}

/*
 * At least so long: the tick that is under way does not count. What msecs_to_jiffies()
 * takes for ever is some days where a long has 32 bits.
 */
static unsigned long alertable_sleep_timeout(unsigned int ms)
{
	if (ms > INT_MAX)
		return MAX_SCHEDULE_TIMEOUT;
	return ms ? min_t(unsigned long, msecs_to_jiffies(ms) + 1, MAX_SCHEDULE_TIMEOUT) : 0;
}

static int alertable_sleep_wait(struct dmf_alertable_sleep *sleep, unsigned int index,
				unsigned int ms, bool interruptible)
{
	struct swait_queue_head *event = &sleep->events[index];
	unsigned long timeout = alertable_sleep_timeout(ms);
	long ret;

	if (interruptible)
		ret = swait_event_interruptible_timeout_exclusive(*event, is_over(sleep, index),
								  timeout);
	else
		ret = swait_event_idle_timeout_exclusive(*event, is_over(sleep, index), timeout);
	return alertable_sleep_reason(sleep, index) ?: min(ret, 0L);
}

/* Begin to use an event. Return: 0 with the Module entered and the event taken. */
static int alertable_sleep_begin(struct dmf_alertable_sleep *sleep, unsigned int index)
{
	int ret = dmf_module_acquire(&sleep->module);

	if (ret)
		return ret;

	if (index >= sleep->event_count)
		ret = -EINVAL;
	else if (test_and_set_bit_lock(index, &sleep->busy))
		ret = -EBUSY;
	if (ret)
		dmf_module_release(&sleep->module);
	return ret;
}

static void alertable_sleep_end(struct dmf_alertable_sleep *sleep, unsigned int index)
{
	clear_bit_unlock(index, &sleep->busy);
	dmf_module_release(&sleep->module);
}

static int alertable_sleep_sleep(struct dmf_alertable_sleep *sleep, unsigned int index,
				 unsigned int ms, bool interruptible)
{
	int ret;

	might_sleep();
	ret = alertable_sleep_begin(sleep, index);
	if (ret)
		return ret;

	ret = alertable_sleep_wait(sleep, index, ms, interruptible);
	alertable_sleep_end(sleep, index);
	return ret;
}

static int alertable_sleep_open(struct dmf_module *module)
{
	const struct dmf_alertable_sleep_config *config = dmf_module_config(module);
	struct dmf_alertable_sleep *sleep = to_alertable_sleep(module);
	unsigned int i;

	if (!config->event_count || config->event_count > DMF_ALERTABLE_SLEEP_EVENTS_MAX) {
		dev_err(dmf_module_device(module), "%s: Config has %u events, not 1 to %u\n",
			dmf_module_name(module), config->event_count,
			DMF_ALERTABLE_SLEEP_EVENTS_MAX);
		return -EINVAL;
	}

	sleep->event_count = config->event_count;
	sleep->aborted = 0;
	sleep->closing = false;
	for (i = 0; i < sleep->event_count; i++)
		init_swait_queue_head(&sleep->events[i]);
	return 0;
}

static void alertable_sleep_pre_close(struct dmf_module *module)
{
	struct dmf_alertable_sleep *sleep = to_alertable_sleep(module);
	unsigned int i;

	WRITE_ONCE(sleep->closing, true);
	for (i = 0; i < sleep->event_count; i++)
		swake_up_one(&sleep->events[i]);
}

static void alertable_sleep_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_alertable_sleep *sleep = to_alertable_sleep(module);

	seq_printf(seq, "events=%u sleeping=%#lx aborted=%#lx", sleep->event_count,
		   READ_ONCE(sleep->busy), READ_ONCE(sleep->aborted));
}

static const struct dmf_module_ops alertable_sleep_ops = {
	.open		= alertable_sleep_open,
	.pre_close	= alertable_sleep_pre_close,
	.show		= alertable_sleep_show,
};

static const struct dmf_module_desc alertable_sleep_desc = {
	.name		= "alertable_sleep",
	.size		= sizeof(struct dmf_alertable_sleep),
	.config_size	= sizeof(struct dmf_alertable_sleep_config),
	.lock		= DMF_LOCK_PASSIVE,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &alertable_sleep_ops,
};

DMF_DEFINE_MODULE(alertable_sleep);
EXPORT_SYMBOL_NS_GPL(dmf_alertable_sleep_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_alertable_sleep_create, DMF);

int dmf_alertable_sleep_sleep(struct dmf_alertable_sleep *sleep, unsigned int index,
			      unsigned int ms)
{
	return alertable_sleep_sleep(sleep, index, ms, false);
}
EXPORT_SYMBOL_NS_GPL(dmf_alertable_sleep_sleep, DMF);

int dmf_alertable_sleep_sleep_interruptible(struct dmf_alertable_sleep *sleep,
					    unsigned int index, unsigned int ms)
{
	return alertable_sleep_sleep(sleep, index, ms, true);
}
EXPORT_SYMBOL_NS_GPL(dmf_alertable_sleep_sleep_interruptible, DMF);

int dmf_alertable_sleep_abort(struct dmf_alertable_sleep *sleep, unsigned int index)
{
	int ret = dmf_module_acquire(&sleep->module);

	if (ret)
		return ret;

	if (index < sleep->event_count) {
		set_bit(index, &sleep->aborted);
		swake_up_one(&sleep->events[index]);
	} else {
		ret = -EINVAL;
	}
	dmf_module_release(&sleep->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_alertable_sleep_abort, DMF);

int dmf_alertable_sleep_reset_for_reuse(struct dmf_alertable_sleep *sleep, unsigned int index)
{
	int ret = alertable_sleep_begin(sleep, index);

	if (ret)
		return ret;

	clear_bit(index, &sleep->aborted);
	alertable_sleep_end(sleep, index);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_alertable_sleep_reset_for_reuse, DMF);
