// SPDX-License-Identifier: GPL-2.0-only
/*
 * RingBuffer: many at a time, and against close.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/device.h>
#include <linux/dmf/module.h>
#include <linux/dmf/ring_buffer.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

/* Long enough to be met while it is being copied. */
#define SIZE		1024
/* Large, since who finds no room, or no item, is at it until his time slice ends. */
#define COUNT		128
#define ITEMS		1500
#define WRITERS		2
#define READERS		2

/* A number and copies of it, so that a torn item can be told. */
struct race_item {
	u32 words[SIZE / sizeof(u32)];
};

struct race {
	struct dmf_ring_buffer_config config;
	struct dmf_device *ddev;
	struct dmf_ring_buffer *ring;
	struct completion done;
	unsigned int writers;		/* that have an id */
	atomic_t left;			/* items that nobody has read */
	DECLARE_BITMAP(taken, WRITERS << 16);	/* by their numbers */
	atomic_t faults;
	atomic_t refused;		/* calls that found the ring closed */
	atomic_t accepted;		/* and those that did not */
};

static int race_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct race *race = dmf_kunit_priv(ddev);

	return dmf_ring_buffer_add(init, &race->config, NULL, &race->ring);
}

static const struct dmf_client_ops race_client_ops = {
	.modules_add = race_modules_add,
};

static int race_init(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);

	if (!race)
		return -ENOMEM;
	race->config.item_count = COUNT;
	race->config.item_size = SIZE;
	init_completion(&race->done);
	test->priv = race;
	return 0;
}

static struct race *race_up(struct kunit *test, enum dmf_ring_buffer_mode mode)
{
	struct race *race = test->priv;

	race->config.mode = mode;
	race->ddev = dmf_kunit_probe(test, &race_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(race->ddev));
	return race;
}

/*
 * The upper half of the number is the writer, which counts in the lower one. Of one
 * writer's items everybody sees later ones later.
 */
static void race_check(struct race *race, const struct race_item *item, u32 *latest)
{
	u32 number = item->words[0], writer = number >> 16;
	int i;

	for (i = 1; i < ARRAY_SIZE(item->words); i++)
		if (item->words[i] != number)
			atomic_inc(&race->faults);
	if (writer >= WRITERS || (number & 0xffff) <= latest[writer]) {
		atomic_inc(&race->faults);
		return;
	}
	latest[writer] = number & 0xffff;
}

/* The same for who takes the item: nobody else does. */
static void race_take(struct race *race, const struct race_item *item, u32 *latest)
{
	race_check(race, item, latest);
	if (item->words[0] >> 16 < WRITERS && test_and_set_bit(item->words[0], race->taken))
		atomic_inc(&race->faults);
}

static int race_writer(void *data)
{
	struct race_item *item = kmalloc(SIZE, GFP_KERNEL);
	struct race *race = data;
	u32 writer = race->writers++, number;
	int i;

	complete(&race->done);
	for (number = 1; item && number <= ITEMS && !kthread_should_stop(); number++) {
		for (i = 0; i < ARRAY_SIZE(item->words); i++)
			item->words[i] = writer << 16 | number;
		while (dmf_ring_buffer_write(race->ring, item, SIZE) && !kthread_should_stop())
			cond_resched();
	}
	kfree(item);
	complete(&race->done);
	return 0;
}

static int race_reader(void *data)
{
	struct race_item *item = kmalloc(SIZE, GFP_KERNEL);
	u32 latest[WRITERS] = { };
	struct race *race = data;

	while (item && atomic_read(&race->left) > 0 && !kthread_should_stop()) {
		if (dmf_ring_buffer_read(race->ring, item, SIZE)) {
			cond_resched();
			continue;
		}
		race_take(race, item, latest);
		atomic_dec(&race->left);
	}
	kfree(item);
	complete(&race->done);
	return 0;
}

static void race_wait(struct kunit *test, struct race *race)
{
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&race->done, 2 * DMF_KUNIT_TIMEOUT), 0);
}

/* On each CPU one of each kind, so that two of a kind do run at once. */
static void race_run(struct kunit *test, int (*function)(void *data), int index)
{
	int cpu = index % num_online_cpus();

	set_cpus_allowed_ptr(dmf_kunit_run(test, function, test->priv), cpumask_of(cpu));
}

