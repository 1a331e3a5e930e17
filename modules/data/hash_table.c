// SPDX-License-Identifier: GPL-2.0-only
/*
 * HashTable: a bounded number of keys, each with a value of bounded size.
 *
 * Open takes one array of entries and one of buckets, which are the kernel's
 * hlists. The first @count entries are in use, in the order they were added.
 * An entry is
 *
 *	link, hash, lengths, sequence | key | padding | value | padding
 *
 * It is filled first and linked then, and never unlinked, so whoever walks a
 * bucket without the lock meets complete entries only. The gate, which each
 * Method enters, keeps them from being freed: rcu_read_lock() would add nothing.
 *
 * Key, key length and hash never change again. Value and value length are
 * written under the Module's lock, inside the entry's sequence. A reader
 * copies without a lock and looks at the sequence afterwards. If a writer was
 * there it does not spin, but takes the lock and copies again: on PREEMPT_RT it may
 * have pushed aside the very writer that it would spin for. The value length of an
 * entry is stored only after it has been checked, so a copy that turns out
 * to be worthless has not gone beyond the entry.
 *
 * Why not an rhashtable: its insertion takes a bucket's lock with bottom halves
 * off, and enables them at the end, on 6.1. That may not be done with interrupts
 * disabled, neither in an interrupt handler nor under the Module's lock. Since the
 * greatest number of entries is known there is nothing to grow either, and
 * without a worker that grows a table nothing can be pending at close.
 *
 * @visitor tells a callback that calls its own table from others, which wait.
 * Whoever finds itself there holds the lock: with it held no interrupt comes but
 * on PREEMPT_RT, where handlers that take locks are threads with a current of
 * their own.
 */
#include <linux/device.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/hash_table.h>
#include <linux/dmf/module.h>

/**
 * struct hash_table_entry - a key and its value
 * @link: in its bucket; set once, when all else is.
 * @hash: of the key; constant once linked.
 * @key_length: bytes; constant once linked.
 * @value_length: bytes; inside @sequence, like the value.
 * @sequence: written with the Module's lock held.
 * @data: the key, and at the table's value_offset the value. The bytes between
 *	the value's end and its greatest end are zero.
 */
struct hash_table_entry {
	struct hlist_node link;
	u32 hash;
	u32 key_length;
	u32 value_length;
	seqcount_t sequence;
	u8 data[] __aligned(sizeof(u64));
};

struct dmf_hash_table {
	struct dmf_module module;

	/* Constant while the table is open. */
	struct hlist_head *buckets;
	unsigned int shift;		/* a hash shifted right by this is its bucket */
	u32 seed;
	u32 (*hash_calculate)(struct dmf_hash_table *table, const void *key, size_t key_length);
	void *entries;
	size_t entry_size;
	size_t value_offset;		/* in data[] */
	size_t key_max;
	size_t value_max;
	unsigned int count_max;

	/* Guarded by the Module's lock. */
	unsigned int count;		/* entries in use */
	unsigned int longest;		/* entries in the fullest bucket */
	unsigned long refused;		/* keys for which there was no room */
	struct task_struct *visitor;	/* whose callback runs; others may read it */
};

/* A key that a Client is looking for. */
struct hash_table_key {
	const void *data;
	size_t length;
	u32 hash;
};

static struct dmf_hash_table *hash_table_from_module(struct dmf_module *module)
{
	return container_of(module, struct dmf_hash_table, module);
}

static void *hash_table_value(const struct dmf_hash_table *table, struct hash_table_entry *entry)
{
	return entry->data + table->value_offset;
}

static struct hash_table_entry *hash_table_entry(const struct dmf_hash_table *table,
						 unsigned int index)
{
	return table->entries + index * table->entry_size;
}

/* Keys */

