/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that issue requests while a case does something to the device. */
#ifndef DMF_SELFTEST_LOAD_H
#define DMF_SELFTEST_LOAD_H

#include <sys/types.h>

#define LOAD_PROGRAMS	3

/**
 * struct load - programs at work
 * @programs: they end when they are killed, and not before.
 * @results: number of factorials that they have got, shared with them.
 */
struct load {
	pid_t programs[LOAD_PROGRAMS];
	unsigned int *results;
};

/* They have got something when this returns. */
struct load load_start(void);
/* End them. */
void load_stop(struct load *load);

#endif /* DMF_SELFTEST_LOAD_H */
