// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the live view in debugfs: which files there are and what they say, and that
 * nothing depends on any of them. Races are in debugfs_race_kunit.c.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>

#include <linux/dmf/branch_track.h>
#include <linux/dmf/interface.h>
#include <linux/dmf/live_kernel_dump.h>
#include <linux/dmf/recorder.h>

#include "debugfs_fixture.h"
#include "submitter.h"

/* Of in_flight.c. */
#define FILES_SHOWN	256

/* -- What they say ------------------------------------------------------------------- */

static void device_has_its_files(struct kunit *test)
{
	live_probe(test);
	KUNIT_EXPECT_GT(test, live_read(test, "state"), 0);
	live_expect_says(test, "driver=dmf_fake\nnode=");
	live_expect_says(test, "\npower=D0\nio=running\nhandlers=0\npended=0\n");
	KUNIT_EXPECT_GT(test, live_read(test, "tree"), 0);
	live_expect_says(test, "\n  live module=live state=opened open=create users=0 number=");
	live_expect_says(test, "\n    a child module=live state=opened ");
	KUNIT_EXPECT_EQ(test, live_read(test, "interfaces"), 0);
	KUNIT_EXPECT_EQ(test, live_read(test, "files"), 0);
	KUNIT_EXPECT_EQ(test, live_read(test, "requests"), 0);
}

static void module_says_its_state(struct kunit *test)
{
	struct live *live = live_probe(test);
	char expected[64];

	KUNIT_ASSERT_GT(test, live_read(test, live_module_file(test, live->child, "a child")), 0);
	snprintf(expected, sizeof(expected), "number=%u\nparent=%u\ndepth=1\n",
		 live->child->number, live->parent->number);
	KUNIT_EXPECT_PTR_EQ(test, strstr(live->text, expected), live->text);
	live_expect_says(test, "\nmodule=live\ninstance=a\\040child\nstate=opened\nopen=create\n");
	live_expect_says(test, "\nusers=0\ntransition_pid=0\ndynamic=0\ntransport=0\n");
	live_expect_says(test, "\nfigures: depth=7 peak=9\n");
}

static void users_are_counted(struct kunit *test)
{
	struct live *live = live_probe(test);
	const char *name = live_module_file(test, live->parent, "live");

	KUNIT_ASSERT_EQ(test, 0, dmf_module_acquire(live->parent));
	live_read(test, name);
	live_expect_says(test, "\nusers=1\n");
	live_read(test, "tree");
	live_expect_says(test, "\n  live module=live state=opened open=create users=1 ");
	dmf_module_release(live->parent);
	live_read(test, name);
	live_expect_says(test, "\nusers=0\n");
}

static void dynamic_modules_and_transports_stand_out(struct kunit *test)
{
	struct live *live = live_probe(test);
	char expected[64];

	/* No other Module is a transport, so nobody asks for it. */
	live->child->is_transport = true;
	live_read(test, live_module_file(test, live->child, "a child"));
	live_expect_says(test, "\ndynamic=0\ntransport=1\n");
	snprintf(expected, sizeof(expected), " number=%u transport", live->child->number);
	live_read(test, "tree");
	live_expect_says(test, expected);
	live->child->is_transport = false;

	KUNIT_ASSERT_EQ(test, 0, live_create(live, live->parent, &live->dynamic));
	KUNIT_ASSERT_EQ(test, 0, live_create(live, live->dynamic, &live->early));
	live_read(test, live_module_file(test, live->early, "dynamic"));
	live_expect_says(test, "\ndynamic=1\ntransport=0\n");
	live_read(test, "tree");
	/* Below each other, with their children. */
	snprintf(expected, sizeof(expected), " number=%u dynamic", live->dynamic->number);
	live_expect_says(test, expected);
	live_expect_says(test, "\n    dynamic module=live ");
	live_expect_says(test, "\n      a child module=live ");
	live_expect_says(test, "\n      dynamic module=live ");
	live_expect_says(test, "\n        a child module=live ");
}

