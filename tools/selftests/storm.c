// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eight producers in interrupts, softirqs and workers, and eight consumers of all
 * kinds: every event is returned by one system call, once, or is counted as
 * discarded; and the events of a producer reach each consumer in their order.
 *
 * Where producers keep to a window that is smaller than the stream nothing may be
 * discarded; and where the window is small, a wake-up that is lost stops all.
 *
 * DMF_STORM_EVENTS in the environment: how many events for "make soak".
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "consumer.h"
#include "descriptor.h"
#include "exerciser_node.h"
#include "pm.h"
#include "suites.h"

/* Producers that go as fast as consumers do. */
#define PERIOD_US	200
#define BURST		8
/* Nothing is discarded: more than a consumer takes at a time, less than DEPTH. */
#define WIDE_WINDOW	128
/* Almost every event finds somebody asleep. */
#define SMALL_WINDOW	2

/* A storm under way; there is one. */
static struct ledger *ledger;
static int control = -1;

/* -- Parts of a storm -------------------------------------------------------------- */

/* So many events of each producer make about @events. */
static __u64 per_producer(__u64 events)
{
	const char *wanted = getenv("DMF_STORM_EVENTS");
	__u64 factor = wanted ? strtoull(wanted, NULL, 10) / 10000 : 1;

	return events * (factor ?: 1) / EXERCISER_PRODUCERS;
}

static void storm_begin(__u64 events)
{
	control = exerciser_open(O_RDWR);
	ledger = ledger_create(per_producer(events));
}

static void consumers_start(const enum consumer_way *way, unsigned int count)
{
	while (count--)
		consumer_start(ledger, *way++);
}

static void consumers_of_all_kinds(void)
{
	static const enum consumer_way all[] = {
		WAIT_ONE, WAIT_BATCH, READ, POLL,
		EPOLL_LEVEL, EPOLL_EDGE, RING, WAIT_SHORTLY,
	};

	consumers_start(all, ARRAY_SIZE(all));
}

static void consumers_of_one_kind(enum consumer_way way)
{
	int i;

	for (i = 0; i < 8; i++)
		consumer_start(ledger, way);
}

static void produce(unsigned int window)
{
	const struct exerciser_start start = {
		.count = ledger->count,
		.period_us = PERIOD_US,
		.burst = BURST,
		.window = window,
	};

	exerciser_start(control, &start);
}

static __u64 refused(const struct exerciser_totals *totals)
{
	__u64 sum = 0;
	int i;

	for (i = 0; i < EXERCISER_PRODUCERS; i++)
		sum += totals->refused[i];
	return sum;
}

/* All has been reported, and has been delivered or is lost. */
static bool is_over(const struct exerciser_totals *totals)
{
	return !totals->running && totals->ended ==
	       exerciser_reported(totals) - refused(totals);
}

/* Something goes on as long as there is something to do; returns the totals. */
static struct exerciser_totals storm_pass(void)
{
	struct exerciser_totals totals;
	__u64 ended = 0, end = now_ns() + PATIENCE;

	do {
		totals = exerciser_totals(control);
		if (totals.ended != ended)
			end = now_ns() + PATIENCE;
		ended = totals.ended;
	} while (!is_over(&totals) && nap_until(end));
	if (!is_over(&totals))
		test_note("all has stopped: %llu reported, %llu refused, %llu have ended",
			  exerciser_reported(&totals), refused(&totals),
			  totals.ended);
	EXPECT(is_over(&totals));
	return totals;
}

static bool kernel_is_rt(void)
{
	return file_is("/sys/kernel/realtime", "1");
}

static void expect_all_contexts(const struct exerciser_totals *totals)
{
	unsigned int contexts = EXERCISER_IN_SOFTIRQ | EXERCISER_IN_PROCESS;

	if (!kernel_is_rt())
		contexts |= EXERCISER_IN_INTERRUPT;
	EXPECT_EQ(totals->contexts, contexts);
}

