// SPDX-License-Identifier: GPL-2.0-only
/*
 * A message for the flight recorder, beside the same message for a trace instance; and
 * beside what the kernel's own binary printf needs to put it into a buffer, without
 * a ring.
 */
#include <linux/err.h>
#include <linux/instruction_pointer.h>
#include <linux/string.h>
#include <linux/trace.h>

#include <linux/dmf/compat.h>
#include <linux/dmf/device.h>
#include <linux/dmf/module.h>
#include <linux/dmf/recorder.h>

#include "bench.h"

#define MESSAGES	10000

#define FORMAT		"request %u of %s took %llu ns: %d"

struct dmf_bench_recorder {
	struct dmf_module module;
};

static const struct dmf_module_ops bench_recorder_ops = { };

static const struct dmf_module_desc bench_recorder_desc = {
	.name		= "bench_recorder",
	.size		= sizeof(struct dmf_bench_recorder),
	.recorder_size	= 4096,
	.ops		= &bench_recorder_ops,
};

DMF_DECLARE_MODULE(bench_recorder);
DMF_DEFINE_MODULE(bench_recorder);

static struct dmf_bench_recorder *handle;

static int modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	return dmf_bench_recorder_add(init, NULL, NULL, &handle);
}

static const struct dmf_client_ops client_ops = {
	.modules_add = modules_add,
};

static int record_messages(void *data)
{
	struct dmf_module *module = data;
	unsigned int i;

	for (i = 0; i < MESSAGES; i++)
		dmf_record(module, FORMAT, i, "factorial", 123456ULL + i, -5);
	return 0;
}

static int bench_record(struct bench *bench)
{
	struct dmf_device *ddev = bench_device_probe(&client_ops);
	int ret;

	if (IS_ERR(ddev))
		return PTR_ERR(ddev);

	ret = bench_run(bench, record_messages, dmf_bench_recorder_module(handle), MESSAGES);
	bench_device_remove(ddev);
	return ret;
}

static int trace_messages(void *data)
{
	struct trace_array *trace = data;
	unsigned int i;
	int ret;

	for (i = 0; i < MESSAGES; i++) {
		ret = trace_array_printk(trace, _THIS_IP_, FORMAT, i, "factorial", 123456ULL + i,
					 -5);
		if (ret <= 0)
			return ret ?: -EIO;
	}
	return 0;
}

static int bench_trace(struct bench *bench)
{
	struct trace_array *trace = dmf_trace_array_get_by_name("dmf-bench");
	int ret;

	if (!trace)
		return -ENOMEM;

	ret = trace_array_init_printk(trace);
	if (!ret)
		ret = bench_run(bench, trace_messages, trace, MESSAGES);
	trace_array_put(trace);
	trace_array_destroy(trace);
	return ret;
}

static __printf(3, 4) int binary_printf(u32 *words, size_t count, const char *format, ...)
{
	va_list args;
	int ret;

	va_start(args, format);
	ret = vbin_printf(words, count, format, args);
	va_end(args);
	return ret;
}

static int binary_messages(void *data)
{
	unsigned int i;
	u32 words[58];

	for (i = 0; i < MESSAGES; i++)
		if (binary_printf(words, ARRAY_SIZE(words), FORMAT, i, "factorial", 123456ULL + i,
				  -5) > ARRAY_SIZE(words))
			return -ENOSPC;
	return 0;
}

static int bench_binary(struct bench *bench)
{
	return bench_run(bench, binary_messages, NULL, MESSAGES);
}

const struct bench_case recorder_cases[] = {
	{ "a flight record", "trace_array_printk of the same message", 50,
	  bench_record, bench_trace },
	{ "a flight record, with the ring", "vbin_printf, without one", 0,
	  bench_record, bench_binary },
	{ }
};
