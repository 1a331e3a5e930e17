// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "json.h"

/* Each function returns where its element ends, NULL if there is none. */

static const char *skip_string(const char *text)
{
	if (*text++ != '"')
		return NULL;
	for (; *text != '"'; text++) {
		if ((unsigned char)*text < ' ')
			return NULL;
		if (*text != '\\')
			continue;
		text++;
		if (!*text || !strchr("\"\\/bfnrtu", *text) ||
		    (*text == 'u' && strspn(text + 1, "0123456789abcdef") < 4))
			return NULL;
	}
	return text + 1;
}

static const char *skip_number(const char *text)
{
	if (*text == '-')
		text++;
	if (*text == '0')
		return isdigit(text[1]) ? NULL : text + 1;
	if (!isdigit(*text))
		return NULL;
	while (isdigit(*text))
		text++;
	return text;
}

static const char *skip_member(const char *text)
{
	text = skip_string(text);
	if (!text || *text++ != ':')
		return NULL;
	return *text == '"' ? skip_string(text) : skip_number(text);
}

/* Of any kind; nested at most so deep. */
#define DEPTH_MAX	16

static const char *skip_value(const char *text, unsigned int depth);

static const char *skip_real(const char *text)
{
	text = skip_number(text);
	if (!text || *text != '.')
		return text;
	if (!isdigit(*++text))
		return NULL;
	while (isdigit(*text))
		text++;
	return text;
}

/* What lies between brackets, with keys if they are braces. */
static const char *skip_elements(const char *text, unsigned int depth)
{
	char closing = *text == '{' ? '}' : ']';

	if (text[1] == closing)
		return text + 2;
	do {
		text++;
		if (closing == '}') {
			text = skip_string(text);
			if (!text || *text++ != ':')
				return NULL;
		}
		text = skip_value(text, depth + 1);
	} while (text && *text == ',');
	return text && *text == closing ? text + 1 : NULL;
}

static const char *skip_value(const char *text, unsigned int depth)
{
	if (depth == DEPTH_MAX)
		return NULL;
	switch (*text) {
	case '{':
	case '[':
		return skip_elements(text, depth);
	case '"':
		return skip_string(text);
	case 't':
		return strncmp(text, "true", 4) ? NULL : text + 4;
	case 'f':
		return strncmp(text, "false", 5) ? NULL : text + 5;
	default:
		return skip_real(text);
	}
}

bool json_is_line(const char *text, const char **end)
{
	const char *after = *text == '{' ? skip_value(text, 0) : NULL;

	if (!after || *after != '\n')
		return false;
	*end = after + 1;
	return true;
}

bool json_is_object(const char *text, const char **end)
{
	if (*text != '{')
		return false;
	do {
		text = skip_member(text + 1);
	} while (text && *text == ',');
	if (!text || *text != '}')
		return false;
	*end = text + 1;
	return true;
}
