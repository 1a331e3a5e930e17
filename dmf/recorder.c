// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flight recorders: the latest messages of each Module, in a ring of bytes.
 *
 *	| ... | tail: oldest record | ... | newest record | head: free | ...
 *
 * A Module that asks for a ring has one, which its messages share with nobody's.
 * The others write to the one of the device, with their names. Rings are made before,
 * and freed after, everything that can write to them: with the Module's memory, or
 * the Client's. Those who read are files in debugfs, which wait for them when they
 * are removed before Modules are destroyed, and dumps, which keep the Module as
 * show() does.
 *
 * A record is put together on the stack of whoever writes it, without a lock, since
 * its strings may be long in coming; then copied in. The lock is held, with
 * interrupts off, for as long as that takes: for one record to be copied, and as many
 * to be dropped as stand where it goes, of which there are 11 at most. Readers
 * copy one record at a time. They remember how many had been overwritten and so
 * find out how many they have missed. They stop where the ring ended when they began, so a
 * Module that writes faster than they read does not hold them up.
 *
 * An NMI may have interrupted whoever has the lock, and in a panic its holder may be
 * a CPU that was stopped: then a message that does not get the lock at once is
 * dropped, and counted.
 *
 * Head and tail are moved in an order in which what is between them is always whole
 * records, so that a debugger can read the ring of a machine that has stopped; see
 * recorder_ring.h.
 *
 * The format of a record is in the .ko that has recorded it, which may go before the
 * ring does: another driver's, which has created a Module on the device, or a filter,
 * which has recorded for the device below. When a .ko goes its records lose their
 * formats. Who prints a record, and whoever takes a format away, exclude each other.
 */
#include <kunit/visibility.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "internal.h"
#include "recorder_ring.h"

/* Of the ring that Modules share. */
#define SHARED_SIZE	8192

/* Of a name in it, with its NUL. */
#define NAME_UNITS	8

/* All rings. Held for reading while a record's format is looked at. */
static LIST_HEAD(recorders);
static DECLARE_RWSEM(recorders_lock);	/* guards @recorders, and formats of .ko's that go */

/* -- Rings -------------------------------------------------------------------- */

static struct dmf_recorder *recorder_alloc(size_t size)
{
	struct dmf_recorder *recorder = kzalloc(sizeof(*recorder), GFP_KERNEL);

	if (!recorder)
		return NULL;

	recorder->words = kvzalloc(size, GFP_KERNEL);
	if (!recorder->words) {
		kfree(recorder);
		return NULL;
	}
	recorder->magic = DMF_RECORDER_MAGIC;
	recorder->version = DMF_RECORDER_VERSION;
	recorder->size = size;
	raw_spin_lock_init(&recorder->lock);
	down_write(&recorders_lock);
	list_add_tail(&recorder->node, &recorders);
	up_write(&recorders_lock);
	return recorder;
}

static void recorder_free(struct dmf_recorder *recorder)
{
	if (!recorder)
		return;

	down_write(&recorders_lock);
	list_del(&recorder->node);
	up_write(&recorders_lock);
	kvfree(recorder->words);
	kfree(recorder);
}

/* Give a new device the ring that its Modules share. */
int dmf_recorder_add_shared(struct dmf_device *ddev)
{
	ddev->recorder = recorder_alloc(SHARED_SIZE);
	if (!ddev->recorder)
		return -ENOMEM;

	ddev->recorder->shared = true;
	return 0;
}

/* All Modules have been freed. */
void dmf_recorder_free_shared(struct dmf_device *ddev)
{
	recorder_free(ddev->recorder);
	ddev->recorder = NULL;
}

/* Give a new Module the ring that it asks for, in bytes; 0 is the shared one. */
int dmf_recorder_add(struct dmf_module *module, size_t size)
{
	if (size > DMF_RECORDER_SIZE_MAX) {
		dev_err(module->ddev->dev, "%s: wants a flight recorder of %zu bytes, above %d\n",
			module->name, size, DMF_RECORDER_SIZE_MAX);
		return -EINVAL;
	}
	if (!size) {
		module->recorder = module->ddev->recorder;
		return 0;
	}
	module->recorder = recorder_alloc(roundup_pow_of_two(max_t(size_t, size,
								   DMF_RECORDER_SIZE_DEFAULT)));
	return module->recorder ? 0 : -ENOMEM;
}

/* The Module's memory goes; it may have got no ring. */
void dmf_recorder_free(struct dmf_module *module)
{
	if (module->recorder != module->ddev->recorder)
		recorder_free(module->recorder);
}

/* Of the numbers of words. */
static u64 recorder_mask(const struct dmf_recorder *recorder)
{
	return recorder->size / sizeof(u64) - 1;
}