/* The number of a bucket is the upper bits; a Client's hash may be good in the lower ones. */
static __always_inline u32 hash_table_hash(struct dmf_hash_table *table, const void *key,
					   size_t length)
{
	if (unlikely(table->hash_calculate))
		return table->hash_calculate(table, key, length) * GOLDEN_RATIO_32;
	if (IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) && !(length % sizeof(u32)))
		return jhash2(key, length / sizeof(u32), table->seed);
	return jhash(key, length, table->seed);
}

static __always_inline struct hash_table_key hash_table_key(struct dmf_hash_table *table,
							    const void *data, size_t length)
{
	return (struct hash_table_key) {
		.data = data,
		.length = length,
		.hash = hash_table_hash(table, data, length),
	};
}

static __always_inline struct hlist_head *hash_table_bucket(const struct dmf_hash_table *table,
							    u32 hash)
{
	return &table->buckets[hash >> table->shift];
}

static __always_inline struct hash_table_entry *
hash_table_lookup(const struct dmf_hash_table *table, const struct hash_table_key *key)
{
	struct hash_table_entry *entry;

	/* "true": the gate is what keeps the entries. */
	hlist_for_each_entry_rcu(entry, hash_table_bucket(table, key->hash), link, true) {
		if (entry->hash == key->hash && entry->key_length == key->length &&
		    !memcmp(entry->data, key->data, key->length))
			return entry;
	}
	return NULL;
}

static noinline int hash_table_refuse(struct dmf_hash_table *table, const char *fault,
				      size_t length, int ret)
{
	const struct dmf_hash_table_config *config = dmf_module_config(&table->module);

	dev_err_ratelimited(dmf_module_device(&table->module),
			    "%s: fault=%s length=%zu key_max=%zu value_max=%zu\n",
			    dmf_module_name(&table->module), fault, length,
			    config->maximum_key_length, config->maximum_value_length);
	return ret;
}

/* Begin a Method about a key: on success the caller owes dmf_module_release(). */
static __always_inline int hash_table_begin(struct dmf_hash_table *table, size_t key_length)
{
	int ret = dmf_module_acquire(&table->module);

	if (unlikely(ret))
		return ret;

	if (unlikely(key_length > table->key_max)) {
		ret = hash_table_refuse(table, "key_too_long", key_length, -EINVAL);
		dmf_module_release(&table->module);
	}
	return ret;
}

/* Before the lock is taken: whether it is a callback that calls, with the lock held. */
static int hash_table_check_caller(struct dmf_hash_table *table)
{
	return WARN_ON(READ_ONCE(table->visitor) == current) ? -EDEADLK : 0;
}

/* Entries */

/* The entry that is next to be used, with everything set but its value; NULL if there is none. */
static struct hash_table_entry *hash_table_prepare_locked(struct dmf_hash_table *table,
							  const struct hash_table_key *key)
{
	struct hash_table_entry *entry;

	dmf_module_assert_locked(&table->module);
	if (table->count == table->count_max) {
		table->refused++;
		return NULL;
	}

	entry = hash_table_entry(table, table->count);
	seqcount_init(&entry->sequence);
	entry->hash = key->hash;
	entry->key_length = key->length;
	memcpy(entry->data, key->data, key->length);
	return entry;
}

/* Let others find the entry that was prepared. */
static void hash_table_link_locked(struct dmf_hash_table *table, struct hash_table_entry *entry)
{
	struct hlist_head *bucket = hash_table_bucket(table, entry->hash);
	unsigned int depth = 1;
	struct hlist_node *node;

	dmf_module_assert_locked(&table->module);
	hlist_for_each(node, bucket)
		depth++;
	table->longest = max(table->longest, depth);
	table->count++;
	hlist_add_head_rcu(&entry->link, bucket);
}

static void hash_table_set_value(struct dmf_hash_table *table, struct hash_table_entry *entry,
				 const void *value, size_t length)
{
	void *to = hash_table_value(table, entry);

	memcpy(to, value, length);
	if (length < entry->value_length)
		memset(to + length, 0, entry->value_length - length);
	WRITE_ONCE(entry->value_length, length);
}

