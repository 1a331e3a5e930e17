// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite of the Utility API: entries of the event log. A console of our own sees
 * what /dev/kmsg shows, a class of our own sees the uevents of its device.
 */
#include <linux/console.h>
#include <linux/device.h>
#include <linux/dmf/compat.h>
#include <linux/dmf/doorbell.h>
#include <linux/dmf/utility.h>
#include <linux/module.h>

#include "../dmf/internal.h"
#include "dmf_kunit.h"

#define LINES_MAX	128
#define LINE_SIZE	768
#define UEVENTS_MAX	128
#define UEVENT_SIZE	1024
#define BURST		DEFAULT_RATELIMIT_BURST

struct logs {
	struct device *dev;
	struct dmf_device *ddev;
	struct dmf_doorbell *bell;
	struct dmf_client client;
	struct mutex send_lock;		/* held, it keeps uevents from being sent */
	unsigned int line_count;
	char lines[LINES_MAX][LINE_SIZE];
	unsigned int uevent_count;
	char uevents[UEVENTS_MAX][UEVENT_SIZE];
};

/* Of the test that runs; the console and the class have no data of their own. */
static struct logs *logs;

/* -- The console: only entries; one at a time, under the lock of all consoles -- */

static void logs_console_write(struct console *console, const char *text, unsigned int length)
{
	char *line = logs->lines[logs->line_count];

	if (logs->line_count == LINES_MAX || !strnstr(text, "event=", length))
		return;
	strscpy(line, text, min_t(size_t, LINE_SIZE, length + 1));
	logs->line_count++;
}

static struct console logs_console = {
	.name = "dmflog",
	.write = logs_console_write,
};

/* Unregistering has cleared the flags. */
static void logs_console_add(void)
{
	logs_console.flags = CON_ENABLED | CON_EXTENDED;
	logs_console.index = -1;
	register_console(&logs_console);
}

static void logs_console_remove(void *data)
{
	unregister_console(&logs_console);
}

/* What has been logged has reached the consoles when their lock is dropped. */
static unsigned int lines(void)
{
	console_lock();
	console_unlock();
	return logs->line_count;
}

/* -- The class: the environment of each "change", as one string -- */

static void logs_uevent_record(const struct kobj_uevent_env *env)
{
	char *record = logs->uevents[logs->uevent_count];
	size_t used = 0;
	int i;

	if (logs->uevent_count == UEVENTS_MAX)
		return;
	for (i = 0; i < env->envp_idx; i++)
		if (strstarts(env->envp[i], "DMF_"))
			used += scnprintf(record + used, UEVENT_SIZE - used, "%s\n", env->envp[i]);
	if (used)
		logs->uevent_count++;
}

static int logs_uevent(dmf_uevent_const struct device *dev, struct kobj_uevent_env *env)
{
	mutex_lock(&logs->send_lock);
	logs_uevent_record(env);
	mutex_unlock(&logs->send_lock);
	return 0;
}

static struct class logs_class = {
	.name = "dmf_kunit_log",
	.dev_uevent = logs_uevent,
};

static unsigned int uevents(void)
{
	dmf_utility_flush();
	return logs->uevent_count;
}

/* -- Setup -- */

static void logs_bell_ring(struct dmf_doorbell *bell)
{
}

static int logs_modules_add(struct dmf_device *ddev, struct dmf_module_init *init)
{
	const struct dmf_module_attributes attributes = { .instance_name = "bell" };
	const struct dmf_doorbell_config config = { .ring = logs_bell_ring };

	return dmf_doorbell_add(init, &config, &attributes, &logs->bell);
}

static const struct dmf_client_ops logs_client_ops = { .modules_add = logs_modules_add };

static void logs_class_remove(void *data)
{
	class_unregister(&logs_class);
}

static void logs_device_remove(void *data)
{
	device_unregister(logs->dev);
}

static void logs_unbind(void *data)
{
	if (dev_get_drvdata(logs->dev))
		dmf_device_remove(logs->dev, false);
	ida_destroy(&logs->client.instances);
}

static void logs_bind(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, class_register(&logs_class), 0);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, logs_class_remove, NULL), 0);
	logs->dev = device_create(&logs_class, NULL, MKDEV(0, 0), NULL, "dmf-log");
	KUNIT_ASSERT_FALSE(test, IS_ERR(logs->dev));
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, logs_device_remove, NULL), 0);

	logs->client = (struct dmf_client)DMF_CLIENT_INIT(logs->client, &logs_client_ops, 0);
	ida_init(&logs->client.instances);
	KUNIT_ASSERT_EQ(test, dmf_device_probe(logs->dev, &logs->client), 0);
	KUNIT_ASSERT_EQ(test, dmf_kunit_add_action(test, logs_unbind, NULL), 0);
	logs->ddev = dev_get_drvdata(logs->dev);
}

