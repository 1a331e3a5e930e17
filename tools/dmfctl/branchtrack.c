// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmfctl branchtrack: which branches of drivers have been executed, and whether as often
 * as they should. For test scripts: the exit status says whether all have passed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/dmf/branch_track.h>

#include "commands.h"
#include "debugfs.h"
#include "output.h"

#define NODES	"/dev/dmf"
#define MISC	"/sys/class/misc"

/* A branch has not passed. */
#define EXIT_BRANCH_FAILED	3

/* What the user wants. */
static struct {
	bool faults;		/* some were injected */
	bool failed_only;
	bool reset;
} wanted;

/* What the kernel has said of one device. */
struct report {
	const char *node;		/* name below NODES */
	struct dmf_branch_track_status status;
	char *details;
	size_t size;
};

/* One entry of the details, checked. */
struct branch {
	const struct dmf_branch_track_entry *entry;
	const char *table;
	const char *file;
	const char *name;
	const char *hint;
};

/* -- Asking the kernel ------------------------------------------------------------- */

static int query(int fd, unsigned int type, void *buffer, size_t size, size_t *needed)
{
	struct dmf_branch_track_query query = {
		.buffer = (uintptr_t)buffer, .size = size, .type = type,
		.flags = wanted.faults ? DMF_BRANCH_TRACK_FAULTS : 0,
	};
	int ret = ioctl(fd, DMF_IOC_BRANCH_TRACK, &query);

	*needed = query.needed;
	return ret;
}

/* The details are what is told; the status gives the driver's name. Returns false with errno. */
static bool report_ask(struct report *report, int fd)
{
	size_t needed = 0;

	if (query(fd, DMF_BRANCH_TRACK_STATUS, &report->status, sizeof(report->status), &needed))
		return false;
	report->status.client_name[DMF_BRANCH_TRACK_NAME_SIZE - 1] = '\0';
	/* There may be more of them each time. */
	while (query(fd, DMF_BRANCH_TRACK_DETAILS, report->details, report->size, &needed)) {
		if (errno != ENOSPC)
			return false;
		free(report->details);
		report->size = needed;
		report->details = malloc(needed);
		if (!report->details)
			return false;
	}
	report->size = needed;
	return true;
}

/* Returns false with errno. */
static bool report_get(struct report *report, const char *node)
{
	char path[PATH_MAX];
	int fd, error = 0;

	*report = (struct report){ .node = node };
	snprintf(path, sizeof(path), NODES "/%s", node);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (!report_ask(report, fd))
		error = errno;
	close(fd);
	errno = error;
	return !error;
}

/* The text at an offset of an entry, which the answer holds with its end; or NULL. */
static const char *entry_text(const struct report *report, size_t start, __u32 offset)
{
	size_t at = start + offset;

	if (at >= report->size || !memchr(report->details + at, '\0', report->size - at))
		return NULL;
	return report->details + at;
}

/* The entry at *@at, which is moved on. Returns false behind the last. */
static bool branch_next(const struct report *report, size_t *at, struct branch *branch)
{
	const struct dmf_branch_track_entry *entry;

	if (*at > report->size || report->size - *at < sizeof(*entry))
		return false;
	entry = (const void *)(report->details + *at);
	branch->entry = entry;
	branch->table = entry_text(report, *at, entry->table);
	branch->file = entry_text(report, *at, entry->file);
	branch->name = entry_text(report, *at, entry->name);
	branch->hint = entry_text(report, *at, entry->hint);
	*at = entry->next ? *at + entry->next : report->size;
	return branch->table && branch->file && branch->name && branch->hint;
}

static bool branch_failed(const struct branch *branch)
{
	return !(branch->entry->flags & (DMF_BRANCH_TRACK_PASSED | DMF_BRANCH_TRACK_ASIDE));
}

static bool branch_is_aside(const struct branch *branch)
{
	return branch->entry->flags & DMF_BRANCH_TRACK_ASIDE;
}

/* Of the same moment as what is printed. */
static void report_count(const struct report *report, unsigned int *total, unsigned int *failed)
{
	struct branch branch;
	size_t at = 0;

	*total = 0;
	*failed = 0;
	while (branch_next(report, &at, &branch)) {
		*total += !branch_is_aside(&branch);
		*failed += branch_failed(&branch);
	}
}

