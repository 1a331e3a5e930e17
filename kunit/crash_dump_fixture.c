// SPDX-License-Identifier: GPL-2.0-only
/* A Client with a CrashDump or two, and a decoder of what that prints. */
#include <linux/base64.h>
#include <linux/cpumask.h>
#include <linux/crc32.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "crash_dump_fixture.h"

static struct crash_test *crash_test_of(struct dmf_crash_dump *crash_dump)
{
	return dmf_kunit_priv(dmf_crash_dump_device(crash_dump));
}

size_t crash_query(struct dmf_crash_dump *crash_dump)
{
	struct crash_test *t = crash_test_of(crash_dump);

	/* Without end, if nobody ended it. */
	if (t->queries++ < 2 && t->panics_again)
		crash_dump->notifier.notifier_call(&crash_dump->notifier, 0, "again");
	return t->additional;
}

void crash_write(struct dmf_crash_dump *crash_dump, void *buffer, size_t size)
{
	struct crash_test *t = crash_test_of(crash_dump);

	t->writes++;
	t->asked_for = size;
	memset(buffer, 0xad, size);
}

static int crash_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct crash_test *t = dmf_kunit_priv(ddev);
	int ret = dmf_crash_dump_add(init, &t->config, &t->attributes, &t->crash_dump);

	if (!ret && t->second)
		ret = dmf_crash_dump_add(init, &t->second_config, NULL, &t->other);
	return ret;
}

const struct dmf_client_ops crash_client_ops = {
	.modules_add = crash_modules_add,
};

int crash_test_init(struct kunit *test)
{
	struct crash_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	t->stream = kunit_kzalloc(test, STREAM_MAX, GFP_KERNEL);
	if (!t->stream)
		return -ENOMEM;
	t->config.component_name = "pump";
	t->config.buffer_size = SIZE;
	t->config.buffer_count = COUNT;
	t->second_config = t->config;
	t->second_config.component_name = "valve";
	init_completion(&t->started);
	test->priv = t;
	/* Where the time of a record is that of another CPU it may be less by a tick. */
	return set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
}

struct crash_test *crash_up(struct kunit *test)
{
	struct crash_test *t = test->priv;

	t->ddev = dmf_kunit_probe(test, &crash_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->ddev));
	return t;
}

int write_next(struct crash_test *t, size_t size)
{
	int ret;

	memset(t->next, t->written + 1, size);
	ret = dmf_crash_dump_data_source_write_self(t->crash_dump, t->next, size);
	if (!ret)
		t->written++;
	return ret;
}

void write_records(struct kunit *test, unsigned int count)
{
	while (count--)
		KUNIT_ASSERT_EQ(test, write_next(test->priv, SIZE), 0);
}

/* -- The decoder ------------------------------------------------------------------ */

static void decode_bytes(struct crash_test *t, const char *body, size_t length)
{
	u8 bytes[DMF_CRASH_LINE_BYTES + 3];
	int size = length <= CRASH_BASE64_SIZE ? base64_decode(body, length, bytes) : -1;
	u32 first, from = 0;

	if (size < 3 || size > DMF_CRASH_LINE_BYTES) {
		t->faults++;
		return;
	}
	first = bytes[0] | bytes[1] << 8;
	if (!t->in_step && first == DMF_CRASH_LINE_NO_RECORD)
		return;
	if (!t->in_step)
		from = first;
	t->in_step = true;
	if (from >= size - 2 || t->stream_size + size > STREAM_MAX) {
		t->faults++;
		return;
	}
	memcpy(t->stream + t->stream_size, bytes + 2 + from, size - 2 - from);
	t->stream_size += size - 2 - from;
}

/* Instead of printk: take the line apart. */
static void crash_capture(void *context, const char *line)
{
	const char *last = strrchr(line, ' '), *body;
	struct crash_test *t = context;
	u32 key, number, crc;
	int at = 0;

	if (t->meanwhile && !t->lines)
		t->meanwhile(t);
	if (!last || sscanf(last, " %08x", &crc) != 1 ||
	    sscanf(line, "%08x %u %n", &key, &number, &at) != 2 ||
	    crc != ~crc32_le(~0, (const u8 *)line, last - line) || number != t->lines++ ||
	    key != t->crash_dump->ring->key || strlen(line) >= CRASH_LINE_SIZE) {
		t->faults++;
		return;
	}
	body = line + at;
	if (t->skip && number == t->skip) {
		t->in_step = false;
		t->stream_size = 0;
	} else if (!strncmp(body, "begin ", 6)) {
		t->headers++;
		scnprintf(t->begin, sizeof(t->begin), "%.*s", (int)(last - body), body);
		t->in_step = true;
	} else if (!strncmp(body, "end ", 4)) {
		t->headers++;
		scnprintf(t->end, sizeof(t->end), "%.*s", (int)(last - body), body);
	} else {
		decode_bytes(t, body, last - body);
	}
}

static void decode_stream(struct crash_test *t)
{
	const u8 *at = t->stream, *end = at + t->stream_size;
	struct dmf_crash_record record;

	while (end - at >= sizeof(record) && t->records < RECORDS_MAX) {
		record.number = le64_to_cpup((const __le64 *)at);
		record.time_ns = le64_to_cpup((const __le64 *)(at + 8));
		record.size = le32_to_cpup((const __le32 *)(at + 16));
		record.kind = le32_to_cpup((const __le32 *)(at + 20));
		at += sizeof(record);
		if (record.size > end - at || !record.size ||
		    memchr_inv(at, *at, record.size)) {
			t->faults++;
			return;
		}
		t->record[t->records] = record;
		t->first_byte[t->records++] = *at;
		at += record.size;
	}
	if (at != end)
		t->faults++;
}

static void decode_begin(struct crash_test *t)
{
	t->lines = 0;
	t->headers = 0;
	t->faults = 0;
	t->stream_size = 0;
	t->records = 0;
	t->in_step = false;
}

static void decode_end(struct kunit *test)
{
	struct crash_test *t = test->priv;

	decode_stream(t);
	KUNIT_EXPECT_EQ(test, t->faults, 0);
	KUNIT_EXPECT_EQ(test, t->headers, 2);
}

size_t crash_read_back(struct kunit *test, size_t budget)
{
	struct crash_test *t = test->priv;
	size_t size;

	decode_begin(t);
	size = __dmf_crash_dump_print(t->crash_dump, budget, crash_capture, t);
	if (!t->skip)
		KUNIT_EXPECT_EQ(test, size, t->stream_size);
	decode_end(test);
	return size;
}

void crash_decode(struct kunit *test, const char *lines, unsigned int count)
{
	struct crash_test *t = test->priv;
	unsigned int i;

	decode_begin(t);
	for (i = 0; i < count; i++)
		crash_capture(t, lines + i * CRASH_LINE_SIZE);
	decode_end(test);
}

void expect_records(struct kunit *test, u64 first, u64 last)
{
	struct crash_test *t = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, t->records, last + 1 - first);
	for (i = 0; i < t->records; i++) {
		KUNIT_EXPECT_EQ(test, t->record[i].number, first + i);
		KUNIT_EXPECT_EQ(test, t->record[i].kind, DMF_CRASH_RECORD_DATA);
		KUNIT_EXPECT_EQ(test, t->first_byte[i], (u8)(first + i));
		if (i)
			KUNIT_EXPECT_GE(test, t->record[i].time_ns, t->record[i - 1].time_ns);
	}
}
