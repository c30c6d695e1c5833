/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/no_proxy.h"
#include "plan/plan.h"

/* ---- NO_PROXY ---- */

/* As in curl's manual. curl 7.88.1 behaves the same except for IPv6 networks and where a comment says so. */
static void test_no_proxy(void **state)
{
	static const struct {
		const char *list, *host;
		bool names;
	} cases[] = {
	    {"", "a.test", false},
	    {"*", "a.test", true},
	    {"*", "127.0.0.1", true},
	    {"x,*", "a.test", false}, /* only by itself */
	    {"* ", "a.test", false},
	    {"*.test", "a.test", false},
	    {"a.test", "a.test", true},
	    {"A.Test", "a.test", true},
	    {".a.test", "a.test", true},
	    {"a.test.", "a.test", true},
	    {"a.test", "a.test.", true},
	    {"a.test", "b.a.test", true},
	    {"a.test", "ba.test", false},
	    {"b.a.test", "a.test", false},
	    {"..a.test", "a.test", false},
	    {"a.test:80", "a.test", false},
	    {"x,a.test", "a.test", true},
	    {" x , a.test ", "a.test", true},
	    {"x a.test", "a.test", true},
	    {",,a.test", "a.test", true},
	    {".", "a.test", false},
	    {"127.0.0.1", "127.0.0.1", true},
	    {"127.0.0.1", "127.0.0.11", false},
	    {"127.0.0", "127.0.0.1", false},
	    {".0.0.1", "127.0.0.1", false}, /* no domain contains an address */
	    {"10.0.0.0/8", "10.1.2.3", true},
	    {"10.0.0.0/8", "11.1.2.3", false},
	    {"10.1.2.4/31", "10.1.2.5", true},
	    {"10.1.2.4/31", "10.1.2.6", false},
	    {"10.1.2.3/32", "10.1.2.3", true},
	    {"10.1.2.3/33", "10.1.2.3", false},
	    {"10.1.2.3/", "10.1.2.3", false}, /* curl reads it as /32 */
	    {"10.1.2.3/-1", "10.1.2.3", false},
	    {"10.1.2.3/8x", "10.1.2.3", false},
	    {"0.0.0.0/0", "10.1.2.3", true}, /* curl reads it as /32 */
	    {"10.0.0.0/8", "a.test", false},
	    {"::1", "::1", true},
	    {"0:0::1", "::1", true},
	    {"[::1]", "::1", false},
	    {"fd00::/8", "fd12::1", true},
	    {"fd00::/8", "fe80::1", false},
	    {"fe80::/10", "fe80::1%eth0", true},
	    {"fe80::/129", "fe80::1", false},
	    {"10.0.0.0/8", "fe80::1", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (no_proxy_names(cases[i].list, cases[i].host) != cases[i].names)
			fail_msg("\"%s\" and %s", cases[i].list, cases[i].host);
}

/* ---- which proxy ---- */

static const char *const variables[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
					"all_proxy",  "ALL_PROXY",  "no_proxy",	   "NO_PROXY"};

enum { VARIABLES = sizeof(variables) / sizeof(*variables) };

static void set_variables(const char *const values[VARIABLES])
{
	for (size_t i = 0; i < VARIABLES; i++) {
		unsetenv(variables[i]);
		if (values && values[i])
			setenv(variables[i], values[i], 1);
	}
}

static int plan_of(struct vastar_plan **planp, const char *url, const char *proxy, const char *no_proxy,
		   struct vastar_error *err)
{
	struct vastar_settings settings;

	vastar_settings_init(&settings);
	settings.url = url;
	settings.proxy = proxy;
	settings.no_proxy = no_proxy;
	settings.proxy_environment = true;
	return vastar_plan_new(&settings, planp, err);
}

static void test_choice(void **state)
{
	static const struct {
		const char *values[VARIABLES];
		const char *proxy, *no_proxy, *url;
		const char *found, *source; /* NULL: none */
	} cases[] = {
	    {{0}, NULL, NULL, "http://127.0.0.1/", NULL, NULL},
	    {{0}, "127.0.0.2", NULL, "http://127.0.0.1/", "http://127.0.0.2:1080", "-x"},
	    {{0}, "http://[::1]:3128/", NULL, "http://127.0.0.1/", "http://[::1]:3128", "-x"},
	    {{0}, "HTTP://u:p@127.0.0.2:81", NULL, "http://127.0.0.1/", "http://127.0.0.2:81", "-x"},
	    {{"127.0.0.2:1"}, "127.0.0.3:1", NULL, "http://127.0.0.1/", "http://127.0.0.3:1", "-x"},
	    {{"127.0.0.2:1"}, "", NULL, "http://127.0.0.1/", NULL, NULL},
	    {{"127.0.0.2:1"}, NULL, NULL, "http://127.0.0.1/", "http://127.0.0.2:1", "http_proxy"},
	    {{[1] = "127.0.0.2:1"}, NULL, NULL, "http://127.0.0.1/", NULL, NULL},
	    {{[2] = "127.0.0.2:1", [3] = "127.0.0.2:2"}, NULL, NULL, "http://127.0.0.1/", NULL, NULL},
	    {{[4] = "127.0.0.2:1"}, NULL, NULL, "http://127.0.0.1/", "http://127.0.0.2:1", "all_proxy"},
	    {{"", [5] = "127.0.0.2:1"}, NULL, NULL, "http://127.0.0.1/", "http://127.0.0.2:1", "ALL_PROXY"},
	    {{"127.0.0.2:1", [6] = "127.0.0.0/24"}, NULL, NULL, "http://127.0.0.1/", NULL, NULL},
	    {{"127.0.0.2:1", [7] = "*"}, NULL, NULL, "http://127.0.0.1/", NULL, NULL},
	    {{"127.0.0.2:1", [6] = "x", [7] = "*"},
	     NULL,
	     NULL,
	     "http://127.0.0.1/",
	     "http://127.0.0.2:1",
	     "http_proxy"},
	    {{[7] = "*"}, "127.0.0.2:1", NULL, "http://127.0.0.1/", NULL, NULL},
	    {{[7] = "*"}, "127.0.0.2:1", "", "http://127.0.0.1/", "http://127.0.0.2:1", "-x"},
	    {{"127.0.0.2:1"}, NULL, "127.0.0.1", "http://127.0.0.1/", NULL, NULL},
	    {{"socks5://127.0.0.2:1"}, NULL, "*", "http://127.0.0.1/", NULL, NULL}, /* not needed */
	    {{[2] = "socks5://127.0.0.2:1"}, NULL, NULL, "http://127.0.0.1/", NULL, NULL},
#ifdef HAVE_TLS
	    {{"127.0.0.2:1", [2] = "127.0.0.2:2"},
	     NULL,
	     NULL,
	     "https://127.0.0.1/",
	     "http://127.0.0.2:2",
	     "https_proxy"},
	    {{[3] = "127.0.0.2:2", [4] = "127.0.0.2:3"},
	     NULL,
	     NULL,
	     "https://127.0.0.1/",
	     "http://127.0.0.2:2",
	     "HTTPS_PROXY"},
	    {{0}, "127.0.0.2:1", NULL, "https://127.0.0.1/", "http://127.0.0.2:1", "-x"},
#endif
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct vastar_plan *plan;
		struct vastar_error err;

		set_variables(cases[i].values);
		if (plan_of(&plan, cases[i].url, cases[i].proxy, cases[i].no_proxy, &err))
			fail_msg("case %zu: %s", i, err.text);
		if (!cases[i].found != !plan->proxy_url || !cases[i].found != !plan->target.proxy ||
		    (cases[i].found && (strcmp(plan->proxy_url, cases[i].found) != 0 ||
					strcmp(plan->proxy_source, cases[i].source) != 0)))
			fail_msg("case %zu: %s from %s", i, plan->proxy_url ? plan->proxy_url : "none",
				 plan->proxy_source ? plan->proxy_source : "nowhere");
		vastar_plan_free(plan);
	}
	set_variables(NULL);
}

static void test_environment_is_used(void **state)
{
	static const char *const values[VARIABLES] = {"127.0.0.2:1", [7] = "*"};
	struct vastar_settings settings;
	struct vastar_plan *plan;
	struct vastar_error err;

	(void)state;
	set_variables(values);
	vastar_settings_init(&settings);
	settings.url = "http://127.0.0.1/";
	assert_int_equal(vastar_plan_new(&settings, &plan, &err), 0);
	assert_null(plan->target.proxy);
	vastar_plan_free(plan);
	settings.proxy = "127.0.0.3:1";
	assert_int_equal(vastar_plan_new(&settings, &plan, &err), 0);
	assert_non_null(plan->target.proxy);
	vastar_plan_free(plan);
	set_variables(NULL);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *proxy, *variable, *url, *sentence;
	} cases[] = {
	    {"socks5://h:1", NULL, "http://127.0.0.1/",
	     "proxy (-x): \"socks5:\" is not a kind of proxy that vastar supports"},
	    {"https://h:1", NULL, "http://127.0.0.1/", "proxy (-x): \"https:\" is not a kind of proxy"},
	    {NULL, "socks5h://h:1", "http://127.0.0.1/", "proxy (http_proxy): \"socks5h:\" is not a kind"},
	    {"http://h:0", NULL, "http://127.0.0.1/", "proxy (-x): port \"0\" is not a number"},
	    {"http://", NULL, "http://127.0.0.1/", "proxy (-x): it names no host"},
	    {"http://u:p@:80", NULL, "http://127.0.0.1/", "proxy (-x): it names no host"},
	    {"http://u:p/q@h:1", NULL, "http://127.0.0.1/", "proxy (-x): its user or password has a \"/\""},
	    {"http://u:%00@h:1", NULL, "http://127.0.0.1/",
	     "proxy (-x): its user or password has a control character"},
	    {"http://u:p @h:1", NULL, "http://127.0.0.1/", "proxy (-x): it has a blank"},
	    {"http://h:1", NULL, "unix:/run/x", "-x: a Unix socket is not reached through a proxy"},
	    {"http://no-such-host.invalid:1", NULL, "http://127.0.0.1/",
	     "proxy no-such-host.invalid: the host has no address"},
	};
	const char *values[VARIABLES] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct vastar_plan *plan;
		struct vastar_error err;

		values[0] = cases[i].variable;
		set_variables(values);
		assert_int_not_equal(plan_of(&plan, cases[i].url, cases[i].proxy, NULL, &err), 0);
		if (!strstr(err.text, cases[i].sentence))
			fail_msg("%s: %s", cases[i].sentence, err.text);
	}
	set_variables(NULL);
}

