// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Client with one ScheduledTask.
 */
#include <linux/seq_file.h>

#include "scheduled_task_fixture.h"

static enum dmf_scheduled_task_result tasks_callback(struct dmf_scheduled_task *task,
						     void *context, enum dmf_power previous)
{
	struct tasks *t = dmf_module_client_data(dmf_scheduled_task_module(task));
	unsigned int run = atomic_inc_return(&t->runs);
	bool wait = READ_ONCE(t->wait);

	if (atomic_inc_return(&t->inside) != 1)
		WRITE_ONCE(t->overlapped, true);
	if (!preemptible())
		WRITE_ONCE(t->wrong_context, true);
	t->context = context;
	t->previous = previous;
	t->ran_in = current;
	t->ran_at = jiffies;
	if (run == 1)
		t->first_ran_at = t->ran_at;
	complete(&t->started);
	if (wait)
		wait_for_completion(&t->go_on);
	if (t->within)
		t->within_result = t->within(t);
	atomic_dec(&t->inside);
	complete(&t->ran);
	return run <= t->tries ? t->first : t->last;
}

static int tasks_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct tasks *t = dmf_kunit_priv(ddev);
	const struct dmf_module_attributes attributes = {
		.instance_name = "tested_task",
		.client_data = t,
	};

	return dmf_scheduled_task_add(init, &t->config, &attributes, &t->task);
}

const struct dmf_client_ops tasks_ops = { .modules_add = tasks_modules_add };

struct tasks *tasks_probe(struct kunit *test)
{
	struct tasks *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &tasks_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	return t;
}

void tasks_block(struct kunit *test, struct tasks *t)
{
	WRITE_ONCE(t->wait, true);
	KUNIT_ASSERT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	KUNIT_ASSERT_TRUE(test, tasks_wait_started(t));
	WRITE_ONCE(t->wait, false);
}

bool tasks_wait_started(struct tasks *t)
{
	return wait_for_completion_timeout(&t->started, DMF_KUNIT_TIMEOUT);
}

bool tasks_wait_ran(struct tasks *t)
{
	return wait_for_completion_timeout(&t->ran, DMF_KUNIT_TIMEOUT);
}

bool tasks_wait_shown(struct tasks *t, const char *key, unsigned int value)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;

	/* It may not last. */
	while (tasks_shown(t, key) != value) {
		if (time_after(jiffies, end))
			return false;
		cond_resched();
	}
	return true;
}

void tasks_settle(struct kunit *test, struct tasks *t)
{
	/* A call has left the count when its run begins. */
	KUNIT_ASSERT_TRUE(test, tasks_wait_shown(t, "calls", 0));
	flush_workqueue(dmf_workqueue);
}

static unsigned int module_shown(struct dmf_module *module, const char *key)
{
	char text[128] = "", *at;
	struct seq_file seq = { .buf = text, .size = sizeof(text) };
	unsigned int value = UINT_MAX;

	module->desc->ops->show(module, &seq);
	text[sizeof(text) - 1] = '\0';
	for (at = text; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (str_has_prefix(at, key) && at[strlen(key)] == '=')
			sscanf(at + strlen(key) + 1, "%u", &value);
	}
	return value;
}

unsigned int tasks_shown(struct tasks *t, const char *key)
{
	return module_shown(dmf_scheduled_task_module(t->task), key);
}

bool tasks_wait_halting(struct tasks *t)
{
	struct dmf_module *rundown = list_first_entry(&dmf_scheduled_task_module(t->task)->children,
						      struct dmf_module, sibling);

	return dmf_kunit_until(!module_shown(rundown, "started"));
}

int tasks_init(struct kunit *test)
{
	struct tasks *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	t->config.callback = tasks_callback;
	t->config.callback_context = &t->config;
	init_completion(&t->go_on);
	init_completion(&t->started);
	init_completion(&t->ran);
	init_completion(&t->returned);
	test->priv = t;
	return 0;
}
