/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const verdict_names[] = {
    [VERDICT_OK] = "ok",
    [VERDICT_CLIENT_LIMITED] = "client-limited",
    [VERDICT_RATE_MISSED] = "rate-missed",
};

/* A worker that is busier than this share of a processor is itself a queue: its measurements include
 * waiting for its own turn. */
static const double BUSY_LIMIT = 0.80;
/* Handshakes that take more than this share of the busy time are named as the reason. */
static const double MOSTLY = 0.50;
/* Sends that are later than this at p99 change the result. Below 50 us, lateness is noise of clock and
 * scheduler. */
static const uint64_t LATENESS_FLOOR_NS = 50000;
static const double LATENESS_SHARE = 0.10; /* of the median latency */
/* In a run shorter than this, one or two late wake-ups make up most of the wait time. */
static const uint64_t WAITS_LEAST_NS = 100000000;

static uint32_t usable_cpus(const struct run_facts *facts)
{
	return facts->usable_cpus ? facts->usable_cpus : facts->cpu_count;
}

bool result_workers_help(const struct result *result)
{
	const struct run_facts *facts = &result->facts;

	return facts->workers < usable_cpus(facts) && facts->workers < facts->connections;
}

/* What can help: more workers, more connections for them, or another machine. */
static const char *cure(const struct result *result)
{
	if (result_workers_help(result))
		return "add workers with -w, or give vastar a processor of its own";
	if (result->facts.workers < usable_cpus(&result->facts))
		return "every connection has a worker already: raise -c, or give vastar its own processors";
	if (result->facts.held.quota > 0 && result->facts.held.quota <= usable_cpus(&result->facts))
		return "every processor that the control group allows has a worker already: raise its CPU "
		       "limit";
	return "every usable processor has a worker already, so this machine is the limit: run vastar on "
	       "another or a larger one";
}

uint32_t result_workers(const struct result *result)
{
	const struct run_facts *facts = &result->facts;

	return facts->step_count ? facts->steps[facts->step_count - 1].count : facts->workers;
}

double result_busiest(const struct result *result, uint32_t *workerp)
{
	const struct run_facts *facts = &result->facts;
	uint32_t busiest = 0;

	for (uint32_t i = 1; facts->cpu_busy && i < facts->workers; i++) {
		if (facts->cpu_busy[i] > facts->cpu_busy[busiest])
			busiest = i;
	}
	if (workerp)
		*workerp = busiest;
	return facts->cpu_busy && facts->workers ? facts->cpu_busy[busiest] : 0;
}

double result_busy(const struct result *result)
{
	return fmin(result_busiest(result, NULL) / held_left(&result->facts.held), 1);
}

double result_handshake_share(const struct result *result)
{
	const struct run_facts *facts = &result->facts;
	double busy_ns = 0;

	for (uint32_t i = 0; facts->cpu_busy && i < facts->workers; i++)
		busy_ns += facts->cpu_busy[i] * (double)facts->total_ns;
	return busy_ns > 0 ? fmin((double)result->sum->handshakes.cpu_ns / busy_ns, 1) : 0;
}

bool result_too_short(const struct result *result)
{
	return result->facts.total_ns < RESULT_JUDGED_NS;
}

bool result_too_small(const struct result *result)
{
	return result_too_short(result) || result->sum->latency.count < RESULT_JUDGED_RESPONSES;
}

static bool judge_busy(struct result *result)
{
	uint32_t worker;
	double busy = result_busy(result), handshakes = result_handshake_share(result);

	if (!(busy > BUSY_LIMIT) || result->facts.room_to_grow)
		return false;
	result_busiest(result, &worker);
	if (handshakes > MOSTLY)
		snprintf(
		    result->verdict_reason, sizeof(result->verdict_reason),
		    "worker %u was busy %.0f %% of the time, %.0f %% of that with TLS handshakes (above %.0f "
		    "%% "
		    "its own queue is measured too): keep connections open or let sessions resume, or %s",
		    worker, 100 * busy, 100 * handshakes, 100 * BUSY_LIMIT, cure(result));
	else
		snprintf(result->verdict_reason, sizeof(result->verdict_reason),
			 "worker %u was busy %.0f %% of the time (above %.0f %% its own queue is measured "
			 "too): %s",
			 worker, 100 * busy, 100 * BUSY_LIMIT, cure(result));
	return true;
}

/* p99, or the highest percentile with at least ten sends above it when p99 has fewer. One late wake-up in
 * a run of sixty requests says nothing about the client. */
static double judged_percent(uint64_t sends)
{
	return sends >= 1000 ? 99 : sends > 20 ? 100 - 1000 / (double)sends : 50;
}