/* ---- what is sent ---- */

static bool request_has(const struct vastar_plan *plan, const char *part)
{
	return memmem(plan->request.bytes, plan->request.head_length, part, strlen(part)) != NULL;
}

static void test_absolute_form(void **state)
{
	struct vastar_plan *plan;
	struct vastar_error err;

	(void)state;
	assert_int_equal(plan_of(&plan, "http://a.test:81/p?q", "http://u%40v:p%3Aq@127.0.0.2:1", NULL, &err),
			 0);
	assert_memory_equal(plan->request.bytes, "GET http://a.test:81/p?q HTTP/1.1\r\nHost: a.test:81\r\n",
			    51);
	assert_true(request_has(plan, "\r\nProxy-Authorization: Basic dUB2OnA6cQ==\r\n"));
	assert_null(plan->target.tunnel);
	assert_int_equal(plan->target.address_count, 1); /* of the proxy: a.test has none */
	vastar_plan_free(plan);
	/* A user alone has an empty password. */
	assert_int_equal(plan_of(&plan, "http://a.test/", "http://u@127.0.0.2:1", NULL, &err), 0);
	assert_true(request_has(plan, "\r\nProxy-Authorization: Basic dTo=\r\n"));
	vastar_plan_free(plan);
}

static void test_tunnel(void **state)
{
#ifdef HAVE_TLS
	static const struct {
		const char *url, *host;
	} cases[] = {{"https://a.test/p", "a.test:443"}, {"https://[::1]:8443/p", "[::1]:8443"}};

	for (size_t i = 0; i < 2; i++) {
		struct vastar_plan *plan;
		struct vastar_error err;
		char expected[200];

		assert_int_equal(plan_of(&plan, cases[i].url, "http://u:p@127.0.0.2:1", NULL, &err), 0);
		snprintf(expected, sizeof(expected),
			 "CONNECT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: vastar/" VASTAR_VERSION
			 "\r\nProxy-Authorization: Basic dTpw\r\n\r\n",
			 cases[i].host, cases[i].host);
		assert_string_equal(plan->target.tunnel, expected);
		assert_memory_equal(plan->request.bytes, "GET /p HTTP/1.1\r\n", 17);
		assert_false(request_has(plan, "Proxy-Authorization"));
		vastar_plan_free(plan);
	}
#endif
	(void)state;
}

