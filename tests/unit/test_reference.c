/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The file of a reference, and the digest that identifies its request. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sweep/reference.h"

static void requests_are_told_apart_by_their_digest(void **state)
{
	const char *const key[] = {"X-Key: 1"}, *const secret[] = {"X-Key: 1", "authorization: Bearer x"};
	struct vastar_settings plain, other;
	char a[REQUEST_DIGEST_LENGTH + 1], b[REQUEST_DIGEST_LENGTH + 1];

	(void)state;
	vastar_settings_init(&plain);
	plain.body = "{}";
	plain.body_length = 2;
	plain.headers = key;
	plain.header_count = 1;
	request_digest(&plain, a);
	assert_int_equal(strlen(a), REQUEST_DIGEST_LENGTH);
	other = plain;
	other.url = "http://elsewhere/";
	other.basic_auth = "user:password";
	other.headers = secret;
	other.header_count = 2;
	request_digest(&other, b);
	assert_string_equal(a, b); /* client and host are not part of the request's identity */
	other = plain;
	other.header_count = 0;
	request_digest(&other, b);
	assert_string_not_equal(a, b);
	other = plain;
	other.body = "[]";
	request_digest(&other, b);
	assert_string_not_equal(a, b);
	other = plain;
	other.content_type = "text/plain";
	request_digest(&other, b);
	assert_string_not_equal(a, b);
}

#define FIGURES(c, rps)                                                                                      \
	"\"concurrency\":" c ",\"rps\":" rps                                                                 \
	",\"p50_ms\":1,\"p95_ms\":2,\"p99_ms\":3,\"p999_ms\":4,\"error_rate\":0"
#define POINT(c, rps) "{" FIGURES(c, rps) "}"
#define WEAK_POINT(c, rps) "{" FIGURES(c, rps) ",\"weak\":[\"p99.9\",7,\"p99\"]}"
#define FILE_OF(points)                                                                                      \
	"{\"schema_version\":\"1.0\",\"params\":{\"url\":\"http://x/"                                        \
	"\",\"method\":\"POST\",\"request_digest\":\"0123456789abcdef\"},"                                   \
	"\"started_at\":\"2026-01-02T03:04:05Z\",\"machine\":{\"cpu_model\":\"a\",\"cpu_cores_logical\":8}," \
	"\"sweep_points\":"                                                                                  \
	"[" points "]}"

static void a_sweep_is_read_back(void **state)
{
	static const char text[] = FILE_OF(POINT("10", "100.5") "," WEAK_POINT("20", "200"));
	struct reference reference;
	struct vastar_error err;

	(void)state;
	assert_int_equal(reference_parse(&reference, "f", text, strlen(text), &err), 0);
	assert_string_equal(reference.url, "http://x/");
	assert_string_equal(reference.method, "POST");
	assert_string_equal(reference.request_digest, "0123456789abcdef");
	assert_string_equal(reference.cpu_model, "a");
	assert_int_equal(reference.cpu_count, 8);
	assert_int_equal(reference.started_at_s, 1767323045);
	assert_int_equal(reference.levels.count, 2);
	assert_true(reference.figures[0].rps == 100.5);
	assert_true(fabs(reference.figures[1].p99_s - 0.003) < 1e-12);
	assert_false(reference.weak_p99[0]);
	assert_true(reference.weak_p99[1]);
	assert_int_equal(reference_find(&reference, 20, false), 1);
	assert_int_equal(reference_find(&reference, 14, false), -1);
	assert_int_equal(reference_find(&reference, 14, true), 0);
	assert_int_equal(reference_find(&reference, 1000, true), 1);
}

static void a_file_that_is_not_a_sweep_has_a_message(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
	    {"", "not JSON"},
	    {"{", "not JSON"},
	    {"[]", "no sweep_points"},
	    {"{\"sweep_points\":[]}", "schema_version"},
	    {"{\"schema_version\":\"2.0\",\"sweep_points\":[]}", "schema_version"},
	    {FILE_OF(""), "empty"},
	    {FILE_OF("1"), "lacks"},
	    {FILE_OF("{\"concurrency\":1}"), "lacks"},
	    {FILE_OF(POINT("0", "1")), "not a number of connections"},
	    {FILE_OF(POINT("1.5", "1")), "not a number of connections"},
	    {FILE_OF(POINT("1e9", "1")), "not a number of connections"},
	    {FILE_OF(POINT("1", "-1")), "lacks"},
	    {FILE_OF(POINT("1", "\"x\"")), "lacks"},
	    {FILE_OF(POINT("10", "1") "," POINT("10", "1")), "not in rising order"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reference reference;
		struct vastar_error err;

		assert_int_equal(reference_parse(&reference, "f", cases[i].text, strlen(cases[i].text), &err),
				 -VASTAR_E_USAGE);
		if (!strstr(err.text, cases[i].part) || strncmp(err.text, "reference f: ", 13))
			fail_msg("%s: %s", cases[i].text, err.text);
	}
	assert_int_equal(
	    reference_load(&(struct reference){0}, "/nonexistent/file", &(struct vastar_error){0}),
	    -VASTAR_E_SYSTEM);
}

static void a_truncated_file_is_refused(void **state)
{
	static const char text[] = FILE_OF(POINT("10", "100.5") "," POINT("20", "200"));

	(void)state;
	for (size_t length = 0; length < strlen(text); length++) {
		struct reference reference = {.cpu_count = 77};
		struct vastar_error err;

		assert_int_equal(reference_parse(&reference, "f", text, length, &err), -VASTAR_E_USAGE);
		assert_int_equal(reference.cpu_count, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_are_told_apart_by_their_digest),
	    cmocka_unit_test(a_sweep_is_read_back),
	    cmocka_unit_test(a_truncated_file_is_refused),
	    cmocka_unit_test(a_file_that_is_not_a_sweep_has_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
