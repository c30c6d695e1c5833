/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/saved/merge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/saved/shares.h"
#include "stats/join.h"

/* Dates are cut to milliseconds, so a run may seem to begin before the previous one ended. */
static const int64_t TOUCH_NS = 2 * (int64_t)NS_PER_MS;

/* ---- what can be merged ---- */

static bool same_run(const struct result *a, const struct result *b)
{
	return a->facts.started_at_s == b->facts.started_at_s &&
	       a->facts.started_at_ms == b->facts.started_at_ms && a->facts.total_ns == b->facts.total_ns &&
	       a->sum->responses == b->sum->responses && a->sum->bytes == b->sum->bytes &&
	       a->sum->latency.max_ns == b->sum->latency.max_ns &&
	       a->sum->latency.sum_ns == b->sum->latency.sum_ns;
}

static const char *proxy_of(const struct saved *saved)
{
	return saved->plan->proxy_url ? saved->plan->proxy_url : "none";
}

static int check_pair(const struct saved *a, const struct saved *b, const char *file_a, const char *file_b,
		      bool force, struct vastar_error *err)
{
	if (same_run(a->result, b->result))
		return err_set(err, VASTAR_E_USAGE,
			       "%.100s and %.100s: the same run (it would count twice: leave one out)",
			       file_a, file_b);
	if (a->result->facts.open_loop != b->result->facts.open_loop)
		return err_set(err, VASTAR_E_USAGE,
			       "%.100s and %.100s: an open and a closed loop (their latencies count from "
			       "different instants and cannot be merged)",
			       file_a, file_b);
	if (!force && strcmp(a->plan->method, b->plan->method))
		return err_set(err, VASTAR_E_USAGE,
			       "%.100s and %.100s: methods %.20s and %.20s (--force merges them anyway)",
			       file_a, file_b, a->plan->method, b->plan->method);
	if (!force && strcmp(a->plan->url, b->plan->url))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "%.60s and %.60s: different URLs, %.100s and %.100s (--force merges them anyway)", file_a,
		    file_b, a->plan->url, b->plan->url);
	if (!mix_same(&a->plan->mix, &b->plan->mix))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "%.100s and %.100s: different requests of --urls (compare such runs side by side)",
		    file_a, file_b);
	if (!force && strcmp(proxy_of(a), proxy_of(b)) != 0)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "%.60s and %.60s: different proxies, %.100s and %.100s (--force merges them anyway)",
		    file_a, file_b, proxy_of(a), proxy_of(b));
	if (a->plan->stream != b->plan->stream)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "%.60s and %.60s: only one of them has event streams (merge runs with the same --stream)",
		    file_a, file_b);
	return 0;
}

/* Rejects a result whose percentiles do not belong to a single load: adding another run would not make
 * them mean more. */
static int check_load(const struct saved *input, const char *file, struct vastar_error *err)
{
	const struct schedule *schedule = &input->plan->schedule;

	if (share_is_part(&input->plan->share)) /* one load, however it changes */
		return 0;
	if (schedule->stage_count <= 1 && !schedule->burst &&
	    schedule->stages[0].from == schedule->stages[0].to)
		return 0;
	return err_set(
	    err, VASTAR_E_USAGE,
	    "%.200s: a load that changes (stages, a ramp or bursts) cannot be merged (compare such runs "
	    "side by side)",
	    file);
}

static int check_all(const struct saved *inputs, const char *const *files, unsigned count, bool force,
		     struct vastar_error *err)
{
	int rc = shares_check(inputs, files, count, err);

	for (unsigned i = 0; !rc && i < count && count > 1; i++)
		rc = check_load(&inputs[i], files[i], err);
	for (unsigned i = 1; !rc && i < count; i++)
		rc = check_pair(&inputs[0], &inputs[i], files[0], files[i], force, err);
	for (unsigned i = 1; !rc && i < count; i++)
		for (unsigned k = i + 1; !rc && k < count; k++)
			if (same_run(inputs[i].result, inputs[k].result))
				rc = check_pair(&inputs[i], &inputs[k], files[i], files[k], force, err);
	return rc;
}

/* ---- times of the runs ---- */

struct run {
	struct saved *saved;
	const char *file;
	int64_t start_ns, end_ns; /* from the start of the first run */
};

