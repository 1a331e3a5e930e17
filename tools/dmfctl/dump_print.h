/* SPDX-License-Identifier: GPL-2.0-only */
/* A dump as a tree for people, or as JSON. */
#ifndef DMFCTL_DUMP_PRINT_H
#define DMFCTL_DUMP_PRINT_H

#include <stdbool.h>

#include "dump_file.h"

/* With @full all bytes of memory, else the first few of each section. */
void dump_print(const struct dump_file *dump, bool full);

#endif /* DMFCTL_DUMP_PRINT_H */
