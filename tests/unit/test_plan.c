/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/cpus.h"
#include "plan/check.h"
#include "plan/plan.h"

#define URL "http://127.0.0.1:8080/"
#define HOURS (3600 * NS_PER_S)

static struct vastar_settings defaults(void)
{
	struct vastar_settings settings;

	memset(&settings, 0xff, sizeof(settings));
	vastar_settings_init(&settings);
	settings.url = URL;
	return settings;
}

static void settings_start_with_their_documented_defaults(void **state)
{
	struct vastar_settings s = defaults();

	(void)state;
	assert_int_equal(s.size, sizeof(s));
	assert_int_equal(s.concurrency, 50);
	assert_int_equal(s.workers, 0);
	assert_int_equal(s.requests, 0);
	assert_int_equal(s.duration_ns, 0);
	assert_int_equal(s.timeout_ns, 20 * NS_PER_S);
	assert_int_equal(s.drain_cap_ns, 2 * NS_PER_S);
	assert_null(s.method);
	assert_null(s.body);
	assert_null(s.headers);
	assert_null(s.slo_target);
	assert_null(s.disabled_features);
	assert_false(s.disable_keepalive || s.disable_compression || s.disable_redirects || s.redirect_hosts);
	assert_int_equal(plan_check(&s, NULL), 0);
}

/* ---- refusals ---- */

/* Differences from the defaults. In `concurrency` 0 stands for the default, NONE for 0. */
#define NONE UINT32_MAX

static const char body_byte = 'x';

static const struct {
	struct vastar_settings s;
	const char *sentence;
} refusals[] = {
    {{.concurrency = NONE}, "concurrency (-c): 0 connections send nothing"},
    {{.concurrency = 200001}, "concurrency (-c): 200001 connections are too many (at most 200000)"},
    {{.workers = 1025}, "workers (-w): 1025 threads are too many (at most 1024)"},
    {{.requests = 49}, "requests (-n): 49 requests cannot keep 50 connections (-c) busy"},
    {{.requests = 200, .concurrency = 201}, "requests (-n): 200 requests cannot keep 201 connections"},
    {{.pipeline = 65},
     "pipeline (--pipeline): 65 requests at once on a connection are too many (at most 64)"},
    {{.pipeline = 2, .disable_keepalive = true}, "--pipeline and --disable-keepalive: "},
    {{.pipeline = 2, .connection_rate = 1}, "pipeline (--pipeline): requests on a schedule"},
    {{.pipeline = 2, .rate = 1000}, "pipeline (--pipeline): requests on a schedule"},
    {{.pipeline = 2, .ramp = "1..2:1s"}, "pipeline (--pipeline): requests on a schedule"},
    {{.pipeline = 2, .stages = "1:1s"}, "pipeline (--pipeline): requests on a schedule"},
    {{.pipeline = 2, .burst = "1:1s"}, "pipeline (--pipeline): requests on a schedule"},
    {{.pipeline = 4, .requests = 199},
     "requests (-n): 199 requests cannot keep 50 connections (-c) busy with 4 each"},
    {{.requests = (1ull << 53) + 1}, "requests (-n): 9007199254740993 are too many"},
    {{.duration_ns = 1000 * HOURS + 1}, "duration (-z): it is too long (at most 1000h)"},
    {{.timeout_ns = 1000 * HOURS + 1}, "timeout (-t): it is too long"},
    {{.drain_cap_ns = UINT64_MAX}, "drain cap (--drain-cap): it is too long"},
    {{.connection_rate = -0.1}, "rate (-q): it must be a number"},
    {{.connection_rate = INFINITY}, "rate (-q): it must be a number"},
    {{.connection_rate = NAN}, "rate (-q): it must be a number"},
    {{.connection_rate = 1000001}, "rate (-q): 1e+06 requests per second on each connection are too many"},
    {{.connection_rate = 1e-8}, "rate (-q): 1e-08 requests per second are too few"},
    {{.body_length = 1}, "body: it has a length but no bytes"},
    {{.body = &body_byte, .body_length = (1u << 30) + 1}, "body (-d, -D): 1073741825 bytes are too many"},
    {{.header_count = 1}, "headers: there is a count but no list"},
    {{.url = ""}, "URL: missing"},
    /* found by the parsers below vastar_plan_new() */
    {{.url = "ftp://h/"}, "URL: the scheme \"ftp\" is not supported"},
    {{.tls_min = "1.1"}, "--tls-min 1.1: not a version of TLS"},
    {{.tls_max = "tls1.3"}, "--tls-max tls1.3: not a version of TLS"},
    {{.tls_min = "1.3", .tls_max = "1.2"}, "--tls-min 1.3: above --tls-max 1.2"},
    {{.tls_key_file = "k"}, "--key: a key without its certificate"},
    {{.tls_password_file = "p"}, "--pass-file: it is for the key"},
    {{.slo_target = "p98=1s"}, "--slo-target: \"p98\""},
    {{.slo_target = ""}, "--slo-target: it is empty"},
    {{.method = "GE T"}, "method (-m): \"GE T\""},
};

