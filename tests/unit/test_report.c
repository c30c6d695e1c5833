/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>

#include "report/format.h"
#include "report/formats.h"
#include "report/histogram.h"
#include "report/insight.h"
#include "report/json/json.h"
#include "report/text/text.h"
#include "report_fixture.h"

/* ---- numbers ---- */

static void seconds_have_four_decimals_or_four_significant_digits(void **state)
{
	(void)state;
	assert_string_equal(fmt_seconds(0).s, "0.0000");
	assert_string_equal(fmt_seconds(0.5027).s, "0.5027");
	assert_string_equal(fmt_seconds(123.45678).s, "123.4568");
	assert_string_equal(fmt_seconds(0.0012).s, "0.0012");
	assert_string_equal(fmt_seconds(0.001).s, "0.0010");
	assert_string_equal(fmt_seconds(0.00003).s, "0.0000");
}

static void times_have_four_significant_digits_and_a_unit(void **state)
{
	(void)state;
	assert_string_equal(fmt_time(0).s, "0");
	assert_string_equal(fmt_time(0.000000041).s, "41 ns");
	assert_string_equal(fmt_time(0.00001234).s, "12.34 us");
	assert_string_equal(fmt_time(0.001).s, "1.000 ms");
	assert_string_equal(fmt_time(0.99999).s, "1.000 s");
	assert_string_equal(fmt_time(0.4321).s, "432.1 ms");
	assert_string_equal(fmt_time(12345.6).s, "12346 s");
}

static void large_numbers_are_grouped(void **state)
{
	(void)state;
	assert_string_equal(fmt_rate(0.5).s, "0.5");
	assert_string_equal(fmt_rate(99999).s, "99999");
	assert_string_equal(fmt_rate(1000000).s, "1000000");
	assert_string_equal(fmt_grouped(0).s, "0");
	assert_string_equal(fmt_grouped(7.5).s, "7.50");
	assert_string_equal(fmt_grouped(999).s, "999");
	assert_string_equal(fmt_grouped(77841.2).s, "77,841");
	assert_string_equal(fmt_grouped(1e18).s, "1,000,000,000,000,000,000");
}

static void instants_are_rfc_3339(void **state)
{
	(void)state;
	assert_string_equal(fmt_instant(1700000000, 42).s, "2023-11-14T22:13:20.042Z");
	assert_string_equal(fmt_instant(0, -1).s, "1970-01-01T00:00:00Z");
}

static void milliseconds_stay_readable_at_every_size(void **state)
{
	(void)state;
	assert_string_equal(fmt_short(0.04881).s, "48.81ms");
	assert_string_equal(fmt_short(0.000009532).s, "9.53us");
	assert_string_equal(fmt_short(0.0003412).s, "341.2us");
	assert_string_equal(fmt_short(0.00000085).s, "850ns");
	assert_string_equal(fmt_short(1.5).s, "1.50s");
	assert_string_equal(fmt_short(0).s, "0s");
	/* never more than four digits, on either side of a limit */
	assert_string_equal(fmt_short(9.994e-6).s, "9.99us");
	assert_string_equal(fmt_short(9.9996e-6).s, "10.00us");
	assert_string_equal(fmt_short(99.94e-6).s, "99.94us");
	assert_string_equal(fmt_short(99.996e-6).s, "100.0us");
	assert_string_equal(fmt_short(999.94e-6).s, "999.9us");
	assert_string_equal(fmt_short(999.96e-6).s, "1.00ms");
	assert_string_equal(fmt_short(999.6e-9).s, "1.00us");
	assert_string_equal(fmt_short(999.97).s, "1000s");
	assert_string_equal(fmt_short(9999.4).s, "9999s");
	assert_string_equal(fmt_short(12000).s, "200min");
	assert_string_equal(fmt_limit(0.0217).s, "21.7ms");
	assert_string_equal(fmt_limit(0.121).s, "121ms");
	assert_string_equal(fmt_limit(12.345).s, "12.3s");
	assert_string_equal(fmt_limit(0.0000341).s, "34.1us");
	assert_string_equal(fmt_limit(0.00999).s, "9.99ms");
	assert_string_equal(fmt_limit(0.09996).s, "100ms");
	assert_string_equal(fmt_limit(0.0009996).s, "1.00ms");
	assert_string_equal(fmt_limit(0).s, "0s");
	assert_string_equal(fmt_digits(0.0200512, 6).s, "20.0512ms");
}

static void durations_are_exact(void **state)
{
	(void)state;
	assert_string_equal(fmt_duration(0).s, "0s");
	assert_string_equal(fmt_duration(250000000).s, "250ms");
	assert_string_equal(fmt_duration(70500000).s, "70.5ms");
	assert_string_equal(fmt_duration(1500000000).s, "1.5s");
	assert_string_equal(fmt_duration(1000000000).s, "1s");
	assert_string_equal(fmt_duration(1001).s, "1.001us");
	assert_string_equal(fmt_duration(7).s, "7ns");
	assert_string_equal(fmt_duration(3600000000000ull).s, "3600s");
	assert_string_equal(fmt_percent(99.9).s, "p99.9");
	assert_string_equal(fmt_percent(50).s, "p50");
}

