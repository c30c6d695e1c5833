/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/exchange.h"

#include <stdio.h>

bool tally_init(struct tally *t, const struct vastar_plan *plan, struct shard *shard,
		struct shard *warm_shard, struct budget *log_budget, uint32_t connections)
{
	*t = (struct tally){.shard = shard, .warm_shard = warm_shard, .plan = plan};
	if (!shard->requests)
		return true;
	t->log = &t->own_log;
	return exchange_log_init(t->log, shard->requests, log_budget, connections);
}

void tally_deinit(struct tally *t)
{
	if (t->log)
		exchange_log_deinit(t->log);
	t->log = NULL;
}

struct stage_stats *tally_stage(const struct tally *t, uint64_t due_ns)
{
	uint32_t stage, warmup = t->plan->schedule.warmup;

	if (!t->shard->stage_count)
		return NULL;
	stage = schedule_stage_at(&t->plan->schedule, due_ns - t->schedule_ns);
	return stage < warmup ? NULL : &t->shard->stages[stage - warmup];
}

static struct stage_stats *exchange_stage(const struct tally *t, const struct exchange *x)
{
	return tally_stage(t, exchange_from_ns(t, x));
}

/* ---- the life of an exchange ---- */

void exchange_log_row(struct tally *t, const struct exchange *x, struct exchange_place place,
		      uint64_t last_ns, uint16_t status, uint8_t failure)
{
	struct request_record record = {
	    .due_ns = t->plan->pace.kind == PACE_CLOSED ? 0 : x->due_ns,
	    .sent_ns = x->sent_ns,
	    .first_ns = x->first_ns,
	    .last_ns = last_ns,
	    .ordinal =
		place.ordinal == EXCHANGE_LATEST ? exchange_log_latest(t->log, place.conn) : place.ordinal,
	    .status = status,
	    .failure = failure,
	    .retried = place.retried,
	    .request = place.request,
	};

	exchange_log_add(t->log, place.conn, &record);
}

void exchange_completed_open(struct tally *t, struct shard *shard, const struct exchange *x, uint64_t now_ns,
			     bool good)
{
	struct stage_stats *stage = tally_stage(t, x->due_ns);

	hist_record(&shard->service, now_ns - x->sent_ns);
	if (stage)
		stage_response(stage, now_ns - x->due_ns, now_ns - x->sent_ns, good);
}

void exchange_call_completed(struct tally *t, struct exchange *x, struct exchange_place place,
			     struct exchange_response response, const struct call_end *end, uint64_t now_ns,
			     bool late)
{
	struct calls *calls = &exchange_shard(t, x)->calls;

	calls->status[end->status]++;
	calls->sent += end->sent;
	calls->received += end->received;
	if (end->status)
		hist_record(&calls->failed_latency, now_ns - exchange_from_ns(t, x));
	if (end->status && *end->text)
		calls_say(calls, end->status, end->text);
	exchange_counted(t, x, place, response, !end->status, now_ns, late);
}

void exchange_messages(struct tally *t, const struct exchange *x, uint64_t before_ns, uint32_t count,
		       uint64_t now_ns)
{
	struct calls *calls = &exchange_shard(t, x)->calls;

	if (before_ns)
		hist_record(&calls->message_gap, now_ns - before_ns);
	else
		hist_record(&calls->first_message, now_ns - x->sent_ns);
	if (count > 1)
		hist_record_n(&calls->message_gap, 0, count - 1);
}

void exchange_failed(struct tally *t, struct exchange *x, struct exchange_place place, uint64_t now_ns,
		     enum error_kind kind, int code, const char *text)
{
	struct stage_stats *stage = exchange_stage(t, x);
	struct shard *shard = exchange_shard(t, x);

	shard_error(shard, kind, code, now_ns - exchange_from_ns(t, x), text);
	if (shard->mix)
		mixed_error(&shard->mix[place.request], kind);
	if (stage)
		stage->errors++;
	if (t->log)
		exchange_log_row(t, x, place, 0, 0, (uint8_t)(1 + kind));
	exchange_ended(t, x, now_ns);
}

void exchange_aborted(struct tally *t, struct exchange *x, struct exchange_place place, uint64_t now_ns)
{
	struct stage_stats *stage = exchange_stage(t, x);
	struct shard *shard = exchange_shard(t, x);

	shard_bump(&shard->drain_aborted, 1);
	hist_record(&shard->aborted_age, now_ns - exchange_from_ns(t, x));
	if (shard->mix)
		shard->mix[place.request].drain_aborted++;
	if (stage)
		stage->drain_aborted++;
	if (t->log)
		exchange_log_row(t, x, place, 0, 0, RECORD_DRAIN_ABORTED);
	exchange_ended(t, x, now_ns);
}

/* ---- requests without an exchange ---- */

void tally_unreachable(struct tally *t, struct exchange_place place, uint64_t now_ns, uint64_t age_ns,
		       enum error_kind kind, int code, const char *text)
{
	struct shard *shard = tally_shard(t, now_ns);
	/* nothing was due and nothing was sent */
	struct request_record record = {.failure = (uint8_t)(1 + kind), .request = place.request};

