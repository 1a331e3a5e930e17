// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rundown: may something still be used, and how to wait until nobody does.
 *
 * It is the core's gate with a Module around it. Start reopens the gate, end_and_wait
 * closes it, a reference is a stay inside.
 *
 * The gate asks that it be reopened only when nobody is closing it. Callers
 * are not asked that much: those that wait in end_and_wait are counted under the
 * Module's lock, and start refuses until the last of them has seen the gate empty.
 *
 * Start and end_and_wait enter the Module's own gate, so close finds neither of
 * them under way. References do not: while the Module is closed its Rundown is
 * not started, and close waits for those that are left. Memory that the core has
 * just zeroed is a closed gate, too.
 *
 * What the gate's owner is trusted with, a Client is not: giving back more than was
 * taken would turn an open gate into a closed one with a thousand million users.
 * So giving back is checked.
 */
#include <linux/device.h>
#include <linux/seq_file.h>

#include <linux/dmf/gate.h>
#include <linux/dmf/module.h>
#include <linux/dmf/rundown.h>

#include "lock_class.h"

struct dmf_rundown {
	struct dmf_module module;
	struct dmf_gate gate;		/* open while started; reopened under the Module's lock */
	unsigned int enders;		/* inside end_and_wait; under the Module's lock */
	unsigned long last_taker;	/* of a reference, if CONFIG_DMF_DEBUG_REFS */
	struct lock_class_key key;	/* of the gate */
};

static struct dmf_rundown *to_rundown(struct dmf_module *module)
{
	return container_of(module, struct dmf_rundown, module);
}

/* Whom to name when ending waits long. */
static void rundown_note_taker(struct dmf_rundown *rundown, unsigned long taker)
{
	if (IS_ENABLED(CONFIG_DMF_DEBUG_REFS))
		WRITE_ONCE(rundown->last_taker, taker);
}

static void rundown_end(struct dmf_rundown *rundown)
{
	dmf_module_drain(&rundown->module, &rundown->gate, "references", &rundown->last_taker);
}

/* Who holds a reference to one Rundown may end another. */
static int rundown_open(struct dmf_module *module)
{
	struct dmf_rundown *rundown = to_rundown(module);
	int ret = lock_class_register(module, &rundown->key);

	if (ret)
		return ret;

	__dmf_gate_init(&rundown->gate, false, "dmf_rundown", &rundown->key, 0);
	return 0;
}

static void rundown_close(struct dmf_module *module)
{
	struct dmf_rundown *rundown = to_rundown(module);

	if (dmf_gate_is_closed(&rundown->gate))
		return;

	dev_warn(dmf_module_device(module),
		 "%s: closed without end_and_wait, with %u references\n",
		 dmf_module_name(module), dmf_gate_users(&rundown->gate));
	rundown_end(rundown);
}

static void rundown_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_rundown *rundown = to_rundown(module);

	seq_printf(seq, "started=%d references=%u", !dmf_gate_is_closed(&rundown->gate),
		   dmf_gate_users(&rundown->gate));
}

static const struct dmf_module_ops rundown_ops = {
	.open	= rundown_open,
	.close	= rundown_close,
	.show	= rundown_show,
};

static const struct dmf_module_desc rundown_desc = {
	.name		= "rundown",
	.size		= sizeof(struct dmf_rundown),
	.lock		= DMF_LOCK_DISPATCH,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &rundown_ops,
};

DMF_DEFINE_MODULE(rundown);
EXPORT_SYMBOL_NS_GPL(dmf_rundown_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_rundown_create, DMF);

int dmf_rundown_start(struct dmf_rundown *rundown)
{
	int ret = dmf_module_acquire(&rundown->module);

	if (ret)
		return ret;

	dmf_module_lock(&rundown->module);
	if (!dmf_gate_is_closed(&rundown->gate))
		ret = -EALREADY;
	else if (rundown->enders)
		ret = -EBUSY;
	else
		dmf_gate_reopen(&rundown->gate);
	dmf_module_unlock(&rundown->module);
	dmf_module_release(&rundown->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_rundown_start, DMF);

int dmf_rundown_reference(struct dmf_rundown *rundown)
{
	if (!dmf_gate_enter_detached(&rundown->gate))
		return -ESHUTDOWN;

	rundown_note_taker(rundown, _RET_IP_);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_rundown_reference, DMF);

void dmf_rundown_dereference(struct dmf_rundown *rundown)
{
	WARN(!dmf_gate_leave_detached_checked(&rundown->gate),
	     "%s: more references given back than taken\n", dmf_module_name(&rundown->module));
}
EXPORT_SYMBOL_NS_GPL(dmf_rundown_dereference, DMF);

int dmf_rundown_acquire(struct dmf_rundown *rundown)
{
	if (!dmf_gate_enter(&rundown->gate))
		return -ESHUTDOWN;

	rundown_note_taker(rundown, _RET_IP_);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_rundown_acquire, DMF);

void dmf_rundown_release(struct dmf_rundown *rundown)
{
	WARN(!dmf_gate_leave_checked(&rundown->gate),
	     "%s: more references given back than taken\n", dmf_module_name(&rundown->module));
}
EXPORT_SYMBOL_NS_GPL(dmf_rundown_release, DMF);

int dmf_rundown_end_and_wait(struct dmf_rundown *rundown)
{
	int ret = dmf_module_acquire(&rundown->module);

	if (ret)
		return ret;

	dmf_module_lock(&rundown->module);
	rundown->enders++;
	dmf_module_unlock(&rundown->module);

	rundown_end(rundown);

	dmf_module_lock(&rundown->module);
	rundown->enders--;
	dmf_module_unlock(&rundown->module);
	dmf_module_release(&rundown->module);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(dmf_rundown_end_and_wait, DMF);
