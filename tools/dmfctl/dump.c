// SPDX-License-Identifier: GPL-2.0-only
/* dmfctl dump: make a dump of a device, show it, discard it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"
#include "dump_file.h"
#include "dump_print.h"

#define DUMPS	"/sys/class/devcoredump"

struct arguments {
	const char *what;		/* create, show, release */
	const char *object;		/* NULL if none was given */
	struct dmf_dump_create create;
	bool full;
};

/* -- Where dumps are -------------------------------------------------------------------- */

/* The kernel's dumps may be of anything. */
static bool is_ours(const char *path)
{
	char magic[sizeof(DMF_DUMP_MAGIC)];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ours;

	if (fd < 0)
		return false;
	ours = read(fd, magic, sizeof(magic)) == sizeof(magic) &&
	       !memcmp(magic, DMF_DUMP_MAGIC, sizeof(magic));
	close(fd);
	return ours;
}

/* The newest has the highest number. */
static bool find_newest(char *path, size_t size)
{
	unsigned int newest = 0, number;
	struct dirent *entry;
	char candidate[PATH_MAX];
	DIR *folder = opendir(DUMPS);

	while (folder && (entry = readdir(folder))) {
		if (sscanf(entry->d_name, "devcd%u", &number) != 1 || number <= newest)
			continue;
		snprintf(candidate, sizeof(candidate), DUMPS "/devcd%u/data", number);
		if (!is_ours(candidate))
			continue;
		newest = number;
		snprintf(path, size, "%s", candidate);
	}
	if (folder)
		closedir(folder);
	return newest;
}

/* Of the device whose node this is; NODE or /dev/dmf/NODE. */
static bool find_of_node(const char *node, char *path, size_t size)
{
	const char *name = strrchr(node, '/');

	name = name ? name + 1 : node;
	return snprintf(path, size, "/sys/class/misc/dmf!%s/device/devcoredump/data", name) <
	       (int)size && !access(path, F_OK);
}

static int open_node(const char *node)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), strchr(node, '/') ? "%s" : "/dev/dmf/%s", node);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* -- create ------------------------------------------------------------------------------- */

static const char *create_error(int error)
{
	switch (error) {
	case ENOTTY:
		return "this driver makes no dumps, or this is no node of a DMF device";
	case EACCES:
		return "this is for an administrator";
	case EBUSY:
		return "there is a dump of it already: see 'dmfctl dump release'";
	case EOPNOTSUPP:
		return "the kernel takes no device core dumps; see " DUMPS "/disabled";
	case ENODEV:
		return "the device is gone";
	default:
		return strerror(error);
	}
}

static int run_create(const struct arguments *arguments)
{
	char path[PATH_MAX];
	int fd, ret;

	if (!arguments->object)
		usage_error("create: of which node?");
	fd = open_node(arguments->object);
	if (fd < 0) {
		complain("%s: %s", arguments->object, strerror(errno));
		return EXIT_ERROR;
	}
	ret = ioctl(fd, DMF_IOC_DUMP_CREATE, &arguments->create);
	if (ret)
		complain("%s: %s", arguments->object, create_error(errno));
	close(fd);
	if (ret)
		return EXIT_ERROR;
	if (find_of_node(arguments->object, path, sizeof(path)) ||
	    find_newest(path, sizeof(path)))
		puts(path);
	return EXIT_DONE;
}

/* -- show --------------------------------------------------------------------------------- */

static int show_bytes(const char *name, const unsigned char *bytes, size_t size, bool full)
{
	struct dump_file dump;
	const char *defect = dump_file_parse(&dump, bytes, size);

	if (defect) {
		complain("%s: %s", name, defect);
		return EXIT_ERROR;
	}
	dump_print(&dump, full);
	defect = dump.defect;
	dump_file_free(&dump);
	if (!defect)
		return EXIT_DONE;
	complain("%s: %s", name, defect);
	return EXIT_ERROR;
}

static int show_file(const char *name, int fd, bool full)
{
	unsigned char *bytes;
	size_t size;
	int status;

	bytes = dump_file_read(fd, &size);
	if (!bytes) {
		complain("%s: %s", name, strerror(errno));
		return EXIT_ERROR;
	}
	status = show_bytes(name, bytes, size, full);
	free(bytes);
	return status;
}

static int run_show(const struct arguments *arguments)
{
	const char *name = arguments->object;
	char newest[PATH_MAX];
	int fd, status;

	if (name && !strcmp(name, "-"))
		return show_file("standard input", STDIN_FILENO, arguments->full);
	if (!name) {
		if (!find_newest(newest, sizeof(newest))) {
			complain("no dump in " DUMPS);
			return EXIT_ERROR;
		}
		name = newest;
	}
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		complain("%s: %s", name, strerror(errno));
		return EXIT_ERROR;
	}
	status = show_file(name, fd, arguments->full);
	close(fd);
	return status;
}

/* -- release ------------------------------------------------------------------------------ */

static int run_release(const struct arguments *arguments)
{
	const char *object = arguments->object;
	char path[PATH_MAX];
	int fd;

	if (object ? !find_of_node(object, path, sizeof(path)) :
		     !find_newest(path, sizeof(path))) {
		complain("%s: no dump", object ? object : DUMPS);
		return EXIT_ERROR;
	}
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1) {
		complain("%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return EXIT_ERROR;
	}
	close(fd);
	return EXIT_DONE;
}

/* -- The command ---------------------------------------------------------------------------- */

static const struct option options[] = {
	{ "full", no_argument, NULL, 'f' },
	{ "code", required_argument, NULL, 'c' },
	{ "text", required_argument, NULL, 't' },
	{ }
};

static void parse_code(struct arguments *arguments, const char *text)
{
	char *end;

	errno = 0;
	arguments->create.code = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-')
		usage_error("--code is no number: %s", text);
}

/* Nothing may follow its end. */
static void set_text(struct dmf_dump_create *create, const char *text)
{
	size_t length = strlen(text);

	if (length >= sizeof(create->text))
		usage_error("--text is longer than %zu bytes", sizeof(create->text) - 1);
	memset(create->text, 0, sizeof(create->text));
	memcpy(create->text, text, length);
}

static void parse(struct arguments *arguments, int argc, char **argv)
{
	struct dmf_dump_create *create = &arguments->create;
	int option;

	set_text(create, "dmfctl");
	while ((option = command_option(argc, argv, NULL, options)) != -1) {
		if (option == 'f')
			arguments->full = true;
		else if (option == 'c')
			parse_code(arguments, optarg);
		else
			set_text(create, optarg);
	}
	if (optind == argc || optind + 2 < argc)
		usage_error("create, show or release, and of what");
	arguments->what = argv[optind];
	arguments->object = argv[optind + 1];
}

static int run(int argc, char **argv)
{
	struct arguments arguments = { };

	parse(&arguments, argc, argv);
	if (!strcmp(arguments.what, "create"))
		return run_create(&arguments);
	if (!strcmp(arguments.what, "show"))
		return run_show(&arguments);
	if (!strcmp(arguments.what, "release"))
		return run_release(&arguments);
	usage_error("create, show or release, not %s", arguments.what);
}

const struct dmfctl_command dump_command = {
	.name = "dump",
	.usage = "create NODE | show [FILE|-] | release [NODE]",
	.help = "make a dump of a device, show it, discard it",
	.options =
"  --code=NUMBER  of the reason, for create\n"
"  --text=TEXT    the reason in words, for create\n"
"  --full         show all bytes of memory\n",
	.run = run,
};
