// SPDX-License-Identifier: GPL-2.0-only
/*
 * Canaries: deliberate faults, one per checker that the test kernel has.
 *
 * Every other suite relies on these checkers to speak up. Here each is given something to speak
 * about; the test harness fails the case when the report announced by "dmf-expect-begin" does not
 * appear in the kernel log before "dmf-expect-end". The cases themselves assert next to nothing.
 *
 * The order matters: lockdep gives up after its first report, and after any report that taints the
 * kernel, so the lock inversion comes first; the hung task is slow and comes last.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kmsg_dump.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>

/* khungtaskd, whose timeout the harness sets to 2 s meanwhile, takes two checks. */
#define CANARY_HANG_MS	60000

#define canary_expect(regex)	pr_info("dmf-expect-begin: " regex "\n")
#define canary_expect_end()	pr_info("dmf-expect-end\n")

static DEFINE_MUTEX(canary_first);
static DEFINE_MUTEX(canary_second);

static void lock_inversion(struct kunit *test)
{
	canary_expect("possible circular locking dependency detected");
	mutex_lock(&canary_first);
	mutex_lock(&canary_second);
	mutex_unlock(&canary_second);
	mutex_unlock(&canary_first);

	mutex_lock(&canary_second);
	mutex_lock(&canary_first);
	mutex_unlock(&canary_first);
	mutex_unlock(&canary_second);
	canary_expect_end();
}

static void sleep_in_atomic(struct kunit *test)
{
	canary_expect("BUG: sleeping function called from invalid context");
	preempt_disable();
	might_sleep();
	preempt_enable();
	canary_expect_end();
}

static void canary_timer_fn(struct timer_list *timer)
{
}

/* DEBUG_OBJECTS stops the timer when it finds it in the memory that is being freed. */
static void free_active_timer(struct kunit *test)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, timer);
	canary_expect("ODEBUG: free active .* timer_list");
	timer_setup(timer, canary_timer_fn, 0);
	mod_timer(timer, jiffies + 60 * HZ);
	kfree(timer);
	canary_expect_end();
}

static void use_after_free(struct kunit *test)
{
	int *memory = kzalloc(sizeof(*memory), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	/* Keeps the compiler from seeing what follows. */
	OPTIMIZER_HIDE_VAR(memory);
	canary_expect("KASAN: .*use-after-free");
	kfree(memory);
	READ_ONCE(*memory);
	canary_expect_end();
}

/* Nothing is expected yet: the harness scans later and looks for this function's name. */
static noinline void canary_leak(void)
{
	/* Zeroed: what was free before may lead to what is free next, and so to the other leaks. */
	void *memory = kzalloc(64, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(memory);
}

static void leak(struct kunit *test)
{
	int i;

	/* Several, because a stale pointer on some stack can hide one of them. */
	for (i = 0; i < 4; i++)
		canary_leak();
}

static int canary_sleeper(void *data)
{
	struct completion *release = data;

	wait_for_completion(release);
	return 0;
}

/* Whether it is among the lines that the log has got since the last time. */
static bool hung_task_is_reported(struct kmsg_dump_iter *iter)
{
	static char line[256];
	size_t length;

	while (kmsg_dump_get_line(iter, false, line, sizeof(line) - 1, &length)) {
		line[length] = '\0';
		if (strstr(line, "INFO: task dmf_canary"))
			return true;
	}
	return false;
}

/*
 * The harness ends what is expected here, when khungtaskd can be at it no more: others that it
 * finds are reported after this one.
 */
static void hung_task(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(release);
	struct task_struct *sleeper;
	struct kmsg_dump_iter iter;
	unsigned int ms;

	kmsg_dump_rewind(&iter);
	/* This case and the insmod that waits for it are found, too. */
	canary_expect("INFO: task (dmf_canary|kunit_try_catch|insmod).* blocked for more than");
	sleeper = kthread_create(canary_sleeper, &release, "dmf_canary");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, sleeper);
	get_task_struct(sleeper);
	wake_up_process(sleeper);
	for (ms = 0; ms < CANARY_HANG_MS && !hung_task_is_reported(&iter); ms += 500)
		msleep(500);
	complete(&release);
	kthread_stop(sleeper);
	put_task_struct(sleeper);
}

static struct kunit_case canary_cases[] = {
	KUNIT_CASE(lock_inversion),
	KUNIT_CASE(sleep_in_atomic),
	KUNIT_CASE(free_active_timer),
	KUNIT_CASE(use_after_free),
	KUNIT_CASE(leak),
	KUNIT_CASE(hung_task),
	{}
};

static struct kunit_suite canary_suite = {
	.name = "canary",
	.test_cases = canary_cases,
};

kunit_test_suite(canary_suite);

MODULE_DESCRIPTION("DMF: deliberate faults for the test harness");
MODULE_LICENSE("GPL");
