// SPDX-License-Identifier: GPL-2.0-only
/*
 * The locks of a Module: the default one and up to four auxiliary ones, all
 * mutexes or all interrupt-disabling spinlocks.
 *
 * Each lock of each kind of Module has its own lockdep key, and the depth of
 * the Module in its tree is the subclass, so a parent may hold its lock while
 * a child of the same kind takes its own. One key for all would report such
 * nesting as a deadlock, and the first report switches lockdep off.
 *
 * They are for the code of the Module. No callback is called with one held,
 * except those marked _locked in their type.
 *
 * Taking the default lock is in the header: it is what most Methods do.
 */
#include <linux/device.h>
#include <linux/slab.h>

#include "internal.h"

static void lock_init(struct dmf_module *module, struct dmf_lock *lock,
		      struct dmf_module_keys *keys, unsigned int index)
{
	if (module->passive_level) {
		mutex_init(&lock->mutex);
		lockdep_set_class_and_subclass(&lock->mutex, &keys->mutex[index], module->depth);
	} else {
		spin_lock_init(&lock->spinlock);
		lockdep_set_class_and_subclass(&lock->spinlock, &keys->spinlock[index],
					       module->depth);
	}
}

/* Decide which kind the locks are, and make them. */
int dmf_locks_init(struct dmf_module *module, struct dmf_module_keys *keys)
{
	const struct dmf_module_desc *desc = module->desc;
	unsigned int i;

	if (module->passive_level && desc->lock == DMF_LOCK_DISPATCH) {
		dev_err(module->ddev->dev, "%s: passive_level does not go with DMF_LOCK_DISPATCH\n",
			module->name);
		return -EINVAL;
	}
	if (desc->lock == DMF_LOCK_PASSIVE)
		module->passive_level = true;

	lock_init(module, &module->lock, keys, 0);
	if (!desc->auxiliary_locks)
		return 0;

	module->auxiliary = kcalloc(desc->auxiliary_locks, sizeof(*module->auxiliary), GFP_KERNEL);
	if (!module->auxiliary)
		return -ENOMEM;

	for (i = 0; i < desc->auxiliary_locks; i++)
		lock_init(module, &module->auxiliary[i], keys, i + 1);
	return 0;
}

void dmf_locks_destroy(struct dmf_module *module)
{
	kfree(module->auxiliary);
}

/* A lock that the descriptor does not declare is a bug, and the default one instead. */
static struct dmf_lock *lock_auxiliary(struct dmf_module *module, unsigned int index)
{
	if (WARN_ON(index >= module->desc->auxiliary_locks))
		return &module->lock;
	return &module->auxiliary[index];
}

/**
 * dmf_module_auxiliary_lock - take another lock of a Module
 * @module: the Module whose code calls
 * @index: which; below &struct dmf_module_desc.auxiliary_locks
 *
 * DMF: DMF_ModuleAuxiliaryLock.
 *
 * Context: as dmf_module_lock().
 */
void dmf_module_auxiliary_lock(struct dmf_module *module, unsigned int index)
	__acquires(&module->auxiliary[index].spinlock)
{
	__dmf_lock_take(module, lock_auxiliary(module, index));
}
EXPORT_SYMBOL_NS_GPL(dmf_module_auxiliary_lock, DMF);

/**
 * dmf_module_auxiliary_unlock - drop another lock of a Module
 * @module: the Module whose code calls
 * @index: which
 *
 * DMF: DMF_ModuleAuxiliaryUnlock.
 *
 * Context: the one of dmf_module_auxiliary_lock().
 */
void dmf_module_auxiliary_unlock(struct dmf_module *module, unsigned int index)
	__releases(&module->auxiliary[index].spinlock)
{
	__dmf_lock_drop(module, lock_auxiliary(module, index));
}
EXPORT_SYMBOL_NS_GPL(dmf_module_auxiliary_unlock, DMF);

static void lock_assert_held(const struct dmf_module *module, const struct dmf_lock *lock)
{
	if (module->passive_level)
		lockdep_assert_held(&lock->mutex);
	else
		lockdep_assert_held(&lock->spinlock);
}

/**
 * dmf_module_assert_locked - have lockdep check that the default lock is held
 * @module: the Module whose code calls
 *
 * DMF: the checks of DMF_ModuleLock's owner.
 *
 * Context: any.
 */
void dmf_module_assert_locked(struct dmf_module *module)
{
	lock_assert_held(module, &module->lock);
}
EXPORT_SYMBOL_NS_GPL(dmf_module_assert_locked, DMF);

/**
 * dmf_module_assert_auxiliary_locked - the same for another lock of a Module
 * @module: the Module whose code calls
 * @index: which
 *
 * Context: any.
 */
void dmf_module_assert_auxiliary_locked(struct dmf_module *module, unsigned int index)
{
	lock_assert_held(module, lock_auxiliary(module, index));
}
EXPORT_SYMBOL_NS_GPL(dmf_module_assert_auxiliary_locked, DMF);
