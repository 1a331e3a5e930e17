/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of NotifyUserWithRequestMultiple share: a Client with one or two of
 * them, whose callbacks record what happens and do what they are told, and consumers.
 */
#ifndef _DMF_MULTIPLE_FIXTURE_H
#define _DMF_MULTIPLE_FIXTURE_H

#include <linux/atomic.h>
#include <linux/completion.h>

#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_request_multiple.h>

#include "puller.h"
#include "submitter.h"

#define MULTIPLES	2	/* instances, if a test wants both */
#define DATA_MAX	4	/* events that are kept */
#define REQUEST_MAX	3	/* requests of a file that are kept */

/* test->priv */
struct multiples {
	struct dmf_notify_user_with_request_multiple_config config;	/* of the next probe */
	struct dmf_module_attributes attributes[MULTIPLES];
	unsigned int count;
	struct dmf_device *ddev;
	struct dmf_notify_user_with_request_multiple *multiple[MULTIPLES];
	u32 next_value;			/* of the latest broadcast */
	u32 seen;			/* for races: who broadcasts is not far ahead of this */

	/* What the callbacks do. */
	int arrival_result;
	bool broadcast_on_arrival;
	bool broadcast_on_departure;
	atomic_t broadcasts_on_completion;	/* so many completions are followed by one */
	struct dmf_file *pull_on_completion;	/* by this file, in the next completion */

	/* Written by the callbacks. */
	atomic_t arrivals, departures;
	struct dmf_file *arrived, *departed;	/* the latest; not to be followed */
	int departure_result;		/* of its broadcast */
	int pull_result;		/* of the completion */
	atomic_t creates;		/* files that the Client was told of */
	int arrivals_at_create;		/* arrivals by then */
	atomic_t completions;
	u32 completed[64];		/* values, in the order of the callbacks */
	int added_result;		/* of the latest request_process */
	struct completion added;
};

/* An init of a suite: one instance. */
int multiples_init(struct kunit *test);
extern const struct dmf_client_ops multiples_ops;

struct multiples *multiples_probe(struct kunit *test);
/* A file, until the test ends. */
struct dmf_file *multiples_open(struct kunit *test, struct multiples *m);

/* To all, by the first instance. */
int multiples_report(struct multiples *m, const void *data, size_t size, int status);
/* The next value to all, by the first instance. */
int multiples_broadcast(struct multiples *m);
int multiples_broadcast_by(struct multiples *m, unsigned int instance);
void multiples_broadcast_many(struct multiples *m, unsigned int count);

struct dmf_module *multiples_module(struct multiples *m);
/* How many callers of the file sleep. */
unsigned int multiples_count_blocked(struct dmf_file *file);
/* Whether the line of the live tree is so. */
bool multiples_shows(struct multiples *m, const char *figures);

void multiples_expect_nothing(struct kunit *test, struct dmf_file *file);

/* What a consumer has taken and is about to copy, with the stream's own functions. */
struct taken {
	struct dmf_stream_run runs[DMF_STREAM_RUNS];
	int count;
};

struct taken *multiples_taken_alloc(struct kunit *test, unsigned int count);
/* Return: number of records, or a negative errno. */
int multiples_take(struct multiples *m, struct dmf_file *file, struct taken *taken,
		   unsigned int max, size_t room);
const struct record *multiples_taken(const struct taken *taken, unsigned int index);
/* So many have been delivered; the rest goes back. */
void multiples_give(struct multiples *m, struct dmf_file *file, struct taken *taken,
		    unsigned int delivered);

/* A puller that sleeps, for as long as it takes. */
struct puller *multiples_block(struct kunit *test, struct dmf_file *file);

/* A submitter whose request has reached the Module; the result is the value, negated. */
struct submitter *multiples_ask(struct kunit *test, struct dmf_file *file);

#endif /* _DMF_MULTIPLE_FIXTURE_H */
