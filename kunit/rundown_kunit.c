// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of Rundown.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dmf/module.h>
#include <linux/dmf/rundown.h>
#include <linux/kthread.h>
#include <linux/seq_file.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

/* test->priv */
struct rundowns {
	struct dmf_rundown *rundown;
	struct dmf_rundown *other;
	struct dmf_device *ddev;
	int result;			/* of what runs elsewhere */
	struct completion ended;	/* an end_and_wait, or a close, has returned */
};

static int rundowns_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_module_attributes attributes = { .instance_name = "guarded" };
	struct rundowns *r = dmf_kunit_priv(ddev);

	return dmf_rundown_add(init, NULL, &attributes, &r->rundown);
}

static const struct dmf_client_ops rundowns_ops = { .modules_add = rundowns_modules_add };

static struct rundowns *rundowns_probe(struct kunit *test)
{
	struct rundowns *r = test->priv;

	r->ddev = dmf_kunit_probe(test, &rundowns_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(r->ddev));
	return r;
}

static struct rundowns *rundowns_start(struct kunit *test)
{
	struct rundowns *r = rundowns_probe(test);

	KUNIT_ASSERT_EQ(test, dmf_rundown_start(r->rundown), 0);
	return r;
}

/* Whether a reference could be had; it is given back. */
static bool gives_references(struct rundowns *r)
{
	if (dmf_rundown_reference(r->rundown))
		return false;
	dmf_rundown_dereference(r->rundown);
	return true;
}

static bool shows(struct rundowns *r, const char *want)
{
	struct dmf_module *module = dmf_rundown_module(r->rundown);
	char text[64] = "";
	struct seq_file seq = { .buf = text, .size = sizeof(text) };

	module->desc->ops->show(module, &seq);
	return !strcmp(text, want);
}

static void reference_before_start_fails(struct kunit *test)
{
	struct rundowns *r = rundowns_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_rundown_reference(r->rundown), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, dmf_rundown_acquire(r->rundown), -ESHUTDOWN);
	KUNIT_EXPECT_TRUE(test, shows(r, "started=0 references=0"));
}

static void end_before_start_is_harmless(struct kunit *test)
{
	struct rundowns *r = rundowns_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
	KUNIT_EXPECT_FALSE(test, gives_references(r));
	KUNIT_EXPECT_EQ(test, dmf_rundown_start(r->rundown), 0);
	KUNIT_EXPECT_TRUE(test, gives_references(r));
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
}

static void start_and_end_alternate(struct kunit *test)
{
	struct rundowns *r = rundowns_probe(test);
	int i;

	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_EQ(test, dmf_rundown_start(r->rundown), 0);
		KUNIT_EXPECT_EQ(test, dmf_rundown_reference(r->rundown), 0);
		KUNIT_EXPECT_EQ(test, dmf_rundown_acquire(r->rundown), 0);
		KUNIT_EXPECT_TRUE(test, shows(r, "started=1 references=2"));
		dmf_rundown_release(r->rundown);
		dmf_rundown_dereference(r->rundown);
		KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
		KUNIT_EXPECT_FALSE(test, gives_references(r));
	}
}

static void second_start_is_refused(struct kunit *test)
{
	struct rundowns *r = rundowns_start(test);

	KUNIT_EXPECT_EQ(test, dmf_rundown_reference(r->rundown), 0);
	KUNIT_EXPECT_EQ(test, dmf_rundown_start(r->rundown), -EALREADY);
	KUNIT_EXPECT_TRUE(test, shows(r, "started=1 references=1"));
	dmf_rundown_dereference(r->rundown);
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
}

/* -- Waiting --------------------------------------------------------------- */

static int end_thread(void *data)
{
	struct rundowns *r = data;

	dmf_rundown_end_and_wait(r->rundown);
	complete(&r->ended);
	return 0;
}

/* Take a reference, and have so many threads wait for it. */
static struct rundowns *rundowns_end(struct kunit *test, unsigned int threads)
{
	struct rundowns *r = rundowns_start(test);