/* One after the other gets its id. */
static void race_start_writers(struct kunit *test, struct race *race)
{
	int i;

	for (i = 0; i < WRITERS; i++) {
		race_run(test, race_writer, i);
		race_wait(test, race);
	}
}

/* Nothing is lost, torn, doubled or out of order. */
static void race_write_against_read(struct kunit *test)
{
	struct race *race = race_up(test, DMF_RING_BUFFER_MODE_FAIL_IF_FULL_ON_WRITE);
	int i;

	race_start_writers(test, race);
	atomic_set(&race->left, WRITERS * ITEMS);
	for (i = 0; i < READERS; i++)
		race_run(test, race_reader, i);
	for (i = 0; i < WRITERS + READERS; i++)
		race_wait(test, race);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->faults), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->left), 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(race->taken, WRITERS << 16), WRITERS * ITEMS);
}

struct race_view {
	struct race *race;
	u32 latest[WRITERS];
	unsigned int count;
};

static bool race_view_locked(struct dmf_ring_buffer *ring, void *item, size_t item_size,
			     void *context)
{
	struct race_view *view = context;

	race_check(view->race, item, view->latest);
	view->count++;
	return true;
}

/* An enumeration and a reorder are one step each, and what they see is whole. */
static void race_write_against_enumerate_and_reorder(struct kunit *test)
{
	struct race *race = race_up(test, DMF_RING_BUFFER_MODE_DELETE_OLDEST_IF_FULL_ON_WRITE);
	struct race_view view;
	int ret;

	race_start_writers(test, race);
	do {
		view = (struct race_view) { .race = race };
		ret = dmf_ring_buffer_reorder(race->ring, true) ?:
		      dmf_ring_buffer_enumerate(race->ring, true, race_view_locked, &view);
		KUNIT_ASSERT_EQ(test, ret, 0);
		KUNIT_ASSERT_LE(test, view.count, COUNT);
	} while (!try_wait_for_completion(&race->done));
	race_wait(test, race);

	view = (struct race_view) { .race = race };
	dmf_ring_buffer_enumerate(race->ring, true, race_view_locked, &view);
	KUNIT_EXPECT_EQ(test, view.count, COUNT);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->faults), 0);
}

static int race_read_all_thread(void *data)
{
	struct race_item *items;
	u32 latest[WRITERS] = { };
	struct race *race = data;
	size_t bytes, i;

	items = kcalloc(COUNT, SIZE, GFP_KERNEL);
	while (items && atomic_read(&race->left) > 0 && !kthread_should_stop()) {
		if (dmf_ring_buffer_read_all(race->ring, items, COUNT * SIZE, &bytes))
			atomic_inc(&race->faults);
		for (i = 0; i < bytes / SIZE; i++)
			race_take(race, &items[i], latest);
		atomic_sub(bytes / SIZE, &race->left);
		cond_resched();
	}
	kfree(items);
	complete(&race->done);
	return 0;
}

static void race_write_against_read_all(struct kunit *test)
{
	struct race *race = race_up(test, DMF_RING_BUFFER_MODE_FAIL_IF_FULL_ON_WRITE);
	int i;

	race_start_writers(test, race);
	atomic_set(&race->left, WRITERS * ITEMS);
	dmf_kunit_run(test, race_read_all_thread, race);
	for (i = 0; i < WRITERS + 1; i++)
		race_wait(test, race);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->faults), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->left), 0);
}

/* Without the lock: what is visited lies in the ring, and is not more than it holds. */
static bool race_touch_locked(struct dmf_ring_buffer *ring, void *item, size_t item_size,
			      void *context)
{
	unsigned int *count = context;

	/* KASAN looks whether these bytes may be read. */
	memchr_inv(item, 0, item_size);
	return ++*count <= COUNT;
}

static int race_without_lock(struct race *race)
{
	unsigned int count = 0;
	int ret;

	ret = dmf_ring_buffer_enumerate(race->ring, false, race_touch_locked, &count);
	if (count > COUNT)
		atomic_inc(&race->faults);
	return ret;
}

