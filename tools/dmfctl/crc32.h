/* SPDX-License-Identifier: GPL-2.0-only */
/* The sum that dumps and crash records carry. */
#ifndef DMFCTL_CRC32_H
#define DMFCTL_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* As zlib's crc32(), begun with 0. */
uint32_t crc32(const void *data, size_t size);

#endif /* DMFCTL_CRC32_H */
