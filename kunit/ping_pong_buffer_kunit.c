// SPDX-License-Identifier: GPL-2.0-only
/*
 * PingPongBuffer: ranges, and what stays where it is.
 */
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/device.h>
#include <linux/dmf/module.h>
#include <linux/dmf/ping_pong_buffer.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define SIZE		32
#define CANARY		0xa5

struct ping_pong_test {
	/* What the next probe adds; a case may change it before. */
	struct dmf_ping_pong_buffer_config config;
	struct dmf_module_attributes attributes;

	struct dmf_device *ddev;
	struct dmf_ping_pong_buffer *buffer;
	u8 written;			/* last byte */
	int result;			/* of what ran in an interrupt */
};

static int ping_pong_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct ping_pong_test *t = dmf_kunit_priv(ddev);

	return dmf_ping_pong_buffer_add(init, &t->config, &t->attributes, &t->buffer);
}

static const struct dmf_client_ops ping_pong_client_ops = {
	.modules_add = ping_pong_modules_add,
};

static const struct dmf_client_ops empty_client_ops = { };

static int ping_pong_init(struct kunit *test)
{
	struct ping_pong_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	t->config.buffer_size = SIZE;
	test->priv = t;
	return 0;
}

static struct ping_pong_test *ping_pong_up(struct kunit *test)
{
	struct ping_pong_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &ping_pong_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	return t;
}

/* Write so many bytes, each one more than the one before it. */
static int write_next(struct ping_pong_test *t, size_t size, size_t *resulting_size)
{
	u8 bytes[SIZE + 1];
	size_t i;
	int ret;

	for (i = 0; i < size; i++)
		bytes[i] = t->written + 1 + i;
	ret = dmf_ping_pong_buffer_write(t->buffer, bytes, size, resulting_size);
	if (!ret)
		t->written += size;
	return ret;
}

static void write_bytes(struct kunit *test, size_t size)
{
	KUNIT_ASSERT_EQ(test, write_next(test->priv, size, NULL), 0);
}

/* Return: whether so many bytes are there, each one more than the one before it. */
static bool are_bytes(const u8 *data, u8 first, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (data[i] != (u8)(first + i))
			return false;
	return true;
}

/* Expect that the latest so many bytes that were written are held. Return: where. */
static u8 *expect_held(struct kunit *test, size_t expected)
{
	struct ping_pong_test *t = test->priv;
	size_t size = CANARY;
	void *data = NULL;

	KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_get(t->buffer, &data, &size), 0);
	KUNIT_ASSERT_NOT_NULL(test, data);
	KUNIT_ASSERT_EQ(test, size, expected);
	KUNIT_EXPECT_TRUE(test, are_bytes(data, t->written + 1 - size, size));
	return data;
}

/* -- Config -- */

static void bad_configs_are_refused(struct kunit *test)
{
	static const size_t sizes[] = { 0, DMF_PING_PONG_BUFFER_SIZE_MAX + 1, SIZE_MAX / 2 + 1,
					SIZE_MAX };
	struct ping_pong_test *t = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		t->config.buffer_size = sizes[i];
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &ping_pong_client_ops)),
				-EINVAL);
	}
}

static void largest_buffer_works(struct kunit *test)
{
	struct ping_pong_test *t = test->priv;

	t->config.buffer_size = DMF_PING_PONG_BUFFER_SIZE_MAX;
	ping_pong_up(test);
	write_bytes(test, SIZE);
	expect_held(test, SIZE);
}

/* -- Write -- */

static void get_of_empty_buffer_succeeds(struct kunit *test)
{
	ping_pong_up(test);
	expect_held(test, 0);
}

static void writes_are_appended_up_to_the_last_byte(struct kunit *test)
{
	struct ping_pong_test *t = ping_pong_up(test);
	size_t size;

	KUNIT_EXPECT_EQ(test, write_next(t, 1, &size), 0);
	KUNIT_EXPECT_EQ(test, size, 1);
	KUNIT_EXPECT_EQ(test, write_next(t, 0, &size), 0);
	KUNIT_EXPECT_EQ(test, size, 1);
	KUNIT_EXPECT_EQ(test, write_next(t, SIZE - 1, &size), 0);
	KUNIT_EXPECT_EQ(test, size, SIZE);
	KUNIT_EXPECT_EQ(test, write_next(t, 0, &size), 0);
	KUNIT_EXPECT_EQ(test, size, SIZE);
	expect_held(test, SIZE);
}

