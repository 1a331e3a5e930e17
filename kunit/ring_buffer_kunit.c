// SPDX-License-Identifier: GPL-2.0-only
/*
 * RingBuffer: what it holds, in what order, and what it refuses.
 */
#include <kunit/test.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/device.h>
#include <linux/dmf/module.h>
#include <linux/dmf/ring_buffer.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define COUNT		5
#define SIZE		24
#define TOTAL		(COUNT * SIZE)
#define CANARY		0xa5

struct ring_test {
	/* What the next probe adds; a case may change it before. */
	struct dmf_ring_buffer_config config;
	struct dmf_module_attributes attributes;

	struct dmf_device *ddev;
	struct dmf_ring_buffer *ring;
	u8 written;			/* content of the last item */

	/* Recorded by the callbacks. */
	u8 visited[2 * COUNT];
	unsigned int visits;
	unsigned int stop_after;	/* visits; 0 for never */
	unsigned int faults;
	const void *first;		/* item that was visited first */
	int result;			/* of what ran in an interrupt */
};

static int ring_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct ring_test *t = dmf_kunit_priv(ddev);

	return dmf_ring_buffer_add(init, &t->config, &t->attributes, &t->ring);
}

static const struct dmf_client_ops ring_client_ops = {
	.modules_add = ring_modules_add,
};

static const struct dmf_client_ops empty_client_ops = { };

static int ring_test_init(struct kunit *test)
{
	struct ring_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	t->config.item_count = COUNT;
	t->config.item_size = SIZE;
	test->priv = t;
	return 0;
}

static struct ring_test *ring_up(struct kunit *test)
{
	struct ring_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &ring_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	return t;
}

static struct ring_test *ring_up_deleting(struct kunit *test)
{
	struct ring_test *t = test->priv;

	t->config.mode = DMF_RING_BUFFER_MODE_DELETE_OLDEST_IF_FULL_ON_WRITE;
	return ring_up(test);
}

/* Write an item all of whose bytes are the next number. */
static int write_next(struct ring_test *t)
{
	u8 item[SIZE];

	memset(item, t->written + 1, SIZE);
	t->result = dmf_ring_buffer_write(t->ring, item, SIZE);
	if (!t->result)
		t->written++;
	return t->result;
}

static void write_items(struct kunit *test, unsigned int count)
{
	while (count--)
		KUNIT_ASSERT_EQ(test, write_next(test->priv), 0);
}

/* Return: the content of the oldest item, or -errno; -EIO if it is torn. */
static int read_next(struct ring_test *t)
{
	u8 item[SIZE];

	t->result = dmf_ring_buffer_read(t->ring, item, SIZE);
	if (!t->result)
		t->result = memchr_inv(item, item[0], SIZE) ? -EIO : item[0];
	return t->result;
}

static bool visit_locked(struct dmf_ring_buffer *ring, void *item, size_t item_size,
			 void *context)
{
	struct ring_test *t = context;

	if (ring != t->ring || item_size != SIZE || memchr_inv(item, *(u8 *)item, SIZE) ||
	    t->visits >= ARRAY_SIZE(t->visited)) {
		t->faults++;
		return false;
	}
	if (!t->visits)
		t->first = item;
	t->visited[t->visits++] = *(u8 *)item;
	return t->visits != t->stop_after;
}

static void found_locked(struct dmf_ring_buffer *ring, void *item, size_t item_size,
			 void *context)
{
	visit_locked(ring, item, item_size, context);
}

/* Expect that the items are first, first + 1, ... last. */
static void expect_items(struct kunit *test, bool lock, unsigned int first, unsigned int last)
{
	struct ring_test *t = test->priv;
	unsigned int i;

	t->visits = 0;
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_enumerate(t->ring, lock, visit_locked, t), 0);
	KUNIT_EXPECT_EQ(test, t->faults, 0);
	KUNIT_ASSERT_EQ(test, t->visits, last + 1 - first);
	for (i = 0; i < t->visits; i++)
		KUNIT_EXPECT_EQ(test, t->visited[i], first + i);
}

/* -- Config -- */

