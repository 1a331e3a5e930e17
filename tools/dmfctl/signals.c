// SPDX-License-Identifier: GPL-2.0-only
/*
 * All are blocked but within ppoll(2): so none comes between looking whether one has
 * come and waiting for the next.
 */
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "signals.h"

static volatile sig_atomic_t stopped;
static sigset_t before;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void wake(int signal)
{
	(void)signal;
}

static void handle(sigset_t *blocked, int signal, void (*handler)(int signal))
{
	struct sigaction action = { .sa_handler = handler };

	sigaddset(blocked, signal);
	sigaction(signal, &action, NULL);
}

void signals_catch(void)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	handle(&blocked, SIGINT, stop);
	handle(&blocked, SIGTERM, stop);
	handle(&blocked, SIGHUP, stop);
	handle(&blocked, SIGCHLD, wake);
	handle(&blocked, SIGWINCH, wake);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &blocked, &before);
}

void signals_restore(void)
{
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

bool signals_stopped(void)
{
	return stopped;
}

int signals_poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L,
	};

	return ppoll(files, count, &timeout, &before);
}
