// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of HashTable, one call after the other. See hash_table_load_kunit.c for many
 * of them.
 */
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include <linux/dmf/hash_table.h>
#include <linux/dmf/module.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define KEY_MAX		7	/* so that a value that followed at once would not be aligned */
#define VALUE_MAX	24
#define ENTRIES		32

struct table_test {
	/* What the next probe adds; a case may change it before. */
	struct dmf_hash_table_config config;
	struct dmf_module_attributes attributes;

	struct dmf_device *ddev;
	struct dmf_hash_table *table;

	/* For the callback of a find, and recorded by it. */
	const void *new_value;		/* NULL: leave it as it is */
	size_t new_length;
	unsigned int calls;
	struct dmf_hash_table *found_table;
	u8 found_key[KEY_MAX];
	size_t found_key_length;
	u8 found_value[VALUE_MAX];
	size_t found_length;
	bool misaligned;
	bool not_zero;			/* a byte beyond the value */

	/* For the enumeration, and recorded by it. */
	unsigned int stop_after;
	unsigned int visits;
	u8 visited[ENTRIES];		/* the first byte of each key */

	/* Recorded by the Client's hash. */
	unsigned int hashes;
	bool hash_locked;

	/* Recorded by callbacks that call their table. */
	int write_result;
	int read_result;
	int find_result;
	int enumerate_result;
};

static int table_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct table_test *t = dmf_kunit_priv(ddev);

	return dmf_hash_table_add(init, &t->config, &t->attributes, &t->table);
}

static const struct dmf_client_ops table_ops = { .modules_add = table_modules_add };

static int table_test_init(struct kunit *test)
{
	struct table_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->config.maximum_key_length = KEY_MAX;
	t->config.maximum_value_length = VALUE_MAX;
	t->config.maximum_table_size = ENTRIES;
	t->attributes.client_data = t;
	test->priv = t;
	return 0;
}

static struct table_test *table_up(struct kunit *test)
{
	struct table_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &table_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	return t;
}

/* Keys and values of the cases are strings, without their ends. */
static int write(struct table_test *t, const char *key, const char *value)
{
	return dmf_hash_table_write(t->table, key, strlen(key), value, strlen(value));
}

static void expect_value(struct kunit *test, const char *key, const char *value)
{
	struct table_test *t = test->priv;
	char buffer[VALUE_MAX];
	size_t length = 0;
	int ret;

	ret = dmf_hash_table_read(t->table, key, strlen(key), buffer, sizeof(buffer), &length);
	KUNIT_EXPECT_EQ_MSG(test, ret, 0, "key %s", key);
	KUNIT_ASSERT_EQ_MSG(test, length, strlen(value), "key %s", key);
	KUNIT_EXPECT_EQ_MSG(test, memcmp(buffer, value, length), 0, "key %s: %.*s", key,
			    (int)length, buffer);
}

static int read_nothing(struct table_test *t, const char *key)
{
	char buffer[VALUE_MAX];

	return dmf_hash_table_read(t->table, key, strlen(key), buffer, sizeof(buffer), NULL);
}

/* -- Write and read -- */

static void write_then_read_gives_value(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	KUNIT_EXPECT_EQ(test, write(t, "two", "second value, 24 bytes.."), 0);
	expect_value(test, "one", "first");
	expect_value(test, "two", "second value, 24 bytes..");
}

static void read_of_unknown_key_fails(struct kunit *test)
{
	struct table_test *t = table_up(test);
	size_t length = 77;
	u8 buffer[8];

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_read(t->table, "on", 2, buffer, sizeof(buffer),
						  &length), -ENOENT);
	KUNIT_EXPECT_EQ(test, length, 77);
}

static void write_again_replaces_value_and_length(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	KUNIT_EXPECT_EQ(test, write(t, "one", "longer than the first"), 0);
	expect_value(test, "one", "longer than the first");
	KUNIT_EXPECT_EQ(test, write(t, "one", "short"), 0);
	expect_value(test, "one", "short");
}

