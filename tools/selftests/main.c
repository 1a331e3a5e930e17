// SPDX-License-Identifier: GPL-2.0-only
/* The selftests: what goes on in the node first, then what happens to it. */
#include <stddef.h>

#include "suites.h"

static const struct test_suite *const suites[] = {
	&request_suite,
	&wait_suite,
	&read_suite,
	&poll_suite,
	&io_uring_suite,
	&signal_suite,
	&readers_suite,
	&cancel_suite,
	&arguments_suite,
	&stream_suite,
	&overflow_suite,
	&file_suite,
	&debugfs_suite,
	&recorder_suite,
	&branch_track_suite,
	&dump_suite,
	&trace_suite,
	&libdmf_suite,
	&libdmf_fake_suite,
	&dmf_notify_suite,
	&dmfctl_suite,
	&dmfctl_crash_suite,
	&unbind_suite,
	&modules_suite,
	&sample_suite,
	&event_suite,
	&broadcast_suite,
	&filter_suite,
	&commands_suite,
	&compat_suite,
	&storm_suite,
	&power_suite,
	NULL
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, suites);
}
