// SPDX-License-Identifier: GPL-2.0-only
/*
 * References to a Module that is open and that nobody else uses. Ten pairs stand
 * in a row, so that the loop around them adds a fifth of an instruction to each,
 * on both sides; more in a row, and gcc no longer inlines them all. Interrupts
 * are off meanwhile.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/irqflags.h>

#include <linux/dmf/device.h>
#include <linux/dmf/module.h>

#include "bench.h"

#define PAIRS	10000

struct dmf_bench_reference {
	struct dmf_module module;
};

static const struct dmf_module_ops bench_reference_ops = { };

static const struct dmf_module_desc bench_reference_desc = {
	.name		= "bench_reference",
	.size		= sizeof(struct dmf_bench_reference),
	.ops		= &bench_reference_ops,
};

DMF_DECLARE_MODULE(bench_reference);
DMF_DEFINE_MODULE(bench_reference);

static struct dmf_bench_reference *handle;

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return dmf_bench_reference_add(init, NULL, NULL, &handle);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static __always_inline bool reference_refused(void *module)
{
	if (dmf_module_reference(module))
		return true;
	dmf_module_dereference(module);
	return false;
}

static __always_inline bool acquire_refused(void *module)
{
	if (dmf_module_acquire(module))
		return true;
	dmf_module_release(module);
	return false;
}

static __always_inline bool atomic_refused(void *users)
{
	if (!atomic_inc_not_zero(users))
		return true;
	atomic_dec(users);
	return false;
}

/* @refused is constant in each caller, and so inlined. */
static __always_inline int pairs(bool (*refused)(void *object), void *object)
{
	unsigned long flags;
	bool ended = false;
	int i;

	local_irq_save(flags);
	for (i = 0; i < PAIRS && !ended; i += 10)
		ended = refused(object) || refused(object) || refused(object) ||
			refused(object) || refused(object) || refused(object) ||
			refused(object) || refused(object) || refused(object) ||
			refused(object);
	local_irq_restore(flags);
	return ended ? -ENODEV : 0;
}

static int reference_pairs(void *module)
{
	return pairs(reference_refused, module);
}

static int acquire_pairs(void *module)
{
	return pairs(acquire_refused, module);
}

static int atomic_pairs(void *users)
{
	return pairs(atomic_refused, users);
}

static int bench_pairs(struct bench *bench, int (*pairs)(void *module))
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, pairs, dmf_bench_reference_module(handle), PAIRS);
	bench_device_remove(ddev);
	return ret;
}

static int bench_reference(struct bench *bench)
{
	return bench_pairs(bench, reference_pairs);
}

static int bench_acquire(struct bench *bench)
{
	return bench_pairs(bench, acquire_pairs);
}

static int bench_atomic(struct bench *bench)
{
	atomic_t users = ATOMIC_INIT(1);

	return bench_run(bench, atomic_pairs, &users, PAIRS);
}

const struct bench_case reference_cases[] = {
	{ "reference and dereference", "atomic_inc_not_zero and atomic_dec", 120,
	  bench_reference, bench_atomic },
	{ "acquire and release", "atomic_inc_not_zero and atomic_dec", 120,
	  bench_acquire, bench_atomic },
	{ }
};
