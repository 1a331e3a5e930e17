// SPDX-License-Identifier: GPL-2.0-only
/* The library libdmf on the node; libdmf_fake.c has what the node cannot show. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libdmf.h>

#include "node.h"
#include "suites.h"
#include "system.h"

#define BY_PATH		"/dev/dmf/by-path"
#define TOO_MANY	44
#define RACE_ROUNDS	150

static struct dmf_file *file_open(int flags)
{
	struct dmf_file *file = dmf_open("edu0", flags);

	REQUIRE(file);
	return file;
}

/* The call gives no event, but this errno. */
#define EXPECT_NONE(event, error) \
	expect_none((event), (error), #event, __FILE__, __LINE__)

static void expect_none(const struct dmf_event *event, int error,
			const char *call, const char *file, int line)
{
	test_expect_errno(event ? 0 : -1, error, call, file, line);
}

static bool is_result(const struct dmf_event *event, __u32 operand)
{
	struct record record;

	if (!EXPECT(event) || !EXPECT_EQ(event->size, sizeof(record)))
		return false;
	EXPECT_EQ(event->type, DMF_EDU_EVENT_FACTORIAL);
	memcpy(&record.factorial, dmf_event_data(event),
	       sizeof(record.factorial));
	EXPECT_FACTORIAL(&record, operand);
	return record.factorial.operand == operand;
}

static void expect_event(struct dmf_file *file, __u32 operand)
{
	is_result(dmf_next(file, dmf_deadline(PATIENCE)), operand);
}

/* -- Opening ------------------------------------------------------------------- */

static void expect_works(struct dmf_file *file)
{
	if (!EXPECT(file))
		return;
	ask(dmf_fd(file), 5);
	expect_event(file, 5);
	dmf_close(file);
}

static void opens_by_name_path_and_number(void)
{
	expect_works(dmf_open("edu0", O_RDWR));
	expect_works(dmf_open(NODE, O_RDWR));
	expect_works(dmf_open_number("edu", 0, O_RDWR));
	expect_works(dmf_open_number("dmf_edu", 0, O_RDWR));
	expect_works(dmf_open_fd(node_open(O_RDWR)));
}

static void expect_opens_by_link(const char *prefix)
{
	char link[128], position[64];

	snprintf(position, sizeof(position), "pci-%s", edu_address());
	snprintf(link, sizeof(link), BY_PATH "/%sedu-%s", prefix, position);
	unlink(link);
	REQUIRE(!symlink("../edu0", link));
	expect_works(dmf_open_position("edu", position, O_RDWR));
	expect_works(dmf_open_position("dmf_edu", position, O_RDWR));
	unlink(link);
	EXPECT(!dmf_open_position("edu", position, O_RDWR) && errno == ENOENT);
}

static void opens_by_position(void)
{
	mkdir(BY_PATH, 0755);
	expect_opens_by_link("dmf_");
	expect_opens_by_link("");
	rmdir(BY_PATH);
}

static void expect_not_opened(const struct dmf_file *file, int error)
{
	EXPECT(!file);
	EXPECT_EQ(errno, error);
}

static void opening_fails_with_the_reason(void)
{
	static char name[PATH_MAX + 1];

	memset(name, 'x', PATH_MAX);
	expect_not_opened(dmf_open("edu7", O_RDWR), ENOENT);
	expect_not_opened(dmf_open("", O_RDWR), EINVAL);
	expect_not_opened(dmf_open(name, O_RDWR), ENAMETOOLONG);
	expect_not_opened(dmf_open("/tmp/edu0", O_RDWR | O_CREAT), EINVAL);
	expect_not_opened(dmf_open_number("edu", 7, O_RDWR), ENOENT);
	expect_not_opened(dmf_open_number("../edu", 0, O_RDWR), EINVAL);
	expect_not_opened(dmf_open_number(name, 0, O_RDWR), ENAMETOOLONG);
	expect_not_opened(dmf_open_position("edu", "pci-x", O_RDWR), ENOENT);
	expect_not_opened(dmf_open_position("edu", "../x", O_RDWR), EINVAL);
	expect_not_opened(dmf_open_position("", "x", O_RDWR), EINVAL);
	expect_not_opened(dmf_open_fd(-1), EBADF);
}

static void descriptor_is_not_inherited(void)
{
	struct dmf_file *file = file_open(O_RDWR);

	EXPECT(fcntl(dmf_fd(file), F_GETFD) & FD_CLOEXEC);
}

static void closing_closes_the_descriptor(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	int fd = dmf_fd(file);

	dmf_close(file);
	EXPECT_ERRNO(fcntl(fd, F_GETFD), EBADF);
	dmf_close(NULL);
}

static void other_node_ENOTTY(void)
{
	struct dmf_file *file = dmf_open("/dev/null", O_RDWR);

	REQUIRE(file);
	EXPECT_NONE(dmf_next(file, 0), ENOTTY);
	EXPECT_ERRNO(dmf_select(file, STREAM), ENOTTY);
}

/* -- Streams --------------------------------------------------------------------- */

static void stream_by_name(void)
{
	struct dmf_file *file = file_open(O_RDWR);

	EXPECT_EQ(dmf_select(file, STREAM), 0);
	ask(dmf_fd(file), 5);
	expect_event(file, 5);
}

static void unknown_stream_ENOENT(void)
{
	struct dmf_file *file = file_open(O_RDWR);

	EXPECT_ERRNO(dmf_select(file, "nonsense"), ENOENT);
	EXPECT_ERRNO(dmf_select(file, ""), ENOENT);
	EXPECT_ERRNO(dmf_select(file, "a name that no stream can have: 32 bytes"),
		     ENOENT);
}

static void selecting_loses_no_fetched_event(void)
{
	struct dmf_file *file = file_open(O_RDWR);

	ask_queued(dmf_fd(file), 5);
	EXPECT_EQ(dmf_fetch(file, 0, 0), 1);
	EXPECT_ERRNO(dmf_select(file, STREAM), EBUSY);
	is_result(dmf_take(file), 5);
	EXPECT_EQ(dmf_select(file, STREAM), 0);
}

/* -- Events -------------------------------------------------------------------- */

static void next_takes_one_event(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	struct dmf_file *other = file_open(O_RDWR);

	ask_queued(dmf_fd(file), 3);
	ask_queued(dmf_fd(file), 4);
	expect_event(file, 3);
	EXPECT(is_readable(dmf_fd(file)));
	expect_event(other, 4);
	EXPECT(!is_readable(dmf_fd(file)));
}

static void fetch_brings_what_is_there(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	__u32 i;

	for (i = 1; i <= 5; i++)
		ask_queued(dmf_fd(file), i);
	EXPECT_EQ(dmf_fetch(file, 0, DMF_WAIT_FOREVER), 5);
	EXPECT(!is_readable(dmf_fd(file)));
	for (i = 1; i <= 5; i++)
		is_result(dmf_take(file), i);
	EXPECT(!dmf_take(file));
	EXPECT(!dmf_take(file));
}

static void fetch_brings_so_many(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	__u32 i;

	for (i = 1; i <= 3; i++)
		ask_queued(dmf_fd(file), i);
	EXPECT_EQ(dmf_fetch(file, 2, DMF_WAIT_FOREVER), 2);
	is_result(dmf_take(file), 1);
	is_result(dmf_take(file), 2);
	EXPECT(!dmf_take(file));
	expect_event(file, 3);
}

static void fetched_events_come_first(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	__u32 i;

	for (i = 1; i <= 2; i++)
		ask_queued(dmf_fd(file), i);
	EXPECT_EQ(dmf_fetch(file, 0, DMF_WAIT_FOREVER), 2);
	ask_queued(dmf_fd(file), 3);
	EXPECT_EQ(dmf_fetch(file, 0, DMF_WAIT_FOREVER), 2);
	for (i = 1; i <= 3; i++)
		expect_event(file, i);
}

static void deadline_passes_ETIMEDOUT(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	__u64 before = now_ns();
	__u64 deadline = dmf_deadline(100 * MS);

	EXPECT(deadline >= before + 100 * MS && deadline <= now_ns() + 100 * MS);
	EXPECT_NONE(dmf_next(file, deadline), ETIMEDOUT);
	EXPECT(now_ns() >= deadline);
	EXPECT_NONE(dmf_next(file, 0), ETIMEDOUT);
	EXPECT_ERRNO(dmf_fetch(file, 0, 0), ETIMEDOUT);
	EXPECT_EQ(dmf_deadline(DMF_WAIT_FOREVER), DMF_WAIT_FOREVER);
	EXPECT_EQ(dmf_deadline(DMF_WAIT_FOREVER - 1), DMF_WAIT_FOREVER);
}

static void nonblocking_file_EAGAIN(void)
{
	struct dmf_file *file = file_open(O_RDWR | O_NONBLOCK);

	EXPECT_NONE(dmf_next(file, DMF_WAIT_FOREVER), EAGAIN);
	ask_queued(dmf_fd(file), 5);
	expect_event(file, 5);
}

static void write_only_file_EBADF(void)
{
	struct dmf_file *file = file_open(O_WRONLY);

	EXPECT_NONE(dmf_next(file, 0), EBADF);
}

static void records_that_the_program_has_read(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	const struct dmf_event *event = NULL;
	struct record records[4];
	ssize_t size;
	__u32 i;

	for (i = 1; i <= 3; i++)
		ask_queued(dmf_fd(file), i);
	size = read(dmf_fd(file), records, sizeof(records));
	REQUIRE(size == 3 * sizeof(records[0]));
	for (i = 1; i <= 3; i++) {
		event = dmf_record(records, size, event);
		is_result(event, i);
	}
	EXPECT_NONE(dmf_record(records, size, event), 0);
	EXPECT_NONE(dmf_record(records, size - 1, &records[1].event), EBADMSG);
}

/* -- Loss ---------------------------------------------------------------------- */

static void gaps_are_counted(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	struct dmf_file *other = file_open(O_RDWR);
	static const struct {
		__u32 taken_by_other;
		__u32 lost;
	} rounds[] = { { 2, 0 }, { 0, 0 }, { 1, 1 }, { 3, 3 }, { 0, 0 } };
	__u32 i, j;

	for (i = 0; i < ARRAY_SIZE(rounds); i++) {
		for (j = 0; j < rounds[i].taken_by_other; j++) {
			ask(dmf_fd(other), j);
			expect_event(other, j);
		}
		ask(dmf_fd(file), 10);
		expect_event(file, 10);
		EXPECT_EQ(dmf_lost(file), rounds[i].lost);
	}
	EXPECT_EQ(dmf_lost_total(file), 4);
}

static void overflow_is_counted(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	__u32 i;

	ask(dmf_fd(file), 0);
	expect_event(file, 0);
	for (i = 1; i <= QUEUE_DEPTH + TOO_MANY; i++)
		ask_queued(dmf_fd(file), i);
	EXPECT_EQ(dmf_fetch(file, 0, DMF_WAIT_FOREVER), QUEUE_DEPTH);
	for (i = TOO_MANY + 1; i <= QUEUE_DEPTH + TOO_MANY; i++) {
		if (!is_result(dmf_take(file), i))
			break;
		EXPECT_EQ(dmf_lost(file), i == TOO_MANY + 1 ? TOO_MANY : 0);
	}
	EXPECT_EQ(dmf_lost_total(file), TOO_MANY);
}

static void another_stream_begins_anew(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	struct dmf_file *other = file_open(O_RDWR);

	ask(dmf_fd(file), 3);
	expect_event(file, 3);
	ask(dmf_fd(other), 4);
	expect_event(other, 4);
	EXPECT_EQ(dmf_select(file, STREAM), 0);
	ask(dmf_fd(file), 5);
	expect_event(file, 5);
	EXPECT_EQ(dmf_lost(file), 0);
}

/* -- Ending a wait --------------------------------------------------------------- */

/* A thread that waits for an event. */
struct listener {
	pthread_t thread;
	struct dmf_file *file;
	pid_t tid;
	int error;	/* of the call, 0 if it got an event */
	bool done;
};

static void *listener_run(void *data)
{
	struct listener *listener = data;

	__atomic_store_n(&listener->tid, gettid(), __ATOMIC_SEQ_CST);
	listener->error = dmf_next(listener->file, DMF_WAIT_FOREVER) ? 0 : errno;
	__atomic_store_n(&listener->done, true, __ATOMIC_SEQ_CST);
	return NULL;
}

static void listener_start(struct listener *listener, struct dmf_file *file)
{
	*listener = (struct listener){ .file = file };
	REQUIRE(!pthread_create(&listener->thread, NULL, listener_run,
				listener));
	while (!__atomic_load_n(&listener->tid, __ATOMIC_SEQ_CST))
		sched_yield();
}

static bool listener_sleeps(const struct listener *listener)
{
	char path[64], text[512], *state;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall",
		 listener->tid);
	if (file_read(path, text, sizeof(text)) > 0 && atol(text) != SYS_ioctl)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", listener->tid);
	if (file_read(path, text, sizeof(text)) < 0)
		return false;
	state = strrchr(text, ')');
	return state && state[1] == ' ' && state[2] == 'S';
}

