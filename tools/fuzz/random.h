/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that a seed determines (splitmix64). */
#ifndef DMF_FUZZ_RANDOM_H
#define DMF_FUZZ_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline unsigned int random_below(struct random *random, unsigned int limit)
{
	return random_next(random) % limit;
}

static inline bool random_one_in(struct random *random, unsigned int chances)
{
	return !random_below(random, chances);
}

#endif /* DMF_FUZZ_RANDOM_H */
