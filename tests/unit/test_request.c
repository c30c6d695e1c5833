/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/plan.h"

#define AGENT "User-Agent: vastar/" VASTAR_VERSION "\r\n"
#define ACCEPT "Accept: */*\r\n"
#define GZIP "Accept-Encoding: gzip, deflate\r\n"
/* The default headers. */
#define USUAL "Host: h:81\r\n" AGENT ACCEPT GZIP

enum { HEADERS_MAX = 4 };

static const struct {
	const char *what;
	struct vastar_settings settings;
	const char *headers[HEADERS_MAX + 1];
	const char *bytes;
} requests[] = {
    {"nothing said", {0}, {0}, "GET /p?q HTTP/1.1\r\n" USUAL "\r\n"},
    {"a method", {.method = "DELETE"}, {0}, "DELETE /p?q HTTP/1.1\r\n" USUAL "\r\n"},
    {"a known method in small letters", {.method = "head"}, {0}, "HEAD /p?q HTTP/1.1\r\n" USUAL "\r\n"},
    {"an own method as typed", {.method = "Purge"}, {0}, "Purge /p?q HTTP/1.1\r\n" USUAL "\r\n"},
    {"a body",
     {.method = "POST", .body = "abc", .body_length = 3},
     {0},
     "POST /p?q HTTP/1.1\r\n" USUAL "Content-Type: text/html\r\nContent-Length: 3\r\n\r\nabc"},
    {"a body of another type",
     {.method = "post", .body = "{}", .body_length = 2, .content_type = "application/json"},
     {0},
     "POST /p?q HTTP/1.1\r\n" USUAL "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"},
    {"a GET with a body",
     {.body = "x", .body_length = 1},
     {0},
     "GET /p?q HTTP/1.1\r\n" USUAL "Content-Type: text/html\r\nContent-Length: 1\r\n\r\nx"},
    {"an empty POST", {.method = "POST"}, {0}, "POST /p?q HTTP/1.1\r\n" USUAL "Content-Length: 0\r\n\r\n"},
    {"an empty PUT", {.method = "PUT"}, {0}, "PUT /p?q HTTP/1.1\r\n" USUAL "Content-Length: 0\r\n\r\n"},
    {"an empty PATCH", {.method = "PATCH"}, {0}, "PATCH /p?q HTTP/1.1\r\n" USUAL "Content-Length: 0\r\n\r\n"},
    {"a POST with a body of no bytes",
     {.method = "POST", .body = "", .body_length = 0},
     {0},
     "POST /p?q HTTP/1.1\r\n" USUAL "Content-Length: 0\r\n\r\n"},
    {"a GET with a body of no bytes",
     {.body = "", .body_length = 0},
     {0},
     "GET /p?q HTTP/1.1\r\n" USUAL "\r\n"},
    {"a content type without a body",
     {.content_type = "text/plain"},
     {0},
     "GET /p?q HTTP/1.1\r\n" USUAL "Content-Type: text/plain\r\n\r\n"},
    {"what is accepted",
     {.accept = "text/css;q=0.5"},
     {0},
     "GET /p?q HTTP/1.1\r\nHost: h:81\r\n" AGENT "Accept: text/css;q=0.5\r\n" GZIP "\r\n"},
    {"no compression",
     {.disable_compression = true},
     {0},
     "GET /p?q HTTP/1.1\r\nHost: h:81\r\n" AGENT ACCEPT "\r\n"},
    {"no keep-alive",
     {.disable_keepalive = true},
     {0},
     "GET /p?q HTTP/1.1\r\n" USUAL "Connection: close\r\n\r\n"},
    /* RFC 7617 section 2 */
    {"Basic authentication",
     {.basic_auth = "Aladdin:open sesame"},
     {0},
     "GET /p?q HTTP/1.1\r\n" USUAL "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"},
    {"base64 without padding",
     {.basic_auth = "a:b"},
     {0},
     "GET /p?q HTTP/1.1\r\n" USUAL "Authorization: Basic YTpi\r\n\r\n"},
    {"base64 with one sign of padding",
     {.basic_auth = "a:\xff\xfe\xfd"},
     {0},
     "GET /p?q HTTP/1.1\r\n" USUAL "Authorization: Basic YTr//v0=\r\n\r\n"},
    {"one more header", {0}, {"X-A: b"}, "GET /p?q HTTP/1.1\r\n" USUAL "X-A: b\r\n\r\n"},
    {"blanks around a value go, those inside stay",
     {0},
     {"X-A: \t b  c\t "},
     "GET /p?q HTTP/1.1\r\n" USUAL "X-A: b  c\r\n\r\n"},
    {"a value with colons and semicolons",
     {0},
     {"X-A:b:c;d"},
     "GET /p?q HTTP/1.1\r\n" USUAL "X-A: b:c;d\r\n\r\n"},
    {"a value above ASCII", {0}, {"X-A: \xc3\xa4"}, "GET /p?q HTTP/1.1\r\n" USUAL "X-A: \xc3\xa4\r\n\r\n"},
    {"the later of two", {0}, {"X-A: b", "x-a: c"}, "GET /p?q HTTP/1.1\r\n" USUAL "x-a: c\r\n\r\n"},
    {"another Host", {0}, {"host: x"}, "GET /p?q HTTP/1.1\r\nhost: x\r\n" AGENT ACCEPT GZIP "\r\n"},
    {"an empty Host", {0}, {"Host;"}, "GET /p?q HTTP/1.1\r\nHost: \r\n" AGENT ACCEPT GZIP "\r\n"},
    {"another User-Agent, Accept and Accept-Encoding",
     {.accept = "a/b"},
     {"User-Agent: me", "ACCEPT: c/d", "Accept-Encoding: br"},
     "GET /p?q HTTP/1.1\r\nHost: h:81\r\nUser-Agent: me\r\nACCEPT: c/d\r\nAccept-Encoding: br\r\n\r\n"},
    {"another Content-Type, Connection and Authorization",
     {.content_type = "a/b", .basic_auth = "a:b", .disable_keepalive = true},
     {"Content-Type: c/d", "Connection: keep-alive", "Authorization: Bearer t"},
     "GET /p?q HTTP/1.1\r\n" USUAL
     "Content-Type: c/d\r\nAuthorization: Bearer t\r\nConnection: keep-alive\r\n\r\n"},
    {"headers taken away",
     {.body = "x", .body_length = 1},
     {"User-Agent:", "accept: ", "Accept-Encoding:\t", "Content-Type:"},
     "GET /p?q HTTP/1.1\r\nHost: h:81\r\nContent-Length: 1\r\n\r\nx"},
    {"taking away what is not there", {0}, {"X-A:"}, "GET /p?q HTTP/1.1\r\n" USUAL "\r\n"},
    {"taking away what was added", {0}, {"X-A: b", "X-A:"}, "GET /p?q HTTP/1.1\r\n" USUAL "\r\n"},
    {"and adding it again",
     {0},
     {"User-Agent:", "User-Agent: me"},
     "GET /p?q HTTP/1.1\r\nHost: h:81\r\n" ACCEPT GZIP "User-Agent: me\r\n\r\n"},
    {"an empty value", {0}, {"X-A;"}, "GET /p?q HTTP/1.1\r\n" USUAL "X-A: \r\n\r\n"},
    {"a name that begins like another", {0}, {"Hos: x"}, "GET /p?q HTTP/1.1\r\n" USUAL "Hos: x\r\n\r\n"},
};