/* -- For people ---------------------------------------------------------------------- */

static void print_result(const struct branch *branch)
{
	if (branch_is_aside(branch))
		output_styled(STYLE_DIM, "-     ");
	else if (branch_failed(branch))
		output_styled(STYLE_RED, "FAILED");
	else
		output_styled(STYLE_GREEN, "passed");
}

static bool has_number(const struct branch *branch)
{
	return strcmp(branch->hint, "never") && strcmp(branch->hint, "optionally");
}

static void print_branch(const struct branch *branch)
{
	const struct dmf_branch_track_entry *entry = branch->entry;
	int width;

	fputs("  ", stdout);
	print_result(branch);
	printf(" %10llu  ", (unsigned long long)entry->count);
	output_text(branch->hint);
	width = 16 - (int)strlen(branch->hint);
	if (has_number(branch))
		width -= printf(" %llu", (unsigned long long)entry->expected);
	printf("%*s  ", width > 0 ? width : 0, "");
	output_text(branch->table);
	putchar('.');
	output_styled(entry->count || !branch_failed(branch) ? STYLE_PLAIN : STYLE_BOLD,
		      branch->name);
	output_style(STYLE_DIM);
	fputs("  ", stdout);
	output_text(branch->file);
	printf(":%u", entry->line);
	output_style(STYLE_PLAIN);
	putchar('\n');
}

static void print_text(const struct report *report)
{
	unsigned int total, failed;
	struct branch branch;
	size_t at = 0;

	report_count(report, &total, &failed);
	output_styled(STYLE_BOLD, report->node);
	fputs("  ", stdout);
	output_text(report->status.client_name);
	fputs("  ", stdout);
	output_style(failed ? STYLE_RED : STYLE_GREEN);
	printf("%u of %u passed", total - failed, total);
	output_style(STYLE_PLAIN);
	putchar('\n');
	while (branch_next(report, &at, &branch)) {
		if (!wanted.failed_only || branch_failed(&branch))
			print_branch(&branch);
	}
}

/* -- For programs ---------------------------------------------------------------------- */

static void json_branch(const struct branch *branch)
{
	const struct dmf_branch_track_entry *entry = branch->entry;

	json_object(NULL);
	json_string("table", branch->table);
	json_bool("of_module", entry->flags & DMF_BRANCH_TRACK_OF_MODULE);
	json_string("branch", branch->name);
	json_unsigned("count", entry->count);
	json_string("hint", branch->hint);
	json_unsigned("expected", entry->expected);
	json_bool("passed", entry->flags & DMF_BRANCH_TRACK_PASSED);
	json_bool("aside", branch_is_aside(branch));
	json_string("file", branch->file);
	json_unsigned("line", entry->line);
	json_end();
}

static void print_json(const struct report *report)
{
	unsigned int total, failed;
	struct branch branch;
	size_t at = 0;

	report_count(report, &total, &failed);
	json_object(NULL);
	json_string("node", report->node);
	json_string("client", report->status.client_name);
	json_unsigned("total", total);
	json_unsigned("passed", total - failed);
	json_array("branches");
	while (branch_next(report, &at, &branch)) {
		if (!wanted.failed_only || branch_failed(&branch))
			json_branch(&branch);
	}
	json_end();
	json_end();
}

/* -- Nodes and devices -------------------------------------------------------------------- */

/* Where the device that a node belongs to is in sysfs, for free(); NULL with errno. */
static char *node_path(const char *node)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), MISC "/dmf!%s/device", node);
	return realpath(path, NULL);
}

/* Is this the node, or the device, that the user has named? */
static bool node_is(const char *node, const char *named)
{
	char *path;
	bool is;

	if (!strncmp(named, NODES "/", strlen(NODES "/")))
		named += strlen(NODES "/");
	if (!strcmp(node, named))
		return true;
	path = node_path(node);
	is = path && !strcmp(strrchr(path, '/') + 1, named);
	free(path);
	return is;
}

static int node_filter(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The filter that is bound above the device at @path, in sysfs; false if there is none. */
static bool find_filter(const char *path, char filter[PATH_MAX])
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder)))
		found = !fnmatch("*.filter.[0-9]*", entry->d_name, 0) &&
			snprintf(filter, PATH_MAX, "%s/%s", path, entry->d_name) < PATH_MAX;
	if (folder)
		closedir(folder);
	return found;
}

