// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program dmfctl: on a folder that looks like debugfs and says what a case wants, and
 * on the device.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"
#include "node.h"
#include "process.h"
#include "suites.h"
#include "system.h"

#define DEBUGFS	"/sys/kernel/debug"
#define TRACEFS	"/sys/kernel/tracing"
#define NOBODY	65534

/* Where the case has its own; it goes with the next one. */
#define FAKE	"/tmp/dmfctl"
#define DEVICE	FAKE "/dmf/0000:00:07.0"
#define ON_FAKE	"--debugfs=" FAKE " "

#define ONE_MODULE	"trace --json --device=edu0 --module=doorbell --event=module_*"

#define STATE_OF_DEVICE							\
	"device=0000:00:07.0\ndriver=demo\nnode=dmf/demo3\npower=D0\n"	\
	"io=running\nhandlers=0\npended=2\n"

static void setup(void)
{
	mount_once("debugfs", DEBUGFS);
	mount_once("tracefs", TRACEFS);
	if (mkdir("/dev/pts", 0755))
		REQUIRE(errno == EEXIST);
	mount_once("devpts", "/dev/pts");
	node_setup();
}

static struct process ran(const char *arguments, int expected)
{
	struct process process;
	int status = program_run("dmfctl", arguments, &process);

	if (!EXPECT_EQ(status, expected))
		test_note("%s: %s", arguments, process_text(process.errors));
	return process;
}

static void expect_in(int file, const char *text)
{
	if (!EXPECT(strstr(process_text(file), text)))
		test_note("expected \"%s\", found \"%s\"", text, process_text(file));
}

static void expect_json_lines(int file, unsigned int count)
{
	const char *text = process_text(file);

	for (; count && *text; count--)
		if (!EXPECT(json_is_line(text, &text))) {
			test_note("no JSON: %s", text);
			return;
		}
	EXPECT_EQ(count, 0);
	EXPECT(!*text);
}

/* -- A folder that looks like debugfs ------------------------------------------------ */

/* In one step, for those who read meanwhile. */
static void put(const char *path, const char *text, size_t length)
{
	static const char new[] = FAKE "/new";
	int file = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	REQUIRE(file >= 0);
	REQUIRE(write(file, text, length) == (ssize_t)length);
	close(file);
	REQUIRE(!rename(new, path));
}

static void fake_device(void)
{
	REQUIRE(!system("rm -rf " FAKE " && mkdir -p " DEVICE "/modules"));
	put(DEVICE "/state", STATE_OF_DEVICE, strlen(STATE_OF_DEVICE));
}

static void fake_module(unsigned int number, const char *instance, const char *text,
			size_t length)
{
	char path[512];

	snprintf(path, sizeof(path), DEVICE "/modules/%u-%s", number, instance);
	REQUIRE(!mkdir(path, 0700) || errno == EEXIST);
	snprintf(path, sizeof(path), DEVICE "/modules/%u-%s/state", number, instance);
	put(path, text, length);
}

static void fake_tree(void)
{
	static const char *const modules[] = {
		"number=1\nparent=0\ndepth=0\nmodule=queue\ninstance=my\\040queue\n"
		"state=opened\nopen=create\nusers=2\ndynamic=0\ntransport=0\n"
		"figures: depth=3 peak=9 runs=100\n",
		"number=2\nparent=1\ndepth=1\nmodule=bell\ninstance=bell\n"
		"state=opening\nopen=create\nusers=0\ntransition_pid=77\ndynamic=0\ntransport=0\n",
		"number=4\nparent=0\ndepth=0\nmodule=bell\ninstance=bell\n"
		"state=created\nopen=create\nusers=0\ndynamic=1\ntransport=0\n",
	};
	size_t i;

	fake_device();
	for (i = 0; i < ARRAY_SIZE(modules); i++)
		fake_module(i + 1, "x", modules[i], strlen(modules[i]));
}

static void tree_is_drawn(void)
{
	struct process process;

	fake_tree();
	process = ran(ON_FAKE "tree", 0);
	EXPECT(!strcmp(process_text(process.output),
		       "0000:00:07.0  demo  /dev/dmf/demo3  power=D0 io=running handlers=0 pended=2\n"
		       "|- my queue (queue)  opened  open=create users=2  depth=3 peak=9 runs=100\n"
		       "|  `- bell  opening  open=create pid=77\n"
		       "`- bell  created  open=create dynamic\n"));
	test_note("%s", process_text(process.output));
}

