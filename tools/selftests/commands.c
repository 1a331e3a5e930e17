// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver's own commands as programs see them: structures of another version, buffers,
 * who may call, and what happens to a caller that waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "exerciser_node.h"
#include "suites.h"

#define DEBUGFS	"/sys/kernel/debug/dmf/" EXERCISER
#define TREE	DEBUGFS "/tree"
#define FILES	DEBUGFS "/files"

/* An argument with its memory; shared with processes that a case forks. */
struct full_copy {
	struct exerciser_copy copy;
	char in[8];
	char out[8];
	long result;
};

static unsigned int with_size(unsigned int command, size_t size)
{
	return _IOC(_IOC_DIR(command), _IOC_TYPE(command), _IOC_NR(command),
		    size);
}

static struct full_copy *full_copy(void)
{
	struct full_copy *full = mmap(NULL, sizeof(*full), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	REQUIRE(full != MAP_FAILED);
	memcpy(full->in, "abcdefg", 8);
	memcpy(full->out, "ABCDEFG", 8);
	full->copy.in = (struct dmf_buffer){ (uintptr_t)full->in, 4, 77 };
	full->copy.out = (struct dmf_buffer){ (uintptr_t)full->out, 6, 78 };
	full->copy.count = 79;
	return full;
}

static void expect_copied(const struct full_copy *full)
{
	EXPECT(!memcmp(full->in, "abcdefg", 8));
	EXPECT(!memcmp(full->out, "dcbaEFG", 8));
	EXPECT_EQ(full->copy.in.ptr, (uintptr_t)full->in);
	EXPECT_EQ(full->copy.out.ptr, (uintptr_t)full->out);
	EXPECT_EQ(full->copy.in.size, 4);
	EXPECT_EQ(full->copy.out.size, 6);
	EXPECT_EQ(full->copy.in.used, 4);
	EXPECT_EQ(full->copy.out.used, 4);
	EXPECT_EQ(full->copy.count, 4);
}

static void expect_untouched(const struct full_copy *full)
{
	EXPECT(!memcmp(full->out, "ABCDEFG", 8));
	EXPECT_EQ(full->copy.in.used, 77);
	EXPECT_EQ(full->copy.out.used, 78);
	EXPECT_EQ(full->copy.count, 79);
}

static void buffers_go_both_ways(void)
{
	struct full_copy *full = full_copy();

	EXPECT_EQ(ioctl(exerciser_open(O_RDWR), EXERCISER_IOC_COPY, &full->copy), 0);
	expect_copied(full);
}

static void large_buffers(void)
{
	size_t size = EXERCISER_COPY_MAX, i;
	unsigned char *memory = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct exerciser_copy copy = {
		.in = { (uintptr_t)memory, size, 0 },
		.out = { (uintptr_t)memory + size, size, 0 },
	};

	REQUIRE(memory != MAP_FAILED);
	for (i = 0; i < size; i++)
		memory[i] = i * 7;
	EXPECT_EQ(ioctl(exerciser_open(O_RDWR), EXERCISER_IOC_COPY, &copy), 0);
	EXPECT_EQ(copy.out.used, size);
	for (i = 0; i < size && memory[size + i] == memory[size - 1 - i]; i++)
		;
	EXPECT_EQ(i, size);
}

static void buffer_of_wrong_size_is_refused(void)
{
	struct full_copy *full = full_copy();
	int fd = exerciser_open(O_RDWR);

	full->copy.in.size = EXERCISER_COPY_MAX + 1;
	EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_COPY, &full->copy), E2BIG);
	full->copy.in.size = UINT32_MAX;
	EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_COPY, &full->copy), E2BIG);
	full->copy.in.size = 0;
	EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_COPY, &full->copy), EINVAL);
	full->copy.in.size = 4;
	full->copy.out.size = 0;
	EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_COPY, &full->copy), ENOSPC);
	expect_untouched(full);
}

static void bad_addresses_EFAULT(void)
{
	static const uint64_t bad[] = {
		0, 8, 0xffff888000000000, 0x8000000000000000, ~0ULL, 0x7ffffffffffe,
	};
	struct full_copy *full = full_copy();
	int fd = exerciser_open(O_RDWR);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		full->copy.in.ptr = bad[i];
		EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_COPY, &full->copy), EFAULT);
		full->copy.in.ptr = (uintptr_t)full->in;
		expect_untouched(full);
		full->copy.out.ptr = bad[i];
		EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_COPY, &full->copy), EFAULT);
		full->copy.out.ptr = (uintptr_t)full->out;
	}
	EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_COPY, NULL), EFAULT);
	EXPECT_EQ(ioctl(fd, EXERCISER_IOC_COPY, &full->copy), 0);
	expect_copied(full);
}

