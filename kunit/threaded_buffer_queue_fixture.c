// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites of ThreadedBufferQueue share.
 */
#include <linux/dmf/module.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "threaded_buffer_queue_fixture.h"

static struct jobs *jobs_of(struct dmf_threaded_buffer_queue *queue)
{
	return dmf_module_client_data(dmf_threaded_buffer_queue_module(queue));
}

static void jobs_log(struct jobs *jobs, char letter)
{
	if (jobs->logged < JOBS_LOG_MAX)
		jobs->log[jobs->logged++] = letter;
}

static void jobs_pre(struct dmf_threaded_buffer_queue *queue)
{
	jobs_log(jobs_of(queue), '<');
}

static void jobs_post(struct dmf_threaded_buffer_queue *queue)
{
	jobs_log(jobs_of(queue), '>');
}

/* From a buffer to another that nobody needs. */
static void jobs_wait_inside(struct jobs *jobs)
{
	void *buffer;

	jobs->result = dmf_threaded_buffer_queue_fetch(jobs->queue, &buffer, NULL);
	if (jobs->result)
		return;
	jobs->result = dmf_threaded_buffer_queue_enqueue_and_wait(jobs->queue, buffer);
	if (jobs->result)
		dmf_threaded_buffer_queue_reuse(jobs->queue, buffer);
}

/* Do what the buffer says. Return: whether it is kept. */
static bool jobs_do(struct jobs *jobs, u8 *buffer)
{
	switch (buffer[1]) {
	case JOB_BLOCK:
		wait_for_completion(&jobs->go_on);
		return false;
	case JOB_KEEP:
		WRITE_ONCE(jobs->kept, buffer);
		return true;
	case JOB_KEEP_COMPLETED:
	case JOB_COMPLETE_TWICE:
		jobs->result = dmf_threaded_buffer_queue_work_completed(jobs->queue, buffer,
									jobs->status);
		return buffer[1] == JOB_KEEP_COMPLETED;
	case JOB_STOP:
		jobs->result = dmf_threaded_buffer_queue_stop(jobs->queue);
		return false;
	case JOB_WAIT:
		jobs_wait_inside(jobs);
		return false;
	case JOB_FLUSH:
		dmf_threaded_buffer_queue_flush(jobs->queue);
		return false;
	case JOB_REUSE:
		jobs->result = dmf_threaded_buffer_queue_reuse(jobs->queue, buffer);
		return false;
	case JOB_OVERRUN:
		OPTIMIZER_HIDE_VAR(buffer);
		buffer[JOBS_SIZE] = 0;
		return false;
	default:
		return false;
	}
}

static void jobs_check_order(struct jobs *jobs, const u8 *buffer)
{
	unsigned int producer = buffer[JOBS_PRODUCER_OFFSET];
	u32 number = *(const u32 *)(buffer + JOBS_NUMBER_OFFSET);

	if (!producer)
		return;
	if (number <= jobs->last[producer - 1])
		WRITE_ONCE(jobs->out_of_order, true);
	jobs->last[producer - 1] = number;
}

static enum dmf_threaded_buffer_queue_disposition
jobs_work(struct dmf_threaded_buffer_queue *queue, void *client_buffer,
	  size_t client_buffer_size, void *client_buffer_context, int *status)
{
	struct jobs *jobs = jobs_of(queue);
	u8 *buffer = client_buffer;
	bool kept;

	if (atomic_inc_return(&jobs->inside) != 1)
		WRITE_ONCE(jobs->overlapped, true);
	if (!preemptible())
		WRITE_ONCE(jobs->wrong_context, true);
	if (client_buffer_size != JOBS_SIZE || *status || !buffer[0] ||
	    !client_buffer_context || *(u8 *)client_buffer_context != buffer[0])
		WRITE_ONCE(jobs->wrong_buffer, true);
	jobs_log(jobs, buffer[0]);
	jobs_check_order(jobs, buffer);
	strscpy(jobs->comm, current->comm, sizeof(jobs->comm));
	atomic_inc(&jobs->works);
	complete(&jobs->begun);
	kept = jobs_do(jobs, buffer);
	if (!kept)
		*status = jobs->status;
	atomic_dec(&jobs->inside);
	complete(&jobs->ended);
	return kept ? DMF_THREADED_BUFFER_QUEUE_WORK_PENDING :
		      DMF_THREADED_BUFFER_QUEUE_WORK_COMPLETE;
}

