// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites of NotifyUserWithRequestMultiple share.
 */
#include <linux/seq_file.h>

#include "multiple_fixture.h"

/* -- The Client ------------------------------------------------------------------- */

static struct multiples *
multiples_of(struct dmf_notify_user_with_request_multiple *multiple)
{
	return dmf_kunit_priv(dmf_notify_user_with_request_multiple_device(multiple));
}

/* The result of the ioctl is the value, as a negative errno. */
static void multiples_complete(struct dmf_notify_user_with_request_multiple *multiple,
			       struct dmf_request *request, const void *data, int status)
{
	struct multiples *m = multiples_of(multiple);
	const struct payload *payload = data;
	struct dmf_file *file;
	int index = atomic_inc_return(&m->completions) - 1;

	if (index < ARRAY_SIZE(m->completed))
		m->completed[index] = payload->value;
	if (atomic_add_unless(&m->broadcasts_on_completion, -1, 0))
		multiples_broadcast(m);
	file = m->pull_on_completion;
	m->pull_on_completion = NULL;
	if (file)
		m->pull_result = dmf_kunit_pull(file, &(struct record){});
	dmf_request_complete(request, status ?: -(int)payload->value);
}

static int multiples_arrival(struct dmf_notify_user_with_request_multiple *multiple,
			     struct dmf_file *file)
{
	struct multiples *m = multiples_of(multiple);

	atomic_inc(&m->arrivals);
	m->arrived = file;
	if (m->broadcast_on_arrival)
		multiples_broadcast(m);
	return m->arrival_result;
}

static void multiples_departure(struct dmf_notify_user_with_request_multiple *multiple,
				struct dmf_file *file)
{
	struct multiples *m = multiples_of(multiple);

	atomic_inc(&m->departures);
	m->departed = file;
	if (m->broadcast_on_departure)
		m->departure_result = multiples_broadcast(m);
}

/* The command is the number of the instance. */
static bool multiples_device_io_control(struct dmf_device *ddev, struct dmf_request *request)
{
	struct multiples *m = dmf_kunit_priv(ddev);
	unsigned int instance = dmf_request_command(request);
	int ret;

	ret = dmf_notify_user_with_request_multiple_request_process(m->multiple[instance],
								    request);
	m->added_result = ret;
	if (ret)
		dmf_request_complete(request, ret);
	complete(&m->added);
	return true;
}

static bool multiples_internal_device_io_control(struct dmf_device *ddev,
						 struct dmf_request *request)
{
	return multiples_device_io_control(ddev, request);
}

static bool multiples_file_create(struct dmf_device *ddev, struct dmf_file *file, int *status)
{
	struct multiples *m = dmf_kunit_priv(ddev);

	atomic_inc(&m->creates);
	m->arrivals_at_create = atomic_read(&m->arrivals);
	*status = 0;
	return true;
}

static int multiples_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct multiples *m = dmf_kunit_priv(ddev);
	unsigned int i;
	int ret = 0;

	for (i = 0; i < m->count && !ret; i++)
		ret = dmf_notify_user_with_request_multiple_add(init, &m->config,
								&m->attributes[i],
								&m->multiple[i]);
	return ret;
}

const struct dmf_client_ops multiples_ops = {
	.modules_add			= multiples_modules_add,
	.file_create			= multiples_file_create,
	.device_io_control		= multiples_device_io_control,
	.internal_device_io_control	= multiples_internal_device_io_control,
};

int multiples_init(struct kunit *test)
{
	struct multiples *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	init_completion(&m->added);
	m->count = 1;
	m->attributes[0].instance_name = "first";
	m->attributes[1].instance_name = "second";
	m->config = (struct dmf_notify_user_with_request_multiple_config){
		.max_pending_requests = REQUEST_MAX,
		.max_pending_data = DATA_MAX,
		.data_size = sizeof(struct payload),
		.completion_callback = multiples_complete,
		.client_arrival = multiples_arrival,
		.client_departure = multiples_departure,
	};
	test->priv = m;
	return 0;
}

struct multiples *multiples_probe(struct kunit *test)
{
	struct multiples *m = test->priv;

	m->ddev = dmf_kunit_probe(test, &multiples_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(m->ddev));
	return m;
}

