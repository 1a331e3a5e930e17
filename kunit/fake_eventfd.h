/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Eventfds without a program: the kernel offers no way to make one but the system
 * call, which needs a descriptor.
 */
#ifndef _DMF_FAKE_EVENTFD_H
#define _DMF_FAKE_EVENTFD_H

#include <linux/eventfd.h>

#include "dmf_kunit.h"

/* The test has a reference, which is put when it ends. */
struct eventfd_ctx *fake_eventfd(struct kunit *test);

/* One more, for whoever is given the eventfd. */
struct eventfd_ctx *fake_eventfd_get(struct eventfd_ctx *ctx);

/* How often it was signalled, and how many references there are. */
u64 fake_eventfd_count(struct eventfd_ctx *ctx);
unsigned int fake_eventfd_references(struct eventfd_ctx *ctx);

/* Sleep until it was signalled so often; false if that takes too long. */
bool fake_eventfd_wait(struct eventfd_ctx *ctx, u64 count);

#endif /* _DMF_FAKE_EVENTFD_H */
