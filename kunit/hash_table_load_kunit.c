// SPDX-License-Identifier: GPL-2.0-only
/*
 * HashTable under load: many calls beside a model of what a table is, and calls of
 * several threads.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/prandom.h>
#include <linux/string.h>

#include <linux/dmf/hash_table.h>
#include <linux/dmf/module.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

struct load {
	/* What the next probe adds; a case may change it before. */
	struct dmf_hash_table_config config;

	struct dmf_device *ddev;
	struct dmf_hash_table *table;
};

static int load_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct load *load = dmf_kunit_priv(ddev);

	return dmf_hash_table_add(init, &load->config, NULL, &load->table);
}

static const struct dmf_client_ops load_ops = { .modules_add = load_modules_add };

static void load_up(struct kunit *test)
{
	struct load *load = test->priv;

	load->ddev = dmf_kunit_probe(test, &load_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(load->ddev));
}

static u32 constant_hash(struct dmf_hash_table *table, const void *key, size_t key_length)
{
	return 5;
}

/* -- Against a model -- */

#define MODEL_STEPS	4000
#define MODEL_ENTRIES	24	/* of 31 keys that there are */
#define MODEL_KEY_MAX	4
#define MODEL_VALUE_MAX	9

struct model_entry {
	u8 key[MODEL_KEY_MAX];
	size_t key_length;
	u8 value[MODEL_VALUE_MAX];
	size_t length;
};

struct model {
	struct rnd_state random;
	struct load *load;
	struct model_entry entries[MODEL_ENTRIES];
	unsigned int count;
	struct model_entry step;	/* the key and value of the step under way */
	unsigned int visits;
	unsigned int wrong;		/* seen by callbacks */
};

static struct model_entry *model_find(struct model *model)
{
	struct model_entry *entry;

	for (entry = model->entries; entry < model->entries + model->count; entry++)
		if (entry->key_length == model->step.key_length &&
		    !memcmp(entry->key, model->step.key, entry->key_length))
			return entry;
	return NULL;
}

/* Return: what the table is to return. */
static int model_write(struct model *model)
{
	struct model_entry *entry = model_find(model);

	if (model->step.length > MODEL_VALUE_MAX)
		return -EMSGSIZE;
	if (!entry && model->count == MODEL_ENTRIES)
		return -ENOSPC;
	if (!entry)
		entry = &model->entries[model->count++];
	*entry = model->step;
	return 0;
}

static void model_edit_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			      void *value, size_t *value_length, void *context)
{
	struct model *model = context;
	struct model_entry *entry = model_find(model);

	model->wrong += *value_length != (entry ? entry->length : 0);
	model->wrong += entry && memcmp(value, entry->value, entry->length);
	*value_length = model->step.length;
	memcpy(value, model->step.value, model->step.length);
}

static bool model_visit_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			       const void *value, size_t value_length, void *context)
{
	struct model *model = context;
	struct model_entry *entry = &model->entries[model->visits++];

	model->wrong += key_length != entry->key_length || memcmp(key, entry->key, key_length);
	model->wrong += value_length != entry->length || memcmp(value, entry->value, value_length);
	return true;
}

static void model_step_read(struct kunit *test, struct model *model)
{
	struct model_entry *entry = model_find(model), *step = &model->step;
	size_t length = 77, size = prandom_u32_state(&model->random) % (MODEL_VALUE_MAX + 1);
	int ret, expected = -ENOENT;
	u8 buffer[MODEL_VALUE_MAX];

	if (entry)
		expected = entry->length > size ? -ENOSPC : 0;
	ret = dmf_hash_table_read(model->load->table, step->key, step->key_length, buffer, size,
				  &length);
	KUNIT_ASSERT_EQ(test, ret, expected);
	KUNIT_ASSERT_EQ(test, length, entry ? entry->length : 77);
	if (!ret)
		KUNIT_ASSERT_EQ(test, memcmp(buffer, entry->value, length), 0);
}

