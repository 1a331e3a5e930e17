// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the live view in debugfs: which files there are and what they say, that what is
 * shown stays while it is read, and that nothing depends on any of them.
 */
#include <linux/debugfs.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/namei.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "submitter.h"

#define TEXT_SIZE	(16 * PAGE_SIZE)

/* Of in_flight.c. */
#define FILES_SHOWN	256

#define CMD_PEND	_IO('K', 1)

/* test->priv */
struct live {
	struct dmf_device *ddev;
	struct dmf_module *parent, *child, *early;
	struct dmf_module *dynamic;
	struct dmf_request *pended;
	struct completion pend_seen;
	char *text;			/* what was read last */
	char name[32];			/* of the device */
	bool hold_show;			/* the next show() waits to be told to go on */
	bool hold_open;			/* so does the next open() of one with a child */
	bool fail_probe, create_early;
	struct completion inside, go_on;
	struct delayed_work let_go;
	bool shown, destroyed_while_shown;
	unsigned int destroyed;
};

/* A thread that reads a file of the device until the test ends, or once. */
struct reading {
	struct live *live;
	const char *name;
	bool once;
	struct mm_struct *mm;
	ssize_t result;			/* of the last time */
	unsigned int reads;		/* how often there was something to read */
	bool stop;
	struct completion done;
};

/* -- The Modules -------------------------------------------------------------------- */

struct live_config {
	struct live *live;
	bool has_child;
};

static int live_add(struct dmf_module_init *init, const struct live_config *config,
		    const char *name, struct dmf_module **handle);

static struct live *live_of(struct dmf_module *module)
{
	return ((const struct live_config *)dmf_module_config(module))->live;
}

static int live_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	const struct live_config *config = dmf_module_config(module);
	const struct live_config child = { .live = config->live };

	return config->has_child ? live_add(init, &child, "a child", &config->live->child) : 0;
}

static int live_open_module(struct dmf_module *module)
{
	const struct live_config *config = dmf_module_config(module);

	if (config->has_child && xchg(&config->live->hold_open, false)) {
		complete(&config->live->inside);
		wait_for_completion_timeout(&config->live->go_on, DMF_KUNIT_TIMEOUT);
	}
	return 0;
}

static void live_destroy(struct dmf_module *module)
{
	live_of(module)->destroyed++;
}

static void live_show(struct dmf_module *module, struct seq_file *seq)
{
	struct live *live = live_of(module);
	unsigned int destroyed = live->destroyed;

	if (xchg(&live->hold_show, false)) {
		complete(&live->inside);
		wait_for_completion_timeout(&live->go_on, DMF_KUNIT_TIMEOUT);
		live->destroyed_while_shown = live->destroyed != destroyed;
		live->shown = true;
	}
	seq_printf(seq, "depth=%u peak=9", 7);
}

static const struct dmf_module_ops live_ops = {
	.child_modules_add	= live_child_modules_add,
	.open			= live_open_module,
	.destroy		= live_destroy,
	.show			= live_show,
};

static const struct dmf_module_desc live_desc = {
	.name		= "live",
	.size		= sizeof(struct dmf_module),
	.config_size	= sizeof(struct live_config),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &live_ops,
};

static struct dmf_module_keys live_keys;

static int live_add(struct dmf_module_init *init, const struct live_config *config,
		    const char *name, struct dmf_module **handle)
{
	const struct dmf_module_attributes attributes = { .instance_name = name };

	return __dmf_module_add(init, &live_desc, &live_keys, config, &attributes, handle);
}

static int live_create(struct live *live, struct dmf_module *parent, struct dmf_module **handle)
{
	const struct live_config config = { .live = live, .has_child = true };
	const struct dmf_module_attributes attributes = { .instance_name = "dynamic" };

	return __dmf_module_create(live->ddev, parent, &live_desc, &live_keys, &config,
				   &attributes, handle);
}

/* The name stays when the device has gone. */
static void live_meet(struct live *live, struct dmf_device *ddev)
{
	live->ddev = ddev;
	strscpy(live->name, dev_name(ddev->dev), sizeof(live->name));
}

