/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The sweep for programs. The names are stable (tests/data/sweep.schema.json): `jq
 * .sweet_spot.concurrency` will always work. Request headers and credentials are left out. Only their
 * digest is in it, which shows whether two sweeps sent the same request.
 */
#include <string.h>

#include "base/clock.h"
#include "report/format.h"
#include "report/tree.h"
#include "sweep/sweep.h"

static json_t *ms(double s)
{
	return tree_real(1e3 * s);
}

static json_t *interval(const struct bounds *interval, double scale)
{
	struct tree tree = {false};
	json_t *pair = json_array();

	if (!(interval->high > 0)) {
		json_decref(pair);
		return json_null();
	}
	tree_append(&tree, pair, tree_real(scale * interval->low));
	tree_append(&tree, pair, tree_real(scale * interval->high));
	if (!tree.failed)
		return pair;
	json_decref(pair);
	return NULL;
}

static void put_figures(struct tree *tree, json_t *object, const struct figures *f)
{
	tree_put(tree, object, "rps", tree_real(f->rps));
	tree_put(tree, object, "p50_ms", ms(f->p50_s));
	tree_put(tree, object, "p95_ms", ms(f->p95_s));
	tree_put(tree, object, "p99_ms", ms(f->p99_s));
	tree_put(tree, object, "p999_ms", ms(f->p999_s));
	tree_put(tree, object, "error_rate", tree_real(f->error_rate));
}

static void put_samples(struct tree *tree, json_t *object, const struct side *side)
{
	json_t *runs = tree_nest(tree, object, "runs", json_array());

	tree_put(tree, object, "rps_interval", interval(&side->rps, 1));
	tree_put(tree, object, "p99_interval_ms", interval(&side->p99_s, 1e3));
	tree_put(tree, object, "intervals_from", tree_string(side->from_repeats ? "repeats" : "blocks"));
	tree_put(tree, object, "mean_ms", ms(side->median.mean_s));
	for (unsigned i = 0; i < side->count; i++) {
		const struct sample *sample = &side->samples[i];
		json_t *run = json_object();

		tree_put(tree, run, "seconds", tree_real(sample->seconds));
		tree_put(tree, run, "responses", tree_integer(sample->responses));
		tree_put(tree, run, "errors", tree_integer(sample->errors));
		tree_put(tree, run, "non_2xx", tree_integer(sample->non_2xx));
		tree_put(tree, run, "rps", tree_real(sample->figures.rps));
		tree_put(tree, run, "p99_ms", ms(sample->figures.p99_s));
		tree_put(tree, run, "blocks", tree_integer(sample->block_count));
		tree_put(tree, run, "cut", json_boolean(sample->cut));
		tree_append(tree, runs, run);
	}
}

static void put_weak(struct tree *tree, json_t *object, const struct side *side)
{
	json_t *weak = tree_nest(tree, object, "weak", json_array());

	if (side->weak_p99)
		tree_append(tree, weak, tree_string("p99"));
	if (side->weak_p999)
		tree_append(tree, weak, tree_string("p99.9"));
}

static json_t *point_object(struct tree *tree, const struct sweep *sweep, const struct point *point)
{
	json_t *object = json_object(), *reference;

	tree_put(tree, object, "concurrency", tree_integer(point->concurrency));
	tree_put(tree, object, "repeats", tree_integer(point->target.count));
	put_figures(tree, object, &point->target.median);
	tree_put(tree, object, "score", tree_real(point->score));
	tree_put(tree, object, "disqualified",
		 point->disqualified[0] ? tree_string(point->disqualified) : json_null());
	tree_put(tree, object, "all_judged", json_boolean(!point->unjudged));
	if (sweep->paired)
		tree_put(tree, object, "overhead_decided", json_boolean(!point->overhead_undecided));
	put_weak(tree, object, &point->target);
	put_samples(tree, object, &point->target);
	if (sweep->paired) {
		reference = tree_nest(tree, object, "reference", json_object());
		put_figures(tree, reference, &point->reference.median);
		tree_put(tree, object, "overhead_pct", tree_real(point->overhead_pct));
		tree_put(tree, object, "rps_deficit_pct", tree_real(point->rps_deficit_pct));
	}
	return object;
}

