// SPDX-License-Identifier: GPL-2.0-only
/*
 * "dmfctl crash decode" on logs and memory dumps that the cases write themselves, as
 * linux/dmf/crash.h says: whole, damaged, and such that lie.
 */
#include <elf.h>
#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <linux/dmf/crash.h>

#include "suites.h"

#define LOG		"/tmp/crash.log"
#define SECOND_LOG	"/tmp/crash.second"
#define MEMORY		"/tmp/crash.memory"

#define RECORDS		30
#define LINES_MAX	64
#define PARTS_OF_LINE	(DMF_CRASH_LINE_BYTES - 2)

/* The ring: where it is, and what is around it. */
#define ADDRESS		0x5000
#define MEMORY_BEGIN	0x4800
#define MEMORY_SIZE	0x4000
#define SLOTS		16
#define SIZE		20
#define SLOT_SIZE	48

/* A ring's header and its slots. */
struct ring {
	struct dmf_crash_ring header;
	unsigned char slots[SLOTS][SLOT_SIZE];
	struct dmf_crash_record additional;
	char last_words[8];
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_ORDER	ELFDATA2LSB
#else
#define HOST_ORDER	ELFDATA2MSB
#endif

/* As in an ELF file of a 64-bit machine. */
struct core_header {
	unsigned char ident[EI_NIDENT];
	uint16_t type;
	uint16_t machine;
	uint32_t version;
	uint64_t entry;
	uint64_t segments;
	uint64_t sections;
	uint32_t flags;
	uint16_t size;
	uint16_t segment_size;
	uint16_t segment_count;
	uint16_t section_fields[3];
};

struct core_segment {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t virtual_address;
	uint64_t address;
	uint64_t file_size;
	uint64_t memory_size;
	uint64_t alignment;
};

static char lines[LINES_MAX][640];
static unsigned int line_count;
static struct ring ring;

static uint32_t crc32_of(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint32_t crc = ~0U;
	int bit;

	while (size--) {
		crc ^= *bytes++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* -- Running it ------------------------------------------------------------------- */

/* What it says, errors too; valid until the next call. */
static const char *decode(int expected, const char *arguments)
{
	static char output[65536];
	char command[256];
	size_t size;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command), "dmfctl crash %s 2>&1", arguments);
	pipe = popen(command, "r");
	REQUIRE(pipe);
	size = fread(output, 1, sizeof(output) - 1, pipe);
	output[size] = '\0';
	status = pclose(pipe);
	if (!EXPECT(WIFEXITED(status)) || !EXPECT_EQ(WEXITSTATUS(status), expected))
		test_note("%s: %s", command, output);
	return output;
}

static void expect_text(const char *output, const char *text)
{
	if (!EXPECT(strstr(output, text)))
		test_note("expected \"%s\", found \"%s\"", text, output);
}

static void expect_record(const char *output, unsigned int number, bool is_there)
{
	char text[64];

	snprintf(text, sizeof(text), "] %u: valve %u\n", number, number);
	if (!EXPECT_EQ(!!strstr(output, text), is_there))
		test_note("record %u in \"%s\"", number, output);
}

/* Expect these records, in this order, and no others. */
static void expect_records(const char *output, unsigned int first, unsigned int last)
{
	const char *at = output;
	char text[64];
	unsigned int i;

	for (i = 1; i <= RECORDS; i++)
		expect_record(output, i, i >= first && i <= last);
	for (i = first; i <= last && at; i++) {
		snprintf(text, sizeof(text), "] %u: ", i);
		at = strstr(at, text);
	}
	EXPECT(at);
}

/* -- Logs ------------------------------------------------------------------------- */

static void add_line(uint32_t key, const char *body)
{
	char text[480];

	REQUIRE(line_count < LINES_MAX);
	snprintf(text, sizeof(text), "%08x %u %s", key, line_count, body);
	snprintf(lines[line_count++], sizeof(lines[0]), "<0>[   12.345678][    T1] %s%s %08x\n",
		 DMF_CRASH_LINE_PREFIX, text, crc32_of(text, strlen(text)));
}

static void to_base64(const unsigned char *bytes, size_t size, char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits;
	size_t i;

	for (i = 0; i < size; i += 3) {
		bits = bytes[i] << 16 | (i + 1 < size ? bytes[i + 1] << 8 : 0) |
		       (i + 2 < size ? bytes[i + 2] : 0);
		*text++ = digits[bits >> 18];
		*text++ = digits[bits >> 12 & 63];
		*text++ = i + 1 < size ? digits[bits >> 6 & 63] : '=';
		*text++ = i + 2 < size ? digits[bits & 63] : '=';
	}
	*text = '\0';
}

/* Make the lines of a dump with the records "valve <number>". */
static void make_lines(uint32_t key)
{
	static const char header[] =
		"%s version=1 component=pump driver=acme device=0000:00:04.0 last=%u dropped=0";
	unsigned char stream[4096], line[DMF_CRASH_LINE_BYTES];
	size_t size = 0, first, at = 0, part, starts[RECORDS];
	char text[480];
	unsigned int i;

	for (i = 0; i < RECORDS; i++) {
		struct dmf_crash_record record = {
			.number = htole64(i + 1),
			.time_ns = htole64(1000000ULL * i),
		};

		starts[i] = size;
		snprintf(text, sizeof(text), "valve %u", i + 1);
		record.size = htole32(strlen(text));
		memcpy(stream + size, &record, sizeof(record));
		memcpy(stream + size + sizeof(record), text, strlen(text));
		size += sizeof(record) + strlen(text);
	}
	line_count = 0;
	snprintf(text, sizeof(text), header, "begin", RECORDS);
	add_line(key, text);
	for (; at < size; at += part) {
		part = size - at < PARTS_OF_LINE ? size - at : PARTS_OF_LINE;
		first = DMF_CRASH_LINE_NO_RECORD;
		for (i = RECORDS; i-- > 0;) {
			if (starts[i] >= at && starts[i] < at + part)
				first = starts[i] - at;
		}
		line[0] = first;
		line[1] = first >> 8;
		memcpy(line + 2, stream + at, part);
		to_base64(line, part + 2, text);
		add_line(key, text);
	}
	snprintf(text, sizeof(text), header, "end", RECORDS);
	add_line(key, text);
}

/* Those from @first on, but @without, which may be none of them. */
static void write_lines(const char *path, unsigned int first, unsigned int without)
{
	FILE *file = fopen(path, "w");
	unsigned int i;

	REQUIRE(file);
	fputs("Panic#1 Part1\n<0>[   12.3] Kernel panic - not syncing\n", file);
	for (i = first; i < line_count; i++) {
		if (i != without)
			fprintf(file, "%s<4>[   12.4] somebody else\r\n", lines[i]);
	}
	fclose(file);
}

static void log_is_decoded(void)
{
	const char *output;

	make_lines(0x1234abcd);
	write_lines(LOG, 0, LINES_MAX);
	output = decode(0, "decode " LOG);
	expect_records(output, 1, RECORDS);
	expect_text(output, "pump  0000:00:04.0  acme  key 1234abcd");
	EXPECT(!strstr(output, "missing"));
	expect_records(decode(0, "decode - <" LOG), 1, RECORDS);
	output = decode(0, "decode --json " LOG);
	expect_text(output, "\"whole\":true");
	expect_text(output, "\"data\":\"76616c76652031\"");
}

static void lines_may_come_in_any_order(void)
{
	const char *output;
	unsigned int i;
	FILE *file;

	make_lines(1);
	write_lines(SECOND_LOG, line_count / 2, LINES_MAX);
	file = fopen(LOG, "w");
	REQUIRE(file);
	for (i = line_count; i-- > 0;)
		fputs(lines[i], file);
	fclose(file);
	output = decode(0, "decode " LOG " " SECOND_LOG);
	expect_records(output, 1, RECORDS);
	EXPECT(!strstr(output, "missing"));
}

static void end_of_a_log_is_enough(void)
{
	const char *output;

	make_lines(1);
	write_lines(LOG, line_count - 2, LINES_MAX);
	output = decode(0, "decode " LOG);
	expect_record(output, 1, false);
	expect_record(output, RECORDS, true);
	expect_text(output, "pump  0000:00:04.0  acme");
	expect_text(output, "the log does not have all of it");
}

static void missing_line_costs_its_records(void)
{
	const char *output;

	make_lines(1);
	write_lines(LOG, 0, 2);
	output = decode(0, "decode " LOG);
	expect_record(output, 1, true);
	expect_record(output, 10, false);
	expect_record(output, RECORDS, true);
	expect_text(output, "lines of the log that are missing: 1");
}

static void damaged_line_is_left_out(void)
{
	const char *output;
	char *digit;

	make_lines(1);
	digit = strchr(lines[2], '\n') - 20;
	*digit = *digit == 'A' ? 'B' : 'A';
	write_lines(LOG, 0, LINES_MAX);
	output = decode(0, "decode " LOG);
	expect_text(output, "damaged lines, which were left out: 1");
	expect_text(output, "lines of the log that are missing: 1");
	expect_record(output, RECORDS, true);
}

static void log_without_records(void)
{
	make_lines(1);
	line_count = 0;
	write_lines(LOG, 0, 0);
	expect_text(decode(1, "decode " LOG), "no record of a driver");
	decode(1, "decode /tmp/there-is-no-such-file");
	decode(2, "decode");
	decode(2, "encode " LOG);
	decode(2, "decode --address=pump " LOG);
}

/* -- Memory dumps ----------------------------------------------------------------- */

static void seal_ring(void)
{
	ring.header.crc = crc32_of(&ring.header, offsetof(struct dmf_crash_ring, crc));
}

/* With RECORDS records, the last of which is not whole. */
static void make_ring(void)
{
	unsigned int i;

	ring = (struct ring) {
		.header = {
			.version = DMF_CRASH_VERSION,
			.header_size = sizeof(ring.header),
			.address = ADDRESS,
			.size = sizeof(ring),
			.slot_size = SLOT_SIZE,
			.slot_count = SLOTS,
			.record_size = SIZE,
			.additional_size = sizeof(ring.last_words),
			.created = 1700000000,
			.key = 7,
			.component = "pump",
			.driver = "acme",
			.device = "0000:00:04.0",
			.last = RECORDS,
		},
		.additional = { .number = 1, .size = 3, .kind = DMF_CRASH_RECORD_ADDITIONAL },
		.last_words = "bye",
	};
	memcpy(ring.header.magic, DMF_CRASH_RING_MAGIC, sizeof(ring.header.magic));
	for (i = 1; i <= RECORDS; i++) {
		struct dmf_crash_record record = { .number = i };
		unsigned char *slot = ring.slots[(i - 1) % SLOTS];

		if (i == RECORDS)
			record.number |= DMF_CRASH_RECORD_BUSY;
		record.size = snprintf((char *)slot + sizeof(record), SIZE, "valve %u", i);
		memcpy(slot, &record, sizeof(record));
	}
	seal_ring();
}

/* The ring in two segments, neither of which begins with a page. Returns the size. */
static size_t write_memory(size_t limit)
{
	static unsigned char file[sizeof(struct core_header) + 2 * sizeof(struct core_segment) +
				  MEMORY_SIZE];
	const size_t parts[] = { ADDRESS - MEMORY_BEGIN + 400,
				 MEMORY_SIZE - (ADDRESS - MEMORY_BEGIN + 400) };
	struct core_header header = {
		.ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			   HOST_ORDER },
		.type = ET_CORE,
		.segments = sizeof(header),
		.segment_size = sizeof(struct core_segment),
		.segment_count = 2,
	};
	size_t at = 0, offset = sizeof(header) + 2 * sizeof(struct core_segment);
	FILE *memory = fopen(MEMORY, "w");
	int i;

