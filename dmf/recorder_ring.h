/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of a flight recorder, as a debugger finds it in a crashed machine, and
 * what recorder.c and recorder_format.c share.
 *
 * struct dmf_module.recorder and struct dmf_device.recorder lead to it, and it begins
 * with a magic number that is worth looking for. The messages are the words from
 * @tail to @head, which count up for ever: a word is at its number modulo the
 * number of words. They are a whole number of records, the oldest first, even if the
 * machine has stopped in the middle of a write. A record is a struct dmf_record and
 * its units: if it is DMF_RECORD_NAMED the number of the Module, 0 for the driver,
 * and its name; then the arguments: an int is one unit, long, long long and a pointer
 * are two in the machine's byte order, a string is itself with its NUL, in as many
 * units as that takes.
 */
#ifndef _DMF_RECORDER_RING_H
#define _DMF_RECORDER_RING_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include <linux/dmf/recorder.h>

struct seq_file;

#define DMF_RECORDER_MAGIC	0x444d4652	/* "DMFR" */
#define DMF_RECORDER_VERSION	1

/* Which context a message is from; two bits of struct dmf_record.flags. */
#define DMF_RECORD_TASK		0
#define DMF_RECORD_SOFTIRQ	1
#define DMF_RECORD_HARDIRQ	2
#define DMF_RECORD_NMI		3
#define DMF_RECORD_CONTEXT	3

#define DMF_RECORD_CUT		BIT(2)	/* a string did not fit */
#define DMF_RECORD_NAMED	BIT(3)	/* begins with number and name */

/* A message, without its units. */
struct dmf_record {
	u8 words;		/* with its units, in u64 */
	u8 flags;
	u16 cpu;
	u32 pid;		/* of the task, also in an interrupt */
	u64 time_ns;		/* local_clock(), as in the kernel log and in traces */
	const struct dmf_record_site *site;
} __aligned(8);

static_assert(offsetof(struct dmf_record, site) % sizeof(u64) == 0);

#define DMF_RECORD_WORDS_MAX	32
#define DMF_RECORD_UNITS_MAX	\
	((DMF_RECORD_WORDS_MAX * sizeof(u64) - sizeof(struct dmf_record)) / sizeof(u32))

/* A record outside of a ring. */
struct dmf_record_draft {
	struct dmf_record record;
	u32 units[DMF_RECORD_UNITS_MAX];
};

static_assert(sizeof(struct dmf_record_draft) == DMF_RECORD_WORDS_MAX * sizeof(u64));

/*
 * struct dmf_recorder - a ring
 *
 * Belongs to its Module or its device, and is freed with it. What is written while
 * nobody has @lock is @dropped.
 */
struct dmf_recorder {
	u32 magic;
	u16 version;
	bool shared;		/* its records are DMF_RECORD_NAMED */
	u32 size;		/* in bytes, a power of two */
	atomic_t dropped;	/* messages that an NMI or a panic could not write */
	u64 *words;
	u64 head;		/* where the next record begins, in words */
	u64 tail;		/* where the oldest does */
	u64 written;		/* messages, from the beginning */
	u64 overwritten;	/* those of them that are there no more */
	raw_spinlock_t lock;	/* guards @words and the four before; a leaf */
	struct list_head node;	/* in the list of all, under its lock */
};

#ifdef CONFIG_64BIT
static_assert(sizeof(struct dmf_record) == 24);
static_assert(offsetof(struct dmf_recorder, size) == 8);
static_assert(offsetof(struct dmf_recorder, words) == 16);
static_assert(offsetof(struct dmf_recorder, head) == 24);
static_assert(offsetof(struct dmf_recorder, tail) == 32);
#endif

/* Kinds of arguments. */
#define DMF_RECORD_END		0
#define DMF_RECORD_INT		1
#define DMF_RECORD_LONG		2
#define DMF_RECORD_LONG_LONG	3
#define DMF_RECORD_POINTER	4
#define DMF_RECORD_STRING	5
#define DMF_RECORD_STRING_STAR	6	/* at most as long as the int before it says */
#define DMF_RECORD_STRING_UP_TO	7	/* and what is above 7: the precision */

/* recorder_format.c */
void dmf_record_site_prepare(struct dmf_record_site *site, const char *format);
void dmf_record_print(struct seq_file *seq, const struct dmf_record_site *site,
		      u32 *units, unsigned int count);

/* Have the kinds of a site's arguments. */
static inline void dmf_record_site_get_ready(struct dmf_record_site *site, const char *format)
{
	/* The kinds were written before. */
	if (unlikely(!smp_load_acquire(&site->state)))
		dmf_record_site_prepare(site, format);
}

#endif /* _DMF_RECORDER_RING_H */
