/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/prometheus/exposition.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/prometheus/buckets.h"

enum {
	URL_MAX = 600,
	VALUE_MAX = 80,
};

/* ---- labels ---- */

/* The value of a label: printable ASCII, escaped for the format. */
static void escape(char *to, size_t size, const char *from, size_t length)
{
	size_t used = 0;

	for (size_t i = 0; i < length && used + 3 < size; i++) {
		char c = from[i];

		if (c == '\\' || c == '"')
			to[used++] = '\\';
		to[used++] = c < ' ' || c > '~' ? '?' : c;
	}
	to[used] = '\0';
}

/* Without "?query" and "#fragment", which may contain secrets and have too many values. */
static size_t public_length(const char *url)
{
	return strcspn(url, "?#");
}

void exposition_begin(struct exposition *exposition, FILE *out, const char *url, const char *method,
		      const char *run_id)
{
	char url_text[URL_MAX], method_text[VALUE_MAX], run_text[VALUE_MAX];

	escape(url_text, sizeof(url_text), url, public_length(url));
	escape(method_text, sizeof(method_text), method, strlen(method));
	escape(run_text, sizeof(run_text), run_id, strlen(run_id));
	exposition->out = out;
	snprintf(exposition->labels, sizeof(exposition->labels), "url=\"%s\",method=\"%s\",run=\"%s\"",
		 url_text, method_text, run_text);
}

/* ---- samples ---- */

void exposition_family(const struct exposition *exposition, const char *name, const char *type,
		       const char *help)
{
	fprintf(exposition->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_value(FILE *out, double value)
{
	if (isnan(value))
		fputs(" NaN\n", out);
	else if (value == floor(value) && fabs(value) < 0x1p63)
		fprintf(out, " %" PRId64 "\n", (int64_t)value);
	else
		fprintf(out, " %.15g\n", value);
}

void exposition_sample(const struct exposition *exposition, const char *name, const char *label,
		       const char *label_value, double value)
{
	char text[VALUE_MAX];

	if (label) {
		escape(text, sizeof(text), label_value, strlen(label_value));
		fprintf(exposition->out, "%s{%s,%s=\"%s\"}", name, exposition->labels, label, text);
	} else {
		fprintf(exposition->out, "%s{%s}", name, exposition->labels);
	}
	put_value(exposition->out, value);
}

void exposition_single(const struct exposition *exposition, const char *name, const char *type,
		       const char *help, double value)
{
	exposition_family(exposition, name, type, help);
	exposition_sample(exposition, name, NULL, NULL, value);
}

/* ---- histograms ---- */

static void put_bucket(const struct exposition *exposition, const char *name, const char *bound,
		       uint64_t count)
{
	fprintf(exposition->out, "%s_bucket{%s,le=\"%s\"} %" PRIu64 "\n", name, exposition->labels, bound,
		count);
}

void exposition_histogram(const struct exposition *exposition, const char *name, const char *help,
			  const struct hist *hist)
{
	uint64_t up_to[BUCKETS + 1], seen;
	char bound[40];

	exposition_family(exposition, name, "histogram", help);
	buckets_count(hist, up_to);
	for (unsigned i = 0; i < BUCKETS; i++) {
		snprintf(bound, sizeof(bound), "%.9f", (double)buckets_bound_ns(i) / 1e9);
		put_bucket(exposition, name, bound, up_to[i]);
	}
	seen = up_to[BUCKETS];
	put_bucket(exposition, name, "+Inf", seen);
	fprintf(exposition->out, "%s_sum{%s} %.9f\n", name, exposition->labels, (double)hist->sum_ns / 1e9);
	fprintf(exposition->out, "%s_count{%s} %" PRIu64 "\n", name, exposition->labels, seen);
}
