/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/slo_target.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"

struct slo_key {
	const char *typed, *name;
	double percent;
};

static const struct slo_key keys[] = {
    {"p25", "p25", 25},		{"p50", "p50", 50},	 {"p75", "p75", 75},
    {"p90", "p90", 90},		{"p95", "p95", 95},	 {"p99", "p99", 99},
    {"p99.9", "p99.9", 99.9},	{"p999", "p99.9", 99.9}, {"p99.99", "p99.99", 99.99},
    {"p9999", "p99.99", 99.99},
};

const char *const slo_rate_names[SLO_RATES] = {
    [SLO_RPS] = "rps", [SLO_GOODPUT] = "goodput", [SLO_ERRORS] = "errors"};

static const struct slo_key *key_find(const char *typed)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i].typed, typed))
			return &keys[i];
	return NULL;
}

/* Cuts the blanks off both ends of *text, in place. */
static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return text;
}

static int limit_parse(const char *key, const char *text, uint64_t *limitp, struct vastar_error *err)
{
	/* A bare number would mean seconds, as elsewhere. But users who type p99=250 mean milliseconds, and a
	 * gate that is 1000 times too wide never fails. */
	if (*text && !text[strspn(text, "0123456789.")])
		return err_set(err, VASTAR_E_USAGE,
			       "--slo-target: %s=%.40s has no unit (write %s=%.40sms or %.40ss)", key, text,
			       key, text, text);
	if (!num_duration(text, limitp))
		return err_set(err, VASTAR_E_USAGE,
			       "--slo-target: \"%.40s\" is not a duration (for example 20ms, 1.5s or 1m30s)",
			       text);
	if (!*limitp)
		return err_set(err, VASTAR_E_USAGE,
			       "--slo-target: %s is 0, which no response can meet (raise it)", key);
	return 0;
}

static int twice(const char *name, struct vastar_error *err)
{
	return err_set(err, VASTAR_E_USAGE, "--slo-target: %s is given twice (keep one)", name);
}

/* Inserts a percentile in order. */
static int percentile_add(struct slo_targets *targets, const struct slo_key *key, const char *comparison,
			  char *text, struct vastar_error *err)
{
	struct slo_target target;
	unsigned at;
	int rc;

	if (strcmp(comparison, "=") && strcmp(comparison, "<="))
		return err_set(err, VASTAR_E_USAGE, "--slo-target: %s takes = or <= (for example %s=250ms)",
			       key->typed, key->typed);
	rc = limit_parse(key->typed, text, &target.limit_ns, err);
	if (rc)
		return rc;
	strcpy(target.name, key->name);
	target.percent = key->percent;
	for (at = targets->count; at > 0 && targets->targets[at - 1].percent > target.percent; at--)
		;
	if (at > 0 && targets->targets[at - 1].percent == target.percent)
		return twice(target.name, err);
	/* Eight keys without repetition: the array cannot overflow. */
	memmove(&targets->targets[at + 1], &targets->targets[at], (targets->count - at) * sizeof(target));
	targets->targets[at] = target;
	targets->count++;
	return 0;
}

/* "0.1%" as 0.001. A bare 0.1 could be either. */
static int share_parse(char *text, double *sharep, struct vastar_error *err)
{
	size_t length = strlen(text);

	if (!length || text[length - 1] != '%')
		return err_set(err, VASTAR_E_USAGE,
			       "--slo-target: errors needs a share in percent (for example errors<0.1%%, not "
			       "\"%.40s\")",
			       text);
	text[length - 1] = '\0';
	if (!num_real(text, sharep) || *sharep > 100)
		return err_set(err, VASTAR_E_USAGE,
			       "--slo-target: \"%.40s%%\" is not a share from 0%% to 100%%", text);
	*sharep /= 100;
	return 0;
}

