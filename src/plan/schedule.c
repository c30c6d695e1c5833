/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/schedule.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

/* Arrivals expected within `s` seconds of a stage. */
static double expected_within(const struct schedule_stage *stage, double s)
{
	double length_s = (double)stage->length_ns / 1e9;

	return stage->from * s + (stage->to - stage->from) / length_s * s * s / 2;
}

static double expected_after(const struct schedule_stage *stage)
{
	return stage->before + expected_within(stage, (double)stage->length_ns / 1e9);
}

void schedule_add(struct schedule *schedule, uint64_t length_ns, double from, double to)
{
	struct schedule_stage *stage = &schedule->stages[schedule->stage_count];

	*stage = (struct schedule_stage){.length_ns = length_ns, .from = from, .to = to};
	if (schedule->stage_count) {
		stage->start_ns = stage[-1].start_ns + stage[-1].length_ns;
		stage->before = expected_after(&stage[-1]);
	}
	schedule->stage_count++;
}

void schedule_warm_up(struct schedule *schedule, uint64_t length_ns)
{
	struct schedule measured = *schedule;

	*schedule = (struct schedule){.burst = measured.burst, .warmup = true};
	schedule_add(schedule, length_ns, measured.stages[0].from, measured.stages[0].from);
	for (uint32_t i = 0; i < measured.stage_count; i++)
		schedule_add(schedule, measured.stages[i].length_ns, measured.stages[i].from,
			     measured.stages[i].to);
}

/* ---- parsing ---- */

static bool parse_rate(const char *text, double *ratep)
{
	*ratep = 0;
	return !strcmp(text, "0") || (num_rate(text, ratep) && *ratep <= SCHEDULE_RATE_MAX);
}

/* "1k..5k:1m" or "1k:1m"; modifies the text. */
static bool parse_stage(char *text, struct schedule *schedule)
{
	char *colon = strchr(text, ':'), *dots;
	uint64_t length_ns;
	double from, to;

	if (!colon)
		return false;
	*colon = '\0';
	dots = strstr(text, "..");
	if (dots)
		*dots = '\0';
	if (!parse_rate(text, &from) || !parse_rate(dots ? dots + 2 : text, &to) ||
	    !num_duration(colon + 1, &length_ns) || !length_ns)
		return false;
	schedule_add(schedule, length_ns, from, to);
	return true;
}

int schedule_parse(const char *spec, const char *option, struct schedule *schedule, struct vastar_error *err)
{
	*schedule = (struct schedule){0};
	for (const char *at = spec; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		size_t length = strcspn(at, ",");
		char text[64];

		if (schedule->stage_count == SCHEDULE_STAGES_MAX)
			return err_set(err, VASTAR_E_USAGE, "%s: too many stages (at most %d)", option,
				       SCHEDULE_STAGES_MAX);
		memcpy(text, at, length < sizeof(text) ? length : 0);
		text[length < sizeof(text) ? length : 0] = '\0';
		if (!parse_stage(text, schedule))
			return err_set(err, VASTAR_E_USAGE,
				       "%s '%.*s': not a rate and a time (for example 1k:10s, or 1k..5k:1m "
				       "for a ramp)",
				       option, length < 40 ? (int)length : 40, at);
	}
	if (!(expected_after(&schedule->stages[schedule->stage_count - 1]) >= 1))
		return err_set(err, VASTAR_E_USAGE,
			       "%s '%.40s': it sends no request (raise a rate or a time)", option, spec);
	return 0;
}

int schedule_parse_burst(const char *spec, struct schedule *schedule, struct vastar_error *err)
{
	const char *colon = strchr(spec, ':'), *every = "every ";
	uint64_t count, gap_ns;
	char text[32] = "";

	*schedule = (struct schedule){0};
	if (colon && (size_t)(colon - spec) < sizeof(text))
		memcpy(text, spec, (size_t)(colon - spec));
	if (colon && !strncmp(++colon, every, strlen(every)))
		colon += strlen(every);
	if (!num_count(text, &count) || !count || !num_duration(colon, &gap_ns) || !gap_ns)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "burst (--burst) '%.40s': not a number and a time (for example 100:5s, for 100 "
		    "requests at once every 5 s)",
		    spec);
	if (count > SCHEDULE_BURST_MAX || (double)count * 1e9 / (double)gap_ns > SCHEDULE_RATE_MAX)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "burst (--burst) '%.40s': too many requests (at most %d at once and %d a second)", spec,
		    SCHEDULE_BURST_MAX, SCHEDULE_RATE_MAX);
	schedule->burst = (uint32_t)count;
	schedule_add(schedule, SCHEDULE_ENDLESS, (double)count * 1e9 / (double)gap_ns,
		     (double)count * 1e9 / (double)gap_ns);
	return 0;
}

/* ---- time and arrivals ---- */

void schedule_scale(struct schedule *schedule, double factor)
{
	for (uint32_t i = 0; i < schedule->stage_count; i++) {
		schedule->stages[i].from *= factor;
		schedule->stages[i].to *= factor;
		schedule->stages[i].before *= factor;
	}
}

double schedule_peak(const struct schedule *schedule)
{
	double peak = 0;

	for (uint32_t i = 0; i < schedule->stage_count; i++) {
		const struct schedule_stage *stage = &schedule->stages[i];

		peak = stage->from > peak ? stage->from : peak;
		peak = stage->to > peak ? stage->to : peak;
	}
	return peak;
}

uint64_t schedule_length(const struct schedule *schedule)
{
	const struct schedule_stage *last = &schedule->stages[schedule->stage_count - 1];

	return last->length_ns == SCHEDULE_ENDLESS ? SCHEDULE_ENDLESS : last->start_ns + last->length_ns;
}

uint32_t schedule_stage_at(const struct schedule *schedule, uint64_t at_ns)
{
	uint32_t stage = 0;

	while (stage + 1 < schedule->stage_count && at_ns >= schedule->stages[stage + 1].start_ns)
		stage++;
	return stage;
}

double schedule_expected(const struct schedule *schedule, uint64_t at_ns)
{
	const struct schedule_stage *stage = &schedule->stages[schedule_stage_at(schedule, at_ns)];
	uint64_t within_ns = at_ns - stage->start_ns;

	if (within_ns > stage->length_ns)
		within_ns = stage->length_ns;
	return stage->before + expected_within(stage, (double)within_ns / 1e9);
}

/* Solves from x + slope x^2 / 2 = expected for x, in the form that is precise for a slope near 0. */
static double seconds_within(const struct schedule_stage *stage, double expected)
{
	double slope = (stage->to - stage->from) / ((double)stage->length_ns / 1e9);
	double root = stage->from * stage->from + 2 * slope * expected;

	if (!(expected > 0))
		return 0;
	return 2 * expected / (stage->from + sqrt(root > 0 ? root : 0));
}

uint64_t schedule_instant(const struct schedule *schedule, double expected, uint32_t *stagep)
{
	const struct schedule_stage *stage = &schedule->stages[*stagep];
	double ns;

	/* An arrival on the border belongs to the stage that begins there, unless that is a pause. */
	while (*stagep + 1 < schedule->stage_count && expected >= stage[1].before)
		stage = &schedule->stages[++*stagep];
	if (stage->length_ns != SCHEDULE_ENDLESS && expected >= expected_after(stage))
		return UINT64_MAX;
	ns = seconds_within(stage, expected - stage->before) * 1e9;
	return ns < 0x1p63 ? stage->start_ns + (uint64_t)ns : UINT64_MAX;
}
