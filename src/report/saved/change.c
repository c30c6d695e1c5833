/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/saved/change.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "stats/student.h"

#define OF(field) offsetof(struct repeat, field)

const struct figure figures[FIGURES] = {
    [FIGURE_RPS] = {"rps", OF(rps), UNIT_PER_SECOND, true},
    [FIGURE_GOODPUT] = {"goodput", OF(goodput_rps), UNIT_PER_SECOND, true},
    [FIGURE_P50] = {"p50", OF(p50_s), UNIT_TIME, false},
    [FIGURE_P90] = {"p90", OF(p90_s), UNIT_TIME, false},
    [FIGURE_P99] = {"p99", OF(p99_s), UNIT_TIME, false},
    [FIGURE_P999] = {"p99.9", OF(p999_s), UNIT_TIME, false},
    [FIGURE_ERRORS] = {"errors", OF(error_rate), UNIT_SHARE, false},
    [FIGURE_CPU] = {"cpu", OF(cpu), UNIT_PROCESSORS, false},
};

const char *const change_verdict_names[] = {[CHANGE_UNKNOWN] = "unknown",
					    [CHANGE_NOISE] = "noise",
					    [CHANGE_BETTER] = "better",
					    [CHANGE_WORSE] = "worse"};

/* ---- the values of one side ---- */

struct values {
	double *list; /* owned */
	unsigned count, missing, zero;
	double mean; /* NAN: a run lacks the value */
};

static bool values_init(struct values *values, const struct figure *figure, const struct repeats *repeats)
{
	*values =
	    (struct values){.list = calloc(repeats->count + 1, sizeof(double)), .count = repeats->count};
	if (!values->list)
		return false;
	for (unsigned i = 0; i < values->count; i++) {
		double value = *(const double *)((const char *)&repeats->items[i] + figure->offset);

		values->list[i] = value;
		values->missing += isnan(value);
		values->zero += value == 0;
	}
	return true;
}

static void take_logarithms(struct values *values)
{
	for (unsigned i = 0; i < values->count; i++)
		values->list[i] = log(values->list[i]);
}

static void take_mean(struct values *values)
{
	values->mean = 0;
	for (unsigned i = 0; i < values->count; i++)
		values->mean += values->list[i] / values->count;
}

/* ---- the change ---- */

/* In logarithms: both bounds of a bucket lie within this. */
static const double BUCKET = 1.0 / HIST_HALF;

static void by_ratio(struct change *change, const struct figure *figure, struct values *base,
		     struct values *next)
{
	double slack = figure->unit == UNIT_TIME ? BUCKET : 0;
	struct mean_difference logs;

	take_logarithms(base);
	take_logarithms(next);
	take_mean(base);
	take_mean(next);
	change->base = exp(base->mean);
	change->next = exp(next->mean);
	change->value = expm1(next->mean - base->mean);
	if (!welch_difference(base->list, base->count, next->list, next->count, CHANGE_CONFIDENCE, &logs))
		return;
	change->low = expm1(logs.low - slack);
	change->high = expm1(logs.high + slack);
}

static void by_difference(struct change *change, const struct figure *figure, struct values *base,
			  struct values *next)
{
	struct mean_difference plain;
	double unit;

	take_mean(base);
	take_mean(next);
	change->base = base->mean;
	change->next = next->mean;
	unit = figure->unit == UNIT_SHARE ? 1 : base->mean;
	if (!(unit > 0))
		return;
	change->value = (next->mean - base->mean) / unit;
	if (!welch_difference(base->list, base->count, next->list, next->count, CHANGE_CONFIDENCE, &plain))
		return;
	change->low = plain.low / unit;
	change->high = plain.high / unit;
}

static enum change_verdict verdict_of(const struct figure *figure, const struct change *change)
{
	if (isnan(change->low))
		return CHANGE_UNKNOWN;
	if (change->low <= 0 && change->high >= 0)
		return CHANGE_NOISE;
	return (change->low > 0) == figure->more_is_better ? CHANGE_BETTER : CHANGE_WORSE;
}

