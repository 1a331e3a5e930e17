// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of references: who may use a Module, until when, and who waits for whom.
 */
#include <linux/moduleparam.h>
#include <linux/random.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

static unsigned int soak_seconds = 5;
module_param(soak_seconds, uint, 0444);
MODULE_PARM_DESC(soak_seconds, "how long references are taken against open and close, in s");

#define SOAK_THREADS	50
#define ALIVE		0x5a5a5a5a

/* test->priv */
struct subject {
	struct dmf_module *module;
	unsigned int alive;		/* ALIVE while open; torn down by close() */
	struct dmf_module *handed_over;	/* with a reference, for whoever takes it */
	struct completion returned;
	bool stop;
	atomic_t taken, refused, dead;
	unsigned int rounds;
};

struct subject_config {
	struct subject *subject;
};

static struct subject *subject_of(struct dmf_module *module)
{
	const struct subject_config *config = dmf_module_config(module);

	return config->subject;
}

static int subject_open(struct dmf_module *module)
{
	WRITE_ONCE(subject_of(module)->alive, ALIVE);
	return 0;
}

static void subject_close(struct dmf_module *module)
{
	WRITE_ONCE(subject_of(module)->alive, 0);
}

static void subject_pre_close(struct dmf_module *module)
{
	struct dmf_module *handed_over = xchg(&subject_of(module)->handed_over, NULL);

	if (handed_over)
		dmf_module_dereference(handed_over);
}

static const struct dmf_module_ops subject_ops = {
	.open		= subject_open,
	.pre_close	= subject_pre_close,
	.close		= subject_close,
};

static const struct dmf_module_desc subject_desc = {
	.name		= "referenced",
	.size		= sizeof(struct dmf_module),
	.config_size	= sizeof(struct subject_config),
	.open_option	= DMF_NOTIFY_CREATE,
	.ops		= &subject_ops,
};

static struct dmf_module_keys subject_keys;

static int subject_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct subject *subject = dmf_kunit_priv(ddev);
	const struct subject_config config = { subject };

	return __dmf_module_add(init, &subject_desc, &subject_keys, &config, NULL,
				&subject->module);
}

static const struct dmf_client_ops subject_client_ops = { .modules_add = subject_modules_add };

static struct dmf_device *subject_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &subject_client_ops);
	struct subject *subject = test->priv;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	KUNIT_ASSERT_EQ(test, dmf_module_open(subject->module), 0);
	return ddev;
}

static int close_thread(void *data)
{
	struct subject *subject = data;

	dmf_module_close(subject->module);
	complete(&subject->returned);
	return 0;
}

static void begin_to_close(struct kunit *test)
{
	struct subject *subject = test->priv;

	dmf_kunit_run(test, close_thread, subject);
	while (!dmf_gate_is_closed(&subject->module->gate))
		schedule_timeout_uninterruptible(1);
}

static void refused_as_soon_as_close_waits(struct kunit *test)
{
	struct subject *subject = test->priv;

	subject_probe(test);
	KUNIT_ASSERT_EQ(test, dmf_module_reference(subject->module), 0);
	begin_to_close(test);
	KUNIT_EXPECT_EQ(test, dmf_module_reference(subject->module), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_module_acquire(subject->module), -ENODEV);
	KUNIT_EXPECT_EQ(test, subject->module->state, DMF_MODULE_OPENED);
	KUNIT_EXPECT_EQ(test, subject->alive, ALIVE);
	dmf_module_dereference(subject->module);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&subject->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, subject->module->state, DMF_MODULE_CLOSED);
}

static void dereference_in_hardirq(void *data)
{
	dmf_module_dereference(data);
}

static void reference_in_hardirq(void *data)
{
	struct subject *subject = data;

	if (!dmf_module_reference(subject->module))
		atomic_inc(&subject->taken);
}

static void hard_interrupt_may_take_and_give_back(struct kunit *test)
{
	struct subject *subject = test->priv;

	subject_probe(test);
	dmf_kunit_in_hardirq(reference_in_hardirq, subject);
	KUNIT_ASSERT_EQ(test, atomic_read(&subject->taken), 1);
	begin_to_close(test);
	dmf_kunit_in_hardirq(reference_in_hardirq, subject);
	KUNIT_EXPECT_EQ(test, atomic_read(&subject->taken), 1);
	dmf_kunit_in_hardirq(dereference_in_hardirq, subject->module);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&subject->returned, DMF_KUNIT_TIMEOUT));
}

static noinline int take_in_a_function_with_a_name(struct dmf_module *module)
{
	return dmf_module_reference(module);
}

static void undo_long_wait(void *data)
{
	WRITE_ONCE(dmf_long_wait_ms, (unsigned long)data);
}

