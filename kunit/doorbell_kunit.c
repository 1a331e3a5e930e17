// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of Doorbell.
 */
#include <linux/completion.h>
#include <linux/dmf/doorbell.h>
#include <linux/dmf/module.h>
#include <linux/kthread.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

struct bells {
	struct dmf_doorbell *bell;
	struct dmf_doorbell *other;	/* flushed by the callback of @bell if it exists */
	bool no_callback;
	atomic_t runs;
	atomic_t inside;
	bool overlapped;
	bool wrong_context;
	int rings_left;			/* the callback rings so many times itself */
	int ring_result;		/* of the callback's last ring */
	bool flush_inside;
	int flush_result;
	struct completion started;	/* a run has begun */
	struct completion go_on;	/* a run that was told to wait may end */
	bool wait;
};

static void bells_ring(struct dmf_doorbell *bell)
{
	struct bells *bells = dmf_module_client_data(dmf_doorbell_module(bell));
	bool wait = READ_ONCE(bells->wait);

	if (atomic_inc_return(&bells->inside) != 1)
		WRITE_ONCE(bells->overlapped, true);
	if (!preemptible())
		WRITE_ONCE(bells->wrong_context, true);
	atomic_inc(&bells->runs);
	complete(&bells->started);
	if (wait)
		wait_for_completion(&bells->go_on);
	if (bells->flush_inside)
		bells->flush_result = dmf_doorbell_flush(bell);
	if (bells->other)
		bells->flush_result = dmf_doorbell_flush(bells->other);
	if (bells->rings_left > 0) {
		bells->rings_left--;
		bells->ring_result = dmf_doorbell_ring(bell);
	}
	atomic_dec(&bells->inside);
}

static int bells_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct bells *bells = dmf_kunit_priv(ddev);
	const struct dmf_doorbell_config config = {
		.ring = bells->no_callback ? NULL : bells_ring,
	};
	const struct dmf_module_attributes attributes = { .client_data = bells };

	return dmf_doorbell_add(init, &config, &attributes, &bells->bell);
}

static void bells_ring_other(struct dmf_doorbell *bell)
{
}

static int bells_two_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_doorbell_config config = { .ring = bells_ring_other };
	struct bells *bells = dmf_kunit_priv(ddev);

	return bells_modules_add(ddev, init) ?:
	       dmf_doorbell_add(init, &config, NULL, &bells->other);
}

static const struct dmf_client_ops bells_ops = { .modules_add = bells_modules_add };

static struct dmf_device *bells_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &bells_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	return ddev;
}

/* Have the first run of the callback wait until bells->go_on. */
static void bells_block(struct kunit *test, struct bells *bells)
{
	bells->wait = true;
	KUNIT_ASSERT_EQ(test, dmf_doorbell_ring(bells->bell), 0);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&bells->started, DMF_KUNIT_TIMEOUT));
	WRITE_ONCE(bells->wait, false);
}

static void ring_runs_callback_in_process_context(struct kunit *test)
{
	struct bells *bells = test->priv;

	bells_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bells->runs), 1);
	KUNIT_EXPECT_FALSE(test, bells->wrong_context);
}

static void hardirq_ring(void *data)
{
	struct bells *bells = data;

	bells->ring_result = dmf_doorbell_ring(bells->bell);
}

static void ring_from_hard_irq_work(struct kunit *test)
{
	struct bells *bells = test->priv;

	bells_probe(test);
	bells->ring_result = -EINVAL;
	dmf_kunit_in_hardirq(hardirq_ring, bells);
	KUNIT_EXPECT_EQ(test, bells->ring_result, 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bells->runs), 1);
	KUNIT_EXPECT_FALSE(test, bells->wrong_context);
}

static void rings_during_a_run_coalesce_into_one_more(struct kunit *test)
{
	struct bells *bells = test->priv;
	int i;

	bells_probe(test);
	bells_block(test, bells);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bells->runs), 1);
	complete(&bells->go_on);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bells->runs), 2);
	KUNIT_EXPECT_FALSE(test, bells->overlapped);
}

static void ring_inside_the_callback_runs_it_again(struct kunit *test)
{
	struct bells *bells = test->priv;
	int i;

	bells_probe(test);
	bells->rings_left = 5;
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(bells->bell), 0);
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&bells->started,
								    DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bells->runs), 6);
	KUNIT_EXPECT_FALSE(test, bells->overlapped);
}

static void flush_without_ring_returns(struct kunit *test)
{
	struct bells *bells = test->priv;

	bells_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bells->runs), 0);
}

static int let_go_on_later(void *data)
{
	struct bells *bells = data;

	schedule_timeout_uninterruptible(HZ / 20);
	complete(&bells->go_on);
	return 0;
}

static void flush_waits_for_the_run(struct kunit *test)
{
	struct bells *bells = test->priv;

	bells_probe(test);
	bells_block(test, bells);
	dmf_kunit_run(test, let_go_on_later, bells);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bells->inside), 0);
}

static void flush_inside_the_callback_is_refused(struct kunit *test)
{
	struct bells *bells = test->priv;

	bells_probe(test);
	bells->flush_inside = true;
	dmf_kunit_expect_begin(test, "WARNING:.*dmf_doorbell_flush");
	dmf_doorbell_ring(bells->bell);
	dmf_doorbell_flush(bells->bell);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, bells->flush_result, -EDEADLK);
}

static void flush_of_another_bell_inside_the_callback(struct kunit *test)
{
	static const struct dmf_client_ops ops = { .modules_add = bells_two_modules_add };
	struct bells *bells = test->priv;

	KUNIT_ASSERT_FALSE(test, IS_ERR(dmf_kunit_probe(test, &ops)));
	bells->flush_result = -EINVAL;
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(bells->other), 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, bells->flush_result, 0);
}

