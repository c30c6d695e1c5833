/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Conflicts of the settings, each with an error message. */
#include "plan/check.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "plan/arrivals.h"
#include "plan/plan.h"
#include "plan/share.h"

#define TIME_MAX_NS (1000 * 3600 * NS_PER_S) /* keeps instants and their sums far from overflow */
#define REQUESTS_MAX (1ull << 53)	     /* a JSON number represents it exactly */

/* The number of options that select an open loop. */
static unsigned count_loads(const struct vastar_settings *settings)
{
	return (settings->rate > 0) + (settings->stages != NULL) + (settings->ramp != NULL) +
	       (settings->burst != NULL);
}

bool plan_open_loop(const struct vastar_settings *settings)
{
	return count_loads(settings) > 0;
}

static int check_pipeline(const struct vastar_settings *settings, struct vastar_error *err)
{
	uint64_t at_once = (uint64_t)settings->concurrency * settings->pipeline;

	if (settings->pipeline > PLAN_PIPELINE_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "pipeline (--pipeline): %" PRIu32
			       " requests at once on a connection are too many "
			       "(at most %d)",
			       settings->pipeline, PLAN_PIPELINE_MAX);
	if (settings->pipeline <= 1)
		return 0;
	if (settings->disable_keepalive)
		return err_set(err, VASTAR_E_USAGE,
			       "--pipeline and --disable-keepalive: a connection that serves one request "
			       "cannot pipeline (leave one of them out)");
	if (settings->connection_rate > 0 || plan_open_loop(settings))
		return err_set(err, VASTAR_E_USAGE,
			       "pipeline (--pipeline): requests on a schedule (-q, --rate, --ramp, "
			       "--stages, --burst) would wait for each other on a connection (leave one of "
			       "them out)");
	if (settings->requests && !settings->duration_ns && settings->requests < at_once)
		return err_set(err, VASTAR_E_USAGE,
			       "requests (-n): %" PRIu64 " requests cannot keep %" PRIu32
			       " connections (-c) busy with %" PRIu32
			       " each (raise -n, or lower -c or --pipeline)",
			       settings->requests, settings->concurrency, settings->pipeline);
	return 0;
}

/* A rate of `what` per second, above 0. 0: not set. */
static int check_rate_number(const char *name, const char *what, double rate, int most,
			     struct vastar_error *err)
{
	if (!(rate >= 0) || isinf(rate))
		return err_set(err, VASTAR_E_USAGE, "%s: it must be a number of %s per second above 0", name,
			       what);
	if (rate > most)
		return err_set(err, VASTAR_E_USAGE, "%s: %g %s per second are too many (at most %d)", name,
			       rate, what, most);
	if (rate > 0 && 1e9 / rate > (double)TIME_MAX_NS)
		return err_set(err, VASTAR_E_USAGE,
			       "%s: %g %s per second are too few (at least one in 1000h)", name, rate, what);
	return 0;
}

static int check_new_connections(const struct vastar_settings *settings, struct vastar_error *err)
{
	double rate = settings->new_connections;

	if (check_rate_number("--new-connections", "connections", rate, PLAN_NEW_CONNECTIONS_MAX, err))
		return -VASTAR_E_USAGE;
	if (rate > 0 && settings->disable_keepalive)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--new-connections and --disable-keepalive: every request has a new connection "
		    "already (leave one of them out)");
	if (rate > 0 && settings->pipeline > 1)
		return err_set(err, VASTAR_E_USAGE,
			       "--new-connections and --pipeline: a connection with requests in line has no "
			       "moment to end (leave one of them out)");
	return 0;
}

/* HTTP/2 forbids connection-specific fields (RFC 9113 section 8.2.2). */
static int check_http2_headers(const struct vastar_settings *settings, struct vastar_error *err)
{
	static const char *const names[] = {"Connection", "Keep-Alive", "Proxy-Connection",
					    "Transfer-Encoding", "Upgrade"};

	for (size_t i = 0; settings->headers && i < settings->header_count; i++)
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
			size_t length = strlen(names[k]);

			if (!strncasecmp(settings->headers[i], names[k], length) &&
			    strchr(":;", settings->headers[i][length]))
				return err_set(err, VASTAR_E_USAGE,
					       "header (-H): HTTP/2 has no %s header (leave it out)",
					       names[k]);
		}
	return 0;
}