static void key_and_value_are_copied(struct kunit *test)
{
	struct table_test *t = table_up(test);
	char key[] = "one", value[] = "first";

	KUNIT_EXPECT_EQ(test, write(t, key, value), 0);
	memset(key, 'x', 3);
	memset(value, 'x', 5);
	expect_value(test, "one", "first");
	KUNIT_EXPECT_EQ(test, read_nothing(t, "xxx"), -ENOENT);
}

/* The empty key, and keys that another one begins with, or that end in zeros. */
static void keys_differ_by_length_and_bytes(struct kunit *test)
{
	static const char keys[][KEY_MAX] = { "", "\0", "\0\0", "a", "a\0", "a\0\0", "ab", "b" };
	static const size_t lengths[] = { 0, 1, 2, 1, 2, 3, 2, 1 };
	struct table_test *t = table_up(test);
	size_t length;
	int i;
	u8 value;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		value = i;
		KUNIT_EXPECT_EQ(test, dmf_hash_table_write(t->table, lengths[i] ? keys[i] : NULL,
							   lengths[i], &value, 1), 0);
	}
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		KUNIT_EXPECT_EQ(test, dmf_hash_table_read(t->table, keys[i], lengths[i], &value, 1,
							  &length), 0);
		KUNIT_EXPECT_EQ(test, value, i);
	}
}

static void value_of_no_bytes_is_a_value(struct kunit *test)
{
	struct table_test *t = table_up(test);
	size_t length = 77;

	KUNIT_EXPECT_EQ(test, dmf_hash_table_write(t->table, "one", 3, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_read(t->table, "one", 3, NULL, 0, &length), 0);
	KUNIT_EXPECT_EQ(test, length, 0);
}

static void read_into_too_little_tells_the_length(struct kunit *test)
{
	struct table_test *t = table_up(test);
	char buffer[8] = "01234567";
	size_t length = 0;

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_read(t->table, "one", 3, buffer, 4, &length), -ENOSPC);
	KUNIT_EXPECT_EQ(test, length, 5);
	KUNIT_EXPECT_EQ(test, memcmp(buffer + 4, "4567", 4), 0);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_read(t->table, "one", 3, buffer, 4, NULL), -ENOSPC);

	length = 0;
	KUNIT_EXPECT_EQ(test, dmf_hash_table_read(t->table, "one", 3, NULL, 0, &length), -ENOSPC);
	KUNIT_EXPECT_EQ(test, length, 5);

	KUNIT_EXPECT_EQ(test, dmf_hash_table_read(t->table, "one", 3, buffer, 5, &length), 0);
	KUNIT_EXPECT_EQ(test, memcmp(buffer, "first567", 8), 0);
}

/* -- What does not fit -- */

static void too_long_value_changes_nothing(struct kunit *test)
{
	struct table_test *t = table_up(test);
	u8 value[VALUE_MAX + 1] = { };

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	KUNIT_EXPECT_EQ(test, write(t, "two", "second"), 0);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_write(t->table, "one", 3, value, sizeof(value)),
			-EMSGSIZE);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_write(t->table, "new", 3, value, sizeof(value)),
			-EMSGSIZE);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_write(t->table, "one", 3, value, SIZE_MAX), -EMSGSIZE);
	expect_value(test, "one", "first");
	expect_value(test, "two", "second");
	KUNIT_EXPECT_EQ(test, read_nothing(t, "new"), -ENOENT);
}

static void leave_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			 void *value, size_t *value_length)
{
}

static void too_long_key_is_refused(struct kunit *test)
{
	static const char key[] = "12345678";
	struct table_test *t = table_up(test);
	size_t length = 77;
	u8 value[VALUE_MAX];

	KUNIT_EXPECT_EQ(test, write(t, "1234567", "longest"), 0);
	KUNIT_EXPECT_EQ(test, write(t, key, "value"), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_read(t->table, key, 8, value, sizeof(value), &length),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, length, 77);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_find(t->table, key, 8, leave_locked), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_write(t->table, key, SIZE_MAX, "value", 5), -EINVAL);
	expect_value(test, "1234567", "longest");
}

