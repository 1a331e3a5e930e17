// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of arguments: the buffers that they lead to, and what becomes of those when the
 * caller, or the device, goes. The sizes of arguments are in command_kunit.c.
 */
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include <linux/dmf/command.h>
#include <linux/dmf/request_sender.h>

#include "caller.h"

#define MAGIC	0xC7

struct transfer {
	u32 what;
	u32 reserved;
	struct dmf_buffer in;
	struct dmf_buffer out;
	struct dmf_buffer both;
};

enum { IN, OUT, BOTH };		/* its buffers by index */

/* Values of transfer.what. */
enum {
	TURN,		/* each buffer reversed, what is in goes out */
	FAIL,		/* the same, and then it fails */
	NOTHING,	/* no buffer is used */
	TOO_MUCH,	/* more is said to be used than there is */
	WHOLE_OUT,	/* all of what goes out is used, and not written */
};

/* Larger than anything kmalloc() gives. */
#define LARGE		(8 * SZ_1M)
#define IN_MINIMUM	2
#define IN_MAXIMUM	64
#define OUT_MINIMUM	3
#define BOTH_MAXIMUM	64

#define CMD_TRANSFER	_IOWR(MAGIC, 1, struct transfer)
#define CMD_PEND	_IOWR(MAGIC, 2, struct transfer)
#define CMD_PEND_KILLABLE _IOWR(MAGIC, 3, struct transfer)

/* The same command as a program has it that knows another version. */
static unsigned int with_size(unsigned int command, size_t size)
{
	return _IOC(_IOC_DIR(command), _IOC_TYPE(command), _IOC_NR(command), size);
}

struct arguments {
	struct dmf_file *file;
	unsigned int handled;
	struct transfer transfer;	/* the argument of the latest handler */
	size_t sizes[3];
	bool dirty;			/* what goes out did not begin as zeros */
	struct dmf_request *pended;	/* xchg() decides who has it */
	struct completion pend_seen;
	atomic_t cancels;
};

static void turn(struct dmf_request *request, unsigned int from, unsigned int to)
{
	size_t size = min(dmf_request_buffer_size(request, from),
			  dmf_request_buffer_size(request, to));
	const char *source = dmf_request_buffer(request, from);
	char *target = dmf_request_buffer(request, to), byte;
	size_t i;

	for (i = 0; i < size; i++) {
		byte = source[size - 1 - i];
		if (from == to && i < size / 2) {
			target[size - 1 - i] = target[i];
			target[i] = byte;
		} else if (from != to) {
			target[i] = byte;
		}
	}
	dmf_request_buffer_set_used(request, to, size);
}

static int transfer_do(struct dmf_request *request)
{
	struct transfer *transfer = dmf_request_output(request);
	u32 what = transfer->what;

	if (what == NOTHING)
		return 0;
	if (what == TOO_MUCH) {
		dmf_request_buffer_set_used(request, OUT,
					    dmf_request_buffer_size(request, OUT) + 1);
		return 0;
	}
	if (what == WHOLE_OUT) {
		dmf_request_buffer_set_used(request, OUT, dmf_request_buffer_size(request, OUT));
		return 0;
	}
	turn(request, IN, OUT);
	turn(request, BOTH, BOTH);
	dmf_request_buffer_set_used(request, IN, 1);
	/* To no avail. */
	memset(&transfer->in, 0xff, sizeof(transfer->in));
	memset(&transfer->out, 0xff, sizeof(transfer->out));
	return what == FAIL ? -EXDEV : 0;
}

static void transfer_note(struct arguments *arguments, struct dmf_request *request)
{
	int i;

	arguments->handled++;
	arguments->transfer = *(const struct transfer *)dmf_request_input(request);
	for (i = 0; i < 3; i++)
		arguments->sizes[i] = dmf_request_buffer_size(request, i);
	arguments->dirty = arguments->sizes[OUT] &&
			   memchr_inv(dmf_request_buffer(request, OUT), 0, arguments->sizes[OUT]);
}