static char *captured(void (*print)(FILE *out))
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	print(out);
	fclose(out);
	return text;
}

static void print_hostile(FILE *out)
{
	fmt_escaped(out, "a\x1b[31m\n\x7f\xc2\x9b z");
}

static void print_words(FILE *out)
{
	fmt_wrapped(out, "one two \x1b three four", 5, 2, 16);
}

static void text_of_a_peer_cannot_control_the_terminal(void **state)
{
	char *text = captured(print_hostile);

	(void)state;
	assert_string_equal(text, "a\\x1b[31m\\x0a\\x7f\\xc2\\x9b z");
	free(text);
	text = captured(print_words);
	assert_string_equal(text, "one two ?\n  three four\n");
	free(text);
}

/* ---- bars ---- */

static struct hist *hist_new(void)
{
	struct hist *hist = calloc(1, sizeof(*hist));

	assert_non_null(hist);
	hist_init(hist);
	return hist;
}

static uint64_t total_of(const struct bars *bars)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < bars->count; i++)
		total += bars->bars[i].count;
	return total;
}

static void bars_add_up_and_join_whatever_their_number(void **state)
{
	struct hist *hist = hist_new();
	struct bars bars;

	(void)state;
	for (uint64_t i = 0; i < 10000; i++)
		hist_record(hist, 1200000 + i * i);
	for (unsigned count = 1; count <= BARS_MAX + 1; count++) {
		bars_make(&bars, hist, count);
		assert_int_equal(bars.count, count < BARS_MAX ? count : BARS_MAX);
		assert_int_equal(total_of(&bars), hist->count);
		assert_true(bars.bars[0].from_ns == (double)hist->min_ns);
		assert_true(bars.bars[bars.count - 1].to_ns == (double)hist->max_ns);
		for (unsigned i = 1; i < bars.count; i++)
			assert_true(bars.bars[i].from_ns == bars.bars[i - 1].to_ns);
	}
	bars_make(&bars, hist, 0);
	assert_int_equal(bars.count, BARS_DEFAULT);
	free(hist);
}

static void records_are_in_the_bar_of_their_value(void **state)
{
	struct hist *hist = hist_new();
	struct bars bars;

	(void)state;
	for (uint64_t i = 0; i <= 100; i++)
		hist_record(hist, i);
	bars_make(&bars, hist, 10);
	assert_false(bars.logarithmic);
	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(bars.bars[i].count, 10);
	assert_int_equal(bars.bars[9].count, 11); /* with the maximum */
	free(hist);
}

static void one_outlier_makes_bars_logarithmic(void **state)
{
	struct hist *hist = hist_new();
	struct bars bars;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		hist_record(hist, 1000000 + i * 10000);
	bars_make(&bars, hist, 11);
	assert_false(bars.logarithmic);
	hist_record(hist, 5000000000ull);
	bars_make(&bars, hist, 11);
	assert_true(bars.logarithmic);
	assert_true(bars.split_percent == 0);
	assert_true(bars.folded > 0.99);
	assert_int_equal(total_of(&bars), 1001);
	assert_int_equal(bars.bars[10].count, 1);
	for (unsigned i = 2; i < 11; i++) {
		double before = bars.bars[i - 1].from_ns / bars.bars[i - 2].from_ns;

		assert_true(fabs(bars.bars[i].from_ns / bars.bars[i - 1].from_ns - before) < 1e-6);
	}
	free(hist);
}

static void an_outlier_too_far_for_logarithms_gets_its_own_bar(void **state)
{
	struct hist *hist = hist_new();
	struct bars bars;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		hist_record(hist, 5000000 + i * 300);
	hist_record(hist, 5000000000ull);
	bars_make(&bars, hist, 11);
	assert_true(bars.logarithmic);
	assert_true(bars.split_percent == 99.9);
	assert_int_equal(total_of(&bars), 1001);
	assert_int_equal(bars.bars[10].count, 1);
	assert_true(bars.bars[10].from_ns > 5299000 && bars.bars[10].from_ns < 5310000);
	for (unsigned i = 0; i < 10; i++)
		assert_true(bars.bars[i].count > 50 && bars.bars[i].count < 150);
	free(hist);
}

static void equal_responses_show_no_difference(void **state)
{
	struct hist *hist = hist_new();
	struct bars bars;

	(void)state;
	hist_record_n(hist, 1000000000, 1000);
	hist_record(hist, 1010000000);
	bars_make(&bars, hist, 11);
	assert_false(bars.logarithmic);
	assert_int_equal(total_of(&bars), 1001);
	hist_record(hist, 3000000000);
	bars_make(&bars, hist, 11);
	assert_true(bars.logarithmic);
	assert_int_equal(total_of(&bars), 1002);
	assert_int_equal(bars.bars[10].count, 1);
	free(hist);
}