static int logs_init(struct kunit *test)
{
	logs = kunit_kzalloc(test, sizeof(*logs), GFP_KERNEL);
	if (!logs)
		return -ENOMEM;
	mutex_init(&logs->send_lock);
	logs_console_add();
	if (dmf_kunit_add_action(test, logs_console_remove, NULL))
		return -ENOMEM;
	logs_bind(test);
	return 0;
}

static const struct dmf_event_log_entry entry = {
	.id = 7, .unique_id = 2, .severity = DMF_EVENT_LOG_ERROR, .status = -EIO,
	.text = "Device does not answer",
};

#define LINE	"event=7 severity=error status=-5 unique_id=2"
#define TEXT	"text=\"Device does not answer\""

static void expect_line(struct kunit *test, unsigned int index, const char *text)
{
	KUNIT_EXPECT_TRUE_MSG(test, strstr(logs->lines[index], text), "wanted: %s\ngot: %s", text,
			      logs->lines[index]);
}

/* -- The line -- */

static void line_of_a_device(struct kunit *test)
{
	dmf_utility_event_log_entry_write_device(logs->ddev, &entry, "operand=%d tries=%s", 12,
						 "three");
	KUNIT_ASSERT_EQ(test, lines(), 1);
	expect_line(test, 0, ";dmf_kunit_log dmf-log: " LINE " " TEXT
		    " operand=12 tries=three\n");
	expect_line(test, 0, "\n SUBSYSTEM=dmf_kunit_log\n");
	expect_line(test, 0, "\n DEVICE=+dmf_kunit_log:dmf-log\n");
	KUNIT_EXPECT_EQ(test, uevents(), 0);
}

static void line_of_a_module(struct kunit *test)
{
	dmf_utility_event_log_entry_write_dmf_module(dmf_doorbell_module(logs->bell), &entry,
						     "operand=%d", 12);
	KUNIT_ASSERT_EQ(test, lines(), 1);
	expect_line(test, 0, ";dmf_kunit_log dmf-log: " LINE " module=bell " TEXT
		    " operand=12\n");
	expect_line(test, 0, "\n DEVICE=+dmf_kunit_log:dmf-log\n");
}

static void line_of_a_driver(struct kunit *test)
{
	static struct bus_type bus = { .name = "pci" };
	const struct device_driver driver = { .name = "dmf_edu", .bus = &bus };

	dmf_utility_event_log_entry_write_driver(&driver, &entry, "operand=%d", 12);
	KUNIT_ASSERT_EQ(test, lines(), 1);
	expect_line(test, 0, ";dmf_edu: " LINE " " TEXT " operand=12\n");
	expect_line(test, 0, "\n SUBSYSTEM=drivers\n");
	expect_line(test, 0, "\n DEVICE=+drivers:pci:dmf_edu\n");
}

static void text_and_pairs_may_be_left_out(struct kunit *test)
{
	struct dmf_event_log_entry bare = entry;

	dmf_utility_event_log_entry_write_device(logs->ddev, &entry);
	bare.text = NULL;
	dmf_utility_event_log_entry_write_device(logs->ddev, &bare, "operand=%d", 12);
	dmf_utility_event_log_entry_write_device(logs->ddev, &bare);
	KUNIT_ASSERT_EQ(test, lines(), 3);
	expect_line(test, 0, LINE " " TEXT "\n");
	expect_line(test, 1, LINE " operand=12\n");
	expect_line(test, 2, LINE "\n");
}

/* The level stands first in the line, before the first comma. */
static void severity_is_the_level_of_the_line(struct kunit *test)
{
	static const struct {
		enum dmf_event_log_severity severity;
		const char *level, *name;
	} cases[] = {
		{ DMF_EVENT_LOG_ERROR, "3,", "severity=error " },
		{ DMF_EVENT_LOG_WARNING, "4,", "severity=warning " },
		{ DMF_EVENT_LOG_INFORMATION, "6,", "severity=information " },
	};
	struct dmf_event_log_entry one = entry;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		one.severity = cases[i].severity;
		dmf_utility_event_log_entry_write_device(logs->ddev, &one);
	}
	KUNIT_ASSERT_EQ(test, lines(), ARRAY_SIZE(cases));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_TRUE(test, strstarts(logs->lines[i], cases[i].level));
		expect_line(test, i, cases[i].name);
	}
}