static int arguments_transfer(struct dmf_device *ddev, struct dmf_request *request)
{
	transfer_note(dmf_kunit_priv(ddev), request);
	return transfer_do(request);
}

static bool arguments_cancel(struct dmf_request *request)
{
	struct arguments *arguments = request->owner;

	atomic_inc(&arguments->cancels);
	return xchg(&arguments->pended, NULL) == request;
}

static int arguments_pend(struct dmf_device *ddev, struct dmf_request *request)
{
	struct arguments *arguments = dmf_kunit_priv(ddev);
	bool killable = dmf_request_command(request) == CMD_PEND_KILLABLE;

	arguments->handled++;
	request->owner = arguments;
	dmf_request_pend(request, killable ? NULL : arguments_cancel, 0);
	xchg(&arguments->pended, request);
	complete(&arguments->pend_seen);
	return 0;
}

#define TRANSFER_BUFFERS {							\
	[IN] = { offsetof(struct transfer, in), DMF_BUFFER_TO_DRIVER,		\
		 IN_MINIMUM, IN_MAXIMUM },					\
	[OUT] = { offsetof(struct transfer, out), DMF_BUFFER_FROM_DRIVER,	\
		  OUT_MINIMUM, LARGE },						\
	[BOTH] = { offsetof(struct transfer, both), DMF_BUFFER_BOTH,		\
		   0, BOTH_MAXIMUM },						\
}

static const struct dmf_command arguments_commands[] = {
	{
		.command = CMD_TRANSFER, .handler = arguments_transfer,
		.buffers = TRANSFER_BUFFERS,
	}, {
		.command = CMD_PEND, .handler = arguments_pend,
		.buffers = TRANSFER_BUFFERS,
	}, {
		.command = CMD_PEND_KILLABLE, .handler = arguments_pend,
		.buffers = TRANSFER_BUFFERS,
	},
};

static const struct dmf_client_ops arguments_ops = {
	.commands	= arguments_commands,
	.command_count	= ARRAY_SIZE(arguments_commands),
};

static struct dmf_device *arguments_probe(struct kunit *test)
{
	struct dmf_device *ddev = dmf_kunit_probe(test, &arguments_ops);
	struct arguments *arguments = test->priv;

	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	arguments->file = dmf_kunit_open(test, ddev);
	return ddev;
}

/* -- Buffers ------------------------------------------------------------------------ */

/* An argument with its buffers, filled. */
struct full_transfer {
	struct transfer transfer;
	char in[8], out[8], both[8];
};

static void transfer_fill(struct full_transfer *full, u32 what)
{
	*full = (struct full_transfer) {
		.transfer = {
			.what = what,
			.in = { (uintptr_t)full->in, 4, 77 },
			.out = { (uintptr_t)full->out, 6, 78 },
			.both = { (uintptr_t)full->both, 3, 79 },
		},
		.in = "abcdefg", .out = "ABCDEFG", .both = "1234567",
	};
}

/* Nothing but @used of the three may differ. */
static void expect_argument(struct kunit *test, const struct full_transfer *full, u32 in, u32 out,
			    u32 both)
{
	KUNIT_EXPECT_EQ(test, full->transfer.in.ptr, (uintptr_t)full->in);
	KUNIT_EXPECT_EQ(test, full->transfer.out.ptr, (uintptr_t)full->out);
	KUNIT_EXPECT_EQ(test, full->transfer.both.ptr, (uintptr_t)full->both);
	KUNIT_EXPECT_EQ(test, full->transfer.in.size, 4);
	KUNIT_EXPECT_EQ(test, full->transfer.out.size, 6);
	KUNIT_EXPECT_EQ(test, full->transfer.both.size, 3);
	KUNIT_EXPECT_EQ(test, full->transfer.in.used, in);
	KUNIT_EXPECT_EQ(test, full->transfer.out.used, out);
	KUNIT_EXPECT_EQ(test, full->transfer.both.used, both);
}