static int create_in_thread(void *data)
{
	struct live *live = data;

	live_create(live, NULL, &live->dynamic);
	return dmf_kunit_await_stop();
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
	live_expect_says(test, "\nstate=opening\n");
	snprintf(expected, sizeof(expected), "\ntransition_pid=%d\n", thread->pid);
	live_expect_says(test, expected);
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
	ret = live_add(init, &config, "../a/b\nstate=\033[2J\xc3\xa9\x9b", &live->parent) ?:
	      live_add(init, &config, name, &live->child);
	kfree(name);
	return ret;
}

static void instance_may_have_any_name(struct kunit *test)
{
	static const struct dmf_client_ops odd_ops = { .modules_add = odd_modules_add };
	struct live *live = test->priv;
	char name[256] = { };
	const char *state;

	KUNIT_ASSERT_FALSE(test, IS_ERR(dmf_kunit_probe(test, &odd_ops)));
	state = live_module_file(test, live->parent, ".._a_b_state=_[2J___");
	KUNIT_ASSERT_GT(test, live_read(test, state), 0);
	live_expect_says(test,
			 "\ninstance=../a/b\\012state=\\033[2J\\303\\251\\233\nstate=opened\n");
	KUNIT_EXPECT_GT(test, live_read(test, "tree"), 0);
	live_expect_says(test, "\n  ../a/b\\012state=\\033[2J\\303\\251\\233 module=live ");
	dmf_record(live->parent, "noted");
	KUNIT_EXPECT_GT(test, live_read(test, "recorder"), 0);
	live_expect_says(test, " ../a/b\\012state=\\033[2J\\303\\251\\233: noted\n");
	memset(name, 'x', 200);
	KUNIT_EXPECT_GT(test, live_read(test, live_module_file(test, live->child, name)), 0);
}

static void bindings_are_shown(struct kunit *test)
{
	struct live *live = live_probe(test);

	KUNIT_ASSERT_EQ(test, 0, dmf_module_interface_bind(live->parent, live->child, "wire"));
	KUNIT_EXPECT_GT(test, live_read(test, "interfaces"), 0);
	KUNIT_EXPECT_STREQ(test, live->text,
			   "  interface=wire protocol=live transport=a\\040child state=opened users=0\n");
	KUNIT_EXPECT_GT(test, live_read(test, "tree"), 0);
	live_expect_says(test, "\n  interface=wire protocol=live transport=a\\040child state=");
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
	live_expect_says(test, " comm=a\\040\\033[2J\\134 stream= requests=1 ");
	live_expect_says(test, " requests=1 pended=1 administrator=1\n");
	live_read(test, "state");
	live_expect_says(test, "\nhandlers=0\npended=1\n");
	live_read(test, "tree");
	live_expect_says(test, " handlers=0 pended=1\n");
	KUNIT_EXPECT_GT(test, live_read(test, "requests"), 0);
	snprintf(expected, sizeof(expected),
		 "file=%u pid=%d type=ioctl command=%#x module= age_ms=", file->number,
		 task_tgid_nr(current), CMD_PEND);
	KUNIT_EXPECT_PTR_EQ(test, strstr(live->text, expected), live->text);
	live_expect_says(test, " pended=1 cancelled=0\n");

	/* A daemon has waited for a hundred days. */
	request = xchg(&live->pended, NULL);
	if (IS_ENABLED(CONFIG_64BIT)) {
		request->created -= 100UL * 24 * 3600 * HZ;
		KUNIT_EXPECT_GT(test, live_read(test, "requests"), 0);
		live_expect_says(test, " age_ms=86400");
	}
	dmf_request_complete(request, 0);
	KUNIT_EXPECT_EQ(test, 0, dmf_kunit_submit_result(test, submitter));
	KUNIT_EXPECT_EQ(test, live_read(test, "requests"), 0);
	live_read(test, "files");
	live_expect_says(test, " requests=0 pended=0 ");
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
	live_expect_says(test, "file=0 pid=0 type=internal ");
	dmf_request_complete(xchg(&live->pended, NULL), 0);
	KUNIT_EXPECT_EQ(test, 0, dmf_kunit_submit_result(test, submitter));
}

