/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/call.h"
#include "proto/grpc.h"
#include "stats/calls.h"

/* Three messages: "abc", an empty one, "d". */
static const uint8_t three[] = {0, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'd'};

static struct grpc_call fresh(void)
{
	return (struct grpc_call){.status = GRPC_NO_STATUS};
}

static void test_messages_however_cut(void **state)
{
	(void)state;
	for (size_t a = 0; a <= sizeof(three); a++)
		for (size_t b = a; b <= sizeof(three); b++) {
			struct grpc_call call = fresh();

			assert_int_equal(grpc_take(&call, three, a, 3), GRPC_FINE);
			assert_int_equal(grpc_take(&call, three + a, b - a, 3), GRPC_FINE);
			assert_int_equal(grpc_cut(&call), b != 0 && b != 8 && b != 13 && b != sizeof(three));
			assert_int_equal(grpc_take(&call, three + b, sizeof(three) - b, 3), GRPC_FINE);
			assert_int_equal(call.messages, 3);
			assert_false(grpc_cut(&call));
		}
}

static void test_breaches(void **state)
{
	static const struct {
		uint8_t prefix[GRPC_PREFIX];
		enum grpc_breach breach;
	} cases[] = {
	    {{0, 0, 0, 0, 4}, GRPC_FINE},
	    {{0, 0, 0, 0, 5}, GRPC_TOO_LONG},
	    {{0, 0xff, 0xff, 0xff, 0xff}, GRPC_TOO_LONG},
	    {{1, 0, 0, 0, 1}, GRPC_COMPRESSED},
	    {{2, 0, 0, 0, 1}, GRPC_BAD_FLAG},
	    {{255, 0, 0, 0, 0}, GRPC_BAD_FLAG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t cut = 0; cut <= GRPC_PREFIX; cut++) {
			struct grpc_call call = fresh();
			enum grpc_breach first = grpc_take(&call, cases[i].prefix, cut, 4);

			if (cut == GRPC_PREFIX) {
				assert_int_equal(first, cases[i].breach);
				continue;
			}
			assert_int_equal(first, GRPC_FINE);
			assert_int_equal(grpc_take(&call, cases[i].prefix + cut, GRPC_PREFIX - cut, 4),
					 cases[i].breach);
		}
}

static void test_prefix(void **state)
{
	uint8_t bytes[GRPC_PREFIX];

	(void)state;
	assert_ptr_equal(grpc_put_prefix(bytes, 0x01020304), bytes + GRPC_PREFIX);
	assert_memory_equal(bytes, ((uint8_t[]){0, 1, 2, 3, 4}), GRPC_PREFIX);
}

static void test_status_values(void **state)
{
	char text[8];

	(void)state;
	for (int i = 0; i < GRPC_STATUSES; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(grpc_status_read(text, strlen(text)), i);
		assert_non_null(call_status_names[i]);
	}
	assert_int_equal(grpc_status_read("17", 2), GRPC_UNKNOWN);
	assert_int_equal(grpc_status_read("", 0), GRPC_UNKNOWN);
	assert_int_equal(grpc_status_read("-1", 2), GRPC_UNKNOWN);
	assert_int_equal(grpc_status_read("1 ", 2), GRPC_UNKNOWN);
	assert_int_equal(grpc_status_read("4294967296", 10), GRPC_UNKNOWN);
	assert_int_equal(grpc_status_read("00000000000", 11), GRPC_OK);
}

static void test_status_at_end(void **state)
{
	struct grpc_call call = fresh();

	(void)state;
	assert_int_equal(grpc_status_at_end(&call, 200), GRPC_UNKNOWN);
	assert_int_equal(grpc_status_at_end(&call, 503), GRPC_UNAVAILABLE);
	assert_int_equal(grpc_status_at_end(&call, 401), GRPC_UNAUTHENTICATED);
	call.status = GRPC_OK;
	assert_int_equal(grpc_status_at_end(&call, 200), GRPC_OK);
	assert_int_equal(grpc_status_at_end(&call, 404), GRPC_UNIMPLEMENTED);
	call.status = GRPC_ABORTED;
	assert_int_equal(grpc_status_at_end(&call, 503), GRPC_ABORTED);
}

static void test_text(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {{"", ""},	     {"plain", "plain"}, {"a%20b", "a b"}, {"%e2%82%AC", "\xe2\x82\xac"},
		     {"%", "%"},     {"%2", "%2"},	 {"%zz", "%zz"},   {"100%25", "100%"},
		     {"%%41", "%A"}, {"%4%41", "%4A"}};
	char to[GRPC_TEXT], small[4];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		grpc_text_decode(to, sizeof(to), cases[i].from, strlen(cases[i].from));
		assert_string_equal(to, cases[i].to);
	}
	grpc_text_decode(small, sizeof(small), "%41%42%43%44", 12);
	assert_string_equal(small, "ABC");
}

static struct grpc_said said_of(const char *name, const char *value, char text[GRPC_TEXT])
{
	struct grpc_said said = {.status = GRPC_NO_STATUS};

	grpc_field(&said, text, name, strlen(name), value, strlen(value));
	return said;
}

static void test_fields(void **state)
{
	char text[GRPC_TEXT] = "before";

	(void)state;
	assert_int_equal(said_of("grpc-status", "5", text).status, GRPC_NOT_FOUND);
	assert_int_equal(said_of("grpc-statu", "5", text).status, GRPC_NO_STATUS);
	assert_true(said_of("content-type", "application/grpc", text).typed);
	assert_true(said_of("content-type", "application/grpc+json", text).typed);
	assert_true(said_of("content-type", "application/grpc;x=y", text).typed);
	assert_false(said_of("content-type", "application/grpc-web", text).typed);
	assert_false(said_of("content-type", "text/html", text).typed);
	assert_string_equal(text, "before");
	assert_true(said_of("grpc-message", "now", text).has_text);
	assert_string_equal(text, "now");
	assert_false(said_of("grpc-message", "", text).has_text);
}

static void test_timeout_values(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {{1, "1n"},
		     {99999999, "99999999n"},
		     {100000000, "100000u"},
		     {20000000000, "20000000u"},
		     {3600000000000000, "3600000S"}};
	char text[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		call_timeout(text, cases[i].ns);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_settings(void **state)
{
	struct vastar_settings settings = {.grpc = true, .body = three, .body_length = sizeof(three)};
	struct vastar_error err;
	struct call call = {0};

	(void)state;
	assert_int_equal(call_fill(&call, &settings, &err), 0);
	assert_true(call.wanted);
	assert_int_equal(call.messages, 3);
	assert_int_equal(call.longest_message, CALL_MESSAGE_MAX);
	settings.body_length--;
	assert_int_not_equal(call_fill(&call, &settings, &err), 0);
	assert_non_null(strstr(err.text, "not made of gRPC messages"));
}

static void test_merge(void **state)
{
	struct calls a = {0}, b = {0};

	(void)state;
	calls_init(&a);
	calls_init(&b);
	a.status[0] = 1;
	b.status[0] = 2;
	b.status[14] = 3;
	b.sent = 5;
	calls_say(&b, 14, "g\x01ne");
	calls_say(&b, 14, "later");
	calls_merge(&a, &b);
	assert_int_equal(a.status[0], 3);
	assert_int_equal(a.status[14], 3);
	assert_int_equal(a.sent, 5);
	assert_string_equal(a.text[14], "g?ne");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_messages_however_cut),
	    cmocka_unit_test(test_breaches),
	    cmocka_unit_test(test_prefix),
	    cmocka_unit_test(test_status_values),
	    cmocka_unit_test(test_status_at_end),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_timeout_values),
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