static void expect_untouched(struct kunit *test, const struct full_transfer *full)
{
	KUNIT_EXPECT_STREQ(test, full->in, "abcdefg");
	KUNIT_EXPECT_STREQ(test, full->out, "ABCDEFG");
	KUNIT_EXPECT_STREQ(test, full->both, "1234567");
	expect_argument(test, full, 77, 78, 79);
}

static void buffers_go_both_ways(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;

	arguments_probe(test);
	transfer_fill(&full, TURN);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer), 0);
	KUNIT_EXPECT_STREQ(test, full.in, "abcdefg");
	KUNIT_EXPECT_STREQ(test, full.out, "dcbaEFG");
	KUNIT_EXPECT_STREQ(test, full.both, "3214567");
	expect_argument(test, &full, 1, 4, 3);
	KUNIT_EXPECT_EQ(test, arguments->sizes[IN], 4);
	KUNIT_EXPECT_EQ(test, arguments->sizes[OUT], 6);
	KUNIT_EXPECT_EQ(test, arguments->sizes[BOTH], 3);
	KUNIT_EXPECT_FALSE(test, arguments->dirty);
}

static void handler_sees_no_address(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;

	arguments_probe(test);
	transfer_fill(&full, TURN);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer), 0);
	KUNIT_EXPECT_EQ(test, arguments->transfer.in.ptr, 0);
	KUNIT_EXPECT_EQ(test, arguments->transfer.out.ptr, 0);
	KUNIT_EXPECT_EQ(test, arguments->transfer.both.ptr, 0);
	KUNIT_EXPECT_EQ(test, arguments->transfer.in.used, 0);
	KUNIT_EXPECT_EQ(test, arguments->transfer.in.size, 4);
}

static void failed_command_leaves_the_caller_s_memory(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;

	arguments_probe(test);
	transfer_fill(&full, FAIL);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer),
			-EXDEV);
	KUNIT_EXPECT_EQ(test, arguments->handled, 1);
	expect_untouched(test, &full);
}

static void buffer_that_is_too_large_is_refused(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;

	arguments_probe(test);
	transfer_fill(&full, TURN);
	full.transfer.in.size = IN_MAXIMUM + 1;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer),
			-E2BIG);
	transfer_fill(&full, TURN);
	full.transfer.both.size = U32_MAX;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer),
			-E2BIG);
	transfer_fill(&full, TURN);
	full.transfer.out.size = LARGE + 1;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer),
			-E2BIG);
	KUNIT_EXPECT_EQ(test, arguments->handled, 0);
	full.transfer.out.size = 6;
	expect_untouched(test, &full);
}

static void buffer_that_is_too_small_is_refused(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;

	arguments_probe(test);
	transfer_fill(&full, TURN);
	full.transfer.in.size = IN_MINIMUM - 1;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer),
			-EINVAL);
	transfer_fill(&full, TURN);
	full.transfer.out.size = OUT_MINIMUM - 1;
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, arguments->handled, 0);
	full.transfer.out.size = 6;
	expect_untouched(test, &full);
}

/* Its address is not looked at, nor is one that a shorter argument does not have. */
static void buffer_may_be_left_out(struct kunit *test)
{
	unsigned int command = with_size(CMD_TRANSFER, offsetof(struct transfer, both));
	struct arguments *arguments = test->priv;
	struct full_transfer full;

	arguments_probe(test);
	transfer_fill(&full, TURN);
	full.transfer.both = (struct dmf_buffer){ .ptr = 8 };
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer), 0);
	KUNIT_EXPECT_EQ(test, arguments->sizes[BOTH], 0);
	KUNIT_EXPECT_EQ(test, full.transfer.both.ptr, 8);

	transfer_fill(&full, TURN);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, command, &full.transfer), 0);
	KUNIT_EXPECT_EQ(test, arguments->sizes[BOTH], 0);
	KUNIT_EXPECT_STREQ(test, full.out, "dcbaEFG");
	KUNIT_EXPECT_STREQ(test, full.both, "1234567");
	expect_argument(test, &full, 1, 4, 79);
}