static void bad_configs_are_refused(struct kunit *test)
{
	static const struct dmf_ring_buffer_config configs[] = {
		{ .item_count = 0, .item_size = SIZE },
		{ .item_count = COUNT, .item_size = 0 },
		{ .item_count = COUNT, .item_size = SIZE, .mode = 2 },
		{ .item_count = COUNT, .item_size = SIZE, .mode = -1 },
		{ .item_count = UINT_MAX, .item_size = 1 },
		{ .item_count = UINT_MAX - 1, .item_size = 1 },
		{ .item_count = 2, .item_size = SIZE_MAX },
		{ .item_count = 2, .item_size = SIZE_MAX / 4 + 1 },
		{ .item_count = DMF_RING_BUFFER_SIZE_MAX - 1, .item_size = 1 },
		{ .item_count = 1, .item_size = DMF_RING_BUFFER_SIZE_MAX / 3 + 1 },
	};
	struct ring_test *t = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(configs); i++) {
		t->config = configs[i];
		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &ring_client_ops)),
				    -EINVAL, "config %d", i);
	}
}

static void passive_level_is_refused(struct kunit *test)
{
	struct ring_test *t = test->priv;

	t->attributes.passive_level = true;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &ring_client_ops)), -EINVAL);
}

static void large_ring_works(struct kunit *test)
{
	struct ring_test *t = test->priv;

	t->config.item_count = 100000;
	ring_up(test);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_total_size_get(t->ring), 100000 * SIZE);
	write_items(test, 1);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_reorder(t->ring, true), 0);
	KUNIT_EXPECT_EQ(test, read_next(t), 1);
}

/* -- Write and read -- */

static void items_are_read_in_order(struct kunit *test)
{
	struct ring_test *t = ring_up(test);
	int i;

	write_items(test, 3);
	for (i = 1; i <= 3; i++)
		KUNIT_EXPECT_EQ(test, read_next(t), i);
	KUNIT_EXPECT_EQ(test, read_next(t), -ENOENT);
}

static void read_of_empty_ring_changes_nothing(struct kunit *test)
{
	struct ring_test *t = ring_up(test);
	u8 item[SIZE];

	memset(item, CANARY, SIZE);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_read(t->ring, item, SIZE), -ENOENT);
	KUNIT_EXPECT_NULL(test, memchr_inv(item, CANARY, SIZE));
	write_items(test, 1);
	expect_items(test, true, 1, 1);
}

static void write_into_full_ring_fails(struct kunit *test)
{
	struct ring_test *t = ring_up(test);

	write_items(test, COUNT);
	KUNIT_EXPECT_EQ(test, write_next(t), -ENOSPC);
	KUNIT_EXPECT_EQ(test, write_next(t), -ENOSPC);
	expect_items(test, true, 1, COUNT);
	KUNIT_EXPECT_EQ(test, read_next(t), 1);
	write_items(test, 1);
	expect_items(test, true, 2, COUNT + 1);
}

static void write_into_full_ring_deletes_the_oldest(struct kunit *test)
{
	int i;

	ring_up_deleting(test);
	write_items(test, COUNT);
	for (i = 1; i <= 3 * COUNT; i++) {
		write_items(test, 1);
		expect_items(test, true, i + 1, i + COUNT);
	}
}

/* Each position of head with each number of items, for both modes. */
static void items_wrap_at_every_position(struct kunit *test)
{
	struct ring_test *t = test->priv;
	int mode, round, used, i;

	for (mode = 0; mode <= DMF_RING_BUFFER_MODE_DELETE_OLDEST_IF_FULL_ON_WRITE; mode++) {
		t->config.mode = mode;
		t->written = 0;
		ring_up(test);
		for (round = 0; round < 2 * (COUNT + 1); round++) {
			for (used = 1; used <= COUNT; used++) {
				write_items(test, used);
				expect_items(test, true, t->written + 1 - used, t->written);
				for (i = 1; i <= used; i++)
					KUNIT_EXPECT_EQ(test, read_next(t), t->written - used + i);
			}
			KUNIT_EXPECT_EQ(test, read_next(t), -ENOENT);
			write_items(test, 1);
			KUNIT_EXPECT_EQ(test, read_next(t), t->written);
		}
		dmf_kunit_remove(test, t->ddev);
	}
}

