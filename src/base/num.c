/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* These parsers replace strtod(), which accepts "inf", hexadecimal and leading blanks. It also reads "0,5"
 * or "0.5" depending on the locale of the program that uses the library. */
#include "base/num.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"

#define DURATION_MAX_NS (1000 * 3600 * NS_PER_S)
#define COUNT_LIMIT (NUM_COUNT_MAX + 1)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct unit {
	const char *name;
	uint64_t ns;
};

/* Largest first: in "1m30s" each unit must be smaller than the one before. */
static const struct unit units[] = {
    {"h", 3600 * NS_PER_S}, {"m", 60 * NS_PER_S}, {"s", NS_PER_S},
    {"ms", NS_PER_MS},	    {"us", NS_PER_US},	  {"ns", 1},
};

enum { NUM_EXPONENT_MAX = 99 };

enum { UNITS = sizeof(units) / sizeof(units[0]), UNIT_SECOND = 2 };

/* The end of a number: digits, perhaps one decimal point with digits after it. NULL when there is no
 * number. */
static const char *number_end(const char *text)
{
	const char *end = text;

	while (is_digit(*end))
		end++;
	if (*end == '.' && is_digit(end[1])) {
		end++;
		while (is_digit(*end))
			end++;
	}
	return end == text ? NULL : end;
}

/* The index of the unit that [text, text + length) names, or UNITS when it names none. */
static size_t unit_find(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < UNITS; i++)
		if (strlen(units[i].name) == length && !memcmp(units[i].name, text, length))
			break;
	return i;
}

/* Adds number x unit to *sum. Drops digits worth less than 1 ns, and sets *lostp when a dropped digit was
 * not 0. */
static bool add_scaled(const char *number, const char *end, uint64_t unit_ns, uint64_t *sum, bool *lostp)
{
	uint64_t whole = 0, value;

	for (; number < end && *number != '.'; number++) {
		whole = whole * 10 + (uint64_t)(*number - '0');
		if (whole > DURATION_MAX_NS / unit_ns)
			return false;
	}
	value = whole * unit_ns;
	/* A unit is a small factor times a power of ten. So dividing it by ten is exact until it is no
	 * longer divisible, and then less than a few ns are left. */
	for (number++; number < end; number++) {
		unit_ns = unit_ns % 10 ? 0 : unit_ns / 10;
		value += (uint64_t)(*number - '0') * unit_ns;
		*lostp |= !unit_ns && *number != '0';
	}
	*sum += value;
	return *sum <= DURATION_MAX_NS;
}

bool num_duration(const char *text, uint64_t *nsp)
{
	const char *end = number_end(text);
	uint64_t sum = 0;
	size_t last = UNITS;
	bool lost = false;

	if (end && !*end) { /* plain seconds */
		if (!add_scaled(text, end, NS_PER_S, &sum, &lost))
			return false;
	} else {
		do {
			size_t length, unit;

			end = number_end(text);
			if (!end)
				return false;
			length = strspn(end, "hmnsu");
			unit = unit_find(end, length);
			if (unit == UNITS || (last != UNITS && unit <= last))
				return false;
			if (!add_scaled(text, end, units[unit].ns, &sum, &lost))
				return false;
			last = unit;
			text = end + length;
		} while (*text);
	}
	if (!sum && lost) /* 0 often means "none", but 0.1ns does not */
		return false;
	*nsp = sum;
	return true;
}

/* One more digit; false when the count becomes too large. */
static bool add_digit(uint64_t *countp, char digit)
{
	*countp = *countp * 10 + (uint64_t)(digit - '0');
	return *countp < COUNT_LIMIT;
}

/* "e6" or "E+6", behind `decimals` digits of a fraction: moves the decimal point. False when that leaves a
 * fraction, or the count is too large. */
static bool apply_exponent(const char *text, unsigned decimals, uint64_t *countp)
{
	unsigned exponent = 0;

	text += text[1] == '+' ? 2 : 1;
	if (!is_digit(*text))
		return false;
	for (; is_digit(*text); text++) {
		exponent = exponent * 10 + (unsigned)(*text - '0');
		if (exponent > NUM_EXPONENT_MAX)
			return false;
	}
	for (; decimals > exponent; decimals--) {
		if (*countp % 10)
			return false;
		*countp /= 10;
	}
	for (; exponent > decimals; exponent--)
		if (!add_digit(countp, '0'))
			return false;
	return !*text;
}

static bool apply_unit(const char *text, uint64_t *countp)
{
	uint64_t factor = *text == 'k' || *text == 'K' ? 1000
			  : *text == 'M'	       ? 1000000
			  : *text == 'G'	       ? 1000000000
						       : 1;

	if (text[factor > 1] || *countp > NUM_COUNT_MAX / factor)
		return false;
	*countp *= factor;
	return true;
}

bool num_count(const char *text, uint64_t *countp)
{
	uint64_t count = 0;
	unsigned decimals = 0;
	bool fraction = false, whole;

	if (!is_digit(*text))
		return false;
	for (; is_digit(*text) || (*text == '.' && !fraction && is_digit(text[1])); text++) {
		if (*text == '.') {
			fraction = true;
			continue;
		}
		if (!add_digit(&count, *text))
			return false;
		decimals += fraction;
	}
	if (*text == 'e' || *text == 'E')
		whole = apply_exponent(text, decimals, &count);
	else
		whole = !fraction && apply_unit(text, &count);
	if (whole)
		*countp = count;
	return whole;
}

bool num_real(const char *text, double *valuep)
{
	const char *end = number_end(text);
	double value = 0, scale = 1;
	bool fraction = false;

	if (!end || *end)
		return false;
	for (; text < end; text++) {
		if (*text == '.') {
			fraction = true;
			continue;
		}
		/* Below 2^53 digits and scale are exact, so the single division rounds correctly. Further
		 * digits of the fraction would not change any value that users type on purpose. */
		if (fraction && value >= (double)(COUNT_LIMIT / 10))
			break;
		value = value * 10 + (*text - '0');
		if (fraction)
			scale *= 10;
	}
	value /= scale;
	if (!isfinite(value))
		return false;
	*valuep = value;
	return true;
}

/* What num_real() does not read: "1e5". */
static bool num_whole(const char *text, double *valuep)
{
	uint64_t count;

	if (!strpbrk(text, "eE") || !num_count(text, &count))
		return false;
	*valuep = (double)count;
	return true;
}

bool num_rate(const char *text, double *ratep)
{
	char number[64];
	size_t length = strlen(text);
	double scale = 1, rate;

	if (length >= sizeof(number))
		return false;
	strcpy(number, text);
	if (length > 2 && (!strcmp(number + length - 2, "/s") || !strcmp(number + length - 2, "/m"))) {
		scale = number[length - 1] == 'm' ? 1.0 / 60 : 1;
		number[length -= 2] = '\0';
	}
	if (length > 1 && strchr("kKM", number[length - 1])) {
		scale *= number[length - 1] == 'M' ? 1e6 : 1e3;
		number[--length] = '\0';
	}
	if (!num_real(number, &rate) && !num_whole(number, &rate))
		return false;
	if (!(rate * scale > 0))
		return false;
	*ratep = rate * scale;
	return true;
}
