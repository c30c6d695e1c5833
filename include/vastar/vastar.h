/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * libvastar: run an HTTP benchmark from a C program and read what it measured.
 *
 *   struct vastar_settings settings;          what to do; set only what differs from the default
 *   struct vastar_plan *plan;                 the settings, checked and immutable
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
	VASTAR_E_USAGE = 1, /* the settings are wrong or contradict each other; the caller must change them */
	VASTAR_E_SYSTEM = 2, /* the machine refused: memory, descriptors, io_uring, a host name, a file */
};

struct vastar_error {
	enum vastar_status status;
	char text[512]; /* "what: why (what to do)", no newline */
};

/* ---- settings and plan ---- */

/* One of several requests. What is NULL or 0 is as in the settings. */
struct vastar_request {
	const char *url;
	const char *method;
	const char *const *headers; /* after those of the settings, which they replace */
	size_t header_count;
	const void *body;
	size_t body_length;
	uint32_t weight;	   /* how often it is sent compared with the others, 1 to 1000; 0: 1 */
	const char *origin;	   /* for error messages: "urls.txt:3" */
	const char *const *expect; /* instead of those of the settings */
	size_t expect_count;
};

/* Every pointer remains the caller's; vastar_plan_new() copies what it needs. */
struct vastar_settings {
	size_t size; /* sizeof(struct vastar_settings), set by vastar_settings_init() */

	const char *url;    /* "http://host[:port]/path?query", https, ws or wss; without a scheme: http:// */
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
	uint64_t requests;    /* total number; 0: max(200, concurrency x pipeline); ignored with a duration */
	uint64_t duration_ns; /* length of the run; 0: until `requests` are done */
	double connection_rate; /* requests per second on each connection; 0: as fast as responses arrive */
	/* limit for a connect, and for a request from send to last byte; 0: none; default 20 s */
	uint64_t timeout_ns;
	uint64_t drain_cap_ns; /* how long to wait for responses after the duration; default 2 s */

	bool disable_keepalive;	  /* a new connection for each request */
	bool disable_compression; /* do not offer gzip to the server */
	bool disable_redirects;	  /* a 3xx is the final response */
	bool redirect_hosts;	  /* follow redirects to other hosts too */

	const char *slo_target; /* "p50=20ms,p95=100ms,p99=250ms"; NULL: none */

	/* For tests: kernel features not to use ("all", or names as vastar_result_features() prints them,
	 * separated by commas). NULL: use what the kernel has. */
	const char *disabled_features;

	/* Open loop: total requests per second, on a schedule that does not depend on the responses.
	 * Latency counts from the scheduled time. 0: closed loop. */
	double rate;
	/* how the gaps of the schedule vary: "constant" (the default, NULL), "poisson" or "uniform" */
	const char *arrivals;
	uint64_t seed; /* for random gaps */

	/* A load that changes, instead of `rate`; NULL: none. */
	/* "1k:10s,1k..5k:1m": rates or ramps, each with its duration; the run ends after the last one */
	const char *stages;
	const char *ramp;  /* "1k..50k:60s" */
	const char *burst; /* "100:5s": 100 requests at once, every 5 s */

	/* "p99+-5%": ends the run when that percentile of all requests is known with this precision (95 %
	 * interval), or after max_duration_ns. NULL: requests or duration_ns end the run. */
	const char *until;
	uint64_t max_duration_ns; /* 0: 10 minutes; with `until` only */

	/* warm-up: requests that begin in this time are reported separately; default 0 */
	uint64_t warmup_ns;
	/* Ask the kernel when the bytes of each response arrived, and report as a phase how long they
	 * waited for this process. Costs some CPU time. */
	bool kernel_timestamps;

	/* Log up to this many requests for vastar_result_write_requests(); each takes 48 bytes. 0: none. */
	uint64_t request_log_max;

	/* HTTP/1.1 pipelining: up to this many requests in flight on one connection, 1 (also 0) to 64.
	 * Above 1, a 3xx is the final response, and a rate or disable_keepalive is refused. */
	uint32_t pipeline;

	/* For tests: the number of workers swings between `workers` and this number, whatever the load. 0:
	 * it follows the load, unless `workers` fixes it. */
	uint32_t swing_workers;

