/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/slo_target.h"

#include <stdbool.h>
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
	/* A bare number would be seconds, as everywhere, but whoever types p99=250 means milliseconds, and a
	 * gate that is 1000 times too wide never fails. */
	if (*text && !text[strspn(text, "0123456789.")])
		return err_set(err, VASTAR_E_USAGE,
			       "--slo-target: %s=%.40s has no unit (say %s=%.40sms or %.40ss)", key, text,
			       key, text, text);
	if (!num_duration(text, limitp))
		return err_set(err, VASTAR_E_USAGE,
			       "--slo-target: \"%.40s\" is no duration (for example 20ms, 1.5s or 1m30s)",
			       text);
	if (!*limitp)
		return err_set(err, VASTAR_E_USAGE,
			       "--slo-target: %s is 0, which no answer can meet (give it more)", key);
	return 0;
}

/* Puts one "key=limit" in its place by percent. */
static int target_add(struct slo_targets *targets, char *item, struct vastar_error *err)
{
	char *equals = strchr(item, '=');
	const struct slo_key *key;
	struct slo_target target;
	unsigned at;
	int rc;

	if (!equals)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--slo-target: \"%.40s\" is not of the form percentile=duration (for example p99=250ms)",
		    trim(item));
	*equals = '\0';
	key = key_find(trim(item));
	if (!key)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--slo-target: \"%.40s\" is no percentile that can be set (use p25, p50, p75, p90, p95, "
		    "p99, p99.9 or p99.99)",
		    trim(item));
	rc = limit_parse(key->typed, trim(equals + 1), &target.limit_ns, err);
	if (rc)
		return rc;
	strcpy(target.name, key->name);
	target.percent = key->percent;
	for (at = targets->count; at > 0 && targets->targets[at - 1].percent > target.percent; at--)
		;
	if (at > 0 && targets->targets[at - 1].percent == target.percent)
		return err_set(err, VASTAR_E_USAGE, "--slo-target: %s is given twice (keep one)",
			       target.name);
	/* Eight keys and no repetition: the array cannot overflow. */
	memmove(&targets->targets[at + 1], &targets->targets[at], (targets->count - at) * sizeof(target));
	targets->targets[at] = target;
	targets->count++;
	return 0;
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
		rc = target_add(&parsed, item, err);
	free(copy);
	if (!rc)
		rc = check_rising(&parsed, err);
	if (!rc)
		*targets = parsed;
	return rc;
}
