// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the flight recorder: what a message may have, what a ring keeps, who has
 * which ring. What is recorded is compared with what printf makes of it.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/dmf/recorder.h>

#include "../dmf/internal.h"
#include "../dmf/recorder_ring.h"
#include "dmf_kunit.h"

#define TEXT_SIZE	(64 * 1024)
#define NOISE		5000

/* test->priv */
struct recording {
	struct dmf_device *ddev;
	size_t size;			/* that the Client wants for @own */
	struct dmf_module *own;		/* its kind has a ring */
	struct dmf_module *other;	/* the same */
	struct dmf_module *sharing;	/* its kind has none */
	struct dmf_module *second;	/* the same, with the same name */
	int open_ret;			/* of @sharing's kind */
	char *text;
};

static const struct dmf_module_ops own_ops = { };

static const struct dmf_module_desc own_desc = {
	.name		= "own",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_D0_ENTRY,
	.recorder_size	= DMF_RECORDER_SIZE_DEFAULT,
	.ops		= &own_ops,
};

static int sharing_open(struct dmf_module *module)
{
	struct recording *recording = dmf_kunit_priv(module->ddev);

	dmf_record(module, "in open");
	return recording->open_ret;
}

static void sharing_close(struct dmf_module *module)
{
	dmf_record(module, "in close");
}

static int sharing_child_modules_add(struct dmf_module *module, struct dmf_module_init *init)
{
	dmf_record(module, "in child_modules_add");
	return 0;
}

static void sharing_destroy(struct dmf_module *module)
{
	dmf_record(module, "in destroy");
}

static const struct dmf_module_ops sharing_ops = {
	.child_modules_add	= sharing_child_modules_add,
	.open			= sharing_open,
	.close			= sharing_close,
	.destroy		= sharing_destroy,
};

static const struct dmf_module_desc sharing_desc = {
	.name		= "sharing",
	.size		= sizeof(struct dmf_module),
	.open_option	= DMF_OPEN_CREATE,
	.ops		= &sharing_ops,
};

static struct dmf_module_keys own_keys, sharing_keys;

static int recording_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	struct recording *recording = dmf_kunit_priv(ddev);
	const struct dmf_module_attributes attributes = { .recorder_size = recording->size };

	return __dmf_module_add(init, &own_desc, &own_keys, NULL, &attributes,
				&recording->own) ?:
	       __dmf_module_add(init, &own_desc, &own_keys, NULL, NULL, &recording->other) ?:
	       __dmf_module_add(init, &sharing_desc, &sharing_keys, NULL, NULL,
				&recording->sharing) ?:
	       __dmf_module_add(init, &sharing_desc, &sharing_keys, NULL, NULL,
				&recording->second);
}

static const struct dmf_client_ops recording_client_ops = {
	.modules_add = recording_modules_add,
};

static struct recording *recording_up(struct kunit *test, size_t size)
{
	struct recording *recording = test->priv;

	recording->size = size;
	recording->ddev = dmf_kunit_probe(test, &recording_client_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR(recording->ddev));
	return recording;
}

/* The text of a Module's recorder, or of the shared one. */
static char *recording_read(struct recording *recording, struct dmf_module *module)
{
	struct seq_file seq = { .buf = recording->text, .size = TEXT_SIZE - 1 };

	if (module)
		dmf_recorder_show(module, &seq);
	else
		dmf_recorder_show_shared(recording->ddev, &seq);
	recording->text[seq.count] = '\0';
	return recording->text;
}

/* The line before the last line break, without it. */
static char *last_line(char *text)
{
	char *end = strrchr(text, '\n'), *begin;

	if (!end)
		return text;
	*end = '\0';
	begin = strrchr(text, '\n');
	return begin ? begin + 1 : text;
}

/* What was recorded, behind time, CPU, task and name. */
static const char *message(const char *line)
{
	const char *colon = strstr(line, ": ");

	return colon ? colon + 2 : line;
}

static const char *recording_last(struct recording *recording, struct dmf_module *module)
{
	return message(last_line(recording_read(recording, module)));
}

static unsigned int count_of(const char *text, const char *what)
{
	unsigned int count = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		count++;
	return count;
}

