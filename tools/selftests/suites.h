/* SPDX-License-Identifier: GPL-2.0-only */
/* One suite per file; main.c runs them in its order. */
#ifndef DMF_SELFTEST_SUITES_H
#define DMF_SELFTEST_SUITES_H

#include "harness.h"

extern const struct test_suite request_suite;
extern const struct test_suite wait_suite;
extern const struct test_suite read_suite;
extern const struct test_suite poll_suite;
extern const struct test_suite io_uring_suite;
extern const struct test_suite signal_suite;
extern const struct test_suite readers_suite;
extern const struct test_suite cancel_suite;
extern const struct test_suite arguments_suite;
extern const struct test_suite stream_suite;
extern const struct test_suite overflow_suite;
extern const struct test_suite file_suite;
extern const struct test_suite debugfs_suite;
extern const struct test_suite recorder_suite;
extern const struct test_suite branch_track_suite;
extern const struct test_suite dump_suite;
extern const struct test_suite trace_suite;
extern const struct test_suite libdmf_suite;
extern const struct test_suite libdmf_fake_suite;
extern const struct test_suite dmf_notify_suite;
extern const struct test_suite dmfctl_suite;
extern const struct test_suite dmfctl_crash_suite;
extern const struct test_suite unbind_suite;
extern const struct test_suite modules_suite;
extern const struct test_suite sample_suite;
extern const struct test_suite event_suite;
extern const struct test_suite broadcast_suite;
extern const struct test_suite filter_suite;
extern const struct test_suite commands_suite;
extern const struct test_suite compat_suite;
extern const struct test_suite storm_suite;
extern const struct test_suite power_suite;

#endif /* DMF_SELFTEST_SUITES_H */
