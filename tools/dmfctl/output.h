/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dmfctl prints: text with colours if the output is a terminal, or JSON.
 *
 * Texts that come from elsewhere are printed by output_text() or as JSON, never by
 * printf(): they may hold anything, sequences for terminals too.
 */
#ifndef DMFCTL_OUTPUT_H
#define DMFCTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* For main.c: before all else, and for the options. */
void output_init(void);
void output_set_json(void);
/* Returns false if @when is not one of the words. */
bool output_set_color(const char *when);

/* Does the user want JSON? */
bool output_is_json(void);
/* Is the output a terminal? */
bool output_is_terminal(void);
/* May lines be drawn in Unicode? */
bool output_is_unicode(void);

/* How a piece of text looks, if there are colours. */
enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_GREEN,
	STYLE_YELLOW,
	STYLE_RED,
	STYLE_BLUE,
	STYLE_CYAN,
};

/* What follows looks so; STYLE_PLAIN ends it. */
void output_style(enum style style);
/* A text from elsewhere; what is no printable character becomes a question mark. */
void output_text(const char *text);
/* The same to another file. */
void output_text_to(FILE *file, const char *text);
/* To the output, @width characters at most. Returns how many there were. */
size_t output_text_cut(const char *text, size_t width);
/* The same in a style, which ends with it. */
void output_styled(enum style style, const char *text);

/*
 * JSON, with a line for each outermost element. @key is NULL within an array and for
 * the outermost element. At most JSON_DEPTH_MAX elements lie within each other.
 */
#define JSON_DEPTH_MAX	32

void json_object(const char *key);
void json_array(const char *key);
/* The end of the innermost object or array. */
void json_end(void);
void json_string(const char *key, const char *value);
void json_unsigned(const char *key, unsigned long long value);
/* Finite; with three decimals. */
void json_real(const char *key, double value);
void json_bool(const char *key, bool value);
/*
 * A number if the text is a whole one of at most 15 digits, else a string; always a string
 * if it is a name, which the key tells.
 */
void json_word(const char *key, const char *value);

#endif /* DMFCTL_OUTPUT_H */