static void close_says_for_whom_it_waits(struct kunit *test)
{
	unsigned long normal = READ_ONCE(dmf_long_wait_ms);
	struct subject *subject = test->priv;

	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, undo_long_wait, (void *)normal), 0);
	subject_probe(test);
	KUNIT_ASSERT_EQ(test, take_in_a_function_with_a_name(subject->module), 0);
	WRITE_ONCE(dmf_long_wait_ms, 20);
	begin_to_close(test);
	KUNIT_EXPECT_TRUE(test,
			  dmf_kunit_until(dmf_kunit_logged("referenced: waits for 1 users")));
	WRITE_ONCE(dmf_long_wait_ms, normal);
	if (IS_ENABLED(CONFIG_DMF_DEBUG_REFS))
		KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("take_in_a_function_with_a_name"));
	dmf_module_dereference(subject->module);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&subject->returned, DMF_KUNIT_TIMEOUT));
}

/* -- Fifty threads against open and close ------------------------------------------------ */

/* Inside the Module nothing of it may have been torn down. */
static void soak_look(struct subject *subject)
{
	if (READ_ONCE(subject->alive) != ALIVE)
		atomic_inc(&subject->dead);
}

/* A Method: in and out in the same context. */
static void soak_method(struct subject *subject)
{
	if (dmf_module_acquire(subject->module)) {
		atomic_inc(&subject->refused);
		return;
	}
	atomic_inc(&subject->taken);
	soak_look(subject);
	dmf_module_release(subject->module);
}

static void soak_give_back(struct subject *subject, struct dmf_module *keep)
{
	struct dmf_module *given = xchg(&subject->handed_over, keep);

	if (given)
		dmf_module_dereference(given);
}

/* A Client: what one thread takes another gives back, at the latest when it is refused. */
static void soak_reference(struct subject *subject)
{
	if (dmf_module_reference(subject->module)) {
		atomic_inc(&subject->refused);
		soak_give_back(subject, NULL);
		return;
	}
	atomic_inc(&subject->taken);
	soak_look(subject);
	soak_give_back(subject, subject->module);
}

static int soak_thread(void *data)
{
	struct subject *subject = data;
	u32 random = get_random_u32();

	while (!READ_ONCE(subject->stop)) {
		random = random * 1664525 + 1013904223;
		if (random & BIT(16))
			soak_method(subject);
		else
			soak_reference(subject);
		if (!(random & (0xf << 20)))
			schedule_timeout_uninterruptible(1);
		cond_resched();
	}
	complete(&subject->returned);
	return 0;
}

static bool soak_is_enough(const struct subject *subject)
{
	return subject->rounds > 10 && atomic_read(&subject->taken) > 1000 &&
	       atomic_read(&subject->refused);
}

/* For some time, or for as long as it takes. */
static void fifty_threads_take_references_against_open_and_close(struct kunit *test)
{
	unsigned long end = jiffies + soak_seconds * HZ;
	struct subject *subject = test->priv;
	int i, ret;

	subject_probe(test);
	for (i = 0; i < SOAK_THREADS; i++)
		dmf_kunit_run(test, soak_thread, subject);
	while (time_before(jiffies, end) || !soak_is_enough(subject)) {
		dmf_module_close(subject->module);
		KUNIT_EXPECT_EQ(test, READ_ONCE(subject->alive), 0);
		ret = dmf_module_open(subject->module);
		KUNIT_ASSERT_EQ(test, ret, 0);
		subject->rounds++;
		schedule_timeout_uninterruptible(1);
	}
	WRITE_ONCE(subject->stop, true);
	for (i = 0; i < SOAK_THREADS; i++)
		wait_for_completion(&subject->returned);
	kunit_info(test, "%u rounds, %d taken, %d refused\n", subject->rounds,
		   atomic_read(&subject->taken), atomic_read(&subject->refused));
	KUNIT_EXPECT_EQ(test, atomic_read(&subject->dead), 0);
}

static int reference_init(struct kunit *test)
{
	struct subject *subject = kunit_kzalloc(test, sizeof(*subject), GFP_KERNEL);

	if (!subject)
		return -ENOMEM;
	init_completion(&subject->returned);
	test->priv = subject;
	return 0;
}

static struct kunit_case reference_cases[] = {
	KUNIT_CASE(refused_as_soon_as_close_waits),
	KUNIT_CASE(hard_interrupt_may_take_and_give_back),
	KUNIT_CASE(close_says_for_whom_it_waits),
	KUNIT_CASE(fifty_threads_take_references_against_open_and_close),
	{ }
};

static struct kunit_suite reference_suite = {
	.name = "dmf_reference",
	.init = reference_init,
	.test_cases = reference_cases,
};

kunit_test_suite(reference_suite);