static void ring_of_one_item_works(struct kunit *test)
{
	struct ring_test *t = test->priv;
	int i;

	t->config.item_count = 1;
	ring_up_deleting(test);
	for (i = 1; i < 7; i++) {
		write_items(test, 1);
		expect_items(test, i % 2, i, i);
		KUNIT_EXPECT_EQ(test, dmf_ring_buffer_reorder(t->ring, i % 3), 0);
		expect_items(test, i % 2, i, i);
	}
	KUNIT_EXPECT_EQ(test, read_next(t), 6);
	KUNIT_EXPECT_EQ(test, read_next(t), -ENOENT);
}

/* In particular the oldest item is not dropped for what cannot be written. */
static void write_of_wrong_size_changes_nothing(struct kunit *test)
{
	struct ring_test *t = ring_up_deleting(test);
	u8 item[SIZE + 1] = { };

	write_items(test, COUNT);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_write(t->ring, item, SIZE - 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_write(t->ring, item, SIZE + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_write(t->ring, item, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_write(t->ring, item, SIZE_MAX), -EINVAL);
	expect_items(test, true, 1, COUNT);
}

static void read_into_small_buffer_changes_nothing(struct kunit *test)
{
	struct ring_test *t = ring_up(test);
	u8 item[SIZE + 1];

	write_items(test, 1);
	memset(item, CANARY, sizeof(item));
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_read(t->ring, item, SIZE - 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_read(t->ring, item, 0), -ENOSPC);
	KUNIT_EXPECT_NULL(test, memchr_inv(item, CANARY, sizeof(item)));

	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_read(t->ring, item, SIZE + 1), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(item, 1, SIZE));
	KUNIT_EXPECT_EQ(test, item[SIZE], CANARY);
}

/* -- Read all -- */

/* Every position of head with every number of items. */
static void read_all_takes_all_in_order(struct kunit *test)
{
	struct ring_test *t = ring_up(test);
	u8 items[TOTAL + 1];
	int round, used, i;
	size_t bytes;

	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_total_size_get(t->ring), TOTAL);
	for (round = 0; round <= COUNT; round++) {
		for (used = 0; used <= COUNT; used++) {
			write_items(test, used);
			memset(items, CANARY, sizeof(items));
			KUNIT_EXPECT_EQ(test, dmf_ring_buffer_read_all(t->ring, items, TOTAL + 1,
								       &bytes), 0);
			KUNIT_EXPECT_EQ(test, bytes, used * SIZE);
			for (i = 0; i < used; i++)
				KUNIT_EXPECT_NULL(test, memchr_inv(&items[i * SIZE],
								   t->written + 1 - used + i,
								   SIZE));
			KUNIT_EXPECT_NULL(test, memchr_inv(&items[bytes], CANARY,
							   sizeof(items) - bytes));
			KUNIT_EXPECT_EQ(test, read_next(t), -ENOENT);
		}
		write_items(test, 1);
		read_next(t);
		t->written = 0;
	}
}

/* However little there is, so that it does not fail just when much has come. */
static void read_all_into_small_buffer_changes_nothing(struct kunit *test)
{
	struct ring_test *t = ring_up(test);
	size_t bytes = CANARY;
	u8 items[TOTAL];

	write_items(test, 2);
	memset(items, CANARY, TOTAL);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_read_all(t->ring, items, TOTAL - 1, &bytes),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, bytes, 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(items, CANARY, TOTAL));
	expect_items(test, true, 1, 2);
}

/* -- Segments -- */