/* What is only read may be where nobody can write. */
static void input_may_be_read_only(void)
{
	struct full_copy *full = full_copy();

	full->copy.in.ptr = (uintptr_t)"abcd";
	EXPECT_EQ(ioctl(exerciser_open(O_RDWR), EXERCISER_IOC_COPY, &full->copy), 0);
	EXPECT(!memcmp(full->out, "dcbaEFG", 8));
}

static void older_and_newer_structures(void)
{
	struct { struct exerciser_sum sum; uint64_t unknown; } longer = { { 40, 2 }, 0 };
	int fd = exerciser_open(O_RDWR);

	EXPECT_EQ(ioctl(fd, with_size(EXERCISER_IOC_SUM, 8), &longer), 0);
	EXPECT_EQ(longer.sum.value, 40);
	EXPECT_EQ(longer.sum.added, 2);
	EXPECT_EQ(ioctl(fd, with_size(EXERCISER_IOC_SUM, 24), &longer), 0);
	EXPECT_EQ(longer.sum.value, 42);
	longer.unknown = 1;
	EXPECT_ERRNO(ioctl(fd, with_size(EXERCISER_IOC_SUM, 24), &longer), E2BIG);
	EXPECT_ERRNO(ioctl(fd, with_size(EXERCISER_IOC_SUM, 7), &longer), EINVAL);
	EXPECT_EQ(longer.sum.value, 42);
}

static void another_direction_ENOTTY(void)
{
	struct exerciser_sum sum = { 40, 2 };
	int fd = exerciser_open(O_RDWR);

	EXPECT_ERRNO(ioctl(fd, _IOR(EXERCISER_IOC_MAGIC, 0x24, struct exerciser_sum), &sum),
		     ENOTTY);
	EXPECT_ERRNO(ioctl(fd, _IO(EXERCISER_IOC_MAGIC, 0x7f)), ENOTTY);
	EXPECT_EQ(sum.value, 40);
}

/* -- Who may ------------------------------------------------------------------------- */

static void expect_guarded(int fd, int error)
{
	EXPECT_EQ(ioctl(fd, EXERCISER_IOC_UNMARKED), 0);
	if (error) {
		EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_GUARDED), error);
		EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_MARKED), error);
	} else {
		EXPECT_EQ(ioctl(fd, EXERCISER_IOC_GUARDED), 0);
		EXPECT_EQ(ioctl(fd, EXERCISER_IOC_MARKED), 0);
	}
}

/* Have a function called by a user without any privilege, and wait for him. */
static void as_user(void (*function)(int fd), int fd)
{
	int status;
	pid_t pid;

	REQUIRE(!chmod(EXERCISER_NODE, 0666));
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		REQUIRE(!setuid(65534));
		function(fd);
		_exit(0);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT_EQ(status, 0);
}

static void use_own(int fd)
{
	expect_guarded(exerciser_open(O_RDWR), EACCES);
	(void)fd;
}

static void use_passed(int fd)
{
	expect_guarded(fd, 0);
}

static void commands_for_administrators(void)
{
	expect_guarded(exerciser_open(O_RDWR), 0);
	as_user(use_own, -1);
}

/* A file is what it was when it was opened, whoever has it now. */
static void file_keeps_what_its_opener_had(void)
{
	int fd = exerciser_open(O_RDWR);

	as_user(use_passed, fd);
	/* The other way round: opened as a user, used as root. */
	REQUIRE(!seteuid(65534));
	fd = exerciser_open(O_RDWR);
	REQUIRE(!seteuid(0));
	expect_guarded(fd, EACCES);
}

static void commands_are_enabled_and_disabled(void)
{
	int fd = exerciser_open(O_RDWR);
	__u32 on = 1, off = 0;

	EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_MANUAL), ENOTTY);
	EXPECT_EQ(ioctl(fd, EXERCISER_IOC_ENABLE, &on), 0);
	EXPECT_EQ(ioctl(fd, EXERCISER_IOC_MANUAL), 0);
	EXPECT_EQ(ioctl(fd, EXERCISER_IOC_ENABLE, &off), 0);
	EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_MANUAL), ENOTTY);
	expect_guarded(fd, 0);
}

/* The line of an instance in the driver's tree has these figures. */
static void expect_figures(const char *instance, const char *figures)
{
	static char tree[16384];
	char label[64], *line;

	snprintf(label, sizeof(label), "  %s module=ioctl_handler", instance);
	REQUIRE(file_read(TREE, tree, sizeof(tree)) > 0);
	line = strstr(tree, label);
	REQUIRE(line);
	line[strcspn(line, "\n")] = '\0';
	if (!EXPECT(strstr(line, figures)))
		test_note("%s", line);
}

static void tree_tells_who_was_refused(void)
{
	expect_guarded(exerciser_open(O_RDWR), 0);
	as_user(use_own, -1);
	expect_figures("guarded", "commands=1 enabled=1 handled=1 refused=1");
	expect_figures("marked", "commands=2 enabled=1 handled=3 refused=1");
	expect_figures("manual", "commands=1 enabled=0 handled=0 refused=0");
}

