/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/saved/shares.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* ---- which parts belong together ---- */

static bool same_whole(const struct vastar_plan *a, const struct vastar_plan *b)
{
	return a->share.count == b->share.count && a->whole.connections == b->whole.connections &&
	       a->whole.requests == b->whole.requests && a->whole.rate == b->whole.rate &&
	       a->duration_ns == b->duration_ns && a->warmup_ns == b->warmup_ns &&
	       a->arrivals == b->arrivals && (a->pace.kind != PACE_OPEN || a->seed == b->seed);
}

static int check_pair(const struct saved *a, const struct saved *b, const char *file_a, const char *file_b,
		      struct vastar_error *err)
{
	if (share_is_part(&a->plan->share) != share_is_part(&b->plan->share))
		return err_set(err, VASTAR_E_USAGE,
			       "%.100s and %.100s: only one of them is a part of a whole (--share; merge the "
			       "parts of one run)",
			       file_a, file_b);
	if (!share_is_part(&a->plan->share))
		return 0;
	if (!same_whole(a->plan, b->plan))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "%.100s and %.100s: parts of different runs (--share needs the same N, -c, -n, "
		    "-z, load and --seed in all of them)",
		    file_a, file_b);
	if (a->plan->share.index == b->plan->share.index)
		return err_set(err, VASTAR_E_USAGE,
			       "%.100s and %.100s: both are part %" PRIu32 " of %" PRIu32 " (leave one out)",
			       file_a, file_b, a->plan->share.index + 1, a->plan->share.count);
	return 0;
}

int shares_check(const struct saved *inputs, const char *const *files, unsigned count,
		 struct vastar_error *err)
{
	/* file_of[i]: which input is part i */
	unsigned *input_of = calloc(SHARES_MAX, sizeof(*input_of));
	int rc = input_of ? 0 : err_nomem(err, "merge");

	for (unsigned i = 0; !rc && i < count; i++) {
		uint32_t part = inputs[i].plan->share.index;

		rc = i ? check_pair(&inputs[0], &inputs[i], files[0], files[i], err) : 0;
		if (!rc && share_is_part(&inputs[i].plan->share) && input_of[part])
			rc = check_pair(&inputs[input_of[part] - 1], &inputs[i], files[input_of[part] - 1],
					files[i], err);
		input_of[part] = i + 1;
	}
	free(input_of);
	return rc;
}

/* ---- the table ---- */

void hosts_add(struct merged *merged, const struct saved *saved, uint64_t start_ns)
{
	const struct result *result = saved->result;
	const struct hist *latency = &result->sum->latency;
	struct host *host = &merged->hosts[merged->host_count++];

	*host = (struct host){
	    .part = share_is_part(&saved->plan->share) ? saved->plan->share.index + 1 : 0,
	    .start_ns = start_ns,
	    .connections = result->facts.connections,
	    .requests = result_requests(result),
	    .responses = result->sum->responses,
	    .errors = result_errors(result),
	    .rps = result->facts.total_ns ? result_rps(result) : NAN,
	    .p50_ns = hist_percentile(latency, 50),
	    .p99_ns = hist_percentile(latency, 99),
	    .max_ns = latency->max_ns,
	    .busy = result_busiest(result, NULL),
	    .verdict = result->verdict,
	};
	snprintf(host->name, sizeof(host->name), "%s", result->facts.host);
	snprintf(host->reason, sizeof(host->reason), "%s", result->verdict_reason);
}

static int by_part(const void *a, const void *b)
{
	const struct host *x = a, *y = b;

	return (x->part > y->part) - (x->part < y->part);
}

/* "1, 4, 5": the parts without a row, as many as fit. */
static unsigned list_missing(const struct merged *merged, uint32_t parts, char *list, size_t size)
{
	unsigned missing = 0, row = 0;
	size_t used = 0;

	list[0] = '\0';
	for (uint32_t part = 1; part <= parts; part++) {
		if (row < merged->host_count && merged->hosts[row].part == part) {
			row++;
			continue;
		}
		if (used + sizeof(", 65536, ...") < size)
			used += (size_t)snprintf(list + used, size - used, "%s%" PRIu32, missing ? ", " : "",
						 part);
		else if (used + sizeof(", ...") <= size && strcmp(list + used - 3, "...") != 0)
			used += (size_t)snprintf(list + used, size - used, ", ...");
		missing++;
	}
	return missing;
}

void hosts_finish(struct merged *merged, uint32_t parts)
{
	char list[100];
	unsigned missing;

	qsort(merged->hosts, merged->host_count, sizeof(*merged->hosts), by_part);
	missing = list_missing(merged, parts, list, sizeof(list));
	if (missing)
		snprintf(merged->note, sizeof(merged->note),
			 "%u of %" PRIu32 " parts %s missing (%s): the figures are those of the others",
			 missing, parts, missing == 1 ? "is" : "are", list);
	else if (parts > 1 && merged->overlap == OVERLAP_NONE)
		snprintf(merged->note, sizeof(merged->note),
			 "the parts did not run at the same time: the server never saw the load of the whole "
			 "(--start-at)");
}

/* ---- the verdict ---- */

/* A client that is the limit measures itself. That is worse than a server that is too slow for the rate. */
static int badness(enum verdict verdict)
{
	static const int order[] = {
	    [VERDICT_OK] = 0, [VERDICT_RATE_MISSED] = 1, [VERDICT_CLIENT_LIMITED] = 2};

	return order[verdict];
}

void hosts_judge(const struct merged *merged, struct result *whole)
{
	const struct host *worst = NULL;

	for (unsigned i = 0; i < merged->host_count; i++)
		if (!worst || badness(merged->hosts[i].verdict) > badness(worst->verdict))
			worst = &merged->hosts[i];
	if (!worst || worst->verdict == VERDICT_OK)
		return;
	whole->verdict = worst->verdict;
	if (worst->part)
		snprintf(whole->verdict_reason, sizeof(whole->verdict_reason),
			 "%s (part %" PRIu32 "): %.280s", worst->name, worst->part, worst->reason);
	else
		snprintf(whole->verdict_reason, sizeof(whole->verdict_reason), "%s: %.300s", worst->name,
			 worst->reason);
}