static struct vastar_settings completed(struct vastar_settings s)
{
	s.size = sizeof(s);
	if (!s.url)
		s.url = URL;
	if (s.concurrency == NONE)
		s.concurrency = 0;
	else if (!s.concurrency)
		s.concurrency = 50;
	return s;
}

static void refused_settings_have_a_message_and_make_no_plan(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct vastar_settings s = completed(refusals[i].s);
		struct vastar_error err = {0};
		struct vastar_plan *plan = (void *)&err;

		if (vastar_plan_new(&s, &plan, &err) != -VASTAR_E_USAGE)
			fail_msg("not refused: %s", refusals[i].sentence);
		assert_int_equal(err.status, VASTAR_E_USAGE);
		if (strncmp(err.text, refusals[i].sentence, strlen(refusals[i].sentence)))
			fail_msg("%s instead of %s", err.text, refusals[i].sentence);
		assert_ptr_equal(plan, &err);
	}
}

static void no_url_at_all(void **state)
{
	struct vastar_settings s = defaults();
	struct vastar_error err;

	(void)state;
	s.url = NULL;
	assert_int_equal(plan_check(&s, &err), -VASTAR_E_USAGE);
	assert_string_equal(err.text, "URL: missing (for example http://localhost:8080/)");
}

/* The smallest and the largest accepted values. */
static const struct vastar_settings allowed[] = {
    {.concurrency = 1, .requests = 1},
    {.concurrency = 200000},
    {.concurrency = 50, .requests = 50},
    {.concurrency = 50, .requests = 1, .duration_ns = 1}, /* the count is ignored */
    {.pipeline = 64},
    {.pipeline = 4, .requests = 200},
    {.pipeline = 4, .requests = 1, .duration_ns = 1},
    {.pipeline = 1, .rate = 1000, .disable_keepalive = true},
    {.workers = 1024},
    {.requests = 1ull << 53},
    {.duration_ns = 1000 * HOURS, .timeout_ns = 1000 * HOURS, .drain_cap_ns = 1000 * HOURS},
    {.connection_rate = 1000000},
    {.connection_rate = 1.0 / (1000 * 3600)},
    {.body = &body_byte, .body_length = 1u << 30},
    {.body = &body_byte},
};

static void the_bounds_themselves_are_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		struct vastar_settings s = completed(allowed[i]);
		struct vastar_error err = {0};

		if (plan_check(&s, &err))
			fail_msg("%zu: %s", i, err.text);
	}
}

/* ---- workers ---- */

