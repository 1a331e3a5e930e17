// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of ScheduledTask: the events of the device, and the file of a persistent task.
 */
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/pm.h>

#include "scheduled_task_fixture.h"

static struct tasks *event_task(struct kunit *test, enum dmf_scheduled_task_execute_when when,
				enum dmf_scheduled_task_execution_mode mode)
{
	struct tasks *t = test->priv;

	t->config.execute_when = when;
	t->config.execution_mode = mode;
	return t;
}

/* Long enough for a timer of no time, had it been started. */
static void expect_no_run(struct kunit *test, struct tasks *t)
{
	int runs = atomic_read(&t->runs);

	KUNIT_EXPECT_EQ(test, tasks_shown(t, "timer"), 0);
	schedule_timeout_uninterruptible(HZ / 50);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), runs);
}

/* -- Within the event ------------------------------------------------------ */

static void immediate_task_runs_within_prepare_hardware(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_HARDWARE, IMMEDIATE);

	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	KUNIT_EXPECT_PTR_EQ(test, t->ran_in, current);
	KUNIT_EXPECT_PTR_EQ(test, t->context, t->config.callback_context);
	KUNIT_EXPECT_EQ(test, t->previous, DMF_POWER_D0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_IDLE), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	expect_no_run(test, t);
}

static void immediate_task_runs_within_each_d0_entry(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, IMMEDIATE);

	t->last = OK_TRY_AGAIN;
	t->config.timer_period_ms_on_success = FOR_EVER;
	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	KUNIT_EXPECT_EQ(test, t->previous, DMF_POWER_FINAL);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_SLEEP), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 2);
	KUNIT_EXPECT_EQ(test, t->previous, DMF_POWER_SLEEP);
	KUNIT_EXPECT_PTR_EQ(test, t->ran_in, current);
}

static void event_after_success_runs_nothing_and_succeeds(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, IMMEDIATE);

	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_IDLE), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_set(t->task, 0), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_IDLE), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 2);
}

static void immediate_failure_fails_the_event(struct kunit *test)
{
	static const enum dmf_scheduled_task_execute_when whens[] = { AT_HARDWARE, AT_D0_ENTRY };
	static const enum dmf_scheduled_task_result results[] = { FAIL, FAIL_TRY_AGAIN };
	struct tasks *t;
	int i;

	for (i = 0; i < 4; i++) {
		t = event_task(test, whens[i / 2], IMMEDIATE);
		t->last = results[i % 2];
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &tasks_ops)), -EIO);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), i + 1);
	}
}

static void immediate_failure_on_resume_leaves_nothing_behind(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, IMMEDIATE);

	t->tries = 1;
	t->first = OK_TRY_AGAIN;
	t->last = FAIL_TRY_AGAIN;
	t->config.timer_period_ms_on_success = FOR_EVER;
	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_IDLE), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), -EIO);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "up"), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, NULL), -ESHUTDOWN);
	expect_no_run(test, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 2);
}

static void immediate_success_is_tried_again_by_the_timer(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, IMMEDIATE);

	t->tries = 1;
	t->first = OK_TRY_AGAIN;
	t->config.timer_period_ms_on_fail = FOR_EVER;
	tasks_probe(test);
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	KUNIT_EXPECT_EQ(test, t->previous, DMF_POWER_D0);
	KUNIT_EXPECT_PTR_NE(test, t->ran_in, current);
	tasks_settle(test, t);
	expect_no_run(test, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 2);
}

/* -- After the event ------------------------------------------------------- */

static void deferred_task_runs_some_time_after_the_event(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_HARDWARE, DEFERRED);
	unsigned long begin = jiffies;

	t->config.time_ms_before_initial_call = 30;
	tasks_probe(test);
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	KUNIT_EXPECT_GE(test, t->ran_at - begin, msecs_to_jiffies(30));
	KUNIT_EXPECT_PTR_NE(test, t->ran_in, current);
	KUNIT_EXPECT_EQ(test, t->previous, DMF_POWER_D0);
}

static void deferred_failure_does_not_fail_the_event(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, DEFERRED);

	t->last = FAIL;
	tasks_probe(test);
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	KUNIT_EXPECT_EQ(test, t->previous, DMF_POWER_FINAL);
	tasks_settle(test, t);
	expect_no_run(test, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
}

