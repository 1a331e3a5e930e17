// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites of requests that are sent without waiting share.
 */
#include "request_sender_fixture.h"

/* -- The device -- */

static bool senders_cancel(struct dmf_request *request)
{
	struct senders *senders = request->owner;

	atomic_inc(&senders->cancels);
	if (senders->keeps)
		return false;
	return cmpxchg(&senders->pended, request, NULL) == request;
}

static void senders_pend(struct senders *senders, struct dmf_request *request,
			 bool (*cancel)(struct dmf_request *request))
{
	request->owner = senders;
	dmf_request_pend(request, cancel, 0);
	xchg(&senders->pended, request);
	complete(&senders->pend_seen);
}

void senders_complete_pended(void *data)
{
	struct senders *senders = data;
	struct dmf_request *request = xchg(&senders->pended, NULL);

	if (request)
		dmf_request_complete(request, 0);
}

void answer_done(struct dmf_request_sender *sender, void *context, int status,
		 const void *output, size_t output_size)
{
	struct answer *answer = context;

	might_sleep();
	atomic_inc(&answer->calls);
	answer->status = status;
	answer->had_output = output;
	answer->output_size = output_size;
	if (output_size == sizeof(answer->output))
		memcpy(&answer->output, output, output_size);
	answer->in_work = current->flags & PF_WQ_WORKER;
	complete(&answer->done);
}

int send_to(struct senders *senders, struct dmf_device *ddev, unsigned int command,
	    unsigned long timeout, struct answer *answer)
{
	const struct dmf_internal_ioctl ioctl = {
		.command = command, .timeout = timeout, .done = answer_done, .context = answer,
	};

	return dmf_device_internal_ioctl_send(&senders->sender, ddev, &ioctl, &answer->id);
}

int send_one(struct senders *senders, unsigned int command, struct answer *answer)
{
	return send_to(senders, senders->ddev, command, 0, answer);
}

static bool senders_handle(struct dmf_device *ddev, struct dmf_request *request)
{
	struct senders *senders = dmf_kunit_priv(ddev);
	unsigned int command = dmf_request_command(request);
	int i = atomic_inc_return(&senders->handled) - 1;

	senders->handled_by = current;
	if (command >= CMD_NUMBERED && i < LOG_MAX)
		senders->log[i] = command;
	switch (command) {
	case CMD_INCREMENT:
		*(u32 *)dmf_request_output(request) = *(const u32 *)dmf_request_input(request) + 1;
		break;
	case CMD_STATUS:
		dmf_request_complete(request, -EXDEV);
		return true;
	case CMD_PEND:
		senders_pend(senders, request, senders_cancel);
		return true;
	case CMD_PEND_UNCANCELLABLE:
		senders_pend(senders, request, NULL);
		return true;
	case CMD_BLOCK:
		complete(&senders->handler_runs);
		wait_for_completion(&senders->handler_may_go);
		break;
	case CMD_SEND:
		send_one(senders, CMD_NUMBERED, &senders->answers[1]);
		break;
	default:
		if (command < CMD_NUMBERED)
			return false;
	}
	dmf_request_complete(request, 0);
	return true;
}

const struct dmf_client_ops senders_ops = {
	.internal_device_io_control	= senders_handle,
};

static void device_put(void *data)
{
	dmf_device_put(data);
}

void senders_keep(struct kunit *test, struct dmf_device *ddev)
{
	dmf_device_get(ddev);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, device_put, ddev), 0);
}

void senders_probe_ops(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct senders *senders = test->priv;

	senders->ddev = dmf_kunit_probe(test, ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(senders->ddev));
	senders_keep(test, senders->ddev);
}

void senders_probe(struct kunit *test)
{
	senders_probe_ops(test, &senders_ops);
}

void senders_probe_sequential(struct kunit *test)
{
	struct dmf_client_ops ops = senders_ops;

	ops.queue = DMF_QUEUE_SEQUENTIAL;
	senders_probe_ops(test, &ops);
}

void answer_renew(struct answer *answer)
{
	atomic_set(&answer->calls, 0);
	reinit_completion(&answer->done);
}

int senders_init(struct kunit *test)
{
	struct senders *senders = kunit_kzalloc(test, sizeof(*senders), GFP_KERNEL);
	int i;

	if (!senders)
		return -ENOMEM;
	dmf_request_sender_init(&senders->sender);
	init_completion(&senders->pend_seen);
	init_completion(&senders->handler_runs);
	init_completion(&senders->handler_may_go);
	init_completion(&senders->callback_runs);
	init_completion(&senders->callback_may_go);
	for (i = 0; i < ANSWERS_MAX; i++)
		init_completion(&senders->answers[i].done);
	test->priv = senders;
	return 0;
}

/* Whatever a test has left behind. */
void senders_exit(struct kunit *test)
{
	struct senders *senders = test->priv;

	if (!senders)
		return;
	senders_complete_pended(senders);
	dmf_request_sender_stop(&senders->sender);
}