static void close_runs_what_is_pending(struct kunit *test)
{
	struct bells *bells = test->priv;
	struct dmf_device *ddev = bells_probe(test);

	bells_block(test, bells);
	dmf_doorbell_ring(bells->bell);
	dmf_kunit_run(test, let_go_on_later, bells);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&bells->runs), 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&bells->inside), 0);
}

static void close_ends_a_callback_that_always_rings(struct kunit *test)
{
	struct bells *bells = test->priv;
	struct dmf_device *ddev = bells_probe(test);

	bells->rings_left = INT_MAX;
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bells->bell), 0);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, bells->ring_result, -ENODEV);
}

static void ring_of_a_closed_bell_is_refused(struct kunit *test)
{
	struct bells *bells = test->priv;
	struct dmf_device *ddev = bells_probe(test);

	dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(bells->bell), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bells->bell), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&bells->runs), 0);

	KUNIT_EXPECT_EQ(test, dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_ring(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bells->bell), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&bells->runs), 1);
}

static void config_without_callback_is_refused(struct kunit *test)
{
	struct bells *bells = test->priv;

	bells->no_callback = true;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &bells_ops)), -EINVAL);
}

/* -- Races --------------------------------------------------------------------- */

/* Results come late: of a ring is said in which round it was begun. */
struct ring_race {
	struct bells *bells;
	int round;			/* of opening and closing */
	int accepted, refused;		/* the rounds of the last such rings */
};

static int ring_race_thread(void *data)
{
	struct ring_race *race = data;
	int round;

	while (!kthread_should_stop()) {
		round = READ_ONCE(race->round);
		if (!dmf_doorbell_ring(race->bells->bell))
			WRITE_ONCE(race->accepted, round);
		else
			WRITE_ONCE(race->refused, round);
		cond_resched();
	}
	return 0;
}

/* Every ring that was accepted is followed by a run, and none runs after close. */
static void race_ring_against_close(struct kunit *test)
{
	struct ring_race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	struct dmf_device *ddev = bells_probe(test);
	int i, runs;

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->bells = test->priv;
	race->round = 1;
	dmf_kunit_run(test, ring_race_thread, race);
	dmf_kunit_run(test, ring_race_thread, race);
	for (i = 1; i <= 100; i++) {
		while (READ_ONCE(race->accepted) != i)
			cond_resched();
		dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		runs = atomic_read(&race->bells->runs);
		KUNIT_EXPECT_GT(test, runs, 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&race->bells->inside), 0);
		while (READ_ONCE(race->refused) != i)
			cond_resched();
		KUNIT_EXPECT_EQ(test, atomic_read(&race->bells->runs), runs);
		atomic_set(&race->bells->runs, 0);
		WRITE_ONCE(race->round, i + 1);
		KUNIT_EXPECT_EQ(test, dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	}
	KUNIT_EXPECT_FALSE(test, race->bells->overlapped);
}

static int ring_many_thread(void *data)
{
	struct bells *bells = data;
	int i;

	for (i = 0; i < 2000; i++)
		dmf_doorbell_ring(bells->bell);
	complete(&bells->go_on);
	return 0;
}

static void race_ring_against_flush(struct kunit *test)
{
	struct bells *bells = test->priv;
	int i;

	bells_probe(test);
	dmf_kunit_run(test, ring_many_thread, bells);
	dmf_kunit_run(test, ring_many_thread, bells);
	for (i = 0; i < 200; i++) {
		atomic_set(&bells->runs, 0);
		dmf_doorbell_ring(bells->bell);
		KUNIT_EXPECT_EQ(test, dmf_doorbell_flush(bells->bell), 0);
		KUNIT_EXPECT_GT(test, atomic_read(&bells->runs), 0);
	}
	wait_for_completion(&bells->go_on);
	wait_for_completion(&bells->go_on);
	KUNIT_EXPECT_FALSE(test, bells->overlapped);
}

/* -- Memory ----------------------------------------------------------------------- */

static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &bells_ops, 5);
}

static int bells_init(struct kunit *test)
{
	struct bells *bells = kunit_kzalloc(test, sizeof(*bells), GFP_KERNEL);

	if (!bells)
		return -ENOMEM;
	init_completion(&bells->started);
	init_completion(&bells->go_on);
	test->priv = bells;
	return 0;
}

static struct kunit_case doorbell_cases[] = {
	KUNIT_CASE(ring_runs_callback_in_process_context),
	KUNIT_CASE(ring_from_hard_irq_work),
	KUNIT_CASE(rings_during_a_run_coalesce_into_one_more),
	KUNIT_CASE(ring_inside_the_callback_runs_it_again),
	KUNIT_CASE(flush_without_ring_returns),
	KUNIT_CASE(flush_waits_for_the_run),
	KUNIT_CASE(flush_inside_the_callback_is_refused),
	KUNIT_CASE(flush_of_another_bell_inside_the_callback),
	KUNIT_CASE(close_runs_what_is_pending),
	KUNIT_CASE(close_ends_a_callback_that_always_rings),
	KUNIT_CASE(ring_of_a_closed_bell_is_refused),
	KUNIT_CASE(config_without_callback_is_refused),
	KUNIT_CASE(race_ring_against_close),
	KUNIT_CASE(race_ring_against_flush),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite doorbell_suite = {
	.name = "dmf_doorbell",
	.init = bells_init,
	.test_cases = doorbell_cases,
};

kunit_test_suite(doorbell_suite);