/* May run in several contexts at once: tests whose order it records see to that. */
static void jobs_clean(struct dmf_threaded_buffer_queue *queue, void *client_buffer,
		       void *client_buffer_context)
{
	struct jobs *jobs = jobs_of(queue);
	u8 letter = *(u8 *)client_buffer;

	if (!letter || *(u8 *)client_buffer_context != letter)
		atomic_inc(&jobs->cleanups_of_zeroed);
	if (jobs->cleaned_count < JOBS_LOG_MAX)
		jobs->cleaned[jobs->cleaned_count++] = letter;
	atomic_inc(&jobs->cleanups);
}

static int jobs_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct jobs *jobs = dmf_kunit_priv(ddev);
	int ret;

	ret = dmf_threaded_buffer_queue_add(init, &jobs->config, &jobs->attributes, &jobs->queue);
	if (!ret && jobs->two_queues)
		ret = dmf_threaded_buffer_queue_add(init, &jobs->config, &jobs->attributes,
						    &jobs->other);
	return ret;
}

const struct dmf_client_ops jobs_ops = { .modules_add = jobs_modules_add };

int jobs_init(struct kunit *test)
{
	struct jobs *jobs = kunit_kzalloc(test, sizeof(*jobs), GFP_KERNEL);

	if (!jobs)
		return -ENOMEM;
	jobs->config.buffer_queue_config.source.buffer_count = JOBS_BUFFERS;
	jobs->config.buffer_queue_config.source.buffer_size = JOBS_SIZE;
	jobs->config.buffer_queue_config.source.buffer_context_size = JOBS_CONTEXT_SIZE;
	jobs->config.pre = jobs_pre;
	jobs->config.work = jobs_work;
	jobs->config.post = jobs_post;
	jobs->config.reuse_cleanup = jobs_clean;
	jobs->attributes.instance_name = "jobs";
	jobs->attributes.client_data = jobs;
	jobs->attributes.event_callbacks = &jobs->events;
	init_completion(&jobs->begun);
	init_completion(&jobs->ended);
	init_completion(&jobs->go_on);
	test->priv = jobs;
	return 0;
}

struct jobs *jobs_probe(struct kunit *test)
{
	struct jobs *jobs = test->priv;

	jobs->ddev = dmf_kunit_probe(test, &jobs_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(jobs->ddev));
	return jobs;
}

struct jobs *jobs_started(struct kunit *test)
{
	struct jobs *jobs = jobs_probe(test);

	KUNIT_ASSERT_EQ(test, dmf_threaded_buffer_queue_start(jobs->queue), 0);
	return jobs;
}

u8 *jobs_fetch(struct kunit *test, char letter, enum job job)
{
	struct jobs *jobs = test->priv;
	void *buffer = NULL, *context = NULL;
	u8 *bytes;
	int ret;

	ret = dmf_threaded_buffer_queue_fetch(jobs->queue, &buffer, &context);
	KUNIT_ASSERT_EQ(test, ret, 0);
	KUNIT_ASSERT_NOT_NULL(test, context);
	KUNIT_EXPECT_NULL(test, memchr_inv(buffer, 0, JOBS_SIZE));
	bytes = buffer;
	bytes[0] = letter;
	bytes[1] = job;
	*(u8 *)context = letter;
	return bytes;
}

u8 *jobs_enqueue(struct kunit *test, char letter, enum job job)
{
	struct jobs *jobs = test->priv;
	u8 *buffer = jobs_fetch(test, letter, job);

	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue(jobs->queue, buffer), 0);
	return buffer;
}

u8 *jobs_enqueue_at_head(struct kunit *test, char letter, enum job job)
{
	struct jobs *jobs = test->priv;
	u8 *buffer = jobs_fetch(test, letter, job);

	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_enqueue_at_head(jobs->queue, buffer), 0);
	return buffer;
}

void jobs_await(struct kunit *test, struct completion *completion)
{
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(completion, DMF_KUNIT_TIMEOUT), 0);
}