/* -- Messages ------------------------------------------------------------------- */

/* What is recorded is what printf makes of the same format and arguments. */
#define EXPECT_AS_PRINTF(test, ...)							\
do {											\
	struct kunit *_test = test;							\
	struct recording *_recording = _test->priv;					\
	char _expected[128];								\
											\
	snprintf(_expected, sizeof(_expected), __VA_ARGS__);				\
	dmf_record(_recording->own, __VA_ARGS__);					\
	KUNIT_EXPECT_STREQ(_test, recording_last(_recording, _recording->own), _expected); \
} while (0)

static void integers_are_those_of_printf(struct kunit *test)
{
	recording_up(test, 0);
	EXPECT_AS_PRINTF(test, "nothing");
	EXPECT_AS_PRINTF(test, "100%% %d", -1);
	EXPECT_AS_PRINTF(test, "%d %i %u %x %X %o", INT_MIN, 7, UINT_MAX, 0xabcdU,
			 0xabcdU, 8U);
	EXPECT_AS_PRINTF(test, "%5d|%-5d|%05d|%+d|% d|%#x|%.4d", 1, 2, 3, 4, 5, 6U, 7);
	EXPECT_AS_PRINTF(test, "%hhx %hhd %hx %hd", 0x1ff, 200, 0x12345, 40000);
	EXPECT_AS_PRINTF(test, "%ld %lu %lx", LONG_MIN, ULONG_MAX, 0xfedcba98UL);
	EXPECT_AS_PRINTF(test, "%lld %llu %llx", LLONG_MIN, ULLONG_MAX, 0x123456789ULL);
	EXPECT_AS_PRINTF(test, "%zu %zd %tx", sizeof(long), (ssize_t)-3, (ptrdiff_t)4);
	EXPECT_AS_PRINTF(test, "%c%c", 'a', 'z');
	EXPECT_AS_PRINTF(test, "%*d|%-*d|%*d|%.*d", 6, 1, 6, 2, -6, 3, 4, 5);
	EXPECT_AS_PRINTF(test, "%d %llu %d %llu %d", 1, 2ULL, 3, 4ULL, 5);
	EXPECT_AS_PRINTF(test, "%d%d%d%d%d%d%d%d%d%d%d%d", 1, 2, 3, 4, 5, 6, 7, 8, 9,
			 10, 11, 12);
}

static void strings_are_those_of_printf(struct kunit *test)
{
	const char *nothing = NULL;

	recording_up(test, 0);
	EXPECT_AS_PRINTF(test, "%s", "");
	EXPECT_AS_PRINTF(test, "%s%s%s", "a", "abc", "abcd");
	EXPECT_AS_PRINTF(test, "%d %s %llu %s", 1, "abcdefg", 2ULL, "abcdefgh");
	EXPECT_AS_PRINTF(test, "%10s|%-10s|%.2s|%5.1s|%.0s|", "abc", "abc", "abc", "abc",
			 "abc");
	EXPECT_AS_PRINTF(test, "%.*s|%*s|%*.*s|%.*s", 2, "abc", 5, "abc", 5, 1, "abc",
			 -1, "abc");
	EXPECT_AS_PRINTF(test, "%s", nothing);
}

static void pointers_are_those_of_printf(struct kunit *test)
{
	void *function = integers_are_those_of_printf;

	recording_up(test, 0);
	EXPECT_AS_PRINTF(test, "%p %p", test, (void *)NULL);
	EXPECT_AS_PRINTF(test, "%20p|%-20p|", test, test);
	EXPECT_AS_PRINTF(test, "%ps", function);
	EXPECT_AS_PRINTF(test, "%pS", function + 1);
	EXPECT_AS_PRINTF(test, "%pB", function + 1);
	EXPECT_AS_PRINTF(test, "%pe %pe", ERR_PTR(-EIO), ERR_PTR(-ENOMEM));
	EXPECT_AS_PRINTF(test, "%pK, %d", NULL, 5);
}

