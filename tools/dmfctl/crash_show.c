// SPDX-License-Identifier: GPL-2.0-only
/* What dmfctl crash decode prints. */
#include <stdlib.h>
#include <time.h>

#include "crash.h"
#include "output.h"

#define ROW	16	/* bytes of a row of hexadecimal digits */

static const char hex_digits[] = "0123456789abcdef";

/* Printable ASCII, with or without zeros behind it. Returns its length, 0 if it is not. */
static size_t text_length(const unsigned char *data, size_t size)
{
	size_t i;

	while (size && !data[size - 1])
		size--;
	/* What was written with echo ends so. */
	if (size && data[size - 1] == '\n')
		size--;
	for (i = 0; i < size; i++) {
		if (data[i] < ' ' || data[i] > '~')
			return 0;
	}
	return size;
}

/* -- For people ------------------------------------------------------------------- */

static void show_row(const unsigned char *data, size_t offset, size_t size)
{
	size_t i;

	printf("      %04zx ", offset);
	for (i = 0; i < ROW; i++) {
		if (i < size)
			printf(" %02x", data[i]);
		else
			printf("   ");
	}
	printf("  ");
	for (i = 0; i < size; i++)
		putchar(data[i] >= ' ' && data[i] <= '~' ? data[i] : '.');
	putchar('\n');
}

static void show_record(const struct crash_dump *dump, const struct crash_record *record)
{
	const unsigned char *data = dump->data + record->offset;
	unsigned long long us = record->time_ns / 1000, number = record->number;
	size_t length = text_length(data, record->size), i;

	output_style(STYLE_DIM);
	printf("  [%5llu.%06llu] ", us / 1000000, us % 1000000);
	output_style(STYLE_PLAIN);
	if (record->kind == DMF_CRASH_RECORD_ADDITIONAL)
		printf("when the kernel panicked: ");
	else
		printf("%llu: ", number);
	if (length) {
		printf("%.*s\n", (int)length, (const char *)data);
		return;
	}
	printf("%u bytes\n", record->size);
	for (i = 0; i < record->size; i += ROW)
		show_row(data + i, i, record->size - i < ROW ? record->size - i : ROW);
}

static void show_amount(const char *text, unsigned long long amount)
{
	if (!amount)
		return;
	output_style(STYLE_YELLOW);
	printf("  %s: %llu", text, amount);
	output_style(STYLE_PLAIN);
	putchar('\n');
}

static void show_head(const struct crash_dump *dump)
{
	time_t created = dump->created;
	struct tm utc;
	char text[32];

	output_styled(STYLE_BOLD, dump->named ? dump->component : "(name is lost)");
	if (dump->named) {
		printf("  ");
		output_text(dump->device);
		printf("  ");
		output_text(dump->driver);
	}
	output_style(STYLE_DIM);
	printf("  key %08x", dump->key);
	if (dump->from_memory)
		printf("  at %#llx", (unsigned long long)dump->address);
	if (dump->from_memory && gmtime_r(&created, &utc) &&
	    strftime(text, sizeof(text), "%F %T", &utc))
		printf("  since %s UTC", text);
	output_style(STYLE_PLAIN);
	putchar('\n');
}

/* How many were written before the first one that is there. */
static uint64_t older_than(const struct crash_dump *dump)
{
	if (!dump->count || dump->records[0].kind != DMF_CRASH_RECORD_DATA ||
	    !dump->records[0].number)
		return dump->last;
	return dump->records[0].number - 1;
}

static void show_text(const struct crash_dump *dump)
{
	size_t i;

	show_head(dump);
	show_amount("older records that are not there", older_than(dump));
	for (i = 0; i < dump->count; i++)
		show_record(dump, &dump->records[i]);
	if (!dump->count)
		printf("  no record\n");
	show_amount("records that were not whole", dump->broken);
	show_amount("records that were lost when they were written", dump->dropped);
	show_amount("lines of the log that are missing", dump->missing);
	if (!dump->whole) {
		output_styled(STYLE_YELLOW, "  the log does not have all of it");
		putchar('\n');
	}
}

/* -- As JSON ---------------------------------------------------------------------- */

static void show_record_json(const struct crash_dump *dump, const struct crash_record *record)
{
	const unsigned char *data = dump->data + record->offset;
	char *hex = malloc(2 * (size_t)record->size + 1);
	size_t i;

	json_object(NULL);
	json_unsigned("number", record->number);
	json_unsigned("time_ns", record->time_ns);
	json_string("kind", record->kind == DMF_CRASH_RECORD_ADDITIONAL ? "additional" : "data");
	if (hex) {
		for (i = 0; i < record->size; i++) {
			hex[2 * i] = hex_digits[data[i] >> 4];
			hex[2 * i + 1] = hex_digits[data[i] & 15];
		}
		hex[2 * i] = '\0';
		json_string("data", hex);
	}
	json_end();
	free(hex);
}

static void show_json(const struct crash_dump *dump)
{
	char key[9];
	size_t i;

	snprintf(key, sizeof(key), "%08x", dump->key);
	json_object(NULL);
	json_string("from", dump->from_memory ? "memory" : "log");
	json_string("component", dump->component);
	json_string("driver", dump->driver);
	json_string("device", dump->device);
	json_string("key", key);
	if (dump->from_memory) {
		json_unsigned("address", dump->address);
		json_unsigned("created", dump->created);
	}
	json_unsigned("last", dump->last);
	json_unsigned("dropped", dump->dropped);
	json_unsigned("broken", dump->broken);
	json_unsigned("lines_missing", dump->missing);
	json_bool("whole", dump->whole);
	json_array("records");
	for (i = 0; i < dump->count; i++)
		show_record_json(dump, &dump->records[i]);
	json_end();
	json_end();
}

void crash_show(const struct crash_dump *dump)
{
	if (output_is_json())
		show_json(dump);
	else
		show_text(dump);
}
