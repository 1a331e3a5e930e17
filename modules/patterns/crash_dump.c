// SPDX-License-Identifier: GPL-2.0-only
/*
 * CrashDump: a ring of records that a panic notifier prints, and that a memory dump has.
 *
 * A RingBuffer would keep records, too. But its lock may not be taken in a hard
 * interrupt of PREEMPT_RT or an NMI, and its memory is neither contiguous nor laid out
 * for those who look from outside. Here a writer takes the next number, by one atomic
 * step, and with it a slot, which it marks as busy with a compare-and-exchange:
 *
 *	slot.number:  n - slot_count  ->  n | BUSY  ->  n
 *
 * A record is whole exactly while its slot has its number. A writer that finds the slot
 * busy, or taken by a later one, was overtaken by a whole round, or has overtaken
 * somebody: its record is dropped. So nobody waits, and whoever is interrupted between
 * any two instructions, for good, costs the ring his own record, and for each round
 * that others make without him one more.
 *
 * Who prints looks for each of the latest numbers in its slot, copies what is there, and
 * looks at the number again: with all others stopped this is for nothing, but if one
 * could not be stopped no torn record is printed.
 *
 * The notifier is the Module's own: the list of panic notifiers is read under RCU, so a
 * panic sees it whole whenever it comes, and when the notifier has been taken off it
 * nobody runs it. Then the entry in dmf_crash_rings goes, then the ring. Writers are
 * inside the Module's gate, and gone by then. The priority is the highest: other
 * notifiers print, too, which is to come later in the log, and some do not return.
 * If a Client's callback makes the kernel panic again, the same CPU runs all notifiers
 * once more, so each prints once: otherwise it would never get any further.
 *
 * Nobody but the panic notifier uses the text and the copy; there is one panic, on one
 * CPU.
 */
#include <kunit/visibility.h>
#include <linux/atomic.h>
#include <linux/crc32.h>
#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/nmi.h>
#include <linux/overflow.h>
#include <linux/panic_notifier.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/sched/clock.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "crash_dump.h"

static_assert(sizeof(struct dmf_crash_record) == 24);
static_assert(offsetof(struct dmf_crash_ring, component) == 72);
static_assert(offsetof(struct dmf_crash_ring, crc) == 200);
static_assert(offsetof(struct dmf_crash_ring, last) == 208);
static_assert(sizeof(struct dmf_crash_ring) == 224);
static_assert(sizeof(struct dmf_crash_rings) == 24 + 16 * DMF_CRASH_RINGS_MAX);
static_assert(sizeof(atomic64_t) == sizeof(__u64));

struct dmf_crash_rings dmf_crash_rings = {
	.magic = DMF_CRASH_RINGS_MAGIC,
	.version = DMF_CRASH_VERSION,
	.count = DMF_CRASH_RINGS_MAX,
};
EXPORT_SYMBOL_IF_KUNIT(dmf_crash_rings);

static DEFINE_MUTEX(crash_dumps_lock);	/* guards dmf_crash_rings and crash_dumps */
static LIST_HEAD(crash_dumps);		/* that are open */

/* What is left of DMF_CRASH_DUMP_PANIC_TOTAL; the panic's. */
size_t __dmf_crash_dump_left = DMF_CRASH_DUMP_PANIC_TOTAL;
EXPORT_SYMBOL_IF_KUNIT(__dmf_crash_dump_left);

static struct dmf_crash_dump *to_crash_dump(struct dmf_module *module)
{
	return container_of(module, struct dmf_crash_dump, module);
}

/* -- Slots ------------------------------------------------------------------------ */

/* Words of the ring that change; their layout is the one of user space. */
static atomic64_t *crash_dump_word(__u64 *word)
{
	return (atomic64_t *)word;
}

static void *crash_dump_slot_at(struct dmf_crash_dump *crash_dump, u32 index)
{
	return (void *)(crash_dump->ring + 1) + (size_t)index * crash_dump->slot_size;
}

struct dmf_crash_record *__dmf_crash_dump_slot(struct dmf_crash_dump *crash_dump, u64 number)
{
	u32 index;

	div_u64_rem(number - 1, crash_dump->slot_count, &index);
	return crash_dump_slot_at(crash_dump, index);
}
EXPORT_SYMBOL_IF_KUNIT(__dmf_crash_dump_slot);

