// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmfctl top: what Modules do in each second.
 *
 * Modules say what they like of themselves. What is understood here are the words of the
 * table below, which the Modules of the project use: whatever counts up, whatever is a
 * depth. Counters that a Module of the same number does not have any more, or that are
 * lower than before, begin again.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "debugfs.h"
#include "model.h"
#include "output.h"
#include "signals.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define DELAY_MAX_S	3600.0
#define LOCKS_SHOWN	5
#define LOCKS_MAX	4096
#define SWITCH		"lock_statistics"

/* What a figure of a Module is. */
enum column {
	COLUMN_EVENTS,		/* counts what it has done */
	COLUMN_LOST,		/* counts what it could not do */
	COLUMN_DEPTH,		/* what lies in it now */
	COLUMN_PEAK,		/* the most that has */
	COLUMN_REQUESTS,	/* requests that it keeps */
	COLUMNS,
};

static const struct {
	const char *key;
	enum column column;
} words[] = {
	{ "sequence", COLUMN_EVENTS },	{ "runs", COLUMN_EVENTS },
	{ "handled", COLUMN_EVENTS },	{ "signalled", COLUMN_EVENTS },
	{ "lost", COLUMN_LOST },	{ "discarded", COLUMN_LOST },
	{ "deleted", COLUMN_LOST },	{ "refused", COLUMN_LOST },
	{ "unheard", COLUMN_LOST },
	{ "depth", COLUMN_DEPTH },	{ "queued", COLUMN_DEPTH },
	{ "kept", COLUMN_DEPTH },	{ "used", COLUMN_DEPTH },
	{ "peak", COLUMN_PEAK },	{ "high-water", COLUMN_PEAK },
	{ "requests", COLUMN_REQUESTS },
};

struct row {
	const char *device;
	const struct module_view *module;
	unsigned long long values[COLUMNS];
	double event_rate;
	double lost_rate;
};

struct lock_row {
	const char *device;
	const char *instance;
	unsigned long long number;	/* of the Module */
	unsigned long long lock;
	unsigned long long contended;
	unsigned long long wait_ns;
	unsigned long long longest_ns;
	double rate;			/* of @contended */
	double waiting;			/* of the time, somebody did; a sum */
};

/* All that was seen at one moment. Rows point into devices. */
struct snapshot {
	double time;
	struct names names;
	struct device_view *devices;
	size_t device_count;
	struct row *rows;
	size_t row_count;
	struct lock_row *locks;
	size_t lock_count;
};

static struct {
	double delay;
	unsigned long long count;	/* 0: for ever */
	bool locks;
	bool screen;			/* a terminal that is drawn on again and again */
} options;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* -- A snapshot ------------------------------------------------------------------ */

static void snapshot_free(struct snapshot *snapshot)
{
	while (snapshot->device_count)
		device_free(&snapshot->devices[--snapshot->device_count]);
	free(snapshot->devices);
	free(snapshot->rows);
	free(snapshot->locks);
	names_free(&snapshot->names);
	memset(snapshot, 0, sizeof(*snapshot));
}

static void row_fill(struct row *row, const struct device_view *device,
		     const struct module_view *module)
{
	size_t i;

	memset(row, 0, sizeof(*row));
	row->device = device->name;
	row->module = module;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		row->values[words[i].column] += fields_number(&module->figures,
							      words[i].key);
}

static void lock_add(struct snapshot *snapshot, const struct device_view *device,
		     const struct module_view *module, char *line)
{
	struct lock_row *lock;
	struct fields fields;
	char *copy = strdup(line);

	if (!copy || snapshot->lock_count == LOCKS_MAX) {
		free(copy);
		return;
	}
	if (!fields_parse_words(&fields, copy))
		return;
	if (fields_has(&fields, "lock") && fields_number(&fields, "contended")) {
		lock = &snapshot->locks[snapshot->lock_count++];
		memset(lock, 0, sizeof(*lock));
		lock->device = device->name;
		lock->instance = fields_get(&module->state, "instance");
		lock->number = module->number;
		lock->lock = fields_number(&fields, "lock");
		lock->contended = fields_number(&fields, "contended");
		lock->wait_ns = fields_number(&fields, "wait_ns");
		lock->longest_ns = fields_number(&fields, "longest_ns");
	}
	fields_free(&fields);
}