static int check_http2(const struct vastar_settings *settings, struct vastar_error *err)
{
	uint64_t at_once = (uint64_t)settings->concurrency * (settings->streams ? settings->streams : 1);

	if (!settings->http2 && settings->streams > 1)
		return err_set(err, VASTAR_E_USAGE,
			       "streams (--streams): HTTP/1.1 has none (add --http2, or use --pipeline)");
	if (!settings->http2 && settings->h2_window)
		return err_set(err, VASTAR_E_USAGE, "window (--h2-window): HTTP/1.1 has none (add --http2)");
	if (!settings->http2)
		return 0;
#ifndef HAVE_HTTP2
	return err_set(err, VASTAR_E_USAGE,
		       "HTTP/2 (--http2): this vastar was built without it (install libnghttp2-dev and build "
		       "again)");
#endif
	if (settings->streams > PLAN_STREAMS_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "streams (--streams): %" PRIu32
			       " requests at once on a connection are too many (at most %d)",
			       settings->streams, PLAN_STREAMS_MAX);
	if (settings->in_flight > at_once ||
	    (settings->in_flight && settings->in_flight < settings->concurrency))
		return err_set(err, VASTAR_E_USAGE,
			       "requests in flight: %" PRIu32 " do not fit %" PRIu32
			       " connections (-c) with up to %" PRIu32 " streams each",
			       settings->in_flight, settings->concurrency, settings->streams);
	if (settings->h2_window > INT32_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "window (--h2-window): %" PRIu32 " bytes are too many (at most 2^31 - 1)",
			       settings->h2_window);
	if (settings->pipeline > 1)
		return err_set(err, VASTAR_E_USAGE,
			       "--pipeline and --http2: pipelining is HTTP/1.1 (use --streams)");
	if (settings->connection_rate > 0 && settings->streams > 1)
		return err_set(err, VASTAR_E_USAGE,
			       "--streams and -q: a rate for each connection has one request at a time on it "
			       "(use --rate)");
	if (settings->new_connections > 0)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--new-connections and --http2: a connection with streams has no moment to end "
		    "(leave one of them out)");
	if (settings->redirect_hosts)
		return err_set(err, VASTAR_E_USAGE,
			       "--redirect-hosts and --http2: redirects are not followed with HTTP/2 (leave "
			       "one of them out)");
	if (settings->requests && !settings->duration_ns && settings->requests < at_once)
		return err_set(err, VASTAR_E_USAGE,
			       "requests (-n): %" PRIu64 " requests cannot keep %" PRIu32
			       " connections (-c) busy with %" PRIu32
			       " each (raise -n, or lower -c or --streams)",
			       settings->requests, settings->concurrency, settings->streams);
	return check_http2_headers(settings, err);
}

bool plan_expects(const struct vastar_settings *settings)
{
	bool expects = settings->expect_count;

	for (size_t i = 0; i < settings->mix_count; i++)
		expects |= settings->mix[i].expect_count > 0;
	return expects;
}

static int check_expect(const struct vastar_settings *settings, struct vastar_error *err)
{
	const char *other = settings->grpc	     ? "gRPC"
			    : settings->http2	     ? "--http2"
			    : settings->pipeline > 1 ? "--pipeline"
			    : settings->stream	     ? "--stream"
						     : NULL;

	if (!other || !plan_expects(settings))
		return 0;
	return err_set(err, VASTAR_E_USAGE,
		       "--expect and %s: it compares one HTTP/1.1 response at a time (leave one of them out)",
		       other);
}

static int check_ai(const struct vastar_settings *settings, struct vastar_error *err)
{
	const char *other = settings->http2	     ? "--http2"
			    : settings->pipeline > 1 ? "--pipeline"
			    : settings->stream	     ? "--stream"
			    : plan_expects(settings) ? "--expect"
						     : NULL;

	if (!other || !settings->ai)
		return 0;
	return err_set(err, VASTAR_E_USAGE,
		       "%s: tokens are read from one HTTP/1.1 response at a time (leave it out)", other);
}