static void model_step(struct kunit *test, struct model *model)
{
	u32 random = prandom_u32_state(&model->random);
	struct model_entry *step = &model->step;
	u8 value[MODEL_VALUE_MAX + 1];
	int i, ret, expected;

	step->key_length = random % (MODEL_KEY_MAX + 1);
	for (i = 0; i < MODEL_KEY_MAX; i++)
		step->key[i] = random >> (8 + i) & 1;
	step->length = (random >> 12) % (MODEL_VALUE_MAX + 1);
	prandom_bytes_state(&model->random, value, sizeof(value));
	memcpy(step->value, value, MODEL_VALUE_MAX);

	switch (random >> 28) {
	case 0:
		model->visits = 0;
		ret = dmf_hash_table_enumerate(model->load->table, model_visit_locked, model);
		KUNIT_ASSERT_EQ(test, ret, 0);
		KUNIT_ASSERT_EQ(test, model->visits, model->count);
		break;
	case 1:
		step->length = sizeof(value);
		fallthrough;
	case 2 ... 5:
		ret = dmf_hash_table_write(model->load->table, step->key, step->key_length, value,
					   step->length);
		KUNIT_ASSERT_EQ(test, ret, model_write(model));
		break;
	case 6 ... 9:
		ret = dmf_hash_table_find_ex(model->load->table, step->key, step->key_length,
					     model_edit_locked, model);
		expected = model_write(model);
		KUNIT_ASSERT_EQ(test, ret, expected);
		break;
	default:
		model_step_read(test, model);
	}
}

static void model_run(struct kunit *test)
{
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	struct load *load = test->priv;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, model);
	model->load = load;
	load->config.maximum_key_length = MODEL_KEY_MAX;
	load->config.maximum_value_length = MODEL_VALUE_MAX;
	load->config.maximum_table_size = MODEL_ENTRIES;
	load_up(test);
	prandom_seed_state(&model->random, 4711);
	for (i = 0; i < MODEL_STEPS; i++)
		model_step(test, model);
	KUNIT_EXPECT_EQ(test, model->count, MODEL_ENTRIES);
	KUNIT_EXPECT_EQ(test, model->wrong, 0);
}

static void random_operations_agree_with_a_model(struct kunit *test)
{
	model_run(test);
}

static void random_operations_on_one_bucket_agree_with_a_model(struct kunit *test)
{
	struct load *load = test->priv;

	load->config.hash_calculate = constant_hash;
	model_run(test);
}

/* -- Races -- */

/* Long enough for somebody to come in the middle of it. */
#define RACE_VALUE	16384
#define RACE_WRITES	1000
#define RACE_FINDS	5000
#define RACE_GROWTH	200
#define RACE_KEYS	1500
#define RACE_CLOSES	50
#define RACE_CALLERS	2	/* meanwhile */

struct race {
	struct dmf_hash_table *table;
	struct completion done;		/* of each thread that ends by itself */
	atomic_t waiting;		/* threads that have yet to begin */
	atomic_t added;			/* keys that are there for sure */
	atomic_t adds;			/* by finds */
	atomic_t calls;			/* of callbacks */
	atomic_t successes;
	atomic_t torn;
	atomic_t wrong;
	atomic_t half;			/* the callback is in the middle of it */
	bool reading;
	bool read;
	bool read_too_early;
	bool stop;
	u8 written_value[RACE_VALUE];	/* of the one thread that writes */
	u8 read_value[RACE_VALUE];	/* of the one that reads */
};

static struct race *race_up(struct kunit *test, size_t value_length, unsigned int entries)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	struct load *load = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, race);
	load->config.maximum_key_length = sizeof(u32);
	load->config.maximum_value_length = value_length;
	load->config.maximum_table_size = entries;
	load_up(test);
	race->table = load->table;
	init_completion(&race->done);
	return race;
}

static void race_wait(struct kunit *test, struct race *race, int threads)
{
	while (threads--)
		KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&race->done, DMF_KUNIT_TIMEOUT),
				0);
}

/* Begin together with the others. */
static void race_begin(struct race *race)
{
	atomic_dec(&race->waiting);
	while (atomic_read(&race->waiting) > 0)
		cond_resched();
}

/* A value is a number of equal bytes, and what byte it is tells the number. */
static size_t race_length(u8 byte)
{
	return RACE_VALUE - byte % 64;
}

static bool race_is_torn(const u8 *value, size_t length)
{
	return length != race_length(*value) || memchr_inv(value, *value, length);
}

