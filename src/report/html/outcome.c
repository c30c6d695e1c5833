/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The sections on the responses and errors, on what they mean, and on the client that measured them. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/pages.h"
#include "report/calls.h"
#include "report/failures.h"
#include "report/html/markup.h"
#include "report/html/sections.h"
#include "report/insight.h"
#include "report/load.h"
#include "report/streams.h"
#include "report/tls.h"
#include "report/websocket.h"

/* ---- responses and errors ---- */

static void count_row(FILE *out, const char *name, uint64_t count, uint64_t all)
{
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, name);
	fputs("</th>", out);
	html_cell(out, "%s", fmt_grouped((double)count).s);
	html_cell(out, "%.4g%%", 100 * (double)count / (double)all);
	fputs("</tr>\n", out);
}

static void message_times(const struct page *page, const char *name, const struct hist *times)
{
	if (!times->count)
		return;
	fputs("<p>", page->out);
	html_printf(page->out, "Time to the %s: p50 ", name);
	html_printf(page->out, "%s, p99 ", fmt_time(ns_to_s(hist_percentile(times, 50))).s);
	html_printf(page->out, "%s, max ", fmt_time(ns_to_s(hist_percentile(times, 99))).s);
	html_printf(page->out, "%s", fmt_time(ns_to_s(times->max_ns)).s);
	fputs("</p>\n", page->out);
}

static void call_statuses(const struct page *page)
{
	const struct calls *calls = &page->sum->calls;

	html_table(page->out, "Responses by gRPC status", "Status|Responses|Share|<Message");
	for (unsigned i = 0; i < CALL_STATUSES; i++) {
		if (!calls->status[i])
			continue;
		fprintf(page->out, "<tr><th scope=\"row\">%s</th>", call_status_names[i]);
		html_cell(page->out, "%s", fmt_grouped((double)calls->status[i]).s);
		html_cell(page->out, "%.4g%%", 100 * (double)calls->status[i] / (double)page->sum->responses);
		fputs("<td class=\"text\">", page->out);
		html_text(page->out, calls->text[i]);
		fputs("</td></tr>\n", page->out);
	}
	fputs("</tbody></table></div>\n<p>", page->out);
	html_printf(page->out, "Messages: %s sent, ", fmt_grouped((double)calls->sent).s);
	html_printf(page->out, "%s received, ", fmt_grouped((double)calls->received).s);
	html_printf(page->out, "%s per second together", fmt_grouped(calls_messages_per_s(page->result)).s);
	fputs("</p>\n", page->out);
	message_times(page, "first message", &calls->first_message);
	message_times(page, "next message", &calls->message_gap);
}

void html_statuses(const struct page *page)
{
	const struct shard *sum = page->sum;

	if (!sum->responses)
		return;
	if (page->report->plan->call.wanted) {
		call_statuses(page);
		return;
	}
	html_table(page->out, "Responses by status code", "Status|Responses|Share");
	for (unsigned code = 0; code < STATUS_CODES; code++) {
		char name[16];

		snprintf(name, sizeof(name), "%u", code);
		if (sum->status[code])
			count_row(page->out, name, sum->status[code], sum->responses);
	}
	fputs("</tbody></table></div>\n", page->out);
}

