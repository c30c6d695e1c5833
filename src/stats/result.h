/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a run has measured: the shards merged once, with the facts that a reader needs to trust them. */
#ifndef VASTAR_STATS_RESULT_H
#define VASTAR_STATS_RESULT_H

#include "stats/blocks.h"
#include "stats/held.h"
#include "stats/interval.h"
#include "stats/shard.h"

enum verdict { VERDICT_OK, VERDICT_CLIENT_LIMITED, VERDICT_RATE_MISSED };

extern const char *const verdict_names[]; /* "ok", "client-limited", "rate-missed" */

enum { WORKER_STEPS_MAX = 32 };

/* From this instant of the run on there were so many workers. */
struct worker_step {
	uint64_t at_ns;
	uint32_t count;
};

/* Counted by the engine, printed by the reports; filled in by the engine. */
struct run_facts {
	uint64_t total_ns; /* first send to the deadline or the last response */
	uint64_t drain_ns;
	uint64_t start_ns;    /* when the clock of the run started */
	int64_t started_at_s; /* seconds since 1970: when the clock of the run started */
	uint32_t started_at_ms;
	uint32_t connections;	   /* asked for */
	uint32_t connections_open; /* when the clock started */
	bool by_duration;	   /* a deadline ended the run, not a count */
	bool open_loop;		   /* latency counts from a schedule */
	bool interrupted;
	uint32_t workers; /* threads that took part, some of them perhaps for a time only */
	uint32_t step_count;
	/* how their number followed the load; none: it was fixed */
	struct worker_step steps[WORKER_STEPS_MAX];
	bool room_to_grow;  /* more workers could have been had, or brought nothing when tried */
	double *cpu_busy;   /* [workers]: share of a processor that each one used, its spinning taken off */
	char features[256]; /* kernel features in use, separated by commas */
	char waiting[96];   /* the ways in which the workers waited, each with its share */
	char kernel[128];   /* uname -r */
	char cpu_model[128];
	uint32_t cpu_count;   /* of the machine */
	uint32_t usable_cpus; /* that this process may keep busy (base/cpus.h); 0: cpu_count */
	struct held held;     /* processors that were taken away */
	uint64_t ram_mb;
	struct precision precision; /* with --until: of that percentile, when the run ended */
	bool precise;		    /* ... and it was as good as asked for */
	char note[256]; /* one sentence on something that limits what the numbers say; "" : none */
};

struct result {
	struct run_facts facts;
	struct shard *sum;    /* every shard added up */
	struct shard *warmup; /* the same of the time before; NULL: there was none */
	/* The run over time, its drain included: they follow each other without a gap, and their responses
	 * and errors add up to those of `sum`. Owned; NULL when there are none. */
	struct interval *intervals;
	uint32_t interval_count;
	enum verdict verdict;
	char verdict_reason[384];      /* "" when ok */
	struct request_log **requests; /* [facts.workers], owned; NULL: no log was wanted */
	bool is_void; /* the rate was missed by so much that the latencies say nothing about it */
};

/* Adds up `count` shards and judges. Takes facts->cpu_busy and the shards' request logs into the result. NULL
 * when out of memory (then they remain where they are). */
struct result *result_new(struct shard *const *shards, unsigned count, const struct run_facts *facts);

/* Keeps what was seen before the measured part beside it. False: out of memory. */
bool result_add_warmup(struct result *result, struct shard *const *shards, unsigned count);

void result_free(struct result *result);

/* Derived numbers, each defined once (section 4 of the design: rules of measurement). */
uint64_t result_errors(const struct result *result);   /* of all kinds */
uint64_t result_requests(const struct result *result); /* responses + errors + drain_aborted */
uint64_t result_non_2xx(const struct result *result);
uint64_t result_fine(const struct result *result); /* answered with 2xx or 3xx */
double result_rps(const struct result *result);
double result_goodput_rps(const struct result *result);

/* Rows of the request log, and exchanges that did not fit it; 0 without one. */
uint64_t result_logged(const struct result *result, uint64_t *lostp);

/* The share of what was due by the schedule that was sent; 1 in a closed loop. */
double result_sent_share(const struct result *result);

/* Poisson arrivals: the sends themselves did not come as independent arrivals do; with a sentence for the
 * report. */
bool result_arrivals_departed(const struct result *result);
#define RESULT_ARRIVALS_NOTE                                                                                 \
	"the gaps between sends were not those of independent (Poisson) arrivals, because sends were late "  \
	"or waited for connections: the measured load is not the requested one"

/* A percentile over every request, in ns: errors, timeouts and drain_aborted rank above every response.
 * UINT64_MAX when the rank falls among those. */
uint64_t result_percentile_of_all(const struct result *result, double percent);

/* The share of all requests, those that were due and not sent among them, that got neither a 2xx nor a 3xx;
 * NAN without any. */
double result_failed_share(const struct result *result);

/* Latencies of the responses of one class of status codes, 2 (for 2xx) to 5; NULL when it has none. Those of
 * 2xx are put into *scratch, whose minimum and maximum may be off by a bucket. */
const struct hist *result_class_latency(const struct result *result, unsigned class, struct hist *scratch);

/* There are 2xx and others, or others of several classes. */
bool result_classes_differ(const struct result *result);

/* How many workers there were at the end. */
uint32_t result_workers(const struct result *result);

/* The busiest worker's share of a processor; *workerp (NULL is allowed) says which one. 0 without workers. */
double result_busiest(const struct result *result, uint32_t *workerp);

/* Its share of the time that the control group and the hypervisor left: above that share of a processor when
 * they took some away. */
double result_busy(const struct result *result);

/* What held vastar back by so much that it was the limit; HELD_NOT: nothing, or other things limited it. */
enum held_by result_held_by(const struct result *result);

/* One more worker would find both a processor and connections of its own. */
bool result_workers_help(const struct result *result);

/* Fewer than 10 responses above it: the sample cannot carry this percentile. */
bool result_percentile_weak(const struct result *result, double percent);

#endif
