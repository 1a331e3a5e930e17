/* SPDX-License-Identifier: GPL-2.0-only */
/* The exerciser, a driver that reports as many events as a case asks for. */
#ifndef DMF_SELFTEST_EXERCISER_NODE_H
#define DMF_SELFTEST_EXERCISER_NODE_H

#include <stdbool.h>

#include <linux/dmf/notify.h>

#include "clock.h"
#include "exerciser.h"
#include "harness.h"
#include "system.h"

#define EXERCISER_NODE	"/dev/dmf/exerciser0"

/* A record of the stream "events". */
struct exerciser_record {
	struct dmf_event event;
	struct exerciser_event data;
};

/*
 * What a suite needs: see system.h, and both modules of the exerciser loaded
 * anew. The setup of any other suite takes them away.
 */
void exerciser_setup(void);

/* Ends the case if it fails. */
int exerciser_open(int flags);

/* Ends the case unless the producers start. */
void exerciser_start(int fd, const struct exerciser_start *start);
/* None reports any more. */
void exerciser_stop(int fd);
struct exerciser_totals exerciser_totals(int fd);
/* The sum of what they have reported. */
__u64 exerciser_reported(const struct exerciser_totals *totals);
/* Has the stream discarded so many records, as the driver's tree says? */
__u64 exerciser_discarded(void);

/* These return 0 or a negative errno. */
int exerciser_bind(void);
int exerciser_unbind(void);

#endif /* DMF_SELFTEST_EXERCISER_NODE_H */