/* Return: whether the slot is the caller's, to write the record of that number. */
static bool crash_dump_claim(struct dmf_crash_record *slot, u64 number)
{
	atomic64_t *word = crash_dump_word(&slot->number);
	s64 old = atomic64_read(word);

	/* A busy one is larger than every number. */
	return (u64)old < number &&
	       atomic64_try_cmpxchg(word, &old, number | DMF_CRASH_RECORD_BUSY);
}

static void crash_dump_fill(struct dmf_crash_record *slot, u64 number, const void *data, u32 size,
			    enum dmf_crash_record_kind kind)
{
	slot->time_ns = local_clock();
	slot->size = size;
	slot->kind = kind;
	if (data)
		memcpy(slot + 1, data, size);
	/* After all that the slot holds. */
	atomic64_set_release(crash_dump_word(&slot->number), number);
}

/* Return: whether the record was there, and is in @copy. */
static bool crash_dump_copy(struct dmf_crash_dump *crash_dump, u64 number)
{
	struct dmf_crash_record *slot = __dmf_crash_dump_slot(crash_dump, number);
	struct dmf_crash_record *copy = crash_dump->copy;

	/* Before all that the slot holds. */
	if (atomic64_read_acquire(crash_dump_word(&slot->number)) != number)
		return false;
	copy->number = number;
	copy->time_ns = slot->time_ns;
	copy->size = min(slot->size, crash_dump->record_size);
	copy->kind = slot->kind;
	memcpy(copy + 1, slot + 1, copy->size);
	/* After it. */
	smp_rmb();
	return atomic64_read(crash_dump_word(&slot->number)) == number;
}

/* -- Printing ---------------------------------------------------------------------- */

/* The records that are printed. */
struct crash_dump_range {
	u64 first;
	u64 last;		/* less than @first if there is none */
	u64 records;		/* of them that are there */
};

/* The latest records that fit. */
static struct crash_dump_range crash_dump_range(struct dmf_crash_dump *crash_dump, size_t budget)
{
	struct crash_dump_range range = { };
	struct dmf_crash_record *slot;
	u64 number, oldest;
	size_t size;

	range.last = atomic64_read(crash_dump_word(&crash_dump->ring->last));
	range.first = range.last + 1;
	oldest = range.last > crash_dump->slot_count ? range.last - crash_dump->slot_count + 1 : 1;
	for (number = range.last; number >= oldest; number--) {
		slot = __dmf_crash_dump_slot(crash_dump, number);
		if (atomic64_read(crash_dump_word(&slot->number)) != number)
			continue;
		size = sizeof(*slot) + min(slot->size, crash_dump->record_size);
		if (size > budget)
			break;
		budget -= size;
		range.first = number;
		range.records++;
	}
	return range;
}

static void crash_dump_say(struct dmf_crash_dump *crash_dump, const char *word,
			   const struct crash_dump_range *range)
{
	struct dmf_crash_ring *ring = crash_dump->ring;

	crash_text_say(&crash_dump->text,
		       "%s version=%u component=%s driver=%s device=%s first=%llu last=%llu records=%llu dropped=%llu",
		       word, DMF_CRASH_VERSION, ring->component, ring->driver, ring->device,
		       range->first, range->last, range->records,
		       (u64)atomic64_read(crash_dump_word(&ring->dropped)));
}

/* Ask the Client what it has to add. Return: NULL if nothing. */
static struct dmf_crash_record *crash_dump_additional(struct dmf_crash_dump *crash_dump,
						      size_t budget)
{
	const struct dmf_crash_dump_config *config = dmf_module_config(&crash_dump->module);
	struct dmf_crash_record *slot;
	size_t size;

	if (!config->query || budget <= sizeof(*slot))
		return NULL;
	size = min3(config->query(crash_dump), config->additional_size, budget - sizeof(*slot));
	if (!size)
		return NULL;

	slot = crash_dump_slot_at(crash_dump, crash_dump->slot_count);
	config->write(crash_dump, slot + 1, size);
	crash_dump_fill(slot, 1, NULL, size, DMF_CRASH_RECORD_ADDITIONAL);
	return slot;
}

/*
 * Print the latest records, no more than so many bytes of them; then what the Client
 * adds, so that it costs nothing else if that fails. Return: how many bytes they were.
 */