static void device_has_several_names(void)
{
	fake_tree();
	expect_in(ran("tree demo3 " ON_FAKE, 0).output, "0000:00:07.0  demo");
	expect_in(ran("tree /dev/dmf/demo3 " ON_FAKE, 0).output, "0000:00:07.0  demo");
	expect_in(ran("tree 0000:00:07.0 " ON_FAKE, 0).output, "0000:00:07.0  demo");
	expect_in(ran("tree demo4 " ON_FAKE, 1).errors, "no such device: demo4");
}

static void colours_are_for_terminals(void)
{
	struct process process;

	fake_tree();
	process = ran(ON_FAKE "tree", 0);
	EXPECT(!strchr(process_text(process.output), '\033'));
	process = ran(ON_FAKE "--color=always tree", 0);
	expect_in(process.output, "\033[32mopened\033[0m");
	expect_in(process.output, "\033[33mopening\033[0m");
	expect_in(process.output, "\033[2mcreated\033[0m");
	ran(ON_FAKE "--color=sometimes tree", 2);
}

/* What is printed if the output is a terminal; ends with the program. */
static void run_on_terminal(const char *argument, const char *variable, char *text,
			    size_t size, const char *keys)
{
	struct winsize window = { .ws_row = 4, .ws_col = 62 };
	size_t length = 0;
	int terminal, status;
	char path[256];
	ssize_t got;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/dmfctl", getenv("DMF_BIN") ?: "/dmf/bin");
	pid = forkpty(&terminal, NULL, NULL, &window);
	REQUIRE(pid >= 0);
	if (!pid) {
		putenv("TERM=vt100");
		if (variable)
			putenv((char *)variable);
		execl(path, "dmfctl", "--debugfs=" FAKE, argument, NULL);
		_exit(127);
	}
	if (keys)
		REQUIRE(write(terminal, keys, strlen(keys)) > 0);
	while (length < size - 1 && (got = read(terminal, text + length, size - 1 - length)) > 0)
		length += got;
	text[length] = '\0';
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT_EQ(status, 0);
	close(terminal);
}

static void terminal_has_colours(void)
{
	char text[16384];

	fake_tree();
	run_on_terminal("tree", NULL, text, sizeof(text), NULL);
	EXPECT(strstr(text, "\033[32mopened"));
	run_on_terminal("tree", "NO_COLOR=1", text, sizeof(text), NULL);
	EXPECT(!strchr(text, '\033'));
}

static void tree_in_json(void)
{
	static const char numeric[] = "number=9\nmodule=8\ninstance=7\n";
	struct process process;

	fake_tree();
	process = ran(ON_FAKE "tree --json", 0);
	expect_json_lines(process.output, 1);
	expect_in(process.output, "\"node\":\"dmf/demo3\"");
	expect_in(process.output, "{\"number\":2,\"parent\":1,");
	expect_in(process.output, "\"instance\":\"my queue\"");
	expect_in(process.output, "\"figures\":{\"depth\":3,\"peak\":9,\"runs\":100}");
	fake_module(9, "x", numeric, sizeof(numeric) - 1);
	expect_in(ran(ON_FAKE "tree --json", 0).output, "\"module\":\"8\",\"instance\":\"7\"");
}

static void strange_text_does_no_harm(void)
{
	static const char *const texts[] = {
		"", "\n", "=\n", "=x\n", "number", "number=\n", "number=-1\n",
		"number=99999999999999999999999\nparent=1\n",
		"number=5\nparent=5\n", "number=5\nparent=6\n", "figures:", "figures: =",
		"figures: a", "x\nfigures: a=b", "instance=\\", "instance=\\1", "instance=\\000x",
		"instance=\\777\\377\\033[2J\n", "state=\x1b]0;x\a\xff\xc0\x80\xf8\n",
		"depth=7\ndepth=8\nstate=\ninstance=\"\\\"\n",
	};
	char large[70000];
	size_t i;

	fake_device();
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		fake_module(i + 1, "x", texts[i], strlen(texts[i]));
	memset(large, 'x', sizeof(large));
	fake_module(100, "x", large, sizeof(large));
	for (i = 0; i + 4 <= sizeof(large); i += 4)
		memcpy(large + i, "a=b\n", 4);
	fake_module(101, "x", large, sizeof(large));
	memset(large, 0, sizeof(large));
	fake_module(102, "x", large, sizeof(large));

	EXPECT(!strpbrk(process_text(ran(ON_FAKE "tree", 0).output), "\033\a\xff"));
	expect_json_lines(ran(ON_FAKE "tree --json", 0).output, 1);
	ran(ON_FAKE "top --count=2 --delay=0.01", 0);
	expect_json_lines(ran(ON_FAKE "top --count=2 --delay=0.01 --json", 0).output, 2);
}

