/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Durations, counts and real numbers as typed by the user. Input: the text. */
#include <math.h>

#include "base/num.h"
#include "fuzz.h"

static void must_be_duration(const char *text)
{
	static const uint64_t most = 1000ull * 3600 * 1000000000;
	uint64_t ns, again;
	char plain[32];

	if (!num_duration(text, &ns))
		return;
	MUST(ns <= most);
	MUST(!text[strspn(text, "0123456789.hmsun")]);
	snprintf(plain, sizeof(plain), "%lluns", (unsigned long long)ns);
	MUST(num_duration(plain, &again) && again == ns);
}

static void must_be_count(const char *text)
{
	uint64_t count, again;
	char plain[32];

	if (!num_count(text, &count))
		return;
	MUST(count < 1ull << 53);
	if (!text[strspn(text, "0123456789")])
		MUST(count == strtoull(text, NULL, 10));
	snprintf(plain, sizeof(plain), "%llu", (unsigned long long)count);
	MUST(num_count(plain, &again) && again == count);
}

static void must_be_real(const char *text)
{
	double value, expected;
	char *end;

	if (!num_real(text, &value))
		return;
	MUST(isfinite(value) && value >= 0 && !signbit(value));
	MUST(!text[strspn(text, "0123456789.")]);
	expected = strtod(text, &end);
	/* Almost equal; tiny values may become 0. */
	MUST(!*end && fabs(value - expected) <= expected * 1e-12 + 1e-290);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);

	must_be_duration(text);
	must_be_count(text);
	must_be_real(text);
	free(text);
	return 0;
}
