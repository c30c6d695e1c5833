/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Numbers as the reports print them. Each function returns a short string by value: .s is the text. */
#ifndef VASTAR_REPORT_FORMAT_H
#define VASTAR_REPORT_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct text {
	char s[32];
};

/* The percentiles that reports show, rising. */
enum { FMT_PERCENTILES = 9 };

extern const struct fmt_percentile {
	double percent;
	bool highlighted; /* with milliseconds in the text */
} fmt_percentiles[FMT_PERCENTILES];

/* Decimals that a number of seconds needs: 4, as everybody prints them, but from 1 ms down as many as four
 * significant digits take, at most 9 (1 ns). */
int fmt_decimals(double s);

struct text fmt_seconds(double s);		    /* "0.0488", "0.0001234", "0.0000" for 0 */
struct text fmt_seconds_to(double s, int decimals); /* with so many decimals */
struct text fmt_ms(double s);		 /* "48.81ms", below 1 ms four significant digits: "0.1234ms" */
struct text fmt_limit(double s);	 /* three significant digits: "21.7ms", "121ms", "0.0341ms" */
struct text fmt_duration(uint64_t ns);	 /* exactly, in the largest unit that fits: "250ms", "1.5s" */
struct text fmt_percent(double percent); /* "p50", "p99.9" */
struct text fmt_time(double s);		 /* four significant digits: "4.321 ms", "12.34 us", "0" */
struct text fmt_rate(double per_second); /* "2000", "0.5", "1000000", "33.3333" */
struct text fmt_grouped(double number);	 /* "77,841", below 100 with two digits behind the point */
/* RFC 3339, UTC: "2026-01-31T23:59:59.042Z"; without the thousandths when `ms` is negative. */
struct text fmt_instant(int64_t seconds_since_1970, int ms);

/* Writes a text that may quote a peer: whatever is not printable ASCII comes out as \xNN. */
void fmt_escaped(FILE *out, const char *text);

/* Writes words broken into lines of `width` columns. The first line starts at column `column`, the others are
 * indented by `indent`. Ends with a newline. What is not printable ASCII comes out as '?'. */
void fmt_wrapped(FILE *out, const char *words, unsigned column, unsigned indent, unsigned width);

#endif