static void segments_make_an_item(struct kunit *test)
{
	u8 front[4] = { 1, 2, 3, 4 }, back[3] = { 5, 6, 7 }, over[2] = { 8, 9 };
	const struct dmf_ring_buffer_segment segments[] = {
		{ .data = back, .size = 3, .offset = SIZE - 3 },
		{ .data = front, .size = 4, .offset = 0 },
		{ .data = over, .size = 2, .offset = 3 },
	};
	static const u8 expected[SIZE] = { 1, 2, 3, 8, 9, [SIZE - 3] = 5, 6, 7 };
	struct ring_test *t = ring_up_deleting(test);
	u8 item[SIZE];
	int i;

	/* Every slot has been used before. */
	write_items(test, 2 * COUNT);
	for (i = 0; i <= COUNT; i++)
		KUNIT_EXPECT_EQ(test, dmf_ring_buffer_segments_write(t->ring, segments, 3), 0);
	for (i = 0; i < COUNT; i++) {
		KUNIT_EXPECT_EQ(test, dmf_ring_buffer_read(t->ring, item, SIZE), 0);
		KUNIT_EXPECT_EQ(test, memcmp(item, expected, SIZE), 0);
	}
	KUNIT_EXPECT_EQ(test, read_next(t), -ENOENT);
}

static void segments_take_an_item(struct kunit *test)
{
	u8 item[SIZE], front[5], back[3], all[SIZE];
	const struct dmf_ring_buffer_segment segments[] = {
		{ .data = back, .size = 2, .offset = SIZE - 2 },
		{ .data = front, .size = 4, .offset = 1 },
		{ .data = all, .size = SIZE, .offset = 0 },
	};
	struct ring_test *t = ring_up(test);
	int i;

	for (i = 0; i < SIZE; i++)
		item[i] = i;
	memset(front, CANARY, sizeof(front));
	memset(back, CANARY, sizeof(back));
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_write(t->ring, item, SIZE), 0);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_segments_read(t->ring, segments, 3), 0);
	KUNIT_EXPECT_EQ(test, memcmp(front, ((u8 []) { 1, 2, 3, 4, CANARY }), 5), 0);
	KUNIT_EXPECT_EQ(test, memcmp(back, ((u8 []) { SIZE - 2, SIZE - 1, CANARY }), 3), 0);
	KUNIT_EXPECT_EQ(test, memcmp(all, item, SIZE), 0);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_segments_read(t->ring, segments, 3), -ENOENT);
}

static void segments_of_full_ring_follow_the_mode(struct kunit *test)
{
	u8 item[SIZE];
	const struct dmf_ring_buffer_segment segment = { .data = item, .size = SIZE };
	struct ring_test *t = ring_up(test);

	write_items(test, COUNT);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_segments_write(t->ring, &segment, 1), -ENOSPC);
	expect_items(test, true, 1, COUNT);
	dmf_kunit_remove(test, t->ddev);

	t->written = 0;
	ring_up_deleting(test);
	write_items(test, COUNT);
	memset(item, COUNT + 1, SIZE);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_segments_write(t->ring, &segment, 1), 0);
	expect_items(test, true, 2, COUNT + 1);
}

static void bad_segments_change_nothing(struct kunit *test)
{
	u8 data[SIZE + 1];
	const struct dmf_ring_buffer_segment bad[] = {
		{ .data = data, .size = 0, .offset = 0 },
		{ .data = data, .size = 0, .offset = SIZE },
		{ .data = data, .size = SIZE + 1, .offset = 0 },
		{ .data = data, .size = SIZE, .offset = 1 },
		{ .data = data, .size = 1, .offset = SIZE },
		{ .data = data, .size = 1, .offset = SIZE + 1 },
		{ .data = data, .size = 2, .offset = SIZE_MAX },
		{ .data = data, .size = SIZE_MAX, .offset = 1 },
		{ .data = data, .size = SIZE_MAX, .offset = SIZE_MAX },
	};
	struct dmf_ring_buffer_segment segments[2] = {
		{ .data = data, .size = 1, .offset = 0 },
	};
	struct ring_test *t = ring_up_deleting(test);
	int i;

	write_items(test, COUNT);
	memset(data, CANARY, sizeof(data));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		segments[1] = bad[i];
		KUNIT_EXPECT_EQ(test, dmf_ring_buffer_segments_write(t->ring, segments, 2),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, dmf_ring_buffer_segments_read(t->ring, segments, 2), -EINVAL);
	}
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_segments_write(t->ring, segments, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_segments_read(t->ring, segments, 0), -EINVAL);
	KUNIT_EXPECT_NULL(test, memchr_inv(data, CANARY, sizeof(data)));
	expect_items(test, true, 1, COUNT);
}