static void listener_require_blocked(const struct listener *listener)
{
	__u64 end = now_ns() + PATIENCE;
	bool blocked;

	do {
		blocked = listener_sleeps(listener);
	} while (!blocked && nap_until(end));
	REQUIRE(blocked);
}

static int listener_result(struct listener *listener)
{
	__u64 end = now_ns() + PATIENCE;

	while (!__atomic_load_n(&listener->done, __ATOMIC_SEQ_CST) &&
	       now_ns() < end)
		sched_yield();
	REQUIRE(listener->done);
	pthread_join(listener->thread, NULL);
	return listener->error;
}

static void event_wakes_next(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	struct listener listener;

	listener_start(&listener, file);
	listener_require_blocked(&listener);
	ask(dmf_fd(file), 5);
	EXPECT_EQ(listener_result(&listener), 0);
}

static void cancel_ends_a_wait(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	struct listener listener;

	listener_start(&listener, file);
	listener_require_blocked(&listener);
	dmf_cancel(file);
	EXPECT_EQ(listener_result(&listener), ECANCELED);
}

static void cancel_stays_until_it_is_reset(void)
{
	struct dmf_file *file = file_open(O_RDWR);

	ask_queued(dmf_fd(file), 5);
	dmf_cancel(file);
	EXPECT_NONE(dmf_next(file, DMF_WAIT_FOREVER), ECANCELED);
	EXPECT_ERRNO(dmf_fetch(file, 0, DMF_WAIT_FOREVER), ECANCELED);
	dmf_cancel_reset(file);
	expect_event(file, 5);
}