static void extreme_histograms_make_sane_bars(void **state)
{
	struct hist *hist = hist_new();
	struct bars bars;

	(void)state;
	bars_make(&bars, hist, 11);
	assert_int_equal(bars.count, 0);
	hist_record_n(hist, 0, 5);
	bars_make(&bars, hist, 11);
	assert_int_equal(bars.count, 1);
	assert_int_equal(total_of(&bars), 5);
	hist_record(hist, 3);
	bars_make(&bars, hist, 11);
	assert_int_equal(bars.count, 3);
	assert_int_equal(total_of(&bars), 6);
	hist_record_n(hist, 1ull << 62, 100);
	bars_make(&bars, hist, 11);
	assert_int_equal(total_of(&bars), 106);
	free(hist);
}

/* ---- insights ---- */

static const struct insight *insight_find(const struct insight *insights, unsigned count, const char *metric)
{
	for (unsigned i = 0; i < count; i++) {
		if (!strcmp(insights[i].metric, metric))
			return &insights[i];
	}
	return NULL;
}

/* The insights of a run with this share of 503 responses and a worker this busy, on 2 usable processors. */
static struct insight said(const char *metric, unsigned bad_of_1000, double busy, uint32_t workers)
{
	struct shard *shard = shard_new();
	struct run_facts facts = {
	    .total_ns = 1000000000, .connections = 50, .usable_cpus = 2, .workers = workers};
	struct insight insights[INSIGHTS_MAX], found;
	struct result *result;

	facts.cpu_busy = calloc(workers, sizeof(double));
	facts.cpu_busy[0] = busy;
	for (unsigned i = 0; i < 1000; i++) {
		struct exchange_times times = {1, 1, 1, 1001, 1001};

		shard_response(shard, &times, 1, i < bad_of_1000 ? 503 : 200, 0, false);
	}
	result = result_new(&shard, 1, &facts);
	unsigned count = insights_of(result, insights);
	const struct insight *insight = insight_find(insights, count, metric);

	assert_non_null(insight);
	found = *insight;
	shard_free(shard);
	result_free(result);
	return found;
}

static void error_responses_count_as_errors(void **state)
{
	(void)state;
	assert_int_equal(said("error_rate", 0, 0, 1).severity, SEVERITY_OK);
	assert_int_equal(said("error_rate", 1, 0, 1).severity, SEVERITY_NOTICE);
	assert_int_equal(said("error_rate", 10, 0, 1).severity, SEVERITY_WARNING);
	assert_int_equal(said("error_rate", 11, 0, 1).severity, SEVERITY_CRITICAL);
	assert_true(fabs(said("error_rate", 870, 0, 1).value - 0.87) < 1e-12);
}

/* The insights of a client that used 30 % of a processor and was held back by `held`. */
static struct insight said_when(struct held held)
{
	struct shard *shard = shard_new();
	struct run_facts facts = {.total_ns = 1000000000, .connections = 50, .usable_cpus = 2, .workers = 1};
	struct insight insights[INSIGHTS_MAX], found;
	struct exchange_times times = {1, 1, 1, 1001, 1001};
	struct result *result;

	facts.held = held;
	facts.cpu_busy = calloc(1, sizeof(double));
	facts.cpu_busy[0] = 0.3;
	shard_response(shard, &times, 1, 200, 0, false);
	result = result_new(&shard, 1, &facts);
	found = *insight_find(insights, insights_of(result, insights), "client_busy");
	shard_free(shard);
	result_free(result);
	return found;
}

static void a_client_that_was_held_back_was_not_idle(void **state)
{
	struct insight insight = said_when((struct held){.quota = 0.3, .throttled = 0.68});

	(void)state;
	assert_int_equal(insight.severity, SEVERITY_CRITICAL);
	assert_string_equal(insight.text, "its control group held vastar back");
	assert_true(fabs(insight.value - 0.3 / 0.32) < 1e-9);
	insight = said_when((struct held){.stolen = 0.2});
	assert_string_equal(insight.text, "the hypervisor held vastar back");
	insight = said_when((struct held){.run_delay = 0.4, .wait_s = 0.001, .server_here = true});
	assert_int_equal(insight.severity, SEVERITY_CRITICAL);
	assert_string_equal(insight.text, "vastar had to wait for a processor");
	insight = said_when((struct held){.run_delay = 0.4, .wait_s = 0.00001, .server_here = true});
	assert_int_equal(insight.severity, SEVERITY_NOTICE);
	assert_string_equal(insight.text, "vastar shared its processors and waited");
	insight = said_when((struct held){.throttled = 0.01, .run_delay = NAN});
	assert_int_equal(insight.severity, SEVERITY_OK);
}

static void a_busy_client_is_named_with_a_remedy(void **state)
{
	(void)state;
	assert_int_equal(said("client_busy", 0, 0.60, 1).severity, SEVERITY_OK);
	assert_int_equal(said("client_busy", 0, 0.80, 1).severity, SEVERITY_NOTICE);
	assert_int_equal(said("client_busy", 0, 0.81, 1).severity, SEVERITY_CRITICAL);
	assert_string_equal(said("client_busy", 0, 0.81, 1).text, "vastar may be the limit: add workers");
	assert_null(strstr(said("client_busy", 0, 0.81, 2).text, "add workers"));
}

/* 900 responses of 1 us, 80 of x, 20 of y: p50 1, p95 x, p99 y. */
static enum severity severity_of_ratio(const char *metric, double x, double y)
{
	struct shard *shard = shard_new();
	struct run_facts facts = {.total_ns = 1000000000};
	struct insight insights[INSIGHTS_MAX];
	struct result *result;
	enum severity severity;

