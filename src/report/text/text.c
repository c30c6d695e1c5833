/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The report for people: one function for each section, in the order of print_report(). It is complete
 * without colours, which only repeat what the words say.
 */
#include "report/text/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "report/body.h"
#include "report/ceiling.h"
#include "report/failures.h"
#include "report/format.h"
#include "report/insight.h"
#include "report/load.h"
#include "report/page.h"
#include "report/text/paint.h"
#include "report/text/sections.h"
#include "report/text/times.h"

enum { EXAMPLES_SHOWN = 5 };

/* ---- Summary ---- */

static void print_interrupted(struct page *page)
{
	if (!page->result->facts.interrupted)
		return;
	page_paint(page, ORANGE,
		   "INTERRUPTED: stopped before the end; the figures cover the time until then.");
	fputs("\n\n", page->out);
}

enum { TIMES = 4 };

static void print_summary_times(struct page *page)
{
	static const char *const labels[TIMES] = {"Total:", "Slowest:", "Fastest:", "Average:"};
	const struct hist *latency = &page->sum->latency;
	const double times[TIMES] = {
	    ns_to_s(page->result->facts.total_ns),
	    ns_to_s(latency->max_ns),
	    latency->count ? ns_to_s(latency->min_ns) : 0,
	    hist_mean_s(latency),
	};
	int known = latency->count ? TIMES : 1;
	struct time_column column = {0};

	for (int i = 0; i < known; i++)
		time_column_add(&column, times[i]);
	for (int i = 0; i < TIMES; i++) {
		fprintf(page->out, "  %-13s ", labels[i]);
		if (i < known)
			time_put(page->out, &column, times[i], " secs  ");
		else
			fputc('-', page->out);
		fputc('\n', page->out);
	}
}

static void print_new_connections(struct page *page)
{
	const struct shard *sum = page->sum;
	uint64_t due = sum->connections_new + sum->connections_missed;

	if (!(page->report->plan->new_connections > 0) || !page->result->facts.total_ns)
		return;
	fprintf(page->out, "  New conns/s:  %.2f",
		(double)sum->connections_new / ns_to_s(page->result->facts.total_ns));
	if (sum->connections_missed > due / 100 + 1)
		page_paint(page, ORANGE, " (%" PRIu64 " of %" PRIu64 " found no connection to replace)",
			   sum->connections_missed, due);
	fputc('\n', page->out);
}

static void print_summary(struct page *page)
{
	const struct shard *sum = page->sum;
	double rps = result_rps(page->result), goodput = result_goodput_rps(page->result);

	fputs("Summary:\n", page->out);
	print_summary_times(page);
	fprintf(page->out, "  Requests/sec: %.2f\n", rps);
	if (!page->report->plan->keepalive && handshakes_count(&sum->handshakes))
		fprintf(page->out, "  Handshakes/s: %.2f\n",
			(double)handshakes_count(&sum->handshakes) / ns_to_s(page->result->facts.total_ns));
	print_new_connections(page);
	if (goodput < rps) {
		fputs("  Goodput/sec:  ", page->out);
		page_paint(page, ORANGE,
			   page->report->plan->call.wanted ? "%.2f (status OK only)" : "%.2f (2xx only)",
			   goodput);
		fputc('\n', page->out);
	}
	fprintf(page->out, "  Total data:   %" PRIu64 " bytes\n", sum->bytes);
	if (sum->responses)
		fprintf(page->out, "  Size/request: %" PRIu64 " bytes\n", sum->bytes / sum->responses);
	else
		fputs("  Size/request: -\n", page->out);
	if (page->result->facts.drain_ns >= NS_PER_MS)
		fprintf(page->out, "  Drain:        %.0f ms past the deadline\n",
			(double)page->result->facts.drain_ns / (double)NS_PER_MS);
	page_load(page);
}

/* ---- Status codes and errors ---- */

/* Requests that have neither a response nor an error. */
static void print_apart(struct page *page, const char *name, uint64_t count, const char *what,
			const char *why)
{
	if (!count)
		return;
	fputs("  ", page->out);
	page_paint(page, ORANGE, "[%s]", name);
	fputc(' ', page->out);
	page_count(page, count, what);
	fprintf(page->out, " %s\n", why);
}

static void print_codes(struct page *page)
{
	const struct shard *sum = page->sum;

	fputs("\nStatus code distribution:\n", page->out);
	for (unsigned code = 0; code < STATUS_CODES; code++) {
		if (!sum->status[code])
			continue;
		fputs("  ", page->out);
		page_paint(page, code < 300 ? GREEN : code < 400 ? YELLOW : RED, "[%u]", code);
		fprintf(page->out, " %" PRIu64 " responses\n", sum->status[code]);
	}
}

/* WebSocket has no status codes. */
static void print_round_trips(struct page *page)
{
	fputs("\nMessages:\n", page->out);
	if (page->sum->responses)
		fprintf(page->out, "  %" PRIu64 " %s\n", page->sum->responses,
			page->report->plan->ws.listen ? "received" : "round trips");
}