static void unused_buffers_are_not_written(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;

	arguments_probe(test);
	transfer_fill(&full, NOTHING);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer), 0);
	KUNIT_EXPECT_STREQ(test, full.out, "ABCDEFG");
	KUNIT_EXPECT_STREQ(test, full.both, "1234567");
	expect_argument(test, &full, 4, 0, 0);
}

static void unwritten_output_is_zeros(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;

	arguments_probe(test);
	transfer_fill(&full, WHOLE_OUT);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(full.out, 0, 6));
	KUNIT_EXPECT_EQ(test, full.out[6], 'G');
}

static void using_more_than_there_is_is_found(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;

	arguments_probe(test);
	transfer_fill(&full, TOO_MUCH);
	dmf_kunit_expect_begin(test, "WARNING: .*dmf_request_buffer_set_used");
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer), 0);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, full.transfer.out.used, 6);
	KUNIT_EXPECT_EQ(test, full.out[6], 'G');
}

/* -- Other drivers ------------------------------------------------------------------- */

static void other_drivers_reach_the_same_rows(struct kunit *test)
{
	struct dmf_device *ddev = arguments_probe(test);
	struct arguments *arguments = test->priv;
	struct full_transfer full, answer;

	transfer_fill(&full, TURN);
	transfer_fill(&answer, TURN);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_TRANSFER, &full.transfer,
							sizeof(full.transfer), &answer.transfer,
							sizeof(answer.transfer), HZ), 0);
	KUNIT_EXPECT_STREQ(test, full.out, "dcbaEFG");
	KUNIT_EXPECT_EQ(test, full.transfer.out.used, 78);
	KUNIT_EXPECT_EQ(test, answer.transfer.out.used, 4);
	KUNIT_EXPECT_EQ(test, answer.transfer.out.ptr, (uintptr_t)full.out);
	KUNIT_EXPECT_EQ(test, arguments->transfer.out.ptr, 0);
}

static void other_drivers_buffer_at_null_is_refused(struct kunit *test)
{
	struct dmf_device *ddev = arguments_probe(test);
	struct arguments *arguments = test->priv;
	struct full_transfer full;

	transfer_fill(&full, TURN);
	full.transfer.in.ptr = 0;
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl(ddev, CMD_TRANSFER, &full.transfer,
							sizeof(full.transfer), NULL, 0, HZ),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, arguments->handled, 0);
}

struct sent_transfer {
	struct completion done;
	unsigned int calls;
	int status;
	struct transfer answer;
};

static void sent_transfer_done(struct dmf_request_sender *sender, void *context, int status,
			       const void *output, size_t output_size)
{
	struct sent_transfer *sent = context;

	sent->calls++;
	sent->status = status;
	if (output_size == sizeof(sent->answer))
		memcpy(&sent->answer, output, output_size);
	complete(&sent->done);
}