static int live_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct live *live = dmf_kunit_priv(ddev);
	const struct live_config config = { .live = live, .has_child = true };
	int ret = 0;

	live_meet(live, ddev);
	if (live->create_early)
		ret = live_create(live, NULL, &live->early);
	ret = ret ?: live_add(init, &config, NULL, &live->parent);
	return ret ?: live->fail_probe ? -EIO : 0;
}

static bool live_cancel(struct dmf_request *request)
{
	struct live *live = dmf_kunit_priv(request->ddev);

	return xchg(&live->pended, NULL) == request;
}

static bool live_ioctl(struct dmf_device *ddev, struct dmf_request *request)
{
	struct live *live = dmf_kunit_priv(ddev);

	live->pended = request;
	dmf_request_pend(request, live_cancel, 0);
	complete(&live->pend_seen);
	return true;
}

static const struct dmf_client_ops live_client_ops = {
	.modules_add		= live_modules_add,
	.device_io_control	= live_ioctl,
};

static struct live *live_probe(struct kunit *test)
{
	struct live *live = test->priv;

	KUNIT_ASSERT_FALSE(test, IS_ERR(dmf_kunit_probe(test, &live_client_ops)));
	return live;
}

/* -- Files ------------------------------------------------------------------------- */

static struct file *live_open(const struct live *live, const char *name)
{
	char *path = kasprintf(GFP_KERNEL, "/sys/kernel/debug/dmf/%s/%s",
			       live->name, name);
	struct file *file;

	if (!path)
		return ERR_PTR(-ENOMEM);
	file = filp_open(path, O_RDONLY, 0);
	kfree(path);
	return file;
}

/* As a program reads: into user memory. The test has borrowed some. */
static ssize_t file_read(struct file *file, char *text)
{
	ssize_t length;
	unsigned long user;
	loff_t position = 0;

	user = vm_mmap(NULL, 0, TEXT_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(user))
		return user;
	length = file->f_op->read(file, (char __user *)user, TEXT_SIZE - 1, &position);
	if (length > 0 && text && copy_from_user(text, (const char __user *)user, length))
		length = -EFAULT;
	vm_munmap(user, TEXT_SIZE);
	if (text)
		text[max_t(ssize_t, length, 0)] = '\0';
	return length;
}

static ssize_t live_read(struct kunit *test, const char *name)
{
	struct live *live = test->priv;
	struct file *file = live_open(live, name);
	struct mm_struct *mm;
	ssize_t length;

	live->text[0] = '\0';
	if (IS_ERR(file))
		return PTR_ERR(file);
	mm = dmf_kunit_use_memory(test);
	length = file_read(file, live->text);
	dmf_kunit_unuse_memory(mm);
	filp_close(file, NULL);
	return length;
}

static const char *module_file(struct kunit *test, const struct dmf_module *module,
			       const char *instance)
{
	const char *name = kasprintf(GFP_KERNEL, "modules/%u-%s/state", module->number, instance);

	KUNIT_ASSERT_NOT_NULL(test, name);
	KUNIT_ASSERT_EQ(test, 0, dmf_kunit_add_action(test, (void (*)(void *))kfree,
						      (void *)name));
	return name;
}

static bool is_there(const struct live *live, const char *name)
{
	struct file *file = live_open(live, name);

	if (IS_ERR(file))
		return false;
	filp_close(file, NULL);
	return true;
}

/* What was read last. */
static void expect_says(struct kunit *test, const char *text)
{
	struct live *live = test->priv;

	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(live->text, text), "no \"%s\" in: %s", text,
				  live->text);
}

/* -- What they say ------------------------------------------------------------------- */

static void device_has_its_files(struct kunit *test)
{
	live_probe(test);
	KUNIT_EXPECT_GT(test, live_read(test, "state"), 0);
	expect_says(test, "driver=dmf_fake\nnode=");
	expect_says(test, "\npower=D0\nio=running\nhandlers=0\npended=0\n");
	KUNIT_EXPECT_GT(test, live_read(test, "tree"), 0);
	expect_says(test, "\n  live module=live state=opened open=create users=0 number=");
	expect_says(test, "\n    a child module=live state=opened ");
	KUNIT_EXPECT_EQ(test, live_read(test, "interfaces"), 0);
	KUNIT_EXPECT_EQ(test, live_read(test, "files"), 0);
	KUNIT_EXPECT_EQ(test, live_read(test, "requests"), 0);
}

