/* SPDX-License-Identifier: GPL-2.0-only */
/* Modules, sysfs, and the device's place in them. */
#ifndef DMF_SELFTEST_SYSTEM_H
#define DMF_SELFTEST_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>

#define CORE	"dmf"
#define CLIENT	"dmf_edu"
#define FILTER	"dmf_edu_filter"
#define SAMPLE	"dmf_sample"
#define SAMPLE_DEVICE	"dmf_sample_device"
#define EXERCISER	"dmf_exerciser"
#define EXERCISER_DEVICE	"dmf_exerciser_device"

/*
 * The state that every case starts from, whatever the one before left: core and
 * Client loaded, no filter, sample or exerciser, the device bound and kept awake,
 * its node there.
 */
void system_setup(void);

/* Bus address of the device, such as 0000:00:04.0; ends the case if none. */
const char *edu_address(void);

/* These return 0 or a negative errno. */
int edu_bind(void);
int edu_unbind(void);
int module_load(const char *name);
int module_unload(const char *name);
/* The same again and again while the module is in use, as long as PATIENCE. */
int module_unload_soon(const char *name);

bool edu_is_bound(void);
bool module_is_loaded(const char *name);
bool node_exists(void);

/* Path of an attribute of the device in sysfs; valid until the next call. */
const char *edu_attribute(const char *name);

/* The whole content, cut to @size, NUL-terminated; length or negative errno. */
int file_read(const char *path, char *text, size_t size);
/* 0 or a negative errno. */
int file_write(const char *path, const char *text);
/* Is the content, but for a newline, this text? */
bool file_is(const char *path, const char *text);

/* Mount it if it is not there yet. */
void mount_once(const char *type, const char *path);

#endif /* DMF_SELFTEST_SYSTEM_H */