static void what_other_drivers_send_is_looked_at_first(struct kunit *test)
{
	struct dmf_device *ddev = arguments_probe(test);
	struct sent_transfer sent = { .done = COMPLETION_INITIALIZER_ONSTACK(sent.done) };
	struct arguments *arguments = test->priv;
	struct dmf_request_sender sender;
	struct full_transfer full;
	const struct dmf_internal_ioctl ioctl = {
		.command = CMD_TRANSFER, .input = &full.transfer,
		.input_size = sizeof(full.transfer), .output_size = sizeof(full.transfer),
		.done = sent_transfer_done, .context = &sent,
	};

	dmf_request_sender_init(&sender);
	transfer_fill(&full, TURN);
	full.transfer.in.ptr = 0;
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl_send(&sender, ddev, &ioctl, NULL), -EFAULT);
	KUNIT_EXPECT_EQ(test, arguments->handled, 0);
	KUNIT_EXPECT_EQ(test, sent.calls, 0);
	transfer_fill(&full, TURN);
	KUNIT_EXPECT_EQ(test, dmf_device_internal_ioctl_send(&sender, ddev, &ioctl, NULL), 0);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&sent.done, DMF_KUNIT_TIMEOUT));
	dmf_request_sender_stop(&sender);
	KUNIT_EXPECT_EQ(test, sent.calls, 1);
	KUNIT_EXPECT_EQ(test, sent.status, 0);
	KUNIT_EXPECT_STREQ(test, full.out, "dcbaEFG");
	KUNIT_EXPECT_EQ(test, sent.answer.out.used, 4);
}

/* -- Requests that are pended --------------------------------------------------------- */

static struct caller *call(struct kunit *test, struct dmf_device *ddev, unsigned int command,
			   struct full_transfer *full, int signal)
{
	struct arguments *arguments = test->priv;
	struct caller *caller;

	caller = dmf_kunit_call_start(test, &(struct caller){
		.file = ddev ? NULL : arguments->file, .ddev = ddev, .command = command,
		.argument = &full->transfer, .signal = signal, .timeout = HZ / 50,
	});
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&arguments->pend_seen,
							    DMF_KUNIT_TIMEOUT));
	return caller;
}

static void complete_pended(void *data)
{
	struct arguments *arguments = data;
	struct dmf_request *request = xchg(&arguments->pended, NULL);

	if (request)
		dmf_request_complete(request, transfer_do(request));
}

static void buffers_of_a_request_completed_in_an_interrupt(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;
	struct caller *caller;

	arguments_probe(test);
	transfer_fill(&full, TURN);
	caller = call(test, NULL, CMD_PEND, &full, 0);
	dmf_kunit_in_interrupt(complete_pended, arguments);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call_result(test, caller), 0);
	KUNIT_EXPECT_STREQ(test, full.out, "dcbaEFG");
	expect_argument(test, &full, 1, 4, 3);
}

static void signal_ends_a_call_without_a_copy(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;
	struct caller *caller;

	arguments_probe(test);
	transfer_fill(&full, TURN);
	caller = call(test, NULL, CMD_PEND, &full, SIGINT);
	send_sig(SIGINT, caller->thread, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call_result(test, caller), -ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, atomic_read(&arguments->cancels), 1);
	expect_untouched(test, &full);
}

/* Its owner completes it where nothing may sleep, and its memory needs vfree(). */
static void complete_in_atomic_context(struct arguments *arguments)
{
	unsigned long flags;
	spinlock_t lock;	/* guards nothing: makes the context atomic */

	spin_lock_init(&lock);
	spin_lock_irqsave(&lock, flags);
	complete_pended(arguments);
	spin_unlock_irqrestore(&lock, flags);
}

static void abandoned_buffers_belong_to_the_request(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;
	struct caller *caller;

	arguments_probe(test);
	transfer_fill(&full, TURN);
	full.transfer.out.size = LARGE;
	caller = call(test, NULL, CMD_PEND_KILLABLE, &full, SIGKILL);
	send_sig(SIGKILL, caller->thread, 1);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call_result(test, caller), -EINTR);
	KUNIT_EXPECT_NOT_NULL(test, arguments->pended);
	complete_in_atomic_context(arguments);
	full.transfer.out.size = 6;
	expect_untouched(test, &full);
}