static void cancel_leaves_fetched_events(void)
{
	struct dmf_file *file = file_open(O_RDWR);

	ask_queued(dmf_fd(file), 5);
	EXPECT_EQ(dmf_fetch(file, 0, 0), 1);
	dmf_cancel(file);
	is_result(dmf_take(file), 5);
	EXPECT_NONE(dmf_next(file, DMF_WAIT_FOREVER), ECANCELED);
}

static void cancel_keeps_errno(void)
{
	struct dmf_file *file = dmf_open("/dev/null", O_RDWR);

	REQUIRE(file);
	errno = 12345;
	dmf_cancel(file);
	EXPECT_EQ(errno, 12345);
}

static struct dmf_file *handled;

static void cancel_handled(int signal)
{
	(void)signal;
	dmf_cancel(handled);
}

static void do_nothing(int signal)
{
	(void)signal;
}

static void handle_signal(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	REQUIRE(!sigaction(SIGUSR1, &action, NULL));
}

static void expect_handler_ends(int flags)
{
	struct listener listener;

	handled = file_open(O_RDWR);
	handle_signal(cancel_handled, flags);
	listener_start(&listener, handled);
	listener_require_blocked(&listener);
	pthread_kill(listener.thread, SIGUSR1);
	EXPECT_EQ(listener_result(&listener), ECANCELED);
	dmf_close(handled);
}

