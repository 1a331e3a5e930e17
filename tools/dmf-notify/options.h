/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of dmf-notify. */
#ifndef DMF_NOTIFY_OPTIONS_H
#define DMF_NOTIFY_OPTIONS_H

#include <stdbool.h>

#include <linux/types.h>

/* How the program ends; --help tells the user. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	EXIT_GONE = 3,
	EXIT_TIMEOUT = 4,
};

/**
 * struct options - what was asked for
 * @device: as given: a path, or the name of a node under /dev/dmf.
 * @stream: name of the stream, NULL for the device's first.
 * @count: end after so many events, 0 for never.
 * @batch: take at most so many events with one call, 0 for as many as fit.
 * @timeout_ns: end when nothing came for so long, 0 for never.
 * @json: JSON instead of plain lines.
 * @raw: do not decode data.
 */
struct options {
	const char *device;
	const char *stream;
	__u64 count;
	__u32 batch;
	__u64 timeout_ns;
	bool json;
	bool raw;
};

/* Ends the program after --help, --version and mistakes. */
void options_parse(struct options *options, int argc, char **argv);

#endif /* DMF_NOTIFY_OPTIONS_H */
