/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue of pended requests, with a limit, for Modules that keep requests until
 * they have something to answer.
 */
#ifndef _LINUX_DMF_REQUEST_QUEUE_H
#define _LINUX_DMF_REQUEST_QUEUE_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/types.h>

struct dmf_file;
struct dmf_module;
struct dmf_request;

/**
 * DOC: Request queues
 *
 * A queue is part of its owner, a Module or what a Module keeps for each file, and
 * is guarded by the Module's default lock. It has the requests that it has pended,
 * oldest first. Whoever takes one out has it, and completes it, without the lock,
 * exactly once. The functions whose names end in _locked are called with the lock
 * held, so that a request and what it is to be answered with can be taken in one
 * atomic step; the others take the lock.
 *
 * A request whose submitter gives up leaves the queue by itself: it is completed by
 * the core, or passed to the callback that dmf_request_queue_init() was given. A
 * request that has been taken out is not cancelled any more.
 *
 * Requests keep no Module open. The owner closes the queue in its pre_close, which
 * gives all of them back; when dmf_request_queue_close() has returned nothing of the
 * core's refers to the queue, and its memory may be freed.
 */

/**
 * struct dmf_request_queue - requests that wait
 *
 * No field is for the owner; see the functions below.
 */
struct dmf_request_queue {
	/* private: */
	struct dmf_module *module;	/* its default lock guards all below */
	struct list_head requests;	/* oldest first */
	unsigned int max;
	unsigned int count;		/* length of @requests */
	unsigned int high_water;
	bool closed;
	void (*give_back)(struct dmf_request_queue *queue, struct dmf_request *request,
			  int status);
};

void dmf_request_queue_init(struct dmf_request_queue *queue, struct dmf_module *module,
			    unsigned int max,
			    void (*give_back)(struct dmf_request_queue *queue,
					      struct dmf_request *request, int status));
void dmf_request_queue_close(struct dmf_request_queue *queue, int status);
void dmf_request_queue_reopen(struct dmf_request_queue *queue);

int dmf_request_queue_add(struct dmf_request_queue *queue, struct dmf_request *request);
int dmf_request_queue_add_locked(struct dmf_request_queue *queue, struct dmf_request *request);
struct dmf_request *dmf_request_queue_take(struct dmf_request_queue *queue);
struct dmf_request *dmf_request_queue_take_locked(struct dmf_request_queue *queue);
struct dmf_request *dmf_request_queue_take_of_file(struct dmf_request_queue *queue,
						   const struct dmf_file *file);
struct dmf_request *dmf_request_queue_take_of_file_locked(struct dmf_request_queue *queue,
							  const struct dmf_file *file);
void dmf_request_queue_return_all(struct dmf_request_queue *queue, int status);
void dmf_request_queue_return_file(struct dmf_request_queue *queue,
				   const struct dmf_file *file, int status);

/**
 * dmf_request_queue_count - how many requests wait
 * @queue: the queue
 *
 * Context: any; old at once if the Module's lock is not held.
 * Return: the number of requests in the queue.
 */
static inline unsigned int dmf_request_queue_count(const struct dmf_request_queue *queue)
{
	return READ_ONCE(queue->count);
}

/**
 * dmf_request_queue_high_water - how many have waited at most
 * @queue: the queue
 *
 * Context: any.
 * Return: the largest number since dmf_request_queue_init().
 */
static inline unsigned int dmf_request_queue_high_water(const struct dmf_request_queue *queue)
{
	return READ_ONCE(queue->high_water);
}

#endif /* _LINUX_DMF_REQUEST_QUEUE_H */