static void timeout_abandons_another_driver_s_buffers(struct kunit *test)
{
	struct dmf_device *ddev = arguments_probe(test);
	struct arguments *arguments = test->priv;
	struct full_transfer full;
	struct caller *caller;

	transfer_fill(&full, TURN);
	full.transfer.out.size = LARGE;
	caller = call(test, ddev, CMD_PEND_KILLABLE, &full, 0);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call_result(test, caller), -ETIMEDOUT);
	complete_in_atomic_context(arguments);
	full.transfer.out.size = 6;
	expect_untouched(test, &full);
}

static void unbind_ends_a_call_without_a_copy(struct kunit *test)
{
	struct dmf_device *ddev = arguments_probe(test);
	struct arguments *arguments = test->priv;
	struct full_transfer full;
	struct caller *caller;

	transfer_fill(&full, TURN);
	caller = call(test, NULL, CMD_PEND, &full, 0);
	dmf_kunit_remove(test, ddev);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call_result(test, caller), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&arguments->cancels), 1);
	expect_untouched(test, &full);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, CMD_TRANSFER, &full.transfer),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, dmf_kunit_call(arguments->file, _IO(MAGIC, 99), NULL), -ENODEV);
}

/* Who wins decides what the caller gets, wholly. */
static void expect_one_or_the_other(struct kunit *test, struct full_transfer *full, long result,
				    long without)
{
	if (!result) {
		KUNIT_EXPECT_STREQ(test, full->out, "dcbaEFG");
		expect_argument(test, full, 1, 4, 3);
		return;
	}
	KUNIT_EXPECT_EQ(test, result, without);
	expect_untouched(test, full);
}

static int completer_thread(void *data)
{
	struct arguments *arguments = data;

	complete_pended(arguments);
	return dmf_kunit_await_stop();
}

static void race_unbind_against_a_command_with_buffers(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;
	struct dmf_device *ddev;
	struct caller *caller;
	int i;

	for (i = 0; i < 12; i++) {
		ddev = arguments_probe(test);
		transfer_fill(&full, TURN);
		caller = call(test, NULL, CMD_PEND, &full, 0);
		dmf_kunit_run(test, completer_thread, arguments);
		if (i & 1)
			udelay(i);
		dmf_kunit_remove(test, ddev);
		expect_one_or_the_other(test, &full, dmf_kunit_call_result(test, caller), -ENODEV);
	}
}

static void race_signal_against_a_command_with_buffers(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;
	struct caller *caller;
	int i;

	arguments_probe(test);
	for (i = 0; i < 15; i++) {
		transfer_fill(&full, TURN);
		caller = call(test, NULL, CMD_PEND, &full, SIGINT);
		dmf_kunit_run(test, completer_thread, arguments);
		if (i & 1)
			udelay(i);
		send_sig(SIGINT, caller->thread, 1);
		expect_one_or_the_other(test, &full, dmf_kunit_call_result(test, caller),
					-ERESTARTSYS);
	}
}

/* The submitter goes, with its file, while the owner completes. */
static void race_kill_and_close_against_completion(struct kunit *test)
{
	struct arguments *arguments = test->priv;
	struct full_transfer full;
	struct dmf_device *ddev;
	struct caller *caller;
	struct dmf_file *file;
	long result;
	int i;

	ddev = arguments_probe(test);
	for (i = 0; i < 8; i++) {
		file = dmf_file_open(ddev, NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(file));
		transfer_fill(&full, TURN);
		full.transfer.out.size = i & 1 ? LARGE : 6;
		caller = dmf_kunit_call_start(test, &(struct caller){
			.file = file, .command = CMD_PEND_KILLABLE, .argument = &full.transfer,
			.signal = SIGKILL,
		});
		KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&arguments->pend_seen,
								    DMF_KUNIT_TIMEOUT));
		dmf_kunit_run(test, completer_thread, arguments);
		send_sig(SIGKILL, caller->thread, 1);
		result = dmf_kunit_call_result(test, caller);
		dmf_file_release(file);
		full.transfer.out.size = 6;
		expect_one_or_the_other(test, &full, result, -EINTR);
		/* If the completer is late the next one must not take its place. */
		complete_pended(arguments);
	}
}

