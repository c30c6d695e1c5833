/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a run has measured: the shards merged once, with the facts that a reader needs to trust them. */
#ifndef VASTAR_STATS_RESULT_H
#define VASTAR_STATS_RESULT_H

#include "stats/shard.h"

enum verdict { VERDICT_OK, VERDICT_CLIENT_LIMITED, VERDICT_RATE_MISSED };

extern const char *const verdict_names[]; /* "ok", "client-limited", "rate-missed" */

/* Counted by the engine, printed by the reports; filled in by the engine. */
struct run_facts {
	uint64_t total_ns; /* first send to the deadline or the last answer */
	uint64_t drain_ns;
	uint64_t start_ns;    /* when the clock of the run started */
	int64_t started_at_s; /* seconds since 1970: when the clock of the run started */
	uint32_t started_at_ms;
	uint32_t connections;	   /* asked for */
	uint32_t connections_open; /* when the clock started */
	bool by_duration;	   /* a deadline ended the run, not a count */
	bool open_loop;		   /* latency counts from a schedule */
	bool interrupted;
	uint32_t workers;
	double *cpu_busy;   /* [workers]: share of a processor that each one used, its spinning taken off */
	char features[256]; /* kernel features in use, separated by commas */
	char waiting[96];   /* the ways in which the workers waited, each with its share */
	char kernel[128];   /* uname -r */
	char cpu_model[128];
	uint32_t cpu_count;   /* of the machine */
	uint32_t usable_cpus; /* that this process may run on; 0: cpu_count */
	uint64_t ram_mb;
	char note[256]; /* one sentence on something that limits what the numbers say; "" : none */
};

struct result {
	struct run_facts facts;
	struct shard *sum; /* every shard added up */
	enum verdict verdict;
	char verdict_reason[384];      /* "" when ok */
	struct request_log **requests; /* [facts.workers], owned; NULL: no log was wanted */
	bool is_void; /* the rate was missed by so much that the latencies say nothing about it */
};

/* Adds up `count` shards and judges. Takes facts->cpu_busy and the shards' request logs into the result. NULL
 * when out of memory (then they remain where they are). */
struct result *result_new(struct shard *const *shards, unsigned count, const struct run_facts *facts);
void result_free(struct result *result);

/* Derived numbers, each defined once (section 4 of the design: rules of measurement). */
uint64_t result_errors(const struct result *result);   /* of all kinds */
uint64_t result_requests(const struct result *result); /* responses + errors + drain_aborted */
uint64_t result_non_2xx(const struct result *result);
double result_rps(const struct result *result);
double result_goodput_rps(const struct result *result);

/* Rows of the request log, and exchanges that did not fit it; 0 without one. */
uint64_t result_logged(const struct result *result, uint64_t *lostp);

/* The share of what was due by the schedule that was sent; 1 in a closed loop. */
double result_sent_share(const struct result *result);

/* A percentile over every request, in ns: errors, timeouts and drain_aborted rank above every answer.
 * UINT64_MAX when the rank falls among those. */
uint64_t result_percentile_of_all(const struct result *result, double percent);

/* The busiest worker's share of a processor; *workerp (NULL is allowed) says which one. 0 without workers. */
double result_busiest(const struct result *result, uint32_t *workerp);

/* One more worker would find both a processor and connections of its own. */
bool result_workers_help(const struct result *result);

/* Fewer than 10 answers above it: the sample cannot carry this percentile. */
bool result_percentile_weak(const struct result *result, double percent);

#endif