static void write_without_room_changes_nothing(struct kunit *test)
{
	struct ping_pong_test *t = ping_pong_up(test);
	size_t size;

	KUNIT_EXPECT_EQ(test, write_next(t, SIZE + 1, &size), -ENOSPC);
	KUNIT_EXPECT_EQ(test, size, 0);
	write_bytes(test, SIZE - 2);
	KUNIT_EXPECT_EQ(test, write_next(t, 3, &size), -ENOSPC);
	KUNIT_EXPECT_EQ(test, size, SIZE - 2);
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_write(t->buffer, t, SIZE_MAX, &size), -ENOSPC);
	KUNIT_EXPECT_EQ(test, size, SIZE - 2);
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_write(t->buffer, t, SIZE_MAX - SIZE + 3, &size),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_write(t->buffer, t, 3, NULL), -ENOSPC);
	expect_held(test, SIZE - 2);
	write_bytes(test, 2);
	expect_held(test, SIZE);
}

/* -- Consume and shift -- */

/* Every start and length of every size, right after a write and after a remainder. */
static void consume_takes_exactly_what_it_is_told(struct kunit *test)
{
	struct ping_pong_test *t = ping_pong_up(test);
	size_t used, start, length;
	void *data;
	u8 first;

	for (used = 0; used <= SIZE; used += 1 + used % 3)
		for (start = 0; start <= used; start++)
			for (length = 0; length <= used - start; length++) {
				KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_reset(t->buffer), 0);
				write_bytes(test, used);
				first = t->written + 1 - used;
				KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_consume(t->buffer, start,
										   length, &data),
						0);
				KUNIT_ASSERT_TRUE(test, are_bytes(data, first + start, length));
				expect_held(test, used - start - length);
				/* All of the room is there again, and nothing was overwritten. */
				write_bytes(test, SIZE - (used - start - length));
				KUNIT_ASSERT_TRUE(test, are_bytes(data, first + start, length));
				expect_held(test, SIZE);
			}
}

static void shift_drops_exactly_what_it_is_told(struct kunit *test)
{
	struct ping_pong_test *t = ping_pong_up(test);
	size_t used, start;

	for (used = 0; used <= SIZE; used++)
		for (start = 0; start <= used; start++) {
			KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_reset(t->buffer), 0);
			write_bytes(test, used);
			KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_shift(t->buffer, start), 0);
			expect_held(test, used - start);
			write_bytes(test, SIZE - (used - start));
			expect_held(test, SIZE);
		}
}

static void bad_ranges_change_nothing(struct kunit *test)
{
	static const struct {
		size_t start;
		size_t length;
	} ranges[] = {
		{ 0, 11 }, { 1, 10 }, { 10, 1 }, { 11, 0 }, { SIZE, 0 }, { 0, SIZE },
		{ 0, SIZE_MAX }, { SIZE_MAX, 0 }, { 1, SIZE_MAX }, { SIZE_MAX, 1 },
		{ SIZE_MAX, SIZE_MAX }, { 5, SIZE_MAX - 4 }, { SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1 },
	};
	struct ping_pong_test *t = ping_pong_up(test);
	void *data = t, *taken;
	u8 *held;
	int i;

	/* What was taken before stays, too. */
	write_bytes(test, 14);
	KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_consume(t->buffer, 0, 4, &taken), 0);
	held = expect_held(test, 10);
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		KUNIT_EXPECT_EQ_MSG(test, dmf_ping_pong_buffer_consume(t->buffer, ranges[i].start,
								       ranges[i].length, &data),
				    -EINVAL, "range %d", i);
		if (ranges[i].start > 10)
			KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_shift(t->buffer,
									 ranges[i].start), -EINVAL);
	}
	KUNIT_EXPECT_PTR_EQ(test, data, (void *)t);
	KUNIT_EXPECT_PTR_EQ(test, expect_held(test, 10), held);
	KUNIT_EXPECT_TRUE(test, are_bytes(taken, 1, 4));
}

static void reset_drops_everything(struct kunit *test)
{
	struct ping_pong_test *t = ping_pong_up(test);
	void *taken;
	size_t size;

	write_bytes(test, SIZE);
	KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_consume(t->buffer, 1, 3, &taken), 0);
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_reset(t->buffer), 0);
	expect_held(test, 0);
	KUNIT_EXPECT_EQ(test, write_next(t, SIZE, &size), 0);
	KUNIT_EXPECT_EQ(test, size, SIZE);
	expect_held(test, SIZE);
	KUNIT_EXPECT_TRUE(test, are_bytes(taken, 2, 3));
}

