// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls on one file of a node: ioctl, read, write. Where the memory is good the call
 * may change what it was given, as far as it says, and not a byte more.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <linux/dmf/branch_track.h>
#include <linux/dmf/dump.h>
#include <linux/dmf/edu.h>
#include <linux/dmf/notify.h>

#include "exerciser.h"
#include "worker.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* _IOC_SIZE is less. */
#define ARGUMENT_MAX	((1 << _IOC_SIZEBITS) - 1)

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void expect_intact(const struct worker *worker, const struct arena *arena,
			  const void *start, size_t size)
{
	const unsigned char *changed;

	if (!arena_is_intact(arena, start, size, &changed))
		found(worker, "byte %td of a range of %zu is changed",
		      changed - (const unsigned char *)start, size);
}

/* -- Records --------------------------------------------------------------- */

/* What was returned are whole records, one behind the other. Return: their number. */
static unsigned int expect_records(const struct worker *worker, const unsigned char *bytes,
				   size_t size)
{
	struct dmf_event event;
	size_t at, i;
	unsigned int count = 0;

	for (at = 0; at < size; at += event.size, count++) {
		if (size - at < sizeof(event)) {
			found(worker, "%zu bytes are left behind the records", size - at);
			return count;
		}
		memcpy(&event, bytes + at, sizeof(event));
		if (event.size < sizeof(event) || event.size % 8 || event.size > size - at ||
		    event.data_offset != sizeof(event) || event.reserved ||
		    event.data_size > event.size - sizeof(event) || !event.sequence) {
			found(worker, "a record is damaged: size %u, data %u at %u", event.size,
			      event.data_size, event.data_offset);
			return count;
		}
		for (i = event.data_offset + event.data_size; i < event.size; i++)
			if (bytes[at + i])
				found(worker, "padding of a record is not zero");
	}
	return count;
}

/* -- DMF_IOC_WAIT --------------------------------------------------------------------- */

static uint64_t any_deadline(struct random *random)
{
	switch (random_below(random, 4)) {
	case 0:
		return 0;
	case 1:
		return random_one_in(random, 2) ? DMF_WAIT_FOREVER : now_ns();
	case 2:
		return random_next(random);
	default:
		return now_ns() + random_below(random, 3000000);
	}
}

/* The fields that the call fills are 0, or as they were if it was refused at once. */
static void expect_wait(struct worker *worker, const struct dmf_wait *given,
			const struct dmf_wait *taken, const unsigned char *buffer, int error)
{
	struct dmf_wait expected = *given;
	unsigned int count;

	expected.used = taken->used;
	expected.count = taken->count;
	if (memcmp(&expected, taken, sizeof(expected)))
		found(worker, "fields for input are changed");
	if (error) {
		if ((taken->used && taken->used != given->used) ||
		    (taken->count && taken->count != given->count))
			found(worker, "errno %d, but %u bytes and %u records", error, taken->used,
			      taken->count);
		return;
	}
	if (!taken->used || taken->used > given->size ||
	    (given->max_count && taken->count > given->max_count)) {
		found(worker, "%u of %u bytes, %u of %u records", taken->used, given->size,
		      taken->count, given->max_count);
		return;
	}
	count = expect_records(worker, buffer, taken->used);
	if (count != taken->count)
		found(worker, "%u records, said to be %u", count, taken->count);
}

static bool wait_well(struct worker *worker)
{
	struct random *random = &worker->random;
	size_t size = any_size(worker, ARENA_ROOM);
	unsigned char *buffer = arena_place(&worker->memory.data, random, size);
	void *argument = arena_place(&worker->memory.argument, random, sizeof(struct dmf_wait));
	struct dmf_wait given = {
		.buffer = (uintptr_t)buffer,
		.size = size,
		.used = random_next(random),
		.max_count = random_below(random, 4),
		.count = random_next(random),
		.deadline_ns = any_deadline(random),
	}, taken;
	int file = any_file(worker), ret, error;

	memcpy(argument, &given, sizeof(given));
	arena_seal(&worker->memory.data);
	arena_seal(&worker->memory.argument);
	call_begin(worker);
	ret = ioctl(file, DMF_IOC_WAIT, argument);
	error = errno;
	call_end(worker);
	memcpy(&taken, argument, sizeof(taken));
	expect_wait(worker, &given, &taken, buffer, ret ? error : 0);
	expect_intact(worker, &worker->memory.argument, argument, sizeof(given));
	expect_intact(worker, &worker->memory.data, buffer, ret ? 0 : taken.used);
	return !ret;
}

