/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the core shows in debugfs, as files and folders.
 *
 * Paths are those below the folder dmf of debugfs. What is read is taken as text of
 * anybody: it is bounded, and whoever parses it believes nothing.
 */
#ifndef DMFCTL_DEBUGFS_H
#define DMFCTL_DEBUGFS_H

#include <stdbool.h>
#include <stddef.h>

#define DEBUGFS_DEFAULT	"/sys/kernel/debug"

/* A longer file is cut. */
#define DEBUGFS_TEXT_MAX	(16 * 1024 * 1024)

/**
 * struct names - some names, sorted
 * @count: how many.
 * @list: each, and the list, belong to this.
 */
struct names {
	size_t count;
	char **list;
};

/* Where debugfs is mounted; the text is kept. */
void debugfs_set_root(const char *folder);

/* Returns false, having told the user why, if the core is not to be seen there. */
bool debugfs_check(void);

/*
 * The text of a file, for free(); what follows a NUL in it is not seen. Returns NULL
 * with errno.
 */
char *debugfs_read(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Returns false with errno. */
bool __attribute__((format(printf, 2, 3)))
debugfs_write(const char *text, const char *format, ...);

/* The folders in a folder, in the order of the numbers that the names begin with; or false. */
bool __attribute__((format(printf, 2, 3)))
debugfs_list(struct names *names, const char *format, ...);

/*
 * The devices that the user means, sorted, each once: all of them if none is named; else
 * by the name of the device or of its node. Returns false, having told the user why.
 */
bool debugfs_devices(struct names *names, int count, char *const *arguments);

void names_free(struct names *names);

#endif /* DMFCTL_DEBUGFS_H */
