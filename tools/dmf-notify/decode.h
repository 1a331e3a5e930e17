/* SPDX-License-Identifier: GPL-2.0-only */
/* The devices whose data dmf-notify can read, found by the name of the node. */
#ifndef DMF_NOTIFY_DECODE_H
#define DMF_NOTIFY_DECODE_H

#include <linux/dmf/notify.h>

/**
 * struct decoder - one type of event of one kind of device
 * @driver: name of the node without the trailing number.
 * @type: &struct dmf_event.type.
 * @data_size: the data are at least so long.
 * @text: prints the data for people.
 * @json: prints the data as members of a JSON object, without the braces.
 */
struct decoder {
	const char *driver;
	__u32 type;
	__u32 data_size;
	void (*text)(const void *data);
	void (*json)(const void *data);
};

/* Returns NULL if nothing is known about such an event. */
const struct decoder *decoder_find(const char *device,
				   const struct dmf_event *event);

#endif /* DMF_NOTIFY_DECODE_H */