	REQUIRE(memory);
	memset(file, 0, sizeof(file));
	memcpy(file, &header, sizeof(header));
	memcpy(file + offset + ADDRESS - MEMORY_BEGIN, &ring, sizeof(ring));
	for (i = 0; i < 2; i++) {
		struct core_segment segment = {
			.type = PT_LOAD,
			.offset = offset + at,
			.address = MEMORY_BEGIN + at,
			.file_size = parts[i],
		};

		memcpy(file + sizeof(header) + i * sizeof(segment), &segment, sizeof(segment));
		at += parts[i];
	}
	REQUIRE(fwrite(file, 1, limit < sizeof(file) ? limit : sizeof(file), memory));
	fclose(memory);
	return sizeof(file);
}

static void memory_dump_is_decoded(void)
{
	const char *output;

	make_ring();
	write_memory(SIZE_MAX);
	output = decode(0, "decode " MEMORY);
	expect_records(output, RECORDS - SLOTS + 1, RECORDS - 1);
	expect_text(output, "pump  0000:00:04.0  acme  key 00000007  at 0x5000");
	expect_text(output, "when the kernel panicked: bye");
	expect_text(output, "records that were not whole: 1");
	expect_text(decode(0, "decode --address=5000 " MEMORY), "valve 20");
	expect_text(decode(1, "decode --address=6000 " MEMORY), "no record of a driver");
}

