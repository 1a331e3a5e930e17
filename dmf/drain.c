// SPDX-License-Identifier: GPL-2.0-only
/*
 * Closing a gate, and saying aloud for whom one waits when it takes long: a user
 * that never leaves hangs whoever closes, and somebody has to find out who it is.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>

#include "internal.h"

unsigned int dmf_long_wait_ms = 10000;
EXPORT_SYMBOL_IF_KUNIT(dmf_long_wait_ms);
module_param_named(long_wait_ms, dmf_long_wait_ms, uint, 0644);
MODULE_PARM_DESC(long_wait_ms,
		 "Say for whom closing waits when it takes longer than this, in ms; 0 for never");

static unsigned long long_wait(void)
{
	unsigned int ms = READ_ONCE(dmf_long_wait_ms);

	return ms ? msecs_to_jiffies(ms) : MAX_SCHEDULE_TIMEOUT;
}

/*
 * Refuse new users of a gate and wait for those inside. @name is whose gate it is
 * and @users what they are, as text; @last is where the last of them came from, or
 * NULL if nobody knows.
 */
void dmf_drain(struct dmf_gate *gate, struct device *dev, const char *name, const char *users,
	       const unsigned long *last)
{
	while (!dmf_gate_close_timeout(gate, long_wait())) {
		if (last && IS_ENABLED(CONFIG_DMF_DEBUG_REFS))
			dev_warn(dev, "%s: waits for %u %s, the last came at %pS\n", name,
				 dmf_gate_users(gate), users, (void *)READ_ONCE(*last));
		else
			dev_warn(dev, "%s: waits for %u %s\n", name, dmf_gate_users(gate), users);
	}
}

/**
 * dmf_module_drain - close a gate of a Module's own, aloud
 * @module: the Module
 * @gate: the gate; not the one of dmf_module_acquire()
 * @users: what is inside, for the message: "users", "references"
 * @last: address of the code where the last of them came from, or NULL if nobody
 *	notes it
 *
 * dmf_gate_close(), which says for whom it waits when that takes long.
 *
 * Context: process, may sleep. Must not be called from inside the gate.
 */
void dmf_module_drain(struct dmf_module *module, struct dmf_gate *gate, const char *users,
		      const unsigned long *last)
{
	dmf_drain(gate, module->ddev->dev, module->name, users, last);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_drain, DMF);