static void full_table_refuses_new_keys_only(struct kunit *test)
{
	struct table_test *t = table_up(test);
	char key[2] = { };
	int i;

	for (i = 0; i < ENTRIES; i++) {
		key[0] = 'A' + i;
		KUNIT_EXPECT_EQ(test, write(t, key, key), 0);
	}
	KUNIT_EXPECT_EQ(test, write(t, "new", "value"), -ENOSPC);
	KUNIT_EXPECT_EQ(test, read_nothing(t, "new"), -ENOENT);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_find(t->table, "new", 3, leave_locked), -ENOSPC);
	KUNIT_EXPECT_EQ(test, read_nothing(t, "new"), -ENOENT);

	KUNIT_EXPECT_EQ(test, dmf_hash_table_find(t->table, "B", 1, leave_locked), 0);
	KUNIT_EXPECT_EQ(test, write(t, "A", "overwritten"), 0);
	expect_value(test, "A", "overwritten");
	for (i = 1; i < ENTRIES; i++) {
		key[0] = 'A' + i;
		expect_value(test, key, key);
	}
}

static void table_of_one_entry(struct kunit *test)
{
	struct table_test *t = test->priv;

	t->config.maximum_table_size = 1;
	t->config.maximum_key_length = 1;
	t->config.maximum_value_length = 1;
	table_up(test);
	KUNIT_EXPECT_EQ(test, write(t, "a", "1"), 0);
	KUNIT_EXPECT_EQ(test, write(t, "b", "2"), -ENOSPC);
	expect_value(test, "a", "1");
}

/* -- Find -- */

static void edit_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			void *value, size_t *value_length)
{
	struct table_test *t = dmf_module_client_data(dmf_hash_table_module(table));

	t->calls++;
	t->found_table = table;
	t->found_key_length = key_length;
	memcpy(t->found_key, key, min_t(size_t, key_length, KEY_MAX));
	t->found_length = *value_length;
	memcpy(t->found_value, value, VALUE_MAX);
	t->misaligned |= !IS_ALIGNED((unsigned long)value, sizeof(u64));
	t->not_zero |= !!memchr_inv(value + *value_length, 0, VALUE_MAX - *value_length);
	if (t->new_value) {
		memcpy(value, t->new_value, min_t(size_t, t->new_length, VALUE_MAX));
		*value_length = t->new_length;
	}
}

static int find(struct table_test *t, const char *key, const char *new_value)
{
	t->calls = 0;
	t->new_value = new_value;
	t->new_length = new_value ? strlen(new_value) : 0;
	return dmf_hash_table_find(t->table, key, strlen(key), edit_locked);
}

static void find_adds_and_edits(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, find(t, "one", "first"), 0);
	KUNIT_EXPECT_EQ(test, t->calls, 1);
	KUNIT_EXPECT_PTR_EQ(test, t->found_table, t->table);
	KUNIT_EXPECT_EQ(test, t->found_key_length, 3);
	KUNIT_EXPECT_EQ(test, memcmp(t->found_key, "one", 3), 0);
	KUNIT_EXPECT_EQ(test, t->found_length, 0);
	KUNIT_EXPECT_FALSE(test, t->misaligned);
	KUNIT_EXPECT_FALSE(test, t->not_zero);
	expect_value(test, "one", "first");
}

static void find_changes_what_is_there(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	KUNIT_EXPECT_EQ(test, find(t, "one", "another value"), 0);
	KUNIT_EXPECT_EQ(test, t->calls, 1);
	KUNIT_EXPECT_EQ(test, t->found_length, 5);
	KUNIT_EXPECT_EQ(test, memcmp(t->found_value, "first", 5), 0);
	expect_value(test, "one", "another value");
}

static void find_may_only_look(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	KUNIT_EXPECT_EQ(test, find(t, "one", NULL), 0);
	expect_value(test, "one", "first");
	KUNIT_EXPECT_EQ(test, find(t, "two", NULL), 0);
	expect_value(test, "two", "");
}