static void more_files_than_fit_are_counted(struct kunit *test)
{
	struct live *live = live_probe(test);
	unsigned int i;
	char *line;

	for (i = 0; i < FILES_SHOWN; i++)
		dmf_kunit_open(test, live->ddev)->by_administrator = i;
	live_read(test, "files");
	live_expect_says(test, " administrator=0\n");
	KUNIT_EXPECT_NULL(test, strstr(live->text, "\nmore="));
	for (i = 0; i < 3; i++)
		dmf_kunit_open(test, live->ddev);
	KUNIT_ASSERT_GT(test, live_read(test, "files"), 0);
	live_expect_says(test, "\nmore=3\n");
	for (i = 0, line = live->text; (line = strchr(line, '\n')); i++)
		line++;
	KUNIT_EXPECT_EQ(test, i, FILES_SHOWN + 1);
}

#define MANY	1003

/* More than are shown, and more than are counted. */
static void more_requests_than_fit_are_counted(struct kunit *test)
{
	struct dmf_request *requests = kvcalloc(MANY, sizeof(*requests), GFP_KERNEL);
	struct live *live = live_probe(test);
	struct dmf_file *file = dmf_kunit_open(test, live->ddev);
	unsigned int i, lines = 0;
	LIST_HEAD(list);
	char *line;

	KUNIT_ASSERT_NOT_NULL(test, requests);
	for (i = 0; i < MANY; i++) {
		requests[i].flight = &file->flight;
		requests[i].returned = i % 2;
		requests[i].cancelled = !i;
		requests[i].handler = i ? NULL : live->child;
		requests[i].input_size = 3;
		requests[i].output_size = 4;
		list_add_tail(&requests[i].in_flight, &list);
	}
	spin_lock_irq(&file->flight.lock);
	list_splice_init(&list, &file->flight.requests);
	spin_unlock_irq(&file->flight.lock);

	live_read(test, "files");
	live_expect_says(test, " requests=1000 pended=500 ");
	KUNIT_EXPECT_GT(test, live_read(test, "requests"), 0);
	live_expect_says(test, " module=a\\040child age_ms=");
	live_expect_says(test, " input=3 output=4 pended=0 cancelled=1\n");
	live_expect_says(test, " input=3 output=4 pended=1 cancelled=0\n");
	live_expect_says(test, "\nmore=744\n");
	for (line = live->text; (line = strchr(line, '\n')); line++)
		lines++;
	KUNIT_EXPECT_EQ(test, lines, 257);

	spin_lock_irq(&file->flight.lock);
	list_splice_init(&file->flight.requests, &list);
	spin_unlock_irq(&file->flight.lock);
	kvfree(requests);
}

/* -- Locks ----------------------------------------------------------------------------- */

static ssize_t switch_write(struct kunit *test, const char *value)
{
	struct file *file = filp_open("/sys/kernel/debug/dmf/lock_statistics", O_WRONLY, 0);
	struct mm_struct *mm;
	ssize_t written;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	mm = dmf_kunit_use_memory(test);
	written = live_file_write(file, value);
	dmf_kunit_unuse_memory(mm);
	filp_close(file, NULL);
	return written;
}

/* However often it is switched on. */
static void lock_statistics_are_switched_off_at_once(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, switch_write(test, "2"), -EINVAL);
	KUNIT_EXPECT_FALSE(test, static_key_enabled(&dmf_locks_watched));
	KUNIT_EXPECT_EQ(test, switch_write(test, "0"), 1);
	KUNIT_EXPECT_FALSE(test, static_key_enabled(&dmf_locks_watched));
	KUNIT_EXPECT_EQ(test, switch_write(test, "1"), 1);
	KUNIT_EXPECT_EQ(test, switch_write(test, "1"), 1);
	KUNIT_EXPECT_TRUE(test, static_key_enabled(&dmf_locks_watched));
	KUNIT_EXPECT_EQ(test, switch_write(test, "0"), 1);
	KUNIT_EXPECT_FALSE(test, static_key_enabled(&dmf_locks_watched));
}

