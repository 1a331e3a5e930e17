// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

/* Whole numbers that a double holds, which is what many readers make of them. */
#define JSON_DIGITS_MAX	15

static bool is_json, has_color, is_unicode;

/* Elements that lie within each other, and whether each has one in it already. */
static struct {
	char closing;
	bool begun;
} nest[JSON_DEPTH_MAX];
static unsigned int nested;

void output_init(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *type = getenv("TERM");

	setlocale(LC_CTYPE, "");
	is_unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
	has_color = output_is_terminal() && !(no_color && *no_color) &&
		    !(type && !strcmp(type, "dumb"));
}

void output_set_json(void)
{
	is_json = true;
}

bool output_set_color(const char *when)
{
	if (!strcmp(when, "always"))
		has_color = true;
	else if (!strcmp(when, "never"))
		has_color = false;
	else
		return !strcmp(when, "auto");
	return true;
}

bool output_is_json(void)
{
	return is_json;
}

bool output_is_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

bool output_is_unicode(void)
{
	return is_unicode;
}

/* -- Text for people ------------------------------------------------------------- */

void output_style(enum style style)
{
	static const char *const codes[] = {
		[STYLE_PLAIN] = "0", [STYLE_BOLD] = "1", [STYLE_DIM] = "2",
		[STYLE_GREEN] = "32", [STYLE_YELLOW] = "33", [STYLE_RED] = "31",
		[STYLE_BLUE] = "34", [STYLE_CYAN] = "36",
	};

	static enum style current = STYLE_PLAIN;

	if (has_color && style != current)
		printf("\033[%sm", codes[style]);
	current = style;
}

/*
 * Length of the UTF-8 character that @text begins with, 0 if it is none. Of what has
 * several bytes only the shape is looked at, and that it is no control character.
 */
static size_t utf8_length(const unsigned char *text)
{
	size_t length, i;

	if (text[0] < 0x80)
		return text[0] >= ' ' && text[0] != 0x7f;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((text[0] == 0xc2 && text[1] < 0xa0) || (text[0] == 0xe0 && text[1] < 0xa0) ||
	    (text[0] == 0xed && text[1] > 0x9f) || (text[0] == 0xf0 && text[1] < 0x90) ||
	    (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

static size_t put_text(FILE *file, const char *text, size_t width)
{
	size_t length, printed;

	for (printed = 0; *text && printed < width; text += length ? length : 1, printed++) {
		length = utf8_length((const unsigned char *)text);
		if (!length || (length > 1 && !is_unicode))
			putc('?', file);
		else
			fwrite(text, 1, length, file);
	}
	return printed;
}

void output_text(const char *text)
{
	put_text(stdout, text, SIZE_MAX);
}

void output_text_to(FILE *file, const char *text)
{
	put_text(file, text, SIZE_MAX);
}

size_t output_text_cut(const char *text, size_t width)
{
	return put_text(stdout, text, width);
}

void output_styled(enum style style, const char *text)
{
	output_style(style);
	output_text(text);
	output_style(STYLE_PLAIN);
}

/* -- JSON ------------------------------------------------------------------------ */

/* A character of UTF-8, of two bytes at least, in ASCII. */
static void json_escape(const char *text, size_t length)
{
	unsigned int code = (unsigned char)text[0] & (0x7f >> length);
	size_t i;

	for (i = 1; i < length; i++)
		code = code << 6 | (text[i] & 0x3f);
	if (code > 0xffff) {
		printf("\\u%04x", 0xd7c0 + (code >> 10));
		code = 0xdc00 | (code & 0x3ff);
	}
	printf("\\u%04x", code);
}

/* Where terminals know nothing of UTF-8 its bytes may be control characters. */
static void json_text(const char *text)
{
	size_t length;

	putchar('"');
	for (; *text; text += length ? length : 1) {
		length = utf8_length((const unsigned char *)text);
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if (length > 1 && !is_unicode)
			json_escape(text, length);
		else if (length)
			fwrite(text, 1, length, stdout);
		else if ((unsigned char)*text < 0x80)
			printf("\\u%04x", *text);
		else
			fputs("\\ufffd", stdout);
	}
	putchar('"');
}

static void json_begin(const char *key)
{
	if (nested) {
		if (nest[nested - 1].begun)
			putchar(',');
		nest[nested - 1].begun = true;
	}
	if (key) {
		json_text(key);
		putchar(':');
	}
}

static void json_open(const char *key, char opening, char closing)
{
	json_begin(key);
	putchar(opening);
	assert(nested < JSON_DEPTH_MAX);
	nest[nested].closing = closing;
	nest[nested++].begun = false;
}

void json_object(const char *key)
{
	json_open(key, '{', '}');
}

void json_array(const char *key)
{
	json_open(key, '[', ']');
}

void json_end(void)
{
	assert(nested);
	putchar(nest[--nested].closing);
	if (!nested)
		putchar('\n');
}

void json_string(const char *key, const char *value)
{
	json_begin(key);
	json_text(value);
}

void json_unsigned(const char *key, unsigned long long value)
{
	json_begin(key);
	printf("%llu", value);
}

void json_real(const char *key, double value)
{
	json_begin(key);
	printf("%.3f", value);
}

void json_bool(const char *key, bool value)
{
	json_begin(key);
	fputs(value ? "true" : "false", stdout);
}

static bool is_number(const char *text)
{
	size_t digits;

	if (*text == '-')
		text++;
	digits = strspn(text, "0123456789");
	return digits && digits <= JSON_DIGITS_MAX && !text[digits] &&
	       (text[0] != '0' || digits == 1);
}

/* What has a name may be called 7, and is no number then. */
static bool is_name(const char *key)
{
	static const char *const names[] = {
		"device", "driver", "node", "module", "instance", "comm", "stream", NULL
	};
	const char *const *name;

	for (name = names; key && *name; name++) {
		if (!strcmp(key, *name))
			return true;
	}
	return false;
}

void json_word(const char *key, const char *value)
{
	if (is_number(value) && !is_name(key)) {
		json_begin(key);
		fputs(value, stdout);
	} else {
		json_string(key, value);
	}
}
