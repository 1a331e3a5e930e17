// SPDX-License-Identifier: GPL-2.0-only
/*
 * CrashDump: what it keeps, what a panic prints of it, and what can be read back. No
 * kernel panics here: the suite calls what the panic notifier does, with a function of
 * its own to print with, and reads the lines as a decoder would. Once the notifier
 * itself is called, and prints.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/crc32.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/panic_notifier.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../dmf/internal.h"
#include "crash_dump_fixture.h"

/* -- Records ---------------------------------------------------------------------- */

static void nothing_was_written(struct kunit *test)
{
	struct crash_test *t = crash_up(test);

	KUNIT_EXPECT_EQ(test, crash_read_back(test, PLENTY), 0);
	KUNIT_EXPECT_EQ(test, t->records, 0);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->begin, " records=0 "));
}

static void all_records_come_back(struct kunit *test)
{
	struct crash_test *t = crash_up(test);

	write_records(test, COUNT);
	KUNIT_EXPECT_EQ(test, crash_read_back(test, PLENTY), COUNT * COST);
	expect_records(test, 1, COUNT);
	KUNIT_EXPECT_EQ(test, t->record[0].size, SIZE);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->begin, " component=pump "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->begin, dev_name(dmf_device_dev(t->ddev))));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->begin, " first=1 last=8 records=8 dropped=0"));
	KUNIT_EXPECT_STREQ(test, strchr(t->end, ' '), strchr(t->begin, ' '));
}

static void oldest_makes_room(struct kunit *test)
{
	unsigned int extra;

	crash_up(test);
	write_records(test, COUNT);
	for (extra = 1; extra <= 2 * COUNT + 1; extra++) {
		write_records(test, 1);
		crash_read_back(test, PLENTY);
		expect_records(test, 1 + extra, COUNT + extra);
	}
}

static void records_have_their_own_size(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	unsigned int i;

	for (i = 1; i <= COUNT; i++)
		KUNIT_ASSERT_EQ(test, write_next(t, 2 * i), 0);
	crash_read_back(test, PLENTY);
	expect_records(test, 1, COUNT);
	for (i = 0; i < COUNT; i++)
		KUNIT_EXPECT_EQ(test, t->record[i].size, 2 * (i + 1));
}

