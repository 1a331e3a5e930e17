// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proofs that need a machine which takes part: it wakes the guest up, boots it
 * again, moves the card. Each machine of scripts/vm.sh has suites of its own.
 *
 *   dmf-proof MACHINE [--list] [--filter GLOBS]
 */
#include <stdio.h>
#include <string.h>

#include "suites.h"

static const struct test_suite *const power_suites[] = {
	&sleep_suite, &runtime_suite, &rebind_suite, &unload_suite,
	&hibernation_suite, &s3_suite, NULL
};

static const struct test_suite *const acpi_suites[] = {
	&acpi_hotplug_suite, &surprise_suite, NULL
};

static const struct test_suite *const native_suites[] = {
	&native_hotplug_suite, NULL
};

static const struct {
	const char *name;
	const struct test_suite *const *suites;
} machines[] = {
	{ "power", power_suites },
	{ "acpi", acpi_suites },
	{ "native", native_suites },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < ARRAY_SIZE(machines); i++)
		if (!strcmp(argv[1], machines[i].name))
			return test_main(argc - 1, argv + 1,
					 machines[i].suites);

	fprintf(stderr, "Usage: %s power|acpi|native [--list] [--filter GLOBS]\n",
		argv[0]);
	return 2;
}