size_t __dmf_crash_dump_print(struct dmf_crash_dump *crash_dump, size_t budget,
			      void (*print)(void *context, const char *line), void *context)
{
	struct crash_dump_range range = crash_dump_range(crash_dump,
							 min(budget, crash_dump->panic_size));
	struct crash_text *text = &crash_dump->text;
	const struct dmf_crash_record *additional;
	size_t left = budget;
	u64 number;

	crash_text_init(text, crash_dump->ring->key, print, context);
	crash_dump_say(crash_dump, "begin", &range);
	for (number = range.first; number <= range.last; number++) {
		if (!crash_dump_copy(crash_dump, number))
			continue;
		/* Who was not stopped may have made it larger. */
		if (sizeof(*crash_dump->copy) + crash_dump->copy->size > left)
			break;
		left -= sizeof(*crash_dump->copy) + crash_dump->copy->size;
		crash_text_add(text, crash_dump->copy);
	}
	crash_text_flush(text);

	additional = crash_dump_additional(crash_dump, left);
	if (additional) {
		left -= sizeof(*additional) + additional->size;
		crash_text_add(text, additional);
		crash_text_flush(text);
	}
	crash_dump_say(crash_dump, "end", &range);
	return budget - left;
}
EXPORT_SYMBOL_IF_KUNIT(__dmf_crash_dump_print);

static void crash_dump_printk(void *context, const char *line)
{
	pr_emerg(DMF_CRASH_LINE_PREFIX "%s\n", line);
	/* A serial console takes its time. */
	touch_nmi_watchdog();
}

static int crash_dump_panic(struct notifier_block *notifier, unsigned long event, void *data)
{
	struct dmf_crash_dump *crash_dump = container_of(notifier, struct dmf_crash_dump, notifier);

	if (crash_dump->printed)
		return NOTIFY_DONE;

	crash_dump->printed = true;
	__dmf_crash_dump_left -= __dmf_crash_dump_print(crash_dump, __dmf_crash_dump_left,
							crash_dump_printk, NULL);
	return NOTIFY_DONE;
}

/* -- The ring --------------------------------------------------------------------- */

/* Names go into lines, in which blanks separate. */
static void crash_dump_copy_name(u8 *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; i + 1 < size && from[i]; i++)
		to[i] = isascii(from[i]) && isgraph(from[i]) ? from[i] : '_';
	if (!i)
		to[i++] = '-';
	to[i] = '\0';
}

static void crash_dump_fill_header(struct dmf_crash_dump *crash_dump)
{
	struct device *dev = dmf_module_device(&crash_dump->module);
	struct dmf_crash_ring *ring = crash_dump->ring;

	memcpy(ring->magic, DMF_CRASH_RING_MAGIC, sizeof(ring->magic));
	ring->version = DMF_CRASH_VERSION;
	ring->header_size = sizeof(*ring);
	ring->address = virt_to_phys(ring);
	ring->size = crash_dump->ring_size;
	ring->slot_size = crash_dump->slot_size;
	ring->slot_count = crash_dump->slot_count;
	ring->record_size = crash_dump->record_size;
	ring->additional_size = crash_dump->additional_size;
	ring->created = ktime_get_real_seconds();
	ring->key = get_random_u32();
	memcpy(ring->component, crash_dump->component, sizeof(crash_dump->component));
	crash_dump_copy_name(ring->driver, sizeof(ring->driver), dev_driver_string(dev));
	crash_dump_copy_name(ring->device, sizeof(ring->device), dev_name(dev));
	ring->crc = ~crc32_le(~0, (const u8 *)ring, offsetof(struct dmf_crash_ring, crc));
}

/* Nobody is to find it in a memory dump when it is somebody else's memory. */
static void crash_dump_undo_ring(void *data)
{
	struct dmf_crash_dump *crash_dump = data;

	memset(crash_dump->ring, 0, sizeof(*crash_dump->ring));
	free_pages_exact(crash_dump->ring, crash_dump->ring_size);
	crash_dump->ring = NULL;
}

static bool crash_dump_is_there_locked(const struct dmf_crash_dump *crash_dump)
{
	const struct dmf_crash_dump *other;

	list_for_each_entry(other, &crash_dumps, node)
		if (dmf_module_device(&other->module) == dmf_module_device(&crash_dump->module) &&
		    !strcmp(other->component, crash_dump->component))
			return true;
	return false;
}