	hist_record_n(&shard->latency, 1000, 900);
	hist_record_n(&shard->latency, (uint64_t)(x * 1000), 80);
	hist_record_n(&shard->latency, (uint64_t)(y * 1000), 20);
	shard->responses = 1000;
	result = result_new(&shard, 1, &facts);
	unsigned count = insights_of(result, insights);

	severity = insight_find(insights, count, metric)->severity;
	assert_int_equal(insight_find(insights, count, metric)->weak, !strcmp(metric, "outlier_ratio"));
	shard_free(shard);
	result_free(result);
	return severity;
}

static void ratios_are_judged_by_their_thresholds(void **state)
{
	(void)state;
	assert_int_equal(severity_of_ratio("latency_spread", 1.1, 1.9), SEVERITY_OK);
	assert_int_equal(severity_of_ratio("latency_spread", 1.1, 3.9), SEVERITY_NOTICE);
	assert_int_equal(severity_of_ratio("latency_spread", 1.1, 6.9), SEVERITY_WARNING);
	assert_int_equal(severity_of_ratio("latency_spread", 1.1, 7.1), SEVERITY_CRITICAL);
	assert_int_equal(severity_of_ratio("tail_ratio", 1.0, 1.5), SEVERITY_OK);
	assert_int_equal(severity_of_ratio("tail_ratio", 1.0, 6.1), SEVERITY_CRITICAL);
	assert_int_equal(severity_of_ratio("queue_ratio", 1.9, 5), SEVERITY_OK);
	assert_int_equal(severity_of_ratio("queue_ratio", 4.4, 5), SEVERITY_WARNING);
	assert_int_equal(severity_of_ratio("outlier_ratio", 1, 9), SEVERITY_OK);
}

/* What is said of `count` responses, one after the other from 1 ms on, of a run that took this long. */
static unsigned said_of_run(unsigned count, uint64_t total_ns, struct insight insights[INSIGHTS_MAX],
			    struct insight_text *next)
{
	struct shard *shard = shard_new();
	struct run_facts facts = {.total_ns = total_ns, .connections = 50, .usable_cpus = 2, .workers = 1};
	struct result *result;
	unsigned said_count;

	facts.cpu_busy = calloc(1, sizeof(double));
	facts.cpu_busy[0] = 0.95;
	for (unsigned i = 0; i < count; i++) {
		struct exchange_times times = {1, 1, 1, 1001 + 1000000, 1001 + 1000000 + i};

		shard_response(shard, &times, 1, 200, 0, false);
	}
	result = result_new(&shard, 1, &facts);
	assert_int_equal(result->verdict, total_ns < 50000000 ? VERDICT_OK : VERDICT_CLIENT_LIMITED);
	said_count = insights_of(result, insights);
	*next = insight_next(result);
	shard_free(shard);
	result_free(result);
	return said_count;
}

static void a_run_too_short_to_judge_says_so(void **state)
{
	struct insight insights[INSIGHTS_MAX];
	struct insight_text next;

	(void)state;
	assert_int_equal(said_of_run(5000, 49999999, insights, &next), 2);
	assert_string_equal(insights[0].metric, "sample");
	assert_string_equal(insight_value(&insights[0]).s, "5000");
	assert_string_equal(insights[0].text, "in 50.00ms: too short to judge latencies or vastar");
	assert_string_equal(insights[1].metric, "error_rate");
	assert_string_equal(next.s, "run longer: 5000 responses in 50.00ms say little (-z 10s)");
	/* long enough for vastar's processors, not for percentiles */
	assert_int_equal(said_of_run(999, 2000000000, insights, &next), 3);
	assert_string_equal(insights[0].text, "in 2.00s: too short to judge latencies");
	assert_string_equal(insights[2].metric, "client_busy");
	assert_string_equal(next.s, "run longer: 999 responses in 2.00s say little (-z 10s)");
	assert_int_equal(said_of_run(1000, 50000000, insights, &next), 6);
	assert_string_equal(insights[0].metric, "latency_spread");
	assert_string_equal(next.s, "make room for vastar first, the verdict says how");
	assert_int_equal(said_of_run(0, 50000000, insights, &next), 1);
	assert_string_equal(next.s, "");
}

/* The advice for 20,000 responses, of which the slowest 300 take `slow` times as long, and 40 of these
 * `slowest` times. */
static struct insight_text advice(double slow, double slowest, unsigned bad, bool open_loop)
{
	struct shard *shard = shard_new();
	struct run_facts facts = {.total_ns = 1000000000, .open_loop = open_loop};
	struct result *result;
	struct insight_text next;

	for (unsigned i = 0; i < 20000; i++) {
		double ms = i < 19700 ? 1 : i < 19960 ? slow : slowest;
		struct exchange_times times = {1, 1, 1, 2, 1 + (uint64_t)(ms * 1000000)};

		shard_response(shard, &times, 1, i < bad ? 500 : 200, 0, false);
	}
	result = result_new(&shard, 1, &facts);
	next = insight_next(result);
	shard_free(shard);
	result_free(result);
	return next;
}