/* The memory checker sees a byte too many. */
static void precision_bounds_what_is_looked_at(struct kunit *test)
{
	char *bytes = kunit_kmalloc(test, 8, GFP_KERNEL);

	recording_up(test, 0);
	KUNIT_ASSERT_NOT_NULL(test, bytes);
	memset(bytes, 'x', 8);
	EXPECT_AS_PRINTF(test, "%.*s", 8, bytes);
	EXPECT_AS_PRINTF(test, "%.8s", bytes);
	EXPECT_AS_PRINTF(test, "%-20.*s|", 8, bytes);
}

static void strings_are_copied(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);
	char *string = kstrdup("as it was", GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, string);
	dmf_record(recording->own, "%s", string);
	kfree(string);
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own), "as it was");
}

static void line_stays_a_line(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);

	dmf_record(recording->own, "a\nb %s %c\n", "c\nd\x1b", '\n');
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own), "ab c?d? ?");
}

/* A control sequence may begin with a byte that no character of ASCII has. */
static void text_does_nothing_to_a_terminal(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);

	dmf_record(recording->own, "%s %c%c %s", "\2332J\x7f", 0x9b, 0xe9, "\xc3\xa9~ ");
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own), "?2J? ?? ??~ ");
}

/* What would be looked up when it is read, or does not fit. */
static void other_formats_are_refused(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);
	u8 address[4] = { 10, 0, 0, 1 };

	dmf_record(recording->own, "%d %pI4", 3, address);
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own),
			   "%d %pI4 [refused]");
	KUNIT_EXPECT_TRUE(test, dmf_kunit_logged("record can have this format: \"%d %pI4\""));
	dmf_record(recording->own, "%4ph", address);
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own), "%4ph [refused]");
	dmf_record(recording->own, "%1234d", 1);
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own), "%1234d [refused]");
	dmf_record(recording->own, "%d%d%d%d%d%d%d%d%d%d%d%*d", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
		   12, 13);
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own),
			   "%d%d%d%d%d%d%d%d%d%d%d%*d [refused]");
}

static void width_of_an_argument_is_bounded(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);

	dmf_record(recording->own, "%*d", 1000000, 1);
	KUNIT_EXPECT_EQ(test, strlen(recording_last(recording, recording->own)), 999);
	dmf_record(recording->own, "%.*s", INT_MAX, "abc");
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own), "abc");
}

static void string_that_does_not_fit_is_cut(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);
	char *string = kunit_kzalloc(test, 401, GFP_KERNEL);
	const char *last;

	KUNIT_ASSERT_NOT_NULL(test, string);
	memset(string, 'x', 400);
	dmf_record(recording->own, "%s %d %s", string, 42, "end");
	last = recording_last(recording, recording->own);
	KUNIT_EXPECT_TRUE(test, strstarts(last, "xxxx"));
	/* The number and a unit for the second string stay free. */
	KUNIT_EXPECT_EQ(test, strspn(last, "x"), (DMF_RECORD_UNITS_MAX - 2) * 4 - 1);
	KUNIT_EXPECT_STREQ(test, last + strspn(last, "x"), " 42 end [cut]");

	/* One byte less than there is room for, and just as many. */
	string[DMF_RECORD_UNITS_MAX * 4 - 1] = '\0';
	dmf_record(recording->own, "%s", string);
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own), string);
	string[DMF_RECORD_UNITS_MAX * 4 - 1] = 'x';
	string[DMF_RECORD_UNITS_MAX * 4] = '\0';
	dmf_record(recording->own, "%s", string);
	KUNIT_EXPECT_TRUE(test, strstr(recording_last(recording, recording->own), "x [cut]"));
}

static void longest_message_fits_in_the_shared_ring(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);
	char *string = kunit_kzalloc(test, 401, GFP_KERNEL);
	const char *last;

	KUNIT_ASSERT_NOT_NULL(test, string);
	memset(string, 'y', 400);
	dmf_record(recording->sharing, "%s%llu%llu%llu%llu%llu%llu%llu%llu%llu%llu%llu", string,
		   1ULL, 2ULL, 3ULL, 4ULL, 5ULL, 6ULL, 7ULL, 8ULL, 9ULL, 10ULL, 11ULL);
	last = recording_last(recording, NULL);
	KUNIT_EXPECT_STREQ(test, last + strspn(last, "y"), "1234567891011 [cut]");
}

