// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flight recorder: tasks on all processors and a timer write to one ring while others
 * read it, and Modules that come and go share it.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/recorder.h>

#include "../dmf/internal.h"
#include "../dmf/recorder_ring.h"
#include "dmf_kunit.h"

#define TEXT_SIZE	(64 * 1024)
#define WRITERS		2
#define TIMER		WRITERS		/* is a writer, too */
#define TIMER_NS	(200 * NSEC_PER_USEC)
#define READS		60
#define MODULES		10		/* that come and go */

/* test->priv */
struct race {
	struct dmf_device *ddev;
	struct dmf_module *module;
	size_t size;			/* of the ring, 0 for the shared one */
	atomic_t writers;		/* that have an id */
	struct completion writing;	/* each of them is at it */
	bool ended;			/* they shall end */
	struct completion done;		/* each of them has */
	atomic_t written[WRITERS + 1];
	struct hrtimer timer;
	char *text;
};

static const struct dmf_module_ops race_ops = { };

static const struct dmf_module_desc race_desc = {
	.name		= "race",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &race_ops,
};

static struct dmf_module_keys race_keys;

static int race_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct race *race = dmf_kunit_priv(ddev);
	const struct dmf_module_attributes attributes = { .recorder_size = race->size };

	return __dmf_module_add(init, &race_desc, &race_keys, NULL, &attributes, &race->module);
}

static const struct dmf_client_ops race_client_ops = { .modules_add = race_modules_add };

/* A message that can be told from half of one, and is of many lengths. */
static void race_write(struct race *race, unsigned int writer)
{
	static const char z[] = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";
	unsigned int number = atomic_inc_return(&race->written[writer]);

	dmf_record(race->module, "%u %u %.*s %llu", writer, number, (int)(number % 40 + 1), z,
		   ~(u64)number);
}

static int race_writer(void *data)
{
	struct race *race = data;
	unsigned int writer = atomic_inc_return(&race->writers) - 1;

	race_write(race, writer);
	complete(&race->writing);
	while (!READ_ONCE(race->ended)) {
		race_write(race, writer);
		cond_resched();
	}
	complete(&race->done);
	return 0;
}

static enum hrtimer_restart race_timer(struct hrtimer *timer)
{
	struct race *race = container_of(timer, struct race, timer);

	race_write(race, TIMER);
	hrtimer_forward_now(timer, ns_to_ktime(TIMER_NS));
	return HRTIMER_RESTART;
}

/*
 * Each message is whole, and of each writer the next follows. Where some were
 * overwritten while this was read there may be a gap.
 */
static void race_check(struct kunit *test, struct race *race)
{
	unsigned int writer, number, latest[WRITERS + 1] = { };
	bool gap = strstr(race->text, "were overwritten while");
	char *text = race->text, *line = strsep(&text, "\n");
	unsigned long long inverse;
	char z[64];

	while ((line = strsep(&text, "\n")) && *line) {
		line = strstr(line, ": ");
		if (!line || sscanf(line, ": %u %u %63s %llu", &writer, &number, z, &inverse) != 4)
			continue;
		if (writer > TIMER || strlen(z) != number % 40 + 1 ||
		    strspn(z, "z") != strlen(z) || inverse != ~(u64)number)
			KUNIT_FAIL(test, "torn: %s", line);
		else if (latest[writer] && (gap ? number <= latest[writer] :
					    number != latest[writer] + 1))
			KUNIT_FAIL(test, "%u follows %u of %u", number, latest[writer], writer);
		else
			latest[writer] = number;
	}
}

static void race_read(struct race *race)
{
	struct seq_file seq = { .buf = race->text, .size = TEXT_SIZE - 1 };

	dmf_recorder_show(race->module, &seq);
	race->text[seq.count] = '\0';
}

static struct race *race_up(struct kunit *test, size_t size)
{
	struct race *race = test->priv;

	race->size = size;
	race->ddev = dmf_kunit_probe(test, &race_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(race->ddev));
	return race;
}

static void race_stop(void *data)
{
	struct race *race = data;

	hrtimer_cancel(&race->timer);
	WRITE_ONCE(race->ended, true);
}

static void race_begin(struct kunit *test, struct race *race)
{
	int i;

	for (i = 0; i < WRITERS; i++)
		dmf_kunit_run(test, race_writer, race);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, race_stop, race), 0);
	for (i = 0; i < WRITERS; i++)
		KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&race->writing,
								  DMF_KUNIT_TIMEOUT), 0);
	hrtimer_start(&race->timer, ns_to_ktime(TIMER_NS), HRTIMER_MODE_REL_HARD);
	KUNIT_ASSERT_TRUE(test, dmf_kunit_until(atomic_read(&race->written[TIMER])));
}

static void race_end(struct kunit *test, struct race *race)
{
	int i;

	race_stop(race);
	for (i = 0; i < WRITERS; i++)
		KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&race->done,
								  DMF_KUNIT_TIMEOUT), 0);
}

static void race_writers_and_interrupts_against_a_reader(struct kunit *test)
{
	struct race *race = race_up(test, 4096);
	struct dmf_recorder *recorder = race->module->recorder;
	u64 before = recorder->written, written = 0;
	int i;

	race_begin(test, race);
	for (i = 0; i < READS; i++) {
		race_read(race);
		race_check(test, race);
	}
	race_end(test, race);

	for (i = 0; i <= TIMER; i++) {
		KUNIT_EXPECT_GT(test, atomic_read(&race->written[i]), 0);
		written += atomic_read(&race->written[i]);
	}
	KUNIT_EXPECT_EQ(test, recorder->written, before + written);
	KUNIT_EXPECT_EQ(test, atomic_read(&recorder->dropped), 0);
	race_read(race);
	race_check(test, race);
	KUNIT_EXPECT_NULL(test, strstr(race->text, "were overwritten while"));
}

