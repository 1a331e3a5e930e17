// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debugfs.h"
#include "model.h"

#define FIGURES	"figures:"

/* -- Fields ---------------------------------------------------------------------- */

static bool is_octal(const char *digits)
{
	return digits[0] >= '0' && digits[0] <= '3' && digits[1] >= '0' &&
	       digits[1] <= '7' && digits[2] >= '0' && digits[2] <= '7';
}

/* The kernel writes \040 for a blank; what would end the text stays as it is. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++, to++) {
		*to = *text;
		if (*text == '\\' && is_octal(text + 1) && strncmp(text + 1, "000", 3)) {
			*to = (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
			text += 3;
		}
	}
	*to = '\0';
}

static void fields_add(struct fields *fields, char *word)
{
	char *value = strchr(word, '=');

	if (!value || value == word || fields->count == FIELDS_MAX)
		return;
	*value++ = '\0';
	unescape(value);
	fields->list[fields->count].key = word;
	fields->list[fields->count++].value = value;
}

static bool fields_parse(struct fields *fields, char *text, const char *ends)
{
	struct field *shorter;
	char *rest, *word;

	fields->count = 0;
	fields->text = text;
	fields->list = calloc(FIELDS_MAX, sizeof(*fields->list));
	if (!fields->list) {
		fields_free(fields);
		errno = ENOMEM;
		return false;
	}
	for (word = strtok_r(text, ends, &rest); word; word = strtok_r(NULL, ends, &rest))
		fields_add(fields, word);
	shorter = realloc(fields->list, (fields->count + 1) * sizeof(*shorter));
	if (shorter)
		fields->list = shorter;
	return true;
}

bool fields_parse_lines(struct fields *fields, char *text)
{
	return fields_parse(fields, text, "\n");
}

bool fields_parse_words(struct fields *fields, char *text)
{
	return fields_parse(fields, text, " \t\n");
}

bool fields_read(struct fields *fields, const char *format, ...)
{
	char path[PATH_MAX], *text;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (length >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	text = debugfs_read("%s", path);
	return text && fields_parse_lines(fields, text);
}

void fields_free(struct fields *fields)
{
	free(fields->list);
	free(fields->text);
	memset(fields, 0, sizeof(*fields));
}

static const struct field *fields_find(const struct fields *fields, const char *key)
{
	size_t i;

	for (i = 0; i < fields->count; i++) {
		if (!strcmp(fields->list[i].key, key))
			return &fields->list[i];
	}
	return NULL;
}

bool fields_has(const struct fields *fields, const char *key)
{
	return fields_find(fields, key);
}

const char *fields_get(const struct fields *fields, const char *key)
{
	const struct field *field = fields_find(fields, key);

	return field ? field->value : "";
}

unsigned long long fields_number(const struct fields *fields, const char *key)
{
	const char *value = fields_get(fields, key);
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)*value))
		return 0;
	errno = 0;
	number = strtoull(value, &end, 10);
	return errno || *end ? 0 : number;
}

/* -- Modules --------------------------------------------------------------------- */

static void module_free(struct module_view *module)
{
	free(module->folder);
	fields_free(&module->state);
	fields_free(&module->figures);
}

/* The line of the Module's own figures, for free(); an empty text if there is none. */
static char *take_figures(char *text)
{
	char *line = !strncmp(text, FIGURES, strlen(FIGURES)) ? text :
		     strstr(text, "\n" FIGURES);
	char *figures;

	if (!line)
		return strdup("");
	if (line != text)
		*line++ = '\0';
	figures = strdup(line + strlen(FIGURES));
	*line = '\0';
	return figures;
}

/* Returns false with errno. */
static bool module_read(struct module_view *module, const char *device, const char *folder)
{
	char *text = debugfs_read("%s/modules/%s/state", device, folder), *figures;

	memset(module, 0, sizeof(*module));
	if (!text)
		return false;
	figures = take_figures(text);
	if (!figures) {
		free(text);
		return false;
	}
	module->folder = strdup(folder);
	if (!fields_parse_lines(&module->state, text)) {
		free(figures);
		module_free(module);
		return false;
	}
	if (!fields_parse_words(&module->figures, figures) || !module->folder) {
		module_free(module);
		errno = ENOMEM;
		return false;
	}
	module->number = fields_number(&module->state, "number");
	return true;
}

static int module_compare(const void *first, const void *second)
{
	const struct module_view *one = first, *other = second;

	return one->number < other->number ? -1 : one->number > other->number;
}

/* Those with a lower number only: so nothing is below itself. */
static struct module_view *module_parent(struct device_view *device, size_t count,
					 const struct module_view *module)
{
	struct module_view key = { .number = fields_number(&module->state, "parent") };

	if (!key.number || key.number >= module->number)
		return NULL;
	return bsearch(&key, device->modules, count, sizeof(key), module_compare);
}

static void device_link(struct device_view *device)
{
	size_t i;

	if (!device->count)
		return;
	qsort(device->modules, device->count, sizeof(*device->modules), module_compare);
	for (i = 0; i < device->count; i++)
		device->modules[i].parent = module_parent(device, i, &device->modules[i]);
}

/* -- Devices --------------------------------------------------------------------- */

bool device_read(struct device_view *device, const char *name)
{
	struct names folders;
	size_t i;

	memset(device, 0, sizeof(*device));
	device->name = name;
	if (!fields_read(&device->state, "%s/state", name))
		return false;
	if (!debugfs_list(&folders, "%s/modules", name)) {
		fields_free(&device->state);
		return false;
	}
	device->modules = calloc(folders.count + 1, sizeof(*device->modules));
	for (i = 0; device->modules && i < folders.count; i++) {
		if (module_read(&device->modules[device->count], name, folders.list[i]))
			device->count++;
	}
	names_free(&folders);
	if (!device->modules) {
		fields_free(&device->state);
		errno = ENOMEM;
		return false;
	}
	device_link(device);
	return true;
}

void device_free(struct device_view *device)
{
	while (device->count)
		module_free(&device->modules[--device->count]);
	free(device->modules);
	fields_free(&device->state);
	memset(device, 0, sizeof(*device));
}