/* -- Enumerate and find -- */

static void enumerate_of_empty_ring_visits_nothing(struct kunit *test)
{
	ring_up(test);
	expect_items(test, true, 1, 0);
	expect_items(test, false, 1, 0);
}

static void enumerate_stops_when_told(struct kunit *test)
{
	struct ring_test *t = ring_up(test);
	int lock;

	write_items(test, COUNT);
	for (lock = 0; lock < 2; lock++) {
		t->visits = 0;
		t->stop_after = 2;
		KUNIT_EXPECT_EQ(test, dmf_ring_buffer_enumerate(t->ring, lock, visit_locked, t), 0);
		KUNIT_EXPECT_EQ(test, t->visits, 2);
		t->stop_after = 0;
		expect_items(test, lock, 1, COUNT);
	}
}

static bool increment_locked(struct dmf_ring_buffer *ring, void *item, size_t item_size,
			     void *context)
{
	memset(item, *(u8 *)item + 1, item_size);
	return true;
}

static void enumerate_may_change_items(struct kunit *test)
{
	struct ring_test *t = ring_up(test);

	write_items(test, COUNT);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_enumerate(t->ring, true, increment_locked, NULL), 0);
	expect_items(test, true, 2, COUNT + 1);
}

static int find(struct ring_test *t, bool lock, const void *item, size_t size)
{
	t->visits = 0;
	return dmf_ring_buffer_enumerate_to_find_item(t->ring, lock, found_locked, t, item, size);
}

static void find_visits_every_match_of_the_beginning(struct kunit *test)
{
	u8 items[] = { 7, 1, 7, 2, 7 }, item[SIZE];
	struct ring_test *t = ring_up(test);
	int i, lock;

	for (i = 0; i < ARRAY_SIZE(items); i++) {
		memset(item, items[i], SIZE);
		KUNIT_EXPECT_EQ(test, dmf_ring_buffer_write(t->ring, item, SIZE), 0);
	}
	for (lock = 0; lock < 2; lock++) {
		memset(item, 7, SIZE);
		item[SIZE - 1] = 0;
		t->stop_after = 1;	/* nobody asks */
		KUNIT_EXPECT_EQ(test, find(t, lock, item, SIZE - 1), 0);
		KUNIT_EXPECT_EQ(test, t->visits, 3);
		KUNIT_EXPECT_EQ(test, find(t, lock, item, 1), 0);
		KUNIT_EXPECT_EQ(test, t->visits, 3);
		KUNIT_EXPECT_EQ(test, find(t, lock, item, SIZE), 0);
		KUNIT_EXPECT_EQ(test, t->visits, 0);
		item[0] = 2;
		KUNIT_EXPECT_EQ(test, find(t, lock, item, 1), 0);
		KUNIT_EXPECT_EQ(test, t->visits, 1);
		KUNIT_EXPECT_EQ(test, t->visited[0], 2);
		KUNIT_EXPECT_EQ(test, find(t, lock, item, 0), -EINVAL);
		KUNIT_EXPECT_EQ(test, find(t, lock, item, SIZE + 1), -EINVAL);
		KUNIT_EXPECT_EQ(test, t->visits, 0);
	}
	KUNIT_EXPECT_EQ(test, t->faults, 0);
}

/* What has been read or deleted is not found, though its bytes are still there. */
static void find_does_not_see_what_has_gone(struct kunit *test)
{
	struct ring_test *t = ring_up(test);
	u8 gone = 1;

	write_items(test, 2);
	read_next(t);
	KUNIT_EXPECT_EQ(test, find(t, true, &gone, 1), 0);
	KUNIT_EXPECT_EQ(test, t->visits, 0);
	KUNIT_EXPECT_EQ(test, find(t, false, &gone, 1), 0);
	KUNIT_EXPECT_EQ(test, t->visits, 0);
}