static void cancel_from_a_handler(void)
{
	expect_handler_ends(0);
	expect_handler_ends(SA_RESTART);
}

static void other_handler_EINTR(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	struct listener listener;

	handle_signal(do_nothing, 0);
	listener_start(&listener, file);
	listener_require_blocked(&listener);
	pthread_kill(listener.thread, SIGUSR1);
	EXPECT_EQ(listener_result(&listener), EINTR);
}

/* Somewhere around the moment at which a thread enters its wait. */
static void some_moment(unsigned int round)
{
	volatile unsigned int i;

	for (i = 0; i < (round * 37) % 5000; i++)
		;
}

static void race_cancel_against_next(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	struct listener listener;
	unsigned int i;

	for (i = 0; i < RACE_ROUNDS; i++) {
		listener_start(&listener, file);
		some_moment(i);
		dmf_cancel(file);
		if (!EXPECT_EQ(listener_result(&listener), ECANCELED))
			break;
		dmf_cancel_reset(file);
	}
}

static void race_handler_against_next(void)
{
	struct listener listener;
	unsigned int i;

	handled = file_open(O_RDWR);
	handle_signal(cancel_handled, SA_RESTART);
	for (i = 0; i < RACE_ROUNDS; i++) {
		listener_start(&listener, handled);
		some_moment(i);
		pthread_kill(listener.thread, SIGUSR1);
		if (!EXPECT_EQ(listener_result(&listener), ECANCELED))
			break;
		dmf_cancel_reset(handled);
	}
}