/* -- Contexts ------------------------------------------------------------------- */

static void record_context(void *data)
{
	struct dmf_module *module = data;

	dmf_record(module, "from here");
}

static void hard_interrupts_may_record(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);

	dmf_kunit_in_hardirq(record_context, recording->own);
	KUNIT_EXPECT_NOT_NULL(test, strstr(last_line(recording_read(recording, recording->own)),
					   "/irq: from here"));
	dmf_kunit_in_hardirq(record_context, recording->sharing);
	KUNIT_EXPECT_NOT_NULL(test, strstr(last_line(recording_read(recording, NULL)),
					   "/irq sharing: from here"));
	local_bh_disable();
	record_context(recording->own);
	local_bh_enable();
	KUNIT_EXPECT_NULL(test, strstr(last_line(recording_read(recording, recording->own)),
				       "irq"));
}

/* As if this CPU had been interrupted by a panic while it wrote. */
static void message_is_dropped_rather_than_waited_for_in_a_panic(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);
	struct dmf_recorder *recorder = recording->own->recorder;
	unsigned long flags;

	raw_spin_lock_irqsave(&recorder->lock, flags);
	oops_in_progress++;
	dmf_record(recording->own, "not now");
	oops_in_progress--;
	raw_spin_unlock_irqrestore(&recorder->lock, flags);

	oops_in_progress++;
	dmf_record(recording->own, "but now");
	oops_in_progress--;
	KUNIT_EXPECT_EQ(test, count_of(recording_read(recording, recording->own), "not now"), 0);
	KUNIT_EXPECT_EQ(test, count_of(recording->text, "dropped=1"), 1);
	KUNIT_EXPECT_EQ(test, count_of(recording->text, "but now"), 1);
}

/* -- The ring ------------------------------------------------------------------- */

/*
 * Each line has the next number, up to @newest, and a string as long as the number
 * says. Return: how many lines there are.
 */
static unsigned int check_numbers(struct kunit *test, char *text, unsigned int newest)
{
	unsigned int number, length, expected = 0, lines = 0;
	char *line = strsep(&text, "\n");
	char rest[64];

	while ((line = strsep(&text, "\n")) && *line) {
		rest[0] = '\0';
		if (sscanf(message(line), "%u %u %63s", &number, &length, rest) < 2)
			continue;
		if (lines && number != expected)
			KUNIT_FAIL(test, "%u follows %u", number, expected - 1);
		if (length != number % 41 || strlen(rest) != length || strspn(rest, "z") != length)
			KUNIT_FAIL(test, "%s", line);
		expected = number + 1;
		lines++;
	}
	KUNIT_EXPECT_EQ(test, expected, newest + 1);
	return lines;
}

/* Records of 5 to 10 words go around a ring of 128 until each word has begun one. */
static void ring_wraps_at_each_offset(struct kunit *test)
{
	static const char z[] = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";
	struct recording *recording = recording_up(test, 0);
	struct dmf_recorder *recorder = recording->own->recorder;
	DECLARE_BITMAP(begun, 128);
	unsigned int i, lines;
	u64 overwritten;

	bitmap_zero(begun, 128);
	for (i = 0; i < 2000 && !bitmap_full(begun, 128); i++) {
		set_bit(recorder->head % 128, begun);
		overwritten = recorder->overwritten;
		dmf_record(recording->own, "%u %u %.*s", i, i % 41, (int)(i % 41), z);
		lines = check_numbers(test, recording_read(recording, recording->own), i);
		KUNIT_EXPECT_LE(test, recorder->head - recorder->tail, 128);
		/* Nothing went that did not have to. */
		if (overwritten != recorder->overwritten)
			KUNIT_EXPECT_GE(test, recorder->head - recorder->tail, 128 - 9);
		KUNIT_EXPECT_LE(test, lines, i + 1);
	}
	KUNIT_EXPECT_TRUE(test, bitmap_full(begun, 128));
	KUNIT_EXPECT_GT(test, recorder->overwritten, 100);
}