/* Return: 0, -EEXIST, or -ENOSPC. */
static int crash_dump_publish(struct dmf_crash_dump *crash_dump)
{
	struct dmf_crash_rings_entry *entry = dmf_crash_rings.rings;
	unsigned int place = 0;
	int ret = 0;

	mutex_lock(&crash_dumps_lock);
	while (place < DMF_CRASH_RINGS_MAX && entry[place].size)
		place++;
	if (crash_dump_is_there_locked(crash_dump)) {
		ret = -EEXIST;
	} else if (place == DMF_CRASH_RINGS_MAX) {
		ret = -ENOSPC;
	} else {
		crash_dump->place = place;
		list_add_tail(&crash_dump->node, &crash_dumps);
		entry[place].address = crash_dump->ring->address;
		/* Last: whoever reads a memory dump finds all of it or nothing. */
		smp_store_release(&entry[place].size, crash_dump->ring_size);
	}
	mutex_unlock(&crash_dumps_lock);

	return ret;
}

static void crash_dump_undo_publish(void *data)
{
	struct dmf_crash_dump *crash_dump = data;

	mutex_lock(&crash_dumps_lock);
	WRITE_ONCE(dmf_crash_rings.rings[crash_dump->place].size, 0);
	list_del(&crash_dump->node);
	mutex_unlock(&crash_dumps_lock);
}

/* Waits until nobody walks the list of notifiers. */
static void crash_dump_undo_notifier(void *data)
{
	struct dmf_crash_dump *crash_dump = data;

	atomic_notifier_chain_unregister(&panic_notifier_list, &crash_dump->notifier);
}

/* -- Module callbacks ------------------------------------------------------------- */

static bool crash_dump_name_is_good(const char *name)
{
	size_t length = strnlen(name, DMF_CRASH_DUMP_COMPONENT_MAX), i;

	for (i = 0; i < length; i++)
		if (!isascii(name[i]) || !isgraph(name[i]))
			return false;
	return length && length < DMF_CRASH_DUMP_COMPONENT_MAX;
}

/* Why a Config cannot be; NULL if it can. */
static const char *crash_dump_fault(const struct dmf_crash_dump_config *config)
{
	if (config->component_name && !crash_dump_name_is_good(config->component_name))
		return "component_name";
	if (!config->buffer_size || config->buffer_size > DMF_CRASH_DUMP_BUFFER_SIZE_MAX)
		return "buffer_size";
	if (!config->buffer_count)
		return "buffer_count";
	if (config->panic_kib > DMF_CRASH_DUMP_PANIC_KIB_MAX)
		return "panic_kib";
	if (!config->query != !config->write)
		return "query_without_write";
	if (config->additional_size > DMF_CRASH_DUMP_BUFFER_SIZE_MAX ||
	    !config->additional_size != !config->query)
		return "additional_size";
	return NULL;
}

/* Creation: there are no children, but there is a Config to check. */
static int crash_dump_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	struct dmf_crash_dump *crash_dump = to_crash_dump(module);
	const struct dmf_crash_dump_config *config = dmf_module_config(module);
	const char *fault = crash_dump_fault(config);
	size_t slot, last;

	slot = ALIGN(sizeof(struct dmf_crash_record) + config->buffer_size, sizeof(u64));
	last = config->query ? sizeof(struct dmf_crash_record) + config->additional_size : 0;
	crash_dump->ring_size = size_add(size_add(sizeof(struct dmf_crash_ring), last),
					 size_mul(config->buffer_count, slot));
	if (!fault && crash_dump->ring_size > DMF_CRASH_RING_SIZE_MAX)
		fault = "ring_size";
	if (fault) {
		dev_err(dmf_module_device(module),
			"%s: bad config: fault=%s buffer_size=%zu buffer_count=%u panic_kib=%u additional_size=%zu\n",
			dmf_module_name(module), fault, config->buffer_size, config->buffer_count,
			config->panic_kib, config->additional_size);
		return -EINVAL;
	}

	crash_dump_copy_name(crash_dump->component, sizeof(crash_dump->component),
			     config->component_name ?:
			     dev_driver_string(dmf_module_device(module)));
	crash_dump->record_size = config->buffer_size;
	crash_dump->slot_size = slot;
	crash_dump->slot_count = config->buffer_count;
	crash_dump->additional_size = config->additional_size;
	crash_dump->panic_size = (config->panic_kib ?: DMF_CRASH_DUMP_PANIC_KIB) * SZ_1K;
	return 0;
}

