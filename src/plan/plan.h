/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What to do, checked and immutable: the settings and what follows from them. */
#ifndef VASTAR_PLAN_PLAN_H
#define VASTAR_PLAN_PLAN_H

#include <vastar/vastar.h>

#include "plan/ai_plan.h"
#include "plan/arrivals.h"
#include "plan/call.h"
#include "plan/mix.h"
#include "plan/pace.h"
#include "plan/proxy.h"
#include "plan/request.h"
#include "plan/share.h"
#include "plan/slo_target.h"
#include "plan/target.h"
#include "plan/tls_plan.h"
#include "plan/until.h"
#include "plan/ws_plan.h"

enum {
	PLAN_CONNECTIONS_MAX = 200000, /* more than the ports of one address: --local-address */
	PLAN_WORKERS_MAX = 1024,
	PLAN_BODY_MAX = 1 << 30,
	PLAN_CONNECTION_RATE_MAX = 1000000,
	PLAN_RATE_MAX = SCHEDULE_RATE_MAX,
	PLAN_NEW_CONNECTIONS_MAX = 100000,
	PLAN_REQUEST_LOG_MAX = 1000000000,
	PLAN_PIPELINE_MAX = 64,
	PLAN_STREAMS_MAX = 16384,
};

enum plan_protocol { PROTOCOL_HTTP1, PROTOCOL_HTTP2, PROTOCOL_WEBSOCKET };

/* The figures of all parts of a shared run together; for other runs those of the run itself. */
struct whole {
	uint32_t connections;
	uint64_t requests;
	double rate;
};

struct vastar_plan {
	char *url;	   /* as given, for the report; owned */
	char *method;	   /* owned */
	char *command;	   /* as in the settings, NULL: none; owned */
	char *body_source; /* as in the settings; NULL: not given; owned */
	char *run_id;	   /* names the run in metrics; NULL: nothing does; owned */
	struct target target;
	struct reach reach; /* of every target */
	struct request request;
	struct mix mix;	  /* if it has requests: target and request are those of its first */
	struct call call; /* gRPC */
	struct slo_targets slo;
	struct pace pace;
	struct share share;
	struct whole whole;
	int64_t start_at_ns; /* since 1970: when it begins to send; 0: when the connections are open */

	uint32_t connections;
	uint32_t first_connection; /* index of its first connection in the whole */
	uint32_t workers;	   /* 1..connections: the number that start */
	/* The most that the load may start; equal to `workers` if their number is fixed. */
	uint32_t workers_max;
	bool swing;	   /* for tests: their number alternates between the two */
	uint32_t pipeline; /* most requests in flight on one connection, 1..PLAN_PIPELINE_MAX */
	enum plan_protocol protocol;
	uint32_t streams;     /* HTTP/2: most requests in flight on one connection, 1..PLAN_STREAMS_MAX */
	uint32_t in_flight;   /* ... and on all connections together */
	struct ws_plan ws;    /* WebSocket */
	uint32_t h2_window;   /* HTTP/2: receive window of a stream, in bytes */
	uint64_t requests;    /* how many; UINT64_MAX with a duration */
	uint64_t duration_ns; /* 0: until `requests` are done; with stages: of them together */
	double connection_rate;
	double new_connections;	  /* connections replaced per second; 0: none */
	double rate;		  /* of an open loop with a single rate, per second; 0: none */
	struct schedule schedule; /* of an open loop: the portion of this run */
	struct schedule drawn;	  /* ... and the whole, from which its arrivals are drawn */
	enum arrivals_kind arrivals;
	uint64_t seed;
	uint64_t warmup_ns; /* sends before the measurement, 0: none; the duration counts from its end */
	struct until until; /* ends the run before its duration is over */
	uint64_t request_log_max; /* records; 0: no request log */
	uint64_t timeout_ns;	  /* 0: none */
	uint64_t drain_cap_ns;

	bool held; /* the run waits for run_go() when its connections are open */
	bool keepalive;
	bool compression;
	bool follow_redirects;
	bool redirect_hosts;
	bool kernel_timestamps;
	bool stream;  /* read the bodies as event streams */
	bool expects; /* some request expects a certain response */
	char *expect; /* what the settings expect: a list; NULL: nothing; owned */

	struct ai_plan ai;
	struct tls_plan tls;
	struct proxies proxies;
	/* The proxy of the requests, and the setting that names it; NULL: none; owned */
	char *proxy_url, *proxy_source;

	char *disabled_feature_names; /* as in the settings, NULL: none; owned */
};

/* "http/1.1", "h2", or "h2c" for HTTP/2 without TLS; "ws", "wss". */
const char *plan_protocol_name(const struct vastar_plan *plan);

/* Some target is reached through a Unix socket. */
bool plan_has_unix(const struct vastar_plan *plan);

/* Lets the run start with at least this many workers, within its maximum. */
void plan_start_with(struct vastar_plan *plan, uint32_t workers);

/* A reader of the arrivals for worker `worker` of `workers`, in a schedule that begins at start_ns. */
void plan_arrivals(const struct vastar_plan *plan, uint64_t start_ns, uint32_t worker, uint32_t workers,
		   struct arrivals *arrivals);

/* How many workers start: clamp(connections / 128, 1, usable processors), or the requested number, at most
 * one for each connection. */
uint32_t plan_worker_count(uint32_t connections, uint32_t asked, uint32_t usable_cpus);

/* ... for an open loop with this rate: one for each 100,000 requests/s. */
uint32_t plan_workers_for_rate(double rate);

#endif