static double tolerable_ns(const struct result *result)
{
	return fmax(LATENESS_SHARE * (double)hist_percentile(&result->sum->latency, 50),
		    (double)LATENESS_FLOOR_NS);
}

static uint64_t lateness_ns(const struct result *result, double *percentp)
{
	*percentp = judged_percent(result->sum->send_lateness.count);
	return hist_percentile(&result->sum->send_lateness, *percentp);
}

/* Waits matter when responses waited long, when sends were late, or when vastar was busy for nearly all of
 * the time left to it. The last reason counts only when the server is on another machine: on the same
 * machine, client and server take turns and this is normal. */
static bool waits_matter(const struct result *result)
{
	const struct held *held = &result->facts.held;
	double left = 1 - held_all(held), percent;

	if (result->facts.total_ns < WAITS_LEAST_NS)
		return false;
	return held->wait_s * 1e9 > tolerable_ns(result) ||
	       (double)lateness_ns(result, &percent) > tolerable_ns(result) ||
	       (!held->server_here && result_busiest(result, NULL) > BUSY_LIMIT * left);
}

/* This applies to an open loop too, even when its sends are on time: while vastar is stopped, responses
 * remain unread, and its connections seem busy. */
enum held_by result_held_by(const struct result *result)
{
	return held_by(&result->facts.held, waits_matter(result));
}

static bool judge_held(struct result *result)
{
	const struct run_facts *facts = &result->facts;
	enum held_by by = result_held_by(result);

	if (by != HELD_NOT)
		held_sentence(&facts->held, by, facts->workers > usable_cpus(facts), result->verdict_reason,
			      sizeof(result->verdict_reason));
	return by != HELD_NOT;
}

static bool judge_lateness(struct result *result)
{
	double percent, limit_ns = tolerable_ns(result);
	uint64_t late_ns = lateness_ns(result, &percent);

	if ((double)late_ns <= limit_ns)
		return false;
	snprintf(result->verdict_reason, sizeof(result->verdict_reason),
		 "%.2g %% of the sends were %.0f us or more late (%.0f us are tolerable here): %s",
		 100 - percent, (double)late_ns / 1e3, limit_ns / 1e3, cure(result));
	return true;
}

enum { SENT_PERCENT_LEAST = 99, SENT_PERCENT_VOID = 90 };

static bool judge_rate(struct result *result)
{
	double sent = 100 * result_sent_share(result);

	if (sent >= SENT_PERCENT_LEAST)
		return false;
	snprintf(
	    result->verdict_reason, sizeof(result->verdict_reason),
	    "%.1f %% of the due requests were sent, the rest found no free connection%s: the server is too "
	    "slow for this "
	    "rate, or -c too small",
	    sent, sent < SENT_PERCENT_VOID ? ", so the latencies say nothing about this rate" : "");
	return true;
}

/* NULL: out of memory. */
static struct shard *add_up(struct shard *const *shards, unsigned count)
{
	struct shard *sum = shard_new();

	if (sum && count &&
	    ((shards[0]->stage_count && !shard_add_stages(sum, shards[0]->stage_count)) ||
	     (shards[0]->events && !shard_add_events(sum)) ||
	     (shards[0]->tokens && !shard_add_tokens(sum)))) {
		shard_free(sum);
		return NULL;
	}
	if (sum && count && shards[0]->mix_count && !shard_add_mix(sum, shards[0]->mix_count)) {
		shard_free(sum);
		return NULL;
	}
	for (unsigned i = 0; sum && i < count; i++)
		shard_merge(sum, shards[i]);
	return sum;
}

/* Independent of what else limited the run. */
static void judge_void(struct result *result)
{
	double sent = 100 * result_sent_share(result);
	size_t used = strlen(result->verdict_reason);

	result->is_void = sent < SENT_PERCENT_VOID;
	if (result->is_void && result->verdict == VERDICT_CLIENT_LIMITED)
		snprintf(
		    result->verdict_reason + used, sizeof(result->verdict_reason) - used,
		    "; %.1f %% of the due requests were sent, so the latencies say nothing about this rate",
		    sent);
}

/* Call this last: no step after it may fail. */
static bool take_requests(struct result *result, struct shard *const *shards, unsigned count)
{
	if (!count || !shards[0]->requests)
		return true;
	result->requests = calloc(count, sizeof(struct request_log *));
	for (unsigned i = 0; result->requests && i < count; i++) {
		result->requests[i] = shards[i]->requests;
		shards[i]->requests = NULL;
	}
	return result->requests;
}