static int crash_dump_open_ring(struct dmf_crash_dump *crash_dump)
{
	struct dmf_module *module = &crash_dump->module;

	crash_dump->copy = dmf_module_kzalloc(module, crash_dump->slot_size);
	if (!crash_dump->copy)
		return -ENOMEM;

	crash_dump->ring = alloc_pages_exact(crash_dump->ring_size,
					     GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!crash_dump->ring)
		return -ENOMEM;
	crash_dump_fill_header(crash_dump);
	return dmf_module_add_action_or_reset(module, crash_dump_undo_ring, crash_dump);
}

static int crash_dump_open(struct dmf_module *module)
{
	struct dmf_crash_dump *crash_dump = to_crash_dump(module);
	int ret = crash_dump_open_ring(crash_dump);

	if (ret)
		return ret;

	ret = crash_dump_publish(crash_dump);
	if (ret) {
		dev_err(dmf_module_device(module), "%s: fault=%s component=%s\n",
			dmf_module_name(module),
			ret == -EEXIST ? "component_exists" : "too_many_rings",
			crash_dump->component);
		return ret;
	}
	ret = dmf_module_add_action_or_reset(module, crash_dump_undo_publish, crash_dump);
	if (ret)
		return ret;

	crash_dump->notifier.notifier_call = crash_dump_panic;
	crash_dump->notifier.priority = INT_MAX;
	atomic_notifier_chain_register(&panic_notifier_list, &crash_dump->notifier);
	return dmf_module_add_action_or_reset(module, crash_dump_undo_notifier, crash_dump);
}

/* Called with the Module open or not. */
static void crash_dump_show(struct dmf_module *module, struct seq_file *seq)
{
	struct dmf_crash_dump *crash_dump = to_crash_dump(module);
	u64 last = 0, dropped = 0;

	if (!dmf_module_reference(module)) {
		last = atomic64_read(crash_dump_word(&crash_dump->ring->last));
		dropped = atomic64_read(crash_dump_word(&crash_dump->ring->dropped));
		dmf_module_dereference(module);
	}
	seq_printf(seq, "component=%s written=%llu dropped=%llu room=%u size=%u panic=%zu",
		   crash_dump->component, last, dropped, crash_dump->slot_count,
		   crash_dump->record_size, crash_dump->panic_size);
}

static const struct dmf_module_ops crash_dump_ops = {
	.child_modules_add	= crash_dump_child_modules_add,
	.open			= crash_dump_open,
	.show			= crash_dump_show,
};

static const struct dmf_module_desc crash_dump_desc = {
	.name		= "crash_dump",
	.size		= sizeof(struct dmf_crash_dump),
	.config_size	= sizeof(struct dmf_crash_dump_config),
	.lock		= DMF_LOCK_PASSIVE,
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &crash_dump_ops,
};

DMF_DEFINE_MODULE(crash_dump);
EXPORT_SYMBOL_NS_GPL(dmf_crash_dump_add, DMF);
EXPORT_SYMBOL_NS_GPL(dmf_crash_dump_create, DMF);

/* -- Methods; see the header ------------------------------------------------------- */

int dmf_crash_dump_data_source_write_self(struct dmf_crash_dump *crash_dump, const void *buffer,
					  size_t size)
{
	struct dmf_crash_record *slot;
	int ret;
	u64 number;

	if (unlikely(!size || size > crash_dump->record_size))
		return -EINVAL;
	/* Not acquire: lockdep does not know what an NMI does. */
	ret = dmf_module_reference(&crash_dump->module);
	if (unlikely(ret))
		return ret;

	number = atomic64_inc_return(crash_dump_word(&crash_dump->ring->last));
	slot = __dmf_crash_dump_slot(crash_dump, number);
	if (likely(crash_dump_claim(slot, number))) {
		crash_dump_fill(slot, number, buffer, size, DMF_CRASH_RECORD_DATA);
	} else {
		atomic64_inc(crash_dump_word(&crash_dump->ring->dropped));
		ret = -EBUSY;
	}
	dmf_module_dereference(&crash_dump->module);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(dmf_crash_dump_data_source_write_self, DMF);
