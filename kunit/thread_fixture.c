// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites of Thread share.
 */
#include <linux/dmf/module.h>

#include "thread_fixture.h"

static struct threads *threads_of(struct dmf_thread *thread)
{
	return dmf_module_client_data(dmf_thread_module(thread));
}

static void threads_enter(struct dmf_thread *thread, char letter)
{
	struct threads *t = threads_of(thread);

	if (atomic_inc_return(&t->inside) != 1)
		WRITE_ONCE(t->overlapped, true);
	if (!preemptible())
		WRITE_ONCE(t->wrong_context, true);
	if (t->logged < THREADS_LOG_MAX)
		t->log[t->logged++] = letter;
	if (!t->control_inside)
		return;
	t->start_result = dmf_thread_start(thread);
	t->stop_result = dmf_thread_stop(thread);
}

void threads_pre(struct dmf_thread *thread)
{
	struct threads *t = threads_of(thread);

	threads_enter(thread, '<');
	if (atomic_inc_return(&t->pre_calls) != atomic_read(&t->post_calls) + 1)
		t->out_of_order = true;
	atomic_dec(&t->inside);
}

static void threads_describe(struct threads *t)
{
	t->nice = task_nice(current);
	t->policy = current->policy;
	t->rt_priority = current->rt_priority;
	t->nofreeze = current->flags & PF_NOFREEZE;
	strscpy(t->comm, current->comm, sizeof(t->comm));
}

void threads_work(struct dmf_thread *thread)
{
	struct threads *t = threads_of(thread);
	bool block = READ_ONCE(t->block);	/* @begun ends that */

	threads_enter(thread, 'w');
	threads_describe(t);
	atomic_inc(&t->works);
	complete(&t->begun);
	if (block)
		wait_for_completion(&t->go_on);
	if (t->sleep_state) {
		set_current_state(t->sleep_state);
		t->sleep_left += schedule_timeout(HZ / 10);
	}
	t->stop_seen = dmf_thread_is_stop_pending(thread);
	if (t->rearm && !t->stop_seen)
		dmf_thread_work_ready(thread);
	atomic_dec(&t->inside);
	complete(&t->ended);
}

void threads_post(struct dmf_thread *thread)
{
	struct threads *t = threads_of(thread);

	threads_enter(thread, '>');
	if (atomic_inc_return(&t->post_calls) != atomic_read(&t->pre_calls))
		t->out_of_order = true;
	atomic_dec(&t->inside);
}

void threads_function(struct dmf_thread *thread)
{
	struct threads *t = threads_of(thread);

	threads_enter(thread, 'f');
	atomic_inc(&t->functions);
	complete(&t->begun);
	while (t->until_stop && !dmf_thread_is_stop_pending(thread))
		schedule_timeout_uninterruptible(1);
	atomic_dec(&t->inside);
	complete(&t->ended);
}

int threads_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct threads *t = dmf_kunit_priv(ddev);
	const struct dmf_module_attributes attributes = {
		.instance_name = "instance",
		.client_data = t,
	};

	return dmf_thread_add(init, &t->config, &attributes, &t->thread);
}

const struct dmf_client_ops threads_ops = { .modules_add = threads_modules_add };

struct threads *threads_probe(struct kunit *test)
{
	struct threads *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &threads_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	return t;
}

struct threads *threads_started(struct kunit *test)
{
	struct threads *t = threads_probe(test);

	KUNIT_ASSERT_EQ(test, dmf_thread_start(t->thread), 0);
	return t;
}

void threads_await(struct kunit *test, struct completion *completion)
{
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(completion, DMF_KUNIT_TIMEOUT), 0);
}

void threads_block(struct kunit *test, struct threads *t)
{
	WRITE_ONCE(t->block, true);
	KUNIT_ASSERT_EQ(test, dmf_thread_work_ready(t->thread), 0);
	threads_await(test, &t->begun);
	WRITE_ONCE(t->block, false);
}

void threads_client_control(struct threads *t)
{
	t->config.control_type = DMF_THREAD_CONTROL_TYPE_CLIENT_CONTROL;
	t->config.pre = NULL;
	t->config.work = NULL;
	t->config.post = NULL;
	t->config.function = threads_function;
}

void threads_await_stop_pending(struct threads *t)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;

	while (!dmf_thread_is_stop_pending(t->thread) && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
}

/* Whoever stops may look whether it has waited, but nothing says when it begins to wait. */
int threads_go_on_when_stopped(void *data)
{
	struct threads *t = data;

	threads_await_stop_pending(t);
	schedule_timeout_uninterruptible(HZ / 50);
	complete(&t->go_on);
	return 0;
}

int threads_init(struct kunit *test)
{
	struct threads *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	t->config.pre = threads_pre;
	t->config.work = threads_work;
	t->config.post = threads_post;
	init_completion(&t->begun);
	init_completion(&t->ended);
	init_completion(&t->go_on);
	init_completion(&t->done);
	test->priv = t;
	return 0;
}