/* Nothing of it need be right; that it is survived is all. */
static bool wait_badly(struct worker *worker)
{
	struct random *random = &worker->random;
	struct dmf_wait *argument;
	uint32_t size = random_one_in(random, 2) ? random_next(random) : any_size(worker, 8192);
	void *buffer = memory_bad(&worker->memory, random, size);
	bool success;

	argument = (void *)arena_place(&worker->memory.argument, random, sizeof(*argument));
	*argument = (struct dmf_wait){
		.buffer = (uintptr_t)buffer,
		.size = size,
		.max_count = random_below(random, 3),
		.deadline_ns = any_deadline(random),
		.reserved = { random_one_in(random, 16), random_one_in(random, 16) },
	};
	if (random_one_in(random, 8)) {
		argument->buffer = (uintptr_t)argument;
		argument->size = sizeof(*argument);
	}
	if (random_one_in(random, 4))
		argument = (void *)memory_bad(&worker->memory, random, sizeof(*argument));
	call_begin(worker);
	success = !ioctl(any_file(worker), DMF_IOC_WAIT, argument);
	call_end(worker);
	return success;
}

/* -- Other commands of the framework --------------------------------------- */

static bool stream_select(struct worker *worker)
{
	static const char *const names[] = { "events", "large", "factorial", "", "events " };
	struct random *random = &worker->random;
	struct dmf_stream_select *select;
	bool success;

	select = (void *)arena_place(&worker->memory.argument, random, sizeof(*select));
	if (!random_one_in(random, 8)) {
		memset(select, 0, sizeof(*select));
		strcpy(select->name, names[random_below(random, random_one_in(random, 4) ? 5 : 3)]);
	}
	if (random_one_in(random, 8))
		((unsigned char *)select)[random_below(random, sizeof(*select))]++;
	arena_seal(&worker->memory.argument);
	call_begin(worker);
	success = !ioctl(any_file(worker), DMF_IOC_STREAM_SELECT,
			 random_one_in(random, 8) ?
			 memory_bad(&worker->memory, random, sizeof(*select)) : (void *)select);
	call_end(worker);
	expect_intact(worker, &worker->memory.argument, (void *)select, 0);
	return success;
}

static bool cancel_mine(struct worker *worker)
{
	bool success;

	call_begin(worker);
	success = !ioctl(any_file(worker), DMF_IOC_CANCEL_MINE);
	call_end(worker);
	return success;
}

/* -- Any command ----------------------------------------------------------- */

/* Words of which some are addresses, sizes and small numbers. */
static void fill_with_words(struct worker *worker, unsigned char *bytes, size_t size)
{
	struct random *random = &worker->random;
	uint64_t word;
	size_t at;

	for (at = 0; at + sizeof(word) <= size; at += sizeof(word)) {
		switch (random_below(random, 7)) {
		case 0:
			word = random_next(random);
			break;
		case 1:
			word = (uintptr_t)memory_bad(&worker->memory, random, 64);
			break;
		case 2:
			word = (uintptr_t)worker->memory.async + random_below(random, 4096);
			break;
		case 3:
			word = random_below(random, FILES + 8);
			break;
		case 4:
			word = (uint64_t)random_below(random, 1 << 16) << 32 |
			       random_below(random, 1 << 16);
			break;
		case 5:
			word = ~0ULL << random_below(random, 64);
			break;
		default:
			word = 0;
		}
		memcpy(bytes + at, &word, sizeof(word));
	}
}

/*
 * A command that nobody has planned. Of its argument only what has the direction to
 * be read may change; what the words in it lead to are not watched.
 */
static bool any_command(struct worker *worker)
{
	static const unsigned char types[] = { DMF_IOC_MAGIC, EXERCISER_IOC_MAGIC, 'T' };
	struct random *random = &worker->random;
	size_t size = random_one_in(random, 2) ? random_below(random, 65) :
		      any_size(worker, ARGUMENT_MAX);
	unsigned int direction = random_below(random, 4);
	unsigned int type = types[random_one_in(random, 8) ? 2 : random_below(random, 2)];
	unsigned int number = random_below(random, random_one_in(random, 4) ? 256 : 16);
	unsigned int command = _IOC(direction, type, number, size);
	unsigned char *argument = arena_place(&worker->memory.argument, random, size);
	int ret;

	fill_with_words(worker, argument, size);
	arena_seal(&worker->memory.argument);
	call_begin(worker);
	ret = ioctl(any_file(worker), command, argument);
	call_end(worker);
	if (_IOC_TYPE(command) != 'T')
		expect_intact(worker, &worker->memory.argument, argument,
			      direction & _IOC_READ ? size : 0);
	return !ret;
}