static int race_write(struct race *race, u32 key, u8 byte)
{
	memset(race->written_value, byte, RACE_VALUE);
	return dmf_hash_table_write(race->table, &key, sizeof(key), race->written_value,
				    race_length(byte));
}

static void race_edit_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			     void *value, size_t *value_length, void *context)
{
	struct race *race = context;
	u8 next;

	if (race_is_torn(value, *value_length))
		atomic_inc(&race->torn);
	next = *(u8 *)value + 1;
	*value_length = race_length(next);
	memset(value, next, *value_length);
}

/* Until the other one, which may begin late, has looked, too. */
static int race_writer(void *data)
{
	struct race *race = data;
	u32 i, key = 0;

	race_begin(race);
	for (i = 0; i < RACE_WRITES || !atomic_read(&race->successes); i++) {
		if (i % 4 ? race_write(race, key, i) :
		    dmf_hash_table_find_ex(race->table, &key, sizeof(key), race_edit_locked, race))
			atomic_inc(&race->wrong);
		cond_resched();
	}
	complete(&race->done);
	return 0;
}

static int race_reader(void *data)
{
	struct race *race = data;
	u32 key = 0;
	size_t length;

	race_begin(race);
	while (!kthread_should_stop()) {
		if (dmf_hash_table_read(race->table, &key, sizeof(key), race->read_value,
					RACE_VALUE, &length))
			atomic_inc(&race->wrong);
		else if (race_is_torn(race->read_value, length))
			atomic_inc(&race->torn);
		atomic_inc(&race->successes);
		cond_resched();
	}
	return 0;
}

static void race_write_against_read(struct kunit *test)
{
	struct race *race = race_up(test, RACE_VALUE, 1);

	KUNIT_ASSERT_EQ(test, race_write(race, 0, 1), 0);
	atomic_set(&race->waiting, 2);
	dmf_kunit_run(test, race_reader, race);
	dmf_kunit_run(test, race_writer, race);
	race_wait(test, race, 1);
	KUNIT_EXPECT_GT(test, atomic_read(&race->successes), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->torn), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->wrong), 0);
}

static bool race_visit_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			      const void *value, size_t value_length, void *context)
{
	struct race *race = context;

	if (race_is_torn(value, value_length))
		atomic_inc(&race->torn);
	atomic_inc(&race->successes);
	return true;
}

static void race_write_against_enumerate(struct kunit *test)
{
	struct race *race = race_up(test, RACE_VALUE, 1);

	KUNIT_ASSERT_EQ(test, race_write(race, 0, 1), 0);
	atomic_set(&race->waiting, 1);
	dmf_kunit_run(test, race_writer, race);
	while (!try_wait_for_completion(&race->done)) {
		KUNIT_ASSERT_EQ(test, dmf_hash_table_enumerate(race->table, race_visit_locked,
							       race), 0);
		cond_resched();
	}
	KUNIT_EXPECT_GT(test, atomic_read(&race->successes), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->torn), 0);
}

/* Change one half of the value, let the other thread read, and change the rest. */
static void race_half_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			     void *value, size_t *value_length, void *context)
{
	ktime_t end = ktime_add_ms(ktime_get(), 100);
	struct race *race = context;

	memset(value, 2, RACE_VALUE / 2);
	atomic_set_release(&race->half, 1);
	while (!READ_ONCE(race->reading) && ktime_before(ktime_get(), end))
		cpu_relax();
	end = ktime_add_us(ktime_get(), 500);
	while (ktime_before(ktime_get(), end))
		cpu_relax();
	race->read_too_early = READ_ONCE(race->read);
	*value_length = race_length(2);
	memset(value, 2, *value_length);
}

static int race_half_reader(void *data)
{
	struct race *race = data;
	u32 key = 0;
	size_t length;

	while (!atomic_read_acquire(&race->half))
		cond_resched();
	WRITE_ONCE(race->reading, true);
	if (dmf_hash_table_read(race->table, &key, sizeof(key), race->read_value, RACE_VALUE,
				&length))
		atomic_inc(&race->wrong);
	else if (*race->read_value != 2 || race_is_torn(race->read_value, length))
		atomic_inc(&race->torn);
	WRITE_ONCE(race->read, true);
	complete(&race->done);
	return 0;
}

