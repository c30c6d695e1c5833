/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * libvastar: run an HTTP benchmark from a C program and read what it measured.
 *
 *   struct vastar_settings settings;          what to do; fill in what differs from the default
 *   struct vastar_plan *plan;                 the checked, immutable form of it
 *   struct vastar_run *run;                   one execution: threads, rings, sockets
 *   struct vastar_result *result;             what was measured, read-only
 *
 * Durations are nanoseconds unless a name says otherwise (_s: seconds). The library never prints, never exits
 * and installs no signal handler. Functions that can fail return 0, or a negative enum vastar_status with one
 * sentence in *err. A plan must outlive the runs and results made from it.
 */
#ifndef VASTAR_H
#define VASTAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VASTAR_API __attribute__((visibility("default")))

enum vastar_status {
	VASTAR_OK = 0,
	VASTAR_E_USAGE = 1, /* the settings are wrong or contradict each other: the caller must change them */
	VASTAR_E_SYSTEM = 2, /* the machine refused: memory, descriptors, io_uring, a host name, a file */
};

struct vastar_error {
	enum vastar_status status;
	char text[512]; /* "what: why (what to do)", no newline */
};

/* ---- settings and plan ---- */

/* Every pointer remains the caller's; vastar_plan_new() copies what it needs. */
struct vastar_settings {
	size_t size; /* sizeof(struct vastar_settings), set by vastar_settings_init() */

	const char *url;    /* "http://host[:port]/path?query"; without a scheme http is meant */
	const char *method; /* NULL: GET */
	const void *body;   /* NULL: no body */
	size_t body_length;
	const char *content_type;   /* NULL: text/html with a body, nothing without */
	const char *accept;	    /* NULL: none */
	const char *basic_auth;	    /* "user:password", NULL: none */
	const char *const *headers; /* "Name: value"; a later one replaces an earlier or built-in one */
	size_t header_count;

	uint32_t concurrency; /* connections, 1 and up; default 50 */
	uint32_t workers;     /* threads; 0: clamp(concurrency / 128, 1, usable processors) */
	uint64_t requests; /* how many in all; 0: max(200, concurrency x pipeline). Ignored with a duration */
	uint64_t duration_ns;	/* how long; 0: until `requests` are done */
	double connection_rate; /* requests per second on each connection; 0: as fast as answers come */
	/* for a connect, and for a request from send to last byte; 0: none; default 20 s */
	uint64_t timeout_ns;
	uint64_t drain_cap_ns; /* how long answers may still arrive after the duration; default 2 s */

	bool disable_keepalive;	  /* a new connection for each request */
	bool disable_compression; /* do not offer gzip to the server */
	bool disable_redirects;	  /* a 3xx is the answer */
	bool redirect_hosts;	  /* follow redirects to other hosts too */

	const char *slo_target; /* "p50=20ms,p95=100ms,p99=250ms"; NULL: none */

	/* For tests: kernel features to do without ("all", or names as vastar_result_features() prints them,
	 * separated by commas). NULL: use what the kernel has. */
	const char *disabled_features;

	/* Open loop: so many requests per second over all connections, on a schedule that does not depend on
	 * the answers; latency counts from the schedule. 0: closed loop. */
	double rate;
	/* "constant" (NULL means it), "poisson" or "uniform": the gaps of the schedule */
	const char *arrivals;
	uint64_t seed; /* of random gaps */

	/* Instead of `rate`, a load that changes; NULL: none. */
	/* "1k:10s,1k..5k:1m": rates, or from rate to rate, each for a time; these end the run */
	const char *stages;
	const char *ramp;  /* "1k..50k:60s" */
	const char *burst; /* "100:5s": so many at once, that often */

	/* "p99+-5%": ends the run when that percentile of all requests is known so well (95 % interval), or
	 * else after max_duration_ns. NULL: it ends by requests or duration_ns. */
	const char *until;
	uint64_t max_duration_ns; /* 0: 10 minutes; with `until` only */

	/* requests begun in this time before the measured part are kept apart; default 0 */
	uint64_t warmup_ns;
	/* Ask the kernel when it had the bytes of each answer: how long they then waited for this process is
	 * shown as a phase. Costs some CPU time. */
	bool kernel_timestamps;

	/* Keep so many requests one by one, for vastar_result_write_requests(); 48 bytes each. 0: none. */
	uint64_t request_log_max;

	/* HTTP/1.1 pipelining: up to so many requests under way on one connection, 1 (0 means it too) to 64.
	 * Above 1 a 3xx is the answer, and there is no rate and no disable_keepalive. */
	uint32_t pipeline;

	/* For tests: the number of workers goes to and fro between `workers` and this, whatever the load. 0:
	 * it follows the load, unless `workers` fixes it. */
	uint32_t swing_workers;
};

VASTAR_API void vastar_settings_init(struct vastar_settings *settings);

struct vastar_plan;

/* Checks everything that can be checked without the network and resolves the host name. *planp is the
 * caller's, to be freed with vastar_plan_free(); on failure it is untouched. */
VASTAR_API int vastar_plan_new(const struct vastar_settings *settings, struct vastar_plan **planp,
			       struct vastar_error *err);
VASTAR_API void vastar_plan_free(struct vastar_plan *plan); /* NULL is allowed */

/* ---- run ---- */

struct vastar_run;
struct vastar_result;