/* For a percentile that not every run has. */
static void without_values(struct change *change, const struct values *base, const struct values *next,
			   bool enough)
{
	change->base = base->missing ? NAN : base->mean;
	change->next = next->missing ? NAN : next->mean;
	if (enough && !base->missing)
		change->verdict = CHANGE_WORSE;
}

static void compare_values(struct change *change, const struct figure *figure, struct values *base,
			   struct values *next)
{
	bool enough = base->count >= CHANGE_RUNS_LEAST && next->count >= CHANGE_RUNS_LEAST;

	if (base->missing || next->missing) {
		take_mean(base);
		take_mean(next);
		without_values(change, base, next, enough);
		return;
	}
	if (base->zero || next->zero || figure->unit == UNIT_SHARE)
		by_difference(change, figure, base, next);
	else
		by_ratio(change, figure, base, next);
	if (!enough)
		change->low = change->high = NAN;
	change->verdict = verdict_of(figure, change);
}

bool change_of(const struct figure *figure, const struct repeats *base, const struct repeats *next,
	       struct change *changep)
{
	struct values a, b = {0};
	bool memory;

	*changep = (struct change){NAN, NAN, NAN, NAN, NAN, CHANGE_UNKNOWN};
	memory = values_init(&a, figure, base) && values_init(&b, figure, next);
	if (memory)
		compare_values(changep, figure, &a, &b);
	free(a.list);
	free(b.list);
	return memory;
}

bool change_beyond(const struct figure *figure, const struct change *change, double limit)
{
	if (isnan(change->low))
		return change->verdict == CHANGE_WORSE;
	return figure->more_is_better ? change->high < -limit : change->low > limit;
}

/* ---- limits ---- */

static int find_figure(const char *name, size_t length)
{
	for (int i = 0; i < FIGURES; i++)
		if (strlen(figures[i].name) == length && !memcmp(figures[i].name, name, length))
			return i;
	return -1;
}

/* Parses "10%", `length` characters long. */
static bool parse_percent(const char *text, size_t length, double *sharep)
{
	char number[32];
	double percent;

	if (length < 2 || length > sizeof(number) || text[length - 1] != '%')
		return false;
	memcpy(number, text, length - 1);
	number[length - 1] = '\0';
	if (!num_real(number, &percent))
		return false;
	*sharep = percent / 100;
	return true;
}

static int parse_term(struct limits *limits, const char *term, size_t length, struct vastar_error *err)
{
	size_t name = strcspn(term, "=,");
	int figure = name < length ? find_figure(term, name) : -1;
	double limit;

	if (name >= length || term[name] != '=')
		return err_set(err, VASTAR_E_USAGE,
			       "--max-regression '%.*s': not of the form FIGURE=PERCENT (for example "
			       "p99=10%%,rps=5%%)",
			       length < 40 ? (int)length : 40, term);
	if (figure < 0)
		return err_set(err, VASTAR_E_USAGE,
			       "--max-regression '%.*s': no such figure (use rps, goodput, p50, p90, p99, "
			       "p99.9, errors or cpu)",
			       name < 40 ? (int)name : 40, term);
	if (!parse_percent(term + name + 1, length - name - 1, &limit))
		return err_set(err, VASTAR_E_USAGE,
			       "--max-regression '%.*s': not a percentage (for example 10%%)",
			       length < 40 ? (int)length : 40, term);
	if (figures[figure].more_is_better && limit >= 1)
		return err_set(err, VASTAR_E_USAGE,
			       "--max-regression %s: it cannot fall by 100 %% or more (for example %s=5%%)",
			       figures[figure].name, figures[figure].name);
	if (!isnan(limits->most[figure]))
		return err_set(err, VASTAR_E_USAGE, "--max-regression %s: given twice (keep one)",
			       figures[figure].name);
	limits->most[figure] = limit;
	limits->any = true;
	return 0;
}

int limits_parse(struct limits *limits, const char *list, struct vastar_error *err)
{
	int rc = 0;

	*limits = (struct limits){0};
	for (int i = 0; i < FIGURES; i++)
		limits->most[i] = NAN;
	while (!rc && list) {
		size_t length = strcspn(list, ",");

		rc = parse_term(limits, list, length, err);
		list = list[length] ? list + length + 1 : NULL;
	}
	return rc;
}