/* -- Coming and going ------------------------------------------------------------------ */

static void dynamic_modules_come_and_go(struct kunit *test)
{
	struct live *live = live_probe(test);
	unsigned int number;
	const char *name, *child;

	KUNIT_ASSERT_EQ(test, 0, live_create(live, live->parent, &live->dynamic));
	name = live_module_file(test, live->dynamic, "dynamic");
	child = live_module_file(test, live->child, "a child");
	KUNIT_ASSERT_GT(test, live_read(test, name), 0);
	live_expect_says(test, "\ndynamic=1\n");
	KUNIT_EXPECT_TRUE(test, live_is_there(live, child));
	number = live->dynamic->number;

	dmf_module_destroy(live->dynamic);
	KUNIT_EXPECT_FALSE(test, live_is_there(live, name));
	KUNIT_EXPECT_FALSE(test, live_is_there(live, child));
	KUNIT_EXPECT_TRUE(test, live_is_there(live, live_module_file(test, live->parent, "live")));

	/* Numbers are not given again. */
	KUNIT_ASSERT_EQ(test, 0, live_create(live, NULL, &live->dynamic));
	KUNIT_EXPECT_GT(test, live->dynamic->number, number);
	name = live_module_file(test, live->dynamic, "dynamic");
	KUNIT_EXPECT_TRUE(test, live_is_there(live, name));
}

static void dynamic_modules_of_modules_add_are_there(struct kunit *test)
{
	struct live *live = test->priv;

	live->create_early = true;
	live_probe(test);
	KUNIT_EXPECT_GT(test, live_read(test, live_module_file(test, live->early, "dynamic")), 0);
}

/* Of two that ask for a file of one name, the static one. */
static void dynamic_module_has_no_file_of_the_device(struct kunit *test)
{
	struct live *live = test->priv;

	live->create_early = true;
	live->own_file = true;
	live_probe(test);
	KUNIT_EXPECT_GT(test, live_read(test, "own"), 0);
	live_expect_says(test, "live\n");
	dmf_module_destroy(live->early);
	KUNIT_EXPECT_TRUE(test, live_is_there(live, "own"));
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
	state = live_open(live, live_module_file(test, live->parent, "live"));
	dynamic = live_open(live, live_module_file(test, live->dynamic, "dynamic"));
	KUNIT_ASSERT_FALSE(test, IS_ERR(tree) || IS_ERR(state) || IS_ERR(dynamic));

	mm = dmf_kunit_use_memory(test);
	dmf_module_destroy(live->dynamic);
	KUNIT_EXPECT_EQ(test, live_file_read(dynamic, NULL), -EIO);
	KUNIT_EXPECT_GT(test, live_file_read(state, NULL), 0);
	dmf_kunit_remove(test, live->ddev);
	KUNIT_EXPECT_EQ(test, live_file_read(state, NULL), -EIO);
	KUNIT_EXPECT_EQ(test, live_file_read(tree, NULL), -EIO);
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
	name = live_module_file(test, live->dynamic, "dynamic");
	KUNIT_EXPECT_FALSE(test, live_is_there(live, name));
	KUNIT_EXPECT_GT(test, live_read(test, "tree"), 0);
	live_expect_says(test, "\n  dynamic module=live ");
	dmf_module_destroy(live->dynamic);
}

#define SWITCHED_OFF_BRANCHES(X)	\
	X(run, RUN)

DMF_BRANCHES(switched_off, SWITCHED_OFF_BRANCHES);

static const struct dmf_branch_track_config switched_off_branch_track = {
	.branches = &switched_off_branches,
};

static const struct dmf_live_kernel_dump_config switched_off_dump = {
	.report_type = "switched off",
};

static const struct dmf_client_ops switched_off_ops = {
	.modules_add		= live_modules_add,
	.branch_track		= &switched_off_branch_track,
	.live_kernel_dump	= &switched_off_dump,
};

