// SPDX-License-Identifier: GPL-2.0-only
/* DMF_IOC_CANCEL_MINE: whom it wakes, and whom it does not. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"
#include "waiter.h"

static void expect_cancel(int fd)
{
	EXPECT_EQ(ioctl(fd, DMF_IOC_CANCEL_MINE), 0);
}

static void nothing_blocked_is_fine(void)
{
	int fd = node_open(O_RDWR);

	expect_cancel(fd);
	expect_cancel(fd);
}

static void blocked_wait_ECANCELED(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);

	expect_cancel(fd);
	EXPECT_EQ(waiter_result(&waiter), -ECANCELED);
}

static void blocked_read_ECANCELED(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_read);

	expect_cancel(fd);
	EXPECT_EQ(waiter_result(&waiter), -ECANCELED);
}

static void wait_with_a_deadline_ECANCELED(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter;

	waiter = waiter_start_until(fd, now_ns() + 30 * SECOND);
	expect_cancel(fd);
	EXPECT_EQ(waiter_result(&waiter), -ECANCELED);
}

static void all_blocked_calls_of_the_file(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiters[4];
	int i;

	for (i = 0; i < 4; i++)
		waiters[i] = waiter_start(fd, i & 1 ? by_read : by_wait);
	expect_cancel(fd);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(waiter_result(&waiters[i]), -ECANCELED);
}

static void other_files_are_left_alone(void)
{
	int fd = node_open(O_RDWR);
	struct waiter own = waiter_start(fd, by_wait);
	struct waiter other = waiter_start_opening(by_wait);

	expect_cancel(fd);
	EXPECT_EQ(waiter_result(&own), -ECANCELED);
	expect_still_blocked(&other);
	ask(fd, 5);
	expect_got(&other, 5);
}

static void later_calls_are_left_alone(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter;

	expect_cancel(fd);
	waiter = waiter_start(fd, by_wait);
	expect_cancel(fd);
	EXPECT_EQ(waiter_result(&waiter), -ECANCELED);
	waiter = waiter_start(fd, by_wait);
	expect_still_blocked(&waiter);
	ask(fd, 5);
	expect_got(&waiter, 5);
}

static void works_through_a_duplicate(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);
	int copy = dup(fd);

	REQUIRE(copy >= 0);
	expect_cancel(copy);
	EXPECT_EQ(waiter_result(&waiter), -ECANCELED);
}

static void no_event_is_lost(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter = waiter_start(fd, by_wait);

	expect_cancel(fd);
	EXPECT_EQ(waiter_result(&waiter), -ECANCELED);
	ask(fd, 5);
	expect_next(fd, 5);
}

static void event_in_the_stream_stays(void)
{
	int fd = node_open(O_RDWR);

	ask_queued(fd, 5);
	expect_cancel(fd);
	expect_next(fd, 5);
}

/* Whoever wins the race: the event is taken once, or still there. */
static void race_with_an_event_loses_nothing(void)
{
	int fd = node_open(O_RDWR);
	struct waiter waiter;
	long result;
	__u32 i;

	for (i = 1; i <= 50; i++) {
		waiter = waiter_start(fd, by_wait);
		ask(fd, i);
		usleep(i * 2);
		expect_cancel(fd);
		result = waiter_result(&waiter);
		if (result == -ECANCELED)
			expect_next(fd, i);
		else
			expect_got(&waiter, i);
	}
	expect_empty(fd);
}

/* A call in another thread, whose argument lies in a page of its own. */
struct call {
	int fd;
	struct dmf_wait *argument;
	int result;
};

static void *call_run(void *data)
{
	struct call *call = data;

	call->result = wait_call(call->fd, call->argument);
	return NULL;
}

/* A page that is not there: who touches it sleeps until it is filled. */
static void *missing_page(int *faults)
{
	long page_size = sysconf(_SC_PAGESIZE);
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	void *page;

	*faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (*faults < 0)
		test_skip("the kernel has no userfaultfd");
	page = mmap(NULL, page_size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(page != MAP_FAILED);
	range.range.start = (uintptr_t)page;
	range.range.len = page_size;
	REQUIRE(!ioctl(*faults, UFFDIO_API, &api));
	REQUIRE(!ioctl(*faults, UFFDIO_REGISTER, &range));
	return page;
}

static void fill_page(int faults, void *page, const struct dmf_wait *wait)
{
	static char content[65536] __attribute__((aligned(65536)));
	struct uffdio_copy copy = {
		.dst = (uintptr_t)page,
		.src = (uintptr_t)content,
		.len = sysconf(_SC_PAGESIZE),
	};

	*(struct dmf_wait *)content = *wait;
	REQUIRE(!ioctl(faults, UFFDIO_COPY, &copy));
}

/* Cancelled while it reads its argument, a call is cancelled. */
static void call_begins_before_its_argument_is_read(void)
{
	struct record record;
	const struct dmf_wait wait = {
		.buffer = (uintptr_t)&record,
		.size = sizeof(record),
		.deadline_ns = now_ns() + PATIENCE,
	};
	struct call call = { .fd = node_open(O_RDWR) };
	struct uffd_msg fault;
	pthread_t thread;
	int faults;

	call.argument = missing_page(&faults);
	REQUIRE(!pthread_create(&thread, NULL, call_run, &call));
	REQUIRE(read(faults, &fault, sizeof(fault)) == sizeof(fault));
	expect_cancel(call.fd);
	fill_page(faults, call.argument, &wait);
	pthread_join(thread, NULL);
	EXPECT_EQ(call.result, -ECANCELED);
}

static const struct test_case cases[] = {
	TEST_CASE(nothing_blocked_is_fine),
	TEST_CASE(blocked_wait_ECANCELED),
	TEST_CASE(blocked_read_ECANCELED),
	TEST_CASE(wait_with_a_deadline_ECANCELED),
	TEST_CASE(all_blocked_calls_of_the_file),
	TEST_CASE(other_files_are_left_alone),
	TEST_CASE(later_calls_are_left_alone),
	TEST_CASE(works_through_a_duplicate),
	TEST_CASE(no_event_is_lost),
	TEST_CASE(event_in_the_stream_stays),
	TEST_CASE(race_with_an_event_loses_nothing),
	TEST_CASE(call_begins_before_its_argument_is_read),
	{ }
};

const struct test_suite cancel_suite = {
	.name = "cancel",
	.setup = node_setup,
	.cases = cases,
};
