/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/shard.h"

#include "base/pages.h"

_Static_assert((int)ERROR_KINDS <= (int)MIXED_KINDS, "each request counts every kind");

const char *const error_kind_names[ERROR_KINDS] = {
    [ERROR_CONNECT] = "connect",   [ERROR_TIMEOUT] = "timeout", [ERROR_RESET] = "reset",
    [ERROR_PROTOCOL] = "protocol", [ERROR_TLS] = "tls",		[ERROR_PROXY] = "proxy",
    [ERROR_LOCAL] = "local",	   [ERROR_EXPECT] = "expect",
};

const char *const phase_names[PHASES] = {
    [PHASE_DNS] = "dns",
    [PHASE_CONNECT] = "connect",
    [PHASE_TLS] = "tls",
    [PHASE_REQ_WRITE] = "req_write",
    [PHASE_RESP_WAIT] = "resp_wait",
    [PHASE_RESP_READ] = "resp_read",
};

const char *const oddity_names[ODDITIES] = {
    [ODD_NO_BUFFERS] = "no_buffers",
    [ODD_MULTISHOT_ENDED] = "multishot_ended",
    [ODD_SHORT_SEND] = "short_send",
    [ODD_CQ_OVERFLOW] = "cq_overflow",
    [ODD_SQ_FULL] = "sq_full",
    [ODD_RECONNECT] = "reconnect",
    [ODD_EARLY_RESPONSE] = "early_answer",
    [ODD_MISSED_TICK] = "missed_tick",
};

struct shard *shard_new(void)
{
	struct shard *shard = pages_new(sizeof(*shard));

	if (!shard)
		return NULL;
	for (unsigned i = 0; i < PHASES; i++)
		span_init(&shard->phases[i]);
	handshakes_init(&shard->handshakes);
	hist_init(&shard->latency);
	for (unsigned i = 0; i < CLASSES; i++)
		hist_init(&shard->class_latency[i]);
	hist_init(&shard->service);
	hist_init(&shard->stream_wait);
	calls_init(&shard->calls);

	websocket_init(&shard->websocket);
	hist_init(&shard->unsent_age);
	hist_init(&shard->send_lateness);
	for (unsigned i = 0; i < ERROR_KINDS; i++)
		hist_init(&shard->error_age[i]);
	hist_init(&shard->aborted_age);
	hist_init(&shard->client_queue);
	return shard;
}

bool shard_add_stages(struct shard *shard, uint32_t stages)
{
	shard->stages = pages_new(stages * sizeof(*shard->stages));
	if (!shard->stages)
		return false;
	shard->stage_count = stages;
	for (uint32_t i = 0; i < stages; i++) {
		hist_init(&shard->stages[i].latency);
		hist_init(&shard->stages[i].service);
	}
	return true;
}

bool shard_add_events(struct shard *shard)
{
	shard->events = event_stats_new();
	return shard->events;
}

bool shard_add_tokens(struct shard *shard)
{
	shard->tokens = token_stats_new();
	return shard->tokens;
}

bool shard_add_mix(struct shard *shard, uint32_t requests)
{
	shard->mix = mixed_new(requests);
	shard->mix_count = shard->mix ? requests : 0;
	return shard->mix;
}

void shard_free(struct shard *shard)
{
	if (!shard)
		return;
	mixed_free(shard->mix, shard->mix_count);
	request_log_free(shard->requests);
	if (shard->stages)
		pages_free(shard->stages, shard->stage_count * sizeof(*shard->stages));
	event_stats_free(shard->events);
	token_stats_free(shard->tokens);
	pages_free(shard, sizeof(*shard));
}

