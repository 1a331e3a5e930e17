/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of debugfs say, parsed: fields, Modules, devices. */
#ifndef DMFCTL_MODEL_H
#define DMFCTL_MODEL_H

#include <stdbool.h>
#include <stddef.h>

/* More of them in one text are not seen. */
#define FIELDS_MAX	512

struct field {
	const char *key;
	const char *value;
};

/**
 * struct fields - key=value, from one text
 * @count: how many.
 * @list: in the order of the text.
 * @text: what keys and values lie in.
 */
struct fields {
	size_t count;
	struct field *list;
	char *text;
};

/* One key=value a line; other lines are not seen. Owns @text; false: no memory. */
bool fields_parse_lines(struct fields *fields, char *text);
/* Words key=value; other words are not seen. The same. */
bool fields_parse_words(struct fields *fields, char *text);
/* A file of lines; false with errno. */
bool __attribute__((format(printf, 2, 3)))
fields_read(struct fields *fields, const char *format, ...);
void fields_free(struct fields *fields);

/* An empty text if there is no such key. */
const char *fields_get(const struct fields *fields, const char *key);
/* 0 if there is none, or no number. */
unsigned long long fields_number(const struct fields *fields, const char *key);
bool fields_has(const struct fields *fields, const char *key);

/**
 * struct module_view - one Module
 * @number: of the Module.
 * @parent: its parent, NULL if it is the Client's or the parent is not to be seen.
 * @folder: name of its folder.
 * @state: what the core says.
 * @figures: what the Module says.
 */
struct module_view {
	unsigned long long number;
	struct module_view *parent;
	char *folder;
	struct fields state;
	struct fields figures;
};

/**
 * struct device_view - one device
 * @name: of the device.
 * @state: what the core says.
 * @count: number of Modules.
 * @modules: in the order of their numbers, so that parents come first.
 */
struct device_view {
	const char *name;
	struct fields state;
	size_t count;
	struct module_view *modules;
};

/* What goes away meanwhile is left out. Returns false with errno. */
bool device_read(struct device_view *device, const char *name);
void device_free(struct device_view *device);

#endif /* DMFCTL_MODEL_H */