/* Bytes that begin a control sequence on one terminal or another; and two characters of UTF-8. */
static void text_of_others_does_nothing_to_a_terminal(void)
{
	static const char state[] =
		"number=1\nparent=0\nmodule=bell\nstate=opened\nopen=create\n"
		"instance=a\\233b\\302\\233c\\033d\\177e\233f\\303\\251\\360\\237\\222\\224\n"
		"figures: depth=\2332J\n";
	static const char trace[] =
		"  a\x9b\xc3\xa9-12  [001] d..1.   99.123456: module_open: instance=\x9b\x1b[2J\n";
	static const char json[] =
		"\"a\\ufffdb\\ufffd\\ufffdc\\u001bd\\u007fe\\ufffdf\\u00e9\\ud83d\\udc94\"";
	struct process process;

	fake_device();
	fake_module(1, "x", state, sizeof(state) - 1);
	put(FAKE "/trace", trace, sizeof(trace) - 1);
	expect_in(ran(ON_FAKE "tree", 0).output, "a?b??c?d?e?f?? (bell)");
	expect_in(ran(ON_FAKE "tree", 0).output, " depth=?2J\n");
	process = ran(ON_FAKE "tree --json", 0);
	expect_json_lines(process.output, 1);
	expect_in(process.output, json);
	expect_in(ran(ON_FAKE "top --count=1", 0).output, " a?b??c?d?e?f?? ");
	expect_in(ran("trace --input=" FAKE "/trace", 0).output, " a?\?-12 ");
	expect_in(ran("trace --input=" FAKE "/trace", 0).output, "instance=??[2J\n");
	expect_in(ran(ON_FAKE "tree x\x9by", 1).errors, "no such device: x?y\n");
}

/* A cheap way to many texts: what a Module says, with some bytes changed. */
static void changed_text_does_no_harm(void)
{
	static const char text[] =
		"number=1\nparent=0\ndepth=0\nmodule=queue\ninstance=my\\040queue\n"
		"state=opened\nopen=create\nusers=2\nfigures: depth=3 peak=9 runs=100\n";
	char changed[sizeof(text)];
	unsigned int seed = 1, i, j;

	for (i = 0; i < 8; i++) {
		fake_device();
		for (j = 0; j < 40; j++) {
			memcpy(changed, text, sizeof(text));
			changed[rand_r(&seed) % (sizeof(text) - 1)] = rand_r(&seed);
			changed[rand_r(&seed) % (sizeof(text) - 1)] = rand_r(&seed);
			fake_module(j, "x", changed, sizeof(text) - 1);
		}
		expect_json_lines(ran(ON_FAKE "tree --json", 0).output, 1);
	}
}

/* How many events the first whole line with any has told: their rate, for its time. */
static double events_told(const char *text)
{
	unsigned long interval_ms;
	double rate;

	while ((text = strstr(text, "{\"interval_ms\":")) && strchr(text, '\n')) {
		REQUIRE(sscanf(text, "{\"interval_ms\":%lu", &interval_ms) == 1);
		text = strstr(text, "\"events_per_s\":");
		REQUIRE(text && sscanf(text, "\"events_per_s\":%lf", &rate) == 1);
		if (rate > 0)
			return rate * interval_ms / 1000;
	}
	return 0;
}

