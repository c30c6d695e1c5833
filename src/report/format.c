/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/format.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { SECONDS_DECIMALS = 4, SHORT_DIGITS = 4, SHORT_DECIMALS = 2, LIMIT_DIGITS = 3 };

const struct fmt_percentile fmt_percentiles[FMT_PERCENTILES] = {
    {10, false}, {25, false}, {50, true},   {75, false},    {90, false},
    {95, true},	 {99, true},  {99.9, true}, {99.99, false},
};

/* The number of decimals that shows `digits` significant digits of a number below 10. */
static int decimals_for(double value, int digits)
{
	return digits - 1 - (int)floor(log10(value));
}

struct text fmt_seconds(double s)
{
	struct text text;

	snprintf(text.s, sizeof(text.s), "%.*f", SECONDS_DECIMALS, s);
	return text;
}

struct text fmt_digits(double s, int digits)
{
	static const struct {
		const char *name;
		double of_a_second;
	} units[] = {{"ns", 1e9}, {"us", 1e6}, {"ms", 1e3}, {"s", 1}};
	static const double S_MOST = 9999.5;
	int decimals = digits > SHORT_DIGITS ? digits - 1 : SHORT_DECIMALS;
	double limit = digits < SHORT_DIGITS ? 999.5 : 999.95; /* what would be printed as 1000 */
	struct text text = {"0s"};
	size_t i = 0;

	if (!(s > 0))
		return text;
	if (s >= S_MOST) {
		snprintf(text.s, sizeof(text.s), "%.0fmin", s / 60);
		return text;
	}
	while (i < 3 && s * units[i].of_a_second >= (i ? limit : 999.5))
		i++;
	if (!i) /* nanoseconds are whole */
		decimals = 0;
	do {
		snprintf(text.s, sizeof(text.s), "%.*f", decimals, s * units[i].of_a_second);
	} while ((int)strlen(text.s) - (decimals > 0) > digits && decimals-- > 0);
	strcat(text.s, units[i].name);
	return text;
}

struct text fmt_short(double s)
{
	return fmt_digits(s, SHORT_DIGITS);
}

struct text fmt_limit(double s)
{
	return fmt_digits(s, LIMIT_DIGITS);
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