static void unbind_ends_a_wait_ENODEV(void)
{
	struct dmf_file *file = file_open(O_RDWR);
	struct listener listener;

	listener_start(&listener, file);
	listener_require_blocked(&listener);
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_EQ(listener_result(&listener), ENODEV);
	EXPECT_EQ(poll_for(dmf_fd(file), POLLIN, 0) & POLLHUP, POLLHUP);
	EXPECT_NONE(dmf_next(file, DMF_WAIT_FOREVER), ENODEV);
	EXPECT_ERRNO(dmf_select(file, STREAM), ENODEV);
	dmf_cancel(file);
	dmf_close(file);
}

static const struct test_case cases[] = {
	TEST_CASE(opens_by_name_path_and_number),
	TEST_CASE(opens_by_position),
	TEST_CASE(opening_fails_with_the_reason),
	TEST_CASE(descriptor_is_not_inherited),
	TEST_CASE(closing_closes_the_descriptor),
	TEST_CASE(other_node_ENOTTY),
	TEST_CASE(stream_by_name),
	TEST_CASE(unknown_stream_ENOENT),
	TEST_CASE(selecting_loses_no_fetched_event),
	TEST_CASE(next_takes_one_event),
	TEST_CASE(fetch_brings_what_is_there),
	TEST_CASE(fetch_brings_so_many),
	TEST_CASE(fetched_events_come_first),
	TEST_CASE(deadline_passes_ETIMEDOUT),
	TEST_CASE(nonblocking_file_EAGAIN),
	TEST_CASE(write_only_file_EBADF),
	TEST_CASE(records_that_the_program_has_read),
	TEST_CASE(gaps_are_counted),
	SLOW_TEST_CASE(overflow_is_counted, 60),
	TEST_CASE(another_stream_begins_anew),
	TEST_CASE(event_wakes_next),
	TEST_CASE(cancel_ends_a_wait),
	TEST_CASE(cancel_stays_until_it_is_reset),
	TEST_CASE(cancel_leaves_fetched_events),
	TEST_CASE(cancel_keeps_errno),
	TEST_CASE(cancel_from_a_handler),
	TEST_CASE(other_handler_EINTR),
	TEST_CASE(race_cancel_against_next),
	TEST_CASE(race_handler_against_next),
	TEST_CASE(unbind_ends_a_wait_ENODEV),
	{ }
};

const struct test_suite libdmf_suite = {
	.name = "libdmf",
	.setup = node_setup,
	.cases = cases,
};
