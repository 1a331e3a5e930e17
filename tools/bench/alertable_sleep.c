// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sleep that has been aborted before it begins, and the reset, beside a completion of
 * one's own. On two processors each has its event.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>

#include <linux/dmf/alertable_sleep.h>
#include <linux/dmf/device.h>

#include "bench.h"

#define SLEEPS	5000
#define EVENTS	2
#define MS	1000

static struct dmf_alertable_sleep *sleep;
static struct completion completions[EVENTS];
static atomic_t next;

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_alertable_sleep_config config = { .event_count = EVENTS };

	return dmf_alertable_sleep_add(init, &config, NULL, &sleep);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int sleep_aborted(void *data)
{
	unsigned int index = atomic_inc_return(&next) % EVENTS;
	int i;

	for (i = 0; i < SLEEPS; i++) {
		if (dmf_alertable_sleep_abort(data, index) ||
		    dmf_alertable_sleep_sleep(data, index, MS) != -ECANCELED ||
		    dmf_alertable_sleep_reset_for_reuse(data, index))
			return -EIO;
	}
	return 0;
}

static int bench_sleep(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, sleep_aborted, sleep, SLEEPS);
	bench_device_remove(ddev);
	return ret;
}

static int sleep_completed(void *data)
{
	struct completion *completion = &completions[atomic_inc_return(&next) % EVENTS];
	int i;

	for (i = 0; i < SLEEPS; i++) {
		complete_all(completion);
		if (!wait_for_completion_timeout(completion, msecs_to_jiffies(MS)))
			return -EIO;
		reinit_completion(completion);
	}
	return 0;
}

static int bench_completion(struct bench *bench)
{
	int i;

	for (i = 0; i < EVENTS; i++)
		init_completion(&completions[i]);
	return bench_run(bench, sleep_completed, NULL, SLEEPS);
}

const struct bench_case alertable_sleep_cases[] = {
	{ "AlertableSleep abort, sleep, reset", "complete_all, wait, reinit_completion", 0,
	  bench_sleep, bench_completion },
	{ }
};