	shard_error(shard, kind, code, age_ns, text);
	if (shard->mix)
		mixed_error(&shard->mix[place.request], kind);
	if (t->log)
		exchange_log_add(t->log, place.conn, &record);
	t->last_end_ns = now_ns;
}

void tally_untried(struct tally *t, uint64_t now_ns, uint64_t count)
{
	shard_untried(tally_shard(t, now_ns), count);
}

void tally_unsent(struct tally *t, uint64_t due_ns, uint64_t deadline_ns)
{
	struct shard *shard = tally_shard(t, due_ns);
	struct stage_stats *stage = tally_stage(t, due_ns);

	hist_record(&shard->unsent_age, deadline_ns - due_ns);
	shard->unsent++;
	if (stage)
		stage->unsent++;
}

void tally_backlog(struct tally *t, uint64_t now_ns, uint64_t count)
{
	struct shard *shard = tally_shard(t, now_ns);

	if (count > shard->backlog_max)
		shard->backlog_max = count;
}

void tally_waited(struct tally *t, uint64_t due_ns, uint64_t now_ns)
{
	struct shard *shard = tally_shard(t, due_ns);

	if (now_ns - due_ns > shard->wait_max_ns)
		shard->wait_max_ns = now_ns - due_ns;
}

/* Measures time in expected arrivals, so that the law is the same at any rate. */
void tally_gap(struct tally *t, uint64_t now_ns, uint32_t stride)
{
	struct gap_sample *gaps = &t->shard->gaps;
	double expected, last = t->last_expected;

	if (t->plan->arrivals != ARRIVALS_POISSON || now_ns < t->measured_ns)
		return;
	expected = schedule_expected(&t->plan->drawn, now_ns - t->schedule_ns);
	t->last_expected = expected;
	if (last > 0 && gap_wanted(gaps))
		gap_keep(gaps, expected - last, stride);
}

/* ---- what happens to connections ---- */

void tally_goaway(struct tally *t, uint64_t now_ns, uint32_t code)
{
	shard_bump(&tally_shard(t, now_ns)->streams.goaways[stream_code_index(code)], 1);
}

void tally_stream_reset(struct tally *t, uint64_t now_ns, uint32_t code)
{
	shard_bump(&tally_shard(t, now_ns)->streams.resets[stream_code_index(code)], 1);
}

void tally_streams(struct tally *t, const struct streams *streams)
{
	streams_merge(&t->shard->streams, streams);
}

/* Copies safely: a certificate may contain any bytes. */
static void copy_term(char *into, size_t size, const char *text)
{
	snprintf(into, size, "%s", text ? text : "");
	for (; *into; into++)
		if (*into < ' ' || *into > '~')
			*into = '?';
}

void tally_handshake(struct tally *t, uint64_t ns, const struct transport_facts *facts,
		     const struct transport_certificate *certificate)
{
	struct handshakes *handshakes = &t->shard->handshakes;
	struct handshake_terms terms;

	copy_term(terms.version, sizeof(terms.version), facts->version);
	copy_term(terms.cipher, sizeof(terms.cipher), facts->cipher);
	copy_term(terms.curve, sizeof(terms.curve), facts->group);
	copy_term(terms.alpn, sizeof(terms.alpn), facts->alpn);
	span_record(&t->shard->phases[PHASE_TLS], ns);
	handshakes_add(handshakes, ns, facts->resumed, &terms);
	if (!certificate)
		return;
	handshakes->has_certificate = true;
	copy_term(handshakes->certificate.subject, sizeof(handshakes->certificate.subject),
		  certificate->subject);
	copy_term(handshakes->certificate.issuer, sizeof(handshakes->certificate.issuer),
		  certificate->issuer);
	handshakes->certificate.expires_s = certificate->expires_s;
	handshakes->certificate.verified = certificate->verified;
}

void tally_ring(struct tally *t, uint64_t sq_full, uint64_t cq_overflows)
{
	shard_bump(&t->shard->oddities[ODD_SQ_FULL], sq_full);
	shard_bump(&t->shard->oddities[ODD_CQ_OVERFLOW], cq_overflows);
}

/* ---- event streams ---- */

void tally_events(struct tally *t, const struct exchange *x, uint32_t count, uint64_t before_ns,
		  uint64_t now_ns)
{
	struct event_stats *stats = exchange_shard(t, x)->events;
	uint64_t together = count - 1;

	if (!before_ns) {
		hist_record(&stats->first, now_ns - exchange_from_ns(t, x));
	} else {
		hist_record(&stats->gap, now_ns - before_ns);
		together += now_ns == before_ns;
	}
	if (count > 1)
		hist_record_n(&stats->gap, 0, count - 1);
	stats->events += count;
	stats->together += together;
}

void tally_stream_complete(struct tally *t, const struct exchange *x, const struct stream_end *end)
{
	struct event_stats *stats = exchange_shard(t, x)->events;

	stats->marked += end->marked;
	stats->incomplete += end->incomplete;
	if (!end->events) {
		stats->empty++;
		return;
	}
	stats->streams++;
	span_record(&stats->per_response, end->events);
	if (end->events > 1)
		hist_record(&stats->mean_gap, end->spread_ns / (end->events - 1));
}

void tally_stream_cut(struct tally *t, const struct exchange *x)
{
	exchange_shard(t, x)->events->cut++;
}
