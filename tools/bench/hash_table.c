// SPDX-License-Identifier: GPL-2.0-only
/*
 * A value of 16 bytes read from a table of 1,024 keys of 16 bytes: a HashTable
 * beside an rhashtable.
 *
 * Both sides know a bounded number of keys that are never removed, and copy a value
 * out that others may be changing: a sequence count beside each tells. The baseline's
 * keys are of one length that its compiler knows, ours are of any.
 */
#include <linux/err.h>
#include <linux/hash.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/device.h>
#include <linux/dmf/hash_table.h>

#include "bench.h"

#define ENTRIES		1024
#define KEY_SIZE	16
#define VALUE_SIZE	16
#define READS		(10 * ENTRIES)

struct bench_entry {
	struct rhash_head link;
	u8 key[KEY_SIZE];
	seqcount_t sequence;
	u32 value_length;
	u8 value[VALUE_SIZE] __aligned(sizeof(u64));
};

static const struct rhashtable_params rhash_params = {
	.head_offset = offsetof(struct bench_entry, link),
	.key_offset = offsetof(struct bench_entry, key),
	.key_len = KEY_SIZE,
	.nelem_hint = ENTRIES,
};

static struct dmf_hash_table *table;
static struct rhashtable rhash;
static u8 (*keys)[KEY_SIZE];

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_hash_table_config config = {
		.maximum_key_length = KEY_SIZE,
		.maximum_value_length = VALUE_SIZE,
		.maximum_table_size = ENTRIES,
	};

	return dmf_hash_table_add(init, &config, NULL, &table);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int keys_make(void)
{
	keys = kmalloc_array(ENTRIES, KEY_SIZE, GFP_KERNEL);
	if (!keys)
		return -ENOMEM;
	get_random_bytes(keys, ENTRIES * KEY_SIZE);
	return 0;
}

static int table_reads(void *data)
{
	u8 value[VALUE_SIZE];
	size_t length;
	int i, ret;

	for (i = 0; i < READS; i++) {
		ret = dmf_hash_table_read(data, keys[i % ENTRIES], KEY_SIZE, value, sizeof(value),
					  &length);
		if (ret)
			return ret;
	}
	return 0;
}

static int table_fill(void)
{
	int i, ret;

	for (i = 0; i < ENTRIES; i++) {
		ret = dmf_hash_table_write(table, keys[i], KEY_SIZE, keys[i], VALUE_SIZE);
		if (ret)
			return ret;
	}
	return 0;
}

static int bench_table(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = keys_make() ?: table_fill() ?: bench_run(bench, table_reads, table, READS);
	kfree(keys);
	bench_device_remove(ddev);
	return ret;
}

static noinline int rhash_read(const void *key, void *value, size_t size, size_t *length)
{
	struct bench_entry *entry = rhashtable_lookup_fast(&rhash, key, rhash_params);
	unsigned int sequence;

	if (!entry)
		return -ENOENT;

	do {
		sequence = read_seqcount_begin(&entry->sequence);
		*length = entry->value_length;
		if (*length <= size)
			memcpy(value, entry->value, *length);
	} while (read_seqcount_retry(&entry->sequence, sequence));
	return *length > size ? -ENOSPC : 0;
}

static int rhash_reads(void *data)
{
	u8 value[VALUE_SIZE];
	size_t length;
	int i, ret;

	for (i = 0; i < READS; i++) {
		ret = rhash_read(keys[i % ENTRIES], value, sizeof(value), &length);
		if (ret)
			return ret;
	}
	return 0;
}

static int rhash_fill(struct bench_entry *entries)
{
	int i, ret;

	for (i = 0; i < ENTRIES; i++) {
		seqcount_init(&entries[i].sequence);
		memcpy(entries[i].key, keys[i], KEY_SIZE);
		memcpy(entries[i].value, keys[i], VALUE_SIZE);
		entries[i].value_length = VALUE_SIZE;
		ret = rhashtable_insert_fast(&rhash, &entries[i].link, rhash_params);
		if (ret)
			return ret;
	}
	return 0;
}

static int bench_rhash(struct bench *bench)
{
	struct bench_entry *entries = kcalloc(ENTRIES, sizeof(*entries), GFP_KERNEL);
	int ret;

	if (!entries)
		return -ENOMEM;
	ret = rhashtable_init(&rhash, &rhash_params);
	if (ret)
		goto free_entries;

	ret = keys_make() ?: rhash_fill(entries) ?: bench_run(bench, rhash_reads, NULL, READS);
	kfree(keys);
	rhashtable_destroy(&rhash);
free_entries:
	kfree(entries);
	return ret;
}

const struct bench_case hash_table_cases[] = {
	{ "HashTable read, 16-byte key, 1,024 entries", "rhashtable_lookup_fast", 115,
	  bench_table, bench_rhash },
	{ }
};
