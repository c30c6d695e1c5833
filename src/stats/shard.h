/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What one worker has measured. A shard has one writer. The live view reads it with relaxed loads. When
 * the workers have ended, stats/result.h merges the shards once.
 *
 * Words: an exchange is one request and its response. Its life: due -> sent (its SQE is queued) -> written
 * (the kernel has taken the last request byte) -> first byte -> last byte of the response.
 */
#ifndef VASTAR_STATS_SHARD_H
#define VASTAR_STATS_SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/calls.h"
#include "stats/events.h"
#include "stats/gaps.h"
#include "stats/handshakes.h"
#include "stats/hist.h"
#include "stats/mixed.h"
#include "stats/request_log.h"
#include "stats/span.h"
#include "stats/streams.h"
#include "stats/tokens.h"
#include "stats/websocket.h"

/* Why an exchange has no complete response. */
enum error_kind {
	ERROR_CONNECT,	/* refused, unreachable, timed out, no descriptor or port */
	ERROR_TIMEOUT,	/* sent, but no response in time */
	ERROR_RESET,	/* RST or end of the stream before the response was complete */
	ERROR_PROTOCOL, /* the response breaks HTTP */
	ERROR_TLS,	/* the peer broke the protocol of the transport; TLS is the only one in vastar */
	ERROR_PROXY,	/* the proxy cannot be reached, or opens no tunnel */
	ERROR_LOCAL,	/* a fault of this machine: out of memory and the like */
	ERROR_EXPECT,	/* a complete response that is not as the user expects (--expect) */
	ERROR_KINDS
};

extern const char *const error_kind_names[ERROR_KINDS]; /* "connect", "timeout", ... as in the JSON */

/* Parts of an exchange, as the report's Details show them. */
enum phase {
	PHASE_DNS, /* of the plan, before the run: no worker has it */
	PHASE_CONNECT,
	PHASE_TLS,
	PHASE_REQ_WRITE,
	PHASE_RESP_WAIT,
	PHASE_RESP_READ,
	PHASES
};

extern const char *const phase_names[PHASES]; /* "dns", "connect", "tls" ... */

/* Unusual events that do not fail a request, but can explain an odd figure. */
enum oddity {
	ODD_NO_BUFFERS,	     /* the kernel ran out of provided buffers (ENOBUFS) */
	ODD_MULTISHOT_ENDED, /* the kernel ended a multishot receive, and it was armed again */
	ODD_SHORT_SEND,	     /* a send took only part of the request */
	ODD_CQ_OVERFLOW,     /* completions did not fit the queue and came from the kernel's overflow list */
	ODD_SQ_FULL,	     /* the submission queue was full, so it was submitted early */
	ODD_RECONNECT,	     /* a connection was opened again */
	ODD_EARLY_RESPONSE,  /* a response was complete before its request was written */
	ODD_MISSED_TICK,     /* -q: the connection was still busy when its next request was due */
	ODDITIES
};

extern const char *const oddity_names[ODDITIES];

/* One example for each kind of failure. The text is printable ASCII. */
struct error_example {
	uint8_t kind; /* enum error_kind */
	int32_t code; /* errno, enum h1_error or SHARD_*: separates examples of one kind */
	uint64_t count;
	char text[160];
};

enum { SHARD_UNTRIED = -1, SHARD_LINE_LOST = -2, SHARD_EXAMPLES = 32, STATUS_CODES = 1000 };

/* Where an exchange was when its time was up: the code of an ERROR_TIMEOUT. */
enum late_stage {
	LATE_CONNECTING = 1,  /* for the second time: the first connection was lost */
	LATE_WAITING_TO_SEND, /* HTTP/2: again, on a connection that has no room */
	LATE_SENDING,
	LATE_WINDOW_SHUT, /* HTTP/2: the server does not let it send */
	LATE_WAITING,	  /* for the first byte of the response */
	LATE_IN_HEAD,
	LATE_IN_BODY,
	LATE_NO_LENGTH,	 /* in a body that only the end of the connection ends */
	LATE_NO_STREAMS, /* HTTP/2: the server allows none */
};

/* Classes of status codes with latencies of their own: 3xx, 4xx, 5xx. The 2xx responses are all others. */
enum { CLASS_FIRST = 3, CLASSES = 3 };

struct exchange_times {
	uint64_t due_ns, sent_ns, written_ns, first_ns, last_ns;
};

/* What happened to the requests that were due in one stage of an open loop. */
struct stage_stats {
	uint64_t responses, good, errors, drain_aborted, unsent;
	struct hist latency, service; /* as in the shard */
};

