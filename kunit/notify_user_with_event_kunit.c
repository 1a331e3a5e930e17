// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of NotifyUserWithEvent and of the eventfds that the core keeps for it.
 */
#include <linux/dmf/module.h>
#include <linux/dmf/notify_user_with_event.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"
#include "fake_eventfd.h"

#define EVENT_COUNT	3
#define FILES_MAX	64	/* that can listen to one event */
#define FIRST		"notify_user_with_event"
#define SECOND		"second"

struct events {
	struct dmf_notify_user_with_event *notify;
	struct dmf_notify_user_with_event *second;
	struct dmf_notify_user_with_event_config config;
	const char *second_name;	/* NULL: there is no second one */
	bool passive_level;
	struct dmf_device *ddev;
	struct dmf_file *file;
	struct task_struct *notifier;	/* stopped before the Modules go */
};

static int events_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct events *events = dmf_kunit_priv(ddev);
	struct dmf_module_attributes attributes = { .passive_level = events->passive_level };
	int ret;

	ret = dmf_notify_user_with_event_add(init, &events->config, &attributes, &events->notify);
	if (ret || !events->second_name)
		return ret;
	attributes.instance_name = events->second_name;
	return dmf_notify_user_with_event_add(init, &events->config, &attributes, &events->second);
}

/* Power goes down after the files have gone, and before the Modules. */
static int events_suspend(struct dmf_device *ddev)
{
	struct events *events = dmf_kunit_priv(ddev);

	if (events->notifier)
		kthread_stop(events->notifier);
	events->notifier = NULL;
	return 0;
}

static const struct dmf_client_ops events_ops = {
	.modules_add			= events_modules_add,
	.self_managed_io_suspend	= events_suspend,
};

static struct dmf_device *events_probe(struct kunit *test)
{
	struct events *events = test->priv;

	events->ddev = dmf_kunit_probe(test, &events_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(events->ddev));
	events->file = dmf_kunit_open(test, events->ddev);
	return events->ddev;
}

/* As the system call does it. */
static int set(struct dmf_file *file, const char *name, unsigned int index, unsigned int flags,
	       struct eventfd_ctx *ctx)
{
	int ret = -ENODEV;

	if (ctx)
		fake_eventfd_get(ctx);
	if (dmf_gate_enter(&file->ddev->file_gate)) {
		ret = dmf_eventfd_set(file, name, index, flags, ctx);
		dmf_gate_leave(&file->ddev->file_gate);
	}
	if (ret && ctx)
		eventfd_ctx_put(ctx);
	return ret;
}

static int notify(struct events *events, u32 index)
{
	return dmf_notify_user_with_event_notify_by_index(events->notify, index);
}

static unsigned int registered(struct events *events)
{
	return dmf_module_eventfd_count(dmf_notify_user_with_event_module(events->notify));
}

/* Nobody but the test has the eventfd any more. */
static void expect_forgotten(struct kunit *test, struct eventfd_ctx *ctx)
{
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, fake_eventfd_references(ctx), 1);
}

/* -- Signals -- */

static void event_adds_one_to_its_eventfd(struct kunit *test)
{
	struct eventfd_ctx *first = fake_eventfd(test), *last = fake_eventfd(test);
	struct events *events = test->priv;

	events_probe(test);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, first), 0);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, EVENT_COUNT - 1, 0, last), 0);
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_event_notify(events->notify), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(first), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(last), 0);
	KUNIT_EXPECT_EQ(test, notify(events, EVENT_COUNT - 1), 0);
	KUNIT_EXPECT_EQ(test, notify(events, EVENT_COUNT - 1), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(first), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(last), 2);
	KUNIT_EXPECT_EQ(test, registered(events), 2);
}

static void nobody_listens(struct kunit *test)
{
	struct eventfd_ctx *ctx = fake_eventfd(test);
	struct events *events = test->priv;

	events_probe(test);
	KUNIT_EXPECT_EQ(test, notify(events, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 1, 0, ctx), 0);
	KUNIT_EXPECT_EQ(test, notify(events, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, notify(events, 1), 0);
}

static void there_is_no_such_event(struct kunit *test)
{
	struct eventfd_ctx *ctx = fake_eventfd(test);
	struct events *events = test->priv;

	events_probe(test);
	KUNIT_EXPECT_EQ(test, notify(events, EVENT_COUNT), -EINVAL);
	KUNIT_EXPECT_EQ(test, notify(events, U32_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, EVENT_COUNT, 0, ctx), -EINVAL);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, U32_MAX, 0, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, set(events->file, "third", 0, 0, ctx), -ENOENT);
	expect_forgotten(test, ctx);
}