/* Shows each class of responses by itself: fast errors would make a slow server look fast. */
void html_classes(struct page *page)
{
	FILE *out = page->out;
	struct hist *scratch;

	if (!result_classes_differ(page->result))
		return;
	scratch = pages_new(sizeof(*scratch));
	page->failed |= !scratch;
	html_table(out, "Response time by class of status", "Class|Responses|p50|p99|Slowest");
	for (unsigned class = 2; scratch && class < CLASS_FIRST + CLASSES; class ++) {
		const struct hist *latency = result_class_latency(page->result, class, scratch);

		if (!latency)
			continue;
		fprintf(out, "<tr><th scope=\"row\">%uxx</th>", class);
		html_cell(out, "%s", fmt_grouped((double)latency->count).s);
		html_cell(out, "%s", fmt_time(ns_to_s(hist_percentile(latency, 50))).s);
		html_cell(out, "%s", fmt_time(ns_to_s(hist_percentile(latency, 99))).s);
		html_cell(out, "%s", fmt_time(ns_to_s(latency->max_ns)).s);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
	pages_free(scratch, sizeof(*scratch));
}

static void error_row(const struct page *page, enum error_kind kind)
{
	const struct hist *age = &page->sum->error_age[kind];
	const struct error_example *examples[SHARD_EXAMPLES];
	unsigned count = failures_of(page->sum, kind, examples);
	FILE *out = page->out;

	fprintf(out, "<tr><th scope=\"row\">%s</th>", error_kind_names[kind]);
	html_cell(out, "%s", fmt_grouped((double)page->sum->errors[kind]).s);
	html_cell(out, "%s", age->count ? fmt_time(ns_to_s(hist_percentile(age, 50))).s : "-");
	html_cell(out, "%s", age->count ? fmt_time(ns_to_s(age->max_ns)).s : "-");
	fputs("<td class=\"text\">", out);
	for (unsigned i = 0; i < count; i++) {
		fputs(i ? "<br/>" : "", out);
		html_printf(out, "%" PRIu64 " x ", examples[i]->count);
		html_text(out, examples[i]->text);
	}
	fputs("</td></tr>\n", out);
}

/* Requests that have neither a response nor an error. */
static void apart(FILE *out, uint64_t count, const char *what)
{
	if (!count)
		return;
	fputs("<p>", out);
	html_printf(out, "%s %s", fmt_grouped((double)count).s, what);
	fputs("</p>\n", out);
}

void html_errors(const struct page *page)
{
	const struct shard *sum = page->sum;

	if (result_errors(page->result)) {
		html_table(page->out, "Errors: requests without a response",
			   "Kind|Requests|Age p50|Age max|<Examples");
		for (enum error_kind kind = 0; kind < ERROR_KINDS; kind++) {
			if (sum->errors[kind])
				error_row(page, kind);
		}
		fputs("</tbody></table></div>\n", page->out);
	} else {
		fputs("<p>No errors.</p>\n", page->out);
	}
	apart(page->out, sum->drain_aborted, "no response by the end of the drain time");
	apart(page->out, sum->unsent, "were due, but no connection was free in time");
	apart(page->out, sum->retried, load_retried(page->report->plan));
	apart(page->out, sum->stray, "connections replaced: the server sent bytes that belong to no request");
	apart(page->out, sum->oddities[ODD_MISSED_TICK],
	      "ticks missed (-q): the connection was busy when its next request was due");
}

/* ---- insights ---- */

void html_insights(const struct page *page)
{
	struct insight insights[INSIGHTS_MAX];
	unsigned count = insights_of(page->result, insights);
	FILE *out = page->out;

	if (!count)
		return;
	html_section(out, "Insight");
	html_table(out, "What the numbers say", "Figure|Value|Severity|<Meaning");
	for (unsigned i = 0; i < count; i++) {
		const struct insight *insight = &insights[i];
		const char *severity = severity_names[insight->severity];

		fputs("<tr><th scope=\"row\">", out);
		html_text(out, insight->title);
		fputs("</th>", out);
		html_cell(out, "%s%s", insight_value(insight).s, insight->weak ? " ~" : "");
		fprintf(out, "<td class=\"%s\">%s</td><td class=\"text\">", severity, severity);
		html_text(out, insight->text);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
	if (*insight_next(page->result).s) {
		fputs("<p>", out);
		html_printf(out, "Next: %s.", insight_next(page->result).s);
		fputs("</p>\n", out);
	}
	fputs("</section>\n", out);
}

/* ---- phases and client ---- */

void html_phases(const struct page *page)
{
	static const char *const labels[PHASES] = {"name lookup",	    "connect",
						   "TLS handshake",	    "request write",
						   "wait for the response", "response read"};
	const struct shard *sum = page->sum;
	FILE *out = page->out;

	html_table(out, "Where the time of a request went", "Phase|Average|Fastest|Slowest");
	for (int i = 0; i < PHASES; i++) {
		const struct span *span = &sum->phases[i];

		if (!span->count)
			continue;
		fprintf(out, "<tr><th scope=\"row\">%s</th>", labels[i]);
		html_cell(out, "%s", fmt_time((double)span->sum_ns / (double)span->count * 1e-9).s);
		html_cell(out, "%s", fmt_time(ns_to_s(span->min_ns)).s);
		html_cell(out, "%s", fmt_time(ns_to_s(span->max_ns)).s);
		fputs("</tr>\n", out);
	}
	if (sum->client_queue.count) {
		fputs("<tr><th scope=\"row\">waited in the kernel</th>", out);
		html_cell(out, "%s", fmt_time(hist_mean_s(&sum->client_queue)).s);
		html_cell(out, "%s", fmt_time(ns_to_s(sum->client_queue.min_ns)).s);
		html_cell(out, "%s", fmt_time(ns_to_s(sum->client_queue.max_ns)).s);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

/* A row or two, or none. */
static void streams_rows(FILE *out, const struct report *report)
{
	const struct streams *streams = &report->result->sum->streams;

	if (report->plan->protocol != PROTOCOL_HTTP2)
		return;
	fputs("<tr><th scope=\"row\">HTTP/2</th><td>", out);
	streams_print_protocol(out, report->plan, streams);
	fputs("</td></tr>\n", out);
	if (!streams_ended(streams))
		return;
	fputs("<tr><th scope=\"row\">Ended by the server</th><td>", out);
	streams_print_ends(out, streams);
	fputs("</td></tr>\n", out);
}

/* Two rows or three, or none. */
static void websocket_rows(FILE *out, const struct report *report)
{
	const struct websocket *websocket = &report->result->sum->websocket;

	if (report->plan->protocol != PROTOCOL_WEBSOCKET)
		return;
	fputs("<tr><th scope=\"row\">WebSocket handshakes</th><td>", out);
	websocket_print_handshakes(out, report);
	fputs("</td></tr>\n<tr><th scope=\"row\">WebSocket messages</th><td>", out);
	websocket_print_messages(out, websocket);
	fputs("</td></tr>\n<tr><th scope=\"row\">Closed by the server</th><td>", out);
	if (!websocket_print_closes(out, websocket))
		fputs("no connection", out);
	fputs("</td></tr>\n", out);
}

/* Three rows, or none. */
static void tls_rows(FILE *out, const struct result *result)
{
	const struct handshakes *handshakes = &result->sum->handshakes;

	if (!handshakes_count(handshakes))
		return;
	fputs("<tr><th scope=\"row\">TLS</th><td>", out);
	tls_print_terms(out, &handshakes_usual(handshakes)->terms);
	fputs("</td></tr>\n<tr><th scope=\"row\">Handshakes</th><td>", out);
	tls_print_handshakes(out, result);
	fputs("</td></tr>\n", out);
	if (!handshakes->has_certificate)
		return;
	fputs("<tr><th scope=\"row\">Certificate</th><td>", out);
	html_printf(out, "%s, issued by %s, expires in %" PRId64 " days", handshakes->certificate.subject,
		    handshakes->certificate.issuer, tls_expires_in_days(result));
	fprintf(out, "%s</td></tr>\n", handshakes->certificate.verified ? "" : ", not verified");
}

static void busy_row(FILE *out, const struct run_facts *facts)
{
	fputs("<tr><th scope=\"row\">Worker CPU</th><td>", out);
	for (uint32_t i = 0; facts->cpu_busy && i < facts->workers; i++)
		html_printf(out, "%s%.0f%%", i ? ", " : "", 100 * facts->cpu_busy[i]);
	fputs("</td></tr>\n", out);
}

static void features_row(FILE *out, const char *features)
{
	fputs("<tr><th scope=\"row\">Kernel features</th><td>", out);
	for (const char *c = features; *c; c++)
		html_printf(out, *c == ',' ? ", " : "%c", *c);
	fprintf(out, "%s</td></tr>\n", *features ? "" : "none");
}

void html_engine(const struct page *page)
{
	const struct run_facts *facts = &page->result->facts;
	const struct hist *lateness = &page->sum->send_lateness;
	FILE *out = page->out;

	fputs("<div class=\"facts\">", out);
	html_table(out, "Machine and engine", "");
	html_machine_rows(out, facts);
	busy_row(out, facts);
	if (lateness->count)
		html_row(out, "Sends late", "p99 %s, max %s",
			 fmt_time(ns_to_s(hist_percentile(lateness, 99))).s,
			 fmt_time(ns_to_s(lateness->max_ns)).s);
	streams_rows(out, page->report);
	websocket_rows(out, page->report);
	tls_rows(out, page->result);
	features_row(out, facts->features);
	if (*facts->waiting)
		html_row_text(out, "Waited", facts->waiting);
	for (int i = 0; i < ODDITIES; i++) {
		if (page->sum->oddities[i])
			html_row(out, oddity_names[i], "%" PRIu64, page->sum->oddities[i]);
	}
	fputs("</tbody></table></div></div>\n", out);
}