static size_t count_headers(const char *const *headers)
{
	size_t count = 0;

	while (count < HEADERS_MAX && headers[count])
		count++;
	return count;
}

static void build(struct request *request, struct vastar_settings settings, const char *const *headers)
{
	struct target target;
	struct vastar_error err;

	settings.headers = headers;
	settings.header_count = count_headers(headers);
	assert_int_equal(target_parse(&target, "http://h:81/p?q", NULL), 0);
	if (request_build(request, &settings, &target, &err))
		fail_msg("%s", err.text);
	target_deinit(&target);
}

static void assert_bytes(const char *what, const struct request *request, const char *bytes)
{
	if (request->length != strlen(bytes) || memcmp(request->bytes, bytes, request->length))
		fail_msg("%s:\n%.*s<<< instead of\n%s<<<", what, (int)request->length, request->bytes, bytes);
	assert_int_equal(request->head_length, strstr(bytes, "\r\n\r\n") + 4 - bytes);
}

static void settings_become_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct request request;

		build(&request, requests[i].settings, requests[i].headers);
		/* Only for text: assert_bytes() looks for the end of the head, and a NUL would end it. */
		assert_bytes(requests[i].what, &request, requests[i].bytes);
		request_deinit(&request);
		assert_null(request.bytes);
	}
}