	/* TLS, for https. Every text may be NULL. Certificates are verified against the system's store, by
	 * host name or IP address. */
	const char *tls_ca_file, *tls_ca_path;	/* replace that store: PEM file, or folder made by c_rehash */
	bool tls_insecure;			/* verify nothing */
	const char *tls_cert_file;		/* client certificate, PEM */
	const char *tls_key_file;		/* its key; NULL: in the same file */
	const char *tls_password_file;		/* its first line is the password of the key */
	const char *tls_server_name;		/* for SNI and verification, instead of the URL's host */
	const char *tls_min, *tls_max;		/* "1.2" or "1.3"; NULL: either of them */
	const char *tls_ciphers;		/* for TLS 1.2, in the syntax of openssl-ciphers(1) */
	const char *tls13_ciphers, *tls_curves; /* names separated by colons */
	bool tls_no_session_reuse;		/* a full handshake for each connection */
	const char *tls_key_log_file;		/* session keys are appended to this file, for Wireshark */

	/* HTTP/2 (RFC 9113): for https by ALPN, for http with prior knowledge. Redirects are not followed. */
	bool http2;
	uint32_t streams; /* requests in flight on each connection, 1 (also 0) to 16384 */
	/* requests in flight on all connections together, at most concurrency x streams; 0: as many */
	uint32_t in_flight;
	uint32_t h2_window; /* receive window of a stream and of the connection in bytes; 0: 2^30 - 1 */

	/* Connect to this Unix socket instead of the URL's host; NULL: none. A URL may also name it:
	 * "unix:/path", "http://unix:/path:/uri". */
	const char *unix_path;
	bool ipv4, ipv6; /* connect only to addresses of that kind; neither: to all */
	/* As curl's options of the same names: "HOST:PORT:ADDRESS[,ADDRESS...]" and "HOST:PORT:HOST:PORT".
	 * Connections alternate between several for the same HOST:PORT. */
	const char *const *resolve;
	size_t resolve_count;
	const char *const *connect_to;
	size_t connect_to_count;
	/* "ADDRESS,ADDRESS...": connections alternate between these source addresses, so that there can be
	 * more of them than one address has ports. NULL: the system chooses. */
	const char *local_addresses;

	/* An HTTP proxy, "http://[user:password@]host:port" (default port 1080, as in curl). NULL: none, or
	 * with proxy_environment the one in the environment, as in curl: http_proxy, https_proxy,
	 * HTTPS_PROXY, all_proxy, ALL_PROXY. "": none in any case. */
	const char *proxy;
	/* Hosts that do not use the proxy: "example.com,10.0.0.0/8"; "*" means all. NULL: none, or with
	 * proxy_environment those of no_proxy or NO_PROXY. */
	const char *no_proxy;
	bool proxy_environment;

	const char *tls_crl_file; /* PEM file: lists of certificates that their issuers have revoked */
	double new_connections;	  /* connections replaced per second, between two requests; 0: none */
	/* The source of the body, for the report: "-d", or a file name. NULL: not given. */
	const char *body_source;
	const char *command; /* the command line, for the report; NULL: none */

	/* This run is part share_index (from 1) of share_count that several vastars make together. All other
	 * settings are those of the whole, and the same in every part: `seed` too, so that the requests of
	 * all parts are those of one schedule. 0: the run is the whole. */
	uint32_t share_index, share_count;
	/* Sends from this instant on (nanoseconds since 1970), or when all connections are open, whichever is
	 * later. 0: when they are open. */
	int64_t start_at_ns;
	const char *run_id; /* names this run in metrics; NULL: nothing does */

	/* gRPC: the request is a call (POST, over HTTP/2, the path of the URL is
	 * /package.Service/Method), the body its messages, each with the prefix of gRPC: a byte 0, and
	 * the length in 4 bytes. timeout_ns is its deadline. A response is good when its grpc-status is
	 * OK. */
	bool grpc;
	bool grpc_one_message;	       /* a response with status OK and not exactly one message is broken */
	uint32_t grpc_longest_message; /* that a response may have, in bytes; 0: 4 MiB */
	uint64_t grpc_gap_ns;	       /* between the sends of two messages of a call; 0: all at once */

