/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Listening to tracepoints: what is fired becomes a line of text, so a test compares a list
 * of lines with what must have happened, in this order and nothing else.
 */
#ifndef _DMF_TRACE_FIXTURE_H
#define _DMF_TRACE_FIXTURE_H

#include <linux/spinlock.h>

#include "dmf_kunit.h"

#define TRACES_LINES	128
#define TRACES_WIDTH	64
#define TRACES_PROBES	24

struct traces {
	raw_spinlock_t lock;		/* guards all below but @probes */
	unsigned int count;
	char lines[TRACES_LINES][TRACES_WIDTH];
	u64 times[TRACES_LINES];	/* duration, latency or wait of those that have one */
	u64 latest;			/* of the latest of these */
	const void *object;		/* buffer or request of the latest that has one */
	bool mixed;			/* not all requests had the same address */
	unsigned int probe_count;
	struct {
		struct tracepoint *tracepoint;
		void *probe;
	} probes[TRACES_PROBES];
};

/* Listen to events, whose names are separated by blanks; until traces_off(), or the end. */
void traces_on(struct kunit *test, struct traces *traces, const char *names);
void traces_off(struct traces *traces);

/* Forget the lines. */
void traces_rewind(struct traces *traces);

/* The lines are these, of which NULL is the last. */
void traces_expect(struct kunit *test, struct traces *traces, const char *const *lines);

/* Return: the first line that is this, -1 if there is none. */
int traces_find_line(const struct traces *traces, const char *line);

#endif /* _DMF_TRACE_FIXTURE_H */
