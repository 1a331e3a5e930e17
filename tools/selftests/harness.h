/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test harness of the selftests: suites of cases, reported as KTAP.
 *
 * Each case runs in a process of its own, with a time limit. It fails by an
 * EXPECT that does not hold, by a signal, by exceeding the limit, or by leaving
 * a process behind that even SIGKILL does not end. The macros may be used in
 * processes that a case forks: what they find counts for the case.
 */
#ifndef DMF_SELFTEST_HARNESS_H
#define DMF_SELFTEST_HARNESS_H

#include <stdbool.h>
#include <stdnoreturn.h>

#define TEST_TIMEOUT_S	30

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/**
 * struct test_case - one behaviour
 * @name: a word without blanks.
 * @run: the test. It starts from a freshly set up state.
 * @timeout_s: time limit, 0 for TEST_TIMEOUT_S.
 */
struct test_case {
	const char *name;
	void (*run)(void);
	unsigned int timeout_s;
};

/**
 * struct test_suite - cases about one subject
 * @name: a word without blanks.
 * @setup: runs before each case, in its process, within its time limit.
 * @cases: ends with an empty one.
 */
struct test_suite {
	const char *name;
	void (*setup)(void);
	const struct test_case *cases;
};

#define TEST_CASE(function)		{ #function, function, 0 }
#define SLOW_TEST_CASE(function, s)	{ #function, function, s }

/*
 * Run what the command line selects. The array ends with NULL.
 *
 * Return: the program's exit status, 0 if all that ran passed.
 */
int test_main(int argc, char **argv, const struct test_suite *const *suites);

/* Note and go on: the case fails in the end. */
#define EXPECT(condition) \
	test_expect((condition), #condition, __FILE__, __LINE__)
#define EXPECT_EQ(value, expected) \
	test_expect_equal((long long)(value), (long long)(expected), \
			  #value, #expected, __FILE__, __LINE__)
/* A system call fails with just this errno. */
#define EXPECT_ERRNO(call, error) \
	test_expect_errno((call), (error), #call, __FILE__, __LINE__)

/* End the process: nothing that follows would make sense. */
#define REQUIRE(condition) \
	test_require((condition), #condition, __FILE__, __LINE__)

bool test_expect(bool holds, const char *condition, const char *file, int line);
bool test_expect_equal(long long value, long long expected, const char *text,
		       const char *expected_text, const char *file, int line);
bool test_expect_errno(long result, int error, const char *call,
		       const char *file, int line);
void test_require(bool holds, const char *condition, const char *file,
		  int line);

/* suite.case of the running case. */
const char *test_name(void);

/* A line of explanation in the report. */
void __attribute__((format(printf, 1, 2))) test_note(const char *format, ...);

/* End the case: it cannot run here. */
noreturn void test_skip(const char *reason);

#endif /* DMF_SELFTEST_HARNESS_H */
