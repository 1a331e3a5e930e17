// SPDX-License-Identifier: GPL-2.0-only
/* See the header. */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include <linux/dmf/interface.h>

#include "debugfs_fixture.h"

#define TEXT_SIZE	(16 * PAGE_SIZE)

/* -- The Modules -------------------------------------------------------------------- */

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

static int own_show(struct seq_file *seq, void *unused)
{
	seq_printf(seq, "%s\n", dmf_module_name(seq->private));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(own);

static int live_open_module(struct dmf_module *module)
{
	const struct live_config *config = dmf_module_config(module);

	if (config->has_child && config->live->own_file)
		return dmf_module_add_debugfs(module, "own", 0400, &own_fops);
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

	if (cmpxchg(&live->hold_show, module, NULL) == module) {
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

static const struct dmf_interface_protocol live_protocol = { };
static const struct dmf_interface_transport live_transport = { };

/* Both sides of a wire. */
static const struct dmf_interface_desc live_interfaces[] = {
	{ .name = "wire", .protocol = &live_protocol, .transport = &live_transport },
	{ }
};

static const struct dmf_module_desc live_desc = {
	.name		= "live",
	.size		= sizeof(struct dmf_module),
	.config_size	= sizeof(struct live_config),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &live_ops,
	.interfaces	= live_interfaces,
};

static struct dmf_module_keys live_keys;

int live_add(struct dmf_module_init *init, const struct live_config *config, const char *name,
	     struct dmf_module **handle)
{
	const struct dmf_module_attributes attributes = { .instance_name = name };

	return __dmf_module_add(init, &live_desc, &live_keys, config, &attributes, handle);
}

int live_create(struct live *live, struct dmf_module *parent, struct dmf_module **handle)
{
	const struct live_config config = { .live = live, .has_child = true };
	const struct dmf_module_attributes attributes = { .instance_name = "dynamic" };

	return __dmf_module_create(live->ddev, parent, &live_desc, &live_keys, &config,
				   &attributes, handle);
}

void live_meet(struct live *live, struct dmf_device *ddev)
{
	live->ddev = ddev;
	strscpy(live->name, dev_name(ddev->dev), sizeof(live->name));
}

int live_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
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

bool live_ioctl(struct dmf_device *ddev, struct dmf_request *request)
{
	struct live *live = dmf_kunit_priv(ddev);

	live->pended = request;
	dmf_request_pend(request, live_cancel, 0);
	complete(&live->pend_seen);
	return true;
}

const struct dmf_client_ops live_client_ops = {
	.modules_add		= live_modules_add,
	.device_io_control	= live_ioctl,
};

struct live *live_probe(struct kunit *test)
{
	struct live *live = test->priv;

	KUNIT_ASSERT_FALSE(test, IS_ERR(dmf_kunit_probe(test, &live_client_ops)));
	return live;
}

/* -- Files ------------------------------------------------------------------------- */

struct file *live_open(const struct live *live, const char *name)
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
ssize_t live_file_read(struct file *file, char *text)
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

ssize_t live_file_write(struct file *file, const char *text)
{
	ssize_t written;
	unsigned long user;
	loff_t position = 0;

	user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(user))
		return user;
	if (copy_to_user((char __user *)user, text, strlen(text)))
		written = -EFAULT;
	else
		written = file->f_op->write(file, (char __user *)user, strlen(text), &position);
	vm_munmap(user, PAGE_SIZE);
	return written;
}

ssize_t live_read(struct kunit *test, const char *name)
{
	struct live *live = test->priv;
	struct file *file = live_open(live, name);
	struct mm_struct *mm;
	ssize_t length;

	live->text[0] = '\0';
	if (IS_ERR(file))
		return PTR_ERR(file);
	mm = dmf_kunit_use_memory(test);
	length = live_file_read(file, live->text);
	dmf_kunit_unuse_memory(mm);
	filp_close(file, NULL);
	return length;
}

const char *live_module_file(struct kunit *test, const struct dmf_module *module,
			     const char *instance)
{
	const char *name = kasprintf(GFP_KERNEL, "modules/%u-%s/state", module->number, instance);

	KUNIT_ASSERT_NOT_NULL(test, name);
	KUNIT_ASSERT_EQ(test, 0, dmf_kunit_add_action(test, (void (*)(void *))kfree,
						      (void *)name));
	return name;
}

bool live_is_there(const struct live *live, const char *name)
{
	struct file *file = live_open(live, name);

	if (IS_ERR(file))
		return false;
	filp_close(file, NULL);
	return true;
}

void live_expect_says(struct kunit *test, const char *text)
{
	struct live *live = test->priv;

	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(live->text, text), "no \"%s\" in: %s", text,
				  live->text);
}

/* -- The beginning and end of tests ----------------------------------------------------- */

int live_init(struct kunit *test)
{
	struct live *live = kunit_kzalloc(test, sizeof(*live), GFP_KERNEL);
	char *text = kunit_kzalloc(test, TEXT_SIZE, GFP_KERNEL);

	if (!live || !text)
		return -ENOMEM;
	live->text = text;
	init_completion(&live->inside);
	init_completion(&live->go_on);
	init_completion(&live->pend_seen);
	test->priv = live;
	dmf_debugfs_detail = DMF_DEBUGFS_MODULES;
	return 0;
}

/* The other suites do without, which saves half of their time. */
static unsigned int detail_was;

int live_suite_init(struct kunit_suite *suite)
{
	detail_was = dmf_debugfs_detail;
	return 0;
}

void live_suite_exit(struct kunit_suite *suite)
{
	dmf_debugfs_detail = detail_was;
}