static void a_body_may_hold_any_byte(void **state)
{
	static const char *const none[] = {NULL};
	static const char body[] = {0, '\r', '\n', (char)0xff};
	struct request request;

	(void)state;
	build(&request, (struct vastar_settings){.method = "PUT", .body = body, .body_length = sizeof(body)},
	      none);
	assert_int_equal(request.length - request.head_length, sizeof(body));
	assert_memory_equal(request.bytes + request.head_length, body, sizeof(body));
	request_deinit(&request);
}

static void methods_and_their_properties(void **state)
{
	static const struct {
		const char *method;
		bool head, idempotent;
	} methods[] = {
	    {NULL, false, true},     {"GET", false, true},     {"HEAD", true, true},
	    {"head", true, true},    {"PUT", false, true},     {"PATCH", false, false},
	    {"DELETE", false, true}, {"OPTIONS", false, true}, {"TRACE", false, true},
	    {"POST", false, false},  {"PURGE", false, false},  {"GETX", false, false},
	};
	static const char *const none[] = {NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct request request;

		build(&request, (struct vastar_settings){.method = methods[i].method}, none);
		if (request.head_method != methods[i].head || request.idempotent != methods[i].idempotent)
			fail_msg("%s", methods[i].method);
		request_deinit(&request);
	}
}

static const struct {
	struct vastar_settings settings;
	const char *header, *sentence;
} refusals[] = {
    {{.method = ""}, NULL, "method (-m): \"\" is not an HTTP method"},
    {{.method = "GE T"}, NULL, "method (-m): \"GE T\" is not an HTTP method"},
    {{.method = "GET\r\nX: y"}, NULL, "method (-m): \"\" is not an HTTP method"},
    {{.method = "G(T"}, NULL, "method (-m): \"G(T\" is not an HTTP method"},
    {{.method = "CONNECT"}, NULL, "method (-m): CONNECT opens a tunnel"},
    {{.method = "connect"}, NULL, "method (-m): CONNECT opens a tunnel"},
    {{.content_type = "a\nb"}, NULL, "content type (-T): it has a line break"},
    {{.accept = "a\rb"}, NULL, "accept (-A): it has a line break"},
    {{.basic_auth = "a:b\x7f"}, NULL, "authorization (-a): it has a line break or another control character"},
    {{.basic_auth = "user"}, NULL, "authorization (-a): it has no colon (write USER:PASSWORD)"},
    {{0}, "nocolon", "header (-H): \"nocolon\" has no colon"},
    {{0}, "", "header (-H): \"\" has no colon"},
    {{0}, "a b", "header (-H): \"a b\" has no colon"},
    {{0}, ": x", "header (-H): \"\" is not a header name"},
    {{0}, ";", "header (-H): \"\" is not a header name"},
    {{0}, "Bad Name: x", "header (-H): \"Bad Name\" is not a header name"},
    {{0}, "Name : x", "header (-H): \"Name \" is not a header name"},
    {{0}, " Name: x", "header (-H): \" Name\" is not a header name"},
    {{0}, "N\xc3\xa4me: x", "is not a header name"},
    {{0}, "a;b: x", "header (-H): \"a;b\" is not a header name"},
    {{0}, "A: x\r\nB: y", "header (-H): it has a line break"},
    {{0}, "A: x\n", "header (-H): it has a line break"},
    {{0}, "A\r: x", "header (-H): it has a line break"},
    {{0}, "A: \x01", "header (-H): it has a line break or another control character"},
    {{0}, "Content-Length: 5", "header (-H): Content-Length comes from the body"},
    {{0}, "content-length:", "header (-H): content-length comes from the body"},
    {{0}, "Transfer-Encoding: chunked", "header (-H): Transfer-Encoding comes from the body"},
    {{0}, "TRANSFER-ENCODING;", "header (-H): TRANSFER-ENCODING comes from the body"},
    {{0}, "Host:", "header (-H): Host cannot be removed"},
    {{0}, "host: \t", "header (-H): Host cannot be removed"},
};

