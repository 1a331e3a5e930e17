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
static struct sigaction pipe_before;

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

/* What is ignored, as under nohup(1) or in the background of a script, stays so. */
static void handle_stop(sigset_t *blocked, int signal)
{
	struct sigaction old;

	if (!sigaction(signal, NULL, &old) && old.sa_handler != SIG_IGN)
		handle(blocked, signal, stop);
}

void signals_catch(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t blocked;

	sigemptyset(&blocked);
	handle_stop(&blocked, SIGINT);
	handle_stop(&blocked, SIGQUIT);
	handle_stop(&blocked, SIGTERM);
	handle_stop(&blocked, SIGHUP);
	handle(&blocked, SIGCHLD, wake);
	handle(&blocked, SIGWINCH, wake);
	sigaction(SIGPIPE, &ignore, &pipe_before);
	sigprocmask(SIG_BLOCK, &blocked, &before);
}

void signals_restore(void)
{
	sigaction(SIGPIPE, &pipe_before, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

bool signals_stopped(void)
{
	return stopped;
}

void signals_forget(void)
{
	stopped = 0;
}

int signals_poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L,
	};

	return ppoll(files, count, &timeout, &before);
}
