// SPDX-License-Identifier: GPL-2.0-only
/* dmfctl tree: the Modules of devices, as they are now. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "debugfs.h"
#include "model.h"
#include "output.h"

/* What is nested deeper is drawn at this depth. */
#define DRAWN_DEPTH_MAX	16

/* The pieces of lines. */
struct lines {
	const char *branch;
	const char *last;
	const char *through;
	const char *nothing;
};

static const struct lines unicode_lines = { "├─ ", "└─ ", "│  ", "   " };
static const struct lines ascii_lines = { "|- ", "`- ", "|  ", "   " };

/* @busy: somebody opens it or closes it, which includes the wait for its users while opened. */
static enum style state_style(const char *state, bool busy)
{
	if (busy)
		return STYLE_YELLOW;
	if (!strcmp(state, "opened"))
		return STYLE_GREEN;
	if (!strcmp(state, "created") || !strcmp(state, "closed"))
		return STYLE_DIM;
	if (!strcmp(state, "opening") || !strcmp(state, "closing"))
		return STYLE_YELLOW;
	return STYLE_RED;
}

static enum style io_style(const char *io)
{
	if (!strcmp(io, "running"))
		return STYLE_GREEN;
	if (!strcmp(io, "asleep"))
		return STYLE_YELLOW;
	return !strcmp(io, "stopped") ? STYLE_DIM : STYLE_RED;
}

/* -- For people ------------------------------------------------------------------- */

static void print_word(const char *before, enum style style, const char *text)
{
	fputs(before, stdout);
	output_styled(style, text);
}

static void print_device(const struct device_view *device)
{
	const struct fields *state = &device->state;
	const char *node = fields_get(state, "node");

	output_styled(STYLE_BOLD, device->name);
	print_word("  ", STYLE_PLAIN, fields_get(state, "driver"));
	if (strcmp(node, "none"))
		print_word("  /dev/", STYLE_CYAN, node);
	print_word("  power=", STYLE_PLAIN, fields_get(state, "power"));
	print_word(" io=", io_style(fields_get(state, "io")), fields_get(state, "io"));
	print_word(" handlers=", STYLE_PLAIN, fields_get(state, "handlers"));
	print_word(" pended=", STYLE_PLAIN, fields_get(state, "pended"));
	putchar('\n');
}

static void print_figures(const struct fields *figures)
{
	size_t i;

	for (i = 0; i < figures->count; i++) {
		fputs(i ? " " : "  ", stdout);
		output_style(STYLE_DIM);
		output_text(figures->list[i].key);
		putchar('=');
		output_style(STYLE_PLAIN);
		output_text(figures->list[i].value);
	}
}

static void print_module(const struct module_view *module)
{
	const struct fields *state = &module->state;
	const char *instance = fields_get(state, "instance");
	const char *kind = fields_get(state, "module");

	output_styled(STYLE_BOLD, instance);
	if (strcmp(instance, kind)) {
		fputs(" (", stdout);
		output_text(kind);
		putchar(')');
	}
	print_word("  ", state_style(fields_get(state, "state"),
				     fields_number(state, "transition_pid")),
		   fields_get(state, "state"));
	print_word("  open=", STYLE_PLAIN, fields_get(state, "open"));
	if (fields_number(state, "users"))
		print_word(" users=", STYLE_YELLOW, fields_get(state, "users"));
	if (fields_number(state, "transition_pid"))
		print_word(" pid=", STYLE_YELLOW, fields_get(state, "transition_pid"));
	if (fields_number(state, "dynamic"))
		print_word(" ", STYLE_BLUE, "dynamic");
	if (fields_number(state, "transport"))
		print_word(" ", STYLE_BLUE, "transport");
	print_figures(&module->figures);
	putchar('\n');
}

/* The next Module from @first on that has this parent; the number of all if there is none. */
static size_t next_child(const struct device_view *device, size_t first,
			 const struct module_view *parent)
{
	while (first < device->count && device->modules[first].parent != parent)
		first++;
	return first;
}

/* @drawn: which of the levels above have more to come. */
static void print_below(const struct device_view *device, const struct module_view *parent,
			const struct lines *lines, bool drawn[DRAWN_DEPTH_MAX],
			unsigned int depth)
{
	size_t from = parent ? parent - device->modules + 1 : 0, i, next;
	unsigned int level;

	for (i = next_child(device, from, parent); i < device->count; i = next) {
		next = next_child(device, i + 1, parent);
		for (level = 0; level < depth; level++)
			fputs(drawn[level] ? lines->through : lines->nothing, stdout);
		fputs(next < device->count ? lines->branch : lines->last, stdout);
		print_module(&device->modules[i]);
		if (depth + 1 == DRAWN_DEPTH_MAX)
			continue;
		drawn[depth] = next < device->count;
		print_below(device, &device->modules[i], lines, drawn, depth + 1);
	}
}

static void print_text(const struct device_view *device)
{
	bool drawn[DRAWN_DEPTH_MAX] = { };

	print_device(device);
	print_below(device, NULL, output_is_unicode() ? &unicode_lines : &ascii_lines, drawn,
		    0);
}

/* -- For programs ------------------------------------------------------------------ */

static void print_members(const struct fields *fields)
{
	size_t i;

	for (i = 0; i < fields->count; i++)
		json_word(fields->list[i].key, fields->list[i].value);
}

static void print_json(const struct device_view *device)
{
	size_t i;

	json_object(NULL);
	print_members(&device->state);
	json_array("modules");
	for (i = 0; i < device->count; i++) {
		json_object(NULL);
		print_members(&device->modules[i].state);
		json_object("figures");
		print_members(&device->modules[i].figures);
		json_end();
		json_end();
	}
	json_end();
	json_end();
}

/* -- The command ------------------------------------------------------------------- */

static int print_devices(const struct names *names, bool named)
{
	struct device_view device;
	int status = EXIT_DONE;
	size_t i;

	for (i = 0; i < names->count; i++) {
		if (!device_read(&device, names->list[i])) {
			/* It has gone; EIO: while it was read. */
			if ((errno == ENOENT || errno == EIO) && !named)
				continue;
			complain("%s: %s", names->list[i], strerror(errno));
			status = EXIT_ERROR;
			continue;
		}
		if (output_is_json())
			print_json(&device);
		else
			print_text(&device);
		device_free(&device);
	}
	return status;
}

static int tree_run(int argc, char **argv)
{
	struct names names;
	int status;

	while (command_option(argc, argv, NULL, NULL) != -1)
		;
	if (!debugfs_devices(&names, argc - optind, argv + optind))
		return EXIT_ERROR;
	if (!names.count)
		complain("no driver made of DMF Modules has a device");
	status = print_devices(&names, optind < argc);
	names_free(&names);
	return status;
}

const struct dmfctl_command tree_command = {
	.name = "tree",
	.usage = "[DEVICE]...",
	.help = "show the Modules of devices, their states and figures",
	.run = tree_run,
};
