/* SPDX-License-Identifier: GPL-2.0-only */
/* Power management: of the device at run time, and of the system. */
#ifndef DMF_SELFTEST_PM_H
#define DMF_SELFTEST_PM_H

#include <stdbool.h>

#define SLEEP_STATE	"/sys/power/state"

/* Let the device sleep when nobody uses it; the next setup forbids it again. */
void edu_allow_runtime_suspend(void);
bool edu_is_suspended(void);
/* Ends the case unless the device falls asleep soon. */
void edu_require_suspended(void);

/* Let the system fall asleep as far as @level of pm_test, and come back. */
void sleep_as_far_as(const char *level);
/* The same; 0 or a negative errno. */
int try_sleep_as_far_as(const char *level);
/* The same without a stay there. */
void sleep_briefly_as_far_as(const char *level);

#endif /* DMF_SELFTEST_PM_H */
