/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/prometheus/otlp.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/prometheus/buckets.h"
#include "report/tree.h"

enum { CUMULATIVE = 2 };

struct otlp {
	struct tree tree;
	const struct metrics *metrics;
	char start[24], now[24]; /* nanoseconds since 1970 */
};

/* ---- values ---- */

static json_t *text_of(uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return tree_string(text);
}

static void put_attribute(struct otlp *o, json_t *attributes, const char *key, const char *value)
{
	json_t *attribute = json_object(), *inner;

	tree_append(&o->tree, attributes, attribute);
	tree_put(&o->tree, attribute, "key", tree_string(key));
	inner = tree_nest(&o->tree, attribute, "value", json_object());
	tree_put(&o->tree, inner, "stringValue", tree_string(value));
}

/* The whole URL without query and fragment, which may hold secrets. */
static void put_url(struct otlp *o, json_t *attributes)
{
	char text[1024];
	const char *url = o->metrics->plan->url;

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(url, "?#"), url);
	put_attribute(o, attributes, "url.full", text);
	put_attribute(o, attributes, "http.request.method", o->metrics->plan->method);
}

/* A data point with the attributes of the run, and with one more (key NULL: none). */
static json_t *add_point(struct otlp *o, json_t *points, const char *key, const char *value)
{
	json_t *point = json_object(), *attributes;

	tree_append(&o->tree, points, point);
	attributes = tree_nest(&o->tree, point, "attributes", json_array());
	put_url(o, attributes);
	if (key)
		put_attribute(o, attributes, key, value);
	tree_put(&o->tree, point, "startTimeUnixNano", tree_string(o->start));
	tree_put(&o->tree, point, "timeUnixNano", tree_string(o->now));
	return point;
}

/* ---- metrics ---- */

/* Returns the data of a new metric. */
static json_t *add_metric(struct otlp *o, json_t *metrics, const char *name, const char *unit,
			  const char *description, const char *kind)
{
	json_t *metric = json_object();

	tree_append(&o->tree, metrics, metric);
	tree_put(&o->tree, metric, "name", tree_string(name));
	tree_put(&o->tree, metric, "unit", tree_string(unit));
	tree_put(&o->tree, metric, "description", tree_string(description));
	return tree_nest(&o->tree, metric, kind, json_object());
}

/* Returns the points of a new sum. */
static json_t *add_sum(struct otlp *o, json_t *metrics, const char *name, const char *unit,
		       const char *description, bool monotonic)
{
	json_t *sum = add_metric(o, metrics, name, unit, description, "sum");

	tree_put(&o->tree, sum, "aggregationTemporality", tree_integer(CUMULATIVE));
	tree_put(&o->tree, sum, "isMonotonic", json_boolean(monotonic));
	return tree_nest(&o->tree, sum, "dataPoints", json_array());
}

static void put_count(struct otlp *o, json_t *points, const char *key, const char *value, uint64_t count)
{
	tree_put(&o->tree, add_point(o, points, key, value), "asInt", text_of(count));
}

static void put_single(struct otlp *o, json_t *metrics, const char *name, const char *unit,
		       const char *description, uint64_t count)
{
	put_count(o, add_sum(o, metrics, name, unit, description, false), NULL, NULL, count);
}

static void put_gauge(struct otlp *o, json_t *metrics, const char *name, const char *unit,
		      const char *description, double value)
{
	json_t *gauge = add_metric(o, metrics, name, unit, description, "gauge");
	json_t *points = tree_nest(&o->tree, gauge, "dataPoints", json_array());

	tree_put(&o->tree, add_point(o, points, NULL, NULL), "asDouble", tree_real(value));
}

static void put_histogram(struct otlp *o, json_t *metrics, const struct hist *hist)
{
	json_t *histogram =
	    add_metric(o, metrics, "http.client.request.duration", "s",
		       "Response times: from the send, in an open loop from the schedule.", "histogram");
	json_t *point, *counts, *bounds;
	uint64_t up_to[BUCKETS + 1];

	tree_put(&o->tree, histogram, "aggregationTemporality", tree_integer(CUMULATIVE));
	point = add_point(o, tree_nest(&o->tree, histogram, "dataPoints", json_array()), NULL, NULL);
	buckets_count(hist, up_to);
	tree_put(&o->tree, point, "count", text_of(up_to[BUCKETS]));
	tree_put(&o->tree, point, "sum", tree_real((double)hist->sum_ns / 1e9));
	if (hist->count) {
		tree_put(&o->tree, point, "min", tree_real((double)hist->min_ns / 1e9));
		tree_put(&o->tree, point, "max", tree_real((double)hist->max_ns / 1e9));
	}
	counts = tree_nest(&o->tree, point, "bucketCounts", json_array());
	bounds = tree_nest(&o->tree, point, "explicitBounds", json_array());
	for (unsigned i = 0; i <= BUCKETS; i++)
		tree_append(&o->tree, counts, text_of(up_to[i] - (i ? up_to[i - 1] : 0)));
	for (unsigned i = 0; i < BUCKETS; i++)
		tree_append(&o->tree, bounds, tree_real((double)buckets_bound_ns(i) / 1e9));
}