struct waiter {
	struct eventfd_ctx *ctx;
	struct completion done;
	bool heard;
};

static int wait_thread(void *data)
{
	struct waiter *waiter = data;

	waiter->heard = fake_eventfd_wait(waiter->ctx, 1);
	complete(&waiter->done);
	return dmf_kunit_await_stop();
}

static void notify_first(void *data)
{
	notify(data, 0);
}

static void signalled_in_an_interrupt_handler(struct kunit *test)
{
	struct waiter *waiter = kunit_kzalloc(test, sizeof(*waiter), GFP_KERNEL);
	struct events *events = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, waiter);
	waiter->ctx = fake_eventfd(test);
	init_completion(&waiter->done);
	events->passive_level = true;
	events_probe(test);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, waiter->ctx), 0);
	dmf_kunit_run(test, wait_thread, waiter);
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&waiter->done, HZ / 20));
	dmf_kunit_in_interrupt(notify_first, events);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&waiter->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_TRUE(test, waiter->heard);
}

static void closed_module_is_silent_and_forgets_nothing(struct kunit *test)
{
	struct eventfd_ctx *ctx = fake_eventfd(test);
	struct events *events = test->priv;
	struct dmf_device *ddev = events_probe(test);

	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, ctx), 0);
	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, notify(events, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), 0);
	KUNIT_EXPECT_EQ(test, dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_EQ(test, notify(events, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), 1);
}

/* -- Registering -- */

static void second_eventfd_replaces_the_first(struct kunit *test)
{
	struct eventfd_ctx *old = fake_eventfd(test), *new = fake_eventfd(test);
	struct events *events = test->priv;

	events_probe(test);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, old), 0);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, new), 0);
	expect_forgotten(test, old);
	KUNIT_EXPECT_EQ(test, notify(events, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(old), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(new), 1);
	KUNIT_EXPECT_EQ(test, registered(events), 1);
}

static void eventfd_is_taken_away(struct kunit *test)
{
	struct eventfd_ctx *ctx = fake_eventfd(test);
	struct events *events = test->priv;

	events_probe(test);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, ctx), 0);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 1, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, notify(events, 0), 0);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, notify(events, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), 1);
	expect_forgotten(test, ctx);
}

static void one_eventfd_for_several_events(struct kunit *test)
{
	struct eventfd_ctx *ctx = fake_eventfd(test);
	struct events *events = test->priv;

	events_probe(test);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, ctx), 0);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 1, 0, ctx), 0);
	notify(events, 0);
	notify(events, 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), 2);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, NULL), 0);
	notify(events, 0);
	notify(events, 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), 3);
}

static void every_file_hears(struct kunit *test)
{
	struct eventfd_ctx *mine = fake_eventfd(test), *theirs = fake_eventfd(test);
	struct events *events = test->priv;
	struct dmf_file *other;

	events_probe(test);
	other = dmf_kunit_open(test, events->ddev);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, mine), 0);
	KUNIT_EXPECT_EQ(test, set(other, FIRST, 0, 0, theirs), 0);
	KUNIT_EXPECT_EQ(test, notify(events, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(mine), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(theirs), 1);
	/* What one takes away the other keeps. */
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, notify(events, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(mine), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(theirs), 2);
}

static void one_file_too_many_is_refused(struct kunit *test)
{
	struct dmf_file **files = kunit_kcalloc(test, FILES_MAX, sizeof(*files), GFP_KERNEL);
	struct eventfd_ctx *ctx = fake_eventfd(test);
	struct events *events = test->priv;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, files);
	events_probe(test);
	for (i = 0; i < FILES_MAX; i++) {
		files[i] = dmf_kunit_open(test, events->ddev);
		KUNIT_EXPECT_EQ(test, set(files[i], FIRST, 0, 0, ctx), 0);
	}
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, ctx), -EBUSY);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 1, 0, ctx), 0);
	/* One that is there can be replaced, and one that goes makes room. */
	KUNIT_EXPECT_EQ(test, set(files[1], FIRST, 0, 0, ctx), 0);
	KUNIT_EXPECT_EQ(test, set(files[0], FIRST, 0, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, ctx), 0);
	KUNIT_EXPECT_EQ(test, notify(events, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), FILES_MAX);
}

