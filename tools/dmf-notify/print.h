/* SPDX-License-Identifier: GPL-2.0-only */
/* How dmf-notify shows an event: a line for people, or a JSON object a line. */
#ifndef DMF_NOTIFY_PRINT_H
#define DMF_NOTIFY_PRINT_H

#include <stdbool.h>
#include <linux/dmf/notify.h>

/**
 * struct print_style - what the user wants to see
 * @device: name of the node without its folder.
 * @json: JSON instead of plain lines.
 * @raw: do not decode the data, even if the device is known.
 */
struct print_style {
	const char *device;
	bool json;
	bool raw;
};

/**
 * print_event() - print one record to stdout
 * @style: how.
 * @event: the record; its data lies within @event->size.
 * @lost: number of events that are missing between the previous record and
 *	this one.
 */
void print_event(const struct print_style *style, const struct dmf_event *event,
		 __u64 lost);

#endif /* DMF_NOTIFY_PRINT_H */