static void refused_settings_have_a_message(void **state)
{
	struct target target;

	(void)state;
	assert_int_equal(target_parse(&target, "http://h/", NULL), 0);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct vastar_settings settings = refusals[i].settings;
		struct request request = {.length = 7};
		struct vastar_error err = {0};

		settings.headers = &refusals[i].header;
		settings.header_count = refusals[i].header ? 1 : 0;
		if (request_build(&request, &settings, &target, &err) != -VASTAR_E_USAGE)
			fail_msg("not refused: %s", refusals[i].sentence);
		if (!strstr(err.text, refusals[i].sentence) || strpbrk(err.text, "\r\n\x01\x7f"))
			fail_msg("%s instead of %s", err.text, refusals[i].sentence);
		assert_null(request.bytes);
	}
	target_deinit(&target);
}

static void a_head_above_a_mebibyte_is_refused(void **state)
{
	size_t length = 1 << 20;
	char *header = malloc(length + 1);
	const char *const headers[] = {header};
	struct vastar_settings settings = {.headers = headers, .header_count = 1};
	struct vastar_error err;
	struct target target;
	struct request request;

	(void)state;
	assert_non_null(header);
	memset(header, 'x', length);
	header[length] = '\0';
	header[1] = ':';
	assert_int_equal(target_parse(&target, "http://h/", NULL), 0);
	assert_int_equal(request_build(&request, &settings, &target, &err), -VASTAR_E_USAGE);
	assert_non_null(strstr(err.text, "request: a head of "));
	header[length - 1000] = '\0';
	assert_int_equal(request_build(&request, &settings, &target, &err), 0);
	request_deinit(&request);
	target_deinit(&target);
	free(header);
}

/* ---- redirects ---- */

#define POSTED                                                                                               \
	{                                                                                                    \
		.method = "POST", .body = "abc", .body_length = 3, .content_type = "a/b",                    \
		.basic_auth = "a:b"                                                                          \
	}
#define BASIC "Authorization: Basic YTpi\r\n"
#define TYPED "Content-Type: a/b\r\nContent-Length: 3\r\n"
#define USUAL_AT(host) "Host: " host "\r\n" AGENT ACCEPT GZIP

