// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "clock.h"
#include "harness.h"
#include "pm.h"
#include "system.h"

#define SLEEP_TEST		"/sys/power/pm_test"
#define SLEEP_TEST_SECONDS	"/sys/module/suspend/parameters/pm_test_delay"

void edu_allow_runtime_suspend(void)
{
	/* Fails if the driver does not use a delay. */
	file_write(edu_attribute("power/autosuspend_delay_ms"), "0");
	REQUIRE(!file_write(edu_attribute("power/control"), "auto"));
}

bool edu_is_suspended(void)
{
	return file_is(edu_attribute("power/runtime_status"), "suspended");
}

void edu_require_suspended(void)
{
	__u64 end = now_ns() + PATIENCE;
	char users[32];

	while (!edu_is_suspended() && nap_until(end))
		;
	if (!edu_is_suspended()) {
		file_read(edu_attribute("power/runtime_usage"), users,
			  sizeof(users));
		users[strcspn(users, "\n")] = '\0';
		test_note("the device is awake, in use by %s", users);
	}
	REQUIRE(edu_is_suspended());
}

static int sleep_for(const char *level, const char *seconds)
{
	char states[64];
	int ret;

	if (file_write(SLEEP_TEST, level))
		test_skip("this kernel cannot test system sleep");
	file_write(SLEEP_TEST_SECONDS, seconds);
	file_read(SLEEP_STATE, states, sizeof(states));
	ret = file_write(SLEEP_STATE, strstr(states, "mem") ? "mem" : "freeze");
	EXPECT_EQ(file_write(SLEEP_TEST, "none"), 0);
	return ret;
}

int try_sleep_as_far_as(const char *level)
{
	return sleep_for(level, "1");
}

void sleep_as_far_as(const char *level)
{
	EXPECT_EQ(sleep_for(level, "1"), 0);
}

void sleep_briefly_as_far_as(const char *level)
{
	EXPECT_EQ(sleep_for(level, "0"), 0);
}