/* Length of the record that begins at a word. */
static unsigned int recorder_words_at(const struct dmf_recorder *recorder, u64 at)
{
	const u64 *word = &recorder->words[at & recorder_mask(recorder)];

	return ((const struct dmf_record *)word)->words;
}

/* -- Writing -------------------------------------------------------------------- */

/* What printk() says of such pointers. */
static const char *string_readable(const char *string)
{
	if (!string)
		return "(null)";
	if ((unsigned long)string < PAGE_SIZE || IS_ERR(string))
		return "(efault)";
	return string;
}

/*
 * Copy a string, of which no more than @bound bytes may be looked at, to where @room
 * units are. Return: how many it takes.
 */
static unsigned int draft_string(struct dmf_record_draft *draft, unsigned int used,
				 unsigned int room, const char *string, unsigned int bound)
{
	char *text = (char *)&draft->units[used];
	size_t size = room * sizeof(u32);
	ssize_t length;

	string = string_readable(string);
	if (bound < size) {
		length = strnlen(string, bound);
		memcpy(text, string, length);
		text[length] = '\0';
		/* It may have changed between the two. */
		length = strlen(text);
	} else {
		length = strscpy(text, string, size);
	}
	if (length < 0) {
		draft->record.flags |= DMF_RECORD_CUT;
		length = size - 1;
	}
	return length / sizeof(u32) + 1;
}

/*
 * Copy the arguments behind what is @used of the draft's units. Strings get what the
 * arguments behind them leave. Return: how many units are used then.
 */
static unsigned int draft_args(struct dmf_record_draft *draft, unsigned int used,
			       const struct dmf_record_site *site, va_list *args)
{
	unsigned int bound, behind = site->units;
	const u8 *kind;
	u64 value;

	for (kind = site->kinds; *kind != DMF_RECORD_END; kind++) {
		switch (*kind) {
		case DMF_RECORD_INT:
			draft->units[used++] = va_arg(*args, int);
			behind--;
			continue;
		case DMF_RECORD_LONG:
			value = va_arg(*args, unsigned long);
			break;
		case DMF_RECORD_LONG_LONG:
			value = va_arg(*args, unsigned long long);
			break;
		case DMF_RECORD_POINTER:
			value = (unsigned long)va_arg(*args, void *);
			break;
		default:
			bound = UINT_MAX;
			if (*kind == DMF_RECORD_STRING_STAR)
				bound = max((int)draft->units[used - 1], 0);
			else if (*kind >= DMF_RECORD_STRING_UP_TO)
				bound = *kind - DMF_RECORD_STRING_UP_TO;
			behind--;
			used += draft_string(draft, used, DMF_RECORD_UNITS_MAX - used - behind,
					     va_arg(*args, const char *), bound);
			continue;
		}
		memcpy(&draft->units[used], &value, sizeof(value));
		used += sizeof(value) / sizeof(u32);
		behind -= sizeof(value) / sizeof(u32);
	}
	return used;
}

/* Whose message it is, in a ring that is shared. Return: how many units are used. */
static unsigned int draft_name(struct dmf_record_draft *draft, unsigned int number,
			       const char *name)
{
	draft->record.flags |= DMF_RECORD_NAMED;
	draft->units[0] = number;
	return 1 + draft_string(draft, 1, NAME_UNITS, name, NAME_UNITS * sizeof(u32) - 1);
}

static u8 record_context(void)
{
	if (in_nmi())
		return DMF_RECORD_NMI;
	if (in_hardirq())
		return DMF_RECORD_HARDIRQ;
	return in_serving_softirq() ? DMF_RECORD_SOFTIRQ : DMF_RECORD_TASK;
}

static void recorder_append_locked(struct dmf_recorder *recorder, struct dmf_record_draft *draft)
{
	u64 head = recorder->head, tail = recorder->tail, mask = recorder_mask(recorder);
	unsigned int i, count = draft->record.words;
	const u64 *from = (const u64 *)draft;
	u64 *to = recorder->words;

	draft->record.cpu = raw_smp_processor_id();
	draft->record.time_ns = local_clock();
	while (head + count - tail > mask + 1) {
		recorder->overwritten++;
		tail += recorder_words_at(recorder, tail);
	}
	WRITE_ONCE(recorder->tail, tail);
	/* The tail before what stood there. */
	smp_wmb();
	for (i = 0; i < count; i++)
		to[(head + i) & mask] = from[i];
	recorder->written++;
	/* After the record. */
	smp_store_release(&recorder->head, head + count);
}