static int check_stream(const struct vastar_settings *settings, struct vastar_error *err)
{
	const char *other = settings->grpc ? "gRPC" : settings->pipeline > 1 ? "--pipeline" : NULL;

	if (!settings->stream)
		return 0;
	if (other)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--stream and %s: events are read from the responses of HTTP/1.1, one at a time, and "
		    "HTTP/2 (leave one of them out)",
		    other);
	if (settings->method && !strcmp(settings->method, "HEAD"))
		return err_set(err, VASTAR_E_USAGE,
			       "--stream and -m HEAD: a response to HEAD has no body (use another method)");
	return 0;
}

static int check_load(const struct vastar_settings *settings, struct vastar_error *err)
{
	if (!settings->concurrency)
		return err_set(err, VASTAR_E_USAGE,
			       "concurrency (-c): 0 connections send nothing (use 1 or more)");
	if (settings->concurrency > PLAN_CONNECTIONS_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "concurrency (-c): %" PRIu32 " connections are too many (at most %d)",
			       settings->concurrency, PLAN_CONNECTIONS_MAX);
	if (settings->workers > PLAN_WORKERS_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "workers (-w): %" PRIu32 " threads are too many (at most %d)",
			       settings->workers, PLAN_WORKERS_MAX);
	if (settings->requests > REQUESTS_MAX)
		return err_set(err, VASTAR_E_USAGE, "requests (-n): %" PRIu64 " are too many (at most 2^53)",
			       settings->requests);
	if (settings->requests && !settings->duration_ns && settings->requests < settings->concurrency)
		return err_set(err, VASTAR_E_USAGE,
			       "requests (-n): %" PRIu64 " requests cannot keep %" PRIu32
			       " connections (-c) busy (raise -n or lower -c)",
			       settings->requests, settings->concurrency);
	if (check_http2(settings, err))
		return -VASTAR_E_USAGE;
	if (check_new_connections(settings, err) || check_expect(settings, err) || check_ai(settings, err) ||
	    check_stream(settings, err))
		return (int)err->status;
	return check_pipeline(settings, err);
}

static int check_times(const struct vastar_settings *settings, struct vastar_error *err)
{
	const struct {
		const char *name;
		uint64_t ns;
	} times[] = {
	    {"duration (-z)", settings->duration_ns},
	    {"timeout (-t)", settings->timeout_ns},
	    {"drain cap (--drain-cap)", settings->drain_cap_ns},
	    {"warm-up (--warmup)", settings->warmup_ns},
	    {"longest duration (--max-duration)", settings->max_duration_ns},
	};
	double rate = settings->connection_rate;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i].ns > TIME_MAX_NS)
			return err_set(err, VASTAR_E_USAGE, "%s: it is too long (at most 1000h)",
				       times[i].name);
	if (!(rate >= 0) || isinf(rate))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "rate (-q): it must be a number of requests per second, 0 or more (0: no limit)");
	if (rate > PLAN_CONNECTION_RATE_MAX)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "rate (-q): %g requests per second on each connection are too many (at most %d)", rate,
		    PLAN_CONNECTION_RATE_MAX);
	if (rate > 0 && 1e9 / rate > (double)TIME_MAX_NS)
		return err_set(err, VASTAR_E_USAGE,
			       "rate (-q): %g requests per second are too few (at least one in 1000h)", rate);
	return 0;
}

static int check_open_loop(const struct vastar_settings *settings, struct vastar_error *err)
{
	enum arrivals_kind kind;
	unsigned loads = count_loads(settings);
	bool staged = settings->stages || settings->ramp;

	if (check_rate_number("rate (--rate)", "requests", settings->rate, PLAN_RATE_MAX, err))
		return -VASTAR_E_USAGE;
	if (!loads && settings->arrivals)
		return err_set(err, VASTAR_E_USAGE, "arrivals (--arrivals): no rate is set (add --rate)");
	if (!loads)
		return 0;
	if (loads > 1)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--rate, --ramp, --stages and --burst: only one can be set (leave the others out)");
	if (settings->connection_rate > 0)
		return err_set(err, VASTAR_E_USAGE,
			       "a total rate (--rate, --ramp, --stages, --burst) and a rate per connection "
			       "(-q): only one can be set (leave one of them out)");
	if (!arrivals_find(settings->arrivals, &kind))
		return err_set(err, VASTAR_E_USAGE,
			       "arrivals (--arrivals) '%.40s': not known (use constant, poisson or uniform)",
			       settings->arrivals);
	if (settings->burst && kind != ARRIVALS_CONSTANT)
		return err_set(err, VASTAR_E_USAGE,
			       "burst (--burst): its gaps are constant, not %s (leave --arrivals out)",
			       settings->arrivals);
	if (staged && (settings->requests || settings->duration_ns))
		return err_set(err, VASTAR_E_USAGE,
			       "--stages and --ramp: their own times end the run (leave -n and -z out)");
	return 0;
}