/* A ring that is overwritten many times while it is read does not hold up the reader. */
static void race_small_ring_against_a_reader(struct kunit *test)
{
	struct race *race = race_up(test, DMF_RECORDER_SIZE_DEFAULT);
	int i;

	race_begin(test, race);
	for (i = 0; i < READS; i++) {
		race_read(race);
		race_check(test, race);
		/* No more than the ring had when it began to be read: each takes 32 bytes. */
		KUNIT_EXPECT_LE(test, strlen(race->text), 1024 / 32 * 128);
	}
	race_end(test, race);
}

/* Their messages stay when they have gone, with their names. */
static void race_dynamic_modules_against_a_reader_of_the_shared_ring(struct kunit *test)
{
	const struct dmf_module_attributes attributes = { .instance_name = "brief" };
	struct race *race = race_up(test, 0);
	struct dmf_module *module;
	char *text, *line;
	int i;

	race_begin(test, race);
	for (i = 0; i < MODULES; i++) {
		struct seq_file seq = { .buf = race->text, .size = TEXT_SIZE - 1 };

		KUNIT_ASSERT_EQ(test, 0, __dmf_module_create(race->ddev, NULL, &race_desc,
							     &race_keys, NULL, &attributes,
							     &module));
		dmf_module_destroy(module);
		dmf_recorder_show_shared(race->ddev, &seq);
		race->text[seq.count] = '\0';
		text = race->text;
		line = strsep(&text, "\n");
		while ((line = strsep(&text, "\n")) && *line)
			if (!strstr(line, " race: ") && !strstr(line, " brief: ") &&
			    !strstr(line, " dmf_fake: ") && !strstr(line, "were overwritten"))
				KUNIT_FAIL(test, "%s", line);
	}
	race_end(test, race);
}

#if defined(CONFIG_X86_LOCAL_APIC) && defined(CONFIG_SMP)
#include <asm/apic.h>
#include <asm/nmi.h>

static struct race *nmi_race;		/* NULL when no NMI is awaited */

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	struct race *race = READ_ONCE(nmi_race);

	if (!race)
		return NMI_DONE;
	dmf_record(race->module, "from %s", "an NMI");
	/* After the message. */
	smp_store_release(&nmi_race, NULL);
	return NMI_HANDLED;
}

static void nmi_unregister(void *data)
{
	unregister_nmi_handler(NMI_LOCAL, "dmf-kunit-recorder");
}

/* To this CPU, which the caller stays on. Return: whether it has come. */
static bool nmi_send(struct race *race)
{
	unsigned int i;

	WRITE_ONCE(nmi_race, race);
	apic->send_IPI(raw_smp_processor_id(), NMI_VECTOR);
	/* Pairs with the handler. */
	for (i = 0; i < 10 * MSEC_PER_SEC && smp_load_acquire(&nmi_race); i++)
		udelay(9);
	return !xchg(&nmi_race, NULL);
}

/* In the middle of a write, and then between two. */
static void race_nmi_against_write(struct kunit *test)
{
	struct race *race = race_up(test, 4096);
	struct dmf_recorder *recorder = race->module->recorder;
	unsigned long flags;
	bool came;

	KUNIT_ASSERT_EQ(test, 0, register_nmi_handler(NMI_LOCAL, nmi_handler, 0,
						      "dmf-kunit-recorder"));
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, nmi_unregister, NULL), 0);

	raw_spin_lock_irqsave(&recorder->lock, flags);
	came = nmi_send(race);
	raw_spin_unlock_irqrestore(&recorder->lock, flags);
	KUNIT_EXPECT_TRUE(test, came);
	race_read(race);
	KUNIT_EXPECT_NOT_NULL(test, strstr(race->text, " dropped=1\n"));
	KUNIT_EXPECT_NULL(test, strstr(race->text, "NMI"));

	preempt_disable();
	came = nmi_send(race);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, came);
	race_read(race);
	KUNIT_EXPECT_NOT_NULL(test, strstr(race->text, " dropped=1\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(race->text, "/nmi: from an NMI\n"));
}
#else
static void race_nmi_against_write(struct kunit *test)
{
	kunit_skip(test, "knows how to send an NMI on x86 only");
}
#endif

static int race_init(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);

	if (!race)
		return -ENOMEM;
	init_completion(&race->writing);
	init_completion(&race->done);
	hrtimer_init(&race->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	race->timer.function = race_timer;
	race->text = kunit_kzalloc(test, TEXT_SIZE, GFP_KERNEL);
	test->priv = race;
	return race->text ? 0 : -ENOMEM;
}

static struct kunit_case race_cases[] = {
	KUNIT_CASE(race_writers_and_interrupts_against_a_reader),
	KUNIT_CASE(race_small_ring_against_a_reader),
	KUNIT_CASE(race_dynamic_modules_against_a_reader_of_the_shared_ring),
	KUNIT_CASE(race_nmi_against_write),
	{ }
};

static struct kunit_suite race_suite = {
	.name = "dmf_recorder_race",
	.init = race_init,
	.test_cases = race_cases,
};

kunit_test_suite(race_suite);
