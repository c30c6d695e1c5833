/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/saved/compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "report/emit.h"
#include "report/saved/compare_parts.h"
#include "report/tree.h"

/* ---- loading ---- */

static int load(struct compared *compared, const char *file, struct vastar_error *err)
{
	const struct repeats *own = &compared->saved.repeats;
	int rc = saved_load(&compared->saved, file, err);
	struct repeat one;

	compared->file = file;
	if (rc)
		return rc;
	if (!own->count) {
		one = repeat_of(compared->saved.result);
		return repeats_add(&compared->runs, &one) ? 0 : err_nomem(err, file);
	}
	for (unsigned i = 0; i < own->count; i++)
		if (!repeats_add(&compared->runs, &own->items[i]))
			return err_nomem(err, file);
	return 0;
}

int comparison_load(struct comparison *comparison, const char *base, const char *next,
		    struct vastar_error *err)
{
	int rc = load(&comparison->base, base, err);

	if (!rc)
		rc = load(&comparison->next, next, err);
	if (rc)
		return rc;
	if (comparison->base.saved.result->facts.open_loop != comparison->next.saved.result->facts.open_loop)
		return err_set(err, VASTAR_E_USAGE,
			       "%.150s and %.150s: an open and a closed loop (their latencies count from "
			       "different instants and cannot be compared)",
			       base, next);
	for (int i = 0; i < FIGURES; i++)
		if (!change_of(&figures[i], &comparison->base.runs, &comparison->next.runs,
			       &comparison->changes[i]))
			return err_nomem(err, "compare");
	return 0;
}

void comparison_free(struct comparison *comparison)
{
	repeats_free(&comparison->base.runs);
	repeats_free(&comparison->next.runs);
	saved_free(&comparison->base.saved);
	saved_free(&comparison->next.saved);
}

bool comparison_failed(const struct comparison *comparison, int i)
{
	double limit = comparison->limits.most[i];

	return !isnan(limit) && change_beyond(&figures[i], &comparison->changes[i], limit);
}

enum gate comparison_gate(const struct comparison *comparison)
{
	enum gate gate = comparison->limits.any ? GATE_PASSED : GATE_NONE;

	for (int i = 0; i < FIGURES; i++) {
		if (comparison_failed(comparison, i))
			return GATE_FAILED;
		if (!isnan(comparison->limits.most[i]) && comparison->changes[i].verdict == CHANGE_UNKNOWN)
			gate = GATE_UNKNOWN;
	}
	return gate;
}

bool comparison_judged(const struct comparison *comparison)
{
	return comparison->base.runs.count >= CHANGE_RUNS_LEAST &&
	       comparison->next.runs.count >= CHANGE_RUNS_LEAST;
}

/* ---- other differences ---- */

static void note(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct notes *notes, const char *format, ...)
{
	va_list args;

	if (notes->count == NOTES_MAX)
		return;
	va_start(args, format);
	vsnprintf(notes->texts[notes->count++], sizeof(notes->texts[0]), format, args);
	va_end(args);
}

static void note_number(struct notes *notes, const char *what, double base, double next)
{
	if (base != next)
		note(notes, "%s differs: %.6g and %.6g", what, base, next);
}

static void note_text(struct notes *notes, const char *what, const char *base, const char *next)
{
	if (strcmp(base, next))
		note(notes, "%s differs: %.60s and %.60s", what, base, next);
}

static void note_side(struct notes *notes, const char *side, const struct compared *compared)
{
	const struct result *result = compared->saved.result;

	if (result->facts.interrupted)
		note(notes, "%s was interrupted", side);
	if (result->sum->drain_aborted)
		note(notes, "errors of %s include %" PRIu64 " requests that the end of the run cut off", side,
		     result->sum->drain_aborted);
	if (result->is_void)
		note(notes, "%s is void: it missed its rate by far", side);
	else if (result->verdict != VERDICT_OK)
		note(notes, "%s is %s", side, verdict_names[result->verdict]);
}

struct notes comparison_notes(const struct comparison *comparison)
{
	const struct vastar_plan *base = comparison->base.saved.plan, *next = comparison->next.saved.plan;
	struct notes notes = {0};

