/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/load.h"

#include <inttypes.h>

#include "base/clock.h"

struct text load_stage(const struct schedule_stage *stage)
{
	struct text text;

	if (stage->from == stage->to)
		snprintf(text.s, sizeof(text.s), "%.12s/s", fmt_rate(stage->from).s);
	else
		snprintf(text.s, sizeof(text.s), "%.12s..%.12s/s", fmt_rate(stage->from).s,
			 fmt_rate(stage->to).s);
	return text;
}

const struct schedule_stage *load_stages(const struct vastar_plan *plan, uint32_t *countp)
{
	*countp = plan->schedule.stage_count - plan->schedule.warmup;
	return plan->schedule.stages + plan->schedule.warmup;
}

static struct load_text rate_text(const struct vastar_plan *plan)
{
	uint32_t count;
	const struct schedule_stage *stages = load_stages(plan, &count);
	struct load_text text;

	if (count > 1)
		snprintf(text.s, sizeof(text.s), "%" PRIu32 " stages", count);
	else if (plan->schedule.burst)
		snprintf(text.s, sizeof(text.s), "bursts of %" PRIu32 ", %s requests/s", plan->schedule.burst,
			 fmt_rate(stages->from).s);
	else if (count && stages->from != stages->to)
		snprintf(text.s, sizeof(text.s), "%s to %s requests/s", fmt_rate(stages->from).s,
			 fmt_rate(stages->to).s);
	else
		snprintf(text.s, sizeof(text.s), "%s requests/s", fmt_rate(plan->rate).s);
	return text;
}

const char *load_retried(const struct vastar_plan *plan)
{
	if (plan->protocol == PROTOCOL_HTTP2)
		return "sent again: the server had not processed them (GOAWAY, REFUSED_STREAM)";
	return plan->pipeline > 1 ? "sent again: the connection ended before the response began"
				  : "sent again: the server had closed an idle connection";
}

struct load_text load_describe(const struct report *report)
{
	const struct vastar_plan *plan = report->plan;
	uint32_t connections = report->result->facts.connections;
	const char *plural = connections == 1 ? "" : "s";
	struct load_text text;

	if (plan->pace.kind == PACE_CONNECTION)
		snprintf(text.s, sizeof(text.s), "closed loop, %u connection%s at %s requests/s each",
			 connections, plural, fmt_rate(plan->connection_rate).s);
	else if (plan->streams > 1 && plan->pace.kind != PACE_OPEN)
		snprintf(text.s, sizeof(text.s), "closed loop, %u connection%s, up to %u streams on each",
			 connections, plural, plan->streams);
	else if (plan->ws.listen)
		snprintf(text.s, sizeof(text.s), "listening on %u connection%s", connections, plural);
	else if (plan->ws.in_flight > 1 && plan->pace.kind != PACE_OPEN)
		snprintf(text.s, sizeof(text.s),
			 "closed loop, %u connection%s, up to %u messages in flight on each", connections,
			 plural, plan->ws.in_flight);
	else if (plan->pipeline > 1)
		snprintf(text.s, sizeof(text.s),
			 "closed loop, %u connection%s, up to %u requests at once on each", connections,
			 plural, plan->pipeline);
	else if (plan->pace.kind != PACE_OPEN)
		snprintf(text.s, sizeof(text.s), "closed loop, %u connection%s", connections, plural);
	else if (plan->schedule.burst)
		snprintf(text.s, sizeof(text.s), "open loop, %.100s, at most %u connection%s",
			 rate_text(plan).s, connections, plural);
	else
		snprintf(text.s, sizeof(text.s), "open loop, %.100s (%s), at most %u connection%s",
			 rate_text(plan).s, arrivals_names[plan->arrivals], connections, plural);
	return text;
}

struct load_text load_backlog(const struct result *result)
{
	const struct shard *sum = result->sum;
	uint64_t response = hist_percentile(&sum->latency, 99), service = hist_percentile(&sum->service, 99);
	struct load_text text = {""};

	if (result->facts.open_loop && response >= service + service / 10 + NS_PER_MS)
		snprintf(text.s, sizeof(text.s),
			 "%s fell behind: %" PRIu64
			 " requests were waiting at worst, and one was sent %s late.",
			 result->verdict == VERDICT_CLIENT_LIMITED ? "vastar or the server" : "The server",
			 sum->backlog_max, fmt_short(ns_to_s(sum->wait_max_ns)).s);
	return text;
}

struct load_text load_workers(const struct run_facts *facts)
{
	const struct worker_step *last = facts->step_count ? &facts->steps[facts->step_count - 1] : NULL;
	uint32_t now = last ? last->count : facts->workers;
	struct load_text text;

	if (last && facts->steps[0].count != now)
		snprintf(text.s, sizeof(text.s), "%u -> %u worker%s after %.0f ms", facts->steps[0].count,
			 now, now == 1 ? "" : "s", (double)last->at_ns / 1e6);
	else
		snprintf(text.s, sizeof(text.s), "%u worker%s", now, now == 1 ? "" : "s");
	return text;
}
