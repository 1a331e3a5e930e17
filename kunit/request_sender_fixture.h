/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of requests that are sent without waiting share: a device, a sender,
 * and how its requests have ended.
 */
#ifndef _DMF_REQUEST_SENDER_FIXTURE_H
#define _DMF_REQUEST_SENDER_FIXTURE_H

#include <linux/dmf/request_sender.h>
#include <linux/kthread.h>

#include "../dmf/internal.h"
#include "submitter.h"

/* Commands of the fake Client. Those from CMD_NUMBERED on are completed and logged. */
enum {
	CMD_INCREMENT = 1,	/* output is input plus one */
	CMD_STATUS,		/* -EXDEV */
	CMD_PEND,
	CMD_PEND_UNCANCELLABLE,
	CMD_BLOCK,		/* the handler runs until it is told to go on */
	CMD_WAIT,		/* of a handler of the suite's own */
	CMD_SEND,		/* the handler sends CMD_NUMBERED to its own device */
	CMD_NUMBERED = 100,
};

#define ANSWERS_MAX	8
#define LOG_MAX		8

/* How a request that was sent has ended. */
struct answer {
	struct completion done;
	atomic_t calls;
	int status;
	u32 output;
	bool had_output;
	size_t output_size;
	bool found;			/* by its id, when somebody looked */
	bool in_work;			/* a callback must be, and with nothing held */
	u64 id;
};

struct senders {
	struct dmf_request_sender sender;
	struct dmf_device *ddev;
	struct dmf_request *pended;	/* xchg() decides who has it */
	struct completion pend_seen;
	struct completion handler_runs;
	struct completion handler_may_go;
	struct task_struct *handled_by;
	atomic_t cancels;
	atomic_t handled;
	unsigned int log[LOG_MAX];	/* numbered commands as they were handled */
	atomic_t overdue;
	bool keeps;			/* the cancel callback says that completion is on its way */
	unsigned int left_to_send;	/* by the callback */
	struct completion callback_runs;
	struct completion callback_may_go;
	struct answer answers[ANSWERS_MAX];
};

/* Complete what is pended, if anything is; struct senders as data. */
void senders_complete_pended(void *data);

/* Notes how a request has ended in the answer that is its context. */
dmf_request_sent_fn answer_done;

/* Start over with an answer, whose request has ended. */
void answer_renew(struct answer *answer);

/* Send a command without data; a jiffy count of 0 is no timeout. */
int send_to(struct senders *senders, struct dmf_device *ddev, unsigned int command,
	    unsigned long timeout, struct answer *answer);
int send_one(struct senders *senders, unsigned int command, struct answer *answer);

/* A device is kept until the test ends, bound or not. */
void senders_keep(struct kunit *test, struct dmf_device *ddev);
extern const struct dmf_client_ops senders_ops;
void senders_probe_ops(struct kunit *test, const struct dmf_client_ops *ops);
void senders_probe(struct kunit *test);
void senders_probe_sequential(struct kunit *test);

/* Of each suite. */
int senders_init(struct kunit *test);
void senders_exit(struct kunit *test);

#endif /* _DMF_REQUEST_SENDER_FIXTURE_H */