static void bad_sizes_are_refused(struct kunit *test)
{
	struct crash_test *t = crash_up(test);

	KUNIT_EXPECT_EQ(test, write_next(t, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, write_next(t, SIZE + 1), -EINVAL);
	crash_read_back(test, PLENTY);
	KUNIT_EXPECT_EQ(test, t->records, 0);
	KUNIT_EXPECT_EQ(test, t->crash_dump->ring->last, 0);
}

static void records_longer_than_a_line(struct kunit *test)
{
	struct crash_test *t = test->priv;

	t->config.buffer_size = 1000;
	t->config.buffer_count = 5;
	t->config.panic_kib = 16;
	crash_up(test);
	while (t->written < 7)
		KUNIT_ASSERT_EQ(test, write_next(t, 1000), 0);
	KUNIT_EXPECT_EQ(test, crash_read_back(test, PLENTY), 5 * 1024);
	expect_records(test, 3, 7);
	/* 238 bytes of records to a line, begin and end. */
	KUNIT_EXPECT_EQ(test, t->lines, DIV_ROUND_UP(5 * 1024, 238) + 2);
}

/* -- Bounds ----------------------------------------------------------------------- */

static void newest_are_printed_within_the_budget(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	size_t budget;

	write_records(test, COUNT + 3);
	for (budget = 0; budget <= (COUNT + 1) * COST; budget += COST / 2) {
		unsigned int fit = min_t(size_t, budget / COST, COUNT);

		KUNIT_EXPECT_EQ(test, crash_read_back(test, budget), fit * COST);
		expect_records(test, COUNT + 3 + 1 - fit, COUNT + 3);
	}
	KUNIT_EXPECT_EQ(test, t->written, COUNT + 3);
}

static void no_more_than_the_config_says(struct kunit *test)
{
	struct crash_test *t = test->priv;

	t->config.buffer_size = 1000;
	t->config.buffer_count = 20;
	crash_up(test);
	while (t->written < 20)
		KUNIT_ASSERT_EQ(test, write_next(t, 1000), 0);
	KUNIT_EXPECT_EQ(test, crash_read_back(test, PLENTY), 4 * 1024);
	expect_records(test, 17, 20);
}

/* A large one that does not fit ends it, though an older one would fit. */
static void nothing_old_is_printed_instead_of_the_newest(struct kunit *test)
{
	struct crash_test *t = crash_up(test);

	KUNIT_ASSERT_EQ(test, write_next(t, 2), 0);
	KUNIT_ASSERT_EQ(test, write_next(t, SIZE), 0);
	KUNIT_ASSERT_EQ(test, write_next(t, 2), 0);
	KUNIT_EXPECT_EQ(test, crash_read_back(test, 2 * (COST - SIZE + 2)), COST - SIZE + 2);
	expect_records(test, 3, 3);
}

/* Memory is not to be trusted in a panic. */
static void spoilt_size_is_bounded(struct kunit *test)
{
	struct crash_test *t = crash_up(test);

	write_records(test, COUNT);
	__dmf_crash_dump_slot(t->crash_dump, 3)->size = SIZE + 1;
	__dmf_crash_dump_slot(t->crash_dump, 5)->size = U32_MAX;
	KUNIT_EXPECT_EQ(test, crash_read_back(test, PLENTY), COUNT * COST);
	expect_records(test, 1, COUNT);
}

static void lost_line_costs_its_records_only(struct kunit *test)
{
	struct crash_test *t = crash_up(test);

	write_records(test, COUNT);
	/* The second line; record 6 of 44 bytes begins within it, at 220 of 238. */
	t->skip = 1;
	crash_read_back(test, PLENTY);
	KUNIT_ASSERT_EQ(test, t->records, 2);
	KUNIT_EXPECT_EQ(test, t->record[0].number, 7);
	KUNIT_EXPECT_EQ(test, t->record[1].number, 8);
}

/* -- Interrupted writers ---------------------------------------------------------- */

/* As a panic finds a writer that was stopped in the midst of a record. */
static void writer_stopped_in_the_middle(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	struct dmf_crash_record *slot;

	write_records(test, COUNT);
	slot = __dmf_crash_dump_slot(t->crash_dump, COUNT + 1);
	t->crash_dump->ring->last++;
	slot->number = (COUNT + 1) | DMF_CRASH_RECORD_BUSY;
	memset(slot + 1, 0x5a, SIZE);
	crash_read_back(test, PLENTY);
	expect_records(test, 2, COUNT);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->end, " last=9 records=7 "));
}

static void end_the_last_record(struct crash_test *t)
{
	struct dmf_crash_record *slot = __dmf_crash_dump_slot(t->crash_dump, COUNT + 1);

	slot->size = SIZE;
	slot->number = COUNT + 1;
}

/* Its writer was not stopped, and ends it after what is printed was chosen. */
static void record_that_ends_meanwhile_keeps_to_the_budget(struct kunit *test)
{
	struct crash_test *t = crash_up(test);

	write_records(test, COUNT);
	t->crash_dump->ring->last++;
	__dmf_crash_dump_slot(t->crash_dump, COUNT + 1)->number =
		(COUNT + 1) | DMF_CRASH_RECORD_BUSY;
	t->meanwhile = end_the_last_record;
	KUNIT_EXPECT_EQ(test, crash_read_back(test, (COUNT - 1) * COST), (COUNT - 1) * COST);
	expect_records(test, 2, COUNT);
}