	KUNIT_ASSERT_EQ(test, dmf_rundown_reference(r->rundown), 0);
	while (threads--)
		dmf_kunit_run(test, end_thread, r);
	while (gives_references(r))
		cond_resched();
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&r->ended, HZ / 20));
	return r;
}

static void expect_ended(struct kunit *test)
{
	struct rundowns *r = test->priv;

	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&r->ended, DMF_KUNIT_TIMEOUT));
}

static void end_waits_for_references(struct kunit *test)
{
	struct rundowns *r = rundowns_end(test, 1);

	KUNIT_EXPECT_EQ(test, dmf_rundown_acquire(r->rundown), -ESHUTDOWN);
	dmf_rundown_dereference(r->rundown);
	expect_ended(test);
}

static void start_while_ending_is_refused(struct kunit *test)
{
	struct rundowns *r = rundowns_end(test, 1);

	KUNIT_EXPECT_EQ(test, dmf_rundown_start(r->rundown), -EBUSY);
	KUNIT_EXPECT_FALSE(test, gives_references(r));
	dmf_rundown_dereference(r->rundown);
	expect_ended(test);
}

static void hardirq_dereference(void *data)
{
	struct rundowns *r = data;

	dmf_rundown_dereference(r->rundown);
}

static void dereference_from_hard_irq_work_ends_the_wait(struct kunit *test)
{
	struct rundowns *r = rundowns_end(test, 1);

	dmf_kunit_in_hardirq(hardirq_dereference, r);
	expect_ended(test);
}

static void hardirq_reference(void *data)
{
	struct rundowns *r = data;

	r->result = dmf_rundown_reference(r->rundown);
	if (dmf_rundown_acquire(r->rundown))
		r->result = -EIO;
	else
		dmf_rundown_release(r->rundown);
}

static void reference_from_hard_irq_work(struct kunit *test)
{
	struct rundowns *r = rundowns_start(test);

	r->result = -EINVAL;
	dmf_kunit_in_hardirq(hardirq_reference, r);
	KUNIT_EXPECT_EQ(test, r->result, 0);
	KUNIT_EXPECT_TRUE(test, shows(r, "started=1 references=1"));
	dmf_rundown_dereference(r->rundown);
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
}

static void interrupt_start(void *data)
{
	struct rundowns *r = data;

	r->result = dmf_rundown_start(r->rundown);
}

static void start_from_an_interrupt_handler(struct kunit *test)
{
	struct rundowns *r = rundowns_probe(test);

	r->result = -EINVAL;
	dmf_kunit_in_interrupt(interrupt_start, r);
	KUNIT_EXPECT_EQ(test, r->result, 0);
	KUNIT_EXPECT_TRUE(test, gives_references(r));
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
}

static void undo_long_wait(void *data)
{
	WRITE_ONCE(dmf_long_wait_ms, (unsigned long)data);
}

static void end_says_for_whom_it_waits(struct kunit *test)
{
	unsigned long normal = READ_ONCE(dmf_long_wait_ms);
	struct rundowns *r;

	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, undo_long_wait, (void *)normal), 0);
	WRITE_ONCE(dmf_long_wait_ms, 20);
	r = rundowns_end(test, 1);
	KUNIT_EXPECT_TRUE(test,
			  dmf_kunit_until(dmf_kunit_logged("guarded: waits for 1 references")));
	WRITE_ONCE(dmf_long_wait_ms, normal);
	if (IS_ENABLED(CONFIG_DMF_DEBUG_REFS))
		KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("last came at rundowns_end"));
	dmf_rundown_dereference(r->rundown);
	expect_ended(test);
}

/* -- What a Client does wrong ---------------------------------------------- */

