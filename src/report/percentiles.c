/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/percentiles.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/num.h"

enum {
	CARRIES_ALL = 100
}; /* from so many responses on, a percentile that is weak is marked and not left out */

static int rising(const void *a, const void *b)
{
	const struct fmt_percentile *x = a, *y = b;

	return (x->percent > y->percent) - (x->percent < y->percent);
}

static bool has(const struct percentiles *all, double percent)
{
	for (unsigned i = 0; i < all->count; i++)
		if (all->list[i].percent == percent)
			return true;
	return false;
}

static int take(struct percentiles *all, const char *item, struct vastar_error *err)
{
	double percent;

	if (!num_real(item, &percent) || percent > 100)
		return err_set(err, VASTAR_E_USAGE,
			       "--percentiles: \"%.40s\" is not a number from 0 to 100 (for example "
			       "50,90,99.95)",
			       item);
	if (has(all, percent))
		return err_set(err, VASTAR_E_USAGE, "--percentiles: %.40s is given twice (keep one)", item);
	if (all->count == PERCENTILES_MAX)
		return err_set(err, VASTAR_E_USAGE, "--percentiles: more than %d (leave some out)",
			       PERCENTILES_MAX);
	all->list[all->count++] = (struct fmt_percentile){percent, true};
	return 0;
}

int percentiles_parse(const char *list, double percents[PERCENTILES_MAX], size_t *countp,
		      struct vastar_error *err)
{
	struct percentiles all = {0};
	char *copy = strdup(list), *rest = copy, *item;
	int rc = 0;

	if (!copy)
		return err_nomem(err, "--percentiles");
	while (!rc && (item = strsep(&rest, ",")))
		rc = take(&all, item, err);
	free(copy);
	if (rc)
		return rc;
	qsort(all.list, all.count, sizeof(all.list[0]), rising);
	for (unsigned i = 0; i < all.count; i++)
		percents[i] = all.list[i].percent;
	*countp = all.count;
	return 0;
}

struct percentiles percentiles_shown(const struct report *report)
{
	const struct vastar_report_options *options = &report->options;
	struct percentiles shown = {0};

	for (size_t i = 0; i < options->percentile_count && i < PERCENTILES_MAX; i++)
		shown.list[shown.count++] = (struct fmt_percentile){options->percentiles[i], true};
	if (!shown.count) {
		memcpy(shown.list, fmt_percentiles, sizeof(fmt_percentiles));
		shown.count = FMT_PERCENTILES;
	}
	return shown;
}

struct percentiles percentiles_carried(const struct report *report, const struct hist *latency)
{
	struct percentiles shown = percentiles_shown(report), carried = {0};

	if (report->options.percentile_count || latency->count >= CARRIES_ALL)
		return shown;
	for (unsigned i = 0; i < shown.count; i++)
		if (shown.list[i].percent == 50 || !hist_weak(latency, shown.list[i].percent))
			carried.list[carried.count++] = shown.list[i];
	return carried;
}

struct percentiles percentiles_all(const struct report *report)
{
	struct percentiles all = percentiles_shown(report);

	for (unsigned i = 0; i < FMT_PERCENTILES; i++)
		if (!has(&all, fmt_percentiles[i].percent))
			all.list[all.count++] = fmt_percentiles[i];
	qsort(all.list, all.count, sizeof(all.list[0]), rising);
	return all;
}