static json_t *spot_object(struct tree *tree, const struct sweep *sweep)
{
	const struct sweet_spot *spot = &sweep->spot;
	const struct point *point = spot->index >= 0 ? &sweep->points[spot->index] : NULL;
	json_t *object = json_object();
	char reasoning[256];

	sweep_reasoning(sweep, reasoning, sizeof(reasoning));
	tree_put(tree, object, "concurrency", tree_integer(point ? point->concurrency : 0));
	tree_put(tree, object, "rps", tree_real(point ? point->target.median.rps : 0));
	tree_put(tree, object, "p50_ms", ms(point ? point->target.median.p50_s : 0));
	tree_put(tree, object, "p99_ms", ms(point ? point->target.median.p99_s : 0));
	tree_put(tree, object, "method", tree_string(pick_names[spot->method]));
	tree_put(tree, object, "reasoning", tree_string(reasoning));
	tree_put(tree, object, "peak_rps", tree_real(spot->peak_rps));
	tree_put(tree, object, "peak_concurrency",
		 tree_integer(spot->peak_index >= 0 ? sweep->points[spot->peak_index].concurrency : 0));
	tree_put(tree, object, "confidence", tree_real(spot->confidence));
	return object;
}

/* By which rule a gate judged, and what the server is like without load. */
static void put_rule(struct tree *tree, json_t *limits, const char *name, double limit,
		     const struct ratio_rule *rule)
{
	json_t *object = tree_nest(tree, limits, name, json_object());

	tree_put(tree, object, "rule", tree_string(rule->growth ? "growth" : "limit"));
	tree_put(tree, object, "limit", tree_real(limit));
	tree_put(tree, object, "by_hand", json_boolean(rule->by_hand));
	tree_put(tree, object, "own", rule->own_c ? tree_real(rule->own) : json_null());
	tree_put(tree, object, "own_concurrency", rule->own_c ? tree_integer(rule->own_c) : json_null());
}

static void put_params(struct tree *tree, json_t *root, const struct sweep *sweep)
{
	const struct sweep_settings *settings = sweep->settings;
	const struct vastar_settings *target = &settings->target;
	const struct gates *gates = &settings->gates;
	json_t *params = tree_nest(tree, root, "params", json_object()), *limits;
	char text[REQUEST_DIGEST_LENGTH + 1];

	request_digest(target, text);
	tree_put(tree, params, "url", tree_string(target->url));
	tree_put(tree, params, "method", tree_string(target->method ? target->method : "GET"));
	tree_put(tree, params, "command", target->command ? tree_string(target->command) : json_null());
	tree_put(tree, params, "protocol", tree_string(target->http2 ? "http/2" : "http/1.1"));
	tree_put(tree, params, "connections",
		 settings->measure.connections ? tree_integer(settings->measure.connections) : json_null());
	tree_put(tree, params, "request_digest", tree_string(text));
	tree_put(tree, params, "pick", tree_string(pick_names[settings->method]));
	tree_put(tree, params, "knee_ratio", tree_real(settings->knee_ratio));
	tree_put(tree, params, "baseline_c", tree_integer(settings->baseline_c));
	tree_put(tree, params, "repeats", tree_integer(settings->repeats));
	tree_put(tree, params, "requests_per_bench", tree_integer(settings->measure.requests));
	tree_put(tree, params, "exact_requests", json_boolean(settings->measure.exact));
	tree_put(tree, params, "duration_s",
		 tree_seconds_if(settings->measure.duration_ns, settings->measure.duration_ns));
	tree_put(tree, params, "refine", json_boolean(settings->refine));
	tree_put(tree, params, "auto", json_boolean(settings->levels.automatic));
	tree_put(tree, params, "seed", tree_integer(settings->seed));
	limits = tree_nest(tree, params, "gates", json_object());
	tree_put(tree, limits, "max_errors", tree_real(gates->max_errors));
	tree_put(tree, limits, "max_spread", tree_real(gates->max_spread));
	tree_put(tree, limits, "max_p999_ratio", tree_real(gates->max_p999_ratio));
	tree_put(tree, limits, "max_tail_mult", tree_real(gates->max_tail_mult));
	put_rule(tree, limits, "spread", sweep->gates.max_spread, &sweep->gates.spread);
	put_rule(tree, limits, "p999_ratio", sweep->gates.max_p999_ratio, &sweep->gates.p999);
}

static void put_notes(struct tree *tree, json_t *object, const struct sweep *sweep)
{
	json_t *notes = tree_nest(tree, object, "notes", json_array());

	for (unsigned i = 0; i < sweep->note_count; i++)
		tree_append(tree, notes, tree_string(sweep->notes[i]));
}

static void put_paired(struct tree *tree, json_t *root, const struct sweep *sweep)
{
	const struct sweep_settings *settings = sweep->settings;
	const struct reference *cached = settings->cached;
	const char *method = cached			  ? cached->method
			     : settings->reference.method ? settings->reference.method
							  : "GET";
	json_t *paired = tree_nest(tree, root, "paired", json_object()), *baseline;

	tree_put(tree, paired, "reference_url", tree_string(cached ? cached->url : settings->reference.url));
	tree_put(tree, paired, "reference_method", tree_string(method));
	tree_put(tree, paired, "reference_source", tree_string(cached ? "cached" : "live"));
	tree_put(tree, paired, "max_overhead_pct", tree_real(settings->gates.max_overhead_pct));
	tree_put(tree, paired, "max_rps_deficit_pct", tree_real(settings->gates.max_rps_deficit_pct));
	if (sweep->baseline < 0 || sweep->points[sweep->baseline].reference.median.rps <= 0)
		return;
	baseline = tree_nest(tree, paired, "reference_baseline", json_object());
	tree_put(tree, baseline, "concurrency", tree_integer(sweep->points[sweep->baseline].concurrency));
	put_figures(tree, baseline, &sweep->points[sweep->baseline].reference.median);
}