static void dereference_too_many_is_reported_and_changes_nothing(struct kunit *test)
{
	struct rundowns *r = rundowns_start(test);

	dmf_kunit_expect_begin(test, "WARNING:.*dmf_rundown_dereference");
	dmf_rundown_dereference(r->rundown);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("guarded: more references given back"));
	KUNIT_EXPECT_TRUE(test, shows(r, "started=1 references=0"));
	KUNIT_EXPECT_TRUE(test, gives_references(r));
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);

	dmf_kunit_expect_begin(test, "WARNING:.*dmf_rundown_dereference");
	dmf_rundown_dereference(r->rundown);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_TRUE(test, shows(r, "started=0 references=0"));
	KUNIT_EXPECT_EQ(test, dmf_rundown_start(r->rundown), 0);
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
}

/*
 * What end_and_wait tells lockdep before it waits. struct dmf_rundown is not public;
 * its gate stands right after the Module.
 */
static void might_end(struct dmf_rundown *rundown)
{
	dmf_gate_might_close((struct dmf_gate *)(dmf_rundown_module(rundown) + 1));
}

static int end_in_holder(void *data)
{
	struct rundowns *r = data;

	if (!dmf_rundown_acquire(r->rundown)) {
		might_end(r->rundown);
		dmf_rundown_release(r->rundown);
	}
	return 0;
}

static int end_other_in_holder(void *data)
{
	struct rundowns *r = data;

	if (!dmf_rundown_acquire(r->rundown)) {
		might_end(r->other);
		dmf_rundown_release(r->rundown);
	}
	return 0;
}

static void end_by_a_holder_is_reported(struct kunit *test)
{
	struct rundowns *r = rundowns_start(test);

	KUNIT_ASSERT_EQ(test, dmf_rundown_create(r->ddev, NULL, NULL, NULL, &r->other), 0);
	KUNIT_EXPECT_FALSE(test, dmf_kunit_lockdep_reports(test, end_other_in_holder, r));
	KUNIT_EXPECT_TRUE(test, dmf_kunit_lockdep_reports(test, end_in_holder, r));
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
}

static void holder_of_one_may_end_another(struct kunit *test)
{
	struct rundowns *r = rundowns_start(test);

	KUNIT_ASSERT_EQ(test, dmf_rundown_create(r->ddev, NULL, NULL, NULL, &r->other), 0);
	KUNIT_ASSERT_EQ(test, dmf_rundown_start(r->other), 0);
	KUNIT_ASSERT_EQ(test, dmf_rundown_acquire(r->rundown), 0);
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->other), 0);
	dmf_rundown_release(r->rundown);
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
}

/* -- Close ----------------------------------------------------------------- */

static int close_thread(void *data)
{
	struct rundowns *r = data;

	dmf_phase_down(r->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	complete(&r->ended);
	return 0;
}

static void close_ends_what_the_client_did_not(struct kunit *test)
{
	struct rundowns *r = rundowns_start(test);

	KUNIT_ASSERT_EQ(test, dmf_rundown_reference(r->rundown), 0);
	dmf_kunit_run(test, close_thread, r);
	while (gives_references(r))
		cond_resched();
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&r->ended, HZ / 20));
	KUNIT_EXPECT_TRUE(test,
			  dmf_kunit_logged("guarded: closed without end_and_wait, with "));
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_rundown_start(r->rundown), -ENODEV);
	dmf_rundown_dereference(r->rundown);
	expect_ended(test);

	KUNIT_EXPECT_EQ(test, dmf_rundown_reference(r->rundown), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, dmf_phase_up(r->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_EQ(test, dmf_rundown_reference(r->rundown), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, dmf_rundown_start(r->rundown), 0);
	KUNIT_EXPECT_TRUE(test, gives_references(r));
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
}

static void dynamic_rundown_works(struct kunit *test)
{
	struct rundowns *r = rundowns_probe(test);
	struct dmf_rundown *rundown;

	KUNIT_ASSERT_EQ(test, dmf_rundown_create(r->ddev, NULL, NULL, NULL, &rundown), 0);
	KUNIT_EXPECT_EQ(test, dmf_rundown_start(rundown), 0);
	KUNIT_EXPECT_EQ(test, dmf_rundown_reference(rundown), 0);
	dmf_rundown_dereference(rundown);
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(rundown), 0);
	dmf_rundown_destroy(rundown);
}