/* What get has returned stays for one consume or shift, what consume has until the next. */
static void data_stays_until_the_buffers_have_changed_again(struct kunit *test)
{
	struct ping_pong_test *t = ping_pong_up(test);
	void *taken;
	u8 *got;

	write_bytes(test, 10);
	got = expect_held(test, 10);
	write_bytes(test, SIZE - 10);
	KUNIT_EXPECT_TRUE(test, are_bytes(got, 1, 10));
	KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_consume(t->buffer, 2, 4, &taken), 0);
	KUNIT_EXPECT_PTR_EQ(test, taken, (void *)got + 2);
	write_bytes(test, 6);
	KUNIT_EXPECT_TRUE(test, are_bytes(got, 1, 10));
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_reset(t->buffer), 0);
	write_bytes(test, SIZE);
	KUNIT_EXPECT_TRUE(test, are_bytes(got, 1, 10));
}

/* Whatever the size, and whatever was consumed. */
static void oldest_byte_is_aligned(struct kunit *test)
{
	struct ping_pong_test *t = test->priv;
	int i;

	t->config.buffer_size = SIZE - 1;
	ping_pong_up(test);
	for (i = 0; i < 4; i++) {
		write_bytes(test, 5);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)expect_held(test, 5 + i),
						   sizeof(u64)));
		KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_shift(t->buffer, 4), 0);
	}
}

/* -- Contexts and life -- */

static void all_methods(void *data)
{
	struct ping_pong_test *t = data;
	void *bytes = t;
	size_t size;

	t->result = write_next(t, 10, &size) ?: dmf_ping_pong_buffer_shift(t->buffer, 2) ?:
		    dmf_ping_pong_buffer_consume(t->buffer, 1, 3, &bytes) ?:
		    dmf_ping_pong_buffer_get(t->buffer, &bytes, &size) ?: (int)size;
}

static void all_methods_in_an_interrupt_handler(struct kunit *test)
{
	struct ping_pong_test *t = ping_pong_up(test);

	dmf_kunit_in_interrupt(all_methods, t);
	KUNIT_EXPECT_EQ(test, t->result, 4);
	expect_held(test, 4);
}

static void passive_level_buffer_works(struct kunit *test)
{
	struct ping_pong_test *t = test->priv;

	t->attributes.passive_level = true;
	ping_pong_up(test);
	all_methods(t);
	KUNIT_EXPECT_EQ(test, t->result, 4);
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_reset(t->buffer), 0);
}

static void closed_buffer_refuses_and_reopens_empty(struct kunit *test)
{
	struct ping_pong_test *t = ping_pong_up(test);
	size_t size = CANARY;
	void *data = t;

	write_bytes(test, SIZE);
	dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_get(t->buffer, &data, &size), -ENODEV);
	KUNIT_EXPECT_EQ(test, size, CANARY);
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_consume(t->buffer, 0, 0, &data), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_consume(t->buffer, 1, 1, &data), -ENODEV);
	KUNIT_EXPECT_PTR_EQ(test, data, (void *)t);
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_shift(t->buffer, 0), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_reset(t->buffer), -ENODEV);
	KUNIT_EXPECT_EQ(test, write_next(t, 1, &size), -ENODEV);
	KUNIT_EXPECT_EQ(test, size, 0);

	KUNIT_EXPECT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	expect_held(test, 0);
	write_bytes(test, SIZE);
	expect_held(test, SIZE);
}

static void dynamic_buffer_works(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &empty_client_ops);
	struct ping_pong_test *t = test->priv;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_create(ddev, NULL, &t->config, NULL,
							  &t->buffer), 0);
	write_bytes(test, SIZE);
	expect_held(test, SIZE);
	dmf_ping_pong_buffer_destroy(t->buffer);

	t->config.buffer_size = 0;
	KUNIT_EXPECT_EQ(test, dmf_ping_pong_buffer_create(ddev, NULL, &t->config, NULL,
							  &t->buffer), -EINVAL);
}

/* -- Many at a time -- */

