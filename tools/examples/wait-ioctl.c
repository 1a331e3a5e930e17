// SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT
/* wait-ioctl NODE: sleep in DMF_IOC_WAIT. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "example.h"

int main(int argc, char **argv)
{
	static union example_buffer buffer;
	struct dmf_wait wait = {
		.buffer = (uintptr_t)&buffer,
		.size = sizeof(buffer),
		.deadline_ns = DMF_WAIT_FOREVER,
	};
	int fd = open(argc > 1 ? argv[1] : "", O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		perror("open");
		return 1;
	}
	while (!ioctl(fd, DMF_IOC_WAIT, &wait))
		show("ioctl", &buffer, wait.used);
	if (errno != ENODEV) {
		perror("DMF_IOC_WAIT");
		return 1;
	}
	puts("ioctl: ENODEV, the device is gone");
	return 0;
}