static void module_says_its_state(struct kunit *test)
{
	struct live *live = live_probe(test);
	char expected[64];

	KUNIT_ASSERT_GT(test, live_read(test, module_file(test, live->child, "a child")), 0);
	snprintf(expected, sizeof(expected), "number=%u\nparent=%u\ndepth=1\n",
		 live->child->number, live->parent->number);
	KUNIT_EXPECT_PTR_EQ(test, strstr(live->text, expected), live->text);
	expect_says(test, "\nmodule=live\ninstance=a\\040child\nstate=opened\nopen=create\n");
	expect_says(test, "\nusers=0\ntransition_pid=0\ndynamic=0\ntransport=0\n");
	expect_says(test, "\nfigures: depth=7 peak=9\n");
}

static void users_are_counted(struct kunit *test)
{
	struct live *live = live_probe(test);
	const char *name = module_file(test, live->parent, "live");

	KUNIT_ASSERT_EQ(test, 0, dmf_module_acquire(live->parent));
	live_read(test, name);
	expect_says(test, "\nusers=1\n");
	dmf_module_release(live->parent);
	live_read(test, name);
	expect_says(test, "\nusers=0\n");
}

static int create_in_thread(void *data)
{
	struct live *live = data;

	live_create(live, NULL, &live->dynamic);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static void module_that_opens_says_who_is_at_it(struct kunit *test)
{
	struct live *live = live_probe(test);
	struct task_struct *thread;
	char expected[48], name[48];

	live->hold_open = true;
	thread = dmf_kunit_run(test, create_in_thread, live);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&live->inside, DMF_KUNIT_TIMEOUT));
	snprintf(name, sizeof(name), "modules/%u-dynamic/state", live->child->number - 1);
	KUNIT_EXPECT_GT(test, live_read(test, name), 0);
	expect_says(test, "\nstate=opening\n");
	snprintf(expected, sizeof(expected), "\ntransition_pid=%d\n", thread->pid);
	expect_says(test, expected);
	complete(&live->go_on);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(live_read(test, name) > 0 &&
						strstr(live->text, "\ntransition_pid=0\n")));
}

static int odd_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct live *live = dmf_kunit_priv(ddev);
	const struct live_config config = { .live = live };
	char *name = kzalloc(301, GFP_KERNEL);
	int ret;

	live_meet(live, ddev);
	if (!name)
		return -ENOMEM;
	memset(name, 'x', 300);
	ret = live_add(init, &config, "../a/b\nstate=\033[2J\xc2\x9b", &live->parent) ?:
	      live_add(init, &config, name, &live->child);
	kfree(name);
	return ret;
}

static void instance_may_have_any_name(struct kunit *test)
{
	static const struct dmf_client_ops odd_ops = { .modules_add = odd_modules_add };
	struct live *live = test->priv;
	char name[256] = { };

	KUNIT_ASSERT_FALSE(test, IS_ERR(dmf_kunit_probe(test, &odd_ops)));
	KUNIT_ASSERT_GT(test, live_read(test, module_file(test, live->parent,
							  ".._a_b_state=_[2J\xc2_")), 0);
	expect_says(test, "\ninstance=../a/b\\012state=\\033[2J\\302\\233\nstate=opened\n");
	KUNIT_EXPECT_GT(test, live_read(test, "tree"), 0);
	expect_says(test, "\n  ../a/b\\012state=\\033[2J\\302\\233 module=live ");
	memset(name, 'x', 200);
	KUNIT_EXPECT_GT(test, live_read(test, module_file(test, live->child, name)), 0);
}

/* -- Open files and requests ----------------------------------------------------------- */

