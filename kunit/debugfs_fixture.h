/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of the live view in debugfs share: a device with two Modules, one below
 * the other, dynamic ones of the same kind, and files that are read as programs do.
 */
#ifndef _DMF_DEBUGFS_FIXTURE_H
#define _DMF_DEBUGFS_FIXTURE_H

#include <linux/completion.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

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
	struct dmf_module *hold_show;	/* its next show() waits to be told to go on */
	bool hold_open;			/* so does the next open() of one with a child */
	bool fail_probe, create_early;
	bool own_file;			/* Modules with a child have one, which says their name */
	struct completion inside, go_on;
	bool shown, destroyed_while_shown;
	unsigned int destroyed;
};

struct live_config {
	struct live *live;
	bool has_child;
};

/* The Client keeps the requests that it gets. */
extern const struct dmf_client_ops live_client_ops;

int live_add(struct dmf_module_init *init, const struct live_config *config, const char *name,
	     struct dmf_module **handle);
/* A dynamic Module with a child; of @parent, or of the device if that is NULL. */
int live_create(struct live *live, struct dmf_module *parent, struct dmf_module **handle);
/* The name stays when the device has gone. */
void live_meet(struct live *live, struct dmf_device *ddev);
int live_modules_add(struct dmf_device *ddev, struct dmf_module_init *init);
bool live_ioctl(struct dmf_device *ddev, struct dmf_request *request);
struct live *live_probe(struct kunit *test);

/* A file of the device. */
struct file *live_open(const struct live *live, const char *name);
bool live_is_there(const struct live *live, const char *name);
/* As a program reads; the test has borrowed memory. @text may be NULL. */
ssize_t live_file_read(struct file *file, char *text);
ssize_t live_file_write(struct file *file, const char *text);
/* Into live->text. Return: the length or -errno. */
ssize_t live_read(struct kunit *test, const char *name);
/* Name of the file "state" of a Module. */
const char *live_module_file(struct kunit *test, const struct dmf_module *module,
			     const char *instance);
/* What was read last. */
void live_expect_says(struct kunit *test, const char *text);

/* Of each suite. */
int live_init(struct kunit *test);
int live_suite_init(struct kunit_suite *suite);
void live_suite_exit(struct kunit_suite *suite);

#endif /* _DMF_DEBUGFS_FIXTURE_H */