/* ---- redirects ---- */

/* The request after a redirect from the plan's request to `location`. */
static void redirect(const struct vastar_plan *plan, const char *location, bool same_host,
		     struct request *request)
{
	struct target target = {0};

	assert_int_equal(target_join(&target, &plan->target, location), TARGET_FOLLOW);
	assert_int_equal(proxies_choose(&plan->proxies, &target, NULL), 0);
	assert_int_equal(request_redirect(request, &plan->request, 302, &target, same_host, NULL), 0);
	target_deinit(&target);
}

static bool head_has(const struct request *request, const char *part)
{
	return memmem(request->bytes, request->head_length, part, strlen(part)) != NULL;
}

static void test_redirects(void **state)
{
	static const char auth[] = "\r\nProxy-Authorization: Basic dTpw\r\n";
	struct request request;
	struct vastar_plan *plan;
	struct vastar_error err;

	(void)state;
	assert_int_equal(plan_of(&plan, "http://a.test/p", "http://u:p@127.0.0.2:1", "direct.test", &err), 0);
	redirect(plan, "/q", true, &request);
	assert_memory_equal(request.bytes, "GET http://a.test/q HTTP/1.1\r\n", 30);
	assert_true(head_has(&request, auth));
	request_deinit(&request);
	redirect(plan, "http://b.test/q", false, &request); /* another host, but the same proxy */
	assert_memory_equal(request.bytes, "GET http://b.test/q HTTP/1.1\r\n", 30);
	assert_true(head_has(&request, auth));
	request_deinit(&request);
	redirect(plan, "http://direct.test/q", false, &request);
	assert_memory_equal(request.bytes, "GET /q HTTP/1.1\r\n", 17);
	assert_false(head_has(&request, auth));
	request_deinit(&request);
#ifdef HAVE_TLS
	redirect(plan, "https://a.test/q", true, &request); /* the target is behind the proxy */
	assert_memory_equal(request.bytes, "GET /q HTTP/1.1\r\n", 17);
	assert_false(head_has(&request, auth));
	request_deinit(&request);
	vastar_plan_free(plan);
	assert_int_equal(plan_of(&plan, "https://a.test/p", "http://u:p@127.0.0.2:1", NULL, &err), 0);
	redirect(plan, "http://a.test/q", true, &request);
	assert_memory_equal(request.bytes, "GET http://a.test/q HTTP/1.1\r\n", 30);
	assert_true(head_has(&request, auth));
	request_deinit(&request);
#endif
	vastar_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_proxy),
	    cmocka_unit_test(test_choice),
	    cmocka_unit_test(test_environment_is_used),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_absolute_form),
	    cmocka_unit_test(test_tunnel),
	    cmocka_unit_test(test_redirects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
