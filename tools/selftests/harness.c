// SPDX-License-Identifier: GPL-2.0-only
/* What a case uses: the checks, and the memory that collects their findings. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "runner.h"

/* A case says no more than so many times what it finds wrong. */
#define FAILURES_SHOWN	10

struct findings *findings;

void test_note(const char *format, ...)
{
	int error = errno;
	char line[512];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	/* One write, so that lines of several processes do not mix. */
	if (write(STDOUT_FILENO, line, length) < 0)
		abort();
	errno = error;
}

/* Returns true if the finding should be explained. */
static bool test_fail(void)
{
	int count;

	count = __atomic_add_fetch(&findings->failures, 1, __ATOMIC_SEQ_CST);
	if (count == FAILURES_SHOWN + 1)
		test_note("and more");
	return count <= FAILURES_SHOWN;
}

bool test_expect(bool holds, const char *condition, const char *file, int line)
{
	if (!holds && test_fail())
		test_note("%s:%d: not true: %s", file, line, condition);
	return holds;
}

bool test_expect_equal(long long value, long long expected, const char *text,
		       const char *expected_text, const char *file, int line)
{
	if (value == expected)
		return true;

	if (test_fail())
		test_note("%s:%d: %s is %lld, expected %lld (%s)", file, line,
			  text, value, expected, expected_text);
	return false;
}

bool test_expect_errno(long result, int error, const char *call,
		       const char *file, int line)
{
	if (result == -1 && errno == error)
		return true;

	if (!test_fail())
		return false;
	if (result == -1)
		test_note("%s:%d: %s failed with %s, expected %s", file, line,
			  call, strerrorname_np(errno), strerrorname_np(error));
	else
		test_note("%s:%d: %s returned %ld, expected %s", file, line,
			  call, result, strerrorname_np(error));
	return false;
}

void test_require(bool holds, const char *condition, const char *file, int line)
{
	if (holds)
		return;

	test_note("%s:%d: cannot go on without: %s (errno: %s)", file, line,
		  condition, strerrorname_np(errno) ?: "none");
	test_fail();
	_exit(1);
}

void test_skip(const char *reason)
{
	snprintf(findings->skipped, sizeof(findings->skipped), "%s", reason);
	_exit(0);
}
