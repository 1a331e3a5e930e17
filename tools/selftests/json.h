/* SPDX-License-Identifier: GPL-2.0-only */
/* Just enough JSON to check what the programs print. */
#ifndef DMF_SELFTEST_JSON_H
#define DMF_SELFTEST_JSON_H

#include <stdbool.h>

/*
 * Is this line one JSON object whose values are strings and whole numbers?
 * @end receives where it ends.
 */
bool json_is_object(const char *text, const char **end);

/*
 * Is this an object of any values, and the end of a line after it? @end receives where the
 * next line begins.
 */
bool json_is_line(const char *text, const char **end);

#endif /* DMF_SELFTEST_JSON_H */
