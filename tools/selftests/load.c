// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdnoreturn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"
#include "node.h"

#define OPERAND	5

/* Asks and takes as fast as it can, opening the node anew when it is gone. */
static noreturn void hammer(unsigned int *results)
{
	struct record record;
	int fd, ret;

	while (true) {
		fd = open(NODE, O_RDWR | O_CLOEXEC);
		if (fd < 0) {
			EXPECT(errno == ENOENT || errno == ENODEV);
			usleep(100);
			continue;
		}
		do {
			ret = ask_once(fd, OPERAND) ? -errno : 0;
			if (!ret || ret == -EBUSY)
				ret = take_until(fd, &record,
						 now_ns() + 5 * MS);
			if (!ret)
				__atomic_fetch_add(results, 1,
						   __ATOMIC_RELAXED);
		} while (!ret || ret == -ETIMEDOUT);
		EXPECT_EQ(ret, -ENODEV);
		close(fd);
	}
}

struct load load_start(void)
{
	__u64 end = now_ns() + PATIENCE;
	struct load load;
	int i;

	load.results = mmap(NULL, sizeof(*load.results), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(load.results != MAP_FAILED);
	for (i = 0; i < LOAD_PROGRAMS; i++) {
		load.programs[i] = fork();
		REQUIRE(load.programs[i] >= 0);
		if (!load.programs[i])
			hammer(load.results);
	}
	while (!__atomic_load_n(load.results, __ATOMIC_RELAXED) && nap_until(end))
		;
	REQUIRE(*load.results > 0);
	return load;
}

void load_stop(struct load *load)
{
	int i;

	for (i = 0; i < LOAD_PROGRAMS; i++) {
		kill(load->programs[i], SIGKILL);
		EXPECT_EQ(waitpid(load->programs[i], NULL, 0),
			  load->programs[i]);
	}
}