struct shard {
	uint64_t responses;	  /* complete responses, late ones included */
	uint64_t responses_late;  /* those of them that came after the deadline */
	uint64_t good, good_late; /* the same for 2xx only; with gRPC for status OK only */
	uint64_t bytes;		  /* bodies of `responses` */
	uint64_t bytes_late;
	uint64_t errors[ERROR_KINDS];
	uint64_t drain_aborted;
	uint64_t retried;
	uint64_t stray;
	uint64_t connections_new;    /* that replaced others, because the plan wants new ones */
	uint64_t connections_missed; /* ... that were also due but not opened */
	uint64_t oddities[ODDITIES];
	uint64_t last_response_ns; /* instant of the newest complete response */
	/* Several requests: the figures of each, [mix_count]; else NULL. Owned. */
	struct mixed_stats *mix;
	uint32_t mix_count;
	struct span phases[PHASES];
	struct handshakes handshakes;
	struct streams streams;
	struct calls calls;
	uint64_t status[STATUS_CODES];
	uint32_t example_count;
	struct error_example examples[SHARD_EXAMPLES];
	struct hist latency; /* complete responses: from the send, in an open loop from the scheduled time */
	struct hist class_latency[CLASSES]; /* a part of `latency` */
	struct hist service;		    /* open loop: the same exchanges from the send */
	struct hist send_lateness;	    /* how long vastar itself delayed sends */
	struct hist error_age[ERROR_KINDS]; /* age of an exchange when it failed */
	struct hist aborted_age;	    /* the same for drain_aborted */
	struct hist client_queue; /* with kernel time stamps: from last bytes' arrival to their receive */
	/* Open loop: requests that were due and not sent when the time was over, the largest number that
	 * waited at one time, and the longest wait of a request before it was sent. */
	uint64_t unsent, backlog_max, wait_max_ns;
	struct hist unsent_age;
	struct hist stream_wait; /* HTTP/2, open loop: from the scheduled time to the stream */
	struct websocket websocket;
	struct gap_sample gaps; /* Poisson arrivals: gaps between sends */
	uint32_t stage_count;
	struct stage_stats *stages;   /* [stage_count], owned */
	struct event_stats *events;   /* NULL: not requested; owned */
	struct token_stats *tokens;   /* NULL: not requested; owned */
	struct request_log *requests; /* NULL: not requested; owned; result_new() takes it */
};

static inline void shard_bump(uint64_t *word, uint64_t by)
{
	hist_bump(word, by);
}

/* Pages that are never written use no memory. NULL: out of memory. Free it with shard_free(). */
struct shard *shard_new(void);

/* Makes room for separate figures of each stage of an open loop. Without it, stages are not recorded
 * separately. False: out of memory. */
bool shard_add_stages(struct shard *shard, uint32_t stages);
/* The same for events. */
bool shard_add_events(struct shard *shard);
/* The same for tokens. */
bool shard_add_tokens(struct shard *shard);
/* The same for several requests. */
bool shard_add_mix(struct shard *shard, uint32_t requests);
void shard_free(struct shard *shard);

static inline bool status_good(unsigned status)
{
	return status >= 200 && status < 300;
}

/* Counts a complete response. `from_ns` is where its latency starts: sent_ns, or due_ns in an open loop. */
static inline void shard_counted(struct shard *shard, const struct exchange_times *times, uint64_t from_ns,
				 unsigned status, bool good, uint64_t body_bytes, bool late)
{
	unsigned class = status / 100 - CLASS_FIRST;

	if (class < CLASSES)
		hist_record(&shard->class_latency[class], times->last_ns - from_ns);
	hist_record(&shard->latency, times->last_ns - from_ns);
	span_record(&shard->phases[PHASE_REQ_WRITE], times->written_ns - times->sent_ns);
	span_record(&shard->phases[PHASE_RESP_WAIT], times->first_ns - times->written_ns);
	span_record(&shard->phases[PHASE_RESP_READ], times->last_ns - times->first_ns);
	shard_bump(&shard->responses, 1);
	shard_bump(&shard->good, good);
	shard_bump(&shard->bytes, body_bytes);
	shard_bump(&shard->status[status], 1);
	shard->last_response_ns = times->last_ns;
	if (late) {
		shard->responses_late++;
		shard->good_late += good;
		shard->bytes_late += body_bytes;
	}
}

/* The same where the status alone says what is good. */
static inline void shard_response(struct shard *shard, const struct exchange_times *times, uint64_t from_ns,
				  unsigned status, uint64_t body_bytes, bool late)
{
	shard_counted(shard, times, from_ns, status, status_good(status), body_bytes, late);
}

/* `latency_ns` from the schedule, `service_ns` from the send. */
static inline void stage_response(struct stage_stats *stage, uint64_t latency_ns, uint64_t service_ns,
				  bool good)
{
	stage->responses++;
	stage->good += good;
	hist_record(&stage->latency, latency_ns);
	hist_record(&stage->service, service_ns);
}

/* Counts an exchange without a complete response. `text` says what happened, and is kept once for each
 * kind and code. */
void shard_error(struct shard *shard, enum error_kind kind, int code, uint64_t age_ns, const char *text);

/* Keeps the text as an example, once for each kind and code. It counts the example only, not an error. */
void shard_example(struct shard *shard, enum error_kind kind, int code, uint64_t count, const char *text);

/* Counts requests that were given up without being sent, because there was no connection. They have no
 * age. */
void shard_untried(struct shard *shard, uint64_t count);

/* Errors of every kind. */
uint64_t shard_errors(const struct shard *shard);

/* Adds `from` to *into. The writer of `from` must have ended, and both must have as many stages. */
void shard_merge(struct shard *into, const struct shard *from);

#endif
