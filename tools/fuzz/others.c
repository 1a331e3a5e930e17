// SPDX-License-Identifier: GPL-2.0-only
/* Calls with more around a file: those who watch it, rings, other files, processes. */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/dmf/notify.h>

#include "worker.h"

#define RING_SIZE	16

/* -- Watching ------------------------------------------------------------------------ */

static bool poll_files(struct worker *worker)
{
	struct random *random = &worker->random;
	struct pollfd files[FILES];
	int ret, i;

	for (i = 0; i < FILES; i++)
		files[i] = (struct pollfd){
			.fd = worker->files[i],
			.events = random_next(random),
		};
	call_begin(worker);
	ret = poll(files, 1 + random_below(random, FILES), random_below(random, 4));
	call_end(worker);
	return ret >= 0;
}

/* Entries stay until their file goes, or the watch, whichever comes first. */
static bool epoll_files(struct worker *worker)
{
	static int watches[2];
	struct random *random = &worker->random;
	int *watch = &watches[random_below(random, 2)];
	struct epoll_event events[4] = { };
	int ret;

	if (*watch <= 0 || random_one_in(random, 16)) {
		if (*watch > 0)
			close(*watch);
		*watch = epoll_create1(EPOLL_CLOEXEC);
		return *watch >= 0;
	}
	events[0].events = EPOLLIN | (random_one_in(random, 2) ? EPOLLET : 0) |
			   (random_one_in(random, 3) ? EPOLLEXCLUSIVE : 0) |
			   (random_one_in(random, 4) ? EPOLLONESHOT : 0);
	call_begin(worker);
	if (random_one_in(random, 3))
		ret = epoll_wait(*watch, events, 4, random_below(random, 3));
	else
		ret = epoll_ctl(*watch, 1 + random_below(random, 3),
				random_one_in(random, 8) ? watches[0] : any_file(worker), events);
	call_end(worker);
	return ret >= 0;
}

/* Registered in place of one another, taken away, and left to the end of the file. */
static bool register_eventfd(struct worker *worker)
{
	struct random *random = &worker->random;
	struct dmf_event_set set = {
		.index = random_below(random, 10),
		.fd = random_one_in(random, 4) ? (int)random_below(random, 20) - 1 :
		      eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.flags = random_below(random, random_one_in(random, 8) ? 4 : 2),
		.reserved = { random_one_in(random, 32) },
	};
	bool success;

	if (random_one_in(random, 2))
		strcpy(set.name, "signals");
	call_begin(worker);
	success = !ioctl(any_file(worker), DMF_IOC_EVENT_SET, &set);
	call_end(worker);
	/* Not one of the first: those are in use. */
	if (set.fd > 20)
		close(set.fd);
	return success;
}

/* -- io_uring ----------------------------------------------------------------------- */

static void ring_prepare(struct worker *worker, struct io_uring_sqe *sqe)
{
	struct random *random = &worker->random;
	void *buffer = random_one_in(random, 3) ? memory_bad(&worker->memory, random, 4096) :
		       worker->memory.async + 8 * random_below(random, 1024);
	unsigned int size = random_below(random, 8192);
	int file = any_file(worker);

	switch (random_below(random, 8)) {
	case 0:
		io_uring_prep_write(sqe, file, buffer, size, 0);
		break;
	case 1:
		io_uring_prep_poll_add(sqe, file, POLLIN);
		break;
	case 2:
		io_uring_prep_poll_multishot(sqe, file, POLLIN);
		break;
	case 3:
		io_uring_prep_cancel_fd(sqe, file, IORING_ASYNC_CANCEL_ALL);
		break;
	case 4:
		io_uring_prep_splice(sqe, file, -1, any_file(worker), -1, size, 0);
		break;
	default:
		io_uring_prep_read(sqe, file, buffer, size, 0);
	}
	/* In a thread of the ring, which waits as any other would. */
	if (random_one_in(random, 5))
		sqe->flags |= IOSQE_ASYNC;
	if (random_one_in(random, 6))
		sqe->flags |= IOSQE_IO_LINK;
}

/* What is posted is left to itself; the ring goes with the process, or now and then. */
static bool ring_files(struct worker *worker)
{
	static struct io_uring ring;
	static bool there;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	int count, ret;

	if (!there) {
		there = !io_uring_queue_init(RING_SIZE, &ring, 0);
		return there;
	}
	if (random_one_in(&worker->random, 50)) {
		io_uring_queue_exit(&ring);
		there = false;
		return true;
	}
	for (count = 1 + random_below(&worker->random, 4); count; count--) {
		sqe = io_uring_get_sqe(&ring);
		if (sqe)
			ring_prepare(worker, sqe);
	}
	call_begin(worker);
	ret = io_uring_submit(&ring);
	call_end(worker);
	while (!io_uring_peek_cqe(&ring, &cqe))
		io_uring_cqe_seen(&ring, cqe);
	return ret > 0;
}

