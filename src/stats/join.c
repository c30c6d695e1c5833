/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/join.h"

#include <stdlib.h>
#include <string.h>

static bool fits(uint64_t a, uint64_t b)
{
	return a <= UINT64_MAX - b;
}

static bool hist_fits(const struct hist *a, const struct hist *b)
{
	return fits(a->count, b->count) && fits(a->sum_ns, b->sum_ns);
}

static bool facts_fit(const struct run_facts *a, const struct run_facts *b)
{
	return a->connections <= UINT32_MAX - b->connections &&
	       a->connections_open <= UINT32_MAX - b->connections_open &&
	       a->workers <= UINT32_MAX - b->workers;
}

/* Only these can be larger than the number of responses, so only these are checked. */
static bool sums_fit(const struct shard *a, const struct shard *b)
{
	for (unsigned i = 0; i < PHASES; i++)
		if (!fits(a->phases[i].count, b->phases[i].count) ||
		    !fits(a->phases[i].sum_ns, b->phases[i].sum_ns))
			return false;
	for (unsigned i = 0; i < CLASSES; i++)
		if (!hist_fits(&a->class_latency[i], &b->class_latency[i]))
			return false;
	for (unsigned i = 0; i < ERROR_KINDS; i++)
		if (!fits(a->errors[i], b->errors[i]) || !hist_fits(&a->error_age[i], &b->error_age[i]))
			return false;
	return fits(a->bytes, b->bytes) && hist_fits(&a->latency, &b->latency) &&
	       hist_fits(&a->service, &b->service) && hist_fits(&a->aborted_age, &b->aborted_age);
}

static void drop_intervals(struct result *result)
{
	free(result->intervals);
	free(result->interval_counts);
	result->intervals = NULL;
	result->interval_counts = NULL;
	result->interval_count = 0;
}

/* Both must have them: otherwise there are none for all intervals. */
static bool join_interval_counts(struct result *into, const struct result *next)
{
	uint32_t count = into->interval_count + next->interval_count;
	struct interval_counts *all = NULL;

	if (into->interval_counts && next->interval_counts) {
		all = realloc(into->interval_counts, count * sizeof(*all));
		if (!all)
			return false;
		memcpy(all + into->interval_count, next->interval_counts,
		       next->interval_count * sizeof(*all));
	} else {
		free(into->interval_counts);
	}
	into->interval_counts = all;
	return true;
}

static bool join_intervals(struct result *into, const struct result *next, enum join how, uint64_t shift_ns)
{
	uint32_t count = into->interval_count + next->interval_count;
	struct interval *all;

	if (how == JOIN_BESIDE || !into->interval_count || !next->interval_count) {
		drop_intervals(into);
		return true;
	}
	if (!join_interval_counts(into, next))
		return false;
	all = realloc(into->intervals, count * sizeof(*all));
	if (!all)
		return false;
	memcpy(all + into->interval_count, next->intervals, next->interval_count * sizeof(*all));
	for (uint32_t i = into->interval_count; i < count; i++)
		all[i].start_ns += shift_ns;
	into->intervals = all;
	into->interval_count = count;
	return true;
}

/* Beside: takes the workers of both. After: the mean of each worker over the time of both. */
static bool join_workers(struct run_facts *into, const struct run_facts *next, enum join how)
{
	double time = (double)into->total_ns + (double)next->total_ns;
	double share = how == JOIN_AFTER && time > 0 ? (double)next->total_ns / time : 1;
	uint32_t first = how == JOIN_BESIDE ? into->workers : 0,
		 count = first + next->workers > into->workers ? first + next->workers : into->workers;
	double *busy = calloc(count ? count : 1, sizeof(*busy));

	if (!busy)
		return false;
	for (uint32_t i = 0; into->cpu_busy && i < into->workers; i++)
		busy[i] = into->cpu_busy[i] * (how == JOIN_AFTER ? 1 - share : 1);
	for (uint32_t i = 0; next->cpu_busy && i < next->workers; i++)
		busy[first + i] += next->cpu_busy[i] * share;
	free(into->cpu_busy);
	into->cpu_busy = busy;
	into->workers = count;
	into->step_count = 0; /* two histories of worker numbers cannot be joined */
	return true;
}

static uint32_t missing(const struct run_facts *facts)
{
	return facts->connections > facts->connections_open ? facts->connections - facts->connections_open
							    : 0;
}

static void join_facts(struct run_facts *into, const struct run_facts *next, enum join how)
{
	double time = (double)into->total_ns + (double)next->total_ns;

	held_join(&into->held, &next->held,
		  how == JOIN_AFTER && time > 0 ? (double)next->total_ns / time : 1);
	if (how == JOIN_BESIDE) {
		into->connections += next->connections;
		into->connections_open += next->connections_open;
	} else {
		uint32_t most = missing(into) > missing(next) ? missing(into) : missing(next);

		into->total_ns += next->total_ns;
		if (next->connections > into->connections)
			into->connections = next->connections;
		into->connections_open = into->connections - most;
	}
	if (next->drain_ns > into->drain_ns)
		into->drain_ns = next->drain_ns;
	into->by_duration |= next->by_duration;
	into->interrupted |= next->interrupted;
	if (!*into->note)
		memcpy(into->note, next->note, sizeof(into->note));
}

static void join_verdict(struct result *into, const struct result *next)
{
	if (into->verdict == VERDICT_OK) {
		into->verdict = next->verdict;
		memcpy(into->verdict_reason, next->verdict_reason, sizeof(into->verdict_reason));
	}
	into->is_void |= next->is_void;
}

int result_join(struct result *into, const struct result *next, enum join how, struct vastar_error *err)
{
	uint64_t shift_ns = into->interval_count ? into->intervals[into->interval_count - 1].start_ns +
						       into->intervals[into->interval_count - 1].length_ns
						 : 0;
	uint64_t backlog_max = into->sum->backlog_max;

	if (!sums_fit(into->sum, next->sum) || !facts_fit(&into->facts, &next->facts))
		return err_set(err, VASTAR_E_USAGE,
			       "results: their counts are too large to be added (merge fewer of them)");
	if (!join_intervals(into, next, how, shift_ns) || !join_workers(&into->facts, &next->facts, how))
		return err_nomem(err, "results");
	shard_merge(into->sum, next->sum);
	if (into->warmup && next->warmup)
		shard_merge(into->warmup, next->warmup);
	if (how == JOIN_AFTER)
		into->sum->backlog_max =
		    backlog_max > next->sum->backlog_max ? backlog_max : next->sum->backlog_max;
	join_facts(&into->facts, &next->facts, how);
	join_verdict(into, next);
	return 0;
}
