/* SPDX-License-Identifier: GPL-2.0-only */
/* CLOCK_MONOTONIC in nanoseconds, as the interface counts time. */
#ifndef DMF_SELFTEST_CLOCK_H
#define DMF_SELFTEST_CLOCK_H

#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include <linux/types.h>

#define MS	1000000ULL
#define SECOND	(1000 * MS)

/* Longer than anything that works takes, shorter than a case's limit. */
#define PATIENCE	(15 * SECOND)

/* How much later than asked something may happen on a busy machine. */
#define LATE	(5 * SECOND)

static inline __u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

/* One step of a loop that waits for something; false when @end has passed. */
static inline bool nap_until(__u64 end)
{
	usleep(500);
	return now_ns() < end;
}

#endif /* DMF_SELFTEST_CLOCK_H */
