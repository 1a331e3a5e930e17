// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events by io_uring: reads that are posted on a ring, the events, and what the ring
 * says of each read. The program that posts has the driver report, too, so nobody
 * sleeps: the reads are completed on its way back to user space.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>

#include <liburing.h>

#include "bench.h"

#define POSTED		32
#define ROUNDS		20

static void post_reads(struct io_uring *ring, const struct node *node, unsigned int count)
{
	static unsigned char buffers[POSTED][RECORD_SIZE];
	struct io_uring_sqe *sqe;
	unsigned int i;

	for (i = 0; i < count; i++) {
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_read(sqe, node->fd, buffers[i], node->record_size, 0);
	}
	if (io_uring_submit(ring) != (int)count)
		errx(1, "the ring does not take reads");
}

/* So many reads have each got an event. */
static int reap(struct io_uring *ring, const struct node *node, unsigned int count)
{
	struct io_uring_cqe *cqe;
	unsigned int head, seen = 0;
	int ret = 0;

	io_uring_for_each_cqe(ring, head, cqe) {
		if (cqe->res != (int)node->record_size)
			ret = -EIO;
		seen++;
	}
	io_uring_cq_advance(ring, seen);
	return seen == count ? ret : -EIO;
}

/* Events that come so many at a time, to reads that are posted anew each time. */
static int bench_ring(struct bench *bench, unsigned int source, unsigned int at_a_time)
{
	struct node node = node_open(source, 0);
	struct io_uring ring;
	unsigned int i, round;
	int ret;

	ret = io_uring_queue_init(POSTED, &ring, 0);
	if (ret)
		return ret;

	post_reads(&ring, &node, POSTED - at_a_time);
	for (round = 0; round < ROUNDS && !ret; round++) {
		bench_begin(bench);
		for (i = 0; i < POSTED && !ret; i += at_a_time) {
			post_reads(&ring, &node, at_a_time);
			node_report(&node, at_a_time);
			ret = reap(&ring, &node, at_a_time);
		}
		bench_end(bench);
	}
	bench->operations = ROUNDS * POSTED;
	io_uring_queue_exit(&ring);
	node_close(&node);
	return ret;
}

static int burst_ours(struct bench *bench)
{
	return bench_ring(bench, BENCH_SOURCE_OURS, POSTED);
}

static int burst_by_hand(struct bench *bench)
{
	return bench_ring(bench, BENCH_SOURCE_BY_HAND, POSTED);
}

static int single_ours(struct bench *bench)
{
	return bench_ring(bench, BENCH_SOURCE_OURS, 1);
}

static int single_by_hand(struct bench *bench)
{
	return bench_ring(bench, BENCH_SOURCE_BY_HAND, 1);
}

const struct bench_case ring_cases[] = {
	{ "user: per event over io_uring, 32 reads posted", "by hand, over io_uring", 105,
	  burst_ours, burst_by_hand },
	{ "user: the same, events that come one by one", "by hand, over io_uring", 0,
	  single_ours, single_by_hand },
	{ }
};
