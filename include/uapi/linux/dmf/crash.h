/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * What drivers made of DMF Modules leave behind when the kernel panics: records in
 * rings, which a memory dump has, and lines in the kernel's log, which pstore has.
 * Both are for a decoder, like "dmfctl crash decode"; no program talks to a driver
 * by them.
 */
#ifndef _UAPI_LINUX_DMF_CRASH_H
#define _UAPI_LINUX_DMF_CRASH_H

#include <linux/types.h>

/**
 * DOC: Records in memory
 *
 * A ring begins with a &struct dmf_crash_ring, at the beginning of a page, and lies in
 * contiguous physical memory. It has @slot_count slots of @slot_size bytes from
 * @header_size on, and after them, if @additional_size is not 0, one more for what the
 * driver had to add when the kernel panicked. A slot begins with a &struct
 * dmf_crash_record; its data follow.
 *
 * The record with number n is in slot (n - 1) modulo @slot_count, if that slot says
 * so. If not, it had not yet been written, or was lost.
 *
 * A ring is found by its magic, at the beginning of a page whose physical address the
 * ring tells, too, with a CRC that is right. In a kernel whose symbols are known
 * dmf_crash_rings, a &struct dmf_crash_rings, leads to all of them.
 *
 * All numbers are in the byte order of the machine that has crashed.
 */

/**
 * DOC: Lines in the log
 *
 * Each line of a dump has, after whatever the log puts in front of it,
 *
 *   dmf-crash: <key> <number> <body> <crc>
 *
 * The key is that of the ring, as 8 hexadecimal digits; the lines of a key are numbered
 * from 0 on, in decimal. The CRC, 8 hexadecimal digits, is the CRC-32 of zlib and IEEE
 * 802.3 over all from the key up to the blank in front of the CRC.
 *
 * The body of the first line is the word "begin" and the body of the last one "end",
 * each followed by a blank and <name>=<value> pairs with blanks in between; a decoder
 * skips names that it does not know. All other bodies are base64 of at most
 * DMF_CRASH_LINE_BYTES bytes: two with the offset, among those that follow, of the
 * first record that begins there, DMF_CRASH_LINE_NO_RECORD if none does, and then the
 * next part of the records. So whoever misses a line finds the next record.
 *
 * The records come one after the other, oldest first, each a &struct dmf_crash_record
 * and its data. All their numbers, and the offset, are little endian.
 */

#define DMF_CRASH_VERSION		1

#define DMF_CRASH_RINGS_MAGIC		"DMF-CRASH-RINGS"
#define DMF_CRASH_RING_MAGIC		"DMF-CRASH-RING\n"

/* So many rings there may be at a time. */
#define DMF_CRASH_RINGS_MAX		64

/* No ring is larger, in bytes. */
#define DMF_CRASH_RING_SIZE_MAX		(1024 * 1024)

#define DMF_CRASH_LINE_PREFIX		"dmf-crash: "
#define DMF_CRASH_LINE_BYTES		240
#define DMF_CRASH_LINE_NO_RECORD	0xffff

/* In &struct dmf_crash_record.number of a slot: not whole, its writer was interrupted. */
#define DMF_CRASH_RECORD_BUSY		0x8000000000000000ULL

/**
 * enum dmf_crash_record_kind - where a record comes from
 * @DMF_CRASH_RECORD_DATA: from the driver, while it ran.
 * @DMF_CRASH_RECORD_ADDITIONAL: from the driver, when the kernel panicked. There is at
 *	most one, with number 1.
 */
enum dmf_crash_record_kind {
	DMF_CRASH_RECORD_DATA,
	DMF_CRASH_RECORD_ADDITIONAL,
};

/**
 * struct dmf_crash_record - in front of each record's data
 * @number: of the record, from 1 on; 0 in a slot that was never used.
 * @time_ns: when it was written, on the clock of the kernel's log.
 * @size: bytes of data.
 * @kind: &enum dmf_crash_record_kind.
 */
struct dmf_crash_record {
	__aligned_u64 number;
	__aligned_u64 time_ns;
	__u32 size;
	__u32 kind;
};

/**
 * struct dmf_crash_ring - in front of the slots
 * @magic: DMF_CRASH_RING_MAGIC.
 * @version: DMF_CRASH_VERSION.
 * @header_size: bytes from here to the first slot.
 * @address: physical address of this structure.
 * @size: bytes of all of the ring.
 * @slot_size: from one slot to the next, in bytes; a multiple of 8.
 * @slot_count: number of slots.
 * @record_size: most data that a record has, in bytes.
 * @additional_size: most data of the additional record, in bytes.
 * @created: when, in seconds since 1970.
 * @key: random; the same as in the lines of the log.
 * @reserved: zero.
 * @component: what the driver calls what it records; ends with 0, as the next two.
 * @driver: name of the driver.
 * @device: name of the device.
 * @crc: CRC-32 of all that is in front of it.
 * @reserved2: zero.
 * @last: number of the latest record that was begun. Changes, as all that follows.
 * @dropped: records that were lost because their slot was still being written.
 */
struct dmf_crash_ring {
	__u8 magic[16];
	__u32 version;
	__u32 header_size;
	__aligned_u64 address;
	__aligned_u64 size;
	__u32 slot_size;
	__u32 slot_count;
	__u32 record_size;
	__u32 additional_size;
	__aligned_u64 created;
	__u32 key;
	__u32 reserved;
	__u8 component[32];
	__u8 driver[32];
	__u8 device[64];
	__u32 crc;
	__u32 reserved2;
	__aligned_u64 last;
	__aligned_u64 dropped;
};

/**
 * struct dmf_crash_rings_entry - where a ring is
 * @address: its physical address.
 * @size: its size in bytes, 0 if the entry is free.
 */
struct dmf_crash_rings_entry {
	__aligned_u64 address;
	__aligned_u64 size;
};

/**
 * struct dmf_crash_rings - what the symbol dmf_crash_rings of dmf.ko names
 * @magic: DMF_CRASH_RINGS_MAGIC.
 * @version: DMF_CRASH_VERSION.
 * @count: number of @rings, used or not.
 * @rings: the rings.
 */
struct dmf_crash_rings {
	__u8 magic[16];
	__u32 version;
	__u32 count;
	struct dmf_crash_rings_entry rings[DMF_CRASH_RINGS_MAX];
};

#endif /* _UAPI_LINUX_DMF_CRASH_H */
