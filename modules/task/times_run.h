/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often a ScheduledTask has succeeded: a number, and the file that may hold it.
 */
#ifndef _TIMES_RUN_H
#define _TIMES_RUN_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct dmf_module;

struct times_run {
	struct dmf_module *module;	/* that it belongs to */
	char *path;			/* our copy; NULL if there is no file */
	struct work_struct save;
	struct mutex lock;		/* guards the file, and setting @known */
	atomic_t count;
	bool known;			/* the file has been read, or need not be */
};

/*
 * All but times_run_count(), times_run_note_success() and times_run_set_later() sleep. Between
 * times_run_flush() and the end nothing but times_run_destroy() is called.
 */
int times_run_init(struct times_run *times_run, struct dmf_module *module, const char *path);
void times_run_destroy(struct times_run *times_run);
/* Waits for the file only if it has not been read yet. */
unsigned int times_run_get(struct times_run *times_run);
/* Without reading the file. */
unsigned int times_run_count(const struct times_run *times_run);
/* Return: 0, or the errno of writing the file; @count counts either way. */
int times_run_set(struct times_run *times_run, unsigned int count);
/* The file is written later. Return: false, with nothing done, if it has not been read. */
bool times_run_set_later(struct times_run *times_run, unsigned int count);
/* One more. The file is written later; an error is logged. */
void times_run_note_success(struct times_run *times_run);
/* Write what has not been written yet. */
void times_run_flush(struct times_run *times_run);

#endif /* _TIMES_RUN_H */