	/* Read the bodies of 2xx responses as event streams, server-sent events or lines of JSON, and
	 * report when the events arrived. Compression is not offered then. Not with http2, pipeline, or
	 * the method HEAD. */
	bool stream;

	/* WebSocket (RFC 6455), for ws:// and wss://: `body` is the message, and a request is a round trip.
	 */
	bool ws_binary;		    /* a binary message; without it, text */
	uint32_t ws_per_connection; /* messages in flight on each connection, 1 (also 0) to 1024 */
	/* Only receive: `body`, if there is one, is sent once on each connection. A request is the wait for
	 * the next message that the server pushes, so that response times are the gaps between messages. */
	bool ws_listen;
	bool ws_deflate;     /* permessage-deflate (RFC 7692): messages are compressed, both ways */
	uint64_t ws_ping_ns; /* a ping on each connection this often, while it is in use; 0: none */

	/* Several requests, to one host or several; `url` then only names them in the report. A connection
	 * belongs to one host and sends its requests in turn, or with mix_random in random order (`seed`). */
	const struct vastar_request *mix;
	size_t mix_count; /* at most 10,000; 0: the one request to `url` */
	bool mix_random;

	/* What a response must be like, else it is an error of kind "expect": lists of items separated by
	 * commas, "status=200|3xx", "header:Name=Value", "header:Name~REGEX", "body=TEXT", "body~REGEX".
	 * Compression is not offered then. Of a body the first MiB is compared. Not with http2, pipeline,
	 * stream, or a WebSocket. */
	const char *const *expect;
	size_t expect_count;

	/* Language models: the responses are those of OpenAI's chat/completions, completions or responses, as
	 * streams of events, or with ai_whole as one JSON object. Compression is not offered then. Not with
	 * http2, pipeline, stream, expect, or a WebSocket. */
	bool ai, ai_whole;
	const char *ai_goodput; /* "ttft=500ms,tpot=50ms,e2e=10s": what a response must keep; NULL: nothing */
	double ai_price_in, ai_price_out, ai_price_cached; /* of a million tokens; 0: not known */
};

VASTAR_API void vastar_settings_init(struct vastar_settings *settings);

struct vastar_plan;

/* Checks everything that can be checked without the network, and resolves the host name. The caller frees
 * *planp with vastar_plan_free(). On failure *planp is unchanged. */
VASTAR_API int vastar_plan_new(const struct vastar_settings *settings, struct vastar_plan **planp,
			       struct vastar_error *err);
VASTAR_API void vastar_plan_free(struct vastar_plan *plan); /* NULL is allowed */

/* ---- run ---- */

struct vastar_run;
struct vastar_result;

enum vastar_phase {
	VASTAR_CONNECTING, /* opening the connections; the clock is not running yet */
	VASTAR_WARMING_UP, /* sending, but not measuring yet */
	VASTAR_RUNNING,
	VASTAR_DRAINING, /* no more requests are sent; responses still arrive */
	VASTAR_FINISHED,
};

/* The state of a run. Cheap to take but not exact: workers go on while it is read. */
struct vastar_progress {
	enum vastar_phase phase;
	uint64_t elapsed_ns; /* since the clock started; 0 while connecting */
	uint64_t requests;   /* completed, failed or cut off */
	uint64_t responses;
	uint64_t errors;
	uint32_t open_connections;
	double p50_s, p99_s; /* of the responses so far; 0 without a response */
};

/* Starts the threads and returns at once. The caller owns *runp and passes it to vastar_run_finish(). */
VASTAR_API int vastar_run_start(const struct vastar_plan *plan, struct vastar_run **runp,
				struct vastar_error *err);

/* Waits until the run has ended or timeout_ms have passed. Returns true when the run has ended. Only while
 * a caller waits here does the number of workers follow the load, and are intervals recorded. */
VASTAR_API bool vastar_run_wait(struct vastar_run *run, int timeout_ms);

VASTAR_API void vastar_run_progress(const struct vastar_run *run, struct vastar_progress *progress);

/* Asks the run to end early: it sends no more requests and waits for responses during the drain time. Safe
 * to call from a signal handler, from any thread, and repeatedly. The result is marked interrupted. */
VASTAR_API void vastar_run_stop(struct vastar_run *run);