static void figures_add_up(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);
	struct dmf_recorder *recorder = recording->own->recorder;
	u64 before = recorder->written;
	unsigned int i, lines;
	char expected[96];

	for (i = 0; i < 100; i++)
		dmf_record(recording->own, "%u", i);
	KUNIT_EXPECT_EQ(test, recorder->written, before + 100);
	snprintf(expected, sizeof(expected),
		 "size=1024 shared=0 written=%llu overwritten=%llu dropped=0\n",
		 recorder->written, recorder->overwritten);
	KUNIT_EXPECT_TRUE(test, strstarts(recording_read(recording, recording->own), expected));
	lines = count_of(recording->text, "\n") - 1;
	KUNIT_EXPECT_EQ(test, lines, recorder->written - recorder->overwritten);
	/* Header and a number take four words. */
	KUNIT_EXPECT_EQ(test, lines, 1024 / 32);
}

/* -- Who has which ring --------------------------------------------------------- */

static void expect_size(struct kunit *test, size_t wanted, size_t size)
{
	struct recording *recording = recording_up(test, wanted);

	KUNIT_EXPECT_EQ(test, recording->own->recorder->size, size);
	KUNIT_EXPECT_FALSE(test, recording->own->recorder->shared);
	dmf_kunit_remove(test, recording->ddev);
}

static void sizes_are_rounded_up(struct kunit *test)
{
	expect_size(test, 0, DMF_RECORDER_SIZE_DEFAULT);
	expect_size(test, 1, DMF_RECORDER_SIZE_DEFAULT);
	expect_size(test, 1024, 1024);
	expect_size(test, 1025, 2048);
	expect_size(test, 3000, 4096);
	expect_size(test, DMF_RECORDER_SIZE_MAX, DMF_RECORDER_SIZE_MAX);
}

static void excessive_size_is_refused(struct kunit *test)
{
	struct recording *recording = test->priv;

	recording->size = DMF_RECORDER_SIZE_MAX + 1;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &recording_client_ops)),
			-EINVAL);
	recording->size = SIZE_MAX;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(dmf_kunit_probe(test, &recording_client_ops)),
			-EINVAL);
}

static void modules_without_a_ring_share_one(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);
	char *text;

	KUNIT_EXPECT_PTR_EQ(test, recording->sharing->recorder, recording->ddev->recorder);
	KUNIT_EXPECT_PTR_EQ(test, recording->second->recorder, recording->ddev->recorder);
	KUNIT_EXPECT_PTR_NE(test, recording->own->recorder, recording->other->recorder);
	dmf_record(recording->sharing, "first %d", 1);
	dmf_record(recording->second, "second %d", 2);
	dmf_record(recording->own, "third %d", 3);
	dmf_device_record(recording->ddev, "fourth %d", 4);

	text = recording_read(recording, NULL);
	KUNIT_EXPECT_EQ(test, count_of(text, " sharing: first 1\n"), 1);
	KUNIT_EXPECT_EQ(test, count_of(text, " sharing: second 2\n"), 1);
	KUNIT_EXPECT_EQ(test, count_of(text, "third"), 0);
	KUNIT_EXPECT_EQ(test, count_of(text, " dmf_fake: fourth 4\n"), 1);

	/* By themselves, though their names are the same. */
	text = recording_read(recording, recording->sharing);
	KUNIT_EXPECT_EQ(test, count_of(text, "first 1\n"), 1);
	KUNIT_EXPECT_EQ(test, count_of(text, "second"), 0);
	KUNIT_EXPECT_EQ(test, count_of(text, "fourth"), 0);
}

static void noisy_module_does_not_evict_a_quiet_one(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);
	unsigned int i;

	dmf_record(recording->own, "the only word");
	for (i = 0; i < NOISE; i++) {
		dmf_record(recording->other, "noise %u", i);
		dmf_record(recording->sharing, "noise %u", i);
		dmf_device_record(recording->ddev, "noise %u", i);
	}
	KUNIT_EXPECT_EQ(test, count_of(recording_read(recording, recording->own),
				       "the only word"), 1);
	KUNIT_EXPECT_EQ(test, recording->own->recorder->overwritten, 0);
	KUNIT_EXPECT_GT(test, recording->other->recorder->overwritten, NOISE / 2);
	KUNIT_EXPECT_GT(test, recording->ddev->recorder->overwritten, NOISE / 2);
}

