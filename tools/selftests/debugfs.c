// SPDX-License-Identifier: GPL-2.0-only
/* The view of the tree of Modules. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node.h"
#include "suites.h"
#include "system.h"

#define DEBUGFS	"/sys/kernel/debug"

static const char *tree_path(void)
{
	static char path[128];

	snprintf(path, sizeof(path), DEBUGFS "/dmf/%s/tree", edu_address());
	return path;
}

static void setup(void)
{
	mount_once("debugfs", DEBUGFS);
	node_setup();
}

static void tree_is_for_root_only(void)
{
	struct stat status;

	REQUIRE(!stat(tree_path(), &status));
	EXPECT(S_ISREG(status.st_mode));
	EXPECT_EQ(status.st_mode & 0377, 0);
	EXPECT_EQ(status.st_uid, 0);
}

static void tree_names_the_modules(void)
{
	static const char *const names[] = {
		"doorbell", "notify_user_with_request",
	};
	char tree[16384];
	size_t i;

	EXPECT(file_read(tree_path(), tree, sizeof(tree)) > 0);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!EXPECT(strstr(tree, names[i])))
			test_note("%s", names[i]);
}

static void tree_shows_states(void)
{
	char tree[16384];

	EXPECT(file_read(tree_path(), tree, sizeof(tree)) > 0);
	EXPECT(strstr(tree, "opened"));
}

static void open_file_is_shown(void)
{
	char path[128], text[4096], expected[128], name[32];
	int fd = node_open(O_RDWR);

	REQUIRE(file_read("/proc/self/comm", name, sizeof(name)) > 0);
	name[strcspn(name, "\n")] = '\0';
	snprintf(path, sizeof(path), DEBUGFS "/dmf/%s/files", edu_address());
	EXPECT(file_read(path, text, sizeof(text)) > 0);
	snprintf(expected, sizeof(expected),
		 " pid=%d comm=%s stream=" STREAM " requests=0 pended=0 ", getpid(), name);
	if (!EXPECT(strstr(text, expected)))
		test_note("%s", text);
	close(fd);
	EXPECT_EQ(file_read(path, text, sizeof(text)), 0);
}

static void tree_goes_with_the_device(void)
{
	REQUIRE(!access(tree_path(), F_OK));
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_ERRNO(access(tree_path(), F_OK), ENOENT);
	EXPECT_EQ(edu_bind(), 0);
	EXPECT_EQ(access(tree_path(), F_OK), 0);
}

static void open_tree_is_unreadable_after_unbind(void)
{
	int fd = open(tree_path(), O_RDONLY | O_CLOEXEC);
	char byte;

	REQUIRE(fd >= 0);
	EXPECT_EQ(edu_unbind(), 0);
	EXPECT_EQ(read(fd, &byte, 1), -1);
	EXPECT_EQ(close(fd), 0);
}

static void folder_goes_with_the_core(void)
{
	REQUIRE(!access(DEBUGFS "/dmf", F_OK));
	EXPECT_EQ(module_unload(CLIENT), 0);
	EXPECT_EQ(module_unload(CORE), 0);
	EXPECT_ERRNO(access(DEBUGFS "/dmf", F_OK), ENOENT);
}

static const struct test_case cases[] = {
	TEST_CASE(tree_is_for_root_only),
	TEST_CASE(tree_names_the_modules),
	TEST_CASE(tree_shows_states),
	TEST_CASE(open_file_is_shown),
	TEST_CASE(tree_goes_with_the_device),
	TEST_CASE(open_tree_is_unreadable_after_unbind),
	TEST_CASE(folder_goes_with_the_core),
	{ }
};

const struct test_suite debugfs_suite = {
	.name = "debugfs",
	.setup = setup,
	.cases = cases,
};