int sweep_write_json(const struct sweep *sweep, FILE *out, struct vastar_error *err)
{
	struct tree tree = {false};
	json_t *root = json_object(), *list, *vastar;

	tree_put(&tree, root, "schema_version", tree_string("1.0"));
	tree_put(&tree, root, "kind", tree_string("sweep"));
	vastar = tree_nest(&tree, root, "vastar", json_object());
	tree_put(&tree, vastar, "version", tree_string(VASTAR_VERSION));
	tree_put(&tree, vastar, "kernel", tree_string(sweep->machine.kernel));
	put_params(&tree, root, sweep);
	tree_put_machine(&tree, root, &sweep->machine);
	tree_put(&tree, root, "started_at", tree_string(fmt_instant(sweep->started_at_s, -1).s));
	tree_put(&tree, root, "elapsed_s", tree_seconds(sweep->elapsed_ns));
	tree_put(&tree, root, "complete", json_boolean(!sweep->stopped_early));
	tree_put(&tree, root, "baseline",
		 sweep->baseline >= 0 ? point_object(&tree, sweep, &sweep->points[sweep->baseline])
				      : json_null());
	list = tree_nest(&tree, root, "sweep_points", json_array());
	for (unsigned i = 0; i < sweep->count; i++)
		if (!sweep->points[i].baseline_only)
			tree_append(&tree, list, point_object(&tree, sweep, &sweep->points[i]));
	tree_put(&tree, root, "sweet_spot", spot_object(&tree, sweep));
	put_notes(&tree, root, sweep);
	if (sweep->paired)
		put_paired(&tree, root, sweep);

	int rc = tree.failed || !root ? err_nomem(err, "report") : tree_write(root, JSON_INDENT(2), out, err);

	json_decref(root);
	return rc;
}

/* Takes ownership of the object. */
static int write_event(struct tree *tree, const char *event, json_t *object, FILE *out,
		       struct vastar_error *err)
{
	json_t *line = json_object();
	int rc;

	tree_put(tree, line, "event", tree_string(event));
	if (!line || !object || json_object_update(line, object))
		tree->failed = true;
	rc = tree->failed ? err_nomem(err, "report") : tree_write(line, JSON_COMPACT, out, err);
	json_decref(line);
	json_decref(object);
	return rc;
}

int sweep_write_ndjson_run(const struct sweep_event *event, FILE *out, struct vastar_error *err)
{
	struct tree tree = {false};
	const struct sample *sample = event->sample;
	json_t *object = json_object();

	tree_put(&tree, object, "run", tree_integer(event->run));
	tree_put(&tree, object, "concurrency", tree_integer(event->concurrency));
	tree_put(&tree, object, "endpoint", tree_string(event->reference ? "reference" : "target"));
	tree_put(&tree, object, "scout", json_boolean(event->scouting));
	tree_put(&tree, object, "repeat", tree_integer(event->repeat));
	tree_put(&tree, object, "seconds", tree_real(sample->seconds));
	tree_put(&tree, object, "responses", tree_integer(sample->responses));
	tree_put(&tree, object, "errors", tree_integer(sample->errors));
	tree_put(&tree, object, "non_2xx", tree_integer(sample->non_2xx));
	put_figures(&tree, object, &sample->figures);
	return write_event(&tree, "run", object, out, err);
}

int sweep_write_ndjson(const struct sweep *sweep, FILE *out, struct vastar_error *err)
{
	struct tree tree = {false};
	json_t *spot;
	int rc = 0;

	if (sweep->baseline >= 0)
		rc = write_event(&tree, "baseline",
				 point_object(&tree, sweep, &sweep->points[sweep->baseline]), out, err);
	for (unsigned i = 0; i < sweep->count && !rc; i++)
		if (!sweep->points[i].baseline_only)
			rc = write_event(&tree, "point", point_object(&tree, sweep, &sweep->points[i]), out,
					 err);
	if (rc)
		return rc;
	spot = spot_object(&tree, sweep);
	tree_put(&tree, spot, "complete", json_boolean(!sweep->stopped_early));
	put_notes(&tree, spot, sweep);
	return write_event(&tree, "sweet_spot", spot, out, err);
}