/* Complete a draft of which so many units are used, and put it into the ring. */
static void recorder_append(struct dmf_recorder *recorder, struct dmf_record_draft *draft,
			    unsigned int used)
{
	unsigned long flags;

	draft->record.words = DIV_ROUND_UP(sizeof(draft->record) + used * sizeof(u32), sizeof(u64));
	draft->record.pid = current->pid;
	if (likely(!in_nmi() && !oops_in_progress)) {
		raw_spin_lock_irqsave(&recorder->lock, flags);
	} else if (!raw_spin_trylock_irqsave(&recorder->lock, flags)) {
		atomic_inc(&recorder->dropped);
		return;
	}
	recorder_append_locked(recorder, draft);
	raw_spin_unlock_irqrestore(&recorder->lock, flags);
}

void __dmf_record(struct dmf_module *module, struct dmf_record_site *site,
		  const char *format, ...)
{
	struct dmf_recorder *recorder = module->recorder;
	struct dmf_record_draft draft;
	unsigned int used = 0;
	va_list args;

	dmf_record_site_get_ready(site, format);
	draft.record.flags = record_context();
	draft.record.site = site;
	if (recorder->shared)
		used = draft_name(&draft, module->number, module->name);
	va_start(args, format);
	used = draft_args(&draft, used, site, &args);
	va_end(args);
	recorder_append(recorder, &draft, used);
}
EXPORT_SYMBOL_NS_GPL(__dmf_record, DMF);

void __dmf_device_record(struct dmf_device *ddev, struct dmf_record_site *site,
			 const char *format, ...)
{
	struct dmf_record_draft draft;
	unsigned int used;
	va_list args;

	dmf_record_site_get_ready(site, format);
	draft.record.flags = record_context();
	draft.record.site = site;
	used = draft_name(&draft, 0, ddev->client->name);
	va_start(args, format);
	used = draft_args(&draft, used, site, &args);
	va_end(args);
	recorder_append(ddev->recorder, &draft, used);
}
EXPORT_SYMBOL_NS_GPL(__dmf_device_record, DMF);

/* -- Reading ---------------------------------------------------------------------- */

/* How far somebody has read. */
struct reading {
	struct dmf_recorder *recorder;
	u64 at;			/* the next record */
	u64 number;		/* how many were written before that */
	u64 end;		/* of the records that were there in the beginning */
	u64 missed;		/* they have been overwritten meanwhile */
};

/* Return: how many messages were written until now. */
static u64 reading_begin(struct reading *reading, struct dmf_recorder *recorder)
{
	unsigned long flags;
	u64 written;

	raw_spin_lock_irqsave(&recorder->lock, flags);
	reading->recorder = recorder;
	reading->at = recorder->tail;
	reading->number = recorder->overwritten;
	reading->end = recorder->head;
	reading->missed = 0;
	written = recorder->written;
	raw_spin_unlock_irqrestore(&recorder->lock, flags);
	return written;
}

/* Pass over what has gone meanwhile. Return: length of the next record, 0 if none is left. */
static unsigned int reading_find_locked(struct reading *reading)
{
	struct dmf_recorder *recorder = reading->recorder;

	if (reading->at < recorder->tail) {
		reading->missed += recorder->overwritten - reading->number;
		reading->number = recorder->overwritten;
		reading->at = recorder->tail;
	}
	return reading->at < reading->end ? recorder_words_at(recorder, reading->at) : 0;
}

/* Return: false if there is no more. */
static bool reading_next(struct reading *reading, struct dmf_record_draft *draft)
{
	struct dmf_recorder *recorder = reading->recorder;
	u64 mask = recorder_mask(recorder), *to = (u64 *)draft;
	unsigned int i, count;
	unsigned long flags;

	raw_spin_lock_irqsave(&recorder->lock, flags);
	count = reading_find_locked(reading);
	for (i = 0; i < count; i++)
		to[i] = recorder->words[(reading->at + i) & mask];
	raw_spin_unlock_irqrestore(&recorder->lock, flags);

	reading->at += count;
	reading->number++;
	return count;
}

static void record_show_context(const struct dmf_record *record, struct seq_file *seq)
{
	static const char * const contexts[] = {
		[DMF_RECORD_SOFTIRQ]	= "softirq",
		[DMF_RECORD_HARDIRQ]	= "irq",
		[DMF_RECORD_NMI]	= "nmi",
	};
	u32 ns;
	u64 s = div_u64_rem(record->time_ns, NSEC_PER_SEC, &ns);
	u8 context = record->flags & DMF_RECORD_CONTEXT;

	seq_printf(seq, "[%5llu.%06u] %u/", s, ns / 1000, record->cpu);
	if (context == DMF_RECORD_TASK)
		seq_printf(seq, "%u", record->pid);
	else
		seq_puts(seq, contexts[context]);
}