/* Wait for its end; every event is in the ledger, or was discarded. */
static struct exerciser_totals storm_end(void)
{
	struct exerciser_totals totals = storm_pass();
	__u64 discarded = exerciser_discarded();

	consumers_expect_alive(ledger);
	consumers_kill(ledger);
	EXPECT_EQ(exerciser_reported(&totals),
		  ledger->count * EXERCISER_PRODUCERS);
	if (!EXPECT_EQ(ledger_missing(ledger, &totals), discarded))
		ledger_show_missing(ledger, &totals);
	ledger_expect_order(ledger);
	expect_all_contexts(&totals);
	return totals;
}

static void storm_end_without_loss(void)
{
	storm_end();
	EXPECT_EQ(exerciser_discarded(), 0);
}

/* -- Every event once --------------------------------------------------------------- */

static void all_kinds_get_each_event_once(void)
{
	storm_begin(10000);
	consumers_of_all_kinds();
	produce(WIDE_WINDOW);
	storm_end_without_loss();
}

static void all_kinds_asleep_get_each_event_once(void)
{
	storm_begin(1000);
	consumers_of_all_kinds();
	produce(SMALL_WINDOW);
	storm_end_without_loss();
}

static void expect_one_kind_loses_no_wakeup(enum consumer_way way)
{
	storm_begin(800);
	consumers_of_one_kind(way);
	produce(SMALL_WINDOW);
	storm_end_without_loss();
}

static void blocked_waits_lose_no_wakeup(void)
{
	expect_one_kind_loses_no_wakeup(WAIT_ONE);
}

static void blocked_reads_lose_no_wakeup(void)
{
	expect_one_kind_loses_no_wakeup(READ);
}

static void polls_lose_no_wakeup(void)
{
	expect_one_kind_loses_no_wakeup(POLL);
}

static void edges_lose_no_wakeup(void)
{
	expect_one_kind_loses_no_wakeup(EPOLL_EDGE);
}

static void rings_lose_no_wakeup(void)
{
	expect_one_kind_loses_no_wakeup(RING);
}

/* Deadlines and signals come all the time, and must not swallow a wake-up. */
static void short_waits_lose_no_wakeup(void)
{
	static const enum consumer_way ways[] = {
		WAIT_SHORTLY, WAIT_SHORTLY, WAIT_SHORTLY, WAIT_ONE,
	};

	storm_begin(800);
	consumers_start(ways, ARRAY_SIZE(ways));
	produce(SMALL_WINDOW);
	storm_end_without_loss();
}

/* Nobody keeps up: what is not returned is counted. */
static void overflow_is_counted(void)
{
	struct exerciser_totals totals;
	unsigned int i;

	storm_begin(6000);
	consumers_of_all_kinds();
	for (i = 0; i < ledger->consumer_count; i++)
		kill(ledger->consumers[i].pid, SIGSTOP);
	produce(0);
	do {
		totals = exerciser_totals(control);
	} while (exerciser_reported(&totals) < 2 * EXERCISER_DEPTH);
	for (i = 0; i < ledger->consumer_count; i++)
		kill(ledger->consumers[i].pid, SIGCONT);
	storm_end();
	EXPECT(exerciser_discarded() > 0);
}

/* -- Consumers that go ---------------------------------------------------------------- */

static void kill_consumers_at_random(unsigned int seed)
{
	struct exerciser_totals totals;
	struct consumer *consumer;
	enum consumer_way way;

	do {
		usleep(1000 + rand_r(&seed) % 20000);
		consumer = &ledger->consumers[rand_r(&seed) %
					      ledger->consumer_count];
		if (!consumer->pid)
			continue;
		way = consumer->way;
		consumer_kill(ledger, consumer);
		if (ledger->consumer_count < CONSUMERS_MAX)
			consumer_start(ledger, way);
		totals = exerciser_totals(control);
	} while (totals.running && ledger->consumer_count < CONSUMERS_MAX);
}

