/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that a case runs: the daemon, above all. */
#ifndef DMF_SELFTEST_PROCESS_H
#define DMF_SELFTEST_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct process - a program on its way
 * @pid: of the program.
 * @output: file that receives its standard output.
 * @errors: file that receives its standard error.
 */
struct process {
	pid_t pid;
	int output;
	int errors;
};

/* Start dmf-notify with these arguments, separated by blanks. */
struct process daemon_start(const char *arguments);
/* The same as another user. */
struct process daemon_start_as(const char *arguments, uid_t user);
/* The same with another file for its standard output. */
struct process daemon_start_to(int output, const char *arguments);

/* Run it to its end: the exit status. */
int daemon_run(const char *arguments, struct process *process);

/* The same for any program of the project. */
struct process program_start_as(const char *name, const char *arguments, uid_t user);
int program_run(const char *name, const char *arguments, struct process *process);

/* It sleeps in the kernel. Ends the case if it does not do so soon. */
void process_require_blocked(const struct process *process);
/* What @file holds until now; valid until the next call. */
const char *process_text(int file);
/* Wait for a text in @file; false if it does not come. */
bool process_says(int file, const char *text);
/* The exit status, which must come soon; 128 and more: ended by a signal. */
int process_result(const struct process *process);
bool process_is_alive(const struct process *process);

#endif /* DMF_SELFTEST_PROCESS_H */