/* Large, since who finds no room, or nothing, is at it until his time slice ends. */
#define RACE_SIZE	SZ_16K
#define RACE_BYTES	100000
#define CLOSES		30

struct race {
	struct ping_pong_test *t;
	struct completion done;
	atomic_t refused;		/* writes that found the buffer closed */
	atomic_t accepted;		/* and those that did not */
	atomic_t consumed;
	unsigned int faults;
};

static struct race *race_new(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->t = test->priv;
	race->t->config.buffer_size = RACE_SIZE;
	init_completion(&race->done);
	return race;
}

static int race_writer(void *data)
{
	struct ping_pong_test *t = ((struct race *)data)->t;
	size_t left = RACE_BYTES, size;

	while (left && !kthread_should_stop()) {
		size = min_t(size_t, 1 + left % SIZE, left);
		if (!write_next(t, size, NULL))
			left -= size;
		else
			cond_resched();
	}
	complete(&((struct race *)data)->done);
	return 0;
}

/*
 * The stream comes out as it went in. What get has returned does not change while the
 * writer appends, nor by the consume, nor what has been consumed while he goes on.
 */
static void race_write_against_consumer(struct kunit *test)
{
	struct race *race = race_new(test);
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;
	struct dmf_ping_pong_buffer *buffer;
	size_t size, start, length, left;
	void *got, *taken;
	u8 first = 1;

	buffer = ping_pong_up(test)->buffer;
	dmf_kunit_run(test, race_writer, race);
	for (left = RACE_BYTES; left && time_before(jiffies, end); left -= start + length) {
		KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_get(buffer, &got, &size), 0);
		start = size / 4;
		length = size / 2;
		if (size == left) {
			length = size - start;
		} else if (size < 8) {
			start = 0;
			length = 0;
			cond_resched();
		}
		KUNIT_ASSERT_TRUE(test, are_bytes(got, first, size));
		KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_consume(buffer, start, length, &taken),
				0);
		KUNIT_ASSERT_PTR_EQ(test, taken, got + start);
		KUNIT_ASSERT_TRUE(test, are_bytes(got, first, size));
		KUNIT_ASSERT_TRUE(test, are_bytes(taken, first + start, length));
		first += start + length;
	}
	KUNIT_EXPECT_EQ(test, left, 0);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&race->done, DMF_KUNIT_TIMEOUT), 0);
}

static int race_appender(void *data)
{
	struct dmf_ping_pong_buffer *buffer = ((struct race *)data)->t->buffer;
	u8 record[8];
	int i;

	/* A record is eight times the same, and belongs together. */
	for (i = 0; i < 4000; i++) {
		memset(record, i, sizeof(record));
		while (dmf_ping_pong_buffer_write(buffer, record, sizeof(record), NULL) &&
		       !kthread_should_stop())
			cond_resched();
	}
	complete(&((struct race *)data)->done);
	return 0;
}

/* Of several writers each write is one piece. */
static void race_write_against_write(struct kunit *test)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;
	struct race *race = race_new(test);
	size_t size, left = 2 * 4000 * 8, i;
	void *data;

	ping_pong_up(test);
	dmf_kunit_run(test, race_appender, race);
	dmf_kunit_run(test, race_appender, race);
	for (; left && time_before(jiffies, end); left -= size) {
		KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_get(race->t->buffer, &data, &size), 0);
		for (i = 0; i < size; i += 8)
			race->faults += !!memchr_inv(data + i, *(u8 *)(data + i), 8);
		KUNIT_ASSERT_EQ(test, dmf_ping_pong_buffer_shift(race->t->buffer, size), 0);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, left, 0);
	KUNIT_EXPECT_EQ(test, race->faults, 0);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&race->done, DMF_KUNIT_TIMEOUT),
				0);
}

static int race_late_writer(void *data)
{
	struct race *race = data;
	u8 record[8] = { };
	int ret;

	while (!kthread_should_stop()) {
		ret = dmf_ping_pong_buffer_write(race->t->buffer, record, sizeof(record), NULL);
		atomic_inc(ret == -ENODEV ? &race->refused : &race->accepted);
		cond_resched();
	}
	return 0;
}

