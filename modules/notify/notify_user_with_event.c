// SPDX-License-Identifier: GPL-2.0-only
/*
 * NotifyUserWithEvent: tell programs in user space that something has happened.
 *
 * The core keeps the eventfds that programs register, and drops them when a file or
 * the device goes: dmf/eventfd.c. The Module gives them an index and an owner, whose
 * gate keeps a late signal out, and counts. It has no lock.
 */
#include <linux/atomic.h>
#include <linux/seq_file.h>

#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_event.h>

#include "../trace.h"

struct dmf_notify_user_with_event {
	struct dmf_module module;
	atomic64_t signalled;		/* that somebody heard */
	atomic64_t unheard;		/* that nobody had registered for */
};

static struct dmf_notify_user_with_event *to_notify(struct dmf_module *module)
{
	return container_of(module, struct dmf_notify_user_with_event, module);
}

static int notify_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	const struct dmf_notify_user_with_event_config *config = dmf_module_config(module);

	return dmf_module_add_eventfds(init, config->event_count);
}

static void notify_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_notify_user_with_event *notify = to_notify(module);

	seq_printf(seq, "registered=%u signalled=%lld unheard=%lld",
		   dmf_module_eventfd_count(module), atomic64_read(&notify->signalled),
		   atomic64_read(&notify->unheard));
}

static const struct dmf_module_ops notify_ops = {
	.child_modules_add	= notify_child_modules_add,
	.show			= notify_show,
};

static const struct dmf_module_desc notify_user_with_event_desc = {
	.name		= "notify_user_with_event",
	.size		= sizeof(struct dmf_notify_user_with_event),
	.config_size	= sizeof(struct dmf_notify_user_with_event_config),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &notify_ops,
};

DMF_DEFINE_MODULE(notify_user_with_event);
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_event_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_event_create, DMF);

static noinline int notify_signal_traced(struct dmf_notify_user_with_event *notify, u32 index)
{
	int ret = dmf_module_signal_eventfd(&notify->module, index);

	trace_notify_signal(&notify->module, index, ret);
	return ret;
}

static int notify_signal(struct dmf_notify_user_with_event *notify, u32 index)
{
	const struct dmf_notify_user_with_event_config *config = dmf_module_config(&notify->module);
	int ret;

	if (index >= config->event_count)
		return -EINVAL;

	if (trace_notify_signal_enabled())
		ret = notify_signal_traced(notify, index);
	else
		ret = dmf_module_signal_eventfd(&notify->module, index);
	atomic64_inc(ret ? &notify->unheard : &notify->signalled);
	return ret;
}

int dmf_notify_user_with_event_notify_by_index(struct dmf_notify_user_with_event *notify,
					       u32 index)
{
	int ret = dmf_module_acquire(&notify->module);

	if (ret)
		return ret;

	ret = notify_signal(notify, index);
	dmf_module_release(&notify->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_event_notify_by_index, DMF);

int dmf_notify_user_with_event_notify(struct dmf_notify_user_with_event *notify)
{
	return dmf_notify_user_with_event_notify_by_index(notify, 0);
}
EXPORT_SYMBOL_NS_GPL(dmf_notify_user_with_event_notify, DMF);
