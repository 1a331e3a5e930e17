/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of the lifecycle share: a Client with a tree of scripted Modules
 * of all open options, and the calculation of what must be called from what was.
 *
 * first         create
 *   below       create
 * second        d0-entry
 *   left        prepare-hardware
 *     deep      create
 *   right       d0-entry
 * third         prepare-hardware
 * fourth        notify-create
 * fifth         d0-entry-system-power-up
 *   lower       notify-prepare-hardware
 *   mild        d0-entry-system-power-up
 * sixth         notify-d0-entry
 */
#ifndef _DMF_LIFECYCLE_FIXTURE_H
#define _DMF_LIFECYCLE_FIXTURE_H

#include "dmf_kunit.h"
#include "fake_module.h"

#define LIFECYCLE_MODULES	12
/* Those that are visited in each phase: all Modules and the Client. */
#define LIFECYCLE_VISITS	(LIFECYCLE_MODULES + 1)

struct lifecycle {
	struct fake_script script;
	struct fake_call expected[FAKE_LOG_MAX];
	unsigned int expected_count;
};

extern const struct dmf_client_ops lifecycle_client_ops;

/* An init of a suite: test->priv is a struct lifecycle. */
int lifecycle_init(struct kunit *test);

/* The script of the test that has probed the device. */
struct fake_script *lifecycle_script(const struct dmf_device *ddev);

struct dmf_device *lifecycle_probe(struct kunit *test);

/* -- What is expected -- */

/* Who made @call is called for @what; nothing for FAKE_NOTHING. */
void lifecycle_expect(struct lifecycle *life, const struct fake_call *call, enum fake_what what);

/* What undoes @call on the way down, if anything. */
void lifecycle_expect_down(struct lifecycle *life, const struct fake_call *call);

/* Begin with the first @count calls that were made. */
void lifecycle_expect_log(struct lifecycle *life, unsigned int count);

/* The first @count calls were on the way up, and are undone in exact reverse. */
void lifecycle_expect_undone(struct lifecycle *life, unsigned int count);

/* The first @count calls were on the way down, and are undone in exact reverse. */
void lifecycle_expect_up_again(struct lifecycle *life, unsigned int count);

/* Index of the call that failed; a parent that fails with it began earlier. */
unsigned int lifecycle_failed_call(struct lifecycle *life);

/* The log is what was expected. */
void lifecycle_check(struct kunit *test, const char *when, unsigned int step);

/* In the whole log each pair alternates, and everything is down in the end. */
void lifecycle_check_balanced(struct kunit *test, unsigned int step);

/* The log begins with these calls, written "who.what". */
void lifecycle_check_begins(struct kunit *test, const char * const *want, unsigned int count);

#endif /* _DMF_LIFECYCLE_FIXTURE_H */