static void modules_have_events_of_their_own(struct kunit *test)
{
	struct eventfd_ctx *ctx = fake_eventfd(test), *unnamed = fake_eventfd(test);
	struct events *events = test->priv;

	events->second_name = SECOND;
	events_probe(test);
	KUNIT_EXPECT_EQ(test, set(events->file, SECOND, 0, 0, ctx), 0);
	KUNIT_EXPECT_EQ(test, set(events->file, "", 0, 0, unnamed), 0);
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_event_notify(events->second), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(unnamed), 0);
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_event_notify(events->notify), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(unnamed), 1);
}

/* -- What ends it -- */

static void release_of_the_file_forgets(struct kunit *test)
{
	struct eventfd_ctx *ctx = fake_eventfd(test);
	struct events *events = test->priv;
	struct dmf_file *file;

	events_probe(test);
	file = dmf_file_open(events->ddev, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_EQ(test, set(file, FIRST, 0, DMF_EVENT_GONE, ctx), 0);
	KUNIT_EXPECT_EQ(test, set(file, FIRST, 1, DMF_EVENT_GONE, ctx), 0);
	dmf_file_release(file);
	KUNIT_EXPECT_EQ(test, notify(events, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, notify(events, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), 0);
	KUNIT_EXPECT_EQ(test, registered(events), 0);
	expect_forgotten(test, ctx);
}

static void unbind_forgets_and_says_so_if_asked(struct kunit *test)
{
	struct eventfd_ctx *told = fake_eventfd(test), *untold = fake_eventfd(test);
	struct events *events = test->priv;

	events_probe(test);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, DMF_EVENT_GONE, told), 0);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 1, 0, untold), 0);
	dmf_kunit_remove(test, events->ddev);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(told), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(untold), 0);
	expect_forgotten(test, told);
	expect_forgotten(test, untold);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, told), -ENODEV);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, NULL), -ENODEV);
}

/* -- A filter above -- */

static const struct dmf_filterable published = {
	auxiliary_device_init, __auxiliary_device_add, "dmf_kunit_events",
};

static const struct dmf_client_ops filter_ops = { };

static void file_of_a_filter_registers_below(struct kunit *test)
{
	struct eventfd_ctx *above = fake_eventfd(test), *below = fake_eventfd(test);
	struct dmf_client_ops ops = events_ops;
	struct events *events = test->priv;
	struct fake_filter *filter;
	struct dmf_device *ddev;
	struct dmf_file *file;

	ops.filterable = &published;
	ddev = dmf_kunit_probe(test, &ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	events->file = dmf_kunit_open(test, ddev);
	filter = dmf_kunit_filter_register(test, published.modname, &filter_ops);
	KUNIT_ASSERT_NOT_NULL(test, dmf_kunit_filter_device(filter));
	file = dmf_kunit_open_node(test, ddev);
	KUNIT_ASSERT_PTR_NE(test, file->ddev, ddev);

	KUNIT_EXPECT_EQ(test, set(file, FIRST, 0, DMF_EVENT_GONE, above), 0);
	KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, DMF_EVENT_GONE, below), 0);
	KUNIT_EXPECT_EQ(test, notify(events, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(above), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(below), 1);
	/* Its file goes with the filter; those of the device below stay. */
	dmf_kunit_filter_unregister(filter);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(above), 2);
	KUNIT_EXPECT_EQ(test, notify(events, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(above), 2);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(below), 2);
	KUNIT_EXPECT_EQ(test, set(file, FIRST, 0, 0, above), -ENODEV);
	expect_forgotten(test, above);
}

/* -- Configuration -- */

static void too_many_events_are_refused(struct kunit *test)
{
	struct events *events = test->priv;

	events->config.event_count = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &events_ops)), -EINVAL);
	events->config.event_count = DMF_MODULE_EVENTS_MAX + 1;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &events_ops)), -EINVAL);
	events->config.event_count = DMF_MODULE_EVENTS_MAX;
	events_probe(test);
	KUNIT_EXPECT_EQ(test, notify(events, DMF_MODULE_EVENTS_MAX - 1), -ENOENT);
}

static void two_of_one_name_are_refused(struct kunit *test)
{
	struct events *events = test->priv;

	events->second_name = FIRST;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &events_ops)), -EEXIST);
}

static void too_long_a_name_is_refused(struct kunit *test)
{
	struct events *events = test->priv;

	events->second_name = "a name that needs all of 32 byte";
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &events_ops)), -EINVAL);
}

