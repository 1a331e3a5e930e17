// SPDX-License-Identifier: GPL-2.0-only
/*
 * A line of trace_pipe:
 *
 *   <task>-<pid> [<cpu>] <seconds>.<microseconds>: <event>: key=value key=value ...
 *
 * The name of the task may hold anything, and so may a value: it ends where the next
 * word with an equals sign begins. Between cpu and time there may be more.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "trace_line.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define WORDS_MAX	64

struct trace_line {
	char *task;
	char *pid;
	char *cpu;
	char *time;
	char *event;
	size_t count;
	struct { char *key, *value; } words[WORDS_MAX];
};

/* -- Parsing -------------------------------------------------------------------------- */

static char *skip_digits(char *text)
{
	while (isdigit((unsigned char)*text))
		text++;
	return text;
}

/* Where "<seconds>.<microseconds>: " ends, NULL if it does not begin here. */
static char *time_end(char *text)
{
	char *end = skip_digits(text);

	if (end == text || *end != '.')
		return NULL;
	text = end + 1;
	end = skip_digits(text);
	return end - text == 6 && end[0] == ':' && end[1] == ' ' ? end : NULL;
}

/* Where the time is after "[<cpu>] ... ", NULL if that does not begin here. */
static char *find_time(char *bracket)
{
	char *word = skip_digits(bracket + 1);

	if (word == bracket + 1 || word[0] != ']' || word[1] != ' ')
		return NULL;
	for (word++; word; word = strchr(word, ' ')) {
		word += strspn(word, " ");
		if (time_end(word))
			return word;
	}
	return NULL;
}

/* The name of the task may look like that, too: so the last before the first time. */
static char *find_cpu(char *line, char **time)
{
	char *bracket, *found = NULL, *word;

	*time = NULL;
	for (bracket = strchr(line, '['); bracket && (!*time || bracket < *time);
	     bracket = strchr(bracket + 1, '[')) {
		word = find_time(bracket);
		if (!word)
			continue;
		*time = word;
		found = bracket;
	}
	return found;
}

/* Returns what follows the time, NULL if this is no line of an event. */
static char *parse_head(struct trace_line *parsed, char *line)
{
	char *bracket = find_cpu(line, &parsed->time), *dash, *end;

	if (!bracket)
		return NULL;
	end = time_end(parsed->time);
	*end = '\0';
	*bracket = '\0';
	parsed->cpu = bracket + 1;
	parsed->task = line + strspn(line, " ");
	dash = strrchr(parsed->task, '-');
	if (!dash || !isdigit((unsigned char)dash[1]))
		return NULL;
	*dash = '\0';
	parsed->pid = dash + 1;
	*skip_digits(parsed->pid) = '\0';
	return end + 2;
}

static bool is_key(const char *word)
{
	size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return length && word[length] == '=';
}

static void parse_words(struct trace_line *parsed, char *text)
{
	char *word = text + strspn(text, " "), *next;

	while (*word && is_key(word) && parsed->count < WORDS_MAX) {
		for (next = strchr(word, ' '); next && !is_key(next + 1);
		     next = strchr(next + 1, ' '))
			;
		if (next)
			*next = '\0';
		parsed->words[parsed->count].key = word;
		parsed->words[parsed->count].value = strchr(word, '=') + 1;
		parsed->words[parsed->count++].value[-1] = '\0';
		if (!next)
			break;
		word = next + 1;
	}
}

static bool parse(struct trace_line *parsed, char *line)
{
	char *text, *colon;

	memset(parsed, 0, sizeof(*parsed));
	text = parse_head(parsed, line);
	colon = text ? strchr(text, ':') : NULL;
	if (!colon || colon == text)
		return false;
	*colon = '\0';
	parsed->event = text;
	parse_words(parsed, colon + 1);
	return true;
}

/* -- Printing -------------------------------------------------------------------------- */

static bool is_failure(const char *key, const char *value)
{
	return (!strcmp(key, "ret") || !strcmp(key, "status")) && value[0] == '-';
}

static enum style event_style(const struct trace_line *line)
{
	static const struct { const char *part; enum style style; } kinds[] = {
		{ "contended", STYLE_YELLOW },	{ "drop", STYLE_RED },
		{ "discard", STYLE_RED },	{ "cancel", STYLE_YELLOW },
		{ "abandon", STYLE_YELLOW },	{ "request_", STYLE_CYAN },
		{ "module_", STYLE_GREEN },	{ "device_", STYLE_BLUE },
		{ "event_", STYLE_PLAIN },
	};
	size_t i;

	for (i = 0; i < line->count; i++) {
		if (is_failure(line->words[i].key, line->words[i].value))
			return STYLE_RED;
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strstr(line->event, kinds[i].part))
			return kinds[i].style;
	}
	return STYLE_BOLD;
}

/* So many characters at least. */
static void print_padded(const char *text, size_t width)
{
	size_t printed = output_text_cut(text, SIZE_MAX);

	for (; printed < width; printed++)
		putchar(' ');
}

static void print_text(const struct trace_line *line)
{
	size_t i;

	output_style(STYLE_DIM);
	print_padded(line->time, 14);
	putchar(' ');
	output_text(line->task);
	putchar('-');
	output_text(line->pid);
	putchar(' ');
	output_style(event_style(line));
	print_padded(line->event, 16);
	output_style(STYLE_PLAIN);
	for (i = 0; i < line->count; i++) {
		/* Nothing to say. */
		if (!*line->words[i].value)
			continue;
		putchar(' ');
		output_style(STYLE_DIM);
		output_text(line->words[i].key);
		putchar('=');
		output_style(is_failure(line->words[i].key, line->words[i].value) ?
			     STYLE_RED : STYLE_PLAIN);
		output_text(line->words[i].value);
		output_style(STYLE_PLAIN);
	}
	putchar('\n');
}

static void print_json(const struct trace_line *line)
{
	size_t i;

	json_object(NULL);
	json_string("event", line->event);
	json_string("time", line->time);
	json_string("task", line->task);
	json_word("pid", line->pid);
	json_unsigned("cpu", strtoul(line->cpu, NULL, 10));
	json_object("fields");
	for (i = 0; i < line->count; i++)
		json_word(line->words[i].key, line->words[i].value);
	json_end();
	json_end();
}

/* "CPU:0 [LOST 123 EVENTS]" */
static bool print_lost(const char *line)
{
	unsigned long long lost;
	unsigned int cpu;

	if (sscanf(line, "CPU:%u [LOST %llu EVENTS]", &cpu, &lost) != 2)
		return false;
	if (output_is_json()) {
		json_object(NULL);
		json_unsigned("lost", lost);
		json_unsigned("cpu", cpu);
		json_end();
		return true;
	}
	output_style(STYLE_RED);
	printf("lost %llu event%s of CPU %u\n", lost, lost == 1 ? "" : "s", cpu);
	output_style(STYLE_PLAIN);
	return true;
}

bool trace_line_print(char *line)
{
	struct trace_line parsed;

	if (print_lost(line))
		return false;
	if (!parse(&parsed, line))
		return false;
	if (output_is_json())
		print_json(&parsed);
	else
		print_text(&parsed);
	return true;
}