static void bytes_beyond_a_value_are_zero(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, write(t, "one", "a long value"), 0);
	KUNIT_EXPECT_EQ(test, write(t, "one", "short"), 0);
	KUNIT_EXPECT_EQ(test, find(t, "one", "0123456789"), 0);
	KUNIT_EXPECT_EQ(test, find(t, "one", "0123"), 0);
	KUNIT_EXPECT_EQ(test, find(t, "one", NULL), 0);
	KUNIT_EXPECT_EQ(test, t->found_length, 4);
	KUNIT_EXPECT_FALSE(test, t->not_zero);
}

static void find_that_sets_too_great_a_length_is_refused(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	KUNIT_EXPECT_EQ(test, find(t, "one", "value that does not fit in"), -EMSGSIZE);
	expect_value(test, "one", "value");
	KUNIT_EXPECT_EQ(test, find(t, "two", "value that does not fit in"), -EMSGSIZE);
	KUNIT_EXPECT_EQ(test, read_nothing(t, "two"), -ENOENT);

	/* The entry that was not added is as new as ever. */
	KUNIT_EXPECT_EQ(test, find(t, "3", NULL), 0);
	KUNIT_EXPECT_EQ(test, t->found_length, 0);
	KUNIT_EXPECT_FALSE(test, t->not_zero);
	expect_value(test, "3", "");
	KUNIT_EXPECT_EQ(test, find(t, "one", NULL), 0);
	KUNIT_EXPECT_FALSE(test, t->not_zero);
}

static void edit_ex_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			   void *value, size_t *value_length, void *context)
{
	edit_locked(table, key, key_length, value, value_length);
	*(struct dmf_hash_table **)context = table;
}

static void find_ex_passes_the_context(struct kunit *test)
{
	struct dmf_hash_table *table = NULL;
	struct table_test *t = table_up(test);

	t->new_value = "first";
	t->new_length = 5;
	KUNIT_EXPECT_EQ(test, dmf_hash_table_find_ex(t->table, "one", 3, edit_ex_locked, &table),
			0);
	KUNIT_EXPECT_EQ(test, t->calls, 1);
	KUNIT_EXPECT_PTR_EQ(test, table, t->table);
	expect_value(test, "one", "first");
}

static void methods_without_callback_are_refused(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, dmf_hash_table_find(t->table, "one", 3, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_find_ex(t->table, "one", 3, NULL, t), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_enumerate(t->table, NULL, t), -EINVAL);
	KUNIT_EXPECT_EQ(test, read_nothing(t, "one"), -ENOENT);
}

/* -- Enumeration -- */

static bool visit_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			 const void *value, size_t value_length, void *context)
{
	struct table_test *t = context;

	if (t->visits < ENTRIES)
		t->visited[t->visits] = *(const u8 *)key;
	t->visits++;
	t->found_table = table;
	t->found_key_length = key_length;
	t->found_length = value_length;
	memcpy(t->found_value, value, VALUE_MAX);
	t->misaligned |= !IS_ALIGNED((unsigned long)key | (unsigned long)value, sizeof(u64));
	return t->visits != t->stop_after;
}

static void enumeration_is_in_the_order_of_insertion(struct kunit *test)
{
	struct table_test *t = table_up(test);
	char key[2] = { };
	int i;

	for (i = 0; i < ENTRIES; i++) {
		key[0] = (i * 11) % ENTRIES + 1;
		KUNIT_EXPECT_EQ(test, i % 2 ? write(t, key, "v") : find(t, key, "v"), 0);
	}
	key[0] = 1;
	KUNIT_EXPECT_EQ(test, write(t, key, "again"), 0);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_enumerate(t->table, visit_locked, t), 0);
	KUNIT_EXPECT_EQ(test, t->visits, ENTRIES);
	for (i = 0; i < ENTRIES; i++)
		KUNIT_EXPECT_EQ(test, t->visited[i], (i * 11) % ENTRIES + 1);
	KUNIT_EXPECT_FALSE(test, t->misaligned);
}

