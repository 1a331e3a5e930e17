/* SPDX-License-Identifier: GPL-2.0-only */
/* One suite per file, but for the slots; main.c knows which machine each needs. */
#ifndef DMF_PROOF_SUITES_H
#define DMF_PROOF_SUITES_H

#include "harness.h"

extern const struct test_suite sleep_suite;
extern const struct test_suite s3_suite;
extern const struct test_suite hibernation_suite;
extern const struct test_suite runtime_suite;
extern const struct test_suite rebind_suite;
extern const struct test_suite unload_suite;
extern const struct test_suite acpi_hotplug_suite;
extern const struct test_suite native_hotplug_suite;
extern const struct test_suite surprise_suite;

#endif /* DMF_PROOF_SUITES_H */
