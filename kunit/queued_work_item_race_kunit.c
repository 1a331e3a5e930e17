// SPDX-License-Identifier: GPL-2.0-only
/*
 * QueuedWorkItem: items that end without a run, by cancel and close, and races.
 *
 * What holds in every race: an item that was accepted is run or dropped, and either
 * once; runs neither overlap nor overtake; who waits learns what came of his own
 * item; no buffer is lost.
 */
#include <linux/sched/signal.h>

#include "dmf_kunit.h"
#include "queued_work_item_fixture.h"

/* -- Cancel --------------------------------------------------------------------- */

/* Cancels, or closes, in a thread of its own. */
struct canceller {
	struct calls *calls;
	struct task_struct *task;
	bool close;
	int result;
	struct completion done;
};

static int canceller_thread(void *data)
{
	struct canceller *canceller = data;

	if (canceller->close)
		calls_close(canceller->calls);
	else
		canceller->result = dmf_queued_work_item_cancel(canceller->calls->item);
	complete(&canceller->done);
	return 0;
}

static struct canceller *canceller_start(struct kunit *test, bool close)
{
	struct canceller *canceller = kunit_kzalloc(test, sizeof(*canceller), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, canceller);
	canceller->calls = test->priv;
	canceller->close = close;
	init_completion(&canceller->done);
	canceller->task = dmf_kunit_run(test, canceller_thread, canceller);
	return canceller;
}

/* Until it has dropped what is queued, and sleeps, as it does nowhere but to wait for the run. */
static void canceller_sleeps(struct canceller *canceller)
{
	while (READ_ONCE(canceller->task->__state) != TASK_UNINTERRUPTIBLE &&
	       !completion_done(&canceller->done))
		cond_resched();
}

static void canceller_ends(struct kunit *test, struct canceller *canceller)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&canceller->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, canceller->result, 0);
}

static void cancel_without_items_returns(struct kunit *test)
{
	struct calls *calls = calls_up(test);

	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_cancel(calls->item), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_cancel(calls->item), 0);
	calls_expect_buffers(test, calls, CALLS_BUFFERS);
}

/*
 * The waiter is sent away, and what is queued is dropped, while an item runs. The
 * canceller waits for that, but not for an item that comes after it and blocks, too.
 */
static void cancel_drops_and_waits_for_the_run(struct kunit *test)
{
	struct calls *calls = calls_up(test);
	struct canceller *canceller;
	struct waiter *waiter;

	calls_block(test, calls);
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 1, 0), 0);
	waiter = waiter_start(test, 0, false, false);
	waiter_sleeps(waiter, TASK_UNINTERRUPTIBLE);
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 2, 0), 0);

	canceller = canceller_start(test, false);
	KUNIT_EXPECT_EQ(test, waiter_result(test, waiter), -ECANCELED);
	canceller_sleeps(canceller);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->dropped), 3);
	KUNIT_EXPECT_FALSE(test, completion_done(&canceller->done));
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 3, CALL_BLOCK), 0);
	schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_FALSE(test, completion_done(&canceller->done));

	complete(&calls->go_on);
	canceller_ends(test, canceller);
	calls_unblock_and_flush(test, calls);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 2);
	KUNIT_EXPECT_EQ(test, calls->numbers[1], 3);
	calls_expect_buffers(test, calls, CALLS_BUFFERS);
}

/* The canceller has cancelled all, and taken out one, when the work comes to the rest. */
static void race_run_finds_what_is_cancelled(struct kunit *test)
{
	struct calls *calls = calls_up(test);
	struct canceller *canceller;
	int i;

	calls_block(test, calls);
	for (i = 1; i <= 3; i++)
		KUNIT_EXPECT_EQ(test, calls_enqueue(calls, i, 0), 0);
	calls->hold_cleanup = true;
	canceller = canceller_start(test, false);
	/* The work must not be the one that is held. */
	while (READ_ONCE(calls->hold_cleanup))
		cond_resched();
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 4, 0), 0);
	calls_unblock_and_flush(test, calls);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->dropped), 3);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 2);
	KUNIT_EXPECT_EQ(test, calls->numbers[1], 4);
	complete(&calls->let_clean);
	canceller_ends(test, canceller);
}