static int by_start(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

static struct run *runs_new(struct saved *inputs, const char *const *files, unsigned count)
{
	struct run *runs = calloc(count, sizeof(*runs));
	int64_t first;

	if (!runs)
		return NULL;
	for (unsigned i = 0; i < count; i++) {
		const struct run_facts *facts = &inputs[i].result->facts;

		runs[i] = (struct run){.saved = &inputs[i], .file = files[i]};
		runs[i].start_ns = facts->started_at_s * (int64_t)NS_PER_S +
				   (int64_t)facts->started_at_ms * (int64_t)NS_PER_MS;
	}
	qsort(runs, count, sizeof(*runs), by_start);
	first = runs[0].start_ns;
	for (unsigned i = 0; i < count; i++) {
		runs[i].start_ns -= first;
		runs[i].end_ns = runs[i].start_ns + (int64_t)runs[i].saved->result->facts.total_ns;
	}
	return runs;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static enum overlap overlap_of(const struct run *runs, unsigned count)
{
	int64_t last_start = runs[count - 1].start_ns, first_end = runs[0].end_ns, end = runs[0].end_ns;
	bool any = false;

	for (unsigned i = 1; i < count; i++) {
		any |= runs[i].start_ns + TOUCH_NS < end;
		first_end = runs[i].end_ns < first_end ? runs[i].end_ns : first_end;
		end = later(end, runs[i].end_ns);
	}
	if (!any)
		return OVERLAP_NONE;
	return last_start < first_end ? OVERLAP_ALL : OVERLAP_SOME;
}

/* ---- joining ---- */

/* Runs that followed each other, each with the same load, are repeats. */
static bool are_repeats(const struct run *runs, unsigned count)
{
	const struct vastar_plan *first = runs[0].saved->plan;

	for (unsigned i = 1; i < count; i++) {
		const struct vastar_plan *plan = runs[i].saved->plan;

		if (plan->connections != first->connections || plan->pipeline != first->pipeline ||
		    plan->protocol != first->protocol || plan->ws.in_flight != first->ws.in_flight ||
		    plan->call.wanted != first->call.wanted || plan->streams != first->streams ||
		    plan->rate != first->rate || plan->connection_rate != first->connection_rate ||
		    plan->new_connections != first->new_connections || plan->keepalive != first->keepalive)
			return false;
	}
	return count > 1;
}

static bool add_repeats(struct repeats *repeats, const struct run *run)
{
	const struct repeats *own = &run->saved->repeats;
	struct repeat whole = repeat_of(run->saved->result);

	if (!own->count)
		return repeats_add(repeats, &whole);
	for (unsigned i = 0; i < own->count; i++)
		if (!repeats_add(repeats, &own->items[i]))
			return false;
	return true;
}

static void join_plans(struct vastar_plan *into, const struct vastar_plan *next, enum join how)
{
	if (into->duration_ns || next->duration_ns)
		into->requests = UINT64_MAX;
	else
		into->requests += next->requests;
	into->duration_ns += next->duration_ns; /* the caller sets the time of both */
	if (how == JOIN_BESIDE)
		into->rate += next->rate;
	else if (next->rate > into->rate)
		into->rate = next->rate;
	if (share_is_part(&into->share))
		return;
	for (uint32_t i = 0; i < into->schedule.stage_count; i++)
		into->schedule.stages[i].from = into->schedule.stages[i].to = into->rate;
}

/* Joined parts are the whole, or as much of it as there is. */
static void join_shares(struct vastar_plan *plan, unsigned parts)
{
	uint32_t of = plan->share.count;

	schedule_scale(&plan->schedule, parts);
	if (plan->schedule.burst)
		plan->schedule.burst *= parts;
	if (parts == of)
		plan->rate = plan->whole.rate;
	plan->share = (struct share){0};
}

/* Joins all runs into the first, in order of their start. */
static int join_runs(struct run *runs, unsigned count, struct merged *merged, struct vastar_error *err)
{
	struct saved *whole = runs[0].saved;
	int64_t end = runs[0].end_ns, busy = runs[0].end_ns;

	for (unsigned i = 1; i < count; i++) {
		bool beside = runs[i].start_ns + TOUCH_NS < end || share_is_part(&whole->plan->share);
		enum join how = beside ? JOIN_BESIDE : JOIN_AFTER;
		int64_t from = later(runs[i].start_ns, end);

		int rc = result_join(whole->result, runs[i].saved->result, how, err);

		if (rc)
			return rc;
		join_plans(whole->plan, runs[i].saved->plan, how);
		busy += runs[i].end_ns > from ? runs[i].end_ns - from : 0;
		end = later(end, runs[i].end_ns);
		whole->result->facts.total_ns = (uint64_t)busy;
	}
	if (whole->plan->duration_ns)
		whole->plan->duration_ns = (uint64_t)busy;
	if (share_is_part(&whole->plan->share) && count > 1)
		join_shares(whole->plan, count);
	hosts_judge(merged, whole->result);
	whole->plan->connections = whole->result->facts.connections;
	whole->plan->workers = whole->result->facts.workers;
	merged->busy_ns = (uint64_t)busy;
	merged->span_ns = (uint64_t)end;
	return 0;
}

/* ---- the merge ---- */

static bool describe(struct merged *merged, const struct run *runs, unsigned count)
{
	merged->runs = calloc(count, sizeof(*merged->runs));
	if (!merged->runs)
		return false;
	merged->overlap = overlap_of(runs, count);
	for (; merged->count < count; merged->count++) {
		const struct result *result = runs[merged->count].saved->result;
		struct merged_run *run = &merged->runs[merged->count];

		*run = (struct merged_run){
		    .file = runs[merged->count].file,
		    .url = strdup(runs[merged->count].saved->plan->url),
		    .started_at = fmt_instant(result->facts.started_at_s, (int)result->facts.started_at_ms),
		    .total_ns = result->facts.total_ns,
		    .requests = result_requests(result),
		    .rps = result->facts.total_ns ? result_rps(result) : NAN,
		};
		if (!run->url)
			return false;
	}
	return true;
}

/* Runs at the same time, and parts of a whole in any case. */
static bool describe_hosts(struct merged *merged, const struct run *runs, unsigned count)
{
	const struct share *share = &runs[0].saved->plan->share;

	if (count < 2 || (merged->overlap == OVERLAP_NONE && !share_is_part(share)))
		return true;
	merged->hosts = calloc(count, sizeof(*merged->hosts));
	if (!merged->hosts)
		return false;
	for (unsigned i = 0; i < count; i++)
		hosts_add(merged, runs[i].saved, (uint64_t)runs[i].start_ns);
	hosts_finish(merged, share_is_part(share) ? share->count : 0);
	return true;
}

static int merge_sorted(struct run *runs, unsigned count, struct saved *whole, struct merged *merged,
			struct vastar_error *err)
{
	struct repeats repeats = {0};
	int rc;

	if (!describe(merged, runs, count) || !describe_hosts(merged, runs, count))
		return err_nomem(err, "merge");
	if (count == 1)
		repeats = runs[0].saved->repeats;
	if (merged->overlap == OVERLAP_NONE && !merged->host_count && are_repeats(runs, count))
		for (unsigned i = 0; i < count; i++)
			if (!add_repeats(&repeats, &runs[i])) {
				repeats_free(&repeats);
				return err_nomem(err, "merge");
			}
	rc = join_runs(runs, count, merged, err);
	if (count > 1)
		repeats_free(&runs[0].saved->repeats);
	*whole = *runs[0].saved;
	whole->repeats = repeats;
	*runs[0].saved = (struct saved){0};
	return rc;
}

int merge_runs(struct saved *inputs, const char *const *files, unsigned count, bool force,
	       struct saved *whole, struct merged *merged, struct vastar_error *err)
{
	struct run *runs;
	int rc;

	*merged = (struct merged){0};
	*whole = (struct saved){0};
	if (!count)
		return err_set(err, VASTAR_E_USAGE,
			       "merge: no files (vastar merge A.json B.json, or see vastar help merge)");
	rc = check_all(inputs, files, count, force, err);
	if (rc)
		return rc;
	runs = runs_new(inputs, files, count);
	rc = runs ? merge_sorted(runs, count, whole, merged, err) : err_nomem(err, "merge");
	free(runs);
	return rc;
}