/* Like an abandoned request's file, which a work lets go when the test is over. */
static void file_outlives_the_client_s_structure(struct kunit *test)
{
	struct dmf_client *client = kzalloc(sizeof(*client), GFP_KERNEL);
	struct device *dev = root_device_register("dmf-client-goes");
	struct dmf_device *ddev;
	struct dmf_file *file;

	KUNIT_ASSERT_NOT_NULL(test, client);
	KUNIT_ASSERT_FALSE(test, IS_ERR(dev));
	*client = (struct dmf_client)DMF_CLIENT_INIT(*client, &arguments_ops, 0);
	ida_init(&client->instances);
	ddev = dmf_device_create(dev, client);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ddev));
	file = dmf_file_open(ddev, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	dmf_device_destroy(ddev, false);
	root_device_unregister(dev);
	ida_destroy(&client->instances);
	kfree(client);
	dmf_file_release(file);
}

/* -- Faults ---------------------------------------------------------------------------- */

static int call_once(struct kunit *test, void *data)
{
	struct arguments *arguments = test->priv;
	struct full_transfer *full = data;
	struct dmf_request *cached = xchg(&arguments->file->cached, NULL);
	long ret;

	kfree(cached);
	transfer_fill(full, TURN);
	ret = dmf_kunit_call(arguments->file, CMD_TRANSFER, &full->transfer);
	if (ret)
		expect_untouched(test, full);
	return ret;
}

static void every_allocation_of_a_call_may_fail(struct kunit *test)
{
	struct full_transfer full;

	arguments_probe(test);
	/* The request, its list of buffers, three buffers. */
	dmf_kunit_fail_nth(test, call_once, &full, 5);
}

static int arguments_init(struct kunit *test)
{
	struct arguments *arguments = kunit_kzalloc(test, sizeof(*arguments), GFP_KERNEL);

	if (!arguments)
		return -ENOMEM;
	init_completion(&arguments->pend_seen);
	test->priv = arguments;
	return 0;
}

static struct kunit_case argument_cases[] = {
	KUNIT_CASE(buffers_go_both_ways),
	KUNIT_CASE(handler_sees_no_address),
	KUNIT_CASE(failed_command_leaves_the_caller_s_memory),
	KUNIT_CASE(buffer_that_is_too_large_is_refused),
	KUNIT_CASE(buffer_that_is_too_small_is_refused),
	KUNIT_CASE(buffer_may_be_left_out),
	KUNIT_CASE(unused_buffers_are_not_written),
	KUNIT_CASE(unwritten_output_is_zeros),
	KUNIT_CASE(using_more_than_there_is_is_found),
	KUNIT_CASE(other_drivers_reach_the_same_rows),
	KUNIT_CASE(other_drivers_buffer_at_null_is_refused),
	KUNIT_CASE(what_other_drivers_send_is_looked_at_first),
	KUNIT_CASE(buffers_of_a_request_completed_in_an_interrupt),
	KUNIT_CASE(signal_ends_a_call_without_a_copy),
	KUNIT_CASE(abandoned_buffers_belong_to_the_request),
	KUNIT_CASE(timeout_abandons_another_driver_s_buffers),
	KUNIT_CASE(unbind_ends_a_call_without_a_copy),
	KUNIT_CASE(race_unbind_against_a_command_with_buffers),
	KUNIT_CASE(race_signal_against_a_command_with_buffers),
	KUNIT_CASE(race_kill_and_close_against_completion),
	KUNIT_CASE(file_outlives_the_client_s_structure),
	KUNIT_CASE(every_allocation_of_a_call_may_fail),
	{ }
};

static struct kunit_suite argument_suite = {
	.name = "dmf_argument",
	.init = arguments_init,
	.test_cases = argument_cases,
};

kunit_test_suite(argument_suite);