static void insight_ends_with_what_to_do_next(void **state)
{
	(void)state;
	assert_string_equal(advice(2, 3, 0, false).s,
			    "try vastar sweep to find the best number of connections");
	assert_string_equal(advice(2, 3, 0, true).s, "the server kept up with this rate: try a higher one");
	assert_string_equal(advice(10, 12, 0, false).s,
			    "p99 is 10 x p50: try vastar sweep for the load that the server takes");
	assert_string_equal(advice(2, 14, 0, false).s, "p99.9 is 7 x p99: look for pauses in the server");
	assert_string_equal(advice(10, 12, 201, false).s,
			    "look into the errors first, 1 % of the requests failed");
}

/* ---- the text report ---- */

static void assert_in_order(const char *text, const char *const *parts)
{
	for (; *parts; parts++) {
		const char *found = strstr(text, *parts);

		if (!found)
			fail_msg("'%s' is missing in\n%s", *parts, text);
		text = found + strlen(*parts);
	}
}

static void the_usual_report_has_the_familiar_form(void **state)
{
	static const char *const parts[] = {
	    "Summary:\n  Total:        0.5027 secs  502.7ms\n  Slowest:      0.0858 secs  85.77ms\n"
	    "  Fastest:      0.0012 secs   1.20ms\n"
	    "  Average:      0.0442 secs  44.22ms\n  Requests/sec: 5967.77\n  Total data:   6204000 bytes\n"
	    "  Size/request: 2068 bytes\n",
	    "closed loop, 300 connections, 2 workers",
	    "\nResponse time distribution:\n  10.00% in 0.0188 secs   18.79ms\n",
	    "  50.00% in 0.0469 secs  (46.92ms)\n",
	    "  99.90% in 0.0831 secs  (83.10ms)  ~\n",
	    "  99.99% in 0.0858 secs   85.77ms   ~\n",
	    "  ~ fewer than 10 responses",
	    "\nResponse time histogram:\n  0.0012  1.20ms [129] #########\n",
	    "\n  0.0473 47.33ms [660] ################################################\n",
	    "\n  SLO:\n  elite      <=18.0ms    excellent  <=36.0ms    good       <=46.9ms\n",
	    "violation  >229ms\n",
	    "\nStatus code distribution:\n  [200] 3000 responses\n",
	    "\nDetails (average, fastest, slowest):\n"
	    "  connect:                  249.5us,             100.0us,             399.0us",
	    "\n  req write:    ",
	    "\n  resp wait:    ",
	    "\n  resp read:    ",
	    "\nInsight:\n  Latency spread p99/p50 = 1.6x -- good consistency",
	    "\n  Tail ratio p99/p95 = 1.1x -- clean tail",
	    "\n  Outlier ratio p99.9/p99 = 1.1x -- no significant outliers",
	    "\n  Queue ratio p95/p50 = 1.4x",
	    "\n  Error rate = 0.00%",
	    "\n  Client CPU = 42.0%",
	    "[ok]\n  Next: try vastar sweep to find the best number of connections\n",
	    NULL,
	};
	struct report *report = fixture_new("usual");
	char *text = fixture_write(report, "text");

	(void)state;
	assert_in_order(text, parts);
	assert_null(strstr(text, "Error distribution"));
	assert_null(strstr(text, "Verdict"));
	assert_null(strstr(text, "Drain"));
	free(text);
	fixture_free(report);
}

static void times_of_a_fast_server_have_no_seconds(void **state)
{
	static const char *const parts[] = {
	    "Summary:\n  Total:        10.0000 secs   10.00s\n  Slowest:       0.0012 secs   1.23ms\n"
	    "  Fastest:                     8.54us\n  Average:                    35.67us\n",
	    "\nResponse time distribution:\n  10.00% in   23.25us\n",
	    "  50.00% in  (34.11us)\n",
	    "  99.99% in   103.0us\n",
	    "\nResponse time histogram, logarithmic",
	    "us [",
	    NULL,
	};
	struct report *report = fixture_new("fast");
	char *text = fixture_write(report, "text"), *distribution;

	(void)state;
	assert_in_order(text, parts);
	distribution = strstr(text, "Response time distribution:");
	*strstr(distribution, "\n\n") = '\0';
	assert_null(strstr(distribution, "secs"));
	assert_null(strstr(distribution, " 0."));
	free(text);
	fixture_free(report);
}

static void edges_that_are_close_differ_all_the_same(void **state)
{
	struct hist *hist = hist_new();
	struct bars bars;

	(void)state;
	for (unsigned i = 0; i < 1100; i++)
		hist_record(hist, 20000000 + i * 100);
	bars_make(&bars, hist, 11);
	assert_false(bars_seconds(&bars));
	assert_string_equal(bars_edge(&bars, 0).s, "20.00ms");
	for (unsigned i = 1; i < bars.count; i++)
		assert_string_not_equal(bars_edge(&bars, i).s, bars_edge(&bars, i - 1).s);
	hist_init(hist);
	for (unsigned i = 0; i < 1100; i++)
		hist_record(hist, 20000000 + i * 10);
	bars_make(&bars, hist, 11);
	assert_string_equal(bars_edge(&bars, 0).s, "20.000ms");
	for (unsigned i = 1; i < bars.count; i++)
		assert_string_not_equal(bars_edge(&bars, i).s, bars_edge(&bars, i - 1).s);
	hist_init(hist);
	for (unsigned i = 0; i < 1100; i++)
		hist_record(hist, 20000000 + i * 10000);
	bars_make(&bars, hist, 11);
	assert_true(bars_seconds(&bars));
	free(hist);
}