static void files_and_requests_are_shown(struct kunit *test)
{
	struct live *live = live_probe(test);
	struct submitter *submitter;
	struct dmf_request *request;
	struct dmf_file *file;
	char expected[64], name[TASK_COMM_LEN];

	/* The program chooses it, and root looks at it. */
	get_task_comm(name, current);
	strscpy(current->comm, "a \033[2J\\", TASK_COMM_LEN);
	file = dmf_kunit_open(test, live->ddev);
	strscpy(current->comm, name, TASK_COMM_LEN);

	submitter = dmf_kunit_submit_start(test, &(struct submitter){
		.file = file, .type = DMF_REQUEST_DEVICE_CONTROL, .command = CMD_PEND });
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&live->pend_seen, DMF_KUNIT_TIMEOUT));
	KUNIT_ASSERT_TRUE(test, dmf_kunit_until(READ_ONCE(live->pended->returned)));

	KUNIT_EXPECT_GT(test, live_read(test, "files"), 0);
	snprintf(expected, sizeof(expected), "file=%u pid=%d comm=", file->number,
		 task_tgid_nr(current));
	KUNIT_EXPECT_PTR_EQ(test, strstr(live->text, expected), live->text);
	expect_says(test, " comm=a\\040\\033[2J\\134 stream= requests=1 ");
	expect_says(test, " requests=1 pended=1 administrator=1\n");
	KUNIT_EXPECT_GT(test, live_read(test, "requests"), 0);
	snprintf(expected, sizeof(expected), " type=ioctl command=%#x module= age_ms=", CMD_PEND);
	expect_says(test, expected);
	expect_says(test, " pended=1 cancelled=0\n");

	/* A daemon has waited for a hundred days. */
	request = xchg(&live->pended, NULL);
	if (IS_ENABLED(CONFIG_64BIT)) {
		request->created -= 100UL * 24 * 3600 * HZ;
		KUNIT_EXPECT_GT(test, live_read(test, "requests"), 0);
		expect_says(test, " age_ms=86400");
	}
	dmf_request_complete(request, 0);
	KUNIT_EXPECT_EQ(test, 0, dmf_kunit_submit_result(test, submitter));
	KUNIT_EXPECT_EQ(test, live_read(test, "requests"), 0);
	live_read(test, "files");
	expect_says(test, " requests=0 pended=0 ");
}

static void requests_of_other_drivers_are_shown(struct kunit *test)
{
	static const struct dmf_client_ops ops = {
		.modules_add = live_modules_add,
		.internal_device_io_control = live_ioctl,
	};
	struct live *live = test->priv;
	struct submitter *submitter;

	KUNIT_ASSERT_FALSE(test, IS_ERR(dmf_kunit_probe(test, &ops)));
	submitter = dmf_kunit_submit_start(test, &(struct submitter){
		.ddev = live->ddev, .command = CMD_PEND, .timeout = MAX_SCHEDULE_TIMEOUT });
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&live->pend_seen, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_GT(test, live_read(test, "requests"), 0);
	expect_says(test, "file=0 pid=0 type=internal ");
	dmf_request_complete(xchg(&live->pended, NULL), 0);
	KUNIT_EXPECT_EQ(test, 0, dmf_kunit_submit_result(test, submitter));
}

static void more_files_than_fit_are_counted(struct kunit *test)
{
	struct live *live = live_probe(test);
	unsigned int i;
	char *line;

	for (i = 0; i < FILES_SHOWN + 3; i++)
		dmf_kunit_open(test, live->ddev);
	KUNIT_ASSERT_GT(test, live_read(test, "files"), 0);
	expect_says(test, "\nmore=3\n");
	for (i = 0, line = live->text; (line = strchr(line, '\n')); i++)
		line++;
	KUNIT_EXPECT_EQ(test, i, FILES_SHOWN + 1);
}

/* -- Coming and going ------------------------------------------------------------------ */

