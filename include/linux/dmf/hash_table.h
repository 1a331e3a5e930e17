/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HashTable: a bounded number of keys, each with a value of bounded size, found,
 * read and written from any context without an allocation.
 */
#ifndef _LINUX_DMF_HASH_TABLE_H
#define _LINUX_DMF_HASH_TABLE_H

#include <linux/types.h>

#include <linux/dmf/types.h>

/**
 * DOC: HashTable, its entries and what is atomic
 *
 * An entry is a key and its value, both copied. Keys are equal if their lengths
 * and all their bytes are; a key of no bytes is one, too. The value of an entry
 * can be replaced by another of another length. An entry stays until the
 * table closes: there is no way to remove one.
 *
 * The memory of all entries is taken when the table opens and freed when it
 * closes. No Method returns a pointer into it; callbacks that get one may use it
 * until they return.
 *
 * A read sees a value as one write, or one callback of a find, has left it, never
 * a mixture. A find is one atomic step, and so is an enumeration. Their callbacks run
 * with the lock of the table held. They may not sleep and may not call a Method
 * of a HashTable; a call that would wait for its own lock is refused with -EDEADLK and
 * a warning.
 *
 * Except on PREEMPT_RT, interrupts are off while that lock is held: while a value is
 * copied in, while a callback runs, and for all of an enumeration.
 *
 * "Any" context below means: wherever spin_lock_irqsave() is legal.
 *
 * DMF: DMF_HashTable.
 */

DMF_DECLARE_MODULE(hash_table);

/**
 * struct dmf_hash_table_config - Config of a HashTable
 * @maximum_key_length: bytes that a key may have, not 0.
 * @maximum_value_length: bytes that a value may have, not 0.
 * @maximum_table_size: entries that the table may have, not 0. Entries and what
 *	finds them must fit into 2 GiB.
 * @hash_calculate: returns the hash of a key, the same whenever it is called with
 *	the same bytes; NULL for a hash that others cannot foresee. A poor hash makes
 *	the table slow, not wrong. Called in the context of the Method, without
 *	a lock of the table. DMF: EVT_DMF_HashTable_HashCalculate.
 *
 * DMF: DMF_CONFIG_HashTable.
 */
struct dmf_hash_table_config {
	size_t maximum_key_length;
	size_t maximum_value_length;
	unsigned int maximum_table_size;
	u32 (*hash_calculate)(struct dmf_hash_table *table, const void *key, size_t key_length);
};

/**
 * typedef dmf_hash_table_find_locked_fn - look at an entry and change it
 * @table: the table
 * @key: the key, as the caller of dmf_hash_table_find() has given it
 * @key_length: its length in bytes
 * @value: the value, aligned for u64, with room for
 *	&struct dmf_hash_table_config.maximum_value_length bytes; those beyond its length
 *	are zero
 * @value_length: its length in bytes, 0 in an entry that is new; the callback may
 *	change it
 *
 * Called with the lock of the table held: it may not sleep and may not call a
 * Method of a HashTable.
 *
 * DMF: EVT_DMF_HashTable_Find.
 */
typedef void dmf_hash_table_find_locked_fn(struct dmf_hash_table *table, const void *key,
					   size_t key_length, void *value, size_t *value_length);

/**
 * typedef dmf_hash_table_find_ex_locked_fn - the same with a context
 * @table: the table
 * @key: the key
 * @key_length: its length in bytes
 * @value: the value
 * @value_length: its length in bytes
 * @context: what the caller of dmf_hash_table_find_ex() has given
 *
 * As dmf_hash_table_find_locked_fn().
 *
 * DMF: EVT_DMF_HashTable_FindEx.
 */
typedef void dmf_hash_table_find_ex_locked_fn(struct dmf_hash_table *table, const void *key,
					      size_t key_length, void *value,
					      size_t *value_length, void *context);

/**
 * typedef dmf_hash_table_visit_locked_fn - look at one entry of all
 * @table: the table
 * @key: the key, aligned for u64
 * @key_length: its length in bytes
 * @value: the value, aligned for u64
 * @value_length: its length in bytes
 * @context: what the caller of dmf_hash_table_enumerate() has given
 *
 * Called with the lock of the table held: it may not sleep and may not call a
 * Method of a HashTable.
 *
 * DMF: EVT_DMF_HashTable_Enumerate.
 *
 * Return: true to go on, false to stop.
 */