	note_text(&notes, "method", base->method, next->method);
	note_text(&notes, "proxy", base->proxy_url ? base->proxy_url : "none",
		  next->proxy_url ? next->proxy_url : "none");
	note_number(&notes, "request size", (double)base->request.length, (double)next->request.length);
	note_number(&notes, "concurrency", base->connections, next->connections);
	note_text(&notes, "protocol", plan_protocol_name(base), plan_protocol_name(next));
	note_number(&notes, "streams", base->streams, next->streams);
	note_number(&notes, "compression of messages", base->ws.deflate, next->ws.deflate);
	note_number(&notes, "messages in flight on a connection", base->ws.in_flight, next->ws.in_flight);
	note_number(&notes, "pipeline", base->pipeline, next->pipeline);
	note_number(&notes, "rate", base->rate, next->rate);
	note_number(&notes, "rate per connection", base->connection_rate, next->connection_rate);
	note_number(&notes, "new connections a second", base->new_connections, next->new_connections);
	note_number(&notes, "keep-alive", base->keepalive, next->keepalive);
	note_text(&notes, "processor", comparison->base.saved.result->facts.cpu_model,
		  comparison->next.saved.result->facts.cpu_model);
	note_side(&notes, "base", &comparison->base);
	note_side(&notes, "new", &comparison->next);
	return notes;
}

/* ---- text ---- */

enum { GREEN = 34, RED = 160 }; /* of the 256-colour palette */

struct text comparison_value(const struct figure *figure, double value)
{
	struct text text = {"-"};

	if (isnan(value))
		return text;
	switch (figure->unit) {
	case UNIT_PER_SECOND:
		snprintf(text.s, sizeof(text.s), "%.2f", value);
		break;
	case UNIT_TIME:
		return fmt_short(value);
	case UNIT_SHARE:
		snprintf(text.s, sizeof(text.s), "%.3f %%", 100 * value);
		break;
	case UNIT_PROCESSORS:
		snprintf(text.s, sizeof(text.s), "%.3f", value);
		break;
	}
	return text;
}

struct text comparison_change(const struct figure *figure, double value)
{
	struct text text = {"-"};

	if (!isnan(value))
		snprintf(text.s, sizeof(text.s), "%+.2f %s", 100 * value,
			 figure->unit == UNIT_SHARE ? "pp" : "%");
	return text;
}

void comparison_gate_text(const struct comparison *comparison, int i, char *text, size_t size)
{
	double limit = comparison->limits.most[i];

	*text = '\0';
	if (!isnan(limit))
		snprintf(text, size, ", limit %g %s: %s", 100 * limit,
			 figures[i].unit == UNIT_SHARE ? "pp" : "%",
			 comparison_failed(comparison, i)		    ? "FAILED"
			 : comparison->changes[i].verdict == CHANGE_UNKNOWN ? "not judged"
									    : "passed");
}

static void print_verdict(const struct comparison *comparison, int i, bool color, FILE *out)
{
	enum change_verdict verdict = comparison->changes[i].verdict;
	char text[64];

	comparison_gate_text(comparison, i, text, sizeof(text));
	if (color && verdict >= CHANGE_BETTER)
		fprintf(out, "\x1b[38;5;%dm", verdict == CHANGE_WORSE ? RED : GREEN);
	fputs(change_verdict_names[verdict], out);
	if (color && verdict >= CHANGE_BETTER)
		fputs("\x1b[0m", out);
	fprintf(out, "%s\n", text);
}

void comparison_interval(const struct comparison *comparison, int i, char *text, size_t size)
{
	const struct change *change = &comparison->changes[i];

	snprintf(text, size, "-");
	if (!isnan(change->low))
		snprintf(text, size, "%s to %s", comparison_change(&figures[i], change->low).s,
			 comparison_change(&figures[i], change->high).s);
}

struct text comparison_date(const struct compared *compared)
{
	const struct run_facts *facts = &compared->saved.result->facts;

	return fmt_instant(facts->started_at_s, (int)facts->started_at_ms);
}

static void print_side(const char *side, const struct compared *compared, FILE *out)
{
	fprintf(out, "%-5s", side);
	fmt_escaped(out, compared->file);
	fprintf(out, ": %u run%s, %s, ", compared->runs.count, compared->runs.count == 1 ? "" : "s",
		comparison_date(compared).s);
	fmt_escaped(out, compared->saved.plan->url);
	fputc('\n', out);
}

static void print_figures(const struct comparison *comparison, bool color, FILE *out)
{
	fprintf(out, "\n%-8s %12s %12s %11s  %-24s %s\n", "", "base", "new", "change", "99.9 % interval",
		"verdict");
	for (int i = 0; i < FIGURES; i++) {
		const struct figure *figure = &figures[i];
		const struct change *change = &comparison->changes[i];
		char interval[80];

		comparison_interval(comparison, i, interval, sizeof(interval));
		fprintf(out, "%-8s %12s %12s %11s  %-24s ", figure->name,
			comparison_value(figure, change->base).s, comparison_value(figure, change->next).s,
			comparison_change(figure, change->value).s, interval);
		print_verdict(comparison, i, color, out);
	}
	fputc('\n', out);
}

