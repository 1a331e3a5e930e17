// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of BranchTrack: contexts in which checkpoints are reached, and races.
 */
#include <linux/cpumask.h>
#include <linux/smp.h>

#include "branch_track_fixture.h"

#define EXECUTIONS	5000

/* What a thread does to a device, or to a Module, until it is told to stop. */
struct worker {
	struct tracked *t;
	struct dmf_device *ddev;
	struct dmf_file *file;
	int cpu;
	bool stop;
	unsigned long executions;
	struct completion begun;
	struct completion ended;
};

static void worker_init(struct worker *worker, struct kunit *test, struct dmf_device *ddev)
{
	*worker = (struct worker){ .t = test->priv, .ddev = ddev };
	init_completion(&worker->begun);
	init_completion(&worker->ended);
}

static void worker_stop(struct kunit *test, struct worker *worker)
{
	WRITE_ONCE(worker->stop, true);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&worker->ended, DMF_KUNIT_TIMEOUT), 0);
}

static void worker_start(struct kunit *test, struct worker *worker, int (*function)(void *data))
{
	dmf_kunit_run(test, function, worker);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&worker->begun, DMF_KUNIT_TIMEOUT), 0);
}

/* -- Contexts ---------------------------------------------------------------------- */

static void execute_some(void *data)
{
	struct dmf_device *ddev = data;
	int i;

	for (i = 0; i < EXECUTIONS; i++)
		DMF_BRANCH(tracked, ddev, run);
}

static int thread_execute_on_cpu(void *data)
{
	struct worker *worker = data;

	set_cpus_allowed_ptr(current, cpumask_of(worker->cpu));
	complete(&worker->begun);
	execute_some(worker->ddev);
	complete(&worker->ended);
	return 0;
}

/* A thread on each CPU, and in the midst of it hard interrupts there. */
static void executions_in_interrupts_of_all_cpus_count(struct kunit *test)
{
	struct dmf_device *ddev = tracked_probe(test);
	unsigned int cpus = num_online_cpus(), i = 0;
	struct worker *workers;
	int cpu;

	workers = kunit_kcalloc(test, cpus, sizeof(*workers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, workers);
	for_each_online_cpu(cpu) {
		worker_init(&workers[i], test, ddev);
		workers[i].cpu = cpu;
		worker_start(test, &workers[i++], thread_execute_on_cpu);
	}
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, execute_some, ddev, true);
	for (i = 0; i < cpus; i++)
		worker_stop(test, &workers[i]);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "tracked", "run"), 2 * cpus * EXECUTIONS);
}

static void executions_in_hard_interrupts_count(struct kunit *test)
{
	struct dmf_device *ddev = tracked_probe(test);

	dmf_kunit_in_hardirq(execute_some, ddev);
	dmf_kunit_in_interrupt(execute_some, ddev);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "tracked", "run"), 2 * EXECUTIONS);
}

/* -- Races --------------------------------------------------------------------------- */

static int thread_execute(void *data)
{
	struct worker *worker = data;

	complete(&worker->begun);
	while (!READ_ONCE(worker->stop)) {
		DMF_BRANCH(tracked, worker->ddev, run);
		worker->executions++;
		if (!(worker->executions % 64))
			cond_resched();
	}
	complete(&worker->ended);
	return 0;
}

static void race_query_against_counting(struct kunit *test)
{
	struct dmf_device *ddev = tracked_probe(test);
	u64 count, last = 0;
	struct worker worker;
	int i;

	worker_init(&worker, test, ddev);
	worker_start(test, &worker, thread_execute);
	for (i = 0; i < 200; i++) {
		count = tracked_count(test, ddev, "tracked", "run");
		KUNIT_EXPECT_GE(test, count, last);
		last = count;
	}
	worker_stop(test, &worker);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "tracked", "run"), worker.executions);
}

/* A count that is read while it is reset is what it was, or is since: never less than 0. */
static void race_reset_against_counting_and_query(struct kunit *test)
{
	struct dmf_device *ddev = tracked_probe(test);
	struct dmf_branch_track *feature = dmf_branch_track_get_from_device(ddev);
	struct worker worker;
	int i;

	worker_init(&worker, test, ddev);
	worker_start(test, &worker, thread_execute);
	for (i = 0; i < 200; i++) {
		dmf_branch_track_reset(feature);
		KUNIT_EXPECT_LE(test, tracked_count(test, ddev, "tracked", "run"),
				READ_ONCE(worker.executions) + 1);
	}
	worker_stop(test, &worker);
	dmf_branch_track_reset(feature);
	KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "tracked", "run"), 0);
}

static int thread_reset(void *data)
{
	struct worker *worker = data;

	complete(&worker->begun);
	while (!READ_ONCE(worker->stop)) {
		dmf_branch_track_reset(dmf_branch_track_get_from_device(worker->ddev));
		cond_resched();
	}
	complete(&worker->ended);
	return 0;
}