/* Of this .ko, which goes, for all that the recorders know; those of the core stay. */
#ifdef MODULE
static void unloaded_ko_takes_its_formats_along(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);
	unsigned int i, lines;
	char *text;

	/* Around the ring: one of them is on both of its ends. */
	for (i = 0; i < 100; i++)
		dmf_record(recording->own, "noise %u", i);
	dmf_record(recording->sharing, "noise");
	dmf_recorders_forget(THIS_MODULE);

	text = recording_read(recording, recording->own);
	lines = count_of(text, "\n") - 1;
	KUNIT_EXPECT_GT(test, lines, 20);
	KUNIT_EXPECT_EQ(test, count_of(text, ": its .ko has been unloaded\n"), lines);
	text = recording_read(recording, recording->sharing);
	KUNIT_EXPECT_EQ(test, count_of(text, "noise"), 0);
	KUNIT_EXPECT_EQ(test, count_of(text, " sharing: its .ko has been unloaded\n"), 3);
	KUNIT_EXPECT_EQ(test, count_of(text, " sharing: opened\n"), 1);

	dmf_record(recording->own, "it is back");
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own), "it is back");
}
#else
static void unloaded_ko_takes_its_formats_along(struct kunit *test)
{
	kunit_skip(test, "is no .ko");
}
#endif

/* -- With the life of a Module -------------------------------------------------- */

/* The texts are in the shared ring in this order. */
static void expect_order(struct kunit *test, const char *text, const char *const *expected)
{
	for (; *expected; expected++) {
		const char *found = strstr(text, *expected);

		KUNIT_EXPECT_NOT_NULL_MSG(test, found, "%s", *expected);
		if (found)
			text = found;
	}
}

static void dynamic_module_records_from_creation_to_destruction(struct kunit *test)
{
	static const char *const expected[] = {
		" brief: created\n", " brief: in child_modules_add\n", " brief: in open\n",
		" brief: opened\n", " brief: by hand\n", " brief: closing, users=0\n",
		" brief: in close\n", " brief: closed\n", " brief: in destroy\n",
		" brief: destroyed\n", NULL,
	};
	const struct dmf_module_attributes attributes = { .instance_name = "brief" };
	struct recording *recording = recording_up(test, 0);
	struct dmf_module *module;

	KUNIT_ASSERT_EQ(test, 0, __dmf_module_create(recording->ddev, recording->own, &sharing_desc,
						     &sharing_keys, NULL, &attributes, &module));
	dmf_record(module, "by hand");
	dmf_module_destroy(module);
	expect_order(test, recording_read(recording, NULL), expected);
}

static void dynamic_module_has_a_ring_of_its_own(struct kunit *test)
{
	const struct dmf_module_attributes attributes = { .recorder_size = 5000 };
	struct recording *recording = recording_up(test, 0);
	struct dmf_module *module;

	KUNIT_ASSERT_EQ(test, 0, __dmf_module_create(recording->ddev, NULL, &sharing_desc,
						     &sharing_keys, NULL, &attributes, &module));
	KUNIT_EXPECT_EQ(test, module->recorder->size, 8192);
	dmf_record(module, "mine");
	KUNIT_EXPECT_EQ(test, count_of(recording_read(recording, NULL), "mine"), 0);
	KUNIT_EXPECT_STREQ(test, recording_last(recording, module), "mine");
	dmf_module_destroy(module);
}

static void failed_open_is_recorded(struct kunit *test)
{
	static const char *const expected[] = {
		" sharing: in open\n", " sharing: open failed: -5\n", " sharing: destroyed\n", NULL,
	};
	struct recording *recording = recording_up(test, 0);
	struct dmf_module *module;

	recording->open_ret = -EIO;
	KUNIT_EXPECT_EQ(test, -EIO, __dmf_module_create(recording->ddev, NULL, &sharing_desc,
							&sharing_keys, NULL, NULL, &module));
	expect_order(test, recording_read(recording, NULL), expected);
}

