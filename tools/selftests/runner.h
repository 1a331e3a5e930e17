/* SPDX-License-Identifier: GPL-2.0-only */
/* Between harness.c, which a case uses, and runner.c, which runs the case. */
#ifndef DMF_SELFTEST_RUNNER_H
#define DMF_SELFTEST_RUNNER_H

/**
 * struct findings - shared by all processes of a case, and the runner
 * @failures: number of checks that did not hold.
 * @skipped: why the case was given up, empty if it was not.
 */
struct findings {
	int failures;
	char skipped[128];
};

extern struct findings *findings;

#endif /* DMF_SELFTEST_RUNNER_H */