static void print_status_codes(struct page *page)
{
	const struct shard *sum = page->sum;

	if (!sum->responses && !sum->drain_aborted && !sum->retried && !sum->stray)
		return;
	if (page->report->plan->call.wanted)
		page_calls(page);
	else if (page->report->plan->protocol == PROTOCOL_WEBSOCKET)
		print_round_trips(page);
	else
		print_codes(page);
	print_apart(page, "drain-aborted", sum->drain_aborted, "request",
		    "no response by the end of the drain time");
	print_apart(page, "retried", sum->retried, "request", load_retried(page->report->plan));
	print_apart(page, "stray", sum->stray, "connection",
		    "replaced: the server sent bytes that belong to no request");
}

static void print_examples(struct page *page, enum error_kind kind)
{
	const struct error_example *examples[SHARD_EXAMPLES];
	unsigned count = failures_of(page->sum, kind, examples), shown;

	shown = count > EXAMPLES_SHOWN && !page->report->options.verbose ? EXAMPLES_SHOWN : count;
	for (unsigned i = 0; i < shown; i++) {
		fputs("    ", page->out);
		if (examples[i]->count) /* a saved report has the texts only, without counts */
			fprintf(page->out, "%" PRIu64 " x ", examples[i]->count);
		fmt_escaped(page->out, examples[i]->text);
		fputc('\n', page->out);
	}
	if (shown < count) {
		fputs("    and ", page->out);
		page_count(page, count - shown, "other reason");
		fputs(" (-v shows all)\n", page->out);
	}
}

static void print_errors(struct page *page)
{
	if (!result_errors(page->result))
		return;
	fputs("\nError distribution:\n", page->out);
	for (enum error_kind kind = 0; kind < ERROR_KINDS; kind++) {
		const struct hist *age = &page->sum->error_age[kind];

		if (!page->sum->errors[kind])
			continue;
		fputs("  ", page->out);
		page_paint(page, RED, "[%s]", error_kind_names[kind]);
		fputc(' ', page->out);
		page_count(page, page->sum->errors[kind], "request");
		if (age->count)
			fprintf(page->out, ", age p50 %s, max %s",
				fmt_short(ns_to_s(hist_percentile(age, 50))).s,
				fmt_short(ns_to_s(age->max_ns)).s);
		fputc('\n', page->out);
		print_examples(page, kind);
	}
}

/* ---- Details ---- */

enum { DETAILS = 3 };

/* Average, fastest and slowest, in seconds. */
static double detail_of(const struct span *span, int which)
{
	if (!which)
		return (double)span->sum_ns / (double)span->count * 1e-9;
	return ns_to_s(which == 1 ? span->min_ns : span->max_ns);
}

static void print_details(struct page *page)
{
	static const char *const labels[PHASES] = {
	    "dns:", "connect:", "tls:", "req write:", "resp wait:", "resp read:"};
	const struct span *phases = page->sum->phases;
	struct time_column columns[DETAILS] = {{0}};

	if (!page->sum->responses && !phases[PHASE_CONNECT].count)
		return;
	for (int i = 0; i < PHASES; i++)
		for (int k = 0; k < DETAILS && phases[i].count; k++)
			time_column_add(&columns[k], detail_of(&phases[i], k));
	fputs("\nDetails (average, fastest, slowest):\n", page->out);
	for (int i = 0; i < PHASES; i++) {
		if (!phases[i].count)
			continue;
		fprintf(page->out, "  %-13s ", labels[i]);
		for (int k = 0; k < DETAILS; k++) {
			fputs(k ? ", " : "", page->out);
			time_put(page->out, &columns[k], detail_of(&phases[i], k), " secs ");
		}
		fputc('\n', page->out);
	}
}

/* How much of that was vastar's own queue, measured with the kernel's time stamps. */
static void print_client_queue(struct page *page)
{
	const struct hist *queue = &page->sum->client_queue;

	if (!page->report->plan->kernel_timestamps)
		return;
	fputs("  waited in the kernel for vastar: ", page->out);
	if (!queue->count) {
		fputs("not known (the kernel gave no time stamps)\n", page->out);
		return;
	}
	fprintf(page->out, "p50 %s, ", fmt_short(ns_to_s(hist_percentile(queue, 50))).s);
	fprintf(page->out, "p99 %s, ", fmt_short(ns_to_s(hist_percentile(queue, 99))).s);
	fprintf(page->out, "slowest %s\n", fmt_short(ns_to_s(queue->max_ns)).s);
}

/* ---- Insight and verdict ---- */

static void print_insight(struct page *page)
{
	static const uint8_t colors[SEVERITIES] = {GREEN, YELLOW, ORANGE, RED};
	struct insight insights[INSIGHTS_MAX];
	unsigned count = insights_of(page->result, insights);

	if (!count)
		return;
	fputs("\nInsight:\n", page->out);
	for (unsigned i = 0; i < count; i++) {
		const struct insight *insight = &insights[i];

		fprintf(page->out, "  %s = %s -- %s ", insight->title, insight_value(insight).s,
			insight->text);
		page_paint(page, colors[insight->severity], "[%s]", severity_names[insight->severity]);
		fputs(insight->weak ? " ~\n" : "\n", page->out);
	}
	if (*insight_next(page->result).s) {
		fputs("  Next: ", page->out);
		fmt_wrapped(page->out, insight_next(page->result).s, (unsigned)strlen("  Next: "), 2,
			    PAGE_WIDTH);
	}
}