/*
 * A command that tells about the device: what it is asked is zeros, mostly, but for
 * where the answer goes.
 */
static bool ask(struct worker *worker)
{
	struct random *random = &worker->random;
	/* A dump stays in memory when its device has gone. */
	unsigned int command = random_one_in(random, 16) ? DMF_IOC_DUMP_CREATE :
			       random_one_in(random, 2) ? DMF_IOC_STREAM_LIST :
			       DMF_IOC_BRANCH_TRACK;
	size_t size = _IOC_SIZE(command);
	unsigned char *argument = arena_place(&worker->memory.argument, random, size);
	struct dmf_branch_track_query query = {
		.buffer = random_one_in(random, 4) ?
			  (uintptr_t)memory_bad(&worker->memory, random, 64) :
			  (uintptr_t)worker->memory.async + random_below(random, 4096),
		.size = random_below(random, 4096),
		.type = random_below(random, 3),
		.flags = random_below(random, random_one_in(random, 4) ? 4 : 2),
	};
	bool success;

	if (random_one_in(random, 8)) {
		fill_with_words(worker, argument, size);
	} else {
		memset(argument, 0, size);
		if (command == DMF_IOC_BRANCH_TRACK)
			memcpy(argument, &query, sizeof(query));
	}
	if (random_one_in(random, 8))
		argument[random_below(random, size)]++;
	arena_seal(&worker->memory.argument);
	call_begin(worker);
	success = !ioctl(any_file(worker), command, argument);
	call_end(worker);
	expect_intact(worker, &worker->memory.argument, argument,
		      _IOC_DIR(command) & _IOC_READ ? size : 0);
	return success;
}

static bool any_command_badly(struct worker *worker)
{
	static const unsigned int commands[] = {
		DMF_IOC_STREAM_LIST, DMF_IOC_BRANCH_TRACK, DMF_IOC_DUMP_CREATE, DMF_IOC_EVENT_SET,
		DMF_IOC_WAIT, DMF_IOC_STREAM_SELECT, DMF_EDU_IOC_FACTORIAL, EXERCISER_IOC_START,
		EXERCISER_IOC_TOTALS, EXERCISER_IOC_NEXT,
		_IOC(_IOC_READ | _IOC_WRITE, EXERCISER_IOC_MAGIC, EXERCISER_NR_ECHO, 4000),
		_IOC(_IOC_READ, EXERCISER_IOC_MAGIC, EXERCISER_NR_ECHO, 12000),
		_IOC(_IOC_WRITE, EXERCISER_IOC_MAGIC, EXERCISER_NR_ECHO, 40),
	};
	struct random *random = &worker->random;
	unsigned int command = commands[random_below(random, ARRAY_SIZE(commands))];
	bool success;

	if (random_one_in(random, 4))
		command ^= 1U << random_below(random, 32);
	call_begin(worker);
	success = !ioctl(any_file(worker), command,
			 memory_bad(&worker->memory, random, _IOC_SIZE(command)));
	call_end(worker);
	return success;
}

/* -- Commands of the drivers ----------------------------------------------- */

static void expect_echo(const struct worker *worker, const unsigned char *bytes,
			const unsigned char *before, size_t size, unsigned int direction)
{
	size_t i;

	for (i = 0; i < size; i++) {
		unsigned char expected = before[i];

		if (direction == (_IOC_READ | _IOC_WRITE))
			expected = ~expected;
		else if (direction == _IOC_READ)
			expected = EXERCISER_FILL;
		if (bytes[i] != expected) {
			found(worker, "byte %zu of %zu is %02x, not %02x", i, size, bytes[i],
			      expected);
			return;
		}
	}
}

static bool echo(struct worker *worker)
{
	struct random *random = &worker->random;
	size_t size = any_size(worker, ARGUMENT_MAX);
	unsigned int direction = random_below(random, 4);
	unsigned char *argument = arena_place(&worker->memory.argument, random, size);
	int ret;

	arena_seal(&worker->memory.argument);
	call_begin(worker);
	ret = ioctl(any_file(worker), _IOC(direction, EXERCISER_IOC_MAGIC, EXERCISER_NR_ECHO, size),
		    argument);
	call_end(worker);
	expect_intact(worker, &worker->memory.argument, argument, ret ? 0 : size);
	if (!ret)
		expect_echo(worker, argument, worker->memory.argument.before +
			    (argument - worker->memory.argument.bytes), size, direction);
	return !ret;
}