static unsigned int count_lines(const char *text)
{
	unsigned int count = 0;

	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

static void top_counts(void)
{
	__u64 end = now_ns() + PATIENCE;
	struct process process;
	double events;
	const char *more = "number=1\nparent=0\ndepth=0\nmodule=queue\ninstance=q\n"
			   "state=opened\nfigures: depth=5 runs=1100 lost=7\n";
	const char *less = "number=1\nparent=0\ndepth=0\nmodule=queue\ninstance=q\n"
			   "state=opened\nfigures: depth=5 runs=100 lost=7\n";

	fake_device();
	fake_module(1, "q", less, strlen(less));
	process = program_start_as("dmfctl", ON_FAKE "top --json --delay=0.5", 0);
	EXPECT(process_says(process.output, "\"lost_per_s\":0.000,\"depth\":5"));
	fake_module(1, "q", more, strlen(more));
	do {
		events = events_told(process_text(process.output));
	} while (!events && nap_until(end));
	EXPECT_EQ(kill(process.pid, SIGTERM), 0);
	EXPECT_EQ(process_result(&process), 0);
	expect_json_lines(process.output, count_lines(process_text(process.output)));
	/* A thousand, as exactly as a time in milliseconds tells. */
	EXPECT(events > 997 && events < 1003);
}

static void top_ends_with_q(void)
{
	char text[65536];

	fake_tree();
	run_on_terminal("top", NULL, text, sizeof(text), "q");
	EXPECT(strstr(text, "q quits"));
	/* The other screen, and back. */
	EXPECT(strstr(text, "\033[?1049h"));
	EXPECT(strstr(text, "\033[?1049l"));
	/* As many lines as the window has: the busiest Module, but not the next. */
	EXPECT(strstr(text, "my queue"));
	EXPECT(!strstr(text, "bell"));
	/* And as many columns. */
	EXPECT(!strstr(text, "0000:00"));
}

/* Then the terminal, and the statistics of locks, are as they were. */
static void top_ends_with_a_signal(void)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	struct process process;
	size_t i;

	fake_tree();
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		process = program_start_as("dmfctl", ON_FAKE "top --delay=60", 0);
		EXPECT(process_says(process.output, "EVENTS/s"));
		EXPECT_EQ(kill(process.pid, signals[i]), 0);
		EXPECT_EQ(process_result(&process), 0);
	}
}

static void what_nohup_ignores_stays_ignored(void)
{
	unsigned long long ignored = 0;
	struct process process;
	char path[64], text[8192], *line;

	fake_tree();
	signal(SIGHUP, SIG_IGN);
	process = program_start_as("dmfctl", ON_FAKE "top --delay=60", 0);
	signal(SIGHUP, SIG_DFL);
	EXPECT(process_says(process.output, "EVENTS/s"));
	snprintf(path, sizeof(path), "/proc/%d/status", process.pid);
	EXPECT(file_read(path, text, sizeof(text)) > 0);
	line = strstr(text, "SigIgn:");
	EXPECT(line && sscanf(line, "SigIgn: %llx", &ignored) == 1);
	EXPECT(ignored & 1ULL << (SIGHUP - 1));
	EXPECT_EQ(kill(process.pid, SIGTERM), 0);
	EXPECT_EQ(process_result(&process), 0);
}

/* It is open as long as it waits for its users. */
static void module_that_waits_for_its_users_stands_out(void)
{
	static const char closing[] =
		"number=1\nparent=0\nmodule=bell\ninstance=bell\nstate=opened\n"
		"open=create\nusers=1\ntransition_pid=77\n";

	fake_device();
	fake_module(1, "x", closing, sizeof(closing) - 1);
	expect_in(ran(ON_FAKE "--color=always tree", 0).output, "\033[33mopened");
}

static void saved_trace_is_printed(void)
{
	static const char trace[] =
		"# tracer: nop\n#\n"
		"     my task 5-12      [001] d..1.   99.123456: module_open: device=x module=queue instance=my queue parent= ret=-5\n"
		"CPU:1 [LOST 12 EVENTS]\n"
		"            sh-[0] x-77 [003]  1.000002: request_submit: command=0x12 size=9\n"
		"nonsense\n\n[\n[]\n[1]\n-[1] 1.000000: :\n[1] 1.0000001: x: y\n";
	struct process process;

	fake_device();
	put(FAKE "/trace", trace, sizeof(trace) - 1);
	process = ran("trace --input=" FAKE "/trace --json", 0);
	expect_json_lines(process.output, 3);
	expect_in(process.output, "{\"event\":\"module_open\",\"time\":\"99.123456\",");
	expect_in(process.output, "\"task\":\"my task 5\",\"pid\":12,\"cpu\":1,\"fields\":{");
	expect_in(process.output, "\"instance\":\"my queue\",\"parent\":\"\",\"ret\":-5}}\n");
	expect_in(process.output, "{\"lost\":12,\"cpu\":1}\n");
	expect_in(process.output, "\"pid\":77,\"cpu\":3,\"fields\":{\"command\":\"0x12\",");
	process = ran("trace --input=" FAKE "/trace --color=always", 0);
	expect_in(process.output, "\033[31mmodule_open");
	expect_in(process.output, "lost 12 events of CPU 1");
}

