/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/until.h"

#include <string.h>

#include "base/num.h"

/* The position and length of "±" or "+-"; NULL: not found. */
static const char *find_sign(const char *spec, size_t *lengthp)
{
	const char *sign = strstr(spec, "\xc2\xb1");

	*lengthp = 2;
	return sign ? sign : strstr(spec, "+-");
}

/* A number followed only by `end`. */
static bool parse_number(const char *text, size_t length, char *copy, size_t size, double *valuep)
{
	if (!length || length >= size)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return num_real(copy, valuep);
}

int until_parse(const char *spec, struct until *until, struct vastar_error *err)
{
	size_t length;
	const char *sign = find_sign(spec, &length), *tolerance = sign ? sign + length : NULL;
	char copy[16];
	double percent;

	*until = (struct until){.name = ""};
	if (!sign || *spec != 'p' ||
	    !parse_number(spec + 1, (size_t)(sign - spec) - 1, copy, sizeof(until->name) - 1,
			  &until->percent) ||
	    !(until->percent > 0 && until->percent < 100))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "until (--until) '%.40s': not a percentile and a tolerance (for example p99+-5%%)", spec);
	until->name[0] = 'p';
	strcpy(until->name + 1, copy);
	length = strlen(tolerance);
	if (!length || tolerance[length - 1] != '%' ||
	    !parse_number(tolerance, length - 1, copy, sizeof(copy), &percent) ||
	    !(percent >= 0.1 && percent <= 100))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "until (--until) '%.40s': the tolerance is not from 0.1%% to 100%% (for example "
		    "p99+-5%%)",
		    spec);
	until->tolerance = percent / 100;
	return 0;
}
