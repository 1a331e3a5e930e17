/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CrashDump: the latest records of a driver, which are still there after a panic.
 */
#ifndef _LINUX_DMF_CRASH_DUMP_H
#define _LINUX_DMF_CRASH_DUMP_H

#include <linux/sizes.h>
#include <linux/types.h>

#include <linux/dmf/types.h>

/**
 * DOC: CrashDump
 *
 * A Client writes records, small pieces of memory whose meaning it knows, into a ring
 * of a fixed size; a new one takes the place of the oldest. When the kernel panics the
 * latest of them are printed into its log, encoded, with the name of the Client. This
 * happens in a panic notifier, before the log is given to those that keep it, like
 * pstore, so it can be read after the next boot. In a memory dump the whole ring can be
 * found. What reads both is "dmfctl crash decode"; linux/dmf/crash.h of the user-space
 * interface says what both look like.
 *
 * The ring lives from open to close, in memory of its own. It belongs to the Module,
 * and records are copied, so the Client owns nothing of it. Writing takes no lock,
 * allocates nothing and waits for nobody. Whoever is interrupted in the midst of a
 * write, for good, leaves all other records whole.
 *
 * Each instance prints at most as much as its Config says, and all instances of all
 * drivers together at most DMF_CRASH_DUMP_PANIC_TOTAL bytes of records, so that the log
 * keeps what the kernel has to say about the panic.
 *
 * A driver adds one to each device, or several that differ in their component names.
 *
 * DMF: DMF_CrashDump.
 */

DMF_DECLARE_MODULE(crash_dump);

/* Bytes of a component's name, with its end. */
#define DMF_CRASH_DUMP_COMPONENT_MAX	32

/* Bytes of a record, and of what is added in the panic. */
#define DMF_CRASH_DUMP_BUFFER_SIZE_MAX	SZ_4K

/* KiB of records that an instance may print in a panic; and what it does by default. */
#define DMF_CRASH_DUMP_PANIC_KIB_MAX	16
#define DMF_CRASH_DUMP_PANIC_KIB	4

/* Bytes of records that all together print. */
#define DMF_CRASH_DUMP_PANIC_TOTAL	SZ_32K

/**
 * struct dmf_crash_dump_config - Config of a CrashDump
 * @component_name: what the records are about, as those who decode them see it: at most
 *	31 printable characters without blanks. Stays the Client's, and must live as
 *	long as the Module. NULL: the name of the driver.
 * @buffer_size: most bytes of a record, from 1 to DMF_CRASH_DUMP_BUFFER_SIZE_MAX.
 * @buffer_count: number of records that are kept, not 0. All of the ring, with 24 bytes
 *	or a few more for each record, is at most 1 MiB: DMF_CRASH_RING_SIZE_MAX.
 * @panic_kib: how many KiB of the latest records are printed in a panic, at most
 *	DMF_CRASH_DUMP_PANIC_KIB_MAX; 0 for DMF_CRASH_DUMP_PANIC_KIB.
 * @additional_size: most bytes that @write adds in the panic, at most
 *	DMF_CRASH_DUMP_BUFFER_SIZE_MAX; not 0 if and only if there are @query and @write.
 * @query: optional, with @write; tells how many bytes there are to add, 0 for none.
 *	Of more than @additional_size the rest is not asked for.
 * @write: stores them. @buffer is zeroed memory of the Module's, @size bytes of it.
 *
 * @query and @write are called once, in the panic notifier, after the records have been
 * printed: interrupts are off, the other CPUs have been stopped wherever they were, and
 * it may be an NMI. They may not take a lock, not even try to get one that somebody
 * could hold, not sleep, not allocate, not print, and not call a Method, but for
 * dmf_crash_dump_data_source_write_self(), which comes too late to be printed. What
 * they look at may be half changed.
 *
 * DMF: DMF_CONFIG_CrashDump.
 */
struct dmf_crash_dump_config {
	const char *component_name;
	size_t buffer_size;
	unsigned int buffer_count;
	unsigned int panic_kib;
	size_t additional_size;
	size_t (*query)(struct dmf_crash_dump *crash_dump);
	void (*write)(struct dmf_crash_dump *crash_dump, void *buffer, size_t size);
};

/**
 * dmf_crash_dump_data_source_write_self - record something
 * @crash_dump: the CrashDump
 * @buffer: the record, which is copied
 * @size: its size in bytes, from 1 to the Config's buffer_size
 *
 * The oldest record makes room. Records have the order of their numbers, which are
 * given at the beginning of a write. If whoever writes is overtaken by as many writes
 * as there is room for, one of the two that want the same place is lost, and counted.
 *
 * DMF: DMF_CrashDump_DataSourceWriteSelf.
 *
 * Context: any, hard interrupts of PREEMPT_RT and a panic included; also an NMI, if
 * somebody keeps the Module open with dmf_module_reference() while such NMIs may come,
 * on a machine with 64-bit atomic operations.
 * Return: 0; -EINVAL if @size is out of range; -EBUSY if the record is lost because
 * the place for it is still being written; -ENODEV if the Module is not open.
 */
int dmf_crash_dump_data_source_write_self(struct dmf_crash_dump *crash_dump, const void *buffer,
					  size_t size);

#endif /* _LINUX_DMF_CRASH_DUMP_H */