static void cleanup_is_told_of_every_item_once(struct kunit *test)
{
	struct calls *calls = calls_up(test);
	struct canceller *canceller;

	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->cleaned), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->dropped), 0);

	calls_block(test, calls);
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 2, 0), 0);
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 3, 0), 0);
	canceller = canceller_start(test, false);
	canceller_sleeps(canceller);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->cleaned), 3);
	KUNIT_EXPECT_EQ(test, calls->dropped_numbers, BIT(2) | BIT(3));
	complete(&calls->go_on);
	canceller_ends(test, canceller);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->cleaned), 4);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->dropped), 2);
}

/* -- Close ---------------------------------------------------------------------- */

static void close_drops_and_waits_for_the_run(struct kunit *test)
{
	struct calls *calls = calls_up(test);
	struct canceller *closer;
	struct waiter *waiter;
	int queued = 2, ret;

	calls_block(test, calls);
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 1, 0), 0);
	waiter = waiter_start(test, 0, false, false);
	waiter_sleeps(waiter, TASK_UNINTERRUPTIBLE);

	closer = canceller_start(test, true);
	KUNIT_EXPECT_EQ(test, waiter_result(test, waiter), -ECANCELED);
	while ((ret = calls_enqueue(calls, 2, 0)) != -ENODEV) {
		queued += !ret;
		cond_resched();
	}
	while (atomic_read(&calls->dropped) < queued)
		cond_resched();
	KUNIT_EXPECT_FALSE(test, completion_done(&closer->done));
	complete(&calls->go_on);
	canceller_ends(test, closer);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->inside), 0);
}

/* Somebody who waits for an item that runs gets its status. */
static void close_lets_the_run_finish(struct kunit *test)
{
	struct calls *calls = calls_up(test);
	struct waiter *waiter = waiter_start(test, CALL_BLOCK | CALL_STATUS, false, false);
	struct canceller *closer;

	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&calls->started, DMF_KUNIT_TIMEOUT));
	closer = canceller_start(test, true);
	while (calls_enqueue(calls, 2, 0) != -ENODEV)
		cond_resched();
	KUNIT_EXPECT_FALSE(test, completion_done(&waiter->done));
	complete(&calls->go_on);
	KUNIT_EXPECT_EQ(test, waiter_result(test, waiter), -99);
	canceller_ends(test, closer);
}

static void close_ends_a_callback_that_always_enqueues(struct kunit *test)
{
	struct calls *calls = calls_up(test);

	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 1, CALL_AGAIN), 0);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&calls->started, DMF_KUNIT_TIMEOUT));
	calls_close(calls);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->inside), 0);
}

static void closed_instance_refuses_and_reopens(struct kunit *test)
{
	struct calls *calls = calls_up(test);

	calls_close(calls);
	KUNIT_EXPECT_EQ(test, calls_enqueue(calls, 1, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue_and_wait(calls->item, NULL, 0),
			-ENODEV);
	KUNIT_EXPECT_EQ(test,
			dmf_queued_work_item_enqueue_and_wait_interruptible(calls->item, NULL, 0),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_cancel(calls->item), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), 0);

	KUNIT_EXPECT_EQ(test, calls_reopen(calls), 0);
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_enqueue_and_wait(calls->item, NULL, 0), 0);
	calls_expect_buffers(test, calls, CALLS_BUFFERS);
}

/* -- Races ---------------------------------------------------------------------- */

enum deed {
	DEED_ENQUEUE,
	DEED_WAIT,
	DEED_WAIT_INTERRUPTIBLE,
	DEED_FLUSH,
	DEED_CANCEL,
};

/* A thread that does one thing over and over. */
struct racer {
	struct calls *calls;
	struct task_struct *task;
	unsigned int index;
	enum deed deed;
	unsigned int number;
	atomic_t done;			/* how often it was done with success */
	atomic_t cancelled;		/* -ECANCELED or -ERESTARTSYS */
	bool refused;			/* -ENODEV */
	bool wrong;			/* a result that cannot be */
	struct completion ended;
};

