/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The file of --urls, and the order of its requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/turns.h"
#include "plan/url_file.h"

static struct url_file file;
static struct vastar_error err;

static int parse(const char *text)
{
	return url_file_parse(&file, "f", text, strlen(text), &err);
}

static void test_lines(void **state)
{
	(void)state;
	assert_int_equal(parse("\xef\xbb\xbf# no\n\n http://a/ \r\nb:80/x#y\n{\"url\":\"c\",\"weight\":7}"),
			 0);
	assert_int_equal(file.count, 3);
	assert_string_equal(file.lines[0].url, "http://a/");
	assert_string_equal(file.lines[0].origin, "f:3");
	assert_int_equal(file.lines[0].weight, 0);
	assert_string_equal(file.lines[1].url, "b:80/x#y");
	assert_string_equal(file.lines[2].url, "c");
	assert_string_equal(file.lines[2].origin, "f:5");
	assert_int_equal(file.lines[2].weight, 7);
	url_file_free(&file);
}

static void test_object(void **state)
{
	struct vastar_request *requests;

	(void)state;
	assert_int_equal(parse("{\"url\":\"u\",\"method\":\"PUT\",\"body\":\"a\\nb\","
			       "\"headers\":{\"A\":\"1\",\"B\":\"\"}}\nv\n"),
			 0);
	requests = url_file_requests(&file);
	assert_non_null(requests);
	assert_string_equal(requests[0].url, "u");
	assert_string_equal(requests[0].method, "PUT");
	assert_int_equal(requests[0].body_length, 3);
	assert_memory_equal(requests[0].body, "a\nb", 3);
	assert_int_equal(requests[0].header_count, 2);
	assert_string_equal(requests[0].headers[0], "A: 1");
	assert_string_equal(requests[0].headers[1], "B;");
	assert_null(requests[1].method);
	free(requests);
	url_file_free(&file);
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
	    "",
	    "\n\n#a\n",
	    "{",
	    "{}",
	    "{\"url\":3}",
	    "{\"url\":\"a\"} x",
	    "{\"url\":\"a\",\"weight\":1001}",
	    "{\"url\":\"a\",\"weight\":-1}",
	    "{\"url\":\"a\",\"headers\":[]}",
	    "{\"url\":\"a\",\"x\":1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(parse(texts[i]), -VASTAR_E_USAGE);
		assert_int_equal(strncmp(err.text, "f:", 2), 0);
		url_file_free(&file);
	}
}

static void expect_turns(const uint32_t *weights, uint32_t count, const char *expected)
{
	uint32_t length, *turns = turns_new(weights, count, &length);

	assert_non_null(turns);
	assert_int_equal(length, strlen(expected));
	for (uint32_t i = 0; i < length; i++)
		assert_int_equal(turns[i], expected[i] - '0');
	free(turns);
}

static void test_turns(void **state)
{
	uint32_t weights[] = {2, 4, 2};

	(void)state;
	expect_turns((uint32_t[]){1, 1, 1}, 3, "012");
	expect_turns((uint32_t[]){2, 2}, 2, "0101");
	expect_turns((uint32_t[]){1, 0, 1}, 3, "02");
	expect_turns((uint32_t[]){1, 4}, 2, "11011"); /* spread, not 0 1 1 1 1 */
	turns_reduce(weights, 3);
	assert_int_equal(weights[0], 1);
	assert_int_equal(weights[1], 2);
	expect_turns(weights, 3, "1021");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_object),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
