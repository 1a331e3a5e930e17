// SPDX-License-Identifier: GPL-2.0-only
/*
 * CrashDump, as a panic in an NMI finds it: who writes is interrupted at any instruction,
 * and what the notifier does is done there, while he waits. What was printed is read
 * back afterwards.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "crash_dump_fixture.h"

#if defined(CONFIG_X86_LOCAL_APIC) && defined(CONFIG_SMP)
#include <asm/apic.h>
#include <asm/nmi.h>

#define HITS		40		/* that are wanted, */
#define HITS_FLOOR	10		/* and that a slow machine must manage, too */
#define LINES		8		/* more than COUNT records make */

struct nmi_test {
	struct crash_test *crash;
	int cpu;			/* of the writer */
	bool inside;			/* the Method, or just before or after it */
	u64 written;			/* whose write has ended */

	/* Of the NMI. */
	unsigned int hits;
	unsigned int busy;		/* of them with a record that was not whole */
	u64 written_then;
	unsigned int line_count;
	char lines[LINES][CRASH_LINE_SIZE];
};

static struct nmi_test *nmi_test;	/* NULL when none is awaited */

static void nmi_print(void *context, const char *line)
{
	struct nmi_test *n = context;

	if (n->line_count < LINES)
		strscpy(n->lines[n->line_count], line, CRASH_LINE_SIZE);
	n->line_count++;
}

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	struct nmi_test *n = READ_ONCE(nmi_test);

	if (!n || smp_processor_id() != n->cpu)
		return NMI_DONE;
	n->line_count = 0;
	n->written_then = n->written;
	if (n->inside) {
		n->hits++;
		__dmf_crash_dump_print(n->crash->crash_dump, COUNT * COST, nmi_print, n);
	}
	/* After all that has been recorded. */
	smp_store_release(&nmi_test, NULL);
	return NMI_HANDLED;
}

static int nmi_writer(void *data)
{
	struct nmi_test *n = data;
	u8 record[SIZE];

	complete(&n->crash->started);
	while (!kthread_should_stop()) {
		WRITE_ONCE(n->inside, true);
		memset(record, n->written + 1, SIZE);
		dmf_crash_dump_data_source_write_self(n->crash->crash_dump, record, SIZE);
		WRITE_ONCE(n->written, n->written + 1);
		WRITE_ONCE(n->inside, false);
		cond_resched();
	}
	return 0;
}

static void nmi_unregister(void *data)
{
	WRITE_ONCE(nmi_test, NULL);
	unregister_nmi_handler(NMI_LOCAL, "dmf-kunit-crash");
}

/* One NMI. Return: whether it has come. */
static bool nmi_interrupt(struct nmi_test *n)
{
	unsigned long end = jiffies + DMF_KUNIT_TIMEOUT;

	WRITE_ONCE(nmi_test, n);
	apic->send_IPI(n->cpu, NMI_VECTOR);
	/* Before what has been recorded. */
	while (smp_load_acquire(&nmi_test) && time_before(jiffies, end))
		cpu_relax();
	return !READ_ONCE(nmi_test);
}

/* Whether to go on: if the machine is slow, until it has managed the least. */
static bool nmi_wants_more(const struct nmi_test *n, unsigned long begin)
{
	unsigned long timeout = n->hits < HITS_FLOOR ? 4 * DMF_KUNIT_TIMEOUT :
						       DMF_KUNIT_TIMEOUT / 2;

	return n->hits < HITS && time_before(jiffies, begin + timeout);
}

/* All that were written before are there, but for one that makes room; and none is torn. */
static void nmi_expect(struct kunit *test, struct nmi_test *n)
{
	struct crash_test *t = n->crash;
	u64 first, last;

	KUNIT_ASSERT_LE(test, n->line_count, LINES);
	crash_decode(test, n->lines[0], n->line_count);
	if (!t->records) {
		KUNIT_EXPECT_LE(test, n->written_then, 1);
		return;
	}
	first = t->record[0].number;
	last = t->record[t->records - 1].number;
	KUNIT_EXPECT_TRUE(test, last == n->written_then || last == n->written_then + 1);
	KUNIT_EXPECT_EQ(test, t->records, last + 1 - first);
	KUNIT_EXPECT_GE(test, t->records, min_t(u64, last, COUNT - 1));
	n->busy += t->records < min_t(u64, last, COUNT);
}

static void race_nmi_against_write(struct kunit *test)
{
	struct crash_test *t = crash_up(test);
	struct nmi_test *n = kunit_kzalloc(test, sizeof(*n), GFP_KERNEL);
	int cpu = raw_smp_processor_id();
	struct task_struct *writer;
	unsigned long begin;

	KUNIT_ASSERT_NOT_NULL(test, n);
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
	n->crash = t;
	n->cpu = cpumask_any_but(cpu_online_mask, cpu);
	KUNIT_ASSERT_EQ(test, register_nmi_handler(NMI_LOCAL, nmi_handler, 0, "dmf-kunit-crash"),
			0);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, nmi_unregister, NULL), 0);
	writer = dmf_kunit_run(test, nmi_writer, n);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&t->started, DMF_KUNIT_TIMEOUT), 0);
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(writer, cpumask_of(n->cpu)), 0);

	for (begin = jiffies; nmi_wants_more(n, begin); cond_resched()) {
		KUNIT_ASSERT_TRUE(test, nmi_interrupt(n));
		if (n->line_count)
			nmi_expect(test, n);
	}
	KUNIT_EXPECT_GE(test, n->hits, HITS_FLOOR);
	kunit_info(test, "%u hits, %u with a record that was not whole", n->hits, n->busy);
}
#else
static void race_nmi_against_write(struct kunit *test)
{
	kunit_skip(test, "knows how to send an NMI on x86 only");
}
#endif

static struct kunit_case crash_dump_nmi_cases[] = {
	KUNIT_CASE(race_nmi_against_write),
	{ }
};

static struct kunit_suite crash_dump_nmi_suite = {
	.name = "dmf_crash_dump_nmi",
	.init = crash_test_init,
	.test_cases = crash_dump_nmi_cases,
};

kunit_test_suite(crash_dump_nmi_suite);