/* A single "1k..50k:60s". */
static int parse_ramp(const char *spec, struct schedule *schedule, struct vastar_error *err)
{
	int rc = schedule_parse(spec, "ramp (--ramp)", schedule, err);

	if (!rc && (schedule->stage_count != 1 || !strstr(spec, "..")))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "ramp (--ramp) '%.40s': not two rates and a time (for example 1k..50k:1m; --stages "
		    "takes several)",
		    spec);
	return rc;
}

int plan_schedule(const struct vastar_settings *settings, struct schedule *schedule, struct vastar_error *err)
{
	int rc = 0;

	*schedule = (struct schedule){0};
	if (settings->stages)
		rc = schedule_parse(settings->stages, "stages (--stages)", schedule, err);
	else if (settings->ramp)
		rc = parse_ramp(settings->ramp, schedule, err);
	else if (settings->burst)
		rc = schedule_parse_burst(settings->burst, schedule, err);
	else if (settings->rate > 0)
		schedule_add(schedule, SCHEDULE_ENDLESS, settings->rate, settings->rate);
	if (!rc && schedule->stage_count && schedule_length(schedule) != SCHEDULE_ENDLESS &&
	    schedule_length(schedule) > TIME_MAX_NS)
		return err_set(err, VASTAR_E_USAGE, "stages: together they are too long (at most 1000h)");
	return rc;
}

int plan_until(const struct vastar_settings *settings, struct until *until, struct vastar_error *err)
{
	*until = (struct until){.name = ""};
	if (!settings->until && settings->max_duration_ns)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "longest duration (--max-duration): it needs --until (for a fixed time use -z)");
	if (!settings->until)
		return 0;
	if (settings->requests || settings->duration_ns)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "until (--until): it ends the run itself (leave -n and -z out; --max-duration is the "
		    "longest)");
	if (settings->stages || settings->ramp)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "until (--until): a load that changes has no stable percentile (leave --stages "
		    "and --ramp out)");
	return until_parse(settings->until, until, err);
}

int plan_check(const struct vastar_settings *settings, struct vastar_error *err)
{
	struct schedule schedule;
	struct until until;
	int rc;

	if (!settings->url || !*settings->url)
		return err_set(err, VASTAR_E_USAGE, "URL: missing (for example http://localhost:8080/)");
	rc = check_load(settings, err);
	if (!rc)
		rc = check_times(settings, err);
	if (!rc)
		rc = check_open_loop(settings, err);
	if (!rc)
		rc = plan_schedule(settings, &schedule, err);
	if (!rc)
		rc = plan_until(settings, &until, err);
	if (!rc)
		rc = share_check(settings, err);
	if (rc)
		return rc;
	if (!settings->body && settings->body_length)
		return err_set(err, VASTAR_E_USAGE, "body: it has a length but no bytes (set both or none)");
	if (settings->body_length > PLAN_BODY_MAX)
		return err_set(err, VASTAR_E_USAGE, "body (-d, -D): %zu bytes are too many (at most 1 GiB)",
			       settings->body_length);
	if (settings->request_log_max > PLAN_REQUEST_LOG_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "request log (--request-log-max): %" PRIu64 " rows are too many (at most %d)",
			       settings->request_log_max, PLAN_REQUEST_LOG_MAX);
	rc = tls_plan_check(settings, err);
	if (rc)
		return rc;
	if (!settings->mix && settings->mix_count)
		return err_set(err, VASTAR_E_USAGE,
			       "requests: there is a count but no list (set both or none)");
	if (!settings->headers && settings->header_count)
		return err_set(err, VASTAR_E_USAGE,
			       "headers: there is a count but no list (set both or none)");
	return 0;
}
