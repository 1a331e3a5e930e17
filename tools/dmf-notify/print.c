// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "decode.h"
#include "print.h"

static const unsigned char *event_data(const struct dmf_event *event)
{
	return (const unsigned char *)event + event->data_offset;
}

static void print_hex(const struct dmf_event *event)
{
	__u32 i;

	for (i = 0; i < event->data_size; i++)
		printf("%02x", event_data(event)[i]);
}

static void print_json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < ' ')
			printf("\\u%04x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void print_json(const struct print_style *style,
		       const struct dmf_event *event,
		       const struct decoder *decoder, __u64 lost)
{
	printf("{\"device\":");
	print_json_string(style->device);
	printf(",\"sequence\":%llu,\"type\":%u,\"status\":%d", event->sequence,
	       event->type, event->status);
	printf(",\"timestamp_ns\":%llu,\"lost\":%llu,\"data\":\"",
	       event->timestamp_ns, lost);
	print_hex(event);
	putchar('"');
	if (decoder) {
		putchar(',');
		decoder->json(event_data(event));
	}
	printf("}\n");
}

static void print_text(const struct print_style *style,
		       const struct dmf_event *event,
		       const struct decoder *decoder, __u64 lost)
{
	if (lost)
		printf("%s: lost %llu event%s\n", style->device, lost,
		       lost == 1 ? "" : "s");
	printf("%s #%llu: ", style->device, event->sequence);
	if (decoder) {
		decoder->text(event_data(event));
	} else {
		printf("type %u, %u bytes", event->type,
		       event->data_size);
		if (event->data_size)
			printf(": ");
		print_hex(event);
	}
	if (event->status < 0)
		printf(" (%s)", strerror(-event->status));
	else if (event->status)
		printf(" (status %d)", event->status);
	putchar('\n');
}

void print_event(const struct print_style *style, const struct dmf_event *event,
		 __u64 lost)
{
	const struct decoder *decoder = NULL;

	if (!style->raw)
		decoder = decoder_find(style->device, event);
	if (style->json)
		print_json(style, event, decoder, lost);
	else
		print_text(style, event, decoder, lost);
}