/* It has a number, and nothing else. */
static void writer_stopped_before_its_slot(struct kunit *test)
{
	struct crash_test *t = crash_up(test);

	write_records(test, COUNT);
	t->crash_dump->ring->last++;
	crash_read_back(test, PLENTY);
	expect_records(test, 2, COUNT);
}

/* Others go on: they lose one record for each round, and all others are there. */
static void others_write_past_a_stopped_writer(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	struct dmf_crash_record *slot;
	unsigned int i;

	write_records(test, COUNT - 1);
	slot = __dmf_crash_dump_slot(t->crash_dump, COUNT);
	t->crash_dump->ring->last++;
	slot->number = COUNT | DMF_CRASH_RECORD_BUSY;
	t->written++;
	for (i = 1; i <= 2 * COUNT; i++) {
		KUNIT_EXPECT_EQ(test, write_next(t, SIZE), i % COUNT ? 0 : -EBUSY);
		if (!(i % COUNT))
			t->written++;
	}
	crash_read_back(test, PLENTY);
	expect_records(test, 2 * COUNT + 1, 3 * COUNT - 1);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->end, " last=24 records=7 dropped=2"));
}

/* Its record is older than what is there: it is not to be put over that. */
static void overtaken_writer_drops_its_record(struct kunit *test)
{
	struct crash_test *t = crash_up(test);

	write_records(test, 1);
	__dmf_crash_dump_slot(t->crash_dump, 2)->number = COUNT + 2;
	KUNIT_EXPECT_EQ(test, write_next(t, SIZE), -EBUSY);
	KUNIT_EXPECT_EQ(test, __dmf_crash_dump_slot(t->crash_dump, 2)->number, COUNT + 2);
}

static void write_in_hardirq(void *data)
{
	struct crash_test *t = data;

	t->result = write_next(t, SIZE);
}

static void write_from_interrupts(struct kunit *test)
{
	struct crash_test *t = crash_up(test);

	dmf_kunit_in_hardirq(write_in_hardirq, t);
	KUNIT_EXPECT_EQ(test, t->result, 0);
	dmf_kunit_in_interrupt(write_in_hardirq, t);
	KUNIT_EXPECT_EQ(test, t->result, 0);
	crash_read_back(test, PLENTY);
	expect_records(test, 1, 2);
}

/* -- What the Client adds --------------------------------------------------------- */

static void with_additional(struct kunit *test, size_t size)
{
	struct crash_test *t = test->priv;

	t->config.query = crash_query;
	t->config.write = crash_write;
	t->config.additional_size = size;
	crash_up(test);
	write_records(test, 2);
}

static void client_adds_at_the_panic(struct kunit *test)
{
	struct crash_test *t = test->priv;

	with_additional(test, 100);
	t->additional = 60;
	KUNIT_EXPECT_EQ(test, crash_read_back(test, PLENTY), 2 * COST + 24 + 60);
	KUNIT_ASSERT_EQ(test, t->records, 3);
	KUNIT_EXPECT_EQ(test, t->record[1].number, 2);
	KUNIT_EXPECT_EQ(test, t->record[2].kind, DMF_CRASH_RECORD_ADDITIONAL);
	KUNIT_EXPECT_EQ(test, t->record[2].number, 1);
	KUNIT_EXPECT_EQ(test, t->record[2].size, 60);
	KUNIT_EXPECT_EQ(test, t->first_byte[2], 0xad);
	KUNIT_EXPECT_EQ(test, t->writes, 1);
}

static void client_has_nothing_to_add(struct kunit *test)
{
	struct crash_test *t = test->priv;

	with_additional(test, 100);
	crash_read_back(test, PLENTY);
	expect_records(test, 1, 2);
	KUNIT_EXPECT_EQ(test, t->queries, 1);
	KUNIT_EXPECT_EQ(test, t->writes, 0);
}

