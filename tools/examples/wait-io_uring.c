// SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT
/* wait-io_uring NODE: reads posted on a ring, each completed by events. */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>

#include "example.h"

#define READS	4

static union example_buffer buffers[READS];

static void post(struct io_uring *ring, int fd, unsigned int number)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_read(sqe, fd, &buffers[number], sizeof(buffers[number]),
			   0);
	io_uring_sqe_set_data64(sqe, number);
}

/* Returns 0, or the error that ends it all, negative. */
static int complete(struct io_uring *ring, int fd)
{
	struct io_uring_cqe *cqe;
	int ret = io_uring_submit_and_wait(ring, 1);

	if (ret >= 0)
		ret = io_uring_wait_cqe(ring, &cqe);
	if (ret < 0)
		return ret == -EINTR ? 0 : ret;

	ret = cqe->res;
	if (ret > 0) {
		show("io_uring", &buffers[cqe->user_data], (size_t)ret);
		post(ring, fd, cqe->user_data);
		ret = 0;
	}
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

int main(int argc, char **argv)
{
	int fd = open(argc > 1 ? argv[1] : "", O_RDONLY | O_CLOEXEC);
	struct io_uring ring;
	unsigned int i;
	int ret;

	if (fd < 0) {
		perror("open");
		return 1;
	}
	ret = io_uring_queue_init(READS, &ring, 0);
	for (i = 0; !ret && i < READS; i++)
		post(&ring, fd, i);
	while (!ret)
		ret = complete(&ring, fd);

	if (ret == -ENODEV) {
		puts("io_uring: -ENODEV, the device is gone");
		return 0;
	}
	errno = -ret;
	perror("io_uring");
	return 1;
}
