/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A lock class for each instance of a Module, for those whose callbacks may wait for
 * another instance of the same: with one class for all, lockdep would see each wait
 * for itself.
 */
#ifndef _DMF_MODULES_LOCK_CLASS_H
#define _DMF_MODULES_LOCK_CLASS_H

#include <linux/kconfig.h>
#include <linux/lockdep.h>

#include <linux/dmf/module.h>

static inline void lock_class_unregister(void *key)
{
	lockdep_unregister_key(key);
}

/*
 * In open, before the first use of the key, which is part of the Module's own struct;
 * undone after close. Return: 0 or -ENOMEM.
 */
static inline int lock_class_register(struct dmf_module *module, struct lock_class_key *key)
{
	if (!IS_ENABLED(CONFIG_LOCKDEP))
		return 0;

	lockdep_register_key(key);
	return dmf_module_add_action_or_reset(module, lock_class_unregister, key);
}

#endif /* _DMF_MODULES_LOCK_CLASS_H */