const char *const comparison_gate_names[] = {
    [GATE_UNKNOWN] = "not judged", [GATE_PASSED] = "passed", [GATE_FAILED] = "FAILED"};

int comparison_write_text(const struct comparison *comparison, bool color, FILE *out,
			  struct vastar_error *err)
{
	struct notes notes = comparison_notes(comparison);
	struct draft draft;

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	print_side("base", &comparison->base, draft.stream);
	print_side("new", &comparison->next, draft.stream);
	print_figures(comparison, color, draft.stream);
	for (unsigned i = 0; i < notes.count; i++) {
		fputs("Note: ", draft.stream);
		fmt_escaped(draft.stream, notes.texts[i]);
		fputc('\n', draft.stream);
	}
	if (!comparison_judged(comparison))
		fprintf(draft.stream,
			"Cannot tell a change from noise: each side needs %d runs (--repeats %d).\n",
			CHANGE_RUNS_LEAST, CHANGE_RUNS_LEAST);
	if (comparison_gate(comparison) != GATE_NONE)
		fprintf(draft.stream, "Gate: %s\n", comparison_gate_names[comparison_gate(comparison)]);
	return draft_emit(&draft, out, err);
}

/* ---- JSON ---- */

static void put_side(struct tree *tree, json_t *root, const char *name, const struct compared *compared)
{
	json_t *side = tree_nest(tree, root, name, json_object());

	tree_put(tree, side, "file", tree_string(compared->file));
	tree_put(tree, side, "url", tree_string(compared->saved.plan->url));
	tree_put(tree, side, "method", tree_string(compared->saved.plan->method));
	tree_put(tree, side, "started_at", tree_string(comparison_date(compared).s));
	tree_put(tree, side, "runs", tree_integer(compared->runs.count));
}

static void put_figure(struct tree *tree, json_t *array, const struct comparison *comparison, int i)
{
	const struct change *change = &comparison->changes[i];
	double limit = comparison->limits.most[i];
	bool judged = change->verdict != CHANGE_UNKNOWN;
	json_t *figure = json_object();

	tree_put(tree, figure, "name", tree_string(figures[i].name));
	tree_put(tree, figure, "base", tree_real(change->base));
	tree_put(tree, figure, "new", tree_real(change->next));
	tree_put(tree, figure, "change", tree_real(change->value));
	tree_put(tree, figure, "low", tree_real(change->low));
	tree_put(tree, figure, "high", tree_real(change->high));
	tree_put(tree, figure, "verdict", tree_string(change_verdict_names[change->verdict]));
	tree_put(tree, figure, "limit", tree_real(limit));
	tree_put(tree, figure, "passed",
		 isnan(limit) || !judged ? json_null() : json_boolean(!comparison_failed(comparison, i)));
	tree_append(tree, array, figure);
}

int comparison_write_json(const struct comparison *comparison, FILE *out, struct vastar_error *err)
{
	struct notes notes = comparison_notes(comparison);
	enum gate gate = comparison_gate(comparison);
	struct tree tree = {false};
	json_t *root = json_object(), *array;
	int rc;

	tree_put(&tree, root, "schema_version", tree_string("1.0"));
	tree_put(&tree, root, "kind", tree_string("compare"));
	put_side(&tree, root, "base", &comparison->base);
	put_side(&tree, root, "new", &comparison->next);
	tree_put(&tree, root, "confidence", tree_real(CHANGE_CONFIDENCE));
	tree_put(&tree, root, "judged", json_boolean(comparison_judged(comparison)));
	array = tree_nest(&tree, root, "figures", json_array());
	for (int i = 0; i < FIGURES; i++)
		put_figure(&tree, array, comparison, i);
	tree_put(&tree, root, "passed",
		 gate == GATE_PASSED || gate == GATE_FAILED ? json_boolean(gate == GATE_PASSED)
							    : json_null());
	array = tree_nest(&tree, root, "notes", json_array());
	for (unsigned i = 0; i < notes.count; i++)
		tree_append(&tree, array, tree_string(notes.texts[i]));
	rc = tree.failed ? err_nomem(err, "report") : tree_write(root, JSON_INDENT(2), out, err);
	json_decref(root);
	return rc;
}