/* Whether the racer's last call was run; nobody else changes the number. */
static bool racer_was_run(const struct racer *racer)
{
	return READ_ONCE(racer->calls->last[racer->index]) == racer->number;
}

static void racer_judge(struct racer *racer, const struct call *call, int ret)
{
	bool waited = racer->deed == DEED_WAIT || racer->deed == DEED_WAIT_INTERRUPTIBLE;

	if (ret == -ENODEV) {
		WRITE_ONCE(racer->refused, true);
	} else if (waited && (ret == -ECANCELED || ret == -ERESTARTSYS)) {
		atomic_inc(&racer->calls->accepted);
		atomic_inc(&racer->cancelled);
		racer->wrong |= racer_was_run(racer);
	} else if (waited ? ret == call->status : !ret) {
		if (racer->deed <= DEED_WAIT_INTERRUPTIBLE)
			atomic_inc(&racer->calls->accepted);
		atomic_inc(&racer->done);
		racer->wrong |= waited && !racer_was_run(racer);
	} else {
		racer->wrong |= ret != -ENOBUFS;
	}
}

static int racer_do(struct racer *racer, const struct call *call)
{
	struct dmf_queued_work_item *item = racer->calls->item;

	switch (racer->deed) {
	case DEED_ENQUEUE:
		return dmf_queued_work_item_enqueue(item, call, sizeof(*call));
	case DEED_WAIT:
		return dmf_queued_work_item_enqueue_and_wait(item, call, sizeof(*call));
	case DEED_WAIT_INTERRUPTIBLE:
		return dmf_queued_work_item_enqueue_and_wait_interruptible(item, call,
									   sizeof(*call));
	case DEED_FLUSH:
		return dmf_queued_work_item_flush(item);
	default:
		return dmf_queued_work_item_cancel(item);
	}
}

static int racer_thread(void *data)
{
	struct racer *racer = data;

	allow_signal(SIGINT);
	while (!READ_ONCE(racer->calls->stop)) {
		const struct call call = {
			.racer = racer->index,
			.number = ++racer->number,
			.flags = CALL_STATUS,
			.status = -1000 - (int)(racer->index + RACERS * racer->number),
		};

		racer_judge(racer, &call, racer_do(racer, &call));
		flush_signals(current);
		cond_resched();
	}
	complete(&racer->ended);
	return 0;
}

/* Start RACERS threads that do these things. */
static struct racer *race_start(struct kunit *test, const enum deed deeds[RACERS])
{
	struct racer *racers = kunit_kcalloc(test, RACERS, sizeof(*racers), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, racers);
	for (i = 0; i < RACERS; i++) {
		racers[i].calls = test->priv;
		racers[i].index = i;
		racers[i].deed = deeds[i];
		init_completion(&racers[i].ended);
		racers[i].task = dmf_kunit_run(test, racer_thread, &racers[i]);
	}
	return racers;
}

/* Until a thing that is done so often has been done often enough. */
static void race_until(struct kunit *test, atomic_t *count, int enough)
{
	unsigned long timeout = jiffies + DMF_KUNIT_TIMEOUT;

	while (atomic_read(count) < enough && time_before(jiffies, timeout))
		cond_resched();
	KUNIT_EXPECT_GE(test, atomic_read(count), enough);
}

static void race_end(struct kunit *test, struct racer *racers)
{
	struct calls *calls = test->priv;
	int i;

	WRITE_ONCE(calls->stop, true);
	for (i = 0; i < RACERS; i++) {
		KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&racers[i].ended,
								    DMF_KUNIT_TIMEOUT));
		KUNIT_EXPECT_FALSE(test, racers[i].wrong);
	}
	KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
	KUNIT_EXPECT_FALSE(test, calls->overlapped);
	KUNIT_EXPECT_FALSE(test, calls->disordered);
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs) + atomic_read(&calls->dropped),
			atomic_read(&calls->accepted));
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->cleaned), atomic_read(&calls->accepted));
	calls_expect_buffers(test, calls, CALLS_BUFFERS);
}

