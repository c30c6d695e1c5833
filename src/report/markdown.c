/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A few lines of Markdown with GitHub's tables, for a job summary ($GITHUB_STEP_SUMMARY) or a comment:
 * what was run, the figures, the targets, the errors.
 */
#include "report/markdown.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "report/emit.h"
#include "report/markdown_text.h"
#include "report/merged.h"
#include "report/percentiles.h"
#include "report/slo.h"

enum { EXAMPLES_SHOWN = 5 };

static void put_heading(FILE *out, const struct report *report)
{
	const struct vastar_plan *plan = report->plan;
	const struct run_facts *facts = &report->result->facts;

	fputs("### vastar: ", out);
	markdown_text(out, plan->method);
	fputc(' ', out);
	markdown_text(out, plan->url);
	if (plan->pace.kind == PACE_OPEN)
		fprintf(out, "\n\nOpen loop, %s requests/s, at most %u connection%s, ",
			fmt_rate(plan->rate).s, facts->connections, facts->connections == 1 ? "" : "s");
	else
		fprintf(out, "\n\nClosed loop, %u connection%s, ", facts->connections,
			facts->connections == 1 ? "" : "s");
	if (plan->protocol == PROTOCOL_HTTP2)
		fprintf(out, "HTTP/2 with up to %u stream%s on each, ", plan->streams,
			plan->streams == 1 ? "" : "s");
	if (plan->protocol == PROTOCOL_WEBSOCKET)
		fputs("WebSocket messages and their responses, ", out);
	if (plan->pipeline > 1)
		fprintf(out, "up to %u requests at once on each, ", plan->pipeline);
	if (plan->proxy_url) {
		fputs("through the proxy ", out);
		markdown_text(out, plan->proxy_url);
		fputs(", ", out);
	}
	fprintf(out, "%s.", fmt_time(ns_to_s(facts->total_ns)).s);
	if (facts->interrupted)
		fputs(" **Interrupted before the end.**", out);
	fputs("\n\n", out);
}

static void put_rule(FILE *out, unsigned columns)
{
	for (unsigned i = 0; i < columns; i++)
		fputs("|---:", out);
	fputs("|\n", out);
}

static void put_figures(FILE *out, const struct report *report)
{
	const struct result *result = report->result;

	fprintf(out, "| Requests/s | Goodput/s | Responses | Other than %s | Errors | Cut off |\n",
		report->plan->call.wanted ? "OK" : "2xx");
	put_rule(out, 6);
	fprintf(out, "| %s | ", fmt_grouped(result_rps(result)).s);
	fprintf(out, "%s | ", fmt_grouped(result_goodput_rps(result)).s);
	fprintf(out, "%" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n\n", result->sum->responses,
		result_non_2xx(result), result_errors(result),
		result->sum->drain_aborted + result->sum->unsent);
}

static void put_latency(FILE *out, const struct report *report)
{
	const struct hist *latency = &report->result->sum->latency;
	struct percentiles shown = percentiles_carried(report, latency);
	bool any_weak = false;

	if (!latency->count)
		return;
	for (unsigned i = 0; i < shown.count; i++)
		fprintf(out, "| %s ", fmt_percent(shown.list[i].percent).s);
	fputs("| max |\n", out);
	put_rule(out, shown.count + 1);
	for (unsigned i = 0; i < shown.count; i++) {
		double percent = shown.list[i].percent;
		bool weak = hist_weak(latency, percent);

		fprintf(out, "| %s%s ", fmt_time(ns_to_s(hist_percentile(latency, percent))).s,
			weak ? " \\~" : "");
		any_weak |= weak;
	}
	fprintf(out, "| %s |\n\n", fmt_time(ns_to_s(latency->max_ns)).s);
	if (any_weak)
		fputs("\\~ fewer than 10 responses are above it\n\n", out);
}

static void put_targets(FILE *out, const struct report *report)
{
	struct slo_verdict verdicts[SLO_VERDICTS_MAX];
	unsigned count = slo_verdicts(&report->plan->slo, report->result, verdicts);

	if (!count)
		return;
	fputs("| Target | Measured | |\n|---|---:|---|\n", out);
	for (unsigned i = 0; i < count; i++) {
		fprintf(out, "| %s \\%s %s ", verdicts[i].metric, verdicts[i].comparison,
			slo_limit_text(&verdicts[i]).s);
		fprintf(out, "| %s | %s |\n", slo_measured_text(&verdicts[i]).s,
			verdicts[i].met ? "pass" : "**FAIL**");
	}
	fputc('\n', out);
}

static void put_hosts(FILE *out, const struct merged *merged)
{
	if (!merged || !merged->host_count)
		return;
	fputs("| Host | Part | Requests/s | p99 | Errors | Busy | Verdict "
	      "|\n|---|---:|---:|---:|---:|---:|---|\n",
	      out);
	for (unsigned i = 0; i < merged->host_count; i++) {
		const struct host *host = &merged->hosts[i];

		fputs("| ", out);
		markdown_text(out, *host->name ? host->name : "-");
		fprintf(out, " | %" PRIu32 " | %s | %s | %" PRIu64 " | %.0f %% | %s |\n", host->part,
			host->rps >= 0 ? fmt_grouped(host->rps).s : "-",
			host->responses ? fmt_short(ns_to_s(host->p99_ns)).s : "-", host->errors,
			100 * host->busy, verdict_names[host->verdict]);
	}
	fputc('\n', out);
	if (*merged->note)
		fprintf(out, "- **note**: %s\n\n", merged->note);
}

static void put_trouble(FILE *out, const struct result *result)
{
	const struct shard *sum = result->sum;

	if (!result_errors(result) && result->verdict == VERDICT_OK)
		return;
	for (uint32_t i = 0; i < sum->example_count && i < EXAMPLES_SHOWN; i++) {
		fprintf(out, "- %" PRIu64 " x %s: ", sum->examples[i].count,
			error_kind_names[sum->examples[i].kind]);
		markdown_text(out, sum->examples[i].text);
		fputc('\n', out);
	}
	if (sum->example_count > EXAMPLES_SHOWN)
		fprintf(out, "- and %u more\n", sum->example_count - EXAMPLES_SHOWN);
	if (result->verdict != VERDICT_OK) {
		fprintf(out, "- **%s**: ", verdict_names[result->verdict]);
		markdown_text(out, result->verdict_reason);
		fputc('\n', out);
	}
	fputc('\n', out);
}

static int write_markdown(const struct report *report, FILE *out, struct vastar_error *err)
{
	struct draft draft;

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	put_heading(draft.stream, report);
	put_figures(draft.stream, report);
	put_latency(draft.stream, report);
	put_targets(draft.stream, report);
	put_hosts(draft.stream, report->merged);
	put_trouble(draft.stream, report->result);
	return draft_emit(&draft, out, err);
}

const struct report_format report_markdown = {.name = "markdown", .write = write_markdown};
