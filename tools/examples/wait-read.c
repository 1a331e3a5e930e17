// SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT
/* wait-read NODE: sleep in read(2). */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "example.h"

int main(int argc, char **argv)
{
	static union example_buffer buffer;
	int fd = open(argc > 1 ? argv[1] : "", O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (fd < 0) {
		perror("open");
		return 1;
	}
	while ((size = read(fd, &buffer, sizeof(buffer))) > 0)
		show("read", &buffer, (size_t)size);
	if (errno != ENODEV) {
		perror("read");
		return 1;
	}
	puts("read: ENODEV, the device is gone");
	return 0;
}
