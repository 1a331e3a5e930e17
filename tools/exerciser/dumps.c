// SPDX-License-Identifier: GPL-2.0-only
/* Dumps of the exerciser: one region for all to see, and one that is secret. */
#include <linux/dmf/device.h>

#include "client.h"
#include "commands.h"

static const char open_text[] = EXERCISER_DUMP_OPEN;
static const char sealed_text[] = EXERCISER_DUMP_SEALED;

static int dumps_initialize(struct dmf_live_kernel_dump *dump)
{
	const struct dmf_live_kernel_dump_region open = {
		.name = "open", .address = open_text, .size = sizeof(open_text),
	}, sealed = {
		.name = "sealed", .address = sealed_text, .size = sizeof(sealed_text),
		.flags = DMF_LIVE_KERNEL_DUMP_SECRET,
	};

	return dmf_live_kernel_dump_data_buffer_source_add(dump, &open) ?:
	       dmf_live_kernel_dump_data_buffer_source_add(dump, &sealed);
}

const struct dmf_live_kernel_dump_config exerciser_dumps = {
	.report_type = "exerciser",
	.initialize = dumps_initialize,
};

int dumps_create(struct dmf_device *ddev)
{
	static const u64 number = 42;
	const struct dmf_live_kernel_dump_region structure = {
		.name = "request", .address = &number, .size = sizeof(number),
	};
	const struct dmf_live_kernel_dump_request request = {
		.code = 0xe5, .text = "by a Method", .structures = &structure,
		.structure_count = 1,
	};

	struct dmf_live_kernel_dump *dump = dmf_live_kernel_dump_from_device(ddev);

	return dmf_live_kernel_dump_live_kernel_memory_dump_create(dump, &request);
}
