/* SPDX-License-Identifier: GPL-2.0-only */
/* Just enough JSON to check what dmf-notify prints. */
#ifndef DMF_SELFTEST_JSON_H
#define DMF_SELFTEST_JSON_H

#include <stdbool.h>

/*
 * Is this line one JSON object whose values are strings and whole numbers?
 * @end receives where it ends.
 */
bool json_is_object(const char *text, const char **end);

#endif /* DMF_SELFTEST_JSON_H */
