// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "memory.h"

#define PAGE	4096

static unsigned char *map(size_t size, int protection)
{
	void *memory = mmap(NULL, size, protection,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		_exit(2);
	}
	return memory;
}

/* -- Good memory ------------------------------------------------------------------- */

static void arena_make(struct arena *arena)
{
	arena->bytes = map(ARENA_SIZE, PROT_READ | PROT_WRITE);
	arena->before = map(ARENA_SIZE, PROT_READ | PROT_WRITE);
}

unsigned char *arena_place(struct arena *arena, struct random *random, size_t size)
{
	size_t at = random_below(random, ARENA_ROOM - size + 1);

	/* Structures are aligned; what is only bytes need not be. */
	if (!random_one_in(random, 8))
		at &= ~7UL;
	arena->place = at;
	arena->size = size + 2 * ARENA_MARGIN;
	memset(arena->bytes + at, 0x80 | random_next(random), arena->size);
	return arena->bytes + at + ARENA_MARGIN;
}

void arena_seal(struct arena *arena)
{
	memcpy(arena->before + arena->place, arena->bytes + arena->place, arena->size);
}

bool arena_is_intact(const struct arena *arena, const unsigned char *start, size_t size,
		     const unsigned char **changed)
{
	const unsigned char *first = arena->bytes + arena->place, *end = first + arena->size;
	const unsigned char *before = arena->before + arena->place;
	const unsigned char *byte;

	if (!memcmp(first, before, start - first) &&
	    !memcmp(start + size, before + (start + size - first), end - start - size))
		return true;
	for (byte = first; byte < end; byte++)
		if ((byte < start || byte >= start + size) && *byte != before[byte - first])
			break;
	*changed = byte;
	return false;
}

/* -- Bad memory -------------------------------------------------------------------- */

void memory_shift(struct memory *memory, struct random *random)
{
	unsigned char *page = memory->shifting + PAGE * random_below(random, SHIFTING_SIZE / PAGE);

	switch (random_below(random, 5)) {
	case 0:
		/* Unmapped, but nobody else gets the address. */
		mmap(page, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	case 1:
		mprotect(page, PAGE, PROT_READ);
		break;
	case 2:
		mprotect(page, PAGE, PROT_NONE);
		break;
	case 3:
		madvise(page, PAGE, MADV_DONTNEED);
		break;
	default:
		mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		     -1, 0);
	}
}

/* Bring in each page some time after it was asked for, and take it away again. */
static void *bring_in(void *argument)
{
	struct uffd_msg message;
	struct memory *memory = argument;
	int uffd = *(int *)memory->slow;
	unsigned char *slow = memory->slow + PAGE;

	while (read(uffd, &message, sizeof(message)) == sizeof(message)) {
		struct uffdio_zeropage zeropage = {
			.range.start = message.arg.pagefault.address & ~(PAGE - 1UL),
			.range.len = PAGE,
		};

		usleep(500);
		ioctl(uffd, UFFDIO_ZEROPAGE, &zeropage);
		usleep(100);
		madvise(slow, PAGE, MADV_DONTNEED);
	}
	return NULL;
}

/* The number of the descriptor lies in the page before. */
static void slow_make(struct memory *memory)
{
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	pthread_t thread;

	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		return;
	memory->slow = map(3 * PAGE, PROT_READ | PROT_WRITE);
	*(int *)memory->slow = uffd;
	range.range.start = (unsigned long)memory->slow + PAGE;
	range.range.len = 2 * PAGE;
	madvise(memory->slow + PAGE, 2 * PAGE, MADV_DONTNEED);
	if (ioctl(uffd, UFFDIO_REGISTER, &range) ||
	    pthread_create(&thread, NULL, bring_in, memory))
		memory->slow = NULL;
}

void memory_make(struct memory *memory)
{
	arena_make(&memory->argument);
	arena_make(&memory->data);
	memory->edge = map(2 * PAGE, PROT_READ | PROT_WRITE);
	mprotect(memory->edge + PAGE, PAGE, PROT_NONE);
	memory->readonly = map(PAGE, PROT_READ);
	memory->shifting = map(SHIFTING_SIZE, PROT_READ | PROT_WRITE);
	memory->async = map(ARENA_SIZE, PROT_READ | PROT_WRITE);
	slow_make(memory);
}

/* Hidden from the compiler, which knows what such addresses lead to. */
static unsigned char *address(unsigned long value)
{
	volatile unsigned long hidden = value;

	return (unsigned char *)hidden;
}

unsigned char *memory_bad(struct memory *memory, struct random *random, size_t size)
{
	size_t before_edge = size < PAGE ? size : PAGE;

	switch (random_below(random, 9)) {
	case 0:
		return NULL;
	case 1:
		return address(0xffff888000000000UL + random_below(random, 1 << 24));
	case 2:
		return address(0xffffffff81000000UL + random_below(random, 1 << 20));
	case 3:
		return address(0x8000000000000000UL + random_next(random) % (1UL << 62));
	case 4:
		/* The last byte but a few is beyond. */
		return memory->edge + PAGE - random_below(random, before_edge + 1);
	case 5:
		return memory->edge + PAGE - before_edge;
	case 6:
		return memory->readonly + random_below(random, PAGE);
	case 7:
		if (memory->slow)
			return memory->slow + PAGE + random_below(random, PAGE);
		return address(0x00007fffffffe000UL + random_below(random, 2 * PAGE));
	default:
		return memory->shifting + random_below(random, SHIFTING_SIZE);
	}
}