/* Close and open while the racers, of which the first is refused at times, go on. */
static void race_close(struct kunit *test, struct racer *racers, int rounds)
{
	struct calls *calls = test->priv;
	int i, runs;

	for (i = 0; i < rounds; i++) {
		race_until(test, &racers[0].done, 1);
		calls_close(calls);
		runs = atomic_read(&calls->runs);
		KUNIT_EXPECT_EQ(test, atomic_read(&calls->inside), 0);
		WRITE_ONCE(racers[0].refused, false);
		while (!READ_ONCE(racers[0].refused))
			cond_resched();
		KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs), runs);
		atomic_set(&racers[0].done, 0);
		KUNIT_ASSERT_EQ(test, calls_reopen(calls), 0);
	}
}

static void race_deeds_against_close(struct kunit *test, const enum deed *deeds)
{
	struct racer *racers;

	calls_up(test);
	racers = race_start(test, deeds);
	race_close(test, racers, 20);
	race_end(test, racers);
}

static void race_enqueue_against_close(struct kunit *test)
{
	static const enum deed deeds[] = { DEED_ENQUEUE, DEED_ENQUEUE, DEED_ENQUEUE };

	race_deeds_against_close(test, deeds);
}

static void race_wait_against_close(struct kunit *test)
{
	static const enum deed deeds[] = { DEED_WAIT, DEED_WAIT_INTERRUPTIBLE, DEED_ENQUEUE };

	race_deeds_against_close(test, deeds);
}

static void race_flush_and_cancel_against_close(struct kunit *test)
{
	static const enum deed deeds[] = { DEED_CANCEL, DEED_FLUSH, DEED_ENQUEUE };

	race_deeds_against_close(test, deeds);
}

/* Until the first two racers have done enough each. */
static void race_deeds(struct kunit *test, const enum deed *deeds, int enough)
{
	struct racer *racers;

	calls_up(test);
	racers = race_start(test, deeds);
	race_until(test, &racers[0].done, enough);
	race_until(test, &racers[1].done, enough);
	race_end(test, racers);
}

static void race_enqueue_against_enqueue(struct kunit *test)
{
	static const enum deed deeds[] = { DEED_ENQUEUE, DEED_ENQUEUE, DEED_ENQUEUE };

	race_deeds(test, deeds, 300);
}

/* Have an item of the test's own thread accepted. */
static void race_enqueue(struct calls *calls, unsigned int number)
{
	while (calls_enqueue(calls, number, 0))
		cond_resched();
	atomic_inc(&calls->accepted);
}

static void race_enqueue_against_flush(struct kunit *test)
{
	static const enum deed deeds[] = { DEED_ENQUEUE, DEED_ENQUEUE, DEED_FLUSH };
	struct calls *calls = calls_up(test);
	struct racer *racers = race_start(test, deeds);
	int i;

	for (i = 1; i <= 100; i++) {
		race_enqueue(calls, i);
		KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
		KUNIT_EXPECT_EQ(test, READ_ONCE(calls->last[RACERS]), i);
	}
	race_end(test, racers);
}

/* When it returns the item that it has found running, or waiting, is over. */
static void race_cancel_against_run(struct kunit *test)
{
	static const enum deed deeds[] = { DEED_ENQUEUE, DEED_ENQUEUE, DEED_ENQUEUE };
	struct calls *calls = calls_up(test);
	struct racer *racers = race_start(test, deeds);
	unsigned int ran;
	int i;

	for (i = 1; i <= 100; i++) {
		race_enqueue(calls, i);
		KUNIT_EXPECT_EQ(test, dmf_queued_work_item_cancel(calls->item), 0);
		ran = READ_ONCE(calls->last[RACERS]);
		KUNIT_EXPECT_TRUE(test, ran == i || test_bit(i % BITS_PER_LONG,
							     &calls->dropped_numbers));
		KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
		KUNIT_EXPECT_EQ(test, READ_ONCE(calls->last[RACERS]), ran);
	}
	race_end(test, racers);
}

static void race_cancel_against_flush(struct kunit *test)
{
	static const enum deed deeds[] = { DEED_CANCEL, DEED_FLUSH, DEED_ENQUEUE };

	race_deeds(test, deeds, 200);
}