static void csv_quotes_what_would_break_a_row(void **state)
{
	struct report *report = fixture_new("usual");
	struct vastar_plan *plan = (struct vastar_plan *)report->plan;
	char *text;

	(void)state;
	free(plan->url);
	plan->url = strdup("http://h/?a=\"x\",y\r\nz");
	text = fixture_write(report, "csv");
	assert_non_null(strstr(text, "Z,\"http://h/?a=\"\"x\"\",y\r\nz\",POST,closed,300,2,,"));
	assert_string_equal(text + strlen(text) - 2, "\r\n");
	free(text);
	fixture_free(report);
}

static void trouble_is_reported_plainly(void **state)
{
	static const char *const parts[] = {
	    "INTERRUPTED",
	    "Goodput/sec:  5967.77 (2xx only)",
	    "Drain:        2000 ms past the deadline",
	    "300 connections at 12.5 requests/s each",
	    "280 of 300 open when the clock started",
	    "Missed ticks: 17",
	    "SLO (absolute",
	    "SLO targets",
	    "  Target         Measured             Verdict\n",
	    "  p50 <= 60ms    46.50ms              pass\n",
	    "  p95 <= 70.5ms  69.53ms              pass\n",
	    "  p99 <= 250ms   that request failed  FAIL\n",
	    "  rps >= 6000/s  6236.32/s            pass\n",
	    "  errors <= 5%   4.984%               pass\n",
	    "[200] 3000 responses\n  [301] 50 responses\n  [503] 100 responses\n",
	    "[drain-aborted] 3 requests",
	    "[retried] 12 requests",
	    "[stray] 1 connection ",
	    "Error distribution:\n  [timeout] 7 requests, age p50 1.00s, max 1.00s\n    7 x no "
	    "response within 1s\n",
	    "[reset] 42 requests",
	    "[protocol] 8 requests",
	    "and 3 other reasons",
	    "Error rate = 4.98%",
	    "Note: redirects to another host",
	    "Verdict: client-limited -- worker 1 was busy 93 % of the time",
	    NULL,
	};
	struct report *report = fixture_new("troubled");
	char *text = fixture_write(report, "text");

	(void)state;
	assert_in_order(text, parts);
	free(text);
	report->options.verbose = true;
	text = fixture_write(report, "text");
	assert_non_null(strstr(text, "p99.9   80.87ms to -\n"));
	assert_non_null(strstr(text, "features:        defer_taskrun, "));
	assert_non_null(strstr(text, "reconnect:       55\n"));
	assert_null(strstr(text, "other reasons"));
	free(text);
	fixture_free(report);
}

static void without_responses_the_report_says_why(void **state)
{
	struct report *report = fixture_new("nothing");
	char *text = fixture_write(report, "text");

	(void)state;
	assert_non_null(
	    strstr(text, "All 200 requests failed (connection refused). Is the target running?\n"));
	assert_non_null(strstr(text, "[connect] 200 requests"));
	assert_null(strstr(text, "histogram"));
	assert_null(strstr(text, "distribution:\n  10"));
	free(text);
	fixture_free(report);
}

/* "nan" and "inf" as whole words, not in "Insight" or "finance". */
static void assert_no_wild_number(const char *text)
{
	static const char *const words[] = {"nan", "inf", "-0."};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *at = strstr(text, words[i]);

		if (at && (at == text || strchr(" =(-[", at[-1])))
			fail_msg("wild number at: %.40s", at);
	}
}

static bool has_letter_above_ascii(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text > '~' || ((unsigned char)*text < ' ' && *text != '\n'))
			return true;
	}
	return false;
}

static void every_report_is_sane_in_every_style(void **state)
{
	(void)state;
	for (unsigned i = 0; i < fixture_count; i++) {
		struct report *report = fixture_new(fixtures[i].name);

		for (unsigned dress = 0; dress < 8; dress++) {
			report->options.color = dress & 1;
			report->options.unicode = dress & 2;
			report->options.verbose = dress & 4;
			char *text = fixture_write(report, "text");

			assert_no_wild_number(text);
			assert_int_equal(has_letter_above_ascii(text),
					 (dress & 1) || ((dress & 2) && strstr(text, "histogram")));
			assert_null(strstr(text, "\x1b[2J"));
			assert_null(strstr(text, "\xff"));
			free(text);
		}
		fixture_free(report);
	}
}

static void lines_fit_into_80_columns(void **state)
{
	(void)state;
	for (unsigned i = 0; i < fixture_count; i++) {
		struct report *report = fixture_new(fixtures[i].name);
		char *text = fixture_write(report, "text"), *rest = NULL;

		for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
			if (strlen(line) > 80)
				fail_msg("%s: %s", fixtures[i].name, line);
			assert_true(line[strlen(line) - 1] != ' ');
		}
		free(text);
		fixture_free(report);
	}
}