static void closed_module_can_be_read_and_recorded_for(struct kunit *test)
{
	static const char *const expected[] = {
		": created\n", ": opened\n", ": before\n", ": closing, users=0\n", ": closed\n",
		": between\n", ": opened\n", NULL,
	};
	struct recording *recording = recording_up(test, 0);

	dmf_record(recording->own, "before");
	KUNIT_ASSERT_EQ(test, dmf_device_power_down(recording->ddev, DMF_POWER_IDLE), 0);
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own), "closed");
	dmf_record(recording->own, "between");
	KUNIT_EXPECT_STREQ(test, recording_last(recording, recording->own), "between");
	KUNIT_ASSERT_EQ(test, dmf_device_power_up(recording->ddev), 0);
	expect_order(test, recording_read(recording, recording->own), expected);
	KUNIT_EXPECT_STREQ(test, recording_last(recording, NULL), "power=D0");
}

/* Two allocations for the ring of one Module, beside its own and its name's. */
static int create_and_destroy(struct kunit *test, void *data)
{
	const struct dmf_module_attributes attributes = { .recorder_size = 1024 };
	struct dmf_device *ddev = data;
	struct dmf_module *module;
	int ret;

	ret = __dmf_module_create(ddev, NULL, &sharing_desc, &sharing_keys, NULL, &attributes,
				  &module);
	if (!ret)
		dmf_module_destroy(module);
	return ret;
}

/* The device's ring is among the allocations of every other suite's probe. */
static void every_allocation_of_create_and_open_may_fail(struct kunit *test)
{
	struct recording *recording = recording_up(test, 0);

	dmf_kunit_fail_nth(test, create_and_destroy, recording->ddev, 4);
}

static int recording_init(struct kunit *test)
{
	struct recording *recording = kunit_kzalloc(test, sizeof(*recording), GFP_KERNEL);

	if (!recording)
		return -ENOMEM;
	recording->text = kunit_kzalloc(test, TEXT_SIZE, GFP_KERNEL);
	test->priv = recording;
	return recording->text ? 0 : -ENOMEM;
}

static struct kunit_case recorder_cases[] = {
	KUNIT_CASE(integers_are_those_of_printf),
	KUNIT_CASE(strings_are_those_of_printf),
	KUNIT_CASE(pointers_are_those_of_printf),
	KUNIT_CASE(precision_bounds_what_is_looked_at),
	KUNIT_CASE(strings_are_copied),
	KUNIT_CASE(line_stays_a_line),
	KUNIT_CASE(text_does_nothing_to_a_terminal),
	KUNIT_CASE(other_formats_are_refused),
	KUNIT_CASE(width_of_an_argument_is_bounded),
	KUNIT_CASE(string_that_does_not_fit_is_cut),
	KUNIT_CASE(longest_message_fits_in_the_shared_ring),
	KUNIT_CASE(hard_interrupts_may_record),
	KUNIT_CASE(message_is_dropped_rather_than_waited_for_in_a_panic),
	KUNIT_CASE(ring_wraps_at_each_offset),
	KUNIT_CASE(figures_add_up),
	KUNIT_CASE(sizes_are_rounded_up),
	KUNIT_CASE(excessive_size_is_refused),
	KUNIT_CASE(modules_without_a_ring_share_one),
	KUNIT_CASE(noisy_module_does_not_evict_a_quiet_one),
	KUNIT_CASE(unloaded_ko_takes_its_formats_along),
	KUNIT_CASE(dynamic_module_records_from_creation_to_destruction),
	KUNIT_CASE(dynamic_module_has_a_ring_of_its_own),
	KUNIT_CASE(failed_open_is_recorded),
	KUNIT_CASE(closed_module_can_be_read_and_recorded_for),
	KUNIT_CASE(every_allocation_of_create_and_open_may_fail),
	{ }
};

static struct kunit_suite recorder_suite = {
	.name = "dmf_recorder",
	.init = recording_init,
	.test_cases = recorder_cases,
};

kunit_test_suite(recorder_suite);