static void race_read_against_find(struct kunit *test)
{
	struct race *race = race_up(test, RACE_VALUE, 1);
	u32 key = 0;

	KUNIT_ASSERT_EQ(test, race_write(race, 0, 1), 0);
	dmf_kunit_run(test, race_half_reader, race);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_find_ex(race->table, &key, sizeof(key),
						     race_half_locked, race), 0);
	race_wait(test, race, 1);
	KUNIT_EXPECT_FALSE(test, race->read_too_early);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->torn), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->wrong), 0);
}

static void race_count_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			      void *value, size_t *value_length, void *context)
{
	struct race *race = context;

	if (!*value_length)
		atomic_inc(&race->adds);
	*value_length = sizeof(u64);
	*(u64 *)value += 1;
}

static int race_finder(void *data)
{
	struct race *race = data;
	u32 key;

	race_begin(race);
	for (key = 0; key < RACE_KEYS; key++)
		if (dmf_hash_table_find_ex(race->table, &key, sizeof(key), race_count_locked,
					   race))
			atomic_inc(&race->wrong);
	complete(&race->done);
	return 0;
}

static bool race_sum_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			    const void *value, size_t value_length, void *context)
{
	struct race *race = context;

	atomic_inc(&race->calls);
	if (value_length != sizeof(u64) || *(const u64 *)value != 3)
		atomic_inc(&race->wrong);
	return true;
}

/* All want the same new keys at the same time. Each is added once, and counted thrice. */
static void race_find_against_find(struct kunit *test)
{
	struct race *race = race_up(test, sizeof(u64), RACE_KEYS);
	int i;

	atomic_set(&race->waiting, 3);
	for (i = 0; i < 3; i++)
		dmf_kunit_run(test, race_finder, race);
	race_wait(test, race, 3);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->adds), RACE_KEYS);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_enumerate(race->table, race_sum_locked, race), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->calls), RACE_KEYS);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->wrong), 0);
}

static void race_count_in_interrupt(void *data)
{
	struct race *race = data;
	u32 key = 0;

	if (dmf_hash_table_find_ex(race->table, &key, sizeof(key), race_count_locked, race))
		atomic_inc(&race->wrong);
	else
		atomic_inc(&race->successes);
}

static int race_interrupter(void *data)
{
	struct race *race = data;

	while (!READ_ONCE(race->stop)) {
		dmf_kunit_in_interrupt(race_count_in_interrupt, race);
		cond_resched();
	}
	complete(&race->done);
	return 0;
}

static void race_find_against_interrupt(struct kunit *test)
{
	struct race *race = race_up(test, sizeof(u64), 1);
	u64 value = 0;
	u32 key = 0;
	int i;

	dmf_kunit_run(test, race_interrupter, race);
	for (i = 0; i < RACE_FINDS || !atomic_read(&race->successes); i++) {
		KUNIT_ASSERT_EQ(test, dmf_hash_table_find_ex(race->table, &key, sizeof(key),
							     race_count_locked, race), 0);
		cond_resched();
	}
	WRITE_ONCE(race->stop, true);
	race_wait(test, race, 1);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_read(race->table, &key, sizeof(key), &value,
						  sizeof(value), NULL), 0);
	KUNIT_EXPECT_EQ(test, value, i + atomic_read(&race->successes));
	KUNIT_EXPECT_EQ(test, atomic_read(&race->adds), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->wrong), 0);
}

static int race_grower(void *data)
{
	struct race *race = data;
	u32 key;

	for (key = 0; key < RACE_GROWTH; key++) {
		if (race_write(race, key, key))
			atomic_inc(&race->wrong);
		atomic_set_release(&race->added, key + 1);
		cond_resched();
	}
	complete(&race->done);
	return 0;
}

