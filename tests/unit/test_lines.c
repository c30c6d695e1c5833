/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/lines.h"

static char path[] = "/tmp/vastar-lines-XXXXXX";

static int make_file(void **state)
{
	int file = mkstemp(path);

	(void)state;
	if (file >= 0)
		close(file);
	return file < 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void hold(const char *bytes, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void expect(struct lines *lines, const char *wanted)
{
	const char *line = lines_next(lines);

	if (wanted)
		assert_string_equal(line, wanted);
	else
		assert_null(line);
}

static void test_lines(void **state)
{
	struct lines lines;

	(void)state;
	hold("one\n\ntwo", 8);
	lines_open(&lines, "", path);
	expect(&lines, "one");
	expect(&lines, "");
	expect(&lines, "two");
	expect(&lines, NULL);
	expect(&lines, NULL);
	lines_close(&lines);
}

static void test_no_line(void **state)
{
	struct lines lines;
	char line[8];

	(void)state;
	hold("", 0);
	lines_open(&lines, "", path);
	expect(&lines, NULL);
	lines_close(&lines);
	lines_open(&lines, path, "/below/a/file");
	expect(&lines, NULL);
	lines_close(&lines);
	assert_false(lines_first("", "/no/such/file", line, sizeof(line)));
}

/* Many lines, so that the buffer is refilled in the middle of one. */
static void test_refill(void **state)
{
	enum { COUNT = 3000 };
	char *bytes = malloc(COUNT * 16), wanted[16];
	size_t length = 0;
	struct lines lines;

	(void)state;
	assert_non_null(bytes);
	for (int i = 0; i < COUNT; i++)
		length += (size_t)sprintf(bytes + length, "line %d\n", i);
	hold(bytes, length);
	free(bytes);
	lines_open(&lines, "", path);
	for (int i = 0; i < COUNT; i++) {
		sprintf(wanted, "line %d", i);
		expect(&lines, wanted);
	}
	expect(&lines, NULL);
	lines_close(&lines);
}

/* The rest of a line that is too long does not count as a line. */
static void test_long_line(void **state)
{
	static const size_t lengths[] = {LINE_LONGEST - 2, LINE_LONGEST - 1, LINE_LONGEST,
					 2 * LINE_LONGEST - 2, 3 * LINE_LONGEST};
	char bytes[3 * LINE_LONGEST + 8];

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t length = lengths[i];
		struct lines lines;
		const char *line;

		memset(bytes, 'x', length);
		memcpy(bytes + length, "\nnext\n", 6);
		hold(bytes, length + 6);
		lines_open(&lines, "", path);
		line = lines_next(&lines);
		assert_non_null(line);
		assert_int_equal(strlen(line), length < LINE_LONGEST - 1 ? length : LINE_LONGEST - 1);
		expect(&lines, "next");
		expect(&lines, NULL);
		lines_close(&lines);
	}
}

static void test_first(void **state)
{
	char line[5];

	(void)state;
	hold("123456\n7\n", 9);
	assert_true(lines_first("", path, line, sizeof(line)));
	assert_string_equal(line, "1234");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),     cmocka_unit_test(test_no_line), cmocka_unit_test(test_refill),
	    cmocka_unit_test(test_long_line), cmocka_unit_test(test_first),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
