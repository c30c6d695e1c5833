/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a response must be like: how it is written, and which responses meet it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan/expect.h"

static const char head[] =
    "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
    "HTTP/1.1 200 OK\nServer:  test \t\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nEmpty:\r\n\r\n";
static const char body[] = "{\"ok\": true,\n \"n\": 5}\0 end";

static char text[EXPECT_TEXT];

/* Which item of the list the response does not meet. */
static unsigned judge(const char *list)
{
	struct expect_response response = {200, head, body, sizeof(head) - 1, sizeof(body) - 1};
	struct vastar_error err = {0};
	struct expect expect;
	unsigned item;

	assert_int_equal(expect_parse(&list, 1, "--expect", &expect, &err), 0);
	item = expect_judge(&expect, &response, text);
	expect_deinit(&expect);
	return item;
}

static void test_met(void **state)
{
	static const char *const lists[] = {
	    "status=200",
	    "status=2xx",
	    "status=404|200",
	    "status=3xx|2xx,header:Server",
	    "header:server=test",
	    "header:Set-Cookie=a=1",
	    "header:Set-Cookie=b=2",
	    "header:Set-Cookie~^b=[0-9]$",
	    "header:Empty=",
	    "body~\"n\": [0-9]+",
	    "body~ok.*true,body~^ \"n\"",
	    "body~end$",
	    "body~true,,status=200", /* a comma of the expression */
	    "body~a{0,2}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (judge(lists[i]))
			fail_msg("%s: %s", lists[i], text);
}

static void test_not_met(void **state)
{
	static const struct {
		const char *list;
		unsigned item;
		const char *text;
	} cases[] = {
	    {"status=201", 1, "status 200, expected 201"},
	    {"status=200,header:X-None", 2, "header X-None is missing"},
	    {"header:X-Early", 1, "header X-Early is missing"}, /* of an interim response */
	    {"header:Server=TEST", 1, "header Server is 'test', expected 'TEST'"},
	    {"header:Set-Cookie~^c", 1, "header Set-Cookie is 'b=2', expected a match of '^c'"},
	    {"header:Serve", 1, "header Serve is missing"},
	    {"body~n.: 6,status=200", 1, NULL},
	    {"body=x", 1, NULL},
	    {"status=2xx,header:Server,body~^true", 3, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(judge(cases[i].list), cases[i].item);
		if (cases[i].text)
			assert_string_equal(text, cases[i].text);
	}
}

static void test_text_of_a_body(void **state)
{
	(void)state;
	assert_int_equal(judge("body~nowhere"), 1);
	assert_memory_equal(text, "body '{\"ok\"", 10);
	assert_non_null(strstr(text, "expected a match of 'nowhere'"));
}

static void test_refused(void **state)
{
	static const struct {
		const char *list, *part;
	} cases[] = {
	    {"", "is not understood"},
	    {"staus=200", "is not understood"},
	    {"status=20x", "not a status code"},
	    {"status=2000", "not a status code"},
	    {"status=", "not a status code"},
	    {"status=200|", "not a status code"},
	    {"header:", "not the name of a header"},
	    {"header:A B=1", "not the name of a header"},
	    {"body~(", "not a regular expression"},
	    {"header:A~[", "not a regular expression"},
	    {"status=200,", "is not a status code"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct vastar_error err = {0};
		struct expect expect;

		assert_int_not_equal(expect_parse(&cases[i].list, 1, "--expect", &expect, &err), 0);
		assert_non_null(strstr(err.text, cases[i].part));
		expect_deinit(&expect);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_met),
	    cmocka_unit_test(test_not_met),
	    cmocka_unit_test(test_text_of_a_body),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
