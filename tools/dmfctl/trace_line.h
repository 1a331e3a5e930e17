/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of trace_pipe. */
#ifndef DMFCTL_TRACE_LINE_H
#define DMFCTL_TRACE_LINE_H

#include <stdbool.h>

/* Print a line, without its end; it is changed meanwhile. Returns whether it was an event. */
bool trace_line_print(char *line);

#endif /* DMFCTL_TRACE_LINE_H */
