// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eventfds without a program.
 */
#include <linux/kref.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "fake_eventfd.h"

/* What fs/eventfd.c keeps to itself; the same on 6.1 and 6.12. */
struct fake_ctx {
	struct kref kref;
	wait_queue_head_t wqh;
	__u64 count;
	unsigned int flags;
	int id;			/* negative: none to be given back */
};

static struct fake_ctx *to_fake(struct eventfd_ctx *ctx)
{
	return (struct fake_ctx *)ctx;
}

static void fake_put(void *data)
{
	eventfd_ctx_put(data);
}

struct eventfd_ctx *fake_eventfd(struct kunit *test)
{
	struct fake_ctx *fake = kzalloc(sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	kref_init(&fake->kref);
	init_waitqueue_head(&fake->wqh);
	fake->id = -1;
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, fake_put, fake), 0);
	return (struct eventfd_ctx *)fake;
}

struct eventfd_ctx *fake_eventfd_get(struct eventfd_ctx *ctx)
{
	kref_get(&to_fake(ctx)->kref);
	return ctx;
}

u64 fake_eventfd_count(struct eventfd_ctx *ctx)
{
	struct fake_ctx *fake = to_fake(ctx);
	u64 count;

	spin_lock_irq(&fake->wqh.lock);
	count = fake->count;
	spin_unlock_irq(&fake->wqh.lock);
	return count;
}

unsigned int fake_eventfd_references(struct eventfd_ctx *ctx)
{
	return kref_read(&to_fake(ctx)->kref);
}

bool fake_eventfd_wait(struct eventfd_ctx *ctx, u64 count)
{
	return wait_event_timeout(to_fake(ctx)->wqh, fake_eventfd_count(ctx) >= count,
				  DMF_KUNIT_TIMEOUT);
}