static void client_may_not_add_more_than_it_said(struct kunit *test)
{
	struct crash_test *t = test->priv;

	with_additional(test, 100);
	t->additional = SIZE_MAX;
	crash_read_back(test, PLENTY);
	KUNIT_EXPECT_EQ(test, t->asked_for, 100);
	/* Nor more than is left for all. */
	crash_read_back(test, 2 * COST + 24 + 7);
	KUNIT_EXPECT_EQ(test, t->asked_for, 7);
	KUNIT_EXPECT_EQ(test, t->records, 3);
	crash_read_back(test, 2 * COST + 24);
	KUNIT_EXPECT_EQ(test, t->writes, 2);
	expect_records(test, 1, 2);
}

/* -- In memory -------------------------------------------------------------------- */

/* How many entries of dmf_crash_rings name this ring. */
static unsigned int entries_of(const struct dmf_crash_ring *ring, size_t size)
{
	unsigned int i, found = 0;

	for (i = 0; i < dmf_crash_rings.count; i++)
		found += dmf_crash_rings.rings[i].address == virt_to_phys((void *)ring) &&
			 dmf_crash_rings.rings[i].size == size;
	return found;
}

static void ring_can_be_found(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	const struct dmf_crash_ring *ring = t->crash_dump->ring;

	KUNIT_EXPECT_STREQ(test, dmf_crash_rings.magic, DMF_CRASH_RINGS_MAGIC);
	KUNIT_EXPECT_EQ(test, entries_of(ring, t->crash_dump->ring_size), 1);
	KUNIT_EXPECT_STREQ(test, ring->magic, DMF_CRASH_RING_MAGIC);
	KUNIT_EXPECT_EQ(test, offset_in_page(ring), 0);
	KUNIT_EXPECT_EQ(test, ring->address, virt_to_phys((void *)ring));
	KUNIT_EXPECT_EQ(test, ring->crc,
			~crc32_le(~0, (const u8 *)ring, offsetof(struct dmf_crash_ring, crc)));
	KUNIT_EXPECT_STREQ(test, ring->component, "pump");
	KUNIT_EXPECT_EQ(test, ring->size,
			ring->header_size + ring->slot_size * ring->slot_count);
}

/* The memory is kept here, so that nobody else can have it. */
static void ring_that_has_gone_is_not_found_in_memory(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	struct dmf_crash_ring *ring = t->crash_dump->ring;
	struct page *page = virt_to_page(ring);

	get_page(page);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_NULL(test, memchr_inv(ring, 0, sizeof(*ring)));
	put_page(page);
}

static void entry_goes_with_the_device(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	const struct dmf_crash_ring *ring = t->crash_dump->ring;
	size_t size = t->crash_dump->ring_size;

	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_EQ(test, entries_of(ring, size), 0);
	/* And can be had again. */
	crash_up(test);
	KUNIT_EXPECT_EQ(test, entries_of(t->crash_dump->ring, size), 1);
}

/* -- The notifier ----------------------------------------------------------------- */

/* The chain's own walk would run those of others, too. */
static bool notifier_is_registered(const struct notifier_block *notifier)
{
	const struct notifier_block *at;
	bool found = false;

	rcu_read_lock();
	for (at = rcu_dereference(panic_notifier_list.head); at; at = rcu_dereference(at->next))
		found |= at == notifier;
	rcu_read_unlock();
	return found;
}

static void notifier_comes_and_goes(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	const struct notifier_block *notifier = &t->crash_dump->notifier;

	KUNIT_EXPECT_TRUE(test, notifier_is_registered(notifier));
	KUNIT_EXPECT_EQ(test, notifier->priority, INT_MAX);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_FALSE(test, notifier_is_registered(notifier));
}

static void notifier_prints(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	struct notifier_block *notifier = &t->crash_dump->notifier;
	char text[32];

	write_records(test, 1);
	KUNIT_EXPECT_EQ(test, notifier->notifier_call(notifier, 0, "test"), NOTIFY_DONE);
	snprintf(text, sizeof(text), "dmf-crash: %08x 0 begin ", t->crash_dump->ring->key);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged(text));
	snprintf(text, sizeof(text), "dmf-crash: %08x 2 end ", t->crash_dump->ring->key);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged(text));
}

