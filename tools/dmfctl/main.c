// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmfctl - look into drivers made of DMF Modules, at a terminal
 *
 * Finds the command and deals with the options that all commands have. All else is in
 * the commands' files; output.c prints, debugfs.c finds the devices.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "debugfs.h"
#include "output.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* Of a command; longer lists are a mistake in the program. */
#define OPTIONS_MAX	32

#define ROW(_name)	&_name##_command,

static const struct dmfctl_command *const commands[] = {
	DMFCTL_COMMANDS(ROW)
};

#undef ROW

/* NULL until it is known. */
static const struct dmfctl_command *command;

/* Values that no command uses. */
enum common_option {
	OPTION_JSON = 0x1000,
	OPTION_COLOR,
	OPTION_DEBUGFS,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option common_options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "debugfs", required_argument, NULL, OPTION_DEBUGFS },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
};

static const char common_help[] =
"  --json         print JSON for other programs\n"
"  --color=WHEN   always, never, or auto: if the output is a terminal and the\n"
"                 variable NO_COLOR is not set\n"
"  --debugfs=DIR  where debugfs is mounted, if not at " DEBUGFS_DEFAULT "\n"
"  --help         print this and end\n"
"  --version      print the version and end\n";

void (*complain_first)(void);

/* Names in a message come from elsewhere, too. */
static void complain_about(const char *format, va_list arguments)
{
	char text[8192];

	if (complain_first)
		complain_first();
	fflush(stdout);
	fprintf(stderr, "dmfctl%s%s: ", command ? " " : "",
		command ? command->name : "");
	vsnprintf(text, sizeof(text), format, arguments);
	output_text_to(stderr, text);
	fputc('\n', stderr);
}

void complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain_about(format, arguments);
	va_end(arguments);
}

static noreturn void end_with_hint(void)
{
	fprintf(stderr, "Try 'dmfctl%s%s --help'.\n", command ? " " : "",
		command ? command->name : "");
	exit(EXIT_USAGE);
}

void usage_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain_about(format, arguments);
	va_end(arguments);
	end_with_hint();
}

static void print_help(void)
{
	size_t i;

	if (command) {
		printf("Usage: dmfctl %s [OPTION]...%s%s\n%s\n\n", command->name,
		       *command->usage ? " " : "", command->usage, command->help);
		if (command->options)
			fputs(command->options, stdout);
		fputs(common_help, stdout);
		return;
	}
	printf("Usage: dmfctl COMMAND [OPTION]... [ARGUMENT]...\n"
	       "Look into drivers made of DMF Modules.\n\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-13s %s\n", commands[i]->name, commands[i]->help);
	printf("\nAll commands have these options; those of their own are told by\n"
	       "'dmfctl COMMAND --help':\n\n%s", common_help);
}

/* Returns false if the option is not one of all commands. */
static bool common_option(int option)
{
	switch (option) {
	case OPTION_JSON:
		output_set_json();
		return true;
	case OPTION_COLOR:
		if (!output_set_color(optarg))
			usage_error("--color is one of always, never, auto: %s",
				    optarg);
		return true;
	case OPTION_DEBUGFS:
		debugfs_set_root(optarg);
		return true;
	case OPTION_HELP:
		print_help();
		exit(EXIT_DONE);
	case OPTION_VERSION:
		puts("dmfctl " DMF_VERSION);
		exit(EXIT_DONE);
	default:
		return false;
	}
}

int command_option(int argc, char **argv, const char *shorts,
		   const struct option *longs)
{
	struct option all[ARRAY_SIZE(common_options) + OPTIONS_MAX + 1] = { };
	size_t count = ARRAY_SIZE(common_options);
	int option;

	memcpy(all, common_options, sizeof(common_options));
	for (; longs && longs->name && count < ARRAY_SIZE(all) - 1; longs++)
		all[count++] = *longs;
	do {
		option = getopt_long(argc, argv, shorts ? shorts : "", all, NULL);
	} while (common_option(option));
	if (option == '?' || option == ':')
		end_with_hint();
	return option;
}

static const struct dmfctl_command *command_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int first, status;

	output_init();
	/* Options may also be in front of the command. */
	command_option(argc, argv, "+", NULL);
	if (optind == argc)
		usage_error("which command?");
	first = optind;
	command = command_find(argv[first]);
	if (!command)
		usage_error("no such command: %s", argv[first]);

	argv[first] = argv[0];
	optind = 0;
	status = command->run(argc - first, argv + first);
	if (fflush(stdout) || ferror(stdout)) {
		perror("dmfctl: output");
		return EXIT_ERROR;
	}
	return status;
}