/* What a call has put into the memory of a dead process is there; no more is missing. */
static void killed_consumers_lose_nothing(void)
{
	storm_begin(6000);
	consumers_of_all_kinds();
	produce(WIDE_WINDOW);
	kill_consumers_at_random(getpid());
	storm_end_without_loss();
}

/* -- Files ----------------------------------------------------------------------------- */

/* The last close frees: the driver's module is not in use any more. */
static void expect_driver_is_free(void)
{
	EXPECT_EQ(module_unload_soon(EXERCISER), 0);
	EXPECT_EQ(module_unload_soon(EXERCISER_DEVICE), 0);
}

/* One open file, shared by fork(2) and dup(2), consumed in several ways. */
static void shared_file_gets_each_event_once(void)
{
	int file, copy;

	storm_begin(1600);
	file = exerciser_open(O_RDWR);
	copy = dup(file);
	REQUIRE(copy >= 0);
	consumer_start_on(ledger, WAIT_ONE, file);
	consumer_start_on(ledger, WAIT_ONE, copy);
	consumer_start_on(ledger, READ, file);
	consumer_start_on(ledger, RING, copy);
	consumer_start_on(ledger, WAIT_SHORTLY, file);
	/* Those who have it go on. */
	close(file);
	produce(SMALL_WINDOW);
	usleep(20 * 1000);
	close(copy);
	storm_end_without_loss();
	close(control);
	expect_driver_is_free();
}

/* Exclusive edges of one file: each event wakes one of them, which takes all. */
static void shared_edges_lose_no_wakeup(void)
{
	int file, i;

	storm_begin(1600);
	file = exerciser_open(O_RDWR | O_NONBLOCK);
	for (i = 0; i < 4; i++)
		consumer_start_on(ledger, EPOLL_EDGE, file);
	close(file);
	produce(SMALL_WINDOW);
	storm_end_without_loss();
}

/* The sender is another process, whose end closes its own. */
static void file_open_elsewhere(int socket)
{
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (!pid) {
		descriptor_send(socket, exerciser_open(O_RDWR));
		_exit(0);
	}
	REQUIRE(waitpid(pid, NULL, 0) == pid);
}

static void passed_file_goes_on(void)
{
	int sockets[2], file, i;

	storm_begin(800);
	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	for (i = 0; i < 2; i++) {
		file_open_elsewhere(sockets[0]);
		file = descriptor_receive(sockets[1]);
		consumer_start_on(ledger, i ? RING : WAIT_ONE, file);
		close(file);
	}
	produce(SMALL_WINDOW);
	storm_end_without_loss();
	close(control);
	expect_driver_is_free();
}

/* In a socket, and in nobody's hands, while the device goes. */
static void file_under_way_outlives_the_device(void)
{
	int sockets[2], file;

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	file_open_elsewhere(sockets[0]);
	file_open_elsewhere(sockets[0]);
	EXPECT_EQ(exerciser_unbind(), 0);
	EXPECT_EQ(module_unload(EXERCISER), -EWOULDBLOCK);
	file = descriptor_receive(sockets[1]);
	EXPECT_ERRNO(ioctl(file, EXERCISER_IOC_STOP), ENODEV);
	close(file);
	EXPECT_EQ(module_unload(EXERCISER), -EWOULDBLOCK);
	/* With the socket goes the other one. */
	close(sockets[0]);
	close(sockets[1]);
	expect_driver_is_free();
}

/* -- The device goes -------------------------------------------------------------------- */

static void expect_consumers_are_gone(void)
{
	unsigned int i;

	for (i = 0; i < ledger->consumer_count; i++)
		consumer_expect_gone(ledger, &ledger->consumers[i]);
}