static int race_consume(struct race *race)
{
	struct dmf_ping_pong_buffer *buffer = race->t->buffer;
	void *got, *taken;
	size_t size;
	int ret;

	ret = dmf_module_reference(dmf_ping_pong_buffer_module(buffer));
	if (ret)
		return ret;

	ret = dmf_ping_pong_buffer_get(buffer, &got, &size) ?:
	      dmf_ping_pong_buffer_consume(buffer, 0, size, &taken);
	if (ret || memchr_inv(got, 0, size) || memchr_inv(taken, 0, size))
		race->faults++;
	dmf_module_dereference(dmf_ping_pong_buffer_module(buffer));
	return ret;
}

static int race_late_consumer(void *data)
{
	struct race *race = data;

	while (!kthread_should_stop()) {
		if (!race_consume(race))
			atomic_inc(&race->consumed);
		cond_resched();
	}
	return 0;
}

/* Who comes too late is refused; a consumer with a reference does not see freed memory. */
static void race_write_and_consume_against_close(struct kunit *test)
{
	struct race *race = race_new(test);
	struct dmf_device *ddev;
	int i;

	ddev = ping_pong_up(test)->ddev;
	dmf_kunit_run(test, race_late_writer, race);
	dmf_kunit_run(test, race_late_consumer, race);
	for (i = 0; i < CLOSES; i++) {
		KUNIT_ASSERT_TRUE(test, dmf_kunit_counts_again(&race->accepted));
		KUNIT_ASSERT_TRUE(test, dmf_kunit_counts_again(&race->consumed));
		dmf_phase_down(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		KUNIT_ASSERT_TRUE(test, dmf_kunit_counts_again(&race->refused));
		KUNIT_EXPECT_EQ(test, dmf_phase_up(ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	}
	KUNIT_EXPECT_EQ(test, READ_ONCE(race->faults), 0);
}

static int race_slow_consumer(void *data)
{
	struct race *race = data;
	void *bytes = NULL;

	if (dmf_module_reference(dmf_ping_pong_buffer_module(race->t->buffer)))
		return 0;
	if (dmf_ping_pong_buffer_consume(race->t->buffer, 0, SIZE, &bytes))
		race->faults++;
	complete(&race->done);
	schedule_timeout_uninterruptible(HZ / 20);
	race->faults += bytes && !are_bytes(bytes, 1, SIZE);
	dmf_module_dereference(dmf_ping_pong_buffer_module(race->t->buffer));
	return 0;
}

/* Close waits for the reference, and so what was taken is still there. */
static void race_reference_of_consumer_against_close(struct kunit *test)
{
	struct race *race = race_new(test);

	ping_pong_up(test);
	write_bytes(test, SIZE);
	dmf_kunit_run(test, race_slow_consumer, race);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&race->done, DMF_KUNIT_TIMEOUT), 0);
	dmf_kunit_remove(test, race->t->ddev);
	KUNIT_EXPECT_EQ(test, race->faults, 0);
}

/* -- Without memory -- */

/* The Module and its Config; both buffers and their entries on the undo list. */
static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &ping_pong_client_ops, 6);
}

static struct kunit_case ping_pong_buffer_cases[] = {
	KUNIT_CASE(bad_configs_are_refused),
	KUNIT_CASE(largest_buffer_works),
	KUNIT_CASE(get_of_empty_buffer_succeeds),
	KUNIT_CASE(writes_are_appended_up_to_the_last_byte),
	KUNIT_CASE(write_without_room_changes_nothing),
	KUNIT_CASE(consume_takes_exactly_what_it_is_told),
	KUNIT_CASE(shift_drops_exactly_what_it_is_told),
	KUNIT_CASE(bad_ranges_change_nothing),
	KUNIT_CASE(reset_drops_everything),
	KUNIT_CASE(data_stays_until_the_buffers_have_changed_again),
	KUNIT_CASE(oldest_byte_is_aligned),
	KUNIT_CASE(all_methods_in_an_interrupt_handler),
	KUNIT_CASE(passive_level_buffer_works),
	KUNIT_CASE(closed_buffer_refuses_and_reopens_empty),
	KUNIT_CASE(dynamic_buffer_works),
	KUNIT_CASE(race_write_against_consumer),
	KUNIT_CASE(race_write_against_write),
	KUNIT_CASE(race_write_and_consume_against_close),
	KUNIT_CASE(race_reference_of_consumer_against_close),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite ping_pong_buffer_suite = {
	.name = "dmf_ping_pong_buffer",
	.init = ping_pong_init,
	.test_cases = ping_pong_buffer_cases,
};

kunit_test_suite(ping_pong_buffer_suite);