/* -- Races ----------------------------------------------------------------- */

#define RACERS		3
#define RACE_ROUNDS	60

struct race {
	struct rundowns *r;
	atomic_t inside;
	atomic_t taken;
	atomic_t refused;
	bool ended;		/* what nobody inside must see */
	bool failed;
	atomic_t starts;
	struct completion done;
};

static struct race *race_begin(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->r = test->priv;
	init_completion(&race->done);
	return race;
}

static void race_stay(struct race *race, bool tracked)
{
	struct dmf_rundown *rundown = race->r->rundown;

	if (tracked ? dmf_rundown_acquire(rundown) : dmf_rundown_reference(rundown)) {
		atomic_inc(&race->refused);
		return;
	}
	atomic_inc(&race->inside);
	atomic_inc(&race->taken);
	if (READ_ONCE(race->ended))
		WRITE_ONCE(race->failed, true);
	atomic_dec(&race->inside);
	if (tracked)
		dmf_rundown_release(rundown);
	else
		dmf_rundown_dereference(rundown);
}

static int race_reference_thread(void *data)
{
	unsigned int i = 0;

	while (!kthread_should_stop()) {
		race_stay(data, i++ % 2);
		cond_resched();
	}
	return 0;
}

/* From here until the flag goes, nobody may be inside. */
static void race_look(struct race *race)
{
	if (atomic_read(&race->inside))
		WRITE_ONCE(race->failed, true);
	WRITE_ONCE(race->ended, true);
	udelay(5);
	WRITE_ONCE(race->ended, false);
}

static void race_wait_for_more(atomic_t *count)
{
	int before = atomic_read(count);

	while (atomic_read(count) == before)
		cond_resched();
}

static void race_reference_against_end_and_wait(struct kunit *test)
{
	struct rundowns *r = rundowns_probe(test);
	struct race *race = race_begin(test);
	int i;

	for (i = 0; i < RACERS; i++)
		dmf_kunit_run(test, race_reference_thread, race);
	for (i = 0; i < RACE_ROUNDS; i++) {
		KUNIT_ASSERT_EQ(test, dmf_rundown_start(r->rundown), 0);
		race_wait_for_more(&race->taken);
		KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
		race_look(race);
	}
	KUNIT_EXPECT_FALSE(test, race->failed);
}

