/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Submitters: threads that make one request each, by a file or as another driver.
 */
#ifndef _DMF_SUBMITTER_H
#define _DMF_SUBMITTER_H

#include <linux/completion.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

/**
 * struct submitter - one request and who makes it
 * @file: by which file; NULL for an internal request.
 * @ddev: to which device, if @file is NULL.
 * @type: kind of request, if there is a file.
 * @command: its command.
 * @timeout: of an internal request, in jiffies.
 * @signal: signal that the thread takes, or 0.
 * @result: what the submission has returned.
 */
struct submitter {
	struct dmf_file *file;
	struct dmf_device *ddev;
	enum dmf_request_type type;
	unsigned int command;
	unsigned long timeout;
	int signal;
	int result;
	/* private: */
	struct task_struct *thread;
	struct completion done;
};

/* One request by a file, in the caller's own thread. */
int dmf_kunit_submit(struct dmf_file *file, enum dmf_request_type type, unsigned int command);
int dmf_kunit_ioctl(struct dmf_file *file, unsigned int command);

/* One by another driver, without data and without timeout. */
int dmf_kunit_internal(struct dmf_device *ddev, unsigned int command);

/* A copy of @what in a thread of its own. */
struct submitter *dmf_kunit_submit_start(struct kunit *test, const struct submitter *what);
int dmf_kunit_submit_result(struct kunit *test, struct submitter *submitter);

/* Whether it still waits, after long enough. */
bool dmf_kunit_submit_waits(struct submitter *submitter);

#endif /* _DMF_SUBMITTER_H */