/* Texts may quote a peer, so everything but printable ASCII is left out. */
static void copy_printable(char *into, size_t size, const char *text)
{
	size_t i;

	for (i = 0; text[i] && i + 1 < size; i++)
		into[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	into[i] = '\0';
}

void shard_example(struct shard *shard, enum error_kind kind, int code, uint64_t count, const char *text)
{
	for (uint32_t i = 0; i < shard->example_count; i++) {
		struct error_example *example = &shard->examples[i];

		if (example->kind == kind && example->code == code) {
			example->count += count;
			return;
		}
	}
	if (shard->example_count == SHARD_EXAMPLES)
		return; /* the error is still counted by its kind */
	struct error_example *example = &shard->examples[shard->example_count++];

	example->kind = (uint8_t)kind;
	example->code = code;
	example->count = count;
	copy_printable(example->text, sizeof(example->text), text);
}

void shard_error(struct shard *shard, enum error_kind kind, int code, uint64_t age_ns, const char *text)
{
	shard_bump(&shard->errors[kind], 1);
	hist_record(&shard->error_age[kind], age_ns);
	shard_example(shard, kind, code, 1, text);
}

void shard_untried(struct shard *shard, uint64_t count)
{
	if (!count)
		return;
	shard_bump(&shard->errors[ERROR_CONNECT], count);
	shard_example(shard, ERROR_CONNECT, SHARD_UNTRIED, count,
		      "never tried: no connection could be opened for 2 s");
}

uint64_t shard_errors(const struct shard *shard)
{
	uint64_t errors = 0;

	for (unsigned i = 0; i < ERROR_KINDS; i++)
		errors += hist_load(&shard->errors[i]);
	return errors;
}

static void merge_counts(struct shard *into, const struct shard *from)
{
	into->responses += from->responses;
	into->responses_late += from->responses_late;
	into->good += from->good;
	into->good_late += from->good_late;
	into->bytes += from->bytes;
	into->bytes_late += from->bytes_late;
	into->drain_aborted += from->drain_aborted;
	into->retried += from->retried;
	into->stray += from->stray;
	if (from->last_response_ns > into->last_response_ns)
		into->last_response_ns = from->last_response_ns;
	for (unsigned i = 0; i < ERROR_KINDS; i++)
		into->errors[i] += from->errors[i];
	for (unsigned i = 0; i < ODDITIES; i++)
		into->oddities[i] += from->oddities[i];
	into->connections_new += from->connections_new;
	into->connections_missed += from->connections_missed;
	for (unsigned i = 0; i < STATUS_CODES; i++)
		into->status[i] += from->status[i];
}

static void stage_merge(struct stage_stats *into, const struct stage_stats *from)
{
	into->responses += from->responses;
	into->good += from->good;
	into->errors += from->errors;
	into->drain_aborted += from->drain_aborted;
	into->unsent += from->unsent;
	hist_merge(&into->latency, &from->latency);
	hist_merge(&into->service, &from->service);
}

void shard_merge(struct shard *into, const struct shard *from)
{
	merge_counts(into, from);
	for (unsigned i = 0; i < PHASES; i++)
		span_merge(&into->phases[i], &from->phases[i]);
	streams_merge(&into->streams, &from->streams);
	calls_merge(&into->calls, &from->calls);
	hist_merge(&into->stream_wait, &from->stream_wait);
	websocket_merge(&into->websocket, &from->websocket);
	handshakes_merge(&into->handshakes, &from->handshakes);
	for (uint32_t i = 0; i < from->example_count; i++) {
		const struct error_example *example = &from->examples[i];

		shard_example(into, example->kind, example->code, example->count, example->text);
	}
	hist_merge(&into->latency, &from->latency);
	for (unsigned i = 0; i < CLASSES; i++)
		hist_merge(&into->class_latency[i], &from->class_latency[i]);
	hist_merge(&into->service, &from->service);
	hist_merge(&into->unsent_age, &from->unsent_age);
	into->unsent += from->unsent;
	into->backlog_max += from->backlog_max;
	if (from->wait_max_ns > into->wait_max_ns)
		into->wait_max_ns = from->wait_max_ns;
	hist_merge(&into->send_lateness, &from->send_lateness);
	for (unsigned i = 0; i < ERROR_KINDS; i++)
		hist_merge(&into->error_age[i], &from->error_age[i]);
	hist_merge(&into->aborted_age, &from->aborted_age);
	hist_merge(&into->client_queue, &from->client_queue);
	gap_merge(&into->gaps, &from->gaps);
	for (uint32_t i = 0; i < from->mix_count; i++)
		mixed_merge(&into->mix[i], &from->mix[i]);
	for (uint32_t i = 0; i < from->stage_count; i++)
		stage_merge(&into->stages[i], &from->stages[i]);
	if (into->events && from->events)
		event_stats_merge(into->events, from->events);
	if (into->tokens && from->tokens)
		token_stats_merge(into->tokens, from->tokens);
}