static void one_panic_prints_so_much_of_all(struct kunit *test)
{
	size_t left = __dmf_crash_dump_left;
	struct notifier_block *notifier;
	struct crash_test *t = test->priv;
	char text[64];

	t->second = true;
	crash_up(test);
	write_records(test, 1);
	__dmf_crash_dump_left = COST;
	notifier = &t->crash_dump->notifier;
	KUNIT_EXPECT_EQ(test, notifier->notifier_call(notifier, 0, "test"), NOTIFY_DONE);
	KUNIT_EXPECT_EQ(test, __dmf_crash_dump_left, 0);
	t->crash_dump = t->other;
	write_records(test, 1);
	notifier = &t->crash_dump->notifier;
	KUNIT_EXPECT_EQ(test, notifier->notifier_call(notifier, 0, "test"), NOTIFY_DONE);
	__dmf_crash_dump_left = left;
	/* Without records, but the others are to know of it. */
	snprintf(text, sizeof(text), "dmf-crash: %08x 1 end ", t->crash_dump->ring->key);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged(text));
}

static void client_that_panics_again_is_not_asked_again(struct kunit *test)
{
	struct crash_test *t = test->priv;
	struct notifier_block *notifier;

	t->panics_again = true;
	with_additional(test, 100);
	notifier = &t->crash_dump->notifier;
	KUNIT_EXPECT_EQ(test, notifier->notifier_call(notifier, 0, "test"), NOTIFY_DONE);
	KUNIT_EXPECT_EQ(test, t->queries, 1);
}

static void count_line(void *context, const char *line)
{
	unsigned long *lines = context;

	++*lines;
}

/* As a panic on another CPU, which could not stop ours, would; without other notifiers. */
static int panic_again_and_again(void *data)
{
	struct crash_test *t = data;
	struct notifier_block *at;
	unsigned long lines;

	complete(&t->started);
	while (!kthread_should_stop()) {
		rcu_read_lock();
		for (at = rcu_dereference(panic_notifier_list.head); at;
		     at = rcu_dereference(at->next)) {
			if (at->notifier_call != t->panic)
				continue;
			lines = 0;
			__dmf_crash_dump_print(container_of(at, struct dmf_crash_dump, notifier),
					       PLENTY, count_line, &lines);
			if (lines >= 2)
				atomic_inc(&t->walks);
		}
		rcu_read_unlock();
		cond_resched();
	}
	return 0;
}

#define ROUNDS	5

/* A panic at any moment of unbind finds a whole list, and no ring that is gone. */
static void race_panic_against_unbind(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	unsigned int i;

	t->panic = t->crash_dump->notifier.notifier_call;
	dmf_kunit_run(test, panic_again_and_again, t);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&t->started, DMF_KUNIT_TIMEOUT), 0);
	for (i = 0; i < ROUNDS; i++) {
		write_records(test, 1);
		KUNIT_ASSERT_TRUE(test, dmf_kunit_counts_again(&t->walks));
		dmf_kunit_remove(test, t->ddev);
		crash_up(test);
	}
}

static int write_again_and_again(void *data)
{
	struct crash_test *t = data;
	size_t size = t->config.buffer_size;
	u8 *record = kmalloc(size, GFP_KERNEL | __GFP_NOFAIL);
	u8 content = 0;

	complete(&t->started);
	while (!kthread_should_stop()) {
		memset(record, ++content, size);
		if (dmf_crash_dump_data_source_write_self(t->crash_dump, record, size))
			atomic_inc(&t->refused);
		else
			atomic_inc(&t->accepted);
		cond_resched();
	}
	kfree(record);
	return 0;
}

static void start_writer(struct kunit *test)
{
	struct crash_test *t = test->priv;

	reinit_completion(&t->started);
	dmf_kunit_run(test, write_again_and_again, t);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&t->started, DMF_KUNIT_TIMEOUT), 0);
}