/* The first run after each entry knows where the device came from, a retry does not. */
static void expect_runs_again(struct kunit *test, struct tasks *t, enum dmf_power previous)
{
	reinit_completion(&t->ran);
	KUNIT_ASSERT_EQ(test, dmf_device_power_up(t->ddev), 0);
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	KUNIT_EXPECT_EQ(test, t->previous, previous);
}

static void deferred_d0_entry_task_across_suspend_and_resume(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, DEFERRED);

	t->last = FAIL_TRY_AGAIN;
	t->config.timer_period_ms_on_fail = FOR_EVER;
	tasks_probe(test);
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(t->ddev->dev), 0);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "up"), 0);
	expect_no_run(test, t);
	expect_runs_again(test, t, DMF_POWER_SLEEP);
	KUNIT_EXPECT_EQ(test, dmf_pm_ops.suspend(t->ddev->dev), 0);
	expect_no_run(test, t);
	expect_runs_again(test, t, DMF_POWER_SLEEP);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 3);
}

static void deferred_d0_entry_task_across_runtime_suspend(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, DEFERRED);

	t->last = FAIL_TRY_AGAIN;
	t->config.timer_period_ms_on_fail = FOR_EVER;
	tasks_probe(test);
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	KUNIT_EXPECT_EQ(test, dmf_device_runtime_down(t->ddev), 0);
	expect_no_run(test, t);
	expect_runs_again(test, t, DMF_POWER_IDLE);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 2);
}

static void d0_exit_before_the_initial_call_stops_the_timer(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, DEFERRED);

	t->config.time_ms_before_initial_call = FOR_EVER;
	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "timer"), 1);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_IDLE), 0);
	expect_no_run(test, t);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), 0);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "timer"), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 0);
}

static void unbind_while_a_retry_waits(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, DEFERRED);

	t->last = FAIL_TRY_AGAIN;
	t->config.timer_period_ms_on_fail = FOR_EVER;
	tasks_probe(test);
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	tasks_settle(test, t);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "timer"), 1);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
}

/* -- Not while the device is down ------------------------------------------ */

static int power_down_thread(void *data)
{
	struct tasks *t = data;

	t->result = dmf_device_power_down(t->ddev, DMF_POWER_IDLE);
	complete(&t->returned);
	return 0;
}

static void d0_exit_waits_for_a_run(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, DEFERRED);

	t->wait = true;
	t->last = FAIL_TRY_AGAIN;
	tasks_probe(test);
	KUNIT_ASSERT_TRUE(test, tasks_wait_started(t));
	dmf_kunit_run(test, power_down_thread, t);
	KUNIT_ASSERT_TRUE(test, tasks_wait_halting(t));
	KUNIT_EXPECT_FALSE(test, wait_for_completion_timeout(&t->returned, HZ / 20));
	t->wait = false;
	complete(&t->go_on);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&t->returned, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, t->result, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->inside), 0);
	expect_no_run(test, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), 0);
}

static void deferred_calls_wait_for_the_device(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, IMMEDIATE);

	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_IDLE), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred(t->task, t), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, NULL), -ESHUTDOWN);
	expect_no_run(test, t);
	KUNIT_EXPECT_EQ(test, tasks_shown(t, "calls"), 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), 0);
	tasks_settle(test, t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 3);
}

static void cancelled_task_is_left_alone_by_events(struct kunit *test)
{
	static const enum dmf_scheduled_task_execution_mode modes[] = { IMMEDIATE, DEFERRED };
	struct tasks *t;
	int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		t = event_task(test, AT_D0_ENTRY, modes[i]);
		t->last = OK_TRY_AGAIN;
		t->config.timer_period_ms_on_success = FOR_EVER;
		t->config.time_ms_before_initial_call = 20;
		atomic_set(&t->runs, 0);
		reinit_completion(&t->ran);
		tasks_probe(test);
		KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
		KUNIT_EXPECT_EQ(test, dmf_scheduled_task_cancel(t->task), 0);
		KUNIT_EXPECT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_IDLE), 0);
		KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), 0);
		expect_no_run(test, t);
		KUNIT_EXPECT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_IDLE), 0);
		KUNIT_EXPECT_EQ(test, dmf_scheduled_task_restart(t->task), 0);
		KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, NULL),
				-ESHUTDOWN);
		KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
		KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), 0);
		KUNIT_EXPECT_TRUE(test, tasks_wait_ran(t));
		dmf_kunit_remove(test, t->ddev);
	}
}