static void dynamic_module_is_heard_by_nobody(struct kunit *test)
{
	struct eventfd_ctx *ctx = fake_eventfd(test);
	struct dmf_notify_user_with_event *dynamic;
	struct events *events = test->priv;
	const struct dmf_module_attributes attributes = { .instance_name = SECOND };

	events_probe(test);
	KUNIT_ASSERT_EQ(test, dmf_notify_user_with_event_create(events->ddev, NULL,
								&events->config, &attributes,
								&dynamic), 0);
	KUNIT_EXPECT_EQ(test, set(events->file, SECOND, 0, 0, ctx), -ENOENT);
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_event_notify(dynamic), -ENOENT);
	KUNIT_EXPECT_EQ(test, dmf_notify_user_with_event_notify_by_index(dynamic, EVENT_COUNT),
			-EINVAL);
	dmf_notify_user_with_event_destroy(dynamic);
}

static void there_is_a_node_for_events_alone(struct kunit *test)
{
	KUNIT_EXPECT_NOT_NULL(test, dmf_device_node_name(events_probe(test)));
}

/* -- Races -- */

#define RACE_ROUNDS	500

struct notifier {
	struct events *events;
	atomic_t heard;
	atomic_t surprises;
};

static int notify_thread(void *data)
{
	struct notifier *notifier = data;
	int ret;

	while (!kthread_should_stop()) {
		ret = notify(notifier->events, 0);
		if (!ret)
			atomic_inc(&notifier->heard);
		else if (ret != -ENOENT)
			atomic_inc(&notifier->surprises);
		cond_resched();
	}
	return 0;
}

static struct task_struct *notifier_start(struct kunit *test, struct notifier *notifier)
{
	struct task_struct *thread = kthread_run(notify_thread, notifier, "dmf-kunit-notify");

	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	return thread;
}

/* Each event that was heard is in one of the two eventfds, whichever is registered. */
static void race_notify_against_replace(struct kunit *test)
{
	struct eventfd_ctx *ctxs[2] = { fake_eventfd(test), fake_eventfd(test) };
	struct events *events = test->priv;
	struct notifier notifier = { .events = events };
	struct task_struct *thread;
	unsigned int i, refused = 0;

	events_probe(test);
	KUNIT_ASSERT_EQ(test, set(events->file, FIRST, 0, 0, ctxs[0]), 0);
	thread = notifier_start(test, &notifier);
	for (i = 0; i < RACE_ROUNDS || !atomic_read(&notifier.heard); i++) {
		refused += !!set(events->file, FIRST, 0, 0, ctxs[i & 1]);
		if (!(i % 16))
			schedule_timeout_uninterruptible(1);
	}
	kthread_stop(thread);
	KUNIT_EXPECT_EQ(test, refused, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&notifier.surprises), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&notifier.heard), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctxs[0]) + fake_eventfd_count(ctxs[1]),
			atomic_read(&notifier.heard));
	set(events->file, FIRST, 0, 0, NULL);
	expect_forgotten(test, ctxs[0]);
	expect_forgotten(test, ctxs[1]);
}

/* The eventfd itself goes as soon as the file does: nobody else has it. */
static void race_notify_against_release(struct kunit *test)
{
	struct events *events = test->priv;
	struct notifier notifier = { .events = events };
	struct eventfd_ctx *ctx = fake_eventfd(test);
	struct task_struct *thread;
	struct dmf_file *file;
	unsigned int i, refused = 0;

	events_probe(test);
	thread = notifier_start(test, &notifier);
	for (i = 0; i < RACE_ROUNDS; i++) {
		file = dmf_file_open(events->ddev, NULL);
		if (IS_ERR(file))
			break;
		refused += !!set(file, FIRST, 0, DMF_EVENT_GONE, ctx);
		if (!(i % 16))
			schedule_timeout_uninterruptible(1);
		dmf_file_release(file);
	}
	kthread_stop(thread);
	KUNIT_EXPECT_EQ(test, i, RACE_ROUNDS);
	KUNIT_EXPECT_EQ(test, refused, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&notifier.surprises), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), atomic_read(&notifier.heard));
	expect_forgotten(test, ctx);
}

