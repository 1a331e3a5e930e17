// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tracing costs while nobody traces: a step of work with a tracepoint that is off; a
 * lock of a Module, which could be watched; and a request, on whose way there are two
 * tracepoints. Rows of Doorbell, BufferPool and the D0 cycle have more of them.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/tracepoint.h>

#include <linux/dmf/device.h>
#include <linux/dmf/module.h>
#include <linux/dmf/request.h>

#include "bench.h"

#define STEPS		10000
#define REQUESTS	1000

/* -- A tracepoint ---------------------------------------------------------------- */

DECLARE_TRACE(dmf_bench_step,
	      TP_PROTO(const unsigned long *value),
	      TP_ARGS(value));
DEFINE_TRACE(dmf_bench_step,
	     TP_PROTO(const unsigned long *value),
	     TP_ARGS(value));

static noinline void step_traced(unsigned long *value, unsigned long factor)
{
	*value = *value * factor + 1;
	trace_dmf_bench_step(value);
}

static noinline void step_plain(unsigned long *value, unsigned long factor)
{
	*value = *value * factor + 1;
}

static int steps_traced(void *data)
{
	unsigned long i, flags;

	local_irq_save(flags);
	for (i = 0; i < STEPS; i++)
		step_traced(data, i);
	local_irq_restore(flags);
	return 0;
}

static int steps_plain(void *data)
{
	unsigned long i, flags;

	local_irq_save(flags);
	for (i = 0; i < STEPS; i++)
		step_plain(data, i);
	local_irq_restore(flags);
	return 0;
}

static int bench_traced(struct bench *bench)
{
	unsigned long value = 1;

	return bench_run(bench, steps_traced, &value, STEPS);
}

static int bench_plain(struct bench *bench)
{
	unsigned long value = 1;

	return bench_run(bench, steps_plain, &value, STEPS);
}

/* -- A lock of a Module ------------------------------------------------------------ */

struct dmf_bench_locked {
	struct dmf_module module;
};

static const struct dmf_module_ops bench_locked_ops = { };

static const struct dmf_module_desc bench_locked_desc = {
	.name		= "bench_locked",
	.size		= sizeof(struct dmf_bench_locked),
	.lock		= DMF_LOCK_DISPATCH_MAXIMUM,
	.ops		= &bench_locked_ops,
};

DMF_DECLARE_MODULE(bench_locked);
DMF_DEFINE_MODULE(bench_locked);

static struct dmf_bench_locked *locked;

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return dmf_bench_locked_add(init, NULL, NULL, &locked);
}

static const struct dmf_client_ops locked_ops = {
	.modules_add = modules_add,
};

/* A lock of either kind that nobody can watch. */
struct own_lock {
	bool passive_level;
	union {
		struct mutex mutex;		/* guards what its owner decides */
		struct {
			spinlock_t spinlock;	/* the same */
			unsigned long flags;
		};
	};
};

static noinline void step_module(struct dmf_module *module)
{
	dmf_module_lock(module);
	dmf_module_unlock(module);
}

/* sparse cannot see that a mutex is a lock; tell it. */
static noinline void step_own(struct own_lock *own)
{
	unsigned long flags;

	if (own->passive_level) {
		mutex_lock(&own->mutex);
		__acquire(&own->spinlock);
	} else {
		spin_lock_irqsave(&own->spinlock, flags);
		own->flags = flags;
	}
	if (own->passive_level) {
		mutex_unlock(&own->mutex);
		__release(&own->spinlock);
	} else {
		spin_unlock_irqrestore(&own->spinlock, own->flags);
	}
}

static int lock_module(void *data)
{
	int i;

	for (i = 0; i < STEPS; i++)
		step_module(data);
	return 0;
}

static int lock_own(void *data)
{
	int i;

	for (i = 0; i < STEPS; i++)
		step_own(data);
	return 0;
}

static int bench_lock_module(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&locked_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, lock_module, dmf_bench_locked_module(locked), STEPS);
	bench_device_remove(ddev);
	return ret;
}

static int bench_lock_own(struct bench *bench)
{
	struct own_lock own = { };

	spin_lock_init(&own.spinlock);
	return bench_run(bench, lock_own, &own, STEPS);
}

/* -- A request that is completed at once ---------------------------------------------- */

static bool handle_request(struct dmf_device *ddev, struct dmf_request *request)
{
	dmf_request_complete(request, 0);
	return true;
}

static const struct dmf_client_ops handler_ops = {
	.internal_device_io_control = handle_request,
};

static int send_requests(void *data)
{
	int i, ret = 0;

	for (i = 0; i < REQUESTS && !ret; i++)
		ret = dmf_device_internal_ioctl(data, 1, NULL, 0, NULL, 0, MAX_SCHEDULE_TIMEOUT);
	return ret;
}

static int bench_requests(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&handler_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, send_requests, ddev, REQUESTS);
	bench_device_remove(ddev);
	return ret;
}

/* What a driver of one's own needs for the same. */
struct own_device {
	struct device *dev;
	atomic_t users;
	spinlock_t lock;		/* guards @requests */
	struct list_head requests;
};

struct own_request {
	struct list_head entry;
	struct completion done;
	int status;
	u8 data[sizeof(struct dmf_request) - 64];
};

static noinline void own_handle(struct own_request *request)
{
	request->status = 0;
	complete(&request->done);
}

static int own_send(struct own_device *own)
{
	struct own_request *request = kzalloc(sizeof(*request), GFP_KERNEL);
	int ret = -ENODEV;

	if (!request)
		return -ENOMEM;

	init_completion(&request->done);
	spin_lock_irq(&own->lock);
	list_add_tail(&request->entry, &own->requests);
	spin_unlock_irq(&own->lock);
	if (atomic_inc_not_zero(&own->users)) {
		pm_runtime_get_sync(own->dev);
		own_handle(request);
		pm_runtime_mark_last_busy(own->dev);
		pm_runtime_put(own->dev);
		atomic_dec(&own->users);
		wait_for_completion(&request->done);
		ret = request->status;
	}
	spin_lock_irq(&own->lock);
	list_del(&request->entry);
	spin_unlock_irq(&own->lock);
	kfree(request);
	return ret;
}

static int send_own(void *data)
{
	int i, ret = 0;

	for (i = 0; i < REQUESTS && !ret; i++)
		ret = own_send(data);
	return ret;
}

static int bench_own(struct bench *bench)
{
	struct own_device own = {
		.users = ATOMIC_INIT(1),
		.lock = __SPIN_LOCK_UNLOCKED(own.lock),
		.requests = LIST_HEAD_INIT(own.requests),
	};
	int ret;

	own.dev = bench_device_add();
	if (IS_ERR(own.dev))
		return PTR_ERR(own.dev);

	ret = bench_run(bench, send_own, &own, REQUESTS);
	bench_device_delete(own.dev);
	return ret;
}

const struct bench_case trace_cases[] = {
	{ "a step of work with a tracepoint that is off", "the step alone", 115,
	  bench_traced, bench_plain },
	{ "lock and unlock of a Module", "spinlock or mutex, by hand", 105,
	  bench_lock_module, bench_lock_own },
	{ "a request that is completed at once", "by hand", 0,
	  bench_requests, bench_own },
	{ }
};