static void enumeration_stops_when_told(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, dmf_hash_table_enumerate(t->table, visit_locked, t), 0);
	KUNIT_EXPECT_EQ(test, t->visits, 0);
	KUNIT_EXPECT_EQ(test, write(t, "1", "one"), 0);
	KUNIT_EXPECT_EQ(test, write(t, "23", "second"), 0);
	KUNIT_EXPECT_EQ(test, write(t, "345", "third"), 0);
	t->stop_after = 2;
	KUNIT_EXPECT_EQ(test, dmf_hash_table_enumerate(t->table, visit_locked, t), 0);
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	KUNIT_EXPECT_PTR_EQ(test, t->found_table, t->table);
	KUNIT_EXPECT_EQ(test, t->found_key_length, 2);
	KUNIT_EXPECT_EQ(test, t->found_length, 6);
	KUNIT_EXPECT_EQ(test, memcmp(t->found_value, "second", 6), 0);
}

/* -- Hashes -- */

static u32 constant_hash(struct dmf_hash_table *table, const void *key, size_t key_length)
{
	struct table_test *t = dmf_module_client_data(dmf_hash_table_module(table));

	t->hashes++;
	t->hash_locked |= !preemptible();
	return 5;
}

static void colliding_keys_are_told_apart(struct kunit *test)
{
	struct table_test *t = test->priv;
	u32 key, value;

	t->config.hash_calculate = constant_hash;
	t->config.maximum_table_size = 200;
	table_up(test);
	for (key = 0; key < 200; key++)
		KUNIT_EXPECT_EQ(test, dmf_hash_table_write(t->table, &key, sizeof(key), &key,
							   sizeof(key)), 0);
	KUNIT_EXPECT_EQ(test, t->hashes, 200);
	for (key = 0; key < 200; key++) {
		KUNIT_EXPECT_EQ(test, dmf_hash_table_read(t->table, &key, sizeof(key), &value,
							  sizeof(value), NULL), 0);
		KUNIT_EXPECT_EQ(test, value, key);
	}
	KUNIT_EXPECT_EQ(test, dmf_hash_table_read(t->table, &key, sizeof(key), &value,
						  sizeof(value), NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, dmf_hash_table_find(t->table, "x", 1, leave_locked), -ENOSPC);
	KUNIT_EXPECT_FALSE(test, t->hash_locked);
}

static u32 plain_hash(struct dmf_hash_table *table, const void *key, size_t key_length)
{
	return *(const u32 *)key;
}

static unsigned int show_longest(struct kunit *test)
{
	struct table_test *t = test->priv;
	struct dmf_module *module = dmf_hash_table_module(t->table);
	struct seq_file seq = { .size = 256 };
	unsigned int depth, max, longest;
	unsigned long refused;
	int ret;

	seq.buf = kunit_kzalloc(test, seq.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, seq.buf);
	module->desc->ops->show(module, &seq);
	ret = sscanf(seq.buf, "depth=%u max=%u longest_bucket=%u refused=%lu", &depth, &max,
		     &longest, &refused);
	KUNIT_ASSERT_EQ_MSG(test, ret, 4, "%s", seq.buf);
	KUNIT_EXPECT_EQ(test, depth, 1024);
	KUNIT_EXPECT_EQ(test, max, 1024);
	KUNIT_EXPECT_EQ(test, refused, 1);
	return longest;
}

/* 1,024 keys that differ in a few bits only; the worst of 2,048 buckets has 5 by chance. */
static void fill_with_numbers(struct kunit *test)
{
	struct table_test *t = test->priv;
	u32 key, i = 0;

	t->config.maximum_table_size = 1024;
	table_up(test);
	for (key = 0; key < 1024; key++)
		KUNIT_ASSERT_EQ(test, dmf_hash_table_write(t->table, &key, sizeof(key), &i,
							   sizeof(i)), 0);
	key = U32_MAX;
	KUNIT_EXPECT_EQ(test, dmf_hash_table_write(t->table, &key, sizeof(key), &i, sizeof(i)),
			-ENOSPC);
}

static void default_hash_spreads_similar_keys(struct kunit *test)
{
	fill_with_numbers(test);
	KUNIT_EXPECT_LE(test, show_longest(test), 10);
}

static void hash_of_a_client_may_vary_in_lower_bits_only(struct kunit *test)
{
	struct table_test *t = test->priv;

	t->config.hash_calculate = plain_hash;
	fill_with_numbers(test);
	KUNIT_EXPECT_LE(test, show_longest(test), 4);
}

/* -- Callbacks that call -- */

static void reenter(struct table_test *t)
{
	char buffer[VALUE_MAX];

	t->write_result = write(t, "one", "value");
	t->find_result = dmf_hash_table_find(t->table, "one", 3, leave_locked);
	t->enumerate_result = dmf_hash_table_enumerate(t->table, visit_locked, t);
	t->read_result = dmf_hash_table_read(t->table, "one", 3, buffer, sizeof(buffer), NULL);
}

static void reenter_locked(struct dmf_hash_table *table, const void *key, size_t key_length,
			   void *value, size_t *value_length, void *context)
{
	reenter(context);
}

static bool reenter_visit_locked(struct dmf_hash_table *table, const void *key,
				 size_t key_length, const void *value, size_t value_length,
				 void *context)
{
	reenter(context);
	return false;
}

static void callback_of_find_that_calls_is_refused(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	dmf_kunit_expect_begin(test, "WARNING:.*hash_table");
	KUNIT_EXPECT_EQ(test, dmf_hash_table_find_ex(t->table, "one", 3, reenter_locked, t), 0);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, t->write_result, -EDEADLK);
	KUNIT_EXPECT_EQ(test, t->find_result, -EDEADLK);
	KUNIT_EXPECT_EQ(test, t->enumerate_result, -EDEADLK);
	KUNIT_EXPECT_EQ(test, t->read_result, -EDEADLK);
	KUNIT_EXPECT_EQ(test, t->visits, 0);
	expect_value(test, "one", "first");
}

