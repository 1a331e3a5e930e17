// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dump_print.h"
#include "output.h"

#define ROW_BYTES	16
#define SHOWN_BYTES	(4 * ROW_BYTES)
#define NS_PER_S	1000000000ULL

/* What is nested deeper is drawn beside the others that have no place. */
#define DRAWN_DEPTH_MAX	16

/* For the tree: which sections have been drawn. */
struct drawing {
	const struct dump_file *dump;
	bool *drawn;
	bool full;
};

static bool is_module(const struct dump_section *section)
{
	return section->head.type == DMF_DUMP_MODULE;
}

/* -- Flags and times --------------------------------------------------------------------- */

static const char *flags_text(const struct dump_section *section)
{
	if (section->head.flags & DMF_DUMP_SECRET)
		return "secret: left out";
	if (section->head.flags & DMF_DUMP_UNREADABLE)
		return "the rest cannot be read";
	return section->head.flags & DMF_DUMP_CUT ? "the rest is missing" : NULL;
}

static void format_time(const struct dmf_dump_header *header, char *text, size_t size)
{
	time_t seconds = header->time_ns / NS_PER_S;
	struct tm fields;

	if (!gmtime_r(&seconds, &fields) ||
	    !strftime(text, size, "%Y-%m-%d %H:%M:%S UTC", &fields))
		snprintf(text, size, "?");
}

/* -- For people ---------------------------------------------------------------------------- */

static void indent(unsigned int depth)
{
	printf("%*s", 2 * depth, "");
}

static void print_pair(const char *key, const char *value)
{
	if (!*value)
		return;
	output_style(STYLE_DIM);
	printf("%s ", key);
	output_style(STYLE_PLAIN);
	output_text(value);
	putchar('\n');
}

static void print_header(const struct dmf_dump_header *header)
{
	char when[64];

	format_time(header, when, sizeof(when));
	output_styled(STYLE_BOLD, header->device);
	fputs("  ", stdout);
	output_text(header->driver);
	putchar('\n');
	print_pair("time  ", when);
	output_style(STYLE_DIM);
	fputs("uptime", stdout);
	output_style(STYLE_PLAIN);
	printf(" %llu.%03llu s\n", (unsigned long long)(header->uptime_ns / NS_PER_S),
	       (unsigned long long)(header->uptime_ns % NS_PER_S / 1000000));
	print_pair("kernel", header->release);
	print_pair("type  ", header->report_type);
	output_style(STYLE_DIM);
	fputs("reason", stdout);
	output_style(STYLE_PLAIN);
	printf(" %#llx %#llx ", (unsigned long long)header->code,
	       (unsigned long long)header->parameter);
	output_text(header->text);
	putchar('\n');
	if (header->flags & DMF_DUMP_INCOMPLETE) {
		output_styled(STYLE_YELLOW, "incomplete: more than the driver's limit");
		putchar('\n');
	}
}

/* A line of a text; tabs and the like become question marks in output_text(). */
static void print_line(const unsigned char *line, size_t length, unsigned int depth)
{
	char text[4096];

	if (length >= sizeof(text))
		length = sizeof(text) - 1;
	memcpy(text, line, length);
	text[length] = '\0';
	indent(depth);
	output_text(text);
	putchar('\n');
}

static void print_text(const struct dump_section *section, unsigned int depth)
{
	const unsigned char *end = section->data + section->head.size, *line, *next;

	for (line = section->data; line < end; line = next + 1) {
		next = memchr(line, '\n', end - line);
		if (!next)
			next = end;
		print_line(line, next - line, depth);
	}
}

static void print_row(const unsigned char *bytes, size_t count, size_t offset,
		      unsigned int depth)
{
	size_t i;

	indent(depth);
	output_style(STYLE_DIM);
	printf("%06zx", offset);
	output_style(STYLE_PLAIN);
	for (i = 0; i < ROW_BYTES; i++) {
		if (i < count)
			printf("%s%02x", i % 8 ? " " : "  ", bytes[i]);
		else
			fputs(i % 8 ? "   " : "    ", stdout);
	}
	fputs("  ", stdout);
	for (i = 0; i < count; i++)
		putchar(bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '.');
	putchar('\n');
}

static void print_bytes(const struct dump_section *section, unsigned int depth, bool full)
{
	size_t size = section->head.size, offset, step;

	if (!full && size > SHOWN_BYTES)
		size = SHOWN_BYTES;
	for (offset = 0; offset < size; offset += step) {
		step = size - offset < ROW_BYTES ? size - offset : ROW_BYTES;
		print_row(section->data + offset, step, offset, depth);
	}
	if (size < section->head.size) {
		indent(depth);
		printf("... %zu bytes more: --full\n", (size_t)section->head.size - size);
	}
}