static void dynamic_modules_come_and_go(struct kunit *test)
{
	struct live *live = live_probe(test);
	unsigned int number;
	const char *name, *child;

	KUNIT_ASSERT_EQ(test, 0, live_create(live, live->parent, &live->dynamic));
	name = module_file(test, live->dynamic, "dynamic");
	child = module_file(test, live->child, "a child");
	KUNIT_ASSERT_GT(test, live_read(test, name), 0);
	expect_says(test, "\ndynamic=1\n");
	KUNIT_EXPECT_TRUE(test, is_there(live, child));
	number = live->dynamic->number;

	dmf_module_destroy(live->dynamic);
	KUNIT_EXPECT_FALSE(test, is_there(live, name));
	KUNIT_EXPECT_FALSE(test, is_there(live, child));
	KUNIT_EXPECT_TRUE(test, is_there(live, module_file(test, live->parent, "live")));

	/* Numbers are not given again. */
	KUNIT_ASSERT_EQ(test, 0, live_create(live, NULL, &live->dynamic));
	KUNIT_EXPECT_GT(test, live->dynamic->number, number);
	KUNIT_EXPECT_TRUE(test, is_there(live, module_file(test, live->dynamic, "dynamic")));
}

static void dynamic_modules_of_modules_add_are_there(struct kunit *test)
{
	struct live *live = test->priv;

	live->create_early = true;
	live_probe(test);
	KUNIT_EXPECT_TRUE(test, is_there(live, module_file(test, live->early, "dynamic")));
}

static bool folder_is_there(const char *name)
{
	struct dentry *root = debugfs_lookup("dmf", NULL);
	struct dentry *folder = root ? debugfs_lookup(name, root) : NULL;

	dput(folder);
	dput(root);
	return folder;
}

static void nothing_is_left_after_unbind(struct kunit *test)
{
	struct live *live = live_probe(test);

	KUNIT_EXPECT_TRUE(test, folder_is_there(live->name));
	KUNIT_EXPECT_EQ(test, 0, live_create(live, NULL, &live->dynamic));
	dmf_kunit_remove(test, live->ddev);
	KUNIT_EXPECT_FALSE(test, folder_is_there(live->name));
}

static void nothing_is_left_after_a_failed_probe(struct kunit *test)
{
	struct live *live = test->priv;
	struct dmf_device *ddev;

	live->fail_probe = true;
	live->create_early = true;
	ddev = dmf_kunit_probe(test, &live_client_ops);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(ddev), -EIO);
	KUNIT_EXPECT_EQ(test, live->destroyed, 4);
	KUNIT_EXPECT_STRNEQ(test, live->name, "");
	KUNIT_EXPECT_FALSE(test, folder_is_there(live->name));
}

static void what_was_open_reads_nothing_afterwards(struct kunit *test)
{
	struct live *live = live_probe(test);
	struct file *tree, *state, *dynamic;
	struct mm_struct *mm;

	KUNIT_ASSERT_EQ(test, 0, live_create(live, NULL, &live->dynamic));
	tree = live_open(live, "tree");
	state = live_open(live, module_file(test, live->parent, "live"));
	dynamic = live_open(live, module_file(test, live->dynamic, "dynamic"));
	KUNIT_ASSERT_FALSE(test, IS_ERR(tree) || IS_ERR(state) || IS_ERR(dynamic));

	mm = dmf_kunit_use_memory(test);
	dmf_module_destroy(live->dynamic);
	KUNIT_EXPECT_EQ(test, file_read(dynamic, NULL), -EIO);
	KUNIT_EXPECT_GT(test, file_read(state, NULL), 0);
	dmf_kunit_remove(test, live->ddev);
	KUNIT_EXPECT_EQ(test, file_read(state, NULL), -EIO);
	KUNIT_EXPECT_EQ(test, file_read(tree, NULL), -EIO);
	dmf_kunit_unuse_memory(mm);
	filp_close(dynamic, NULL);
	filp_close(state, NULL);
	filp_close(tree, NULL);
}

static int create_and_destroy(struct kunit *test, void *data)
{
	struct live *live = data;
	int ret = live_create(live, NULL, &live->dynamic);

	if (!ret)
		dmf_module_destroy(live->dynamic);
	return ret;
}

static void every_allocation_of_create_may_fail(struct kunit *test)
{
	struct live *live = live_probe(test);

	/* Each folder and each file is two at least. */
	dmf_kunit_fail_nth(test, create_and_destroy, live, 20);
}