/* Waits for the end, frees the run (whatever is returned) and returns what was measured. The caller frees
 * *resultp with vastar_result_free(). */
VASTAR_API int vastar_run_finish(struct vastar_run *run, struct vastar_result **resultp,
				 struct vastar_error *err);

/* Starts a run, waits for its end and returns the result, in one call. */
VASTAR_API int vastar_bench(const struct vastar_plan *plan, struct vastar_result **resultp,
			    struct vastar_error *err);

/* ---- result ---- */

/* Always: requests = responses + errors + drain_aborted. */
struct vastar_summary {
	double total_s; /* first send to the deadline, or to the last response in a run of `requests` */
	double drain_s; /* from the deadline to the last response */
	uint64_t requests;
	uint64_t responses; /* complete responses of any status, those of the drain time included */
	uint64_t errors;    /* no complete response: connect, reset, timeout, protocol, local */
	uint64_t non_2xx;
	uint64_t drain_aborted; /* no response by the end of the drain time */
	uint64_t retried;	/* sent again because the server had closed an idle connection */
	uint64_t stray;		/* connections replaced: the server sent bytes that belong to no request */
	double rps;		/* responses complete within total_s, per second */
	double goodput_rps;	/* the same, 2xx only; with gRPC: status OK only */
	uint64_t bytes;		/* message bodies, after de-chunking, before decompression */
	double fastest_s, slowest_s, average_s, stddev_s; /* 0 without a response */
	uint32_t connections;				  /* as requested in the settings */
	uint32_t connections_open;			  /* open when the clock started */
	bool interrupted;
};

VASTAR_API void vastar_result_summary(const struct vastar_result *result, struct vastar_summary *summary);

/* The response time that `percent` (0..100) of the responses did not exceed, in seconds, by nearest rank;
 * 0 without a response. */
VASTAR_API double vastar_result_percentile(const struct vastar_result *result, double percent);

/* The number of responses with this status code. */
VASTAR_API uint64_t vastar_result_status(const struct vastar_result *result, unsigned code);

/* True when every --slo-target was met, or none was set. */
VASTAR_API bool vastar_result_slo_passed(const struct vastar_result *result);

/* The names of the kernel features that the engine used, separated by commas. Lives as long as the result. */
VASTAR_API const char *vastar_result_features(const struct vastar_result *result);

struct vastar_report_options {
	size_t size;		   /* sizeof(struct vastar_report_options) */
	unsigned hist_bins;	   /* bars of the histogram; 0: 11 */
	bool color;		   /* ANSI 256-colour sequences */
	bool unicode;		   /* bars of U+25A0 instead of '#' */
	bool verbose;		   /* engine features and counters of unusual events */
	const double *percentiles; /* percentiles to show, rising, 0..100, at most 32; NULL: the usual ones */
	size_t percentile_count;
};

/* Writes the report as "text", "json", "csv", "csv-intervals", "ndjson" ... (the manual page lists them).
 * An unknown format is VASTAR_E_USAGE, a failed write VASTAR_E_SYSTEM. */
VASTAR_API int vastar_result_write(const struct vastar_result *result, const char *format,
				   const struct vastar_report_options *options, FILE *out,
				   struct vastar_error *err);

/* Writes the requests logged by settings.request_log_max as CSV, one row each, in the order in which they
 * ended within each worker. Columns: local_port, ordinal (of the request on its connection, from 1),
 * worker, due_s, sent_s, first_byte_s, last_byte_s (since the start of the run), status, error (a kind of
 * error or drain_aborted), retried (0 or 1). A field without a value is empty. A failed write is
 * VASTAR_E_SYSTEM. */
VASTAR_API int vastar_result_write_requests(const struct vastar_result *result, FILE *out,
					    struct vastar_error *err);

/* Returns the number of requests in the log. *lostp (NULL is allowed): the requests beyond
 * request_log_max. */
VASTAR_API uint64_t vastar_result_requests_kept(const struct vastar_result *result, uint64_t *lostp);

VASTAR_API void vastar_result_free(struct vastar_result *result); /* NULL is allowed */

VASTAR_API const char *vastar_version(void);

#ifdef __cplusplus
}
#endif

#endif