/* Those who were asleep in poll(2) and epoll have heard it there. */
static void expect_pollers_have_hung_up(void)
{
	const struct consumer *consumer;

	for (consumer = ledger->consumers;
	     consumer < ledger->consumers + ledger->consumer_count; consumer++)
		if (consumer->way == POLL || consumer->way == EPOLL_LEVEL ||
		    consumer->way == EPOLL_EDGE)
			EXPECT(consumer->hung_up);
}

static void expect_modules_unload(void)
{
	EXPECT_EQ(module_unload_soon(EXERCISER), 0);
	EXPECT_EQ(module_unload_soon(CLIENT), 0);
	EXPECT_EQ(module_unload_soon(CORE), 0);
	if (module_is_loaded(EXERCISER_DEVICE))
		EXPECT_EQ(module_unload(EXERCISER_DEVICE), 0);
}

static void unbind_in_the_middle_then_rmmod(void)
{
	storm_begin(100000);
	consumers_of_all_kinds();
	produce(WIDE_WINDOW);
	usleep(100 * 1000);
	EXPECT_EQ(exerciser_unbind(), 0);
	expect_consumers_are_gone();
	close(control);
	expect_modules_unload();
}

static void unbind_with_all_asleep_then_rmmod(void)
{
	unsigned int i;

	storm_begin(8);
	consumers_of_all_kinds();
	for (i = 0; i < ledger->consumer_count; i++)
		if (ledger->consumers[i].way != WAIT_SHORTLY)
			consumer_require_asleep(&ledger->consumers[i]);
	EXPECT_EQ(exerciser_unbind(), 0);
	expect_consumers_are_gone();
	expect_pollers_have_hung_up();
	close(control);
	expect_modules_unload();
}

static void device_goes_in_the_middle_then_rmmod(void)
{
	storm_begin(100000);
	consumers_of_all_kinds();
	produce(WIDE_WINDOW);
	usleep(50 * 1000);
	EXPECT_EQ(module_unload(EXERCISER_DEVICE), 0);
	expect_consumers_are_gone();
	close(control);
	expect_modules_unload();
}

/* -- Sleep -------------------------------------------------------------------------------- */

static void expect_sleep_loses_nothing(const char *level)
{
	storm_begin(8000);
	consumers_of_all_kinds();
	produce(WIDE_WINDOW);
	usleep(50 * 1000);
	sleep_briefly_as_far_as(level);
	storm_end_without_loss();
}

static void freezing_loses_nothing(void)
{
	expect_sleep_loses_nothing("freezer");
}

static void sleep_of_devices_loses_nothing(void)
{
	expect_sleep_loses_nothing("devices");
}

static const struct test_case cases[] = {
	TEST_CASE(all_kinds_get_each_event_once),
	TEST_CASE(all_kinds_asleep_get_each_event_once),
	TEST_CASE(blocked_waits_lose_no_wakeup),
	TEST_CASE(blocked_reads_lose_no_wakeup),
	TEST_CASE(polls_lose_no_wakeup),
	TEST_CASE(edges_lose_no_wakeup),
	TEST_CASE(rings_lose_no_wakeup),
	TEST_CASE(short_waits_lose_no_wakeup),
	TEST_CASE(overflow_is_counted),
	TEST_CASE(killed_consumers_lose_nothing),
	TEST_CASE(shared_file_gets_each_event_once),
	TEST_CASE(shared_edges_lose_no_wakeup),
	TEST_CASE(passed_file_goes_on),
	TEST_CASE(file_under_way_outlives_the_device),
	TEST_CASE(unbind_in_the_middle_then_rmmod),
	TEST_CASE(unbind_with_all_asleep_then_rmmod),
	TEST_CASE(device_goes_in_the_middle_then_rmmod),
	TEST_CASE(freezing_loses_nothing),
	TEST_CASE(sleep_of_devices_loses_nothing),
	{ }
};

const struct test_suite storm_suite = {
	.name = "storm",
	.setup = exerciser_setup,
	.cases = cases,
};
