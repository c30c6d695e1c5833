/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sweep/notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "plan/proxy.h"
#include "report/body.h"

#define STILL_GROWS 1.05 /* growth above noise, from the second largest level to the largest */
#define BUSY_LIMIT 0.80	 /* as in the verdict of a single run: above it vastar itself is a queue */

enum { PROXY_LENGTH = 120 };

void sweep_note(struct sweep *sweep, const char *format, ...)
{
	va_list arguments;

	if (sweep->note_count == NOTES_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(sweep->notes[sweep->note_count++], NOTE_LENGTH, format, arguments);
	va_end(arguments);
}

/* ---- levels in a sentence ---- */

/* "1, 2, 8", cut to fit. */
struct list {
	char text[140];
	size_t used;
};

static void list_add(struct list *list, const char *item)
{
	size_t length = strlen(item);

	if (list->used + length + sizeof(", ...") > sizeof(list->text)) {
		strcpy(list->text + list->used, ", ...");
		return;
	}
	list->used += (size_t)snprintf(list->text + list->used, sizeof(list->text) - list->used, "%s%s",
				       list->used ? ", " : "", item);
}

static void note_levels(struct sweep *sweep, const char *what, bool (*concerns)(const struct point *point))
{
	struct list list = {.text = ""};

	for (unsigned i = 0; i < sweep->count; i++) {
		char level[16];

		snprintf(level, sizeof(level), "%u", sweep->points[i].concurrency);
		if (concerns(&sweep->points[i]))
			list_add(&list, level);
	}
	if (list.used)
		sweep_note(sweep, "%s: c = %s", what, list.text);
}

/* ---- the reference file ---- */

static void note_age(struct sweep *sweep, const struct reference *cached, uint64_t max_age_ns)
{
	int64_t age = sweep->started_at_s - cached->started_at_s;

	if (!max_age_ns)
		return;
	if (!cached->started_at_s)
		sweep_note(sweep, "the reference's file does not say when it was measured");
	else if (age > (int64_t)(max_age_ns / NS_PER_S))
		sweep_note(sweep, "the reference is %.1f h old (measure it again, or raise --ref-max-age)",
			   (double)age / 3600);
}

static void note_machine(struct sweep *sweep, const struct reference *cached)
{
	const struct run_facts *here = &sweep->machine;

	if ((cached->cpu_model[0] && strcmp(cached->cpu_model, here->cpu_model)) ||
	    (cached->cpu_count && cached->cpu_count != here->cpu_count))
		sweep_note(sweep,
			   "the reference was measured on another machine (%u x %.60s; here %u x %.60s)",
			   cached->cpu_count, cached->cpu_model, here->cpu_count, here->cpu_model);
}

static void note_request(struct sweep *sweep, const struct reference *cached)
{
	const struct vastar_settings *target = &sweep->settings->target;
	const char *method = target->method ? target->method : "GET";
	char digest[REQUEST_DIGEST_LENGTH + 1];

	request_digest(target, digest);
	if (cached->method[0] && strcmp(cached->method, method))
		sweep_note(sweep, "the reference was measured with %.20s, the target with %.20s",
			   cached->method, method);
	if (cached->request_digest[0] && strcmp(cached->request_digest, digest))
		sweep_note(sweep, "the reference got a different body or different headers");
}

static void note_proxy(struct sweep *sweep, const char *whose, const struct vastar_settings *settings)
{
	char text[PROXY_LENGTH];

	proxies_describe(settings, text, sizeof(text));
	if (*text)
		sweep_note(sweep, "the %s is measured through the proxy %s", whose, text);
}

void sweep_note_request(struct sweep *sweep)
{
	const struct vastar_settings *target = &sweep->settings->target;
	struct body_text doubt =
	    body_doubt_of(target->body_source, target->body, target->body_length, target->method);

	if (*doubt.s)
		sweep_note(sweep, "%s", doubt.s);
	note_proxy(sweep, "target", &sweep->settings->target);
	if (sweep->settings->reference.url)
		note_proxy(sweep, "reference", &sweep->settings->reference);
}

void sweep_note_reference(struct sweep *sweep)
{
	const struct reference *cached = sweep->settings->cached;

	if (!cached)
		return;
	note_age(sweep, cached, sweep->settings->reference_max_age_ns);
	note_machine(sweep, cached);
	note_request(sweep, cached);
}

/* ---- the measurements ---- */

static bool not_measured(const struct point *point)
{
	return !point_measured(point);
}

static bool p99_is_weak(const struct point *point)
{
	return point->target.median.rps > 0 && (point->target.weak_p99 || point->reference.weak_p99);
}

static bool only_p999_is_weak(const struct point *point)
{
	return point->target.median.rps > 0 && !p99_is_weak(point) && point->target.weak_p999;
}

static void note_cut(struct sweep *sweep)
{
	struct list list = {.text = ""};

	for (unsigned i = 0; i < sweep->count; i++) {
		const struct side *side = &sweep->points[i].target;
		char item[64];

		snprintf(item, sizeof(item), "%u (%llu responses)", sweep->points[i].concurrency,
			 side->count ? (unsigned long long)side->samples[side->count - 1].responses : 0);
		if (side->cut)
			list_add(&list, item);
	}
	if (list.used)
		sweep_note(sweep, "cut off by --point-max: c = %s", list.text);
}

static void note_baseline(struct sweep *sweep)
{
	const struct point *baseline = sweep->baseline >= 0 ? &sweep->points[sweep->baseline] : NULL;
	uint32_t c = sweep->settings->baseline_c;

	if (sweep->spot.index < 0)
		return;
	if (!baseline || !point_measured(baseline) || baseline->target.median.p99_s <= 0)
		sweep_note(sweep, "the tail multiple was not judged: there is no baseline, c = %u %s", c,
			   baseline && point_measured(baseline) ? "gave no response" : "was not measured");
	else if (baseline->target.weak_p99)
		sweep_note(sweep, "the baseline's p99 at c = %u has fewer than ten responses above it", c);
}

static void note_busy(struct sweep *sweep)
{
	struct list list = {.text = ""};

	for (unsigned i = 0; i < sweep->count; i++) {
		const struct point *point = &sweep->points[i];
		char item[48];

		snprintf(item, sizeof(item), "%u (%.0f %%)", point->concurrency, 100 * point->target.busy);
		if (point->target.busy > BUSY_LIMIT)
			list_add(&list, item);
	}
	if (list.used)
		sweep_note(
		    sweep,
		    "vastar itself was busy, so the knee may be vastar's: CPU use of a worker at c = %s",
		    list.text);
}

/* What held vastar back most, and at which level. */
static void note_held(struct sweep *sweep)
{
	struct list list = {.text = ""};
	const struct side *most = NULL;

	for (unsigned i = 0; i < sweep->count; i++) {
		const struct side *side = &sweep->points[i].target;
		char item[48];

		if (!side->held_why)
			continue;
		snprintf(item, sizeof(item), "%u (%.0f %%)", sweep->points[i].concurrency, 100 * side->held);
		list_add(&list, item);
		if (!most || side->held > most->held)
			most = side;
	}
	if (!most)
		return;
	sweep_note(sweep, "vastar itself was held back, so the knee may be its own: c = %s", list.text);
	sweep_note(sweep, "%s", most->held_why);
}

/* ---- the pick ---- */

/* The largest or smallest level that is a candidate and was measured; -1: none. */
static int edge(const struct sweep *sweep, bool largest)
{
	int found = -1;

	for (unsigned i = 0; i < sweep->count; i++)
		if (!sweep->points[i].baseline_only && point_measured(&sweep->points[i]) &&
		    (largest || found < 0))
			found = (int)i;
	return found;
}

static void note_edges(struct sweep *sweep)
{
	const struct sweet_spot *spot = &sweep->spot;
	int first = edge(sweep, false), last = edge(sweep, true);
	const struct point *points = sweep->points;

	if (spot->index < 0 || spot->method == PICK_FALLBACK || first == last)
		return;
	if (spot->index == last)
		sweep_note(
		    sweep,
		    "range ends before the knee: c = %u is the largest level measured, and larger ones "
		    "may do better",
		    points[last].concurrency);
	else if (spot->peak_index == last &&
		 points[last].target.median.rps > STILL_GROWS * points[last - 1].target.median.rps)
		sweep_note(sweep,
			   "range ends before the peak: throughput still grows at the largest level "
			   "measured, c = %u",
			   points[last].concurrency);
	if (spot->index == first && points[first].concurrency > 1)
		sweep_note(sweep,
			   "range begins after the knee: c = %u is the smallest level measured, and smaller "
			   "ones may do as well",
			   points[first].concurrency);
}

static void note_rivals(struct sweep *sweep)
{
	double ratio = sweep->settings->knee_ratio;

	for (unsigned i = 0; i < sweep->count; i++) {
		const struct bounds *rps = &sweep->points[i].target.rps;

		if (pick_is_rival(sweep->points, i, &sweep->spot, ratio))
			sweep_note(sweep,
				   "c = %u may do as well as c = %u: its interval of rps, %.*f to %.*f, "
				   "includes %.4g %% of the peak",
				   sweep->points[i].concurrency, sweep->points[sweep->spot.index].concurrency,
				   rps->low < 1000, rps->low, rps->high < 1000, rps->high, 100 * ratio);
	}
}

static void note_nearest(struct sweep *sweep)
{
	const struct reference *cached = sweep->settings->cached;

	for (unsigned i = 0; cached && i < sweep->count; i++) {
		int at =
		    reference_find(cached, sweep->points[i].concurrency, sweep->settings->reference_nearest);

		if (at >= 0 && cached->levels.c[at] != sweep->points[i].concurrency)
			sweep_note(sweep,
				   "c = %u is compared with the reference at c = %u, the nearest it has",
				   sweep->points[i].concurrency, cached->levels.c[at]);
	}
}

/* The ratio is above its limit even without load. */
static void note_rule(struct sweep *sweep, const char *name, const char *option, double given, double limit,
		      const struct ratio_rule *rule)
{
	if (rule->growth)
		sweep_note(sweep,
			   "%s is %.4g at c = %u already, above %.4g, so this gate judges growth: it rejects "
			   "above %.4g, %.4g x that (%s sets another limit)",
			   name, rule->own, rule->own_c, given, limit, limit / rule->own, option);
	else if (rule->above)
		sweep_note(
		    sweep,
		    "%s is %.4g at c = %u already, above %s %.4g: this gate judges the server's nature, "
		    "not its load (without the option it judges growth)",
		    name, rule->own, rule->own_c, option, given);
}

static void note_rules(struct sweep *sweep)
{
	const struct gates *given = &sweep->settings->gates, *judged = &sweep->gates;

	note_rule(sweep, "p99/p50", "--max-spread", given->max_spread, judged->max_spread, &judged->spread);
	note_rule(sweep, "p99.9/p50", "--max-p999-ratio", given->max_p999_ratio, judged->max_p999_ratio,
		  &judged->p999);
}

static bool is_undecided(const struct point *point)
{
	return point->overhead_undecided;
}

void sweep_note_result(struct sweep *sweep)
{
	note_rules(sweep);
	note_edges(sweep);
	note_rivals(sweep);
	note_levels(sweep, "not measured", not_measured);
	note_levels(
	    sweep,
	    sweep->paired
		? "spread, p99.9/p50, overhead and tail multiple not judged, fewer than ten responses above "
		  "p99"
		: "spread, p99.9/p50 and tail multiple not judged, fewer than ten responses above p99",
	    p99_is_weak);
	note_levels(sweep, "p99.9/p50 not judged, fewer than ten responses above p99.9", only_p999_is_weak);
	note_levels(sweep, "overhead not decided, the intervals of both p99 overlap", is_undecided);
	note_cut(sweep);
	note_baseline(sweep);
	note_busy(sweep);
	note_held(sweep);
	note_nearest(sweep);
}

static void fallback_reasoning(const struct sweep *sweep, const struct point *point, char *text, size_t size)
{
	const struct sweet_spot *spot = &sweep->spot;

	if (sweep->paired && point->reference.median.rps > 0)
		snprintf(text, size, "no level passed the gates; c = %u has the smallest overhead",
			 point->concurrency);
	else
		snprintf(
		    text, size,
		    "no level passed the gates; c = %u is the smallest that reaches %.4g %% of the highest "
		    "rate, %.*f rps at c = %u",
		    point->concurrency, 100 * sweep->settings->knee_ratio, spot->peak_rps < 1000,
		    spot->peak_rps, sweep->points[spot->peak_index].concurrency);
}

void sweep_reasoning(const struct sweep *sweep, char *text, size_t size)
{
	const struct sweet_spot *spot = &sweep->spot;
	const struct point *point = spot->index >= 0 ? &sweep->points[spot->index] : NULL;

	if (!point && edge(sweep, true) < 0)
		snprintf(text, size, "no level was measured");
	else if (!point)
		snprintf(text, size, "no response at any level");
	else if (spot->method == PICK_FALLBACK)
		fallback_reasoning(sweep, point, text, size);
	else if (spot->method == PICK_SCORE)
		snprintf(text, size,
			 "c = %u has the highest score rps / (p99/p50)^2 of the levels that passed",
			 point->concurrency);
	else
		snprintf(text, size,
			 "c = %u is the smallest level that passed and reaches %.4g %% of the peak of "
			 "%.*f rps at c = %u",
			 point->concurrency, 100 * sweep->settings->knee_ratio, spot->peak_rps < 1000,
			 spot->peak_rps, sweep->points[spot->peak_index].concurrency);
}