static void locks_add(struct snapshot *snapshot, const struct device_view *device,
		      const struct module_view *module)
{
	char *text = debugfs_read("%s/modules/%s/locks", device->name, module->folder);
	char *line, *rest;

	if (!text)
		return;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		lock_add(snapshot, device, module, line);
	free(text);
}

static bool snapshot_take_devices(struct snapshot *snapshot)
{
	struct device_view *device;
	size_t i, rows = 0;

	snapshot->devices = calloc(snapshot->names.count + 1, sizeof(*snapshot->devices));
	if (!snapshot->devices)
		return false;
	for (i = 0; i < snapshot->names.count; i++) {
		device = &snapshot->devices[snapshot->device_count];
		if (!device_read(device, snapshot->names.list[i]))
			continue;
		rows += device->count;
		snapshot->device_count++;
	}
	snapshot->rows = calloc(rows + 1, sizeof(*snapshot->rows));
	snapshot->locks = calloc(LOCKS_MAX, sizeof(*snapshot->locks));
	return snapshot->rows && snapshot->locks;
}

static bool snapshot_take(struct snapshot *snapshot, int count, char *const *arguments)
{
	const struct device_view *device;
	size_t i, j;

	memset(snapshot, 0, sizeof(*snapshot));
	if (!debugfs_devices(&snapshot->names, count, arguments))
		return false;
	snapshot->time = now();
	if (!snapshot_take_devices(snapshot)) {
		complain("no memory");
		snapshot_free(snapshot);
		return false;
	}
	for (i = 0; i < snapshot->device_count; i++) {
		device = &snapshot->devices[i];
		for (j = 0; j < device->count; j++) {
			row_fill(&snapshot->rows[snapshot->row_count++], device,
				 &device->modules[j]);
			locks_add(snapshot, device, &device->modules[j]);
		}
	}
	return true;
}

/* -- What has happened between two of them ------------------------------------------ */

static double rate(unsigned long long value, unsigned long long before, double seconds)
{
	return value < before || seconds <= 0 ? 0 : (value - before) / seconds;
}

/* Rows are in the order of devices and numbers in both. */
static const struct row *row_before(const struct snapshot *before, const struct row *row,
				    size_t *from)
{
	const struct row *other;
	int order;

	for (; *from < before->row_count; (*from)++) {
		other = &before->rows[*from];
		order = strverscmp(other->device, row->device);
		if (!order && other->module->number == row->module->number)
			return other;
		if (order > 0 || (!order && other->module->number > row->module->number))
			break;
	}
	return NULL;
}

static const struct lock_row *lock_before(const struct snapshot *before,
					  const struct lock_row *lock)
{
	size_t i;

	for (i = 0; i < before->lock_count; i++) {
		if (before->locks[i].number == lock->number &&
		    before->locks[i].lock == lock->lock &&
		    !strcmp(before->locks[i].device, lock->device))
			return &before->locks[i];
	}
	return NULL;
}

static void snapshot_compare(struct snapshot *snapshot, const struct snapshot *before)
{
	double seconds = snapshot->time - before->time;
	const struct lock_row *old_lock;
	struct lock_row *lock;
	const struct row *old;
	struct row *row;
	size_t i, from = 0;

	for (i = 0; i < snapshot->row_count; i++) {
		row = &snapshot->rows[i];
		old = row_before(before, row, &from);
		if (!old)
			continue;
		row->event_rate = rate(row->values[COLUMN_EVENTS],
				       old->values[COLUMN_EVENTS], seconds);
		row->lost_rate = rate(row->values[COLUMN_LOST], old->values[COLUMN_LOST],
				      seconds);
	}
	for (i = 0; i < snapshot->lock_count; i++) {
		lock = &snapshot->locks[i];
		old_lock = lock_before(before, lock);
		lock->rate = rate(lock->contended, old_lock ? old_lock->contended : 0, seconds);
		lock->waiting = rate(lock->wait_ns, old_lock ? old_lock->wait_ns : 0,
				     seconds) / 1e9;
	}
}