static void put_statuses(struct otlp *o, json_t *metrics)
{
	const struct totals *totals = o->metrics->totals;
	json_t *points =
	    add_sum(o, metrics, "vastar.responses", "{response}", "Complete responses by status code.", true);

	for (unsigned code = 0; code < STATUS_CODES; code++) {
		char text[8];

		snprintf(text, sizeof(text), "%u", code);
		if (totals->status[code])
			put_count(o, points, "http.response.status_code", text, totals->status[code]);
	}
	points = add_sum(o, metrics, "vastar.errors", "{request}",
			 "Requests without a complete response by kind of error.", true);
	for (unsigned kind = 0; kind < ERROR_KINDS; kind++)
		put_count(o, points, "error.type", error_kind_names[kind], totals->errors[kind]);
}

static void put_metrics(struct otlp *o, json_t *metrics)
{
	const struct metrics *m = o->metrics;

	put_histogram(o, metrics, &m->totals->latency);
	put_statuses(o, metrics);
	put_count(o, add_sum(o, metrics, "vastar.response.bytes", "By", "Bytes of response bodies.", true),
		  NULL, NULL, m->totals->bytes);
	put_single(o, metrics, "http.client.active_requests", "{request}", "Requests in flight.",
		   m->in_flight);
	put_single(o, metrics, "http.client.open_connections", "{connection}", "Open connections.",
		   m->result ? 0 : m->connections_open);
	if (!isnan(m->busy))
		put_gauge(o, metrics, "vastar.client.busy", "1",
			  "Share of a processor that the busiest worker of vastar uses.", m->busy);
	if (m->plan->rate > 0)
		put_gauge(o, metrics, "vastar.target.rate", "{request}/s", "The requested rate.",
			  m->plan->rate);
	if (m->result)
		put_gauge(o, metrics, "vastar.verdict.ok", "1",
			  "1 if vastar itself was not the limit of the run.",
			  m->result->verdict == VERDICT_OK);
}

/* ---- the request ---- */

static json_t *build(struct otlp *o)
{
	json_t *root = json_object(), *resource_metrics = json_object(), *scope_metrics = json_object(),
	       *inner;

	tree_append(&o->tree, tree_nest(&o->tree, root, "resourceMetrics", json_array()), resource_metrics);
	inner = tree_nest(&o->tree, resource_metrics, "resource", json_object());
	inner = tree_nest(&o->tree, inner, "attributes", json_array());
	put_attribute(o, inner, "service.name", "vastar");
	put_attribute(o, inner, "service.version", VASTAR_VERSION);
	put_attribute(o, inner, "service.instance.id",
		      o->metrics->plan->run_id ? o->metrics->plan->run_id : "");
	tree_append(&o->tree, tree_nest(&o->tree, resource_metrics, "scopeMetrics", json_array()),
		    scope_metrics);
	inner = tree_nest(&o->tree, scope_metrics, "scope", json_object());
	tree_put(&o->tree, inner, "name", tree_string("vastar"));
	put_metrics(o, tree_nest(&o->tree, scope_metrics, "metrics", json_array()));
	return root;
}

int otlp_write(const struct metrics *metrics, double now_s, FILE *out, struct vastar_error *err)
{
	struct otlp o = {.metrics = metrics};
	json_t *root;
	int rc;

	if (!(metrics->started_at_s > 0))
		return 0;
	snprintf(o.start, sizeof(o.start), "%.0f", metrics->started_at_s * 1e9);
	snprintf(o.now, sizeof(o.now), "%.0f", now_s * 1e9);
	root = build(&o);
	rc = o.tree.failed ? err_nomem(err, "metrics") : tree_write(root, JSON_COMPACT, out, err);
	json_decref(root);
	return rc;
}
