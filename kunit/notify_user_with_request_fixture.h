/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of NotifyUserWithRequest share: a Client with one, whose callbacks record
 * what happens, and consumers.
 */
#ifndef _DMF_NOTIFY_USER_WITH_REQUEST_FIXTURE_H
#define _DMF_NOTIFY_USER_WITH_REQUEST_FIXTURE_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/ktime.h>

#include <linux/dmf/notify_user_with_request.h>

#include "puller.h"
#include "submitter.h"

#define DATA_MAX	4	/* events that are kept */
#define REQUEST_MAX	3	/* requests that are kept */

/* Commands of the Client. */
enum {
	CMD_ADD = 1,		/* event_request_add */
	CMD_PROCESS,		/* request_process */
};

/* test->priv */
struct notes {
	struct dmf_notify_user_with_request *notify;
	struct dmf_notify_user_with_request_config config;	/* of the next probe */
	struct dmf_file *file;
	u32 next_value;			/* of the latest event */

	/* Written by the callbacks. */
	int add_result;			/* of the latest request */
	struct completion added;
	atomic_t completions;		/* calls of the completion callback */
	u32 completed_values[64];
	ktime_t data_time;
	ktime_t request_time;
	atomic_t cancels;
	atomic_t cleanups;
	u32 cleaned_values[64];
};

/* An init of a suite. */
int notes_init(struct kunit *test);
extern const struct dmf_client_ops notes_ops;

struct notes *notes_of(struct dmf_notify_user_with_request *notify);
/* Probe a device and open its file. */
struct dmf_device *notes_probe(struct kunit *test);

/* A completion callback: the result of the ioctl is the value, as a negative errno. */
void notes_complete(struct dmf_notify_user_with_request *notify, struct dmf_request *request,
		    void *context, int status);
/* Report the next value, for notes_complete(). */
int notes_report(struct notes *notes);

/* A puller that sleeps, or has its result already. */
struct puller *notes_block(struct kunit *test, struct dmf_file *file, u64 deadline_ns, int signal);
/* A submitter whose request has reached the Module. */
struct submitter *notes_ask(struct kunit *test, struct dmf_file *file, unsigned int command);

#endif /* _DMF_NOTIFY_USER_WITH_REQUEST_FIXTURE_H */
