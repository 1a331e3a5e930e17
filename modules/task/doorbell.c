// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbell: from any context, have a callback run in process context, once for
 * any number of rings.
 *
 * One work item. Its pending bit is the doorbell: queue_work() does nothing while
 * it is set, and it is cleared before the callback begins, so a ring during a
 * run leads to one more. The workqueue runs one item on one CPU at a time.
 *
 * Ringing enters the Module's gate: once close has begun nobody can queue the
 * work, and flush_work() in close sees the last of it.
 */
#include <linux/device.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

#include <linux/dmf/doorbell.h>
#include <linux/dmf/module.h>
#include <linux/dmf/workqueue.h>

#include "../trace.h"
#include "lock_class.h"

struct dmf_doorbell {
	struct dmf_module module;
	struct work_struct work;
	void (*ring)(struct dmf_doorbell *doorbell);
	unsigned long runs;		/* written by the work alone */
	struct lock_class_key key;	/* of the work */
};

static struct dmf_doorbell *to_doorbell(struct dmf_module *module)
{
	return container_of(module, struct dmf_doorbell, module);
}

static noinline void doorbell_run_traced(struct dmf_doorbell *doorbell)
{
	u64 begin = dmf_task_before(&doorbell->module);

	doorbell->ring(doorbell);
	dmf_task_after(&doorbell->module, begin);
}

static void doorbell_work(struct work_struct *work)
{
	struct dmf_doorbell *doorbell = container_of(work, struct dmf_doorbell, work);

	WRITE_ONCE(doorbell->runs, doorbell->runs + 1);
	if (trace_task_enabled())
		doorbell_run_traced(doorbell);
	else
		doorbell->ring(doorbell);
}

/* One Doorbell's callback may flush another. */
static int doorbell_init_work(struct dmf_doorbell *doorbell)
{
	int ret = lock_class_register(&doorbell->module, &doorbell->key);

	if (ret)
		return ret;

	INIT_WORK(&doorbell->work, doorbell_work);
	lockdep_init_map(&doorbell->work.lockdep_map, "dmf_doorbell", &doorbell->key, 0);
	return 0;
}

static int doorbell_open(struct dmf_module *module)
{
	const struct dmf_doorbell_config *config = dmf_module_config(module);
	struct dmf_doorbell *doorbell = to_doorbell(module);

	if (!config->ring) {
		dev_err(dmf_module_device(module), "%s: Config has no ring callback\n",
			dmf_module_name(module));
		return -EINVAL;
	}

	doorbell->ring = config->ring;
	return doorbell_init_work(doorbell);
}

static void doorbell_close(struct dmf_module *module)
{
	dmf_flush_work(&to_doorbell(module)->work);
}

static void doorbell_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_doorbell *doorbell = to_doorbell(module);

	seq_printf(seq, "runs=%lu running=%d pending=%d", READ_ONCE(doorbell->runs),
		   !!(work_busy(&doorbell->work) & WORK_BUSY_RUNNING),
		   work_pending(&doorbell->work));
}

static const struct dmf_module_ops doorbell_ops = {
	.open	= doorbell_open,
	.close	= doorbell_close,
	.show	= doorbell_show,
};

static const struct dmf_module_desc doorbell_desc = {
	.name		= "doorbell",
	.size		= sizeof(struct dmf_doorbell),
	.config_size	= sizeof(struct dmf_doorbell_config),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &doorbell_ops,
};

DMF_DEFINE_MODULE(doorbell);
EXPORT_SYMBOL_NS_GPL(dmf_doorbell_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_doorbell_create, DMF);

int dmf_doorbell_ring(struct dmf_doorbell *doorbell)
{
	int ret = dmf_module_acquire(&doorbell->module);

	if (ret)
		return ret;

	trace_task_queue(&doorbell->module);
	/*
	 * What the caller has written before is seen by a run that begins after the
	 * pending bit was found set: the workqueue has a barrier, too, between clearing
	 * the bit and the run.
	 */
	smp_mb();
	if (!work_pending(&doorbell->work))
		queue_work(dmf_workqueue, &doorbell->work);
	dmf_module_release(&doorbell->module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_doorbell_ring, DMF);

int dmf_doorbell_flush(struct dmf_doorbell *doorbell)
{
	int ret;

	if (WARN_ON(current_work() == &doorbell->work))
		return -EDEADLK;

	ret = dmf_module_acquire(&doorbell->module);
	if (ret)
		return ret;

	dmf_flush_work(&doorbell->work);
	dmf_module_release(&doorbell->module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_doorbell_flush, DMF);