/* -- What a node is not made for ------------------------------------------------------ */

static long odd_call(struct worker *worker, int file, const int *pipe_ends)
{
	struct random *random = &worker->random;
	size_t size = any_size(worker, 8192);
	struct stat status;
	void *memory;

	switch (random_below(random, 12)) {
	case 0:
		memory = mmap(NULL, 4096, random_below(random, 4),
			      random_one_in(random, 2) ? MAP_SHARED : MAP_PRIVATE, file, 0);
		return memory == MAP_FAILED ? -1 : munmap(memory, 4096);
	case 1:
		return splice(file, NULL, pipe_ends[1], NULL, size, SPLICE_F_NONBLOCK);
	case 2:
		return write(pipe_ends[1], worker->memory.async, size % 4096) < 0 ? -1 :
		       splice(pipe_ends[0], NULL, file, NULL, size, SPLICE_F_NONBLOCK);
	case 3:
		return sendfile(pipe_ends[1], file, NULL, size % 4096);
	case 4:
		return lseek(file, random_next(random), random_below(random, 5));
	case 5:
		return pread(file, worker->memory.async, size, random_next(random));
	case 6:
		return fcntl(file, F_SETFL,
			     random_next(random) & (O_NONBLOCK | O_ASYNC | O_APPEND));
	case 7:
		return ftruncate(file, size);
	case 8:
		return fallocate(file, random_below(random, 64), 0, size);
	case 9:
		return fsync(file);
	case 10:
		return copy_file_range(file, NULL, any_file(worker), NULL, size, 0);
	default:
		return fstat(file, &status);
	}
}

static bool odd(struct worker *worker)
{
	int pipe_ends[2];
	long ret;

	if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK))
		return false;
	call_begin(worker);
	ret = odd_call(worker, any_file(worker), pipe_ends);
	call_end(worker);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	return ret >= 0;
}

/* -- Files that come and go ------------------------------------------------------------- */

static bool reopen(struct worker *worker)
{
	struct random *random = &worker->random;
	unsigned int index = random_below(random, FILES);
	const char *path = worker->plan->nodes[random_below(random, worker->plan->node_count)];
	int file;

	call_begin(worker);
	file = open(path, (random_one_in(random, 2) ? O_NONBLOCK : 0) | O_RDWR | O_CLOEXEC);
	call_end(worker);
	if (file < 0)
		return false;
	dup2(file, worker->files[index]);
	close(file);
	return true;
}

/* A file that nobody has but a socket, which then goes; or it is taken out. */
static bool pass(struct worker *worker)
{
	int file = any_file(worker), sockets[2];
	char data = 0, space[CMSG_SPACE(sizeof(file))] = { };
	struct iovec vector = { .iov_base = &data, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	bool success;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets))
		return false;
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(file));
	memcpy(CMSG_DATA(rights), &file, sizeof(file));
	success = sendmsg(sockets[0], &message, 0) == 1;
	if (success && random_one_in(&worker->random, 2) &&
	    recvmsg(sockets[1], &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message)) {
		memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(file));
		ioctl(file, DMF_IOC_CANCEL_MINE);
		close(file);
	}
	close(sockets[0]);
	close(sockets[1]);
	return success;
}

/* A child that waits on the same files, and is killed where it waits. */
static bool fork_and_die(struct worker *worker)
{
	struct random *random = &worker->random;
	int file = any_file(worker), way = random_below(random, 3);
	pid_t pid = fork();

	if (pid)
		return pid > 0;
	alarm(1);
	signal(SIGALRM, SIG_DFL);
	switch (way) {
	case 0:
		_exit(read(file, worker->memory.async, 4096) < 0);
	case 1:
		/* One that cannot be cancelled, or has an owner that outlives it. */
		_exit(ioctl(file, _IO(0xE5, 0x05 + 2 * random_below(random, 2))));
	default:
		usleep(random_below(random, 2000));
		_exit(0);
	}
}

const struct operation other_operations[] = {
	{ "poll", poll_files, 6, false },
	{ "epoll", epoll_files, 10, false },
	{ "eventfd", register_eventfd, 6, true },
	{ "io_uring", ring_files, 10, false },
	{ "odd", odd, 10, false },
	{ "reopen", reopen, 6, false },
	{ "pass", pass, 2, false },
	{ "fork", fork_and_die, 2, false },
	{ }
};
