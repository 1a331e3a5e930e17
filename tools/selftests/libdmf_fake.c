// SPDX-License-Identifier: GPL-2.0-only
/*
 * The library libdmf on a fake node: events that are larger than those of any
 * device here, and a kernel that says nonsense. The linker passes all calls of
 * ioctl() through __wrap_ioctl(), see the Makefile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libdmf.h>

#include "suites.h"
#include "wrap.h"

#define HUGE		1048576U
#define LARGEST		(16 * HUGE)

/**
 * struct fake - a node whose answers a case prescribes
 * @fd: the descriptor that stands for it; -1: there is none.
 * @event_size: size of the event that is there.
 * @used: what the kernel says it has filled; 0: what it has.
 * @header: the record's header; its size 0: a sound one.
 * @calls: number of waits.
 * @largest: size of the largest buffer that was offered.
 */
struct fake {
	int fd;
	__u32 event_size;
	__u32 used;
	struct dmf_event header;
	unsigned int calls;
	__u32 largest;
};

static struct fake fake = { .fd = -1 };

static int fake_wait(struct dmf_wait *wait)
{
	struct dmf_event *event = (void *)(uintptr_t)wait->buffer;

	fake.calls++;
	if (wait->size > fake.largest)
		fake.largest = wait->size;
	wait->used = 0;
	if (wait->size < fake.event_size) {
		errno = ENOSPC;
		return -1;
	}
	memset(event, 0xa5, wait->size);
	*event = (struct dmf_event){
		.size = fake.event_size,
		.data_offset = sizeof(*event),
		.data_size = fake.event_size - sizeof(*event),
		.sequence = fake.calls,
	};
	if (fake.header.size)
		*event = fake.header;
	wait->used = fake.used ?: fake.event_size;
	wait->count = 1;
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	void *argument;
	va_list list;

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	if (fd == fake.fd && request == DMF_IOC_WAIT)
		return fake_wait(argument);
	return __real_ioctl(fd, request, argument);
}

static struct dmf_file *fake_open(__u32 event_size)
{
	struct dmf_file *file;

	fake = (struct fake){
		.fd = memfd_create("fake", MFD_CLOEXEC),
		.event_size = event_size,
	};
	file = dmf_open_fd(fake.fd);
	REQUIRE(file);
	return file;
}

static void buffer_grows_until_the_event_fits(void)
{
	struct dmf_file *file = fake_open(HUGE);
	const struct dmf_event *event = dmf_next(file, 0);
	const unsigned char *data;

	REQUIRE(event);
	EXPECT_EQ(event->size, HUGE);
	data = dmf_event_data(event);
	EXPECT_EQ(data[event->data_size - 1], 0xa5);
	EXPECT_EQ(fake.largest, HUGE);
	dmf_close(file);
}

static void buffer_stays_large(void)
{
	struct dmf_file *file = fake_open(HUGE);

	EXPECT(dmf_next(file, 0));
	fake.calls = 0;
	EXPECT(dmf_next(file, 0));
	EXPECT_EQ(fake.calls, 1);
	dmf_close(file);
}

static void small_events_leave_the_buffer(void)
{
	struct dmf_file *file = fake_open(sizeof(struct dmf_event));

	EXPECT(dmf_next(file, 0));
	EXPECT_EQ(fake.calls, 1);
	EXPECT(fake.largest <= 1U << 16);
	dmf_close(file);
}

static void buffer_has_a_bound(void)
{
	struct dmf_file *file = fake_open(LARGEST + 8);

	EXPECT(!dmf_next(file, 0));
	EXPECT_EQ(errno, ENOSPC);
	EXPECT_EQ(fake.largest, LARGEST);

	fake.event_size = LARGEST;
	EXPECT(dmf_next(file, 0));
	dmf_close(file);
}

static void nonsense_is_no_event(void)
{
	static const struct {
		__u32 used;
		struct dmf_event header;
	} nonsense[] = {
		{ .used = 39, .header = { .size = 40 } },
		{ .used = 1U << 30, .header = { .size = 48 } },
		{ .used = HUGE, .header = { .size = HUGE } },
		{ .used = 44, .header = { .size = 44 } },
		{ .used = 48, .header = { .size = 39 } },
		{ .used = 48, .header = { .size = 47 } },
		{ .used = 48, .header = { .size = 56 } },
		{ .used = 88, .header = { .size = 48 } },
		{ .used = 48, .header = { .size = 48, .data_offset = 56 } },
		{ .used = 48, .header = { .size = 48, .data_offset = 40,
					  .data_size = 9 } },
		{ .used = 48, .header = { .size = 48, .data_offset = 40,
					  .data_size = ~0U } },
	};
	struct dmf_file *file = fake_open(48);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(nonsense); i++) {
		fake.used = nonsense[i].used;
		fake.header = nonsense[i].header;
		errno = 0;
		if (!EXPECT_EQ(dmf_fetch(file, 0, 0), -1) ||
		    !EXPECT_EQ(errno, EBADMSG))
			test_note("row %zu", i);
		EXPECT(!dmf_take(file));
	}
	fake.used = 0;
	fake.header.size = 0;
	EXPECT_EQ(dmf_fetch(file, 0, 0), 1);
	dmf_close(file);
}

static const struct test_case cases[] = {
	TEST_CASE(buffer_grows_until_the_event_fits),
	TEST_CASE(buffer_stays_large),
	TEST_CASE(small_events_leave_the_buffer),
	TEST_CASE(buffer_has_a_bound),
	TEST_CASE(nonsense_is_no_event),
	{ }
};

const struct test_suite libdmf_fake_suite = {
	.name = "libdmf_fake",
	.cases = cases,
};