static void folders_can_be_switched_off(struct kunit *test)
{
	struct live *live = live_probe(test);
	const char *name;

	dmf_debugfs_detail = DMF_DEBUGFS_DEVICES;
	KUNIT_EXPECT_EQ(test, 0, live_create(live, NULL, &live->dynamic));
	dmf_debugfs_detail = DMF_DEBUGFS_MODULES;
	name = module_file(test, live->dynamic, "dynamic");
	KUNIT_EXPECT_FALSE(test, is_there(live, name));
	KUNIT_EXPECT_GT(test, live_read(test, "tree"), 0);
	expect_says(test, "\n  dynamic module=live ");
	dmf_module_destroy(live->dynamic);
}

/* -- Races ----------------------------------------------------------------------------- */

static int read_again_and_again(void *data)
{
	struct reading *reading = data;
	struct file *file;

	kthread_use_mm(reading->mm);
	do {
		file = live_open(reading->live, reading->name);
		if (IS_ERR(file)) {
			reading->result = PTR_ERR(file);
		} else {
			reading->result = file_read(file, NULL);
			filp_close(file, NULL);
			reading->reads++;
		}
	} while (!reading->once && !READ_ONCE(reading->stop));
	kthread_unuse_mm(reading->mm);
	complete(&reading->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static struct reading *reading_start(struct kunit *test, const char *name, bool once)
{
	struct reading *reading = kunit_kzalloc(test, sizeof(*reading), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, reading);
	reading->live = test->priv;
	reading->name = name;
	reading->once = once;
	init_completion(&reading->done);
	/* The test has it as long as the thread runs. */
	reading->mm = current->mm;
	dmf_kunit_run(test, read_again_and_again, reading);
	return reading;
}

static void reading_stop(struct kunit *test, struct reading *reading)
{
	WRITE_ONCE(reading->stop, true);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&reading->done, DMF_KUNIT_TIMEOUT));
}

static void live_go_on(struct work_struct *work)
{
	complete(&container_of(work, struct live, let_go.work)->go_on);
}

/* A reader is within show(), and goes on when the test has been waiting for a while. */
static struct reading *reading_hold(struct kunit *test, const char *name)
{
	struct live *live = test->priv;
	struct reading *reading;

	live->hold_show = true;
	reading = reading_start(test, name, true);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&live->inside, DMF_KUNIT_TIMEOUT));
	schedule_delayed_work(&live->let_go, HZ / 20);
	return reading;
}

static void expect_read(struct kunit *test, struct reading *reading)
{
	struct live *live = test->priv;

	flush_delayed_work(&live->let_go);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&reading->done, DMF_KUNIT_TIMEOUT));
	KUNIT_EXPECT_GT(test, reading->result, 0);
	KUNIT_EXPECT_TRUE(test, live->shown);
	KUNIT_EXPECT_FALSE(test, live->destroyed_while_shown);
}

static void race_read_against_unbind(struct kunit *test)
{
	struct live *live = live_probe(test);
	const char *name = module_file(test, live->parent, "live");
	struct mm_struct *mm = dmf_kunit_use_memory(test);
	struct reading *reading = reading_hold(test, name);

	dmf_kunit_remove(test, live->ddev);
	KUNIT_EXPECT_TRUE(test, live->shown);
	KUNIT_EXPECT_EQ(test, live->destroyed, 2);
	expect_read(test, reading);
	dmf_kunit_unuse_memory(mm);
}

static void race_read_of_the_tree_against_unbind(struct kunit *test)
{
	struct live *live = live_probe(test);
	struct mm_struct *mm = dmf_kunit_use_memory(test);
	struct reading *reading = reading_hold(test, "tree");

	dmf_kunit_remove(test, live->ddev);
	KUNIT_EXPECT_TRUE(test, live->shown);
	expect_read(test, reading);
	dmf_kunit_unuse_memory(mm);
}

static void race_read_against_dynamic_destroy(struct kunit *test)
{
	struct live *live = live_probe(test);
	struct mm_struct *mm = dmf_kunit_use_memory(test);
	struct reading *reading;

	KUNIT_EXPECT_EQ(test, 0, live_create(live, NULL, &live->dynamic));
	reading = reading_hold(test, module_file(test, live->dynamic, "dynamic"));
	dmf_module_destroy(live->dynamic);
	KUNIT_EXPECT_TRUE(test, live->shown);
	KUNIT_EXPECT_EQ(test, live->destroyed, 2);
	expect_read(test, reading);
	dmf_kunit_unuse_memory(mm);
}

