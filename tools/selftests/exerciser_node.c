// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "exerciser_node.h"

#define DRIVER	"/sys/bus/platform/drivers/" EXERCISER
#define DEBUGFS	"/sys/kernel/debug"
#define TREE	DEBUGFS "/dmf/" EXERCISER "/tree"

/* The device's name on the bus is that of the driver. */
#define ADDRESS	EXERCISER

void exerciser_setup(void)
{
	__u64 end = now_ns() + PATIENCE;

	mount_once("debugfs", DEBUGFS);
	system_setup();
	REQUIRE(!module_load(EXERCISER));
	REQUIRE(!module_load(EXERCISER_DEVICE));
	while (access(EXERCISER_NODE, F_OK) && nap_until(end))
		;
	REQUIRE(!access(EXERCISER_NODE, F_OK));
}

int exerciser_open(int flags)
{
	int fd = open(EXERCISER_NODE, flags | O_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}

void exerciser_start(int fd, const struct exerciser_start *start)
{
	REQUIRE(!ioctl(fd, EXERCISER_IOC_START, start));
}

void exerciser_stop(int fd)
{
	REQUIRE(!ioctl(fd, EXERCISER_IOC_STOP));
}

struct exerciser_totals exerciser_totals(int fd)
{
	struct exerciser_totals totals = { };

	REQUIRE(!ioctl(fd, EXERCISER_IOC_TOTALS, &totals));
	return totals;
}

__u64 exerciser_reported(const struct exerciser_totals *totals)
{
	__u64 reported = 0;
	int i;

	for (i = 0; i < EXERCISER_PRODUCERS; i++)
		reported += totals->reported[i];
	return reported;
}

__u64 exerciser_discarded(void)
{
	static const char label[] = "discarded=";
	char tree[16384], *at;

	REQUIRE(file_read(TREE, tree, sizeof(tree)) > 0);
	at = strstr(tree, "  events module=");
	REQUIRE(at);
	at = strstr(at, label);
	REQUIRE(at);
	return strtoull(at + strlen(label), NULL, 10);
}

int exerciser_bind(void)
{
	return file_write(DRIVER "/bind", ADDRESS);
}

int exerciser_unbind(void)
{
	return file_write(DRIVER "/unbind", ADDRESS);
}
