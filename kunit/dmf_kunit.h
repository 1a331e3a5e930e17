/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all suites share: a fake device, help for races, faults and contexts,
 * and what the KUnit of 6.1 lacks.
 *
 * Callbacks under test record what happens; only the thread of the test itself
 * asserts.
 */
#ifndef _DMF_KUNIT_H
#define _DMF_KUNIT_H

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/wait.h>
#include <linux/dmf/device.h>
#include <linux/dmf/filter.h>

struct fake_filter;

/* Long enough for a slow emulator, short enough to be told from a hang. */
#define DMF_KUNIT_TIMEOUT	(5 * HZ)

/* -- helpers.c -- */

int dmf_kunit_add_action(struct kunit *test, void (*action)(void *data), void *data);

/*
 * Run a function where an interrupt does, and wait until it has: in what is a
 * hard interrupt on PREEMPT_RT too, and where lockdep allows no spinlock_t; or as
 * the handler of an ordinary interrupt.
 */
void dmf_kunit_in_hardirq(void (*function)(void *data), void *data);
void dmf_kunit_in_interrupt(void (*function)(void *data), void *data);

/* Complaints of the kernel between the two that match are expected, and must come. */
void dmf_kunit_expect_begin(struct kunit *test, const char *regex);
void dmf_kunit_expect_end(struct kunit *test);

/* Whether lockdep has something to say about a function that does not sleep. */
bool dmf_kunit_lockdep_reports(struct kunit *test, int (*function)(void *data), void *data);

/* Whether the kernel log has a line with this text. */
bool dmf_kunit_logged(const char *text);

/* A kthread that is stopped and joined when the test ends. */
struct task_struct *dmf_kunit_run(struct kunit *test, int (*function)(void *data), void *data);
/* In such a thread that has done its work: stay, whatever the signals. Return: 0. */
int dmf_kunit_await_stop(void);

/* Wait until something is true that nobody signals; false if that takes too long. */
#define dmf_kunit_until(_condition)						\
({										\
	unsigned long _end = jiffies + DMF_KUNIT_TIMEOUT;			\
	bool _true;								\
										\
	do {									\
		schedule_timeout_uninterruptible(1);				\
		_true = (_condition);						\
	} while (!_true && time_before(jiffies, _end));				\
	_true;									\
})

/* Start a count from 0. Return: whether other threads have raised it before long. */
bool dmf_kunit_counts_again(atomic_t *count);

/* Let a device fall asleep at runtime, which it has done then if nobody uses it. */
void dmf_kunit_allow_sleep(struct device *dev);

/* How many threads sleep there. */
unsigned int dmf_kunit_count_sleepers(wait_queue_head_t *queue);

/*
 * Make the 1st, 2nd, ... allocation of @attempt fail, until one passes without.
 * Each failure must give -ENOMEM, or 0 where the core can do without; at least
 * @floor must have been injected.
 */
int dmf_kunit_fail_nth(struct kunit *test, int (*attempt)(struct kunit *test, void *data),
		       void *data, unsigned int floor);

/*
 * Have the memory of process 1 as user memory, in which no address is good that the kernel
 * or the test does not know. Return: what is to be given back.
 */
struct mm_struct *dmf_kunit_use_memory(struct kunit *test);
void dmf_kunit_unuse_memory(struct mm_struct *mm);

/* -- fake_device.c -- */

struct dmf_device *dmf_kunit_probe(struct kunit *test, const struct dmf_client_ops *ops);
/* The same for a Client with a structure of its own. */
struct dmf_device *dmf_kunit_probe_client(struct kunit *test, const struct dmf_client_ops *ops,
					  size_t drvdata_size);
/* The same for a Client of another name, so that two devices may have a node. */
struct dmf_device *dmf_kunit_probe_as(struct kunit *test, const char *name,
				      const struct dmf_client_ops *ops);
void dmf_kunit_remove(struct kunit *test, struct dmf_device *ddev);
void dmf_kunit_remove_surprise(struct kunit *test, struct dmf_device *ddev);

/* Open a file of the device; released when the test ends. */
struct dmf_file *dmf_kunit_open(struct kunit *test, struct dmf_device *ddev);

/* The same as by the device's node: on the top of the stack. */
struct dmf_file *dmf_kunit_open_node(struct kunit *test, struct dmf_device *ddev);

/*
 * A filter's driver for devices that were published under a name: KBUILD_MODNAME, or
 * what the test has put into a struct dmf_filterable of its own. Bound at once if
 * there is one.
 */
struct fake_filter *dmf_kunit_filter_register(struct kunit *test, const char *published_by,
					      const struct dmf_client_ops *ops);
void dmf_kunit_filter_unregister(struct fake_filter *filter);
/* NULL if it is not bound. */
struct dmf_device *dmf_kunit_filter_device(struct fake_filter *filter);

/* dmf_kunit_fail_nth() with a probe and remove of such a device. */
int dmf_kunit_fail_probe(struct kunit *test, const struct dmf_client_ops *ops,
			 unsigned int floor);

/* test->priv of the test that has probed the device. */
void *dmf_kunit_priv(const struct dmf_device *ddev);

#endif /* _DMF_KUNIT_H */