static unsigned occurrences(const char *text, const char *part)
{
	unsigned count = 0;

	while ((text = strstr(text, part))) {
		count++;
		text += strlen(part);
	}
	return count;
}

static void colours_are_only_an_addition(void **state)
{
	struct report *report = fixture_new("usual");
	char *plain = fixture_write(report, "text"), *colored, *end;

	(void)state;
	assert_null(strchr(plain, '\x1b'));
	report->options.color = true;
	colored = fixture_write(report, "text");
	/* Each colour is switched off again. */
	assert_int_equal(occurrences(colored, "\x1b[38;5;"), occurrences(colored, "\x1b[0m"));
	/* The last bar ends at the maximum, between p99 and 1.5 p99: "very slow". */
	end = strstr(colored, "[19]");
	assert_non_null(end);
	assert_memory_equal(strchr(end, '\x1b'), "\x1b[38;5;214m#", strlen("\x1b[38;5;214m#"));
	assert_non_null(strstr(colored, "\x1b[38;5;22m##\x1b[0m elite      <=18.0ms"));
	free(plain);
	free(colored);
	fixture_free(report);
}

static void a_bar_has_the_colour_of_its_upper_edge_with_any_number_of_bins(void **state)
{
	struct report *report = fixture_new("usual");

	(void)state;
	report->options.color = true;
	report->options.hist_bins = 1;
	char *text = fixture_write(report, "text");

	assert_non_null(strstr(text, "[3000] \x1b[38;5;214m"));
	free(text);
	fixture_free(report);
}

static void outliers_are_announced_in_the_heading(void **state)
{
	static const char *const cases[][2] = {
	    {"outlier", "Response time histogram, logarithmic (99.9 % would share one linear bar):"},
	    {"spike", "Response time histogram, logarithmic, the last bar is all above p99.9:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct report *report = fixture_new(cases[i][0]);
		char *text = fixture_write(report, "text");

		assert_non_null(strstr(text, cases[i][1]));
		free(text);
		fixture_free(report);
	}
}

/* ---- writing ---- */

static void a_full_disk_is_reported(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	static const char *const formats[] = {"text", "json"};

	(void)state;
	if (!full)
		skip();
	for (size_t i = 0; i < 2; i++) {
		struct report *report = fixture_new("usual");
		struct vastar_error err = {0};

		assert_int_equal(report_format_find(formats[i])->write(report, full, &err), -VASTAR_E_SYSTEM);
		assert_int_equal(err.status, VASTAR_E_SYSTEM);
		assert_non_null(strstr(err.text, "No space left on device"));
		fixture_free(report);
	}
	fclose(full);
}

/* Jansson's allocator: fails after `left` more allocations. */
static long left;

static void *scarce_malloc(size_t size)
{
	return left-- <= 0 ? NULL : malloc(size);
}

static void json_out_of_memory_is_an_error_wherever_it_happens(void **state)
{
	struct report *report = fixture_new("nothing");
	FILE *out = fopen("/dev/null", "w");
	long allocations = 0;
	int rc;

	(void)state;
	assert_non_null(out);
	json_set_alloc_funcs(scarce_malloc, free);
	do {
		struct vastar_error err = {0};

		left = allocations++;
		rc = report_json.write(report, out, &err);
		assert_true(rc == 0 || (rc == -VASTAR_E_SYSTEM && strstr(err.text, "out of memory")));
		assert_int_equal(rc != 0, left < 0);
	} while (rc);
	json_set_alloc_funcs(malloc, free);
	assert_true(allocations > 100);
	fclose(out);
	fixture_free(report);
}

static void formats_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(report_format_find("text"), &report_text);
	assert_ptr_equal(report_format_find("json"), &report_json);
	assert_null(report_format_find("yaml"));
	assert_null(report_format_find(""));
}

/* ---- JSON ---- */

static json_t *json_of(const char *name)
{
	struct report *report = fixture_new(name);
	char *text = fixture_write(report, "json");
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(root);
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_false(has_letter_above_ascii(text));
	free(text);
	fixture_free(report);
	return root;
}

static json_t *at(json_t *root, const char *path)
{
	char copy[128], *rest = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *key = strtok_r(copy, "/", &rest); key && root; key = strtok_r(NULL, "/", &rest))
		root = json_object_get(root, key);
	if (!root)
		fail_msg("%s is missing", path);
	return root;
}

