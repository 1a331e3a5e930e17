// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hardware goes without a word. QEMU's slots always ask the kernel first, so
 * the port in front of the card is made deaf: it passes on neither the card's
 * configuration space, which then reads as all ones, nor its memory, for which
 * QEMU reads zeros.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "machine.h"
#include "node.h"
#include "process.h"
#include "suites.h"
#include "system.h"

/* In the port's configuration space. */
#define COMMAND		0x04
#define COMMAND_MEMORY	0x02
#define BUS_NUMBERS	0x18
#define NO_BUS		0xff

#define EXIT_GONE	3

/* Of the port: its command register and bus numbers. */
struct port {
	int config;
	unsigned char command;
	unsigned char buses[3];
};

static struct port port_find(void)
{
	struct port port;
	char path[PATH_MAX], *end;

	REQUIRE(realpath(edu_attribute(""), path));
	end = strrchr(path, '/');
	REQUIRE(end);
	strcpy(end, "/config");
	port.config = open(path, O_RDWR | O_CLOEXEC);
	REQUIRE(port.config >= 0);
	REQUIRE(pread(port.config, &port.command, 1, COMMAND) == 1);
	REQUIRE(pread(port.config, port.buses, 3, BUS_NUMBERS) == 3);
	return port;
}

static void port_write(const struct port *port, unsigned char command,
		       const unsigned char *buses)
{
	REQUIRE(pwrite(port->config, &command, 1, COMMAND) == 1);
	REQUIRE(pwrite(port->config, buses, 3, BUS_NUMBERS) == 3);
}

static void card_vanishes(const struct port *port)
{
	const unsigned char nowhere[3] = { port->buses[0], NO_BUS, NO_BUS };

	port_write(port, port->command & ~COMMAND_MEMORY, nowhere);
}

static void card_comes_back(const struct port *port)
{
	port_write(port, port->command, port->buses);
}

static void with_blocked_daemon(void)
{
	struct process daemon = daemon_start("edu0");
	struct port port = port_find();
	int fd = node_open(O_RDWR);

	process_require_blocked(&daemon);
	order_begin();
	card_vanishes(&port);
	/* Nobody will answer this one. */
	EXPECT_EQ(ask_once(fd, 5), 0);
	EXPECT(process_is_alive(&daemon));
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_EQ(process_result(&daemon), EXIT_GONE);
	EXPECT_ERRNO(ask_once(fd, 5), ENODEV);
	close(fd);
	card_comes_back(&port);
	EXPECT_EQ(edu_bind(), 0);
	order_end();
	node_setup();
}

static void under_load(void)
{
	struct port port = port_find();
	struct load load = load_start();
	int i;

	order_begin();
	for (i = 0; i < 3; i++) {
		usleep(50 * 1000);
		card_vanishes(&port);
		usleep(20 * 1000);
		EXPECT_EQ(edu_unbind(), 0);
		card_comes_back(&port);
		EXPECT_EQ(edu_bind(), 0);
	}
	order_end();
	usleep(50 * 1000);
	load_stop(&load);
	node_setup();
}

static const struct test_case cases[] = {
	TEST_CASE(with_blocked_daemon),
	SLOW_TEST_CASE(under_load, 60),
	{ }
};

const struct test_suite surprise_suite = {
	.name = "surprise",
	.setup = node_setup,
	.cases = cases,
};
