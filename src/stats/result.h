/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a run has measured: the shards merged once, and the facts that a reader needs to judge the figures. */
#ifndef VASTAR_STATS_RESULT_H
#define VASTAR_STATS_RESULT_H

#include "stats/blocks.h"
#include "stats/held.h"
#include "stats/interval.h"
#include "stats/shard.h"

enum verdict { VERDICT_OK, VERDICT_CLIENT_LIMITED, VERDICT_RATE_MISSED };

extern const char *const verdict_names[]; /* "ok", "client-limited", "rate-missed" */

enum { WORKER_STEPS_MAX = 32 };

/* From this instant of the run on, this many workers ran. */
struct worker_step {
	uint64_t at_ns;
	uint32_t count;
};

/* The engine fills these in, and the reports print them. */
struct run_facts {
	uint64_t total_ns; /* from the first send to the deadline or the last response */
	uint64_t drain_ns;
	uint64_t start_ns;    /* when the clock of the run started */
	int64_t started_at_s; /* seconds since 1970, when the clock of the run started */
	uint32_t started_at_ms;
	bool start_asked;	   /* for an instant (--start-at, or by the other ranks) */
	uint64_t late_ns;	   /* ... and began so much later, because of its connections */
	uint32_t connections;	   /* requested number */
	uint32_t connections_open; /* when the clock started */
	bool by_duration;	   /* a deadline ended the run, not a count of requests */
	bool open_loop;		   /* latency counts from the scheduled time */
	bool interrupted;
	uint32_t workers; /* threads that took part, perhaps only for some time */
	uint32_t step_count;
	/* changes of the number of workers with the load; none: it was fixed */
	struct worker_step steps[WORKER_STEPS_MAX];
	bool room_to_grow;  /* more workers were possible, or brought nothing when tried */
	double *cpu_busy;   /* [workers]: share of a processor that each worker used, without its spinning */
	char features[256]; /* kernel features in use, separated by commas */
	char waiting[96];   /* how the workers waited, with the share of each way */
	char host[65];	    /* this machine's name */
	char kernel[128];   /* uname -r */
	char cpu_model[128];
	uint32_t cpu_count;   /* of the machine */
	uint32_t usable_cpus; /* that this process may use (base/cpus.h); 0: cpu_count */
	struct held held;     /* processor time that was taken away */
	uint64_t ram_mb;
	struct precision precision; /* with --until: the precision of that percentile at the end of the run */
	bool precise;		    /* ... and it reached the requested precision */
	char note[256];		    /* one sentence on what limits the meaning of the figures; "": none */
};

struct result {
	struct run_facts facts;
	struct shard *sum;    /* every shard added up */
	struct shard *warmup; /* the same for the warm-up; NULL: there was none */
	/* The run over time, its drain included. Intervals follow each other without a gap, and their
	 * responses and errors add up to those of `sum`. Owned; NULL when there are none. */
	struct interval *intervals;
	uint32_t interval_count;
	/* Their latencies, [interval_count]. Owned; NULL for a result that was read from a file. */
	struct interval_counts *interval_counts;
	enum verdict verdict;
	char verdict_reason[384];      /* "" when ok */
	struct request_log **requests; /* [facts.workers], owned; NULL: no log was requested */
	bool is_void; /* the rate was missed by so much that the latencies do not describe it */
};

/* How much of the time in which vastar's workers were busy went into handshakes, 0 to 1. */
double result_handshake_share(const struct result *result);

/* Adds up `count` shards and judges the run. Takes ownership of facts->cpu_busy and the shards' request
 * logs. NULL when out of memory; then they stay with the caller. */
struct result *result_new(struct shard *const *shards, unsigned count, const struct run_facts *facts);

/* Keeps the measurements of the warm-up beside the result. False: out of memory. */
bool result_add_warmup(struct result *result, struct shard *const *shards, unsigned count);

void result_free(struct result *result);

/* Derived numbers, each defined once (section 4 of the design: rules of measurement). */
uint64_t result_errors(const struct result *result);   /* of all kinds */
uint64_t result_requests(const struct result *result); /* responses + errors + drain_aborted */
uint64_t result_non_2xx(const struct result *result);
/* Responses with 2xx or 3xx; of gRPC calls, those with status OK. */
uint64_t result_fine(const struct result *result);
bool result_has_calls(const struct result *result); /* gRPC calls have ended */
double result_rps(const struct result *result);
double result_goodput_rps(const struct result *result);

/* Shorter than RESULT_JUDGED_NS: how the run began is most of what it measured. */
bool result_too_short(const struct result *result);
/* ... or fewer responses than RESULT_JUDGED_RESPONSES: ratios of percentiles say little. */
bool result_too_small(const struct result *result);
#define RESULT_JUDGED_NS 50000000ull
enum { RESULT_JUDGED_RESPONSES = 1000 };

/* Rows of the request log; *lostp is the number of exchanges that did not fit. 0 without a log. */
uint64_t result_logged(const struct result *result, uint64_t *lostp);

/* The share of the scheduled requests that were sent; 1 in a closed loop. */
double result_sent_share(const struct result *result);

/* With Poisson arrivals: the sends were not independent arrivals. Writes a sentence for the report. */
bool result_arrivals_departed(const struct result *result);
#define RESULT_ARRIVALS_NOTE                                                                                 \
	"the gaps between sends were not those of independent (Poisson) arrivals, because sends were late "  \
	"or waited for connections: the measured load is not the requested one"

/* A percentile over every request, in ns. Errors, timeouts and drain_aborted rank above every response.
 * UINT64_MAX when the rank falls on one of those. */
uint64_t result_percentile_of_all(const struct result *result, double percent);

/* The share of all requests that got neither a 2xx nor a 3xx. Requests that were due and not sent count
 * too. NAN without any request. */
double result_failed_share(const struct result *result);

/* Latencies of the responses of one class of status codes, 2 (for 2xx) to 5. NULL when the class has none.
 * Those of 2xx are written to *scratch, whose minimum and maximum may be off by a bucket. */
const struct hist *result_class_latency(const struct result *result, unsigned class, struct hist *scratch);

/* There are responses of several classes, for example 2xx and 4xx. */
bool result_classes_differ(const struct result *result);

/* The number of workers at the end. */
uint32_t result_workers(const struct result *result);

/* The highest share of a processor that a worker used; *workerp (may be NULL) is the index of that worker.
 * 0 without workers. */
double result_busiest(const struct result *result, uint32_t *workerp);

/* The busiest worker's share of the time that control group and hypervisor left to it. It exceeds the
 * share of a processor when they took time away. */
double result_busy(const struct result *result);

/* What held vastar back so much that it limited the run. HELD_NOT: nothing, or something else limited the
 * run. */
enum held_by result_held_by(const struct result *result);

/* One more worker would have both a free processor and connections of its own. */
bool result_workers_help(const struct result *result);

/* Fewer than 10 responses lie above it: the sample is too small for this percentile. */
bool result_percentile_weak(const struct result *result, double percent);

#endif