/* -- Callers that wait ------------------------------------------------------------------ */

static pid_t caller_start(int fd, unsigned int command, struct full_copy *full)
{
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (!pid) {
		full->result = ioctl(fd, command, &full->copy) ? -errno : 0;
		_exit(0);
	}
	return pid;
}

static void caller_end(pid_t pid, const struct full_copy *full, long result)
{
	int status;

	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT_EQ(status, 0);
	EXPECT_EQ(full->result, result);
}

/* A request has been pended: somebody could end it, but has not. */
static bool one_is_pended(void)
{
	char files[4096];

	REQUIRE(file_read(FILES, files, sizeof(files)) >= 0);
	return strstr(files, " pended=1 ");
}

static void require_pended(void)
{
	__u64 end = now_ns() + PATIENCE;

	while (!one_is_pended() && nap_until(end))
		;
	REQUIRE(one_is_pended());
}

static void copy_is_made_later(void)
{
	struct full_copy *full = full_copy();
	int fd = exerciser_open(O_RDWR);
	pid_t pid = caller_start(fd, EXERCISER_IOC_COPY_WAIT, full);
	__u64 end = now_ns() + PATIENCE;

	while (ioctl(fd, EXERCISER_IOC_COPY_END) && nap_until(end))
		;
	caller_end(pid, full, 0);
	expect_copied(full);
}

static void cancel_mine_ends_a_copy(void)
{
	struct full_copy *full = full_copy();
	int fd = exerciser_open(O_RDWR);
	pid_t pid = caller_start(fd, EXERCISER_IOC_COPY_WAIT, full);

	require_pended();
	EXPECT_EQ(ioctl(fd, DMF_IOC_CANCEL_MINE), 0);
	caller_end(pid, full, -ECANCELED);
	expect_untouched(full);
	EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_COPY_END), ENOENT);
}

static void unbind_ends_a_copy(void)
{
	struct full_copy *full = full_copy();
	int fd = exerciser_open(O_RDWR);
	pid_t pid = caller_start(fd, EXERCISER_IOC_COPY_WAIT, full);

	require_pended();
	EXPECT_EQ(exerciser_unbind(), 0);
	caller_end(pid, full, -ENODEV);
	expect_untouched(full);
	EXPECT_ERRNO(ioctl(fd, EXERCISER_IOC_COPY, &full->copy), ENODEV);
	EXPECT_ERRNO(ioctl(fd, _IO(EXERCISER_IOC_MAGIC, 0x7f)), ENODEV);
}

/* Return: whether the caller has made his request, and gone before it can be over. */
static bool caller_is_killed(struct full_copy *full)
{
	__u64 end = now_ns() + (EXERCISER_HOLD_MS - 10) * MS;
	int fd = exerciser_open(O_RDWR), status;
	pid_t pid = caller_start(fd, EXERCISER_IOC_COPY_HOLD, full);
	bool pended;

	close(fd);
	do {
		pended = one_is_pended();
	} while (!pended && nap_until(end));
	EXPECT_EQ(kill(pid, SIGKILL), 0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return pended && now_ns() < end;
}

/* The memory is the caller's again when he has gone: nobody writes there any more. */
static void killed_caller_leaves_its_memory_alone(void)
{
	__u64 end = now_ns() + PATIENCE;
	struct full_copy *full;
	bool killed;

	/* If this process is slow it comes too late: no request is held for ever. */
	do {
		full = full_copy();
		killed = caller_is_killed(full);
	} while (!killed && nap_until(end));
	REQUIRE(killed);
	/* The request keeps the driver until it has been completed. */
	end = now_ns() + PATIENCE;
	while (module_unload(EXERCISER) && nap_until(end))
		;
	EXPECT(!module_is_loaded(EXERCISER));
	expect_untouched(full);
}

static const struct test_case cases[] = {
	TEST_CASE(buffers_go_both_ways),
	TEST_CASE(large_buffers),
	TEST_CASE(buffer_of_wrong_size_is_refused),
	TEST_CASE(bad_addresses_EFAULT),
	TEST_CASE(input_may_be_read_only),
	TEST_CASE(older_and_newer_structures),
	TEST_CASE(another_direction_ENOTTY),
	TEST_CASE(commands_for_administrators),
	TEST_CASE(file_keeps_what_its_opener_had),
	TEST_CASE(commands_are_enabled_and_disabled),
	TEST_CASE(tree_tells_who_was_refused),
	TEST_CASE(copy_is_made_later),
	TEST_CASE(cancel_mine_ends_a_copy),
	TEST_CASE(unbind_ends_a_copy),
	TEST_CASE(killed_caller_leaves_its_memory_alone),
	{ }
};

const struct test_suite commands_suite = {
	.name = "commands",
	.setup = exerciser_setup,
	.cases = cases,
};
