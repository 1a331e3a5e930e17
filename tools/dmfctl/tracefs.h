/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An instance of tracefs of one's own: events, filters and buffer of others are not
 * touched, and nothing is left when it has been removed.
 */
#ifndef DMFCTL_TRACEFS_H
#define DMFCTL_TRACEFS_H

#include <stdbool.h>
#include <stddef.h>

#include "debugfs.h"

#define TRACEFS_DEFAULT	"/sys/kernel/tracing"

/**
 * struct trace_wish - what is to be traced
 * @devices: of these devices; none: of all.
 * @module: of Modules whose kind or instance is called so; NULL: of all.
 * @events: these, by name; none: all of DMF. May have * and ?.
 */
struct trace_wish {
	struct names devices;
	const char *module;
	struct names events;
};

/* Where tracefs is mounted; the text is kept. */
void tracefs_set_root(const char *folder);

/*
 * Make the instance with what is wished switched on. Returns the descriptor of its
 * trace_pipe, which does not block; -1, having told the user why, with nothing left.
 */
int tracefs_begin(const struct trace_wish *wish);
/* No more events; those that there are can be read. */
void tracefs_stop(void);
/* Remove the instance; the pipe has been closed. */
void tracefs_end(void);

#endif /* DMFCTL_TRACEFS_H */
