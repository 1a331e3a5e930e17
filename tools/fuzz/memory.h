/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for calls: good one, of which each byte that a call may not touch is
 * watched, and memory that does not bear what the call does with it.
 */
#ifndef DMF_FUZZ_MEMORY_H
#define DMF_FUZZ_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "random.h"

/* What a call may be given of an arena, with as much that is watched around it. */
#define ARENA_ROOM	(20 * 1024)
#define ARENA_MARGIN	512
#define ARENA_SIZE	(ARENA_MARGIN + ARENA_ROOM + ARENA_MARGIN)

/* Pages that come and go. */
#define SHIFTING_SIZE	(4 * 4096)

/**
 * struct arena - good memory
 * @bytes: the memory.
 * @before: what it held when the call began.
 * @place: where the call was given something; margins around it included, that is
 *	what is watched.
 * @size: of it.
 */
struct arena {
	unsigned char *bytes;
	unsigned char *before;
	size_t place;
	size_t size;
};

/**
 * struct memory - all that a worker has
 * @argument: good, for what a command's argument points to.
 * @data: good, for what is read and written.
 * @edge: the page before one that cannot be used.
 * @readonly: a page that cannot be written to.
 * @shifting: pages that another thread maps, unmaps and protects.
 * @slow: pages that are brought in by another thread (userfaultfd), NULL if the
 *	kernel cannot.
 * @async: for what goes on after the call; not watched.
 */
struct memory {
	struct arena argument;
	struct arena data;
	unsigned char *edge;
	unsigned char *readonly;
	unsigned char *shifting;
	unsigned char *slow;
	unsigned char *async;
};

void memory_make(struct memory *memory);
/* What the thread beside does to it. */
void memory_shift(struct memory *memory, struct random *random);

/* A place for @size bytes, at most ARENA_ROOM, filled with a pattern. */
unsigned char *arena_place(struct arena *arena, struct random *random, size_t size);
/* The call begins: remember how all is. */
void arena_seal(struct arena *arena);
/* All but @size bytes at @start is as it was; tells the first byte that is not. */
bool arena_is_intact(const struct arena *arena, const unsigned char *start, size_t size,
		     const unsigned char **changed);

/* An address that cannot bear @size bytes, or not always, or not safely. */
unsigned char *memory_bad(struct memory *memory, struct random *random, size_t size);

#endif /* DMF_FUZZ_MEMORY_H */
