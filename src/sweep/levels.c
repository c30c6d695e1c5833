/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sweep/levels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

bool levels_has(const struct levels *levels, uint32_t c)
{
	for (unsigned i = 0; i < levels->count; i++)
		if (levels->c[i] == c)
			return true;
	return false;
}

bool levels_add(struct levels *levels, uint32_t c)
{
	unsigned at = levels->count;

	if (at == LEVELS_MAX || levels_has(levels, c))
		return false;
	for (; at > 0 && levels->c[at - 1] > c; at--)
		levels->c[at] = levels->c[at - 1];
	levels->c[at] = c;
	levels->count++;
	return true;
}

static int level_parse(const char *text, uint32_t most, uint32_t *cp, struct vastar_error *err)
{
	uint64_t c;

	if (!num_count(text, &c))
		return err_set(err, VASTAR_E_USAGE,
			       "--conc: '%.40s' is not a number of connections (for example 10,50,100)",
			       text);
	if (!c || c > most)
		return err_set(err, VASTAR_E_USAGE, "--conc: %.40s is not from 1 to %u", text, most);
	*cp = (uint32_t)c;
	return 0;
}

static int list_parse(struct levels *levels, char *text, uint32_t most, struct vastar_error *err)
{
	char *item;

	while ((item = strsep(&text, ","))) {
		uint32_t c = 0;
		int rc = level_parse(item, most, &c, err);

		if (rc)
			return rc;
		if (levels->count && c <= levels->c[levels->count - 1])
			return err_set(err, VASTAR_E_USAGE,
				       "--conc: %u does not rise above %u before it (write them in rising "
				       "order, each once)",
				       c, levels->c[levels->count - 1]);
		if (!levels_add(levels, c))
			return err_set(err, VASTAR_E_USAGE, "--conc: more than %d levels", LEVELS_MAX);
	}
	return 0;
}

static int add_steps(struct levels *levels, uint32_t from, uint32_t to, uint64_t step,
		     struct vastar_error *err)
{
	for (uint64_t c = from; c <= to; c += step)
		if (!levels_add(levels, (uint32_t)c))
			return err_set(err, VASTAR_E_USAGE,
				       "--conc: more than %d levels (take a larger step)", LEVELS_MAX);
	return 0;
}

static void add_logarithmic(struct levels *levels, uint32_t from, uint32_t to, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		levels_add(levels,
			   (uint32_t)lround(from * pow((double)to / from, (double)i / (double)(count - 1))));
}

/* Parses "A..B:log=N" or "A..B:step=S", already split at its "..". */
static int range_parse(struct levels *levels, char *first, char *last, uint32_t most,
		       struct vastar_error *err)
{
	char *how = strchr(last, ':');
	uint32_t from = 0, to = 0;
	uint64_t number = 0;
	int rc;

	if (!how)
		return err_set(err, VASTAR_E_USAGE,
			       "--conc: %.40s..%.40s has no spacing (add :log=6 or :step=20)", first, last);
	*how++ = '\0';
	if ((rc = level_parse(first, most, &from, err)) || (rc = level_parse(last, most, &to, err)))
		return rc;
	if (from >= to)
		return err_set(err, VASTAR_E_USAGE, "--conc: %u..%u does not rise", from, to);
	if (!strncmp(how, "step=", 5) && num_count(how + 5, &number) && number)
		return add_steps(levels, from, to, number, err);
	if (!strncmp(how, "log=", 4) && num_count(how + 4, &number) && number >= 2 && number <= LEVELS_MAX) {
		add_logarithmic(levels, from, to, number);
		return 0;
	}
	return err_set(err, VASTAR_E_USAGE,
		       "--conc: ':%.40s' is neither log=N (2 to %d) nor step=N (1 and up)", how, LEVELS_MAX);
}

int levels_parse(struct levels *levels, const char *spec, uint32_t most, struct vastar_error *err)
{
	struct levels parsed = {.automatic = !strcmp(spec, "auto")};
	char *copy, *dots;
	int rc = 0;

	if (!parsed.automatic) {
		copy = strdup(spec);
		if (!copy)
			return err_nomem(err, "--conc");
		dots = strstr(copy, "..");
		if (dots) {
			*dots = '\0';
			rc = range_parse(&parsed, copy, dots + 2, most, err);
		} else {
			rc = list_parse(&parsed, copy, most, err);
		}
		free(copy);
	}
	if (!rc)
		*levels = parsed;
	return rc;
}

void levels_refine(struct levels *finer, uint32_t around, unsigned wanted, uint32_t most,
		   const struct levels *known)
{
	double from = around * 0.5, to = around * 1.5;

	*finer = (struct levels){0};
	for (unsigned i = 0; i <= wanted + 1; i++) {
		double c = round(from + (to - from) * i / (wanted + 1));

		if (c >= 1 && c <= most && !levels_has(known, (uint32_t)c))
			levels_add(finer, (uint32_t)c);
	}
}
