// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "consumer.h"

/* How many records one read(2) asks for. */
#define READ_RECORDS	4
/* Reads that are posted at a time. */
#define RING_READS	8
/* What some consumers are disturbed by. */
#define SIGNAL_PERIOD_US	1500
#define SHORT_DEADLINE_NS	(1 * MS)

#define PAGE_SIZE		4096

/* A case names so many events that are missing. */
#define MISSING_SHOWN		5

/* Of a consumer's own process. */
static struct ledger *own_ledger;
static struct consumer *own;
static int own_file;

/* -- The ledger ----------------------------------------------------------------- */

static void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	/* No call may find that a page is not there. */
	memset(memory, 0, size);
	return memory;
}

struct ledger *ledger_create(__u64 count)
{
	struct ledger *ledger = shared_memory(sizeof(*ledger));
	int i;

	ledger->count = count;
	ledger->consumers = shared_memory(CONSUMERS_MAX *
					  sizeof(*ledger->consumers));
	for (i = 0; i < EXERCISER_PRODUCERS; i++) {
		ledger->owner[i] = shared_memory(count + 1);
		ledger->sequence[i] = shared_memory((count + 1) *
						    sizeof(*ledger->sequence[i]));
	}
	return ledger;
}

static bool record_is_sound(const struct ledger *ledger,
			    const struct exerciser_record *record)
{
	return EXPECT_EQ(record->event.size, sizeof(*record)) &&
	       EXPECT_EQ(record->event.data_size, sizeof(record->data)) &&
	       EXPECT_EQ(record->event.data_offset, sizeof(record->event)) &&
	       EXPECT_EQ(record->event.type, EXERCISER_EVENT) &&
	       EXPECT_EQ(record->event.status, 0) &&
	       EXPECT_EQ(record->event.reserved, 0) &&
	       EXPECT(record->data.producer < EXERCISER_PRODUCERS) &&
	       EXPECT(record->data.number > 0) &&
	       EXPECT(record->data.number <= ledger->count);
}

/*
 * What a record has to come after. The reads of a ring are independent of each other,
 * and are completed in any order; but one that is posted when another has been
 * completed gets what is newer.
 */
static const struct progress *progress_before(const struct consumer *consumer,
					      const struct exerciser_record *record)
{
	return consumer->way == RING ? &consumer->posted[record - consumer->records] :
				       &consumer->progress;
}

static void progress_add(struct progress *progress, const struct exerciser_record *record)
{
	__u64 *latest = &progress->latest[record->data.producer];

	if (*latest < record->data.number)
		*latest = record->data.number;
	if (progress->sequence < record->event.sequence)
		progress->sequence = record->event.sequence;
}

static void expect_in_order(const struct consumer *consumer,
			    const struct exerciser_record *record)
{
	const struct progress *before = progress_before(consumer, record);
	__u64 latest = before->latest[record->data.producer];

	if (!EXPECT(record->data.number > latest))
		test_note("way %d: event %llu of producer %u after %llu",
			  consumer->way, record->data.number,
			  record->data.producer, latest);
	EXPECT(record->event.sequence > before->sequence);
}

/*
 * Enter a record into the ledger. Of a consumer that was killed it may be there
 * already.
 */
static void enter(struct ledger *ledger, struct consumer *consumer,
		  struct exerciser_record *record, bool killed)
{
	unsigned char index = consumer - ledger->consumers + 1, owner = 0;
	__u64 number = record->data.number;
	unsigned char *entry;