static int hash_table_write_locked(struct dmf_hash_table *table, const struct hash_table_key *key,
				   const void *value, size_t length)
{
	struct hash_table_entry *entry = hash_table_lookup(table, key);

	if (entry) {
		raw_write_seqcount_begin(&entry->sequence);
		hash_table_set_value(table, entry, value, length);
		raw_write_seqcount_end(&entry->sequence);
		return 0;
	}

	entry = hash_table_prepare_locked(table, key);
	if (!entry)
		return -ENOSPC;
	hash_table_set_value(table, entry, value, length);
	hash_table_link_locked(table, entry);
	return 0;
}

/* Reading */

/* Return: the length of the value, which has been copied if it fits. */
static __always_inline ssize_t hash_table_copy(const struct dmf_hash_table *table,
					       struct hash_table_entry *entry, void *value,
					       size_t size)
{
	u32 length = READ_ONCE(entry->value_length);

	if (length <= size)
		memcpy(value, hash_table_value(table, entry), length);
	return length;
}

/* Somebody has been writing: wait until it is done. Return: the length or -errno. */
static noinline ssize_t hash_table_copy_again(struct dmf_hash_table *table,
					      struct hash_table_entry *entry, void *value,
					      size_t size)
{
	ssize_t ret = hash_table_check_caller(table);

	if (!ret) {
		dmf_module_lock(&table->module);
		ret = hash_table_copy(table, entry, value, size);
		dmf_module_unlock(&table->module);
	}
	return ret;
}

static __always_inline int hash_table_read(struct dmf_hash_table *table,
					   const struct hash_table_key key, void *value,
					   size_t size, size_t *value_length)
{
	struct hash_table_entry *entry = hash_table_lookup(table, &key);
	unsigned int sequence;
	ssize_t length;

	if (!entry)
		return -ENOENT;

	sequence = raw_seqcount_begin(&entry->sequence);
	length = hash_table_copy(table, entry, value, size);
	if (unlikely(read_seqcount_retry(&entry->sequence, sequence))) {
		length = hash_table_copy_again(table, entry, value, size);
		if (length < 0)
			return length;
	}

	if (value_length)
		*value_length = length;
	return unlikely(length > size) ? -ENOSPC : 0;
}

/* Finding */

/* A find under way; on the stack of its caller. */
struct hash_table_find {
	dmf_hash_table_find_locked_fn *callback;
	dmf_hash_table_find_ex_locked_fn *callback_ex;	/* the one or the other */
	void *context;
	size_t length;			/* of the value, as the callback has set it */
};

/* Have the Client change a value. Return: 0, or -EMSGSIZE if the length could not be kept. */
static int hash_table_edit_locked(struct dmf_hash_table *table, struct hash_table_entry *entry,
				  const struct hash_table_key *key, struct hash_table_find *find)
{
	void *value = hash_table_value(table, entry);
	size_t length;
	int ret = 0;

	find->length = entry->value_length;
	WRITE_ONCE(table->visitor, current);
	if (find->callback)
		find->callback(table, key->data, key->length, value, &find->length);
	else
		find->callback_ex(table, key->data, key->length, value, &find->length,
				  find->context);
	WRITE_ONCE(table->visitor, NULL);

	length = find->length;
	if (length > table->value_max) {
		length = entry->value_length;
		ret = -EMSGSIZE;
	}
	if (length < table->value_max)
		memset(value + length, 0, table->value_max - length);
	WRITE_ONCE(entry->value_length, length);
	return ret;
}

static int hash_table_find_locked(struct dmf_hash_table *table, const struct hash_table_key *key,
				  struct hash_table_find *find)
{
	struct hash_table_entry *entry = hash_table_lookup(table, key);
	int ret;