static void race_cancel_against_cancel(struct kunit *test)
{
	static const enum deed deeds[] = { DEED_CANCEL, DEED_CANCEL, DEED_ENQUEUE };

	race_deeds(test, deeds, 200);
}

static void race_wait_against_cancel(struct kunit *test)
{
	static const enum deed deeds[] = { DEED_WAIT, DEED_WAIT_INTERRUPTIBLE, DEED_CANCEL };
	struct racer *racers;

	calls_up(test);
	racers = race_start(test, deeds);
	race_until(test, &racers[0].done, 100);
	race_until(test, &racers[1].done, 100);
	race_until(test, &racers[0].cancelled, 10);
	race_end(test, racers);
}

/* Signals come at any moment; an item is run, or its waiter is told that it was not. */
static void race_signal_against_begin(struct kunit *test)
{
	static const enum deed deeds[] = { DEED_WAIT_INTERRUPTIBLE, DEED_ENQUEUE, DEED_ENQUEUE };
	unsigned long timeout = jiffies + DMF_KUNIT_TIMEOUT;
	struct racer *racers;

	calls_up(test);
	racers = race_start(test, deeds);
	while ((atomic_read(&racers[0].done) < 50 || atomic_read(&racers[0].cancelled) < 50) &&
	       time_before(jiffies, timeout)) {
		send_sig(SIGINT, racers[0].task, 1);
		cond_resched();
	}
	KUNIT_EXPECT_GE(test, atomic_read(&racers[0].done), 50);
	KUNIT_EXPECT_GE(test, atomic_read(&racers[0].cancelled), 50);
	race_end(test, racers);
}

/* One cancel comes while items are enqueued: what it drops is one piece of them. */
static void race_cancel_drops_in_one_step(struct kunit *test)
{
	struct calls *calls = test->priv;
	struct canceller *canceller;
	unsigned long dropped;
	int i, round;

	calls->config.buffer_queue_config.source.buffer_count = 32;
	calls_up(test);
	for (round = 0; round < 20; round++) {
		calls->dropped_numbers = 0;
		calls->last[RACERS] = 0;
		calls_enqueue(calls, 1, 0);
		canceller = canceller_start(test, false);
		for (i = 2; i < 32; i++)
			calls_enqueue(calls, i, 0);
		canceller_ends(test, canceller);
		KUNIT_EXPECT_EQ(test, dmf_queued_work_item_flush(calls->item), 0);
		dropped = calls->dropped_numbers;
		if (dropped)
			dropped >>= __ffs(dropped);
		KUNIT_EXPECT_EQ_MSG(test, dropped & (dropped + 1), 0, "%lx", dropped);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&calls->runs) + atomic_read(&calls->dropped), 20 * 31);
}

static struct kunit_case queued_work_item_race_cases[] = {
	KUNIT_CASE(cancel_without_items_returns),
	KUNIT_CASE(cancel_drops_and_waits_for_the_run),
	KUNIT_CASE(race_run_finds_what_is_cancelled),
	KUNIT_CASE(cleanup_is_told_of_every_item_once),
	KUNIT_CASE(close_drops_and_waits_for_the_run),
	KUNIT_CASE(close_lets_the_run_finish),
	KUNIT_CASE(close_ends_a_callback_that_always_enqueues),
	KUNIT_CASE(closed_instance_refuses_and_reopens),
	KUNIT_CASE(race_enqueue_against_close),
	KUNIT_CASE(race_wait_against_close),
	KUNIT_CASE(race_flush_and_cancel_against_close),
	KUNIT_CASE(race_enqueue_against_enqueue),
	KUNIT_CASE(race_enqueue_against_flush),
	KUNIT_CASE(race_cancel_against_run),
	KUNIT_CASE(race_cancel_against_flush),
	KUNIT_CASE(race_cancel_against_cancel),
	KUNIT_CASE(race_wait_against_cancel),
	KUNIT_CASE(race_signal_against_begin),
	KUNIT_CASE(race_cancel_drops_in_one_step),
	{ }
};

static struct kunit_suite queued_work_item_race_suite = {
	.name = "dmf_queued_work_item_race",
	.init = calls_init,
	.test_cases = queued_work_item_race_cases,
};

kunit_test_suite(queued_work_item_race_suite);
