// SPDX-License-Identifier: GPL-2.0-only
/* Events that have come while the program was busy: what it costs to take them. */
#include <errno.h>
#include <fcntl.h>

#include "bench.h"

#define BATCH		64
#define BATCHES		20

/* Take a batch in calls of so many events each. */
static int take_batch(const struct node *node, take_fn *take, unsigned int count)
{
	static unsigned char buffer[BATCH * RECORD_SIZE];
	unsigned int i;

	for (i = 0; i < BATCH; i += count)
		if (take(node, buffer, count) != (long)(count * node->record_size))
			return -EIO;
	return 0;
}

static int bench_take(struct bench *bench, unsigned int source, take_fn *take,
		      unsigned int count)
{
	struct node node = node_open(source, O_NONBLOCK);
	unsigned int i;
	int ret = 0;

	for (i = 0; i < BATCHES && !ret; i++) {
		node_report(&node, BATCH);
		bench_begin(bench);
		ret = take_batch(&node, take, count);
		bench_end(bench);
	}
	bench->operations = BATCHES * BATCH;
	node_close(&node);
	return ret;
}

static int many_ours(struct bench *bench)
{
	return bench_take(bench, BENCH_SOURCE_OURS, take_by_wait, BATCH);
}

static int many_by_hand(struct bench *bench)
{
	return bench_take(bench, BENCH_SOURCE_BY_HAND, take_by_read, BATCH);
}

static int one_ours(struct bench *bench)
{
	return bench_take(bench, BENCH_SOURCE_OURS, take_by_wait, 1);
}

static int one_by_hand(struct bench *bench)
{
	return bench_take(bench, BENCH_SOURCE_BY_HAND, take_by_read, 1);
}

/* What the driver pays. */
static int bench_report(struct bench *bench, unsigned int source)
{
	struct node node = node_open(source, O_NONBLOCK);
	unsigned int i;

	for (i = 0; i < BATCHES; i++) {
		bench_begin(bench);
		node_report(&node, BATCH);
		bench_end(bench);
		if (take_batch(&node, take_by_read, BATCH))
			return -EIO;
	}
	bench->operations = BATCHES * BATCH;
	node_close(&node);
	return 0;
}

static int report_ours(struct bench *bench)
{
	return bench_report(bench, BENCH_SOURCE_OURS);
}

static int report_by_hand(struct bench *bench)
{
	return bench_report(bench, BENCH_SOURCE_BY_HAND);
}

const struct bench_case batch_cases[] = {
	{ "user: per event, 64 events in one call", "by hand, one read() per event", 20,
	  many_ours, one_by_hand },
	{ "user: per event, 64 in one call, both sides", "by hand, 64 events in one read()", 105,
	  many_ours, many_by_hand },
	{ "user: per event, one in one call, both sides", "by hand, one read() per event", 0,
	  one_ours, one_by_hand },
	{ "user: report an event that nobody waits for", "by hand", 0,
	  report_ours, report_by_hand },
	{ }
};
