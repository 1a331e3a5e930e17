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
		if (*text == '\\' && !strchr("\"\\/bfnrt", *++text))
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
