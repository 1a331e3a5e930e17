// SPDX-License-Identifier: GPL-2.0-only
/*
 * Consumers of a stream, by its own functions.
 */
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "puller.h"

int dmf_kunit_pull_many(struct dmf_file *file, struct record *records, size_t size,
			unsigned int max, unsigned int *count)
{
	struct kvec vector = { .iov_base = records, .iov_len = size };
	struct iov_iter to;

	memset(records, 0xff, size);
	iov_iter_kvec(&to, READ, &vector, 1, size);
	*count = max;
	return dmf_stream_pull(file, &to, count, true, 0);
}

int dmf_kunit_pull(struct dmf_file *file, struct record *record)
{
	unsigned int count;

	return dmf_kunit_pull_many(file, record, sizeof(*record), 1, &count);
}

void dmf_kunit_expect_record(struct kunit *test, struct dmf_file *file, u32 value, u64 sequence)
{
	struct record record;

	KUNIT_EXPECT_EQ(test, dmf_kunit_pull(file, &record), sizeof(record));
	KUNIT_EXPECT_EQ(test, record.payload.value, value);
	KUNIT_EXPECT_EQ(test, record.event.sequence, sequence);
}

void dmf_kunit_expect_complete(struct kunit *test, struct dmf_file *file,
			       const struct record *expected, u64 since)
{
	struct record record;

	KUNIT_EXPECT_EQ(test, dmf_kunit_pull(file, &record), sizeof(record));
	KUNIT_EXPECT_EQ(test, record.event.size, sizeof(record));
	KUNIT_EXPECT_EQ(test, record.event.data_size, sizeof(record.payload));
	KUNIT_EXPECT_EQ(test, record.event.data_offset, offsetof(struct record, payload));
	KUNIT_EXPECT_EQ(test, record.event.type, expected->event.type);
	KUNIT_EXPECT_EQ(test, record.event.status, expected->event.status);
	KUNIT_EXPECT_EQ(test, record.event.reserved, 0);
	KUNIT_EXPECT_EQ(test, record.event.sequence, expected->event.sequence);
	KUNIT_EXPECT_GE(test, record.event.timestamp_ns, since);
	KUNIT_EXPECT_LE(test, record.event.timestamp_ns, ktime_get_ns());
	KUNIT_EXPECT_EQ(test, record.payload.value, expected->payload.value);
	KUNIT_EXPECT_EQ(test, record.padding, 0);
}

static int puller_thread(void *data)
{
	struct puller *puller = data;
	struct kvec vector = { .iov_base = &puller->record, .iov_len = sizeof(puller->record) };
	unsigned int count = 1;
	struct iov_iter to;

	if (puller->signal)
		allow_signal(puller->signal);
	iov_iter_kvec(&to, READ, &vector, 1, sizeof(puller->record));
	puller->result = dmf_stream_pull(puller->file, &to, &count, false, puller->deadline_ns);
	complete(&puller->done);
	return dmf_kunit_await_stop();
}

struct puller *dmf_kunit_pull_start(struct kunit *test, const struct puller *what)
{
	struct puller *puller = kunit_kzalloc(test, sizeof(*puller), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, puller);
	*puller = *what;
	init_completion(&puller->done);
	puller->thread = dmf_kunit_run(test, puller_thread, puller);
	return puller;
}

ssize_t dmf_kunit_pull_result(struct kunit *test, struct puller *puller)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&puller->done, DMF_KUNIT_TIMEOUT));
	return puller->result;
}