/* Three parts of the arena, one behind the other; return: what is behind them. */
static unsigned char *exchange_place(struct worker *worker, struct dmf_buffer *buffers,
				     unsigned char *at)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		buffers[i].ptr = (uintptr_t)at;
		buffers[i].size = any_size(worker, 6000);
		buffers[i].used = random_next(&worker->random);
		at += buffers[i].size;
	}
	return at;
}

static void expect_complement(const struct worker *worker, uint64_t to, const unsigned char *from,
			      size_t size)
{
	const unsigned char *bytes = (const unsigned char *)(uintptr_t)to;
	size_t i;

	for (i = 0; i < size; i++) {
		if ((bytes[i] ^ from[i]) == 0xff)
			continue;
		found(worker, "byte %zu of a buffer of %zu is %02x", i, size, bytes[i]);
		return;
	}
}

/* Buffers as they should be: they change as far as they say, and no other byte. */
static bool exchange(struct worker *worker)
{
	struct arena *data = &worker->memory.data;
	struct exerciser_exchange given, *taken;
	unsigned char *at = arena_place(data, &worker->random, 3 * 6000), *before;
	size_t size;
	int ret, error;

	exchange_place(worker, &given.to, at);
	before = data->before + (at - data->bytes);
	size = given.to.size < given.from.size ? given.to.size : given.from.size;
	taken = (void *)arena_place(&worker->memory.argument, &worker->random, sizeof(given));
	memcpy(taken, &given, sizeof(given));
	arena_seal(data);
	arena_seal(&worker->memory.argument);
	call_begin(worker);
	ret = ioctl(any_file(worker), EXERCISER_IOC_EXCHANGE, taken);
	error = errno;
	call_end(worker);
	expect_intact(worker, &worker->memory.argument, (void *)taken, ret ? 0 : sizeof(given));
	if (ret && error != EFAULT) {
		expect_intact(worker, data, at, 0);
		return false;
	}
	expect_intact(worker, data, at + given.to.size, given.from.size + given.both.size);
	if (ret)
		return false;
	if (taken->to.ptr != given.to.ptr || taken->from.size != given.from.size ||
	    taken->to.used != size || taken->from.used != size ||
	    taken->both.used != given.both.size)
		found(worker, "used: %u %u %u", taken->to.used, taken->from.used, taken->both.used);
	expect_complement(worker, given.from.ptr, before, size);
	if (memcmp((void *)(uintptr_t)(given.from.ptr + size), before + given.to.size + size,
		   given.from.size - size))
		found(worker, "more is written than was used");
	expect_complement(worker, given.both.ptr, before + given.to.size + given.from.size,
			  given.both.size);
	return true;
}

/* Buffers that overlap each other and the argument, are not there, or are huge. */
static bool exchange_badly(struct worker *worker)
{
	struct random *random = &worker->random;
	struct exerciser_exchange *argument = (void *)worker->memory.async;
	struct dmf_buffer *buffers = &argument->to;
	unsigned int i;
	bool success;

	for (i = 0; i < 3; i++) {
		buffers[i].size = random_one_in(random, 8) ? random_next(random) :
				  any_size(worker, EXERCISER_EXCHANGE_MAX + 1);
		buffers[i].ptr = (uintptr_t)memory_bad(&worker->memory, random, 4096);
		if (random_one_in(random, 2))
			buffers[i].ptr = (uintptr_t)worker->memory.async + random_below(random, 64);
	}
	call_begin(worker);
	success = !ioctl(any_file(worker), _IOC(_IOC_READ | _IOC_WRITE, EXERCISER_IOC_MAGIC, 0x09,
						random_one_in(random, 8) ? any_size(worker, 4000) :
						sizeof(*argument)),
			 argument);
	call_end(worker);
	return success;
}