static void callback_of_enumeration_that_calls_is_refused(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	dmf_kunit_expect_begin(test, "WARNING:.*hash_table");
	KUNIT_EXPECT_EQ(test, dmf_hash_table_enumerate(t->table, reenter_visit_locked, t), 0);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, t->write_result, -EDEADLK);
	KUNIT_EXPECT_EQ(test, t->find_result, -EDEADLK);
	KUNIT_EXPECT_EQ(test, t->enumerate_result, -EDEADLK);
	KUNIT_EXPECT_EQ(test, write(t, "one", "second"), 0);
}

/* -- Contexts and life -- */

static void all_methods_at_once(void *data)
{
	struct table_test *t = data;
	char buffer[VALUE_MAX];

	t->write_result = write(t, "one", "first");
	t->find_result = find(t, "two", "second");
	t->enumerate_result = dmf_hash_table_enumerate(t->table, visit_locked, t);
	t->read_result = dmf_hash_table_read(t->table, "one", 3, buffer, sizeof(buffer), NULL);
}

static void methods_in_an_interrupt_handler(struct kunit *test)
{
	struct table_test *t = table_up(test);

	dmf_kunit_in_interrupt(all_methods_at_once, t);
	KUNIT_EXPECT_EQ(test, t->write_result, 0);
	KUNIT_EXPECT_EQ(test, t->find_result, 0);
	KUNIT_EXPECT_EQ(test, t->enumerate_result, 0);
	KUNIT_EXPECT_EQ(test, t->read_result, 0);
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	expect_value(test, "one", "first");
	expect_value(test, "two", "second");
}

static void closed_table_refuses_and_opens_empty(struct kunit *test)
{
	struct table_test *t = table_up(test);

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	dmf_phase_down(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL);
	all_methods_at_once(t);
	KUNIT_EXPECT_EQ(test, t->write_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, t->find_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, t->enumerate_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, t->read_result, -ENODEV);
	KUNIT_EXPECT_EQ(test, t->calls, 0);

	KUNIT_EXPECT_EQ(test, dmf_phase_up(t->ddev, DMF_PHASE_CREATE, DMF_POWER_FINAL), 0);
	KUNIT_EXPECT_EQ(test, read_nothing(t, "one"), -ENOENT);
	all_methods_at_once(t);
	KUNIT_EXPECT_EQ(test, t->visits, 2);
	expect_value(test, "one", "first");
}

