// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that wants its events readable adds two functions and a row to the
 * table. Data are copied out of the record because they may lie unaligned.
 */
#include <stdio.h>
#include <string.h>

#include <linux/dmf/edu.h>

#include "decode.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

static void edu_text(const void *data)
{
	struct dmf_edu_factorial factorial;

	memcpy(&factorial, data, sizeof(factorial));
	printf("%u! = %u", factorial.operand, factorial.result);
}

static void edu_json(const void *data)
{
	struct dmf_edu_factorial factorial;

	memcpy(&factorial, data, sizeof(factorial));
	printf("\"operand\":%u,\"result\":%u",
	       factorial.operand, factorial.result);
}

static const struct decoder decoders[] = {
	{
		.driver = "edu",
		.type = DMF_EDU_EVENT_FACTORIAL,
		.data_size = sizeof(struct dmf_edu_factorial),
		.text = edu_text,
		.json = edu_json,
	},
};

const struct decoder *decoder_find(const char *device,
				   const struct dmf_event *event)
{
	size_t length = strlen(device);
	const struct decoder *decoder;
	size_t i;

	while (length && strchr("0123456789", device[length - 1]))
		length--;

	for (i = 0; i < ARRAY_SIZE(decoders); i++) {
		decoder = &decoders[i];
		if (strlen(decoder->driver) == length &&
		    !memcmp(decoder->driver, device, length) &&
		    decoder->type == event->type &&
		    decoder->data_size <= event->data_size)
			return decoder;
	}
	return NULL;
}