static void print_title(const struct dump_section *section, unsigned int depth)
{
	const char *type = dump_type_name(section->head.type);
	const char *flags = flags_text(section);

	indent(depth);
	output_styled(is_module(section) ? STYLE_GREEN : STYLE_CYAN, section->head.name);
	if (!type)
		printf(" type=%u", section->head.type);
	else if (!dump_type_is_text(section->head.type) && strcmp(type, section->head.name))
		printf(" %s", type);
	if (!dump_type_is_text(section->head.type))
		printf(" %llu bytes", (unsigned long long)section->head.total);
	if (flags) {
		fputs("  ", stdout);
		output_styled(STYLE_YELLOW, flags);
	}
	putchar('\n');
}

static void print_section(const struct drawing *drawing, size_t index, unsigned int depth)
{
	const struct dump_section *section = &drawing->dump->sections[index];

	drawing->drawn[index] = true;
	print_title(section, depth);
	if (dump_type_is_text(section->head.type))
		print_text(section, depth + 1);
	else
		print_bytes(section, depth + 1, drawing->full);
}

/* What belongs to a Module, or to the device: first its own, then what is below it. */
static void print_below(const struct drawing *drawing, unsigned int parent, unsigned int depth)
{
	const struct dump_file *dump = drawing->dump;
	size_t i;

	for (i = 0; i < dump->count; i++) {
		if (dump->sections[i].head.parent == parent && !drawing->drawn[i] &&
		    !is_module(&dump->sections[i]))
			print_section(drawing, i, depth);
	}
	for (i = 0; depth < DRAWN_DEPTH_MAX && i < dump->count; i++) {
		if (dump->sections[i].head.parent == parent && !drawing->drawn[i] &&
		    is_module(&dump->sections[i])) {
			print_section(drawing, i, depth);
			/* 0 is the device, whatever a file says. */
			if (dump->sections[i].head.id)
				print_below(drawing, dump->sections[i].head.id, depth + 1);
		}
	}
}

/* What belongs to Modules that are not in the dump. */
static void print_rest(const struct drawing *drawing)
{
	bool found = false;
	size_t i;

	for (i = 0; i < drawing->dump->count; i++) {
		if (drawing->drawn[i])
			continue;
		if (!found)
			output_styled(STYLE_YELLOW, "of Modules that are not here:");
		if (!found)
			putchar('\n');
		found = true;
		print_section(drawing, i, 1);
	}
}

static void print_tree(const struct dump_file *dump, bool full)
{
	struct drawing drawing = {
		.dump = dump,
		.drawn = calloc(dump->count + 1, sizeof(bool)),
		.full = full,
	};

	print_header(&dump->header);
	if (!drawing.drawn)
		return;
	print_below(&drawing, 0, 0);
	print_rest(&drawing);
	free(drawing.drawn);
}

/* -- JSON ------------------------------------------------------------------------------------ */

static void json_data(const char *key, const unsigned char *data, size_t size, bool is_text)
{
	char *text = malloc(2 * size + 1);
	size_t i;

	if (!text)
		return;
	if (is_text)
		memcpy(text, data, size);
	for (i = 0; i < size && !is_text; i++)
		snprintf(text + 2 * i, 3, "%02x", data[i]);
	text[is_text ? size : 2 * size] = '\0';
	json_string(key, text);
	free(text);
}

static void json_section(const struct dump_section *section)
{
	const struct dmf_dump_section *head = &section->head;
	const char *type = dump_type_name(head->type);

	json_object(NULL);
	if (type)
		json_string("type", type);
	else
		json_unsigned("type", head->type);
	json_unsigned("id", head->id);
	json_unsigned("parent", head->parent);
	json_string("name", head->name);
	json_unsigned("size", head->size);
	json_unsigned("total", head->total);
	json_bool("secret", head->flags & DMF_DUMP_SECRET);
	json_bool("cut", head->flags & DMF_DUMP_CUT);
	json_bool("unreadable", head->flags & DMF_DUMP_UNREADABLE);
	if (dump_type_is_text(head->type))
		json_data("text", section->data, head->size, true);
	else
		json_data("bytes", section->data, head->size, false);
	json_end();
}

static void print_json(const struct dump_file *dump)
{
	const struct dmf_dump_header *header = &dump->header;
	size_t i;

	json_object(NULL);
	json_string("device", header->device);
	json_string("driver", header->driver);
	json_unsigned("time_ns", header->time_ns);
	json_unsigned("uptime_ns", header->uptime_ns);
	json_string("release", header->release);
	json_unsigned("pointer_size", header->pointer_size);
	json_string("report_type", header->report_type);
	json_unsigned("code", header->code);
	json_unsigned("parameter", header->parameter);
	json_string("reason", header->text);
	json_bool("incomplete", header->flags & DMF_DUMP_INCOMPLETE);
	json_array("sections");
	for (i = 0; i < dump->count; i++)
		json_section(&dump->sections[i]);
	json_end();
	json_end();
}

void dump_print(const struct dump_file *dump, bool full)
{
	if (output_is_json())
		print_json(dump);
	else
		print_tree(dump, full);
}
