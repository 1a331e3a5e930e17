/* SPDX-License-Identifier: GPL-2.0-only */
/* For commands that run until they are told to end, and then have something to undo. */
#ifndef DMFCTL_SIGNALS_H
#define DMFCTL_SIGNALS_H

#include <poll.h>
#include <stdbool.h>

/*
 * From now on SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD and SIGWINCH do nothing but end
 * signals_poll(), and output that nobody reads is an error. Those of the first four
 * that were ignored still are.
 */
void signals_catch(void);
/* For a program that is about to be run: all is as it was. */
void signals_restore(void);

/* Has one come that asks the program to end? */
bool signals_stopped(void);
/* What has come has been seen to: does one come again? */
void signals_forget(void);
/* poll(2) that ends with a signal, also with one that came before. */
int signals_poll(struct pollfd *files, nfds_t count, int timeout_ms);

#endif /* DMFCTL_SIGNALS_H */
