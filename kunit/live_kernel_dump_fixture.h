/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of LiveKernelDump share: a device with Modules, and the kernel's file
 * with the dump, which is read and written by its attribute's functions.
 */
#ifndef _DMF_LIVE_KERNEL_DUMP_FIXTURE_H
#define _DMF_LIVE_KERNEL_DUMP_FIXTURE_H

#include <linux/completion.h>
#include <linux/dmf/dump.h>
#include <linux/dmf/live_kernel_dump.h>
#include <uapi/linux/dmf/dump.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define MARK		"in the open"
#define SECRET		"top secret, not for dumps"
#define LARGE		(200 * 1024)

struct dumped_config {
	char mark[32];
};

/* The Modules of the device; some of them make a dump wait in their show(). */
struct dumped {
	struct dmf_module module;
	char mark[32];
	bool waits;
	bool says_zero;			/* and so much more that it does not fit */
};

/* test->priv */
struct dumps {
	struct device *dev;
	struct dmf_device *ddev;
	struct dmf_client client;
	struct dmf_client_ops ops;
	struct dmf_live_kernel_dump_config config;
	struct dmf_live_kernel_dump *dump;
	struct dmf_module *module;
	struct dmf_module *secretive;
	char region[64];
	bool in_open;			/* Modules register their mark */
	struct completion entered;	/* a dump is in show() */
	struct completion proceed;	/* it may go on */
	struct completion done;		/* of the other thread */
	struct dmf_module *dynamic;
	int result;			/* of the thread that makes dumps */
	unsigned int made, torn;	/* the same */
	unsigned char *data;		/* of the dump that was read last */
	size_t size;
};

/* Of the tests' Modules; one test runs at a time. */
extern struct dumps *dumps;

extern const struct dmf_module_desc dumped_desc;
extern struct dmf_module_keys dumped_keys;

static inline struct dumped *to_dumped(struct dmf_module *module)
{
	return container_of(module, struct dumped, module);
}

int dumps_bind(void);
void dumps_unbind(void);
void dumps_rebind(struct kunit *test);

/* The folder of the device's dump, or NULL. */
struct device *dump_device(void);
/* 0 or -errno. */
int dump_create(void);
/* As if somebody had read it. When this returns the dump has been freed. */
void dump_release(void);
/* All of it into dumps->data. Return: false if there is none. */
bool dump_read(void);
/* The three, one after the other. */
void dump_take(struct kunit *test);

const struct dmf_dump_header *dump_header(void);
/* Return: the first section that @type and, unless NULL, @name describe, or NULL. */
const struct dmf_dump_section *dump_find(unsigned int type, const char *name);
const void *bytes_find(const void *bytes, size_t size, const char *text);
bool section_has(const struct dmf_dump_section *section, const char *text);

int region_add(const char *name, const void *address, size_t size, unsigned int flags);
int region_remove(const void *address);

/* Of each suite. */
int dumps_init(struct kunit *test);
void dumps_exit(struct kunit *test);

#endif /* _DMF_LIVE_KERNEL_DUMP_FIXTURE_H */