struct result *result_new(struct shard *const *shards, unsigned count, const struct run_facts *facts)
{
	struct result *result = calloc(1, sizeof(*result));

	if (!result)
		return NULL;
	result->sum = add_up(shards, count);
	if (!result->sum || !take_requests(result, shards, count)) {
		shard_free(result->sum);
		free(result);
		return NULL;
	}
	result->facts = *facts;
	if (!result_too_short(result) && (judge_held(result) || judge_busy(result) || judge_lateness(result)))
		result->verdict = VERDICT_CLIENT_LIMITED;
	else if (judge_rate(result))
		result->verdict = VERDICT_RATE_MISSED;
	judge_void(result);
	return result;
}

bool result_add_warmup(struct result *result, struct shard *const *shards, unsigned count)
{
	result->warmup = add_up(shards, count);
	return result->warmup != NULL;
}

void result_free(struct result *result)
{
	if (!result)
		return;
	shard_free(result->sum);
	shard_free(result->warmup);
	for (uint32_t i = 0; result->requests && i < result->facts.workers; i++)
		request_log_free(result->requests[i]);
	free(result->requests);
	free(result->facts.cpu_busy);
	free(result->intervals);
	free(result->interval_counts);
	free(result);
}

uint64_t result_errors(const struct result *result)
{
	return shard_errors(result->sum);
}

uint64_t result_requests(const struct result *result)
{
	return result->sum->responses + result_errors(result) + result->sum->drain_aborted;
}

uint64_t result_non_2xx(const struct result *result)
{
	return result->sum->responses - result->sum->good;
}

bool result_has_calls(const struct result *result)
{
	for (unsigned i = 0; i < CALL_STATUSES; i++)
		if (result->sum->calls.status[i])
			return true;
	return false;
}

uint64_t result_fine(const struct result *result)
{
	uint64_t fine = 0;

	if (result_has_calls(result))
		return result->sum->good;
	for (unsigned code = 200; code < 400; code++)
		fine += result->sum->status[code];
	return fine;
}

double result_failed_share(const struct result *result)
{
	uint64_t all = result_requests(result) + result->sum->unsent;

	return all ? (double)(all - result_fine(result)) / (double)all : NAN;
}

static double per_second(const struct result *result, uint64_t count)
{
	return result->facts.total_ns ? (double)count / ((double)result->facts.total_ns * 1e-9) : 0;
}

double result_rps(const struct result *result)
{
	return per_second(result, result->sum->responses - result->sum->responses_late);
}

double result_goodput_rps(const struct result *result)
{
	return per_second(result, result->sum->good - result->sum->good_late);
}

uint64_t result_logged(const struct result *result, uint64_t *lostp)
{
	uint64_t rows = 0, lost = 0;

	for (uint32_t i = 0; result->requests && i < result->facts.workers; i++) {
		rows += result->requests[i]->count;
		lost += result->requests[i]->lost;
	}
	if (lostp)
		*lostp = lost;
	return rows;
}

const struct hist *result_class_latency(const struct result *result, unsigned class, struct hist *scratch)
{
	const struct shard *sum = result->sum;
	const struct hist *latency = scratch;

	if (class >= CLASS_FIRST) {
		latency = &sum->class_latency[class - CLASS_FIRST];
	} else {
		memcpy(scratch, &sum->latency, sizeof(*scratch));
		for (unsigned i = 0; i < CLASSES; i++)
			hist_subtract(scratch, &sum->class_latency[i]);
	}
	return latency->count ? latency : NULL;
}

bool result_classes_differ(const struct result *result)
{
	const struct shard *sum = result->sum;
	unsigned classes = 0;
	uint64_t others = 0;

	for (unsigned i = 0; i < CLASSES; i++) {
		others += sum->class_latency[i].count;
		classes += sum->class_latency[i].count > 0;
	}
	return classes > 1 || (classes && sum->latency.count > others);
}

double result_sent_share(const struct result *result)
{
	uint64_t sent = result_requests(result), due = sent + result->sum->unsent;

	return due ? (double)sent / (double)due : 1;
}

bool result_arrivals_departed(const struct result *result)
{
	return gap_departure(&result->sum->gaps) > GAPS_ALARM; /* false for NAN */
}

uint64_t result_percentile_of_all(const struct result *result, double percent)
{
	uint64_t rank = hist_rank_of(result_requests(result) + result->sum->unsent, percent);

	return rank > result->sum->responses ? UINT64_MAX : hist_rank(&result->sum->latency, rank);
}

bool result_percentile_weak(const struct result *result, double percent)
{
	return hist_weak(&result->sum->latency, percent);
}