/* Both at once, while a third counts. */
static void race_query_against_reset(struct kunit *test)
{
	struct dmf_device *ddev = tracked_probe(test);
	struct worker counter, resetter;
	int i;

	worker_init(&counter, test, ddev);
	worker_init(&resetter, test, ddev);
	worker_start(test, &counter, thread_execute);
	worker_start(test, &resetter, thread_reset);
	for (i = 0; i < 200; i++)
		KUNIT_EXPECT_LE(test, tracked_count(test, ddev, "tracked", "run"),
				READ_ONCE(counter.executions) + 1);
	worker_stop(test, &resetter);
	worker_stop(test, &counter);
}

static int thread_query(void *data)
{
	struct worker *worker = data;
	struct dmf_branch_track_query query = {
		.type = DMF_BRANCH_TRACK_DETAILS, .size = U32_MAX,
	};
	size_t needed;
	void *answer;
	int ret;

	complete(&worker->begun);
	do {
		ret = dmf_branches_query(worker->file, &query, &answer, &needed);
		kvfree(answer);
		if (!ret)
			atomic_inc(&worker->t->results);
		/* There is room for whatever comes in between. */
		if (ret && ret != -ENODEV)
			atomic_inc(&worker->t->wrong);
		cond_resched();
	} while (ret != -ENODEV && !READ_ONCE(worker->stop));
	complete(&worker->ended);
	return 0;
}

static void race_query_against_unbind(struct kunit *test)
{
	struct tracked *t = test->priv;
	struct dmf_device *ddev;
	struct worker worker;
	int i;

	t->parents = 2;
	for (i = 0; i < 10; i++) {
		ddev = tracked_probe(test);
		worker_init(&worker, test, ddev);
		worker.file = dmf_kunit_open(test, ddev);
		worker_start(test, &worker, thread_query);
		dmf_kunit_remove(test, ddev);
		worker_stop(test, &worker);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&t->wrong), 0);
}

/* Counters are as long there as the device, which somebody has kept. */
static void race_counting_against_unbind(struct kunit *test)
{
	struct dmf_device *ddev;
	struct worker worker;
	int i;

	for (i = 0; i < 5; i++) {
		ddev = tracked_probe(test);
		dmf_device_get(ddev);
		worker_init(&worker, test, ddev);
		worker_start(test, &worker, thread_execute);
		dmf_kunit_remove(test, ddev);
		worker_stop(test, &worker);
		DMF_BRANCH(tracked, ddev, run);
		dmf_device_put(ddev);
	}
}

static int thread_create(void *data)
{
	struct worker *worker = data;
	struct dmf_module *child;

	complete(&worker->begun);
	do {
		if (child_create(worker->ddev, NULL, 1, &child)) {
			atomic_inc(&worker->t->wrong);
			break;
		}
		DMF_BRANCH(child, child, used);
		worker->executions++;
		dmf_module_destroy(child);
	} while (!READ_ONCE(worker->stop));
	complete(&worker->ended);
	return 0;
}

/* Two are the first of their kind at the same time: one table. And somebody looks. */
static void race_creation_against_creation_and_query(struct kunit *test)
{
	struct worker creators[2], querier;
	struct tracked *t = test->priv;
	struct dmf_device *ddev;
	int i, j;

	for (i = 0; i < 5; i++) {
		ddev = tracked_probe(test);
		worker_init(&querier, test, ddev);
		querier.file = dmf_kunit_open(test, ddev);
		worker_start(test, &querier, thread_query);
		for (j = 0; j < 2; j++) {
			worker_init(&creators[j], test, ddev);
			dmf_kunit_run(test, thread_create, &creators[j]);
		}
		for (j = 0; j < 2; j++)
			worker_stop(test, &creators[j]);
		worker_stop(test, &querier);
		KUNIT_EXPECT_EQ(test, tracked_count(test, ddev, "child", "used"),
				creators[0].executions + creators[1].executions);
		/* The Client's, and that of all the children. */
		KUNIT_EXPECT_NULL(test, ddev->branch_counters.first->next->next);
		dmf_kunit_remove(test, ddev);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&t->wrong), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&t->results), 0);
}

static struct kunit_case branch_track_race_cases[] = {
	KUNIT_CASE(executions_in_interrupts_of_all_cpus_count),
	KUNIT_CASE(executions_in_hard_interrupts_count),
	KUNIT_CASE(race_query_against_counting),
	KUNIT_CASE(race_reset_against_counting_and_query),
	KUNIT_CASE(race_query_against_reset),
	KUNIT_CASE(race_query_against_unbind),
	KUNIT_CASE(race_counting_against_unbind),
	KUNIT_CASE(race_creation_against_creation_and_query),
	{ }
};

static struct kunit_suite branch_track_race_suite = {
	.name = "dmf_branch_track_race",
	.init = tracked_init,
	.exit = tracked_exit,
	.test_cases = branch_track_race_cases,
};

kunit_test_suite(branch_track_race_suite);