typedef bool dmf_hash_table_visit_locked_fn(struct dmf_hash_table *table, const void *key,
					    size_t key_length, const void *value,
					    size_t value_length, void *context);

/**
 * dmf_hash_table_write - set the value of a key
 * @table: the table
 * @key: the key; copied
 * @key_length: its length in bytes; with 0, @key may be NULL
 * @value: the value; copied
 * @value_length: its length in bytes; with 0, @value may be NULL
 *
 * Adds an entry if there is none with this key. A failed call changes nothing.
 *
 * DMF: DMF_HashTable_Write.
 *
 * Context: any; takes the lock of the table.
 * Return: 0; -EINVAL if the key, -EMSGSIZE if the value is too long; -ENOSPC if
 * the table is full; -ENODEV if it is not open; -EDEADLK, with a warning, if one
 * of its callbacks calls.
 */
int dmf_hash_table_write(struct dmf_hash_table *table, const void *key, size_t key_length,
			 const void *value, size_t value_length);

/**
 * dmf_hash_table_read - copy the value of a key
 * @table: the table
 * @key: the key
 * @key_length: its length in bytes
 * @value: where to copy the value; what is beyond it is undefined afterwards, and
 *	so is all of it on failure
 * @value_size: size in bytes of the memory at @value; with 0, @value may be NULL
 * @value_length: set to the length of the value if the key is found, whether or
 *	not it fits, else left alone; may be NULL
 *
 * DMF: DMF_HashTable_Read, which did not tell the length that was needed.
 *
 * Context: any; takes the lock of the table only if the value is being changed.
 * Return: 0; -ENOENT if there is no such key; -ENOSPC if the value is longer
 * than @value_size; -EINVAL if the key is longer than any can be; -ENODEV if the
 * table is not open; -EDEADLK, with a warning, if the callback calls that is
 * changing the value.
 */
int dmf_hash_table_read(struct dmf_hash_table *table, const void *key, size_t key_length,
			void *value, size_t value_size, size_t *value_length);

/**
 * dmf_hash_table_find - find the entry of a key or add it, and have it changed
 * @table: the table
 * @key: the key; copied if it is new
 * @key_length: its length in bytes; with 0, @key may be NULL
 * @callback: called exactly once if the entry was there or there is room for it
 *
 * An entry that @callback gives more than the maximum length keeps the length
 * that it had; a new one is not added.
 *
 * DMF: DMF_HashTable_Find.
 *
 * Context: any; takes the lock of the table and calls @callback with it held.
 * Return: 0; -EINVAL if the key is too long or there is no callback; -ENOSPC if the
 * entry would be new and the table is full; -EMSGSIZE if @callback has set too great
 * a length; -ENODEV if the table is not open; -EDEADLK, with a warning, if one of
 * its callbacks calls.
 */
int dmf_hash_table_find(struct dmf_hash_table *table, const void *key, size_t key_length,
			dmf_hash_table_find_locked_fn *callback);

/**
 * dmf_hash_table_find_ex - the same with a context
 * @table: the table
 * @key: the key; copied if it is new
 * @key_length: its length in bytes; with 0, @key may be NULL
 * @callback: as for dmf_hash_table_find()
 * @context: for @callback
 *
 * DMF: DMF_HashTable_FindEx.
 *
 * Context: as dmf_hash_table_find().
 * Return: as dmf_hash_table_find().
 */
int dmf_hash_table_find_ex(struct dmf_hash_table *table, const void *key, size_t key_length,
			   dmf_hash_table_find_ex_locked_fn *callback, void *context);

/**
 * dmf_hash_table_enumerate - look at all entries in the order they were added
 * @table: the table
 * @callback: called for each entry until it returns false
 * @context: for @callback
 *
 * DMF: DMF_HashTable_Enumerate.
 *
 * Context: any; takes the lock of the table and calls @callback with it held.
 * Return: 0; -EINVAL if there is no callback; -ENODEV if the table is not open;
 * -EDEADLK, with a warning, if one of its callbacks calls.
 */
int dmf_hash_table_enumerate(struct dmf_hash_table *table,
			     dmf_hash_table_visit_locked_fn *callback, void *context);

#endif /* _LINUX_DMF_HASH_TABLE_H */