/* -- Mistakes ------------------------------------------------------------------------- */

static void mistakes_end_with_2(void)
{
	static const char *const mistakes[] = {
		"", "nonsense", "--nonsense tree", "tree --nonsense", "top --delay=0",
		"top --delay=x", "top --delay=nan", "top --count=0", "top --count=-1",
		"trace --count=x", "trace --module", "--color=x tree",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++)
		expect_in(ran(mistakes[i], 2).errors, "Try 'dmfctl");
}

static void help_tells_of_all_commands(void)
{
	struct process process = ran("--help", 0);

	expect_in(process.output, "\n  tree ");
	expect_in(process.output, "\n  top ");
	expect_in(process.output, "\n  trace ");
	expect_in(ran("top --help", 0).output, "--delay");
	expect_in(ran("--version", 0).output, "dmfctl ");
}

static void errors_say_what_to_do(void)
{
	struct process process;

	fake_device();
	expect_in(ran("tree --debugfs=/nowhere", 1).errors, "debugfs is not mounted");
	expect_in(ran("tree --debugfs=/tmp", 1).errors, "is the module dmf loaded?");
	expect_in(ran("trace --tracefs=/nowhere", 1).errors, "tracefs is not mounted");
	process = program_start_as("dmfctl", "tree", NOBODY);
	EXPECT_EQ(process_result(&process), 1);
	expect_in(process.errors, "run this as root");
	process = program_start_as("dmfctl", "trace", NOBODY);
	EXPECT_EQ(process_result(&process), 1);
	expect_in(process.errors, "run this as root");
}

/* -- The device ------------------------------------------------------------------------- */

static void device_has_a_tree(void)
{
	struct process process = ran("tree edu0", 0);
	int fd;

	expect_in(process.output, edu_address());
	expect_in(process.output, "doorbell");
	expect_in(process.output, "notify_user_with_request");
	expect_in(process.output, "queued=0");
	expect_json_lines(ran("tree --json edu0", 0).output, 1);

	fd = node_open(O_RDWR);
	ask_queued(fd, 5);
	expect_in(ran("tree edu0", 0).output, "queued=1");
	close(fd);
}

static void open_files_are_listed(void)
{
	int fd = node_open(O_RDWR);
	char path[128], text[4096], expected[64];

	snprintf(path, sizeof(path), DEBUGFS "/dmf/%s/files", edu_address());
	EXPECT(file_read(path, text, sizeof(text)) > 0);
	snprintf(expected, sizeof(expected), " pid=%d comm=", getpid());
	EXPECT(strstr(text, expected));
	EXPECT(strstr(text, "stream=" STREAM " requests=0 "));
	close(fd);
	EXPECT(!file_read(path, text, sizeof(text)) || !strstr(text, expected));
}

static unsigned int count_instances(void)
{
	DIR *folder = opendir(TRACEFS "/instances");
	struct dirent *entry;
	unsigned int count = 0;

	REQUIRE(folder);
	while ((entry = readdir(folder)))
		count += !strncmp(entry->d_name, "dmfctl-", 7);
	closedir(folder);
	return count;
}

static void require_tracing(void)
{
	if (access(TRACEFS "/instances", F_OK))
		test_skip("this kernel has no tracepoints");
}

static void trace_follows_the_device(void)
{
	struct process process;

	require_tracing();
	process = program_start_as("dmfctl", "trace --event=module_*", 0);
	while (!count_instances() && process_is_alive(&process))
		usleep(1000);
	/* Until all events are on, which they get one after the other. */
	do
		REQUIRE(!edu_unbind() && !edu_bind());
	while (!strstr(process_text(process.output), " module_open ") &&
	       process_is_alive(&process));
	EXPECT_EQ(kill(process.pid, SIGINT), 0);
	EXPECT_EQ(process_result(&process), 0);
	expect_in(process.output, " module_open ");
	expect_in(process.output, edu_address());
	EXPECT_EQ(count_instances(), 0);
}

static void trace_of_a_command_ends_with_it(void)
{
	require_tracing();
	ran("trace --event=module_open true", 0);
	ran("trace false", 1);
	ran("trace /nonexistent", 127);
	EXPECT_EQ(count_instances(), 0);
}