/* What has been added is found, and what is being added is complete once it is found. */
static void race_read_against_growth(struct kunit *test)
{
	struct race *race = race_up(test, RACE_VALUE, RACE_GROWTH);
	u32 key, added, reads = 0;
	size_t length;
	int ret;

	dmf_kunit_run(test, race_grower, race);
	do {
		added = atomic_read_acquire(&race->added);
		key = reads++ % 8 || !added ? added : reads % added;
		ret = dmf_hash_table_read(race->table, &key, sizeof(key), race->read_value,
					  RACE_VALUE, &length);
		if (ret != -ENOENT || key < added) {
			KUNIT_ASSERT_EQ(test, ret, 0);
			KUNIT_ASSERT_FALSE(test, race_is_torn(race->read_value, length));
			KUNIT_ASSERT_EQ(test, *race->read_value, (u8)key);
		}
		cond_resched();
	} while (added < RACE_GROWTH);
	race_wait(test, race, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->wrong), 0);
}

/* One of those who call while the table closes. */
struct race_calls {
	struct race *race;
	atomic_t refusals;
};

static int race_caller(void *data)
{
	struct race_calls *calls = data;
	struct race *race = calls->race;
	u64 value = 1;
	u32 i = 0;
	int ret;

	while (!kthread_should_stop()) {
		u32 key = i % RACE_KEYS;

		if (i % 3 == 0)
			ret = dmf_hash_table_write(race->table, &key, sizeof(key), &value,
						   sizeof(value));
		else if (i % 3 == 1)
			ret = dmf_hash_table_read(race->table, &key, sizeof(key), &value,
						  sizeof(value), NULL);
		else
			ret = dmf_hash_table_find_ex(race->table, &key, sizeof(key),
						     race_count_locked, race);
		if (!ret)
			atomic_inc(&race->successes);
		else if (ret == -ENODEV)
			atomic_inc(&calls->refusals);
		else if (ret != -ENOENT)
			atomic_inc(&race->wrong);
		i++;
		cond_resched();
	}
	return 0;
}

/* Wait until each has been refused so often from now on. */
static void race_wait_refused(struct race_calls *calls, int times)
{
	int i;

	for (i = 0; i < RACE_CALLERS; i++)
		atomic_set(&calls[i].refusals, 0);
	for (i = 0; i < RACE_CALLERS; i++)
		while (atomic_read(&calls[i].refusals) < times)
			cond_resched();
}

/* Once closed nothing succeeds, and nothing reaches the memory that has gone. */
static void race_methods_against_close(struct kunit *test)
{
	struct race *race = race_up(test, sizeof(u64), RACE_KEYS);
	struct load *load = test->priv;
	struct race_calls *calls;
	int i, successes;

	calls = kunit_kcalloc(test, RACE_CALLERS, sizeof(*calls), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, calls);
	for (i = 0; i < RACE_CALLERS; i++) {
		calls[i].race = race;
		dmf_kunit_run(test, race_caller, &calls[i]);
	}
	for (i = 0; i < RACE_CLOSES; i++) {
		while (!atomic_read(&race->successes))
			cond_resched();
		dmf_phase_down(load->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
		/* Who was inside has counted by the time that it has been refused. */
		race_wait_refused(calls, 1);
		successes = atomic_read(&race->successes);
		race_wait_refused(calls, 25);
		KUNIT_EXPECT_EQ(test, atomic_read(&race->successes), successes);
		atomic_set(&race->successes, 0);
		KUNIT_ASSERT_EQ(test, dmf_phase_up(load->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL),
				0);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&race->wrong), 0);
}

static int load_init(struct kunit *test)
{
	struct load *load = kunit_kzalloc(test, sizeof(*load), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, load);
	test->priv = load;
	return 0;
}

static struct kunit_case hash_table_load_cases[] = {
	KUNIT_CASE(random_operations_agree_with_a_model),
	KUNIT_CASE(random_operations_on_one_bucket_agree_with_a_model),
	KUNIT_CASE(race_write_against_read),
	KUNIT_CASE(race_write_against_enumerate),
	KUNIT_CASE(race_read_against_find),
	KUNIT_CASE(race_find_against_find),
	KUNIT_CASE(race_find_against_interrupt),
	KUNIT_CASE(race_read_against_growth),
	KUNIT_CASE(race_methods_against_close),
	{ }
};

static struct kunit_suite hash_table_load_suite = {
	.name = "dmf_hash_table_load",
	.init = load_init,
	.test_cases = hash_table_load_cases,
};

kunit_test_suite(hash_table_load_suite);
