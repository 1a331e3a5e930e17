// SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT
/* wait-epoll NODE: a loop that could watch other things as well. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "example.h"

/* Returns false when the device is gone. */
static bool take_all(int fd)
{
	static union example_buffer buffer;
	ssize_t size;

	while ((size = read(fd, &buffer, sizeof(buffer))) > 0)
		show("epoll", &buffer, (size_t)size);
	/* EAGAIN: somebody else was faster, or that was all. */
	return errno == EAGAIN || errno == EINTR;
}

int main(int argc, char **argv)
{
	int fd = open(argc > 1 ? argv[1] : "",
		      O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int watch = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };

	if (fd < 0 || watch < 0 ||
	    epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event)) {
		perror("open");
		return 1;
	}
	do {
		if (epoll_wait(watch, &event, 1, -1) < 0)
			event.events = 0;	/* EINTR */
		if (event.events & EPOLLHUP) {
			puts("epoll: EPOLLHUP, the device is gone");
			return 0;
		}
	} while (take_all(fd));
	perror("read");
	return 1;
}
