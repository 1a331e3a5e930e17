// SPDX-License-Identifier: GPL-2.0-only
/*
 * Formats of flight records.
 *
 * A format is looked through once, at the first use of the place in the code that
 * has it: what is left of it is a list of what its arguments are, which is all that
 * recording needs. When somebody reads the record, the format is gone through
 * again, and each of its conversions is given to the kernel's printf with its
 * argument.
 *
 * vbin_printf() and bstr_printf() do the like, but go through the format each time,
 * look for the end of a string beyond its precision, leave out a string that does
 * not fit, and follow pointers.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "recorder_ring.h"

/* States of a site; 0 is that nobody has looked at it. */
#define SITE_READY	1
#define SITE_REFUSED	2

/* Of a conversion in a format, and of one whose stars have become numbers. */
#define SPEC_MAX	48

/* Of a width or precision that is an argument. */
#define NUMBER_MAX	999

/* From a % on. */
struct conversion {
	unsigned int length;		/* of what it has in the format */
	unsigned int head;		/* of its flags, with the % */
	bool width_star;		/* the width is an argument */
	bool precision_star;
	int width;			/* -1: none */
	int precision;			/* -1: none */
	char tail[4];			/* qualifier, conversion and suffix */
	u8 kind;			/* DMF_RECORD_END for %% */
};

/* Up to three digits, or a star. Return: the number, -1 if there is none. */
static int conversion_number(const char **text, bool *star)
{
	int number = -1, digits;

	*star = **text == '*';
	if (*star) {
		++*text;
		return -1;
	}
	for (digits = 0; digits < 3 && isdigit(**text); digits++)
		number = max(number, 0) * 10 + *(*text)++ - '0';
	return number;
}

/* Return: the kind of an integer with a qualifier, which *@text is put behind. */
static u8 conversion_qualifier(const char **text)
{
	const char *qualifier = *text;

	switch (*qualifier) {
	case 'h':
		*text += qualifier[1] == 'h' ? 2 : 1;
		return DMF_RECORD_INT;
	case 'l':
		*text += qualifier[1] == 'l' ? 2 : 1;
		return qualifier[1] == 'l' ? DMF_RECORD_LONG_LONG : DMF_RECORD_LONG;
	case 'L':
		++*text;
		return DMF_RECORD_LONG_LONG;
	case 'z':
	case 't':
		++*text;
		return DMF_RECORD_LONG;
	default:
		return DMF_RECORD_INT;
	}
}

/* Those that look behind no pointer when they are printed. Return: false for others. */
static bool conversion_pointer(const char **text)
{
	if (!isalnum(**text))
		return true;
	return strchr("xKesSB", *(*text)++) && !isalnum(**text);
}

static u8 conversion_string(const struct conversion *conversion)
{
	if (conversion->precision_star)
		return DMF_RECORD_STRING_STAR;
	if (conversion->precision < 0)
		return DMF_RECORD_STRING;
	return min_t(int, DMF_RECORD_STRING_UP_TO + conversion->precision, U8_MAX);
}

