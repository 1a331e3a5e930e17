// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of chaining: handlers of an IoctlHandler that are called by other handlers.
 */
#include <linux/dmf/ioctl_handler.h>

#include "caller.h"

#define MAGIC	0xC9

struct argument {
	u64 value;
	struct dmf_buffer buffer;
};

#define CMD_SHORT	_IO(MAGIC, 1)
#define CMD_PEND	_IO(MAGIC, 2)
#define CMD_LONG	_IOWR(MAGIC, 3, struct argument)
/* These chain to what the test says. */
#define CMD_CHAIN	_IO(MAGIC, 4)
#define CMD_LIKE_LONG	_IOWR(MAGIC, 5, struct argument)	/* all that CMD_LONG has */
#define CMD_NO_BUFFER	_IOWR(MAGIC, 6, struct argument)
#define CMD_MORE	_IOWR(MAGIC, 7, struct argument)	/* a larger buffer */
#define CMD_ONLY_IN	_IOW(MAGIC, 8, struct argument)
#define CMD_NOBODY	_IO(MAGIC, 9)

#define MAXIMUM	16

struct chains {
	struct dmf_ioctl_handler *handler;
	struct dmf_ioctl_handler_config config;
	unsigned int to;
	unsigned int called;
	int result;
	struct dmf_request *pended;	/* xchg() decides who has it */
	struct completion pend_seen;
	struct dmf_file *file;
};

static struct chains *to_chains(struct dmf_ioctl_handler *handler)
{
	return dmf_kunit_priv(dmf_ioctl_handler_device(handler));
}

static int short_call(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	struct chains *chains = to_chains(handler);

	chains->called++;
	return chains->result;
}

static int pend_call(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	struct chains *chains = to_chains(handler);

	dmf_request_pend(request, NULL, 0);
	xchg(&chains->pended, request);
	complete(&chains->pend_seen);
	return 0;
}

static int long_call(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	struct argument *argument = dmf_request_output(request);
	u8 *bytes = dmf_request_buffer(request, 0);

	to_chains(handler)->called++;
	argument->value += bytes[0];
	return 0;
}

static int chain_call(struct dmf_ioctl_handler *handler, struct dmf_request *request)
{
	return dmf_ioctl_handler_ioctl_chain(handler, request, to_chains(handler)->to);
}

#define BUFFERS(_minimum, _maximum) { {						\
	offsetof(struct argument, buffer), DMF_BUFFER_TO_DRIVER, _minimum, _maximum	\
} }

static const struct dmf_ioctl_handler_record records[] = {
	{ .command = CMD_SHORT, .handler = short_call },
	{ .command = CMD_PEND, .handler = pend_call },
	{ .command = CMD_LONG, .handler = long_call, .buffers = BUFFERS(1, MAXIMUM) },
	{ .command = CMD_CHAIN, .handler = chain_call },
	{ .command = CMD_LIKE_LONG, .handler = chain_call, .buffers = BUFFERS(0, MAXIMUM) },
	{ .command = CMD_NO_BUFFER, .handler = chain_call },
	{ .command = CMD_MORE, .handler = chain_call, .buffers = BUFFERS(1, MAXIMUM + 1) },
	{ .command = CMD_ONLY_IN, .handler = chain_call, .buffers = BUFFERS(1, MAXIMUM) },
};

static int chains_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct chains *chains = dmf_kunit_priv(ddev);

	return dmf_ioctl_handler_add(init, &chains->config, NULL, &chains->handler);
}

static bool chains_switch(struct dmf_device *ddev, struct dmf_request *request)
{
	struct chains *chains = dmf_kunit_priv(ddev);

	dmf_request_complete(request, dmf_ioctl_handler_ioctl_chain(chains->handler, request,
								    CMD_SHORT));
	return true;
}

static struct dmf_device *chains_probe_ops(struct kunit *test, const struct dmf_client_ops *ops)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, ops);
	struct chains *chains = test->priv;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	chains->file = dmf_kunit_open(test, ddev);
	return ddev;
}

static void chains_probe(struct kunit *test)
{
	const struct dmf_client_ops ops = { .modules_add = chains_modules_add };

	chains_probe_ops(test, &ops);
}

