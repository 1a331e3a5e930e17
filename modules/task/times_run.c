// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often a ScheduledTask has succeeded: a number, and the file that may hold it.
 *
 * The file is read once, before the number is first asked for. What cannot be read,
 * or is no number, counts as 0, so that the task rather runs once more than never;
 * a file that is not there is no error.
 *
 * Success is noted at once and written by a work of its own: a run that wrote the file
 * itself could wait for a disk that is asleep already, while d0_exit waits for the run.
 * That work is frozen while the system sleeps: what it wrote between the snapshot of a
 * hibernation and its end the system that wakes up would not know of. Nobody but close
 * waits for it, and close takes it over instead.
 *
 * For the same reason the number is not guarded by what is held over an access to the
 * file: a run may ask for it, and add to it, while the file is being written. @known is
 * set after the first number is there.
 *
 * The file is accessed in init's mount namespace with the kernel's own rights, which is
 * what kthreads have. Where a program is the cause it is done by the workqueue, so its
 * signals do not matter either.
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/module.h>
#include <linux/dmf/workqueue.h>

#include "times_run.h"

/* A number, a newline, and one byte to tell that there is more. */
#define TIMES_RUN_TEXT	(sizeof("4294967295\n.") - 1)

unsigned int times_run_count(const struct times_run *times_run)
{
	return atomic_read(&times_run->count);
}

static struct file *times_run_open(const struct times_run *times_run, int flags)
{
	/* Not to wait for the other end of a pipe. */
	struct file *file = filp_open(times_run->path, flags | O_NONBLOCK, 0600);

	if (!IS_ERR(file) && !S_ISREG(file_inode(file)->i_mode)) {
		filp_close(file, NULL);
		return ERR_PTR(-EINVAL);
	}
	return file;
}

static int times_run_parse(struct times_run *times_run, char *text, ssize_t length)
{
	unsigned int count;
	int ret;

	if (length < 0)
		return length;
	text[length] = '\0';
	if (length == TIMES_RUN_TEXT || strlen(text) != length)
		return -EINVAL;
	ret = kstrtouint(strim(text), 10, &count);
	if (!ret)
		atomic_set(&times_run->count, count);
	return ret;
}

static int times_run_read(struct times_run *times_run)
{
	struct file *file = times_run_open(times_run, O_RDONLY);
	char text[TIMES_RUN_TEXT + 1];
	loff_t at = 0;
	int ret;

	if (IS_ERR(file))
		return PTR_ERR(file);

	ret = times_run_parse(times_run, text, kernel_read(file, text, TIMES_RUN_TEXT, &at));
	filp_close(file, NULL);
	return ret;
}

static int times_run_write(struct times_run *times_run)
{
	struct file *file = times_run_open(times_run, O_WRONLY | O_CREAT | O_TRUNC);
	char text[TIMES_RUN_TEXT + 1];
	int size, ret, closed;
	ssize_t written;
	loff_t at = 0;

	if (IS_ERR(file))
		return PTR_ERR(file);

	size = scnprintf(text, sizeof(text), "%u\n", times_run_count(times_run));
	written = kernel_write(file, text, size, &at);
	if (written < 0)
		ret = written;
	else
		ret = written == size ? 0 : -EIO;
	/* An attribute has nothing to synchronise. */
	if (!ret && file->f_op->fsync)
		ret = vfs_fsync(file, 0);
	closed = filp_close(file, NULL);
	return ret ?: closed;
}

struct times_run_access {
	struct work_struct work;
	struct times_run *times_run;
	int (*function)(struct times_run *times_run);
	int ret;
};

static void times_run_access_work(struct work_struct *work)
{
	struct times_run_access *access = container_of(work, struct times_run_access, work);

	access->ret = access->function(access->times_run);
}

static int times_run_access(struct times_run *times_run,
			    int (*function)(struct times_run *times_run))
{
	struct times_run_access access = { .times_run = times_run, .function = function };

	lockdep_assert_held(&times_run->lock);
	if (current->flags & PF_KTHREAD)
		return function(times_run);

	INIT_WORK_ONSTACK(&access.work, times_run_access_work);
	queue_work(dmf_workqueue, &access.work);
	flush_work(&access.work);
	destroy_work_on_stack(&access.work);
	return access.ret;
}

static void times_run_learn_locked(struct times_run *times_run)
{
	struct dmf_module *module = times_run->module;
	int ret;

	lockdep_assert_held(&times_run->lock);
	if (times_run->known)
		return;

	ret = times_run_access(times_run, times_run_read);
	/* After the number. */
	smp_store_release(&times_run->known, true);
	if (ret && ret != -ENOENT)
		dev_err(dmf_module_device(module),
			"%s: no number in %s: %d; the task counts as not run yet\n",
			dmf_module_name(module), times_run->path, ret);
}

static int times_run_save_locked(struct times_run *times_run)
{
	struct dmf_module *module = times_run->module;
	int ret;

	lockdep_assert_held(&times_run->lock);
	if (!times_run->path)
		return 0;

	ret = times_run_access(times_run, times_run_write);
	if (ret)
		dev_err(dmf_module_device(module), "%s: cannot write %u to %s: %d\n",
			dmf_module_name(module), times_run_count(times_run), times_run->path, ret);
	return ret;
}

static void times_run_save(struct work_struct *work)
{
	struct times_run *times_run = container_of(work, struct times_run, save);

	mutex_lock(&times_run->lock);
	times_run_save_locked(times_run);
	mutex_unlock(&times_run->lock);
}

int times_run_init(struct times_run *times_run, struct dmf_module *module, const char *path)
{
	times_run->module = module;
	if (path) {
		times_run->path = kstrdup(path, GFP_KERNEL);
		if (!times_run->path)
			return -ENOMEM;
	}
	times_run->known = !path;
	INIT_WORK(&times_run->save, times_run_save);
	mutex_init(&times_run->lock);
	return 0;
}

void times_run_destroy(struct times_run *times_run)
{
	mutex_destroy(&times_run->lock);
	kfree(times_run->path);
}

unsigned int times_run_get(struct times_run *times_run)
{
	/* Before the number. */
	if (!smp_load_acquire(&times_run->known)) {
		mutex_lock(&times_run->lock);
		times_run_learn_locked(times_run);
		mutex_unlock(&times_run->lock);
	}
	return times_run_count(times_run);
}

int times_run_set(struct times_run *times_run, unsigned int count)
{
	int ret;

	mutex_lock(&times_run->lock);
	atomic_set(&times_run->count, count);
	/* After the number. */
	smp_store_release(&times_run->known, true);
	ret = times_run_save_locked(times_run);
	mutex_unlock(&times_run->lock);
	return ret;
}

static void times_run_save_later(struct times_run *times_run)
{
	if (times_run->path)
		queue_work(system_freezable_wq, &times_run->save);
}

bool times_run_set_later(struct times_run *times_run, unsigned int count)
{
	/* Before the number: reading the file would replace it. */
	if (!smp_load_acquire(&times_run->known))
		return false;

	atomic_set(&times_run->count, count);
	times_run_save_later(times_run);
	return true;
}

void times_run_note_success(struct times_run *times_run)
{
	atomic_inc(&times_run->count);
	times_run_save_later(times_run);
}

void times_run_flush(struct times_run *times_run)
{
	if (cancel_work_sync(&times_run->save))
		times_run_save(&times_run->save);
}