/* What follows width and precision, of which *@text is put behind. Return: 0 or -EINVAL. */
static int conversion_kind(struct conversion *conversion, const char **text)
{
	const char *qualifier = *text;
	u8 integer = conversion_qualifier(text);
	bool qualified = *text != qualifier;

	switch (*(*text)++) {
	case '%':
		conversion->kind = DMF_RECORD_END;
		return 0;
	case 'd': case 'i': case 'u': case 'x': case 'X': case 'o':
		conversion->kind = integer;
		return 0;
	case 'c':
		conversion->kind = DMF_RECORD_INT;
		return integer == DMF_RECORD_INT ? 0 : -EINVAL;
	case 's':
		conversion->kind = conversion_string(conversion);
		return qualified ? -EINVAL : 0;
	case 'p':
		conversion->kind = DMF_RECORD_POINTER;
		return !qualified && conversion_pointer(text) ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* Look at what begins with a %. Return: 0, or -EINVAL if no record can have it. */
static int conversion_parse(struct conversion *conversion, const char *format)
{
	const char *text = format + 1, *tail;

	text += strspn(text, "-+ #0");
	conversion->head = text - format;
	conversion->width = conversion_number(&text, &conversion->width_star);
	conversion->precision = -1;
	conversion->precision_star = false;
	if (*text == '.') {
		text++;
		conversion->precision = max(conversion_number(&text, &conversion->precision_star),
					    0);
	}
	tail = text;
	if (conversion_kind(conversion, &text) || conversion->head > SPEC_MAX / 2)
		return -EINVAL;
	strscpy(conversion->tail, tail, min_t(size_t, sizeof(conversion->tail), text - tail + 1));
	conversion->length = text - format;
	return 0;
}

/* -- Before the first record ---------------------------------------------------- */

/* Arguments as they are found. */
struct kinds {
	u8 kinds[DMF_RECORD_ARGS_MAX + 1];
	unsigned int count;
	unsigned int units;
};

/* Return: 0, or -EINVAL if there are too many. */
static int kinds_add(struct kinds *kinds, u8 kind)
{
	if (kind == DMF_RECORD_END)
		return 0;
	if (kinds->count == DMF_RECORD_ARGS_MAX)
		return -EINVAL;
	kinds->kinds[kinds->count++] = kind;
	kinds->units += kind == DMF_RECORD_INT || kind >= DMF_RECORD_STRING ? 1 : 2;
	return 0;
}

static int kinds_find(struct kinds *kinds, const char *format)
{
	struct conversion conversion;
	int ret = 0;

	for (format = strchr(format, '%'); format && !ret; format = strchr(format, '%')) {
		ret = conversion_parse(&conversion, format);
		if (!ret && conversion.width_star)
			ret = kinds_add(kinds, DMF_RECORD_INT);
		if (!ret && conversion.precision_star)
			ret = kinds_add(kinds, DMF_RECORD_INT);
		if (!ret)
			ret = kinds_add(kinds, conversion.kind);
		if (!ret)
			format += conversion.length;
	}
	return ret;
}

/* Any number of callers may come at once: all write the same. */
void dmf_record_site_prepare(struct dmf_record_site *site, const char *format)
{
	struct kinds kinds = { };
	u8 state = SITE_READY;

	if (kinds_find(&kinds, format)) {
		pr_err("dmf: no flight record can have this format: \"%s\"\n", format);
		memset(&kinds, 0, sizeof(kinds));
		state = SITE_REFUSED;
	}
	site->format = format;
	memcpy(site->kinds, kinds.kinds, sizeof(site->kinds));
	site->units = kinds.units;
	/* After all else. */
	smp_store_release(&site->state, state);
}

/* -- Printing ------------------------------------------------------------------- */

/* What is left of a record's units. */
struct units {
	u32 *next;
	unsigned int left;
};

static u32 units_take_int(struct units *units)
{
	if (!units->left)
		return 0;
	units->left--;
	return *units->next++;
}

static u64 units_take_long(struct units *units)
{
	u64 value;

	if (units->left < 2)
		return 0;
	memcpy(&value, units->next, sizeof(value));
	units->next += 2;
	units->left -= 2;
	return value;
}

/* What somebody else has chosen does nothing to a terminal. */
static char fit_character(char c)
{
	return isascii(c) && isprint(c) ? c : '?';
}

static char *units_take_string(struct units *units)
{
	char *string = (char *)units->next;
	size_t length = strnlen(string, units->left * sizeof(u32));
	char *c;

	if (length == units->left * sizeof(u32))
		return "";
	units->next += length / sizeof(u32) + 1;
	units->left -= length / sizeof(u32) + 1;
	for (c = string; *c; c++)
		*c = fit_character(*c);
	return string;
}

static int units_take_number(struct units *units)
{
	return clamp((int)units_take_int(units), -NUMBER_MAX, NUMBER_MAX);
}

/* The conversion as printf takes it, without stars. */
static void conversion_spec(char *spec, struct conversion *conversion, const char *format,
			    struct units *units)
{
	if (conversion->width_star)
		conversion->width = units_take_number(units);
	if (conversion->precision_star)
		conversion->precision = max(units_take_number(units), 0);

	memcpy(spec, format, conversion->head);
	spec += conversion->head;
	if (conversion->width >= 0 || conversion->width_star)
		spec += sprintf(spec, "%d", conversion->width);
	if (conversion->precision >= 0)
		spec += sprintf(spec, ".%d", conversion->precision);
	strcpy(spec, conversion->tail);
}

static void print_long(struct seq_file *seq, const char *spec, const char *tail, u64 value)
{
	if (*tail == 'z')
		seq_printf(seq, spec, (size_t)value);
	else if (*tail == 't')
		seq_printf(seq, spec, (ptrdiff_t)value);
	else
		seq_printf(seq, spec, (unsigned long)value);
}

static void print_conversion(struct seq_file *seq, struct conversion *conversion,
			     const char *format, struct units *units)
{
	char spec[SPEC_MAX];
	u32 value;

	conversion_spec(spec, conversion, format, units);
	switch (conversion->kind) {
	case DMF_RECORD_END:
		seq_putc(seq, '%');
		break;
	case DMF_RECORD_INT:
		value = units_take_int(units);
		if (conversion->tail[0] == 'c')
			value = fit_character(value);
		seq_printf(seq, spec, value);
		break;
	case DMF_RECORD_LONG:
		print_long(seq, spec, conversion->tail, units_take_long(units));
		break;
	case DMF_RECORD_LONG_LONG:
		seq_printf(seq, spec, units_take_long(units));
		break;
	case DMF_RECORD_POINTER:
		seq_printf(seq, spec, (void *)(unsigned long)units_take_long(units));
		break;
	default:
		seq_printf(seq, spec, units_take_string(units));
	}
}

/* Print a record's message, without line break; its strings are made fit for that. */
void dmf_record_print(struct seq_file *seq, const struct dmf_record_site *site,
		      u32 *next, unsigned int count)
{
	struct units units = { .next = next, .left = count };
	struct conversion conversion;
	const char *format;

	for (format = site->format; *format; format += conversion.length) {
		conversion.length = 1;
		if (*format == '%' && site->state == SITE_READY &&
		    !conversion_parse(&conversion, format))
			print_conversion(seq, &conversion, format, &units);
		else if (!iscntrl(*format))
			seq_putc(seq, *format);
	}
	if (site->state == SITE_REFUSED)
		seq_puts(seq, " [refused]");
}