	if (!record_is_sound(ledger, record))
		return;
	entry = &ledger->owner[record->data.producer][number];
	if (__atomic_compare_exchange_n(entry, &owner, index, false,
					__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		ledger->sequence[record->data.producer][number] = record->event.sequence;
		expect_in_order(consumer, record);
		progress_add(&consumer->progress, record);
		consumer->taken++;
	} else if (!killed || owner != index) {
		EXPECT(!"an event is returned twice");
		test_note("event %llu of producer %u: to %u (way %d) and %u",
			  number, record->data.producer, owner,
			  ledger->consumers[owner - 1].way, index);
	}
	/* In this order, because a SIGKILL may come at any time. */
	__atomic_store_n(&record->event.size, 0, __ATOMIC_SEQ_CST);
	memset(record, 0, sizeof(*record));
}

static void took(struct exerciser_record *record)
{
	enter(own_ledger, own, record, false);
}

static void took_bytes(size_t size)
{
	size_t i;

	EXPECT_EQ(size % sizeof(*own->records), 0);
	for (i = 0; i < size / sizeof(*own->records); i++)
		took(&own->records[i]);
	/* Nothing is there that the call has not told. */
	if (i < CONSUMER_RECORDS)
		EXPECT_EQ(own->records[i].event.size, 0);
}

__u64 ledger_missing(const struct ledger *ledger,
		     const struct exerciser_totals *totals)
{
	__u64 missing = 0, number;
	int i;

	for (i = 0; i < EXERCISER_PRODUCERS; i++)
		for (number = 1; number <= totals->reported[i]; number++)
			missing += !ledger->owner[i][number];
	return missing;
}

/* An event, and who got those around it. */
static void note_missing(const struct ledger *ledger, unsigned int producer,
			 __u64 number)
{
	unsigned char before = ledger->owner[producer][number - 1];
	unsigned char after = number < ledger->count ?
			      ledger->owner[producer][number + 1] : 0;

	test_note("event %llu of producer %u is missing, between ways %d and %d",
		  number, producer,
		  before ? (int)ledger->consumers[before - 1].way : -1,
		  after ? (int)ledger->consumers[after - 1].way : -1);
}

void ledger_show_missing(const struct ledger *ledger,
			 const struct exerciser_totals *totals)
{
	unsigned int shown = 0, i;
	__u64 number;

	for (i = 0; i < EXERCISER_PRODUCERS; i++) {
		if (totals->refused[i])
			test_note("producer %u: %llu events were refused", i,
				  totals->refused[i]);
		for (number = 1; number <= totals->reported[i] &&
		     shown < MISSING_SHOWN; number++) {
			if (ledger->owner[i][number])
				continue;
			note_missing(ledger, i, number);
			shown++;
		}
	}
}

void ledger_expect_order(const struct ledger *ledger)
{
	__u64 number, sequence, latest;
	int i;

	for (i = 0; i < EXERCISER_PRODUCERS; i++) {
		latest = 0;
		for (number = 1; number <= ledger->count; number++) {
			sequence = ledger->sequence[i][number];
			if (!sequence)
				continue;
			if (!EXPECT(sequence > latest))
				test_note("event %llu of producer %d: sequence %llu after %llu",
					  number, i, sequence, latest);
			latest = sequence;
		}
	}
}

/* -- Ways to consume: each returns why it cannot go on ---------------------------- */

static int wait_until(unsigned int count, __u64 deadline_ns)
{
	struct dmf_wait wait = {
		.buffer = (uintptr_t)own->records,
		.size = count * sizeof(*own->records),
		.max_count = count == 1,
		.deadline_ns = deadline_ns,
	};
	int ret = ioctl(own_file, DMF_IOC_WAIT, &wait) ? -errno : 0;

	EXPECT_EQ(wait.used, wait.count * sizeof(*own->records));
	EXPECT(wait.count ? !ret : ret);
	took_bytes(wait.used);
	return ret;
}

static int by_waits_for_one(void)
{
	return wait_until(1, DMF_WAIT_FOREVER);
}

static int by_waits_for_many(void)
{
	return wait_until(CONSUMER_RECORDS, DMF_WAIT_FOREVER);
}

/* Memory that ends within the first record: that goes back to where it was. */
static int by_waits_that_fault(void)
{
	static unsigned char *pages;
	struct dmf_wait wait = {
		.size = 2 * sizeof(*own->records),
		.deadline_ns = now_ns() + SHORT_DEADLINE_NS,
	};
	int ret;

	if (!pages) {
		pages = shared_memory(2 * PAGE_SIZE);
		REQUIRE(!mprotect(pages + PAGE_SIZE, PAGE_SIZE, PROT_NONE));
	}
	wait.buffer = (uintptr_t)(pages + PAGE_SIZE - sizeof(*own->records) / 2);
	ret = ioctl(own_file, DMF_IOC_WAIT, &wait) ? -errno : 0;
	EXPECT(ret);
	EXPECT_EQ(wait.used, 0);
	return ret;
}

static int by_short_waits(void)
{
	static unsigned int calls;
	int ret;

	if (calls++ % 4)
		ret = wait_until(2, now_ns() + SHORT_DEADLINE_NS);
	else
		ret = by_waits_that_fault();
	return ret == -ETIMEDOUT || ret == -EINTR || ret == -EFAULT ? 0 : ret;
}

static int read_once(void)
{
	ssize_t ret = read(own_file, own->records,
			   READ_RECORDS * sizeof(*own->records));

	if (ret < 0)
		ret = -errno;
	took_bytes(ret < 0 ? 0 : ret);
	return ret < 0 ? ret : 0;
}

/* Others may have been faster, so that there is nothing. */
static int read_what_is_there(void)
{
	int ret = read_once();

	return ret == -EAGAIN ? 0 : ret;
}

static int by_polls(void)
{
	struct pollfd poll_fd = { .fd = own_file, .events = POLLIN };

	if (poll(&poll_fd, 1, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	own->hung_up = poll_fd.revents & POLLHUP;
	return read_what_is_there();
}

static int epoll_open(unsigned int how)
{
	struct epoll_event event = { .events = EPOLLIN | how };
	int watch = epoll_create1(EPOLL_CLOEXEC);

	REQUIRE(watch >= 0);
	REQUIRE(!epoll_ctl(watch, EPOLL_CTL_ADD, own_file, &event));
	return watch;
}

static int by_epoll(unsigned int how, int (*consume)(void))
{
	static int watch = -1;
	struct epoll_event event;

	if (watch < 0)
		watch = epoll_open(how);
	if (epoll_wait(watch, &event, 1, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	own->hung_up = event.events & EPOLLHUP;
	return consume();
}

static int by_levels(void)
{
	return by_epoll(0, read_what_is_there);
}

/* An edge is seen once: all that is there has to be taken. */
static int read_all(void)
{
	int ret;

	do {
		ret = read_once();
	} while (!ret);
	return ret == -EAGAIN ? 0 : ret;
}

static int by_edges(void)
{
	return by_epoll(EPOLLET | EPOLLEXCLUSIVE, read_all);
}

static void ring_post(struct io_uring *ring, struct exerciser_record *record)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	REQUIRE(sqe);
	own->posted[record - own->records] = own->progress;
	io_uring_prep_read(sqe, own_file, record, sizeof(*record), 0);
	io_uring_sqe_set_data(sqe, record);
}

static struct io_uring *ring_open(void)
{
	static struct io_uring ring;
	int i;

	REQUIRE(!io_uring_queue_init(RING_READS, &ring, 0));
	for (i = 0; i < RING_READS; i++)
		ring_post(&ring, &own->records[i]);
	return &ring;
}

static int by_ring(void)
{
	static struct io_uring *ring;
	struct exerciser_record *record;
	struct io_uring_cqe *cqe;
	int ret;

	ring = ring ?: ring_open();
	ret = io_uring_submit_and_wait(ring, 1);
	if (ret < 0)
		return ret == -EINTR ? 0 : ret;
	while (!io_uring_peek_cqe(ring, &cqe)) {
		record = io_uring_cqe_get_data(cqe);
		ret = cqe->res;
		io_uring_cqe_seen(ring, cqe);
		if (ret < 0)
			return ret;
		EXPECT_EQ(ret, sizeof(*record));
		took(record);
		ring_post(ring, record);
	}
	return 0;
}

/* -- Their processes --------------------------------------------------------------- */

static const struct way {
	int (*consume)(void);
	int flags;		/* of open(2) */
	bool signals;		/* come all the time, */
	int sa_flags;		/* handled so */
} ways[CONSUMER_WAYS] = {
	[WAIT_ONE] = { .consume = by_waits_for_one },
	[WAIT_BATCH] = { .consume = by_waits_for_many },
	[READ] = { .consume = read_once, .signals = true,
		   .sa_flags = SA_RESTART },
	[POLL] = { .consume = by_polls, .flags = O_NONBLOCK },
	[EPOLL_LEVEL] = { .consume = by_levels, .flags = O_NONBLOCK },
	[EPOLL_EDGE] = { .consume = by_edges, .flags = O_NONBLOCK },
	[RING] = { .consume = by_ring },
	[WAIT_SHORTLY] = { .consume = by_short_waits, .signals = true },
};

static void ignore(int signal)
{
	(void)signal;
}

static void signals_start(const struct way *way)
{
	struct itimerval period = {
		.it_interval.tv_usec = SIGNAL_PERIOD_US,
		.it_value.tv_usec = SIGNAL_PERIOD_US,
	};
	struct sigaction action = {
		.sa_handler = ignore,
		.sa_flags = way->sa_flags,
	};

	REQUIRE(!sigaction(SIGALRM, &action, NULL));
	REQUIRE(!setitimer(ITIMER_REAL, &period, NULL));
}

static noreturn void consumer_process(struct consumer *consumer, int fd)
{
	const struct way *way = &ways[consumer->way];
	int ret;

	own = consumer;
	/* What is copied into a page that has to come first may go back, and leave a trace. */
	memset(own->records, 0, sizeof(own->records));
	own_file = fd >= 0 ? fd : exerciser_open(O_RDWR | way->flags);
	if (way->signals)
		signals_start(way);
	__atomic_store_n(&consumer->ready, true, __ATOMIC_SEQ_CST);
	do {
		ret = way->consume();
	} while (!ret);
	consumer->error = ret;
	__atomic_store_n(&consumer->ended, true, __ATOMIC_SEQ_CST);
	_exit(0);
}

struct consumer *consumer_start_on(struct ledger *ledger, enum consumer_way way,
				   int fd)
{
	__u64 end = now_ns() + PATIENCE;
	struct consumer *consumer;
	pid_t pid;

	REQUIRE(ledger->consumer_count < CONSUMERS_MAX);
	consumer = &ledger->consumers[ledger->consumer_count++];
	consumer->way = way;
	own_ledger = ledger;
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		consumer_process(consumer, fd);
	consumer->pid = pid;
	while (!__atomic_load_n(&consumer->ready, __ATOMIC_SEQ_CST) &&
	       nap_until(end))
		;
	REQUIRE(consumer->ready);
	return consumer;
}

struct consumer *consumer_start(struct ledger *ledger, enum consumer_way way)
{
	return consumer_start_on(ledger, way, -1);
}

static void consumer_reap(struct consumer *consumer)
{
	int status;

	REQUIRE(waitpid(consumer->pid, &status, 0) == consumer->pid);
	consumer->pid = 0;
}

void consumer_kill(struct ledger *ledger, struct consumer *consumer)
{
	struct exerciser_record *record;

	if (!consumer->pid)
		return;
	kill(consumer->pid, SIGKILL);
	consumer_reap(consumer);
	for (record = consumer->records;
	     record < consumer->records + CONSUMER_RECORDS; record++)
		if (record->event.size)
			enter(ledger, consumer, record, true);
}

void consumers_kill(struct ledger *ledger)
{
	unsigned int i;

	for (i = 0; i < ledger->consumer_count; i++)
		consumer_kill(ledger, &ledger->consumers[i]);
}

void consumer_require_asleep(const struct consumer *consumer)
{
	char path[64], stat[512], *state = NULL;
	__u64 end = now_ns() + PATIENCE;

	snprintf(path, sizeof(path), "/proc/%d/stat", consumer->pid);
	do {
		if (file_read(path, stat, sizeof(stat)) > 0)
			state = strrchr(stat, ')');
	} while (!(state && !strncmp(state, ") S", 3)) && nap_until(end));
	REQUIRE(state && !strncmp(state, ") S", 3));
}

void consumers_expect_alive(const struct ledger *ledger)
{
	const struct consumer *consumer;

	for (consumer = ledger->consumers;
	     consumer < ledger->consumers + ledger->consumer_count; consumer++)
		if (!EXPECT(!consumer->ended))
			test_note("a consumer by way %d has ended: %s", consumer->way,
				  strerror(-consumer->error));
}

void consumer_expect_gone(struct ledger *ledger, struct consumer *consumer)
{
	__u64 end = now_ns() + PATIENCE;

	while (!__atomic_load_n(&consumer->ended, __ATOMIC_SEQ_CST) &&
	       nap_until(end))
		;
	if (EXPECT(consumer->ended))
		EXPECT_EQ(consumer->error, -ENODEV);
	else
		test_note("a consumer by way %d does not notice that the device is gone",
			  consumer->way);
	consumer_kill(ledger, consumer);
}