static void trace_filters(void)
{
	struct process process;
	char arguments[256];

	require_tracing();
	snprintf(arguments, sizeof(arguments), "%s sh -c echo${IFS}%s>%s", ONE_MODULE,
		 edu_address(), "/sys/bus/pci/drivers/dmf_edu/unbind");
	process = ran(arguments, 0);
	expect_in(process.output, "\"instance\":\"doorbell\"");
	EXPECT(!strstr(process_text(process.output), "notify_user_with_request\""));
	EXPECT_EQ(edu_bind(), 0);
	expect_in(ran("trace --event=no_such true", 1).errors, "no event is called so");
	expect_in(ran("trace --module=\" true", 1).errors, "quotation marks");
	EXPECT_EQ(count_instances(), 0);
}

static void trace_ends_with_its_reader(void)
{
	struct process process = { .errors = memfd_create("errors", MFD_CLOEXEC) };
	int ends[2];

	require_tracing();
	REQUIRE(!pipe(ends));
	process.pid = fork();
	REQUIRE(process.pid >= 0);
	if (!process.pid) {
		char path[256];

		snprintf(path, sizeof(path), "%s/dmfctl", getenv("DMF_BIN") ?: "/dmf/bin");
		dup2(ends[1], STDOUT_FILENO);
		dup2(process.errors, STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl(path, "dmfctl", "trace", "--event=module_*", NULL);
		_exit(127);
	}
	close(ends[1]);
	close(ends[0]);
	/* It prints nothing, and nobody would read it. */
	EXPECT_EQ(process_result(&process), 0);
	EXPECT_EQ(count_instances(), 0);
}

static void trace_removes_what_a_killed_one_has_left(void)
{
	static const char stale[] =
		"mkdir " TRACEFS "/instances/dmfctl-$$;exec ${DMF_BIN:-/dmf/bin}/dmfctl trace true";
	struct process process;

	require_tracing();
	process = program_start_as("dmfctl", "trace", 0);
	while (!count_instances() && process_is_alive(&process))
		usleep(1000);
	EXPECT_EQ(kill(process.pid, SIGKILL), 0);
	EXPECT_EQ(process_result(&process), 128 + SIGKILL);
	EXPECT_EQ(count_instances(), 1);
	ran("trace true", 0);
	EXPECT_EQ(count_instances(), 0);
	/* So it does if it has the same number, as it has in each new container. */
	EXPECT_EQ(system(stale), 0);
	EXPECT_EQ(count_instances(), 0);
}

static void trace_need_not_wait_for_a_stubborn_command(void)
{
	struct process process;
	int status;

	require_tracing();
	process = program_start_as("dmfctl", "trace sh -c trap${IFS}''${IFS}TERM;"
				   "echo${IFS}ready;sleep${IFS}60", 0);
	EXPECT(process_says(process.output, "ready"));
	/* The first is passed on, the next is meant for dmfctl. */
	while (!waitpid(process.pid, &status, WNOHANG)) {
		kill(process.pid, SIGTERM);
		usleep(10000);
	}
	EXPECT_EQ(status, 0);
	EXPECT_EQ(count_instances(), 0);
}

static const struct test_case cases[] = {
	TEST_CASE(tree_is_drawn),
	TEST_CASE(device_has_several_names),
	TEST_CASE(colours_are_for_terminals),
	TEST_CASE(terminal_has_colours),
	TEST_CASE(tree_in_json),
	TEST_CASE(strange_text_does_no_harm),
	TEST_CASE(text_of_others_does_nothing_to_a_terminal),
	TEST_CASE(changed_text_does_no_harm),
	TEST_CASE(top_counts),
	TEST_CASE(top_ends_with_q),
	TEST_CASE(top_ends_with_a_signal),
	TEST_CASE(what_nohup_ignores_stays_ignored),
	TEST_CASE(module_that_waits_for_its_users_stands_out),
	TEST_CASE(saved_trace_is_printed),
	TEST_CASE(mistakes_end_with_2),
	TEST_CASE(help_tells_of_all_commands),
	TEST_CASE(errors_say_what_to_do),
	TEST_CASE(device_has_a_tree),
	TEST_CASE(open_files_are_listed),
	TEST_CASE(trace_follows_the_device),
	TEST_CASE(trace_of_a_command_ends_with_it),
	TEST_CASE(trace_filters),
	TEST_CASE(trace_ends_with_its_reader),
	TEST_CASE(trace_removes_what_a_killed_one_has_left),
	TEST_CASE(trace_need_not_wait_for_a_stubborn_command),
	{ }
};

const struct test_suite dmfctl_suite = {
	.name = "dmfctl",
	.setup = setup,
	.cases = cases,
};
