/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of dmfctl. Each is one file, named after it, with a
 * const struct dmfctl_command <name>_command, and a row here.
 */
#ifndef DMFCTL_COMMANDS_H
#define DMFCTL_COMMANDS_H

#include <getopt.h>
#include <stdarg.h>
#include <stdnoreturn.h>

/* In the order of the help. */
#define DMFCTL_COMMANDS(row)	\
	row(tree)		\
	row(top)		\
	row(trace)		\
	row(branchtrack)	\
	row(dump)		\
	row(crash)		\
	/* end */

/* How the program ends. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
};

/**
 * struct dmfctl_command - one command
 * @name: the word that the user types.
 * @usage: what may follow it, without the options that all commands have.
 * @help: one line.
 * @options: text about its options, lines as in the help of main.c, or NULL.
 * @run: does it. argv[0] is the name of the program. Returns an enum exit_code.
 */
struct dmfctl_command {
	const char *name;
	const char *usage;
	const char *help;
	const char *options;
	int (*run)(int argc, char **argv);
};

#define DMFCTL_DECLARE(_name)	extern const struct dmfctl_command _name##_command;
DMFCTL_COMMANDS(DMFCTL_DECLARE)
#undef DMFCTL_DECLARE

/*
 * The next option of a command, as getopt_long(): -1 at the end, with optind at the
 * first argument. Options that all commands have (--json and so on) are dealt with
 * here, a mistake or --help ends the program. Those of @shorts and @longs are the
 * command's own; either may be NULL. Options end at the first argument that is none
 * if @shorts begins with a plus.
 */
int command_option(int argc, char **argv, const char *shorts,
		   const struct option *longs);

/* Called before a message, by a command that has the terminal to itself. NULL: nothing. */
extern void (*complain_first)(void);

/* A message to standard error, after the program's name and the command's. */
void __attribute__((format(printf, 1, 2))) complain(const char *format, ...);

/* The same, with a hint where help is; ends the program. */
noreturn void __attribute__((format(printf, 1, 2)))
usage_error(const char *format, ...);

#endif /* DMFCTL_COMMANDS_H */
