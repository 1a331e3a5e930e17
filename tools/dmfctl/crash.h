/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dmfctl crash finds in logs and memory dumps. The files may hold anything: what
 * is read has bounds, and nothing in it is believed.
 */
#ifndef DMFCTL_CRASH_H
#define DMFCTL_CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <linux/dmf/crash.h>

/* What is kept of a name, with its end. */
#define CRASH_NAME_MAX	64

/**
 * struct crash_record - one record
 * @number: of it, from 1 on.
 * @time_ns: when it was written, on the clock of the kernel's log.
 * @kind: enum dmf_crash_record_kind.
 * @size: bytes of its data.
 * @offset: of them in &struct crash_dump.data.
 */
struct crash_record {
	uint64_t number;
	uint64_t time_ns;
	uint32_t kind;
	uint32_t size;
	size_t offset;
};

/**
 * struct crash_dump - what is left of one ring
 * @from_memory: found in memory, not in a log.
 * @named: there was something that tells the next three.
 * @component: what the records are about.
 * @driver: whose.
 * @device: of which device.
 * @key: of the ring.
 * @address: physical, of the ring, if from memory.
 * @created: when, in seconds since 1970, if from memory.
 * @last: number of the latest record that was begun, 0 if that is not known.
 * @dropped: records that never got a place.
 * @broken: records that cannot be read, or were not whole when all stopped.
 * @missing: lines of the log that are not there.
 * @whole: of a log: its first and its last line are there.
 * @records: sorted as they were written.
 * @count: how many.
 * @room: for how many there is memory.
 * @data: of all records.
 * @data_size: how much of it.
 * @data_room: how much memory there is.
 */
struct crash_dump {
	bool from_memory;
	bool named;
	char component[CRASH_NAME_MAX];
	char driver[CRASH_NAME_MAX];
	char device[CRASH_NAME_MAX];
	uint32_t key;
	uint64_t address;
	uint64_t created;
	uint64_t last;
	uint64_t dropped;
	uint64_t broken;
	uint64_t missing;
	bool whole;
	struct crash_record *records;
	size_t count;
	size_t room;
	unsigned char *data;
	size_t data_size;
	size_t data_room;
};

/* Called with each dump that was found; it is gone when this returns. */
typedef void crash_found_fn(const struct crash_dump *dump);

/* -- crash.c -- */

/* realloc() that ends the program; @room is what the array has, in elements. */
void *crash_grow(void *array, size_t *room, size_t wanted, size_t size);
/* @record without its offset, and the data. */
void crash_dump_add(struct crash_dump *dump, const struct crash_record *record,
		    const void *data);
void crash_dump_free(struct crash_dump *dump);

/* -- crash_log.c: lines in a log -- */

struct crash_log;

struct crash_log *crash_log_new(void);
/* Remember the lines of a file that matter. */
void crash_log_read(struct crash_log *log, FILE *file);
/* Tell the dumps that all the lines make. Returns the number of them. */
size_t crash_log_decode(struct crash_log *log, crash_found_fn *found);
/* Lines that look like those of a dump, but are damaged. */
size_t crash_log_damaged(const struct crash_log *log);
void crash_log_free(struct crash_log *log);

/* -- crash_memory.c: rings in memory -- */

/* Is it a memory dump, rather than text? */
bool crash_memory_is(int file);
/*
 * Tell the rings of a memory dump; if @address is not NULL that one only. Returns the
 * number of them, or -1 after having said why that cannot be.
 */
int crash_memory_decode(int file, const uint64_t *address, crash_found_fn *found);

/* -- crash_show.c -- */

void crash_show(const struct crash_dump *dump);

#endif /* DMFCTL_CRASH_H */
