/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/format.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { SECONDS_DECIMALS = 4, NS_DECIMALS = 9 };

const struct fmt_percentile fmt_percentiles[FMT_PERCENTILES] = {
    {10, false}, {25, false}, {50, true},   {75, false},    {90, false},
    {95, true},	 {99, true},  {99.9, true}, {99.99, false},
};

/* The number of decimals that shows `digits` significant digits of a number below 10. */
static int decimals_for(double value, int digits)
{
	return digits - 1 - (int)floor(log10(value));
}

int fmt_decimals(double s)
{
	if (!(s > 0) || s >= 0.001)
		return SECONDS_DECIMALS;
	int decimals = decimals_for(s, 4);

	return decimals < NS_DECIMALS ? decimals : NS_DECIMALS;
}

struct text fmt_seconds_to(double s, int decimals)
{
	struct text text;

	snprintf(text.s, sizeof(text.s), "%.*f", decimals, s);
	return text;
}

struct text fmt_seconds(double s)
{
	return fmt_seconds_to(s, fmt_decimals(s));
}

struct text fmt_ms(double s)
{
	struct text text;
	double ms = s * 1e3;
	int decimals = ms > 0 && ms < 1 ? decimals_for(ms, 4) : 2;

	if (decimals > NS_DECIMALS - 3)
		decimals = NS_DECIMALS - 3;
	snprintf(text.s, sizeof(text.s), "%.*fms", decimals, ms);
	return text;
}

struct text fmt_limit(double s)
{
	struct text text;
	double ms = s * 1e3;
	int decimals = ms > 0 ? decimals_for(ms, 3) : 0;

	if (decimals < 0)
		decimals = 0;
	if (decimals > NS_DECIMALS - 3)
		decimals = NS_DECIMALS - 3;
	snprintf(text.s, sizeof(text.s), "%.*fms", decimals, ms);
	return text;
}

struct text fmt_duration(uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
		int decimals;
	} units[] = {{1000000000, "s", 9}, {1000000, "ms", 6}, {1000, "us", 3}, {1, "ns", 0}};
	struct text text;
	size_t i = 0;

	if (!ns) {
		snprintf(text.s, sizeof(text.s), "0s");
		return text;
	}
	while (ns < units[i].ns)
		i++;
	snprintf(text.s, sizeof(text.s), "%llu", (unsigned long long)(ns / units[i].ns));
	if (ns % units[i].ns) {
		size_t length = strlen(text.s);

		snprintf(text.s + length, sizeof(text.s) - length, ".%0*llu", units[i].decimals,
			 (unsigned long long)(ns % units[i].ns));
		length = strlen(text.s);
		while (text.s[length - 1] == '0')
			text.s[--length] = '\0';
	}
	strncat(text.s, units[i].name, sizeof(text.s) - strlen(text.s) - 1);
	return text;
}

struct text fmt_percent(double percent)
{
	struct text text;

	snprintf(text.s, sizeof(text.s), "p%.12g", percent);
	return text;
}

struct text fmt_time(double s)
{
	static const char *const units[] = {"s", "ms", "us", "ns"};
	struct text text = {"0"};
	int unit = 0;

	if (!(s > 0))
		return text;
	for (; unit < 3 && s < 0.99995; unit++)
		s *= 1000;
	int decimals = s >= 1000 ? 0 : decimals_for(fmax(s, 1), 4);

	/* Nanoseconds are whole. */
	snprintf(text.s, sizeof(text.s), "%.*f %s", unit == 3 ? 0 : decimals, s, units[unit]);
	return text;
}

struct text fmt_rate(double per_second)
{
	struct text text;

	/* %g would show 1e+06. */
	snprintf(text.s, sizeof(text.s), per_second < 1e5 ? "%g" : "%.0f", per_second);
	return text;
}

struct text fmt_grouped(double number)
{
	struct text plain, text;
	size_t length, at = 0;

	if (number < 100 && number != floor(number)) {
		snprintf(text.s, sizeof(text.s), "%.2f", number);
		return text;
	}
	length = (size_t)snprintf(plain.s, sizeof(plain.s), "%.0f", fmin(number, 1e18));
	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text.s[at++] = ',';
		text.s[at++] = plain.s[i];
	}
	text.s[at] = '\0';
	return text;
}

struct text fmt_instant(int64_t seconds_since_1970, int ms)
{
	time_t at = (time_t)seconds_since_1970;
	struct text text = {""};
	struct tm utc;
	size_t length;

	if (!gmtime_r(&at, &utc))
		return text;
	length = strftime(text.s, sizeof(text.s), "%Y-%m-%dT%H:%M:%S", &utc);
	if (ms >= 0)
		length += (size_t)snprintf(text.s + length, sizeof(text.s) - length, ".%03d", ms);
	snprintf(text.s + length, sizeof(text.s) - length, "Z");
	return text;
}

void fmt_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text >= ' ' && *text <= '~')
			fputc(*text, out);
		else
			fprintf(out, "\\x%02x", (unsigned char)*text);
	}
}

void fmt_wrapped(FILE *out, const char *words, unsigned column, unsigned indent, unsigned width)
{
	const char *lead = "";

	while (*words) {
		unsigned length = (unsigned)strcspn(words, " ");

		if (*lead && column + 1 + length > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else {
			fputs(lead, out);
			column += (unsigned)strlen(lead);
		}
		for (unsigned i = 0; i < length; i++)
			fputc(words[i] >= ' ' && words[i] <= '~' ? words[i] : '?', out);
		column += length;
		lead = " ";
		words += length;
		words += strspn(words, " ");
	}
	fputc('\n', out);
}