static void chain_calls_another_handler(struct kunit *test)
{
	struct chains *chains = test->priv;
	u8 bytes[1] = { 40 };
	struct argument argument = {
		.value = 2, .buffer = { .ptr = (uintptr_t)bytes, .size = sizeof(bytes) },
	};

	chains_probe(test);
	chains->to = CMD_SHORT;
	chains->result = -EXDEV;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(chains->file, CMD_CHAIN, NULL), -EXDEV);
	chains->to = CMD_LONG;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(chains->file, CMD_LIKE_LONG, &argument), 0);
	KUNIT_EXPECT_EQ(test, argument.value, 42);
	KUNIT_EXPECT_EQ(test, chains->called, 2);
}

/* A handler finds what its record promises, or is not called. */
static void chain_refuses_what_does_not_fit(struct kunit *test)
{
	struct chains *chains = test->priv;
	u8 bytes[MAXIMUM + 1] = { };
	struct argument argument = {
		.buffer = { .ptr = (uintptr_t)bytes, .size = sizeof(bytes) },
	};

	chains_probe(test);
	chains->to = CMD_LONG;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(chains->file, CMD_CHAIN, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(chains->file, CMD_NO_BUFFER, &argument), -EINVAL);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(chains->file, CMD_MORE, &argument), -EINVAL);
	argument.buffer.size = 0;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(chains->file, CMD_LIKE_LONG, &argument), -EINVAL);
	argument.buffer.size = 1;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(chains->file, CMD_ONLY_IN, &argument), -EINVAL);
	KUNIT_EXPECT_EQ(test, chains->called, 0);
}

static void unknown_command_is_not_chained_to(struct kunit *test)
{
	struct chains *chains = test->priv;

	chains_probe(test);
	chains->to = CMD_NOBODY;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(chains->file, CMD_CHAIN, NULL), -ENOTTY);
}

static void chain_may_pend(struct kunit *test)
{
	struct chains *chains = test->priv;
	struct caller *caller;

	chains_probe(test);
	chains->to = CMD_PEND;
	caller = dmf_kunit_call_start(test, &(struct caller){
		.file = chains->file, .command = CMD_CHAIN,
	});
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&chains->pend_seen,
							    DMF_KUNIT_TIMEOUT));
	dmf_request_complete(xchg(&chains->pended, NULL), -EXDEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call_result(test, caller), -EXDEV);
}

/* By the switch of the Client, which gets what the instance does not know just now. */
static void chain_works_while_disabled(struct kunit *test)
{
	const struct dmf_client_ops ops = {
		.modules_add = chains_modules_add, .device_io_control = chains_switch,
	};
	struct chains *chains = test->priv;

	chains->config.manual_mode = true;
	chains_probe_ops(test, &ops);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(chains->file, CMD_SHORT, NULL), 0);
	KUNIT_EXPECT_EQ(test, chains->called, 1);
}

static void dynamic_instance_is_only_chained_to(struct kunit *test)
{
	const struct dmf_client_ops ops = { .device_io_control = chains_switch };
	struct dmf_device *ddev = chains_probe_ops(test, &ops);
	struct chains *chains = test->priv;

	KUNIT_ASSERT_EQ(test, dmf_ioctl_handler_create(ddev, NULL, &chains->config, NULL,
						       &chains->handler), 0);
	KUNIT_EXPECT_EQ(test, dmf_ioctl_handler_ioctl_state_set(chains->handler, true), 0);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_SHORT, NULL, 0, NULL, 0, HZ),
			-ENOTTY);
	KUNIT_EXPECT_EQ(test, chains->called, 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(chains->file, CMD_SHORT, NULL), 0);
	KUNIT_EXPECT_EQ(test, chains->called, 1);
	dmf_ioctl_handler_destroy(chains->handler);
}

static int chains_init(struct kunit *test)
{
	struct chains *chains = kunit_kzalloc(test, sizeof(*chains), GFP_KERNEL);

	if (!chains)
		return -ENOMEM;
	chains->config.records = records;
	chains->config.record_count = ARRAY_SIZE(records);
	init_completion(&chains->pend_seen);
	test->priv = chains;
	return 0;
}

static struct kunit_case chain_cases[] = {
	KUNIT_CASE(chain_calls_another_handler),
	KUNIT_CASE(chain_refuses_what_does_not_fit),
	KUNIT_CASE(unknown_command_is_not_chained_to),
	KUNIT_CASE(chain_may_pend),
	KUNIT_CASE(chain_works_while_disabled),
	KUNIT_CASE(dynamic_instance_is_only_chained_to),
	{ }
};

static struct kunit_suite chain_suite = {
	.name = "dmf_ioctl_handler_chain",
	.init = chains_init,
	.test_cases = chain_cases,
};

kunit_test_suite(chain_suite);
