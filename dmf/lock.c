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
 *
 * Whoever wants to know which locks are waited for raises a static key: debugfs
 * dmf/lock_statistics, while it holds 1, and the tracepoint module_lock_contended, while it
 * is on. From then on a lock is tried first, and if it is not free the wait is measured and
 * counted, by the one who has taken it: so the figures need no protection of their own.
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "internal.h"
#include "trace.h"

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

/* -- Who waits, and how long ------------------------------------------------------- */

DEFINE_STATIC_KEY_FALSE(dmf_locks_watched);
EXPORT_SYMBOL_NS_GPL(dmf_locks_watched, DMF);

/* debugfs dmf/lock_statistics: whether it holds the key, too. */
static bool locks_counted;
static DEFINE_MUTEX(locks_counted_lock);	/* guards @locks_counted */

int dmf_locks_watch(void)
{
	static_branch_inc(&dmf_locks_watched);
	return 0;
}

void dmf_locks_unwatch(void)
{
	static_branch_dec(&dmf_locks_watched);
}

/* The index of a lock as it is shown: 0 for the default one. */
static unsigned int lock_number(const struct dmf_module *module, const struct dmf_lock *lock)
{
	return lock == &module->lock ? 0 : lock - module->auxiliary + 1;
}

/* The caller has just got the lock, which it has waited for. */
static void lock_count(const struct dmf_module *module, struct dmf_lock *lock, u64 begin)
{
	u64 wait_ns = ktime_get_ns() - begin;

	WRITE_ONCE(lock->contended, lock->contended + 1);
	WRITE_ONCE(lock->wait_ns, lock->wait_ns + wait_ns);
	if (wait_ns > lock->longest_ns)
		WRITE_ONCE(lock->longest_ns, wait_ns);
	trace_module_lock_contended(module, lock_number(module, lock), wait_ns);
}

static void lock_take_mutex(const struct dmf_module *module, struct dmf_lock *lock)
{
	u64 begin;

	if (mutex_trylock(&lock->mutex))
		return;

	begin = ktime_get_ns();
	mutex_lock(&lock->mutex);
	lock_count(module, lock, begin);
}

static void lock_take_spinlock(const struct dmf_module *module, struct dmf_lock *lock)
	__acquires(&lock->spinlock)
{
	unsigned long flags;
	u64 begin;

	if (spin_trylock_irqsave(&lock->spinlock, flags)) {
		lock->flags = flags;
		return;
	}

	begin = ktime_get_ns();
	spin_lock_irqsave(&lock->spinlock, flags);
	lock->flags = flags;
	lock_count(module, lock, begin);
}

/* __dmf_lock_take() while the key is raised. */
void __dmf_lock_take_watched(const struct dmf_module *module, struct dmf_lock *lock)
	__acquires(&lock->spinlock)
{
	if (module->passive_level) {
		lock_take_mutex(module, lock);
		__acquire(&lock->spinlock);
	} else {
		lock_take_spinlock(module, lock);
	}
}
EXPORT_SYMBOL_NS_GPL(__dmf_lock_take_watched, DMF);

static void lock_show(const struct dmf_module *module, const struct dmf_lock *lock,
		      struct seq_file *seq)
{
	seq_printf(seq, "lock=%u kind=%s contended=%lu wait_ns=%llu longest_ns=%llu\n",
		   lock_number(module, lock), module->passive_level ? "mutex" : "spinlock",
		   READ_ONCE(lock->contended), READ_ONCE(lock->wait_ns),
		   READ_ONCE(lock->longest_ns));
}

/*
 * The statistics of all locks of a Module, a line for each: what has been counted while
 * somebody wanted to know. Process context.
 */
void dmf_locks_show(struct dmf_module *module, struct seq_file *seq)
{
	unsigned int i;

	lock_show(module, &module->lock, seq);
	for (i = 0; i < module->desc->auxiliary_locks; i++)
		lock_show(module, &module->auxiliary[i], seq);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_locks_show);

static int lock_statistics_get(void *data, u64 *value)
{
	*value = READ_ONCE(locks_counted);
	return 0;
}

static int lock_statistics_set(void *data, u64 value)
{
	if (value > 1)
		return -EINVAL;

	mutex_lock(&locks_counted_lock);
	if (value && !locks_counted)
		dmf_locks_watch();
	else if (!value && locks_counted)
		dmf_locks_unwatch();
	WRITE_ONCE(locks_counted, value);
	mutex_unlock(&locks_counted_lock);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(lock_statistics_fops, lock_statistics_get, lock_statistics_set, "%llu\n");

void dmf_locks_debugfs_add(struct dentry *root)
{
	debugfs_create_file_unsafe("lock_statistics", 0600, root, NULL, &lock_statistics_fops);
}