static void text_cannot_break_the_form(struct kunit *test)
{
	struct dmf_event_log_entry one = entry;

	one.text = "a \"b\" c\nd\\";
	one.uevent = true;
	dmf_utility_event_log_entry_write_device(logs->ddev, &one);
	KUNIT_ASSERT_EQ(test, lines(), 1);
	/* The console escapes the backslashes once more. */
	expect_line(test, 0, "text=\"a \\x5c\"b\\x5c\" c\\x5cnd\\x5c\\x5c\"\n");
	KUNIT_ASSERT_EQ(test, uevents(), 1);
	KUNIT_EXPECT_TRUE(test, strstr(logs->uevents[0],
				       "DMF_EVENT_TEXT=a \\\"b\\\" c\\nd\\\\\n"));
}

static void severity_that_is_none_is_refused(struct kunit *test)
{
	struct dmf_event_log_entry one = entry;

	one.severity = 3;
	one.uevent = true;
	dmf_kunit_expect_begin(test, "WARNING: .*event_write");
	dmf_utility_event_log_entry_write_device(logs->ddev, &one);
	dmf_kunit_expect_end(test);
	KUNIT_EXPECT_EQ(test, lines(), 0);
	KUNIT_EXPECT_EQ(test, uevents(), 0);
}

/* -- The uevent -- */

static void uevent_of_a_device(struct kunit *test)
{
	struct dmf_event_log_entry one = entry;

	one.uevent = true;
	dmf_utility_event_log_entry_write_device(logs->ddev, &one, "operand=%d tries=%s", 12,
						 "three");
	KUNIT_ASSERT_EQ(test, uevents(), 1);
	KUNIT_EXPECT_STREQ(test, logs->uevents[0],
			   "DMF_EVENT_ID=7\nDMF_EVENT_SEVERITY=error\nDMF_EVENT_STATUS=-5\n"
			   "DMF_EVENT_UNIQUE_ID=2\nDMF_EVENT_TEXT=Device does not answer\n"
			   "DMF_EVENT_DATA=operand=12 tries=three\n");
	KUNIT_ASSERT_EQ(test, lines(), 1);
	expect_line(test, 0, " tries=three\n");
}

static void uevent_of_a_module(struct kunit *test)
{
	struct dmf_event_log_entry one = entry;

	one.uevent = true;
	one.text = NULL;
	dmf_utility_event_log_entry_write_dmf_module(dmf_doorbell_module(logs->bell), &one);
	KUNIT_ASSERT_EQ(test, uevents(), 1);
	KUNIT_EXPECT_STREQ(test, logs->uevents[0],
			   "DMF_EVENT_ID=7\nDMF_EVENT_SEVERITY=error\nDMF_EVENT_STATUS=-5\n"
			   "DMF_EVENT_UNIQUE_ID=2\nDMF_MODULE=bell\n");
}

/* That of a module reaches no class of ours: it is there, and is given back. */
static void uevent_of_a_driver_without_a_module_is_lost(struct kunit *test)
{
	struct device_driver driver = { .name = "dmf_edu" };
	struct dmf_event_log_entry one = entry;

	one.uevent = true;
	dmf_utility_event_log_entry_write_driver(&driver, &one);
	driver.owner = THIS_MODULE;
	dmf_utility_event_log_entry_write_driver(&driver, &one);
	dmf_utility_flush();
	KUNIT_ASSERT_EQ(test, lines(), 2);
	expect_line(test, 0, TEXT " uevent=lost\n");
	expect_line(test, 1, TEXT "\n");
}

static void what_is_too_long_is_cut_off(struct kunit *test)
{
	char *text = kunit_kzalloc(test, 2000, GFP_KERNEL);
	struct dmf_event_log_entry one = entry;
	char *cut;

	KUNIT_ASSERT_NOT_NULL(test, text);
	memset(text, 'x', 1999);
	one.uevent = true;
	one.text = text;
	dmf_utility_event_log_entry_write_device(logs->ddev, &one, "long=%s", text);
	KUNIT_ASSERT_EQ(test, uevents(), 1);
	cut = strstr(logs->uevents[0], "DMF_EVENT_TEXT=");
	KUNIT_ASSERT_NOT_NULL(test, cut);
	KUNIT_EXPECT_EQ(test, strcspn(cut, "\n"), strlen("DMF_EVENT_TEXT=") + 256);
	cut = strstr(logs->uevents[0], "DMF_EVENT_DATA=long=xxx");
	KUNIT_ASSERT_NOT_NULL(test, cut);
	KUNIT_EXPECT_GT(test, strlen(cut), 256);
}