/* -- Reorder -- */

/* The ring is empty and its head in the first slot, before and after. */
static void reorder_once(struct kunit *test, bool lock, unsigned int position, unsigned int used)
{
	struct ring_test *t = test->priv;
	const u8 *first;
	unsigned int i;

	t->written = 0;
	for (i = 0; i < position; i++) {
		write_items(test, 1);
		read_next(t);
	}
	write_items(test, used);

	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_reorder(t->ring, lock), 0);
	expect_items(test, !lock, position + 1, position + used);
	if (used) {
		first = t->first;
		for (i = 0; i < used; i++)
			KUNIT_EXPECT_NULL(test, memchr_inv(first + i * SIZE, position + 1 + i,
							   SIZE));
		KUNIT_EXPECT_NULL(test, memchr_inv(first + used * SIZE, 0,
						   dmf_ring_buffer_total_size_get(t->ring) -
						   used * SIZE));
	}
	/* It goes on being a ring. */
	while (write_next(t) != -ENOSPC)
		;
	KUNIT_EXPECT_EQ(test, t->written, position + t->config.item_count);
	for (i = position + 1; i <= t->written; i++)
		KUNIT_EXPECT_EQ(test, read_next(t), i);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_reorder(t->ring, true), 0);
}

/* Of rings of several sizes, at every position of head with every number of items. */
static void reorder_at_every_rotation(struct kunit *test)
{
	struct ring_test *t = test->priv;
	unsigned int position, used;

	for (t->config.item_count = 1; t->config.item_count <= COUNT; t->config.item_count++) {
		ring_up(test);
		for (position = 0; position <= t->config.item_count; position++)
			for (used = 0; used <= t->config.item_count; used++)
				reorder_once(test, (position + used) % 2, position, used);
		dmf_kunit_remove(test, t->ddev);
	}
}

static void reorder_clears_what_has_been_read(struct kunit *test)
{
	struct ring_test *t = ring_up(test);
	const u8 *first;

	write_items(test, COUNT);
	expect_items(test, true, 1, COUNT);
	first = t->first;
	while (read_next(t) > 0)
		;
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_reorder(t->ring, true), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(first, 0, TOTAL));
}

/* -- Contexts and life -- */

static void all_methods(void *data)
{
	struct ring_test *t = data;
	struct dmf_ring_buffer_segment segment;
	u8 items[TOTAL], one = 1;
	size_t bytes;
	int ret;

	segment = (struct dmf_ring_buffer_segment) { .data = &one, .size = 1 };
	ret = write_next(t) ?: dmf_ring_buffer_segments_write(t->ring, &segment, 1) ?:
	      dmf_ring_buffer_enumerate(t->ring, true, increment_locked, NULL) ?:
	      dmf_ring_buffer_enumerate(t->ring, false, increment_locked, NULL) ?:
	      find(t, true, items, 1) ?: find(t, false, items, 1) ?:
	      dmf_ring_buffer_reorder(t->ring, true) ?: dmf_ring_buffer_reorder(t->ring, false) ?:
	      dmf_ring_buffer_segments_read(t->ring, &segment, 1) ?:
	      dmf_ring_buffer_read(t->ring, items, TOTAL) ?: write_next(t) ?:
	      dmf_ring_buffer_read_all(t->ring, items, TOTAL, &bytes);
	t->result = ret ?: bytes;
}

static void all_methods_in_an_interrupt_handler(struct kunit *test)
{
	struct ring_test *t = ring_up(test);

	t->result = -ENXIO;
	dmf_kunit_in_interrupt(all_methods, t);
	KUNIT_EXPECT_EQ(test, t->result, SIZE);
}