enum vastar_phase {
	VASTAR_CONNECTING, /* opening the connections, the clock is not running yet */
	VASTAR_WARMING_UP, /* sending, and not yet measuring */
	VASTAR_RUNNING,
	VASTAR_DRAINING, /* no request is sent any more, answers still arrive */
	VASTAR_FINISHED,
};

/* Where a run stands: cheap to take, not exact (workers go on while it is read). */
struct vastar_progress {
	enum vastar_phase phase;
	uint64_t elapsed_ns; /* since the clock started; 0 while connecting */
	uint64_t requests;   /* ended in any way: answered, failed or cut off */
	uint64_t responses;
	uint64_t errors;
	uint32_t open_connections;
	double p50_s, p99_s; /* of the answers so far; 0 without one */
};

/* Starts the threads and returns at once. *runp is the caller's and goes into vastar_run_finish(). */
VASTAR_API int vastar_run_start(const struct vastar_plan *plan, struct vastar_run **runp,
				struct vastar_error *err);

/* Waits until the run has ended or timeout_ms have passed; true when it has ended. While somebody waits, the
 * number of workers follows the load, and intervals are taken. */
VASTAR_API bool vastar_run_wait(struct vastar_run *run, int timeout_ms);

VASTAR_API void vastar_run_progress(const struct vastar_run *run, struct vastar_progress *progress);

/* Asks the run to end early: nothing more is sent, answers may arrive for the drain time. Safe to call from a
 * signal handler and from any thread, also again and again. The result is marked interrupted. */
VASTAR_API void vastar_run_stop(struct vastar_run *run);

/* Waits for the end, frees the run (whatever is returned) and hands over what was measured. *resultp is the
 * caller's, to be freed with vastar_result_free(). */
VASTAR_API int vastar_run_finish(struct vastar_run *run, struct vastar_result **resultp,
				 struct vastar_error *err);

/* All of the above in one call. */
VASTAR_API int vastar_bench(const struct vastar_plan *plan, struct vastar_result **resultp,
			    struct vastar_error *err);

/* ---- result ---- */

/* requests = responses + errors + drain_aborted, always. */
struct vastar_summary {
	double total_s; /* first send to the deadline, or to the last answer when requests were counted */
	double drain_s; /* from the deadline to the last answer */
	uint64_t requests;
	uint64_t responses; /* complete answers of any status, drained ones included */
	uint64_t errors;    /* no complete answer: connect, reset, timeout, protocol, local */
	uint64_t non_2xx;
	uint64_t drain_aborted; /* still unanswered when the drain time was over */
	uint64_t retried;   /* sent a second time since an idle connection had been closed by the server */
	uint64_t stray;	    /* connections replaced since bytes came that nobody had asked for */
	double rps;	    /* answers complete within total_s, per second */
	double goodput_rps; /* the same, 2xx only */
	uint64_t bytes;	    /* message bodies, after de-chunking, before decompression */
	double fastest_s, slowest_s, average_s, stddev_s; /* 0 without an answer */
	uint32_t connections;				  /* asked for */
	uint32_t connections_open;			  /* open when the clock started */
	bool interrupted;
};

VASTAR_API void vastar_result_summary(const struct vastar_result *result, struct vastar_summary *summary);

/* Response time that `percent` (0..100) of the answers did not exceed, in seconds, by nearest rank; 0 without
 * an answer. */
VASTAR_API double vastar_result_percentile(const struct vastar_result *result, double percent);

/* Answers with this status code. */
VASTAR_API uint64_t vastar_result_status(const struct vastar_result *result, unsigned code);

/* True when every --slo-target was met, or none was set. */
VASTAR_API bool vastar_result_slo_passed(const struct vastar_result *result);

/* The names of the kernel features that the engine used, separated by commas. Lives as long as the result. */
VASTAR_API const char *vastar_result_features(const struct vastar_result *result);

struct vastar_report_options {
	size_t size;		   /* sizeof(struct vastar_report_options) */
	unsigned hist_bins;	   /* bars of the histogram; 0: 11 */
	bool color;		   /* ANSI 256-colour sequences and block characters' colours */
	bool unicode;		   /* bars of U+25A0 instead of '#' */
	bool verbose;		   /* engine features and counters of odd events */
	const double *percentiles; /* to be shown, rising, 0..100, at most 32; NULL: the usual ones */
	size_t percentile_count;
};

/* Writes the report as "text", "json", "csv", "csv-intervals", "ndjson" ... (the manual page lists them). An
 * unknown format is VASTAR_E_USAGE, a failed write VASTAR_E_SYSTEM. */
VASTAR_API int vastar_result_write(const struct vastar_result *result, const char *format,
				   const struct vastar_report_options *options, FILE *out,
				   struct vastar_error *err);

/* Writes the requests of settings.request_log_max as CSV, a row each, in order of their ends within each
 * worker: local_port, ordinal (of the request on its connection, from 1), worker, due_s, sent_s,
 * first_byte_s, last_byte_s (since the start of the run), status, error (a kind of error or drain_aborted),
 * retried (0 or 1). A field is empty where there is nothing to say. A failed write is VASTAR_E_SYSTEM. */
VASTAR_API int vastar_result_write_requests(const struct vastar_result *result, FILE *out,
					    struct vastar_error *err);

/* Requests that were kept so; *lostp (NULL is allowed): those that were too many. */
VASTAR_API uint64_t vastar_result_requests_kept(const struct vastar_result *result, uint64_t *lostp);

VASTAR_API void vastar_result_free(struct vastar_result *result); /* NULL is allowed */

VASTAR_API const char *vastar_version(void);

#ifdef __cplusplus
}
#endif

#endif