static void write_in_interrupt(void *data)
{
	dmf_utility_event_log_entry_write_device(logs->ddev, data, "context=%s", "interrupt");
}

static void entries_of_an_interrupt_handler(struct kunit *test)
{
	struct dmf_event_log_entry one = entry;

	one.uevent = true;
	dmf_kunit_in_interrupt(write_in_interrupt, &one);
	KUNIT_EXPECT_EQ(test, lines(), 1);
	KUNIT_ASSERT_EQ(test, uevents(), 1);
	KUNIT_EXPECT_TRUE(test, strstr(logs->uevents[0], "DMF_EVENT_DATA=context=interrupt\n"));

	one.uevent = false;
	dmf_kunit_in_hardirq(write_in_interrupt, &one);
	KUNIT_EXPECT_EQ(test, lines(), 2);
}

/* Not through the macro: its rate limit would hide ours. */
static void write_uevent(void)
{
	struct dmf_event_log_entry one = entry;

	one.uevent = true;
	__dmf_utility_event_log_entry_write_device(logs->ddev, &one, " many=%d", 1);
}

static void only_64_uevents_wait(struct kunit *test)
{
	int i, lost = 0;

	/* The work holds one, which it has taken off the list, or is about to. */
	mutex_lock(&logs->send_lock);
	for (i = 0; i < 80; i++)
		write_uevent();
	mutex_unlock(&logs->send_lock);
	KUNIT_ASSERT_EQ(test, lines(), 80);
	for (i = 0; i < 80; i++)
		lost += !!strstr(logs->lines[i], " many=1 uevent=lost\n");
	KUNIT_EXPECT_GE(test, lost, 80 - 65);
	KUNIT_EXPECT_LE(test, lost, 80 - 64);
	KUNIT_EXPECT_EQ(test, uevents(), 80 - lost);
}

/* While the device still has a path, and nothing keeps the device afterwards. */
static void unbind_sends_what_waits(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		write_uevent();
	dmf_device_remove(logs->dev, false);
	KUNIT_EXPECT_EQ(test, logs->uevent_count, 10);
}

/* -- Limits -- */

static void each_place_has_a_limit_of_its_own(struct kunit *test)
{
	struct dmf_event_log_entry one = entry;
	int i;

	one.uevent = true;
	for (i = 0; i < 3 * BURST; i++)
		dmf_utility_event_log_entry_write_device(logs->ddev, &one, "place=%d", 1);
	KUNIT_EXPECT_EQ(test, lines(), BURST);
	KUNIT_EXPECT_EQ(test, uevents(), BURST);

	dmf_utility_event_log_entry_write_device(logs->ddev, &one, "place=%d", 2);
	KUNIT_EXPECT_EQ(test, lines(), BURST + 1);
	KUNIT_EXPECT_EQ(test, uevents(), BURST + 1);
}

static int attempt_write(struct kunit *test, void *data)
{
	unsigned int before = lines();

	write_uevent();
	if (lines() != before + 1)
		return -EIO;
	return strstr(logs->lines[before], " uevent=lost\n") ? -ENOMEM : 0;
}

static void without_memory_the_line_is_written(struct kunit *test)
{
	dmf_kunit_fail_nth(test, attempt_write, NULL, 1);
	KUNIT_EXPECT_EQ(test, uevents(), lines() - 1);
}

static struct kunit_case utility_cases[] = {
	KUNIT_CASE(line_of_a_device),
	KUNIT_CASE(line_of_a_module),
	KUNIT_CASE(line_of_a_driver),
	KUNIT_CASE(text_and_pairs_may_be_left_out),
	KUNIT_CASE(severity_is_the_level_of_the_line),
	KUNIT_CASE(text_cannot_break_the_form),
	KUNIT_CASE(severity_that_is_none_is_refused),
	KUNIT_CASE(uevent_of_a_device),
	KUNIT_CASE(uevent_of_a_module),
	KUNIT_CASE(uevent_of_a_driver_without_a_module_is_lost),
	KUNIT_CASE(what_is_too_long_is_cut_off),
	KUNIT_CASE(entries_of_an_interrupt_handler),
	KUNIT_CASE(only_64_uevents_wait),
	KUNIT_CASE(unbind_sends_what_waits),
	KUNIT_CASE(each_place_has_a_limit_of_its_own),
	KUNIT_CASE(without_memory_the_line_is_written),
	{ }
};

static struct kunit_suite utility_suite = {
	.name = "dmf_utility",
	.init = logs_init,
	.test_cases = utility_cases,
};

kunit_test_suite(utility_suite);