static void race_reference_against_close(struct kunit *test)
{
	struct rundowns *r = rundowns_probe(test);
	struct race *race = race_begin(test);
	int i;

	for (i = 0; i < RACERS; i++)
		dmf_kunit_run(test, race_reference_thread, race);
	for (i = 0; i < RACE_ROUNDS / 6; i++) {
		KUNIT_ASSERT_EQ(test, dmf_rundown_start(r->rundown), 0);
		race_wait_for_more(&race->taken);
		dmf_phase_down(r->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		race_look(race);
		race_wait_for_more(&race->refused);
		KUNIT_ASSERT_EQ(test, dmf_phase_up(r->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	}
	KUNIT_EXPECT_FALSE(test, race->failed);
}

static int race_start_thread(void *data)
{
	struct race *race = data;

	while (!kthread_should_stop()) {
		if (!dmf_rundown_start(race->r->rundown))
			atomic_inc(&race->starts);
		cond_resched();
	}
	return 0;
}

static int race_end_thread(void *data)
{
	struct race *race = data;
	int i;

	for (i = 0; i < RACE_ROUNDS; i++) {
		dmf_rundown_end_and_wait(race->r->rundown);
		cond_resched();
	}
	complete(&race->done);
	return 0;
}

/* A start that came too early would reopen a gate with users, which the gate reports. */
static void race_start_against_end_and_wait_by_two(struct kunit *test)
{
	struct race *race = race_begin(test);

	rundowns_probe(test);
	dmf_kunit_run(test, race_start_thread, race);
	while (!atomic_read(&race->starts))
		cond_resched();
	dmf_kunit_run(test, race_reference_thread, race);
	dmf_kunit_run(test, race_reference_thread, race);
	dmf_kunit_run(test, race_end_thread, race);
	dmf_kunit_run(test, race_end_thread, race);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&race->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&race->done, DMF_KUNIT_TIMEOUT));
}

static void race_end_and_wait_against_end_and_wait(struct kunit *test)
{
	struct rundowns *r = rundowns_end(test, 3);
	int i;

	dmf_rundown_dereference(r->rundown);
	for (i = 0; i < 3; i++)
		expect_ended(test);
	KUNIT_EXPECT_EQ(test, dmf_rundown_start(r->rundown), 0);
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
}

#define TOO_MANY	8

static int race_dereference_thread(void *data)
{
	struct race *race = data;
	int i;

	for (i = 0; i < TOO_MANY; i++)
		dmf_rundown_dereference(race->r->rundown);
	complete(&race->done);
	return 0;
}

/*
 * Two threads give back eight references each, of which there are fifteen: one warning,
 * and not two that tear each other's lines.
 */
static void race_dereference_against_one_too_many(struct kunit *test)
{
	struct rundowns *r = rundowns_start(test);
	struct race *race = race_begin(test);
	int i;

	for (i = 0; i < 2 * TOO_MANY - 1; i++)
		KUNIT_ASSERT_EQ(test, dmf_rundown_reference(r->rundown), 0);
	dmf_kunit_expect_begin(test, "WARNING:.*dmf_rundown_dereference");
	dmf_kunit_run(test, race_dereference_thread, race);
	dmf_kunit_run(test, race_dereference_thread, race);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&race->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&race->done, DMF_KUNIT_TIMEOUT));
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_TRUE(test, shows(r, "started=1 references=0"));
	KUNIT_EXPECT_EQ(test, dmf_rundown_end_and_wait(r->rundown), 0);
}

/* -- Memory ---------------------------------------------------------------- */

static int create_and_destroy(struct kunit *test, void *data)
{
	struct rundowns *r = data;
	int ret;

	ret = dmf_rundown_create(r->ddev, NULL, NULL, NULL, &r->other);
	if (!ret)
		dmf_rundown_destroy(r->other);
	return ret;
}

/* The Module, and what undoes the lock class of its gate. */
static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_nth(test, create_and_destroy, rundowns_probe(test),
			   IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) ? 2 : 1);
}

static int rundowns_init(struct kunit *test)
{
	struct rundowns *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	init_completion(&r->ended);
	test->priv = r;
	return 0;
}

static struct kunit_case rundown_cases[] = {
	KUNIT_CASE(reference_before_start_fails),
	KUNIT_CASE(end_before_start_is_harmless),
	KUNIT_CASE(start_and_end_alternate),
	KUNIT_CASE(second_start_is_refused),
	KUNIT_CASE(end_waits_for_references),
	KUNIT_CASE(start_while_ending_is_refused),
	KUNIT_CASE(dereference_from_hard_irq_work_ends_the_wait),
	KUNIT_CASE(reference_from_hard_irq_work),
	KUNIT_CASE(start_from_an_interrupt_handler),
	KUNIT_CASE(end_says_for_whom_it_waits),
	KUNIT_CASE(dereference_too_many_is_reported_and_changes_nothing),
	KUNIT_CASE(end_by_a_holder_is_reported),
	KUNIT_CASE(holder_of_one_may_end_another),
	KUNIT_CASE(close_ends_what_the_client_did_not),
	KUNIT_CASE(dynamic_rundown_works),
	KUNIT_CASE(race_reference_against_end_and_wait),
	KUNIT_CASE(race_reference_against_close),
	KUNIT_CASE(race_start_against_end_and_wait_by_two),
	KUNIT_CASE(race_end_and_wait_against_end_and_wait),
	KUNIT_CASE(race_dereference_against_one_too_many),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite rundown_suite = {
	.name = "dmf_rundown",
	.init = rundowns_init,
	.test_cases = rundown_cases,
};

kunit_test_suite(rundown_suite);