/* Items may be torn then, but there is an end, and nothing outside is touched. */
static void race_enumerate_without_lock_against_write_and_reorder(struct kunit *test)
{
	struct race *race = race_up(test, DMF_RING_BUFFER_MODE_DELETE_OLDEST_IF_FULL_ON_WRITE);
	int i;

	race_start_writers(test, race);
	for (i = 0; i < WRITERS; i++) {
		while (!try_wait_for_completion(&race->done)) {
			if (race_without_lock(race))
				atomic_inc(&race->faults);
			dmf_ring_buffer_reorder(race->ring, true);
		}
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&race->faults), 0);
}

static int race_user(void *data)
{
	struct race_item *items = kcalloc(COUNT, SIZE, GFP_KERNEL);
	struct race *race = data;
	size_t bytes;
	int ret;

	while (items && !kthread_should_stop()) {
		ret = dmf_ring_buffer_write(race->ring, items, SIZE) ?:
		      race_without_lock(race) ?: dmf_ring_buffer_reorder(race->ring, true) ?:
		      dmf_ring_buffer_read_all(race->ring, items, COUNT * SIZE, &bytes);
		if (ret && ret != -ENODEV)
			atomic_inc(&race->faults);
		atomic_inc(ret ? &race->refused : &race->accepted);
		cond_resched();
	}
	kfree(items);
	return 0;
}

/* Who comes too late is refused, with the lock and without; nobody sees freed memory. */
static void race_all_methods_against_close(struct kunit *test)
{
	struct race *race = race_up(test, DMF_RING_BUFFER_MODE_DELETE_OLDEST_IF_FULL_ON_WRITE);
	int i;

	dmf_kunit_run(test, race_user, race);
	dmf_kunit_run(test, race_user, race);
	for (i = 0; i < 15; i++) {
		KUNIT_ASSERT_TRUE(test, dmf_kunit_counts_again(&race->accepted));
		dmf_phase_down(race->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		KUNIT_ASSERT_TRUE(test, dmf_kunit_counts_again(&race->refused));
		KUNIT_EXPECT_EQ(test, dmf_phase_up(race->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL),
				0);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&race->faults), 0);
}

static bool race_stay_locked(struct dmf_ring_buffer *ring, void *item, size_t item_size,
			     void *context)
{
	struct race *race = context;

	complete(&race->done);
	schedule_timeout_uninterruptible(HZ / 20);
	/* KASAN looks whether it is still there. */
	if (memchr_inv(item, 1, item_size))
		atomic_inc(&race->faults);
	return true;
}

static int race_slow_visitor(void *data)
{
	struct race *race = data;

	if (dmf_ring_buffer_enumerate(race->ring, false, race_stay_locked, race))
		atomic_inc(&race->faults);
	return 0;
}

/* Close waits for who looks without the lock. */
static void race_enumerate_without_lock_against_close(struct kunit *test)
{
	struct race *race = race_up(test, DMF_RING_BUFFER_MODE_FAIL_IF_FULL_ON_WRITE);
	void *item = kunit_kmalloc(test, SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, item);
	memset(item, 1, SIZE);
	KUNIT_ASSERT_EQ(test, dmf_ring_buffer_write(race->ring, item, SIZE), 0);
	dmf_kunit_run(test, race_slow_visitor, race);
	race_wait(test, race);
	dmf_kunit_remove(test, race->ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->faults), 0);
}

static struct kunit_case ring_buffer_race_cases[] = {
	KUNIT_CASE(race_write_against_read),
	KUNIT_CASE(race_write_against_read_all),
	KUNIT_CASE(race_write_against_enumerate_and_reorder),
	KUNIT_CASE(race_enumerate_without_lock_against_write_and_reorder),
	KUNIT_CASE(race_enumerate_without_lock_against_close),
	KUNIT_CASE(race_all_methods_against_close),
	{ }
};

static struct kunit_suite ring_buffer_race_suite = {
	.name = "dmf_ring_buffer_race",
	.init = race_init,
	.test_cases = ring_buffer_race_cases,
};

kunit_test_suite(ring_buffer_race_suite);