static void expect_closed(struct kunit *test)
{
	struct dmf_ring_buffer_segment segment;
	struct ring_test *t = test->priv;
	size_t bytes = CANARY;
	u8 items[TOTAL];

	t->visits = 0;
	segment = (struct dmf_ring_buffer_segment) { .data = items, .size = 1 };
	KUNIT_EXPECT_EQ(test, write_next(t), -ENODEV);
	KUNIT_EXPECT_EQ(test, read_next(t), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_read_all(t->ring, items, TOTAL, &bytes), -ENODEV);
	KUNIT_EXPECT_EQ(test, bytes, 0);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_segments_write(t->ring, &segment, 1), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_segments_read(t->ring, &segment, 1), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_enumerate(t->ring, true, visit_locked, t), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_enumerate(t->ring, false, visit_locked, t), -ENODEV);
	KUNIT_EXPECT_EQ(test, find(t, true, items, 1), -ENODEV);
	KUNIT_EXPECT_EQ(test, find(t, false, items, 1), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_reorder(t->ring, true), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_reorder(t->ring, false), -ENODEV);
	KUNIT_EXPECT_EQ(test, t->visits, 0);
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_total_size_get(t->ring), TOTAL);
}

static void closed_ring_refuses_and_reopens_empty(struct kunit *test)
{
	struct ring_test *t = ring_up(test);

	write_items(test, 2);
	dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	expect_closed(test);
	KUNIT_EXPECT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_EQ(test, read_next(t), -ENOENT);
	expect_items(test, true, 1, 0);
	expect_items(test, false, 1, 0);
	write_items(test, COUNT);
	expect_items(test, true, 3, COUNT + 2);
}

static void dynamic_ring_works(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &empty_client_ops);
	struct ring_test *t = test->priv;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	KUNIT_ASSERT_EQ(test, dmf_ring_buffer_create(ddev, NULL, &t->config, NULL, &t->ring), 0);
	write_items(test, COUNT);
	expect_items(test, true, 1, COUNT);
	dmf_ring_buffer_destroy(t->ring);

	t->config.item_size = 0;
	KUNIT_EXPECT_EQ(test, dmf_ring_buffer_create(ddev, NULL, &t->config, NULL, &t->ring),
			-EINVAL);
}

/* -- Without memory -- */

/* The Module and its Config; the items and their entry on the undo list. */
static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &ring_client_ops, 4);
}

static struct kunit_case ring_buffer_cases[] = {
	KUNIT_CASE(bad_configs_are_refused),
	KUNIT_CASE(passive_level_is_refused),
	KUNIT_CASE(large_ring_works),
	KUNIT_CASE(items_are_read_in_order),
	KUNIT_CASE(read_of_empty_ring_changes_nothing),
	KUNIT_CASE(write_into_full_ring_fails),
	KUNIT_CASE(write_into_full_ring_deletes_the_oldest),
	KUNIT_CASE(items_wrap_at_every_position),
	KUNIT_CASE(ring_of_one_item_works),
	KUNIT_CASE(write_of_wrong_size_changes_nothing),
	KUNIT_CASE(read_into_small_buffer_changes_nothing),
	KUNIT_CASE(read_all_takes_all_in_order),
	KUNIT_CASE(read_all_into_small_buffer_changes_nothing),
	KUNIT_CASE(segments_make_an_item),
	KUNIT_CASE(segments_take_an_item),
	KUNIT_CASE(segments_of_full_ring_follow_the_mode),
	KUNIT_CASE(bad_segments_change_nothing),
	KUNIT_CASE(enumerate_of_empty_ring_visits_nothing),
	KUNIT_CASE(enumerate_stops_when_told),
	KUNIT_CASE(enumerate_may_change_items),
	KUNIT_CASE(find_visits_every_match_of_the_beginning),
	KUNIT_CASE(find_does_not_see_what_has_gone),
	KUNIT_CASE(reorder_at_every_rotation),
	KUNIT_CASE(reorder_clears_what_has_been_read),
	KUNIT_CASE(all_methods_in_an_interrupt_handler),
	KUNIT_CASE(closed_ring_refuses_and_reopens_empty),
	KUNIT_CASE(dynamic_ring_works),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite ring_buffer_suite = {
	.name = "dmf_ring_buffer",
	.init = ring_test_init,
	.test_cases = ring_buffer_cases,
};

kunit_test_suite(ring_buffer_suite);