static void race_notify_against_unbind(struct kunit *test)
{
	struct events *events = test->priv;
	struct notifier notifier = { .events = events };
	struct eventfd_ctx *ctx = fake_eventfd(test);
	int i;

	for (i = 0; i < 30; i++) {
		events_probe(test);
		KUNIT_EXPECT_EQ(test, set(events->file, FIRST, 0, 0, ctx), 0);
		events->notifier = notifier_start(test, &notifier);
		schedule_timeout_uninterruptible(1);
		dmf_kunit_remove(test, events->ddev);
		KUNIT_EXPECT_NULL(test, events->notifier);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&notifier.surprises), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), atomic_read(&notifier.heard));
	expect_forgotten(test, ctx);
}

struct setter {
	struct dmf_file *file;
	struct eventfd_ctx *ctx;
	atomic_t surprises;
};

static int set_thread(void *data)
{
	struct setter *setter = data;
	int ret;

	while (!kthread_should_stop()) {
		ret = set(setter->file, FIRST, 0, DMF_EVENT_GONE, setter->ctx);
		if (ret && ret != -ENODEV)
			atomic_inc(&setter->surprises);
		cond_resched();
	}
	return 0;
}

/* Nothing is registered behind the back of unbind. */
static void race_set_against_unbind(struct kunit *test)
{
	struct setter setter = { .ctx = fake_eventfd(test) };
	struct events *events = test->priv;
	struct task_struct *thread;
	int i;

	for (i = 0; i < 30; i++) {
		events_probe(test);
		setter.file = events->file;
		KUNIT_EXPECT_EQ(test, set(setter.file, FIRST, 0, DMF_EVENT_GONE, setter.ctx), 0);
		thread = kthread_run(set_thread, &setter, "dmf-kunit-set");
		KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
		schedule_timeout_uninterruptible(1);
		dmf_kunit_remove(test, events->ddev);
		kthread_stop(thread);
		KUNIT_EXPECT_EQ(test, fake_eventfd_count(setter.ctx), i + 1);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&setter.surprises), 0);
	expect_forgotten(test, setter.ctx);
}

/* -- Memory -- */

static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &events_ops, 8);
}

static int set_once(struct kunit *test, void *data)
{
	struct events *events = test->priv;

	return set(events->file, FIRST, 0, 0, data);
}

static void every_allocation_of_registering_may_fail(struct kunit *test)
{
	struct eventfd_ctx *ctx = fake_eventfd(test);
	struct events *events = test->priv;

	events_probe(test);
	dmf_kunit_fail_nth(test, set_once, ctx, 1);
	KUNIT_EXPECT_EQ(test, notify(events, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(ctx), 1);
}

static int events_init(struct kunit *test)
{
	struct events *events = kunit_kzalloc(test, sizeof(*events), GFP_KERNEL);

	if (!events)
		return -ENOMEM;
	events->config.event_count = EVENT_COUNT;
	test->priv = events;
	return 0;
}

static struct kunit_case events_cases[] = {
	KUNIT_CASE(event_adds_one_to_its_eventfd),
	KUNIT_CASE(nobody_listens),
	KUNIT_CASE(there_is_no_such_event),
	KUNIT_CASE(signalled_in_an_interrupt_handler),
	KUNIT_CASE(closed_module_is_silent_and_forgets_nothing),
	KUNIT_CASE(second_eventfd_replaces_the_first),
	KUNIT_CASE(eventfd_is_taken_away),
	KUNIT_CASE(one_eventfd_for_several_events),
	KUNIT_CASE(every_file_hears),
	KUNIT_CASE(one_file_too_many_is_refused),
	KUNIT_CASE(modules_have_events_of_their_own),
	KUNIT_CASE(release_of_the_file_forgets),
	KUNIT_CASE(unbind_forgets_and_says_so_if_asked),
	KUNIT_CASE(file_of_a_filter_registers_below),
	KUNIT_CASE(too_many_events_are_refused),
	KUNIT_CASE(two_of_one_name_are_refused),
	KUNIT_CASE(too_long_a_name_is_refused),
	KUNIT_CASE(dynamic_module_is_heard_by_nobody),
	KUNIT_CASE(there_is_a_node_for_events_alone),
	KUNIT_CASE(race_notify_against_replace),
	KUNIT_CASE(race_notify_against_release),
	KUNIT_CASE(race_notify_against_unbind),
	KUNIT_CASE(race_set_against_unbind),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	KUNIT_CASE(every_allocation_of_registering_may_fail),
	{ }
};

static struct kunit_suite events_suite = {
	.name = "dmf_notify_user_with_event",
	.init = events_init,
	.test_cases = events_cases,
};

kunit_test_suite(events_suite);