static void record_show(struct dmf_record_draft *draft, struct seq_file *seq)
{
	const struct dmf_record *record = &draft->record;
	unsigned int used = 0, count = record->words * sizeof(u64) / sizeof(u32) -
				       sizeof(*record) / sizeof(u32);

	record_show_context(record, seq);
	if (record->flags & DMF_RECORD_NAMED) {
		const char *name = (const char *)&draft->units[1];

		seq_putc(seq, ' ');
		dmf_text_show(seq, name);
		used = 1 + strnlen(name, NAME_UNITS * sizeof(u32) - 1) / sizeof(u32) + 1;
	}
	seq_puts(seq, ": ");
	dmf_record_print(seq, record->site, draft->units + used, count - used);
	seq_puts(seq, record->flags & DMF_RECORD_CUT ? " [cut]\n" : "\n");
}

/* Print the next record, unless it is another Module's. Return: false if there is none. */
static bool reading_show_next(struct reading *reading, const struct dmf_module *module,
			      struct seq_file *seq)
{
	struct dmf_record_draft draft;
	bool found;

	down_read(&recorders_lock);
	found = reading_next(reading, &draft);
	if (found && (!reading->recorder->shared || !module || draft.units[0] == module->number))
		record_show(&draft, seq);
	up_read(&recorders_lock);
	return found;
}

/*
 * Print a ring; of a shared one, only the messages of the Module, if one is given. The
 * figures of a ring are in its first line. Who has given too little room starts anew
 * with more, or has no use for the rest.
 */
static void recorder_show(struct dmf_recorder *recorder, const struct dmf_module *module,
			  struct seq_file *seq)
{
	struct reading reading;
	u64 written = reading_begin(&reading, recorder);

	seq_printf(seq, "size=%u shared=%d written=%llu overwritten=%llu dropped=%u\n",
		   recorder->size, recorder->shared, written, reading.number,
		   atomic_read(&recorder->dropped));
	while (!seq_has_overflowed(seq) && reading_show_next(&reading, module, seq))
		cond_resched();
	if (reading.missed)
		seq_printf(seq, "%llu were overwritten while this was read\n", reading.missed);
}

/*
 * Print the messages of a Module: of its own ring, or those in the ring that it
 * shares. The caller keeps the Module.
 */
void dmf_recorder_show(struct dmf_module *module, struct seq_file *seq)
{
	recorder_show(module->recorder, module, seq);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_recorder_show);

/* Print the ring that the Modules of a device share. */
void dmf_recorder_show_shared(struct dmf_device *ddev, struct seq_file *seq)
{
	recorder_show(ddev->recorder, NULL, seq);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_recorder_show_shared);

/* -- Formats that go -------------------------------------------------------------- */

/* Of records whose own has gone. */
static const struct dmf_record_site gone_site = { .format = "its .ko has been unloaded" };

/* Return: false if there is no more. */
static bool reading_forget_next(struct reading *reading, const struct module *module)
{
	struct dmf_recorder *recorder = reading->recorder;
	const struct dmf_record_site **site;
	unsigned int count;
	unsigned long flags;
	u64 at;

	raw_spin_lock_irqsave(&recorder->lock, flags);
	count = reading_find_locked(reading);
	at = reading->at + offsetof(struct dmf_record, site) / sizeof(u64);
	site = (void *)&recorder->words[at & recorder_mask(recorder)];
	if (count && within_module((unsigned long)*site, module))
		WRITE_ONCE(*site, &gone_site);
	raw_spin_unlock_irqrestore(&recorder->lock, flags);

	reading->at += count;
	reading->number++;
	return count;
}

/* A .ko whose code does not run any more is about to be freed. */
void dmf_recorders_forget(const struct module *module)
{
	struct dmf_recorder *recorder;
	struct reading reading;

	down_write(&recorders_lock);
	list_for_each_entry(recorder, &recorders, node) {
		reading_begin(&reading, recorder);
		while (reading_forget_next(&reading, module))
			cond_resched();
	}
	up_write(&recorders_lock);
}
EXPORT_SYMBOL_IF_KUNIT(dmf_recorders_forget);

static int recorders_notify(struct notifier_block *notifier, unsigned long event, void *module)
{
	if (event == MODULE_STATE_GOING)
		dmf_recorders_forget(module);
	return NOTIFY_DONE;
}

static struct notifier_block recorders_notifier = { .notifier_call = recorders_notify };

int dmf_recorders_init(void)
{
	return register_module_notifier(&recorders_notifier);
}

void dmf_recorders_exit(void)
{
	unregister_module_notifier(&recorders_notifier);
}
