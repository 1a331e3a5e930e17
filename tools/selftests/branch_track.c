// SPDX-License-Identifier: GPL-2.0-only
/*
 * BranchTrack: what the node, debugfs and dmfctl say of the branches of the edu driver.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/dmf/branch_track.h>

#include "node.h"
#include "process.h"
#include "suites.h"
#include "system.h"

#define DEBUGFS		"/sys/kernel/debug"
#define PARAMETER	"/sys/module/dmf/parameters/branch_track"

/* Branches of drivers/edu and of the Modules that it has. */
#define TOTAL		7

static const char *table_path(void)
{
	static char path[128];

	snprintf(path, sizeof(path), DEBUGFS "/dmf/%s/branchtrack", edu_address());
	return path;
}

static void bind_with(const char *value)
{
	REQUIRE(!edu_unbind());
	REQUIRE(!file_write(PARAMETER, value));
	REQUIRE(!edu_bind());
	REQUIRE(!file_write(PARAMETER, "N"));
}

/* The device tracks its branches; it has not computed anything. */
static void setup(void)
{
	mount_once("debugfs", DEBUGFS);
	node_setup();
	bind_with("Y");
}

static long query_type(int fd, __u32 type, void *buffer, __u32 size,
		       struct dmf_branch_track_query *query)
{
	*query = (struct dmf_branch_track_query){
		.type = type, .buffer = (uintptr_t)buffer, .size = size,
	};
	return ioctl(fd, DMF_IOC_BRANCH_TRACK, query);
}

static struct dmf_branch_track_status get_status(int fd)
{
	struct dmf_branch_track_query query;
	struct dmf_branch_track_status status;

	memset(&status, 0xa5, sizeof(status));
	EXPECT_EQ(query_type(fd, DMF_BRANCH_TRACK_STATUS, &status, sizeof(status), &query), 0);
	EXPECT_EQ(query.used, sizeof(status));
	EXPECT_EQ(query.needed, sizeof(status));
	return status;
}

/* The entry of a branch; the memory stays. */
static const struct dmf_branch_track_entry *get_entry(int fd, const char *name)
{
	struct dmf_branch_track_query query;
	static __u64 details[512];
	const struct dmf_branch_track_entry *entry;
	const char *at = (const char *)details;

	REQUIRE(!query_type(fd, DMF_BRANCH_TRACK_DETAILS, details, sizeof(details), &query));
	for (;;) {
		entry = (const void *)at;
		REQUIRE(at + sizeof(*entry) <= (const char *)details + query.used);
		if (!strcmp(at + entry->name, name))
			return entry;
		REQUIRE(entry->next);
		at += entry->next;
	}
}

static void compute(int fd)
{
	ask(fd, 5);
	expect_next(fd, 5);
}

static void status_tells_how_many_have_passed(void)
{
	int fd = node_open(O_RDWR);
	struct dmf_branch_track_status status = get_status(fd);

	EXPECT_EQ(status.total, TOTAL);
	EXPECT_EQ(status.passed, TOTAL - 1);
	EXPECT_EQ(status.reserved, 0);
	EXPECT(!strcmp(status.client_name, CLIENT));
	compute(fd);
	EXPECT_EQ(get_status(fd).passed, TOTAL);
}

static void details_tell_of_each_branch(void)
{
	const struct dmf_branch_track_entry *entry;
	int fd = node_open(O_RDWR);
	const char *text;
	int i;

	EXPECT_EQ(get_entry(fd, "result")->flags, 0);
	for (i = 0; i < 3; i++)
		compute(fd);
	entry = get_entry(fd, "result");
	text = (const char *)entry;
	EXPECT_EQ(entry->count, 3);
	EXPECT_EQ(entry->expected, 0);
	EXPECT_EQ(entry->flags, DMF_BRANCH_TRACK_PASSED);
	EXPECT(entry->line > 0);
	EXPECT(!strcmp(text + entry->table, "edu"));
	EXPECT(!strcmp(text + entry->file, "main.c"));
	EXPECT(!strcmp(text + entry->hint, "more than"));
	/* One of a Module's, which nobody has executed. */
	entry = get_entry(fd, "oldest_made_room");
	EXPECT_EQ(entry->count, 0);
	EXPECT_EQ(entry->flags, DMF_BRANCH_TRACK_PASSED | DMF_BRANCH_TRACK_OF_MODULE);
}

static void branches_are_counted_where_they_are(void)
{
	int fd = node_open(O_RDWR);

	expect_busy(fd, ask_once);
	EXPECT_EQ(get_entry(fd, "asked_while_busy")->count, 1);
}