static void one_worker_for_128_connections_within_the_processors(void **state)
{
	static const struct {
		uint32_t connections, asked, cpus, workers;
	} counts[] = {
	    {1, 0, 8, 1},     {127, 0, 8, 1},	{128, 0, 8, 1},		 {255, 0, 8, 1},
	    {256, 0, 8, 2},   {1000, 0, 8, 7},	{1024, 0, 8, 8},	 {10000, 0, 8, 8},
	    {10000, 0, 1, 1}, {10000, 0, 0, 1}, {50, 4, 8, 4},		 {50, 4, 1, 4},
	    {3, 4, 8, 3},     {1, 1024, 8, 1},	{200000, 1024, 1, 1024}, {200000, 0, 2000, 1024},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		assert_int_equal(plan_worker_count(counts[i].connections, counts[i].asked, counts[i].cpus),
				 counts[i].workers);
}

static void workers_follow_the_affinity_of_the_process(void **state)
{
	cpu_set_t before, one;
	struct vastar_settings s = defaults();
	struct vastar_plan *plan;
	int cpu = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	while (!CPU_ISSET(cpu, &before))
		cpu++;
	s.concurrency = 100000;
	assert_int_equal(vastar_plan_new(&s, &plan, NULL), 0);
	assert_int_equal(plan->workers, cpus_usable() < 781 ? cpus_usable() : 781);
	vastar_plan_free(plan);

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(vastar_plan_new(&s, &plan, NULL), 0);
	assert_int_equal(plan->workers, 1);
	vastar_plan_free(plan);
	sched_setaffinity(0, sizeof(before), &before);
}

/* ---- plans ---- */

static void a_plan_keeps_nothing_of_the_settings(void **state)
{
	char url[] = "http://127.0.0.1:8080/p", method[] = "post", body[] = "abc", header[] = "X-A: b";
	char slo[] = "p99=1s", features[] = "all";
	const char *headers[] = {header};
	struct vastar_settings s = defaults();
	struct vastar_plan *plan;

	(void)state;
	s.url = url;
	s.method = method;
	s.body = body;
	s.body_length = 3;
	s.headers = headers;
	s.header_count = 1;
	s.slo_target = slo;
	s.disabled_features = features;
	assert_int_equal(vastar_plan_new(&s, &plan, NULL), 0);
	memset(url, '!', strlen(url));
	memset(method, '!', strlen(method));
	memset(body, '!', strlen(body));
	memset(header, '!', strlen(header));
	memset(slo, '!', strlen(slo));
	memset(features, '!', strlen(features));
	assert_string_equal(plan->url, "http://127.0.0.1:8080/p");
	assert_string_equal(plan->method, "POST");
	assert_string_equal(plan->target.path, "/p");
	assert_int_equal(plan->target.address_count, 1);
	assert_memory_equal(plan->request.bytes, "POST /p HTTP/1.1\r\n", 18);
	assert_memory_equal(plan->request.bytes + plan->request.length - 13, "X-A: b\r\n\r\nabc", 13);
	assert_int_equal(plan->slo.count, 1);
	assert_string_equal(plan->disabled_feature_names, "all");
	vastar_plan_free(plan);
	vastar_plan_free(NULL);
}

static void how_many_requests(void **state)
{
	static const struct {
		uint32_t connections;
		uint64_t asked, duration_ns, requests;
	} counts[] = {
	    {50, 0, 0, 200}, {200, 0, 0, 200}, {300, 0, 0, 300},       {1, 0, 0, 200},
	    {50, 70, 0, 70}, {50, 50, 0, 50},  {50, 0, 1, UINT64_MAX}, {50, 10, 1, UINT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct vastar_settings s = defaults();
		struct vastar_plan *plan;

		s.concurrency = counts[i].connections;
		s.requests = counts[i].asked;
		s.duration_ns = counts[i].duration_ns;
		assert_int_equal(vastar_plan_new(&s, &plan, NULL), 0);
		assert_int_equal(plan->requests, counts[i].requests);
		assert_int_equal(plan->duration_ns, counts[i].duration_ns);
		vastar_plan_free(plan);
	}
}

static void a_rate_becomes_a_gap(void **state)
{
	static const struct {
		double rate;
		enum pace_kind kind;
		uint64_t gap_ns;
	} gaps[] = {
	    {0, PACE_CLOSED, 0},
	    {1, PACE_CONNECTION, 1000000000},
	    {0.5, PACE_CONNECTION, 2000000000},
	    {3, PACE_CONNECTION, 333333333},
	    {7, PACE_CONNECTION, 142857143}, /* rounded, not cut */
	    {1000000, PACE_CONNECTION, 1000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		struct vastar_settings s = defaults();
		struct vastar_plan *plan;

		s.connection_rate = gaps[i].rate;
		assert_int_equal(vastar_plan_new(&s, &plan, NULL), 0);
		assert_int_equal(plan->pace.kind, gaps[i].kind);
		assert_int_equal(plan->pace.gap_ns, gaps[i].gap_ns);
		vastar_plan_free(plan);
	}
}

static void pipelining_follows_no_redirects_and_raises_the_default_count(void **state)
{
	static const struct {
		uint32_t pipeline, expected, connections;
		uint64_t requests;
	} cases[] = {
	    {0, 1, 50, 200}, {1, 1, 50, 200}, {4, 4, 50, 200}, {5, 5, 50, 250}, {64, 64, 200000, 12800000}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vastar_settings s = defaults();
		struct vastar_plan *plan;

		s.pipeline = cases[i].pipeline;
		s.concurrency = cases[i].connections;
		assert_int_equal(vastar_plan_new(&s, &plan, NULL), 0);
		assert_int_equal(plan->pipeline, cases[i].expected);
		assert_int_equal(plan->requests, cases[i].requests);
		assert_int_equal(plan->follow_redirects, cases[i].expected == 1);
		vastar_plan_free(plan);
	}
}

static void switches_go_into_the_plan(void **state)
{
	struct vastar_settings s = defaults();
	struct vastar_plan *plan;

	(void)state;
	assert_int_equal(vastar_plan_new(&s, &plan, NULL), 0);
	assert_true(plan->keepalive && plan->compression && plan->follow_redirects && !plan->redirect_hosts);
	assert_int_equal(plan->timeout_ns, 20 * NS_PER_S);
	assert_int_equal(plan->drain_cap_ns, 2 * NS_PER_S);
	assert_null(plan->disabled_feature_names);
	vastar_plan_free(plan);
	s.disable_keepalive = s.disable_compression = s.disable_redirects = s.redirect_hosts = true;
	s.timeout_ns = s.drain_cap_ns = 0;
	assert_int_equal(vastar_plan_new(&s, &plan, NULL), 0);
	assert_false(plan->keepalive || plan->compression || plan->follow_redirects || !plan->redirect_hosts);
	assert_int_equal(plan->timeout_ns, 0);
	assert_int_equal(plan->drain_cap_ns, 0);
	vastar_plan_free(plan);
}

static void settings_of_an_earlier_header_are_accepted_of_a_later_one_refused(void **state)
{
	struct vastar_settings s = defaults();
	struct vastar_plan *plan;
	struct vastar_error err;

	(void)state;
	s.disabled_features = "nonsense behind the end of the earlier struct";
	s.size = offsetof(struct vastar_settings, disabled_features);
	assert_int_equal(vastar_plan_new(&s, &plan, &err), 0);
	assert_null(plan->disabled_feature_names);
	vastar_plan_free(plan);
	s.size = sizeof(s) + 1;
	assert_int_equal(vastar_plan_new(&s, &plan, &err), -VASTAR_E_USAGE);
	assert_non_null(strstr(err.text, "settings: their size is "));
	s.size = 0; /* never initialised */
	assert_int_equal(vastar_plan_new(&s, &plan, &err), -VASTAR_E_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_start_with_their_documented_defaults),
	    cmocka_unit_test(refused_settings_have_a_message_and_make_no_plan),
	    cmocka_unit_test(no_url_at_all),
	    cmocka_unit_test(the_bounds_themselves_are_allowed),
	    cmocka_unit_test(one_worker_for_128_connections_within_the_processors),
	    cmocka_unit_test(workers_follow_the_affinity_of_the_process),
	    cmocka_unit_test(a_plan_keeps_nothing_of_the_settings),
	    cmocka_unit_test(how_many_requests),
	    cmocka_unit_test(a_rate_becomes_a_gap),
	    cmocka_unit_test(pipelining_follows_no_redirects_and_raises_the_default_count),
	    cmocka_unit_test(switches_go_into_the_plan),
	    cmocka_unit_test(settings_of_an_earlier_header_are_accepted_of_a_later_one_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