static int rate_add(struct slo_targets *targets, enum slo_rate_kind kind, const char *comparison, char *text,
		    struct vastar_error *err)
{
	struct slo_rate *rate = &targets->rates[kind];
	const char *name = slo_rate_names[kind], *sign = kind == SLO_ERRORS ? "<" : ">";

	if (rate->set)
		return twice(name, err);
	if (comparison[0] != sign[0])
		return err_set(err, VASTAR_E_USAGE, "--slo-target: %s takes %s or %s= (for example %s)", name,
			       sign, sign, kind == SLO_ERRORS ? "errors<0.1%" : "rps>=50000");
	*rate = (struct slo_rate){.set = true, .strict = !comparison[1]};
	if (kind == SLO_ERRORS) {
		int rc = share_parse(text, &rate->limit, err);

		if (!rc && rate->strict && !(rate->limit > 0))
			return err_set(
			    err, VASTAR_E_USAGE,
			    "--slo-target: errors<0%%: no share is below zero (write errors<=0%%)");
		return rc;
	}
	if (!num_rate(text, &rate->limit))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--slo-target: \"%.40s\" is not a rate above 0 (for example %s>=50000, 50k/s or 90/m)",
		    text, name);
	return 0;
}

static int term_add(struct slo_targets *targets, char *item, struct vastar_error *err)
{
	size_t name_length = strcspn(item, "<>="), length = strspn(item + name_length, "<>=");
	const struct slo_key *key;
	char comparison[3] = "", *text = trim(item + name_length + length), *name;

	if (length >= 1 && length <= 2)
		memcpy(comparison, item + name_length, length);
	if (!*comparison || (comparison[1] && comparison[1] != '=') || !strcmp(comparison, "=="))
		return err_set(err, VASTAR_E_USAGE,
			       "--slo-target: \"%.40s\" is not of the form percentile=duration (for example "
			       "p99=250ms), rps>=rate or errors<share",
			       trim(item));
	item[name_length] = '\0';
	name = trim(item);
	key = key_find(name);
	if (key)
		return percentile_add(targets, key, comparison, text, err);
	for (enum slo_rate_kind kind = 0; kind < SLO_RATES; kind++)
		if (!strcmp(name, slo_rate_names[kind]))
			return rate_add(targets, kind, comparison, text, err);
	return err_set(err, VASTAR_E_USAGE,
		       "--slo-target: \"%.40s\" cannot be set (use p25, p50, p75, p90, p95, p99, p99.9 or "
		       "p99.99, rps, goodput or errors)",
		       name);
}

static int check_rising(const struct slo_targets *targets, struct vastar_error *err)
{
	for (unsigned i = 1; i < targets->count; i++) {
		const struct slo_target *low = &targets->targets[i - 1], *high = &targets->targets[i];

		if (high->limit_ns < low->limit_ns)
			return err_set(
			    err, VASTAR_E_USAGE,
			    "--slo-target: the limit of %s is below that of %s, but a higher percentile is "
			    "never faster (swap or correct them)",
			    high->name, low->name);
	}
	return 0;
}

int slo_targets_parse(struct slo_targets *targets, const char *spec, struct vastar_error *err)
{
	struct slo_targets parsed = {0};
	char *copy, *rest, *item;
	int rc = 0;

	if (!spec[strspn(spec, " \t,")])
		return err_set(err, VASTAR_E_USAGE,
			       "--slo-target: it is empty (for example p50=20ms,p99=250ms)");
	copy = strdup(spec);
	if (!copy)
		return err_nomem(err, "--slo-target");
	rest = copy;
	while (!rc && (item = strsep(&rest, ",")))
		rc = term_add(&parsed, item, err);
	free(copy);
	if (!rc)
		rc = check_rising(&parsed, err);
	if (!rc)
		*targets = parsed;
	return rc;
}

bool slo_targets_any(const struct slo_targets *targets)
{
	bool any = targets->count > 0;

	for (unsigned i = 0; i < SLO_RATES; i++)
		any |= targets->rates[i].set;
	return any;
}