static void too_small_a_buffer_is_told_how_much(void)
{
	struct dmf_branch_track_query query;
	int fd = node_open(O_RDWR);
	__u32 needed;
	char *buffer;

	EXPECT_ERRNO(query_type(fd, DMF_BRANCH_TRACK_DETAILS, NULL, 0, &query), ENOSPC);
	needed = query.needed;
	EXPECT_EQ(query.used, 0);
	EXPECT_EQ(needed % 8, 0);
	buffer = malloc(needed);
	REQUIRE(buffer);
	memset(buffer, 0xa5, needed);
	EXPECT_ERRNO(query_type(fd, DMF_BRANCH_TRACK_DETAILS, buffer, needed - 1, &query), ENOSPC);
	EXPECT_EQ(query.needed, needed);
	EXPECT_EQ((unsigned char)buffer[0], 0xa5);
	EXPECT_EQ(query_type(fd, DMF_BRANCH_TRACK_DETAILS, buffer, needed, &query), 0);
	EXPECT_EQ(query.used, needed);
	free(buffer);
}

static void bad_arguments_are_refused(void)
{
	struct dmf_branch_track_query query = { .type = DMF_BRANCH_TRACK_STATUS };
	struct dmf_branch_track_status status;
	int fd = node_open(O_RDWR);

	EXPECT_ERRNO(ioctl(fd, DMF_IOC_BRANCH_TRACK, bad_address(8)), EFAULT);
	EXPECT_ERRNO(query_type(fd, 0, &status, sizeof(status), &query), EOPNOTSUPP);
	EXPECT_ERRNO(query_type(fd, 3, &status, sizeof(status), &query), EOPNOTSUPP);
	EXPECT_ERRNO(query_type(fd, DMF_BRANCH_TRACK_STATUS, bad_address(8), sizeof(status),
				&query), EFAULT);
	query = (struct dmf_branch_track_query){ .type = DMF_BRANCH_TRACK_STATUS, .flags = 2 };
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_BRANCH_TRACK, &query), EINVAL);
	query = (struct dmf_branch_track_query){ .type = DMF_BRANCH_TRACK_STATUS, .reserved0 = 1 };
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_BRANCH_TRACK, &query), EINVAL);
	query = (struct dmf_branch_track_query){ .type = DMF_BRANCH_TRACK_STATUS,
						 .reserved = { 0, 1 } };
	EXPECT_ERRNO(ioctl(fd, DMF_IOC_BRANCH_TRACK, &query), EINVAL);
	close(fd);
	fd = node_open(O_WRONLY);
	EXPECT_ERRNO(query_type(fd, DMF_BRANCH_TRACK_STATUS, &status, sizeof(status), &query),
		     EBADF);
	close(fd);
	fd = node_open(O_RDONLY);
	/* What comes out need not be zero when it goes in. */
	query = (struct dmf_branch_track_query){
		.type = DMF_BRANCH_TRACK_STATUS, .used = 1, .needed = 1,
		.buffer = (uintptr_t)&status, .size = sizeof(status),
	};
	EXPECT_EQ(ioctl(fd, DMF_IOC_BRANCH_TRACK, &query), 0);
}

static void device_that_does_not_track_says_so(void)
{
	struct dmf_branch_track_query query;
	int fd;

	bind_with("N");
	fd = node_open(O_RDWR);
	EXPECT_ERRNO(query_type(fd, DMF_BRANCH_TRACK_STATUS, NULL, 0, &query), EOPNOTSUPP);
	EXPECT_ERRNO(access(table_path(), F_OK), ENOENT);
	compute(fd);
}

static void query_ends_with_the_device(void)
{
	struct dmf_branch_track_query query;
	int fd = node_open(O_RDWR);

	EXPECT_EQ(get_status(fd).total, TOTAL);
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_ERRNO(query_type(fd, DMF_BRANCH_TRACK_STATUS, NULL, 0, &query), ENODEV);
	EXPECT_ERRNO(access(table_path(), F_OK), ENOENT);
	EXPECT_EQ(close(fd), 0);
	EXPECT_EQ(edu_bind(), 0);
}

static void debugfs_has_the_same_and_resets(void)
{
	int fd = node_open(O_RDWR);
	char text[4096];
	struct stat status;

	REQUIRE(!stat(table_path(), &status));
	EXPECT_EQ(status.st_mode & 07777, 0600);
	compute(fd);
	compute(fd);
	EXPECT(file_read(table_path(), text, sizeof(text)) > 0);
	EXPECT(strstr(text, "passed          2  more than           0  edu.result main.c:"));
	EXPECT(strstr(text, "client=" CLIENT " branches=7 passed=7\n"));

	EXPECT_EQ(file_write(table_path(), "1"), -EINVAL);
	EXPECT_EQ(file_write(table_path(), "x"), -EINVAL);
	EXPECT_EQ(get_entry(fd, "result")->count, 2);
	EXPECT_EQ(file_write(table_path(), "0"), 0);
	EXPECT_EQ(get_entry(fd, "result")->count, 0);
	EXPECT(file_read(table_path(), text, sizeof(text)) > 0);
	EXPECT(strstr(text, "FAILED          0  more than           0  edu.result main.c:"));
}