static void json_numbers_are_those_of_the_result(void **state)
{
	json_t *root = json_of("troubled");

	(void)state;
	assert_int_equal(json_integer_value(at(root, "summary/requests")), 3210);
	assert_int_equal(json_integer_value(at(root, "summary/responses")), 3150);
	assert_int_equal(json_integer_value(at(root, "summary/errors")), 57);
	assert_int_equal(json_integer_value(at(root, "summary/drain_aborted")), 3);
	assert_int_equal(json_integer_value(at(root, "summary/non_2xx")), 150);
	assert_true(json_real_value(at(root, "summary/total_s")) == 0.5027);
	assert_int_equal(json_integer_value(at(root, "status_codes/503")), 100);
	assert_int_equal(json_integer_value(at(root, "errors/reset")), 42);
	assert_true(json_real_value(at(root, "error_ages_s/timeout/max")) == 1.0);
	assert_true(json_is_true(at(root, "summary/interrupted")));
	assert_true(json_is_false(at(root, "slo/passed")));
	assert_string_equal(json_string_value(at(root, "slo/mode")), "absolute");
	assert_string_equal(json_string_value(at(root, "client/verdict")), "client-limited");
	assert_string_equal(json_string_value(at(root, "started_at")), "2023-11-14T22:13:20.042Z");
	assert_string_equal(json_string_value(json_array_get(at(root, "latency/weak"), 0)), "p99.9");
	assert_true(json_is_null(json_array_get(at(root, "latency/confidence/p99.9"), 1)));
	json_decref(root);
}

static void json_has_null_where_nothing_was_measured(void **state)
{
	static const char *const nulls[] = {
	    "summary/fastest_s",       "summary/stddev_s", "summary/size_per_request",
	    "latency/percentiles/p50", "summary/rps",	   "phases/resp_wait/average_s"};
	json_t *root = json_of("empty");

	(void)state;
	for (size_t i = 0; i < sizeof(nulls) / sizeof(*nulls); i++)
		assert_true(json_is_null(at(root, nulls[i])));
	assert_int_equal(json_array_size(at(root, "latency/histogram")), 0);
	assert_int_equal(json_array_size(at(root, "latency/bars")), 0);
	json_decref(root);
}

static void the_histogram_can_be_rebuilt_from_json(void **state)
{
	struct report *report = fixture_new("fast");
	json_t *root = json_of("fast"), *bucket;
	struct hist *rebuilt = hist_new();
	size_t i;

	(void)state;
	json_array_foreach(at(root, "latency/histogram"), i, bucket)
	{
		uint64_t from = (uint64_t)llround(json_real_value(json_object_get(bucket, "from_s")) * 1e9);
		uint64_t to = (uint64_t)llround(json_real_value(json_object_get(bucket, "to_s")) * 1e9);

		assert_int_equal(from, hist_bucket_from(hist_index(to)));
		hist_record_n(rebuilt, from, (uint64_t)json_integer_value(json_object_get(bucket, "count")));
	}
	assert_memory_equal(rebuilt->counts, report->result->sum->latency.counts, sizeof(rebuilt->counts));
	free(rebuilt);
	json_decref(root);
	fixture_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(seconds_have_four_decimals_or_four_significant_digits),
	    cmocka_unit_test(times_have_four_significant_digits_and_a_unit),
	    cmocka_unit_test(large_numbers_are_grouped),
	    cmocka_unit_test(instants_are_rfc_3339),
	    cmocka_unit_test(milliseconds_stay_readable_at_every_size),
	    cmocka_unit_test(durations_are_exact),
	    cmocka_unit_test(text_of_a_peer_cannot_control_the_terminal),
	    cmocka_unit_test(bars_add_up_and_join_whatever_their_number),
	    cmocka_unit_test(records_are_in_the_bar_of_their_value),
	    cmocka_unit_test(one_outlier_makes_bars_logarithmic),
	    cmocka_unit_test(an_outlier_too_far_for_logarithms_gets_its_own_bar),
	    cmocka_unit_test(equal_responses_show_no_difference),
	    cmocka_unit_test(extreme_histograms_make_sane_bars),
	    cmocka_unit_test(error_responses_count_as_errors),
	    cmocka_unit_test(a_client_that_was_held_back_was_not_idle),
	    cmocka_unit_test(a_busy_client_is_named_with_a_remedy),
	    cmocka_unit_test(ratios_are_judged_by_their_thresholds),
	    cmocka_unit_test(a_run_too_short_to_judge_says_so),
	    cmocka_unit_test(insight_ends_with_what_to_do_next),
	    cmocka_unit_test(the_usual_report_has_the_familiar_form),
	    cmocka_unit_test(times_of_a_fast_server_have_no_seconds),
	    cmocka_unit_test(edges_that_are_close_differ_all_the_same),
	    cmocka_unit_test(trouble_is_reported_plainly),
	    cmocka_unit_test(without_responses_the_report_says_why),
	    cmocka_unit_test(every_report_is_sane_in_every_style),
	    cmocka_unit_test(lines_fit_into_80_columns),
	    cmocka_unit_test(colours_are_only_an_addition),
	    cmocka_unit_test(a_bar_has_the_colour_of_its_upper_edge_with_any_number_of_bins),
	    cmocka_unit_test(outliers_are_announced_in_the_heading),
	    cmocka_unit_test(a_full_disk_is_reported),
	    cmocka_unit_test(json_out_of_memory_is_an_error_wherever_it_happens),
	    cmocka_unit_test(formats_are_found_by_name),
	    cmocka_unit_test(json_numbers_are_those_of_the_result),
	    cmocka_unit_test(json_has_null_where_nothing_was_measured),
	    cmocka_unit_test(the_histogram_can_be_rebuilt_from_json),
	    cmocka_unit_test(csv_quotes_what_would_break_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