static void print_note(struct page *page, const char *words)
{
	if (!*words)
		return;
	fputs("\nNote: ", page->out);
	fmt_wrapped(page->out, words, (unsigned)strlen("Note: "), 2, PAGE_WIDTH);
}

static void print_verdict(struct page *page)
{
	const struct result *result = page->result;
	unsigned column =
	    (unsigned)strlen("Verdict:  -- ") + (unsigned)strlen(verdict_names[result->verdict]);

	print_note(page, result->facts.note);
	print_note(page, body_doubt(page->report->plan).s);
	print_note(page, result_arrivals_departed(result) ? RESULT_ARRIVALS_NOTE : "");
	if (page->report->ceiling)
		print_note(page, ceiling_departure(page->report->ceiling, &result->facts).s);
	if (result->verdict == VERDICT_OK)
		return;
	fputs("\nVerdict: ", page->out);
	page_paint(page, RED, "%s", verdict_names[result->verdict]);
	fputs(" -- ", page->out);
	fmt_wrapped(page->out, result->verdict_reason, column, 2, PAGE_WIDTH);
}

/* ---- for --verbose ---- */

static void print_features(struct page *page)
{
	char spaced[2 * sizeof(page->result->facts.features)];
	size_t length = 0;

	for (const char *c = page->result->facts.features; *c; c++) {
		spaced[length++] = *c;
		if (*c == ',')
			spaced[length++] = ' ';
	}
	spaced[length] = '\0';
	fprintf(page->out, "  %-16s ", "features:");
	fmt_wrapped(page->out, *spaced ? spaced : "none", 19, 19, PAGE_WIDTH);
}

/* Leaves out shares that are unknown or almost zero. */
static void print_held(struct page *page)
{
	static const struct {
		enum held_by by;
		const char *name;
	} causes[] = {{HELD_THROTTLED, "throttled"},
		      {HELD_STOLEN, "stolen"},
		      {HELD_RUN_DELAY, "waiting for a processor"}};
	const char *between = "\n  held back:       ";

	for (unsigned i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		double percent = 100 * held_share(&page->result->facts.held, causes[i].by);

		if (percent >= 0.5)
			fprintf(page->out, "%s%.0f%% %s", between, percent, causes[i].name);
		if (percent >= 0.5)
			between = ", ";
	}
}

static void print_engine(struct page *page)
{
	const struct run_facts *facts = &page->result->facts;
	const struct hist *lateness = &page->sum->send_lateness;

	fputs("\nEngine:\n", page->out);
	fprintf(page->out, "  %-16s %s\n", "kernel:", facts->kernel);
	fprintf(page->out, "  %-16s ", "machine:");
	fmt_escaped(page->out, facts->cpu_model);
	fprintf(page->out, ", %u processors (%u usable), %" PRIu64 " MB\n", facts->cpu_count,
		facts->usable_cpus ? facts->usable_cpus : facts->cpu_count, facts->ram_mb);
	print_features(page);
	fprintf(page->out, "  %-16s %s\n", "waited:", facts->waiting);
	fprintf(page->out, "  %-16s", "worker CPU:");
	for (uint32_t i = 0; facts->cpu_busy && i < facts->workers; i++)
		fprintf(page->out, " %.0f%%", 100 * facts->cpu_busy[i]);
	print_held(page);
	fprintf(page->out, "\n  %-16s p99 %s, max %s\n",
		"sends late:", fmt_short(ns_to_s(hist_percentile(lateness, 99))).s,
		fmt_short(ns_to_s(lateness->max_ns)).s);
	for (int i = 0; i < ODDITIES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s:", oddity_names[i]);
		fprintf(page->out, "  %-16s %" PRIu64 "\n", name, page->sum->oddities[i]);
	}
}

/* ---- the report ---- */

static void print_report(struct page *page)
{
	bool answered = page->sum->latency.count > 0;

	print_interrupted(page);
	page_merged(page);
	page_hosts(page);
	print_summary(page);
	page_repeats(page);
	if (answered) {
		page_distribution(page);
		page_service(page);
		page_stages(page);
		page_histogram(page);
		page_slo_legend(page);
	}
	page_slo_targets(page);
	print_status_codes(page);
	page_classes(page);
	print_errors(page);
	page_mix(page);
	print_details(page);
	print_client_queue(page);
	page_tokens(page);
	page_events(page);
	page_streams(page);
	page_websocket(page);
	page_tls(page);
	print_insight(page);
	if (page->report->options.verbose) {
		if (answered)
			page_confidence(page);
		print_engine(page);
	}
	if (!answered) {
		fputc('\n', page->out);
		failures_print(page->result, page->out);
	}
	print_verdict(page);
}

static int write_text(const struct report *report, FILE *out, struct vastar_error *err)
{
	return page_write(report, print_report, out, err);
}

const struct report_format report_text = {.name = "text", .write = write_text};
