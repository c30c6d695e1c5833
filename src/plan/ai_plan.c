/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/ai_plan.h"

#include <string.h>

#include "base/num.h"

static uint64_t *limit_of(struct ai_plan *ai, const char *name, size_t length)
{
	const struct {
		const char *name;
		uint64_t *limit;
	} limits[] = {{"ttft", &ai->good_ttft_ns}, {"tpot", &ai->good_tpot_ns}, {"e2e", &ai->good_e2e_ns}};

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if (strlen(limits[i].name) == length && !memcmp(limits[i].name, name, length))
			return limits[i].limit;
	return NULL;
}

static int read_goodput(struct ai_plan *ai, const char *list, struct vastar_error *err)
{
	for (const char *at = list; *at;) {
		size_t name = strcspn(at, "=,"), length = strcspn(at, ",");
		uint64_t *limit = at[name] == '=' ? limit_of(ai, at, name) : NULL;
		char value[32];

		if (!limit || length - name - 1 >= sizeof(value))
			return err_set(
			    err, VASTAR_E_USAGE,
			    "--goodput: '%.40s' is not understood (for example ttft=500ms,tpot=50ms; "
			    "ttft, tpot and e2e are known)",
			    at);
		memcpy(value, at + name + 1, length - name - 1);
		value[length - name - 1] = '\0';
		if (!num_duration(value, limit) || !*limit)
			return err_set(err, VASTAR_E_USAGE,
				       "--goodput: '%.30s' is not a duration (for example 500ms)", value);
		at += length + (at[length] == ',');
	}
	return 0;
}

int ai_plan_fill(struct ai_plan *ai, const struct vastar_settings *settings, struct vastar_error *err)
{
	ai->wanted = settings->ai;
	ai->stream = settings->ai && !settings->ai_whole;
	ai->price_in = settings->ai_price_in;
	ai->price_out = settings->ai_price_out;
	ai->price_cached = settings->ai_price_cached;
	return settings->ai && settings->ai_goodput ? read_goodput(ai, settings->ai_goodput, err) : 0;
}