static void expect_no_ring(void)
{
	seal_ring();
	write_memory(SIZE_MAX);
	expect_text(decode(1, "decode " MEMORY), "no record of a driver");
	make_ring();
}

/* The CRC is right, and still nothing else is believed. */
static void ring_that_lies_is_none(void)
{
	make_ring();
	ring.header.address = ADDRESS + 0x1000;
	expect_no_ring();
	ring.header.version++;
	expect_no_ring();
	ring.header.size = UINT64_MAX;
	expect_no_ring();
	ring.header.header_size = UINT32_MAX;
	expect_no_ring();
	ring.header.slot_count = UINT32_MAX;
	expect_no_ring();
	ring.header.slot_size = 0;
	expect_no_ring();
	ring.header.record_size = SLOT_SIZE;
	expect_no_ring();
	ring.header.additional_size = UINT32_MAX;
	expect_no_ring();
}

static void slot_that_lies_is_not_whole(void)
{
	struct dmf_crash_record record = { .number = 15, .size = UINT32_MAX };

	make_ring();
	memcpy(ring.slots[14], &record, sizeof(record));
	write_memory(SIZE_MAX);
	expect_text(decode(0, "decode " MEMORY), "records that were not whole: 2");
}

static void cut_off_memory_dump(void)
{
	size_t size, limit;

	make_ring();
	size = write_memory(SIZE_MAX);
	/* Until all of the ring is in it. */
	size += ADDRESS - MEMORY_BEGIN + sizeof(ring) - MEMORY_SIZE;
	for (limit = 4; limit < size; limit += 211) {
		write_memory(limit);
		decode(1, "decode " MEMORY);
	}
}

static const struct test_case cases[] = {
	TEST_CASE(log_is_decoded),
	TEST_CASE(lines_may_come_in_any_order),
	TEST_CASE(end_of_a_log_is_enough),
	TEST_CASE(missing_line_costs_its_records),
	TEST_CASE(damaged_line_is_left_out),
	TEST_CASE(log_without_records),
	TEST_CASE(memory_dump_is_decoded),
	TEST_CASE(ring_that_lies_is_none),
	TEST_CASE(slot_that_lies_is_not_whole),
	TEST_CASE(cut_off_memory_dump),
	{ }
};

const struct test_suite dmfctl_crash_suite = {
	.name = "dmfctl_crash",
	.cases = cases,
};