static int row_order(const void *first, const void *second)
{
	const struct row *one = first, *other = second;
	int i;

	if (one->event_rate != other->event_rate)
		return one->event_rate < other->event_rate ? 1 : -1;
	if (one->lost_rate != other->lost_rate)
		return one->lost_rate < other->lost_rate ? 1 : -1;
	if (one->values[COLUMN_DEPTH] != other->values[COLUMN_DEPTH])
		return one->values[COLUMN_DEPTH] < other->values[COLUMN_DEPTH] ? 1 : -1;
	i = strverscmp(one->device, other->device);
	if (i)
		return i;
	return one->module->number < other->module->number ? -1 : 1;
}

static int lock_order(const void *first, const void *second)
{
	const struct lock_row *one = first, *other = second;

	if (one->waiting != other->waiting)
		return one->waiting < other->waiting ? 1 : -1;
	if (one->wait_ns != other->wait_ns)
		return one->wait_ns < other->wait_ns ? 1 : -1;
	return 0;
}

/* -- For people -------------------------------------------------------------------- */

/* Of the terminal; what is no terminal has no end. */
static struct { unsigned int rows, columns; } screen;

static void screen_measure(void)
{
	struct winsize size;

	screen.rows = 0x10000;
	screen.columns = 0x10000;
	if (!options.screen || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return;
	if (size.ws_row)
		screen.rows = size.ws_row;
	if (size.ws_col)
		screen.columns = size.ws_col;
}

static void end_line(void)
{
	fputs(options.screen ? "\033[K\n" : "\n", stdout);
}

static void print_rate(double value, enum style style)
{
	output_style(value > 0 ? style : STYLE_DIM);
	printf("%9.1f ", value);
	output_style(STYLE_PLAIN);
}

static void print_count(unsigned long long value, enum style style)
{
	output_style(value ? style : STYLE_DIM);
	printf("%7llu ", value);
	output_style(STYLE_PLAIN);
}

/* What is cut is the device, of which there are few. */
static void print_name(unsigned int used, const char *device, const char *instance)
{
	unsigned int left = screen.columns > used + 1 ? screen.columns - used - 1 : 0;

	left -= output_text_cut(instance, left);
	if (left < 2)
		return;
	putchar(' ');
	output_style(STYLE_DIM);
	output_text_cut(device, left - 1);
	output_style(STYLE_PLAIN);
}

static void print_row(const struct row *row)
{
	const struct fields *state = &row->module->state;

	print_rate(row->event_rate, STYLE_GREEN);
	print_rate(row->lost_rate, STYLE_RED);
	print_count(row->values[COLUMN_DEPTH], STYLE_YELLOW);
	print_count(row->values[COLUMN_PEAK], STYLE_PLAIN);
	print_count(row->values[COLUMN_REQUESTS], STYLE_PLAIN);
	print_count(fields_number(state, "users"), STYLE_YELLOW);
	print_name(2 * 10 + 4 * 8, row->device, fields_get(state, "instance"));
	end_line();
}

static void print_lock(const struct lock_row *lock)
{
	print_rate(lock->rate, STYLE_RED);
	print_rate(100 * lock->waiting, STYLE_RED);
	printf("%15.1f ", lock->longest_ns / 1e3);
	print_count(lock->lock, STYLE_PLAIN);
	print_name(2 * 10 + 16 + 8, lock->device, lock->instance);
	end_line();
}

static void print_heading(const char *text)
{
	output_style(STYLE_BOLD);
	output_text_cut(text, screen.columns - 1);
	output_style(STYLE_PLAIN);
	end_line();
}

static void print_summary(const struct snapshot *snapshot)
{
	char text[160], clock[16];
	time_t time_now = time(NULL);

	strftime(clock, sizeof(clock), "%T", localtime(&time_now));
	snprintf(text, sizeof(text), "dmfctl top  %s  devices: %zu  Modules: %zu%s", clock,
		 snapshot->device_count, snapshot->row_count,
		 options.screen ? "  (q quits)" : "");
	output_text_cut(text, screen.columns - 1);
	end_line();
}

static unsigned int locks_shown(const struct snapshot *snapshot)
{
	return snapshot->lock_count < LOCKS_SHOWN ? snapshot->lock_count : LOCKS_SHOWN;
}

static void print_text(const struct snapshot *snapshot)
{
	unsigned int locks = locks_shown(snapshot), i;
	unsigned int taken = 3 + (locks ? locks + 1 : 0);
	size_t rows = screen.rows > taken ? screen.rows - taken : 0;

	if (options.screen)
		fputs("\033[H", stdout);
	print_summary(snapshot);
	print_heading(" EVENTS/s    LOST/s   DEPTH    PEAK    REQS   USERS MODULE");
	for (i = 0; i < snapshot->row_count && i < rows; i++)
		print_row(&snapshot->rows[i]);
	if (locks)
		print_heading("  WAITS/s  WAITING%      LONGEST us    LOCK OF");
	for (i = 0; i < locks; i++)
		print_lock(&snapshot->locks[i]);
	if (options.screen)
		fputs("\033[J", stdout);
	else
		putchar('\n');
}

/* -- For programs -------------------------------------------------------------------- */

static void print_json(const struct snapshot *snapshot, double seconds)
{
	const struct lock_row *lock;
	const struct row *row;
	size_t i;

	json_object(NULL);
	json_unsigned("interval_ms", seconds > 0 ? seconds * 1000 : 0);
	json_array("modules");
	for (i = 0; i < snapshot->row_count; i++) {
		row = &snapshot->rows[i];
		json_object(NULL);
		json_string("device", row->device);
		json_unsigned("number", row->module->number);
		json_string("instance", fields_get(&row->module->state, "instance"));
		json_string("state", fields_get(&row->module->state, "state"));
		json_real("events_per_s", row->event_rate);
		json_real("lost_per_s", row->lost_rate);
		json_unsigned("depth", row->values[COLUMN_DEPTH]);
		json_unsigned("peak", row->values[COLUMN_PEAK]);
		json_unsigned("requests", row->values[COLUMN_REQUESTS]);
		json_unsigned("users", fields_number(&row->module->state, "users"));
		json_end();
	}
	json_end();
	json_array("locks");
	for (i = 0; i < snapshot->lock_count; i++) {
		lock = &snapshot->locks[i];
		json_object(NULL);
		json_string("device", lock->device);
		json_string("instance", lock->instance);
		json_unsigned("lock", lock->lock);
		json_real("waits_per_s", lock->rate);
		json_real("waiting", lock->waiting);
		json_unsigned("longest_ns", lock->longest_ns);
		json_end();
	}
	json_end();
	json_end();
}

/* -- The terminal ---------------------------------------------------------------------- */

static struct termios terminal;

static void screen_end(void)
{
	if (!options.screen)
		return;
	fputs("\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
	options.screen = false;
	complain_first = NULL;
}

static void screen_begin(void)
{
	struct termios quiet;

	options.screen = output_is_terminal() && !output_is_json() &&
			 !tcgetattr(STDIN_FILENO, &terminal);
	if (!options.screen)
		return;
	quiet = terminal;
	quiet.c_lflag &= ~(ICANON | ECHO);
	quiet.c_cc[VMIN] = 0;
	quiet.c_cc[VTIME] = 0;
	quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
	complain_first = screen_end;
	/* The other screen, without cursor. */
	fputs("\033[?1049h\033[?25l", stdout);
}

/* Returns false when the user wants to quit. */
static bool key_pressed(void)
{
	char keys[64];
	ssize_t count = read(STDIN_FILENO, keys, sizeof(keys));

	/* A terminal that has gone reads as its end. */
	if (count <= 0)
		return false;
	return !memchr(keys, 'q', count) && !memchr(keys, 'Q', count);
}

static void print_snapshot(const struct snapshot *snapshot, double seconds)
{
	if (output_is_json()) {
		print_json(snapshot, seconds);
		return;
	}
	screen_measure();
	print_text(snapshot);
}

/* Until the next snapshot is due. Returns false when it is not wanted any more. */
static bool wait_for_next(const struct snapshot *snapshot, double seconds)
{
	struct pollfd keyboard = { .fd = STDIN_FILENO, .events = POLLIN };
	double left;
	int ready;

	while (!signals_stopped()) {
		left = snapshot->time + options.delay - now();
		if (left <= 0)
			return true;
		ready = signals_poll(&keyboard, options.screen ? 1 : 0, ceil(left * 1000));
		if (ready > 0 && !key_pressed())
			return false;
		/* The window may have another size. */
		if (ready < 0 && errno == EINTR && options.screen && !signals_stopped()) {
			print_snapshot(snapshot, seconds);
			fflush(stdout);
		}
	}
	return false;
}

static int show_snapshots(int count, char *const *arguments)
{
	struct snapshot last = { }, next;
	unsigned long long shown = 0;
	double seconds = 0;
	bool more = true;

	while (more && !signals_stopped()) {
		if (!snapshot_take(&next, count, arguments)) {
			snapshot_free(&last);
			return EXIT_ERROR;
		}
		if (last.time > 0) {
			seconds = next.time - last.time;
			snapshot_compare(&next, &last);
		}
		snapshot_free(&last);
		/* What is printed has another order than what is compared. */
		last = next;
		next.rows = malloc((last.row_count + 1) * sizeof(*next.rows));
		if (next.rows) {
			memcpy(next.rows, last.rows, last.row_count * sizeof(*next.rows));
			qsort(next.rows, next.row_count, sizeof(*next.rows), row_order);
			qsort(next.locks, next.lock_count, sizeof(*next.locks), lock_order);
			print_snapshot(&next, seconds);
		}
		more = !fflush(stdout) && !ferror(stdout) &&
		       (!options.count || ++shown < options.count) &&
		       wait_for_next(&next, seconds);
		free(next.rows);
	}
	snapshot_free(&last);
	return EXIT_DONE;
}

/* -- The command ------------------------------------------------------------------------- */

static const struct option top_options[] = {
	{ "delay", required_argument, NULL, 'd' },
	{ "count", required_argument, NULL, 'n' },
	{ "locks", no_argument, NULL, 'l' },
	{ }
};

static void parse_delay(const char *text)
{
	char *end;

	options.delay = strtod(text, &end);
	if (end == text || *end || !(options.delay >= 0.01 && options.delay <= DELAY_MAX_S))
		usage_error("--delay is not a number of seconds from 0.01 to %.0f: %s",
			    DELAY_MAX_S, text);
}

static void parse_count(const char *text)
{
	char *end;

	errno = 0;
	options.count = strtoull(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || !options.count)
		usage_error("--count is not a number from 1: %s", text);
}

static void parse_options(int argc, char **argv)
{
	int option;

	options.delay = 1;
	while ((option = command_option(argc, argv, "d:n:l", top_options)) != -1) {
		if (option == 'd')
			parse_delay(optarg);
		else if (option == 'n')
			parse_count(optarg);
		else
			options.locks = true;
	}
}

/* Returns whether the statistics have been switched on, and are to be switched off. */
static bool locks_watch(void)
{
	char *before = options.locks ? debugfs_read(SWITCH) : NULL;
	bool was_off = before && before[0] == '0';

	if (options.locks && !before)
		complain("no lock statistics: %s", strerror(errno));
	free(before);
	return was_off && debugfs_write("1", SWITCH);
}

static int top_run(int argc, char **argv)
{
	bool watched;
	int status;

	parse_options(argc, argv);
	if (!debugfs_check())
		return EXIT_ERROR;
	signals_catch();
	watched = locks_watch();
	screen_begin();
	status = show_snapshots(argc - optind, argv + optind);
	screen_end();
	if (watched)
		debugfs_write("0", SWITCH);
	return status;
}

const struct dmfctl_command top_command = {
	.name = "top",
	.usage = "[DEVICE]...",
	.help = "show what Modules do in each second, the busiest first",
	.options =
"  -d, --delay=S  seconds between two looks (1; 0.1 is possible)\n"
"  -n, --count=N  end after N looks\n"
"  -l, --locks    keep statistics of locks meanwhile, and show who waits for them\n",
	.run = top_run,
};