/*
 * Of a writer that could not be stopped no record comes torn. All of the ring is printed, so
 * the first record that is not skipped is the one that he is about to overwrite.
 */
static void race_print_against_write(struct kunit *test)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;
	struct crash_test *t = test->priv;
	unsigned int i, printed = 0;

	t->config.buffer_size = 500;
	t->config.buffer_count = 31;
	t->config.panic_kib = 16;
	crash_up(test);
	start_writer(test);
	for (i = 0; i < 100 || (!printed && time_before(jiffies, end)); i++) {
		crash_read_back(test, PLENTY);
		printed += t->records;
		cond_resched();
	}
	KUNIT_EXPECT_GE(test, printed, 1);
}

/* Each write is there or refused; what is there is whole. */
static void race_write_against_write(struct kunit *test)
{
	unsigned long end = jiffies + 4 * DMF_KUNIT_TIMEOUT;
	struct crash_test *t = test->priv;
	u64 last, dropped, accepted;

	t->config.buffer_count = 1;
	crash_up(test);
	start_writer(test);
	start_writer(test);
	while (atomic_read(&t->accepted) < 3000 && time_before(jiffies, end)) {
		crash_read_back(test, PLENTY);
		cond_resched();
	}
	KUNIT_EXPECT_GE(test, atomic_read(&t->accepted), 3000);
	/* They write on: what is counted last is read first. */
	accepted = atomic_read_acquire(&t->accepted);
	dropped = atomic64_read_acquire((atomic64_t *)&t->crash_dump->ring->dropped);
	last = READ_ONCE(t->crash_dump->ring->last);
	KUNIT_EXPECT_GE(test, last, accepted + dropped);
}

static struct kunit_case crash_dump_cases[] = {
	KUNIT_CASE(nothing_was_written),
	KUNIT_CASE(all_records_come_back),
	KUNIT_CASE(oldest_makes_room),
	KUNIT_CASE(records_have_their_own_size),
	KUNIT_CASE(bad_sizes_are_refused),
	KUNIT_CASE(records_longer_than_a_line),
	KUNIT_CASE(newest_are_printed_within_the_budget),
	KUNIT_CASE(no_more_than_the_config_says),
	KUNIT_CASE(nothing_old_is_printed_instead_of_the_newest),
	KUNIT_CASE(spoilt_size_is_bounded),
	KUNIT_CASE(lost_line_costs_its_records_only),
	KUNIT_CASE(writer_stopped_in_the_middle),
	KUNIT_CASE(record_that_ends_meanwhile_keeps_to_the_budget),
	KUNIT_CASE(writer_stopped_before_its_slot),
	KUNIT_CASE(others_write_past_a_stopped_writer),
	KUNIT_CASE(overtaken_writer_drops_its_record),
	KUNIT_CASE(write_from_interrupts),
	KUNIT_CASE(client_adds_at_the_panic),
	KUNIT_CASE(client_has_nothing_to_add),
	KUNIT_CASE(client_may_not_add_more_than_it_said),
	KUNIT_CASE(ring_can_be_found),
	KUNIT_CASE(ring_that_has_gone_is_not_found_in_memory),
	KUNIT_CASE(entry_goes_with_the_device),
	KUNIT_CASE(notifier_comes_and_goes),
	KUNIT_CASE(notifier_prints),
	KUNIT_CASE(one_panic_prints_so_much_of_all),
	KUNIT_CASE(client_that_panics_again_is_not_asked_again),
	KUNIT_CASE(race_panic_against_unbind),
	KUNIT_CASE(race_print_against_write),
	KUNIT_CASE(race_write_against_write),
	{ }
};

static struct kunit_suite crash_dump_suite = {
	.name = "dmf_crash_dump",
	.init = crash_test_init,
	.test_cases = crash_dump_cases,
};

kunit_test_suite(crash_dump_suite);