/* Output of dmfctl branchtrack in @text. Return: its exit status. */
static int ctl_run(const char *arguments, char *text, size_t size)
{
	const char *bin = getenv("DMF_BIN");
	char command[256];
	size_t length;
	FILE *output;

	snprintf(command, sizeof(command), "%s/dmfctl branchtrack %s 2>&1", bin ? bin : "/dmf/bin",
		 arguments);
	output = popen(command, "r");
	REQUIRE(output);
	length = fread(text, 1, size - 1, output);
	text[length] = '\0';
	return WEXITSTATUS(pclose(output));
}

static void dmfctl_says_the_same_and_fails_with_a_branch(void)
{
	int fd = node_open(O_RDWR);
	char text[8192];

	EXPECT_EQ(ctl_run("", text, sizeof(text)), 3);
	EXPECT(strstr(text, "edu0  " CLIENT "  6 of 7 passed\n"));
	EXPECT(strstr(text, "FAILED          0  more than 0       edu.result  main.c:"));
	EXPECT(!strchr(text, '\033'));
	compute(fd);
	EXPECT_EQ(ctl_run(NODE, text, sizeof(text)), 0);
	EXPECT(strstr(text, "7 of 7 passed\n"));
	EXPECT_EQ(ctl_run("--color=always --failed edu0", text, sizeof(text)), 0);
	EXPECT(strstr(text, "\033[32m7 of 7 passed\033[0m\n"));
	EXPECT(!strstr(text, "edu.result"));
	EXPECT_EQ(ctl_run("--json --reset edu0", text, sizeof(text)), 0);
	EXPECT(strstr(text, "{\"node\":\"edu0\",\"client\":\"" CLIENT "\",\"total\":7,"));
	EXPECT(strstr(text, "\"of_module\":false,\"branch\":\"result\",\"count\":1,"));
	EXPECT_EQ(ctl_run(edu_address(), text, sizeof(text)), 3);
	EXPECT_EQ(ctl_run("nothing", text, sizeof(text)), 1);
	EXPECT_EQ(ctl_run("--nothing", text, sizeof(text)), 2);
	bind_with("N");
	EXPECT_EQ(ctl_run("", text, sizeof(text)), 1);
	EXPECT(strstr(text, "no device tracks branches"));
}

#ifdef __x86_64__

/* As a 32-bit program on a 64-bit kernel; see compat.c. */
static int compat_ioctl(int fd, const void *argument)
{
	int ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "a"(54), "b"(fd), "c"(DMF_IOC_BRANCH_TRACK), "d"(argument)
		     : "memory", "cc", "r8", "r9", "r10", "r11");
	return ret;
}

static void programs_of_32_bits_ask_as_well(void)
{
	struct low {
		struct dmf_branch_track_query query;
		struct dmf_branch_track_status status;
	} *low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	int fd = node_open(O_RDWR);

	REQUIRE(low != MAP_FAILED);
	low->query.type = DMF_BRANCH_TRACK_STATUS;
	low->query.buffer = (uintptr_t)&low->status;
	low->query.size = sizeof(low->status);
	EXPECT_EQ(compat_ioctl(fd, &low->query), 0);
	EXPECT_EQ(low->query.used, sizeof(low->status));
	EXPECT_EQ(low->status.total, TOTAL);
}

#endif

static const struct test_case cases[] = {
	TEST_CASE(status_tells_how_many_have_passed),
	TEST_CASE(details_tell_of_each_branch),
	TEST_CASE(branches_are_counted_where_they_are),
	TEST_CASE(too_small_a_buffer_is_told_how_much),
	TEST_CASE(bad_arguments_are_refused),
	TEST_CASE(device_that_does_not_track_says_so),
	TEST_CASE(query_ends_with_the_device),
	TEST_CASE(debugfs_has_the_same_and_resets),
	TEST_CASE(dmfctl_says_the_same_and_fails_with_a_branch),
#ifdef __x86_64__
	TEST_CASE(programs_of_32_bits_ask_as_well),
#endif
	{ }
};

const struct test_suite branch_track_suite = {
	.name = "branch_track",
	.setup = setup,
	.cases = cases,
};