static const struct {
	const char *what;
	struct vastar_settings settings;
	const char *headers[HEADERS_MAX + 1];
	unsigned status;
	const char *url;
	bool same_host;
	const char *bytes;
} redirects[] = {
    {"GET stays GET", {0}, {0}, 302, "http://h:81/n", true, "GET /n HTTP/1.1\r\n" USUAL "\r\n"},
    {"another port", {0}, {0}, 307, "http://h:82/n", true, "GET /n HTTP/1.1\r\n" USUAL_AT("h:82") "\r\n"},
    {"the default port", {0}, {0}, 308, "http://h/n", true, "GET /n HTTP/1.1\r\n" USUAL_AT("h") "\r\n"},
    {"POST becomes GET by 301",
     POSTED,
     {0},
     301,
     "http://h:81/n",
     true,
     "GET /n HTTP/1.1\r\n" USUAL BASIC "\r\n"},
    {"POST becomes GET by 302",
     POSTED,
     {0},
     302,
     "http://h:81/n",
     true,
     "GET /n HTTP/1.1\r\n" USUAL BASIC "\r\n"},
    {"DELETE becomes GET by 303",
     {.method = "DELETE"},
     {0},
     303,
     "http://h:81/n",
     true,
     "GET /n HTTP/1.1\r\n" USUAL "\r\n"},
    {"HEAD stays HEAD by 303",
     {.method = "HEAD"},
     {0},
     303,
     "http://h:81/n",
     true,
     "HEAD /n HTTP/1.1\r\n" USUAL "\r\n"},
    {"HEAD loses its body too",
     {.method = "HEAD", .body = "abc", .body_length = 3},
     {0},
     301,
     "http://h:81/n",
     true,
     "HEAD /n HTTP/1.1\r\n" USUAL "\r\n"},
    {"POST stays by 307",
     POSTED,
     {0},
     307,
     "http://h:81/n",
     true,
     "POST /n HTTP/1.1\r\n" USUAL TYPED BASIC "\r\nabc"},
    {"POST stays by 308",
     POSTED,
     {0},
     308,
     "http://h:81/n",
     true,
     "POST /n HTTP/1.1\r\n" USUAL TYPED BASIC "\r\nabc"},
    {"Content headers of the user go with the body",
     {.method = "POST", .body = "abc", .body_length = 3},
     {"Content-Encoding: br", "content-language: de", "X-Content-A: b"},
     303,
     "http://h:81/n",
     true,
     "GET /n HTTP/1.1\r\n" USUAL "X-Content-A: b\r\n\r\n"},
    {"credentials stay at home",
     POSTED,
     {"Cookie: c", "proxy-authorization: d", "X-A: b"},
     307,
     "http://g/n",
     false,
     "POST /n HTTP/1.1\r\n" USUAL_AT("g") TYPED "X-A: b\r\n\r\nabc"},
    {"and within the host they stay",
     POSTED,
     {"Cookie: c", "Proxy-Authorization: d"},
     302,
     "http://h:81/n",
     true,
     "GET /n HTTP/1.1\r\n" USUAL BASIC "Cookie: c\r\nProxy-Authorization: d\r\n\r\n"},
    {"a Host that was set stays within the host",
     {0},
     {"Host: virtual"},
     302,
     "http://h:82/n",
     true,
     "GET /n HTTP/1.1\r\n" USUAL_AT("virtual") "\r\n"},
    {"and not beyond it",
     {0},
     {"Host: virtual"},
     302,
     "http://g/n",
     false,
     "GET /n HTTP/1.1\r\n" USUAL_AT("g") "\r\n"},
    {"empty values survive",
     {0},
     {"X-A;"},
     302,
     "http://h:81/n",
     true,
     "GET /n HTTP/1.1\r\n" USUAL "X-A: \r\n\r\n"},
    {"values with colons survive",
     {0},
     {"X-A: b: c"},
     302,
     "http://h:81/n",
     true,
     "GET /n HTTP/1.1\r\n" USUAL "X-A: b: c\r\n\r\n"},
};

static void redirected_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(redirects) / sizeof(redirects[0]); i++) {
		struct request from, request;
		struct target target;

		build(&from, redirects[i].settings, redirects[i].headers);
		assert_int_equal(target_parse(&target, redirects[i].url, NULL), 0);
		assert_int_equal(request_redirect(&request, &from, redirects[i].status, &target,
						  redirects[i].same_host, NULL),
				 0);
		request_deinit(&from); /* the new request borrows nothing from it */
		target_deinit(&target);
		assert_bytes(redirects[i].what, &request, redirects[i].bytes);
		assert_int_equal(request.head_method, !strncmp(redirects[i].bytes, "HEAD", 4));
		assert_int_equal(request.idempotent, strncmp(redirects[i].bytes, "POST", 4) != 0);
		request_deinit(&request);
	}
}

static void a_redirect_of_a_redirect(void **state)
{
	static const char *const headers[] = {"Host: virtual", "Cookie: c", NULL};
	struct request first, second, third;
	struct target here, there;

	(void)state;
	build(&first, (struct vastar_settings)POSTED, headers);
	assert_int_equal(target_parse(&here, "http://h/1", NULL), 0);
	assert_int_equal(target_parse(&there, "http://g/2", NULL), 0);
	assert_int_equal(request_redirect(&second, &first, 307, &there, false, NULL), 0);
	assert_int_equal(request_redirect(&third, &second, 302, &here, true, NULL), 0);
	/* What the first redirect drops does not return. */
	assert_bytes("back home", &third, "GET /1 HTTP/1.1\r\n" USUAL_AT("h") "\r\n");
	request_deinit(&first);
	request_deinit(&second);
	request_deinit(&third);
	target_deinit(&here);
	target_deinit(&there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_become_bytes),
	    cmocka_unit_test(a_body_may_hold_any_byte),
	    cmocka_unit_test(methods_and_their_properties),
	    cmocka_unit_test(refused_settings_have_a_message),
	    cmocka_unit_test(a_head_above_a_mebibyte_is_refused),
	    cmocka_unit_test(redirected_requests),
	    cmocka_unit_test(a_redirect_of_a_redirect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