static bool root_has(const char *name)
{
	struct dentry *file = debugfs_lookup(name, NULL);

	dput(file);
	return file;
}

/* What has no folder may not be put into that above. */
static void expect_no_files(struct kunit *test, const char *device, const char *folder)
{
	KUNIT_EXPECT_FALSE(test, folder_is_there(device));
	KUNIT_EXPECT_FALSE(test, root_has("modules"));
	KUNIT_EXPECT_FALSE(test, root_has("state"));
	KUNIT_EXPECT_FALSE(test, root_has("branchtrack"));
	KUNIT_EXPECT_FALSE(test, root_has("dump"));
	KUNIT_EXPECT_FALSE(test, root_has(folder));
}

static void all_else_works_with_everything_switched_off(struct kunit *test)
{
	const struct dmf_live_kernel_dump_region region = {
		.name = "text", .address = test->name, .size = 1,
	};
	struct live *live = test->priv;
	struct dmf_live_kernel_dump *dump;
	struct dmf_device *ddev;
	u32 total, passed;
	char folder[32];

	dmf_debugfs_detail = DMF_DEBUGFS_NOTHING;
	dmf_branch_track_wanted = true;
	live->create_early = true;
	ddev = dmf_kunit_probe(test, &switched_off_ops);
	dmf_branch_track_wanted = false;
	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));

	/* A device that has no folder gets none. */
	dmf_debugfs_detail = DMF_DEBUGFS_MODULES;
	KUNIT_ASSERT_EQ(test, 0, live_create(live, live->parent, &live->dynamic));
	snprintf(folder, sizeof(folder), "%u-dynamic", live->dynamic->number);
	expect_no_files(test, live->name, folder);

	DMF_BRANCH(switched_off, ddev, run);
	dmf_branch_track_status(dmf_branch_track_get_from_device(ddev), 0, &total, &passed);
	KUNIT_EXPECT_EQ(test, total, 1);
	KUNIT_EXPECT_EQ(test, passed, 1);
	dump = dmf_live_kernel_dump_from_device(ddev);
	KUNIT_EXPECT_EQ(test, 0, dmf_live_kernel_dump_data_buffer_source_add(dump, &region));

	dmf_module_destroy(live->dynamic);
	KUNIT_EXPECT_EQ(test, live->destroyed, 2);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, live->destroyed, 6);
	expect_no_files(test, live->name, folder);
}

static struct kunit_case live_cases[] = {
	KUNIT_CASE(device_has_its_files),
	KUNIT_CASE(module_says_its_state),
	KUNIT_CASE(users_are_counted),
	KUNIT_CASE(dynamic_modules_and_transports_stand_out),
	KUNIT_CASE(module_that_opens_says_who_is_at_it),
	KUNIT_CASE(instance_may_have_any_name),
	KUNIT_CASE(bindings_are_shown),
	KUNIT_CASE(files_and_requests_are_shown),
	KUNIT_CASE(requests_of_other_drivers_are_shown),
	KUNIT_CASE(more_files_than_fit_are_counted),
	KUNIT_CASE(more_requests_than_fit_are_counted),
	KUNIT_CASE(lock_statistics_are_switched_off_at_once),
	KUNIT_CASE(dynamic_modules_come_and_go),
	KUNIT_CASE(dynamic_modules_of_modules_add_are_there),
	KUNIT_CASE(dynamic_module_has_no_file_of_the_device),
	KUNIT_CASE(nothing_is_left_after_unbind),
	KUNIT_CASE(nothing_is_left_after_a_failed_probe),
	KUNIT_CASE(what_was_open_reads_nothing_afterwards),
	KUNIT_CASE(every_allocation_of_create_may_fail),
	KUNIT_CASE(folders_can_be_switched_off),
	KUNIT_CASE(all_else_works_with_everything_switched_off),
	{ }
};

static struct kunit_suite live_suite = {
	.name = "dmf_debugfs",
	.suite_init = live_suite_init,
	.suite_exit = live_suite_exit,
	.init = live_init,
	.test_cases = live_cases,
};

kunit_test_suite(live_suite);
