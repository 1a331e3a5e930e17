// SPDX-License-Identifier: GPL-2.0-only
#include "crc32.h"

uint32_t crc32(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint32_t crc = ~0U;
	int bit;

	while (size--) {
		crc ^= *bytes++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}
