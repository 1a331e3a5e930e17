/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Callers: threads that call one command each with an argument, as a program does or as
 * another driver. The argument and its buffers are memory of the kernel's.
 */
#ifndef _DMF_CALLER_H
#define _DMF_CALLER_H

#include <linux/completion.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

/**
 * struct caller - one call and who makes it
 * @file: by which file; NULL for a request of another driver.
 * @ddev: to which device, if @file is NULL.
 * @command: which.
 * @argument: its argument, whose size is that of @command.
 * @timeout: of a request of another driver, in jiffies.
 * @signal: signal that the thread takes, or 0.
 * @result: what the call has returned.
 */
struct caller {
	struct dmf_file *file;
	struct dmf_device *ddev;
	unsigned int command;
	void *argument;
	unsigned long timeout;
	int signal;
	long result;
	/* private: */
	struct task_struct *thread;
	struct completion done;
};

/* One call in the caller's own thread: as a program. */
long dmf_kunit_call(struct dmf_file *file, unsigned int command, void *argument);

/* A copy of @what in a thread of its own. */
struct caller *dmf_kunit_call_start(struct kunit *test, const struct caller *what);
long dmf_kunit_call_result(struct kunit *test, struct caller *caller);

/* Open a file as somebody who is no administrator; released when the test ends. */
struct dmf_file *dmf_kunit_open_unprivileged(struct kunit *test, struct dmf_device *ddev);
/* The same for a file that may be refused: not released. */
struct dmf_file *dmf_kunit_try_open_unprivileged(struct dmf_device *ddev);

#endif /* _DMF_CALLER_H */