static void race_reads_against_creations(struct kunit *test)
{
	struct live *live = live_probe(test);
	struct mm_struct *mm = dmf_kunit_use_memory(test);
	struct reading *reading = reading_start(test, "tree", false);
	struct reading *other;
	unsigned int i;

	/* The number that the Module in the middle gets. */
	other = reading_start(test, "modules/43-dynamic/state", false);
	for (i = 0; i < 40; i++) {
		if (live_create(live, i % 2 ? live->parent : NULL, &live->dynamic))
			break;
		if (live->dynamic->number == 43)
			KUNIT_EXPECT_TRUE(test, dmf_kunit_until(READ_ONCE(other->reads)));
		dmf_module_destroy(live->dynamic);
	}
	KUNIT_EXPECT_EQ(test, i, 40);
	KUNIT_EXPECT_TRUE(test, dmf_kunit_until(READ_ONCE(reading->reads)));
	dmf_kunit_remove(test, live->ddev);
	reading_stop(test, reading);
	reading_stop(test, other);
	dmf_kunit_unuse_memory(mm);
}

static void race_dynamic_destroy_against_unbind(struct kunit *test)
{
	struct live *live = live_probe(test);
	unsigned int i;

	/* The folder goes with the device's, and is not touched when the Module goes. */
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, 0, live_create(live, i % 2 ? live->parent : NULL, NULL));
	dmf_kunit_remove(test, live->ddev);
	KUNIT_EXPECT_EQ(test, live->destroyed, 22);
}

static int live_init(struct kunit *test)
{
	struct live *live = kunit_kzalloc(test, sizeof(*live), GFP_KERNEL);
	char *text = kunit_kzalloc(test, TEXT_SIZE, GFP_KERNEL);

	if (!live || !text)
		return -ENOMEM;
	live->text = text;
	init_completion(&live->inside);
	init_completion(&live->go_on);
	init_completion(&live->pend_seen);
	INIT_DELAYED_WORK(&live->let_go, live_go_on);
	test->priv = live;
	return 0;
}

static struct kunit_case live_cases[] = {
	KUNIT_CASE(device_has_its_files),
	KUNIT_CASE(module_says_its_state),
	KUNIT_CASE(users_are_counted),
	KUNIT_CASE(module_that_opens_says_who_is_at_it),
	KUNIT_CASE(instance_may_have_any_name),
	KUNIT_CASE(files_and_requests_are_shown),
	KUNIT_CASE(requests_of_other_drivers_are_shown),
	KUNIT_CASE(more_files_than_fit_are_counted),
	KUNIT_CASE(dynamic_modules_come_and_go),
	KUNIT_CASE(dynamic_modules_of_modules_add_are_there),
	KUNIT_CASE(nothing_is_left_after_unbind),
	KUNIT_CASE(nothing_is_left_after_a_failed_probe),
	KUNIT_CASE(what_was_open_reads_nothing_afterwards),
	KUNIT_CASE(every_allocation_of_create_may_fail),
	KUNIT_CASE(folders_can_be_switched_off),
	KUNIT_CASE(race_read_against_unbind),
	KUNIT_CASE(race_read_of_the_tree_against_unbind),
	KUNIT_CASE(race_read_against_dynamic_destroy),
	KUNIT_CASE(race_reads_against_creations),
	KUNIT_CASE(race_dynamic_destroy_against_unbind),
	{ }
};

/* The other suites do without, which saves half of their time. */
static unsigned int detail_was;

static int live_suite_init(struct kunit_suite *suite)
{
	detail_was = dmf_debugfs_detail;
	dmf_debugfs_detail = DMF_DEBUGFS_MODULES;
	return 0;
}

static void live_suite_exit(struct kunit_suite *suite)
{
	dmf_debugfs_detail = detail_was;
}

static struct kunit_suite live_suite = {
	.name = "dmf_debugfs",
	.suite_init = live_suite_init,
	.suite_exit = live_suite_exit,
	.init = live_init,
	.test_cases = live_cases,
};

kunit_test_suite(live_suite);
