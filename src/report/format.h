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
	bool highlighted; /* also shown in milliseconds in the text report */
} fmt_percentiles[FMT_PERCENTILES];

/* The number of decimals for a number of seconds: 4, the usual number. Below 1 ms it grows to give four
 * significant digits, to at most 9 (1 ns). */
int fmt_decimals(double s);

struct text fmt_seconds(double s);		    /* "0.0488", "0.0001234", "0.0000" for 0 */
struct text fmt_seconds_to(double s, int decimals); /* with this number of decimals */
struct text fmt_ms(double s);		 /* "48.81ms"; below 1 ms four significant digits: "0.1234ms" */
struct text fmt_limit(double s);	 /* three significant digits: "21.7ms", "121ms", "0.0341ms" */
struct text fmt_duration(uint64_t ns);	 /* exactly, in the largest unit that fits: "250ms", "1.5s" */
struct text fmt_percent(double percent); /* "p50", "p99.9" */
struct text fmt_time(double s);		 /* four significant digits: "4.321 ms", "12.34 us", "0" */
struct text fmt_rate(double per_second); /* "2000", "0.5", "1000000", "33.3333" */
struct text fmt_grouped(double number);	 /* "77,841"; below 100 with two decimals */
/* RFC 3339, UTC: "2026-01-31T23:59:59.042Z"; without milliseconds when `ms` is negative. */
struct text fmt_instant(int64_t seconds_since_1970, int ms);

/* Writes a text that may quote a peer. Everything but printable ASCII is written as \xNN. */
void fmt_escaped(FILE *out, const char *text);

/* Writes words wrapped to `width` columns. The first line starts at column `column`, the others are
 * indented by `indent`. Ends with a newline. Everything but printable ASCII becomes '?'. */
void fmt_wrapped(FILE *out, const char *words, unsigned column, unsigned indent, unsigned width);

#endif