static void dynamic_table_works(struct kunit *test)
{
	struct table_test *t = table_up(test);
	struct dmf_hash_table *fixed = t->table;

	KUNIT_EXPECT_EQ(test, write(t, "one", "first"), 0);
	KUNIT_ASSERT_EQ(test, dmf_hash_table_create(t->ddev, NULL, &t->config, &t->attributes,
						    &t->table), 0);
	KUNIT_EXPECT_EQ(test, write(t, "one", "another"), 0);
	expect_value(test, "one", "another");
	dmf_hash_table_destroy(t->table);
	t->table = fixed;
	expect_value(test, "one", "first");
}

static void passive_level_is_refused(struct kunit *test)
{
	struct table_test *t = test->priv;

	t->attributes.passive_level = true;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &table_ops)), -EINVAL);
}

static void bad_configs_are_refused(struct kunit *test)
{
	static const struct dmf_hash_table_config bad[] = {
		{ 0, VALUE_MAX, ENTRIES },
		{ KEY_MAX, 0, ENTRIES },
		{ KEY_MAX, VALUE_MAX, 0 },
		{ KMALLOC_MAX_SIZE + 1, VALUE_MAX, ENTRIES },
		{ SIZE_MAX, VALUE_MAX, ENTRIES },
		{ KEY_MAX, KMALLOC_MAX_SIZE + 1, ENTRIES },
		{ KEY_MAX, SIZE_MAX, ENTRIES },
		{ KEY_MAX, VALUE_MAX, UINT_MAX },
		{ KEY_MAX, VALUE_MAX, INT_MAX / VALUE_MAX },
		{ KMALLOC_MAX_SIZE, KMALLOC_MAX_SIZE, UINT_MAX },
	};
	struct table_test *t = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		t->config = bad[i];
		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &table_ops)),
				    -EINVAL, "config %d", i);
	}
}

/* -- Memory -- */

/* The Module and its Config; two arrays, and what frees them. */
static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	dmf_kunit_fail_probe(test, &table_ops, 6);
}

static struct kunit_case hash_table_cases[] = {
	KUNIT_CASE(write_then_read_gives_value),
	KUNIT_CASE(read_of_unknown_key_fails),
	KUNIT_CASE(write_again_replaces_value_and_length),
	KUNIT_CASE(key_and_value_are_copied),
	KUNIT_CASE(keys_differ_by_length_and_bytes),
	KUNIT_CASE(value_of_no_bytes_is_a_value),
	KUNIT_CASE(read_into_too_little_tells_the_length),
	KUNIT_CASE(too_long_value_changes_nothing),
	KUNIT_CASE(too_long_key_is_refused),
	KUNIT_CASE(full_table_refuses_new_keys_only),
	KUNIT_CASE(table_of_one_entry),
	KUNIT_CASE(find_adds_and_edits),
	KUNIT_CASE(find_changes_what_is_there),
	KUNIT_CASE(find_may_only_look),
	KUNIT_CASE(bytes_beyond_a_value_are_zero),
	KUNIT_CASE(find_that_sets_too_great_a_length_is_refused),
	KUNIT_CASE(find_ex_passes_the_context),
	KUNIT_CASE(methods_without_callback_are_refused),
	KUNIT_CASE(enumeration_is_in_the_order_of_insertion),
	KUNIT_CASE(enumeration_stops_when_told),
	KUNIT_CASE(colliding_keys_are_told_apart),
	KUNIT_CASE(default_hash_spreads_similar_keys),
	KUNIT_CASE(hash_of_a_client_may_vary_in_lower_bits_only),
	KUNIT_CASE(callback_of_find_that_calls_is_refused),
	KUNIT_CASE(callback_of_enumeration_that_calls_is_refused),
	KUNIT_CASE(methods_in_an_interrupt_handler),
	KUNIT_CASE(closed_table_refuses_and_opens_empty),
	KUNIT_CASE(dynamic_table_works),
	KUNIT_CASE(passive_level_is_refused),
	KUNIT_CASE(bad_configs_are_refused),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite hash_table_suite = {
	.name = "dmf_hash_table",
	.init = table_test_init,
	.test_cases = hash_table_cases,
};

kunit_test_suite(hash_table_suite);
