/* SPDX-License-Identifier: GPL-2.0-only */
/* The container driver: each write to its node is an event. */
#ifndef DMF_SELFTEST_SAMPLE_H
#define DMF_SELFTEST_SAMPLE_H

#define SAMPLE_NODE	"/dev/dmf/sample0"

/* Both modules loaded anew: the count begins with 0. */
void sample_setup(void);

int sample_open(void);

#endif /* DMF_SELFTEST_SAMPLE_H */