void jobs_await_cleanups(struct kunit *test, int cleanups)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;
	struct jobs *jobs = test->priv;

	while (atomic_read(&jobs->cleanups) < cleanups && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	KUNIT_ASSERT_EQ(test, atomic_read(&jobs->cleanups), cleanups);
}

void jobs_block(struct kunit *test, char letter)
{
	struct jobs *jobs = test->priv;

	reinit_completion(&jobs->begun);
	jobs_enqueue(test, letter, JOB_BLOCK);
	jobs_await(test, &jobs->begun);
}

void jobs_keep(struct kunit *test, char letter)
{
	struct jobs *jobs = test->priv;
	void *buffer;

	reinit_completion(&jobs->ended);
	buffer = jobs_enqueue(test, letter, JOB_KEEP);
	jobs_await(test, &jobs->ended);
	KUNIT_ASSERT_PTR_EQ(test, READ_ONCE(jobs->kept), buffer);
}

static bool jobs_is_stopping(struct jobs *jobs)
{
	struct dmf_module *module = dmf_threaded_buffer_queue_module(jobs->queue);
	struct dmf_module *thread = list_last_entry(&module->children, struct dmf_module, sibling);
	char text[128] = "";
	struct seq_file seq = { .buf = text, .size = sizeof(text) - 1 };

	thread->desc->ops->show(thread, &seq);
	return strstr(text, "stop=1");
}

bool jobs_await_stopping(struct jobs *jobs)
{
	return dmf_kunit_until(jobs_is_stopping(jobs));
}

int jobs_free_buffers(struct jobs *jobs)
{
	void *buffers[JOBS_BUFFERS + 1], *context;
	int count = 0, i;

	while (count < ARRAY_SIZE(buffers) &&
	       !dmf_threaded_buffer_queue_fetch(jobs->queue, &buffers[count], &context)) {
		*(u8 *)buffers[count] = '.';
		*(u8 *)context = '.';
		count++;
	}
	for (i = 0; i < count; i++)
		dmf_threaded_buffer_queue_reuse(jobs->queue, buffers[i]);
	return count;
}

void jobs_expect_free(struct kunit *test, int count)
{
	struct jobs *jobs = test->priv;

	/* A buffer is back a moment after its cleanup. */
	KUNIT_EXPECT_EQ(test, dmf_threaded_buffer_queue_stop(jobs->queue), 0);
	KUNIT_EXPECT_EQ(test, jobs_free_buffers(jobs), count);
}

static int jobs_put_and_wait(struct job_waiter *waiter)
{
	struct dmf_threaded_buffer_queue *queue = waiter->jobs->queue;
	void *buffer = waiter->buffer;

	if (waiter->interruptible)
		return dmf_threaded_buffer_queue_enqueue_and_wait_interruptible(queue, buffer,
										waiter->at_head);
	if (waiter->at_head)
		return dmf_threaded_buffer_queue_enqueue_at_head_and_wait(queue, buffer);
	return dmf_threaded_buffer_queue_enqueue_and_wait(queue, buffer);
}

static int jobs_waiter(void *data)
{
	struct job_waiter *waiter = data;

	allow_signal(SIGUSR1);
	waiter->result = jobs_put_and_wait(waiter);
	complete(&waiter->done);
	return dmf_kunit_await_stop();
}

struct job_waiter *jobs_wait(struct kunit *test, char letter, enum job job, bool at_head,
			     bool interruptible)
{
	struct job_waiter *waiter = kunit_kzalloc(test, sizeof(*waiter), GFP_KERNEL);
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;
	struct jobs *jobs = test->priv;
	unsigned int count = dmf_threaded_buffer_queue_count(jobs->queue);

	KUNIT_ASSERT_NOT_NULL(test, waiter);
	waiter->jobs = jobs;
	waiter->buffer = jobs_fetch(test, letter, job);
	waiter->at_head = at_head;
	waiter->interruptible = interruptible;
	init_completion(&waiter->done);
	waiter->task = dmf_kunit_run(test, jobs_waiter, waiter);
	while (dmf_threaded_buffer_queue_count(jobs->queue) == count && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	KUNIT_ASSERT_EQ(test, dmf_threaded_buffer_queue_count(jobs->queue), count + 1);
	return waiter;
}

int jobs_result(struct kunit *test, struct job_waiter *waiter)
{
	jobs_await(test, &waiter->done);
	return waiter->result;
}
