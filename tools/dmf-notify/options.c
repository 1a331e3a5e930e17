// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>

#include <linux/dmf/notify.h>

#include "options.h"

/* About 30 years; keeps the sum with the clock far from an overflow. */
#define TIMEOUT_MAX_S	1e9

static const char help[] =
"Usage: dmf-notify [OPTION]... DEVICE\n"
"Wait for the events of a device and print each as one line.\n"
"DEVICE is a path, or the name of a node such as edu0 for /dev/dmf/edu0.\n"
"\n"
"  -c, --count=N          end after N events\n"
"  -t, --timeout=SECONDS  end when no event came for so long (0.5 is possible)\n"
"  -s, --stream=NAME      listen to this stream instead of the device's first\n"
"  -b, --batch=N          take at most N events with one system call\n"
"  -j, --json             print a JSON object per line: device, sequence, type,\n"
"                         status, timestamp_ns, lost, data (hexadecimal), and\n"
"                         for known devices the members of the data\n"
"  -r, --raw              do not decode the data of known devices\n"
"  -h, --help             print this and end\n"
"  -V, --version          print the version and end\n"
"\n"
"Each event is handed out once. \"lost\" counts the numbers missing between two\n"
"events: those that a full stream discarded, and those that another reader took.\n"
"\n"
"Exit status:\n"
"  0  done: N events were printed, or SIGINT or SIGTERM came\n"
"  1  an error\n"
"  2  a mistake on the command line\n"
"  3  the device is gone\n"
"  4  no event came in time\n";

static const struct option long_options[] = {
	{ "count", required_argument, NULL, 'c' },
	{ "timeout", required_argument, NULL, 't' },
	{ "stream", required_argument, NULL, 's' },
	{ "batch", required_argument, NULL, 'b' },
	{ "json", no_argument, NULL, 'j' },
	{ "raw", no_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ }
};

static noreturn void usage_error(void)
{
	fprintf(stderr, "Try 'dmf-notify --help'.\n");
	exit(EXIT_USAGE);
}

static __u64 parse_number(const char *what, const char *text, __u64 max)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' || !number ||
	    number > max) {
		fprintf(stderr, "dmf-notify: %s is not a number from 1: %s\n",
			what, text);
		usage_error();
	}
	return number;
}

static __u64 parse_seconds(const char *text)
{
	double seconds;
	char *end;

	seconds = strtod(text, &end);
	if (end == text || *end || !isfinite(seconds) || seconds <= 0 ||
	    seconds > TIMEOUT_MAX_S) {
		fprintf(stderr,
			"dmf-notify: --timeout is not a number of seconds: %s\n",
			text);
		usage_error();
	}
	return seconds * 1e9 < 1 ? 1 : (__u64)(seconds * 1e9);
}

static void parse_option(struct options *options, int option, const char *value)
{
	switch (option) {
	case 'c':
		options->count = parse_number("--count", value, UINT64_MAX);
		break;
	case 't':
		options->timeout_ns = parse_seconds(value);
		break;
	case 's':
		options->stream = value;
		break;
	case 'b':
		options->batch = parse_number("--batch", value, UINT32_MAX);
		break;
	case 'j':
		options->json = true;
		break;
	case 'r':
		options->raw = true;
		break;
	case 'h':
		fputs(help, stdout);
		exit(EXIT_DONE);
	case 'V':
		puts("dmf-notify " DMF_VERSION);
		exit(EXIT_DONE);
	default:
		usage_error();
	}
}

void options_parse(struct options *options, int argc, char **argv)
{
	int option;

	memset(options, 0, sizeof(*options));
	while (true) {
		option = getopt_long(argc, argv, "c:t:s:b:jrhV", long_options,
				     NULL);
		if (option < 0)
			break;
		parse_option(options, option, optarg);
	}

	if (argc - optind != 1) {
		fprintf(stderr, argc == optind ?
			"dmf-notify: which device?\n" :
			"dmf-notify: one device at a time\n");
		usage_error();
	}
	options->device = argv[optind];
	if (!options->device[0]) {
		fprintf(stderr, "dmf-notify: which device?\n");
		usage_error();
	}
}
