// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites of NotifyUserWithRequest share.
 */
#include "notify_user_with_request_fixture.h"

struct notes *notes_of(struct dmf_notify_user_with_request *notify)
{
	return dmf_kunit_priv(dmf_notify_user_with_request_device(notify));
}

void notes_complete(struct dmf_notify_user_with_request *notify, struct dmf_request *request,
		    void *context, int status)
{
	struct notes *notes = notes_of(notify);
	struct payload *payload = context;
	int index = atomic_inc_return(&notes->completions) - 1;

	if (payload && index < ARRAY_SIZE(notes->completed_values)) {
		notes->completed_values[index] = payload->value;
		notes->request_time =
			dmf_notify_user_with_request_request_timestamp_get(request);
	}
	dmf_request_complete(request, status ?: payload ? -(int)payload->value : 0);
}

static void notes_cleanup(struct dmf_notify_user_with_request *notify, void *data)
{
	struct notes *notes = notes_of(notify);
	struct payload *payload = data;
	int index = atomic_inc_return(&notes->cleanups) - 1;

	if (index < ARRAY_SIZE(notes->cleaned_values))
		notes->cleaned_values[index] = payload->value;
}

static bool notes_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	struct notes *notes = dmf_kunit_priv(ddev);
	int ret;

	if (dmf_request_command(request) == CMD_ADD)
		ret = dmf_notify_user_with_request_event_request_add(notes->notify, request);
	else
		ret = dmf_notify_user_with_request_request_process(notes->notify, request);
	notes->add_result = ret;
	if (ret)
		dmf_request_complete(request, ret);
	complete(&notes->added);
	return true;
}

static int notes_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct notes *notes = dmf_kunit_priv(ddev);

	return dmf_notify_user_with_request_add(init, &notes->config, NULL, &notes->notify);
}

const struct dmf_client_ops notes_ops = {
	.modules_add		= notes_modules_add,
	.device_io_control	= notes_device_io_control,
};

struct dmf_device *notes_probe(struct kunit *test)
{
	struct notes *notes = test->priv;
	struct dmf_device *ddev = dmf_kunit_probe(test, &notes_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	notes->file = dmf_kunit_open(test, ddev);
	return ddev;
}

int notes_report(struct notes *notes)
{
	struct payload payload = { .value = ++notes->next_value };

	return dmf_notify_user_with_request_data_process(notes->notify, notes_complete, &payload,
							 0);
}

struct puller *notes_block(struct kunit *test, struct dmf_file *file, u64 deadline_ns, int signal)
{
	struct puller *puller;

	puller = dmf_kunit_pull_start(test, &(struct puller){
		.file = file, .deadline_ns = deadline_ns, .signal = signal,
	});
	while (!wq_has_sleeper(&file->stream->blocked) && !completion_done(&puller->done))
		cond_resched();
	return puller;
}

struct submitter *notes_ask(struct kunit *test, struct dmf_file *file, unsigned int command)
{
	const struct submitter what = {
		.file = file,
		.type = DMF_REQUEST_DEVICE_CONTROL,
		.command = command,
	};
	struct submitter *asker = dmf_kunit_submit_start(test, &what);
	struct notes *notes = test->priv;

	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&notes->added, DMF_KUNIT_TIMEOUT));
	return asker;
}

int notes_init(struct kunit *test)
{
	struct notes *notes = kunit_kzalloc(test, sizeof(*notes), GFP_KERNEL);

	if (!notes)
		return -ENOMEM;
	init_completion(&notes->added);
	notes->config = (struct dmf_notify_user_with_request_config){
		.max_pending_requests = REQUEST_MAX,
		.max_pending_data = DATA_MAX,
		.data_size = sizeof(struct payload),
		.data_cleanup = notes_cleanup,
	};
	test->priv = notes;
	return 0;
}