static void task_without_event_runs_while_the_device_is_down(struct kunit *test)
{
	struct tasks *t = tasks_probe(test);

	KUNIT_EXPECT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_IDLE), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now(t->task, t, NULL), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), 0);
}

static int cancel_within(struct tasks *t)
{
	return dmf_scheduled_task_cancel(t->task);
}

static void cancel_from_the_callback_within_the_event_is_refused(struct kunit *test)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, IMMEDIATE);

	t->within = cancel_within;
	dmf_kunit_expect_begin(test, "WARNING:.*scheduled_task_begin_control");
	tasks_probe(test);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, t->within_result, -EDEADLK);
}

/* -- The file -------------------------------------------------------------- */

/* A path in memory that nobody has used before. */
static const char *number_path(struct kunit *test)
{
	char *path = kunit_kmalloc(test, 64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, path);
	snprintf(path, 64, "/tmp/dmf-times-run-%llx", ktime_get_ns());
	return path;
}

static void file_write(struct kunit *test, const char *path, const char *text)
{
	struct file *file = filp_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	loff_t at = 0;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_EQ(test, kernel_write(file, text, strlen(text), &at), strlen(text));
	filp_close(file, NULL);
}

static void file_expect(struct kunit *test, const char *path, const char *want)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	char text[32] = "";
	loff_t at = 0;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_GE(test, kernel_read(file, text, sizeof(text) - 1, &at), 0);
	KUNIT_EXPECT_STREQ(test, text, want);
	KUNIT_EXPECT_EQ(test, file_inode(file)->i_mode, S_IFREG | 0600);
	KUNIT_EXPECT_TRUE(test, uid_eq(file_inode(file)->i_uid, GLOBAL_ROOT_UID));
	filp_close(file, NULL);
}

static struct tasks *persistent_task(struct kunit *test, const char *path)
{
	struct tasks *t = event_task(test, AT_D0_ENTRY, IMMEDIATE);

	t->config.persistence_type = PERSISTENT;
	t->config.times_run_path = path;
	return t;
}

static void persistent_task_runs_once_for_all_instances(struct kunit *test)
{
	const char *path = number_path(test);
	struct tasks *t = persistent_task(test, path);

	t->config.times_run_path = kstrdup(path, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->config.times_run_path);
	t->ddev = dmf_kunit_probe(test, &tasks_ops);
	kfree(t->config.times_run_path);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	dmf_kunit_remove(test, t->ddev);
	file_expect(test, path, "1\n");

	t->config.times_run_path = path;
	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_set(t->task, 0), 0);
	file_expect(test, path, "0\n");
	dmf_kunit_remove(test, t->ddev);

	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 2);
}

static void failure_is_not_written(struct kunit *test)
{
	const char *path = number_path(test);
	struct tasks *t = persistent_task(test, path);
	struct path found;

	t->config.execution_mode = DEFERRED;
	t->last = FAIL;
	tasks_probe(test);
	KUNIT_ASSERT_TRUE(test, tasks_wait_ran(t));
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_EQ(test, kern_path(path, 0, &found), -ENOENT);
}

static void number_in_the_file_decides(struct kunit *test)
{
	static const struct {
		const char *text;
		int runs;
		unsigned int times_run;
	} files[] = {
		{ "0\n", 1, 1 }, { "0", 1, 1 }, { "1", 0, 1 }, { " 12\n\n", 0, 12 },
		{ "4294967295\n", 0, UINT_MAX },
	};
	struct tasks *t = test->priv;
	unsigned int times_run;
	int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		persistent_task(test, number_path(test));
		file_write(test, t->config.times_run_path, files[i].text);
		atomic_set(&t->runs, 0);
		tasks_probe(test);
		KUNIT_EXPECT_EQ_MSG(test, atomic_read(&t->runs), files[i].runs, "%d", i);
		KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_get(t->task, &times_run), 0);
		KUNIT_EXPECT_EQ_MSG(test, times_run, files[i].times_run, "%d", i);
		dmf_kunit_remove(test, t->ddev);
	}
}