/* These wait until a signal comes, if nothing else does. */
static bool pending(struct worker *worker)
{
	static const unsigned int commands[] = {
		EXERCISER_IOC_NEXT, EXERCISER_IOC_KEEP, EXERCISER_IOC_LATER, EXERCISER_IOC_RETURN,
	};
	struct exerciser_event *event;
	bool success;

	event = (void *)arena_place(&worker->memory.argument, &worker->random, sizeof(*event));
	arena_seal(&worker->memory.argument);
	call_begin(worker);
	success = !ioctl(any_file(worker), commands[random_below(&worker->random, 4)], event);
	call_end(worker);
	expect_intact(worker, &worker->memory.argument, (void *)event,
		      success ? sizeof(*event) : 0);
	return success;
}

static bool produce(struct worker *worker)
{
	struct random *random = &worker->random;
	struct exerciser_start start = {
		.count = random_below(random, 200),
		.producers = random_below(random, 256),
		.target = random_below(random, EXERCISER_TARGETS),
		.period_us = 500 + random_below(random, 2000),
		.burst = 1 + random_below(random, 8),
		.window = random_below(random, 64),
	};
	bool success;

	call_begin(worker);
	success = !ioctl(any_file(worker), random_one_in(random, 8) ? EXERCISER_IOC_STOP :
			 EXERCISER_IOC_START, &start);
	call_end(worker);
	return success;
}

static bool factorial(struct worker *worker)
{
	uint32_t operand = random_below(&worker->random, 1000);
	bool success;

	call_begin(worker);
	success = !ioctl(any_file(worker), DMF_EDU_IOC_FACTORIAL, &operand);
	call_end(worker);
	return success;
}

/* -- read and write -------------------------------------------------------- */

static bool read_well(struct worker *worker)
{
	size_t size = any_size(worker, ARENA_ROOM);
	unsigned char *buffer = arena_place(&worker->memory.data, &worker->random, size);
	ssize_t ret;

	arena_seal(&worker->memory.data);
	call_begin(worker);
	ret = read(any_file(worker), buffer, size);
	call_end(worker);
	if (ret > (ssize_t)size)
		found(worker, "%zd bytes were read, of %zu", ret, size);
	expect_intact(worker, &worker->memory.data, buffer, ret > 0 ? ret : 0);
	if (ret > 0)
		expect_records(worker, buffer, ret);
	return ret > 0;
}

static bool write_well(struct worker *worker)
{
	size_t size = any_size(worker, ARENA_ROOM);
	unsigned char *buffer = arena_place(&worker->memory.data, &worker->random, size);
	ssize_t ret;

	arena_seal(&worker->memory.data);
	call_begin(worker);
	ret = write(any_file(worker), buffer, size);
	call_end(worker);
	expect_intact(worker, &worker->memory.data, buffer, 0);
	return ret > 0;
}

/* Good and bad memory mixed, in both directions, waiting or not. */
static bool vectors(struct worker *worker)
{
	struct random *random = &worker->random;
	struct iovec vector[4];
	unsigned int count = 1 + random_below(random, 4), flags, i;
	bool success, forth = random_one_in(random, 2);

	for (i = 0; i < count; i++) {
		vector[i].iov_len = random_one_in(random, 8) ? random_next(random) :
				    any_size(worker, 4096);
		vector[i].iov_base = random_one_in(random, 3) ?
				     memory_bad(&worker->memory, random, 4096) :
				     worker->memory.async + random_below(random, 4096);
		if (vector[i].iov_base >= (void *)worker->memory.async &&
		    vector[i].iov_base < (void *)(worker->memory.async + ARENA_SIZE))
			vector[i].iov_len %= 4096;
	}
	flags = random_one_in(random, 3) ? RWF_NOWAIT : random_below(random, 64) & 0x1f;
	call_begin(worker);
	success = (forth ? pwritev2(any_file(worker), vector, count, -1, flags) :
		   preadv2(any_file(worker), vector, count, -1, flags)) > 0;
	call_end(worker);
	return success;
}

const struct operation call_operations[] = {
	{ "wait", wait_well, 20, false },
	{ "wait badly", wait_badly, 10, true },
	{ "select", stream_select, 10, false },
	{ "cancel", cancel_mine, 3, false },
	{ "command", any_command, 20, true },
	{ "ask", ask, 8, false },
	{ "bad command", any_command_badly, 10, true },
	{ "echo", echo, 10, true },
	{ "exchange", exchange, 8, true },
	{ "bad exchange", exchange_badly, 6, true },
	{ "pending", pending, 6, true },
	{ "produce", produce, 8, true },
	{ "factorial", factorial, 6, true },
	{ "read", read_well, 12, false },
	{ "write", write_well, 8, false },
	{ "vectors", vectors, 8, true },
	{ }
};
