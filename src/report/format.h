/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Formats numbers for the reports. Each function returns a short string by value: .s is the text. */
#ifndef VASTAR_REPORT_FORMAT_H
#define VASTAR_REPORT_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct text {
	char s[32];
};

/* The percentiles that reports show, in rising order. */
enum { FMT_PERCENTILES = 9 };

extern const struct fmt_percentile {
	double percent;
	bool highlighted; /* stands out in the text report */
} fmt_percentiles[FMT_PERCENTILES];

struct text fmt_seconds(double s); /* with four decimals: "0.0488" */
/* In the unit that fits, with at most four digits: "9.53us", "48.81ms", "121.3ms", "1.20s", "0s". */
struct text fmt_short(double s);
struct text fmt_digits(double s, int digits); /* the same with so many digits */
struct text fmt_limit(double s);	      /* the same with three: "21.7ms", "121ms", "34.1us" */
struct text fmt_duration(uint64_t ns);	      /* exactly, in the largest unit that fits: "250ms", "1.5s" */
struct text fmt_percent(double percent);      /* "p50", "p99.9" */
struct text fmt_time(double s);		      /* four significant digits: "4.321 ms", "12.34 us", "0" */
struct text fmt_rate(double per_second);      /* "2000", "0.5", "1000000", "33.3333" */
struct text fmt_grouped(double number);	      /* "77,841"; below 100 with two decimals */
/* RFC 3339, UTC: "2026-01-31T23:59:59.042Z"; without milliseconds when `ms` is negative. */
struct text fmt_instant(int64_t seconds_since_1970, int ms);

/* Writes a text that may quote a peer. Everything but printable ASCII is written as \xNN. */
void fmt_escaped(FILE *out, const char *text);

/* Writes words wrapped to `width` columns. The first line starts at column `column`, the others are
 * indented by `indent`. Ends with a newline. Everything but printable ASCII becomes '?'. */
void fmt_wrapped(FILE *out, const char *words, unsigned column, unsigned indent, unsigned width);

#endif