static void file_without_a_number_is_reported_and_counts_as_not_run(struct kunit *test)
{
	static const char * const texts[] = {
		"", "\n", "one\n", "-1\n", "1 2\n", "4294967296\n", "00000000000000000001\n",
		"1\n2\n",
	};
	struct tasks *t = test->priv;
	char line[96];
	int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		persistent_task(test, number_path(test));
		file_write(test, t->config.times_run_path, texts[i]);
		atomic_set(&t->runs, 0);
		tasks_probe(test);
		KUNIT_EXPECT_EQ_MSG(test, atomic_read(&t->runs), 1, "%d", i);
		snprintf(line, sizeof(line), "tested_task: no number in %s: -",
			 t->config.times_run_path);
		KUNIT_EXPECT_TRUE_MSG(test, dmf_kunit_logged(line), "%d", i);
		dmf_kunit_remove(test, t->ddev);
		file_expect(test, t->config.times_run_path, "1\n");
	}
}

static void file_that_cannot_be_written_is_reported(struct kunit *test)
{
	struct tasks *t = persistent_task(test, "/tmp/there/is/no/such/folder");
	unsigned int times_run;

	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	/* By a work, which takes the next number if that is there before it. */
	KUNIT_EXPECT_TRUE(test,
			  dmf_kunit_until(dmf_kunit_logged("tested_task: cannot write 1 to /tmp")));
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_set(t->task, 4), -ENOENT);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_get(t->task, &times_run), 0);
	KUNIT_EXPECT_EQ(test, times_run, 4);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("tested_task: cannot write 4 to /tmp/there/is"));
}

static void what_is_no_file_is_refused(struct kunit *test)
{
	struct tasks *t = persistent_task(test, "/dev/null");

	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_set(t->task, 4), -EINVAL);
	dmf_kunit_remove(test, t->ddev);
	t->config.times_run_path = "/tmp";
	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_set(t->task, 4), -EISDIR);
}

/* What a program without rights causes is done with the kernel's. */
static void file_belongs_to_the_kernel_whoever_asks(struct kunit *test)
{
	const char *path = number_path(test);
	struct tasks *t = persistent_task(test, path);
	const struct cred *before;
	struct cred *program = prepare_creds();
	unsigned int flags = current->flags & PF_KTHREAD;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, program);
	program->fsuid = KUIDT_INIT(1000);
	cap_clear(program->cap_effective);
	t->config.execute_when = DMF_SCHEDULED_TASK_EXECUTE_WHEN_OTHER;
	tasks_probe(test);
	before = override_creds(program);
	current->flags &= ~flags;
	ret = dmf_scheduled_task_times_run_set(t->task, 2);
	current->flags |= flags;
	revert_creds(before);
	put_cred(program);
	KUNIT_EXPECT_EQ(test, ret, 0);
	file_expect(test, path, "2\n");
}

/* -- An attribute instead of a file ---------------------------------------- */

static unsigned int attribute_value;

/* Not NULL: a store waits for @go_on, as if its disk were asleep. */
struct attribute_sleep {
	struct completion begun;
	struct completion go_on;
	struct completion over;
	bool woken;
};

static struct attribute_sleep *attribute_sleep;

static ssize_t times_run_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", attribute_value);
}

static ssize_t times_run_store(struct device *dev, struct device_attribute *attr,
			       const char *buf, size_t count)
{
	struct attribute_sleep *sleep = READ_ONCE(attribute_sleep);

	if (sleep) {
		complete(&sleep->begun);
		sleep->woken = wait_for_completion_timeout(&sleep->go_on,
							   DMF_KUNIT_TIMEOUT);
		complete(&sleep->over);
	}
	return kstrtouint(buf, 10, &attribute_value) ?: count;
}

static DEVICE_ATTR_RW(times_run);

static void attribute_undo(void *data)
{
	root_device_unregister(data);
}

static struct tasks *attribute_task(struct kunit *test)
{
	struct device *dev = root_device_register("dmf-times-run");