	if (entry) {
		raw_write_seqcount_begin(&entry->sequence);
		ret = hash_table_edit_locked(table, entry, key, find);
		raw_write_seqcount_end(&entry->sequence);
		return ret;
	}

	entry = hash_table_prepare_locked(table, key);
	if (!entry)
		return -ENOSPC;
	ret = hash_table_edit_locked(table, entry, key, find);
	if (!ret)
		hash_table_link_locked(table, entry);
	return ret;
}

static int hash_table_find(struct dmf_hash_table *table, const void *data, size_t length,
			   struct hash_table_find *find)
{
	struct hash_table_key key;
	int ret = hash_table_begin(table, length);

	if (ret)
		return ret;

	key = hash_table_key(table, data, length);
	ret = hash_table_check_caller(table);
	if (!ret) {
		dmf_module_lock(&table->module);
		ret = hash_table_find_locked(table, &key, find);
		dmf_module_unlock(&table->module);
	}
	if (ret == -EMSGSIZE)
		hash_table_refuse(table, "value_too_long", find->length, ret);
	dmf_module_release(&table->module);
	return ret;
}

static void hash_table_enumerate_locked(struct dmf_hash_table *table,
					dmf_hash_table_visit_locked_fn *callback, void *context)
{
	struct hash_table_entry *entry;
	unsigned int i;

	dmf_module_assert_locked(&table->module);
	WRITE_ONCE(table->visitor, current);
	for (i = 0; i < table->count; i++) {
		entry = hash_table_entry(table, i);
		if (!callback(table, entry->data, entry->key_length,
			      hash_table_value(table, entry), entry->value_length, context))
			break;
	}
	WRITE_ONCE(table->visitor, NULL);
}

/* Module callbacks */

static void hash_table_undo_memory(void *data)
{
	kvfree(data);
}

/* Zeroed memory until close, as large as kvmalloc() gives. */
static void *hash_table_calloc(struct dmf_hash_table *table, size_t count, size_t size)
{
	void *memory = kvcalloc(count, size, GFP_KERNEL);

	if (!memory || dmf_module_add_action_or_reset(&table->module, hash_table_undo_memory,
						      memory))
		return NULL;
	return memory;
}

static int hash_table_layout(struct dmf_hash_table *table,
			     const struct dmf_hash_table_config *config)
{
	/* Each term of the sum below is small against SIZE_MAX then. */
	if (!config->maximum_key_length || config->maximum_key_length > KMALLOC_MAX_SIZE ||
	    !config->maximum_value_length || config->maximum_value_length > KMALLOC_MAX_SIZE ||
	    !config->maximum_table_size)
		return -EINVAL;

	table->value_offset = ALIGN(config->maximum_key_length, sizeof(u64));
	table->entry_size = ALIGN(sizeof(struct hash_table_entry) + table->value_offset +
				  config->maximum_value_length, sizeof(u64));
	return array_size(config->maximum_table_size, table->entry_size) > INT_MAX ? -EINVAL : 0;
}

static int hash_table_open(struct dmf_module *module)
{
	const struct dmf_hash_table_config *config = dmf_module_config(module);
	struct dmf_hash_table *table = hash_table_from_module(module);
	unsigned int bits;

	if (hash_table_layout(table, config)) {
		dev_err(dmf_module_device(module),
			"%s: bad config: key_length=%zu value_length=%zu table_size=%u\n",
			dmf_module_name(module), config->maximum_key_length,
			config->maximum_value_length, config->maximum_table_size);
		return -EINVAL;
	}

	/* As many as in an rhashtable for so many; two at least, or the shift is undefined. */
	bits = max(order_base_2(config->maximum_table_size + config->maximum_table_size / 3), 1);
	table->shift = 32 - bits;
	table->key_max = config->maximum_key_length;
	table->value_max = config->maximum_value_length;
	table->count_max = config->maximum_table_size;
	table->hash_calculate = config->hash_calculate;
	table->seed = get_random_u32();
	table->count = 0;
	table->longest = 0;

	table->buckets = hash_table_calloc(table, 1UL << bits, sizeof(*table->buckets));
	if (!table->buckets)
		return -ENOMEM;
	table->entries = hash_table_calloc(table, table->count_max, table->entry_size);
	return table->entries ? 0 : -ENOMEM;
}