/* Of the stack that stands on a device the uppermost that tracks, as the ioctl asks it. */
static bool reset_at(const char *path)
{
	char filter[PATH_MAX];

	if (find_filter(path, filter)) {
		if (reset_at(filter))
			return true;
		if (errno != ENOENT)
			return false;
	}
	return debugfs_write("0", "%s/branchtrack", strrchr(path, '/') + 1);
}

/* Returns false, having told the user why. */
static bool node_reset(const char *node)
{
	char *path = node_path(node);
	bool done = path && reset_at(path);

	if (!done)
		complain("%s: %s", node, strerror(errno));
	free(path);
	return done;
}

/* Returns an exit code. */
static int report_tell(const struct report *report)
{
	unsigned int total, failed;

	report_count(report, &total, &failed);
	if (output_is_json())
		print_json(report);
	else
		print_text(report);
	if (wanted.reset && !node_reset(report->node))
		return EXIT_ERROR;
	return failed ? EXIT_BRANCH_FAILED : EXIT_DONE;
}

/* It has gone since the nodes were listed. */
static bool node_is_gone(int error)
{
	return error == ENOENT || error == ENODEV || error == ENXIO;
}

/* Returns an exit code, or -1 if the device tracks nothing, or nobody cares that it has gone. */
static int node_run(const char *node, bool named)
{
	struct report report;
	int status;

	if (report_get(&report, node)) {
		status = report_tell(&report);
	} else if (errno == EOPNOTSUPP || errno == ENOTTY || (!named && node_is_gone(errno))) {
		status = -1;
	} else {
		complain("%s: %s", node, strerror(errno));
		status = EXIT_ERROR;
	}
	free(report.details);
	return status;
}

/* An error counts more than a branch that has not passed. */
static int worse(int one, int other)
{
	if (one == EXIT_ERROR || other == EXIT_ERROR)
		return EXIT_ERROR;
	return one ? one : other;
}

/* The nodes that @named means; all of them if it is NULL. Returns an exit code. */
static int nodes_run(struct dirent **nodes, int count, const char *named)
{
	int i, ret, status = EXIT_DONE;
	bool tracked = false;

	for (i = 0; i < count; i++) {
		if (named && !node_is(nodes[i]->d_name, named))
			continue;
		ret = node_run(nodes[i]->d_name, named);
		if (ret < 0)
			continue;
		tracked = true;
		status = worse(status, ret);
	}
	if (tracked)
		return status;
	if (named)
		complain("%s: no device that tracks branches", named);
	else
		complain("no device tracks branches");
	return EXIT_ERROR;
}

static const struct option options[] = {
	{ "failed", no_argument, NULL, 'f' },
	{ "faults", no_argument, NULL, 'i' },
	{ "reset", no_argument, NULL, 'r' },
	{ }
};

static void parse(int argc, char **argv)
{
	int option;

	while ((option = command_option(argc, argv, "fir", options)) != -1) {
		switch (option) {
		case 'f':
			wanted.failed_only = true;
			break;
		case 'i':
			wanted.faults = true;
			break;
		case 'r':
			wanted.reset = true;
			break;
		}
	}
}

static int branchtrack_run(int argc, char **argv)
{
	struct dirent **nodes = NULL;
	int count, i, status = EXIT_DONE;

	parse(argc, argv);
	count = scandir(NODES, &nodes, node_filter, alphasort);
	if (count < 0)
		count = 0;
	if (optind == argc)
		status = nodes_run(nodes, count, NULL);
	for (i = optind; i < argc; i++)
		status = worse(status, nodes_run(nodes, count, argv[i]));
	for (i = 0; i < count; i++)
		free(nodes[i]);
	free(nodes);
	return status;
}

const struct dmfctl_command branchtrack_command = {
	.name = "branchtrack",
	.usage = "[DEVICE]...",
	.help = "tell which branches were executed, and whether as often as they should",
	.options =
"  -f, --failed   only those that have not passed\n"
"  -i, --faults   faults were injected: what only they lead to should have run\n"
"  -r, --reset    count from 0 again afterwards\n",
	.run = branchtrack_run,
};