	KUNIT_ASSERT_FALSE(test, IS_ERR(dev));
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, attribute_undo, dev), 0);
	KUNIT_ASSERT_EQ(test, device_create_file(dev, &dev_attr_times_run), 0);
	attribute_value = 0;
	WRITE_ONCE(attribute_sleep, NULL);
	return persistent_task(test, "/sys/devices/dmf-times-run/times_run");
}

static void attribute_may_hold_the_number(struct kunit *test)
{
	struct tasks *t = attribute_task(test);

	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_EQ(test, attribute_value, 1);
	tasks_probe(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_set(t->task, 23), 0);
	KUNIT_EXPECT_EQ(test, attribute_value, 23);
	dmf_kunit_remove(test, t->ddev);
}

/* The disk sleeps before d0_exit and until after d0_entry: neither may wait for it. */
static void events_do_not_wait_for_the_file(struct kunit *test)
{
	struct tasks *t = attribute_task(test);
	static struct attribute_sleep sleep;
	unsigned int times_run = 0;

	init_completion(&sleep.begun);
	init_completion(&sleep.go_on);
	init_completion(&sleep.over);
	WRITE_ONCE(attribute_sleep, &sleep);
	tasks_probe(test);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&sleep.begun, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_execute_now_deferred_ex(t->task), 0);
	KUNIT_EXPECT_TRUE(test, tasks_wait_shown(t, "calls", 0));
	KUNIT_EXPECT_EQ(test, dmf_device_power_down(t->ddev, DMF_POWER_SLEEP), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_power_up(t->ddev), 0);
	KUNIT_EXPECT_EQ(test, dmf_scheduled_task_times_run_get(t->task, &times_run), 0);
	KUNIT_EXPECT_EQ(test, times_run, 1);
	complete(&sleep.go_on);
	wait_for_completion(&sleep.over);
	WRITE_ONCE(attribute_sleep, NULL);
	KUNIT_EXPECT_TRUE(test, sleep.woken);
	dmf_kunit_remove(test, t->ddev);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->runs), 1);
	KUNIT_EXPECT_EQ(test, attribute_value, 1);
}

static struct kunit_case scheduled_task_event_cases[] = {
	KUNIT_CASE(immediate_task_runs_within_prepare_hardware),
	KUNIT_CASE(immediate_task_runs_within_each_d0_entry),
	KUNIT_CASE(event_after_success_runs_nothing_and_succeeds),
	KUNIT_CASE(immediate_failure_fails_the_event),
	KUNIT_CASE(immediate_failure_on_resume_leaves_nothing_behind),
	KUNIT_CASE(immediate_success_is_tried_again_by_the_timer),
	KUNIT_CASE(deferred_task_runs_some_time_after_the_event),
	KUNIT_CASE(deferred_failure_does_not_fail_the_event),
	KUNIT_CASE(deferred_d0_entry_task_across_suspend_and_resume),
	KUNIT_CASE(deferred_d0_entry_task_across_runtime_suspend),
	KUNIT_CASE(d0_exit_before_the_initial_call_stops_the_timer),
	KUNIT_CASE(unbind_while_a_retry_waits),
	KUNIT_CASE(d0_exit_waits_for_a_run),
	KUNIT_CASE(deferred_calls_wait_for_the_device),
	KUNIT_CASE(cancelled_task_is_left_alone_by_events),
	KUNIT_CASE(task_without_event_runs_while_the_device_is_down),
	KUNIT_CASE(cancel_from_the_callback_within_the_event_is_refused),
	KUNIT_CASE(persistent_task_runs_once_for_all_instances),
	KUNIT_CASE(failure_is_not_written),
	KUNIT_CASE(number_in_the_file_decides),
	KUNIT_CASE(file_without_a_number_is_reported_and_counts_as_not_run),
	KUNIT_CASE(file_that_cannot_be_written_is_reported),
	KUNIT_CASE(what_is_no_file_is_refused),
	KUNIT_CASE(file_belongs_to_the_kernel_whoever_asks),
	KUNIT_CASE(attribute_may_hold_the_number),
	KUNIT_CASE(events_do_not_wait_for_the_file),
	{ }
};

static struct kunit_suite scheduled_task_event_suite = {
	.name = "dmf_scheduled_task_event",
	.init = tasks_init,
	.test_cases = scheduled_task_event_cases,
};

kunit_test_suite(scheduled_task_event_suite);