static void hash_table_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_hash_table *table = hash_table_from_module(module);
	unsigned int count, longest;
	unsigned long refused;

	dmf_module_lock(module);
	count = table->count;
	longest = table->longest;
	refused = table->refused;
	dmf_module_unlock(module);

	seq_printf(seq, "depth=%u max=%u longest_bucket=%u refused=%lu", count, table->count_max,
		   longest, refused);
}

static const struct dmf_module_ops hash_table_ops = {
	.open	= hash_table_open,
	.show	= hash_table_show,
};

static const struct dmf_module_desc hash_table_desc = {
	.name		= "hash_table",
	.size		= sizeof(struct dmf_hash_table),
	.config_size	= sizeof(struct dmf_hash_table_config),
	.lock		= DMF_LOCK_DISPATCH,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &hash_table_ops,
};

DMF_DEFINE_MODULE(hash_table);
EXPORT_SYMBOL_NS_GPL(dmf_hash_table_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_hash_table_create, DMF);

/* Methods; see the header */

int dmf_hash_table_write(struct dmf_hash_table *table, const void *key, size_t key_length,
			 const void *value, size_t value_length)
{
	struct hash_table_key wanted;
	int ret = hash_table_begin(table, key_length);

	if (ret)
		return ret;

	wanted = hash_table_key(table, key, key_length);
	if (value_length > table->value_max)
		ret = hash_table_refuse(table, "value_too_long", value_length, -EMSGSIZE);
	else
		ret = hash_table_check_caller(table);
	if (!ret) {
		dmf_module_lock(&table->module);
		ret = hash_table_write_locked(table, &wanted, value, value_length);
		dmf_module_unlock(&table->module);
	}
	dmf_module_release(&table->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_hash_table_write, DMF);

int dmf_hash_table_read(struct dmf_hash_table *table, const void *key, size_t key_length,
			void *value, size_t value_size, size_t *value_length)
{
	int ret = hash_table_begin(table, key_length);

	if (unlikely(ret))
		return ret;

	ret = hash_table_read(table, hash_table_key(table, key, key_length), value, value_size,
			      value_length);
	dmf_module_release(&table->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_hash_table_read, DMF);

int dmf_hash_table_find(struct dmf_hash_table *table, const void *key, size_t key_length,
			dmf_hash_table_find_locked_fn *callback)
{
	struct hash_table_find find = { .callback = callback };

	return callback ? hash_table_find(table, key, key_length, &find) : -EINVAL;
}
EXPORT_SYMBOL_NS_GPL(dmf_hash_table_find, DMF);

int dmf_hash_table_find_ex(struct dmf_hash_table *table, const void *key, size_t key_length,
			   dmf_hash_table_find_ex_locked_fn *callback, void *context)
{
	struct hash_table_find find = { .callback_ex = callback, .context = context };

	return callback ? hash_table_find(table, key, key_length, &find) : -EINVAL;
}
EXPORT_SYMBOL_NS_GPL(dmf_hash_table_find_ex, DMF);

int dmf_hash_table_enumerate(struct dmf_hash_table *table,
			     dmf_hash_table_visit_locked_fn *callback, void *context)
{
	int ret;

	if (!callback)
		return -EINVAL;

	ret = dmf_module_acquire(&table->module);
	if (ret)
		return ret;

	ret = hash_table_check_caller(table);
	if (!ret) {
		dmf_module_lock(&table->module);
		hash_table_enumerate_locked(table, callback, context);
		dmf_module_unlock(&table->module);
	}
	dmf_module_release(&table->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_hash_table_enumerate, DMF);