struct dmf_file *multiples_open(struct kunit *test, struct multiples *m)
{
	return dmf_kunit_open(test, m->ddev);
}

int multiples_broadcast_by(struct multiples *m, unsigned int instance)
{
	struct payload payload = { .value = ++m->next_value };

	return dmf_notify_user_with_request_multiple_data_broadcast(m->multiple[instance],
								    &payload, sizeof(payload),
								    0);
}

int multiples_report(struct multiples *m, const void *data, size_t size, int status)
{
	return dmf_notify_user_with_request_multiple_data_broadcast(m->multiple[0], data, size,
								    status);
}

int multiples_broadcast(struct multiples *m)
{
	return multiples_broadcast_by(m, 0);
}

void multiples_broadcast_many(struct multiples *m, unsigned int count)
{
	while (count--)
		multiples_broadcast(m);
}

/* -- Looking inside ----------------------------------------------------------------- */

struct dmf_module *multiples_module(struct multiples *m)
{
	return dmf_notify_user_with_request_multiple_module(m->multiple[0]);
}

unsigned int multiples_count_blocked(struct dmf_file *file)
{
	return dmf_kunit_count_sleepers(&file->readers[file->stream->number]->blocked);
}

bool multiples_shows(struct multiples *m, const char *figures)
{
	struct dmf_module *module = multiples_module(m);
	char text[160] = "";
	struct seq_file seq = { .buf = text, .size = sizeof(text) - 1 };

	module->desc->ops->show(module, &seq);
	if (strstr(text, figures))
		return true;
	pr_info("shown: %s\n", text);
	return false;
}

/* -- Consumers ---------------------------------------------------------------------- */

void multiples_expect_nothing(struct kunit *test, struct dmf_file *file)
{
	struct record record;

	KUNIT_EXPECT_FALSE(test, dmf_stream_readable(file->stream, file));
	KUNIT_EXPECT_EQ(test, dmf_kunit_pull(file, &record), -EAGAIN);
}

struct taken *multiples_taken_alloc(struct kunit *test, unsigned int count)
{
	struct taken *taken = kunit_kcalloc(test, count, sizeof(*taken), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, taken);
	return taken;
}

int multiples_take(struct multiples *m, struct dmf_file *file, struct taken *taken,
		   unsigned int max, size_t room)
{
	int i, records = 0;

	taken->count = file->stream->ops->pop(multiples_module(m), file, taken->runs, max, room);
	for (i = 0; i < taken->count; i++)
		records += taken->runs[i].count;
	return taken->count < 0 ? taken->count : records;
}

const struct record *multiples_taken(const struct taken *taken, unsigned int index)
{
	const struct dmf_stream_run *run;

	for (run = taken->runs; index >= run->count; run++)
		index -= run->count;
	return run->data + index * run->size;
}

void multiples_give(struct multiples *m, struct dmf_file *file, struct taken *taken,
		    unsigned int delivered)
{
	const struct dmf_stream_ops *ops = file->stream->ops;
	struct dmf_module *module = multiples_module(m);
	struct dmf_stream_run *run = taken->runs, part;

	for (; taken->count && delivered >= run->count; run++, taken->count--) {
		ops->done(module, file, run, 1);
		delivered -= run->count;
	}
	if (!taken->count)
		return;
	if (delivered) {
		part = *run;
		part.count = delivered;
		ops->done(module, file, &part, 1);
		run->data += delivered * run->size;
		run->count -= delivered;
	}
	ops->push_back(module, file, run, taken->count);
}

struct puller *multiples_block(struct kunit *test, struct dmf_file *file)
{
	unsigned int before = multiples_count_blocked(file);
	struct puller *puller;

	puller = dmf_kunit_pull_start(test, &(struct puller){
		.file = file, .deadline_ns = DMF_WAIT_FOREVER,
	});
	while (multiples_count_blocked(file) == before && !completion_done(&puller->done))
		cond_resched();
	return puller;
}

struct submitter *multiples_ask(struct kunit *test, struct dmf_file *file)
{
	const struct submitter what = {
		.file = file,
		.type = DMF_REQUEST_DEVICE_CONTROL,
	};
	struct submitter *asker = dmf_kunit_submit_start(test, &what);
	struct multiples *m = test->priv;

	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&m->added, DMF_KUNIT_TIMEOUT));
	return asker;
}
